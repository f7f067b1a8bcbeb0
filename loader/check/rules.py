"""Reads the rules in ``shapes/`` and the explanations of accepted warnings.

A rule is one shape with a number (``dcterms:identifier``), a severity and a message whose
``{?names}`` are filled with what was found: ``{?this}``, ``{?value}`` and, where the rule is a
select (``sh:SPARQLTarget``), every variable that the select returns.

Source: SHACL (W3C Recommendation 20 July 2017) and SHACL Advanced Features, section 3 (targets).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rdflib import DCTERMS, SH, Graph, URIRef
from rdflib.plugins.parsers.notation3 import BadSyntax
from rdflib.term import Node

from loader.errors import LoaderError, SeedError, ShapesError
from loader.rdf.terms import SHAPES
from loader.read.ontology.overlay import find_line
from loader.read.yamltext import List, Map, Text, expect_map, expect_text, read_yaml
from loader.release.store import RdfError, Store, parse
from loader.workspace import Layers

SEVERITIES: Final = ("Violation", "Warning", "Info")
"""Most severe first; only the first keeps a release from being built."""

SHAPE_FILES: Final = ("*.ttl", "internal/*.ttl")
"""What records must hold to, and what the loader's own output must."""

PLACEHOLDER: Final = re.compile(r"\{\?(\w+)\}")
"""A name in a message that is filled with what was found."""

OWN_RULES: Final = 1000
"""The least number of a rule that a workspace lays over Pacta's; lower ones are Pacta's."""

