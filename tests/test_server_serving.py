"""Connections: which stay open, which close, and that answers on one keep apart."""

from __future__ import annotations

import contextlib
import http.client
import socket
from collections.abc import Iterator

import pytest
from live import LiveServer, start_server

pytestmark = pytest.mark.slow
QUERY = "/sparql?query=SELECT%20*%20%7B%20?s%20?p%20?o%20%7D"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with one triple."""
    file = tmp_path_factory.mktemp("serving") / "d.ttl"
    file.write_text("<http://e/a> <http://e/p> 1 .")
    with start_server("--data", str(file)) as running:
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
