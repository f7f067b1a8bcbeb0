"""Validates a graph against the rules in ``shapes/`` and reports violations.

`loader.check.rules` reads the rules. Rules about several nodes are one SPARQL select each
(``sh:SPARQLTarget``) that returns the offenders as ``?this``; `loader.check.core` translates rules
about one node to selects. All run over the whole graph in the embedded engine and give one result
per row, so that every message has its own values. pySHACL is the reference: it runs the rules that
cannot be translated, and tests hold the engine to what pySHACL and rdflib find.

Source: SHACL (W3C Recommendation 20 July 2017) and SHACL Advanced Features, section 3 (targets).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, cast

from rdflib import DCTERMS, RDF, RDFS, SH, XSD, Graph, Literal, URIRef
from rdflib.namespace import NamespaceManager
from rdflib.query import ResultRow
from rdflib.term import Node

from loader.check.core import translate_rule
from loader.check.rules import (
    PLACEHOLDER,
    SEVERITIES,
    Explanation,
    Rule,
    Shapes,
    read_explanations,
    read_shapes,
    rule_order,
)
from loader.errors import LoaderError, ShapesError
from loader.rdf.ordering import Triple
from loader.rdf.terms import NS, PACTA, REC, VOCAB
from loader.release.store import Store
from loader.workspace import EXPLANATIONS, Layers

Bindings = Mapping[str, Node]
"""One row of a select: the variables that are bound, without question mark."""

Select = Callable[[str], Iterable[Bindings]]
"""Runs a SPARQL select over one graph."""

_EVERYTHING: Final = "CONSTRUCT WHERE { ?s ?p ?o }"
_JUDGEMENT: Final = f"""SELECT ?text WHERE {{{{
  <{{disagreement}}> <{PACTA.judgement}> ?text . ?collection <{REC.textLanguage}> ?language
  FILTER( LANG(?text) = ?language )
}}}}"""


@dataclass(frozen=True, slots=True)
class Result:
    """What one rule found at one node.

    Attributes:
        severity: one of `SEVERITIES`.
        rule: the number of the rule.
        focus: the node it was found at: an IRI, or ``_:`` and a label.
        path: the property concerned, if one.
        value: the value concerned, if one: an IRI or the text of a literal.
        message: what is wrong and what to do.
        shape: the address of the rule.
        component: the address of the constraint of SHACL that failed.
        explanation: why a warning is accepted.
        term: the value as RDF.
    """

    severity: str
    rule: str
    focus: str
    path: str | None
    value: str | None
    message: str
    shape: str
    component: str
    explanation: str | None = None
    term: Node | None = field(default=None, repr=False)

    @property
    def is_unexplained(self) -> bool:
        """Whether it is a warning without an explanation."""
        return self.severity == "Warning" and self.explanation is None


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of a check.

    Attributes:
        results: violations first, then by number of the rule, focus, path, value and message.
        graph: the same as a ``sh:ValidationReport``, without blank nodes.
        stale: explanations of warnings that did not come.
    """

    results: tuple[Result, ...]
    graph: Graph
    stale: tuple[Explanation, ...] = ()

    @property
    def violations(self) -> tuple[Result, ...]:
        """The results that keep a release from being built."""
        return tuple(r for r in self.results if r.severity == "Violation")

    @property
    def warnings(self) -> tuple[Result, ...]:
        """The results that need an explanation only."""
        return tuple(r for r in self.results if r.severity == "Warning")

    @property
    def conforms(self) -> bool:
        """Whether there is no violation."""
        return not self.violations


def in_engine(triples: Iterable[Triple]) -> Select:
    """Return a select that runs in the embedded engine: the fast one."""
    store = Store()
    store.add(triples)
    return in_store(store)


def in_store(store: Store) -> Select:
    """Return a select that runs over the default graph of a store."""

    def select(query: str) -> Iterator[Bindings]:
        rows = store.select(query)
        if isinstance(rows, bool):
            raise ShapesError("the query is an ASK, expected a SELECT")
        for row in rows.rows:
            pairs = zip(rows.variables, row, strict=True)
            yield {name: term for name, term in pairs if term is not None}

    return select


