"""Remote endpoints: a release arrives whole or not at all, and every refusal is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pyoxigraph as ox
import pytest

from loader.release.endpoint import Endpoint, EndpointError, ask_endpoint
from loader.release.opened import Release
from loader.release.push import check_pushed, count_kinds, push_release
from loader.release.pushed import mark_query
from tests.server_release import make_release

G = "http://localhost:8000/graph"
JSON = "application/sparql-results+json"


PIECES: list[str] = []
"""The updates with statements that the last endpoint got."""


class Handler(BaseHTTPRequestHandler):
    """A small SPARQL 1.1 endpoint over a real engine: queries and updates by POST."""

    store: ox.Store
    broken: str
    pieces: list[str]

    def do_POST(self) -> None:
        """Answer one request."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = parse_qs(body)
        if self.broken == "problem":
            return self.reply(503, b'{"detail": "too busy", "hint": "try later"}')
        try:
            if "update" in form:
                text = form["update"][0]
                self.pieces.extend([text] if "urn:p" in text else [])
                union = sum("/graph?release=" in piece for piece in self.pieces)
                if {"union": union, "insert": len(self.pieces)}.get(self.broken, 0) > 2:
                    return self.reply(507, b"no room")
                if self.broken == "tags":
                    text = text.replace('"@en', '"')
                if self.broken != "lose" or "urn:p" not in text:
                    self.store.update(text)
                return self.reply(200, b"")
            if self.broken == "slow":
                time.sleep(20)  # far beyond the limit, however busy the machine is
            result = self.store.query(form["query"][0])
        except SyntaxError as error:
            return self.reply(400, str(error).encode())
        if isinstance(result, ox.QueryTriples):
            kind = self.headers["Accept"]
            triples = result.serialize(format=ox.RdfFormat.from_media_type(kind)) or b""
            return self.reply(200, triples, kind)
        data = result.serialize(format=ox.QueryResultsFormat.JSON) or b""
        return self.reply(200, b"<html>" if self.broken == "html" else data)

    def reply(self, status: int, body: bytes, kind: str = JSON) -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(BrokenPipeError):  # a client that went away
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def endpoint(broken: str = "", timeout_s: float = 20.0) -> Iterator[tuple[Endpoint, ox.Store]]:
    """Run an endpoint on a free port of this machine."""
    store = ox.Store()
    PIECES.clear()
    handler = type("Bound", (Handler,), {"store": store, "broken": broken, "pieces": PIECES})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.server_address[1]}/sparql"
        yield Endpoint(address, address, timeout_s=timeout_s), store
        server.shutdown()
        thread.join()


def release(out: Path, number: int, name: str = "x") -> Release:
    """Make a release of two graphs, one with nodes without a name, that share one triple."""
    lines = [
        f'<http://localhost:8000/id/{name}/{n}> <urn:p> "v{n} \\"_:a\\"\\n–"@en <{G}/facts> .\n'
        for n in range(number)
    ]
    lines += [f"_:c{n} <urn:p> _:c{n + 1} <{G}/vocabulary> .\n" for n in range(5)]
    shared = '<urn:shared> <urn:p> "v"'
    lines += [f"{shared} <{G}/facts> .\n", f"{shared} <{G}/vocabulary> .\n"]
    union = {line.rpartition(" <")[0] + " .\n" for line in lines}
    files = {"dumps/pacta.nq": lines, "dumps/pacta.nt": sorted(union)}
    return make_release(out, {name: "".join(each).encode() for name, each in files.items()})


def shape(store: ox.Store) -> dict[str, int]:
    """Return graph → number of statements, but for the ledger."""
    found: dict[str, int] = {}
    for quad in store:
        name = str(quad.graph_name)[1:-1]
        if name != f"{G}?pushed":
            found[name] = found.get(name, 0) + 1
    return found


def whole(release: Release, number: int) -> dict[str, int]:
    """Return what `shape` gives of a release."""
    id = release.id  # noqa: A001
    graphs = {f"{G}/facts": number + 1, f"{G}/vocabulary": 6, G: number + 6}
    return {f"{name}?release={id}": count for name, count in graphs.items()}


@pytest.mark.parametrize("batch", [1000, 10_000_000])
def test_push_loads_the_graphs_of_the_release_only(tmp_path: Path, batch: int) -> None:
    """In one piece or in many: the same statements, nodes without a name stay joined."""
    told: list[str] = []
    with endpoint() as (remote, store):
        store.update("INSERT DATA { GRAPH <urn:other> { <urn:kept> <urn:p> 1 } }")
        first = release(tmp_path, 50)

        changes = push_release(first, remote, batch, told.append)

        assert changes == ()
        assert shape(store) == {**whole(first, 50), "urn:other": 1}
        path = "/".join(["<urn:p>"] * 5)
        joined = f"ASK {{ GRAPH <{G}?release={first.id}> {{ ?a {path} ?f }} }}"
        assert bool(store.query(joined))
        assert check_pushed(first, remote) == ()
    assert told == [
        f"{G}/facts (51 statements)",
        f"{G}/vocabulary (6 statements)",
        "all graphs (56 statements)",
    ]


