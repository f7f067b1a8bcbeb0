"""Planted faults: dumps, the description, crawlers."""

from __future__ import annotations

import gzip
from dataclasses import replace

from rdflib import Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS
from rdflib.namespace import VOID as VOID_NS

import tests.conform.sound_site as content
from tests.conform.faults import (
    HTML,
    TURTLE,
    any_dump,
    asks,
    at,
    change,
    code,
    cut,
    deaf,
    drop,
    dump,
    give,
    instead,
    links,
    method,
    more,
    put,
    rename,
    rewrite,
    row,
    status,
    swap,
    wrong_length_206,
)
from tests.conform.sound_server import Request, Response
from tests.conform.sound_site import BASE

PACKED = f"/dumps/{content.RELEASE}/data.nt.gz"
ROOT = at("/")
VOID = at("/.well-known/void")
DATASET = f"{BASE}id/dataset/main"


def nothing(request: Request, response: Response) -> bool:
    """A 404 outside things and documents."""
    return response.status == 404 and "zz-nothing" in request.path


DUMPS = (
    row(
        "dump-head", put("Last-Modified", "Sun, 01 Feb 2026 10:00:00 GMT", method("HEAD", any_dump))
    ),
    row("dump-accept-ranges", drop("Accept-Ranges", any_dump)),
    row("range-first", put("Content-Range", "bytes 0-99/100", asks("Range", "=0-99$", any_dump))),
    row(
        "range-resume",
        change(asks("Range", r"=[1-9]\d*-$", status(206, where=any_dump)), wrong_length_206),
    ),
    row("range-suffix", deaf("Range", lambda r: r.headers["Range"].startswith("bytes=-"))),
    row("range-unsatisfiable", drop("Content-Range", status(416, where=any_dump))),
    row("range-unit", code(416, asks("Range", "rows", any_dump))),
    row("range-malformed", code(500, asks("Range", "a-b", any_dump))),
    row(
        "range-several",
        lambda r, sound: (
            sound(replace(r, headers={**r.headers, "Range": "bytes=0-9"}))
            if r.get("Range") == "bytes=0-9,20-29"
            else sound(r)
        ),
    ),
    row(
        "range-head",
        code(206, lambda r, a: any_dump(r, a) and r.method == "HEAD" and "Range" in r.headers),
    ),
    row(
        "if-range",
        deaf(
            "Range",
            lambda r: (
                (r.get("If-Range") or "").startswith('"')
                and "nothing" not in (r.get("If-Range") or "")
            ),
        ),
    ),
    row("if-range-stale", deaf("If-Range")),
    row(
        "dump-etag",
        change(
            any_dump,
            lambda r, a: a.headers.update(
                {"ETag": "W/" + a.headers["ETag"]} if "ETag" in a.headers else {}
            ),
        ),
    ),
    row(
        "dump-not-coded",
        put("Content-Encoding", "gzip", asks("Accept-Encoding", "gzip", at(PACKED))),
    ),
    row(
        "dump-unpacks",
        lambda r, sound: sound(
            replace(
                r,
                files={
                    "data.nt.gz": gzip.compress(
                        content.make_dumps()["data.nt"].replace(b"Northland", b"Northlund"), mtime=0
                    )
                },
            )
        ),
        "dump-checksum",
        "dump-sums",
        "dump-size",
    ),
    row(
        "dump-parses",
        rewrite(at(f"/dumps/{content.RELEASE}/data.ttl"), lambda body: body.replace(b"<", b"[")),
        "dump-checksum",
        "dump-sums",
    ),
    row(
        "dump-count",
        instead(
            "/",
            lambda t: (
                (URIRef(f"{DATASET}#data.nt"), VOID_NS.triples, Literal(37))
                if t[1] == DCAT.mediaType and t[0].endswith(".nt")
                else t
            ),
        ),
        "dcat-distributions",
    ),
    row("dump-size", instead("/", more(str(DCAT.byteSize)))),
    row("dump-media-type", put("Content-Type", "text/plain", dump)),
    row(
        "dump-checksum",
        instead(
            "/", lambda t: (*t[:2], Literal("0" * 64)) if t[1] == content.SPDX.checksumValue else t
        ),
    ),
    row(
        "dump-sums", cut("[0-9a-f]{8}  ", at(f"/dumps/{content.RELEASE}/SHA256SUMS"), "00000000  ")
    ),
    row("dump-latest", code(301, lambda r, a: r.path.startswith("/dumps/latest"))),
    row("dump-cors", drop("Access-Control-Allow-Origin", any_dump)),
)

