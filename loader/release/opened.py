"""The release folder: names, manifest, opening, writing, and putting a release in use.

Standard library only, so that a server opens releases without the loader's libraries. The
format is described in ``docs/release-format.md``.

A folder of releases (``--out``, by default ``build/``)::

    releases/{id}/release.json      written last; without it the folder is not a release
    releases/{id}/dumps/…           every other file is named in the manifest with size and SHA-256
    releases/.lock                  held while a build writes
    releases/.new-{pid}/            a build that is under way, or was interrupted
    current -> releases/{id}        the release in use

A release is never changed after its folder has its name.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loader.errors import (
    ReleaseCorruptError,
    ReleaseError,
    ReleaseFormatError,
    ReleaseMissingError,
)
from loader.release.manifest import FORMAT, MANIFEST, FileEntry, Manifest, corrupt, read_entry

__all__ = [
    "FORMAT",
    "MANIFEST",
    "FileEntry",
    "Manifest",
    "Release",
    "ReleaseCorruptError",
    "ReleaseError",
    "ReleaseFormatError",
    "ReleaseMissingError",
    "current_release",
    "current_release_id",
    "list_refused",
    "list_releases",
    "open_release",
    "read_manifest",
    "use_release",
]

RELEASES: Final = "releases"
CURRENT: Final = "current"


@dataclass(frozen=True)
class Release:
    """A release that was opened: its folder (absolute, no symlink) and its manifest."""

    path: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        """The release id."""
        return self.manifest.id

    def file(self, name: str) -> Path:
        """Return the path of a file that the manifest names, such as ``dumps/pacta.nq``.

        Raises:
            ReleaseMissingError: the manifest names no such file (whatever lies in the folder).
        """
        if name not in self.manifest.files:
            raise ReleaseMissingError(f"the release {self.id} has no file {name!r}", self.path)
        return self.path / name

    def verify(self) -> None:
        """Read every file of the manifest and compare its size and SHA-256.

        Raises:
            ReleaseCorruptError: a file is absent, is no regular file, or differs.
        """
        for name in self.manifest.files:
            self.verify_file(name)

    def verify_file(self, name: str) -> None:
        """Read one file that the manifest names and compare its size and SHA-256.

        Raises:
            ReleaseCorruptError: it is absent, is no regular file, or differs.
        """
        path, entry = self.path / name, self.manifest.files[name]
        try:
            if path.is_symlink() or not path.is_file():
                raise corrupt("the manifest names this file, and it is not there", path)
            found = read_entry(path)
        except OSError as error:
            raise corrupt(f"the file cannot be read: {error.strerror}", path) from error
        if found.bytes != entry.bytes:
            raise corrupt(
                f"the file has {found.bytes} bytes, the manifest says {entry.bytes}", path
            )
        if found.sha256 != entry.sha256:
            raise corrupt(
                f"the file's SHA-256 is {found.sha256}, the manifest says {entry.sha256}", path
            )


# ---- reading ------------------------------------------------------------------------------


def read_manifest(path: Path) -> Manifest:
    """Read and check the manifest in the folder ``path``.

    Raises:
        ReleaseMissingError: there is no folder or no manifest in it.
        ReleaseFormatError: it is of another format.
        ReleaseCorruptError: it cannot be read, or names another release than the folder.
    """
    where = path / MANIFEST
    try:
        text = where.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ReleaseMissingError(
            "no release here: there is no release.json", path, hint="`pacta build` makes one"
        ) from error
    except (OSError, UnicodeError) as error:
        raise corrupt(f"the manifest cannot be read: {error}", where) from error
    return Manifest.from_json(text, where)


def open_release(path: Path, verify: bool = True) -> Release:
    """Open the release folder ``path`` (a symlink such as ``build/current`` is followed).

    Args:
        path: the folder.
        verify: read every file and compare size and SHA-256; about 1 s per 300 MB.

    Raises:
        ReleaseMissingError: there is no release.
        ReleaseFormatError: written by a newer or older format.
        ReleaseCorruptError: the manifest or a file is not as it was written.
    """
    real = path.resolve()
    release = Release(real, read_manifest(real))
    if verify:
        release.verify()
    return release


def current_release_id(out: Path) -> str | None:
    """Return the id that ``out/current`` points to, or None; reads one symlink, opens nothing."""
    try:
        target = (out / CURRENT).readlink()
    except OSError:
        return None
    return target.name or None


def current_release(out: Path, verify: bool = True) -> Release:
    """Open the release in use in the folder of releases ``out``.

    Raises:
        ReleaseMissingError: none is in use, or the one in use is gone.
        ReleaseError: as `open_release`.
    """
    name = current_release_id(out)
    if name is None:
        raise ReleaseMissingError(
            "no release is in use here", out, hint="`pacta build` makes one and puts it in use"
        )
    return open_release(out / RELEASES / name, verify)


def list_releases(out: Path) -> tuple[Release, ...]:
    """Return the releases in ``out`` whose manifest can be read, oldest first.

    The order is by ``issued``, then id. Files are not verified; folders that are refused are
    in `list_refused`.
    """
    return _survey(out)[0]


def list_refused(out: Path) -> tuple[tuple[Path, ReleaseError], ...]:
    """Return the folders in ``out/releases`` that are no readable release, with the reason."""
    return _survey(out)[1]


def _survey(out: Path) -> tuple[tuple[Release, ...], tuple[tuple[Path, ReleaseError], ...]]:
    folder = out / RELEASES
    found: list[Release] = []
    refused: list[tuple[Path, ReleaseError]] = []
    names = sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []
    for name in names:
        if name.startswith("."):
            continue
        try:
            release = open_release(folder / name, verify=False)
            if release.id != name:
                raise corrupt(f"the folder is {name}, its manifest says {release.id}", folder)
        except ReleaseError as error:
            refused.append((folder / name, error))
        else:
            found.append(release)
    found.sort(key=lambda r: (r.manifest.issued, r.id))
    return tuple(found), tuple(refused)


def use_release(out: Path, name: str) -> Release:
    """Make the kept release ``name`` the current one, after verifying it.

    One ``os.replace`` of a relative symlink: a reader sees the old release or the new one.

    Raises:
        ReleaseMissingError: no such release; the hint lists those that are there.
        ReleaseError: as `open_release`; the release in use stays in use.
    """
    path = out / RELEASES / name
    if Path(name).name != name or not (path / MANIFEST).is_file():
        kept = ", ".join(r.id for r in list_releases(out)) or "none"
        raise ReleaseMissingError(f"no release {name!r} here", out / RELEASES, hint=f"kept: {kept}")
    release = open_release(path)
    if release.id != name:
        raise corrupt(f"the folder is {name}, its manifest says {release.id}", path)
    if current_release_id(out) != name:
        point_current(out, name)
    return release


def cannot_write(path: Path, error: OSError) -> ReleaseError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return ReleaseError(
        f"cannot write the release: {error.strerror or error}",
        Path(error.filename) if isinstance(error.filename, str) else path,
        hint="make room on this disk, or choose another with --out; the release in use is untouched"
        if full
        else "choose a folder that can be written with --out; the release in use is untouched",
    )


def point_current(out: Path, name: str) -> None:
    """Replace ``out/current`` by a relative symlink to the release, in one step."""
    link = out / f".{CURRENT}-{os.getpid()}"
    try:
        link.unlink(missing_ok=True)
        link.symlink_to(Path(RELEASES) / name)
        link.replace(out / CURRENT)
        sync(out)
    except OSError as error:
        link.unlink(missing_ok=True)
        raise cannot_write(out, error) from error


def sync(path: Path) -> None:
    """Flush a file or a folder to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
