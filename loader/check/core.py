"""Translates rules in SHACL Core to SPARQL selects, for the constraints that rules here use.

A rule becomes one select for each of its constraint components. A select returns what breaks the
component: the focus node as ``?this`` and, where the component looks at values one by one, the
value as ``?value``. A rule that uses anything else than the two tables below know is not
translated; `loader.check.shapes` leaves it to pySHACL, which also judges the translation in the
tests.

The engine does not plan the joins of an EXISTS, so none here holds a pattern that shares no
variable with its surroundings; see shapes/README.md.

Source: SHACL (W3C Recommendation 20 July 2017), sections 2.1 (targets), 2.3.1 (paths) and 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final

from rdflib import DCTERMS, RDF, RDFS, SH, XSD, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from loader.rdf.ordering import nt

_ABOUT_A_RULE: Final = frozenset({RDF.type, RDFS.label, RDFS.seeAlso, DCTERMS.identifier})
_FRAME: Final = frozenset(
    {
        SH.path,
        SH.severity,
        SH.message,
        SH.targetClass,
        SH.targetNode,
        SH.targetSubjectsOf,
        SH.targetObjectsOf,
    }
)
_CHECKED: Final = frozenset({XSD.integer, XSD.decimal, XSD.double, XSD.boolean, XSD.date})
"""Datatypes whose lexical forms the engine can be asked about, by a cast."""

_KINDS: Final[Mapping[Node, str]] = {
    SH.IRI: "isIRI({v})",
    SH.Literal: "isLiteral({v})",
    SH.BlankNode: "isBlank({v})",
    SH.IRIOrLiteral: "!isBlank({v})",
    SH.BlankNodeOrIRI: "!isLiteral({v})",
    SH.BlankNodeOrLiteral: "!isIRI({v})",
}


class UntranslatableError(Exception):
    """A shape uses a part of SHACL that is not translated."""


@dataclass(frozen=True, slots=True)
class CoreSelect:
    """What finds the nodes that break one constraint component of a rule.

    Attributes:
        component: the address of the component.
        select: the query; returns ``?this`` and perhaps ``?value``.
    """

    component: str
    select: str


def translate_rule(graph: Graph, shape: URIRef) -> tuple[CoreSelect, ...] | None:
    """Return the selects of a rule in SHACL Core, or None where it cannot be translated.

    Args:
        graph: all shapes.
        shape: the address of the rule.
    """
    try:
        return tuple(_Translation(graph).selects(shape))
    except UntranslatableError:
        return None


class _Translation:
    """The translation of one rule: conditions in SPARQL, with variables of their own."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._numbers = count()
        self._of_values: Mapping[Node, Callable[[Node, str, str], str]] = {
            SH["class"]: self._class,
            SH.datatype: self._datatype,
            SH.nodeKind: self._node_kind,
            SH["in"]: self._in,
            SH.pattern: self._pattern,
            SH.minLength: self._min_length,
            SH.minInclusive: lambda value, v, _: f"COALESCE({v} >= {_term(value)}, false)",
            SH.maxInclusive: lambda value, v, _: f"COALESCE({v} <= {_term(value)}, false)",
            SH.lessThan: lambda value, v, f: self._compare(f, value, v, "<"),
            SH.lessThanOrEquals: lambda value, v, f: self._compare(f, value, v, "<="),
            SH.disjoint: lambda value, v, f: f"NOT EXISTS {{ {f} {_term(value)} {v} }}",
            SH["not"]: lambda shape, v, _: f"!({self._conforms(shape, v)})",
            SH["and"]: lambda shapes, v, _: self._join(shapes, v, " && "),
            SH["or"]: lambda shapes, v, _: self._join(shapes, v, " || "),
            SH.xone: self._exactly_one,
        }
        self._of_sets: Mapping[Node, Callable[[Node, str, str], str]] = {
            SH.minCount: self._min_count,
            SH.maxCount: self._max_count,
            SH.hasValue: lambda value, f, path: f"EXISTS {{ {f} {path} {_term(value)} }}",
            SH.uniqueLang: self._unique_language,
        }

    def selects(self, shape: URIRef) -> Iterator[CoreSelect]:
        """Yield the select of each component.

        Raises:
            UntranslatableError: one of them is not translated.
        """
        target = self._target(shape)
        path = self._path(shape)
        for predicate, parameter in self._constraints(shape):
            if predicate in self._of_sets and path is not None:
                condition = self._of_sets[predicate](parameter, "?this", path)
                body = f"{target} FILTER( !({condition}) )"
            elif predicate in self._of_values:
                value = "?this" if path is None else "?value"
                condition = self._of_values[predicate](parameter, value, "?this")
                values = "" if path is None else f"?this {path} ?value ."
                body = f"{target} {values} FILTER( !({condition}) )"
            else:
                raise UntranslatableError(predicate)
            shown = "?this ?value" if "?value" in body else "?this"
            yield CoreSelect(_component(predicate), f"SELECT DISTINCT {shown} WHERE {{ {body} }}")

    def _constraints(self, shape: Node) -> Iterator[tuple[URIRef, Node]]:
        """Yield the parameters of a shape, in a stable order."""
        for predicate, value in sorted(self._graph.predicate_objects(shape), key=str):
            if predicate not in _FRAME and predicate not in _ABOUT_A_RULE:
                yield URIRef(str(predicate)), value

    def _target(self, shape: URIRef) -> str:
        arms = [
            *(
                f"{{ ?class <{RDFS.subClassOf}>* {_term(cls)} . ?this a ?class }}"
                for cls in self._graph.objects(shape, SH.targetClass)
            ),
            *(
                f"{{ ?this {_term(p)} ?any }}"
                for p in self._graph.objects(shape, SH.targetSubjectsOf)
            ),
            *(
                f"{{ ?any {_term(p)} ?this }}"
                for p in self._graph.objects(shape, SH.targetObjectsOf)
            ),
            *(
                f"{{ VALUES ?this {{ {_term(node)} }} }}"
                for node in self._graph.objects(shape, SH.targetNode)
            ),
        ]
        if not arms:
            raise UntranslatableError(shape)
        return f"{{ SELECT DISTINCT ?this WHERE {{ {' UNION '.join(sorted(arms))} }} }}"

    def _path(self, shape: Node) -> str | None:
        path = self._graph.value(shape, SH.path)
        if path is None or isinstance(path, URIRef):
            return None if path is None else _term(path)
        steps = self._graph.value(path, SH.alternativePath)
        if steps is None:
            raise UntranslatableError(path)
        return "|".join(_term(step) for step in self._items(steps))

    def _items(self, head: Node) -> list[Node]:
        return list(Collection(self._graph, head))

    def _new(self) -> str:
        return f"?v{next(self._numbers)}"

    def _conforms(self, shape: Node, node: str) -> str:
        """Return the condition under which a node conforms to a shape that has no target."""
        path = self._path(shape)
        found: list[str] = []
        for predicate, parameter in self._constraints(shape):
            if predicate == SH.property and path is None:
                found.append(self._conforms(parameter, node))
            elif predicate in self._of_sets and path is not None:
                found.append(self._of_sets[predicate](parameter, node, path))
            elif predicate in self._of_values and path is None:
                found.append(self._of_values[predicate](parameter, node, node))
            elif predicate in self._of_values and path is not None:
                value = self._new()
                condition = self._of_values[predicate](parameter, value, node)
                found.append(f"NOT EXISTS {{ {node} {path} {value} FILTER( !({condition}) ) }}")
            elif predicate == SH.hasValue:
                found.append(f"sameTerm({node}, {_term(parameter)})")
            else:
                raise UntranslatableError(predicate)
        return "(" + " && ".join(found or ["true"]) + ")"

    # ---- components that look at each value

    def _class(self, cls: Node, value: str, focus: str) -> str:
        kind = self._new()
        above = f"{kind} <{RDFS.subClassOf}>* {_term(cls)}"
        return f"EXISTS {{ {value} a {kind} FILTER EXISTS {{ {above} }} }}"

    def _datatype(self, datatype: Node, value: str, focus: str) -> str:
        is_typed = f"COALESCE(DATATYPE({value}) = {_term(datatype)}, false)"
        if datatype == XSD.string:
            return is_typed
        if datatype not in _CHECKED:
            raise UntranslatableError(datatype)
        cast = f"{_term(datatype)}(STR({value}))"
        return f"({is_typed} && COALESCE({cast} = {cast}, false))"

    def _node_kind(self, kind: Node, value: str, focus: str) -> str:
        if kind not in _KINDS:
            raise UntranslatableError(kind)
        return _KINDS[kind].format(v=value)

    def _in(self, members: Node, value: str, focus: str) -> str:
        same = (f"sameTerm({value}, {_term(member)})" for member in self._items(members))
        return "(" + (" || ".join(same) or "false") + ")"

    def _pattern(self, pattern: Node, value: str, focus: str) -> str:
        return f"COALESCE(REGEX(STR({value}), {_term(Literal(str(pattern)))}), false)"

    def _min_length(self, least: Node, value: str, focus: str) -> str:
        return f"(!isBlank({value}) && STRLEN(STR({value})) >= {least})"

    def _compare(self, focus: str, other: Node, value: str, sign: str) -> str:
        limit = self._new()
        fails = f"!COALESCE({value} {sign} {limit}, false)"
        return f"NOT EXISTS {{ {focus} {_term(other)} {limit} FILTER( {fails} ) }}"

    def _join(self, shapes: Node, value: str, sign: str) -> str:
        return "(" + sign.join(self._conforms(s, value) for s in self._items(shapes)) + ")"

    def _exactly_one(self, shapes: Node, value: str, focus: str) -> str:
        ones = (f"IF({self._conforms(s, value)}, 1, 0)" for s in self._items(shapes))
        return f"({' + '.join(ones)} = 1)"

    # ---- components that look at all values together

    def _min_count(self, least: Node, focus: str, path: str) -> str:
        if str(least) == "1":
            return f"EXISTS {{ {focus} {path} {self._new()} }}"
        if str(least) != "2":
            raise UntranslatableError(least)
        return f"EXISTS {{ {self._two(focus, path)} }}"

    def _max_count(self, most: Node, focus: str, path: str) -> str:
        if str(most) == "0":
            return f"NOT EXISTS {{ {focus} {path} {self._new()} }}"
        if str(most) != "1":
            raise UntranslatableError(most)
        return f"NOT EXISTS {{ {self._two(focus, path)} }}"

    def _two(self, focus: str, path: str) -> str:
        one, other = self._new(), self._new()
        pair = f"{focus} {path} {one} . {focus} {path} {other}"
        return f"{pair} FILTER( !sameTerm({one}, {other}) )"

    def _unique_language(self, wanted: Node, focus: str, path: str) -> str:
        if str(wanted) != "true":
            return "true"
        one, other = self._new(), self._new()
        two = f"{focus} {path} {one} . {focus} {path} {other}"
        same = f"LCASE(LANG({one})) = LCASE(LANG({other})) && LANG({one}) != ''"
        return f"NOT EXISTS {{ {two} FILTER( !sameTerm({one}, {other}) && {same} ) }}"


def _term(node: Node) -> str:
    if not isinstance(node, URIRef | Literal):
        raise UntranslatableError(node)
    return nt(node)


def _component(predicate: URIRef) -> str:
    name = str(predicate).removeprefix(str(SH))
    return f"{SH}{name[0].upper()}{name[1:]}ConstraintComponent"
