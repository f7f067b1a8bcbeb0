"""Dumps: the whole collection, each named graph and each kind of thing, in every format.

Two tables say what is written: `DUMPS` (a new format is a row and a writer) and `CODINGS`. All
is in the order of `loader.rdf.ordering`, so that equal statements give equal bytes.

Cost: about 0.1 ms per quad for all files together, most of it for Turtle and compression.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import zstandard

from loader.rdf.jsonld import write_jsonld
from loader.rdf.ordering import nt
from loader.rdf.table import Row, Table
from loader.rdf.turtle import write_trig, write_turtle
from loader.release.store import convert

SUMS: Final = "SHA256SUMS"
_GZIP_LEVEL: Final = 6
_ZSTD_LEVEL: Final = 9


@dataclass(frozen=True)
class Format:
    """One format of a dump.

    Attributes:
        ending: of the file name, without the dot.
        media_type: as registered.
        name: for people.
        iri: the name of the format in the W3C's list of formats.
        quads: whether it holds named graphs (else the union of all).
        write: table → the whole file.
    """

    ending: str
    media_type: str
    name: str
    iri: str
    quads: bool
    write: Callable[[Table], bytes]


@dataclass(frozen=True)
class Coding:
    """One way to compress: ending (with the dot, or empty), media type, function."""

    ending: str
    media_type: str
    compress: Callable[[bytes], bytes]


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


def _turtle(table: Table) -> bytes:
    return write_turtle(table).encode()


def ntriples(table: Table) -> bytes:
    """Return the union of the graphs as canonical N-Triples."""
    return "".join(sorted(_lines(table, table.union, " .\n"))).encode()


def nquads(table: Table) -> bytes:
    """Return the named graphs as canonical N-Quads."""
    lines: list[str] = []
    for name, rows in table.graphs.items():
        lines.extend(_lines(table, rows, f" {nt(name)} .\n"))
    return "".join(sorted(lines)).encode()


def _trig(table: Table) -> bytes:
    return write_trig(table).encode()


def _jsonld(table: Table) -> bytes:
    return write_jsonld(table).encode()


def _rdfxml(table: Table) -> bytes:
    text = "".join(_lines(table, table.union, " .\n"))
    return convert(text, "nt", "rdf", table.terms.order.prefixes())


def _lines(table: Table, rows: list[Row], end: str) -> list[str]:
    nodes, verbs = table.terms.texts, table.terms.predicate_texts
    return [f"{nodes[s]} {verbs[p]} {nodes[o]}{end}" for s, p, o in rows]


def _gzip(data: bytes) -> bytes:
    out = io.BytesIO()
    with gzip.GzipFile("", "wb", _GZIP_LEVEL, out, mtime=0) as file:
        file.write(data)
    return out.getvalue()


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL, write_checksum=True).compress(data)


_W3 = "http://www.w3.org/ns/formats/"
DUMPS: Final = (
    Format("ttl", "text/turtle", "Turtle", f"{_W3}Turtle", False, _turtle),
    Format("nt", "application/n-triples", "N-Triples", f"{_W3}N-Triples", False, ntriples),
    Format("nq", "application/n-quads", "N-Quads", f"{_W3}N-Quads", True, nquads),
    Format("trig", "application/trig", "TriG", f"{_W3}TriG", True, _trig),
    Format("jsonld", "application/ld+json", "JSON-LD", f"{_W3}JSON-LD", True, _jsonld),
    Format("rdf", "application/rdf+xml", "RDF/XML", f"{_W3}RDF_XML", False, _rdfxml),
)
CODINGS: Final = (
    Coding("", "", lambda data: data),
    Coding(".gz", "application/gzip", _gzip),
    Coding(".zst", "application/zstd", _zstd),
)


def write_dumps(folder: Path, table: Table) -> tuple[DumpFile, ...]:
    """Write every dump below ``folder`` and `SUMS` beside them.

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
        for part, name, inner, row in jobs:
            data = row.write(inner)
            for coding in CODINGS:
                path = f"{name}.{row.ending}{coding.ending}"
                waiting.append(pool.submit(_write, folder, path, part, row, coding, data))
        files = [job.result() for job in waiting]
    sums = "".join(f"{f.sha256}  {f.path}\n" for f in sorted(files, key=lambda f: f.path))
    (folder / SUMS).write_text(sums, encoding="utf-8", newline="\n")
    return tuple(files)


def _write(
    folder: Path, path: str, part: str, row: Format, coding: Coding, data: bytes
) -> DumpFile:
    packed = coding.compress(data)
    (folder / path).write_bytes(packed)
    return DumpFile(path, part, row, coding, len(packed), hashlib.sha256(packed).hexdigest())


def _parts(table: Table) -> dict[str, Table]:
    """Return ``by-graph/…`` and ``by-kind/…`` → what belongs there."""
    parts = {
        f"by-graph/{str(name).rpartition('/')[2]}": table.of_graph(name) for name in table.graphs
    }
    return parts | {f"by-kind/{kind}": part for kind, part in table.by_kind().items()}
