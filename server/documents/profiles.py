"""A document in another profile: plain triples only, or schema.org terms.

The full document is the source of both. The mapping to schema.org is not written here: it is that
of the release's own ontology (what is equivalent to a word of `https://schema.org/`, or below it)
and of its table of near matches (SSSOM), so that it changes with the ontology. Content Negotiation
by Profile (W3C Working Draft 2023), sections 5 and 7.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from loader.rdf.prefixes import PREFIXES
from server.documents.description import LABELLING, LINK_OF, Document
from server.http.negotiate import MAX_ELEMENTS, MalformedHeaderError, split_elements
from server.rdf.contexts import ContextTable, read_context
from server.rdf.model import (
    ALT_LABEL,
    DCTERMS,
    OWL,
    PACTA,
    RDFS,
    SHAPES,
    SKOS,
    TYPE,
    VOID,
    XSD,
    Iri,
    Literal,
    Node,
    Quad,
)

SCHEMA = "https://schema.org/"
ALTERNATES = "http://www.w3.org/ns/dx/conneg/altr"
"""The profile that lists the others; its token is `alt`."""

_MATCHES = (
    *(OWL + "equivalentClass", OWL + "equivalentProperty", SKOS + "exactMatch"),
    *(RDFS + "subClassOf", RDFS + "subPropertyOf", SKOS + "closeMatch", SKOS + "broadMatch"),
)
"""Properties that lead from a term to the same or a wider one, the closest first."""

_FIXED = {
    **dict.fromkeys(LABELLING, SCHEMA + "name"),
    ALT_LABEL: SCHEMA + "alternateName",
    OWL + "sameAs": SCHEMA + "sameAs",
    PACTA + "note": SCHEMA + "description",
    DCTERMS + "title": SCHEMA + "name",
    DCTERMS + "description": SCHEMA + "description",
    DCTERMS + "license": SCHEMA + "license",
    VOID + "inDataset": SCHEMA + "isPartOf",
}
"""Terms of other vocabularies → schema.org; those of Pacta are mapped by the ontology."""

_ELEMENT = re.compile(r"<([^<>\s]+)>[ \t]*(?:;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?", re.I)


@dataclass(frozen=True)
class Rendition:
    """One profile that documents are offered in.

    Attributes:
        token: Its short name in `_profile=`.
        iri: Its name in `Accept-Profile` and `Link`.
        title: For people.
    """

    token: str
    iri: str
    title: str


FULL = Rendition("full", SHAPES, "All statements with their evidence")
PLAIN = Rendition("plain", "https://w3id.org/pacta/profile/plain", "Plain triples only")
SCHEMA_ORG = Rendition("schema", SCHEMA, "In the words of schema.org")
RENDITIONS = (FULL, PLAIN, SCHEMA_ORG)
"""In the order of preference; the first is sent without wishes."""


def choose_rendition(header: str | None) -> Rendition | None:
    """The profile for an `Accept-Profile` header; None where it accepts none of them (406).

    Raises:
        MalformedHeaderError: Elements stand there and none can be read, or far too many.
    """
    elements = split_elements(header or "")
    if not elements:
        return FULL
    if len(elements) > MAX_ELEMENTS:
        raise MalformedHeaderError(f"more than {MAX_ELEMENTS} elements")
    read = [found for each in elements if (found := _ELEMENT.fullmatch(each))]
    if not read:
        raise MalformedHeaderError(f"no profile can be read in {(header or '')[:200]!r}")
    weights = {found[1]: float(found[2] or 1) for found in read}
    best = max(RENDITIONS, key=lambda each: weights.get(each.iri, 0.0))
    return best if weights.get(best.iri, 0.0) > 0 else None


def find_rendition(words: str) -> Rendition | None:
    """The first known profile of a `_profile=` list of tokens or addresses; None: none is."""
    for word in words.split(","):
        plain = word.strip().strip("<>")
        for each in RENDITIONS:
            if plain in (each.token, each.iri):
                return each
    return None


def select_plain(root: Iri, quads: Sequence[Quad], base: str) -> Document:
    """What is plainly true of a thing, and the labels of what that links to.

    Args:
        root: The thing.
        quads: Of its full document, all pages.
        base: The base address of the release.
    """
    statements = f"{base}graph/statements"
    own = [
        quad
        for quad in quads
        if quad.graph != statements
        and root in (quad.subject, quad.object)
        and quad.predicate != LINK_OF
    ]
    nodes = {term for quad in own for term in (quad.subject, quad.object)} - {root}
    labels = [quad for quad in quads if quad.subject in nodes and quad.predicate in LABELLING]
    return Document(root, tuple(dict.fromkeys((*own, *labels))), (root,))


def read_near_matches(table: str) -> list[Quad]:
    """The rows of a table of mappings (SSSOM/TSV) as statements; only those of known prefixes."""
    lines = [line for line in table.splitlines() if line and line[0] != "#"]
    rows = csv.DictReader(lines, delimiter="\t")
    columns = ("subject_id", "predicate_id", "object_id")
    spelt = [[_expand(row[column]) for column in columns] for row in rows]
    return [Quad(Iri(s), Iri(p), Iri(o)) for s, p, o in spelt]


def _expand(curie: str) -> str:
    prefix, _, local = curie.partition(":")
    return PREFIXES.get(prefix, f"{prefix}:") + local


def read_mappings(quads: Iterable[Quad]) -> dict[str, str]:
    """Term → its closest word in schema.org, from the statements of ontology and mappings."""
    rows = sorted(
        (str(quad.subject), _MATCHES.index(quad.predicate), str(quad.object))
        for quad in quads
        if quad.predicate in _MATCHES and str(quad.object).startswith(SCHEMA)
    )
    found = dict(_FIXED)
    for term, _, word in rows:
        found.setdefault(term, word)
    return found


def translate(document: Document, mappings: Mapping[str, str]) -> Document:
    """A plain document in the words of schema.org; what has no word there is left out."""
    made: dict[Quad, None] = {}
    for subject, predicate, value in document.triples:
        if predicate == TYPE:
            word = mappings.get(str(value))
            if word is not None:
                made[Quad(subject, Iri(TYPE), Iri(word))] = None
        elif predicate in mappings:
            made[Quad(subject, Iri(mappings[predicate]), value)] = None
    root = document.root
    linked: set[Node] = {root}
    for quad in made:
        if root in (quad.subject, quad.object) and not isinstance(quad.object, Literal):
            linked |= {quad.subject, quad.object}
    made = {quad: None for quad in made if quad.subject in linked}
    if not any(quad.subject == root and quad.predicate == TYPE for quad in made):
        made[Quad(root, Iri(TYPE), Iri(SCHEMA + "Thing"))] = None
    return Document(root, tuple(made), (root,))


def make_schema_table(document: Document) -> ContextTable:
    """A context with the short words of schema.org that a document uses."""
    used: dict[str, object] = {"id": "@id", "type": "@type", "schema": SCHEMA, "xsd": XSD}
    for _, predicate, value in document.triples:
        name = str(value if predicate == TYPE else predicate).removeprefix(SCHEMA)
        if predicate == TYPE or not isinstance(value, Literal):
            used.setdefault(name, f"schema:{name}")
        elif value.language:
            used[name] = {"@id": f"schema:{name}", "@container": "@language"}
        else:
            used.setdefault(name, f"schema:{name}")
    return read_context({"@context": used})


def list_alternates(root: Iri, rows: Iterable[tuple[Rendition, str, str]]) -> Document:
    """The profiles and formats of a document, as the Alternates Profile describes them.

    Args:
        root: What the document is about.
        rows: Profile, media type, address; the first is the one sent without wishes.
    """
    quads: list[Quad] = []
    nodes: list[Node] = [root]
    for number, (rendition, media_type, address) in enumerate(rows):
        node = Iri(address)
        nodes.append(node)
        profile = Iri(rendition.iri)
        if number == 0:
            default = Iri(f"{ALTERNATES}#hasDefaultRepresentation")
            quads.append(Quad(root, default, node))
        quads += [
            Quad(root, Iri(f"{ALTERNATES}#hasRepresentation"), node),
            Quad(node, Iri(TYPE), Iri(f"{ALTERNATES}#Representation")),
            Quad(node, Iri(DCTERMS + "conformsTo"), profile),
            Quad(node, Iri(DCTERMS + "format"), Literal(media_type)),
            Quad(profile, Iri(DCTERMS + "title"), Literal(rendition.title)),
            Quad(profile, Iri("http://www.w3.org/ns/dx/prof/hasToken"), Literal(rendition.token)),
        ]
    return Document(root, tuple(dict.fromkeys(quads)), tuple(nodes))
