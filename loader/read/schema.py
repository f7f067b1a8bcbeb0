"""The JSON Schema of record files, made from ontology, concept lists and context.

Editors complete and check records with it (`seeds/schema.json`, written by
`pacta schema`); a test holds the file fresh. It says what may stand where and which
words a list has. What needs more than one record (that a thing exists, that a passage
is registered) is left to `pacta check`, which is the judge: the schema never refuses
a record that the loader takes. Whether YAML was read as text or with its own types
makes no difference.

Every rule comes from a mark in `ontology/records.ttl`; see `ontology/README.md`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rdflib import SKOS, Graph, Literal, URIRef

from loader.rdf import terms
from loader.read.calendars import CALENDARS
from loader.read.expand import IDENTIFYING
from loader.read.ontology.vocabulary import (
    Class,
    Property,
    Vocabulary,
    build_vocabulary,
    read_words,
)
from loader.read.requirements import GROUNDS
from loader.workspace import Layers

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
TITLE: Final = "A record file of Pacta: one record, or a list of records"

_NAME: Final = "[a-z0-9]+(?:-[a-z0-9]+)*"
_SLUG: Final = "[a-z0-9]+(?:-{1,2}[a-z0-9]+)*"
_DAY: Final = r"-?[0-9X]{4}(?:-[0-9X]{2}(?:-[0-9X]{2})?)?[~?%]?"
_CALENDAR: Final = f"(?: (?:{'|'.join(CALENDARS)}))?"
_DATE: Final = rf"^(?:{_DAY}|(?:{_DAY}|\.\.)?/(?:{_DAY}|\.\.)?){_CALENDAR}$"
_LANGUAGE: Final = "^[a-z]{2,3}(?:-[a-z0-9]{2,8})*$"
_EVIDENCE: Final = "^[A-Za-z0-9_-]+@[0-9]+-[0-9]+$"

Schema = dict[str, Any]


def _text(pattern: str) -> Schema:
    return {"type": "string", "pattern": pattern}


# How a value of each form is written. Numbers and booleans may come as text, because
# records are read as text, and a bare year comes as a number to an editor.
_FORMS: Final[Mapping[str, Schema]] = {
    "date": {"anyOf": [_text(_DATE), {"type": "integer", "minimum": -9999, "maximum": 9999}]},
    "integer": {"anyOf": [{"type": "integer"}, _text("^(?:0|-?[1-9][0-9]*)$")]},
    "decimal": {"anyOf": [{"type": "number"}, _text(r"^-?[0-9]+(?:\.[0-9]+)?$")]},
    "boolean": {"enum": [True, False, "true", "false"]},
    "string": {"type": ["string", "number"]},
    "iri": _text("^https?://\\S+$"),
    "wkt": _text("^(?:<[^>]+> )?[A-Z]+ ?[A-Z]* ?\\("),
    "sha256": _text("^[0-9a-f]{64}$"),
}


def _or_list(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "array", "minItems": 1, "items": schema}]}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _word(iri: URIRef) -> str:
    return str(iri).rpartition("/")[2]


@dataclass(frozen=True)
class _Tables:
    """The loader's tables beside the graph they were read from."""

    graph: Graph
    vocabulary: Vocabulary

    @property
    def written(self) -> Iterator[Property]:
        """The properties that records may write, in the context's order."""
        return (p for p in self.vocabulary.properties.values() if not p.is_generated)

    @property
    def things(self) -> list[Class]:
        """The classes of things that have records: with an address, in no block."""
        blocks = {cls.iri for cls in self.vocabulary.blocks.values()}
        apart = {terms.EVIDENCE}
        return [
            cls
            for cls in self.vocabulary.classes.values()
            if cls.path_kind is not None and not cls.ancestors & (blocks | apart)
        ]

    def definition(self, iri: URIRef) -> str:
        """Return what a term means, or how we use a term of others."""
        meaning = self.graph.value(iri, SKOS.definition) or self.graph.value(iri, SKOS.scopeNote)
        return str(meaning or "")

    def below(self, iri: URIRef) -> list[Class]:
        return [cls for cls in self.vocabulary.classes.values() if cls.is_a(iri)]

    def path_kinds(self, iri: URIRef | None) -> str:
        """Return a pattern for the kinds that addresses of a class begin with; None takes any."""
        classes = self.vocabulary.classes.values() if iri is None else self.below(iri)
        return "|".join(sorted({cls.path_kind for cls in classes if cls.path_kind}))

    def required(self, cls: Class) -> list[str]:
        """Return the keys that nodes of the class cannot do without."""
        return sorted(prop.key for prop in self.written if prop.iri in cls.requires)

    def at_top(self, prop: Property, cls: Class) -> bool:
        """Whether the property may stand at the top of a record of the class."""
        own_word = (cls.iri, terms.OWN_WORD, Literal(True)) in self.graph
        return (prop.placement == "structural" or own_word) and self.carries(prop, cls)

    def carries(self, prop: Property, cls: Class) -> bool:
        """Whether nodes of the class may carry the property."""
        return not prop.used_on or bool(prop.used_on & cls.ancestors)

    def is_prose(self, prop: Property) -> bool:
        """Whether a bare string stands for a text in the language of the collection."""
        definition = self.vocabulary.terms[prop.key]
        return isinstance(definition, Mapping) and "@language" in definition

    @property
    def status_list(self) -> Schema:
        return _ref(f"list-{_word(terms.VALUE_STATUS)}")


