"""One fault for each rule of the conformance suite, planted in the small sound server.

A row: the rule, the fault, and the rules that must fail with it because they see the same fault.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from rdflib import Literal, URIRef

import tests.conform.sound_site as content
from server.http.conditions import Validators, check_conditions
from server.http.negotiate import MalformedHeaderError
from tests.conform.sound_server import MODIFIED, Fault, Handler, Request, Response

TURTLE = "text/turtle"
HTML = "text/html"
RESULTS_JSON = "application/sparql-results+json"
Where = Callable[[Request, Response], bool]


@dataclass(frozen=True)
class Row:
    """A fault and what it must make fail."""

    rule: str
    fault: Fault
    also: frozenset[str] = frozenset()
    entity: str = "one"


def row(rule: str, fault: Fault, *also: str, entity: str = "one") -> Row:
    """A row of the table."""
    return Row(rule, fault, frozenset(also), entity)


# --- where ---------------------------------------------------------------------------------------


def doc(request: Request, response: Response) -> bool:
    """An answer of a thing's document."""
    return request.path.startswith("/doc/")


def bare(request: Request, response: Response) -> bool:
    """An answer of a thing's document at its negotiated address."""
    return doc(request, response) and "." not in request.path


def thing(request: Request, response: Response) -> bool:
    """An answer of a thing's own address."""
    return request.path.startswith("/id/treaty/one")


def at(path: str) -> Where:
    """Answers of one path."""
    return lambda request, response: request.path == path


def status(*codes: int, where: Where = doc) -> Where:
    """Answers with one of these codes."""
    return lambda request, response: response.status in codes and where(request, response)


def method(name: str, where: Where = doc) -> Where:
    """Answers to a method."""
    return lambda request, response: request.method == name and where(request, response)


def kind(name: str, where: Where = doc) -> Where:
    """Good answers of a media type."""
    return lambda request, response: (
        response.status == 200 and response.kind == name and where(request, response)
    )


def asks(name: str, pattern: str, where: Where = doc) -> Where:
    """Answers to requests with a header that holds a pattern."""
    return lambda request, response: (
        re.search(pattern, request.get(name) or "") is not None and where(request, response)
    )


dump = at(f"/dumps/{content.RELEASE}/data.nt")


def any_dump(request: Request, response: Response) -> bool:
    """An answer of a dump."""
    return request.path.startswith(f"/dumps/{content.RELEASE}/")


def sparql(request: Request, response: Response) -> bool:
    """An answer of the endpoint to a query."""
    return request.path == "/sparql" and ("query" in request.target or bool(request.body))


# --- what ----------------------------------------------------------------------------------------


def change(where: Where, edit: Callable[[Request, Response], Response | None]) -> Fault:
    """The sound answer, edited in some places."""

    def fault(request: Request, sound: Handler) -> Response:
        response = sound(request)
        return (edit(request, response) or response) if where(request, response) else response

    return fault


def drop(name: str, where: Where) -> Fault:
    """A header less."""

    def edit(request: Request, response: Response) -> None:
        response.headers.pop(name, None)

    return change(where, edit)


def put(name: str, value: str, where: Where) -> Fault:
    """A header with another value."""

    def edit(request: Request, response: Response) -> None:
        response.headers[name] = value

    return change(where, edit)


def code(number: int, where: Where) -> Fault:
    """Another status."""

    def edit(request: Request, response: Response) -> None:
        response.status = number

    return change(where, edit)


def give(number: int, where: Where, body: bytes = b"", media: str = "text/plain") -> Fault:
    """Another answer altogether."""

    def edit(request: Request, response: Response) -> Response:
        headers = {
            name: value
            for name, value in response.headers.items()
            if name[:4] in ("Date", "Acce", "Vary")
        }
        length = {"Content-Length": str(len(body))}
        sent = b"" if request.method == "HEAD" else body
        return Response(number, {**headers, "Content-Type": media, **length}, sent)

    return change(where, edit)


def rewrite(where: Where, edit: Callable[[bytes], bytes]) -> Fault:
    """Another body, with its true length, coding kept."""

    def fault(request: Request, sound: Handler) -> Response:
        response = sound(request)
        if response.status not in (200, 206) or not where(request, response):
            return response
        whole = sound(replace(request, method="GET")) if request.method == "HEAD" else response
        packed = response.headers.get("Content-Encoding") == "gzip"
        made = edit(gzip.decompress(whole.body) if packed else whole.body)
        made = gzip.compress(made, mtime=0) if packed else made
        response.body = b"" if request.method == "HEAD" else made
        response.headers["Content-Length"] = str(len(made))
        return response

    return fault


def instead(path: str, edit: content.Edit) -> Fault:
    """A page made of other triples, the same in all its formats."""
    made: list[content.Page] = []

    def fault(request: Request, sound: Handler) -> Response:
        if not made:
            made.append(content.remake(path, edit))
        return sound(replace(request, pages={path: made[0]}))

    return fault


