"""A query about the graphs of a release → the same query about its graphs in a remote store (pure).

There each graph has another name (`loader.release.pushed`), and the query must not notice: what
follows GRAPH is renamed, a variable there gets the name that the release gives the graph.
"""

from collections.abc import Callable, Mapping, Sequence

from server.errors import BadQueryError
from server.syntax.tokens import Token, place_error

HIDDEN = "pactaGraphInStore"
"""How the variables begin that stand for graphs under their names in the store."""

NOWHERE = "urn:x-pacta:no-such-graph"
"""Where a query is sent that names a graph which the release does not have."""

_FORMS = frozenset(["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"])

Resolve = Callable[[str, tuple[str, ...]], tuple[str, ...] | None]
"""The prologue of a query and names as written → absolute IRIs, or None."""


def rename_graphs(
    text: str, tokens: Sequence[Token], names: Mapping[str, str], resolve: Resolve
) -> str:
    """An equivalent query for the store; its FROM clauses go, for the request names the dataset.

    `GRAPH ?g { … }` becomes `VALUES (?hidden ?g) { … } GRAPH ?hidden { … }`, a join of the same
    group: the hidden variable has one value for each value of ?g.

    Args:
        text: The query.
        tokens: All its tokens.
        names: Graph of the dataset → its name in the store.
        resolve: For names as written.

    Raises:
        BadQueryError: A word runs into the keyword, so that what is meant is not sure.
    """
    start = next((each.start for each in tokens if each.text.upper() in _FORMS), 0)
    edits: list[tuple[int, int, str]] = []
    depth = 0
    for number, token in enumerate(tokens[:-1]):
        depth += (token.text == "{") - (token.text == "}")
        if token.kind != "word":
            continue
        word, after = token.text.upper(), tokens[number + 1]
        if word == "GRAPH":
            edits.append(_rename(text, token, after, number, names, resolve, text[:start]))
        elif word.startswith("GRAPH"):
            raise place_error(text, token.start, "write a space after GRAPH")
        elif word == "FROM" and depth == 0 and token.start > start:
            last = tokens[number + 2] if after.text.upper() == "NAMED" else after
            edits.append((token.start, last.start + len(last.text), " "))
    for begin, end, new in sorted(edits, reverse=True):
        text = text[:begin] + new + text[end:]
    return text


def select_rows(text: str, tokens: Sequence[Token]) -> str:
    """The SELECT whose rows a CONSTRUCT or DESCRIBE turns into triples; empty: it has no pattern.

    Args:
        text: The query.
        tokens: All its tokens.
    """
    form = next((at for at, each in enumerate(tokens) if each.text.upper() in _FORMS), 0)
    at = form + 1
    if tokens[form].text.upper() == "CONSTRUCT" and tokens[at].text == "{":
        depth, at = 1, at + 1
        while depth and at < len(tokens):
            depth += (tokens[at].text == "{") - (tokens[at].text == "}")
            at += 1
    while at < len(tokens) and tokens[at].text != "{":
        at += 1
    if at >= len(tokens):
        return ""
    return f"{text[: tokens[form].start]}SELECT * {text[tokens[at].start :]}"


def _rename(
    text: str,
    keyword: Token,
    graph: Token,
    number: int,
    names: Mapping[str, str],
    resolve: Resolve,
    prologue: str,
) -> tuple[int, int, str]:
    """The edit for one GRAPH and the variable or name after it."""
    end = graph.start + len(graph.text)
    if graph.kind == "variable":
        hidden = f"?{HIDDEN}{number}"
        rows = " ".join(f"(<{there}> <{here}>)" for here, there in names.items())
        values = f"VALUES ({hidden} {graph.text}) {{ {rows} }}"
        return keyword.start, end, f" {values} GRAPH {hidden} "
    found = resolve(prologue, (graph.text,)) if graph.kind in ("iri", "name") else None
    if found is None:
        raise _unreadable(text, graph)
    return keyword.start, end, f" GRAPH <{names.get(found[0], NOWHERE)}> "


def _unreadable(text: str, graph: Token) -> BadQueryError:
    return place_error(text, graph.start, f"{graph.text[:40]!r} names no graph")
