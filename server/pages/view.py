"""What the HTML page of an address shows, as plain values for the template. Pure.

One `Page` for every kind of thing: what it is, at a glance (the plain triples), what is stated
(by property, rejected values below with their reason), statuses in order of time, figures, roles,
provisions, proposals, positions, disagreements, what points here. Kinds with a face of their own
(assertion, evidence, disagreement) carry it in `card`, `passage` and `sides`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from server.pages.cards import SITUATIONS, Desk
from server.pages.disagreements import Conflict, make_conflict
from server.pages.outside import LINKING, Outside, list_outside
from server.pages.shown import Card, Evidence, Field, Shown
from server.pages.words import OPEN_START
from server.rdf.model import (
    ALT_LABEL,
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
        order: The first day it may have been on, or the last where no first is known; or empty.
        earliest: The first day it may have been on; empty where none is known.
        latest: The last one; empty where none is known.
    """

    when: str
    order: str
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


@dataclass(frozen=True)
class Page:
    """Everything a page shows of one address."""

    iri: str
    path: str
    title: str
    titles: tuple[tuple[str, str], ...]
    kind: str
    types: tuple[Shown, ...]
    kinds: tuple[Shown, ...]
    facts: tuple[Field, ...]
    stated: tuple[StatedProperty, ...] = ()
    tables: Mapping[str, Table] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    life: tuple[Moment, ...] = ()
    outside: tuple[Outside, ...] = ()
    incoming: tuple[Incoming, ...] = ()
    card: Card | None = None
    passage: Evidence | None = None
    conflict: Conflict | None = None
    proves: tuple[Card, ...] = ()
    passages: tuple[Evidence, ...] = ()


def build_page(iri: str, desk: Desk) -> Page:
    """The page of an address of the collection.

    Args:
        iri: A thing, assertion, source, concept … of the release.
        desk: Where it is read and named.
    """
    kind = desk.names.kind(iri)
    types = narrow_types(desk.values(iri, TYPE, "rejectedAs"), desk)
    cards = _read_cards(iri, desk)
    outside = tuple(list_outside(iri, desk))
    is_card = any(name in SITUATIONS for name in desk.types(iri))
    return Page(
        iri=iri,
        path=desk.addresses.document(iri) or "",
        title=(title := desk.call(iri)),
        titles=tuple(
            (lang, text)
            for lang, text in sorted(desk.names.labels(iri).items())
            if lang != "en" and text != title
        ),
        kind=kind,
        types=tuple(desk.link(str(t)) for t in types),
        kinds=tuple(desk.show(v) for v in desk.values(iri, "kind")),
        facts=() if is_card else _list_facts(iri, desk, LINKING if outside else frozenset()),
        stated=group_stated(card for card in cards if card.kind == "Statement"),
        tables=make_tables(cards),
        conflicts=tuple(_list_conflicts(iri, desk)),
        life=tuple(_list_life(iri, desk)),
        outside=outside,
        incoming=tuple(list_incoming(iri, desk)),
        card=desk.card(iri) if is_card else None,
        passage=desk.evidence(iri),
        conflict=make_conflict(iri, desk) if "Disagreement" in desk.types(iri) else None,
        proves=_list_proven(iri, desk) if kind == "evidence" else (),
        passages=_list_passages(iri, desk) if kind == "source" else (),
    )


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


def _read_cards(iri: str, desk: Desk) -> list[Card]:
    about = [
        q.subject
        for q in desk.reader.incoming(iri)
        if q.predicate == PACTA + "about" and desk.covers(q.subject)
    ]
    nodes = [n for n in dict.fromkeys(about) if any(t in SITUATIONS for t in desk.types(n))]
    return sorted((desk.card(str(n)) for n in nodes), key=lambda card: (card.order, card.slug))


def _list_facts(iri: str, desk: Desk, apart: frozenset[str]) -> tuple[Field, ...]:
    """The plain triples of a thing, by property, in the order of their labels."""
    lasting = desk.lasts(iri)
    fields: list[tuple[str, Field]] = []
    for predicate, values in desk.properties(iri).items():
        if predicate in NAMED_APART or predicate in apart:
            continue
        label = desk.name(predicate)
        shown = tuple(desk.show(v, lasting=lasting) for v in values)
        order = "0" if predicate == ALT_LABEL else "1"
        place = desk.addresses.document(predicate) or ""
        fields.append((order + label.casefold(), Field(label, shown, place)))
    return tuple(each for _, each in sorted(fields, key=lambda pair: pair[0]))


