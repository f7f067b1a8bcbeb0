"""The tasks of a historian, each done within two clicks from the first page or the search box.

The tasks are those that a review tried as a new user; a click is a real one, in a real browser.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

import pytest

from tests.browser.chromium import Page, Pipe, find_browser
from tests.live import LiveServer
from tests.skips import needs

pytestmark = [pytest.mark.slow, needs("browser", find_browser())]
MOST_CLICKS = 2
_MAIN = "document.querySelector('main').textContent.replace(/\\s+/g, ' ')"
_CLICK = "(() => {{ const found = document.querySelector({selector!r}); found.click(); }})()"
_HERE = "performance.timeOrigin"


@dataclass(frozen=True)
class Task:
    """What somebody wants to know.

    Attributes:
        asked: In words.
        search: What is typed into the search box; empty: the way begins on the first page.
        clicks: Selectors of the links that are clicked, one a page.
        sees: Words on the last page, in their order where they stand in one another's light.
        code: The language of the interface.
    """

    asked: str
    search: str
    clicks: tuple[str, ...]
    sees: tuple[str, ...]
    code: str = "en"


TASKS = (
    Task(
        "when the treaty of 1920 was signed, and how sure that is",
        "",
        ('#treaties ~ * a[href^="/doc/treaty/peace-1920"]', '.glance .odd[href*="signature"]'),
        ("12 July 1920", "preferred", "Our judgement"),
    ),
    Task(
        "who held Vilnius in October 1939",
        "October 1939",
        ('main a[href*="/as-of?date=1939-10"]',),
        ("In fact", "Vilnius", "Soviet Union", "In law", "Polish government-in-exile"),
    ),
    Task(
        "the bases of 1939 with troops, and where the sources disagree",
        "",
        (
            '#treaties ~ * a[href^="/doc/treaty/mutual-assistance-1939"]',
            'main a[href^="/doc/disagreement/garrison-figures"]',
        ),
        ("18,786", "18,500"),
    ),
    Task(
        "what the secret protocol says of Lithuania",
        "secret protocol",
        ('main a[href^="/doc/treaty/molotov-ribbentrop-secret-protocols-1939"]',),
        ("Amended by", "28 September 1939", "Lithuania"),
    ),
    Task(
        "a citation for the 20,000 troops",
        "20,000 troops",
        ('main a[href^="/doc/figure/mutual-assistance-1939-secret-supplement--ceiling"]',),
        ("20,000", "characters", "@misc{", "release"),
    ),
    Task(
        "everything that source 003 says",
        "",
        ('#ways ~ * a[href^="/doc/source/003"]', 'main a[href^="/doc/source/003/passages"]'),
        ("Passages in reading order",),
    ),
    Task(
        "kada pasirašyta 1920 m. sutartis ir kiek tai tikra",
        "",
        ('#treaties ~ * a[href^="/doc/treaty/peace-1920"]', '.glance .odd[href*="signature"]'),
        ("1920 m. liepos 12 d.", "pirminė"),
        "lt",
    ),
    Task(
        "kas valdė Vilnių 1939 m. spalį",
        "1939 m. spalio",
        ('main a[href*="/as-of?date=1939-10"]',),
        ("Iš tikrųjų", "Vilnius", "Sovietų Sąjunga", "Pagal teisę ir pagal ką"),
        "lt",
    ),
    Task(
        "ką slaptieji protokolai sako apie Lietuvą",
        "slaptasis protokolas",
        ('main a[href^="/doc/treaty/molotov-ribbentrop-secret-protocols-1939"]',),
        ("1939 m. rugsėjo 28 d.", "Lietuva"),
        "lt",
    ),
    Task(
        "kaip cituoti 20 000 karių",
        "20 000 karių",
        ('main a[href^="/doc/figure/mutual-assistance-1939-secret-supplement--ceiling"]',),
        ("20", "@misc{"),
        "lt",
    ),
)


def read_words(page: Page) -> str:
    """What stands on the page."""
    return str(page.read(_MAIN))


def click(page: Page, selector: str) -> None:
    """Click the first link that a selector finds, and wait for the page that it leads to."""
    before = page.read(_HERE)
    page.read(_CLICK.format(selector=selector))
    page.wait(f"{_HERE} !== {before} && document.readyState === 'complete'")


def open_start(page: Page, root: str, task: Task) -> None:
    """The first page, or what the search box finds."""
    way = (
        f"/search?q={quote(task.search)}&lang={task.code}" if task.search else f"/?lang={task.code}"
    )
    page.open(root + way)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: f"{task.code}: {task.asked}")
def test_a_task_takes_two_clicks(browser: Pipe, real_server: LiveServer, task: Task) -> None:
    """The answer stands on the last page, in the language that was chosen."""
    page = browser.open_page()
    open_start(page, real_server.url.removesuffix("/sparql"), task)
    for selector in task.clicks:
        click(page, selector)
    said = read_words(page)

    assert len(task.clicks) <= MOST_CLICKS
    assert page.read("document.documentElement.lang") == task.code
    for words in task.sees:
        assert words in said, words
    assert page.messages == []


def test_the_data_are_a_spreadsheet_in_two_clicks(browser: Pipe, real_server: LiveServer) -> None:
    """First page → the list of treaties → CSV, which opens in a spreadsheet as UTF-8."""
    page = browser.open_page()
    page.open(real_server.url.removesuffix("/sparql") + "/")
    click(page, 'nav a[href^="/kind/treaty"]')
    table = page.read(
        "fetch(document.querySelector('main a[href$=\".csv\"]').href)"
        ".then(answer => answer.arrayBuffer())"
        ".then(bytes => new TextDecoder('utf-8', {ignoreBOM: true}).decode(bytes))"
    )
    rows = page.read("document.querySelectorAll('main tbody tr').length")

    assert table.startswith("\ufeffName,address,Signed")
    assert table.count("\r\n") == rows + 1
