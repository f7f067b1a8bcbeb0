"""The editor at `/sparql` in a real browser, against a real server on a real release."""

from __future__ import annotations

import contextlib
import json
import re
import time
from collections.abc import Iterator
from html import unescape
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from browser import BrowserError, Page, Pipe, find_browser, start_browser
from live import LiveServer, start_server
from tinybuild import build_tiny

from server.routes.editor import find_libraries

BROWSER = find_browser()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine"),
    pytest.mark.skipif(
        not find_libraries(), reason="the browser libraries are absent: make frontend"
    ),
]
READY = "!!document.querySelector('.live .CodeMirror')"
SET = "document.querySelector('.CodeMirror').CodeMirror.setValue({text})"
GET = "document.querySelector('.CodeMirror').CodeMirror.getValue()"
DONE = "!document.querySelector('#ask[aria-busy]') && document.querySelector('#answer').innerText"
CTRL = 2
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
GRAPH = "http://localhost:8000/graph/vocabulary"
NAMED = "http://localhost:8000/graph/statements"
DATASET = {"default-graph-uri": GRAPH, "named-graph-uri": NAMED, "timeout": "2"}
XSD_INTEGER = "http://www.w3.org/2001/XMLSchema#integer"
TERMS = """SELECT ?blank ?turned ?said ?typed ?number ?triple {
BIND(BNODE() AS ?blank) BIND("שלום"@he--rtl AS ?turned) BIND("labas"@lt AS ?said)
BIND("2 m"^^<urn:types#length> AS ?typed) BIND(7 AS ?number)
BIND(<<( <urn:a> <urn:b> <<( <urn:c> <urn:d> "e"@en )>> )>> AS ?triple) }"""


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    """`pacta serve` on the tiny release."""
    _, release = build_tiny()
    with start_server("--release", str(release.path)) as running:
        yield running


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipe]:
    """One browser for all tests; each has a tab and a context of its own."""
    with start_browser(BROWSER or "", tmp_path_factory.mktemp("profile")) as running:
        yield running


@pytest.fixture
def page(browser: Pipe, server: LiveServer) -> Page:
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


def count_triples(server: LiveServer, parameters: dict[str, str]) -> str:
    """What the server answers to `COUNT` over a dataset."""
    return server.ask(COUNT, "text/csv", parameters).body.decode().split()[1]


def show(page: Page, view: str) -> None:
    """Choose a view of the answer."""
    page.wait(f"!!document.querySelector('#tab-{view}')")
    page.read(f"document.querySelector('#tab-{view}').click()")


def count(page: Page, selector: str) -> int:
    """How many elements there are."""
    return int(page.read(f"document.querySelectorAll({json.dumps(selector)}).length"))


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
    assert "1 s was the time asked for; the limit query_timeout_s is 30 s" in text
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


def test_every_kind_of_term_is_told_apart(page: Page) -> None:
    """Blank nodes, base directions, datatypes and triple terms, in rows and in a graph."""
    run(page, TERMS)
    shown = page.read("Array.from(document.querySelectorAll('.rows td'), cell => cell.innerText)")

    assert shown[0].startswith("_:")
    assert [" ".join(text.split()) for text in shown[1:]] == [
        "שלום he--rtl",
        "labas lt",
        "2 m urn:types#length",
        "7",
        "<<( urn:a urn:b <<( urn:c urn:d e en )>> )>>",
    ]
    assert page.read("document.querySelector('.rows [lang=he]').dir") == "rtl"
    run(
        page, "CONSTRUCT { <urn:a> <urn:b> ?t } { BIND(<<( <urn:c> <urn:d> 'e'@ar--rtl )>> AS ?t) }"
    )
    assert page.read("document.querySelector('.rows td:last-child').innerText") == (
        "<<( urn:c urn:d e ar--rtl )>>"
    )


