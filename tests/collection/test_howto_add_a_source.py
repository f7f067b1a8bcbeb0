"""docs/how-to/add-a-source.md, followed step by step in a copy of the real collection.

The files are written and the commands run as the page has them, by the real program in processes
of its own; what they print must be what the page shows. Nothing but records is added.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from loader.release.opened import current_release
from loader.release.store import Rows, Store
from tests.places import ROOT

PAGE: Final = ROOT / "docs" / "how-to" / "add-a-source.md"
INPUTS: Final = ("pacta.toml", "ontology", "shapes", "seeds", "queries")
FILE: Final = re.compile(r"(Write|Append to) `([^`]+)`:\n\n```\w+\n(.*?)^```\n", re.M | re.S)
RUN: Final = re.compile(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)


@dataclass(frozen=True)
class Step:
    """One thing that the page tells the reader to do.

    Attributes:
        place: where it stands on the page, for the order.
        target: the file to write, or None for commands.
        text: the content of the file, or the commands.
        append: whether the file is there already.
        prints: what the commands print, or None where the page does not show it.
    """

    place: int
    target: str | None
    text: str
    append: bool = False
    prints: str | None = None


def read_steps(page: str) -> list[Step]:
    """Return what the page tells to do, in order."""
    files = [
        Step(found.start(), found[2], found[3], found[1] != "Write")
        for found in FILE.finditer(page)
    ]
    commands = [
        Step(found.start(), None, found[1], prints=found[2]) for found in RUN.finditer(page)
    ]
    return sorted([*files, *commands], key=lambda step: step.place)


@pytest.fixture
def copy(tmp_path: Path, documents_dir: Path) -> Path:
    """A copy of the collection with its documents, its program, and a history to compare with."""
    for name in INPUTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name)
        else:
            shutil.copyfile(source, tmp_path / name)
    shutil.copytree(documents_dir, tmp_path / "documents")
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "bin").symlink_to(Path(sys.executable).parent, target_is_directory=True)
    run("git init -q . && git add -A", tmp_path)
    return tmp_path


def run(commands: str, folder: Path) -> str:
    """Return what commands print; fail with their errors if one fails."""
    settings = {key: value for key, value in os.environ.items() if not key.startswith("PACTA_")}
    shell = shutil.which("bash") or "sh"
    done = subprocess.run(
        [shell, "-eu", "-o", "pipefail", "-c", commands],
        cwd=folder,
        env=settings,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert 0 == done.returncode, f"{commands}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def list_files(folder: Path) -> dict[str, bytes]:
    """Return path → content of the inputs of a build."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for name in INPUTS
        for path in sorted((folder / name).rglob("*"))
        if path.is_file()
    }


def test_page_has_files_and_commands() -> None:
    """The steps are read from the page: the document, the records, every command."""
    steps = read_steps(PAGE.read_text(encoding="utf-8"))

    targets = [step.target for step in steps if step.target]
    commands = " ".join(step.text for step in steps if not step.target)

    assert "documents/005_memoir.txt" == targets[0]
    assert len(targets) == 5
    assert [] == [
        word for word in ("locate", "verify", "check", "build", "query") if word not in commands
    ]


@pytest.mark.slow
@pytest.mark.long
def test_following_the_page_adds_a_source(copy: Path) -> None:
    """After the last step the graph has what the document says, and records alone have changed."""
    before = list_files(copy)

    for step in read_steps(PAGE.read_text(encoding="utf-8")):
        if step.target:
            path = copy / step.target
            assert step.append == path.exists(), step.target
            old = path.read_text(encoding="utf-8") if step.append else ""
            path.write_text(old + step.text, encoding="utf-8", newline="\n")
        else:
            printed = run(step.text, copy)
            assert step.prints is None or step.prints == printed

    changed = {name for name, data in list_files(copy).items() if before.get(name) != data}
    assert {name for name in changed if name.split("/")[0] not in ("seeds", "queries")} == set()
    assert {name for name in changed if not name.endswith((".yaml", ".tsv"))} == set()
    store = Store()
    store.load(current_release(copy / "build").file("dumps/pacta.nt").read_bytes(), "nt")
    answer = store.select(
        "PREFIX pacta: <https://w3id.org/pacta/ns#> PREFIX oa: <http://www.w3.org/ns/oa#> "
        "SELECT ?a { ?a pacta:hasEvidence/oa:hasSource <http://localhost:8000/id/source/005> }"
    )
    assert isinstance(answer, Rows)
    assert {
        "statement/pavyzdys--alt-label--lt-petras-pavyzdys",
        "role/pavyzdys--observer",
        "statement/peace-1920--signed-as-remembered",
        "figure/peace-1920--signatories-as-remembered",
        "position/peace-1920--rope",
    } == {str(row[0]).partition("/id/")[2] for row in answer.rows}
