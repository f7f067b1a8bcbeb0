"""A file of rows → `Table`: CSV, XLSX, or Turtle with a row for each thing of a class.

Every cell is text as a person reads it; a cell that a spreadsheet stores as a day or a number
keeps that beside it. What is wrong with the file as a whole is raised with its place; what is
wrong with a row or a cell is a finding, and the rest is read.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from loader.errors import LoaderError
from loader.importing.findings import Finding

MAX_COLUMNS: Final = 500
DELIMITERS: Final = (",", ";", "\t", "|")
_MULTIPLE: Final = "; "

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
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
        headings: of the columns in use, no two alike.
        letters: of the same columns, as spreadsheets name them.
        rows: in the order of the file; empty ones left out.
        findings: what is wrong with rows, columns and cells.
        heading_rows: the rows that hold the headings, counted from 1.
        encoding: of the text; empty where the format fixes it.
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
        encoding: of a text file.
        delimiter: between the cells of a text file.
        sheet: name of the sheet of a workbook.
        rdf_class: of Turtle, the class whose things are the rows.
        guess: take the likely encoding instead of refusing the file; for a draft.
    """

    heading_rows: tuple[int, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    rdf_class: str = ""
    guess: bool = False


def read_table(file: Path, options: Options) -> Table:
    """Return the table in a file.

    Raises:
        TableError: it cannot be read, or not without a decision that ``options`` lacks.
    """
    read = _READERS.get(file.suffix.lower())
    if read is None:
        raise TableError(
            f"a file of type {file.suffix or 'unknown'} is not read",
            file,
            hint=f"Save it as one of {', '.join(_READERS)}.",
        )
    try:
        data = file.read_bytes()
    except OSError as error:
        raise TableError(f"cannot be read: {error.strerror}", file) from None
    if not data.strip():
        raise TableError("the file is empty", file, hint="Give a table with a row of headings.")
    return read(data, file, options)


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


# CSV


def _read_csv(data: bytes, file: Path, options: Options) -> Table:
    encoding = options.encoding or _find_encoding(data, file, options)
    try:
        text = data.decode(encoding)
    except LookupError:
        raise TableError(
            f"encoding {encoding!r} is not known", file, hint="Write one such as windows-1257."
        ) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise TableError(
            f"is not {encoding}: byte 0x{data[error.start]:02x} stands here",
            file,
            line,
            hint="Write the encoding of the file into the map, or save the table as UTF-8.",
        ) from None
    delimiter = options.delimiter or _find_delimiter(text)
    rows: list[tuple[str, list[Cell]]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for number, cells in enumerate(reader, 1):
            rows.append((str(number), [Cell(clean(cell)) for cell in cells]))
    except csv.Error as error:
        raise TableError(
            f"no CSV: {error}",
            file,
            reader.line_num,
            hint="A quotation mark within a quoted cell is written twice.",
        ) from None
    table = _make_table(file, rows, options, [])
    return replace(table, encoding=encoding, delimiter=delimiter)


def _find_encoding(data: bytes, file: Path, options: Options) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return encoding
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError as error:
        guess = _guess_encoding(data)
        if options.guess and guess:
            return guess
        line = data.count(b"\n", 0, error.start) + 1
        likely = f"It reads as {guess}: " if guess else "For example "
        raise TableError(
            f"is not UTF-8: byte 0x{data[error.start]:02x} stands here",
            file,
            line,
            hint=f"{likely}write encoding: {guess or 'windows-1252'} into the map and look at the "
            "letters with accents, or save the table as UTF-8.",
        ) from None


def _guess_encoding(data: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return best.encoding.replace("cp125", "windows-125").replace("_", "-") if best else ""


def _find_delimiter(text: str) -> str:
    """Return the sign that parts most rows alike: the one with most cells in most lines."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]

    def weigh(delimiter: str) -> tuple[int, int]:
        counts = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        usual = max(set(counts), key=counts.count)
        return (counts.count(usual) if usual > 1 else 0, usual)

    return max(DELIMITERS, key=weigh) if lines else ","


# XLSX


def _read_xlsx(data: bytes, file: Path, options: Options) -> Table:
    import openpyxl

    def load(*, values: bool) -> Any:
        try:
            return openpyxl.load_workbook(io.BytesIO(data), data_only=values)
        except Exception as error:  # zip, XML and its own: openpyxl lets them all through
            raise TableError(
                f"is no XLSX workbook: {error}", file, hint="Save it again as .xlsx, or as .csv."
            ) from None

    book = load(values=False)
    names = [sheet.title for sheet in book.worksheets]
    filled = [sheet.title for sheet in book.worksheets if sheet.max_row > 1]
    if options.sheet and options.sheet not in names:
        raise TableError(
            f"has no sheet {options.sheet!r}", file, hint=f"Its sheets: {', '.join(names)}."
        )
    name = options.sheet or (filled or names or [""])[0]
    if not options.sheet and len(filled) > 1 and not options.guess:
        raise TableError(
            f"has {len(filled)} sheets with rows",
            file,
            hint=f"Write sheet: into the map, one of: {', '.join(filled)}.",
        )
    if not name:
        raise TableError("has no sheet with rows", file)
    sheet = book[name]
    formulas = {
        (cell.row, cell.column)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }
    stored = load(values=True)[name] if formulas else sheet
    findings = _merged(sheet, file, name)
    rows = []
    for number, cells in enumerate(stored.iter_rows(), 1):
        read = []
        for column, cell in enumerate(cells):
            if cell.value is None and (number, column + 1) in formulas:
                findings.append(
                    Finding(
                        "left out",
                        f"{file.name}:{number}:{column_letter(column)}",
                        "a formula without a stored result",
                        str(sheet.cell(number, column + 1).value),
                        hint="Open the workbook in a spreadsheet program and save it again.",
                    )
                )
            if cell.data_type == "e":
                findings.append(
                    Finding(
                        "left out",
                        f"{file.name}:{number}:{column_letter(column)}",
                        "an error of the spreadsheet stands here",
                        str(cell.value),
                        hint="Correct the formula and save the workbook again.",
                    )
                )
            read.append(Cell("") if cell.data_type == "e" else _xlsx_cell(cell.value))
        rows.append((str(number), read))
    return replace(_make_table(file, rows, options, findings), sheet=name)


def _merged(sheet: Any, file: Path, name: str) -> list[Finding]:
    return [
        Finding(
            "read so",
            f"{file.name}:{area.min_row}:{column_letter(area.min_col - 1)}",
            "merged cells: only the first of them holds the value, the others were read as empty",
            f"{area.coord} of sheet {name}",
            hint="Unmerge the cells and write the value into each row that it belongs to.",
        )
        for area in sorted(sheet.merged_cells.ranges, key=lambda area: (area.min_row, area.min_col))
    ]


def _xlsx_cell(value: Any) -> Cell:
    match value:
        case None:
            return Cell("")
        case bool():
            return Cell("true" if value else "false")
        case datetime():
            return Cell(value.date().isoformat(), day=value.date())
        case date():
            return Cell(value.isoformat(), day=value)
        case int() | float():
            text = str(int(value)) if float(value).is_integer() else repr(value)
            return Cell(text, number=float(value))
    return Cell(clean(str(value)))


# Turtle


def _read_turtle(data: bytes, file: Path, options: Options) -> Table:
    from rdflib import RDF, Graph, Literal, URIRef

    graph = Graph()
    try:
        graph.parse(data=data, format="turtle")
    except Exception as error:  # rdflib's parsers raise what they like
        message = " ".join(str(error).split())[:200]
        raise TableError(f"not Turtle: {message}", file) from None
    classes: dict[str, int] = {}
    for node in graph.objects(None, RDF.type):
        classes[str(node)] = classes.get(str(node), 0) + 1
    wanted = options.rdf_class or max(classes, key=lambda one: (classes[one], one), default="")
    if wanted not in classes or (not options.rdf_class and not options.guess):
        known = ", ".join(sorted(classes)) or "none"
        raise TableError(
            f"has no thing of class {wanted!r}" if options.rdf_class else "no class is chosen",
            file,
            hint=f"Write class: into the map. Classes in the file: {known}.",
        )
    things = sorted(
        node for node in graph.subjects(RDF.type, URIRef(wanted)) if isinstance(node, URIRef)
    )
    found: list[tuple[str, dict[str, list[str]]]] = []
    for thing in things:
        values: dict[str, list[str]] = {}
        for predicate, value in sorted(graph.predicate_objects(thing)):
            if predicate == RDF.type:
                continue
            heading = graph.namespace_manager.normalizeUri(str(predicate)).strip("<>")
            if isinstance(value, Literal) and value.language:
                heading += f"@{value.language}"
            values.setdefault(heading, []).append(_turtle_text(graph, value))
        found.append((str(thing), values))
    headings = sorted({heading for _, values in found for heading in values})
    rows = [("1", [Cell("address"), *map(Cell, headings)])]
    rows += [
        (thing, [Cell(thing), *(Cell(_MULTIPLE.join(values.get(h, ()))) for h in headings)])
        for thing, values in found
    ]
    return _make_table(file, rows, replace(options, heading_rows=(1,)), [])


def _turtle_text(graph: Any, value: Any) -> str:
    """Return a literal's text, or the label of a thing, or the end of its address."""
    from rdflib import RDFS, SKOS, Literal

    if isinstance(value, Literal):
        return clean(str(value))
    labels = sorted(
        str(label) for prop in (RDFS.label, SKOS.prefLabel) for label in graph.objects(value, prop)
    )
    return clean(labels[0] if labels else re.split(r"[/#]", str(value).rstrip("/#"))[-1])


# What all have in common


def _make_table(
    file: Path, rows: Sequence[tuple[str, list[Cell]]], options: Options, findings: list[Finding]
) -> Table:
    width = max((len(_trimmed(cells)) for _, cells in rows), default=0)
    if width > MAX_COLUMNS:
        raise TableError(f"has {width} columns, at most {MAX_COLUMNS} are read", file)
    numbers = options.heading_rows or (_first_heading_row(rows, width),)
    if max(numbers) >= len(rows) + 1 or min(numbers) < 1:
        raise TableError(f"has {len(rows)} rows; row {max(numbers)} cannot hold the headings", file)
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


_READERS: Final[Mapping[str, Callable[[bytes, Path, Options], Table]]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".txt": _read_csv,
    ".xlsx": _read_xlsx,
    ".xlsm": _read_xlsx,
    ".ttl": _read_turtle,
}
