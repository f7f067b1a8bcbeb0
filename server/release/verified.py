"""Which files of a release were verified, so that a server opens an unchanged release at once.

SHA-256 of two gigabytes takes seconds. A record beside the store says of each file which digest was
found and when the kernel saw the file change last (size, inode, time of change). A program cannot
set that time back: a file that was written to, replaced or copied since is read again.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from loader.release.opened import Release

Mark = list[str | int]
"""SHA-256 of a file, its size in bytes, its inode, its time of change in nanoseconds."""


def verify_release(release: Release, record: Path) -> None:
    """Compare size and SHA-256 of every file that has changed since it was last verified.

    Args:
        release: As opened; its manifest was read, its files were not.
        record: The file that says what was verified; written anew where anything was.

    Raises:
        ReleaseCorruptError: A file is absent, is no regular file, or differs.
    """
    known = _read_record(record)
    marks = {name: _mark(release, name) for name in release.manifest.files}
    changed = [name for name, mark in marks.items() if mark is None or known.get(name) != mark]
    if not changed:
        return
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # hashing leaves the interpreter's lock
        for _ in pool.map(release.verify_file, changed):
            pass
    new = record.with_name(f".{record.name}.new-{os.getpid()}")
    with suppress(OSError):  # without a record the next start reads all files again
        record.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps(marks), encoding="utf-8")
        new.replace(record)


def _read_record(record: Path) -> dict[str, Mark]:
    try:
        found = json.loads(record.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _mark(release: Release, name: str) -> Mark | None:
    """What a file looks like before it is read, or None where there is none."""
    try:
        status = (release.path / name).lstat()
    except OSError:
        return None
    digest = release.manifest.files[name].sha256
    return [digest, status.st_size, status.st_ino, status.st_ctime_ns]
