"""Real files, read as `pacta serve --data` reads them and as rdflib does: are they the same graph?

    python -m bench.data.real_files FOLDER … [--most N] [--json FILE]

Takes every RDF file below the folders, the same number from each in turn, and prints one line for
each that differs or that only one of the two reads, then a table by folder. rdflib keeps every
value as it is written; language tags are compared in lower case.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyoxigraph as ox
import rdflib

from server.reading.faults import DataError
from server.reading.reader import DataFile, FileReport, ReadingOptions, read_file
from server.reading.recognition import SUFFIXES

_FORMATS = {
    "turtle": "turtle",
    "trig": "trig",
    "ntriples": "nt",
    "nquads": "nquads",
    "rdfxml": "xml",
    "jsonld": "json-ld",
    "n3": "n3",
}
_MOST_BYTES = 2 << 20


def find_files(folder: Path) -> Iterator[Path]:
    """The RDF files below a folder, in the order of their names."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        if 0 < path.stat().st_size <= _MOST_BYTES:
            yield path


def take_files(folders: Sequence[Path], most: int) -> list[tuple[Path, Path]]:
    """(folder, file), the folders in turn, at most so many."""
    lists = [[(folder, path) for path in find_files(folder)] for folder in folders]
    turns = itertools.chain.from_iterable(itertools.zip_longest(*lists))
    return list(itertools.islice((each for each in turns if each is not None), most))


def read_ours(path: Path, folder: Path) -> tuple[str, list[ox.Quad] | str]:
    """The format, and the quads or why there are none."""
    report = FileReport(str(path))
    try:
        item = DataFile(str(path))
        quads = list(read_file(item, 0, ReadingOptions(), folder, report))
        return report.format, quads
    except DataError as error:
        return report.format, error.detail


def read_theirs(path: Path, name: str) -> list[ox.Quad] | str:
    """Rdflib's quads, or why there are none."""
    dataset = rdflib.Dataset()
    try:
        dataset.parse(
            data=path.read_bytes(), format=_FORMATS[name], publicID=path.resolve().as_uri()
        )
        text = dataset.serialize(format="nquads")
        quads = list(ox.parse(text.encode(), ox.RdfFormat.N_QUADS, lenient=True))
    except Exception as error:  # its parsers raise whatever comes to hand
        return f"{type(error).__name__}: {error}".partition("\n")[0][:120]
    own = path.resolve().as_uri()
    return [
        ox.Quad(quad.subject, quad.predicate, quad.object)
        if isinstance(quad.graph_name, ox.NamedNode) and quad.graph_name.value == own
        else quad
        for quad in quads
    ]


def canonical(quads: list[ox.Quad]) -> list[str]:
    """Quads up to the names of blank nodes, their values in the engine's one form."""
    store = ox.Store()
    store.extend(quads)
    dataset = ox.Dataset(store)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(map(str, dataset))


def compare(path: Path, folder: Path) -> tuple[str, str]:
    """`same`, `differs`, `only rdflib`, `only ours` or `neither`, and a remark."""
    name, ours = read_ours(path, folder)
    theirs = read_theirs(path, name) if name else "no format"
    if isinstance(ours, str):
        return ("neither", "") if isinstance(theirs, str) else ("only rdflib", ours)
    if isinstance(theirs, str):
        return "only ours", theirs
    first, second = canonical(ours), canonical(theirs)
    if first == second:
        return "same", ""
    more, less = sorted(set(first) - set(second)), sorted(set(second) - set(first))
    shown = f"ours {more[:1]}, rdflib {less[:1]}"
    return "differs", f"{len(more)} statements here, {len(less)} there: {shown}"[:400]


def main(argv: Sequence[str] | None = None) -> int:
    """Compare, print, and return 1 where anything differs in silence."""
    parser = argparse.ArgumentParser(description=__doc__, prog="bench.data.real_files")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--most", type=int, default=600)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args(argv)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    rdflib.NORMALIZE_LITERALS = False
    table: dict[str, Counter[str]] = {}
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        for folder, path in take_files(arguments.folders, arguments.most):
            verdict, remark = compare(path, Path(scratch))
            table.setdefault(str(folder), Counter())[verdict] += 1
            if verdict != "same":
                print(f"{verdict:11}  {path}  {remark}", flush=True)
    verdicts = ("same", "only ours", "neither", "only rdflib", "differs")
    print(f"\n{'folder':40}" + "".join(f"{verdict:>13}" for verdict in verdicts))
    for name, counts in table.items():
        print(f"{name[-40:]:40}" + "".join(f"{counts[verdict]:>13}" for verdict in verdicts))
    total = sum((counts for counts in table.values()), Counter[str]())
    seconds = time.perf_counter() - begun
    print(f"{sum(total.values())} files in {seconds:.0f} s: {dict(total)}")
    if arguments.json:
        arguments.json.write_text(json.dumps(table, indent=1), encoding="utf-8")
    return 1 if total["differs"] else 0


if __name__ == "__main__":
    sys.exit(main())
