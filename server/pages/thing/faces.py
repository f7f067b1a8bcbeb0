"""Chooses the page of a thing: its template and the template's values. Pure."""

from collections.abc import Callable
from typing import Any

from server.pages.cards import SITUATIONS, Desk
from server.pages.disagreements import make_conflict
from server.pages.thing.belonging import list_assertions
from server.pages.thing.citation import Publication, cite_page
from server.pages.thing.order import PASSAGES
from server.pages.thing.page import build_thing
from server.pages.thing.source import list_cited, list_parts, trace_cover
from server.pages.thing.statement import build_evidence, build_statement


def choose_face(
    iri: str,
    desk: Desk,
    publication: Publication,
    read_text: Callable[[str], str | None],
    part: str = "",
) -> tuple[str, dict[str, Any]]:
    """The template of a thing and the values that it needs, by what the thing is.

    Args:
        iri: The thing, statement, passage, source, concept …
        desk: Where it is read.
        publication: The release, for citations.
        read_text: Handle of a source → its whole text, or None where it is not at hand.
        part: The section of a thing that has a page of its own; empty: the page of the thing.
    """
    types = desk.types(iri)
    if SITUATIONS.intersection(types):
        page = build_statement(iri, desk)
        cite = cite_page(iri, page.title, publication, page.card.evidence)
        return "statement.html", {"page": page, "cite": cite, "summary": page.title}
    if "Disagreement" in types:
        conflict = make_conflict(iri, desk)
        cite = cite_page(iri, conflict.label, publication)
        return "disagreement.html", {"page": conflict, "cite": cite, "summary": conflict.label}
    passage = build_evidence(iri, desk)
    if passage is not None:
        cite = cite_page(iri, passage.title, publication, (passage.evidence,))
        return "evidence.html", {"page": passage, "cite": cite, "summary": passage.title}
    thing = build_thing(iri, desk, part)
    kinds = ", ".join(shown.text for shown in (*thing.types, *thing.kinds))
    count = len(list_assertions([iri], desk, depth=1))
    summary = desk.language.count(
        "%(title)s: %(kinds)s; %(n)s statement with its passages",
        "%(title)s: %(kinds)s; %(n)s statements with their passages",
        count,
        title=thing.title,
        kinds=kinds,
    )
    values: dict[str, Any] = {
        "page": thing,
        "cite": cite_page(iri, thing.title, publication),
        "summary": summary,
    }
    if thing.kind != "source" and part:
        return "part.html", values
    if thing.kind != "source":
        return "thing.html", values
    handle = desk.first(iri, "handle")
    text = read_text(handle)
    cited = list_cited(iri, desk)
    count_text = desk.first(iri, "characterCount")
    length = (
        int(count_text) if count_text.isdigit() else max((c.evidence.end for c in cited), default=0)
    )
    values |= {"cited": cited, "parts": list_parts(cited, length, text), "length": length}
    values |= {"has_text": text is not None, "cover": trace_cover(cited, length)}
    if part not in ("", PASSAGES):
        return "part.html", values
    return "source.html", values
