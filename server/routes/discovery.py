"""Discovery: `/`, `/.well-known/void`, robots, sitemap, OpenAPI, the report."""

import json
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from flask import Blueprint, Flask, Response, current_app

from server.documents.description import Document
from server.documents.files import read_description, read_file_quads
from server.documents.links import (
    ALL_FORMATS,
    DOCUMENT_FORMATS,
    JSON,
    LINKSET,
    RDF_FORMATS,
    Place,
    context_digest,
    list_links,
    write_document,
    write_linkset,
)
from server.documents.sitemap import cut_urls, write_sitemap, write_sitemap_index
from server.errors import NotFoundError
from server.http.conditions import REVALIDATE
from server.http.formats import BY_NAME, Format
from server.http.representation import Link, Resource
from server.openapi import Route, describe_api
from server.pages.cards import Desk
from server.pages.editor import read_header
from server.pages.queries import link_query
from server.pages.view import choose_language, choose_text
from server.pages.whole.day import find_span
from server.pages.whole.front import Answer, build_front, read_answer
from server.pages.whole.listing import PLURALS
from server.rdf.jsonld_profiles import PROFILES, write_embedded, write_json
from server.rdf.model import Iri, Quad
from server.release.opened import OpenedRelease
from server.routes import find_suffix, open_desk, release, render, send_resource, site

BLUEPRINT = Blueprint("discovery", __name__)

DCAT_DATASET = "http://www.w3.org/ns/dcat#dataset"
_TEXT = Format("text", "text/plain", "txt", frozenset(), charset="utf-8", title="Text")
_XML = Format("xml", "application/xml", "xml", frozenset(), charset="utf-8", title="XML")

THINGS = ("treaty", "party", "body", "person", "unit", "place", "territory", "base", "event")
"""Kinds shown on the first page, in its order."""

IN_SITEMAP = (*THINGS, "source", "disagreement", "dataset")
"""Kinds whose documents the sitemap names."""


def _describe(quads: tuple[Quad, ...], root: str) -> Document:
    return Document(Iri(root), quads, tuple(dict.fromkeys(quad.subject for quad in quads)))


@BLUEPRINT.get("/", defaults={"suffix": ""})
@BLUEPRINT.get("/index<suffix>")
def show_collection(suffix: str) -> Response:
    """The collection: a page for people, its DCAT and VoID description for machines."""
    opened = release()
    fixed = find_suffix(f"index{suffix}", ALL_FORMATS)[1] if suffix else None
    prefix = opened.addresses.prefix
    place = Place(opened.base, f"{prefix}/index")

    def build(row: Format, profile: str) -> bytes:
        if row is LINKSET:
            return write_linkset(place, links(row), opened)
        if row.name != "html":
            document = _describe(read_description(opened), opened.base)
            return write_document(document, opened, row, profile)
        desk = open_desk()
        return render(
            "index.html",
            page=build_front(read_answers(opened, desk), desk),
            counts=[(kind, desk.language.say(PLURALS[kind]), n) for kind, n in count_kinds(opened)],
            span=desk.once(find_span),
            embedded=[write_embedded(describe_schema(opened))],
            head_links=links(row),
            to_query=lambda text: link_query(opened.addresses.home, text),
            title_language=_find_foreign(opened.manifest.title, opened, desk),
            description_language=_find_foreign(opened.manifest.description, opened, desk),
        )

    def links(row: Format) -> list[Link]:
        made = [each for each in list_links(place, opened, row) if each.rel not in _NOT_FOR_ROOT]
        made.append(Link(opened.base, "canonical"))
        made.append(Link(f"{prefix}/sparql", "service", "application/sparql-query"))
        made += [
            Link(f"{prefix}/dumps/{opened.id}/pacta.{ending}", "item", kind)
            for ending, kind in (("ttl", "text/turtle"), ("nq", "application/n-quads"))
            if f"dumps/pacta.{ending}" in opened.manifest.files
        ]
        made.append(Link(f"{prefix}/openapi.json", "service-desc", "application/json"))
        return made

    return send_resource(
        Resource(
            key=(opened.id, site().software, "/"),
            offers=DOCUMENT_FORMATS,
            build=build,
            fixed=fixed,
            location=place.of,
            links=links,
            modified=opened.modified,
            profiles=PROFILES,
        )
    )


_NOT_FOR_ROOT = ("collection", "canonical")


def _find_foreign(texts: Mapping[str, str], opened: OpenedRelease, desk: Desk) -> str:
    """The language of the text that is shown where it is not that of the page, else empty."""
    page = desk.language.code
    code = choose_language(texts, page, *opened.manifest.languages)
    return "" if code == page else code


