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

from loader.release.opened import Release
from loader.release.push import Endpoint, EndpointError, ask_endpoint, push_release
from tests.server_release import make_release

G = "http://localhost:8000/graph"
JSON = "application/sparql-results+json"


class Handler(BaseHTTPRequestHandler):
    """A small SPARQL 1.1 endpoint over a real engine: queries and updates by POST."""

    store: ox.Store
    broken: str

    def do_POST(self) -> None:
        """Answer one request."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = parse_qs(body)
        if self.broken == "problem":
            return self.reply(503, b'{"detail": "too busy", "hint": "try later"}')
        try:
            if "update" in form:
                if self.broken == "insert" and "INSERT" in body:
                    return self.reply(507, b"no room")
                if self.broken != "lose" or "INSERT" not in body:
                    self.store.update(form["update"][0])
                return self.reply(200, b"")
            if self.broken == "slow":
                time.sleep(2)
            result = self.store.query(form["query"][0])
        except SyntaxError as error:
            return self.reply(400, str(error).encode())
        if isinstance(result, ox.QueryTriples):
            turtle = result.serialize(format=ox.RdfFormat.TURTLE) or b""
            return self.reply(200, turtle, "text/turtle")
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
    handler = type("Bound", (Handler,), {"store": store, "broken": broken})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.server_address[1]}/sparql"
        yield Endpoint(address, address, timeout_s=timeout_s), store
        server.shutdown()
        thread.join()


def release(out: Path, number: int) -> Release:
    """Make a release of two graphs, one with nodes without a name."""
    lines = [
        f'<http://localhost:8000/id/x/{n}> <urn:p> "v{n} \\"\\n–"@en <{G}/facts> .\n'
        for n in range(number)
    ]
    lines += [f"_:c{n} <urn:p> _:c{n + 1} <{G}/vocabulary> .\n" for n in range(5)]
    return make_release(out, {"dumps/pacta.nq": "".join(lines).encode()})


def shape(store: ox.Store) -> dict[str, int]:
    """Return graph → number of statements."""
    found: dict[str, int] = {}
    for quad in store:
        name = str(quad.graph_name)
        found[name] = found.get(name, 0) + 1
    return found


@pytest.mark.parametrize("batch", [100, 10_000_000])
def test_push_replaces_the_graphs_of_the_release_only(tmp_path: Path, batch: int) -> None:
    """In one batch or in many: the same statements, nodes without a name stay joined."""
    told: list[str] = []
    with endpoint() as (remote, store):
        store.update(f"INSERT DATA {{ GRAPH <{G}/facts> {{ <urn:old> <urn:p> 1 }} }}")
        store.update("INSERT DATA { GRAPH <urn:other> { <urn:kept> <urn:p> 1 } }")

        push_release(release(tmp_path, 50), remote, batch, told.append)

        assert shape(store) == {f"<{G}/facts>": 50, f"<{G}/vocabulary>": 5, "<urn:other>": 1}
        joined = (
            f"ASK {{ GRAPH <{G}/vocabulary> {{ ?a <urn:p>/<urn:p>/<urn:p>/<urn:p>/<urn:p> ?f }} }}"
        )
        assert bool(store.query(joined))
        assert not bool(store.query("ASK { GRAPH ?g { <urn:old> ?p ?o } }"))
    assert told == [f"{G}/facts (50 statements)", f"{G}/vocabulary (5 statements)"]


@pytest.mark.parametrize(
    ("broken", "message"),
    [("insert", "no room"), ("lose", "holds 0 statements"), ("html", "answered a page")],
)
def test_push_that_fails_replaces_nothing(tmp_path: Path, broken: str, message: str) -> None:
    """An error, a store that forgets, one that answers something else."""
    with endpoint(broken) as (remote, store):
        store.update(f"INSERT DATA {{ GRAPH <{G}/facts> {{ <urn:old> <urn:p> 1 }} }}")

        with pytest.raises(EndpointError, match=message):
            push_release(release(tmp_path, 3), remote, 10_000, lambda text: None)

        assert bool(store.query(f"ASK {{ GRAPH <{G}/facts> {{ <urn:old> <urn:p> 1 }} }}"))


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
