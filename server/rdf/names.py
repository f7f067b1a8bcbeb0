"""Names in any language or spelling → things. Built once from a release's labels; pure.

Names are compared as `loader.rdf.folding` folds them. Every name tells which it is: a label, a name
in a document, a concept's name.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from loader.rdf.folding import fold_name
from loader.rdf.matching import NameMatcher
from server.rdf.model import (
    ALT_LABEL,
    GEO,
    LABEL,
    OA,
    OWL,
    PACTA,
    PREF_LABEL,
    RDF,
    RDFS,
    SKOS,
    VOID,
    Iri,
    Literal,
    Quad,
)

SOURCE_LANGUAGE = "en"
"""The language in which Pacta's own terms always have a name."""

NAMING = (LABEL, PREF_LABEL, ALT_LABEL, PACTA + "officialName", PACTA + "outsideName")
"""The properties whose values are names, the most telling first."""

KNOWN = {
    ALT_LABEL: "also called",
    RDF + "type": "type",
    LABEL: "label",
    PREF_LABEL: "label",
    RDFS + "comment": "comment",
    RDFS + "seeAlso": "see also",
    RDFS + "subClassOf": "kind of",
    RDFS + "subPropertyOf": "implies",
    RDFS + "domain": "said of",
    RDFS + "range": "value is a",
    RDFS + "isDefinedBy": "defined by",
    OWL + "sameAs": "same as",
    OWL + "inverseOf": "inverse of",
    OWL + "versionIRI": "version address",
    OWL + "versionInfo": "version",
    SKOS + "closeMatch": "close match",
    SKOS + "exactMatch": "exact match",
    SKOS + "broadMatch": "broader match",
    SKOS + "narrowMatch": "narrower match",
    SKOS + "relatedMatch": "related match",
    SKOS + "definition": "definition",
    SKOS + "example": "example",
    SKOS + "notation": "notation",
    SKOS + "inScheme": "in the list",
    SKOS + "topConceptOf": "at the top of the list",
    SKOS + "hasTopConcept": "concepts",
    SKOS + "changeNote": "change",
    OA + "hasSource": "source",
    OA + "hasSelector": "selector",
    OA + "start": "start",
    OA + "end": "end",
    GEO + "hasGeometry": "geometry",
    GEO + "asWKT": "shape (WKT)",
    VOID + "inDataset": "in the dataset",
}
"""What foreign properties are called, where the release has no label for them."""

_MATCHERS = 32
"""Sets of things whose names are kept ready for `NameIndex.match_among`: types asked for."""


