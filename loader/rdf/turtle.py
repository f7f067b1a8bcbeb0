"""Turtle and TriG that a person can read.

The layout of terms and properties is that of `loader.rdf.layout`; added here are one heading per
section, one block per subject with a blank line between blocks. Nodes without a name are written
in place where Turtle can (``[ … ]``, lists as ``( … )``). The order is that of
`loader.rdf.ordering`.

Shape: n triples → about n lines; nothing is quadratic. Source: RDF 1.1 Turtle and TriG.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, groupby
from typing import Final

from rdflib import BNode, Literal, URIRef
from rdflib.term import Node

from loader.rdf.layout import Names, write_pairs
from loader.rdf.ordering import RDF
from loader.rdf.table import Pairs, Row, Table, Terms, subjects

_TYPE: Final = URIRef(f"{RDF}type")
_FIRST: Final = URIRef(f"{RDF}first")
_REST: Final = URIRef(f"{RDF}rest")
_NIL: Final = URIRef(f"{RDF}nil")
_RULE: Final = "# " + "-" * 76


def write_turtle(table: Table) -> str:
    """Return the union of the table's graphs as one Turtle document."""
    writer = _Writer(table.terms)
    body = list(writer.blocks(table.union, "", frozenset()))
    return writer.head(table.heading) + "".join(body)


def write_trig(table: Table) -> str:
    """Return the table's named graphs, in their order, as one TriG document."""
    writer = _Writer(table.terms)
    unnamed = [_unnamed(rows, table.terms) for rows in table.graphs.values()]
    shared = frozenset(n for n, uses in Counter(chain(*unnamed)).items() if uses > 1)
    body: list[str] = []
    for name, rows in table.graphs.items():
        body.append(f"\n{writer.term(name)} {{\n")
        body.extend(writer.blocks(rows, "    ", shared))
        body.append("}\n")
    return writer.head(table.heading) + "".join(body)


def _unnamed(rows: Iterable[Row], terms: Terms) -> set[int]:
    """Return the numbers of the nodes without a name that occur in the rows."""
    nodes = terms.nodes
    return {n for s, _, o in rows for n in (s, o) if isinstance(nodes[n], BNode)}


class _Writer:
    """Writes blocks and remembers which prefixes were used."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.names = Names(terms.order.base)
        self.texts: dict[int, str] = {}
        self.verbs: dict[int, str] = {}
        self.inner: dict[int, Pairs] = {}

    def head(self, heading: str) -> str:
        """Return the comment on top and the prefixes that were used."""
        lines = [f"# {line}".rstrip() + "\n" for line in heading.splitlines()]
        lines += ["\n"] if lines else []
        return "".join(lines) + self.names.head()

    def blocks(self, rows: Iterable[Row], indent: str, shared: frozenset[int]) -> Iterator[str]:
        """Yield headings and subject blocks of one graph.

        Args:
            rows: sorted.
            indent: what each line begins with.
            shared: nodes without a name that must keep their label.
        """
        found = dict(subjects(rows))
        once = _written_in_place(found, self.terms) - shared
        self.inner = {node: found.pop(node) for node in sorted(once)}
        for heading, group in groupby(found, lambda n: self.terms.sections[n]):
            members = list(group)
            yield f"\n{indent}{_RULE}\n{indent}# {heading} ({len(members)})\n"
            for node in members:
                yield f"\n{indent}{self.text(node)}"
                yield from self.pairs(found[node], indent + "    ")
                yield " .\n"

    def pairs(self, pairs: Pairs, indent: str) -> Iterator[str]:
        """Yield the predicates and values of one subject, without the final mark."""
        texts = ((self.verb(p), [self.value(v, indent + "    ") for v in vs]) for p, vs in pairs)
        yield from write_pairs(texts, indent)

    def value(self, node: int, indent: str) -> str:
        """Return a value; a node without a name in place, if it can stand there."""
        if node not in self.inner:
            return self.text(node)
        members = self.members(node)
        if members is None:
            return f"[{''.join(self.pairs(self.inner[node], indent))} ]"
        return f"({''.join(f' {self.value(member, indent)}' for member in members)} )"

    def members(self, node: int) -> list[int] | None:
        """Return the members of a list that can be written as ``( … )``, else None."""
        found: list[int] = []
        while self.terms.nodes[node] != _NIL:
            pairs = {self.terms.predicates[p]: values for p, values in self.inner.get(node, ())}
            if set(pairs) != {_FIRST, _REST} or sum(map(len, pairs.values())) != 2:
                return None
            found.append(pairs[_FIRST][0])
            node = pairs[_REST][0]
        return found

    def text(self, number: int) -> str:
        """Return a node as Turtle writes it."""
        text = self.texts.get(number)
        if text is None:
            text = self.texts[number] = self.term(self.terms.nodes[number])
        return text

    def verb(self, number: int) -> str:
        """Return a predicate as Turtle writes it."""
        text = self.verbs.get(number)
        if text is None:
            node = self.terms.predicates[number]
            text = self.verbs[number] = "a" if node == _TYPE else self.term(node)
        return text

    def term(self, node: Node) -> str:
        """Return a term as Turtle writes it."""
        if isinstance(node, URIRef):
            return self.names.iri(str(node))
        if isinstance(node, Literal):
            return self.names.literal(str(node), node.language or "", str(node.datatype or ""))
        return f"_:{node}"


def _written_in_place(found: Mapping[int, Pairs], terms: Terms) -> set[int]:
    """Return the nodes without a name that are used once and in no circle."""
    uses: Counter[int] = Counter()
    parent: dict[int, int] = {}
    for s, pairs in found.items():
        for _, values in pairs:
            for o in values:
                if isinstance(terms.nodes[o], BNode):
                    uses[o] += 1
                    parent[o] = s
    once = {n for n in uses if uses[n] == 1 and n in found}
    rooted: dict[int, bool] = {}
    for node in once:
        path: set[int] = set()
        at = node
        while at in once and at not in rooted and at not in path:
            path.add(at)
            at = parent[at]
        rooted.update(dict.fromkeys(path, rooted.get(at, at not in once)))
    return {n for n in once if rooted[n]}
