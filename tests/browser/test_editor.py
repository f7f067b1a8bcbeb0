"""The editor at `/sparql` in a real browser, against a real server on a real release."""

from __future__ import annotations

import contextlib
import json
import re
import time
from html import unescape
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from tests.browser.chromium import WAIT_S, BrowserError, Page, Pipe
from tests.browser.editing import (
    DONE,
    GET,
    NEEDED,
    READY,
    SET,
    TERMS,
    count,
    run,
    show,
)
from tests.live import LiveServer

pytestmark = NEEDED
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
GRAPH = "http://localhost:8000/graph/vocabulary"
NAMED = "http://localhost:8000/graph/statements"
DATASET = {"default-graph-uri": GRAPH, "named-graph-uri": NAMED, "timeout": "2"}
XSD_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"


def count_triples(server: LiveServer, parameters: dict[str, str]) -> str:
    """What the server answers to `COUNT` over a dataset."""
    return server.ask(COUNT, "text/csv", parameters).body.decode().split()[1]


def test_loads_from_this_server_only_and_without_complaint(page: Page, server: LiveServer) -> None:
    """No request to another host, nothing that the content policy had to stop."""
    run(page, "SELECT ?lat ?long { VALUES (?lat ?long) { (55.1 24.2) } }")
    show(page, "map")
    page.wait("!!document.querySelector('.leaf path.place')")

    assert page.messages == []
    assert {urlsplit(each).netloc for each in page.requests} == {f"127.0.0.1:{server.port}"}
    assert page.read(GET).startswith("SELECT")


def test_a_question_of_the_release_runs(page: Page, server: LiveServer) -> None:
    """Its title leads to the query with BASE in front, and to as many rows as the server says."""
    page.read("document.querySelector('.questions a').click()")
    text = page.wait(DONE)
    query = page.read(GET)
    sent = server.ask(query, "application/sparql-results+json")

    rows = int(sent.headers["pacta-rows"])
    assert "\nBASE <http://localhost:8000/>\n" in query
    assert rows > 0
    assert f"complete: {rows} row" in text
    assert "checked" in text
    assert count(page, ".rows tbody tr") == rows


def test_links_lead_to_this_server(page: Page) -> None:
    """Things, terms and concepts are linked by path; other addresses as they are."""
    run(
        page,
        "SELECT * { VALUES ?x { <http://localhost:8000/id/place/lakeside> "
        "<https://w3id.org/pacta/ns#Treaty> <https://w3id.org/pacta/vocab/rank/normal> "
        "<https://example.org/other> <urn:isbn:1> } }",
    )

    links = page.read(
        "Array.from(document.querySelectorAll('.rows td a'), a => a.getAttribute('href'))"
    )
    assert links == [
        "/id/place/lakeside",
        "/ns#Treaty",
        "/vocab/rank/normal",
        "https://example.org/other",
    ]


def test_a_mistake_is_named_and_marked(page: Page) -> None:
    """Line and column as the server says; the place is marked, and one button leads there."""
    text = run(page, "SELECT * {\n  ?a ?b ?c .\n} }")

    assert "line 3, column 3" in text
    assert count(page, ".bad-place") == 1
    assert count(page, "[role=alert]") == 1
    page.read("document.querySelector('#jump').click()")
    cursor = page.read(
        "(({line, ch}) => [line, ch])"
        "(document.querySelector('.CodeMirror').CodeMirror.getDoc().getCursor())"
    )
    assert cursor == [2, 2]
    run(page, "ASK {}")
    assert count(page, ".bad-place") == 0


def test_a_time_limit_is_named(page: Page) -> None:
    """What was met, how to stay below, and that nothing of an answer is shown."""
    page.read("document.querySelector('#timeout').value = '1'")
    text = run(page, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }")

    assert "time limit" in text
    assert "1 s was the time asked for, of at most 30 s: query_timeout_s" in text
    assert page.read("document.querySelector('.hint a').getAttribute('href')") == "/dumps/"
    assert "LIMIT" in text
    assert "No part of an answer is shown" in text
    assert count(page, ".rows") == 0


def test_a_running_query_can_be_stopped(page: Page) -> None:
    """The button that runs also stops; there is no answer then."""
    page.read(
        SET.format(text='"SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"')
    )
    page.read("document.querySelector('#run').click()")
    page.wait("document.querySelector('#run').innerText === 'Stop'")
    page.wait("document.querySelector('#told').innerText.includes('of at most 30 s')")
    page.read("document.querySelector('#run').click()")

    page.wait("document.querySelector('#run').innerText === 'Run'")
    assert "no answer" in page.read("document.querySelector('#told').innerText")


