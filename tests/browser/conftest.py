"""Fixtures of the browser tests: a server on either release, a browser, the editor in a tab."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.chromium import Page, Pipe, start_browser
from tests.browser.editing import BROWSER, open_editor, serve_tiny
from tests.live import LiveServer, start_server
from tests.realrelease import START_S, build_real


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    """`pacta serve` on the tiny release."""
    with serve_tiny() as running:
        yield running


@pytest.fixture(scope="session")
def real_server() -> Iterator[LiveServer]:
    """`pacta serve` on the real release."""
    with start_server("--release", str(build_real().path), start_s=START_S) as running:
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
