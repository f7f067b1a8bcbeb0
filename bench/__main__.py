"""`python -m bench`: measure everything, or the parts that are named, and print one table."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from bench.data.building import measure_build, measure_million, measure_start
from bench.data.growth import measure_growth
from bench.data.reference import measure_loading, measure_shapes
from bench.data.selects import measure_selects
from bench.peers import ROOT
from bench.results import Run, describe_versions, read_counts
from bench.serving.documents import measure_documents
from bench.serving.endpoint import measure_beside_killers, measure_endpoint
from bench.serving.files import measure_files
from bench.serving.pages import measure_pages
from bench.serving.proxy import measure_cache, measure_losses
from bench.serving.queries import measure_queries
from bench.serving.readers import measure_readers
from bench.serving.search import measure_search
from bench.serving.turns import measure_turns
from bench.table import Row, describe_machine, write_markdown, write_text

PARTS = (
    *(
        "build",
        "selects",
        "shapes",
        "loading",
        "start",
        "endpoint",
        "queries",
        "killers",
        "documents",
        "pages",
    ),
    *("files", "search", "cache", "readers", "million", "turns"),
)
LONG = ("growth", "losses")
"""Measured only where they are named: they take minutes."""
LOSSES_S = 120.0


def make_parser() -> argparse.ArgumentParser:
    """Return the options."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "--workspace", metavar="DIR", type=Path, default=ROOT, help="the collection to be built"
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help="measure the release in use of this folder; without it one is built for the purpose",
    )
    parser.add_argument(
        "--oxigraph", metavar="PATH", default="", help="the `oxigraph` program (PyPI), the peer"
    )
    parser.add_argument(
        "--rdflib-endpoint",
        metavar="PATH",
        default="",
        help="the `rdflib-endpoint` program (PyPI), another peer",
    )
    parser.add_argument(
        "--virtuoso",
        metavar="PATH",
        default="",
        help="the `virtuoso-t` program (Debian: virtuoso-opensource), a peer of `queries`",
    )
    parser.add_argument(
        "--nginx", metavar="PATH", default=shutil.which("nginx") or "", help="serves files, a peer"
    )
    parser.add_argument(
        "--older",
        metavar="DIR",
        type=Path,
        help="another checkout with its .venv, measured in turns with this one (part `turns`)",
    )
    parser.add_argument(
        "--only",
        choices=(*PARTS, *LONG),
        action="append",
        help="a part to measure; may be given again",
    )
    parser.add_argument(
        "--repeats", type=int, default=1000, help="how often a short request is sent (default 1000)"
    )
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="how long a round of `turns` takes (default 3)"
    )
    parser.add_argument(
        "--rate", type=float, default=200.0, help="requests a second of `losses` (default 200)"
    )
    parser.add_argument(
        "--things",
        type=int,
        default=100_000,
        help="how many invented things `search` looks through (default 100000)",
    )
    parser.add_argument(
        "--rows",
        type=int,
        default=1_000_000,
        help="how many rows the large answer of `million` has (default 1000000, the most)",
    )
    parser.add_argument(
        "--save",
        metavar="FILE",
        type=Path,
        help="keep the run as JSON; `python -m bench.results` makes docs/benchmarks.md of those in "
        "bench/results/",
    )
    parser.add_argument("--markdown", action="store_true", help="print the table for a page")
    return parser


def main() -> int:
    """Measure and print; a missed target is no failure of the program."""
    asked = make_parser().parse_args()
    parts = asked.only or PARTS
    rows: list[Row] = []
    machine = [f"before: {describe_machine()}"]
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pacta-bench-")))
        out = asked.out.resolve() if asked.out else folder / "out"
        if not asked.out:
            rows += measure_build(asked.workspace.resolve(), out)
        measures: dict[str, Callable[[], list[Row]]] = {
            "selects": lambda: measure_selects(out, asked.workspace.resolve()),
            "shapes": lambda: measure_shapes(out, asked.workspace.resolve()),
            "loading": lambda: measure_loading(out, folder),
            "start": lambda: measure_start(out),
            "endpoint": lambda: measure_endpoint(out, folder, asked.oxigraph, asked.repeats),
            "queries": lambda: measure_queries(
                out,
                folder,
                asked.oxigraph,
                asked.rdflib_endpoint,
                asked.virtuoso,
                asked.repeats,
            ),
            "killers": lambda: measure_beside_killers(out, asked.repeats),
            "documents": lambda: measure_documents(out, asked.repeats),
            "pages": lambda: measure_pages(out),
            "files": lambda: measure_files(out, folder, asked.nginx, asked.repeats),
            "search": lambda: measure_search(out, folder, asked.things),
            "million": lambda: measure_million(out, asked.rows),
            "turns": lambda: measure_turns(out, folder, asked.older, asked.oxigraph, asked.seconds),
            "cache": lambda: measure_cache(out, folder, asked.nginx, asked.seconds),
            "readers": lambda: measure_readers(
                out, folder, asked.nginx, asked.oxigraph, asked.seconds
            ),
            "losses": lambda: measure_losses(folder, asked.nginx, LOSSES_S, asked.rate),
            "growth": lambda: measure_growth(folder),
        }
        for name, measure in measures.items():
            if name in parts:
                rows += measure()
        counts = read_counts(out)
    machine.append(f"after: {describe_machine()}")
    print((write_markdown if asked.markdown else write_text)(rows, machine), end="")
    if asked.save:
        programs = (asked.oxigraph, asked.rdflib_endpoint, asked.nginx)
        run = Run(date.today().isoformat(), machine, describe_versions(programs), counts, rows)  # noqa: DTZ011
        asked.save.write_text(run.write(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
