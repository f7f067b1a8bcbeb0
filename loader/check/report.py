"""The report of a check with places in the records, as JSON and as errors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from loader.check.shapes import Report, Result
from loader.errors import ConformanceError
from loader.read.yamltext import Location


@dataclass(frozen=True)
class Placed:
    """A result with the line of the record that its focus node comes from, where there is one."""

    result: Result
    at: Location | None


def place_results(report: Report, origins: Mapping[str, Location]) -> tuple[Placed, ...]:
    """Return the results with their places, in the order of the report.

    A node that is a part of another (``#selector``) has the place of the whole.
    """
    return tuple(
        Placed(r, origins.get(r.focus) or origins.get(r.focus.partition("#")[0]))
        for r in report.results
    )


def report_json(results: Iterable[Placed], conforms: bool, root: Path) -> str:
    """Return the report as JSON; files are named relative to the workspace."""
    rows = [
        {
            "severity": one.result.severity,
            "rule": one.result.rule,
            "focus": one.result.focus,
            "path": one.result.path,
            "value": one.result.value,
            "message": one.result.message,
            "shape": one.result.shape,
            "explanation": one.result.explanation,
            "file": _relative(one.at.path, root) if one.at else None,
            "line": one.at.line if one.at else None,
            "column": one.at.column if one.at else None,
        }
        for one in results
    ]
    return json.dumps({"conforms": conforms, "results": rows}, ensure_ascii=False, indent=1) + "\n"


def violations(results: Iterable[Placed], base: str) -> ConformanceError | None:
    """Return one error that lists every violation, or None where there is none."""
    return ConformanceError.together(
        _error(one, base) for one in results if one.result.severity == "Violation"
    )


def _error(one: Placed, base: str) -> ConformanceError:
    focus = one.result.focus.removeprefix(f"{base}id/")
    hint = f"at {focus}"
    if one.result.path:
        hint += f", {one.result.path.rpartition('#')[2].rpartition('/')[2]}"
    if one.result.value:
        hint += f", {one.result.value.removeprefix(f'{base}id/')}"
    message = f"rule {one.result.rule}: {one.result.message}"
    if one.at is None:
        return ConformanceError(message, hint=hint)
    return ConformanceError(message, one.at.path, one.at.line, one.at.column, hint)


def _relative(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.name
