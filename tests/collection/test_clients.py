"""Clients of researchers against the real collection: the questions of ``queries/``, and the page.

SPARQLWrapper, rdflib's SPARQLStore and Comunica each ask five questions of a server over HTTP and
must get the rows that the build asks for. Every example of docs/sparql.md runs where its tool is.
Comunica comes from npm into a cache folder of the user; without it, its tests are skipped.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import XSD
from rdflib.plugins.sparql.results.jsonresults import parseJsonTerm
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from rdflib.term import Node
from SPARQLWrapper import JSON, SPARQLWrapper

from loader.check.questions import Question, read_questions
from loader.rdf.prefixes import PREFIXES
from tests.live import LiveServer
from tests.npm import install_packages, node_environment
from tests.places import ROOT
from tests.realbuild import BASE, by_value
from tests.skips import skip_without

PAGE = ROOT / "docs" / "sparql.md"
COMUNICA = "@comunica/query-sparql@5.4.1"
RUN_S = 120

ASKED = (
    "cq31-troop-figures",
    "cq35-confirmed-treaty",
    "q-bases-with-coordinates",
    "q-names-of-a-place",
    "q-parts-and-total",
)
"""In order, unbound cells, a path, decimals, languages, a union, a sum."""

Row = tuple[str, ...]
Client = Callable[[str, Question], list[Row]]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:.*:DeprecationWarning"),  # of rdflib's own store
]


# --- rows ----------------------------------------------------------------------------------------


def write_term(term: Node | None) -> str:
    """Return a term as text: numbers by value, a text with and without its datatype is one."""
    if isinstance(term, Literal) and term.datatype == XSD.string:
        term = Literal(str(term))
    return by_value(term)


def read_cell(cell: str) -> str:
    """Return a cell of the expected rows (the notation of queries/README.md) in full."""
    if not cell:
        return ""
    if cell.startswith("<"):
        return URIRef(cell[1:-1] if ":" in cell else f"{BASE}{cell[1:-1]}").n3()
    if text := re.fullmatch(r'"((?:[^"\\]|\\.)*)"(?:@(.+)|\^\^(.+))?', cell):
        value = json.loads(f'"{text[1]}"')
        datatype = URIRef(read_cell(text[3])[1:-1]) if text[3] else None
        return Literal(value, lang=text[2], datatype=datatype, normalize=False).n3()
    if cell in ("true", "false"):
        return Literal(cell, datatype=XSD.boolean).n3()
    if re.fullmatch(r"[-+]?[0-9.]+", cell):
        return by_value(Literal(cell, datatype=XSD.decimal))
    prefix, _, name = cell.partition(":")
    return URIRef(PREFIXES[prefix] + name).n3()


def expect_rows(question: Question) -> list[Row]:
    """Return the rows of the file beside a question; sorted where it has no order."""
    _, *lines = question.rows_path.read_text(encoding="utf-8").splitlines()
    return order(question, [tuple(map(read_cell, line.split("\t"))) for line in lines])


def order(question: Question, rows: list[Row]) -> list[Row]:
    """Return rows as they come where the question has an order, else sorted."""
    return rows if question.is_ordered else sorted(rows)


def read_json(text: object, question: Question) -> list[Row]:
    """Return the rows of a SPARQL JSON answer, columns as the file of the question has them."""
    value = json.loads(text) if isinstance(text, str | bytes) else text
    head = question.rows_path.read_text(encoding="utf-8").splitlines()[0]
    names = [name.removeprefix("?") for name in head.split("\t")]
    rows: list[Row] = []
    for found in value["results"]["bindings"]:  # type: ignore[index]
        terms = (parseJsonTerm(found[name]) if name in found else None for name in names)
        rows.append(tuple(map(write_term, terms)))
    return rows


def install_comunica() -> Path:
    """Return the folder of Comunica's commands."""
    return install_packages(COMUNICA) / ".bin"


# --- five questions ------------------------------------------------------------------------------


def ask_sparqlwrapper(url: str, question: Question) -> list[Row]:
    """The text as it is, by GET."""
    client = SPARQLWrapper(url, returnFormat=JSON)
    client.setQuery(question.text)
    return read_json(client.queryAndConvert(), question)


def ask_rdflib(url: str, question: Question) -> list[Row]:
    """The text as it is; rdflib makes the terms itself."""
    answer = Graph(SPARQLStore(url)).query(question.text)
    names = answer.vars or []
    return [tuple(write_term(row.get(name)) for name in names) for row in answer.bindings]


