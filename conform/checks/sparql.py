"""The HTTP side of a SPARQL endpoint (SPARQL 1.1 Protocol and Service Description)."""

from __future__ import annotations

from urllib.parse import urlencode

from rdflib import URIRef

from conform.answers import rdf
from conform.answers.fetch import Answer
from conform.answers.fields import read_names
from conform.answers.rdf import RDF_TYPES
from conform.door import RESULTS_JSON, Endpoint
from conform.errors import apply_if, require
from conform.model import (
    FETCH_CORS,
    SERVICE_DESCRIPTION,
    SPARQL_ACCEPTED,
    SPARQL_FAILURE,
    SPARQL_PROTOCOL,
    Rule,
    rfc,
)

SELECT = "SELECT ?s WHERE { ?s ?p ?o } LIMIT 1"
CONSTRUCT = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o } LIMIT 3"
RESULTS_XML = "application/sparql-results+xml"
TABLES = (RESULTS_JSON, RESULTS_XML, "text/csv", "text/tab-separated-values")
FORM = "application/x-www-form-urlencoded"
SD = "http://www.w3.org/ns/sparql-service-description#"
NOTHING = "application/x-nothing-has-this-type"


def _expect(answer: Answer, kind: str, asked: str) -> None:
    require(
        answer.status == 200 and answer.kind == kind,
        f"{asked} gave {answer.status} {answer.kind or 'without a type'}",
    )


def check_get(endpoint: Endpoint) -> None:
    """A query by GET is answered."""
    answer = endpoint.ask(SELECT, RESULTS_JSON)
    _expect(answer, RESULTS_JSON, "GET")
    require("bindings" in rdf.read_json(answer.content).get("results", {}), "no table in it")


def check_post_form(endpoint: Endpoint) -> None:
    """A query as a form is answered."""
    answer = endpoint.door.send(
        endpoint.url,
        RESULTS_JSON,
        {"Content-Type": FORM},
        "POST",
        urlencode({"query": SELECT}).encode(),
    )
    _expect(answer, RESULTS_JSON, "POST of a form")


def check_post_direct(endpoint: Endpoint) -> None:
    """A query as the body is answered."""
    answer = endpoint.door.send(
        endpoint.url,
        RESULTS_JSON,
        {"Content-Type": "application/sparql-query"},
        "POST",
        SELECT.encode(),
    )
    _expect(answer, RESULTS_JSON, "POST of application/sparql-query")


def check_tables(endpoint: Endpoint) -> None:
    """All four result formats."""
    for kind in TABLES:
        _expect(endpoint.ask(SELECT, kind), kind, f"Accept: {kind}")


def check_construct(endpoint: Endpoint) -> None:
    """CONSTRUCT gives Turtle to a client that asks for it."""
    answer = endpoint.ask(CONSTRUCT, rdf.TURTLE)
    _expect(answer, rdf.TURTLE, f"CONSTRUCT with Accept: {rdf.TURTLE}")
    endpoint.door.parse(answer)


def check_family(endpoint: Endpoint) -> None:
    """The form of the query decides which types count."""
    accept = f"{rdf.TURTLE}, {RESULTS_JSON};q=0.5"
    _expect(endpoint.ask(SELECT, accept), RESULTS_JSON, f"SELECT with Accept: {accept}")
    accept = f"{RESULTS_JSON}, {rdf.TURTLE};q=0.5"
    _expect(endpoint.ask(CONSTRUCT, accept), rdf.TURTLE, f"CONSTRUCT with Accept: {accept}")


def check_weights(endpoint: Endpoint) -> None:
    """Weights decide between result formats."""
    first, second = RESULTS_JSON, RESULTS_XML
    accept = f"{first};q=0.2, {second};q=0.8"
    _expect(endpoint.ask(SELECT, accept), second, f"Accept: {accept}")
    accept = f"{first};q=0.8, {second};q=0.2"
    _expect(endpoint.ask(SELECT, accept), first, f"Accept: {accept}")


def check_absent(endpoint: Endpoint) -> None:
    """No `Accept` and `*/*` take anything."""
    for accept in (None, "*/*"):
        for query in (SELECT, CONSTRUCT):
            answer = endpoint.ask(query, accept)
            require(answer.status == 200, f"Accept: {accept or 'none'} gave {answer.status}")


def check_not_acceptable(endpoint: Endpoint) -> None:
    """Nothing fits: 406."""
    answer = endpoint.ask(SELECT, NOTHING)
    require(answer.status == 406, f"Accept: {NOTHING} gave {answer.status} {answer.kind}")


def check_vary(endpoint: Endpoint) -> None:
    """Results vary by `Accept`, and `Vary` says so."""
    kinds = {endpoint.ask(SELECT, kind).kind for kind in TABLES}
    apply_if(len(kinds) > 1, "one format only")
    vary = endpoint.ask(SELECT, RESULTS_JSON).get("vary")
    require(read_names(vary) & {"accept", "*"}, f"Vary: {vary or 'none'}")


def check_malformed(endpoint: Endpoint) -> None:
    """What is no query is 400."""
    answer = endpoint.ask("SELECT WHERE nothing {", RESULTS_JSON)
    require(answer.status == 400, f"a malformed query gave {answer.status}")
    require(answer.kind not in (*TABLES, *RDF_TYPES), f"its message has the type {answer.kind}")


