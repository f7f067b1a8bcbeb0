"""Dates as the sources give them: EDTF text in, earliest day, latest day and datatype out.

Plain days, months, seasons, years and intervals of these are read here; every other EDTF form
goes to the ``edtf`` library, which is right on those but takes milliseconds per value,
accepts 29 February in common years and intervals that run backwards. What it lets pass
and cannot be is refused here. A test holds both readers to the same bounds.

A date of another calendar has the calendar's name behind it, ``1494-06-07 julian``, and is
converted by `loader.read.calendars`; what was written is kept.

Source: EDTF (ISO 8601-2), levels 0 and 1; seeds/README.md.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from loader.rdf.days import OPEN_END, OPEN_START, Day, days_in_month
from loader.read.calendars import CALENDARS, CalendarError, day_in, last_day_in_month

XSD_DATE = "http://www.w3.org/2001/XMLSchema#date"
XSD_GYEARMONTH = "http://www.w3.org/2001/XMLSchema#gYearMonth"
XSD_GYEAR = "http://www.w3.org/2001/XMLSchema#gYear"
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"

_PLAIN = re.compile(r"(-?\d{4})(?:-(\d\d)(?:-(\d\d))?)?", re.ASCII)
# The library takes the bounds of -0043-XX the wrong way round; without the X it is the same days.
_UNSPECIFIED = re.compile(r"((?:-\d{4}|0000)(?:-\d\d)?)(?:-XX){1,2}[~?%]?", re.ASCII)
# Years of four digits only: exponents would let the library count for hours.
_LIBRARY_FORM = re.compile(r"[0-9X?~%\[\]{},.-]{4,64}", re.ASCII)
_IN_CALENDAR = re.compile(r"(-?\d{4})(?:-(\d\d)(?:-(\d\d))?)?([~?%]?)", re.ASCII)
_WITH_CALENDAR = re.compile(r"(\S+) ([a-z]+(?:-[a-z]+)*)", re.ASCII)
_WINTERS = ("24", "28", "32")
_SEASONS = {21: (3, 5), 22: (6, 8), 23: (9, 11)}
"""Spring, summer and autumn: first and last month, as the library has them."""
_DATATYPES = {0: XSD_GYEAR, 1: XSD_GYEARMONTH, 2: XSD_DATE}
"""By the number of hyphens within."""
_JULIAN_DAY_OF_ORDINAL_0 = 1721425

EXPECTED = (
    "Write 1920-07-12, 1920-10, 1920, 1918-12-21/1918-12-31 (some day within), "
    "1919-21 (spring), ../1939-11-21 (not after) or 1939-11-21/.. (not before); "
    "44 BC is -0043, for year 0 is 1 BC; in another calendar 1494-06-07 julian."
)


class DateError(ValueError):
    """The text is no date; the message says why, without quoting it again."""


@dataclass(frozen=True, slots=True)
class Date:
    """A date of any precision.

    Attributes:
        text: the EDTF text, in the proleptic Gregorian calendar.
        datatype: the finest XSD type that fits, else the EDTF datatype.
        earliest: first possible day; `OPEN_START` where the start is open.
        latest: last possible day; `OPEN_END` where the end is open.
        calendar: the other calendar in which it was written, or empty.
        written: the date as written in that calendar, or empty.
    """

    text: str
    datatype: str
    earliest: Day
    latest: Day
    calendar: str = ""
    written: str = ""

    @property
    def julian_day(self) -> int | None:
        """The Julian day number at noon where only one day is possible, else None."""
        return julian_day(self.earliest) if self.earliest == self.latest else None

    def lies_within(self, other: Date) -> bool:
        """Whether every possible day of this one is possible in ``other``."""
        return other.earliest <= self.earliest and self.latest <= other.latest


def julian_day(day: Day) -> int:
    """Return the Julian day number at noon of ``day`` (proleptic Gregorian calendar).

    >>> julian_day(Day(2000, 1, 1))
    2451545
    """
    return day.toordinal() + _JULIAN_DAY_OF_ORDINAL_0


@lru_cache(maxsize=4096)
def parse_date(text: str) -> Date:
    """Return the date that ``text`` writes in EDTF.

    >>> parse_date("1920-10").latest
    Day(year=1920, month=10, day=31)

    Raises:
        DateError: not EDTF, impossible (1920-02-30), backwards, outside the years
            -9999 to 9999, or a winter, of which EDTF does not say which year it ends in; or a
            calendar that is not known or does not have that day.
    """
    if match := _WITH_CALENDAR.fullmatch(text):
        written, calendar = match.groups()
        return replace(parse_date(_convert(written, calendar)), calendar=calendar, written=written)
    start, slash, end = text.partition("/")
    if not slash:
        return Date(text, _datatype(text), *_bounds(text))
    if start == end == "..":
        raise DateError("an interval open at both ends says nothing")
    earliest = OPEN_START if start == ".." else _bounds(start)[0]
    last_earliest, latest = (OPEN_END, OPEN_END) if end == ".." else _bounds(end)
    if earliest > last_earliest:
        raise DateError("the interval runs backwards")
    return Date(text, EDTF, earliest, latest)


def _convert(written: str, calendar: str) -> str:
    """Return a date of another calendar as EDTF in the proleptic Gregorian one.

    A month or year of the Julian calendar becomes the days that it had. Others begin their years
    in ways of their own; of those, only days are converted.
    """
    if calendar not in CALENDARS:
        raise DateError(f"calendar {calendar!r} is not known; known: {', '.join(CALENDARS)}")
    start, slash, end = written.partition("/")
    if not slash:
        first, last = _days_in(written, calendar)
        return first if first == last else f"{first}/{last}"
    first = ".." if start == ".." else _days_in(start, calendar)[0]
    last = ".." if end == ".." else _days_in(end, calendar)[1]
    return f"{first}/{last}"


def _days_in(written: str, calendar: str) -> tuple[str, str]:
    """Return first and last day of a date without interval, each with its qualifier."""
    match = _IN_CALENDAR.fullmatch(written)
    if match is None:
        raise DateError(f"this is no day, month or year of the {calendar} calendar")
    year, month, day = (int(part) if part else 0 for part in match.group(1, 2, 3))
    if not day and calendar != "julian":
        raise DateError(f"of the {calendar} calendar only days are converted; write an interval")
    try:
        first = day_in(calendar, year, month or 1, day or 1)
        last_month = month or 12
        last = day_in(calendar, year, last_month, day or last_day_in_month(year, last_month))
    except CalendarError as error:
        raise DateError(str(error)) from None
    return f"{first}{match[4]}", f"{last}{match[4]}"


def _datatype(text: str) -> str:
    """Return the datatype of one date that is no interval."""
    match = _PLAIN.fullmatch(text)
    is_plain = match is not None and (match[2] or "01") <= "12"
    return _DATATYPES[text.count("-", 1)] if is_plain else EDTF


def _bounds(text: str) -> tuple[Day, Day]:
    """Return first and last possible day of one EDTF date that is no interval."""
    if text.startswith("-0000"):
        raise DateError("the year 0 has no sign; 0000 is 1 BC, -0001 is 2 BC")
    match = _PLAIN.fullmatch(text)
    if match is None:
        return _library_bounds(text)
    year, month, day = (int(part) if part else None for part in match.groups())
    if year is None or month is None:
        return Day(int(match[1]), 1, 1), Day(int(match[1]), 12, 31)
    if month in _SEASONS and day is None:
        first, last = _SEASONS[month]
        return Day(year, first, 1), Day(year, last, days_in_month(year, last))
    if month > 20 and day is None:
        return _library_bounds(text)
    if not 1 <= month <= 12:
        raise DateError(f"there is no month {month:02}")
    last = days_in_month(year, month)
    if day is None:
        return Day(year, month, 1), Day(year, month, last)
    if not 1 <= day <= last:
        raise DateError(f"{calendar.month_name[month]} {match[1]} has {last} days")
    return Day(year, month, day), Day(year, month, day)


def _library_bounds(text: str) -> tuple[Day, Day]:
    """Return the bounds as the library computes them, held to the calendar."""
    if not _LIBRARY_FORM.fullmatch(text):
        raise DateError("this is no EDTF date")
    if match := _UNSPECIFIED.fullmatch(text):
        return _bounds(match[1])
    if text.lstrip("-")[5:7] in _WINTERS:
        raise DateError("a winter belongs to two years; write its months, 1919-12/1920-02")
    from edtf import parse_edtf  # takes half a second to import, and most builds need it not

    try:
        parsed = parse_edtf(text)
        lower, upper = parsed.lower_strict(), parsed.upper_strict()
        bounds = Day(*lower[:3]), Day(*upper[:3])
    except Exception as error:  # the library lets errors of its parser and of arithmetic through
        raise DateError("this is no EDTF date") from error
    if not bounds[0] <= bounds[1]:
        raise DateError("this is no EDTF date")
    return bounds
