"""`/search` and `/suggest`: names in any spelling, and the full text of the collection."""

from functools import lru_cache

from flask import Blueprint, Response, request

from loader.rdf.days import FIRST_YEAR, LAST_YEAR
from loader.rdf.folding import fold_name
from server.catalogues import choose_languages, read_languages
from server.documents.links import JSON
from server.errors import BadRequestError
from server.http.formats import BY_NAME, Format
from server.http.representation import Resource
from server.pages.cards import Desk
from server.pages.language import Language
from server.pages.shown import Shown
from server.pages.whole.finding import (
    FOUND,
    cut_snippet,
    fold_text,
    list_days,
    list_months,
    read_day_asked,
)
from server.pages.whole.listing import PLURALS
from server.pages.whole.results import Result, SearchPage
from server.pages.words import read_year
from server.rdf.jsonld_profiles import write_json
from server.rdf.names import Hit
from server.release.examples import read_examples
from server.release.opened import OpenedRelease
from server.release.search import Row, SearchIndex, Wanted
from server.routes import (
    open_desk,
    read_number,
    read_page,
    release,
    render,
    send_resource,
    site,
)

BLUEPRINT = Blueprint("search", __name__)

MAX_QUERY = 200
PAGE_HITS = 30
_NAMED = 8
"""Things that are called so before the rest of the results."""
_FACETS = ("kind", "source", "party", "from", "until")


def _read_words() -> str:
    """The search words.

    Raises:
        BadRequestError: Given twice, or far too long.
    """
    values = request.args.getlist("q")
    if len(values) > 1 or (values and len(values[0]) > MAX_QUERY):
        raise BadRequestError(f"q must be given once, with at most {MAX_QUERY} characters", hint="")
    return values[0].strip() if values else ""


def _read_filters() -> dict[str, str]:
    return {name: request.args.get(name, "")[:60] for name in _FACETS if request.args.get(name)}


@BLUEPRINT.get("/search")
def search() -> Response:
    """Names in any spelling, contents, dates, figures, questions; never fewer than all."""
    words = _read_words()
    number = read_page()
    filters = _read_filters()
    if "party" in filters:
        filters["party"] = fold_name(filters["party"]).replace(" ", "-")
    opened = release()

    def build(row: Format, profile: str) -> bytes:
        page = look_up(words, filters, number, opened, open_desk())
        if row.name == "json":
            rows = [_tell(result) for result in (*page.names, *page.figures, *page.said)]
            more = number < page.pages
            return write_json(
                {"query": words, "total": page.total, "page": number, "more": more, "results": rows}
            )
        return render("search.html", page=page, query=words)

    told = "&".join(f"{name}={value}" for name, value in sorted(filters.items()))
    return _send(f"/search?{number}&{told}&{words}", (BY_NAME["html"], JSON), build)


@BLUEPRINT.get("/suggest")
def suggest() -> Response:
    """The best names for what was typed so far, as JSON; says how many there are in all."""
    words = _read_words()
    limit = read_number("limit", 10, 1, 50)
    opened = release()

    def build(row: Format, profile: str) -> bytes:
        hits, total = opened.names.find(words, limit)
        if not hits and len(words) > 3:
            index = opened.index
            corrected = " ".join(index.correct(word) for word in fold_name(words).split())
            hits, total = opened.names.find(corrected, limit)
        desk = open_desk()
        rows = [_tell(_show_hit(hit, desk)) for hit in hits]
        return write_json({"query": words, "total": total, "results": rows})

    return _send(f"/suggest?{limit}&{words}", (JSON,), build)


def _send(path: str, offers: tuple[Format, ...], build: object) -> Response:
    opened = release()
    return send_resource(
        Resource(
            key=(opened.id, site().software, path, site().settings.documents),
            offers=offers,
            build=build,  # type: ignore[arg-type]
            fixed=offers[0] if len(offers) == 1 else None,
            modified=opened.modified,
        )
    )


def _tell(result: Result) -> dict[str, object]:
    told: dict[str, object] = {
        "id": result.thing.iri,
        "href": result.thing.href,
        "label": result.thing.text,
        "kind": result.kind,
    }
    if result.also:
        told["matched"] = {"text": result.also, "language": result.language}
    if result.snippet:
        told["snippet"] = "".join(text for text, _ in result.snippet)
    return told


def _show_hit(hit: Hit, desk: Desk) -> Result:
    also = hit.matched.text if hit.matched.text != desk.call(hit.thing) else ""
    return Result(
        desk.link(hit.thing),
        hit.kind,
        _name_kind(hit.kind, desk),
        also=also,
        language=hit.matched.language,
    )


def _name_kind(kind: str, desk: Desk) -> str:
    named = PLURALS.get(kind)
    return desk.language.say(named) if named else desk.language.say(_SAID.get(kind, kind))


_SAID = {
    "statement": "Statements",
    "status": "Who held what",
    "role": "Roles",
    "provision": "Provisions",
    "proposal": "Proposals",
    "position": "What was said",
    "concept": "Words of the lists",
    "term": "Terms",
}
"""Kinds of statements in the plural, messages."""


