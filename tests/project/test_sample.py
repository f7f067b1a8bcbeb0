"""A run takes a sample of what takes long: the same for one commit, everything on request."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT
from tests.sample import LONG_TESTS

CASES = 40
TESTS = f"""
import pytest
from tests.sample import sample

@pytest.mark.parametrize("number", sample(range({CASES}), 5))
def test_case(number): pass

@pytest.mark.long
@pytest.mark.parametrize("number", range(7))
def test_long(number): pass
"""


def run(folder: Path, **variables: str) -> str:
    """Run these tests in a process of its own, with the hooks of our tests; what it printed."""
    (folder / "test_drawn.py").write_text(TESTS, encoding="utf-8")
    given = {name: text for name, text in os.environ.items() if not name.startswith("PACTA_")}
    plugins = ("-p", "tests.conftest", "-p", "no:cacheprovider", "-p", "no:xdist")
    settings = ("-c", os.devnull, "-o", "markers=long", "--rootdir", folder)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-v", *plugins, *settings, folder],
        env=given | {"PYTHONPATH": str(ROOT)} | variables,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ran(output: str, test: str) -> list[int]:
    """Return the numbers of the cases of one test that ran."""
    return [int(number) for number in re.findall(rf"{test}\[(\d+)\] PASSED", output)]


@pytest.mark.slow
def test_the_commit_draws_and_its_seed_repeats(tmp_path: Path) -> None:
    """Five of forty cases and a few long tests; the seed alone says which; the head has it."""
    first = run(tmp_path)
    seed = re.search(r"drawn by PACTA_SAMPLE=(\S+);", first)
    assert seed
    again, other = run(tmp_path, PACTA_SAMPLE=seed[1]), run(tmp_path, PACTA_SAMPLE="another")

    assert (5, LONG_TESTS) == (len(ran(first, "test_case")), len(ran(first, "test_long")))
    assert ran(first, "test_case") == ran(again, "test_case") != ran(other, "test_case")
    assert ran(first, "test_long") == ran(again, "test_long")


@pytest.mark.slow
def test_everything_runs_on_request(tmp_path: Path) -> None:
    """`PACTA_ALL=1`, as `make test-all` has it, leaves nothing out."""
    output = run(tmp_path, PACTA_ALL="1")

    assert list(range(CASES)) == ran(output, "test_case")
    assert list(range(7)) == ran(output, "test_long")
    assert "everything runs" in output
