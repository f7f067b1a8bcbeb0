"""docs/how-to/deploy.md: its nginx file, run with nginx before a real server.

Only ports, names of files and the certificate are replaced. Left out where nginx is not installed
(Debian: nginx-light).
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.live import LiveServer, Reply, start_server, wait_until
from tests.places import ROOT
from tests.realrelease import build_real

PAGE = ROOT / "docs" / "how-to" / "deploy.md"
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
OPENSSL = shutil.which("openssl")
TREATY = "/doc/treaty/mutual-assistance-1939"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (NGINX and OPENSSL), reason="nginx or openssl is not installed"),
]


@dataclass
class Proxy:
    """nginx with the file of the page, and the server behind it."""

    port: int
    server: LiveServer

    def connect(self) -> http.client.HTTPSConnection:
        """A connection; the certificate is this test's own."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)

    def send(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        """One request; `_` in the name of a field stands for `-`."""
        with contextlib.closing(self.connect()) as connection:
            fields = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, fields)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, names, answer.read())


def find_port() -> int:
    """A port that is free now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def write_configuration(folder: Path, secure: int, plain: int, upstream: int) -> Path:
    """The page's file inside the frame that Debian gives it, on ports and paths of a test."""
    (block,) = re.findall(r"```nginx\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    for old, new in (
        ("listen 443 ssl", f"listen 127.0.0.1:{secure} ssl"),
        ("listen 80", f"listen 127.0.0.1:{plain}"),
        ("127.0.0.1:8000", f"127.0.0.1:{upstream}"),
        ("/var/cache/nginx/pacta", f"{folder}/cache"),
        ("/etc/letsencrypt/live/treaties.example.org/fullchain.pem", f"{folder}/cert.pem"),
        ("/etc/letsencrypt/live/treaties.example.org/privkey.pem", f"{folder}/key.pem"),
    ):
        assert old in block, f"the page no longer has {old!r}"
        block = block.replace(old, new)
    file = folder / "nginx.conf"
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root; " if os.geteuid() == 0 else ""  # a worker of another cannot write here
    file.write_text(
        f"{user}daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"worker_processes 1; events {{ }}\n"
        f"http {{ access_log off;\n{temporary}{block}}}\n",
        encoding="utf-8",
    )
    return file


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Nginx before a server of the real release."""
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    certificate = [str(OPENSSL), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    certificate += ["-subj", "/CN=treaties.example.org"]
    certificate += ["-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"]
    subprocess.run(certificate, check=True, capture_output=True)
    out = build_real().path.parent.parent
    arguments = ("--out", str(out), "--trusted-proxy", "127.0.0.1")
    with start_server(*arguments) as server:
        port = find_port()
        file = write_configuration(folder, port, find_port(), server.port)
        with subprocess.Popen([str(NGINX), "-p", folder, "-c", file]) as running:
            try:
                assert wait_until(lambda: accepts(port)), (folder / "error.log").read_text()
                yield Proxy(port, server)
            finally:
                running.terminate()
                running.wait(20)


def accepts(port: int) -> bool:
    """Whether somebody listens there."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


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
    longest = sorted(things, key=len)[-40:]

    for path in (*paths, *(f"/doc{each}" for each in longest)):
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


def test_tables_are_compressed_and_whole(proxy: Proxy) -> None:
    """A long answer comes coded; decoded it is the server's."""
    target = "/sparql?" + urlencode({"query": "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 3000"})
    own = proxy.server.send("GET", target, headers={"Accept": "text/csv"})
    coded = proxy.send("GET", target, Accept="text/csv", Accept_Encoding="gzip")

    assert coded.headers["content-encoding"] == "gzip"
    assert gzip.decompress(coded.body) == own.body
    assert len(coded.body) < len(own.body) / 4


def test_a_dump_resumes(proxy: Proxy) -> None:
    """Ranges and their conditions pass through."""
    release = build_real()
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
