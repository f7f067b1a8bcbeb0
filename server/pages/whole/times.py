"""The timeline of all events: bars with their uncertainty, competing datings side by side. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from loader.rdf.days import Day
from server.pages.cards import Desk
from server.pages.draw.scale import Scale, make_even_scale, make_scale
from server.pages.draw.strips import Shape, Span, draw_moment, draw_span, read_moment, read_span
from server.pages.draw.table import StripRow, StripTable, make_table
from server.pages.queries import write_query
from server.pages.thing.belonging import find_disputes, list_assertions
from server.pages.thing.life import leave_vague, list_dated, order_event, say_when
from server.pages.whole.finding import count_disputes
from server.pages.whole.paging import Part, cut_rows, find_part
from server.pages.words import UNDATED, read_day, read_year


@dataclass(frozen=True)
class TimesPage:
    """The timeline.

    Attributes:
        tables: One a year: year, rows. All are on one scale; of a narrowed list each has its own.
        years: Every year with events and the number of the page that shows it.
        kinds: Kind of event and how many there are.
        chosen: What was filtered for.
        total: How many events there are, narrowed or not.
        part: Which of those left the page shows.
        query: The query for these.
    """

    tables: tuple[tuple[str, StripTable], ...]
    years: tuple[tuple[str, int], ...]
    kinds: tuple[tuple[str, int], ...]
    chosen: tuple[str, str, str]
    total: int
    part: Part
    query: str


def build_times(
    events: Iterable[str],
    desk: Desk,
    kind: str = "",
    since: str = "",
    until: str = "",
    number: int = 1,
) -> TimesPage | None:
    """A page of the timeline of events; None: there is no such page.

    Args:
        events: All of them.
        desk: Where they are read.
        kind: The name of a kind; empty: all.
        since: Not before this year; empty: no bound.
        until: Not after this year.
        number: Of the page.
    """
    desk.read_ahead("earliest", "latest", "kind")
    every = sorted(events, key=lambda each: order_event(each, desk))
    counts: dict[str, int] = {}
    for event in every:
        for value in desk.values(event, "kind"):
            counts[desk.name(str(value))] = counts.get(desk.name(str(value)), 0) + 1
    first, last = (read_year(text, desk.language) for text in (since, until))
    kept = [
        e for e in every if not kind or kind in (desk.name(str(v)) for v in desk.values(e, "kind"))
    ]
    if first is not None or last is not None:
        kept = [e for e in kept if _falls(e, first, last, desk)]
    years: dict[str, list[str]] = {}
    for event in kept:
        years.setdefault(_year_of(event, desk), []).append(event)
    sizes = [len(group) for group in years.values()]
    found = find_part(sizes, number)
    if found is None:
        return None
    cut, part = found
    whole = None if kind or since or until else _scale_evenly(kept, desk)
    shown = list(years.items())[cut]
    return TimesPage(
        tuple((year, _draw_year(year, group, whole, desk)) for year, group in shown),
        tuple((year, n) for n, each in enumerate(cut_rows(sizes), 1) for year in [*years][each]),
        tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
        (kind, since, until),
        len(every),
        part,
        write_query("life", [e for _, group in shown for e in group], desk.names.language),
    )


def _draw_year(year: str, events: list[str], whole: Scale | None, desk: Desk) -> StripTable:
    """The events that began in a year, on the scale of all or, where that is None, their own."""
    spans = {e: read_moment(e, desk) for e in events}
    rivals = {e: list_rivals(e, desk) for e in events}
    days = [d for span in spans.values() for d in span.days]
    days += [d for each in rivals.values() for _, span in each for d in span.days]
    if whole is None:
        known = leave_vague(spans.values(), days)
        whole = make_scale(known, desk.language) if days else _scale_evenly([], desk)
    rows = [_make_row(e, spans[e], rivals[e], whole, desk) for e in events]
    return make_table(f"y{(year or 'x').replace(' ', '-')}", [("", rows)], whole)


def _scale_evenly(events: list[str], desk: Desk) -> Scale:
    """The unbroken scale of all events."""
    days = [d for e in events for d in read_moment(e, desk).days]
    days += [d for e in events for _, span in list_rivals(e, desk) for d in span.days]
    if not days:
        return make_even_scale(1, 2, desk.language)
    return make_even_scale(min(days) - 100, max(days) + 100, desk.language)


def _year_of(event: str, desk: Desk) -> str:
    day, _ = order_event(event, desk)
    return "" if day == UNDATED else desk.language.year(Day.fromordinal(day).year)


def _falls(event: str, since: int | None, until: int | None, desk: Desk) -> bool:
    bounds = (read_day(desk.first(event, name)) for name in ("earliest", "latest"))
    years = [day.year for day in bounds if day is not None]
    if not years:
        return False
    return (until is None or years[0] <= until) and (since is None or years[-1] >= since)


def list_rivals(event: str, desk: Desk) -> list[tuple[str, Span]]:
    """The datings of an event that compete: what each says, and when that is."""
    if not desk.once(count_disputes)[event]:
        return []
    nodes = [n for n in list_dated(event, desk) if find_disputes(n, desk)]
    if len(nodes) < 2:
        return []
    made = []
    for node in nodes:
        card = desk.card(node, depth=0)
        said = ", ".join(v.text for v in card.values)
        who = next(
            (", ".join(v.text for v in m.values) for m in card.marks if m.name == "saidBy"), ""
        )
        made.append((f"{said} ({who})" if who else said, read_dating(node, desk)))
    return made


def read_dating(node: str, desk: Desk) -> Span:
    """When a stated date or period is: its own bounds."""
    span = read_moment(node, desk)
    if span.days:
        return Span(span.start, span.start, span.ended, span.ended)
    return read_span(node, desk)


def _make_row(
    event: str, span: Span, rivals: list[tuple[str, Span]], scale: Scale, desk: Desk
) -> StripRow:
    planned = "PlannedEvent" in desk.types(event)
    shapes: list[Shape] = list(draw_moment(span, scale, planned=planned, lasting=desk.lasts(event)))
    when = say_when(event, desk)
    if rivals:
        shapes = [s for _, each in rivals for s in draw_span(each, scale, "d", claimed=True)]
        when = " / ".join(said for said, _ in rivals)
    disputes = dict.fromkeys(
        d for node in list_assertions([event], desk, depth=1) for d in find_disputes(node, desk)
    )
    kinds = ", ".join(desk.name(str(v)) for v in desk.values(event, "kind"))
    return StripRow(
        desk.link(event),
        when,
        sub=kinds,
        shapes=tuple(shapes),
        disputes=tuple(desk.link(d) for d in list(disputes)[:1]),
        mark=desk.language.say("planned, did not happen so") if planned else "",
    )
