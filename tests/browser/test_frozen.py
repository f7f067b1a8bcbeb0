"""The frozen site in a browser: a walk, a search, a query; a plain server, below a path."""

from __future__ import annotations

import functools
import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pytest

from server.freeze.writing import freeze
from tests.browser.chromium import Page, Pipe
from tests.browser.editing import NEEDED, READY, run
from tests.server_release import BASE, make_release, write_files

pytestmark = NEEDED
SHOTS = os.environ.get("PACTA_SCREENSHOTS", "")
QUERY = """PREFIX pacta: <https://w3id.org/pacta/ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?thing ?label ?property ?value { ?thing rdfs:label ?label ; ?property ?value }
ORDER BY ?thing ?label ?property ?value LIMIT 90"""
TWICE = f"""
GRAPH <{BASE}graph/links> {{
  <{BASE}id/treaty/peace-1920> a <https://w3id.org/pacta/ns#Treaty> .
}}"""
"""A statement that another graph has, too."""
COUNTS = """SELECT ?all ?placed {
  { SELECT (COUNT(*) AS ?all) { ?s ?p ?o } }
  { SELECT (COUNT(*) AS ?placed) { GRAPH ?g { ?s ?p ?o } } }
}"""
ROWS = (
    "[...document.querySelectorAll('#answer tbody tr')].map("
    "row => [...row.querySelectorAll('td')].map(cell => cell.innerText.trim()))"
)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def dump(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of releases with the small release and its frozen site, `treaties/site`."""
    folder = tmp_path_factory.mktemp("frozen")
    made = make_release(folder / "builds", write_files(TWICE), languages=("en", "lt"))
    freeze(folder / "builds", made.path, folder / "treaties" / "site")
    return made.path / "dumps" / "pacta.nq"


@pytest.fixture(scope="module")
def address(dump: Path) -> Iterator[str]:
    """Where a plain file server has the site, below a path."""
    handler = functools.partial(_Quiet, directory=str(dump.parents[4]))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as plain:
        threading.Thread(target=plain.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{plain.server_port}/treaties/site"
        plain.shutdown()


def keep(page: Page, name: str) -> None:
    """Keep a picture where `PACTA_SCREENSHOTS` names a folder."""
    if SHOTS:
        page.shoot(Path(SHOTS) / f"frozen-{name}.png", whole=True)


def follow(page: Page, selector: str) -> None:
    """Click a link and wait for its page."""
    there = page.read(f"document.querySelector({selector!r}).href")
    page.read(f"document.querySelector({selector!r}).click()")
    page.wait(f"location.href === {there!r} && document.readyState === 'complete'")


def test_the_walk_leads_from_the_front_to_the_turtle(browser: Pipe, address: str) -> None:
    """Front page, treaty, another language and back, party, Turtle; nothing missing."""
    page = browser.open_page()
    page.open(f"{address}/")
    keep(page, "front")
    follow(page, "main a[href*='doc/treaty/']")
    keep(page, "treaty")
    follow(page, "a.lang[lang=lt]")
    assert "lt" == page.read("document.documentElement.lang")
    follow(page, "a.lang[lang=en]")
    turtle = page.read("document.querySelector('a[href$=\".ttl\"]').href")
    assert "@prefix" in page.read(f"fetch({turtle!r}).then(answer => answer.text())")
    follow(page, "main a[href*='party/']")

    assert [] == page.messages
    assert [] == [each for each in page.requests if not each.startswith(address)]


def test_the_search_finds_names_in_any_spelling(browser: Pipe, address: str) -> None:
    """From the box of any page, without a server."""
    page = browser.open_page()
    page.open(f"{address}/about.html")
    page.read("document.querySelector('header [name=q]').value = 'vílnius'")
    page.read("document.querySelector('header form').requestSubmit()")
    page.wait("!!document.querySelector('#found li a')")
    keep(page, "search")
    follow(page, "#found li a")

    assert page.read("location.pathname").endswith("/doc/place/vilnius.html")
    assert [] == page.messages


def test_a_query_runs_in_the_page_with_the_rows_of_the_engine(
    browser: Pipe, address: str, dump: Path
) -> None:
    """Every row, in its order; things lead to their pages; a mistake is told with its place."""
    store = pyoxigraph.Store()
    store.load(path=str(dump.with_suffix(".nt")), format=pyoxigraph.RdfFormat.N_TRIPLES)
    answer = store.query(QUERY)
    assert isinstance(answer, pyoxigraph.QuerySolutions)
    things = [row["thing"].value.removeprefix(BASE).removeprefix("id/") for row in answer]

    page = browser.open_page()
    page.open(f"{address}/sparql.html")
    page.wait(READY)
    run(page, QUERY)
    rows = page.read(ROWS)
    keep(page, "query")
    assert things == [row[0] for row in rows]
    link = page.read("document.querySelector('#answer td a').href")
    assert 200 == page.read(f"fetch({link!r}).then(answer => answer.status)")
    run(page, COUNTS)
    assert page.read(ROWS) == [[str(len(store)), str(dump.read_bytes().count(b"\n"))]]
    said = run(page, "SELECT * {\n  ?s ?p }")
    assert "line 2" in said
    assert [] == page.messages


def test_a_link_with_a_query_opens_it(browser: Pipe, address: str) -> None:
    """A day asked for on the front page becomes a query that has an answer."""
    page = browser.open_page()
    page.open(f"{address}/as-of.html")
    page.read("document.querySelector('#day [name=date]').value = '1939-10'")
    page.read("document.querySelector('#day').requestSubmit()")
    page.wait(READY)
    keep(page, "day")
    text = page.read("document.querySelector('.CodeMirror').CodeMirror.getValue()")

    assert "1939-10-31" in text
    assert [] == page.messages
