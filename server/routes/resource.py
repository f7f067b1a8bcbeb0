"""`/id/…` (303 to the document), `/doc/…` (the document), and the address of the context."""

from dataclasses import replace
from functools import lru_cache

from flask import Blueprint, Response, request

from server.documents.description import Document, build_document, place_quads
from server.documents.links import (
    ALL_FORMATS,
    DOCUMENT_FORMATS,
    LINKSET,
    Place,
    context_digest,
    embed_document,
    list_links,
    write_document,
    write_linkset,
)
from server.documents.offers import (
    BY_PROFILE,
    offer_alternates,
    offer_rendition,
    read_mediatype,
    read_rendition,
)
from server.documents.profiles import FULL
from server.errors import BadRequestError, GoneError, NotFoundError
from server.http.conditions import IMMUTABLE, REVALIDATE
from server.http.formats import BY_NAME, Format
from server.http.representation import Link, Resource, quote_path
from server.http.tables import write_csv, write_xlsx
from server.pages.queries import link_query, write_query
from server.pages.thing.belonging import list_assertions, list_belonging
from server.pages.thing.citation import Publication
from server.pages.thing.faces import choose_face
from server.pages.thing.order import WHOLE
from server.pages.whole.listing import tell_statements
from server.rdf.addresses import SLUG
from server.rdf.jsonld_profiles import PROFILES
from server.rdf.model import PACTA, Iri, Quad
from server.release.opened import OpenedRelease
from server.release.passages import read_document
from server.routes import (
    find_suffix,
    find_term,
    open_desk,
    read_page,
    release,
    render,
    send_resource,
    site,
    title_of,
)

BLUEPRINT = Blueprint("resource", __name__)

DOCUMENTS_KEPT = 32
"""Documents that are kept as statements; finished bodies have a cache of their own."""

SUGGESTED = 5
"""Things at most that an answer of 404 proposes."""

_TABLES = (BY_NAME["csv"], BY_NAME["xlsx"])
_CONTEXT = Format("context", "application/ld+json", "jsonld", frozenset(), title="JSON-LD context")


def _require(opened: OpenedRelease, kind: str, slug: str) -> str:
    """The IRI of a thing in the release.

    Raises:
        GoneError: It was withdrawn; says what replaces it.
        NotFoundError: It never was here.
    """
    addresses = opened.addresses
    iri = addresses.thing(kind, slug)
    if SLUG.match(kind) and SLUG.match(slug) and opened.reader.has(iri):
        return iri
    entry = opened.withdrawn.get(iri)
    if entry is not None:
        path = addresses.document(entry.successor) if entry.successor else None
        raise GoneError(
            f"{kind}/{slug} was withdrawn: {entry.reason or 'no reason was recorded'}",
            members={"successor": path} if path else {},
            headers={"Link": f'<{path}>; rel="successor-version"'} if path else {},
        )
    suggestions = [
        {"href": addresses.document(thing) or "", "label": opened.names.label(thing)}
        for thing in _suggest(opened, kind, slug)
    ]
    raise NotFoundError(
        f"the release has nothing at {kind[:60]}/{slug[:120]}",
        hint="/search finds names in any spelling.",
        members={"suggestions": suggestions} if suggestions else {},
    )


def _suggest(opened: OpenedRelease, kind: str, slug: str) -> list[str]:
    """Suggestions for an unknown address: similar slugs, then names."""
    words = slug.replace("-", " ")[:80]
    near = opened.names.near(kind, slug[:120])
    named = [hit.thing for hit in opened.names.find(words, SUGGESTED)[0]]
    return list(dict.fromkeys((*near, *named)))[:SUGGESTED]


@BLUEPRINT.get("/id/<kind>/<slug>")
def redirect_thing(kind: str, slug: str) -> Response:
    """A thing is not its page: 303 to its document (W3C, Cool URIs for the Semantic Web)."""
    opened = release()
    prefix = opened.addresses.prefix
    merged = _find_merged(opened, kind, slug)
    if merged is not None:
        return _redirect(308, f"{prefix}/id/{merged}{_query()}")
    _require(opened, kind, slug)
    return _redirect(303, f"{prefix}/doc/{quote_path(kind)}/{quote_path(slug)}{_query()}")


def _query() -> str:
    """The query string of the request with its question mark, unchanged, for a redirect."""
    text = str(request.environ.get("QUERY_STRING", ""))
    return f"?{text}" if text else ""


def _redirect(status: int, location: str) -> Response:
    """A redirect by hand: path-absolute, with a line for those who read it."""
    response = Response(status=status)
    response.headers["Location"] = location
    response.headers["Cache-Control"] = REVALIDATE
    response.content_type = "text/plain; charset=utf-8"
    response.data = location + "\n"
    return response


