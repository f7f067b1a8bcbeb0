"""Views over the whole collection: disagreements, timeline, places, a day."""

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from server.documents.links import JSON
from server.errors import BadRequestError, NotFoundError
from server.http.formats import BY_NAME, Format
from server.http.representation import Link, Links, Resource
from server.pages.cards import Desk
from server.pages.disagreements import Conflict
from server.pages.lists import falls_in, list_conflicts, list_years
from server.pages.queries import link_query
from server.pages.whole.atlas import build_atlas
from server.pages.whole.atlas_times import build_atlas_times
from server.pages.whole.day import (
    LAST_KNOWN,
    DayError,
    DayPage,
    build_day,
    find_span,
    list_places,
    read_asked,
)
from server.pages.whole.times import TimesPage, build_times
from server.pages.words import read_year
from server.rdf.jsonld_profiles import write_json
from server.rdf.model import PACTA
from server.routes import (
    link_pages,
    open_desk,
    read_page,
    release,
    render,
    send_resource,
    site,
)

BLUEPRINT = Blueprint("views", __name__)

_OFFERS = (BY_NAME["html"], JSON)
_MODES = ("de-facto", "de-jure")


def _send(
    path: str, build: Callable[[Format, str], bytes], links: Links = lambda _: ()
) -> Response:
    opened = release()
    return send_resource(
        Resource(
            key=(opened.id, site().software, path, site().settings.documents),
            offers=_OFFERS,
            build=build,
            links=links,
            modified=opened.modified,
        )
    )


def _to_query(text: str) -> str:
    return link_query(release().addresses.home, text)


def _read_choice(name: str, known: tuple[str, ...]) -> str:
    """A parameter that takes one of a few words, or is empty.

    Raises:
        BadRequestError: It is none of them.
    """
    value = request.args.get(name, "")
    if value and value not in known:
        raise BadRequestError(f"{name} must be one of {', '.join(known)}", hint="")
    return value


def _read_year_of(name: str) -> str:
    """A parameter that takes a year as people of the page's language write it, or is empty.

    Raises:
        BadRequestError: It is no year.
    """
    year = request.args.get(name, "")
    if year and read_year(year, open_desk().language) is None:
        hint = "44 BC is written so, or -0043."
        raise BadRequestError(f"{name} must be a year such as 1985", hint=hint)
    return year


@BLUEPRINT.get("/conflicts")
def show_conflicts() -> Response:
    """All disagreements, by kind, side by side; filtered by kind, thing and year."""
    kind, about = request.args.get("kind", "")[:60], request.args.get("about", "")[:120]
    year = _read_year_of("year")
    number = read_year(year, open_desk().language) if year else None

    def is_kept(conflict: Conflict, desk: Desk) -> bool:
        thing = f"{release().base}id/{about}"
        fits = not about or thing in {each.iri for each in conflict.about}
        return fits and (number is None or falls_in(conflict, number, desk))

    def build(row: Format, profile: str) -> bytes:
        desk = open_desk()
        groups = list_conflicts(desk.instances("Disagreement"), desk)
        total = sum(len(each) for _, each in groups)
        kept = [
            (name, own)
            for name, each in groups
            if not kind or name == kind
            if (own := [c for c in each if is_kept(c, desk)])
        ]
        if row.name == "json":
            plain = [_plain(name, each) for name, each in kept]
            return write_json({"total": sum(len(e) for _, e in kept), "kinds": plain})
        things = {a.iri: a for _, each in groups for c in each for a in c.about}
        return render(
            "conflicts.html",
            groups=kept,
            kinds=[(name, len(each)) for name, each in groups],
            things=sorted(things.values(), key=lambda shown: shown.text.casefold()),
            chosen={"kind": kind, "about": about, "year": year},
            total=total,
            labels=lambda name: desk.name(PACTA + name),
            here="/conflicts",
        )

    return _send(f"/conflicts?{kind}&{about}&{year}", build)


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


@BLUEPRINT.get("/timeline")
def show_timeline() -> Response:
    """All events, planned ones marked, drawn in the order of time; filtered by kind and years."""
    kind = request.args.get("kind", "")[:60]
    since, until = map(_read_year_of, ("from", "until"))
    number = read_page()
    chosen = {"kind": kind, "from": since, "until": until}
    narrowed = urlencode({name: value for name, value in chosen.items() if value})
    path = f"{release().addresses.prefix}/timeline" + (f"?{narrowed}" if narrowed else "")

    def list_all(desk: Desk) -> list[str]:
        return list(dict.fromkeys((*desk.instances("Event"), *desk.instances("PlannedEvent"))))

    @cache  # the `Link` field and the page both need it
    def draw() -> TimesPage:
        desk = open_desk()
        page = build_times(list_all(desk), desk, kind, since, until, number)
        if page is None:
            raise NotFoundError(f"the timeline has no page {number}")
        return page

    def build(row: Format, profile: str) -> bytes:
        if row.name == "json":
            desk = open_desk()
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
                for moment in list_years(list_all(desk), desk)
            ]
            return write_json({"total": len(rows), "events": rows})
        return render("timeline.html", page=draw(), path=path, to_query=_to_query, here="/timeline")

    def links(row: Format) -> list[Link]:
        return link_pages(path, draw().part) if row.name == "html" else []

    return _send(f"/timeline?{narrowed}&{number}", build, links)


@BLUEPRINT.get("/map")
def show_map() -> Response:
    """All places with coordinates: a drawing with layers and a table."""

    def build(row: Format, profile: str) -> bytes:
        page = build_atlas(open_desk())
        if row.name == "json":
            return write_json({"type": "FeatureCollection", "features": page.features})
        return render(
            "map.html",
            page=page,
            times=build_atlas_times(open_desk()),
            to_query=_to_query,
            here="/map",
        )

    return _send("/map", build)


@BLUEPRINT.get("/as-of")
def show_day() -> Response:
    """Who held what on a day, in a month or a year: in fact, and in law according to whom."""
    text = request.args.get("date", "")
    place, mode = request.args.get("place", "")[:160], _read_choice("mode", _MODES)
    opened = release()
    try:
        asked = read_asked(text, open_desk().language) if text else None
    except DayError as error:
        raise BadRequestError(str(error), hint=error.hint) from error
    thing = f"{opened.base}id/{place}" if place else ""
    if thing and not opened.reader.has(thing):
        raise BadRequestError("place must be a thing such as place/vilnius", hint="")

    def build(row: Format, profile: str) -> bytes:
        desk = open_desk()
        page = build_day(asked, desk, thing, mode) if asked else None
        if row.name == "json":
            return write_json({"date": text or None, "held": _tell_held(page) if page else {}})
        return render(
            "as_of.html",
            page=page,
            span=desk.once(find_span),
            places=list_places(desk),
            chosen={"place": place, "mode": mode, "date": text},
            to_query=_to_query,
            here="/as-of",
        )

    return _send(f"/as-of?{text}&{place}&{mode}", build)


def _tell_held(page: DayPage) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}
    for each in page.held:
        found.setdefault(each.territory.text, []).append(
            {
                "id": each.card.iri,
                "mode": each.card.one("mode"),
                "holder": each.card.one("holder"),
                "through": each.card.one("through") or None,
                "accordingTo": each.card.one("accordingTo") or None,
                "certainty": each.sure,
                "lastKnown": each.sure == LAST_KNOWN,
                "evidence": [item.reference for item in each.card.evidence],
            }
        )
    return found
