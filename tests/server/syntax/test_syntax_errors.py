"""The place of a syntax error: where a reader would point, and nothing found where all is well."""

from __future__ import annotations

import re
import time

import pyoxigraph as ox
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.errors import BadQueryError
from server.syntax.syntax_errors import find_error

SOUND = (
    "PREFIX : <http://e/> SELECT DISTINCT ?s (COUNT(*) AS ?n) FROM :g FROM NAMED :h WHERE "
    "{ ?s a :C ; :p/^:q|!(:r|^a) ?o , 'x'@en . OPTIONAL { [] :p (1 2 -3) } "
    "FILTER(?o > 1 && ?o NOT IN (2, 3)) } GROUP BY ?s HAVING(COUNT(*) > 1) "
    "ORDER BY DESC(?n) LIMIT 3",
    "ASK { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p 1.5e3 } } MINUS { ?s ?p true } }",
    "CONSTRUCT { ?s ?p [ ?p ?o ] } "
    "WHERE { { SELECT * { ?s ?p ?o } } VALUES (?s ?o) { (UNDEF 1) } }",
    "PREFIX x: <u:x> DESCRIBE x:a ?b WHERE { ?b x:p x:a BIND(IF(BOUND(?b), 1, 2) AS ?c) }",
    "SELECT (GROUP_CONCAT(DISTINCT ?x; SEPARATOR=', ') AS ?y) "
    "{ ?x ?p ?o FILTER NOT EXISTS { ?o ?p ?x } }",
    "SELECT * { <<?s ?p ?o>> ?q ?r . ?s ?p ?o {| ?q ?r |} }",
    "SELECT ?p (STR(?p) AS ?q) (MAX(?o) + COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o } GROUP BY (?p)",
    "SELECT $y (COUNT(*) AS ?n) { ?s ?p ?o } VALUES ?y { 1 }",
    "SELECT (YEAR(?y) AS ?z) (EXISTS { ?a ?b ?c } AS ?e) { ?s ?p ?o } GROUP BY (?o AS ?y) ?y",
    "SELECT ?s ?n { ?s ?p ?o { SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p } }",
)


@pytest.mark.parametrize("query", SOUND)
def test_sound_queries_have_no_error(query: str) -> None:
    """The engine takes them, the grammar too."""
    ox.Store().query(query)

    assert find_error(query) is None


@pytest.mark.parametrize(
    ("query", "line", "column", "says"),
    [
        ("SELECT * {\n ?s ?p ?o .\n ?s ?p\n}", 4, 1, "found '}'"),
        ("SELECT ?x {?x ?y ?z} GRUOP BY ?x", 1, 22, "found 'GRUOP' (did you mean GROUP?)"),
        ("ASK {FILTER(1 > 2 AND 2 > 1)}", 1, 19, "found 'AND' (did you mean &&?)"),
        ("SELECT (COUNT(?x) ?n) {}", 1, 19, "found '?n'"),
        ("SELECT * {} LIMIT x", 1, 19, "expected a number"),
        ("SELECT * { ?s :p ?o }", 1, 15, "the prefix ':' is not declared"),
        ("SELECT * { FILTER(?x = ) }", 1, 24, "found ')'"),
        ("SELECT *", 1, 9, "the query ends"),
        ("\u00e9", 1, 1, "found"),
    ],
)
def test_errors_have_the_place_that_a_reader_sees(
    query: str, line: int, column: int, says: str
) -> None:
    """Line, column, what stood there and what could have stood there."""
    found = find_error(query)

    assert found is not None
    assert (found.line, found.column) == (line, column)
    assert says in found.detail


TERMS = "a variable, an IRI, a prefixed name, a string, a number, a blank node, …"


