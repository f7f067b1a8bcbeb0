"""The W3C manifests as plain values: tests with their data, queries and what is expected.

Files keep the addresses they have on the web, so that relative names resolve as their authors
meant; `locate` gives the file on this machine.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyoxigraph as ox
from rdflib import Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS
from rdflib.term import Node

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
HT = "http://www.w3.org/2011/http#"
CNT = "http://www.w3.org/2011/content#"
WEB = "http://www.w3.org/2009/sparql/docs/tests/"
RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
RESULT_SET = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"


@dataclass(frozen=True)
class QueryTest:
    """A test of one query.

    Attributes:
        name: Suite folder and local name: `sparql11/bind/bind01`.
        kind: Local name of its class: `QueryEvaluationTest`, `PositiveSyntaxTest11`, ….
        query: The query's file, as an address.
        data: Files of the default graph, as addresses.
        graphs: Files of the named graphs: (name, address).
        result: The expected result's file as an address, or None.
        ordered: Rows come in an order that counts.
    """

    name: str
    kind: str
    query: str
    data: tuple[str, ...]
    graphs: tuple[tuple[str, str], ...]
    result: str | None


@dataclass(frozen=True)
class Exchange:
    """One request of a protocol test and what is expected of its answer."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    encoding: str
    statuses: tuple[str, ...]
    boolean: bool | None
    form: str | None


@dataclass(frozen=True)
class ProtocolTest:
    """A test of the protocol: requests in their order."""

    name: str
    graphs: tuple[tuple[str, str], ...]
    exchanges: tuple[Exchange, ...]


def read_manifest(suites: Path, folder: str) -> tuple[Graph, str]:
    """A manifest as a graph, and its address."""
    address = f"{WEB}{folder}/manifest.ttl"
    graph = Graph()
    graph.parse(suites / "sparql" / folder / "manifest.ttl", format="turtle", publicID=address)
    return graph, address


def locate(suites: Path, address: str) -> Path:
    """The file of an address."""
    return suites / "sparql" / address.removeprefix(WEB)


def _entries(graph: Graph, address: str) -> Iterator[Node]:
    for start in graph.objects(URIRef(address), URIRef(MF + "entries")):
        yield from Collection(graph, start)


def read_query_tests(suites: Path, folder: str) -> list[QueryTest]:
    """The query tests of a folder, in the manifest's order."""
    graph, address = read_manifest(suites, folder)
    tests: list[QueryTest] = []
    for entry in _entries(graph, address):
        kind = str(graph.value(entry, RDF.type)).rpartition("#")[2]
        action = graph.value(entry, URIRef(MF + "action"))
        if action is None or "Update" in kind or kind in ("ProtocolTest", "ServiceDescriptionTest"):
            continue
        query = graph.value(action, URIRef(QT + "query")) or action
        graphs: list[tuple[str, str]] = []
        for item in graph.objects(action, URIRef(QT + "graphData")):
            label = graph.value(item, RDFS.label)
            inner = graph.value(item, URIRef(QT + "graph"))
            graphs.append((str(label or item), str(inner or item)))
        local = str(entry).rpartition("#")[2]
        result = graph.value(entry, URIRef(MF + "result"))
        tests.append(
            QueryTest(
                name=f"{folder}/{local}",
                kind=kind,
                query=str(query),
                data=tuple(map(str, graph.objects(action, URIRef(QT + "data")))),
                graphs=tuple(sorted(graphs)),
                result=None if result is None else str(result),
            )
        )
    return tests


def read_protocol_tests(suites: Path) -> list[ProtocolTest]:
    """The tests of the protocol."""
    graph, address = read_manifest(suites, "sparql11/protocol")
    tests: list[ProtocolTest] = []
    for entry in _entries(graph, address):
        graphs = tuple(
            sorted(
                (str(graph.value(item, RDFS.label)), str(graph.value(item, URIRef(UT + "graph"))))
                for item in graph.objects(entry, URIRef(UT + "graphData"))
            )
        )
        action = graph.value(entry, URIRef(MF + "action"))
        requests = graph.value(action, URIRef(HT + "requests"))
        assert requests is not None
        exchanges = tuple(_read_exchange(graph, node) for node in Collection(graph, requests))
        tests.append(ProtocolTest(str(entry).rpartition("#")[2], graphs, exchanges))
    return tests


def _read_exchange(graph: Graph, node: Node) -> Exchange:
    def text(subject: Node | None, name: str) -> str | None:
        value = None if subject is None else graph.value(subject, URIRef(name))
        return None if value is None else str(value)

    headers: list[tuple[str, str]] = []
    listed = graph.value(node, URIRef(HT + "headers"))
    for item in Collection(graph, listed) if listed is not None else ():
        field = text(item, HT + "fieldName") or ""
        headers.append((field, text(item, HT + "fieldValue") or ""))
    body = graph.value(node, URIRef(HT + "body"))
    answer = graph.value(node, URIRef(HT + "resp"))
    boolean = graph.value(answer, URIRef(MF + "expectedBoolean"))
    statuses = graph.objects(answer, URIRef(MF + "expectedStatus"))
    return Exchange(
        method=text(node, HT + "methodName") or "GET",
        path=text(node, HT + "absolutePath") or "",
        headers=tuple(headers),
        body=text(body, CNT + "chars"),
        encoding=text(body, CNT + "characterEncoding") or "UTF-8",
        statuses=tuple(sorted(str(each).rpartition("StatusCode")[2] for each in statuses)),
        boolean=bool(boolean.toPython()) if isinstance(boolean, Literal) else None,
        form=text(answer, MF + "expectedFormat"),
    )


