"""Skips tests. Every reason stands in `conformance/skips.toml`; no other module skips a test."""

from __future__ import annotations

import importlib
import importlib.util
import tomllib
from types import ModuleType
from typing import Final, NoReturn

import pytest

from tests.places import ROOT

LISTS: Final[dict[str, dict[str, str]]] = tomllib.loads(
    (ROOT / "tests" / "conformance" / "skips.toml").read_text(encoding="utf-8")
)
"""Section of the file → name → reason."""


def needs(thing: str, found: object) -> pytest.MarkDecorator:
    """Return the mark that skips a test unless what it needs was found.

    Args:
        thing: A name of the section `absent`.
        found: What was found; false where the thing is absent.
    """
    return pytest.mark.skipif(not found, reason=LISTS["absent"][thing])


def skip_without(thing: str, detail: str = "") -> NoReturn:
    """Skip the running test because a thing of the section `absent` is not there."""
    pytest.skip(f"{LISTS['absent'][thing]}{detail and f' ({detail})'}")


def import_or_skip(module: str) -> ModuleType:
    """Return a module, or skip the running test where it is not installed."""
    if importlib.util.find_spec(module) is None:
        skip_without(module)
    return importlib.import_module(module)


def skip_if_listed(name: str) -> None:
    """Skip the running test if the section `skips` lists the test of the W3C that it runs."""
    if name in LISTS["skips"]:
        pytest.skip(LISTS["skips"][name])
