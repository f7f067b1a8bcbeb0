"""The map of the whole collection through time: who held each outline in fact, change by change.

Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from loader.rdf.days import Day
from server.pages.cards import Desk
from server.pages.draw.maps import read_outline, read_point
from server.pages.draw.strips import read_ordinal, read_span
from server.pages.thing.holders import DE_FACTO, letter_of, make_palette, mode_of
from server.pages.whole.day import (
    CERTAIN,
    LAST_KNOWN,
    LASTING_DAYS,
    NO_END,
    ORDER,
    POSSIBLE,
    judge_sure,
    list_every,
)
from server.pages.words import say_day

_MARKS = {CERTAIN: "", NO_END: "q", POSSIBLE: "q", LAST_KNOWN: "last"}
"""How sure it is → the class with which the outline is drawn."""


@dataclass(frozen=True)
class TimedArea:
    """A schematic outline: its name and its rings of (longitude, latitude)."""

    name: str
    rings: tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True)
class TimedSpot:
    """A place or a base.

    Attributes:
        first: The number of the moment from which it is shown: a base is there once the treaty
            that allows it is signed.
    """

    name: str
    latitude: float
    longitude: float
    base: bool
    first: int


@dataclass(frozen=True)
class TimedHolding:
    """One outline held on a day.

    Attributes:
        area: The number of the outline.
        letter: Of the holder's colour.
        mark: Empty: certain; `q`: possible; `last`: last known long before, no end stated.
        words: What is said of it.
    """

    area: int
    letter: str
    mark: str
    words: str


@dataclass(frozen=True)
class Moment:
    """A day from which the map looks different, and what is held then; "last known" at the end."""

    day: str
    said: str
    held: tuple[TimedHolding, ...]


@dataclass(frozen=True)
class AtlasTimes:
    """What the map with the slider shows; `start` is the moment at which it opens."""

    areas: tuple[TimedArea, ...]
    spots: tuple[TimedSpot, ...]
    moments: tuple[Moment, ...]
    start: int


def build_atlas_times(desk: Desk) -> AtlasTimes:
    """Every change of what is drawn; large outlines come before those that lie in them."""
    outlines = {
        thing: rings
        for thing in sorted(set(desk.instances("Territory")) | set(desk.instances("Place")))
        if (rings := read_outline(thing, desk))
    }
    things = sorted(outlines, key=lambda thing: -_measure_box(outlines[thing]))
    held_by = [
        node
        for node in desk.once(list_every)
        if desk.first(node, "about") in outlines and mode_of(node, desk) == DE_FACTO
    ]
    spots = list(_list_spots(desk))
    days = {day for node in held_by for day in read_span(node, desk).days}
    days |= {day + 1 for day in days} | {day for _, day in spots if day}
    days |= {day for node in held_by if (day := _find_last_known(node, desk)) <= max(days)}
    moments: list[Moment] = []
    numbers: list[int] = []
    for day in sorted(days):
        held = tuple(_list_held(day, held_by, things, desk))
        signing = any(agreed == day for _, agreed in spots)
        if not moments or moments[-1].held != held or signing:
            text = Day.fromordinal(day).isoformat()
            moments.append(Moment(text, say_day(text, desk.language), held))
            numbers.append(day)
    return AtlasTimes(
        tuple(TimedArea(desk.call(t), tuple(map(tuple, outlines[t]))) for t in things),
        tuple(replace(spot, first=sum(n < day for n in numbers)) for spot, day in spots),
        tuple(moments),
        max(range(len(moments)), key=lambda n: _count_live(moments[n]), default=0),
    )


def _measure_box(rings: Sequence[Sequence[tuple[float, float]]]) -> float:
    longitudes, latitudes = zip(*(point for ring in rings for point in ring), strict=True)
    return float((max(longitudes) - min(longitudes)) * (max(latitudes) - min(latitudes)))


def _find_last_known(node: str, desk: Desk) -> int:
    """The day from which something without a stated end is only "last known"."""
    span = read_span(node, desk)
    began = span.started if span.started is not None else span.start
    return (began or 0) + LASTING_DAYS + 1


def _count_live(moment: Moment) -> int:
    return sum(each.mark != _MARKS[LAST_KNOWN] for each in moment.held)


def _list_held(
    day: int, nodes: Sequence[str], things: Sequence[str], desk: Desk
) -> Iterable[TimedHolding]:
    """Who held the outlines in fact on a day, by the rules of the page of that day."""
    say, palette = desk.language.say, desk.once(make_palette)
    found: dict[tuple[str, str], str] = {}
    for node in nodes:
        thing, holder = desk.first(node, "about"), desk.first(node, "holder")
        stated = bool(desk.values(node, "until", "at"))
        sure = judge_sure(read_span(node, desk), day, day, stated=stated, lives_on=False)
        if sure:
            best = min(sure, found.get((thing, holder), sure), key=ORDER.index)
            found[thing, holder] = best
    held = [
        TimedHolding(
            things.index(thing),
            letter_of(holder, palette, desk),
            _MARKS[sure],
            f"{desk.call(thing)}: {desk.call(holder)} ({say(sure)})",
        )
        for (thing, holder), sure in found.items()
    ]
    last = _MARKS[LAST_KNOWN]
    return sorted(held, key=lambda each: (each.mark == last, each.area, each.mark, each.words))


def _list_spots(desk: Desk) -> Iterable[tuple[TimedSpot, int]]:
    """Each place and base, and the day on which its treaty was signed; 0: it has none."""
    for kind in ("Settlement", "MilitaryBase"):
        for thing in desk.instances(kind):
            point = read_point(thing, desk)
            if point is None:
                continue
            signed = [
                day
                for treaty in desk.values(thing, "establishedUnder")
                if (day := read_ordinal(desk.first(str(treaty), "latest"))) is not None
            ]
            spot = TimedSpot(desk.call(thing), *point, kind == "MilitaryBase", 0)
            yield spot, min(signed, default=0)
