"""Writes a made-up table of treaties: `python -m bench.spreadsheet FILE.csv --rows 2000`.

The table has the usual faults of tables that people keep for years: dates in a dozen forms, some in
two ways readable, some that never were; names written in several ways; a number used twice; a row
with a cell too many; columns that nobody filled. The same size and seed give the same bytes as CSV.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from rapidfuzz import fuzz

HEADINGS: Final = (
    "No.", "Title", "Date signed", "Parties", "Place", "Entry into force", "LNTS No.", "Articles",
    "Shelf", "Remarks", "Checked by",
)  # fmt: skip
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_ONSETS: Final = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "st")
_VOWELS: Final = ("a", "e", "i", "o", "u", "ai", "ei", "ou")
_SUBJECTS: Final = (
    "Treaty of Peace", "Commercial Agreement", "Convention on Railways", "Extradition Treaty",
    "Boundary Treaty", "Agreement on Fisheries", "Treaty of Friendship", "Postal Convention",
)  # fmt: skip
_STATES: Final = 120
_PLACES: Final = 160


def make_rows(count: int, seed: int = 1) -> Iterator[list[str]]:
    """Yield the headings, then rows of text; a faulty one may have a cell too many."""
    chance = random.Random(seed)  # noqa: S311 no secret
    states = _names(chance, _STATES, "ia")
    places = _names(chance, _PLACES, "")
    weights = [1 / (at + 1) for at in range(_STATES)]
    yield list(HEADINGS)
    for number in range(1, count + 1):
        parties = list(
            dict.fromkeys(chance.choices(states, weights, k=chance.choice((2, 2, 2, 3))))
        )
        while len(parties) < 2:
            parties = list(dict.fromkeys([*parties, *chance.choices(states, k=1)]))
        day = date(1860, 1, 1) + timedelta(days=chance.randrange(28_000))
        force = day + timedelta(days=chance.randrange(20, 900))
        title = f"{chance.choice(_SUBJECTS)} between {' and '.join(parties)}, {day.year}"
        row = [
            str(number),
            title,
            _wording(chance, day),
            "; ".join(_misspelt(chance, name) for name in parties),
            chance.choice(places) if chance.random() < 0.9 else "",
            force.isoformat() if chance.random() < 0.6 else "",
            _registration(chance, number),
            str(chance.randrange(3, 60)) if chance.random() < 0.5 else "n/a",
            f"Box {number // 40 + 1}",
            "see the copy in the other box" if chance.random() < 0.1 else "",
            "",
        ]
        if chance.random() < 0.002:
            row[0] = str(max(1, number - 1))
        if chance.random() < 0.001:
            row.append("a cell too many")
        yield row


def write_table(file: Path, rows: Sequence[Sequence[str]]) -> None:
    """Write rows as CSV, or as a workbook where the name ends in .xlsx."""
    if file.suffix == ".xlsx":
        import openpyxl

        book = openpyxl.Workbook(write_only=True)
        sheet = book.create_sheet("Treaties")
        for row in rows:
            sheet.append(list(row))
        book.save(file)
        return
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(rows)
    file.write_text(stream.getvalue(), encoding="utf-8", newline="")


def _names(chance: random.Random, count: int, ending: str) -> list[str]:
    """Return made-up names, none of which could be taken for another misspelt."""
    names: list[str] = []
    while len(names) < count:
        syllables = chance.choice((2, 3, 3, 4))
        name = "".join(chance.choice(_ONSETS) + chance.choice(_VOWELS) for _ in range(syllables))
        name = f"{name}{ending}".capitalize()
        if all(fuzz.ratio(name, other) < 78 for other in names):
            names.append(name)
    return names


def _wording(chance: random.Random, day: date) -> str:
    month = MONTHS[day.month - 1]
    forms = (
        (40, day.isoformat()),
        (15, f"{day.day}.{day.month}.{day.year}"),
        (12, f"{day.day} {month} {day.year}"),
        (10, f"{month} {day.day}, {day.year}"),
        (5, f"{day.day}/{day.month}/{day.year}"),
        (5, f"{month} {day.year}"),
        (4, str(day.year)),
        (3, f"c. {day.year}"),
        (2, f"{day.day}-{month[:3]}-{day.year}"),
        (1, f"before {day.year + 1}"),
        (1, ""),
        (0.5, f"30 February {day.year}"),
        (0.5, f"{day.day}.{day.month}.{day.year % 100:02d}"),
        (0.5, "soon after the war"),
    )
    return chance.choices([text for _, text in forms], [weight for weight, _ in forms])[0]


def _misspelt(chance: random.Random, name: str) -> str:
    if chance.random() > 0.02 or len(name) < 8:
        return name
    at = chance.randrange(2, len(name) - 1)
    return name[:at] + name[at + 1 :] if chance.random() < 0.7 else f" {name.upper()} "


def _registration(chance: random.Random, number: int) -> str:
    forms = ("", str(number + 100), f"LNTS {number + 100}", f"No. {number + 100}", "3 LNTS 105")
    return chance.choices(forms, (40, 30, 20, 9, 1))[0]


def main() -> None:
    """Write a table."""
    parser = argparse.ArgumentParser(description="Writes a made-up table of treaties.")
    parser.add_argument("file", type=Path, metavar="FILE", help="ends in .csv or .xlsx")
    parser.add_argument("--rows", type=int, default=2000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    arguments = parser.parse_args()
    write_table(arguments.file, list(make_rows(arguments.rows, arguments.seed)))


if __name__ == "__main__":
    main()
