/** Rows as a table: every row reachable, sorted by any column, filtered by any word. */

import { group, isNumber, make } from "./terms.js";
import { say } from "./words.js";

const PAGE = 100;
const WIDTHS = [[14, "short"], [80, "middling"], [Infinity, "long"]];
const COLLATOR = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

export const label = say("Table");
export const canShow = (answer) => answer.form !== "boolean" && answer.shown;

export function show(answer, terms, into) {
  const state = { page: 0, size: PAGE, by: "", down: false, words: "" };
  const body = make("tbody");
  const heads = answer.variables.map((name) => {
    const button = make("button", { type: "button", class: "sorter", onclick: () => sort(name) }, name);
    return [name, make("th", { scope: "col" }, button)];
  });
  const numeric = new Set(answer.variables.filter((name) => answer.rows.length && answer.rows.every((row) => !row[name] || isNumber(row[name]))));
  heads.forEach(([name, head]) => numeric.has(name) && head.classList.add("num"));
  const kinds = Object.fromEntries(answer.variables.map((name) => [name, numeric.has(name) ? "num" : widthOf(name)]));
  const table = make("table", { class: "rows" }, make("thead", {}, make("tr", {}, ...heads.map(([, head]) => head))), body);
  const filter = make("input", { type: "search", id: "filter", placeholder: say("Filter rows"), "aria-label": say("Filter rows"), oninput: () => (Object.assign(state, { words: filter.value.trim().toLowerCase(), page: 0 }), draw()) });
  const told = make("span", { class: "small soft", role: "status" });
  const pager = make("span", { class: "pager" });
  if (answer.rows.length > 8) into.append(make("div", { class: "table-tools" }, filter, told, pager));
  into.append(make("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": say("Rows") }, table));
  if (!answer.rows.length) into.append(make("p", { class: "soft" }, answer.form === "graph" ? say("No statement matches.") : say("No row matches. That is the whole answer.")));

  function sort(name) {
    if (state.by !== name) Object.assign(state, { by: name, down: false });
    else if (!state.down) state.down = true;
    else Object.assign(state, { by: "", down: false });
    state.page = 0;
    draw();
  }

  /** How much room a column needs, by its longest text. */
  function widthOf(name) {
    const longest = answer.rows.reduce((most, row) => Math.max(most, terms.text(row[name]).length), 0);
    return WIDTHS.find(([most]) => longest <= most)[1];
  }

  function pick() {
    let rows = answer.rows;
    if (state.words) {
      rows = rows.filter((row) => answer.variables.some((name) => row[name] && `${terms.text(row[name])} ${row[name].value}`.toLowerCase().includes(state.words)));
    }
    if (!state.by) return rows;
    const turn = state.down ? -1 : 1;
    const empty = (row) => (row[state.by] ? 0 : 1);
    const compare = numeric.has(state.by)
      ? (a, b) => Number(a[state.by].value) - Number(b[state.by].value)
      : (a, b) => COLLATOR.compare(terms.text(a[state.by]), terms.text(b[state.by]));
    return [...rows].sort((a, b) => empty(a) - empty(b) || (empty(a) ? 0 : turn * compare(a, b)));
  }

  function draw() {
    const rows = pick();
    const first = state.page ? state.page * state.size : 0;
    const page = rows.slice(first, first + state.size);
    body.replaceChildren(...page.map((row) => make("tr", {}, ...answer.variables.map((name) => make("td", { class: kinds[name], "data-l": name }, terms.show(row[name]))))));
    heads.forEach(([name, head]) => {
      if (state.by === name) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    const part = page.length < rows.length ? say("%(first)s–%(last)s of %(all)s", { first: group(first + 1), last: group(first + page.length), all: group(rows.length) }) : say("all %(n)s shown", { n: group(rows.length) });
    told.textContent = state.words ? `${say("%(n)s of %(all)s fit the filter", { n: group(rows.length), all: group(answer.rows.length) })}${page.length < rows.length ? `; ${part}` : ""}` : part;
    const turn = (text, page, can) => make("button", { type: "button", disabled: !can, onclick: () => ((state.page = page), draw()) }, text);
    const many = rows.length > state.size;
    pager.replaceChildren(
      ...(many ? [turn(say("Previous"), state.page - 1, state.page > 0), turn(say("Next"), state.page + 1, first + state.size < rows.length)] : []),
      ...(many && rows.length <= 5000 ? [make("button", { type: "button", onclick: () => (Object.assign(state, { size: Infinity, page: 0 }), draw()) }, say("All on one page"))] : []),
    );
  }
  draw();
}