@dataclass(frozen=True, slots=True)
class Name:
    """One name of one thing, with its language and its property."""

    thing: str
    text: str
    language: str
    property: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found: its label for people, its kind, and the name that matched."""

    thing: str
    label: str
    kind: str
    matched: Name
    score: int


class NameIndex:
    """All names of a release, found by their folded beginning or any of their words.

    Attributes:
        languages: The languages of the publication, the first one first; empty: any language will
            do.
    """

    def __init__(self, names: Iterable[Name], base: str, languages: Sequence[str] = ()) -> None:
        self._base = base
        self.languages = tuple(languages)
        self._labels: dict[str, dict[str, str]] = {}
        keys: list[tuple[str, int]] = []
        self._names: list[Name] = []
        self._folded: list[str] = []
        for name in names:
            number = len(self._names)
            folded = fold_name(name.text)
            self._names.append(name)
            self._folded.append(folded)
            if name.property in (LABEL, PREF_LABEL):
                self._labels.setdefault(name.thing, {}).setdefault(name.language, name.text)
            words = folded.split()
            keys += [(" ".join(words[at:]), number) for at in range(len(words))]
        self._keys = sorted(set(keys))
        self._matchers: dict[frozenset[str], NameMatcher] = {}

    def __len__(self) -> int:
        """How many names there are."""
        return len(self._names)

    @property
    def language(self) -> str:
        """The first language of the publication."""
        return self.languages[0] if self.languages else SOURCE_LANGUAGE

    def label(self, thing: str, language: str = "") -> str:
        """The label of a thing for people, or the last part of its address."""
        return self.choose_label(thing, language)[0]

    def choose_label(self, thing: str, language: str = "") -> tuple[str, str]:
        """The label of a thing, and its language; empty where the release has no label.

        The language asked for goes first, then those of the publication in their order. A term
        may then be called as Pacta calls it; a thing is never called in a language that nobody
        chose.
        """
        labels = self._labels.get(thing, {})
        is_term = not thing.startswith(f"{self._base}id/")
        chain = [language, *self.languages]
        if is_term or not self.languages:
            chain += [SOURCE_LANGUAGE, *labels]
        for code in chain:
            if labels.get(code):
                return labels[code], code
        return KNOWN.get(thing) or thing.rstrip("/").replace("#", "/").rpartition("/")[2], ""

    def other_labels(self, thing: str, language: str) -> list[tuple[str, str]]:
        """The labels of a thing in other languages, as (language, label) in order.

        Of a term those in languages of the publication: which languages Pacta speaks otherwise
        is no matter of the collection.
        """
        is_term = not thing.startswith(f"{self._base}id/")
        wanted = self.languages if is_term and self.languages else self._labels.get(thing, {})
        found = self._labels.get(thing, {}).items()
        return sorted(each for each in found if each[0] in wanted and each[0] != language)

    def is_known(self, thing: str) -> bool:
        """Whether a foreign property has a name here."""
        return thing in KNOWN

    def labels(self, thing: str) -> dict[str, str]:
        """All labels of a thing, by language."""
        return self._labels.get(thing, {})

    def things(self) -> list[str]:
        """Everything that has a label, sorted."""
        return sorted(self._labels)

    def kind(self, thing: str) -> str:
        """`treaty` for `{base}id/treaty/…`, `concept`, `term`, else empty."""
        prefix = self._base + "id/"
        if thing.startswith(prefix):
            return thing[len(prefix) :].partition("/")[0]
        if "/vocab/" in thing:
            return "concept"
        return "term" if thing.startswith((PACTA, f"{self._base}ns#")) else ""

    def near(self, kind: str, slug: str, limit: int = 3) -> list[str]:
        """The things of a kind with similar slugs, ignoring case, the most similar first."""
        begin = f"{self._base}id/{kind.lower()}/"
        slugs = [thing[len(begin) :] for thing in self._labels if thing.startswith(begin)]
        return [begin + each for each in get_close_matches(slug.lower(), slugs, limit)]

    def match_among(self, things: frozenset[str]) -> NameMatcher:
        """What tells which of some things a misspelt name means; made once for the same things."""
        found = self._matchers.get(things)
        if found is None:
            if len(self._matchers) >= _MATCHERS:
                self._matchers.clear()
            candidates: dict[str, list[str]] = {}
            for name in self._names:
                if name.thing in things:
                    candidates.setdefault(name.thing, []).append(name.text)
            found = self._matchers[things] = NameMatcher(candidates)
        return found

    def find(self, query: str, limit: int = 50) -> tuple[list[Hit], int]:
        """The things whose names match, best first, and how many there are in all.

        A name matches where it, or the rest of it from any word on, begins with the query, or
        where it holds every word of the query as the beginning of a word. Whole names come before
        surnames, these before beginnings, things before concepts and terms.
        """
        folded = fold_name(query)
        if not folded:
            return [], 0
        best: dict[str, tuple[int, Name]] = {}
        for number in self._match(folded):
            name = self._names[number]
            score = self._score(folded, number, name)
            known = best.get(name.thing)
            if known is None or score > known[0]:
                best[name.thing] = score, name
        hits = [
            Hit(thing, self.label(thing), self.kind(thing), name, score)
            for thing, (score, name) in best.items()
            if self.kind(thing) != "link"  # says where a spelling comes from; its thing has it too
        ]
        hits.sort(key=lambda hit: (-hit.score, hit.label, hit.thing))
        return hits[:limit], len(hits)

    def _match(self, folded: str) -> set[int]:
        numbers: set[int] | None = None
        for part in (folded, *folded.split()) if " " in folded else (folded,):
            found: set[int] = set()
            at = bisect_left(self._keys, (part, -1))
            while at < len(self._keys) and self._keys[at][0].startswith(part):
                found.add(self._keys[at][1])
                at += 1
            if part == folded and " " in folded:
                whole = found
                continue
            numbers = found if numbers is None else numbers & found
        return (numbers or set()) | (whole if " " in folded else set())

    def _score(self, folded: str, number: int, name: Name) -> int:
        own = self._folded[number]
        named = own.endswith(f" {folded}") and self.kind(name.thing) == "person"
        score = 100 if own == folded else 75 if named else 60 if own.startswith(folded) else 30
        score += 8 if name.property in (LABEL, PREF_LABEL) else 4
        kind = self.kind(name.thing)
        return score - (25 if kind in ("concept", "term") else 0 if kind else 40)


def build_names(quads: Iterable[Quad], base: str, languages: Sequence[str] = ()) -> NameIndex:
    """The index of a release from the quads of its naming properties.

    Args:
        quads: With a naming property each.
        base: The base address of the publication.
        languages: The languages of the publication, the first one first.
    """
    seen: dict[Name, None] = {}
    for quad in quads:
        if isinstance(quad.subject, Iri) and isinstance(quad.object, Literal):
            name = Name(
                str(quad.subject), quad.object.value, quad.object.language, str(quad.predicate)
            )
            seen[name] = None
    return NameIndex(seen, base, languages)
