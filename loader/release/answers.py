"""Checks that a remote endpoint's response is the answer to the query (pure).

A status of 200 says little: login pages, error pages and answers that were cut off carry it, too.
"""

from __future__ import annotations

import json
import re
from email.message import Message
from typing import Any, Final
from xml.parsers import expat

_JSON: Final = "application/sparql-results+json"
_XML: Final = "application/sparql-results+xml"
_SAME: Final = {
    _JSON: ("application/json", "text/json", "application/x-sparql-results+json"),
    _XML: ("application/xml", "text/xml"),
    "text/csv": ("application/csv",),
    "text/tab-separated-values": ("text/tsv",),
    "text/turtle": ("application/x-turtle", "application/turtle", "text/n3", "text/rdf+n3"),
    "application/n-triples": ("text/plain", "text/ntriples"),
    "application/ld+json": ("application/json",),
    "application/rdf+xml": ("application/xml", "text/xml"),
}
"""Media type → others under which endpoints send the same."""

_PAGE: Final = re.compile(
    rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)


class AnswerError(ValueError):
    """Not what was asked for; the message says what it is."""


def check_answer(body: bytes, content_type: str, accept: str) -> None:
    """Refuse an answer of another kind, or one that is cut off.

    Args:
        body: the answer.
        content_type: the header's value; empty where there was none.
        accept: what was asked for, as in ``Accept``.

    Raises:
        AnswerError: it is a page, of another media type, or not well-formed.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml") or _PAGE.match(body):
        raise AnswerError(
            f"answered a page ({kind or 'HTML'}), not a result: it may ask to sign in, or be the "
            "address of a form"
        )
    asked = [each.partition(";")[0].strip() for each in accept.split(",")]
    found = next((each for each in asked if not kind or kind in (each, *_SAME.get(each, ()))), None)
    if found is None:
        raise AnswerError(f"answered {kind}, and {asked[0]} was asked for")
    if found == _JSON:
        _check_results(_read_json(body))
    elif found == "application/ld+json":
        _read_json(body)
    elif found in (_XML, "application/rdf+xml"):
        _check_xml(body)


def find_notice(headers: Message) -> str:
    """Return what a store says in its headers of an answer that it cut; empty: nothing.

    Virtuoso names its state where a time limit stopped a query, with status 200.
    """
    if state := headers.get("X-SQL-State"):
        return str(headers.get("X-SQL-Message") or state).partition("Activity:")[0].strip()
    return ""


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        cut = error.pos >= len(error.doc.rstrip()) - 1 or "Unterminated" in error.msg
        what = "is cut off" if cut else "is no JSON"
        raise AnswerError(
            f"sent an answer that {what}, at line {error.lineno}, column {error.colno}"
        ) from None
    except (UnicodeDecodeError, RecursionError) as error:
        raise AnswerError(f"sent an answer that is no JSON: {error}") from None


def _check_results(data: Any) -> None:
    """Refuse JSON that is no SPARQL result (SPARQL 1.1 Query Results JSON Format)."""
    if not isinstance(data, dict) or not isinstance(data.get("head"), dict):
        raise AnswerError('sent JSON that is no SPARQL result: it has no "head"')
    if "boolean" in data:
        return
    names = data["head"].get("vars")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise AnswerError('sent JSON that is no SPARQL result: its "head" lists no variables')
    rows = data["results"].get("bindings") if isinstance(data.get("results"), dict) else None
    if not isinstance(rows, list):
        raise AnswerError('sent JSON that is no SPARQL result: it has no "bindings"')
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not all(map(_is_term, row.values())):
            raise AnswerError(f"sent JSON that is no SPARQL result: row {number} holds no terms")


def _is_term(term: Any) -> bool:
    """Whether a value is a term: of a known type, with a text, or with three terms (RDF 1.2)."""
    if not isinstance(term, dict):
        return False
    value = term.get("value")
    if term.get("type") == "triple":
        parts = ("subject", "predicate", "object")
        return isinstance(value, dict) and all(_is_term(value.get(part)) for part in parts)
    return term.get("type") in ("uri", "bnode", "literal", "typed-literal") and isinstance(
        value, str
    )


def _check_xml(body: bytes) -> None:
    try:
        expat.ParserCreate().Parse(body, True)
    except expat.ExpatError as error:
        cut = error.code in (
            expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS],
            expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_TOKEN],
        )
        what = "is cut off" if cut else "is no well-formed XML"
        raise AnswerError(
            f"sent an answer that {what}, at line {error.lineno}, column {error.offset + 1}"
        ) from None
