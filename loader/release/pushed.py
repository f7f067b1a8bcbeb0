"""The names of a pushed release in a remote store; shared by `push` and the server.

Each release has a set of graphs of its own, so that a store can hold two:

    {base}graph/facts?release=ID …   the named graphs of the release
    {base}graph?release=ID           their union, each triple once: the default graph of queries
    {base}graph?pushed               the ledger: which sets there are and which of them are whole

In the ledger, a set that is whole has an identifier (`mark_query`), no two pushes alike; it gets
it last and loses it before its first graph goes. Standard library only.
"""

from __future__ import annotations

from typing import Final

_TERMS: Final = "http://purl.org/dc/terms/"
IDENTIFIER: Final = f"{_TERMS}identifier"
CHECKSUM: Final = "http://spdx.org/rdf/terms#checksumValue"
PART_OF: Final = f"{_TERMS}isPartOf"
VERSION: Final = f"{_TERMS}hasVersion"


def ledger_of(base: str) -> str:
    """Return the name of the graph that says what the store holds of the releases of a base."""
    return f"{base}graph?pushed"


def union_of(base: str, release: str) -> str:
    """Return the name of the graph that holds every triple of a release once."""
    return f"{base}graph?release={release}"


def pushed_name(graph: str, release: str) -> str:
    """Return the name in the store of a graph of a release."""
    return f"{graph}?release={release}"


def mark_query(base: str, release: str) -> str:
    """Return the query whose `?mark` is that of a release; no row where it is not whole there."""
    pattern = f"<{union_of(base, release)}> <{IDENTIFIER}> ?mark"
    return f"SELECT ?mark WHERE {{ GRAPH <{ledger_of(base)}> {{ {pattern} }} }}"


def parts_query(base: str, release: str) -> str:
    """Return the query whose `?g` are the graphs of a release, under their names in the store."""
    pattern = f"?g <{PART_OF}> <{union_of(base, release)}>"
    return f"SELECT ?g WHERE {{ GRAPH <{ledger_of(base)}> {{ {pattern} }} }}"


def skolem_prefix(base: str) -> str:
    """Return the beginning of the addresses that replace blank nodes (RDF 1.1 Concepts, 3.5)."""
    return f"{base}.well-known/genid/"
