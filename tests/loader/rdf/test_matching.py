"""Names against candidates: what is certain, what is not, and that nothing breaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.rdf.folding import fold_words
from loader.rdf.matching import CERTAIN, EXACT, NameMatcher, decide

STATES = NameMatcher(
    {
        "party/austria": ["Austria", "Österreich"],
        "party/australia": ["Australia"],
        "party/east-germany": ["East Germany"],
        "party/west-germany": ["West Germany"],
        "party/soviet-russia": ["Soviet Russia"],
        "party/lithuania": ["Lithuania", "Lietuva", "Литва"],
        "party/united-kingdom": ["United Kingdom", "Great Britain", "U.K."],
        "party/denmark": ["Denmark"],
        "place/vilnius": ["Vilnius", "Wilno"],
        "territory/vilnius": ["Vilnius"],
        "party/japan": ["日本"],
        "treaty/peace-1920": ["Peace of 1920"],
    }
)


@pytest.mark.parametrize(
    ("name", "thing"),
    [
        ("austria", "party/austria"),
        ("OSTERREICH", "party/austria"),
        ("lietuvą", "party/lithuania"),
        ("Litva", "party/lithuania"),
        ("UK", "party/united-kingdom"),
        ("Germany, East", "party/east-germany"),
        ("Britain (Great)", "party/united-kingdom"),
        ("日本", "party/japan"),
        ("West Germny", "party/west-germany"),
        ("Soviet Rusia", "party/soviet-russia"),
        ("Lithunia", "party/lithuania"),
    ],
)
def test_a_name_is_recognised(name: str, thing: str) -> None:
    """A name in another case, script, order or with a slip is certain."""
    found = decide(STATES.match(name))
    assert found is not None
    assert found.thing == thing


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Vilnius", "two things have this name"),
        ("Austrlia", "as near to Austria as to Australia"),
        ("Kingdom of Denmark", "has words that the other has not"),
        ("Peace of 1921", "another number"),
        ("Zanzibar", "nothing like it"),
        ("…", "no letter in it"),
        ("", "no letter in it"),
    ],
)
def test_a_name_is_left_to_a_person(name: str, reason: str) -> None:
    """A name that may mean two things, or none, is never decided."""
    assert decide(STATES.match(name)) is None, reason


def test_what_is_left_to_a_person_is_still_shown() -> None:
    """Matches that are not certain are there to choose from."""
    assert [one.thing for one in STATES.match("Vilnius")] == ["place/vilnius", "territory/vilnius"]
    assert STATES.match("Kingdom of Denmark")[0].thing == "party/denmark"
    assert STATES.match("Wilno")[0].name == "Wilno"


@given(st.text(max_size=40))
def test_any_name_gets_ordered_scores(name: str) -> None:
    """Whatever the text, scores fall from 100 to 0."""
    scores = [one.score for one in STATES.match(name)]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= EXACT for score in scores)


@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=8, unique_by=fold_words))
def test_a_candidate_is_found_by_its_own_name(names: list[str]) -> None:
    """A name always finds its thing; a name without letters finds none."""
    matcher = NameMatcher({str(at): [name] for at, name in enumerate(names)})
    for at, name in enumerate(names):
        first = matcher.match(name)[:1]
        assert [one.thing for one in first] == ([str(at)] if fold_words(name) else [])
        assert all(one.score >= CERTAIN for one in first)
