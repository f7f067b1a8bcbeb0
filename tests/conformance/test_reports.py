"""Inputs from public reports, each as it lies in the folder of cases, and the tests of its kind.

The folder holds the smallest input for each thing that hit people elsewhere, and a README with a
row for each. Every row has its right outcome here, and at least three neighbours in other files.
"""

from __future__ import annotations

import importlib
import inspect
import json
import math
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from SPARQLWrapper import TURTLE, SPARQLWrapper

import pacta
from server.reading.reader import DataFile, ReadingOptions
from server.reading.summary import describe_reports
from server.release.store import load_files
from tests.live import LiveServer, start_server
from tests.loader.release.test_misbehaving import endpoint, ok
from tests.places import ROOT
from tests.server.reading.files import load, refuse
from tests.server_release import make_client, make_small_release
from tests.skips import needs

CASES = Path(os.environ.get("PACTA_CASES") or ROOT.parent / "shared" / "cases") / "reports"
README = CASES / "README.md"
JSON = "application/sparql-results+json"
SUBJECT = "<http://example.org/a> <http://example.org/b>"

pytestmark = needs("cases", README.is_file())

READING = "tests.server.reading.test_reports:"
CONTEXTS = "tests.server.reading.test_contexts:"
XML = "tests.server.reading.test_xml:"
TRAPS = "tests.server.syntax.test_traps:"
HABITS = "tests.server.sparql.test_habits:"
REMOTE = "tests.loader.release.test_misbehaving:"

