"""Every answer of the endpoint is counted, marked and timed; one that is not sent takes no room."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.http.representation import COMMON
from tests.live import LiveServer, start_server

pytestmark = pytest.mark.slow

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
DATA, PAGE, MISTAKE = "ASK {}", "ASK { ?s ?p ?o }", "ASK {"
PATTERNS = " ".join(f"?s{number} ?p{number} ?o{number} ." for number in range(12))
KILLER = f"SELECT (COUNT(*) AS ?n) {{ {PATTERNS} }}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A hundred triples, and little time."""
    file = tmp_path_factory.mktemp("shortcut") / "d.nt"
    file.write_text("".join(f"<http://e/s> <http://e/p> <http://e/{n}> .\n" for n in range(100)))
    with start_server("--data", str(file), "--query-timeout-s", "1") as running:
        yield running


def read_metrics(server: LiveServer) -> dict[str, float]:
    """The counts of the endpoint's answers by status, and the seconds they took."""
    text = server.send("GET", "/metrics").body.decode()
    lines = re.findall(r'_(total)\{route="sparql\.sparql"(?:,status="(\d+)")?\} (\S+)', text)
    return {status or "seconds": float(value) for _, status, value in lines}


def test_every_answer_is_counted_marked_and_timed(server: LiveServer) -> None:
    """Data, a page, a mistake and a query that is stopped: one route, ids, the common headers."""
    before = read_metrics(server)
    asked = [(DATA, None), (PAGE, BROWSER), (MISTAKE, None), (KILLER, None), (KILLER, BROWSER)]
    replies = [server.ask(query, accept) for query, accept in asked]
    after = read_metrics(server)

    assert [200, 200, 400, 503, 503] == [reply.status for reply in replies]
    assert 5 == len({reply.headers["x-request-id"] for reply in replies})
    for reply in replies:
        assert re.fullmatch("[0-9a-f]{8}-[0-9]+", reply.headers["x-request-id"])
        assert (
            dict(COMMON).items() <= {name.title(): v for name, v in reply.headers.items()}.items()
        )
    gained = {name: after[name] - before.get(name, 0.0) for name in after}
    assert {"200": 2, "400": 1, "503": 2} == {k: v for k, v in gained.items() if k != "seconds"}
    assert gained["seconds"] >= 2


def test_answer_that_is_not_sent_takes_no_room(tmp_path: Path) -> None:
    """A condition that fails when the answer is there: its file goes, for others need the room."""
    file = tmp_path / "d.nt"
    file.write_text("".join(f"<http://e/s> <http://e/p> <http://e/{n}> .\n" for n in range(4000)))
    room = {"spool_memory_bytes": 1000, "spool_total_bytes": 1 << 20}
    arguments = ("--data", str(file), "--result-cache-bytes", "0")
    with start_server(*arguments, constants=room) as server:
        path = "/sparql?query=SELECT%20*%20%7B%3Fs%20%3Fp%20%3Fo%7D"
        replies = [
            server.send("GET", path, headers=headers)
            for _ in range(5)
            for headers in ({"If-Match": '"no"'}, {"If-Match": "no"}, {})
        ]

    assert [412, 400, 200] * 5 == [reply.status for reply in replies]
    assert len(replies[-1].body) > (1 << 20) / 4
