"""The editor in a browser: how tests open it, ask in it and read what it shows."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import pytest

from server.routes.editor import find_libraries
from tests.browser.chromium import Page, Pipe, find_browser
from tests.live import LiveServer, start_server
from tests.skips import needs
from tests.tinybuild import build_tiny

BROWSER = find_browser()
NEEDED = [
    pytest.mark.slow,
    needs("browser", BROWSER),
    needs("libraries", find_libraries()),
]
READY = "!!document.querySelector('.live .CodeMirror')"
SET = "document.querySelector('.CodeMirror').CodeMirror.setValue({text})"
GET = "document.querySelector('.CodeMirror').CodeMirror.getValue()"
DONE = "!document.querySelector('#ask[aria-busy]') && document.querySelector('#answer').innerText"
CTRL = 2
TERMS = """SELECT ?blank ?turned ?said ?typed ?number ?triple {
BIND(BNODE() AS ?blank) BIND("שלום"@he--rtl AS ?turned) BIND("labas"@lt AS ?said)
BIND("2 m"^^<urn:types#length> AS ?typed) BIND(7 AS ?number)
BIND(<<( <urn:a> <urn:b> <<( <urn:c> <urn:d> "e"@en )>> )>> AS ?triple) }"""


@contextlib.contextmanager
def serve_tiny() -> Iterator[LiveServer]:
    """`pacta serve` on the tiny release."""
    _, release = build_tiny()
    with start_server("--release", str(release.path)) as running:
        yield running


def open_editor(browser: Pipe, server: LiveServer) -> Page:
    """A tab with the editor, ready."""
    tab = browser.open_page()
    tab.open(server.url)
    tab.wait(READY)
    return tab


def run(page: Page, query: str) -> str:
    """Put a query into the editor, press Ctrl+Enter, and return the text of the answer."""
    page.read("document.querySelector('#answer').replaceChildren()")
    page.read(SET.format(text=json.dumps(query)))
    page.read("document.querySelector('.CodeMirror').CodeMirror.focus()")
    page.press("Enter", 13, CTRL)
    return str(page.wait(DONE))


def show(page: Page, view: str) -> None:
    """Choose a view of the answer."""
    page.wait(f"!!document.querySelector('#tab-{view}')")
    page.read(f"document.querySelector('#tab-{view}').click()")


def count(page: Page, selector: str) -> int:
    """How many elements there are."""
    return int(page.read(f"document.querySelectorAll({json.dumps(selector)}).length"))
