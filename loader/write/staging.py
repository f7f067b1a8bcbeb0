"""Writes a release folder: staged under a lock, sealed, renamed, put in use.

Standard library only. The order of the steps is what keeps the release in use whole, whatever
interrupts a build: every file is written to ``.new-{pid}``, ``release.json`` last, all is flushed
to the disk, one rename makes the release exist, one more replaces the symlink ``current``.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from loader.errors import ReleaseError
from loader.release.manifest import MANIFEST, FileEntry, Manifest, read_entry
from loader.release.opened import (
    RELEASES,
    Release,
    cannot_write,
    open_release,
    point_current,
    sync,
    use_release,
)

FILE_MODE: Final = 0o644
FOLDER_MODE: Final = 0o755


@contextmanager
def stage_release(
    out: Path, wait_s: float = 600.0, on_wait: Callable[[str], None] | None = None
) -> Iterator[Path]:
    """Give an empty staging folder below ``out/releases``, under the lock of the builds.

    What interrupted builds left behind is removed first; the staging folder itself is removed
    at the end unless `publish_release` gave it its name.

    Args:
        out: the folder of releases; made if absent.
        wait_s: how long to wait for another build that is under way, in seconds.
        on_wait: called once with the process number of that build before waiting.

    Raises:
        ReleaseError: the folder cannot be written, or the other build did not end in time.
    """
    folder = out / RELEASES
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, FILE_MODE)
    except OSError as error:
        raise cannot_write(folder, error) from error
    try:
        _lock(descriptor, folder, wait_s, on_wait)
        for left in folder.glob(".new-*"):
            shutil.rmtree(left)
        staging = folder / f".new-{os.getpid()}"
        try:
            staging.mkdir()
            yield staging
        except OSError as error:
            raise cannot_write(staging, error) from error
        finally:
            shutil.rmtree(staging, ignore_errors=True)
    finally:
        os.close(descriptor)


def publish_release(out: Path, staging: Path, manifest: Manifest) -> Release:
    """Seal the staged files, give the folder its name and put the release in use.

    The manifest's ``files`` are replaced by what lies in ``staging``. Everything is flushed to
    the disk before the one rename that makes the release exist, and again before ``current``
    is replaced, so that a power cut leaves either the old state or the new one.

    Raises:
        ReleaseError: the folder cannot be written, or a release of that id is already there.
    """
    try:
        sealed = _seal(staging, manifest)
        target = out / RELEASES / manifest.id
        if target.exists():
            _set_aside(target)
        staging.rename(target)
        sync(target.parent)
    except OSError as error:
        raise cannot_write(staging, error) from error
    point_current(out, manifest.id)
    return Release(target.resolve(), sealed)


def reuse_release(out: Path, name: str) -> Release | None:
    """Put a release that is there and sound in use; None where it is absent or damaged."""
    try:
        return use_release(out, name)
    except ReleaseError:
        return None


def _walk(folder: Path) -> Iterator[Path]:
    """Yield everything below ``folder``, sorted, children before their folder."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)
        yield path


def _seal(staging: Path, manifest: Manifest) -> Manifest:
    entries: dict[str, FileEntry] = {}
    for path in _walk(staging):
        if path.is_dir():
            path.chmod(FOLDER_MODE)
        else:
            path.chmod(FILE_MODE)
            entries[path.relative_to(staging).as_posix()] = read_entry(path)
        sync(path)
    sealed = replace(manifest, files=MappingProxyType(dict(sorted(entries.items()))))
    path = staging / MANIFEST
    path.write_bytes(sealed.to_json().encode())
    path.chmod(FILE_MODE)
    staging.chmod(FOLDER_MODE)
    sync(path)
    sync(staging)
    return sealed


def _set_aside(target: Path) -> None:
    """Move a damaged folder out of the way of its rebuilt self; a sound one is refused."""
    try:
        open_release(target)
    except ReleaseError:
        for number in range(1, 1000):
            aside = target.with_name(f".damaged-{number}-{target.name}")
            if not aside.exists():
                target.rename(aside)
                return
    raise ReleaseError("a release of this id is already there, and is sound", target)


def _lock(
    descriptor: int, folder: Path, wait_s: float, on_wait: Callable[[str], None] | None
) -> None:
    end = time.monotonic() + wait_s
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError as error:
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise
        holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip() or "unknown"
        if on_wait is not None and not told:
            on_wait(holder)
            told = True
        if time.monotonic() >= end:
            raise ReleaseError(
                f"another build (process {holder}) is writing here, still after {wait_s:g} s",
                folder,
                hint="wait for it to end, or build elsewhere with --out",
            )
        time.sleep(0.1)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
