"""docs/how-to/import-a-spreadsheet.md, followed as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from loader.cli import main
from tests.places import ROOT
from tests.tinybuild import copy_tiny

PAGE = ROOT / "docs" / "how-to" / "import-a-spreadsheet.md"


def block(kind: str, number: int = 0) -> str:
    """Return a block of the page."""
    found = re.findall(rf"^```{kind}\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)
    return str(found[number])


@pytest.mark.slow
def test_the_page_does_what_it_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its table and map give what it prints; after its correction only what changed is written."""
    workspace, _ = copy_tiny(tmp_path)
    monkeypatch.chdir(workspace.root)
    Path("treaties.csv").write_text(block("csv"), "utf-8")
    assert main(["import", "treaties.csv", "--suggest"]) == 0
    draft = capsys.readouterr().out
    Path("treaties.map.yaml").write_text(block("yaml"), "utf-8")
    same = set(draft.splitlines()) & set(block("yaml").splitlines())
    assert len([line for line in same if "{as: " in line]) >= 4

    assert main(["import", "treaties.csv", "--map", "treaties.map.yaml"]) == 0
    assert capsys.readouterr().out.startswith(block("text", 0))
    Path("treaties.csv").write_text(block("csv").replace("soon after the war", "1922"), "utf-8")
    assert main(["import", "treaties.csv", "--map", "treaties.map.yaml"]) == 0
    assert capsys.readouterr().out.startswith(block("text", 1))
    assert main(["check"]) == 0 or "rows" in capsys.readouterr().err
    assert main(["verify"]) == 0