_SERVICE: Final = re.compile(r"\bSERVICE\s+(SILENT|[<?$]|[\w-]*:)", re.IGNORECASE)
_CORE_NAMES: Final = frozenset({"this", "value"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One shape.

    Attributes:
        id: its number, such as ``16b``.
        shape: its address.
        severity: one of `SEVERITIES`.
        message: what is wrong and what to do, with ``{?names}`` to fill.
        select: the whole query, for rules about several nodes.
        path: the property it is about, where it is a single one.
    """

    id: str
    shape: str
    severity: str
    message: str
    select: str | None
    path: str | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a warning of one rule at one node is accepted, and where that is written."""

    rule: str
    focus: str
    because: str
    line: int


@dataclass(frozen=True, slots=True)
class Shapes:
    """The rules: as RDF, and as a table in the order of their numbers."""

    graph: Graph
    rules: tuple[Rule, ...]

    @property
    def core(self) -> tuple[Rule, ...]:
        """The rules about one node, in SHACL Core."""
        return tuple(rule for rule in self.rules if rule.select is None)


def rule_order(number: str) -> tuple[int, str]:
    """Return the key that sorts rules by number, then letter."""
    return int(number.rstrip("abcdefghijklmnopqrstuvwxyz")), number


def read_shapes(shapes: Path | Layers, base: str = "") -> Shapes:
    """Read every file of `SHAPE_FILES` and check that its rules are whole.

    Args:
        shapes: a folder; or the packaged folder with the workspace's own laid over it.
        base: what relative addresses in the workspace's own files are resolved against.

    Raises:
        ShapesError: the folder has none, a file does not parse, a term is not SHACL's, or a
            rule lacks a part, shares a number or has a query that does not parse; or the
            workspace's own files hold a shape or a number of Pacta's. All that were found are in
            `also`.
    """
    layers = Layers(None, shapes) if isinstance(shapes, Path) else shapes
    folder = layers.whole
    files = sorted(path for pattern in SHAPE_FILES for path in folder.glob(pattern))
    if not files:
        raise ShapesError("no shapes here, expected *.ttl files", folder)
    graph = Graph()
    rules: list[Rule] = []
    errors: list[ShapesError] = []
    parts = [(path, _parse(path)) for path in files]
    if layers.overlay:
        packaged = {shape for _, part in parts for shape in part.subjects()}
        own = [(path, _parse(path, base)) for path in sorted(layers.overlay.glob("*.ttl"))]
        for path, part in own:
            errors += _misplaced(path, part, packaged, base)
        parts += own
    for _, part in parts:
        graph += part
        for prefix, namespace in part.namespaces():
            graph.bind(prefix, namespace)
    prologue = _prologue(graph)
    for path, part in parts:
        errors += (ShapesError(m, path) for m in _unknown_terms(part))
        for shape in sorted(part.subjects(DCTERMS.identifier, unique=True), key=str):
            try:
                rules.append(_rule(part, shape, prologue))
            except ValueError as error:
                errors.append(ShapesError(f"{str(shape).removeprefix(str(SHAPES))}: {error}", path))
    seen = Counter(rule.id for rule in rules)
    errors += (
        ShapesError(f"rule {number} is there {times} times", folder, hint="Give each its own.")
        for number, times in sorted(seen.items())
        if times > 1
    )
    if first := ShapesError.together(errors):
        raise first
    return Shapes(graph, tuple(sorted(rules, key=lambda rule: rule_order(rule.id))))


def read_explanations(path: Path, base: str) -> tuple[Explanation, ...]:
    """Read why warnings are accepted: a list of ``{rule, focus, because}``.

    A file that is not there explains nothing.

    Raises:
        ShapesError: it does not have that form.
    """
    if not path.is_file():
        return ()
    try:
        node = read_yaml(path.read_bytes(), path)
        entries = node.items if isinstance(node, List) else ()
        if node is not None and not isinstance(node, List):
            raise node.at.error("expected a list of explanations")
        return tuple(_explanation(expect_map(entry, "an explanation"), base) for entry in entries)
    except SeedError as error:
        raise ShapesError(
            error.message, error.path, error.line, error.column, error.hint
        ) from error


def _explanation(entry: Map, base: str) -> Explanation:
    parts: dict[str, Text] = {}
    for key, value in entry.entries:
        if key.value not in ("rule", "focus", "because"):
            raise key.at.error(f"{key.value!r} is no key of an explanation")
        parts[key.value] = expect_text(value, f"the {key.value}")
    for key_name in ("rule", "focus", "because"):
        if key_name not in parts:
            raise entry.at.error(f"{key_name} is missing", "Write {rule, focus, because}.")
    focus = parts["focus"].value
    iri = focus if "://" in focus else f"{base}id/{focus}"
    return Explanation(parts["rule"].value, iri, parts["because"].value.strip(), entry.at.line)


def _misplaced(path: Path, part: Graph, packaged: set[Node], base: str) -> list[ShapesError]:
    """Return what a workspace's own shapes may not be: a shape or a number of Pacta's."""
    errors = []
    for shape in sorted(part.subjects(DCTERMS.identifier, unique=True), key=str):
        place = (path, find_line(path, shape))
        number = str(part.value(shape, DCTERMS.identifier))
        if shape in packaged or not str(shape).startswith(base):
            hint = "Write its address relative to the base, such as <shapes/ConcessionShape-label>."
            errors.append(
                ShapesError(f"{shape} is not a shape of this workspace", *place, hint=hint)
            )
        elif re.fullmatch(r"[0-9]+[a-z]?", number) and rule_order(number)[0] < OWN_RULES:
            hint = f"Number the workspace's own rules from {OWN_RULES}; lower numbers are Pacta's."
            errors.append(ShapesError(f"rule {number} has a number of Pacta's", *place, hint=hint))
    return errors


def _parse(path: Path, base: str = "") -> Graph:
    """Parse a file twice: the engine is strict, rdflib gives the graph that pySHACL needs."""
    try:
        text = path.read_text("utf-8")
        for _ in parse(f"@base <{base}> . {text}" if base else text, "ttl"):
            pass
        return Graph().parse(data=text, format="turtle", publicID=base or None)
    except RdfError as error:
        found = re.search(r"line (\d+)", error.message)
        line = int(found[1]) if found else None
        raise ShapesError(error.message, path, line) from error
    except (BadSyntax, LookupError, OSError, ValueError) as error:
        raise ShapesError(f"cannot be read: {error}", path) from error


def _prologue(graph: Graph) -> str:
    lines = {
        f"PREFIX {graph.value(d, SH.prefix)}: <{graph.value(d, SH.namespace)}>\n"
        for d in graph.objects(URIRef(SHAPES), SH.declare)
    }
    return "".join(sorted(lines))


def _unknown_terms(graph: Graph) -> list[str]:
    terms = {t for triple in graph for t in triple if isinstance(t, URIRef)}
    mine = (t for t in terms if t.startswith(str(SH)) and t not in SH)
    return sorted(f"sh:{t.removeprefix(str(SH))} is no term of SHACL" for t in mine)


def _rule(graph: Graph, shape: Node, prologue: str) -> Rule:
    def one(predicate: URIRef, what: str) -> Node:
        values = list(graph.objects(shape, predicate))
        if len(values) != 1:
            raise ValueError(f"has {len(values)} of {what}, expected one")
        return values[0]

    severity = str(one(SH.severity, "sh:severity")).removeprefix(str(SH))
    if severity not in SEVERITIES:
        raise ValueError(f"severity {severity}, expected one of {', '.join(SEVERITIES)}")
    message = str(one(SH.message, "sh:message"))
    names = set(PLACEHOLDER.findall(message))
    target = graph.value(shape, SH.target)
    query = None
    known: Iterable[str] = _CORE_NAMES
    if target is not None:
        query = prologue + str(graph.value(target, SH.select) or "")
        if _SERVICE.search(query):
            raise ValueError("its select asks another endpoint, which no rule may")
        known = _variables(query)
        if "this" not in known:
            raise ValueError("its select does not return ?this")
    if unknown := sorted(names.difference(known)):
        raise ValueError(f"its message names {', '.join(unknown)}, which nothing binds")
    path = graph.value(shape, SH.path)
    number = str(one(DCTERMS.identifier, "dcterms:identifier"))
    if not re.fullmatch(r"[0-9]+[a-z]?", number):
        raise ValueError(f"number {number!r}, expected digits and at most one letter")
    plain = str(path) if isinstance(path, URIRef) else None
    return Rule(number, str(shape), severity, message, query, plain)


def _variables(query: str) -> frozenset[str]:
    try:
        rows = Store().select(query)
    except LoaderError as error:
        raise ValueError(f"its select does not run: {error}") from error
    if isinstance(rows, bool):
        raise ValueError("its select is an ASK")
    return frozenset(rows.variables)
