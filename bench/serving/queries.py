"""Kinds of query beside `oxigraph serve`, rdflib-endpoint and Virtuoso, on the same data.

One kept connection each, in turns. Every text of a query differs, so that no server repeats
an answer; the result cache of `pacta serve` is off besides. A server that has not answered a query
after `MOST_WAITING_S` is not asked that kind again, and that time counts. The engine's Python
package, which the workers of `pacta serve` use, is asked in the same turns without any server: no
server over it answers sooner.
"""

from __future__ import annotations

import contextlib
import shutil
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox

from bench.client import JSON_ROWS, Client
from bench.peers import (
    CACHE_OFF,
    VIRTUOSO_GRAPH,
    serve_oxigraph,
    serve_rdflib,
    serve_release,
    serve_virtuoso,
)
from bench.serving.endpoint import MOST_ABOVE_MS, list_entities
from bench.table import Measure, Row, Series, interleave

PART: Final = "queries"
MOST_SLOWER: Final = 1.0
LEAST_FASTER: Final = 10.0
MOST_WAITING_S: Final = 60.0
ENGINE: Final = "the engine alone"
TRIPLES: Final = {"Accept": "application/n-triples"}
_PREFIXES: Final = """PREFIX pacta: <https://w3id.org/pacta/ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""


@dataclass(frozen=True)
class Kind:
    """One kind of query.

    Attributes:
        name: In the table.
        text: With ``{thing}`` for an address and ``{year}`` for a year, which vary.
        whole: Whether it reads a good part of the data: held to a ratio, not to milliseconds.
        triples: Whether its answer is a graph.
    """

    name: str
    text: str
    whole: bool = False
    triples: bool = False

    def write(self, things: Sequence[str], number: int) -> str:
        """Return the n-th text; no two are alike."""
        values = {"thing": f"<{things[number % len(things)]}>", "year": 1700 + number % 250}
        return f"{_PREFIXES}{self.text.format_map(values)} # {number}"


KINDS: Final = (
    Kind("lookup", "SELECT ?p ?o {{ {thing} ?p ?o }}"),
    Kind("join", "SELECT ?s ?e {{ ?s pacta:about {thing} ; pacta:hasEvidence ?e ; a ?class }}"),
    Kind(
        "optional",
        "SELECT ?s ?v ?r {{ ?s pacta:about {thing} OPTIONAL {{ ?s pacta:value ?v }} "
        "OPTIONAL {{ ?s pacta:rankReason ?r }} }}",
    ),
    Kind("path", "SELECT DISTINCT ?x {{ {thing} ^pacta:about/pacta:hasEvidence ?x }}"),
    Kind(
        "text", "SELECT ?t ?l {{ ?t a pacta:Treaty ; rdfs:label ?l FILTER CONTAINS(?l, '{year}') }}"
    ),
    Kind(
        "construct", "CONSTRUCT {{ ?s ?p ?o }} {{ ?s pacta:about {thing} ; ?p ?o }}", triples=True
    ),
    Kind("aggregate", "SELECT ?p (COUNT(*) AS ?n) {{ ?s ?p ?o }} GROUP BY ?p", whole=True),
    Kind("group", "SELECT ?d (COUNT(?s) AS ?n) {{ ?s pacta:earliest ?d }} GROUP BY ?d", whole=True),
    Kind(
        "order",
        "SELECT ?s ?d {{ ?s pacta:earliest ?d }} ORDER BY DESC(?d) ?s LIMIT 20",
        whole=True,
    ),
    Kind(
        "range",
        "SELECT (COUNT(*) AS ?n) {{ ?s pacta:earliest ?d "
        "FILTER(?d >= '{year}-01-01'^^xsd:date && ?d < '1990-01-01'^^xsd:date) }}",
        whole=True,
    ),
    Kind("describe", "DESCRIBE {thing}", triples=True),  # last: rdflib-endpoint may not come back
)


def measure_queries(
    out: Path, folder: Path, oxigraph: str, rdflib_endpoint: str, virtuoso: str, repeats: int
) -> list[Row]:
    """Measure all kinds.

    Args:
        out: Folder of releases.
        folder: For what peers need.
        oxigraph: The program `oxigraph`, or empty.
        rdflib_endpoint: The program `rdflib-endpoint`, or empty.
        virtuoso: The program `virtuoso-t`, or empty; `isql-vt` is looked for on the path.
        repeats: How often a short query is asked; one that reads much, a twentieth of it.
    """
    file = out / "current" / "dumps" / "pacta.nt"
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(serve_release(out, *CACHE_OFF))
        servers = {"pacta": (ours, "/sparql?")}
        if oxigraph:
            peer = stack.enter_context(serve_oxigraph(oxigraph, file, folder))
            servers["oxigraph serve"] = (peer, "/query?")
        if rdflib_endpoint:
            peer = stack.enter_context(serve_rdflib(rdflib_endpoint, file))
            servers["rdflib-endpoint"] = (peer, "/?")
        if virtuoso:
            loader = shutil.which("isql-vt") or "isql-vt"
            peer = stack.enter_context(serve_virtuoso(virtuoso, loader, file, folder))
            servers["virtuoso"] = (peer, f"/sparql?default-graph-uri={quote(VIRTUOSO_GRAPH)}&")
        clients = {
            name: (Client(server.port, MOST_WAITING_S), path)
            for name, (server, path) in servers.items()
        }
        things = list_entities(clients["pacta"][0])
        store = ox.Store.read_only(str(_find_store(out)))
        found = {
            kind.name: interleave(
                {name: _ask(client, path, kind, things) for name, (client, path) in clients.items()}
                | {ENGINE: _evaluate(store, kind, things)},
                max(5, repeats // 20) if kind.whole else repeats // 5,
            )
            for kind in KINDS
        }
        memory = {name: each.measure_all_bytes() for name, (each, _) in servers.items()}
    rows = [row for kind in KINDS for row in _judge(kind, found[kind.name])]
    return [*rows, *_mean(found), _tell_memory(memory)]


def _tell_memory(memory: Mapping[str, int]) -> Row:
    shown = "; ".join(f"{name} {size / 2**20:.0f} MiB" for name, size in memory.items())
    numbers = {f"{name}_bytes": float(size) for name, size in memory.items()}
    return Row(PART, "memory afterwards, with the processes each started", shown, numbers=numbers)


def _find_store(out: Path) -> Path:
    """The store of the release in use, which `pacta serve` makes."""
    return out / "stores" / f"{(out / 'current').resolve().name}.store"


def _evaluate(store: ox.Store, kind: Kind, things: Sequence[str]) -> Measure:
    def measure(number: int) -> float:
        text = kind.write(things, number)
        began = time.perf_counter()
        answer = store.query(text)
        if isinstance(answer, ox.QueryTriples):
            answer.serialize(format=ox.RdfFormat.N_TRIPLES)
        else:
            answer.serialize(format=ox.QueryResultsFormat.JSON)
        return (time.perf_counter() - began) * 1000

    return measure


def _ask(client: Client, path: str, kind: Kind, things: Sequence[str]) -> Measure:
    headers = TRIPLES if kind.triples else JSON_ROWS
    is_late = False

    def measure(number: int) -> float:
        nonlocal is_late
        address = f"{path}query={quote(kind.write(things, number))}"
        if is_late:
            return MOST_WAITING_S * 1000
        try:
            reply = client.get(address, headers, keep=False)
        except TimeoutError:
            is_late = True
            client.reconnect()
            return MOST_WAITING_S * 1000
        if reply.status != 200:
            raise RuntimeError(f"{kind.name} on {path} was answered {reply.status}")
        return reply.ms

    return measure


def _judge(kind: Kind, found: dict[str, Series]) -> list[Row]:
    """Return the row of a kind: all medians, judged beside `oxigraph serve`."""
    ours = found["pacta"]
    shown = "; ".join(f"{name} {series}" for name, series in found.items())
    numbers = {f"{name}_median_ms": series.median for name, series in found.items()}
    peer = found.get("oxigraph serve")
    if peer is None:
        return [Row(PART, kind.name, shown, numbers=numbers)]
    above, times = ours.median - peer.median, ours.median / peer.median
    met = times <= MOST_SLOWER if kind.whole else above <= MOST_ABOVE_MS
    target = "not slower than oxigraph" if kind.whole else f"at most {MOST_ABOVE_MS} ms above it"
    shown = f"{shown}: {above:+.2f} ms, {times:.2f} times"
    return [Row(PART, kind.name, shown, target, met, {**numbers, "times": times})]


def _mean(found: dict[str, dict[str, Series]]) -> list[Row]:
    """Return how often faster than rdflib-endpoint it is, in the geometric mean.

    What rdflib-endpoint does not answer in time counts as long as it was waited for.
    """
    name = "rdflib-endpoint"
    beside = [series for series in found.values() if name in series]
    if not beside:
        return []
    mean = statistics.geometric_mean(each[name].median / each["pacta"].median for each in beside)
    late = sum(each[name].median >= MOST_WAITING_S * 1000 for each in beside)
    told = f", of which it did not answer {late} within {MOST_WAITING_S:g} s" if late else ""
    return [
        Row(
            PART,
            f"{len(beside)} kinds beside {name}, geometric mean",
            f"{'at least ' if late else ''}{mean:.1f} times faster{told}",
            f"at least {LEAST_FASTER:g} times",
            mean >= LEAST_FASTER,
            {"times": mean},
        )
    ]
