"""One module per group of addresses; they do not import each other.

What they share stands here: the request as values, the answer as Flask's object, a page rendered.
"""

from collections.abc import Callable
from typing import Any, cast

from flask import Blueprint, Response, current_app, g, render_template, request
from werkzeug.datastructures import Headers

from server.errors import BadRequestError, NotFoundError
from server.http.formats import Format
from server.http.representation import Answer, Asked, Resource, answer_resource, quote_path
from server.rdf.addresses import Addresses
from server.release.current import OpenedRelease
from server.site import Site

__all__ = [
    "Blueprint",
    "asked",
    "find_suffix",
    "read_number",
    "release",
    "render",
    "send",
    "send_resource",
    "site",
]


def site() -> Site:
    """The parts of this server."""
    return cast(Site, current_app.extensions["pacta"])


def release() -> OpenedRelease:
    """The release of this request: taken once at its start."""
    opened = getattr(g, "pacta_release", None)
    if opened is None:
        raise NotFoundError("this server holds no release")
    return cast(OpenedRelease, opened)


def asked() -> Asked:
    """The request as the pure modules read it; list fields that came in several lines joined."""
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.title()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return Asked(request.method, headers)


def send(answer: Answer) -> Response:
    """A finished answer as Flask's object."""
    response = Response(answer.body, status=answer.status)
    response.headers = Headers(list(answer.headers.items()))
    return response


def send_resource(resource: Resource) -> Response:
    """Negotiate and answer."""
    return send(answer_resource(resource, asked(), release().cache))


def render(template: str, **values: Any) -> bytes:
    """A page, with what every page needs: the release, its addresses, path-absolute links."""
    opened = getattr(g, "pacta_release", None)
    addresses = opened.addresses if opened is not None else Addresses("/")
    text = render_template(
        template,
        opened=opened,
        root=addresses.prefix,
        home=addresses.home,
        link=addresses.document,
        now=_find_present(addresses),
        **values,
    )
    return text.encode()


def _find_present(addresses: Addresses) -> str:
    """Where a page of a former release has its present state; empty on a page of the present."""
    if not addresses.below or g.get("pacta_memento") is None:
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
