"""Checks the records together and reports causes without their consequences.

Source: seeds/README.md; docs/errors.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from loader.errors import SeedError
from loader.graph.disagreements import Timeline, find_unrecorded, read_disputes
from loader.graph.lifecycle import GeneratedEvent, awaited_events
from loader.graph.references import (
    Known,
    check_awaited,
    check_evidence,
    check_not_stated,
    check_references,
    check_withdrawn,
    doubled_things,
)
from loader.read.addresses import Ref
from loader.read.expand import Assertion, check_addresses
from loader.read.model import Record, Records
from loader.read.ontology.vocabulary import Class, Vocabulary


def classes_of(
    records: Iterable[Record],
    assertions: Iterable[Assertion],
    events: Iterable[GeneratedEvent],
    vocabulary: Vocabulary,
) -> Mapping[Ref, tuple[Class, ...]]:
    """Return each address that answers, without passages, with the classes of what it names."""
    event = (vocabulary.classes["Event"],)
    return {
        **{one.address: event for one in events},
        **{one.address: (one.cls,) for one in assertions},
        **{record.id: record.classes for record in records if record.classes},
    }


def check_whole(
    records: Records,
    assertions: Sequence[Assertion],
    events: Iterable[GeneratedEvent],
    classes: Mapping[Ref, tuple[Class, ...]],
    timeline: Timeline,
    before: Sequence[SeedError],
    vocabulary: Vocabulary,
) -> list[SeedError]:
    """Return what is wrong among the records.

    A thing with two records has the entries of both, what could not be read is missing
    elsewhere, and a date that is not decided gives no event: these consequences are left out.
    Disagreements are looked for only where everything else is right.

    Args:
        records: all of them.
        assertions: of their entries, links to the outside included.
        events: those generated from dates.
        classes: from `classes_of`.
        timeline: for the detectors of disagreements.
        before: what was found while single records were read.
        vocabulary: the tables.
    """
    doubled = list(doubled_things(records.records))
    twice = {record.id.slug for record, _ in doubled}
    errors = [error for _, error in doubled]
    errors.extend(check_addresses(one for one in assertions if one.about.slug not in twice))
    known = Known(
        classes=classes,
        awaited={
            address: (treaty, vocabulary.by_iri[prop].key)
            for address, (treaty, prop) in awaited_events(assertions, events).items()
        },
        unsure=twice | _things_at([*before, *errors], records.records),
        is_whole=records.is_whole,
    )
    errors.extend(check_references(records.records, assertions, known))
    errors.extend(check_evidence(records, assertions))
    errors.extend(check_not_stated(records.records, assertions))
    errors.extend(check_withdrawn(records, known))
    if errors or before:
        return errors
    own = [one for one in assertions if not one.is_link]
    unrecorded = find_unrecorded(own, read_disputes(records.records), timeline)
    return unrecorded or list(check_awaited(records.records, assertions, known))


def _things_at(errors: Iterable[SeedError], records: Iterable[Record]) -> set[str]:
    """Return the names of the things in whose records the errors stand."""
    starts: dict[str, list[tuple[int, str]]] = {}
    for record in records:
        starts.setdefault(str(record.at.path), []).append((record.at.line, record.id.slug))
    found = set()
    for error in errors:
        above = [one for one in starts.get(str(error.path), ()) if one[0] <= (error.line or 0)]
        found |= {max(above)[1]} if above else set()
    return found
