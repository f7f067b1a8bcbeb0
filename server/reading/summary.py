"""The result of reading the files, in words, for the start message and for `/health` (pure)."""

from collections.abc import Sequence

from server.reading.faults import describe_faults
from server.reading.reader import FileReport

_SHOWN_AT_START = 10


def count_statements(reports: Sequence[FileReport]) -> str:
    """`6 statements from 2 files`."""
    return (
        f"{_count(sum(report.statements for report in reports), 'statement')} "
        f"from {_count(len(reports), 'file')}"
    )


def describe_reports(reports: Sequence[FileReport], *, union: bool) -> list[str]:
    """Lines for the start: what each file gave, what was left out, what may surprise."""
    lines: list[str] = []
    for report in reports:
        lines.append(f"{report.path}: {_count(report.statements, 'statement')} ({report.format})")
        if report.left_out_count:
            count = _count(report.left_out_count, "fault")
            lines.append(f"warning: {report.path}: left out because of {count}:")
            shown = report.left_out[:_SHOWN_AT_START]
            lines += describe_faults(report.path, shown, report.left_out_count)
        if not report.statements and not report.left_out_count:
            look = f"; it looks like {report.look}, not JSON-LD" if report.look else ""
            lines.append(f"warning: {report.path}: no statements in it{look}")
    total = sum(report.statements for report in reports)
    if total and not union and total == sum(report.in_graphs for report in reports):
        lines.append(
            "all statements are in named graphs, so a query without GRAPH or FROM finds none; "
            "--union makes the default graph the union of all"
        )
    return lines


def describe_left_out(reports: Sequence[FileReport]) -> str:
    """One sentence for the service description; empty where nothing was left out."""
    parts = [
        f"{_count(report.left_out_count, 'fault')} in {report.path.rpartition('/')[2]}"
        for report in reports
        if report.left_out_count
    ]
    return f"Statements were left out because of {', '.join(parts)}." if parts else ""


def summarise_reports(reports: Sequence[FileReport]) -> list[dict[str, object]]:
    """What each file gave, for `/health`: name without folders, statements, what was left out."""
    return [
        {
            "file": report.path.rpartition("/")[2],
            "format": report.format,
            "statements": report.statements,
        }
        | (
            {
                "left_out": report.left_out_count,
                "faults": describe_faults(
                    report.path.rpartition("/")[2], report.left_out, report.left_out_count
                ),
            }
            if report.left_out_count
            else {}
        )
        for report in reports
    ]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
