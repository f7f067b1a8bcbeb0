"""Dumps: every format holds the same statements, in bytes that never change by themselves."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import tempfile
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import BNode, Dataset, Graph, Literal, URIRef
from rdflib.term import Node

from loader.rdf.ordering import NS, RDF, XSD, Triple, natural, nt
from loader.rdf.table import Table
from loader.release.store import canonical, parse
from loader.write.dumps import CODINGS, DUMPS, SUMS, Format, write_dumps

BASE = "http://localhost:8000/"
FACTS = URIRef(f"{BASE}graph/facts")
STATEMENTS = URIRef(f"{BASE}graph/statements")
TYPE = URIRef(f"{RDF}type")
LABEL = URIRef("http://www.w3.org/2000/01/rdf-schema#label")
PEACE = URIRef(f"{BASE}id/treaty/peace-1920")


def p(name: str) -> URIRef:
    """Return a term of the ontology."""
    return URIRef(NS + name)


def typed(text: str, name: str) -> Literal:
    """Return a literal whose text stays as it is."""
    return Literal(text, datatype=URIRef(XSD + name), normalize=False)


def content(graphs: dict[URIRef, set[Triple]]) -> Table:
    """Return what the writers take."""
    return Table.of(graphs, BASE, ("en", "lt"), "A test.\nTwo lines.")


SMALL: dict[URIRef, set[Triple]] = {
    FACTS: {
        (PEACE, TYPE, p("Treaty")),
        (PEACE, LABEL, Literal("Taikos sutartis", lang="lt")),
        (PEACE, LABEL, Literal("Peace treaty", lang="en")),
        (PEACE, LABEL, Literal("Friedensvertrag", lang="de")),
        (PEACE, p("signedOn"), typed("1920-07-12", "date")),
        (PEACE, p("hasParty"), URIRef(f"{BASE}id/party/lithuania")),
        (PEACE, p("articleCount"), typed("19", "integer")),
        (PEACE, p("share"), typed("0.2", "decimal")),
        (PEACE, p("secret"), typed("false", "boolean")),
        (PEACE, p("note"), Literal('two\nlines, "quoted", C:\\new \\n', lang="en")),
        (PEACE, p("note"), Literal("control \x01 \x7f \t tab")),
        (URIRef(f"{BASE}id/party/lithuania"), TYPE, p("Party")),
        (URIRef(f"{BASE}id/party/lithuania"), p("odd"), typed("05", "integer")),
        (URIRef(f"{BASE}id/party/lithuania"), p("big"), typed("99999999999999999999", "integer")),
    },
    STATEMENTS: {
        (PEACE, TYPE, p("Treaty")),
        (URIRef(f"{BASE}id/evidence/003-654-688#selector"), p("start"), typed("654", "integer")),
        (URIRef(f"{BASE}id/evidence/003-1021-1121"), p("start"), typed("1021", "integer")),
        (URIRef(f"{BASE}id/evidence/003-654-688"), p("see"), URIRef("mailto:x@example.org")),
        (URIRef(f"{BASE}id/evidence/003-654-688"), p("see"), URIRef("urn:party:1")),
        (URIRef(f"{BASE}id/evidence/003-654-688"), p("see"), URIRef("party:1")),
        (URIRef(NS + "C"), p("unionOf"), BNode("l1")),
        (BNode("l1"), URIRef(f"{RDF}first"), p("A")),
        (BNode("l1"), URIRef(f"{RDF}rest"), BNode("l2")),
        (BNode("l2"), URIRef(f"{RDF}first"), BNode("x")),
        (BNode("l2"), URIRef(f"{RDF}rest"), URIRef(f"{RDF}nil")),
        (BNode("x"), p("q"), Literal("inner")),
        (BNode("c1"), p("next"), BNode("c2")),
        (BNode("c2"), p("next"), BNode("c1")),
        (BNode("twice"), p("q"), Literal("twice")),
        (BNode("c1"), p("see"), BNode("twice")),
        (BNode("c2"), p("see"), BNode("twice")),
    },
}


def written(row: Format, table: Table) -> bytes:
    """Return the file that a format makes of a table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dump"
        row.write(table, path)
        return path.read_bytes()


