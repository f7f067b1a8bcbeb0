"""The engine's door: stores from files and from releases, terms read and written."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from server.errors import (
    BadQueryError,
    BadRequestError,
    QueryFailedError,
    ServerError,
    UnavailableError,
)
from server.http.formats import list_formats
from server.pool.engine import (
    Dataset,
    QueryRunner,
    Reader,
    parse_rdf,
    write_rdf,
)
from server.reading.faults import FilesError
from server.reading.reader import DataFile
from server.release.store import TELL_EVERY, build_release_store, load_files
from tests.places import ROOT

A = "<http://e/a> <http://e/p> <http://e/b>"


def put(folder: Path, name: str, text: str) -> DataFile:
    """A file with this text."""
    (folder / name).write_text(text, encoding="utf-8")
    return DataFile(str(folder / name))


def ask(
    runner: QueryRunner, query: str, form: str = "tsv", dataset: Dataset | None = None
) -> bytes:
    """An answer's bytes."""
    out = io.BytesIO()
    runner.run(query, dataset, form, out)
    return out.getvalue()


def test_files_are_loaded_as_they_are(tmp_path: Path) -> None:
    """Triples to the graph given or the default one, quads to their own."""
    files = [
        put(tmp_path, "a.ttl", "@prefix : <http://e/> . :a :p 1 . <rel> :p 2 ."),
        DataFile(put(tmp_path, "b.nt", f"{A} .\n").path, "http://g/b"),
        put(tmp_path, "c.nq", f"{A} <http://g/c> .\n{A} .\n"),
        DataFile(put(tmp_path, "d.trig", f"{A} . <http://g/d> {{ {A} }}").path, "http://g/e"),
        put(tmp_path, "e.jsonld", '{"@id": "http://e/j", "http://e/p": "x"}'),
        DataFile(put(tmp_path, "empty.ttl", "").path, "http://g/empty"),
    ]
    load_files(files, tmp_path / "db")
    runner = QueryRunner(str(tmp_path / "db"), "http://base/")
    default = ask(runner, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").split(b"\n")[1]
    graphs = ask(runner, "SELECT ?g { GRAPH ?g {} } ORDER BY ?g").split()[1:]
    subjects = ask(runner, "SELECT ?s { ?s <http://e/p> 2 }")

    assert default == b"4"
    assert graphs == [b"<http://g/%s>" % name for name in (b"b", b"c", b"d", b"e", b"empty")]
    assert (tmp_path / "rel").as_uri().encode() in subjects


def test_loading_tells_how_many_statements_were_read(tmp_path: Path) -> None:
    """From time to time and at the end; what the union adds is not counted."""
    count = TELL_EVERY + 7
    lines = (
        f"<http://e/{number}> <http://e/p> <http://e/b> <http://e/g> .\n" for number in range(count)
    )
    told: list[int] = []
    load_files(
        [put(tmp_path, "many.nq", "".join(lines))], tmp_path / "db", union=True, tell=told.append
    )

    assert told == [TELL_EVERY, count]


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("a.ttl", "@prefix : <http://e/> .\n:a :b 'x", ":2:"),
        ("a.nt", f"{A} .\n{A} x .\n", ":2:"),
        ("a.rdf", "<x", ""),
        ("a.txt", "", ""),
        ("a.jsonld", '{"@context": "http://127.0.0.1:1/c", "@id": "u:a"}', ""),
    ],
)
def test_broken_files_are_named(tmp_path: Path, name: str, text: str, place: str) -> None:
    """File, line and column, as far as the parser knows them."""
    item = put(tmp_path, name, text)
    with pytest.raises(FilesError) as caught:
        load_files([item], tmp_path / "db")

    assert str(caught.value).startswith(f"{item.path}{place}")


def test_missing_file_and_bad_graph_are_named(tmp_path: Path) -> None:
    """What is not there, and a graph that is no IRI."""
    with pytest.raises(FilesError, match=r"none\.ttl"):
        load_files([DataFile(str(tmp_path / "none.ttl"))], tmp_path / "db1")
    with pytest.raises(FilesError, match="no absolute IRI"):
        load_files([DataFile(put(tmp_path, "a.ttl", "").path, "relative")], tmp_path / "db2")


