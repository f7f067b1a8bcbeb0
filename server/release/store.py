"""Stores made from RDF files: those of `--data`, and the cache of a release's dumps.

A store is read-only once built. A release's store is made from `dumps/pacta.nq`, by whoever needs
it first: a temporary folder, then a rename. With `engine` the door to pyoxigraph.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

_SUFFIXES = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".turtle": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".ntriples": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".nquads": ox.RdfFormat.N_QUADS,
    ".trig": ox.RdfFormat.TRIG,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".xml": ox.RdfFormat.RDF_XML,
    ".owl": ox.RdfFormat.RDF_XML,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".json": ox.RdfFormat.JSON_LD,
    ".n3": ox.RdfFormat.N3,
}
_DATASETS = (ox.RdfFormat.N_QUADS, ox.RdfFormat.TRIG)
_SMALL_BYTES = 4 << 20
"""A smaller file is loaded by a transaction: each bulk load leaves several files in the store."""

_LINES = re.compile(r"at line (\d+) (?:between columns|column) (\d+)")


class DataError(Exception):
    """A data file that cannot be loaded.

    Attributes:
        path: The file.
        line: From 1; None where the parser does not say.
        column: From 1, or None.
        detail: What was wrong there.
    """

    def __init__(self, path: str, detail: str, line: int | None, column: int | None) -> None:
        place = f":{line}:{column}" if line is not None else ""
        super().__init__(f"{path}{place}: {detail}")
        self.path, self.detail, self.line, self.column = path, detail, line, column


@dataclass(frozen=True)
class DataFile:
    """A file to load: its path, and the graph its triples go to (None: the default graph)."""

    path: str
    graph: str | None = None


def load_files(files: Iterable[DataFile], folder: Path) -> None:
    """Make a store of RDF files, graphs exactly as given; an existing folder must be empty.

    Files that hold graphs themselves (N-Quads, TriG, JSON-LD) keep them; the graph given beside
    such a file takes its default graph. Relative IRIs resolve against the graph's IRI, else
    against the file's.

    Raises:
        DataError: A file cannot be read, has no known suffix, or does not parse.
    """
    store = ox.Store(str(folder))
    for item in files:
        path = Path(item.path)
        kind = _SUFFIXES.get(path.suffix.lower())
        if kind is None:
            known = " ".join(sorted(_SUFFIXES))
            raise DataError(item.path, f"unknown suffix; known are {known}", None, None)
        base = item.graph or path.resolve().as_uri()
        try:
            graph = None if item.graph is None else ox.NamedNode(item.graph)
        except ValueError as error:
            raise DataError(
                item.path, f"{item.graph!r} is no absolute IRI: {error}", None, None
            ) from None
        try:
            if kind in _DATASETS and graph is not None:
                _load_renamed(store, path, kind, base, graph)
            elif path.stat().st_size < _SMALL_BYTES:
                store.load(path=str(path), format=kind, base_iri=base, to_graph=graph)
            else:
                store.bulk_load(path=str(path), format=kind, base_iri=base, to_graph=graph)
            if graph is not None:
                store.add_graph(graph)
        except SyntaxError as error:
            detail = _LINES.sub("", error.msg.removeprefix("Parser error ")).strip(": ")
            raise DataError(item.path, detail, error.lineno, error.offset) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise DataError(item.path, reason, None, None) from None
    store.flush()


def _load_renamed(
    store: ox.Store, path: Path, kind: ox.RdfFormat, base: str, graph: ox.NamedNode
) -> None:
    """Load a file of quads, its default graph going to the one given."""
    quads = ox.parse(path=str(path), format=kind, base_iri=base, rename_blank_nodes=True)
    store.bulk_extend(
        ox.Quad(quad.subject, quad.predicate, quad.object, graph)
        if isinstance(quad.graph_name, ox.DefaultGraph)
        else quad
        for quad in quads
    )


def build_release_store(quads: Path, triples: Path | None, folder: Path) -> Path:
    """The store of a release, made now if it is not there yet.

    Where a triple stands in more than one graph (the two dumps differ in their number of lines),
    the union is loaded as the default graph, so that it holds each triple once. Blank nodes keep
    the labels of the dumps: one that stands in both is one node, in every store alike.

    Args:
        quads: `dumps/pacta.nq`.
        triples: `dumps/pacta.nt`, the union; None: never loaded.
        folder: Where the store belongs; its parent is made.

    Raises:
        DataError: A dump cannot be read.
    """
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".new-{os.getpid()}-", dir=folder.parent))
    except OSError as error:
        raise DataError(
            str(folder.parent),
            f"the cache of stores cannot be written: {error.strerror}; let the user that runs "
            "the server write there",
            None,
            None,
        ) from None
    try:
        store = ox.Store(str(new))
        store.bulk_extend(_read_dump(quads))
        if triples is not None and _count_lines(triples) != _count_lines(quads):
            store.bulk_extend(_read_dump(triples))
        store.flush()
        del store  # it holds a lock on the folder
        try:
            new.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    except OSError as error:
        raise DataError(str(folder), f"the store cannot be written: {error}", None, None) from error
    finally:
        shutil.rmtree(new, ignore_errors=True)
    return folder


def _read_dump(path: Path) -> Iterator[ox.Quad]:
    """The quads of a dump.

    Raises:
        DataError: It cannot be read.
    """
    try:
        yield from ox.parse(path=str(path))
    except SyntaxError as error:
        raise DataError(str(path), error.msg, error.lineno, error.offset) from None
    except OSError as error:
        raise DataError(str(path), error.strerror or str(error), None, None) from None


def _count_lines(path: Path) -> int:
    """Lines of a file."""
    with path.open("rb") as stream:
        return sum(piece.count(b"\n") for piece in iter(lambda: stream.read(1 << 20), b""))
