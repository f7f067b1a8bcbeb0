"""Planted faults: SPARQL, errors and bad input."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.conform.faults import (
    RESULTS_JSON,
    TURTLE,
    accept,
    asks,
    at,
    change,
    code,
    drop,
    first_of_list,
    give,
    hear,
    method,
    no_weights,
    one_query,
    put,
    raw_crash,
    raw_ok,
    row,
    sparql,
    status,
    swap,
)
from tests.conform.sound_server import Request, Response


def nothing(request: Request, response: Response) -> bool:
    """A 404 outside things and documents."""
    return response.status == 404 and "zz-nothing" in request.path


SPARQL = (
    row(
        "sparql-get",
        give(
            200,
            asks(
                "Accept",
                "^" + re.escape(RESULTS_JSON) + "$",
                lambda r, a: "SELECT+%3Fs+" in r.target and r.target.count("query=") == 1,
            ),
            b"{}",
            RESULTS_JSON,
        ),
    ),
    row("sparql-post-form", give(415, asks("Content-Type", "form", sparql))),
    row("sparql-post-direct", give(415, asks("Content-Type", "sparql-query", sparql))),
    row("sparql-tables", give(406, asks("Accept", "text/csv", sparql))),
    row("sparql-construct", give(406, asks("Accept", "^text/turtle$", sparql))),
    row("sparql-family", give(200, asks("Accept", "^text/turtle, ", sparql), b"", TURTLE)),
    row("sparql-weights", accept(no_weights, "/sparql")),
    row("sparql-accept-any", give(406, lambda r, a: sparql(r, a) and "Accept" not in r.headers)),
    row("sparql-406", accept(lambda t: "*/*" if t.endswith("has-this-type") else t, "/sparql")),
    row("sparql-vary", drop("Vary", sparql)),
    row("sparql-malformed", code(500, lambda r, a: "nothing+%7B" in r.target)),
    row(
        "sparql-one-query",
        hear(one_query, lambda r: replace(r, target=r.target.rpartition("&")[0])),
    ),
    row("sparql-body-type", code(500, status(415, where=at("/sparql")))),
    row("sparql-no-update", code(200, lambda r, a: "INSERT+" in r.target)),
    row("sparql-head", drop("ETag", method("HEAD", sparql))),
    row("sparql-cors", drop("Access-Control-Allow-Origin", sparql)),
    row("sparql-description", swap("#endpoint", "#feature", lambda r, a: r.target == "/sparql")),
    row(
        "sparql-description-list",
        lambda r, sound: sound(
            replace(r, headers={**r.headers, "Accept": first_of_list(r.headers["Accept"])})
            if r.target == "/sparql" and "Accept" in r.headers
            else r
        ),
    ),
)

ERRORS = (
    row(
        "error-404", code(200, lambda r, a: r.path.startswith("/zz") and "Accept" not in r.headers)
    ),
    row(
        "error-problem", put("Content-Type", "application/json", asks("Accept", "problem", nothing))
    ),
    row("error-one-form", put("Content-Type", "application/json", status(405))),
    row(
        "error-status",
        change(status(405), lambda r, a: setattr(a, "body", a.body.replace(b"405", b"400"))),
    ),
    row(
        "error-page",
        hear(
            lambda r: "zz-nothing" in r.path,
            lambda r: replace(r, headers={**r.headers, "Accept": "application/problem+json"}),
        ),
    ),
    row("error-uncached", put("Cache-Control", "max-age=31536000", nothing)),
    row(
        "error-inside",
        change(
            status(405),
            lambda r, a: replace(
                a,
                headers={**a.headers, "Content-Length": "66"},
                body=b'{"status": 405, "detail": "Traceback (most recent call last): x"} ',
            ),
        ),
    ),
    row("withdrawn-410", give(404, at("/id/treaty/gone"))),
    row("merged-308", code(302, at("/id/treaty/old"))),
    row("input-encoding", raw_crash(lambda r: r.target == "/%zz")),
    row("input-nul", raw_ok(lambda r: "%00" in r.target)),
    row(
        "input-traversal",
        lambda r, sound: (
            Response(200, {"Content-Length": "17"}, b"root:x:0:0:root:/")
            if "etc/passwd" in r.target
            else sound(r)
        ),
    ),
    row("input-long", raw_crash(lambda r: len(r.target) > 4000)),
    row("input-fields", raw_crash(lambda r: r.problem == "the header is too large")),
    row("input-no-host", raw_ok(lambda r: r.problem == "no Host")),
    row("input-two-hosts", raw_ok(lambda r: r.problem == "two Host fields")),
    row("input-request-line", raw_ok(lambda r: r.problem.startswith("the request line"))),
    row("input-lengths", raw_ok(lambda r: r.problem == "two Content-Length fields")),
    row(
        "input-absolute",
        lambda r, sound: (
            Response(404, {"Content-Length": "0"}) if r.target.startswith("http://") else sound(r)
        ),
    ),
    row(
        "input-two-lines",
        hear(
            lambda r: "Accept" in r.repeated,
            lambda r: replace(
                r, headers={**r.headers, "Accept": first_of_list(r.headers["Accept"])}
            ),
        ),
    ),
)
