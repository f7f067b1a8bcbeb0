"""Many clients: two servers behind nginx, nothing cached, beside `oxigraph serve` on the same data.

Sixteen clients ask each short kind of query (`bench.serving.queries`) as fast as answers come, in
turns; no two texts are alike. Two servers with one constant answer of Flask stand behind another
nginx and are asked in the same turns: no answer of ours comes faster. Then the clients ask a
hundred lookups again and again, which nginx keeps.
"""

from __future__ import annotations

import contextlib
import statistics
from pathlib import Path
from typing import Final
from urllib.parse import quote

from bench.client import JSON_ROWS, Client
from bench.load import Plan, run_plan
from bench.peers import (
    CACHE_OFF,
    serve_constant,
    serve_oxigraph,
    serve_proxy,
    serve_release,
)
from bench.serving.endpoint import list_entities
from bench.serving.queries import KINDS, TRIPLES, Kind
from bench.table import Row

PART: Final = "readers"
SERVERS: Final = 2
CLIENTS: Final = 16
ROUNDS: Final = 3
LEAST_OF_OXIGRAPH: Final = 0.25
TEXTS: Final = 20_000
REPEATED: Final = 100


def measure_readers(
    out: Path, folder: Path, nginx: str, oxigraph: str, seconds: float
) -> list[Row]:
    """Answers a second of each kind, and of a hundred lookups that are repeated.

    Args:
        out: Folder of releases.
        folder: For what nginx and the peer write.
        nginx: The program, or empty.
        oxigraph: The program, or empty.
        seconds: How long each is asked in each round.
    """
    if not nginx or not oxigraph:
        return [Row(PART, "rates", "nginx or oxigraph is absent (--nginx, --oxigraph)")]
    own = folder / "readers"
    own.mkdir()
    options = (*CACHE_OFF, "--trusted-proxy", "127.0.0.1")
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(serve_release(out, *options)) for _ in range(SERVERS)]
        proxy = stack.enter_context(serve_proxy(nginx, servers, own))
        peer = stack.enter_context(
            serve_oxigraph(oxigraph, out / "current" / "dumps" / "pacta.nt", own)
        )
        constants = [stack.enter_context(serve_constant()) for _ in range(SERVERS)]
        floor = own / "constant"
        floor.mkdir()
        constant = stack.enter_context(serve_proxy(nginx, constants, floor))
        asked_at = ((proxy.port, "/sparql"), (peer.port, "/query"), (constant.port, "/"))
        things = list_entities(Client(servers[0].port))
        rows = []
        numbers = iter(range(10**9))
        for kind in (each for each in KINDS if not each.whole):
            rates: dict[int, list[float]] = {port: [] for port, _ in asked_at}
            for _ in range(ROUNDS):
                for port, path in asked_at:
                    first = next(numbers) * TEXTS
                    asked = _write_requests(path, kind, things, range(first, first + TEXTS))
                    rates[port].append(run_plan(Plan(port, CLIENTS, seconds, asked)).rate)
            rows.append(_judge(kind.name, *map(statistics.median, rates.values())))
        repeated = _write_requests("/sparql", KINDS[0], things, range(REPEATED))
        client = Client(proxy.port)
        for path, headers in 2 * repeated:  # nginx keeps what is asked for the second time
            client.get(path, headers)
        rate = run_plan(Plan(proxy.port, CLIENTS, seconds, repeated)).rate
    what = f"lookup, {REPEATED} texts that nginx holds"
    return [*rows, Row(PART, what, f"{rate:.0f} answers/s", numbers={"rate": rate})]


def _write_requests(
    path: str, kind: Kind, things: list[str], numbers: range
) -> list[tuple[str, dict[str, str]]]:
    headers = TRIPLES if kind.triples else JSON_ROWS
    return [(f"{path}?query={quote(kind.write(things, number))}", headers) for number in numbers]


def _judge(name: str, rate: float, peer_rate: float, constant_rate: float) -> Row:
    times, most = rate / peer_rate, constant_rate / peer_rate
    return Row(
        PART,
        f"{name}, {SERVERS} servers, {CLIENTS} clients",
        f"{rate:.0f} answers/s, oxigraph serve {peer_rate:.0f}: {times:.2f} times; "
        f"a constant answer {constant_rate:.0f}: {most:.2f} times",
        f"at least {LEAST_OF_OXIGRAPH} times",
        times >= LEAST_OF_OXIGRAPH,
        {"rate": rate, "oxigraph_rate": peer_rate, "constant_rate": constant_rate, "times": times},
    )
