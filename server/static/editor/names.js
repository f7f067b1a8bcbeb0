/** Names for the addresses in an answer, so that a table says "Lithuania" and not `party/lithuania`. */

const MOST = 300;
const LABEL = "http://www.w3.org/2000/01/rdf-schema#label";

/** Asks once for the names of the things in an answer; without an answer to that, addresses stay as they are. */
export async function learnNames(answer, terms, endpoint) {
  const found = (answer.rows ?? []).flatMap((row) => Object.values(row)).filter((term) => term?.type === "uri" && term.value.startsWith(`${terms.base}id/`));
  const wanted = [...new Set(found.map((term) => term.value))].filter((iri) => !terms.names.has(iri)).slice(0, MOST);
  if (!wanted.length) return;
  const query = `SELECT ?thing (MIN(?name) AS ?label) {
  VALUES ?thing { ${wanted.map((iri) => `<${iri}>`).join(" ")} }
  ?thing <${LABEL}> ?name FILTER( LANGMATCHES(LANG(?name), "${document.documentElement.lang}") )
} GROUP BY ?thing`;
  try {
    const response = await fetch(endpoint, { method: "POST", headers: { Accept: "application/sparql-results+json" }, body: new URLSearchParams({ query, timeout: "2" }) });
    const rows = response.ok ? (await response.json()).results.bindings : [];
    for (const { thing, label } of rows) terms.names.set(thing.value, label.value);
  } catch (error) {
    console.info(`names of things: ${error.message}`);
  }
}
