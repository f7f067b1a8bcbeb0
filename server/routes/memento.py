"""`/releases/…` and `/timemap/…`: documents as they were in former releases (RFC 7089, Memento).

An address of a document is its own TimeGate (pattern 1.1): asked with `Accept-Datetime`, it leads
by 302 to the memento, which lies at `/releases/{release}` and the same path.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import cast

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from server.documents.links import ALL_FORMATS
from server.errors import BadRequestError, NotFoundError
from server.http.conditions import REVALIDATE, join_vary
from server.http.formats import Format
from server.http.representation import Link, Resource, quote_path
from server.rdf.addresses import Addresses
from server.rdf.model import VOCAB
from server.release.history import FOLDER, Memento, choose_memento
from server.routes import release, send_resource, site, turn

BLUEPRINT = Blueprint("memento", __name__)

LINK_FORMAT = Format(
    "link-format", "application/link-format", "link", frozenset(), title="Time map"
)
KEPT = frozenset(("resource", "terms", "dumps", "discovery", "views", "search", "lists"))
"""Groups of addresses that a former release answers too; not queries, health and the like."""

_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" \d{4} \d{2}:\d{2}:\d{2}) GMT"
)
_SUFFIX = re.compile(rf"\.(?:{'|'.join(row.suffix for row in ALL_FORMATS)})\Z")
_FORMS = (
    (re.compile(r"/doc/([^/]+/[^/]+)"), "{base}id/{0}"),
    (re.compile(r"/graph/([^/]+)"), "{base}graph/{0}"),
    (re.compile(r"/vocab/([^/]+(?:/[^/]+)?)"), VOCAB + "{0}"),
    (re.compile(r"/(?:ns|vocab|shapes)(?:/[^/]+)?"), ""),
)
"""Paths that are TimeGates → what their document is about; empty: every release has it."""


def read_accept_datetime(header: str) -> datetime:
    """The time that a client asks for (RFC 7089, 2.1.1: an RFC 1123 date in GMT, nothing else).

    Raises:
        BadRequestError: It is no such date.
    """
    found = _DATE.fullmatch(header.strip())
    try:
        if found is not None:
            return datetime.strptime(found[1], "%d %b %Y %H:%M:%S").replace(tzinfo=UTC)
    except ValueError:  # the thirtieth of February
        pass
    raise BadRequestError(
        f"Accept-Datetime {header[:60]!r} is no date",
        hint="It is written like this: Sun, 22 Nov 2026 12:00:00 GMT",
    )


def find_mementos(path: str, base: str) -> tuple[Memento, ...] | None:
    """The mementos of a path in the order of time; None where it has no TimeGate."""
    bare = _SUFFIX.sub("", path)
    for pattern, form in _FORMS:
        found = pattern.fullmatch(bare)
        if found is not None:
            iri = form.format(*found.groups(), base=base) if form else None
            own = f"{base}{bare.removeprefix('/')}"
            return site().history.list_mementos(iri) or site().history.list_mementos(own)
    return None


def _say(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


def _address(path: str, memento: Memento, home: str) -> str:
    return quote_path(f"{home}{FOLDER}{memento.release.id}{path}")


def list_memento_links(
    path: str, home: str, mementos: Sequence[Memento], shown: Memento | None
) -> list[Link]:
    """Original, TimeGate, time map, the first, the last and the shown memento (RFC 7089, 2.2)."""
    links = [
        Link(quote_path(home + path), "original timegate"),
        Link(quote_path(f"{home}/timemap{path}"), "timemap", LINK_FORMAT.media_type),
    ]
    for number, memento in enumerate(mementos):
        rel = _name_relation(number, len(mementos))
        if rel != "memento" or memento == shown:
            links.append(Link(_address(path, memento, home), rel, datetime=_say(memento.at)))
    return links


def _name_relation(number: int, size: int) -> str:
    """`first memento`, `last memento`, both or neither."""
    return ("first " if number == 0 else "") + ("last " if number == size - 1 else "") + "memento"


@BLUEPRINT.before_app_request
def lead_to_memento() -> Response | None:
    """`Accept-Datetime` at the address of a document: 302 to the memento (RFC 7089, 4.1.1)."""
    wanted = request.environ.get("HTTP_ACCEPT_DATETIME")
    if wanted is None or request.method not in ("GET", "HEAD") or site().holder is None:
        return None
    opened = release()
    mementos = find_mementos(request.path, opened.base)
    if mementos is None:
        return None
    chosen = choose_memento(mementos, read_accept_datetime(wanted))
    if chosen is None:
        return None
    home = opened.addresses.home
    query = request.query_string.decode("ascii", "ignore")
    response = Response(status=302)
    target = _address(request.path, chosen, home)
    response.headers["Location"] = f"{target}?{query}" if query else target
    response.headers["Vary"] = "Accept-Datetime"
    response.headers["Cache-Control"] = REVALIDATE
    links = list_memento_links(request.path, home, mementos, chosen)
    response.headers["Link"] = ", ".join(map(str, links))
    response.content_type = "text/plain; charset=utf-8"
    response.data = response.headers["Location"] + "\n"
    return response


@BLUEPRINT.after_app_request
def tell_mementos(response: Response) -> Response:
    """What a document says of its mementos, and a memento of itself."""
    own = turn()
    opened, shown = own.release, own.memento
    if opened is None or own.kept or response.status_code not in (200, 206, 304):
        return response
    home = opened.addresses.home
    if shown is None:
        bare = _SUFFIX.sub("", request.path)
        if not any(pattern.fullmatch(bare) for pattern, _ in _FORMS):
            return response
        links = list_memento_links(request.path, home, (), None)
        links[0] = Link(links[0].target, "timegate")
        response.headers["Vary"] = join_vary(
            *(response.headers.get("Vary", "").split(", ")), "Accept-Datetime"
        )
    else:
        path = request.path.removeprefix(FOLDER + opened.id)
        response.headers["Memento-Datetime"] = _say(shown.at)
        response.headers["X-Robots-Tag"] = "noindex"
        mementos = find_mementos(path, opened.base)
        links = list_memento_links(path, home, mementos or (shown,), shown)
        if mementos is None:  # a file or a view: it has former states, and no TimeGate
            links = [Link(links[0].target, "original"), *links[2:]]
    if response.status_code == 304:  # the client has them from the answer that it holds
        return response
    given = response.headers.get("Link")
    response.headers["Link"] = ", ".join([*([given] if given else []), *map(str, links)])
    return response


@BLUEPRINT.get("/releases/", defaults={"name": "", "rest": ""})
@BLUEPRINT.get("/releases/<name>/", defaults={"rest": ""})
@BLUEPRINT.get("/releases/<name>/<path:rest>")
def show_memento(name: str, rest: str) -> Response:
    """An address as a kept release had it; the release is opened and verified when first asked."""
    if not name:
        response = Response(status=307)
        response.headers["Location"] = f"{release().addresses.home}/dumps/"
        response.headers["Cache-Control"] = REVALIDATE
        return response
    history = site().history
    memento = history.find(name)
    own = turn()
    own.release, own.memento = history.open(name), memento
    try:
        endpoint, values = current_app.url_map.bind("").match(f"/{rest}", method="GET")
    except (HTTPException, RequestRedirect):
        raise NotFoundError(f"release {name[:60]} has nothing at /{rest[:120]}") from None
    if endpoint.partition(".")[0] not in KEPT:
        raise NotFoundError(f"/{rest[:120]} has no former states")
    return cast(Response, current_app.view_functions[endpoint](**values))


@BLUEPRINT.get("/timemap/<path:rest>")
def show_timemap(rest: str) -> Response:
    """All mementos of a document (RFC 7089, 5; `application/link-format`, RFC 6690)."""
    opened = release()
    path = f"/{rest}"
    mementos = find_mementos(path, opened.base)
    if not mementos:
        raise NotFoundError(f"nothing is kept of /{rest[:120]}", hint="/dumps/ lists the releases")
    ids = tuple(each.release.id for each in mementos)

    def build(row: Format, profile: str) -> bytes:
        return write_timemap(path, opened.addresses, mementos).encode()

    return send_resource(
        Resource(
            key=(opened.id, site().software, "timemap", path, *ids),
            offers=(LINK_FORMAT,),
            build=build,
            fixed=LINK_FORMAT,
            changing=True,
        )
    )


def write_timemap(path: str, addresses: Addresses, mementos: Sequence[Memento]) -> str:
    """The links of a time map, absolute, for it is read apart from its document."""

    def whole(target: str) -> str:
        return addresses.absolute(target)

    home, kind = addresses.home, LINK_FORMAT.media_type
    span = f'; from="{_say(mementos[0].at)}"; until="{_say(mementos[-1].at)}"'
    lines = [
        f'<{whole(quote_path(home + path))}>; rel="original timegate"',
        f'<{whole(quote_path(f"{home}/timemap{path}"))}>; rel="self"; type="{kind}"{span}',
    ]
    for number, memento in enumerate(mementos):
        target = whole(_address(path, memento, home))
        rel = _name_relation(number, len(mementos))
        lines.append(f'<{target}>; rel="{rel}"; datetime="{_say(memento.at)}"')
    return ",\n".join(lines) + "\n"
