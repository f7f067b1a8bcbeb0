"""What holds for any input: nothing is invented, nothing stumbles, both ways of reading agree."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rdflib import BNode, Graph, Literal, URIRef

from server.reading.faults import DataError
from server.reading.iris import resolve
from server.reading.reader import DataFile, FileReport, ReadingOptions, read_file
from server.reading.recognition import NotRdfError, recognise_format
from server.reading.statements import split_statements

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def read(name: str, data: bytes, *, skip_invalid: bool = False) -> tuple[list[ox.Quad], FileReport]:
    """What a file of this name and content gives; raises `DataError`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        report = FileReport(name)
        options = ReadingOptions(skip_invalid=skip_invalid)
        item = DataFile(str(path), "http://base/")
        return list(read_file(item, 0, options, Path(folder), report)), report


def canonical(quads: list[ox.Quad]) -> list[str]:
    """Statements without their graph, up to the names of blank nodes."""
    dataset = ox.Dataset(ox.Quad(each.subject, each.predicate, each.object) for each in quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(map(str, dataset))


SEGMENTS = st.lists(st.sampled_from([".", "..", "a", "b;c", "...", "..d"]), max_size=6)
REFERENCES = st.builds(
    lambda start, segments, end: start + "/".join(segments) + end,
    st.sampled_from(["", "/", "s:"]),
    SEGMENTS,
    st.sampled_from(["", "?", "?q", "#", "#f", "?q#f"]),
)
BASES = st.builds(
    lambda start, segments, end: start + "/".join(segments) + end,
    st.sampled_from(["http://h/", "file:///", "http://h"]),
    st.lists(st.sampled_from(["a", "b", "c.ttl"]), max_size=4),
    st.sampled_from(["", "?q", "#f"]),
).filter(lambda base: base.count("/") > 2 or base == "http://h")


@given(REFERENCES, BASES)
def test_references_resolve_as_the_engine_resolves_them(reference: str, base: str) -> None:
    """RFC 3986, section 5.2; an absolute reference stays as it is written."""
    document = f"<{reference}> <urn:p> 1 .".encode()
    try:
        (quad,) = ox.parse(document, ox.RdfFormat.TURTLE, base_iri=base)
    except (SyntaxError, ValueError):
        return
    if reference.startswith("s:"):
        assert resolve(reference, base) == reference
    else:
        assert resolve(reference, base) == quad.subject.value


TEXTS = st.text(
    st.characters(
        codec="utf-8",
        exclude_categories=["Cs", "Cn"],
        exclude_characters=[*map(chr, range(9)), *map(chr, range(11, 32)), "\ufffe", "\uffff"],
    ),
    max_size=12,
)
THINGS = st.sampled_from([URIRef("http://e/a"), URIRef("http://e/ž#x"), BNode("x"), BNode("y")])
VERBS = st.sampled_from([URIRef("http://e/p"), URIRef("http://f/q"), URIRef("http://e/ž")])
VALUES = st.one_of(
    THINGS,
    TEXTS.map(Literal),
    TEXTS.map(lambda text: Literal(text, lang="lt")),
    TEXTS.map(lambda text: Literal(text, datatype=URIRef("http://e/d"))),
)
GRAPHS = st.lists(st.tuples(THINGS, VERBS, VALUES), max_size=8)


@settings(deadline=None)
@given(GRAPHS, st.sampled_from(["xml", "pretty-xml", "turtle", "longturtle", "nt"]))
def test_what_rdflib_writes_is_read_as_it_was(
    triples: list[tuple[URIRef | BNode, URIRef, URIRef | BNode | Literal]], form: str
) -> None:
    """Whole and statement by statement."""
    graph = Graph()
    for triple in triples:
        graph.add(triple)
    name = {"xml": "a.rdf", "pretty-xml": "a.rdf", "nt": "a.nt"}.get(form, "a.ttl")
    data = graph.serialize(format=form, encoding="utf-8")
    wanted = canonical(
        list(ox.parse(graph.serialize(format="nt").encode(), ox.RdfFormat.N_TRIPLES))
    )

    for skip_invalid in (False, True):
        found, report = read(name, data, skip_invalid=skip_invalid)
        assert canonical(found) == wanted
        assert report.left_out_count == 0


PIECES = st.sampled_from(
    [
        *(
            "@prefix e: <http://e/> .",
            "PREFIX f: <http://f/>",
            "<u:a> <u:b> <u:c> .",
            "e:a e:b 'x' .",
        ),
        *("<a b>", "'", '"', "'''", '"""', "\\", ".", ";", ",", "[", "]", "(", ")", "{", "}", "#"),
        *(
            "e:g {",
            "<u:a> <u:b> 1.5",
            "<u:a> <u:b> 'a. b' .",
            "\n",
            " ",
            "_:x <u:b> _:y .",
            "<<",
            "é",
        ),
    ]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=14), st.sampled_from(["a.ttl", "a.trig", "a.n3", "a.nt", "a.nq"]))