@pytest.mark.parametrize("shared", [False, True])
def test_union_of_a_release_holds_each_triple_once(tmp_path: Path, shared: bool) -> None:
    """Without a dataset the default graph is the union; FROM and the request's graphs win."""
    second = "<http://g/2>" if shared else "<http://g/1>"
    quads = put(tmp_path, "x.nq", f"{A} <http://g/1> .\n" + (f"{A} {second} .\n" if shared else ""))
    folder = build_release_store(Path(quads.path), tmp_path / "stores" / "r")
    runner = QueryRunner(str(folder), "http://e/")
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"

    def n(query: str, dataset: Dataset | None = None) -> bytes:
        return ask(runner, query, dataset=dataset).split(b"\n")[1]

    assert n(count) == b"1"
    assert n(count.replace("{", "FROM <http://g/1> {", 1)) == b"1"
    assert n(count.replace("{", "FROM <http://g/9> {", 1)) == b"0"
    assert n(count, Dataset(("http://g/9",), ())) == b"0"
    assert n(count.replace("?s ?p ?o", "GRAPH ?g { ?s ?p ?o }")) == (b"2" if shared else b"1")
    assert len(list(Reader(str(folder)).quads_for_pattern())) == (2 if shared else 1)
    assert len(list(Reader(str(folder)).quads_for_pattern(graph=""))) == 1
    assert build_release_store(Path(quads.path), folder) == folder
    assert [entry.name for entry in folder.parent.iterdir()] == ["r"]


@pytest.mark.long
def test_a_store_of_many_statements_has_one_file_for_each_index(tmp_path: Path) -> None:
    """The engine loads a million at a time, and would leave a file for each index each time."""
    files = {}
    for count in (10, 550_000):  # each twice: in its graph and in the union
        lines = (f"<u:{number}> <u:p> <u:o> <u:g> .\n" for number in range(count))
        quads = put(tmp_path, f"{count}.nq", "".join(lines))
        folder = build_release_store(Path(quads.path), tmp_path / f"{count}.store")
        files[count] = len(list(folder.glob("*.sst")))

    assert files[550_000] <= files[10] + 2


def test_blank_nodes_of_a_release_keep_their_labels(tmp_path: Path) -> None:
    """One that stands in the default graph and in a named one is one node, in every store alike."""
    line = "_:c14n0 <http://e/p> <http://e/b>"
    quads = put(tmp_path, "x.nq", f"{line} <http://g/1> .\n{line} <http://g/2> .\n")
    query = "SELECT ?s { ?s ?p ?o GRAPH <http://g/1> { ?s ?p ?o } }"
    answers = []
    for name in ("one", "two"):
        folder = build_release_store(Path(quads.path), tmp_path / name)
        answers.append(ask(QueryRunner(str(folder), "http://e/"), query))

    assert answers[0] == answers[1]
    assert answers[0] == b"?s\n_:c14n0\n"


def test_blank_nodes_of_two_files_are_two(tmp_path: Path) -> None:
    """Labels belong to a file, also where its default graph is given a name."""
    files = [
        DataFile(
            put(tmp_path, f"{name}.trig", f'_:b <http://e/p> "{name}" .').path, f"http://g/{name}"
        )
        for name in ("a", "b")
    ]
    load_files(files, tmp_path / "db")
    runner = QueryRunner(str(tmp_path / "db"), "http://e/")

    assert ask(runner, "SELECT (COUNT(DISTINCT ?s) AS ?n) { GRAPH ?g { ?s ?p ?o } }") == b"?n\n2\n"


def _read_rows() -> list[tuple[str, str]]:
    """The table of docs/http-api.md: what is written → what comes back."""
    page = (ROOT / "docs" / "http-api.md").read_text(encoding="utf-8")
    table = page.partition("## Literals that the engine rewrites")[2].partition("## ")[0]
    return re.findall(r"^\| `(.+?)` \| `(.+?)` \|", table, re.MULTILINE)


@pytest.mark.parametrize(("written", "kept"), _read_rows())
def test_literals_are_written_anew_as_the_page_says(
    tmp_path: Path, written: str, kept: str
) -> None:
    """From a file, and in the text of a query."""

    def complete(literal: str) -> str:
        text, mark, datatype = literal.partition("^^")
        return f"{text}^^<http://www.w3.org/2001/XMLSchema#{datatype}>" if mark else literal

    load_files([put(tmp_path, "x.nt", f"<u:a> <u:b> {complete(written)} .\n")], tmp_path / "db")
    runner = QueryRunner(str(tmp_path / "db"), "http://e/")
    constructed = f"CONSTRUCT {{ <u:a> <u:b> ?o }} {{ VALUES ?o {{ {complete(written)} }} }}"
    for query in ("CONSTRUCT WHERE { <u:a> <u:b> ?o }", constructed):
        assert ask(runner, query, "ntriples").decode() == f"<u:a> <u:b> {complete(kept)} .\n"


