"""Queries that ask what a store holds: how many triples, which properties and classes, how often.

Whoever comes to an endpoint begins with them, by hand or by a tool, and each reads the whole store.
A release states the numbers itself (`void:propertyPartition` and `void:classPartition`; Describing
Linked Datasets with the VoID Vocabulary, section 4.5). A query of such a shape becomes one for the
rows that are stated, which the engine writes in any format. Pure.
"""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from server.syntax.tokens import Token, read_tokens

_LONGEST = 2000
"""Characters of a query that can be one of these, prefixes included."""

_MAY_BE = re.compile(r"\bSELECT\s+DISTINCT\b|\bCOUNT\s*\(", re.IGNORECASE)
_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_TAIL = frozenset(("ORDER", "LIMIT", "OFFSET"))
_IN_TAIL = _TAIL | {"BY", "ASC", "DESC", "(", ")"}

Rows = Sequence[tuple[str, ...]]
"""Terms as a query writes them, one tuple a row."""


@dataclass(frozen=True)
class Counts:
    """What a release states of its default graph.

    Attributes:
        triples: How many there are.
        properties: IRI of each property, and the triples that have it.
        classes: IRI of each class, and the things that are of it.
    """

    triples: int
    properties: Sequence[tuple[str, int]]
    classes: Sequence[tuple[str, int]]

    @property
    def is_whole(self) -> bool:
        """Whether the parts give the sums that they must."""
        typed = dict(self.properties).get(_TYPE[1:-1], 0)
        return (
            sum(count for _, count in self.properties) == self.triples
            and sum(count for _, count in self.classes) == typed
        )


def _pair(parts: Sequence[tuple[str, int]]) -> Rows:
    return [(f"<{iri}>", str(count)) for iri, count in parts]


def _name(parts: Sequence[tuple[str, int]]) -> Rows:
    return [(f"<{iri}>",) for iri, _ in parts]


def _number(count: int) -> Rows:
    return [(str(count),)]


FindRows = Callable[[Counts], Rows]


def _list_shapes() -> Iterator[tuple[str, tuple[str, ...], FindRows]]:
    """A query of each shape, the variables of its rows, and the rows from the counts."""
    for each in ("*", "?s", "?k", "?o"):
        yield f"SELECT (COUNT({each}) AS ?n) {{ ?s ?k ?o }}", ("n",), lambda c: _number(c.triples)
        for head in _count_by_kind(each):
            query = f"SELECT {head} {{ ?s ?k ?o }} GROUP BY ?k"
            yield query, ("k", "n"), lambda c: _pair(c.properties)
    for each in ("*", "?s", "?k", "DISTINCT ?s"):
        for head in _count_by_kind(each):
            query = f"SELECT {head} {{ ?s a ?k }} GROUP BY ?k"
            yield query, ("k", "n"), lambda c: _pair(c.classes)
    yield "SELECT DISTINCT ?k { ?s ?k ?o }", ("k",), lambda c: _name(c.properties)
    yield "SELECT DISTINCT ?k { ?s a ?k }", ("k",), lambda c: _name(c.classes)
    yield "SELECT DISTINCT ?k { [] a ?k }", ("k",), lambda c: _name(c.classes)
    distinct = "SELECT (COUNT(DISTINCT ?k) AS ?n)"
    yield f"{distinct} {{ ?s ?k ?o }}", ("n",), lambda c: _number(len(c.properties))
    yield f"{distinct} {{ ?s a ?k }}", ("n",), lambda c: _number(len(c.classes))


def _count_by_kind(each: str) -> tuple[str, str]:
    return f"?k (COUNT({each}) AS ?n)", f"(COUNT({each}) AS ?n) ?k"


_VOID = "http://rdfs.org/ns/void#"
_TRIPLES, _ENTITIES = f"{_VOID}triples", f"{_VOID}entities"


