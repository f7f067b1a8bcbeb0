"""The API as an OpenAPI 3.1 description: every route, its parameters, its answers.

A test holds it to the routes of the application; `/openapi.json` serves it.
"""

from collections.abc import Mapping, Sequence
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


def _parameter(
    name: str, where: str, text: str, schema: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "in": where,
        "description": text,
        "required": where == "path",
        "schema": dict(schema or {"type": "string"}),
    }


_PAGE = _parameter("page", "query", "Page, from 1", {"type": "integer", "minimum": 1})
_PROFILE = _parameter(
    "_profile", "query", "`full`, `plain`, `schema`, or `alt` for the list", {"type": "string"}
)
_MEDIATYPE = _parameter("_mediatype", "query", "A media type, instead of Accept")
_WORDS = _parameter("q", "query", "A name or its beginning", {"type": "string", "maxLength": 200})


def _route(
    summary: str,
    types: Sequence[str],
    statuses: Sequence[int],
    parameters: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """One GET operation: its answers with their media types."""
    responses: dict[str, Any] = {}
    for status in sorted({*statuses, *_ALWAYS}):
        content = (
            {kind: {} for kind in types}
            if status in (200, 206)
            else {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}, _HTML: {}}
            if status >= 400
            else {}
        )
        answer: dict[str, Any] = {"description": _REASONS[status]}
        if content:
            answer["content"] = content
        responses[str(status)] = answer
    operation: dict[str, Any] = {"summary": summary, "responses": responses}
    if parameters:
        operation["parameters"] = list(parameters)
    return operation


_NEGOTIATED = (200, 304, 404, 406, 412)
_TIMED = (*_NEGOTIATED, 302)
_WHEN = _parameter(
    "Accept-Datetime", "header", "The state at a time: `Sun, 22 Nov 2026 12:00:00 GMT`"
)
_FILE = (200, 206, 304, 307, 404, 416, 503)


def _path(name: str, text: str, example: str = "") -> dict[str, Any]:
    made = _parameter(name, "path", text)
    return {**made, "example": example} if example else made


_DOC = _route(
    "The statements about a thing; at a time, with Accept-Datetime",
    (*DOCUMENT_TYPES, LINKSET_TYPE),
    (*_TIMED, 308, 410),
)

_HEALTH = _route("How the server is", (_JSON,), (200,))
_STARTING = {"description": "It cannot answer queries yet", "content": {_JSON: {}}}

