"""Faults planted in a made-up collection: the engine finds what pySHACL and rdflib find.

The faults of `test_shapes` lie in small worlds of their own; here they lie among the records
of a collection as the benchmarks grow it, many of each kind at once, and then those worlds beside
them. `PACTA_GROWN_TREATIES` makes the collection larger. The engine always runs every rule; the
others run a sample of the rules, and all with `PACTA_ALL=1`, which takes rdflib minutes.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.term import Node

from bench.collection import write_collection
from loader.check.rules import Rule, Shapes
from loader.check.shapes import Report, check_shapes, in_engine, in_rdflib
from loader.pipeline import prepare
from loader.progress import Progress
from loader.rdf.ordering import Triple
from loader.rdf.terms import PACTA
from loader.workspace import open_workspace
from tests.knowledge.test_shapes import CASES, build_world, marks, parts_of, rows_of, shapes
from tests.sample import sample

TREATIES = int(os.environ.get("PACTA_GROWN_TREATIES", "2"))
SELECTS = 12
"""Rules that a run has rdflib judge in the collection, of those that are selects."""
CORE = 24
"""Rules that a run has pySHACL judge in a collection, of those in SHACL Core."""
PLANTED = 8
"""Rules that have faults of their own planted."""
CORE_TIMES = 10
"""The collection is so many times as large where rdflib runs no selects."""
PIECE_NODES = 100
"""Statements and things that rdflib judges at a time, where a rule compares statements."""
FAULTS_PER_TREATY = 1.5
"""Faults of each kind in each property, at least one."""
WRONG = Literal("wrong")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Grown:
    """A made-up collection in which no rule finds anything.

    Attributes:
        base: its address.
        own: what it says, without the vocabulary.
        vocabulary: the rest.
        rules: those it is held to.
    """

    base: str
    own: frozenset[Triple]
    vocabulary: frozenset[Triple]


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Grown:
    """The collection."""
    return grow(tmp_path_factory.mktemp("grown"), TREATIES)


def grow(folder: Path, treaties: int) -> Grown:
    """A collection of so many treaties, written into an empty folder."""
    write_collection(folder / "made", treaties)
    workspace = open_workspace(folder / "made")
    base = workspace.publication.base
    prepared = prepare(workspace, base, Progress())
    assert not prepared.results
    nodes, verbs = prepared.table.terms.nodes, prepared.table.terms.predicates
    triples = {(nodes[s], verbs[p], nodes[o]) for s, p, o in prepared.table.union}
    own = frozenset(triple for triple in triples if str(triple[0]).startswith(f"{base}id/"))
    return Grown(base, own, frozenset(triples - own))


def count_faults(treaties: int) -> int:
    """How many faults of each of the three kinds are planted in a property."""
    return max(1, int(treaties * FAULTS_PER_TREATY) // 3)


def plant_faults(triples: Iterable[Triple], number_of_each: int) -> set[Triple]:
    """For each property, a number of times: lose a triple, give another value, a second value.

    What has a datatype gets the value of another triple: rdflib holds a text to be less than a
    date, which SPARQL 1.1 (section 17.3) calls an error.
    """
    by_property: defaultdict[URIRef, list[Triple]] = defaultdict(list)
    for triple in sorted(triples):
        by_property[URIRef(str(triple[1]))].append(triple)
    found = {triple for members in by_property.values() for triple in members}
    for number, members in enumerate(by_property.values()):
        other = members[-1 - number % len(members)][2]
        is_typed = isinstance(other, Literal) and other.datatype is not None
        for each in range(number_of_each):
            places = (number * 7 + 3 * (each * 3 + kind) for kind in range(3))
            lost, changed, doubled = (members[place % len(members)] for place in places)
            found -= {lost, changed}
            found.add((changed[0], changed[1], other if is_typed else WRONG))
            found.add((doubled[0], doubled[1], other))
    return found


def cut_by_subject(triples: set[Triple]) -> Iterator[set[Triple]]:
    """Pieces in which everything stands that is said of some things, each thing in one piece.

    A piece has the statements about its things, all that these things say themselves, and the
    disagreements in which those statements stand on a side.
    """
    said: defaultdict[Node, set[Triple]] = defaultdict(set)
    pointing: defaultdict[Node, set[Node]] = defaultdict(set)
    for triple in triples:
        said[triple[0]].add(triple)
        if triple[1] in (PACTA.includes, PACTA.hasSide):
            pointing[triple[2]].add(triple[0])
    linked = Graph()  # what a statement is about, both ways
    for node, verb, thing in triples:
        if verb == PACTA.about:
            linked.add((node, PACTA.about, thing)).add((thing, PACTA.about, node))
    piece: set[Node] = set()
    done: set[Node] = set()
    for start in dict.fromkeys(
        node for node, verb, _ in sorted(triples) if verb == PACTA.onProperty
    ):
        if start in done:
            continue
        together = {node for node in linked.transitive_objects(start, PACTA.about) if node}
        done |= together
        sides = set().union(*(pointing[node] for node in together))
        piece |= together | sides | set().union(*(pointing[side] for side in sides))
        if len(piece) > PIECE_NODES:
            yield set().union(*(said[node] for node in piece))
            piece = set()
    yield set().union(*(said[node] for node in piece))


def draw_rules() -> tuple[Rule, ...]:
    """Rules that rdflib and pySHACL run: some of each form."""
    selects = [rule for rule in shapes().rules if rule.select is not None]
    return (*sample(selects, SELECTS), *sample(shapes().core, CORE))


def assert_same(found: Report, faulty: set[Triple], base: str, rules: tuple[Rule, ...]) -> None:
    """These rules find the same nodes, paths, values and components, whichever engine runs them."""
    asked = {rule.id for rule in rules}
    ours = Counter(parts_of(each) for each in found.results if each.rule in asked)
    drawn = Shapes(shapes().graph, rules)
    expected = check_shapes(faulty, drawn, base=base, reference=True)

    assert ours == Counter(map(parts_of, expected.results))


def test_planted_faults_in_a_made_up_collection(grown: Grown) -> None:
    """The same results from the engine, and from rdflib and pySHACL."""
    faulty = plant_faults(grown.own, count_faults(TREATIES)) | grown.vocabulary

    found = check_shapes(faulty, shapes(), base=grown.base)

    assert len({each.rule for each in found.results}) > 40
    assert_same(found, faulty, grown.base, draw_rules())


def test_planted_faults_of_rules_in_shacl_core_in_a_larger_collection(tmp_path: Path) -> None:
    """The same results from pySHACL alone, whose time grows about as the collection does."""
    treaties = TREATIES * CORE_TIMES
    larger = grow(tmp_path, treaties)
    faulty = plant_faults(larger.own, count_faults(treaties)) | larger.vocabulary

    found = check_shapes(faulty, Shapes(shapes().graph, shapes().core), base=larger.base)

    assert len({each.rule for each in found.results}) > 30
    assert_same(found, faulty, larger.base, tuple(sample(shapes().core, CORE)))


@pytest.mark.parametrize("number", ["14b", "16b"])
def test_rules_that_compare_statements_in_a_larger_collection(tmp_path: Path, number: str) -> None:
    """The same rows from the engine over the whole and from rdflib over one piece after another.

    Both rules compare only statements about the same thing, so no row needs two pieces. Over the
    whole, rdflib compares all with all, which does not end.
    """
    treaties = TREATIES * CORE_TIMES
    larger = grow(tmp_path, treaties)
    faulty = plant_faults(larger.own, count_faults(treaties))
    rule = next(rule for rule in shapes().rules if rule.id == number)
    assert rule.select is not None
    found = rows_of(in_engine(faulty | larger.vocabulary), rule.select)
    graph = Graph()
    for triple in larger.vocabulary:
        graph.add(triple)
    expected: Counter[frozenset[tuple[str, str]]] = Counter()
    pieces = list(cut_by_subject(faulty))
    for piece in pieces:
        for triple in piece - larger.vocabulary:
            graph.add(triple)
        expected += rows_of(in_rdflib(graph), rule.select)
        for triple in piece - larger.vocabulary:
            graph.remove(triple)

    assert len(pieces) > 1
    assert found == expected
    assert found


def test_the_fault_of_every_rule_beside_a_made_up_collection(grown: Grown) -> None:
    """Each rule finds its planted faults beside the collection, the same in both engines."""
    box = {triple for triple in marks() if str(triple[1]).endswith("Bound")}  # rule 31d wants one
    sound = grown.own | grown.vocabulary | box
    rules = sample(shapes().rules, PLANTED)
    faults = [case for case in CASES if case.kind.startswith("fault")]
    planted = {
        rule.id: {t for case in faults if case.rule == rule.id for t in build_world(case)} - sound
        for rule in rules
    }
    graph = Graph()
    for triple in sound:
        graph.add(triple)
    missed = set()
    for rule in rules:
        if rule.select is None:
            continue
        for triple in planted[rule.id]:
            graph.add(triple)
        found = rows_of(in_engine(sound | planted[rule.id]), rule.select)
        assert found == rows_of(in_rdflib(graph), rule.select), rule.id
        if not found:
            missed.add(rule.id)
        for triple in planted[rule.id]:
            graph.remove(triple)
    core = Shapes(shapes().graph, tuple(rule for rule in rules if rule.select is None))
    faulty = sound.union(*(planted[rule.id] for rule in core.rules))
    ours = check_shapes(faulty, core, base=grown.base).results
    theirs = check_shapes(faulty, core, base=grown.base, reference=True).results
    missed |= {rule.id for rule in core.rules} - {each.rule for each in ours}

    assert Counter(map(parts_of, ours)) == Counter(map(parts_of, theirs))
    assert missed == set()
