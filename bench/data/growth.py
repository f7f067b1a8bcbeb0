"""The build at one and at ten times a collection: `python -m bench.data.growth`.

Each size is a made-up collection (`bench.collection`), built in a process of its own, so that its
time and its memory are those of that build alone. `python -m bench.data.growth WORKSPACE OUT`
builds once and prints what its stages took as JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bench.collection import write_collection
from bench.peers import ROOT
from bench.table import Row, write_text

SIZES: Final = (70, 700)
"""Treaties in a collection of about 45,000 triples, and in ten times of it."""

_MOST_TIMES: Final = 11
_MIB: Final = 1024


def measure_growth(folder: Path, sizes: tuple[int, int] = SIZES) -> list[Row]:
    """Build two collections; return time and memory of each, and how often the larger has them.

    Memory is what the process had at most, above what it had with all modules read.
    """
    small, large = (_build(folder, treaties) for treaties in sizes)
    rows = [
        Row(
            "growth",
            f"{treaties} treaties, {one['triples']:,} triples",
            f"{one['wall_s']:.0f} s, {one['cpu_s']:.0f} s of processor, {_above(one):.0f} MiB",
            numbers={key: one[key] for key in ("triples", "wall_s", "cpu_s", "peak_kib")},
        )
        for treaties, one in zip(sizes, (small, large), strict=True)
    ]
    rows += [
        Row(
            "growth",
            f"of it {name}",
            f"{small['stages'][name]:.1f} s, {large['stages'][name]:.1f} s of processor",
        )
        for name in small["stages"]
    ]
    for what, times in (
        ("triples", large["triples"] / small["triples"]),
        ("time of the processor", large["cpu_s"] / small["cpu_s"]),
        ("memory above the interpreter's", _above(large) / _above(small)),
    ):
        is_given = what == "triples"
        rows.append(
            Row(
                "growth",
                what,
                f"{times:.1f} times",
                "" if is_given else f"at most {_MOST_TIMES} times",
                None if is_given else times <= _MOST_TIMES,
                {"times": times},
            )
        )
    return rows


def _above(build: dict[str, Any]) -> float:
    return float(build["peak_kib"] - build["modules_kib"]) / _MIB


def _build(folder: Path, treaties: int) -> dict[str, Any]:
    workspace, out = folder / f"made-{treaties}", folder / f"out-{treaties}"
    write_collection(workspace, treaties)
    command = [sys.executable, "-m", "bench.data.growth", str(workspace), str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def build_once(workspace_folder: Path, out: Path) -> dict[str, Any]:
    """Build a workspace; return triples, seconds, KiB, and seconds of the processor by stage."""
    from loader.pipeline import build
    from loader.progress import Progress, Stage
    from loader.settings import Settings
    from loader.workspace import open_workspace

    stages: dict[str, float] = {}

    class Watch(Progress):
        """Takes the time of the processor for each stage."""

        @contextmanager
        def stage(self, name: str) -> Iterator[Stage]:
            began = time.process_time()
            with super().stage(name) as stage:
                yield stage
            stages[name] = time.process_time() - began

    modules = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, start = time.perf_counter(), time.process_time()
    workspace = open_workspace(workspace_folder)
    release = build(workspace, workspace.publication.base, Settings(out=str(out)), Watch())
    return {
        "triples": release.manifest.counts["triples"],
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - start,
        "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "modules_kib": modules,
        "stages": stages,
    }


def main() -> int:
    """Build one workspace, or measure all sizes and print the table."""
    if len(sys.argv) == 3:
        print(json.dumps(build_once(Path(sys.argv[1]), Path(sys.argv[2]))))
        return 0
    with tempfile.TemporaryDirectory(prefix="pacta-growth-") as folder:
        print(write_text(measure_growth(Path(folder)), []), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
