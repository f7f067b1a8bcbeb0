"""Imports into a workspace, through the command: what is written, kept, told, and refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest

from loader.cli import main
from loader.pipeline import prepare
from loader.progress import Progress
from loader.workspace import open_workspace
from tests.sample import sample
from tests.tinybuild import BASE, copy_tiny

HEADINGS = ["No.", "Title", "Signed", "Parties", "Place", "LNTS", "Remarks"]
ROWS = [
    ["1", "Peace of the Hills", "12.7.1920", "Arland; Borland", "Midport", "94", ""],
    ["2", "Trade: second, revised", "3/4/1921", "Arland; Cestria", "Farpoint", "LNTS 130", "x"],
    ["3", "Convention on the Lakes", "c. 1925", "Cestria; Arland", "", "", ""],
    ["4", "Truce", "30 February 1922", "Arland; Borland", "", "", ""],
    ["5", "Letters", "1923", "Borland; Kingdom of Arland", "", "", ""],
    ["6", "Accord", "1924-05-06", "Arlnd; Borland", "", "3 LNTS 105", ""],
]  # fmt: skip
MAP = """
type: Treaty
kind: convention
key: No.
source:
  handle: t01
  label: {en: Register, lt: Registras}
  family: family/register
  note: {en: No licence is given.}
columns:
  No.: {as: ignore}
  Title: {as: label}
  Signed: {as: signedOn, required: true}
  Parties: {as: hasParty, split: ";", new: Party, required: true, least: 2}
  Place: {as: signedAt, new: Place}
  LNTS: {as: registrationNumber, series: LNTS}
  Remarks: {as: note}
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A workspace that passes its checks, with a map of the table beside it."""
    workspace, _ = copy_tiny(tmp_path)
    (workspace.root / "t.map.yaml").write_text(MAP, encoding="utf-8")
    return workspace.root


def write_rows(root: Path, rows: list[list[str]]) -> Path:
    """Write the table."""
    file = root / "t.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([HEADINGS, *rows])
    return file


def run(root: Path, *options: str, table: str = "t.csv") -> int:
    """Run the command as a person does."""
    arguments = ["import", str(root / table), "--map", str(root / "t.map.yaml")]
    return main([*arguments, "--workspace", str(root), *options])


def state(root: Path) -> dict[str, bytes]:
    """Return every file of the workspace that an import may write, but its report."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for folder in ("seeds", "documents", "imports")
        for path in sorted((root / folder).rglob("*"))
        if path.is_file() and path.suffix != ".tsv"
    }


def report(root: Path) -> list[tuple[str, str, str]]:
    """Return (what became of it, place, value) of every line of the report."""
    with (root / "imports" / "t01.report.tsv").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream, delimiter="\t"))
    return [(line["result"], line["place"], line["value"]) for line in lines]


