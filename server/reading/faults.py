"""The faults of a data file, with their places (pure)."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from loader.rdf.counts import say_count

MOST_SHOWN = 100
"""Faults of one file that a message lists; the rest is counted."""

MAX_TOKEN_BYTES = 16 << 20
"""The longest token that the engine's readers take; RDF/XML has no such limit."""

TOO_LONG = f"one token is longer than {MAX_TOKEN_BYTES >> 20} MiB, the most that is read"
NOT_UTF8 = (
    "no UTF-8: convert the file with iconv -f ENCODING -t UTF-8, often from ISO-8859-1 or "
    "WINDOWS-1252"
)
_PLACE = re.compile(r"^Parser error (?:at|between) line .*?: ")
SKIP_HINT = "repair the file, or start with --skip-invalid to serve the rest"


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong.

    Attributes:
        line: From 1; None where it concerns the whole file.
        column: From 1, in characters; None where only the line is known.
        end_line: Where the wrong part ends; None: at one place.
        end_column: The column behind the wrong part; None: at one place.
        detail: What is wrong there.
        skippable: The rest of the file can be read without it.
    """

    line: int | None
    column: int | None
    detail: str
    end_line: int | None = None
    end_column: int | None = None
    skippable: bool = False

    @property
    def place(self) -> str:
        """`:2:1 to 2:25`, `:2:1`, `:2`, or nothing."""
        if self.line is None:
            return ""
        start = f":{self.line}" if self.column is None else f":{self.line}:{self.column}"
        end = (self.end_line, self.end_column)
        if None in end or end == (self.line, self.column):
            return start
        return f"{start} to {self.end_line}:{self.end_column}"


class DataError(Exception):
    """A data file that cannot be loaded.

    Attributes:
        path: The file.
        faults: What is wrong in it, in the order of the file, at most `MOST_SHOWN`.
        count: How many faults there are in all.
    """

    def __init__(self, path: str, faults: Sequence[Fault], count: int | None = None) -> None:
        self.path, self.faults = path, tuple(faults[:MOST_SHOWN])
        self.count = len(faults) if count is None else count
        super().__init__("\n".join(describe_faults(path, self.faults, self.count)))

    @classmethod
    def of(cls, path: str, detail: str) -> "DataError":
        """An error that concerns the whole file."""
        return cls(path, [Fault(None, None, detail)])

    @property
    def line(self) -> int | None:
        """The line of the first fault."""
        return self.faults[0].line

    @property
    def column(self) -> int | None:
        """The column of the first fault."""
        return self.faults[0].column

    @property
    def detail(self) -> str:
        """What is wrong first."""
        return self.faults[0].detail


def describe_faults(path: str, faults: Sequence[Fault], count: int) -> list[str]:
    """One line for each fault, and one for those that are not shown."""
    lines = [f"{path}{fault.place}: {name_invisible(fault.detail)}" for fault in faults]
    if count > len(faults):
        lines.append(f"{path}: {count - len(faults)} more faults are not shown")
    return lines


def explain_engine(message: str) -> str:
    """What the engine's reader says, without the place, in words that tell what to do."""
    detail = _PLACE.sub("", message)
    return NOT_UTF8 if detail.startswith("Invalid UTF-8") else detail


def name_invisible(detail: str) -> str:
    """A detail in which characters that cannot be seen are named: `U+00A0 NO-BREAK SPACE`."""
    return "".join(
        character
        if character.isprintable()
        else f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
        for character in detail
    )


class FilesError(Exception):
    """One or more data files that cannot be loaded.

    Attributes:
        errors: One for each such file.
    """

    def __init__(self, errors: Sequence[DataError]) -> None:
        self.errors = tuple(errors)
        lines = [line for error in errors for line in str(error).splitlines()]
        if all(fault.skippable for error in errors for fault in error.faults):
            count = sum(error.count for error in errors)
            faults, files = say_count(count, "fault"), say_count(len(errors), "file")
            lines.append(f"{faults} in {files}, and nothing is served: {SKIP_HINT}")
        super().__init__("\n".join(lines))
