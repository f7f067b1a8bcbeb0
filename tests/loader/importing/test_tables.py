"""Files of rows: what is read, what is told of a cell, and what refuses the whole file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.importing.files import read_table
from loader.importing.registers import SERIES, RegistrationError, read_registration
from loader.importing.tables import Cell, Options, Table, TableError, column_letter

ROWS = [["No.", "Title"], ["1", "Žemaičių sutartis"], ["2", "Peace"]]


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """Write a text file and return it."""
    path.write_bytes(text.encode(encoding))
    return path


def texts(table: Table) -> list[list[str]]:
    """Return headings and cells as text."""
    return [list(table.headings), *([cell.text for cell in row.cells] for row in table.rows)]


def write_book(path: Path, rows: list[list[Any]], **sheets: list[list[Any]]) -> Any:
    """Write a workbook and return its first sheet, not yet saved again."""
    book = openpyxl.Workbook(write_only=False)
    book.remove(book.worksheets[0])
    first = book.create_sheet("Treaties")
    for row in rows:
        first.append(row)
    for name, others in sheets.items():
        sheet = book.create_sheet(name)
        for row in others:
            sheet.append(row)
    book.save(path)
    return book


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_delimiter_and_unicode_are_found_out(tmp_path: Path, delimiter: str, encoding: str) -> None:
    """Any usual delimiter and any Unicode encoding give the same table."""
    text = "".join(delimiter.join(row) + "\r\n" for row in ROWS)
    assert texts(read_table(write(tmp_path / "t.csv", text, encoding), Options())) == ROWS


def test_another_encoding_is_refused_with_its_place_and_a_guess(tmp_path: Path) -> None:
    """A file in an old encoding is not guessed in silence; the map can say which it is."""
    lines = "".join(f"{n},Žemaičių krašto sutartis dėl sienų ir žūklės\n" for n in range(30))
    file = write(tmp_path / "t.csv", "No.,Title\n" + lines, "windows-1257")

    with pytest.raises(TableError, match="is not UTF-8") as caught:
        read_table(file, Options())
    assert caught.value.line == 2
    assert "encoding:" in str(caught.value.hint)
    table = read_table(file, Options(encoding="windows-1257"))
    assert table.rows[0].cells[1].text.startswith("Žemaičių krašto")
    with pytest.raises(TableError, match="not known"):
        read_table(file, Options(encoding="klingon"))


@pytest.mark.parametrize(
    ("text", "says", "line"),
    [
        ("", "is empty", None),
        ("No.,Title\n", "no row below", 1),
        ("No.,\n1,Peace\n2,War\n", "column B has values but no heading", 1),
        ("Title,Title\nPeace,War\n", "the same heading", 1),
        ('No.,Title\n1,"Peace"x\n', "no CSV", 2),
    ],
)
def test_a_file_without_a_plain_table_is_refused(
    tmp_path: Path, text: str, says: str, line: int | None
) -> None:
    """Each fault of the whole file is told with its place."""
    with pytest.raises(TableError, match=says) as caught:
        read_table(write(tmp_path / "t.csv", text), Options())
    assert caught.value.line == line


def test_other_kinds_of_files_are_refused(tmp_path: Path) -> None:
    """A file that is no table, or is not there, says so."""
    with pytest.raises(TableError, match=r"type \.ods"):
        read_table(write(tmp_path / "t.ods", "x"), Options())
    with pytest.raises(TableError, match="no XLSX"):
        read_table(write(tmp_path / "t.xlsx", "No.,Title"), Options())
    with pytest.raises(TableError, match="cannot be read"):
        read_table(tmp_path / "none.csv", Options())


def test_headings_in_two_rows_are_told_and_can_be_joined(tmp_path: Path) -> None:
    """Groups of columns above their headings: refused with the cure, then read."""
    file = write(tmp_path / "t.csv", "No.,Signed,,Title\n,day,place,\n1,1920,Lakeside,Peace\n")
    with pytest.raises(TableError, match="no heading") as caught:
        read_table(file, Options())
    assert "header: [1, 2]" in str(caught.value.hint)
    table = read_table(file, Options(heading_rows=(1, 2)))
    assert table.headings[1:3] == ("Signed day", "Signed place")


def test_a_title_above_the_headings_is_passed_by(tmp_path: Path) -> None:
    """A single cell above the table is no heading."""
    table = read_table(
        write(tmp_path / "t.csv", "Our treaties\n\nNo.,Title,Year\n1,Peace,1920\n"), Options()
    )
    assert texts(table) == [["No.", "Title", "Year"], ["1", "Peace", "1920"]]


def test_empty_columns_and_rows_with_too_many_cells_are_told(tmp_path: Path) -> None:
    """What is left out has its place in the findings."""
    file = write(tmp_path / "t.csv", "No.,Empty,Title\n1,,Peace\n2,,War,and more\n\n3,,Truce\n")
    table = read_table(file, Options())
    assert table.headings == ("No.", "Title")
    assert [(one.level, one.place) for one in table.findings] == [
        ("note", "t.csv:1:B"),
        ("waits", "t.csv:3:D"),
    ]
    assert [row.is_broken for row in table.rows] == [False, True, False]
    assert [row.name for row in table.rows] == ["2", "3", "5"]


def test_a_workbook_gives_days_numbers_and_what_is_wrong_with_cells(tmp_path: Path) -> None:
    """Stored days stay days; merged cells, errors and formulas without a result are told."""
    file = tmp_path / "t.xlsx"
    book = write_book(
        file,
        [
            ["No.", "Signed", "Count", "Sum"],
            [1, date(1920, 7, 12), 7.0, "=A2+1"],
            [2, "1921", 0.5, "#REF!"],
            [3, None, True, None],
        ],
    )
    book.worksheets[0].merge_cells("B3:B4")
    book.save(file)

    table = read_table(file, Options())
    assert table.rows[0].cells[1] == Cell("1920-07-12", day=date(1920, 7, 12))
    assert [row.cells[2].text for row in table.rows] == ["7", "0.5", "true"]
    assert {(one.level, one.place) for one in table.findings} >= {
        ("read so", "t.xlsx:3:B"),
        ("left out", "t.xlsx:2:D"),
    }


def test_a_workbook_with_two_tables_asks_which(tmp_path: Path) -> None:
    """Of several sheets with rows none is chosen in silence."""
    file = tmp_path / "t.xlsx"
    write_book(file, ROWS, Other=ROWS)
    with pytest.raises(TableError, match="2 sheets"):
        read_table(file, Options())
    assert texts(read_table(file, Options(sheet="Other"))) == ROWS
    with pytest.raises(TableError, match="no sheet 'Third'"):
        read_table(file, Options(sheet="Third"))


def test_turtle_has_a_row_for_each_thing_of_a_class(tmp_path: Path) -> None:
    """Each property is a column, by language; a thing is its label."""
    file = write(
        tmp_path / "t.ttl",
        """@prefix ex: <http://example.org/> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        ex:t1 a ex:Treaty ; rdfs:label "Peace"@en , "Taika"@lt ; ex:party ex:a , ex:b .
        ex:a rdfs:label "Arland" . ex:b rdfs:label "Borland" .""",
    )
    with pytest.raises(TableError, match="no class is chosen"):
        read_table(file, Options())
    table = read_table(file, Options(rdf_class="http://example.org/Treaty"))
    assert dict(zip(table.headings, (c.text for c in table.rows[0].cells), strict=True)) == {
        "address": "http://example.org/t1",
        "ex:party": "Arland; Borland",
        "rdfs:label@en": "Peace",
        "rdfs:label@lt": "Taika",
    }
    with pytest.raises(TableError, match="not Turtle"):
        read_table(write(tmp_path / "bad.ttl", "ex:t1 a"), Options())


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    """No bytes break the reader of text files."""
    file = tmp_path_factory.mktemp("table") / "t.csv"
    file.write_bytes(data)
    try:
        table = read_table(file, Options())
    except TableError:
        return
    assert all(len(row.cells) == len(table.headings) for row in table.rows)


def test_columns_are_named_as_spreadsheets_do() -> None:
    """A to Z, then AA."""
    assert [column_letter(at) for at in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


@pytest.mark.parametrize(
    ("text", "series", "number"),
    [
        ("94", "LNTS", "LNTS 94"),
        ("L.N.T.S. No. 94", "", "LNTS 94"),
        ("i-3822", "UNTS", "UNTS I-3822"),
        ("No. 94", "LNTS", "LNTS 94"),
        ("94 LNTS", "", "LNTS 94"),
        ("UNTS I-3822", "LNTS", "UNTS I-3822"),
    ],
)
def test_a_registration_number_has_one_form(text: str, series: str, number: str) -> None:
    """However it is written, and from whatever column."""
    assert read_registration(text, series) == number


@pytest.mark.parametrize(
    ("text", "series", "says"),
    [
        ("3 LNTS 105", "LNTS", "volume and a page"),
        ("LNTS vol. 3, p. 105", "", "volume and a page"),
        ("94", "", "of which register"),
        ("soon", "LNTS", "no number"),
    ],
)
def test_what_is_no_registration_number_is_refused(text: str, series: str, says: str) -> None:
    """A citation, a bare number, a word."""
    with pytest.raises(RegistrationError, match=says):
        read_registration(text, series)


@given(st.sampled_from(sorted(SERIES)), st.integers(1, 99_999))
def test_a_registration_number_reads_as_itself(series: str, number: int) -> None:
    """The one form is among those that are read."""
    assert read_registration(f"{series} {number}", "") == f"{series} {number}"
