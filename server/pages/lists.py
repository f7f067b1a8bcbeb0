"""Views over the whole collection: disagreements, timeline, places, a day. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from server.pages.cards import Desk
from server.pages.disagreements import Conflict, make_conflict
from server.pages.model import PACTA, Iri, Quad
from server.pages.shown import Card, Shown
from server.pages.view import Moment, make_moment


def list_conflicts(disagreements: Iterable[str], desk: Desk) -> list[tuple[str, list[Conflict]]]:
    """All disagreements, grouped by their kind, in the order of the kinds' names."""
    grouped: dict[str, list[Conflict]] = {}
    for iri in disagreements:
        conflict = make_conflict(iri, desk)
        grouped.setdefault(conflict.kind or "other", []).append(conflict)
    return [
        (kind, sorted(grouped[kind], key=lambda each: each.label.casefold()))
        for kind in sorted(grouped)
    ]


def list_moments(events: Iterable[str], desk: Desk) -> list[tuple[str, list[Moment]]]:
    """All events in the order of time, grouped by year; those without a date under an empty one."""
    moments = sorted(
        (make_moment(iri, desk) for iri in events), key=lambda m: (m.order, m.thing.text)
    )
    grouped: dict[str, list[Moment]] = {}
    for moment in moments:
        grouped.setdefault(moment.order.partition("-")[0].lstrip("0"), []).append(moment)
    return sorted(grouped.items(), key=lambda pair: (pair[0] == "", pair[0].rjust(6, "0")))


@dataclass(frozen=True)
class Spot:
    """A place with its point in degrees (WGS 84), and where it falls on the drawing.

    Attributes:
        named: Its name fits on the drawing without covering another.
        inside: It falls within the drawing's frame.
    """

    thing: Shown
    latitude: float
    longitude: float
    kinds: str
    x: float = 0.0
    y: float = 0.0
    named: bool = False
    inside: bool = True


def list_spots(quads: Sequence[Quad], desk: Desk, width: float, height: float) -> list[Spot]:
    """The places with coordinates, projected onto a drawing.

    The frame holds the middle four fifths of the places with a margin (equirectangular, true at
    its middle latitude); a place outside of it is marked so, never left out of the list.

    Args:
        quads: Those of `pacta:lat`.
        desk: Where the rest is read.
        width: Of the drawing.
        height: Of the drawing.
    """
    points: list[tuple[str, float, float]] = []
    for subject in dict.fromkeys(str(q.subject) for q in quads):
        try:
            latitude = float(desk.first(subject, "lat"))
            longitude = float(desk.first(subject, "long"))
        except ValueError:
            continue
        if desk.names.kind(subject) in ("place", "territory", "base"):
            points.append((subject, latitude, longitude))
    if not points:
        return []
    south, north = _frame([latitude for _, latitude, _ in points])
    west, east = _frame([longitude for _, _, longitude in points])
    narrow = math.cos(math.radians((south + north) / 2))
    scale = min(width / ((east - west) * narrow), height / (north - south))
    spots = [
        Spot(
            desk.link(iri),
            latitude,
            longitude,
            ", ".join(desk.names.label(str(v)) for v in desk.values(iri, "kind")),
            round(width / 2 + (longitude - (west + east) / 2) * narrow * scale, 1),
            round(height / 2 - (latitude - (south + north) / 2) * scale, 1),
        )
        for iri, latitude, longitude in points
    ]
    return sorted(_name_spots(spots, width, height), key=lambda spot: spot.thing.text.casefold())


def _frame(values: list[float]) -> tuple[float, float]:
    """From where to where the middle four fifths of the values reach, with a margin."""
    ordered = sorted(values)
    cut = len(ordered) // 10
    low, high = ordered[cut], ordered[-1 - cut]
    margin = max((high - low) * 0.15, 0.2)
    return low - margin, high + margin


LETTER = 6.8
"""Width of a letter on the drawing, on average."""


def _name_spots(spots: list[Spot], width: float, height: float) -> list[Spot]:
    """The spots with a mark on those whose name covers neither another name nor a point."""
    boxes = [(s.x - 6, s.y - 6, s.x + 6, s.y + 6) for s in spots]
    made: list[Spot] = []
    for number, spot in enumerate(spots):
        inside = 0 <= spot.x <= width and 0 <= spot.y <= height
        end = spot.x + 8 + LETTER * len(spot.thing.text)
        box = (spot.x + 7, spot.y - 8, end, spot.y + 8)
        others = [each for at, each in enumerate(boxes) if at != number]
        free = inside and end <= width and not any(_overlap(box, each) for each in others)
        if free:
            boxes.append(box)
        made.append(replace(spot, named=free, inside=inside))
    return made


Box = tuple[float, float, float, float]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@dataclass(frozen=True)
class Held:
    """A status that holds on a day, and how sure that is: certain, possible, no end stated."""

    card: Card
    sure: str


def list_held(statuses: Iterable[str], day: str, desk: Desk) -> dict[str, list[Held]]:
    """Who held what on a day: territory → statuses that certainly or possibly hold then.

    Args:
        statuses: All territorial statuses that were not rejected.
        day: `YYYY-MM-DD`.
        desk: Where they are read.
    """
    found: dict[str, list[Held]] = {}
    for iri in statuses:
        a, b, c, d = (
            desk.first(iri, name)
            for name in ("fromEarliest", "fromLatest", "untilEarliest", "untilLatest")
        )
        if not (a and d and a <= day <= d):
            continue
        ended = bool(desk.values(iri, "until"))
        sure = "certain" if b <= day <= c else "possible" if ended else "no end stated"
        for territory in desk.values(iri, "territory"):
            held = Held(desk.card(iri, depth=0), sure)
            found.setdefault(desk.names.label(str(territory)), []).append(held)
    for rows in found.values():
        rows.sort(key=lambda held: (held.card.one("mode"), held.card.order))
    return dict(sorted(found.items()))


def subjects_of(quads: Iterable[Quad]) -> list[str]:
    """The subjects of quads, each once, sorted."""
    return sorted({str(quad.subject) for quad in quads if isinstance(quad.subject, Iri)})


CLASS = {name: PACTA + name for name in ("Disagreement", "Event", "PlannedEvent")}
STATUS = PACTA + "TerritorialStatus"
