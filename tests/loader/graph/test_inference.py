"""Inference: what must follow follows, and nothing else does."""

from __future__ import annotations

import pytest
from rdflib import Graph
from rdflib.term import Node

from loader.graph.inference import RULES, infer

HEAD = """
@prefix : <https://example.org/> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
"""
ONTOLOGY = """
:City rdfs:subClassOf :Place . :Place rdfs:subClassOf :Feature , owl:Thing .
:City a owl:Class . :Place a owl:Class ; rdfs:label "place" .
:Place rdfs:subClassOf [ a owl:Restriction ; owl:onProperty :in ] .
:capital rdfs:subPropertyOf :in . :in a owl:TransitiveProperty , owl:ObjectProperty .
:capital a owl:ObjectProperty ; rdfs:domain :City ; rdfs:range :State .
:name rdfs:subPropertyOf rdfs:label . :near a owl:SymmetricProperty .
:holds owl:inverseOf :heldBy . :sameName owl:equivalentProperty :name .
:Odd rdfs:subClassOf :Odd . :odd rdfs:subPropertyOf :odd .
"""


def triples(turtle: str) -> set[tuple[Node, Node, Node]]:
    """Parse Turtle with the prefixes above."""
    return set(Graph().parse(data=HEAD + turtle, format="turtle"))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (":a a :City .", ":a a :Place , :Feature ."),
        (":a :capital :b .", ":a :in :b ."),
        (":a :capital :b . :b :in :c .", ":a :in :b , :c ."),
        (":a :in :b . :b :in :c . :c :in :d .", ":a :in :c , :d . :b :in :d ."),
        (":a :near :b .", ":b :near :a ."),
        (":a :holds :b . :c :heldBy :d .", ":b :heldBy :a . :d :holds :c ."),
        (":a a :City , :Place .", ":a a :Feature ."),
        (':a :name "x" .', ""),
        (':a :near "x" .', ""),
        (":a :in :b . :b :in :a . :c :near :c .", ""),
        (":a a :Odd ; :odd :b .", ""),
        (":City :in :b .", ""),
        ("", ""),
    ],
)
def test_reason_adds_what_follows_and_nothing_else(data: str, expected: str) -> None:
    """One case for each rule, and for each kind of triple that is left out."""
    found = infer([triples(data)], triples(ONTOLOGY))

    assert triples(expected) == found


def test_reason_looks_at_all_graphs_together() -> None:
    """A premise in each graph; what any graph has is not repeated."""
    graphs = [triples(":a :in :b ."), triples(":b :in :c ."), triples(":a a :City , :Feature .")]

    found = infer(graphs, triples(ONTOLOGY))

    assert triples(":a :in :c ; a :Place .") == found


def test_reason_follows_a_long_chain() -> None:
    """The fixpoint is reached, however many rounds it takes."""
    chain = "".join(f":n{n} :in :n{n + 1} .\n" for n in range(30))

    found = infer([triples(chain)], triples(ONTOLOGY))

    assert len(found) == 30 * 31 // 2 - 30


def test_reason_rules_are_those_of_the_design() -> None:
    """Five rules; domain and range are not among them."""
    assert list(RULES) == ["subClassOf", "subPropertyOf", "inverse", "symmetric", "transitive"]
