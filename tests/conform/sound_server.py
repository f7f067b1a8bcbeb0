"""A small server that keeps every rule of the conformance suite, and in which one can be broken.

Real sockets on loopback. `answer` is the sound server as a function of a request; a fault is a
function that takes a request and the sound server and gives another answer.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import re
import socketserver
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from rdflib import Graph

import tests.conform.sound_site as content
from server.http.conditions import Validators, check_conditions
from server.http.negotiate import MalformedHeaderError, choose_coding, choose_index
from tests.conform.sound_site import BASE, JSONLD, SUFFIXES, Page

PROBLEM = "application/problem+json"
LINKSET = "application/linkset+json"
FORM = "application/x-www-form-urlencoded"
METHODS = "GET, HEAD, OPTIONS"
RESULTS = {"application/sparql-results+json": "json", "application/sparql-results+xml": "xml",
           "text/csv": "csv", "text/tab-separated-values": "tsv"}  # fmt: skip
GRAPHS = {"text/turtle": "nt", "application/n-triples": "nt", "application/rdf+xml": "xml"}
CODED = (
    "text/",
    "application/ld+json",
    "application/rdf+xml",
    "application/n-",
    "application/trig",
)
MODIFIED = datetime(2026, 3, 1, 10, tzinfo=UTC)


@dataclass
class Request:
    """A request as it came.

    Attributes:
        problem: What is wrong with its form.
        pages: Pages that replace those there are.
        files: Dumps that replace those there are.
        repeated: Headers that came in several lines.
    """

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    problem: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    repeated: frozenset[str] = frozenset()

    @property
    def path(self) -> str:
        """Without the query, percent-encodings undone."""
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> str:
        """What stands after the question mark."""
        return urlsplit(self.target).query

    def get(self, name: str) -> str | None:
        """A header's value."""
        return self.headers.get(name)


@dataclass
class Response:
    """An answer."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def kind(self) -> str:
        """The media type without parameters."""
        return self.headers.get("Content-Type", "").partition(";")[0]


Handler = Callable[[Request], Response]
Fault = Callable[[Request, Handler], Response]


@dataclass(frozen=True)
class Offer:
    """A format to choose from."""

    media_type: str
    advisory: tuple[str, ...] = ("profile",)


class RefusedError(Exception):
    """Ends in an error answer."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def answer(request: Request) -> Response:
    """The sound server."""
    try:
        response = _route(request)
    except RefusedError as error:
        response = _refuse(request, error)
    except MalformedHeaderError:
        response = _refuse(request, RefusedError(400, "a header cannot be read"))
    response.headers.setdefault("Date", format_datetime(datetime.now(UTC), usegmt=True))
    response.headers.setdefault("Access-Control-Allow-Origin", "*")
    response.headers.setdefault(
        "Access-Control-Expose-Headers", "Link, ETag, Content-Location, Location, Content-Range"
    )
    if response.status not in (304, 204):
        response.headers.setdefault("Content-Length", str(len(response.body)))
    if request.method == "HEAD" or response.status == 304:
        response.body = b""
    return response


def _refuse(request: Request, error: RefusedError) -> Response:
    kinds = [Offer(PROBLEM), Offer("text/html")]
    try:
        choice = choose_index(request.get("Accept"), kinds)
    except MalformedHeaderError:
        choice = None
    headers = {"Cache-Control": "no-cache", "Vary": "Accept", **error.headers}
    detail = str(error)
    if choice is not None and kinds[choice.index].media_type == "text/html":
        headers["Content-Type"] = "text/html; charset=utf-8"
        return Response(error.status, headers, f"<!doctype html><p>{detail}</p>".encode())
    tree = {"type": "about:blank", "title": detail.split(":")[0], "status": error.status,
            "detail": detail}  # fmt: skip
    return Response(error.status, {**headers, "Content-Type": PROBLEM}, json.dumps(tree).encode())


