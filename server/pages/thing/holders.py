"""Who held a territory, in fact and in law according to whom; what a state held. Pure."""

import re
from collections.abc import Mapping, Sequence

from server.pages.cards import Desk
from server.pages.draw.scale import make_scale
from server.pages.draw.strips import clear_labels, draw_span, list_palette, read_span
from server.pages.draw.table import StripRow, StripTable, make_table
from server.pages.queries import write_query
from server.pages.shown import Shown
from server.pages.thing.belonging import find_disputes
from server.pages.words import order_day, say_day
from server.rdf.model import PACTA

DE_FACTO = "de-facto"
_MONTH_OR_DAY = re.compile(r"-?\d{4}-\d{2}(-\d{2})?\Z")


def mode_of(status: str, desk: Desk) -> str:
    """The mode of a status: `de-facto`, `de-jure` or `sphere-of-influence`."""
    return desk.first(status, "mode").rpartition("/")[2]


def list_statuses(thing: str, desk: Desk) -> list[str]:
    """The statuses of a territory that were not rejected, in the order of time."""
    nodes = {str(q.subject) for q in desk.reader.incoming(thing) if q.predicate == PACTA + "about"}
    kept = [n for n in nodes if "TerritorialStatus" in desk.types(n) and not _rejected(n, desk)]
    return sorted(kept, key=lambda n: (desk.order_of(n), n))


def _rejected(node: str, desk: Desk) -> bool:
    return desk.first(node, "rank").endswith("/deprecated")


def make_palette(desk: Desk) -> dict[str, str]:
    """Holder → letter, the same on every page; a successor has the colour of what it succeeds."""
    desk.read_ahead("holder")
    statuses = set(desk.instances("TerritorialStatus"))
    holders = [desk.first(node, "holder") for node in sorted(statuses)]
    return list_palette(_first_of_line(holder, desk) for holder in holders if holder)


def letter_of(holder: str, palette: dict[str, str], desk: Desk) -> str:
    """The letter of a holder's colour."""
    return palette.get(_first_of_line(holder, desk), "d")


def _first_of_line(holder: str, desk: Desk) -> str:
    seen = {holder}
    while former := [str(v) for v in desk.values(holder, "succeeds") if str(v) not in seen]:
        holder = former[0]
        seen.add(holder)
    return holder


def say_period(node: str, desk: Desk) -> str:
    """A period in one line."""
    start, end = desk.period(node)
    if not end:
        return start
    if not desk.values(node, "from") and not start[:1].isdigit():
        return f"{start}; {end}" if start else end
    return desk.language.say("from %(start)s; %(end)s", start=start, end=end)


def draw_holders(thing: str, desk: Desk) -> StripTable | None:
    """The bands of a territory: in fact, behind it, its parts and whole; one row for each view."""
    own = list_statuses(thing, desk)
    if not own:
        return None
    near = [n for n in _list_near(thing, desk) if list_statuses(n, desk)]
    shown = {n: list_statuses(n, desk) for n in (thing, *near)}
    nodes = [*own, *(s for n in near for s in shown[n] if mode_of(s, desk) == DE_FACTO)]
    days = [day for node in nodes for day in read_span(node, desk).days]
    if not days:
        return None
    scale, palette = make_scale(days, desk.language), desk.once(make_palette)

    def band(statuses: Sequence[str], title: Shown, sub: str = "") -> list[StripRow]:
        if not statuses:
            return []
        shapes = []
        for node in statuses:
            holder = desk.first(node, "holder")
            letter = letter_of(holder, palette, desk)
            claimed = mode_of(node, desk) != DE_FACTO
            label = desk.call(holder)
            span = read_span(node, desk)
            shapes += draw_span(span, scale, letter, claimed=claimed, label=label)
        disputes = dict.fromkeys(d for node in statuses for d in find_disputes(node, desk))
        return [
            StripRow(
                title,
                when=_say_rows(statuses, desk),
                sub=sub,
                shapes=clear_labels(shapes),
                disputes=tuple(desk.link(d) for d in list(disputes)[:2]),
            )
        ]

    say = desk.language.say
    fact = [n for n in own if mode_of(n, desk) == DE_FACTO]
    behind = [n for n in fact if desk.values(n, "through")]
    through = dict.fromkeys(desk.call(str(v)) for n in behind for v in desk.values(n, "through"))
    rows = band([n for n in fact if n not in behind], Shown(say("in fact")))
    rows += band(
        behind, Shown(say("behind it")), say("through %(names)s", names=", ".join(through))
    )
    for each in near:
        held = [
            n for n in shown[each] if mode_of(n, desk) == DE_FACTO and not desk.values(n, "through")
        ]
        rows += band(held, desk.link(each), say("to compare, in fact"))
    views: dict[str, list[str]] = {}
    for node in own:
        if mode_of(node, desk) != DE_FACTO:
            views.setdefault(desk.first(node, "accordingTo"), []).append(node)
    law: list[StripRow] = []
    for actor, statuses in views.items():
        kinds = dict.fromkeys(desk.name(str(v)) for n in statuses for v in desk.values(n, "kind"))
        law += band(
            statuses, desk.link(actor) if actor else Shown(say("nobody named")), ", ".join(kinds)
        )
    used = dict.fromkeys(desk.first(n, "holder") for n in nodes)
    letters = tuple((desk.call(h), letter_of(h, palette, desk)) for h in used)
    groups = [(say("In fact"), rows), (say("In law, according to"), law)]
    return make_table("holders", groups, scale, write_query("holders", [thing]), letters)


