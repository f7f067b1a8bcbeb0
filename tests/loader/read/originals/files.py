"""Small PDF and Word files, written by hand for the tests."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from io import BytesIO
from xml.sax.saxutils import escape

from pypdf import PdfReader, PdfWriter
from pypdf.constants import PageLabelStyle

_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def make_pdf(pages: Sequence[str], *, preface: int = 0, locked: bool = False) -> bytes:
    """Return a PDF with lines of Helvetica on each page; an empty text makes an empty page.

    Args:
        pages: the text of each, in Latin-1, lines separated by LF.
        preface: pages at the beginning that are numbered i, ii, iii.
        locked: a password is needed to read it.
    """
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, text in enumerate(pages):
        lines = [line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
                 for line in text.split("\n")]  # fmt: skip
        shown = "".join(f"({line}) Tj 0 -20 Td " for line in lines if text)
        stream = f"BT /F1 12 Tf 72 720 Td {shown}ET".encode("cp1252")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * number} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream))
    body = BytesIO(b"%PDF-1.4\n")
    body.seek(0, 2)
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(body.tell())
        body.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    start = body.tell()
    body.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    body.write(b"".join(b"%010d 00000 n \n" % offset for offset in offsets))
    body.write(b"trailer << /Size %d /Root 1 0 R >>\n" % (len(objects) + 1))
    body.write(b"startxref\n%d\n%%%%EOF\n" % start)
    if not (preface or locked):
        return body.getvalue()
    writer = PdfWriter(clone_from=PdfReader(body))
    if preface:
        writer.set_page_label(0, preface - 1, PageLabelStyle.LOWERCASE_ROMAN)
        writer.set_page_label(preface, len(pages) - 1, PageLabelStyle.DECIMAL)
    if locked:
        writer.encrypt("open sesame", algorithm="RC4-128")
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def make_word(body: str, notes: str = "") -> bytes:
    """Return a Word file.

    Args:
        body: WordprocessingML of the paragraphs; see `paragraph`.
        notes: the text of footnote 1, where there is one.
    """
    types = (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>'
    )
    kind = f"{_OFFICE}/officeDocument"
    main = f'<Relationship Id="r1" Type="{kind}" Target="word/document.xml"/>'
    note = f'<Relationship Id="r2" Type="{_OFFICE}/footnotes" Target="footnotes.xml"/>'
    relations = f'<Relationships xmlns="{_PACKAGE}/relationships">'
    parts = {
        "[Content_Types].xml": types,
        "_rels/.rels": f"{relations}{main}</Relationships>",
        "word/document.xml": f'<w:document xmlns:w="{_NAMESPACE}"><w:body>{body}</w:body>'
        "</w:document>",
    }
    if notes:
        parts["word/_rels/document.xml.rels"] = f"{relations}{note}</Relationships>"
        parts["word/footnotes.xml"] = (
            f'<w:footnotes xmlns:w="{_NAMESPACE}"><w:footnote w:id="1">{paragraph(notes)}'
            "</w:footnote></w:footnotes>"
        )
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return made.getvalue()


def paragraph(text: str, more: str = "") -> str:
    """Return a paragraph of Word; ``more`` is WordprocessingML after its text."""
    return f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r>{more}</w:p>"