def test_a_base_direction_is_no_mistake(page: Page) -> None:
    """YASQE's grammar is of SPARQL 1.1; what else it does not know stays marked."""
    for text, marked in (('"x"@ar--rtl', 0), ('"x"@ar-EG--ltr', 0), ('"x"@ar--no', 1)):
        page.read(SET.format(text=json.dumps(f"SELECT * {{ BIND({text} AS ?x) }}")))
        assert count(page, ".parseErrorIcon") == marked


def test_no_label_of_the_map_is_cut_on_a_telephone(page: Page) -> None:
    """The last place is far to the right, and its name is long."""
    page.resize(390, 844)
    run(
        page,
        "SELECT * { VALUES (?name ?lat ?long) { ('Prienai'@en 54.6 23.9) "
        "('A place with a name that is long'@en 54.7 25.4) } }",
    )
    show(page, "map")
    page.wait("document.querySelectorAll('.leaflet-tooltip.named').length === 2")

    cut = page.read(
        "(box => Array.from(document.querySelectorAll('.leaflet-tooltip.named'), label =>"
        " label.getBoundingClientRect()).filter(at => at.right > box.right || at.left < box.left)"
        ".length)(document.querySelector('.leaf').getBoundingClientRect())"
    )
    assert cut == 0


def test_every_row_can_be_reached(page: Page) -> None:
    """A long table comes in pages that say so; a filter and an order count the same rows."""
    values = " ".join(str(number) for number in range(250))
    text = run(page, f"SELECT ?n {{ VALUES ?n {{ {values} }} }}")

    assert "complete: 250 rows" in text
    assert "1–100 of 250" in text
    page.read("document.querySelectorAll('.sorter')[0].click()")
    page.read("document.querySelectorAll('.sorter')[0].click()")
    assert page.read("document.querySelector('.rows td').innerText") == "249"
    page.read("Array.from(document.querySelectorAll('.pager button')).at(-1).click()")
    assert count(page, ".rows tbody tr") == 250


def test_terms_stay_as_they_are(page: Page) -> None:
    """Braces, quotes, tags and line ends of a literal are shown, not read."""
    nasty = '{{x}} <b>bold</b> & "quoted" \\\\ ü'
    run(page, "SELECT ?s ?u { VALUES (?s ?u) { ('''" + nasty + "'''@lt UNDEF) } }")
    assert page.read("document.querySelector('.rows td [lang=lt]').textContent") == (
        nasty.replace("\\\\", "\\")
    )
    assert count(page, ".rows td b") == 0

    run(page, "CONSTRUCT { <urn:a> <urn:b> ?s } { VALUES ?s { '''" + nasty + "\nline''' } }")
    assert page.read("document.querySelectorAll('.rows td')[2].textContent") == (
        nasty.replace("\\\\", "\\") + "\nline"
    )


def test_yes_and_no_and_nothing(page: Page) -> None:
    """ASK, an empty answer, and a graph are told apart."""
    assert "Yes" in run(page, "ASK {}")
    assert "No row matches" in run(page, "SELECT * { <urn:none> ?p ?o }")
    assert "complete: 1 statement" in run(page, "CONSTRUCT { <urn:a> <urn:b> 1 } {}")


def test_an_altered_answer_is_not_shown(page: Page) -> None:
    """A body that is not what its digest says is refused whole."""
    page.read(
        "(() => { const real = fetch; globalThis.fetch = async (...all) => {"
        " const found = await real(...all);"
        " const text = (await found.text()).replace('24', '25');"
        " return new Response(text, { status: found.status, headers: found.headers }); } })()"
    )
    text = run(page, "SELECT ?n { VALUES ?n { 24 } }")

    assert "not what the server sent" in text
    assert "24" not in text
    assert count(page, ".rows") == 0