DESCRIPTION = (
    row("void-well-known", give(404, VOID)),
    row(
        "root-rdf",
        lambda r, sound: sound(
            replace(r, headers={**r.headers, "Accept": HTML}) if r.path == "/" else r
        ),
    ),
    row("void-licence", instead("/", rename(str(DCTERMS.license), str(DCTERMS.rights), DATASET))),
    row("void-examples", instead("/", rename(str(VOID_NS.exampleResource), str(VOID_NS.feature)))),
    row(
        "void-space",
        instead(
            "/", lambda t: (*t[:2], Literal(f"{BASE}other/")) if t[1] == VOID_NS.uriSpace else t
        ),
    ),
    row("void-endpoint", give(500, lambda r, a: r.target.endswith("query=ASK%20%7B%7D"))),
    row(
        "void-dumps",
        instead(
            "/",
            lambda t: (
                (*t[:2], URIRef(f"{BASE}dumps/r1/none.nt"))
                if t[1] == VOID_NS.dataDump and t[2].endswith(".ttl")
                else t
            ),
        ),
    ),
    row("void-vocabularies", instead("/", rename(str(VOID_NS.vocabulary), str(VOID_NS.feature)))),
    row("void-triples", instead("/", more(str(VOID_NS.triples), DATASET)), "dump-count"),
    row("void-distinct", instead("/", more(str(VOID_NS.distinctSubjects)))),
    row("void-classes", instead("/", more(str(VOID_NS.entities)))),
    row(
        "void-properties",
        instead("/", lambda t: more(str(VOID_NS.triples))(t) if "#property" in t[0] else t),
    ),
    row("void-linksets", instead("/", rename(str(VOID_NS.linkPredicate), str(VOID_NS.feature)))),
    row(
        "dcat-catalogue",
        instead("/", rename(str(DCTERMS.publisher), str(DCTERMS.creator), DATASET)),
    ),
    row("dcat-distributions", instead("/", lambda t: None if t[1] == DCAT.mediaType else t)),
    row("dcat-service", instead("/", rename(str(DCAT.servesDataset), str(DCAT.theme)))),
    row("dcat-dates", instead("/", rename(str(DCTERMS.issued), str(DCTERMS.subject)))),
)

CRAWLERS = (
    row(
        "front-page",
        lambda r, sound: sound(
            replace(r, headers={**r.headers, "Accept": TURTLE})
            if r.path == "/" and r.get("Accept") == HTML
            else r
        ),
    ),
    row("robots-present", put("Content-Type", "text/html", at("/robots.txt"))),
    row("robots-open", swap("/sparql", "/doc", at("/robots.txt"))),
    row("robots-sitemap", cut(r"Sitemap:.*", at("/robots.txt"))),
    row("sitemap-form", swap("urlset", "urls", at("/sitemap.xml"))),
    row("sitemap-places", swap("place/north", "place/nort", at("/sitemap.xml"))),
    row("sitemap-dates", swap("2026-03-01", "2096-03-01", at("/sitemap.xml"))),
    row("openapi-form", swap('"3.1.0"', '"2.0"', at("/openapi.json"))),
    row("openapi-true", swap('"/robots.txt"', '"/robot.txt"', at("/openapi.json"))),
    row("openapi-linked", links(r'<[^>]*>; rel="service-desc"[^,]*', "", ROOT)),
    row(
        "schema-dataset",
        swap(
            '"https://schema.org/", "@type": "Dataset"',
            '"https://schema.org/", "@type": "Thing"',
            ROOT,
        ),
    ),
)
