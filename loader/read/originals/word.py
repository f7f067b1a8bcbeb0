"""Word (.docx) → text, through mammoth, which knows notes, lists and tables.

The only module that knows mammoth. WordprocessingML is ECMA-376, part 1, section 17.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import mammoth  # type: ignore[import-untyped]
from lxml import etree  # type: ignore[import-untyped]

from loader.errors import WorkspaceError
from loader.rdf.counts import say_count
from loader.read.originals.html import lay_out_html
from loader.read.originals.text import OriginalText

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CHANGES = {f"{_W}ins": "inserted", f"{_W}del": "deleted", f"{_W}moveFrom": "moved away"}
_CHANGES |= {f"{_W}moveTo": "moved here"}
_BODY = "word/document.xml"
_SHOWN = 10
_EXCERPT = 40
_NOTES = (
    "a Word file has no fixed pages, so there is no page map",
    "headers, footers and comments are left out; footnotes stand at the end",
)


def read_word(data: bytes, path: Path) -> OriginalText:
    """Return the text of a Word file.

    Args:
        data: the file.
        path: named in errors; not opened.

    Raises:
        WorkspaceError: it is broken, has no text, or has tracked changes; each of the first ten
            is named with its paragraph.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            body = archive.read(_BODY)
        changes = list(_list_changes(body))
        if changes:
            raise _refuse_changes(changes, path)
        picture = mammoth.images.img_element(lambda _: {"src": ""})
        page = mammoth.convert_to_html(BytesIO(data), convert_image=picture).value
    except (zipfile.BadZipFile, KeyError, etree.XMLSyntaxError, ValueError, OSError) as error:
        raise WorkspaceError(
            f"the Word file cannot be read: {error}",
            path,
            hint="It may be cut off: get it again, or open it in Word and save it anew.",
        ) from None
    if not page.strip():
        raise WorkspaceError(
            "the Word file has no text; it may hold pictures of pages",
            path,
            hint="Recognise the text first (OCR) and give the result.",
        )
    return OriginalText(lay_out_html(page, path), notes=_NOTES)


def _refuse_changes(changes: list[tuple[int, str, str]], path: Path) -> WorkspaceError:
    lines = [
        f"paragraph {number}: {what} {text[:_EXCERPT]!r}{'…' * (len(text) > _EXCERPT)}"
        for number, what, text in changes[:_SHOWN]
    ]
    if len(changes) > _SHOWN:
        lines.append(f"and {len(changes) - _SHOWN} more")
    lines.append("Accept or reject all changes in Word (Review, Changes), save, and give the copy.")
    return WorkspaceError(
        f"has {say_count(len(changes), 'tracked change')}, so that it says two things",
        path,
        hint="\n".join(lines),
    )


def _list_changes(body: bytes) -> Iterator[tuple[int, str, str]]:
    """Yield the tracked changes: number of the paragraph, from 1; what was done; the words."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    tree = etree.fromstring(body, parser)
    for number, paragraph in enumerate(tree.iter(f"{_W}p"), 1):
        for element in paragraph.iter(*_CHANGES):
            if element.getparent().tag == f"{_W}rPr":
                yield number, _CHANGES[element.tag], "¶"
                continue
            words = "".join(each.text or "" for each in element.iter(f"{_W}t", f"{_W}delText"))
            yield number, _CHANGES[element.tag], words