NEIGHBOURS: dict[str, tuple[str, ...]] = {
    "date-plus.rq": (f"{TRAPS}test_dates_and_durations_are_added_whatever_variables_are_called",),
    "truncated.rdf": (
        f"{XML}test_xml_that_is_not_well_formed_is_refused",
        f"{READING}test_a_file_that_is_cut_off_is_never_taken_for_whole",
        f"{READING}test_compressed_files_that_are_cut_off_or_damaged_are_refused",
    ),
    "comment-in-text.rdf": (f"{XML}test_text_is_whole_whatever_stands_inside_it",),
    "bom.ttl": (
        f"{READING}test_marks_and_compression_in_every_syntax",
        f"{READING}test_characters_that_cannot_be_seen_are_named",
    ),
    "bad-iris.nt": (
        f"{READING}test_all_faults_in_one_run_each_with_its_place",
        f"{READING}test_skip_invalid_serves_the_rest_and_says_what_it_left_out",
        f"{READING}test_a_faulty_statement_of_turtle_costs_itself_alone",
        "tests.server.reading.test_jsonld:test_what_json_ld_leaves_out_is_told",
    ),
    "langstring.nt": (
        f"{READING}test_all_faults_in_one_run_each_with_its_place",
        f"{READING}test_skip_invalid_serves_the_rest_and_says_what_it_left_out",
        f"{READING}test_graphs_keep_their_statements_where_one_is_left_out",
        f"{XML}test_faults_of_rdfxml_have_a_place_and_can_be_skipped",
    ),
    "ascii.rdf latin1.rdf utf16.rdf": (
        f"{XML}test_xml_says_how_it_is_encoded",
        f"{XML}test_a_byte_order_mark_has_the_last_word",
        f"{READING}test_bytes_of_another_encoding_are_told_with_the_repair",
    ),
    "single-quoted-entity.rdf": (
        f"{XML}test_entities_of_the_doctype_are_known",
        f"{XML}test_entities_never_leave_the_file_and_never_explode",
    ),
    "turtle-in.owl": (
        f"{READING}test_content_says_the_format_where_the_name_misleads",
        f"{READING}test_what_is_no_rdf_is_named",
    ),
    "remote-context.jsonld": (
        f"{CONTEXTS}test_common_contexts_come_with_pacta",
        f"{CONTEXTS}test_the_commands_can_be_pasted_into_a_shell",
        f"{READING}test_contexts_beside_the_document",
        f"{READING}test_contexts_that_are_none",
    ),
    "tiny.nt.gz": (
        f"{READING}test_marks_and_compression_in_every_syntax",
        f"{READING}test_compressed_files_that_are_cut_off_or_damaged_are_refused",
    ),
    "no-statements.json": (f"{READING}test_no_statements_is_a_warning",),
    "one-graph.nq": (
        f"{READING}test_each_file_says_its_statements_and_named_graphs_get_a_word",
        f"{READING}test_content_says_the_format_where_the_name_misleads",
    ),
    "group-concat.rq": (
        f"{TRAPS}test_iris_are_joined_to_a_text",
        f"{TRAPS}test_different_terms_are_joined_once_each",
    ),
    "having-alias.rq": (
        f"{TRAPS}test_having_over_an_alias_says_what_to_write",
        f"{TRAPS}test_having_that_means_what_it_says_is_answered",
    ),
    "lang-case.rq": (f"{TRAPS}test_language_tags_compare_whatever_their_case",),
    "label-service.rq": (
        f"{TRAPS}test_the_label_service_has_its_own_hint",
        f"{HABITS}test_having_and_the_label_service_say_what_to_write",
        "tests.conformance.test_reports:test_the_label_service_in_other_words",
    ),
    "bce.ttl": ("tests.conform.test_legal_values:test_no_traceback_stands_among_the_rules",),
    "endpoint-truncated.json": (
        f"{REMOTE}test_query_ends_with_a_sentence",
        f"{REMOTE}test_push_ends_with_a_sentence",
    ),
    "endpoint-login.html": (
        f"{REMOTE}test_query_ends_with_a_sentence",
        f"{REMOTE}test_whole_answers_are_printed",
    ),
    "/search?q=": (
        f"{HABITS}test_letters_that_are_not_encoded_are_told_with_the_repair",
        "tests.project.test_deploy:test_letters_that_are_not_encoded_are_told_with_the_repair",
    ),
    "Accept: text/n3": (
        f"{HABITS}test_n3_is_answered_with_turtle",
        "tests.conformance.test_reports:test_n3_is_turtle_at_documents_too",
    ),
    "timeout=0": (f"{HABITS}test_parameters_of_other_stores",),
    "output=csv": (f"{HABITS}test_parameters_of_other_stores",),
    "setReturnFormat(TURTLE)": (f"{HABITS}test_a_format_that_cannot_carry_the_answer_is_406",),
    "--compressed": (
        "tests.project.test_deploy:test_curl_compressed_gets_answers_coded_and_whole",
        "tests.server.test_parsers:test_curl_compressed_gets_the_answer",
    ),
}
"""What tells a row of the README → the tests of its kind, as module:function."""


def count_cases(name: str) -> int:
    """How many cases a test has."""
    module, _, function = name.partition(":")
    test = getattr(importlib.import_module(module), function)
    marks = [mark for mark in getattr(test, "pytestmark", []) if mark.name == "parametrize"]
    return math.prod(len(list(mark.args[1])) for mark in marks)


def test_every_row_has_its_tests() -> None:
    """A row that nobody holds fails here, and so does one that is gone."""
    lines = README.read_text(encoding="utf-8").splitlines()
    cells = [
        line.split(" | ")[0].strip("| ").replace("`", "")
        for line in lines
        if line.startswith(("| `", "| S"))
    ]

    assert len(cells) == len(NEIGHBOURS)
    assert sorted(NEIGHBOURS) == sorted(key for cell in cells for key in NEIGHBOURS if key in cell)


@pytest.mark.parametrize("row", NEIGHBOURS)
def test_every_row_has_neighbours(row: str) -> None:
    """Three at least, each in a test that exists."""
    assert sum(map(count_cases, NEIGHBOURS[row])) >= 3


