"""The JSON-LD context: every word means a declared term, and documents lose nothing in it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

from pyld import jsonld  # type: ignore[import-untyped]
from rdflib import OWL, RDF, SKOS, Graph, Literal, Namespace, URIRef
from rdflib.compare import isomorphic
from rdflib.term import Node

from loader.rdf import terms
from loader.rdf.terms import NS, PACTA, VOCAB
from loader.read.ontology.context import build_context, read_own_words, render_context
from loader.read.ontology.vocabulary import read_ontology, read_vocabulary
from tests.knowledge.ontologies import FOLDER, read_lists, read_terms

EX = Namespace("http://localhost:8000/id/")


@cache
def context() -> dict[str, Any]:
    """The definitions of the context."""
    return dict(read_vocabulary(FOLDER).terms)


def to_graph(document: Any, **options: Any) -> Graph:
    """What a JSON-LD document says, as PyLD reads it."""
    text = jsonld.to_rdf(document, {"format": "application/n-quads"} | options)
    return Graph().parse(data=text, format="nt")


@cache
def declared() -> set[str]:
    """The address of every term that the ontology declares, those of others too."""
    return {str(term) for term in read_terms().subjects(RDF.type)}


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
    lists = {str(s) for s in read_lists().subjects(RDF.type)}
    for key, iri in context_iris(context()):
        if key == "@vocab":
            assert iri.rstrip("/") in lists
        elif iri.startswith((NS, str(VOCAB))):
            assert iri in declared() | lists, key


def test_the_context_has_a_word_for_every_term_of_records() -> None:
    """No term is out of reach of records and documents."""
    meant = {iri for _, iri in context_iris(context())}
    classes = {str(c) for c in read_terms().subjects(RDF.type, OWL.Class)}
    needed = {str(p) for p in read_terms().subjects(terms.VALUE_FORM)} | {
        c for c in classes if c.startswith(NS)
    }
    assert needed <= meant


def test_concepts_are_written_bare_under_every_property_that_takes_them() -> None:
    """No concept is taken for another word of the context."""
    ontology, lists = read_terms(), read_lists()
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
    "kind": "peace",
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
<treaty/a> a p:Treaty ; p:kind <https://w3id.org/pacta/vocab/treaty-kind/peace> ;
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
    """Roles of a person are his; a position is about the thing in whose record it stands."""
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
    assert found == {str(PACTA[n]) for n in ("agent", "roleIn", "about")}


def test_only_words_that_are_no_local_names_are_written_by_hand() -> None:
    """What the ontology says is said once: no word by hand repeats what follows from it."""
    own = read_own_words(FOLDER / "context.jsonld")
    made = build_context(read_ontology(FOLDER), {})
    assert {word for word, said in own.items() if made.get(word) == said} == set()
    assert len(own) < len(context()) / 4


def test_a_word_by_hand_renames_a_term_and_has_the_last_word_about_it() -> None:
    """An address alone renames; a map is laid over what was made; a list's word stays a word."""
    graph = Graph().parse(data=SMALL, format="turtle")
    own = {"reason": "pacta:why", "note": {"@language": "en"}, "kind2": {"@reverse": "pacta:why"}}
    found = build_context(graph, own)
    assert "why" not in found
    assert found["reason"] == {
        "@id": "pacta:why",
        "@type": "@vocab",
        "@context": {"@vocab": f"{VOCAB}why/", "note": f"{VOCAB}why/note"},
    }
    assert found["note"] == {"@id": "pacta:note", "@container": "@language", "@language": "en"}
    assert "old" not in found
    assert list(found)[-1] == "kind2"


def test_the_context_is_written_a_word_a_line() -> None:
    """The file that a release ships says the same, and a changed word is a changed line."""
    text = render_context(context())
    assert json.loads(text) == {"@context": context()}
    assert len(text.splitlines()) == len(context()) + 4


SMALL = """
@prefix pacta: <https://w3id.org/pacta/ns#> .
@prefix rec: <https://w3id.org/pacta/ns/records#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
pacta:why rec:placement "sourced" ; rec:valueForm "concept" ;
  rec:scheme <https://w3id.org/pacta/vocab/why> .
pacta:note rec:placement "structural" ; rec:valueForm "text" .
pacta:old owl:deprecated true ; rec:placement "sourced" ; rec:valueForm "text" .
<https://w3id.org/pacta/vocab/why/note> skos:inScheme <https://w3id.org/pacta/vocab/why> .
"""
