"""Dates: bounds, datatypes, Julian days, and what is refused."""

from __future__ import annotations

import re

import pytest
from edtf import parse_edtf
from hypothesis import given, settings
from hypothesis import strategies as st

from loader.rdf.days import FIRST_YEAR, LAST_YEAR, OPEN_END, OPEN_START, Day, write_year
from loader.read.dates import (
    EDTF,
    XSD_DATE,
    XSD_GYEAR,
    XSD_GYEARMONTH,
    DateError,
    julian_day,
    parse_date,
)
from tests.strategies import SCALARS, edtf_dates, plain_dates

SEASONS = st.builds(
    lambda year, season: f"{write_year(year)}-{season}",
    st.integers(FIRST_YEAR, LAST_YEAR),
    st.integers(21, 23),
)


@pytest.mark.parametrize(
    ("text", "datatype", "earliest", "latest"),
    [
        ("1920-07-12", XSD_DATE, Day(1920, 7, 12), Day(1920, 7, 12)),
        ("1920-02", XSD_GYEARMONTH, Day(1920, 2, 1), Day(1920, 2, 29)),
        ("1920", XSD_GYEAR, Day(1920, 1, 1), Day(1920, 12, 31)),
        ("1918-12-21/1918-12-31", EDTF, Day(1918, 12, 21), Day(1918, 12, 31)),
        ("1919-21", EDTF, Day(1919, 3, 1), Day(1919, 5, 31)),
        ("1919-21/1920-11", EDTF, Day(1919, 3, 1), Day(1920, 11, 30)),
        ("../1939-11-21", EDTF, OPEN_START, Day(1939, 11, 21)),
        ("1939-11-21/..", EDTF, Day(1939, 11, 21), OPEN_END),
        ("192X", EDTF, Day(1920, 1, 1), Day(1929, 12, 31)),
        ("1920~", EDTF, Day(1920, 1, 1), Day(1920, 12, 31)),
        ("-0043-03-15", XSD_DATE, Day(-43, 3, 15), Day(-43, 3, 15)),
        ("-0043-02", XSD_GYEARMONTH, Day(-43, 2, 1), Day(-43, 2, 28)),
        ("0000-02", XSD_GYEARMONTH, Day(0, 2, 1), Day(0, 2, 29)),
        ("0000", XSD_GYEAR, Day(0, 1, 1), Day(0, 12, 31)),
        ("-0445-21", EDTF, Day(-445, 3, 1), Day(-445, 5, 31)),
        ("-1258~", EDTF, Day(-1258, 1, 1), Day(-1258, 12, 31)),
        ("-0240/-0237", EDTF, Day(-240, 1, 1), Day(-237, 12, 31)),
        ("-0026/0014", EDTF, Day(-26, 1, 1), Day(14, 12, 31)),
        ("../-0030", EDTF, OPEN_START, Day(-30, 12, 31)),
        ("-04XX", EDTF, Day(-499, 1, 1), Day(-400, 12, 31)),
        ("-00XX", EDTF, Day(-99, 1, 1), Day(0, 12, 31)),
        ("-0043-XX", EDTF, Day(-43, 1, 1), Day(-43, 12, 31)),
        ("-0043-02-XX?", EDTF, Day(-43, 2, 1), Day(-43, 2, 28)),
    ],
)
def test_dates_have_type_and_bounds(text: str, datatype: str, earliest: Day, latest: Day) -> None:
    """The finest XSD type that fits, and the first and last possible day."""
    parsed = parse_date(text)

    assert (parsed.text, parsed.datatype) == (text, datatype)
    assert (parsed.earliest, parsed.latest) == (earliest, latest)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1920-02-30", "29 days"),
        ("1919-02-29", "28 days"),
        ("1900-02-29", "28 days"),
        ("1920-00", "month 00"),
        ("1920-13", "month 13"),
        ("1920-13-01", "month 13"),
        ("1920-33-01", "month 33"),
        ("-0000", "year 0 has no sign"),
        ("-0043-02-29", "28 days"),
        ("-0043-00", "month 00"),
        ("-0043-24", "winter"),
        ("-0030/-0043", "backwards"),
        ("-44", "no EDTF"),
        ("-10000", "no EDTF"),
        ("1920-10-14/1920-10-12", "backwards"),
        ("../..", "open at both ends"),
        ("1919-24", "winter"),
        ("12 July 1920", "no EDTF"),
        ("1920-7-12", "no EDTF"),
        ("1920/", "no EDTF"),
        ("1920-07-12T00:00:00", "no EDTF"),
        ("", "no EDTF"),
        ("Y1E99999999", "no EDTF"),
        ("19201920-01", "no EDTF"),
        ("١٩٢٠", "no EDTF"),
    ],
)
def test_dates_refuse_what_cannot_be(text: str, said: str) -> None:
    """Impossible and foreign forms are errors that say why."""
    with pytest.raises(DateError, match=said):
        parse_date(text)


def test_dates_give_a_julian_day_for_one_day_only() -> None:
    """12 July 1920 to 14 October 1920 is 94 days."""
    signed, exchanged = parse_date("1920-07-12").julian_day, parse_date("1920-10-14").julian_day

    assert signed is not None
    assert exchanged is not None
    assert exchanged - signed == 94
    assert parse_date("1920-10").julian_day is None
    assert julian_day(Day(2000, 1, 1)) == 2451545
    assert parse_date("-0043-03-15 julian").julian_day == 1705426
    assert julian_day(Day(-4713, 11, 24)) == 0


@given(edtf_dates())
def test_dates_have_ordered_bounds(text: str) -> None:
    """Every date that records can write has its first day not after its last."""
    try:
        parsed = parse_date(text)
    except DateError as error:
        assert "backwards" in str(error)  # noqa: PT017 - 1920-10/1920 may sort either way
    else:
        assert parsed.earliest <= parsed.latest
        assert parsed.lies_within(parsed)


@settings(max_examples=60)
@given(plain_dates() | SEASONS)
def test_dates_agree_with_the_library_on_plain_dates_and_seasons(text: str) -> None:
    """The short way and the library's give the same days."""
    library = parse_edtf(text)
    parsed = parse_date(text)

    assert tuple(library.lower_strict()[:3]) == _parts(parsed.earliest)
    assert tuple(library.upper_strict()[:3]) == _parts(parsed.latest)


def _parts(day: Day) -> tuple[int, int, int]:
    return day.year, day.month, day.day


@given(SCALARS)
def test_dates_give_a_date_or_a_date_error(text: str) -> None:
    """Nothing else comes out, whatever is written."""
    try:
        parsed = parse_date(text)
    except DateError:
        return
    assert re.search(r"\d", parsed.text)
