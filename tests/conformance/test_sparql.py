"""The W3C suites over HTTP against `pacta serve --data`, by manifest.

All data files of a suite are loaded into one server as named graphs; a test names its default and
named graphs in the request, as the protocol has it. What the engine answers to the same query on
the same data in this process is the second judge: the server may fail no test that it passes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import pyoxigraph as ox
import pytest

from tests.conformance.manifests import (
    Exchange,
    Outcome,
    QueryTest,
    locate,
    outcome_of_csv,
    outcome_of_graph,
    outcome_of_rows,
    read_expected,
    read_protocol_tests,
    read_query_tests,
)
from tests.live import LiveServer, Reply, start_server
from tests.places import ROOT
from tests.skips import LISTS, needs, skip_if_listed

SUITES = Path(os.environ.get("PACTA_SUITES") or ROOT.parent / "shared" / "suites")
ENGINE = LISTS["engine"]
REFUSED = LISTS["refused"]
REWRITTEN = LISTS["rewritten"]
HERE = (SUITES / "sparql").is_dir()

pytestmark = [pytest.mark.slow, needs("suites", HERE)]


def _folders() -> list[str]:
    if not HERE:
        return []
    return sorted(
        str(path.parent.relative_to(SUITES / "sparql"))
        for path in (SUITES / "sparql").glob("*/*/manifest.ttl")
    )


TESTS: dict[str, list[QueryTest]] = {
    folder: found for folder in _folders() if (found := read_query_tests(SUITES, folder))
}


def _all_files() -> dict[str, str]:
    """Name of a graph → the address of its file, over all tests."""
    files: dict[str, str] = {}
    for tests in TESTS.values():
        for test in tests:
            if test.name not in LISTS["skips"]:
                files |= {address: address for address in test.data}
                files |= dict(test.graphs)
                files |= dict(_from_clauses(test))
    return files


def _from_clauses(test: QueryTest) -> list[tuple[str, str]]:
    """Files that the query itself names with FROM: (name, address), where the suite has them."""
    path = locate(SUITES, test.query)
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    folder = test.query.rpartition("/")[0]
    names = [f"{folder}/{name}" for name in re.findall(r"FROM\s+(?:NAMED\s+)?<([^>:]+)>", text)]
    return [(name, name) for name in names if locate(SUITES, name).is_file()]


@pytest.fixture(scope="module")
def suite() -> Iterator[LiveServer]:
    """A server with every data file of the suites as a named graph."""
    arguments: list[str] = []
    for name, address in sorted(_all_files().items()):
        arguments += ["--named-graph", f"{name}={locate(SUITES, address)}"]
    with start_server(*arguments) as server:
        yield server


@pytest.fixture(scope="module")
def protocol() -> Iterator[LiveServer]:
    """A server with the graphs of the protocol's tests."""
    graphs = dict(pair for test in read_protocol_tests(SUITES) for pair in test.graphs)
    arguments: list[str] = []
    for name, address in sorted(graphs.items()):
        arguments += ["--named-graph", f"{name}={locate(SUITES, address)}"]
    with start_server(*arguments) as server:
        yield server


def _run_here(test: QueryTest, query: str) -> Outcome | Exception:
    """What the engine makes of a test in this process."""
    store = ox.Store()
    kinds = {".ttl": "ttl", ".rdf": "rdf", ".nt": "nt", ".n3": "n3", ".nq": "nq", ".trig": "trig"}
    try:
        default = [(None, address) for address in test.data if not _from_clauses(test)]
        for name, address in (*default, *test.graphs, *_from_clauses(test)):
            path = locate(SUITES, address)
            kind = ox.RdfFormat.from_extension(kinds[path.suffix])
            graph = ox.DefaultGraph() if name is None else ox.NamedNode(name)
            store.load(path=str(path), format=kind, base_iri=name or address, to_graph=graph)
            if name is not None:
                store.add_graph(ox.NamedNode(name))
        found = store.query(query, base_iri=test.query)
        if isinstance(found, ox.QueryTriples):
            return outcome_of_graph(list(found))
        return outcome_of_rows(found)
    except (SyntaxError, OSError, ValueError, RuntimeError) as error:
        return error


def _ask(server: LiveServer, test: QueryTest, query: str, accept: str) -> Reply:
    """The test's query, with its dataset named in the request."""
    named: dict[str, Sequence[str]] = (
        {}
        if _from_clauses(test)
        else {
            "default-graph-uri": test.data,
            "named-graph-uri": [name for name, _ in test.graphs],
        }
    )
    if not any(named.values()) and not _from_clauses(test):
        named = {"named-graph-uri": ["urn:none"]}
    text = f"BASE <{test.query}>\n{query}"
    return server.ask(text, accept, named)


_JSON = "application/sparql-results+json"


def _read_reply(reply: Reply) -> Outcome:
    """The outcome of an answer of the server."""
    if reply.kind == "application/n-triples":
        quads = ox.parse(reply.body, ox.RdfFormat.N_TRIPLES)
        return outcome_of_graph([ox.Triple(q.subject, q.predicate, q.object) for q in quads])
    return outcome_of_rows(ox.parse_query_results(reply.body, ox.QueryResultsFormat.JSON))


