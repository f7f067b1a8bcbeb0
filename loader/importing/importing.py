"""An import from top to bottom: a table and its map in, records with their evidence out.

    table ─► names ─► rows ─► text of the source ─► records ─► files

Everything is worked out before anything is written. The table's text is the source: each row is a
line of ``documents/{handle}.txt``, and all that a record states rests on that line. The text only
grows: a row that changed gets a new line at its end, so that no passage of another row moves.

Source: docs/decisions/0029-rows-become-records.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from loader.errors import WorkspaceError
from loader.importing.findings import Finding, format_tsv
from loader.importing.mapping import TableMap, check_columns
from loader.importing.names import (
    Ask,
    NewThing,
    format_decisions,
    free_slug,
    known_names,
    read_decisions,
    resolve_names,
)
from loader.importing.rows import Draft, RowReader
from loader.importing.tables import Table
from loader.importing.written import FOLDER, Written, digest, format_written, read_written
from loader.importing.yamlfiles import add_record, has_record, put_source, render_records
from loader.progress import Progress
from loader.rdf.counts import say_count
from loader.read.addresses import text_part
from loader.read.model import Records
from loader.read.ontology.vocabulary import Vocabulary
from loader.read.sources.passages import FOLDER as PASSAGES
from loader.read.sources.passages import Passage, Reference, format_register, passage_digest
from loader.workspace import Workspace, replace_file

SOURCES: Final = "sources.yaml"

FOLDERS: Final = {
    "treaty": "treaties",
    "party": "parties",
    "body": "bodies",
    "territory": "territories",
}
"""Kind of an address → folder of its records, where that is not the kind with an s."""


@dataclass(slots=True)
class Outcome:
    """What an import came to.

    Attributes:
        findings: what to tell, in the order of the table.
        rows: the number of rows of the table.
        added: records that are new.
        changed: records written anew.
        same: records that are as they were.
        kept: records that a person edited and whose row did not change.
        waiting: rows without a record, or with an older one, until a person has decided.
        things: records made for names.
        report: the file of the report.
        names: the file of decisions, or None where no name needs one.
    """

    findings: list[Finding]
    rows: int = 0
    added: int = 0
    changed: int = 0
    same: int = 0
    kept: int = 0
    waiting: int = 0
    things: int = 0
    report: Path = Path()
    names: Path | None = None


@dataclass(slots=True)
class _Plan:
    """What will be written: files by path, in the order of writing."""

    files: dict[Path, bytes] = field(default_factory=dict)


def import_table(
    table: Table,
    table_map: TableMap,
    workspace: Workspace,
    documents: Path,
    knowledge: tuple[Vocabulary, Records],
    progress: Progress,
    *,
    ask: Ask | None = None,
    overwrite: bool = False,
    is_trial: bool = False,
) -> Outcome:
    """Write the records of a table into a workspace.

    Args:
        table: as read.
        table_map: what its columns mean.
        workspace: where the records go.
        documents: folder of the documents.
        knowledge: the tables of the ontology, and the records that are there.
        progress: gets each stage.
        ask: asks a person what a name means; None where nobody is there.
        overwrite: write records over that were edited by hand or taken away.
        is_trial: write nothing but the report.

    Raises:
        LoaderError: the map does not fit the table, or a file cannot be read or written.
    """
    check_columns(table_map, table)
    vocabulary, records = knowledge
    importer = _Importer(table, table_map, workspace, documents, vocabulary, records)
    with progress.stage("match") as stage:
        drafts = importer.draft(ask)
        stage.found = (
            f"{say_count(len(drafts), 'row')}, {say_count(len(importer.resolved.made), 'new name')}"
        )
    with progress.stage("records") as stage:
        plan = importer.plan(drafts, overwrite=overwrite)
        stage.found = f"{importer.outcome.added} new, {importer.outcome.changed} changed"
    with progress.stage("write") as stage:
        for path, data in plan.files.items():
            if not is_trial or path == importer.outcome.report:
                replace_file(path, data)
        stage.found = "nothing but the report" if is_trial else say_count(len(plan.files), "file")
    return importer.outcome


class _Importer:
    def __init__(
        self,
        table: Table,
        table_map: TableMap,
        workspace: Workspace,
        documents: Path,
        vocabulary: Vocabulary,
        records: Records,
    ) -> None:
        self.table, self.map, self.workspace = table, table_map, workspace
        self.vocabulary, self.records = vocabulary, records
        self.seeds = workspace.seeds
        self.handle = table_map.handle
        own = workspace.root / FOLDER
        self.written_file = own / f"{self.handle}.json"
        self.names_file = own / f"{self.handle}.names.yaml"
        self.written = read_written(self.written_file)
        self.document_file = documents / f"{self.handle}.txt"
        self.text = self._read_document()
        self.reader = RowReader(table, table_map, vocabulary, workspace.publication.languages)
        self.taken = {record.id.slug for record in records.records}
        self.outcome = Outcome(list(table.findings), rows=len(table.rows))
        self.outcome.report = own / f"{self.handle}.report.tsv"

    def draft(self, ask: Ask | None) -> list[Draft]:
        """Return what the rows say; names are resolved first."""
        columns = self.map.columns.values()
        self.resolved = resolve_names(
            list(self.reader.wanted()),
            known_names(self.records, columns, self.vocabulary),
            read_decisions(self.names_file),
            self.taken,
            self.vocabulary,
            ask,
        )
        self.outcome.findings.extend(self.resolved.findings)
        drafts = [self.reader.read(row, self.resolved.addresses) for row in self.table.rows]
        self._refuse_repeated_keys(drafts)
        return drafts

    def plan(self, drafts: Iterable[Draft], *, overwrite: bool) -> _Plan:
        """Return the files to write; the outcome is complete then."""
        plan = _Plan()
        lines = [] if self.text else [self._first_line()]
        length = len(self.text) + sum(map(len, lines))
        now = dict(self.written)
        used: set[str] = set()
        for draft in drafts:
            self.outcome.findings.extend(draft.findings)
            if draft.waits:
                self.outcome.waiting += 1
                continue
            before = self.written.get(draft.key)
            slug = before.slug if before else self._slug(draft, length)
            is_same = before and self.text[before.start : before.end] == draft.line
            start = before.start if before and is_same else length
            reference = Reference(self.handle, start, start + len(draft.line))
            path = self._path(slug)
            data = render_records([self._record(draft, slug, reference)], path)
            if not self._may_write(path, data, before, draft, overwrite=overwrite):
                continue
            if not is_same:
                lines.append(f"{draft.line}\n")
                length += len(draft.line) + 1
            used.update(_named(draft))
            now[draft.key] = Written(slug, reference.start, reference.end, digest(data))
            self._count(path, data, before, plan)
        self._tell_gone({draft.key for draft in drafts})
        text = self.text + "".join(lines)
        if now != self.written or lines:
            self._plan_source(text, now, plan)
        for thing in self.resolved.made:
            if thing.address not in used:
                continue
            path = self.seeds / self._folder(thing.cls.path_kind) / f"{_slug_of(thing)}.yaml"
            plan.files[path] = render_records([self._thing_record(thing)], path)
            self.outcome.things += 1
            if thing.note is not None:
                self.outcome.findings.append(thing.note)
        own: dict[Path, bytes] = {}
        if any(self.resolved.decisions.values()):
            own[self.names_file] = format_decisions(self.resolved).encode()
            self.outcome.names = self.names_file
        own[self.outcome.report] = format_tsv(self.outcome.findings).encode()
        own[self.written_file] = format_written(now).encode()
        plan.files |= own
        return plan

    def _read_document(self) -> str:
        """Return the text of the source as far as it is written; empty before the first import."""
        if not self.written:
            if self.document_file.exists():
                raise WorkspaceError(
                    "is there already, and no import wrote it",
                    self.document_file,
                    hint="Give the source another handle in the map, or move the file away.",
                )
            return ""
        try:
            return self.document_file.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise WorkspaceError(
                f"the text of the source cannot be read: {error}",
                self.document_file,
                hint="Every record of the table rests on it. Bring the file back, or name the "
                "folder where it lies: --documents DIR.",
            ) from None

    def _first_line(self) -> str:
        label = self.map.source["label"]
        title = next(iter(label.values())) if isinstance(label, Mapping) else str(label)
        return f"{title}\n\n"

    def _refuse_repeated_keys(self, drafts: Iterable[Draft]) -> None:
        seen: dict[str, Draft] = {}
        for draft in drafts:
            if not draft.key or draft.waits:
                continue
            first = seen.setdefault(draft.key, draft)
            if first is draft:
                continue
            draft.waits = True
            same = ", which says the same" if first.line == draft.line else ""
            at = self.reader.key_columns[0]
            draft.findings.append(
                Finding(
                    "waits",
                    self.table.place(draft.row, at),
                    "the row has the key of another row",
                    draft.key,
                    "a key of its own",
                    "Delete one of the rows, or give it another key.",
                    self.table.headings[at],
                    f"the other is row {first.row.name}{same}",
                )
            )

    def _slug(self, draft: Draft, start: int) -> str:
        """Return the slug of a new record; that of an import which broke off is found again."""
        label = next(iter(draft.label.values()))
        part = text_part(label)
        if draft.year and draft.year not in part:
            part = f"{part}-{draft.year}"
        wanted = [part, f"{part}-{text_part(draft.key)}"]
        for slug in wanted:
            path = self._path(slug)
            if slug in self.taken and path.exists():
                span = Reference(self.handle, start, start + len(draft.line))
                if path.read_bytes() == render_records([self._record(draft, slug, span)], path):
                    return slug
        return free_slug(wanted, self.taken)

    def _path(self, slug: str) -> Path:
        return self.seeds / self._folder(self.map.cls.path_kind) / f"{slug}.yaml"

    def _record(self, draft: Draft, slug: str, reference: Reference) -> dict[str, Any]:
        record: dict[str, Any] = {
            "id": f"{self.map.cls.path_kind}/{slug}",
            "type": self.map.cls.name,
        }
        if kind := draft.kind or self.map.kind:
            record["kind"] = kind
        record["label"] = draft.label
        if draft.notes:
            record["note"] = draft.notes
        source = f"source/{self.handle}"
        record["statements"] = [
            entry | ({"searchedIn": [source]} if "not-stated" in entry.values() else
                     {"evidence": str(reference)})
            for entry in draft.entries
        ]  # fmt: skip
        if not record["statements"]:
            del record["statements"]
        return record

    def _may_write(
        self, path: Path, data: bytes, before: Written | None, draft: Draft, *, overwrite: bool
    ) -> bool:
        """Whether a record is ours to write; what a person did to it stays, and is told."""
        if before is None or overwrite:
            return True
        place = self.table.place(draft.row, 0)
        is_same_row = digest(data) == before.sha256
        try:
            there = path.read_bytes()
        except OSError:
            self._tell(
                "note", place, "its record was taken away by hand and is not made again", path
            )
            return False
        if digest(there) == before.sha256 or there == data:
            return True
        if is_same_row:
            self.outcome.kept += 1
        else:
            self.outcome.waiting += 1
            self._tell(
                "waits", place, "the row has changed, but its record was edited by hand", path
            )
        return False

    def _tell(self, level: Any, place: str, problem: str, path: Path) -> None:
        hint = "Change the record by hand, or let the table win: --overwrite."
        name = str(path.relative_to(self.workspace.root))
        self.outcome.findings.append(Finding(level, place, problem, name, "", hint))

    def _count(self, path: Path, data: bytes, before: Written | None, plan: _Plan) -> None:
        if before is None:
            self.outcome.added += 1
        elif before.sha256 == digest(data) and path.exists() and path.read_bytes() == data:
            self.outcome.same += 1
            return
        else:
            self.outcome.changed += 1
        plan.files[path] = data

    def _tell_gone(self, keys: set[str]) -> None:
        for key, row in sorted(self.written.items()):
            if key not in keys:
                self.outcome.findings.append(
                    Finding(
                        "note",
                        self.table.file,
                        "a row of the last import is gone; its record stays",
                        f"{key}: {self.map.cls.path_kind}/{row.slug}",
                        hint="To withdraw it, delete the record and write its address into "
                        "seeds/withdrawn.yaml.",
                    )
                )

    def _plan_source(self, text: str, now: Mapping[str, Written], plan: _Plan) -> None:
        """Plan the text, its passages and its record."""
        plan.files[self.document_file] = text.encode()
        passages = [
            Passage(
                Reference(self.handle, row.start, row.end),
                passage_digest(text[row.start : row.end]),
            )
            for row in now.values()
        ]
        register = self.seeds / PASSAGES / f"{self.handle}.yaml"
        plan.files[register] = format_register(passages).encode()
        file = self.seeds / SOURCES
        data = file.read_bytes() if file.exists() else b""
        family = str(self.map.source["family"])
        if not any(str(record.id) == family for record in self.records.records) and not has_record(
            data, file, family
        ):
            label = self.map.source["label"]
            record = {"id": family, "type": "SourceFamily", "label": label}
            data = add_record(data, file, record)
        source = {
            "id": f"source/{self.handle}",
            "type": "Source",
            "handle": self.handle,
            **{key: value for key, value in self.map.source.items() if key != "family"},
            "family": family,
            "sha256": digest(text.encode()),
            "characterCount": str(len(text)),
        }
        plan.files[file] = put_source(data, file, source)

    def _thing_record(self, thing: NewThing) -> dict[str, Any]:
        return {
            "id": thing.address,
            "type": thing.cls.name,
            "label": {self.map.language: thing.name},
        }

    @staticmethod
    def _folder(path_kind: str | None) -> str:
        assert path_kind is not None  # noqa: S101 classes of things have one
        return FOLDERS.get(path_kind, f"{path_kind}s")


def _named(draft: Draft) -> Iterable[str]:
    """Yield every text that stands for a value in a draft, addresses among them."""
    for entry in draft.entries:
        for value in entry.values():
            yield from (
                value if isinstance(value, list) else [value] if isinstance(value, str) else []
            )


def _slug_of(thing: NewThing) -> str:
    return thing.address.partition("/")[2]
