"""Who held what on a day, in a month or a year: certain first, "last known" folded away. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from loader.rdf.days import OPEN_START, Day, days_in_month, write_year
from server.pages.cards import Desk
from server.pages.draw.maps import Map, draw_map
from server.pages.draw.scale import Scale, make_even_scale
from server.pages.draw.strips import Span, draw_span, read_ordinal, read_span
from server.pages.draw.table import StripRow, StripTable, make_table
from server.pages.language import ENGLISH, Language
from server.pages.queries import write_day_query
from server.pages.shown import Card, Shown
from server.pages.thing.holders import (
    DE_FACTO,
    letter_of,
    list_statuses,
    make_palette,
    mode_of,
    say_period,
)
from server.pages.words import order_day, read_day, read_year, say_day

_FORM = re.compile(r"(-?\d{4})(?:-(\d{2}))?(?:-(\d{2}))?\Z")
LASTING_DAYS = 3653
"""Ten years: so long what has no stated end still counts as known."""
_AROUND_DAYS = 120
CERTAIN, POSSIBLE, NO_END, LAST_KNOWN = "certain", "possible", "no end stated", "last known"
ORDER = (CERTAIN, NO_END, POSSIBLE, LAST_KNOWN)
"""How sure it is that something held, the surest first."""


class DayError(ValueError):
    """No day, month or year; `hint` says what would be one."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Asked:
    """A day, month or year: as it was written, its first and last day."""

    text: str
    first: Day
    last: Day


def read_asked(text: str, language: Language = ENGLISH) -> Asked:
    """`1985-04-12`, `1985-04` or `1985`; years before 1 as `-0043` or `44 BC`.

    Raises:
        DayError: It is none of these, or no day of the calendar.
    """
    year = read_year(text, language)
    found = _FORM.match(text if year is None else write_year(year))
    form = "a day such as 1985-04-12, a month such as 1985-04, or a year such as 1985"
    if found is None or found[1] == "-0000":
        raise DayError(f"date must be {form}", "The year of 44 BC is written -0043.")
    text, year = found[0], int(found[1])
    if found[2] is None:
        return Asked(text, Day(year, 1, 1), Day(year, 12, 31))
    month = int(found[2])
    if not 1 <= month <= 12:
        raise DayError(f"{text} has no month {month}", f"It must be {form}.")
    length = days_in_month(year, month)
    if found[3] is None:
        return Asked(text, Day(year, month, 1), Day(year, month, length))
    day = int(found[3])
    if not 1 <= day <= length:
        raise DayError(
            f"there was no day {text}",
            f"The last day of that month was {found[1]}-{month:02}-{length}.",
        )
    return Asked(text, Day(year, month, day), Day(year, month, day))


@dataclass(frozen=True)
class Held:
    """A status that may hold then, and how sure that is."""

    card: Card
    sure: str
    territory: Shown
    mode: str
    letter: str


@dataclass(frozen=True)
class Step:
    """The nearest change before or after: its day and what changes."""

    day: str
    said: str
    what: str


@dataclass(frozen=True)
class DayPage:
    """Everything the page of a day shows."""

    asked: Asked
    said: str
    span: tuple[str, str]
    nearest: str
    nearest_said: str
    held: tuple[Held, ...]
    fact: StripTable | None
    law: StripTable | None
    map: Map | None
    before: Step | None
    after: Step | None
    treaties: tuple[tuple[Shown, str], ...] = ()
    bases: tuple[Shown, ...] = ()
    offices: tuple[tuple[Shown, str, str], ...] = ()
    query: str = ""
    letters: tuple[tuple[str, str], ...] = field(default=())

    @property
    def folded(self) -> tuple[Held, ...]:
        """What was known long before and never said to have ended."""
        return tuple(each for each in self.held if each.sure == LAST_KNOWN)


def list_every(desk: Desk) -> list[str]:
    """All territorial statuses that were not rejected."""
    every = set(desk.instances("TerritorialStatus"))
    return sorted(n for n in every if not desk.first(n, "rank").endswith("/deprecated"))


def find_span(desk: Desk) -> tuple[Day, Day] | None:
    """The days that the collection covers: those of its treaties and of what was held in fact."""
    desk.read_ahead("earliest", "latest")
    treaties = set(desk.instances("Treaty"))
    days = [
        d for t in treaties for n in ("earliest", "latest") if (d := read_ordinal(desk.first(t, n)))
    ]
    for node in desk.once(list_every):
        if mode_of(node, desk) == DE_FACTO:
            days += read_span(node, desk).days
    return (Day.fromordinal(min(days)), Day.fromordinal(max(days))) if days else None


