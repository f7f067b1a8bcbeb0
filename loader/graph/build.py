"""The graph: records become triples in three named graphs, checked as a whole.

This module checks the records together: addresses must be unique, references must exist, passages
must be in the register, and disagreements must be recorded. It chooses the plain triples and adds
the events of treaties. All errors of a run are raised together.

Shape: one line of a record gives about ten triples. No blank node comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from rdflib import Literal, URIRef

from loader.errors import SeedError
from loader.graph.disagreements import Timeline, conflicting_pairs, read_disputes
from loader.graph.lifecycle import generate_events
from loader.graph.nodes import (
    NAMES,
    Node,
    Times,
    assertion_node,
    disagreement_nodes,
    event_node,
    evidence_address,
    evidence_nodes,
    link_nodes,
    period_for,
    search_node,
    thing_node,
)
from loader.graph.periods import Period, lifetimes, reach_of, time_owner, time_spans
from loader.graph.plain import Plain, choose_plain
from loader.graph.references import sources_by_handle
from loader.graph.whole import check_whole, classes_of
from loader.rdf.terms import PACTA
from loader.read.addresses import Ref
from loader.read.expand import Assertion, Owner, expand_entry
from loader.read.model import Record, Records, Withdrawal
from loader.read.ontology.vocabulary import Triple, Vocabulary
from loader.read.records import together
from loader.read.sources.pages import find_pages
from loader.read.sources.passages import Passage, Reference
from loader.read.values import Term
from loader.read.yamltext import Location

GRAPHS = ("facts", "statements", "links", "vocabulary")


@dataclass(frozen=True, slots=True)
class Graph:
    """What the records say, as triples.

    Attributes:
        base: below which every address lies.
        triples: by name of the graph; vocabulary included, inferred and about not.
        origins: for each subject's IRI, the first line that states something of it.
        addresses: every relative address that answers, without fragments and passages.
        withdrawn: addresses that no longer answer.
    """

    base: str
    triples: Mapping[str, frozenset[Triple]]
    origins: Mapping[str, Location]
    addresses: frozenset[str]
    withdrawn: tuple[Withdrawal, ...]


@dataclass(frozen=True, slots=True)
class Collection:
    """Records and what follows from them together, before it is written as triples."""

    records: tuple[Record, ...]
    assertions: tuple[Assertion, ...]
    links: tuple[Assertion, ...]
    plain: Plain
    times: Times
    periods: Mapping[Ref, Period]


def build_graph(records: Records, vocabulary: Vocabulary, base: str) -> Graph:
    """Return the triples of all records.

    Args:
        records: from `loader.read.records`.
        vocabulary: the tables; its triples are the graph ``vocabulary``.
        base: address that ends in a slash.

    Raises:
        SeedError: with all others of the run in its `also`: an address that is there
            twice or leads nowhere, a passage that is not registered or past the end of
            its document, an unrecorded disagreement.
    """
    errors = list(records.faults)
    assertions: list[Assertion] = []
    for record in records.records:
        for entry in record.entries:
            try:
                owner = Owner(record.id, record.classes)
                assertions.extend(expand_entry(entry, owner, vocabulary))
            except SeedError as error:
                errors.append(error)
    collection = collect(records.records, assertions, vocabulary)
    events = tuple(generate_events(records.records, collection.plain, vocabulary))
    classes = classes_of(records.records, assertions, events, vocabulary)
    timeline = Timeline(collection.times.spans, collection.times.lives, collection.periods)
    errors.extend(check_whole(records, assertions, events, classes, timeline, errors, vocabulary))
    if errors:
        raise together(errors)
    writer = _Writer(base)
    for node in _nodes(records, collection, vocabulary):
        writer.add(node)
    for event in events:
        writer.add(event_node(event, collection.times))
    return Graph(
        base=base,
        triples={**writer.finished(), "vocabulary": vocabulary.triples},
        origins=writer.origins,
        addresses=frozenset(map(str, classes)),
        withdrawn=records.withdrawn,
    )


def collect(
    records: tuple[Record, ...], assertions: Iterable[Assertion], vocabulary: Vocabulary
) -> Collection:
    """Return the assertions with what follows from them together: plain values and times."""
    own = [one for one in assertions if not one.is_link]
    plain = choose_plain(one for one in own if one.is_statement)
    owners = {one.address: owner for one in own if (owner := time_owner(one)) is not None}
    times = Times(time_spans(records, plain), lifetimes(plain), owners, reach_of(own))
    periods = {}
    for one in own:
        if (found := period_for(one, times, vocabulary)) is not None:
            periods[one.address] = found[0]
    links = tuple(one for one in assertions if one.is_link)
    return Collection(records, tuple(own), links, plain, times, periods)


def _nodes(records: Records, collection: Collection, vocabulary: Vocabulary) -> Iterator[Node]:
    for record in collection.records:
        if record.is_a(PACTA.Disagreement):
            yield from disagreement_nodes(record)
        elif record.classes:
            yield thing_node(record, collection.times)
    for one in collection.plain.chosen:
        if one.prop is not None and one.value is not None:
            yield Node(one.about, "facts", ((one.prop.iri, one.value.term),), one.at)
    yield from _participants(collection, vocabulary)
    yield from _search_keys(collection)
    for one in collection.assertions:
        yield assertion_node(one, collection.times, vocabulary)
    by_address = {one.address: one for one in collection.assertions}
    for left, right in conflicting_pairs(read_disputes(collection.records), by_address):
        conflict = ((PACTA.conflictsWith, right),)
        yield Node(left, "statements", conflict, by_address[left].at)
    yield from _evidence(records, collection)
    concepts = {
        concept.iri: concept for words in vocabulary.concepts.values() for concept in words.values()
    }
    for link in collection.links:
        yield from link_nodes(link, concepts)


def _participants(collection: Collection, vocabulary: Vocabulary) -> Iterator[Node]:
    """Yield the plain triple that a role in an event gives, unless it stands outside the event."""
    events = {record.id for record in collection.records if record.is_a(PACTA.Event)}
    outside = {
        concept.iri
        for words in vocabulary.concepts.values()
        for concept in words.values()
        if concept.stands_outside
    }
    for one in collection.assertions:
        agent, place = one.term(PACTA.agent), one.term(PACTA.roleIn)
        if not isinstance(place, Ref) or place not in events or agent is None:
            continue
        if one.is_asserted and one.term(PACTA.role) not in outside:
            yield Node(place, "facts", ((PACTA.participant, agent),), one.at)


def _search_keys(collection: Collection) -> Iterator[Node]:
    names: dict[Ref, list[Literal]] = {}
    places: dict[Ref, Location] = {}
    for record in collection.records:
        for field in record.fields:
            if field.prop.iri in NAMES and record.classes:
                literals = [v.term for v in field.values if isinstance(v.term, Literal)]
                names.setdefault(record.id, []).extend(literals)
                places.setdefault(record.id, record.at)
    for one in collection.plain.chosen:
        is_name = one.prop is not None and one.prop.iri in NAMES
        if is_name and one.value is not None and isinstance(one.value.term, Literal):
            names.setdefault(one.about, []).append(one.value.term)
            places.setdefault(one.about, one.at)
    disagreements = {r.id for r in collection.records if r.is_a(PACTA.Disagreement)}
    for thing, literals in names.items():
        graph = "statements" if thing in disagreements else "facts"
        yield search_node(thing, literals, graph, places[thing])
    for link in collection.links:
        outside = [t for t in link.terms(PACTA.outsideName) if isinstance(t, Literal)]
        yield search_node(link.about, outside, "links", link.at)


def _evidence(records: Records, collection: Collection) -> Iterator[Node]:
    """Yield each passage that an assertion rests on, and those that it repeats."""
    sources = sources_by_handle(records.records)
    by_slug = {reference.slug: passage for reference, passage in records.register.items()}
    wanted: dict[Reference, Passage] = {}
    for one in collection.assertions:
        for field in one.fields:
            if field.prop.value_class != PACTA.Evidence:
                continue
            for value in field.values:
                passage: Passage | None = by_slug[value.part]
                while passage is not None and passage.reference not in wanted:
                    wanted[passage.reference] = passage
                    original = passage.repeats
                    passage = records.register[original] if original is not None else None
    for reference, passage in sorted(wanted.items()):
        if passage.at is not None:
            source = sources[reference.document].id
            pages = find_pages(
                records.pages.get(reference.document, ()), reference.start, reference.end
            )
            yield from evidence_nodes(passage, source, passage.at, pages)
    yield from _cited_works(collection, wanted, by_slug)


def _cited_works(
    collection: Collection, wanted: Iterable[Reference], by_slug: Mapping[str, Passage]
) -> Iterator[Node]:
    """Yield, for each passage in a sentence that a note stands under, the work of that note."""
    by_document: dict[str, list[Reference]] = {}
    for reference in wanted:
        by_document.setdefault(reference.document, []).append(reference)
    for one in collection.assertions:
        if one.prop is None or one.prop.iri != PACTA.citedBy:
            continue
        sentences = [
            by_slug[value.part].reference
            for field in one.fields
            if field.prop.iri == PACTA.hasEvidence
            for value in field.values
        ]
        near = (by_document[document] for document in sorted({s.document for s in sentences}))
        for reference in chain.from_iterable(near):
            if any(reference.lies_within(sentence) for sentence in sentences):
                yield Node(
                    evidence_address(reference),
                    "statements",
                    ((PACTA.citesWork, one.about),),
                    one.at,
                )


class _Writer:
    """Collects triples by graph, with absolute addresses."""

    def __init__(self, base: str) -> None:
        self._prefix = f"{base}id/"
        self._terms: dict[Ref, URIRef] = {}
        self._triples: dict[str, set[Triple]] = {name: set() for name in GRAPHS}
        self.origins: dict[str, Location] = {}

    def add(self, node: Node) -> None:
        subject = self._absolute(node.id)
        self.origins.setdefault(str(subject), node.at)
        triples = self._triples[node.graph]
        for predicate, term in node.properties:
            triples.add((subject, predicate, self._absolute(term)))

    def _absolute(self, term: Term) -> URIRef | Literal:
        if not isinstance(term, Ref):
            return term
        found = self._terms.get(term)
        if found is None:
            found = self._terms[term] = URIRef(self._prefix + term)
        return found

    def finished(self) -> dict[str, frozenset[Triple]]:
        return {name: frozenset(triples) for name, triples in self._triples.items()}
