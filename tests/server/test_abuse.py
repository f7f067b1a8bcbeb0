"""What the open internet sends: each hostile request gets a clean answer, and nobody else waits.

Times are compared inside one run, with room for a busy machine; the sharp figures come from the
scripts in `bench/`.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
import json
import os
import signal
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.live import LiveServer, Reply, start_server, wait_until
from tests.sample import ALL, sample
from tests.server.killers import COUNT, KINDS

pytestmark = pytest.mark.slow

CHEAP = "SELECT ?o { <http://e/s7> <http://e/p0> ?o }"
KILLER = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
TRIPLES = 2000
USUAL_S = 0.5
"""A cheap query takes a few milliseconds; this leaves room for whatever else the machine does."""
LONG = "x" * 10_000
TABLES = ("json", "xml", "csv", "tsv")
GRAPHS = ("turtle", "ntriples", "rdfxml", "jsonld", "trig", "nquads")
FORMS = (*TABLES, *GRAPHS)
LARGE_BYTES = 95_000_000
"""What every large answer is longer than."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of two thousand triples."""
    file = tmp_path_factory.mktemp("abuse") / "data.nt"
    file.write_text(
        "".join(
            f'<http://e/s{i}> <http://e/p{i % 5}> "value {i}" .\n'
            if i != 7
            else '<http://e/s7> <http://e/p0> "seven" .\n'
            for i in range(TRIPLES)
        )
    )
    return file


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[LiveServer]:
    """A server with short limits and few threads."""
    with start_server(
        *("--data", str(data), "--workers", "3", "--query-timeout-s", "0.7"),
        *("--worker-memory-mib", "256"),
        constants={"client_share": 16, "threads": 24, "queue_wait_s": 20.0},
    ) as running:
        assert wait_until(lambda: len(running.workers()) == 4)
        yield running


def cheap(server: LiveServer) -> float:
    """Ask a cheap query that nobody asked before; the seconds it took."""
    began = time.perf_counter()
    reply = server.ask(f"{CHEAP} # {os.urandom(6).hex()}")
    took = time.perf_counter() - began
    assert reply.status == 200
    assert reply.headers["pacta-rows"] == "1"
    return took


