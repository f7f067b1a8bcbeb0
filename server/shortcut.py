"""The short way to `/sparql`: a query whose answer is data gets it before Flask sees the request.

For a lookup, what Flask does around an answer takes as long as all the rest. Data need none of it.
Pages, the service description and whatever goes wrong take the usual way (decision 0017).
"""

import io
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from werkzeug.datastructures import EnvironHeaders
from werkzeug.wsgi import get_input_stream, wrap_file

from server.errors import BodyTooLargeError, NotAcceptableError, ServerError
from server.http.formats import BY_NAME, Content, find_format
from server.http.headers import check_request
from server.http.representation import COMMON
from server.site import Tally
from server.sparql.request import SparqlRequest, read_request
from server.sparql.service import CONTENT, Caller, Endpoint, Reply, SparqlService, choose_row
from server.syntax.inspection import Query

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH = "/sparql"
METHODS = ("GET", "HEAD", "POST", "QUERY")

BEGAN = "pacta.began"
"""In a request's environment: when it came (`time.perf_counter`)."""

ASKED = "pacta.asked"
"""In a request's environment: what it asks, as `SparqlRequest`."""

READ = "pacta.read"
"""In a request's environment: its query, as `Query`, or the error that tells what is wrong."""

FAILED = "pacta.failed"
"""In a request's environment: why there is no answer; the usual way tells it to the client."""

JOINED_BYTES = 1 << 16
"""A larger body goes as a file does: the web server sends from where it is, without a copy."""


def take_shortcut(
    usual: "WSGIApplication",
    service: SparqlService,
    current: Callable[[], Endpoint],
    tally: Tally,
    route: str,
) -> "WSGIApplication":
    """An application that answers queries with data, and leaves everything else to another.

    Args:
        usual: The other.
        service: Pool, cache and limits.
        current: Gives the endpoint in use; asked once per request.
        tally: Counts answers.
        route: What they count as.
    """

    def call(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        if environ.get("PATH_INFO") != PATH or environ["REQUEST_METHOD"] not in METHODS:
            return usual(environ, start)
        environ[BEGAN] = time.perf_counter()
        try:
            reply = _answer(environ, service, current)
        except Exception as error:  # the usual way knows what each is to the client
            environ[FAILED] = error
            reply = None
        if reply is None:
            return usual(environ, start)
        request_id = secrets.token_hex(8)
        status = HTTPStatus(reply.status)
        headers = [*reply.headers.items(), *COMMON, ("X-Request-Id", request_id)]
        start(f"{status.value} {status.phrase}", headers)
        method = environ["REQUEST_METHOD"]
        tally.note(route, method, PATH, status, time.perf_counter() - environ[BEGAN], request_id)
        return list_pieces(reply, environ)

    return call


def _answer(
    environ: "WSGIEnvironment", service: SparqlService, current: Callable[[], Endpoint]
) -> Reply | None:
    """The answer of a query, where it is data; None where something else is asked."""
    check_request(environ)
    asked = environ[ASKED] = _read_environ(environ, service)
    if asked.query is None:
        return None
    query = environ[READ] = _inspect(service, asked)
    content = CONTENT[query.form] if isinstance(query, Query) else "rows"
    accept = environ.get("HTTP_ACCEPT")
    if _is_for_people(asked, content, accept):
        return None
    if isinstance(query, ServerError):
        raise query
    row = choose_row(asked, content, accept, page=False)
    return service.answer_query(current(), asked, query, row, read_caller(environ))


def _read_environ(environ: "WSGIEnvironment", service: SparqlService) -> SparqlRequest:
    """What a request asks."""
    return read_request(
        environ["REQUEST_METHOD"],
        environ.get("QUERY_STRING", "").encode("latin-1"),
        environ.get("CONTENT_TYPE", ""),
        lambda: _read_body(environ, service.settings.max_body_bytes),
        service.settings,
        environ.get("HTTP_CONTENT_ENCODING", ""),
    )


def read_caller(environ: "WSGIEnvironment") -> Caller:
    """Who asks."""
    return Caller(
        method=environ["REQUEST_METHOD"],
        headers=cast(Mapping[str, str], EnvironHeaders(environ)),
        address=environ.get("REMOTE_ADDR", ""),
        left=environ.get("waitress.client_disconnected", bool),
    )


def _inspect(service: SparqlService, asked: SparqlRequest) -> Query | ServerError:
    """The query of a request, or what is wrong with its text."""
    try:
        return service.inspect(asked)
    except ServerError as error:
        return error


def _read_body(environ: "WSGIEnvironment", most: int) -> bytes:
    """The body, where it is within its limit."""
    if int(environ.get("CONTENT_LENGTH") or 0) <= most:
        body: bytes = get_input_stream(environ).read(most + 1)
        if len(body) <= most:
            return body
    raise BodyTooLargeError(
        f"the body has more than {most} bytes", members={"limit": "max_body_bytes", "most": most}
    )


def _is_for_people(asked: SparqlRequest, content: Content, accept: str | None) -> bool:
    """Whether the page is the best answer for this client."""
    if any(find_format(word, (BY_NAME["html"],)) is None for word in asked.formats):
        return False
    try:
        return choose_row(asked, content, accept, page=True).name == "html"
    except NotAcceptableError:
        return False


def list_pieces(reply: Reply, environ: "WSGIEnvironment") -> Iterable[bytes]:
    """The body as the web server takes it."""
    body = reply.body
    if isinstance(body, bytes) and len(body) <= JOINED_BYTES:
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
    file = io.BytesIO(body) if isinstance(body, bytes) else body
    if environ["REQUEST_METHOD"] == "HEAD":
        file.close()
        return []
    return wrap_file(environ, file)  # type: ignore[arg-type]
