"""`/kind/…`: everything of a kind as a page, CSV, XLSX or JSON; `/about`."""

from flask import Blueprint, Response

from server.documents.links import JSON
from server.errors import NotFoundError
from server.http.formats import BY_NAME, Format
from server.http.representation import Link, Resource
from server.http.tables import write_csv, write_xlsx
from server.pages.queries import link_query, write_kind_query
from server.pages.whole.listing import leave_empty, list_things, order_things, tell_rows
from server.pages.whole.paging import find_part
from server.rdf.jsonld_profiles import write_json
from server.rdf.model import SKOS, VOCAB
from server.release.opened import OpenedRelease
from server.routes import (
    find_suffix,
    link_pages,
    open_desk,
    read_page,
    release,
    render,
    send_resource,
    site,
)

BLUEPRINT = Blueprint("lists", __name__)

_OFFERS = (BY_NAME["html"], JSON, BY_NAME["csv"], BY_NAME["xlsx"])
UNNAMED = {"figure": "Figure", "link": "Link"}
"""Kinds whose things have no label, with their class."""


def _list_kind(opened: OpenedRelease, kind: str) -> list[str]:
    if kind in UNNAMED:
        return open_desk().instances(UNNAMED[kind])
    names = opened.names
    return [t for t in names.things() if names.kind(t) == kind and "#" not in t]


@BLUEPRINT.get("/kind/<name>")
def show_kind(name: str) -> Response:
    """All things of a kind: dated ones in the order of time, others by name.

    A long list has several pages (`?page=2`); its CSV, XLSX and JSON are always whole.
    """
    opened = release()
    kind, fixed = find_suffix(name, _OFFERS)
    things = _list_kind(opened, kind)
    if not things:
        raise NotFoundError(f"there are no things of the kind {kind[:40]}")
    path = f"{opened.addresses.prefix}/kind/{kind}"
    number = read_page()
    found = find_part([1] * len(things), number)
    if found is None:
        raise NotFoundError(f"the list has no page {number}")
    cut, part = found

    def build(row: Format, profile: str) -> bytes:
        desk = open_desk()
        ordered = order_things(things, desk)
        page = list_things(kind, ordered[cut] if row.name == "html" else ordered, desk)
        if row.name == "json":
            rows = [
                {"href": r[0][0].href, "id": r[0][0].iri, "label": r[0][0].text} for r in page.rows
            ]
            return write_json({"kind": kind, "total": len(rows), "things": rows})
        if row.name == "csv":
            return write_csv(*tell_rows(page))
        if row.name == "xlsx":
            return write_xlsx(page.title, *tell_rows(page))
        query = link_query(
            opened.addresses.home,
            write_kind_query(f"{opened.base}id/{kind}/", opened.names.language),
        )
        return render(
            "kind.html",
            page=leave_empty(page),
            part=part,
            path=path,
            query_link=query,
            here=f"/kind/{kind}",
        )

    def locate(row: Format) -> str:
        return f"{path}.{row.suffix}"

    return send_resource(
        Resource(
            key=(opened.id, site().software, "/kind", kind, str(number)),
            offers=_OFFERS,
            build=build,
            fixed=fixed,
            location=locate,
            links=lambda row: [
                *(
                    Link(locate(each), "alternate", each.media_type)
                    for each in _OFFERS
                    if each is not row
                ),
                *(link_pages(path, part) if row.name == "html" else ()),
            ],
            modified=opened.modified,
        )
    )


@BLUEPRINT.get("/about")
def show_about() -> Response:
    """How to read a statement: ranks, evidence, names and words, citing, texts."""
    opened = release()

    def build(row: Format, profile: str) -> bytes:
        desk = open_desk()
        lists = {
            name: sorted(
                (
                    desk.link(str(quad.subject))
                    for quad in opened.union.incoming(VOCAB + name)
                    if quad.predicate == SKOS + "inScheme"
                ),
                key=lambda shown: shown.text,
            )
            for name in ("rank", "rank-reason", "derivation", "value-status", "modality")
        }
        manifest = opened.manifest
        return render("about.html", lists=lists, manifest=manifest, here="/about")

    return send_resource(
        Resource(
            key=(opened.id, site().software, "/about"),
            offers=(BY_NAME["html"],),
            build=build,
            modified=opened.modified,
        )
    )
