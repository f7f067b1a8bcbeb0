"""The terms, lists, marks and mappings of the ontology are complete and declared."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS
from rdflib.term import Node

from loader.rdf import terms
from loader.rdf.terms import NS, PACTA, REC, VOCAB
from loader.read.ontology.vocabulary import ontology_files, read_vocabulary, used_on, value_classes
from tests.knowledge.ontologies import FOLDER, read_files, read_lists, read_terms
from tests.places import ROOT

ONTOLOGY = URIRef("https://w3id.org/pacta/ns")
FILES = (
    *(file.relative_to(FOLDER).as_posix() for file in ontology_files(FOLDER)),
    "mappings.ttl",
)
PROPERTY_TYPES = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


def own_terms() -> list[URIRef]:
    """Every term declared in our namespace, sorted."""
    ours = (NS, str(REC))
    found = {s for s in read_terms().subjects(RDF.type) if isinstance(s, URIRef)}
    return sorted(s for s in found if str(s).startswith(ours))


def retired() -> set[Node]:
    """Every term that was published and is used no more."""
    return set(read_terms().subjects(OWL.deprecated, Literal(True)))


def concepts() -> list[URIRef]:
    """Every concept, sorted."""
    return sorted(s for s in read_lists().subjects(RDF.type, SKOS.Concept) if isinstance(s, URIRef))


def languages(graph: Graph, subject: Node, predicate: Node) -> list[str]:
    """The language of each literal that a subject has for a predicate, sorted."""
    return sorted(
        o.language or "" for o in graph.objects(subject, predicate) if isinstance(o, Literal)
    )


# ---------------------------------------------------------------- every term is complete


@pytest.mark.parametrize("name", FILES)
def test_two_libraries_read_the_same_number_of_triples(name: str) -> None:
    """The files are Turtle for more than one parser."""
    data = (FOLDER / name).read_bytes()
    ours = set(pyoxigraph.parse(data, format=pyoxigraph.RdfFormat.TURTLE))
    assert len(read_files(name)) == len(ours) > 0


def test_the_ontology_names_itself_its_version_and_its_licence() -> None:
    """The header is complete, and the version address ends in the version."""
    ontology = read_terms()
    for predicate in (OWL.versionIRI, OWL.versionInfo, DCTERMS.title, DCTERMS.license):
        assert (ONTOLOGY, predicate, None) in ontology
    version = ontology.value(ONTOLOGY, OWL.versionInfo)
    assert ontology.value(ONTOLOGY, OWL.versionIRI) == URIRef(f"{ONTOLOGY}/{version}")


@pytest.mark.parametrize("term", own_terms(), ids=lambda t: t.rpartition("/")[2])
def test_term_is_labelled_defined_and_shown(term: URIRef) -> None:
    """A term has a label in both languages, a definition, an example and its document."""
    ontology = read_terms()
    assert languages(ontology, term, RDFS.label) == ["en", "lt"]
    assert languages(ontology, term, SKOS.definition) == ["en"]
    assert ontology.value(term, SKOS.example) or term in retired(), "no example"
    assert ontology.value(term, RDFS.isDefinedBy) == URIRef(term.partition("#")[0])
    definition = str(ontology.value(term, SKOS.definition))
    assert definition[0].isupper()
    assert definition.endswith(".")


def test_no_two_terms_share_a_label_of_their_kind() -> None:
    """No two classes and no two properties of a kind look alike to a reader."""
    ontology = read_terms()
    for kind in (OWL.Class, *PROPERTY_TYPES):
        labels = Counter(
            (label.language, str(label))
            for term in set(ontology.subjects(RDF.type, kind)) - retired()
            for label in ontology.objects(term, RDFS.label)
            if isinstance(label, Literal)
        )
        assert [label for label, count in labels.items() if count > 1] == []


def test_every_concept_is_complete_and_in_the_one_list_of_its_address() -> None:
    """One list, one notation, one definition, a label in English and in Lithuanian."""
    lists = read_lists()
    for concept in concepts():
        scheme, _, word = concept.rpartition("/")
        assert list(lists.objects(concept, SKOS.inScheme)) == [URIRef(scheme)], concept
        assert list(lists.objects(concept, SKOS.notation)) == [Literal(word)], concept
        assert (URIRef(scheme), RDF.type, SKOS.ConceptScheme) in lists, concept
        found = languages(lists, concept, SKOS.prefLabel)
        assert {"en", "lt"} <= set(found), concept
        assert len(found) == len(set(found)), concept
        assert languages(lists, concept, SKOS.definition) == ["en"], concept
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", word), concept


def test_labels_are_unique_within_a_list() -> None:
    """No two concepts of a list look alike to a reader."""
    lists = read_lists()
    for scheme in lists.subjects(RDF.type, SKOS.ConceptScheme):
        labels = Counter(
            (label.language, str(label))
            for concept in lists.subjects(SKOS.inScheme, scheme)
            for label in lists.objects(concept, SKOS.prefLabel)
            if isinstance(label, Literal)
        )
        assert [label for label, count in labels.items() if count > 1] == [], scheme


def test_every_list_is_used_and_every_list_used_is_there() -> None:
    """Lists and the marks that name them agree; no record names matters or graphs."""
    marks = (terms.SCHEME, terms.KIND_SCHEME, terms.ACT_SCHEME)
    used = {scheme for mark in marks for scheme in read_terms().objects(None, mark)}
    lists = set(read_lists().subjects(RDF.type, SKOS.ConceptScheme))
    assert used | {VOCAB["matter"], VOCAB["graph"]} == lists


# ---------------------------------------------------------------- the marks are whole


def record_properties() -> list[Node]:
    """Every property that has a form of value, those of others too."""
    return sorted(read_terms().subjects(terms.VALUE_FORM), key=str)


def test_every_property_is_marked_or_is_a_mark() -> None:
    """A property either says where records may give it, or is itself such a mark."""
    ontology = read_terms()
    properties = {s for kind in PROPERTY_TYPES for s in ontology.subjects(RDF.type, kind)}
    ours = {p for p in properties if str(p).startswith(NS)} - retired()
    assert {p for p in ours if (p, terms.PLACEMENT, None) not in ontology} == set()
    declared_marks = {p for p in properties if str(p).startswith(str(REC))}
    used = {p for graph in (ontology, read_lists()) for p in graph.predicates()}
    code = "".join(file.read_text("utf-8") for file in (ROOT / "loader").glob("**/*.py"))
    written = {p for p in declared_marks if f"REC.{str(p).removeprefix(str(REC))}" in code}
    assert {p for p in used if str(p).startswith(str(REC))} <= declared_marks
    assert declared_marks - used - written == set(), "marks that nothing carries or writes"


def test_marks_stand_in_their_own_part() -> None:
    """Who reads what the words mean meets no mark for programs, and no hint that axioms give."""
    for name in ("core.ttl", "evidence.ttl"):
        assert {p for p in read_files(name).predicates() if str(p).startswith(str(REC))} == set()
    ontology = read_terms()
    for hint, axiom in (
        (terms.DOMAIN_INCLUDES, RDFS.domain),
        (terms.RANGE_INCLUDES, RDFS.range),
    ):
        for prop in set(ontology.subjects(hint)):
            hinted, said = set(ontology.objects(prop, hint)), set(ontology.objects(prop, axiom))
            assert hinted != said, f"{prop}: the hint says no more than the axiom"


def test_a_retired_term_says_what_took_its_place() -> None:
    """An old address still answers: what it meant, why it went, what to use."""
    ontology = read_terms()
    assert set(read_files("retired.ttl").subjects()) == retired()
    for term in retired():
        assert languages(ontology, term, SKOS.changeNote) == ["en"], term
        for successor in ontology.objects(term, DCTERMS.isReplacedBy):
            assert successor not in retired(), term
            assert not str(successor).startswith(NS) or str(successor) in declared(), term
    used = {node for triple in ontology for node in triple[1:]} & retired()
    assert used == set()


@pytest.mark.parametrize("prop", record_properties(), ids=str)
def test_the_form_of_a_value_fits_the_kind_of_property(prop: Node) -> None:
    """Form, kind of property, list and classes agree."""
    ontology = read_terms()
    form = str(ontology.value(prop, terms.VALUE_FORM))
    declared = set(ontology.objects(prop, RDF.type))
    expected = {
        OWL.ObjectProperty: {"thing", "concept", "iri"},
        OWL.DatatypeProperty: {"date", "integer", "decimal", "boolean", "string", "wkt", "sha256"},
        OWL.AnnotationProperty: {"text", "any"},
    }
    if prop != RDFS.label:
        assert any(kind in declared and form in forms for kind, forms in expected.items())
    has_scheme = (prop, terms.SCHEME, None) in ontology
    by_class = prop in (PACTA.kind, PACTA.act)
    assert form != "concept" or has_scheme != by_class
    for cls in used_on(ontology, prop):
        assert (cls, RDF.type, OWL.Class) in ontology
    for cls in value_classes(ontology, prop):
        assert form != "thing" or (cls, RDF.type, OWL.Class) in ontology


def test_situations_name_their_block_and_owner() -> None:
    """Every block is there, with the property that leads to its owner."""
    ontology = read_terms()
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


@cache
def declared() -> set[str]:
    """The address of every term that the ontology declares for use, those of others too."""
    return {str(term) for term in set(read_terms().subjects(RDF.type)) - retired()}


@pytest.mark.parametrize("name", FILES)
def test_only_declared_terms_are_used(name: str) -> None:
    """No file of the folder speaks of a term of ours that is not declared."""
    versions = set(read_files(name).objects(None, OWL.versionIRI))
    ours = {
        str(node)
        for triple in read_files(name)
        for node in triple
        if isinstance(node, URIRef) and str(node).startswith((NS, str(REC), str(VOCAB)))
    } - {str(term) for term in retired() if name == "retired.ttl"}
    lists = {str(subject) for subject in read_lists().subjects(RDF.type)}
    assert ours - declared() - lists - {str(version) for version in versions} == set()


def test_properties_of_others_are_declared_before_they_are_used() -> None:
    """Outside properties are declared, not imported."""
    ontology = read_terms()
    built_in = (str(RDF), str(RDFS), str(OWL))
    used = {str(p) for p in ontology.predicates()}
    assert {p for p in used if not p.startswith(built_in)} <= declared()


def test_the_names_that_code_knows_are_declared() -> None:
    """`loader.rdf.terms` speaks of declared terms only."""
    lists = {str(subject) for subject in read_lists().subjects(RDF.type)}
    for name, value in vars(terms).items():
        if isinstance(value, URIRef):
            address = str(value)
            is_ours = address.startswith((NS, str(REC), str(VOCAB)))
            assert not is_ours or address in declared() | lists, name


def sources() -> Iterator[Path]:
    """Code, shapes and queries."""
    for folder, pattern in (("loader", "*.py"), ("server", "**/*.py"), ("shapes", "*.ttl")):
        yield from sorted((ROOT / folder).glob(pattern))
    yield from sorted((ROOT / "queries").glob("**/*.rq"))


def test_code_shapes_and_queries_use_declared_terms_only() -> None:
    """Nothing that is shipped speaks of a term that is not declared."""
    name = re.compile(
        r"(?:(?<!urn:)(?<!urn:x-)\bpacta:|\bPACTA\.|w3id\.org/pacta/ns#)([A-Za-z]\w*)"
    )
    mark = re.compile(r"\b(?:rec:|REC\.)([A-Za-z]\w*)")
    python_names = set(dir(Namespace("x")))
    unknown = {
        (file.name, found)
        for file in sources()
        for found in name.findall(file.read_text("utf-8"))
        if NS + found not in declared() and found not in python_names
    }
    assert unknown == set()
    for file in sources():
        for found in mark.findall(file.read_text("utf-8")):
            assert REC[found] in set(read_terms().subjects(RDF.type)), (file.name, found)


# ---------------------------------------------------------------- mappings

SKOS_MATCHES = frozenset(
    SKOS[name] for name in ("exactMatch", "closeMatch", "broadMatch", "narrowMatch", "relatedMatch")
)
TABLE = FOLDER / "mappings.sssom.tsv"


def test_classes_and_properties_are_related_as_such_and_concepts_as_concepts() -> None:
    """A SKOS match between classes would make them concepts; none leads from others to us."""
    document = URIRef("https://w3id.org/pacta/mappings")
    concepts_in_use = set(concepts())
    for subject, predicate, target in read_files("mappings.ttl"):
        if subject == document:
            continue
        assert not str(target).startswith((NS, str(VOCAB))), target
        if subject in concepts_in_use:
            assert predicate in SKOS_MATCHES, subject
        else:
            assert str(subject) in declared(), subject
            assert predicate in {RDFS.subPropertyOf, OWL.equivalentProperty}, subject
    for name in ("core.ttl", "evidence.ttl"):
        assert not SKOS_MATCHES & set(read_files(name).predicates())


def read_table() -> list[dict[str, str]]:
    """The rows of the table of near matches."""
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if line[0] != "#"]
    return list(csv.DictReader(lines, delimiter="\t"))


def test_near_matches_are_a_table_of_sssom() -> None:
    """The columns that SSSOM demands, prefixes that its head declares, terms that are in use."""
    head = TABLE.read_text("utf-8")
    prefixes = dict(re.findall(r"^#  (\w+): (\S+)$", head, re.M))
    rows = read_table()
    assert "#mapping_set_id: " in head
    assert "#license: " in head
    assert len(rows) > 50
    assert rows == sorted(rows, key=lambda row: list(row.values()))
    for row in rows:
        assert row["mapping_justification"] == "semapv:ManualMappingCuration"
        subject, predicate, target = (
            prefixes[prefix] + local
            for prefix, _, local in (
                row[column].partition(":") for column in ("subject_id", "predicate_id", "object_id")
            )
        )
        assert subject in declared(), row
        assert URIRef(predicate) in SKOS_MATCHES - {SKOS.exactMatch}, row
        assert not target.startswith((NS, str(VOCAB))), row


def test_no_near_match_stands_beside_an_axiom() -> None:
    """What is said by a subclass or subproperty is not said again as being only near."""
    said = {
        (str(s), str(o))
        for graph in (read_terms(), read_files("mappings.ttl"))
        for p in (RDFS.subClassOf, RDFS.subPropertyOf)
        for s, o in graph.subject_objects(p)
    }
    prefixes: dict[str, str] = dict(
        re.findall(r"^#  (\w+): (\S+)$", TABLE.read_text("utf-8"), re.M)
    )

    def expand(curie: str) -> str:
        prefix, _, local = curie.partition(":")
        return prefixes[prefix] + local

    near = {(expand(row["subject_id"]), expand(row["object_id"])) for row in read_table()}
    assert near & said == set()
