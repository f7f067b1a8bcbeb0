/** The query engine of a frozen site: Oxigraph, with every statement of the release in memory. */

const FORMATS = {
  json: "application/sparql-results+json",
  xml: "application/sparql-results+xml",
  csv: "text/csv",
  tsv: "text/tab-separated-values",
  turtle: "text/turtle",
  ntriples: "application/n-triples",
  jsonld: "application/ld+json",
  rdfxml: "application/rdf+xml",
};
const OTHER_TEXT = /"""(?:[^\\]|\\.)*?"""|'''(?:[^\\]|\\.)*?'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|<[^<>\s]*>|#.*$/gms;
const FORM = /\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b/i;

let store = null;
let engine = null;

/** The statements, fetched and loaded once. */
async function open({ library, dump }) {
  engine = await import(library);
  await engine.default();
  const answer = await fetch(dump);
  if (!answer.ok) throw new Error(`${dump} answers ${answer.status}`);
  // A host may take the compression off on the way: the first bytes tell.
  const sent = new Uint8Array(await answer.arrayBuffer());
  const packed = sent[0] === 0x1f && sent[1] === 0x8b;
  const plain = packed ? new Response(new Blob([sent]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer() : sent.buffer;
  const made = new engine.Store();
  made.load(new Uint8Array(await plain), { format: "application/n-quads", lenient: true, no_transaction: true });
  // The default graph is the union of all graphs, each statement once.
  made.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }");
  return made;
}

/** The dataset of a query: what the request names, else what the query or the store has. */
function choose({ graphs, named }) {
  const nodes = (names) => names.map((name) => engine.namedNode(name));
  return graphs.length || named.length ? { default_graph: nodes(graphs), named_graphs: nodes(named) } : {};
}

onmessage = async ({ data }) => {
  try {
    store ??= open(data);
    store = await store;
  } catch (error) {
    store = null;
    const hint = "/dumps/ has all statements.";
    postMessage({ status: 500, problem: { title: "The statements cannot be loaded", detail: String(error.message ?? error), hint } });
    return;
  }
  postMessage({ ready: true });
  try {
    const bare = data.query.replace(OTHER_TEXT, " ");
    const form = (FORM.exec(bare)?.[1] ?? "SELECT").toUpperCase();
    const usual = form === "SELECT" || form === "ASK" ? "json" : "ntriples";
    const kind = FORMATS[data.format] ?? FORMATS[usual];
    const text = store.query(data.query, { base_iri: data.base, results_format: kind, ...choose(data) });
    const body = new TextEncoder().encode(text);
    postMessage({ kind, body }, [body.buffer]);
  } catch (error) {
    const detail = String(error.message ?? error);
    const [, line, column] = /\bat (\d+):(\d+)/.exec(detail) ?? [];
    postMessage({ status: 400, problem: { title: "The query cannot be answered", detail, ...(line ? { line: Number(line), column: Number(column) } : {}) } });
  }
};
