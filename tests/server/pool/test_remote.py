"""The remote engine: what the embedded one answers of the same release, whole or an error."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from loader.release.endpoint import Endpoint
from loader.release.opened import Release
from loader.release.push import push_release
from server.errors import (
    BadQueryError,
    ClientLeftError,
    QueryFailedError,
    QueryTimeoutError,
    RemoteAnswerError,
    ServerError,
    UnavailableError,
)
from server.pool.engine import StoreSpec
from server.pool.pool import Pool
from server.pool.process import WorkerProcess
from server.pool.remote import RemoteWorker
from server.pool.worker import Job
from server.release.store import build_release_store
from server.settings import Settings
from tests.loader.release.test_misbehaving import JSON, head, ok, serve_pieces
from tests.server_release import BASE, make_release
from tests.stores import STORES

G = f"{BASE}graph"
XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
PREFIX = f"PREFIX rdf: <{RDF}> PREFIX xsd: <{XSD}> PREFIX g: <{G}/> PREFIX e: <{BASE}id/> "
ROWS = 600


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Two graphs that share a triple, with every kind of term."""
    facts = [f'<{BASE}id/x{n}> <{BASE}id/p> "v{n}"' for n in range(ROWS)]
    values = ['"a\\"b\\\\c\\n–"@en', '"x"@lt', '"1"', '"t\\tab"']
    values += [
        f'"{text}"^^<{XSD}{kind}>'
        for text, kind in (
            ("true", "boolean"),
            ("12.5", "decimal"),
            ("7", "integer"),
            ("1920-07-12", "date"),
            ("20000", "double"),
            ("1920", "gYear"),
        )
    ]
    dated = [
        f'<{BASE}id/d{n}> <{BASE}id/on> "{1700 + n}-0{n % 9 + 1}-12"^^<{XSD}date>'
        for n in range(0, 300, 3)
    ]
    links = [f"<{BASE}id/q> <{BASE}id/v> {value}" for value in values]
    links += [f"_:c0 <{BASE}id/next> _:c1", f"<{BASE}id/q> <{BASE}id/of> <{G}/facts>", facts[0]]
    links += dated
    begin = "Talks of 1939 in Moscow on a treaty of mutual assistance and on bases, part"
    links += [f'<{BASE}id/q> <{BASE}id/said> "{begin} {7 * n % 40}"@en' for n in range(40)]
    graphs = {f"{G}/facts": facts, f"{G}/links": links}
    nq = "".join(f"{line} <{name}> .\n" for name, lines in graphs.items() for line in lines)
    nt = "".join(f"{line} .\n" for line in sorted({*facts, *links}))
    files = {"dumps/pacta.nq": nq.encode(), "dumps/pacta.nt": nt.encode()}
    return make_release(tmp_path_factory.mktemp("out"), files)


@contextlib.contextmanager
def open_pool(store: StoreSpec, remote: bool = True, **changes: object) -> Iterator[Pool]:
    """A pool with the store in use."""
    settings = Settings(workers=2, worker_stack_mib=64, worker_start_s=20.0, **changes)  # type: ignore[arg-type]
    pool = Pool(settings, RemoteWorker if remote else WorkerProcess)
    try:
        pool.use(store)
        yield pool
    finally:
        pool.close()


@pytest.fixture(scope="module")
def embedded(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    """The engine that is right."""
    with open_pool(spec(release, tmp_path_factory.mktemp("db")), remote=False) as pool:
        yield pool


@pytest.fixture(scope="module", params=sorted(STORES))
def remote(
    request: pytest.FixtureRequest, release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Pool, Endpoint]]:
    """A pool over each store of others that is there, the release pushed to it."""
    with STORES[request.param](tmp_path_factory.mktemp("store")) as endpoint:
        push_release(release, endpoint, 10_000, lambda text: None)
        with open_pool(
            StoreSpec("", release.id, BASE, union=True), endpoint=endpoint.query
        ) as pool:
            yield pool, endpoint


def spec(release: Release, folder: Path) -> StoreSpec:
    """The release's own store."""
    store = build_release_store(release.file("dumps/pacta.nq"), folder / "db")
    return StoreSpec(str(store), release.id, BASE, union=True)


