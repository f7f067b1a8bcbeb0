"""The workspace: found, complete, and its publication read to the letter."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from loader.errors import WorkspaceError
from loader.rdf.days import Day
from loader.workspace import FOLDERS, Box, open_workspace, sample_workspace

MORE = """
[contact]
name = "Us"
url = "https://example.org/us"

[coverage]
from = 1918-02-16
until = "1940-06-15"
places = ["https://example.org/lt"]
south = -10.5
west = 18
north = 61
east = 40

[themes."https://example.org/themes/law"]
ar = "قانون"
zh = "法律"
"""

BOX = "west = 2\nnorth = 3\neast = 4\n"


def test_workspace_reads_the_publication(tiny_folder: Path) -> None:
    """Every key lands in its field."""
    file = tiny_folder / "pacta.toml"
    file.write_text(file.read_text(encoding="utf-8") + MORE, encoding="utf-8")
    publication = open_workspace(tiny_folder).publication

    assert (publication.base, publication.line) == ("http://localhost:8000/", "tiny")
    assert publication.issued == date(2026, 1, 1)
    assert dict(publication.title) == {"en": "Tiny", "lt": "Mažytė"}
    assert publication.languages == ("en", "lt")
    assert (publication.contact_name, publication.contact_url) == ("Us", "https://example.org/us")
    assert publication.coverage_from == Day(1918, 2, 16)
    assert publication.coverage_until == Day(1940, 6, 15)
    assert publication.coverage_places == ("https://example.org/lt",)
    box = Box(Decimal("-10.5"), Decimal(18), Decimal(61), Decimal(40))
    assert publication.coverage_box == box
    assert publication.themes == {"https://example.org/themes/law": {"ar": "قانون", "zh": "法律"}}


def test_workspace_of_the_checkout_opens(root: Path) -> None:
    """Whichever collection it holds."""
    assert open_workspace(root).root == root


def test_workspace_is_found_in_the_current_folder(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a path, the current folder or the nearest above it is the workspace."""
    for folder in (tiny_folder, tiny_folder / "seeds" / "treaties"):
        monkeypatch.chdir(folder)

        assert open_workspace(None).publication.line == "tiny"


def test_no_other_collection_is_taken_where_there_is_no_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names what to do; the packaged collection is never used in silence."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WorkspaceError, match=r"no pacta\.toml") as caught:
        open_workspace(None)

    assert "--sample" in str(caught.value.hint)
    assert (open_workspace(sample_workspace()).root / "pacta.toml").is_file()


def test_a_checkout_without_a_collection_says_so(root: Path, tmp_path: Path) -> None:
    """A team that has taken ours away reads what to do, from any command."""
    for name in ("loader", "ontology", "shapes"):
        shutil.copytree(root / name, tmp_path / name)
    command = [sys.executable, "-m", "loader"]
    told = subprocess.run([*command, "--help"], cwd=tmp_path, capture_output=True, check=False)
    checked = subprocess.run([*command, "check"], cwd=tmp_path, capture_output=True, check=False)

    assert (0, b"") == (told.returncode, told.stderr)
    assert 2 == checked.returncode
    assert b"no pacta.toml in this folder" in checked.stderr
    assert b"pacta init" in checked.stderr or b"--workspace" in checked.stderr


@pytest.mark.parametrize("name", FOLDERS)
def test_workspace_names_the_missing_folder(tiny_folder: Path, name: str) -> None:
    """And says what a workspace holds."""
    shutil.rmtree(tiny_folder / name)
    with pytest.raises(WorkspaceError, match=f"folder {name}/ is missing"):
        open_workspace(tiny_folder)


def test_workspace_refuses_a_folder_that_is_none(tiny_folder: Path) -> None:
    """Neither a missing folder nor one without pacta.toml."""
    with pytest.raises(WorkspaceError, match="no such folder"):
        open_workspace(tiny_folder / "nowhere")
    with pytest.raises(WorkspaceError, match=r"no pacta\.toml"):
        open_workspace(tiny_folder / "seeds")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('base = "http://localhost:8000/"', 'base = "http://localhost:8000"', "cannot carry"),
        ('base = "http://localhost:8000/"', 'base = "ftp://x/"', "expected an http"),
        ('base = "http://localhost:8000/"', "", "base is missing"),
        ("issued = 2026-01-01", "issued = 2026", "expected a day"),
        ("issued = 2026-01-01", 'issued = "2026-02-30"', "expected a day"),
        ('line = "tiny"', 'line = "Tiny Line"', "expected a short name"),
        ('line = "tiny"', 'line = "tiny"\nlicense = "x"', "key 'license' is not known"),
        ('languages = ["en", "lt"]', "languages = []", "list of language tags"),
        ('languages = ["en", "lt"]', 'languages = ["EN"]', "language tag in lower case"),
        ('en = "Tiny"', "en = 3", "title.en is 3"),
        ('name = "Pacta"', "", "publisher.name is missing"),
        ('name = "Pacta"', 'name = "Pacta"\nmail = "x"', "publisher.mail is not known"),
        ('line = "tiny"', "line = ", "not TOML"),
        (
            "[title]",
            '[coverage]\nfrom = "44 BC"\n[title]',
            "expected a day such as 1918-02-16, or -0043",
        ),
        ("[title]", "[coverage]\nsouth = 1\nwest = 2\nnorth = 3\n[title]", "east is missing"),
        ("[title]", '[themes."law"]\nen = "Law"\n[title]', "'law', expected an http"),
        ("[title]", '[themes]\n"https://example.org/l" = 3\n[title]', "is 3, expected a table"),
        ("[title]", '[themes."https://example.org/l"]\nEN = "L"\n[title]', "a language tag in"),
        ("[title]", f"[coverage]\n{BOX}south = 91\n[title]", "south is 91, expected degrees"),
        ("[title]", f"[coverage]\n{BOX}south = 4\n[title]", "south is 4, expected less than"),
    ],
)
def test_workspace_answers_each_fault_of_the_publication(
    tiny_folder: Path, old: str, new: str, said: str
) -> None:
    """The key, what it holds, what was expected."""
    file = tiny_folder / "pacta.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(WorkspaceError, match=said) as caught:
        open_workspace(tiny_folder)

    assert caught.value.path == file
