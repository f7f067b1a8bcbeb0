"""Strangers' clients against a live server: what researchers point at it just works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

import pytest
from rdflib import Graph, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, JSON, POST, POSTDIRECTLY, RDFXML, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from tests.live import LiveServer, start_server

pytestmark = pytest.mark.filterwarnings("ignore")
SELECT = "SELECT ?s ?o { ?s <http://e/p> ?o } ORDER BY ?o"
CONSTRUCT = "CONSTRUCT WHERE { ?s <http://e/p> ?o }"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with three triples."""
    file = tmp_path_factory.mktemp("clients") / "d.ttl"
    file.write_text('<http://e/a> <http://e/p> 1, 2, "drei"@de .')
    with start_server("--data", str(file)) as running:
        yield running


@pytest.fixture
def wrapper(server: LiveServer) -> SPARQLWrapper:
    """SPARQLWrapper on the server."""
    return SPARQLWrapper(server.url)


@pytest.mark.parametrize("how", ["GET", "form", "direct"])
def test_sparqlwrapper_rows(wrapper: SPARQLWrapper, how: str) -> None:
    """JSON by every way it has of asking."""
    wrapper.setReturnFormat(JSON)
    wrapper.setQuery(SELECT)
    if how != "GET":
        wrapper.setMethod(POST)
    if how == "direct":
        wrapper.setRequestMethod(POSTDIRECTLY)
    found: Any = wrapper.queryAndConvert()

    assert sorted(row["o"]["value"] for row in found["results"]["bindings"]) == ["1", "2", "drei"]


@pytest.mark.parametrize(("form", "mark"), [(XML, "<result>"), (CSV, "drei")])
def test_sparqlwrapper_other_tables(wrapper: SPARQLWrapper, form: str, mark: str) -> None:
    """XML and CSV."""
    wrapper.setReturnFormat(form)
    wrapper.setQuery(SELECT)
    found: Any = wrapper.queryAndConvert()
    text = found.decode() if isinstance(found, bytes) else found.toxml()

    assert mark in text


@pytest.mark.parametrize("form", [TURTLE, RDFXML])
def test_sparqlwrapper_graphs(wrapper: SPARQLWrapper, form: str) -> None:
    """CONSTRUCT in Turtle and RDF/XML."""
    wrapper.setReturnFormat(form)
    wrapper.setQuery(CONSTRUCT)
    found: Any = wrapper.queryAndConvert()
    graph = found if isinstance(found, Graph) else Graph().parse(data=found, format="turtle")

    assert len(graph) == 3


def test_sparqlwrapper_sees_errors(wrapper: SPARQLWrapper) -> None:
    """A broken query is its own exception, with our words in it."""
    wrapper.setQuery("SELECT * {")
    with pytest.raises(QueryBadFormed, match="line"):
        wrapper.query()


def test_sparqlwrapper_names_the_limit(wrapper: SPARQLWrapper) -> None:
    """All that it shows of any other error is the status line, which therefore says what it was."""
    wrapper.setQuery("SELECT * { SERVICE <http://127.0.0.1:1/> { ?s ?p ?o } }")
    with pytest.raises(HTTPError, match="403: SERVICE is not answered here"):
        wrapper.query()


def test_rdflib_store(server: LiveServer) -> None:
    """The SPARQLStore of rdflib: a query, a pattern, a length, a containment."""
    graph = Graph(SPARQLStore(server.url))
    subject, predicate = URIRef("http://e/a"), URIRef("http://e/p")

    assert len(list(graph.query(SELECT))) == 3
    assert len(list(graph.triples((subject, predicate, None)))) == 3
    assert len(graph) == 3
    assert (subject, predicate, None) in graph
    assert bool(graph.query("ASK { ?s ?p 2 }"))


def test_rdflib_reads_the_answer_itself(server: LiveServer, tmp_path: Path) -> None:
    """A graph parsed straight from the endpoint's address."""
    graph = Graph().parse(f"{server.url}?query={quote(CONSTRUCT)}")

    assert len(graph) == 3
