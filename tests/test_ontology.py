"""The ontology, the concept lists, the mappings and the context hold what they promise."""

from __future__ import annotations

import json
import re
import shutil
import warnings
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyoxigraph
import pytest
from pyld import jsonld  # type: ignore[import-untyped]
from rdflib import OWL, RDF, RDFS, SKOS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS
from rdflib.term import Node

from loader import terms
from loader.graph import build_graph
from loader.records import read_records
from loader.terms import NS, PACTA, VOCAB
from loader.vocabulary import read_vocabulary
from loader.workspace import open_workspace

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "ontology"
FILES = ("pacta.ttl", "vocab.ttl", "mappings.ttl")
ERROR_MESSAGE = URIRef("http://www.daml.org/2002/03/agents/agent-ont#ErrorMessage")
PROPERTY_TYPES = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
EX = Namespace("http://localhost:8000/id/")

ANCHORS = {
    "http://www.opengis.net/ont/geosparql#Feature",
    "http://www.w3.org/ns/prov#Entity",
    "http://www.w3.org/ns/oa#SpecificResource",
    str(SKOS.Concept),
    str(SKOS.altLabel),
}


@cache
def graph(*names: str) -> Graph:
    """The union of files of the ontology's folder; not to be changed."""
    union = Graph()
    for name in names:
        union.parse(FOLDER / name, format="turtle")
    return union


@cache
def context() -> dict[str, Any]:
    """The definitions of the context."""
    found: dict[str, Any] = json.loads((FOLDER / "context.jsonld").read_text("utf-8"))["@context"]
    return found


def own_terms() -> list[URIRef]:
    """Every term declared in our namespace, sorted."""
    ontology = graph("pacta.ttl")
    found = {s for s in ontology.subjects(RDF.type) if isinstance(s, URIRef) and s.startswith(NS)}
    return sorted(found)


def concepts() -> list[URIRef]:
    """Every concept, sorted."""
    return sorted(
        s for s in graph("vocab.ttl").subjects(RDF.type, SKOS.Concept) if isinstance(s, URIRef)
    )


def languages(subject: Node, predicate: Node, name: str) -> list[str]:
    """The language of each literal that a subject has for a predicate, sorted."""
    return sorted(
        o.language or "" for o in graph(name).objects(subject, predicate) if isinstance(o, Literal)
    )


def to_graph(document: Any, **options: Any) -> Graph:
    """What a JSON-LD document says, as PyLD reads it."""
    text = jsonld.to_rdf(document, {"format": "application/n-quads"} | options)
    return Graph().parse(data=text, format="nt")


# ---------------------------------------------------------------- every term is complete


@pytest.mark.parametrize("name", FILES)
def test_two_libraries_read_the_same_number_of_triples(name: str) -> None:
    """The files are Turtle for more than one parser."""
    data = (FOLDER / name).read_bytes()
    ours = set(pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.TURTLE))
    assert len(graph(name)) == len(ours) > 0


def test_the_ontology_names_itself_its_version_and_its_licence() -> None:
    """The header is complete, and the version address ends in the version."""
    ontology = graph("pacta.ttl")
    for predicate in (OWL.versionIRI, OWL.versionInfo, DCTERMS.title, DCTERMS.license):
        assert (terms.ONTOLOGY, predicate, None) in ontology
    version = ontology.value(terms.ONTOLOGY, OWL.versionInfo)
    assert ontology.value(terms.ONTOLOGY, OWL.versionIRI) == URIRef(f"{terms.ONTOLOGY}/{version}")


@pytest.mark.parametrize("term", own_terms(), ids=lambda t: t.removeprefix(NS))
def test_term_is_labelled_defined_and_shown(term: URIRef) -> None:
    """A term has a label in both languages, a definition, an example and its document."""
    ontology = graph("pacta.ttl")
    assert languages(term, RDFS.label, "pacta.ttl") == ["en", "lt"]
    assert languages(term, SKOS.definition, "pacta.ttl") == ["en"]
    assert ontology.value(term, SKOS.example), "no example"
    assert ontology.value(term, RDFS.isDefinedBy) == terms.ONTOLOGY
    definition = str(ontology.value(term, SKOS.definition))
    assert definition[0].isupper()
    assert definition.endswith(".")


