"""What the SPARQL editor knows of a release, and the page where there is no editor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from loader.rdf.prefixes import PREFIXES
from server.app import create_app
from server.pages.editor import (
    list_prefixes,
    list_words,
    read_example,
    write_start,
)
from server.rdf.model import (
    LABEL,
    OA,
    OWL,
    PACTA,
    PREF_LABEL,
    SKOS,
    TYPE,
    VOCAB,
    VOID,
    Iri,
    Literal,
    Quad,
)
from server.release.current import ReleaseHolder
from server.routes import editor
from server.routes.sparql import PageFacts, render_page
from server.settings import Settings
from server.syntax.inspection import inspect_query
from tests.server_release import BASE, make_release, write_files
from tests.skips import needs

QUESTION = """\
# title: Who signed?
# title@lt: Kas pasirašė?
# question: Who signed the treaty,
#   and for whom?
# question@lt: Kas pasirašė sutartį ir kieno vardu?
# facts: F001-001
# note: Names as printed.
# note@lt: Vardai, kaip išspausdinta.

SELECT * { <id/treaty/peace-1920> ?p ?o }
"""
FACTS = PageFacts("", None, None, None, -1, 0, (), {"query_timeout_s": 30.0})


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application over the small release with one question."""
    out = tmp_path_factory.mktemp("out")
    make_release(
        out,
        write_files() | {"queries/who.rq": QUESTION.encode(), "queries/who.tsv": b"?p\t?o\n"},
        base=BASE,
        line="2026.11",
        issued="2026-11-22",
        title={"en": "A test collection"},
        languages=("en", "lt"),
    )
    holder = ReleaseHolder(out)
    holder.open()
    return create_app(Settings(), holder)


def render_at(app: Flask, address: str) -> str:
    """The page as a request for an address gets it."""
    with app.test_request_context(address):
        app.preprocess_request()
        return render_page(FACTS)


def test_a_question_tells_what_it_asks_and_stands_on_its_own() -> None:
    """The header becomes comments, what is for tests is left out, and BASE is in front."""
    example = read_example("who", QUESTION, "https://example.org/pacta/")

    assert (example.name, example.title) == ("who", "Who signed?")
    assert example.question == "Who signed the treaty, and for whom?"
    assert example.text == (
        "# Who signed?\n"
        "# Who signed the treaty, and for whom?\n"
        "# Names as printed.\n"
        "BASE <https://example.org/pacta/>\n"
        "SELECT * { <id/treaty/peace-1920> ?p ?o }\n"
    )


def test_a_question_is_told_in_the_language_of_the_page() -> None:
    """Title, question and note in that language; without it all stay as they are."""
    example = read_example("who", QUESTION, BASE, "lt")

    assert example.title == "Kas pasirašė?"
    assert example.question == "Kas pasirašė sutartį ir kieno vardu?"
    assert example.text.startswith(
        "# Kas pasirašė?\n# Kas pasirašė sutartį ir kieno vardu?\n"
        "# Vardai, kaip išspausdinta.\nBASE <"
    )
    assert read_example("who", QUESTION, BASE, "pl") == read_example("who", QUESTION, BASE)


@given(st.text(max_size=60))
def test_a_question_without_a_header_keeps_its_words(text: str) -> None:
    """Whatever stands in the file, no word of the query is lost."""
    example = read_example("any", "ASK {}\n" + text, BASE)

    assert example.title == "any"
    assert example.text.split() == ["BASE", f"<{BASE}>", "ASK", "{}", *text.split()]


def test_every_question_of_the_collection_can_be_asked_as_shown(root: Path) -> None:
    """The text in the editor is a query that the endpoint lets through, with a title."""
    files = sorted((root / "queries").glob("*.rq"))
    examples = [read_example(path.stem, path.read_text(encoding="utf-8"), BASE) for path in files]

    assert examples
    for example in examples:
        assert example.title != example.name
        assert inspect_query(example.text, Settings()).form in ("SELECT", "ASK")
    assert inspect_query(write_start(BASE), Settings()).form == "SELECT"


