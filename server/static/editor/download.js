/** The downloads of an answer. Each is asked for first, so that the page can say why there is none. */

import { Problem, addressOf, askFile } from "./answer.js";
import { showProblem } from "./problem.js";
import { make } from "./terms.js";
import { say } from "./words.js";

const FORMATS = {
  rows: { csv: "CSV", tsv: "TSV", json: "JSON", xml: "XML" },
  boolean: { json: "JSON", xml: "XML" },
  graph: { turtle: "Turtle", ntriples: "N-Triples", jsonld: "JSON-LD", rdfxml: "RDF/XML" },
};
const SUFFIX = { turtle: "ttl", ntriples: "nt", rdfxml: "rdf" };
const KEPT_MS = 60000;

/** The links, which can be copied too, and the place for what goes wrong with them. */
export function offerDownloads(answer, page) {
  const told = make("span", { class: "soft", role: "status" });
  const failed = make("div", { class: "failed" });
  const links = Object.entries(FORMATS[answer.form]).map(([format, text]) => {
    const href = addressOf(page.endpoint, answer.fields, format);
    const name = `answer.${SUFFIX[format] ?? format}`;
    const onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      fetchFile(format, text, name, href);
    };
    return href ? make("a", { href, download: name, onclick }, text) : make("button", { type: "button", onclick }, text);
  });

  async function fetchFile(format, text, name, href) {
    failed.replaceChildren();
    told.textContent = say("asking for %(what)s …", { what: text });
    try {
      const file = await askFile(page.endpoint, answer.fields, format);
      save(file, name, href);
    } catch (error) {
      const members = error instanceof Problem ? error.members : { title: say("The download failed"), detail: String(error.message) };
      showProblem(members, failed, { ...page, none: say("No file was stored.") });
    } finally {
      told.textContent = "";
    }
  }

  return [make("p", { class: "downloads" }, make("span", { class: "soft" }, say("Download"), " "), ...links.flatMap((link) => [link, " "]), told), failed];
}

/** Stores a file; without one the browser is sent to its address. */
function save(file, name, href) {
  const kept = file ? URL.createObjectURL(file) : "";
  make("a", { href: kept || href, download: name }).click();
  if (kept) setTimeout(() => URL.revokeObjectURL(kept), KEPT_MS);
}