def ask(
    pool: Pool,
    release: Release,
    query: str,
    form: str = "tsv",
    dataset: tuple[tuple[str, ...], tuple[str, ...]] | None = None,
    timeout_s: float = 20.0,
    gone: bool = False,
) -> bytes:
    """The bytes of an answer."""
    default, named = dataset or (None, None)
    job = Job(PREFIX + query, "SELECT" in query, form, default, named)
    store = pool._store
    assert store is not None
    answer = pool.run(store, job, client="me", timeout_s=timeout_s, left=lambda: gone)
    with contextlib.closing(answer):
        data = answer.body if isinstance(answer.body, bytes) else answer.body.read()
    assert len(data) == answer.size
    if answer.rows >= 0 and form == "tsv":
        assert answer.rows == data.count(b"\n") - 1
    return data


QUESTIONS = {
    "values": "SELECT ?o { e:q e:v ?o }",
    "count": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "shared once": "SELECT (COUNT(*) AS ?n) { e:x0 e:p ?o }",
    "graphs": "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    "graph by name": "SELECT ?o { GRAPH g:links { e:q e:v ?o } }",
    "graph by address": "SELECT (COUNT(*) AS ?n) { GRAPH <graph/facts> { ?s ?p ?o } }",
    "graph unknown": "SELECT ?s { GRAPH g:none { ?s ?p ?o } }",
    "graph that is a value": "SELECT ?g { e:q e:of ?g GRAPH ?g { e:x1 e:p ?o } }",
    "graph in a text": "SELECT ?g { GRAPH ?g { e:x1 ?p ?o } FILTER(STRENDS(STR(?g), 'facts')) }",
    "all variables": "SELECT * { GRAPH ?g { e:x0 ?p ?o } }",
    "graph in two places": "SELECT ?s { GRAPH ?g { ?s e:of ?g } }",
    "yes": "ASK { e:q e:v 7 }",
    "no": "ASK { e:q e:v 8 }",
    "unbound": "SELECT ?s ?u { ?s e:of ?o OPTIONAL { ?s e:none ?u } }",
    "division": "SELECT ?o (?o / 2 AS ?half) (FLOOR(?o / 2) AS ?low) { e:q e:v ?o FILTER(?o = 7) }",
    "booleans": "SELECT ?o (?o = 7 AS ?is) (! (?o = 7) AS ?not) { e:q e:v ?o FILTER(?o = 7) }",
    "blank or not": "SELECT ?s { ?s ?p ?o FILTER(isBlank(?s)) }",
    "addresses": "SELECT (COUNT(*) AS ?n) { ?s e:next|e:of ?o FILTER(isIRI(?s) && ! isBlank(?o)) }",
    "blank as a value": "SELECT ?s (isBlank(?s) AS ?b) (isURI(?s) AS ?i) { ?s e:next|e:of ?o }",
    "datatypes": "SELECT ?o (DATATYPE(?o) AS ?d) { e:q e:v|e:of ?o }",
    "texts with languages": "SELECT ?o { e:q e:v ?o FILTER(DATATYPE(?o) = rdf:langString) }",
    "path without ends": "SELECT ?a ?b { ?a e:of+ ?b }",
    "division by zero": "SELECT ?s (1 / ?n AS ?v) { ?s e:of ?o BIND(0 AS ?n) }",
    "least of texts": "SELECT (MIN(STR(?o)) AS ?a) (MAX(STR(?o)) AS ?b) { ?s e:p ?o }",
    "texts in order": "SELECT ?o { ?s e:p ?o } ORDER BY STR(?o) LIMIT 9 OFFSET 200",
    "long texts in order": "SELECT ?o { e:q e:said ?o } ORDER BY DESC(?o) LIMIT 9 OFFSET 7",
    "texts by number": """SELECT ?o (COUNT(?s) AS ?n) { ?s e:v|e:said ?o FILTER(LANG(?o) = "en") }
        GROUP BY ?o ORDER BY ?n ?o LIMIT 5 OFFSET 9""",
    "texts once": "SELECT DISTINCT ?o { ?s e:p|e:said ?o } ORDER BY ?o LIMIT 9 OFFSET 30",
    "bound once more": "SELECT ?s ?d { ?s e:on ?c OPTIONAL { ?s e:on ?d, ?b FILTER(?d >= ?b) } }",
    "path once": "SELECT DISTINCT ?b { e:q e:of* ?b }",
    "number of a kind": """SELECT ?o { e:q e:v ?o
        FILTER(STR(?o) = "7" && DATATYPE(?o) = xsd:integer) }""",
    "sum of nothing": "SELECT (COALESCE(SUM(?n), 0) AS ?sum) { ?s e:none ?n }",
    "language kept": """SELECT (STRLANG(REPLACE(STR(?o), "x", "y"), "lt") AS ?v)
        { e:q e:v ?o FILTER(LANG(?o) = "lt") }""",
    "a year": 'SELECT (STRDT("1939", xsd:gYear) AS ?v) { e:q e:of ?o }',
    "days alone": """SELECT ?o { e:q e:v ?o
        FILTER(DATATYPE(?o) = xsd:date && ?o < "1930-01-01"^^xsd:date) }""",
    "sum of booleans": "SELECT (SUM(IF(?o < 'v3', 1, 0)) AS ?n) { ?s e:p ?o }",
    "texts before": 'SELECT ?o { ?s e:p ?o FILTER(?o < "v3") }',
    "texts from": 'SELECT ?o { ?s e:p ?o FILTER("v57" <= ?o) }',
    "texts compared": 'SELECT ?o (?o > "v3" AS ?after) { ?s e:p ?o }',
    "days until": 'SELECT ?d { ?s e:on ?d FILTER(?d <= "1850-07-12"^^xsd:date) }',
    "days between": """SELECT ?s { ?s e:on ?d
        FILTER(?d > "1800-01-01"^^xsd:date && "1850-07-12"^^xsd:date >= ?d) }""",
    "days compared": """SELECT ?a ?b { ?a e:on ?d . ?b e:on ?c
        FILTER(?d <= ?c && ?c < "1730-01-01"^^xsd:date) }""",
    "bound in an arm": 'SELECT ?s (IF(BOUND(?end), "y", "n") AS ?is) ?in '
    "{ { ?s e:next ?x } UNION { ?s e:of ?x ; e:v ?in } OPTIONAL { ?s e:none ?end } }",
}


