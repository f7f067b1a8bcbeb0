"""Dates as tables have them: each form, each doubt, and nothing that breaks the reader."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.spreadsheet import MONTHS
from loader.importing.tables import Cell
from loader.importing.wordings import WordingError, find_order, read_wording
from loader.rdf.days import Day
from loader.read.dates import parse_date


@pytest.mark.parametrize(
    ("text", "edtf"),
    [
        ("1920-07-12", "1920-07-12"),
        ("1920-07-12 00:00:00", "1920-07-12"),
        ("19200712", "1920-07-12"),
        ("1920/07/12", "1920-07-12"),
        ("12.7.1920", "1920-07-12"),
        ("12. 7. 1920", "1920-07-12"),
        ("13/4/1920", "1920-04-13"),
        ("4/13/1920", "1920-04-13"),
        ("4/4/1920", "1920-04-04"),
        ("July 12, 1920", "1920-07-12"),
        ("12 July 1920", "1920-07-12"),
        ("12th of July, 1920", "1920-07-12"),
        ("Monday, 12 July 1920", "1920-07-12"),
        ("12-Jul-1920", "1920-07-12"),
        ("12/VII/1920", "1920-07-12"),
        ("1920 m. liepos 12 d.", "1920-07-12"),
        ("July 1920", "1920-07"),
        ("7/1920", "1920-07"),
        ("1920", "1920"),
        ("494", "0494"),
        ("44 BC", "-0043"),
        ("44 B.C.E.", "-0043"),
        ("1 BC", "0000"),
        ("AD 14", "0014"),
        ("14 CE", "0014"),
        ("c. 1259 BC", "-1258~"),
        ("44 BC?", "-0043?"),
        ("15 March 44 BC", "-0043-03-15"),
        ("March 15, 44 BC", "-0043-03-15"),
        ("15.3.44 BC", "-0043-03-15"),
        ("29 February 45 BC", "-0044-02-29"),
        ("15 March 44 BC (Julian)", "-0043-03-15 julian"),
        ("spring 446 BC", "-0445-21"),
        ("446/445 BC", "-0445/-0444"),
        ("between 450 and 440 BC", "-0449/-0439"),
        ("241 BC–238 BC", "-0240/-0237"),
        ("27 BC – AD 14", "-0026/0014"),
        ("12–15 March 44 BC", "-0043-03-12/-0043-03-15"),
        ("March – April 44 BC", "-0043-03/-0043-04"),
        ("440s BC", "-0448/-0439"),
        ("5th century BC", "-04XX"),
        ("before 44 BC", "../-0044-12-31"),
        ("44 pr. Kr.", "-0043"),
        ("-0043-03-15", "-0043-03-15"),
        ("0000", "0000"),
        ("c. 1920", "1920~"),
        ("circa July 1920", "1920-07~"),
        ("1920 (?)", "1920?"),
        ("1920s", "192X"),
        ("16th century", "15XX"),
        ("spring 1919", "1919-21"),
        ("late December 1918", "1918-12-21/1918-12-31"),
        ("9–12 July 1920", "1920-07-09/1920-07-12"),
        ("July–August 1920", "1920-07/1920-08"),
        ("between 3 May 1920 and 5 June 1921", "1920-05-03/1921-06-05"),
        ("1918/20", "1918/1920"),
        ("before 1921", "../1920-12-31"),
        ("after 12 July 1920", "1920-07-13/.."),
        ("by 12 July 1920", "../1920-07-12"),
        ("7 June 1494 (O.S.)", "1494-06-07 julian"),
        ("7 June 1494 old style", "1494-06-07 julian"),
        ("20 June 1920 N.S.", "1920-06-20"),
        ("7/20 June 1920", "1920-06-07 julian"),
        ("7 (20) June 1920", "1920-06-07 julian"),
    ],
)
def test_a_common_form_is_read(text: str, edtf: str) -> None:
    """Each form gives one date, without a remark."""
    wording = read_wording(Cell(text), "", ("lt",))

    assert wording is not None
    assert (wording.edtf, wording.remark) == (edtf, "")


@pytest.mark.parametrize("text", ["", "-", "n/a", "n.d.", "?", "unknown"])
def test_nothing_is_nothing(text: str) -> None:
    """What says that there is no date gives none, and is no fault."""
    assert read_wording(Cell(text), "", ()) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("30.2.1920", "February 1920 has 29 days"),
        ("1921-02-29", "February 1921 has 28 days"),
        ("12.7.20", "century is unknown"),
        ("winter 1919", "two years"),
        ("soon after the war", "no date"),
        ("99999", "neither a year nor a day"),
        ("1921-1920", "backwards"),
        ("29 February 1501 O.S.", "February 1501 has 28 days|no such day"),
        ("7/21 June 1920", "not two styles of one day"),
    ],
)
def test_what_is_no_date_is_refused_with_the_reason(text: str, says: str) -> None:
    """A day that never was, an unknown century, words: none of them becomes a date."""
    with pytest.raises(WordingError, match=says):
        read_wording(Cell(text), "", ())


def test_an_ambiguous_date_is_both_days_and_told() -> None:
    """3/4/1920 may be March or April until the map says which."""
    both = read_wording(Cell("3/4/1920"), "", ())
    assert both is not None
    assert both.edtf == "1920-03-04/1920-04-03"
    assert "day and month" in both.remark
    assert read_wording(Cell("3/4/1920"), "day-first", ()) == read_wording(Cell("3.4.1920"), "", ())
    american = read_wording(Cell("3/4/1920"), "month-first", ())
    assert american is not None
    assert american.edtf == "1920-03-04"


def test_a_column_may_be_of_another_calendar() -> None:
    """A cell that says its own style is believed; a day that never was is refused."""
    julian = read_wording(Cell("7 June 1494"), "", (), "julian")
    assert julian is not None
    assert julian.edtf == "1494-06-07 julian"
    new_style = read_wording(Cell("20 June 1920 (N.S.)"), "", (), "julian")
    assert new_style is not None
    assert new_style.edtf == "1920-06-20"
    leap = read_wording(Cell("29 February 1500"), "", (), "julian")
    assert leap is not None
    assert leap.edtf == "1500-02-29 julian"
    with pytest.raises(WordingError, match="no such day"):
        read_wording(Cell("30 February 1500"), "", (), "julian")


def test_a_column_proves_its_order_or_does_not() -> None:
    """One date with a day above 12 settles a column; two that contradict do not."""
    assert find_order(["3/4/1920", "13/4/1920"]) == "day-first"
    assert find_order(["3/4/1920", "4/13/1920"]) == "month-first"
    assert find_order(["13/4/1920", "4/13/1920"]) == ""
    assert find_order(["3/4/1920"]) == ""


def test_days_and_numbers_that_spreadsheets_store() -> None:
    """A stored day is that day; a number is a year, or the day counted from 1900, which is told."""
    assert read_wording(Cell("1920-07-12", day=date(1920, 7, 12)), "", ()) == read_wording(
        Cell("1920-07-12"), "", ()
    )
    counted = read_wording(Cell("7499", number=7499.0), "", ())
    assert counted is not None
    assert (counted.edtf, bool(counted.remark)) == ("1920-07-12", True)
    year = read_wording(Cell("1920", number=1920.0), "", ())
    assert year is not None
    assert (year.edtf, year.remark) == ("1920", "")


@given(st.dates(min_value=date(1000, 1, 1), max_value=date(2100, 1, 1)))
def test_every_day_is_read_from_every_form(day: date) -> None:
    """All unambiguous forms of one day give that day."""
    month = MONTHS[day.month - 1]
    for text in (
        day.isoformat(),
        f"{day.day}.{day.month}.{day.year}",
        f"{day.day} {month} {day.year}",
        f"{month} {day.day}, {day.year}",
        f"{day.day}-{month[:3]}-{day.year}",
    ):
        wording = read_wording(Cell(text), "", ())
        assert wording is not None
        assert wording.edtf == day.isoformat()


@given(st.integers(1, 9999))
def test_a_year_before_year_1_is_counted_back(year: int) -> None:
    """44 BC is the year -43, in every form; a year of the other era keeps its number."""
    for text in (f"{year} BC", f"{year} b.c.", f"BC {year}", f"{year} v. Chr.", f"公元前{year}"):
        wording = read_wording(Cell(text), "", ("de", "zh"))
        assert wording is not None
        assert parse_date(wording.edtf).latest == Day(1 - year, 12, 31)
    since = read_wording(Cell(f"{year} AD"), "", ())
    assert since is not None
    assert parse_date(since.edtf).earliest == Day(year, 1, 1)


@given(st.text(alphabet="0123456789/.-–~? BCADcabeforJulyXVIIs", max_size=24))
def test_any_text_is_a_date_or_refused(text: str) -> None:
    """Whatever stands in a cell, the answer is a date that records take, nothing, or a reason."""
    try:
        wording = read_wording(Cell(text), "", ("lt",))
    except WordingError:
        return
    if wording is not None:
        parse_date(wording.edtf)