def test_prefixes_and_words_come_from_the_vocabulary() -> None:
    """A prefix for each list; classes, properties and concepts that can be written with one."""
    scheme = Iri(VOCAB + "status-mode")
    concept = Iri(VOCAB + "status-mode/de-facto")
    english = Literal("de facto", "en", "")
    quads = [
        Quad(scheme, Iri(TYPE), Iri(SKOS + "ConceptScheme")),
        Quad(concept, Iri(TYPE), Iri(SKOS + "Concept")),
        Quad(concept, Iri(PREF_LABEL), english),
        Quad(concept, Iri(PREF_LABEL), Literal("faktiškai", "lt", "")),
        Quad(Iri(PACTA + "Treaty"), Iri(TYPE), Iri(OWL + "Class")),
        Quad(Iri(PACTA + "Treaty"), Iri(LABEL), Literal("treaty", "en", "")),
        Quad(Iri(PACTA + "signedOn"), Iri(TYPE), Iri(OWL + "DatatypeProperty")),
        Quad(Iri("https://example.org/strange"), Iri(TYPE), Iri(OWL + "Class")),
    ]
    prefixes = list_prefixes(quads)

    assert prefixes == {**PREFIXES} | {"status-mode": VOCAB + "status-mode/"}
    words = [
        word
        for word in list_words(quads, prefixes)
        if word["name"].startswith(("pacta:", "status-mode:"))
    ]
    assert [(word["name"], word["role"], word["label"]) for word in words] == [
        ("pacta:signedOn", "property", ""),
        ("pacta:Treaty", "class", "treaty"),
        ("status-mode:de-facto", "concept", "de facto"),
    ]
    names = {word["name"]: word["label"] for word in list_words(quads, prefixes, ("pl", "lt"))}
    assert ("faktiškai", "treaty") == (names["status-mode:de-facto"], names["pacta:Treaty"])


def test_words_in_use_are_offered_though_nothing_declares_them() -> None:
    """Predicates and classes of the quads, and what VoID counts; what is declared stays."""
    part = Iri(BASE + "dataset/1#part")
    quads = [
        Quad(Iri(PACTA + "Treaty"), Iri(TYPE), Iri(OWL + "Class")),
        Quad(Iri(PACTA + "Treaty"), Iri(LABEL), Literal("treaty", "en", "")),
        Quad(part, Iri(VOID + "property"), Iri(SKOS + "notation")),
        Quad(part, Iri(VOID + "property"), Iri("https://example.org/strange")),
        Quad(part, Iri(VOID + "class"), Iri(PACTA + "Treaty")),
        Quad(part, Iri(VOID + "class"), Iri(OA + "Annotation")),
    ]

    assert [(word["name"], word["role"]) for word in list_words(quads, PREFIXES)] == [
        ("oa:Annotation", "class"),
        ("owl:Class", "class"),
        ("pacta:Treaty", "class"),
        ("rdf:type", "property"),
        ("rdfs:label", "property"),
        ("skos:notation", "property"),
        ("void:class", "property"),
        ("void:property", "property"),
    ]


def test_treaties_without_a_date_come_last() -> None:
    """The query that an empty editor begins with shows dates first, and is SPARQL as written."""
    assert write_start(BASE).endswith("} ORDER BY DESC( BOUND(?signed) ) ?signed\n")


def test_the_first_query_speaks_the_language_of_the_page(app: Flask) -> None:
    """Its comment, and the titles that it asks for."""
    pages = {code: render_at(app, f"/sparql?lang={code}") for code in ("en", "lt")}

    assert "# The treaties and when they were signed." in pages["en"]
    assert "LANG(?title) = &#34;en&#34;" in pages["en"]
    assert "# Sutartys ir kada jos pasirašytos." in pages["lt"]
    assert "LANG(?title) = &#34;lt&#34;" in pages["lt"]


