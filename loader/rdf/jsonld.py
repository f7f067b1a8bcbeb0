"""The JSON-LD dump: short keys, one node per line, everything the reader needs in one context.

The context is made from the statements themselves: a property whose values are all things is
``@type: @id``, one whose values all carry a language is a language map, one with a single datatype
names it once. So the file reads without any other file, offline, in any JSON-LD 1.1 processor.

Whole numbers are JSON numbers where JSON keeps them exactly; all other literals are text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from rdflib import BNode, URIRef
from rdflib.term import Node

from loader.rdf.ordering import RDF
from loader.rdf.table import Row, Table, subjects

_TYPE: Final = URIRef(f"{RDF}type")


def write_jsonld(table: Table) -> Iterator[str]:
    """Yield the table's named graphs, in their order, as one JSON-LD document."""
    writer = _Writer(table)
    context = json.dumps(writer.context(), ensure_ascii=False, indent=1)
    yield f'{{\n"@context": {context},\n"@graph": [\n'
    for place, (name, rows) in enumerate(table.graphs.items()):
        before = ",\n" if place else ""
        yield f'{before}{{"@id": {_line(writer.iri(name))}, "@graph": [\n'
        for number, node in enumerate(writer.nodes(rows)):
            yield (",\n" if number else "") + _line(node)
        yield "\n]}"
    yield "\n]\n}\n"


_line = json.JSONEncoder(ensure_ascii=False).encode


class _Writer:
    """Knows the context: the short names, and how each property's values are written."""

    def __init__(self, table: Table) -> None:
        terms, rows = table.terms, table.union
        self.order, self.table_nodes, self.predicates = terms.order, terms.nodes, terms.predicates
        used = {n for s, _, o in rows for n in (s, o)}
        verbs = {p for _, p, _ in rows}
        addresses = [str(terms.nodes[n]) for n in used if isinstance(terms.nodes[n], URIRef)]
        addresses += [str(terms.predicates[p]) for p in verbs]
        schemes = {address.partition(":")[0] for address in addresses}
        self.unsafe = schemes & set(self.order.prefixes())
        self.names = {p: self.iri(terms.predicates[p]) for p in verbs}
        self.forms = terms.json_forms
        self.values_of: dict[int, Any] = {}
        found: dict[int, set[str]] = {}
        for _, p, o in rows:
            found.setdefault(p, set()).add(self.forms[o])
        self.coercion = {
            p: next(iter(forms))
            for p, forms in found.items()
            if len(forms) == 1 and terms.predicates[p] != _TYPE
        }

    def context(self) -> dict[str, Any]:
        """Return the context: the short names, then the properties with one form of value."""
        terms: dict[str, Any] = {}
        for p in sorted(self.coercion):
            form = self.coercion[p]
            definition: dict[str, str] = {"@id": self.names[p]}
            if form == "@language":
                definition["@container"] = "@language"
            elif form == "@id":
                definition["@type"] = "@id"
            elif not form.startswith("@"):
                definition["@type"] = self.iri(URIRef(form))
            if len(definition) > 1:
                terms[self.names[p]] = definition
        names = self.order.prefixes()
        return {name: names[name] for name in names if name not in self.unsafe} | terms

    def nodes(self, rows: Iterable[Row]) -> Iterator[dict[str, Any]]:
        """Yield one JSON object per subject, in order."""
        for subject, pairs in subjects(rows):
            node: dict[str, Any] = {"@id": self.iri(self.table_nodes[subject])}
            for p, objects in pairs:
                if self.predicates[p] == _TYPE:
                    node["@type"] = _single([self.iri(self.table_nodes[o]) for o in objects])
                else:
                    node[self.names[p]] = self.values(p, objects)
            yield node

    def values(self, p: int, objects: list[int]) -> Any:
        """Return what stands behind a key."""
        form = self.coercion.get(p)
        if form is None or form in ("@native", "@string"):
            return _single([self.written(o) for o in objects])
        if form == "@language":
            by_tag: dict[str, list[Any]] = {}
            for o in objects:
                node = self.table_nodes[o]
                by_tag.setdefault(str(getattr(node, "language", "")), []).append(str(node))
            return {tag: _single(texts) for tag, texts in by_tag.items()}
        if form == "@id":
            return _single([self.written(o)["@id"] for o in objects])
        return _single([self.written(o)["@value"] for o in objects])

    def written(self, number: int) -> Any:
        """Return what `value` does, worked out once."""
        found = self.values_of.get(number)
        if found is None:
            found = self.values_of[number] = self.value(number)
        return found

    def value(self, number: int) -> Any:
        """Return a value that no rule of the context describes."""
        o, form = self.table_nodes[number], self.forms[number]
        if form == "@id":
            return {"@id": self.iri(o)}
        if form == "@native":
            return str(o) == "true" if str(o) in ("true", "false") else int(str(o))
        if form == "@string":
            return str(o)
        if form == "@language":
            return {"@value": str(o), "@language": str(getattr(o, "language", ""))}
        return {"@value": str(o), "@type": self.iri(URIRef(form))}

    def iri(self, term: Node) -> str:
        """Return the short name where it is safe, else the whole address."""
        if isinstance(term, BNode):
            return f"_:{term}"
        short = self.order.curie(term)
        if short is None or short.partition(":")[0] in self.unsafe:
            return str(term)
        return short


def _single(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values