def normal(quads: set[tuple[Node, Node, Node, Node | None]]) -> set[str]:
    """Return quads as canonical N-Quads lines; the default graph is called ``default``."""
    text = "".join(
        f"{nt(s)} {nt(v)} {nt(o)} {nt(g or URIRef('x:default'))} .\n" for s, v, o, g in quads
    )
    return {" ".join(nt(term) for term in quad if term) for quad in canonical(text)}


def expected(graphs: dict[URIRef, set[Triple]], quads: bool) -> set[str]:
    """Return what a dump must hold."""
    return normal({(*t, g if quads else None) for g, triples in graphs.items() for t in triples})


def read_by_engine(data: bytes, ending: str) -> set[str]:
    """Parse a dump with pyoxigraph."""
    return normal(set(parse(data, ending)))


def read_by_rdflib(data: bytes, ending: str, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Parse a dump with rdflib."""
    monkeypatch.setattr("rdflib.NORMALIZE_LITERALS", False)
    names = {"ttl": "turtle", "nq": "nquads", "jsonld": "json-ld", "rdf": "xml"}
    if ending in ("nq", "trig", "jsonld"):
        dataset = Dataset()
        dataset.parse(data, format=names.get(ending, ending))
        return normal({(s, v, o, g) for s, v, o, g in dataset.quads() if g is not None})
    graph = Graph().parse(data, format=names.get(ending, ending))
    return normal({(s, v, o, None) for s, v, o in graph})


def without_controls(graphs: dict[URIRef, set[Triple]]) -> dict[URIRef, set[Triple]]:
    """Return the graphs without the characters that XML cannot hold."""
    return {n: {t for t in g if "\x01" not in str(t[2])} for n, g in graphs.items()}


@pytest.mark.parametrize("row", DUMPS, ids=lambda r: r.ending)
def test_dump_parses_to_the_same_statements_with_the_engine(row: object) -> None:
    """Each format, read by pyoxigraph, gives what was written."""
    assert row in DUMPS
    what = without_controls(SMALL)
    found = next(r for r in DUMPS if r is row)

    data = written(found, content(what))

    assert read_by_engine(data, found.ending) == expected(what, found.quads)


@pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning:rdflib")
@pytest.mark.parametrize("row", DUMPS, ids=lambda r: r.ending)
def test_dump_parses_to_the_same_statements_with_rdflib(
    row: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each format, read by rdflib (which rewrites ``05`` as ``5``), gives what was written."""
    found = next(r for r in DUMPS if r is row)
    graphs = {n: {t for t in g if str(t[2]) != "05"} for n, g in SMALL.items()}
    what = without_controls(graphs)

    data = written(found, content(what))

    assert read_by_rdflib(data, found.ending, monkeypatch) == expected(what, found.quads)


iris = st.one_of(
    st.sampled_from([str(PEACE), f"{BASE}id/party/lithuania", NS + "p", NS + "q", "urn:a:b"]),
    st.text("abz09-._~/:é", min_size=1).map(lambda s: f"{BASE}id/treaty/{s}#x%41"),
    st.text("ab0-.é", min_size=1).map(lambda s: NS + s),
).map(URIRef)
literals = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"])).map(Literal),
    st.builds(
        lambda t, g: Literal(t, lang=g),
        st.text(st.characters(exclude_categories=["Cs"])),
        st.sampled_from(["en", "lt", "de-at", "zh-hans"]),
    ),
    st.builds(
        typed,
        st.sampled_from(["0", "-1", "007", "+5", "1.", "1.50", ".5", "1e5", "true", "a b", ""]),
        st.sampled_from(["integer", "decimal", "double", "boolean", "date", "string"]),
    ),
)
bnodes = st.sampled_from("abcd").map(BNode)
triples = st.tuples(st.one_of(iris, bnodes), iris, st.one_of(iris, literals, bnodes))


