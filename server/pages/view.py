"""What is stated about a thing and what refers to it, grouped for its page. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.pages.cards import Desk
from server.pages.shown import Card, Shown
from server.pages.words import OPEN_STARTS, order_day
from server.rdf.model import (
    GEO,
    LABEL,
    OA,
    PACTA,
    PREF_LABEL,
    RDF,
    RDFS,
    TYPE,
    VOID,
    Literal,
    Term,
)

NOT_TOLD = (
    *("kind", "searchKey", "julianDay", "earliest", "latest"),
    *("hasEvent", "hasProvision", "fromEarliest", "fromLatest", "untilEarliest", "untilLatest"),
)
NAMED_APART = frozenset(
    (
        *(LABEL, PREF_LABEL, TYPE, VOID + "inDataset", RDF + "type"),
        GEO + "hasGeometry",
        *(PACTA + name for name in NOT_TOLD),
    )
)
"""Properties that the page shows elsewhere than in the list of facts, or not in words."""


@dataclass(frozen=True)
class StatedProperty:
    """What is stated of one property: accepted values first, rejected ones apart."""

    label: str
    href: str
    accepted: tuple[Card, ...]
    rejected: tuple[Card, ...]


@dataclass(frozen=True)
class Table:
    """Cards of one class, to be shown as a table; rejected ones apart."""

    name: str
    cards: tuple[Card, ...]
    rejected: tuple[Card, ...] = ()


@dataclass(frozen=True)
class Moment:
    """An event in the life of a thing.

    Attributes:
        when: In words.
        order: Its place in the order of time: the first day it may have been on, or the last
            where no first is known.
        earliest: The first day it may have been on; empty where none is known.
        latest: The last one; empty where none is known.
    """

    when: str
    order: int
    thing: Shown
    kind: str
    planned: bool = False
    earliest: str = ""
    latest: str = ""


@dataclass(frozen=True)
class Incoming:
    """What points here by one property."""

    label: str
    links: tuple[Shown, ...]


def narrow_types(types: Sequence[Term], desk: Desk) -> list[Term]:
    """The classes without those that another of them is a kind of."""
    above: set[str] = set()
    todo = [str(t) for t in types]
    while todo:
        for value in desk.values(todo.pop(), RDFS + "subClassOf"):
            if str(value) not in above:
                above.add(str(value))
                todo.append(str(value))
    return [t for t in types if str(t) not in above]


def group_stated(cards: Iterable[Card]) -> tuple[StatedProperty, ...]:
    """Statements by their property, rejected values apart, in the order of the names."""
    groups: dict[str, list[Card]] = {}
    heads: dict[str, Shown] = {}
    for card in cards:
        if card.on is not None:
            groups.setdefault(card.on.iri, []).append(card)
            heads[card.on.iri] = card.on
    made = [
        StatedProperty(
            heads[name].text,
            heads[name].href,
            tuple(sorted((c for c in group if not c.rejected), key=_by_rank)),
            tuple(c for c in group if c.rejected),
        )
        for name, group in groups.items()
    ]
    return tuple(sorted(made, key=lambda each: each.label.casefold()))


def _by_rank(card: Card) -> tuple[bool, bool, int, str]:
    return (card.rank != "preferred", card.missing, card.order, card.slug)


_TABLES = {
    "TerritorialStatus": "statuses",
    "Figure": "figures",
    "Role": "roles",
    "Provision": "provisions",
    "Article": "provisions",
    "Proposal": "proposals",
    "Position": "positions",
}


def make_tables(cards: Sequence[Card]) -> dict[str, Table]:
    """Situations by the table that shows them; articles in the order of their numbers."""
    grouped: dict[str, list[Card]] = {}
    for card in cards:
        if card.kind in _TABLES:
            grouped.setdefault(_TABLES[card.kind], []).append(card)
    if "provisions" in grouped:
        grouped["provisions"].sort(key=_by_number)
    return {
        name: Table(
            name,
            tuple(c for c in group if not c.rejected),
            tuple(c for c in group if c.rejected),
        )
        for name, group in grouped.items()
    }


_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}


def _by_number(card: Card) -> tuple[int, str]:
    """Articles by number, Arabic or Roman, then what has none."""
    text = card.one("number").strip()
    if text.isdigit():
        return int(text), card.slug
    values = [_ROMAN.get(c, 0) for c in text]
    if text and all(values):
        total = sum(-v if v < max(values[i:]) else v for i, v in enumerate(values))
        return total, card.slug
    return 10_000, card.slug


def make_moment(iri: str, desk: Desk) -> Moment:
    """An event, planned or not, with its date in words."""
    planned = "PlannedEvent" in desk.types(iri)
    kinds = [str(v) for v in desk.values(iri, "kind")]
    lasting = desk.lasts(iri)
    dates: list[Term] = desk.values(iri, "date", "plannedFor")
    when = ", ".join(desk.show(v, lasting=lasting).text for v in dates)
    open_ended = any(isinstance(v, Literal) and v.value.endswith("/..") for v in dates)
    earliest = "" if (day := desk.first(iri, "earliest")) in OPEN_STARTS else day
    latest = "" if open_ended else desk.first(iri, "latest")
    return Moment(
        when,
        order_day(earliest, latest),
        desk.link(iri),
        ", ".join(desk.name(kind) for kind in kinds),
        planned,
        earliest,
        latest,
    )


_OWNED = frozenset(
    PACTA + name
    for name in ("about", "territory", "figureOf", "provisionOf", "ofTreaty", "linkOf", "hasSide")
)


_PROVING = frozenset((PACTA + "hasEvidence", PACTA + "hasEndEvidence", OA + "hasSource"))


def list_incoming(iri: str, desk: Desk) -> Iterable[Incoming]:
    """Incoming links not shown above, by property; statements by the thing they are about."""
    grouped: dict[str, dict[Shown, None]] = {}
    for quad in desk.reader.incoming(iri):
        predicate = str(quad.predicate)
        if predicate in _PROVING and desk.names.kind(iri) in ("evidence", "source"):
            continue
        if predicate in _OWNED:
            continue
        if predicate == VOID + "inDataset" and desk.names.kind(iri) != "dataset":
            continue
        if not desk.covers(quad.subject) or quad.subject.startswith(f"{iri}#"):
            continue
        grouped.setdefault(predicate, {})[desk.link(str(quad.subject))] = None
    last = PACTA + "value"
    for predicate in sorted(grouped, key=lambda p: (p == last, desk.name(p).casefold())):
        links = sorted(grouped[predicate], key=lambda shown: shown.text.casefold())
        yield Incoming(desk.name(predicate), tuple(links))


def choose_text(texts: Mapping[str, str], *languages: str) -> str:
    """The text in the first of the languages that has one, else any; empty where there is none."""
    return texts.get(choose_language(texts, *languages), "")


def choose_language(texts: Mapping[str, str], *languages: str) -> str:
    """The first of the languages that has a text, else any; empty where there is none."""
    return next((code for code in (*languages, *texts) if texts.get(code)), "")


def pick_language(values: Iterable[Term], language: str = "en") -> str:
    """The text in a language, else the first there is; empty where there is none."""
    texts = [v for v in values if isinstance(v, Literal)]
    chosen = [v.value for v in texts if v.language == language] or [v.value for v in texts]
    return chosen[0] if chosen else ""
