"""The examples of the documentation run on the collection and print what the pages say.

`make golden` writes their outputs anew.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.live import LiveServer
from tests.places import ROOT

DOCS = ROOT / "docs"

EXAMPLE = re.compile(
    r"^```(sh|python)\n((?:(?!```).*\n)*)```\n+```text\n((?:(?!```).*\n)*)```\n", re.M
)
"""A block that is followed by what it prints."""

WITH_EXAMPLES = [ROOT / "README.md", DOCS / "quickstart.md", DOCS / "how-to" / "reconcile.md"]


def name_page(page: Path) -> str:
    """Return the path of a page below the root, for the name of its test."""
    return page.relative_to(ROOT).as_posix()


def run_example(language: str, code: str, address: str, folder: Path) -> str:
    """Return what a block prints, run against ``address`` instead of port 8000.

    Addresses in angle brackets are names, not places to connect to, and stay.
    """
    program = (
        ["bash", "-eu", "-o", "pipefail", "-c"] if language == "sh" else [sys.executable, "-c"]
    )
    done = subprocess.run(
        [*program, re.sub(r"(?<!<)http://localhost:8000", address, code)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert 0 == done.returncode, done.stderr
    return done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=name_page)
def test_examples_print_what_the_page_says_golden(
    page: Path, real_server: LiveServer, tmp_path: Path
) -> None:
    """Every block with an output after it gives that output, from a server a reader would have."""
    text = page.read_text(encoding="utf-8")

    def renew(found: re.Match[str]) -> str:
        printed = run_example(found[1], found[2], real_server.address, tmp_path)
        return f"```{found[1]}\n{found[2]}```\n\n```text\n{printed}```\n"

    fresh = EXAMPLE.sub(renew, text)
    if os.environ.get("PACTA_GOLDEN") == "write":
        page.write_text(fresh, encoding="utf-8")
        text = fresh

    assert len(EXAMPLE.findall(text)) >= 3
    assert fresh == text, "to repair: make golden"


def read_model_queries() -> list[str]:
    """Return the queries of the page on the data model, each with its prologue."""
    text = (DOCS / "data-model.md").read_text(encoding="utf-8")
    (prologue,) = re.findall(r"^```sparql-prologue\n(.*?)^```", text, re.M | re.S)
    return [prologue + query for query in re.findall(r"^```sparql\n(.*?)^```", text, re.M | re.S)]


@pytest.mark.slow
@pytest.mark.parametrize("query", read_model_queries())
def test_queries_of_the_data_model_have_answers(query: str, real_server: LiveServer) -> None:
    """What the page says one can ask gives rows on the real collection."""
    answer = requests.post(
        real_server.url,
        data={"query": query},
        headers={"Accept": "application/sparql-results+json"},
        timeout=60,
    )

    assert 200 == answer.status_code, answer.text
    assert answer.json()["results"]["bindings"]
