"""The ontology, the concept lists and the context as tables for reading records.

Every rule about a key (what form its value has, where it may stand, from which list it
takes its concepts) comes from marks in `ontology/records.ttl`; which word stands for which
property comes from `loader.read.ontology.context`. Nothing here knows a single property.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rdflib import DCTERMS, OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef
from rdflib.term import Node

from loader.errors import OntologyError
from loader.rdf import terms
from loader.rdf.terms import PACTA
from loader.read.ontology.context import (
    CONTEXT_FILE,
    build_context,
    read_own_words,
    render_context,
)
from loader.read.ontology.overlay import parse_turtle, read_overlay
from loader.workspace import Layers, sample_workspace

FORMS = frozenset(
    {
        "thing",
        "concept",
        "date",
        "integer",
        "decimal",
        "boolean",
        "string",
        "text",
        "iri",
        "wkt",
        "sha256",
        "any",
    }
)
DEFAULT_LANGUAGE = "en"
PLACEMENTS = frozenset(("structural", "sourced", "generated"))
PARTS = ("core.ttl", "evidence.ttl", "records.ttl", "retired.ttl")
LISTS_FOLDER = "vocab"
MAPPINGS_FILE = "mappings.ttl"
"""Links from terms to those of others: published beside the ontology, not read with records."""

Triple = tuple[Node, Node, Node]


@dataclass(frozen=True, slots=True)
class Property:
    """What records need to know of a property.

    Attributes:
        key: the word that records write.
        iri: the property.
        placement: structural, sourced or generated.
        form: how a value is written, one of `FORMS`.
        single: whether a thing has one true value only.
        scheme: the list that concepts come from; beside form ``thing`` a list of
            words that may stand instead of a thing.
        value_classes: classes that a thing is expected to be of one of; empty means any.
        used_on: classes whose nodes carry it; empty means any.
        is_mark: in a statement's entry it belongs to the assertion and is not stated.
        language: of texts written without a language map, or None where one is needed.
    """

    key: str
    iri: URIRef
    placement: str
    form: str
    single: bool
    scheme: URIRef | None
    value_classes: frozenset[URIRef]
    used_on: frozenset[URIRef]
    is_mark: bool
    language: str | None

    @property
    def value_class(self) -> URIRef | None:
        """The class a thing is expected to be of; None where there are several or any will do."""
        return next(iter(self.value_classes)) if len(self.value_classes) == 1 else None

    @property
    def is_generated(self) -> bool:
        """Whether records may not write it."""
        return self.placement == "generated"


@dataclass(frozen=True, slots=True)
class Class:
    """What records need to know of a class.

    Attributes:
        name: the word that records write.
        iri: the class.
        ancestors: itself and all classes above it.
        schemes: for keys whose list depends on the class (kind, act), the list.
        path_kind: the part of an address that names the kind, or None.
        block: the name of the block whose entries are of this class, or None.
        owner: the property that leads from an entry to the thing it stands with.
        person_owner: the one that takes its place where that thing is a person.
        own_word: whether its records are the curators' word and rest on no passage.
        requires: properties that its nodes cannot be without.
    """

    name: str
    iri: URIRef
    ancestors: frozenset[URIRef]
    schemes: Mapping[URIRef, URIRef]
    path_kind: str | None
    block: str | None
    owner: URIRef | None
    person_owner: URIRef | None
    own_word: bool
    requires: frozenset[URIRef]

    def is_a(self, iri: URIRef) -> bool:
        """Whether this is the class ``iri`` or below it."""
        return iri in self.ancestors


@dataclass(frozen=True, slots=True)
class Concept:
    """One word of a list.

    Attributes:
        iri: its address.
        labels: by language.
        link_property: the property of others that it stands for, of a match.
        stands_outside: of a role in an event, that who plays it takes no part in the event.
    """

    iri: URIRef
    labels: Mapping[str, str]
    link_property: URIRef | None
    stands_outside: bool


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The tables.

    Attributes:
        properties: by the key that records write.
        by_iri: the same by IRI; of several keys for one, the shortest.
        classes: by the name that records write.
        blocks: class of the entries by name of the block.
        path_kinds: every kind that an address may name.
        concepts: by list, then by the word that records write.
        retired: term that records may use no more → what took its place, or None.
        terms: of every key of the context, its definition as written.
        triples: ontology and lists, for the graph of that name.
    """

    properties: Mapping[str, Property]
    by_iri: Mapping[URIRef, Property]
    classes: Mapping[str, Class]
    blocks: Mapping[str, Class]
    path_kinds: frozenset[str]
    concepts: Mapping[URIRef, Mapping[str, Concept]]
    retired: Mapping[URIRef, URIRef | None]
    terms: Mapping[str, Any]
    triples: frozenset[Triple] = field(repr=False)

    def classes_at(self, path_kind: str) -> tuple[Class, ...]:
        """Return the classes whose things live at ``/id/{path_kind}/``."""
        return tuple(cls for cls in self.classes.values() if cls.path_kind == path_kind)

    def advise(self, term: URIRef) -> str:
        """Return what took the place of a retired term, for the hint of an error."""
        successor = str(self.retired.get(term) or "nothing")
        name = successor.removeprefix(str(terms.VOCAB)).removeprefix(terms.NS)
        return f"What took its place: {name}. The reason is in ontology/{PARTS[3]}."


