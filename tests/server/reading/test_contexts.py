"""JSON-LD contexts of others: which come with Pacta, and what is said where one is missing."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from pyld import FrozenDocumentLoader, jsonld  # type: ignore[import-untyped]

from server.reading.contexts import ContextSources, hash_context
from server.reading.published import list_published
from server.reading.reader import ReadingOptions
from tests.server.reading.files import ONE, load, refuse

DOCUMENTS: list[tuple[str, dict[str, Any]]] = [
    (
        "https://www.w3.org/ns/activitystreams",
        {"id": "http://e/n", "type": "Note", "content": "x", "to": {"id": "http://e/p"}},
    ),
    (
        "https://www.w3.org/ns/did/v1",
        {"id": "did:example:1", "controller": "did:example:2", "alsoKnownAs": ["http://e/a"]},
    ),
    (
        "https://www.w3.org/2018/credentials/v1",
        {"id": "http://e/c", "type": "VerifiableCredential", "issuer": "http://e/i"},
    ),
    (
        "https://linked.art/ns/v1/linked-art.json",
        {
            "id": "http://e/o",
            "type": "HumanMadeObject",
            "_label": "A treaty",
            "identified_by": [{"type": "Name", "content": "Peace treaty"}],
            "produced_by": {
                "type": "Production",
                "timespan": {"type": "TimeSpan", "begin_of_the_begin": "1920-07-12T00:00:00Z"},
            },
        },
    ),
]


def canonical(text: str) -> list[str]:
    """N-Quads up to the names of blank nodes."""
    dataset = ox.Dataset(ox.parse(text.encode(), ox.RdfFormat.N_QUADS))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(map(str, dataset))


@pytest.mark.parametrize(("address", "document"), DOCUMENTS, ids=[row[0] for row in DOCUMENTS])
def test_common_contexts_come_with_pacta(
    tmp_path: Path, address: str, document: dict[str, Any]
) -> None:
    """Read as PyLD reads the document with the same file, under `http:` as under `https:`."""
    file = list_published()[address.partition(":")[2]]
    options = {
        "documentLoader": FrozenDocumentLoader({address: file}),
        "format": "application/n-quads",
    }
    wanted = canonical(jsonld.to_rdf({"@context": address, **document}, options))

    assert wanted
    for number, name in enumerate((address, address.replace("https:", "http:"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        found, report = load(folder, "a.jsonld", json.dumps({"@context": name, **document}))
        assert canonical("".join(f"{line} .\n" for line in found)) == wanted
        assert report.statements == len(wanted)


def test_every_context_that_comes_with_pacta_is_one(tmp_path: Path) -> None:
    """Nine documents, some under a second address."""
    assert len(set(list_published().values())) == 9
    for number, address in enumerate(list_published()):
        folder = tmp_path / str(number)
        folder.mkdir()
        document = {"@context": f"https:{address}", "@id": "http://e/a", "http://e/b": "x"}
        assert load(folder, "a.jsonld", json.dumps(document))[0] == ONE


def test_a_file_that_is_given_goes_before_the_one_that_comes_with_pacta(tmp_path: Path) -> None:
    """`--context` has the last word."""
    address = "https://www.w3.org/ns/activitystreams"
    own = tmp_path / "own.jsonld"
    own.write_text('{"@context": {"content": "http://e/b"}}')
    document = json.dumps({"@context": address, "@id": "http://e/a", "content": "x"})

    options = ReadingOptions(context_sources=ContextSources({address: own}))
    assert load(tmp_path, "a.jsonld", document, options)[0] == ONE


def test_all_missing_contexts_are_named_in_one_run(tmp_path: Path) -> None:
    """Each once, also where contexts that are at hand name it, with its own file."""
    first, second = (f"http://x.example/{name}/context.json" for name in "ab")
    (tmp_path / "beside.jsonld").write_text(json.dumps({"@context": [first, {}]}))
    contexts = ["beside.jsonld", second, second]
    lines = refuse(tmp_path, "a.jsonld", json.dumps({"@context": contexts})).splitlines()

    for name, address, line in zip("ab", (first, second), lines, strict=True):
        file = f"x-example-{name}-context-json.jsonld"
        assert f"-o {file} {address}" in line
        assert line.endswith(f"--context {address}={file}")


@pytest.mark.parametrize(
    ("address", "download"),
    [
        ("https://schema.org", "https://schema.org/docs/jsonldcontext.jsonld"),
        ("http://schema.org/", "https://schema.org/docs/jsonldcontext.jsonld"),
        ("http://x.example/c?a=1&b=$(x)", "http://x.example/c?a=1&b=$(x)"),
    ],
)
def test_the_commands_can_be_pasted_into_a_shell(
    tmp_path: Path, address: str, download: str
) -> None:
    """Nothing in an address means anything to the shell, and the option names that address."""
    document = json.dumps({"@context": address, "@id": "http://e/a", "b": "x"})
    line = refuse(tmp_path, "a.jsonld", document).splitlines()[0]
    curl = shlex.split(line.partition("save it (")[2].partition(") and start")[0])
    given, _, file = shlex.split(line.partition("--context ")[2])[0].rpartition("=")

    assert curl[-2:] == [file, download]
    assert given == address
    (tmp_path / file).write_text('{"@context": {"b": "http://e/b"}}')
    (tmp_path / "2").mkdir()
    options = ReadingOptions(context_sources=ContextSources({given: tmp_path / file}))
    assert load(tmp_path / "2", "a.jsonld", document, options)[0] == ONE


def test_a_page_saved_for_a_context_is_named(tmp_path: Path) -> None:
    """What `curl` without `Accept` gives from many addresses."""
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><title>Context</title>")
    options = ReadingOptions(context_sources=ContextSources({"http://x.example/": page}))
    text = '{"@context": "http://x.example/", "@id": "http://e/a", "b": "x"}'

    assert "it holds a page or XML, not JSON" in refuse(tmp_path, "a.jsonld", text, options)


def test_a_document_of_another_collection_needs_no_file(tmp_path: Path) -> None:
    """The context of Pacta's ontology is made where a document names it by its digest, only."""
    asked: list[None] = []

    def make() -> str:
        asked.append(None)
        return '{"@context": {"b": "http://e/b"}}'

    options = ReadingOptions(context_sources=ContextSources(own=make))
    digest = hash_context(make().encode())
    for name, is_known in ((digest, True), ("0" * 16, False)):
        address = f"https://other.example/ns/context/{name}.jsonld"
        text = json.dumps({"@context": address, "@id": "http://e/a", "b": "x"})
        folder = tmp_path / name
        folder.mkdir()
        if is_known:
            assert load(folder, "a.jsonld", text, options)[0] == ONE
        else:
            assert f"--context {address}=" in refuse(folder, "a.jsonld", text, options)
    assert len(asked) == 3
