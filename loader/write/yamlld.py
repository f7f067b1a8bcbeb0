"""A record in full, as plain YAML-LD: the output of `pacta check --expand FILE`.

Every shorthand is gone: each statement is a node with its address, property, value and bounds.
What only the whole collection can tell (generated events, disagreements found, recognition that
ends with its recogniser) is not in it. Read with `ontology/context.jsonld` it gives the triples
of the graph.

Source: JSON-LD 1.1; YAML-LD (W3C Community Group).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from rdflib import RDF, XSD, Literal, URIRef

from loader.errors import SeedError
from loader.graph.nodes import (
    Node,
    Times,
    assertion_node,
    disagreement_nodes,
    link_nodes,
    thing_node,
)
from loader.graph.periods import reach_of
from loader.rdf.terms import PACTA
from loader.read.addresses import Ref
from loader.read.expand import expand_entries
from loader.read.model import Record
from loader.read.ontology.vocabulary import Concept, Vocabulary
from loader.read.records import parse_records
from loader.read.values import Term

CONTEXT = "ontology/context.jsonld"
"""The context, by its place in the workspace."""


def expand_file(data: bytes, path: Path, vocabulary: Vocabulary, base: str) -> dict[str, Any]:
    """Return the records of one file as one JSON-LD document.

    Args:
        data: the file.
        path: named in errors.
        vocabulary: the tables.
        base: below which addresses lie.

    Raises:
        SeedError: the file cannot be read; others in its `also`.
    """
    errors: list[SeedError] = []
    nodes: list[dict[str, Any]] = []
    for record in parse_records({path: data}, vocabulary, errors):
        try:
            nodes.extend(expand_record(record, vocabulary)["@graph"])
        except SeedError as error:
            errors.append(error)
    if problem := SeedError.together(errors):
        raise problem
    return {"@context": [CONTEXT, {"@base": f"{base}id/"}], "@graph": nodes}


def expand_record(record: Record, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return a record in full, with ``@graph`` as its only key: the thing, then its assertions.

    Raises:
        SeedError: an entry has no address.
    """
    writer = _Writer(vocabulary)
    return {"@graph": [writer.node(node) for node in record_nodes(record, vocabulary)]}


def record_nodes(record: Record, vocabulary: Vocabulary) -> Iterator[Node]:
    """Yield the nodes that a record gives by itself.

    Raises:
        SeedError: an entry has no address.
    """
    concepts = {
        concept.iri: concept for words in vocabulary.concepts.values() for concept in words.values()
    }
    entries = list(expand_entries(record, vocabulary))
    times = Times({}, {}, {}, replace(reach_of(entries), end=None))
    if record.is_a(PACTA.Disagreement):
        yield from disagreement_nodes(record)
    elif record.classes:
        yield thing_node(record, times)
    for one in entries:
        if one.is_link:
            yield from link_nodes(one, concepts)
        else:
            yield assertion_node(one, times, vocabulary)


def format_yaml(document: Mapping[str, Any]) -> str:
    """Return the document as YAML, keys in the order given."""
    text: str = yaml.safe_dump(
        dict(document), sort_keys=False, allow_unicode=True, width=120, default_flow_style=False
    )
    return text


class _Writer:
    """Writes nodes with the keys of the context."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self.class_names = {cls.iri: cls.name for cls in vocabulary.classes.values()}
        self.keys = dict(_context_keys(vocabulary))
        self.concepts: Mapping[URIRef, Concept] = {
            concept.iri: concept
            for words in vocabulary.concepts.values()
            for concept in words.values()
        }

    def node(self, node: Node) -> dict[str, Any]:
        types = [
            self.class_names.get(term, str(term))
            for prop, term in node.properties
            if prop == RDF.type and isinstance(term, URIRef)
        ]
        written: dict[str, Any] = {"id": str(node.id)}
        if types:
            written["type"] = types[0] if len(types) == 1 else types
        grouped: dict[URIRef, list[Term]] = {}
        for prop, term in node.properties:
            if prop != RDF.type and term not in grouped.setdefault(prop, []):
                grouped[prop].append(term)
        scoped = self._scoped(types)
        for prop, terms in grouped.items():
            key = self.keys.get(prop, str(prop))
            definition = scoped.get(key, self.vocabulary.terms.get(key))
            written[key] = self._values(terms, definition)
        return written

    def _scoped(self, types: list[str]) -> dict[str, Any]:
        """Return the definitions that hold on nodes of these classes only."""
        definitions: dict[str, Any] = {}
        for name in sorted(types):
            term = self.vocabulary.terms.get(name)
            if isinstance(term, Mapping):
                definitions |= term.get("@context", {})
        return definitions

    def _values(self, terms: list[Term], definition: Any) -> Any:
        expanded = definition if isinstance(definition, Mapping) else {}
        if expanded.get("@container") == "@language":
            return _by_language(terms)
        values = [self._value(term, expanded) for term in terms]
        return values[0] if len(values) == 1 else values

    def _value(self, term: Term, definition: Mapping[str, Any]) -> Any:
        coercion = definition.get("@type")
        if isinstance(term, Literal):
            return self._literal(term, coercion)
        if coercion == "@vocab":
            return self._word(term, definition)
        return str(term) if coercion == "@id" else {"id": str(term)}

    def _word(self, term: Ref | URIRef, definition: Mapping[str, Any]) -> str:
        """Return a term, class or concept as short as the context lets it be."""
        name = self.class_names.get(term) if isinstance(term, URIRef) else None
        if name is None and term in self.keys and isinstance(term, URIRef):
            name = self.keys[term]
        scoped = definition.get("@context")
        scheme = scoped.get("@vocab") if isinstance(scoped, Mapping) else None
        if isinstance(scheme, str) and str(term).startswith(scheme):
            word = str(term)[len(scheme) :]
            if word not in self.vocabulary.terms or word in (scoped or {}):
                return word
        return name if name is not None else str(term)

    def _literal(self, term: Literal, coercion: object) -> Any:
        if term.language:
            return {"@value": str(term), "@language": term.language}
        datatype = str(term.datatype or XSD.string)
        coerced = str(coercion).replace("xsd:", str(XSD)).replace("geo:", _GEO)
        if datatype == coerced or (coercion is None and datatype == str(XSD.string)):
            return str(term)
        if datatype == str(XSD.string):
            return {"@value": str(term)}
        return {"@value": str(term), "@type": datatype}


_GEO = "http://www.opengis.net/ont/geosparql#"


def _by_language(terms: Iterable[Term]) -> dict[str, Any]:
    texts: dict[str, list[str]] = {}
    for term in terms:
        if isinstance(term, Literal):
            texts.setdefault(term.language or "@none", []).append(str(term))
    return {tag: found[0] if len(found) == 1 else found for tag, found in texts.items()}


def _context_keys(vocabulary: Vocabulary) -> Iterator[tuple[URIRef, str]]:
    """Yield each property's IRI with its key, for those with marks and the few without."""
    for key, definition in vocabulary.terms.items():
        iri = definition.get("@id") if isinstance(definition, Mapping) else definition
        if isinstance(iri, str) and not iri.startswith("@"):
            prefix, _, local = iri.partition(":")
            start = vocabulary.terms.get(prefix)
            if isinstance(start, str) and local and not local.startswith("//"):
                yield URIRef(start + local), key
    for iri, prop in vocabulary.by_iri.items():
        yield iri, prop.key
