"""One module per group of addresses; they do not import each other.

This module holds what they share: reading a request as values, making and caching Flask
responses, rendering pages.
"""

import itertools
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, g, render_template, request
from werkzeug.datastructures import Headers

from server.catalogues import choose_languages, read_languages
from server.documents.offers import BY_PROFILE
from server.errors import BadRequestError, NotFoundError
from server.http.answer_cache import Key
from server.http.conditions import join_vary
from server.http.formats import Format
from server.http.representation import (
    Answer,
    Asked,
    Kept,
    Link,
    Resource,
    answer_resource,
    choose_format,
    is_known,
    quote_path,
)
from server.pages.cards import Desk
from server.pages.ground import Ground
from server.pages.language import Language
from server.pages.view import choose_text
from server.pages.whole.paging import Part
from server.rdf.addresses import Addresses
from server.rdf.model import PACKAGED
from server.release.history import Memento
from server.release.opened import OpenedRelease
from server.release.passages import find_passages, find_surroundings
from server.site import Site

__all__ = [
    "Blueprint",
    "Turn",
    "find_kept",
    "find_suffix",
    "find_term",
    "has_conditions",
    "keep",
    "language",
    "link_pages",
    "open_desk",
    "read_grounds",
    "read_number",
    "read_page",
    "release",
    "render",
    "send_resource",
    "site",
    "title_of",
    "turn",
]


def _name_field(field: str) -> str:
    """How WSGI calls a request field."""
    return "HTTP_" + field.upper().replace("-", "_")


_NEGOTIATED = tuple(map(_name_field, ("Accept", "Accept-Encoding", "Accept-Language", BY_PROFILE)))
"""The request fields that choose among the answers of an address of a release."""

_CONDITIONS = frozenset(
    map(_name_field, ("If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"))
)

_FIELDS_BYTES = 2000
"""About what the fields of an answer take."""


_RUN: Final = secrets.token_hex(4)
_NUMBERS: Final = itertools.count(1)


@dataclass
class Turn:
    """One request under way: what is known of it so far.

    Attributes:
        id: Names it in the answer and in the log: this run of the server, and a number.
        began: When it came, in seconds of `time.perf_counter`.
        entered: It counts as one that a stop waits for.
        release: The release that it is answered from, the same to its end; None: plain files.
        memento: The former release that it asks for, or None.
        language: Of its page, once that is chosen.
        answer: What was negotiated, or None.
        kept: Its answer was kept, and is whole with all its fields.
    """

    id: str = field(default_factory=lambda: f"{_RUN}-{next(_NUMBERS)}")
    began: float = field(default_factory=time.perf_counter)
    entered: bool = False
    release: OpenedRelease | None = None
    memento: Memento | None = None
    language: Language | None = None
    answer: Answer | None = None
    kept: bool = False


def turn() -> Turn:
    """The request under way."""
    return cast(Turn, g.turn)


def site() -> Site:
    """The parts of this server."""
    return cast(Site, current_app.extensions["pacta"])


def release() -> OpenedRelease:
    """The release of this request."""
    opened = turn().release
    if opened is None:
        raise NotFoundError("this server holds no release")
    return opened


def has_conditions(environ: Mapping[str, Any]) -> bool:
    """Whether a request, of WSGI, has a condition (RFC 9110, section 13.1)."""
    return not _CONDITIONS.isdisjoint(environ)


def asked() -> Asked:
    """The request as the pure modules read it; list fields that came in several lines joined."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.title()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return Asked(request.method, headers)


def send_resource(resource: Resource) -> Response:
    """Negotiate and answer; a page in the language of the request."""
    own, cache = turn(), site().answers
    address = _name_address(own, request.environ)

    def find_body(etag: str) -> bytes | None:
        kept: Kept | None = cache.get((*address, etag))
        return None if kept is None else kept.body

    answer = answer_resource(_choose_language(resource), asked(), find_body)
    own.answer = answer
    response = Response(answer.body, status=answer.status)
    response.headers = Headers(list(answer.headers.items()))
    return response


_GEO = Path(__file__).parent.parent / "static" / "geo"
_GROUNDS = ("baltic.geojson", "world.geojson")
"""Backgrounds of maps, those with most detail first."""

LANGUAGE = "lang"
"""The parameter that names the language of a page and goes before `Accept-Language`."""

_PAGE_LINK = re.compile(r'(<a [^>]*?href=")(/[^"#?]*)(\?[^"#]*)?(#[^"]*)?"')
_FILE = re.compile(r"/static/|/dumps/.+|\.(?!html)[a-z]+\Z")


def language() -> Language:
    """The language of this request's page: `?lang=`, else `Accept-Language`, else the first one."""
    own = turn()
    if own.language is None:
        codes = offer_languages()
        named = request.args.get(LANGUAGE, "")
        code = named if named in codes else request.accept_languages.best_match(codes, codes[0])
        own.language = read_languages()[code or codes[0]]
    return own.language