@pytest.mark.parametrize(
    ("query", "place", "says"),
    [
        # GROUP BY forgotten, or incomplete
        (
            "SELECT (COUNT(?s) AS ?n) ?p {?s ?p ?o}",
            (1, 26),
            "?p stands beside COUNT: add GROUP BY ?p, or aggregate it",
        ),
        (
            "SELECT ?s\r\n\t(sum(?o) AS ?n) $p\r\n{?s ?p ?o}",
            (1, 8),
            "?s stands beside SUM: add GROUP BY ?s $p, or aggregate it",
        ),
        (
            "SELECT (CONCAT('\U0001f600', ?p) AS ?l) (COUNT(*) AS ?n) {?s ?p ?o}",
            (1, 21),
            "?p stands beside COUNT: add GROUP BY ?p, or aggregate it",
        ),
        (
            "SELECT ?s {?s ?p ?o} HAVING(COUNT(?o) > 1)",
            (1, 8),
            "?s stands beside COUNT: add GROUP BY ?s, or aggregate it",
        ),
        (
            "SELECT ?a {?s ?p ?a} GROUP BY ?s",
            (1, 8),
            "?a is not in GROUP BY: add it there, or aggregate it",
        ),
        (
            "ASK {\n\t{ SELECT ?d {?s ?p ?d} GROUP BY (YEAR(?d) AS ?y) } }",
            (2, 11),
            "?d is not in GROUP BY: add it there, or aggregate it",
        ),
        (
            "SELECT * {?s ?p ?o} GROUP BY ?s",
            (1, 8),
            "SELECT * cannot stand with GROUP BY: name the columns",
        ),
        # columns that are not in brackets, or in a list with commas
        ("SELECT COUNT(*) {}", (1, 8), "found 'COUNT': write (COUNT(*) AS ?n)"),
        (
            "SELECT ?p\r\n\tcount(DISTINCT ?s) AS ?all {?s ?p ?o}",
            (2, 2),
            "found 'count': write (count(DISTINCT ?s) AS ?all)",
        ),
        ("SELECT COUNT(\n*) {}", (1, 8), "found 'COUNT': write (COUNT(…) AS ?n)"),
        ("SELECT SUM ?x {}", (1, 8), "found 'SUM': write (SUM(…) AS ?n)"),
        ("SELECT <u:f>(?x) {}", (1, 8), "found '<u:f>': write (<u:f>(?x) AS ?n)"),
        ("SELECT ?a, ?b {}", (1, 10), "found ',': the columns of SELECT stand without commas"),
        # brackets
        (
            "SELECT * {\r\n\t?s ?p '\U0001f600' . FILTER(?o > 3 }",
            (2, 28),
            "found '}' where '(' of line 2, column 20 is not closed",
        ),
        (
            "ASK { ?s ?p [ ?q ?r }",
            (1, 21),
            "found '}' where '[' of line 1, column 13 is not closed",
        ),
        (
            "ASK { { ?s ?p ?o }\n",
            (1, 19),
            "the query ends where '{' of line 1, column 5 is not closed",
        ),
        ("ASK { ?s ?p ?o } )", (1, 18), "')' closes nothing that is open"),
        # prefixes
        ("PREFIX <u:> ASK {}", (1, 8), "found '<u:>', expected a prefix and a colon"),
        ("PREFIX a:b <u:> ASK {}", (1, 8), "found 'a:b', expected a prefix and a colon"),
        (
            "ASK {\r\n\t?s ?p '\U0001f600' ; rdfs:label ?l }",
            (2, 14),
            "the prefix 'rdfs:' is not declared; "
            "add: PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>",
        ),
        (
            "ASK { ?s pacta:signedOn ?d }",
            (1, 10),
            "the prefix 'pacta:' is not declared; add: PREFIX pacta: <https://w3id.org/pacta/ns#>",
        ),
        ("ASK { ?s x:y ?d }", (1, 10), "the prefix 'x:' is not declared; add: PREFIX x: <…>"),
        # what was expected: closing brackets and terms before operators
        ("ASK { ?s pacta:signedOn . }", (1, 25), f"found '.', expected {TERMS}"),
        (
            "ASK { ?s ?p ?o ?x }",
            (1, 16),
            "found '?x', expected '}', ',', ';', '.', OPTIONAL, MINUS, …",
        ),
        (
            "ASK { FILTER(?o > 3 . ?s ?p ?o }",
            (1, 21),
            "found '.', expected ')', '*', '/', '+', '-', '&&', …",
        ),
        ("SELECT (COUNT(?x)) {}", (1, 18), "found ')', expected AS, '*', '/', '+', '-', '=', …"),
    ],
)
def test_frequent_mistakes_are_named(query: str, place: tuple[int, int], says: str) -> None:
    """What is wrong in words of the query, at its first character, and what to write."""
    found = find_error(query)

    assert found is not None
    assert (found.line, found.column) == place
    assert f"line {place[0]}, column {place[1]}: {says}" == found.detail
    with pytest.raises(SyntaxError):
        ox.Store().query(query)


