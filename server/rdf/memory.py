"""Quads held in memory, readable like a store: for files that are in no store (shapes, reports)."""

from collections.abc import Iterable, Sequence

from server.rdf.model import Literal, Quad, Term, make_column


class IndexedQuads:
    """Quads found by subject and by object; keeps their order, drops duplicates."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self.quads = tuple(dict.fromkeys(quads))
        self._outgoing: dict[str, list[Quad]] = {}
        self._incoming: dict[str, list[Quad]] = {}
        for quad in self.quads:
            self._outgoing.setdefault(quad.subject, []).append(quad)
            if not isinstance(quad.object, Literal):
                self._incoming.setdefault(quad.object, []).append(quad)

    def outgoing(self, subject: str, predicates: Sequence[str] = ()) -> list[Quad]:
        """The quads with this subject and one of these predicates, or any."""
        found = self._outgoing.get(subject, ())
        return [quad for quad in found if not predicates or quad.predicate in predicates]

    def incoming(self, target: str) -> list[Quad]:
        """The quads whose object is this IRI."""
        return list(self._incoming.get(target, ()))

    def column(self, predicate: str) -> dict[str, list[Term]]:
        """What is said of all things by one property: subject → values."""
        return make_column(quad for quad in self.quads if quad.predicate == predicate)
