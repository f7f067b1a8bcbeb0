"""Checks the required keys of records and entries, before any rule runs.

Source: seeds/README.md; the mark ``requires`` of `ontology/records.ttl`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rdflib import URIRef

from loader.errors import SeedError
from loader.rdf.terms import PACTA, VOCAB
from loader.read.model import Entry, Field, Record, first, get
from loader.read.ontology.vocabulary import Class, Vocabulary

GROUNDS: Final[Mapping[str, URIRef]] = {
    "evidence": PACTA.hasEvidence,
    "endEvidence": PACTA.hasEndEvidence,
    "searchedIn": PACTA.searchedIn,
}
"""The keys one of which every assertion has: its passages, or where it was looked for in vain."""

_NORMAL: Final = VOCAB["rank/normal"]


def check_requirements(
    record: Record, vocabulary: Vocabulary, *, is_read: bool = True
) -> Iterator[SeedError]:
    """Yield an error for each missing key that the record, or an entry of it, must have.

    Args:
        record: with the entries that could be read.
        vocabulary: the tables.
        is_read: whether all of it could be read; what could not is not missing.
    """
    for cls in record.classes if is_read else ():
        given = {field.prop.iri for field in record.fields}
        given |= {PACTA.hasSide} if record.sides else set()
        statements = (entry for entry in record.entries if entry.cls.iri == PACTA.Statement)
        stated = {field.prop.iri for entry in statements for field in entry.fields}
        for key in _missing(cls, given | stated, vocabulary):
            yield record.at.error(f"{record.id!s} has no {key}", f"A {cls.name} needs {key}.")
    for entry in record.entries:
        yield from _check_entry(entry, vocabulary)


def _check_entry(entry: Entry, vocabulary: Vocabulary) -> Iterator[SeedError]:
    fields = (*entry.marks, *entry.fields)
    if entry.cls.is_a(PACTA.Assertion):
        yield from _check_grounds(entry, fields)
        yield from _check_rank(entry, fields)
    for key in _missing(entry.cls, {field.prop.iri for field in fields}, vocabulary):
        yield entry.at.error(f"the entry has no {key}", f"A {entry.cls.name} needs {key}.")
    for nested in entry.nested:
        yield from _check_entry(nested, vocabulary)


def _check_grounds(entry: Entry, fields: Iterable[Field]) -> Iterator[SeedError]:
    if not any(field.prop.iri in GROUNDS.values() for field in fields):
        yield entry.at.error(
            "the entry has no evidence",
            "Write evidence: document@start-end, which pacta locate finds; or, where no document "
            "says it, not-stated as the value and searchedIn: with the sources.",
        )


def _check_rank(entry: Entry, fields: tuple[Field, ...]) -> Iterator[SeedError]:
    rank = first(fields, PACTA.rank)
    if rank is not None and rank.term != _NORMAL and get(fields, PACTA.rankReason) is None:
        yield rank.at.error(
            f"rank: {rank.part} has no reason",
            "Write reason: with a word of ontology/vocab/rank-reason.ttl, or take the rank out.",
        )


def _missing(cls: Class, given: set[URIRef], vocabulary: Vocabulary) -> Iterator[str]:
    for iri in sorted(cls.requires - given):
        if iri in vocabulary.by_iri:
            yield vocabulary.by_iri[iri].key
