"""Periods: four bounds, their order, and where they come from."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from loader.errors import SeedError
from loader.graph.periods import Period, Span, cap, inferred_end, period_of, within
from loader.rdf.days import OPEN_END, OPEN_START, Day
from loader.read.addresses import Ref
from loader.read.expand import Assertion, expand_entries
from loader.read.ontology.vocabulary import Vocabulary
from loader.read.records import parse_records
from tests.strategies import DAYS, plain_dates


def status(vocabulary: Vocabulary, fields: str) -> Assertion:
    """Return one status of a territory."""
    text = f"{{id: place/a, type: Settlement, statuses: [{{id: x, holder: party/p, {fields}}}]}}"
    errors: list[SeedError] = []
    (record,) = parse_records({Path("f.yaml"): text.encode()}, vocabulary, errors)
    assert not errors, errors[0]
    (one,) = expand_entries(record, vocabulary)
    return one


def test_periods_take_their_bounds_from_the_dates(vocabulary: Vocabulary) -> None:
    """Each end is known as far as its date says."""
    one = status(vocabulary, "mode: de-facto, from: 1919-04, until: 1920-07-01/1920-07-14")

    assert period_of(one.fields) == Period(
        Day(1919, 4, 1), Day(1919, 4, 30), Day(1920, 7, 1), Day(1920, 7, 14)
    )


def test_periods_without_an_end_are_certain_on_their_first_day(vocabulary: Vocabulary) -> None:
    """It cannot have ended before it began; a month as start leaves no certain day."""
    day = Day(1919, 4, 5)
    from_day = period_of(status(vocabulary, "mode: de-facto, from: 1919-04-05").fields)
    from_month = period_of(status(vocabulary, "mode: de-facto, from: 1919-04").fields)

    assert from_day == Period(day, day, day, OPEN_END)
    assert from_day.certain == Span(day, day)
    assert from_month is not None
    assert from_month.certain is None


def test_periods_without_a_start_are_certain_on_their_last_day(vocabulary: Vocabulary) -> None:
    """It had begun by the day on which it ended."""
    day = Day(1919, 4, 5)
    period = period_of(status(vocabulary, "mode: de-facto, until: 1919-04-05").fields)

    assert period == Period(OPEN_START, day, day, day)
    assert period.certain == Span(day, day)
    assert period_of(status(vocabulary, "mode: de-facto").fields) is None


def test_periods_at_one_day_are_certain_on_it() -> None:
    """`at` a month is certain for no day; `at` a day is certain for that day."""
    day = Day(1939, 10, 5)

    assert within(Span(day, day)).certain == Span(day, day)
    assert within(Span(Day(1939, 10, 1), Day(1939, 10, 31))).certain is None


def test_periods_of_recognition_end_with_the_first_recogniser(vocabulary: Vocabulary) -> None:
    """A sphere agreed by two ends when one of them does; unknown ends cap nothing."""
    one = status(vocabulary, "mode: de-jure, accordingTo: [party/x, party/y], from: 1920")
    period = period_of(one.fields)
    assert period is not None
    end = Day(1922, 12, 30)
    lives = {Ref("party/x"): Span(OPEN_START, end), Ref("party/y"): Span(OPEN_START, OPEN_END)}
    ended, recogniser = inferred_end(one, period, lives)

    assert (ended.until_latest, recogniser) == (end, "party/x")
    assert inferred_end(one, period, {}) == (period, None)


def test_periods_that_end_before_their_recogniser_are_left(vocabulary: Vocabulary) -> None:
    """Nothing is inferred where the source says it."""
    one = status(vocabulary, "mode: de-jure, accordingTo: party/x, from: 1920, until: 1921")
    period = period_of(one.fields)
    assert period is not None

    lives = {Ref("party/x"): Span(OPEN_START, Day(1930, 1, 1))}
    assert inferred_end(one, period, lives) == (period, None)


@settings(max_examples=60)
@given(st.none() | plain_dates(), st.none() | plain_dates(), DAYS)
def test_periods_have_ordered_bounds(
    vocabulary: Vocabulary, start: str | None, end: str | None, cut: Day
) -> None:
    """Each end's earliest day is not after its latest, capped or not."""
    dates = {"from": start, "until": end}
    fields = "".join(f", {key}: {value}" for key, value in dates.items() if value)
    period = period_of(status(vocabulary, f"mode: de-facto{fields}").fields)

    assert (period is None) is (start is None and end is None)
    if period is not None:
        for one in (period, cap(period, cut)):
            assert one.from_earliest <= one.from_latest
            assert one.until_earliest <= one.until_latest
        assert cap(period, cut).until_latest <= cut
