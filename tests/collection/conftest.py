"""Fixtures of the tests of this collection: its server, and a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.conftest import browser
from tests.live import LiveServer, start_server
from tests.realrelease import START_S, build_real

__all__ = ["browser", "real_server"]


@pytest.fixture(scope="session")
def real_server() -> Iterator[LiveServer]:
    """`pacta serve` on the real release."""
    with start_server("--release", str(build_real().path), start_s=START_S) as running:
        yield running
