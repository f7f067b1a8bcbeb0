"""The text of an original, and where its pages are in it. Pure.

What a PDF, Word or HTML file says becomes a plain text once; from then on passages are cut from
the text, and the original is known by its digest. Decision 0032.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from loader.read.sources.pages import Page

_PAGE_BREAK = "\n\n"
_BLANK = re.compile(r"\n{3,}")
_TRAILING = re.compile(r"[^\S\n]+(?=\n)|[^\S\n]+\Z")


@dataclass(frozen=True, slots=True)
class OriginalText:
    """What was read from an original.

    Attributes:
        text: all of it, tidied.
        pages: in order; none where the format has no fixed pages.
        notes: what the reader should know: what was left out, pages without text.
    """

    text: str
    pages: tuple[Page, ...] = ()
    notes: tuple[str, ...] = ()


def tidy_text(text: str) -> str:
    r"""Return a text with composed letters, LF line ends, and no control characters.

    White space at the ends of lines goes, and no more than one empty line stays between two
    paragraphs. Words, and the breaks of lines within them, are as the original has them.

    >>> tidy_text("a \r\n\r\n\r\n\r\nb\x00")
    'a\n\nb'
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return _BLANK.sub("\n\n", _TRAILING.sub("", unicodedata.normalize("NFC", plain))).strip("\n")


def join_pages(pages: Iterable[tuple[str, str]]) -> tuple[str, tuple[Page, ...]]:
    """Return the text of all pages and where each is in it; pages without text have no place.

    Args:
        pages: what each page is called, and its text.
    """
    pieces: list[str] = []
    places: list[Page] = []
    length = 0
    for number, (name, text) in enumerate(pages, 1):
        tidied = tidy_text(text)
        if not tidied.strip():
            continue
        if pieces:
            pieces.append(_PAGE_BREAK)
            length += len(_PAGE_BREAK)
        places.append(Page(length, length + len(tidied), _tidy_name(name) or str(number)))
        pieces.append(tidied)
        length += len(tidied)
    return "".join(pieces), tuple(places)


def _tidy_name(name: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())
