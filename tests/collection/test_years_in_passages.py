"""The year of every date stands in a passage, where the documents are at hand.

Documents write "on August 26" and leave the year to a sentence before. Read alone, the passages of
a date must have the year, too. Exempt are dates that were computed, dates that follow from
several statements, and what borrows the days of an event that another document dates.

Source: docs/decisions/0041-a-passage-says-the-whole-of-its-statement.md.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Final

import pytest

from loader.read.sources.locate import find_document
from tests.realbuild import BASE, ask_engine, prepare_real

pytestmark = pytest.mark.slow

PREFIXES: Final = (
    f"BASE <{BASE}> PREFIX p: <https://w3id.org/pacta/ns#> PREFIX oa: <http://www.w3.org/ns/oa#> "
)

DATED: Final = """SELECT ?a (STR(?written) AS ?date) WHERE {
  { ?a p:from|p:until|p:at|p:date ?written } UNION
  { ?a p:onProperty ?property ; p:value ?written . FILTER( ?property IN (p:date, p:plannedFor,
      p:signedOn, p:registeredOn, p:inForceFrom, p:existedFrom, p:existedUntil, p:prolongsUntil,
      p:ratificationsExchangedOn, p:brokenOn, p:bornOn, p:diedOn, p:publishedOn) ) }
  ?a p:hasEvidence ?passage
  FILTER NOT EXISTS { ?a p:derivation <https://w3id.org/pacta/vocab/derivation/computed> }
  FILTER NOT EXISTS { ?a p:rank <https://w3id.org/pacta/vocab/rank/deprecated> }
}"""

PASSAGES: Final = """SELECT ?a (STR(?handle) AS ?document) ?start ?end WHERE {
  ?a p:hasEvidence|p:hasEndEvidence ?e .
  ?e oa:hasSource/p:handle ?handle ; oa:hasSelector ?place . ?place oa:start ?start ; oa:end ?end
}"""

IN_WORDS: Final = {
    "statement/grand-duchy-of-lithuania--existed-from--1201-to-1300": "13th century",
    "statement/land-reform-1920s--date--1920-to-1929": "1920s",
    "position/polish-lithuanian-relations--government-refused-relations": "after 1920",
}
"""Dates whose document writes a century, a decade, or that it was after a year."""


def ask(query: str) -> list[tuple[str, ...]]:
    """Rows of a query on the collection as it stands, without quotation marks."""
    rows = ask_engine(prepare_real().store, PREFIXES + query)
    return [tuple(cell.strip('"') for cell in row) for row in rows]


def stands_in(year: str, words: str) -> bool:
    """Whether a year is written out, or as the second of two ("1940–1941", "1918-20")."""
    return year in words or re.search(rf"{year[:2]}\d\d[–-]{year[2:]}\b", words) is not None


def test_every_year_stands_in_a_passage(documents_dir: Path) -> None:
    """To repair: cite the sentence from which the year was supplied."""
    places = ask(PASSAGES)
    texts = {name: find_document(documents_dir, name).text for name in {row[1] for row in places}}
    words: dict[str, str] = defaultdict(str)
    for assertion, document, start, end in places:
        words[assertion] += f" {texts[document][int(start) : int(end)]}"
    dates = ask(DATED)

    missing = {
        (address, year)
        for assertion, date in dates
        if (address := assertion.removeprefix(f"<{BASE}id/").removesuffix(">")) not in IN_WORDS
        for year in re.findall(r"(?<![\d-])\d{4}(?=-|/|$)", date)
        if not stands_in(year, words[assertion])
    }

    assert len(dates) > 400
    assert sorted(missing) == []
