"""Header fields as values. Pure: strings in, values out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105 (the grammar's word)
_MEDIA = re.compile(rf"\s*({_TOKEN})/({_TOKEN})((?:\s*;.*)?)\Z", re.DOTALL)
_PARAMETER = re.compile(rf'\s*;\s*({_TOKEN})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|({_TOKEN}))')
_ETAG = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"\Z')
_LINK = re.compile(r"\s*<([^>]*)>")
_LINK_PARAMETER = re.compile(rf'\s*;\s*({_TOKEN})\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]+)))?')
_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)\Z")


@dataclass(frozen=True)
class MediaType:
    """A media type: `type/subtype` in lower case, and its parameters."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WebLink:
    """One link: its target as it stands there, one relation, and the target's parameters."""

    target: str
    rel: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        """The media type that the link promises, without parameters; may be empty."""
        return self.parameters.get("type", "").partition(";")[0].strip().lower()


def read_media_type(text: str | None) -> MediaType | None:
    """`Content-Type` (RFC 9110, 8.3.1), or None where it is none."""
    found = _MEDIA.match(text or "")
    if found is None:
        return None
    parameters: dict[str, str] = {}
    rest = found[3].rstrip(" \t;")
    while rest:
        pair = _PARAMETER.match(rest)
        if pair is None:
            return None
        value = pair[3] if pair[2] is None else re.sub(r"\\(.)", r"\1", pair[2])
        parameters[pair[1].lower()] = value
        rest = rest[pair.end() :]
    return MediaType(f"{found[1]}/{found[2]}".lower(), parameters)


def is_etag(text: str) -> bool:
    """Whether a text is one entity tag (RFC 9110, 8.8.3)."""
    return _ETAG.match(text) is not None


def read_names(text: str | None) -> set[str]:
    """A list of names in lower case: `Vary`, `Allow`, `Access-Control-Expose-Headers`."""
    return {name.strip().lower() for name in (text or "").split(",") if name.strip()}


def read_links(text: str | None) -> list[WebLink] | None:
    """`Link` (RFC 8288, 3), one entry for each relation; None where it cannot be read."""
    links: list[WebLink] = []
    rest = (text or "").strip()
    while rest:
        if rest[0] in ", \t":
            rest = rest[1:]
            continue
        found = _LINK.match(rest)
        if found is None:
            return None
        rest = rest[found.end() :]
        parameters: dict[str, str] = {}
        while (pair := _LINK_PARAMETER.match(rest)) is not None:
            quoted = re.sub(r"\\(.)", r"\1", pair[2]) if pair[2] is not None else pair[3]
            parameters.setdefault(pair[1].lower(), quoted or "")
            rest = rest[pair.end() :]
        rest = rest.lstrip()
        if rest and rest[0] != ",":
            return None
        if not parameters.get("rel"):
            return None
        links += [WebLink(found[1], rel, parameters) for rel in parameters["rel"].split()]
    return links


def read_content_range(text: str | None) -> tuple[int | None, int | None, int | None] | None:
    """`Content-Range` (RFC 9110, 14.4): first, last, length; None for what it does not say."""
    found = _CONTENT_RANGE.match(text or "")
    if found is None:
        return None
    numbers = [None if part in (None, "*") else int(part) for part in found.groups()]
    return numbers[0], numbers[1], numbers[2]


def read_date(text: str | None) -> datetime | None:
    """An HTTP date (RFC 9110, 5.6.7)."""
    if not text or not text.endswith("GMT"):
        return None
    try:
        read = parsedate_to_datetime(text)
    except ValueError:
        return None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read


def read_directives(text: str | None) -> dict[str, str]:
    """`Cache-Control` (RFC 9111, 5.2): directive → its value, empty where it has none."""
    pairs = (part.strip().partition("=") for part in (text or "").split(",") if part.strip())
    return {name.lower(): value.strip('"') for name, _, value in pairs}


def links_by_rel(links: Iterable[WebLink], rel: str) -> list[WebLink]:
    """The links of one relation, in their order; relation names ignore case."""
    return [link for link in links if link.rel.lower() == rel.lower()]
