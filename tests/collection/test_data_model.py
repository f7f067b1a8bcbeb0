"""docs/data-model.md: its tables come from the ontology, its rows from the real collection.

`make golden` writes both anew.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from typing import Final

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Graph, URIRef
from rdflib.term import Node

from loader.check.questions import Question, run_question
from loader.rdf.terms import PACTA, REC, VOCAB
from loader.read.ontology.vocabulary import read_ontology, used_on, value_classes
from tests.places import ROOT
from tests.realbuild import BASE, ask_engine, ask_rdflib, load_into_rdflib, prepare_real
from tests.sample import sample

PAGE = ROOT / "docs" / "data-model.md"
SHOWN: Final = re.compile(r"^```sparql\n(.*?)^```\n\n```text\n(.*?)^```\n", re.M | re.S)
QUERY: Final = re.compile(r"^```sparql\n(.*?)^```\n", re.M | re.S)
MARK: Final = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.S)

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "Every thing": (),
    "Every assertion": ("Assertion",),
    "Statement": ("Statement",),
    "TerritorialStatus": ("TerritorialStatus",),
    "Figure": ("Figure",),
    "Role": ("Role",),
    "Provision and Article": ("Provision",),
    "Proposal and Position": ("Proposal", "Position"),
    "Treaty": ("Treaty",),
    "Event and PlannedEvent": ("Event", "PlannedEvent"),
    "Party, Body, MilitaryUnit, Person": ("Party", "Body", "MilitaryUnit", "Person", "Agent"),
    "Place, Settlement, Territory, MilitaryBase": ("Place", "Territory", "MilitaryBase"),
    "Source, CitedWork and Evidence": ("Source", "CitedWork", "Evidence"),
    "Disagreement and Side": ("Disagreement", "Side"),
    "Link": ("Link",),
}
"""The tables of the page: their headings and the classes whose properties they hold."""

FOREIGN: Final = {
    "label": "Our name for it, in English and Lithuanian.",
    "altLabel": "A name that a document gives it, or, in the graph `links`, an outside authority.",
    "asWKT": "Its shape.",
}
"""What the ontology leaves to the vocabularies that define the word."""

FORMS: Final = {
    "integer": "number",
    "decimal": "number",
    "iri": "address",
    "string": "plain text",
    "text": "text with language",
    "boolean": "true or false",
    "sha256": "64 hex digits",
    "wkt": "WKT",
}
"""How the page says what stands in a property, where it is not the name of the form."""


def local(term: Node) -> str:
    """Return the last word of an address."""
    return re.split(r"[#/]", str(term))[-1]


def english(graph: Graph, term: Node, prop: URIRef) -> str:
    """Return a text of a term in English, or nothing."""
    found = (text for text in graph.objects(term, prop) if getattr(text, "language", "") == "en")
    return str(next(found, ""))


def say_value(graph: Graph, prop: Node) -> str:
    """Return what stands in a property: a class, a list, or a form."""
    form = str(graph.value(prop, REC.valueForm))
    schemes = [local(scheme) for scheme in graph.objects(prop, REC.scheme)]
    if form == "concept":
        return ", ".join(f"`{scheme}`" for scheme in schemes) or "concept"
    if form == "thing":
        classes = sorted(map(local, value_classes(graph, prop)))
        return " or ".join([*(classes or ["thing"]), *(f"`{scheme}`" for scheme in schemes)])
    return FORMS.get(form, form)


def table_of_properties(graph: Graph, classes: Iterable[str]) -> str:
    """Return the table of the properties that are used on any of some classes."""
    wanted = {PACTA[name] for name in classes}
    several = len(wanted) > 1
    rows = {}
    for prop in set(graph.subjects(REC.placement)):
        used = set(used_on(graph, prop))
        if not (used & wanted if wanted else not used):
            continue
        name = local(prop)
        on = ", ".join(sorted(local(one) for one in used & wanted)) if several else ""
        on = f" ({on})" if several and used & wanted != wanted else ""
        one = "1" if graph.value(prop, REC.singleValued) else ""
        says = english(graph, prop, SKOS.definition) or FOREIGN[name]
        prefix = {str(PACTA): "", str(SKOS): "skos:"}.get(
            str(prop)[: -len(name)], "rdfs:" if name == "label" else "geo:"
        )
        rows[name] = f"| `{prefix}{name}` | {say_value(graph, prop)} | {one} | {says}{on} |"
    head = ["| property | value | 1 | says |", "|---|---|---|---|"]
    return "\n".join([*head, *(rows[name] for name in sorted(rows))])


def all_properties(graph: Graph) -> str:
    """Return the part of the page on properties: one table for each group of classes."""
    return (
        "\n".join(
            f"\n### {heading}\n\n{table_of_properties(graph, classes)}"
            for heading, classes in GROUPS.items()
        )
        + "\n"
    )


def all_concepts(graph: Graph) -> str:
    """Return the part of the page on concept lists: each with its use and its concepts."""
    uses: dict[Node, set[str]] = {}
    for mark in (REC.scheme, REC.kindScheme, REC.actScheme):
        for term, scheme in graph.subject_objects(mark):
            word = {REC.kindScheme: "kind", REC.actScheme: "act"}.get(mark)
            use = f"`{word}` of {local(term)}" if word else f"`{local(term)}`"
            uses.setdefault(scheme, set()).add(use)
    rows = ["| list | of | concepts |", "|---|---|---|"]
    for scheme in sorted(graph.subjects(RDF.type, SKOS.ConceptScheme), key=str):
        words = sorted(local(one) for one in graph.subjects(SKOS.inScheme, scheme))
        use = ", ".join(sorted(uses.get(scheme, ())))
        rows.append(f"| `{local(scheme)}` | {use} | {' '.join(words)} |")
    return "\n" + "\n".join(rows) + "\n"


def class_diagram(graph: Graph) -> str:
    """Return the part of the page that draws the core: its classes and what leads between them."""
    core = Graph().parse(ROOT / "ontology" / "core.ttl", format="turtle")
    classes = {c for c in core.subjects(RDF.type, OWL.Class) if str(c).startswith(str(PACTA))}
    below = [
        (local(above), local(cls))
        for cls, above in core.subject_objects(RDFS.subClassOf)
        if above in classes
    ]
    edges: dict[tuple[str, str], list[str]] = {}
    for prop in sorted(core.subjects(RDF.type, OWL.ObjectProperty), key=str):
        if str(graph.value(prop, REC.placement)) == "generated":
            continue
        for cls in used_on(core, prop) & classes:
            for target in value_classes(graph, prop) & classes:
                edges.setdefault((local(cls), local(target)), []).append(local(prop))
    lines = [f"  {above} <|-- {cls}" for above, cls in sorted(below)]
    lines += [f"  {a} --> {b} : {', '.join(names)}" for (a, b), names in sorted(edges.items())]
    return "\n```mermaid\nclassDiagram\n  direction LR\n" + "\n".join(lines) + "\n```\n"


def read_prologue(text: str) -> str:
    """Return the lines that stand before each query, without the base."""
    (found,) = re.findall(r"^```sparql-prologue\n(.*?)^```", text, re.M | re.S)
    return str(found).partition("\n")[2]


def layout(head: str, rows: list[str]) -> str:
    """Return rows of cells as lines with aligned columns."""
    table = [line.split("\t") for line in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = (
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        for row in table
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def answer(text: str, query: str) -> str:
    """Return what the page shows below a query."""
    asked = Question(PAGE, "", (), read_prologue(text) + query)
    head, rows = run_question(asked, prepare_real().store, BASE)
    return layout(head, rows if asked.is_ordered else sorted(rows))


def hold(fresh: str, text: str) -> None:
    """Compare the page with what it must be, or write it."""
    if os.environ.get("PACTA_GOLDEN") == "write":
        PAGE.write_text(fresh, encoding="utf-8")
        text = fresh

    assert fresh == text, "to repair: make golden"


def test_tables_are_generated_from_the_ontology() -> None:
    """Every property and every concept, with what the ontology says of it."""
    graph, text = read_ontology(ROOT / "ontology"), PAGE.read_text(encoding="utf-8")
    parts = {
        "classes": class_diagram(graph),
        "properties": all_properties(graph),
        "concepts": all_concepts(graph),
    }

    hold(MARK.sub(lambda found: f"{found[1]}{parts[found[2]]}{found[3]}", text), text)

    assert set(parts) == {found[2] for found in MARK.finditer(text)}


def test_every_property_and_list_is_on_the_page() -> None:
    """No class is forgotten among the groups, and no word of the ontology with it."""
    graph, text = read_ontology(ROOT / "ontology"), PAGE.read_text(encoding="utf-8")
    props = {local(prop) for prop in graph.subjects(REC.placement)}
    lists = {local(scheme) for scheme in graph.subjects(RDF.type, SKOS.ConceptScheme)}

    assert set() == {
        name for name in props if not re.search(rf"^\| `(\w+:)?{name}` \|", text, re.M)
    }
    assert set() == {name for name in lists if f"| `{name}` |" not in text}


def test_prologue_names_every_list() -> None:
    """Each list has one prefix, and every prefix for concepts leads to a list."""
    schemes = set(read_ontology(ROOT / "ontology").subjects(RDF.type, SKOS.ConceptScheme))
    prologue = read_prologue(PAGE.read_text(encoding="utf-8"))

    found = re.findall(rf"<{VOCAB}([\w-]+)/>", prologue)

    assert {str(scheme).removeprefix(str(VOCAB)) for scheme in schemes} == set(found)
    assert len(found) == len(set(found))


@pytest.mark.slow
def test_rows_of_the_page_come_back_golden() -> None:
    """Below every query stand the rows that the embedded engine gives."""
    text = PAGE.read_text(encoding="utf-8")

    fresh = SHOWN.sub(
        lambda found: f"```sparql\n{found[1]}```\n\n```text\n{answer(text, found[1])}```\n", text
    )

    hold(fresh, text)
    assert len(QUERY.findall(text)) == len(SHOWN.findall(text)) >= 12


@pytest.mark.slow
@pytest.mark.parametrize(
    "query",
    sample([each for each in QUERY.findall(PAGE.read_text("utf-8")) if "GRAPH" not in each], 12),
)
def test_queries_of_the_page_give_the_same_in_rdflib(query: str) -> None:
    """Two engines, one answer."""
    whole = f"BASE <{BASE}>\n{read_prologue(PAGE.read_text(encoding='utf-8'))}{query}"

    found = ask_rdflib(load_into_rdflib(), whole)

    assert sorted(ask_engine(prepare_real().store, whole)) == sorted(found)
