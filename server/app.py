"""The HTTP application: connects its parts and handles what all answers share.

`create_app` is the whole of it: which blueprints there are, which release a request gets, what
each answer carries, and how anything that goes wrong becomes one body (problem+json, or a page
for a browser). `routes/` hold the addresses, `answers` the negotiation, `pages` the content.
"""

import json
import logging
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, g, request
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from server.errors import (
    BadRequestError,
    BodyTooLargeError,
    ExpectationError,
    MethodRefusedError,
    NotFoundError,
    ServerError,
    StoppingError,
    UriTooLongError,
    problem_of,
)
from server.http.answer_cache import AnswerCache
from server.http.formats import BY_NAME
from server.http.headers import check_request
from server.http.negotiate import MalformedHeaderError, wants_page
from server.http.representation import COMMON
from server.release.current import ReleaseHolder
from server.routes import (
    Turn,
    about,
    discovery,
    dumps,
    editor,
    find_kept,
    keep,
    language,
    lists,
    memento,
    reconcile,
    render,
    resource,
    search,
    site,
    terms,
    turn,
    views,
)
from server.settings import Settings
from server.site import Health, Metrics, Site
from server.software import digest_software

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MAX_PATH = 2048
"""Characters of a path: no address here is a tenth as long."""

_COLLECTION = (
    *(resource, terms, dumps, discovery, views, search, lists, editor, memento, reconcile),
)
"""The addresses of a collection."""
_HERE = Path(__file__).parent
_LOG = logging.getLogger("pacta.http")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffd]")
_HTTP_ERRORS: dict[int, type[ServerError]] = {
    400: BadRequestError,
    404: NotFoundError,
    405: MethodRefusedError,
    413: BodyTooLargeError,
}


def create_app(
    settings: Settings,
    holder: ReleaseHolder | None,
    blueprints: Iterable[Blueprint] = (),
    health: Health | None = None,
    metrics: Metrics | None = None,
    answers: AnswerCache | None = None,
) -> Flask:
    """The application.

    Args:
        settings: The settings of this process.
        holder: The releases, opened already; None where plain files are served (`--data`): then
            there are only the given blueprints, `/health` and `/metrics`.
        blueprints: More addresses: the SPARQL endpoint's.
        health: Adds members to `/health`.
        metrics: Adds lines to `/metrics`.
        answers: Where whole answers are kept; None: in a cache of its own.
    """
    app = Flask("server", root_path=str(_HERE))
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = settings.max_body_bytes
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: language().catalogue.gettext(text),
        lambda one, many, number: language().catalogue.ngettext(one, many, number),
        newstyle=True,
    )
    app.extensions["pacta"] = Site(
        settings,
        holder,
        digest_software(),
        answers or AnswerCache(settings.result_cache_bytes),
        health,
        metrics,
    )
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(_leave)
    app.register_error_handler(Exception, _answer_error)
    app.register_blueprint(about.BLUEPRINT)
    if holder is not None:
        for module in _COLLECTION:
            app.register_blueprint(module.BLUEPRINT)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    app.wsgi_app = _strip_prefix(app.wsgi_app, holder)  # type: ignore[method-assign, assignment]
    return app


