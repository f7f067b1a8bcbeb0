"""Planted faults: methods, links, JSON-LD."""

from __future__ import annotations

from typing import Any

import tests.conform.sound_site as content
from tests.conform.faults import (
    HTML,
    TURTLE,
    accept,
    asks,
    at,
    both,
    change,
    code,
    cut,
    doc,
    drop,
    give,
    kind,
    links,
    method,
    on_doc,
    put,
    rewrite,
    row,
    status,
    swap,
    thing,
    tree,
)
from tests.conform.sound_server import Request, Response
from tests.conform.sound_site import BASE, JSONLD


def take_apart(tree: dict[str, Any]) -> object:
    """What was nested beside the root instead."""
    if not isinstance(tree, dict) or "party" not in tree:
        return tree
    apart = [node for key in ("party", "partyOf", "inDataset") for node in tree.get(key, ())]
    flat = {key: [{"id": node["id"]} for node in value] if key in ("party", "partyOf", "inDataset")
            else value for key, value in tree.items()}  # fmt: skip
    return {**flat, "@included": [node for node in apart if len(node) > 1]}


METHODS = (
    row("head-document", drop("Link", method("HEAD"))),
    row("head-thing", code(200, method("HEAD", thing))),
    row("options", drop("Allow", method("OPTIONS"))),
    row("method-refused", drop("Allow", status(405))),
    row("method-unknown", code(200, method("FROBNICATE"))),
    row("date", drop("Date", doc)),
    row("body-complete", lambda r, sound: _without_length(r, sound(r))),
    row("cors-origin", drop("Access-Control-Allow-Origin", method("GET"))),
    row("cors-redirect", drop("Access-Control-Allow-Origin", thing)),
    row("cors-exposed", put("Access-Control-Expose-Headers", "ETag", doc)),
    row(
        "cors-vary",
        change(
            asks("Origin", "http"),
            lambda r, a: a.headers.update({"Access-Control-Allow-Origin": r.headers["Origin"]}),
        ),
    ),
    row("cors-preflight", give(405, asks("Access-Control-Request-Method", "GET"))),
)


def _without_length(request: Request, response: Response) -> Response:
    """A body that ends when the connection does."""
    if on_doc(request) and response.status == 200 and request.method == "GET":
        response.headers.pop("Content-Length", None)
        response.headers["Connection"] = "close"
        request.headers["Connection"] = "close"
    return response


LINKS = (
    row("link-form", put("Link", "</doc/treaty/one; rel=x", kind(HTML))),
    row("link-present", drop("Link", doc)),
    row("link-alternate", links(r'<[^>]*>; rel="alternate"; type="application/trig"', "", doc)),
    row(
        "link-alternate-true",
        links("^", '</doc/treaty/one.nt>; rel="alternate"; type="text/csv", ', kind(TURTLE)),
    ),
    row("link-canonical", links(r'<[^>]*>; rel="canonical"', "", kind("application/n-triples"))),
    row(
        "link-canonical-resolves",
        both(
            links(f"{BASE}doc/treaty/one>", f"{BASE}gone>", doc),
            swap(f'"{BASE}doc/treaty/one"', f'"{BASE}gone"', doc),
        ),
        "link-targets",
    ),
    row("link-cite-as", links(r'<[^>]*>; rel="cite-as"', "", doc)),
    row(
        "link-describedby",
        links(r'rel="describedby"; type="[^"]*"', 'rel="describedby"', kind(HTML)),
    ),
    row("link-license", links(r'<[^>]*>; rel="license"', "", doc)),
    row("link-collection", links(r'<[^>]*>; rel="collection"; type="[^"]*"', "", kind(TURTLE))),
    row("link-type", links(r'<[^>]*>; rel="type"', "", doc)),
    row("link-targets", links("^", '</no-such-place>; rel="alternate", ', kind(TURTLE))),
    row("linkset-announced", links(r'<[^>]*>; rel="linkset"; type="[^"]*"', "", doc)),
    row("linkset-form", put("Content-Type", "application/json", kind("application/linkset+json"))),
    row("linkset-complete", swap('"license"', '"about"', kind("application/linkset+json"))),
    row("link-in-page", cut(r"<link[^>]*license[^>]*>", kind(HTML))),
    row(
        "link-context",
        links(
            "^", '</context/v1.jsonld>; rel="http://www.w3.org/ns/json-ld#context", ', kind(JSONLD)
        ),
    ),
)

JSON_LD = (
    row(
        "jsonld-root",
        tree(
            kind(JSONLD),
            lambda t: (
                t
                if isinstance(t, list) or "@graph" in t
                else {"@context": t.pop("@context"), "@graph": [t]}
            ),
        ),
    ),
    row("jsonld-keys", swap('"articles"', f'"{content.NS.articles}"', kind(JSONLD))),
    row("jsonld-nested", tree(kind(JSONLD), take_apart)),
    row(
        "jsonld-native",
        cut(
            r'"articles": \[\s*(\d+)\s*\]',
            kind(JSONLD),
            r'"articles": {"@value": "\1", "@type": "http://www.w3.org/2001/XMLSchema#integer"}',
        ),
    ),
    row(
        "jsonld-languages",
        cut(
            r'"label": \{\s*"en": "Pact one",\s*"lt": "Paktas one"\s*\}',
            kind(JSONLD),
            r'"labels": [{"@value": "Pact one", "@language": "en"}, {"@value": "Paktas one", "@language": "lt"}]',  # noqa: E501
        ),
    ),
    row(
        "context-referenced",
        tree(
            kind(JSONLD), lambda t: {**t, "@context": content.CONTEXT} if isinstance(t, dict) else t
        ),
    ),
    row("context-resolves", put("Content-Type", "text/plain", at(content.CONTEXT_PATH))),
    row("context-cached", put("Cache-Control", "no-cache", at(content.CONTEXT_PATH))),
    row("context-cors", drop("Access-Control-Allow-Origin", at(content.CONTEXT_PATH))),
    row("profile-type", accept(lambda text: HTML if "profile" in text else text)),
    row(
        "profile-forms",
        rewrite(
            asks("Accept", "#expanded"),
            lambda body: content.make_pages()["/doc/treaty/one"].forms["flattened"],
        ),
    ),
    row("profile-same", swap("Paktas one", "Taika one", asks("Accept", "flattened"))),
    row("profile-named", put("Content-Type", JSONLD, asks("Accept", "profile"))),
    row("embedded-present", cut(r"<script.*</script>", kind(HTML))),
    row("embedded-same", cut(r'"articles": \[3\]', kind(HTML), '"articles": [4]')),
)