FAILING = ("graph that is a value", "path without ends", "division by zero")
"""What Virtuoso 7.2.5 cannot evaluate: an error, and no rows."""


def read_rows(data: bytes) -> list[str]:
    """The rows of SPARQL JSON, or its yes or no, in one order of rows and columns."""
    found = json.loads(data)
    if "boolean" in found:
        return [str(found["boolean"])]
    names = json.dumps(sorted(found["head"]["vars"]))
    return [names, *sorted(json.dumps(r, sort_keys=True) for r in found["results"]["bindings"])]


@pytest.mark.slow
@pytest.mark.parametrize("name", QUESTIONS)
def test_answers_are_those_of_the_embedded_engine(
    name: str, remote: tuple[Pool, Endpoint], embedded: Pool, release: Release
) -> None:
    """Same rows, same forms of literals, under the names of the release."""
    expected = ask(embedded, release, QUESTIONS[name], "json")
    if name in FAILING and remote[1].query.endswith("/sparql"):
        with pytest.raises(QueryFailedError, match="cannot evaluate the query: Virtuoso"):
            ask(remote[0], release, QUESTIONS[name])
        return
    found = ask(remote[0], release, QUESTIONS[name], "json")

    assert read_rows(found) == read_rows(expected)


@pytest.mark.slow
def test_triples_keep_their_blank_nodes(
    remote: tuple[Pool, Endpoint], embedded: Pool, release: Release
) -> None:
    """CONSTRUCT: the labels are those of the dumps."""
    query = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(?p != e:p) }"
    expected = ask(embedded, release, query, "ntriples")
    found = ask(remote[0], release, query, "ntriples")

    assert b"_:c0" in found
    assert sorted(found.splitlines()) == sorted(expected.splitlines())