def _strip_prefix(inner: "WSGIApplication", holder: ReleaseHolder | None) -> "WSGIApplication":
    """Answers below the base's path too, where a proxy does not take it away."""

    def call(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        base = holder.current.base if holder is not None else "/"
        prefix = "/" + base.partition("://")[2].partition("/")[2].rstrip("/")
        path = environ.get("PATH_INFO", "")
        if prefix != "/" and (path == prefix or path.startswith(prefix + "/")):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + prefix
            environ["PATH_INFO"] = path[len(prefix) :] or "/"
        return inner(environ, start)

    return call


def _begin() -> Response | None:
    """At the start of a request: its release, and an answer where one is kept."""
    here, environ, path = site(), request.environ, request.path
    own = g.turn = Turn()
    if here.traffic.closing and path != "/health":
        raise StoppingError("the server is shutting down")
    here.traffic.enter()
    own.entered = True
    own.release = here.holder.current if here.holder is not None else None
    if len(path) > MAX_PATH:
        raise UriTooLongError(f"the path has more than {MAX_PATH} characters")
    check_request(environ)
    expected = environ.get("HTTP_EXPECT")
    if expected is not None and expected.lower() != "100-continue":
        raise ExpectationError(f"nothing here can meet the expectation {expected[:60]!r}")
    if _CONTROL.search(path):
        raise BadRequestError("the address holds a malformed percent-encoding")
    return find_kept(own, environ)


REQUEST_FIELDS = (
    *("Accept", "Accept-Datetime", "Accept-Encoding", "Accept-Language", "Authorization"),
    *("Cache-Control", "Content-Encoding", "Content-Type", "Expect", "If-Match"),
    *("If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Pragma"),
    *("Prefer", "Range", "X-Requested-With"),
)
"""What a page of another site may send: each field that is read here, and what clients add."""


def _finish(response: Response) -> Response:
    """At the end: what every answer carries, one line in the log, one count."""
    headers, own, environ = response.headers, turn(), request.environ
    if not own.kept:
        _complete(headers, environ["REQUEST_METHOD"])
        keep(own, environ, response)
    headers.add("X-Request-Id", own.id)
    route, path, status = request.endpoint or "none", request.path, response.status_code
    seconds = time.perf_counter() - own.began
    site().tally.note(route, environ["REQUEST_METHOD"], path, status, seconds, own.id)
    return response


def _complete(headers: Headers, method: str) -> None:
    """Add what every answer carries that does not say otherwise."""
    present = {name.lower() for name, _ in headers}
    for name, value in COMMON:
        if name.lower() not in present:
            headers.add(name, value)
    if method == "OPTIONS":
        headers.setdefault("Access-Control-Allow-Methods", headers.get("Allow", "GET, HEAD"))
        headers.setdefault(
            "Access-Control-Allow-Headers",
            ", ".join(REQUEST_FIELDS),
        )
        headers.setdefault("Access-Control-Max-Age", "86400")


def _leave(_: BaseException | None) -> None:
    """When everything is done: a stop no longer waits for this request."""
    own: Turn | None = g.get("turn")
    if own is not None and own.entered:
        own.entered = False
        site().traffic.leave()


def _answer_error(error: Exception) -> Response:
    """Whatever was raised, as one body; what is not ours is logged and says nothing of itself."""
    known = _name_error(error)
    problem: dict[str, Any] = problem_of(known)
    row = BY_NAME["html" if wants_page(request.headers.get("Accept")) else "problem"]
    body = (
        render(
            "error.html",
            problem=problem,
            status=known.status,
            meaning=[text for text in (known.meaning(), known.default_hint) if text],
        )
        if row.name == "html"
        else json.dumps(problem, ensure_ascii=False).encode() + b"\n"
    )
    response = Response(body, f"{known.status} {known.title}", content_type=row.content_type)
    response.headers["Cache-Control"] = "no-cache" if known.status < 500 else "no-store"
    response.headers["Vary"] = "Accept"
    for name, value in known.response_headers.items():
        if name == "Vary":
            response.headers["Vary"] = f"Accept, {value}" if "Accept" not in value else value
        else:
            response.headers[name] = value
    return response


def _name_error(error: Exception) -> ServerError:
    """Any exception as one of ours."""
    if isinstance(error, ServerError):
        return error
    if isinstance(error, MalformedHeaderError):
        return BadRequestError(f"a header cannot be read: {error}", hint="RFC 9110 has its form.")
    if isinstance(error, MethodNotAllowed):
        methods = sorted(error.valid_methods or ())
        return MethodRefusedError(
            f"{request.method[:20]} is not done here",
            members={"allow": methods},
            headers={"Allow": ", ".join(methods)},
        )
    if isinstance(error, HTTPException) and error.code in _HTTP_ERRORS:
        return _HTTP_ERRORS[error.code](_describe(error.code))
    if isinstance(error, HTTPException) and error.code is not None and error.code < 500:
        return BadRequestError(f"the request cannot be answered ({error.code})")
    _LOG.error("request %s failed", turn().id, exc_info=error)
    return ServerError(f"something went wrong here; the server's log has it under {turn().id}")


def _describe(code: int) -> str:
    return {404: "nothing has this address", 413: "the request body is too large"}.get(
        code, "the request cannot be read"
    )
