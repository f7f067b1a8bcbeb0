"""What an earlier import wrote, so that a later one changes only what changed.

``imports/{handle}.json`` has one line for each row: its key, the slug of its record, where its line
stands in the source's text, and the SHA-256 of the record as it was written. A record whose bytes
are others was edited by hand since.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loader.errors import WorkspaceError

FOLDER: Final = "imports"


@dataclass(frozen=True, slots=True)
class Written:
    """One row of an earlier import.

    Attributes:
        slug: of its record.
        start: of its line in the source's text, in code points.
        end: the end of that line in the source's text, exclusive.
        sha256: of the record's file as it was written.
    """

    slug: str
    start: int
    end: int
    sha256: str


def read_written(file: Path) -> dict[str, Written]:
    """Return key of a row → what was written of it; nothing where the file is missing.

    Raises:
        WorkspaceError: the file is damaged.
    """
    try:
        rows = json.loads(file.read_text(encoding="utf-8"))
        return {key: Written(*values) for key, values in rows.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise WorkspaceError(
            f"does not tell what was imported: {error}",
            file,
            hint="Take the file back from the history of the workspace: git checkout.",
        ) from None


def format_written(rows: Mapping[str, Written]) -> str:
    """Return the file: JSON, one line for each row, sorted by key."""
    lines = [
        f"{json.dumps(key, ensure_ascii=False)}: "
        f"{json.dumps([row.slug, row.start, row.end, row.sha256], ensure_ascii=False)}"
        for key, row in sorted(rows.items())
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def digest(data: bytes) -> str:
    """Return SHA-256 as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()
