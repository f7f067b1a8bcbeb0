"""Faults planted in a made-up collection: the engine finds what pySHACL and rdflib find.

The faults of `test_shapes` lie in small worlds of their own; here they lie among the records
of a collection as the benchmarks grow it, many of each kind at once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest
from rdflib import Literal, URIRef

from bench.collection import write_collection
from loader.check.shapes import check_shapes
from loader.pipeline import prepare
from loader.progress import Progress
from loader.rdf.ordering import Triple
from loader.workspace import open_workspace
from tests.knowledge.test_shapes import parts_of

TREATIES = 2
WRONG = Literal("wrong")


def plant_faults(triples: Iterable[Triple]) -> set[Triple]:
    """For each property: lose a triple, give another value to a second, a second value to a third.

    What has a datatype gets the value of another triple: rdflib holds a text to be less than a
    date, which SPARQL 1.1 (section 17.3) calls an error.
    """
    by_property: defaultdict[URIRef, list[Triple]] = defaultdict(list)
    for triple in sorted(triples):
        by_property[URIRef(str(triple[1]))].append(triple)
    found = {triple for members in by_property.values() for triple in members}
    for number, members in enumerate(by_property.values()):
        lost, changed, doubled = (members[(number * 7 + 3 * n) % len(members)] for n in range(3))
        other = members[-1 - number % len(members)][2]
        is_typed = isinstance(other, Literal) and other.datatype is not None
        found -= {lost, changed}
        found.add((changed[0], changed[1], other if is_typed else WRONG))
        found.add((doubled[0], doubled[1], other))
    return found


@pytest.mark.slow
def test_planted_faults_in_a_made_up_collection(tmp_path: Path) -> None:
    """The same rules, nodes, paths, values and components, whichever engine runs the rules."""
    write_collection(tmp_path / "made", TREATIES)
    workspace = open_workspace(tmp_path / "made")
    base = workspace.publication.base
    prepared = prepare(workspace, base, Progress())
    nodes, verbs = prepared.table.terms.nodes, prepared.table.terms.predicates
    sound = {(nodes[s], verbs[p], nodes[o]) for s, p, o in prepared.table.union}
    own = {triple for triple in sound if str(triple[0]).startswith(f"{base}id/")}
    faulty = plant_faults(own) | (sound - own)

    found = check_shapes(faulty, workspace.shapes, base=base)
    expected = check_shapes(faulty, workspace.shapes, base=base, reference=True)

    assert not prepared.results
    assert len({each.rule for each in found.results}) > 40
    assert Counter(map(parts_of, found.results)) == Counter(map(parts_of, expected.results))
