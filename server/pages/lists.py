"""Disagreements and events of the whole collection as plain lists. Pure."""

from collections.abc import Iterable

from loader.rdf.days import Day
from server.pages.cards import Desk
from server.pages.disagreements import Conflict, make_conflict
from server.pages.draw.strips import read_ordinal
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


_BOUNDS = (("earliest", "latest"), ("fromEarliest", "untilLatest"))


def falls_in(conflict: Conflict, year: int, desk: Desk) -> bool:
    """Whether what a disagreement is about, or a statement of a side, is dated to a year.

    An end that is not stated lasts no longer than its start.
    """
    dated = [shown.iri for shown in conflict.about]
    dated += [card.iri for side in conflict.sides for card in side.cards]
    for node in dated:
        for names in _BOUNDS:
            days = [read_ordinal(desk.first(node, name)) for name in names]
            years = [Day.fromordinal(day).year for day in days if day is not None]
            if years and years[0] <= year <= years[-1]:
                return True
    return False


def list_years(events: Iterable[str], desk: Desk) -> list[Moment]:
    """All events in the order of time; those without a date last."""
    moments = (make_moment(iri, desk) for iri in events)
    return sorted(moments, key=lambda m: (m.order, m.thing.text))
