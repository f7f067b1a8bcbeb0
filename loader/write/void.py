"""VoID: counts of the dump's content, including this description.

The description is part of what it counts. `describe_counts` therefore repeats: count, describe,
count again with the description, until the numbers stand still (three rounds as a rule). One
number may have no true value: to say that there are n different values can itself make them n+1.
Then it is left out.

Source: Describing Linked Datasets with the VoID Vocabulary (W3C Interest Group Note, 2011).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Final

from rdflib import DCTERMS, FOAF, RDF, RDFS, SKOS, VOID, XSD, Literal, Namespace, URIRef
from rdflib.term import Node

from loader.errors import LoaderError
from loader.rdf.ordering import NS, VOCAB, Order, Triple

SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
_ROUNDS: Final = 10
_EXAMPLE_KINDS: Final = ("treaty", "party", "territory", "base", "event", "statement", "source")
_VOCABULARIES: Final = (
    NS,
    str(DCTERMS),
    str(FOAF),
    str(SKOS),
    "http://www.w3.org/ns/oa#",
    "http://www.opengis.net/ont/geosparql#",
)
_GRAPHS: Final = f"{VOCAB}graph/"
"""Its concepts name the named graphs, so that a collection can name them in its own languages."""

_HOSTS: Final = {
    "http://www.wikidata.org/entity/": ("wikidata", "Wikidata"),
    "https://www.wikidata.org/entity/": ("wikidata", "Wikidata"),
    "https://sws.geonames.org/": ("geonames", "GeoNames"),
    "http://sws.geonames.org/": ("geonames", "GeoNames"),
    "http://dbpedia.org/resource/": ("dbpedia", "DBpedia"),
    "http://viaf.org/viaf/": ("viaf", "VIAF"),
    "https://viaf.org/viaf/": ("viaf", "VIAF"),
    "https://d-nb.info/gnd/": ("gnd", "GND"),
    "http://id.loc.gov/authorities/": ("loc", "Library of Congress authorities"),
    "https://pleiades.stoa.org/places/": ("pleiades", "Pleiades"),
}
"""Address that things elsewhere begin with → short name and title of that collection."""

_ADDRESSES: Final = tuple(_HOSTS)
_TYPE: Final = RDF.type


@dataclass(frozen=True)
class Counts:
    """What is counted, of all graphs together with duplicates removed, and of each graph.

    Attributes:
        triples: number of triples.
        subjects: number of different subjects.
        objects: number of different values.
        entities: number of different subjects below ``{base}id/``, parts (``#``) left out.
        classes: class → number of its members.
        properties: property → number of triples.
        graphs: name of a graph → its number of triples.
        links: (collection elsewhere, property) → number of triples.
    """

    triples: int
    subjects: int
    objects: int
    entities: int
    classes: Mapping[Node, int]
    properties: Mapping[Node, int]
    graphs: Mapping[URIRef, int]
    links: Mapping[tuple[str, Node], int]


def count(graphs: Mapping[URIRef, Iterable[Triple]], base: str) -> Counts:
    """Count named graphs and their union."""
    tally = _Tally(base)
    for name, triples in graphs.items():
        tally.add(name, triples)
    return tally.counts()


class _Tally:
    """Counts graphs one after the other; each triple of the union once."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.union: set[Triple] = set()
        self.subjects: set[Node] = set()
        self.objects: set[Node] = set()
        self.graphs: dict[URIRef, int] = {}
        self.classes: Counter[Node] = Counter()
        self.properties: Counter[Node] = Counter()
        self.links: Counter[tuple[str, Node]] = Counter()
        self._entities: int | None = None

    def add(self, name: URIRef, triples: Iterable[Triple]) -> None:
        """Count one more graph."""
        members = triples if isinstance(triples, frozenset) else frozenset(triples)
        self.graphs[name] = len(members)
        self._entities = None
        fresh = members - self.union
        self.union |= fresh
        self.subjects.update(t[0] for t in fresh)
        self.objects.update(t[2] for t in fresh)
        self.properties.update(t[1] for t in fresh)
        self.classes.update(o for _, p, o in fresh if p == _TYPE)
        start = f"{self.base}id/"
        for s, p, o in fresh:
            if (host := _host(o)) and isinstance(s, URIRef) and str.startswith(s, start):
                self.links[host, p] += 1

    def counts(self) -> Counts:
        """Return what was counted."""
        return Counts(
            triples=len(self.union),
            subjects=len(self.subjects),
            objects=len(self.objects),
            entities=self.entities,
            classes=self.classes,
            properties=self.properties,
            graphs=self.graphs,
            links=self.links,
        )

    def counts_with(self, more: _Tally) -> Counts:
        """Return what would be counted if the few triples of another tally were added."""
        fresh = _Tally(self.base)
        fresh.add(URIRef(self.base), more.union - self.union)
        subjects = fresh.subjects - self.subjects
        return Counts(
            triples=len(self.union) + len(fresh.union),
            subjects=len(self.subjects) + len(subjects),
            objects=len(self.objects) + len(fresh.objects - self.objects),
            entities=self.entities + sum(is_entity(s, self.base) for s in subjects),
            classes=self.classes + fresh.classes,
            properties=self.properties + fresh.properties,
            graphs=self.graphs | more.graphs,
            links=self.links + fresh.links,
        )

    @property
    def entities(self) -> int:
        """The number of subjects that are things of the collection."""
        if self._entities is None:
            self._entities = sum(is_entity(s, self.base) for s in self.subjects)
        return self._entities


def is_entity(node: Node, base: str) -> bool:
    """Whether a node is a thing of this collection with a document of its own."""
    return isinstance(node, URIRef) and str.startswith(node, f"{base}id/") and "#" not in node


def describe_counts(
    graphs: Mapping[URIRef, frozenset[Triple]],
    about: URIRef,
    rest: Iterable[Triple],
    order: Order,
    dataset: URIRef,
) -> tuple[set[Triple], Counts]:
    """Return the statements of the graph ``about`` and the counts they are true of.

    Args:
        graphs: all other named graphs.
        about: the name of the graph that is described and returned.
        rest: what that graph says besides.
        order: gives base address and short names.
        dataset: the node that the counts are about.

    Raises:
        LoaderError: the numbers do not stand still (which would be our bug).
    """
    given = _Tally(order.base)
    for name, triples in graphs.items():
        given.add(name, triples)
    fixed = set(rest) | _examples(graphs, order, dataset) | _names(graphs, about, order)
    for says_objects in (True, False):
        found = set(fixed)
        counts: Counts | None = None
        for _ in range(_ROUNDS):
            tally = _Tally(order.base)
            tally.add(about, found)
            if (now := given.counts_with(tally)) == counts:
                return found, now
            counts = now
            found = fixed | set(_statements(now, order, dataset))
            if not says_objects:
                found.discard((dataset, VOID.distinctObjects, _number(now.objects)))
    raise LoaderError(f"the counts of the release do not stand still after {_ROUNDS} rounds")


def _statements(counts: Counts, order: Order, dataset: URIRef) -> Iterable[Triple]:
    yield dataset, VOID.triples, _number(counts.triples)
    yield dataset, VOID.entities, _number(counts.entities)
    yield dataset, VOID.distinctSubjects, _number(counts.subjects)
    yield dataset, VOID.distinctObjects, _number(counts.objects)
    yield dataset, VOID.classes, _number(len(counts.classes))
    yield dataset, VOID.properties, _number(len(counts.properties))
    for cls, number in counts.classes.items():
        node = _part(dataset, "class", cls, order)
        yield dataset, VOID.classPartition, node
        yield node, VOID["class"], cls
        yield node, VOID.entities, _number(number)
    for prop, number in counts.properties.items():
        node = _part(dataset, "property", prop, order)
        yield dataset, VOID.propertyPartition, node
        yield node, VOID.property, prop
        yield node, VOID.triples, _number(number)
    for name, number in counts.graphs.items():
        yield dataset, VOID.subset, name
        yield name, RDF.type, VOID.Dataset
        yield name, RDF.type, SD.NamedGraph
        yield name, SD.name, name
        yield name, VOID.triples, _number(number)
    for namespace in _VOCABULARIES:
        if any(str(p).startswith(namespace) for p in counts.properties):
            yield dataset, VOID.vocabulary, URIRef(namespace)
    yield from _linksets(counts, order, dataset)


def _linksets(counts: Counts, order: Order, dataset: URIRef) -> Iterable[Triple]:
    titles = {short: (title, address) for address, (short, title) in reversed(_HOSTS.items())}
    for (host, prop), number in counts.links.items():
        title, address = titles[host]
        target = URIRef(f"{dataset}#{host}")
        node = URIRef(f"{_part(dataset, 'links', prop, order)}-{host}")
        yield target, RDF.type, VOID.Dataset
        yield target, DCTERMS.title, Literal(title, lang="en")
        yield target, VOID.uriSpace, Literal(address)
        yield dataset, VOID.subset, node
        yield node, RDF.type, VOID.Linkset
        yield node, VOID.subjectsTarget, dataset
        yield node, VOID.objectsTarget, target
        yield node, VOID.target, dataset
        yield node, VOID.target, target
        yield node, VOID.linkPredicate, prop
        yield node, VOID.triples, _number(number)


def _examples(
    graphs: Mapping[URIRef, frozenset[Triple]], order: Order, dataset: URIRef
) -> set[Triple]:
    """Return one example of each important kind: the one most is said about."""
    degree: Counter[Node] = Counter()
    for triples in graphs.values():
        degree.update(s for s, _, _ in triples)
        degree.update(o for _, _, o in triples)
    found: dict[str, list[Node]] = {}
    for node in degree:
        kind = order.kind(node)
        if kind in _EXAMPLE_KINDS and is_entity(node, order.base):
            found.setdefault(kind, []).append(node)
    best = (min(nodes, key=lambda n: (-degree[n], str(n))) for nodes in found.values())
    return {(dataset, VOID.exampleResource, node) for node in best}


def _names(graphs: Mapping[URIRef, frozenset[Triple]], about: URIRef, order: Order) -> set[Triple]:
    """Return the names of the named graphs in the languages of the collection, else in English."""
    called: dict[str, dict[str | None, Literal]] = {}
    for s, p, o in chain.from_iterable(graphs.values()):
        if p == SKOS.prefLabel and str(s).startswith(_GRAPHS) and isinstance(o, Literal):
            called.setdefault(str(s).removeprefix(_GRAPHS), {})[o.language] = o
    found: set[Triple] = set()
    for name in (*graphs, about):
        labels = called.get(name.rpartition("/")[2], {})
        chosen = {*order.languages} & {*labels} or {"en"} & {*labels}
        found |= {(name, RDFS.label, labels[tag]) for tag in chosen}
    return found


def _host(node: Node) -> str | None:
    if isinstance(node, URIRef) and str.startswith(node, _ADDRESSES):
        return next(short for start, (short, _) in _HOSTS.items() if str.startswith(node, start))
    return None


def _part(dataset: URIRef, what: str, term: Node, order: Order) -> URIRef:
    """Return the address of a partition: readable where the term has a short name."""
    short = order.curie(term)
    name = short.replace(":", "-").replace("#", "-") if short else ""
    return URIRef(f"{dataset}#{what}-{name or hashlib.sha256(str(term).encode()).hexdigest()[:8]}")


def _number(value: int) -> Literal:
    return Literal(str(value), datatype=XSD.integer)
