"""The one door to pyoxigraph in the server: stores opened and built, queries run, terms written.

No exception of the engine leaves this module. SPARQL runs only in a worker process (`workers`);
the process that answers HTTP uses `Reader` (triple patterns), `parse_rdf` and `write_rdf`.

A store is read-only once built. A release's store is a cache made from `dumps/pacta.nq`, by
whoever needs it first: a temporary folder, then a rename.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import pyoxigraph as ox

from server.errors import (
    BadQueryError,
    BadRequestError,
    QueryFailedError,
    ServerError,
    UnavailableError,
)

VERSION = ox.__version__
"""The engine's version: part of every ETag, for another version may write other bytes."""

_RESULTS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
_GRAPHS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
    "trig": ox.RdfFormat.TRIG,
    "nquads": ox.RdfFormat.N_QUADS,
}
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

_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_MOST_DETAIL = 200
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
class StoreSpec:
    """What a worker needs to open a store.

    Attributes:
        path: The store's folder.
        id: Names the data in cache keys and ETags: two different data never share it.
        base: The base IRI of queries.
        union: The default graph is the union of all graphs, where no dataset is named.
    """

    path: str
    id: str
    base: str
    union: bool


@dataclass(frozen=True)
class Dataset:
    """The dataset a request names; None: the store's own. Both lists empty is an empty dataset."""

    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]


class Reader:
    """A store opened read-only in this process, for triple patterns only; safe between threads."""

    def __init__(self, path: str) -> None:
        self._store = _open(path)

    def quads_for_pattern(
        self,
        subject: Any = None,
        predicate: Any = None,
        object: Any = None,  # noqa: A002
        graph: str | None = None,
    ) -> Iterator[Any]:
        """The quads of the named graphs that match, as the engine's terms, in no certain order.

        Args:
            subject: An IRI as text, or a term got from here; None: any.
            predicate: The same.
            object: The same.
            graph: The graph's IRI; None: any named graph.

        Raises:
            UnavailableError: The store cannot be read.
        """
        try:
            found = self._store.quads_for_pattern(
                _read_key(subject),
                _read_key(predicate),
                _read_key(object),
                None if graph is None else ox.NamedNode(graph),
            )
            for quad in found:
                if not isinstance(quad.graph_name, ox.DefaultGraph):
                    yield quad
        except OSError as error:
            raise UnavailableError(f"the store cannot be read: {error}") from error

    def mentions(self, iri: str) -> bool:
        """Whether any graph, the default one too, holds a quad that begins or ends with an IRI.

        Raises:
            ValueError: It is no IRI.
            UnavailableError: The store cannot be read.
        """
        term = ox.NamedNode(iri)
        try:
            found = self._store.quads_for_pattern(term, None, None)
            if next(found, None) is None:
                found = self._store.quads_for_pattern(None, None, term)
                return next(found, None) is not None
        except OSError as error:
            raise UnavailableError(f"the store cannot be read: {error}") from error
        return True

    def list_graphs(self) -> list[str]:
        """The IRIs of the named graphs, sorted."""
        return sorted(
            graph.value for graph in self._store.named_graphs() if isinstance(graph, ox.NamedNode)
        )


def _read_key(key: Any) -> Any:
    """A place of a pattern: an IRI given as text becomes a term, the rest stays."""
    return ox.NamedNode(key) if isinstance(key, str) else key


def _open(path: str) -> ox.Store:
    """Open a store read-only."""
    try:
        return ox.Store.read_only(path)
    except OSError as error:
        raise UnavailableError(f"the store at {path} cannot be opened: {error}") from error


class _WellFormed:
    """Passes RDF/XML on, and stops where a property has no XML name.

    The engine then writes an element with an empty name, which no reader can read; inside a text
    or an attribute these bytes cannot stand.
    """

    _BROKEN = (b"<oxprefix: ", b"<oxprefix:>")

    def __init__(self, output: IO[bytes]) -> None:
        self._output, self._rest = output, b""

    def write(self, data: bytes) -> int:
        """Take a piece."""
        joined = self._rest + data
        if any(mark in joined for mark in self._BROKEN):
            raise RuntimeError("RDF/XML has no name for a property of this answer; take Turtle")
        self._rest = joined[-10:]
        return self._output.write(data)

    def flush(self) -> None:
        """Nothing is held back."""