def rename(old: str, new: str, of: str = "") -> content.Edit:
    """A property with another name, of one subject or of all."""

    def edit(triple: content.Triple) -> content.Triple:
        about, name, value = triple
        is_it = str(name) == old and (not of or str(about) == of)
        return (about, URIRef(new) if is_it else name, value)

    return edit


def more(name: str, of: str = "") -> content.Edit:
    """Numbers of a property, each too large by one."""

    def edit(triple: content.Triple) -> content.Triple:
        about, known, value = triple
        is_it = str(known) == name and (not of or str(about) == of)
        return (about, known, Literal(int(value) + 1) if is_it else value)

    return edit


def retag(make: Callable[[Request, Response], str]) -> Fault:
    """Documents under other tags, to which conditions are compared as they should be."""

    def fault(request: Request, sound: Handler) -> Response:
        headers = {name: value for name, value in request.headers.items() if name[:3] != "If-"}
        plain = sound(replace(request, headers=headers))
        if not doc(request, plain) or "ETag" not in plain.headers:
            return sound(request)
        plain.headers["ETag"] = make(request, plain)
        own = Validators(plain.headers["ETag"], MODIFIED)
        try:
            verdict = check_conditions(request.method, request.headers, own)
        except MalformedHeaderError:
            return Response(400, {"Content-Length": "0"})
        if verdict == "failed":
            return Response(412, {"Content-Length": "0"})
        if verdict == "not-modified":
            plain.headers.pop("Content-Length")
            return replace(plain, status=304, body=b"")
        return plain

    return fault


def swap(old: str, new: str, where: Where) -> Fault:
    """Every text replaced by another in the body."""
    return rewrite(where, lambda body: body.replace(old.encode(), new.encode()))


def cut(pattern: str, where: Where, by: str = "") -> Fault:
    """What a pattern finds replaced in the body."""
    return rewrite(where, lambda body: re.sub(pattern.encode(), by.encode(), body, flags=re.S))


def tree(where: Where, edit: Callable[[dict[str, object]], object]) -> Fault:
    """A JSON body edited as a tree."""
    return rewrite(where, lambda body: content.dump_json(edit(json.loads(body))))


def hear(where: Callable[[Request], bool], edit: Callable[[Request], Request]) -> Fault:
    """The request understood as another."""
    return lambda request, sound: sound(edit(request) if where(request) else request)


def accept(edit: Callable[[str], str], path: str = "/doc/") -> Fault:
    """`Accept` understood as something else."""

    def heard(request: Request) -> Request:
        headers = dict(request.headers)
        headers["Accept"] = edit(headers["Accept"])
        return replace(request, headers=headers)

    return hear(
        lambda request: request.path.startswith(path) and "Accept" in request.headers, heard
    )


def deaf(name: str, where: Callable[[Request], bool] = lambda request: True) -> Fault:
    """A header not heard."""

    def heard(request: Request) -> Request:
        headers = {key: value for key, value in request.headers.items() if key != name}
        return replace(request, headers=headers)

    return hear(lambda request: name in request.headers and where(request), heard)


def on_doc(request: Request) -> bool:
    """A request for a document."""
    return request.path.startswith("/doc/")


def links(pattern: str, by: str, where: Where) -> Fault:
    """The `Link` field with something replaced."""

    def edit(request: Request, response: Response) -> None:
        if "Link" in response.headers:
            text = re.sub(pattern, by, response.headers["Link"])
            response.headers["Link"] = re.sub(r"^[, ]+", "", text)

    return change(where, edit)


def first_of_list(text: str) -> str:
    """Only the first element: the most repeated mistake."""
    return text.split(",")[0]


def no_weights(text: str) -> str:
    """All weights taken for one."""
    return re.sub(r"\s*;\s*q=[\d.]+", "", text)


def both(first: Fault, second: Fault) -> Fault:
    """Two changes that make one fault."""
    return lambda request, sound: first(request, lambda asked: second(asked, sound))


def not_modified_for(value: str) -> Fault:
    """An `If-None-Match` of one form not understood."""
    return deaf("If-None-Match", lambda request: on_doc(request)
                and re.search(value, request.headers["If-None-Match"]) is not None)  # fmt: skip


def raw_ok(where: Callable[[Request], bool]) -> Fault:
    """A malformed request answered as if it were a good one."""
    return hear(where, lambda request: replace(
        request, problem="", target="/", method="GET", headers={"Host": "x", "Connection": "close"}
    ))  # fmt: skip


def raw_crash(where: Callable[[Request], bool], number: int = 500) -> Fault:
    """A malformed request that the server stumbles over."""

    def fault(request: Request, sound: Handler) -> Response:
        if where(request):
            return Response(number, {"Content-Length": "5", "Connection": "close"}, b"sorry")
        return sound(request)

    return fault


def one_query(request: Request) -> bool:
    """A request with two queries."""
    return request.target.count("query=") > 1


def wrong_length_206(request: Request, response: Response) -> None:
    """A part that begins one byte too early."""
    response.body = b"x" + response.body[:-1]


COUNTER = iter(range(1_000_000))
