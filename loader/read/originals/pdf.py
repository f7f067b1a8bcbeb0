"""PDF → text and pages, through pypdf. The only module that knows pypdf."""

from __future__ import annotations

import logging
from io import BytesIO
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from loader.errors import WorkspaceError
from loader.rdf.counts import say_count
from loader.read.originals.text import OriginalText, join_pages

_SHOWN = 12
"""Pages without text that are named one by one."""


def read_pdf(data: bytes, path: Path) -> OriginalText:
    """Return the text of a PDF, page by page, with what the PDF calls its pages.

    Args:
        data: the file.
        path: named in errors; not opened.

    Raises:
        WorkspaceError: it needs a password, is broken, or has no text (a scan).
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings name no place in the file
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise WorkspaceError(
                "the PDF needs a password",
                path,
                hint="Open it with its password, save a copy without one, and give the copy.",
            )
        names = reader.page_labels
        texts = [page.extract_text() for page in reader.pages]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WorkspaceError(
            f"the PDF cannot be read: {error}",
            path,
            hint="It may be cut off: get it again, or open it and save it anew.",
        ) from None
    text, pages = join_pages(zip(names, texts, strict=True))
    if not pages:
        raise WorkspaceError(
            f"has no text, only pictures on {say_count(len(texts), 'page')}, as of a scan",
            path,
            hint="Recognise the text first (OCR), for example: ocrmypdf SCAN.pdf TEXT.pdf. "
            "Then give that file.",
        )
    empty = [name for name, own in zip(names, texts, strict=True) if not own.strip()]
    notes = (_tell_empty(empty),) if empty else ()
    return OriginalText(text, pages, notes)


def _tell_empty(names: list[str]) -> str:
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return f"no text on {say_count(len(names), 'page')} (empty, or pictures): {shown}"
