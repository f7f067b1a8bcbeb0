"""Pages of a frozen site that replace what only a program can answer.

Asked by `server.freeze` alone: a server does not have these addresses.
"""

from flask import Blueprint, Response

from loader.rdf.folding import LETTERS
from server.catalogues import read_languages
from server.documents.links import JSON
from server.http.formats import BY_NAME, Format
from server.http.representation import Resource
from server.pages.queries import write_day_query
from server.pages.whole.day import find_span
from server.pages.whole.finding import FOUND, list_entries, list_months
from server.pages.whole.listing import PLURALS, order_things
from server.rdf.jsonld_profiles import write_json
from server.routes import offer_languages, open_desk, release, render, send_resource, site
from server.settings import Settings

BLUEPRINT = Blueprint("frozen", __name__, url_prefix="/frozen")

DUMPS = ("pacta.nq.gz", "pacta.nq")
"""What the query engine in the page reads: the first that the release has."""


def _send(name: str, template: str, **values: object) -> Response:
    opened = release()
    return send_resource(
        Resource(
            key=(opened.id, site().software, "frozen", name),
            offers=(BY_NAME["html"],),
            build=lambda row, profile: render(template, here=f"/{name}", **values),
            modified=opened.modified,
        )
    )


@BLUEPRINT.get("/")
def show_needs() -> Response:
    """What a frozen site cannot do, and where to do it instead."""
    return _send("frozen", "frozen.html")


@BLUEPRINT.get("/sparql")
def show_query() -> Response:
    """The query page, with an engine of its own."""
    return _send(
        "sparql",
        "frozen_sparql.html",
        dump=next((name for name in DUMPS if f"dumps/{name}" in release().manifest.files), ""),
        limit=Settings().query_timeout_s,
    )


@BLUEPRINT.get("/as-of")
def show_day() -> Response:
    """A form whose answer is a query."""
    desk = open_desk()
    query = write_day_query("FIRST-DAY", "LAST-DAY")
    return _send("as-of", "frozen_as_of.html", span=desk.once(find_span), query=query)


@BLUEPRINT.get("/search")
def show_search() -> Response:
    """All names by kind: a list, which a script turns into a search."""
    opened, desk = release(), open_desk()
    names = opened.names
    groups = []
    for kind in (kind for kind in PLURALS if kind in FOUND):
        things = [t for t in names.things() if names.kind(t) == kind and "#" not in t]
        if things:
            rows = [desk.link(thing) for thing in order_things(things, desk)]
            groups.append((kind, desk.language.say(PLURALS[kind]), rows))
    return _send("search", "frozen_search.html", groups=groups)


@BLUEPRINT.get("/names.json")
def list_names() -> Response:
    """What the search of the page looks in: folded names and texts of everything."""
    opened = release()

    def build(row: Format, profile: str) -> bytes:
        desk, codes = open_desk(), offer_languages()
        entries = list_entries(opened.names.things(), desk, list_months(read_languages()))
        rows = []
        for each in entries:
            labels = opened.names.labels(each.iri)
            called = [labels.get(code, each.label) for code in codes]
            path = (desk.addresses.document(each.iri) or "").removeprefix(opened.addresses.home)
            rows.append([path.lstrip("/"), each.kind, called, each.names, each.text, each.shown])
        return write_json(
            {
                "languages": codes,
                "kinds": {k: [read_languages()[c].say(v) for c in codes] for k, v in _KINDS},
                "letters": {chr(code): text for code, text in sorted(LETTERS.items())},
                "rows": rows,
            }
        )

    return send_resource(
        Resource(
            key=(opened.id, site().software, "frozen-names"),
            offers=(JSON,),
            build=build,
            fixed=JSON,
            modified=opened.modified,
        )
    )


_KINDS = tuple(PLURALS.items())
