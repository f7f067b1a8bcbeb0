"""A data file → its quads, as the engine's terms, or all its faults.

Each syntax has one reader: the engine's for the line-based and Turtle-like ones and for JSON-LD,
`rdfxml_reader` for RDF/XML. Where the engine's reader stops at a fault, the file is read again in
single statements, so that one run names all faults and any of them can be left out.
"""

import mmap
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pyoxigraph as ox

from server.reading.contexts import ContextSources
from server.reading.faults import MOST_SHOWN, TOO_LONG, DataError, Fault, explain_engine
from server.reading.jsonld_reader import read_jsonld
from server.reading.rdfxml_reader import read_rdfxml
from server.reading.recognition import HEAD_BYTES, NotRdfError, name_look, recognise_format
from server.reading.statements import Statement, split_lines, split_statements
from server.reading.streams import open_text, skip_mark

_KINDS = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "n3": ox.RdfFormat.N3,
}
_BATCH = 500
_BATCH_BYTES = 1 << 18


@dataclass(frozen=True)
class DataFile:
    """A file to read: its path, and the graph its triples go to (None: the default graph)."""

    path: str
    graph: str | None = None


@dataclass(frozen=True)
class ReadingOptions:
    """How files are read.

    Attributes:
        skip_invalid: Leave faulty statements out instead of refusing the file.
        context_sources: Where the JSON-LD contexts come from that documents refer to.
    """

    skip_invalid: bool = False
    context_sources: ContextSources = field(default_factory=ContextSources)


@dataclass
class FileReport:
    """What a file gave.

    Attributes:
        path: As it was named.
        format: Its syntax.
        statements: How many were read, repeated ones included.
        in_graphs: How many of them are in named graphs of the file's own.
        left_out: The first faults that were left out: with `skip_invalid`, and what JSON-LD itself
            leaves out.
        left_out_count: How many faults were left out in all.
        look: What a JSON file without statements looks like.
    """

    path: str
    format: str = ""
    statements: int = 0
    in_graphs: int = 0
    left_out: list[Fault] = field(default_factory=list)
    left_out_count: int = 0
    look: str | None = None


class _Faults:
    """Takes the faults of one file."""

    def __init__(self) -> None:
        self.shown: list[Fault] = []
        self.count = 0

    def note(self, fault: Fault) -> None:
        """Take one more."""
        self.count += 1
        if len(self.shown) < MOST_SHOWN:
            self.shown.append(fault)


def read_file(
    item: DataFile, number: int, options: ReadingOptions, folder: Path, report: FileReport
) -> Iterator[ox.Quad]:
    """The quads of a file, in its order; blank nodes are distinct from those of other files.

    Files that hold graphs themselves (N-Quads, TriG, JSON-LD) keep them; the graph given beside
    such a file takes its default graph. Relative IRIs resolve against the graph's IRI, else
    against the file's.

    Args:
        item: The file.
        number: Its number among the files, which tells its blank nodes apart.
        options: How it is read.
        folder: For the text of a compressed file.
        report: Is filled.

    Raises:
        DataError: It cannot be read. Raised at the end, with all faults, after the quads that
            could be read.
    """
    path = Path(item.path)
    try:
        graph = ox.DefaultGraph() if item.graph is None else ox.NamedNode(item.graph)
    except ValueError as error:
        raise DataError.of(item.path, f"{item.graph!r} is no absolute IRI: {error}") from None
    base = item.graph or path.resolve().as_uri()
    faults, dropped = _Faults(), _Faults()
    with open_text(path, folder) as text:
        head = text.read(HEAD_BYTES)
        skip_mark(text)
        try:
            report.format = recognise_format(path.name, head)
        except NotRdfError as error:
            raise DataError.of(item.path, str(error)) from None
        label = f"f{number}"
        quads: Iterator[ox.Quad]
        if report.format == "rdfxml":
            triples = read_rdfxml(text, base, label, faults.note)
            quads = (ox.Quad(each.subject, each.predicate, each.object) for each in triples)
        elif not head:
            quads = iter(())
        elif report.format == "jsonld":
            quads = read_jsonld(
                text, path, base, options.context_sources, faults.note, dropped.note
            )
            report.look = name_look(head)
        elif options.skip_invalid:
            quads = _read_singly(text, report.format, base, label, faults.note)
        else:
            quads = _read_whole(text, report.format, base, label, faults)
        for quad in quads:
            report.statements += 1
            if isinstance(quad.graph_name, ox.DefaultGraph):
                if item.graph is not None:
                    quad = ox.Quad(quad.subject, quad.predicate, quad.object, graph)
            else:
                report.in_graphs += 1
            yield quad
    if faults.count and not (options.skip_invalid and all(f.skippable for f in faults.shown)):
        raise DataError(item.path, faults.shown, faults.count)
    left_out = [*faults.shown, *dropped.shown][:MOST_SHOWN]
    report.left_out, report.left_out_count = left_out, faults.count + dropped.count


