"""Queries for an overview: the rows that a release states are those that the engine finds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.pool.engine import Reader
from server.release.store import build_release_store
from server.settings import Settings
from server.sparql.overview import Counts, answer_overview, read_counts
from server.syntax.inspection import list_tokens
from tests.live import LiveServer, start_server, wait_until
from tests.tinybuild import build_tiny

RDF = "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> "
OVERVIEWS = [
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "select (count(?anything) as ?number) where { ?anything ?is ?that . }",
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p # 5",
    "SELECT ?way (COUNT(?to) AS ?times) WHERE { ?from ?way ?to } GROUP BY ?way"
    " ORDER BY DESC(?times) ?way LIMIT 7 OFFSET 1",
    "SELECT (COUNT(?o) AS ?n) $p { ?s $p ?o } GROUP BY $p",
    "SELECT DISTINCT ?p { ?s ?p ?o }",
    "SELECT DISTINCT ?p WHERE { ?s ?p ?o . } ORDER BY ?p LIMIT 3",
    "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }",
    "SELECT ?c (COUNT(?s) AS ?n) { ?s a ?c } GROUP BY ?c",
    RDF + "SELECT ?class (COUNT(DISTINCT ?x) AS ?n) { ?x rdf:type ?class } GROUP BY ?class",
    "SELECT (COUNT(*) AS ?n) ?c { ?s a ?c } GROUP BY ?c ORDER BY ASC(?c)",
    "SELECT DISTINCT ?c { [] a ?c }",
    "SELECT DISTINCT ?c { ?s <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> ?c } ORDER BY ?c",
    "SELECT (COUNT(DISTINCT ?c) AS ?n) { ?s a ?c }",
]
OTHERS = [
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?s }",
    "SELECT (COUNT(*) AS ?s) { ?s ?p ?o }",
    "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
    "SELECT ?p { ?s ?p ?o }",
    "SELECT ?p (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o } GROUP BY ?p",
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p HAVING (?n > 1)",
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY ?s",
    "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY STR(?p)",
    "SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s",
    "SELECT ?c (COUNT(*) AS ?n) { ?s A ?c } GROUP BY ?c",
    RDF + "PREFIX rdf: <urn:x:> SELECT DISTINCT ?c { ?s rdf:type ?c }",
    "SELECT DISTINCT ?c { GRAPH ?g { ?s a ?c } }",
    "SELECT DISTINCT ?c { ?s a ?c ; ?p ?o }",
    "SELECT WHERE DISTINCT ?c { ?s a ?c }",
    "ASK { ?s ?p ?o }",
]


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    """A server of the tiny release that has counted its triples."""
    _, release = build_tiny()
    with start_server("--out", str(release.path.parent.parent)) as running:
        described = {"Accept": "application/n-triples"}
        assert wait_until(
            lambda: b"void#triples" in running.send("GET", "/sparql", headers=described).body
        )
        yield running


@pytest.fixture(scope="module")
def counts(tmp_path_factory: pytest.TempPathFactory) -> Counts:
    """What the tiny release states of itself."""
    _, release = build_tiny()
    store = tmp_path_factory.mktemp("overview") / "store"
    reader = Reader(str(build_release_store(release.file("dumps/pacta.nq"), store)))

    def look(subject: str) -> Iterator[tuple[str, str]]:
        for quad in reader.quads_for_pattern(subject, graph=""):
            yield quad.predicate.value, quad.object.value

    found = read_counts(look, f"{release.manifest.base}id/dataset/{release.id}")
    assert found is not None, "the release states what makes it up"
    return found


def ask(server: LiveServer, query: str) -> list[list[str]]:
    """The rows of a query, its variables first; sorted where it does not say how."""
    reply = server.ask(query, "text/csv")
    assert reply.status == 200, reply.body
    head, *rows = csv.reader(io.StringIO(reply.body.decode()))
    return [head, *(rows if "ORDER" in query else sorted(rows))]


@pytest.mark.parametrize("query", OVERVIEWS)
def test_the_stated_rows_are_those_of_the_engine(
    server: LiveServer, counts: Counts, query: str
) -> None:
    """The same names, rows and order; with a filter that holds, a query is the engine's."""
    before, brace, after = query.rpartition("}")
    found_by_engine = f"{before.rstrip(' .')} FILTER(true) {brace}{after}"

    assert answer_overview(query, list_tokens(query, Settings()), counts) is not None
    assert (
        answer_overview(found_by_engine, list_tokens(found_by_engine, Settings()), counts) is None
    )
    assert ask(server, query) == ask(server, found_by_engine)


@pytest.mark.parametrize("query", OTHERS)
def test_another_query_is_left_to_the_engine(counts: Counts, query: str) -> None:
    """What only looks like one: other variables, other conditions, an order by something else."""
    assert answer_overview(query, list_tokens(query, Settings()), counts) is None


def test_a_dataset_of_the_request_is_respected(server: LiveServer) -> None:
    """Counts are stated of the default graph of the release, not of one that a request chooses."""
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    whole = int(ask(server, query)[1][0])
    graph = "http://localhost:8000/graph/facts"
    part = int(ask(server, query.replace("{", f"FROM <{graph}> {{"))[1][0])

    assert 0 < part < whole


def test_parts_that_do_not_add_up_are_not_used(counts: Counts) -> None:
    """A release that states too little is asked through the engine."""
    base = "http://a.example/set"
    void = "http://rdfs.org/ns/void#"
    parts = {
        base: [(f"{void}triples", "3"), (f"{void}propertyPartition", f"{base}#p")],
        f"{base}#p": [(f"{void}property", "urn:p"), (f"{void}triples", "2")],
    }

    assert counts.is_whole
    assert read_counts(lambda subject: parts[subject], base) is None
    parts[base][0] = (f"{void}triples", "2")
    assert read_counts(lambda subject: parts[subject], base) == Counts(2, [("urn:p", 2)], [])


def test_plain_files_state_nothing(tmp_path: Path) -> None:
    """Without a release the engine counts."""
    file = tmp_path / "d.ttl"
    file.write_text("<urn:a> <urn:b> <urn:c> .")
    with start_server("--data", str(file)) as server:
        assert ask(server, "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p") == [
            ["p", "n"],
            ["urn:b", "1"],
        ]
