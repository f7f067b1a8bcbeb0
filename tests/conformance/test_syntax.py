"""The W3C suites for RDF syntaxes through the reader of `pacta serve --data`, by manifest.

RDF/XML: all tests. Every other syntax: all that the engine's own reader passes. What it does not
pass stands in `skips.toml` with its reason, and fails here on the day that it passes.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph, URIRef
from rdflib.namespace import RDF

from server.reading.contexts import ContextSources
from server.reading.faults import DataError
from server.reading.reader import DataFile, FileReport, ReadingOptions, read_file
from tests.places import ROOT
from tests.skips import LISTS, needs

SUITES = Path(os.environ.get("PACTA_SUITES") or ROOT.parent / "shared" / "suites")
HERE = (SUITES / "rdf11").is_dir() and (SUITES / "json-ld11").is_dir()
KNOWN = LISTS["syntax"]
WEB = "https://w3c.github.io/rdf-tests/rdf/rdf11/"
JSONLD_WEB = "https://w3c.github.io/json-ld-api/tests/"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
_OTHER = ("expandContext", "rdfDirection", "produceGeneralizedRdf")
"""Options of a JSON-LD test that ask for what is no part of reading a file."""

pytestmark = needs("suites", HERE)


@dataclass(frozen=True)
class SyntaxTest:
    """One test.

    Attributes:
        name: Folder and file.
        file: What is read.
        base: What its references resolve against.
        good: It must be read.
        expected: N-Triples or N-Quads of what it says; None: anything.
    """

    name: str
    file: Path
    base: str
    good: bool
    expected: Path | None


@cache
def read_rdf_tests(folder: str) -> tuple[SyntaxTest, ...]:
    """The tests of a folder of `rdf11`."""
    if not HERE:
        return ()
    root = SUITES / "rdf11"
    graph = Graph().parse(root / folder / "manifest.ttl", publicID=f"{WEB}{folder}/manifest.ttl")
    tests: list[SyntaxTest] = []
    for test, action in graph.subject_objects(URIRef(f"{MF}action")):
        kind = str(graph.value(test, RDF.type))
        result = graph.value(test, URIRef(f"{MF}result"))
        name = str(action).removeprefix(WEB)
        expected = None if result is None else root / str(result).removeprefix(WEB)
        tests.append(SyntaxTest(name, root / name, str(action), "Negative" not in kind, expected))
    return tuple(sorted(tests, key=lambda each: each.name))


@cache
def read_jsonld_tests() -> tuple[SyntaxTest, ...]:
    """The JSON-LD 1.1 tests for toRdf, without those of JSON-LD 1.0 and of other options."""
    if not HERE:
        return ()
    root = SUITES / "json-ld11"
    manifest = json.loads((root / "toRdf-manifest.jsonld").read_text(encoding="utf-8"))
    tests: list[SyntaxTest] = []
    for entry in manifest["sequence"]:
        option = entry.get("option", {})
        older = "json-ld-1.0" in (option.get("specVersion"), option.get("processingMode"))
        if older or any(name in option for name in _OTHER):
            continue
        expected = root / entry["expect"] if "expect" in entry else None
        good = "Negative" not in str(entry["@type"])
        base = option.get("base") or JSONLD_WEB + entry["input"]
        tests.append(SyntaxTest(entry["input"], root / entry["input"], base, good, expected))
    return tuple(tests)


def read(test: SyntaxTest, folder: Path, *, skip_invalid: bool = False) -> list[ox.Quad]:
    """What the reader gives, its default graph as such; raises `DataError`."""
    contexts = {
        JSONLD_WEB + str(path.relative_to(SUITES / "json-ld11")): path
        for path in (test.file.parent.glob("*.jsonld") if test.file.suffix == ".jsonld" else ())
    }
    options = ReadingOptions(skip_invalid, ContextSources(contexts))
    report = FileReport(test.name)
    quads = list(read_file(DataFile(str(test.file), test.base), 0, options, folder, report))
    if skip_invalid and report.left_out_count:
        raise DataError(test.name, report.left_out)
    own = ox.NamedNode(test.base)
    return [
        ox.Quad(quad.subject, quad.predicate, quad.object) if quad.graph_name == own else quad
        for quad in quads
    ]


def canonical(quads: list[ox.Quad]) -> list[str]:
    """Quads up to the names of blank nodes."""
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(map(str, dataset))


def passes(test: SyntaxTest, folder: Path, *, skip_invalid: bool = False) -> bool:
    """Whether the reader does what the test demands."""
    try:
        found = read(test, folder, skip_invalid=skip_invalid)
    except DataError:
        return not test.good
    if not test.good or test.expected is None:
        return test.good
    wanted = list(ox.parse(path=str(test.expected), base_iri=test.base))
    return canonical(found) == canonical(wanted)


FOLDERS = ("rdf-xml", "rdf-turtle", "rdf-trig", "rdf-n-triples", "rdf-n-quads")


@pytest.mark.parametrize("skip_invalid", [False, True], ids=["whole", "singly"])
@pytest.mark.parametrize("folder", FOLDERS)
def test_rdf_syntaxes(folder: str, skip_invalid: bool, tmp_path: Path) -> None:
    """Read as a whole, and statement by statement."""
    tests = read_rdf_tests(folder)
    failed = [each.name for each in tests if not passes(each, tmp_path, skip_invalid=skip_invalid)]

    assert len(tests) >= 70
    assert failed == sorted(name for name in KNOWN if name.startswith(f"{folder}/"))


def test_rdfxml_is_passed_whole() -> None:
    """No exception is made for it."""
    assert len(read_rdf_tests("rdf-xml")) == 166
    assert not [name for name in KNOWN if name.startswith("rdf-xml/")]


def test_jsonld(tmp_path: Path) -> None:
    """With contexts by address, from files."""
    tests = read_jsonld_tests()
    failed = sorted(each.name for each in tests if not passes(each, tmp_path))

    assert len(tests) >= 400
    assert failed == sorted(name for name in KNOWN if name.startswith("toRdf/"))


def test_what_fails_here_fails_in_the_engine() -> None:
    """So nothing that its reader passes is lost on the way."""
    tests = {each.name: each for folder in FOLDERS for each in read_rdf_tests(folder)}
    tests |= {each.name: each for each in read_jsonld_tests()}
    for name in KNOWN:
        test = tests[name]
        try:
            found = list(ox.parse(path=str(test.file), base_iri=test.base))
        except (SyntaxError, ValueError):
            assert test.good, name
            continue
        same = test.expected is not None and canonical(found) == canonical(
            list(ox.parse(path=str(test.expected), base_iri=test.base))
        )
        assert not (test.good and same), name
