/** What went wrong, in the server's words, and where in the query. */

import { make } from "./terms.js";

/** Shows a problem; `jump` is called with line and column (from 1) where it has them. */
export function showProblem(members, into, limitsAt, jump, also = "") {
  const { title, detail, hint, line, column, limit, most, retry, status } = members;
  const parts = [make("h2", { id: "problem" }, title || "The query was not answered")];
  if (detail) parts.push(make("p", {}, detail));
  if (line) {
    const place = `line ${line}${column ? `, column ${column}` : ""}`;
    parts.push(make("p", {}, make("button", { type: "button", id: "jump", onclick: () => jump(line, column, true) }, `Go to ${place}`)));
  }
  if (hint) parts.push(make("p", { class: "hint" }, hint));
  if (also) parts.push(make("p", {}, also));
  if (limit) parts.push(make("p", { class: "small" }, "Limit: ", make("code", {}, limit), most ? ` = ${most}` : "", ". ", make("a", { href: limitsAt }, "All limits")));
  if (retry) parts.push(make("p", { class: "small" }, `The same query may be answered in ${retry} s.`));
  if (!status || status >= 500) parts.push(make("p", { class: "small soft" }, "No part of an answer is shown, because none was complete."));
  into.replaceChildren(make("section", { class: "problem", role: "alert", "aria-labelledby": "problem" }, ...parts));
  if (line) jump(line, column, false);
}
