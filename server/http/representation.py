"""One negotiated resource and one request → one answer: status, headers, body.

Knows HTTP and nothing of Flask: a route says what it has (`Resource`), `answer_resource` does the
rest in one order for every address: choose format and coding, validators, preconditions, and only
then the body. RFC 9110; `Link` by RFC 8288.
"""

import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from urllib.parse import quote

from server.errors import NotAcceptableError, PreconditionError
from server.http.conditions import (
    REVALIDATE,
    Validators,
    check_conditions,
    join_vary,
    make_etag,
)
from server.http.formats import Format
from server.http.headers import SHARED
from server.http.negotiate import choose_coding, choose_index

CODINGS = ("gzip",)
GZIP_LEVEL = 6

EXPOSED = (
    "Link, ETag, Content-Location, Memento-Datetime, Retry-After, Location, Last-Modified, "
    "Content-Length, Repr-Digest, Pacta-Rows, Accept-Ranges, Content-Range, X-Request-Id"
)
"""The response headers that scripts of other sites may read."""

COMMON = (*SHARED, ("Access-Control-Expose-Headers", EXPOSED))
"""What every answer carries that does not say otherwise."""


@dataclass(frozen=True)
class Answer:
    """A finished answer.

    Attributes:
        status: 200 or 304.
        headers: Its fields.
        body: Empty for 304.
        validators: What conditions are judged on.
        changing: It depends on more than the release, the address and what is negotiated on.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    validators: Validators
    changing: bool = False


@dataclass(frozen=True)
class Kept:
    """A whole answer (200) as it is kept.

    Attributes:
        headers: All its fields, except those that are new in each answer.
        body: The bytes to send.
        validators: What conditions are evaluated against.
    """

    headers: tuple[tuple[str, str], ...]
    body: bytes
    validators: Validators

    @cached_property
    def known_headers(self) -> list[tuple[str, str]]:
        """The fields of 304 in its place."""
        return [pair for pair in self.headers if pair[0] not in _OF_BODY]


_OF_BODY = ("Link", "Content-Type", "Content-Length", "Content-Encoding", "Repr-Digest")
"""Fields that a client has from the answer that it holds (RFC 9110, section 15.4.5)."""


@dataclass(frozen=True)
class Asked:
    """What of a request matters here.

    Attributes:
        method: In upper case.
        headers: The request's, looked up by their usual names.
    """

    method: str
    headers: Mapping[str, str]

    def get(self, name: str) -> str | None:
        """A header's value, or None."""
        return self.headers.get(name)


@dataclass(frozen=True)
class Link:
    """One web link (RFC 8288): target, relation, and attributes of the target.

    Attributes:
        datetime: For a memento, its time as an HTTP date (RFC 7089, 2.2.1).
        profile: The profile that the target conforms to (RFC 6906).
    """

    target: str
    rel: str
    type: str = ""
    title: str = ""
    datetime: str = ""
    profile: str = ""

    def __str__(self) -> str:
        """As it stands in the `Link` field."""
        kind = f'; type="{self.type}"' if self.type else ""
        when = f'; datetime="{self.datetime}"' if self.datetime else ""
        form = f'; profile="{self.profile}"' if self.profile else ""
        return f'<{self.target}>; rel="{self.rel}"{kind}{when}{form}'


Links = Callable[[Format], Sequence[Link]]


def _no_links(_: Format) -> Sequence[Link]:
    return ()


@dataclass(frozen=True)
class Resource:
    """What an address has to offer.

    Attributes:
        key: Names the resource in ETags and the cache: release, software, address, page.
        offers: Formats in the server's order of preference.
        build: Format, profile → the body, uncoded.
        fixed: The address names its format (a suffix): no negotiation by `Accept`.
        location: Format → the address of that format's own document; None: none.
        links: Format → what the `Link` field says.
        modified: When this became the answer here.
        cache_control: The field's value.
        headers: More fields.
        profiles: Values of the `profile` parameter that make another body; the first is assumed.
        vary: Further request fields that choose among answers.
        changing: The key names something that may change while the release stays.
    """

    key: tuple[str, ...]
    offers: Sequence[Format]
    build: Callable[[Format, str], bytes]
    fixed: Format | None = None
    location: Callable[[Format], str | None] = lambda _: None
    links: Links = _no_links
    modified: datetime | None = None
    cache_control: str = REVALIDATE
    headers: Mapping[str, str] = field(default_factory=dict)
    profiles: Sequence[str] = ()
    vary: str = ""
    changing: bool = False


