"""How fast a search answers: pages of the collection over HTTP, and 100,000 invented things.

The invented index is searched as the page does: words set right, counted by kind, one page fetched.
Its words follow Zipf's law, as those of a language do. Times of it are those of the processor.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from urllib.parse import quote

from bench.client import Client
from bench.peers import serve_release
from bench.table import Measure, Row, Series, interleave
from server.pages.whole.finding import Entry, fold_text
from server.release.search import SearchIndex, Wanted, build_index

PART = "search"
MOST_MS = 20.0
MOST_MADE_MS = 50.0
THINGS = 100_000
ASKED = 200
"""Searches of each sort; all differ, so that no kept answer is measured."""
WORDS = 50_000
"""Different words: a collection that grows repeats itself."""
_SYLLABLES = tuple(a + b for a in "bdgklmnprstvz" for b in "aeio")
_LABELS = """PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?label {{
  ?thing rdfs:label ?label FILTER( LANG(?label) = "en" && STRSTARTS(STR(?thing), "{base}") )
}} ORDER BY ?label"""


def measure_search(out: Path, folder: Path) -> list[Row]:
    """Measure searches of names, written right and with a letter left out.

    Args:
        out: Folder of releases.
        folder: For the invented index.
    """
    return [*_measure_collection(out), *_measure_made(folder)]


def _measure_collection(out: Path) -> list[Row]:
    manifest = json.loads((out / "current" / "release.json").read_bytes())
    with serve_release(out) as server:
        client = Client(server.port)
        query = _LABELS.format(base=f"{manifest['base']}id/")
        found = json.loads(client.ask("/sparql", query).body)["results"]["bindings"]
        labels = [row["label"]["value"] for row in found]
        labels = labels[:: max(1, len(labels) // ASKED)][:ASKED]
        measures: dict[str, Measure] = {
            "a page of results": _asking(client, "/search", labels),
            "a page of results, a letter left out": _asking(
                client, "/search", list(map(drop_letter, labels))
            ),
            "suggestions": _asking(client, "/suggest", labels),
        }
        times = interleave(measures, len(labels), warm=1)
    return [_row(name, series, MOST_MS) for name, series in times.items()]


def _asking(client: Client, path: str, words: Sequence[str]) -> Measure:
    def measure(number: int) -> float:
        address = f"{path}?q={quote(words[number])}"
        reply = client.get(address, {"Accept": "text/html" if path == "/search" else "*/*"})
        if reply.status != 200:
            raise RuntimeError(f"{address} answered {reply.status}: {reply.body[:300]!r}")
        return reply.ms

    return measure


def _measure_made(folder: Path) -> list[Row]:
    chance = random.Random(THINGS)  # noqa: S311 (invented words)
    entries = list(make_entries(THINGS, chance))
    path = folder / "invented.search"
    began = time.perf_counter()
    build_index(path, entries)
    built_s = time.perf_counter() - began
    index = SearchIndex(path)
    labels = [entry.label for entry in chance.choices(entries, k=ASKED + 1)]
    measures: dict[str, Measure] = {
        f"{THINGS:,} invented things": _timing(
            lambda number: ask_index(index, labels[number].split())
        ),
        f"{THINGS:,} invented things, a letter left out": _timing(
            lambda number: ask_index(index, drop_letter(labels[number]).split())
        ),
    }
    times = interleave(measures, ASKED, warm=1)
    size = path.stat().st_size
    said = f"{built_s:.1f} s, {size / 2**20:.0f} MiB"
    numbers = {"seconds": built_s, "bytes": float(size)}
    return [
        Row(PART, f"the index of {THINGS:,} invented things", said, numbers=numbers),
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