# ---- results ------------------------------------------------------------------------------

Outcome = tuple[str, frozenset[str], tuple[tuple[tuple[str, str], ...], ...]]
"""Kind (`rows`, `boolean`, `graph`), variables, and the canonical lines."""

_FORMATS = {
    ".srx": ox.QueryResultsFormat.XML,
    ".srj": ox.QueryResultsFormat.JSON,
    ".tsv": ox.QueryResultsFormat.TSV,
}


Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


def canonical(term: Term) -> Term:
    """A term in the lexical form that the engine keeps, so that `01` and `1` compare equal."""
    if not isinstance(term, ox.Literal):
        return term
    return _keep(term)


@cache
def _keep(term: ox.Literal) -> Term:
    store = ox.Store()
    name = ox.NamedNode("urn:x")
    store.add(ox.Quad(name, name, term))
    kept: Term = next(iter(store)).object
    return kept


def outcome_of_rows(results: ox.QuerySolutions | ox.QueryBoolean) -> Outcome:
    """A table or a yes/no, with rows as a bag; blank nodes are told apart by what they do."""
    if isinstance(results, ox.QueryBoolean):
        return ("boolean", frozenset(), (((str(bool(results)), ""),),))
    names = [variable.value for variable in results.variables]
    triples: list[ox.Triple] = []
    for number, row in enumerate(results):
        node = ox.BlankNode(f"row{number}")
        triples.append(ox.Triple(node, ox.NamedNode("urn:is"), ox.NamedNode("urn:row")))
        for name in names:
            term = row[name]
            if term is not None:
                triples.append(ox.Triple(node, ox.NamedNode(f"urn:v:{name}"), canonical(term)))
    return ("rows", frozenset(names), _canonical_lines(triples))


def outcome_of_graph(triples: list[ox.Triple]) -> Outcome:
    """A graph up to the names of its blank nodes."""
    kept = [ox.Triple(each.subject, each.predicate, canonical(each.object)) for each in triples]
    return ("graph", frozenset(), _canonical_lines(kept))


def outcome_of_csv(text: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and rows of CSV as a bag, columns by name: `*` says nothing of their order.

    Every blank node is the same, numbers are numbers.
    """
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    order = sorted(range(len(header)), key=lambda index: header[index])

    def plain(cell: str) -> str:
        if cell.startswith("_:"):
            return "_:"
        try:
            return str(float(cell))
        except ValueError:
            return cell

    return tuple(sorted(header)), sorted(tuple(plain(row[at]) for at in order) for row in rows)


def _canonical_lines(triples: list[ox.Triple]) -> tuple[tuple[tuple[str, str], ...], ...]:
    dataset = ox.Dataset(ox.Quad(each.subject, each.predicate, each.object) for each in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return tuple(sorted(((str(quad), ""),) for quad in dataset))


def read_expected(path: Path, address: str) -> Outcome:
    """The expected result from its file, in whatever form the suite keeps it."""
    if path.suffix in _FORMATS:
        return outcome_of_rows(ox.parse_query_results(path=str(path), format=_FORMATS[path.suffix]))
    kind = {
        ".ttl": ox.RdfFormat.TURTLE,
        ".rdf": ox.RdfFormat.RDF_XML,
        ".nt": ox.RdfFormat.N_TRIPLES,
    }
    quads = list(ox.parse(path=str(path), format=kind[path.suffix], base_iri=address))
    graph = [ox.Triple(quad.subject, quad.predicate, quad.object) for quad in quads]
    return _read_result_set(graph) or outcome_of_graph(graph)


def _read_result_set(graph: list[ox.Triple]) -> Outcome | None:
    """A result written as RDF with the result-set vocabulary, or None where it is a plain graph."""
    found: dict[object, dict[str, list[object]]] = {}
    for each in graph:
        place = found.setdefault(each.subject, {})
        place.setdefault(each.predicate.value.removeprefix(RESULT_SET), []).append(each.object)
    kind = ox.NamedNode(RESULT_SET + "ResultSet")
    root = next((each for each in found.values() if kind in each.get(RDF_TYPE, [])), None)
    if root is None:
        return None
    if "boolean" in root:
        value = root["boolean"][0].value == "true"  # type: ignore[attr-defined]
        return ("boolean", frozenset(), (((str(value), ""),),))
    names = [name.value for name in root.get("resultVariable", [])]  # type: ignore[attr-defined]
    triples: list[ox.Triple] = []
    for number, solution in enumerate(root.get("solution", [])):
        node = ox.BlankNode(f"row{number}")
        triples.append(ox.Triple(node, ox.NamedNode("urn:is"), ox.NamedNode("urn:row")))
        for binding in found.get(solution, {}).get("binding", []):
            name = found[binding]["variable"][0].value  # type: ignore[attr-defined]
            term = canonical(found[binding]["value"][0])  # type: ignore[arg-type]
            triples.append(ox.Triple(node, ox.NamedNode(f"urn:v:{name}"), term))
    return ("rows", frozenset(names), _canonical_lines(triples))
