"""The default folder of releases: `build/` in the nearest workspace.

Standard library alone: the loader and the server look in the same place (DESIGN, section 3).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from loader.errors import WorkspaceError

PUBLICATION_FILE: Final = "pacta.toml"
BUILD: Final = "build"


def find_workspace(start: Path) -> Path | None:
    """Return the nearest folder that holds `pacta.toml`: ``start`` or one above it, else None."""
    here = start.absolute()
    return next(
        (each for each in (here, *here.parents) if (each / PUBLICATION_FILE).is_file()), None
    )


def require_workspace(start: Path) -> Path:
    """Return the nearest workspace.

    Raises:
        WorkspaceError: neither ``start`` nor a folder above it is one.
    """
    found = find_workspace(start)
    if found is None:
        raise WorkspaceError(
            f"no {PUBLICATION_FILE} in this folder or in one above it, so no collection is chosen",
            start.absolute(),
            hint="Go to the folder of the collection, or name it: --workspace DIR. "
            "--sample takes the collection that comes with Pacta.",
        )
    return found


def releases_folder(out: str, start: Path) -> Path:
    """Return the folder of releases: ``out`` where it is given, else `build/` of the workspace.

    Raises:
        WorkspaceError: ``out`` is empty and there is no workspace.
    """
    return Path(out) if out else require_workspace(start) / BUILD
