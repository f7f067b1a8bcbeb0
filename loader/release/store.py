"""The embedded engine: the only module of the loader that imports pyoxigraph.

Statements come and go as canonical N-Triples or N-Quads text, rows and triples as rdflib terms;
no object or exception of the engine leaves this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pyoxigraph as ox
from rdflib import BNode, Literal, URIRef
from rdflib.term import Node

from loader.errors import LoaderError
from loader.rdf.ordering import Triple
from loader.rdf.prefixes import PREFIXES

FORMATS: Final = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
}
"""File name ending → the engine's format."""

RESULT_FORMATS: Final = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
"""Name of a format for tables and yes/no answers → the engine's format."""

_SYNTAX: Final = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_SENTENCE: Final = re.compile(r"[A-Za-z][^\[\"]* [^\[\"]*")
_MOST_EXPECTED: Final = 100
_UPDATE: Final = re.compile(
    r"(?:\s|#[^\n]*|(?:PREFIX\s+[^\s<]*|BASE)\s*<[^<>]*>)*+"
    r"(INSERT|DELETE|LOAD|CLEAR|CREATE|DROP|COPY|MOVE|ADD|WITH)\b",
    re.IGNORECASE,
)
_NAME: Final = re.compile(
    r"""[?$]\w+|\#[^\n]*|<[^<>"{}|^`\s]*|_:\w+
    |"{3}.*?(?:"{3}|\Z)|'{3}.*?(?:'{3}|\Z)|"(?:[^"\\\n]|\\.)*+"?|'(?:[^'\\\n]|\\.)*+'?
    |(?P<declares>PREFIX\s+)?(?P<name>(?P<prefix>(?:[^\W\d_][\w.-]*+)?):(?!//)[\w:.%-]*+)|\w+""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
"""Prefixed names, and before them all that could hide what looks like one."""


class QueryError(LoaderError):
    """A query cannot be parsed or evaluated."""


class RdfError(LoaderError):
    """Statements cannot be parsed or written in a format."""


@dataclass(frozen=True)
class Rows:
    """The rows of a SELECT: names of the variables, then one tuple per row (None: unbound)."""

    variables: tuple[str, ...]
    rows: tuple[tuple[Node | None, ...], ...]


class Store:
    """Statements in memory that SPARQL can be asked of.

    For the union of named graphs as default graph, load it as such: the engine's own union
    neither removes duplicates nor heeds FROM.
    """

    def __init__(self) -> None:
        self._store = ox.Store()

    def __len__(self) -> int:
        """The number of quads."""
        return len(self._store)

    def load(self, text: str | bytes, ending: str = "nq", graph: str | None = None) -> None:
        """Add statements; nodes without a name keep their labels, from one load to the next.

        Args:
            text: the document.
            ending: its format, a key of `FORMATS`.
            graph: the named graph for triples; None is the default graph.

        Raises:
            RdfError: it does not parse.
        """
        data = text.encode() if isinstance(text, str) else text
        target = None if graph is None else ox.NamedNode(graph)
        try:
            quads = (q for q in ox.parse(data, FORMATS[ending]) if isinstance(q, ox.Quad))
            if target is not None:
                quads = (ox.Quad(q.subject, q.predicate, q.object, target) for q in quads)
            self._store.bulk_extend(quads)
        except (SyntaxError, ValueError) as error:
            raise RdfError(f"does not parse as {ending}: {error}") from None

    @staticmethod
    def of(triples: Iterable[Triple]) -> Store:
        """Return a store with these statements as its default graph."""
        store = Store()
        store.add(triples)
        return store

    def add(self, triples: Iterable[Triple], graph: URIRef | None = None) -> None:
        """Add statements; nodes without a name keep their labels.

        Args:
            triples: in any order.
            graph: the named graph; None is the default graph.
        """
        target = None if graph is None else ox.NamedNode(str(graph))
        convert_term = _remember_terms()
        self._store.bulk_extend(
            ox.Quad(convert_term(s), convert_term(p), convert_term(o), target)
            for s, p, o in triples
        )

    def clear(self) -> None:
        """Forget every statement, to give its memory back."""
        self._store = ox.Store()

    def quads(self) -> set[tuple[Node, Node, Node, Node | None]]:
        """Return every quad as the engine keeps it (None: the default graph)."""
        return {_quad(q) for q in self._store}

    def select(self, query: str, base: str | None = None) -> Rows | bool:
        """Run a SELECT or ASK.

        Args:
            query: SPARQL 1.1.
            base: the address that relative IRIs are resolved against.

        Raises:
            QueryError: it does not parse, cannot be evaluated, or is of another form.
        """
        result = self._query(query, base)
        if isinstance(result, ox.QueryBoolean):
            return bool(result)
        if not isinstance(result, ox.QuerySolutions):
            raise QueryError("the query gives triples, expected SELECT or ASK")
        try:
            variables = tuple(v.value for v in result.variables)
            rows = tuple(tuple(None if t is None else to_rdflib(t) for t in row) for row in result)
        except (OSError, RuntimeError, ValueError) as error:
            raise QueryError(f"the query failed: {error}") from None
        return Rows(variables, rows)

    def construct(self, query: str) -> Iterator[Triple]:
        """Run a CONSTRUCT over the default graph and yield its triples, in no order.

        Raises:
            QueryError: it does not parse or is of another form.
        """
        result = self._query(query, None)
        if not isinstance(result, ox.QueryTriples):
            raise QueryError("the query gives no triples, expected CONSTRUCT")
        for t in result:
            yield to_rdflib(t.subject), to_rdflib(t.predicate), to_rdflib(t.object)

    def answer(self, query: str, base: str, ending: str) -> bytes:
        """Run any query and return its answer as a document.

        Args:
            query: SPARQL 1.1.
            base: the address that relative IRIs are resolved against.
            ending: a key of `RESULT_FORMATS` for SELECT and ASK, of `FORMATS` for triples.

        Raises:
            QueryError: it fails, or its form cannot be written in that format.
        """
        result = self._query(query, base)
        triples = isinstance(result, ox.QueryTriples)
        table = FORMATS if triples else RESULT_FORMATS
        if ending not in table:
            kind = "triples" if triples else "a table"
            raise QueryError(
                f"the query gives {kind}, which cannot be written as {ending!r}",
                hint=f"use one of: {', '.join(table)}",
            )
        try:
            if isinstance(result, ox.QueryTriples):
                data = result.serialize(format=FORMATS[ending])
            else:
                data = result.serialize(format=RESULT_FORMATS[ending])
        except (OSError, RuntimeError, ValueError) as error:
            raise QueryError(f"the query failed: {error}") from None
        return data or b""

    def _query(
        self, query: str, base: str | None
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        try:
            return self._store.query(query, base_iri=base)
        except SyntaxError as error:
            raise _explain(str(error), query) from None
        except (OSError, RuntimeError, ValueError) as error:
            raise QueryError(f"the query failed: {error}") from None


def parse(text: str | bytes, ending: str) -> Iterator[tuple[Node, Node, Node, Node | None]]:
    """Yield the quads of a document as they stand there (None: the default graph).

    Raises:
        RdfError: it does not parse as ``ending``, a key of `FORMATS`.
    """
    try:
        for q in ox.parse(text, FORMATS[ending]):
            if isinstance(q, ox.Quad):
                yield _quad(q)
    except (SyntaxError, ValueError) as error:
        raise RdfError(f"does not parse as {ending}: {error}") from None


def read_lines(path: Path) -> Iterator[str]:
    """Yield the statements of a file of N-Triples, each as a line in the engine's own form.

    Raises:
        RdfError: it does not parse.
    """
    try:
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.N_TRIPLES):
            yield f"{quad.subject} {quad.predicate} {quad.object} .\n"
    except SyntaxError as error:
        raise RdfError(f"does not parse as N-Triples: {error}") from None


def write_rdfxml(path: Path, triples: Iterable[Triple], prefixes: dict[str, str]) -> None:
    """Write triples to a file as RDF/XML, in the order they come in.

    Args:
        path: the file; an existing one is replaced.
        triples: best grouped by subject.
        prefixes: name → address.

    Raises:
        RdfError: RDF/XML cannot hold one of them.
        OSError: the file cannot be written.
    """
    convert_term = _remember_terms()
    found = (ox.Triple(convert_term(s), convert_term(p), convert_term(o)) for s, p, o in triples)
    try:
        with path.open("wb") as file:
            ox.serialize(found, file, format=FORMATS["rdf"], prefixes=prefixes)
    except ValueError as error:
        raise RdfError(f"cannot be written as rdf: {error}") from None


def canonical(text: str) -> list[tuple[Node, Node, Node, Node | None]]:
    """Return the quads of an N-Quads document, its nodes without a name named canonically.

    Source: RDF Dataset Canonicalization 1.0 (RDFC-1.0), with SHA-256.
    """
    dataset = ox.Dataset(q for q in ox.parse(text, ox.RdfFormat.N_QUADS) if isinstance(q, ox.Quad))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return [_quad(q) for q in dataset]


def _explain(message: str, query: str) -> QueryError:
    """Return what is wrong with a query of which the engine says that it does not parse."""
    start = "the query does not parse: "
    if update := _UPDATE.match(query):
        return QueryError(
            f"{start}{update[1].upper()} is an update, and the data are read-only",
            hint="Ask with SELECT, ASK, CONSTRUCT or DESCRIBE.",
        )
    match = _SYNTAX.match(message)
    reached = _find_offset(query, int(match[1]), int(match[2])) if match else len(query)
    found = _find_undeclared(query[:reached])
    if found is None:
        return QueryError(start + _shorten(message, query))
    before = query[: found.start("name")]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    prefix = found["prefix"]
    return QueryError(
        f"{start}error at {line}:{column}: the prefix '{prefix}:' is not declared",
        hint=f"Add: PREFIX {prefix}: <{PREFIXES.get(prefix, '…')}>",
    )


def _find_offset(query: str, line: int, column: int) -> int:
    """Return how many characters stand before a place that the engine names."""
    return sum(len(text) + 1 for text in query.split("\n")[: line - 1]) + column - 1


def _find_undeclared(query: str) -> re.Match[str] | None:
    """Return the first prefixed name whose prefix is not declared."""
    declared: set[str] = set()
    for found in _NAME.finditer(query):
        if found["declares"]:
            declared.add(found["prefix"])
        elif found["name"] and found["prefix"] not in declared:
            return found
    return None


def _shorten(message: str, query: str) -> str:
    """Return what the engine says of a query's syntax, without a long list of what it expected.

    The list may hold a sentence, which says it all. Else only the place is left, and that is how
    far the parser got by any of its ways: often, but not always, where the mistake is.
    """
    match = _SYNTAX.fullmatch(message)
    if match is None or len(match[3]) <= _MOST_EXPECTED:
        return message
    said = [item for item in match[3].split(", ") if _SENTENCE.fullmatch(item)]
    line, column = int(match[1]), int(match[2])
    rest = "\n".join(query.split("\n")[line - 1 :])[column - 1 :]
    end = "" if rest.strip() else " than the end of the query"
    what = "; ".join(said) or f"the parser got no further{end}"
    return f"error at {line}:{column}: {what}"


def _quad(q: ox.Quad) -> tuple[Node, Node, Node, Node | None]:
    graph = q.graph_name
    return (
        to_rdflib(q.subject),
        to_rdflib(q.predicate),
        to_rdflib(q.object),
        None if isinstance(graph, ox.DefaultGraph) else to_rdflib(graph),
    )


def _remember_terms() -> Callable[[Node], Any]:
    """Return what does as `to_engine` and makes each term once."""
    known: dict[Node, Any] = {}

    def convert_term(term: Node) -> Any:
        found = known.get(term)
        if found is None:
            found = known[term] = to_engine(term)
        return found

    return convert_term


def to_engine(term: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    """Return the engine's term of a term of rdflib, its text unchanged."""
    if isinstance(term, URIRef):
        return ox.NamedNode(str(term))
    if isinstance(term, BNode):
        return ox.BlankNode(str(term))
    if isinstance(term, Literal):
        if term.language:
            return ox.Literal(str(term), language=term.language)
        if term.datatype is None:
            return ox.Literal(str(term))
        return ox.Literal(str(term), datatype=ox.NamedNode(str(term.datatype)))
    raise RdfError(f"a term that RDF 1.1 does not have: {term}")


@lru_cache(maxsize=1 << 16)
def to_rdflib(term: object) -> Node:
    """Return the rdflib term of a term of the engine, its text unchanged.

    Predicates, classes and concepts come again and again: rdflib checks the text of each address
    that it makes, and compares two addresses slowly that are not the same object.
    """
    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return Literal(term.value, lang=term.language)
        datatype = term.datatype.value
        if datatype == "http://www.w3.org/2001/XMLSchema#string":
            return Literal(term.value)
        return Literal(term.value, datatype=URIRef(datatype), normalize=False)
    raise RdfError(f"a term that RDF 1.1 does not have: {term}")
