"""Every kind of page: axe-core finds nothing serious, it validates, and it is not too long.

axe-core and html-validate come from npm for these tests alone; without npm they are skipped.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser.chromium import Pipe, find_browser
from tests.live import LiveServer
from tests.npm import find_npm, install_packages, node_environment
from tests.sample import ALL, sample
from tests.skips import needs

BROWSER = find_browser()
pytestmark = [
    pytest.mark.slow,
    needs("browser", BROWSER),
]
TREATY = "/doc/treaty/mutual-assistance-1939"
PAGES = (
    *("/", "/about", "/conflicts", "/timeline", "/map", "/as-of?date=1939-10-01", "/as-of"),
    *("/kind/treaty", "/search?q=Wilno", "/search?q=20,000%20troops", TREATY, f"{TREATY}/talk"),
    *("/doc/territory/vilnius-region-1920", "/doc/place/vilnius", "/doc/place/vilnius/holders"),
    *("/doc/party/lithuania", "/doc/person/stalin", "/doc/base/alytus-base", "/doc/source/003"),
    *("/doc/statement/peace-1920--signed-july", "/doc/disagreement/number-of-bases"),
    *("/doc/event/moscow-talks-1939", "/doc/evidence/003-654-688", "/doc/body/red-army"),
    *("/doc/place/nowhere", "/errors/", "/limits", "/report", "/dumps/", "/vocab/rank"),
    *("/vocab/rank/preferred", "/shapes", "/ns"),
)
"""One page of each kind."""
LONGEST = (
    *(
        "/doc/treaty/peace-1920",
        "/doc/place/vilnius/holders",
        "/doc/event/moscow-talks-1939-round-1",
    ),
    *("/doc/party/soviet-union", "/doc/source/001", "/doc/source/004", "/doc/source/003/passages"),
    *("/as-of?date=1920", "/as-of?date=1939", "/kind/event", "/kind/figure", "/search?q=treaty"),
    *("/doc/party/lithuania/life", "/doc/party/lithuania/roles", "/vocab"),
)
"""Further pages of these kinds, which have more on them than others."""
AXE_PAGES = 12
"""Pages that a run shows to axe, which takes seconds for one; every page is read and measured."""
SCREENS = 8
"""The screens of a page at most, on a desk and on a telephone."""
AXE = (
    "axe.run(document, {resultTypes: ['violations']}).then(found => JSON.stringify("
    "found.violations.filter(each => ['serious', 'critical'].includes(each.impact)).map(each =>"
    " [each.id, each.nodes.length, each.nodes[0].html.slice(0, 160)])))"
)
RULES = {
    "extends": ["html-validate:standard"],
    "rules": {"no-redundant-role": "off", "no-implicit-button-type": "off"},
}
"""The rules of the standard itself; the two others are matters of style."""


@pytest.fixture
def root(real_server: LiveServer) -> str:
    """The address of `pacta serve` on the real release."""
    return real_server.url.removesuffix("/sparql")


def divide(pages: Sequence[str]) -> tuple[list[str], list[str]]:
    """Pages for each of two schemes, widths or languages: each page for one of them, or both."""
    first = sample(pages, len(pages) // 2)
    return first, [path for path in pages if ALL or path not in first]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Pipe, root: str, scheme: str) -> None:
    """Contrast, names, roles, order, in both colour schemes."""
    source = (install_packages("axe-core@4.10.3") / "axe-core" / "axe.min.js").read_text()
    page = browser.open_page()
    feature = {"name": "prefers-color-scheme", "value": scheme}
    page.call("Emulation.setEmulatedMedia", features=[feature])
    found = {}
    light, dark = divide(sample(PAGES, AXE_PAGES))
    for path in light if scheme == "light" else dark:
        page.open(root + path)
        page.call("Runtime.evaluate", expression=source)
        if faults := json.loads(page.read(AXE)):
            found[path] = faults

    assert found == {}


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (360, 800)])
def test_no_page_is_too_long(browser: Pipe, root: str, width: int, height: int) -> None:
    """Before anything is unfolded."""
    page = browser.open_page()
    page.resize(width, height)
    long = {}
    wide, narrow = divide(PAGES + LONGEST)
    for path in wide if width > height else narrow:
        page.open(root + path)
        screens = page.read("document.documentElement.scrollHeight") / height
        if screens > SCREENS:
            long[path] = round(screens, 1)

    assert long == {}


def test_every_page_validates(root: str, tmp_path: Path) -> None:
    """Each kind of page, in English and Lithuanian, by the rules of the HTML standard."""
    modules = install_packages("html-validate@9.7.1")
    (tmp_path / ".htmlvalidate.json").write_text(json.dumps({"root": True, **RULES}))
    for code, pages in zip(("en", "lt"), divide(PAGES), strict=True):
        for path in pages:
            fields = {"Accept": "text/html", "Accept-Language": code}
            body = read_page(root + path, fields)
            (tmp_path / f"{PAGES.index(path):02}-{code}.html").write_bytes(body)
    done = subprocess.run(
        [str(find_npm()[0] / "node"), str(modules / "html-validate" / "bin" / "html-validate.mjs"),
         "--formatter", "text", "*.html"],
        cwd=tmp_path, env=node_environment(), capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[:4000] + done.stderr[:1000]


def read_page(address: str, fields: dict[str, str]) -> bytes:
    """The body of a page, of an error too."""
    parts = urlsplit(address)
    connection = HTTPConnection(parts.netloc, timeout=60)
    connection.request("GET", address.partition(parts.netloc)[2], headers=fields)
    body = connection.getresponse().read()
    connection.close()
    return body
