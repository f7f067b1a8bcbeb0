"""What an import has to tell: where, what stood there, what was expected, what to do.

Pure. A report is written twice: as text, grouped by what is wrong, and as a table of
tab-separated values with a line for every finding.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Level = Literal["waits", "left out", "read so", "note"]
"""What became of it: the row waits for a person; the cell was left out; it was read, but in one of
several ways; nothing was lost."""

LEVELS: Final[tuple[Level, ...]] = ("waits", "left out", "read so", "note")

SHOWN: Final = 5
"""Places of one kind of finding that the text names; the table has all."""

TSV_COLUMNS: Final = (
    "place", "heading", "value", "result", "problem", "detail", "expected", "what to do",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell.

    Attributes:
        level: what became of it.
        place: file, row and column: ``treaties.csv:12:C``.
        problem: what is wrong, without the value; findings are grouped by it.
        value: what stood there.
        expected: what was expected.
        hint: what to do.
        heading: the heading of the column, or empty.
        detail: what is particular to this place, such as what a name was taken for.
    """

    level: Level
    place: str
    problem: str
    value: str = ""
    expected: str = ""
    hint: str = ""
    heading: str = ""
    detail: str = ""


def format_text(findings: Iterable[Finding], *, every: bool = False) -> str:
    """Return findings for people: the gravest first, grouped by problem, some places of each.

    Args:
        findings: in the order of the table.
        every: name all places, not only the first.
    """
    groups: dict[tuple[Level, str, str, str], list[Finding]] = {}
    for one in findings:
        groups.setdefault((one.level, one.problem, one.expected, one.hint), []).append(one)
    lines = []
    for (level, problem, expected, hint), members in sorted(
        groups.items(), key=lambda group: (LEVELS.index(group[0][0]), -len(group[1]))
    ):
        count = f" ({len(members)} times)" if len(members) > 1 else ""
        lines.append(f"{level}: {problem}{count}")
        shown = members if every else members[:SHOWN]
        lines.extend(f"  {one.place}{_said(one)}" for one in shown)
        if rest := len(members) - len(shown):
            lines.append(f"  … and {rest} more")
        if expected:
            lines.append(f"  Expected: {expected}")
        if hint:
            lines.append(f"  To do: {hint}")
    return "".join(f"{line}\n" for line in lines)


def format_tsv(findings: Sequence[Finding]) -> str:
    """Return findings as tab-separated values with a heading line, in the order given."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(TSV_COLUMNS)
    for one in findings:
        row = (one.place, one.heading, one.value, one.level, one.problem, one.detail)
        writer.writerow(" ".join(cell.split()) for cell in (*row, one.expected, one.hint))
    return stream.getvalue()


def _said(one: Finding) -> str:
    heading = f" {one.heading}" if one.heading else ""
    said = f"{heading}: {one.value!r}" if one.value else heading
    return f"{said}, {one.detail}" if one.detail else said
