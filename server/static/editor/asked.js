/** What is asked of the endpoint, as its own parameters: in the form, in a link, and sent. */

import { make } from "./terms.js";
import { say } from "./words.js";

const GRAPHS = ["default-graph-uri", "named-graph-uri"];

/** The query, the graphs that are ticked in the form, and the time it may take. */
export function readForm(form, query, limit) {
  const fields = new URLSearchParams({ query });
  const filled = new FormData(form);
  for (const name of GRAPHS) filled.getAll(name).forEach((graph) => fields.append(name, graph));
  fields.set("timeout", String(Math.min(Number(filled.get("timeout")) || limit, limit)));
  return fields;
}

/** Puts graphs and time into the form; what the fields do not name is as if nothing was asked. */
export function fillForm(form, fields, limit) {
  const asked = Number(fields.get("timeout"));
  form.elements.timeout.value = asked > 0 ? Math.min(asked, limit) : limit;
  const graphs = GRAPHS.flatMap((name) => fields.getAll(name).filter(Boolean).map((graph) => [name, graph]));
  form.querySelector("#graphs").hidden = !graphs.length;
  form.querySelector("#graphs-title").textContent = graphs.length === 1 ? say("Over this graph only:") : say("Over these graphs only:");
  form.querySelector("#graphs-list").replaceChildren(...graphs.flatMap(([name, value]) => [tick(name, value), " "]));
}

function tick(name, value) {
  const box = make("input", { type: "checkbox", name, value, autocomplete: "off", checked: true });
  return make("label", {}, box, ` ${value}${name === "named-graph-uri" ? ` (${say("named, for GRAPH")})` : ""}`);
}

/** The part of a link behind `#`: the time only where it is not the limit. */
export function writeFragment(fields, limit) {
  const shared = new URLSearchParams(fields);
  if (Number(shared.get("timeout")) === limit) shared.delete("timeout");
  return `#${shared}`;
}

/** What the address behind `#` asks; null where it holds no query. */
export function readFragment() {
  const fields = new URLSearchParams(location.hash.slice(1));
  return fields.get("query") ? fields : null;
}
