"""`pacta serve --data` as a program: what it says at the start, in `/health` and of itself."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.live import start_server

A = '<http://e/a> <http://e/b> "x"'


def test_the_start_names_faults_and_serves_nothing(tmp_path: Path) -> None:
    """Without `--skip-invalid`; the message stands on its own."""
    file = tmp_path / "a.nt"
    file.write_text(f"{A} .\n<a b> <u:p> 1 .\nx\n")

    with (
        pytest.raises(RuntimeError, match="2 faults in 1 file, and nothing is served") as caught,
        start_server("--data", str(file)),
    ):
        pass

    assert f"{file}:2:1" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_what_was_left_out_is_told_everywhere(tmp_path: Path) -> None:
    """At the start, in `/health` and in the service description."""
    file = tmp_path / "a.nt"
    file.write_text(f"{A} .\n<a b> <u:p> 1 .\n")

    with start_server("--skip-invalid", "--data", str(file)) as server:
        rows = server.ask("SELECT * { ?s ?p ?o }", "text/csv").body
        health = json.loads(server.send("GET", "/health").body)
        description = server.send("GET", "/sparql", headers={"Accept": "text/turtle"}).body
        lines = list(server.lines)

    assert rows.count(b"\r\n") == 2
    assert any(line.startswith("serving 1 statement from 1 file at ") for line in lines)
    assert f"warning: {file}: left out because of 1 fault:" in lines
    assert health["data"][0]["left_out"] == 1
    assert health["data"][0]["faults"][0].startswith("a.nt:2:1")
    assert b"Statements were left out because of 1 fault in a.nt." in description


def test_union_on_request(tmp_path: Path) -> None:
    """The default graph stays empty without it."""
    file = tmp_path / "a.nq"
    file.write_text(f"{A} <http://e/g> .\n{A} <http://e/h> .\n")
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"

    counts = []
    for options in ((), ("--union",)):
        with start_server("--data", str(file), *options) as server:
            counts.append(server.ask(query, "text/csv").body.split()[1])
            told = any("all statements are in named graphs" in line for line in server.lines)
            assert told is not bool(options)

    assert counts == [b"0", b"1"]


@pytest.mark.parametrize("options", [["--union"], ["--skip-invalid"], ["--context", "a=b"]])
def test_options_of_data_need_data(options: list[str]) -> None:
    """They would do nothing for a release."""
    with pytest.raises(RuntimeError, match="go with --data"), start_server(*options):
        pass


def test_documents_of_pacta_are_read_with_its_context(tmp_path: Path) -> None:
    """The address of a context holds its digest, so the file is known whatever the host."""
    folder = tmp_path / "releases" / "x" / "ontology"
    folder.mkdir(parents=True)
    own = b'{"@context": {"label": {"@id": "http://e/label", "@container": "@language"}}}'
    (folder / "context.jsonld").write_bytes(own)
    digest = hashlib.sha256(own).hexdigest()[:16]
    file = tmp_path / "a.jsonld"
    file.write_text(
        json.dumps(
            {
                "@context": f"https://treaties.example/ns/context/{digest}.jsonld",
                "@id": "http://e/a",
                "label": {"en": "Peace"},
            }
        )
    )

    with start_server("--out", str(tmp_path), "--data", str(file)) as server:
        found = server.ask("SELECT ?o { ?s ?p ?o }", "text/tab-separated-values").body

    assert b'"Peace"@en' in found