def read_vocabulary(
    ontology: Path | Layers, base: str = "", language: str = DEFAULT_LANGUAGE
) -> Vocabulary:
    """Return the tables from the ontology's folder, or from its layers.

    Args:
        ontology: the folder, or the packaged one and what is laid over it.
        base: the base address of the release, below which a workspace's own terms lie.
        language: of the texts that records write without saying in which language.

    Raises:
        OntologyError: a file is missing or does not parse, a mark is missing or wrong, or the
            workspace's own files redefine a term.
    """
    graph, context = read_words(ontology, base, language)
    return build_vocabulary(graph, context, _layers(ontology).whole)


def read_words(
    ontology: Path | Layers, base: str = "", language: str = DEFAULT_LANGUAGE
) -> tuple[Graph, dict[str, Any]]:
    """Return the ontology with its lists, and the context made from them; see `read_vocabulary`."""
    graph = read_ontology(ontology, base)
    own_words = read_own_words(_layers(ontology).whole / CONTEXT_FILE)
    return graph, build_context(graph, own_words, base, language)


def render_packaged_context() -> str:
    """Return the text of the context of a release in English whose ontology is Pacta's own.

    It is byte for byte the `ontology/context.jsonld` of such a release, whatever its base.
    """
    _, context = read_words(sample_workspace() / "ontology")
    return render_context(context)


def _layers(ontology: Path | Layers) -> Layers:
    return Layers(None, ontology) if isinstance(ontology, Path) else ontology


def ontology_files(folder: Path) -> list[Path]:
    """Return the files that make the graph ``vocabulary``: the parts, then the lists by name."""
    return [folder / name for name in PARTS] + sorted((folder / LISTS_FOLDER).glob("*.ttl"))


def read_ontology(ontology: Path | Layers, base: str = "") -> Graph:
    """Return the union of the ontology's parts, of the concept lists and of the overlay.

    Raises:
        OntologyError: a part is missing, a file cannot be read or is not Turtle, there is no
            concept list or a file beside the parts; or the overlay does what no overlay may.
    """
    layers = _layers(ontology)
    folder = layers.whole
    graph = Graph(store="SimpleMemory")  # no named graphs
    files = ontology_files(folder)
    for file in files:
        parse_turtle(graph, file)
    if len(files) == len(PARTS):
        raise OntologyError("holds no concept list", folder / LISTS_FOLDER)
    unread = {*folder.glob("*.ttl")} - {*files, folder / MAPPINGS_FILE}
    hint = f"Terms stand in {', '.join(PARTS)}, lists in {LISTS_FOLDER}/; move them there."
    if problem := OntologyError.together(
        [OntologyError("is not read", file, hint=hint) for file in sorted(unread)]
    ):
        raise problem
    if layers.overlay:
        graph += read_overlay(graph, layers.overlay, base)
    return graph


