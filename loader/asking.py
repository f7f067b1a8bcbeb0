"""Runs one query from the command line, on a release in the embedded engine or on an endpoint."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from loader.errors import LoaderError, WorkspaceError
from loader.release.diff import find_release
from loader.release.endpoint import Endpoint, EndpointError, ask_endpoint
from loader.release.home import PUBLICATION_FILE, releases_folder, require_workspace
from loader.release.opened import Release, current_release
from loader.release.store import Store
from loader.settings import Settings
from loader.terminal import show_controls
from loader.workspace import read_publication

_MEDIA_TYPES: Final = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "ttl": "text/turtle",
    "nt": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
}

_QUERY: Final = re.compile(
    r"[^\n{]*[\n{]|\s*(?:SELECT|ASK|CONSTRUCT|DESCRIBE|PREFIX|BASE|VERSION)(?![\w.:/\\-])",
    re.IGNORECASE,
)
"""How a text begins that is no name of a file: with a query's first word, or in several lines."""

_COLUMN: Final = re.compile(r"(\bline:? ?1\b\W{0,3}col(?:umn)?:? ?|\bat 1:)(\d+)", re.IGNORECASE)
"""A column of the first line, as endpoints name it."""


def ask(
    query: str, release: str | None, form: str, settings: Settings, *, terminal: bool = False
) -> bytes:
    """Return the answer to a query as it is to be printed.

    Args:
        query: SPARQL, the name of a file, or ``-`` for the standard input.
        release: id or folder; None asks the one in use. Not used with an endpoint.
        form: ``table`` or a key of `RESULT_FORMATS` or `FORMATS`.
        settings: endpoint, folder of releases, base.
        terminal: whether it goes to a terminal, which would obey control characters.

    Raises:
        LoaderError: the query, the release or the endpoint is wrong.
    """
    if form != "table" and form not in _MEDIA_TYPES:
        known = ", ".join(["table", *_MEDIA_TYPES])
        raise WorkspaceError(f"format {form!r} is not known", hint=f"use one of: {known}")
    text = _read(query)
    if settings.endpoint:
        answer = _ask_endpoint(text, form, settings)
    else:
        answer = _ask_release(text, form, release, settings)
    if form == "table" and answer.lstrip().startswith(b"{"):
        return format_table(answer, show_controls if terminal else str)
    return show_controls(answer.decode("utf-8", "replace")).encode() if terminal else answer


def endpoint_of(settings: Settings, query_address: str | None = None) -> Endpoint:
    """Return the endpoint that the settings name.

    The address for queries is guessed from that for updates where it is not given:
    ``…/update`` → ``…/query``, else the same.

    Raises:
        EndpointError: none is named.
    """
    update = settings.endpoint
    if not update:
        raise EndpointError("no endpoint is named", hint="give --endpoint URL or PACTA_ENDPOINT")
    guess = f"{update.removesuffix('/update')}/query" if update.endswith("/update") else update
    return Endpoint(
        query=query_address or guess,
        update=update,
        graph_store=settings.graph_store,
        user=settings.endpoint_user,
        password=settings.endpoint_password,
        digest=settings.endpoint_auth == "digest",
        timeout_s=max(1, round(settings.endpoint_timeout_s)),
    )


def format_table(answer: bytes, shown: Callable[[str], str] = str) -> bytes:
    """Return SPARQL JSON results as a table of aligned columns, or the word of an ASK.

    Args:
        answer: the results.
        shown: text of a cell → what is printed of it.
    """
    data = json.loads(answer)
    if "boolean" in data:
        return b"true\n" if data["boolean"] else b"false\n"
    names = data["head"]["vars"]
    cells = [[_cell(row.get(name)) for name in names] for row in data["results"]["bindings"]]
    head, *rows = [[shown(cell) for cell in row] for row in [names, *cells]]
    widths = [max(map(_width, column)) for column in zip(head, *rows, strict=True)]
    lines = [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in [head, ["-" * width for width in widths], *rows]
    ]
    noun = "row" if len(rows) == 1 else "rows"
    return ("".join(f"{line.rstrip()}\n" for line in lines) + f"({len(rows)} {noun})\n").encode()


def _ask_release(text: str, form: str, release: str | None, settings: Settings) -> bytes:
    out = releases_folder(settings.out, Path(settings.workspace))
    found = find_release(release, out) if release else current_release(out)
    store, base = _load(found), settings.base or found.manifest.base
    if form != "table":
        return store.answer(text, base, form)
    try:
        return store.answer(text, base, "json")
    except LoaderError as error:
        if "triples" not in error.message:
            raise
    return store.answer(text, base, "ttl")


def _ask_endpoint(text: str, form: str, settings: Settings) -> bytes:
    endpoint = endpoint_of(settings, settings.endpoint)
    try:
        root = require_workspace(Path(settings.workspace))
        base = settings.base or read_publication(root / PUBLICATION_FILE).base
        front = f"BASE <{base}> "
    except WorkspaceError:
        front = ""  # without a base, the query's own names must be whole
    table = f"{_MEDIA_TYPES['json']}, {_MEDIA_TYPES['ttl']};q=0.9"
    try:
        return ask_endpoint(endpoint, front + text, _MEDIA_TYPES.get(form, table))
    except EndpointError as error:
        raise _explain(error, len(front)) from None


def _explain(error: EndpointError, front: int) -> EndpointError:
    """Return an error of an endpoint in terms of what was asked.

    Args:
        error: as `ask_endpoint` raises it.
        front: how many characters were put in front of the query.
    """
    message = _COLUMN.sub(lambda m: f"{m[1]}{max(1, int(m[2]) - front)}", error.message)
    return EndpointError(message, hint=error.hint)


def _read(query: str) -> str:
    """Return the text of a query; a file that is there comes before a query that reads like it."""
    hint = "Name a file, or write the query itself: 'SELECT * { ?s ?p ?o } LIMIT 5'."
    text = query
    try:
        if query.strip():
            file = Path(query)
            text = sys.stdin.read() if query == "-" else file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        if not _QUERY.match(query):
            raise WorkspaceError(f"cannot be read: {error}", Path(query), hint=hint) from None
    if not text.strip():
        raise WorkspaceError("the query is empty", hint=hint)
    return text


def _load(release: Release) -> Store:
    store = Store()
    store.load(release.file("dumps/pacta.nq").read_bytes(), "nq")
    store.load(release.file("dumps/pacta.nt").read_bytes(), "nt")
    return store


def _cell(term: dict[str, Any] | None) -> str:
    if term is None:
        return ""
    if term["type"] == "triple":
        return _write_term(term)
    text: str = term["value"].replace("\n", "\\n").replace("\t", "\\t")
    return text + _language(term)


def _write_term(term: dict[str, Any]) -> str:
    """Return a term as N-Triples 1.2 writes it."""
    value = term["value"]
    match term["type"]:
        case "triple":
            parts = (_write_term(value[part]) for part in ("subject", "predicate", "object"))
            return f"<<( {' '.join(parts)} )>>"
        case "uri":
            return f"<{value}>"
        case "bnode":
            return f"_:{value}"
    kind = f"^^<{term['datatype']}>" if "datatype" in term else ""
    return json.dumps(value, ensure_ascii=False) + (_language(term) or kind)


def _language(term: dict[str, Any]) -> str:
    """Return the language of a literal, and its direction, as they follow its text."""
    parts = [term[key] for key in ("xml:lang", "its:dir") if key in term]
    return f"@{'--'.join(parts)}" if parts else ""


def _width(text: str) -> int:
    """Return how many columns a text takes on a terminal."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)
