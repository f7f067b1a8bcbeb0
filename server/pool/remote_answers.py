"""Answers of a remote store → those that the embedded engine would give of the same data.

An answer is parsed as a whole and written again, so that a truncated answer, or something else, is
not passed on. Literals get the engine's lexical form of their value; graphs and blank nodes get the
names that they have in the release.
"""

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import IO, Any, Protocol, cast

import pyoxigraph as ox

from loader.release.pushed import pushed_name, skolem_prefix
from server.errors import QueryFailedError, RemoteAnswerError
from server.pool.engine import GRAPH_FORMATS, RESULT_FORMATS
from server.pool.output_guards import guard
from server.syntax.graph_names import HIDDEN

TABLE = "application/sparql-results+json"
TRIPLES = "application/n-triples"

_TABLE_TYPES = frozenset([TABLE, "application/json"])
_TRIPLE_TYPES = frozenset([TRIPLES, "text/plain"])
_XSD = "http://www.w3.org/2001/XMLSchema#"
_ASKED = "__ASK_RETVAL"
"""The variable of the table that Virtuoso gives for ASK: a row for true."""

_NODE_ID = b"nodeID://"
"""What Virtuoso writes before the label of a blank node, which no label may have."""


class Input(Protocol):
    """The body of an answer."""

    def read(self, size: int = -1) -> bytes:
        """Up to so many bytes; none at the end of a whole body. Raises where it is cut."""


class _WithoutNodeIds:
    """A body from which `nodeID://` is removed, in literals too, where it is rare."""

    def __init__(self, body: Input) -> None:
        self._body, self._held = body, b""

    def read(self, size: int = -1) -> bytes:
        data = self._body.read(size)
        joined = self._held + data
        keep = len(_MARK) - 1 if data else 0
        done = joined.replace(_MARK, _PLAIN)
        cut = max(0, len(done) - keep)
        self._held, ready = done[cut:], done[:cut]
        return ready if ready or not data else self.read(size)


_MARK = b'"bnode", "value": "' + _NODE_ID
_PLAIN = b'"bnode", "value": "'


def is_table(format_name: str) -> bool:
    """Whether a format of `server.http.formats` carries rows or a boolean."""
    return format_name in RESULT_FORMATS


def write_answer(
    body: Input,
    media_type: str,
    format_name: str,
    table: bool,
    restore: Callable[[Any], Any],
    output: IO[bytes],
) -> None:
    """Write an answer in one of the server's formats.

    Args:
        body: The bytes of the answer.
        media_type: The media type in its header, without parameters.
        format_name: The name of a row of `server.http.formats`.
        table: Whether the query is a SELECT.
        restore: Term → the term of the release.
        output: Gets the bytes.

    Raises:
        RemoteAnswerError: It is no whole answer, or none to this query.
        QueryFailedError: The format cannot express it.
    """
    known = _TABLE_TYPES if format_name in RESULT_FORMATS else _TRIPLE_TYPES
    if media_type not in known:
        raise RemoteAnswerError(f"the store answered {media_type[:80] or 'without a type'}")
    try:
        if format_name in GRAPH_FORMATS:
            triples = (
                _restore_triple(quad, restore)
                for quad in ox.parse(
                    cast(IO[bytes], body), ox.RdfFormat.N_TRIPLES, rename_blank_nodes=False
                )
            )
            ox.serialize(triples, guard(output, format_name), format=GRAPH_FORMATS[format_name])
            return
        results = ox.parse_query_results(
            cast(IO[bytes], _WithoutNodeIds(body)), ox.QueryResultsFormat.JSON
        )
        rows = _Rows(_write_json(results, table, restore))
        again = ox.parse_query_results(cast(IO[bytes], rows), ox.QueryResultsFormat.JSON)
        again.serialize(guard(output, format_name), RESULT_FORMATS[format_name])
    except SyntaxError as error:
        raise RemoteAnswerError(f"the answer of the store breaks off or is odd: {error}") from None
    except ValueError as error:
        raise RemoteAnswerError(f"the answer of the store is odd: {error}") from None
    except RuntimeError as error:
        raise QueryFailedError(str(error)) from None


class _Rows:
    """Pieces of bytes as a readable file."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._held = pieces, b""

    def read(self, size: int = -1) -> bytes:
        while len(self._held) < size or size < 0:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._held += piece
        end = len(self._held) if size < 0 else size
        data, self._held = self._held[:end], self._held[end:]
        return data


def _write_json(results: Any, table: bool, restore: Callable[[Any], Any]) -> Iterator[bytes]:
    """Results as SPARQL JSON, restored."""
    if isinstance(results, ox.QueryBoolean):
        if table:
            raise RemoteAnswerError("the store answered yes or no to a SELECT")
        yield json.dumps({"head": {}, "boolean": bool(results)}).encode()
        return
    names = [variable.value for variable in results.variables]
    if not table:
        if names != [_ASKED]:
            raise RemoteAnswerError("the store answered a table to an ASK")
        yield json.dumps({"head": {}, "boolean": next(results, None) is not None}).encode()
        return
    shown = [(at, name) for at, name in enumerate(names) if not name.startswith(HIDDEN)]
    head = json.dumps({"vars": [name for _, name in shown]})
    yield f'{{"head":{head},"results":{{"bindings":['.encode()
    mark = ""
    for row in results:
        cells = {
            name: _describe(restore(term)) for at, name in shown if (term := row[at]) is not None
        }
        yield (mark + json.dumps(cells, ensure_ascii=False, separators=(",", ":"))).encode()
        mark = ","
    yield b"]}}"


def _describe(term: Any) -> dict[str, Any]:
    """A term in the form of SPARQL JSON."""
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = ("subject", "predicate", "object")
        return {
            "type": "triple",
            "value": {part: _describe(getattr(term, part)) for part in parts},
        }
    found = {"type": "literal", "value": term.value}
    if term.language:
        found["xml:lang"] = term.language
        if term.direction is not None:
            found["its:dir"] = str(term.direction)
    elif term.datatype.value != f"{_XSD}string":
        found["datatype"] = term.datatype.value
    return found


def _restore_triple(quad: Any, restore: Callable[[Any], Any]) -> ox.Triple:
    return ox.Triple(restore(quad.subject), quad.predicate, restore(quad.object))


def make_restorer(base: str, release: str) -> Callable[[Any], Any]:
    """Term of a store → the term of the release: graph, blank node, form of a literal."""
    suffix = pushed_name("", release)
    genid = skolem_prefix(base)
    scratch = ox.Store()
    place = ox.NamedNode("urn:x-pacta:place")

    @lru_cache(maxsize=1 << 14)
    def restore(term: Any) -> Any:
        if isinstance(term, ox.NamedNode):
            value = term.value
            if value.startswith(genid):
                return ox.BlankNode(value.removeprefix(genid))
            if value.startswith(base) and value.endswith(suffix):
                return ox.NamedNode(value.removesuffix(suffix))
            return term
        if isinstance(term, ox.Literal) and term.datatype.value.startswith(_XSD):
            quad = ox.Quad(place, place, term)
            scratch.add(quad)
            stored = next(scratch.quads_for_pattern(place, place, None)).object
            scratch.clear()
            return stored
        return term

    return restore