def test_push_keeps_the_release_before_and_removes_older_ones(tmp_path: Path) -> None:
    """Servers that have not switched yet go on with the former set."""
    releases = [release(tmp_path / str(n), n, f"r{n}") for n in (1, 2, 3)]
    with endpoint() as (remote, store):
        for each in releases:
            push_release(each, remote, 10_000, lambda text: None)

        assert shape(store) == {**whole(releases[1], 2), **whole(releases[2], 3)}
        with pytest.raises(EndpointError, match="does not hold"):
            check_pushed(releases[0], remote)

        before = len(store)
        push_release(releases[2], remote, 10_000, lambda text: None)
        assert len(store) == before


def test_a_push_that_broke_off_goes_on_where_it_was(tmp_path: Path) -> None:
    """Pieces that arrived are not sent again."""
    one = release(tmp_path, 100)
    with endpoint("insert") as (broken, half):
        with pytest.raises(EndpointError, match="no room"):
            push_release(one, broken, 1000, lambda text: None)
        arrived = PIECES[:-1]  # the last one was refused
    with endpoint() as (remote, store):
        store.bulk_extend(half)

        push_release(one, remote, 1000, lambda text: None)

        assert shape(store) == whole(one, 100)
        assert arrived
        assert not set(arrived) & set(PIECES)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("insert", "no room"),
        ("union", "no room"),
        ("lose", "holds 0 statements"),
        ("html", "answered a page"),
    ],
)
def test_push_that_fails_is_never_called_whole(tmp_path: Path, broken: str, message: str) -> None:
    """An error, a store that forgets, one that answers something else."""
    one = release(tmp_path, 30)
    with endpoint(broken) as (remote, store):
        with pytest.raises(EndpointError, match=message):
            push_release(one, remote, 1000, lambda text: None)

        marks = store.query(mark_query("http://localhost:8000/", one.id))
        assert not list(marks)  # type: ignore[arg-type]


def test_check_tells_what_a_store_rewrote(tmp_path: Path) -> None:
    """A store that loses language tags, and statements that somebody else changed."""
    one = release(tmp_path, 5)
    with endpoint("tags") as (remote, store):
        changes = push_release(one, remote, 10_000, lambda text: None)
        assert [(kind, n) for kind, n, _ in count_kinds(changes)] == [
            ("language en became none", 10)
        ]
        graph = f"<{G}/facts?release={one.id}>"
        store.update(f'DELETE DATA {{ GRAPH {graph} {{ <urn:shared> <urn:p> "v" }} }}')
        store.update(f"INSERT DATA {{ GRAPH {graph} {{ <urn:new> <urn:p> 1 }} }}")

        found = {kind: n for kind, n, _ in count_kinds(check_pushed(one, remote))}

    assert found == {"language en became none": 10, "lost": 1, "added": 1}


def test_ask_gives_the_answer_as_it_came() -> None:
    """Bytes, untouched."""
    with endpoint() as (remote, store):
        store.update("INSERT DATA { <urn:a> <urn:p> 1 }")

        data = ask_endpoint(remote, "SELECT ?o { <urn:a> <urn:p> ?o }", JSON)

    assert b'"value":"1"' in data.replace(b" ", b"")


def test_ask_tells_what_the_endpoint_said() -> None:
    """A query that does not parse: 400 with the reason of the store."""
    with endpoint() as (remote, _), pytest.raises(EndpointError, match=r"refused.*expected"):
        ask_endpoint(remote, "SELECT ?o { <urn:a> ?o }", JSON)


def test_ask_reads_a_problem_with_its_hint() -> None:
    """problem+json: the detail and, below it, what to do."""
    with endpoint("problem") as (remote, _), pytest.raises(EndpointError) as error:
        ask_endpoint(remote, "ASK {}", JSON)

    assert str(error.value).endswith("too busy\n  try later")


def test_ask_sends_nothing_but_the_query_and_the_type_wanted() -> None:
    """No format parameters of the library's own, which some endpoints heed."""
    seen: list[str] = []
    with endpoint() as (remote, _):
        original = Handler.reply

        def spy(self: Handler, status: int, body: bytes, kind: str = JSON) -> None:
            seen.append(self.headers["Accept"])
            original(self, status, body, kind)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Handler, "reply", spy)
            ask_endpoint(remote, "# a comment\nCONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", "text/turtle")

    assert seen == ["text/turtle"]


@pytest.mark.slow
def test_ask_ends_at_its_time_limit() -> None:
    """A store that does not answer in time."""
    with (
        endpoint("slow", timeout_s=1) as (remote, _),
        pytest.raises(EndpointError, match="no answer came in 1 s"),
    ):
        ask_endpoint(remote, "ASK {}", JSON)


@pytest.mark.parametrize("address", ["", "file:///etc/passwd", "localhost:80", "ftp://x/"])
def test_ask_speaks_http_only(address: str) -> None:
    """No other kind of address is opened."""
    with pytest.raises(EndpointError, match="no http"):
        ask_endpoint(Endpoint(address), "ASK {}", JSON)


def test_ask_of_nobody_says_so() -> None:
    """A port where nothing listens."""
    with endpoint() as (remote, _):
        pass

    with pytest.raises(EndpointError, match="cannot be reached"):
        ask_endpoint(remote, "ASK {}", JSON)
