"""Requests as other stores' forms and clients write them, against a running server."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest

from server.app import REQUEST_FIELDS
from tests.live import LiveServer, start_server
from tests.places import ROOT

ONE = "SELECT ?o { ?s ?p ?o } LIMIT 1"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with one statement."""
    file = tmp_path_factory.mktemp("habits") / "a.nt"
    file.write_text('<http://e/a> <http://e/b> "x" .\n')
    with start_server("--data", str(file)) as running:
        yield running


@pytest.mark.parametrize(
    ("parameters", "kind"),
    [
        ({"timeout": "0", "debug": "on", "format": "auto"}, "application/sparql-results+json"),
        ({"timeout": "0.0"}, "application/sparql-results+json"),
        ({"timeout": "30000", "signal_void": "on"}, "application/sparql-results+json"),
        ({"output": "csv"}, "text/csv"),
        ({"output": "json", "format": "xml"}, "application/sparql-results+xml"),
        ({"format": "auto", "output": "csv"}, "application/sparql-results+json"),
        ({"format": "application/sparql-results+xml"}, "application/sparql-results+xml"),
        ({"format": "text/tab-separated-values", "stylesheet": ""}, "text/tab-separated-values"),
    ],
)
def test_parameters_of_other_stores(
    server: LiveServer, parameters: dict[str, str], kind: str
) -> None:
    """Honoured where they mean something here, else without effect."""
    reply = server.ask(ONE, parameters=parameters)

    assert (reply.status, reply.kind) == (200, kind)


@pytest.mark.parametrize("word", ["turtle", "text/turtle", "rdf+xml", "nt"])
def test_a_format_that_cannot_carry_the_answer_is_406(server: LiveServer, word: str) -> None:
    """By `format=` as by `Accept`; a word that nobody knows stays 400."""
    for name in ("format", "output"):
        reply = server.ask(ONE, parameters={name: word})
        assert reply.status == 406
        assert b"json, xml, csv, tsv" in reply.body
    assert server.ask(ONE, "text/turtle").status == 406
    assert server.ask(ONE, parameters={"format": "klingon"}).status == 400


@pytest.mark.parametrize("kind", ["text/n3", "text/rdf+n3", "text/n3;charset=utf-8, */*;q=0.1"])
def test_n3_is_answered_with_turtle(server: LiveServer, kind: str) -> None:
    """Every Turtle document is an N3 document."""
    reply = server.ask("CONSTRUCT WHERE { ?s ?p ?o }", kind)

    assert (reply.status, reply.kind) == (200, "text/turtle")


def test_a_preflight_lists_every_field_that_is_read(server: LiveServer) -> None:
    """Held to the source: a field that is read and not listed fails here."""
    reply = server.send(
        "OPTIONS",
        "/sparql",
        headers={"Origin": "http://e", "Access-Control-Request-Method": "QUERY"},
    )
    listed = {each.strip() for each in reply.headers["access-control-allow-headers"].split(",")}
    read = {
        name
        for file in (ROOT / "server").rglob("*.py")
        for name in re.findall(
            r"(?:request|caller)\.headers\.get\(\s*\"([A-Za-z-]+)\"", file.read_text("utf-8")
        )
    }

    assert "Accept" in read
    assert listed == set(REQUEST_FIELDS)
    assert read <= listed
    assert "QUERY" in reply.headers["access-control-allow-methods"]


def test_answers_are_right_where_the_engine_alone_is_not(server: LiveServer) -> None:
    """The rewriting stands in the way of every request."""
    query = (
        'SELECT (?born + "P1D"^^<http://www.w3.org/2001/XMLSchema#dayTimeDuration> AS ?next) '
        '{ VALUES ?born { "1939-08-23"^^<http://www.w3.org/2001/XMLSchema#date> } }'
    )
    assert server.ask(query, "text/csv").body == b"next\r\n1939-08-24\r\n"


def test_places_of_mistakes_are_those_of_the_text_as_it_came(server: LiveServer) -> None:
    """Though another text was asked first."""
    query = "SELECT (GROUP_CONCAT(?t) AS ?x) {\n ?t nope:p ?o }"
    reply = server.ask(query)
    plain = server.ask(query.replace("GROUP_CONCAT(?t)", "GROUP_CONCAT(DISTINCT ?t)"))

    assert reply.status == plain.status == 400
    assert b"line 2" in reply.body or b"nope" in reply.body


def test_having_and_the_label_service_say_what_to_write(server: LiveServer) -> None:
    """As problem+json, with the hint that fits."""
    having = server.ask("SELECT ?s (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s HAVING (?n > 1)")
    label = server.ask("SELECT ?x { ?x ?p ?o SERVICE wikibase:label { ?a ?b ?c } }")

    assert (having.status, label.status) == (400, 403)
    assert b"COUNT(*) instead of ?n" in having.body
    assert b"rdfs:label" in label.body


@pytest.mark.parametrize("accept", ["text/turtle, text/html", "text/csv, text/html"])
def test_data_named_first_are_data(server: LiveServer, accept: str) -> None:
    """Among equal weights."""
    query = "CONSTRUCT WHERE { ?s ?p ?o }" if "turtle" in accept else ONE
    assert server.ask(query, accept).kind != "text/html"
    assert server.ask(query, accept.replace(", text/html", ";q=0.8, text/html")).kind == "text/html"


@pytest.mark.parametrize(
    "target", ["/search?q=Šiauliai", "/doc/place/Šiauliai", "/sparql?query=ASK{?s%20?p%20'Š'}"]
)
@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-13"])
def test_letters_that_are_not_encoded_are_told_with_the_repair(
    server: LiveServer, target: str, encoding: str
) -> None:
    """As curl sends what somebody types; the web server refuses it before the application."""
    with socket.create_connection(("127.0.0.1", server.port), 10) as line:
        line.sendall(
            f"GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode(encoding)
        )
        said = b"".join(iter(lambda: line.recv(65536), b""))
    body = said.partition(b"\r\n\r\n")[2]

    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"percent-encode what is not ASCII: curl -G --data-urlencode" in body
