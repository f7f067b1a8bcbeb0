"""The names in a table → the things of the workspace that they name.

A name is looked up among the people's decisions, then among the names that the workspace has, then
among those that the table itself has made, the most frequent first, so that one misspelt name finds
the ninety-nine others. What is not certain waits for a person: on a terminal it is asked, and
elsewhere it is written into the file of decisions to be filled in.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rdflib import Literal

from loader.importing.findings import Finding, Level
from loader.importing.mapping import Column
from loader.rdf.matching import EXACT, REORDERED, Match, NameMatcher, decide
from loader.read.addresses import parse_address, text_part
from loader.read.model import Records
from loader.read.ontology.vocabulary import Class, Property, Vocabulary
from loader.read.yamltext import expect_map, expect_text, read_yaml

NEW: Final = "new"
LEFT_OUT: Final = "ignore"
UNDECIDED: Final = "undecided"

DOUBTFUL: Final = 80.0
"""From this score on a name may be a known one written otherwise, which a person has to say."""

_NAMING: Final = ("label", "altLabel", "officialName", "outsideName")

Ask = Callable[[str, str, tuple[Match, ...], bool], str]
"""Group, name, matches, whether a new record can be made → a decision, or `UNDECIDED`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A name in the table: its group, itself, the class of a new record, and its first place."""

    group: str
    name: str
    new: str
    place: str
    heading: str


@dataclass(frozen=True, slots=True)
class NewThing:
    """A record to be made, with what is told of it where nobody decided that it should be made."""

    address: str
    cls: Class
    name: str
    note: Finding | None


@dataclass(slots=True)
class Resolved:
    """What the names mean.

    Attributes:
        addresses: (group, name) → address, or `LEFT_OUT`; a name that waits is not there.
        made: the records to be made.
        decisions: group → name → decision, those that wait included.
        remarks: group → name → what helps to decide.
        findings: what to tell.
    """

    addresses: dict[tuple[str, str], str] = field(default_factory=dict)
    made: list[NewThing] = field(default_factory=list)
    decisions: dict[str, dict[str, str]] = field(default_factory=dict)
    remarks: dict[tuple[str, str], str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def group_of(prop: Property, vocabulary: Vocabulary) -> str:
    """Return what the values of a property have in common: the name of a class, or ``thing``."""
    names = sorted(c.name for c in vocabulary.classes.values() if c.iri in prop.value_classes)
    return names[0] if names else "thing"


def known_names(
    records: Records, columns: Iterable[Column], vocabulary: Vocabulary
) -> dict[str, dict[str, list[str]]]:
    """Return group → address → names, for the groups that the columns need."""
    props = {c.prop for c in columns if c.prop is not None and c.prop.form == "thing"}
    groups = {group_of(prop, vocabulary): prop.value_classes for prop in props}
    naming = {vocabulary.properties[key].iri for key in _NAMING if key in vocabulary.properties}
    names: dict[str, list[str]] = {}
    for record in records.records:
        found = names.setdefault(str(record.id), [])
        for one in record.fields:
            if one.prop.iri in naming:
                found.extend(str(v.term) for v in one.values if isinstance(v.term, Literal))
        for entry in record.entries:
            if entry.about:
                continue
            for one in entry.fields:
                if one.prop.iri in naming:
                    found.extend(str(v.term) for v in one.values if isinstance(v.term, Literal))
    return {
        group: {
            str(record.id): names[str(record.id)]
            for record in records.records
            if record.classes and (not classes or any(record.is_a(iri) for iri in classes))
        }
        for group, classes in groups.items()
    }


def resolve_names(
    wanted: Sequence[Wanted],
    known: Mapping[str, Mapping[str, Sequence[str]]],
    decisions: Mapping[str, Mapping[str, str]],
    taken: set[str],
    vocabulary: Vocabulary,
    ask: Ask | None,
) -> Resolved:
    """Return what each name means; the same names give the same answer in any order of rows.

    Args:
        wanted: every occurrence of a name.
        known: group → address → names.
        decisions: group → name → decision of a person.
        taken: slugs in use; those of new records are added.
        vocabulary: for the classes of new records.
        ask: asks a person; None where nobody is there.
    """
    made_before = {
        group: {name: one for name, one in names.items() if one != UNDECIDED}
        for group, names in decisions.items()
    }
    result = Resolved(decisions=made_before)
    counts = Counter((one.group, one.name) for one in wanted)
    first: dict[tuple[str, str], Wanted] = {}
    for one in wanted:
        first.setdefault((one.group, one.name), one)
    matchers = {group: NameMatcher(names) for group, names in known.items()}
    for key in sorted(first, key=lambda key: (key[0], -counts[key], key[1])):
        one, matcher = first[key], matchers.setdefault(key[0], NameMatcher())
        decision = result.decisions.get(one.group, {}).get(one.name, "")
        if not decision:
            decision = _decide(one, matcher, counts[key], ask, result)
        elif decision == NEW:  # an earlier import may have made it
            exact = [match for match in matcher.match(one.name) if match.score == EXACT]
            decision = exact[0].thing if exact else NEW
        if decision == NEW:
            is_decided = one.name in result.decisions.get(one.group, {})
            thing = _make(one, vocabulary, taken, None if is_decided else _tell_new(one))
            result.made.append(thing)
            matcher.add(thing.address, [one.name])
            decision = thing.address
        if decision != UNDECIDED:
            result.addresses[key] = decision
    return result


def read_decisions(file: Path) -> dict[str, dict[str, str]]:
    """Return group → name → decision; nothing where the file is missing.

    Raises:
        SeedError: it cannot be read, or a decision is none.
    """
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        return {}
    document = read_yaml(data, file)
    if document is None:
        return {}
    found: dict[str, dict[str, str]] = {}
    for group, names in expect_map(document, "names by class").entries:
        for name, node in expect_map(names, "decisions by name").entries:
            text = expect_text(node, "a decision")
            if text.value not in (NEW, LEFT_OUT, UNDECIDED) and not parse_address(text.value):
                raise text.at.error(
                    f"{text.value!r} is no decision",
                    f"Write an address such as party/lithuania, {NEW} or {LEFT_OUT}.",
                )
            found.setdefault(group.value, {})[name.value] = text.value
    return found


def format_decisions(resolved: Resolved) -> str:
    """Return the file of decisions: those to be made first, then those that were."""
    lines = [
        f"# What names in the table mean. Write an address, {NEW} or {LEFT_OUT} in place of "
        f"{UNDECIDED}, then import again.\n"
    ]
    for group, names in sorted(resolved.decisions.items()):
        if names:
            lines.append(f"{group}:\n")
        for name, decision in sorted(names.items(), key=lambda n: (n[1] != UNDECIDED, n[0])):
            remark = resolved.remarks.get((group, name), "") if decision == UNDECIDED else ""
            comment = f"  # {remark}" if remark else ""
            lines.append(f"  {json.dumps(name, ensure_ascii=False)}: {decision}{comment}\n")
    return "".join(lines)


def _decide(
    one: Wanted, matcher: NameMatcher, count: int, ask: Ask | None, result: Resolved
) -> str:
    """Return the address for a name, `NEW`, `LEFT_OUT` or `UNDECIDED`."""
    matches = matcher.match(one.name)
    certain = decide(matches)
    if certain is not None:
        if certain.score < REORDERED:
            result.findings.append(
                _finding(
                    one,
                    "read so",
                    f"a {one.group} was taken for one of nearly the same spelling",
                    detail=f"taken for {certain.thing} ({certain.name})",
                    hint=f"If it is another, write so into the file of names: {NEW}, or its "
                    "address.",
                )
            )
        return certain.thing
    if one.new and (not matches or matches[0].score < DOUBTFUL):
        return NEW
    if ask is not None:
        answer = ask(one.group, one.name, matches, bool(one.new))
        if answer != UNDECIDED:
            result.decisions.setdefault(one.group, {})[one.name] = answer
            return answer
    result.decisions.setdefault(one.group, {})[one.name] = UNDECIDED
    near = ", ".join(f"{match.thing} ({match.name})" for match in matches[:3])
    rows = f"{count} rows, first at {one.place}" if count > 1 else one.place
    result.remarks[one.group, one.name] = f"{f'{near}; ' if near else ''}{rows}"
    result.findings.append(
        _finding(
            one,
            "waits",
            f"a {one.group} whose name is {'near another one' if near else 'not known'}",
            detail=f"near {near}" if near else "",
            hint="Decide in the file of names, then import again.",
        )
    )
    return UNDECIDED


def _finding(one: Wanted, level: Level, problem: str, *, detail: str = "", hint: str) -> Finding:
    return Finding(level, one.place, problem, one.name, "", hint, one.heading, detail)


def _tell_new(one: Wanted) -> Finding:
    return _finding(
        one,
        "note",
        f"a new {one.new} was made for a name that resembles none",
        hint="Look through the names; one that is written otherwise elsewhere gets the "
        "address of the other in the file of names.",
    )


def _make(one: Wanted, vocabulary: Vocabulary, taken: set[str], note: Finding | None) -> NewThing:
    cls = vocabulary.classes[one.new or one.group]
    slug = free_slug([text_part(one.name), f"{text_part(one.name)}-{cls.path_kind}"], taken)
    return NewThing(f"{cls.path_kind}/{slug}", cls, one.name, note)


def free_slug(wanted: Sequence[str], taken: set[str]) -> str:
    """Return and take the first of some slugs that is free, else the last with a number."""
    slug = next((one for one in wanted if one not in taken), "")
    number = 2
    while not slug:
        numbered = f"{wanted[-1]}-{number}"
        slug = numbered if numbered not in taken else ""
        number += 1
    taken.add(slug)
    return slug