ROUTES: dict[str, dict[str, Any]] = {
    "/": _route("The collection, described in DCAT and VoID", DOCUMENT_TYPES, _NEGOTIATED),
    "/index{suffix}": _route(
        "The same in one format",
        DOCUMENT_TYPES,
        _NEGOTIATED,
        [_path("suffix", "`.ttl`, `.jsonld` …", ".ttl")],
    ),
    "/id/{kind}/{slug}": _route(
        "A thing: redirects to its document",
        (),
        (303, 308, 404, 410),
        [_path("kind", "`treaty`, `party` …", "treaty"), _path("slug", "Its name")],
    ),
    "/doc/{kind}/{name}": {
        **_DOC,
        "parameters": [
            _path("kind", "`treaty`, `party` …", "treaty"),
            _path("name", "Its name, with a suffix for one format"),
            _PAGE,
            _PROFILE,
            _MEDIATYPE,
            _WHEN,
        ],
    },
    "/ns": _route("The ontology", DOCUMENT_TYPES, _TIMED),
    "/ns{suffix}": _route(
        "The ontology in one format",
        DOCUMENT_TYPES,
        _TIMED,
        [_path("suffix", "`.ttl` …", ".ttl")],
    ),
    "/ns/records": _route("Marks for the programs that read records", DOCUMENT_TYPES, _NEGOTIATED),
    "/ns/records{suffix}": _route(
        "These marks in one format",
        DOCUMENT_TYPES,
        _NEGOTIATED,
        [_path("suffix", "`.ttl`, `.jsonld` …", ".ttl")],
    ),
    "/ns/{version}": _route(
        "A version of the ontology",
        DOCUMENT_TYPES,
        _TIMED,
        [_path("version", "`1.0.0`", "1.0.0")],
    ),
    "/ns/context/{name}": _route(
        "The JSON-LD context; never changes under its address",
        ("application/ld+json",),
        (200, 304, 404, 406, 412),
        [_path("name", "Digest and `.jsonld`")],
    ),
    "/vocab": _route("All concept lists", DOCUMENT_TYPES, _TIMED),
    "/vocab{suffix}": _route(
        "All in one format", DOCUMENT_TYPES, _TIMED, [_path("suffix", "`.ttl` …", ".ttl")]
    ),
    "/vocab/{name}": _route(
        "One concept list",
        DOCUMENT_TYPES,
        _TIMED,
        [_path("name", "`rank`, `rank.ttl` …", "rank")],
    ),
    "/vocab/{scheme}/{name}": _route(
        "A concept",
        DOCUMENT_TYPES,
        _TIMED,
        [
            _path("scheme", "`rank`", "rank"),
            _path("name", "`normal`, `normal.ttl` …", "normal"),
            _PAGE,
        ],
    ),
    "/shapes": _route("All shapes", DOCUMENT_TYPES, _TIMED),
    "/shapes{suffix}": _route(
        "All in one format", DOCUMENT_TYPES, _TIMED, [_path("suffix", "`.ttl` …", ".ttl")]
    ),
    "/shapes/{name}": _route(
        "One shape", DOCUMENT_TYPES, _TIMED, [_path("name", "`TreatyShape` …")]
    ),
    "/graph/{name}": _route(
        "A named graph: its description and files",
        DOCUMENT_TYPES,
        _TIMED,
        [_path("name", "`facts`, `facts.nt` …", "facts.nt")],
    ),
    "/dumps/": _route("All releases; the files of the one in use", DOCUMENT_TYPES, _NEGOTIATED),
    "/dumps/index{suffix}": _route(
        "The same in one format", DOCUMENT_TYPES, _NEGOTIATED, [_path("suffix", "`.ttl` …", ".ttl")]
    ),
    "/dumps/{name}/": _route(
        "The files of a release",
        DOCUMENT_TYPES,
        (*_NEGOTIATED, 307),
        [_path("name", "Release id, or `latest`", "latest")],
    ),
    "/dumps/{name}/{file}": _route(
        "A file of a release",
        tuple(row.partition(";")[0] for row in FILE_TYPES.values()),
        _FILE,
        [
            _path("name", "Release id, or `latest`", "latest"),
            _path("file", "`pacta.ttl.gz` …", "pacta.nq"),
        ],
    ),
    "/releases/": _route("The kept releases: redirects to their list", (), (307,)),
    "/releases/{name}/": _route(
        "The first page as a release had it",
        DOCUMENT_TYPES,
        (*_NEGOTIATED, 503),
        [_path("name", "Release id")],
    ),
    "/releases/{name}/{rest}": _route(
        "An address of a document, a file or a view as a release had it (a memento)",
        ("*/*",),
        (*_FILE, 303, 308, 406, 410, 412),
        [_path("name", "Release id"), _path("rest", "`doc/treaty/…`, `dumps/…`", "ns")],
    ),
    "/timemap/{rest}": _route(
        "All states of a document",
        ("application/link-format",),
        (200, 304, 404, 406, 412),
        [_path("rest", "Its path", "ns")],
    ),
    "/kind/{name}": _route(
        "All things of a kind; with a suffix as a file",
        (_HTML, _JSON, "text/csv", _XLSX),
        _NEGOTIATED,
        [_path("name", "`treaty`, `treaty.csv` …", "treaty")],
    ),
    "/about": _route("How to read the collection", (_HTML,), (200, 304, 406, 412)),
    "/search": _route(
        "Names in any spelling → things", (_HTML, _JSON), (200, 304, 406, 412), [_WORDS, _PAGE]
    ),
    "/suggest": _route(
        "The best few names",
        (_JSON,),
        (200, 304, 406, 412),
        [
            _WORDS,
            _parameter(
                "limit", "query", "How many", {"type": "integer", "minimum": 1, "maximum": 50}
            ),
        ],
    ),
    "/editor.json": _route(
        "Prefixes, words and questions for SPARQL editors", (_JSON,), (200, 304, 406, 412)
    ),
    "/conflicts": _route("All disagreements", (_HTML, _JSON), (200, 304, 406, 412)),
    "/timeline": _route("All events in order", (_HTML, _JSON), (200, 304, 406, 412)),
    "/map": _route("All places with coordinates", (_HTML, _JSON), (200, 304, 406, 412)),
    "/as-of": _route(
        "Who held what on a day",
        (_HTML, _JSON),
        (200, 304, 406, 412),
        [
            _parameter("date", "query", "A day, month or year: `1939-10-01`, `1939-10`, `1939`"),
            _parameter("place", "query", "Only of this thing: `place/vilnius`"),
            _parameter("mode", "query", "`de-facto` or `de-jure` only"),
        ],
    ),
    "/report": _route("The SHACL report", (*DOCUMENT_TYPES, _JSON), _NEGOTIATED),
    "/report{suffix}": _route(
        "The report in one format",
        (*DOCUMENT_TYPES, _JSON),
        _NEGOTIATED,
        [_path("suffix", "`.ttl`, `.json` …", ".json")],
    ),
    "/.well-known/void": _route("The VoID description", RDF_TYPES, (200, 304, 406, 412)),
    "/robots.txt": _route("For crawlers", ("text/plain",), (200, 304, 406, 412)),
    "/sitemap.xml": _route("For crawlers", ("application/xml",), (200, 304, 406, 412)),
    "/openapi.json": _route("This description", (_JSON,), (200, 304, 406, 412)),
    "/health": {**_HEALTH, "responses": {**_HEALTH["responses"], "503": _STARTING}},
    "/errors/": _route("All errors that an answer can be", (_HTML, _JSON), (200, 304, 406, 412)),
    "/errors/{code}": _route(
        "What an error means: the `type` of a problem leads here",
        (_HTML, _JSON),
        _NEGOTIATED,
        [_path("code", "`not-found` …", "not-found")],
    ),
    "/profile/{name}": _route(
        "What a profile of documents holds",
        (_HTML, _JSON),
        _NEGOTIATED,
        [_path("name", "`plain`", "plain")],
    ),
    "/metrics": _route("Counters (Prometheus)", ("text/plain",), (200,)),
    "/limits": _route("The limits of the endpoint", (_HTML, _JSON), (200,)),
    "/sparql": _route(
        "SPARQL 1.1 Protocol; without a query: the editor, or the service description",
        (_HTML, *_RESULT_TYPES),
        (200, 304, 403, 404, 406, 412, 413, 415, 422, 429, 503),
        [
            _parameter("query", "query", "The query"),
            _parameter("default-graph-uri", "query", "A graph of the default graph"),
            _parameter("named-graph-uri", "query", "A named graph"),
        ],
    ),
}
_POST = {
    "summary": "SPARQL 1.1 Protocol, the query in the body",
    "requestBody": {
        "content": {
            "application/sparql-query": {"schema": {"type": "string"}},
            "application/x-www-form-urlencoded": {
                "schema": {"type": "object", "properties": {"query": {"type": "string"}}}
            },
        }
    },
    "responses": ROUTES["/sparql"]["responses"],
}


def _with_examples(operation: Mapping[str, Any], examples: Mapping[str, str]) -> dict[str, Any]:
    """An operation whose parameters have examples: names that the release has."""
    parameters = [
        {**p, "example": examples[p["name"]]} if p["name"] in examples else p
        for p in operation.get("parameters", ())
    ]
    return {**operation, **({"parameters": parameters} if parameters else {})}


def describe_api(
    title: str, version: str, examples: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, Any]:
    """The description as JSON values.

    Args:
        title: Of the publication.
        version: The release id.
        examples: Route → parameter → a value that has an answer.
    """
    given = examples or {}
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "paths": {
            path: {
                "get": _with_examples(operation, given.get(path, {})),
                **({"post": _POST} if path == "/sparql" else {}),
            }
            for path, operation in ROUTES.items()
        },
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
