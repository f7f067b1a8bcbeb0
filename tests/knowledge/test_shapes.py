"""Every rule in ``shapes/`` catches its planted fault, alone, and lets a sound twin pass.

All cases stand in one graph, each a copy of a small made-up world at an address of its own, so
that one run of each engine judges them all and no rule may leak from one world into another.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import pyoxigraph
import pyshacl
import pytest
from rdflib import DCTERMS, OWL, RDF, RDFS, SH, SKOS, XSD, BNode, Graph, Literal, Namespace, URIRef
from rdflib.term import Node

from loader.check.core import translate_rule
from loader.check.rules import SEVERITIES, Shapes, read_shapes
from loader.check.shapes import Result, Select, check_shapes, in_engine, in_rdflib
from loader.rdf.ordering import Triple
from loader.rdf.terms import REC
from loader.read.ontology.vocabulary import read_ontology
from loader.release.store import to_rdflib
from tests.places import ROOT
from tests.sample import sample

DATA = ROOT / "tests" / "data" / "shapes"
P = Namespace("https://w3id.org/pacta/ns#")
V = Namespace("https://w3id.org/pacta/vocab/")
GROUP = 12
"""Worlds in a graph that rdflib is given."""
SELECT_GROUPS = 3
"""Such graphs in which a run asks both engines for rows."""
CORE_GROUPS = 3
"""Such graphs that a run has pySHACL judge by the rules in SHACL Core."""
BASE = "http://cases.example/"

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Case:
    """One world: the sound one, changed."""

    rule: str
    kind: str
    raw: bool
    others: frozenset[str]
    delete: tuple[str, ...]
    insert: tuple[str, ...]

    @property
    def name(self) -> str:
        """The part of its addresses that tells it; one world serves all unchanged twins."""
        changed = self.delete or self.insert
        return f"{self.rule}-{self.kind}" if changed else "sound"

    @property
    def base(self) -> str:
        """What the relative addresses of its triples stand on."""
        return f"{BASE}{self.name}/id/"


def read_cases(text: str) -> Iterator[Case]:
    """Yield the cases of a file in the form that its head describes."""
    for block in re.split(r"^= ", text, flags=re.MULTILINE)[1:]:
        head, *lines = block.splitlines()
        head, _, others = head.partition(" with ")
        rule, kind, *marks = head.split()
        delete = tuple(line[2:] for line in lines if line.startswith("- "))
        insert = tuple(line[2:] for line in lines if line.startswith("+ "))
        yield Case(rule, kind, marks == ["raw"], frozenset(others.split()), delete, insert)


def read_text(name: str) -> str:
    """Return a file of the test data, its concepts written out (rdflib keeps the escape)."""
    text = (DATA / name).read_text("utf-8")
    return re.sub(r"v:([\w-]+)\\/([\w-]+)", rf"<{V}\1/\2>", text)


CASES = tuple(read_cases(read_text("cases.txt")))


@cache
def shapes() -> Shapes:
    """Return the rules as they are published."""
    return read_shapes(ROOT / "shapes")


@cache
def ontology() -> Graph:
    """Return the ontology and the concept lists."""
    return read_ontology(ROOT / "ontology")


@cache
def prologue() -> str:
    """Return the prefixes of the sound world, as SPARQL has them."""
    prefixes = re.findall(r"^@prefix (.*) \.\n", read_text("sound.ttl"), flags=re.MULTILINE)
    return "".join(f"PREFIX {prefix}\n" for prefix in prefixes)


def build_world(case: Case) -> set[Triple]:
    """Return the world of a case, with all that the loader would have filled in.

    The engine keeps a decimal without the zeros at its end: ``100`` for ``100.0``.
    """
    store = pyoxigraph.Store()
    text = read_text("sound.ttl").replace("LABEL", case.name)
    store.load(text, format=pyoxigraph.RdfFormat.TURTLE, base_iri=case.base)
    changes = [f"DELETE WHERE {{ {pattern} }}" for pattern in case.delete]
    changes += [f"INSERT DATA {{ {line.replace('LABEL', case.name)} }}" for line in case.insert]
    store.update(prologue() + ";\n".join(changes), base_iri=case.base)
    graph = Graph()
    for quad in store:
        graph.add((to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object)))
    fill(graph, case.base, case.raw)
    return close(graph)


def fill(graph: Graph, base: str, raw: bool) -> None:
    """Add what a record leaves out: class, rank, evidence, bounds of a whole day."""
    evidence = URIRef(f"{base}evidence/900-10-20")
    assertions = {
        *graph.subjects(P.onProperty),
        *graph.subjects(P.about),
        *graph.subjects(RDF.type, P.Position),
    }
    for node in sorted(assertions, key=str):
        if (node, RDF.type, P.Disagreement) in graph or (
            raw and (node, P.rank, None) in graph and (node, RDF.type, P.Statement) in graph
        ):
            continue
        if (node, P.onProperty, None) in graph:
            graph.add((node, RDF.type, P.Statement))
        if (node, P.rank, None) not in graph:
            graph.add((node, P.rank, V["rank/normal"]))
        if (node, P.hasEvidence, None) not in graph and (node, P.searchedIn, None) not in graph:
            graph.add((node, P.hasEvidence, evidence))
        value = graph.value(node, P.value)
        if isinstance(value, Literal) and value.datatype == XSD.date:
            for bound in (P.earliest, P.latest):
                graph.add((node, bound, value))
            graph.add((node, P.julianDay, Literal(2400000)))


@cache
def above(term: Node, relation: Node) -> frozenset[Node]:
    """Return a class or property with those above it."""
    return frozenset(node for node in ontology().transitive_objects(term, relation) if node)


@cache
def turned(verb: Node) -> frozenset[Node]:
    """Return the properties that say the same in the other direction."""
    schema = ontology()
    found = {*schema.objects(verb, OWL.inverseOf), *schema.subjects(OWL.inverseOf, verb)}
    is_symmetric = (verb, RDF.type, OWL.SymmetricProperty) in schema
    return frozenset(found | {verb} if is_symmetric else found)


def close(graph: Graph) -> set[Triple]:
    """Add what follows from the ontology: classes, properties above, the other direction."""
    found: set[Triple] = set(graph)
    for s, p, o in graph:
        if p == RDF.type:
            found |= {(s, p, c) for c in above(o, RDFS.subClassOf) if isinstance(c, URIRef)}
            continue
        found |= {(s, q, o) for q in above(p, RDFS.subPropertyOf)}
        if isinstance(o, URIRef):
            found |= {(o, q, s) for q in turned(p)}
    return found


@dataclass(frozen=True)
class Group:
    """A few worlds in one graph, with the ontology.

    Attributes:
        rules: those that its cases are about.
        graph: the worlds.
    """

    rules: frozenset[str]
    graph: Graph


@cache
def worlds() -> tuple[tuple[Case, set[Triple]], ...]:
    """Return every world with its case."""
    cases = {case.name: case for case in CASES}.values()
    return tuple((case, build_world(case)) for case in cases)


def read_groups(most: int) -> Iterator[Group]:
    """Yield a sample of so many groups, or all.

    A group is small, since the cost of a select in rdflib grows faster than the graph.
    """
    starts = range(0, len(worlds()), GROUP)
    for start in sample(starts, most):
        some = worlds()[start : start + GROUP]
        yield Group(frozenset(case.rule for case, _ in some), build_graph(some))


def build_graph(some: Iterable[tuple[Case, set[Triple]]]) -> Graph:
    """Return some worlds and the ontology as one graph."""
    graph = Graph()
    for triple in marks().union(*(world for _, world in some)):
        graph.add(triple)
    return graph


@cache
def marks() -> frozenset[Triple]:
    """Return the ontology and the lists without their prose."""
    prose = {SKOS.definition, SKOS.example, SKOS.scopeNote, RDFS.isDefinedBy, SKOS.notation}
    found: set[Triple] = {triple for triple in ontology() if triple[1] not in prose}
    collection = URIRef(f"{BASE}id/dataset")
    found.add((collection, REC.textLanguage, Literal("en")))
    found.add((collection, REC.labelLanguage, Literal("lt")))
    for side, degrees in (("southern", 50), ("northern", 61), ("western", 18), ("eastern", 40)):
        found.add((collection, REC[f"{side}Bound"], Literal(Decimal(degrees))))
    return frozenset(found)


@cache
def results() -> tuple[Result, ...]:
    """Return what the rules find in all worlds."""
    everything = marks().union(*(world for _, world in worlds()))
    return check_shapes(everything, shapes(), base=BASE).results


def caught(found: set[tuple[str, str]], case: Case) -> set[str]:
    """Return the rules that found something in the world of a case."""
    return {rule for rule, focus in found if focus.startswith(f"{BASE}{case.name}/")}


def of_report() -> set[tuple[str, str]]:
    """Return rule and focus of every result."""
    return {(result.rule, result.focus) for result in results()}


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.kind.startswith("fault")], ids=lambda c: c.rule + c.kind
)
def test_the_planted_fault_is_caught_by_its_rule_alone(case: Case) -> None:
    """A fault gives results of its own rule, and of no other but those that it names."""
    found = caught(of_report(), case)
    if case.rule == "51":  # a blank node has no address to tell its world by
        found |= {rule for rule, focus in of_report() if focus.startswith("_:")}
    assert found == {case.rule, *case.others}


@pytest.mark.parametrize(
    "case", [c for c in CASES if c.kind.startswith("twin")], ids=lambda c: c.rule + c.kind
)
def test_the_sound_twin_passes(case: Case) -> None:
    """What looks like the fault and is none gives no result."""
    assert caught(of_report(), case) == set()


def test_every_rule_has_a_fault_and_a_twin() -> None:
    """A new rule without cases, or a case without its rule, fails here."""
    cases = {(case.rule, case.kind) for case in CASES}
    wanted = {(rule.id, kind) for rule in shapes().rules for kind in ("fault", "twin")}
    assert wanted <= cases
    assert {rule for rule, _ in cases} == {rule for rule, _ in wanted}
    assert len(cases) == len(CASES)


def test_every_constraint_of_a_rule_is_what_some_fault_breaks() -> None:
    """A rule in SHACL Core that lost one of its constraints would miss a planted fault."""
    wanted = {
        (rule.id, part.component)
        for rule in shapes().core
        for part in translate_rule(shapes().graph, URIRef(rule.shape)) or ()
    }
    faults = tuple(f"{BASE}{case.name}/" for case in CASES if case.kind.startswith("fault"))
    found = {(one.rule, one.component) for one in results() if one.focus.startswith(faults)}
    assert wanted - found == set()


def test_both_engines_give_the_same_rows_for_every_planted_fault() -> None:
    """The selects may run in the embedded engine because rdflib gives the same rows."""
    for group in read_groups(SELECT_GROUPS):
        ours, theirs = in_engine(group.graph), in_rdflib(group.graph)
        for rule in shapes().rules:
            if rule.select and rule.id in group.rules:
                assert rows_of(ours, rule.select) == rows_of(theirs, rule.select), rule.id


def test_the_engine_finds_what_pyshacl_finds() -> None:
    """Rules in SHACL Core, translated to selects: the same nodes, values and components."""
    core = Shapes(shapes().graph, shapes().core)
    assert all(translate_rule(core.graph, URIRef(rule.shape)) for rule in core.rules)
    for group in read_groups(CORE_GROUPS):
        ours = check_shapes(group.graph, core, base=BASE).results
        theirs = check_shapes(group.graph, core, base=BASE, reference=True).results
        assert Counter(map(parts_of, ours)) == Counter(map(parts_of, theirs))


def parts_of(result: Result) -> tuple[str | None, ...]:
    """Return what two engines must agree on; numbers as numbers."""
    value = None if result.term is None else key(result.term)
    return result.rule, result.focus, result.path, value, result.component


def rows_of(select: Select, query: str) -> Counter[frozenset[tuple[str, str]]]:
    """Return rows without their order, blank nodes without their labels, numbers as numbers."""
    return Counter(
        frozenset((name, key(term)) for name, term in row.items())
        for row in select(query)
        if "this" in row
    )


@pytest.mark.long
def test_pyshacl_alone_finds_the_same() -> None:
    """The judge of all rules, run as anybody would run it, agrees on rule and focus."""
    numbers = dict(shapes().graph.subject_objects(DCTERMS.identifier))
    faults = [one for one in worlds()[:GROUP] if one[0].kind.startswith("fault")]
    twins = [one for one in worlds()[:GROUP] if one not in faults]
    graph = build_graph([*sample(faults, 1), *sample(twins, 1)])
    _, outcome, _ = pyshacl.validate(graph, shacl_graph=shapes().graph, advanced=True)
    assert isinstance(outcome, Graph)
    found = {
        (str(numbers[shape]), key(focus))
        for node in outcome.subjects(RDF.type, SH.ValidationResult)
        for shape in outcome.objects(node, SH.sourceShape)
        for focus in outcome.objects(node, SH.focusNode)
    }
    ours = check_shapes(graph, shapes(), base=BASE).results
    assert {case.rule for case, _ in sample(faults, 1)} <= {rule for rule, _ in found}
    assert found == {(result.rule, result.focus) for result in ours}


def key(term: Node) -> str:
    """Return a term as text; blank nodes are all alike, and 100 is 100.0."""
    if isinstance(term, Literal) and isinstance(term.value, int | Decimal):
        return str(Decimal(term.value).normalize())
    return "_:" if isinstance(term, BNode) else str(term)


def test_messages_carry_values_and_no_gap() -> None:
    """No message is left with an unfilled place."""
    for result in results():
        assert "{?" not in result.message


def test_every_shape_parses_with_two_libraries() -> None:
    """Rdflib and the embedded engine read the same number of triples."""
    for path in sorted((ROOT / "shapes").rglob("*.ttl")):
        own = Graph().parse(path)
        other = list(pyoxigraph.parse(path.read_bytes(), format=pyoxigraph.RdfFormat.TURTLE))
        assert len(own) == len(other), path.name


def test_every_rule_has_its_parts() -> None:
    """Each rule has a label, a message, a severity and the terms it guards."""
    graph = shapes().graph
    for shape in set(graph.subjects(DCTERMS.identifier)):
        kinds = set(graph.objects(shape, RDF.type))
        assert kinds <= {SH.NodeShape, SH.PropertyShape}, shape
        assert kinds, shape
        labels = [o for o in graph.objects(shape, RDFS.label) if isinstance(o, Literal)]
        assert [o.language for o in labels] == ["en"], shape
        assert list(graph.objects(shape, RDFS.seeAlso)), shape
        for message in graph.objects(shape, SH.message):
            assert isinstance(message, Literal)
            assert message.language == "en"
            assert str(message).endswith(".")
        assert str(graph.value(shape, SH.severity)).removeprefix(str(SH)) in SEVERITIES


def test_no_rule_is_a_query_run_once_for_each_node() -> None:
    """`sh:sparql` runs once per focus node, which is too slow."""
    assert not list(shapes().graph.subject_objects(SH.sparql))


def test_a_select_stands_with_an_empty_not() -> None:
    """A rule that is a select reports each row: no other target, no other constraint."""
    graph = shapes().graph
    for shape, target in graph.subject_objects(SH.target):
        assert (target, RDF.type, SH.SPARQLTarget) in graph
        (never,) = graph.objects(shape, SH["not"])
        assert not list(graph.predicate_objects(never))
        assert not list(graph.objects(shape, SH.targetClass))


def terms_used() -> set[URIRef]:
    """Return every term that shapes and their selects speak of."""
    graph = shapes().graph
    ours = {t for triple in graph for t in triple if isinstance(t, URIRef)}
    for query in (rule.select or "" for rule in shapes().rules):
        prefixes = dict(re.findall(r"PREFIX ([\w-]+): <([^>]+)>", query))
        body = re.sub(r"PREFIX [^\n]+\n|\"[^\"]*\"", "", query)
        for prefix, name in re.findall(r"(?<![\w?<])([\w-]+):([\w-]+)", body):
            ours.add(URIRef(prefixes[prefix] + name))
        ours |= {URIRef(iri) for iri in re.findall(r"<(https://w3id.org/[^>]+)>", body)}
    return ours


def test_only_declared_terms_are_used() -> None:
    """A rule about a term that nobody declared would never fire."""
    declared = {s for s in ontology().subjects(RDF.type) if isinstance(s, URIRef)}
    ours = {t for t in terms_used() if str(t).startswith((str(P), str(V)))}
    assert ours - declared == set()


def test_the_readme_lists_every_rule() -> None:
    """The table in the README has a row for each rule, and no other."""
    text = (ROOT / "shapes" / "README.md").read_text("utf-8")
    table = text.partition("## The rules")[2]
    rows = set(re.findall(r"^\| (\d+[a-z]?) \|", table, flags=re.MULTILINE))
    assert rows == {rule.id for rule in shapes().rules}