def count_kinds(opened: OpenedRelease) -> list[tuple[str, int]]:
    """Kind and how many there are; empty kinds left out."""
    counts = opened.manifest.kinds
    return [
        (kind, counts[kind]) for kind in (*THINGS, "disagreement", "source") if counts.get(kind)
    ]


def read_answers(opened: OpenedRelease, desk: Desk) -> list[Answer]:
    """The sample questions marked `# front: 1` … in their order, with the rows they return."""
    found: list[tuple[str, Answer]] = []
    for name in sorted(n for n in opened.manifest.files if n.endswith(".rq")):
        table = name.removesuffix(".rq") + ".tsv"
        header = read_header(opened.release.file(name).read_text(encoding="utf-8"))
        if header.get("front") and table in opened.manifest.files:
            rows = opened.release.file(table).read_text(encoding="utf-8")
            found.append((header["front"], read_answer(PurePath(name).stem, header, rows, desk)))
    return [answer for _, answer in sorted(found, key=lambda pair: (pair[0], pair[1].name))]


def list_kind(opened: OpenedRelease, kind: str) -> list[tuple[str, str]]:
    """The things of a kind: path and label, by label."""
    addresses = opened.addresses
    things = [thing for thing in opened.names.things() if opened.names.kind(thing) == kind]
    rows = [(addresses.document(thing) or "", opened.names.label(thing)) for thing in things]
    return sorted(rows, key=lambda row: row[1].casefold())


def find_dataset(opened: OpenedRelease) -> str:
    """The address of the dataset through all its releases: the catalogue names both."""
    found = [
        str(quad.object)
        for quad in opened.union.outgoing(opened.base)
        if quad.predicate == DCAT_DATASET
        and not str(quad.object).endswith(f"/dataset/{opened.manifest.id}")
    ]
    return found[0] if found else opened.base


def describe_schema(opened: OpenedRelease) -> dict[str, Any]:
    """The dataset in the words of schema.org, for search engines."""
    manifest = opened.manifest
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": find_dataset(opened),
        "name": choose_text(manifest.title, *manifest.languages),
        "description": choose_text(manifest.description, *manifest.languages),
        "url": opened.base,
        "version": manifest.id,
        "dateModified": manifest.issued,
        "license": manifest.licence,
        "inLanguage": list(manifest.languages),
        "publisher": {
            "@type": "Organization",
            "name": manifest.publisher.get("name", ""),
            **({"url": manifest.publisher["url"]} if manifest.publisher.get("url") else {}),
        },
        "distribution": [
            {
                "@type": "DataDownload",
                "encodingFormat": kind,
                "contentUrl": f"{opened.base}dumps/{manifest.id}/pacta.{ending}",
                "contentSize": f"{manifest.files[f'dumps/pacta.{ending}'].bytes} B",
            }
            for ending, kind in (
                ("ttl", "text/turtle"),
                ("nt", "application/n-triples"),
                ("jsonld", "application/ld+json"),
            )
            if f"dumps/pacta.{ending}" in manifest.files
        ],
    }


def _send_simple(path: str, offers: tuple[Format, ...], build: Any) -> Response:
    opened = release()
    return send_resource(
        Resource(
            key=(opened.id, site().software, path),
            offers=offers,
            build=build,
            fixed=offers[0] if len(offers) == 1 else None,
            modified=opened.modified,
        )
    )


@BLUEPRINT.get("/.well-known/void")
def show_void() -> Response:
    """The VoID description, in RDF."""
    opened = release()

    def build(row: Format, profile: str) -> bytes:
        return write_document(
            _describe(read_description(opened), opened.base), opened, row, profile
        )

    place = Place(opened.base, f"{opened.addresses.prefix}/index")
    return send_resource(
        Resource(
            key=(opened.id, site().software, "void"),
            offers=RDF_FORMATS,
            build=build,
            location=place.of,
            modified=opened.modified,
            profiles=PROFILES,
        )
    )


@BLUEPRINT.get("/robots.txt")
def show_robots() -> Response:
    """Crawlers may read documents and dumps; queries and searches are for people."""
    base = release().base
    text = (
        "User-agent: *\nDisallow: /sparql\nDisallow: /search\nDisallow: /suggest\n"
        "Disallow: /releases/\n"
        f"Allow: /\n\nSitemap: {base}sitemap.xml\n"
    )
    return _send_simple("/robots.txt", (_TEXT,), lambda row, profile: text.encode())


