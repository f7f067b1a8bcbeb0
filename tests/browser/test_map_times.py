"""The map of the collection with its slider over time, in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.browser.chromium import Page, Pipe
from tests.browser.editing import NEEDED, count
from tests.live import LiveServer, start_server
from tests.server_release import make_release, write_files

pytestmark = NEEDED
HELD = """
  <status/region--{name}> a pacta:TerritorialStatus ; pacta:about <territory/region> ;
    pacta:mode <https://w3id.org/pacta/vocab/mode/de-facto> ; pacta:holder <party/{holder}> ;
    pacta:from "{first}"^^xsd:date ; pacta:until "{last}"^^xsd:date ;
    pacta:fromEarliest "{first}"^^xsd:date ; pacta:fromLatest "{first}"^^xsd:date ;
    pacta:untilEarliest "{last}"^^xsd:date ; pacta:untilLatest "{last}"^^xsd:date ;
    pacta:rank <https://w3id.org/pacta/vocab/rank/normal> .
"""
REGION = (
    """
@base <http://localhost:8000/id/> .
@prefix pacta: <https://w3id.org/pacta/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix geo: <http://www.opengis.net/ont/geosparql#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<http://localhost:8000/graph/facts> {
  <territory/region> a pacta:Territory ; rdfs:label "The region"@en , "Kraštas"@lt ;
    geo:hasGeometry <link/region#geometry> .
  <link/region#geometry> geo:asWKT
    "POLYGON((25 54, 26 54, 26 55, 25 55, 25 54))"^^geo:wktLiteral .
"""
    + HELD.format(name="one", holder="poland", first="1920-10-09", last="1939-09-18")
    + HELD.format(name="two", holder="lithuania", first="1939-10-28", last="1940-06-15")
    + """
  <territory/strip> a pacta:Territory ; rdfs:label "The strip"@en , "Ruožas"@lt ;
    geo:hasGeometry <link/strip#geometry> .
  <link/strip#geometry> geo:asWKT "POLYGON((24 54, 25 54, 25 55, 24 54))"^^geo:wktLiteral .
  <status/strip--one> a pacta:TerritorialStatus ; pacta:about <territory/strip> ;
    pacta:mode <https://w3id.org/pacta/vocab/mode/de-facto> ; pacta:holder <party/poland> ;
    pacta:from "1920-10-09"^^xsd:date ;
    pacta:fromEarliest "1920-10-09"^^xsd:date ; pacta:fromLatest "1920-10-09"^^xsd:date ;
    pacta:untilEarliest "1920-10-09"^^xsd:date ; pacta:untilLatest "9999-12-31"^^xsd:date ;
    pacta:rank <https://w3id.org/pacta/vocab/rank/normal> .
"""
    + "}\n"
)
READY = "!!document.querySelector('#times:not([hidden]) .leaf .ground')"
TOLD = "document.querySelector('#times .told').innerText.trim()"
SAID = "[...document.querySelectorAll('#times ul.many li')].map(row => row.innerText)"


@pytest.fixture(scope="module")
def maps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """`pacta serve` on the small release with a region that has two holders, one after another."""
    made = make_release(tmp_path_factory.mktemp("out"), write_files(REGION), languages=("en", "lt"))
    with start_server("--release", str(made.path)) as running:
        yield running


def open_map(browser: Pipe, maps: LiveServer, language: str = "en") -> Page:
    """A tab with the map, drawn."""
    tab = browser.open_page()
    tab.open(f"{maps.url.removesuffix('/sparql')}/map?lang={language}")
    tab.wait(READY)
    return tab


def test_the_slider_moves_from_change_to_change_by_keyboard(
    browser: Pipe, maps: LiveServer
) -> None:
    """Drawing, words, the value told to screen readers and the link follow; nothing complains."""
    page = open_map(browser, maps)
    page.read("document.querySelector('#day').focus()")
    page.press("Home", 36)
    seen = []
    for _ in range(5):
        told = page.read("document.querySelector('#day').getAttribute('aria-valuetext')")
        assert page.read(TOLD) == told
        seen.append((told, page.read(SAID), count(page, "#times path.f")))
        page.press("ArrowRight", 39)

    strip = "The strip: Poland"
    assert seen == [
        ("9 October 1920", ["The region: Poland (certain)", f"{strip} (no end stated)"], 2),
        ("11 October 1930", ["The region: Poland (certain)", f"{strip} (last known)"], 2),
        ("19 September 1939", [f"{strip} (last known)"], 1),
        ("28 October 1939", ["The region: Lithuania (certain)", f"{strip} (last known)"], 2),
        ("16 June 1940", [f"{strip} (last known)"], 1),
    ]
    assert page.read("document.querySelector('#times p > a').search") == "?date=1940-06-16&lang=en"
    assert page.messages == []


def test_what_is_last_known_is_a_dashed_line(browser: Pipe, maps: LiveServer) -> None:
    """It is not gone, and not drawn as if it were held: no fill, and a word in the list."""
    page = open_map(browser, maps)
    page.read("document.querySelector('#day').focus()")
    page.press("End", 35)
    looks = (
        "(({ fillOpacity, strokeDasharray }) => [fillOpacity, strokeDasharray])"
        "(getComputedStyle(document.querySelector('#times path.last')))"
    )

    assert page.read(looks) == ["0", "6px, 4px"]
    assert page.read("document.querySelector('#times ul.many li.soft').innerText") == (
        "The strip: Poland (last known)"
    )


def test_the_map_speaks_the_language_of_the_page(browser: Pipe, maps: LiveServer) -> None:
    """Days, things, certainty and layers."""
    page = open_map(browser, maps, "lt")
    page.read("document.querySelector('#day').focus()")
    page.press("Home", 36)

    assert page.read(TOLD) == "1920 m. spalio 9 d."
    assert page.read(SAID) == [
        "Kraštas: Lenkija (tikra)",
        "Ruožas: Lenkija (pabaiga nenurodyta)",
    ]
    layers = page.read("document.querySelector('#times .leaflet-control-layers').innerText")
    assert re.findall(r"\w+(?: \w+)?", layers) == ["Teritorijos", "Vietos", "Karinės bazės"]


def test_a_layer_can_be_hidden(browser: Pipe, maps: LiveServer) -> None:
    """The territories go, and stay away when the slider moves."""
    page = open_map(browser, maps)
    page.read("document.querySelector('#day').focus()")
    page.press("Home", 36)
    page.read("document.querySelector('#times .leaflet-control-layers input').click()")
    assert count(page, "#times path.f") == 0
    page.read("document.querySelector('#day').focus()")
    page.press("ArrowRight", 39)
    page.press("ArrowRight", 39)

    assert page.read(SAID)[0] == "The strip: Poland (last known)"
    assert count(page, "#times path.f") == 0


def test_it_fits_a_telephone(browser: Pipe, maps: LiveServer) -> None:
    """Nothing stands out to the side."""
    page = open_map(browser, maps)
    page.resize(360, 800)

    assert page.read("document.documentElement.scrollWidth") == 360


def test_without_javascript_the_drawn_map_remains(maps: LiveServer) -> None:
    """What needs the script stays hidden, and the data of the slider is whole in the page."""
    page = maps.send("GET", "/map", headers={"Accept": "text/html"}).body.decode()
    told = re.search(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)

    assert '<section id="times" class="times" hidden' in page
    assert 'class="map"' in page
    assert told
    assert json.loads(told[1])["moments"][0]["day"] == "1920-10-09"
