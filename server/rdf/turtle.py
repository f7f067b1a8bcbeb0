"""N-Triples, N-Quads, Turtle and TriG: quads → text. W3C RDF 1.1 syntaxes, UTF-8.

Turtle is for reading: prefixes that are used, subjects in the order of the document, `a` and the
label first, one property a line.
"""

from collections.abc import Iterable, Sequence

from loader.rdf.layout import Names, escape, write_iri, write_pairs
from server.rdf.model import (
    LABEL,
    PREF_LABEL,
    STRING,
    TYPE,
    Blank,
    Iri,
    Literal,
    Node,
    Quad,
    Term,
    Triple,
    sort_key,
)

_FIRST = {TYPE: 0, LABEL: 1, PREF_LABEL: 2}


def _write_term(term: Term) -> str:
    """A term in N-Triples."""
    if isinstance(term, Blank):
        return str(term)
    if not isinstance(term, Literal):
        return write_iri(term)
    quoted = f'"{escape(term.value)}"'
    if term.language:
        return f"{quoted}@{term.language}"
    return quoted if term.datatype == STRING else f"{quoted}^^{write_iri(term.datatype)}"


def write_ntriples(triples: Iterable[Triple]) -> str:
    """One triple a line, in the order given."""
    return "".join(" ".join(map(_write_term, triple)) + " .\n" for triple in triples)


def write_nquads(quads: Iterable[Quad]) -> str:
    """One quad a line, in the order given; the default graph has no fourth term."""
    return "".join(
        " ".join(map(_write_term, quad.triple))
        + (f" {write_iri(quad.graph)} .\n" if quad.graph else " .\n")
        for quad in quads
    )


def _write_named(term: Term, names: Names) -> str:
    """A term in Turtle."""
    if isinstance(term, Literal):
        return names.literal(term.value, term.language, term.datatype)
    return str(term) if isinstance(term, Blank) else names.iri(term)


def _write_subject(subject: Node, triples: Sequence[Triple], names: Names, indent: str) -> str:
    """The block of one subject: its type and labels first, the rest by name."""
    by_predicate: dict[Iri, list[Term]] = {}
    for _, predicate, value in triples:
        by_predicate.setdefault(predicate, []).append(value)
    rows: list[tuple[int, str, list[str]]] = []
    for predicate, values in by_predicate.items():
        verb = "a" if predicate == TYPE else names.iri(predicate)
        written = [_write_named(value, names) for value in sorted(values, key=sort_key)]
        rows.append((_FIRST.get(predicate, 9), verb, written))
    pairs = ((verb, written) for _, verb, written in sorted(rows))
    body = "".join(write_pairs(pairs, indent + "    "))
    return f"{indent}{_write_named(subject, names)}{body} .\n"


def _group(triples: Iterable[Triple]) -> dict[Node, list[Triple]]:
    grouped: dict[Node, list[Triple]] = {}
    for triple in dict.fromkeys(triples):
        grouped.setdefault(triple[0], []).append(triple)
    return grouped


def write_turtle(triples: Iterable[Triple], base: str = "") -> str:
    """Turtle for people; names below `{base}id/` are written relative to it."""
    names = Names(base)
    body = "\n".join(
        _write_subject(subject, group, names, "") for subject, group in _group(triples).items()
    )
    head = names.head()
    return f"{head}\n{body}" if head else body


def write_trig(quads: Iterable[Quad], base: str = "") -> str:
    """TriG for people: one block for each named graph, in the order of their names."""
    names = Names(base)
    graphs: dict[str, list[Triple]] = {}
    for quad in quads:
        graphs.setdefault(quad.graph, []).append(quad.triple)
    blocks: list[str] = []
    for graph in sorted(graphs):
        indent = "    " if graph else ""
        body = "\n".join(
            _write_subject(subject, group, names, indent)
            for subject, group in _group(graphs[graph]).items()
        )
        blocks.append(f"{write_iri(graph)} {{\n{body}}}\n" if graph else body)
    head = names.head()
    body = "\n".join(blocks)
    return f"{head}\n{body}" if head else body
