"""The map of a table: what its columns mean, written in YAML by a person.

```yaml
type: Treaty            # class of a row's thing
kind: alliance          # what its kind is where no column says so
language: en            # of the texts in the table
key: No.                # the column, or columns, that name a row for ever
source: {handle: t01, label: {en: …}, family: family/t01, note: …}
columns:
  Title: {as: label}
  Signed: {as: signedOn, order: day-first, required: true}
  Parties: {as: hasParty, split: ";", new: Party, required: true}
  LNTS: {as: registrationNumber, series: LNTS}
  Remarks: {as: ignore}
notStated: [inForceFrom]
```

Source: docs/how-to/import-a-spreadsheet.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from loader.errors import SeedError
from loader.importing.registers import SERIES
from loader.importing.tables import Options, Table
from loader.importing.wordings import ORDERS, Order
from loader.read.calendars import CALENDARS
from loader.read.ontology.vocabulary import Class, Property, Vocabulary
from loader.read.values import suggest
from loader.read.yamltext import (
    List,
    Map,
    Node,
    Text,
    expect_map,
    expect_text,
    members,
    read_yaml,
)

LABEL: Final = "label"
NOTE: Final = "note"
KIND: Final = "kind"
IGNORE: Final = "ignore"
REGISTRATION: Final = "registrationNumber"
READABLE: Final = ("thing", "date", "text", "string", "integer", "decimal", "boolean", "concept")
"""The forms of values that a cell can give."""

_KEYS: Final = (
    "type", "kind", "language", "key", "source", "columns", "notStated",
    "header", "encoding", "delimiter", "sheet", "class",
)  # fmt: skip
_COLUMN_KEYS: Final = (
    "as",
    "language",
    "order",
    "split",
    "new",
    "series",
    "required",
    "least",
    "calendar",
)
_SOURCE_KEYS: Final = ("handle", "label", "family", "licence", "publisher", "note", "title")
_HANDLE: Final = re.compile(r"[0-9a-z]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """What one column means.

    Attributes:
        heading: its heading in the table.
        target: `LABEL`, `NOTE`, `KIND` or the key of a property.
        prop: the property; None of `LABEL` and `NOTE`.
        language: of its texts.
        order: the order of day and month in numeric dates; empty: not known.
        split: what parts several values in one cell.
        new: class of the record that is made for a name that is not known; empty makes none.
        series: the register that its numbers are of.
        required: a row whose cell is not understood waits.
        least: how many things a cell that is not empty must name.
        calendar: of its dates, where a cell does not say otherwise; empty is Gregorian.
    """

    heading: str
    target: str
    prop: Property | None
    language: str
    order: Order
    split: tuple[str, ...]
    new: str
    series: str
    required: bool
    least: int = 1
    calendar: str = ""


@dataclass(frozen=True, slots=True)
class TableMap:
    """A map as read.

    Attributes:
        file: where it stands.
        cls: the class of a row's thing.
        kind: the word for its kind, or empty.
        language: the language of the texts in the table.
        key: headings of the columns that name a row.
        handle: the handle of the source that the table becomes.
        source: what its record holds beside id, type, handle and digest.
        columns: those that are not ignored, by heading, in the order of the map.
        ignored: headings of the columns that are left out on purpose.
        not_stated: keys of the properties that the table says nothing of.
        options: how to read the file.
    """

    file: Path
    cls: Class
    kind: str
    language: str
    key: tuple[str, ...]
    handle: str
    source: Mapping[str, Any]
    columns: Mapping[str, Column]
    ignored: frozenset[str]
    not_stated: tuple[str, ...]
    options: Options


def read_map(file: Path, vocabulary: Vocabulary, languages: Sequence[str]) -> TableMap:
    """Return the map in a file.

    Raises:
        SeedError: it cannot be read; with every fault in its `also`.
    """
    try:
        data = file.read_bytes()
    except OSError as error:
        raise SeedError(
            f"cannot be read: {error.strerror}",
            file,
            hint="Draft one: pacta import TABLE --suggest > MAP.yaml",
        ) from None
    document = read_yaml(data, file)
    if document is None:
        raise SeedError("the map is empty", file, hint="Draft one: pacta import TABLE --suggest")
    return _Reader(file, vocabulary, languages).read(expect_map(document, "a map of a table"))


def check_columns(table_map: TableMap, table: Table) -> None:
    """Hold a map to the table.

    Raises:
        SeedError: a column of the map is not in the table, or one of the table not in the map.
    """
    known = {*table_map.columns, *table_map.ignored}
    errors = [
        SeedError(
            f"the table has no column {heading!r}",
            table_map.file,
            hint=suggest(heading, table.headings),
        )
        for heading in [*known, *table_map.key]
        if heading not in table.headings
    ]
    errors.extend(
        SeedError(
            f"column {letter} of the table, {heading!r}, is not in the map",
            table_map.file,
            hint=f"Write what it means, or {heading}: {{as: ignore}}.",
        )
        for letter, heading in zip(table.letters, table.headings, strict=True)
        if heading not in known
    )
    if problem := SeedError.together(errors):
        raise problem


class _Reader:
    def __init__(self, file: Path, vocabulary: Vocabulary, languages: Sequence[str]) -> None:
        self.file = file
        self.vocabulary = vocabulary
        self.languages = languages

    def read(self, document: Map) -> TableMap:
        _refuse_unknown(document, _KEYS)
        cls = self._class(document)
        language = _text(document, "language") or self.languages[0]
        columns: dict[str, Column] = {}
        ignored: set[str] = set()
        errors: list[SeedError] = []
        listed = document.get("columns")
        if listed is None:
            raise document.at.error("the map has no columns")
        for heading, node in expect_map(listed, "columns by heading").entries:
            try:
                column = self._column(heading, node, cls, language)
            except SeedError as error:
                errors.append(error)
                continue
            if column is None:
                ignored.add(heading.value)
            else:
                columns[heading.value] = column
        if problem := SeedError.together(errors):
            raise problem
        self._check_whole(document, columns)
        handle, source = self._source(document)
        return TableMap(
            file=self.file,
            cls=cls,
            kind=self._kind(document, cls, columns),
            language=language,
            key=_texts(document.get("key")),
            handle=handle,
            source=source,
            columns=columns,
            ignored=frozenset(ignored),
            not_stated=self._not_stated(document),
            options=Options(
                heading_rows=_numbers(document.get("header")),
                encoding=_text(document, "encoding"),
                delimiter=_raw(document, "delimiter"),
                sheet=_text(document, "sheet"),
                rdf_class=_text(document, "class"),
            ),
        )

    def _class(self, document: Map) -> Class:
        node = document.get("type")
        if node is None:
            raise document.at.error("the map has no type", "Write type: Treaty.")
        text = expect_text(node, "a class")
        cls = self.vocabulary.classes.get(text.value)
        if cls is None or not cls.path_kind or cls.block:
            names = [
                c.name for c in self.vocabulary.classes.values() if c.path_kind and not c.block
            ]
            raise text.at.error(f"unknown class {text.value!r}", suggest(text.value, names))
        return cls

    def _kind(self, document: Map, cls: Class, columns: Mapping[str, Column]) -> str:
        node = document.get("kind")
        words = self._words(cls)
        if node is None:
            has_column = any(column.target == KIND for column in columns.values())
            if words and not has_column and any(str(p).endswith("#kind") for p in cls.requires):
                raise document.at.error(
                    f"each {cls.name} needs a kind",
                    f"Write kind: with a word such as {', '.join(sorted(words)[:5])}, "
                    "or give a column with as: kind.",
                )
            return ""
        text = expect_text(node, "a kind")
        if text.value not in words:
            raise text.at.error(
                f"{text.value!r} is no kind of {cls.name}", suggest(text.value, words)
            )
        return text.value

    def _words(self, cls: Class) -> Mapping[str, object]:
        kind = self.vocabulary.properties[KIND]
        scheme = cls.schemes.get(kind.iri)
        return self.vocabulary.concepts.get(scheme, {}) if scheme else {}

    def _column(self, heading: Text, node: Node, cls: Class, language: str) -> Column | None:
        entry = expect_map(node, "what the column means, such as {as: signedOn}")
        _refuse_unknown(entry, _COLUMN_KEYS)
        target = entry.get("as")
        if target is None:
            raise heading.at.error("the column has no as", "Write {as: signedOn} or {as: ignore}.")
        text = expect_text(target, "a property")
        if text.value == IGNORE:
            return None
        prop = self.vocabulary.properties.get(text.value)
        if text.value not in (LABEL, NOTE):
            self._check_property(text, prop, cls)
        order = _text(entry, "order")
        if order not in ORDERS:
            raise heading.at.error(f"order {order!r}, expected day-first or month-first")
        new = _text(entry, "new")
        if new and new not in self.vocabulary.classes:
            raise heading.at.error(
                f"unknown class {new!r}", suggest(new, list(self.vocabulary.classes))
            )
        series = _text(entry, "series")
        if series and series not in SERIES:
            raise heading.at.error(f"unknown series {series!r}", suggest(series, SERIES))
        calendar = _text(entry, "calendar")
        if calendar and calendar not in CALENDARS:
            raise heading.at.error(f"unknown calendar {calendar!r}", suggest(calendar, CALENDARS))
        return Column(
            heading=heading.value,
            target=text.value,
            prop=None if text.value in (LABEL, NOTE) else prop,
            language=_text(entry, "language") or language,
            order=next(one for one in ORDERS if one == order),
            split=_raw_texts(entry.get("split")),
            new=new,
            series=series,
            required=_is_true(entry, "required"),
            calendar=calendar,
            least=max([1, *_numbers(entry.get("least"))]),
        )

    def _check_property(self, text: Text, prop: Property | None, cls: Class) -> None:
        usable = [
            key
            for key, one in self.vocabulary.properties.items()
            if not one.is_generated
            and not one.is_mark
            and one.form in READABLE
            and (not one.used_on or one.used_on & cls.ancestors)
        ]
        if prop is None or text.value not in usable:
            raise text.at.error(
                f"a column of a {cls.name} cannot give {text.value!r}",
                suggest(text.value, [*usable, LABEL, NOTE, IGNORE]),
            )

    def _check_whole(self, document: Map, columns: Mapping[str, Column]) -> None:
        labels = [column.language for column in columns.values() if column.target == LABEL]
        if not labels:
            raise document.at.error(
                "no column gives the label of a row", "Write Title: {as: label} for one of them."
            )
        if len(set(labels)) < len(labels):
            raise document.at.error(
                "two columns give a label in the same language",
                "Give one of them another language: {as: label, language: fr}.",
            )
        if document.get("key") is None:
            raise document.at.error(
                "the map has no key",
                "Name the column whose value names a row for ever, such as a number: key: No.",
            )

    def _source(self, document: Map) -> tuple[str, dict[str, Any]]:
        node = document.get("source")
        if node is None:
            raise document.at.error("the map has no source", "Write source: {handle: t01, …}.")
        source = expect_map(node, "what is known of the table as a source")
        _refuse_unknown(source, _SOURCE_KEYS)
        handle = _text(source, "handle")
        if not _HANDLE.fullmatch(handle):
            raise source.at.error(
                f"handle {handle!r}, expected up to 16 small letters and digits", "Write t01."
            )
        for key in ("label", "family"):
            if source.get(key) is None:
                raise source.at.error(f"the source has no {key}")
        return handle, {
            key.value: _plain(value) for key, value in source.entries if key.value != "handle"
        }

    def _not_stated(self, document: Map) -> tuple[str, ...]:
        node = document.get("notStated")
        if node is None:
            return ()
        for item in members(node):
            text = expect_text(item, "a property")
            if text.value not in self.vocabulary.properties:
                raise text.at.error(
                    f"unknown property {text.value!r}",
                    suggest(text.value, self.vocabulary.properties),
                )
        return _texts(node)


def _refuse_unknown(node: Map, known: Sequence[str]) -> None:
    for key, _ in node.entries:
        if key.value not in known:
            raise key.at.error(f"unknown key {key.value!r}", suggest(key.value, known))


def _text(node: Map, key: str) -> str:
    value = node.get(key)
    return "" if value is None else expect_text(value, f"a value for {key}").value.strip()


def _raw(node: Map, key: str) -> str:
    value = node.get(key)
    if value is None:
        return ""
    text = value.value if isinstance(value, Text) else ""
    if len(text) != 1:
        raise value.at.error(f"{key} is not one sign", 'Write delimiter: ";".')
    return text


def _texts(node: Node | None) -> tuple[str, ...]:
    return () if node is None else tuple(expect_text(one, "a text").value for one in members(node))


def _raw_texts(node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    found = tuple(one.value for one in members(node) if isinstance(one, Text) and one.value)
    if len(found) != len(members(node)):
        raise node.at.error("split is empty", 'Write split: ";".')
    return found


def _numbers(node: Node | None) -> tuple[int, ...]:
    if node is None:
        return ()
    found = []
    for one in members(node):
        text = expect_text(one, "a number from 1")
        if not text.value.isdecimal() or not 1 <= int(text.value) <= 1000:
            raise text.at.error(f"{text.value!r}, expected a number from 1 to 1000")
        found.append(int(text.value))
    return tuple(found)


def _is_true(node: Map, key: str) -> bool:
    value = _text(node, key)
    if value not in ("", "true", "false"):
        raise node.at.error(f"{key} {value!r}, expected true or false")
    return value == "true"


def _plain(node: Node) -> Any:
    if isinstance(node, Text):
        return node.value
    if isinstance(node, List):
        return [_plain(one) for one in node.items]
    return {key.value: _plain(value) for key, value in node.entries}