def _route(request: Request) -> Response:
    if request.problem:
        raise RefusedError(400, request.problem)
    if len(request.target) > 8000:
        raise RefusedError(414, "the address is too long")
    if request.target.startswith("http://"):
        parts = urlsplit(request.target)
        query = f"?{parts.query}" if parts.query else ""
        request = replace(request, target=(parts.path or "/") + query)
    path = request.path
    if re.search(r"[\x00-\x1f\x7f\\]|\ufffd|/\.\.?(/|$)|//", path) or "%25" in request.target:
        raise RefusedError(404, "there is no such address")
    if path == "/sparql":
        return _sparql(request)
    if request.method == "OPTIONS":
        allowed = {"Access-Control-Allow-Methods": METHODS,
                   "Access-Control-Allow-Headers": "Accept, If-None-Match"}  # fmt: skip
        return Response(204, {"Allow": METHODS, **allowed})
    if request.method in ("POST", "PUT", "DELETE", "PATCH"):
        raise RefusedError(405, f"{request.method} is not done here", Allow=METHODS)
    if request.method not in ("GET", "HEAD"):
        raise RefusedError(501, "that is no method known here")
    if path.startswith("/id/"):
        return _thing(path)
    if path.startswith("/dumps/"):
        return _dump(request, path)
    if path == "/.well-known/void":
        front = request.pages.get("/", content.make_pages()["/"])
        return _send(request, "text/turtle", front.bodies["text/turtle"], vary="Accept-Encoding")
    if path in FILES:
        kind, body = FILES[path]
        return _send(request, kind, body, vary="Accept-Encoding",
                     cache="public, max-age=31536000, immutable" if "context" in path
                     else "public, max-age=60")  # fmt: skip
    return _page(request, path)


def _thing(path: str) -> Response:
    if path == "/id/treaty/gone":
        raise RefusedError(410, "withdrawn: see /id/treaty/one instead")
    if path == "/id/treaty/old":
        return Response(308, {"Location": "/id/treaty/one", "Content-Type": "text/plain"}, b"moved")
    place = path.replace("/id/", "/doc/", 1)
    if place not in content.make_pages():
        raise RefusedError(404, "nothing was ever here")
    headers = {"Location": place, "Content-Type": "text/plain; charset=utf-8"}
    return Response(303, headers, place.encode())


def _find(request: Request, path: str) -> tuple[Page, str, str | None]:
    """The page, its bare address with its query, and the format that a suffix fixes."""
    pages = {**content.make_pages(), **request.pages}
    mark = f"?{request.query}" if "page=" in request.query else ""
    if path + mark in pages:
        return pages[path + mark], path + mark, None
    stem, dot, suffix = path.rpartition(".")
    stem = "/" if stem == "/index" else stem
    for kind, known in {**SUFFIXES, LINKSET: "linkset"}.items():
        if dot and suffix == known and stem + mark in pages:
            return pages[stem + mark], stem + mark, kind
    raise RefusedError(404, "there is no such address")


def place_of(bare: str, suffix: str) -> str:
    """The address of one format of a page."""
    path, mark, query = bare.partition("?")
    return f"{'/index' if path == '/' else path}.{suffix}{mark}{query}"


def list_links(page: Page, bare: str, kind: str) -> list[tuple[str, str, str]]:
    """Target, relation and type of each link of a page in one format."""
    links = [(BASE + bare[1:], "canonical", ""), (page.iri, "cite-as", "")]
    if page.previous or bare.startswith(("/ns", "/graph")) or bare == "/":
        links[1] = (BASE + bare[1:], "cite-as", "")
    links += [
        (place_of(bare, end), "alternate", one) for one, end in SUFFIXES.items() if one != kind
    ]
    links += [
        (place_of(bare, SUFFIXES[one]), "describedby", one) for one in ("text/turtle", JSONLD)
    ]
    links += [(content.LICENCE, "license", ""), ("/", "collection", "text/html")]
    links += [("https://schema.org/AboutPage", "type", "")]
    links += [(place_of(bare, "linkset"), "linkset", LINKSET)]
    links += [(page.following, "next", "")] if page.following else []
    links += [(page.previous, "prev", "")] if page.previous else []
    return links + ([("/openapi.json", "service-desc", "application/json")] if bare == "/" else [])


