"""The parts of a thing, and disagreements about any of them. Pure."""

from collections.abc import Iterable

from server.pages.cards import SITUATIONS, Desk
from server.rdf.model import PACTA

_BELONGING = frozenset(
    PACTA + name for name in ("supplements", "establishedUnder", "ofTreaty", "partOf")
)
"""Properties that lead from a part to its whole."""

_PARTS_OF = frozenset(("treaty", "event"))
"""Kinds whose page also tells of their parts; a country's page does not tell of its ministries."""

_DEPTH = 3


def list_belonging(thing: str, desk: Desk) -> list[str]:
    """The thing, its supplements, bases, talks and their rounds: nearest first."""
    found = {thing: None}
    if desk.names.kind(thing) not in _PARTS_OF:
        return list(found)
    edge = [thing]
    for _ in range(_DEPTH):
        quads = [q for each in edge for q in desk.reader.incoming(each)]
        edge = sorted({str(q.subject) for q in quads if q.predicate in _BELONGING} - found.keys())
        found.update(dict.fromkeys(edge))
    return [each for each in found if desk.names.kind(each) in ("treaty", "event", "base")]


def list_assertions(things: Iterable[str], desk: Desk, *, depth: int = 2) -> list[str]:
    """The assertions about things, and those about these, each once, in a fixed order.

    Args:
        things: What they are about.
        desk: Where they are read.
        depth: 1: about the things alone.
    """
    found: dict[str, None] = {}
    edge = list(things)
    for _ in range(depth):
        nodes = {
            str(q.subject)
            for each in edge
            for q in desk.reader.incoming(each)
            if q.predicate == PACTA + "about"
        }
        edge = [n for n in sorted(nodes - found.keys()) if SITUATIONS.intersection(desk.types(n))]
        found.update(dict.fromkeys(edge))
    return list(found)


def find_disputes(node: str, desk: Desk) -> list[str]:
    """The disagreements in which an assertion stands on a side."""
    sides = {
        str(q.subject) for q in desk.reader.incoming(node) if q.predicate == PACTA + "includes"
    }
    return sorted({side.partition("#")[0] for side in sides})


def list_disagreements(things: list[str], desk: Desk) -> list[str]:
    """The disagreements about things or about anything that is said of them.

    Those about the first thing itself come first.
    """
    direct: dict[str, None] = {}
    for thing in things:
        for quad in desk.reader.incoming(thing):
            told = quad.predicate in (PACTA + "about", PACTA + "concerns")
            if told and "Disagreement" in desk.types(str(quad.subject)):
                direct[str(quad.subject)] = None
    for node in list_assertions(things, desk):
        direct.update(dict.fromkeys(find_disputes(node, desk)))
    own = [d for d in direct if things[0] in map(str, desk.values(d, "about", "concerns"))]
    return [*own, *(d for d in direct if d not in own)]
