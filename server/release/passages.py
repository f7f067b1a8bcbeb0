"""The words of passages, where the server was started with `--documents DIR`."""

import hashlib
from functools import lru_cache
from pathlib import Path

from server.pages.cards import Passage, no_passages


def find_passages(folder: str) -> Passage:
    """The words of passages from the documents in a folder; empty: none.

    A passage is given only where its digest is the one recorded.
    """
    if not folder:
        return no_passages

    def read(handle: str, start: int, end: int, sha256: str) -> str | None:
        text = _read_text(folder, handle)
        passage = text[start:end] if text is not None and end <= len(text) else None
        if passage is None or hashlib.sha256(passage.encode()).hexdigest() != sha256:
            return None
        return " ".join(passage.split())

    return read


@lru_cache(maxsize=64)
def _read_text(folder: str, handle: str) -> str | None:
    """A source document by its handle: `003_….txt` or `003.txt`; None where it is not there."""
    if not handle.isalnum():
        return None
    for path in sorted(Path(folder).glob(f"{handle}*.txt")):
        if path.stem == handle or path.stem.startswith(handle + "_"):
            try:
                return path.read_bytes().decode("utf-8")
            except (OSError, UnicodeDecodeError):
                return None
    return None
