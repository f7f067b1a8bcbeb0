"""docs/how-to/deploy.md: its nginx file, run with nginx before real servers."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import re
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import pytest

from loader.release.opened import use_release
from server.deploying import SERVER, render_nginx
from tests.live import LiveServer, start_server, wait_until
from tests.nginx import NEEDED, Proxy, run_nginx
from tests.places import ROOT
from tests.sample import sample
from tests.server_release import make_small_release
from tests.skips import needs
from tests.tinybuild import build_tiny

PAGE = ROOT / "docs" / "how-to" / "deploy.md"
CURL = shutil.which("curl") or ""
QUERY = "application/sparql-query"
NEWS = "<http://localhost:8000/graph/facts> { <urn:news> <urn:p> 1 . }"
TREATY = "/doc/treaty/lakeside-peace"

pytestmark = [pytest.mark.slow, *NEEDED]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Nginx before a server of the tiny release."""
    out = build_tiny()[1].path.parent.parent
    arguments = ("--out", str(out), "--trusted-proxy", "127.0.0.1")
    with (
        start_server(*arguments) as server,
        run_nginx(tmp_path_factory.mktemp("nginx"), [server.port]) as port,
    ):
        yield Proxy(port, server)


def test_the_page_shows_what_the_command_writes() -> None:
    """One source for both."""
    (block,) = re.findall(r"```nginx\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)

    assert block == render_nginx([SERVER], {"name": "treaties.example.org"})


def test_no_request_fails_when_a_server_dies_and_the_release_changes(tmp_path: Path) -> None:
    """Three servers, one killed; two changes of release; documents, tables and queries by POST."""
    out = tmp_path / "out"
    releases = [make_small_release(out), make_small_release(out, extra=NEWS)]
    use_release(out, releases[0].id)
    arguments = ("--out", str(out), "--workers", "1", "--trusted-proxy", "127.0.0.1")
    with contextlib.ExitStack() as stack:
        with ThreadPoolExecutor() as starting:
            started = [start_server(*arguments) for _ in range(3)]
            servers = list(starting.map(stack.enter_context, started))
        folder = tmp_path / "nginx"
        folder.mkdir()
        port = stack.enter_context(run_nginx(folder, [server.port for server in servers]))
        proxy, ended = Proxy(port, servers[0]), threading.Event()
        seen: Counter[object] = Counter()

        def ask(client: int) -> None:
            number = 0
            while not ended.is_set():
                number += 1
                pattern = f"?s ?p ?o FILTER(?s != <urn:{client}-{number}>)"
                query = f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}"
                for method, path, body, fields in (
                    ("GET", "/doc/treaty/peace-1920", None, {"Accept": "text/turtle"}),
                    ("GET", f"/sparql?{urlencode({'query': query})}", None, {"Accept": "text/csv"}),
                    ("POST", "/sparql", query.encode(), {"Content-Type": QUERY}),
                ):
                    try:
                        answer = proxy.send(method, path, body, **fields)
                        seen[answer.status] += 1
                        if answer.kind == "text/csv":
                            seen[answer.body] += 1
                    except (OSError, http.client.HTTPException) as error:
                        seen[repr(error)] += 1

        threads = [threading.Thread(target=ask, args=(client,)) for client in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        servers[2].process.kill()
        for release in (releases[1], releases[0]):
            use_release(out, release.id)
            assert wait_until(partial(are_serving, servers[:2], release.id), 60)
            assert reaches_clients(proxy, seen), "the clients get answers of this release"
        ended.set()
        for thread in threads:
            thread.join()

    statuses = {key: count for key, count in seen.items() if not isinstance(key, bytes)}
    assert set(statuses) == {200}, statuses
    assert statuses[200] >= 12, "each client was answered"
    assert len({key for key in seen if isinstance(key, bytes)}) == 2, "both releases answered"


def reaches_clients(proxy: Proxy, seen: Counter[object]) -> bool:
    """Whether the clients get the count of the release that is served now, once more."""
    count = b"SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    own = proxy.send("POST", "/sparql", count, Content_Type=QUERY, Accept="text/csv").body
    before = seen[own]
    return wait_until(lambda: seen[own] > before, 60)


def are_serving(servers: Sequence[LiveServer], release: str) -> bool:
    """Whether all of these servers serve a release."""
    answers = [server.send("GET", "/health") for server in servers]
    return all(json.loads(each.body)["release"] == release for each in answers)


def test_every_document_comes_through(proxy: Proxy) -> None:
    """No header of ours is too long for the buffers of the page, whatever the address."""
    listed = proxy.send("GET", "/kind/treaty", Accept="application/json")
    assert listed.status == 200
    paths = sorted(set(re.findall(r"/doc/[a-z]+/[a-z0-9-]+", listed.body.decode())))
    rows = proxy.send(
        "GET",
        "/sparql?" + urlencode({"query": "SELECT DISTINCT ?s { ?s a [] }"}),
        Accept="text/csv",
    ).body.decode()
    things = re.findall(r"http://localhost:8000/id(/\S+)", rows)
    longest = [f"/doc{each}" for each in sorted(things, key=len)[-40:]]

    for path in (*sample((*paths, *longest[:-5]), 8), *longest[-5:]):
        for kind in ("text/html", "text/turtle"):
            answer = proxy.send("GET", path, Accept=kind)
            assert (path, answer.status) == (path, 200)
            assert answer.kind == kind


def test_a_document_is_kept_and_asked_about(proxy: Proxy) -> None:
    """By format; a client that holds it gets 304; the tag is the server's own."""
    own = proxy.server.send("GET", TREATY, headers={"Accept": "text/turtle"})
    seen = [proxy.send("GET", TREATY, Accept="text/turtle") for _ in range(3)]

    assert {own.headers["etag"]} == {each.headers["etag"] for each in seen}
    assert {own.body} == {each.body for each in seen}
    assert "HIT" in {each.headers["x-cache"] for each in seen}
    page = proxy.send("GET", TREATY, Accept="text/html")
    assert page.kind == "text/html"
    tag = seen[0].headers["etag"]
    assert proxy.send("GET", TREATY, Accept="text/turtle", If_None_Match=tag).status == 304
    moved = proxy.send("GET", TREATY.replace("/doc/", "/id/"), Accept="text/turtle")
    assert (moved.status, moved.headers["location"]) == (303, TREATY)


def test_a_query_that_is_asked_again_is_kept(proxy: Proxy) -> None:
    """By format, with the server's own tag; not one whose answer differs, nor a mistake."""
    target = "/sparql?" + urlencode({"query": "SELECT ?s { ?s a [] } ORDER BY ?s LIMIT 30"})
    for kind in ("text/csv", "text/tab-separated-values"):
        own = proxy.server.send("GET", target, headers={"Accept": kind})
        seen = [proxy.send("GET", target, Accept=kind) for _ in range(4)]
        assert {own.body} == {each.body for each in seen}
        assert {own.headers["etag"]} == {each.headers["etag"] for each in seen}
        assert "HIT" in {each.headers["x-cache"] for each in seen}
    assert proxy.send("GET", target, Accept=kind, If_None_Match=own.headers["etag"]).status == 304
    for text, status in (("SELECT (NOW() AS ?n) {}", 200), ("SELECT {", 400)):
        again = [proxy.send("GET", "/sparql?" + urlencode({"query": text})) for _ in range(4)]
        assert {status} == {each.status for each in again}
        assert "HIT" not in {each.headers["x-cache"] for each in again}
        assert len({each.body for each in again}) == (4 if status == 200 else 1)


def test_tables_are_compressed_and_whole(proxy: Proxy) -> None:
    """A long answer comes coded; decoded it is the server's."""
    target = "/sparql?" + urlencode({"query": "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 3000"})
    own = proxy.server.send("GET", target, headers={"Accept": "text/csv"})
    coded = proxy.send("GET", target, Accept="text/csv", Accept_Encoding="gzip")

    assert coded.headers["content-encoding"] == "gzip"
    assert gzip.decompress(coded.body) == own.body
    assert len(coded.body) < len(own.body) / 4


@pytest.mark.parametrize(
    "target", ["/static/pacta.css", "/static/reading/page.js", "/static/editor/main.js"]
)
def test_scripts_and_styles_are_compressed(proxy: Proxy, target: str) -> None:
    """A page's files come coded; decoded they are the server's."""
    own = proxy.server.send("GET", target)
    coded = proxy.send("GET", target, Accept_Encoding="gzip")

    assert (own.status, coded.status) == (200, 200)
    assert coded.headers["content-encoding"] == "gzip"
    assert gzip.decompress(coded.body) == own.body
    assert len(coded.body) < len(own.body) / 2


@needs("curl", CURL)
@pytest.mark.parametrize(
    ("accept", "query"),
    [
        ("application/sparql-results+json", "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 3000"),
        ("application/sparql-results+xml", "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 3000"),
        ("application/n-triples", "CONSTRUCT { ?s a ?c } { ?s a ?c }"),
    ],
)
def test_curl_compressed_gets_answers_coded_and_whole(
    proxy: Proxy, accept: str, query: str
) -> None:
    """As researchers fetch them: fewer bytes on the line, the same answer in the file."""
    address = f"https://127.0.0.1:{proxy.port}/sparql"
    options = ["-sSfkG", "-H", f"Accept: {accept}", "--data-urlencode", f"query={query}"]
    seen: list[tuple[bytes, int, str]] = []
    for more in ([], ["--compressed"]):
        form = ["-w", "%{stderr}%{size_download} %header{content-encoding}"]
        done = subprocess.run(
            [CURL, *options, *more, *form, address], capture_output=True, check=True, timeout=60
        )
        size, _, coding = done.stderr.decode().partition(" ")
        seen.append((done.stdout, int(size), coding))
    (plain, plain_size, _), (coded, coded_size, coding) = seen

    assert coding == "gzip"
    assert sorted(coded.splitlines()) == sorted(plain.splitlines())
    assert coded_size < plain_size / 4


@pytest.mark.parametrize("path", ["/search?q=Šiauliai", "/doc/place/Šiauliai", "/sparql?query=Š"])
def test_letters_that_are_not_encoded_are_told_with_the_repair(proxy: Proxy, path: str) -> None:
    """As curl sends what somebody types; encoded, the same address is answered."""
    connection = proxy.connect()
    connection.connect()
    with contextlib.closing(connection):
        request = f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        connection.sock.sendall(request.encode())
        said = b"".join(iter(partial(connection.sock.recv, 65536), b""))

    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"-G --data-urlencode 'q=...'" in said
    assert proxy.send("GET", "/search?" + urlencode({"q": "Šiauliai"})).status == 200


def test_a_dump_resumes(proxy: Proxy) -> None:
    """Ranges and their conditions pass through."""
    _, release = build_tiny()
    path = f"/dumps/{release.id}/pacta.nq"
    whole = proxy.send("GET", path)
    part = proxy.send("GET", path, Range="bytes=1000-", If_Range=whole.headers["etag"])

    assert (whole.status, part.status) == (200, 206)
    assert part.body == whole.body[1000:]


def test_long_queries_and_bodies_have_their_limits(proxy: Proxy) -> None:
    """A query of 60 kB by GET is answered; a body over the limit is 413."""
    values = " ".join(f"<http://e.example/{number}>" for number in range(2000))
    query = "/sparql?" + urlencode({"query": f"SELECT * {{ VALUES ?x {{ {values} }} }}"})
    assert len(query) > 60_000
    assert proxy.send("GET", query, Accept="text/csv").status == 200
    kind = "application/sparql-query"
    large = proxy.send("POST", "/sparql", b"#" * (5 << 20), Content_Type=kind)
    assert large.status == 413


def test_each_client_has_its_own_share(proxy: Proxy) -> None:
    """The server learns the client's address from the proxy alone."""
    answer = proxy.send("GET", "/health", X_Forwarded_For="203.0.113.7")

    assert answer.status == 200
    assert proxy.send("GET", "/metrics").status == 200


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_query_ends_when_its_client_leaves(proxy: Proxy, method: str) -> None:
    """Long before its time limit of 30 s, by whatever method it came."""
    numbers = " ".join(map(str, range(100)))
    product = " ".join(f"VALUES ?v{i} {{ {numbers} }}" for i in range(12))
    query = f"SELECT (COUNT(*) AS ?n) {{ {product} }}"
    body = query.encode() if method == "POST" else None
    connection = proxy.connect()
    connection.request(
        method,
        "/sparql" if body else f"/sparql?{urlencode({'query': query})}",
        body,
        {"Content-Type": QUERY} if body else {},
    )
    assert wait_until(partial(are_running, proxy, 1), 10), "the query runs"

    connection.close()

    assert wait_until(partial(are_running, proxy, 0), 10)


def are_running(proxy: Proxy, number: int) -> bool:
    """Whether so many queries run on the server."""
    queries = json.loads(proxy.server.send("GET", "/health").body)["queries"]
    return bool(queries["running"] == number)


def test_a_slow_client_holds_no_thread_of_the_server(proxy: Proxy) -> None:
    """Forty requests that never end their head do not keep the server from answering others."""
    slow = [proxy.connect() for _ in range(40)]
    try:
        for each in slow:
            each.connect()
            each.sock.sendall(b"GET / HTTP/1.1\r\nHost: treaties.example.org\r\nX: ")
        began = time.monotonic()
        assert proxy.send("GET", TREATY).status == 200
        assert time.monotonic() - began < 20
    finally:
        for each in slow:
            each.close()


@pytest.mark.parametrize(
    "request_",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"NONSENSE\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)
def test_malformed_http_stops_at_the_proxy(proxy: Proxy, request_: bytes) -> None:
    """It is refused with a 400 and never reaches the server."""
    connection = proxy.connect()
    connection.connect()
    with contextlib.closing(connection):
        connection.sock.sendall(request_)
        said = connection.sock.recv(65536)

    assert re.match(rb"HTTP/1\.1 400 |<html>", said), said[:100]
