"""A table: headings, rows, cells, and what is wrong with them. `loader.importing.files` reads it.

Every cell is text as a person reads it; a cell that a spreadsheet stores as a day or a number
keeps that beside it. What is wrong with the file as a whole is raised with its place; what is
wrong with a row or a cell is a finding, and the rest is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from loader.errors import LoaderError
from loader.importing.findings import Finding
from loader.rdf.counts import say_count

MAX_COLUMNS: Final = 500
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff\ufeff]")


class TableError(LoaderError):
    """A file cannot be read as a table: what stood there, what was expected, what to do."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell.

    Attributes:
        text: on one line, without control characters; empty where nothing stands.
        day: the day that a spreadsheet stores, or None.
        number: the number that a spreadsheet stores, or None.
    """

    text: str
    day: date | None = None
    number: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One row with a cell for each heading.

    Attributes:
        name: its number as spreadsheets count, the headings included; of Turtle, the address.
        cells: as many as there are headings.
        is_broken: it has more cells than there are headings, so none can be trusted.
    """

    name: str
    cells: tuple[Cell, ...]
    is_broken: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        file: its name, for messages.
        headings: the headings of the columns in use, no two alike.
        letters: the letters of the same columns, as spreadsheets name them.
        rows: in the order of the file; empty ones left out.
        findings: what is wrong with rows, columns and cells.
        heading_rows: the rows that hold the headings, counted from 1.
        encoding: the encoding of the text; empty where the format fixes it.
        delimiter: between cells; empty where there is none.
        sheet: name of the sheet; empty where there is none.
    """

    file: str
    headings: tuple[str, ...]
    letters: tuple[str, ...]
    rows: tuple[Row, ...]
    findings: tuple[Finding, ...]
    heading_rows: tuple[int, ...]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""

    def place(self, row: Row, column: int) -> str:
        """Return where a cell stands: ``treaties.csv:12:C``."""
        return f"{self.file}:{row.name}:{self.letters[column]}"


@dataclass(frozen=True, slots=True)
class Options:
    """How to read a file; what is not given is found out, or refused where it is a guess.

    Attributes:
        heading_rows: the rows that hold the headings, counted from 1, joined where several.
        encoding: the encoding of a text file.
        delimiter: between the cells of a text file.
        sheet: name of the sheet of a workbook.
        rdf_class: for Turtle, the class whose things are the rows.
        guess: take the likely encoding instead of refusing the file; for a draft.
    """

    heading_rows: tuple[int, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    rdf_class: str = ""
    guess: bool = False


def column_letter(at: int) -> str:
    """Return the name of a column as spreadsheets have it.

    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    name = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def clean(text: str) -> str:
    """Return a cell's text on one line, without control characters."""
    return " ".join(_CONTROLS.sub("", text).split())


def make_table(
    file: Path, rows: Sequence[tuple[str, list[Cell]]], options: Options, findings: list[Finding]
) -> Table:
    """Return the table that rows of cells make.

    Args:
        file: named in messages.
        rows: name and cells of each row of the file, in its order.
        options: where the headings are, if that is known.
        findings: what its format had to tell; is appended to.

    Raises:
        TableError: the rows are no table, or not without a decision that ``options`` lacks.
    """
    width = max((len(_trimmed(cells)) for _, cells in rows), default=0)
    if width > MAX_COLUMNS:
        raise TableError(f"has {width} columns, at most {MAX_COLUMNS} are read", file)
    numbers = options.heading_rows or (_first_heading_row(rows, width),)
    if max(numbers) >= len(rows) + 1 or min(numbers) < 1:
        raise TableError(
            f"has {say_count(len(rows), 'row')}; row {max(numbers)} cannot hold the headings", file
        )
    headings = _join_headings([rows[number - 1][1] for number in numbers], width)
    body = rows[max(numbers) :]
    last = max((at for at, heading in enumerate(headings) if heading), default=-1)
    filled = [sum(at < len(c) and bool(c[at].text) for _, c in body) for at in range(width)]
    # What stands right of all headings in a few rows is a fault of these rows.
    used = [at for at in range(width) if filled[at] > (0 if at <= last else len(body) // 2)]
    _check_headings(file, headings, used, numbers, rows)
    findings.extend(
        Finding(
            "note",
            f"{file.name}:{max(numbers)}:{column_letter(at)}",
            "a column without a value was not read",
            heading,
        )
        for at, heading in enumerate(headings)
        if heading and at not in used
    )
    last = max(last, *used) if used else last
    read: list[Row] = []
    for name, cells in body:
        trimmed = _trimmed(cells)
        if not trimmed:
            continue
        is_broken = len(trimmed) > last + 1
        if is_broken:
            findings.append(
                Finding(
                    "waits",
                    f"{file.name}:{name}:{column_letter(last + 1)}",
                    "the row has more cells than there are headings",
                    trimmed[last + 1].text or trimmed[-1].text,
                    f"{last + 1} cells",
                    "Put the cell that holds the delimiter in quotation marks.",
                )
            )
        padded = tuple(cells[at] if at < len(cells) else Cell("") for at in used)
        read.append(Row(name, padded, is_broken))
    if not read:
        raise TableError("has no row below its headings", file, max(numbers))
    return Table(
        file=file.name,
        headings=tuple(headings[at] for at in used),
        letters=tuple(column_letter(at) for at in used),
        rows=tuple(read),
        findings=tuple(findings),
        heading_rows=tuple(numbers),
    )


def _trimmed(cells: Sequence[Cell]) -> Sequence[Cell]:
    end = len(cells)
    while end and not cells[end - 1].text:
        end -= 1
    return cells[:end]


def _first_heading_row(rows: Sequence[tuple[str, list[Cell]]], width: int) -> int:
    """Return the number of the first row of headings; a title above a wide table is passed by."""
    least = 2 if width > 2 else 1
    filled = (
        at for at, (_, cells) in enumerate(rows, 1) if sum(bool(c.text) for c in cells) >= least
    )
    return next(filled, 1)


def _join_headings(rows: Sequence[Sequence[Cell]], width: int) -> list[str]:
    """Return a heading for each column; of several rows, one above the other.

    In all rows but the last, an empty cell repeats the one on its left, which it was merged with.
    """
    joined = [""] * width
    for number, row in enumerate(rows):
        before = ""
        for at in range(width):
            text = row[at].text if at < len(row) else ""
            if not text and number < len(rows) - 1:
                text = before
            before = text
            joined[at] = f"{joined[at]} {text}".strip()
    return joined


def _check_headings(
    file: Path,
    headings: Sequence[str],
    used: Iterable[int],
    numbers: Sequence[int],
    rows: Sequence[tuple[str, list[Cell]]],
) -> None:
    row = max(numbers)
    seen: dict[str, int] = {}
    for at in used:
        heading = unicodedata.normalize("NFC", headings[at])
        if not heading:
            below = rows[row][1] if row < len(rows) else []
            second = below[at].text if at < len(below) else ""
            raise TableError(
                f"column {column_letter(at)} has values but no heading",
                file,
                row,
                at + 1,
                hint=f"Write a heading. If {second!r} below it is one, the headings stand in two "
                f"rows: write header: [{row}, {row + 1}] into the map."
                if second
                else "Write a heading into the table.",
            )
        if heading in seen:
            raise TableError(
                f"columns {column_letter(seen[heading])} and {column_letter(at)} have the same "
                f"heading, {heading!r}",
                file,
                row,
                at + 1,
                hint="Rename one of them in the table. If the headings stand in two rows, write "
                f"header: [{row}, {row + 1}] into the map.",
            )
        seen[heading] = at
