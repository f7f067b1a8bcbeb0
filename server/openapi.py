"""The API as an OpenAPI 3.1 description, generated from the routes of the application.

Paths and arguments come from the routes, summaries from the docstrings of their views. What no
route says of itself (media types, statuses, query parameters) stands in tables here; a test holds
them to the answers. `/openapi.json` serves it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from server.documents.links import DOCUMENT_FORMATS, LINKSET_TYPE
from server.http.formats import FILE_TYPES, list_formats

_PROBLEM = "application/problem+json"
_HTML = "text/html"
_JSON = "application/json"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCUMENT_TYPES = tuple(row.media_type for row in DOCUMENT_FORMATS)
RDF_TYPES = DOCUMENT_TYPES[1:]
_RESULT_TYPES = tuple(row.media_type for row in (*list_formats("rows"), *list_formats("triples")))
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")

_REASONS = {
    200: "Done",
    206: "A part of the file",
    302: "The state at the time asked for",
    303: "See the document",
    304: "Not changed",
    307: "The release in use",
    308: "Merged with another",
    400: "The request cannot be read",
    403: "Refused",
    404: "Nothing has this address",
    405: "The method is not done here",
    406: "Nothing acceptable to send",
    410: "Withdrawn; says what replaces it",
    412: "A condition does not hold",
    413: "The body is too large",
    414: "The address is too long",
    415: "The body's media type is not read here",
    416: "No such part of the file",
    422: "The query parses, and cannot be evaluated",
    429: "Too many at once from one client",
    500: "Our fault",
    503: "Not now, or over a limit",
}

_ALWAYS = (400, 405, 414, 500)
_NEGOTIATED = (200, 304, 404, 406, 412)
_FOUND = (200, 304, 406, 412)
_FILE = (200, 206, 304, 307, 404, 412, 416, 503)


@dataclass(frozen=True)
class Route:
    """A route as the application knows it.

    Attributes:
        rule: With its arguments in angle brackets: `/doc/<kind>/<name>`.
        endpoint: The view's name with its blueprint's: `resource.show_document`.
        summary: The first line of the view's docstring.
    """

    rule: str
    endpoint: str
    summary: str

    @property
    def path(self) -> str:
        """The rule as OpenAPI writes it: `/doc/{kind}/{name}`."""
        return _ARGUMENT.sub(r"{\1}", self.rule)


@dataclass(frozen=True)
class Answers:
    """The media types and statuses of a route's answers, beside those of every route."""

    types: Sequence[str]
    statuses: Sequence[int]


def _parameter(
    name: str, where: str, text: str, schema: Mapping[str, Any] | None = None, example: str = ""
) -> dict[str, Any]:
    made = {
        "name": name,
        "in": where,
        "description": text,
        "required": where == "path",
        "schema": dict(schema or {"type": "string"}),
    }
    return {**made, "example": example} if example else made


def _describe_form(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "string"} for name in names}}


_DOCUMENT = Answers(DOCUMENT_TYPES, _NEGOTIATED)
_TIMED = Answers(DOCUMENT_TYPES, (*_NEGOTIATED, 302))
_VERSIONED = Answers(DOCUMENT_TYPES, (*_NEGOTIATED, 302, 410))
_VIEW = Answers((_HTML, _JSON), _FOUND)
_ONE = Answers((_HTML, _JSON), _NEGOTIATED)
_DATA = Answers((_JSON,), _FOUND)
_TEXT = Answers(("text/plain",), _FOUND)

