"""Days in any year: their numbers, their order, and what Python's own dates say of them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import XSD, Literal

from loader.rdf.days import LAST_YEAR, OPEN_START, Day, days_in_month, read_day
from tests.strategies import DAYS


@given(st.dates())
def test_days_from_year_1_on_are_those_of_python(day: date) -> None:
    """Number and lexical form are the same, there and back."""
    ours = Day(day.year, day.month, day.day)

    assert (ours.toordinal(), ours.isoformat()) == (day.toordinal(), day.isoformat())
    assert Day.fromordinal(day.toordinal()) == ours


@given(DAYS, DAYS)
def test_days_are_in_the_order_of_their_numbers(one: Day, other: Day) -> None:
    """A day is written and numbered in one way, and the later one has the higher number."""
    assert (one < other) == (one.toordinal() < other.toordinal())
    assert Day.fromordinal(one.toordinal()) == one == read_day(str(one))


def test_year_0_is_a_leap_year_before_year_1() -> None:
    """The days on either side of 1 BC follow one another without a gap."""
    assert Day(0, 12, 31).plus(1) == Day(1, 1, 1)
    assert Day(-1, 12, 31).plus(1) == Day(0, 1, 1)
    assert Day(0, 2, 28).plus(1) == Day(0, 2, 29)
    assert [days_in_month(year, 2) for year in (-4, -3, -100, -400)] == [29, 28, 28, 29]


@pytest.mark.parametrize(
    "text",
    ["-0000-01-01", "-43-03-15", "-0043-02-29", "0000-13-01", "-10000-01-01", "-0043-03", ""],
)
def test_what_is_no_day_is_refused(text: str) -> None:
    """Year 0 has no sign, years have four digits, months their days."""
    with pytest.raises(ValueError, match=r"no day|no month"):
        read_day(text)
    with pytest.raises(ValueError, match="four digits"):
        Day(LAST_YEAR, 12, 31).plus(1)


@given(DAYS, DAYS)
def test_rdflib_agrees_on_the_order_of_days(one: Day, other: Day) -> None:
    """A day before year 1 is well-typed for rdflib, and earlier."""
    literals = [Literal(str(day), datatype=XSD.date, normalize=False) for day in (one, other)]

    assert not any(literal.ill_typed for literal in literals)
    assert (literals[0] < literals[1]) == (one < other)


def test_the_start_of_time_is_older_than_any_treaty() -> None:
    """Stands for an unknown start."""
    assert OPEN_START.isoformat() == "-9999-01-01"
