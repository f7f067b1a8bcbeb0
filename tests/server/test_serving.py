"""Connections: which stay open, which close, how answers keep apart, what is no request."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.live import LiveServer, Reply, start_server, wait_until
from tests.places import ROOT

pytestmark = pytest.mark.slow
QUERY = "/sparql?query=SELECT%20*%20%7B%20?s%20?p%20?o%20%7D"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with one triple and small limits."""
    file = tmp_path_factory.mktemp("serving") / "d.ttl"
    file.write_text("<http://e/a> <http://e/p> 1 .")
    limits = ("--max-body-bytes", "10000", "--max-header-bytes", "5000")
    with start_server("--data", str(file), *limits) as running:
        yield running


@pytest.fixture
def connection(server: LiveServer) -> Iterator[http.client.HTTPConnection]:
    """One connection; it is not opened again where the server closes it."""
    made = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    made.auto_open = 0
    made.connect()
    with contextlib.closing(made):
        yield made


def fetch(
    connection: http.client.HTTPConnection, method: str, headers: dict[str, str] | None = None
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """One request and its whole answer."""
    connection.request(method, QUERY, headers=headers or {})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


def test_connection_stays_after_every_kind_of_answer(
    connection: http.client.HTTPConnection,
) -> None:
    """200, 304, HEAD, OPTIONS (204), 406, and 200 again, in one connection."""
    status, headers, body = fetch(connection, "GET")
    known = {"If-None-Match": headers["ETag"]}
    told = [(status, headers)]
    told += [fetch(connection, "GET", known)[:2] for _ in range(2)]
    told += [fetch(connection, method)[:2] for method in ("HEAD", "OPTIONS")]
    told.append(fetch(connection, "GET", {"Accept": "image/png"})[:2])
    again = fetch(connection, "GET")

    assert [200, 304, 304, 200, 204, 406] == [status for status, _ in told]
    assert [None] * 6 == [headers["Connection"] for _, headers in told]
    assert (200, body) == (again[0], again[2])


@pytest.mark.parametrize("headers", [{}, {"If-None-Match": "*"}])
def test_connection_closes_when_the_client_says_so(
    server: LiveServer, headers: dict[str, str]
) -> None:
    """`Connection: close` is heeded, with a body and without."""
    reply = server.send("GET", QUERY, headers={"Connection": "close", **headers})

    assert "close" == reply.headers["connection"]


@pytest.mark.parametrize("condition", ["", "If-None-Match: *\r\n"])
def test_http_1_0_ends_with_the_connection(server: LiveServer, condition: str) -> None:
    """An older client reads to the end, and there is one."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        raw.sendall(f"GET {QUERY} HTTP/1.0\r\n{condition}\r\n".encode())
        answer = b""
        while data := raw.recv(1 << 16):
            answer += data

    assert (b"304" if condition else b"200") == answer[9:12]
    assert b"\r\nConnection: close\r\n" in answer


def test_two_requests_at_once_get_two_answers(server: LiveServer) -> None:
    """A request sent before the answer of the one before: answers in order, none mixed."""
    first = f"GET {QUERY} HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: *\r\n\r\n"
    last = f"GET {QUERY} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        raw.sendall((first + last).encode())
        answer = b""
        while data := raw.recv(1 << 16):
            answer += data

    head, _, rest = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 304 ")
    assert rest.startswith(b"HTTP/1.1 200 ")
    assert 1 == rest.count(b"HTTP/1.1 ")


@pytest.mark.parametrize("count", [1, 2])
def test_who_has_said_everything_still_gets_the_answers(server: LiveServer, count: int) -> None:
    """As from `printf … | nc -N`: the end of what is sent is not the end of the connection."""
    request = f"GET {QUERY} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    answer = send_raw(server.port, request * count, end=True)

    assert count == answer.count(b"HTTP/1.1 200 ")
    assert count == answer.count(b'"value":"http://e/a"')


def test_empty_line_after_a_body_is_no_request(server: LiveServer) -> None:
    """As from `echo`: one answer, and nothing about what did not come (RFC 9112, 2.2)."""
    request = make_post("Content-Length: 6", body="ASK {}\n")

    assert 200 == read_reply(send_raw(server.port, request, end=True)).status


LONG = "SELECT (COUNT(*) AS ?n) {" + "".join(
    f" VALUES ?v{number} {{ {' '.join(map(str, range(60)))} }}" for number in range(8)
) + "}"  # fmt: skip


@pytest.mark.parametrize("ahead", [b"", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_long_query_ends_with_its_client(server: LiveServer, ahead: bytes) -> None:
    """Who says no more may be gone: a long query is not run to its end, or its limit, for them."""
    answer = send_raw(server.port, ask_raw(LONG) + ahead, end=True)

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert 1 == answer.count(b'"code": "client-left"')
    assert (2 if ahead else 1) == answer.count(b"HTTP/1.1 ")


@pytest.mark.parametrize(
    "request_", [b"GET /sparql HT", b"GET /sparql HTTP/1.1\r\nHost: x\r\n",
                 b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nASK"],
)  # fmt: skip
def test_request_that_ends_before_its_end_is_refused(server: LiveServer, request_: bytes) -> None:
    """What was cut on its way is not taken for whole, and its sender is told."""
    reply = read_reply(send_raw(server.port, request_, end=True))

    assert (400, "close") == (reply.status, reply.headers["connection"])
    assert "ends before its end" in json.loads(reply.body)["detail"]


# ---- what is refused before it is a request -------------------------------------------------


EXPECTING = (
    b"POST /sparql HTTP/1.1\r\nHost: h\r\nContent-Type: application/sparql-query\r\n"
    b"Expect: 100-continue\r\nContent-Length: 6\r\n\r\n"
)


@pytest.mark.parametrize("ahead", [b"", EXPECTING])
def test_who_receives_too_slowly_is_cut_off(tmp_path: Path, ahead: bytes) -> None:
    """An answer does not wait for ever to be taken; its length tells that it is not whole.

    What was sent ahead is not read any more.
    """
    file = tmp_path / "d.nt"
    file.write_text("".join(f'<u:s> <u:p> "{"x" * 1000}{number}" .\n' for number in range(40000)))
    with start_server("--data", str(file), "--answer-send-s", "1") as running:
        with socket.create_connection(("127.0.0.1", running.port), timeout=30) as client:
            query = quote("SELECT * { ?s ?p ?o }")
            request = f"GET /sparql?query={query} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
            client.sendall(request + ahead)
            first = client.recv(1000)
            time.sleep(4)
            taken = len(first)
            with contextlib.suppress(ConnectionResetError):
                while piece := client.recv(1 << 20):
                    taken += len(piece)
        found = re.search(rb"content-length: (\d+)", first, re.IGNORECASE)
        assert found is not None
        assert taken < int(found[1])
        assert running.ask("ASK {}").status == 200


def test_requests_sent_ahead_have_time_each_of_their_own(tmp_path: Path) -> None:
    """The limits of one request and one answer run for each, not for all that came together."""
    file = tmp_path / "d.nt"
    file.write_text("".join(f'<u:s> <u:p> "{"x" * 1000}{number}" .\n' for number in range(5000)))
    limits = ("--request-receive-s", "6", "--answer-send-s", "6")
    query = quote("SELECT * { ?s ?p ?o }")
    request = f"GET /sparql?query={query} HTTP/1.1\r\nHost: h\r\n\r\n".encode()
    with (
        start_server("--data", str(file), *limits) as running,
        socket.create_connection(("127.0.0.1", running.port), timeout=30) as client,
        client.makefile("rb") as stream,
    ):
        client.sendall(request * 7 + request[:30])
        for number in range(8):
            time.sleep(1)
            if number == 7:
                client.sendall(request[30:])
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += stream.readline() or pytest.fail(f"closed before answer {number}")
            found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
            assert found is not None
            assert head.startswith(b"HTTP/1.1 200")
            assert len(stream.read(int(found[1]))) == int(found[1])


def test_urgent_bytes_end_the_connection(server: LiveServer) -> None:
    """They mean nothing in HTTP; the server does not wake for them again and again."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.send(b"!", socket.MSG_OOB)

        assert _is_closed(client)


def _is_closed(connection: socket.socket) -> bool:
    """Whether the other side has closed it; waits for that."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_one_address_has_a_share_of_the_connections(tmp_path: Path) -> None:
    """Who has too many open gets no more, whatever they do; another address is served."""
    file = tmp_path / "d.nt"
    file.write_text("")
    with start_server("--data", str(file), "--client-connections", "10") as running:
        with contextlib.ExitStack() as stack:
            held = [
                stack.enter_context(socket.create_connection(("127.0.0.1", running.port), 10))
                for _ in range(14)
            ]
            for each in held:
                with contextlib.suppress(OSError):  # closed already
                    each.sendall(b"GET /health HTTP/1.1\r\nHost:")
            closed = [each for each in held[10:] if _is_closed(each)]
            other = socket.create_connection(("127.0.0.1", running.port), 10, ("127.0.0.2", 0))
            with other:
                other.sendall(b"GET /limits HTTP/1.1\r\nHost: h\r\n\r\n")
                assert other.recv(12) == b"HTTP/1.1 200"
        assert len(closed) == 4
        assert wait_until(lambda: _is_served(running))


def _is_served(server: LiveServer) -> bool:
    """Whether a new connection is answered."""
    try:
        return server.send("GET", "/limits").status == 200
    except (OSError, http.client.HTTPException):
        return False


def send_raw(port: int, request: bytes, *, end: bool = False) -> bytes:
    """Bytes as they are; everything that comes until the server closes the connection.

    Args:
        port: Of the server.
        request: What is sent.
        end: Nothing more can be sent afterwards, only received.
    """
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        raw.sendall(request)
        if end:
            raw.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionResetError):
            while data := raw.recv(1 << 16):
                answer += data
    return answer


def ask_raw(query: str) -> bytes:
    """A request for the answer of a query."""
    return f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def read_reply(answer: bytes) -> Reply:
    """One answer in HTTP/1.1, with nothing before it and nothing after it."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, _, lines = head.partition(b"\r\n")
    assert first.startswith(b"HTTP/1.1 ")
    headers = {name.lower(): value for name, value in message_from_bytes(lines).items()}
    return Reply(int(first.split()[1]), headers, body)


def make_post(*fields: str, version: str = "1.1", body: str = "") -> bytes:
    """A POST of a query with further header fields."""
    lines = (f"POST /sparql HTTP/{version}", "Host: x", "Content-Type: application/sparql-query")
    return "\r\n".join((*lines, *fields, "", body)).encode()


CHUNKED = "Transfer-Encoding: chunked"
CHUNKS = "6\r\nASK {}\r\n0\r\n\r\n"
REFUSED = {
    "length and coding": (400, make_post("Content-Length: 6", CHUNKED, body=CHUNKS)),
    "coding and length": (400, make_post("transfer-encoding:chunked", "content-length:16")),
    "coding and length in 1.0": (400, make_post("Content-Length: 6", CHUNKED, version="1.0")),
    "length and unknown coding": (400, make_post("Content-Length: 6", "Transfer-Encoding: gzip")),
    "length and empty coding": (400, make_post("Content-Length: 6", "Transfer-Encoding:")),
    "coding in 1.0": (400, make_post("Connection: keep-alive", CHUNKED, version="1.0")),
    "coding in 1.2": (400, make_post(CHUNKED, version="1.2", body=CHUNKS)),
    "empty coding": (400, make_post("Transfer-Encoding:")),
    "unknown coding": (501, make_post("Transfer-Encoding: gzip, chunked")),
    "bad length": (400, make_post("Content-Length: -1")),
    "endless length": (400, make_post("Content-Length: " + "1" * 4500)),
    "bad chunk": (400, make_post(CHUNKED, body="zz\r\n\r\n")),
    "endless chunk head": (400, make_post(CHUNKED, body="1;" + "a" * 3000)),
    "endless trailer": (400, make_post(CHUNKED, body="0\r\n" + "a: b\r\n" * 1200)),
    "large length": (413, make_post("Content-Length: 999999")),
    "large chunks": (413, make_post(CHUNKED, body="5000\r\n" + "#" * 0x5000)),
    "large head": (431, make_post("X: " + "y" * 5000)),
    "long line": (431, b"GET /sparql?query=" + b"x" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
    "no request": (400, b"<script>\r\n\r\n"),
    "no version": (400, b"GET /sparql\r\n\r\n"),
    "lower case": (400, b"get /sparql HTTP/1.1\r\nHost: x\r\n\r\n"),
    "no field": (400, make_post("<script>")),
    "bare line end": (400, make_post("X: <script>\ny")),
    "no address": (400, b"GET http://[x/ HTTP/1.1\r\nHost: x\r\n\r\n"),
    "bad address": (400, "GET http://\u2100/ HTTP/1.1\r\nHost: x\r\n\r\n".encode()),
}
CODES = {400: "bad-request", 413: "body-too-large", 431: "head-too-large", 501: "coding-refused"}


@pytest.mark.parametrize("kind", REFUSED)
def test_refused_bytes_get_a_problem_and_the_end(server: LiveServer, kind: str) -> None:
    """The same body as every other error, for scripts of any site; then the connection closes."""
    status, request = REFUSED[kind]
    reply = read_reply(send_raw(server.port, request + b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"))
    problem = json.loads(reply.body)

    assert (status, status) == (reply.status, problem["status"])
    assert ["type", "title", "status", "detail", "code", "hint"] == list(problem)[:6]
    assert CODES[status] == problem["code"]
    assert "application/problem+json" == reply.kind
    assert str(len(reply.body)) == reply.headers["content-length"]
    assert "close" == reply.headers["connection"]
    assert "no-store" == reply.headers["cache-control"]
    assert "*" == reply.headers["access-control-allow-origin"]
    assert "nosniff" == reply.headers["x-content-type-options"]
    assert b"script" not in reply.body
    assert b"waitress" not in reply.body


def test_too_large_says_the_limit_and_the_way(server: LiveServer) -> None:
    """A query that is too long for an address goes by POST."""
    head, body = (read_reply(send_raw(server.port, REFUSED[f"large {of}"][1])) for of in
                  ("head", "length"))  # fmt: skip

    assert ("max_header_bytes", 5000) == tuple(map(json.loads(head.body).get, ("limit", "most")))
    assert ("max_body_bytes", 10000) == tuple(map(json.loads(body.body).get, ("limit", "most")))
    assert "POST" in json.loads(head.body)["hint"]


def test_refused_head_has_no_body(server: LiveServer) -> None:
    """HEAD is answered without a body, whatever is wrong with it (RFC 9110, 9.3.2)."""
    request = b"HEAD /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"
    reply = read_reply(send_raw(server.port, request))

    assert (400, b"") == (reply.status, reply.body)


def test_refused_request_behind_another_waits_for_its_answer(server: LiveServer) -> None:
    """Answers stay in order when the second of two requests cannot be read."""
    first = f"GET {QUERY} HTTP/1.1\r\nHost: x\r\nIf-None-Match: *\r\n\r\n".encode()
    answer = send_raw(server.port, first + REFUSED["length and coding"][1])
    head, _, rest = answer.partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 304 ")
    assert 400 == read_reply(rest).status


def test_chunked_body_alone_is_read(server: LiveServer) -> None:
    """One way to say where a body ends is fine."""
    request = make_post(CHUNKED, "Connection: close", body=CHUNKS)

    assert 200 == read_reply(send_raw(server.port, request)).status


@pytest.mark.parametrize("length", [10_001, 15_000, 999_999])
def test_expectation_of_a_large_body_is_refused_at_once(server: LiveServer, length: int) -> None:
    """413 instead of 100: the body is not sent for nothing (RFC 9110, 10.1.1)."""
    request = make_post("Expect: 100-continue", f"Content-Length: {length}")

    assert 413 == read_reply(send_raw(server.port, request)).status


@pytest.mark.parametrize("body", [b"ASK {}", b""])
def test_expectation_is_met(server: LiveServer, body: bytes) -> None:
    """A body within the limit is asked for; where there is none, nothing is."""
    fields = ("Expect: 100-continue", "Connection: close", f"Content-Length: {len(body)}")
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        raw.sendall(make_post(*fields))
        if body:
            assert b"HTTP/1.1 100 Continue\r\n\r\n" == raw.recv(1 << 16)
            raw.sendall(body)
        answer = b"".join(iter(lambda: raw.recv(1 << 16), b""))

    assert (200 if body else 400) == read_reply(answer).status


@pytest.mark.parametrize(
    ("status", "version", "hosts"),
    [(400, "1.1", ""), (400, "1.1", "Host: a\r\nHost: b\r\n"), (400, "1.0", "Host: a,b\r\n"),
     (200, "1.0", ""), (200, "1.1", "Host: a\r\n")],
)  # fmt: skip
def test_one_host(server: LiveServer, status: int, version: str, hosts: str) -> None:
    """HTTP/1.1 has one Host, also where plain files are served (RFC 9112, 3.2)."""
    request = f"GET {QUERY} HTTP/{version}\r\n{hosts}Connection: close\r\n\r\n"
    answer = send_raw(server.port, request.encode())

    assert str(status).encode() == answer[9:12]


@pytest.mark.parametrize("path", [QUERY, "/sparql", "/limits", "/health", "/nothing"])
def test_every_answer_of_plain_files_is_guarded(server: LiveServer, path: str) -> None:
    """No guessing of types; the page loads nothing from elsewhere and runs no script but ours."""
    reply = server.send("GET", path, headers={"Accept": "text/html, */*;q=0.5"})

    assert "nosniff" == reply.headers["x-content-type-options"]
    assert reply.headers["content-security-policy"].startswith("default-src 'none';")
    assert "*" == reply.headers["access-control-allow-origin"]


FAILING = """
import socket, sys
sys.path.insert(0, sys.argv[1])
from server.serving import serve_app
from server.settings import Settings

def fail(environ, start):
    raise RuntimeError("a secret")

with socket.create_server(("127.0.0.1", 0)) as listener:
    serve_app(fail, Settings(), listener, str(listener.getsockname()[1]))
"""


def test_failing_application_says_nothing_of_itself() -> None:
    """500 with the same body; what failed stands in the log only."""
    with subprocess.Popen(
        [sys.executable, "-P", "-c", FAILING, str(ROOT)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        reply = read_reply(send_raw(port, b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n"))
        process.terminate()
        log = process.communicate(timeout=20)[1]
    problem = json.loads(reply.body)

    assert (500, "internal") == (reply.status, problem["code"])
    assert "close" == reply.headers["connection"]
    assert b"secret" not in reply.body
    assert "a secret" in log
