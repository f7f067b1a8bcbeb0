"""Records in full: the YAML-LD says what the graph says, by the judgement of PyLD."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyld import jsonld  # type: ignore[import-untyped]
from rdflib import XSD, Literal
from rdflib import Graph as RdfGraph

from loader.errors import SeedError
from loader.graph.build import build_graph
from loader.rdf.terms import PACTA
from loader.read.ontology.vocabulary import Vocabulary
from loader.read.records import read_records
from loader.workspace import Workspace, open_workspace
from loader.write.yamlld import expand_file, format_yaml
from tests.sample import ALL, sample

BASE = "http://localhost:8000/"
BOUNDS = {
    PACTA[name]
    for name in ("earliest", "latest", "julianDay", "endInferredFrom", "conflictsWith", "searchKey")
} | {PACTA[name] for name in ("fromEarliest", "fromLatest", "untilEarliest", "untilLatest")}


def to_triples(document: dict[str, Any], vocabulary: Vocabulary) -> set[tuple[Any, ...]]:
    """Return the triples that PyLD reads in a document."""
    local = dict(document)
    local["@context"] = [dict(vocabulary.terms), document["@context"][1]]
    quads = jsonld.to_rdf(local, {"format": "application/n-quads"})
    graph = RdfGraph()
    graph.parse(data=quads, format="nt")
    return {by_value(triple) for triple in graph if triple[1] not in BOUNDS}


def by_value(triple: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a triple whose double is a number: PyLD writes doubles in a form of its own."""
    subject, prop, value = triple
    is_double = isinstance(value, Literal) and value.datatype == XSD.double
    return (subject, prop, float(value)) if is_double else triple


def list_records(workspace: Workspace) -> list[Path]:
    """Return the files of records of a workspace; of a sample, two of each folder."""
    files = [
        file
        for file in sorted(workspace.seeds.rglob("*.yaml"))
        if file.parent.name not in ("passages", "reading", "published")
        and file.name != "withdrawn.yaml"
    ]
    folders = itertools.groupby(files, key=lambda file: file.parent)
    return [file for _, own in folders for file in sample(own, 2)]


def compare(workspace: Workspace, vocabulary: Vocabulary) -> int:
    """Hold the YAML-LD of files to the graph; return how many triples it gave."""
    graph = build_graph(read_records(workspace, vocabulary), vocabulary, BASE)
    whole = {by_value(t) for name in ("facts", "statements", "links") for t in graph.triples[name]}
    found: set[tuple[Any, ...]] = set()
    files = list_records(workspace)
    for file in files:
        document = expand_file(file.read_bytes(), file, vocabulary, BASE)
        found |= to_triples(document, vocabulary)

    assert found - whole == set()
    asserted = graph.triples["statements"] | graph.triples["links"]
    assertions = {
        subject
        for subject, prop, _ in asserted
        if prop in (PACTA.about, PACTA.linkOf)
        and (ALL or graph.origins[str(subject)].path in files)
    }
    missing = {
        triple for triple in asserted - found if triple[0] in assertions and triple[1] not in BOUNDS
    }
    assert missing == set()
    return len(found)


def test_yamlld_says_what_the_graph_says(tiny: Workspace, vocabulary: Vocabulary) -> None:
    """Expanded by PyLD, each file gives triples of the graph; together all asserted ones."""
    assert compare(tiny, vocabulary) > 300


@pytest.mark.slow
def test_yamlld_of_the_seeds_says_what_the_graph_says(root: Path, vocabulary: Vocabulary) -> None:
    """The same for the collection of the checkout, whichever that is."""
    assert compare(open_workspace(root), vocabulary) > 0


def test_yamlld_is_plain_data(tiny_folder: Path, vocabulary: Vocabulary) -> None:
    """It can be written as YAML and as JSON, and read again the same."""
    file = tiny_folder / "seeds/treaties/lakeside-peace.yaml"
    document = expand_file(file.read_bytes(), file, vocabulary, BASE)

    assert json.loads(json.dumps(document)) == document
    assert yaml.safe_load(format_yaml(document)) == document
    assert document["@graph"][0]["id"] == "treaty/lakeside-peace"
    assert document["@graph"][0]["kind"] == "peace"


def test_yamlld_writes_shorthands_out(tiny_folder: Path, vocabulary: Vocabulary) -> None:
    """An entry becomes a statement with its address, property and bounds."""
    file = tiny_folder / "seeds/treaties/lakeside-peace.yaml"
    nodes = expand_file(file.read_bytes(), file, vocabulary, BASE)["@graph"]
    (registered,) = [n for n in nodes if n.get("onProperty") == "registeredOn"]

    assert registered == {
        "id": "statement/lakeside-peace--registered-on--1922",
        "type": "Statement",
        "about": "treaty/lakeside-peace",
        "rank": "normal",
        "onProperty": "registeredOn",
        "value": {"@value": "1922", "@type": "http://www.w3.org/2001/XMLSchema#gYear"},
        "earliest": "1922-01-01",
        "latest": "1922-12-31",
        "evidence": registered["evidence"],
    }


def test_yamlld_of_a_broken_file_is_its_errors(tmp_path: Path, vocabulary: Vocabulary) -> None:
    """All of them, with their places."""
    text = b"- {id: treaty/a, type: Treaty, x: 1}\n- {id: treaty/b, type: Treaty, y: 1}\n"
    with pytest.raises(SeedError) as caught:
        expand_file(text, tmp_path / "f.yaml", vocabulary, BASE)

    assert [caught.value.line, caught.value.also[0].line] == [1, 2]
