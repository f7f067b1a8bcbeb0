"""The interface languages: no text outside the catalogues, none in them that nobody says."""

import re
from collections.abc import Iterator
from dataclasses import fields
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

from server.catalogues import FOLDER, choose_languages, read_languages
from server.errors import list_errors
from server.pages.cards import MARKS
from server.pages.editor import NOUNS, WORDS, translate_words
from server.pages.language import ENGLISH, read_language
from server.pages.thing.order import BACKWARD, CALLED
from server.pages.thing.phases import PHASES
from server.pages.whole.day import CERTAIN, LAST_KNOWN, NO_END, POSSIBLE
from server.pages.whole.listing import COLUMNS, PLURALS
from server.pages.words import VALUE_STATUS, say_bound, say_date, say_number
from server.rdf.names import KNOWN
from server.routes.search import _SAID
from server.settings import Settings
from server.sparql.service import LIMITS
from tests.places import ROOT

SERVER = ROOT / "server"
TRANSLATED = (
    *("about", "as_of", "base", "conflicts", "disagreement", "draw", "error", "evidence", "index"),
    *("frozen", "frozen_as_of", "frozen_search", "frozen_sparql"),
    *("kind", "map", "part", "parts", "search", "source", "statement", "thing", "timeline"),
    *("dumps", "error_code", "errors", "limits", "report", "shapes", "vocabulary"),
    *("ontology", "sparql", "sparql_answer", "sparql_parts"),
)
"""Templates whose every word comes from a catalogue."""
NAMES = {"CSV", "XLSX", "JSON", "Turtle", "SPARQL", "API", "Pacta", "SHA", "GeoJSON", "search"}
TABLES: tuple[str | tuple[str, ...], ...] = (
    *VALUE_STATUS.values(),
    *(word for _, word in MARKS),
    *BACKWARD.values(),
    *CALLED.values(),
    *PHASES,
    *PLURALS.values(),
    *(heading for columns in COLUMNS.values() for heading, _ in columns),
    *WORDS,
    *NOUNS,
    *(CERTAIN, POSSIBLE, NO_END, LAST_KNOWN),
    *_SAID.values(),
    *KNOWN.values(),
    *(each.metadata["facts"].help for each in fields(Settings) if each.name in LIMITS),
    *(
        text
        for error in list_errors().values()
        for text in (error.title, error.meaning(), error.default_hint, error.dumps_hint)
        if text
    ),
)
"""Messages that stand in tables and are said by a name."""


def _list_messages() -> Iterator[str | tuple[str, ...]]:
    for path in sorted(SERVER.rglob("*.py")):
        if "import Language" in path.read_text("utf-8") or "language" in path.read_text("utf-8"):
            for _, message, _, _ in extract_from_file(
                "python", str(path), keywords={"say": None, "count": (1, 2)}
            ):
                yield message
    for path in sorted((SERVER / "templates").rglob("*.html")):
        for _, message, _, _ in extract_from_file("jinja2", str(path)):
            yield message
    yield from TABLES


@pytest.mark.filterwarnings("ignore:Skipping f-string")
@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.po")), ids=lambda path: path.stem)
def test_a_catalogue_has_every_message_and_no_other(path: Path) -> None:
    """Each message of templates, code and tables is translated; none is left over or empty."""
    catalogue = read_po(BytesIO(path.read_bytes()), locale=path.stem, abort_invalid=True)
    said = set(_list_messages())
    have = {each.id: each.string for each in catalogue if each.id}

    assert said - have.keys() == set()
    for message, text in have.items():
        sources = [message] if isinstance(message, str) else [str(each) for each in message]
        texts = [str(each or "") for each in ([text] if isinstance(text, str) else text or [""])]
        asked = set(re.findall(r"%\((\w+)\)s", " ".join(sources)))
        assert all(texts), message
        for each in texts:
            assert set(re.findall(r"%\((\w+)\)s", each)) <= asked, message


@pytest.mark.parametrize("name", TRANSLATED)
def test_no_text_of_a_page_stands_outside_the_catalogues(name: str) -> None:
    """What is left of a template without its tags and expressions has no word in it."""
    paths = [SERVER / "templates" / f"{name}.html"]
    if name == "thing":
        paths += sorted((SERVER / "templates" / "thing").glob("*.html"))
    for path in paths:
        text = path.read_text("utf-8")
        bare = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
        bare = re.sub(r"<(script|pre|style).*?</\1>", " ", bare, flags=re.DOTALL)
        for attribute in re.findall(r'(?:aria-label|title|placeholder|alt)="([^"]*)"', bare):
            assert not re.search(r"[^\W\d_]{2}", attribute), (path.name, attribute)
        bare = re.sub(r"<[^>]*>|&\w+;(?:\w+=)?|search\?q=", " ", bare)
        words = set(re.findall(r"[^\W\d_]{2,}", bare)) - NAMES
        assert not words, (path.name, words)


def test_the_words_of_a_language_follow_its_rules() -> None:
    """Dates, numbers and plurals as Lithuanian writes them; English stays."""
    lithuanian = read_languages()["lt"]

    assert say_date("1939-10-10", lithuanian) == "1939 m. spalio 10 d."
    assert say_date("1939-10", lithuanian) == "1939 m. spalio mėn."
    assert say_date("1939-10-03/1939-10-07", lithuanian) == "tarp 1939 m. spalio 3 ir 7 d."
    assert say_date("1939-09-29/1939-10-10") == "between 29 September and 10 October 1939"
    assert say_number("18786", lithuanian) == "18\u00a0786"
    assert say_bound("", "", "9999-12-31", lithuanian, start=False) == "pabaiga nenurodyta"
    counts = [lithuanian.count("%(n)s source", "%(n)s sources", n) for n in (1, 2, 10, 21)]
    assert counts == ["1 šaltinis", "2 šaltiniai", "10 šaltinių", "21 šaltinis"]
    assert ENGLISH.count("%(n)s source", "%(n)s sources", 1) == "1 source"
    assert lithuanian.name == "Lietuvių"


def test_the_modules_of_the_editor_say_what_a_page_brings() -> None:
    """Each message in them is one that the page translates, and each of those stands in them."""
    modules = sorted((SERVER / "static" / "editor").glob("*.js"))
    said = {m for path in modules for m in re.findall(r'\bsay\("([^"]*)"', path.read_text("utf-8"))}
    brought = translate_words((), read_languages()["lt"])

    assert said == set(WORDS)
    assert brought["Table"] == "Lentelė"
    assert brought["row"] == {"one": "eilutė", "few": "eilutės", "other": "eilučių"}


def test_a_language_is_a_catalogue_and_nothing_else() -> None:
    """Another catalogue makes another language; one that CLDR does not know is refused."""
    head = b'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    polish = head + b'msgid "yes"\nmsgstr "tak"\n'

    assert read_language("pl", polish).say("yes") == "tak"
    assert read_language("pl", polish).say("no") == "no"
    assert choose_languages(["lt", "xx", "en"]) == ["lt", "en"]
    assert choose_languages([]) == ["en"]
    with pytest.raises(ValueError, match="xx-none"):
        read_language("xx-none", polish)