def _read_whole(
    text: IO[bytes], name: str, base: str, label: str, faults: _Faults
) -> Iterator[ox.Quad]:
    """The quads of a file by the engine's reader; at a fault, all its faults are noted."""
    try:
        yield from ox.parse(text, _KINDS[name], base_iri=base, rename_blank_nodes=True)
    except (SyntaxError, MemoryError, ValueError) as error:
        skip_mark(text)
        deque(_read_singly(text, name, base, label, faults.note), maxlen=0)
        if not faults.count:  # each statement is right, the whole is not
            place = (error.lineno, error.offset) if isinstance(error, SyntaxError) else (None, None)
            faults.note(Fault(*place, explain_engine(str(error))))


def _read_singly(
    text: IO[bytes], name: str, base: str, label: str, note: Callable[[Fault], None]
) -> Iterator[ox.Quad]:
    """The quads of a file, statement by statement: each can be read, or left out, by itself."""
    start = text.tell()
    mapped = mmap.mmap(text.fileno(), 0, access=mmap.ACCESS_READ)
    if name in ("ntriples", "nquads"):
        statements = split_lines(mapped, start)
    else:
        statements = split_statements(mapped, start, graphs=name != "n3")
    reader = _StatementReader(_KINDS[name], base, label, note)
    batch: list[Statement] = []
    size = 0
    for statement in statements:
        if statement.directive:
            yield from reader.read_batch(batch)
            batch, size = [], 0
            reader.declare(statement)
            continue
        if batch and (
            statement.front != batch[0].front or len(batch) >= _BATCH or size >= _BATCH_BYTES
        ):
            yield from reader.read_batch(batch)
            batch, size = [], 0
        batch.append(statement)
        size += len(statement.text)
    yield from reader.read_batch(batch)


class _StatementReader:
    """Reads statements behind the directives that stand before them."""

    def __init__(
        self, kind: ox.RdfFormat, base: str, label: str, note: Callable[[Fault], None]
    ) -> None:
        self._kind, self._base, self._label, self._note = kind, base, label, note
        self._front = b""

    def declare(self, statement: Statement) -> None:
        """Keep a directive for what follows."""
        fault = self._try(statement.text, statement, 0)
        if isinstance(fault, Fault):
            self._note(fault)
        else:
            self._front += statement.text + b"\n"

    def read_batch(self, batch: list[Statement]) -> Iterator[ox.Quad]:
        """The quads of statements that stand in one graph; the faulty ones are noted."""
        if not batch:
            return
        front = self._front + batch[0].front + b"\n"
        lines = front.count(b"\n")
        joined = front + b"\n".join(each.text for each in batch) + b"\n" + batch[0].back
        found = self._try(joined, batch[0], lines)
        if not isinstance(found, Fault):
            yield from found
            return
        for each in batch:
            found = self._try(front + each.text + b"\n" + each.back, each, lines)
            if isinstance(found, Fault):
                self._note(found)
            else:
                yield from found

    def _try(self, text: bytes, statement: Statement, lines: int) -> list[ox.Quad] | Fault:
        """The quads of a text, or what is wrong in it.

        Args:
            text: What is read.
            statement: What it ends with.
            lines: How many lines stand before the statement in it.
        """
        try:
            quads = ox.parse(text, self._kind, base_iri=self._base)
            return [self._rename_quad(quad) for quad in quads]
        except SyntaxError as error:
            return _place(error, statement, lines)
        except (MemoryError, ValueError) as error:
            detail = TOO_LONG if isinstance(error, MemoryError) else str(error)
            return Fault(statement.line, statement.column, detail, skippable=True)

    def _rename_quad(self, quad: ox.Quad) -> ox.Quad:
        subject, value, graph = map(self._rename, (quad.subject, quad.object, quad.graph_name))
        if subject is quad.subject and value is quad.object and graph is quad.graph_name:
            return quad
        return ox.Quad(subject, quad.predicate, value, graph)

    def _rename(self, term: Any) -> Any:
        """A term whose blank nodes are distinct from those of other files."""
        if isinstance(term, ox.BlankNode):
            return ox.BlankNode(self._label + term.value)
        if isinstance(term, ox.Triple):
            subject, value = self._rename(term.subject), self._rename(term.object)
            return ox.Triple(subject, term.predicate, value)
        return term


def _place(error: SyntaxError, statement: Statement, lines: int) -> Fault:
    """A fault of a statement that was read behind other lines, at its place in the file."""
    line, end = error.lineno or 0, error.end_lineno or error.lineno or 0
    detail = explain_engine(error.msg)
    if not lines < line <= lines + statement.text.count(b"\n") + 1:
        return Fault(statement.line, statement.column, detail, skippable=True)

    def column_of(at_line: int, column: int | None) -> int | None:
        shift = statement.column - 1 if at_line == lines + 1 else 0
        return None if column is None else column + shift

    start, stop = column_of(line, error.offset), column_of(end, error.end_offset)
    shift = statement.line - lines - 1
    inside = end <= lines + statement.text.count(b"\n") + 1
    if not inside or start is None or stop is None or (end == line and stop <= start + 1):
        return Fault(line + shift, start, detail, skippable=True)
    return Fault(line + shift, start, detail, end + shift, stop, skippable=True)
