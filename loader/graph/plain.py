"""Chooses the statements that become plain triples, for simple queries and maps.

1. Only a statement with a value, no speaker, not negated, asserted and not deprecated can.
2. Of a many-valued property, all of those.
3. Of a single-valued property, those of the best rank; of values that contain one another
   the narrowest.
4. If they do not agree, none: the property is undecided, and a disagreement must say so.
5. A plain triple is true without a date: a statement with a period of its own stays out,
   unless it is a text such as a name.

Source: docs/data-model.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rdflib import URIRef

from loader.rdf.terms import PACTA
from loader.read.addresses import Ref
from loader.read.expand import PREFERRED, Assertion

PERIOD = (PACTA["from"], PACTA.until, PACTA.at)

Subject = tuple[Ref, URIRef]


@dataclass(frozen=True, slots=True)
class Plain:
    """The choice.

    Attributes:
        chosen: statements whose value is plain, in the order given; those of one subject
            and single-valued property have one value.
        undecided: by thing and property, the statements that do not agree.
    """

    chosen: tuple[Assertion, ...]
    undecided: Mapping[Subject, tuple[Assertion, ...]]


def can_be_plain(statement: Assertion) -> bool:
    """Whether rules 1 and 5 let the statement become plain."""
    if statement.value is None or statement.prop is None or not statement.is_asserted:
        return False
    return statement.prop.form == "text" or not any(map(statement.term, PERIOD))


def choose_plain(statements: Iterable[Assertion]) -> Plain:
    """Return which of the statements become plain and what stays undecided."""
    groups: dict[Subject, list[Assertion]] = {}
    for statement in filter(can_be_plain, statements):
        if statement.prop is not None:
            groups.setdefault((statement.about, statement.prop.iri), []).append(statement)
    chosen: list[Assertion] = []
    undecided: dict[Subject, tuple[Assertion, ...]] = {}
    for subject, group in groups.items():
        if group[0].prop is None or not group[0].prop.single:
            chosen.extend(group)
            continue
        best = [one for one in group if one.rank == PREFERRED] or group
        narrowest = [one for one in best if all(contains(other, one) for other in best)]
        if narrowest:
            first = min(narrowest, key=lambda one: str(one.value and one.value.term))
            chosen.extend(one for one in narrowest if _same(one, first))
        else:
            undecided[subject] = tuple(best)
    return Plain(tuple(chosen), undecided)


def contains(wide: Assertion, narrow: Assertion) -> bool:
    """Whether every value that ``narrow`` allows is one that ``wide`` allows."""
    if wide.value is None or narrow.value is None:
        return False
    if wide.value.date is not None and narrow.value.date is not None:
        return narrow.value.date.lies_within(wide.value.date)
    return wide.value.term == narrow.value.term


def _same(one: Assertion, other: Assertion) -> bool:
    if one.value is None or other.value is None:
        return False
    return one.value.term == other.value.term
