"""The questions in ``queries/`` and the rows that they must return.

A question is ``{name}.rq`` (SPARQL 1.1 with a comment on top: ``# title: …``) and, beside it,
``{name}.tsv`` with the rows it must return. ``queries/README.md`` has the form. Every build runs
all of them on the release it is about to write, in the embedded engine.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rdflib import Literal, URIRef
from rdflib.term import Node

from loader.errors import ConformanceError, WorkspaceError
from loader.rdf.counts import say_count
from loader.rdf.layout import escape, split_name
from loader.rdf.ordering import XSD
from loader.release.store import QueryError, Rows, Store

_KEYS: Final = ("title", "question", "facts", "note", "front", "columns")
_HEADER: Final = re.compile(r"#\s*([a-z]+(?:@[a-z-]+)?):\s*(.*)")
_NOISE: Final = re.compile(
    r"""<[^<>"{}|^`\\\x00-\x20]*>|\"\"\".*?\"\"\"|'''.*?'''"""
    r"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|\#[^\n]*|[?$]\w+""",
    re.DOTALL,
)
_PLACE: Final = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)
_NUMBERS: Final = frozenset(f"{XSD}{name}" for name in ("integer", "decimal", "boolean"))
_SHOWN: Final = 20


@dataclass(frozen=True)
class Question:
    """One file of ``queries/``.

    Attributes:
        path: the path of the query.
        title: what is asked, for people.
        facts: the facts of the documents that the answer rests on.
        text: the query without the base.
        columns: lines that word the headings of its table, with how many they word.
    """

    path: Path
    title: str
    facts: tuple[str, ...]
    text: str
    columns: tuple[tuple[int, int], ...] = ()

    @property
    def rows_path(self) -> Path:
        """Where the expected rows stand."""
        return self.path.with_suffix(".tsv")

    @property
    def is_ordered(self) -> bool:
        """Whether the order of the rows is part of the answer."""
        return re.search(r"\bORDER\s+BY\b", bare(self.text), re.IGNORECASE) is not None


def bare(query: str) -> str:
    """Return a query without IRIs, strings, comments and variables, for finding keywords."""
    return _NOISE.sub(" ", query)


def read_questions(folder: Path) -> tuple[Question, ...]:
    """Return the questions in a folder, by name.

    Raises:
        WorkspaceError: one has no title, an unknown key in its header, or is not UTF-8; or
            there are rows without their query.
    """
    found = tuple(_read(path) for path in sorted(folder.glob("*.rq")))
    for rows in sorted(folder.glob("*.tsv")):
        if not rows.with_suffix(".rq").is_file():
            raise WorkspaceError(
                f"rows without a query: {rows.stem}.rq is missing",
                rows,
                hint="Remove or rename it.",
            )
    return found


def _read(path: Path) -> Question:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"cannot be read: {error}", path) from None
    header: dict[str, str] = {}
    lines: dict[str, int] = {}
    last = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.startswith("#"):
            break
        if match := _HEADER.fullmatch(line.rstrip()):
            last = match[1]
            if last.partition("@")[0] not in _KEYS:
                raise WorkspaceError(
                    f"unknown key {last!r}", path, number, 3, f"Known keys: {', '.join(_KEYS)}."
                )
            header[last], lines[last] = match[2], number
        elif last:
            header[last] = f"{header[last]} {line.lstrip('#').strip()}".strip()
    if not header.get("title"):
        raise WorkspaceError(
            "the query has no title", path, 1, 1, "Begin the file with a line `# title: …`."
        )
    facts = tuple(header.get("facts", "").split())
    columns = tuple(
        (lines[key], sum(map(bool, map(str.strip, words.split(",")))))
        for key, words in header.items()
        if key.partition("@")[0] == "columns"
    )
    return Question(path, header["title"], facts, text, columns)


