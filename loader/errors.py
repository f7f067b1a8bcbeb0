"""Every error the loader raises on purpose, with the place, the cause and the remedy.

The tree, and the exit code each branch gives::

    LoaderError
    ├── WorkspaceError           2   a folder or file of the workspace is missing or cannot be read
    ├── SeedError                2   a record cannot be read: what stood there, what was expected
    ├── OntologyError            2   ontology or context is broken, or a term is not declared
    ├── ShapesError              2   the rules themselves are broken
    ├── ConformanceError         1   the data does not conform to the rules
    └── ReleaseError             2   a release folder cannot be written or used
        ├── ReleaseMissingError      there is no manifest
        ├── ReleaseCorruptError      size or digest of a file differs
        └── ReleaseFormatError       written by a newer or older format

Only the standard library is used here, so that the server can catch these.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Self


class LoaderError(Exception):
    """Something is wrong with the input; the message is for the person who wrote it.

    ``str()`` gives ``path:line:column: message`` and, indented below it, what to do.
    Parts that are not known are left out.

    Attributes:
        message: what stood there and what was expected, without the place.
        path: the file, or None where no single file is to blame.
        line: 1-based, or None.
        column: 1-based in characters, or None.
        hint: what to do; may have several lines.
        also: further errors of the same run, in the order found, so that one
            run shows them all.
    """

    exit_code: ClassVar[int] = 2

    def __init__(
        self,
        message: str,
        path: Path | None = None,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line
        self.column = column
        self.hint = hint
        self.also: tuple[LoaderError, ...] = ()

    @property
    def place(self) -> str:
        """``path:line:column`` as far as known, else the empty string."""
        if self.path is None:
            return ""
        parts = [str(self.path)]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        return ":".join(parts)

    def __str__(self) -> str:
        """Return the message with its place and hint, then those of `also`."""
        first = f"{self.place}: {self.message}" if self.place else self.message
        if self.hint:
            first += "".join(f"\n  {line}" for line in self.hint.splitlines())
        return "\n".join([first, *map(str, self.also)])

    @classmethod
    def together(cls, errors: Iterable[Self]) -> Self | None:
        """Return the first error with the others in its `also`, or None of none.

        Args:
            errors: errors whose own `also` is empty.
        """
        found = tuple(errors)
        if not found:
            return None
        found[0].also = found[1:]
        return found[0]


class WorkspaceError(LoaderError):
    """A folder or file of the workspace is missing or cannot be read."""


class SeedError(LoaderError):
    """A record cannot be read: the message says what stood there and what was expected."""


class OntologyError(LoaderError):
    """Ontology, lists or context are broken, or a term is used but not declared."""


class ShapesError(LoaderError):
    """The rules themselves are broken."""


class ConformanceError(LoaderError):
    """The data does not conform; the message is a summary, the report has the details."""

    exit_code: ClassVar[int] = 1


class ReleaseError(LoaderError):
    """A release folder cannot be written, found or used."""


class ReleaseMissingError(ReleaseError):
    """There is no manifest: the folder is no release, or an interrupted one."""


class ReleaseCorruptError(ReleaseError):
    """A file of the release is missing or its size or digest differs from the manifest."""


class ReleaseFormatError(ReleaseError):
    """The release was written in a format that this version does not read."""
