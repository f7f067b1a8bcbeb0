"""`/sparql` and `/limits`: the endpoint over HTTP.

A request asks for data, for the page that shows them, or for the service description; errors are
sent as problem+json, or shown on the page with the query in its form.
"""

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import cast

from flask import Blueprint, Response, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from werkzeug.wsgi import wrap_file

from server.documents.links import JSON
from server.errors import BodyTooLargeError, NotAcceptableError, ServerError
from server.http.formats import BY_NAME, Content, Format, find_format
from server.http.negotiate import wants_page
from server.pool.spool import Answer
from server.routes import has_conditions, language, render, site
from server.settings import Settings
from server.sparql.request import READ_TYPES, SparqlRequest, read_fields, read_request
from server.sparql.result_format import choose_format
from server.sparql.service import CONTENT, Caller, Endpoint, Reply, SparqlService

METHODS = ("GET", "HEAD", "POST", "QUERY", "OPTIONS")
_ACCEPTED = {"Accept-Post": ", ".join(READ_TYPES), "Accept-Query": READ_TYPES[0]}
_LONG_BYTES = 1 << 16
"""Bytes of results from which rendering the page counts as heavy work."""

_TABLE_BYTES = 1024 * 1024
"""Bytes of results that the page shows as a table; a larger answer is only offered as data."""


@dataclass(frozen=True)
class PageFacts:
    """What the page at `/sparql` shows.

    Attributes:
        query: The text in the form.
        error: The problem with it, or None.
        table: The results as JSON values (SPARQL results JSON), or None.
        graph: The results as Turtle, or None.
        rows: How many rows the whole answer has; -1 where that is not known.
        size: Bytes of the whole answer; more than was shown where neither table nor graph is set.
        fields: The request's own parameters, to be sent again.
        limits: The limits by name.
    """

    query: str
    error: ServerError | None
    table: Mapping[str, object] | None
    graph: str | None
    rows: int
    size: int
    fields: tuple[tuple[str, str], ...]
    limits: Mapping[str, object]


Page = Callable[[PageFacts], str]


def render_form(facts: PageFacts) -> str:
    """The page of `serve --data`: a form, and the results below it."""
    return render_template("sparql_form.html", facts=facts)


def render_page(facts: PageFacts) -> str:
    """The page of a collection: the same form within the collection's own frame."""
    return render("sparql.html", facts=facts).decode()


def make_blueprint(
    service: SparqlService, current: Callable[[], Endpoint], page: Page
) -> Blueprint:
    """The routes of the endpoint.

    Args:
        service: Pool, cache and limits.
        current: Gives the endpoint in use; asked once per request.
        page: Renders the page for browsers.
    """
    blueprint = Blueprint("sparql", __name__)

    @blueprint.route("/sparql", methods=METHODS, provide_automatic_options=False)
    def sparql() -> Response:
        """Answer a query, or describe the endpoint."""
        if request.method == "OPTIONS":
            return _tell_methods()
        caller = _read_caller()
        asked: SparqlRequest | None = None
        try:
            asked = _read_asked(service)
            if asked.query is None:
                return _send(_describe(service, current(), asked, caller, page))
            return _send(_answer(service, current(), asked, caller, page))
        except ServerError as error:
            if site().holder is not None:
                error.offer_dumps()
            shown = asked or _read_refused(service)
            if shown is None or not wants_page(request.headers.get("Accept")):
                raise
            return _send(_render(service, page, shown, shown.query or "", error=error))

    @blueprint.route("/sparql/", methods=METHODS, provide_automatic_options=False)
    def sparql_slash() -> Response:
        """The same address without the slash; method and body stay (308).

        A preflight is answered here: a browser follows no redirect for it (Fetch, section 4.8).
        """
        if request.method == "OPTIONS":
            return _tell_methods()
        query = request.environ.get("QUERY_STRING", "")
        there = request.environ.get("SCRIPT_NAME", "") + "/sparql" + (f"?{query}" if query else "")
        moved = redirect(there, code=308)
        moved.autocorrect_location_header = False
        return Response(moved.data, 308, moved.headers)

    @blueprint.route("/limits")
    def limits() -> Response:
        """The limits of this endpoint by their names: a page for browsers, JSON for all others."""
        named = service.list_limits()
        row = BY_NAME["html"] if wants_page(request.headers.get("Accept")) else JSON
        body = (
            json.dumps({"limits": named}, indent=2).encode() + b"\n"
            if row is JSON
            else render("limits.html", limits=_explain_limits(named))
        )
        headers = {"Cache-Control": "public, no-cache", "Vary": "Accept, Accept-Language"}
        return Response(body, headers=headers, content_type=row.content_type)

    blueprint.record_once(_open_root)
    return blueprint


def _open_root(state: BlueprintSetupState) -> None:
    """Give a server of plain files, which has no page of a collection, something at `/`."""

    def lead() -> Response:
        # Relative: whatever a proxy puts before the path stays there.
        headers = {"Location": "sparql", "Cache-Control": "no-cache"}
        return Response("sparql\n", 303, headers, content_type="text/plain; charset=utf-8")

    if state.app.extensions["pacta"].holder is None:
        state.add_url_rule("/", "root", lead)


