"""Turtle and TriG that a person can read.

Prefixes (those in use only), one heading per section, one block per subject with a blank line
between blocks, the type first, one value per line. Nodes without a name are written in place
where Turtle can (``[ … ]``, lists as ``( … )``). The order is that of `loader.rdf.ordering`.

Shape: n triples → about n lines; nothing is quadratic. Source: RDF 1.1 Turtle and TriG.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, groupby
from typing import Final

from rdflib import BNode, Literal, URIRef
from rdflib.term import Node

from loader.rdf.ordering import RDF, XSD, escape
from loader.rdf.table import Pairs, Row, Table, Terms, subjects

_TYPE: Final = URIRef(f"{RDF}type")
_FIRST: Final = URIRef(f"{RDF}first")
_REST: Final = URIRef(f"{RDF}rest")
_NIL: Final = URIRef(f"{RDF}nil")
_BARE: Final = {
    f"{XSD}integer": re.compile(r"[+-]?[0-9]+"),
    f"{XSD}decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    f"{XSD}double": re.compile(r"[+-]?([0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+"),
    f"{XSD}boolean": re.compile(r"true|false"),
}
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
        self.used: set[str] = set()
        self.texts: dict[int, str] = {}
        self.verbs: dict[int, str] = {}
        self.inner: dict[int, Pairs] = {}

    def head(self, heading: str) -> str:
        """Return the comment on top and the prefixes that were used."""
        lines = [f"# {line}".rstrip() + "\n" for line in heading.splitlines()]
        lines += ["\n"] if lines else []
        prefixes = self.terms.order.prefixes()
        lines += [f"@prefix {n}: <{a}> .\n" for n, a in prefixes.items() if n in self.used]
        return "".join(lines)

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
        nodes = self.terms.nodes
        between = f" ;\n{indent}"
        for number, (p, values) in enumerate(pairs):
            yield between if number else " "
            yield self.verb(p)
            short = len(values) <= 3 and isinstance(nodes[values[-1]], URIRef)
            mark = ", " if short else f",\n{indent}    "
            for position, value in enumerate(values):
                yield mark if position else " "
                if value in self.inner:
                    yield from self.value(value, indent + "    ")
                else:
                    yield self.text(value)

    def value(self, node: int, indent: str) -> Iterator[str]:
        """Yield a value; a node without a name in place, if it can stand there."""
        if node not in self.inner:
            yield self.text(node)
            return
        members = self.members(node)
        if members is None:
            yield "["
            yield from self.pairs(self.inner[node], indent)
            yield " ]"
            return
        yield "("
        for member in members:
            yield " "
            yield from self.value(member, indent)
        yield " )"

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
            if short := self.terms.order.curie(node):
                self.used.add(short.partition(":")[0])
                return short.replace("#", "\\#")
            return f"<{node}>"
        if isinstance(node, Literal):
            return self._literal(node)
        return f"_:{node}"

    def _literal(self, node: Literal) -> str:
        text, datatype = str(node), str(node.datatype or "")
        if not node.language and datatype in _BARE and _BARE[datatype].fullmatch(text):
            return text
        quoted = f'"{escape(text)}"'
        if "\n" in text:
            lines = "\n".join(map(escape, text.split("\n")))
            quoted = f'"""{lines}"""'
        if node.language:
            return f"{quoted}@{node.language}"
        if datatype in ("", f"{XSD}string"):
            return quoted
        return f"{quoted}^^{self.term(URIRef(datatype))}"


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
