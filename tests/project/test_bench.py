"""The measurements run and say what they should; how long anything takes is asserted nowhere."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pyoxigraph as ox
import pytest

from bench.__main__ import PARTS
from bench.client import JSON_ROWS, Client
from bench.data.selects import copy_triples
from bench.peers import VIRTUOSO_GRAPH, serve_virtuoso
from bench.results import PAGE, RESULTS, Run, read_run, write_page
from bench.serving.queries import KINDS, Kind
from bench.table import Row, Series, interleave, write_markdown, write_text
from tests.nginx import NGINX
from tests.places import ROOT
from tests.sample import ALL, sample
from tests.skips import skip_without
from tests.tinybuild import build_tiny

ROWS = [
    Row("part", "one", "1.00 ms", "at most 2 ms", True, {"median_ms": 1.0}),
    Row("part", "two", "3.00 ms", "at most 2 ms", False),
    Row("part", "three", "absent"),
]

ROWS_OF_PARTS: Final[tuple[dict[str, tuple[str, ...]], ...]] = (
    {
        "selects": ("all ", "the slowest, rule "),
        "shapes": ("the rules in SHACL Core",),
        "loading": ("the store of the release",),
        "search": ("a page of results", "500 invented"),
    },
    {
        "start": ("of it opening the release",),
        "endpoint": ("ASK {}", "ASK {}, oxigraph serve"),
        "queries": tuple(kind.name for kind in KINDS),
        "killers": ("p99 beside killers",),
        "documents": ("a constant Flask answer", "Turtle of ", "304 of "),
        "pages": ("/timeline", "/kind/event"),
        "million": ("spool files left open",),
        "turns": ("304, 16 clients, this", "lookup, 1 client, this"),
    },
    {
        "files": ("a dump of " if NGINX else "pacta.nq",),
        "cache": ("documents",),
        "readers": ("rates",),
    },
)
"""What rows of each part begin with: parts within one process, parts that ask a server, and parts
that have nginx before it."""


@pytest.fixture
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """A server that answers every request with the bytes that the test gives, cut in two."""
    answer: bytes = request.param

    def serve() -> None:
        taken, _ = listener.accept()
        with taken:
            while taken.recv(1 << 16):
                taken.sendall(answer[:25])
                taken.sendall(answer[25:])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


@pytest.mark.parametrize(
    ("port", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello", 200, b"hello"),
        (b"HTTP/1.1 304 NOT MODIFIED\r\nX-A: b\r\n\r\n", 304, b""),
        (
            b"HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5\r\nhello\r\n0\r\n\r\n",
            200,
            b"5\r\nhello\r\n0\r\n\r\n",
        ),
    ],
    indirect=["port"],
)
def test_client_reads_whole_answers_in_one_connection(port: int, status: int, body: bytes) -> None:
    """With a length, without a body, in chunks; twice in one connection."""
    client = Client(port, 10)
    try:
        for _ in range(2):
            reply = client.get("/")
            assert (status, body, len(body)) == (reply.status, reply.body, reply.size)
            assert "b" == reply.header("x-a")
            assert "" == reply.header("x-none")
    finally:
        client.close()


@pytest.mark.parametrize(
    "port", [b"HTTP/1.1 503 BUSY\r\nContent-Length: 4\r\n\r\nbusy"], indirect=True
)
def test_client_measures_no_failure(port: int) -> None:
    """An answer that is none ends the measurement."""
    client = Client(port, 10)
    with pytest.raises(RuntimeError, match="503"):
        client.ask("/sparql", "ASK {}")
    client.close()


def test_series_gives_median_and_percentile() -> None:
    """Of many the 99th, of few the largest."""
    many = Series(tuple(map(float, range(1, 1001))))

    assert (500.5, 990.99) == (many.median, round(many.p99, 2))
    assert 3.0 == Series((1.0, 3.0, 2.0)).p99


def test_interleave_takes_turns() -> None:
    """Each thing once a round; the warm-up does not count."""
    calls: list[tuple[str, int]] = []

    def measure(name: str, number: int) -> float:
        calls.append((name, number))
        return float(number)

    found = interleave(
        {"a": lambda number: measure("a", number), "b": lambda number: measure("b", number)}, 2, 1
    )

    assert [("a", -1), ("b", -1), ("a", 0), ("b", 0), ("a", 1), ("b", 1)] == calls
    assert (0.0, 1.0) == found["a"].times


def test_tables_say_the_same() -> None:
    """Text and Markdown."""
    text, page = write_text(ROWS, ["machine"]), write_markdown(ROWS, ["machine"])

    assert "part  two    3.00 ms  at most 2 ms  missed" in text
    assert "| part | one | 1.00 ms | at most 2 ms | met |" in page


def test_a_kept_run_comes_back_as_it_was(tmp_path: Path) -> None:
    """Through its file, numbers and verdicts included."""
    run = Run("2026-11-29", ["machine"], {"python": "3.11"}, {"triples": 3}, ROWS)
    file = tmp_path / "run.json"
    file.write_text(run.write(), encoding="utf-8")

    assert run == read_run(file)


def test_the_page_has_each_run_and_keeps_the_rest() -> None:
    """The newest first, between the marks."""
    old = Run("2026-11-01", [], {}, {"triples": 1000}, ROWS)
    new = Run("2026-11-02", ["machine"], {"nginx": "1.22"}, {}, ROWS)
    page = "a\n<!-- generated: bench -->\nformer\n<!-- end -->\nz\n"
    text = write_page(page, {"old": old, "new": new})

    assert text.startswith("a\n")
    assert text.endswith("<!-- end -->\nz\n")
    assert "former" not in text
    assert text.index("### new") < text.index("nginx 1.22") < text.index("### old")
    assert "2026-11-01; 1,000 triples; " in text
    assert text == write_page(text, {"old": old, "new": new})


def test_the_page_is_that_of_the_kept_runs() -> None:
    """`python -m bench.results` would change nothing."""
    runs = {file.stem: read_run(file) for file in RESULTS.glob("*.json")}
    text = PAGE.read_text(encoding="utf-8")

    assert runs
    assert text == write_page(text, runs)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_queries_parse_and_differ(kind: Kind) -> None:
    """The engine takes each text; no two are alike, and a graph is asked where one is expected."""
    things = ["http://example.org/a", "http://example.org/b"]
    texts = [kind.write(things, number) for number in range(4)]
    answer = ox.Store().query(texts[1])

    assert len(set(texts)) == 4
    assert kind.triples == isinstance(answer, ox.QueryTriples)


@pytest.mark.slow
def test_everything_runs_on_a_small_collection(tmp_path: Path) -> None:
    """Every part but the build, a few times each, without the peer; the table has every part."""
    _, release = build_tiny()
    out, report = release.path.parent.parent, tmp_path / "bench.json"
    assert {part for kind in ROWS_OF_PARTS for part in kind} == set(PARTS) - {"build"}
    expected = {part: kind[part] for kind in ROWS_OF_PARTS for part in sample(kind, 1)}
    options = ["--out", str(out), "--repeats", "8", "--seconds", "0.2", "--things", "500"]
    options += ["--save", str(report), *([] if ALL else ["--rows", "50000"])]
    options += [word for part in expected for word in ("--only", part)]
    done = subprocess.run(
        [sys.executable, "-m", "bench", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )

    assert 0 == done.returncode, done.stderr
    run = read_run(report)
    names = {row.what for row in run.rows}
    for part, rows in expected.items():
        for row in rows:
            assert any(name.startswith(row) for name in names), part
    assert run.rows[0].what in done.stdout
    assert ("absent" in done.stdout) or not {"endpoint", "readers"} & expected.keys()
    assert run.counts["triples"] > 0
    assert "pyoxigraph" in run.versions


@pytest.mark.slow
def test_virtuoso_is_a_peer_with_the_data_that_it_was_given(tmp_path: Path) -> None:
    """It has loaded the whole file before it counts as started."""
    command, loader = shutil.which("virtuoso-t"), shutil.which("isql-vt")
    if command is None or loader is None:
        skip_without("virtuoso")
    file = tmp_path / "made.nt"
    lines = (
        f"<http://a.example/{n}> <http://a.example/p> <http://a.example/o> .\n" for n in range(5000)
    )
    file.write_text("".join(lines), encoding="utf-8")
    query = "SELECT (COUNT(*) AS ?n) { ?s <http://a.example/p> ?o }"
    graph = quote(VIRTUOSO_GRAPH)
    with serve_virtuoso(command, loader, file, tmp_path) as server:
        address = f"/sparql?default-graph-uri={graph}&query={quote(query)}"
        asking = Client(server.port)
        answer = json.loads(asking.get(address, JSON_ROWS).body)
        asking.close()

    assert answer["results"]["bindings"][0]["n"]["value"] == "5000"


def test_copies_share_no_name_and_keep_their_shape() -> None:
    """What is said of a thing is said of its copy, with other addresses and labels."""
    base, vocabulary = "http://a.example/", "<https://w3id.org/pacta/ns#Treaty>"
    about, twin = f"<{base}id/treaty/x>", "<http://www.wikidata.org/entity/Q1>"
    label, same = "<http://www.w3.org/2000/01/rdf-schema#label>", "http://www.w3.org/2002/07/owl#"
    lines = [
        f'{about} {label} "A \\"peace\\""@en .\n',
        f"{about} <{same}sameAs> {twin} .\n",
        f"{about} <p:next> <{base}id/treaty/y> .\n",
        f"{vocabulary} {label} <{base}id/treaty/x> .\n",
    ]

    assert [
        f'<{base}id/copy-2/treaty/x> {label} "A \\"peace\\" 2"@en .\n',
        f"<{base}id/copy-2/treaty/x> <{same}sameAs> <http://www.wikidata.org/entity/Q1-2> .\n",
        f"<{base}id/copy-2/treaty/x> <p:next> <{base}id/copy-2/treaty/y> .\n",
    ] == list(copy_triples(lines, base, 2))
