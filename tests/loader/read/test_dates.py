"""Dates: bounds, datatypes, Julian days, and what is refused."""

from __future__ import annotations

import re
from datetime import date

import pytest
from edtf import parse_edtf
from hypothesis import given, settings
from hypothesis import strategies as st

from loader.read.dates import (
    EDTF,
    OPEN_END,
    OPEN_START,
    XSD_DATE,
    XSD_GYEAR,
    XSD_GYEARMONTH,
    DateError,
    julian_day,
    parse_date,
)
from tests.strategies import SCALARS, edtf_dates, plain_dates

SEASONS = st.builds("{:04}-{}".format, st.integers(1, 9999), st.integers(21, 23))


@pytest.mark.parametrize(
    ("text", "datatype", "earliest", "latest"),
    [
        ("1920-07-12", XSD_DATE, date(1920, 7, 12), date(1920, 7, 12)),
        ("1920-02", XSD_GYEARMONTH, date(1920, 2, 1), date(1920, 2, 29)),
        ("1920", XSD_GYEAR, date(1920, 1, 1), date(1920, 12, 31)),
        ("1918-12-21/1918-12-31", EDTF, date(1918, 12, 21), date(1918, 12, 31)),
        ("1919-21", EDTF, date(1919, 3, 1), date(1919, 5, 31)),
        ("1919-21/1920-11", EDTF, date(1919, 3, 1), date(1920, 11, 30)),
        ("../1939-11-21", EDTF, OPEN_START, date(1939, 11, 21)),
        ("1939-11-21/..", EDTF, date(1939, 11, 21), OPEN_END),
        ("192X", EDTF, date(1920, 1, 1), date(1929, 12, 31)),
        ("1920~", EDTF, date(1920, 1, 1), date(1920, 12, 31)),
    ],
)
def test_dates_have_type_and_bounds(text: str, datatype: str, earliest: date, latest: date) -> None:
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
        ("1920-13", "no EDTF"),
        ("0000", "year 0"),
        ("1920-10-14/1920-10-12", "backwards"),
        ("../..", "open at both ends"),
        ("1919-24", "winter"),
        ("12 July 1920", "no EDTF"),
        ("1920-7-12", "no EDTF"),
        ("1920/", "no EDTF"),
        ("1920-07-12T00:00:00", "no EDTF"),
        ("-0050", "no EDTF"),
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
    assert julian_day(date(2000, 1, 1)) == 2451545


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

    assert tuple(library.lower_strict()[:3]) == parsed.earliest.timetuple()[:3]
    assert tuple(library.upper_strict()[:3]) == parsed.latest.timetuple()[:3]


@given(SCALARS)
def test_dates_give_a_date_or_a_date_error(text: str) -> None:
    """Nothing else comes out, whatever is written."""
    try:
        parsed = parse_date(text)
    except DateError:
        return
    assert re.search(r"\d", parsed.text)
