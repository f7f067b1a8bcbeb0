"""`pacta text`: PDF, Word and HTML files become texts, page maps and records, or are told why not.

The command runs as a person runs it, in a copy of the tiny workspace.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.errors import SeedError
from loader.read.originals.text import join_pages, tidy_text
from loader.read.sources.pages import find_pages, format_page_map, read_page_maps
from tests.loader.read.originals.files import make_pdf, make_word, paragraph
from tests.places import ROOT
from tests.sample import sample

PROGRAM = ROOT / "pacta.py"
LIST = "<ul><li>first</li><li>second</li></ul>"
INSERTED = '<w:ins w:id="1" w:author="A"><w:r><w:t>not</w:t></w:r></w:ins>'
DELETED = '<w:del w:id="2" w:author="A"><w:r><w:delText>never</w:delText></w:r></w:del>'
NOTE = '<w:r><w:footnoteReference w:id="1"/></w:r>'


def run(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """`pacta text …` in a workspace."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PACTA_")}
    return subprocess.run(
        [sys.executable, PROGRAM, "text", *words],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def list_files(folder: Path) -> dict[str, bytes]:
    """Everything in a folder."""
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


@pytest.mark.slow
def test_a_pdf_becomes_a_source_with_pages(tiny_folder: Path) -> None:
    """Text, page map and record; `check` and `verify` accept them at once."""
    data = make_pdf(["Preface", "Article I\nThe peace lasts.", "", "Article II"], preface=1)
    (tiny_folder / "Peace of Nowhere.pdf").write_bytes(data)

    done = run(
        tiny_folder,
        "Peace of Nowhere.pdf",
        *("--address", "https://example.org/peace.pdf", "--add"),
        *("--archived", "https://archive.example.org/2026/peace.pdf"),
    )

    assert 0 == done.returncode, done.stderr
    assert "3 pages in" in done.stderr
    assert "no text on 1 page (empty, or pictures): 2" in done.stderr
    (text,) = (tiny_folder / "documents").glob("902_peace-of-nowhere*.txt")
    words = text.read_text("utf-8")
    assert "Preface\n\nArticle I\nThe peace lasts.\n\nArticle II" == words
    lines = (tiny_folder / "seeds/pages/902.yaml").read_text("utf-8").splitlines()
    assert ['0-7: "i"', '9-35: "1"', '37-47: "3"'] == lines
    sources = (tiny_folder / "seeds/sources.yaml").read_text("utf-8")
    for value in (
        f"sha256: {hashlib.sha256(words.encode()).hexdigest()}",
        f"originalSha256: {hashlib.sha256(data).hexdigest()}",
        f"characterCount: {len(words)}",
        "retrievedFrom: https://example.org/peace.pdf",
        "archivedAt: https://archive.example.org/2026/peace.pdf",
    ):
        assert value in sources
    for command in ("check", "verify"):
        checked = subprocess.run(
            [sys.executable, PROGRAM, command],
            cwd=tiny_folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "902" not in checked.stderr
    again = run(tiny_folder, "Peace of Nowhere.pdf")
    assert 2 == again.returncode
    assert "source 902 is made from this file already" in again.stderr


def test_without_add_the_record_is_printed(tiny_folder: Path) -> None:
    """Standard output holds the record alone; `sources.yaml` stays as it is."""
    before = (tiny_folder / "seeds/sources.yaml").read_bytes()
    (tiny_folder / "page.html").write_text(f"<p>Žodis</p>{LIST}<script>x()</script>", "utf-8")

    done = run(tiny_folder, "page.html", "--handle", "x1", "--label", "A “page”")

    assert 0 == done.returncode, done.stderr
    assert done.stdout.startswith("- id: family/")
    assert 'handle: "x1"' in done.stdout
    assert before == (tiny_folder / "seeds/sources.yaml").read_bytes()
    (text,) = (tiny_folder / "documents").glob("x1_*.txt")
    assert ["Žodis", "* first", "* second"] == [
        line.strip() for line in text.read_text("utf-8").splitlines() if line.strip()
    ]


def test_a_word_file_keeps_its_notes_and_tables(tiny_folder: Path) -> None:
    """Footnotes stand at the end; cells stay apart."""
    cells = "".join(f"<w:tc>{paragraph(text)}</w:tc>" for text in ("base", "men"))
    body = paragraph("Article I.", NOTE) + f"<w:tbl><w:tr>{cells}</w:tr></w:tbl>"
    (tiny_folder / "treaty.docx").write_bytes(make_word(body, "See the annex."))

    done = run(tiny_folder, "treaty.docx")

    assert 0 == done.returncode, done.stderr
    (text,) = (tiny_folder / "documents").glob("902_*.txt")
    words = text.read_text("utf-8")
    assert words.index("Article I.") < words.index("base") < words.index("See the annex.")
    assert "base men" == " ".join(words.split("\n\n")[1].split()[:2])
    assert "no fixed pages" in done.stderr
    assert not (tiny_folder / "seeds/pages").exists()


BAD: list[tuple[str, bytes, tuple[str, ...]]] = [
    ("scan.pdf", make_pdf(["", ""]), ("no text, only pictures on 2 pages", "ocrmypdf")),
    ("locked.pdf", make_pdf(["x"], locked=True), ("needs a password", "copy without one")),
    ("cut.pdf", make_pdf(["x"])[:200], ("cannot be read",)),
    ("empty.pdf", b"", ("the file is empty",)),
    (
        "changed.docx",
        make_word(paragraph("A.") + paragraph("They shall", INSERTED + DELETED)),
        ("has 2 tracked changes", "paragraph 2: inserted 'not'", "paragraph 2: deleted 'never'"),
    ),
    ("cut.docx", make_word(paragraph("A."))[:300], ("cannot be read", "cut off")),
    ("bare.docx", make_word(""), ("has no text",)),
    ("old.doc", b"\xd0\xcf\x11\xe0", (".doc are not read", "save it as .docx")),
    ("locked.docx", b"\xd0\xcf\x11\xe0" + b"\0" * 600, ("ends in .docx, but is an old Word",)),
    ("really.pdf", make_word(paragraph("A.")), ("ends in .pdf, but is Word",)),
    ("really.docx", make_pdf(["x"]), ("ends in .docx, but is PDF",)),
    ("list.odt", b"PK", (".odt are not read", "LibreOffice")),
    ("plain.txt", b"words", (".txt are not read", "needs no conversion")),
    ("app.html", b"<html><body><script>go()</script></body></html>", ("has no text", "browser")),
    ("latin.html", b"<p>caf\xe9</p>", ("latin.html:1", "not utf-8 at byte 6", "declares no")),
    ("odd.html", b'<meta charset="klingon"><p>x</p>', ("'klingon', which is none",)),
]

READ = (".pdf", ".docx", ".html")
CASES = [
    *(each for end in READ for each in sample((bad for bad in BAD if bad[0].endswith(end)), 2)),
    *sample((bad for bad in BAD if not bad[0].endswith(READ)), 2),
]


@pytest.mark.parametrize(("name", "data", "says"), CASES, ids=[name for name, _, _ in CASES])
def test_what_cannot_be_read_is_told_and_nothing_is_written(
    tiny_folder: Path, name: str, data: bytes, says: tuple[str, ...]
) -> None:
    """The file, what is wrong with it, what to do; a sound file beside it is not taken either."""
    (tiny_folder / name).write_bytes(data)
    (tiny_folder / "sound.html").write_text("<p>words</p>", "utf-8")
    before = list_files(tiny_folder)

    done = run(tiny_folder, "sound.html", name, "--add")

    assert 2 == done.returncode
    assert f"{name}" in done.stderr
    assert "Traceback" not in done.stderr
    for each in says:
        assert each in done.stderr
    assert before == list_files(tiny_folder)


@pytest.mark.parametrize(
    ("words", "says"),
    sample(
        [
            (("a.html", "b.html", "--label", "x"), "there are 2 files"),
            (("a.html", "--handle", "900"), "a source or a text 900 already"),
            (("a.html", "--handle", "A/1"), "is no handle"),
            (("a.html", "--address", "example.org"), "no address on the web"),
            (("none.html",), "cannot be read"),
        ],
        3,
    ),
)
def test_wrong_details_are_told(tiny_folder: Path, words: tuple[str, ...], says: str) -> None:
    """Before anything is written."""
    for name in ("a.html", "b.html"):
        (tiny_folder / name).write_text(f"<p>{name}</p>", "utf-8")
    before = list_files(tiny_folder)

    done = run(tiny_folder, *words)

    assert 2 == done.returncode
    assert says in done.stderr
    assert before == list_files(tiny_folder)


def test_a_folder_that_cannot_be_written_keeps_everything_as_it_was(tiny_folder: Path) -> None:
    """The text is taken away again when the page map cannot be written."""
    (tiny_folder / "a.pdf").write_bytes(make_pdf(["x"]))
    (tiny_folder / "seeds" / "pages").write_text("a file where the folder should be", "utf-8")
    before = list_files(tiny_folder)

    done = run(tiny_folder, "a.pdf")

    assert 2 == done.returncode
    assert "cannot be written" in done.stderr
    assert before == list_files(tiny_folder)


NAMES = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=3)


@given(st.lists(st.tuples(NAMES, st.text(max_size=80)), max_size=6))
def test_pages_are_where_the_map_says(
    tmp_path_factory: pytest.TempPathFactory, pages: list[tuple[str, str]]
) -> None:
    """Whatever the pages hold: each span cuts out the tidied text of its page, in order."""
    text, places = join_pages(pages)

    kept = [(name, tidy_text(own)) for name, own in pages if tidy_text(own).strip()]
    assert kept == [(page.name, text[page.start : page.end]) for page in places]
    folder = tmp_path_factory.mktemp("pages")
    (folder / "1.yaml").write_text(format_page_map(places), "utf-8")
    errors: list[SeedError] = []
    assert places == read_page_maps(folder, errors).get("1", ())
    assert [] == errors
    for page in places:
        assert (page,) == find_pages(places, page.start, page.end)


@given(st.text())
def test_tidying_again_changes_nothing(text: str) -> None:
    """A text is tidied once and for all, and can be written as UTF-8."""
    tidied = tidy_text(text)

    assert tidied == tidy_text(tidied)
    assert tidied == tidied.encode().decode()


@pytest.mark.parametrize(
    ("line", "says"),
    sample(
        [
            ('9-3: "1"', "'9-3' is no span"),
            ('0-9: "1"\n5-12: "2"', "begins before the line above it ends"),
            ("0-9: {page: 1, picture: x}", "unknown key 'picture'"),
            ("0-9: {image: https://example.org/a.jpg}", "names no page"),
            ("0-9: {page: 1, image: a.jpg}", "is no address of a picture"),
            ('0-99999: "1"', "after the text, which has"),
        ],
        3,
    ),
)
def test_a_page_map_that_is_wrong_is_told_with_its_place(
    tiny_folder: Path, line: str, says: str
) -> None:
    """By `pacta check`, as with every record."""
    folder = tiny_folder / "seeds" / "pages"
    folder.mkdir()
    (folder / "900.yaml").write_text(line + "\n", "utf-8")

    done = subprocess.run(
        [sys.executable, PROGRAM, "check"],
        cwd=tiny_folder,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 2 == done.returncode
    assert "seeds/pages/900.yaml" in done.stderr
    assert says in done.stderr
