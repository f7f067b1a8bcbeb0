"""One document in every syntax: rdflib and PyLD judge that each holds exactly its statements."""

import json
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld as pyld  # type: ignore[import-untyped]
from rdflib import Graph
from rdflib.compare import isomorphic

from loader.read.ontology.vocabulary import read_vocabulary
from server.documents.description import build_document
from server.rdf.contexts import read_context
from server.rdf.jsonld import build_tree, native_value
from server.rdf.memory import IndexedQuads
from server.rdf.model import XSD, Blank, Iri, Literal, Node, Quad, Term
from server.rdf.rdfxml import write_rdfxml
from server.rdf.turtle import write_nquads, write_ntriples, write_trig, write_turtle
from tests.places import ROOT

BASE = "http://localhost:8000/"
CONTEXT = {"@context": dict(read_vocabulary(ROOT / "ontology").terms)}
TABLE = read_context(CONTEXT)


def read_term(term: Any) -> Term:
    """A pyoxigraph term as ours."""
    if isinstance(term, ox.NamedNode):
        return Iri(term.value)
    if isinstance(term, ox.BlankNode):
        return Blank(f"_:{term.value}")
    return Literal(term.value, term.language or "", term.datatype.value)


def read_node(term: Any) -> Node:
    """A subject as ours."""
    node = read_term(term)
    assert not isinstance(node, Literal)
    return node


def read_quads() -> list[Quad]:
    """The fixture's quads."""
    text = (ROOT / "tests" / "data" / "server" / "collection.trig").read_bytes()
    return [
        Quad(
            read_node(quad.subject),
            Iri(quad.predicate.value),
            read_term(quad.object),
            getattr(quad.graph_name, "value", ""),
        )
        for quad in ox.parse(text, format=ox.RdfFormat.TRIG)
    ]


pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")

QUADS = read_quads()
READER = IndexedQuads(QUADS)
SUBJECTS = sorted({q.subject for q in QUADS if isinstance(q.subject, Iri) and "#" not in q.subject})


def graph_of(text: str, syntax: str) -> Graph:
    """What rdflib reads."""
    return Graph().parse(data=text, format=syntax, publicID=BASE)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_syntax_holds_the_same_statements(subject: str) -> None:
    """N-Triples is the reference; Turtle, RDF/XML and both JSON-LD forms give the same graph."""
    document = build_document(Iri(subject), READER, BASE)
    assert document is not None
    triples = document.triples
    reference = graph_of(write_ntriples(triples), "nt")
    assert len(reference) == len(triples)

    turtle = write_turtle(triples, BASE)
    tree = build_tree(document.root, triples, document.expanded, TABLE)
    linked = build_tree(document.root, triples, document.expanded, TABLE, "urn:context")

    assert isomorphic(graph_of(turtle, "turtle"), reference)
    assert isomorphic(graph_of(write_rdfxml(triples), "xml"), reference)
    assert isomorphic(graph_of(json.dumps(tree), "json-ld"), reference)
    assert {k: v for k, v in tree.items() if k != "@context"} == {
        k: v for k, v in linked.items() if k != "@context"
    }
    for context in (tree["@context"], CONTEXT["@context"]):
        expanded = pyld.to_rdf({**tree, "@context": context}, {"format": "application/n-quads"})
        assert isomorphic(graph_of(expanded, "nt"), reference)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_document_is_a_subset_of_the_dump(subject: str) -> None:
    """N-Quads and TriG give quads of the release, graph by graph, and nothing else."""
    document = build_document(Iri(subject), READER, BASE)
    assert document is not None
    whole = set(ox.parse(write_nquads(QUADS).encode(), format=ox.RdfFormat.N_QUADS))

    quads = set(ox.parse(write_nquads(document.quads).encode(), format=ox.RdfFormat.N_QUADS))
    trig = set(ox.parse(write_trig(document.quads, BASE).encode(), format=ox.RdfFormat.TRIG))

    assert quads == trig
    assert quads <= whole
    assert len(quads) == len(document.quads)


def test_all_documents_together_are_the_collection() -> None:
    """Nothing of the release is in no document (blank nodes belong to the ontology's file)."""
    together: set[Quad] = set()
    for subject in SUBJECTS:
        document = build_document(Iri(subject), READER, BASE)
        assert document is not None
        together.update(document.quads)

    missing = {
        q for q in set(QUADS) - together if "/ns#" not in q.subject and isinstance(q.subject, Iri)
    }
    assert not missing


def test_the_tree_nests_by_ownership_with_short_keys() -> None:
    """The treaty is the root; statements hold their evidence, evidence its selector."""
    document = build_document(Iri(BASE + "id/treaty/peace-1920"), READER, BASE)
    assert document is not None
    tree = build_tree(document.root, document.triples, document.expanded, TABLE)

    july = next(s for s in tree["statements"] if s["id"].endswith("--signed-july"))

    assert list(tree)[:4] == ["@context", "id", "type", "label"]
    assert tree["type"] == "Treaty"
    assert tree["label"]["lt"] == "Lietuvos ir Sovietų Rusijos taikos sutartis"
    assert tree["signedOn"] == "1920-07-12"
    assert tree["articleCount"] == 19
    assert {party["label"]["en"] for party in tree["hasParty"]} == {"Lithuania", "Soviet Russia"}
    assert july["evidence"]["selector"]["start"] == 654
    assert july["evidence"]["source"]["label"]["en"] == "Third source"
    assert july["julianDay"] == 2422518
    assert tree["provisions"][0]["secret"] is True
    assert tree["proposals"][0]["figures"][0]["amount"] == {
        "@value": "3000000",
        "type": "xsd:integer",
    }
    assert tree["positions"][0]["content"]["lt"] == "Nepasirašytų"


