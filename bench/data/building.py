"""The build by stages, the start of the server, and an answer of a million rows.

`python -m bench.data.building WORKSPACE OUT` builds once and prints its stages as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

from bench.client import Client
from bench.peers import CACHE_OFF, ROOT, serve_release
from bench.table import Row
from server.release.current import ReleaseHolder

_MIB = 1024 * 1024
_MOST_GROWTH_MIB = 64
_MOST_OPENING_S = 1.0
_MANY_ROWS = """SELECT ?a ?b {
  { SELECT ?a { ?a ?p ?c } LIMIT 1000 }
  { SELECT ?b { ?b ?q ?d } LIMIT 1000 }
}"""


def measure_build(workspace: Path, out: Path) -> list[Row]:
    """Build twice into a folder, a process each, and return what the stages took."""
    rows: list[Row] = []
    for name in ("in an empty folder", "with nothing changed"):
        command = [sys.executable, "-m", "bench.data.building", str(workspace), str(out)]
        began = time.perf_counter()
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        seconds = time.perf_counter() - began
        if done.returncode:
            raise RuntimeError(done.stderr)
        stages: dict[str, float] = json.loads(done.stdout)
        rows.append(Row("build", name, f"{seconds:.2f} s", numbers={"seconds": seconds}))
        if not rows[1:]:
            rows += [
                Row("build", f"of it {stage}", f"{taken:.2f} s", numbers={"seconds": taken})
                for stage, taken in stages.items()
            ]
    return rows


def measure_start(out: Path) -> list[Row]:
    """Start the server twice, until it answers a query; the first makes store and index.

    Then open the release once more here: what of a start is the release's, not the interpreter's.
    """
    rows: list[Row] = []
    known = any((out / "stores").glob("*")) if (out / "stores").is_dir() else False
    for name in ("and make its store", "with its store there"):
        with serve_release(out) as server:
            seconds = server.started_s
        if name == "and make its store" and known:
            continue
        rows.append(Row("server", f"start {name}", f"{seconds:.2f} s", numbers={"s": seconds}))
    began, began_cpu = time.perf_counter(), time.process_time()
    ReleaseHolder(out).open()
    wall, cpu = time.perf_counter() - began, time.process_time() - began_cpu
    rows.append(
        Row(
            "server",
            "of it opening the release",
            f"{wall:.2f} s, {cpu:.2f} s of processor",
            f"under {_MOST_OPENING_S:g} s",
            wall < _MOST_OPENING_S,
            {"wall_s": wall, "cpu_s": cpu},
        )
    )
    return rows


def measure_million(out: Path, rows: int) -> list[Row]:
    """Read an answer of so many rows, at most a million; what the server's memory did meanwhile."""
    with serve_release(out, *CACHE_OFF, "--query-timeout-s", "600") as server:
        client = Client(server.port)
        client.ask("/sparql", f"{_MANY_ROWS} LIMIT 25000", keep=False)
        before = server.memory_bytes("VmRSS")
        server.forget_peak()
        reply = client.ask("/sparql", f"{_MANY_ROWS} LIMIT {rows}", keep=False)
        count = int(reply.header("Pacta-Rows") or -1)
        peak, after = server.memory_bytes("VmHWM"), server.memory_bytes("VmRSS")
        client.get("/health")
        spools = server.count_spools()
    grown = (peak - before) / _MIB
    return [
        Row("server", f"{count:,} rows of JSON", f"{reply.ms / 1000:.2f} s, {reply.size:,} bytes"),
        Row(
            "server",
            "its memory meanwhile",
            f"{before / _MIB:.0f} MiB before, at most {peak / _MIB:.0f}, {after / _MIB:.0f} after",
            f"at most {_MOST_GROWTH_MIB} MiB more",
            grown <= _MOST_GROWTH_MIB,
            {"before_mib": before / _MIB, "peak_mib": peak / _MIB, "after_mib": after / _MIB},
        ),
        Row("server", "spool files left open", str(spools), "0", spools == 0),
    ]


def main() -> int:
    """Build once; print seconds by stage."""
    from loader.pipeline import build
    from loader.progress import Progress
    from loader.settings import Settings
    from loader.workspace import open_workspace

    workspace = open_workspace(Path(sys.argv[1]))
    progress = Progress()
    build(workspace, workspace.publication.base, Settings(out=sys.argv[2]), progress)
    print(json.dumps({stage.name: stage.seconds for stage in progress.stages}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
