"""Search: texts for the index, and the words of a query. Pure.

Everything that a page says can be found: names in every language, contents, judgements, notes,
figures, dates, the sample questions. Numbers lose the marks between their thousands and days become
one word each, so that `20,000` and `12 July 1920` are found however they are written.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from babel import Locale

from loader.rdf.folding import fold_name
from server.pages.cards import SITUATIONS, Desk
from server.pages.words import OPEN_END, OPEN_STARTS, read_day
from server.rdf.model import ALT_LABEL, TYPE, Literal

_MINUS = "m"
"""Stands for the sign of a year before 1 in the word of a day."""
_THOUSANDS = re.compile(r"(?<=\d)[ ,.\u00a0\u202f'](?=\d{3}(?!\d))")
_ISO = re.compile(r"(?<![\w-])(-?\d{4})-(\d{2})(?:-(\d{2}))?\b")
_WORDED = re.compile(r"\b(\d{1,2})\.?\s+([^\W\d]+)\s+(\d{4})\b")
_WORDED_BACK = re.compile(r"\b(\d{4})\s*m?\.?\s+([^\W\d]+)\s+(\d{1,2})\s*d?\b")
_MONTH = re.compile(r"\b([^\W\d]+)\s+(\d{4})\b")
_MONTH_BACK = re.compile(r"\b(\d{4})\s+m\s+([^\W\d]+)\b")
_TEXTS = ("content", "note", "judgement", "outside", "describedAs", "asPrinted", "title", "value")
_MARKS = ("saidBy", "asPrinted", "note")
_DATES = ("date", "from", "until", "at", "signedOn", "plannedFor", "value")
FOUND = (
    *("treaty", "party", "body", "person", "unit", "place", "territory", "base", "event"),
    *("source", "disagreement"),
)
"""Kinds of things that are found by name; assertions are found by what they say."""

TELL_EVERY = 500
"""Entries between two calls of `tell`."""


@dataclass(frozen=True)
class Entry:
    """One thing or statement in the index.

    Attributes:
        names: All it is called, folded.
        text: All that it says, folded.
        shown: What a snippet is cut from.
        years: From which year to which, the year 0 being 1 BC; None: unknown.
        parties: Slugs of parties that it is about, with spaces round each.
        sources: Handles, with spaces round each.
    """

    iri: str
    kind: str
    label: str
    names: str
    text: str
    shown: str
    years: tuple[int, int] | None
    parties: str
    sources: str
    disputed: int


def fold_text(text: str, months: Mapping[str, int]) -> str:
    """A text as the index holds it: folded, numbers whole, each day also as one word.

    Args:
        text: As people write it.
        months: Folded name of a month → its number.
    """
    days = " ".join(list_days(text, months))
    return f"{fold_name(_THOUSANDS.sub('', text))} {days}".strip()


def list_days(text: str, months: Mapping[str, int]) -> list[str]:
    """The days and months that a text names: `d19200712`, `d192007`, `dm00430315` before year 1."""
    found: list[str] = []
    for year, month, day in _ISO.findall(text):
        found.append(f"d{year.replace('-', _MINUS)}{month}{day}")
    folded = fold_name(text)
    for day, name, year in _WORDED.findall(folded):
        if number := months.get(name):
            found.append(f"d{year}{number:02}{int(day):02}")
    for year, name, day in _WORDED_BACK.findall(folded):
        if number := months.get(name):
            found.append(f"d{year}{number:02}{int(day):02}")
    if not found:
        backward = [(name, year) for year, name in _MONTH_BACK.findall(folded)]
        for name, year in [*_MONTH.findall(folded), *backward]:
            if number := months.get(name):
                found.append(f"d{year}{number:02}")
    return list(dict.fromkeys(found))


def list_months(codes: Iterable[str]) -> dict[str, int]:
    """Folded names of months, in every case that CLDR has, in languages → their numbers."""
    found: dict[str, int] = {}
    for code in codes:
        months = Locale.parse(code).months
        for form in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                found |= {fold_name(name): number for number, name in months[form][width].items()}
    return {name: number for name, number in found.items() if name and not name.isdigit()}


def list_entries(
    things: Iterable[str],
    desk: Desk,
    months: Mapping[str, int],
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Iterator[Entry]:
    """Everything that can be found.

    Args:
        things: Everything that has a label.
        desk: Where the rest is read.
        months: See `fold_text`.
        tell: Called from time to time with the number of entries made so far, and of all.
    """
    named = [t for t in things if desk.names.kind(t) in FOUND and "#" not in t]
    nodes = sorted({node for name in SITUATIONS for node in desk.instances(name)})
    makers = [(_enter_thing, thing) for thing in named] + [(_enter_assertion, n) for n in nodes]
    disputes = count_disputes(desk)
    for number, (make, node) in enumerate(makers):
        if number % TELL_EVERY == 0:
            tell(number, len(makers))
            desk.forget()
        yield make(node, desk, months, disputes[node])
    tell(len(makers), len(makers))


def count_disputes(desk: Desk) -> Counter[str]:
    """Thing or assertion → the number of disagreements in which it stands.

    An assertion stands on a side of them; a thing is what they are about, or what an assertion on
    a side is about, or one about such an assertion (`belonging.list_disagreements`, read from the
    disagreements on: there are few of them).
    """
    found: Counter[str] = Counter()
    for disagreement in desk.instances("Disagreement"):
        sides = desk.values(disagreement, "hasSide")
        stood = {str(node) for side in sides for node in desk.values(str(side), "includes")}
        about = {str(thing) for thing in desk.values(disagreement, "about", "concerns")}
        edge = stood
        for _ in range(2):
            edge = {
                str(thing)
                for node in edge
                if SITUATIONS.intersection(desk.types(node))
                for thing in desk.values(node, "about")
            }
            about |= edge
        things = {thing for thing in about if desk.names.kind(thing) in FOUND}
        found.update(stood | things)
    return found


def _enter_thing(thing: str, desk: Desk, months: Mapping[str, int], disputes: int) -> Entry:
    labels = desk.names.labels(thing)
    names = [*labels.values(), *(_text(v) for v in desk.values(thing, ALT_LABEL, "officialName"))]
    shown = " ".join(_text(v) for n in _TEXTS[:-1] for v in desk.values(thing, n))
    if desk.names.kind(thing) == "disagreement":
        sides = desk.values(thing, "hasSide")
        shown += " " + "; ".join(desk.name(str(side)) for side in sides)
    dates = " ".join(desk.show(v).text for v in desk.values(thing, *_DATES[:-1]))
    raw = " ".join(_text(v) for v in desk.values(thing, *_DATES[:-1]))
    kinds = " ".join(desk.name(str(v)) for v in desk.values(thing, "kind", TYPE))
    parties = [str(v) for v in desk.values(thing, "hasParty", "actor", "participant", "concerns")]
    sources = {desk.first(thing, "handle")} if desk.names.kind(thing) == "source" else set()
    return Entry(
        thing,
        desk.names.kind(thing),
        desk.names.label(thing),
        fold_text(" | ".join(dict.fromkeys(names)), {}),
        fold_text(f"{shown} {kinds} {dates} {raw}", months),
        " ".join(part for part in (shown.strip(), dates) if part),
        _years(thing, desk),
        _slugs(parties, desk),
        f" {' '.join(sorted(sources - {''}))} ",
        disputes,
    )


def _enter_assertion(node: str, desk: Desk, months: Mapping[str, int], disputes: int) -> Entry:
    label, fields = desk.call(node), desk.show_fields(node)
    said = [label, *(v.text for v in desk.show_stated(node))]
    said += [v.text for values in fields.values() for v in values]
    said += [desk.show(v).text for v in desk.values(node, *_MARKS)]
    raw = " ".join(_text(v) for v in desk.values(node, *_DATES) if isinstance(v, Literal))
    shown = "; ".join(dict.fromkeys(text for text in said if text))
    parties = [v.iri for values in fields.values() for v in values]
    parties += [str(v) for v in desk.values(node, "about")]
    return Entry(
        node,
        desk.names.kind(node),
        label,
        "",
        fold_text(f"{shown} {raw}", months),
        shown,
        _years(node, desk),
        _slugs(parties, desk),
        f" {' '.join(sorted(desk.handles(node)))} ",
        disputes,
    )


def _text(value: object) -> str:
    return value.value if isinstance(value, Literal) else ""


def _slugs(things: Iterable[str], desk: Desk) -> str:
    named = [t.rpartition("/")[2] for t in things if desk.names.kind(t) == "party"]
    return f" {' '.join(dict.fromkeys(named))} "


def _years(node: str, desk: Desk) -> tuple[int, int] | None:
    bounds = ("earliest", "fromEarliest", "latest", "untilLatest")
    texts = {desk.first(node, name) for name in bounds} - {*OPEN_STARTS, OPEN_END}
    years = [day.year for text in texts if (day := read_day(text)) is not None]
    return (min(years), max(years)) if years else None


def cut_snippet(text: str, words: Iterable[str], width: int = 180) -> list[tuple[str, bool]]:
    """The stretch of a text where words stand first, in pieces; a word that was asked is marked."""
    wanted = tuple(word for word in words if len(word) > 1)
    parts = re.split(r"(\w[\w,.\u00a0]*\w|\w)", text)
    marks = [
        bool(part) and fold_name(_THOUSANDS.sub("", part)).startswith(wanted) if wanted else False
        for part in parts
    ]
    at = next((i for i, mark in enumerate(marks) if mark), 0)
    start, size = at, 0
    while start > 0 and size < width // 3:
        start -= 1
        size += len(parts[start])
    pieces: list[tuple[str, bool]] = [("… ", False)] if start else []
    size = 0
    for part, mark in zip(parts[start:], marks[start:], strict=True):
        if size > width:
            pieces.append((" …", False))
            break
        pieces.append((part, mark))
        size += len(part)
    return pieces


def read_day_asked(days: Iterable[str]) -> str:
    """The address form of a day that was asked for: `1920-07-12`; empty: none, or no such day."""
    for word in days:
        digits = word.strip(f"d{_MINUS}")
        sign = "-" if _MINUS in word else ""
        text = sign + "-".join(filter(None, (digits[:4], digits[4:6], digits[6:8])))
        if read_day(text) or read_day(f"{text}-01"):
            return text
    return ""
