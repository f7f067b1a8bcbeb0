"""docs/how-to/texts-and-pages.md, followed in a copy of the tiny workspace."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from loader.errors import SeedError
from loader.read.sources.pages import read_page_maps
from tests.loader.read.originals.files import make_pdf
from tests.places import ROOT

PAGE: Final = (ROOT / "docs" / "how-to" / "texts-and-pages.md").read_text(encoding="utf-8")


def list_blocks(language: str) -> list[str]:
    """Return the blocks of the page in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.M | re.S)


def test_commands_of_the_page_do_what_it_says(tiny_folder: Path) -> None:
    """The text, its page map and its record are where the page says; passages are registered."""
    (tiny_folder / "peace.pdf").write_bytes(make_pdf(["Article I", "THE PEACE\nLASTS, for ever."]))
    (tiny_folder / "copied.txt").write_text("Article I\n\nfor ever.\n", encoding="utf-8")
    program = tiny_folder / "bin" / "pacta"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT / "pacta.py"}" "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"

    for block in list_blocks("sh"):
        done = subprocess.run(
            ["bash", "-eu", "-c", block],  # noqa: S607 the shell that a reader has
            cwd=tiny_folder,
            env={"PATH": path, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert 0 == done.returncode, done.stderr

    assert (tiny_folder / "documents" / "902_peace-of-nowhere.txt").is_file()
    assert "902_peace-of-nowhere.txt" in PAGE
    assert '"2"' in (tiny_folder / "seeds/pages/902.yaml").read_text(encoding="utf-8")
    assert "source/902" in (tiny_folder / "seeds/sources.yaml").read_text(encoding="utf-8")
    register = (tiny_folder / "seeds/passages/902.yaml").read_text(encoding="utf-8")
    assert 3 == len(register.splitlines())


def test_page_map_of_the_page_is_one(tmp_path: Path) -> None:
    """Four lines, three of them with a picture."""
    (block,) = list_blocks("yaml")
    (tmp_path / "902.yaml").write_text(block, encoding="utf-8")
    errors: list[SeedError] = []

    pages = read_page_maps(tmp_path, errors)["902"]

    assert [] == errors
    assert ["1", "2", "3", "3"] == [page.name for page in pages]
    assert 3 == len([page for page in pages if page.image])
