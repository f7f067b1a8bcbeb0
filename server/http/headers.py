"""Addresses and header fields that the command, the web server and the application share."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from server.errors import BadRequestError

CONTENT_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
SHARED = (
    ("Content-Security-Policy", CONTENT_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Access-Control-Allow-Origin", "*"),
)
"""What every answer carries that does not say otherwise."""

_PROTOCOL = re.compile(r"HTTP/[123](?:\.[01])?\Z")
_NO_HOST = re.compile(r"[\s,/@?#]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def check_request(environ: Mapping[str, object]) -> None:
    """Refuse what HTTP forbids and the web server lets through (RFC 9112, 3 and 3.2).

    Args:
        environ: The request's, of WSGI.

    Raises:
        BadRequestError: Another protocol, no `Host` in HTTP/1.1, or more than one, or an escape
            in the address that is none.
    """
    protocol = str(environ.get("SERVER_PROTOCOL", "HTTP/1.1"))
    if not _PROTOCOL.match(protocol):
        raise BadRequestError("the request line names a protocol that is not HTTP/1.1")
    host = environ.get("HTTP_HOST")
    if host is None and protocol == "HTTP/1.1":
        raise BadRequestError("HTTP/1.1 asks for a Host field")
    if host is not None and _NO_HOST.search(str(host)):
        raise BadRequestError("there is more than one Host, or it is none")
    if _BAD_ESCAPE.search(str(environ.get("REQUEST_URI") or environ.get("RAW_URI") or "")):
        raise BadRequestError("the address holds a malformed percent-encoding")


def is_here(base: str, host: str, port: int) -> bool:
    """Whether a base address leads to a server that listens on a host and port."""
    where = urlsplit(base)
    local = ("localhost", "127.0.0.1", "::1")
    same_host = where.hostname == host or (
        where.hostname in local and host in (*local, "0.0.0.0", "::")  # noqa: S104
    )
    return same_host and port == (where.port or {"https": 443}.get(where.scheme, 80))
