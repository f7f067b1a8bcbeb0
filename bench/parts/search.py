"""How fast a search answers: over made-up collections of growing size, with and without a typo.

`python -m bench.parts.search [SIZE …]` prints one row a size: milliseconds to build the index for
each thousand entries, and the middle (p50) and the slow end (p95) of a search in milliseconds.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from server.pages.whole.finding import Entry, fold_text
from server.release.search import SearchIndex, Wanted, build_index

SIZES = (3_000, 100_000)
ASKED = 200
_SYLLABLES = tuple(a + b for a in "bdgklmnprstvz" for b in "aeio")


WORDS = 50_000
"""Different words at most: a collection that grows repeats itself."""


def make_word(chance: random.Random) -> str:
    """One of the words there are, the first of them the most often."""
    number = min(int(chance.paretovariate(0.6)), WORDS)
    said = ""
    while number:
        number, rest = divmod(number, len(_SYLLABLES))
        said += _SYLLABLES[rest]
    return said


def make_entries(size: int, chance: random.Random) -> Iterator[Entry]:
    """So many things: a name of two words, a text of twelve, a day."""
    for number in range(size):
        name = f"{make_word(chance)} {make_word(chance)}"
        said = " ".join(make_word(chance) for _ in range(12))
        year = 1918 + number % 23
        text = f"{said} {year}-{1 + number % 12:02}-{1 + number % 28:02} {number * 7}"
        kind = ("statement", "event", "place")[number % 3]
        yield Entry(
            f"https://example.org/id/{kind}/{number}",
            kind,
            name,
            name,
            fold_text(text, {}),
            text,
            (year, year),
            " lithuania ",
            f" {number % 5:03} ",
            number % 7 == 0,
        )


def ask(index: SearchIndex, words: list[str]) -> None:
    """One search as the page makes it: set words right, count by kind, fetch a page."""
    better = [word if index.knows(word) else index.correct(word) for word in words]
    wanted = Wanted(tuple(better))
    index.count(wanted)
    index.find(wanted, 30)


def measure(size: int, folder: Path) -> dict[str, float]:
    """Build an index of a size and search in it; milliseconds."""
    chance = random.Random(size)  # noqa: S311 (made-up words)
    entries = list(make_entries(size, chance))
    path = folder / f"{size}.search"
    began = time.perf_counter()
    build_index(path, entries)
    built = (time.perf_counter() - began) * 1000
    index = SearchIndex(path)
    ask(index, ["warm", "up"])
    row = {"build_ms_per_1000": built / size * 1000}
    for name, typo in (("plain", False), ("typo", True)):
        taken = []
        for entry in chance.choices(entries, k=ASKED):
            words = entry.label.split()
            if typo:
                words[0] = words[0][0] + words[0][2:]
            began = time.perf_counter()
            ask(index, words)
            taken.append((time.perf_counter() - began) * 1000)
        row[f"{name}_p50_ms"] = statistics.median(taken)
        row[f"{name}_p95_ms"] = sorted(taken)[int(ASKED * 0.95)]
    return row


def main(sizes: list[int]) -> None:
    """Measure each size and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [(size, measure(size, Path(folder))) for size in sizes]
    print("| things | " + " | ".join(rows[0][1]) + " |")
    print("|---|" + "---|" * len(rows[0][1]))
    for size, row in rows:
        print(f"| {size} | " + " | ".join(f"{value:.1f}" for value in row.values()) + " |")


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or list(SIZES))