def offer_languages() -> list[str]:
    """The codes of the languages in which this publication's pages can be read."""
    opened = turn().release
    return choose_languages(list(opened.manifest.languages) if opened is not None else [])


def open_desk(within: frozenset[str] | None = None, said: Language | None = None) -> Desk:
    """Where the pages of this request read, in its language.

    Args:
        within: For a document of several pages, the subjects on this page.
        said: Another language than that of the request.
    """
    opened = release()
    passages = find_passages(site().settings.documents)
    return Desk(
        opened.union,
        opened.names,
        opened.addresses,
        passages,
        within,
        said or language(),
        read_grounds(),
        find_surroundings(site().settings.documents),
        opened.found,
    )


@cache
def read_grounds() -> tuple[Ground, ...]:
    """The quiet backgrounds of maps (Natural Earth), those with most detail first."""
    grounds = []
    for name in _GROUNDS:
        read = json.loads((_GEO / name).read_bytes())
        west, south, east, north = read["bbox"]
        grounds.append(Ground(west, south, east, north, tuple(read["features"])))
    return tuple(grounds)


def _choose_language(resource: Resource) -> Resource:
    """The resource in the language of the request, where it is a page: key, `Vary`, language."""
    offers = (resource.fixed,) if resource.fixed is not None else resource.offers
    if all(row.name != "html" for row in offers):
        return resource
    named = LANGUAGE in request.args
    made = resource
    if not named:
        made = replace(made, vary=join_vary(*made.vary.split(", "), "Accept-Language"))
    if choose_format(made, asked())[0].name != "html":
        return made
    said = language().code
    return replace(
        made,
        key=(*made.key, said, LANGUAGE if named else ""),
        headers={**made.headers, "Content-Language": said},
    )


def _keep_language(text: str) -> str:
    """A page whose links to other pages name the language, because the request named it."""
    code = language().code

    def name(found: re.Match[str]) -> str:
        start, path, query, anchor = found.groups()
        if _FILE.search(path) or (query and f"{LANGUAGE}=" in query):
            return found[0]
        more = f"{query}&amp;" if query else "?"
        return f'{start}{path}{more}{LANGUAGE}={code}{anchor or ""}"'

    return _PAGE_LINK.sub(name, text)


def list_switches() -> list[tuple[Language, str]]:
    """The other languages of this page, each with the page's address in it."""
    own = language()
    others = [code for code in offer_languages() if code != own.code]
    fields = [(name, value) for name, value in request.args.items(multi=True) if name != LANGUAGE]
    path = quote_path(request.script_root + request.path)
    return [
        (read_languages()[code], f"{path}?{urlencode([*fields, (LANGUAGE, code)])}")
        for code in others
    ]


def _name_address(own: Turn, environ: Mapping[str, Any]) -> Key:
    """What is asked for: release, path and query string."""
    opened = own.release
    since = ("", "") if opened is None else (opened.id, opened.since)
    return (*since, environ["PATH_INFO"], environ["QUERY_STRING"])


def _name_spelling(environ: Mapping[str, Any]) -> Key:
    """How it is asked for: the negotiated request fields, exactly as they were sent."""
    return tuple(map(environ.get, _NEGOTIATED))


def find_kept(own: Turn, environ: Mapping[str, Any]) -> Response | None:
    """The whole answer that is kept for this request, or 304 in its place; None: there is none.

    The way they were sent leads to an entity tag, and address and entity tag to the answer, so
    that two ways to ask for one thing share it.

    Args:
        own: The request.
        environ: The request, of WSGI.

    Raises:
        PreconditionError, MalformedHeaderError: See `is_known`.
    """
    method = environ["REQUEST_METHOD"]
    if method not in ("GET", "HEAD") or "HTTP_ACCEPT_DATETIME" in environ:
        return None
    address, cache = _name_address(own, environ), site().answers
    etag = cache.get((*address, *_name_spelling(environ)))
    kept: Kept | None = None if etag is None else cache.get((*address, etag))
    if kept is None:
        return None
    own.kept = True
    headers = cast(Mapping[str, str], request.headers)
    if has_conditions(environ) and is_known(method, headers, kept.validators):
        return Response(status=304, headers=kept.known_headers)
    return Response(kept.body, headers=kept.headers)


