"""Dates as people write them in tables → EDTF.

``12.7.1920``, ``July 12, 1920``, ``12 July 1920``, ``July 1920``, ``1920``, ``c. 1920``,
``9–12 July 1920``, ``late December 1918``, ``before 1921``, ``16th century``, ``c. 1259 BC`` and
what a spreadsheet stores as a day. Names of months and eras are those of CLDR in the languages
asked for. A wording that can be read in two ways is read as both: ``3/4/1920`` gives the two days
and all between, and says so.

Pure. Source: docs/decisions/0029-rows-become-records.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Final, Literal

from babel import Locale, UnknownLocaleError

from loader.importing.tables import Cell
from loader.rdf.days import write_year
from loader.rdf.folding import fold_words
from loader.read.dates import Date, DateError, parse_date

Order = Literal["day-first", "month-first", ""]
ORDERS: Final[tuple[Order, ...]] = ("day-first", "month-first", "")

EXPECTED: Final = (
    "1920-07-12, 12.7.1920, 12 July 1920, July 12, 1920, July 1920, 1920, c. 1920 or 44 BC"
)

_NOTHING: Final = frozenset(
    (
        "",
        "-",
        "–",
        "—",
        "?",
        "??",
        "n/a",
        "na",
        "n.a.",
        "n.d.",
        "nd",
        "none",
        "unknown",
        "null",
        "…",
    )
)
_FILLERS: Final = frozenset(
    ("of", "the", "on", "in", "de", "del", "di", "den", "der", "am", "le", "el", "o", "m", "d", "y")
)
_SEASONS: Final = {"spring": 21, "summer": 22, "autumn": 23, "fall": 23}
_THIRDS: Final = {"early": 0, "mid": 1, "middle": 1, "late": 2}
_ROMAN: Final = {
    "i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6,
    "vii": 7, "viii": 8, "ix": 9, "x": 10, "xi": 11, "xii": 12,
}  # fmt: skip
_WEEKDAYS: Final = frozenset(
    ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
)
_EXCEL_DAY_0: Final = date(1899, 12, 30)
_EXCEL_DAYS: Final = range(61, 73_051)
"""1 March 1900, from when Excel counts right, to 1 January 2100."""
_YEARS: Final = range(1000, 2101)

_ISO: Final = re.compile(r"(-?\d{4})-(\d\d)(?:-(\d\d)(?:[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?z?)?)?")
_COMPACT: Final = re.compile(r"(1\d{3}|20\d\d)([01]\d)([0-3]\d)")
_YEAR_FIRST: Final = re.compile(r"(\d{4})([/.])(\d{1,2})\2(\d{1,2})\.?")
_NUMERIC: Final = re.compile(r"(\d{1,2})([./-]) ?(\d{1,2})\2 ?(\d{3,4})")
_SHORT_YEAR: Final = re.compile(r"\d{1,2}([./-])\d{1,2}\1\d\d")
_MONTH_YEAR: Final = re.compile(r"(\d{1,2})[./](\d{4})")
_CIRCA: Final = re.compile(r"(?:(?:circa|ca|c|about|around|approximately|approx)\b|~)[. ]*(?=\S)")
_SPAN_OF_DAYS: Final = re.compile(r"(\d{1,2})\s*(?:-|to|and)\s*(\d{1,2}[ .].*\D.*)")
_SPAN_OF_YEARS: Final = re.compile(r"(\d{4})\s*[-/]\s*(\d{2}|\d{4})")
_RANGE: Final = re.compile(r"(?:between |from )?(.+?)(?: - | to | and |\s*/\s*(?=\d{4}\b))(.+)")
_DASHED: Final = re.compile(r"([^-]*[^\d-][^-]*)-([^-]*[^\d-][^-]*)")
_STYLE: Final = re.compile(
    r"(.+?)[ ,]*\(?\b(?:(o\.? ?s\.?|old style|julian(?: calendar)?)"
    r"|n\.? ?s\.?|new style|gregorian(?: calendar)?)\)?"
)
_BOTH_STYLES: Final = re.compile(r"(\d{1,2}) ?(?:/|\() ?(\d{1,2})\)? (\D+ \d{4})")
_LIMIT: Final = re.compile(r"(before|after|by|until|not later than|since|from|not before) (.+)")
_DECADE: Final = re.compile(r"(\d{3})0'?s")
_SPAN_IN_ERA: Final = re.compile(r"(?:between |from )?(.+?)(?:\s*[-/]\s*| to | and )(.+)")
_DECADE_IN_ERA: Final = re.compile(r"(\d{1,3}0)'?s")
_PLAIN_YEAR: Final = re.compile(r"\d{4}")
_SIGNED_YEAR: Final = re.compile(r"-\d{4}|0000")
_SHORT_NEGATIVE: Final = re.compile(r"-\d{1,3}(?:\.0)?")
_LAST_YEAR: Final = re.compile(r"(?<!\d)\d{1,4}$")
_EDTF_YEAR: Final = re.compile(r"(?<![\d-])\d{4}")
_CENTURY: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th) c(?:entury|ent\.?|\.)")


class WordingError(ValueError):
    """A wording is not understood; the message says why, without quoting it."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording understood.

    Attributes:
        edtf: the date.
        remark: in which of several ways it was read, or empty where there is one only.
        hint: how to settle that.
    """

    edtf: str
    remark: str = ""
    hint: str = ""


def read_wording(
    cell: Cell, order: Order, languages: tuple[str, ...], calendar: str = ""
) -> Wording | None:
    """Return the date that a cell gives, or None where it says that there is none.

    Args:
        cell: its text, or the day or number that a spreadsheet stores.
        order: whether 3/4/1920 is a day of April; empty where that is not known.
        languages: the languages of the names of months, beside English.
        calendar: the calendar of a date that does not say its style itself; empty is Gregorian.

    Raises:
        WordingError: it is not understood, or is a day that never was.
    """
    if cell.day is not None:
        return Wording(cell.day.isoformat())
    text = _normal(cell.text)
    if text in _NOTHING:
        return None
    if _SHORT_NEGATIVE.fullmatch(text):
        raise WordingError("44 BC is written so, or -0043 in four digits, for year 0 is 1 BC")
    if cell.number is not None and int(cell.number) not in _YEARS:
        return _excel_day(cell.number)
    wording = _read(text, order, languages)
    if calendar and not _STYLE.fullmatch(text) and " " not in wording.edtf:
        wording = replace(wording, edtf=f"{wording.edtf} {calendar}")
    try:
        parse_date(wording.edtf)
    except DateError as error:
        raise WordingError(str(error)) from None
    return wording


def find_order(texts: Sequence[str]) -> Order:
    """Return the order of day and month that numeric dates of a column prove, if they agree."""
    proofs: set[Order] = set()
    for text in texts:
        match = _NUMERIC.fullmatch(_normal(text))
        if match is None:
            continue
        if match[2] != "." and int(match[1]) > 12 >= int(match[3]):
            proofs.add("day-first")
        elif match[2] != "." and int(match[3]) > 12 >= int(match[1]):
            proofs.add("month-first")
    return proofs.pop() if len(proofs) == 1 else ""


def _find_locales(languages: tuple[str, ...]) -> Iterator[Locale]:
    """Yield what CLDR knows of English and of the languages given; unknown ones are left out."""
    for tag in ("en", *languages):
        try:
            locale = Locale.parse(tag, sep="-")
        except (UnknownLocaleError, ValueError):
            continue
        yield locale


@lru_cache(maxsize=64)
def month_numbers(languages: tuple[str, ...]) -> Mapping[str, int]:
    """Return folded name of a month → its number, in English and the languages given."""
    names: dict[str, int] = {"sept": 9}
    for locale in _find_locales(languages):
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in locale.months[form][width].items():
                    folded = fold_words(str(name))
                    if folded and not folded.isdigit():
                        names.setdefault(folded, int(number))
    return names


def _normal(text: str) -> str:
    lowered = unicodedata.normalize("NFKC", text).lower()
    dashed = re.sub("[\u2010-\u2015\u2212]", "-", lowered)
    return " ".join(dashed.strip(" ,;").split())


def _excel_day(number: float) -> Wording:
    if int(number) not in _EXCEL_DAYS:
        raise WordingError("the number is neither a year nor a day of a spreadsheet")
    day = _EXCEL_DAY_0 + timedelta(days=int(number))
    return Wording(
        day.isoformat(),
        "a number was read as the day that spreadsheets count from 1900",
        "Compare one of them with the table; format the column as dates.",
    )


def _read(text: str, order: Order, languages: tuple[str, ...]) -> Wording:
    if match := _BOTH_STYLES.fullmatch(text):
        return _both_styles(match[1], match[2], match[3], order, languages)
    if match := _STYLE.fullmatch(text):
        bare = _read(match[1], order, languages)
        return replace(bare, edtf=f"{bare.edtf} julian") if match[2] else bare
    if text.endswith("?") or text.endswith("(?)"):
        return _qualified(_read(text.rstrip("?() "), order, languages), "?")
    if match := _CIRCA.match(text):
        return _qualified(_read(text[match.end() :], order, languages), "~")
    if match := _LIMIT.fullmatch(text):
        return _limit(match[1], _read(match[2], order, languages))
    if wording := _one(text, order, languages) or _in_era(text, order, languages):
        return wording
    for pattern, combine in _SPANS:
        if match := pattern.fullmatch(text):
            return combine(match[1], match[2], order, languages)
    if _SHORT_YEAR.fullmatch(text):
        raise WordingError("the year has two digits, so its century is unknown")
    raise WordingError("this is no date in a form that is known")


def _one(text: str, order: Order, languages: tuple[str, ...]) -> Wording | None:
    """Return a date that is no span, or None."""
    if match := _ISO.fullmatch(text):
        return Wording("-".join(part for part in match.groups() if part))
    if _SIGNED_YEAR.fullmatch(text):
        return Wording(text)
    if match := _COMPACT.fullmatch(text):
        return Wording("-".join(match.groups()))
    if match := _YEAR_FIRST.fullmatch(text):
        return Wording(_edtf(int(match[1]), int(match[3]), int(match[4])))
    if match := _NUMERIC.fullmatch(text):
        return _numeric(int(match[1]), match[2], int(match[3]), int(match[4]), order)
    if match := _MONTH_YEAR.fullmatch(text):
        return Wording(_edtf(int(match[2]), int(match[1])))
    if match := _DECADE.fullmatch(text):
        return Wording(f"{match[1]}X")
    if match := _CENTURY.fullmatch(text):
        return Wording(f"{int(match[1]) - 1:02d}XX")
    if text.isdecimal():
        number = int(text)
        if len(text) in (3, 4) and number in (*range(100, 1000), *_YEARS):
            return Wording(_edtf(number))
        return _excel_day(number) if len(text) in (4, 5) else None
    return _in_words(text, languages)


def _in_era(text: str, order: Order, languages: tuple[str, ...]) -> Wording | None:
    """Return a date whose year is counted from or back from year 1 in words, 44 BC, or None."""
    match = _eras(languages).fullmatch(text)
    if match is None:
        return None
    is_before = bool(match["before"] or match["before_it"])
    body = match["dated"] or match["dated_after"]
    if is_before and (span := _SPAN_IN_ERA.fullmatch(body)):
        return _span_before(span[1], span[2], order, languages)
    if is_before and (decade := _DECADE_IN_ERA.fullmatch(body)):
        last = -int(decade[1])
        return Wording(f"{write_year(last - 8)}/{write_year(last + 1)}")
    padded = _LAST_YEAR.sub(lambda year: year[0].zfill(4), body)
    bare = Wording(padded) if _PLAIN_YEAR.fullmatch(padded) else _one(padded, order, languages)
    if bare is None:
        return None
    return replace(bare, edtf=_count_back(bare.edtf)) if is_before else bare


def _count_back(edtf: str) -> str:
    """Return a date whose years are counted back from year 1 as EDTF has it: 0044 → -0043."""
    if edtf.endswith("XX"):  # 5th century BC: 500 to 401 BC are the years that begin with -04
        return f"-{edtf}"
    return _EDTF_YEAR.sub(lambda year: _negate(int(year[0])), edtf)


def _negate(year_before_1: int) -> str:
    if not year_before_1:
        raise WordingError("there was no year 0: 1 BC was followed by AD 1")
    return write_year(1 - year_before_1)


def _span_before(
    first: str, second: str, order: Order, languages: tuple[str, ...]
) -> Wording | None:
    """Return a span before year 1, or None if its start names an era of its own."""
    if _eras(languages).fullmatch(first):
        return None
    if first.isdecimal() and second.isdecimal():
        whole = first[: len(first) - len(second)] + second
        if len(second) < len(first) and int(whole) < int(first):
            raise WordingError(
                f"the second year may be {second} or {whole}; write {first} BC to {whole} BC"
            )
    if len(first) <= 2 and first.isdecimal() and not second.isdecimal():
        return _span_of_days(first, f"{second} bc", order, languages)
    if not _LAST_YEAR.search(first) and (year := _LAST_YEAR.search(second)):
        first = f"{first} {year[0]}"
    return _span(f"{first} bc", f"{second} bc", order, languages)


@lru_cache(maxsize=64)
def _eras(languages: tuple[str, ...]) -> re.Pattern[str]:
    """Return the pattern of a text with the name of an era behind or before the date."""
    names: tuple[set[str], set[str]] = ({"bc", "bce"}, {"ad", "ce"})
    for locale in _find_locales(languages):
        for width in ("wide", "abbreviated"):
            for number, name in locale.eras[width].items():
                letters = "".join(filter(str.isalnum, _normal(name)))
                if number in (0, 1) and len(letters) > 1:
                    names[number].add(letters)
    before, since = ("|".join(map(_spaced, sorted(each, key=len, reverse=True))) for each in names)
    return re.compile(
        rf"(?P<dated>.*\d.*?)[ .]*(?:(?P<before>{before})|{since})\.?"
        rf"|(?:(?P<before_it>{before})|{since})[ .]*(?P<dated_after>\d.*|.* \d+)"
    )


def _spaced(letters: str) -> str:
    """Return the pattern of an abbreviation with or without points and spaces: B. C."""
    return r"(?<!\w)" * letters.isascii() + "[ .-]*".join(map(re.escape, letters))


def _numeric(first: int, sign: str, second: int, year: int, order: Order) -> Wording:
    if sign == "." or first > 12 or order == "day-first":
        return Wording(_edtf(year, second, first))
    if second > 12 or order == "month-first":
        return Wording(_edtf(year, first, second))
    if first == second:
        return Wording(_edtf(year, first, first))
    days = sorted((_edtf(year, first, second), _edtf(year, second, first)))
    return Wording(
        "/".join(days),
        "day and month cannot be told apart; both days and all between are stated",
        "Write order: day-first or order: month-first for the column into the map.",
    )


def _in_words(text: str, languages: tuple[str, ...]) -> Wording | None:
    """Return a date with the name of a month or season, in any order of its parts, or None."""
    months = month_numbers(languages)
    words = re.findall(r"\d+|[^\W\d_]+", re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", text))
    month, season, third = 0, 0, -1
    numbers: list[str] = []
    for word in words:
        folded = fold_words(word)
        if word.isdecimal():
            numbers.append(word)
        elif folded in months and not month:
            month = months[folded]
        elif folded in _ROMAN and not month:
            month = _ROMAN[folded]
        elif folded in _SEASONS and not season:
            season = _SEASONS[folded]
        elif folded in _THIRDS and third < 0:
            third = _THIRDS[folded]
        elif folded == "winter":
            raise WordingError("a winter belongs to two years; write its months")
        elif folded not in _FILLERS and folded not in _WEEKDAYS:
            return None
    years = [number for number in numbers if len(number) in (3, 4)]
    days = [number for number in numbers if len(number) <= 2]
    if len(years) != 1 or len(numbers) != len(years) + len(days) or len(days) > 1:
        return None
    year = int(years[0])
    if month and days:
        return Wording(_edtf(year, month, int(days[0]))) if third < 0 else None
    if days:
        return None
    if month and third >= 0:
        return _third_of_month(year, month, third)
    if month or season:
        return Wording(_edtf(year, month or season)) if third < 0 else None
    return Wording(_edtf(year)) if third < 0 else None


def _third_of_month(year: int, month: int, third: int) -> Wording:
    last = parse_date(_edtf(year, month)).latest.day
    start, end = ((1, 10), (11, 20), (21, last))[third]
    return Wording(f"{_edtf(year, month, start)}/{_edtf(year, month, end)}")


def _edtf(year: int, month: int = 0, day: int = 0) -> str:
    parts = [f"{year:04d}", f"{month:02d}" if month else "", f"{day:02d}" if day else ""]
    return "-".join(part for part in parts if part)


def _both_styles(
    old: str, new: str, rest: str, order: Order, languages: tuple[str, ...]
) -> Wording:
    """Return a day given in old and new style, 7/20 June 1920, if both are one day."""
    given = _parsed(f"{_read(f'{old} {rest}', order, languages).edtf} julian")
    other = _parsed(_read(f"{new} {rest}", order, languages).edtf)
    if given.earliest != other.earliest:
        raise WordingError(
            f"the old style gives {given.text}, so these are not two styles of one day"
        )
    return Wording(f"{given.written} julian")


def _qualified(wording: Wording, sign: str) -> Wording:
    if not re.fullmatch(r"[\d-]+", wording.edtf):
        raise WordingError("a span cannot be uncertain as a whole; write its limits")
    return Wording(f"{wording.edtf}{sign}", wording.remark, wording.hint)


def _limit(word: str, wording: Wording) -> Wording:
    known = _parsed(wording.edtf)
    text = {
        "before": lambda: f"../{known.earliest.plus(-1)}",
        "after": lambda: f"{known.latest.plus(1)}/..",
        "since": lambda: f"{wording.edtf}/..",
        "from": lambda: f"{wording.edtf}/..",
        "not before": lambda: f"{wording.edtf}/..",
    }.get(word, lambda: f"../{wording.edtf}")()
    return Wording(text, wording.remark, wording.hint)


def _parsed(edtf: str) -> Date:
    try:
        return parse_date(edtf)
    except DateError as error:
        raise WordingError(str(error)) from None


def _span_of_days(first: str, second: str, order: Order, languages: tuple[str, ...]) -> Wording:
    end = _read(second, order, languages)
    if not re.fullmatch(r"-?\d{4}-\d\d-\d\d", end.edtf):
        raise WordingError("this is no date in a form that is known")
    return Wording(f"{end.edtf[:-2]}{int(first):02d}/{end.edtf}", end.remark, end.hint)


def _span_of_years(first: str, second: str, order: Order, languages: tuple[str, ...]) -> Wording:
    del order, languages
    return Wording(f"{first}/{first[: 4 - len(second)]}{second}")


def _span(first: str, second: str, order: Order, languages: tuple[str, ...]) -> Wording:
    """Return a span; a start without a year has the end's: July – August 1920."""
    end = _read(second, order, languages)
    try:
        start = _read(first, order, languages)
    except WordingError:
        start = _read(f"{first} {end.edtf[:4]}", order, languages)
    if "/" in start.edtf or "/" in end.edtf:
        raise WordingError("this is no date in a form that is known")
    return Wording(f"{start.edtf}/{end.edtf}", start.remark or end.remark, start.hint or end.hint)


_Combine = Callable[[str, str, Order, tuple[str, ...]], Wording]
_SPANS: Final[tuple[tuple[re.Pattern[str], _Combine], ...]] = (
    (_SPAN_OF_DAYS, _span_of_days),
    (_SPAN_OF_YEARS, _span_of_years),
    (_RANGE, _span),
    (_DASHED, _span),
)
