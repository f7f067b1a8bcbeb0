/** Asks the endpoint and reads what comes: whole and checked, or a problem. */

import { group } from "./terms.js";
import { say } from "./words.js";

export const SHOWN_BYTES = 24 * 1024 * 1024;
const ACCEPT = "application/sparql-results+json, application/n-triples;q=0.9";
const LONGEST_ADDRESS = 8000;

let answering = null;

/** Lets something else than the network answer: a function that takes what `fetch` takes and gives a response. */
export function connect(other) {
  answering = other;
}

/** Asks whatever answers here. */
export function reach(address, asked) {
  return answering ? answering(address, asked) : fetch(address, asked);
}

/** What the server, the network or this page says went wrong. */
export class Problem extends Error {
  constructor(members) {
    super(members.detail || members.title);
    this.members = members;
  }
}

/** The address of an answer in a format, for links; empty where the query is too long for one. */
export function addressOf(endpoint, fields, format) {
  const address = `${endpoint}?${withFormat(fields, format)}`;
  return address.length <= LONGEST_ADDRESS * 6 ? address : "";
}

/** The same fields, for an answer in a format. */
function withFormat(fields, format) {
  const asked = new URLSearchParams(fields);
  asked.set("format", format);
  return asked;
}

/**
 * Runs a query.
 * @param {URLSearchParams} fields The endpoint's parameters: query, graphs, timeout.
 * @returns {Promise<object>} form (rows, boolean, graph, none), variables, rows, text, total, bytes, ms, digest.
 */
export async function ask(endpoint, fields, signal) {
  const began = performance.now();
  const response = await send(endpoint, fields, ACCEPT, signal);
  const bytes = Number(response.headers.get("Content-Length") || 0);
  const promised = Number(response.headers.get("Pacta-Rows") ?? -1);
  const kind = (response.headers.get("Content-Type") || "").split(";")[0];
  const common = { bytes, kind, fields, promised };
  if (bytes > SHOWN_BYTES) {
    await response.body?.cancel();
    const form = kind === "application/n-triples" ? "graph" : "rows";
    return { ...common, form, shown: false, total: promised, ms: performance.now() - began };
  }
  const body = await wait(response.arrayBuffer(), BROKEN_OFF);
  const digest = await check(response, body);
  const text = new TextDecoder().decode(body);
  const parsed = kind === "application/n-triples" ? readTriples(text) : readResults(text);
  const total = parsed.form === "boolean" ? 1 : parsed.rows.length;
  if (parsed.form === "rows" && promised >= 0 && promised !== total) {
    throw new Problem({
      title: say("The answer is not whole"),
      detail: `The server sent ${group(promised)} rows and ${group(total)} arrived.`,
      hint: say("Run the query again."),
    });
  }
  return { ...common, ...parsed, shown: true, text, digest, total, bytes: body.byteLength, ms: performance.now() - began };
}

/**
 * An answer in a format, to be kept and not shown.
 * @returns {Promise<Blob|null>} null where it is so large that the browser should store it as it comes.
 */
export async function askFile(endpoint, fields, format) {
  const response = await send(endpoint, withFormat(fields, format), "*/*");
  if (Number(response.headers.get("Content-Length") || 0) > SHOWN_BYTES && addressOf(endpoint, fields, format)) {
    await response.body?.cancel();
    return null;
  }
  return wait(response.blob(), BROKEN_OFF);
}

/** The response of the endpoint, which has an answer; anything else is thrown as a problem. */
async function send(endpoint, fields, accept, signal) {
  const headers = { Accept: accept };
  const address = `${endpoint}?${fields}`;
  const sent = address.length <= LONGEST_ADDRESS ? reach(address, { headers, signal }) : reach(endpoint, { method: "POST", headers, body: fields, signal });
  const response = await wait(sent, NOT_REACHED);
  if (!response.ok) throw new Problem(await readProblem(response));
  return response;
}

