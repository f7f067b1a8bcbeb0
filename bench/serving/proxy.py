"""Behind nginx as `pacta deploy nginx` writes it: what its cache gives, and whether anything fails.

Documents and 304 from the cache stand beside the same bytes as files of nginx. Then three servers
answer at a steady rate while one of them is killed and the release changes ten times.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import statistics
import time
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from bench.client import JSON_ROWS, Client
from bench.collection import write_collection
from bench.load import Plan, read_outcome, run_plan, start_plan
from bench.peers import START_S, Server, serve_files, serve_proxy, serve_release
from bench.serving.endpoint import list_entities
from bench.table import Row
from loader.pipeline import build
from loader.progress import Progress
from loader.release.opened import use_release
from loader.settings import Settings
from loader.workspace import open_workspace

PART: Final = "proxy"
CLIENTS: Final = 16
ROUNDS: Final = 3
ENTITIES: Final = 100
LEAST_OF_NGINX: Final = 0.8
SERVERS: Final = 3
CHANGES: Final = 10
TREATIES: Final = 8
TURTLE: Final = {"Accept": "text/turtle"}
BASES: Final = ("http://localhost:8000/", "http://localhost:8001/")
"""Of the two releases: the same addresses below each, so that every request has an answer."""


def measure_cache(out: Path, folder: Path, nginx: str, seconds: float) -> list[Row]:
    """Documents and 304 of entities, from nginx's cache and from files of nginx in turns.

    Args:
        out: Folder of releases.
        folder: For what nginx writes.
        nginx: The program, or empty.
        seconds: How long each is asked in each round.
    """
    if not nginx:
        return [Row(PART, "documents", "nginx is absent (name it by --nginx)")]
    own = folder / "cached"
    files = own / "files"
    files.mkdir(parents=True)
    with (
        serve_release(out) as server,
        serve_proxy(nginx, [server], own) as proxy,
        serve_files(nginx, files, own) as peer,
    ):
        entities = list_entities(Client(server.port))
        paths = [urlsplit(iri).path.replace("/id/", "/doc/", 1) for iri in entities]
        paths = paths[:: max(1, len(paths) // ENTITIES)][:ENTITIES]
        client = Client(proxy.port)
        replies = [client.get(path, TURTLE) for path in paths]
        for number, reply in enumerate(replies):
            (files / f"{number}.ttl").write_bytes(reply.body)
        names = [f"/{number}.ttl" for number in range(len(paths))]
        tags = [Client(peer.port).get(name).header("ETag") for name in names]
        cases = {
            "documents": (
                [(path, TURTLE) for path in paths],
                [(name, TURTLE) for name in names],
            ),
            "304": (
                [
                    (path, {**TURTLE, "If-None-Match": reply.header("ETag")})
                    for path, reply in zip(paths, replies, strict=True)
                ],
                [(name, {"If-None-Match": tag}) for name, tag in zip(names, tags, strict=True)],
            ),
        }
        rows = []
        for what, (ours, theirs) in cases.items():
            rates: tuple[list[float], list[float]] = [], []
            for _ in range(ROUNDS):
                for found, port, requests in zip(
                    rates, (proxy.port, peer.port), (ours, theirs), strict=True
                ):
                    found.append(run_plan(Plan(port, CLIENTS, seconds, requests)).rate)
            own_rate, peer_rate = map(statistics.median, rates)
            times = own_rate / peer_rate
            rows.append(
                Row(
                    PART,
                    f"{what} from the cache, {CLIENTS} clients",
                    f"{own_rate:.0f} answers/s, files {peer_rate:.0f}: {times:.2f} times",
                    f"at least {LEAST_OF_NGINX} times",
                    times >= LEAST_OF_NGINX,
                    {"rate": own_rate, "files_rate": peer_rate, "times": times},
                )
            )
    return rows


def measure_losses(folder: Path, nginx: str, seconds: float, rate: float) -> list[Row]:
    """Ask at a steady rate while a server is killed and the release changes ten times.

    Args:
        folder: For two releases of a small made-up collection, and what nginx writes.
        nginx: The program, or empty.
        seconds: How long.
        rate: Requests a second.
    """
    if not nginx:
        return [Row(PART, "losses", "nginx is absent (name it by --nginx)")]
    own = folder / "losses"
    own.mkdir()
    workspace, out = own / "workspace", own / "out"
    write_collection(workspace, TREATIES)
    opened = open_workspace(workspace)
    settings = Settings(out=str(out))
    releases = [build(opened, base, settings, Progress()).id for base in BASES]
    with contextlib.ExitStack() as stack:
        options = ("--workers", "1", "--trusted-proxy", "127.0.0.1")
        servers = [stack.enter_context(serve_release(out, *options)) for _ in range(SERVERS)]
        proxy = stack.enter_context(serve_proxy(nginx, servers, own))
        entities = list_entities(Client(servers[0].port))
        plan = Plan(proxy.port, CLIENTS, seconds, _write_requests(entities), rate)
        clients = start_plan(plan)
        began = time.perf_counter()
        for number in range(CHANGES):
            time.sleep(max(0.0, began + seconds * (number + 0.5) / CHANGES - time.perf_counter()))
            if number == CHANGES // 3:
                os.kill(servers.pop().pid, signal.SIGKILL)
            use_release(out, releases[number % 2])
        followed_s = _await_release(servers, releases[(CHANGES - 1) % 2])
        outcome = read_outcome(clients)
    failed = sum(outcome.faults.values())
    said = "; ".join(f"{fault} ({count})" for fault, count in sorted(outcome.faults.items()))
    return [
        Row(
            PART,
            f"one of {SERVERS} servers killed, release changed {CHANGES} times in {seconds:.0f} s",
            f"{failed} of {len(outcome.ms) + failed} requests failed, {outcome.rate:.0f} answers/s"
            + (f": {said}" if said else ""),
            "none fails",
            failed == 0,
            {"failed": failed, "answers": len(outcome.ms), "rate": outcome.rate},
        ),
        Row(
            PART,
            "from the last change until all servers answered from it",
            f"{followed_s:.1f} s",
            numbers={"s": followed_s},
        ),
    ]


def _write_requests(entities: list[str]) -> list[tuple[str, dict[str, str]]]:
    """Documents, and twice as many queries, no two alike."""
    found: list[tuple[str, dict[str, str]]] = []
    for number, iri in enumerate(entities * 40):
        path = urlsplit(iri).path
        texts = (
            f"SELECT ?p ?o {{ <{path[1:]}> ?p ?o }} # {number}",
            f"SELECT (COUNT(*) AS ?n) {{ ?s a ?class }} # {number}",
        )
        found.append((path.replace("/id/", "/doc/", 1), TURTLE))
        found += [(f"/sparql?query={quote(text)}", JSON_ROWS) for text in texts]
    return found


def _await_release(servers: list[Server], release: str) -> float:
    """Seconds until all servers have a release in use."""
    began = time.perf_counter()
    for server in servers:
        while (found := _read_health(server)) != release:
            if time.perf_counter() - began > START_S:
                raise RuntimeError(f"a server has {found or 'no release'} in use, not {release}")
            time.sleep(0.1)
    return time.perf_counter() - began


def _read_health(server: Server) -> str:
    """The release in use; nothing while the server has none to answer from."""
    client = Client(server.port)
    with contextlib.closing(client):
        reply = client.get("/health")
        return str(json.loads(reply.body)["release"]) if reply.status == 200 else ""