def in_rdflib(graph: Graph) -> Select:
    """Return a select that runs in rdflib, as pySHACL itself would run it."""

    def select(query: str) -> Iterator[Bindings]:
        for row in graph.query(query):
            yield cast(ResultRow, row).asdict()

    return select


def check_shapes(
    triples: Iterable[Triple] | Store,
    shapes: Path | Layers | Shapes,
    *,
    base: str,
    reference: bool = False,
) -> Report:
    """Hold a graph to the rules of a folder.

    Args:
        triples: the union of all named graphs of a release, duplicates removed; or a store
            whose default graph it is.
        shapes: the folder of the rules, or its layers; the `EXPLANATIONS` in the workspace's own
            are read too if there. Or rules read before, without explanations.
        base: the base address; explanations name things relative to ``{base}id/``.
        reference: whether pySHACL and rdflib run every rule, to judge the engine by. Takes
            time and memory that no large collection has.

    Raises:
        ShapesError: the rules or their explanations are broken.
    """
    rules = shapes if isinstance(shapes, Shapes) else read_shapes(shapes, base)
    own = shapes.own if isinstance(shapes, Layers) else shapes
    explained = read_explanations(own / EXPLANATIONS, base) if isinstance(own, Path) else ()
    try:
        if reference:
            graph = _graph(triples)
            select = in_rdflib(graph)
            found = {*_pyshacl_results(graph, rules, rules.core, base)}
            found |= {*_select_results(select, rules, base)}
        else:
            store = triples if isinstance(triples, Store) else Store.of(triples)
            select = in_store(store)
            found = {*_select_results(select, rules, base)}
            found |= {*_core_results(store, select, rules, base)}
    except (LoaderError, LookupError, TypeError, ValueError) as error:
        raise ShapesError(f"a rule cannot be run: {error}") from error
    because = {(e.rule, e.focus): e.because for e in explained}
    judged = (_explain(result, because, select) for result in found)
    results = tuple(sorted(judged, key=_order))
    warned = {(r.rule, r.focus) for r in results if r.severity == "Warning"}
    stale = tuple(e for e in explained if (e.rule, e.focus) not in warned)
    return Report(results, _report_graph(results, base), stale)


# ---- running rules


def _graph(triples: Iterable[Triple] | Store) -> Graph:
    if isinstance(triples, Graph):
        return triples
    graph = Graph()
    found = triples.construct(_EVERYTHING) if isinstance(triples, Store) else triples
    for triple in found:
        graph.add(triple)
    return graph


def _core_results(store: Store, select: Select, shapes: Shapes, base: str) -> Iterator[Result]:
    """Run the rules about one node as selects; those that cannot be translated in pySHACL."""
    left: list[Rule] = []
    for rule in shapes.core:
        translated = translate_rule(shapes.graph, URIRef(rule.shape))
        if translated is None:
            left.append(rule)
            continue
        for part in translated:
            for row in select(part.select):
                yield _result(rule, row, part.component, base)
    if left:
        yield from _pyshacl_results(_graph(store), shapes, left, base)


def _pyshacl_results(
    graph: Graph, shapes: Shapes, rules: Iterable[Rule], base: str
) -> Iterator[Result]:
    """Run rules about one node in pySHACL.

    Raises:
        ValueError: pySHACL cannot run them.
    """
    import pyshacl  # takes a quarter of a second to import, and most builds need it not
    from pyshacl.errors import ReportableRuntimeError

    asked = {rule.shape: rule for rule in rules}
    targets = {SH.target, SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf}
    core = Graph()
    for triple in shapes.graph:
        if triple[1] not in targets or str(triple[0]) in asked:
            core.add(triple)
    try:
        _, outcome, text = pyshacl.validate(graph, shacl_graph=core, inplace=True)
    except ReportableRuntimeError as error:
        raise ValueError(str(error)) from error
    if not isinstance(outcome, Graph):
        raise ValueError(f"pySHACL did not finish: {text}")
    for node in outcome.subjects(RDF.type, SH.ValidationResult):
        rule = asked.get(str(outcome.value(node, SH.sourceShape)))
        focus = outcome.value(node, SH.focusNode)
        if rule is None or focus is None:
            continue
        value = outcome.value(node, SH.value)
        bindings: dict[str, Node] = {"this": focus}
        if value is not None and value != focus:
            bindings["value"] = value
        component = str(outcome.value(node, SH.sourceConstraintComponent))
        yield _result(rule, bindings, component, base)


