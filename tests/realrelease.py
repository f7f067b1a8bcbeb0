"""The release of the real collection, built once for all test processes; not to be changed."""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import functools
import os
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
    """Return the release; the folder of releases is ``release.path.parent.parent``.

    The processes of one run share it, with the store and the index that servers make beside it:
    the first builds, the others wait for its lock and find the release there.
    """
    settings = Settings(out=str(share_folder() / "build"))
    return build(open_workspace(ROOT), BASE, settings, Progress())


def share_folder() -> Path:
    """Return a folder of this run of the tests; the last process that has it removes it."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    folder = Path(tempfile.gettempdir()) / f"pacta-real-{run}"
    folder.mkdir(mode=0o700, exist_ok=True)
    held = (folder / "held").open("w")
    fcntl.flock(held, fcntl.LOCK_SH)

    def leave() -> None:
        with held, contextlib.suppress(BlockingIOError):  # another process has it
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(leave)
    return folder
