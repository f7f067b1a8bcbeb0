"""`conform` against a server of the real collection, with things of all kinds."""

from __future__ import annotations

import pytest

from conform.answers.fetch import Limits
from conform.door import Options
from conform.report import format_result
from conform.run import run_suite
from tests.live import LiveServer
from tests.sample import ALL

SAMPLE = 24 if ALL else 4
"""Things to draw; tests/collection/test_release_faces.py asks for all of them."""


@pytest.mark.slow
def test_own_server_passes_every_applicable_rule(real_server: LiveServer) -> None:
    """The real collection, served as a user would, judged by things drawn from all kinds."""
    run = run_suite(
        Options(base=f"{real_server.address}/", sample=SAMPLE),
        Limits(max_requests=40_000, timeout_s=1200),
    )

    failures = [format_result(result) for result in run.results if result.verdict == "fail"]
    assert SAMPLE == len(run.entities)
    assert [] == failures, "\n".join(failures)
    assert 0 == run.exit_code