def choose_format(resource: Resource, asked: Asked) -> tuple[Format, str]:
    """Format and profile for a request.

    Raises:
        NotAcceptableError: Nothing offered is acceptable; it lists what is offered.
        MalformedHeaderError: `Accept` cannot be read.
    """
    accept = asked.get("Accept")
    row, wanted = resource.fixed, ""
    if row is None:
        choice = choose_index(accept, resource.offers)
        if choice is None:
            raise NotAcceptableError(
                "none of the formats of this address is acceptable to the client",
                members={"available": list_available(resource)},
                headers={"Vary": join_vary("Accept", "Accept-Encoding", resource.vary)},
            )
        row = resource.offers[choice.index]
        wanted = choice.matched.parameters.get("profile", "")
    profile = next((name for name in wanted.split() if name in resource.profiles), "")
    if "profile" in row.advisory and not profile and resource.profiles:
        profile = resource.profiles[0]
    return row, profile if "profile" in row.advisory else ""


def list_available(resource: Resource) -> list[dict[str, str]]:
    """The formats of a resource as JSON values: media type and, where it has one, address."""
    available: list[dict[str, str]] = []
    for row in resource.offers:
        location = resource.location(row)
        available.append({"type": row.media_type, **({"href": location} if location else {})})
    return available


def _content_type(row: Format, profile: str, resource: Resource) -> str:
    if profile and profile != resource.profiles[0]:
        return f'{row.content_type}; profile="{profile}"'
    return row.content_type


def is_known(method: str, headers: Mapping[str, str], validators: Validators) -> bool:
    """Whether the client holds the answer already (304).

    Raises:
        PreconditionError: A condition does not hold.
        MalformedHeaderError: One cannot be read.
    """
    verdict = check_conditions(method, headers, validators)
    if verdict == "failed":
        raise PreconditionError(
            "a condition of the request does not hold", headers={"ETag": validators.etag}
        )
    return verdict == "not-modified"


def answer_resource(
    resource: Resource, asked: Asked, find_body: Callable[[str], bytes | None]
) -> Answer:
    """The answer to GET or HEAD for a resource.

    Args:
        resource: What the address has to offer.
        asked: The request.
        find_body: Entity tag → the body, where it was sent before and is kept.

    Raises:
        NotAcceptableError, PreconditionError, MalformedHeaderError: See `choose_format` and
            `is_known`.
    """
    row, profile = choose_format(resource, asked)
    coding = choose_coding(asked.get("Accept-Encoding"), CODINGS)
    vary = join_vary("" if resource.fixed else "Accept", "Accept-Encoding", resource.vary)
    if coding is None:
        raise NotAcceptableError(
            "the client accepts neither gzip nor the body as it is", headers={"Vary": vary}
        )
    parts = (*resource.key, row.name, profile)
    validators = Validators(make_etag(*parts, coding), resource.modified)
    headers: dict[str, str] = {
        **validators.headers,
        "Cache-Control": resource.cache_control,
        "Vary": vary,
    }
    location = resource.location(row)
    if location is not None and (resource.fixed is None):
        headers["Content-Location"] = location
    if is_known(asked.method, asked.headers, validators):
        return Answer(304, headers, b"", validators)
    links = [*resource.links(row)]
    if profile:
        links.append(Link(profile, "profile"))
    if links:
        headers["Link"] = ", ".join(map(str, links))
    body = find_body(validators.etag)
    # A coding is promised by the ETag, so that a small body is coded as well as a large one.
    if body is None and coding == "identity":
        body = resource.build(row, profile)
    elif body is None:
        plain = find_body(make_etag(*parts, "identity")) or resource.build(row, profile)
        body = gzip.compress(plain, GZIP_LEVEL, mtime=0)
    if coding != "identity":
        headers["Content-Encoding"] = coding
    headers.update(resource.headers)
    headers["Content-Type"] = _content_type(row, profile, resource)
    headers["Content-Length"] = str(len(body))
    return Answer(200, headers, body, validators, resource.changing)


def quote_path(path: str) -> str:
    """A path as it is written in a header or a page: percent-encoded where RFC 3986 demands it."""
    return quote(path, safe="/:@!$&'()*+,;=~-._")
