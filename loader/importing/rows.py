"""One row → what its record states, still without evidence; what is not understood is told.

Pure: cells and decisions in, values out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from loader.importing.findings import Finding
from loader.importing.mapping import KIND, LABEL, NOTE, REGISTRATION, Column, TableMap
from loader.importing.names import LEFT_OUT, Wanted, group_of
from loader.importing.registers import EXPECTED as EXPECTED_NUMBER
from loader.importing.registers import RegistrationError, read_registration
from loader.importing.tables import Cell, Row, Table
from loader.importing.wordings import EXPECTED as EXPECTED_DATE
from loader.importing.wordings import WordingError, read_wording
from loader.rdf.folding import fold_words
from loader.rdf.matching import NameMatcher, decide
from loader.read.ontology.vocabulary import Property, Vocabulary

_BOOLEANS: Final = {
    "yes": "true", "true": "true", "y": "true", "1": "true", "x": "true",
    "no": "false", "false": "false", "n": "false", "0": "false",
}  # fmt: skip
_THOUSANDS: Final = re.compile(r"(?<=\d)[, ' \u00a0\u202f](?=\d{3}(?!\d))")
_EMPTY: Final = frozenset(("", "-", "–", "—", "n/a", "?"))
_YEAR: Final = re.compile(r"-?\d{4}")


@dataclass(slots=True)
class Draft:
    """What a row says.

    Attributes:
        key: what names the row.
        row: the row.
        line: the row as one line of the source's text.
        label: by language.
        notes: by language.
        kind: a word, or empty.
        entries: what is stated, in the order of the map.
        year: the year of the first date, for the address; or empty.
        findings: what to tell.
        waits: whether it must wait for a person.
    """

    key: str
    row: Row
    line: str
    label: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    kind: str = ""
    entries: list[dict[str, Any]] = field(default_factory=list)
    year: str = ""
    findings: list[Finding] = field(default_factory=list)
    waits: bool = False


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why a cell is not understood."""

    problem: str
    expected: str = ""
    hint: str = ""
    detail: str = ""


class RowReader:
    """Reads rows by a map."""

    def __init__(
        self, table: Table, table_map: TableMap, vocabulary: Vocabulary, languages: tuple[str, ...]
    ) -> None:
        self.table = table
        self.map = table_map
        self.vocabulary = vocabulary
        self.languages = languages
        self.columns = [
            (at, table_map.columns[heading])
            for at, heading in enumerate(table.headings)
            if heading in table_map.columns
        ]
        self.key_columns = [table.headings.index(heading) for heading in table_map.key]
        self._words: dict[str, NameMatcher] = {}

    def wanted(self) -> Iterator[Wanted]:
        """Yield every name of a thing in the table, in its order."""
        for row in self.table.rows:
            for at, column in self.columns:
                prop = column.prop
                if prop is None or prop.form != "thing" or row.is_broken:
                    continue
                group = group_of(prop, self.vocabulary)
                place = self.table.place(row, at)
                for name in split_names(row.cells[at].text, column.split):
                    yield Wanted(group, name, column.new, place, column.heading)

    def key(self, row: Row) -> str:
        """Return what names a row; empty where a part of it is missing."""
        parts = [row.cells[at].text for at in self.key_columns]
        return " / ".join(parts) if all(parts) else ""

    def line(self, row: Row) -> str:
        """Return a row as one line of text: each heading with its value."""
        pairs = zip(self.table.headings, row.cells, strict=True)
        return " | ".join(f"{heading}: {cell.text}" for heading, cell in pairs if cell.text)

    def read(self, row: Row, addresses: Mapping[tuple[str, str], str]) -> Draft:
        """Return what a row says.

        Args:
            row: a row of the table.
            addresses: (group, name) → address, or `LEFT_OUT`; what is missing waits.
        """
        draft = Draft(self.key(row), row, self.line(row), waits=row.is_broken)
        if row.is_broken:
            return draft
        if not draft.key:
            self._tell(draft, self.key_columns[0], _Fault("the row has no key"), waits=True)
        for at, column in self.columns:
            self._read_cell(draft, at, column, row.cells[at], addresses)
        for key in self.map.not_stated:
            draft.entries.append({key: "not-stated"})
        if not draft.label:
            at = next(at for at, column in self.columns if column.target == LABEL)
            self._tell(draft, at, _Fault("the row has no label"), waits=True)
        return draft

    def _read_cell(
        self,
        draft: Draft,
        at: int,
        column: Column,
        cell: Cell,
        addresses: Mapping[tuple[str, str], str],
    ) -> None:
        if column.target in (LABEL, NOTE):
            if cell.text:
                texts = draft.label if column.target == LABEL else draft.notes
                before = f"{texts[column.language]} " if column.language in texts else ""
                texts[column.language] = before + cell.text
            return
        assert column.prop is not None  # noqa: S101 all others have one
        if cell.text.lower() in _EMPTY:
            if column.required:
                draft.entries.append({column.target: "not-stated"})
            return
        read = _FORMS[column.prop.form]
        values = read(self, draft, at, column, cell, addresses)
        if isinstance(values, _Fault):
            self._tell(draft, at, values, waits=column.required)
        elif values is None:
            if column.required:
                draft.entries.append({column.target: "not-stated"})
        elif column.target == KIND:
            draft.kind = values[KIND]
        elif values:
            draft.entries.append(values)

    def _tell(self, draft: Draft, at: int, fault: _Fault, *, waits: bool) -> None:
        draft.waits = draft.waits or waits
        draft.findings.append(
            Finding(
                "waits" if waits else "left out",
                self.table.place(draft.row, at),
                fault.problem,
                draft.row.cells[at].text,
                fault.expected,
                fault.hint,
                self.table.headings[at],
                fault.detail,
            )
        )

    def matcher(self, prop: Property) -> NameMatcher:
        """Return the words of the list that a property takes, with their labels."""
        found = self._words.get(prop.key)
        if found is None:
            scheme = prop.scheme or self.map.cls.schemes.get(prop.iri)
            concepts = self.vocabulary.concepts.get(scheme, {}) if scheme else {}
            found = NameMatcher(
                {word: [word, *concept.labels.values()] for word, concept in concepts.items()}
            )
            self._words[prop.key] = found
        return found