def look_up(
    words: str, filters: dict[str, str], number: int, opened: OpenedRelease, desk: Desk
) -> SearchPage:
    """The page of a search: exact names, then what says so; mistyped words set right."""
    if not words:
        return SearchPage(words)
    index, months, say = opened.index, list_months(read_languages()), desk.language.say
    days = list_days(words, months)
    asked = _split(words, days)
    corrected = ""
    if asked and not days:
        better = [word if index.knows(word) else index.correct(word) for word in asked]
        if better != asked:
            corrected, asked = " ".join(better), better
    wanted = _want(asked, filters)
    counts = index.count(wanted) if asked else {}
    loose = not counts and len(asked) > 1
    if loose:
        wanted = _want(asked, filters, any_word=True)
        counts = index.count(wanted)
    total = sum(counts.values())
    pages = max(-(-total // PAGE_HITS), 1)
    rows = index.find(wanted, PAGE_HITS, (number - 1) * PAGE_HITS) if asked else []
    hits, _ = opened.names.find(corrected or words, 40) if number == 1 and not filters else ([], 0)
    named = [_show_hit(hit, desk) for hit in hits if hit.kind in (*FOUND, "concept")][:_NAMED]
    calls = {result.thing.iri for result in named}
    said = [_show_row(row, asked, desk) for row in rows if row.iri not in calls]
    told = {result.thing.iri for result in said}
    counted = _find_figures(asked, filters, index) if number == 1 else []
    figures = [_show_row(row, asked, desk) for row in counted if row.iri not in told]
    handles = {desk.first(source, "handle"): source for source in _sources(desk)}
    bearing = index.count_sources(wanted) if asked else {}
    kinds = sorted(counts.items(), key=lambda pair: -pair[1])
    facets = [
        ("kind", say("Kind"), tuple((k, _name_kind(k, desk), n) for k, n in kinds)),
        (
            "source",
            say("Source"),
            tuple((h, desk.call(handles[h]), n) for h, n in bearing.items() if h in handles),
        ),
    ]
    return SearchPage(
        words,
        tuple(named),
        tuple(figures),
        tuple(said),
        total,
        number,
        pages,
        corrected,
        loose,
        read_day_asked(days),
        tuple(_find_questions(asked, opened, desk.language.code)) if number == 1 else (),
        tuple((name, title, rows) for name, title, rows in facets if rows),
        filters,
    )


def _split(words: str, days: list[str]) -> list[str]:
    """The words to look for; of a day that was asked for, the day alone."""
    if days:
        return [min(days, key=lambda d: -len(d))]
    return [word for word in fold_text(words, {}).split() if len(word) > 1 or word.isdigit()][:12]


def _find_figures(asked: list[str], filters: dict[str, str], index: SearchIndex) -> list[Row]:
    """The figures with an amount that was asked for, whatever they are called there."""
    amounts = [word for word in asked if word.isdigit() and len(word) > 2]
    if not amounts or filters.get("kind", "figure") != "figure":
        return []
    return index.find(_want(amounts, {**filters, "kind": "figure"}), PAGE_HITS)


def _want(asked: list[str], filters: dict[str, str], *, any_word: bool = False) -> Wanted:
    first, last = (read_year(filters.get(name, "")) for name in ("from", "until"))
    years = (FIRST_YEAR if first is None else first, LAST_YEAR if last is None else last)
    return Wanted(
        tuple(asked),
        any_word,
        filters.get("kind", ""),
        filters.get("source", ""),
        filters.get("party", ""),
        None if first is last is None else years,
    )


def _show_row(row: Row, asked: list[str], desk: Desk) -> Result:
    return Result(
        desk.link(row.iri),
        row.kind,
        _name_kind(row.kind, desk),
        tuple(cut_snippet(row.shown, asked)),
        years=_say_years(row, desk.language),
        sources=tuple(row.sources.split()),
        disputed=row.disputed,
    )


def _say_years(row: Row, language: Language) -> str:
    if row.first is None or row.last is None:
        return ""
    return "–".join(dict.fromkeys(map(language.year, (row.first, row.last))))


def _sources(desk: Desk) -> list[str]:
    return desk.instances("Source")


@lru_cache(maxsize=16)
def _list_questions(opened: OpenedRelease, code: str) -> tuple[tuple[tuple[str, ...], Shown], ...]:
    """The sample questions in a language, each with its folded words in all languages."""
    languages = choose_languages(list(opened.manifest.languages))
    wordings = zip(*(read_examples(opened, each) for each in languages), strict=True)
    made = []
    for each, wording in zip(read_examples(opened, code), wordings, strict=True):
        words = " ".join(f"{said.title} {said.question}" for said in wording)
        href = f"{opened.addresses.prefix}/sparql?example={each.name}"
        made.append((tuple(fold_text(words, {}).split()), Shown(each.question or each.title, href)))
    return tuple(made)


def _find_questions(asked: list[str], opened: OpenedRelease, code: str) -> list[Shown]:
    """The sample questions that hold every word in one language or another."""
    found = [
        link
        for have, link in _list_questions(opened, code)
        if asked and all(any(h.startswith(word) for h in have) for word in asked)
    ]
    return found[:5]
