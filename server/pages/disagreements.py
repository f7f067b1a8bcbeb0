"""Disagreements for display: the sides, their assertions in full, our judgement."""

from dataclasses import dataclass

from server.pages.cards import Desk
from server.pages.draw.table import StripTable
from server.pages.shown import Card, Shown


@dataclass(frozen=True)
class Side:
    """One side of a disagreement."""

    label: str
    cards: tuple[Card, ...]
    preferred: bool
    rejected: bool = False


_LONGEST = 80
"""Characters at most of the values that stand for the name of a side without one."""


@dataclass(frozen=True)
class Conflict:
    """A disagreement with its sides and our judgement."""

    iri: str
    href: str
    label: str
    kind: str
    about: tuple[Shown, ...]
    sides: tuple[Side, ...]
    open: bool
    judgement: tuple[Shown, ...]
    outside: tuple[Shown, ...]
    concerns: tuple[Shown, ...] = ()
    language: str = ""
    picture: StripTable | None = None


def make_conflict(iri: str, desk: Desk) -> Conflict:
    """A disagreement with its sides, each with its assertions in full."""
    prefers = {str(v) for v in desk.values(iri, "prefers")}
    sides: list[Side] = []
    for number, side in enumerate(desk.values(iri, "hasSide"), 1):
        members = [str(v) for v in desk.values(str(side), "includes")]
        label = desk.names.labels(str(side))
        cards = tuple(desk.card(member) for member in members)
        values = ", ".join(dict.fromkeys(v.text for card in cards for v in card.values))
        name = desk.name(str(side)) if label else values[:_LONGEST]
        name = name or desk.language.say("Side %(n)s", n=number)
        preferred = bool(prefers & set(members))
        rejected = bool(cards) and all(card.rejected for card in cards)
        sides.append(Side(name, cards, preferred, rejected or bool(prefers and not preferred)))
    return Conflict(
        iri=iri,
        href=desk.addresses.document(iri) or "",
        label=desk.call(iri),
        kind=", ".join(desk.name(str(v)) for v in desk.values(iri, "kind")),
        about=tuple(desk.link(str(v)) for v in desk.values(iri, "about")),
        sides=tuple(sides),
        open=not prefers,
        judgement=tuple(desk.show(v) for v in desk.values(iri, "judgement")),
        outside=tuple(desk.show(v) for v in desk.values(iri, "outside")),
        concerns=tuple(desk.link(str(v)) for v in desk.values(iri, "concerns")),
        language=desk.speaks(iri),
    )