def keep(own: Turn, environ: Mapping[str, Any], response: Response) -> None:
    """Keep a whole answer with all its fields, for later requests of the same.

    The answer of a former release is kept for its body only: its links change with the releases
    that there are.
    """
    answer = own.answer
    if answer is None or response.status_code != 200:
        return
    address, cache, etag = _name_address(own, environ), site().answers, answer.validators.etag
    kept = Kept(tuple(response.headers.items()), answer.body, answer.validators)
    cache.put((*address, etag), kept, len(answer.body) + _FIELDS_BYTES)
    if not answer.changing and own.memento is None:
        cache.put((*address, *_name_spelling(environ)), etag, len(etag))


def render(template: str, **values: Any) -> bytes:
    """A page, with what every page needs: the release, its addresses, path-absolute links."""
    opened = turn().release
    addresses = opened.addresses if opened is not None else Addresses("/")
    text = render_template(
        template,
        opened=opened,
        root=addresses.prefix,
        home=addresses.home,
        link=addresses.document,
        now=_find_present(addresses),
        language=language(),
        switches=list_switches(),
        named_language=LANGUAGE in request.args,
        collection=title_of(opened),
        description=describe_collection(opened),
        **values,
    )
    return (_keep_language(text) if LANGUAGE in request.args else text).encode()


def find_term(path: str) -> str:
    """The IRI of a list, concept or shape from the path below the base, such as `vocab/unit`.

    Pacta's own terms and those of the workspace share the paths of a server; no two of them share
    a name (decision 0027).
    """
    opened = release()
    own = f"{opened.base}{path}"
    return own if opened.union.outgoing(own) else PACKAGED + path


def title_of(opened: OpenedRelease | None) -> str:
    """The collection's title in the language of the page, else in its first one."""
    titles: dict[str, str] = dict(opened.manifest.title) if opened is not None else {}
    own = opened.manifest.languages if opened is not None else ()
    return choose_text(titles, language().code, *own) or "Pacta"


def describe_collection(opened: OpenedRelease | None) -> str:
    """The collection's description in the language of the page, else in its first one."""
    if opened is None:
        return ""
    manifest = opened.manifest
    return choose_text(manifest.description, language().code, *manifest.languages)


def _find_present(addresses: Addresses) -> str:
    """Where a page of a former release has its present state; empty on a page of the present."""
    if not addresses.below or turn().memento is None:
        return ""
    return quote_path(addresses.home + request.path.removeprefix(addresses.below))


def find_suffix(
    name: str, offers: tuple[Format, ...], exists: Callable[[str], bool] | None = None
) -> tuple[str, Format | None]:
    """`peace-1920.ttl` → the slug and its format; without a suffix → the name and None.

    Args:
        name: The last part of a path.
        offers: The formats there are.
        exists: Tells whether a name with a dot in it is a whole one (a release's id has dots).

    Raises:
        NotFoundError: The suffix is not one of the offers; it lists those.
    """
    slug, dot, suffix = name.rpartition(".")
    if not dot:
        return name, None
    row = next((each for each in offers if each.suffix == suffix), None)
    if row is not None:
        return slug, row
    if exists is not None and exists(name):
        return name, None
    known = " ".join(f".{each.suffix}" for each in offers)
    raise NotFoundError(f"no format has the suffix .{suffix[:40]}", hint=f"There are {known}")


def read_number(name: str, default: int, least: int, most: int) -> int:
    """A whole number from the query string.

    Raises:
        BadRequestError: It is none, out of range, or given twice.
    """
    values = request.args.getlist(name)
    if not values:
        return default
    if len(values) > 1 or not values[0].isascii() or not values[0].isdigit():
        raise BadRequestError(f"{name} must be one whole number from {least} to {most}")
    number = int(values[0][:12])
    if not least <= number <= most:
        raise BadRequestError(f"{name} must be a whole number from {least} to {most}")
    return number


def read_page() -> int:
    """The number of the page that is asked for. Raises `BadRequestError`, see `read_number`."""
    return read_number("page", 1, 1, 100_000)


def link_pages(path: str, part: Part) -> list[Link]:
    """Links to the pages before and after one, for the `Link` field.

    Args:
        path: The address of the list, with `?` and what narrows it, if anything does.
        part: The page.
    """
    return [Link(part.find_address(path, n), rel) for rel, n in part.neighbours.items()]
