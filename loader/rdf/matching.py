"""Names → the things of a collection that they most likely name, with scores.

`NameMatcher` is made once from the names of all candidates and answers any number of names. A name
that is the same but for case, diacritics, script, punctuation and order of words is looked up; a
misspelt one is compared with all. Nothing is decided here: `decide` says whether the first match
is certain, and whoever asks may show the rest to a person.

Pure: names in, matches out. Shared by `pacta import` and by whoever answers for a release.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from rapidfuzz import fuzz, process

from loader.rdf.folding import fold_words

EXACT: Final = 100.0
"""The score of a name that is the same but for case, diacritics, script and punctuation."""

REORDERED: Final = 99.0
"""The score of a name that has the same words in another order."""

CERTAIN: Final = 90.0
"""From this score on a spelling is taken for the name, if nothing else comes near."""

NEAR: Final = 5.0
"""Two things whose scores differ by less than this cannot be told apart by spelling."""

WORTH_SHOWING: Final = 60.0
"""Below this score a match is no help to a person."""

_CONSIDERED: Final = 25


@dataclass(frozen=True, slots=True)
class Match:
    """One thing that a name may mean.

    Attributes:
        thing: the key of the candidate.
        name: the name of the candidate that is most like the one given, as it was given.
        score: 0 to 100; see `EXACT`, `REORDERED`, `CERTAIN`.
    """

    thing: str
    name: str
    score: float


class NameMatcher:
    """The names of candidates, each folded once."""

    def __init__(self, candidates: Mapping[str, Iterable[str]] = MappingProxyType({})) -> None:
        """Index candidates.

        Args:
            candidates: key of a thing → its names in any language, the most usual first.
        """
        self._named: dict[str, dict[str, str]] = {}
        self._sorted: dict[str, set[str]] = {}
        self._all: list[str] = []
        for thing, names in candidates.items():
            self.add(thing, names)

    def add(self, thing: str, names: Iterable[str]) -> None:
        """Add a candidate, or further names of one."""
        for name in names:
            folded = fold_words(name)
            if not folded:
                continue
            if folded not in self._named:
                self._all.append(folded)
            self._named.setdefault(folded, {}).setdefault(thing, name)
            self._sorted.setdefault(_sort_words(folded), set()).add(folded)

    def match(self, name: str, limit: int = 5) -> tuple[Match, ...]:
        """Return the things that ``name`` may mean, best first, at most ``limit``.

        A name that is known exactly is not compared with others, which keeps this quick.
        """
        folded = fold_words(name)
        if not folded:
            return ()
        if folded in self._named:
            found = {folded: EXACT}
        elif same_words := self._sorted.get(_sort_words(folded)):
            found = dict.fromkeys(same_words, REORDERED)
        else:
            near = process.extract(
                folded,
                self._all,
                scorer=fuzz.token_ratio,
                score_cutoff=WORTH_SHOWING,
                limit=_CONSIDERED,
            )
            found = {other: score_spelling(folded, other) for other, _, _ in near}
        best: dict[str, Match] = {}
        for other, score in found.items():
            for thing, written in self._named[other].items():
                if score >= WORTH_SHOWING and (thing not in best or best[thing].score < score):
                    best[thing] = Match(thing, written, score)
        return tuple(sorted(best.values(), key=lambda one: (-one.score, one.thing))[:limit])


def decide(matches: tuple[Match, ...]) -> Match | None:
    """Return the first of matches if it is certain and no other thing comes near it, else None."""
    if not matches or matches[0].score < CERTAIN:
        return None
    if len(matches) > 1 and matches[0].score - matches[1].score < NEAR:
        return None
    return matches[0]


def score_spelling(one: str, other: str) -> float:
    """Return how alike two folded names are spelt, 0 to 100.

    Names of equally many words are as alike as their least similar pair of words, so that East
    Germany is not taken for West Germany. Names with other words in them, or with other numbers,
    stay below `CERTAIN`.

    >>> score_spelling("soviet rusia", "soviet russia") > CERTAIN
    True
    >>> score_spelling("east germany", "west germany") < CERTAIN
    True
    """
    loose = min(fuzz.token_ratio(one, other), CERTAIN - 1)
    first, second = _sort_words(one).split(), _sort_words(other).split()
    if len(first) != len(second) or _numbers(first) != _numbers(second):
        return loose
    return max(loose, min(map(fuzz.ratio, first, second)))


def _sort_words(folded: str) -> str:
    return " ".join(sorted(folded.split()))


def _numbers(words: list[str]) -> list[str]:
    return [word for word in words if any(map(str.isdigit, word))]
