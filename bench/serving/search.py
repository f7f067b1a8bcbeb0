"""How much a search takes of the processor: pages of the collection, and invented things.

Times are those of the processor, in one process, so that what else the machine does counts little.
The invented index is searched as the page does: words set right, counted by kind, one page fetched.
Its words follow Zipf's law, as those of a language do.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path

from flask.testing import FlaskClient

from bench.table import Measure, Row, Series, interleave
from server.app import create_app
from server.pages.whole.finding import Entry, fold_text
from server.release.current import ReleaseHolder
from server.release.search import SearchIndex, Wanted, build_index
from server.settings import Settings

PART = "search"
MOST_MS = 20.0
MOST_MADE_MS = 50.0
ASKED = 200
"""Searches of each sort; all differ, so that no kept answer is measured."""
KINDS = ("treaty", "place", "person", "event", "party", "disagreement")
"""Kinds of things whose names are searched for."""
WORDS = 50_000
"""Different words: a collection that grows repeats itself."""
_SYLLABLES = tuple(a + b for a in "bdgklmnprstvz" for b in "aeio")


def measure_search(out: Path, folder: Path, things: int) -> list[Row]:
    """Measure searches of names, written right and with a letter left out.

    Args:
        out: Folder of releases.
        folder: For the invented index.
        things: How many things are invented.
    """
    return [*_measure_collection(out), *_measure_made(folder, things)]


def _measure_collection(out: Path) -> list[Row]:
    holder = ReleaseHolder(out)
    holder.open()
    client = create_app(Settings(), holder).test_client()
    labels = [
        thing["label"]
        for kind in KINDS
        for thing in client.get(f"/kind/{kind}.json").get_json()["things"]
    ]
    labels = labels[:: max(1, len(labels) // ASKED)][:ASKED]
    shorter = [drop_letter(label) for label in labels]
    measures: dict[str, Measure] = {
        "a page of results": _asking(client, "/search", labels),
        "a page of results, a letter left out": _asking(client, "/search", shorter),
        "suggestions": _asking(client, "/suggest", labels),
    }
    times = interleave(measures, len(labels), warm=1)
    return [_row(name, series, MOST_MS) for name, series in times.items()]


def _asking(client: FlaskClient, path: str, words: Sequence[str]) -> Measure:
    headers = {"Accept": "text/html" if path == "/search" else "*/*"}

    def ask(number: int) -> None:
        answer = client.get(path, query_string={"q": words[number]}, headers=headers)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} of {words[number]!r} answered {answer.status_code}")

    return _timing(ask)


def _measure_made(folder: Path, things: int) -> list[Row]:
    chance = random.Random(things)  # noqa: S311 (invented words)
    entries = list(make_entries(things, chance))
    path = folder / "invented.search"
    began = time.perf_counter()
    build_index(path, entries)
    built_s = time.perf_counter() - began
    index = SearchIndex(path)
    labels = [entry.label for entry in chance.choices(entries, k=ASKED + 1)]
    measures: dict[str, Measure] = {
        f"{things:,} invented things": _timing(
            lambda number: ask_index(index, labels[number].split())
        ),
        f"{things:,} invented things, a letter left out": _timing(
            lambda number: ask_index(index, drop_letter(labels[number]).split())
        ),
    }
    times = interleave(measures, ASKED, warm=1)
    size = path.stat().st_size
    said = f"{built_s:.1f} s, {size / 2**20:.0f} MiB"
    numbers = {"seconds": built_s, "bytes": float(size)}
    return [
        Row(PART, f"the index of {things:,} invented things", said, numbers=numbers),
        *(_row(name, series, MOST_MADE_MS) for name, series in times.items()),
    ]


def _timing(do: Callable[[int], object]) -> Measure:
    def measure(number: int) -> float:
        began = time.process_time()
        do(number)
        return (time.process_time() - began) * 1000

    return measure


def _row(name: str, series: Series, most_ms: float) -> Row:
    numbers = {"median_ms": series.median, "p99_ms": series.p99}
    target = f"p50 under {most_ms:g} ms"
    return Row(PART, name, str(series), target, series.median < most_ms, numbers)


def drop_letter(name: str) -> str:
    """Return a name without the second letter of its first word."""
    return name[:1] + name[2:]


def make_words() -> list[str]:
    """Return the words there are, the most common first."""
    words = []
    for number in range(1, WORDS + 1):
        said, rest = "", number
        while rest:
            rest, syllable = divmod(rest, len(_SYLLABLES))
            said += _SYLLABLES[syllable]
        words.append(said)
    return words


def make_entries(size: int, chance: random.Random) -> Iterator[Entry]:
    """Yield so many things: a name of two words, a text of twelve, a day."""
    words = make_words()
    shares = list(accumulate(1 / rank for rank in range(1, WORDS + 1)))
    for number in range(size):
        first, second, *others = chance.choices(words, cum_weights=shares, k=14)
        name, said = f"{first} {second}", " ".join(others)
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


def ask_index(index: SearchIndex, words: Sequence[str]) -> None:
    """Search once as the page does: set words right, count by kind, fetch a page."""
    better = [word if index.knows(word) else index.correct(word) for word in words]
    wanted = Wanted(tuple(better))
    index.count(wanted)
    index.find(wanted, 30)
