"""The first page: the collection as a map and a timeline, questions with answers. Pure."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loader.rdf.folding import fold_name
from server.pages.cards import Desk
from server.pages.draw.maps import Map, draw_map
from server.pages.draw.table import StripTable
from server.pages.editor import say_header
from server.pages.shown import Shown
from server.pages.thing.holders import letter_of, list_statuses, make_palette
from server.pages.thing.life import order_event
from server.pages.whole.day import CERTAIN, LAST_KNOWN, NO_END, POSSIBLE
from server.pages.whole.finding import FOUND, count_disputes
from server.pages.whole.front_times import draw_collection
from server.pages.words import say_literal
from server.rdf.model import ALT_LABEL, PACTA, RDF, XSD, Literal

_TERM = re.compile(r'"((?:[^"\\]|\\.)*)"(?:@([\w-]+)|\^\^<?([^>]+?)>?)?\Z')
MOST_ROWS = 5
MOST_SOURCES = 20
MOST_TREATIES = 100
"""Treaties of the central party that the page lists, and of the others; the rest is counted."""
_SURE = (CERTAIN, POSSIBLE, NO_END, LAST_KNOWN)
_WIDE = 4
"""Columns from which the table of an answer takes the room of two cards."""


@dataclass(frozen=True)
class Answer:
    """A sample question with the rows that it returns."""

    title: str
    question: str
    headings: tuple[str, ...]
    rows: tuple[tuple[tuple[Shown, ...], ...], ...]
    more: int
    name: str

    @property
    def wide(self) -> bool:
        """Whether its table takes the room of two cards."""
        return len(self.headings) > _WIDE and len(self.rows) > 1


@dataclass(frozen=True)
class TreatyRow:
    """A treaty in the order of time."""

    thing: Shown
    signed: str
    parties: tuple[Shown, ...]
    disagreements: int


@dataclass(frozen=True)
class FrontPage:
    """Everything the first page shows.

    Attributes:
        own: Treaties of the central party, the first ones in the order of time; `others`: the same.
        totals: How many treaties of the central party there are, and how many of others.
        examples: Words to search for: a name in another language, a day, a person.
    """

    map: Map | None
    timeline: StripTable | None
    answers: tuple[Answer, ...]
    own: tuple[TreatyRow, ...]
    others: tuple[TreatyRow, ...]
    totals: tuple[int, int]
    own_party: str
    territories: tuple[Shown, ...] = ()
    people: tuple[Shown, ...] = ()
    kinds: tuple[tuple[str, int], ...] = ()
    sources: tuple[Shown, ...] = ()
    days: tuple[tuple[str, str], ...] = ()
    examples: tuple[str, ...] = ()


def _list_treaties(desk: Desk) -> list[str]:
    return [t for t in desk.instances("Treaty") if desk.names.kind(t) == "treaty"]


def order_treaties(desk: Desk) -> list[str]:
    """All treaties in the order of time, those without a date last."""
    return sorted(_list_treaties(desk), key=lambda t: (order_event(t, desk)[0], desk.call(t)))


def _show_treaty(treaty: str, desk: Desk) -> TreatyRow:
    return TreatyRow(
        desk.link(treaty),
        ", ".join(desk.show(v).text for v in desk.values(treaty, "signedOn")),
        tuple(desk.link(str(v)) for v in desk.values(treaty, "hasParty")),
        desk.once(count_disputes)[treaty],
    )


def build_front(answers: Iterable[Answer], desk: Desk) -> FrontPage:
    """The first page of a collection."""
    desk.read_ahead("earliest", "latest", "hasParty")
    central, held = desk.once(_find_central), desk.once(_count_held)
    is_own = {t: central in _list_parties(t, desk) for t in order_treaties(desk)}
    own, others = ([t for t, one in is_own.items() if one is kept] for kept in (True, False))
    conflicts: dict[str, int] = {}
    for each in desk.instances("Disagreement"):
        for kind in desk.values(each, "kind"):
            conflicts[desk.name(str(kind))] = conflicts.get(desk.name(str(kind)), 0) + 1
    people = desk.once(_list_speakers)[:MOST_ROWS]
    rows = [_show_treaty(treaty, desk) for treaty in own[:MOST_TREATIES]]
    days = [row for row in rows if re.match(r"\d", row.signed)]
    return FrontPage(
        map=_draw_whole(desk),
        timeline=draw_collection(is_own, central, held, desk),
        answers=tuple(answers),
        own=tuple(rows),
        others=tuple(_show_treaty(treaty, desk) for treaty in others[:MOST_TREATIES]),
        totals=(len(own), len(others)),
        own_party=desk.call(central) if central else "",
        territories=tuple(desk.link(t) for t in held[:MOST_ROWS]),
        people=tuple(desk.link(p) for p in people),
        kinds=tuple(sorted(conflicts.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_ROWS]),
        sources=tuple(desk.link(s) for s in desk.instances("Source")[:MOST_SOURCES]),
        examples=tuple(_pick_examples(held, [row.signed for row in days], people, desk)),
        days=tuple(
            (desk.first(r.thing.iri, "signedOn"), r.signed)
            for r in days
            if len(desk.first(r.thing.iri, "signedOn")) == 10
        )[:3],
    )


def _pick_examples(
    held: list[str], days: list[str], people: list[str], desk: Desk
) -> Iterable[str]:
    """Words that the search finds: another name of what was held most, a day, a person."""
    for thing in held[:1]:
        names = [v for v in desk.values(thing, ALT_LABEL) if isinstance(v, Literal)]
        others = [v.value for v in names if v.language not in ("", desk.language.code)]
        yield next((name for name in others if name != desk.call(thing)), desk.call(thing))
    yield from days[:1]
    yield from (desk.call(person) for person in people[:1])


def _list_parties(treaty: str, desk: Desk) -> list[str]:
    return [str(value) for value in desk.values(treaty, "hasParty")]


def _find_central(desk: Desk) -> str:
    """The party to a treaty of which most is said; empty: no treaty has a party."""
    signed = {party for t in _list_treaties(desk) for party in _list_parties(t, desk)}
    return max(sorted(signed), key=lambda p: len(desk.reader.incoming(p)), default="")


def _list_speakers(desk: Desk) -> list[str]:
    """Who took positions, those first who took most."""
    spoken = {person: _count_said(person, desk) for person in desk.instances("Person")}
    return sorted(filter(spoken.get, spoken), key=lambda p: (-spoken[p], p))


def _count_said(person: str, desk: Desk) -> int:
    """How many positions a person took."""
    quads = desk.reader.incoming(person)
    said = {q.subject for q in quads if q.predicate == PACTA + "saidBy"}
    return sum(desk.names.kind(str(node)) == "position" for node in said)


def _count_held(desk: Desk) -> list[str]:
    """What was held, the most often held first."""
    found: dict[str, int] = {}
    for node in desk.instances("TerritorialStatus"):
        about = desk.first(node, "about")
        found[about] = found.get(about, 0) + 1
    return sorted(found, key=lambda t: (-found[t], t))


def _draw_whole(desk: Desk) -> Map | None:
    places = [p for p in desk.instances("Settlement") if desk.names.kind(p) == "place"]
    told = sorted(places, key=lambda p: (-len(desk.reader.incoming(p)), p))[:10]
    dots = [*told, *desk.instances("MilitaryBase")]
    return draw_map(dots, desk.once(_list_areas), desk)


def _list_areas(desk: Desk) -> list[tuple[str, str]]:
    """Everything that was held, with the CSS classes of its last holder's colour."""
    palette = desk.once(make_palette)
    areas = []
    for thing in sorted({*desk.once(_count_held), *desk.instances("Territory")}):
        statuses = list_statuses(thing, desk)
        holder = next((desk.first(n, "holder") for n in reversed(statuses)), "")
        areas.append((thing, f"f h{letter_of(holder, palette, desk)}"))
    return areas


