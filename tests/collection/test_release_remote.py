"""The real collection in stores of others: rows, documents and verdicts as with the own engine."""

from __future__ import annotations

import contextlib
import functools
import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from conform.answers.fetch import Limits
from conform.door import Options
from conform.run import run_suite
from loader.check.questions import Question, read_questions
from loader.release.endpoint import Endpoint
from loader.release.push import push_release
from tests.asking import JSON
from tests.live import LiveServer, start_server
from tests.places import ROOT
from tests.realrelease import build_real
from tests.sample import ALL, sample
from tests.stores import run_oxigraph, run_virtuoso

pytestmark = pytest.mark.slow

FORMS = tomllib.loads((ROOT / "tests/data/server/forms.toml").read_text(encoding="utf-8"))
PREFIXES = """PREFIX p: <https://w3id.org/pacta/ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX oa: <http://www.w3.org/ns/oa#>
"""
ASKED = 24
"""Questions that a run asks of each store."""
READ = 200
"""Documents that a run reads of each server."""
JUDGED = 24 if ALL else 2
"""Things that `conform` draws."""

STORES: dict[str, Callable[[Path], contextlib.AbstractContextManager[Endpoint]]] = {
    "oxigraph": run_oxigraph,
    "virtuoso": functools.partial(run_virtuoso, most_rows=1_000_000),
}


@pytest.fixture(scope="module", params=STORES)
def remote(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, LiveServer]]:
    """The name of a store that holds the release, and `pacta serve --endpoint` over it."""
    release = build_real()
    with STORES[request.param](tmp_path_factory.mktemp("store")) as endpoint:
        push_release(release, endpoint, 1_000_000, lambda text: None)
        with start_server("--release", str(release.path), "--endpoint", endpoint.query) as server:
            yield request.param, server


@pytest.mark.long
def test_all_questions_have_the_rows_of_the_embedded_engine(
    remote: tuple[str, LiveServer], real_server: LiveServer
) -> None:
    """The same terms and datatypes, in order where it counts."""
    questions = read_questions(ROOT / "queries")
    different = [
        each.path.stem
        for each in sample(questions, ASKED)
        if ask(remote[1], each) != ask(real_server, each)
    ]

    assert len(questions) > 80
    assert different == []


@pytest.mark.long
def test_functions_and_forms_have_the_values_of_the_embedded_engine(
    remote: tuple[str, LiveServer], real_server: LiveServer
) -> None:
    """But for what docs/how-to/scale.md says of Virtuoso; its errors are errors of ours."""
    forms = read_forms()
    right = {name: read_rows(real_server, text) for name, text in forms.items()}
    different = {name for name, text in forms.items() if read_rows(remote[1], text) != right[name]}
    known = set(FORMS["virtuoso"]) if remote[0] == "virtuoso" else set()

    assert len(forms) > 200
    assert sum(bool(rows) for rows in right.values()) > 190
    assert different - known == set()


@pytest.mark.long
def test_documents_are_those_of_the_embedded_server(
    remote: tuple[str, LiveServer], real_server: LiveServer
) -> None:
    """Every thing, its page apart, whose links to queries name the server: status and bytes."""
    things = "SELECT DISTINCT ?s { ?s a ?class FILTER(CONTAINS(STR(?s), '/id/')) } ORDER BY ?s"
    rows = json.loads(real_server.ask(things, JSON).body)["results"]["bindings"]
    paths = sorted({urlsplit(row["s"]["value"]).path.replace("/id/", "/doc/") for row in rows})
    different = [
        (path, media_type)
        for path in sample(paths, READ)
        for media_type in ("text/turtle", "application/ld+json")
        if read_document(remote[1], path, media_type)
        != read_document(real_server, path, media_type)
    ]

    assert len(paths) > 2000
    assert different == []


@pytest.mark.long
def test_conform_judges_as_it_judges_the_embedded_server(
    remote: tuple[str, LiveServer], real_server: LiveServer
) -> None:
    """The same rules pass, and the same ones do not apply."""
    verdicts = [judge(server) for server in (remote[1], real_server)]

    assert verdicts[0] == verdicts[1]
    assert "fail" not in verdicts[0].values()
    assert len(verdicts[0]) > 200


def read_document(server: LiveServer, path: str, media_type: str) -> tuple[int, bytes]:
    """Status and bytes of a document."""
    reply = server.send("GET", path, headers={"Accept": media_type})
    assert reply.status == 200, (path, media_type)
    return reply.status, reply.body


def judge(server: LiveServer) -> dict[str, str]:
    """Rule of `conform` → its verdict."""
    run = run_suite(
        Options(base=f"{server.address}/", sample=JUDGED),
        Limits(max_requests=40_000, timeout_s=1200),
    )
    return {result.rule.id: str(result.verdict) for result in run.results}


def read_forms() -> dict[str, str]:
    """Name → query, of `tests/data/server/forms.toml`."""
    texts = {
        expression: f"SELECT * {{ {each['pattern']} BIND({expression} AS ?value) }}"
        for each in FORMS["computed"].values()
        for expression in each["expressions"]
    }
    return {name: PREFIXES + text for name, text in (texts | FORMS["queries"]).items()}


def read_rows(server: LiveServer, text: str) -> list[str]:
    """The rows of an answer, sorted where the query does not end in an order; else its status."""
    reply = server.ask(text, JSON)
    if reply.status != 200:
        return [str(reply.status)]
    answer = json.loads(reply.body)
    found = answer.get("results", {"bindings": [answer.get("boolean")]})["bindings"]
    rows = [json.dumps(row, sort_keys=True) for row in found]
    return rows if text.rfind("ORDER BY") > text.rfind("}") else sorted(rows)


def ask(server: LiveServer, question: Question) -> dict[str, Any]:
    """The answer to a question; its rows in one order where the question has none."""
    reply = server.ask(question.text, JSON)
    assert reply.status == 200, (question.path.stem, reply.body)
    answer: dict[str, Any] = json.loads(reply.body)
    if not question.is_ordered and "results" in answer:
        answer["results"]["bindings"].sort(key=lambda row: json.dumps(row, sort_keys=True))
    return answer
