"""Planted faults: dereferencing, negotiation, caching."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from rdflib import RDFS, URIRef
from rdflib.namespace import VOID as VOID_NS

import tests.conform.sound_site as content
from tests.conform.faults import (
    COUNTER,
    HTML,
    TURTLE,
    accept,
    asks,
    at,
    bare,
    change,
    code,
    cut,
    deaf,
    doc,
    drop,
    first_of_list,
    give,
    hear,
    instead,
    kind,
    links,
    no_weights,
    not_modified_for,
    on_doc,
    put,
    raw_crash,
    rename,
    retag,
    rewrite,
    row,
    status,
    swap,
    thing,
)
from tests.conform.sound_server import PROBLEM, Request, Response
from tests.conform.sound_site import BASE

OF_MOMENT = ("if-none-match", "if-none-match-list", "if-none-match-weak", "if-match",
             "conditional-head", "head-document")  # fmt: skip


def nothing(request: Request, response: Response) -> bool:
    """A 404 outside things and documents."""
    return response.status == 404 and "zz-nothing" in request.path


def about_other(node: Any) -> Any:
    """The address of one treaty become that of another."""
    return URIRef(f"{BASE}id/treaty/other") if str(node).endswith("/treaty/one") else node


DEREFERENCING = (
    row(
        "thing-resolves",
        lambda r, sound: (
            sound(r)
            if r.path != "/id/treaty/one" or "Accept" in r.headers
            else Response(500, {"Content-Length": "0", "Access-Control-Allow-Origin": "*"})
        ),
        "void-examples",
        "merged-308",
        "link-targets",
    ),
    row("thing-303", code(302, status(303, where=thing))),
    row(
        "thing-not-page",
        lambda r, sound: sound(
            replace(r, target="/doc/treaty/one") if r.path == "/id/treaty/one" else r
        ),
    ),
    row(
        "thing-one-hop",
        lambda r, sound: (
            Response(
                303,
                {
                    "Location": "/id/treaty/one?again",
                    "Content-Length": "0",
                    "Access-Control-Allow-Origin": "*",
                },
            )
            if r.target == "/id/treaty/one"
            else sound(r)
        ),
    ),
    row("location-valid", put("Location", "/doc/treaty/one#a b", status(303, where=thing))),
    row(
        "host-not-repeated",
        change(
            status(303, where=thing),
            lambda r, a: a.headers.__setitem__(
                "Location", f"http://{r.headers['Host']}/doc/treaty/one"
            ),
        ),
    ),
    row(
        "document-rdf",
        accept(lambda text: "x/none" if text in content.SUFFIXES and text != HTML else text),
    ),
    row("document-html", accept(lambda text: text.replace(HTML, "text/x-none")), "sitemap-places"),
    row("document-parses", rewrite(kind("application/rdf+xml"), lambda body: body[:-9])),
    row("document-same", cut(r"[^\n]*#articles[^\n]*\n", kind("application/n-triples"))),
    row(
        "document-about",
        instead(
            "/doc/treaty/one",
            lambda t: (about_other(t[0]), t[1], about_other(t[2])),
        ),
        "document-outgoing",
        "document-incoming",
        "document-label",
        "jsonld-root",
    ),
    row(
        "document-label",
        instead(
            "/doc/treaty/one",
            lambda t: (
                t
                if t[1] != RDFS.label
                else (t[0], content.NS.name, t[2])
                if t[0].endswith("/one")
                else None
            ),
        ),
        "document-outgoing",
        "document-neighbours",
        "jsonld-nested",
        "jsonld-keys",
        "jsonld-languages",
    ),
    row("document-outgoing", links(r'<[^>]*>; rel="next"', "", doc), entity="long"),
    row(
        "document-incoming",
        swap("ns#party", "ns#partner", lambda r, a: "%3Fs+%3Fp+%3Chttp" in r.target),
    ),
    row("document-links", give(404, lambda r, a: r.path.startswith("/id/place"))),
    row(
        "document-neighbours",
        instead(
            "/doc/treaty/one",
            lambda t: None if t[1] == RDFS.label and "/treaty/" not in t[0] else t,
        ),
        "jsonld-nested",
    ),
    row("document-terms", give(404, at("/ns"))),
    row("document-graphs", give(404, at("/graph/facts"))),
    row(
        "document-dataset",
        instead("/doc/treaty/one", rename(str(VOID_NS.inDataset), f"{content.NS}part")),
        "document-outgoing",
        "jsonld-keys",
    ),
    row("document-paging", links(r'<[^>]*>; rel="prev"', "", doc), entity="long"),
    row(
        "document-formats",
        hear(
            lambda r: on_doc(r) and r.path.endswith(".nt") and "Accept" not in r.headers,
            lambda r: replace(r, target=r.target[:-3]),
        ),
    ),
    row(
        "document-suffix",
        hear(
            lambda r: r.path.endswith(".qqq"),
            lambda r: replace(r, target=r.target.replace(".qqq", "")),
        ),
    ),
    row(
        "missing-404",
        hear(
            lambda r: "zz-nothing" in r.path and r.path.startswith("/doc/"),
            lambda r: replace(r, target="/"),
        ),
    ),
)

NEGOTIATION = (
    row(
        "accept-absent",
        lambda r, sound: (
            sound(r)
            if "Accept" in r.headers or r.target != "/doc/treaty/one" or r.method != "GET"
            else Response(406, {"Content-Length": "0"})
        ),
        "thing-resolves",
        "void-examples",
        "merged-308",
        "link-canonical-resolves",
        "link-targets",
    ),
    row("accept-any", accept(lambda text: "none/none" if text == "*/*" else text)),
    row("accept-turtle", accept(lambda text: text.replace(TURTLE, "text/x-none"))),
    row("accept-jsonld", accept(lambda text: text.replace("ld+json", "x-none"))),
    row("accept-weights", accept(lambda text: no_weights(text) if "q=0.3" in text else text)),
    row("accept-weights-fine", accept(lambda text: re.sub(r"q=(\d\.\d)\d+", r"q=\1", text))),
    row("accept-specificity", accept(lambda text: "*/*" if text.startswith("*/*;q=0.8") else text)),
    row("accept-excluded", accept(lambda text: text.replace(";q=0,", ","))),
    row("accept-family", accept(lambda text: re.sub(r"(text|application)/\*", "x/none", text))),
    row(
        "accept-list",
        accept(
            lambda t: (
                first_of_list(t)
                if t.endswith("has-this-type")
                or t.startswith("application/x-nothing-has-this-type, ")
                else t
            )
        ),
        "input-two-lines",
    ),
    row("accept-case", accept(lambda text: "x/none" if text.isupper() else text)),
    row("accept-empty-elements", accept(lambda text: "x/none" if ",\t" in text else text)),
    row("accept-quoted", accept(lambda text: HTML if 'note="a, ' in text else text)),
    row("accept-charset", accept(lambda text: "x/none" if "charset" in text else text)),
    row("accept-browser", accept(lambda text: "application/trig" if "avif" in text else text)),
    row("accept-malformed", raw_crash(lambda r: on_doc(r) and r.get("Accept") == "text/")),
    row(
        "not-acceptable-406",
        accept(lambda t: "*/*" if t == "application/x-nothing-has-this-type" else t),
    ),
    row(
        "not-acceptable-list",
        change(
            status(406),
            lambda r, a: (
                replace(a, body=a.body.replace(b"application/trig", b"application/none"))
                if a.kind == PROBLEM
                else None
            ),
        ),
    ),
    row("vary-accept", put("Vary", "Accept-Encoding", status(200, 304, where=bare))),
    row(
        "vary-redirect",
        change(
            status(303, where=thing),
            lambda r, a: (
                a.headers.__setitem__(
                    "Location", "/doc/treaty/one." + content.SUFFIXES[r.headers["Accept"]]
                )
                if r.get("Accept") in content.SUFFIXES
                else None
            ),
        ),
        "input-two-lines",
    ),
    row("vary-406", drop("Vary", status(406))),
    row("content-type-charset", put("Content-Type", "text/turtle; charset=latin-1", kind(TURTLE))),
    row("content-location", drop("Content-Location", doc)),
    row("coding-gzip", deaf("Accept-Encoding", on_doc)),
    row(
        "coding-refused",
        hear(
            lambda r: on_doc(r) and "gzip;q=0" in r.headers.get("Accept-Encoding", ""),
            lambda r: replace(r, headers={**r.headers, "Accept-Encoding": "gzip"}),
        ),
    ),
    row("vary-coding", put("Vary", "Accept", bare)),
)

CACHING = (
    row("etag-present", drop("ETag", kind(HTML))),
    row("etag-form", put("ETag", "abc", kind(HTML))),
    row(
        "etag-strong",
        change(
            doc,
            lambda r, a: a.headers.update(
                {"ETag": "W/" + a.headers["ETag"]} if "ETag" in a.headers else {}
            ),
        ),
    ),
    row(
        "etag-by-format",
        retag(lambda r, a: '"same-for-all"'),
        "if-none-match-other",
        "etag-by-coding",
    ),
    row(
        "etag-by-coding",
        retag(
            lambda r, a: (
                f'"{a.headers["Content-Location"]}"'
                if "Content-Location" in a.headers
                else a.headers["ETag"]
            )
        ),
    ),
    row("etag-stable", retag(lambda r, a: f'"{next(COUNTER)}"'), *OF_MOMENT),
    row(
        "if-none-match",
        deaf(
            "If-None-Match",
            lambda r: (
                on_doc(r)
                and r.method == "GET"
                and re.fullmatch(r'"[^",]*"', r.headers["If-None-Match"]) is not None
                and "If-Modified-Since" not in r.headers
            ),
        ),
    ),
    row("if-none-match-list", not_modified_for(",")),
    row("if-none-match-weak", not_modified_for("^W/")),
    row("if-none-match-any", not_modified_for(r"^\*$")),
    row(
        "if-none-match-other",
        code(
            304,
            lambda r, a: (
                doc(r, a)
                and r.get("If-None-Match") == '"nothing-here-has-this-tag"'
                and "If-Modified-Since" not in r.headers
            ),
        ),
    ),
    row("not-modified-fields", drop("Vary", status(304))),
    row("not-modified-length", put("Content-Length", "5", status(304))),
    row("last-modified-form", put("Last-Modified", "Sun, 01 Mar 2090 10:00:00 GMT", doc)),
    row("if-modified-since", deaf("If-Modified-Since", on_doc)),
    row("if-modified-since-earlier", code(304, asks("If-Modified-Since", "2000"))),
    row("if-modified-since-invalid", code(400, asks("If-Modified-Since", "yesterday"))),
    row(
        "if-none-match-first",
        deaf("If-None-Match", lambda r: on_doc(r) and "If-Modified-Since" in r.headers),
    ),
    row("if-match", deaf("If-Match", on_doc)),
    row("if-unmodified-since", deaf("If-Unmodified-Since", on_doc)),
    row("conditional-head", deaf("If-None-Match", lambda r: on_doc(r) and r.method == "HEAD")),
    row("conditions-malformed", code(500, asks("If-Match", '"a" "b"'))),
    row("cache-control", drop("Cache-Control", doc)),
)