def test_a_shared_link_opens_filled(browser: Pipe, server: LiveServer, page: Page) -> None:
    """`#query=` fills the editor and runs nothing; `?query=` shows the answer too."""
    query = 'SELECT ?x { VALUES ?x { "ąčęė & 100 % + 1" } }'
    run(page, query)
    link = page.read("location.href")

    other = browser.open_page()
    other.open(link)
    other.wait(READY)
    assert other.read(GET) == query
    assert not [each for each in other.requests if "/sparql?" in each]

    third = browser.open_page()
    third.open(f"{server.url}?{urlencode({'query': query})}")
    third.wait(READY)
    assert "complete: 1 row" in third.wait(DONE)
    assert third.read(GET) == query


def test_a_named_dataset_stays_in_every_way(browser: Pipe, server: LiveServer, page: Page) -> None:
    """A link that names graphs and a time: seen, sent, downloaded, shared; dropped when asked."""
    inside, everything = count_triples(server, DATASET), count_triples(server, {})
    assert inside != everything

    page.open(f"{server.url}?{urlencode({'query': COUNT, **DATASET})}")
    page.wait(READY)
    page.wait("!!document.querySelector('.rows td')")
    assert page.read("document.querySelector('.rows td').innerText") == inside
    line = page.read("document.querySelector('#graphs').innerText")
    assert "Over these graphs only" in line
    assert f"{NAMED} (named, for GRAPH)" in line
    links = page.read("Array.from(document.querySelectorAll('.downloads a'), a => a.href)")
    assert [dict(parse_qsl(urlsplit(link).query)) for link in links] == [
        {"query": COUNT, **DATASET, "format": name} for name in ("csv", "tsv", "json", "xml")
    ]
    shared = page.read("location.href")
    assert dict(parse_qsl(urlsplit(shared).fragment)) == {"query": COUNT, **DATASET}

    other = browser.open_page()
    other.open(shared)
    other.wait(READY)
    assert other.read("document.querySelector('#timeout').value") == "2"
    assert run(other, COUNT).splitlines()[-1] == inside
    other.read("document.querySelectorAll('#graphs input').forEach(box => box.click())")
    assert run(other, COUNT).splitlines()[-1] == everything
    assert dict(parse_qsl(urlsplit(other.read("location.href")).fragment)) == {
        "query": COUNT,
        "timeout": "2",
    }


def test_an_address_that_changes_takes_its_dataset_along(page: Page, server: LiveServer) -> None:
    """The form is as the new address says, and no answer to the former one stays beside it."""
    run(page, COUNT)
    fields = urlencode({"query": COUNT, "default-graph-uri": GRAPH})
    page.read(f"location.hash = {json.dumps(fields)}")
    page.wait("!document.querySelector('#graphs').hidden")

    assert page.read("document.querySelector('#answer').innerText") == ""
    page.read("document.querySelector('#run').click()")
    assert str(page.wait(DONE)).splitlines()[-1] == count_triples(
        server, {"default-graph-uri": GRAPH}
    )
    page.read("document.querySelector('.questions a').click()")
    page.wait(DONE)
    assert page.read("document.querySelector('#graphs').hidden")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_keyboard_is_soon_in_the_editor(page: Page, width: int) -> None:
    """From the top of the page: the link that skips, and the editor is next."""
    page.resize(width, 844)
    page.read("document.activeElement.blur()")
    page.press("Tab", 9)
    assert page.read("document.activeElement.className") == "skip"
    page.press("Enter", 13, text="\r")
    page.wait("location.hash === '#main'")
    page.press("Tab", 9)

    assert page.read("document.activeElement.getAttribute('aria-label')") == "SPARQL query"


def test_the_first_query_is_no_mistake(page: Page) -> None:
    """The editor marks nothing in what it begins with."""
    assert page.read(GET).startswith("# The treaties")
    assert count(page, ".parseErrorIcon") == 0


def test_completion_knows_what_only_the_data_use(page: Page) -> None:
    """`rdfs:label` is declared by no vocabulary of ours; it is in the data."""
    page.read(SET.format(text=json.dumps("SELECT * {\n\n}")))
    page.read(
        "(editor => { editor.focus(); editor.getDoc().setCursor({line: 1, ch: 0}) })"
        "(document.querySelector('.CodeMirror').CodeMirror)"
    )
    page.type("?x rdfs:la")
    page.wait("document.querySelector('.CodeMirror-hint')?.innerText.includes('rdfs:label')")


