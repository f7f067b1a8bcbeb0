"""RDF files that others made and that lie in this environment: read as rdflib reads them."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from bench.data.real_files import compare, find_files
from tests.skips import needs

PACKAGES = Path(sysconfig.get_paths()["purelib"])
FILES = [
    path
    for name in ("rdflib", "pyshacl", "owlready2", "edtf", "owlrl")
    for path in find_files(PACKAGES / name)
]


@needs("rdf-files", FILES)
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_files_of_installed_packages(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Isomorphic, statement for statement; `bench.data.real_files` compares any folder so."""
    monkeypatch.setattr("rdflib.NORMALIZE_LITERALS", False)
    verdict, remark = compare(path, tmp_path)

    assert verdict in ("same", "only ours", "neither"), remark
