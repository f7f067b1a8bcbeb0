"""What `pacta locate` is asked and answers: a file of passages, and messages about lost ones."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Final

from loader.errors import WorkspaceError
from loader.read.sources.locate import Lookup
from loader.read.sources.wording import NearMiss

_EXCERPT: Final = 24
"""Characters of a passage that tell which one is meant."""
_SHOWN: Final = 6
"""Differences of a near miss, and places of a passage, that are named."""


def read_passages(name: str) -> list[str]:
    """Return the passages of a file, which empty lines part.

    Args:
        name: the name of the file; ``-`` is standard input, and the empty name no file.

    Raises:
        WorkspaceError: the file cannot be read or is not UTF-8.
    """
    if not name:
        return []
    file = Path(name)
    try:
        data = sys.stdin.buffer.read() if name == "-" else file.read_bytes()
        text = data.decode("utf-8-sig")
    except OSError as error:
        raise WorkspaceError(f"cannot be read: {error.strerror}", file) from None
    except UnicodeDecodeError as error:
        raise WorkspaceError(f"not UTF-8 at byte {error.start}", file) from None
    passages = re.split(r"\n[^\S\n]*\n", text.replace("\r\n", "\n"))
    return [each.strip() for each in passages if each.strip()]


def shorten(words: str) -> str:
    r"""Return the beginning of a passage on one line.

    >>> shorten("12 July 1920\n in Moscow, the capital")
    '12 July 1920 in Moscow, …'
    """
    line = " ".join(words.split())
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT]}…"


def explain_lookup(lookup: Lookup, document: str) -> WorkspaceError:
    """Return why a passage has no reference of its own, and what it may mean.

    Args:
        lookup: stands nowhere, or in several places.
        document: its handle.
    """
    start = shorten(lookup.words)
    if lookup.places:
        shown = [f"{p.passage.reference}  …{p.before}[…]{p.after}…" for p in lookup.places[:_SHOWN]]
        if len(lookup.places) > _SHOWN:
            shown.append(f"and {len(lookup.places) - _SHOWN} more")
        return WorkspaceError(
            f"{start!r}: the words stand in {len(lookup.places)} places; nothing was added",
            hint="\n".join([*shown, "Give more words, so that only one place is left."]),
        )
    lines = [_tell_near(each, document) for each in lookup.near]
    lines.append("Copy the words as they stand there; quotes, hyphens and capitals may differ.")
    return WorkspaceError(
        f"{start!r}: document {document} does not have these words", hint="\n".join(lines)
    )


def _tell_near(near: NearMiss, document: str) -> str:
    changes = [_tell_difference(*each) for each in near.differences[:_SHOWN]]
    if len(near.differences) > _SHOWN:
        changes.append(f"and {len(near.differences) - _SHOWN} more")
    place = f"{document}@{near.start}-{near.end}"
    return f"{place} is {near.alike:.0f} % alike: {'; '.join(changes) or 'other word breaks'}"


def _tell_difference(wanted: str, found: str) -> str:
    if not found:
        return f"lacks {wanted!r}"
    if not wanted:
        return f"has {found!r} too"
    return f"has {found!r} for {wanted!r}"
