"""A record after reading: a thing, its fields and its entries, with their places.

Shape: a `Record` has fields (values by property) and entries; an `Entry` becomes one or more
assertions in `loader.read.expand`. Everything is immutable and in the order of the files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rdflib import URIRef

from loader.errors import SeedError
from loader.read.addresses import Ref
from loader.read.ontology.vocabulary import Class, Property
from loader.read.sources.pages import Page
from loader.read.sources.passages import Passage, Reference
from loader.read.values import Value
from loader.read.yamltext import Location


@dataclass(frozen=True, slots=True)
class Field:
    """One key of a record or entry with its values, at least one, or a status instead."""

    prop: Property
    values: tuple[Value, ...]
    at: Location
    status: Value | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a block.

    Attributes:
        cls: the class of the assertion, or `Statement` for one or several statements.
        id: what the curator called it, or None.
        about: the things it is about; empty means the one it stands with.
        marks: fields of the assertion itself (evidence, rank, speaker …).
        fields: what it states; of a situation, its parts.
        nested: entries inside it, which are about it.
        at: where it begins.
    """

    cls: Class
    id: str | None
    about: tuple[Value, ...]
    marks: tuple[Field, ...]
    fields: tuple[Field, ...]
    nested: tuple[Entry, ...]
    at: Location


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a disagreement: its label and what it includes."""

    fields: tuple[Field, ...]
    at: Location


@dataclass(frozen=True, slots=True)
class Record:
    """One thing, or (without classes) more entries for a thing that has a record elsewhere."""

    id: Ref
    classes: tuple[Class, ...]
    fields: tuple[Field, ...]
    entries: tuple[Entry, ...]
    sides: tuple[Side, ...]
    at: Location

    def is_a(self, iri: URIRef) -> bool:
        """Whether one of its classes is ``iri`` or below it."""
        return any(cls.is_a(iri) for cls in self.classes)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An address that is no longer used, what replaces it, and why, by language.

    Attributes:
        merged: The thing is the same as its successor, whose record holds all of it now.
    """

    id: Ref
    successor: Ref | None
    reason: Mapping[str, str]
    at: Location
    merged: bool = False


@dataclass(frozen=True, slots=True)
class Records:
    """All that the seeds say; records in the order of files and lines.

    Attributes:
        records: without what could not be read of them.
        withdrawn: addresses given up.
        register: the passages.
        pages: the page map of each document that has one, by handle.
        faults: what could not be read, and what is missing.
        is_whole: whether each record is there at least in part.
    """

    records: tuple[Record, ...]
    withdrawn: tuple[Withdrawal, ...]
    register: Mapping[Reference, Passage]
    pages: Mapping[str, tuple[Page, ...]] = field(default_factory=dict)
    faults: tuple[SeedError, ...] = ()
    is_whole: bool = True


def get(fields: Iterable[Field], iri: URIRef) -> Field | None:
    """Return the field of a property, or None."""
    for each in fields:
        if each.prop.iri == iri:
            return each
    return None


def first(fields: Iterable[Field], iri: URIRef) -> Value | None:
    """Return the first value of a property, or None."""
    field = get(fields, iri)
    return field.values[0] if field and field.values else None