def read_counts(look: Callable[[str], Iterable[tuple[str, str]]], dataset: str) -> Counts | None:
    """What a release states of itself; None where the parts do not give the sums that they must.

    Args:
        look: Subject → predicates and objects of its statements, as text.
        dataset: The IRI of the release.
    """
    triples: int | None = None
    parts: dict[str, list[tuple[str, int]]] = {"property": [], "class": []}
    for predicate, value in look(dataset):
        if predicate == _TRIPLES:
            triples = int(value)
        for kind, found in parts.items():
            if predicate == f"{_VOID}{kind}Partition":
                said = dict(look(value))
                number = said.get(_TRIPLES if kind == "property" else _ENTITIES, "0")
                found.append((said.get(_VOID + kind, ""), int(number)))
    if triples is None:
        return None
    counts = Counts(triples, sorted(parts["property"]), sorted(parts["class"]))
    return counts if counts.is_whole else None


def may_ask_overview(text: str) -> bool:
    """Whether a text may be one of these queries; fast, so that others cost nothing."""
    return len(text) <= _LONGEST and _MAY_BE.search(text) is not None


def answer_overview(text: str, tokens: Sequence[Token], counts: Counts) -> str | None:
    """A query for the rows that answer this one, with its own names and order; None: another one.

    Args:
        text: The query.
        tokens: All its tokens.
        counts: What the release states.
    """
    read = _read_shape(text, tokens)
    known = _KNOWN.get(read.words) if read is not None else None
    if read is None or known is None:
        return None
    places, find_rows = known
    names = [read.variables[place] for place in places]
    if any(each not in names for each in read.sorted_by):
        return None
    asked = " ".join(read.variables[place] for place in sorted(places))  # as SELECT has them
    rows = " ".join(f"({' '.join(row)})" for row in find_rows(counts))
    return f"SELECT {asked} {{ VALUES ({' '.join(names)}) {{ {rows} }} }} {read.tail}"


@dataclass(frozen=True)
class _Shape:
    """A query without the names that it gives.

    Attributes:
        words: Its tokens from SELECT to the end of the pattern or of GROUP BY, variables by number.
        variables: As they are written, by number.
        tail: The text of ORDER BY, LIMIT and OFFSET.
        sorted_by: The variables of the tail.
    """

    words: tuple[str, ...]
    variables: tuple[str, ...]
    tail: str
    sorted_by: tuple[str, ...]


def _read_shape(text: str, tokens: Sequence[Token]) -> _Shape | None:
    """What a query asks, and in what order; None where it says something else besides."""
    start = next((at for at, each in enumerate(tokens) if each.text.upper() == "SELECT"), 0)
    types = set(_name_type(tokens[:start]))
    cut = next(
        (at for at, each in enumerate(tokens) if at > start and each.text.upper() in _TAIL),
        len(tokens),
    )
    words: list[str] = []
    variables: list[str] = []
    for token, following in zip(tokens[start:cut], [*tokens[start + 1 : cut], None], strict=True):
        if token.kind == "variable":
            name = f"?{token.text[1:]}"
            if name not in variables:
                variables.append(name)
            words.append(str(variables.index(name)))
        elif token.text in types:
            words.append("a")
        elif token.kind == "word":
            if token.text.upper() != "WHERE" or following is None or following.text != "{":
                words.append(token.text if token.text == "a" else token.text.upper())
        elif token.kind != "mark":
            return None
        elif token.text != "." or following is None or following.text != "}":
            words.append(token.text)
    rest = tokens[cut:]
    if any(
        each.kind not in ("variable", "number") and each.text.upper() not in _IN_TAIL
        for each in rest
    ):
        return None
    tail = text[rest[0].start :] if rest else ""
    names = tuple(f"?{each.text[1:]}" for each in rest if each.kind == "variable")
    return _Shape(tuple(words), tuple(variables), tail, names)


def _name_type(prologue: Sequence[Token]) -> Iterator[str]:
    """The ways to write `rdf:type` after this prologue."""
    yield _TYPE
    pairs = itertools.pairwise(prologue)
    prefixes = {name.text: iri.text for name, iri in pairs if name.kind == "name"}
    for name, iri in prefixes.items():
        if _TYPE.startswith(iri[:-1]):
            yield name + _TYPE[len(iri) - 1 : -1]


def _list_known() -> Iterator[tuple[tuple[str, ...], tuple[tuple[int, ...], FindRows]]]:
    for text, names, find_rows in _list_shapes():
        read = _read_shape(text, list(read_tokens(text)))
        if read is not None:
            yield read.words, (tuple(read.variables.index(f"?{name}") for name in names), find_rows)


_KNOWN = dict(_list_known())
