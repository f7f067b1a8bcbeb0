"""Measure the build and the answers of this machine: `make bench` prints one table.

Usage: measure.py [WORKSPACE]. Without one, the collection of this checkout is measured.

The release is built twice in an empty folder and served from there on a free port. Each request is
sent over one kept connection; its query text differs every time, so that no cache answers.
Numbers of a busy machine say little: the load is printed with them.
"""

from __future__ import annotations

import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
PACTA = Path(sys.executable).with_name("pacta")
REPEATS = 200
LOOKUP = """SELECT ?p ?o WHERE {{ <{base}id/treaty/peace-1920> ?p ?o }} # {number}"""
STATEMENTS = """PREFIX pacta: <https://w3id.org/pacta/ns#>
SELECT ?s ?property ?value ?rank WHERE {{
  ?s a pacta:Statement ; pacta:onProperty ?property ; pacta:value ?value ; pacta:rank ?rank
}} # {number}"""


def time_once(action: Callable[[], object]) -> float:
    """Return the seconds one call takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def build(workspace: Path, out: Path) -> None:
    """Build the release of ``workspace`` into ``out``."""
    command: list[str | Path] = [PACTA, "build", "--workspace", workspace, "--out", out]
    subprocess.run(command, check=True, capture_output=True)


def start_server(out: Path) -> tuple[subprocess.Popen[str], int]:
    """Start a server on a free port; return it and the port, once it answers."""
    command: list[str | Path] = [PACTA, "serve", "--out", out, "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert server.stdout is not None
    for line in server.stdout:
        found = re.search(r"http://[^/]*:(\d+)/", line)
        if found:
            return server, int(found[1])
    raise SystemExit("the server did not start")


def ask(connection: http.client.HTTPConnection, query: str) -> int:
    """Send one query; return the bytes of the answer."""
    headers = {"Accept": "application/sparql-results+json"}
    connection.request("GET", f"/sparql?query={quote(query)}", headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != http.client.OK:
        raise SystemExit(f"{answer.status}: {body[:300]!r}")
    return len(body)


def measure_query(port: int, template: str, base: str) -> tuple[float, float]:
    """Return the median and the 99th percentile of `REPEATS` answers, in milliseconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    queries = [template.format(base=base, number=number) for number in range(REPEATS)]
    times = [1000 * time_once(partial(ask, connection, query)) for query in queries]
    connection.close()
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


def main() -> None:
    """Measure everything and print the table."""
    workspace = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    base = str(tomllib.loads((workspace / "pacta.toml").read_text(encoding="utf-8"))["base"])
    with tempfile.TemporaryDirectory(prefix="pacta-bench-") as name:
        out = Path(name)
        lines = [
            ("build, empty folder", f"{time_once(lambda: build(workspace, out)):.2f} s"),
            ("build, nothing changed", f"{time_once(lambda: build(workspace, out)):.2f} s"),
        ]
        start = time.perf_counter()
        server, port = start_server(out)
        try:
            lines.append(("serve until it listens", f"{time.perf_counter() - start:.2f} s"))
            for title, template in (
                ("ASK {}", "ASK {{}} # {number}"),
                ("one entity", LOOKUP),
                ("all statements", STATEMENTS),
            ):
                middle, late = measure_query(port, template, base)
                lines.append((title, f"{middle:.2f} ms, p99 {late:.2f} ms"))
        finally:
            server.terminate()
            server.wait()
    width = max(len(title) for title, _ in lines)
    for title, value in lines:
        print(f"{title:{width}}  {value}")
    print(f"{'load':{width}}  {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
