"""Maps as values: a quiet ground, schematic outlines, dots with names. Equirectangular. Pure."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from server.pages.cards import Desk
from server.pages.draw.table import pick_hatches
from server.pages.ground import Ground
from server.pages.queries import write_query
from server.pages.shown import Shown
from server.rdf.model import GEO

WIDTH, HEIGHT = 520.0, 430.0
LETTER = 7.4
"""Width of a letter on the drawing, on average."""
_CLOSE = 4.0
"""Points of the ground nearer than this to the last one are left out."""
_COVERED = 0.7
"""The part of a frame that a background covers at least, so that its edge does not show."""
_LEAST_SPAN = 1.6
"""Degrees that a drawing spans at least: one place alone lies among others."""
_COAST_REACH = 8.0
"""Degrees around what is drawn before coasts alone: nearer, there may be no coast to see."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Spot:
    """A dot with its name.

    Attributes:
        mark: `dot`, `base` or `site`.
        named: The name fits without covering another.
        left: The name stands to the left.
        inside: It falls within the frame; one outside is in the table beside the map.
        minor: Its name goes on narrow screens.
    """

    thing: Shown
    latitude: float
    longitude: float
    kinds: str = ""
    mark: str = "dot"
    x: float = 0.0
    y: float = 0.0
    named: bool = False
    left: bool = False
    inside: bool = True
    minor: bool = False


@dataclass(frozen=True)
class Area:
    """A schematic outline."""

    thing: Shown
    path: str
    style: str


@dataclass(frozen=True)
class Map:
    """A drawing with what it shows.

    Attributes:
        borders: Whether its background has states and rivers, not coasts alone.
    """

    width: float
    height: float
    ground: tuple[tuple[str, str], ...]
    countries: tuple[tuple[str, float, float], ...]
    areas: tuple[Area, ...]
    spots: tuple[Spot, ...]
    query: str = ""
    borders: bool = False

    @property
    def hatches(self) -> frozenset[str]:
        """The letters of the colours that are hatched on it."""
        return pick_hatches(word for area in self.areas for word in area.style.split())

    @property
    def outside(self) -> tuple[Spot, ...]:
        """The dots that the frame leaves out."""
        return tuple(spot for spot in self.spots if not spot.inside)


