"""The table of planted faults: at least one row for each rule."""

from __future__ import annotations

import gzip
import re

import conform_site as content
from conform_faults import (
    HTML,
    JSONLD,
    RESULTS_JSON,
    TURTLE,
    Row,
    accept,
    any_dump,
    asks,
    at,
    bare,
    both,
    change,
    code,
    cut,
    deaf,
    doc,
    drop,
    dump,
    first_of_list,
    give,
    hear,
    kind,
    links,
    method,
    no_weights,
    not_modified_for,
    on_doc,
    one_query,
    put,
    raw_crash,
    raw_ok,
    row,
    rewrite,
    sparql,
    status,
    swap,
    tag_of_body,
    tag_of_moment,
    tag_of_url,
    thing,
    tree,
    untrue,
    wrong_length_206,
)
from conform_server import Request, Response, cut_range
from conform_site import BASE
from dataclasses import replace

PACKED = f"/dumps/{content.RELEASE}/data.nt.gz"
ROOT = at("/")
VOID = at("/.well-known/void")


def described(request: Request, response: Response) -> bool:
    """An answer of the site's description."""
    return request.path in ("/", "/.well-known/void") or request.path.startswith("/index")


def nothing(request: Request, response: Response) -> bool:
    """A 404 outside things and documents."""
    return response.status == 404 and "zz-nothing" in request.path


def everywhere(request: Request, response: Response) -> bool:
    """Any answer."""
    return True


DEREFERENCING = (
    row("thing-resolves", give(500, method("GET", thing)), "head-thing", "link-cite-as"),
    row("thing-303", code(302, status(303, where=thing))),
    row("thing-not-page", lambda r, sound: sound(replace(r, target="/doc/treaty/one")
        if r.path == "/id/treaty/one" else r)),
    row("thing-one-hop", lambda r, sound: Response(303, {"Location": "/id/treaty/one?again",
        "Content-Length": "0", "Access-Control-Allow-Origin": "*"})
        if r.target == "/id/treaty/one" else sound(r)),
    row("location-valid", put("Location", "/doc/treaty/one<>", status(303, where=thing))),
    row("host-not-repeated", change(status(303, where=thing), lambda r, a:
        a.headers.__setitem__("Location", f"http://{r.headers['Host']}/doc/treaty/one"))),
    row("document-rdf", accept(lambda text: HTML)),
    row("document-html", accept(lambda text: text.replace(HTML, "text/x-none"))),
    row("document-parses", rewrite(kind("application/rdf+xml"), lambda body: body[:-9])),
    row("document-same", cut(r"[^\n]*#articles[^\n]*\n", kind("application/n-triples"))),
    row("document-about", swap("/treaty/one", "/treaty/other", kind(TURTLE))),
    row("document-label", swap("rdf-schema#label", "rdf-schema#comment", doc)),
    row("document-outgoing", drop("Link", lambda r, a: "treaty/long" in r.path), entity="long"),
    row("document-incoming", cut(r"<[^>]*place/north> <[^>]*#party> <[^>]*treaty/one> \.", doc)),
    row("document-links", give(404, lambda r, a: r.path.startswith("/id/place"))),
    row("document-neighbours", swap("Northland", "", doc)),
    row("document-terms", give(404, at("/ns"))),
    row("document-graphs", give(404, at("/graph/facts"))),
    row("document-dataset", swap("void#inDataset", "void#feature", doc)),
    row("document-paging", links(r'<[^>]*>; rel="prev"', "", doc), entity="long"),
    row("document-formats", accept(lambda text: text)),
    row("document-suffix", hear(lambda r: r.path.endswith(".qqq"),
        lambda r: replace(r, target=r.target.replace(".qqq", "")))),
    row("missing-404", hear(lambda r: "zz-nothing" in r.path and r.path.startswith("/doc/"),
        lambda r: replace(r, target="/"))),
)

