"""Definitions say something, and the lists hang together: levels, matters, what was retired."""

from __future__ import annotations

import re

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Literal, URIRef
from rdflib.namespace import DCTERMS
from rdflib.term import Node

from loader.rdf import terms
from loader.rdf.terms import VOCAB
from loader.read.ontology.vocabulary import used_on
from tests.knowledge.ontologies import read_lists, read_terms

FEWEST_WORDS = 5
SMALL = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "being",
        "by",
        "for",
        "from",
        "has",
        "have",
        "in",
        "into",
        "is",
        "it",
        "its",
        "no",
        "not",
        "of",
        "on",
        "one",
        "or",
        "other",
        "others",
        "somebody",
        "something",
        "that",
        "the",
        "their",
        "them",
        "to",
        "was",
        "were",
        "what",
        "which",
        "who",
        "with",
    ]
)
"""Words that say nothing of their own."""
ENDINGS = re.compile(
    r"(isation|ification|ication|ation|ition|ment|ance|ence|ing|ion|ive|ers?|ors?|ed|es|s|al|y|e)$"
)


def stems(text: str) -> set[str]:
    """The words of a text that say something, without their endings."""
    words = re.findall(r"[^\W_]+", text.lower())
    return {ENDINGS.sub("", word) for word in words if word not in SMALL}


def repeats(label: str, definition: str) -> bool:
    """Whether a definition says too little beside its label: other forms of it, or a few words."""
    few = len(re.findall(r"\w+", definition)) < FEWEST_WORDS
    return few or len(stems(definition) - stems(label)) < 3


def english(node: Node, predicate: URIRef) -> str:
    """The English text of a term or concept."""
    found = [
        str(text)
        for graph in (read_lists(), read_terms())
        for text in graph.objects(node, predicate)
        if isinstance(text, Literal) and text.language == "en"
    ]
    return found[0]


def concepts() -> list[Node]:
    """Every concept that is in use, sorted."""
    return sorted(read_lists().subjects(RDF.type, SKOS.Concept), key=str)


@pytest.mark.parametrize(
    ("label", "definition"),
    [
        ("protest", "Protests."),
        ("buyer", "Buys."),
        ("neutrality", "To stay neutral."),
        ("recognition", "A thing is recognised by somebody."),
        ("payment", "The paying of what is to be paid to others."),
        ("proclamation", "That which is proclaimed, or the proclaiming of it."),
    ],
)
def test_a_definition_that_repeats_its_label_is_noticed(label: str, definition: str) -> None:
    """The test below would find one that stands for nothing but its word."""
    assert repeats(label, definition)


@pytest.mark.parametrize("concept", concepts(), ids=lambda c: c.removeprefix(str(VOCAB)))
def test_no_definition_only_repeats_its_label(concept: Node) -> None:
    """A definition says what the word covers, in other words than its own."""
    label, definition = english(concept, SKOS.prefLabel), english(concept, SKOS.definition)
    assert not repeats(label, definition), f"{label}: {definition}"
    assert definition[0].isupper()
    assert definition.endswith(".")


def test_no_two_concepts_of_a_list_have_one_definition() -> None:
    """What is defined alike is one concept."""
    for scheme in read_lists().subjects(RDF.type, SKOS.ConceptScheme):
        members = list(read_lists().subjects(SKOS.inScheme, scheme))
        assert len({english(one, SKOS.definition) for one in members}) == len(members), scheme


def test_levels_of_a_list_are_three_at_most_and_lead_to_its_top() -> None:
    """A concept is on top of its list or below one of the same list, never below itself."""
    lists = read_lists()
    for concept in concepts():
        (scheme,) = lists.objects(concept, SKOS.inScheme)
        above = list(lists.objects(concept, SKOS.broader))
        is_top = (concept, SKOS.topConceptOf, scheme) in lists
        assert is_top != bool(above), concept
        assert len(above) <= 1, concept
        line = [concept]
        while parents := list(lists.objects(line[-1], SKOS.broader)):
            assert list(lists.objects(parents[0], SKOS.inScheme)) == [scheme], concept
            line += parents
            assert len(line) <= 3, line


def test_matters_bind_concepts_of_several_lists() -> None:
    """The shared scheme spans lists: each matter is met in two concepts, and leads nowhere else."""
    lists, matters = read_lists(), VOCAB["matter"]
    met: dict[Node, set[Node]] = {}
    for concept, matter in lists.subject_objects(SKOS.broadMatch):
        assert (matter, SKOS.inScheme, matters) in lists, concept
        assert (concept, SKOS.inScheme, matters) not in lists, concept
        met.setdefault(matter, set()).add(concept)
    assert set(met) == set(lists.subjects(SKOS.inScheme, matters))
    assert {matter for matter, found in met.items() if len(found) < 2} == set()


def test_a_retired_concept_is_in_no_list() -> None:
    """No record can use it, and whoever follows its address learns what took its place."""
    lists, ontology = read_lists(), read_terms()
    both = lists + ontology
    old = {s for s in ontology.subjects(OWL.deprecated) if str(s).startswith(str(VOCAB))}
    assert len(old) > 80
    for concept in old:
        assert (concept, RDF.type, None) not in lists, concept
        assert (concept, SKOS.inScheme, None) not in ontology, concept
        assert english(concept, SKOS.prefLabel), concept
        for successor in ontology.objects(concept, DCTERMS.isReplacedBy):
            assert (successor, RDF.type, None) in both, concept


def properties() -> list[Node]:
    """Every property of ours that records or the loader write, sorted."""
    ours = (p for p in read_terms().subjects(terms.PLACEMENT) if str(p).startswith(terms.NS))
    return sorted(ours, key=str)


@pytest.mark.parametrize("prop", properties(), ids=lambda p: p.removeprefix(terms.NS))
def test_a_property_says_what_it_relates(prop: Node) -> None:
    """The definition is about the relation, and names a class that carries it."""
    ontology = read_terms()
    definition = english(prop, SKOS.definition)
    assert re.match(r"(Relates|Gives|True of) ", definition), definition
    assert not repeats(english(prop, RDFS.label), definition), definition
    carriers = used_on(ontology, prop)
    names = {
        english(cls, RDFS.label).rpartition(" ")[2]
        for carrier in carriers
        for cls in ontology.transitive_subjects(RDFS.subClassOf, carrier)
        if cls is not None
    }
    named = any(name in definition.lower() for name in names | {"thing", "land"})
    assert named or not carriers, f"none of {sorted(names)} is named: {definition}"
