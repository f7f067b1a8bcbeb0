"""The reading walk in a real browser: front → search → place → day → treaty → statement → Turtle.

Screenshots of each step are kept where `PACTA_SCREENSHOTS` names a folder.
"""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path

import pytest

from tests.browser.chromium import Page, Pipe, find_browser
from tests.live import LiveServer
from tests.skips import needs

BROWSER = find_browser()
pytestmark = [
    pytest.mark.slow,
    needs("browser", BROWSER),
]
SHOTS = os.environ.get("PACTA_SCREENSHOTS", "")
FOLLOW = "document.querySelector({target!r}).getAttribute('href')"


def text(page: Page) -> str:
    """What a reader sees of the page, folded parts included."""
    return str(page.read("document.querySelector('main').textContent.replace(/\\s+/g, ' ')"))


def keep(page: Page, name: str, width: int) -> None:
    """Keep a picture of the page, and see that nothing is wider than the window."""
    # not `innerWidth`: a telephone's window grows with what does not fit in
    wide = page.read(
        "Array.from(document.querySelectorAll('body *'), e => [Math.round("
        f"e.getBoundingClientRect().right), e.outerHTML.slice(0, 90)]).filter(e => e[0] > {width})"
    )
    assert page.read("document.documentElement.scrollWidth") <= width, (name, wide[:9])
    if SHOTS:
        page.shoot(Path(SHOTS) / f"{name}.png", whole=True)


@pytest.mark.parametrize(
    ("code", "width", "script"),
    [("en", 360, True), ("en", 1440, False), ("lt", 360, False), ("lt", 1440, True)],
    ids=["en-360-script", "en-1440-plain", "lt-360-plain", "lt-1440-script"],
)
def test_the_reading_walk(
    browser: Pipe, real_server: LiveServer, code: str, width: int, *, script: bool
) -> None:
    """Each step is a link or a form of the page before; nothing needs a script.

    Every language meets every width, every width both ways, every language both ways.
    """
    root = real_server.url.removesuffix("/sparql")
    page = browser.open_page()
    page.resize(width, 900)
    page.call("Emulation.setScriptExecutionDisabled", value=not script)
    name = f"{code}-{width}-{'script' if script else 'plain'}"

    def follow(target: str) -> None:
        page.open(root + page.read(FOLLOW.format(target=target)))

    page.open(f"{root}/?lang={code}")
    assert page.read("document.documentElement.lang") == code
    keep(page, f"front-{name}", width)
    for query in ("Wilno", "Vilnuis", "Вильна"):
        page.open(f"{root}/search?q={query}&lang={code}")
        assert page.read("!!document.querySelector('a[href^=\"/doc/place/vilnius\"]')"), query
    keep(page, f"search-{name}", width)
    follow('.hits a[href^="/doc/place/vilnius"]')
    assert "Vilnius" in text(page)
    assert page.read("document.querySelectorAll('.bands svg.s').length") > 3
    keep(page, f"place-{name}", width)
    page.open(f"{root}/as-of?date=1939-10&place=place/vilnius&lang={code}")
    day = text(page)
    union, exile = ("Soviet Union", "in-exile") if code == "en" else ("Sovietų Sąjunga", "tremtyje")
    assert union in day
    assert exile in day
    assert ("no end stated" if code == "en" else "pabaiga nenurodyta") in day
    keep(page, f"day-{name}", width)
    follow('main a[href^="/doc/treaty/mutual-assistance-1939?"]')
    keep(page, f"treaty-{name}", width)
    follow('a[href^="/doc/disagreement/garrison-figures"]')
    assert "18" in text(page)
    keep(page, f"disagreement-{name}", width)
    page.open(f"{root}/doc/statement/peace-1920--signed-july?lang={code}")
    assert "@misc{" in text(page)
    keep(page, f"statement-{name}", width)
    follow('a[href^="/doc/evidence/"]')
    keep(page, f"evidence-{name}", width)
    assert page.read("!!document.querySelector('a[href$=\".ttl\"]')")
    assert not [each for each in page.requests if not each.startswith((root, "data:", "about:"))]
    assert page.messages == []


def test_suggestions_come_as_one_types(browser: Pipe, real_server: LiveServer) -> None:
    """A mistyped name is suggested; the keyboard alone leads there."""
    page = browser.open_page()
    page.open(real_server.url.removesuffix("/sparql") + "/")
    page.read("document.querySelector('.big-search input[name=q]').focus()")
    page.type("Vilnuis")
    page.wait("!!document.querySelector('.big-search [data-words=Vilnuis] li')")
    page.press("ArrowDown", 40)
    page.press("Enter", 13)
    page.wait("location.pathname === '/doc/place/vilnius'")


def test_a_treaty_is_printed_on_six_pages(browser: Pipe, real_server: LiveServer) -> None:
    """The page with most on it as PDF, with its notes and its citation."""
    page = browser.open_page()
    page.open(real_server.url.removesuffix("/sparql") + "/doc/treaty/mutual-assistance-1939")
    assert page.read("document.querySelectorAll('.notes > li').length") > 20
    answer = page.call("Page.printToPDF", preferCSSPageSize=True)
    printed = base64.b64decode(answer["data"])
    count = max(int(n) for n in re.findall(rb"/Count (\d+)", printed))
    assert count <= 6