def run_question(question: Question, store: Store, base: str) -> tuple[str, list[str]]:
    """Return the answer as lines of a TSV file: the head, and one line per row.

    Args:
        question: what is asked.
        store: the release: its named graphs, and their union as the default graph.
        base: the base address, put in front as ``BASE``.

    Raises:
        QueryError: with file, line and column.
    """
    try:
        answer = store.select(f"BASE <{base}> {question.text}")
    except QueryError as error:
        match = _PLACE.search(error.message)
        line, column = (int(match[1]), int(match[2])) if match else (None, None)
        if line == 1 and column is not None:
            column = max(1, column - len(f"BASE <{base}> "))
        message = match[3].strip() if match else error.message
        raise QueryError(message, question.path, line, column, error.hint) from None
    if isinstance(answer, Rows):
        head = "\t".join(f"?{name}" for name in answer.variables)
        return head, ["\t".join(_cell(t, base) for t in row) for row in answer.rows]
    return "?answer", ["true" if answer else "false"]


def check_questions(questions: Iterable[Question], store: Store, base: str) -> None:
    """Run all questions and compare their rows.

    Rows are compared as a bag, in order where the query has ORDER BY.

    Raises:
        ConformanceError: rows are missing, not expected or in another order; with all such
            queries in its ``also``.
        QueryError: a query cannot be run.
    """
    errors = [e for q in questions if (e := _compare(q, *run_question(q, store, base)))]
    if first := ConformanceError.together(errors):
        raise first


def write_rows(questions: Iterable[Question], store: Store, base: str) -> list[Path]:
    """Write the rows that come now as those expected; return the files that changed."""
    changed = []
    for question in questions:
        head, rows = run_question(question, store, base)
        text = "".join(
            f"{line}\n" for line in [head, *(rows if question.is_ordered else sorted(rows))]
        )
        path = question.rows_path
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            changed.append(path)
    return changed


def _compare(question: Question, head: str, rows: list[str]) -> ConformanceError | None:
    path, variables = question.rows_path, head.split("\t")
    for line, worded in question.columns:
        if worded != len(variables):
            return ConformanceError(
                f"{question.title!r}: {say_count(worded, 'heading')} for "
                f"{say_count(len(variables), 'column')}",
                question.path,
                line,
                1,
                f"Word each of {', '.join(variables)}, with commas between them.",
            )
    accept = "If these rows are right: `pacta check --accept`, and look at the diff."
    if not path.is_file():
        return ConformanceError(
            f"{question.title!r} has no expected rows: {path.name} is missing",
            question.path,
            hint=accept,
        )
    expected = path.read_text(encoding="utf-8").splitlines()
    wanted_head, wanted = (expected[0], expected[1:]) if expected else ("", [])
    if not question.is_ordered:
        rows, wanted = sorted(rows), sorted(wanted)
    if (wanted_head, wanted) == (head, rows):
        return None
    missing, extra = Counter(wanted) - Counter(rows), Counter(rows) - Counter(wanted)
    less, more = say_count(missing.total(), "row"), say_count(extra.total(), "row")
    what = f"missing: {less}; not expected: {more}"
    if wanted_head != head:
        what = f"the columns are {head!r}, expected {wanted_head!r}"
    elif not missing and not extra:
        what = "the rows come in another order"
    return ConformanceError(
        f"{question.title!r}: {what}",
        question.path,
        hint="\n".join([*_difference([wanted_head, *wanted], [head, *rows]), accept]),
    )


def _difference(expected: list[str], found: list[str]) -> Iterator[str]:
    lines = list(difflib.unified_diff(expected, found, "expected", "found", n=0, lineterm=""))
    yield from lines[:_SHOWN]
    if len(lines) > _SHOWN:
        yield f"… and {len(lines) - _SHOWN} more lines of difference"


def _cell(term: Node | None, base: str) -> str:
    """Return a term in the notation of the expected rows; nothing for an unbound variable."""
    if term is None:
        return ""
    if isinstance(term, Literal):
        datatype = str(term.datatype or "")
        if datatype in _NUMBERS:
            return str(term)
        text = f'"{escape(str(term))}"'
        if term.language:
            return f"{text}@{term.language}"
        return text if datatype in ("", f"{XSD}string") else f"{text}^^{_iri(datatype, base)}"
    return _iri(str(term), base) if isinstance(term, URIRef) else "[]"


def _iri(iri: str, base: str) -> str:
    if iri.startswith(base):
        return f"<{iri[len(base) :]}>"
    found = split_name(iri)
    return f"{found[0]}:{found[2]}" if found else f"<{iri}>"
