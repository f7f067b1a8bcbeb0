"""Writes readable Turtle and TriG.

The layout of terms and properties is that of `loader.rdf.layout`; added here are one heading per
section, one block per subject with a blank line between blocks. Nodes without a name are written
in place where Turtle can (``[ … ]``, lists as ``( … )``). The order is that of
`loader.rdf.ordering`.

Each document comes in pieces, so that none is ever in memory as a whole. Shape: n triples → about
n lines; nothing is quadratic. Source: RDF 1.1 Turtle and TriG.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import Final

from rdflib import URIRef

from loader.rdf.layout import Names, write_pairs
from loader.rdf.ordering import RDF
from loader.rdf.table import Pairs, Row, Table, Terms, subjects

_FIRST: Final = URIRef(f"{RDF}first")
_REST: Final = URIRef(f"{RDF}rest")
_NIL: Final = URIRef(f"{RDF}nil")
_RULE: Final = "# " + "-" * 76


def write_turtle(table: Table) -> Iterator[str]:
    """Yield the union of the table's graphs as one Turtle document."""
    names, body = Names(table.terms.order.base), _Body(table.terms, table.union, "", frozenset())
    body.declare(names)
    yield _head(table.heading, names)
    yield from body.blocks()


def write_trig(table: Table) -> Iterator[str]:
    """Yield the table's named graphs, in their order, as one TriG document."""
    terms = table.terms
    unnamed = [
        {n for s, _, o in rows for n in (s, o) if n in terms.unnamed} if terms.unnamed else set()
        for rows in table.graphs.values()
    ]
    shared = frozenset(n for n, uses in Counter(chain(*unnamed)).items() if uses > 1)
    bodies = {name: _Body(terms, rows, "    ", shared) for name, rows in table.graphs.items()}
    names = Names(terms.order.base)
    titles = [names.iri(str(name)) for name in bodies]
    for body in bodies.values():
        body.declare(names)
    yield _head(table.heading, names)
    for title, body in zip(titles, bodies.values(), strict=True):
        yield f"\n{title} {{\n"
        yield from body.blocks()
        yield "}\n"


def _head(heading: str, names: Names) -> str:
    """Return the comment on top and the prefixes that are used."""
    lines = [f"# {line}".rstrip() + "\n" for line in heading.splitlines()]
    lines += ["\n"] if lines else []
    return "".join(lines) + names.head()


class _Body:
    """The headings and subject blocks of one graph.

    Args:
        terms: what the numbers in the rows mean.
        rows: sorted.
        indent: what each line begins with.
        shared: nodes without a name that must keep their label.
    """

    def __init__(self, terms: Terms, rows: list[Row], indent: str, shared: frozenset[int]) -> None:
        self.terms, self.rows, self.indent = terms, rows, indent
        once = _written_in_place(rows, terms) - shared
        parts = (row for row in rows if row[0] in once) if once else ()
        self.inner: dict[int, Pairs] = dict(subjects(parts))

    def declare(self, names: Names) -> None:
        """Have names declare what the blocks use."""
        inner, nodes, verbs = self.inner, set[int](), set[int]()
        for s, p, o in self.rows:
            if s not in inner:
                verbs.add(p)
                nodes.add(s)
                if o in inner:
                    self._collect(o, nodes, verbs)
                else:
                    nodes.add(o)
        self.terms.turtle.declare(nodes, names)
        self.terms.turtle_predicates.declare(verbs, names)

    def _collect(self, node: int, nodes: set[int], verbs: set[int]) -> None:
        """Add what is written where a node stands as a value."""
        if node not in self.inner:
            nodes.add(node)
            return
        members = self._members(node)
        for member in members or ():
            self._collect(member, nodes, verbs)
        if members is None:
            for p, values in self.inner[node]:
                verbs.add(p)
                for value in values:
                    self._collect(value, nodes, verbs)

    def blocks(self) -> Iterator[str]:
        """Yield headings and blocks in the order of the subjects."""
        sections, indent = self.terms.sections, self.indent
        spelled = self.terms.turtle.texts
        own = (s for s, _ in groupby(row[0] for row in self.rows) if s not in self.inner)
        sizes = [
            (heading, sum(1 for _ in group))
            for heading, group in groupby(own, sections.__getitem__)
        ]
        headings, left = iter(sizes), 0
        for subject, pairs in subjects(self.rows):
            if subject in self.inner:
                continue
            if not left:
                heading, left = next(headings)
                yield f"\n{indent}{_RULE}\n{indent}# {heading} ({left})\n"
            left -= 1
            yield f"\n{indent}{spelled[subject]}{self._pairs(pairs, indent + '    ')} .\n"

    def _pairs(self, pairs: Pairs, indent: str) -> str:
        """Return the predicates and values of one subject, without the final mark."""
        verbs = self.terms.turtle_predicates.texts
        if self.inner:
            inside = indent + "    "
            texts = ((verbs[p], [self._value(v, inside) for v in values]) for p, values in pairs)
        else:
            nodes = self.terms.turtle.texts
            texts = ((verbs[p], [nodes[v] for v in values]) for p, values in pairs)
        return "".join(write_pairs(texts, indent))

    def _value(self, node: int, indent: str) -> str:
        """Return a value; a node without a name in place, if it can stand there."""
        if node not in self.inner:
            return self.terms.turtle.texts[node]
        members = self._members(node)
        if members is None:
            return f"[{self._pairs(self.inner[node], indent)} ]"
        return "(" + "".join(f" {self._value(member, indent)}" for member in members) + " )"

    def _members(self, node: int) -> list[int] | None:
        """Return the members of a list that can be written as ``( … )``, else None."""
        found: list[int] = []
        while self.terms.nodes[node] != _NIL:
            pairs = {self.terms.predicates[p]: values for p, values in self.inner.get(node, ())}
            if set(pairs) != {_FIRST, _REST} or sum(map(len, pairs.values())) != 2:
                return None
            found.append(pairs[_FIRST][0])
            node = pairs[_REST][0]
        return found


def _written_in_place(rows: Iterable[Row], terms: Terms) -> set[int]:
    """Return the nodes without a name that are used once and in no circle."""
    unnamed = terms.unnamed
    if not unnamed:
        return set()
    uses: Counter[int] = Counter()
    parent: dict[int, int] = {}
    described: set[int] = set()
    for s, _, o in rows:
        if s in unnamed:
            described.add(s)
        if o in unnamed:
            uses[o] += 1
            parent[o] = s
    once = {n for n in uses if uses[n] == 1 and n in described}
    rooted: dict[int, bool] = {}
    for node in once:
        path: set[int] = set()
        at = node
        while at in once and at not in rooted and at not in path:
            path.add(at)
            at = parent[at]
        rooted.update(dict.fromkeys(path, rooted.get(at, at not in once)))
    return {n for n in once if rooted[n]}
