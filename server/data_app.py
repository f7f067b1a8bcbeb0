"""The application of `pacta serve --data`: `/sparql`, `/limits` and `/health`, nothing of ours.

The data are loaded as they are; there is no default graph but the one the files make.
"""

import json
import logging
from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from server.endpoint import Endpoint, SparqlService
from server.errors import (
    BadRequestError,
    MethodRefusedError,
    NotFoundError,
    ServerError,
    problem_of,
)
from server.formats import BY_NAME
from server.routes.sparql import CORS, make_blueprint, render_form

_LOG = logging.getLogger("pacta.server")


def create_data_app(service: SparqlService, endpoint: Endpoint) -> Flask:
    """The application for a store that was loaded from files."""
    app = Flask("server", root_path=str(Path(__file__).resolve().parent), static_folder=None)
    app.register_blueprint(make_blueprint(service, lambda: endpoint, render_form))

    @app.route("/health")
    def health() -> Response:
        ready = service.supervisor.describe().ready > 0
        facts = {
            "status": "ok" if ready else "starting",
            "endpoint": endpoint.address,
            **service.report_health(),
        }
        return Response(
            json.dumps(facts, indent=2) + "\n",
            200 if ready else 503,
            content_type="application/json",
            headers={"Cache-Control": "no-store", **CORS},
        )

    @app.errorhandler(ServerError)
    def refuse(error: ServerError) -> Response:
        return render_problem(error)

    @app.errorhandler(HTTPException)
    def refuse_http(error: HTTPException) -> Response:
        return render_problem(translate(error))

    @app.errorhandler(Exception)
    def fail(error: Exception) -> Response:
        _LOG.exception("a request failed", exc_info=error)
        return render_problem(ServerError("the server failed while it answered"))

    return app


def translate(error: HTTPException) -> ServerError:
    """Flask's own errors as ours."""
    if error.code == 404:
        return NotFoundError(
            f"nothing has the address {request.path[:200]}",
            hint="There are /sparql, /limits and /health.",
        )
    if error.code == 405:
        allowed = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
        return MethodRefusedError(
            f"{request.method} is not answered here", headers={"Allow": allowed}
        )
    return BadRequestError(error.description or "the request cannot be read")


def render_problem(error: ServerError) -> Response:
    """An error as problem+json."""
    return Response(
        json.dumps(problem_of(error), ensure_ascii=False, indent=2) + "\n",
        error.status,
        content_type=BY_NAME["problem"].media_type,
        headers={"Cache-Control": "no-store", **CORS, **error.response_headers},
    )
