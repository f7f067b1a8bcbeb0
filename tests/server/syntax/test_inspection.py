"""The tokeniser: what it sees, what it refuses, and that no text makes it stumble or slow."""

from __future__ import annotations

import contextlib
import time
from dataclasses import replace

import pyoxigraph as ox
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.errors import (
    BadQueryError,
    QueryTooComplexError,
    ServerError,
    ServiceRefusedError,
    UpdateRefusedError,
)
from server.settings import Settings
from server.sparql.from_clauses import resolve_graphs
from server.syntax.inspection import inspect_query
from server.syntax.tokens import locate, read_tokens

SETTINGS = Settings()
PIECES = (
    *("SELECT", "ASK", "CONSTRUCT", "WHERE", "FROM", "NAMED", "GRAPH", "SERVICE", "a", "true"),
    *("{", "}", "(", ")", "[", "]", ".", ";", ",", "?x", "$y", "_:b", "ex:a", ":b", "ex:", ":"),
    *("<http://e/>", "<", ">", "<=", "||", "&&", "!", "*", "+", "/", "|", "^", "-", "1", "1.5"),
    *("'s'", '"s"', '"""l"""', "'''", '"', "@en", "^^", "#c\n", "\\", "\n", " ", "\t", "1e5"),
    *("PREFIX", "BASE", "NOW()", "VALUES", "UNION", "FILTER", "INSERT", "\u00e9", "\ud7ff", "`"),
)
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=60).map("".join))


@given(TEXTS)
def test_any_text_gives_tokens_or_a_place(text: str) -> None:
    """Tokens cover the text in order; what cannot be read has a line and a column."""
    end = 0
    try:
        for token in read_tokens(text):
            assert token.start >= end
            assert text.startswith(token.text, token.start)
            assert token.text
            end = token.start + len(token.text)
    except BadQueryError as error:
        place = error.line or 0, error.column or 0
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        end = len(lines[place[0] - 1]) + 1 - place[1] if min(place) > 0 else -1
    assert end >= 0


@given(TEXTS)
def test_any_query_is_seen_or_refused(text: str) -> None:
    """A query string gives a `Query` or one of the errors of the tree, nothing else."""
    try:
        seen: object = inspect_query(text, SETTINGS).form
    except ServerError as error:
        seen = error.status
    assert seen in ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE", 400, 403)


@given(TEXTS)
def test_what_the_engine_runs_is_never_refused_for_its_characters(text: str) -> None:
    """The tokeniser is no stricter than the engine: what that parses has tokens here."""
    assume("service" not in text.lower())
    try:
        ox.Store().query(f"PREFIX ex: <http://e/> PREFIX : <http://e/> {text}")
    except (SyntaxError, RuntimeError, OSError):
        return
    inspect_query(f"PREFIX ex: <http://e/> PREFIX : <http://e/> {text}", SETTINGS)


