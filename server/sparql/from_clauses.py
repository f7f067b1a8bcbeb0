"""The graphs in the FROM clauses of a query, as absolute IRIs.

The engine resolves them, so that a name means in FROM what it means in GRAPH: the prologue of a
query is one of a Turtle document, too.
"""

from server.pool.engine import resolve_names
from server.syntax.inspection import FromClauses


def resolve_graphs(
    clauses: FromClauses, base: str
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """The default and the named graphs; None if a name cannot be resolved; the engine reports it.

    Args:
        clauses: The clauses of the query.
        base: What the query's own BASE is relative to.
    """
    found = resolve_names(clauses.prologue, (*clauses.default, *clauses.named), base)
    if found is None:
        return None
    return found[: len(clauses.default)], found[len(clauses.default) :]
