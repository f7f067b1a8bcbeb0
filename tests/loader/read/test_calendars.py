"""Dates of other calendars: known pairs, days that never were, and what is kept."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from rdflib import URIRef

from loader.rdf.days import LAST_YEAR, OPEN_START, Day
from loader.rdf.terms import VOCAB
from loader.read.calendars import CALENDARS, CalendarError, day_in, last_day_in_month
from loader.read.dates import EDTF, XSD_DATE, DateError, parse_date
from loader.read.ontology.vocabulary import Vocabulary
from tests.strategies import DAYS

KNOWN = [
    ("-0043-03-15 julian", Day(-43, 3, 13)),
    ("-0045-01-01 julian", Day(-46, 12, 30)),
    ("0000-02-29 julian", Day(0, 2, 27)),
    ("1494-06-07 julian", Day(1494, 6, 16)),
    ("1582-10-05 julian", Day(1582, 10, 15)),
    ("1917-10-25 julian", Day(1917, 11, 7)),
    ("1500-02-29 julian", Day(1500, 3, 10)),
    ("0897-01-02 islamic", Day(1491, 11, 14)),
    ("5707-02-05 hebrew", Day(1947, 4, 25)),
    ("0002-11-09 french-republican", Day(1794, 7, 27)),
    ("1284-12-10 persian", Day(1906, 3, 1)),
    ("1716-01-01 coptic", Day(1999, 9, 12)),
]
"""Dates as records write them, and the days that they were."""


def test_every_calendar_is_a_concept_and_has_a_known_day(vocabulary: Vocabulary) -> None:
    """The words of records, the concepts of the list and the days below are the same calendars."""
    concepts = vocabulary.concepts[URIRef(f"{VOCAB}calendar")]

    assert set(CALENDARS) == set(concepts)
    assert set(CALENDARS) == {written.partition(" ")[2] for written, _ in KNOWN}


@pytest.mark.parametrize(("written", "day"), KNOWN)
def test_a_day_of_another_calendar_is_the_day_that_it_was(written: str, day: Day) -> None:
    """Value and bounds are converted; calendar and form are kept."""
    parsed = parse_date(written)

    assert (parsed.earliest, parsed.latest) == (day, day)
    assert (parsed.text, parsed.datatype) == (day.isoformat(), XSD_DATE)
    assert f"{parsed.written} {parsed.calendar}" == written


def test_the_julian_day_of_tordesillas() -> None:
    """The two dates of one day have one Julian day; a Gregorian 2 July 1494 is nine days off."""
    assert parse_date("1494-07-02 julian").julian_day == 2266924
    assert parse_date("1494-07-11").julian_day == 2266924
    assert parse_date("1494-07-02").julian_day == 2266915


@pytest.mark.parametrize(
    ("written", "earliest", "latest"),
    [
        ("1494-06 julian", Day(1494, 6, 10), Day(1494, 7, 9)),
        ("-0043 julian", Day(-44, 12, 30), Day(-43, 12, 29)),
        ("1494 julian", Day(1494, 1, 10), Day(1495, 1, 9)),
        ("1494-06-07~ julian", Day(1494, 6, 16), Day(1494, 6, 16)),
        ("1494~ julian", Day(1494, 1, 10), Day(1495, 1, 9)),
        ("1494-06-07/1494-07-02 julian", Day(1494, 6, 16), Day(1494, 7, 11)),
        ("../1494-06-07 julian", OPEN_START, Day(1494, 6, 16)),
    ],
)
def test_months_years_and_intervals_are_the_days_that_they_had(
    written: str, earliest: Day, latest: Day
) -> None:
    """What is no single day becomes an interval."""
    parsed = parse_date(written)
    assert (parsed.earliest, parsed.latest) == (earliest, latest)
    assert parsed.datatype == EDTF


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("1501-02-29 julian", "no such day"),
        ("1500-02-30 julian", "no such day"),
        ("1500-13-01 julian", "no such day"),
        ("1500-13 julian", "no such day"),
        ("0897-02-30 islamic", "no such day"),
        ("0008-13-07 french-republican", "no such day"),
        ("0897-02 islamic", "only days"),
        ("1494-06-07 gregorian", "known: julian"),
        ("-0003-02-29 julian", "no such day"),
        ("1494-06-07/1493-06-07 julian", "backwards"),
        ("soon julian", "no day, month or year"),
        (" julian", "no EDTF"),
    ],
)
def test_a_day_that_never_was_is_refused(written: str, says: str) -> None:
    """The reason names the calendar."""
    with pytest.raises(DateError, match=says):
        parse_date(written)


@given(DAYS)
def test_days_follow_one_another_in_the_julian_calendar(day: Day) -> None:
    """Of two Julian dates that follow one another the second is the next day."""
    assume(abs(day.year) < LAST_YEAR)
    month_end = last_day_in_month(day.year, day.month)
    number = min(day.day, month_end)
    this = day_in("julian", day.year, day.month, number)
    if number < month_end:
        after = day_in("julian", day.year, day.month, number + 1)
    elif day.month < 12:
        after = day_in("julian", day.year, day.month + 1, 1)
    else:
        after = day_in("julian", day.year + 1, 1, 1)
    assert after == this.plus(1)


@given(
    st.sampled_from(sorted(CALENDARS)),
    st.integers(1, 9999),
    st.integers(0, 15),
    st.integers(0, 35),
)
def test_any_numbers_are_a_day_or_refused(calendar: str, year: int, month: int, day: int) -> None:
    """No numbers break a calendar, and no two dates of one are the same day."""
    try:
        found = day_in(calendar, year, month, day)
    except CalendarError:
        return
    assert isinstance(found, Day)
    try:
        assert day_in(calendar, year, month, day + 1) == found.plus(1)
    except CalendarError:
        assert day >= 5  # the end of a month
