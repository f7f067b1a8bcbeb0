"""A source in reading order: its passages, each with the statements it supports. Pure.

With the text at hand, the text itself in parts, passages marked; without it, the offsets.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from server.pages.cards import SITUATIONS, Desk
from server.pages.shown import Evidence, Shown
from server.rdf.model import PACTA

_PART = 1_500
"""About how many characters a part has; the first is on the source's page, all on one beside it."""
_GRAIN = 1_000
"""Steps into which the drawing parts the text."""
_PARAGRAPH = re.compile(r"\n\s*\n|\n")
_PROVING = (PACTA + "hasEvidence", PACTA + "hasEndEvidence")
_REPEATING = PACTA + "repeats"


@dataclass(frozen=True)
class Cited:
    """A passage with its number on the page, what rests on it, and the passages that copy it."""

    number: int
    evidence: Evidence
    supports: tuple[Shown, ...]
    copies: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class Piece:
    """A stretch of text: how many passages cover it, and which begin here."""

    text: str
    depth: int
    begins: tuple[int, ...]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of the text with the passages that begin in it."""

    start: int
    pieces: tuple[Piece, ...]
    margin: tuple[Cited, ...]


@dataclass(frozen=True)
class Part:
    """A part of the source: from and to which character, its passages, its text if at hand."""

    start: int
    end: int
    cited: tuple[Cited, ...]
    paragraphs: tuple[Paragraph, ...] = ()


def list_cited(source: str, desk: Desk) -> list[Cited]:
    """The passages of a source in reading order, numbered, each with what rests on it."""
    nodes = {str(q.subject) for q in desk.reader.incoming(source)}
    found = [e for node in nodes if (e := desk.evidence(node)) is not None]
    ordered = sorted(found, key=lambda e: (e.start, e.end))
    return [
        Cited(number, item, tuple(list_supported(item.iri, desk)), list_copies(item.iri, desk))
        for number, item in enumerate(ordered, 1)
    ]


def list_supported(evidence: str, desk: Desk) -> Iterable[Shown]:
    """The assertions that rest on a passage, as links that say what they state."""
    nodes = {str(q.subject) for q in desk.reader.incoming(evidence) if q.predicate in _PROVING}
    for node in sorted(nodes):
        if SITUATIONS.intersection(desk.types(node)):
            yield desk.link(node)


def list_copies(evidence: str, desk: Desk) -> tuple[Shown, ...]:
    """The passages of other sources that repeat a passage."""
    nodes = {str(q.subject) for q in desk.reader.incoming(evidence) if q.predicate == _REPEATING}
    return tuple(desk.link(node) for node in sorted(nodes))


def list_parts(cited: list[Cited], length: int, text: str | None) -> list[Part]:
    """The passages in parts of the source; with the text, its paragraphs with the marks."""
    edges = [0, *_list_edges(text, _PART, length), length]
    parts = []
    for start, end in pairwise(edges):
        own = tuple(c for c in cited if start <= c.evidence.start < end)
        told = tuple(_list_paragraphs(text, start, end, cited)) if text is not None else ()
        if own or told:
            parts.append(Part(start, end, own, told))
    return parts


def trace_cover(cited: Iterable[Cited], length: int) -> str:
    """Where in the text the passages lie: an SVG path in a box of 1000 by 20."""
    steps = max(length, 1) / _GRAIN
    covered = sorted(
        {at for c in cited
         for at in range(int(c.evidence.start / steps), int((c.evidence.end - 1) / steps) + 1)}
    )  # fmt: skip
    starts = [at for at in covered if at - 1 not in set(covered)]
    ends = [at + 1 for at in covered if at + 1 not in set(covered)]
    return "".join(f"M{a} 0h{b - a}v20H{a}z" for a, b in zip(starts, ends, strict=True))


def _list_edges(text: str | None, size: int, length: int) -> list[int]:
    """Where parts begin: every so many characters, at the next paragraph."""
    edges: list[int] = []
    for at in range(size, length - size // 2, size):
        found = _PARAGRAPH.search(text, at) if text is not None else None
        edges.append(found.end() if found else at)
    return sorted({e for e in edges if 0 < e < length})


def _list_paragraphs(text: str, start: int, end: int, cited: list[Cited]) -> Iterable[Paragraph]:
    stops = [start, *(m.end() for m in _PARAGRAPH.finditer(text, start, end)), end]
    for first, last in pairwise(stops):
        if not text[first:last].strip():
            continue
        near = [c for c in cited if c.evidence.start < last and c.evidence.end > first]
        cuts = {first, last}
        for each in near:
            cuts |= {max(each.evidence.start, first), min(each.evidence.end, last)}
        ordered = sorted(cuts)
        pieces = [
            Piece(
                text[a:b],
                sum(c.evidence.start <= a and c.evidence.end >= b for c in near),
                tuple(c.number for c in near if c.evidence.start == a),
            )
            for a, b in pairwise(ordered)
        ]
        own = tuple(c for c in near if c.evidence.start >= first)
        yield Paragraph(first, tuple(pieces), own)
