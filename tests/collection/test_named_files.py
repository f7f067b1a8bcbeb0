"""Files of records and questions that pages, commands and settings of the project name."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from loader.cli import COMMANDS
from tests.places import ROOT

PAGES = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
OWN = r"(?:\.\./)*((?:seeds|queries)(?:/[^)#\s]*)?)"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_name_records_that_are_there(page: Path) -> None:
    """Links, and paths in code, to what lies below seeds/ and queries/."""
    text = page.read_text(encoding="utf-8")
    linked = re.findall(rf"\]\({OWN}", text)

    assert [] == [path for path in linked if not (ROOT / path).exists()]


def test_cli_examples_name_files_that_are_there() -> None:
    """Whoever copies a line of ``--help`` in the checkout is not told of a missing file."""
    own = ("text", "locate", "import")  # they read files that only the curator has
    lines = [line for each in COMMANDS if each.name not in own for line in each.examples]

    named = [w for line in lines for w in line.split() if re.fullmatch(r"\w[\w/-]*\.\w+", w)]

    assert [] == [name for name in named if not (ROOT / name).is_file()]
    assert "queries/q-vilnius-on-four-days.rq" in named


def test_the_editor_checks_the_record_files_and_no_others() -> None:
    """The patterns of .vscode/settings.json, which editors with the YAML language server share."""
    settings = json.loads((ROOT / ".vscode" / "settings.json").read_text(encoding="utf-8"))
    found: set[Path] = set()
    for pattern in settings["yaml.schemas"]["seeds/schema.json"]:
        start, brace, rest = pattern.partition("{")
        names, _, end = rest.partition("}")
        for name in names.split(",") if brace else [""]:
            found |= set(ROOT.glob(f"{start}{name}{end}"))

    assert found == {*list_records()}


def list_records() -> list[Path]:
    """The record files that are committed."""
    found = sorted((ROOT / "seeds").glob("**/*.yaml"))
    apart = [file for file in found if file.parent.name in ("passages", "reading")]
    return [file for file in found if file not in apart and file.name != "withdrawn.yaml"]
