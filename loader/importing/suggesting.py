"""A table → the draft of its map: what each column probably means, for a person to correct.

Pure. A heading is compared with the labels of properties and with words that tables commonly use;
the values decide how dates are ordered and how several names in one cell are parted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from loader.importing.mapping import IGNORE, KIND, LABEL, NOTE, REGISTRATION
from loader.importing.names import group_of
from loader.importing.registers import SERIES
from loader.importing.tables import Table
from loader.importing.wordings import find_order
from loader.rdf.folding import fold_words
from loader.rdf.matching import NameMatcher, decide
from loader.read.addresses import text_part
from loader.read.ontology.vocabulary import Property, Vocabulary
from loader.workspace import Publication

USUAL: Final = {
    LABEL: ("title", "name", "treaty", "agreement", "name of treaty", "title of the treaty"),
    NOTE: ("note", "notes", "remark", "remarks", "comment", "comments"),
    KIND: ("kind", "type", "type of treaty", "category"),
    "signedOn": (
        "signed", "date", "date signed", "date of signature", "signature date", "signature",
        "date of signing", "concluded", "date of conclusion",
    ),
    "signedAt": ("place", "place of signature", "signed at", "place signed", "where signed"),
    "hasParty": ("parties", "party", "states", "contracting parties", "participants", "countries"),
    "inForceFrom": (
        "in force", "entry into force", "entered into force", "date of entry into force",
        "in force since", "effective", "effective date",
    ),
    "inForceUntil": (
        "terminated", "expired", "termination", "date of termination", "in force until",
    ),
    "ratificationsExchangedOn": ("exchange of ratifications", "ratifications exchanged"),
    "registeredOn": ("registered", "date of registration", "registration date"),
    REGISTRATION: ("registration number", "registration no", "register number", "reg no",
                   "lnts no", "unts no", "lnts number", "unts number", *map(str.lower, SERIES)),
    "publishedIn": ("published in", "publication", "citation", "printed in", "source of text"),
    "articleCount": ("articles", "number of articles"),
    "termYears": ("term", "duration", "term in years"),
    "altLabel": ("other name", "other names", "also known as", "short title"),
}  # fmt: skip
"""Target of a column → headings that tables commonly give it, in lower case."""

_KEY_HEADINGS: Final = ("id", "no", "nr", "number", "key", "ref", "reference", "code", "address")
_SIGNS: Final = (";", "|", " / ", "/", " and ", " & ", ",")
_MOSTLY: Final = 0.9
"""Share of different values from which a column of numbers may name the rows."""
_REQUIRED: Final = ("signedOn", "hasParty")
_NEW: Final = {"Party": "Party", "Place": "Place", "Settlement": "Place"}
_LEAST: Final = {"hasParty": 2}


def suggest_map(table: Table, vocabulary: Vocabulary, publication: Publication) -> str:
    """Return a map as YAML, with comments on what a person has to look at."""
    matcher = NameMatcher(USUAL)
    for target in USUAL:
        if prop := vocabulary.properties.get(target):
            labels = (str(o) for s, p, o in vocabulary.triples if s == prop.iri and _is_label(p))
            matcher.add(target, labels)
    targets = _targets(table, matcher)
    language = publication.languages[0]
    name = Path(table.file).stem
    lines = [
        f"# What the columns of {table.file} mean: a draft. Correct it, then run\n",
        f"#   pacta import {table.file} --map THIS-FILE\n",
        "type: Treaty\n",
    ]
    if KIND not in targets.values():
        lines.append("kind: convention  # of each row; a word of ontology/vocab/treaty-kind.ttl\n")
    lines.append(f"language: {language}  # of the texts in the table\n")
    key = _find_key(table, targets)
    lines.append(
        f"key: {_quoted(key)}  # names a row for ever; a row whose key changes is a new row\n"
    )
    lines.extend(_reading(table))
    lines.append(
        "source:  # the table itself, which each statement will rest on\n"
        f"  handle: t01  # up to 16 small letters and digits, as passages name the table\n"
        f"  label: {{{language}: {json.dumps(name, ensure_ascii=False)}}}\n"
        f"  family: family/{text_part(name)}  # what the table ultimately copies\n"
        f"  note: {{{language}: No licence is given.}}  # or licence: https://…\n"
    )
    lines.append("columns:\n")
    for at, heading in enumerate(table.headings):
        lines.append(_column_line(table, at, targets.get(heading, IGNORE), key, vocabulary))
    missing = [one for one in _REQUIRED if one not in targets.values()]
    if missing:
        lines.append(
            f"notStated: [{', '.join(missing)}]  # what no column gives, and a reader will ask\n"
        )
    return "".join(lines)


def _is_label(predicate: object) -> bool:
    return str(predicate).endswith(("rdf-schema#label", "core#altLabel"))


def _targets(table: Table, matcher: NameMatcher) -> dict[str, str]:
    """Return heading → target; a target is given once, to the heading that is most like it."""
    found: dict[str, tuple[float, str]] = {}
    for heading in table.headings:
        bare = heading.partition("@")[0].rpartition(":")[2]
        spaced = "".join(f" {c}" if c.isupper() else c for c in bare) if " " not in bare else bare
        best = decide(matcher.match(spaced)) or decide(matcher.match(bare))
        if best is not None and (best.thing not in found or found[best.thing][0] < best.score):
            found[best.thing] = (best.score, heading)
    if LABEL not in found and table.headings:
        lengths = [
            sum(len(r.cells[at].text) for r in table.rows) for at in range(len(table.headings))
        ]
        free = [h for h in table.headings if h not in {heading for _, heading in found.values()}]
        if free:
            found[LABEL] = (0.0, max(free, key=lambda h: lengths[table.headings.index(h)]))
    return {heading: target for target, (_, heading) in found.items()}


def _find_key(table: Table, targets: Mapping[str, str]) -> list[str]:
    """Return the headings whose values name a row: a column of numbers, or title and date."""
    shares = {h: _unique_share(table, at) for at, h in enumerate(table.headings)}
    for heading, share in shares.items():
        if fold_words(heading) in _KEY_HEADINGS and share > _MOSTLY:
            return [heading]
    by_target = {target: heading for heading, target in targets.items()}
    both = [by_target[t] for t in (LABEL, "signedOn") if t in by_target]
    return both or [max(table.headings, key=lambda heading: shares[heading])]


def _unique_share(table: Table, at: int) -> float:
    values = {row.cells[at].text for row in table.rows} - {""}
    return len(values) / len(table.rows)


def _reading(table: Table) -> Iterator[str]:
    if table.heading_rows != (1,):
        rows = ", ".join(map(str, table.heading_rows))
        yield f"header: [{rows}]  # the rows that hold the headings\n"
    if table.encoding not in ("", "utf-8", "utf-8-sig", "utf-16"):
        yield f"encoding: {table.encoding}  # a guess: look at the letters with accents\n"
    if table.delimiter not in ("", ","):
        yield f"delimiter: {json.dumps(table.delimiter)}\n"
    if table.sheet:
        yield f"sheet: {json.dumps(table.sheet, ensure_ascii=False)}\n"


def _column_line(
    table: Table, at: int, target: str, key: Sequence[str], vocabulary: Vocabulary
) -> str:
    heading = table.headings[at]
    texts = [row.cells[at].text for row in table.rows if row.cells[at].text]
    prop = vocabulary.properties.get(target)
    parts, comment = [f"as: {target}"], ""
    if target == IGNORE and heading not in key:
        comment = f"such as {texts[0][:40]!r}: what is it?" if texts else ""
    if prop is not None and prop.form == "date":
        order = find_order(texts)
        if order:
            parts.append(f"order: {order}")
        elif any("/" in text for text in texts):
            comment = "3/4/1920 is told as doubtful; order: day-first or month-first settles it"
    if prop is not None and prop.form == "thing":
        parts.extend(_thing_parts(prop, texts, vocabulary))
    if target == REGISTRATION:
        series = next((name for name in SERIES if name.lower() in heading.lower()), "")
        parts.extend([f"series: {series}"] if series else [])
    if target in _REQUIRED:
        parts.append("required: true")
    if target in _LEAST:
        parts.append(f"least: {_LEAST[target]}")
    note = f"  # {comment}" if comment else ""
    return f"  {json.dumps(heading, ensure_ascii=False)}: {{{', '.join(parts)}}}{note}\n"


def _thing_parts(prop: Property, texts: Sequence[str], vocabulary: Vocabulary) -> Iterator[str]:
    if not prop.single:
        counts = {sign: sum(sign in text for text in texts) for sign in _SIGNS}
        sign = next((one for one in _SIGNS if counts[one] * 5 >= len(texts) > 0), "")
        if sign and prop.key == "hasParty":
            yield f"split: {json.dumps(sign)}"
    group = group_of(prop, vocabulary)
    if group in _NEW:
        yield f"new: {_NEW[group]}"


def _quoted(headings: Sequence[str]) -> str:
    texts = [json.dumps(heading, ensure_ascii=False) for heading in headings]
    return texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
