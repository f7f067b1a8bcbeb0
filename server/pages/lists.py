"""Views over the whole collection: disagreements, timeline, places, a day. Pure."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.pages.cards import Desk
from server.pages.disagreements import Conflict, make_conflict
from server.pages.shown import Card, Shown
from server.pages.view import Moment, make_moment
from server.rdf.model import PACTA, Iri, Quad


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
        left: Its name stands to its left.
        inside: It falls within the drawing's frame.
    """

    thing: Shown
    latitude: float
    longitude: float
    kinds: str
    x: float = 0.0
    y: float = 0.0
    named: bool = False
    left: bool = False
    inside: bool = True


Point = tuple[str, float, float]
"""A thing with its latitude and longitude in degrees."""


def read_points(quads: Sequence[Quad], desk: Desk) -> list[Point]:
    """The places, territories and bases with coordinates.

    Args:
        quads: Those of `pacta:lat`.
        desk: Where the rest is read.
    """
    points: list[Point] = []
    for subject in dict.fromkeys(str(q.subject) for q in quads):
        try:
            point = (subject, float(desk.first(subject, "lat")), float(desk.first(subject, "long")))
        except ValueError:
            continue
        if desk.names.kind(subject) in ("place", "territory", "base"):
            points.append(point)
    return points


@dataclass(frozen=True)
class Frame:
    """What a drawing shows: equirectangular, true at its middle latitude, north up.

    Attributes:
        width: Of the drawing.
        height: Of the drawing.
        latitude: Of its middle.
        longitude: Of its middle.
        scale: Units of the drawing for a degree of latitude.
    """

    width: float
    height: float
    latitude: float
    longitude: float
    scale: float

    def place(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Where a point falls, from the upper left corner, to a tenth."""
        narrow = math.cos(math.radians(self.latitude))
        x = self.width / 2 + (longitude - self.longitude) * narrow * self.scale
        y = self.height / 2 - (latitude - self.latitude) * self.scale
        return round(x, 1), round(y, 1)


def make_frame(points: Sequence[Point], width: float, height: float) -> Frame:
    """The frame that holds the middle four fifths of the points, with a margin; one at least."""
    south, north = _frame([latitude for _, latitude, _ in points])
    west, east = _frame([longitude for _, _, longitude in points])
    narrow = math.cos(math.radians((south + north) / 2))
    scale = min(width / ((east - west) * narrow), height / (north - south))
    return Frame(width, height, (south + north) / 2, (west + east) / 2, scale)


def list_spots(points: Sequence[Point], frame: Frame, desk: Desk) -> list[Spot]:
    """The points on a drawing, by name; one outside its frame is marked so, never left out."""
    spots = [
        Spot(
            desk.link(iri),
            latitude,
            longitude,
            ", ".join(desk.name(str(v)) for v in desk.values(iri, "kind")),
            *frame.place(latitude, longitude),
        )
        for iri, latitude, longitude in points
    ]
    named = _name_spots(spots, frame.width, frame.height)
    return sorted(named, key=lambda spot: spot.thing.text.casefold())


def draw_lines(features: Iterable[Mapping[str, Any]], frame: Frame) -> list[tuple[str, str]]:
    """The features of a GeoJSON base map as (layer, SVG path)."""
    drawn: list[tuple[str, str]] = []
    for feature in features:
        geometry = feature["geometry"]
        lines = geometry["coordinates"]
        if geometry["type"] == "LineString":
            lines = [lines]
        elif geometry["type"] == "MultiPolygon":
            lines = [ring for polygon in lines for ring in polygon]
        path = " ".join(
            "M" + " ".join("{},{}".format(*frame.place(y, x)) for x, y, *_ in line)
            for line in lines
        )
        drawn.append((str(feature["properties"].get("layer", "")), path))
    return drawn


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
        long = LETTER * len(spot.thing.text)
        right = (spot.x + 7, spot.y - 8, spot.x + 8 + long, spot.y + 8)
        left = (spot.x - 8 - long, spot.y - 8, spot.x - 7, spot.y + 8)
        others = [each for at, each in enumerate(boxes) if at != number]
        free = [
            box
            for box in (right, left)
            if inside
            and box[0] >= 0
            and box[2] <= width
            and not any(_overlap(box, each) for each in others)
        ]
        boxes += free[:1]
        made.append(replace(spot, named=bool(free), left=free[:1] == [left], inside=inside))
    return made


Box = tuple[float, float, float, float]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@dataclass(frozen=True)
class Held:
    """A status that holds on a day, and how sure that is: certain, possible, no end stated."""

    card: Card
    sure: str
    territory: Shown


def list_cited(sources: Iterable[str], desk: Desk) -> list[tuple[str, Shown]]:
    """Handle and title of documents, by handle: what `003` in `003@654-688` means."""
    rows = {(desk.first(source, "handle"), desk.link(source)) for source in sources}
    return sorted(((h, s) for h, s in rows if h), key=lambda row: row[0])


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
            held = Held(desk.card(iri, depth=0), sure, desk.link(str(territory)))
            found.setdefault(desk.name(str(territory)), []).append(held)
    for rows in found.values():
        rows.sort(key=lambda held: (held.card.one("mode"), held.card.order))
    return dict(sorted(found.items()))


def subjects_of(quads: Iterable[Quad]) -> list[str]:
    """The subjects of quads, each once, sorted."""
    return sorted({str(quad.subject) for quad in quads if isinstance(quad.subject, Iri)})


CLASS = {name: PACTA + name for name in ("Disagreement", "Event", "PlannedEvent")}
STATUS = PACTA + "TerritorialStatus"
