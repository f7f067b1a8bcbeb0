"""How one term is spelled in Turtle and in JSON-LD.

A release has each term in many dumps; `loader.rdf.table.Terms` keeps what these functions say of
it, so that each is spelled once. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rdflib import Literal, URIRef
from rdflib.term import Node

from loader.rdf.layout import Names, write_iri
from loader.rdf.ordering import RDF, XSD

_TYPE: Final = URIRef(f"{RDF}type")
_INTEGER: Final = f"{XSD}integer"
_BOOLEAN: Final = f"{XSD}boolean"
_CANONICAL: Final = re.compile(r"0|-?[1-9][0-9]{0,15}")
_EXACT: Final = 2**53


@dataclass(frozen=True)
class Spelled:
    """Terms as Turtle writes them.

    Attributes:
        texts: one for each term.
        needs: one for each term: what it needs declared (a prefix, or the base), or empty.
        examples: need → an address that needs it.
    """

    texts: list[str]
    needs: list[str]
    examples: dict[str, str]

    def declare(self, numbers: Iterable[int], names: Names) -> None:
        """Have names declare what the terms of these numbers need."""
        for need in {self.needs[number] for number in numbers}:
            if need:
                names.iri(self.examples[need])


def spell_turtle(nodes: Iterable[Node], base: str, *, predicates: bool = False) -> Spelled:
    """Return nodes as Turtle writes them.

    Args:
        nodes: in any order.
        base: the base address of the release.
        predicates: whether the type is written as ``a``.
    """
    names = Names(base)
    spelled = Spelled([], [], {})
    for node in nodes:
        text, need = f"_:{node}", ""
        if predicates and node == _TYPE:
            text = "a"
        elif isinstance(node, URIRef):
            text = names.iri(str(node))
            if need := _find_need(text, str(node)):
                spelled.examples.setdefault(need, str(node))
        elif isinstance(node, Literal):
            datatype = str(node.datatype or "")
            text = names.literal(str(node), node.language or "", datatype)
            name = names.iri(datatype) if datatype else ""
            need = _find_need(name, datatype) if name and text.endswith(f'"^^{name}') else ""
            if need:
                spelled.examples.setdefault(need, datatype)
        spelled.texts.append(text)
        spelled.needs.append(need)
    return spelled


def _find_need(text: str, iri: str) -> str:
    if not text.startswith("<"):
        return text.partition(":")[0]
    return "" if text == write_iri(iri) else "<>"


def find_json_form(term: Node) -> str:
    """Return how JSON-LD writes a value: a keyword, ``@native``, ``@string``, or the datatype."""
    if not isinstance(term, Literal):
        return "@id"
    if term.language:
        return "@language"
    datatype, text = str(term.datatype or f"{XSD}string"), str(term)
    if datatype == f"{XSD}string":
        return "@string"
    if datatype == _INTEGER and _CANONICAL.fullmatch(text) and abs(int(text)) < _EXACT:
        return "@native"
    if datatype == _BOOLEAN and text in ("true", "false"):
        return "@native"
    return datatype