def test_reader_finds_patterns(tmp_path: Path) -> None:
    """IRIs as text are keys; graphs are listed in order."""
    item = put(tmp_path, "x.nq", f"{A} <http://g/2> .\n{A} <http://g/1> .\n")
    load_files([item], tmp_path / "db")
    reader = Reader(str(tmp_path / "db"))

    assert reader.list_graphs() == ["http://g/1", "http://g/2"]
    assert len(list(reader.quads_for_pattern("http://e/a"))) == 2
    assert len(list(reader.quads_for_pattern(object="http://e/b", graph="http://g/1"))) == 1
    assert not list(reader.quads_for_pattern("http://e/b"))
    with pytest.raises(UnavailableError):
        Reader(str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("SELECT ?s { ?s <u:nowhere> ?o FILTER(<u:f>(?o)) }", b"?s\n"),
        ("SELECT ?s { ?s ?p ?o FILTER(true || <u:f>(?o)) }", b"?s\n<http://e/a>\n"),
        ("SELECT ?s { ?s ?p ?o FILTER(<u:f>(?o) || <u:g>(?o)) }", None),
        ("SELECT ?s { ?s ?p ?o } ORDER BY <u:f>(?o)", None),
        ("SELECT (<u:f>(?o) AS ?x) { ?s ?p ?o }", None),
    ],
)
def test_unknown_function_fails_where_it_is_needed(
    tmp_path: Path, query: str, answer: bytes | None
) -> None:
    """An answer that never calls it is whole; one that does would lack rows, or their order."""
    load_files([put(tmp_path, "x.nt", f"{A} .\n")], tmp_path / "db")
    runner = QueryRunner(str(tmp_path / "db"), "http://e/")
    if answer is None:
        with pytest.raises(QueryFailedError, match="<u:f> is not known here"):
            ask(runner, query)
    else:
        assert ask(runner, query) == answer


def test_no_foreign_exception_leaves(tmp_path: Path) -> None:
    """Everything that can go wrong with a query is an error of the tree."""
    load_files([put(tmp_path, "x.nt", f"{A} .\n")], tmp_path / "db")
    runner = QueryRunner(str(tmp_path / "db"), "http://e/")

    with pytest.raises(BadQueryError) as caught:
        ask(runner, "SELECT * {")
    assert caught.value.line == 1
    with pytest.raises(QueryFailedError):
        ask(runner, "ASK { FILTER(<u:f>(1)) }")
    with pytest.raises(QueryFailedError, match="RDF/XML"):
        ask(runner, "CONSTRUCT { ?s <http://e/1> 1 } WHERE { ?s ?p ?o }", "rdfxml")
    with pytest.raises(BadRequestError):
        ask(runner, "ASK {}", "turtle")
    with pytest.raises(BadRequestError):
        ask(runner, "ASK {}", "json", Dataset(("relative",), ()))


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT ?s ?s {}", "a variable stands twice in SELECT"),
        ("SELECT * { ?s ?p <http://[> }", "an IRI cannot be read"),
        ("SELECT * { ?s ?p '\\d' }", "unknown escape"),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", "SELECT * cannot stand with GROUP BY"),
        ("SELECT ?o { ?s ?p ?o } GROUP BY ?s", "SELECT may use only what is grouped"),
        ("SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o }", "SELECT may use only what is grouped"),
        ("SELECT (1 AS ?s) { ?s ?p ?o }", "SELECT assigns a variable that is in use"),
        ("SELECT * { ?s ?p ?o BIND(1 AS ?o) }", "only one that is not in use"),
    ],
)
def test_rules_beyond_the_grammar_are_named(tmp_path: Path, query: str, says: str) -> None:
    """The engine says them among what its parser tried; one stays, in plain words."""
    load_files([put(tmp_path, "x.nt", f"{A} .\n")], tmp_path / "db")
    with pytest.raises(BadQueryError) as caught:
        ask(QueryRunner(str(tmp_path / "db"), "http://e/"), query)

    assert says in caught.value.detail


@pytest.mark.parametrize("row", list_formats("triples"), ids=lambda row: row.name)
def test_written_rdf_is_read_back(row: object) -> None:
    """A few triples in every format, and the same ones again."""
    from server.http.formats import Format

    assert isinstance(row, Format)
    text = f'{A} .\n<http://e/a> <http://e/p> "x"@en .\n'
    written = write_rdf(text, row.name, {"e": "http://e/"})
    read = {str(quad.object) for quad in parse_rdf(written, row.media_type, "http://e/")}

    assert read == {"<http://e/b>", '"x"@en'}


def test_documents_that_do_not_parse() -> None:
    """An unknown media type, and a broken document."""
    with pytest.raises(ServerError, match="no parser"):
        parse_rdf(b"", "image/png", "http://e/")
    with pytest.raises(ServerError, match="does not parse"):
        parse_rdf(b"<", "text/turtle", "http://e/")
