"""The manifest of a release: the content of ``release.json``, read and written.

Standard library only. The format is described in ``docs/release-format.md``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from loader.errors import ReleaseCorruptError, ReleaseError, ReleaseFormatError

FORMAT: Final = 1
"""The number of the release format that this module writes and reads."""

MANIFEST: Final = "release.json"

_ID = re.compile(r"[a-z0-9][a-z0-9.]*(-[a-z0-9.]+)*-[0-9a-f]{8}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20


@dataclass(frozen=True)
class FileEntry:
    """One file of a release: its size in bytes and its SHA-256 in 64 lower-case hex digits."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What ``release.json`` says.

    Attributes:
        format: the number of the release format (`FORMAT`).
        id: the release id, ``{line}-{8 hex digits}``; also the name of its folder.
        line: the release line of ``pacta.toml``, such as ``2026.11``.
        base: the base address every name of the collection begins with; ends with ``/``.
        title: language tag → title.
        description: language tag → description.
        issued: the one date of the release, ``YYYY-MM-DD``.
        publisher: ``name`` and, where there is one, ``url``.
        licence: the IRI of the licence of the data.
        languages: language tags of the publication, the first being the main one.
        pacta_version: the version of the program that wrote it.
        counts: name → number of quads, triples, entities …; see ``docs/release-format.md``.
        graphs: name of a named graph → its number of quads.
        kinds: kind of thing (``treaty``) → number of things of that kind.
        files: path below the release folder, with ``/`` → size and SHA-256.
    """

    format: int
    id: str
    line: str
    base: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    issued: str
    publisher: Mapping[str, str]
    licence: str
    languages: tuple[str, ...]
    pacta_version: str
    counts: Mapping[str, int] = field(default_factory=dict)
    graphs: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, FileEntry] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the text of ``release.json``: sorted keys, two spaces, one final newline."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        plain["languages"] = list(self.languages)
        plain["files"] = {
            name: {"bytes": entry.bytes, "sha256": entry.sha256}
            for name, entry in self.files.items()
        }
        for name in ("title", "description", "publisher", "counts", "graphs", "kinds"):
            plain[name] = dict(plain[name])
        return json.dumps(plain, ensure_ascii=False, indent=2, sort_keys=True) + "\n"

    @staticmethod
    def from_json(text: str, path: Path | None = None) -> Manifest:
        """Read the text of a ``release.json``; keys this version does not know are ignored.

        Args:
            text: the whole file.
            path: where it stands, for error messages only.

        Raises:
            ReleaseFormatError: it is of another format than `FORMAT`.
            ReleaseCorruptError: it is not JSON, or a value is missing or of another type.
        """
        try:
            data = json.loads(text)
        except ValueError as error:
            raise corrupt(f"the manifest is not JSON: {error}", path) from error
        if not isinstance(data, dict):
            raise corrupt("the manifest is not a JSON object", path)
        number = data.get("format")
        if type(number) is not int:
            raise corrupt(f"the manifest's format is {number!r}, expected a number", path)
        if number != FORMAT:
            raise ReleaseFormatError(
                f"release format {number}; this version of Pacta reads format {FORMAT}",
                path,
                hint="open it with the version of Pacta that wrote it "
                f"({data.get('pacta_version', 'unknown')}), or build it again",
            )
        return _manifest(data, path)


def release_id(line: str, digest: str) -> str:
    """Return the id of the release of ``line`` whose input has the hex SHA-256 ``digest``.

    Raises:
        ReleaseError: the line cannot stand in a folder name.
    """
    name = f"{line}-{digest[:8]}"
    if not _ID.fullmatch(name):
        raise ReleaseError(
            f"the release line {line!r} cannot be used",
            hint="lower-case letters, digits, dots and single hyphens, such as 2026.11",
        )
    return name


def read_entry(path: Path) -> FileEntry:
    """Read a whole file and return its size and SHA-256."""
    size = 0
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            digest.update(chunk)
    return FileEntry(size, digest.hexdigest())


def corrupt(message: str, path: Path | None) -> ReleaseCorruptError:
    """Return the error for a release that is not as it was written."""
    return ReleaseCorruptError(
        message, path, hint="the folder is not used; build the release again or restore it"
    )


_TYPES: Mapping[str, type] = {
    "id": str,
    "line": str,
    "base": str,
    "title": dict,
    "description": dict,
    "issued": str,
    "publisher": dict,
    "licence": str,
    "languages": list,
    "pacta_version": str,
    "counts": dict,
    "graphs": dict,
    "kinds": dict,
    "files": dict,
}


def _manifest(data: Mapping[str, Any], path: Path | None) -> Manifest:
    for name, kind in _TYPES.items():
        if type(data.get(name)) is not kind:
            raise corrupt(f"the manifest's {name!r} is missing or no {kind.__name__}", path)
    if not _ID.fullmatch(data["id"]):
        raise corrupt(f"the manifest's id {data['id']!r} is no release id", path)
    for name in ("counts", "graphs", "kinds"):
        if any(type(n) is not int for n in data[name].values()):
            raise corrupt(f"the manifest's {name!r} has a value that is no whole number", path)
    entries: dict[str, FileEntry] = {}
    for name, entry in data["files"].items():
        check_name(name, path)
        size = entry.get("bytes") if isinstance(entry, dict) else None
        digest = entry.get("sha256") if isinstance(entry, dict) else None
        if type(size) is not int or not (isinstance(digest, str) and _SHA256.fullmatch(digest)):
            raise corrupt(f"the manifest's entry for {name!r} lacks size or SHA-256", path)
        entries[name] = FileEntry(size, digest)
    values = {name: data[name] for name in _TYPES}
    values["files"] = MappingProxyType(entries)
    values["languages"] = tuple(data["languages"])
    return Manifest(format=FORMAT, **values)


def check_name(name: str, path: Path | None) -> None:
    """Refuse a file name that leads out of the release folder or is the manifest itself.

    Raises:
        ReleaseCorruptError: the name is absolute, not in its shortest form, or has ``..``.
    """
    parts = PurePosixPath(name).parts
    if not parts or name != "/".join(parts) or any(p in ("..", ".", "/") for p in parts):
        raise corrupt(f"the file name {name!r} leads out of the release", path)
    if name == MANIFEST or "\\" in name or "\0" in name:
        raise corrupt(f"the file name {name!r} cannot stand in a manifest", path)
