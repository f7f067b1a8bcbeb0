"""HTML → text, through inscriptis, which lays a page out as a browser without style sheets would.

The only module that knows inscriptis.
"""

from __future__ import annotations

import re
from pathlib import Path

from inscriptis import Inscriptis  # type: ignore[import-untyped]
from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]
from lxml.etree import LxmlError  # type: ignore[import-untyped]
from lxml.html import HTMLParser, document_fromstring  # type: ignore[import-untyped]

from loader.errors import WorkspaceError
from loader.read.originals.text import OriginalText, tidy_text

_ENCODING = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?([A-Za-z0-9._:-]+)""", re.IGNORECASE)
_HEAD_BYTES = 4096


def read_html(data: bytes, path: Path) -> OriginalText:
    """Return the text of a page, in the order of its source; HTML has no pages.

    Args:
        data: the file, in UTF-8 or the encoding that it declares.
        path: named in errors; not opened.

    Raises:
        WorkspaceError: it is in another encoding than it says, or has no text.
    """
    found = _ENCODING.search(data[:_HEAD_BYTES])
    encoding = found[1].decode("ascii") if found else "utf-8"
    try:
        page = data.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
    except LookupError:
        raise WorkspaceError(
            f"the page says that its encoding is {encoding!r}, which is none",
            path,
            hint="Correct the charset in its head.",
        ) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        said = f"it declares {encoding}" if found else "it declares no encoding"
        raise WorkspaceError(
            f"not {encoding} at byte {error.start}; {said}",
            path,
            line,
            hint='Write the right one in its head: <meta charset="windows-1257">.',
        ) from None
    return OriginalText(lay_out_html(page, path), notes=("menus and notes of the page stay",))


def lay_out_html(page: str, path: Path) -> str:
    """Return the text of a page.

    Raises:
        WorkspaceError: it has none.
    """
    text = ""
    if page.strip():
        try:
            tree = document_fromstring(page.encode(), parser=HTMLParser(encoding="utf-8"))
            text = tidy_text(Inscriptis(tree, ParserConfig()).get_text())
        except LxmlError:
            text = ""
    if not text.strip():
        raise WorkspaceError(
            "the page has no text; a script may write it when a browser opens the page",
            path,
            hint="Open it in a browser and save it as a complete page, or as PDF.",
        )
    return text
