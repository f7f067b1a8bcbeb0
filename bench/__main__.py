"""`python -m bench`: measure everything, or the parts that are named, and print one table."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.parts.building import measure_build, measure_million, measure_start
from bench.parts.documents import measure_documents
from bench.parts.endpoint import measure_beside_killers, measure_endpoint
from bench.parts.selects import measure_selects
from bench.parts.turns import measure_turns
from bench.peers import ROOT
from bench.table import Row, describe_machine, write_json, write_markdown, write_text

PARTS = ("build", "selects", "start", "endpoint", "killers", "documents", "million", "turns")


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
        "--older",
        metavar="DIR",
        type=Path,
        help="another checkout with its .venv, measured in turns with this one (part `turns`)",
    )
    parser.add_argument(
        "--only", choices=PARTS, action="append", help="a part to measure; may be given again"
    )
    parser.add_argument(
        "--repeats", type=int, default=1000, help="how often a short request is sent (default 1000)"
    )
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="how long a round of `turns` takes (default 3)"
    )
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the table as JSON too")
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
            "start": lambda: measure_start(out),
            "endpoint": lambda: measure_endpoint(out, folder, asked.oxigraph, asked.repeats),
            "killers": lambda: measure_beside_killers(out, asked.repeats),
            "documents": lambda: measure_documents(out, asked.repeats),
            "million": lambda: measure_million(out),
            "turns": lambda: measure_turns(out, folder, asked.older, asked.oxigraph, asked.seconds),
        }
        for name, measure in measures.items():
            if name in parts:
                rows += measure()
    machine.append(f"after: {describe_machine()}")
    print((write_markdown if asked.markdown else write_text)(rows, machine), end="")
    if asked.json:
        asked.json.write_text(write_json(rows, machine), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
