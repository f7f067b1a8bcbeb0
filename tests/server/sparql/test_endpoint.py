"""`/sparql` over HTTP, against a real server: protocol, negotiation, caching, no way out."""

from __future__ import annotations

import contextlib
import json
import socket
from pathlib import Path
from urllib.parse import quote, urlencode

import pyoxigraph as ox
import pytest

from tests.asking import (
    BROWSER,
    COMUNICA,
    CONSTRUCT,
    CSV,
    JSON,
    NT,
    SELECT,
    TSV,
    TURTLE,
    XML,
    rows,
)
from tests.live import LiveServer, start_server

# ---- the protocol -------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST form", "POST query", "QUERY"])
def test_every_way_to_ask_gives_the_same(server: LiveServer, method: str) -> None:
    """GET, both POSTs and QUERY answer alike."""
    query = "SELECT ?o { <http://e/a> <http://e/q> ?o FILTER(ISIRI(?o)) }"
    kind = {"Content-Type": "application/sparql-query; charset=UTF-8"}
    if method == "GET":
        reply = server.ask(query)
    elif method == "POST form":
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        reply = server.send("POST", "/sparql", urlencode({"query": query}).encode(), form)
    else:
        reply = server.send(method.split()[0], "/sparql", query.encode(), kind)

    assert rows(reply) == [{"o": "http://e/b"}]


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DIRECT = {"Content-Type": "application/sparql-query"}
ASK = "ASK%20%7B%7D"


@pytest.mark.parametrize(
    ("status", "method", "path", "body", "headers"),
    [
        (400, "GET", f"/sparql?query={ASK}&query={ASK}", None, {}),
        (400, "GET", "/sparql?query=", None, {}),
        (400, "GET", "/sparql?default-graph-uri=http://g/2", None, {}),
        (400, "GET", f"/sparql?query={ASK}&default-graph-uri=relative", None, {}),
        (400, "GET", f"/sparql?query={ASK}&timeout=soon", None, {}),
        (400, "GET", f"/sparql?query={ASK}&timeout=-1", None, {}),
        (400, "GET", f"/sparql?query={ASK}&timeout=nan", None, {}),
        (400, "GET", f"/sparql?query={ASK}&timeout=1&timeout=2", None, {}),
        (200, "GET", f"/sparql?query={ASK}&timeout=1.5", None, {}),
        (200, "GET", f"/sparql?query={ASK}&timeout=99999999999999999999", None, {}),
        (200, "GET", f"/sparql?query={ASK}&unknown=1", None, {}),
        (400, "GET", "/sparql?query=ASK%20%7B%FF%7D", None, {}),
        (400, "GET", f"/sparql?query={ASK}&format=nothing", None, {}),
        (400, "GET", f"/sparql?query={ASK}&format=json&format=xml", None, {}),
        (200, "GET", f"/sparql?query={ASK}&format=json&format=application/json", None, {}),
        (400, "GET", f"/sparql?query={ASK}", None, {"Accept": ";;;"}),
        (400, "POST", "/sparql", b"", FORM),
        (400, "POST", "/sparql", b"query=ASK{}&query=ASK{}", FORM),
        (400, "POST", f"/sparql?query={ASK}", b"ASK {}", DIRECT),
        (400, "POST", "/sparql", b"ASK {\xff}", DIRECT),
        (415, "POST", "/sparql", b"ASK {}", {"Content-Type": "text/plain"}),
        (415, "POST", "/sparql", b"ASK {}", {}),
        (415, "QUERY", "/sparql", b"query=ASK{}", FORM),
        (
            415,
            "POST",
            "/sparql",
            "ASK {}".encode("utf-16"),
            {"Content-Type": "application/sparql-query; charset=UTF-16"},
        ),
        (413, "POST", "/sparql", b"#" * 150_000, DIRECT),
        (400, "POST", "/sparql", b"#" * 50_000, DIRECT),
        (403, "POST", "/sparql", b"update=CLEAR+ALL", FORM),
        (403, "GET", "/sparql?update=CLEAR%20ALL", None, {}),
        (403, "GET", "/sparql?query=CLEAR%20ALL", None, {}),
        (403, "POST", "/sparql", b"CLEAR ALL", {"Content-Type": "application/sparql-update"}),
        (403, "POST", "/sparql", b"PREFIX : <u:x> LOAD <http://127.0.0.1/>", DIRECT),
        (403, "GET", f"/sparql?query={ASK}&using-graph-uri=http://g/2", None, {}),
        (405, "PUT", "/sparql", b"x", {}),
        (405, "DELETE", "/sparql", None, {}),
        (405, "PATCH", "/sparql", b"x", {}),
        (404, "GET", "/nothing", None, {}),
        (422, "GET", "/sparql?query=ASK%7BFILTER(%3Cu:f%3E(1))%7D", None, {}),
        (308, "GET", "/sparql/?query=ASK%7B%7D", None, {}),
    ],
)
def test_statuses(
    server: LiveServer,
    status: int,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
) -> None:
    """Each misuse has its status, and a problem that names it."""
    reply = server.send(method, path, body, headers)

    assert reply.status == status, reply.body
    if status >= 400:
        problem = json.loads(reply.body)
        assert reply.kind == "application/problem+json"
        assert problem["status"] == status
        assert {"type", "title", "detail", "code"} <= set(problem)
        assert "retry-after" not in reply.headers


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("SELECT * {\n  ?s ?p ?o", 1, 10),
        ("SELECT * {\n  ?s ?p 'open\n}", 2, 9),
        ("SELECT ?x\n{ ?x ?y ?z ) }", 2, 12),
        ("SELEKT * {}", 1, 1),
        ("PREFIX : <http://e/>\r\n\r\nSELECT * { \u00e9\u00e9 `", 3, 15),
    ],
)
def test_syntax_errors_have_a_place(server: LiveServer, query: str, line: int, column: int) -> None:
    """Line and column count characters from 1."""
    problem = json.loads(server.ask(query).body)

    assert (problem["code"], problem["line"], problem["column"]) == ("bad-query", line, column)


