"""What comes back from `/sparql`: terms, sizes and digests, and what a format cannot carry."""

from __future__ import annotations

import base64
import hashlib
import json
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest

from tests.asking import (
    CSV,
    DATA,
    JSON,
    NT,
    SELECT,
    TSV,
    TURTLE,
    XML,
)
from tests.live import LiveServer


@pytest.mark.parametrize("kind", [JSON, XML, CSV, TSV])
def test_tables_say_how_much_they_are(server: LiveServer, kind: str) -> None:
    """Rows and digest stand in the headers and are those of the body."""
    reply = server.ask(SELECT, kind)
    digest = base64.b64encode(hashlib.sha256(reply.body).digest()).decode()

    assert reply.headers["pacta-rows"] == "7"
    assert reply.headers["repr-digest"] == f"sha-256=:{digest}:"


def test_terms_come_back_as_they_are(server: LiveServer) -> None:
    """Language tags, datatypes and lexical forms are those of the data."""
    found = json.loads(server.ask(SELECT).body)["results"]["bindings"]
    terms = {row["o"]["value"]: row["o"] for row in found}

    assert terms["one"]["xml:lang"] == "en-gb"
    assert "datatype" not in terms["two"]
    assert terms["3"]["datatype"].endswith("#integer")
    assert terms["4.5"]["datatype"].endswith("#decimal")
    assert terms["19XX"]["datatype"] == "http://id.loc.gov/datatypes/edtf/EDTF"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (TURTLE, ox.RdfFormat.TURTLE),
        (NT, ox.RdfFormat.N_TRIPLES),
        ("application/rdf+xml", ox.RdfFormat.RDF_XML),
        ("application/ld+json", ox.RdfFormat.JSON_LD),
        ("application/trig", ox.RdfFormat.TRIG),
        ("application/n-quads", ox.RdfFormat.N_QUADS),
    ],
)
def test_graphs_are_the_same_in_every_format(
    server: LiveServer, accept: str, kind: ox.RdfFormat
) -> None:
    """What is parsed back is the same graph."""
    query = "CONSTRUCT WHERE { <http://e/a> <http://e/p> ?o }"
    read = {quad.object for quad in ox.parse(server.ask(query, accept).body, kind)}
    wanted = {
        quad.object for quad in ox.parse(DATA.encode(), ox.RdfFormat.TURTLE)
        if quad.subject == ox.NamedNode("http://e/a") and quad.predicate.value == "http://e/p"
    }  # fmt: skip

    assert read == wanted


RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


@pytest.mark.parametrize(
    ("query", "accept", "fits"),
    [
        ("CONSTRUCT { <u:s> <http://e/1> 1 } {}", "application/rdf+xml", NT),
        (f"CONSTRUCT {{ <u:s> <{RDF}li> 1 }} {{}}", "application/rdf+xml", NT),
        ("CONSTRUCT { <u:s> <http://www.w3.org/2000/xmlns/x> 1 } {}", "application/rdf+xml", NT),
        ('CONSTRUCT { <u:s> <u:p> "a\\u0001b" } {}', "application/rdf+xml", NT),
        ("CONSTRUCT { <u:s> <u:p> <<( <u:a> <u:b> 1 )>> } {}", "application/ld+json", NT),
        ('SELECT ("a\\u0001b" AS ?x) {}', XML, JSON),
        ('SELECT ("\\uFFFE" AS ?x) {}', XML, TSV),
        ('SELECT (TRIPLE(<u:a>, <u:b>, "x,y") AS ?t) {}', CSV, TSV),
    ],
)
def test_what_a_format_cannot_carry_is_refused(
    server: LiveServer, query: str, accept: str, fits: str
) -> None:
    """An error that names no store and no function, and not a broken document."""
    refused = server.ask(query, accept)

    assert (refused.status, json.loads(refused.body)["code"]) == (422, "query-failed")
    assert b"store" not in refused.body
    assert server.ask(query, fits).status == 200


@pytest.mark.parametrize(
    ("query", "accept"),
    [
        ('SELECT ("a\\rb\\r\\nc" AS ?x) {}', XML),
        ('CONSTRUCT { <u:s> <u:p> "a\\rb\\r\\nc" } {}', "application/rdf+xml"),
    ],
)
def test_carriage_returns_survive_xml(server: LiveServer, query: str, accept: str) -> None:
    """Readers of XML take a raw one for a line end (XML 1.0, section 2.11)."""
    read = ElementTree.fromstring(server.ask(query, accept).body)  # noqa: S314 (our own answer)

    assert "a\rb\r\nc" in {each.text for each in read.iter()}