ANSWERS: dict[str, Answers] = {
    "/releases/": Answers((), (307,)),
    "/releases/{name}/": Answers(DOCUMENT_TYPES, (*_NEGOTIATED, 503)),
    "about.show_error": _ONE,
    "about.show_errors": _VIEW,
    "about.show_health": Answers((_JSON,), (200, 503)),
    "about.show_metrics": Answers(("text/plain",), (200,)),
    "about.show_profile": _ONE,
    "discovery.show_api": _DATA,
    "discovery.show_collection": _DOCUMENT,
    "discovery.show_report": Answers((*DOCUMENT_TYPES, _JSON), _NEGOTIATED),
    "discovery.show_robots": _TEXT,
    "discovery.show_sitemap": Answers(("application/xml",), _FOUND),
    "discovery.show_sitemap_part": Answers(("application/xml",), _NEGOTIATED),
    "discovery.show_void": Answers(RDF_TYPES, _FOUND),
    "dumps.list_dumps": _DOCUMENT,
    "dumps.list_release": Answers(DOCUMENT_TYPES, (*_NEGOTIATED, 307)),
    "dumps.send_dump": Answers(tuple(row.partition(";")[0] for row in FILE_TYPES.values()), _FILE),
    "editor.show_editor": _DATA,
    "lists.show_about": Answers((_HTML,), _FOUND),
    "lists.show_kind": Answers((_HTML, _JSON, "text/csv", _XLSX), _NEGOTIATED),
    "memento.show_memento": Answers(("*/*",), (*_FILE, 303, 308, 406, 410)),
    "memento.show_timemap": Answers(("application/link-format",), _NEGOTIATED),
    "reconcile.preview": Answers((_HTML,), _NEGOTIATED),
    "reconcile.propose": _DATA,
    "reconcile.reconcile": Answers((_JSON,), (*_FOUND, 413)),
    "reconcile.suggest": Answers((_JSON,), _NEGOTIATED),
    "resource.show_part": Answers((_HTML,), (*_NEGOTIATED, 410)),
    "resource.redirect_thing": Answers((), (303, 308, 404, 410)),
    "resource.show_concept": _VERSIONED,
    "resource.show_context": Answers(("application/ld+json",), _NEGOTIATED),
    "resource.show_document": Answers(
        (*DOCUMENT_TYPES, LINKSET_TYPE), (*_NEGOTIATED, 302, 308, 410)
    ),
    "resource.show_graph": _TIMED,
    "search.search": _VIEW,
    "search.suggest": _DATA,
    "sparql.limits": Answers((_HTML, _JSON), (200,)),
    "sparql.sparql": Answers(
        (_HTML, *_RESULT_TYPES), (200, 304, 403, 404, 406, 412, 413, 415, 422, 429, 503)
    ),
    "terms.show_marks": _DOCUMENT,
    "terms.show_ontology": _VERSIONED,
    "terms.show_scheme": _VERSIONED,
    "terms.show_shape": _TIMED,
    "terms.show_shapes": _TIMED,
    "terms.show_vocabularies": _TIMED,
    "views.show_conflicts": _VIEW,
    "views.show_day": _VIEW,
    "views.show_map": _VIEW,
    "views.show_timeline": _ONE,
}
"""Path, or else endpoint → its answers. A route without a row is not described."""