@pytest.mark.slow
def test_the_dataset_of_a_request_counts(
    remote: tuple[Pool, Endpoint], embedded: Pool, release: Release
) -> None:
    """Graphs named in the request, known and unknown ones, and none at all."""
    each = "{ ?s ?p ?o BIND(0 AS ?g) } UNION { GRAPH ?g { ?s ?p ?o } }"
    query = f"SELECT ?g (COUNT(*) AS ?n) {{ {each} }} GROUP BY ?g"
    facts, links = f"{G}/facts", f"{G}/links"
    for dataset in (((facts,), ()), ((), (links,)), ((links,), (facts, f"{G}/none")), ((), ())):
        expected = ask(embedded, release, query, dataset=dataset)
        found = ask(remote[0], release, query, dataset=dataset)
        assert sorted(found.splitlines()) == sorted(expected.splitlines()), dataset


@pytest.mark.slow
def test_a_row_limit_of_the_store_is_an_error(
    remote: tuple[Pool, Endpoint], release: Release
) -> None:
    """All rows, or none of them: Virtuoso is set to give 2000, and tells it of tables alone."""
    pool, endpoint = remote
    pattern = "{ ?s e:p ?o . e:q e:v ?v }"
    rows = 10 * ROWS
    for query, form, lines in (
        (f"SELECT ?s {pattern}", "tsv", rows + 1),
        (f"CONSTRUCT {{ ?s e:made ?v }} WHERE {pattern}", "ntriples", rows),
    ):
        if endpoint.update.endswith("/update"):
            assert ask(pool, release, query, form).count(b"\n") == lines
        else:
            with pytest.raises(RemoteAnswerError, match="at most 2000 rows"):
                ask(pool, release, query, form)
            assert ask(pool, release, f"{query} LIMIT 1900", form).count(b"\n") in (1900, 1901)


@pytest.mark.slow
def test_errors_and_limits_are_those_of_the_embedded_engine(
    remote: tuple[Pool, Endpoint], release: Release
) -> None:
    """A syntax error has its place; a long query ends at its limit; a client that left frees it."""
    pool, _ = remote
    with pytest.raises(BadQueryError, match="line 1") as error:
        ask(pool, release, "SELECT ?s { ?s ?p }")
    assert error.value.line == 1
    killer = (
        "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?f && ?f != ?i) }"
    )
    start = time.monotonic()
    with pytest.raises(QueryTimeoutError):
        ask(pool, release, killer, timeout_s=1.0)
    with pytest.raises(ClientLeftError):
        ask(pool, release, killer, gone=True)
    assert time.monotonic() - start < 15
    assert ask(pool, release, "ASK { e:q e:v 7 }", "json").endswith(b"true}")
    assert pool.describe().killed == 2


@pytest.mark.slow
def test_a_release_that_goes_is_noticed(
    remote: tuple[Pool, Endpoint], release: Release, tmp_path: Path
) -> None:
    """The answer of a set that somebody removes is never passed on; a new push is taken."""
    from loader.release.endpoint import update
    from loader.release.pushed import ledger_of

    pool, endpoint = remote
    update(endpoint, f"DROP SILENT GRAPH <{ledger_of(BASE)}>")
    with pytest.raises(UnavailableError, match="no longer holds"):
        ask(pool, release, "ASK { e:q e:v 7 }", "json")
    push_release(release, endpoint, 10_000, lambda text: None)
    assert ask(pool, release, "ASK { e:q e:v 7 }", "json").endswith(b"true}")


# ---- endpoints that misbehave -----------------------------------------------------------------

