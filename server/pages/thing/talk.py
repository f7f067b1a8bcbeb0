"""What was said, by whom, to whom and reported by whom; what was proposed; what treaties provide.

Pure. Utterances stand by the event during which they were made, in the order of time.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from server.pages.cards import Desk
from server.pages.shown import Card, Shown
from server.pages.thing.belonging import find_disputes
from server.pages.thing.life import order_event, say_when
from server.pages.witness import Notes
from server.rdf.model import PACTA


@dataclass(frozen=True)
class Utterance:
    """One thing said, proposed or provided.

    Attributes:
        side: `us` (the first party), empty (the other), `it` (somebody else).
        act: Demand, refusal, judgement …
        who: Who said it.
        via: Who reports that.
        text: What, in our words, with its language where it is not the page's.
        more: Further facts in words: towards whom, outcome, concerns.
        amounts: Its figures in words.
    """

    href: str
    slug: str
    side: str
    act: str
    who: tuple[Shown, ...]
    via: tuple[Shown, ...]
    text: tuple[Shown, ...]
    more: tuple[tuple[str, tuple[Shown, ...]], ...]
    amounts: tuple[str, ...]
    notes: tuple[int, ...]
    disputes: tuple[Shown, ...]
    rejected: bool = False
    reasons: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class Round:
    """What was said during one event, or at no named one.

    Attributes:
        said: The utterances shown.
        total: How many there are.
    """

    event: Shown | None
    when: str
    said: tuple[Utterance, ...]
    total: int = 0

    @property
    def anchor(self) -> str:
        """What a link to the round ends with."""
        return self.event.iri.rpartition("/")[2] if self.event else "no-occasion"


_TOLD = ("toward", "concerns", "outcome", "benefits", "deadline")


def list_rounds(
    cards: Sequence[Card],
    parties: Sequence[str],
    desk: Desk,
    notes: Notes,
    most: int | None = None,
) -> list[Round]:
    """Positions and proposals by the event during which they were made, in the order of time.

    Events without a date come after those that have one.

    Args:
        cards: Positions and proposals.
        parties: The sides of the talks; fewer than two: all stand across.
        desk: Where the rest is read.
        notes: Where passages are numbered.
        most: How many of the first round are shown, and none of the others; None: all of all.
    """
    grouped: dict[str, list[Card]] = {}
    for card in cards:
        event = desk.first(card.iri, "madeDuring") or (card.about[0].iri if card.about else "")
        grouped.setdefault(event if desk.names.kind(event) == "event" else "", []).append(card)
    order = sorted(grouped, key=lambda e: (not e, *order_event(e, desk)))
    return [
        Round(
            desk.link(event) if event else None,
            say_when(event, desk) if event else "",
            tuple(
                make_utterance(card, parties, desk, notes)
                for card in grouped[event][: most if most is None or not number else 0]
            ),
            len(grouped[event]),
        )
        for number, event in enumerate(order)
    ]


def make_utterance(card: Card, parties: Sequence[str], desk: Desk, notes: Notes) -> Utterance:
    """A position or proposal as a reader sees it."""
    said = {mark.name: mark.values for mark in card.marks}
    speakers = said.get("saidBy", ()) or card.fields.get("proposedBy", ())
    text = [
        *card.fields.get("proposes", ()),
        *card.fields.get("site", ()),
        *card.fields.get("content", ()),
    ]
    evidence = (*card.evidence, *(e for child in card.children for e in child.evidence))
    more = [(desk.name(PACTA + name), card.fields[name]) for name in _TOLD if name in card.fields]
    disputes = [
        d for node in (card.iri, *(c.iri for c in card.children)) for d in find_disputes(node, desk)
    ]
    return Utterance(
        card.href,
        card.slug,
        _find_side([v.iri for v in speakers], parties, desk),
        card.one("act"),
        speakers,
        said.get("reportedBy", ()),
        tuple(text),
        tuple(more),
        tuple(say_figure(child) for child in card.children if child.kind == "Figure"),
        notes.cite(evidence),
        tuple(desk.link(d) for d in dict.fromkeys(disputes)),
        card.rejected,
        card.reasons,
    )


def say_figure(card: Card) -> str:
    """A figure in one line: bound, amount, unit, quantity, stage."""
    amount = card.one("amount") or ", ".join(v.text for v in card.values)
    parts = (card.one("bound"), amount, card.one("unit"), card.one("quantity"))
    stage = card.one("stage")
    return " ".join(p for p in parts if p) + (f" ({stage})" if stage else "")


def _find_side(speakers: Sequence[str], parties: Sequence[str], desk: Desk) -> str:
    if len(parties) < 2:
        return "it"
    for speaker in speakers:
        for at, party in enumerate(parties[:2]):
            if party in _reach(speaker, desk):
                return "us" if at == 0 else ""
    return "it"


def _reach(speaker: str, desk: Desk) -> set[str]:
    """Whom a person or body may speak for: what it is part of, and on whose side it had a role."""
    found, edge = {speaker}, [speaker]
    for _ in range(3):
        near: set[str] = set()
        for each in edge:
            near |= {str(v) for v in desk.values(each, "partOf", "onBehalfOf")}
            roles = [
                q.subject for q in desk.reader.incoming(each) if q.predicate == PACTA + "agent"
            ]
            near |= {str(v) for r in roles for v in desk.values(str(r), "onBehalfOf", "roleIn")}
        edge = [n for n in near - found if desk.names.kind(n) in ("party", "body")]
        found |= near
    return found


@dataclass(frozen=True)
class Article:
    """One provision: a line, and what unfolds below it."""

    href: str
    slug: str
    number: str
    kind: str
    text: tuple[Shown, ...]
    obliges: tuple[Shown, ...]
    benefits: tuple[Shown, ...]
    term: str
    secret: bool
    more: tuple[tuple[str, tuple[Shown, ...]], ...]
    remarks: tuple[str, ...]
    notes: tuple[int, ...]
    disputes: tuple[Shown, ...]
    rejected: bool
    reasons: tuple[Shown, ...]
    treaty: Shown | None = None


_SAID_APART = ("number", "kind", "content", "secret", "obliges", "benefits")


def list_articles(cards: Sequence[Card], own: str, desk: Desk, notes: Notes) -> list[Article]:
    """Provisions as articles, in the order given; the treaty is named where it is another."""
    made: list[Article] = []
    for card in cards:
        words = [c for c in card.children if c.on is not None]
        evidence = (*card.evidence, *(e for child in words for e in child.evidence))
        more = [(desk.name(PACTA + n), v) for n, v in card.fields.items() if n not in _SAID_APART]
        term = ", ".join(
            f"{c.on.text}: {', '.join(v.text for v in c.values)}" for c in words if c.on is not None
        )
        treaty = next((a for a in card.about if a.iri != own), None)
        marks = [m for m in card.marks if m.name != "derivation"]
        made.append(
            Article(
                card.href,
                card.slug,
                card.one("number"),
                card.one("kind"),
                card.fields.get("content", ()),
                card.fields.get("obliges", ()),
                card.fields.get("benefits", ()),
                term,
                desk.first(card.iri, "secret") == "true",
                tuple(more),
                tuple(f"{m.label}: {', '.join(v.text for v in m.values)}" for m in marks)
                + tuple(v.text for v in card.values),
                notes.cite(evidence),
                tuple(desk.link(d) for d in find_disputes(card.iri, desk)),
                card.rejected,
                card.reasons,
                treaty,
            )
        )
    return made


@dataclass(frozen=True)
class Office:
    """A role that somebody had."""

    href: str
    who: tuple[Shown, ...]
    role: str
    where: tuple[Shown, ...]
    side: tuple[Shown, ...]
    when: str
    remarks: tuple[str, ...]
    notes: tuple[int, ...]


def list_offices(
    cards: Sequence[Card], desk: Desk, notes: Notes, most: int | None = None
) -> list[Office]:
    """Roles in the order of time, as many as asked for."""
    say = desk.language.say
    made: list[Office] = []
    for card in sorted(cards, key=lambda c: (c.order, c.slug))[:most]:
        start, end = card.period
        stated = [v for v in card.period if v]
        open_both = not desk.values(card.iri, "from", "until", "at")
        when = say("not stated") if open_both else " – ".join(stated)
        title = card.one("title")
        role = card.one("role")
        made.append(
            Office(
                card.href,
                card.fields.get("agent", ()),
                f"{title} ({role})" if title else role,
                card.fields.get("roleIn", ()),
                card.fields.get("onBehalfOf", ()),
                when if end or not start else start,
                tuple(
                    f"{m.label}: {', '.join(v.text for v in m.values)}"
                    for m in card.marks
                    if m.name in ("note", "asPrinted")
                ),
                notes.cite(card.evidence),
            )
        )
    return made
