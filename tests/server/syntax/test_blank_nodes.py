"""Tests for blank nodes, as a remote store is sent them."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.settings import Settings
from server.syntax.blank_nodes import rewrite_blank_tests
from server.syntax.inspection import list_tokens

PREFIX = "http://e/.well-known/genid/"


def rewrite(query: str) -> str:
    """What a store is sent."""
    return rewrite_blank_tests(query, list_tokens(query, Settings()), PREFIX)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p 'isBlank(?s)' }",
        "SELECT * { ?s ?p ?o FILTER(isBlank(IRI(?s))) }",
        "SELECT ?isBlank { ?isBlank ?p ?o } # isBlank(?s)",
    ],
)
def test_what_stays(query: str) -> None:
    """Texts, comments, names, and tests of what is computed."""
    assert rewrite(query) == query


@given(
    st.permutations(["isBlank(?o)", "ISIRI( ?o )", "!isuri(?o)", "isLiteral(?o)"]), st.booleans()
)
def test_a_store_with_addresses_has_the_rows_of_one_with_blank_nodes(
    tests: list[str], both: bool
) -> None:
    """In any combination of tests."""
    joined = (" && " if both else " || ").join(tests[:2])
    query = f"SELECT ?n {{ ?s ?n ?o FILTER({joined}) }}"
    things: list[ox.BlankNode | ox.NamedNode | ox.Literal] = [
        ox.BlankNode("b"),
        ox.NamedNode("http://e/a"),
        ox.Literal(f"{PREFIX}x"),
    ]
    there = [ox.NamedNode(f"{PREFIX}b"), *things[1:]]
    found = []
    for values, asked in ((things, query), (there, rewrite(query))):
        store = ox.Store()
        for number, value in enumerate(values):
            name = ox.NamedNode(f"http://e/{number}")
            store.add(ox.Quad(ox.NamedNode("http://e/s"), name, value))
        rows = store.query(asked)
        assert isinstance(rows, ox.QuerySolutions)
        found.append({str(row["n"]) for row in rows})

    assert found[0] == found[1]
