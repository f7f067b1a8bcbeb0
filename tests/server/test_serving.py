"""Connections under stock waitress: which stay open, how answers keep apart, what is refused."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from email import message_from_bytes
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
    limits = {"max_body_bytes": 10000, "max_header_bytes": 5000}
    with start_server("--data", str(file), constants=limits) as running:
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


def test_connection_stays_open(connection: http.client.HTTPConnection) -> None:
    """200, HEAD, 406, and 200 again, in one connection."""
    told = [fetch(connection, method) for method in ("GET", "HEAD")]
    told.append(fetch(connection, "GET", {"Accept": "image/png"}))
    told.append(fetch(connection, "GET"))

    assert [200, 200, 406, 200] == [status for status, _, _ in told]
    assert [None] * 4 == [headers["Connection"] for _, headers, _ in told]
    assert told[0][2] == told[-1][2]


def test_answer_without_a_body_says_that_the_connection_ends(server: LiveServer) -> None:
    """Waitress closes after 304 and 204; it says so, and a client may ask on another one."""
    for method, headers, status in (("GET", {"If-None-Match": "*"}, 304), ("OPTIONS", {}, 204)):
        reply = server.send(method, QUERY, headers=headers)

        assert (status, "close", b"") == (reply.status, reply.headers["connection"], reply.body)


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
    first = f"GET {QUERY}%20 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = "GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = send_raw(server.port, (first + last).encode())

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert 1 == answer.count(b'"value":"http://e/a"')
    assert 1 == answer.partition(b'"value":"http://e/a"')[2].count(b"HTTP/1.1 404 ")


def test_empty_line_after_a_body_is_no_request(server: LiveServer) -> None:
    """As from `echo`: one answer, and nothing about what did not come (RFC 9112, 2.2)."""
    request = make_post("Content-Length: 6", "Connection: close", body="ASK {}\n")

    assert 200 == read_reply(send_raw(server.port, request)).status


LONG = "SELECT (COUNT(*) AS ?n) {" + "".join(
    f" VALUES ?v{number} {{ {' '.join(map(str, range(60)))} }}" for number in range(8)
) + "}"  # fmt: skip


def is_running(server: LiveServer) -> bool:
    """Whether a query runs, by what the server says of itself."""
    return bool(json.loads(server.send("GET", "/health").body)["queries"]["running"])


def test_long_query_ends_with_its_client(server: LiveServer) -> None:
    """Who closed the connection is gone: a long query is not run to its limit for them."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        raw.sendall(ask_raw(LONG))
        assert wait_until(lambda: is_running(server))
    began = time.monotonic()

    assert wait_until(lambda: not is_running(server))
    assert time.monotonic() - began < 10  # the limit is 30


# ---- what is refused before it is a request -------------------------------------------------


def send_raw(port: int, request: bytes) -> bytes:
    """Send bytes as they are; everything that comes until the server closes the connection."""
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        raw.sendall(request)
        with contextlib.suppress(ConnectionResetError):
            while data := raw.recv(1 << 16):
                answer += data
    return answer


def ask_raw(query: str) -> bytes:
    """A request for the answer of a query."""
    return f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def read_reply(answer: bytes) -> Reply:
    """One answer, with nothing before it and nothing after it."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, _, lines = head.partition(b"\r\n")
    assert first.startswith(b"HTTP/1.")
    headers = {name.lower(): value for name, value in message_from_bytes(lines).items()}
    return Reply(int(first.split()[1]), headers, body)


def make_post(*fields: str, version: str = "1.1", body: str = "") -> bytes:
    """A POST of a query with further header fields."""
    lines = (f"POST /sparql HTTP/{version}", "Host: x", "Content-Type: application/sparql-query")
    return "\r\n".join((*lines, *fields, "", body)).encode()


CHUNKED = "Transfer-Encoding: chunked"
CHUNKS = "6\r\nASK {}\r\n0\r\n\r\n"
REFUSED = {
    "unknown coding": (501, make_post("Transfer-Encoding: gzip, chunked")),
    "bad length": (400, make_post("Content-Length: -1")),
    "bad chunk": (400, make_post(CHUNKED, body="zz\r\n\r\n")),
    "large length": (413, make_post("Content-Length: 999999")),
    "large chunks": (413, make_post(CHUNKED, body="5000\r\n" + "#" * 0x5000)),
    "large head": (431, make_post("X: " + "y" * 5000)),
    "long line": (431, b"GET /sparql?query=" + b"x" * 5000 + b" HTTP/1.1\r\nHost: x\r\n\r\n"),
    "lower case": (400, b"get /sparql HTTP/1.1\r\nHost: x\r\n\r\n"),
    "no field": (400, make_post("<script>")),
    "bare line end": (400, make_post("X: <script>\ny")),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_refused_bytes_get_a_status_and_the_end(server: LiveServer, kind: str) -> None:
    """Waitress answers in plain text what is no request, and closes."""
    status, request = REFUSED[kind]
    reply = read_reply(send_raw(server.port, request + b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"))

    assert status == reply.status
    assert "close" == reply.headers["connection"]
    assert "text/plain" == reply.kind
    assert str(len(reply.body)) == reply.headers["content-length"]


@pytest.mark.parametrize("length", [10_001, 15_000])
def test_too_large_body_says_the_limit(server: LiveServer, length: int) -> None:
    """413 as every other error, up to twice the limit."""
    request = make_post(f"Content-Length: {length}", "Connection: close", body="#" * length)
    reply = read_reply(send_raw(server.port, request))

    assert (413, "application/problem+json") == (reply.status, reply.kind)
    assert ("max_body_bytes", 10000) == tuple(map(json.loads(reply.body).get, ("limit", "most")))


def test_chunked_body_alone_is_read(server: LiveServer) -> None:
    """One way to say where a body ends is fine."""
    request = make_post(CHUNKED, "Connection: close", body=CHUNKS)

    assert 200 == read_reply(send_raw(server.port, request)).status


def test_unknown_expectation_is_refused(server: LiveServer) -> None:
    """417, not silence (RFC 9110, 10.1.1)."""
    reply = server.send("GET", QUERY, headers={"Expect": "200-maybe"})

    assert (417, "expectation-failed") == (reply.status, json.loads(reply.body)["code"])


def test_expectation_is_met(server: LiveServer) -> None:
    """A body within the limit is asked for."""
    fields = ("Expect: 100-continue", "Connection: close", "Content-Length: 6")
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as raw:
        raw.sendall(make_post(*fields))
        assert raw.recv(1 << 16) == b"HTTP/1.1 100 Continue\r\n\r\n"
        raw.sendall(b"ASK {}")
        answer = b"".join(iter(lambda: raw.recv(1 << 16), b""))

    assert read_reply(answer).status == 200


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
    """500; what failed stands in the log only."""
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

    assert (500, "close") == (reply.status, reply.headers["connection"])
    assert b"secret" not in reply.body
    assert "a secret" in log
