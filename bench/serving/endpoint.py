"""`/sparql` beside `oxigraph serve` on the same data, and beside expensive queries.

Every query text is different, and the result cache is off but where it is named.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.client import Client
from bench.peers import CACHE_OFF, Server, serve_oxigraph, serve_release
from bench.table import Measure, Row, Series, interleave

PART = "endpoint"
MOST_ABOVE_MS = 1.5
MOST_TIMES = 1.6
MOST_P99_TIMES = 2.0
ROUNDS = 4
_KILLER = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } # %d"
_ENTITIES = "SELECT DISTINCT ?e { ?s <https://w3id.org/pacta/ns#about> ?e } ORDER BY ?e"


@dataclass(frozen=True)
class Case:
    """One kind of question: its n-th text, how often it is asked, and its target."""

    name: str
    write: Callable[[int], str]
    count: int
    ratio: bool = False


def list_entities(client: Client) -> list[str]:
    """Return what the collection says something about, in the order of the addresses."""
    rows = json.loads(client.ask("/sparql", _ENTITIES).body)["results"]["bindings"]
    return [row["e"]["value"] for row in rows]


def make_cases(entities: list[str], repeats: int) -> tuple[Case, ...]:
    """Return the questions that have a target."""

    def look_up(number: int) -> str:
        return f"SELECT ?p ?o {{ <{entities[number % len(entities)]}> ?p ?o }} # {number}"

    return (
        Case("ASK {}", lambda number: f"ASK {{}} # {number}", repeats),
        Case("one entity", look_up, repeats),
        Case(
            "25,000 rows of JSON",
            lambda number: f"SELECT ?s ?p ?o {{ ?s ?p ?o }} LIMIT 25000 # {number}",
            max(10, repeats // 25),
            ratio=True,
        ),
    )


def measure_endpoint(out: Path, folder: Path, oxigraph: str, repeats: int) -> list[Row]:
    """Measure the endpoint.

    Args:
        out: Folder of releases.
        folder: For what the peer needs.
        oxigraph: Its program, or empty.
        repeats: How often a short question is asked.
    """
    with contextlib.ExitStack() as stack:
        plain = stack.enter_context(serve_release(out, *CACHE_OFF))
        cached = stack.enter_context(serve_release(out))
        peer: Server | None = None
        if oxigraph:
            file = out / "current" / "dumps" / "pacta.nt"
            peer = stack.enter_context(serve_oxigraph(oxigraph, file, folder))
        ours, kept = Client(plain.port), Client(cached.port)
        theirs = Client(peer.port) if peer else None
        rows: list[Row] = []
        for case in make_cases(list_entities(ours), repeats):
            measures: dict[str, Measure] = {
                "pacta": _asking(ours, "/sparql", case),
                "repeat": _repeating(kept, case),
            }
            if theirs is not None:
                measures["oxigraph"] = _asking(theirs, "/query", case)
            rows += _judge(case, interleave(measures, case.count))
    return rows


def _asking(client: Client, path: str, case: Case) -> Measure:
    return lambda number: client.ask(path, case.write(number)).ms


def _repeating(client: Client, case: Case) -> Measure:
    return lambda _: client.ask("/sparql", case.write(0)).ms


def _judge(case: Case, found: dict[str, Series]) -> list[Row]:
    """The rows of one question."""
    ours, repeat = found["pacta"], found["repeat"]
    numbers = {"median_ms": ours.median, "p99_ms": ours.p99}
    rows = [Row(PART, case.name, str(ours), numbers=numbers)]
    theirs = found.get("oxigraph")
    if theirs is None:
        rows.append(Row(PART, f"{case.name}, oxigraph serve", "absent (name it by --oxigraph)"))
    else:
        above, times = ours.median - theirs.median, ours.median / theirs.median
        numbers = {"median_ms": theirs.median, "p99_ms": theirs.p99}
        rows.append(Row(PART, f"{case.name}, oxigraph serve", str(theirs), numbers=numbers))
        target = (
            f"at most {MOST_TIMES} times" if case.ratio else f"at most {MOST_ABOVE_MS} ms above"
        )
        met = times <= MOST_TIMES if case.ratio else above <= MOST_ABOVE_MS
        shown = f"{above:+.2f} ms, {times:.2f} times"
        numbers = {"above_ms": above, "times": times}
        rows.append(Row(PART, f"{case.name}, difference", shown, target, met, numbers))
    numbers = {"median_ms": repeat.median, "p99_ms": repeat.p99}
    rows.append(Row(PART, f"{case.name}, repeated with the cache on", str(repeat), numbers=numbers))
    return rows


# ---- beside expensive queries -----------------------------------------------------------------


def measure_beside_killers(out: Path, repeats: int) -> list[Row]:
    """Measure a lookup while all places but one hold an expensive query, and while none does.

    Args:
        out: Folder of releases.
        repeats: How often the lookup is asked in each state.
    """
    with serve_release(out, *CACHE_OFF) as server:
        client = Client(server.port)
        case = make_cases(list_entities(client), repeats)[1]
        look_up = _asking(client, "/sparql", case)
        _await_workers(client)
        idle: list[float] = []
        busy: list[float] = []
        number = 0
        for _ in range(ROUNDS):
            for times, killers in ((idle, 0), (busy, _count_places() - 1)):
                with _killers(server, client, killers):
                    for _ in range(repeats // ROUNDS):
                        number += 1
                        times.append(look_up(number))
    quiet, loud = Series(tuple(idle)), Series(tuple(busy))
    ratio = loud.p99 / quiet.p99
    return [
        Row(PART, "one entity, nothing else running", str(quiet)),
        Row(PART, f"one entity beside {_count_places() - 1} killer(s)", str(loud)),
        Row(
            PART,
            "p99 beside killers",
            f"{ratio:.2f} times",
            f"at most {MOST_P99_TIMES:g} times",
            ratio <= MOST_P99_TIMES,
            {"times": ratio, "idle_p99_ms": quiet.p99, "busy_p99_ms": loud.p99},
        ),
    ]


def _count_places() -> int:
    from server.settings import Settings, count_workers

    return count_workers(Settings())


def _read_health(client: Client) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = json.loads(client.get("/health").body)
    return found


def _await(true: Callable[[], bool], within_s: float = 30.0) -> None:
    until = time.monotonic() + within_s
    while not true():
        if time.monotonic() > until:
            raise RuntimeError("the server does not come to the state that is to be measured")
        time.sleep(0.05)


def _await_workers(client: Client) -> None:
    _await(lambda: _read_health(client)["workers"]["ready"] > _count_places())


@contextlib.contextmanager
def _killers(server: Server, client: Client, count: int) -> Iterator[None]:
    """Have so many expensive queries of another client running; they are given up at the end."""
    clients = [Client(server.port, address="127.0.0.2") for _ in range(count)]
    threads = [
        threading.Thread(target=_ask_killer, args=(each, number), daemon=True)
        for number, each in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    _await(lambda: _read_health(client)["queries"]["running"] == count)
    if count:
        time.sleep(1.0)
    try:
        yield
        if _read_health(client)["queries"]["running"] < count:
            raise RuntimeError("an expensive query ended before the measurement did")
    finally:
        for each in clients:
            each.shut()
        for thread in threads:
            thread.join(10)
        _await(lambda: _read_health(client)["queries"]["running"] == 0)
        _await_workers(client)


def _ask_killer(client: Client, number: int) -> None:
    with contextlib.suppress(OSError, RuntimeError):
        client.ask("/sparql", _KILLER % number)
