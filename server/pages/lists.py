"""Disagreements and events of the whole collection as plain lists. Pure."""

from collections.abc import Iterable

from server.pages.cards import Desk
from server.pages.disagreements import Conflict, make_conflict
from server.pages.view import Moment, make_moment


def list_conflicts(disagreements: Iterable[str], desk: Desk) -> list[tuple[str, list[Conflict]]]:
    """All disagreements, grouped by their kind, in the order of the kinds' names."""
    grouped: dict[str, list[Conflict]] = {}
    for iri in disagreements:
        conflict = make_conflict(iri, desk)
        grouped.setdefault(conflict.kind or desk.language.say("other"), []).append(conflict)
    return [
        (kind, sorted(grouped[kind], key=lambda each: each.label.casefold()))
        for kind in sorted(grouped)
    ]


def list_years(events: Iterable[str], desk: Desk) -> list[Moment]:
    """All events in the order of time; those without a date last."""
    moments = (make_moment(iri, desk) for iri in events)
    return sorted(moments, key=lambda m: (m.order, m.thing.text))