def test_no_two_terms_share_a_label_of_their_kind() -> None:
    """No two classes and no two properties of a kind look alike to a reader."""
    ontology = graph("pacta.ttl")
    for kind in (OWL.Class, *PROPERTY_TYPES):
        labels = Counter(
            (label.language, str(label))
            for term in ontology.subjects(RDF.type, kind)
            for label in ontology.objects(term, RDFS.label)
            if isinstance(label, Literal)
        )
        assert [label for label, count in labels.items() if count > 1] == []


def test_every_concept_is_complete_and_in_the_one_list_of_its_address() -> None:
    """One list, one notation, one definition, a label in English and in Lithuanian."""
    lists = graph("vocab.ttl")
    for concept in concepts():
        scheme, _, word = concept.rpartition("/")
        assert list(lists.objects(concept, SKOS.inScheme)) == [URIRef(scheme)], concept
        assert list(lists.objects(concept, SKOS.topConceptOf)) == [URIRef(scheme)], concept
        assert list(lists.objects(concept, SKOS.notation)) == [Literal(word)], concept
        assert (URIRef(scheme), RDF.type, SKOS.ConceptScheme) in lists, concept
        found = languages(concept, SKOS.prefLabel, "vocab.ttl")
        assert {"en", "lt"} <= set(found), concept
        assert len(found) == len(set(found)), concept
        assert languages(concept, SKOS.definition, "vocab.ttl") == ["en"], concept
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", word), concept


def test_labels_are_unique_within_a_list() -> None:
    """No two concepts of a list look alike to a reader."""
    lists = graph("vocab.ttl")
    for scheme in lists.subjects(RDF.type, SKOS.ConceptScheme):
        labels = Counter(
            (label.language, str(label))
            for concept in lists.subjects(SKOS.inScheme, scheme)
            for label in lists.objects(concept, SKOS.prefLabel)
            if isinstance(label, Literal)
        )
        assert [label for label, count in labels.items() if count > 1] == [], scheme


def test_no_definition_only_repeats_its_label() -> None:
    """A definition says more than the word it defines."""
    lists = graph("vocab.ttl")
    for concept in concepts():
        definition = str(lists.value(concept, SKOS.definition)).rstrip(".").lower()
        bare = re.sub(r"^(a|an|the) ", "", definition)
        labels = lists.objects(concept, SKOS.prefLabel)
        assert bare not in {str(label).lower() for label in labels}, concept


def test_every_list_is_used_and_every_list_used_is_there() -> None:
    """Lists and the marks that name them agree."""
    marks = (terms.SCHEME, terms.KIND_SCHEME, terms.ACT_SCHEME)
    used = {scheme for mark in marks for scheme in graph("pacta.ttl").objects(None, mark)}
    assert used == set(graph("vocab.ttl").subjects(RDF.type, SKOS.ConceptScheme))


# ---------------------------------------------------------------- the marks are whole


def record_properties() -> list[Node]:
    """Every property that has a form of value, those of others too."""
    return sorted(graph("pacta.ttl").subjects(terms.VALUE_FORM), key=str)


def test_every_property_is_marked_or_is_a_mark() -> None:
    """A property either says where records may give it, or is itself such a mark."""
    ontology = graph("pacta.ttl")
    marks = {p for p in ontology.predicates() if str(p).startswith(NS)}
    properties = {s for kind in PROPERTY_TYPES for s in ontology.subjects(RDF.type, kind)}
    unmarked = {
        p
        for p in properties
        if str(p).startswith(NS) and (p, terms.PLACEMENT, None) not in ontology
    }
    assert unmarked == marks | {terms.LINK_PROPERTY}


@pytest.mark.parametrize("prop", record_properties(), ids=str)
def test_the_form_of_a_value_fits_the_kind_of_property(prop: Node) -> None:
    """Form, kind of property, list and classes agree."""
    ontology = graph("pacta.ttl")
    form = str(ontology.value(prop, terms.VALUE_FORM))
    declared = set(ontology.objects(prop, RDF.type))
    expected = {
        OWL.ObjectProperty: {"thing", "concept", "iri"},
        OWL.DatatypeProperty: {"date", "integer", "decimal", "boolean", "string", "wkt", "sha256"},
        OWL.AnnotationProperty: {"text", "iri"},
    }
    if prop != RDFS.label:
        assert any(kind in declared and form in forms for kind, forms in expected.items())
    has_scheme = (prop, terms.SCHEME, None) in ontology
    by_class = prop in (PACTA.kind, PACTA.act)
    assert form != "concept" or has_scheme != by_class
    for cls in ontology.objects(prop, terms.USED_ON):
        assert (cls, RDF.type, OWL.Class) in ontology
    for cls in ontology.objects(prop, terms.VALUE_CLASS):
        assert (cls, RDF.type, OWL.Class) in ontology


