"""The text of passages, if the server was started with `--documents DIR`."""

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from server.pages.cards import Around, Passage, no_passages, no_surroundings

_ENDS = re.compile(r"[.!?…]['”»)\]]*\s|\n\s*\n")
_MARKS = re.compile(r"\[(?:\d{1,3}|edit|[a-z]{1,2})\]")
_MOST = 400
"""Characters of a sentence that are shown on either side of a passage."""


def find_passages(folder: str) -> Passage:
    """The words of passages from the documents in a folder; empty: none.

    A passage is given only where its digest is the one recorded.
    """
    if not folder:
        return no_passages

    def read(handle: str, start: int, end: int, sha256: str) -> str | None:
        text = read_document(folder, handle)
        if text is None or not _is_there(text, start, end, sha256):
            return None
        return clean_copy(text[start:end]).strip(" ][")

    return read


def find_surroundings(folder: str) -> Around:
    """What stands before and after a passage in its sentence; two empty texts where unknown."""
    if not folder:
        return no_surroundings

    def read(handle: str, start: int, end: int, sha256: str) -> tuple[str, str]:
        text = read_document(folder, handle)
        if text is None or not _is_there(text, start, end, sha256):
            return "", ""
        before, after = text[max(start - _MOST, 0) : start], text[end : end + _MOST]
        stops = list(_ENDS.finditer(before))
        before = before[stops[-1].end() :] if stops else before
        if not text[:end].rstrip().endswith((".", "!", "?")):
            stop = _ENDS.search(after)
            after = after[: stop.end()] if stop else after
        else:
            after = ""
        return clean_copy(before).lstrip(" ]"), clean_copy(after).rstrip(" [")

    return read


def clean_copy(text: str) -> str:
    """A stretch of a copied page without the marks of its notes, spaces made one."""
    return re.sub(r"\s+", " ", _MARKS.sub("", text))


def _is_there(text: str, start: int, end: int, sha256: str) -> bool:
    return end <= len(text) and hashlib.sha256(text[start:end].encode()).hexdigest() == sha256


@lru_cache(maxsize=64)
def read_document(folder: str, handle: str) -> str | None:
    """A source document by its handle: `003_….txt` or `003.txt`; None where it is not there."""
    if not folder or not handle.isalnum():
        return None
    for path in sorted(Path(folder).glob(f"{handle}*.txt")):
        if path.stem == handle or path.stem.startswith(handle + "_"):
            try:
                return path.read_bytes().decode("utf-8")
            except (OSError, UnicodeDecodeError):
                return None
    return None