@dataclass(frozen=True)
class Frame:
    """What a drawing shows: true at its middle latitude, north up.

    Attributes:
        scale: Units of the drawing for a degree of latitude.
    """

    width: float
    height: float
    latitude: float
    longitude: float
    scale: float

    @property
    def reach(self) -> tuple[float, float]:
        """Degrees of latitude and of longitude from the middle to an edge."""
        high = self.height / self.scale / 2
        wide = self.width / self.scale / math.cos(math.radians(self.latitude)) / 2
        return high, wide

    def place(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Where a point falls, from the upper left corner, to a tenth."""
        narrow = math.cos(math.radians(self.latitude))
        x = self.width / 2 + (longitude - self.longitude) * narrow * self.scale
        y = self.height / 2 - (latitude - self.latitude) * self.scale
        return round(x, 1), round(y, 1)


def read_point(thing: str, desk: Desk) -> tuple[float, float] | None:
    """Latitude and longitude of a thing in degrees, or of the place that it lies in."""
    for each in (thing, *(str(v) for v in desk.values(thing, "locatedIn"))):
        try:
            return float(desk.first(each, "lat")), float(desk.first(each, "long"))
        except ValueError:
            continue
    return None


def read_outline(thing: str, desk: Desk) -> list[list[tuple[float, float]]]:
    """The rings of a thing's schematic outline as (longitude, latitude)."""
    rings: list[list[tuple[float, float]]] = []
    for geometry in desk.values(thing, GEO + "hasGeometry"):
        wkt = desk.first(str(geometry), GEO + "asWKT")
        if "POLYGON" not in wkt.upper():
            continue
        for part in re.findall(r"\(([^()]+)\)", wkt):
            numbers = [float(n) for n in _NUMBER.findall(part)]
            rings.append(list(zip(numbers[::2], numbers[1::2], strict=False)))
    return rings


def make_frame(
    points: Sequence[tuple[float, float]],
    corners: Sequence[tuple[float, float]] = (),
    width: float = WIDTH,
    height: float = HEIGHT,
    least: float = 0.35,
) -> Frame:
    """The frame that holds the middle four fifths of the points and all corners, with a margin.

    Args:
        points: Dots, as (latitude, longitude).
        corners: The corners of outlines.
        width: The width of the drawing.
        height: The height of the drawing.
        least: Degrees of margin at least.
    """
    south, north = _reach([y for y, _ in points], [y for y, _ in corners], least)
    west, east = _reach([x for _, x in points], [x for _, x in corners], least)
    narrow = math.cos(math.radians((south + north) / 2))
    scale = min(width / ((east - west) * narrow), height / (north - south))
    return Frame(width, height, (south + north) / 2, (west + east) / 2, scale)


def _reach(values: list[float], fixed: list[float], least: float) -> tuple[float, float]:
    cut = len(values) // 10 if len(values) > 8 else 0
    kept = sorted(values)[cut : len(values) - cut] + fixed
    low, high = min(kept), max(kept)
    margin = max((high - low) * 0.15, least, (_LEAST_SPAN - high + low) / 2)
    return low - margin, high + margin


def draw_map(
    things: Iterable[str],
    areas: Iterable[tuple[str, str]],
    desk: Desk,
    *,
    marks: Mapping[str, str] | None = None,
    size: tuple[float, float] = (WIDTH, HEIGHT),
) -> Map | None:
    """A map of things with points and of territories with outlines; None where nothing has any.

    Args:
        things: To be drawn as dots.
        areas: Territory and the CSS classes that it is drawn with.
        desk: Where points and outlines are read.
        marks: Thing → mark, where it is no plain dot.
        size: The size of the drawing.
    """
    points = {t: point for t in dict.fromkeys(things) if (point := read_point(t, desk))}
    outlines = [(t, style, rings) for t, style in areas if (rings := read_outline(t, desk))]
    corners = [(y, x) for _, _, rings in outlines for ring in rings for x, y in ring]
    if not points and not corners:
        return None
    frame = make_frame(list(points.values()), corners, *size)
    picked = pick_ground(desk.grounds, frame)
    if picked is not None and not picked.borders:
        frame = make_frame(list(points.values()), corners, *size, least=_COAST_REACH)
    elif picked is not None:
        frame = move_frame(frame, picked)
    spots = [
        Spot(
            desk.link(thing),
            *point,
            kinds=", ".join(desk.name(str(v)) for v in desk.values(thing, "kind")),
            mark=(marks or {}).get(thing, "base" if desk.names.kind(thing) == "base" else "dot"),
        )
        for thing, point in points.items()
    ]
    ground, countries = draw_ground(picked.features if picked else (), frame)
    return Map(
        *size,
        ground=tuple(ground),
        countries=tuple(countries),
        areas=tuple(
            Area(desk.link(t), _trace([[frame.place(y, x) for x, y in r] for r in rings]), style)
            for t, style, rings in outlines
        ),
        spots=tuple(place_spots(spots, frame)),
        query=write_query("points", sorted(points)),
        borders=picked is not None and picked.borders,
    )


def pick_ground(grounds: Sequence[Ground], frame: Frame) -> Ground | None:
    """The first background that covers most of a frame, else the last one; None: there is none."""
    high, wide = frame.reach
    for ground in grounds:
        across = min(ground.east, frame.longitude + wide) - max(ground.west, frame.longitude - wide)
        up = min(ground.north, frame.latitude + high) - max(ground.south, frame.latitude - high)
        if across > 0 and up > 0 and across * up >= _COVERED * 4 * wide * high:
            return ground
    return grounds[-1] if grounds else None


def move_frame(frame: Frame, ground: Ground) -> Frame:
    """A frame moved onto a background that does not reach its edges, where it has room there."""
    high, _ = frame.reach
    moved = replace(frame, latitude=_move(frame.latitude, high, ground.south, ground.north))
    _, wide = moved.reach
    return replace(moved, longitude=_move(frame.longitude, wide, ground.west, ground.east))


def _move(middle: float, reach: float, low: float, high: float) -> float:
    if 2 * reach > high - low:
        return middle
    return min(max(middle, low + reach), high - reach)


def place_spots(spots: Sequence[Spot], frame: Frame) -> list[Spot]:
    """The dots on a drawing; each name on the side where it covers nothing, or nowhere."""
    placed = []
    for spot in spots:
        x, y = frame.place(spot.latitude, spot.longitude)
        inside = 0 <= x <= frame.width and 0 <= y <= frame.height
        placed.append(replace(spot, x=x, y=y, inside=inside))
    boxes = [(s.x - 6, s.y - 6, s.x + 6, s.y + 6) for s in placed]
    made: list[Spot] = []
    for number, spot in enumerate(placed):
        long = LETTER * len(spot.thing.text)
        right = (spot.x + 7, spot.y - 8, spot.x + 9 + long, spot.y + 9)
        left = (spot.x - 9 - long, spot.y - 8, spot.x - 7, spot.y + 9)
        others = [box for at, box in enumerate(boxes) if at != number]
        free = [
            box
            for box in (right, left)
            if spot.inside
            and box[0] >= 0
            and box[2] <= frame.width
            and not any(_overlap(box, each) for each in others)
        ]
        boxes += free[:1]
        made.append(replace(spot, named=bool(free), left=free[:1] == [left], minor=number % 3 == 2))
    return made


Box = tuple[float, float, float, float]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


Point = tuple[float, float]


def draw_ground(
    features: Iterable[Mapping[str, Any]], frame: Frame
) -> tuple[list[tuple[str, str]], list[tuple[str, float, float]]]:
    """The features of a GeoJSON base map within a frame: (class, path), and names of countries."""
    drawn: list[tuple[str, str]] = []
    named: list[tuple[str, float, float]] = []
    for feature in features:
        geometry = feature["geometry"]
        lines = geometry["coordinates"]
        if geometry["type"] == "LineString":
            lines = [lines]
        elif geometry["type"] == "MultiPolygon":
            lines = [ring for polygon in lines for ring in polygon]
        closed = geometry["type"].endswith("Polygon")
        parts = []
        for line in lines:
            points = [frame.place(y, x) for x, y, *_ in line]
            parts += [_clip(points, frame)] if closed else _cut(points, frame)
        parts = [thin for part in parts if len(thin := _thin(part)) > 1]
        if parts:
            drawn.append(("land" if closed else "riv", _trace(parts, closed=closed)))
            largest = max(parts, key=len)
            name = str(feature["properties"].get("name", ""))
            if closed and name and len(largest) > 6:
                xs, ys = [x for x, _ in largest], [y for _, y in largest]
                named.append((name, round((min(xs) + max(xs)) / 2), round((min(ys) + max(ys)) / 2)))
    return drawn, named


def _clip(points: list[Point], frame: Frame) -> list[Point]:
    """A ring cut to the frame, with a margin (Sutherland and Hodgman)."""
    edges = ((0, -9.0, 1), (0, frame.width + 9, -1), (1, -9.0, 1), (1, frame.height + 9, -1))
    for axis, bound, sign in edges:
        kept: list[Point] = []
        for one, other in zip(points, [*points[1:], *points[:1]], strict=True):
            one_in, other_in = sign * (one[axis] - bound) >= 0, sign * (other[axis] - bound) >= 0
            if one_in:
                kept.append(one)
            if one_in != other_in:
                part = (bound - one[axis]) / (other[axis] - one[axis])
                kept.append(
                    (one[0] + part * (other[0] - one[0]), one[1] + part * (other[1] - one[1]))
                )
        points = kept
    return points


def _cut(points: list[Point], frame: Frame) -> list[list[Point]]:
    """The stretches of a line that lie within the frame."""
    parts: list[list[Point]] = [[]]
    for x, y in points:
        if -9 <= x <= frame.width + 9 and -9 <= y <= frame.height + 9:
            parts[-1].append((x, y))
        elif parts[-1]:
            parts.append([])
    return parts


def _thin(points: list[Point]) -> list[Point]:
    kept = points[:1]
    for point in points[1:]:
        if math.dist(point, kept[-1]) >= _CLOSE:
            kept.append(point)
    return kept


def _trace(parts: Sequence[Sequence[Point]], *, closed: bool = True) -> str:
    """An SVG path of whole units, relative after its first point."""
    said: list[str] = []
    for part in parts:
        last = (round(part[0][0]), round(part[0][1])) if part else (0, 0)
        said.append(f"M{last[0]} {last[1]}l")
        steps = []
        for x, y in part[1:]:
            step = (round(x) - last[0], round(y) - last[1])
            last = (round(x), round(y))
            steps.append(f"{step[0]} {step[1]}")
        said.append(" ".join(steps) + ("z" if closed else ""))
    return "".join(said)
