"""Checks references: every address exists, every passage is registered, none disappears."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from rdflib import URIRef

from loader.errors import SeedError
from loader.rdf.terms import ASSERTION, EVIDENCE, HAS_EVIDENCE, PACTA, VOCAB
from loader.read.addresses import Ref
from loader.read.expand import Assertion
from loader.read.model import Field, Record, Records, Withdrawal, first, get
from loader.read.ontology.vocabulary import Class, Property
from loader.read.sources.passages import Reference
from loader.read.values import Value, suggest
from loader.read.yamltext import Location

_NOT_STATED = VOCAB["value-status/not-stated"]


@dataclass(frozen=True, slots=True)
class Known:
    """What there is, for judging what is referred to.

    Attributes:
        classes: for each address, the classes of what it names.
        awaited: addresses of events that a treaty's date would give if it were decided, each
            with the treaty and the key of the date.
        unsure: names of things of which a part could not be read.
        is_whole: whether every record could be read at least in part.
    """

    classes: Mapping[Ref, tuple[Class, ...]]
    awaited: Mapping[Ref, tuple[Ref, str]]
    unsure: Set[str]
    is_whole: bool

    def is_withheld(self, address: Ref) -> bool:
        """Whether an address may be missing only because something else could not be read."""
        return not self.is_whole or address.slug.partition("--")[0] in self.unsure


def check_references(
    records: Iterable[Record], assertions: Iterable[Assertion], known: Known
) -> Iterator[SeedError]:
    """Yield an error for each address that leads nowhere, or to something of a wrong class.

    What follows from something that could not be read, or from a date that is not decided, is
    left out: see `Known.is_withheld` and `check_awaited`.
    """
    things, entries = tuple(records), tuple(assertions)
    missing: dict[Ref, list[Location]] = {}
    for field, value, address in _references(things, entries):
        classes = known.classes.get(address)
        if classes is None:
            missing.setdefault(address, []).append(value.at)
        elif not _is_one_of(classes, field.prop):
            yield _wrong_class(value, classes, field.prop)
    additions = {one.id: one.at for one in reversed(things) if not one.classes}
    lost = {one.about: [one.at] for one in reversed(entries)} | missing
    lost |= {address: [at] for address, at in additions.items()}
    for address, places in lost.items():
        if not (address in known.classes or address in known.awaited or known.is_withheld(address)):
            yield _missing(address, places, known)


def _missing(address: Ref, places: list[Location], known: Known) -> SeedError:
    near = suggest(address, (one for one in known.classes if one.kind == address.kind))
    hint = near if near and near.startswith("Did") else "Write its record first."
    if len(places) > 1:
        hint += f"\nAlso named in {_lines(places[1:])}."
    return places[0].error(f"nothing has the address {address!s}", hint)


def check_awaited(
    records: Iterable[Record], assertions: Iterable[Assertion], known: Known
) -> Iterator[SeedError]:
    """Yield an error for each named event that no date gives, since it is not decided."""
    seen: set[Ref] = set()
    for _, value, address in _references(tuple(records), tuple(assertions)):
        if address in known.awaited and address not in seen:
            seen.add(address)
            treaty, key = known.awaited[address]
            yield value.at.error(
                f"there is no {address!s}, since {key} of {treaty!s} is not decided",
                f"The event is generated from {key}. Prefer one of its values, or name the treaty.",
            )


def _references(
    records: tuple[Record, ...], assertions: tuple[Assertion, ...]
) -> Iterator[tuple[Field, Value, Ref]]:
    """Yield each value that names something of this publication other than a passage."""
    for field in _fields(records, assertions):
        if field.prop.value_class != EVIDENCE:
            for value in field.values:
                if isinstance(value.term, Ref):
                    yield field, value, value.term


def _is_one_of(classes: tuple[Class, ...], prop: Property) -> bool:
    expected = prop.value_classes
    return not expected or any(cls.is_a(iri) for cls in classes for iri in expected)


def _wrong_class(value: Value, classes: tuple[Class, ...], prop: Property) -> SeedError:
    is_word = " and ".join(cls.name for cls in classes)
    wanted = " or ".join(sorted(iri.rpartition("#")[2] for iri in prop.value_classes))
    example = ""
    if prop.value_class == ASSERTION:
        example = " Name a statement or situation, such as statement/peace-1920--signed-july."
    return value.at.error(
        f"{value.term!s} is {_a(is_word)}, expected {_a(wanted)} for {prop.key}",
        f"Name another thing, or give that one the type too.{example}",
    )


def _a(name: str) -> str:
    return f"an {name}" if name[:1] in "AEIOU" else f"a {name}"


def _lines(places: Iterable[Location]) -> str:
    by_file: dict[str, list[str]] = {}
    for place in places:
        by_file.setdefault(str(place).rpartition(":")[0], []).append(str(place.line))
    return "; ".join(f"{file}:{','.join(dict.fromkeys(n))}" for file, n in by_file.items())


def doubled_things(records: Iterable[Record]) -> Iterator[tuple[Record, SeedError]]:
    """Yield each record whose name another one has already, with the error that says so."""
    seen: dict[str, Record] = {}
    for record in records:
        if not record.classes:
            continue
        other = seen.setdefault(record.id.slug, record)
        if other is not record:
            yield record, _doubled(record, other)


def _doubled(record: Record, other: Record) -> SeedError:
    if other.id == record.id:
        return record.at.error(
            f"{record.id!s} has two records: this one and {other.at!s}",
            "Join them, or give one of them another id.",
        )
    return record.at.error(
        f"{record.id!s} has the name of {other.id!s} in {other.at!s}",
        "Names are unique across all kinds, since assertions are named after them.",
    )


def _fields(records: Iterable[Record], assertions: Iterable[Assertion]) -> Iterator[Field]:
    for record in records:
        yield from record.fields
        for side in record.sides:
            yield from side.fields
    seen: set[int] = set()
    for one in assertions:
        for field in one.fields:
            if id(field) not in seen:
                seen.add(id(field))
                yield field
        if one.prop is not None and one.value is not None:
            yield Field(one.prop, (one.value,), one.value.at)


def sources_by_handle(records: Iterable[Record]) -> dict[str, Record]:
    """Return the source of each document, by the document's handle."""
    sources = {}
    for record in records:
        handle = first(record.fields, PACTA.handle)
        if handle is not None and record.is_a(PACTA.Source):
            sources[str(handle.term)] = record
    return sources