def group_stated(cards: Iterable[Card]) -> tuple[StatedProperty, ...]:
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


def _by_rank(card: Card) -> tuple[bool, bool, str, str]:
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


_MODES = (
    ("de-facto", "In fact (de facto)"),
    ("de-jure", "In law (de jure), always according to somebody"),
    ("sphere-of-influence", "Spheres of influence"),
    ("", "Other"),
)


def group_statuses(table: Table | None) -> list[tuple[str, str, tuple[Card, ...]]]:
    """The accepted statuses by mode, each in the order of time: mode, heading, cards."""
    grouped: dict[str, list[Card]] = {}
    known = {mode for mode, _ in _MODES}
    for card in table.cards if table is not None else ():
        mode = next((v.iri.rpartition("/")[2] for v in card.fields.get("mode", ())), "")
        grouped.setdefault(mode if mode in known else "", []).append(card)
    return [(mode, title, tuple(grouped[mode])) for mode, title in _MODES if mode in grouped]


def make_tables(cards: Sequence[Card]) -> dict[str, Table]:
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


def _list_conflicts(iri: str, desk: Desk) -> Iterable[Conflict]:
    """The disagreements about a thing, and those that an assertion stands in."""
    found: dict[str, None] = {}
    for quad in desk.reader.incoming(iri):
        if quad.predicate == PACTA + "about" and "Disagreement" in desk.types(quad.subject):
            found[quad.subject] = None
        elif quad.predicate == PACTA + "includes":
            found[quad.subject.partition("#")[0]] = None
    for node in sorted(found):
        yield make_conflict(node, desk)


def _list_life(iri: str, desk: Desk) -> Iterable[Moment]:
    """The events of a treaty, in the order of time; those without a date last."""
    moments: list[Moment] = []
    for quad in desk.reader.incoming(iri):
        if quad.predicate not in (PACTA + "ofTreaty", PACTA + "affects", PACTA + "atPlace"):
            continue
        moments.append(make_moment(quad.subject, desk))
    unique = {moment.thing.href: moment for moment in moments}
    yield from sorted(unique.values(), key=lambda m: (m.order == "", m.order, m.thing.text))


def make_moment(iri: str, desk: Desk) -> Moment:
    """An event, planned or not, with its date in words."""
    planned = "PlannedEvent" in desk.types(iri)
    kinds = [str(v) for v in desk.values(iri, "kind")]
    lasting = desk.lasts(iri)
    dates: list[Term] = desk.values(iri, "date", "plannedFor")
    when = ", ".join(desk.show(v, lasting=lasting).text for v in dates)
    open_ended = any(isinstance(v, Literal) and v.value.endswith("/..") for v in dates)
    earliest = "" if (day := desk.first(iri, "earliest")) == OPEN_START else day
    latest = "" if open_ended else desk.first(iri, "latest")
    return Moment(
        when,
        earliest or latest,
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
    """What points here and is not shown above, by property; statements by what they are about."""
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


def _list_proven(iri: str, desk: Desk) -> tuple[Card, ...]:
    """The assertions that a passage is evidence of."""
    names = (PACTA + "hasEvidence", PACTA + "hasEndEvidence")
    nodes = {str(q.subject) for q in desk.reader.incoming(iri) if q.predicate in names}
    return tuple(desk.card(node, depth=0) for node in sorted(nodes) if desk.covers(node))


def _list_passages(iri: str, desk: Desk) -> tuple[Evidence, ...]:
    """The passages of a source that anything rests on, in the order of the text."""
    nodes = {str(q.subject) for q in desk.reader.incoming(iri) if q.predicate.endswith("hasSource")}
    found = [e for node in nodes if desk.covers(node) and (e := desk.evidence(node)) is not None]
    return tuple(sorted(found, key=lambda each: (each.start, each.end)))


def pick_language(values: Iterable[Term], language: str = "en") -> str:
    """The text in a language, else the first there is; empty where there is none."""
    texts = [v for v in values if isinstance(v, Literal)]
    chosen = [v.value for v in texts if v.language == language] or [v.value for v in texts]
    return chosen[0] if chosen else ""
