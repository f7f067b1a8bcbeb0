"""One query, from the command line: on a release in the embedded engine, or on an endpoint."""

from __future__ import annotations

import json
import sys
import unicodedata
from pathlib import Path
from typing import Final

from loader.diff import find_release
from loader.errors import LoaderError, WorkspaceError
from loader.push import Endpoint, EndpointError, ask_endpoint
from loader.release import Release, current_release
from loader.settings import Settings
from loader.store import Store
from loader.workspace import open_workspace

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


def ask(query: str, release: str | None, form: str, settings: Settings) -> bytes:
    """Return the answer to a query as it is to be printed.

    Args:
        query: SPARQL, the name of a file, or ``-`` for the standard input.
        release: id or folder; None asks the one in use. Not used with an endpoint.
        form: ``table`` or a key of `RESULT_FORMATS` or `FORMATS`.
        settings: endpoint, folder of releases, base.

    Raises:
        LoaderError: the query, the release or the endpoint is wrong.
    """
    if form != "table" and form not in _MEDIA_TYPES:
        known = ", ".join(["table", *_MEDIA_TYPES])
        raise WorkspaceError(f"format {form!r} is not known", hint=f"use one of: {known}")
    text = _read(query)
    if settings.endpoint:
        return _ask_endpoint(text, form, settings)
    out = Path(settings.out)
    found = find_release(release, out) if release else current_release(out)
    store, base = _load(found), settings.base or found.manifest.base
    if form != "table":
        return store.answer(text, base, form)
    try:
        return format_table(store.answer(text, base, "json"))
    except LoaderError as error:
        if "triples" not in error.message:
            raise
    return store.answer(text, base, "ttl")


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
        user=settings.endpoint_user,
        password=settings.endpoint_password,
        timeout_s=settings.endpoint_timeout_s,
    )


def format_table(answer: bytes) -> bytes:
    """Return SPARQL JSON results as a table of aligned columns, or the word of an ASK."""
    data = json.loads(answer)
    if "boolean" in data:
        return b"true\n" if data["boolean"] else b"false\n"
    names = data["head"]["vars"]
    rows = [[_cell(row.get(name)) for name in names] for row in data["results"]["bindings"]]
    widths = [max(map(_width, column)) for column in zip(names, *rows, strict=True)]
    lines = [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in [names, ["-" * width for width in widths], *rows]
    ]
    noun = "row" if len(rows) == 1 else "rows"
    return ("".join(f"{line.rstrip()}\n" for line in lines) + f"({len(rows)} {noun})\n").encode()


def _ask_endpoint(text: str, form: str, settings: Settings) -> bytes:
    endpoint = endpoint_of(settings, settings.endpoint)
    try:
        base = settings.base or open_workspace(Path(settings.workspace or ".")).publication.base
        text = f"BASE <{base}> {text}"
    except WorkspaceError:
        pass  # without a base, the query's own names must be whole
    if form != "table":
        return ask_endpoint(endpoint, text, _MEDIA_TYPES[form])
    accept = f"{_MEDIA_TYPES['json']}, {_MEDIA_TYPES['ttl']};q=0.9"
    answer = ask_endpoint(endpoint, text, accept)
    return format_table(answer) if answer.lstrip().startswith(b"{") else answer


def _read(query: str) -> str:
    if query == "-":
        return sys.stdin.read()
    looks_like_file = "\n" not in query and "{" not in query
    try:
        if looks_like_file:
            return Path(query).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkspaceError(
            f"cannot be read: {error}",
            Path(query),
            hint="Name a file, or write the query itself: 'SELECT * { ?s ?p ?o } LIMIT 5'.",
        ) from None
    return query


def _load(release: Release) -> Store:
    store = Store()
    store.load(release.file("dumps/pacta.nq").read_bytes(), "nq")
    store.load(release.file("dumps/pacta.nt").read_bytes(), "nt")
    return store


def _cell(term: dict[str, str] | None) -> str:
    if term is None:
        return ""
    text = term["value"].replace("\n", "\\n").replace("\t", "\\t")
    return f"{text}@{term['xml:lang']}" if "xml:lang" in term else text


def _width(text: str) -> int:
    """Return how many columns a text takes on a terminal."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)