# ---- files ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("comment-in-text.rdf", [f'{SUBJECT} "before  after"']),
        ("bom.ttl", [f'{SUBJECT} "x"']),
        ("turtle-in.owl", [f'{SUBJECT} "x"']),
        ("tiny.nt.gz", [f'{SUBJECT} "x"']),
        ("one-graph.nq", [f'{SUBJECT} "x" <http://example.org/g>']),
        ("no-statements.json", []),
        ("bce.ttl", ['"-0043-03-15"^^<http://www.w3.org/2001/XMLSchema#date>']),
        *((name, None) for name in ("ascii.rdf", "latin1.rdf", "utf16.rdf")),
        ("single-quoted-entity.rdf", None),
    ],
)
def test_a_file_is_read(tmp_path: Path, name: str, expected: list[str] | None) -> None:
    """As the README says it should be; None: one statement, as rdflib reads it."""
    from rdflib import Graph

    found, report = load(tmp_path, name, (CASES / name).read_bytes())
    told = describe_reports([report], union=False)

    if expected is None:
        (triple,) = Graph().parse(CASES / name, format="xml")
        assert found == [" ".join(term.n3() for term in triple)]
    else:
        assert len(found) == len(expected)
        assert all(line.endswith(end) for line, end in zip(found, expected, strict=True))
    if name == "no-statements.json":
        assert "looks like GeoJSON" in told[1]
    if name == "one-graph.nq":
        assert "all statements are in named graphs" in told[1]
        (tmp_path / "union").mkdir()
        item = DataFile(str(CASES / name))
        load_files([item], tmp_path / "union" / "store", union=True)


@pytest.mark.parametrize(
    ("name", "place", "words"),
    [
        ("truncated.rdf", ":4:1: ", "<rdf:RDF> is still open"),
        ("bad-iris.nt", ":2:1 to 2:25: ", "4 faults in 1 file"),
        ("langstring.nt", ":1:", "--skip-invalid"),
        (
            "remote-context.jsonld",
            ": its context https://schema.org/ is not at hand",
            "--context https://schema.org/=",
        ),
    ],
)
def test_a_file_is_refused_with_its_place(
    tmp_path: Path, name: str, place: str, words: str
) -> None:
    """What the start says."""
    message = refuse(tmp_path, name, (CASES / name).read_bytes())

    assert message.startswith(f"{name}{place}")
    assert words in message
    if "--skip-invalid" in message:
        (tmp_path / "2").mkdir()
        _, report = load(
            tmp_path / "2", name, (CASES / name).read_bytes(), ReadingOptions(skip_invalid=True)
        )
        assert report.left_out_count == message.count("\n")


# ---- queries ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    """A server with the file about language tags."""
    with start_server("--data", str(CASES / "lang-case.ttl")) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("date-plus.rq", "born,next,before\r\n1939-08-23,1939-08-24,1939-08-22\r\n"),
        ("group-concat.rq", "all\r\nhttp://example.org/a http://example.org/b\r\n"),
        ("lang-case.rq", "l\r\ncolour\r\n"),
    ],
)
def test_a_query_is_answered(server: LiveServer, name: str, expected: str) -> None:
    """As other stores answer it."""
    reply = server.ask((CASES / name).read_text(encoding="utf-8"), "text/csv")

    assert (reply.status, reply.body.decode()) == (200, expected)


@pytest.mark.parametrize(
    ("name", "status", "hint"),
    [
        ("having-alias.rq", 400, "Repeat the expression in HAVING: COUNT(*) instead of ?n."),
        ("label-service.rq", 403, "rdfs:label ?xLabel FILTER(LANG(?xLabel) ="),
    ],
)
def test_a_query_is_refused_with_help(
    server: LiveServer, name: str, status: int, hint: str
) -> None:
    """The hint is what to write instead."""
    reply = server.ask((CASES / name).read_text(encoding="utf-8"))

    assert reply.status == status
    assert hint in json.loads(reply.body)["hint"]


@pytest.mark.parametrize(
    "service",
    [
        'wikibase:label { bd:serviceParam wikibase:language "[AUTO_LANGUAGE],en" . }',
        '<http://wikiba.se/ontology#label> { bd:serviceParam wikibase:language "lt" }',
        "SILENT wikibase:label { ?x rdfs:label ?name }",
    ],
)
def test_the_label_service_in_other_words(server: LiveServer, service: str) -> None:
    """As people copy it from Wikidata's examples."""
    reply = server.ask(f"SELECT ?x ?xLabel WHERE {{ ?x ?p ?o . SERVICE {service} }}")

    assert reply.status == 403
    assert "The label service exists only at Wikidata" in json.loads(reply.body)["hint"]