@pytest.mark.parametrize(
    ("query", "form", "dataset", "deterministic"),
    [
        ("SELECT * {}", "SELECT", False, True),
        ("select*{}", "SELECT", False, True),
        ("SELECTDISTINCT?x{?x ?y ?z}", "SELECT", False, True),
        ("# SELECT\nASK{}", "ASK", False, True),
        ("BASE <http://e/> PREFIX select: <ask> DESCRIBE select:x", "DESCRIBE", False, True),
        ('VERSION "1.2" ASK {}', "ASK", False, True),
        ("SELECT * FROM <http://g> {}", "SELECT", True, True),
        ("PREFIX e: <u:> SELECT * FROMe:g {}", "SELECT", True, True),
        ("PREFIX e: <u:> SELECT * FROMNAMEDe:g {}", "SELECT", True, True),
        ("CONSTRUCT {?s ?p ?o} FROM <u:g> WHERE {?s ?p ?o}", "CONSTRUCT", True, True),
        ("PREFIX from: <u:> DESCRIBE from:x", "DESCRIBE", False, True),
        ("SELECT * { ?s ?p 'FROM <u:g>' }", "SELECT", False, True),
        ("SELECT * { ?from ?p <u:NOW()> }", "SELECT", False, False),
        ("ASK { FILTER(?b<STRUUID()&&1>0) }", "ASK", False, False),
        ("ASK { FILTER(NOW # (\n () > 0) }", "ASK", False, False),
        ("SELECT (NOW() AS ?n) {}", "SELECT", False, False),
        ("SELECT (strUUID () AS ?n) {}", "SELECT", False, False),
        ("CONSTRUCT {[] ?p ?o} WHERE {?s ?p ?o}", "CONSTRUCT", False, False),
        ("CONSTRUCT {?s ?p ?o} WHERE {[] ?p ?o}", "CONSTRUCT", False, True),
    ],
)
def test_form_dataset_and_determinism(
    query: str, form: str, dataset: bool, deterministic: bool
) -> None:
    """Keywords count where they are keywords, glued or not; a call that changes counts anywhere."""
    seen = inspect_query(query, SETTINGS)

    assert (seen.form, seen.has_dataset, seen.deterministic) == (form, dataset, deterministic)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { SERVICE <u:e> {} }",
        "SELECT * { service silent ?e {} }",
        "PREFIX e: <u:> SELECT * { SERVICEe:x { ?s ?p ?o } }",
        "PREFIX : <u:> SELECT * { SERVICE:x { ?s ?p ?o } }",
        "SELECT * { ?s ?p trueSERVICE<u:e>{} }",
        "PREFIX e: <u:> SELECT * { ?s ?p falseSERVICEe:x{} }",
        "SELECT * { ?s ?p 5.SERVICE<u:e>{} }",
        "SELECT * { ?s a (1 <u:#>) . SERVICE <u:e> {} }",
        "SELECT * { FILTER(?a<?b#>\n) SERVICE <u:e> {} }",
        "SELECT * { ?s ?p '''x''' . SERVICE <u:e> {} }",
        'SELECT * { ?s ?p "" . SERVICE <u:e> {} }',
        "PREFIX e: <u:> SELECT * { ?s ?p e:a\\'b . SERVICE <u:e> { ?s ?p 'x' } }",
        "PREFIX p: <u:> SELECT * { ?s ?p p:.SERVICE SILENT<u:e>{} }",
        "PREFIX : <u:> SELECT * { ?s ?p :.SERVICE?u{} }",
        "PREFIX p: <u:> SELECT * { ?s ?p p:a.b.SERVICE <u:e> {} }",
        "PREFIX p: <u:> SELECT * { ?s ?p p:1.2.SERVICE<u:e> {} }",
        "PREFIX p: <u:> SELECT * { ?s ?p p:%41.x.SERVICE<u:e> {} }",
    ],
)
def test_service_is_found_wherever_it_hides(query: str) -> None:
    """Every spelling that the engine reads as SERVICE is refused."""
    with pytest.raises(ServiceRefusedError):
        inspect_query(query, SETTINGS)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p 'SERVICE <u:e> {}' } # SERVICE",
        "PREFIX service: <u:> SELECT * { GRAPH service:g { ?service ?p <u:SERVICE> } }",
        "SELECT * { ?s ?p <http://SERVICE/> }",
    ],
)
def test_service_in_names_is_no_service(query: str) -> None:
    """A name, a text or a comment that says the word is fine."""
    assert inspect_query(query, SETTINGS).form == "SELECT"


@pytest.mark.parametrize("word", ["INSERT DATA {}", "delete where {}", "LOAD <u:x>", "WITH <u:g>"])
def test_updates_are_refused(word: str) -> None:
    """Whatever its form, after whatever prologue."""
    with pytest.raises(UpdateRefusedError):
        inspect_query(f"PREFIX : <u:> {word}", SETTINGS)


