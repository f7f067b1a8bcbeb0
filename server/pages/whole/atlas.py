"""The map of the whole collection: layers of dots, schematic outlines, a table beside it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.pages.cards import Desk
from server.pages.draw.maps import Map, draw_map, read_outline, read_point
from server.pages.shown import Shown
from server.pages.thing.holders import letter_of, list_statuses, make_palette
from server.pages.whole.listing import PLURALS

_KINDS = ("place", "territory", "base")


@dataclass(frozen=True)
class AtlasRow:
    """A thing with a place on the map."""

    thing: Shown
    kind: str
    kinds: str
    latitude: float
    longitude: float
    names: str


@dataclass(frozen=True)
class AtlasPage:
    """The map, its rows, and the same as GeoJSON features."""

    map: Map | None
    rows: tuple[AtlasRow, ...]
    layers: tuple[tuple[str, str, int], ...]
    features: tuple[Mapping[str, object], ...]
    letters: tuple[tuple[str, str], ...]


def build_atlas(desk: Desk) -> AtlasPage:
    """Everything that has coordinates or an outline."""
    things = sorted(
        set(desk.instances("Place"))
        | set(desk.instances("MilitaryBase"))
        | set(desk.instances("Territory"))
    )
    things = [t for t in things if desk.names.kind(t) in _KINDS]
    points = {t: point for t in things if (point := read_point(t, desk))}
    palette = desk.once(make_palette)
    areas: list[tuple[str, str]] = []
    letters: dict[str, str] = {}
    for thing in things:
        if not read_outline(thing, desk):
            continue
        holder = next((desk.first(n, "holder") for n in reversed(list_statuses(thing, desk))), "")
        letter = letter_of(holder, palette, desk) if holder else "d"
        areas.append((thing, f"f h{letter}"))
        if holder:
            letters.setdefault(desk.call(holder), letter)
    rows = [
        AtlasRow(
            desk.link(t),
            desk.names.kind(t),
            ", ".join(desk.name(str(v)) for v in desk.values(t, "kind")),
            *point,
            names=", ".join(dict.fromkeys(desk.names.labels(t).values())),
        )
        for t, point in points.items()
    ]
    rows.sort(key=lambda row: row.thing.text.casefold())
    counts = {kind: sum(row.kind == kind for row in rows) for kind in _KINDS}
    return AtlasPage(
        draw_map(points, areas, desk, size=(900.0, 640.0)),
        tuple(rows),
        tuple((k, desk.language.say(PLURALS[k]), n) for k, n in counts.items() if n),
        tuple(_tell_feature(t, desk) for t in things if t in points or read_outline(t, desk)),
        tuple(letters.items()),
    )


def _tell_feature(thing: str, desk: Desk) -> Mapping[str, object]:
    """A thing as a GeoJSON feature with the members of Linked Places."""
    point, rings = read_point(thing, desk), read_outline(thing, desk)
    geometry: dict[str, object]
    if rings:
        geometry = {"type": "Polygon", "coordinates": [[list(p) for p in ring] for ring in rings]}
    else:
        latitude, longitude = point or (0.0, 0.0)
        geometry = {"type": "Point", "coordinates": [longitude, latitude]}
    names = [{"toponym": text, "lang": code} for code, text in desk.names.labels(thing).items()]
    return {
        "type": "Feature",
        "@id": thing,
        "id": thing,
        "geometry": geometry,
        "properties": {
            "label": desk.call(thing),
            "title": desk.call(thing),
            "href": desk.addresses.document(thing) or "",
            "kind": desk.names.kind(thing),
            "schematic": bool(rings),
        },
        "names": names,
        "types": [
            {"label": desk.name(str(v)), "identifier": str(v)} for v in desk.values(thing, "kind")
        ],
    }
