"""A table of texts as a file: UTF-8 CSV that spreadsheets open correctly, and XLSX. Pure."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime

import xlsxwriter  # type: ignore[import-untyped]

MARK = "\ufeff"
"""The byte order mark, by which spreadsheet programs know UTF-8."""
_LONGEST = 32_767
"""Characters of a cell that a workbook can hold."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """RFC 4180, UTF-8 with its mark; a text that a spreadsheet would run stays text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([_guard(cell) for cell in row] for row in rows)
    return (MARK + out.getvalue()).encode()


def _guard(cell: str) -> str:
    number = cell[1:].replace(".", "", 1).isdigit()
    return f"'{cell}" if cell.startswith(_FORMULA) and not number else cell


def write_xlsx(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook of one sheet; the same bytes for the same table.

    Args:
        title: The title of the sheet.
        headings: The headings of the columns.
        rows: Texts; those of digits alone become numbers.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": title, "created": datetime(2000, 1, 1)})  # noqa: DTZ001
    name = "".join(c for c in title if c not in "[]:*?/\\'")[:31] or "Pacta"
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True})
    sheet.write_row(0, 0, headings, bold)
    for at, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            if cell.isascii() and cell.isdigit() and len(cell) < 15 and not cell.startswith("0"):
                sheet.write_number(at, column, int(cell))
            elif cell:
                sheet.write_string(at, column, cell[:_LONGEST])
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(rows), 1), max(len(headings) - 1, 0))
    book.close()
    return out.getvalue()
