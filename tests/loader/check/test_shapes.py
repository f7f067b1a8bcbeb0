"""The door to the rules: broken rules, messages, explanations and the report."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import DCTERMS, RDF, RDFS, SH, BNode, Graph, Literal, Namespace, URIRef

from loader.check.rules import read_explanations, read_shapes
from loader.check.shapes import check_shapes
from loader.errors import ShapesError
from tests.places import ROOT

P = Namespace("https://w3id.org/pacta/ns#")
REC = Namespace("https://w3id.org/pacta/ns/records#")
BASE = "http://localhost:8000/"

PREFIXES = """\
@prefix dcterms: <http://purl.org/dc/terms/> .
@prefix p: <https://w3id.org/pacta/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix s: <https://w3id.org/pacta/shapes/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
s: sh:declare [ sh:prefix "p" ; sh:namespace "https://w3id.org/pacta/ns#"^^xsd:anyURI ] .
"""
CORE = """
s:Labelled a sh:PropertyShape ; dcterms:identifier "9" ; sh:severity sh:Warning ;
  sh:targetClass p:Party ; sh:message "{?this} has no label."@en ;
  sh:path rdfs:label ; sh:minCount 1 .
"""
SELECT = """
s:Alone a sh:NodeShape ; dcterms:identifier "10b" ; sh:severity sh:Violation ; sh:not [] ;
  sh:message "{?this} and {?value} are {?kind}."@en ;
  sh:target [ a sh:SPARQLTarget ; sh:prefixes s: ; sh:select
    "SELECT ?this ?value ?kind WHERE { ?this p:alliedWith ?value . ?this p:kind ?kind }" ] .
"""
DATA = f"""\
@prefix p: <https://w3id.org/pacta/ns#> .
@base <{BASE}id/> .
<party/a> a p:Party ; p:alliedWith <party/b> , <party/c> ;
  p:kind <https://w3id.org/pacta/vocab/party-kind/state> .
"""


def write_shapes(folder: Path, *parts: str) -> Path:
    """Write shapes of these parts and return their folder."""
    folder.mkdir(exist_ok=True)
    (folder / "some.ttl").write_text("".join((PREFIXES, *parts)), "utf-8")
    return folder


def data() -> Graph:
    """Return a party that is allied with two others and has no label."""
    return Graph().parse(data=DATA, format="turtle")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one rule of each form."""
    return write_shapes(tmp_path / "shapes", CORE, SELECT)


def test_each_row_of_a_select_is_a_result_with_its_own_values(folder: Path) -> None:
    """One focus node with two offending values gives two messages."""
    report = check_shapes(data(), folder, base=BASE)
    assert [(r.rule, r.message) for r in report.results] == [
        ("10b", "party/a and party/b are party-kind/state."),
        ("10b", "party/a and party/c are party-kind/state."),
        ("9", "party/a has no label."),
    ]
    assert [r.value for r in report.violations] == [f"{BASE}id/party/b", f"{BASE}id/party/c"]
    assert report.warnings[0].path == str(RDFS.label)
    assert not report.conforms


def test_only_violations_keep_a_graph_from_conforming(tmp_path: Path) -> None:
    """Unlike pySHACL itself, which counts warnings."""
    report = check_shapes(data(), write_shapes(tmp_path / "s", CORE), base=BASE)
    assert report.conforms
    assert [r.is_unexplained for r in report.results] == [True]


def test_plain_triples_do_as_well_as_a_graph(folder: Path) -> None:
    """The pipeline hands over a set of triples, in no order."""
    assert (
        check_shapes(frozenset(data()), folder, base=BASE).results
        == check_shapes(data(), folder, base=BASE, reference=True).results
    )


def test_the_report_is_a_shacl_report_without_blank_nodes(folder: Path) -> None:
    """Each result has the properties that SHACL section 3.6 requires, and an address."""
    graph = check_shapes(data(), folder, base=BASE).graph
    assert (URIRef(f"{BASE}report"), SH.conforms, Literal(False)) in graph
    assert not [t for triple in graph for t in triple if isinstance(t, BNode)]
    nodes = set(graph.objects(URIRef(f"{BASE}report"), SH.result))
    assert len(nodes) == 3
    for node in nodes:
        assert str(node).startswith(f"{BASE}report#")
        required = (
            *(RDF.type, SH.focusNode, SH.resultSeverity, SH.resultMessage),
            *(SH.sourceShape, SH.sourceConstraintComponent, DCTERMS.identifier),
        )
        for predicate in required:
            assert len(list(graph.objects(node, predicate))) == 1


@pytest.mark.slow
def test_the_report_does_not_depend_on_the_hash_seed(folder: Path) -> None:
    """Two builds must be byte-identical."""
    code = (
        "import sys; from pathlib import Path; from rdflib import Graph\n"
        "from loader.check.shapes import check_shapes\n"
        "r = check_shapes(Graph().parse(data=sys.argv[2], format='turtle'), Path(sys.argv[1]),"
        f" base='{BASE}')\n"
        "print(*r.results, *sorted(map(str, r.graph)), sep='\\n')"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, str(folder), DATA],
            check=True,
            capture_output=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_a_warning_is_explained_by_the_file(folder: Path) -> None:
    """The focus is written as in records; whole addresses do too."""
    (folder / "explained.yaml").write_text(
        "- {rule: 9, focus: party/a, because: Nobody named it.}\n"
        "- {rule: 9, focus: party/z, because: Gone.}\n"
        "- {rule: 10b, focus: party/a, because: A violation cannot be explained away.}\n"
    )
    report = check_shapes(data(), folder, base=BASE)
    assert [r.explanation for r in report.warnings] == ["Nobody named it."]
    assert [(e.focus, e.line) for e in report.stale] == [
        (f"{BASE}id/party/z", 2),
        (f"{BASE}id/party/a", 3),
    ]
    assert [r.explanation for r in report.violations] == [None, None]
    assert not any(r.is_unexplained for r in report.results)
    (node,) = report.graph.subjects(SH.resultSeverity, SH.Warning)
    assert report.graph.value(node, RDFS.comment) == Literal("Nobody named it.", lang="en")


