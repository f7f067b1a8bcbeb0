"""The one order in which dumps are written, and the names that readable formats use.

Every writer asks this module, so that two builds of one input give the same bytes and a diff
of two releases shows what changed. Pure: terms in, keys and names out.

Subjects come by section (`SECTIONS`), inside a section by natural order (``…-9-…`` before
``…-10-…``); of one subject the type comes first, then labels, then what a statement says, then
the rest by name; values with a language come in the order of the publication's languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias

from rdflib import BNode, Literal, URIRef
from rdflib.term import Node

from loader.rdf.layout import escape
from loader.rdf.prefixes import PREFIXES

Triple: TypeAlias = tuple[Node, Node, Node]
Key: TypeAlias = tuple[object, ...]

NS: Final = "https://w3id.org/pacta/ns#"
VOCAB: Final = "https://w3id.org/pacta/vocab/"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

SECTIONS: Final[tuple[tuple[str, str], ...]] = (
    ("dataset", "The collection and this release"),
    ("treaty", "Treaties"),
    ("provision", "Provisions and articles"),
    ("party", "Parties"),
    ("body", "Bodies"),
    ("person", "Persons"),
    ("unit", "Military units"),
    ("place", "Places"),
    ("territory", "Territories"),
    ("base", "Military bases"),
    ("event", "Events"),
    ("statement", "Statements"),
    ("status", "Who held what, and when"),
    ("figure", "Figures"),
    ("role", "Roles"),
    ("proposal", "Proposals"),
    ("position", "Positions"),
    ("disagreement", "Disagreements"),
    ("link", "Links to other collections"),
    ("source", "Sources"),
    ("family", "Families of sources"),
    ("evidence", "Evidence"),
)
"""Kind of address → heading, in the order of the dumps; kinds not named here come after these."""

_FIRST_PREDICATES = (
    f"{RDF}type",
    "http://www.w3.org/2000/01/rdf-schema#label",
    "http://www.w3.org/2004/02/skos/core#prefLabel",
    "http://purl.org/dc/terms/title",
    f"{NS}officialName",
    "http://www.w3.org/2004/02/skos/core#altLabel",
    "http://purl.org/dc/terms/description",
    "http://www.w3.org/2004/02/skos/core#definition",
    f"{NS}kind",
    f"{NS}about",
    f"{NS}onProperty",
    f"{NS}value",
    f"{NS}number",
    f"{NS}content",
    f"{NS}date",
)
_LAST_PREDICATES = (
    f"{NS}rank",
    f"{NS}rankReason",
    f"{NS}hasEvidence",
    f"{NS}hasEndEvidence",
    f"{NS}searchedIn",
    f"{NS}note",
    *(f"{NS}{name}" for name in ("earliest", "latest", "julianDay")),
    *(f"{NS}{name}" for name in ("fromEarliest", "fromLatest", "untilEarliest", "untilLatest")),
    f"{NS}searchKey",
)
_MIDDLE = len(_FIRST_PREDICATES)
_PLACE = {name: n for n, name in enumerate(_FIRST_PREDICATES)} | {
    name: _MIDDLE + 1 + n for n, name in enumerate(_LAST_PREDICATES)
}

_DIGITS = re.compile(r"(\d+)")
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")


def nt(term: Node) -> str:
    """Return a term in canonical N-Triples.

    Source: RDF 1.2 N-Triples, section "A Canonical form of N-Triples".
    """
    if isinstance(term, URIRef):
        return f"<{term}>"
    if isinstance(term, Literal):
        text = f'"{escape(str(term))}"'
        if term.language:
            return f"{text}@{term.language}"
        if term.datatype is None or str(term.datatype) == f"{XSD}string":
            return text
        return f"{text}^^<{term.datatype}>"
    return f"_:{term}"


def natural(text: str) -> Key:
    """Return a key that sorts the numbers in ``text`` by value.

    >>> sorted(["a-10", "a-9", "a"], key=natural)
    ['a', 'a-9', 'a-10']
    """
    parts = _DIGITS.split(text)
    return tuple((int(p), p) if n % 2 else p for n, p in enumerate(parts))


@dataclass(frozen=True)
class Order:
    """The order and the short names of one release.

    Attributes:
        base: the base address of the release.
        languages: language tags in the order in which values shall come.
        kinds: the kinds of address that occur (``treaty``), for the prefixes.
        schemes: the concept schemes that occur (``rank``), for the prefixes.
    """

    base: str
    languages: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    _cache: dict[Node, str] = field(default_factory=dict, compare=False, repr=False)

    @staticmethod
    def of(terms: Iterable[Node], base: str, languages: tuple[str, ...]) -> Order:
        """Return the order for a release in which the given terms (in any order) occur."""
        order = Order(base, languages)
        kinds: set[str] = set()
        schemes: set[str] = set()
        for term in terms:
            if kind := order.kind(term):
                kinds.add(kind)
            elif isinstance(term, URIRef) and term.startswith(VOCAB):
                scheme, slash, _ = term[len(VOCAB) :].partition("/")
                schemes.update([scheme] if slash else [])
        known = [name for name, _ in SECTIONS]
        ordered = [k for k in known if k in kinds] + sorted(kinds.difference(known))
        return Order(base, languages, tuple(ordered), tuple(sorted(schemes)))

    def kind(self, subject: Node) -> str | None:
        """Return the kind in the address of a thing of this release, else None."""
        head = f"{self.base}id/"
        if isinstance(subject, URIRef) and str.startswith(subject, head):
            kind, slash, _ = subject[len(head) :].partition("/")
            return kind if slash else None
        return "dataset" if str(subject) == self.base else None

    def prefixes(self) -> dict[str, str]:
        """Return prefix → address: the well-known ones, one per scheme, one per kind.

        A kind that bears the name of a scheme (``role``) gets the prefix ``id-role``.
        """
        found = dict(PREFIXES)
        for scheme in self.schemes:
            found.setdefault(scheme, f"{VOCAB}{scheme}/")
        for kind in self.kinds:
            found[f"id-{kind}" if kind in found else kind] = f"{self.base}id/{kind}/"
        found["graph"] = f"{self.base}graph/"
        return found

    def section(self, subject: Node) -> tuple[int, str, str]:
        """Return (place, kind or empty, heading) of the part of the dump a subject stands in."""
        kind = self.kind(subject)
        if kind is not None:
            for place, (name, heading) in enumerate(SECTIONS):
                if name == kind:
                    return place, kind, heading
            return len(SECTIONS), kind, kind.capitalize()
        last = len(SECTIONS)
        if isinstance(subject, URIRef):
            if subject.startswith(NS) or str(subject) == NS[:-1]:
                return last + 1, "", "The ontology"
            if subject.startswith(VOCAB):
                return last + 2, "", "The concept lists"
            return last + 3, "", "Other things that are described"
        return last + 4, "", "Nodes without a name"

    def subject_key(self, subject: Node) -> Key:
        """Return the sort key of a subject."""
        place, kind, _ = self.section(subject)
        return place, kind, natural(str(subject))

    def predicate_key(self, predicate: Node) -> Key:
        """Return the sort key of a predicate."""
        return _PLACE.get(str(predicate), _MIDDLE), self.curie(predicate) or str(predicate)

    def object_key(self, term: Node) -> Key:
        """Return the sort key of a value: IRIs, then literals by language, then blank nodes."""
        if isinstance(term, Literal):
            tag = term.language or ""
            known = self.languages.index(tag) if tag in self.languages else len(self.languages)
            return 1, known if tag else -1, tag, natural(str(term)), str(term.datatype or "")
        if isinstance(term, BNode):
            return 2, 0, "", natural(str(term)), ""
        return 0, 0, "", self.subject_key(term), ""

    def curie(self, term: Node) -> str | None:
        """Return ``prefix:local`` for an IRI that a prefix fits, else None.

        The local part may have one ``#`` in it, which Turtle wants escaped.
        """
        found = self._cache.get(term)
        if found is None:
            found = self._cache[term] = self._shorten(str(term))
        return found or None

    def _shorten(self, iri: str) -> str:
        end = max(iri.rfind("/"), iri.rfind("#")) + 1
        prefix = self._names.get(iri[:end])
        if prefix is not None and _LOCAL.fullmatch(iri[end:]):
            return f"{prefix}:{iri[end:]}"
        head, mark, fragment = iri.partition("#")
        if mark and _LOCAL.fullmatch(fragment) and (short := self._shorten(head)):
            return f"{short}#{fragment}"
        return ""

    @cached_property
    def _names(self) -> dict[str, str]:
        return {address: name for name, address in self.prefixes().items()}
