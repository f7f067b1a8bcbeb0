"""The content of the pages of the ontology, the concept lists and the shapes. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.pages.cards import Desk
from server.pages.shown import Field, Shown
from server.pages.view import pick_language
from server.rdf.model import (
    LABEL,
    OWL,
    PACTA,
    RDFS,
    RECORDS,
    SH,
    SKOS,
    TYPE,
    VOCAB,
    Blank,
    Iri,
    Literal,
    Quad,
    sort_key,
)


@dataclass(frozen=True)
class Entry:
    """One term, concept or shape: anchor, name, labels, what it means, what else is said."""

    iri: str
    anchor: str
    href: str
    label: str
    labels: tuple[tuple[str, str], ...]
    definition: str
    examples: tuple[str, ...]
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Scheme:
    """A concept list with its concepts."""

    entry: Entry
    concepts: tuple[Entry, ...]


DEPRECATED = OWL + "deprecated"

_TOLD = frozenset(
    (
        *(TYPE, LABEL, SKOS + "prefLabel", SKOS + "definition", SKOS + "example"),
        *(RDFS + "isDefinedBy", SKOS + "inScheme", SKOS + "topConceptOf", SKOS + "notation"),
        DEPRECATED,
        PACTA + "searchKey",
    )
)


def make_entry(iri: str, desk: Desk) -> Entry:
    """A term or concept as its list shows it."""
    fields = [
        Field(desk.name(predicate), tuple(map(desk.show, values)))
        for predicate, values in desk.properties(iri).items()
        if predicate not in _TOLD
        and not predicate.startswith(RECORDS)
        and not any(isinstance(v, Blank) for v in values)
    ]
    examples = desk.values(iri, SKOS + "example")
    return Entry(
        iri=iri,
        anchor=iri.rpartition("#")[2] if "#" in iri else iri.rpartition("/")[2],
        href=desk.addresses.document(iri) or "",
        label=desk.name(iri),
        labels=tuple(desk.names.other_labels(iri, desk.names.choose_label(iri)[1])),
        definition=pick_language(desk.values(iri, SKOS + "definition"), desk.language.code),
        examples=tuple(v.value for v in examples if isinstance(v, Literal)),
        fields=tuple(sorted(fields, key=lambda each: each.label.casefold())),
    )


@dataclass(frozen=True)
class Terms:
    """The terms of a namespace by name; retired ones are listed apart."""

    classes: tuple[Entry, ...]
    properties: tuple[Entry, ...]
    retired: tuple[Entry, ...]


def list_terms(quads: Iterable[Quad], desk: Desk) -> Terms:
    """The classes, the properties and the retired terms among quads."""
    classes: set[str] = set()
    properties: set[str] = set()
    retired: set[str] = set()
    for quad in quads:
        if quad.predicate == DEPRECATED:
            retired.add(quad.subject)
        own = f"{desk.addresses.base}ns#"
        if quad.predicate != TYPE or not quad.subject.startswith((PACTA, RECORDS, own)):
            continue
        name = str(quad.object)
        if name == OWL + "Class":
            classes.add(quad.subject)
        elif name.endswith("Property") and name.startswith(OWL):
            properties.add(quad.subject)
    retired &= classes | properties
    return Terms(
        _entries(classes - retired, desk),
        _entries(properties - retired, desk),
        _entries(retired, desk),
    )


def _entries(iris: Iterable[str], desk: Desk) -> tuple[Entry, ...]:
    made = (make_entry(iri, desk) for iri in iris)
    return tuple(sorted(made, key=lambda entry: (entry.label.casefold(), entry.anchor)))


def list_concepts(quads: Iterable[Quad], desk: Desk) -> list[Scheme]:
    """The concept lists among quads, each with its concepts."""
    members: dict[str, dict[str, None]] = {}
    for quad in quads:
        if quad.predicate == SKOS + "inScheme":
            members.setdefault(str(quad.object), {})[str(quad.subject)] = None
        elif quad.predicate == TYPE and str(quad.object) == SKOS + "ConceptScheme":
            members.setdefault(str(quad.subject), {})
    return [
        Scheme(make_entry(scheme, desk), _entries(concepts, desk))
        for scheme, concepts in sorted(members.items())
        if scheme.startswith((VOCAB, f"{desk.addresses.base}vocab/"))
    ]


@dataclass(frozen=True)
class Shape:
    """A SHACL shape: its purpose, its severity, and its message when it is violated."""

    iri: str
    anchor: str
    href: str
    targets: tuple[Shown, ...]
    severity: str
    messages: tuple[str, ...]
    description: str


def list_shapes(quads: Iterable[Quad], desk: Desk) -> list[Shape]:
    """The node and property shapes that have an address, by name."""
    said: dict[str, dict[str, list[Quad]]] = {}
    for quad in quads:
        said.setdefault(quad.subject, {}).setdefault(quad.predicate, []).append(quad)

    def gather(node: str, predicate: str, depth: int = 4) -> list[str]:
        found: list[str] = []
        for name, own in said.get(node, {}).items():
            for quad in own:
                if name == predicate and isinstance(quad.object, Literal):
                    found.append(quad.object.value)
                elif isinstance(quad.object, Blank) and depth:
                    found += gather(quad.object, predicate, depth - 1)
        return found

    shapes: list[Shape] = []
    for node in said:
        own = said[node]
        types = {str(q.object) for q in own.get(TYPE, ())}
        if isinstance(node, Blank) or not types & {SH + "NodeShape", SH + "PropertyShape"}:
            continue
        targets = [
            q.object
            for name in ("targetClass", "targetSubjectsOf", "targetObjectsOf", "targetNode")
            for q in own.get(SH + name, ())
            if isinstance(q.object, Iri)
        ]
        severity = next((str(q.object) for q in own.get(SH + "severity", ())), SH + "Violation")
        shapes.append(
            Shape(
                node,
                node.rpartition("/")[2],
                desk.addresses.document(node) or "",
                tuple(desk.link(str(t)) for t in sorted(targets, key=sort_key)),
                severity[len(SH) :],
                tuple(dict.fromkeys(gather(node, SH + "message"))),
                pick_language([q.object for q in own.get(RDFS + "comment", ())]),
            )
        )
    return sorted(shapes, key=lambda shape: shape.anchor.casefold())
