"""Figures on one axis from zero: demanded, conceded, allowed, agreed, side by side. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from server.pages.cards import Desk
from server.pages.draw.scale import Tick
from server.pages.draw.strips import Shape
from server.pages.draw.table import StripRow, StripTable
from server.pages.language import Language
from server.pages.queries import write_query
from server.pages.shown import Card, Shown
from server.pages.thing.belonging import find_disputes
from server.pages.witness import Notes

_LOOKS = {
    "demanded": "f hc",
    "offered": "f hd",
    "conceded": "f fo",
    "agreed": "f fa",
    "planned": "f hd",
}
"""Stage of a figure → how its bar looks."""
_CEILINGS = ("at-most", "less-than", "maximum", "up-to")
_WIDEST = 96.0


@dataclass(frozen=True)
class Amounts:
    """The figures of one quantity in one unit, drawn."""

    title: str
    table: StripTable


def draw_amounts(
    cards: Sequence[Card], desk: Desk, notes: Notes, most: int | None = None
) -> list[Amounts]:
    """The figures, by quantity and unit, in the order of time; the longest lists first.

    Args:
        cards: Figures.
        desk: Where amounts are read.
        notes: Where passages are numbered.
        most: How many quantities; None: all.
    """
    grouped: dict[tuple[str, str], list[Card]] = {}
    for card in cards:
        if card.kind == "Figure" and not card.rejected:
            grouped.setdefault((card.one("quantity"), card.one("unit")), []).append(card)
    longest = sorted(grouped.items(), key=lambda pair: -len(pair[1]))[:most]
    return [
        Amounts(
            f"{quantity}, {unit}" if unit else quantity,
            _draw(f"amounts-{number}", sorted(group, key=_order), desk, notes),
        )
        for number, ((quantity, unit), group) in enumerate(longest)
    ]


def _order(card: Card) -> tuple[int, str]:
    return (card.order, card.slug)


def _draw(key: str, cards: Sequence[Card], desk: Desk, notes: Notes) -> StripTable:
    numbers = [read_amount(card.iri, desk) for card in cards]
    most = max((n for n in numbers if n is not None), default=Decimal(0))
    rows = [_make_row(c, n, most, desk, notes) for c, n in zip(cards, numbers, strict=True)]
    query = write_query("amounts", [card.iri for card in cards])
    return StripTable(
        key, (("", tuple(rows)),), tuple(_list_ticks(most, desk.language)), query=query
    )


def read_amount(figure: str, desk: Desk) -> Decimal | None:
    """The amount of a figure; None where it is missing."""
    try:
        return Decimal(desk.first(figure, "amount"))
    except InvalidOperation:
        return None


def _make_row(
    card: Card, amount: Decimal | None, most: Decimal, desk: Desk, notes: Notes
) -> StripRow:
    stage = desk.first(card.iri, "stage").rpartition("/")[2]
    bound = desk.first(card.iri, "bound").rpartition("/")[2]
    width = round(float(amount / most) * _WIDEST, 2) if amount is not None and most else 0.0
    shapes: list[Shape] = []
    ceiling = bound in _CEILINGS or stage == "ceiling"
    if amount is not None:
        if stage != "ceiling":
            shapes.append(Shape("band", 0.0, max(width, 0.4), _LOOKS.get(stage, "f fd")))
        if ceiling:
            shapes.append(Shape("stop", width))
    said = card.one("amount") or ", ".join(v.text for v in card.values)
    about = [a for a in card.about if a.text]
    note = next((", ".join(v.text for v in m.values) for m in card.marks if m.name == "note"), "")
    who = next((", ".join(v.text for v in m.values) for m in card.marks if m.name == "saidBy"), "")
    told = (", ".join(a.text for a in about), who, note)
    sub = "; ".join(each.rstrip(".") for each in told if each)  # a proposal is named by its content
    disputes = find_disputes(card.iri, desk)
    return StripRow(
        Shown(card.one("stage") or desk.language.say("figure"), card.href, iri=card.iri),
        card.one("date"),
        f"{card.one('bound')} {said}".strip(),
        sub,
        tuple(shapes),
        notes.cite(card.evidence),
        tuple(desk.link(d) for d in disputes[:2]),
    )


def _list_ticks(most: Decimal, language: Language) -> list[Tick]:
    """Round amounts from zero to the largest one."""
    if not most:
        return []
    power = Decimal(10) ** (most.adjusted())
    step = next(s * power / 10 for s in (1, 2, 5, 10, 20) if most / (s * power / 10) <= 5)
    ticks: list[Tick] = []
    at = Decimal(0)
    while at <= most:
        text = language.number(f"{at.normalize():f}")
        ticks.append(Tick(round(float(at / most) * _WIDEST, 2), text, minor=len(ticks) % 2 == 1))
        at += step
    return ticks
