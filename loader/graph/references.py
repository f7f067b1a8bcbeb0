"""References: every address leads somewhere, every passage is registered, nothing vanishes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from loader.errors import SeedError
from loader.rdf.terms import PACTA
from loader.read.addresses import Ref
from loader.read.expand import Assertion
from loader.read.model import Field, Record, Records, Withdrawal, first
from loader.read.passages import Reference
from loader.read.values import suggest
from loader.read.vocabulary import Vocabulary
from loader.read.yamltext import Location


def check_references(
    records: Iterable[Record],
    assertions: Iterable[Assertion],
    addresses: Set[Ref],
    vocabulary: Vocabulary,
) -> Iterator[SeedError]:
    """Yield an error for each thing defined twice and each address that leads nowhere."""
    known, entries = tuple(records), tuple(assertions)
    yield from _duplicates(known)
    of_assertions = {
        cls.path_kind for cls in vocabulary.classes.values() if cls.is_a(PACTA.Assertion)
    }
    missing: dict[Ref, list[Location]] = {}
    for field in _fields(known, entries):
        for value in field.values:
            term = value.term
            if not isinstance(term, Ref) or field.prop.value_class == PACTA.Evidence:
                continue
            if term not in addresses:
                missing.setdefault(term, []).append(value.at)
            elif field.prop.value_class == PACTA.Assertion and term.kind not in of_assertions:
                yield value.at.error(
                    f"{term!s} is a thing, expected an assertion",
                    "Name a statement or situation, such as statement/peace-1920--signed-july.",
                )
    for term, places in missing.items():
        near = suggest(term, (one for one in addresses if one.kind == term.kind))
        hint = near if near and near.startswith("Did") else "Write its record first."
        if len(places) > 1:
            hint += f"\nAlso named in {_lines(places[1:])}."
        yield places[0].error(f"nothing has the address {term!s}", hint)
    for one in entries:
        if one.about not in addresses:
            yield one.at.error(f"nothing has the address {one.about!s}", "Check its spelling.")
    for record in known:
        if not record.classes and record.id not in addresses:
            yield record.at.error(f"nothing has the address {record.id!s}", "Check its spelling.")


def _lines(places: Iterable[Location]) -> str:
    by_file: dict[str, list[str]] = {}
    for place in places:
        by_file.setdefault(str(place.path), []).append(str(place.line))
    return "; ".join(f"{file}:{','.join(dict.fromkeys(n))}" for file, n in by_file.items())


def _duplicates(records: Iterable[Record]) -> Iterator[SeedError]:
    seen: dict[str, Record] = {}
    for record in records:
        if not record.classes:
            continue
        other = seen.setdefault(record.id.slug, record)
        if other is not record:
            what = "id" if other.id == record.id else "name"
            yield record.at.error(
                f"the {what} of {record.id!s} is used already by {other.id!s} "
                f"in {other.at.path}:{other.at.line}",
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
            if field.prop.value_class != PACTA.Evidence or id(field) in seen:
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


def check_withdrawn(withdrawn: Iterable[Withdrawal], addresses: Set[Ref]) -> Iterator[SeedError]:
    """Yield an error for each withdrawn address in use, twice, or replaced by nothing known."""
    seen: dict[Ref, Withdrawal] = {}
    entries = tuple(withdrawn)
    gone = {entry.id for entry in entries}
    for entry in entries:
        if entry.id in addresses:
            yield entry.at.error(
                f"{entry.id!s} is withdrawn and yet in use",
                "An address is never used again: give the new entry another id.",
            )
        if seen.setdefault(entry.id, entry) is not entry:
            yield entry.at.error(f"{entry.id!s} is withdrawn a second time", "Keep one of them.")
        if entry.successor is not None and entry.successor not in addresses | gone:
            yield entry.at.error(
                f"the successor {entry.successor!s} has no record", "Name what replaces it now."
            )
        if entry.merged and entry.successor in gone:
            yield entry.at.error(
                f"{entry.id!s} is merged into {entry.successor!s}, which is withdrawn itself",
                "Name the address that is in use now: a merged address leads there at once.",
            )