_PAGE = _parameter("page", "query", "Page, from 1", {"type": "integer", "minimum": 1})
_WORDS = _parameter("q", "query", "What is looked for", {"type": "string", "maxLength": 200})
_LIMIT = {"type": "integer", "minimum": 1, "maximum": 50}
_KIND = _parameter("kind", "query", "Only of this kind, as the page names it")
_FROM = _parameter("from", "query", "Not before this year: `1939`, `44 BC`")
_UNTIL = _parameter("until", "query", "Not after this year")
_LANGUAGE = _parameter("lang", "query", "Language of the page, instead of Accept-Language: `lt`")
_GRAPHS = (
    _parameter("default-graph-uri", "query", "A graph of the default graph"),
    _parameter("named-graph-uri", "query", "A named graph"),
)
_QUERIES = 'Reconciliation queries by name, as JSON: `{"q0": {"query": "Tordesillas"}}`'
_EXTEND = "`ids` and `properties` of a data extension, as JSON"
PARAMETERS: dict[str, Sequence[dict[str, Any]]] = {
    "lists.show_kind": (_PAGE,),
    "reconcile.preview": (_parameter("id", "query", "Of a thing: `treaty/peace-1920`"),),
    "reconcile.propose": (
        _parameter("type", "query", "Id of a type"),
        _parameter("limit", "query", "How many", {"type": "integer", "minimum": 0}),
    ),
    "reconcile.reconcile": (
        _parameter("queries", "query", _QUERIES),
        _parameter("query", "query", "One query, or a bare name"),
        _parameter("extend", "query", _EXTEND),
    ),
    "reconcile.suggest": (
        _parameter("prefix", "query", "How a name or an id begins"),
        _parameter("cursor", "query", "How many to skip", {"type": "integer", "minimum": 0}),
    ),
    "resource.show_concept": (_PAGE,),
    "resource.show_document": (
        _PAGE,
        _parameter("_profile", "query", "`full`, `plain`, `schema`, or `alt` for the list"),
        _parameter("_mediatype", "query", "A media type, instead of Accept"),
        _parameter(
            "Accept-Datetime", "header", "The state at a time: `Sun, 22 Nov 2026 12:00:00 GMT`"
        ),
    ),
    "search.search": (
        _WORDS,
        _PAGE,
        _parameter("kind", "query", "Only results of this kind: `treaty`, `statement` …"),
        _parameter("source", "query", "Only what this document says: its handle"),
        _parameter("party", "query", "Only about this party: `lithuania`"),
        _FROM,
        _UNTIL,
    ),
    "search.suggest": (_WORDS, _parameter("limit", "query", "How many", _LIMIT), _LANGUAGE),
    "sparql.sparql": (
        _parameter("query", "query", "The query"),
        *_GRAPHS,
        _parameter("format", "query", "`json`, `csv`, `turtle` …, instead of Accept"),
        _parameter("timeout", "query", "Seconds; at most the limit of the server"),
        _parameter("version", "query", "The version of SPARQL that the query is written in"),
    ),
    "views.show_conflicts": (
        _KIND,
        _parameter("about", "query", "Only about this thing: `treaty/peace-1920`"),
        _parameter("year", "query", "Only about this year"),
    ),
    "views.show_timeline": (_KIND, _FROM, _UNTIL, _PAGE),
    "views.show_day": (
        _parameter("date", "query", "A day, month or year: `1985-04-12`, `1985-04`, `1985`"),
        _parameter("place", "query", "Only of this thing: `place/vilnius`"),
        _parameter("mode", "query", "`de-facto` or `de-jure` only"),
    ),
}
"""Endpoint → what it reads beside its path; every page reads `lang`, too."""

ARGUMENTS: dict[str, tuple[str, str]] = {
    "code": ("`not-found` …", "not-found"),
    "file": ("`pacta.ttl.gz` …", "pacta.nq"),
    "kind": ("`treaty`, `party` …", "treaty"),
    "name": ("A name, with a suffix (`.ttl` …) for one format", ""),
    "number": ("From 1", ""),
    "part": ("`talk`, `roles` …", "statements"),
    "rest": ("The path of a document: `doc/treaty/…`", "ns"),
    "scheme": ("A concept list: `rank`", "rank"),
    "slug": ("Its name", ""),
    "suffix": ("`.ttl`, `.jsonld` …", ".ttl"),
    "version": ("`2.0.0`", "2.0.0"),
    "/dumps/{name}/": ("Release id, or `latest`", "latest"),
    "/dumps/{name}/{file}": ("Release id, or `latest`", "latest"),
    "/graph/{name}": ("`facts`, `facts.nt` …", "facts.nt"),
    "/kind/{name}": ("`treaty`, `treaty.csv` …", "treaty"),
    "/ns/context/{name}": ("Digest and `.jsonld`", ""),
    "/profile/{name}": ("`plain`", "plain"),
    "/releases/{name}/": ("Release id", ""),
    "/releases/{name}/{rest}": ("Release id", ""),
    "/vocab/{name}": ("`rank`, `rank.ttl` …", "rank"),
    "/vocab/{scheme}/{name}": ("`normal`, `normal.ttl` …", "normal"),
}
"""Argument of a path → what it is, and an example; a path stands for its argument `name`."""