def test_views_account_for_every_row(page: Page) -> None:
    """What a map, a timeline or a chart leaves out is counted beside it."""
    run(
        page,
        "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT * { VALUES (?name ?lat ?long "
        '?earliest ?latest ?n) { ("A"@en 55.1 24.2 "1920-07-12"^^xsd:date "1920-10"^^xsd:gYearMonth'
        ' 3) ("B"@en 54.6 25.2 "1939"^^xsd:gYear "9999-12-31"^^xsd:date -1) ("C"@en UNDEF UNDEF '
        "UNDEF UNDEF UNDEF) } }",
    )
    show(page, "map")
    page.wait("document.querySelectorAll('.leaf path.place').length === 2")
    assert "1 row is not drawn" in page.read("document.querySelector('#view').innerText")
    assert "present-day borders" in page.read("document.querySelector('.leaf').innerText")
    show(page, "timeline")
    page.wait("document.querySelectorAll('.timeline rect.span').length === 2")
    assert "1 row is not drawn" in page.read("document.querySelector('#view').innerText")
    show(page, "chart")
    assert count(page, ".bars tbody tr") == 2
    assert "1 row is not drawn" in page.read("document.querySelector('#view').innerText")
    show(page, "raw")
    assert '"vars"' in page.read("document.querySelector('.raw').innerText")
    assert page.messages == []


def test_names_tell_rows_apart(page: Page) -> None:
    """Text that all rows share is no name; what repeats is joined by the things of the row."""
    run(
        page,
        "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> BASE <http://localhost:8000/> SELECT * {"
        " VALUES (?holder ?mode ?through ?first ?last ?n ?shared) {"
        ' (<id/party/a> "de-facto" UNDEF "1920"^^xsd:gYear "1921"^^xsd:gYear 1 "same")'
        ' (<id/party/a> "de-jure" <id/party/b> "1920"^^xsd:gYear "1922"^^xsd:gYear 2 "same")'
        ' (<id/party/b> "de-jure" <id/party/c> "1930"^^xsd:gYear "1931"^^xsd:gYear 3 "same") } }',
    )
    expected = ["party/a · de-facto", "party/a · de-jure", "party/b · de-jure"]

    show(page, "chart")
    assert expected == page.read(
        "Array.from(document.querySelectorAll('.bars tbody th'), name => name.innerText)"
    )
    assert page.read("document.querySelector('.bars tbody a').getAttribute('href')") == (
        "/id/party/a"
    )
    show(page, "timeline")
    page.wait("document.querySelectorAll('.timeline rect.span').length === 3")
    assert expected == page.read(
        "Array.from(document.querySelectorAll('.timeline g > text'), name => name.textContent)"
    )


def test_one_name_is_enough_where_it_tells_all(page: Page) -> None:
    """A name in a language comes alone; places are told apart, not the rows of one place."""
    run(
        page,
        "SELECT * { VALUES (?name ?what ?lat ?long ?n) { ('A'@en <urn:1> 55.1 24.2 1)"
        " ('A'@en <urn:2> 55.1 24.2 2) ('B'@en <urn:1> 54.1 24.9 3) } }",
    )
    show(page, "map")
    page.wait("document.querySelectorAll('.leaflet-tooltip.named').length === 2")
    assert page.read(
        "Array.from(document.querySelectorAll('.leaflet-tooltip.named'), name => name.innerText)"
    ) == ["A and 1 more", "B"]
    assert page.read(
        "Array.from(document.querySelectorAll('.many li'), name => name.textContent)"
    ) == ["A · urn:1", "A · urn:2", "B · urn:1"]
    run(page, "SELECT * { VALUES (?name ?what ?n) { ('A'@en <urn:1> 1) ('B'@en <urn:2> 2) } }")
    show(page, "chart")
    assert page.read(
        "Array.from(document.querySelectorAll('.bars tbody th'), name => name.innerText)"
    ) == ["A", "B"]


def test_a_download_is_stored_as_the_server_sent_it(page: Page, server: LiveServer) -> None:
    """The file that the browser gets is the answer in that format, under a name of that kind."""
    query = "SELECT ?n { VALUES ?n { 7 } }"
    page.read(
        "(() => { globalThis.files = []; const real = URL.createObjectURL;"
        " URL.createObjectURL = (file) => (files.push(file), real.call(URL, file)); })()"
    )
    run(page, query)
    page.read("document.querySelector('.downloads a').click()")
    page.wait("files.length === 1")

    assert page.read("files[0].text()") == server.ask(query, "text/csv").body.decode()
    assert count(page, ".problem") == 0