def test_situations_name_their_block_and_owner() -> None:
    """Every block is there, with the property that leads to its owner."""
    ontology = graph("pacta.ttl")
    blocks = {str(b): cls for cls, b in ontology.subject_objects(terms.BLOCK)}
    situations = {"statuses", "figures", "roles", "provisions", "proposals", "positions"}
    assert set(blocks) == situations | {"statements", "links"}
    for cls in blocks.values():
        owner = ontology.value(cls, terms.OWNER_PROPERTY)
        assert (owner, RDF.type, OWL.ObjectProperty) in ontology


def test_the_loader_reads_the_marks() -> None:
    """The marks are those that the loader goes by."""
    vocabulary = read_vocabulary(FOLDER)
    assert vocabulary.properties["signedOn"].single
    assert vocabulary.properties["evidence"].is_mark
    assert not vocabulary.properties["signedOn"].is_mark
    assert vocabulary.classes["Article"].is_a(PACTA.Provision)


# ---------------------------------------------------------------- only declared terms


def declared() -> set[str]:
    """The address of every term that the ontology declares, those of others too."""
    return {str(term) for term in graph("pacta.ttl").subjects(RDF.type)}


@pytest.mark.parametrize("name", FILES)
def test_only_declared_terms_are_used(name: str) -> None:
    """No file of the folder speaks of a term of ours that is not declared."""
    versions = set(graph(name).objects(None, OWL.versionIRI))
    ours = {
        str(node)
        for triple in graph(name)
        for node in triple
        if isinstance(node, URIRef) and (node.startswith(NS) or node.startswith(str(VOCAB)))
    }
    lists = {str(subject) for subject in graph("vocab.ttl").subjects(RDF.type)}
    assert ours - declared() - lists - {str(version) for version in versions} == set()


def test_properties_of_others_are_declared_before_they_are_used() -> None:
    """Outside properties are declared, not imported."""
    ontology = graph("pacta.ttl")
    built_in = (str(RDF), str(RDFS), str(OWL))
    used = {str(p) for p in ontology.predicates()}
    assert {p for p in used if not p.startswith(built_in)} <= declared()


def test_the_names_that_code_knows_are_declared() -> None:
    """`loader.terms` speaks of declared terms only."""
    lists = {str(subject) for subject in graph("vocab.ttl").subjects(RDF.type)}
    for name, value in vars(terms).items():
        if isinstance(value, URIRef):
            address = str(value)
            is_ours = address.startswith((NS, str(VOCAB))) and value != terms.VOCABULARY
            assert not is_ours or address in declared() | lists, name


def sources() -> Iterator[Path]:
    """Code, shapes and queries."""
    for folder, pattern in (("loader", "*.py"), ("server", "**/*.py"), ("shapes", "*.ttl")):
        yield from sorted((ROOT / folder).glob(pattern))
    yield from sorted((ROOT / "queries").glob("**/*.rq"))


def test_code_shapes_and_queries_use_declared_terms_only() -> None:
    """Nothing that is shipped speaks of a term that is not declared."""
    name = re.compile(r"(?:(?<!urn:)\bpacta:|\bPACTA\.|w3id\.org/pacta/ns#)([A-Za-z]\w*)")
    python_names = set(dir(Namespace("x")))
    unknown = {
        (file.name, found)
        for file in sources()
        for found in name.findall(file.read_text("utf-8"))
        if NS + found not in declared() and found not in python_names
    }
    assert unknown == set()


# ---------------------------------------------------------------- logic


def test_only_the_anchors_of_others_carry_logic() -> None:
    """Axioms reach five terms of others and no more."""
    ontology = graph("pacta.ttl")
    logic = (RDFS.subClassOf, RDFS.subPropertyOf, RDFS.domain, RDFS.range, OWL.inverseOf)
    outside = {
        str(node)
        for predicate in logic
        for subject, node in ontology.subject_objects(predicate)
        for node in (subject, node)
        if not str(node).startswith((NS, str(XSD)))
    }
    assert outside <= ANCHORS


