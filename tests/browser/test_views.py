"""What the editor makes of an answer: terms, tables, drawings, downloads, in a real browser."""

from __future__ import annotations

import json
import re

import pytest

from tests.browser.chromium import Page
from tests.browser.editing import (
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


def test_bounds_of_a_date_are_one_bar(page: Page) -> None:
    """`?notBefore` and `?notAfter` are the two ends of one bar, not two dates."""
    run(
        page,
        "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> SELECT * { VALUES (?what ?notBefore"
        ' ?notAfter) { ("A"@en "1939-10-03"^^xsd:date "1939-10-07"^^xsd:date) } }',
    )
    show(page, "timeline")
    page.wait("document.querySelectorAll('.timeline rect.span').length === 1")

    assert count(page, ".timeline .mark") == 0


def test_things_have_their_names(page: Page) -> None:
    """A table says what a thing is called; its address stays in the link."""
    run(
        page,
        "PREFIX pacta: <https://w3id.org/pacta/ns#> PREFIX rdfs: "
        "<http://www.w3.org/2000/01/rdf-schema#> SELECT ?thing (STR(?name) AS ?called) {"
        ' ?thing a pacta:Treaty ; rdfs:label ?name . FILTER( LANG(?name) = "en" )'
        " } ORDER BY ?thing LIMIT 1",
    )
    cells = page.read("Array.from(document.querySelectorAll('.rows td'), cell => cell.innerText)")

    assert cells[0] == cells[1]
    assert "/id/treaty/" in page.read("document.querySelector('.rows td a').href")


def test_queries_that_were_run_are_kept_in_the_browser(page: Page) -> None:
    """The newest first, also after the page was opened anew; until they are forgotten."""
    texts = "Array.from(document.querySelectorAll('#earlier li'), each => each.innerText)"
    for number in (1, 2, 1):
        run(page, f"SELECT ({number} AS ?n) {{}}")
    page.call("Page.reload")
    page.wait(READY)
    page.read("document.querySelector('#earlier').open = true")

    assert page.read(texts) == ["SELECT (1 AS ?n) {}", "SELECT (2 AS ?n) {}"]
    page.read("document.querySelector('#earlier li:last-child button').click()")
    assert page.read(GET) == "SELECT (2 AS ?n) {}"
    page.read("document.querySelector('#forget').click()")
    assert page.read("document.querySelector('#earlier').hidden")
