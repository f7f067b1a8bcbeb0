"""The axioms of the ontology: within OWL 2 RL, consistent, and true of the collection."""

from __future__ import annotations

import shutil
import warnings
from functools import cache
from pathlib import Path

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from loader.graph.build import build_graph
from loader.rdf import terms
from loader.rdf.terms import NS, PACTA
from loader.read.ontology.vocabulary import read_vocabulary
from loader.read.records import read_records
from loader.workspace import open_workspace
from tests.knowledge.ontologies import read_lists, read_terms
from tests.places import ROOT
from tests.sample import sample
from tests.skips import import_or_skip, skip_without

ERROR_MESSAGE = URIRef("http://www.daml.org/2002/03/agents/agent-ont#ErrorMessage")
EX = Namespace("http://localhost:8000/id/")

ANCHORS = {
    "http://www.opengis.net/ont/geosparql#Feature",
    "http://www.w3.org/ns/prov#Entity",
    "http://www.w3.org/ns/oa#SpecificResource",
    str(SKOS.Concept),
    str(SKOS.altLabel),
    *(f"http://xmlns.com/foaf/0.1/{name}" for name in ("Agent", "Person")),
    *(
        f"https://schema.org/{name}"
        for name in ("Person", "Place", "Event", "Legislation", "CreativeWork")
    ),
    *(
        f"http://www.cidoc-crm.org/cidoc-crm/{name}"
        for name in (
            *("E5_Event", "E21_Person", "E31_Document", "E39_Actor", "E74_Group"),
            "E89_Propositional_Object",
        )
    ),
}
"""Superclasses of ours that a stranger's tools know, and one superproperty."""


def test_only_the_anchors_of_others_carry_logic() -> None:
    """Axioms reach the classes that others know, one property, and no more."""
    ontology = read_terms()
    logic = (RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range, OWL.inverseOf)
    outside = {
        str(node)
        for predicate in logic
        for subject, node in ontology.subject_objects(predicate)
        for node in (subject, node)
        if not str(node).startswith((NS, str(XSD)))
    }
    assert outside == ANCHORS


def test_the_ontology_stays_within_owl_2_rl() -> None:
    """Only axioms of the profile, and no transitive property that must be simple."""
    ontology = read_terms()
    allowed = {
        *(OWL.Ontology, OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty),
        *(OWL.AnnotationProperty, OWL.TransitiveProperty, OWL.SymmetricProperty),
        *(OWL.AsymmetricProperty, OWL.IrreflexiveProperty, OWL.AllDisjointClasses),
    }
    assert set(ontology.objects(None, RDF.type)) <= allowed
    predicates = {p for p in ontology.predicates() if str(p).startswith(str(OWL))}
    assert predicates <= {
        OWL.versionIRI,
        OWL.versionInfo,
        OWL.inverseOf,
        OWL.members,
        OWL.deprecated,
    }
    for prop in ontology.subjects(RDF.type, OWL.TransitiveProperty):
        simple_only = {OWL.AsymmetricProperty, OWL.IrreflexiveProperty, OWL.FunctionalProperty}
        assert not simple_only & set(ontology.objects(prop, RDF.type)), prop


def test_dates_have_no_range_and_disputed_properties_are_not_functional() -> None:
    """What the data would break is not said."""
    ontology = read_terms()
    for prop in ontology.subjects(terms.VALUE_FORM, Literal("date")):
        assert (prop, RDFS.range, None) not in ontology
    assert (None, RDF.type, OWL.FunctionalProperty) not in ontology
    assert (PACTA.value, RDF.type, OWL.AnnotationProperty) in ontology


def test_fields_of_situations_have_no_domain_that_a_rejected_one_would_break() -> None:
    """A rejected status keeps its fields and loses its class; a domain would give it back."""
    ontology = read_terms()
    assertions = set(ontology.transitive_subjects(RDFS.subClassOf, PACTA.Assertion))
    narrower = assertions - {PACTA.Assertion, PACTA.Statement}
    assert set(ontology.objects(None, RDFS.domain)) & narrower == set()


