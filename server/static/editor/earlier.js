/** The queries that were run in this browser: kept in it alone, the newest first, until somebody forgets them. */

import { make } from "./terms.js";
import { say } from "./words.js";

const KEY = "pacta:queries";
const MOST = 20;

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]").filter((text) => typeof text === "string");
  } catch {
    return []; // a browser may forbid it, or hold something else there
  }
}

function keep(queries) {
  try {
    localStorage.setItem(KEY, JSON.stringify(queries));
  } catch {
    return; // the list is a convenience
  }
}

/** What tells a query from others in one line: its first line that declares nothing. */
function summarise(text) {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line && !/^(PREFIX|BASE|#)/i.test(line));
  return lines.join(" ").slice(0, 90);
}

/**
 * A list below the form. `add` puts a query on top of it.
 * @param {function} choose Called with the query that was picked.
 */
export function makeHistory(choose) {
  const list = make("ol", { class: "plain small" });
  const box = make("details", { id: "earlier", hidden: true }, make("summary", {}, say("Earlier queries")), list,
    make("button", { type: "button", id: "forget", "aria-label": say("Forget the earlier queries"), onclick: () => (keep([]), draw()) }, say("Forget them")));

  function draw() {
    const queries = read();
    box.hidden = !queries.length;
    list.replaceChildren(...queries.map((text) => make("li", {}, make("button", { type: "button", title: text, onclick: () => choose(text) }, summarise(text)))));
  }

  function add(text) {
    keep([text, ...read().filter((each) => each !== text)].slice(0, MOST));
    draw();
  }

  draw();
  return { box, add };
}
