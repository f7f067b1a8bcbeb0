"""The life of a treaty as events: signature, exchange, entry into force, registration.

Each is generated from the treaty's plain statements, so that one pattern orders them with the
events that have records of their own. They carry no evidence; the statement does.

Source: docs/data-model.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rdflib import RDFS, Literal, URIRef

from loader.graph.plain import Plain
from loader.rdf.terms import PACTA, VOCAB
from loader.read.addresses import Ref
from loader.read.expand import Assertion
from loader.read.model import Record, get
from loader.read.ontology.vocabulary import Vocabulary
from loader.read.values import Value


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage in a treaty's life: the event's kind, the date's and the place's property."""

    kind: str
    dated_by: URIRef
    placed_by: URIRef | None


STAGES = (
    Stage("signature", PACTA.signedOn, PACTA.signedAt),
    Stage(
        "exchange-of-ratifications",
        PACTA.ratificationsExchangedOn,
        PACTA.ratificationsExchangedAt,
    ),
    Stage("entry-into-force", PACTA.inForceFrom, None),
    Stage("registration", PACTA.registeredOn, None),
)


@dataclass(frozen=True, slots=True)
class GeneratedEvent:
    """An event that follows from plain statements.

    Attributes:
        address: ``event/{treaty}--{kind}``.
        kind: the concept.
        treaty: the treaty whose life it belongs to.
        date: the plain value.
        places: the plain places.
        labels: by language, the treaty's label and the kind's; where the kind has none in a
            language, its day.
        origin: the statement that gives the date.
    """

    address: Ref
    kind: URIRef
    treaty: Ref
    date: Value
    places: tuple[Value, ...]
    labels: Mapping[str, str]
    origin: Assertion


def generate_events(
    records: Iterable[Record], plain: Plain, vocabulary: Vocabulary
) -> Iterator[GeneratedEvent]:
    """Yield the events of each treaty, in the order of records and stages."""
    kinds = vocabulary.concepts.get(VOCAB["event-kind"], {})
    by_subject: dict[tuple[Ref, URIRef], list[Assertion]] = {}
    for one in plain.chosen:
        if one.prop is not None:
            by_subject.setdefault((one.about, one.prop.iri), []).append(one)
    for record in records:
        if not record.is_a(PACTA.Treaty):
            continue
        for stage in STAGES:
            dated = by_subject.get((record.id, stage.dated_by))
            if not dated or dated[0].value is None:
                continue
            placed = by_subject.get((record.id, stage.placed_by), []) if stage.placed_by else []
            concept = kinds[stage.kind]
            yield GeneratedEvent(
                address=Ref(f"event/{record.id.slug}--{stage.kind}"),
                kind=concept.iri,
                treaty=record.id,
                date=dated[0].value,
                places=tuple(one.value for one in placed if one.value is not None),
                labels=_labels(record, concept.labels, dated[0].value),
                origin=dated[0],
            )


def awaited_events(
    assertions: Iterable[Assertion], events: Iterable[GeneratedEvent]
) -> Mapping[Ref, tuple[Ref, URIRef]]:
    """Return the events that are not there, since the date of their stage is not decided.

    Returns:
        Address of the event → the treaty and the property of the date.
    """
    there = {event.address for event in events}
    kinds = {stage.dated_by: stage.kind for stage in STAGES}
    dated = {
        Ref(f"event/{one.about.slug}--{kinds[one.prop.iri]}"): (one.about, one.prop.iri)
        for one in assertions
        if one.prop is not None and one.prop.iri in kinds and one.value is not None
    }
    return {address: why for address, why in dated.items() if address not in there}


def _labels(record: Record, kind: Mapping[str, str], date: Value) -> dict[str, str]:
    field = get(record.fields, RDFS.label)
    labels = {}
    for value in field.values if field else ():
        language = value.term.language if isinstance(value.term, Literal) else None
        if language is not None:
            labels[language] = f"{value.term}: {kind.get(language, date.term)}"
    return labels
