"""Every character of every document is in a passage that a statement rests on, or left out.

The sums need no document: length and digest stand in the reading list and in the source's record.
Where the documents are at hand, they are compared with both.

Source: seeds/README.md, "Reading lists".
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from rdflib import URIRef

from loader.rdf.terms import PACTA
from loader.read.expand import expand_entries
from loader.read.model import Record, first
from loader.read.ontology.vocabulary import Vocabulary
from loader.read.records import read_records
from loader.read.sources.leftout import (
    FOLDER,
    REASONS,
    ReadingList,
    find_unaccounted,
    read_reading_lists,
)
from loader.read.sources.locate import find_document, verify
from loader.read.sources.passages import Reference
from loader.workspace import open_workspace
from tests.places import ROOT

MAX_JOINING = 100
"""The longest run of words, in characters, that may pass for joining other words."""

HANDLES = ("000", "001", "002", "003", "004")

Spans = dict[str, list[tuple[int, int]]]


@pytest.fixture(scope="module")
def reading_lists() -> dict[str, ReadingList]:
    """The reading lists of the collection."""
    return read_reading_lists(open_workspace(None).seeds / FOLDER)


@pytest.fixture(scope="module")
def passages_in_use(vocabulary: Vocabulary) -> Spans:
    """By document, the passages that assertions rest on; those that only carry a note are none."""
    records = read_records(open_workspace(None), vocabulary)
    by_slug = {reference.slug: reference for reference in records.register}
    used: set[Reference] = set()
    for record in records.records:
        for one in expand_entries(record, vocabulary):
            if one.prop is not None and one.prop.iri == PACTA.citedBy:
                continue
            for field in one.fields:
                if field.prop.iri in (PACTA.hasEvidence, PACTA.hasEndEvidence):
                    used.update(by_slug[value.part] for value in field.values)
    spans: Spans = {}
    for reference in used:
        spans.setdefault(reference.document, []).append((reference.start, reference.end))
    return spans


def text(record: Record, prop: URIRef) -> str:
    """The first value of a property of a record, as text."""
    value = first(record.fields, prop)
    assert value is not None
    return str(value.term)


def test_every_source_has_a_reading_list_of_its_length(
    reading_lists: dict[str, ReadingList], vocabulary: Vocabulary
) -> None:
    """Length and digest are those of the source's record."""
    sources = {
        text(record, PACTA.handle): (text(record, PACTA.characterCount), text(record, PACTA.sha256))
        for record in read_records(open_workspace(None), vocabulary).records
        if record.is_a(PACTA.Source)
    }

    assert set(sources) == set(HANDLES)
    assert sources == {
        handle: (str(one.character_count), one.sha256) for handle, one in reading_lists.items()
    }


@pytest.mark.parametrize("handle", HANDLES)
def test_every_character_is_accounted_for(
    handle: str, reading_lists: dict[str, ReadingList], passages_in_use: Spans
) -> None:
    """What is in no passage is left out for a reason. To repair: add the span, with its reason."""
    gaps = find_unaccounted(reading_lists[handle], passages_in_use[handle])

    assert [] == [f"seeds/reading/{handle}.yaml: {start}-{end}: …" for start, end in gaps]


@pytest.mark.parametrize("handle", HANDLES)
def test_no_sentence_is_left_out_as_joining(
    handle: str, reading_lists: dict[str, ReadingList]
) -> None:
    """Words that join others are few at a time; a longer run has a reason of its own."""
    long = [
        (start, end)
        for start, end, reason in reading_lists[handle].left_out
        if reason == "joining" and end - start > MAX_JOINING
    ]

    assert long == []


@pytest.mark.parametrize("handle", HANDLES)
def test_reading_lists_are_of_these_documents(
    handle: str, reading_lists: dict[str, ReadingList], documents_dir: Path
) -> None:
    """The document has the length and the digest that its reading list gives."""
    document = find_document(documents_dir, handle)

    assert len(document.text) == reading_lists[handle].character_count
    assert hashlib.sha256(document.text.encode()).hexdigest() == reading_lists[handle].sha256


def test_the_page_about_seeds_has_every_reason() -> None:
    """The reasons in seeds/README.md are those that the reader knows, with their meaning."""
    page = (ROOT / "seeds" / "README.md").read_text(encoding="utf-8")

    for reason, meaning in REASONS.items():
        assert f"| `{reason}` | {meaning} |" in page


@pytest.mark.slow
def test_verify_finds_every_passage_of_the_seeds(documents_dir: Path) -> None:
    """Each statement of the collection goes back to its passage."""
    assert () == verify(open_workspace(ROOT), documents_dir)
