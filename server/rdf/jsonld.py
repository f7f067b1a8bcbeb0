"""Readable JSON-LD: one root, nested by ownership, short keys (JSON-LD 1.1).

The thing is the root. What the document shows in full stands inside what it belongs to (the
assertions under their block's key, their evidence in them, its selector in that); everything else
is `{id, label}`. What points here without belonging here stands under `@reverse`. Numbers are
native only where the text form is the canonical one of `xsd:integer` within ±2^53, and booleans.
Expanding the tree gives exactly the triples it was built from.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from server.rdf.contexts import ContextTable, TermDefinition, is_plain, names_type, shrink_context
from server.rdf.model import (
    ALT_LABEL,
    LABEL,
    LANG_STRING,
    PACTA,
    PREF_LABEL,
    STRING,
    TYPE,
    VOID,
    XSD,
    Blank,
    Literal,
    Node,
    Triple,
    sort_key,
)

_NAMES = (LABEL, PREF_LABEL, PACTA + "kind", ALT_LABEL)
_STATED = tuple(PACTA + name for name in ("about", "onProperty", "value", "hasEvidence", "rank"))
_FIRST = {predicate: place for place, predicate in enumerate(_NAMES + _STATED)}
"""What a reader asks first: names, then what an assertion says. The rest follows the context."""
_INTEGER = re.compile(r"(?:0|-?[1-9]\d{0,15})\Z")
_SAFE = 2**53
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*\Z")

IN_DATASET = VOID + "inDataset"
_STEADY = frozenset(
    (
        *("xsd", "edtf", "geo", "owl", "skos", "rdfs", "oa"),
        *("dcat", "dcterms", "foaf", "prov", "rec", "sd", "spdx", "vcard", "void"),
    )
)
"""Prefixes that no scope of the context gives another meaning."""

Tree = dict[str, Any]

BLOCKS = {
    PACTA + name: block
    for name, block in (
        ("Statement", "statements"),
        ("TerritorialStatus", "statuses"),
        ("Figure", "figures"),
        ("Role", "roles"),
        ("Provision", "provisions"),
        ("Article", "provisions"),
        ("Proposal", "proposals"),
        ("Position", "positions"),
        ("Link", "links"),
        ("Disagreement", "disagreements"),
    )
}
"""Class → the key of the block its nodes stand in; what was rejected stands in `assertions`."""


def native_value(literal: Literal) -> int | bool | None:
    """The JSON number or boolean that stands for a literal without loss, or None."""
    if literal.datatype == XSD + "integer" and _INTEGER.match(literal.value):
        number = int(literal.value)
        return number if -_SAFE <= number <= _SAFE else None
    if literal.datatype == XSD + "boolean" and literal.value in ("true", "false"):
        return literal.value == "true"
    return None


@dataclass
class _Builder:
    """One tree being built: which nodes stand in it already, which keys it used."""

    table: ContextTable
    by_subject: Mapping[Node, Sequence[Triple]]
    by_object: Mapping[Node, Sequence[Triple]]
    expanded: frozenset[Node]
    written: set[Triple] = field(default_factory=set)
    done: set[Node] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    def key(self, keyword: str) -> str:
        name = self.table.keyword(keyword)
        self.used.add(name)
        return name

    def literal(self, literal: Literal, type_of_key: str) -> Any:
        native = native_value(literal)
        if native is not None and type_of_key in ("", literal.datatype):
            return native
        made = {self.key("@value"): literal.value}
        if literal.language:
            made[self.key("@language")] = literal.language
        elif literal.datatype not in (STRING, LANG_STRING):
            made[self.key("@type")] = self.type_name(literal.datatype)
        return made

    def type_name(self, iri: str) -> str:
        name = self.table.types.get(iri)
        if name is not None:
            self.used.add(name)
            return name
        return self.curie(iri)

    def curie(self, iri: str) -> str:
        """An IRI with a prefix of the context, or itself; never a key, which has its own rules."""
        for prefix, namespace in self.table.prefixes.items():
            short = f"{prefix}:{iri[len(namespace) :]}"
            if prefix in _STEADY and iri.startswith(namespace):
                if short in self.table.definitions:
                    return iri
                self.used.add(prefix)
                return short
        return iri

    def add(self, tree: Tree, triple: Triple, table: ContextTable) -> None:
        """Write one triple under its key."""
        _, predicate, value = triple
        self.written.add(triple)
        row = table.find_key(predicate, value)
        if row is None:
            name = self.curie(str(predicate))
            made = self.literal(value, "") if isinstance(value, Literal) else self.node(value)
            _append(tree, name, made)
            return
        self.used.add(row.term)
        if isinstance(value, Literal):
            if row.language_map and value.language and _LANGUAGE.match(value.language):
                _append(tree.setdefault(row.term, {}), value.language, value.value)
            elif native_value(value) is not None and row.type in ("", value.datatype):
                _append(tree, row.term, native_value(value))
            elif is_plain(row, value):
                _append(tree, row.term, value.value)
            else:
                _append(tree, row.term, self.literal(value, row.type or "@none"))
            return
        _append(tree, row.term, self.node(value, brief=predicate == IN_DATASET))

    def node(self, node: Node, *, brief: bool = False) -> Tree:
        """A node: in full where it is its turn, else its address and labels.

        Args:
            node: The node.
            brief: Leave out labels that were told already (the dataset's, in every node).
        """
        tree: Tree = {self.key("@id"): str(node)}
        if node in self.done:
            return tree
        full = node in self.expanded or isinstance(node, Blank)
        self.done.add(node) if full else None
        own = [t for t in self.by_subject.get(node, ()) if t not in self.written]
        if not full:
            own = [t for t in self.by_subject.get(node, ()) if isinstance(t[2], Literal)]
            if brief and self.written.issuperset(own):
                return tree
        types = [t for t in own if names_type(t[1], t[2])]
        if types:
            self.written.update(types)
            names = [self.type_name(str(t[2])) for t in sorted(types, key=_own_class_first)]
            # rdflib reads only the first type's scope: those that have one lead.
            names.sort(key=lambda name: name not in self.table.scoped)
            tree[self.key("@type")] = names[0] if len(names) == 1 else names
        table = self.table.for_types(self.type_name(str(t[2])) for t in types)
        rest = [t for t in own if not names_type(t[1], t[2])]
        # Marked first, so that a node further down does not write them again the other way round.
        self.written.update(rest)
        for triple in sorted(rest, key=self.order):
            self.add(tree, triple, table)
        if full:
            self.add_reverse(tree, node, table)
        return tree

    def order(self, triple: Triple) -> tuple[int, str, bool, str, Any]:
        rows = self.table.forward.get(triple[1], ())
        place = _FIRST.get(triple[1], rows[0].order + len(_FIRST) if rows else 10_000)
        language = triple[2].language if isinstance(triple[2], Literal) else ""
        return (place, triple[1], language != "en", language, sort_key(triple[2]))

    def add_reverse(self, tree: Tree, node: Node, table: ContextTable) -> None:
        """What points here: what belongs here in full, the rest by address and label."""
        pointing = [t for t in self.by_object.get(node, ()) if t not in self.written]
        pointing.sort(key=lambda t: (t[1], sort_key(t[0])))
        own: dict[Node, list[tuple[Triple, TermDefinition]]] = {}
        links: list[Triple] = []
        for triple in pointing:
            rows = table.reverse.get(triple[1], ())
            if triple[0] not in self.expanded:
                links.append(triple)
            elif rows and triple[0] not in self.done:
                own.setdefault(triple[0], []).extend((triple, row) for row in rows)
        order = list(dict.fromkeys(BLOCKS.values()))
        blocks = {subject: self.block(subject) for subject in own}
        places = {name: place for place, name in enumerate(order)}
        for subject in sorted(own, key=lambda each: places.get(blocks[each], len(order) - 1.5)):
            ways, block = own[subject], blocks[subject]
            if subject in self.done:
                continue
            triple, row = min(ways, key=lambda way: _telling(way[1].term, block))
            self.written.add(triple)
            self.used.add(row.term)
            tree.setdefault(row.term, []).append(self.node(subject))
        for triple in links:
            if triple in self.written:
                continue
            self.written.add(triple)
            under = tree.setdefault(self.key("@reverse"), {})
            keys = [row for row in table.forward.get(triple[1], ()) if not row.language_map]
            name = keys[0].term if keys else self.curie(str(triple[1]))
            self.used.add(name)
            under.setdefault(name, []).append(self.node(triple[0]))

    def block(self, subject: Node) -> str:
        """The key of the block that a node of its class stands in, or empty."""
        for _, predicate, value in self.by_subject.get(subject, ()):
            if predicate == TYPE and str(value) in BLOCKS:
                return BLOCKS[str(value)]
        return ""


def _own_class_first(triple: Triple) -> tuple[bool, bool, str]:
    """Sorts types: the class that decides the block, other classes of Pacta, foreign ones."""
    name = str(triple[2])
    return (name not in BLOCKS, not name.startswith(PACTA), name)


def _telling(term: str, block: str) -> tuple[bool, bool]:
    """Sorts the keys a node may stand under: its block, then `assertions`, then any."""
    return (term != block, term != "assertions")


def _append(tree: Tree, key: str, value: object) -> None:
    """A single value bare, several as an array."""
    if key not in tree:
        tree[key] = value
    elif isinstance(tree[key], list):
        tree[key].append(value)
    else:
        tree[key] = [tree[key], value]


def build_tree(
    root: Node,
    triples: Sequence[Triple],
    expanded: Iterable[Node],
    table: ContextTable,
    context: object = None,
) -> Tree:
    """The JSON-LD object for a document.

    Args:
        root: The node at the top.
        triples: All of them; every one comes out again when the tree is expanded.
        expanded: The nodes to show in full.
        table: The context, as a table.
        context: What stands as `@context`: an address, or None for the part that is used.

    Returns:
        A tree ready for `json.dumps`; nodes that nothing leads to stand under `@included`.
    """
    by_subject: dict[Node, list[Triple]] = {}
    by_object: dict[Node, list[Triple]] = {}
    for triple in triples:
        by_subject.setdefault(triple[0], []).append(triple)
        if not isinstance(triple[2], Literal):
            by_object.setdefault(triple[2], []).append(triple)
    builder = _Builder(table, by_subject, by_object, frozenset((*expanded, root)))
    body = builder.node(root)
    left = [t for t in triples if t not in builder.written]
    if left:
        included: list[Tree] = []
        for subject in dict.fromkeys(t[0] for t in left):
            rest = [t for t in by_subject[subject] if t not in builder.written]
            if rest:
                included.append(_write_rest(builder, subject, rest))
        body[builder.key("@included")] = included
    head = context if context is not None else shrink_context(table, builder.used)
    return {"@context": head, **body}


def _write_rest(builder: _Builder, subject: Node, rest: Sequence[Triple]) -> Tree:
    """What no nesting reached, as an object of its own."""
    tree: Tree = {builder.key("@id"): str(subject)}
    table = builder.table.for_types(
        builder.type_name(str(t[2])) for t in rest if names_type(t[1], t[2])
    )
    for triple in rest:
        if names_type(triple[1], triple[2]):
            builder.written.add(triple)
            _append(tree, builder.key("@type"), builder.type_name(str(triple[2])))
        elif triple not in builder.written:
            builder.add(tree, triple, table)
    return tree
