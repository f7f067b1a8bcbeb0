"""The strip: one row of a table, drawn on a scale that all its rows share. Pure.

Marks follow the four bounds of a period: possible from the earliest to the latest start, certain
until the earliest end, possible until the latest. An end that nobody states is drawn open.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from server.pages.cards import Desk
from server.pages.draw.scale import Scale
from server.pages.words import OPEN_END, OPEN_STARTS, read_day

_TINY = 0.2
"""Per cent of the strip below which an uncertain end is not drawn beside a certain stretch."""
LETTER = 1.15
"""Per cent of the strip that a letter takes on a desk."""


@dataclass(frozen=True)
class Shape:
    """A part of a strip.

    Attributes:
        form: `band`, `open` (chevrons at the right edge), `latest` (a dotted edge), `point`,
            `dot` (one of a column), `stop` (an upper bound).
        x: In per cent, of its left edge or its middle.
        width: In per cent.
        style: CSS classes.
        label: Stands inside, where it fits.
        drop: Pixels below where a row of one lane has it.
    """

    form: str
    x: float
    width: float = 0.0
    style: str = ""
    label: str = ""
    drop: float = 0.0


@dataclass(frozen=True)
class Span:
    """A period with uncertain ends, as ordinals; None: not stated.

    Attributes:
        ends_by: The last bound only follows from the end of something else.
    """

    start: int | None
    started: int | None
    end: int | None
    ended: int | None
    ends_by: bool = False

    @property
    def days(self) -> list[int]:
        """The days on which it changes."""
        return [day for day in (self.start, self.started, self.end, self.ended) if day is not None]


def read_ordinal(text: str) -> int | None:
    """A day as an ordinal; None where it is none or stands for "open"."""
    day = None if text in (*OPEN_STARTS, OPEN_END) else read_day(text)
    return day.toordinal() if day is not None else None


def read_span(node: str, desk: Desk) -> Span:
    """The period of a status, role or statement."""
    bounds = ("fromEarliest", "fromLatest", "untilEarliest", "untilLatest")
    a, b, c, d = (read_ordinal(desk.first(node, name)) for name in bounds)
    stated = bool(desk.values(node, "until", "at"))
    ended = None if desk.is_open(node) and not stated else d
    return Span(a, b, c if stated else None, ended, ends_by=not stated and ended is not None)


def read_moment(node: str, desk: Desk) -> Span:
    """The time of an event: one that lasts takes its bounds, another falls between them."""
    a, b = (read_ordinal(desk.first(node, name)) for name in ("earliest", "latest"))
    if desk.lasts(node):
        return Span(a, a, b, b)
    return Span(a, b, a, b)


def draw_span(
    span: Span, scale: Scale, letter: str, *, claimed: bool, label: str = ""
) -> list[Shape]:
    """A period as bands.

    Args:
        span: When.
        scale: Where days lie.
        letter: The letter of the holder's colour.
        claimed: Somebody's view: hatched, not solid.
        label: Stands in the certain part where it fits.
    """
    look = ("h" if claimed else "f") + letter
    open_end = span.ended is None
    a = span.start if span.start is not None else span.started
    first = scale.place(a) if a is not None else 0.0
    sure = scale.place(span.started) if span.started is not None else 100.0
    if span.ends_by and span.ended is not None:
        over, last = scale.place(span.ended), scale.place(span.ended)
    else:
        over = scale.place(span.end) if span.end is not None else 100.0
        last = scale.place(span.ended) if span.ended is not None else 100.0
    if span.start is None and span.started is not None:
        first = 0.0
    if a is not None and span.start == span.ended:
        return [Shape("point", first, style="pt0" if claimed else "pt")]
    shapes: list[Shape] = []
    if sure > over:  # began at the latest after it ended at the earliest: all is possible
        shapes.append(_band(first, last, f"f {look} q"))
    else:
        if sure - first > _TINY:
            shapes.append(_band(first, sure, f"f {look} q"))
        bare = " no-e" if open_end or span.ends_by else ""
        torn = next((piece.left for piece in scale.breaks if piece.left > sure), 100.0)
        fits = label if len(label) * LETTER < min(over, torn) - sure else ""
        shapes.append(_band(sure, over, f"f {look}{bare}", fits))
        if last - over > _TINY:
            shapes.append(_band(over, last, f"f {look} q"))
    if open_end:
        shapes.append(Shape("open", 100.0, style=f"l{letter}"))
    elif span.ends_by:
        shapes.append(Shape("latest", last, style=f"l{letter}"))
    return shapes


def _band(left: float, right: float, style: str, label: str = "") -> Shape:
    return Shape("band", left, round(max(right - left, 0.35), 2), style, label)


def clear_labels(shapes: Sequence[Shape]) -> tuple[Shape, ...]:
    """The shapes of one lane, without the labels that a shape drawn later would cover."""

    def is_covered(at: int) -> bool:
        end = shapes[at].x + len(shapes[at].label) * LETTER
        return any(shapes[at].x < later.x < end for later in shapes[at + 1 :])

    return tuple(
        replace(shape, label="") if shape.label and is_covered(at) else shape
        for at, shape in enumerate(shapes)
    )


def draw_moment(
    span: Span, scale: Scale, *, planned: bool = False, lasting: bool = False
) -> list[Shape]:
    """An event: a point for a known day, a faded band for an interval in which the day lies."""
    if span.start is None and span.ended is None:
        return []
    if span.start is not None and span.start == span.ended:
        return [Shape("point", scale.place(span.start), style="ptq" if planned else "pt")]
    first = scale.place(span.start) if span.start is not None else 0.0
    last = scale.place(span.ended) if span.ended is not None else 100.0
    return [_band(first, last, "f fd" if lasting else "f fd q")]


def list_palette(holders: Iterable[str]) -> dict[str, str]:
    """Holder → letter of its colour, those that hold most first; beyond four all share the last."""
    counts: dict[str, int] = {}
    for holder in holders:
        counts[holder] = counts.get(holder, 0) + 1
    ordered = sorted(counts, key=lambda each: (-counts[each], each))
    return {holder: "abce"[at] if at < 4 else "d" for at, holder in enumerate(ordered)}