def build_schema(graph: Graph, context: Mapping[str, Any]) -> Schema:
    """Return the JSON Schema (2020-12) of a record file.

    Args:
        graph: ontology and concept lists.
        context: every word of records with what it means.

    Returns:
        A dict ready for JSON, its order settled by the context's order and the names.

    Raises:
        OntologyError: a mark is missing or wrong.
    """
    tables = _Tables(graph, build_vocabulary(graph, context, Path("ontology")))
    blocks = tables.vocabulary.blocks
    entries = [cls for block in blocks.values() for cls in tables.below(block.iri)]
    definitions: Schema = {
        "evidence": _or_list(_text(_EVIDENCE)),
        **{f"list-{_word(scheme)}": _list(tables, scheme) for scheme in _schemes(tables)},
        **{f"key-{prop.key}": _key(tables, prop) for prop in tables.written},
        **{f"block-{name}": _block(tables, blocks[name]) for name in sorted(blocks)},
        **{f"entry-{cls.name}": _entry(tables, cls) for cls in entries},
        "side": _side(tables),
        "addition": _addition(tables),
        "record": _record(tables),
    }
    one = {"if": {"required": ["type"]}, "then": _ref("record"), "else": _ref("addition")}
    return {
        "$schema": DIALECT,
        "$id": f"{terms.NS.removesuffix('#')}/schema.json",
        "title": TITLE,
        "if": {"type": "array"},
        "then": {"items": _ref("one")},
        "else": _ref("one"),
        "$defs": {"one": {"type": "object"} | one, **definitions},
    }


