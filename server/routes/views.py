"""Views over the whole collection: search, disagreements, timeline, places, a day."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request

from server.documents.links import JSON
from server.errors import BadRequestError
from server.http.formats import BY_NAME, Format
from server.http.representation import Resource
from server.pages.cards import Desk
from server.pages.lists import (
    CLASS,
    STATUS,
    draw_lines,
    list_cited,
    list_conflicts,
    list_held,
    list_moments,
    list_spots,
    make_frame,
    read_points,
    subjects_of,
)
from server.pages.shown import Shown
from server.pages.words import say_day
from server.rdf.jsonld_profiles import write_json
from server.rdf.model import PACTA, TYPE
from server.rdf.names import Hit
from server.release.passages import find_passages
from server.routes import read_number, release, render, send_resource, site

BLUEPRINT = Blueprint("views", __name__)

_OFFERS = (BY_NAME["html"], JSON)
_DAY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\Z")
MAX_QUERY = 200
PAGE_HITS = 50
_BASE_MAP = Path(__file__).parent.parent / "static" / "geo" / "baltic.geojson"
MAP_SIZE = (900.0, 560.0)


def _desk() -> Desk:
    opened = release()
    passages = find_passages(site().settings.documents)
    return Desk(opened.reader, opened.names, opened.addresses, passages)


def _list_sources(desk: Desk) -> list[tuple[str, Shown]]:
    """All documents of the collection with their handles."""
    return list_cited(subjects_of(release().reader.match(predicate=PACTA + "handle")), desk)


def _send(path: str, build: Callable[[Format, str], bytes], offers: Any = _OFFERS) -> Response:
    opened = release()
    return send_resource(
        Resource(
            key=(opened.id, site().software, path, site().settings.documents),
            offers=offers,
            build=build,
            fixed=offers[0] if len(offers) == 1 else None,
            modified=opened.modified,
        )
    )


def _read_words() -> str:
    """The search words.

    Raises:
        BadRequestError: Given twice, or far too long.
    """
    values = request.args.getlist("q")
    if len(values) > 1 or (values and len(values[0]) > MAX_QUERY):
        raise BadRequestError(f"q must be given once, with at most {MAX_QUERY} characters")
    return values[0].strip() if values else ""


def _name_hit(hit: Hit) -> dict[str, object]:
    opened = release()
    return {
        "id": hit.thing,
        "href": opened.addresses.document(hit.thing),
        "label": hit.label,
        "kind": hit.kind,
        "matched": {"text": hit.matched.text, "language": hit.matched.language},
    }


@BLUEPRINT.get("/search")
def search() -> Response:
    """Names in any language or spelling → things, by pages; never fewer than there are."""
    words = _read_words()
    number = read_number("page", 1, 1, 10_000)
    hits, total = release().names.find(words, number * PAGE_HITS)
    hits = hits[(number - 1) * PAGE_HITS :]

    def build(row: Format, profile: str) -> bytes:
        rows = [_name_hit(hit) for hit in hits]
        if row.name == "json":
            more = number * PAGE_HITS < total
            return write_json(
                {"query": words, "total": total, "page": number, "more": more, "results": rows}
            )
        return render(
            "search.html", query=words, rows=rows, total=total, page=number, size=PAGE_HITS
        )

    return _send(f"/search?{number}&{words}", build)


@BLUEPRINT.get("/suggest")
def suggest() -> Response:
    """The best ten names for what was typed so far, as JSON; says how many there are in all."""
    words = _read_words()
    limit = read_number("limit", 10, 1, 50)
    hits, total = release().names.find(words, limit)

    def build(row: Format, profile: str) -> bytes:
        rows = [_name_hit(hit) for hit in hits]
        return write_json({"query": words, "total": total, "results": rows})

    return _send(f"/suggest?{limit}&{words}", build, (JSON,))


@BLUEPRINT.get("/conflicts")
def show_conflicts() -> Response:
    """All disagreements, side by side with their passages."""
    desk = _desk()

    def build(row: Format, profile: str) -> bytes:
        found = subjects_of(release().reader.match(predicate=TYPE, target=CLASS["Disagreement"]))
        groups = list_conflicts(found, desk)
        if row.name == "json":
            return write_json({"total": len(found), "kinds": [_plain(k, g) for k, g in groups]})
        return render(
            "conflicts.html",
            groups=groups,
            total=len(found),
            labels=_label,
            cited=_list_sources(desk),
        )

    return _send("/conflicts", build)


def _plain(kind: str, conflicts: Any) -> dict[str, object]:
    return {
        "kind": kind,
        "disagreements": [
            {
                "id": each.iri,
                "label": each.label,
                "about": [shown.text for shown in each.about],
                "open": each.open,
                "sides": [
                    {
                        "label": side.label,
                        "preferred": side.preferred,
                        "assertions": [
                            {
                                "id": card.iri,
                                "values": [shown.text for shown in card.values],
                                "evidence": [item.reference for item in card.evidence],
                            }
                            for card in side.cards
                        ],
                    }
                    for side in each.sides
                ],
                "judgement": [shown.text for shown in each.judgement],
            }
            for each in conflicts
        ],
    }


def _label(name: str) -> str:
    return release().names.label(PACTA + name)


@BLUEPRINT.get("/timeline")
def show_timeline() -> Response:
    """All events, planned ones marked, in the order of time."""
    desk = _desk()

    def build(row: Format, profile: str) -> bytes:
        reader = release().reader
        events = [
            iri
            for name in ("Event", "PlannedEvent")
            for iri in subjects_of(reader.match(predicate=TYPE, target=CLASS[name]))
        ]
        years = list_moments(dict.fromkeys(events), desk)
        if row.name == "json":
            rows = [
                {
                    "id": moment.thing.iri,
                    "label": moment.thing.text,
                    "when": moment.when,
                    "earliest": moment.earliest or None,
                    "latest": moment.latest or None,
                    "kind": moment.kind,
                    "planned": moment.planned,
                }
                for _, moments in years
                for moment in moments
            ]
            return write_json({"total": len(rows), "events": rows})
        return render("timeline.html", years=years, total=len(events))

    return _send("/timeline", build)


@BLUEPRINT.get("/map")
def show_map() -> Response:
    """All places with coordinates: a drawing and a table."""
    desk = _desk()

    def build(row: Format, profile: str) -> bytes:
        quads = release().reader.match(predicate=PACTA + "lat")
        points = read_points(quads, desk)
        frame = make_frame(points, *MAP_SIZE) if points else None
        spots = list_spots(points, frame, desk) if frame else []
        if row.name == "json":
            features = [
                {
                    "type": "Feature",
                    "id": spot.thing.iri,
                    "geometry": {"type": "Point", "coordinates": [spot.longitude, spot.latitude]},
                    "properties": {"label": spot.thing.text, "href": spot.thing.href},
                }
                for spot in spots
            ]
            return write_json({"type": "FeatureCollection", "features": features})
        lines = draw_lines(_read_base_map(), frame) if frame else []
        return render("map.html", spots=spots, frame=frame, lines=lines)

    return _send("/map", build)


def _read_base_map() -> list[dict[str, Any]]:
    """The features of the quiet background (Natural Earth, public domain), where it is there."""
    try:
        features = json.loads(_BASE_MAP.read_bytes())["features"]
    except (OSError, ValueError, KeyError):
        return []
    return list(features)


@BLUEPRINT.get("/as-of")
def show_day() -> Response:
    """Who held what on a day: in fact, and in law according to whom; how sure that is."""
    day = request.args.get("date", "")
    if day and not _DAY.match(day):
        raise BadRequestError("date must be a day such as 1939-10-01")
    desk = _desk()

    def build(row: Format, profile: str) -> bytes:
        found = subjects_of(release().reader.match(predicate=TYPE, target=STATUS)) if day else []
        held = list_held(found, day, desk)
        if row.name == "json":
            rows = {
                name: [
                    {
                        "id": each.card.iri,
                        "mode": each.card.one("mode"),
                        "holder": each.card.one("holder"),
                        "through": each.card.one("through") or None,
                        "accordingTo": each.card.one("accordingTo") or None,
                        "certainty": each.sure,
                        "evidence": [item.reference for item in each.card.evidence],
                    }
                    for each in rows
                ]
                for name, rows in held.items()
            }
            return write_json({"date": day or None, "held": rows})
        return render(
            "as_of.html",
            day=day,
            said=say_day(day),
            held=held,
            labels=_label,
            cited=_list_sources(desk),
        )

    return _send(f"/as-of?{day}", build)
