"""Errors and bad input: the right 4xx, one body format, no internal details."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from conform.answers import rdf
from conform.answers.fetch import Answer
from conform.answers.rdf import HTML
from conform.errors import apply_if, require
from conform.model import Rule, Spec, rfc
from conform.site import Site

PROBLEM = "application/problem+json"
MEMBERS = ("type", "title", "status", "detail")
NOWHERE = "zz-nothing-was-ever-here-0"
INSIDE = re.compile(
    r"Traceback \(most recent|File \"[^\"]+\.py\"|\bat [\w.$]+\([\w]+\.java:\d+\)|\.rs:\d+:\d+|"
    r"\bat .+\.(js|ts):\d+:\d+|Exception in thread|goroutine \d+ \["
)
PASSWD = re.compile(r"root:[^:\n]*:0:0:")
TRAVERSAL = (
    "/../../../../etc/passwd",
    "/..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/static/../../../../etc/passwd",
    "/dumps/..%2f..%2f..%2f..%2fetc/passwd",
    "/..\\..\\..\\etc\\passwd",
    "//etc/passwd",
    "/dumps/%252e%252e/%252e%252e/etc/passwd",
)
BAD_ENCODINGS = ("/%", "/%zz", "/%4", "/a%G0b", "/%ff%fe", "/%c0%af", "/?query=%", "/?%zz=%ff")
SECURITY = Spec("RFC 9110, 17.3", "https://www.rfc-editor.org/rfc/rfc9110#section-17.3")
DISCLOSURE = Spec("RFC 9457, 5", "https://www.rfc-editor.org/rfc/rfc9457#section-5")


def _missing(site: Site, accept: str | None = None) -> Answer:
    return site.send(urljoin(site.base, NOWHERE), accept)


def _all(site: Site) -> Iterable[tuple[str, Answer]]:
    """One answer for each kind of error that can be caused."""
    yield "404", _missing(site, PROBLEM)
    for entity in [entity for entity in site.entities if entity.offers][:1]:
        url = entity.negotiated
        yield "405", site.send(url, PROBLEM, method="DELETE")
        yield "406", site.send(url, "application/x-nothing-has-this-type")
        yield "malformed Accept", site.send(url, ";;;")
    if site.endpoint is not None:
        yield "malformed query", site.endpoint.ask("NOT A QUERY", PROBLEM)


def check_missing(site: Site) -> None:
    """Nothing there is 404, for people and machines."""
    for accept in (None, HTML, rdf.TURTLE):
        answer = _missing(site, accept)
        require(answer.status == 404, f"Accept: {accept} at nothing gave {answer.status}")


def check_problem(site: Site) -> None:
    """An error has a body for programs."""
    site.require_publisher()
    answer = _missing(site, PROBLEM)
    require(answer.kind == PROBLEM, f"a 404 asked for {PROBLEM} is {answer.kind or 'nothing'}")
    tree = rdf.read_json(answer.content)
    require(isinstance(tree, dict), "the problem is no object")
    lacks = [name for name in MEMBERS if name not in tree]
    require(not lacks, f"the problem lacks {', '.join(lacks)}")


def _problems(site: Site) -> list[tuple[str, Answer]]:
    apply_if(_missing(site, PROBLEM).kind == PROBLEM, "errors are no problem+json")
    return [(name, answer) for name, answer in _all(site) if answer.status >= 400]


def check_one_form(site: Site) -> None:
    """All errors have that form."""
    for name, answer in _problems(site):
        require(answer.kind == PROBLEM, f"the {name} is {answer.kind or 'without a type'}")


def check_status(site: Site) -> None:
    """What the body says of the status is what the status line says."""
    for name, answer in _problems(site):
        if answer.kind == PROBLEM:
            said = rdf.read_json(answer.content).get("status")
            require(said == answer.status, f"the {name} says {said} and is {answer.status}")


def check_page(site: Site) -> None:
    """People get a page."""
    site.require_publisher()
    apply_if(site.follow(site.base, HTML).kind == HTML, "the site has no pages")
    answer = _missing(site, "text/html,application/xhtml+xml,*/*;q=0.8")
    require(answer.kind == HTML, f"a browser's 404 is {answer.kind or 'nothing'}")


def check_uncached(site: Site) -> None:
    """An error is not kept for long: what is missing may come."""
    text = _missing(site).get("cache-control")
    found = re.search(r"max-age=(\d+)", text)
    require(not found or int(found[1]) <= 86400, f"a 404 with Cache-Control: {text}")
    require("immutable" not in text, f"a 404 with Cache-Control: {text}")


def _raw(site: Site, target: str, *lines: str, method: str = "GET") -> Answer | None:
    host = urlsplit(site.base).netloc
    head = [f"{method} {target} HTTP/1.1", f"Host: {host}", *lines, "Connection: close", "", ""]
    return site.fetcher.send_raw(site.origin, "\r\n".join(head).encode("latin-1"), method)


def _refused(answer: Answer | None, asked: str, allowed: Iterable[int]) -> None:
    if answer is not None:
        require(answer.status in set(allowed), f"{asked[:60]} gave {answer.status}")
        require(not INSIDE.search(answer.text), f"{asked[:60]} shows the server's inside")


CLIENT_ERRORS = range(400, 500)
HARMLESS = (200, 301, 302, 303, 307, 308, *CLIENT_ERRORS)


def check_inside(site: Site) -> None:
    """No error shows code, files or frames."""
    for name, answer in _all(site):
        require(not INSIDE.search(answer.text), f"the {name} shows the server's inside")


def check_encodings(site: Site) -> None:
    """A bad percent-encoding is the client's error, or nothing at all, never the server's."""
    for target in BAD_ENCODINGS:
        _refused(_raw(site, target), target, HARMLESS)


def check_nul(site: Site) -> None:
    """NUL and control characters in a path are refused."""
    for target in ("/%00", "/id/%00", "/doc/treaty%00.ttl", "/%0d%0aX-Injected:%20yes"):
        answer = _raw(site, target)
        _refused(answer, target, CLIENT_ERRORS)
        if answer is not None:
            require("x-injected" not in answer.headers, f"{target} puts a line into the header")


def check_traversal(site: Site) -> None:
    """No file outside what is published."""
    for target in TRAVERSAL:
        answer = _raw(site, target)
        _refused(answer, target, HARMLESS)
        if answer is not None:
            require(not PASSWD.search(answer.text), f"{target} gives a file of the system")


def check_long(site: Site) -> None:
    """An over-long address is refused."""
    for length in (5_000, 70_000):
        answer = _raw(site, "/" + "a" * length)
        _refused(answer, f"a path of {length} characters", (400, 404, 413, 414, 431))


def check_many_fields(site: Site) -> None:
    """A header that is far too large is refused."""
    answer = _raw(site, "/", *(f"X-Filler-{n}: {'a' * 1000}" for n in range(300)))
    _refused(answer, "a header of 300 kB", HARMLESS)


def check_no_host(site: Site) -> None:
    """HTTP/1.1 without Host is refused."""
    answer = site.fetcher.send_raw(site.origin, b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    _refused(answer, "no Host", (400,))


def check_two_hosts(site: Site) -> None:
    """Two hosts are refused."""
    _refused(_raw(site, "/", "Host: other.example"), "two Host fields", (400,))


def check_request_line(site: Site) -> None:
    """What is no request line is refused.

    A version that nobody knows is none of these: a server may answer it (RFC 9110, 15.6.6).
    """
    for line in (b"GET", b"GET  / / HTTP/1.1", b"\x00\x01\x02 / HTTP/1.1"):
        message = line + b"\r\nHost: x\r\nConnection: close\r\n\r\n"
        answer = site.fetcher.send_raw(site.origin, message)
        _refused(answer, repr(line), (*CLIENT_ERRORS, 501, 505))


def check_lengths(site: Site) -> None:
    """Contradictory lengths, with which a request can be smuggled, are refused."""
    for lines in (
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: -1",),
        ("Content-Length: five",),
    ):
        answer = _raw(site, "/", *lines, method="POST")
        _refused(answer, ", ".join(lines), CLIENT_ERRORS)


def check_absolute_form(site: Site) -> None:
    """The absolute form of a target is understood."""
    plain = _raw(site, urlsplit(site.base).path or "/")
    apply_if(plain is not None and plain.status < 400, "the site's address gives no answer")
    answer = _raw(site, site.base)
    require(answer is not None, "the connection is closed")
    if answer is not None and plain is not None:
        require(answer.status == plain.status, f"GET {site.base} gave {answer.status}")


def check_two_lines(site: Site) -> None:
    """Two `Accept` lines count as one list."""
    entities = [entity for entity in site.entities if entity.offers]
    apply_if(entities, "no entity with a document")
    kind, _ = entities[0].pick()
    target = urlsplit(entities[0].negotiated)
    path = target.path + (f"?{target.query}" if target.query else "")
    alone = entities[0].door.send(entities[0].negotiated, kind)
    answer = _raw(site, path, "Accept: application/x-nothing-has-this-type", f"Accept: {kind}")
    require(answer is not None, "the connection is closed")
    if answer is not None:
        require(
            (answer.status, answer.kind, answer.get("location"))
            == (alone.status, alone.kind, alone.get("location")),
            f"two lines gave {answer.status} {answer.kind}, one gave {alone.status} {alone.kind}",
        )


def check_withdrawn(site: Site) -> None:
    """What was withdrawn is 410 and says what replaces it, or why."""
    apply_if(site.options.withdrawn, "no withdrawn address is known (--withdrawn)")
    for iri in site.options.withdrawn:
        answer = site.follow(iri)
        require(answer.status == 410, f"{iri}, withdrawn, answers {answer.status}")
        require(len(answer.body) > 20, f"{iri}, withdrawn, says nothing")


def check_merged(site: Site) -> None:
    """What was merged leads on, for ever."""
    apply_if(site.options.merged, "no merged address is known (--merged)")
    for iri in site.options.merged:
        answer = site.send(iri)
        require(answer.status in (301, 308), f"{iri}, merged, answers {answer.status}")
        end = site.follow(iri)
        require(end.status == 200, f"{iri}, merged, leads to {end.status}")


PROBLEMS = rfc(9457, "3")

RULES: tuple[Rule[Site], ...] = (
    Rule("error-404", "An address that never was is 404 for every client", "MUST",
         rfc(9110, "15.5.5"), check_missing),
    Rule("error-problem", "Programs get application/problem+json", "SHOULD", PROBLEMS,
         check_problem),
    Rule("error-one-form", "404, 405, 406 and 400 have the same form", "SHOULD", PROBLEMS,
         check_one_form),
    Rule("error-status", "A problem's status is that of the status line", "MUST",
         rfc(9457, "3.1.2"), check_status),
    Rule("error-page", "People get a page", "SHOULD", rfc(9110, "15.5"), check_page),
    Rule("error-uncached", "A 404 is not kept for long", "SHOULD", rfc(9111, "4.2"),
         check_uncached),
    Rule("error-inside", "No error shows the server's inside", "MUST", DISCLOSURE, check_inside),
    Rule("withdrawn-410", "A withdrawn address is 410 and says so", "SHOULD",
         rfc(9110, "15.5.11"), check_withdrawn),
    Rule("merged-308", "A merged address leads permanently to the other", "SHOULD",
         rfc(9110, "15.4.9"), check_merged),
    Rule("input-encoding", "Bad percent-encodings never give a server error", "MUST",
         rfc(3986, "2.1"), check_encodings),
    Rule("input-nul", "NUL and line ends in a path are refused", "MUST", SECURITY, check_nul),
    Rule("input-traversal", "No path leads out of what is published", "MUST", SECURITY,
         check_traversal),
    Rule("input-long", "An over-long path is refused", "MUST", rfc(9110, "15.5.15"), check_long),
    Rule("input-fields", "A header that is too large gives no server error", "SHOULD",
         rfc(6585, "5"), check_many_fields),
    Rule("input-no-host", "A request without Host is refused", "MUST", rfc(9112, "3.2"),
         check_no_host),
    Rule("input-two-hosts", "A request with two Host fields is refused", "MUST",
         rfc(9112, "3.2"), check_two_hosts),
    Rule("input-request-line", "A malformed request line is refused", "MUST", rfc(9112, "3"),
         check_request_line),
    Rule("input-lengths", "Contradictory or invalid lengths are refused", "MUST",
         rfc(9112, "6.3"), check_lengths),
    Rule("input-absolute", "The absolute form of a target is understood", "MUST",
         rfc(9112, "3.2.2"), check_absolute_form),
    Rule("input-two-lines", "Two Accept lines count as one list", "MUST", rfc(9110, "5.3"),
         check_two_lines),
)  # fmt: skip
