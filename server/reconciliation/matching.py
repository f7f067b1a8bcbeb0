"""A reconciliation query → candidates with scores and, where it is certain, a match. Pure.

Decision 0031 says how scores are made.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from rapidfuzz import fuzz

from loader.rdf.folding import fold_name
from loader.rdf.matching import EXACT
from server.rdf.model import Iri, Literal, Term
from server.reconciliation.asking import MAX_LIMIT, AskedValue, EntityValue, Query
from server.reconciliation.collection import Cell, Collection

NAME_SHARE = 0.6
"""What the name counts beside the conditions."""
_ALIKE = 0.6
"""Texts that are less alike do not agree at all."""


@dataclass(frozen=True)
class _Candidate:
    thing: str
    matched: str
    name_score: float
    agreements: tuple[float, ...]
    named: bool

    @property
    def score(self) -> float:
        if not self.agreements:
            return self.name_score
        agreed = 100 * sum(self.agreements) / len(self.agreements)
        if not self.named:
            return agreed
        return NAME_SHARE * self.name_score + (1 - NAME_SHARE) * agreed

    @property
    def certain(self) -> bool:
        exact = self.name_score == EXACT or not self.named
        return exact and all(each == 1 for each in self.agreements)


def answer_query(query: Query, collection: Collection) -> list[Cell]:
    """The candidates of a query, best first, as JSON values.

    `match` is true for the only candidate that is called so, or has that id, and that has
    everything else that is asked; where there are two, for none.

    Raises:
        BadRequestError: It names a type or property that there is not.
    """
    among = collection.list_of_types(f"{query.place}.type", query.types, every=query.every_type)
    properties = [
        collection.find_property(f"{query.place}.properties.{n}.pid", each.property)
        for n, each in enumerate(query.conditions)
    ]
    found = [
        _Candidate(
            thing,
            matched,
            score,
            tuple(
                _agree_best(collection.values(thing, iri), each.values, collection)
                for iri, each in zip(properties, query.conditions, strict=True)
            ),
            bool(query.text),
        )
        for thing, matched, score in _find_named(query, properties, among, collection)
    ]
    found = [each for each in found if each.score > 0]
    found.sort(key=lambda each: (-each.score, collection.id_of(each.thing)))
    certain = [each for each in found if each.certain]
    match = certain[0] if len(certain) == 1 else None
    return [_tell(each, query, collection, match=each is match) for each in found[: query.limit]]


def _find_named(
    query: Query, properties: Iterable[str], among: frozenset[str], collection: Collection
) -> Iterable[tuple[str, str, float]]:
    """Things with the name that matched and its score; without a name, what has the properties."""
    if not query.text:
        stating = [collection.list_stating(iri) for iri in properties]
        having = frozenset[str]().union(*stating) or among  # what has no statements is written bare
        return [(thing, "", 0.0) for thing in sorted(having & among)]
    thing = collection.find_thing(query.text)
    if thing is not None and thing in among:
        return [(thing, "", EXACT)]
    alike = collection.desk.names.match_among(among).match(query.text, MAX_LIMIT)
    return [(each.thing, each.name, each.score) for each in alike]


def _tell(candidate: _Candidate, query: Query, collection: Collection, *, match: bool) -> Cell:
    features: list[Cell] = []
    if candidate.named:
        features.append({"id": "name", "value": round(candidate.name_score, 1)})
    for each, agreement in zip(query.conditions, candidate.agreements, strict=True):
        features.append({"id": each.property, "value": round(100 * agreement, 1)})
    return {
        "id": collection.id_of(candidate.thing),
        "name": collection.desk.name(candidate.thing),
        "description": collection.describe(candidate.thing, candidate.matched),
        "type": collection.tell_types(candidate.thing),
        "score": round(candidate.score, 1),
        "match": match,
        "features": features,
    }


def _agree_best(
    values: Iterable[Term], asked: Iterable[AskedValue], collection: Collection
) -> float:
    """How well the best of some values agrees with the best of those asked for: 0 to 1."""
    wanted = tuple(asked)
    return max((_agree(v, a, collection) for v in values for a in wanted), default=0.0)


def _agree(value: Term, asked: AskedValue, collection: Collection) -> float:
    if isinstance(asked, EntityValue):
        return float(collection.find_thing(asked.id) == str(value))
    if isinstance(value, Literal):
        return agree_texts(value.value, asked)
    if not isinstance(value, Iri):
        return 0.0
    if collection.find_thing(asked) == str(value):
        return 1.0
    labels = collection.desk.names.labels(str(value)).values()
    return max((agree_texts(label, asked) for label in labels), default=0.0)


def agree_texts(value: str, asked: str) -> float:
    """How well a value agrees with what was asked for: numbers and dates do or do not.

    A date agrees with its year, its month, and with its day at any hour.
    """
    own, other = value.strip().casefold(), asked.strip().casefold()
    if not other:
        return 0.0
    if own == other or _extends(own, other) or _extends(other, own):
        return 1.0
    if _is_numeric(own) and _is_numeric(other):
        return float(_read_number(own) == _read_number(other))
    if own.lstrip("-")[:1].isdigit() and other.lstrip("-")[:1].isdigit():
        return 0.0  # two dates or numbers that differ are not nearly the same
    alike = fuzz.ratio(fold_name(value), fold_name(asked)) / 100
    return min(alike, 0.97) if alike >= _ALIKE else 0.0


def _extends(longer: str, shorter: str) -> bool:
    """Whether a date gives another one with more places: `1920-07-12`, `1920-07`."""
    year = shorter.lstrip("-").partition("-")[0]
    if not (year.isdigit() and len(year) >= 4):
        return False
    return longer.startswith((f"{shorter}-", f"{shorter}t"))


def _is_numeric(text: str) -> bool:
    return _read_number(text) is not None


def _read_number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