def test_the_form_stands_before_the_questions(app: Flask) -> None:
    """Whoever goes through the page by keyboard meets the query first."""
    page = render_at(app, "/sparql")

    assert page.index('id="main"') < page.index('id="ask"') < page.index('class="questions"')


def test_the_editor_gets_it_as_json(app: Flask) -> None:
    """One address for editors, with a strong ETag, by release."""
    client = app.test_client()
    answer = client.get("/editor.json")
    facts = json.loads(answer.data)

    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert facts["base"] == BASE
    assert facts["prefixes"]["pacta"] == PACTA
    assert {
        code: [(each["name"], each["title"]) for each in told]
        for code, told in facts["examples"].items()
    } == {"en": [("who", "Who signed?")], "lt": [("who", "Kas pasirašė?")]}
    again = client.get("/editor.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_pages_show_a_question_in_their_language(app: Flask) -> None:
    """The editor's list and the search; its words are found in any language."""
    client = app.test_client()
    pages = {
        code: (
            render_at(app, f"/sparql?lang={code}"),
            client.get(f"/search?q=pasirase+vardu&lang={code}", headers={"Accept": "text/html"}),
        )
        for code in ("en", "lt")
    }

    for editor_page, found in pages.values():
        assert "?example=who" in editor_page
        assert "?example=who" in found.text
    for page in (pages["en"][0], pages["en"][1].text):
        assert "Who signed the treaty, and for whom?" in page
    for page in (pages["lt"][0], pages["lt"][1].text):
        assert "Kas pasirašė sutartį ir kieno vardu?" in page
        assert "Who signed the treaty" not in page


def test_a_question_fills_the_form_by_its_name(app: Flask) -> None:
    """`?example=` names it; a name that is none leaves the form as it begins."""
    assert 'aria-current="true"' in render_at(app, "/sparql?example=who")
    assert "# Who signed?" in render_at(app, "/sparql?example=who")
    for address in ("/sparql", "/sparql?example=%3Cb%3E", "/sparql?example=who&example=x&x=1"):
        assert "<textarea" in render_at(app, address)
    assert "<b>" not in render_at(app, "/sparql?example=%3Cb%3E")


def test_without_the_libraries_the_form_is_plain(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No script is named that is not there; the questions and the form stay."""
    monkeypatch.setattr(editor, "find_libraries", dict)
    page = render_at(app, "/sparql")

    assert "/static/editor/" not in page.replace("/static/editor/form.css", "")
    assert "vendor" not in page
    assert 'data-example="who"' in page
    assert '<select id="format"' in page


@needs("libraries", editor.find_libraries())
def test_libraries_are_kept_and_nothing_else(app: Flask) -> None:
    """An address with a version in it may be kept for ever, our own modules may not."""
    library = f"/static/vendor/{editor.find_libraries()['yasgui.min.css']}"
    kept: dict[str, str] = {}
    for address in (library, "/static/editor/main.js", "/static/vendor/none.js"):
        with app.test_client().get(address) as answer:
            kept[address] = answer.headers.get("Cache-Control", "")

    assert "immutable" in kept.pop(library)
    assert not any("immutable" in each for each in kept.values())


@pytest.mark.parametrize(
    ("name", "layers"), [("baltic", {"country", "river"}), ("world", {"land"})]
)
def test_the_base_map_is_small_and_says_where_it_is_from(
    root: Path, name: str, layers: set[str]
) -> None:
    """Public-domain data, with its source, below 100 kB."""
    path = root / f"server/static/geo/{name}.geojson"
    data = json.loads(path.read_text(encoding="utf-8"))

    assert path.stat().st_size < 100_000
    assert "Natural Earth" in data["source"]
    assert data["licence"].startswith("https://creativecommons.org/publicdomain/")
    assert {each["properties"]["layer"] for each in data["features"]} == layers
