"""`/editor.json` and the parts of the page at `/sparql`: the questions and the browser libraries.

The page is rendered by `server.routes.sparql`; its template calls `editor()`, which is made here.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, request

from server.catalogues import choose_languages
from server.documents.links import JSON
from server.errors import list_errors
from server.http.conditions import IMMUTABLE
from server.http.formats import Format
from server.http.representation import Resource
from server.pages.editor import (
    Example,
    list_prefixes,
    list_words,
    translate_words,
    write_start,
)
from server.pages.language import SOURCE
from server.rdf.jsonld_profiles import write_json
from server.rdf.model import VOID
from server.release.examples import read_examples
from server.routes import language, release, send_resource, site

BLUEPRINT = Blueprint("editor", __name__)

_VENDOR = Path(__file__).parent.parent / "static" / "vendor"


@dataclass(frozen=True)
class EditorPage:
    """What the page shows besides the form.

    Attributes:
        examples: The questions of the release.
        chosen: The one that `?example=` names, or None.
        text: What the form begins with where no query was sent.
        files: The libraries' files by name (`yasgui.min.js`), below `/static/vendor/`; empty where
            they were not installed: the form does without.
    """

    examples: tuple[Example, ...]
    chosen: Example | None
    text: str
    files: dict[str, str]


@cache
def find_libraries() -> dict[str, str]:
    """File name → path below `/static/vendor/`, from `frontend.json`; empty without it."""
    try:
        listed = json.loads((_VENDOR / "frontend.json").read_text(encoding="utf-8"))
        paths = [str(path) for package in listed["packages"].values() for path in package["files"]]
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return {}
    found = {path.rpartition("/")[2]: path for path in paths if (_VENDOR / path).is_file()}
    return found if {"yasgui.min.js", "yasgui.min.css"} <= set(found) else {}


BLUEPRINT.app_template_global("libraries")(find_libraries)


@BLUEPRINT.app_template_global("editor_words")
def translate_editor() -> dict[str, str | dict[str, str]]:
    """What the editor's modules say, in the language of the page; empty where that is English."""
    if language().code == SOURCE:
        return {}
    known = list_errors().values()
    return translate_words((t for e in known for t in (e.title, e.default_hint) if t), language())


@BLUEPRINT.app_template_global("editor")
def make_page() -> EditorPage:
    """What `sparql.html` shows for this request."""
    opened = release()
    said = language()
    titles = said.code if said.code in opened.manifest.languages else opened.names.language
    examples = read_examples(opened, said.code)
    wanted = request.args.get("example", "")
    chosen = next((each for each in examples if each.name == wanted), None)
    text = chosen.text if chosen else write_start(opened.base, said, titles)
    return EditorPage(examples, chosen, text, find_libraries())


@BLUEPRINT.get("/editor.json")
def show_editor() -> Response:
    """What the editor completes from and offers: prefixes, words, questions."""
    opened = release()

    def build(row: Format, profile: str) -> bytes:
        quads = opened.reader.match(graph=f"{opened.base}graph/vocabulary")
        prefixes = list_prefixes(quads)
        counted = [
            quad
            for part in ("property", "class")
            for quad in opened.reader.match(predicate=VOID + part)
        ]
        return write_json(
            {
                "release": opened.id,
                "base": opened.base,
                "root": opened.addresses.prefix,
                "prefixes": prefixes,
                "words": list_words([*quads, *counted], prefixes, opened.manifest.languages),
                "examples": {
                    code: [
                        {"name": each.name, "title": each.title, "text": each.text}
                        for each in read_examples(opened, code)
                    ]
                    for code in choose_languages(list(opened.manifest.languages))
                },
            }
        )

    return send_resource(
        Resource(
            key=(opened.id, site().software, "editor"),
            offers=(JSON,),
            build=build,
            fixed=JSON,
            modified=opened.modified,
        )
    )


@BLUEPRINT.after_app_request
def keep_libraries(response: Response) -> Response:
    """A library's address has its version in it, so its content never changes."""
    if request.endpoint != "static":
        return response
    known = (request.view_args or {}).get("filename", "")
    found = str(known).removeprefix("vendor/") in find_libraries().values()
    if found and response.status_code in (200, 206, 304):
        response.headers["Cache-Control"] = IMMUTABLE
    return response
