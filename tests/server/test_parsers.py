"""Parsers of others against a live server: whatever they ask for, they read the same graph."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from pyld import jsonld  # type: ignore[import-untyped]
from rdflib import Dataset, Graph
from rdflib.compare import isomorphic

from tests.live import LiveServer, start_server
from tests.npm import find_npm, install_packages, node_environment
from tests.skips import needs

pytestmark = pytest.mark.filterwarnings("ignore")
RAPPER = shutil.which("rapper") or ""
CURL = shutil.which("curl") or ""
N3_PACKAGE = "n3@1.26.0"
JSONLD_PACKAGE = "jsonld@8.3.3"
TEXT = """PREFIX e: <http://e/> PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
e:a e:p 1, 2.5, "drei"@de, "x\\"\\n\\\\y", "1939-08-23"^^xsd:date, true ; e:q e:ž, [ e:r e:b ] .
"""
CONSTRUCT = "CONSTRUCT WHERE { ?s ?p ?o }"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with terms of every kind."""
    file = tmp_path_factory.mktemp("parsers") / "d.ttl"
    file.write_text(TEXT, encoding="utf-8")
    with start_server("--data", str(file)) as running:
        yield running


@pytest.fixture(scope="module")
def expected() -> Graph:
    """What every parser must find."""
    return Graph().parse(data=TEXT, format="turtle")


def address(server: LiveServer, form: str | None = None) -> str:
    """The address of all statements, in a format or as negotiated."""
    wish = f"&format={form}" if form else ""
    return f"{server.url}?query={quote(CONSTRUCT)}{wish}"


def fetch(server: LiveServer, form: str) -> bytes:
    """All statements in a format."""
    return server.ask(CONSTRUCT, parameters={"format": form}).body


@pytest.mark.parametrize("form", ["turtle", "n3", "nt", "xml", "json-ld", "trig", "nquads", None])
def test_rdflib_parses_the_address(server: LiveServer, expected: Graph, form: str | None) -> None:
    """`parse(url)` in every format, and without one.

    For N-Quads rdflib asks for anything at all, so the address says it.
    """
    found: Graph = Graph()
    if form in ("trig", "nquads"):
        where = address(server, "nquads" if form == "nquads" else None)
        dataset = Dataset().parse(where, format=form)
        for subject, predicate, value, _ in dataset.quads((None, None, None, None)):
            found.add((subject, predicate, value))
    else:
        found.parse(address(server), format=form)

    assert isomorphic(found, expected)


@needs("rapper", RAPPER)
@pytest.mark.parametrize("form", ["turtle", "ntriples", "rdfxml", "nquads", "trig"])
def test_rapper_reads_every_syntax(
    server: LiveServer, expected: Graph, tmp_path: Path, form: str
) -> None:
    """Raptor counts and writes the same statements."""
    file = tmp_path / "answer"
    file.write_bytes(fetch(server, form))
    done = subprocess.run(
        [RAPPER, "-q", "-i", form, "-o", "ntriples", file, "http://base/"],
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert isomorphic(Graph().parse(data=done.stdout, format="nt"), expected)


@needs("rapper", RAPPER)
def test_rapper_asks_the_address_itself(server: LiveServer, expected: Graph) -> None:
    """It guesses the syntax from the header of the answer."""
    done = subprocess.run(
        [RAPPER, "-q", "-g", "-o", "ntriples", address(server)],
        capture_output=True,
        check=True,
        timeout=60,
    )

    assert isomorphic(Graph().parse(data=done.stdout, format="nt"), expected)


def test_pyld_reads_the_json_ld(server: LiveServer, expected: Graph) -> None:
    """Without a network."""

    def refuse(url: str, _: object) -> None:
        raise AssertionError(url)

    document = json.loads(fetch(server, "jsonld"))
    options = {"format": "application/n-quads", "documentLoader": refuse}
    text = jsonld.to_rdf(document, options)

    assert isomorphic(Graph().parse(data=text, format="nt"), expected)


def run_node(script: str, package: str, data: bytes) -> bytes:
    """What a script prints that gets data on its standard input."""
    modules = install_packages(package)
    done = subprocess.run(
        [find_npm()[0] / "node", "-e", script],
        input=data,
        capture_output=True,
        check=False,
        timeout=60,
        env=node_environment() | {"NODE_PATH": str(modules)},
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("form", ["turtle", "ntriples", "nquads", "trig"])
def test_n3_js_reads_the_turtle_family(server: LiveServer, expected: Graph, form: str) -> None:
    """The parser of most programs for the browser."""
    script = """
        const N3 = require('n3'), fs = require('fs');
        const quads = new N3.Parser().parse(fs.readFileSync(0, 'utf-8'));
        const writer = new N3.Writer({format: 'N-Triples'});
        writer.addQuads(quads);
        writer.end((error, text) => process.stdout.write(text));
    """
    found = run_node(script, N3_PACKAGE, fetch(server, form))

    assert isomorphic(Graph().parse(data=found, format="nt"), expected)


@pytest.mark.slow
def test_jsonld_js_reads_the_json_ld(server: LiveServer, expected: Graph) -> None:
    """The reference processor, without a network."""
    script = """
        const jsonld = require('jsonld'), fs = require('fs');
        const options = {format: 'application/n-quads',
                         documentLoader: url => { throw new Error(url); }};
        jsonld.toRDF(JSON.parse(fs.readFileSync(0, 'utf-8')), options)
            .then(text => process.stdout.write(text));
    """
    found = run_node(script, JSONLD_PACKAGE, fetch(server, "jsonld"))

    assert isomorphic(Graph().parse(data=found, format="nt"), expected)


@needs("curl", CURL)
def test_curl_compressed_gets_the_answer(server: LiveServer) -> None:
    """Coded or not, curl writes the same; without a proxy it comes as it is."""
    plain, coded = (
        subprocess.run(
            [CURL, "-sf", *options, address(server, "ntriples")],
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for options in ([], ["--compressed"])
    )

    assert sorted(plain.splitlines()) == sorted(coded.splitlines())
    assert plain
