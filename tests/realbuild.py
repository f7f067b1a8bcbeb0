"""The real collection, prepared once per test process, and asked in two engines."""

from __future__ import annotations

import functools
from decimal import Decimal

from rdflib import Graph, Literal
from rdflib.term import Node

from loader.pipeline import Prepared, prepare
from loader.progress import Progress
from loader.release.store import Rows, Store
from loader.workspace import open_workspace
from loader.write.dumps import ntriples
from tests.places import ROOT

BASE = "http://localhost:8000/"
NUMERIC = frozenset({"integer", "decimal", "double", "float"})


@functools.cache
def prepare_real() -> Prepared:
    """Return the release of the workspace as it stands; its questions are read, not asked."""
    return prepare(open_workspace(ROOT), BASE, Progress(), answers="accept")


@functools.cache
def load_into_rdflib() -> Graph:
    """Return the union of the named graphs in rdflib."""
    graph = Graph()
    graph.parse(data="".join(ntriples(prepare_real().table)), format="nt")
    return graph


def by_value(term: Node | None) -> str:
    """Return a term as text, the same for two spellings of one number; nothing for None."""
    if term is None:
        return ""
    if isinstance(term, Literal) and str(term.datatype).rpartition("#")[2] in NUMERIC:
        return f"{Decimal(str(term)).normalize():f}"
    return term.n3()


def ask_engine(store: Store, query: str) -> list[tuple[str, ...]]:
    """Return the rows of a SELECT or ASK in the embedded engine, in the order they come."""
    answer = store.select(query)
    if isinstance(answer, Rows):
        return [tuple(map(by_value, row)) for row in answer.rows]
    return [(str(answer),)]


def ask_rdflib(graph: Graph, query: str) -> list[tuple[str, ...]]:
    """Return the rows of a SELECT or ASK in rdflib, in the order they come."""
    answer = graph.query(query)
    if answer.type == "ASK":
        return [(str(answer.askAnswer),)]
    names = answer.vars or []
    return [tuple(by_value(row.get(name)) for name in names) for row in answer.bindings]