def build_vocabulary(graph: Graph, context: Mapping[str, Any], folder: Path) -> Vocabulary:
    """Return the tables; ``folder`` is named in errors only.

    Raises:
        OntologyError: a key of the context means a property without marks, or a mark
            has a value that is not known.
    """
    classes = {cls.name: cls for cls in _classes(graph, context)}
    properties = {prop.key: prop for prop in _properties(graph, context, classes, folder)}
    by_iri: dict[URIRef, Property] = {}
    for key in sorted(properties, key=lambda key: (len(key), key), reverse=True):
        by_iri[properties[key].iri] = properties[key]
    return Vocabulary(
        properties=properties,
        by_iri=by_iri,
        classes=classes,
        blocks={cls.block: cls for cls in classes.values() if cls.block},
        path_kinds=frozenset(cls.path_kind for cls in classes.values() if cls.path_kind),
        concepts=_concepts(graph),
        retired=dict(_retired(graph)),
        terms=context,
        triples=frozenset(graph),
    )


def used_on(graph: Graph, prop: Node) -> frozenset[URIRef]:
    """Return the classes whose nodes may carry a property; none means any.

    They are its ``schema:domainIncludes``, and where it has none its ``rdfs:domain``.
    """
    return _first_of(graph, prop, terms.DOMAIN_INCLUDES, RDFS.domain)


def value_classes(graph: Graph, prop: Node) -> frozenset[URIRef]:
    """Return the classes that things given for a property are of one of; none means any.

    They are its ``schema:rangeIncludes``, and where it has none its ``rdfs:range``.
    """
    return _first_of(graph, prop, terms.RANGE_INCLUDES, RDFS.range)


def _first_of(graph: Graph, subject: Node, *predicates: Node) -> frozenset[URIRef]:
    for predicate in predicates:
        found = {node for node in graph.objects(subject, predicate) if isinstance(node, URIRef)}
        if found:
            return frozenset(found)
    return frozenset()


def _expand(context: Mapping[str, Any], name: str) -> URIRef:
    """Return the IRI that a compact name means in the context."""
    prefix, colon, local = name.partition(":")
    if colon and not local.startswith("//"):
        start = context.get(prefix)
        start = start.get("@id") if isinstance(start, Mapping) else start
        if isinstance(start, str):
            return URIRef(start + local)
    return URIRef(name)


def _iri(graph: Graph, subject: Node, predicate: Node) -> URIRef | None:
    value = graph.value(subject, predicate, any=False)
    return value if isinstance(value, URIRef) else None


def _text(graph: Graph, subject: Node, predicate: Node) -> str | None:
    value = graph.value(subject, predicate, any=False)
    return str(value) if value is not None else None


def _keys(context: Mapping[str, Any]) -> Iterator[tuple[str, URIRef]]:
    """Yield each key with the IRI it means; keywords, aliases and inverses are left out."""
    for key, definition in context.items():
        iri = definition.get("@id") if isinstance(definition, Mapping) else definition
        if key.startswith("@") or not isinstance(iri, str) or iri.startswith("@"):
            continue
        if not iri.endswith(("#", "/")) and ":" in iri:
            yield key, _expand(context, iri)