NEGOTIATION = (
    row("accept-absent", lambda r, sound: sound(r) if r.get("Accept") or not on_doc(r)
        else Response(406, {"Content-Length": "0"})),
    row("accept-any", accept(lambda text: "none/none" if text == "*/*" else text)),
    row("accept-turtle", accept(lambda text: text.replace(TURTLE, "text/x-none"))),
    row("accept-jsonld", accept(lambda text: text.replace("ld+json", "x-none"))),
    row("accept-weights", accept(no_weights)),
    row("accept-weights-fine", accept(lambda text: re.sub(r"q=(\d\.\d)\d+", r"q=\1", text))),
    row("accept-specificity", accept(lambda text: "*/*" if text.startswith("*/*;q=0.8") else text)),
    row("accept-excluded", accept(lambda text: text.replace(";q=0,", ","))),
    row("accept-family", accept(lambda text: re.sub(r"(text|application)/\*", "x/none", text))),
    row("accept-list", accept(first_of_list)),
    row("accept-case", accept(lambda text: "x/none" if text.isupper() else text)),
    row("accept-empty-elements", accept(lambda text: "x/none" if ",\t" in text else text)),
    row("accept-quoted", accept(lambda text: HTML if 'note="a, ' in text else text)),
    row("accept-charset", accept(lambda text: "x/none" if "charset" in text else text)),
    row("accept-browser", accept(lambda text: "application/trig" if "avif" in text else text)),
    row("accept-malformed", raw_crash(lambda r: on_doc(r) and r.get("Accept") == "text/")),
    row("not-acceptable-406", accept(lambda t: "*/*" if t.endswith("has-this-type") else t)),
    row("not-acceptable-list", swap("application/trig", "", status(406))),
    row("vary-accept", put("Vary", "Accept-Encoding", status(200, where=bare))),
    row("vary-redirect", lambda r, sound: Response(303, {"Content-Length": "0", "Location":
        "/doc/treaty/one." + content.SUFFIXES.get(r.get("Accept") or HTML, "html")})
        if r.path == "/doc/treaty/one" and (r.get("Accept") or HTML) in content.SUFFIXES
        else sound(r)),
    row("vary-406", drop("Vary", status(406))),
    row("content-type-charset", put("Content-Type", "text/turtle; charset=latin-1", kind(TURTLE))),
    row("content-location", drop("Content-Location", doc)),
    row("coding-gzip", deaf("Accept-Encoding", on_doc)),
    row("coding-refused", hear(lambda r: on_doc(r) and "gzip;q=0" in r.headers.get(
        "Accept-Encoding", ""), lambda r: replace(r, headers={**r.headers,
        "Accept-Encoding": "gzip"}))),
    row("vary-coding", put("Vary", "Accept", bare)),
)

CACHING = (
    row("etag-present", drop("ETag", kind(HTML))),
    row("etag-form", put("ETag", "abc", kind(HTML))),
    row("etag-strong", change(doc, lambda r, a: a.headers.update(
        {"ETag": "W/" + a.headers["ETag"]} if "ETag" in a.headers else {}))),
    row("etag-by-format", change(kind(HTML), tag_of_url)),
    row("etag-by-coding", change(doc, tag_of_body)),
    row("etag-stable", change(status(200), tag_of_moment)),
    row("if-none-match", deaf("If-None-Match", on_doc)),
    row("if-none-match-list", not_modified_for(",")),
    row("if-none-match-weak", not_modified_for("^W/")),
    row("if-none-match-any", not_modified_for(r"^\*$")),
    row("if-none-match-other", code(304, asks("If-None-Match", "nothing-here"))),
    row("not-modified-fields", drop("Vary", status(304))),
    row("not-modified-length", put("Content-Length", "5", status(304))),
    row("last-modified-form", put("Last-Modified", "Sun, 01 Mar 2090 10:00:00 GMT", doc)),
    row("if-modified-since", deaf("If-Modified-Since", on_doc)),
    row("if-modified-since-earlier", code(304, asks("If-Modified-Since", "2000"))),
    row("if-modified-since-invalid", code(400, asks("If-Modified-Since", "yesterday"))),
    row("if-none-match-first", deaf("If-None-Match", lambda r: on_doc(r)
        and "If-Modified-Since" in r.headers)),
    row("if-match", deaf("If-Match", on_doc)),
    row("if-unmodified-since", deaf("If-Unmodified-Since", on_doc)),
    row("conditional-head", deaf("If-None-Match", lambda r: on_doc(r) and r.method == "HEAD")),
    row("conditions-malformed", code(500, asks("If-Match", '"a" "b"'))),
    row("cache-control", drop("Cache-Control", doc)),
)

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
    row("cors-vary", change(asks("Origin", "http"), lambda r, a: a.headers.update(
        {"Access-Control-Allow-Origin": r.headers["Origin"]}))),
    row("cors-preflight", code(405, method("OPTIONS"))),
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
    row("link-alternate-true", links(r'(rel="alternate"; type=)"application/trig"', r'\1"text/plain"', kind(TURTLE))),
    row("link-canonical", links(r'<[^>]*(>; rel="canonical")', r"</doc/treaty/one\1", doc)),
    row("link-canonical-resolves", links(r'<[^>]*(>; rel="canonical")', rf"<{BASE}gone\1", doc)),
    row("link-cite-as", links(r'<[^>]*>; rel="cite-as"', "", doc)),
    row("link-describedby", links(r'rel="describedby"; type="[^"]*"', 'rel="describedby"', kind(HTML))),
    row("link-license", links(r'<[^>]*>; rel="license"', "", doc)),
    row("link-collection", links(r'</>(; rel="collection")', r"</no-such-place>\1", doc)),
    row("link-type", links(r'<[^>]*>; rel="type"', "", doc)),
    row("link-targets", links("^", '</no-such-place>; rel="related", ', kind(TURTLE))),
    row("linkset-announced", links(r'<[^>]*>; rel="linkset"; type="[^"]*"', "", doc)),
    row("linkset-form", put("Content-Type", "application/json", kind("application/linkset+json"))),
    row("linkset-complete", swap('"license"', '"about"', kind("application/linkset+json"))),
    row("link-in-page", cut(r"<link[^>]*license[^>]*>", kind(HTML))),
    row("link-context", links("^", '</context/v1.jsonld>; rel="http://www.w3.org/ns/json-ld#context", ', kind(JSONLD))),
)