class QueryRunner:
    """Runs queries on one store; only in a worker process, and all in one thread."""

    def __init__(self, path: str, base: str, union: bool) -> None:
        self._store = _open(path)
        self._base = base or None
        self._union = (
            union
            and next(self._store.quads_for_pattern(None, None, None, ox.DefaultGraph()), None)
            is None
        )

    def touch(self, number: int) -> None:
        """Look up a name that is nowhere, in every index: the engine opens the files it would need.

        Args:
            number: Names differ by it, and so do the places looked at.
        """
        name = ox.NamedNode(f"urn:pacta:nowhere:{number}")
        default = ox.DefaultGraph()
        look = self._store.quads_for_pattern
        for subject, predicate, value, graph in (
            (None, None, None, None),
            (name, None, None, None),
            (None, name, None, None),
            (None, None, name, None),
            (None, None, None, name),
            (name, None, None, name),
            (None, name, None, name),
            (None, None, name, name),
            (name, None, None, default),
            (None, name, None, default),
            (None, None, name, default),
        ):
            next(look(subject, predicate, value, graph), None)

    def run(
        self,
        query: str,
        dataset: Dataset | None,
        own_dataset: bool,
        format_name: str,
        output: IO[bytes],
    ) -> None:
        """Run a query and write the whole answer.

        Args:
            query: The text.
            dataset: The request's dataset; it replaces the query's. None: the query's or store's.
            own_dataset: The query says FROM.
            format_name: The name of a row of `formats`.
            output: What the bytes go to, in pieces of about 8 KiB.

        Raises:
            BadQueryError: It does not parse; line and column as the engine says.
            BadRequestError: The format cannot carry the answer, or a graph's name is no IRI.
            QueryFailedError: It parses and cannot be evaluated.
            UnavailableError: The store cannot be read.
        """
        arguments: dict[str, Any] = {}
        if dataset is not None:
            arguments["default_graph"] = _read_names(dataset.default_graphs)
            arguments["named_graphs"] = _read_names(dataset.named_graphs)
        elif self._union and not own_dataset:
            arguments["use_default_graph_as_union"] = True
        try:
            result = self._store.query(query, base_iri=self._base, **arguments)
            if isinstance(result, ox.QueryTriples):
                if format_name not in _GRAPHS:
                    raise BadRequestError(f"{format_name} cannot carry the triples of this query")
                guarded = _WellFormed(output) if format_name == "rdfxml" else output
                result.serialize(cast(IO[bytes], guarded), _GRAPHS[format_name])
            else:
                if format_name not in _RESULTS:
                    raise BadRequestError(f"{format_name} cannot carry the answer of this query")
                result.serialize(output, _RESULTS[format_name])
        except SyntaxError as error:
            raise _describe_syntax(str(error)) from None
        except ValueError as error:
            raise BadRequestError(str(error)) from None
        except OSError as error:
            raise UnavailableError(f"the query stopped while reading the store: {error}") from error
        except RuntimeError as error:
            raise QueryFailedError(str(error)) from None


def _read_names(names: Sequence[str]) -> list[ox.NamedNode]:
    """IRIs as terms."""
    try:
        return [ox.NamedNode(name) for name in names]
    except ValueError as error:
        raise BadRequestError(f"a graph of the dataset has no absolute IRI: {error}") from None


def _describe_syntax(message: str) -> BadQueryError:
    """The engine's message about a query's syntax, with its place taken out."""
    found = _PLACE.fullmatch(message)
    if found is None:
        return BadQueryError(message)
    line, column, what = int(found[1]), int(found[2]), found[3]
    if len(what) > _MOST_DETAIL:
        what = what[:_MOST_DETAIL] + " …"
    return BadQueryError(f"line {line}, column {column}: {what}", line, column)


def parse_rdf(data: bytes, media_type: str, base: str) -> list[Any]:
    """The quads of a document, as the engine's terms, in its order.

    Raises:
        ServerError: The media type is unknown, or the document does not parse.
    """
    kind = ox.RdfFormat.from_media_type(media_type)
    if kind is None:
        raise ServerError(f"no parser for {media_type}")
    try:
        return list(ox.parse(data, kind, base_iri=base))
    except SyntaxError as error:
        raise ServerError(f"a document of type {media_type} does not parse: {error}") from error


def write_rdf(ntriples: str, format_name: str, prefixes: dict[str, str]) -> bytes:
    """A few triples, given as N-Triples, in any RDF format of `formats`; order kept."""
    parsed = ox.parse(ntriples.encode(), ox.RdfFormat.N_TRIPLES)
    triples = [ox.Triple(quad.subject, quad.predicate, quad.object) for quad in parsed]
    written = ox.serialize(triples, format=_GRAPHS[format_name], prefixes=prefixes)
    return written or b""


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
    quads = ox.parse(path=str(path), format=kind, base_iri=base)
    store.bulk_extend(
        ox.Quad(quad.subject, quad.predicate, quad.object, graph)
        if isinstance(quad.graph_name, ox.DefaultGraph)
        else quad
        for quad in quads
    )


def build_release_store(quads: Path, triples: Path | None, folder: Path) -> Path:
    """The store of a release, made now if it is not there yet.

    Where a triple stands in more than one graph (the two dumps differ in their number of lines),
    the union is loaded as the default graph, so that it holds each triple once.

    Args:
        quads: `dumps/pacta.nq`.
        triples: `dumps/pacta.nt`, the union; None: never loaded.
        folder: Where the store belongs; its parent is made.

    Raises:
        DataError: A dump cannot be read.
    """
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".new-{os.getpid()}-", dir=folder.parent))
    try:
        files = [DataFile(str(quads))]
        if triples is not None and _count_lines(triples) != _count_lines(quads):
            files.append(DataFile(str(triples)))
        load_files(files, new)
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


def _count_lines(path: Path) -> int:
    """Lines of a file."""
    with path.open("rb") as stream:
        return sum(piece.count(b"\n") for piece in iter(lambda: stream.read(1 << 20), b""))