@pytest.mark.parametrize(
    ("limit", "most", "fits", "over"),
    [
        ("max_query_bytes", 64, "ASK {} #" + "x" * 56, "ASK {} #" + "é" * 30),
        ("max_nesting", 4, "ASK {{{{}}}}", "ASK {{{{{}}}}}"),
        ("max_dataset_graphs", 1, "ASK FROM <u:a> {}", "ASK FROM <u:a> FROM NAMED <u:b> {}"),
    ],
)
def test_limits(limit: str, most: int, fits: str, over: str) -> None:
    """At the limit a query goes through, one over it is refused and the limit is named."""
    settings = replace(SETTINGS, **{limit: most})  # type: ignore[arg-type]

    assert inspect_query(fits, settings).form == "ASK"
    with pytest.raises(QueryTooComplexError) as caught:
        inspect_query(over, settings)
    assert caught.value.members == {"limit": limit, "most": most}


@pytest.mark.parametrize(
    "query",
    [
        f"ASK {{ VALUES ?x {{ {' '.join(map(str, range(20_000)))} }} }}",
        f"ASK {{ ?s ?p ?o FILTER(?o IN ({', '.join(map(str, range(20_000)))})) }}",
        f"ASK {{ {' UNION '.join(['{ ?s ?p ?o }'] * 2000)} }}",
        f"ASK {{ {'?s ?p ?o . ' * 2000} FILTER({' || '.join(['?o'] * 2000)}) }}",
        f"SELECT * {{ VALUES (?x ?y) {{ {'(1 <u:a>) ' * 5000} }} }}",
    ],
    ids=["values", "in", "union", "patterns", "rows"],
)
def test_what_a_query_costs_is_not_told_from_its_text(query: str) -> None:
    """Long lists and many patterns go through: the worker has limits, the text has not."""
    assert inspect_query(query, SETTINGS).suspect is None


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("SELECT * {", 1, 10),
        ("SELECT *\r\n{ ( }", 2, 5),
        ("ASK { ?é ?p 'x }", 1, 13),
        ("\n\nfoo", 3, 1),
        ("", 1, 1),
    ],
)
def test_places(query: str, line: int, column: int) -> None:
    """Where the first thing is wrong, in characters from 1."""
    try:
        found = inspect_query(query, SETTINGS).suspect
    except BadQueryError as error:
        found = error

    assert found is not None
    assert (found.line, found.column) == (line, column)


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("PREFIX p <http://x/>", "line 1, column 8: a prefix ends in a colon: PREFIX p: <…>"),
        (
            "PREFIX \U0001f600: <u:>\r\n\tprefix select <u:> ASK {}",
            "line 2, column 9: a prefix ends in a colon: PREFIX select: <…>",
        ),
        (
            "ASK {\r\n\t?s ?p '\U0001f600', “Vilnius” }",
            "line 2, column 13: unexpected '“': use straight quotes: \"",
        ),
        ("ASK { ?s ?p ’x’ }", "line 1, column 13: unexpected '’': use straight quotes: '"),
        ("ASK {\u00a0}", "line 1, column 6: unexpected '\\xa0': use a plain space"),
        ("ASK { FILTER(1 – 1 = 0) }", "line 1, column 16: unexpected '–': use a plain hyphen: -"),
    ],
)
def test_frequent_mistakes_are_named(query: str, detail: str) -> None:
    """What to write, at the first character that is wrong."""
    with pytest.raises(BadQueryError) as caught:
        inspect_query(query, SETTINGS)

    assert detail == caught.value.detail


@pytest.mark.parametrize("char", "“”„‟«»″‘’‚‛‹›′‐‑‒–—−\u00a0\u2009\u200b\u202f\u2060\u3000")
def test_characters_of_text_programs_are_fine_in_texts(char: str) -> None:
    """Only outside strings, IRIs and comments they stand in place of plain ones."""
    assert inspect_query(f"ASK {{ ?s ?p '{char}', <u:{char}> }} # {char}", SETTINGS).form == "ASK"
    with pytest.raises(BadQueryError, match="use "):
        inspect_query(f"ASK {{ {char} }}", SETTINGS)


def test_bracket_that_closes_another_names_the_open_one() -> None:
    """The reader is sent to the bracket that was forgotten."""
    suspect = inspect_query("ASK {\n FILTER(?o = 1\n}", SETTINGS).suspect

    assert suspect is not None
    assert suspect.detail == "line 3, column 1: '}' where '(' of line 2, column 8 is open"


