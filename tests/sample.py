"""Which cases a run takes: everything that is quick, and a sample of what takes long.

Each commit draws another sample, so that what one leaves out another runs. `make test-all`
(`PACTA_ALL=1`) runs everything; `PACTA_SAMPLE` repeats the sample of another commit.
Source: decision 0047.
"""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Iterable
from typing import Final, TypeVar

from tests.places import ROOT

Case = TypeVar("Case")


def _read_commit() -> str:
    """Return the commit of the checkout; ``none`` outside of one."""
    git = ["git", "-C", str(ROOT), "rev-parse", "--short=10", "HEAD"]
    try:
        return subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "none"


ALL: Final = os.environ.get("PACTA_ALL") == "1"
"""Whether nothing is left out."""
SEED: Final = os.environ.get("PACTA_SAMPLE") or _read_commit()
"""What the sample is drawn with."""
LONG_TESTS: Final = 2
"""How many of the tests marked `long` a run takes."""


def sample(cases: Iterable[Case], most: int) -> list[Case]:
    """Return at most so many cases, in their order; all of them where `ALL`.

    Args:
        cases: Anything, the same in every process that runs the tests.
        most: How many a run takes.
    """
    listed = list(cases)
    if ALL or len(listed) <= most:
        return listed
    draw = random.Random(f"{SEED} {len(listed)}")  # noqa: S311 (a draw of cases, not of secrets)
    return [listed[at] for at in sorted(draw.sample(range(len(listed)), most))]


def describe_sample() -> str:
    """Return one line for the head of a run: what it takes, and how to repeat it."""
    if ALL:
        return "sample: none, everything runs (PACTA_ALL=1)"
    return f"sample: drawn by PACTA_SAMPLE={SEED}; make test-all runs everything"