def judge_sure(span: Span, first: int, last: int, *, stated: bool, lives_on: bool) -> str:
    """How sure it is that something held from the first to the last day; empty: it did not.

    Args:
        span: Its bounds.
        first: The first of the days asked about.
        last: Of them; for a month "certain" means on every day of it.
        stated: Some document gives its end.
        lives_on: Something else says that it went on.
    """
    open_start = OPEN_START.toordinal() if span.started is not None else None
    begins = span.start if span.start is not None else open_start
    if begins is None or begins > last or (span.ended is not None and span.ended < first):
        return ""
    sure = span.started is not None and span.started <= first
    if stated:
        return CERTAIN if sure and span.end is not None and span.end >= last else POSSIBLE
    if span.ended is not None and span.ended < first:
        return ""
    began = span.started if span.started is not None else begins
    if first - began > LASTING_DAYS and not lives_on:
        return LAST_KNOWN
    return NO_END if sure else POSSIBLE


def list_held(asked: Asked, desk: Desk, place: str = "", mode: str = "") -> list[Held]:
    """What held then, in fact and in law: certain first.

    Args:
        asked: When.
        desk: Where statuses are read.
        place: Only of this thing; empty: of all.
        mode: `de-facto` or `de-jure` only; empty: both.
    """
    first, last = asked.first.toordinal(), asked.last.toordinal()
    palette = desk.once(make_palette)
    found: list[Held] = []
    for node in desk.once(list_every):
        about = desk.first(node, "about")
        own = mode_of(node, desk)
        if (place and about != place) or (mode and own != mode):
            continue
        stated = bool(desk.values(node, "until", "at"))
        lives_on = own != DE_FACTO and _says_again(node, first, desk)
        sure = judge_sure(read_span(node, desk), first, last, stated=stated, lives_on=lives_on)
        if sure:
            letter = letter_of(desk.first(node, "holder"), palette, desk)
            found.append(Held(desk.card(node, depth=0), sure, desk.link(about), own, letter))
    return sorted(
        found,
        key=lambda h: (h.mode != DE_FACTO, h.territory.text, ORDER.index(h.sure), h.card.order),
    )


def _says_again(node: str, day: int, desk: Desk) -> bool:
    """Whether the same actor says the same again, not more than ten years before the day."""
    actor, holder = desk.first(node, "accordingTo"), desk.first(node, "holder")
    for other in list_statuses(desk.first(node, "about"), desk):
        if other == node or desk.first(other, "holder") != holder:
            continue
        if desk.first(other, "accordingTo") == actor:
            days = [d for d in read_span(other, desk).days if d <= day]
            if days and day - max(days) <= LASTING_DAYS:
                return True
    return False


def build_day(asked: Asked, desk: Desk, place: str = "", mode: str = "") -> DayPage:
    """The page of a day, month or year."""
    span = desk.once(find_span)
    bounds = span or (asked.first, asked.last)
    inside = bounds[0] <= asked.last and asked.first <= bounds[1]
    nearest = "" if inside else _pick_nearest(bounds, asked).isoformat()
    held = list_held(asked, desk, place, mode) if inside else []
    day = asked.first.toordinal()
    scale = make_even_scale(
        day - _AROUND_DAYS, asked.last.toordinal() + _AROUND_DAYS, desk.language
    )
    shown = [each for each in held if each.sure != LAST_KNOWN]
    fact = [each for each in shown if each.mode == DE_FACTO]
    law = [each for each in shown if each.mode != DE_FACTO]
    steps = _list_steps(desk, place)
    areas = [
        (h.territory.iri, f"f f{h.letter}" + ("" if h.sure == CERTAIN else " q")) for h in fact
    ]
    dots = [h.territory.iri for h in shown]
    return DayPage(
        asked=asked,
        said=say_day(asked.text, desk.language),
        span=(bounds[0].isoformat(), bounds[1].isoformat()),
        nearest=nearest,
        nearest_said=say_day(nearest, desk.language) if nearest else "",
        held=tuple(held),
        fact=_draw("fact", fact, scale, day, desk),
        law=_draw("law", law, scale, day, desk),
        map=draw_map(dots, areas, desk, size=(420.0, 340.0)) if inside else None,
        before=next((s for s in reversed(steps) if order_day(s.day) < day), None),
        after=next((s for s in steps if order_day(s.day) > asked.last.toordinal()), None),
        treaties=tuple(_list_treaties(asked, desk)) if inside else (),
        bases=tuple(_list_bases(asked, desk)) if inside else (),
        offices=tuple(_list_offices(asked, desk)) if inside else (),
        query=write_day_query(asked.first.isoformat(), asked.last.isoformat()),
        letters=tuple(dict.fromkeys((h.card.one("holder"), h.letter) for h in fact)),
    )


