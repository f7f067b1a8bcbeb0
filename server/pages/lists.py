"""Views over the whole collection: disagreements, timeline, places, a day. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from server.pages.cards import Card, Desk, Shown
from server.pages.model import PACTA, Iri, Quad
from server.pages.view import Conflict, Moment, make_conflict, make_moment


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
    """A place with its point in degrees (WGS 84), and where it falls on the drawing."""

    thing: Shown
    latitude: float
    longitude: float
    kinds: str
    x: float = 0.0
    y: float = 0.0


def list_spots(quads: Sequence[Quad], desk: Desk, width: float, height: float) -> list[Spot]:
    """The places with coordinates, projected onto a drawing (plate carrée, scaled at mid-latitude).

    Args:
        quads: Those of `pacta:lat`.
        desk: Where the rest is read.
        width: Of the drawing.
        height: Of the drawing.
    """
    spots: list[tuple[str, float, float]] = []
    for subject in dict.fromkeys(str(q.subject) for q in quads):
        try:
            latitude = float(desk.first(subject, "lat"))
            longitude = float(desk.first(subject, "long"))
        except ValueError:
            continue
        if desk.names.kind(subject) in ("place", "territory", "base"):
            spots.append((subject, latitude, longitude))
    if not spots:
        return []
    south, north = min(s[1] for s in spots), max(s[1] for s in spots)
    west, east = min(s[2] for s in spots), max(s[2] for s in spots)
    high, wide = max(north - south, 0.5), max(east - west, 0.5)
    made = [
        Spot(
            desk.link(iri),
            latitude,
            longitude,
            ", ".join(desk.names.label(str(v)) for v in desk.values(iri, "kind")),
            round(40 + (longitude - west) / wide * (width - 160), 1),
            round(20 + (north - latitude) / high * (height - 40), 1),
        )
        for iri, latitude, longitude in spots
    ]
    return sorted(made, key=lambda spot: spot.thing.text.casefold())


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
