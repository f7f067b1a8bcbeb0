"""Dumps: the whole collection, each named graph and each kind of thing, in every format.

Two tables say what is written: `DUMPS` (a new format is a row and a writer) and `CODINGS`. All
is in the order of `loader.rdf.ordering`, so that equal statements give equal bytes.

Cost: about 0.1 ms per quad for all files together, most of it for Turtle and compression.
"""

from __future__ import annotations

import gzip
import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from typing import BinaryIO, Final

import zstandard

from loader.rdf.jsonld import write_jsonld
from loader.rdf.ordering import nt
from loader.rdf.table import Row, Table
from loader.rdf.turtle import write_trig, write_turtle
from loader.release.store import write_rdfxml

SUMS: Final = "SHA256SUMS"
_GZIP_LEVEL: Final = 6
_ZSTD_LEVEL: Final = 3
_BUFFER: Final = 1 << 20
"""Bytes that are in memory of a file that is written or compressed."""


@dataclass(frozen=True)
class Format:
    """One format of a dump.

    Attributes:
        ending: the ending of the file name, without the dot.
        media_type: as registered.
        name: for people.
        iri: the name of the format in the W3C's list of formats.
        quads: whether it holds named graphs (else the union of all).
        write: writes a table to a new file.
    """

    ending: str
    media_type: str
    name: str
    iri: str
    quads: bool
    write: Callable[[Table, Path], None]


@dataclass(frozen=True)
class Coding:
    """One way to compress: ending (with the dot, or empty), media type, from file to file."""

    ending: str
    media_type: str
    compress: Callable[[BinaryIO, BinaryIO], None]


@dataclass(frozen=True)
class DumpFile:
    """One file that was written.

    Attributes:
        path: below ``dumps/``.
        part: ``""`` for the whole, else ``by-graph/facts``, ``by-kind/treaty`` ….
        format: its row of `DUMPS`.
        coding: its row of `CODINGS`.
        bytes: its size.
        sha256: its digest, 64 hex digits.
    """

    path: str
    part: str
    format: Format
    coding: Coding
    bytes: int
    sha256: str


def ntriples(table: Table) -> Iterator[str]:
    """Yield the union of the graphs as canonical N-Triples, line by line in order."""
    nodes, verbs = table.terms.texts, table.terms.predicate_texts
    ranks, verb_ranks = table.terms.ranks, table.terms.predicate_ranks
    for s, p, o in sorted(table.union, key=lambda r: (ranks[r[0]], verb_ranks[r[1]], ranks[r[2]])):
        yield f"{nodes[s]} {verbs[p]} {nodes[o]} .\n"


def nquads(table: Table) -> Iterator[str]:
    """Yield the named graphs as canonical N-Quads, line by line in order."""
    nodes, verbs = table.terms.texts, table.terms.predicate_texts
    ranks, verb_ranks = table.terms.ranks, table.terms.predicate_ranks

    def by_text(rows: list[Row], ending: str) -> Iterator[tuple[int, int, int, str, Row]]:
        keys = [(ranks[s], verb_ranks[p], ranks[o], n) for n, (s, p, o) in enumerate(rows)]
        keys.sort()
        return ((s, p, o, ending, rows[n]) for s, p, o, n in keys)

    graphs = (by_text(rows, f" {nt(name)} .\n") for name, rows in table.graphs.items())
    for _, _, _, ending, (s, p, o) in merge(*graphs):
        yield f"{nodes[s]} {verbs[p]} {nodes[o]}{ending}"


def _rdfxml(table: Table, path: Path) -> None:
    nodes, verbs = table.terms.nodes, table.terms.predicates
    triples = ((nodes[s], verbs[p], nodes[o]) for s, p, o in table.union)
    write_rdfxml(path, triples, table.terms.order.prefixes())


def _text(write: Callable[[Table], Iterable[str]]) -> Callable[[Table, Path], None]:
    """Return a function that writes a document to a file piece by piece."""

    def write_file(table: Table, path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="\n", buffering=_BUFFER) as file:
            file.writelines(write(table))

    return write_file


def _gzip(source: BinaryIO, target: BinaryIO) -> None:
    with gzip.GzipFile("", "wb", _GZIP_LEVEL, target, mtime=0) as file:
        shutil.copyfileobj(source, file, _BUFFER)


def _zstd(source: BinaryIO, target: BinaryIO) -> None:
    size = source.seek(0, 2)
    source.seek(0)
    compressor = zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True)
    compressor.copy_stream(source, target, size=size)


_W3 = "http://www.w3.org/ns/formats/"
DUMPS: Final = (
    Format("ttl", "text/turtle", "Turtle", f"{_W3}Turtle", False, _text(write_turtle)),
    Format("nt", "application/n-triples", "N-Triples", f"{_W3}N-Triples", False, _text(ntriples)),
    Format("nq", "application/n-quads", "N-Quads", f"{_W3}N-Quads", True, _text(nquads)),
    Format("trig", "application/trig", "TriG", f"{_W3}TriG", True, _text(write_trig)),
    Format("jsonld", "application/ld+json", "JSON-LD", f"{_W3}JSON-LD", True, _text(write_jsonld)),
    Format("rdf", "application/rdf+xml", "RDF/XML", f"{_W3}RDF_XML", False, _rdfxml),
)
CODINGS: Final = (
    Coding("", "", shutil.copyfileobj),
    Coding(".gz", "application/gzip", _gzip),
    Coding(".zst", "application/zstd", _zstd),
)


def write_dumps(
    folder: Path, table: Table, step: Callable[[str], None] = lambda text: None
) -> tuple[DumpFile, ...]:
    """Write every dump below ``folder`` and `SUMS` beside them.

    Args:
        folder: made if it is not there.
        table: the statements.
        step: gets how many dumps are written.

    Returns:
        What was written, in the order of the tables, the whole before the parts.

    Raises:
        OSError: a file cannot be written.
        RdfError: a statement cannot be written in one of the formats.
    """
    jobs = [("", "pacta", table, row) for row in DUMPS]
    for part, inner in _parts(table).items():
        jobs += [(part, part, inner, row) for row in DUMPS]
    for parent in {(folder / name).parent for _, name, _, _ in jobs}:
        parent.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        waiting = []
        for number, (part, name, inner, row) in enumerate(jobs, 1):
            step(f"dump {number} of {len(jobs)}: {name}.{row.ending}")
            plain = folder / f"{name}.{row.ending}"
            row.write(inner, plain)
            for coding in CODINGS:
                waiting.append(pool.submit(_pack, folder, plain, part, row, coding))
        files = [job.result() for job in waiting]
    sums = "".join(f"{f.sha256}  {f.path}\n" for f in sorted(files, key=lambda f: f.path))
    (folder / SUMS).write_text(sums, encoding="utf-8", newline="\n")
    return tuple(files)


def _pack(folder: Path, plain: Path, part: str, row: Format, coding: Coding) -> DumpFile:
    """Compress a file beside itself; tell size and digest of what is there then."""
    path = plain.with_name(plain.name + coding.ending)
    if coding.ending:
        with plain.open("rb") as source, path.open("wb") as target:
            coding.compress(source, target)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    name = path.relative_to(folder).as_posix()
    return DumpFile(name, part, row, coding, path.stat().st_size, digest)


def _parts(table: Table) -> dict[str, Table]:
    """Return ``by-graph/…`` and ``by-kind/…`` → what belongs there."""
    parts = {
        f"by-graph/{str(name).rpartition('/')[2]}": table.of_graph(name) for name in table.graphs
    }
    return parts | {f"by-kind/{kind}": part for kind, part in table.by_kind().items()}