TABLE = (
    '{"head": {"vars": ["s"]}, "results": {"bindings": [{"s": {"type": "uri", "value": "u:a"}}]}}'
)
NT = "application/n-triples"
TRIPLE = "<urn:a> <urn:b> <urn:c> .\n"
ENDLESS = [head("200 OK", NT, None), TRIPLE.encode()]
CHUNKED = "Transfer-Encoding: chunked"
BROKEN: dict[str, tuple[str, list[bytes], type[ServerError]]] = {
    "cut off": ("tsv", ok(TABLE[:60]), RemoteAnswerError),
    "shorter than its length": ("tsv", [head("200 OK", JSON, 500), b"{"], RemoteAnswerError),
    "a chunk that breaks off": (
        "tsv",
        [head("200 OK", JSON, None, CHUNKED), b"ff\r\n{"],
        RemoteAnswerError,
    ),
    "no last chunk": (
        "tsv",
        [head("200 OK", JSON, None, CHUNKED), f"{len(TABLE):x}\r\n{TABLE}\r\n".encode()],
        RemoteAnswerError,
    ),
    "a time-out told as 200": (
        "tsv",
        ok(TABLE[:-3] + "The SPARQL operation has been cancelled"),
        RemoteAnswerError,
    ),
    "a page": ("tsv", ok("<!DOCTYPE html><p>Sign in", "text/html"), RemoteAnswerError),
    "another type": ("tsv", ok("s\nu:a\n", "text/csv"), RemoteAnswerError),
    "yes to a table": ("tsv", ok('{"head": {}, "boolean": true}'), RemoteAnswerError),
    "more after the end": ("tsv", ok(TABLE + "{}"), RemoteAnswerError),
    "a row limit": ("tsv", ok(TABLE, JSON, "X-SPARQL-MaxRows: 1"), RemoteAnswerError),
    "a part, by its headers": (
        "tsv",
        ok(TABLE, JSON, "X-SQL-State: S1TAT", "X-SQL-Message: stopped by timeout"),
        QueryTimeoutError,
    ),
    "packed": ("tsv", ok(TABLE, JSON, "Content-Encoding: gzip"), RemoteAnswerError),
    "triples without an end": (
        "ntriples",
        [head("200 OK", NT, None), TRIPLE.encode()],
        RemoteAnswerError,
    ),
    "triples cut off": ("ntriples", ok(TRIPLE + "<urn:a> <ur", NT), RemoteAnswerError),
    "triples and a message": ("ntriples", ok(TRIPLE + "The SPARQL oper", NT), RemoteAnswerError),
    "refused": ("tsv", [head("400 Bad", "text/plain", 2), b"no"], QueryFailedError),
    "forbidden": ("tsv", [head("403 Forbidden", "text/plain", 2), b"no"], UnavailableError),
    "elsewhere": ("tsv", [head("302 Found", "", 0, "Location: /x")], UnavailableError),
    "an error": ("tsv", [head("500 Oops", "text/plain", 4), b"oops"], UnavailableError),
}


@pytest.mark.parametrize("name", BROKEN)
def test_an_answer_that_is_not_whole_is_an_error(name: str) -> None:
    """Whatever the store sends in place of an answer, the next query is answered."""
    form, pieces, kind = BROKEN[name]
    broken = {"on": True}

    def choose(body: bytes) -> list[bytes]:
        query = parse_qs(body.decode())["query"][0]
        if "?mark" in query:
            return ok(json.dumps(table("mark", "m1")))
        if "isPartOf" in query:
            return ok(json.dumps(table("g", f"{G}/facts?release=R")))
        return pieces if broken["on"] else ok(TABLE)

    query = "SELECT ?s { ?s ?p ?o }" if form == "tsv" else "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"
    store = StoreSpec("", "R", BASE, union=True)
    with serve_pieces(choose) as address, open_pool(store, endpoint=address) as pool:
        job = Job(query, form == "tsv", form)
        with pytest.raises(ServerError) as error:
            pool.run(store, job, client="me", timeout_s=10.0)
        assert type(error.value) is kind
        broken["on"] = False
        job = Job("SELECT ?s { ?s ?p ?o }", True, "tsv")
        answer = pool.run(store, job, client="me", timeout_s=10.0)
        assert (answer.rows, answer.body) == (1, b"?s\n<u:a>\n")


def table(name: str, value: str) -> dict[str, object]:
    """SPARQL JSON of one row."""
    rows = [{name: {"type": "literal", "value": value}}]
    return {"head": {"vars": [name]}, "results": {"bindings": rows}}