def _find_merged(opened: OpenedRelease, kind: str, slug: str) -> str | None:
    """Kind and slug of the thing that another was merged into, or None."""
    entry = opened.withdrawn.get(opened.addresses.thing(kind, slug))
    if entry is None or entry.status != "merged" or not entry.successor:
        return None
    return quote_path(entry.successor.removeprefix(opened.base).removeprefix("id/"))


@BLUEPRINT.get("/doc/<kind>/<name>")
def show_document(kind: str, name: str) -> Response:
    """The statements about a thing, negotiated, or in the format of the suffix."""
    opened = release()
    addresses = opened.addresses
    table = next((row for row in _TABLES if name.endswith(f".{row.suffix}")), None)
    if table is not None:
        return _send_table(kind, name.removesuffix(f".{table.suffix}"), table)
    slug, fixed = find_suffix(
        name, ALL_FORMATS, lambda whole: opened.reader.has(addresses.thing(kind, whole))
    )
    merged = _find_merged(opened, kind, slug)
    if merged is not None:
        suffix = f".{fixed.suffix}" if fixed is not None else ""
        return _redirect(308, f"{opened.addresses.prefix}/doc/{merged}{suffix}")
    iri = _require(opened, kind, slug)
    path = f"{opened.addresses.prefix}/doc/{kind}/{slug}"
    return send_entity(iri, path, fixed)


@BLUEPRINT.get("/doc/<kind>/<slug>/<part>")
def show_part(kind: str, slug: str, part: str) -> Response:
    """A section of the page of a thing, whole; the page of the thing shows its beginning."""
    opened = release()
    iri = _require(opened, kind, slug)
    path = f"{opened.addresses.prefix}/doc/{kind}/{slug}"
    if part not in WHOLE:
        known = " ".join(sorted(WHOLE))
        raise NotFoundError(f"{path} has no part {part[:40]!r}", hint=f"There are {known}")
    page = BY_NAME["html"]

    def build(row: Format, profile: str) -> bytes:
        return _write_page(_read_document(opened, iri, 1), Place(iri, path, "", (), FULL), part)

    return send_resource(
        Resource(
            key=(opened.id, site().software, "part", iri, part),
            offers=(page,),
            build=build,
            modified=opened.modified,
            links=lambda row: [Link(path, "collection"), Link(iri, "cite-as")],
        )
    )


def _send_table(kind: str, slug: str, row: Format) -> Response:
    """What is stated of a thing as a table, a row for each passage."""
    opened = release()
    iri = _require(opened, kind, slug)

    def build(row: Format, profile: str) -> bytes:
        desk = open_desk()
        nodes = list_assertions(list_belonging(iri, desk) or [iri], desk)
        told = tell_statements(iri, nodes or [iri], desk)
        return write_csv(*told) if row.name == "csv" else write_xlsx(slug, *told)

    return send_resource(
        Resource(
            key=(opened.id, site().software, "table", iri),
            offers=(row,),
            build=build,
            fixed=row,
            modified=opened.modified,
            links=lambda row: [Link(opened.addresses.document(iri) or "/", "describes")],
        )
    )


def send_entity(
    iri: str, path: str, fixed: Format | None, items: tuple[Link, ...] = ()
) -> Response:
    """The document of an IRI of the release at a path, in the format asked for.

    Args:
        iri: What it is about.
        path: Where it lies, without suffix.
        fixed: The format that a suffix named, or None.
        items: Links to files that hold what it describes.
    """
    opened = release()
    number = read_page()
    rendition = read_rendition(request.args.get("_profile"), request.headers.get(BY_PROFILE))
    fixed = read_mediatype(request.args.get("_mediatype")) or fixed
    software = site().software
    if rendition is None:
        return send_resource(offer_alternates(opened, software, iri, path, fixed))
    if rendition is not FULL:
        if "page" in request.args:
            raise BadRequestError(f"the profile {rendition.token} has no pages")
        place = Place(iri, path, f"?_profile={rendition.token}", (), rendition)

        def read_whole() -> list[Quad]:
            numbers = range(1, _known_pages(opened, iri) + 1)
            pages = (_read_document(opened, iri, n) for n in numbers)
            return [quad for page in pages for quad in place_quads(page, opened.reader).quads]

        return send_resource(offer_rendition(opened, software, place, fixed, read_whole))
    query = f"?page={number}" if "page" in request.args else ""
    place = Place(iri, path, query, items, FULL)
    key = (opened.id, software, "doc", iri, str(number), site().settings.documents)
    if fixed is LINKSET:
        document = _read_document(opened, iri, number)
        links = list_links(place, opened, LINKSET, document.pages, number)
        return send_resource(
            Resource(
                key=key,
                offers=(LINKSET,),
                build=lambda row, profile: write_linkset(place, links, opened),
                fixed=LINKSET,
                modified=opened.modified,
                vary=BY_PROFILE,
            )
        )
    if number > 1:
        _count_pages(opened, iri, number)

    def build(row: Format, profile: str) -> bytes:
        document = _read_document(opened, iri, number)
        if row.name == "html":
            return _write_page(document, place)
        if row.name in ("trig", "nquads"):
            document = place_quads(document, opened.reader)
        return write_document(document, opened, row, profile)

    def list_own(row: Format) -> list[Link]:
        return list_links(place, opened, row, _known_pages(opened, iri), number)

    return send_resource(
        Resource(
            key=key,
            offers=DOCUMENT_FORMATS,
            build=build,
            fixed=fixed,
            location=place.of,
            links=list_own,
            modified=opened.modified,
            profiles=PROFILES,
            vary=BY_PROFILE,
        )
    )


