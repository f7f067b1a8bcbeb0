"""The real collection in stores of others: all questions have the rows of the embedded engine."""

from __future__ import annotations

import contextlib
import functools
import json
from collections.abc import Callable
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

ASKED = 24
"""Questions that a run asks of each store."""

STORES: dict[str, Callable[[Path], contextlib.AbstractContextManager[Endpoint]]] = {
    "oxigraph": run_oxigraph,
    "virtuoso": functools.partial(run_virtuoso, most_rows=1_000_000),
}


@pytest.mark.long
@pytest.mark.parametrize("name", STORES)
def test_all_questions_have_the_rows_of_the_embedded_engine(
    name: str, real_server: LiveServer, tmp_path: Path
) -> None:
    """Through `pacta serve --endpoint`: the same terms and datatypes, in order where it counts."""
    release, questions = build_real(), read_questions(ROOT / "queries")
    asked = sample(questions, ASKED)
    with STORES[name](tmp_path) as endpoint:
        push_release(release, endpoint, 1_000_000, lambda text: None)
        with start_server("--release", str(release.path), "--endpoint", endpoint.query) as remote:
            different = [
                each.path.stem for each in asked if ask(remote, each) != ask(real_server, each)
            ]

    assert len(questions) > 80
    assert different == []


def ask(server: LiveServer, question: Question) -> dict[str, Any]:
    """The answer to a question; its rows in one order where the question has none."""
    reply = server.ask(question.text, JSON)
    assert reply.status == 200, (question.path.stem, reply.body)
    answer: dict[str, Any] = json.loads(reply.body)
    if not question.is_ordered and "results" in answer:
        answer["results"]["bindings"].sort(key=lambda row: json.dumps(row, sort_keys=True))
    return answer