def _say_rows(statuses: Sequence[str], desk: Desk) -> str:
    """What a band draws, in words: for readers who cannot see it."""
    said = [f"{desk.call(desk.first(n, 'holder'))}: {say_period(n, desk)}" for n in statuses]
    return "; ".join(said)


def _list_near(thing: str, desk: Desk) -> list[str]:
    """What lies within a territory or holds it, and was held by somebody."""
    inside = {
        str(q.subject) for q in desk.reader.incoming(thing) if q.predicate == PACTA + "within"
    }
    outside = {str(v) for v in desk.values(thing, "within")}
    return sorted(
        each for each in inside | outside if desk.names.kind(each) in ("territory", "place")
    )


def list_possessions(party: str, desk: Desk) -> dict[bool, dict[str, list[str]]]:
    """What a state held, in fact (`True`) and in law: territory → statuses, in order of time."""
    nodes = {str(q.subject) for q in desk.reader.incoming(party) if q.predicate == PACTA + "holder"}
    kept = sorted(
        (n for n in nodes if not _rejected(n, desk)),
        key=lambda n: (desk.order_of(n), n),
    )
    groups: dict[bool, dict[str, list[str]]] = {True: {}, False: {}}
    for node in kept:
        fact = mode_of(node, desk) == DE_FACTO
        groups[fact].setdefault(desk.first(node, "about"), []).append(node)
    return groups


def draw_possessions(party: str, desk: Desk, most: int | None = None) -> StripTable | None:
    """What a state held, in fact and in law: one row for each territory.

    Args:
        party: The state.
        desk: Where it is read.
        most: How many rows in fact and as many in law, those with most statuses; None: all.
    """
    groups = {
        fact: {each: rows[each] for each in _pick_longest(rows, most)}
        for fact, rows in list_possessions(party, desk).items()
    }
    kept = [node for rows in groups.values() for statuses in rows.values() for node in statuses]
    days = [day for node in kept for day in read_span(node, desk).days]
    if not days:
        return None
    scale, palette = make_scale(days, desk.language), desk.once(make_palette)
    made: dict[bool, list[StripRow]] = {True: [], False: []}
    letter = letter_of(party, palette, desk)
    for fact, rows in groups.items():
        for about, statuses in rows.items():
            shapes = [
                shape
                for node in statuses
                for shape in draw_span(read_span(node, desk), scale, letter, claimed=not fact)
            ]
            views = dict.fromkeys(
                desk.call(str(v)) for n in statuses for v in desk.values(n, "accordingTo")
            )
            sub = (
                "" if fact else desk.language.say("according to %(names)s", names=", ".join(views))
            )
            when = "; ".join(say_period(n, desk) for n in statuses)
            made[fact].append(StripRow(desk.link(about), when, sub=sub, shapes=tuple(shapes)))
    say = desk.language.say
    return make_table(
        "holders",
        [(say("In fact"), made[True]), (say("In law, according to"), made[False])],
        scale,
        write_query("held", [party]),
        ((desk.call(party), letter),),
    )


def _pick_longest(rows: Mapping[str, Sequence[str]], most: int | None) -> list[str]:
    """The territories with most statuses, in the order given."""
    told = sorted(rows, key=lambda each: (-len(rows[each]), each))[:most]
    return [each for each in rows if each in told]


def list_change_days(thing: str, desk: Desk) -> list[tuple[str, str]]:
    """The days on which a holder changes in fact: `YYYY-MM-DD` and in words."""
    days: dict[str, None] = {}
    for node in list_statuses(thing, desk):
        text = desk.first(node, "from")
        if mode_of(node, desk) == DE_FACTO and _MONTH_OR_DAY.match(text):
            days[text] = None
    ordered = sorted(days, key=lambda text: (order_day(text, f"{text}-01"), len(text)))
    return [(day, say_day(day, desk.language)) for day in ordered]