SAMPLE = """
@prefix pacta: <https://w3id.org/pacta/ns#> .
@prefix v: <https://w3id.org/pacta/vocab/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <http://localhost:8000/id/> .
<treaty/a> a pacta:Treaty ; pacta:hasParty <party/l> , <party/r> ; pacta:secret true ;
  pacta:signedAt <place/m> ; pacta:articleCount 9 ; skos:altLabel "A"@en .
<treaty/b> a pacta:Treaty ; pacta:supplements <treaty/a> .
<party/l> a pacta:Party ; pacta:existedFrom "1918-02-16"^^xsd:date .
<party/r> a pacta:Party ; pacta:distinctFrom <party/l> .
<place/m> a pacta:Settlement , pacta:Territory ; pacta:within <territory/t> .
<territory/t> a pacta:Territory .
<base/x> a pacta:MilitaryBase ; pacta:locatedIn <place/m> ; pacta:maintainedBy <party/r> .
<event/e> a pacta:Event ; pacta:before <event/p> ; pacta:participant <person/s> .
<event/p> a pacta:PlannedEvent ; pacta:plannedFor "1920-10-10"^^xsd:date .
<person/s> a pacta:Person .
<statement/1> a pacta:Statement ; pacta:about <treaty/a> ; pacta:onProperty pacta:signedOn ;
  pacta:value "1920-07-12"^^xsd:date ; pacta:hasEvidence <evidence/1> ; pacta:saidBy <source/1> .
<status/rejected> a pacta:Assertion ; pacta:rejectedAs pacta:TerritorialStatus ;
  pacta:about <place/m> ; pacta:holder <party/r> ; pacta:conflictsWith <status/1> .
<status/1> a pacta:TerritorialStatus ; pacta:about <place/m> ; pacta:territory <place/m> ;
  pacta:holder <party/l> ; pacta:mode <https://w3id.org/pacta/vocab/status-mode/de-jure> ;
  pacta:accordingTo <https://w3id.org/pacta/vocab/unknown-agent/unstated> .
<evidence/1> a pacta:Evidence ; oa:hasSource <source/1> .
<source/1> a pacta:Source .
<disagreement/1> a pacta:Disagreement ; pacta:hasSide <disagreement/1#side-1> .
<disagreement/1#side-1> a pacta:Side ; pacta:includes <statement/1> .
"""

TWO_CLASSES = {
    "an event that did not happen": "<event/e> a pacta:PlannedEvent .",
    "a state that is its land": "<party/l> a pacta:Territory .",
    "a statement that is a figure": "<statement/1> a pacta:Figure .",
}
LINKS = {
    "a treaty that supplements itself": "<treaty/a> pacta:supplements <treaty/a> .",
    "treaties that supplement each other": "<treaty/a> pacta:supplements <treaty/b> .",
}
CONTRADICTIONS = {**dict(sample(TWO_CLASSES.items(), 1)), **LINKS}
"""One of each kind of axiom: disjoint, irreflexive, asymmetric; or all."""


