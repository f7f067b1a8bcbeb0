"""Dumps that nginx sends itself: the answers are those of a server that sends its files.

Two servers over the same releases: one sends its files, the other leaves them to nginx
(`--x-accel-redirect`), which runs with the file of `pacta deploy nginx`.
"""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime

import pytest

from loader.release.opened import Release, use_release
from server.deploying import INTERNAL
from tests.live import LiveServer, start_server
from tests.nginx import NEEDED, Proxy, run_nginx
from tests.places import ROOT
from tests.server_release import make_small_release

NEWS = "<http://localhost:8000/graph/facts> { <urn:news> <urn:p> 1 . }"
UNLIKE = frozenset(("Date", "Server", "Connection", "X-Request-Id", "Via"))
"""Fields that belong to one answer or to one web server."""

pytestmark = [pytest.mark.slow, *NEEDED]

Answer = tuple[int, list[tuple[str, str]], bytes]


@dataclass(frozen=True)
class Pair:
    """A server that sends its files, and nginx before one that leaves them to it.

    Attributes:
        sending: The first.
        leaving: The second, asked without nginx.
        proxy: nginx before the second.
        current: The release in use.
        former: Another one; its N-Triples were changed after it was written.
    """

    sending: LiveServer
    leaving: LiveServer
    proxy: Proxy
    current: Release
    former: Release


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both, over two releases."""
    out = tmp_path_factory.mktemp("out")
    former, current = make_small_release(out), make_small_release(out, extra=NEWS)
    use_release(out, current.id)
    with (former.path / "dumps" / "pacta.nt").open("ab") as stream:
        stream.write(b"# changed\n")
    arguments = ("--out", str(out), "--workers", "1")
    with (
        start_server(*arguments) as sending,
        start_server(*arguments, "--x-accel-redirect", INTERNAL) as leaving,
        run_nginx(tmp_path_factory.mktemp("nginx"), [leaving.port], out / "releases") as port,
    ):
        yield Pair(sending, leaving, Proxy(port, leaving), current, former)


def fetch(
    connection: http.client.HTTPConnection, method: str, path: str, fields: Mapping[str, str]
) -> Answer:
    """Status, fields in order of their names, body; what is new in each answer is left out.

    So is `Accept-Ranges` beside a range, where nginx holds it for needless.
    """
    with contextlib.closing(connection):
        connection.request(method, path, None, dict(fields))
        answer = connection.getresponse()
        unlike = UNLIKE | ({"Accept-Ranges"} if answer.status == 206 else set())
        kept = [(name.title(), value) for name, value in answer.getheaders()]
        return answer.status, sorted(f for f in kept if f[0] not in unlike), answer.read()


def connect(server: LiveServer) -> http.client.HTTPConnection:
    """A connection to a server, without nginx."""
    return http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)


def fetch_both(
    pair: Pair, method: str, path: str, fields: Mapping[str, str]
) -> tuple[Answer, Answer]:
    """The answer of the server that sends its files, and that of nginx."""
    own = fetch(connect(pair.sending), method, path, fields)
    return own, fetch(pair.proxy.connect(), method, path, fields)


CASES = [
    (200, {}),
    (200, {"Accept-Encoding": "gzip, zstd"}),
    (206, {"Range": "bytes=0-9"}),
    (206, {"Range": "bytes=100-"}),
    (206, {"Range": "bytes=-7"}),
    (206, {"Range": "bytes=5-99999999"}),
    (200, {"Range": "bytes=0-1,4-5"}),
    (200, {"Range": "pages=1-2"}),
    (416, {"Range": "bytes=99999999-"}),
    (416, {"Range": "bytes=x-y"}),
    (206, {"Range": "bytes=0-9", "If-Range": "ETAG"}),
    (200, {"Range": "bytes=0-9", "If-Range": '"other"'}),
    (200, {"Range": "bytes=0-9", "If-Range": "W/ETAG"}),
    (206, {"Range": "bytes=0-9", "If-Range": "MODIFIED"}),
    (200, {"Range": "bytes=0-9", "If-Range": "EARLIER"}),
    (200, {"Range": "bytes=0-9", "If-Range": "LATER"}),
    (200, {"Range": "bytes=x-y", "If-Range": '"other"'}),
    (304, {"If-None-Match": "ETAG"}),
    (304, {"If-None-Match": "W/ETAG"}),
    (304, {"If-None-Match": "*"}),
    (304, {"If-None-Match": "ETAG", "Range": "bytes=0-9"}),
    (200, {"If-None-Match": '"other"'}),
    (200, {"If-None-Match": '"other"', "If-Modified-Since": "MODIFIED"}),
    (400, {"If-None-Match": "other"}),
    (304, {"If-Modified-Since": "MODIFIED"}),
    (200, {"If-Modified-Since": "EARLIER"}),
    (200, {"If-Modified-Since": "yesterday"}),
    (200, {"If-Match": "ETAG"}),
    (206, {"If-Match": "ETAG", "Range": "bytes=0-9"}),
    (412, {"If-Match": '"other"'}),
    (200, {"If-Unmodified-Since": "MODIFIED"}),
    (200, {"If-Unmodified-Since": "yesterday"}),
    (412, {"If-Unmodified-Since": "EARLIER"}),
]
"""Status, fields of the request; the capitals stand for values of the file."""


@pytest.mark.parametrize(
    ("method", "status", "fields"),
    [
        *(("GET", *case) for case in CASES),
        ("HEAD", 200, {}),
        ("HEAD", 200, {"Range": "bytes=0-9"}),
        ("HEAD", 304, {"If-None-Match": "ETAG"}),
        ("HEAD", 412, {"If-Match": '"other"'}),
        ("POST", 405, {}),
    ],
)
def test_a_dump_is_answered_alike(
    pair: Pair, method: str, status: int, fields: Mapping[str, str]
) -> None:
    """Every condition and range: the same status, fields and bytes."""
    path = f"/dumps/{pair.current.id}/pacta.nq"
    known = dict(fetch(connect(pair.sending), "HEAD", path, {})[1])
    modified = parsedate_to_datetime(known["Last-Modified"]).timestamp()
    stands = {
        "ETAG": known["Etag"],
        "W/ETAG": f"W/{known['Etag']}",
        "MODIFIED": known["Last-Modified"],
        "EARLIER": formatdate(modified - 60, usegmt=True),
        "LATER": formatdate(modified + 60, usegmt=True),
    }
    own, through = fetch_both(
        pair, method, path, {name: stands.get(value, value) for name, value in fields.items()}
    )

    assert (own[0], through[0]) == (status, status)
    assert through == own


def test_each_file_is_answered_alike(pair: Pair) -> None:
    """Every file of both releases: its type, name, digest, links; the changed one is 503."""
    seen = set()
    for release in (pair.current, pair.former):
        for name in (*release.manifest.files, "dumps/none.nq"):
            path = f"/dumps/{release.id}/{name.removeprefix('dumps/')}"
            own, through = fetch_both(pair, "GET", path, {})
            assert (path, through) == (path, own)
            seen.add(own[0])

    assert seen == {200, 404, 503}


@pytest.mark.parametrize("path", ["/dumps/latest/pacta.nq", "/dumps/", "/dumps/none/pacta.nq"])
def test_what_is_no_file_is_answered_alike(pair: Pair, path: str) -> None:
    """The redirect to the release in use, the list of files, a release that is not here."""
    own, through = fetch_both(pair, "GET", path, {"Accept": "text/turtle"})

    assert (through[0], through[2]) == (own[0], own[2])


def test_nginx_sends_the_file(pair: Pair) -> None:
    """The server behind it sends no byte of it, and nginx tells the id of the server's answer."""
    path = f"/dumps/{pair.current.id}/pacta.nq"
    status, fields, body = fetch(connect(pair.leaving), "GET", path, {"Range": "bytes=0-9"})

    assert (status, body) == (200, b"")
    place = f"{INTERNAL}{pair.current.id}/dumps/pacta.nq"
    assert dict(fields)["X-Accel-Redirect"] == place
    assert pair.proxy.send("GET", path).headers["x-request-id"]
    assert pair.proxy.send("GET", place).status == 404, "no client may ask for it there"


