"""RDF/XML: triples → text (W3C RDF 1.1 XML Syntax), UTF-8, one element per property."""

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from loader.rdf.prefixes import PREFIXES
from server.rdf.model import RDF, STRING, TYPE, Blank, Iri, Literal, Node, Triple

_LOCAL = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*\Z")
_SPLIT = re.compile(r"(.*[^A-Za-z0-9_.\-])([A-Za-z_][A-Za-z0-9_.\-]*)\Z", re.DOTALL)
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class UnwritableError(ValueError):
    """A triple that RDF/XML cannot hold: no local name, or a control character."""


class _Names:
    def __init__(self) -> None:
        self.used = {"rdf": RDF}

    def qualify(self, iri: str) -> str | None:
        for prefix, namespace in PREFIXES.items():
            if iri.startswith(namespace) and _LOCAL.match(iri[len(namespace) :]):
                self.used[prefix] = namespace
                return f"{prefix}:{iri[len(namespace) :]}"
        parts = _SPLIT.match(iri)
        if parts is None:
            return None
        for prefix, namespace in self.used.items():
            if namespace == parts[1]:
                return f"{prefix}:{parts[2]}"
        prefix = f"ns{len(self.used)}"
        self.used[prefix] = parts[1]
        return f"{prefix}:{parts[2]}"


def _address(node: Node, attribute: str) -> str:
    if isinstance(node, Blank):
        return f"rdf:nodeID={quoteattr('b' + re.sub(r'[^A-Za-z0-9]', '-', node[2:]))}"
    return f"rdf:{attribute}={quoteattr(node)}"


def _write_property(triple: Triple, names: _Names) -> str:
    _, predicate, value = triple
    name = names.qualify(predicate)
    if name is None:
        raise UnwritableError(f"{predicate} has no local name")
    if not isinstance(value, Literal):
        return f"    <{name} {_address(value, 'resource')}/>\n"
    if _FORBIDDEN.search(value.value):
        raise UnwritableError("a literal holds a character that XML does not")
    text = escape(value.value, {"\r": "&#13;"})
    if value.language:
        return f'    <{name} xml:lang="{value.language}">{text}</{name}>\n'
    if value.datatype == STRING:
        return f"    <{name}>{text}</{name}>\n"
    return f"    <{name} rdf:datatype={quoteattr(value.datatype)}>{text}</{name}>\n"


def write_rdfxml(triples: Iterable[Triple]) -> str:
    """One element for each subject, named by its first type, in the order of the triples.

    Raises:
        UnwritableError: A triple cannot be written in this syntax.
    """
    names = _Names()
    grouped: dict[Node, list[Triple]] = {}
    for triple in dict.fromkeys(triples):
        grouped.setdefault(triple[0], []).append(triple)
    body: list[str] = []
    for subject, group in grouped.items():
        element, used = "rdf:Description", None
        for triple in group:
            if triple[1] == TYPE and isinstance(triple[2], Iri):
                element, used = names.qualify(triple[2]) or element, triple
                break
        if element == "rdf:Description":
            used = None
        body.append(f"  <{element} {_address(subject, 'about')}>\n")
        body += [_write_property(triple, names) for triple in group if triple is not used]
        body.append(f"  </{element}>\n")
    spaces = "".join(
        f"\n    xmlns:{prefix}={quoteattr(space)}" for prefix, space in sorted(names.used.items())
    )
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<rdf:RDF{spaces}>\n'
    return head + "".join(body) + "</rdf:RDF>\n"
