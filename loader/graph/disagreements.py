"""Disagreements: the recorded ones, the conflicts that follow from them, and unrecorded ones.

Four detectors look for disagreements among the assertions: values
of a single-valued property that exclude each other, holders in fact at one time, parts that
exceed or miss their total, and actors outside their lifetime. Each find is covered by a
recorded disagreement or becomes an error with a record ready to paste.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from rdflib import URIRef

from loader.errors import SeedError
from loader.graph.periods import Period, Span
from loader.graph.plain import contains
from loader.rdf.terms import PACTA, VOCAB
from loader.read.addresses import Ref, name_part
from loader.read.expand import PREFERRED, Assertion
from loader.read.model import Record, first, get

CONFLICTING_KINDS = frozenset(
    {VOCAB["disagreement-kind/contradiction"], VOCAB["disagreement-kind/attributed"]}
)
UNREAL = frozenset({VOCAB["modality/counterfactual"], VOCAB["modality/conditional"]})
DE_FACTO = VOCAB["status-mode/de-facto"]

# By whom something is done or concluded at the time of the event or signature.
ACTORS = (
    PACTA.hasParty,
    PACTA.signatory,
    PACTA.actor,
    PACTA.onBehalfOf,
    PACTA.initiatedBy,
    PACTA.mediatedBy,
)
HOLDERS = (PACTA.holder, PACTA.through, PACTA.accordingTo)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A recorded disagreement: its kind and the assertions of each side."""

    id: Ref
    kind: URIRef | None
    sides: tuple[frozenset[Ref], ...]

    def parts(self, one: Ref, other: Ref) -> bool:
        """Whether the two stand on different sides."""
        return any(
            (one in left and other in right) or (other in left and one in right)
            for left, right in combinations(self.sides, 2)
        )

    def includes(self, one: Ref) -> bool:
        """Whether the assertion stands on any side."""
        return any(one in side for side in self.sides)


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is known of times, for the detectors.

    Attributes:
        spans: when events happened and treaties were signed.
        lives: from when to when agents were there.
        periods: the periods of statuses and roles, by address.
    """

    spans: Mapping[Ref, Span]
    lives: Mapping[Ref, Span]
    periods: Mapping[Ref, Period]


def read_disputes(records: Iterable[Record]) -> tuple[Dispute, ...]:
    """Return the disagreements among the records."""
    disputes = []
    for record in records:
        if not record.is_a(PACTA.Disagreement):
            continue
        kind = first(record.fields, PACTA.kind)
        sides = tuple(
            frozenset(value.term for value in included.values if isinstance(value.term, Ref))
            for side in record.sides
            if (included := get(side.fields, PACTA.includes)) is not None
        )
        term = kind.term if kind is not None else None
        disputes.append(Dispute(record.id, term if isinstance(term, URIRef) else None, sides))
    return tuple(disputes)


def conflicting_pairs(
    disputes: Iterable[Dispute], assertions: Mapping[Ref, Assertion]
) -> Iterator[tuple[Ref, Ref]]:
    """Yield the pairs that conflict, each in both directions.

    Only contradictions and attributed views make assertions conflict, and only those of
    different sides that are about one property of one thing, or of one class of situation.
    """
    for dispute in disputes:
        if dispute.kind not in CONFLICTING_KINDS:
            continue
        for left, right in combinations(dispute.sides, 2):
            for one in sorted(left):
                for other in sorted(right):
                    is_known = one != other and one in assertions and other in assertions
                    if is_known and _same_question(assertions[one], assertions[other]):
                        yield one, other
                        yield other, one


def _same_question(one: Assertion, other: Assertion) -> bool:
    if one.prop is not None and other.prop is not None:
        return one.about == other.about and one.prop.iri == other.prop.iri
    return one.prop is other.prop is None and one.cls.path_kind == other.cls.path_kind


def find_unrecorded(
    assertions: Iterable[Assertion], disputes: tuple[Dispute, ...], timeline: Timeline
) -> list[SeedError]:
    """Return an error for each unrecorded disagreement, with a record to paste."""
    real = [one for one in assertions if one.term(PACTA.modality) not in UNREAL]
    affirmed = [one for one in real if str(one.term(PACTA.negated)) != "true"]
    return [
        *_excluding_values(affirmed, disputes),
        *_rival_holders(affirmed, disputes, timeline),
        *_wrong_totals(affirmed, disputes),
        *_actors_out_of_time(affirmed, disputes, timeline),
    ]


def _excluding_values(
    assertions: list[Assertion], disputes: tuple[Dispute, ...]
) -> Iterator[SeedError]:
    groups: dict[tuple[Ref, URIRef], list[Assertion]] = {}
    for one in assertions:
        if one.prop is not None and one.prop.single and one.value is not None:
            groups.setdefault((one.about, one.prop.iri), []).append(one)
    for group in groups.values():
        open_pairs = [
            (one, other)
            for one, other in combinations(group, 2)
            if not contains(one, other)
            and not contains(other, one)
            and not any(dispute.parts(one.address, other.address) for dispute in disputes)
        ]
        if not open_pairs:
            continue
        involved = [one for one in group if any(one in pair for pair in open_pairs)]
        prop = involved[0].prop
        name = prop.key if prop is not None else ""
        values = ", ".join(dict.fromkeys(str(one.value and one.value.term) for one in involved))
        yield involved[-1].at.error(
            f"{name} of {involved[0].about!s} has values that exclude each other: {values}",
            _stub(f"{involved[0].about.slug}-{name_part(name)}", involved[0].about, involved),
        )


def _rival_holders(
    assertions: list[Assertion], disputes: tuple[Dispute, ...], timeline: Timeline
) -> Iterator[SeedError]:
    by_territory: dict[Ref, list[tuple[Assertion, Span]]] = {}
    for one in assertions:
        period = timeline.periods.get(one.address)
        is_direct = one.term(PACTA.mode) == DE_FACTO and one.term(PACTA.through) is None
        if is_direct and one.is_asserted and period is not None and period.certain is not None:
            by_territory.setdefault(one.about, []).append((one, period.certain))
    for territory, held in by_territory.items():
        for (one, span), (other, other_span) in combinations(held, 2):
            start = max(span.earliest, other_span.earliest)
            end = min(span.latest, other_span.latest)
            if set(one.terms(PACTA.holder)) & set(other.terms(PACTA.holder)) or start >= end:
                continue
            if any(dispute.parts(one.address, other.address) for dispute in disputes):
                continue
            yield other.at.error(
                f"two holders of {territory!s} in fact from {start} to {end}: "
                f"{one.address!s} and {other.address!s}",
                _stub(f"{territory.slug}-holder-{start.year}", territory, [one, other]),
            )


def _wrong_totals(
    assertions: list[Assertion], disputes: tuple[Dispute, ...]
) -> Iterator[SeedError]:
    by_address = {one.address: one for one in assertions}
    parts: dict[Ref, list[Assertion]] = {}
    for one in assertions:
        for term in one.terms(PACTA.partOfFigure):
            if isinstance(term, Ref) and one.is_asserted:
                parts.setdefault(term, []).append(one)
    for address, members in parts.items():
        total = by_address.get(address)
        amounts = [_exact_amount(one) for one in members]
        stated = None if total is None else _exact_amount(total)
        if total is None or stated is None or any(amount is None for amount in amounts):
            continue
        found = sum((amount for amount in amounts if amount is not None), Decimal(0))
        if found != stated and not any(dispute.includes(address) for dispute in disputes):
            yield total.at.error(
                f"the parts of {address!s} come to {found}, the total stated is {stated}",
                _stub(f"{total.about.slug}-total", total.about, [total, *members], "tension"),
            )


def _exact_amount(figure: Assertion) -> Decimal | None:
    amount = figure.term(PACTA.amount)
    if amount is None or figure.term(PACTA.bound) is not None:
        return None
    return Decimal(str(amount))


def _actors_out_of_time(
    assertions: list[Assertion], disputes: tuple[Dispute, ...], timeline: Timeline
) -> Iterator[SeedError]:
    for one in assertions:
        span = _time_of(one, timeline)
        if span is None or any(dispute.includes(one.address) for dispute in disputes):
            continue
        for actor in _actors(one):
            life = timeline.lives.get(actor)
            if life is None or (span.earliest <= life.latest and life.earliest <= span.latest):
                continue
            yield one.at.error(
                f"{actor!s} was there from {life.earliest} to {life.latest}, "
                f"{one.address!s} is about {span.earliest} to {span.latest}",
                _stub(one.address.slug.replace("--", "-"), one.about, [one]),
            )


def _time_of(one: Assertion, timeline: Timeline) -> Span | None:
    if one.prop is not None:
        return timeline.spans.get(one.about)
    period = timeline.periods.get(one.address)
    return None if period is None else Span(period.from_earliest, period.until_latest)


def _actors(one: Assertion) -> tuple[Ref, ...]:
    terms = [term for prop in (*HOLDERS, PACTA.agent) for term in one.terms(prop)]
    if one.prop is not None:
        terms = [one.value.term] if one.value is not None and one.prop.iri in ACTORS else []
    return tuple(term for term in terms if isinstance(term, Ref))


def _stub(slug: str, about: Ref, assertions: list[Assertion], kind: str = "contradiction") -> str:
    """Return a record to paste; label and judgement are left for the curator to write."""
    sides: dict[str, list[Assertion]] = {}
    for one in assertions:
        key = one.address if one.value is None else str(one.value.term)
        sides.setdefault(key, []).append(one)
    lines = [
        "Record the disagreement in seeds/disagreements/, with your judgement:",
        f"- id: disagreement/{slug}",
        "  type: Disagreement",
        f"  kind: {kind}",
        f"  about: {about!s}",
        '  label: {en: "", lt: ""}',
        "  sides:",
        *(f"    - {{includes: [{', '.join(one.address for one in s)}]}}" for s in sides.values()),
    ]
    preferred = [one for one in assertions if one.rank == PREFERRED]
    if len(preferred) == 1:
        lines.append(f"  prefers: {preferred[0].address!s}")
    return "\n".join([*lines, '  judgement: {en: ""}'])
