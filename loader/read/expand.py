"""Expands entries into assertions: one node for each statement or situation, with its address.

The shorthands of the record format end here. What comes out says everything in full except
what depends on other records (bounds from an owner, recognition that ends with a recogniser).

Source: seeds/README.md (the format); docs/data-model.md (the forms).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from rdflib import URIRef

from loader.errors import SeedError
from loader.rdf.terms import PACTA, VOCAB
from loader.read.addresses import Ref, article_part, join, name_part
from loader.read.model import Entry, Field, Record, first, get
from loader.read.ontology.vocabulary import Class, Property, Vocabulary
from loader.read.values import Term, Value
from loader.read.yamltext import Location

DEPRECATED = VOCAB["rank/deprecated"]
NORMAL = VOCAB["rank/normal"]
PREFERRED = VOCAB["rank/preferred"]
ASSERTED = VOCAB["modality/asserted"]

IDENTIFYING: Mapping[str, tuple[str, ...]] = {
    "figure": ("quantity",),
    "role": ("agent", "role"),
    "provision": ("number",),
    "link": ("authority",),
}
"""What the address of a situation without ``id`` is made of, by its kind.

These properties cannot be missing, so that nothing that is added later changes the address.
Situations of other kinds need an ``id``. Source: docs/decisions/0020-addresses-that-stay.md.
"""


@dataclass(frozen=True, slots=True)
class Assertion:
    """One node: a statement, a situation, or a link to the outside.

    Attributes:
        address: unique.
        cls: its class, also where it is rejected.
        about: the thing it is about.
        prop: for a statement, the property; else None.
        value: for a statement, the value; None where a status stands instead.
        fields: everything else that was written, the owner's property included.
        rank: preferred, normal or deprecated.
        at: where the entry begins.
    """

    address: Ref
    cls: Class
    about: Ref
    prop: Property | None
    value: Value | None
    fields: tuple[Field, ...]
    rank: URIRef
    at: Location

    @property
    def is_statement(self) -> bool:
        """Whether it states one value of one property."""
        return self.prop is not None

    @property
    def is_deprecated(self) -> bool:
        """Whether it is there only to be seen as rejected."""
        return self.rank == DEPRECATED

    @property
    def is_link(self) -> bool:
        """Whether it is outside knowledge, which is no assertion of a source."""
        return not self.cls.is_a(PACTA.Assertion)

    def term(self, iri: URIRef) -> Term | None:
        """Return the first value of a property as a term, or None."""
        value = first(self.fields, iri)
        return None if value is None else value.term

    def terms(self, iri: URIRef) -> tuple[Term, ...]:
        """Return all values of a property as terms."""
        field = get(self.fields, iri)
        return tuple(value.term for value in field.values) if field else ()

    @property
    def is_asserted(self) -> bool:
        """Whether a document says so in its own voice, plainly, and we do not reject it."""
        modality = self.term(PACTA.modality)
        return (
            not self.is_deprecated
            and self.term(PACTA.saidBy) is None
            and str(self.term(PACTA.negated)) != "true"
            and modality in (None, ASSERTED)
        )


@dataclass(frozen=True, slots=True)
class Owner:
    """The thing or situation that entries stand with."""

    address: Ref
    classes: tuple[Class, ...]


def expand_entries(record: Record, vocabulary: Vocabulary) -> Iterator[Assertion]:
    """Yield the assertions of a record, nested ones after the one they are in.

    Raises:
        SeedError: an entry needs an ``id`` to have an address, or contradicts its place.
    """
    owner = Owner(record.id, record.classes)
    for entry in record.entries:
        yield from expand_entry(entry, owner, vocabulary)


def expand_entry(entry: Entry, owner: Owner, vocabulary: Vocabulary) -> Iterator[Assertion]:
    """Yield the assertions of one entry.

    Raises:
        SeedError: see `expand_entries`.
    """
    owners = [
        Owner(value.term, vocabulary.classes_at(value.term.kind))
        for value in entry.about
        if isinstance(value.term, Ref)
    ] or [owner]
    for one in owners:
        if entry.cls.iri == PACTA.Statement:
            yield from _statements(entry, one, vocabulary)
            continue
        situation = _situation(entry, one, vocabulary)
        yield situation
        inner = Owner(situation.address, (situation.cls,))
        for nested in entry.nested:
            yield from expand_entry(nested, inner, vocabulary)


def _rank(fields: tuple[Field, ...]) -> URIRef:
    value = first(fields, PACTA.rank)
    return value.term if value is not None and isinstance(value.term, URIRef) else NORMAL


def _statements(entry: Entry, owner: Owner, vocabulary: Vocabulary) -> Iterator[Assertion]:
    cls = vocabulary.classes[entry.cls.name]
    for place, field in enumerate(entry.fields):
        status = (field.status,) if field.status else ()
        for index, value in enumerate(field.values or status):
            name = (name_part(field.prop.key), value.part)
            if entry.id is not None:  # the first property and the first value add nothing to it
                name = (name[0] if place else "", name[1] if index else "")
            marks = entry.marks
            if field.status is not None:
                prop = vocabulary.by_iri[PACTA.valueStatus]
                marks = (*marks, Field(prop, (field.status,), field.at))
            yield Assertion(
                address=Ref(f"{cls.path_kind}/{join(owner.address.slug, entry.id or '', *name)}"),
                cls=cls,
                about=owner.address,
                prop=field.prop,
                value=None if field.status else value,
                fields=marks,
                rank=_rank(entry.marks),
                at=entry.at,
            )


def _situation(entry: Entry, owner: Owner, vocabulary: Vocabulary) -> Assertion:
    cls = _narrowed_by_number(entry, vocabulary)
    leading = _owner_property(entry, owner)
    rank = _rank(entry.fields)
    fields = entry.fields
    if leading is not None:
        prop = vocabulary.by_iri[leading]
        written = get(entry.fields, leading)
        if written is not None and [value.term for value in written.values] != [owner.address]:
            raise written.at.error(
                f"{prop.key} is {owner.address!s} here, by the record that the entry stands in",
                "Take the key out, or write the entry in the other thing's record.",
            )
        fields = tuple(field for field in fields if field is not written)
        if rank != DEPRECATED:
            value = Value(owner.address, owner.address.slug, entry.at)
            fields = (Field(prop, (value,), entry.at), *fields)
    return Assertion(
        address=Ref(f"{cls.path_kind}/{_situation_slug(entry, cls, owner)}"),
        cls=cls,
        about=owner.address,
        prop=None,
        value=None,
        fields=fields,
        rank=rank,
        at=entry.at,
    )


def _narrowed_by_number(entry: Entry, vocabulary: Vocabulary) -> Class:
    """Return the class of the entry; a provision that bears a number is an article."""
    if entry.cls.iri == PACTA.Provision and get(entry.fields, PACTA.number):
        return vocabulary.classes["Article"]
    return entry.cls


def _owner_property(entry: Entry, owner: Owner) -> URIRef | None:
    """Return the property that leads from the entry to its owner, or None for ``about`` alone."""
    cls = entry.cls
    if cls.person_owner is not None and _is_agent_of(entry, owner, cls.person_owner):
        return cls.person_owner
    return None if cls.owner == PACTA.about else cls.owner


def _is_agent_of(entry: Entry, owner: Owner, person_owner: URIRef) -> bool:
    """Whether the owner is who the entry speaks of: a person, or an agent named nowhere in it."""
    if any(cls.is_a(PACTA.Person) for cls in owner.classes):
        return True
    is_agent = any(cls.is_a(PACTA.Agent) for cls in owner.classes)
    return is_agent and get(entry.fields, person_owner) is None


def _situation_slug(entry: Entry, cls: Class, owner: Owner) -> str:
    if entry.id is not None:
        return join(owner.address.slug, entry.id)
    parts = tuple(_identifying_parts(entry, cls, owner))
    if not parts:
        raise entry.at.error(
            f"a {cls.name} needs an id",
            f"Write id: and a short name that will not change. "
            f"The address becomes {cls.path_kind}/{owner.address.slug}--{{id}}.",
        )
    return join(owner.address.slug, *parts)


def _identifying_parts(entry: Entry, cls: Class, owner: Owner) -> Iterator[str]:
    for name in IDENTIFYING.get(cls.path_kind or "", ()):
        value = first(entry.fields, PACTA[name])
        if value is not None and value.part != owner.address.slug:
            yield article_part(str(value.term)) if name == "number" else value.part


def check_addresses(assertions: Iterable[Assertion]) -> list[SeedError]:
    """Return an error for each assertion whose address another one has already."""
    seen: dict[Ref, Assertion] = {}
    errors = []
    for assertion in assertions:
        other = seen.setdefault(assertion.address, assertion)
        if other is not assertion:
            errors.append(
                assertion.at.error(
                    f"this entry would have the address {assertion.address!s}, "
                    f"which the entry in {other.at!s} has",
                    "Give the new one an id, or join them if they say the same.",
                )
            )
    return errors
