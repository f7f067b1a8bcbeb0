"""The register of passages: which spans of which documents serve as evidence.

``seeds/passages/{document}.yaml`` has one line per passage, sorted by place: either
``654-688: {64 hex}`` or ``33612-33650: {sha256: {64 hex}, repeats: 001@1320-1346}`` where the
passage copies another. Offsets count Unicode code points of the decoded file, the end is
exclusive; the digest is SHA-256 of the passage's UTF-8. No word of a document is kept.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from loader.errors import SeedError
from loader.read.yamltext import (
    Location,
    Map,
    Node,
    Text,
    describe,
    expect_map,
    expect_text,
    read_folder,
)

FOLDER = "passages"

_REFERENCE = re.compile(r"([0-9a-z]{1,16})@(0|[1-9]\d{0,8})-([1-9]\d{0,8})", re.ASCII)
_SPAN = re.compile(r"(0|[1-9]\d{0,8})-([1-9]\d{0,8})", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FIELDS = ("sha256", "repeats")


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A span of a document; ``str()`` gives the short form ``003@654-688``."""

    document: str
    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.document}@{self.start}-{self.end}"

    @property
    def slug(self) -> str:
        """The last part of the address of the evidence."""
        return f"{self.document}-{self.start}-{self.end}"

    def lies_within(self, other: Reference) -> bool:
        """Whether ``other`` holds every character of this span."""
        same = self.document == other.document
        return same and other.start <= self.start and self.end <= other.end


@dataclass(frozen=True, slots=True)
class Passage:
    """One line of the register.

    Attributes:
        reference: where the passage is.
        sha256: of its UTF-8, 64 hex digits in lower case.
        repeats: the passage that this one copies, if it does.
        at: the line in the register; None before it is written.
    """

    reference: Reference
    sha256: str
    repeats: Reference | None = None
    at: Location | None = None


def parse_reference(text: str) -> Reference | None:
    """Return the span that ``text`` names, or None if it is no reference.

    >>> parse_reference("003@654-688")
    Reference(document='003', start=654, end=688)
    """
    match = _REFERENCE.fullmatch(text)
    if match is None or int(match[2]) >= int(match[3]):
        return None
    return Reference(match[1], int(match[2]), int(match[3]))


def why_no_reference(text: str) -> str:
    """Return what keeps ``text`` from being a reference, as the rest of a sentence.

    >>> why_no_reference("003@688-654")
    'ends at 654, before it begins at 688'
    """
    match = _REFERENCE.fullmatch(text)
    if match is None:
        return "is no reference to a passage"
    if match[2] == match[3]:
        return f"begins and ends at {match[2]} and holds nothing"
    return f"ends at {match[3]}, before it begins at {match[2]}"


def passage_digest(passage: str) -> str:
    """Return SHA-256 of the passage's UTF-8, as 64 hex digits in lower case."""
    return hashlib.sha256(passage.encode()).hexdigest()


def read_register(folder: Path) -> dict[Reference, Passage]:
    """Return the passages of all files in ``folder``; none where it is missing.

    Raises:
        SeedError: with every broken line in its `also`.
    """
    passages: dict[Reference, Passage] = {}
    errors: list[SeedError] = []
    for file, document in read_folder(folder, errors):
        try:
            if document is not None:
                passages |= read_passages(document, file.stem, errors)
        except SeedError as error:
            errors.append(error)
    if not errors:
        errors.extend(check_repeats(passages))
    if problem := SeedError.together(errors):
        raise problem
    return passages


def read_passages(node: Node, document: str, errors: list[SeedError]) -> dict[Reference, Passage]:
    """Return the passages of one register file; broken lines go to ``errors``.

    Args:
        node: the file's content.
        document: the handle of the document, which is the file's name.
        errors: is appended to.

    Raises:
        SeedError: the file is no map at all.
    """
    passages = {}
    for key, value in expect_map(node, "lines such as 654-688: digest").entries:
        try:
            passage = _read_passage(key, value, document)
        except SeedError as error:
            errors.append(error)
        else:
            passages[passage.reference] = passage
    return passages


def _read_passage(key: Text, value: Node, document: str) -> Passage:
    reference = parse_reference(f"{document}@{key.value}") if _SPAN.fullmatch(key.value) else None
    if reference is None:
        raise key.at.error(f"{key.value!r} is no span", "Write start-end, the end after the start.")
    digest: Node | None = value
    repeats: Reference | None = None
    if isinstance(value, Map):
        for name, _ in value.entries:
            if name.value not in _FIELDS:
                raise name.at.error(f"unknown key {name.value!r}, expected sha256 or repeats")
        digest = value.get("sha256")
        repeats = _read_repeats(value.get("repeats"))
    if digest is None:
        raise value.at.error("the passage has no sha256")
    text = expect_text(digest, "64 hex digits")
    if not _SHA256.fullmatch(text.value):
        raise text.at.error(
            f"{text.value!r} is no SHA-256, expected 64 hex digits in lower case",
            f'Let the tool write the line: pacta locate {document} "words" --add',
        )
    return Passage(reference, text.value, repeats, key.at)


def _read_repeats(node: Node | None) -> Reference | None:
    if node is None:
        return None
    text = expect_text(node, "a reference such as 001@1320-1346")
    reference = parse_reference(text.value)
    if reference is None:
        raise text.at.error(f"{describe(text)} is no reference such as 001@1320-1346")
    return reference


def check_repeats(passages: Mapping[Reference, Passage]) -> list[SeedError]:
    """Return an error for each passage that repeats one which is missing or itself a copy."""
    errors = []
    for passage in passages.values():
        original = passages.get(passage.repeats) if passage.repeats is not None else None
        if passage.repeats is not None and original is None:
            message = f"{passage.reference} repeats {passage.repeats}, which is not in the register"
            errors.append(_error(passage, message, "Register the first of them before its copies."))
        elif original is not None and original.repeats is not None:
            message = f"{passage.reference} repeats {passage.repeats}, which itself repeats another"
            errors.append(_error(passage, message, f"Write repeats: {original.repeats}."))
    return errors


def _error(passage: Passage, message: str, hint: str) -> SeedError:
    if passage.at is None:
        return SeedError(message, hint=hint)
    return passage.at.error(message, hint)


def format_register(passages: Iterable[Passage]) -> str:
    """Return the text of one register file: one line per passage, sorted by place."""
    lines = []
    for passage in sorted(passages, key=lambda passage: passage.reference):
        span = f"{passage.reference.start}-{passage.reference.end}"
        if passage.repeats is None:
            lines.append(f"{span}: {passage.sha256}\n")
        else:
            lines.append(f"{span}: {{sha256: {passage.sha256}, repeats: {passage.repeats}}}\n")
    return "".join(lines)
