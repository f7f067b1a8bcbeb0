"""What `pacta import` prints and asks; the only module of this room that does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from loader.errors import WorkspaceError
from loader.importing.files import read_table
from loader.importing.findings import LEVELS, format_text
from loader.importing.importing import Outcome, import_table
from loader.importing.mapping import read_map
from loader.importing.names import LEFT_OUT, NEW, UNDECIDED
from loader.importing.suggesting import suggest_map
from loader.importing.tables import Options
from loader.progress import Progress
from loader.rdf.counts import say_count
from loader.rdf.matching import Match
from loader.read.addresses import parse_address
from loader.read.ontology.vocabulary import read_vocabulary
from loader.read.records import read_records
from loader.workspace import Workspace

_ANSWERS: Final = f"number, an address, {NEW}, {LEFT_OUT}, or Enter to decide later"


def print_draft(file: Path, workspace: Workspace) -> None:
    """Print the draft of a map for a table."""
    table = read_table(file, Options(guess=True))
    vocabulary = read_vocabulary(workspace.ontology)
    print(suggest_map(table, vocabulary, workspace.publication), end="")
    if table.findings:
        print(format_text(table.findings), end="", file=sys.stderr)


def run_import(
    file: Path,
    map_file: Path,
    workspace: Workspace,
    documents: Path,
    progress: Progress,
    *,
    overwrite: bool,
    is_trial: bool,
    every: bool,
) -> Outcome:
    """Import a table and print what came of it, the report on the standard error."""
    with progress.stage("read") as stage:
        vocabulary = read_vocabulary(workspace.ontology)
        table_map = read_map(map_file, vocabulary, workspace.publication.languages)
        table = read_table(file, table_map.options)
        records = read_records(workspace, vocabulary)
        stage.found = (
            f"{say_count(len(table.rows), 'row')}, {say_count(len(records.records), 'record')}"
        )
    is_asked = sys.stdin.isatty() and sys.stderr.isatty() and not is_trial
    outcome = import_table(
        table,
        table_map,
        workspace,
        documents,
        (vocabulary, records),
        progress,
        ask=ask_person if is_asked else None,
        overwrite=overwrite,
        is_trial=is_trial,
    )
    print(format_text(outcome.findings, every=every), end="", file=sys.stderr)
    for line in summarise(outcome, is_trial=is_trial):
        print(line)
    return outcome


def summarise(outcome: Outcome, *, is_trial: bool) -> list[str]:
    """Return what came of an import, in a few lines."""
    told = {level: sum(one.level == level for one in outcome.findings) for level in LEVELS}
    lines = [
        f"{say_count(outcome.rows, 'row')}: "
        f"{say_count(outcome.added, 'new record')}, {outcome.changed} changed, "
        f"{outcome.same} as they were, {outcome.kept} edited by hand and kept, "
        f"{outcome.waiting} waiting; {say_count(outcome.things, 'record')} for new names"
        + ("; nothing was written" if is_trial else "")
    ]
    if outcome.findings:
        counts = ", ".join(f"{count} {level}" for level, count in told.items() if count)
        lines.append(f"report: {outcome.report} ({counts})")
    if outcome.names and not is_trial:
        lines.append(f"names to decide: {outcome.names}")
    return lines


def ask_person(group: str, name: str, matches: tuple[Match, ...], can_make: bool) -> str:
    """Ask on the terminal what a name means and return the decision."""
    print(f"{group} {name!r}:", file=sys.stderr)
    for number, match in enumerate(matches, 1):
        print(f"  {number}  {match.thing} ({match.name})", file=sys.stderr)
    while True:
        print(f"  {_ANSWERS}: ", end="", file=sys.stderr, flush=True)
        line = sys.stdin.readline()
        answer = line.strip()
        if not answer:
            return UNDECIDED
        if answer.isdecimal() and 1 <= int(answer) <= len(matches):
            return matches[int(answer) - 1].thing
        if answer == LEFT_OUT or (answer == NEW and can_make) or parse_address(answer):
            return answer


def require_map(text: str | None) -> Path:
    """Return the map that was named.

    Raises:
        WorkspaceError: none was.
    """
    if not text:
        raise WorkspaceError(
            "no map says what the columns mean",
            hint="Draft one: pacta import TABLE --suggest > MAP.yaml. Then: --map MAP.yaml.",
        )
    return Path(text)