@pytest.mark.parametrize("padding", [0, 60_000], ids=["by address", "in a body"])
def test_a_download_that_fails_says_why(page: Page, padding: int) -> None:
    """RDF/XML has no name for some properties: the server's words, and the answer stays."""
    run(page, f"CONSTRUCT {{ <http://a/b> <http://a/1> 3 }} {{}} # {'x' * padding}")
    page.read("document.querySelector('.downloads > :nth-last-child(2)').click()")
    told = page.wait("document.querySelector('.problem')?.innerText")

    assert "The query parses, and cannot be evaluated here" in told
    assert "RDF/XML has no name" in told
    assert count(page, ".rows tbody tr") == 1
    page.read("document.querySelector('.downloads > :nth-child(2)').click()")
    page.wait("!document.querySelector('.problem')")


def test_a_server_that_is_away_is_named(page: Page) -> None:
    """No answer at all, for the query and for a download; the query stays in the address."""
    run(page, "ASK {}")
    page.call(
        "Network.emulateNetworkConditions",
        offline=True,
        latency=0,
        downloadThroughput=-1,
        uploadThroughput=-1,
    )
    page.read("document.querySelector('.downloads a').click()")
    told = page.wait("document.querySelector('.problem')?.innerText")
    assert "The server cannot be reached" in told
    assert "No file was stored" in told

    told = run(page, "ASK { ?kept ?in ?address }")
    assert "The server cannot be reached" in told
    assert "kept in the address of this page" in told
    assert "%3Fkept" in page.read("location.hash")


def test_a_body_that_breaks_off_is_no_answer(page: Page) -> None:
    """What began to come and did not end is told from a server that is away."""
    page.read(
        "globalThis.fetch = async () => new Response(new ReadableStream({ start(control) {"
        " control.error(new TypeError('network error')) } }), { status: 200, headers: {"
        " 'Content-Type': 'application/sparql-results+json' } })"
    )

    assert "No whole answer arrived" in run(page, "ASK {}")


def test_counts_and_sizes_are_written_alike(page: Page) -> None:
    """Thousands are grouped, and a small answer is measured in kB."""
    values = " ".join(str(number) for number in range(1250))
    text = run(page, f"SELECT ?n {{ VALUES ?n {{ {values} }} }}")

    assert "complete: 1,250 rows" in text
    assert "1–100 of 1,250" in text
    assert re.search(r" · \d+ kB", text)


def test_a_long_text_gets_room_on_a_telephone(page: Page) -> None:
    """A column of sentences is wider than one of words, so that rows stay low."""
    page.resize(390, 844)
    run(page, f"SELECT ?word ?said {{ VALUES (?word ?said) {{ ('yes' '{'of words ' * 30}') }} }}")
    wide = page.read("Array.from(document.querySelectorAll('.rows td'), cell => cell.offsetWidth)")

    assert wide[0] < 120
    assert 300 < wide[1] < 390
    assert page.read("document.documentElement.scrollWidth") <= 390


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
    page: Page, module: str, expression: str, expected: object
) -> None:
    """Dates, shapes, N-Triples and prologues, in the browser's own engine."""
    found = page.read(
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
    for _ in range(200):
        tab.call("DOM.getDocument")
        sent = [urlsplit(each).query for each in tab.requests if "/sparql?" in each]
        if sent:
            return dict(parse_qsl(sent[0]))
        time.sleep(0.05)
    raise AssertionError("the form was never sent")


def _wait_for(tab: Page, words: str) -> str:
    """The document's markup as soon as it holds some words."""
    for _ in range(200):
        with contextlib.suppress(BrowserError):  # the page may be between two documents
            root = tab.call("DOM.getDocument")["root"]["nodeId"]
            text = str(tab.call("DOM.getOuterHTML", nodeId=root)["outerHTML"])
            if words in text:
                return text
        time.sleep(0.05)
    raise AssertionError(f"the page never said {words!r}")