@pytest.mark.parametrize(
    ("query", "default", "named"),
    [
        ("SELECT * FROM <http://a> {}", ["http://a"], []),
        ("PREFIX : <http://x/> ASK FROM :a FROM NAMED :b {}", ["http://x/a"], ["http://x/b"]),
        ("BASE <http://e/x/> PREFIX p: <q#> ASK FROM <../b> FROM p:\\-c {}",
         ["http://e/b", "http://e/x/q#-c"], []),
        ("CONSTRUCT { ?s ?p ?o } FROM <u:a> FROM <u:a> WHERE { ?s ?p ?o }", ["u:a", "u:a"], []),
        ("ASK FROM <http://e/\\u0041> {}", ["http://e/A"], []),
        ("# FROM <no>\nASK FROM <a> FROM <?b> {}", ["http://base/a", "http://base/?b"], []),
    ],
)  # fmt: skip
def test_dataset_is_read(query: str, default: list[str], named: list[str]) -> None:
    """FROM and FROM NAMED, with their IRIs resolved."""
    clauses = inspect_query(query, SETTINGS).graphs

    assert clauses is not None
    assert resolve_graphs(clauses, "http://base/") == (tuple(default), tuple(named))


@pytest.mark.parametrize(
    "query",
    [
        "ASK {}",
        "PREFIX ex: <u:x> ASK FROMex:g {}",
        "ASK FROM :a {}",
        "ASK FROM {}",
    ],
)
def test_dataset_that_only_the_engine_reads(query: str) -> None:
    """None where there is none, and where a name means nothing."""
    clauses = inspect_query(query, SETTINGS).graphs

    assert clauses is None or resolve_graphs(clauses, "http://base/") is None


@pytest.mark.parametrize(
    "name",
    [
        "?\u0939\u093f\u0928\u094d\u0926\u0940",
        "?\u0e44\u0e17\u0e22\u0e17\u0e35\u0e48",
        "?a\u200cb",
        "?\u3042\u00b7",
    ],
)
def test_names_of_every_script(name: str) -> None:
    """Letters with marks of their own are letters (PN_CHARS of the grammar)."""
    assert [each.text for each in read_tokens(f"SELECT {name} {{}}")][1] == name


def test_declared_prefix_is_no_keyword() -> None:
    """A prefix that is called service connects nowhere."""
    query = "PREFIX service: <u:> ASK { ?s ?p service:o {} }"

    assert inspect_query(query, SETTINGS).form == "ASK"


def test_comparison_is_no_iri() -> None:
    """`<` after an operand in brackets compares, so that brackets after it still count."""
    query = "SELECT * { FILTER((?a<?b)&&?c>?d) FILTER(?a<=?b&&?c>1) }"

    assert inspect_query(query, SETTINGS).suspect is None


def test_locate_counts_lines_as_editors_do() -> None:
    """CR, LF and CRLF each end one line."""
    text = "a\rb\nc\r\nd"

    assert [locate(text, text.index(char)) for char in "abcd"] == [(1, 1), (2, 1), (3, 1), (4, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT " + "?a " * 80_000,
        "SELECT * { " + "a." * 120_000,
        "SELECT * { " + "a-" * 120_000,
        "SELECT * { " + "<a" * 120_000,
        "SELECT * { " + "<" * 240_000,
        "SELECT * { '" + "\\'" * 120_000,
        'SELECT * { """' + '""' * 120_000,
        "SELECT * { ex:" + "." * 240_000,
        "SELECT * { " + "'' " * 80_000,
        "SELECT * { " + "#" * 240_000,
        "SELECT * { _" + "_" * 240_000,
        "SELECT * { " + "1." * 120_000,
    ],
    ids=range(12),
)
def test_time_is_linear(text: str) -> None:
    """A quarter of a megabyte of anything is read in seconds: minutes, were it quadratic."""
    began = time.thread_time()
    with contextlib.suppress(ServerError):
        inspect_query(text, SETTINGS)
    assert time.thread_time() - began < 20