def test_redirect_of_the_slash_keeps_the_query(server: LiveServer) -> None:
    """The target is on this site, whatever the Host header says."""
    reply = server.send("POST", f"/sparql/?query={ASK}", b"", {"Host": "elsewhere.example"})

    assert (reply.status, reply.headers["location"]) == (308, f"/sparql?query={ASK}")


@pytest.mark.parametrize("query", [SELECT, 'SELECT (CONCAT(REPLACE("%s", ".", "%s")) AS ?x) {}'])
def test_head_equals_get(server: LiveServer, query: str) -> None:
    """HEAD has GET's status and headers, and no body, also where the answer is large."""
    path = f"/sparql?query={quote(query.replace('%s', 'x' * 300))}"
    get, head = (server.send(method, path) for method in ("GET", "HEAD"))
    changing = ("date", "x-request-id")
    kept = [{k: v for k, v in each.headers.items() if k not in changing} for each in (get, head)]

    assert (head.status, head.body) == (200, b"")
    assert kept[0] == kept[1]


@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
def test_options_and_cors(server: LiveServer, path: str) -> None:
    """Scripts of other sites may ask and may read what they need; no redirect for a preflight."""
    reply = server.send("OPTIONS", path, headers={"Origin": "https://x.example"})
    broken = server.ask("SELEKT")
    exposed = broken.headers["access-control-expose-headers"]

    assert (reply.status, reply.body, reply.kind) == (204, b"", "")
    assert {"GET", "HEAD", "POST", "QUERY", "OPTIONS"} <= set(
        reply.headers["access-control-allow-methods"].split(", ")
    )
    assert "Content-Type" in reply.headers["access-control-allow-headers"]
    assert reply.headers["accept-query"] == "application/sparql-query"
    assert broken.headers["access-control-allow-origin"] == "*"
    assert {"ETag", "Pacta-Rows", "Retry-After", "Repr-Digest"} <= set(exposed.split(", "))


# ---- the dataset --------------------------------------------------------------------------

