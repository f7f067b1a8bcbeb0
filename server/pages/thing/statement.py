"""One statement or one passage: values, who says so, the other side. Pure."""

from dataclasses import dataclass

from server.pages.cards import Desk
from server.pages.disagreements import Conflict, make_conflict
from server.pages.shown import Card, Evidence, Shown
from server.pages.thing.belonging import find_disputes
from server.pages.thing.source import list_copies, list_supported
from server.pages.witness import Note, Notes, count_sources
from server.rdf.model import SKOS, Literal


@dataclass(frozen=True)
class StatementPage:
    """A statement or situation.

    Attributes:
        title: What it states, in a line.
        value: The value alone, for the heading.
        who: How many sources say so.
        reasons: Why it has its rank: the word and what it means.
        others: The disagreements that it stands in.
    """

    iri: str
    path: str
    title: str
    value: str
    card: Card
    who: str
    notes: tuple[Note, ...]
    reasons: tuple[tuple[str, str], ...]
    families: tuple[Shown, ...]
    others: tuple[Conflict, ...]
    """The disagreements it stands in, those with a statement that it conflicts with first."""


def build_statement(iri: str, desk: Desk) -> StatementPage:
    """The page of an assertion."""
    card = desk.card(iri)
    notes = Notes()
    notes.cite(card.evidence)
    families = {str(v): None for e in card.evidence for v in desk.values(e.source.iri, "family")}
    reasons = tuple((r.text, _define(r.iri, desk)) for r in card.reasons)
    value = ", ".join(v.text for v in card.values) or desk.describe(iri)
    others = [make_conflict(d, desk) for d in find_disputes(iri, desk)]
    rivals = {each.iri for each in card.conflicts}
    others.sort(key=lambda each: not any(c.iri in rivals for s in each.sides for c in s.cards))
    return StatementPage(
        iri=iri,
        path=card.href,
        title=desk.call(iri),
        value=value,
        card=card,
        who=count_sources(card.evidence).say(desk.language),
        notes=notes.all,
        reasons=reasons,
        families=tuple(desk.link(each) for each in families),
        others=tuple(others),
    )


def _define(concept: str, desk: Desk) -> str:
    """What a concept means, in the language of the page where it is given so."""
    texts = [v for v in desk.values(concept, SKOS + "definition") if isinstance(v, Literal)]
    own = [v.value for v in texts if v.language == desk.language.code]
    return (own or [v.value for v in texts] or [""])[0]


@dataclass(frozen=True)
class EvidencePage:
    """A passage with what rests on it, and the passages of other sources that copy it."""

    iri: str
    path: str
    title: str
    evidence: Evidence
    supports: tuple[Shown, ...]
    copies: tuple[Shown, ...]


def build_evidence(iri: str, desk: Desk) -> EvidencePage | None:
    """The page of a passage; None where the node is no complete one."""
    item = desk.evidence(iri)
    if item is None:
        return None
    title = desk.language.say("Passage in %(source)s", source=item.source.text)
    supports, copies = tuple(list_supported(iri, desk)), list_copies(iri, desk)
    return EvidencePage(iri, item.href, title, item, supports, copies)
