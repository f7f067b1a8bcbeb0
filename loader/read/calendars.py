"""Dates of other calendars → the day that it was, in the proleptic Gregorian calendar.

``1494-06-07 julian`` is 16 June 1494. Years, months and days are counted as the calendar itself
counts them; a year before 1 of the Julian calendar as EDTF writes it. A day that never was is
refused. The conversions are those of convertdate, which is right on days that exist but takes some
that do not (30 Safar): each day is converted back and must come out as it went in.

Source: docs/decisions/0030-dates-in-their-calendars.md.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any, Final

from loader.rdf.days import Day

CALENDARS: Final = {
    "julian": "julian",
    "islamic": "islamic",
    "hebrew": "hebrew",
    "persian": "persian",
    "french-republican": "french_republican",
    "coptic": "coptic",
}
"""Word of records → module of convertdate."""

_JULIAN_DATE_OF_ORDINAL_0: Final = 1721424.5


class CalendarError(ValueError):
    """A date that its calendar does not have; the message says why, without quoting the date."""


@lru_cache(maxsize=4096)
def day_in(calendar: str, year: int, month: int, day: int) -> Day:
    """Return the day of the proleptic Gregorian calendar.

    >>> day_in("julian", 1494, 6, 7)
    Day(year=1494, month=6, day=16)

    Args:
        calendar: a word of `CALENDARS`.
        year: as the calendar counts it.
        month: from 1.
        day: from 1.

    Raises:
        CalendarError: the calendar has no such day, or it lies outside the years -9999 to 9999.
    """
    module = _module(calendar)
    try:
        with warnings.catch_warnings():  # the library calls functions that it deprecates itself
            warnings.simplefilter("ignore", DeprecationWarning)
            julian_date = module.to_jd(year, month, day)
            back = tuple(map(int, module.from_jd(julian_date)))[:3]
    except (ValueError, IndexError, OverflowError) as error:
        raise CalendarError(f"the {calendar} calendar has no such day") from error
    if back != (year, month, day):
        raise CalendarError(f"the {calendar} calendar has no such day")
    try:
        return Day.fromordinal(round(julian_date - _JULIAN_DATE_OF_ORDINAL_0))
    except (ValueError, OverflowError) as error:
        raise CalendarError("the day lies outside the years -9999 to 9999") from error


def last_day_in_month(year: int, month: int) -> int:
    """Return how many days a month of the Julian calendar has.

    Raises:
        CalendarError: there is no such month.
    """
    for day in (31, 30, 29, 28):
        try:
            day_in("julian", year, month, day)
        except CalendarError:
            continue
        return day
    raise CalendarError("the julian calendar has no such month")


def _module(calendar: str) -> Any:
    import convertdate  # takes a tenth of a second, and most collections need it not

    return getattr(convertdate, CALENDARS[calendar])
