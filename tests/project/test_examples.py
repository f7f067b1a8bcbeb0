"""The examples in docstrings run as they are written."""

from __future__ import annotations

import doctest
import importlib

import pytest

from tests.places import ROOT

ROOMS = ("loader", "server", "conform", "bench")
EXEMPLARY = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for room in ROOMS
    for path in (ROOT / room).rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


def test_there_are_examples() -> None:
    """The search above finds the modules that have examples."""
    assert "loader.read.addresses" in EXEMPLARY


@pytest.mark.parametrize("name", EXEMPLARY)
def test_examples_in_docstrings_hold(name: str) -> None:
    """Each gives what it says that it gives."""
    results = doctest.testmod(importlib.import_module(name))

    assert results.attempted > 0
    assert results.failed == 0
