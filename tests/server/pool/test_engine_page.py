"""`docs/engine.md` is true of the engine in use: each query on it, asked of the engine itself."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest

from server.errors import BadQueryError
from server.settings import Settings
from server.syntax.inspection import inspect_query
from tests.places import ROOT

PAGE = (ROOT / "docs" / "engine.md").read_text(encoding="utf-8")
PREFIXES = "PREFIX e: <http://example.org/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
CASES: list[tuple[str, str]] = re.findall(
    r"```sparql\n(.*?)\n```\n\nAnswered: `(.*?)`\n", PAGE, re.S
)
SECTIONS = [part.partition("\n")[0] for part in PAGE.split("\n## ")[1:]]


def answer(query: str) -> str:
    """What the engine gives, as the page writes it."""
    (data,) = re.findall(r"```trig\n(.*?)```", PAGE, re.S)
    store = ox.Store()
    store.load(data.encode(), ox.RdfFormat.TRIG)
    found = store.query(PREFIXES + query)
    if isinstance(found, ox.QueryBoolean):
        return str(bool(found)).lower()
    assert isinstance(found, ox.QuerySolutions)
    rows = [", ".join("no value" if term is None else term.value for term in row) for row in found]
    return "; ".join(rows) or "nothing"


def test_every_query_of_the_page_is_tried() -> None:
    """None is left out by its form."""
    assert len(CASES) == PAGE.count("```sparql") == PAGE.count("Answered: ")
    assert len(CASES) >= 2 * len(SECTIONS)


@pytest.mark.parametrize(("query", "expected"), CASES)
def test_the_engine_answers_as_the_page_says(query: str, expected: str) -> None:
    """Where this fails the engine was repaired: correct the page, and drop what rewrites for it."""
    assert answer(query) == expected


@pytest.mark.parametrize("at", range(0, 6, 2))
def test_what_is_rewritten_is_answered_like_the_second_query(at: int) -> None:
    """The first three sections."""
    asked = inspect_query(PREFIXES + CASES[at][0], Settings()).asked

    assert answer(asked.removeprefix(PREFIXES)) == CASES[at + 1][1]


def test_an_aggregate_inside_graph_is_refused() -> None:
    """And what the page says instead is not."""
    (at,) = (i for i, (query, _) in enumerate(CASES) if "GRAPH ?g { SELECT" in query)
    with pytest.raises(BadQueryError, match="over all graphs"):
        inspect_query(PREFIXES + CASES[at][0], Settings())
    inspect_query(PREFIXES + CASES[at + 1][0], Settings())


def test_the_fourth_is_refused() -> None:
    """With the expression to repeat."""
    with pytest.raises(BadQueryError, match="HAVING"):
        inspect_query(PREFIXES + CASES[6][0], Settings())
    inspect_query(PREFIXES + CASES[7][0], Settings())
