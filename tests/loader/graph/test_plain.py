"""Which statements become plain triples, by table and by property."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loader.errors import SeedError
from loader.graph.plain import can_be_plain, choose_plain
from loader.rdf.terms import PACTA
from loader.read.expand import PREFERRED, Assertion, expand_entries
from loader.read.ontology.vocabulary import Vocabulary
from loader.read.records import parse_records

HEAD = "id: treaty/a\ntype: Treaty\nstatements:\n"


def statements(vocabulary: Vocabulary, *entries: str) -> list[Assertion]:
    """Return the statements of a treaty's record."""
    text = HEAD + "".join(f"  - {{{entry}}}\n" for entry in entries)
    errors: list[SeedError] = []
    (record,) = parse_records({Path("f.yaml"): text.encode()}, vocabulary, errors)
    assert not errors
    return list(expand_entries(record, vocabulary))


@pytest.mark.parametrize(
    ("entries", "plain"),
    [
        (["hasParty: party/x", "hasParty: party/y, rank: preferred, reason: several-sources"],
         ["x", "y"]),
        (["hasParty: party/x", "hasParty: party/y, rank: deprecated, reason: anachronism"], ["x"]),
        (["hasParty: party/x, saidBy: person/p"], []),
        (["hasParty: party/x, saidBy: unnamed"], []),
        (["hasParty: party/x, negated: true"], []),
        (["hasParty: party/x, negated: false"], ["x"]),
        (["hasParty: party/x, modality: hedged"], []),
        (["hasParty: party/x, modality: asserted"], ["x"]),
        (["hasParty: party/x, flag: doubtful"], ["x"]),
        (["hasParty: party/x, from: 1920"], []),
        (["altLabel: {pl: Wilno}, until: 1939"], ["pl-wilno"]),
        (["signedOn: not-stated, searchedIn: source/900"], []),
        (["signedOn: 1920-10", "signedOn: 1920-10-09"], ["1920-10-09"]),
        (["signedOn: 1920", "signedOn: 1920-10", "signedOn: ../1921"], ["1920-10"]),
        (["signedOn: 1920-10", "signedOn: 1920-11"], []),
        (["signedOn: 1920-10/1920-11", "signedOn: 1920-11/1920-12"], []),
        (["signedOn: 1920-10, rank: preferred, reason: several-sources", "signedOn: 1920-11"],
         ["1920-10"]),
        (["id: p, signedOn: 1920-10", "id: q, signedOn: 1920-10"], ["1920-10", "1920-10"]),
        (["signedOn: 1920-10", "signedOn: 1920-11, saidBy: person/p"], ["1920-10"]),
        (["articleCount: 5", "articleCount: 4"], []),
        (["articleCount: 5, rank: deprecated, reason: several-sources", "articleCount: 4"], ["4"]),
    ],
)  # fmt: skip
def test_plain_follows_the_rule(
    vocabulary: Vocabulary, entries: list[str], plain: list[str]
) -> None:
    """The five rules, case by case."""
    chosen = choose_plain(statements(vocabulary, *entries)).chosen

    assert sorted(one.value.part for one in chosen if one.value) == sorted(plain)


def test_plain_says_what_is_undecided(vocabulary: Vocabulary) -> None:
    """Both stand, neither is plain."""
    plain = choose_plain(statements(vocabulary, "signedOn: 1920-10", "signedOn: 1920-11"))
    ((thing, prop),) = plain.undecided

    assert (thing, prop) == ("treaty/a", PACTA.signedOn)


ENTRIES = st.lists(
    st.fixed_dictionaries(
        {
            "value": st.sampled_from(
                ("signedOn: 1920", "signedOn: 1920-10", "signedOn: 1920-11", "articleCount: 5",
                 "articleCount: 4", "hasParty: party/x", "hasParty: party/y",
                 "signedOn: lost-in-copy")
            ),
            "rank": st.sampled_from(("", "rank: preferred", "rank: deprecated")),
            "voice": st.sampled_from(
                ("", "saidBy: person/p", "negated: true", "modality: counterfactual", "at: 1920")
            ),
        }
    ),
    min_size=1,
    max_size=7,
)  # fmt: skip


@settings(max_examples=100)
@given(ENTRIES)
def test_plain_never_comes_from_what_nobody_asserts(
    vocabulary: Vocabulary, entries: list[dict[str, str]]
) -> None:
    """Never from attributed, negated, unreal, deprecated or undecided statements."""
    texts = [
        ", ".join(filter(None, (f"id: n{number}", *entry.values())))
        for number, entry in enumerate(entries)
    ]
    given_statements = statements(vocabulary, *texts)
    plain = choose_plain(given_statements)

    for one in plain.chosen:
        assert one.value is not None
        assert one.prop is not None
        assert can_be_plain(one)
        assert not one.is_deprecated
        assert not one.terms(PACTA.saidBy)
        assert (one.about, one.prop.iri) not in plain.undecided
    for one in plain.chosen:
        rivals = [
            other
            for other in given_statements
            if can_be_plain(other) and other.prop == one.prop and other.rank == PREFERRED
        ]
        assert one.prop is not None
        if one.prop.single:
            assert one.rank == PREFERRED or not rivals
            same = [o for o in plain.chosen if o.prop == one.prop and o.about == one.about]
            assert len({o.value.term for o in same if o.value}) == 1
