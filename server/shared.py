"""What both applications share: the check of every request, the headers of every answer."""

import re
from collections.abc import Mapping

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


def check_host(environ: Mapping[str, object]) -> None:
    """Refuse what HTTP forbids and the web server lets through (RFC 9112, 3 and 3.2).

    Args:
        environ: The request's, of WSGI.

    Raises:
        BadRequestError: Another protocol, no `Host` in HTTP/1.1, or more than one.
    """
    protocol = str(environ.get("SERVER_PROTOCOL", "HTTP/1.1"))
    if not _PROTOCOL.match(protocol):
        raise BadRequestError("the request line names a protocol that is not HTTP/1.1", hint="")
    host = environ.get("HTTP_HOST")
    if host is None and protocol == "HTTP/1.1":
        raise BadRequestError("HTTP/1.1 asks for a Host field", hint="")
    if host is not None and _NO_HOST.search(str(host)):
        raise BadRequestError("there is more than one Host, or it is none", hint="")
