"""Stores made from RDF files: those of `--data`, and the cache of a release's dumps.

A store is read-only once built. A release's store is built from `dumps/pacta.nq` on first use: in a
temporary folder, then renamed. In the server, only this module, `server.pool` and `server.reading`
import pyoxigraph.
"""

import ctypes
import os
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import pyoxigraph as ox

from server.reading.faults import DataError, Fault, FilesError
from server.reading.reader import DataFile, FileReport, ReadingOptions, read_file

TELL_EVERY = 100_000
"""Statements between two calls of `tell`."""


def load_files(
    files: Sequence[DataFile],
    folder: Path,
    options: ReadingOptions | None = None,
    *,
    union: bool = False,
    tell: Callable[[int], None] | None = None,
) -> list[FileReport]:
    """Make a store of RDF files, graphs exactly as given; an existing folder must be empty.

    Args:
        files: In the order in which they are read; see `reading.reader.read_file`.
        folder: The store's.
        options: How files are read; None: nothing left out, no contexts at hand.
        union: The default graph holds what the named graphs hold, too, each triple once; the
            engine's own union would count a triple for each of its graphs.
        tell: Called from time to time with the number of statements read so far.

    Returns:
        What each file gave, in the same order.

    Raises:
        FilesError: One or more files cannot be read, have no known format, or do not parse.
    """
    store = ox.Store(str(folder))
    reports = [FileReport(item.path) for item in files]
    errors: list[DataError] = []

    def read_all() -> Iterator[ox.Quad]:
        for number, (item, report) in enumerate(zip(files, reports, strict=True)):
            quads = read_file(item, number, options or ReadingOptions(), folder.parent, report)
            try:
                if errors:  # nothing will be served; the rest is read for its faults
                    deque(quads, maxlen=0)
                else:
                    yield from quads
            except DataError as error:
                errors.append(error)

    try:
        quads = read_all() if tell is None else _tell_count(read_all(), tell)
        store.bulk_extend(_add_union(quads) if union else quads)
    except OSError as error:
        raise DataError.of(str(folder), f"the store cannot be written: {error}") from None
    if errors:
        raise FilesError(errors)
    for item in files:
        if item.graph is not None:
            store.add_graph(ox.NamedNode(item.graph))
    _finish(store)
    del store
    _return_memory()
    return reports


def _finish(store: ox.Store) -> None:
    """Write all of a store that was loaded, each of its indexes in one run.

    The engine loads a million statements at a time, and each time leaves a file of its own for
    each index; a query would look into all of them.
    """
    store.flush()
    store.optimize()


def _return_memory() -> None:
    """Return to the system what loading took: up to 2 GiB, which glibc would keep."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _tell_count(quads: Iterable[ox.Quad], tell: Callable[[int], None]) -> Iterator[ox.Quad]:
    """The same quads; tells how many they are, from time to time and at the end."""
    number = 0
    for number, quad in enumerate(quads, 1):
        if number % TELL_EVERY == 0:
            tell(number)
        yield quad
    tell(number)


def _add_union(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    """Each quad, and that of a named graph in the default graph besides."""
    for quad in quads:
        yield quad
        if not isinstance(quad.graph_name, ox.DefaultGraph):
            yield ox.Quad(quad.subject, quad.predicate, quad.object)


def build_release_store(
    quads: Path,
    folder: Path,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Path:
    """The store of a release, made now if it is not there yet.

    The default graph holds the union of the named graphs, each triple once. Blank nodes keep the
    labels of the dump.

    Args:
        quads: `dumps/pacta.nq`.
        folder: Where the store belongs; its parent is made.
        tell: Called from time to time with the number of statements read so far, and of all; not
            where the store is there.

    Raises:
        DataError: A dump cannot be read.
    """
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".new-{os.getpid()}-", dir=folder.parent))
    except OSError as error:
        raise DataError.of(
            str(folder.parent),
            f"the cache of stores cannot be written: {error.strerror}; let the user that runs "
            "the server write there",
        ) from None
    try:
        store = ox.Store(str(new))
        total = _count_lines(quads)
        read = _tell_count(_read_dump(quads), lambda done: tell(done, total))
        store.bulk_extend(_add_union(read))
        _finish(store)
        del store  # it holds a lock on the folder
        _return_memory()
        try:
            new.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise
    except OSError as error:
        raise DataError.of(str(folder), f"the store cannot be written: {error}") from error
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
        raise DataError(str(path), [Fault(error.lineno, error.offset, error.msg)]) from None
    except OSError as error:
        raise DataError.of(str(path), error.strerror or str(error)) from None


def _count_lines(path: Path) -> int:
    """Lines of a file."""
    with path.open("rb") as stream:
        return sum(piece.count(b"\n") for piece in iter(lambda: stream.read(1 << 20), b""))
