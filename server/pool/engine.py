"""Opens stores, runs queries and writes terms with pyoxigraph.

No exception of the engine leaves this module. SPARQL runs only in a worker process
(`server.pool.worker`); the process that answers HTTP uses `Reader` (triple patterns), `parse_rdf`
and `write_rdf`. `server.release.store` and `server.reading.reader` make the stores.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import pyoxigraph as ox

from server.errors import (
    BadQueryError,
    BadRequestError,
    QueryFailedError,
    ServerError,
    UnavailableError,
)
from server.pool.output_guards import guard

VERSION = ox.__version__
"""The engine's version: part of every ETag, because another version may write other bytes."""

RESULT_FORMATS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
"""Name of a row of `server.http.formats` → the engine's format for rows, or for a yes or no."""

GRAPH_FORMATS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
    "trig": ox.RdfFormat.TRIG,
    "nquads": ox.RdfFormat.N_QUADS,
}
"""Name of a row of `server.http.formats` → the engine's format for statements."""

NOWHERE = "urn:pacta:nowhere"
"""A name that no store has."""

_UNKNOWN_FUNCTION = re.compile(r"The custom function <(.*)> is not supported")
_UNWRITABLE = re.compile(r"reserved syntax term|does not support RDF 1\.2")
"""What the engine says of an answer that the format cannot express."""

_RULES = (
    (r"Duplicated variable name", "a variable stands twice in SELECT"),
    (r"IRI parsing failed", "an IRI cannot be read"),
    (r"'t' \| 'b'", "a string has an unknown escape; a backslash itself is written twice"),
    (r"SELECT \* is not auth", "SELECT * cannot stand with GROUP BY or an aggregate"),
    (r"that is unbound", "beside GROUP BY or an aggregate, SELECT may use only what is grouped"),
    (r"SELECT overrides", "SELECT assigns a variable that is in use: choose another name"),
    (
        r"expected (?:\[_\]|<unreported>|one of )",
        "it keeps the grammar and breaks another rule: a variable may be assigned once, and only "
        "one that is not in use; a blank node label belongs to one group",
    ),
)
"""What the engine's parser says about a query that the grammar accepts → what that means."""

_PLACE = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_MOST_DETAIL = 200


@dataclass(frozen=True)
class StoreSpec:
    """What a worker needs to open a store.

    Attributes:
        path: The store's folder.
        id: Identifies the data in cache keys and ETags; different data never share an id.
        base: The base IRI of queries.
        union: Whether the default graph holds the union of the named graphs, each triple once.
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
        """The quads that match, as the engine's terms, in no certain order.

        Args:
            subject: An IRI as text, or a term got from here; None: any.
            predicate: The same.
            object: The same.
            graph: The graph's IRI; None: any named graph; empty: the default graph.

        Raises:
            UnavailableError: The store cannot be read.
        """
        try:
            found = self._store.quads_for_pattern(
                _read_key(subject),
                _read_key(predicate),
                _read_key(object),
                ox.DefaultGraph() if graph == "" else _read_key(graph),
            )
            for quad in found:
                if graph is not None or not isinstance(quad.graph_name, ox.DefaultGraph):
                    yield quad
        except OSError as error:
            raise UnavailableError(f"the store cannot be read: {error}") from error

    def mentions(self, iri: str) -> bool:
        """Whether an IRI is the subject or object of a quad in any graph, the default one included.

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