JSON_LD = (
    row("jsonld-root", tree(kind(JSONLD), lambda t: t if isinstance(t, list) or "@graph" in t else
        {"@context": t.pop("@context"), "@graph": [t]})),
    row("jsonld-keys", swap('"articles"', f'"{content.NS.articles}"', kind(JSONLD))),
    row("jsonld-nested", hear(lambda r: on_doc(r) and r.get("Accept") == JSONLD, lambda r: replace(r,
        headers={**r.headers, "Accept": JSONLD}))),
    row("jsonld-native", cut(r'"articles": \[\s*(\d+)\s*\]',
        kind(JSONLD), r'"articles": {"@value": "\1", "@type": "http://www.w3.org/2001/XMLSchema#integer"}')),
    row("jsonld-languages", cut(r'"label": \{\s*"en": "Pact one",\s*"lt": "Paktas one"\s*\}', kind(JSONLD),
        r'"http://www.w3.org/2000/01/rdf-schema#label": [{"@value": "Pact one", "@language": "en"}, {"@value": "Paktas one", "@language": "lt"}]')),
    row("context-referenced", tree(kind(JSONLD), lambda t: {**t, "@context": content.CONTEXT}
        if isinstance(t, dict) else t)),
    row("context-resolves", give(200, at(content.CONTEXT_PATH), b"{}", JSONLD)),
    row("context-cached", put("Cache-Control", "no-cache", at(content.CONTEXT_PATH))),
    row("context-cors", drop("Access-Control-Allow-Origin", at(content.CONTEXT_PATH))),
    row("profile-type", accept(lambda text: HTML if "profile" in text else text)),
    row("profile-forms", accept(lambda t: t.replace("#expanded", "#flattened") if "profile" in t else t)),
    row("profile-same", swap("Paktas one", "Taika one", asks("Accept", "flattened"))),
    row("profile-named", put("Content-Type", JSONLD, asks("Accept", "profile"))),
    row("embedded-present", cut(r"<script.*</script>", kind(HTML))),
    row("embedded-same", cut(r'"articles": \[3\]', kind(HTML), '"articles": [4]')),
)