def _pick_nearest(days: Iterable[Day], asked: Asked) -> Day:
    return min(days, key=lambda day: abs(day.toordinal() - asked.first.toordinal()))


def _draw(key: str, held: Sequence[Held], scale: Scale, day: int, desk: Desk) -> StripTable | None:
    say = desk.language.say
    groups: dict[str, list[StripRow]] = {}
    for each in held:
        node, card = each.card.iri, each.card
        through, actor = card.one("through"), card.one("accordingTo")
        words = [say("through %(names)s", names=through)] if through else []
        words += [say("according to %(names)s", names=actor)] if actor else []
        words += [card.one("kind")] if card.one("kind") else []
        claimed = each.mode != DE_FACTO
        shapes = draw_span(read_span(node, desk), scale, each.letter, claimed=claimed)
        title = Shown(card.one("holder"), card.href, iri=node)
        row = StripRow(
            title,
            say_period(node, desk),
            sub=", ".join(words),
            shapes=tuple(shapes),
            mark=say(each.sure),
            strong=each.sure == CERTAIN,
        )
        groups.setdefault(each.territory.text, []).append(row)
    if not groups:
        return None
    return make_table(key, list(groups.items()), scale, now=scale.place(day))


def _list_steps(desk: Desk, place: str) -> list[Step]:
    """The days on which someone begins or ceases to hold something in fact."""
    found: dict[str, list[str]] = {}
    for node in desk.once(list_every):
        about = desk.first(node, "about")
        if mode_of(node, desk) != DE_FACTO or (place and about != place):
            continue
        day = desk.first(node, "from")
        if read_day(day) is not None:
            what = f"{desk.call(about)}: {desk.call(desk.first(node, 'holder'))}"
            found.setdefault(day, []).append(what)
    return [
        Step(day, say_day(day, desk.language), "; ".join(found[day]))
        for day in sorted(found, key=order_day)
    ]


def _overlaps(node: str, asked: Asked, desk: Desk) -> bool:
    a, b = (read_ordinal(desk.first(node, name)) for name in ("earliest", "latest"))
    if a is None and b is None:
        return False
    first, last = asked.first.toordinal(), asked.last.toordinal()
    return (a if a is not None else b or 0) <= last and (b if b is not None else a or 0) >= first


def _list_treaties(asked: Asked, desk: Desk) -> Iterable[tuple[Shown, str]]:
    desk.read_ahead("earliest", "latest")
    for treaty in desk.instances("Treaty"):
        if _overlaps(treaty, asked, desk):
            yield (
                desk.link(treaty),
                ", ".join(desk.show(v).text for v in desk.values(treaty, "signedOn")),
            )


def _list_bases(asked: Asked, desk: Desk) -> Iterable[Shown]:
    """The bases that a treaty signed by then allowed, within ten years."""
    last = asked.last.toordinal()
    for base in desk.instances("MilitaryBase"):
        for treaty in desk.values(base, "establishedUnder"):
            signed = read_ordinal(desk.first(str(treaty), "latest"))
            if signed is not None and 0 <= last - signed <= LASTING_DAYS:
                yield desk.link(base)
                break


def _list_offices(asked: Asked, desk: Desk) -> Iterable[tuple[Shown, str, str]]:
    first, last = asked.first.toordinal(), asked.last.toordinal()
    for node in desk.instances("Role"):
        if not desk.values(node, "from", "until", "at") or desk.first(node, "rank").endswith(
            "/deprecated"
        ):
            continue
        span = read_span(node, desk)
        stated = bool(desk.values(node, "until", "at"))
        sure = judge_sure(span, first, last, stated=stated, lives_on=False)
        if sure and sure != LAST_KNOWN:
            card = desk.card(node, depth=0)
            agent = card.fields.get("agent", (Shown(""),))[0]
            words = ", ".join(
                filter(None, (card.one("title") or card.one("role"), card.one("roleIn")))
            )
            yield agent, words, desk.language.say(sure)


def list_places(desk: Desk) -> list[Shown]:
    """Everything that someone held, by name."""
    things = {desk.first(node, "about") for node in desk.once(list_every)}
    return sorted((desk.link(each) for each in things), key=lambda shown: shown.text.casefold())
