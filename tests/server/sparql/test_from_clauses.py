"""FROM and FROM NAMED: which graphs a query names, however it writes them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.live import LiveServer, start_server

pytestmark = pytest.mark.slow

ARCHIVE = "http://web.archive.org/web/2020/http://ex.org/"
DATA = f"""
<http://ex.org/a> {{ <http://d/a> <http://d/p> 1, 2 . }}
<http://ex.org/b> {{ <http://d/a> <http://d/p> 2, 3 . }}
<{ARCHIVE}a> {{ <http://d/a> <http://d/p> 4, 5, 6, 7 . }}
<http://ex.org/ns> {{ <http://d/a> <http://d/p> 8 . }}
<urn:x:y#z> {{ <http://d/a> <http://d/p> 9 . }}
"""
COUNT = "SELECT (COUNT(*) AS ?n) %s { ?s ?p ?o }"
NAMED = "SELECT (COUNT(*) AS ?n) FROM NAMED <a> { GRAPH %s { ?s ?p ?o } }"
BASE = "BASE <http://ex.org/> "


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server of five graphs, two of which share a triple."""
    file = tmp_path_factory.mktemp("dataset") / "d.trig"
    file.write_text(DATA)
    with start_server("--data", str(file)) as running:
        yield running


@pytest.mark.parametrize(
    ("expected", "query"),
    [
        (3, COUNT % "FROM <http://ex.org/a> FROM <http://ex.org/b>"),
        (3, BASE + COUNT % "FROM <a> FROM <b>"),
        (3, "BASE <http://ex.org/x/> PREFIX g: <../> " + COUNT % "FROM g:a FROM g:b"),
        (2, BASE + COUNT % "FROM <a> FROM <a>"),
        (2, BASE + "# FROM <b>\n" + COUNT % "FROM <a>"),
        (4, f"BASE <{ARCHIVE}> " + COUNT % "FROM <a>"),
        (4, f"PREFIX w: <{ARCHIVE}> " + COUNT % "FROM w:a"),
        (1, "BASE <http://ex.org/ns#> " + COUNT % "FROM <>"),
        (1, "BASE <http://ex.org/ns?x=1> " + COUNT % "FROM <ns>"),
        (1, "BASE <urn:x:y> " + COUNT % "FROM <#z>"),
        (3, BASE + "PREFIX g: <b> PREFIX g: <> " + COUNT % "FROM g:a FROM g:b"),
        (0, COUNT % "FROM <a>"),
        (2, BASE + NAMED % "?g"),
        (4, f"BASE <{ARCHIVE}> " + NAMED % "<a>"),
    ],
)  # fmt: skip
def test_graphs_are_those_that_the_query_names(
    server: LiveServer, expected: int, query: str
) -> None:
    """Relative and prefixed names as the engine reads them; a triple of two graphs counts once."""
    reply = server.ask(query, "text/csv")

    assert (200, f"n\r\n{expected}\r\n".encode()) == (reply.status, reply.body)


def test_graph_that_is_no_address_is_a_mistake_in_the_query(server: LiveServer) -> None:
    """It stands in the query, and the error says in which line."""
    reply = server.ask("ASK FROM <http://[x/> {}")

    assert reply.status == 400
    assert b'"bad-query"' in reply.body
    assert b'"line": 1' in reply.body
