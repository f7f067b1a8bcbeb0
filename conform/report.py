"""Reports: lines for people, EARL for machines (Evaluation and Report Language 1.0, W3C)."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import PurePath

from rdflib import Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, XSD

from conform.errors import ConformError
from conform.model import Result, Verdict
from conform.rules import GROUPS
from conform.run import Run

EARL = Namespace("http://www.w3.org/ns/earl#")
DOAP = Namespace("http://usefulinc.com/ns/doap#")
RULE_PREFIX = "https://w3id.org/pacta/conform/rule/"
TOOL = URIRef("https://w3id.org/pacta/conform")

MARKS: dict[Verdict, tuple[str, str]] = {
    "pass": ("pass", "\x1b[32m"),
    "fail": ("FAIL", "\x1b[1;31m"),
    "not applicable": ("n/a ", "\x1b[2m"),
    "untested": ("????", "\x1b[33m"),
}
"""Verdict → how a line begins, and its colour on a terminal."""

OUTCOMES: dict[Verdict, URIRef] = {
    "pass": EARL.passed,
    "fail": EARL.failed,
    "not applicable": EARL.inapplicable,
    "untested": EARL.untested,
}

FORMATS = {".ttl": "turtle", ".jsonld": "json-ld", ".nt": "nt"}
"""Ending of a report's file → rdflib's serializer."""

HEADINGS = {rules[0].rule.id: title for title, rules in GROUPS if rules}


def format_result(result: Result, colour: bool = False) -> str:
    """One line: verdict, rule, its place in the specifications, and what was seen."""
    mark, code = MARKS[result.verdict]
    start, end = (code, "\x1b[0m") if colour else ("", "")
    rule = result.rule
    line = f"{start}{mark}{end}  {rule.id:27} {rule.level:6} {rule.spec.name}: {rule.title}"
    if result.verdict == "fail":
        some = f" ({result.judged - result.passed} of {result.judged})" if result.judged > 1 else ""
        place = f" [{result.where}]" if result.where else ""
        return f"{line}\n      {result.detail}{some}{place}"
    if result.detail:
        return f"{line} ({result.detail})"
    return line


def format_heading(result: Result) -> str:
    """The heading that stands before a rule, or nothing."""
    title = HEADINGS.get(result.rule.id)
    return f"\n{title}" if title else ""


def format_summary(run: Run) -> str:
    """The last lines of a report."""
    musts = sum(r.verdict == "fail" and r.rule.level == "MUST" for r in run.results)
    counts = f"{run.count('pass')} pass, {run.count('fail')} fail ({musts} MUST), "
    counts += f"{run.count('not applicable')} not applicable"
    if run.count("untested"):
        counts += f", {run.count('untested')} untested"
    judged = f"{len(run.entities)} things, {len(run.dumps)} dumps, {run.requests} requests"
    return f"\n{run.base}: {counts}; {judged}"


def build_earl(run: Run, when: datetime) -> Graph:
    """A run as EARL: one assertion for each rule.

    Args:
        run: What was judged and how it fared.
        when: The time of the run, with its zone.
    """
    graph = Graph(bind_namespaces="none")
    for prefix, namespace in (("earl", EARL), ("dcterms", DCTERMS), ("foaf", FOAF), ("doap", DOAP)):
        graph.bind(prefix, namespace)
    subject = URIRef(run.base)
    graph.add((subject, RDF.type, EARL.TestSubject))
    graph.add((TOOL, RDF.type, EARL.Software))
    graph.add((TOOL, RDF.type, EARL.Assertor))
    graph.add((TOOL, DOAP.name, Literal("pacta conform")))
    for result in run.results:
        rule = result.rule
        test = URIRef(RULE_PREFIX + rule.id)
        assertion = URIRef(f"{run.base}#conform-{rule.id}")
        outcome = URIRef(f"{run.base}#conform-{rule.id}-result")
        specification = URIRef(rule.spec.url)
        graph += [
            (test, RDF.type, EARL.TestRequirement),
            (test, DCTERMS.title, Literal(rule.title, lang="en")),
            (test, DCTERMS.identifier, Literal(rule.id)),
            (test, DCTERMS.type, Literal(rule.level)),
            (test, DCTERMS.isPartOf, specification),
            (specification, DCTERMS.title, Literal(rule.spec.name, lang="en")),
            (assertion, RDF.type, EARL.Assertion),
            (assertion, EARL.assertedBy, TOOL),
            (assertion, EARL.subject, subject),
            (assertion, EARL.test, test),
            (assertion, EARL.mode, EARL.automatic),
            (assertion, EARL.result, outcome),
            (outcome, RDF.type, EARL.TestResult),
            (outcome, EARL.outcome, OUTCOMES[result.verdict]),
            (outcome, DCTERMS.date, Literal(when.isoformat(), datatype=XSD.dateTime)),
        ]
        if result.detail:
            graph.add((outcome, EARL.info, Literal(result.detail, lang="en")))
        if result.where:
            graph.add((outcome, EARL.pointer, Literal(result.where)))
    return graph


def write_earl(run: Run, when: datetime, name: str) -> bytes:
    """A run as a file of EARL; the ending of its name decides the format.

    Raises:
        ConformError: The ending is not known.
    """
    form = name_format(name)
    context = {"earl": str(EARL), "dcterms": str(DCTERMS), "foaf": str(FOAF), "doap": str(DOAP)}
    graph = build_earl(run, when)
    if form == "json-ld":
        text = graph.serialize(format=form, context=context, auto_compact=False)
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2).encode() + b"\n"
    return graph.serialize(format=form).encode()


def name_format(name: str) -> str:
    """The serializer for a file's name.

    Raises:
        ConformError: The ending is not known.
    """
    form = FORMATS.get(PurePath(name).suffix)
    if form is None:
        raise ConformError(f"--earl {name}: expected a name that ends in {', '.join(FORMATS)}")
    return form