const NOT_REACHED = {
  title: say("The server cannot be reached"),
  detail: "No answer came: the server is down, or the way to it is. The query is kept in the address of this page.",
  hint: say("Run the query again in a while."),
};
const BROKEN_OFF = {
  title: say("No whole answer arrived"),
  detail: "The connection to the server ended before the answer did, so nothing of it is shown.",
  hint: say("Run the query again."),
};

/** What the network gives; where it fails, what that means. */
async function wait(coming, failed) {
  try {
    return await coming;
  } catch (error) {
    throw error.name === "AbortError" ? error : new Problem(failed);
  }
}

async function readProblem(response) {
  const text = await wait(response.text(), BROKEN_OFF);
  try {
    const members = JSON.parse(text);
    return { status: response.status, retry: response.headers.get("Retry-After"), ...members };
  } catch {
    return { status: response.status, title: say("The server answered %(status)s", { status: response.status }), detail: text.slice(0, 2000) };
  }
}

/** Compares the body with `Repr-Digest`; "" where there is none or this page may not compute it. */
async function check(response, body) {
  const sent = /sha-256=:([^:]+):/.exec(response.headers.get("Repr-Digest") || "")?.[1];
  if (!sent || response.headers.get("Content-Encoding")) return { value: "", checked: false };
  const value = Array.from(atob(sent), (c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  if (!globalThis.crypto?.subtle) return { value, checked: false };
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  if (Array.from(found, (b) => b.toString(16).padStart(2, "0")).join("") !== value) {
    throw new Problem({
      title: say("The answer is not what the server sent"),
      detail: "Its digest differs from the one in its headers, so nothing of it is shown.",
      hint: say("Run the query again."),
    });
  }
  return { value, checked: true };
}

/** SPARQL results JSON, nothing changed in it. */
export function readResults(text) {
  const { head, results, boolean } = JSON.parse(text);
  if (boolean !== undefined) return { form: "boolean", boolean, variables: [], rows: [] };
  return { form: "rows", variables: head.vars, rows: results.bindings };
}

const STATEMENT = /^(<[^>]*>|_:\S+) (<[^>]*>) (.+) \.$/;
const TRIPLE = /^<<\( (<[^>]*>|_:\S+) (<[^>]*>) (.+) \)>>$/;
const LITERAL = /^"((?:[^"\\]|\\.)*)"(?:@([A-Za-z]+(?:-[A-Za-z0-9]+)*)(?:--(ltr|rtl))?|\^\^<([^>]*)>)?$/s;
const PLAIN = { t: "\t", n: "\n", r: "\r", b: "\b", f: "\f", '"': '"', "'": "'", "\\": "\\" };

/** N-Triples as rows of subject, predicate and object. */
export function readTriples(text) {
  const lines = text.split("\n").filter((line) => line.trim());
  const rows = lines.map((line) => {
    const [, subject, predicate, object] = STATEMENT.exec(line.trim()) || [];
    if (!object) return { subject: { type: "other", value: line } };
    return { subject: readTerm(subject), predicate: readTerm(predicate), object: readTerm(object) };
  });
  return { form: "graph", variables: ["subject", "predicate", "object"], rows };
}

function readTerm(text) {
  if (text.startsWith("<") && !text.startsWith("<<")) return { type: "uri", value: unescape(text.slice(1, -1)) };
  if (text.startsWith("_:")) return { type: "bnode", value: text.slice(2) };
  const triple = TRIPLE.exec(text);
  if (triple) {
    const [subject, predicate, object] = triple.slice(1).map(readTerm);
    return { type: "triple", value: { subject, predicate, object } };
  }
  const found = LITERAL.exec(text);
  if (!found) return { type: "other", value: text };
  const term = { type: "literal", value: unescape(found[1]) };
  if (found[2]) term["xml:lang"] = found[2];
  if (found[3]) term["its:dir"] = found[3];
  if (found[4]) term.datatype = unescape(found[4]);
  return term;
}

function unescape(text) {
  return text.replace(/\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))/g, (_, four, eight, one) =>
    one ? PLAIN[one] ?? one : String.fromCodePoint(parseInt(four || eight, 16)),
  );
}
