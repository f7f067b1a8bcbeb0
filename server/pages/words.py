"""Values in words for display: dates, numbers, and missing values.

Dates are XSD (`date`, `gYearMonth`, `gYear`) or EDTF (levels 0 and 1 as the records use them). The
bounds that stand for "open" (0001-01-01, or -9999-01-01 in a collection with days before year 1,
and 9999-12-31) are never shown.
"""

import re
from decimal import Decimal

from loader.rdf import days
from loader.rdf.days import Day
from server.pages.language import ENGLISH, ERA_SAID_BEFORE, Language
from server.rdf.model import EDTF, XSD, Literal

OPEN_STARTS = ("0001-01-01", days.OPEN_START.isoformat())
OPEN_END = days.OPEN_END.isoformat()
UNDATED = days.OPEN_END.toordinal() + 1
"""Stands behind every day in the order of time."""
_SEASONS = {
    "21": "spring %(year)s",
    "22": "summer %(year)s",
    "23": "autumn %(year)s",
    "24": "winter %(year)s",
}
_DATE = re.compile(r"(-?\d{4})(?:-(\d{2})(?:-(\d{2}))?)?([~?%]?)\Z")
_UNSPECIFIED = re.compile(r"(-?)(\d{2}[\dX]X|\d{4}(?:-\d{2})?(?=-XX))(?:-XX){0,2}([~?%]?)\Z")
_YEAR = re.compile(r"(-?\d{4})|(\d{1,4})\s*(\D+)", re.ASCII)
_QUALIFIER = {"~": "about %(date)s", "?": "perhaps %(date)s", "%": "perhaps about %(date)s"}
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?\Z", re.ASCII)
DATE_TYPES = frozenset((XSD + "date", XSD + "gYearMonth", XSD + "gYear", EDTF))


def read_day(text: str) -> Day | None:
    """`1920-07-12` as a day; None where it is no day, or none that a calendar page shows."""
    try:
        return days.read_day(text)
    except ValueError:
        return None


def order_day(*texts: str) -> int:
    """The key of a day in the order of time: of the first text that is a day and not open.

    `UNDATED` where there is none.
    """
    read = (read_day(text) for text in texts if text not in OPEN_STARTS)
    return next((day.toordinal() for day in read if day is not None), UNDATED)


def read_year(text: str, language: Language = ENGLISH) -> int | None:
    """A year as people and EDTF write it: `1985`, `44 BC` or `-0043`; None where it is none."""
    match = _YEAR.fullmatch(text.strip())
    if match is None:
        return None
    if match[1]:
        return int(match[1]) if match[1] != "-0000" else None
    era = "".join(filter(str.isalnum, match[3])).casefold()
    own = "".join(filter(str.isalnum, language.year(0).lstrip("1"))).casefold()
    return 1 - int(match[2]) if era in ("bc", "bce", own) and int(match[2]) else None


def say_day(text: str, language: Language = ENGLISH) -> str:
    """One date, no interval: `1920-07-12` → `12 July 1920`; other text is returned unchanged."""
    if found := _UNSPECIFIED.match(text):
        sign, digits, mark = found.groups()
        return _say_unspecified(sign, digits, mark, language)
    found = _DATE.match(text)
    if found is None:
        return text
    year, month, day, mark = found.groups()
    number = language.year(int(year))
    if month is None:
        said = number
    elif month in _SEASONS:
        said = language.say(_SEASONS[month], year=number)
    else:
        read = read_day(f"{year}-{month}-{day or '01'}")
        if read is None:
            return text
        said = language.month(read) if day is None else language.day(read)
    return language.say(_QUALIFIER[mark], date=said) if mark else said


def _say_unspecified(sign: str, digits: str, mark: str, language: Language) -> str:
    """A date with digits that are not known: `15XX` → `between 1500 and 1599`."""
    bounds = [sign + digits.replace("X", digit) for digit in ("90" if sign else "09")]
    first, last = (say_day(bound, language) for bound in bounds)
    both = language.say("between %(first)s and %(last)s", first=first, last=last)
    said = first if first == last else both
    return language.say(_QUALIFIER[mark], date=said) if mark else said


def say_date(text: str, language: Language = ENGLISH, *, lasting: bool = False) -> str:
    """A date or EDTF interval in words.

    Args:
        text: The lexical form.
        language: The language of the words.
        lasting: The interval is the time something took, not a span within which it happened.
    """
    start, slash, end = text.partition("/")
    if not slash:
        return say_day(text, language)
    if start in ("", "..") and end in ("", ".."):
        return language.say("date unknown")
    if start in ("", ".."):
        return language.say("not after %(date)s", date=say_day(end, language))
    if end in ("", ".."):
        return language.say("not before %(date)s", date=say_day(start, language))
    first, last = _say_both(start, end, language)
    if lasting:
        return language.say("%(first)s to %(last)s", first=first, last=last)
    return language.say("between %(first)s and %(last)s", first=first, last=last)


def _say_both(start: str, end: str, language: Language) -> tuple[str, str]:
    """Two dates in words; the year and month that they share is said once."""
    first, last = read_day(start), read_day(end)
    if first is None or last is None or not first.year == last.year >= ERA_SAID_BEFORE:
        return say_day(start, language), say_day(end, language)
    if first.month == last.month:
        return language.days(first, last, "d|d MMMM y")
    return language.days(first, last, "d MMMM|d MMMM y")


def say_number(text: str, language: Language = ENGLISH) -> str:
    """A number with its thousands apart: `18786` → `18,786`."""
    return language.number(text)


def say_share(text: str) -> str:
    """A share, of which 1 is the whole: `0.8` → `80 %`; other text is returned unchanged."""
    if _NUMBER.match(text) is None:
        return text
    return f"{(Decimal(text) * 100).normalize():f}\u00a0%"


def say_literal(literal: Literal, language: Language = ENGLISH, *, lasting: bool = False) -> str:
    """A literal for people."""
    if literal.datatype in DATE_TYPES:
        return say_date(literal.value, language, lasting=lasting)
    if literal.datatype in (XSD + "integer", XSD + "decimal"):
        return say_number(literal.value, language)
    if literal.datatype == XSD + "boolean":
        return language.say("yes") if literal.value == "true" else language.say("no")
    return literal.value


def say_bound(
    text: str, earliest: str, latest: str, language: Language = ENGLISH, *, start: bool
) -> str:
    """One end of a period, as given or as computed; open ends are worded.

    Args:
        text: What the documents give; empty where they give nothing.
        earliest: The computed lower bound, or empty.
        latest: The computed upper bound, or empty.
        language: The language of the words.
        start: It is the start of the period, else its end.
    """
    if text:
        return say_date(text, language)
    first, last = say_day(earliest, language), say_day(latest, language)
    if start:
        if earliest in ("", *OPEN_STARTS):
            return language.say("start not stated")
        if latest in ("", OPEN_END):
            return language.say("not before %(date)s", date=first)
        return first if earliest == latest else say_date(f"{earliest}/{latest}", language)
    if latest in ("", OPEN_END):
        return language.say("no end stated")
    return last if earliest == latest else language.say("not after %(date)s", date=last)


VALUE_STATUS = {
    "lost-in-copy": "lost in the copy: the passage has a gap where the value stood",
    "cut-off": "cut off: the text breaks off before or within the value",
    "emended": "emended: the copy is garbled and the reading is ours",
    "not-stated": "not stated in any of the documents read",
}
"""Concept of the scheme value-status → what a reader should understand."""