def _page(request: Request, path: str) -> Response:
    page, bare, fixed = _find(request, path)
    kinds = list(page.bodies)
    profile = ""
    if fixed is None:
        choice = choose_index(request.get("Accept"), [Offer(kind) for kind in kinds])
        if choice is None:
            known = ", ".join(kinds)
            raise RefusedError(406, f"not acceptable: there are {known}", Vary="Accept")
        fixed, profile = kinds[choice.index], choice.matched.parameters.get("profile", "")
        vary = "Accept, Accept-Encoding"
    else:
        vary = "Accept-Encoding"
    links = list_links(page, bare, fixed)
    if fixed == LINKSET:
        entry: dict[str, Any] = {"anchor": bare}
        for target, rel, kind in links:
            if rel != "linkset":
                entry.setdefault(rel, []).append(
                    {"href": target, **({"type": kind} if kind else {})}
                )
        return _send(request, LINKSET, content.dump_json({"linkset": [entry]}), vary=vary)
    body = page.bodies[fixed]
    kind = f"{fixed}; charset=utf-8" if fixed.startswith("text/") else fixed
    form = profile.removeprefix(content.PROFILE)
    if fixed == JSONLD and form in page.forms:
        body, kind = page.forms[form], f'{JSONLD}; profile="{profile}"'
    if fixed == "text/html":
        head = "".join(f'<link rel="{rel}" href="{to}" type="{of}">' for to, rel, of in links)
        body = body.replace(b"<!--links-->", head.encode())
    shown = ", ".join(
        f'<{target}>; rel="{rel}"' + (f'; type="{of}"' if of else "") for target, rel, of in links
    )
    more = {"Link": shown, "Content-Location": place_of(bare, SUFFIXES[fixed])}
    return _send(request, kind, body, vary=vary, more=more)


def _send(request: Request, kind: str, body: bytes, *, vary: str, cache: str = "public, max-age=60",
          more: dict[str, str] | None = None, coded: bool = True) -> Response:  # fmt: skip
    """A body with its validators, coding and conditions."""
    coding = choose_coding(request.get("Accept-Encoding"), ("gzip",)) if coded else "identity"
    if coding is None:
        raise RefusedError(406, "no coding fits", Vary=vary)
    headers = {"Content-Type": kind, "Cache-Control": cache, **({"Vary": vary} if vary else {})}
    if coding == "gzip":
        body = gzip.compress(body, mtime=0)
        headers["Content-Encoding"] = "gzip"
    tag = hashlib.sha256(kind.encode() + body).hexdigest()[:16]
    own = Validators(f'"{tag}"', MODIFIED)
    headers = {**headers, **own.headers, **(more or {})}
    verdict = check_conditions(request.method, request.headers, own)
    if verdict == "failed":
        raise RefusedError(412, "a condition does not hold")
    if verdict == "not-modified":
        kept = ("ETag", "Last-Modified", "Cache-Control", "Vary", "Content-Location", "Link")
        return Response(304, {name: headers[name] for name in kept if name in headers})
    return Response(200, headers, body)


def _dump(request: Request, path: str) -> Response:
    release, _, name = path.removeprefix("/dumps/").partition("/")
    files = {**content.make_dumps(), **request.files}
    if release == "latest" and name in files:
        place = f"/dumps/{content.RELEASE}/{name}"
        return Response(307, {"Location": place, "Cache-Control": "no-cache"})
    if release != content.RELEASE or name not in files:
        raise RefusedError(404, "there is no such dump")
    kind = content.DUMP_TYPES[name.rpartition(".")[2]]
    whole = _send(request, kind, files[name], vary="", coded=False, more={"Accept-Ranges": "bytes"})
    if whole.status != 200 or request.method != "GET":
        return whole
    return cut_range(request, whole)