@lru_cache(maxsize=DOCUMENTS_KEPT)
def _read_document(opened: OpenedRelease, iri: str, number: int) -> Document:
    """A page of a document; the last few are kept, for each is written in several formats."""
    document = build_document(Iri(iri), opened.union, opened.base, number)
    if document is None:
        raise NotFoundError(f"the document has no page {number}")
    return document


def _known_pages(opened: OpenedRelease, iri: str) -> int:
    return _read_document(opened, iri, 1).pages


def _count_pages(opened: OpenedRelease, iri: str, number: int) -> None:
    pages = _known_pages(opened, iri)
    if number > pages:
        raise NotFoundError(f"the document has {pages} pages")


def _narrow(document: Document) -> Document:
    """What is said of the root alone: what a page embeds; the rest is one link away."""
    own = tuple(quad for quad in document.quads if quad.subject == document.root)
    return replace(document, quads=own, expanded=(document.root,))


def _write_page(document: Document, place: Place, part: str = "") -> bytes:
    """The HTML face of a document, or of one section of it."""
    opened = release()
    within = (
        None if part or document.pages == 1 else frozenset(str(q.subject) for q in document.quads)
    )
    desk, iri, manifest = open_desk(within), str(document.root), opened.manifest
    publication = Publication(
        title_of(opened), manifest.publisher["name"], opened.id, manifest.issued, manifest.licence
    )
    folder = site().settings.documents
    template, values = choose_face(
        iri, desk, publication, lambda name: read_document(folder, name), part
    )
    return render(
        template,
        document=document,
        downloads=[
            {"href": place.of(row), "type": row.media_type, "title": row.title}
            for row in DOCUMENT_FORMATS
            if row.name != "html"
        ],
        files=place.items,
        head_links=[]
        if part
        else list_links(place, opened, BY_NAME["html"], document.pages, document.page),
        embedded=[] if part else [embed_document(_narrow(document), opened)],
        labels=lambda name: desk.name(PACTA + name),
        to_query=lambda text: link_query(opened.addresses.home, text),
        statements_query=write_query("statements", [iri]),
        here=f"/kind/{desk.names.kind(iri)}",
        report_to=opened.contact,
        **values,
    )


@BLUEPRINT.get("/ns/context/<name>")
def show_context(name: str) -> Response:
    """The JSON-LD context: the digest in its address makes it unchangeable."""
    opened = release()
    if name != f"{context_digest(opened)}.jsonld":
        raise NotFoundError("the release has no context of this version")
    resource = Resource(
        key=("context", name),
        offers=(_CONTEXT,),
        build=lambda row, profile: opened.context,
        fixed=_CONTEXT,
        cache_control=IMMUTABLE,
    )
    return send_resource(resource)


@BLUEPRINT.get("/vocab/<scheme>/<name>")
def show_concept(scheme: str, name: str) -> Response:
    """A concept: what it means and where it is used."""
    opened = release()
    local, fixed = find_suffix(name, ALL_FORMATS)
    iri = find_term(f"vocab/{scheme}/{local}")
    if not opened.reader.outgoing(iri):
        raise NotFoundError(
            f"there is no concept {local[:80]} in {scheme[:80]}", hint="/vocab shows all lists."
        )
    prefix = opened.addresses.prefix
    return send_entity(iri, f"{prefix}/vocab/{scheme}/{local}", fixed)


@BLUEPRINT.get("/graph/<name>")
def show_graph(name: str) -> Response:
    """A named graph: what is said of it, and the files that hold its statements."""
    opened = release()
    local, fixed = find_suffix(name, ALL_FORMATS)
    iri = f"{opened.base}graph/{local}"
    if not opened.reader.has(iri):
        known = " ".join(sorted(opened.manifest.graphs))
        raise NotFoundError(f"there is no graph {local[:80]}", hint=f"There are {known}")
    prefix = opened.addresses.prefix
    files = [n for n in opened.manifest.files if n.startswith(f"dumps/by-graph/{local}.")]
    items = tuple(
        Link(f"{prefix}/dumps/{opened.id}/{quote_path(n.removeprefix('dumps/'))}", "item")
        for n in sorted(files)
    )
    return send_entity(iri, f"{prefix}/graph/{local}", fixed, items)
