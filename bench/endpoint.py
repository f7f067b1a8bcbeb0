"""Measure `/sparql` beside `oxigraph serve` on the same data: `python bench/endpoint.py`.

Needs the `oxigraph` command (PyPI `oxigraph`) on the path, or at `OXIGRAPH`. Both servers run at
once and are asked in turns over one kept connection each; every query text differs and the result
cache is off. Afterwards the same query is repeated with the cache on. Medians in milliseconds;
numbers of a busy machine say little, so the load is printed with them.
"""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from live import start_server, wait_until  # noqa: E402 (the folder of tests is no package)

TRIPLES = 100_000
CASES: dict[str, tuple[Callable[[int], str], int]] = {
    "ASK {}": (lambda number: f"ASK {{}} # {number}", 400),
    "one entity": (
        lambda number: f"SELECT ?p ?o {{ <http://e/s{number * 7 % 20_000}> ?p ?o }} # {number}",
        400,
    ),
    "25,000 rows": (lambda number: f"SELECT ?s ?p ?o {{ ?s ?p ?o }} LIMIT 25000 # {number}", 15),
}


def time_one(connection: http.client.HTTPConnection, path: str, query: str) -> float:
    """The milliseconds of one query."""
    began = time.perf_counter()
    headers = {"Accept": "application/sparql-results+json"}
    connection.request("GET", f"{path}?query={quote(query)}", headers=headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}")
    return (time.perf_counter() - began) * 1000


def is_open(port: int) -> bool:
    """Whether something listens there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def main() -> int:
    """Print the table."""
    command = os.environ.get("OXIGRAPH") or shutil.which("oxigraph")
    if command is None:
        print("no `oxigraph` command: pip install oxigraph, or OXIGRAPH=…", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "data.nt"
        file.write_text(
            "".join(
                f'<http://e/s{i // 5}> <http://e/p{i % 5}> "value {i}" .\n' for i in range(TRIPLES)
            )
        )
        store = Path(folder) / "store"
        subprocess.run(
            [command, "load", "--location", str(store), "--file", str(file)],
            check=True,
            capture_output=True,
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        peer = subprocess.Popen(
            [command, "serve-read-only", "--location", str(store), "--bind", f"127.0.0.1:{port}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(lambda: is_open(port))
            with (
                start_server("--data", str(file), "--result-cache-bytes", "0") as plain,
                start_server("--data", str(file)) as cached,
            ):
                wait_until(lambda: len(plain.workers()) == len(cached.workers()) > 2)
                measure(port, plain.port, cached.port)
        finally:
            peer.terminate()
            peer.wait()
    return 0


def measure(peer: int, plain: int, cached: int) -> None:
    """Ask all three in turns and print a line per case."""
    ours, theirs, kept = (
        http.client.HTTPConnection("127.0.0.1", port) for port in (plain, peer, cached)
    )
    print(f"load {os.getloadavg()[0]:.1f}; median ms, p99 in brackets")
    for name, (make, count) in CASES.items():
        times: tuple[list[float], list[float], list[float]] = ([], [], [])
        for number in range(count):
            query = make(number)
            times[0].append(time_one(ours, "/sparql", query))
            times[1].append(time_one(theirs, "/query", query))
            times[2].append(time_one(kept, "/sparql", make(0)))
        texts = [
            f"{statistics.median(each):.2f} ({sorted(each)[int(len(each) * 0.99)]:.2f})"
            for each in times
        ]
        print(f"{name:12}  pacta {texts[0]}  oxigraph {texts[1]}  repeated, cached {texts[2]}")


if __name__ == "__main__":
    sys.exit(main())
