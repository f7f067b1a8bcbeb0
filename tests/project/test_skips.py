"""No test is switched off without a reason that is listed."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

from tests.places import ROOT
from tests.skips import LISTS

TESTS = ROOT / "tests"
SKIPPER = TESTS / "skips.py"
SKIPPING = {"skip", "skipif", "importorskip", "SkipTest", "skipUnless", "skipIf"}
BY_NAME = {"needs", "skip_without", "import_or_skip"}


@functools.cache
def walk_tests() -> tuple[tuple[Path, ast.AST], ...]:
    """Give every node of every module of the tests but the one that skips."""
    return tuple(
        (path.relative_to(ROOT), node)
        for path in sorted(TESTS.rglob("*.py"))
        if path != SKIPPER
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )


def test_only_one_module_skips_tests() -> None:
    """Everybody else names a reason of the list."""
    skips = [
        f"{path}:{node.lineno}: {node.attr}"
        for path, node in walk_tests()
        if isinstance(node, ast.Attribute) and node.attr in SKIPPING
    ]

    assert skips == []


def test_the_list_holds_the_reasons_that_tests_name() -> None:
    """Each name is listed, and none is listed that no test uses."""
    named = [
        node.args[0].value if isinstance(node.args[0], ast.Constant) else ast.unparse(node)
        for _, node in walk_tests()
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in BY_NAME
    ]

    assert set(LISTS["absent"]) == set(named)
    assert list(LISTS["absent"]) == sorted(LISTS["absent"])