# ---- requests ---------------------------------------------------------------------------------


def test_addresses_of_other_forms_are_answered(server: LiveServer) -> None:
    """Virtuoso's form, and `output=` of Fuseki, ARC2 and SPARQLWrapper."""
    form = {"timeout": "0", "debug": "on", "format": "auto"}
    one = "SELECT * {?s ?p ?o} LIMIT 1"

    assert server.ask("ASK{}", parameters=form).status == 200
    assert server.ask(one, parameters={"output": "csv"}).kind == "text/csv"


@pytest.mark.filterwarnings("ignore:Sending Accept header")
def test_a_table_asked_as_turtle_is_406(server: LiveServer) -> None:
    """SPARQLWrapper shows a 400 as a query that is badly formed."""
    from urllib.error import HTTPError

    wrapper = SPARQLWrapper(server.url)
    wrapper.setReturnFormat(TURTLE)
    wrapper.setQuery("SELECT * { ?s ?p ?o }")

    with pytest.raises(HTTPError, match="406"):
        wrapper.query()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """The server over a small release."""
    out = tmp_path_factory.mktemp("out")
    make_small_release(out)
    return make_client(out)


@pytest.mark.parametrize(
    "accept", ["text/n3, */*;q=0.1", "text/rdf+n3", "text/n3", "text/n3;q=0.8, text/html;q=0.5"]
)
@pytest.mark.parametrize("path", ["/ns", "/doc/treaty/peace-1920"])
def test_n3_is_turtle_at_documents_too(client: FlaskClient, accept: str, path: str) -> None:
    """As rdflib asks with `parse(url, format="n3")`."""
    reply = client.get(path, headers={"Accept": accept})

    assert reply.status_code == 200
    assert reply.mimetype == "text/turtle"


# ---- other servers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "form", "words"),
    [
        ("endpoint-truncated.json", JSON, "table", "cut off"),
        ("endpoint-truncated.json", JSON, "json", "cut off"),
        ("endpoint-login.html", "text/html", "table", "answered a page"),
        ("endpoint-login.html", "text/html", "csv", "answered a page"),
    ],
)
def test_an_endpoint_that_misbehaves(
    name: str, kind: str, form: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and a sentence."""
    with endpoint(ok((CASES / name).read_bytes(), kind)) as address:
        code = pacta.main(["query", "--endpoint", address, "--format", form, "SELECT * {?s ?p ?o}"])
    out, said = capfd.readouterr()

    assert (code, out) == (2, "")
    assert words in said


class _Quiet(SimpleHTTPRequestHandler):
    extensions_map = {".ttl": "text/turtle"}  # noqa: RUF012 (the base class has it so)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.mark.slow
def test_a_legal_date_before_year_1_is_no_traceback(tmp_path: Path) -> None:
    """`pacta conform` over plain files."""
    handler = partial(_Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as there:
        threading.Thread(target=there.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{there.server_address[1]}/"
        text = (CASES / "bce.ttl").read_text(encoding="utf-8")
        (tmp_path / "bce.ttl").write_text(re.sub(r"http://127\.0\.0\.1:\d+/", base, text))
        command = [sys.executable, "-m", "pacta", "conform", base]
        command += ["--document", f"{base}bce.ttl", "--timeout-s", "10"]
        done = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
        )
        there.shutdown()

    assert done.returncode == 1
    assert "text/turtle" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert "-0043" not in done.stdout + done.stderr


def test_the_tests_of_the_kinds_are_named_once() -> None:
    """No test stands twice in a row."""
    for row, names in NEIGHBOURS.items():
        assert len(set(names)) == len(names), row
        assert all(inspect.isfunction(_find(name)) for name in names), row


def _find(name: str) -> object:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)