IN = "SELECT ?v { ?s <http://e/in> ?v }"
IN_GRAPH = "SELECT ?g ?v { GRAPH ?g { ?s <http://e/in> ?v } } ORDER BY ?v"


@pytest.mark.parametrize(
    ("query", "default", "named", "expected"),
    [
        (IN, [], [], []),
        (IN, ["http://g/2"], [], ["two"]),
        (IN, ["http://g/2", "http://g/a=b"], [], ["one", "two"]),
        (IN, [], ["http://g/2"], []),
        (IN, ["http://g/none"], [], []),
        (IN_GRAPH, [], [], ["one", "two"]),
        (IN_GRAPH, ["http://g/2"], [], []),
        (IN_GRAPH, [], ["http://g/2"], ["two"]),
        (IN.replace("{", "FROM <http://g/2> {", 1), [], [], ["two"]),
        (IN.replace("{", "FROM <http://g/2> {", 1), ["http://g/a=b"], [], ["one"]),
        (IN.replace("{", "FROM <http://g/2> {", 1), [], ["http://g/a=b"], []),
        (IN_GRAPH.replace("{", "FROM NAMED <http://g/a=b> {", 1), [], [], ["one"]),
        (IN_GRAPH.replace("{", "FROM NAMED <http://g/a=b> {", 1), [], ["http://g/2"], ["two"]),
    ],
)
def test_dataset_of_the_request_replaces_the_querys(
    server: LiveServer, query: str, default: list[str], named: list[str], expected: list[str]
) -> None:
    """Graphs as given, no union; what the request names wins; an unknown graph is empty."""
    reply = server.ask(query, JSON, {"default-graph-uri": default, "named-graph-uri": named})

    assert sorted(row["v"] for row in rows(reply)) == expected


@pytest.mark.parametrize(
    ("dataset", "graphs"),
    [
        ("FROM <http://g/2> FROM <http://g/a=b>", []),
        ("FROM <http://g/2> FROM <http://g/2>", []),
        ("FROM g:2 FROM <a=b> FROM NAMED <http://g/2>", []),
        ("", ["http://g/2", "http://g/a=b"]),
        ("FROM <http://e/none>", ["http://g/2", "http://g/2"]),
    ],
)
def test_merge_of_graphs_holds_a_triple_once(
    server: LiveServer, dataset: str, graphs: list[str]
) -> None:
    """Several default graphs are merged (SPARQL 1.1 Query, section 13.2.1), named ones stay."""
    head = f"BASE <http://g/> PREFIX g: <http://g/> SELECT ?v {dataset}"
    parameters = {"default-graph-uri": graphs}
    merged = rows(server.ask(head + " { ?s <http://e/both> ?v }", JSON, parameters))
    named = rows(server.ask(head + " { GRAPH ?g { ?s <http://e/both> ?v } }", JSON, parameters))

    assert merged == [{"v": "x"}]
    assert named == ([{"v": "x"}] if "NAMED" in dataset else [])