def test_the_ontology_stays_within_owl_2_rl() -> None:
    """Only axioms of the profile, and no transitive property that must be simple."""
    ontology = graph("pacta.ttl")
    allowed = {
        *(OWL.Ontology, OWL.Class, OWL.ObjectProperty, OWL.DatatypeProperty),
        *(OWL.AnnotationProperty, OWL.TransitiveProperty, OWL.SymmetricProperty),
        *(OWL.AsymmetricProperty, OWL.IrreflexiveProperty, OWL.AllDisjointClasses),
    }
    assert set(ontology.objects(None, RDF.type)) <= allowed
    predicates = {p for p in ontology.predicates() if str(p).startswith(str(OWL))}
    assert predicates <= {OWL.versionIRI, OWL.versionInfo, OWL.inverseOf, OWL.members}
    for prop in ontology.subjects(RDF.type, OWL.TransitiveProperty):
        simple_only = {OWL.AsymmetricProperty, OWL.IrreflexiveProperty, OWL.FunctionalProperty}
        assert not simple_only & set(ontology.objects(prop, RDF.type)), prop


def test_dates_have_no_range_and_disputed_properties_are_not_functional() -> None:
    """What the data would break is not said."""
    ontology = graph("pacta.ttl")
    for prop in ontology.subjects(terms.VALUE_FORM, Literal("date")):
        assert (prop, RDFS.range, None) not in ontology
    assert (None, RDF.type, OWL.FunctionalProperty) not in ontology
    assert (PACTA.value, RDF.type, OWL.AnnotationProperty) in ontology


def test_fields_of_situations_have_no_domain_that_a_rejected_one_would_break() -> None:
    """A rejected status keeps its fields and loses its class; a domain would give it back."""
    ontology = graph("pacta.ttl")
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

CONTRADICTIONS = {
    "an event that did not happen": "<event/e> a pacta:PlannedEvent .",
    "a state that is its land": "<party/l> a pacta:Territory .",
    "a treaty that supplements itself": "<treaty/a> pacta:supplements <treaty/a> .",
    "treaties that supplement each other": "<treaty/a> pacta:supplements <treaty/b> .",
    "a statement that is a figure": "<statement/1> a pacta:Figure .",
}


def closure(data: str) -> Graph:
    """The ontology with some data, closed under the OWL RL rules."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import owlrl  # type: ignore[import-untyped]

        found = Graph() + graph("pacta.ttl")
        found.parse(data=data, format="turtle")
        owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(found)
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
    ontology = graph("pacta.ttl")
    workspace = open_workspace(ROOT)
    vocabulary = read_vocabulary(workspace.ontology)
    built = build_graph(
        read_records(workspace, vocabulary), vocabulary, str(EX.removesuffix("id/"))
    )
    data = Graph()
    for name, triples in built.triples.items():
        for triple in triples if name != "vocabulary" else ():
            data.add(triple)
    new = set()
    for subject, predicate, target in data:
        for parent in ontology.transitive_objects(predicate, RDFS.subPropertyOf):
            entailed = [(subject, cls) for cls in ontology.objects(parent, RDFS.domain)]
            entailed += [(target, cls) for cls in ontology.objects(parent, RDFS.range)]
            new |= {(node, cls) for node, cls in entailed if cls not in types(data, node)}
    lists = set(graph("vocab.ttl").subjects(RDF.type, SKOS.Concept))
    assert {(node, cls) for node, cls in new if cls != SKOS.Concept or node not in lists} == set()


def types(data: Graph, node: Node) -> set[Node | None]:
    """The classes of a node with those above them; of a literal, its datatype."""
    if isinstance(node, Literal):
        return {node.datatype or XSD.string}
    ontology = graph("pacta.ttl")
    classes = data.objects(node, RDF.type)
    return {above for cls in classes for above in ontology.transitive_objects(cls, RDFS.subClassOf)}


def unsatisfiable(folder: Path, data: str = "") -> list[str]:
    """The classes that HermiT finds empty; raises where all of it is inconsistent."""
    owlready2 = pytest.importorskip("owlready2")
    if shutil.which("java") is None:
        pytest.skip("HermiT needs Java, which is not installed")
    union = Graph() + graph("pacta.ttl")
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
    owlready2 = pytest.importorskip("owlready2")
    with pytest.raises(owlready2.OwlReadyInconsistentOntologyError):
        unsatisfiable(tmp_path, "<event/e> a pacta:Event , pacta:PlannedEvent .")


# ---------------------------------------------------------------- mappings


def test_mappings_only_match_and_only_speak_of_our_terms() -> None:
    """No equivalence is claimed, and every match leads from us to others."""
    mappings = graph("mappings.ttl")
    document = URIRef("https://w3id.org/pacta/mappings")
    matches = {
        SKOS.exactMatch,
        SKOS.closeMatch,
        SKOS.broadMatch,
        SKOS.narrowMatch,
        SKOS.relatedMatch,
    }
    for subject, predicate, target in mappings:
        if subject != document:
            assert predicate in matches
            assert str(subject).startswith((NS, str(VOCAB)))
            assert not str(target).startswith((NS, str(VOCAB)))


# ---------------------------------------------------------------- the context


def context_iris(definitions: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Every key with the full address it means, in scoped contexts too."""
    prefixes = {k: v for k, v in context().items() if isinstance(v, str) and v[-1] in "#/"}
    for key, definition in definitions.items():
        if isinstance(definition, dict):
            name = definition.get("@id") or definition.get("@reverse")
            if "@context" in definition:
                yield from context_iris(definition["@context"])
        else:
            name = definition
        if isinstance(name, str) and name[0] != "@" and key not in prefixes:
            prefix, _, local = name.partition(":")
            yield key, prefixes[prefix] + local if prefix in prefixes else name


