/** Answers the editor of a frozen site: queries in a worker with all statements, names from a file. */

import { fold, rate } from "./fold.js";

const JSON_TYPE = { "Content-Type": "application/json" };
const MOST_NAMES = 50;

/** The ending of the pages in the language of this one: `.html`, or `.lt.html` on `sparql.lt.html`. */
const ENDING = /\.[a-z-]+\.html$/i.exec(location.pathname)?.[0] ?? ".html";

/** The file of an address below the base: `id/treaty/x` lies at `doc/treaty/x.html`. */
export function findFile(name) {
  const [path, fragment] = name.split("#");
  const stem = path.replace(/^id\//, "doc/").replace(/\/$/, "") || "index";
  return `${stem}${ENDING}${fragment === undefined ? "" : `#${fragment}`}`;
}

/**
 * Something that takes what `fetch` takes and gives a response, without a server.
 * @param {object} places Of the form: library (of the engine), dump (all statements).
 * @param {object} facts Of `editor.json`.
 * @param {number} limit Seconds that a query may take.
 */
export function makeEngine(places, facts, limit) {
  const whole = (path) => new URL(path, location.href).href;
  let worker = null;
  let names = null;

  /** The worker; a query that was stopped took the former one with it. */
  function start() {
    worker ??= new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    return worker;
  }

  function stop() {
    worker?.terminate();
    worker = null;
  }

  async function suggest(words) {
    names ??= fetch(new URL("../../frozen/names.json", import.meta.url)).then((answer) => answer.json());
    const { rows, letters, kinds } = await names;
    const wanted = fold(words, letters).split(" ").filter(Boolean);
    const found = rows.filter((row) => wanted.length && row[0].startsWith("doc/") && rate(row, wanted) === 2);
    const results = found.slice(0, MOST_NAMES).map(([path, kind, labels]) => ({
      id: facts.base + path.replace(/^doc\//, "id/"),
      label: labels[0],
      kind: kinds[kind]?.[0] ?? kind,
    }));
    return new Response(JSON.stringify({ results }), { headers: JSON_TYPE });
  }

  function run(fields, signal) {
    const seconds = Math.min(Number(fields.get("timeout")) || limit, limit);
    const running = start();
    return new Promise((answer, fail) => {
      let clock = 0;
      const end = (act, given) => {
        clearTimeout(clock);
        signal?.removeEventListener("abort", leave);
        running.onmessage = running.onerror = null;
        act(given);
      };
      const leave = () => {
        stop();
        end(fail, new DOMException("stopped", "AbortError"));
      };
      const tell = (status, members) => {
        end(answer, new Response(JSON.stringify(members), { status, headers: JSON_TYPE }));
      };
      if (signal?.aborted) {
        leave();
        return;
      }
      signal?.addEventListener("abort", leave);
      running.onerror = (event) => {
        stop();
        tell(500, { title: "The engine in this page failed", detail: event.message || "It cannot be started.", hint: "Reload the page. /dumps/ has all statements." });
      };
      running.onmessage = ({ data }) => {
        if (data.ready) {
          clock = setTimeout(() => {
            stop();
            tell(503, { title: "The query took too long", detail: `It was stopped after ${seconds} s.`, hint: "Ask for less, or run it with a program over /dumps/." });
          }, seconds * 1000);
        } else if (data.problem) {
          tell(data.status, data.problem);
        } else {
          const headers = { "Content-Type": data.kind, "Content-Length": String(data.body.byteLength) };
          end(answer, new Response(data.body, { headers }));
        }
      };
      running.postMessage({
        library: whole(places.library),
        dump: whole(places.dump),
        base: facts.base,
        query: fields.get("query"),
        format: fields.get("format") ?? "",
        graphs: fields.getAll("default-graph-uri"),
        named: fields.getAll("named-graph-uri"),
      });
    });
  }

  return (address, { body, signal } = {}) => {
    const asked = new URL(address, location.href);
    const fields = body instanceof URLSearchParams ? body : asked.searchParams;
    return asked.pathname.endsWith("/suggest") ? suggest(fields.get("q") ?? "") : run(fields, signal);
  };
}