def ask_patiently(server: LiveServer, query: str, form: str = "json") -> Reply:
    """A query; asked again where the answer says so, as `Retry-After` asks for."""
    for _ in range(600):
        body = urlencode({"query": query, "format": form}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        reply = server.send("POST", "/sparql", body, kind)
        if "retry-after" not in reply.headers:
            return reply
        time.sleep(0.2)
    return reply


@pytest.mark.parametrize("kind", KINDS)
def test_hostile_queries(server: LiveServer, large: LiveServer, kind: str) -> None:
    """Twenty of each kind: a clean answer each, and a cheap query is answered at once after it.

    What must be answered, however busy the machine is, goes to the server that gives it time.
    """
    make, clean = KINDS[kind]
    asked = server if 503 in clean else large
    with ThreadPoolExecutor(6) as threads:
        numbers = sample(range(COUNT), 3)
        replies = list(threads.map(lambda n: ask_patiently(asked, make(n)), numbers))
    statuses = Counter(reply.status for reply in replies)

    assert set(statuses) <= clean, statuses
    for reply in replies:
        assert len(reply.body) == int(reply.headers["content-length"])
        if reply.status != 200:
            problem = json.loads(reply.body)
            assert problem["hint"]
            assert "limit" in problem or reply.status == 422
    assert asked.process.poll() is None
    assert wait_until(lambda: cheap(asked) < USUAL_S)


RAW = {
    "request line": [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /sparql HTTP/9.9\r\n\r\n",
        b"GET  /sparql  HTTP/1.1 extra\r\nHost: x\r\n\r\n",
        b"G\xc3\x89T /sparql HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET " + b"/" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /sparql?query=" + b"%41" * 60_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /sparql?" + b"a&" * 50_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /sparql?" + b"query=ASK{}&" * 500 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://127.0.0.1:1/sparql?query=ASK%7B HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /sparql?query=%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /sparql?query=%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /sparql?query=%F0%9F%98 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /sparql%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET //sparql//x HTTP/1.1\r\nHost: x\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"TRACE /sparql HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    ],
    "headers": [
        b"GET /sparql HTTP/1.1\r\nHost: x\r\nAccept: " + b"a/b," * 30_000 + b"\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nHost: x\r\nAccept: " + b"a/b;q=0.5," * 250 + b"\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nHost: x\r\nAccept: " + b";" * 9000 + b"\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nHost: x\r\nAccept: */*;q=" + b"9" * 9000 + b"\r\n\r\n",
        b'GET /sparql HTTP/1.1\r\nHost: x\r\nAccept: a/b;c="' + b"\\" * 9001 + b"\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nHost: x\r\nAccept: \xff\xfe\x00\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\n" + b"X: y\r\n" * 30_000 + b"\r\n",
        b"GET /sparql HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 300_000 + b"\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nHost: x\r\nNo colon here\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nHost: x\r\n folded: yes\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\n: empty\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nHost: x\r\nX: a\x0bb\r\n\r\n",
        b'GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nIf-None-Match: "\r\n\r\n',
        b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nIf-None-Match: "
        + b'"a",' * 20_000
        + b"\r\n\r\n",
        b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1,2-3\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nHost: x\r\nExpect: 200-maybe\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"GET /sparql HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: " + b"1.1.1.1," * 900 + b"\r\n\r\n",
    ],
    "bodies": [
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nASK{}",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: +4\r\n\r\nASK{",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nabc",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: ;;;\r\nContent-Length: 5\r\n\r\nASK{}",
        *(
            b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: " + kind + b"\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body) + body
            for kind, body in (
                (b"application/sparql-query; charset=utf-7", b"ASK{}"),
                (b"application/sparql-query; charset=\xff", b"ASK{}"),
                (b"application/sparql-query", b"\xff\xfe\x00A"),
                (b"application/sparql-query", b"\xef\xbb\xbf\xef\xbb\xbfASK{}"),
                (b"application/sparql-query", b"\x00" * 1000),
                (b"application/x-www-form-urlencoded", b"&" * 100_000),
                (b"application/x-www-form-urlencoded", b"a=b&" * 50_000),
                (b"application/x-www-form-urlencoded", b"query=%"),
                (b"application/x-www-form-urlencoded", b"query" + b"=" * 50_000),
                (b"application/x-www-form-urlencoded", b"query=ASK{}&timeout=1e999"),
                (b"multipart/form-data; boundary=x", b"--x\r\n\r\nASK{}\r\n--x--"),
                (b"application/json", b"[" * 50_000),
                (b"application/xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
            )
        ),
    ],
}


@pytest.mark.parametrize("kind", RAW)
def test_hostile_bytes(server: LiveServer, kind: str) -> None:
    """Bombs in the request line, the headers and the body: each gets an answer that is no 5xx."""
    assert len(RAW[kind]) >= COUNT
    for request in RAW[kind]:
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                client.sendall(request)
            status = int(_receive_head(client).split(b" ", 2)[1])
            assert 200 <= status < 500 or status in (501, 505), (request[:80], status)
    assert wait_until(lambda: cheap(server) < USUAL_S)


UNFINISHED = [
    b"GET /sparql HTTP/1.1\nHost: x\n\n",
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffff\r\n",
    b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nASK",
]


@pytest.mark.parametrize("request_", UNFINISHED)
def test_unfinished_request_is_no_request(server: LiveServer, request_: bytes) -> None:
    """Who goes in the midst of a request gets no answer, and nothing of theirs runs."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as client:
        client.sendall(request_)
        client.shutdown(socket.SHUT_WR)

        assert _receive_head(client) == b""
    assert wait_until(lambda: cheap(server) < USUAL_S)


def _receive_head(client: socket.socket) -> bytes:
    """The head of the answer; less where the other side closes before its end."""
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while b"\r\n\r\n" not in answer and (data := client.recv(65536)):
            answer += data
    return answer


def test_two_hundred_at_once(server: LiveServer) -> None:
    """Each of two hundred clients gets 200, or a refusal that says when to come again."""
    with ThreadPoolExecutor(200) as threads:
        replies = list(threads.map(lambda n: server.ask(f"{CHEAP} # {n}"), range(200)))
    statuses = Counter(reply.status for reply in replies)

    assert set(statuses) <= {200, 429, 503}
    assert statuses[200] >= 16
    for reply in replies:
        assert reply.status == 200 or int(reply.headers["retry-after"]) > 0
    assert wait_until(lambda: cheap(server) < USUAL_S)


def _connect(server: LiveServer, request: bytes) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.sendall(request)
    return client


def test_slow_clients_keep_nobody_waiting(large: LiveServer) -> None:
    """More slow readers and slow senders than threads: a cheap query is answered as before."""
    rows = urlencode({"query": _large_query("json", 0, 500)}).encode()  # 5 MB: no buffer holds them
    reader = b"GET /sparql?" + rows + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    sender = (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
        b"Content-Length: 50000\r\n\r\nASK"
    )
    before = statistics.median(cheap(large) for _ in range(30))
    with contextlib.ExitStack() as stack:
        clients: list[socket.socket] = []
        for _ in range(40):
            clients.append(stack.enter_context(_connect(large, reader)))
            assert wait_until(lambda: clients[-1].recv(4096, socket.MSG_PEEK)[9:12] == b"200")
        for _ in range(40):
            clients.append(stack.enter_context(_connect(large, sender)))
            clients.append(stack.enter_context(_connect(large, b"GET /spar")))
        during: list[float] = []
        for _ in range(30):
            for client in clients[40::7]:
                client.sendall(b" ")
            during.append(cheap(large))

    assert statistics.median(during) < 3 * before + 0.05


def test_cheap_queries_beside_killers(server: LiveServer) -> None:
    """With a killer on every worker but one, a cheap query takes about its usual time.

    By how much it differs is measured in `bench/`, where nothing else runs.
    """
    stop = threading.Event()

    def kill() -> None:
        while not stop.is_set():
            server.ask(f"{KILLER} # {os.urandom(4).hex()}")

    idle = sorted(cheap(server) for _ in range(200))
    thread = threading.Thread(target=kill)
    thread.start()
    try:
        time.sleep(0.3)
        busy = sorted(cheap(server) for _ in range(200))
    finally:
        stop.set()
        thread.join()

    assert busy[100] < 3 * idle[100] + 0.02
    assert busy[190] < 3 * idle[190] + USUAL_S


# ---- complete or clearly failed -----------------------------------------------------------


@pytest.fixture(scope="module")
def large(data: Path) -> Iterator[LiveServer]:
    """A server with time and room for large answers."""
    with start_server(
        *("--data", str(data), "--workers", "2", "--query-timeout-s", "60"),
        *("--result-cache-bytes", "0"),
        constants={"threads": 24},
    ) as running:
        assert wait_until(lambda: len(running.workers()) == 3)
        yield running


def _written(pid: int) -> int:
    """Bytes that a process has written so far."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/io").read_text().splitlines():
            if line.startswith("wchar:"):
                return int(line.split()[1])
    return -1