def test_every_word_of_the_context_means_a_declared_term() -> None:
    """No word of the context leads nowhere."""
    lists = {str(s) for s in graph("vocab.ttl").subjects(RDF.type)}
    for key, iri in context_iris(context()):
        if key == "@vocab":
            assert iri.rstrip("/") in lists
        elif iri.startswith((NS, str(VOCAB))):
            assert iri in declared() | lists, key


def test_the_context_has_a_word_for_every_term_of_records() -> None:
    """No term is out of reach of records and documents."""
    meant = {iri for _, iri in context_iris(context())}
    classes = {str(c) for c in graph("pacta.ttl").subjects(RDF.type, OWL.Class)}
    needed = {str(p) for p in record_properties()} | {c for c in classes if c.startswith(NS)}
    assert needed <= meant


def test_concepts_are_written_bare_under_every_property_that_takes_them() -> None:
    """No concept is taken for another word of the context."""
    ontology, lists = graph("pacta.ttl"), graph("vocab.ttl")
    words = {
        name: key for key, name in context_iris(context()) if isinstance(context().get(key), dict)
    }
    nodes: list[dict[str, str]] = []
    expected: set[tuple[Node, Node, Node]] = set()
    cases: list[tuple[Node, Node, Node]]
    cases = [(PACTA.Treaty, p, s) for p, s in ontology.subject_objects(terms.SCHEME)]
    cases += [(c, PACTA.kind, s) for c, s in ontology.subject_objects(terms.KIND_SCHEME)]
    cases += [(c, PACTA.act, s) for c, s in ontology.subject_objects(terms.ACT_SCHEME)]
    for cls, prop, scheme in cases:
        if (prop, terms.VALUE_FORM, Literal("concept")) not in ontology:
            continue
        for concept in lists.subjects(SKOS.inScheme, scheme):
            node = f"http://x.example/{len(nodes)}"
            word = str(concept).rpartition("/")[2]
            nodes.append({"id": node, "type": str(cls).removeprefix(NS), words[str(prop)]: word})
            expected.add((URIRef(node), prop, concept))
    found = to_graph({"@context": context(), "@graph": nodes})
    assert {t for t in found if t[1] != RDF.type} == expected


DOCUMENT: dict[str, Any] = {
    "id": EX["treaty/a"],
    "type": "Treaty",
    "kind": "act",
    "label": {"en": "A", "lt": "Ą"},
    "altLabel": {"en": ["Peace", "Moscow Peace"], "pl": "Pokój"},
    "note": "ours",
    "articleCount": 9,
    "secret": True,
    "signedOn": "1920-07-12",
    "inForceFrom": {"type": "xsd:gYear", "@value": "1922"},
    "hasParty": {"id": EX["party/l"], "label": {"en": "Lithuania"}},
    "closeMatch": "http://www.wikidata.org/entity/Q1",
    "statements": [
        {
            "id": EX["statement/1"],
            "type": "Statement",
            "onProperty": "altLabel",
            "value": {"@value": "Peace", "@language": "en"},
            "rank": "normal",
            "julianDay": 2422518,
            "evidence": [
                {
                    "id": EX["evidence/003-1-5"],
                    "type": "Evidence",
                    "source": {"id": EX["source/003"], "label": {"en": "003"}},
                    "selector": {
                        "id": EX["evidence/003-1-5#selector"],
                        "type": "TextPositionSelector",
                        "start": 1,
                        "end": 5,
                    },
                    "sha256": "a" * 64,
                }
            ],
        }
    ],
    "provisions": [
        {
            "id": EX["provision/a--1"],
            "type": "Article",
            "kind": "definition",
            "number": "I",
            "about": EX["treaty/a"],
            "content": {"en": "defines"},
            "figures": [
                {
                    "id": EX["figure/f"],
                    "type": "Figure",
                    "quantity": "personnel",
                    "amount": "8000.5",
                    "bound": "about",
                }
            ],
        }
    ],
    "positions": [
        {"id": EX["position/p"], "type": "Position", "act": "judgement", "saidBy": EX["party/l"]}
    ],
    "assertions": [{"id": EX["status/s"], "type": "Assertion", "rejectedAs": "TerritorialStatus"}],
}

