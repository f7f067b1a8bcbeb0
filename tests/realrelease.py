"""The release of the real collection, built once per test process; not to be changed."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from loader.pipeline import build
from loader.progress import Progress
from loader.release.opened import Release
from loader.settings import Settings
from loader.workspace import open_workspace
from tests.places import ROOT
from tests.realbuild import BASE

START_S = 300.0
"""Seconds in which a server of the real release has made its store and index on a busy machine."""


@functools.cache
def build_real() -> Release:
    """Return the release; the folder of releases is ``release.path.parent.parent``."""
    folder = Path(tempfile.mkdtemp(prefix="pacta-real-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return build(open_workspace(ROOT), BASE, Settings(out=str(folder)), Progress())