def cut_range(request: Request, whole: Response) -> Response:
    """The part that `Range` asks for, where `If-Range` holds (RFC 9110, 14)."""
    size = len(whole.body)
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", request.get("Range") or "")
    condition = request.get("If-Range")
    if found is None or found.groups() == ("", ""):
        return whole
    if condition is not None and condition not in (
        whole.headers["ETag"], whole.headers["Last-Modified"]
    ):  # fmt: skip
        return whole
    first, last = found[1], found[2]
    if not first:
        start, end = max(0, size - int(last)), size - 1
    else:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
        if last and int(last) < int(first):
            return whole
    if start >= size:
        return Response(416, {"Content-Range": f"bytes */{size}", "Content-Type": PROBLEM},
                        b'{"type":"about:blank","title":"out of range","status":416}')  # fmt: skip
    headers = {**whole.headers, "Content-Range": f"bytes {start}-{end}/{size}"}
    return Response(206, headers, whole.body[start : end + 1])


def _sparql(request: Request) -> Response:
    if request.method == "OPTIONS":
        return Response(204, {"Allow": "GET, HEAD, POST, OPTIONS"})
    if request.method not in ("GET", "HEAD", "POST"):
        raise RefusedError(405, "not done here", Allow="GET, HEAD, POST, OPTIONS")
    texts = parse_qs(request.query).get("query", [])
    if request.method == "POST":
        kind = (request.get("Content-Type") or "").partition(";")[0]
        if kind == FORM:
            texts = parse_qs(request.body.decode()).get("query", [])
        elif kind == "application/sparql-query":
            texts = [request.body.decode()]
        else:
            raise RefusedError(415, "bodies are forms or queries")
    if not texts and request.method != "POST":
        return _describe_service(request)
    if len(texts) != 1:
        raise RefusedError(400, "exactly one query is expected")
    text = texts[0]
    is_graph = bool(re.match(r"(?is)\s*(construct|describe)\b", text))
    kinds = list(GRAPHS if is_graph else RESULTS)
    choice = choose_index(request.get("Accept"), [Offer(kind) for kind in kinds])
    body = run_query(text, kinds[choice.index] if choice else kinds[0])
    if body is None:
        raise RefusedError(400, "malformed query")
    if choice is None:
        raise RefusedError(406, f"not acceptable: there are {', '.join(kinds)}", Vary="Accept")
    kind = kinds[choice.index]
    kind = f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    return _send(request, kind, body, vary="Accept, Accept-Encoding")


def _describe_service(request: Request) -> Response:
    sd = "http://www.w3.org/ns/sparql-service-description#"
    graph = Graph(bind_namespaces="none")
    graph.parse(data=f"<{BASE}sparql> a <{sd}Service> ; <{sd}endpoint> <{BASE}sparql> .",
                format="turtle")  # fmt: skip
    kinds = list(GRAPHS)
    choice = choose_index(request.get("Accept"), [Offer(kind) for kind in kinds])
    if choice is None:
        raise RefusedError(406, "not acceptable", Vary="Accept")
    kind = kinds[choice.index]
    body = graph.serialize(format=GRAPHS[kind], encoding="utf-8")
    return _send(request, kind, body, vary="Accept, Accept-Encoding")


@lru_cache(maxsize=4096)
def run_query(text: str, kind: str) -> bytes | None:
    """The answer to a query as bytes; None where it is no query."""
    try:
        found = content.make_data().query(text)
    except Exception:  # whatever rdflib's parser raises
        return None
    if kind in GRAPHS:
        return (found.graph or Graph()).serialize(format=GRAPHS[kind], encoding="utf-8")
    if kind == "text/tab-separated-values":
        rows = [[cell.n3() if cell else "" for cell in row] for row in found]  # type: ignore[union-attr]
        head = "\t".join(f"?{name}" for name in found.vars or [])
        return "\n".join([head, *("\t".join(row) for row in rows), ""]).encode()
    return found.serialize(format=RESULTS[kind]) or b""


