"""The cycle collector is off during a build, and afterwards as it was before."""

from __future__ import annotations

import contextlib
import gc

import pytest

from loader.collector import stop_collector


@pytest.mark.parametrize("was_on", [True, False])
def test_the_collector_is_left_as_it_was(was_on: bool) -> None:
    """Also where the build ends with an error."""
    before, meanwhile = gc.isenabled(), True
    try:
        (gc.enable if was_on else gc.disable)()
        with contextlib.suppress(ValueError), stop_collector():
            meanwhile = gc.isenabled()
            int("no number")
        assert not meanwhile
        assert gc.isenabled() is was_on
    finally:
        (gc.enable if before else gc.disable)()