@example(["{", "}"], "a.ttl")
@example(["<u:g>", "{", "}", "<u:a> <u:b> <u:c>", "."], "a.ttl")
def test_skipping_invents_nothing(pieces: list[str], name: str) -> None:
    """A file that is right gives the same both ways; one that is not always says so."""
    data = " ".join(pieces).encode()
    try:
        whole: list[str] | None = canonical(read(name, data)[0])
    except DataError:
        whole = None
    try:
        found, report = read(name, data, skip_invalid=True)
    except DataError:
        assert whole is None
        return
    if whole is None:
        assert report.left_out_count > 0
    else:
        assert canonical(found) == whole


@given(st.lists(PIECES, max_size=14))
def test_statements_cover_the_text(pieces: list[str]) -> None:
    """In order, each at the line where it begins."""
    text = " ".join(pieces).encode()
    lines = text.split(b"\n")
    for graphs in (True, False):
        for statement in split_statements(text, graphs=graphs):
            assert statement.text in text or statement.text == statement.front
            assert 1 <= statement.line <= len(lines)


@settings(deadline=None)
@given(
    st.binary(max_size=120)
    | st.lists(
        st.sampled_from(
            [
                *(
                    b"<rdf:RDF ",
                    b"xmlns:rdf='%s'" % RDF.encode(),
                    b">",
                    b"</rdf:RDF>",
                    b"<a xmlns='u:'",
                ),
                *(b" rdf:about='x'", b"/>", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"&lt;", b"&x;"),
                *(
                    b"<?xml version='1.0'",
                    b" encoding='x'?>",
                    b"<!DOCTYPE a [",
                    b"]>",
                    b"text",
                    b"\xff",
                ),
                *(b'{"@context":', b'"@id":', b'"x"', b"}", b"[", b"]", b",", b"1"),
            ]
        ),
        max_size=12,
    ).map(b"".join),
    st.sampled_from(["a.rdf", "a.ttl", "a.jsonld", "a.nq", "a", "a.xml", "a.ttl.gz"]),
)
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    """No exception but ours, and no file that is not read whole passes for one that is."""
    for skip_invalid in (False, True):
        with contextlib.suppress(DataError):
            read(name, data, skip_invalid=skip_invalid)


@given(st.binary(max_size=200), st.text(max_size=10))
def test_any_head_is_recognised_or_refused(head: bytes, name: str) -> None:
    """A format, or the reason why there is none."""
    with contextlib.suppress(NotRdfError):
        assert recognise_format(name or "x", head)


@pytest.mark.parametrize("name", ["a.rdf", "a.ttl", "a.nt", "a.jsonld", "a.trig"])
def test_a_file_cut_off_anywhere_is_never_read_as_whole(name: str) -> None:
    """But where what is left is whole by itself."""
    graph = Graph()
    graph.add((URIRef("http://e/a"), URIRef("http://e/p"), Literal("one. two")))
    graph.add((URIRef("http://e/b"), URIRef("http://e/p"), BNode()))
    form = {"rdf": "xml", "ttl": "turtle", "nt": "nt", "jsonld": "json-ld", "trig": "trig"}
    data = graph.serialize(format=form[name[2:]], encoding="utf-8").rstrip()
    for end in range(1, len(data)):
        try:
            found, _ = read(name, data[:end])
        except DataError:
            continue
        assert len(found) < 2 or data[:end].rstrip().endswith((b".", b"}"))
        assert name not in ("a.rdf", "a.jsonld")
