"""A JSON-LD context as a table: which key stands for a property, and how its value is written.

Reads the subset that `ontology/context.jsonld` uses: prefixes, keyword aliases, terms with `@id`,
`@type`, `@container` (`@language`, `@set`) and `@reverse`. A term with a scoped context of its own
is used like any other: values are written so that the scope does not change them.
JSON-LD 1.1, section 4.1 and 9.15.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from server.rdf.model import STRING, TYPE, Iri, Literal, Term

_CURIE = re.compile(r"([A-Za-z_][\w\-]*):(?!//)(.*)\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TermDefinition:
    """One key of a context.

    Attributes:
        term: The key.
        iri: What it stands for.
        type: The datatype it gives plain strings, `@id`, `@vocab` or empty.
        language_map: Values are written language → text.
        order: Its place in the context, which is the order of keys in a document.
    """

    term: str
    iri: str
    type: str = ""
    language_map: bool = False
    order: int = 0


@dataclass(frozen=True)
class ContextTable:
    """A context, looked up from IRIs.

    Attributes:
        forward: Property → its keys, best first.
        reverse: Property → the keys under which the subjects that point here may stand.
        types: Class → its name.
        aliases: Keyword → the key used for it: `@id` → `id`.
        definitions: Key → its definition as it stands in the context, to be repeated.
        prefixes: Prefix → namespace.
        scoped: Name of a class → the table that holds inside its nodes.
    """

    forward: Mapping[str, tuple[TermDefinition, ...]] = field(default_factory=dict)
    reverse: Mapping[str, tuple[TermDefinition, ...]] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    definitions: Mapping[str, Any] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)
    scoped: Mapping[str, "ContextTable"] = field(default_factory=dict)

    def for_types(self, names: Iterable[str]) -> "ContextTable":
        """The table inside a node of these types: the last in order has the last word.

        Two types with scopes of their own are joined as JSON-LD does, in the order of their names.
        """
        chosen = [name for name in sorted(names) if name in self.scoped]
        if not chosen:
            return self
        if len(chosen) == 1:
            return self.scoped[chosen[0]]
        merged = dict(self.definitions)
        for name in chosen:
            merged.update(_merge(self.definitions[name]["@context"]))
        return read_context({"@context": merged}, nested=True)

    def keyword(self, name: str) -> str:
        """The key for a keyword: its alias, or itself."""
        return self.aliases.get(name, name)

    def find_key(self, predicate: str, value: Term) -> TermDefinition | None:
        """The key under which a value of a property stands, or None: the full IRI is the key."""
        best: tuple[int, TermDefinition] | None = None
        for row in self.forward.get(predicate, ()):
            fit = _fit(row, value)
            if fit is not None and (best is None or fit > best[0]):
                best = fit, row
        return best[1] if best else None


def _fit(row: TermDefinition, value: Term) -> int | None:
    """How well a key suits a value: None where it would change it."""
    if isinstance(value, Literal):
        if row.language_map:
            return 3 if value.language else None
        return 2 if row.type == value.datatype else 1
    if row.language_map:
        return None
    return 2 if row.type in ("@id", "@vocab") else 1


def read_context(document: Mapping[str, Any], *, nested: bool = False) -> ContextTable:
    """The table of a context document (`{"@context": {...}}`, or an array of such objects).

    Args:
        document: The parsed JSON.
        nested: Leave out the scopes of classes: they do not reach further down.
    """
    entries = _merge(document.get("@context", {}))
    prefixes = {
        name: value
        for name, value in entries.items()
        if isinstance(value, str) and value[-1:] in "/#:" and not value.startswith("@")
    }
    for name, value in entries.items():
        if isinstance(value, dict) and value.get("@prefix") is True:
            prefixes[name] = str(value["@id"])
    vocabulary = entries.get("@vocab")
    aliases: dict[str, str] = {}
    forward: dict[str, list[TermDefinition]] = {}
    reverse: dict[str, list[TermDefinition]] = {}
    types: dict[str, str] = {}
    for order, (name, value) in enumerate(entries.items()):
        if name.startswith("@") or value is None:
            continue
        plain = value if isinstance(value, str) else value.get("@id", value.get("@reverse"))
        if isinstance(plain, str) and plain.startswith("@"):
            aliases.setdefault(plain, name)
            continue
        iri = _expand(plain if isinstance(plain, str) else name, prefixes, vocabulary)
        if iri is None:
            continue
        more = {} if isinstance(value, str) else value
        row = TermDefinition(
            name,
            iri,
            _expand_type(more.get("@type", ""), prefixes, vocabulary),
            "@language" in _as_list(more.get("@container")),
            order,
        )
        if "@reverse" in more:
            reverse.setdefault(iri, []).append(row)
        elif name not in prefixes:
            forward.setdefault(iri, []).append(row)
            types.setdefault(iri, name)
    scoped: dict[str, ContextTable] = {}
    for name, value in () if nested else entries.items():
        if name in types.values() and isinstance(value, dict) and "@type" not in value:
            scope = _merge(value.get("@context", {}))
            if scope:
                inside = read_context({"@context": {**entries, **scope}}, nested=True)
                scoped[name] = inside
    return ContextTable(
        {iri: tuple(rows) for iri, rows in forward.items()},
        {iri: tuple(rows) for iri, rows in reverse.items()},
        types,
        aliases,
        dict(entries),
        prefixes,
        scoped,
    )


def shrink_context(table: ContextTable, used: Iterable[str]) -> dict[str, Any]:
    """The part of a context that these keys need: for documents that carry it themselves."""
    wanted = set(used)
    entries: dict[str, Any] = {}
    for name, value in table.definitions.items():
        if name.startswith("@") or name in wanted:
            entries[name] = value
    text = json.dumps(entries)
    needed = {p: table.definitions[p] for p in table.prefixes if f'"{p}:' in text or p in wanted}
    keywords = {alias: keyword for keyword, alias in table.aliases.items() if alias in wanted}
    return {
        **{k: v for k, v in entries.items() if k.startswith("@")},
        **needed,
        **keywords,
        **entries,
    }


def _merge(context: object) -> dict[str, Any]:
    if isinstance(context, dict):
        return dict(context)
    merged: dict[str, Any] = {}
    for part in context if isinstance(context, list) else ():
        merged.update(_merge(part))
    return merged


def _as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _expand(text: str, prefixes: Mapping[str, str], vocabulary: object) -> str | None:
    found = _CURIE.match(text)
    if found and found[1] in prefixes:
        return prefixes[found[1]] + found[2]
    if "://" in text or text.startswith("urn:"):
        return text
    return vocabulary + text if isinstance(vocabulary, str) else None


def _expand_type(text: object, prefixes: Mapping[str, str], vocabulary: object) -> str:
    if not isinstance(text, str) or not text:
        return ""
    return text if text.startswith("@") else _expand(text, prefixes, vocabulary) or ""


def is_plain(row: TermDefinition, literal: Literal) -> bool:
    """Whether the bare string under this key gives back exactly this literal."""
    if row.type in ("@id", "@vocab"):
        return False
    if row.type in ("", "@none"):
        return literal.datatype == STRING
    return row.type == literal.datatype


def names_type(predicate: str, value: Term) -> bool:
    """Whether a triple is written as the node's type."""
    return predicate == TYPE and isinstance(value, Iri)
