"""Nodes: a thing, an assertion, a passage or a disagreement with all its properties.

The graph and the YAML-LD of `pacta check --expand` are written from the same nodes, so they
cannot differ. Terms are still relative addresses; `loader.graph.build` puts the base in front.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rdflib import RDF, RDFS, SKOS, XSD, Literal, URIRef

from loader.graph.lifecycle import GeneratedEvent
from loader.graph.periods import (
    Period,
    Reach,
    Span,
    inferred_end,
    open_period,
    period_of,
    within,
)
from loader.rdf.days import Day
from loader.rdf.terms import PACTA, VOCAB
from loader.read.addresses import Ref, fold, romanise
from loader.read.dates import Date, julian_day
from loader.read.expand import Assertion
from loader.read.model import Field, Record, first
from loader.read.ontology.vocabulary import Concept, Vocabulary
from loader.read.sources.pages import Page
from loader.read.sources.passages import Passage, Reference
from loader.read.values import Term, Value
from loader.read.yamltext import Location

OA = "http://www.w3.org/ns/oa#"
GEO = "http://www.opengis.net/ont/geosparql#"
HAS_SOURCE, HAS_SELECTOR = URIRef(f"{OA}hasSource"), URIRef(f"{OA}hasSelector")
START, END = URIRef(f"{OA}start"), URIRef(f"{OA}end")
POSITION_SELECTOR = URIRef(f"{OA}TextPositionSelector")
HAS_GEOMETRY, GEOMETRY = URIRef(f"{GEO}hasGeometry"), URIRef(f"{GEO}Geometry")
AS_WKT, SPATIAL_ACCURACY = URIRef(f"{GEO}asWKT"), URIRef(f"{GEO}hasMetricSpatialAccuracy")
# Situations without a date of their own that take that of another thing, and what leads to it.
TIME_FROM = {
    PACTA.Figure: PACTA.figureOf,
    PACTA.Proposal: PACTA.madeDuring,
    PACTA.Position: PACTA.madeDuring,
}
NAMES = (RDFS.label, SKOS.altLabel, PACTA.officialName)

Property = tuple[URIRef, Term]


@dataclass(frozen=True, slots=True)
class Node:
    """One subject with its properties in one graph.

    Attributes:
        id: relative address, maybe with a fragment.
        graph: facts, statements or links.
        properties: predicate and term; ``rdf:type`` among them.
        at: where the record says so.
    """

    id: Ref
    graph: str
    properties: tuple[Property, ...]
    at: Location


@dataclass(frozen=True, slots=True)
class Times:
    """Times that an assertion may take from elsewhere.

    Attributes:
        spans: when events happened and treaties were signed.
        lives: from when to when agents were there.
        owners: for each assertion that others may stand in, the thing whose time it shares.
        reach: what is written where no start or no end is known.
    """

    spans: Mapping[Ref, Span]
    lives: Mapping[Ref, Span]
    owners: Mapping[Ref, Ref]
    reach: Reach

    def of(self, thing: Term) -> Span | None:
        """Return the time of a thing, or of what it is inside."""
        while isinstance(thing, Ref):
            if thing in self.spans:
                return self.spans[thing]
            if thing not in self.owners:
                break
            thing = self.owners[thing]
        return None


def day(value: Day) -> Literal:
    """Return a day as a literal."""
    return Literal(value.isoformat(), datatype=XSD.date, normalize=False)


def _integer(number: int) -> Literal:
    return Literal(str(number), datatype=XSD.integer, normalize=False)


def _date_bounds(value: Date, reach: Reach) -> Iterator[Property]:
    yield from _span_bounds(Span(value.earliest, value.latest), reach)


def _span_bounds(span: Span, reach: Reach) -> Iterator[Property]:
    yield from _bound(PACTA.earliest, span.earliest, reach)
    yield from _bound(PACTA.latest, span.latest, reach)
    if span.earliest == span.latest:
        yield PACTA.julianDay, _integer(julian_day(span.earliest))


def _period_bounds(period: Period, reach: Reach) -> Iterator[Property]:
    yield from _bound(PACTA.fromEarliest, period.from_earliest, reach)
    yield from _bound(PACTA.fromLatest, period.from_latest, reach)
    yield from _bound(PACTA.untilEarliest, period.until_earliest, reach)
    yield from _bound(PACTA.untilLatest, period.until_latest, reach)


def _bound(prop: URIRef, value: Day, reach: Reach) -> Iterator[Property]:
    if (written := reach.bound(value)) is not None:
        yield prop, day(written)


def _written(fields: Iterable[Field]) -> Iterator[Property]:
    for field in fields:
        for value in field.values:
            yield field.prop.iri, value.term
            yield from _calendar(value)


def _calendar(value: Value) -> Iterator[Property]:
    """Yield the calendar that a date was written in, and the date as it was written there."""
    if value.date is not None and value.date.calendar:
        yield PACTA.calendar, VOCAB[f"calendar/{value.date.calendar}"]
        yield PACTA.dateInCalendar, Literal(value.date.written)


def thing_node(record: Record, times: Times) -> Node:
    """Return a thing with its classes and structural fields, and its time where that is plain."""
    properties: list[Property] = [(RDF.type, cls.iri) for cls in record.classes]
    properties.extend(_written(record.fields))
    span = times.spans.get(record.id)
    if span is not None:
        properties.extend(_span_bounds(span, times.reach))
    return Node(record.id, "facts", tuple(properties), record.at)


def search_node(thing: Ref, names: Iterable[Literal], graph: str, at: Location) -> Node:
    """Return the keys under which a thing is found: its names, folded, and in Latin letters."""
    folded = {fold(name) for name in names}
    keys = sorted((folded | {romanise(key) for key in folded}) - {""})
    return Node(thing, graph, tuple((PACTA.searchKey, Literal(key)) for key in keys), at)


def event_node(event: GeneratedEvent, times: Times) -> Node:
    """Return a generated event."""
    properties: list[Property] = [
        (RDF.type, PACTA.Event),
        (PACTA.kind, event.kind),
        (PACTA.ofTreaty, event.treaty),
        (PACTA.date, event.date.term),
        *_calendar(event.date),
    ]
    if event.date.date is not None:
        properties.extend(_date_bounds(event.date.date, times.reach))
    properties.extend((PACTA.atPlace, place.term) for place in event.places)
    properties.extend(
        (RDFS.label, Literal(text, lang=language)) for language, text in event.labels.items()
    )
    return Node(event.address, "facts", tuple(properties), event.origin.at)


def period_for(
    one: Assertion, times: Times, vocabulary: Vocabulary
) -> tuple[Period, Ref | None] | None:
    """Return an assertion's period and the recogniser that ends it, or None without any.

    A status or role always has one; where none is written, a role in an event or treaty
    was within its time, and of others nothing is known. A statement has one if written.
    """
    if not any(one.cls.is_a(iri) for iri in vocabulary.by_iri[PACTA.fromEarliest].used_on):
        return None
    written = period_of(one.fields)
    if written is None:
        if one.is_statement:
            return None
        place = one.term(PACTA.roleIn)
        span = times.of(place if place is not None else one.about)
        written = within(span) if span is not None else open_period()
    return inferred_end(one, written, times.lives)


def assertion_node(one: Assertion, times: Times, vocabulary: Vocabulary) -> Node:
    """Return an assertion with everything that it says or that follows from it alone.

    A rejected situation has neither its class nor its owner's property.
    """
    properties: list[Property] = []
    if one.is_deprecated and not one.is_statement:
        properties.append((RDF.type, PACTA.Assertion))
        rejected = sorted(one.cls.ancestors & _situation_classes(vocabulary))
        properties.extend((PACTA.rejectedAs, iri) for iri in rejected)
    else:
        properties.append((RDF.type, one.cls.iri))
    properties.append((PACTA.about, one.about))
    properties.append((PACTA.rank, one.rank))
    if one.prop is not None:
        properties.append((PACTA.onProperty, one.prop.iri))
    if one.value is not None:
        properties.append((PACTA.value, one.value.term))
        properties.extend(_calendar(one.value))
        if one.value.date is not None:
            properties.extend(_date_bounds(one.value.date, times.reach))
    properties.extend(item for item in _written(one.fields) if item[0] != PACTA.rank)
    if not one.is_statement:
        properties.extend(_situation_bounds(one, times, vocabulary))
    if (found := period_for(one, times, vocabulary)) is not None:
        period, recogniser = found
        properties.extend(_period_bounds(period, times.reach))
        if recogniser is not None:
            properties.append((PACTA.endInferredFrom, recogniser))
    return Node(one.address, "statements", tuple(properties), one.at)


def _situation_classes(vocabulary: Vocabulary) -> frozenset[URIRef]:
    return frozenset(
        cls.iri
        for cls in vocabulary.classes.values()
        if cls.is_a(PACTA.Assertion) and cls.iri != PACTA.Assertion
    )


def _situation_bounds(one: Assertion, times: Times, vocabulary: Vocabulary) -> Iterator[Property]:
    """Yield the days of a situation that has a date, or takes its time from another thing.

    A figure takes it from its owner; a proposal and a position only from the event that they
    were made during, for historians speak of an event long after it. Statuses and roles have
    periods instead.
    """
    if any(one.cls.is_a(iri) for iri in vocabulary.by_iri[PACTA.fromEarliest].used_on):
        return
    written = first(one.fields, PACTA.date) or first(one.fields, PACTA.at)
    if written is not None and written.date is not None:
        yield from _date_bounds(written.date, times.reach)
        return
    for cls, owner_property in TIME_FROM.items():
        owner = one.term(owner_property) if one.cls.is_a(cls) else None
        if owner is not None and (span := times.of(owner)) is not None:
            yield from _span_bounds(span, times.reach)


def evidence_nodes(
    passage: Passage, source: Ref, at: Location, pages: Iterable[Page] = ()
) -> Iterator[Node]:
    """Yield a passage and its selector.

    Args:
        passage: the passage, as in the register.
        source: where it stands.
        at: where the register has it.
        pages: the pages that the passage touches, from the page map of the source.
    """
    reference = passage.reference
    address = evidence_address(reference)
    selector = Ref(f"{address}#selector")
    properties: list[Property] = [
        (RDF.type, PACTA.Evidence),
        (HAS_SOURCE, source),
        (HAS_SELECTOR, selector),
        (PACTA.sha256, Literal(passage.sha256)),
    ]
    if passage.repeats is not None:
        properties.append((PACTA.repeats, evidence_address(passage.repeats)))
    touched = tuple(pages)
    names = dict.fromkeys(page.name for page in touched)
    images = dict.fromkeys(page.image for page in touched if page.image)
    properties.extend((PACTA.onPage, Literal(name)) for name in names)
    properties.extend((PACTA.pageImage, URIRef(image)) for image in images)
    yield Node(address, "statements", tuple(properties), at)
    offsets = ((START, reference.start), (END, reference.end))
    selected: list[Property] = [(RDF.type, POSITION_SELECTOR)]
    selected.extend((prop, _integer(n)) for prop, n in offsets)
    yield Node(selector, "statements", tuple(selected), at)


def evidence_address(reference: Reference) -> Ref:
    """Return the address of a passage."""
    return Ref(f"evidence/{reference.slug}")


def disagreement_nodes(record: Record) -> Iterator[Node]:
    """Yield a disagreement and its sides."""
    sides = [Ref(f"{record.id}#side-{number}") for number in range(1, len(record.sides) + 1)]
    properties: list[Property] = [(RDF.type, cls.iri) for cls in record.classes]
    properties.extend(_written(record.fields))
    properties.extend((PACTA.hasSide, side) for side in sides)
    yield Node(record.id, "statements", tuple(properties), record.at)
    for address, side in zip(sides, record.sides, strict=True):
        written = ((RDF.type, PACTA.Side), *_written(side.fields))
        yield Node(address, "statements", written, side.at)


_ALSO_ON_THE_THING = (PACTA.lat, PACTA.long, PACTA.countryCode)


def link_nodes(link: Assertion, concepts: Mapping[URIRef, Concept]) -> Iterator[Node]:
    """Yield what an outside authority has on a thing, and the triples that follow from it.

    An outside record that was found gives the relation's own triple; a point, the country of
    today and names are also put on the thing; a shape gets a node of its own. All of it is in
    the links graph.
    """
    written = [item for item in _written(link.fields) if item[0] != AS_WKT]
    properties: list[Property] = [(RDF.type, link.cls.iri), *written]
    thing: list[Property] = [item for item in written if item[0] in _ALSO_ON_THE_THING]
    if (wkt := link.term(AS_WKT)) is not None:
        geometry = Ref(f"{link.address}#geometry")
        shape: list[Property] = [(RDF.type, GEOMETRY), (AS_WKT, wkt)]
        if (metres := link.term(PACTA.accuracyMetres)) is not None:
            shape.append((SPATIAL_ACCURACY, Literal(metres, datatype=XSD.double, normalize=False)))
        yield Node(geometry, "links", tuple(shape), link.at)
        properties.append((HAS_GEOMETRY, geometry))
        thing.append((HAS_GEOMETRY, geometry))
    thing.extend((SKOS.altLabel, name) for name in link.terms(PACTA.outsideName))
    target, relation = link.term(PACTA.target), link.term(PACTA.matchRelation)
    concept = concepts.get(relation) if isinstance(relation, URIRef) else None
    if target is not None and concept is not None and concept.link_property is not None:
        thing.append((concept.link_property, target))
    yield Node(link.address, "links", tuple(properties), link.at)
    yield Node(link.about, "links", tuple(thing), link.at)


__all__ = [
    "NAMES",
    "Node",
    "Times",
    "assertion_node",
    "disagreement_nodes",
    "event_node",
    "evidence_address",
    "evidence_nodes",
    "link_nodes",
    "period_for",
    "search_node",
    "thing_node",
]
