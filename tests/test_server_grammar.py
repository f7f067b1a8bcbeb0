"""The place of a syntax error: where a reader would point, and nothing found where all is well."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.errors import BadQueryError
from server.grammar import find_error

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
