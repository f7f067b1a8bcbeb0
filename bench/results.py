"""Runs that are kept, and the page that is made from them: `python -m bench.results`.

A run lies in `bench/results/{name}.json`: its day, machine, versions, the size of the release, its
rows. The page `docs/benchmarks.md` has the table of every run between two marks.
"""

from __future__ import annotations

import json
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench.peers import ROOT
from bench.table import Row, write_markdown

RESULTS: Final = ROOT / "bench" / "results"
PAGE: Final = ROOT / "docs" / "benchmarks.md"
_LIBRARIES: Final = ("pacta", "pyoxigraph", "rdflib", "pyshacl", "flask", "waitress")
_VERSION: Final = re.compile(r"\d+\.\d+[\w.]*")
_MARKS: Final = re.compile(r"(<!-- generated: bench -->\n).*(<!-- end -->)", re.DOTALL)


@dataclass(frozen=True)
class Run:
    """One run of the measurements.

    Attributes:
        day: On which it was.
        machine: What the machine was and how busy, before and after.
        versions: Program or library → its version.
        counts: Of the release that was measured, as its manifest has them.
        rows: What was measured.
    """

    day: str
    machine: Sequence[str]
    versions: Mapping[str, str]
    counts: Mapping[str, int]
    rows: Sequence[Row]

    def write(self) -> str:
        """Return it as the text of its file."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n"


def read_run(file: Path) -> Run:
    """Return a run that was kept."""
    found = json.loads(file.read_text(encoding="utf-8"))
    return Run(**{**found, "rows": [Row(**row) for row in found["rows"]]})


def read_counts(out: Path) -> dict[str, int]:
    """Return the counts of the release in use of a folder; none where none was built."""
    manifest = out / "current" / "release.json"
    if not manifest.is_file():
        return {}
    found: dict[str, int] = json.loads(manifest.read_bytes())["counts"]
    return found


def describe_versions(programs: Iterable[str]) -> dict[str, str]:
    """Return name → version of Python, our libraries and the programs that were found."""
    found = {"python": platform.python_version()}
    found |= {name: version(name) for name in _LIBRARIES}
    for program in filter(None, programs):
        said = _ask_version(program)
        if match := _VERSION.search(said):
            found[Path(program).name] = match[0]
    return found


def _ask_version(program: str) -> str:
    """Return what a program says of its version; of one of PyPI, what its environment knows."""
    python = Path(program).with_name("python")
    command = [program, "-v" if Path(program).name == "nginx" else "--version"]
    if python.is_file():
        asked = f"import importlib.metadata as m; print(m.version({Path(program).name!r}))"
        command = [str(python), "-c", asked]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def write_page(text: str, runs: Mapping[str, Run]) -> str:
    """Return the text of the page with the tables of all runs, the newest first."""
    tables = "".join(
        _write_run(name, run)
        for name, run in sorted(runs.items(), key=lambda item: (item[1].day, item[0]), reverse=True)
    )
    return _MARKS.sub(lambda match: f"{match[1]}{tables}{match[2]}", text)


def _write_run(name: str, run: Run) -> str:
    size = f"{run.counts['triples']:,} triples; " if "triples" in run.counts else ""
    versions = ", ".join(f"{name} {number}" for name, number in run.versions.items())
    return (
        f"\n### {name}\n\n{run.day}; {size}{versions}.\n\n{write_markdown(run.rows, run.machine)}\n"
    )


def main() -> int:
    """Write the page anew."""
    runs = {file.stem: read_run(file) for file in RESULTS.glob("*.json")}
    PAGE.write_text(write_page(PAGE.read_text(encoding="utf-8"), runs), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