EXPECTED = """
@prefix p: <https://w3id.org/pacta/ns#> .
@prefix v: <https://w3id.org/pacta/vocab/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@base <http://localhost:8000/id/> .
<treaty/a> a p:Treaty ; p:kind <https://w3id.org/pacta/vocab/treaty-kind/act> ;
  rdfs:label "A"@en , "Ą"@lt ; skos:altLabel "Peace"@en , "Moscow Peace"@en , "Pokój"@pl ;
  p:note "ours"@en ; p:articleCount 9 ; p:secret true ; p:signedOn "1920-07-12"^^xsd:date ;
  p:inForceFrom "1922"^^xsd:gYear ; p:hasParty <party/l> ;
  skos:closeMatch <http://www.wikidata.org/entity/Q1> .
<party/l> rdfs:label "Lithuania"@en .
<statement/1> a p:Statement ; p:about <treaty/a> ; p:onProperty skos:altLabel ;
  p:value "Peace"@en ; p:rank <https://w3id.org/pacta/vocab/rank/normal> ;
  p:julianDay 2422518 ; p:hasEvidence <evidence/003-1-5> .
<evidence/003-1-5> a p:Evidence ; oa:hasSource <source/003> ;
  oa:hasSelector <evidence/003-1-5#selector> ; p:sha256 "{digest}" .
<source/003> rdfs:label "003"@en .
<evidence/003-1-5#selector> a oa:TextPositionSelector ; oa:start 1 ; oa:end 5 .
<provision/a--1> a p:Article ; p:kind <https://w3id.org/pacta/vocab/provision-kind/definition> ;
  p:number "I" ; p:about <treaty/a> ; p:provisionOf <treaty/a> ; p:content "defines"@en .
<figure/f> a p:Figure ; p:figureOf <provision/a--1> ; p:amount 8000.5 ;
  p:quantity <https://w3id.org/pacta/vocab/quantity/personnel> ;
  p:bound <https://w3id.org/pacta/vocab/bound/about> .
<position/p> a p:Position ; p:about <treaty/a> ; p:saidBy <party/l> ;
  p:act <https://w3id.org/pacta/vocab/speech-act/judgement> .
<status/s> a p:Assertion ; p:about <treaty/a> ; p:rejectedAs p:TerritorialStatus .
""".replace("{digest}", "a" * 64)


def test_a_document_of_short_words_means_exactly_its_statements() -> None:
    """Two JSON-LD libraries read an entity document as its quads, native numbers included."""
    expected = Graph().parse(data=EXPECTED, format="turtle")
    document = {"@context": context()} | DOCUMENT
    assert isomorphic(to_graph(document), expected)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        by_rdflib = Graph().parse(data=json.dumps(document), format="json-ld")
    assert isomorphic(by_rdflib, expected)


def test_compacting_and_expanding_again_loses_nothing() -> None:
    """Short words are a way of writing only."""
    expanded = jsonld.expand({"@context": context()} | DOCUMENT)
    compact = jsonld.compact(expanded, context())
    expected = Graph().parse(data=EXPECTED, format="turtle")
    assert isomorphic(to_graph(compact), expected)


def test_blocks_lead_to_the_owner_that_the_kind_of_record_has() -> None:
    """Roles of a person are his; what is said in talks was said during them."""
    roles = [{"id": "http://x.example/r", "type": "Role"}]
    positions = [{"id": "http://x.example/p", "type": "Position"}]
    found = {
        str(predicate)
        for cls in ("Person", "Event", "PlannedEvent", "Party")
        for predicate in to_graph(
            {"@context": context(), "id": "http://x.example/o", "type": cls, "roles": roles}
            | {"positions": positions}
        ).predicates(None, URIRef("http://x.example/o"))
    }
    assert found == {str(PACTA[n]) for n in ("agent", "roleIn", "madeDuring", "about")}
