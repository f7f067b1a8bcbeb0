"""Lists of things of one kind: columns in the order that a reader wants, rows in order of time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from server.pages.cards import Desk
from server.pages.shown import Shown
from server.pages.thing.life import order_event
from server.pages.whole.finding import count_disputes
from server.rdf.model import PACTA

Cell = tuple[Shown, ...]


@dataclass(frozen=True)
class ListPage:
    """A list: headings, and rows of cells."""

    kind: str
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def _values(*names: str) -> Callable[[str, Desk], Cell]:
    def read(thing: str, desk: Desk) -> Cell:
        lasting = desk.lasts(thing)
        return tuple(desk.show(v, lasting=lasting) for v in desk.values(thing, *names))

    return read


def _count_disagreements(thing: str, desk: Desk) -> Cell:
    found = desk.once(count_disputes)[thing]
    return (Shown(str(found), f"{desk.addresses.document(thing)}#disagreements"),) if found else ()


def _count_incoming(name: str, mark: str = "") -> Callable[[str, Desk], Cell]:
    def read(thing: str, desk: Desk) -> Cell:
        quads = [q for q in desk.reader.incoming(thing) if q.predicate.endswith(name)]
        nodes = {
            str(q.subject) for q in quads if not mark or desk.names.kind(str(q.subject)) == mark
        }
        return (Shown(desk.language.number(str(len(nodes)))),) if nodes else ()

    return read


def _list_troops(thing: str, desk: Desk) -> Cell:
    nodes = {
        str(q.subject) for q in desk.reader.incoming(thing) if q.predicate == PACTA + "figureOf"
    }
    figures = [n for n in sorted(nodes) if desk.first(n, "quantity").endswith("/personnel")]
    return tuple(
        desk.link(n, desk.language.number(desk.first(n, "amount")))
        for n in figures
        if desk.first(n, "amount")
    )


def _list_point(thing: str, desk: Desk) -> Cell:
    place = (desk.first(thing, "lat"), desk.first(thing, "long"))
    return (Shown(", ".join(place)),) if all(place) else ()


def _list_facts(thing: str, desk: Desk) -> Cell:
    """What a figure is about."""
    return tuple(desk.link(str(v)) for v in desk.values(thing, "about"))


KIND = _values("kind")
COLUMNS: dict[str, tuple[tuple[str, Callable[[str, Desk], Cell]], ...]] = {
    "treaty": (
        ("Signed", _values("signedOn")),
        ("Parties", _values("hasParty")),
        ("Kind", KIND),
        ("Sources disagree", _count_disagreements),
    ),
    "party": (
        ("Kind", KIND),
        ("From", _values("existedFrom")),
        ("Until", _values("existedUntil")),
        ("Treaties", _count_incoming("hasParty", "treaty")),
    ),
    "territory": (
        ("Kind", KIND),
        ("Within", _values("within")),
        ("Holders stated", _count_incoming("territory", "status")),
        ("Sources disagree", _count_disagreements),
    ),
    "place": (("Kind", KIND), ("Within", _values("within")), ("Latitude, longitude", _list_point)),
    "base": (
        ("Place", _values("locatedIn")),
        ("Men", _list_troops),
        ("Arms", _values("unitKind")),
        ("Under", _values("establishedUnder")),
        ("Sources disagree", _count_disagreements),
    ),
    "person": (
        ("Kind", KIND),
        ("Born", _values("bornOn")),
        ("Died", _values("diedOn")),
        ("Roles", _count_incoming("agent", "role")),
        ("Said", _count_incoming("saidBy", "position")),
    ),
    "event": (
        ("Date", _values("date", "plannedFor")),
        ("Kind", KIND),
        ("Treaty", _values("ofTreaty")),
    ),
    "source": (
        ("Title", _values("title")),
        ("Characters", _values("characterCount")),
        ("Passages", _count_incoming("hasSource")),
        ("Copies from", _values("family")),
    ),
    "disagreement": (("Kind", KIND), ("About", _values("about", "concerns"))),
    "figure": (
        ("About", _list_facts),
        ("Quantity", _values("quantity")),
        ("Bound", _values("bound")),
        ("Amount", _values("amount")),
        ("Stage", _values("stage")),
        ("Date", _values("date")),
    ),
}
"""Kind → the columns after the name: heading (a message), and how a cell is read."""

_OTHERWISE = (("Kind", KIND), ("Part of", _values("partOf", "within")))

PLURALS = {
    "treaty": "Treaties",
    "party": "Parties",
    "body": "Bodies",
    "person": "People",
    "unit": "Military units",
    "place": "Places",
    "territory": "Territories",
    "base": "Military bases",
    "event": "Events",
    "source": "Sources",
    "disagreement": "Disagreements",
    "figure": "Figures",
}
"""Kind → its name in the plural, a message."""


_NAMED_AND_DATED = ("treaty", "event")
"""Kinds whose order needs no more than their dates and names; a figure has no name."""


def order_things(things: Iterable[str], desk: Desk) -> list[str]:
    """Things of a kind in the order of their list: dated ones in that of time, others by name."""
    every = list(things)
    if any(desk.names.kind(each) in _NAMED_AND_DATED for each in every):
        desk.read_ahead("earliest", "latest")
    return sorted(every, key=lambda each: _order(each, desk))


def list_things(kind: str, things: Iterable[str], desk: Desk) -> ListPage:
    """The list of things of a kind, in the order given."""
    columns = COLUMNS.get(kind, _OTHERWISE)
    rows = [((desk.link(thing),), *(read(thing, desk) for _, read in columns)) for thing in things]
    say = desk.language.say
    title = say(PLURALS[kind]) if kind in PLURALS else kind
    first = say("Person") if kind == "person" else say("Name")
    headings = (first, *(say(heading) for heading, _ in columns))
    return ListPage(kind, title, headings, tuple(rows))


def leave_empty(page: ListPage) -> ListPage:
    """A list without the columns in which no row has anything."""
    kept = [n for n, _ in enumerate(page.headings) if any(row[n] for row in page.rows)]
    return replace(
        page,
        headings=tuple(page.headings[n] for n in kept),
        rows=tuple(tuple(row[n] for n in kept) for row in page.rows),
    )


def _order(thing: str, desk: Desk) -> tuple[int, str]:
    dated = desk.names.kind(thing) in (*_NAMED_AND_DATED, "figure")
    day = order_event(thing, desk)[0] if dated else 0
    return day, desk.call(thing).casefold()


def tell_rows(page: ListPage) -> tuple[list[str], list[list[str]]]:
    """The list for a spreadsheet: labels, and the address beside each linked name."""
    headings = [page.headings[0], "address", *page.headings[1:]]
    rows = []
    for name, *cells in page.rows:
        told = [name[0].text, name[0].iri]
        told += ["; ".join(shown.text for shown in cell) for cell in cells]
        rows.append(told)
    return headings, rows


def tell_statements(
    iri: str, nodes: Sequence[str], desk: Desk
) -> tuple[list[str], list[list[str]]]:
    """The statements about a thing for a spreadsheet, a row for each passage."""
    say = desk.language.say
    headings = [
        *(say("About"), say("Property"), say("Value"), say("From"), say("Until"), say("Rank")),
        *(say("Because"), say("Source"), say("Start"), say("End"), "address"),
    ]
    rows: list[list[str]] = []
    for node in nodes:
        card = desk.card(node, depth=0)
        value = ", ".join(v.text for v in card.values)
        value = value or "; ".join(f"{n}: {card.one(n)}" for n in card.fields)
        head = [
            ", ".join(a.text for a in card.about),
            card.on.text if card.on else card.kind,
            value,
        ]
        head += [*card.period, say(card.rank), ", ".join(r.text for r in card.reasons)]
        for item in card.evidence or (None,):
            proof = [item.source.text, str(item.start), str(item.end)] if item else ["", "", ""]
            rows.append([*head, *proof, node])
    return headings, rows
