"""Fixtures of the browser tests: a server on the tiny release, a browser, the editor in a tab."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.chromium import Page, Pipe, start_browser
from tests.browser.editing import BROWSER, READY, open_editor, serve_tiny
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


@pytest.fixture(autouse=True)
def close_tabs(browser: Pipe) -> Iterator[None]:
    """Close the tabs that a test opened."""
    before = set(browser.pages)
    yield
    for page in [page for name, page in browser.pages.items() if name not in before]:
        page.close()


@pytest.fixture(scope="module")
def tab(browser: Pipe, server: LiveServer) -> Iterator[Page]:
    """A tab with the editor for all tests of a module: see `page`."""
    opened = open_editor(browser, server)
    yield opened
    opened.close()


@pytest.fixture
def page(tab: Page, server: LiveServer) -> Page:
    """The tab with the editor, ready, and without what the test before left in it."""
    tab.begin_anew(server.url)
    tab.wait(READY)
    return tab
