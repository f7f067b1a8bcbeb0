"""Key facts: a row for each property, with who says so and whether it is disputed.

Pure. Values come from the statements where there are any, else from the plain triples, so that
each row can count its sources; rejected values are struck, never left out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from server.pages.cards import Desk
from server.pages.outside import LINKING
from server.pages.shown import Card, Shown
from server.pages.thing.belonging import find_disputes
from server.pages.thing.order import BACKWARD, CALLED, FIRST
from server.pages.view import NAMED_APART
from server.pages.witness import Notes, count_sources
from server.rdf.model import ALT_LABEL, PACTA, Literal

_MOST_UNORDERED = 8
"""Rows that a thing begins with where its kind has no order of its own."""


@dataclass(frozen=True)
class Row:
    """One row.

    Attributes:
        label: What it tells.
        href: Where the property is explained.
        values: Accepted, the preferred first.
        struck: Rejected ones.
        remarks: Words beside the values: missing, denied, a note.
        who: How many sources say so, in words.
        notes: Numbers of the notes with their passages.
        disputes: The disagreements about these values.
    """

    label: str
    href: str
    values: tuple[Shown, ...]
    struck: tuple[Shown, ...] = ()
    remarks: tuple[str, ...] = ()
    who: str = ""
    notes: tuple[int, ...] = ()
    disputes: tuple[Shown, ...] = ()


def list_rows(
    iri: str, cards: Sequence[Card], desk: Desk, notes: Notes, more: Notes
) -> tuple[list[Row], list[Row]]:
    """The rows of a thing: those its kind begins with, and the rest.

    Args:
        iri: The thing.
        cards: The statements about it.
        desk: Where the rest is read.
        notes: Where the passages of the first rows are numbered.
        more: Where those of the rest are.
    """
    stated: dict[str, list[Card]] = {}
    for card in cards:
        if card.on is not None:
            stated.setdefault(card.on.iri, []).append(card)
    order = FIRST.get(desk.names.kind(iri), ())
    first = [row for name in order if (row := _make_row(iri, name, stated, desk, notes))]
    told = {PACTA + name for name in order}
    apart = NAMED_APART | LINKING | {PACTA + "note"}
    plain = [p for p in desk.properties(iri) if p not in apart]
    others = dict.fromkeys(p for p in (*plain, *stated) if p not in told)
    named = sorted(others, key=lambda p: (p != ALT_LABEL, desk.name(p).casefold()))
    names = [
        row for p in named[:1] if p == ALT_LABEL and (row := _make_row(iri, p, stated, desk, notes))
    ]
    further = [p for p in named if p != ALT_LABEL]
    at_once = [] if order else further[:_MOST_UNORDERED]
    first += [row for p in at_once if (row := _make_row(iri, p, stated, desk, notes))]
    return [*first, *names], [
        row for p in further[len(at_once) :] if (row := _make_row(iri, p, stated, desk, more))
    ]


def _make_row(
    iri: str, name: str, stated: Mapping[str, Sequence[Card]], desk: Desk, notes: Notes
) -> Row | None:
    if name.startswith("^"):
        return _make_backward(iri, name[1:], desk, notes)
    if name == "kind":
        kinds = tuple(desk.show(v) for v in desk.values(iri, "kind"))
        return Row(desk.language.say("Kind"), "", kinds) if kinds else None
    predicate = name if ":" in name else PACTA + name
    label = desk.language.say(CALLED[name]) if name in CALLED else desk.name(predicate)
    href = desk.addresses.document(predicate) or ""
    cards = stated.get(predicate, ())
    if not cards:
        lasting = desk.lasts(iri)
        values = tuple(
            desk.show(v, lasting=lasting) for v in desk.properties(iri).get(predicate, ())
        )
        return Row(label, href, values) if values else None
    return _judge(label, href, cards, desk, notes)


def _judge(label: str, href: str, cards: Sequence[Card], desk: Desk, notes: Notes) -> Row:
    """A row from statements: accepted values merged, rejected ones struck, disputes named."""
    accepted = sorted(
        (c for c in cards if not c.rejected), key=lambda c: (c.rank != "preferred", c.missing)
    )
    values = _merge(v for c in accepted if not c.missing and not c.denied for v in c.values)
    struck = _merge(v for c in cards if c.rejected for v in c.values)
    remarks = [v.text for c in accepted if c.missing for v in c.values]
    remarks += [
        desk.language.say("denied: %(value)s", value=", ".join(v.text for v in c.values))
        for c in accepted
        if c.denied
    ]
    evidence = [e for c in accepted for e in c.evidence]
    disputes = dict.fromkeys(d for c in cards for d in find_disputes(c.iri, desk))
    return Row(
        label,
        href,
        values,
        tuple(v for v in struck if v not in values),
        tuple(dict.fromkeys(remarks)),
        count_sources(evidence).say(desk.language),
        tuple(dict.fromkeys(n for c in accepted for n in notes.cite(c.evidence))),
        tuple(desk.link(each) for each in disputes),
    )


def _merge(values: Iterable[Shown]) -> tuple[Shown, ...]:
    return tuple(dict.fromkeys(values))


def _make_backward(iri: str, name: str, desk: Desk, notes: Notes) -> Row | None:
    """A property read from its other end: `amended by …`, with the day of what did it."""
    sources = sorted(
        {str(q.subject) for q in desk.reader.incoming(iri) if q.predicate == PACTA + name}
    )
    things = [s for s in sources if desk.names.kind(s) not in ("statement", "status", "")]
    if not things:
        return None
    said = [
        q.subject
        for q in desk.reader.incoming(iri)
        if q.predicate == PACTA + "value"
        and desk.first(str(q.subject), "onProperty") == PACTA + name
    ]
    cards = [desk.card(str(node), depth=0) for node in sorted(said)]
    evidence = [e for card in cards for e in card.evidence]
    return Row(
        desk.language.say(BACKWARD[name]),
        desk.addresses.document(PACTA + name) or "",
        tuple(desk.link(each, _name_with_day(each, desk)) for each in things),
        who=count_sources(evidence).say(desk.language),
        notes=tuple(dict.fromkeys(n for card in cards for n in notes.cite(card.evidence))),
    )


def _name_with_day(thing: str, desk: Desk) -> str:
    days = [desk.show(v).text for v in desk.values(thing, "signedOn") if isinstance(v, Literal)]
    name = desk.call(thing)
    return f"{name}, {days[0]}" if days and days[0] not in name else name
