"""What takes its days from an event cites a passage that dates the event.

A proposal made during talks, and a part played in an event, have no date of their own: they have
the bounds of the event. Read alone, the passages of such an assertion must say when that was.
Where the dates stand in another document than the part played, the statement that dates the event
cites that document.

Source: docs/decisions/0041-a-passage-says-the-whole-of-its-statement.md.
"""

from __future__ import annotations

from collections import defaultdict

import pytest

from tests.realbuild import BASE, ask_engine, prepare_real

pytestmark = pytest.mark.slow

PREFIXES = (
    f"BASE <{BASE}> PREFIX p: <https://w3id.org/pacta/ns#> PREFIX oa: <http://www.w3.org/ns/oa#> "
)

BORROWED = """SELECT ?a ?event WHERE {
  { ?a p:madeDuring ?event . FILTER NOT EXISTS { ?a p:date ?own } } UNION
  { ?a a p:Role ; p:roleIn ?event . FILTER NOT EXISTS { ?a p:from|p:until|p:at ?own } }
}"""
"""Assertions that have the bounds of an event or a treaty."""

DATING = """SELECT ?a ?event WHERE {
  ?a p:about ?event ; p:onProperty ?property ; p:value ?date .
  FILTER( ?property IN (p:date, p:signedOn, p:plannedFor) )
}"""
"""Statements that date an event or a treaty."""

PASSAGES = """SELECT ?a ?source ?start ?end WHERE {
  ?a p:hasEvidence|p:hasEndEvidence ?e .
  ?e oa:hasSource ?source ; oa:hasSelector ?place . ?place oa:start ?start ; oa:end ?end
}"""

Passage = tuple[str, int, int]


def ask(query: str) -> list[tuple[str, ...]]:
    """Rows of a query on the collection as it stands."""
    return ask_engine(prepare_real().store, PREFIXES + query)


def overlap(one: Passage, other: Passage) -> bool:
    """Whether two passages share a character."""
    return one[0] == other[0] and one[1] < other[2] and other[1] < one[2]


def shares_document(ones: list[Passage], others: list[Passage]) -> bool:
    """Whether a document that one side cites is cited by the other, too."""
    return not {source for source, _, _ in ones}.isdisjoint(source for source, _, _ in others)


def test_borrowed_bounds_stand_in_a_passage() -> None:
    """To repair: cite a passage that dates the event, or give the assertion a date of its own."""
    passages: dict[str, list[Passage]] = defaultdict(list)
    for assertion, source, start, end in ask(PASSAGES):
        passages[assertion].append((source, int(start), int(end)))
    dating: dict[str, list[Passage]] = defaultdict(list)
    for statement, event in ask(DATING):
        dating[event].extend(passages[statement])
    borrowed = ask(BORROWED)

    unbound = [
        assertion
        for assertion, event in borrowed
        if shares_document(passages[assertion], dating[event])
        and not any(overlap(one, other) for one in passages[assertion] for other in dating[event])
    ]

    assert len(borrowed) > 100
    assert sorted(unbound) == []