def _large_query(form: str, number: int, rows: int = 9800) -> str:
    """About 100 MB in any format, or 10 kB for each row."""
    value = f'BIND(CONCAT(STR(?x), STR(?y), "{LONG}") AS ?v)'
    pattern = f"?a <http://e/p0> ?x . ?b <http://e/p1> ?y . {value}"
    if form in TABLES:
        return f"SELECT ?v {{ {pattern} }} LIMIT {rows} # {number}"
    return f"CONSTRUCT {{ ?a <http://e/v> ?v }} {{ {pattern} }} LIMIT {rows} # {number}"


def _ask_raw(server: LiveServer, query: str, form: str, version: str) -> tuple[int, int]:
    """Status and length of an answer by hand-made HTTP; the body is read to its end."""
    text = urlencode({"query": query, "format": form})
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        client.sendall(
            f"GET /sparql?{text} HTTP/{version}\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
        )
        answer = bytearray()
        while piece := client.recv(1 << 20):
            answer += piece
    head, _, body = bytes(answer).partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head.lower()
    return int(head.split(b" ", 2)[1]), len(body)


@pytest.mark.parametrize("form", [*sample(TABLES, 1), *sample(GRAPHS, 1)])
def test_large_answers_are_whole(large: LiveServer, form: str) -> None:
    """Nobody kills the worker: the answer comes to its end."""
    status, size = _ask_raw(large, _large_query(form, -1), form, "1.1")

    assert (status, size > LARGE_BYTES) == (200, True)


def count_ready(server: LiveServer) -> int:
    """How many workers have said that they are ready, after which they write answers alone."""
    return int(json.loads(server.send("GET", "/health").body)["workers"]["ready"])


@pytest.mark.parametrize("form", FORMS)
def test_killed_worker_never_gives_a_200(large: LiveServer, form: str) -> None:
    """SIGKILL at ten points of a large answer, over HTTP/1.1 and HTTP/1.0: a 5xx each time.

    A sample takes one point for each format, and each point for one format.
    """
    first = sample(range(10), 1)[0]
    points = range(10) if ALL else [(first + FORMS.index(form)) % 10]
    statuses: list[int] = []
    for number in points:
        assert wait_until(lambda: count_ready(large) == 3)
        before = {pid: _written(pid) for pid in large.workers()}
        done = threading.Event()

        def kill(mark: int, before: dict[int, int], done: threading.Event) -> None:
            while not done.is_set():
                for pid in large.workers():
                    if _written(pid) > before.get(pid, 0) + mark:
                        os.kill(pid, signal.SIGKILL)
                        return
                time.sleep(0.0005)

        mark = LARGE_BYTES * number // 10
        killer = threading.Thread(target=kill, args=(mark, before, done))
        killer.start()
        version = ("1.1", "1.0")[number % 2]
        statuses.append(_ask_raw(large, _large_query(form, number), form, version)[0])
        done.set()
        killer.join()

    assert statuses == [503] * len(points)


def test_a_million_rows_leave_memory_flat(large: LiveServer) -> None:
    """Every row arrives, the digest fits, and the server's own process does not grow by it."""
    query = "SELECT ?a ?d { ?a ?b ?c . ?d ?e ?f } LIMIT 1000000"
    large.ask("SELECT * { ?s ?p ?o }")
    before = large.memory_bytes()
    most = 0
    digest = hashlib.sha256()
    lines = 0
    connection = http.client.HTTPConnection("127.0.0.1", large.port, timeout=120)
    with contextlib.closing(connection):
        connection.request("GET", "/sparql?" + urlencode({"query": query, "format": "tsv"}))
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        while piece := answer.read(1 << 20):
            digest.update(piece)
            lines += piece.count(b"\n")
            most = max(most, large.memory_bytes())
    expected = base64.b64encode(digest.digest()).decode()

    assert (answer.status, headers["pacta-rows"], lines) == (200, "1000000", 1_000_001)
    assert headers["repr-digest"] == f"sha-256=:{expected}:"
    assert most - before < 24 << 20
