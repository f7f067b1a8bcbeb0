"""A small server of plain files, and what is asked of it over HTTP."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from tests.live import LiveServer, Reply, start_server

JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
CSV = "text/csv"
TSV = "text/tab-separated-values"
TURTLE = "text/turtle"
NT = "application/n-triples"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
COMUNICA = (
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,"
    "application/n-triples;q=0.8,text/turtle;q=0.6,application/rdf+xml;q=0.5,"
    "text/n3;q=0.35,application/xml;q=0.3,image/svg+xml;q=0.3,text/html;q=0.2,"
    "application/sparql-results+json;q=0.1"
)
DATA = """@prefix : <http://e/> .
:a :p "one"@en-gb , "two" , 3 , 4.5 , "1920-07-12"^^<http://www.w3.org/2001/XMLSchema#date> ,
    "19XX"^^<http://id.loc.gov/datatypes/edtf/EDTF> ; :q :b , _:x .
_:x :p "a, \\"quoted\\" cell\\nwith a line <and> & more" .
"""
CONSTRUCT = "CONSTRUCT WHERE { ?s <http://e/p> ?o }"
SELECT = "SELECT ?s ?o { ?s <http://e/p> ?o } ORDER BY STR(?o)"


@contextlib.contextmanager
def start_small_server(folder: Path) -> Iterator[LiveServer]:
    """A server with one default graph and two named ones; its files lie in the folder."""
    (folder / "d.ttl").write_text(DATA)
    both = '<http://e/g> <http://e/both> "x" .\n'
    (folder / "g1.nt").write_text('<http://e/g> <http://e/in> "one" .\n' + both)
    (folder / "g2.nt").write_text('<http://e/g> <http://e/in> "two" .\n' + both)
    with start_server(
        *("--data", str(folder / "d.ttl")),
        *("--named-graph", f"http://g/a=b={folder / 'g1.nt'}"),
        *("--named-graph", f"http://g/2={folder / 'g2.nt'}"),
        constants={"max_query_bytes": 20_000, "max_body_bytes": 100_000},
    ) as running:
        yield running


def rows(reply: Reply) -> list[dict[str, str]]:
    """The rows of JSON results, values only."""
    assert reply.status == 200, reply.body
    found = json.loads(reply.body)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in found]
