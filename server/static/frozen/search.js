// The search of a frozen site: looks through the names and texts that lie in one file beside it.

import { fold, rate } from "./fold.js";

const MOST = 60;
const box = document.getElementById("words");
const place = document.getElementById("found");
const { names, language, none } = place.dataset;
let coming = null;

/** What there is to be found, fetched at the first search. */
async function load() {
  coming ??= fetch(names).then((answer) => answer.json());
  return coming;
}

function show(row, facts, column) {
  const [path, kind, labels, , , told] = row;
  const item = document.createElement("li");
  const title = document.createElement("h3");
  const link = document.createElement("a");
  const code = column > 0 ? `.${facts.languages[column]}` : "";
  link.href = new URL(`../${path}${code}.html`, new URL(names, location.href)).href;
  link.textContent = labels[column];
  title.append(link);
  const small = document.createElement("p");
  small.className = "wit";
  small.textContent = [facts.kinds[kind]?.[column], told.slice(0, 200)].filter(Boolean).join(" · ");
  item.append(title, small);
  return item;
}

async function search(text) {
  const facts = await load();
  const wanted = fold(text, facts.letters).split(" ").filter(Boolean);
  place.replaceChildren();
  if (!wanted.length) return;
  const column = Math.max(facts.languages.indexOf(language), 0);
  const found = facts.rows.map((row) => [rate(row, wanted), row]).filter(([rank]) => rank);
  found.sort((a, b) => b[0] - a[0]);
  const said = document.createElement("p");
  said.className = "lead";
  said.textContent = found.length ? String(found.length) : none;
  const list = document.createElement("ul");
  list.className = "hits";
  list.append(...found.slice(0, MOST).map(([, row]) => show(row, facts, column)));
  place.append(said, list);
  if (found.length > MOST) {
    const more = document.createElement("button");
    more.type = "button";
    more.textContent = `+ ${found.length - MOST}`;
    more.addEventListener("click", () => {
      list.append(...found.slice(MOST).map(([, row]) => show(row, facts, column)));
      more.remove();
    });
    place.append(more);
  }
}

box.form.addEventListener("submit", (event) => {
  event.preventDefault();
  history.replaceState(null, "", `?${new URLSearchParams({ q: box.value })}`);
  search(box.value);
});
box.addEventListener("input", () => search(box.value));
const asked = new URLSearchParams(location.search).get("q");
if (asked) {
  box.value = asked;
  search(asked);
}