def read_answer(name: str, header: Mapping[str, str], table: str, desk: Desk) -> Answer:
    """A sample question with the rows that the release promises it returns.

    Args:
        name: Of its file.
        header: Its title, question and columns, by language where it has several.
        table: The file of its rows (tab-separated, terms as in Turtle, addresses relative).
        desk: Where things are named.
    """
    lines = list(csv.reader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE))
    code = desk.language.code
    return Answer(
        title=say_header(header, "title", code) or name,
        question=say_header(header, "question", code),
        headings=_say_columns(header, lines[0] if lines else (), code),
        rows=tuple(
            tuple(_read_cell(cell, desk) for cell in line) for line in lines[1 : MOST_ROWS + 1]
        ),
        more=max(len(lines) - 1 - MOST_ROWS, 0),
        name=name,
    )


def _say_columns(header: Mapping[str, str], variables: Sequence[str], code: str) -> tuple[str, ...]:
    """The headings of a table: as the question words them, else `?notBefore` → `not before`."""
    worded = [each.strip() for each in say_header(header, "columns", code).split(",")]
    if all(worded) and len(worded) == len(variables):
        return tuple(worded)
    return tuple(
        re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.lstrip("?")).lower() for name in variables
    )


def _find_named(text: str, desk: Desk) -> Shown | None:
    """What a label or notation in an answer names, called as on other pages; None: nothing."""
    if text in _SURE:
        return Shown(desk.language.say(text))
    hits, _ = desk.names.find(text, 5)
    called = [h for h in hits if fold_name(h.matched.text) == fold_name(text.replace("-", " "))]
    for hit in called:
        if hit.kind == "concept":
            return Shown(desk.name(hit.thing))
        if hit.kind in FOUND and "#" not in hit.thing:
            return desk.link(hit.thing)
    return None


def _read_cell(cell: str, desk: Desk) -> tuple[Shown, ...]:
    if not cell:
        return ()
    if cell.startswith("<"):
        iri = cell.strip("<>")
        return (desk.link(iri if ":" in iri else desk.addresses.base + iri),)
    found = _TERM.match(cell)
    if found is None:
        datatype = XSD + ("integer" if re.fullmatch(r"[+-]?\d+", cell) else "decimal")
        return (Shown(say_literal(Literal(cell, "", datatype), desk.language)),)
    text, language, datatype = found.groups()
    if not datatype and (named := _find_named(text, desk)) is not None:
        return (named,)
    datatype = (datatype or "").replace("xsd:", XSD)
    value = Literal(text.replace('\\"', '"'), language or "", datatype or RDF + "langString")
    return (Shown(say_literal(value, desk.language)),)
