"""Who says so: each source counted once, copies marked as copies, passages as notes. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from server.pages.language import Language
from server.pages.shown import Evidence, Shown


@dataclass(frozen=True)
class Count:
    """How many sources say something.

    Attributes:
        sources: Distinct ones.
        copies: Those of them that only repeat another one's passage.
    """

    sources: int
    copies: int

    def say(self, language: Language) -> str:
        """`2 sources, 1 of them a copy`; empty where there is none."""
        if not self.sources:
            return ""
        said = language.count("%(n)s source", "%(n)s sources", self.sources)
        if not self.copies:
            return said
        more = language.count("%(n)s of them a copy", "%(n)s of them copies", self.copies)
        return f"{said}, {more}"


def count_sources(evidence: Iterable[Evidence]) -> Count:
    """Distinct sources of passages, and how many of them only copy another."""
    own: dict[str, bool] = {}
    for item in evidence:
        copied = bool(item.repeats)
        own[item.source.iri] = own.get(item.source.iri, True) and copied
    return Count(len(own), sum(own.values()))


@dataclass(frozen=True)
class Note:
    """A numbered note: the passages of one source that bear one statement."""

    number: int
    source: Shown
    passages: tuple[Evidence, ...]


@dataclass
class Notes:
    """The notes of a page, numbered in the order in which they are called for."""

    _numbers: dict[tuple[str, tuple[str, ...]], int] = field(default_factory=dict)
    _made: list[Note] = field(default_factory=list)

    def cite(self, evidence: Sequence[Evidence]) -> tuple[int, ...]:
        """The numbers of the notes for passages, one a source; made where they are new."""
        grouped: dict[str, dict[str, Evidence]] = {}
        for item in evidence:
            grouped.setdefault(item.source.iri, {}).setdefault(item.iri, item)
        numbers: list[int] = []
        for source, passages in grouped.items():
            items = tuple(passages.values())
            key = (source, tuple(passages))
            if key not in self._numbers:
                self._numbers[key] = len(self._made) + 1
                self._made.append(Note(len(self._made) + 1, items[0].source, items))
            numbers.append(self._numbers[key])
        return tuple(numbers)

    @property
    def all(self) -> tuple[Note, ...]:
        """Every note made so far, by number."""
        return tuple(self._made)