def _make_files() -> dict[str, tuple[str, bytes]]:
    paths = [
        "/",
        *(path for path in content.make_pages() if path.startswith("/doc/") and "?" not in path),
    ]
    entries = "".join(
        f"<url><loc>{BASE}{path[1:]}</loc><lastmod>2026-03-01</lastmod></url>" for path in paths
    )
    answered = {"get": {"responses": {"200": {"description": "fine"}}}}
    api = {"openapi": "3.1.0", "info": {"title": "Pacts", "version": "1"},
           "paths": {"/": answered, "/robots.txt": answered, "/doc/{kind}": answered}}  # fmt: skip
    robots = f"User-agent: *\nDisallow: /sparql\n\nSitemap: {BASE}sitemap.xml\n"
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return {
        content.CONTEXT_PATH: (JSONLD, content.dump_json({"@context": content.CONTEXT})),
        "/robots.txt": ("text/plain; charset=utf-8", robots.encode()),
        "/sitemap.xml": ("application/xml", f'<urlset xmlns="{space}">{entries}</urlset>'.encode()),
        "/openapi.json": ("application/json", content.dump_json(api)),
    }  # fmt: skip


FILES = _make_files()


class _Connection(socketserver.StreamRequestHandler):
    """Reads requests off a connection and writes answers, strictly by RFC 9112."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError, TimeoutError):
            while self._one():
                pass

    def _one(self) -> bool:
        line = self.rfile.readline(65537)
        if not line:
            return False
        request = self._read(line)
        handler: Handler = self.server.handler  # type: ignore[attr-defined]
        response = handler(request)
        keep = not request.problem and (request.get("Connection") or "").lower() != "close"
        head = [f"HTTP/1.1 {response.status} Fine"]
        head += [f"{name}: {value}" for name, value in response.headers.items()]
        head += [] if keep else ["Connection: close"]
        self.wfile.write("\r\n".join([*head, "", ""]).encode("latin-1") + response.body)
        return keep

    def _read(self, line: bytes) -> Request:
        found = re.fullmatch(rb"([!-~]+) ([!-~]+) HTTP/1\.[01]\r\n", line)
        headers: dict[str, str] = {}
        seen: list[str] = []
        size, problem = len(line), "" if found else "the request line cannot be read"
        problem = problem if len(line) <= 65536 else "the address is too long"
        while line.endswith(b"\n") and (field_line := self.rfile.readline(65537)).strip():
            size += len(field_line)
            name, _, value = field_line.decode("latin-1").partition(":")
            name, value = name.strip().title().replace("Etag", "ETag"), value.strip()
            if name in seen and name in ("Host", "Content-Length"):
                problem = f"two {name} fields"
            seen.append(name)
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        if size > 65536:
            problem = problem or "the header is too large"
        if "Host" not in headers:
            problem = problem or "no Host"
        length = headers.get("Content-Length", "0")
        if not length.isdigit():
            problem = problem or "the length is no number"
        body = self.rfile.read(int(length)) if not problem else b""
        method, target = (found[1].decode(), found[2].decode()) if found else ("GET", "/")
        if re.search(r"%(?![0-9A-Fa-f]{2})", target):
            problem = problem or "a percent-encoding is broken"
        twice = frozenset(name for name in seen if seen.count(name) > 1)
        return Request(method, target, headers, body, problem, repeated=twice)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


@contextlib.contextmanager
def serve(handler: Handler = answer) -> Iterator[str]:
    """Serve on a free port of loopback; gives the address."""
    with _Server(("127.0.0.1", 0), _Connection) as server:
        server.handler = handler  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join(5)


def break_with(fault: Fault) -> Handler:
    """The sound server with one fault."""
    return lambda request: fault(request, answer)