def _explain_limits(named: Mapping[str, object]) -> list[tuple[str, str, str]]:
    """Name, value and meaning of each limit."""
    meanings = {item.name: str(item.metadata["facts"].help) for item in fields(Settings)}
    return [
        (name, language().number(str(value).removesuffix(".0")), meanings[name])
        for name, value in named.items()
    ]


def _tell_methods() -> Response:
    """The answer to OPTIONS."""
    headers = {"Allow": ", ".join(METHODS), **_ACCEPTED}
    response = Response(status=204, headers=headers)
    response.headers.pop("Content-Type")
    return response


def _read_caller() -> Caller:
    """The client, and whether it is still connected."""
    environ = request.environ
    return Caller(
        method=environ["REQUEST_METHOD"],
        headers=cast(Mapping[str, str], request.headers),
        address=environ.get("REMOTE_ADDR", ""),
        left=environ.get("waitress.client_disconnected", bool),
        is_conditional=has_conditions(environ),
    )


def _read_asked(service: SparqlService) -> SparqlRequest:
    """What the request asks."""
    environ = request.environ
    return read_request(
        environ["REQUEST_METHOD"],
        environ["QUERY_STRING"].encode("latin-1"),
        environ.get("CONTENT_TYPE", ""),
        lambda: _read_body(service.settings.max_body_bytes),
        service.settings,
        environ.get("HTTP_CONTENT_ENCODING", ""),
    )


def _read_body(most: int) -> bytes:
    """The body, where it is within its limit."""
    if (request.content_length or 0) <= most:
        body = request.stream.read(most + 1)
        if len(body) <= most:
            return body
    raise BodyTooLargeError(
        f"the body has more than {most} bytes", members={"limit": "max_body_bytes", "most": most}
    )


def _describe(
    service: SparqlService, endpoint: Endpoint, asked: SparqlRequest, caller: Caller, page: Page
) -> Reply:
    """The page or the service description."""
    row = choose_format(asked, "triples", request.headers.get("Accept"), page=True)
    if row.name != "html":
        return service.answer_description(endpoint, row, caller)
    return _render(service, page, asked, "")


def _answer(
    service: SparqlService, endpoint: Endpoint, asked: SparqlRequest, caller: Caller, page: Page
) -> Reply:
    """The answer of a query as data, or the page with it."""
    accept = request.headers.get("Accept")
    query = service.inspect(endpoint, asked)
    content = CONTENT[query.form]
    if not _is_for_people(asked, content, accept):
        row = choose_format(asked, content, accept, page=False)
        return service.answer_query(endpoint, asked, query, row, caller)
    row = BY_NAME["turtle" if content == "triples" else "json"]
    answer = service.run_query(endpoint, asked, query, row, caller)
    return _render(service, page, asked, query.text, answer=answer, row=row)


def _is_for_people(asked: SparqlRequest, content: Content, accept: str | None) -> bool:
    """Whether the page is the best answer for this client."""
    if any(find_format(word, (BY_NAME["html"],)) is None for word in asked.formats):
        return False
    try:
        return choose_format(asked, content, accept, page=True).name == "html"
    except NotAcceptableError:
        return False


def _read_refused(service: SparqlService) -> SparqlRequest | None:
    """The refused input of the form, to fill the form again; None where no form was sent."""
    if request.method != "GET":
        return None
    try:
        fields = tuple(read_fields(request.environ.get("QUERY_STRING", "").encode("latin-1"), ""))
    except ServerError:
        return None
    query = dict(fields).get("query")
    timeout_s = service.settings.query_timeout_s
    return SparqlRequest(query, None, (), timeout_s, fields) if query else None


def _render(
    service: SparqlService,
    page: Page,
    asked: SparqlRequest,
    text: str,
    *,
    error: ServerError | None = None,
    answer: Answer | None = None,
    row: Format | None = None,
) -> Reply:
    """The page."""
    if error is not None and site().holder is not None:
        error.offer_dumps()
    shown: str | None = None
    if answer is not None and isinstance(answer.body, bytes) and answer.size <= _TABLE_BYTES:
        shown = answer.body.decode()
    elif answer is not None and not isinstance(answer.body, bytes):
        answer.body.close()
    is_table = row is not None and row.name == "json"
    facts = PageFacts(
        query=text,
        error=error,
        table=json.loads(shown) if shown is not None and is_table else None,
        graph=shown if shown is not None and not is_table else None,
        rows=answer.rows if answer else -1,
        size=answer.size if answer else 0,
        fields=asked.fields,
        limits=service.list_limits(),
    )
    with (
        service.limit_heavy() if answer and answer.size > _LONG_BYTES else contextlib.nullcontext()
    ):
        body = page(facts).encode()
    headers = {
        "Vary": "Accept, Accept-Language",
        "Cache-Control": "no-store" if text else "public, no-cache",
        "Content-Type": BY_NAME["html"].content_type,
        "Content-Length": str(len(body)),
    }
    if error is not None:
        headers |= error.response_headers
    return Reply(error.status if error else 200, headers, body)


def _send(reply: Reply) -> Response:
    """A reply as a Flask response; a body in a file is sent from the file, without a copy."""
    if isinstance(reply.body, bytes):
        return Response(reply.body, reply.status, dict(reply.headers))
    if request.method == "HEAD":
        reply.body.close()
        return Response(b"", reply.status, dict(reply.headers))
    body = wrap_file(request.environ, reply.body)  # type: ignore[arg-type]
    return Response(body, reply.status, dict(reply.headers), direct_passthrough=True)
