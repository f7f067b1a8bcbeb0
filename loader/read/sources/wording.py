"""Finds words in a document though their form differs, and what is most like missing words.

The form of a text is what printers, keyboards and file formats change without changing the words:
composed or decomposed letters, ligatures, capitals, kinds of quotation marks and dashes, hyphens
at the ends of lines, soft hyphens, white space. Offsets are always those of the document.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

_SINGLE: Final = "‘’‚‛`´ʹʻʼʽ′‹›"
_DOUBLE: Final = "“”„‟«»″〝〞＂"
_MARKS: Final = str.maketrans({**dict.fromkeys(_SINGLE, "'"), **dict.fromkeys(_DOUBLE, '"')})
_DASHES: Final = frozenset("-‐‑‒–—―−﹣－⁃")
_UNSEEN: Final = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")
_LIKE: Final = 75.0
"""From this share of equal letters on, in percent, a passage is worth showing."""
_MOST: Final = 3
_COMPARED: Final = 1000
"""Letters of the words that are compared; of more, the beginning."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without its form.

    Attributes:
        text: what is compared.
        spans: for each character of it, the start and the end of what it stands for.
    """

    text: str
    spans: tuple[tuple[int, int], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where characters ``start`` to ``end`` stand in the text that was folded."""
        return self.spans[start][0], self.spans[end - 1][1]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A passage that is like the words looked for.

    Attributes:
        start: where it begins in the document, in code points.
        end: where it ends, exclusive.
        alike: how much, in percent.
        differences: the words looked for, and what stands in their place; either may be empty.
    """

    start: int
    end: int
    alike: float
    differences: tuple[tuple[str, str], ...]


def fold_form(text: str) -> Folded:
    r"""Return a text without its form, and where each of its characters comes from.

    >>> fold_form("The “ﬁrst”  peace-\nful Year").text
    'the "first" peaceful year'
    """
    letters: list[str] = []
    spans: list[tuple[int, int]] = []
    after_break = False
    for start, end in _cut_clusters(text):
        cluster = text[start:end]
        if cluster.isspace():
            blank_before = not letters or letters[-1] == " "
            if not (blank_before or (after_break and "\n" in cluster)):
                letters.append(" ")
                spans.append((start, end))
            continue
        after_break = cluster in _DASHES
        if after_break or cluster in _UNSEEN:
            continue
        for letter in _fold_cluster(cluster):
            letters.append(letter)
            spans.append((start, end))
    while letters and letters[-1] == " ":
        letters.pop()
        spans.pop()
    return Folded("".join(letters), tuple(spans))


def _fold_cluster(cluster: str) -> str:
    decomposed = unicodedata.normalize("NFKD", cluster).casefold()
    return unicodedata.normalize("NFKD", decomposed).translate(_MARKS)


def _cut_clusters(text: str) -> Iterator[tuple[int, int]]:
    """Yield letters with the marks on them, and runs of white space."""
    starts = [
        at
        for at, letter in enumerate(text)
        if at == 0
        or not (unicodedata.combining(letter) or (letter.isspace() and text[at - 1].isspace()))
    ]
    yield from pairwise([*starts, len(text)] if starts else [])


def find_forgiving(document: Folded, words: str) -> tuple[tuple[int, int], ...]:
    """Return where words stand, whatever their form: (start, end) in code points, ascending."""
    wanted = fold_form(words).text
    found = []
    at = document.text.find(wanted) if wanted else -1
    while at >= 0:
        found.append(document.span(at, at + len(wanted)))
        at = document.text.find(wanted, at + 1)
    return tuple(dict.fromkeys(found))


def find_near(document: Folded, words: str) -> tuple[NearMiss, ...]:
    """Return the passages that are most like words which are not there, best first.

    Args:
        document: the document folded.
        words: what was looked for.
    """
    wanted = fold_form(words).text[:_COMPARED]
    rest = document.text
    found: list[NearMiss] = []
    while wanted and len(found) < _MOST:
        best = fuzz.partial_ratio_alignment(wanted, rest, score_cutoff=_LIKE)
        if best is None or best.dest_end <= best.dest_start:
            break
        first, last = _widen(document.text, best.dest_start, best.dest_end)
        if not rest[first:last].strip("\0"):
            break
        start, end = document.span(first, last)
        differences = _tell_differences(wanted, document.text[first:last])
        found.append(NearMiss(start, end, best.score, differences))
        rest = f"{rest[:first]}{chr(0) * (last - first)}{rest[last:]}"
    return tuple(found)


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    """Return a span with the words that it cuts made whole, and no space at its edges."""
    while start < end and text[start] == " ":
        start += 1
    while end > start and text[end - 1] == " ":
        end -= 1
    while start > 0 and text[start - 1] != " ":
        start -= 1
    while end < len(text) and text[end] != " ":
        end += 1
    return start, end


def _tell_differences(wanted: str, found: str) -> tuple[tuple[str, str], ...]:
    own, other = (unicodedata.normalize("NFC", text).split() for text in (wanted, found))
    return tuple(
        (
            " ".join(own[step.src_start : step.src_end]),
            " ".join(other[step.dest_start : step.dest_end]),
        )
        for step in Levenshtein.opcodes(own, other)
        if step.tag != "equal"
    )
