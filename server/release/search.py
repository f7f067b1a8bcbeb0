"""The index of a release: SQLite's full text search, and edit distance for mistyped words.

A file beside the store, built from the release when it is first opened; not part of any manifest.
`docs/decisions/0026-pages-read-by-people.md` says why.
"""

import os
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from server.catalogues import read_languages
from server.pages.cards import Desk
from server.pages.whole.finding import Entry, list_entries, list_months
from server.rdf.addresses import Addresses
from server.rdf.model import Reader
from server.rdf.names import NameIndex
from server.reading.faults import DataError
from server.software import digest_software

_TABLES = """
CREATE TABLE entry (id INTEGER PRIMARY KEY, iri TEXT, kind TEXT, label TEXT, shown TEXT,
  first INTEGER, last INTEGER, parties TEXT, sources TEXT, disputed INTEGER);
CREATE VIRTUAL TABLE words USING fts5(names, said, content='', prefix='2 3', tokenize='unicode61');
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, 'row');
"""
_BATCH = 5000
_LOCK = threading.Lock()
_SHORT = 5
"""Letters of a word in which one mistake is forgiven; two in longer ones."""


@dataclass(frozen=True)
class Row:
    """One thing or statement found."""

    iri: str
    kind: str
    label: str
    shown: str
    first: int | None
    last: int | None
    sources: str
    disputed: int


@dataclass(frozen=True)
class Wanted:
    """What is asked.

    Attributes:
        words: Folded; a row has each as the beginning of a word.
        any_word: A row needs one of them only.
        kind: Only of this kind; empty: of all.
        source: Only from this source.
        party: Only about this party.
        years: Only within these years; None: any.
    """

    words: tuple[str, ...]
    any_word: bool = False
    kind: str = ""
    source: str = ""
    party: str = ""
    years: tuple[int, int] | None = None


class SearchIndex:
    """An index opened for reading; safe between threads."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._terms: tuple[str, ...] | None = None

    def _open(self) -> sqlite3.Connection:
        known: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if known is None:
            known = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
            self._local.connection = known
        return known

    @property
    def terms(self) -> tuple[str, ...]:
        """Every word of the collection."""
        if self._terms is None:
            rows = self._open().execute("SELECT term FROM vocabulary")
            self._terms = tuple(term for (term,) in rows)
        return self._terms

    def correct(self, word: str) -> str:
        """The word of the collection that a mistyped one most likely is; itself where none is."""
        if word.isdigit() or len(word) < 3:
            return word
        most = 1 if len(word) <= _SHORT else 2
        found = process.extract(word, self.terms, scorer=OSA.distance, score_cutoff=most, limit=8)
        best = sorted(found, key=lambda each: (each[1], each[0][:1] != word[:1], each[0]))
        return str(best[0][0]) if best else word

    def knows(self, word: str) -> bool:
        """Whether any word of the collection begins so."""
        match = f'"{word}"*'
        found = self._open().execute("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", (match,))
        return found.fetchone() is not None

    def find(self, wanted: Wanted, limit: int, offset: int = 0) -> list[Row]:
        """The rows that match: names before texts, the best first."""
        where, values = _narrow(wanted)
        rows = self._open().execute(
            "SELECT iri, kind, label, shown, first, last, sources, disputed FROM words "  # noqa: S608
            f"JOIN entry ON entry.id = words.rowid WHERE {where} "
            "ORDER BY bm25(words, 10.0, 1.0), entry.id LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return [Row(*row) for row in rows]

    def count(self, wanted: Wanted) -> dict[str, int]:
        """How many rows of each kind match."""
        where, values = _narrow(wanted)
        rows = self._open().execute(
            f"SELECT kind, count(*) FROM words JOIN entry ON entry.id = words.rowid WHERE {where} "  # noqa: S608
            "GROUP BY kind",
            values,
        )
        return dict(rows.fetchall())

    def count_sources(self, wanted: Wanted) -> dict[str, int]:
        """How many rows each source bears, those with most rows first."""
        where, values = _narrow(wanted)
        rows = self._open().execute(
            "SELECT sources, count(*) FROM words JOIN entry ON entry.id = words.rowid "  # noqa: S608
            f"WHERE {where} GROUP BY sources",
            values,
        )
        found: Counter[str] = Counter()
        for handles, number in rows:
            found.update(dict.fromkeys(handles.split(), number))
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _narrow(wanted: Wanted) -> tuple[str, list[object]]:
    """The conditions of a search and their values; the text has none of the reader's words."""
    joined = " OR " if wanted.any_word else " AND "
    match = joined.join(f'"{word}"*' for word in wanted.words)
    where, values = ["words MATCH ?"], [match]
    for value, test in (
        (wanted.kind, "kind = ?"),
        (wanted.source and f" {wanted.source} ", "instr(sources, ?)"),
        (wanted.party and f" {wanted.party} ", "instr(parties, ?)"),
    ):
        if value:
            where.append(test)
            values.append(value)
    if wanted.years is not None:
        where.append("last >= ? AND first <= ?")
        values += [str(wanted.years[0]), str(wanted.years[1])]
    return " AND ".join(where), list(values)


def open_index(
    store: Path,
    reader: Reader,
    names: NameIndex,
    base: str,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> SearchIndex:
    """The index of a release; made now if this version of the software has made none yet.

    Args:
        store: The folder of the release's store; the index lies beside it.
        reader: The release's statements.
        names: Its labels.
        base: Its base address.
        tell: See `list_entries`; not called where the index is there.

    Raises:
        DataError: The index cannot be written.
    """
    path = store.with_name(f"{store.stem}-{digest_software()}.search")
    if not path.is_file():
        with _LOCK:
            _make_index(path, reader, names, base, tell)
    return SearchIndex(path)


def _make_index(
    path: Path,
    reader: Reader,
    names: NameIndex,
    base: str,
    tell: Callable[[int, int], None],
) -> None:
    if path.is_file():  # another thread made it while this one waited
        return
    desk = Desk(reader, names, Addresses(base))
    try:
        months = list_months(read_languages())
        build_index(path, list_entries(names.things(), desk, months, tell))
    except (OSError, sqlite3.Error) as error:
        raise DataError.of(
            str(path),
            f"the search index cannot be written: {error}; let the user that runs the server "
            "write there, and see that the disk is not full",
        ) from error


def build_index(path: Path, entries: Iterable[Entry]) -> None:
    """Write the index of a release, whole or not at all.

    Args:
        path: The path of the file; its folder is there.
        entries: In the order that breaks ties.
    """
    new = path.with_name(f".{path.name}.new-{os.getpid()}-{threading.get_ident()}")
    new.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(new)) as connection:
            _fill_index(connection, entries)
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _fill_index(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _TABLES)
    batch: list[tuple[int, Entry]] = []
    for number, entry in enumerate(entries, 1):
        batch.append((number, entry))
        if len(batch) == _BATCH:
            _insert(connection, batch)
            batch = []
    _insert(connection, batch)
    connection.execute("INSERT INTO words(words) VALUES ('optimize')")
    connection.commit()


def _insert(connection: sqlite3.Connection, batch: Sequence[tuple[int, Entry]]) -> None:
    connection.executemany(
        "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                n,
                e.iri,
                e.kind,
                e.label,
                e.shown,
                *(e.years or (None, None)),
                e.parties,
                e.sources,
                e.disputed,
            )
            for n, e in batch
        ],
    )
    connection.executemany(
        "INSERT INTO words(rowid, names, said) VALUES (?, ?, ?)",
        [(n, e.names, e.text) for n, e in batch],
    )