# ---- negotiation --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "accept", "kind"),
    [
        (SELECT, None, JSON),
        (SELECT, "", JSON),
        (SELECT, "*/*", JSON),
        (SELECT, XML, XML),
        (SELECT, "application/xml", XML),
        (SELECT, "application/json", JSON),
        (SELECT, "text/*", CSV),
        (SELECT, f"{CSV};q=0.5, {TSV};q=0.6", TSV),
        (SELECT, f"{TSV}, */*;q=0.1", TSV),
        (SELECT, f"text/turtle, {XML};q=0.2", XML),
        (SELECT, f"{JSON};q=0, */*", XML),
        (SELECT, f"{CSV};header=present", CSV),
        (SELECT, f"{JSON};version=1.2", JSON),
        (SELECT, COMUNICA, XML),
        (SELECT, BROWSER, "text/html"),
        ("ASK {}", CSV, CSV),
        ("ASK {}", XML, XML),
        (CONSTRUCT, None, TURTLE),
        (CONSTRUCT, "*/*", TURTLE),
        (CONSTRUCT, NT, NT),
        (CONSTRUCT, "application/rdf+xml", "application/rdf+xml"),
        (CONSTRUCT, "application/ld+json", "application/ld+json"),
        (CONSTRUCT, "application/json", "application/ld+json"),
        (CONSTRUCT, "application/trig", "application/trig"),
        (CONSTRUCT, COMUNICA, "application/n-quads"),
        ("DESCRIBE <http://e/a>", f"{JSON}, {TURTLE};q=0.5", TURTLE),
        (CONSTRUCT, "application/rdf+xml, application/xhtml+xml;q=0.5", "application/rdf+xml"),
        (CONSTRUCT, f"{TURTLE}, text/html;q=0.1", TURTLE),
        (CONSTRUCT, f"{NT};q=0.9, text/html;q=0.5", NT),
        (CONSTRUCT, f"{JSON}, text/html;q=0.1", "text/html"),
        (CONSTRUCT, BROWSER, "text/html"),
    ],
)
def test_negotiation(server: LiveServer, query: str, accept: str | None, kind: str) -> None:
    """The form decides the family, the client the format."""
    reply = server.ask(query, accept)

    assert (reply.status, reply.kind) == (200, kind)
    assert "Accept" in reply.headers["vary"]
    assert int(reply.headers["content-length"]) == len(reply.body)
    assert "transfer-encoding" not in reply.headers


@pytest.mark.parametrize(("query", "accept"), [(SELECT, TURTLE), (CONSTRUCT, CSV), ("ASK {}", NT)])
def test_nothing_acceptable(server: LiveServer, query: str, accept: str) -> None:
    """406 lists what there is, and `format=` overrides."""
    reply = server.ask(query, accept)
    listed = [row["type"] for row in json.loads(reply.body)["available"]]
    word = json.loads(reply.body)["available"][0]["format"]

    assert (reply.status, "Accept" in reply.headers["vary"]) == (406, True)
    assert (JSON in listed) == (query != CONSTRUCT)
    assert server.ask(query, accept, {"format": word}).status == 200


@pytest.mark.parametrize(
    ("query", "word", "kind"),
    [
        (SELECT, "csv", CSV),
        (SELECT, "JSON", JSON),
        (SELECT, "xml", XML),
        (SELECT, "text/csv", CSV),
        (CONSTRUCT, "xml", "application/rdf+xml"),
        (CONSTRUCT, "json", "application/ld+json"),
        (CONSTRUCT, "nt", NT),
        (CONSTRUCT, "ttl", TURTLE),
        (CONSTRUCT, "application/ld+json,application/x-json+ld", "application/ld+json"),
        (
            CONSTRUCT,
            ["json-ld", "application/ld+json,application/x-json+ld"],
            "application/ld+json",
        ),
        (SELECT, "application/sparql-results json", JSON),
        (SELECT, "html", "text/html"),
        (SELECT, "text/html", "text/html"),
        (SELECT, ["HTML", "html"], "text/html"),
    ],
)
def test_format_parameter(server: LiveServer, query: str, word: str | list[str], kind: str) -> None:
    """A name, a suffix or a media type, some in a list; it wins over `Accept`."""
    assert server.ask(query, "image/png", {"format": word}).kind == kind


# ---- validators ---------------------------------------------------------------------------


def test_etags(server: LiveServer) -> None:
    """They differ by query, format and dataset; a match is 304 with the same headers."""
    replies = [
        server.ask(SELECT, JSON),
        server.ask(SELECT, XML),
        server.ask(SELECT + " ", JSON),
        server.ask(SELECT, JSON, {"default-graph-uri": "http://g/2"}),
        server.ask(SELECT, JSON, {"named-graph-uri": "http://g/2"}),
    ]
    tags = [reply.headers["etag"] for reply in replies]
    path = f"/sparql?query={quote(SELECT)}"
    same = server.send("GET", path, headers={"If-None-Match": f'"x", {tags[0]}', "Accept": JSON})
    other = server.send("GET", path, headers={"If-None-Match": tags[1], "Accept": JSON})

    assert len(set(tags)) == len(tags)
    assert not any(tag.startswith("W/") for tag in tags)
    anything = server.send("GET", path, headers={"If-None-Match": "*", "Accept": JSON})
    lost = server.send("GET", path, headers={"If-Match": '"x"', "Accept": JSON})

    assert (anything.status, lost.status) == (304, 412)
    assert (same.status, same.body, same.headers["etag"]) == (304, b"", tags[0])
    assert "Accept" in same.headers["vary"]
    assert other.status == 200


