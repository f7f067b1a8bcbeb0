"""The real release behind a real `pacta serve`, asked by programs of others."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import LiveServer, start_server
from tests.realbuild import BASE
from tests.realrelease import build_real
from tests.sample import ALL
from tests.skips import import_or_skip, needs

pytestmark = pytest.mark.slow

FUZZER = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
THINGS = (
    "treaty/peace-1920",
    "place/vilnius",
    "event/peace-1920--signature",
    "source/003",
    "evidence/003-654-688",
    "disagreement/peace-1920-signature-date",
)
CASES = 10 if ALL else 3
"""Random requests for each route: with ten, about 300 in all."""


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    """`pacta serve` over the real release."""
    with start_server("--release", str(build_real().path)) as running:
        yield running


def test_the_endpoint_answers_at_its_address(server: LiveServer) -> None:
    """`{base}sparql` stands in the dump; it is the one address that only the command serves."""
    answer = server.send("GET", "/sparql", headers={"Accept": "text/turtle"})

    assert answer.status == 200
    assert answer.kind == "text/turtle"


def test_a_page_names_the_work_that_a_document_cites(server: LiveServer) -> None:
    """What a historian wrote leads to the note of the document that names book and page."""
    page = server.send("GET", "/doc/position/peace-1920--senn-not-neutral.html").body.decode()

    assert 'citing <a href="/doc/publication/senn-1966-34">' in page


@pytest.mark.filterwarnings("ignore")  # of another's package
@pytest.mark.parametrize("thing", THINGS)
def test_a_client_of_others_reads_the_signposts(server: LiveServer, thing: str) -> None:
    """The package `signposting` finds them in field, page and link set (levels 1 and 2)."""
    signposting = import_or_skip("signposting")
    where = f"http://127.0.0.1:{server.port}/doc/{thing}"

    field = signposting.find_signposting_http(where)
    page = signposting.find_signposting_html(where)
    linkset = signposting.find_signposting_linkset(f"{where}.linkset")

    for found in (field, page, linkset.for_context(f"{BASE}doc/{thing}")):
        assert found.citeAs is not None
        assert str(found.citeAs.target) == f"{BASE}id/{thing}"
        assert found.license is not None
        assert found.types
        assert found.authors
        assert found.collection is not None
        kinds = {str(each.type) for each in found.describedBy}
        assert {"text/turtle", "application/ld+json"} <= kinds
    assert {str(each.target) for each in field.linksets} == {f"{where}.linkset"}


@needs("schemathesis", FUZZER)
@pytest.mark.long
def test_no_odd_request_makes_an_error_or_an_undocumented_answer(
    server: LiveServer, tmp_path: Path
) -> None:
    """Schemathesis over `/openapi.json`: no 5xx, no status or media type it does not name.

    The limits of the endpoint (429, 503 with a code of its own) are answers, not errors.
    """
    description = json.loads(server.send("GET", "/openapi.json").body)
    assert {"/sparql", "/limits"} <= set(description["paths"])
    checks = "not_a_server_error,status_code_conformance,content_type_conformance"
    told = subprocess.run(
        [
            str(FUZZER),
            "run",
            f"http://127.0.0.1:{server.port}/openapi.json",
            "--checks",
            f"{checks},response_schema_conformance,allow_header_conformance",
            *("--phases", "examples,fuzzing"),
            *("--max-examples", os.environ.get("PACTA_FUZZ_CASES", str(CASES))),
            *("--seed", "1920", "--workers", "2", "--request-timeout", "30", "--no-color"),
            *("--generation-database", "none", "--suppress-health-check", "all"),
        ],
        capture_output=True,
        text=True,
        timeout=100,
        cwd=tmp_path,
        check=False,
    )

    assert told.returncode == 0, told.stdout[-4000:] + told.stderr[-2000:]
    assert re.search(r"\d+ generated", told.stdout), told.stdout[-2000:]


def test_a_dump_is_sent_without_being_held() -> None:
    """However often it is fetched, by whichever thread: the server does not grow by a file."""
    release = build_real()
    path = f"/dumps/{release.id}/pacta.nq"
    size = release.file("dumps/pacta.nq").stat().st_size
    with start_server("--out", str(release.path.parent.parent)) as server:
        assert len(server.send("GET", path).body) == size
        before = server.memory_bytes()
        for _ in range(24):
            assert len(server.send("GET", path).body) == size
        grown = server.memory_bytes() - before

    assert size > 10_000_000
    assert grown < 3 * size