def test_a_warning_is_explained_by_its_disagreement(tmp_path: Path) -> None:
    """A select that returns ?disagreement lets its English judgement speak."""
    text = SELECT.replace("sh:Violation", "sh:Warning").replace("?kind", "?disagreement")
    graph = data()
    kind = next(graph.objects(None, P.kind))
    graph.add((URIRef(f"{BASE}id/dataset/c"), REC.textLanguage, Literal("en")))
    graph.add((kind, P.judgement, Literal("Both stand.", lang="en")))
    graph.add((kind, P.judgement, Literal("Abu galioja.", lang="lt")))
    report = check_shapes(graph, write_shapes(tmp_path / "s", text), base=BASE)
    assert {r.explanation for r in report.results} == {"Both stand."}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("rule: 9", 1, "list of explanations"),
        ("- {rule: 9, focus: party/a}", 1, "because is missing"),
        ("- {rule: 9, focus: party/a, because: x}\n- {rule: 9, why: x}", 2, "'why' is no key"),
        ("- [9]", 1, "an explanation"),
        ("- {rule: 9, focus: [a], because: x}", 1, "the focus"),
    ],
)
def test_a_broken_explanation_names_its_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    """The curator writes this file by hand."""
    path = tmp_path / "explained.yaml"
    path.write_text(text)
    with pytest.raises(ShapesError, match=words) as caught:
        read_explanations(path, BASE)
    assert (caught.value.path, caught.value.line) == (path, line)


def test_no_file_and_an_empty_one_explain_nothing(tmp_path: Path) -> None:
    """The file is there only where a warning was accepted."""
    path = tmp_path / "explained.yaml"
    assert read_explanations(path, BASE) == ()
    path.write_text("[]\n")
    assert read_explanations(path, BASE) == ()


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ([CORE, "s:X a"], "as ttl"),
        ([CORE.replace("sh:minCount", "sh:minCuont")], "sh:minCuont is no term of SHACL"),
        ([CORE.replace("sh:severity sh:Warning ;", "")], "has 0 of sh:severity"),
        ([CORE.replace("sh:Warning", "sh:Shape")], "severity Shape"),
        ([CORE.replace("no label.", "{?label}.")], "names label, which nothing binds"),
        ([CORE.replace('"9"', '"nine"')], "number 'nine'"),
        ([CORE, SELECT.replace("10b", "9")], "rule 9 is there 2 times"),
        ([SELECT.replace("SELECT ?this ?value", "SELECT ?value")], "does not return"),
        ([SELECT.replace("SELECT ?this ?value ?kind", "ASK")], "is an ASK"),
        ([SELECT.replace("p:kind", "q:kind")], "does not run"),
        ([SELECT.replace("?this p:kind ?kind", "SERVICE <x:y> {}")], "asks another endpoint"),
        ([SELECT.replace("p:kind ?kind }", "p:kind ?kind")], "does not run"),
    ],
)
def test_a_broken_rule_is_an_error_of_ours(tmp_path: Path, parts: list[str], words: str) -> None:
    """With the file, and in the words of the person who wrote the rule."""
    folder = write_shapes(tmp_path / "s", *parts)
    with pytest.raises(ShapesError) as caught:
        read_shapes(folder)
    assert words in str(caught.value)
    assert str(folder) in str(caught.value)


def test_a_syntax_error_has_its_line(tmp_path: Path) -> None:
    """Counted from one, as editors do."""
    with pytest.raises(ShapesError) as caught:
        read_shapes(write_shapes(tmp_path / "s", "s:A a %% .\n"))
    assert caught.value.line == PREFIXES.count("\n") + 1


def test_all_broken_rules_are_named_at_once(tmp_path: Path) -> None:
    """One run shows them all."""
    text = CORE.replace("sh:severity sh:Warning ;", "")
    with pytest.raises(ShapesError) as caught:
        read_shapes(write_shapes(tmp_path / "s", text, SELECT.replace('"10b"', '"x"')))
    assert len(caught.value.also) == 1


def test_a_folder_without_rules_is_an_error(tmp_path: Path) -> None:
    """A check that checks nothing must not pass."""
    with pytest.raises(ShapesError, match="no shapes here"):
        check_shapes(data(), tmp_path, base=BASE)


def test_what_pyshacl_refuses_is_an_error_of_ours(tmp_path: Path) -> None:
    """No foreign exception leaves the door."""
    folder = write_shapes(tmp_path / "s", CORE.replace("sh:minCount 1", 'sh:minCount "many"'))
    with pytest.raises(ShapesError, match="cannot be run"):
        check_shapes(data(), folder, base=BASE)
