"""Lists that are too long for one page: every row stands on one of several, which say so."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from server.app import create_app
from server.pages.whole.paging import PAGE_ROWS, cut_rows, find_part
from server.release.current import ReleaseHolder
from server.settings import Settings
from tests.realrelease import build_real

pytestmark = pytest.mark.slow

ROWS = 20
BROWSER = {"Accept": "text/html"}


def make_client() -> FlaskClient:
    """An application of its own over the real release, which has kept no answers."""
    holder = ReleaseHolder(build_real().path.parent.parent)
    holder.open()
    return create_app(Settings(), holder).test_client()


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The application, with short pages."""
    monkeypatch.setattr("server.pages.whole.paging.PAGE_ROWS", ROWS)
    return make_client()


def walk(client: FlaskClient, path: str) -> Iterator[str]:
    """A page and all after it, as their `Link` fields say."""
    while path:
        answer = client.get(path, headers=BROWSER)
        assert answer.status_code == 200, path
        yield answer.get_data(as_text=True)
        found = re.search(r'<([^>]*)>; rel="next"', answer.headers.get("Link", ""))
        path = found[1] if found else ""


def find_rows(page: str) -> list[str]:
    """The addresses of the things that the rows of a page name first."""
    return re.findall(r'<th scope="row">(?:<[^a][^>]*>)*<a [^>]*?href="([^"]*)"', page)


@pytest.mark.parametrize("kind", ["event", "place", "figure"])
def test_pages_of_a_list_hold_what_its_data_hold(client: FlaskClient, kind: str) -> None:
    """In the same order; CSV and JSON are whole whichever page is asked for."""
    listed = json.loads(client.get(f"/kind/{kind}.json").data)
    pages = list(walk(client, f"/kind/{kind}"))
    found = [row for page in pages for row in find_rows(page)]

    assert found == [each["href"] for each in listed["things"]]
    assert len(pages) == -(-listed["total"] // ROWS) > 1
    assert all(len(find_rows(page)) == ROWS for page in pages[:-1])
    assert f"{ROWS + 1} to {2 * ROWS} of {listed['total']}" in pages[1]
    assert f'rel="prev" href="/kind/{kind}"' in pages[1]
    assert client.get(f"/kind/{kind}?page={len(pages) + 1}").status_code == 404
    assert client.get(f"/kind/{kind}?page=0").status_code == 400
    assert client.get(f"/kind/{kind}.csv").data.count(b"\r\n") > listed["total"]


@pytest.mark.parametrize("narrowed", ["", "?from=1935&until=1941", "?kind=negotiation&lang=lt"])
def test_pages_of_the_timeline_hold_all_events(client: FlaskClient, narrowed: str) -> None:
    """Years stay whole, every page lists all years, and a year leads to the page that shows it."""
    pages = list(walk(client, f"/timeline{narrowed}"))
    anchors = [set(re.findall(r'<details id="(y[^"]*)"', page)) for page in pages]
    years = re.findall(r'<a href="([^"#]*)#(y[^"]*)"', pages[0])
    total = int(re.findall(r"(?:of|iš) (\d+)", pages[0])[0]) if len(pages) > 1 else 0

    assert sum(Counter(anchor for each in anchors for anchor in each).values()) == len(years)
    for href, anchor in years:
        number = int((re.findall(r"page=(\d+)", href) or ["1"])[0])
        assert anchor in anchors[number - 1], href
    for page, before in zip(pages[1:], pages, strict=False):
        step = unescape(re.findall(r'rel="prev" href="([^"]*)"', page)[0])
        assert client.get(step, headers=BROWSER).get_data(as_text=True) == before
    if not narrowed:
        told = json.loads(client.get("/timeline", headers={"Accept": "application/json"}).data)
        assert total == told["total"]
        assert len(pages) > 3


def test_a_page_beyond_the_timeline_is_not_found(client: FlaskClient) -> None:
    """404, not an empty page."""
    assert client.get("/timeline?page=99", headers=BROWSER).status_code == 404


def test_the_first_page_says_how_many_treaties_it_leaves_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first ones are listed, the whole list is one step away."""
    monkeypatch.setattr("server.pages.whole.front.MOST_TREATIES", 3)
    client = make_client()
    page = client.get("/", headers=BROWSER).get_data(as_text=True)
    total = json.loads(client.get("/kind/treaty.json").data)["total"]
    told = [
        tuple(map(int, n)) for n in re.findall(r">The first (\d+) of (\d+); all treaties<", page)
    ]

    assert [first for first, _ in told] == [3, 3]
    assert sum(every for _, every in told) == total
    assert 'href="/kind/treaty">The first' in page


@pytest.mark.parametrize("words", ["lithuania", "1939", "treaty moscow"])
def test_a_source_bears_as_many_results_as_its_facet_says(words: str) -> None:
    """What stands beside each source is the total of the search narrowed to it."""
    client = make_client()
    page = client.get("/search", query_string={"q": words}, headers=BROWSER).get_data(as_text=True)
    facets = re.findall(r"source=([\w-]+)\"[^>]*>[^<]*<span>(\d+)</span>", page)
    asked = {"Accept": "application/json"}
    totals = {
        handle: json.loads(
            client.get("/search", query_string={"q": words, "source": handle}, headers=asked).data
        )["total"]
        for handle, _ in facets
    }

    assert totals == {handle: int(number) for handle, number in facets}
    assert len(facets) > 2
    assert list(totals.values()) == sorted(totals.values(), reverse=True)


@given(st.lists(st.integers(1, 2 * PAGE_ROWS), max_size=12))
def test_pages_are_full_and_lose_nothing(sizes: list[int]) -> None:
    """Every group is on one page; a page holds no more than fits, except one group alone."""
    cuts = cut_rows(sizes)

    assert [size for cut in cuts for size in sizes[cut]] == sizes
    for cut, after in zip(cuts, [*cuts[1:], slice(0, 0)], strict=True):
        held = sizes[cut]
        assert sum(held) <= PAGE_ROWS or len(held) == 1
        assert not sizes[after] or sum(held) + sizes[after][0] > PAGE_ROWS
    for number in range(1, len(cuts) + 1):
        found = find_part(sizes, number)
        assert found is not None
        cut, part = found
        assert part.last - part.first + 1 == sum(sizes[cut])
        assert ("next" in part.neighbours) == (number < len(cuts))
    assert find_part(sizes, len(cuts) + 1) is find_part(sizes, 0) is None
