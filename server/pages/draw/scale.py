"""A scale over days: from a day to a place between 0 and 100. Pure.

Where nothing happens for long, the scale is broken: the years between are pressed together, which
the picture marks with ≈ and its caption says.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from loader.rdf.days import OPEN_END, OPEN_START, Day
from server.pages.language import Language

_QUIET = 0.2
"""A part of the whole span without a change that is worth a break."""
_QUIET_DAYS = 60
_PRESSED = 6.0
"""Per cent of the width that a pressed stretch keeps."""
_MOST_BREAKS = 3
_FIRST, _LAST = OPEN_START.toordinal(), OPEN_END.toordinal()
_LABEL = 9.0
"""Per cent of the width that lies between two lines of the grid at least."""
_LETTER = 1.7
"""Per cent of the width that a letter of a label takes, on a narrow strip; labels never touch."""
_WIDE_LETTER = 1.15
"""The same on a desk: a label that would run into a break is left out."""
_NARROW_LETTER = 3.2
"""The same on a telephone: labels that would touch there are minor."""


@dataclass(frozen=True)
class Piece:
    """A stretch of days at one rate: first and last day, left and right edge in per cent."""

    first: int
    last: int
    left: float
    right: float
    pressed: bool = False


@dataclass(frozen=True)
class Tick:
    """A line of the grid with its label; `minor` ones lose it on narrow screens."""

    x: float
    text: str
    minor: bool = False


@dataclass(frozen=True)
class Scale:
    """A broken or unbroken scale of days (proleptic Gregorian ordinals)."""

    pieces: tuple[Piece, ...]
    ticks: tuple[Tick, ...] = ()

    @property
    def first(self) -> int:
        """The first day on it."""
        return self.pieces[0].first

    @property
    def last(self) -> int:
        """The last day on it."""
        return self.pieces[-1].last

    @property
    def breaks(self) -> tuple[Piece, ...]:
        """The pressed stretches."""
        return tuple(piece for piece in self.pieces if piece.pressed)

    def place(self, day: int) -> float:
        """Where a day lies, in per cent; a day outside lies on the edge."""
        for piece in self.pieces:
            if day <= piece.last:
                part = (max(day, piece.first) - piece.first) / max(piece.last - piece.first, 1)
                return round(piece.left + part * (piece.right - piece.left), 2)
        return 100.0


def make_scale(days: Iterable[int], language: Language) -> Scale:
    """The scale that shows days, broken where nothing changes for long.

    Args:
        days: Ordinals of the days on which anything changes; at least one.
        language: The language of the labels.
    """
    changes = sorted(set(days))
    pad = max((changes[-1] - changes[0]) // 25, 3)
    first, last = max(changes[0] - pad, _FIRST), min(changes[-1] + pad, _LAST)
    clusters = _cluster(changes, last - first)
    edges = [
        (max(part[0] - pad, first) if part is clusters[0] else part[0] - pad // 2,
         min(part[-1] + pad, last) if part is clusters[-1] else part[-1] + pad // 2)
        for part in clusters
    ]  # fmt: skip
    weights = [(end - start + 20) ** 0.5 if len(edges) > 1 else 1.0 for start, end in edges]
    room = 100.0 - _PRESSED * (len(edges) - 1)
    pieces: list[Piece] = []
    left = 0.0
    for number, (start, end) in enumerate(edges):
        if number:
            pieces.append(Piece(edges[number - 1][1], start, left, left + _PRESSED, pressed=True))
            left += _PRESSED
        right = left + room * weights[number] / sum(weights)
        pieces.append(Piece(start, end, left, right))
        left = right
    whole = Scale(tuple(pieces))
    return Scale(whole.pieces, tuple(_list_ticks(whole, language)))


def make_even_scale(first: int, last: int, language: Language) -> Scale:
    """The unbroken scale from one day to another, cut at the days that a calendar page shows."""
    first, last = max(first, _FIRST), min(last, _LAST)
    whole = (Piece(first, max(last, first + 1), 0.0, 100.0),)
    return Scale(whole, tuple(_list_ticks(Scale(whole), language)))


def _cluster(changes: list[int], span: int) -> list[list[int]]:
    """The changes, parted at the longest quiet stretches."""
    gaps = [(b - a, at) for at, (a, b) in enumerate(pairwise(changes), 1)]
    long = [pair for pair in gaps if pair[0] > max(span * _QUIET, _QUIET_DAYS)]
    cuts = sorted(at for _, at in sorted(long, reverse=True)[:_MOST_BREAKS])
    starts = [0, *cuts]
    return [changes[a:b] for a, b in zip(starts, [*cuts, len(changes)], strict=True)]


_MONTH_STEPS = (1, 2, 3, 6)
_YEAR_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


def _list_ticks(scale: Scale, language: Language) -> Iterable[Tick]:
    free, clear, open_to_all = -_LABEL, 0.0, 0.0
    for piece in scale.pieces:
        if piece.pressed:
            continue
        most = max(int((piece.right - piece.left) / _LABEL), 1)
        labelled = False
        torn = piece.right if piece is not scale.pieces[-1] else 104.0
        for day, text in _divide(piece, most, language):
            x = scale.place(day)
            if x - free < _LABEL or x > 97:
                continue
            room = len(text) * _LETTER
            fits = x >= clear and x + room < 104.0
            fits = fits and not (labelled and x + len(text) * _WIDE_LETTER >= torn)
            said = text if fits else ""
            minor = x < open_to_all or (labelled and x + room >= torn)
            labelled = labelled or fits
            yield Tick(x, said, minor=minor)
            free = x
            clear = x + room if said else clear
            if said and not minor:
                open_to_all = x + len(text) * _NARROW_LETTER


def _divide(piece: Piece, most: int, language: Language) -> list[tuple[int, str]]:
    """Round days of a piece with their labels, at most so many."""
    length = piece.last - piece.first
    start = Day.fromordinal(piece.first)
    if length <= most * 21:
        step = next((n for n in (1, 2, 3, 5, 7, 14, 21) if length / n <= most), 21)
        days = [start.plus(n) for n in range(1, length, step)]
        return [(day.toordinal(), language.short(day)) for day in days]
    months = length / 30.44
    for step in _MONTH_STEPS:
        if months / step <= most:
            return _step_months(piece, step, language)
    step = next((n for n in _YEAR_STEPS if length / 365.25 / n <= most), _YEAR_STEPS[-1])
    years = range(start.year + 1, Day.fromordinal(piece.last).year + 1)
    return [(Day(y, 1, 1).toordinal(), language.year(y)) for y in years if _is_round(y, step)]


def _is_round(year: int, step: int) -> bool:
    """Whether a year is round as it is written: 1920, 50 BC."""
    return (year if year > 0 else 1 - year) % step == 0


def _step_months(piece: Piece, step: int, language: Language) -> list[tuple[int, str]]:
    made: list[tuple[int, str]] = []
    day = _first_of_month(Day.fromordinal(piece.first))
    while day.toordinal() <= piece.last:
        if (day.month - 1) % step == 0 and day.toordinal() >= piece.first:
            text = language.short_month(day)
            year = language.year(day.year)
            told = year if step > 1 and day.month == 1 else text
            made.append((day.toordinal(), told if made and day.month != 1 else f"{text} {year}"))
        day = _first_of_month(day.plus(31))
    return made


def _first_of_month(day: Day) -> Day:
    return Day(day.year, day.month, 1)
