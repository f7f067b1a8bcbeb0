"""N-Triples, N-Quads, Turtle and TriG: quads → text. W3C RDF 1.1 syntaxes, UTF-8.

Turtle is for reading: prefixes that are used, subjects in the order of the document, `a` and the
label first, one property a line.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from loader.rdf.prefixes import PREFIXES
from server.rdf.model import (
    LABEL,
    PREF_LABEL,
    STRING,
    TYPE,
    VOCAB,
    XSD,
    Blank,
    Iri,
    Literal,
    Node,
    Quad,
    Term,
    Triple,
    sort_key,
)

_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_ESCAPED = re.compile(r'[\\"\x00-\x1f\x7f]')
_IRI_ESCAPED = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_\-]*[A-Za-z0-9_])?\Z")
_RELATIVE = re.compile(r"[a-z][a-z0-9\-]*/[A-Za-z0-9_\-/#]+\Z")
_CONCEPT = re.compile(r"([a-z][a-z\-]*)/([A-Za-z0-9_](?:[A-Za-z0-9_\-]*[A-Za-z0-9_])?)\Z")
_SHORT = {
    XSD + "integer": re.compile(r"[+-]?\d+\Z"),
    XSD + "decimal": re.compile(r"[+-]?\d*\.\d+\Z"),
    XSD + "boolean": re.compile(r"(?:true|false)\Z"),
}
_FIRST = {TYPE: 0, LABEL: 1, PREF_LABEL: 2}

Shorten = Callable[[str], str]


def _escape(text: str) -> str:
    return _ESCAPED.sub(lambda f: _ESCAPES.get(f[0], f"\\u{ord(f[0]):04X}"), text)


def _full_iri(iri: str) -> str:
    return "<" + _IRI_ESCAPED.sub(lambda f: f"\\u{ord(f[0]):04X}", iri) + ">"


def _write_literal(literal: Literal, shorten: Shorten) -> str:
    quoted = f'"{_escape(literal.value)}"'
    if literal.language:
        return f"{quoted}@{literal.language}"
    return quoted if literal.datatype == STRING else f"{quoted}^^{shorten(literal.datatype)}"


def _write_term(term: Term) -> str:
    if isinstance(term, Literal):
        return _write_literal(term, _full_iri)
    return str(term) if isinstance(term, Blank) else _full_iri(term)


def write_ntriples(triples: Iterable[Triple]) -> str:
    """One triple a line, in the order given."""
    return "".join(" ".join(map(_write_term, triple)) + " .\n" for triple in triples)


def write_nquads(quads: Iterable[Quad]) -> str:
    """One quad a line, in the order given; the default graph has no fourth term."""
    return "".join(
        " ".join(map(_write_term, quad.triple))
        + (f" {_full_iri(quad.graph)} .\n" if quad.graph else " .\n")
        for quad in quads
    )


class _Names:
    """Short forms of IRIs, and which prefixes they needed."""

    def __init__(self, base: str) -> None:
        self.base = base + "id/" if base else ""
        self.used: dict[str, str] = {}
        self.relative = False

    def shorten(self, iri: str) -> str:
        if self.base and iri.startswith(self.base) and _RELATIVE.match(iri[len(self.base) :]):
            self.relative = True
            return f"<{iri[len(self.base) :]}>"
        concept = _CONCEPT.match(iri[len(VOCAB) :]) if iri.startswith(VOCAB) else None
        if concept and concept[1] not in PREFIXES:
            self.used[concept[1]] = f"{VOCAB}{concept[1]}/"
            return f"{concept[1]}:{concept[2]}"
        for prefix, namespace in PREFIXES.items():
            if iri.startswith(namespace) and _LOCAL.match(iri[len(namespace) :]):
                self.used[prefix] = namespace
                return f"{prefix}:{iri[len(namespace) :]}"
        return _full_iri(iri)

    def write(self, term: Term) -> str:
        if isinstance(term, Blank):
            return str(term)
        if not isinstance(term, Literal):
            return self.shorten(term)
        pattern = _SHORT.get(term.datatype)
        if pattern is not None and pattern.match(term.value):
            return term.value
        return _write_literal(term, self.shorten)

    def head(self) -> str:
        lines = [f"@base <{self.base}> ."] if self.relative else []
        lines += [f"@prefix {name}: <{space}> ." for name, space in sorted(self.used.items())]
        return "\n".join(lines) + "\n" if lines else ""


def _write_subject(subject: Node, triples: Sequence[Triple], names: _Names, indent: str) -> str:
    by_predicate: dict[Iri, list[Term]] = {}
    for _, predicate, value in triples:
        by_predicate.setdefault(predicate, []).append(value)
    rows: list[tuple[tuple[int, str], str]] = []
    for predicate, values in by_predicate.items():
        name = "a" if predicate == TYPE else names.shorten(predicate)
        written = [names.write(value) for value in sorted(values, key=sort_key)]
        joined = (
            (",\n" + indent + "        ").join(written) if len(written) > 3 else ", ".join(written)
        )
        rows.append(((_FIRST.get(predicate, 9), name), f"{name} {joined}"))
    body = (" ;\n" + indent + "    ").join(text for _, text in sorted(rows))
    return f"{indent}{names.write(subject)} {body} .\n"


def _group(triples: Iterable[Triple]) -> dict[Node, list[Triple]]:
    grouped: dict[Node, list[Triple]] = {}
    for triple in dict.fromkeys(triples):
        grouped.setdefault(triple[0], []).append(triple)
    return grouped


def write_turtle(triples: Iterable[Triple], base: str = "") -> str:
    """Turtle for people; names below `{base}id/` are written relative to it."""
    names = _Names(base)
    body = "\n".join(
        _write_subject(subject, group, names, "") for subject, group in _group(triples).items()
    )
    head = names.head()
    return f"{head}\n{body}" if head else body


def write_trig(quads: Iterable[Quad], base: str = "") -> str:
    """TriG for people: one block for each named graph, in the order of their names."""
    names = _Names(base)
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
        blocks.append(f"{_full_iri(graph)} {{\n{body}}}\n" if graph else body)
    head = names.head()
    body = "\n".join(blocks)
    return f"{head}\n{body}" if head else body