@settings(max_examples=60)
@given(first=st.sets(triples, max_size=12), second=st.sets(triples, max_size=4))
def test_dump_of_anything_parses_to_the_same_statements(
    first: set[Triple], second: set[Triple]
) -> None:
    """Whatever IRIs, texts, datatypes and nodes without a name: nothing changes."""
    what = {FACTS: first, STATEMENTS: second}

    for row in DUMPS:
        if row.ending != "rdf":  # XML has no way to write every character and every predicate
            assert read_by_engine(written(row, content(what)), row.ending) == expected(
                what, row.quads
            )


def test_turtle_is_readable() -> None:
    """Prefixes in use, headings, type and labels first, languages in order, lists in place."""
    text = written(DUMPS[0], content(SMALL)).decode()

    assert text.startswith(
        "# A test.\n# Two lines.\n\n@base <http://localhost:8000/id/> .\n@prefix "
    )
    assert "@prefix owl:" not in text
    assert (
        "# Treaties (1)\n\n<treaty/peace-1920> a pacta:Treaty ;\n"
        '    rdfs:label "Peace treaty"@en,\n        "Taikos sutartis"@lt,\n'
        '        "Friedensvertrag"@de ;\n' in text
    )
    assert "pacta:unionOf ( pacta:A [ pacta:q" in text
    assert "pacta:articleCount 19 ;" in text
    assert text.index("<evidence/003-654-688#selector>") < text.index("<evidence/003-1021-1121>")


def test_order_is_natural() -> None:
    """Numbers inside names sort by value; equal values keep a fixed order."""
    assert sorted(["a-10", "a-9", "a-09", "a", "b-1"], key=natural) == [
        "a",
        "a-09",
        "a-9",
        "a-10",
        "b-1",
    ]


def test_dumps_do_not_depend_on_the_order_of_the_statements(tmp_path: Path) -> None:
    """Sets filled in another order give the same bytes."""
    shuffled = {}
    for name, graph in SMALL.items():
        members = sorted(graph, key=lambda t: tuple(map(nt, t)), reverse=True)
        shuffled[name] = set(members)

    for what, folder in ((SMALL, "a"), (shuffled, "b")):
        write_dumps(tmp_path / folder, content(without_controls(what)))

    a, b = (
        {p.relative_to(tmp_path / f): p.read_bytes() for p in (tmp_path / f).rglob("*.*")}
        for f in "ab"
    )
    assert a == b


def test_dumps_are_complete_and_their_sums_are_right(tmp_path: Path) -> None:
    """Whole and parts, plain and compressed, all with digests that sha256sum confirms."""
    files = write_dumps(tmp_path, content(without_controls(SMALL)))

    parts = {"by-graph/facts", "by-graph/statements", "by-kind/treaty", "by-kind/party"}
    parts |= {"by-kind/evidence"}
    assert {f.part for f in files} == {"", *parts}
    assert len(files) == len(CODINGS) * len(DUMPS) * (1 + len(parts))
    for file in files:
        data = (tmp_path / file.path).read_bytes()
        assert (file.bytes, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", SUMS],  # noqa: S607 - the tool that users have
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": OK\n") == len(files)


def test_compressed_dumps_hold_the_plain_one_and_no_time(tmp_path: Path) -> None:
    """Gzip without name and time, zstd with the size in its head."""
    write_dumps(tmp_path, content(without_controls(SMALL)))
    plain = (tmp_path / "pacta.nq").read_bytes()
    zipped = (tmp_path / "pacta.nq.gz").read_bytes()

    assert gzip.decompress(zipped) == plain
    assert zipped[3:8] == b"\0\0\0\0\0"
    assert zstandard.decompress((tmp_path / "pacta.nq.zst").read_bytes()) == plain


def test_dump_by_kind_holds_what_is_said_of_that_kind(tmp_path: Path) -> None:
    """A selector belongs to its evidence; nothing of another kind is in the file."""
    write_dumps(tmp_path, content(without_controls(SMALL)))

    lines = (tmp_path / "by-kind" / "evidence.nt").read_text().splitlines()

    assert len(lines) == 5
    assert all(line.startswith(f"<{BASE}id/evidence/") for line in lines)
