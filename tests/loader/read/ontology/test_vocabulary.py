"""The ontology as tables, and what a broken one is answered with."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from loader.errors import OntologyError
from loader.rdf.terms import PACTA, VOCAB
from loader.read.ontology.vocabulary import FORMS, Vocabulary, read_vocabulary


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    """A copy of the ontology's folder."""
    return Path(shutil.copytree(root / "ontology", tmp_path / "ontology"))


def test_vocabulary_knows_what_each_key_may_hold(vocabulary: Vocabulary) -> None:
    """Form, placement, list and place come from the marks."""
    signed, kind = vocabulary.properties["signedOn"], vocabulary.properties["kind"]

    assert (signed.iri, signed.form, signed.single) == (PACTA.signedOn, "date", True)
    assert (signed.placement, signed.is_mark) == ("sourced", False)
    assert vocabulary.properties["evidence"].iri == PACTA.hasEvidence
    assert vocabulary.properties["evidence"].is_mark
    assert kind.scheme is None
    assert vocabulary.classes["Treaty"].schemes[PACTA.kind] == VOCAB["treaty-kind"]
    assert vocabulary.classes["Position"].schemes[PACTA.act] == VOCAB["speech-act"]
    assert {prop.form for prop in vocabulary.properties.values()} <= FORMS


def test_vocabulary_knows_blocks_and_kinds_of_addresses(vocabulary: Vocabulary) -> None:
    """Every block leads to a class with an owner; every class of records has a kind."""
    assert set(vocabulary.blocks) >= {
        "statements", "statuses", "figures", "roles",
        "provisions", "proposals", "positions", "links",
    }  # fmt: skip
    assert all(cls.owner for cls in vocabulary.blocks.values())
    assert {"treaty", "party", "place", "statement", "evidence"} <= vocabulary.path_kinds
    assert {cls.name for cls in vocabulary.classes_at("event")} == {"Event", "PlannedEvent"}


def test_vocabulary_has_a_list_for_every_concept_property(vocabulary: Vocabulary) -> None:
    """A word can be written wherever a concept is expected."""
    by_class = {iri for cls in vocabulary.classes.values() for iri in cls.schemes}
    for prop in vocabulary.properties.values():
        if prop.form == "concept":
            assert prop.iri in by_class or vocabulary.concepts[prop.scheme]  # type: ignore[index]


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("core.ttl", "pacta:Treaty a owl:Class", "pacta:Treaty a owl:Class ; ;; x", "not Turtle"),
        ("context.jsonld", '"@context"', '"context"', "holds no @context"),
        ("context.jsonld", '"id": "@id",', '"id": "@id"', "not JSON"),
        ("context.jsonld", '"id": "@id",', '"id": "@id", "zzz": "pacta:zzz",', "no placement"),
        ("records.ttl", 'rec:placement "structural" ; rec:valueForm "thing"',
         'rec:placement "anywhere" ; rec:valueForm "thing"', "marked placement 'anywhere'"),
    ],
)  # fmt: skip
def test_vocabulary_answers_a_broken_ontology(
    folder: Path, file: str, old: str, new: str, said: str
) -> None:
    """The file is named, and what is wrong with it."""
    path = folder / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(OntologyError, match=said) as caught:
        read_vocabulary(folder)

    assert caught.value.path is not None
    assert caught.value.path.parent == folder


def test_vocabulary_names_a_missing_file(folder: Path) -> None:
    """Exit code 2, and the file's name."""
    (folder / "evidence.ttl").unlink()
    with pytest.raises(OntologyError, match="cannot be read") as caught:
        read_vocabulary(folder)

    assert caught.value.exit_code == 2
    assert str(caught.value).startswith(str(folder / "evidence.ttl"))


def test_vocabulary_without_lists_is_refused(folder: Path) -> None:
    """A folder of parts alone knows no word for any kind."""
    shutil.rmtree(folder / "vocab")
    with pytest.raises(OntologyError, match="holds no concept list") as caught:
        read_vocabulary(folder)

    assert caught.value.path == folder / "vocab"


def test_a_file_beside_the_parts_is_refused(folder: Path) -> None:
    """Terms in a file that nobody reads would be missing without a word."""
    (folder / "own.ttl").write_text("# terms\n", encoding="utf-8")
    with pytest.raises(OntologyError, match="is not read") as caught:
        read_vocabulary(folder)

    assert caught.value.path == folder / "own.ttl"
    assert "core.ttl" in str(caught.value.hint)


def test_vocabulary_names_the_list_that_is_broken(folder: Path) -> None:
    """One list a file, and the error names that file."""
    file = folder / "vocab" / "rank.ttl"
    file.write_text(file.read_text(encoding="utf-8") + "c:x c:y", encoding="utf-8")
    with pytest.raises(OntologyError, match="not Turtle") as caught:
        read_vocabulary(folder)

    assert caught.value.path == file


def test_vocabulary_ignores_prefixes_and_inverses(folder: Path) -> None:
    """Only keys that mean a property or class are tables' rows."""
    tables = read_vocabulary(folder)

    assert "pacta" in tables.terms
    assert not {"pacta", "id", "type", "xsd"} & (set(tables.properties) | set(tables.classes))
    assert "statements" not in tables.properties