def _select_results(select: Select, shapes: Shapes, base: str) -> Iterator[Result]:
    for rule in shapes.rules:
        if rule.select is None:
            continue
        for row in select(rule.select):
            if "this" in row:
                yield _result(rule, row, str(SH.NotConstraintComponent), base)


def _result(rule: Rule, row: Bindings, component: str, base: str) -> Result:
    def fill(match: re.Match[str]) -> str:
        return _short(row.get(match[1]), base)

    property_ = row.get("property")
    path = str(property_) if isinstance(property_, URIRef) else rule.path
    value = row.get("value")
    return Result(
        severity=rule.severity,
        rule=rule.id,
        focus=_text(row["this"]),
        path=path,
        value=None if value is None else _text(value),
        message=PLACEHOLDER.sub(fill, rule.message),
        shape=rule.shape,
        component=component,
        explanation=_text(row["disagreement"]) if "disagreement" in row else None,
        term=value,
    )


def _explain(result: Result, because: Mapping[tuple[str, str], str], select: Select) -> Result:
    """Add why a warning is accepted: from the file, else the judgement of its disagreement."""
    reason = because.get((result.rule, result.focus)) if result.severity == "Warning" else None
    if reason is None and result.explanation is not None:
        rows = select(_JUDGEMENT.format(disagreement=result.explanation))
        reason = next((str(row["text"]) for row in rows), None)
    return replace(result, explanation=reason)


# ---- the report


def _report_graph(results: Iterable[Result], base: str) -> Graph:
    graph = Graph(namespace_manager=None)
    NamespaceManager(graph, bind_namespaces="none").bind("sh", SH)
    report = URIRef(f"{base}report")
    found = tuple(results)
    conforms = all(result.severity != "Violation" for result in found)
    graph.add((report, RDF.type, SH.ValidationReport))
    graph.add((report, SH.conforms, Literal(conforms)))
    for result in found:
        node = _address(result, base)
        graph.add((report, SH.result, node))
        graph.add((node, RDF.type, SH.ValidationResult))
        graph.add((node, DCTERMS.identifier, Literal(result.rule)))
        graph.add((node, SH.resultSeverity, SH[result.severity]))
        graph.add((node, SH.focusNode, URIRef(result.focus)))
        graph.add((node, SH.sourceShape, URIRef(result.shape)))
        graph.add((node, SH.sourceConstraintComponent, URIRef(result.component)))
        graph.add((node, SH.resultMessage, Literal(result.message, lang="en")))
        if result.path is not None:
            graph.add((node, SH.resultPath, URIRef(result.path)))
        if result.term is not None:
            graph.add((node, SH.value, result.term))
        if result.explanation is not None:
            graph.add((node, RDFS.comment, Literal(result.explanation, lang="en")))
    return graph


def _address(result: Result, base: str) -> URIRef:
    """Return an address that stays while the result does, whatever else changes."""
    parts = (result.shape, result.focus, result.path, result.value, result.message)
    digest = hashlib.sha256("\n".join(part or "" for part in parts).encode()).hexdigest()
    return URIRef(f"{base}report#{result.rule}-{digest[:12]}")


def _order(result: Result) -> tuple[int, tuple[int, str], str, str, str, str]:
    severity = SEVERITIES.index(result.severity)
    rest = (result.focus, result.path or "", result.value or "", result.message)
    return severity, rule_order(result.rule), *rest


def _text(term: Node) -> str:
    return f"_:{term}" if not isinstance(term, URIRef | Literal) else str(term)


def _short(term: Node | None, base: str) -> str:
    """Return a term as a curator writes it in a record."""
    if term is None:
        return "nothing"
    text = _text(term)
    for prefix in (f"{base}id/", str(VOCAB), NS, str(XSD)):
        if text.startswith(prefix):
            return text.removeprefix(prefix)
    return text