@pytest.mark.slow
def test_rows_become_records_that_pass_every_check(
    tiny: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Good rows are records at once; each doubt is told in its place; the passages verify."""
    write_rows(tiny, ROWS)
    assert run(tiny) == 0
    assert capsys.readouterr().out.startswith("6 rows: 4 new records")

    told = report(tiny)
    assert ("waits", "t.csv:5:C", "30 February 1922") in told
    assert ("waits", "t.csv:6:D", "Kingdom of Arland") in told
    assert ("read so", "t.csv:3:C", "3/4/1921") in told
    assert ("read so", "t.csv:7:D", "Arlnd") in told
    assert ("left out", "t.csv:7:F", "3 LNTS 105") in told
    record = (tiny / "seeds/treaties/trade-second-revised-1921.yaml").read_text("utf-8")
    assert "{signedOn: 1921-03-04/1921-04-03, asPrinted: 3/4/1921, evidence: t01@" in record
    assert 'label: {en: "Trade: second, revised"}' in record
    assert "{registrationNumber: LNTS 130, evidence: t01@" in record
    assert "{hasParty: [party/arland, party/cestria], evidence: t01@" in record
    assert (tiny / "seeds/places/farpoint.yaml").exists()
    assert not (tiny / "seeds/places/midport.yaml").exists()  # the workspace has it elsewhere

    prepared = prepare(open_workspace(tiny), BASE, Progress(), answers="accept")
    assert prepared.counts.entities > 0
    assert main(["verify", "--workspace", str(tiny), "--documents", str(tiny / "documents")]) == 0
    written = ["treaties/trade-second-revised-1921", "places/farpoint", "parties/cestria"]
    assert main(["fmt", "--check", *(str(tiny / f"seeds/{name}.yaml") for name in written)]) == 0


def test_a_new_name_is_told_with_its_record(tiny: Path) -> None:
    """A name of a row that waits has no record yet, so the report does not say it was made."""
    waiting = ["8", "Truce", "some day", "Arland; Borland", "Faraway", "", ""]
    write_rows(tiny, [*ROWS, waiting])
    assert run(tiny) == 0
    made = {value for result, _, value in report(tiny) if result == "note"}
    assert "Farpoint" in made
    assert "Faraway" not in made

    write_rows(tiny, [*ROWS, [*waiting[:2], "1927", *waiting[3:]]])
    assert run(tiny) == 0
    assert {value for result, _, value in report(tiny) if result == "note"} == {"Faraway"}


def test_importing_again_changes_only_what_changed(tiny: Path) -> None:
    """The same table writes the same bytes; a changed row, its record and the source alone."""
    write_rows(tiny, ROWS)
    assert run(tiny) == 0
    first = state(tiny)
    assert run(tiny) == 0
    assert state(tiny) == first

    changed = [row.copy() for row in ROWS]
    changed[0][2] = "13.7.1920"
    changed.insert(1, ["7", "Pact", "1926", "Arland; Borland", "", "", ""])
    write_rows(tiny, changed)
    assert run(tiny) == 0
    second = state(tiny)
    differing = {name for name in second if second[name] != first.get(name)}
    assert differing == {
        "seeds/treaties/peace-of-the-hills-1920.yaml",
        "seeds/treaties/pact-1926.yaml",
        "seeds/sources.yaml",
        "seeds/passages/t01.yaml",
        "documents/t01.txt",
        "imports/t01.json",
        "imports/t01.names.yaml",
    }
    assert second["documents/t01.txt"].startswith(first["documents/t01.txt"])
    assert main(["verify", "--workspace", str(tiny), "--documents", str(tiny / "documents")]) == 0


def test_an_edit_by_hand_is_kept_until_the_table_may_win(tiny: Path) -> None:
    """What a person wrote stays; a row that changes under it is told and not written."""
    write_rows(tiny, ROWS)
    assert run(tiny) == 0
    record = tiny / "seeds/treaties/peace-of-the-hills-1920.yaml"
    record.write_text(record.read_text("utf-8").replace("Hills}", "Green Hills}"), "utf-8")
    edited = record.read_bytes()
    assert run(tiny) == 0
    assert record.read_bytes() == edited

    changed = [row.copy() for row in ROWS]
    changed[0][2] = "13.7.1920"
    write_rows(tiny, changed)
    document = (tiny / "documents/t01.txt").read_bytes()
    assert run(tiny) == 0
    assert record.read_bytes() == edited
    assert (tiny / "documents/t01.txt").read_bytes() == document
    assert ("waits", "t.csv:2:A", "seeds/treaties/peace-of-the-hills-1920.yaml") in report(tiny)

    assert run(tiny, "--overwrite") == 0
    assert b"1920-07-13" in record.read_bytes()

    record.unlink()
    assert run(tiny) == 0
    assert not record.exists()
    assert run(tiny, "--overwrite") == 0
    assert record.exists()


def test_a_decision_about_a_name_lets_its_rows_in(tiny: Path) -> None:
    """An undecided name waits in its file; each kind of decision is followed, and lasts."""
    write_rows(tiny, ROWS)
    assert run(tiny) == 0
    names = tiny / "imports/t01.names.yaml"
    text = names.read_text("utf-8")
    assert '"Kingdom of Arland": undecided  # party/arland (Arland)' in text

    names.write_text(text.replace("undecided", "party/arland"), "utf-8")
    assert run(tiny) == 0
    letters = (tiny / "seeds/treaties/letters-1923.yaml").read_text("utf-8")
    assert "[party/borland, party/arland]" in letters
    assert '"Kingdom of Arland": party/arland' in names.read_text("utf-8")
    after = state(tiny)
    assert run(tiny) == 0
    assert state(tiny) == after

    names.write_text('Party: {"Kingdom of Arland": the king}\n', "utf-8")
    assert run(tiny) == 2


def test_a_trial_writes_the_report_alone(tiny: Path) -> None:
    """Nothing but the report is there afterwards."""
    write_rows(tiny, ROWS)
    before = state(tiny)
    assert run(tiny, "--trial") == 0
    assert state(tiny) == before
    assert len(report(tiny)) > 3


def test_an_import_that_broke_off_is_taken_up(tiny: Path) -> None:
    """Records that were written before the memory of the import are found again, not doubled."""
    write_rows(tiny, ROWS)
    assert run(tiny) == 0
    whole = state(tiny)
    (tiny / "imports/t01.json").unlink()
    (tiny / "documents/t01.txt").unlink()
    assert run(tiny) == 0
    assert state(tiny) == whole


@pytest.mark.parametrize(
    ("old", "new", "says"),
    sample(
        [
            ("  Place: {as: signedAt, new: Place}\n", "", "'Place', is not in the map"),
            ("Remarks:", "Remark:", "the table has no column 'Remark'"),
            ("as: signedOn", "as: signedOm", "cannot give 'signedOm'"),
            ("as: label", "as: note", "no column gives the label"),
            ("key: No.\n", "", "the map has no key"),
            ("handle: t01", "handle: T-01", "handle 'T-01'"),
            ("kind: convention\n", "", "needs a kind"),
            ("kind: convention", "kind: handshake", "no kind of Treaty"),
            ("series: LNTS", "series: XYZ", "unknown series"),
            ("type: Treaty", "type: Handshake", "unknown class"),
            ("split: ", "splits: ", "unknown key 'splits'"),
        ],
        5,
    ),
)
def test_a_map_that_does_not_fit_stops_before_anything_is_written(
    tiny: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, says: str
) -> None:
    """Each mistake in a map is told with its file, and leaves the workspace as it was."""
    write_rows(tiny, ROWS)
    (tiny / "t.map.yaml").write_text(MAP.replace(old, new), "utf-8")
    before = state(tiny)
    assert run(tiny) == 2
    said = capsys.readouterr().err
    assert says in said
    assert "t.map.yaml" in said
    assert state(tiny) == before


def test_a_damaged_memory_or_text_stops_the_import(tiny: Path) -> None:
    """Without the text that records rest on, or the memory of what was written, nothing is done."""
    write_rows(tiny, ROWS)
    assert run(tiny) == 0
    text = (tiny / "documents/t01.txt").read_bytes()
    (tiny / "documents/t01.txt").unlink()
    assert run(tiny) == 2
    (tiny / "documents/t01.txt").write_bytes(text)
    (tiny / "imports/t01.json").write_text("[1]", "utf-8")
    assert run(tiny) == 2


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_draft_of_a_map_imports_the_table(
    tiny: Path, capsys: pytest.CaptureFixture[str], ending: str
) -> None:
    """The draft is a map as it stands: of text files and of workbooks."""
    write_rows(tiny, ROWS)
    if ending == "xlsx":
        book = openpyxl.Workbook()
        for row in [HEADINGS, *ROWS]:
            book.worksheets[0].append(row)
        book.save(tiny / "t.xlsx")
    table = f"t.{ending}"
    assert main(["import", str(tiny / table), "--suggest", "--workspace", str(tiny)]) == 0
    draft = capsys.readouterr().out
    assert '"Signed": {as: signedOn, required: true}  # 3/4/1920 is told' in draft
    assert '"Parties": {as: hasParty, split: ";", new: Party, required: true, least: 2}' in draft
    assert '"LNTS": {as: registrationNumber, series: LNTS}' in draft
    assert 'key: "No."' in draft
    (tiny / "t.map.yaml").write_text(draft, "utf-8")
    assert run(tiny, table=table) == 0
    assert capsys.readouterr().out.startswith("6 rows: 4 new records")
    assert len(json.loads((tiny / "imports/t01.json").read_text("utf-8"))) == 4


def test_turtle_is_imported_by_a_map(tiny: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Things of another data set become records here, with their address as the key."""
    (tiny / "t.ttl").write_text(
        """@prefix ex: <http://example.org/> .
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        ex:t1 a ex:Treaty ; rdfs:label "Peace of the Hills"@en ; ex:signed "1920-07-12" ;
          ex:party ex:a , ex:b .
        ex:a a ex:State ; rdfs:label "Arland" . ex:b a ex:State ; rdfs:label "Borland" .""",
        "utf-8",
    )
    head = MAP.split("columns:")[0].replace("key: No.", "key: address")
    columns = (
        "class: http://example.org/Treaty\n"
        "columns:\n"
        "  address: {as: ignore}\n"
        '  "rdfs:label@en": {as: label}\n'
        '  "ex:signed": {as: signedOn}\n'
        '  "ex:party": {as: hasParty, split: ";"}\n'
    )
    (tiny / "t.map.yaml").write_text(head + columns, "utf-8")
    assert run(tiny, table="t.ttl") == 0
    assert capsys.readouterr().out.startswith("1 row: 1 new record, ")
    record = (tiny / "seeds/treaties/peace-of-the-hills-1920.yaml").read_text("utf-8")
    assert "[party/arland, party/borland]" in record
