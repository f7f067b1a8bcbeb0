/** What went wrong, in the server's words, and where in the query. */

import { make } from "./terms.js";
import { say } from "./words.js";

const DUMPS = "/dumps/";

/**
 * Shows a problem.
 * @param {object} page root, limit (seconds a query may get), and jump, called with line and column (from 1) where there are any;
 *   none says what stays away with an answer that failed.
 */
export function showProblem(members, into, page) {
  const { title, detail, hint, line, column, retry, status } = members;
  const parts = [make("h2", { id: "problem" }, title ? say(title) : say("The query was not answered"))];
  if (detail) parts.push(make("p", {}, detail));
  if (line) {
    const place = column ? say("Go to line %(line)s, column %(column)s", { line, column }) : say("Go to line %(line)s", { line });
    parts.push(make("p", {}, make("button", { type: "button", id: "jump", onclick: () => page.jump(line, column, true) }, place)));
  }
  if (hint) parts.push(make("p", { class: "hint" }, ...linkDumps(say(hint), page.root)));
  if (members.limit) parts.push(make("p", { class: "small" }, ...tellLimit(members, page.limit), make("a", { href: `${page.root}/limits` }, say("All limits"))));
  if (retry) parts.push(make("p", { class: "small" }, say("The same query may be answered in %(n)s s.", { n: retry })));
  if (!status || status >= 500) parts.push(make("p", { class: "small soft" }, page.none ?? say("No part of an answer is shown, because none was complete.")));
  into.replaceChildren(make("section", { class: "problem", role: "alert", "aria-labelledby": "problem" }, ...parts));
  if (line) page.jump(line, column, false);
}

/** A hint, with the one address that hints name as a link. */
function linkDumps(hint, root) {
  const [first, ...others] = hint.split(DUMPS);
  return [first, ...others.flatMap((text) => [make("a", { href: root + DUMPS }, DUMPS), text])];
}

function tellLimit({ code, limit, most }, seconds) {
  const name = make("code", {}, limit);
  if (code === "query-timeout" && most < seconds) return [say("%(most)s s was the time asked for, of at most %(n)s s:", { most, n: seconds }), " ", name, ". "];
  return [`${say("Limit:")} `, name, most ? ` = ${most}` : "", ". "];
}