@pytest.mark.parametrize("prefix", ["rdf", "rdfs", "owl", "xsd", "skos", "dcterms", "foaf", "sd"])
def test_well_known_prefixes_are_given(prefix: str) -> None:
    """What is to be added makes a query of it."""
    query = f"SELECT * {{ ?s {prefix}:x ?o }}"
    found = find_error(query)

    assert found is not None
    assert find_error(f"{found.detail.partition('add: ')[2]} {query}") is None
    ox.Store().query(f"{found.detail.partition('add: ')[2]} {query}")


COLUMNS = ("*", "?s", "$s", "?p", "?x", "(COUNT(*) AS ?n)", "(STR(?s) AS ?l)", "(MAX(?p) AS ?m)",
           "(?p + SUM(?o) AS ?t)", "(EXISTS { ?a ?b ?s } AS ?e)", "(STR(MIN(?s)) AS ?k)",
           "(COUNT(?s) IN (?p) AS ?i)", "(?p NOT IN (1) AS ?j)")  # fmt: skip
TAILS = ("", "GROUP BY ?s", "GROUP BY (?s)", "GROUP BY ((?s)) ?p", "GROUP BY (STR(?s) AS ?x)",
         "GROUP BY STR(?s)", "HAVING(COUNT(?s) > 1)", "ORDER BY SUM(?s)", "ORDER BY ?p LIMIT 1",
         "GROUP BY ?p HAVING(?p > 1)", "HAVING(EXISTS { SELECT (COUNT(*) AS ?n) {} })")  # fmt: skip


@given(
    st.lists(st.sampled_from(COLUMNS), min_size=1, max_size=4).map(" ".join),
    st.sampled_from(TAILS),
    st.sampled_from(["", "VALUES ?p { 1 }", "VALUES (?s ?p) { (1 2) }"]),
    st.sampled_from(["SELECT {} {{ ?s ?p ?o }} {}", "ASK {{ {{ SELECT {} {{ ?s ?p ?o }} {} }} }}"]),
)
def test_columns_are_judged_as_the_engine_does(
    columns: str, tail: str, values: str, frame: str
) -> None:
    """What it takes is no error; where it misses a group, the column is found."""
    query = frame.format(columns, f"{tail} {values}")
    found = find_error(query)
    try:
        ox.Store().query(query)
    except SyntaxError as error:
        if "SELECT" in frame[:6] and re.search("is unbound|not authorized", str(error)):
            assert found is not None
    else:
        assert found is None


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (COUNT(*) AS ?n) " + "?a " * 19_000 + "{}",
        "SELECT " + "(COUNT(*) AS ?n) " * 2_500 + "{}",
        "SELECT ?n {" + "{SELECT ?n (COUNT(*) AS ?m) {} GROUP BY ?n}" * 1_100 + "}",
        "SELECT COUNT(" + "?a + " * 9_000 + "?a) {}",
        "ASK {" + "{}" * 9_000 + "]",
    ],
    ids=range(5),
)
def test_time_is_linear(query: str) -> None:
    """As many tokens as are looked at take seconds: minutes, were it quadratic."""
    began = time.thread_time()
    find_error(query)
    assert time.thread_time() - began < 20


TOKENS = [token for query in SOUND for token in query.split()]


@given(st.lists(st.sampled_from(TOKENS), max_size=25).map(" ".join))
def test_what_the_engine_takes_is_no_error(query: str) -> None:
    """No query that the engine parses is called wrong; any text gives a place or nothing."""
    assume("SERVICE" not in query.upper())
    try:
        found = find_error(query)
    except BadQueryError as error:
        found = error
    try:
        ox.Store().query(query)
    except SyntaxError:
        return
    except (RuntimeError, OSError):
        pass
    assert found is None
