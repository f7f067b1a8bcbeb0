"""What Pacta does with the data beside the library that does the plain thing.

The rules in SHACL Core over the release in use: the engine, and pySHACL over the same graph, which
find the same. And the store that a release is served from, with the union of its graphs and its
indexes in order, beside the engine's bulk loader with the same file.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pyoxigraph as ox

from bench.table import Row
from loader.check.rules import Shapes, read_shapes
from loader.check.shapes import Result, check_shapes
from loader.release.opened import current_release
from loader.release.store import Store
from server.release.store import build_release_store

Made = TypeVar("Made")


def measure_shapes(out: Path, workspace: Path) -> list[Row]:
    """The rules in SHACL Core, once each; both read a graph that is in memory.

    Args:
        out: Folder of releases.
        workspace: With the rules.
    """
    release = current_release(out, verify=False)
    store = Store()
    store.load((release.path / "dumps" / "pacta.nt").read_text("utf-8"), "nt")
    every = read_shapes(workspace / "shapes")
    core, base = Shapes(every.graph, every.core), release.manifest.base
    ours, own_s = _time(lambda: check_shapes(store, core, base=base))
    theirs, reference_s = _time(lambda: check_shapes(store, core, base=base, reference=True))
    same = Counter(map(_parts, ours.results)) == Counter(map(_parts, theirs.results))
    return [
        Row(
            "shapes",
            "the rules in SHACL Core",
            f"{len(core.rules)} rules, {own_s:.2f} s, pySHACL {reference_s:.2f} s: "
            f"{reference_s / own_s:.0f} times; "
            f"{len(ours.results)} results and {len(theirs.results)}",
            "the same results",
            same,
            {"engine_s": own_s, "pyshacl_s": reference_s, "results": len(ours.results)},
        )
    ]


def measure_loading(out: Path, folder: Path) -> list[Row]:
    """The store of the release in use, and its file in the engine's bulk loader.

    Args:
        out: Folder of releases.
        folder: For both stores.
    """
    file = (out / "current" / "dumps" / "pacta.nq").resolve()
    made, raw = folder / "loading.store", folder / "raw.store"
    _, own_s = _time(lambda: build_release_store(file, made))
    _, raw_s = _time(lambda: ox.Store(str(raw)).bulk_load(path=str(file)))
    own_mib, raw_mib = _measure_mib(made), _measure_mib(raw)
    return [
        Row(
            "loading",
            "the store of the release, with its union",
            f"{own_s:.2f} s, {own_mib:.0f} MiB; bulk load {raw_s:.2f} s, {raw_mib:.0f} MiB: "
            f"{own_s / raw_s:.1f} times",
            numbers={"store_s": own_s, "raw_s": raw_s, "store_mib": own_mib, "raw_mib": raw_mib},
        )
    ]


def _time(make: Callable[[], Made]) -> tuple[Made, float]:
    began = time.perf_counter()
    made = make()
    return made, time.perf_counter() - began


def _parts(result: Result) -> tuple[str | None, ...]:
    return result.rule, result.focus, result.path, result.value, result.component


def _measure_mib(folder: Path) -> float:
    return sum(each.stat().st_size for each in folder.iterdir()) / 2**20
