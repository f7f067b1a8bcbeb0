"""This checkout in turns with an older one, and with other endpoints, on the same release.

Each kind of request is sent by 1 to 64 clients to one server after the other, several rounds,
so that whatever else the machine does befalls all alike. Ratios count, not rates. A constant answer
of Flask under the same web server shows what no answer of ours can be faster than.
"""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from bench.client import JSON_ROWS, Client
from bench.load import Outcome, Plan, run_plan
from bench.peers import (
    CACHE_OFF,
    Server,
    run_server,
    serve_constant,
    serve_oxigraph,
    serve_release,
)
from bench.serving.endpoint import list_entities
from bench.table import Row, Series

PART = "turns"
ROUNDS = 3
ENTITIES = 200
LOOKUPS = 4000
TURTLE = {"Accept": "text/turtle"}

Requests = Sequence[tuple[str, Mapping[str, str]]]


@dataclass(frozen=True)
class Case:
    """One kind of request.

    Attributes:
        name: In the table.
        clients: How many at once, one row each.
        endpoint: Whether it is a query, which endpoints that know no documents answer too. It is
            asked of servers that keep no answers, a document of servers as they come.
        least: The ratio of rates, this checkout to the older one, that it must reach.
        most_ms: With one client instead: milliseconds that it may take more than the older one.
    """

    name: str
    clients: tuple[int, ...]
    endpoint: bool
    least: float
    most_ms: float | None = None


CASES = (
    Case("documents in Turtle", (4, 16, 64), False, 1.2),
    Case("304", (4, 16), False, 1.2),
    Case("lookup", (1, 4, 16, 64), True, 0.8, most_ms=0.6),
    Case("25,000 rows of JSON", (1,), True, 0.95),
)


def serve_older(
    checkout: Path, out: Path, *options: str
) -> contextlib.AbstractContextManager[Server]:
    """Serve the same release with another checkout that has its own `.venv`."""
    command: list[str | Path] = [checkout / ".venv/bin/pacta", "serve", "--out", out, "--port", "0"]
    return run_server([*command, *options], "/sparql?query=ASK%7B%7D")


def write_requests(case: Case, entities: Sequence[str], path: str, port: int) -> Requests:
    """The requests of a kind; no two queries have the same text. `/` has the constant answer."""
    if path == "/":
        return [("/", {})]
    if case.name == "lookup":
        texts = [
            f"SELECT ?p ?o {{ <{entities[n % len(entities)]}> ?p ?o }} # {n}"
            for n in range(LOOKUPS)
        ]
        return [(f"{path}?query={quote(text)}", JSON_ROWS) for text in texts]
    if case.endpoint:
        texts = [f"SELECT ?s ?p ?o {{ ?s ?p ?o }} LIMIT 25000 # {n}" for n in range(200)]
        return [(f"{path}?query={quote(text)}", JSON_ROWS) for text in texts]
    paths = [urlsplit(iri).path.replace("/id/", "/doc/", 1) for iri in entities]
    client = Client(port)
    tags = [client.get(each, TURTLE).header("ETag") for each in paths]  # the documents are warm now
    client.close()
    if case.name == "304":
        return [(p, {**TURTLE, "If-None-Match": tag}) for p, tag in zip(paths, tags, strict=True)]
    return [(each, TURTLE) for each in paths]


def measure_turns(
    out: Path, folder: Path, older: Path | None, oxigraph: str, seconds: float
) -> list[Row]:
    """Measure all cases.

    Args:
        out: Folder of releases; the one in use is served by all.
        folder: For what peers need.
        older: Another checkout, or None.
        oxigraph: The program `oxigraph`, or empty.
        seconds: How long each server is asked in each round.
    """
    rows: list[Row] = []
    for asked in (False, True):
        cases = [case for case in CASES if case.endpoint is asked]
        with contextlib.ExitStack() as stack:
            options = CACHE_OFF if asked else ()
            ours = stack.enter_context(serve_release(out, *options))
            servers: dict[str, tuple[Server, str]] = {"this": (ours, "/sparql")}
            if older is not None:
                servers["older"] = (
                    stack.enter_context(serve_older(older, out, *options)),
                    "/sparql",
                )
            if oxigraph and asked:
                file = out / "current" / "dumps" / "pacta.nt"
                peer = stack.enter_context(serve_oxigraph(oxigraph, file, folder))
                servers["oxigraph serve"] = (peer, "/query")
            if asked:
                servers["a constant answer"] = (stack.enter_context(serve_constant()), "/")
            entities = list_entities(Client(ours.port))
            entities = entities[:: max(1, len(entities) // ENTITIES)][:ENTITIES]
            for case in cases:
                rows += _measure(case, servers, entities, seconds)
    return rows


def _measure(
    case: Case,
    servers: Mapping[str, tuple[Server, str]],
    entities: Sequence[str],
    seconds: float,
) -> Iterator[Row]:
    """The rows of a case: rounds in which each server has its turn, by number of clients."""
    asked = {
        name: (server, write_requests(case, entities, path, server.port))
        for name, (server, path) in servers.items()
    }
    for clients in case.clients:
        rounds: dict[str, list[Outcome]] = {name: [] for name in asked}
        for _ in range(ROUNDS):
            for name, (server, requests) in asked.items():
                plan = Plan(server.port, clients, seconds, requests)
                rounds[name].append(run_plan(plan))
        yield from _judge(case, clients, rounds)


def _judge(case: Case, clients: int, rounds: Mapping[str, Sequence[Outcome]]) -> list[Row]:
    """A row for each server, its rate and its times (medians of the rounds); ratios to this one."""
    noun = "client" if clients == 1 else "clients"
    own, own_ms, _ = _take_medians(rounds["this"])
    rows: list[Row] = []
    for name, outcomes in rounds.items():
        rate, ms, slowest_ms = _take_medians(outcomes)
        shown = f"{rate:.0f} answers/s, p50 {ms:.2f} ms, p99 {slowest_ms:.2f}"
        if name != "this":
            shown += f"; this checkout {own / rate:.2f} times as many, {own_ms - ms:+.2f} ms"
        target, met = "", None
        if name == "older" and clients == 1 and case.most_ms is not None:
            target, met = f"at most {case.most_ms:g} ms above it", own_ms - ms <= case.most_ms
        elif name == "older":
            target, met = f"at least {case.least:g} times as many", own / rate >= case.least
        numbers = {"rate": rate, "median_ms": ms, "p99_ms": slowest_ms, "times": own / rate}
        rows.append(
            Row(PART, f"{case.name}, {clients} {noun}, {name}", shown, target, met, numbers)
        )
    return rows


def _take_medians(outcomes: Sequence[Outcome]) -> tuple[float, float, float]:
    """The rate, the middle time and the time of the slowest hundredth, in the middle round each."""
    series = [Series(tuple(outcome.ms)) for outcome in outcomes]
    return (
        statistics.median(outcome.rate for outcome in outcomes),
        statistics.median(each.median for each in series),
        statistics.median(each.p99 for each in series),
    )
