"""Terms, quads and the names that pages use.

An IRI and a blank node are strings of two kinds; a literal is a triple of strings. They compare
and hash by value, so a set of them is a graph.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeAlias

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
OWL = "http://www.w3.org/2002/07/owl#"
XSD = "http://www.w3.org/2001/XMLSchema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
OA = "http://www.w3.org/ns/oa#"
DCTERMS = "http://purl.org/dc/terms/"
VOID = "http://rdfs.org/ns/void#"
SH = "http://www.w3.org/ns/shacl#"
GEO = "http://www.opengis.net/ont/geosparql#"
PACKAGED = "https://w3id.org/pacta/"
"""What the names of Pacta's own terms begin with."""
PACTA = "https://w3id.org/pacta/ns#"
RECORDS = "https://w3id.org/pacta/ns/records#"
VOCAB = "https://w3id.org/pacta/vocab/"
SHAPES = "https://w3id.org/pacta/shapes/"
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"

TYPE = RDF + "type"
LABEL = RDFS + "label"
PREF_LABEL = SKOS + "prefLabel"
ALT_LABEL = SKOS + "altLabel"
LANG_STRING = RDF + "langString"
STRING = XSD + "string"


class Iri(str):
    """An IRI, absolute."""

    __slots__ = ()


class Blank(str):
    """A blank node; the text is `_:` and its label, so that none equals an IRI."""

    __slots__ = ()


class Literal(NamedTuple):
    """A literal.

    Attributes:
        value: The lexical form.
        language: The tag in lower case, or empty.
        datatype: The datatype's IRI; `rdf:langString` where there is a language.
    """

    value: str
    language: str = ""
    datatype: str = STRING


Term: TypeAlias = Iri | Blank | Literal
Node: TypeAlias = Iri | Blank


class Quad(NamedTuple):
    """One statement in its named graph (the graph's IRI; empty for the default graph)."""

    subject: Node
    predicate: Iri
    object: Term
    graph: str = ""

    @property
    def triple(self) -> "Triple":
        """The statement without its graph."""
        return (self.subject, self.predicate, self.object)


Triple: TypeAlias = tuple[Node, Iri, Term]


class Reader(Protocol):
    """Where statements come from: a release's store."""

    def outgoing(self, subject: str, predicates: Sequence[str] = ()) -> list[Quad]:
        """The quads with this subject and one of these predicates, or any; in no certain order."""

    def incoming(self, target: str) -> list[Quad]:
        """The quads whose object is this IRI, in no certain order."""

    def column(self, predicate: str) -> Mapping[str, Sequence[Term]]:
        """What is said of all things by one property: subject → values (`list_values`)."""


_DIGITS = re.compile(r"\d+")


def sort_key(term: Term) -> tuple[int, str, str, str]:
    """IRIs, then blank nodes, then literals; numbers inside the text sort as numbers."""
    text = term.value if isinstance(term, Literal) else term
    padded = _DIGITS.sub(lambda found: found[0].rjust(12, "0"), text)
    if isinstance(term, Literal):
        return (2, padded, term.language, term.datatype)
    return (1 if isinstance(term, Blank) else 0, padded, "", "")


def list_values(terms: Iterable[Term]) -> list[Term]:
    """Values of one property of one thing in a fixed order (`sort_key`), each once."""
    values = dict.fromkeys(terms)
    return sorted(values, key=sort_key) if len(values) > 1 else list(values)


def make_column(quads: Iterable[Quad]) -> dict[str, list[Term]]:
    """Statements by one property as `Reader.column` returns them."""
    found: dict[str, list[Term]] = {}
    for quad in quads:
        found.setdefault(str(quad.subject), []).append(quad.object)
    return {subject: list_values(terms) for subject, terms in found.items()}


def sort_quads(quads: list[Quad]) -> list[Quad]:
    """Quads in one fixed order: subject, predicate, object, graph."""
    return sorted(
        quads,
        key=lambda q: (sort_key(q.subject), q.predicate, sort_key(q.object), q.graph),
    )