@pytest.mark.parametrize("name", ["If-None-Match", "If-Match"])
@pytest.mark.parametrize(
    ("query", "status"), [("SELEKT", 400), ("ASK {", 400), ("ASK { FILTER(<u:f>(1)) }", 422)]
)
def test_conditions_do_not_hide_errors(
    server: LiveServer, query: str, status: int, name: str
) -> None:
    """They count only where the request would succeed (RFC 9110, section 13.2.1)."""
    value = "*" if name == "If-None-Match" else '"x"'

    assert (
        server.send("GET", f"/sparql?query={quote(query)}", headers={name: value}).status == status
    )


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (NOW() AS ?x) {}",
        "SELECT (rand() AS ?x) {}",
        "SELECT (UUID() AS ?x) {}",
        "SELECT (STRUUID() AS ?x) {}",
        "SELECT (BNODE() AS ?x) {}",
        "CONSTRUCT { [] <u:p> ?o } { ?s ?p ?o }",
        "CONSTRUCT { _:b <u:p> ?o } { ?s ?p ?o }",
        "CONSTRUCT { ?s <u:p> ?o {| <u:q> 1 |} } { ?s ?p ?o }",
    ],
)
def test_what_changes_is_not_kept(server: LiveServer, query: str) -> None:
    """No ETag, `no-store`, and a new answer each time."""
    first, second = server.ask(query), server.ask(query)

    assert "etag" not in first.headers
    assert first.headers["cache-control"] == "no-store"
    assert first.body != second.body


# ---- the bare endpoint --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "kind"),
    [(None, TURTLE), ("*/*", TURTLE), (NT, NT), ("application/ld+json", "application/ld+json")],
)
def test_service_description(server: LiveServer, accept: str | None, kind: str) -> None:
    """True of this endpoint: its address, its graphs and how much is in them."""
    headers = {} if accept is None else {"Accept": accept}
    reply = server.send("GET", "/sparql", headers=headers)
    formats = {TURTLE: ox.RdfFormat.TURTLE, NT: ox.RdfFormat.N_TRIPLES}
    quads = list(ox.parse(reply.body, formats.get(kind, ox.RdfFormat.JSON_LD)))
    objects: dict[str, list[str]] = {}
    for quad in quads:
        assert not isinstance(quad.object, ox.Triple)
        local = quad.predicate.value.rpartition("#")[2]
        objects.setdefault(local, []).append(quad.object.value)

    assert (reply.status, reply.kind) == (200, kind)
    assert objects["endpoint"] == [server.url]
    assert sorted(objects["name"]) == ["http://g/2", "http://g/a=b"]
    assert sorted(objects["triples"]) == ["2", "2", "9"]
    assert "Accept" in reply.headers["vary"]
    assert server.send("GET", "/sparql", headers={"Accept": "image/png"}).status == 406


def test_page_without_script(server: LiveServer) -> None:
    """A browser gets a form; a query's results stand below it, an error too."""
    empty = server.send("GET", "/sparql", headers={"Accept": BROWSER})
    full = server.ask(SELECT, BROWSER)
    broken = server.ask("SELECT * {<x", BROWSER)

    assert b"<textarea" in empty.body
    assert b"<script" not in full.body
    assert b"7 rows, all shown" in full.body
    assert b"&lt;and&gt; &amp; more" in full.body
    assert (broken.status, b'role="alert"' in broken.body) == (400, True)


