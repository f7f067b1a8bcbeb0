"""A JSON-LD document → its quads, by the engine's reader, with its contexts from files.

JSON-LD 1.1 leaves out in silence what has no IRI or an impossible language (API, section 8.2); here
each is told.
"""

import json
import mmap
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import pyoxigraph as ox

from server.reading.contexts import (
    ContextError,
    ContextSources,
    MissingContextsError,
    inline_contexts,
    refers_outside,
)
from server.reading.faults import MAX_TOKEN_BYTES, NOT_UTF8, TOO_LONG, Fault, explain_engine
from server.reading.streams import skip_mark

_OUTSIDE = re.compile(rb'"@(?:context"\s*:\s*["\[]|import")')
_PART = (
    rb'(?:[^"\\\x00-\x20<>{}|^`]|\\[/u])*'
    rb'(?:[\x00-\x20<>{}|^`]|\\[^/u]|\\u00[01])(?:[^"\\]|\\.)*'
)
"""The inside of a JSON string with a character that no IRI has, as itself or escaped."""

_DROPPED = re.compile(
    rb'"(?:@id|@type|%(alias)s)"\s*:\s*"(?P<iri>%(part)s)"'
    rb'|"(?P<key>(?=(?:https?|urn):)%(part)s)"\s*:'
    rb'|"@language"\s*:\s*"(?P<tag>(?![A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")[^"]+)"'
    % {b"alias": b"id", b"part": _PART}
)
_ALIAS = re.compile(rb'"id"\s*:\s*"@id"')


def read_jsonld(
    text: IO[bytes],
    path: Path,
    base: str,
    sources: ContextSources,
    note: Callable[[Fault], None],
    note_dropped: Callable[[Fault], None],
) -> Iterator[ox.Quad]:
    """The quads of a document; its graphs are kept.

    Args:
        text: The document, at its beginning; a file.
        path: Where it lies: references to contexts resolve against it.
        base: What all other references resolve against.
        sources: Where contexts come from.
        note: Gets each fault for which the document cannot be read.
        note_dropped: Gets each thing that JSON-LD leaves out.
    """
    source: IO[bytes] | bytes = text
    try:
        if _may_refer_outside(text):
            document = json.loads(text.read().decode("utf-8"))
            skip_mark(text)
            if refers_outside(document):
                own = path.resolve().as_uri()
                source = json.dumps(inline_contexts(document, own, sources.load)).encode()
            del document
        yield from ox.parse(source, ox.RdfFormat.JSON_LD, base_iri=base, rename_blank_nodes=True)
        _find_dropped(text if source is text else source, note_dropped)
    except json.JSONDecodeError as error:
        note(Fault(error.lineno, error.colno, f"no JSON: {error.msg}"))
    except UnicodeDecodeError as error:
        note(Fault(None, None, f"byte {error.start + 1} is {NOT_UTF8}"))
    except RecursionError:
        note(Fault(None, None, "the JSON nests too deeply"))
    except MissingContextsError as error:
        for reason in error.reasons:
            note(Fault(None, None, reason))
    except ContextError as error:
        note(Fault(None, None, str(error)))
    except SyntaxError as error:
        detail = explain_engine(error.msg)
        if source is not text:
            note(Fault(None, None, detail))  # places would be those of the document made here
        else:
            note(Fault(error.lineno, error.offset, detail, error.end_lineno, error.end_offset))
    except MemoryError:
        note(_find_long_string(text))


def _may_refer_outside(text: IO[bytes]) -> bool:
    """Whether a context may stand there by address; most large documents hold their own."""
    return _OUTSIDE.search(_map(text)) is not None


def _map(text: IO[bytes]) -> mmap.mmap:
    return mmap.mmap(text.fileno(), 0, access=mmap.ACCESS_READ)


def _find_dropped(source: IO[bytes] | bytes, note: Callable[[Fault], None]) -> None:
    """Tell what the document says without effect; with its place where it was read as it stands."""
    data = source if isinstance(source, bytes) else _map(source)
    has_alias = _ALIAS.search(data) is not None
    line, after = 1, 0
    for found in _DROPPED.finditer(data):
        if not has_alias and found[0].startswith(b'"id"'):
            continue
        name = str(found.lastgroup)
        words = found[name].decode("utf-8", "replace")
        what = "no language tag" if name == "tag" else "no IRI"
        detail = f"{words!r} is {what}: JSON-LD leaves out what has it"
        if isinstance(source, bytes):
            note(Fault(None, None, detail, skippable=True))
            continue
        line += data[after : found.start(name)].count(b"\n")
        after = found.start(name)
        begin = data.rfind(b"\n", 0, after) + 1
        column = len(data[begin:after].decode("utf-8", "replace")) + 1
        note(Fault(line, column, detail, skippable=True))


def _find_long_string(text: IO[bytes]) -> Fault:
    """The place of the first token that is too long."""
    text.seek(0)
    data = text.read()
    found = re.search(rb'"(?:[^"\\]|\\.){%d,}' % (MAX_TOKEN_BYTES // 2), data)
    if found is None:
        return Fault(None, None, TOO_LONG)
    before = data[: found.start()]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    return Fault(line, column, TOO_LONG)
