"""The cycle collector is off during a build, and afterwards as it was before."""

from __future__ import annotations

import gc

import pytest

from loader.collector import stop_collector


@pytest.mark.parametrize("was_on", [True, False])
def test_the_collector_is_left_as_it_was(was_on: bool) -> None:
    """Also where the build ends with an error."""
    before = gc.isenabled()
    try:
        (gc.enable if was_on else gc.disable)()
        with pytest.raises(ValueError, match="no build"), stop_collector():
            assert not gc.isenabled()
            raise ValueError("no build")
        assert gc.isenabled() is was_on
    finally:
        (gc.enable if before else gc.disable)()
