"""The made-up collections that benchmarks build are sound, repeatable and verifiable."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from bench.collection import write_collection
from loader.pipeline import prepare
from loader.progress import Progress
from loader.rdf.terms import PACTA
from loader.read.sources.locate import verify
from loader.workspace import open_workspace


def digest_files(folder: Path) -> dict[str, str]:
    """Return path below the folder → SHA-256 of each file."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_same_size_and_seed_give_the_same_bytes(tmp_path: Path) -> None:
    """And another seed gives others."""
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_collection(tmp_path / name, 5, seed)

    assert digest_files(tmp_path / "a") == digest_files(tmp_path / "b")
    assert digest_files(tmp_path / "a") != digest_files(tmp_path / "c")


@pytest.mark.slow
def test_a_collection_passes_every_rule_and_its_passages_are_found(tmp_path: Path) -> None:
    """It has contradictions, several scripts and few large treaties among many small ones."""
    write_collection(tmp_path / "made", 30)
    workspace = open_workspace(tmp_path / "made")

    prepared = prepare(workspace, workspace.publication.base, Progress())

    assert not prepared.results
    assert 30 == prepared.counts.classes[PACTA.Treaty]
    assert 1 <= prepared.counts.classes[PACTA.Disagreement]
    assert () == verify(workspace, tmp_path / "made" / "documents")
