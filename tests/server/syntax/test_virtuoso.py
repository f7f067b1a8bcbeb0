"""Queries as Virtuoso is sent them: the same meaning in the engine that keeps to the standard."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.settings import Settings
from server.syntax.inspection import list_tokens
from server.syntax.virtuoso import rewrite_for_virtuoso

PREFIXES = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> PREFIX e: <http://e/> "
BOOLEAN = "<http://www.w3.org/2001/XMLSchema#boolean>"
LANG_STRING = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>"
STRING = "<http://www.w3.org/2001/XMLSchema#string>"
VALUES = [
    "?x",
    "?y",
    "?none",
    "7",
    "2",
    "0",
    "2.5",
    "1e0",
    '"a"',
    '"b"@en',
    '"6"^^xsd:integer',
    "e:a",
]
OPTIONALS = "OPTIONAL { ?a e:q ?x } OPTIONAL { ?a e:r ?y } OPTIONAL { ?z e:s ?a ; e:t ?c }"
BINARY = ["=", "!=", "<", "<=", ">", ">=", "&&", "||", "+", "-", "*", "/"]
CALLS = [
    "IF({}, {}, {})", "COALESCE({}, {})", "FLOOR({})", "xsd:decimal({})", "STR({})", "isIRI({})",
    "DATATYPE({})",
    "({})", "!{}", "BOUND(?none)", "BOUND(?x)", "{} IN ({}, 2)", "EXISTS {{ ?x e:p/e:p ?y }}",
]  # fmt: skip


def rewrite(query: str) -> str:
    """What Virtuoso is sent for a query."""
    return rewrite_for_virtuoso(query, list_tokens(query, Settings()))


def value(name: str) -> str:
    """A variable beside `<`, as it is sent."""
    return f"COALESCE(IF(DATATYPE({name}) = {STRING}, STR({name}), {name}), {name})"


def key(name: str) -> str:
    """What a variable is ordered by before it stands for itself, as it is sent."""
    return (
        f'(IF(isLiteral({name}) && (LANG({name}) != "" || DATATYPE({name}) = {STRING}), '
        f'STR({name}), ""))'
    )


def arm(path: str) -> str:
    """A path that repeats, as it is sent."""
    return f"({path}|<urn:x-pacta:no-such-predicate>)"


def ask(query: str) -> list[list[str]]:
    """The rows that the standard gives; an error of the query as such is raised."""
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("http://e/a"), ox.NamedNode("http://e/p"), ox.Literal(7)))
    rows = store.query(query)
    assert isinstance(rows, ox.QuerySolutions)
    return [[str(cell) for cell in row] for row in rows]


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("SELECT (?a / ?b AS ?c) {}", "SELECT (?a * 1.0 / ?b AS ?c) {}"),
        ("SELECT * { FILTER(COUNT(*)/(?b) = 1) }", "SELECT * { FILTER(COUNT(*)* 1.0 /(?b) = 1) }"),
        ("SELECT * { ?s e:a/e:b|(a/e:c)/e:d ?o }", "SELECT * { ?s e:a/e:b|(a/e:c)/e:d ?o }"),
        ("SELECT * { ?s (e:a|^e:b)/e:c/a/e:d ?o }", "SELECT * { ?s (e:a|^e:b)/e:c/a/e:d ?o }"),
        ("SELECT (?a = 1 AS ?c) {}", f"SELECT ({BOOLEAN}(?a = 1) AS ?c) {{}}"),
        (
            "SELECT * { BIND( IF(?a, true, ! ?b) AS ?c ) }",
            f"SELECT * {{ BIND( {BOOLEAN}(IF(?a, true, ! ?b)) AS ?c ) }}",
        ),
        (
            "SELECT (IF(?a = 1, ?b, ?c) AS ?d) {}",
            "SELECT (IF(?a = 1, ?b, ?c) AS ?d) {}",
        ),
        (
            "SELECT (BOUND(?a) AS ?b) { FILTER(BOUND(?a)) }",
            f"SELECT ({BOOLEAN}(COALESCE(sameTerm(?a, ?a), 1 = 2)) AS ?b) {{ FILTER(BOUND(?a)) }}",
        ),
        (
            'SELECT (IF(!BOUND(?a), "n", "y") AS ?b) {}',
            'SELECT (IF(!COALESCE(sameTerm(?a, ?a), 1 = 2), "n", "y") AS ?b) {}',
        ),
        (
            'SELECT * { FILTER(?a <= "b" && 2 > ?c) FILTER($d>=?e) }',
            f'SELECT * {{ FILTER({value("?a")} <= "b" && 2 > ?c) '
            f"FILTER({value('$d')}>={value('?e')}) }}",
        ),
        (
            "SELECT (?a < ?b AS ?c) {}",
            f"SELECT ({BOOLEAN}({value('?a')} < {value('?b')}) AS ?c) {{}}",
        ),
        (
            "SELECT * {} ORDER BY ?a DESC(?b) ( ?c ) STR(?d) LIMIT 3",
            f"SELECT * {{}} ORDER BY {key('?a')} ?a DESC{key('?b')} DESC(?b) "
            f"{key('?c')} ( ?c ) STR(?d) LIMIT 3",
        ),
        (
            "SELECT ?a (MAX(?b) AS ?c) { { SELECT * {} order by ?a } } ORDER BY ?c (?a + 1)",
            f"SELECT ?a (MAX(?b) AS ?c) {{ {{ SELECT * {{}} order by {key('?a')} ?a }} }} "
            "ORDER BY ?c (?a + 1)",
        ),
        ("SELECT * {} ORDER BY ?", "SELECT * {} ORDER BY ?"),
        (
            "SELECT * { ?a e:p e:b MINUS { ?c e:q ?d } { $a e:r ?c minus { ?a e:s ?e } } }",
            "SELECT * { ?a e:p e:b MINUS { FILTER(1 = 2) ?c e:q ?d } "
            "{ $a e:r ?c minus { ?a e:s ?e } } }",
        ),
        (
            "SELECT (DATATYPE( ?a ) AS ?b) { FILTER(DATATYPE(STR(?a)) = e:c) }",
            'SELECT (IF(isLiteral(?a) && LANG(?a) != "", '
            f"{LANG_STRING}, DATATYPE(?a)) AS ?b) "
            "{ FILTER(DATATYPE(STR(?a)) = e:c) }",
        ),
        (
            "SELECT * { ?a e:p?/^(a|e:q)+ ?b }",
            f"SELECT * {{ ?a {arm('e:p?')}/^{arm('(a|e:q)+')} ?b }}",
        ),
        ("SELECT * } ( { ?a e:p *", "SELECT * } ( { ?a e:p *"),
        ("SELECT * { ?a a/!(e:p|^e:q)* e:b }", f"SELECT * {{ ?a a/{arm('!(e:p|^e:q)*')} e:b }}"),
        (
            f"SELECT * {{ ?a e:p? e:b . {OPTIONALS} }}",
            f"SELECT * {{ {{ ?a e:p? e:b . }} {OPTIONALS} }}",
        ),
        ("ASK { ?a (<p>*/e:q)? ?b }", f"ASK {{ ?a ({arm('<p>*')}/e:q)? ?b }}"),
        *(
            (query, query)
            for query in (
                "SELECT * { ?a e:p? ?b OPTIONAL { ?a e:q ?x } OPTIONAL { ?a e:r ?y } }",
                f"SELECT * {{ {OPTIONALS} ?a e:p? ?b }}",
                f"SELECT * {{ ?a e:p? ?b FILTER(!BOUND(?x)) {OPTIONALS} }}",
                "SELECT (COUNT(*) AS ?n) (?a * 2 + (?b)*(?c) AS ?d) {}",
                "SELECT * { ?a e:p +5 , (e:b) ; e:q+5 FILTER(e:f(e:a) * 2 > e:f()+ 1) }",
            )
        ),
    ],
)
def test_what_is_sent(query: str, sent: str) -> None:
    """Division, booleans and BOUND in what gets a name, orders, paths that repeat."""
    assert rewrite(query) == sent


def expressions() -> st.SearchStrategy[str]:
    """SPARQL expressions, some of which are errors."""
    return st.recursive(
        st.sampled_from(VALUES),
        lambda inner: st.one_of(
            st.builds("({} {} {})".format, inner, st.sampled_from(BINARY), inner),
            st.builds("{} {} {}".format, st.sampled_from(VALUES), st.sampled_from(BINARY), inner),
            st.builds(str.format, st.sampled_from(CALLS), inner, inner, inner),
        ),
        max_leaves=8,
    )


@given(expressions(), expressions())
def test_the_meaning_stays(named: str, filtered: str) -> None:
    """Where the standard has a row, a value or none, the query that is sent has it, too."""
    query = (
        f"{PREFIXES}SELECT ?x ?y ?value {{ VALUES ?y {{ 7 2 }} ?x e:p ?seven "
        f"BIND({named} AS ?value) OPTIONAL {{ ?x e:q ?none }} FILTER({filtered}) }}"
    )
    try:
        expected = ask(query)
    except SyntaxError:  # such as `?x = 1 = 2`
        return

    assert ask(rewrite(query)) == expected


ORDERED = ['"b"', '"a"', '"a"@en', '"é"@lt', '""', "e:a", "e:b", "UNDEF"]
NUMBERS = ["7", "10", "2.5", "-1", "e:a", "UNDEF", '"1939-10-10"^^xsd:date']


@given(
    st.sampled_from([ORDERED, NUMBERS]).flatmap(
        lambda cells: st.lists(
            st.tuples(st.sampled_from(cells), st.sampled_from(cells)), max_size=6, unique=True
        )
    ),
    st.sampled_from(["?x ?y", "DESC(?x) ?y", "ASC(?y) DESC(?x)", "DESC(STR(?x)) ?x ?y"]),
)
def test_the_order_stays(rows: list[tuple[str, str]], keys: str) -> None:
    """Texts, addresses and nothing; numbers, addresses and nothing."""
    cells = " ".join(f"({x} {y})" for x, y in rows)
    query = f"{PREFIXES}SELECT ?x ?y {{ VALUES (?x ?y) {{ {cells} }} }} ORDER BY {keys}"
    sent = rewrite(query)

    assert sent != query
    assert ask(sent) == ask(query)


@given(
    st.lists(st.sampled_from(["?a", "?b", "?c", "e:a", "7"]), min_size=8, max_size=8),
    st.sampled_from(["", "OPTIONAL", "MINUS", "FILTER NOT EXISTS"]),
)
def test_a_minus_keeps_what_it_removes(terms: list[str], word: str) -> None:
    """In a group, and in a group within one."""
    a, b, c, d, e, f, g, h = terms
    rows = "VALUES ?a { e:a 7 } VALUES ?b { 7 8 }"
    inner = f"{{ {a} e:p {b} {word} {{ {c} e:p {d} MINUS {{ {e} e:p {f} }} }} }}"
    query = f"{PREFIXES}SELECT * {{ {rows} {inner} MINUS {{ {g} e:p {h} }} }}"
    try:
        expected = ask(query)
    except SyntaxError:  # a number as a subject
        return

    assert sorted(ask(rewrite(query))) == sorted(expected)


def paths() -> st.SearchStrategy[str]:
    """Property paths, some of which repeat."""
    return st.recursive(
        st.sampled_from(["e:p", "e:q", "<http://e/p>", "a", "!e:p", "!(e:p|^e:q)"]),
        lambda inner: st.one_of(
            st.builds("({}){}".format, inner, st.sampled_from("?*+")),
            st.builds("({}{}{})".format, inner, st.sampled_from("/|"), inner),
            st.builds("^({})".format, inner),
        ),
        max_leaves=5,
    )


@given(paths(), st.sampled_from(["", "?", "*", "+"]), st.sampled_from(["?y", "e:a", "7", "+7"]))
def test_a_path_that_repeats_keeps_its_rows(path: str, mark: str, end: str) -> None:
    """As often as before, whatever it is made of."""
    repeated = f"e:p{mark}/{path}" if mark else path
    query = f"{PREFIXES}SELECT * {{ VALUES ?x {{ e:a e:b }} ?x {repeated} {end} . ?x e:p ?z }}"

    assert sorted(ask(rewrite(query))) == sorted(ask(query))


@given(
    st.sampled_from(["e:p?", "e:p*", "e:p+", "(e:p|^e:p)?"]),
    st.sampled_from(["", "BIND(?x + 1 AS ?w)", "FILTER(?x = 7)", "MINUS { ?a e:q 7 }"]),
    st.permutations(["OPTIONAL { ?a e:p ?x }", "OPTIONAL { ?a e:q ?y }", "OPTIONAL { ?z e:p ?a }"]),
)
def test_braces_before_three_optionals_change_no_row(
    path: str, end: str, optionals: list[str]
) -> None:
    """Whatever follows them in the group."""
    query = (
        f"{PREFIXES}SELECT * {{ VALUES ?a {{ e:a e:b }} ?a {path} ?b {' '.join(optionals)} {end} }}"
    )
    sent = rewrite(query)

    assert sent != query
    assert sorted(ask(sent)) == sorted(ask(query))
