"""The tiny workspace with the real ontology and shapes, built once per test process."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from loader.check.questions import write_rows
from loader.graph.build import Graph
from loader.pipeline import build, prepare
from loader.progress import Progress
from loader.release.opened import Release
from loader.settings import Settings
from loader.workspace import Workspace, open_workspace
from tests.places import ROOT

BASE = "http://localhost:8000/"

Build = Callable[[], Graph]
"""Builds the graph of a workspace as it is now."""


def edit_record(folder: Path, file: str, old: str, new: str) -> None:
    """Replace one text, which must stand there once, in a file of a workspace's `seeds/`."""
    path = folder / "seeds" / file
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    path.write_text(text.replace(old, new), encoding="utf-8")


@functools.cache
def build_tiny() -> tuple[Workspace, Release]:
    """Return the workspace and its release; not to be changed (see `copy_tiny`)."""
    folder = Path(tempfile.mkdtemp(prefix="pacta-tiny-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    shutil.copytree(ROOT / "tests" / "data" / "tiny", folder / "tiny")
    for name in ("ontology", "shapes"):
        not_ours = shutil.ignore_patterns("explained.yaml")  # of the real collection's warnings
        shutil.copytree(ROOT / name, folder / "tiny" / name, ignore=not_ours)
    sources = folder / "tiny" / "seeds" / "sources.yaml"
    text = sources.read_text(encoding="utf-8")
    if "licence" not in text:  # rule 40c wants the licence, or that none is given, in words
        said = "  note: No licence is given.\n  family:"
        sources.write_text(text.replace("  family:", said), encoding="utf-8")
    workspace = open_workspace(folder / "tiny")
    accepted = prepare(workspace, BASE, Progress(), answers="accept")
    write_rows(accepted.questions, accepted.store, BASE)
    return workspace, build(workspace, BASE, Settings(out=str(folder / "out")), Progress())


def copy_tiny(folder: Path) -> tuple[Workspace, Path]:
    """Return a copy of the workspace and of its folder of releases, to be changed at will."""
    workspace, release = build_tiny()
    shutil.copytree(workspace.root, folder / "tiny")
    shutil.copytree(release.path.parent.parent, folder / "out", symlinks=True)
    return open_workspace(folder / "tiny"), folder / "out"