DUMPS = (
    row("dump-head", drop("ETag", method("HEAD", any_dump))),
    row("dump-accept-ranges", drop("Accept-Ranges", any_dump)),
    row("range-first", put("Content-Range", "bytes 0-99/100", asks("Range", "=0-99$", any_dump))),
    row("range-resume", change(asks("Range", r"=[1-9]\d*-$", status(206, where=any_dump)), wrong_length_206)),
    row("range-suffix", deaf("Range", lambda r: r.headers["Range"].startswith("bytes=-"))),
    row("range-unsatisfiable", drop("Content-Range", status(416, where=any_dump))),
    row("range-unit", code(416, asks("Range", "rows", any_dump))),
    row("range-malformed", code(500, asks("Range", "a-b", any_dump))),
    row("range-several", lambda r, sound: cut_range(replace(r, headers={**r.headers, "Range": "bytes=0-9"}), sound(r))
        if r.get("Range") == "bytes=0-9,20-29" else sound(r)),
    row("range-head", code(206, lambda r, a: any_dump(r, a) and r.method == "HEAD" and "Range" in r.headers)),
    row("if-range", deaf("Range", lambda r: (r.get("If-Range") or "").startswith('"')
        and "nothing" not in (r.get("If-Range") or ""))),
    row("if-range-stale", deaf("If-Range")),
    row("dump-etag", change(any_dump, lambda r, a: a.headers.update(
        {"ETag": "W/" + a.headers["ETag"]} if "ETag" in a.headers else {}))),
    row("dump-not-coded", put("Content-Encoding", "gzip", asks("Accept-Encoding", "gzip", at(PACKED)))),
    row("dump-unpacks", give(200, at(PACKED), gzip.compress(b"something else " * 40, mtime=0), "application/gzip")),
    row("dump-parses", rewrite(at(f"/dumps/{content.RELEASE}/data.ttl"), lambda body: b"@" + body[1:])),
    row("dump-count", swap("void#triples> 38", "void#triples> 39", described)),
    row("dump-size", cut(r"(dcat:byteSize|dcat#byteSize>) (\"?\d+)", described, r"\1 \g<2>1")),
    row("dump-media-type", put("Content-Type", "text/plain", dump)),
    row("dump-checksum", cut(r'(checksumValue>?) "....', described, r'\1 "0000')),
    row("dump-sums", cut("[0-9a-f]{8}  ", at(f"/dumps/{content.RELEASE}/SHA256SUMS"), "00000000  ")),
    row("dump-latest", code(301, lambda r, a: r.path.startswith("/dumps/latest"))),
    row("dump-cors", drop("Access-Control-Allow-Origin", any_dump)),
)

DESCRIPTION = (
    row("void-well-known", give(404, VOID)),
    row("root-rdf", lambda r, sound: sound(replace(r, headers={**r.headers, "Accept": HTML}) if r.path == "/" else r)),
    row("void-licence", cut(r"<[^>]*dc/terms/license>|dcterms:license|ns\d:license", described, "<urn:x>")),
    row("void-examples", swap("exampleResource", "feature", described)),
    row("void-space", cut(rf'"{BASE}id/"', described, f'"{BASE}other/"')),
    row("void-endpoint", give(500, lambda r, a: r.target.endswith("query=ASK%20%7B%7D"))),
    row("void-dumps", swap("data.ttl>", "data.tul>", described)),
    row("void-vocabularies", swap("void#vocabulary", "void#feature", described)),
    row("void-triples", cut(r"(void#triples>|void:triples|:triples) 38", described, r"\1 39")),
    row("void-distinct", cut(r"distinctSubjects>? (\d)", described, r"distinctSubjects> 9\1")),
    row("void-classes", cut(r"(entities>?) (\d)", described, r"\1 9\2")),
    row("void-properties", swap("void#propertyPartition", "void#feature", described)),
    row("void-linksets", swap("linkPredicate", "feature", described)),
    row("dcat-catalogue", swap("dcat#Catalog", "dcat#Resource", described)),
    row("dcat-distributions", swap("dcat#mediaType", "dcat#theme", described)),
    row("dcat-service", swap("servesDataset", "theme", described)),
    row("dcat-dates", swap("terms/issued", "terms/subject", described)),
)

CRAWLERS = (
    row("front-page", lambda r, sound: sound(replace(r, headers={**r.headers, "Accept": TURTLE})
        if r.path == "/" and r.get("Accept") == HTML else r)),
    row("robots-present", put("Content-Type", "text/html", at("/robots.txt"))),
    row("robots-open", swap("/sparql", "/doc", at("/robots.txt"))),
    row("robots-sitemap", cut(r"Sitemap:.*", at("/robots.txt"))),
    row("sitemap-form", swap("sitemap/0.9", "sitemap/0.8", at("/sitemap.xml"))),
    row("sitemap-places", swap("place/north", "place/nort", at("/sitemap.xml"))),
    row("sitemap-dates", swap("2026-03-01", "2096-03-01", at("/sitemap.xml"))),
    row("openapi-form", swap('"3.1.0"', '"2.0"', at("/openapi.json"))),
    row("openapi-true", swap('"/robots.txt"', '"/robot.txt"', at("/openapi.json"))),
    row("openapi-linked", links(r'<[^>]*>; rel="service-desc"[^,]*', "", ROOT)),
    row("schema-dataset", swap('"https://schema.org/", "@type": "Dataset"', '"https://schema.org/", "@type": "Thing"', ROOT)),
)