def _classes(graph: Graph, context: Mapping[str, Any]) -> Iterator[Class]:
    class_marks = {terms.KIND_SCHEME: PACTA.kind, terms.ACT_SCHEME: PACTA.act}
    for key, iri in _keys(context):
        if (iri, RDF.type, URIRef("http://www.w3.org/2002/07/owl#Class")) not in graph:
            continue
        above = frozenset(
            node
            for node in graph.transitive_objects(iri, RDFS.subClassOf)
            if isinstance(node, URIRef)
        )
        schemes = {
            prop: scheme
            for mark, prop in class_marks.items()
            for ancestor in sorted(above, key=lambda node: node != iri)
            if (scheme := _iri(graph, ancestor, mark)) is not None
        }
        yield Class(
            name=key,
            iri=iri,
            ancestors=above,
            schemes=schemes,
            path_kind=_text(graph, iri, terms.PATH_KIND),
            block=_text(graph, iri, terms.BLOCK),
            owner=_iri(graph, iri, terms.OWNER_PROPERTY),
            person_owner=_iri(graph, iri, terms.PERSON_OWNER_PROPERTY),
            own_word=(iri, terms.OWN_WORD, Literal(True)) in graph,
            requires=frozenset(
                node
                for ancestor in above
                for node in graph.objects(ancestor, terms.REQUIRES)
                if isinstance(node, URIRef)
            ),
        )


def _properties(
    graph: Graph, context: Mapping[str, Any], classes: Mapping[str, Class], folder: Path
) -> Iterator[Property]:
    carriers = {terms.ASSERTION, terms.STATEMENT}
    for key, iri in _keys(context):
        placement, form = (_text(graph, iri, mark) for mark in (terms.PLACEMENT, terms.VALUE_FORM))
        if placement is None and form is None:
            if str(iri).startswith(str(PACTA)) and not any(c.iri == iri for c in classes.values()):
                raise OntologyError(
                    f"the context's key {key!r} means {iri}, which has no placement and valueForm",
                    folder / CONTEXT_FILE,
                    hint="Add the marks to ontology/records.ttl or take the key out.",
                )
            continue
        if placement not in PLACEMENTS or form not in FORMS:
            raise OntologyError(
                f"{iri} is marked placement {placement!r}, valueForm {form!r}",
                folder / PARTS[2],
                hint=f"Expected one of {sorted(PLACEMENTS)} and one of {sorted(FORMS)}.",
            )
        classes_of = used_on(graph, iri)
        yield Property(
            key=key,
            iri=iri,
            placement=placement,
            form=form,
            single=(iri, terms.SINGLE_VALUED, Literal(True)) in graph,
            scheme=_iri(graph, iri, terms.SCHEME),
            value_classes=value_classes(graph, iri) if form == "thing" else frozenset(),
            used_on=classes_of,
            is_mark=bool(classes_of & carriers)
            or (not classes_of and placement == "structural" and form == "text"),
            language=_language(context[key]),
        )


def _language(definition: Any) -> str | None:
    language = definition.get("@language") if isinstance(definition, Mapping) else None
    return language if isinstance(language, str) else None


def _retired(graph: Graph) -> Iterator[tuple[URIRef, URIRef | None]]:
    for term in graph.subjects(OWL.deprecated, Literal(True)):
        successors = graph.objects(term, DCTERMS.isReplacedBy)
        if isinstance(term, URIRef):
            yield term, min((one for one in successors if isinstance(one, URIRef)), default=None)


def _concepts(graph: Graph) -> dict[URIRef, dict[str, Concept]]:
    lists: dict[URIRef, dict[str, Concept]] = {}
    for iri, scheme in graph.subject_objects(SKOS.inScheme):
        if not isinstance(iri, URIRef) or not isinstance(scheme, URIRef):
            continue
        labels = {
            label.language: str(label)
            for label in graph.objects(iri, SKOS.prefLabel)
            if isinstance(label, Literal) and label.language
        }
        word = str(iri).rpartition("/")[2]
        link_property = _iri(graph, iri, terms.LINK_PROPERTY)
        stands_outside = (iri, terms.STANDS_OUTSIDE, Literal(True)) in graph
        lists.setdefault(scheme, {})[word] = Concept(iri, labels, link_property, stands_outside)
    return lists
