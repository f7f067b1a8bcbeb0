"""The collection on one scale: treaties stacked by year, what lasted, who held what. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from loader.rdf.days import Day
from server.pages.cards import Desk
from server.pages.draw.scale import Scale, make_even_scale
from server.pages.draw.strips import (
    Shape,
    Span,
    clear_labels,
    draw_moment,
    draw_span,
    read_moment,
    read_ordinal,
    read_span,
)
from server.pages.draw.table import StripRow, StripTable, make_table
from server.pages.queries import write_query
from server.pages.shown import Shown
from server.pages.thing.holders import DE_FACTO, letter_of, list_statuses, make_palette, mode_of
from server.pages.whole.times import list_rivals
from server.rdf.model import PACTA, VOCAB

_DRAWN = ("negotiation", "war")
_VIEWS = 4
"""Bands of the most often held territory: in fact, and as three actors have it."""
_EDGE_DAYS = 200
_COLUMNS = 48
"""Columns of dots that stand side by side without touching."""
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
"""Years that a column of dots stands for."""
_RISE, _TALLEST = 10.5, 96.0
"""Pixels from one dot of a column to the next, and of the tallest column."""
_ROW = 28
_LANE, _MOST_LANES = 18, 4
"""Pixels from one bar to the bar below it; further ones share the last lane."""
_NAMED = 2
"""Events that a row names."""


def draw_collection(
    treaties: Mapping[str, bool], central: str, held: Sequence[str], desk: Desk
) -> StripTable | None:
    """The collection through time.

    Args:
        treaties: Treaty → whether it is one of the central party.
        central: The party of a treaty of which most is said; may be empty.
        held: What was held, the most often held first.
        desk: Where they are read.
    """
    days = [
        day
        for treaty in treaties
        for name in ("earliest", "latest")
        if (day := read_ordinal(desk.first(treaty, name))) is not None
    ]
    if not days:
        return None
    scale = make_even_scale(min(days) - _EDGE_DAYS, max(days) + _EDGE_DAYS, desk.language)
    rows = [_stack_treaties(treaties, central, scale, desk)]
    rows += [row for kind in _DRAWN if (row := _draw_kind(kind, scale, desk)) is not None]
    bands, letters = _draw_views(held[0], scale, desk) if held else ([], {})
    query = write_query("collection", (), desk.names.language)
    return make_table("whole", [("", rows + bands)], scale, query, tuple(letters.items()))


def _stack_treaties(
    treaties: Mapping[str, bool], central: str, scale: Scale, desk: Desk
) -> StripRow:
    """One dot for each treaty, above the year of its signature; the central party's are filled."""
    years = {t: year for t in treaties if (year := _find_year(t, desk)) is not None}
    step = pick_step(years.values())
    columns: dict[int, list[bool]] = {}
    for treaty in sorted(years, key=lambda t: not treaties[t]):
        columns.setdefault(years[treaty] // step * step, []).append(treaties[treaty])
    most = max(map(len, columns.values()), default=1)
    rise = min(_RISE, _TALLEST / most)
    height = max(_ROW, round(16 + rise * (most - 1)))
    dots = tuple(
        Shape(
            "dot",
            scale.place(Day(year + step // 2, 1 + step * 6 % 12, 1).toordinal()),
            style="pt" if own else "pt0",
            drop=round(height - 8 - place * rise - _ROW / 2, 1),
        )
        for year, column in columns.items()
        for place, own in enumerate(column)
    )
    say, number = desk.language.say, desk.language.number
    owned, every = sum(treaties.values()), len(treaties)
    told = []
    if owned:
        told.append(say("%(name)s: %(n)s (filled)", name=desk.call(central), n=number(str(owned))))
    if owned < every:
        told.append(say("other states: %(n)s (hollow)", n=number(str(every - owned))))
    if len(years) < every:
        told.append(say("no certain year: %(n)s", n=number(str(every - len(years)))))
    return StripRow(Shown(say("Treaties signed")), sub="; ".join(told), shapes=dots, height=height)


def _find_year(treaty: str, desk: Desk) -> int | None:
    """The year in which a treaty was signed; None: not stated, or one of several."""
    days = (read_ordinal(desk.first(treaty, name)) for name in ("earliest", "latest"))
    years = {Day.fromordinal(day).year for day in days if day is not None}
    return years.pop() if len(years) == 1 else None


def pick_step(years: Collection[int]) -> int:
    """How many years a column of dots stands for, so that columns do not touch."""
    span = max(years, default=0) - min(years, default=0) + 1
    return next((step for step in _STEPS if span / step <= _COLUMNS), _STEPS[-1])


def _draw_kind(kind: str, scale: Scale, desk: Desk) -> StripRow | None:
    """The lasting events of a kind, one bar below another where they meet in time.

    Datings that compete have a hatched bar each.
    """
    bars: list[tuple[Span, bool]] = []
    told: list[str] = []
    concept = f"{VOCAB}event-kind/{kind}"
    own_kind = {q.subject for q in desk.reader.incoming(concept) if q.predicate == PACTA + "kind"}
    for event in sorted(own_kind.intersection(desk.instances("Event"))):
        rivals = [(span, True) for _, span in list_rivals(event, desk) if span.days]
        span = read_moment(event, desk)
        own = rivals or ([(span, False)] if span.days else [])
        bars += own
        told += [event] if own else []
    if not bars:
        return None
    bars.sort(key=lambda bar: bar[0].days)
    lanes = stack_spans([bar[0] for bar in bars])
    shapes = [
        replace(shape, drop=float(lane * _LANE))
        for (span, claimed), lane in zip(bars, lanes, strict=True)
        for shape in (
            draw_span(span, scale, "d", claimed=True)
            if claimed
            else draw_moment(span, scale, lasting=True)
        )
    ]
    told.sort(key=lambda event: (-len(desk.reader.incoming(event)), event))
    names = ", ".join(desk.call(event) for event in told[:_NAMED])
    more = desk.language.number(str(len(told) - _NAMED))
    if len(told) > _NAMED:
        names = desk.language.say("%(name)s and %(n)s more", name=names, n=more)
    name = desk.name(concept)
    title = Shown(name[:1].upper() + name[1:])
    return StripRow(title, sub=names, shapes=tuple(shapes), height=_ROW + _LANE * max(lanes))


def stack_spans(spans: Sequence[Span]) -> list[int]:
    """The lane of each span, in the order of their first days: none over another in its lane."""
    ends: list[int] = []
    lanes: list[int] = []
    for span in spans:
        free = (lane for lane, end in enumerate(ends) if end < span.days[0])
        lane = min(next(free, len(ends)), _MOST_LANES - 1)
        ends[lane : lane + 1] = [max([span.days[-1], *ends[lane : lane + 1]])]
        lanes.append(lane)
    return lanes


def _draw_views(thing: str, scale: Scale, desk: Desk) -> tuple[list[StripRow], dict[str, str]]:
    """Who held a thing: in fact, and in law as those actors have it whose view spans most days."""
    say, palette = desk.language.say, desk.once(make_palette)
    letters: dict[str, str] = {}
    views: dict[str, list[str]] = {}
    for node in list_statuses(thing, desk):
        began = (read_span(node, desk).days or [scale.last + 1])[0]
        if began <= scale.last:
            actor = "" if mode_of(node, desk) == DE_FACTO else desk.first(node, "accordingTo")
            views.setdefault(actor, []).append(node)
    rows = []

    def span_days(actor: str) -> int:
        spans = [read_span(node, desk) for node in views[actor]]
        firsts = [span.days[0] for span in spans]
        lasts = [span.ended if span.ended is not None else scale.last for span in spans]
        return sum(last - first for first, last in zip(firsts, lasts, strict=True))

    for actor in sorted(views, key=lambda a: (a != "", -span_days(a), a))[:_VIEWS]:
        shapes: list[Shape] = []
        for node in views[actor]:
            holder = desk.first(node, "holder")
            letter = letter_of(holder, palette, desk)
            letters.setdefault(desk.call(holder), letter)
            span, label = read_span(node, desk), desk.call(holder)
            shapes += draw_span(span, scale, letter, claimed=bool(actor), label=label)
        law = say("in law, according to %(name)s", name=desk.call(actor)) if actor else ""
        sub = law or say("in fact")
        rows.append(StripRow(desk.link(thing), sub=sub, shapes=clear_labels(shapes)))
    return rows, letters
