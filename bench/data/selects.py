"""The selects of the shapes at one and five times a collection: `python -m bench.data.selects`.

Every record is copied under other names: addresses below ``id/``, labels, and addresses in other
collections. So a rule finds in each copy what it finds in the original, and nothing between them.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.peers import ROOT
from bench.table import Row, write_text
from loader.check.rules import read_shapes
from loader.release.opened import current_release
from loader.release.store import Store

COPIES = 5
_MOST_TIMES = 6.0
_MOST_SHARE = 0.1
_REPEATS = 3
_OUTSIDE = re.compile(r"((?:owl#sameAs|core#(?:exact|close)Match)> <[^>]+)>")
_LABEL = re.compile(r'(rdf-schema#label> "(?:[^"\\]|\\.)*)"')


def copy_triples(lines: Iterable[str], base: str, number: int) -> Iterator[str]:
    """Yield what is said of things below ``{base}id/``, under the names of one more copy.

    Args:
        lines: canonical N-Triples.
        base: the base address of the release.
        number: of the copy; it becomes a part of every name.
    """
    start = f"<{base}id/"
    for line in lines:
        if line.startswith(start):
            moved = line.replace(start, f"<{base}id/copy-{number}/")
            yield _LABEL.sub(rf'\1 {number}"', _OUTSIDE.sub(rf"\1-{number}>", moved))


def measure_selects(out: Path, workspace: Path = ROOT) -> list[Row]:
    """Run every select at one and at `COPIES` times the release in use.

    The time is that of the processor, the best of three, so that other work on the machine counts
    little.
    """
    release = current_release(out, verify=False)
    lines = (release.path / "dumps" / "pacta.nt").read_text("utf-8").splitlines(keepends=True)
    base = release.manifest.base
    rules = [rule for rule in read_shapes(workspace / "shapes").rules if rule.select]
    store = Store()
    store.load("".join(lines), "nt")
    once = {rule.id: _time(store, rule.select or "") for rule in rules}
    for number in range(2, COPIES + 1):
        store.load("".join(copy_triples(lines, base, number)), "nt")
    often = {rule.id: _time(store, rule.select or "") for rule in rules}
    total = sum(often.values())
    times = total / sum(once.values())
    worst = max(often, key=lambda rule: often[rule])
    slowest = sorted(often, key=lambda rule: -often[rule])[:5]
    return [
        Row(
            "selects",
            f"all {len(rules)}, the collection and {COPIES} copies of it",
            f"{sum(once.values()) * 1000:.0f} ms, {total * 1000:.0f} ms, {times:.1f} times",
            f"at most {_MOST_TIMES:.0f} times",
            times <= _MOST_TIMES,
            {"once_s": sum(once.values()), "copies_s": total, "times": times},
        ),
        Row(
            "selects",
            f"the slowest, rule {worst}",
            f"{often[worst] / total:.0%} of all",
            f"at most {_MOST_SHARE:.0%}",
            often[worst] <= _MOST_SHARE * total,
            {"share": often[worst] / total},
        ),
        *(
            Row(
                "selects",
                f"rule {rule}",
                f"{once[rule] * 1000:.1f} ms, {often[rule] * 1000:.1f} ms, "
                f"{often[rule] / once[rule]:.1f} times",
            )
            for rule in slowest
        ),
    ]


def _time(store: Store, query: str) -> float:
    best = float("inf")
    for _ in range(_REPEATS):
        began = time.process_time()
        store.select(query)
        best = min(best, time.process_time() - began)
    return best


def main() -> int:
    """Measure the release in use of a folder; print the table."""
    print(write_text(measure_selects(Path(sys.argv[1])), []), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
