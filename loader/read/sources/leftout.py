"""The spans of a document that no statement uses, and why: ``seeds/reading/{document}.yaml``.

A document that was read whole has a list of the spans left out, each with its reason, so that
passages and left-out spans together account for every character. The file repeats length and
SHA-256 of the whole document, so that the sums can be checked where the document is not there.
No word of a document is kept.

Source: seeds/README.md, "Reading lists".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loader.errors import SeedError
from loader.read.yamltext import Node, Text, expect_map, expect_text, read_folder

FOLDER: Final = "reading"

REASONS: Final = {
    "apparatus": "note marks, references, links and dates of retrieval",
    "broken": "a fragment; the copy lost the rest",
    "caption": "the caption of a picture or map",
    "category": "a category, key or list at the end of a page",
    "definition": "explains a general term",
    "elsewhere": "about something that the collection does not cover",
    "gloss": "the opening of another article, inserted where its name stands",
    "heading": "a title or heading of the page",
    "joining": "connecting words in a sentence whose other passages carry the statements",
    "repeated": "repeats what a passage in use says",
    "rhetoric": "praises, deplores or introduces, and states nothing",
}
"""The reasons that a span may be left out for, and what each means."""

_KEYS = ("characterCount", "sha256", "leftOut")
_SPAN = re.compile(r"(0|[1-9]\d{0,8})-([1-9]\d{0,8})", re.ASCII)
_COUNT = re.compile(r"[1-9]\d{0,8}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ReadingList:
    """The reading list of one document.

    Attributes:
        document: the handle, which is the file's name.
        character_count: the length of the whole document, in Unicode code points.
        sha256: of the whole file, 64 hex digits in lower case.
        left_out: (start, end, reason), sorted by place, none touching the next one's inside.
    """

    document: str
    character_count: int
    sha256: str
    left_out: tuple[tuple[int, int, str], ...]


def read_reading_lists(folder: Path) -> dict[str, ReadingList]:
    """Return the reading lists in ``folder`` by document; none where it is missing.

    Raises:
        SeedError: with every broken line of every file in its `also`.
    """
    lists: dict[str, ReadingList] = {}
    errors: list[SeedError] = []
    for file, node in read_folder(folder, errors):
        try:
            if node is None:
                raise SeedError("is empty", file, hint=f"Write {', '.join(_KEYS)}.")
            lists[file.stem] = parse_reading_list(node, file.stem, errors)
        except SeedError as error:
            errors.append(error)
    if problem := SeedError.together(errors):
        raise problem
    return lists


def parse_reading_list(node: Node, document: str, errors: list[SeedError]) -> ReadingList:
    """Return the reading list that a file holds; broken spans go to ``errors``.

    Raises:
        SeedError: a key is missing or unknown, or no list can be made of the file.
    """
    content = expect_map(node, f"the keys {', '.join(_KEYS)}")
    for key, _ in content.entries:
        if key.value not in _KEYS:
            raise key.at.error(f"unknown key {key.value!r}, expected {', '.join(_KEYS)}")
    found: list[Node] = []
    for name in _KEYS:
        value = content.get(name)
        if value is None:
            raise content.at.error(f"the reading list has no {name}")
        found.append(value)
    count = _matching(found[0], _COUNT, "the number of characters of the document")
    digest = _matching(found[1], _SHA256, "64 hex digits in lower case")
    spans: list[tuple[int, int, str]] = []
    for key, value in expect_map(found[2], "lines such as 30-45: heading").entries:
        try:
            spans.append(_read_span(key, value, spans[-1][1] if spans else 0, int(count)))
        except SeedError as error:
            errors.append(error)
    return ReadingList(document, int(count), digest, tuple(spans))


def _matching(node: Node, pattern: re.Pattern[str], what: str) -> str:
    text = expect_text(node, what)
    if not pattern.fullmatch(text.value):
        raise text.at.error(f"found {text.value!r}, expected {what}")
    return text.value


def _read_span(key: Text, value: Node, after: int, count: int) -> tuple[int, int, str]:
    match = _SPAN.fullmatch(key.value)
    if match is None or int(match[1]) >= int(match[2]):
        raise key.at.error(f"{key.value!r} is no span", "Write start-end, the end after the start.")
    start, end = int(match[1]), int(match[2])
    if start < after:
        raise key.at.error(f"{key.value} begins before {after}, where the span above it ends")
    if end > count:
        raise key.at.error(f"{key.value} ends after {count}, the length of the document")
    reason = expect_text(value, "a reason")
    if reason.value not in REASONS:
        raise reason.at.error(
            f"unknown reason {reason.value!r}, expected one of {', '.join(REASONS)}"
        )
    return start, end, reason.value


def find_unaccounted(
    reading: ReadingList, passages: Iterable[tuple[int, int]]
) -> tuple[tuple[int, int], ...]:
    """Return the spans that are in no passage and not left out, sorted by place.

    Args:
        reading: the reading list of the document.
        passages: (start, end) of the passages in use, in any order.
    """
    spans = sorted([*passages, *((start, end) for start, end, _ in reading.left_out)])
    gaps = []
    reached = 0
    for start, end in [*spans, (reading.character_count, reading.character_count)]:
        if start > reached:
            gaps.append((reached, start))
        reached = max(reached, end)
    return tuple(gaps)
