"""A workspace's own terms laid over Pacta's: what is added, and what no overlay may do."""

from __future__ import annotations

from pathlib import Path

import pytest

from loader.errors import OntologyError
from loader.rdf.terms import VOCAB
from loader.read.ontology.vocabulary import Vocabulary, read_vocabulary
from loader.workspace import Layers
from tests.places import ROOT

BASE = "https://treaties.example.org/"
PREFIXES = """
@prefix own: <ns#> .
@prefix pacta: <https://w3id.org/pacta/ns#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rec: <https://w3id.org/pacta/ns/records#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
"""
FIRST = PREFIXES.count("\n") + 1
DUCAT = """<vocab/unit/ducat> a skos:Concept ; skos:inScheme <https://w3id.org/pacta/vocab/unit> ;
  skos:topConceptOf <https://w3id.org/pacta/vocab/unit> ;
  skos:prefLabel "ducado"@pt , "ducat"@en , "dukatas"@lt .
"""


def read(folder: Path, text: str, name: str = "own.ttl") -> Vocabulary:
    """Return the tables with a workspace's file laid over Pacta's ontology."""
    file = folder / "ontology" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(PREFIXES + text, encoding="utf-8")
    return read_vocabulary(Layers(ROOT / "ontology", folder / "ontology"), BASE, "pt")


def test_own_terms_lie_below_the_base(tmp_path: Path) -> None:
    """A class, a property and a concept are words of records and of the context."""
    tables = read(
        tmp_path,
        DUCAT
        + """
own:Concession a owl:Class ; rdfs:subClassOf pacta:Treaty ;
  rdfs:label "Concessão"@pt ; rec:pathKind "concession" .
own:leasedUntil a owl:DatatypeProperty ; rdfs:label "arrendado até"@pt ;
  rec:placement "sourced" ; rec:valueForm "date" .
""",
    )
    assert f"{BASE}ns#Concession" == str(tables.classes["Concession"].iri)
    assert "concession" in tables.path_kinds
    assert f"{BASE}ns#leasedUntil" == str(tables.properties["leasedUntil"].iri)
    assert {"@id": f"{BASE}ns#leasedUntil", "@type": "xsd:date"} == tables.terms["leasedUntil"]
    assert f"{BASE}vocab/unit/ducat" == str(tables.concepts[VOCAB["unit"]]["ducat"].iri)
    assert f"{BASE}vocab/unit/ducat" == tables.terms["unit"]["@context"]["ducat"]


def test_bare_text_is_in_the_first_language(tmp_path: Path) -> None:
    """Records that write a text without a language write in that of the collection."""
    tables = read(tmp_path, DUCAT)
    assert {"pt"} == {one.language for one in tables.properties.values() if one.language}
    assert "pt" == tables.terms["judgement"]["@language"]


def test_a_packaged_term_may_be_translated(tmp_path: Path) -> None:
    """A label in a language that Pacta does not have joins those that are there."""
    tables = read(
        tmp_path, '<https://w3id.org/pacta/vocab/rank/preferred> skos:prefLabel "preferida"@pt .'
    )
    assert "preferida" == tables.concepts[VOCAB["rank"]]["preferred"].labels["pt"]
    assert "preferred" == tables.concepts[VOCAB["rank"]]["preferred"].labels["en"]


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (
            "pacta:Treaty rdfs:subClassOf pacta:Event .",
            0,
            "Pacta's own and is redefined: subClassOf",
        ),
        ('\npacta:Treaty rdfs:label "Deal"@en .', 1, "redefined: label in en"),
        ('own:Treaty a owl:Class ; rdfs:label "Tratado"@pt .', 0, "has the name of Pacta's own"),
        ('<https://example.com/x> rdfs:label "x"@pt .', 0, "neither a term of Pacta nor below"),
        ('<terms/x> a owl:Class ; rdfs:label "x"@pt .', 0, "<terms/x> is no address of a term"),
        (
            'own:fee a owl:DatatypeProperty ; rdfs:label "x"@pt ; rec:valueForm "date" .',
            0,
            "has no rec:placement",
        ),
        ("own:Fee a owl:Class .", 0, "has no rdfs:label"),
        ('<vocab/unit/ducat> a skos:Concept ; skos:prefLabel "x"@pt .', 0, "has no skos:inScheme"),
    ],
)
def test_what_no_overlay_may_do_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, told: str
) -> None:
    """The file, the line and what to do."""
    with pytest.raises(OntologyError, match=told) as caught:
        read(tmp_path, text)
    assert (tmp_path / "ontology" / "own.ttl", FIRST + line) == (
        caught.value.path,
        caught.value.line,
    )
    assert caught.value.hint


def test_a_file_that_is_not_read_is_an_error(tmp_path: Path) -> None:
    """No file in `ontology/` is passed over in silence."""
    (tmp_path / "ontology").mkdir()
    (tmp_path / "ontology" / "terms.owl").write_text("<x/>")
    with pytest.raises(OntologyError, match="is not read") as caught:
        read(tmp_path, DUCAT)
    assert tmp_path / "ontology" / "terms.owl" == caught.value.path
