"""The digest of a build's input, from which the release id is made.

Standard library only and quick, so that a build whose release is already there ends at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import loader
from loader.errors import WorkspaceError
from loader.release.home import PUBLICATION_FILE
from loader.release.manifest import FORMAT, release_id
from loader.workspace import EXPLANATIONS, Workspace

_READ: Final = frozenset({".ttl", ".jsonld", ".json", ".yaml", ".yml", ".rq", ".tsv"})
"""Endings of the files that a build reads; what else lies in the folders changes nothing."""


def program_version() -> str:
    """Return the version of the installed program, ``0`` where it is not installed."""
    try:
        return version("pacta")
    except PackageNotFoundError:
        return "0"


def input_files(workspace: Workspace) -> Iterator[tuple[str, Path]]:
    """Yield (name below the workspace, path) of every file that a build reads, by name.

    What comes with Pacta and not from the workspace has a name that begins with ``packaged/``.
    """
    yield PUBLICATION_FILE, workspace.root / PUBLICATION_FILE
    layers = (workspace.ontology, workspace.shapes)
    packaged = [one.packaged for one in layers if one.packaged]
    own = [one.own for one in layers if one.own.is_dir()]
    for start, folders in (
        ("packaged/", packaged),
        ("", sorted([*own, workspace.queries, workspace.seeds])),
    ):
        for folder in folders:
            names = {
                f"{start}{folder.name}/{path.relative_to(folder).as_posix()}": path
                for path in folder.rglob("*")
                if path.suffix in _READ and path.is_file()
                if not (start and path.name == EXPLANATIONS)
            }
            for name in sorted(names):
                yield name, names[name]


def input_digest(workspace: Workspace, base: str) -> str:
    """Return the SHA-256, in hex, over everything that a release depends on.

    That is: names and bytes of the files, the base address, the number of the release format,
    the version of the program, and the program's own text, so that a changed checkout of
    one version is not taken for the same program.

    Raises:
        WorkspaceError: a file cannot be read.
    """
    digest = hashlib.sha256()

    def add(name: str, data: bytes) -> None:
        for part in (name.encode(), data):
            digest.update(len(part).to_bytes(8, "big"))
            digest.update(part)

    add("base", base.encode())
    add("format", str(FORMAT).encode())
    add("version", program_version().encode())
    package = Path(loader.__file__).parent
    sources = [
        (f"loader/{path.relative_to(package).as_posix()}", path)
        for path in sorted(package.rglob("*.py"))
    ]
    for name, path in [*input_files(workspace), *sources]:
        try:
            add(name, path.read_bytes())
        except OSError as error:
            raise WorkspaceError(f"cannot be read: {error.strerror}", path) from None
    return digest.hexdigest()


def id_of(workspace: Workspace, base: str) -> str:
    """Return the id of the release that a build of this input gives.

    Raises:
        WorkspaceError: a file cannot be read.
        ReleaseError: the release line cannot stand in a folder name.
    """
    return release_id(workspace.publication.line, input_digest(workspace, base))
