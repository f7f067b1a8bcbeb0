"""Days of the proleptic Gregorian calendar, in any year of four digits. Pure.

Python's ``date`` begins with year 1. A `Day` goes on before it and counts years as XSD 1.1,
EDTF and ISO 8601 do: year 0 is 1 BC, and year -43 is 44 BC. (XSD 1.0 had no year 0.) Its methods
have the names of those of ``date``, and give the same where both have the day.

Source: XSD 1.1 part 2, 3.3.9 and D.2.1; ISO 8601-1:2019, 4.3.2.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from typing import Final

FIRST_YEAR: Final = -9999
LAST_YEAR: Final = 9999

_CYCLE_YEARS: Final = 400
"""After so many years the Gregorian calendar repeats itself, weekdays too."""
_CYCLE_DAYS: Final = 146_097
_FORM: Final = re.compile(r"(?!-0000)(-?\d{4})-(\d\d)-(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Day:
    """A day; days are in the order of time.

    >>> Day(-43, 3, 15) < Day(0, 1, 1) < Day(1, 1, 1)
    True

    Raises:
        ValueError: the calendar has no such day, or the year has more than four digits.
    """

    year: int
    month: int
    day: int

    def __post_init__(self) -> None:
        if not FIRST_YEAR <= self.year <= LAST_YEAR:
            raise ValueError(f"the year {self.year} has more than four digits")
        if not 1 <= self.month <= 12:
            raise ValueError(f"there is no month {self.month}")
        if not 1 <= self.day <= days_in_month(self.year, self.month):
            raise ValueError(f"the month has no day {self.day}")

    def __str__(self) -> str:
        return self.isoformat()

    def isoformat(self) -> str:
        """Return the lexical form of ``xsd:date``.

        >>> Day(-43, 3, 15).isoformat()
        '-0043-03-15'
        """
        return f"{write_year(self.year)}-{self.month:02d}-{self.day:02d}"

    def toordinal(self) -> int:
        """Return the number of the day: 1 January of year 1 is 1, the day before it 0.

        >>> Day(0, 12, 31).toordinal()
        0
        """
        cycles, like_year = divmod(self.year - 1, _CYCLE_YEARS)
        in_cycle = date(like_year + 1, self.month, self.day).toordinal()
        return in_cycle + cycles * _CYCLE_DAYS

    @classmethod
    def fromordinal(cls, number: int) -> Day:
        """Return the day with a number.

        Raises:
            ValueError: its year has more than four digits.
        """
        cycles, in_cycle = divmod(number - 1, _CYCLE_DAYS)
        like = date.fromordinal(in_cycle + 1)
        return cls(like.year + cycles * _CYCLE_YEARS, like.month, like.day)

    def plus(self, days: int) -> Day:
        """Return the day so many days later.

        Raises:
            ValueError: its year has more than four digits.
        """
        return Day.fromordinal(self.toordinal() + days)


def read_day(text: str) -> Day:
    """Return the day that an ``xsd:date`` without time zone names.

    Raises:
        ValueError: it names none, or one of a year with more than four digits.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no day such as 1920-07-12 or -0043-03-15")
    return Day(*map(int, match.groups()))


def write_year(year: int) -> str:
    """Return a year in four digits, as XSD and EDTF write it.

    >>> write_year(-43), write_year(0), write_year(14)
    ('-0043', '0000', '0014')
    """
    return f"{'-' if year < 0 else ''}{abs(year):04d}"


def days_in_month(year: int, month: int) -> int:
    """Return how many days a month has, from 28 to 31.

    >>> days_in_month(0, 2), days_in_month(-43, 2)
    (29, 28)
    """
    return calendar.monthrange(2000 + year % _CYCLE_YEARS, month)[1]


OPEN_START: Final = Day(FIRST_YEAR, 1, 1)
"""Stands where no start is known."""
OPEN_END: Final = Day(LAST_YEAR, 12, 31)
"""Stands where no end is known."""