def test_no_client_can_ask_for_it(pair: Pair) -> None:
    """The setting alone decides: the fields by which other servers are asked change nothing."""
    path = f"/dumps/{pair.current.id}/pacta.nq"
    fields = {
        "X-Accel-Redirect": INTERNAL,
        "X-Accel-Mapping": f"/={INTERNAL}",
        "X-Sendfile-Type": "X-Accel-Redirect",
    }
    plain = fetch(connect(pair.sending), "GET", path, {})

    assert fetch(connect(pair.sending), "GET", path, fields) == plain
    assert plain[2] == (pair.current.path / "dumps" / "pacta.nq").read_bytes()


def test_the_unit_names_the_location_that_nginx_has() -> None:
    """deploy/pacta.service and the file of nginx belong together."""
    unit = (ROOT / "deploy" / "pacta.service").read_text(encoding="utf-8")

    assert f"PACTA_X_ACCEL_REDIRECT={INTERNAL}\n" in unit


@pytest.mark.parametrize("value", ["internal", "/internal", "internal/", "//", "/a b/", "/a\n/"])
def test_what_is_no_location_is_refused(value: str) -> None:
    """At the start, with what was expected."""
    with (
        pytest.raises(RuntimeError, match=r"--x-accel-redirect .*expected /…/"),
        start_server("--out", "/none", "--x-accel-redirect", value),
    ):
        pass
