"""Queries that hurt: by kind, at least twenty of each, no two the same text.

Each kind says what a good endpoint may answer: 200 where the query is merely large, 400 where it
can never be run, 503 where it runs into a limit or ends its worker.
"""

from __future__ import annotations

from collections.abc import Callable

COUNT = 20


def _cross(number: int) -> str:
    width = 4 + number % 5
    pattern = " ".join(f"?a{i} ?b{i} ?c{i} ." for i in range(width))
    head = ("(COUNT(*) AS ?n)", "DISTINCT ?a0 ?a1", "*", "(SUM(STRLEN(STR(?c1))) AS ?n)")[
        number % 4
    ]
    return f"SELECT {head} {{ {pattern} }} # {number}"


def _order(number: int) -> str:
    keys = " ".join(f"?c{i}" for i in range(1 + number % 3))
    pattern = " ".join(f"?a{i} ?b{i} ?c{i} ." for i in range(4))
    return f"SELECT * {{ {pattern} }} ORDER BY {keys} LIMIT {number + 1}"


def _group(number: int) -> str:
    pattern = " ".join(f"?a{i} ?b{i} ?c{i} ." for i in range(4))
    return f"SELECT ?a0 ?a1 ?c2 (COUNT(*) AS ?n) {{ {pattern} }} GROUP BY ?a0 ?a1 ?c2 # {number}"


def _path(number: int) -> str:
    path = ("(!<urn:x>)*", "(<urn:p>|!<urn:q>)+", "(!<urn:x>/!<urn:y>)*", "(^!<urn:x>|!<urn:z>)*")
    first, second = path[number % 4], path[(number + 1) % 4]
    pattern = f"?a {first} ?b . ?b {second} ?c . ?d ?e ?f"
    return f"SELECT (COUNT(*) AS ?n) {{ {pattern} }} # {number}"


def _concat(number: int) -> str:
    steps = 40 + number
    binds = " ".join(f"BIND(CONCAT(?x{i}, ?x{i}) AS ?x{i + 1})" for i in range(steps))
    return f'SELECT (STRLEN(?x{steps}) AS ?n) {{ BIND("0123456789" AS ?x0) {binds} }}'


def _values(number: int) -> str:
    block = " ".join(str(i) for i in range(40))
    lists = " ".join(f"VALUES ?v{i} {{ {block} }}" for i in range(8))
    never = f"FILTER(?v0 + ?v1 + ?v2 + ?v3 = ?v4 - ?v5 - ?v6 - ?v7 - {100 + number})"
    return f"SELECT (COUNT(*) AS ?n) {{ {lists} {never} }}"


def _wide_values(number: int) -> str:
    return f"SELECT * {{ VALUES ?v {{ {' '.join(str(i) for i in range(20_000 + number))} }} }}"


def _union(number: int) -> str:
    count = 300 + 40 * number
    return "SELECT * { " + " UNION ".join(f"{{ ?s ?p {i} }}" for i in range(count)) + " }"


def _parens(number: int) -> str:
    depth = 250 + 600 * number
    return f"SELECT * {{ BIND({'(' * depth}1{')' * depth} AS ?x) }}"


def _braces(number: int) -> str:
    depth = 250 + 600 * number
    return f"SELECT * {'{' * depth} ?s ?p ?o {'}' * depth}"


def _chain(number: int) -> str:
    mark = ("||", "&&", "+", "*")[number % 4]
    return f"SELECT * {{ ?s ?p ?o FILTER({f' {mark} '.join(['?o'] * (600 + 100 * number))}) }}"


def _not(number: int) -> str:
    return f"SELECT * {{ ?s ?p ?o FILTER({'!' * (600 + 500 * number)}?o) }}"


def _patterns(number: int) -> str:
    return f"SELECT * {{ {' '.join(f'?a{i} ?b{i} ?a{i + 1} .' for i in range(90 + 10 * number))} }}"


def _regex(number: int) -> str:
    bombs = ("(a+)+$", "(a|aa)+$", "(.*a){20}", "(x+x+)+y", "([a-z]+)*[0-9]", "a{1,500}{1,500}")
    text = "a" * (20_000 + 100 * number)
    return (
        f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o . ?a ?b ?c . "
        f'FILTER(REGEX(CONCAT("{text}", STR(?o)), "{bombs[number % 6]}")) }}'
    )


def _replace(number: int) -> str:
    steps = 10 + number
    binds = " ".join(
        f'BIND(REPLACE(?x{i}, ".", "$0$0$0$0$0$0$0$0") AS ?x{i + 1})' for i in range(steps)
    )
    return f'SELECT (STRLEN(?x{steps}) AS ?n) {{ BIND("0123456789" AS ?x0) {binds} }}'


KINDS: dict[str, tuple[Callable[[int], str], frozenset[int]]] = {
    "cross product": (_cross, frozenset({503})),
    "order by": (_order, frozenset({503})),
    "group by": (_group, frozenset({503})),
    "path": (_path, frozenset({200, 503})),
    "concat": (_concat, frozenset({200, 503})),
    "values": (_values, frozenset({503})),
    "wide values": (_wide_values, frozenset({200})),
    "union": (_union, frozenset({200, 503})),
    "deep brackets": (_parens, frozenset({400})),
    "deep braces": (_braces, frozenset({400})),
    "operator chain": (_chain, frozenset({200, 503})),
    "negation chain": (_not, frozenset({200, 503})),
    "many patterns": (_patterns, frozenset({200, 503})),
    "regex": (_regex, frozenset({200, 400, 422, 503})),
    "replace": (_replace, frozenset({200, 503})),
}
"""Kind → the n-th query of it, and the statuses that are clean answers to it."""