@BLUEPRINT.get("/sitemap.xml")
def show_sitemap() -> Response:
    """The documents of all things with a name; of very many, the files that list them."""
    opened = release()

    def build(row: Format, profile: str) -> bytes:
        files, day = cut_urls(opened, IN_SITEMAP), opened.manifest.issued
        if len(files) == 1:
            return write_sitemap(files[0], day)
        numbers = range(1, len(files) + 1)
        return write_sitemap_index([f"{opened.base}sitemap-{n}.xml" for n in numbers], day)

    return _send_simple("/sitemap.xml", (_XML,), build)


@BLUEPRINT.get("/sitemap-<int:number>.xml")
def show_sitemap_part(number: int) -> Response:
    """One file of a sitemap that has several."""
    opened = release()
    files = cut_urls(opened, IN_SITEMAP)
    if len(files) == 1 or not 1 <= number <= len(files):
        raise NotFoundError("the sitemap has no such file; /sitemap.xml names them")

    def build(row: Format, profile: str) -> bytes:
        return write_sitemap(files[number - 1], opened.manifest.issued)

    return _send_simple(f"/sitemap-{number}.xml", (_XML,), build)


@BLUEPRINT.get("/openapi.json")
def show_api() -> Response:
    """Every route with its parameters and answers (OpenAPI 3.1)."""
    opened = release()

    def build(row: Format, profile: str) -> bytes:
        title = choose_text(opened.manifest.title, *opened.manifest.languages)
        routes = list_routes(current_app)
        return write_json(describe_api(title, opened.id, routes, _find_examples(opened)))

    return _send_simple("/openapi.json", (JSON,), build)


def list_routes(app: Flask) -> list[Route]:
    """The routes of an application as `/openapi.json` describes them: no static file, no slash."""
    return [
        Route(rule.rule, rule.endpoint, (views_doc or "").partition("\n")[0])
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in ("static", "sparql.sparql_slash", "sparql.root")
        for views_doc in [app.view_functions[rule.endpoint].__doc__]
    ]


def _find_examples(opened: OpenedRelease) -> dict[str, dict[str, str]]:
    """Route → parameter → a name that this release has."""
    slugs = [path.rpartition("/")[2] for path, _ in list_kind(opened, "treaty")][:1]
    shapes = sorted(name for name in opened.manifest.files if name.startswith("shapes/"))
    found = {
        "/ns/context/{name}": {"name": f"{context_digest(opened)}.jsonld"},
        "/releases/{name}/": {"name": opened.id},
        "/releases/{name}/{rest}": {"name": opened.id},
        "/dumps/{name}/{file}": {"name": opened.id, "file": shapes[0] if shapes else "pacta.nq"},
    }
    for slug in slugs:
        found |= {
            "/id/{kind}/{slug}": {"kind": "treaty", "slug": slug},
            "/doc/{kind}/{name}": {"kind": "treaty", "name": slug},
            "/doc/{kind}/{slug}/{part}": {"kind": "treaty", "slug": slug, "part": "statements"},
            "/timemap/{rest}": {"rest": f"doc/treaty/{slug}"},
        }
    return found


@BLUEPRINT.get("/report", defaults={"suffix": ""})
@BLUEPRINT.get("/report<suffix>")
def show_report(suffix: str) -> Response:
    """The SHACL report of the release: a page, RDF, or JSON."""
    opened = release()
    offers = (BY_NAME["html"], JSON, *RDF_FORMATS)
    fixed = None
    if suffix:
        fixed = JSON if suffix == ".json" else find_suffix(f"report{suffix}", DOCUMENT_FORMATS)[1]
        if fixed is None:
            raise NotFoundError("nothing has this address")
    prefix = opened.addresses.prefix
    root = f"{opened.base}report"
    place = Place(root, f"{prefix}/report")

    def build(row: Format, profile: str) -> bytes:
        report = _read_report(opened)
        if row.name == "json":
            return write_json(report)
        if row.name != "html":
            quads = read_file_quads(opened, "report/report.ttl")
            return write_document(_describe(quads, root), opened, row, profile)
        addresses = opened.addresses
        rows = [
            {
                **result,
                "href": addresses.document(str(result.get("focus", ""))) or "",
                "name": opened.names.label(str(result.get("focus", ""))),
            }
            for result in report.get("results", [])
        ]
        return render("report.html", report=report, rows=rows)

    return send_resource(
        Resource(
            key=(opened.id, site().software, "/report"),
            offers=offers,
            build=build,
            fixed=fixed,
            location=place.of,
            modified=opened.modified,
            cache_control=REVALIDATE,
            profiles=PROFILES,
        )
    )


def _read_report(opened: OpenedRelease) -> dict[str, Any]:
    if "report/report.json" not in opened.manifest.files:
        return {"conforms": None, "results": []}
    report = json.loads(opened.release.file("report/report.json").read_bytes())
    return report if isinstance(report, dict) else {"conforms": None, "results": []}
