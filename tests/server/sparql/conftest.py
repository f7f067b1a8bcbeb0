"""The server that the tests of this folder share, where they bring none of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.asking import start_small_server
from tests.live import LiveServer


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """The small server; it must be left as it was."""
    with start_small_server(tmp_path_factory.mktemp("data")) as running:
        yield running
