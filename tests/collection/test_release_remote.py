"""The real collection in stores of others: all questions have the rows of the embedded engine."""

from __future__ import annotations

import contextlib
import functools
import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from loader.check.questions import Question, read_questions
from loader.release.endpoint import Endpoint
from loader.release.push import push_release
from tests.asking import JSON
from tests.live import LiveServer, start_server
from tests.places import ROOT
from tests.realrelease import build_real
from tests.sample import sample
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
