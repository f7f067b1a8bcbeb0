"""Validators and conditional requests: what caches need, and whether to send a body.

The rules are those of RFC 9110, sections 8.8 (validators), 13.1 (preconditions) and 13.2.2 (their
order), and RFC 9111 (`Cache-Control`).
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Literal

from server.http.negotiate import MalformedHeaderError

REVALIDATE = "public, no-cache"
"""For addresses whose answer changes with the release: kept by caches, asked about each time."""

IMMUTABLE = "public, max-age=31536000, immutable"
"""For addresses that name a version: never asked about again."""

_ETAG = re.compile(r'(?:(W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?:,[ \t]*|\Z)')
"""One element of a list of entity tags, which may be empty, with what ends it."""

Verdict = Literal["proceed", "not-modified", "failed"]


@dataclass(frozen=True, slots=True)
class Validators:
    """What identifies one representation.

    Attributes:
        etag: Strong, with its quotes.
        modified: When this became the answer here, to the second, UTC; None where unknown.
    """

    etag: str
    modified: datetime | None = None

    @property
    def headers(self) -> dict[str, str]:
        """`ETag` and, where known, `Last-Modified`."""
        made = {"ETag": self.etag}
        if self.modified is not None:
            made["Last-Modified"] = format_datetime(self.modified, usegmt=True)
        return made


def make_etag(*parts: str) -> str:
    """A strong ETag for a representation named by its parts, in their order.

    Give every part that changes the bytes: release, address, format, page, coding. Parts are
    kept apart by their length, so `("a", "bc")` and `("ab", "c")` differ.
    """
    coded = (part.encode("utf-8", "surrogatepass") for part in parts)
    named = b"".join(b"%d:%b" % (len(each), each) for each in coded)
    return f'"{hashlib.sha256(named).hexdigest()[:32]}"'


def read_etags(header: str) -> tuple[tuple[bool, str], ...] | None:
    """The entity tags of `If-Match` or `If-None-Match` as (weak, opaque); None for `*`.

    Empty elements do not count (RFC 9110, section 5.6.1.2), so there may be no tag at all.

    Raises:
        MalformedHeaderError: Something else than a list of quoted tags stands there.
    """
    text = header.strip()
    if text == "*":
        return None
    tags: list[tuple[bool, str]] = []
    at = 0
    while at < len(text):
        found = _ETAG.match(text, at)
        if found is None:
            raise MalformedHeaderError(
                f"no list of entity tags from character {at + 1} of {text[:200]!r}"
            )
        if found[2] is not None:
            tags.append((found[1] is not None, found[2]))
        at = found.end()
    return tuple(tags)


def read_date(header: str) -> datetime | None:
    """An HTTP date in UTC; None if it is invalid, which RFC 9110 says to ignore."""
    try:
        read = parsedate_to_datetime(header)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def check_conditions(method: str, headers: Mapping[str, str], own: Validators) -> Verdict:
    """Evaluate the preconditions of a request, in the order of RFC 9110, section 13.2.2.

    Args:
        method: In upper case; only GET and HEAD can be answered `not-modified`.
        headers: The request's, looked up by their usual names.
        own: The validators of what would be sent.

    Raises:
        MalformedHeaderError: `If-Match` or `If-None-Match` cannot be read.
    """
    opaque = own.etag.strip('"')
    wanted = read_etags(headers.get("If-Match", ""))
    if wanted != ():
        if wanted is not None and (False, opaque) not in wanted:
            return "failed"
    elif own.modified is not None and "If-Unmodified-Since" in headers:
        limit = read_date(headers["If-Unmodified-Since"])
        if limit is not None and own.modified > limit:
            return "failed"
    known = read_etags(headers.get("If-None-Match", ""))
    if known != ():
        if known is None or any(tag == opaque for _, tag in known):
            return "not-modified" if method in ("GET", "HEAD") else "failed"
    elif own.modified is not None and method in ("GET", "HEAD"):
        since = read_date(headers.get("If-Modified-Since", ""))
        if since is not None and own.modified <= since:
            return "not-modified"
    return "proceed"


def check_if_range(header: str | None, own: Validators) -> bool:
    """Whether a client that has a part of something may get the rest (RFC 9110, section 13.1.5).

    Args:
        header: `If-Range`, whose entity tag or date must be exactly what would be sent; None: not
            asked for, so the range is sent.
        own: The validators of what would be sent.
    """
    if header is None:
        return True
    if header.rstrip().endswith('"'):
        return header.strip() == own.etag
    return own.modified is not None and read_date(header) == own.modified


def join_vary(*names: str) -> str:
    """The `Vary` field: each name once, in the order given."""
    return ", ".join(dict.fromkeys(name for name in names if name))
