"""Times as series, results as rows of one table, the table as text or Markdown."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

Measure = Callable[[int], float]
"""Does the thing for the n-th time and returns the milliseconds it took."""


@dataclass(frozen=True)
class Series:
    """The times of one thing, in milliseconds."""

    times: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.times)

    @property
    def p99(self) -> float:
        """The 99th percentile; the largest where there are few."""
        if len(self.times) < 100:
            return max(self.times)
        return statistics.quantiles(self.times, n=100)[98]

    def __str__(self) -> str:
        return f"{self.median:.2f} ms, p99 {self.p99:.2f}"


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes:
        part: What it belongs to.
        what: What was measured.
        measured: In words.
        target: What it should be, or nothing.
        met: Whether it is; None where there is no target.
        numbers: The same for programs.
    """

    part: str
    what: str
    measured: str
    target: str = ""
    met: bool | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)


def interleave(measures: Mapping[str, Measure], count: int, warm: int = 3) -> dict[str, Series]:
    """Do all things in turns, so that whatever else the machine does befalls them alike.

    Args:
        measures: By name.
        count: How often each is measured.
        warm: How often each is done before.
    """
    times: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(-warm, count):
        for name, measure in measures.items():
            taken = measure(number)
            if number >= 0:
                times[name].append(taken)
    return {name: Series(tuple(each)) for name, each in times.items()}


def describe_machine() -> str:
    """Return the machine in general words, and how busy it is now."""
    try:
        system = platform.freedesktop_os_release().get("PRETTY_NAME", platform.system())
    except OSError:
        system = platform.system()
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    return f"{cores} cores, {system}, Python {platform.python_version()}; load {load:.1f}"


def _verdict(row: Row) -> str:
    return {True: "met", False: "missed", None: ""}[row.met]


def write_text(rows: Sequence[Row], machine: Sequence[str]) -> str:
    """Return the table for a terminal."""
    cells = [(row.part, row.what, row.measured, row.target, _verdict(row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [
        "  ".join(f"{cell:{width}}" for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]
    return "\n".join([*lines, *machine]) + "\n"


def write_markdown(rows: Sequence[Row], machine: Sequence[str]) -> str:
    """Return the table for a page."""
    lines = ["| part | what | measured | target | |", "|---|---|---|---|---|"]
    for row in rows:
        cells = (row.part, row.what, row.measured, row.target, _verdict(row))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *machine]) + "\n"
