"""What of the package's has changed since a release was built: terms and rules by name."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from loader.check.upgrade import list_package_changes
from loader.workspace import Layers
from tests.places import ROOT
from tests.tinybuild import build_tiny

NEW = """
<https://w3id.org/pacta/vocab/unit/ducat> a skos:Concept ; skos:prefLabel "ducat"@en .
<https://w3id.org/pacta/vocab/unit/litas> skos:scopeNote "Said anew."@en .
"""


@pytest.mark.slow
def test_terms_and_rules_that_differ_are_named(tmp_path: Path) -> None:
    """A new and a changed concept, a rule that is gone; nothing where nothing differs."""
    workspace, release = build_tiny()
    for name in ("ontology", "shapes"):
        shutil.copytree(ROOT / name, tmp_path / name)
    own = tmp_path / "own"
    laid_over = replace(
        workspace,
        ontology=Layers(tmp_path / "ontology", own),
        shapes=Layers(tmp_path / "shapes", own),
    )
    assert [] == list_package_changes(release, laid_over)
    assert [] == list_package_changes(release, workspace)

    units = tmp_path / "ontology" / "vocab" / "unit.ttl"
    units.write_text(units.read_text(encoding="utf-8") + NEW, encoding="utf-8")
    (tmp_path / "shapes" / "base.ttl").unlink()
    lines = list_package_changes(release, laid_over)
    assert "1 term is new: vocab/unit/ducat" in lines
    assert "1 term is changed: vocab/unit/litas" in lines
    assert [] == [line for line in lines if "rule" in line and "gone" not in line]
    assert any("rules are gone" in line and "29a, 29b" in line for line in lines)