def test_limits_and_health(server: LiveServer) -> None:
    """The numbers are those that hold."""
    limits = json.loads(server.send("GET", "/limits").body)["limits"]
    health = json.loads(server.send("GET", "/health").body)
    problem = json.loads(server.send("POST", "/sparql", b"#" * 30000, DIRECT).body)

    assert limits["max_query_bytes"] == 20000
    assert health["status"] == "ok"
    assert problem["limit"] == "max_query_bytes"


# ---- no way out ---------------------------------------------------------------------------


def test_nothing_connects(server: LiveServer) -> None:
    """SERVICE, FROM, LOAD and graph names never make the server connect: a canary listens."""
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.4)
        there = f"http://127.0.0.1:{canary.getsockname()[1]}"
        patterns = [
            f"SELECT * {{ SERVICE <{there}/> {{ ?s ?p ?o }} }}",
            f"SELECT * {{ SERVICE SILENT <{there}/> {{ ?s ?p ?o }} }}",
            f"SELECT * {{ VALUES ?e {{ <{there}/> }} SERVICE ?e {{ ?s ?p ?o }} }}",
            f"PREFIX e: <{there}/> SELECT * {{ SERVICEe:x {{ ?s ?p ?o }} }}",
            f"PREFIX : <{there}/> SELECT * {{ service:x {{ ?s ?p ?o }} }}",
            f"SELECT * {{ ?s ?p trueSERVICE<{there}/>{{ ?s ?p ?o }} }}",
            f"SELECT * {{ SERVICE#comment\n<{there}/> {{ ?s ?p ?o }} }}",
            f"SELECT * {{ ?s a (1 <{there}/#x>) . SERVICE <{there}/> {{ ?a ?b ?c }} }}",
            f"ASK {{ FILTER EXISTS {{ SERVICE <{there}/> {{ ?s ?p ?o }} }} }}",
            f"SELECT * {{ {{ SELECT * {{ SERVICE <{there}/> {{ ?s ?p ?o }} }} }} }}",
        ]
        statuses = {server.ask(query).status for query in patterns}
        graphs = [
            server.ask("SELECT * FROM <THERE/d> { ?s ?p ?o }".replace("THERE", there)),
            server.ask(IN_GRAPH.replace("{", f"FROM NAMED <{there}/d> {{", 1)),
            server.ask("SELECT * { ?s ?p ?o }", None, {"default-graph-uri": f"{there}/d"}),
            server.ask("SELECT * { ?s ?p ?o }", None, {"named-graph-uri": "file:///etc/passwd"}),
        ]
        updates = [server.ask(f"LOAD <{there}/d>"), server.ask(f"LOAD SILENT <{there}/d>")]
        with pytest.raises(TimeoutError):
            canary.accept()

    assert statuses == {403}
    assert [rows(reply) for reply in graphs] == [[]] * 4
    assert [reply.status for reply in updates] == [403, 403]


def test_data_that_points_elsewhere_does_not_start(tmp_path: Path) -> None:
    """A JSON-LD file with a remote context stops the start, without a connection."""
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.3)
        address = f"http://127.0.0.1:{canary.getsockname()[1]}/context"
        file = tmp_path / "x.jsonld"
        file.write_text(json.dumps({"@context": address, "@id": "http://e/a", "b": "c"}))
        with (
            pytest.raises(RuntimeError, match=r"x\.jsonld"),
            start_server("--data", str(file)),
        ):
            pass
        with pytest.raises(TimeoutError):
            canary.accept()


def test_keep_alive_and_http10(server: LiveServer) -> None:
    """Many queries on one connection; HTTP/1.0 gets the same length and bytes."""
    import http.client

    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port)) as connection:
        bodies = set()
        for _ in range(5):
            connection.request("GET", f"/sparql?query={quote(SELECT)}")
            bodies.add(connection.getresponse().read())
    with socket.create_connection(("127.0.0.1", server.port)) as plain:
        plain.sendall(f"GET /sparql?query={quote(SELECT)} HTTP/1.0\r\n\r\n".encode())
        answer = b"".join(iter(lambda: plain.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")

    assert bodies == {body}
    assert f"content-length: {len(body)}".encode() in head.lower()
