"""The life of a thing as a drawn table of events; the treaties of a party through time. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

from server.pages.cards import Desk
from server.pages.draw.scale import make_scale
from server.pages.draw.strips import Span, draw_moment, read_moment
from server.pages.draw.table import StripRow, StripTable, make_table
from server.pages.queries import write_query
from server.pages.shown import Shown
from server.pages.thing.belonging import find_disputes, list_assertions
from server.pages.thing.phases import is_signing
from server.pages.witness import Notes
from server.pages.words import order_day
from server.rdf.model import PACTA

_VAGUE_DAYS = 92
"""A longer span says little of when an event was."""

_LEADING = frozenset(
    PACTA + name
    for name in ("ofTreaty", "affects", "atPlace", "actor", "participant", "partOf", "initiatedBy")
)

_NEAR = ("before", "after", "ledTo", "ended", "coincidesWith")
"""Properties that lead from a treaty or event to the events round it."""


def list_events(things: Iterable[str], desk: Desk) -> list[str]:
    """The events that belong to things or touch the first of them, in the order of time."""
    every = list(things)
    found = {each for each in every if desk.names.kind(each) == "event" and each != every[0]}
    for quad in desk.reader.incoming(every[0]):
        if quad.predicate in _LEADING and desk.names.kind(str(quad.subject)) == "event":
            found.add(str(quad.subject))
    if desk.names.kind(every[0]) in ("treaty", "event"):
        near = {str(v) for v in desk.values(every[0], *_NEAR)} | _list_stated(every[0], desk)
        found |= {each for each in near if desk.names.kind(each) == "event"}
    return sorted(found, key=lambda each: order_event(each, desk))


def _list_stated(thing: str, desk: Desk) -> set[str]:
    """What a statement that was not rejected, whoever makes it, sets before or after a thing."""
    names = {PACTA + name for name in _NEAR}
    return {
        str(value)
        for node in list_assertions([thing], desk, depth=1)
        if desk.first(node, "onProperty") in names
        and not desk.first(node, "rank").endswith("/deprecated")
        for value in desk.values(node, "value")
    }


def pick_most_told(events: list[str], most: int | None, desk: Desk) -> list[str]:
    """As many events as asked for, those that most is said of, in the order given."""
    if most is None or len(events) <= most:
        return events
    told = sorted(events, key=lambda each: (-len(desk.reader.incoming(each)), each))
    return [each for each in events if each in set(told[:most])]


def order_event(event: str, desk: Desk) -> tuple[int, str]:
    """The key by which things stand in the order of time, those without a date last."""
    return order_day(desk.first(event, "earliest"), desk.first(event, "latest")), event


def say_when(event: str, desk: Desk) -> str:
    """The date of an event in words."""
    values = desk.values(event, "date", "plannedFor")
    lasting = desk.lasts(event)
    said = ", ".join(desk.show(v, lasting=lasting).text for v in values)
    return said or desk.language.say("date not stated")


def draw_events(
    key: str, groups: Mapping[str, Sequence[str]], desk: Desk, notes: Notes, treaty: str = ""
) -> StripTable | None:
    """A table of events on one scale.

    Args:
        key: The key of the table on its page.
        groups: Heading → events in the order of time; without a heading of one group: empty.
        desk: Where they are read.
        notes: Where their passages are numbered.
        treaty: The treaty of the page: the row of its signature stands out.
    """
    events = list(chain.from_iterable(groups.values()))
    spans = {event: read_moment(event, desk) for event in events}
    days = [day for span in spans.values() for day in span.days]
    if not days:
        return None
    scale = make_scale(leave_vague(spans.values(), days), desk.language)

    def row(event: str) -> StripRow:
        planned = "PlannedEvent" in desk.types(event)
        dated = list_dated(event, desk)
        disputes = dict.fromkeys(
            d for node in list_assertions([event], desk, depth=1) for d in find_disputes(node, desk)
        )
        signing = bool(treaty) and is_signing(event, treaty, desk)
        shapes = draw_moment(spans[event], scale, planned=planned, lasting=desk.lasts(event))
        return StripRow(
            _name_signing(event, treaty, desk) if signing else desk.link(event),
            say_when(event, desk),
            shapes=tuple(shapes),
            notes=notes.cite([e for node in dated for e in desk.card(node, depth=0).evidence]),
            disputes=tuple(desk.link(d) for d in list(disputes)[:1]),
            mark=desk.language.say("planned, did not happen so") if planned else "",
            strong=signing,
        )

    return make_table(
        key,
        [(heading, [row(event) for event in group]) for heading, group in groups.items()],
        scale,
        write_query("life", events, desk.names.language),
    )


def _name_signing(event: str, treaty: str, desk: Desk) -> Shown:
    """What the signature of the page's own treaty is called: not by the name of the page again."""
    where = ", ".join(desk.call(str(v)) for v in desk.values(treaty, "signedAt"))
    say = desk.language.say
    return desk.link(event, say("Signed in %(place)s", place=where) if where else say("Signed"))


def leave_vague(spans: Iterable[Span], days: list[int]) -> list[int]:
    """The days that a scale is made for: an event known to a year alone does not stretch it."""
    near = [
        day
        for span in spans
        if span.days and span.days[-1] - span.days[0] <= _VAGUE_DAYS
        for day in span.days
    ]
    return near if len(set(near)) > 2 else days


def list_dated(event: str, desk: Desk) -> list[str]:
    """The statements that date an event, rejected ones left out."""
    names = {PACTA + "date", PACTA + "plannedFor"}
    nodes = list_assertions([event], desk, depth=1)
    return [
        n
        for n in nodes
        if desk.first(n, "onProperty") in names
        and not desk.first(n, "rank").endswith("/deprecated")
    ]


def draw_treaties(key: str, treaties: Iterable[str], desk: Desk) -> StripTable | None:
    """Treaties through time: day, parties, drawn."""
    every = sorted(treaties, key=lambda treaty: order_event(treaty, desk))
    spans = {t: read_moment(t, desk) for t in every}
    days = [day for span in spans.values() for day in span.days]
    if not days:
        return None
    scale = make_scale(days, desk.language)
    rows = [
        StripRow(
            desk.link(t),
            ", ".join(desk.show(v).text for v in desk.values(t, "signedOn"))
            or desk.language.say("not stated"),
            sub=", ".join(desk.call(str(v)) for v in desk.values(t, "hasParty")),
            shapes=tuple(draw_moment(spans[t], scale)),
        )
        for t in every
    ]
    return make_table(key, [("", rows)], scale, write_query("treaties", every, desk.names.language))