SPARQL = (
    row("sparql-get", give(200, asks("Accept", "^" + re.escape(RESULTS_JSON) + "$", lambda r, a: "SELECT+%3Fs+" in r.target),
        b"{}", RESULTS_JSON)),
    row("sparql-post-form", give(415, asks("Content-Type", "form", sparql))),
    row("sparql-post-direct", give(415, asks("Content-Type", "sparql-query", sparql))),
    row("sparql-tables", give(406, asks("Accept", "text/csv", sparql))),
    row("sparql-construct", give(406, asks("Accept", "^text/turtle$", sparql))),
    row("sparql-family", give(200, asks("Accept", "^text/turtle, ", sparql), b"", TURTLE)),
    row("sparql-weights", accept(no_weights, "/sparql")),
    row("sparql-accept-any", give(406, lambda r, a: sparql(r, a) and "Accept" not in r.headers)),
    row("sparql-406", accept(lambda t: "*/*" if t.endswith("has-this-type") else t, "/sparql")),
    row("sparql-vary", drop("Vary", sparql)),
    row("sparql-malformed", code(500, lambda r, a: "nothing+%7B" in r.target)),
    row("sparql-one-query", hear(one_query, lambda r: replace(r, target=r.target.rpartition("&")[0]))),
    row("sparql-body-type", code(500, status(415, where=at("/sparql")))),
    row("sparql-no-update", code(200, lambda r, a: "INSERT+" in r.target)),
    row("sparql-head", drop("ETag", method("HEAD", sparql))),
    row("sparql-cors", drop("Access-Control-Allow-Origin", sparql)),
    row("sparql-description", swap("#endpoint", "#feature", lambda r, a: r.target == "/sparql")),
    row("sparql-description-list", lambda r, sound: sound(replace(r, headers={**r.headers,
        "Accept": first_of_list(r.headers["Accept"])}) if r.target == "/sparql" and "Accept" in r.headers else r)),
)

ERRORS = (
    row("error-404", code(200, lambda r, a: nothing(r, a) and "Accept" not in r.headers)),
    row("error-problem", put("Content-Type", "application/json", nothing)),
    row("error-one-form", put("Content-Type", "application/json", status(405))),
    row("error-status", change(status(405), lambda r, a: setattr(a, "body", a.body.replace(b"405", b"400")))),
    row("error-page", hear(lambda r: "zz-nothing" in r.path, lambda r: replace(r, headers={
        **r.headers, "Accept": "application/problem+json"}))),
    row("error-uncached", put("Cache-Control", "max-age=31536000", nothing)),
    row("error-inside", change(status(405), lambda r, a: give(405, everywhere,
        b'Traceback (most recent call last): File "/srv/app.py"')(r, lambda _: a))),
    row("withdrawn-410", give(404, at("/id/treaty/gone"))),
    row("merged-308", code(302, at("/id/treaty/old"))),
    row("input-encoding", raw_crash(lambda r: r.target == "/%zz")),
    row("input-nul", raw_ok(lambda r: "%00" in r.target)),
    row("input-traversal", lambda r, sound: Response(200, {"Content-Length": "17"}, b"root:x:0:0:root:/")
        if "etc/passwd" in r.target else sound(r)),
    row("input-long", raw_crash(lambda r: len(r.target) > 8000)),
    row("input-fields", raw_crash(lambda r: r.problem == "the header is too large")),
    row("input-no-host", raw_ok(lambda r: r.problem == "no Host")),
    row("input-two-hosts", raw_ok(lambda r: r.problem == "two Host fields")),
    row("input-request-line", raw_ok(lambda r: r.problem.startswith("the request line"))),
    row("input-lengths", raw_ok(lambda r: r.problem == "two Content-Length fields")),
    row("input-absolute", lambda r, sound: Response(404, {"Content-Length": "0"})
        if r.target.startswith("http://") else sound(r)),
    row("input-two-lines", accept(lambda t: first_of_list(t) if t.count(",") == 1 and "has-this-type, " in t else t)),
)

ROWS: tuple[Row, ...] = (
    *DEREFERENCING, *NEGOTIATION, *CACHING, *METHODS, *LINKS, *JSON_LD, *DUMPS, *DESCRIPTION,
    *CRAWLERS, *SPARQL, *ERRORS,
)  # fmt: skip
