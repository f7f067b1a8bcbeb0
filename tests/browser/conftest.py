"""Fixtures of the browser tests: a server on the tiny release, a browser, the editor in a tab."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.chromium import Page, Pipe, start_browser
from tests.browser.editing import BROWSER, open_editor, serve_tiny
from tests.live import LiveServer


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    """`pacta serve` on the tiny release."""
    with serve_tiny() as running:
        yield running


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipe]:
    """One browser for all tests; each has a tab and a context of its own."""
    with start_browser(BROWSER or "", tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def page(browser: Pipe, server: LiveServer) -> Page:
    """A tab with the editor, ready."""
    return open_editor(browser, server)