def test_completion_knows_this_collection(page: Page) -> None:
    """A property by its first letters, with its prefix declared; a thing by its name."""
    page.read(SET.format(text=json.dumps("BASE <http://localhost:8000/>\nSELECT * {\n\n}")))
    page.read(
        "(editor => { editor.focus(); editor.getDoc().setCursor({line: 2, ch: 0}) })"
        "(document.querySelector('.CodeMirror').CodeMirror)"
    )
    page.type("?x pacta:signedO")
    page.wait("document.querySelector('.CodeMirror-hint')?.innerText.includes('pacta:signedOn')")
    page.press("Enter", 13)
    page.type(" <lakes")
    page.wait("document.querySelector('.CodeMirror-hint')?.innerText.includes('place')")
    page.press("Enter", 13)

    assert page.read(GET).split("\n") == [
        "BASE <http://localhost:8000/>",
        "PREFIX pacta: <https://w3id.org/pacta/ns#>",
        "SELECT * {",
        "?x pacta:signedOn <id/place/lakeside>",
        "}",
    ]


@pytest.mark.parametrize(
    ("module", "expression", "expected"),
    [
        (
            "terms",
            "m.readSpan({value: '1920', datatype: X + 'gYear'}).last - "
            "m.readSpan({value: '1920', datatype: X + 'gYear'}).first",
            366,
        ),
        ("terms", "m.readSpan({value: '1920-07-12', datatype: X + 'date'}).first", -18070),
        ("terms", "m.readSpan({value: '9999-12-31', datatype: X + 'date'}).first > 1e9", True),
        ("terms", "m.readSpan({value: '-0043-03-15', datatype: X + 'date'}).first", -735160),
        ("terms", "m.readSpan({value: '-9999-01-01', datatype: X + 'date'}).first < -1e9", True),
        ("terms", "m.readSpan({value: 'July', datatype: X + 'string'})", None),
        ("map", "m.readShape('POINT(25.2 54.6)')", {"type": "Point", "coordinates": [25.2, 54.6]}),
        (
            "map",
            "m.readShape('<http://www.opengis.net/def/crs/OGC/1.3/CRS84> "
            "POLYGON((1 2, 3 4, 5 6, 1 2))')",
            {"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [5, 6], [1, 2]]]},
        ),
        (
            "map",
            "m.readShape('MULTIPOINT((1 2),(3 -4.5))')",
            {"type": "MultiPoint", "coordinates": [[1, 2], [3, -4.5]]},
        ),
        ("map", "m.readShape('POINT(alert(1))')", None),
        (
            "answer",
            'm.readTriples(\'_:a <u:b> "x\\\\u0105\\\\"\\\\n"@lt .\').rows[0].object',
            {"type": "literal", "value": 'xą"\n', "xml:lang": "lt"},
        ),
        (
            "answer",
            "m.readTriples('<u:a> <u:b> <<( _:c <u:d> \"x )>>\"@ar--rtl )>> .').rows[0].object",
            {
                "type": "triple",
                "value": {
                    "subject": {"type": "bnode", "value": "c"},
                    "predicate": {"type": "uri", "value": "u:d"},
                    "object": {
                        "type": "literal",
                        "value": "x )>>",
                        "xml:lang": "ar",
                        "its:dir": "rtl",
                    },
                },
            },
        ),
        ("complete", "m.findPrologueEnd(['# a', 'BASE <x>', 'SELECT'])", 2),
        ("complete", "m.findPrologueEnd(['# a', 'SELECT'])", 1),
    ],
)
def test_the_modules_read_what_they_say(
    tab: Page, module: str, expression: str, expected: object
) -> None:
    """Dates, shapes, N-Triples and prologues, in the browser's own engine."""
    found = tab.read(
        "(async () => { const X = 'http://www.w3.org/2001/XMLSchema#';"
        f" const m = await import('/static/editor/{module}.js');"
        f" return JSON.stringify({expression}) }})()"
    )
    assert json.loads(found) == expected


def test_it_fits_a_telephone_and_names_its_parts(page: Page, server: LiveServer) -> None:
    """At 390 pixels nothing is wider than the window; every control has a name."""
    page.resize(390, 844)
    name = page.read("document.querySelector('.questions a').dataset.example")
    page.open(f"{server.url}?example={quote(name)}")
    page.wait(READY)
    page.read("document.querySelector('#run').click()")
    page.wait(DONE)

    assert page.read("document.documentElement.scrollWidth") <= 390
    nameless = page.read(
        "Array.from(document.querySelectorAll('main button, main input, main select, main textarea,"
        " main a')).filter(e => e.offsetParent && !(e.innerText || e.getAttribute('aria-label') ||"
        " e.labels?.length)).map(e => e.outerHTML)"
    )
    assert nameless == []
    focused = page.read(
        "(editor => { editor.focus(); return document.activeElement.getAttribute('aria-label') })"
        "(document.querySelector('.CodeMirror').CodeMirror)"
    )
    assert focused == "SPARQL query"
    page.press("Tab", 9)
    assert page.read("document.activeElement.id") == "run"


def test_without_javascript_the_form_answers(browser: Pipe, server: LiveServer) -> None:
    """The questions are links that fill the form, and the form shows all rows."""
    tab = browser.open_page()
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    listed = server.send("GET", "/sparql", headers={"Accept": "text/html"}).body.decode()
    link = re.search(r'href="(/sparql\?example=[^"]+)"', listed)
    assert link
    tab.call("Page.navigate", url=f"http://127.0.0.1:{server.port}{link[1]}")
    document = _wait_for(tab, 'aria-current="true"')
    assert "BASE &lt;http://localhost:8000/&gt;" in document
    assert 'class="CodeMirror' not in document

    _press_on(tab, "#run", "Enter")
    assert "all shown" in _wait_for(tab, "Answer:")


def test_without_javascript_a_named_dataset_stays(browser: Pipe, server: LiveServer) -> None:
    """Run again it is the same answer over the same graphs, until their ticks are taken away."""
    inside, everything = count_triples(server, DATASET), count_triples(server, {})
    tab = browser.open_page()
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.call("Page.navigate", url=f"{server.url}?{urlencode({'query': COUNT, **DATASET})}")
    for _ in range(2):
        document = _wait_for(tab, f'<td><span title="{XSD_INTEGER}">{inside}</span></td>')
        assert f"{GRAPH}</label>" in document
        assert f"{NAMED} (named, for GRAPH)</label>" in document
        tab.requests.clear()
        _press_on(tab, "#run", "Enter")
        sent = _wait_for_request(tab)
        assert sent == {"query": COUNT, **DATASET, "format": "html"}
    _wait_for(tab, "(named, for GRAPH)")
    for name in ("default-graph-uri", "named-graph-uri"):
        _press_on(tab, f"[name={name}]", " ")
    _press_on(tab, "#run", "Enter")

    document = _wait_for(tab, f">{everything}</span></td>")
    assert 'id="graphs" class="graphs" role="group" aria-labelledby="graphs-title" hidden' in (
        document
    )


def test_without_javascript_every_kind_of_term_is_told_apart(
    browser: Pipe, server: LiveServer
) -> None:
    """The same kinds as in the table that the editor draws, and every format in the list."""
    tab = browser.open_page()
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    tab.call("Page.navigate", url=f"{server.url}?{urlencode({'query': TERMS})}")
    document = _wait_for(tab, "all shown")

    cells = [
        unescape(re.sub(r"<[^>]*>", "", each)) for each in re.findall("<td>(.*?)</td>", document)
    ]
    assert cells[0].startswith("_:")
    assert cells[1:] == [
        "שלום he--rtl",
        "labas lt",
        "2 m length",
        "7",
        "<<( urn:a urn:b <<( urn:c urn:d e en )>> )>>",
    ]
    assert '<span lang="he" dir="rtl">' in document
    assert {"rdfxml", "trig", "nquads"} <= set(re.findall('<option value="(.*?)"', document))


def _press_on(tab: Page, selector: str, key: str) -> None:
    """Give an element the focus and press Enter or the space bar, without a script."""
    root = tab.call("DOM.getDocument")["root"]["nodeId"]
    node = tab.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
    tab.call("DOM.focus", nodeId=node)
    code, text = {"Enter": (13, "\r"), " ": (32, " ")}[key]
    tab.press(key, code, text=text)


def _wait_for_request(tab: Page) -> dict[str, str]:
    """The parameters of the next query that the tab sends."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        tab.call("DOM.getDocument")
        sent = [urlsplit(each).query for each in tab.requests if "/sparql?" in each]
        if sent:
            return dict(parse_qsl(sent[0]))
        time.sleep(0.05)
    raise AssertionError("the form was never sent")


def _wait_for(tab: Page, words: str) -> str:
    """The document's markup as soon as it is read to its footer and holds some words."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        with contextlib.suppress(BrowserError):  # the page may be between two documents
            root = tab.call("DOM.getDocument")["root"]["nodeId"]
            text = str(tab.call("DOM.getOuterHTML", nodeId=root)["outerHTML"])
            if words in text and "<footer" in text:
                return text
        time.sleep(0.05)
    raise AssertionError(f"the page never said {words!r}")


def test_the_editor_speaks_the_language_of_the_page(page: Page, server: LiveServer) -> None:
    """Buttons, tabs, counts and the title of an error are in Lithuanian where the page is."""
    page.open(f"{server.url}?lang=lt")
    page.wait(READY)
    run(page, "SELECT ?n { VALUES ?n { 1 2 } }")
    told = page.read("document.getElementById('complete').textContent")
    tab = page.read("document.getElementById('tab-table').textContent")
    run(page, "SELECT")
    problem = page.wait("document.getElementById('problem')?.textContent")

    assert page.read("document.getElementById('share').textContent") == "Kopijuoti nuorodą"
    assert (told, tab) == ("visas: 2 eilutės", "Lentelė")
    assert problem == "Užklausa neišanalizuojama"