def closure(data: str) -> Graph:
    """The ontology with some data, closed under the OWL RL rules."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import owlrl  # type: ignore[import-untyped]

        found = Graph() + read_terms()
        found.parse(data=data, format="turtle")
        try:
            owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(found)
        finally:
            terms.bind_days()  # owlrl leaves rdflib with other readers of values
    return found


@pytest.mark.slow
def test_the_rl_closure_finds_no_error_and_keeps_rejected_situations_out() -> None:
    """What follows from sound data is wanted, and nothing else follows."""
    found = closure(SAMPLE)
    assert list(found.subjects(RDF.type, ERROR_MESSAGE)) == []
    rejected = EX["status/rejected"]
    assert (rejected, RDF.type, PACTA.Assertion) in found
    assert (rejected, RDF.type, PACTA.TerritorialStatus) not in found
    assert (EX["event/p"], RDF.type, PACTA.Event) not in found
    assert (EX["base/x"], PACTA.within, EX["territory/t"]) in found


@pytest.mark.slow
@pytest.mark.parametrize("fault", CONTRADICTIONS.values(), ids=CONTRADICTIONS.keys())
def test_the_rl_closure_notices_a_contradiction(fault: str) -> None:
    """The check above would find a fault."""
    assert list(closure(SAMPLE + fault).subjects(RDF.type, ERROR_MESSAGE))


@pytest.mark.slow
def test_no_axiom_gives_the_collection_a_type_it_does_not_have() -> None:
    """Domains and ranges only say what the records say too."""
    workspace = open_workspace(ROOT)
    vocabulary = read_vocabulary(workspace.ontology)
    built = build_graph(
        read_records(workspace, vocabulary), vocabulary, str(EX.removesuffix("id/"))
    )
    data = Graph()
    for name, triples in built.triples.items():
        for triple in triples if name != "vocabulary" else ():
            data.add(triple)
    entailed = set()
    for subject, predicate, target in data:
        domains, ranges = imply(predicate)
        entailed |= {(subject, cls) for cls in domains} | {(target, cls) for cls in ranges}
    known = {node: types(data, node) for node, _ in entailed}
    new = {(node, cls) for node, cls in entailed if cls not in known[node]}
    lists = set(read_lists().subjects(RDF.type, SKOS.Concept))
    assert {(node, cls) for node, cls in new if cls != SKOS.Concept or node not in lists} == set()


@cache
def imply(predicate: Node) -> tuple[frozenset[Node], frozenset[Node]]:
    """The classes that a property gives its subject, and its value."""
    ontology = read_terms()
    above = [p for p in ontology.transitive_objects(predicate, RDFS.subPropertyOf) if p]
    domains, ranges = (
        frozenset(cls for prop in above for cls in ontology.objects(prop, relation))
        for relation in (RDFS.domain, RDFS.range)
    )
    return domains, ranges


def types(data: Graph, node: Node) -> set[Node | None]:
    """The classes of a node with those above them; of a literal, its datatype."""
    if isinstance(node, Literal):
        return {node.datatype or XSD.string}
    ontology = read_terms()
    classes = data.objects(node, RDF.type)
    return {above for cls in classes for above in ontology.transitive_objects(cls, RDFS.subClassOf)}


def unsatisfiable(folder: Path, data: str = "") -> list[str]:
    """The classes that HermiT finds empty; raises where all of it is inconsistent."""
    owlready2 = import_or_skip("owlready2")
    if shutil.which("java") is None:
        skip_without("java")
    union = Graph() + read_terms()
    union.parse(data=SAMPLE.partition("<treaty/a>")[0] + data, format="turtle")
    file = folder / "ontology.nt"
    union.serialize(file, format="nt", encoding="utf-8")
    world = owlready2.World()
    world.get_ontology(file.as_uri()).load()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        owlready2.sync_reasoner(world, debug=0)
    return [str(cls.iri) for cls in world.inconsistent_classes()]


@pytest.mark.slow
def test_hermit_finds_every_class_satisfiable(tmp_path: Path) -> None:
    """A complete reasoner agrees that every class can have members."""
    assert unsatisfiable(tmp_path) == []


@pytest.mark.slow
def test_hermit_would_find_an_empty_class(tmp_path: Path) -> None:
    """The check above would find a class that can have none."""
    fault = (
        "@prefix owl: <http://www.w3.org/2002/07/owl#> . "
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . "
        "pacta:Impossible a owl:Class ; rdfs:subClassOf pacta:Event , pacta:PlannedEvent ."
    )
    assert NS + "Impossible" in unsatisfiable(tmp_path, fault)


@pytest.mark.slow
def test_hermit_would_find_an_inconsistency(tmp_path: Path) -> None:
    """The check above would find data that cannot be."""
    owlready2 = import_or_skip("owlready2")
    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        unsatisfiable(tmp_path, "<event/e> a pacta:Event , pacta:PlannedEvent .")