def describe_route(route: Route) -> dict[str, Any]:
    """The GET operation of a route.

    Raises:
        KeyError: The tables have no row for it.
    """
    path = route.path
    answers = ANSWERS.get(path) or ANSWERS[route.endpoint]
    responses: dict[str, Any] = {}
    for status in sorted({*answers.statuses, *_ALWAYS}):
        content: dict[str, Any] = {}
        if status in (200, 206):
            content = {kind: {} for kind in answers.types}
        elif route.endpoint == "about.show_health" and status == 503:
            content = {_JSON: {}}
        elif status >= 400:
            content = {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}, _HTML: {}}
        answer: dict[str, Any] = {"description": _REASONS[status]}
        responses[str(status)] = {**answer, "content": content} if content else answer
    parameters = []
    for name in _ARGUMENT.findall(route.rule):
        text, example = (ARGUMENTS.get(path) if name == "name" else None) or ARGUMENTS[name]
        parameters.append(_parameter(name, "path", text, example=example))
    parameters += PARAMETERS.get(route.endpoint, ())
    parameters += [_LANGUAGE] if _HTML in answers.types else []
    operation = {"summary": route.summary, "responses": responses}
    return {**operation, "parameters": parameters} if parameters else operation


_FORM = "application/x-www-form-urlencoded"
_BODIES: dict[str, tuple[str, Sequence[dict[str, Any]], dict[str, Any]]] = {
    "reconcile.reconcile": (
        "Reconciliation queries or a data extension in a form",
        (),
        {_FORM: {"schema": _describe_form("queries", "extend")}},
    ),
    "sparql.sparql": (
        "SPARQL 1.1 Protocol, the query in the body",
        _GRAPHS,
        {
            "application/sparql-query": {"schema": {"type": "string"}},
            _FORM: {"schema": _describe_form("query")},
        },
    ),
}
"""Endpoint that takes POST → what it does then, its parameters, and the bodies it reads."""


def _describe_post(endpoint: str, operation: Mapping[str, Any]) -> dict[str, Any]:
    """The POST operation of an endpoint."""
    summary, parameters, content = _BODIES[endpoint]
    return {
        "summary": summary,
        **({"parameters": list(parameters)} if parameters else {}),
        "requestBody": {"content": content},
        "responses": operation["responses"],
    }


def _with_examples(operation: Mapping[str, Any], examples: Mapping[str, str]) -> dict[str, Any]:
    """An operation whose parameters have examples: names that the release has."""
    parameters = [
        {**p, "example": examples[p["name"]]} if p["name"] in examples else p
        for p in operation.get("parameters", ())
    ]
    return {**operation, **({"parameters": parameters} if parameters else {})}


def describe_api(
    title: str,
    version: str,
    routes: Iterable[Route],
    examples: Mapping[str, Mapping[str, str]] | None = None,
) -> dict[str, Any]:
    """The description as JSON values.

    Args:
        title: Of the publication.
        version: The release id.
        routes: Of the application.
        examples: Path → parameter → a value that has an answer.
    """
    given = examples or {}
    paths: dict[str, Any] = {}
    for route in sorted(routes, key=lambda each: each.path):
        operation = describe_route(route)
        paths[route.path] = {"get": _with_examples(operation, given.get(route.path, {}))}
        if route.endpoint in _BODIES:
            paths[route.path]["post"] = _describe_post(route.endpoint, operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": paths,
        "components": {
            "schemas": {
                "Problem": {
                    "type": "object",
                    "required": ["type", "title", "status", "detail", "code"],
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                        "code": {"type": "string"},
                        "hint": {"type": "string"},
                    },
                }
            }
        },
    }
