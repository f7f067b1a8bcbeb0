"""Infers triples from the ontology, for the graph ``inferred``.

Only what subClassOf, subPropertyOf, inverse, symmetric and transitive properties add, by CONSTRUCT
queries repeated until nothing new comes (the table `RULES`). Left out on purpose: reflexive
statements, ``owl:Thing`` and other built-in classes, domains and ranges, and whatever would be said
about a term of the ontology instead of about the collection.

Shape: 30,000 quads → some thousand triples. Source: OWL 2 RL rules cax-sco, prp-spo1, prp-inv1,
prp-inv2, prp-symp, prp-trp; docs/decisions/0004-named-graphs.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rdflib import OWL, RDF, RDFS, BNode, URIRef
from rdflib.term import Node

from loader.rdf.ordering import Triple
from loader.release.store import Store

SCHEMA: Final = "urn:pacta:schema"

RULES: Final[Mapping[str, str]] = {
    "subClassOf": """
        CONSTRUCT { ?x a ?above } WHERE {
          GRAPH <urn:pacta:schema> { ?class rdfs:subClassOf+ ?above }
          ?x a ?class
          FILTER NOT EXISTS { ?x a ?above } }""",
    "subPropertyOf": """
        CONSTRUCT { ?x ?above ?y } WHERE {
          GRAPH <urn:pacta:schema> { ?p rdfs:subPropertyOf+ ?above }
          ?x ?p ?y
          FILTER NOT EXISTS { ?x ?above ?y } }""",
    "inverse": """
        CONSTRUCT { ?y ?q ?x } WHERE {
          GRAPH <urn:pacta:schema> { ?p owl:inverseOf|^owl:inverseOf ?q }
          ?x ?p ?y
          FILTER NOT EXISTS { ?y ?q ?x } }""",
    "symmetric": """
        CONSTRUCT { ?y ?p ?x } WHERE {
          GRAPH <urn:pacta:schema> { ?p a owl:SymmetricProperty }
          ?x ?p ?y
          FILTER NOT EXISTS { ?y ?p ?x } }""",
    "transitive": """
        CONSTRUCT { ?x ?p ?z } WHERE {
          GRAPH <urn:pacta:schema> { ?p a owl:TransitiveProperty }
          ?x ?p ?y . ?y ?p ?z
          FILTER NOT EXISTS { ?x ?p ?z } }""",
}
"""Name of the rule → query over the data (default graph) and the ontology (`SCHEMA`)."""

_PREFIXES: Final = f"PREFIX rdfs: <{RDFS}>\nPREFIX owl: <{OWL}>\n"
_BUILT_IN: Final = (str(OWL), str(RDFS), str(RDF))


def infer(graphs: Iterable[Iterable[Triple]], ontology: Iterable[Triple]) -> set[Triple]:
    """Return the triples that follow and that none of the graphs has.

    Args:
        graphs: everything the release says besides what is inferred.
        ontology: the triples that declare classes and properties.
    """
    schema = set(ontology)
    given = [frozenset(graph) for graph in graphs]
    terms = _terms(schema)
    store = Store()
    store.add(t for graph in given for t in graph if t[0] not in terms)
    store.add(schema, URIRef(SCHEMA))
    found: set[Triple] = set()
    fresh: set[Triple] | None = None
    while fresh is None or fresh:
        fresh = set()
        for rule in RULES.values():
            fresh.update(t for t in store.construct(_PREFIXES + rule) if _is_data(t, terms))
        fresh -= found
        for graph in given:
            fresh -= graph
        store.add(fresh)
        found |= fresh
    return found


def _terms(schema: set[Triple]) -> set[Node]:
    """Return the subjects that are words of the ontology, not things of the collection."""
    return {
        s
        for s, p, o in schema
        if isinstance(s, BNode) or (p == RDF.type and str(o).startswith((str(OWL), str(RDFS))))
    }


def _is_data(triple: Triple, terms: set[Node]) -> bool:
    """Whether an inferred triple says something about the collection that is worth saying."""
    s, p, o = triple
    if s == o or s in terms or not isinstance(s, URIRef) or isinstance(o, BNode):
        return False
    if p == RDF.type:
        return not str(o).startswith(_BUILT_IN)
    return not str(p).startswith(_BUILT_IN)
