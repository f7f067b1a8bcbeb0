"""Reading files into a store: time and memory beside rdflib and Oxigraph's own loader.

    python -m bench.data.reading [--statements N]

Writes one made-up graph in four syntaxes, reads each in a process of its own by `load_files` (what
`pacta serve --data` does), by Oxigraph's bulk loader and by rdflib, and prints seconds, peak memory
and the ratio to Oxigraph.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pyoxigraph as ox

from server.reading.reader import DataFile, ReadingOptions
from server.release.store import load_files

FORMATS = {
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
    "rdf": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}
_RDFLIB = {"nt": "nt", "ttl": "turtle", "rdf": "xml", "jsonld": "json-ld"}


def write_files(folder: Path, number: int) -> None:
    """One graph of so many statements, in each syntax."""
    triples = [
        ox.Triple(
            ox.NamedNode(f"http://example.org/thing/{n // 8}"),
            ox.NamedNode(f"http://example.org/ns#p{n % 8}"),
            ox.Literal(f"value {n}", language="en") if n % 2 else ox.Literal(n),
        )
        for n in range(number)
    ]
    for suffix, kind in FORMATS.items():
        with (folder / f"data.{suffix}").open("wb") as file:
            ox.serialize(triples, file, kind)


def read_ours(path: Path, store: Path) -> int:
    """As `pacta serve --data` does."""
    return load_files([DataFile(str(path))], store)[0].statements


def read_skipping(path: Path, store: Path) -> int:
    """As with `--skip-invalid`."""
    return load_files([DataFile(str(path))], store, ReadingOptions(skip_invalid=True))[0].statements


def read_oxigraph(path: Path, store: Path) -> int:
    """As `oxigraph load` does."""
    made = ox.Store(str(store))
    made.bulk_load(path=str(path), format=FORMATS[path.suffix[1:]])
    return len(made)


def read_rdflib(path: Path, _store: Path) -> int:
    """Into memory."""
    import rdflib

    return len(rdflib.Graph().parse(path, format=_RDFLIB[path.suffix[1:]]))


READERS: dict[str, Callable[[Path, Path], int]] = {
    "oxigraph": read_oxigraph,
    "pacta": read_ours,
    "skipping": read_skipping,
    "rdflib": read_rdflib,
}


def measure(name: str, path: Path) -> tuple[float, float]:
    """Seconds and peak MiB of one reader in a fresh process."""
    command = [sys.executable, "-m", "bench.data.reading", "--one", name, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds, mebibytes = done.stdout.split()
    return float(seconds), float(mebibytes)


def read_one(name: str, path: Path) -> None:
    """Read a file and print seconds and peak MiB."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        count = READERS[name](path, Path(folder) / "store")
        seconds = time.perf_counter() - begun
    assert count > 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{seconds:.2f} {peak:.0f}")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, prog="bench.data.reading")
    parser.add_argument("--statements", type=int, default=200_000)
    parser.add_argument("--one", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.one:
        read_one(arguments.one[0], Path(arguments.one[1]))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        write_files(Path(folder), arguments.statements)
        print(f"{arguments.statements:,} statements: seconds (times Oxigraph), peak MiB")
        for suffix in FORMATS:
            path = Path(folder) / f"data.{suffix}"
            base, line = 0.0, f"{suffix:7}"
            for name in READERS:
                seconds, peak = measure(name, path)
                base = base or seconds
                line += f"  {name} {seconds:.1f} s ({seconds / base:.1f}x) {peak:.0f} MiB"
            print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