def check_evidence(records: Records, assertions: Iterable[Assertion]) -> Iterator[SeedError]:
    """Yield an error for each passage that is not registered, or cannot be in its document."""
    sources = sources_by_handle(records.records)
    for record in records.records:
        handle = first(record.fields, PACTA.handle)
        if handle is not None and sources.get(str(handle.term), record) is not record:
            yield handle.at.error(
                f"handle {str(handle.term)!r} names two sources, this and "
                f"{sources[str(handle.term)].id!s}",
                "Each document has a handle of its own.",
            )
    registered = {reference.slug for reference in records.register}
    seen: set[int] = set()
    for one in assertions:
        for field in one.fields:
            if field.prop.value_class != EVIDENCE or id(field) in seen:
                continue
            seen.add(id(field))
            for value in field.values:
                document, start, end = value.part.split("-")
                reference = Reference(document, int(start), int(end))
                if document not in sources:
                    yield value.at.error(
                        f"{reference} names document {document!r}, which no source has as handle",
                        suggest(document, sources) or "Describe it in seeds/sources.yaml first.",
                    )
                    continue
                count = first(sources[document].fields, PACTA.characterCount)
                length = int(str(count.term)) if count is not None else None
                if length is not None and reference.end > length:
                    yield value.at.error(
                        f"{reference} is past the end of document {document}, "
                        f"which has {length} characters",
                        f'Find the words again: pacta locate {document} "words"',
                    )
                elif value.part not in registered:
                    yield value.at.error(
                        f"{reference} is not in the register seeds/passages/{document}.yaml",
                        f'Write it there: pacta locate {document} "words of the passage" --add',
                    )


def check_not_stated(
    records: Iterable[Record], assertions: Sequence[Assertion]
) -> Iterator[SeedError]:
    """Yield an error for each question that a source is said not to answer, and answers.

    What others say in it (``saidBy``) is no answer of the source.
    """
    sources = sources_by_handle(records)
    answers: dict[tuple[Ref, URIRef], list[Assertion]] = {}
    for one in assertions:
        is_view = one.term(PACTA.saidBy) is not None
        if one.prop is not None and one.value is not None and not is_view:
            answers.setdefault((one.about, one.prop.iri), []).append(one)
    for one in assertions:
        if one.prop is None or one.term(PACTA.valueStatus) != _NOT_STATED:
            continue
        searched = one.terms(PACTA.searchedIn)
        handles = {handle for handle, source in sources.items() if source.id in searched}
        for answer in answers.get((one.about, one.prop.iri), ()):
            field = get(answer.fields, HAS_EVIDENCE)
            cited = {value.part.partition("-")[0] for value in field.values} if field else set()
            if told := sorted(cited & handles):
                key = one.prop.key
                yield one.at.error(
                    f"{key} of {one.about!s} is not-stated here, "
                    f"and {sources[told[0]].id!s} states it in {answer.at!s}",
                    f"Take {key} out of this entry and write {one.address!s} into "
                    "seeds/withdrawn.yaml, or correct searchedIn.",
                )


def check_withdrawn(records: Records, known: Known) -> Iterator[SeedError]:
    """Yield an error for each withdrawn address in use, twice, or replaced by nothing known."""
    seen: dict[Ref, Withdrawal] = {}
    entries = records.withdrawn
    gone = {entry.id for entry in entries}
    addresses = {*known.classes, *(Ref(f"evidence/{one.slug}") for one in records.register)}
    for entry in entries:
        is_withheld = entry.successor is None or known.is_withheld(entry.successor)
        if entry.id in known.classes:
            yield entry.at.error(
                f"{entry.id!s} is withdrawn and yet in use",
                "An address is never used again: give the new entry another id.",
            )
        if seen.setdefault(entry.id, entry) is not entry:
            yield entry.at.error(f"{entry.id!s} is withdrawn a second time", "Keep one of them.")
        if not is_withheld and entry.successor not in addresses | gone:
            yield entry.at.error(
                f"the successor {entry.successor!s} has no record", "Name what replaces it now."
            )
        if entry.merged and entry.successor in gone:
            yield entry.at.error(
                f"{entry.id!s} is merged into {entry.successor!s}, which is withdrawn itself",
                "Name the address that is in use now: a merged address leads there at once.",
            )