_Values = dict[str, Any] | _Fault | None


def split_names(text: str, signs: tuple[str, ...]) -> list[str]:
    """Return the names in a cell, each once, in order."""
    parts = [text]
    for sign in signs:
        parts = [part for whole in parts for part in whole.split(sign)]
    names = [" ".join(part.strip(" .,;").split()) for part in parts]
    return list(dict.fromkeys(name for name in names if name.lower() not in _EMPTY))


def _date(
    reader: RowReader, draft: Draft, at: int, column: Column, cell: Cell, _: object
) -> _Values:
    try:
        wording = read_wording(
            cell, column.order, (column.language, *reader.languages), column.calendar
        )
    except WordingError as error:
        return _Fault(
            "not understood as a date", EXPECTED_DATE, "Correct the cell in the table.", str(error)
        )
    if wording is None:
        return None
    if wording.remark:
        place, heading = reader.table.place(draft.row, at), column.heading
        draft.findings.append(
            Finding("read so", place, wording.remark, cell.text, "", wording.hint, heading)
        )
    if not draft.year and (year := _YEAR.search(wording.edtf)):
        draft.year = _say_year(int(year[0]))
    values = {column.target: wording.edtf}
    if cell.text != wording.edtf and cell.day is None:
        values["asPrinted"] = cell.text
    return values


def _say_year(year: int) -> str:
    """Return a year as it stands in an address.

    >>> _say_year(1920), _say_year(-43)
    ('1920', '44-bc')
    """
    return f"{year:04d}" if year > 0 else f"{1 - year}-bc"


def _things(
    reader: RowReader,
    draft: Draft,
    at: int,
    column: Column,
    cell: Cell,
    addresses: Mapping[tuple[str, str], str],
) -> _Values:
    assert column.prop is not None  # noqa: S101
    group = group_of(column.prop, reader.vocabulary)
    names = split_names(cell.text, column.split)
    found = [addresses.get((group, name), "") for name in names]
    is_decided = all(found)
    if not is_decided:
        draft.waits = draft.waits or column.required  # the name itself is told once, by names
    things = list(dict.fromkeys(one for one in found if one and one != LEFT_OUT))
    if is_decided and len(things) < column.least:
        return _Fault(
            f"the cell names {len(things)}, not {column.least} or more",
            hint="Write the others into the cell, or take least out of the map.",
        )
    if not things:
        return {}
    return {column.target: things if len(things) > 1 else things[0]}


def _concept(
    reader: RowReader, draft: Draft, at: int, column: Column, cell: Cell, _: object
) -> _Values:
    assert column.prop is not None  # noqa: S101
    matches = reader.matcher(column.prop).match(cell.text)
    certain = decide(matches)
    if certain is None:
        near = ", ".join(match.thing for match in matches[:3])
        return _Fault(
            f"no word of the list for {column.target}",
            hint="Write a word of the list, or add the word to the list.",
            detail=f"near {near}" if near else "",
        )
    return {column.target: certain.thing}


def _text(
    reader: RowReader, draft: Draft, at: int, column: Column, cell: Cell, _: object
) -> _Values:
    return {column.target: {column.language: cell.text}}


def _string(
    reader: RowReader, draft: Draft, at: int, column: Column, cell: Cell, _: object
) -> _Values:
    if column.target != REGISTRATION:
        return {column.target: cell.text}
    numbers = split_names(cell.text, column.split or (";",))
    try:
        found = [read_registration(number, column.series) for number in numbers]
    except RegistrationError as error:
        return _Fault(
            "not understood as a number in a register",
            EXPECTED_NUMBER,
            "Correct the cell in the table.",
            str(error),
        )
    return {column.target: found if len(found) > 1 else found[0]} if found else None


def _number(
    reader: RowReader, draft: Draft, at: int, column: Column, cell: Cell, _: object
) -> _Values:
    assert column.prop is not None  # noqa: S101
    text = _THOUSANDS.sub("", cell.text)
    is_whole = column.prop.form == "integer"
    if not re.fullmatch(r"-?\d{1,18}" if is_whole else r"-?\d{1,18}(\.\d{1,9})?", text):
        what = "a whole number" if is_whole else "a number"
        return _Fault(f"not {what}", what, "Correct the cell in the table.")
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _point, fraction = digits.partition(".")
    value = f"{whole.lstrip('0') or '0'}.{fraction.rstrip('0')}".rstrip(".")
    return {column.target: value if value == "0" else sign + value}


def _boolean(
    reader: RowReader, draft: Draft, at: int, column: Column, cell: Cell, _: object
) -> _Values:
    value = _BOOLEANS.get(fold_words(cell.text))
    if value is None:
        return _Fault("neither yes nor no", "yes or no", "Correct the cell in the table.")
    return {column.target: value}


_FORMS: Final[Mapping[str, Callable[..., _Values]]] = {
    "date": _date,
    "thing": _things,
    "concept": _concept,
    "text": _text,
    "string": _string,
    "integer": _number,
    "decimal": _number,
    "boolean": _boolean,
}