class QueryRunner:
    """Runs queries on one store; only in a worker process, and all in one thread."""

    def __init__(self, path: str, base: str) -> None:
        self._store = _open(path)
        self._base = base or None
        self._merged: tuple[Any, ox.Store] | None = None

    def touch(self, number: int) -> None:
        """Look up an unknown name in every index, so that the engine opens its table files.

        Args:
            number: Varies the name, and with it the place in the index.
        """
        name = ox.NamedNode(f"{NOWHERE}:{number}")
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
        next(self._store.named_graphs(), None)

    def run(
        self,
        query: str,
        dataset: Dataset | None,
        format_name: str,
        output: IO[bytes],
    ) -> None:
        """Run a query and write the whole answer.

        Args:
            query: The text of the query.
            dataset: The request's dataset, which replaces the query's; None: the query's or
                store's.
            format_name: The name of a row of `server.http.formats`.
            output: Gets the bytes, in pieces of about 8 KiB.

        Raises:
            BadQueryError: It does not parse; line and column as the engine says.
            BadRequestError: The format cannot carry the answer, or a graph's name is no IRI.
            QueryFailedError: It parses and cannot be evaluated, or called an unknown function.
            UnavailableError: The store cannot be read.
        """
        missed: set[str] = set()
        store, arguments = self._store, dict[str, Any]()
        try:
            if dataset is not None:
                store, arguments = self._open_dataset(dataset)
            result = self._plan(store, query, missed, arguments)
            if isinstance(result, ox.QueryTriples):
                if format_name not in GRAPH_FORMATS:
                    raise BadRequestError(f"{format_name} cannot carry the triples of this query")
                result.serialize(guard(output, format_name), GRAPH_FORMATS[format_name])
            else:
                if format_name not in RESULT_FORMATS:
                    raise BadRequestError(f"{format_name} cannot carry the answer of this query")
                result.serialize(guard(output, format_name), RESULT_FORMATS[format_name])
        except SyntaxError as error:
            raise _describe_syntax(str(error)) from None
        except ValueError as error:
            raise BadRequestError(str(error)) from None
        except OSError as error:
            if _UNWRITABLE.search(str(error)):
                raise QueryFailedError(f"{error}; take another format") from None
            raise UnavailableError(f"the query stopped while reading the store: {error}") from error
        except RuntimeError as error:
            raise QueryFailedError(str(error)) from None
        if missed:
            raise QueryFailedError(
                f"the function <{min(missed)}> is not known here: check its prefix and its spelling"
            )

    def _open_dataset(self, dataset: Dataset) -> tuple[ox.Store, dict[str, Any]]:
        """Return a store that holds the dataset, and the engine's arguments that select it there.

        Several default graphs are merged: a triple that stands in two of them is one triple
        (SPARQL 1.1 Query, section 13.2.1). The engine would count it twice, so they are copied
        into memory, where a graph holds a triple once; the copy is kept for the next query.
        """
        default = _read_names(sorted(set(dataset.default_graphs)))
        named = _read_names(sorted(set(dataset.named_graphs)))
        if len(default) < 2:
            return self._store, {"default_graph": default, "named_graphs": named}
        key = (tuple(default), tuple(named))
        if self._merged is None or self._merged[0] != key:
            self._merged = None  # its memory is needed now
            self._merged = key, self._merge(default, named)
        return self._merged[1], {"default_graph": [ox.DefaultGraph()], "named_graphs": named}

    def _merge(self, default: list[ox.NamedNode], named: list[ox.NamedNode]) -> ox.Store:
        """A store in memory whose default graph is the merge of some graphs; others as they are."""
        merged = ox.Store()
        merged.bulk_extend(
            ox.Quad(quad.subject, quad.predicate, quad.object)
            for graph in default
            for quad in self._store.quads_for_pattern(None, None, None, graph)
        )
        merged.bulk_extend(
            quad
            for graph in named
            for quad in self._store.quads_for_pattern(None, None, None, graph)
        )
        for graph in named:
            merged.add_graph(graph)
        return merged

    def _plan(
        self, store: ox.Store, query: str, missed: set[str], arguments: dict[str, Any]
    ) -> Any:
        """Return the engine's answer, not yet read; the query may name unknown functions.

        The engine refuses a query that names an unknown function, even if the answer never needs
        it. Here the query runs, and calls that really happen are recorded.

        Args:
            store: The store to query.
            query: The text of the query.
            missed: Gets the IRIs of the unknown functions that are called while the answer is read.
            arguments: Further arguments of the engine's `query`.
        """
        lacking: dict[ox.NamedNode, Callable[..., Any]] = {}
        while True:
            try:
                return store.query(
                    query, base_iri=self._base, custom_functions=lacking, **arguments
                )
            except RuntimeError as error:
                found = _UNKNOWN_FUNCTION.fullmatch(str(error))
                if found is None:
                    raise
                lacking[ox.NamedNode(found[1])] = _note_call(found[1], missed)


def _note_call(name: str, missed: set[str]) -> Callable[..., None]:
    """Record the name of a function when it is called and return no value, an error in SPARQL."""

    def call(*_: Any) -> None:
        missed.add(name)

    return call


def _read_names(names: Sequence[str]) -> list[ox.NamedNode]:
    """IRIs as terms."""
    try:
        return [ox.NamedNode(name) for name in names]
    except ValueError as error:
        raise BadRequestError(f"a graph of the dataset has no absolute IRI: {error}") from None


def _describe_syntax(message: str) -> BadQueryError:
    """The engine's message about a query's syntax, without its position."""
    found = _PLACE.fullmatch(message)
    if found is None:
        return BadQueryError(message)
    line, column, what = int(found[1]), int(found[2]), found[3]
    what = next((rule for said, rule in _RULES if re.search(said, what)), what)
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


def resolve_names(prologue: str, names: tuple[str, ...], base: str) -> tuple[str, ...] | None:
    """Names as a query writes them → absolute IRIs; None if one cannot be resolved.

    The engine resolves them, because the prologue of a query is also a prologue in Turtle.

    Args:
        prologue: The text before the query's form: BASE, PREFIX.
        names: IRIs in their brackets and prefixed names.
        base: What the query's own BASE is relative to.
    """
    document = [prologue, *(f"<urn:from> <urn:from> {name} ." for name in names)]
    try:
        quads = parse_rdf("\n".join(document).encode(), "text/turtle", base)
    except ServerError:
        return None
    return tuple(quad.object.value for quad in quads)


def write_rdf(ntriples: str, format_name: str, prefixes: Mapping[str, str]) -> bytes:
    """A few triples, given as N-Triples, in any format of `GRAPH_FORMATS`; the order is kept."""
    parsed = ox.parse(ntriples.encode(), ox.RdfFormat.N_TRIPLES)
    triples = [ox.Triple(quad.subject, quad.predicate, quad.object) for quad in parsed]
    written = ox.serialize(triples, format=GRAPH_FORMATS[format_name], prefixes=dict(prefixes))
    return written or b""