def ask_comunica(url: str, question: Question) -> list[Row]:
    """With the base in front, for it parses the text first; it finds out what the address is."""
    commands = install_comunica()
    done = subprocess.run(
        [
            commands / "comunica-sparql",
            url,
            f"BASE <{BASE}>\n{question.text}",
            "-t",
            "application/sparql-results+json",
        ],
        env=node_environment(commands),
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )
    assert 0 == done.returncode, done.stderr
    return read_json(done.stdout, question)


CLIENTS: dict[str, Client] = {
    "SPARQLWrapper": ask_sparqlwrapper,
    "SPARQLStore": ask_rdflib,
    "Comunica": ask_comunica,
}


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("client", CLIENTS)
def test_client_gets_the_expected_rows(real_server: LiveServer, client: str, name: str) -> None:
    """The rows of the .tsv, term by term, in order where the question has one."""
    (question,) = (q for q in read_questions(ROOT / "queries") if q.path.stem == name)

    rows = order(question, CLIENTS[client](real_server.url, question))

    assert rows
    assert expect_rows(question) == rows


@pytest.mark.parametrize("front", ["", f"BASE <{BASE}>\n", f"BASE <{BASE}> "])
def test_sparqlwrapper_takes_no_question_for_an_update(front: str) -> None:
    """It looks for words as `add` or `copy` in what it leaves of the comments, and then balks."""
    client = SPARQLWrapper("http://127.0.0.1/")
    wrong = []
    for question in read_questions(ROOT / "queries"):
        client.setQuery(front + question.text)
        if client.queryType not in ("SELECT", "ASK"):
            wrong.append(f"{question.path.name}: {client.queryType}")

    assert [] == wrong


# --- the examples of the page --------------------------------------------------------------------

EXAMPLE = re.compile(
    r"^```(sh|python|r)\n((?:(?!```).*\n)*)```\n(?:\n```text\n((?:(?!```).*\n)*)```\n)?", re.M
)


def list_examples() -> list[re.Match[str]]:
    """Return the blocks of the page that are programs, each with its output where one stands."""
    return list(EXAMPLE.finditer(PAGE.read_text(encoding="utf-8")))


def name_example(example: re.Match[str]) -> str:
    """Return the name of the tool of an example."""
    tools = (
        "comunica-sparql",
        "curl",
        "SPARQLWrapper",
        "import pandas",
        "import Graph",
        "read.csv",
    )
    return next((tool for tool in tools if tool in example[2]), example[1])


def run_example(language: str, code: str, address: str) -> str:
    """Return what a block prints, asked of ``address`` instead of port 8000.

    Addresses in angle brackets, and of things, are names and no places to connect to.
    """
    programs = {
        "sh": ["bash", "-eu", "-o", "pipefail", "-c"],
        "python": [sys.executable, "-c"],
        "r": ["Rscript", "-e"],
    }
    environment = dict(os.environ)
    if language == "r" and shutil.which("Rscript") is None:
        skip_without("r")
    if "comunica-sparql" in code:
        environment = node_environment(install_comunica())
    done = subprocess.run(
        [*programs[language], code.replace(f"{BASE}sparql", address)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_S,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


@pytest.mark.parametrize("number", range(len(list_examples())))
def test_example_of_the_page_golden(real_server: LiveServer, number: int) -> None:
    """It runs, and prints what stands below it."""
    example = list_examples()[number]
    printed = run_example(example[1], example[2], real_server.url)
    if os.environ.get("PACTA_GOLDEN") == "write" and example[3] is not None:
        text = PAGE.read_text(encoding="utf-8")
        block = f"```{example[1]}\n{example[2]}```\n\n```text\n"
        PAGE.write_text(
            text.replace(f"{block}{example[3]}```", f"{block}{printed}```"), encoding="utf-8"
        )
        example = list_examples()[number]

    assert printed
    if example[3] is not None:
        assert example[3] == printed, "to repair: make golden"


def test_page_has_an_example_of_every_tool() -> None:
    """None is forgotten, and all show their output but R, whose letters depend on the machine."""
    examples = {name_example(example): example[3] is not None for example in list_examples()}

    assert {
        "curl": True,
        "SPARQLWrapper": True,
        "import Graph": True,
        "import pandas": True,
        "read.csv": False,
        "comunica-sparql": True,
    } == examples