def render_schema(schema: Schema) -> str:
    """Return the schema as the text of its file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def read_schema(ontology: Path | Layers, base: str = "") -> Schema:
    """Return the schema that follows from the ontology's folder or layers.

    Raises:
        OntologyError: a file is missing or does not parse, or a mark is missing or wrong.
    """
    return build_schema(*read_words(ontology, base))


def write_schema(ontology: Path | Layers, file: Path, base: str = "") -> None:
    """Write the schema that follows from the ontology to ``file``."""
    text = render_schema(read_schema(ontology, base))
    file.write_text(text, encoding="utf-8", newline="\n")


def _schemes(tables: _Tables) -> list[URIRef]:
    """The lists that some key takes words from."""
    of_keys = {prop.scheme for prop in tables.written if prop.scheme is not None}
    of_classes = {s for cls in tables.vocabulary.classes.values() for s in cls.schemes.values()}
    return sorted(of_keys | of_classes)


def _list(tables: _Tables, scheme: URIRef) -> Schema:
    concepts = sorted(tables.vocabulary.concepts.get(scheme, {}).items())
    return {
        "description": tables.definition(scheme),
        "enum": [word for word, _ in concepts],
        "enumDescriptions": [tables.definition(concept.iri) for _, concept in concepts],
    }


def _key(tables: _Tables, prop: Property) -> Schema:
    """What stands after a key, where its list does not depend on the class."""
    described = {"description": tables.definition(prop.iri)}
    if prop.iri in (terms.HAS_EVIDENCE, terms.HAS_END_EVIDENCE):
        return described | _ref("evidence")
    if prop.iri == terms.HAS_SIDE:
        return described | {"type": "array", "minItems": 1, "items": _ref("side")}
    if prop.form == "text":
        return described | _language_map(prose=tables.is_prose(prop))
    return described | _or_list(_one_value(tables, prop))


def _one_value(tables: _Tables, prop: Property) -> Schema:
    words = _ref(f"list-{_word(prop.scheme)}") if prop.scheme is not None else None
    if prop.form == "concept":
        return words or _text(f"^{_NAME}$")
    if prop.form == "thing":
        address = _text(f"^(?:{tables.path_kinds(prop.value_class)})/{_SLUG}$")
        return {"anyOf": [address, words]} if words else address
    return _FORMS[prop.form]


def _language_map(*, prose: bool) -> Schema:
    text: Schema = {"type": "string", "minLength": 1}
    by_language: Schema = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": _LANGUAGE},
        "additionalProperties": _or_list(text),
    }
    return {"anyOf": [text, by_language]} if prose else by_language


def _on_class(tables: _Tables, prop: Property, cls: Class) -> Schema:
    """What stands after a key on nodes of the class, with the list of that class if it has one."""
    scheme = cls.schemes.get(prop.iri)
    if scheme is None:
        return _ref(f"key-{prop.key}")
    return {"description": tables.definition(prop.iri)} | _or_list(_ref(f"list-{_word(scheme)}"))


def _blocks(tables: _Tables) -> Schema:
    return {block: _ref(f"block-{block}") for block in sorted(tables.vocabulary.blocks)}


def _block(tables: _Tables, cls: Class) -> Schema:
    """A block: a list of entries, of the class or of one below it where `type` says so."""
    narrower = [below for below in tables.below(cls.iri) if below.iri != cls.iri]
    item = _ref(f"entry-{cls.name}")
    for below in narrower:
        is_below = {"properties": {"type": {"const": below.name}}, "required": ["type"]}
        item = {"if": is_below, "then": _ref(f"entry-{below.name}"), "else": item}
    return {"description": tables.definition(cls.iri), "type": "array", "items": item}


def _entry(tables: _Tables, cls: Class) -> Schema:
    """An entry of a block: a statement with what it states, or a situation with its fields."""
    entry: Schema = {"description": tables.definition(cls.iri), "type": "object"}
    about = {"id": _text(f"^{_SLUG}$"), "about": _ref("key-about")}
    if cls.is_a(terms.ASSERTION):
        entry |= {"anyOf": [{"required": [key]} for key in GROUNDS]}
    if cls.iri == terms.STATEMENT:
        stated = {prop.key: _stated(tables, prop) for prop in tables.written}
        return entry | {"properties": stated | about, "additionalProperties": False}
    fields = {p.key: _on_class(tables, p, cls) for p in tables.written if tables.carries(p, cls)}
    return entry | {
        "properties": fields | about | {"type": {"const": cls.name}} | _blocks(tables),
        "required": [*_id_where_needed(cls), *tables.required(cls)],
        "additionalProperties": False,
    }


def _id_where_needed(cls: Class) -> list[str]:
    """Return the key ``id`` where the address of an entry can be made of nothing else."""
    return [] if IDENTIFYING.get(cls.path_kind or "") else ["id"]


def _stated(tables: _Tables, prop: Property) -> Schema:
    """The schema of a key in a statement: a value, or the reason why there is none."""
    reference = _ref(f"key-{prop.key}")
    return reference if prop.is_mark else {"anyOf": [reference, tables.status_list]}


def _side(tables: _Tables) -> Schema:
    """A side of a disagreement: the address of an assertion, or a map with several."""
    side = tables.vocabulary.classes["Side"]
    fields = {p.key: _ref(f"key-{p.key}") for p in tables.written if tables.carries(p, side)}
    assertion = _text(f"^(?:{tables.path_kinds(terms.ASSERTION)})/{_SLUG}$")
    written = {"type": "object", "properties": fields, "additionalProperties": False}
    return {"anyOf": [assertion, written]}


def _addition(tables: _Tables) -> Schema:
    """More entries about a thing that has its record elsewhere."""
    address = _text(f"^(?:{tables.path_kinds(None)})/{_SLUG}$")
    return {
        "type": "object",
        "required": ["about"],
        "properties": {"about": address} | _blocks(tables),
        "additionalProperties": False,
    }


def _record(tables: _Tables) -> Schema:
    """A record: what any thing may have, then what holds for each class."""
    things = tables.things
    top = [p for p in tables.written if any(tables.at_top(p, cls) for cls in things)]
    one = {"enum": [cls.name for cls in things]}
    kinds = "|".join(sorted({cls.path_kind for cls in things if cls.path_kind}))
    own: Schema = {
        "id": _text(f"^(?:{kinds})/{_NAME}$"),
        "type": {"anyOf": [one, {"type": "array", "minItems": 1, "items": one}]},
    }
    return {
        "type": "object",
        "required": ["id", "type"],
        "properties": own | {p.key: _ref(f"key-{p.key}") for p in top} | _blocks(tables),
        "additionalProperties": False,
        "allOf": [_of_class(tables, cls, top) for cls in things],
    }


def _statement_about(tables: _Tables, cls: Class) -> Schema:
    """What a statement may state of the record that it stands in, unless it has ``about``."""
    stated = (p.key for p in tables.written if p.is_mark or tables.carries(p, cls))
    keys = {"propertyNames": {"enum": ["id", "about", *stated]}}
    return {"if": {"required": ["about"]}, "else": keys}


def _of_class(tables: _Tables, cls: Class, top: Iterable[Property]) -> Schema:
    """What holds for records that have this class and no other."""
    properties: Schema = {"id": _text(f"^{cls.path_kind}/")}
    for prop in top:
        if not tables.at_top(prop, cls):
            properties[prop.key] = {"not": {}}
        elif prop.iri in cls.schemes:
            properties[prop.key] = _on_class(tables, prop, cls)
    if "statements" in tables.vocabulary.blocks:
        properties["statements"] = {"items": _statement_about(tables, cls)}
    return {
        "if": {"properties": {"type": {"const": cls.name}}, "required": ["type"]},
        "then": {
            "description": tables.definition(cls.iri),
            "properties": properties,
            "required": tables.required(cls),
        },
    }