def check_two_queries(endpoint: Endpoint) -> None:
    """Exactly one query."""
    text = urlencode([("query", SELECT), ("query", "ASK {}")])
    answer = endpoint.door.send(f"{endpoint.url}?{text}", RESULTS_JSON)
    require(answer.status == 400, f"two queries in one request gave {answer.status}")


def check_unsupported(endpoint: Endpoint) -> None:
    """A body of another type is refused as such."""
    answer = endpoint.door.send(
        endpoint.url, RESULTS_JSON, {"Content-Type": "text/x-nothing"}, "POST", SELECT.encode()
    )
    require(400 <= answer.status < 500, f"a body of text/x-nothing gave {answer.status}")


def check_update_by_get(endpoint: Endpoint) -> None:
    """A query that is an update is never carried out."""
    answer = endpoint.ask("INSERT DATA { <urn:x-a> <urn:x-b> <urn:x-c> }", RESULTS_JSON)
    require(400 <= answer.status < 500, f"an update as query gave {answer.status}")


def check_head(endpoint: Endpoint) -> None:
    """HEAD says what GET says."""
    got = endpoint.ask(SELECT, RESULTS_JSON)
    head = endpoint.ask(SELECT, RESULTS_JSON, method="HEAD")
    require(head.status == got.status, f"GET gives {got.status}, HEAD {head.status}")
    wrong = [name for name in ("content-type", "etag", "vary") if got.get(name) != head.get(name)]
    require(not wrong, f"HEAD differs from GET in {', '.join(wrong)}")


def check_cors(endpoint: Endpoint) -> None:
    """Scripts of other sites may query."""
    answer = endpoint.ask(SELECT, RESULTS_JSON, {"Origin": "https://scripts.example"})
    allowed = answer.get("access-control-allow-origin")
    require(allowed in ("*", "https://scripts.example"), "no Access-Control-Allow-Origin")


def check_description(endpoint: Endpoint) -> None:
    """The bare address describes the service in RDF."""
    answer = endpoint.door.send(endpoint.url, rdf.TURTLE)
    require(
        answer.status == 200 and answer.kind in RDF_TYPES,
        f"the bare address asked for Turtle gave {answer.status} {answer.kind}",
    )
    graph = endpoint.door.parse(answer)
    ends = {str(value) for _, name, value in graph if name == URIRef(SD + "endpoint")}
    require(ends, "it names no sd:endpoint")
    own = {endpoint.url, endpoint.door.publish(endpoint.url)}
    require(own & ends, f"sd:endpoint is {sorted(ends)[:1]}, not this address")


def check_description_negotiated(endpoint: Endpoint) -> None:
    """A client that lists several types gets the description."""
    accept = f"{NOTHING}, {rdf.RDFXML};q=0.4, {rdf.TURTLE}"
    alone = endpoint.door.send(endpoint.url, rdf.TURTLE)
    apply_if(alone.status == 200 and alone.kind in RDF_TYPES, "no service description")
    _expect(endpoint.door.send(endpoint.url, accept), rdf.TURTLE, f"Accept: {accept}")


RULES: tuple[Rule[Endpoint], ...] = (
    Rule("sparql-get", "A query by GET is answered", "MUST", SPARQL_PROTOCOL, check_get),
    Rule("sparql-post-form", "A query as a form is answered", "MUST", SPARQL_PROTOCOL,
         check_post_form),
    Rule("sparql-post-direct", "A query as the body is answered", "MUST", SPARQL_PROTOCOL,
         check_post_direct),
    Rule("sparql-tables", "SELECT is answered in JSON, XML, CSV and TSV", "SHOULD",
         SPARQL_ACCEPTED, check_tables),
    Rule("sparql-construct", "CONSTRUCT is answered in Turtle", "SHOULD", SPARQL_ACCEPTED,
         check_construct),
    Rule("sparql-family", "The form of the query decides which types count", "SHOULD",
         SPARQL_ACCEPTED, check_family),
    Rule("sparql-weights", "Weights decide between result formats", "SHOULD", rfc(9110, "12.4.2"),
         check_weights),
    Rule("sparql-accept-any", "A query without Accept is answered", "MUST", rfc(9110, "12.5.1"),
         check_absent),
    Rule("sparql-406", "Where no result format fits, the answer is 406", "SHOULD",
         rfc(9110, "15.5.7"), check_not_acceptable),
    Rule("sparql-vary", "Results have Vary: Accept", "SHOULD", rfc(9110, "12.5.5"), check_vary),
    Rule("sparql-malformed", "A malformed query gives 400", "MUST", SPARQL_FAILURE,
         check_malformed),
    Rule("sparql-one-query", "Two queries in one request give 400", "MUST", SPARQL_PROTOCOL,
         check_two_queries),
    Rule("sparql-body-type", "A body of an unknown type is refused", "MUST", rfc(9110, "15.5.16"),
         check_unsupported),
    Rule("sparql-no-update", "An update sent as a query is refused", "MUST", SPARQL_PROTOCOL,
         check_update_by_get),
    Rule("sparql-head", "HEAD of a query equals GET", "MUST", rfc(9110, "9.3.2"), check_head),
    Rule("sparql-cors", "Scripts of other sites may query", "SHOULD", FETCH_CORS, check_cors),
    Rule("sparql-description", "The bare endpoint describes itself, truly", "SHOULD",
         SERVICE_DESCRIPTION, check_description),
    Rule("sparql-description-list", "The description is found with a list of types", "SHOULD",
         SERVICE_DESCRIPTION, check_description_negotiated),
)  # fmt: skip