def test_what_was_rejected_stands_with_the_assertions() -> None:
    """A rejected status is no status: it stands under `assertions`, not under `statuses`."""
    document = build_document(Iri(BASE + "id/place/vilnius"), READER, BASE)
    assert document is not None
    tree = build_tree(document.root, document.triples, document.expanded, TABLE)

    assert len(tree["statuses"]) == 2
    assert [a["id"].rpartition("/")[2] for a in tree["assertions"]] == [
        "vilnius--polish-at-the-meeting"
    ]


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        (Literal("5", datatype=XSD + "integer"), 5),
        (Literal("-5", datatype=XSD + "integer"), -5),
        (Literal("0", datatype=XSD + "integer"), 0),
        (Literal("05", datatype=XSD + "integer"), None),
        (Literal("-0", datatype=XSD + "integer"), None),
        (Literal("+5", datatype=XSD + "integer"), None),
        (Literal("9007199254740992", datatype=XSD + "integer"), 2**53),
        (Literal("9007199254740993", datatype=XSD + "integer"), None),
        (Literal("true", datatype=XSD + "boolean"), True),
        (Literal("1", datatype=XSD + "boolean"), None),
        (Literal("5", datatype=XSD + "decimal"), None),
        (Literal("5"), None),
    ],
)
def test_native_value_is_only_what_survives(literal: Literal, expected: int | bool | None) -> None:
    """A number is native only where nothing of its text is lost."""
    assert native_value(literal) == expected
    assert type(native_value(literal)) is type(expected)


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
XML_TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
)
LITERALS = st.one_of(
    st.builds(lambda t: Literal(t), TEXTS),
    st.builds(
        lambda t: Literal(t, "en-gb", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"),
        TEXTS,
    ),
    st.builds(lambda n: Literal(str(n), datatype=XSD + "integer"), st.integers()),
    st.builds(lambda n: Literal(f"{n}", datatype=XSD + "decimal"), st.decimals(-9, 9, places=3)),
    st.builds(lambda t: Literal(t, datatype=XSD + "date"), st.dates().map(str)),
)


@given(st.lists(LITERALS, min_size=1, max_size=6))
def test_writers_keep_any_literal(literals: list[Literal]) -> None:
    """What an independent parser reads back from Turtle and N-Triples is what was written."""
    subject, predicate = Iri(BASE + "id/treaty/x"), Iri("https://w3id.org/pacta/ns#value")
    triples = [(subject, predicate, literal) for literal in literals]
    for text, syntax in (
        (write_turtle(triples, BASE), ox.RdfFormat.TURTLE),
        (write_ntriples(triples), ox.RdfFormat.N_TRIPLES),
    ):
        read = {read_term(quad.object) for quad in ox.parse(text.encode(), format=syntax)}
        assert read == set(literals)


@given(XML_TEXTS)
def test_rdfxml_keeps_any_text(text: str) -> None:
    """Whatever XML can hold comes back from RDF/XML."""
    triple = (Iri("urn:s"), Iri("http://a.example/p"), Literal(text))
    read = list(ox.parse(write_rdfxml([triple]).encode(), format=ox.RdfFormat.RDF_XML))
    assert [read_term(quad.object) for quad in read] == [Literal(text)]


PLAIN = st.text(st.characters(categories=["L", "N", "P", "Zs"], codec="utf-8"), max_size=12)
VALUES = st.one_of(
    st.builds(lambda t: Literal(t), PLAIN),
    st.builds(
        lambda t, tag: Literal(t, tag, "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"),
        PLAIN,
        st.sampled_from(["en", "lt", "be-tarask"]),
    ),
    st.builds(lambda n: Literal(str(n), datatype=XSD + "integer"), st.integers(-(2**60), 2**60)),
    st.builds(lambda t: Literal(t, datatype=XSD + "boolean"), st.sampled_from(["true", "1"])),
    st.builds(lambda t: Literal(t, datatype=XSD + "date"), st.dates().map(str)),
    st.builds(lambda t: Literal(t, datatype=XSD + "gYear"), st.sampled_from(["1920", "1939"])),
    st.sampled_from([Iri(BASE + "id/party/x"), Iri("https://w3id.org/pacta/vocab/rank/normal")]),
)
PROPERTIES = st.sampled_from(
    [
        *("http://www.w3.org/2000/01/rdf-schema#label", "http://purl.org/dc/terms/title"),
        "http://www.w3.org/2004/02/skos/core#altLabel",
        *(
            "https://w3id.org/pacta/ns#" + name
            for name in ("signedOn", "amount", "secret", "kind", "value", "about", "content", "x")
        ),
    ]
)


@given(st.sets(st.tuples(PROPERTIES, VALUES), min_size=1, max_size=8))
def test_the_tree_keeps_any_value_under_any_key(pairs: set[tuple[str, Term]]) -> None:
    """Whatever stands under whatever property: expanding the tree gives exactly the triples."""
    root = Iri(BASE + "id/treaty/x")
    triples = [(root, Iri(name), value) for name, value in sorted(pairs, key=str)]
    tree = build_tree(root, triples, (), TABLE)

    quads = pyld.to_rdf(tree, {"format": "application/n-quads"})
    read = {
        (read_node(q.subject), q.predicate.value, read_term(q.object))
        for q in ox.parse(quads.encode(), format=ox.RdfFormat.N_QUADS)
    }
    assert read == set(triples)
