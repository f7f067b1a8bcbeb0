"""Files of the formats that hold tables → `Table`: CSV, XLSX, and Turtle.

Each reader finds rows of cells; what they have in common is in `loader.importing.tables`.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from loader.importing.findings import Finding
from loader.importing.tables import (
    Cell,
    Options,
    Table,
    TableError,
    clean,
    column_letter,
    make_table,
)

DELIMITERS: Final = (",", ";", "\t", "|")
_MULTIPLE: Final = "; "

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


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
    table = make_table(file, rows, options, [])
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
    return replace(make_table(file, rows, options, findings), sheet=name)


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
    return make_table(file, rows, replace(options, heading_rows=(1,)), [])


def _turtle_text(graph: Any, value: Any) -> str:
    """Return a literal's text, or the label of a thing, or the end of its address."""
    from rdflib import RDFS, SKOS, Literal

    if isinstance(value, Literal):
        return clean(str(value))
    labels = sorted(
        str(label) for prop in (RDFS.label, SKOS.prefLabel) for label in graph.objects(value, prop)
    )
    return clean(labels[0] if labels else re.split(r"[/#]", str(value).rstrip("/#"))[-1])


_READERS: Final[Mapping[str, Callable[[bytes, Path, Options], Table]]] = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".txt": _read_csv,
    ".xlsx": _read_xlsx,
    ".xlsm": _read_xlsx,
    ".ttl": _read_turtle,
}
