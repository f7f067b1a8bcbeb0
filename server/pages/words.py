"""Values in words for people: dates, numbers, and what is missing.

Dates are XSD (`date`, `gYearMonth`, `gYear`) or EDTF (levels 0 and 1 as the records use them). The
two bounds that stand for "open" (0001-01-01, 9999-12-31) are never shown.
"""

import re
from decimal import Decimal

from server.rdf.model import EDTF, XSD, Literal

OPEN_START = "0001-01-01"
OPEN_END = "9999-12-31"
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SEASONS = {"21": "spring", "22": "summer", "23": "autumn", "24": "winter"}
_DATE = re.compile(r"(-?\d{4})(?:-(\d{2})(?:-(\d{2}))?)?([~?%]?)\Z")
_QUALIFIER = {"~": "about ", "?": "perhaps ", "%": "perhaps about ", "": ""}
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?\Z", re.ASCII)
_GROUPED = re.compile(r"(?<=\d)(?=(?:\d{3})+\Z)")
DATE_TYPES = frozenset((XSD + "date", XSD + "gYearMonth", XSD + "gYear", EDTF))


def say_day(text: str) -> str:
    """One date without interval: `1920-07-12` → `12 July 1920`; what is no date stays."""
    found = _DATE.match(text)
    if found is None:
        return text
    year, month, day, mark = found.groups()
    number = str(int(year))
    said = _QUALIFIER[mark]
    if month is None:
        return said + number
    if month in _SEASONS:
        return f"{said}{_SEASONS[month]} {number}"
    if not 1 <= int(month) <= 12:
        return text
    name = _MONTHS[int(month) - 1]
    return f"{said}{name} {number}" if day is None else f"{said}{int(day)} {name} {number}"


def say_date(text: str, *, lasting: bool = False) -> str:
    """A date or EDTF interval in words.

    Args:
        text: The lexical form.
        lasting: The interval is the time something took, not a span within which it happened.
    """
    start, slash, end = text.partition("/")
    if not slash:
        return say_day(text)
    if start in ("", "..") and end in ("", ".."):
        return "date unknown"
    if start in ("", ".."):
        return f"not after {say_day(end)}"
    if end in ("", ".."):
        return f"not before {say_day(start)}"
    first, last = say_day(start), say_day(end)
    if lasting:
        return f"{first} to {last}"
    return f"between {first} and {last}"


def say_number(text: str) -> str:
    """A number with its thousands apart: `18786` → `18,786`."""
    whole, point, rest = text.partition(".")
    sign = whole[:1] if whole[:1] in "+-" else ""
    digits = whole[len(sign) :]
    grouped = _GROUPED.sub(",", digits) if len(digits) > 4 else digits
    return f"{sign}{grouped}{point}{rest}"


def say_share(text: str) -> str:
    """A part of a whole, of which 1 is all: `0.8` → `80 %`; what is no number stays."""
    if _NUMBER.match(text) is None:
        return text
    return f"{(Decimal(text) * 100).normalize():f}\u00a0%"


def say_literal(literal: Literal, *, lasting: bool = False) -> str:
    """A literal for people."""
    if literal.datatype in DATE_TYPES:
        return say_date(literal.value, lasting=lasting)
    if literal.datatype in (XSD + "integer", XSD + "decimal"):
        return say_number(literal.value)
    if literal.datatype == XSD + "boolean":
        return "yes" if literal.value == "true" else "no"
    return literal.value


def say_bound(text: str, earliest: str, latest: str, *, start: bool) -> str:
    """One end of a period, as given or as computed; open ends are worded.

    Args:
        text: What the documents give; empty where they give nothing.
        earliest: The computed lower bound, or empty.
        latest: The computed upper bound, or empty.
        start: It is the start of the period, else its end.
    """
    if text:
        return say_date(text)
    if start:
        if earliest in ("", OPEN_START):
            return "start not stated"
        if latest in ("", OPEN_END):
            return f"not before {say_day(earliest)}"
        same = earliest == latest
        return say_day(earliest) if same else say_date(f"{earliest}/{latest}")
    if latest in ("", OPEN_END):
        return "no end stated"
    return say_day(latest) if earliest == latest else f"not after {say_day(latest)}"


VALUE_STATUS = {
    "lost-in-copy": "lost in the copy: the passage has a gap where the value stood",
    "cut-off": "cut off: the text breaks off before or within the value",
    "emended": "emended: the copy is garbled and the reading is ours",
    "not-stated": "not stated in any of the documents read",
}
"""Concept of the scheme value-status → what a reader should understand."""

RANKS = {
    "preferred": "preferred",
    "normal": "",
    "deprecated": "rejected",
}
"""Concept of the scheme rank → the word beside a value; normal needs none."""