def _params(*kinds: str) -> list[object]:
    return [
        pytest.param(test, id=test.name)
        for tests in TESTS.values()
        for test in tests
        if test.kind.startswith(kinds)
    ]


@pytest.mark.parametrize("test", _params("QueryEvaluationTest", "CSVResultFormatTest"))
def test_evaluation(suite: LiveServer, test: QueryTest) -> None:
    """The server gives what is expected; where it does not, what the engine gives by itself."""
    skip_if_listed(test.name)
    query = locate(SUITES, test.query).read_text(encoding="utf-8")
    reply = _ask(suite, test, query, f"{_JSON}, application/n-triples")
    engine = _run_here(test, query)
    assert test.result is not None
    path = locate(SUITES, test.result)
    expected = None if path.suffix == ".csv" else read_expected(path, test.result)

    if isinstance(engine, Exception):
        assert test.name in ENGINE
        assert 400 <= reply.status < 500
        return
    if test.name in REFUSED:
        assert reply.status == 400
        assert engine != expected, "the engine passes it now: answer it"
        pytest.xfail(REFUSED[test.name])
    assert reply.status == 200, reply.body.decode()
    found = _read_reply(reply)
    assert (found == engine) is (test.name not in REWRITTEN)
    if test.name in ENGINE:
        assert found != expected, "the engine passes it now: take it off the list"
        pytest.xfail(ENGINE[test.name])
    if path.suffix == ".csv":
        written = _ask(suite, test, query, "text/csv").body.decode()
        assert outcome_of_csv(written) == outcome_of_csv(path.read_text(encoding="utf-8"))
    else:
        assert found == expected


@pytest.mark.parametrize("test", _params("PositiveSyntaxTest"))
def test_positive_syntax(suite: LiveServer, test: QueryTest) -> None:
    """A correct query is answered."""
    skip_if_listed(test.name)
    query = locate(SUITES, test.query).read_text(encoding="utf-8")

    status = _ask(suite, test, query, "*/*").status
    assert status == (422 if test.name in ENGINE else 200)


@pytest.mark.parametrize("test", _params("NegativeSyntaxTest"))
def test_negative_syntax(suite: LiveServer, test: QueryTest) -> None:
    """A broken query gets 400 with a place; an update is refused before anybody parses it."""
    skip_if_listed(test.name)
    query = locate(SUITES, test.query).read_text(encoding="utf-8")
    reply = suite.ask(query)

    if test.name in ENGINE:
        assert reply.status == 200, "the engine refuses it now: take it off the list"
        pytest.xfail(ENGINE[test.name])
    if reply.status == 403:
        assert b'"update-refused"' in reply.body
        return
    assert reply.status == 400, reply.body[:500]
    assert b'"line"' in reply.body


_FORMS = {
    "boolean": ("application/sparql-results+json", "application/sparql-results+xml"),
    "tabular": (_JSON, "application/sparql-results+xml", "text/csv", "text/tab-separated-values"),
    "RDF": ("text/turtle", "application/rdf+xml", "application/n-triples"),
}


def _send(server: LiveServer, exchange: Exchange) -> Reply:
    place = urlsplit(exchange.path)
    path = "/sparql" + (f"?{place.query}" if place.query else "")
    body = None if exchange.body is None else exchange.body.encode(exchange.encoding)
    return server.send(exchange.method, path, body, dict(exchange.headers))


_PROTOCOL = [
    pytest.param(test.name, test.exchanges, id=test.name)
    for test in (read_protocol_tests(SUITES) if HERE else [])
]


@pytest.mark.parametrize(("name", "exchanges"), _PROTOCOL)
def test_protocol(protocol: LiveServer, name: str, exchanges: tuple[Exchange, ...]) -> None:
    """Queries are answered as the protocol says; every update is refused with a 4xx."""
    for exchange in exchanges:
        reply = _send(protocol, exchange)
        if name.startswith("update_"):
            assert 400 <= reply.status < 500
            assert reply.kind == "application/problem+json"
            return
        assert any(str(reply.status)[0] == wanted[0] for wanted in exchange.statuses), reply
        if exchange.form is not None and reply.status == 200:
            assert reply.kind in _FORMS[exchange.form]
        if exchange.boolean is not None:
            parsed = ox.parse_query_results(reply.body, ox.QueryResultsFormat.JSON)
            assert bool(parsed) == exchange.boolean


def test_service_description(protocol: LiveServer) -> None:
    """The bare endpoint answers RDF that links a service to this endpoint."""
    reply = protocol.send("GET", "/sparql", headers={"Accept": "application/n-triples"})
    endpoint = "http://www.w3.org/ns/sparql-service-description#endpoint"
    objects = [
        quad.object.value
        for quad in ox.parse(reply.body, ox.RdfFormat.N_TRIPLES)
        if quad.predicate.value == endpoint and not isinstance(quad.object, ox.Triple)
    ]

    assert reply.status == 200
    assert objects == [protocol.url]
