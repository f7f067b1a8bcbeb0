"""What holds answers: the spool, its budget, the cache of answers, the counting of rows."""

from __future__ import annotations

import io
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import ResultTooLargeError, SpoolFullError
from server.http.answer_cache import AnswerCache
from server.pool.rowcount import make_counter
from server.pool.spool import Answer, Spool, SpoolBudget, SpoolFile

FORMATS = {
    "json": ox.QueryResultsFormat.JSON,
    "xml": ox.QueryResultsFormat.XML,
    "csv": ox.QueryResultsFormat.CSV,
    "tsv": ox.QueryResultsFormat.TSV,
}
TRICKY = (
    '"',
    "\\",
    "{",
    "}",
    "{}",
    ",{",
    ":",
    "[",
    ",",
    "\n",
    "\r",
    "<result>",
    "},{",
    "[{",
    " ",
    "é",
    "''",
    "a",
)


def spool(tmp_path: Path, memory: int, most: int, budget: SpoolBudget) -> Spool:
    """A spool with these limits."""
    return Spool(memory, most, budget, tmp_path)


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 500])
def test_spool_gives_back_what_it_took(tmp_path: Path, size: int) -> None:
    """In memory up to its limit, then in a file without a name; the budget is whole at the end."""
    budget = SpoolBudget(1000)
    held = spool(tmp_path, 10, 1000, budget)
    data = bytes(range(256)) * 2
    for start in range(0, size, 7):
        held.write(data[start : min(start + 7, size)])
    answer = held.finish("00", 3)
    held.drop()

    assert isinstance(answer.body, bytes) == (size <= 10)
    body = answer.body if isinstance(answer.body, bytes) else answer.body.read()
    assert (body, answer.size, answer.rows) == (data[:size], size, 3)
    assert budget.used_bytes == (0 if size <= 10 else size)
    assert list(tmp_path.iterdir()) == []
    if isinstance(answer.body, SpoolFile):
        answer.body.close()
        answer.body.close()
    assert budget.used_bytes == 0


def test_spool_limits(tmp_path: Path) -> None:
    """One answer's size and all files' together; what was dropped counts no more."""
    budget = SpoolBudget(100)
    too_large = spool(tmp_path, 10, 50, budget)
    too_large.write(b"x" * 50)
    with pytest.raises(ResultTooLargeError):
        too_large.write(b"x")
    second = spool(tmp_path, 10, 500, budget)
    with pytest.raises(SpoolFullError):
        second.write(b"x" * 60)
    too_large.drop()
    second.write(b"x")
    second.drop()

    assert budget.used_bytes == 0


def test_answers_kept_for_later_make_room(tmp_path: Path) -> None:
    """Before an answer is refused for want of room, those in the cache are given up."""
    cache = AnswerCache(10_000)
    budget = SpoolBudget(1000, lambda: cache.drop(lambda _, each: each.in_file))
    for number in range(4):
        kept = spool(tmp_path, 10, 1000, budget)
        kept.write(b"x" * 250)
        answer = kept.finish("00", 1)
        cache.put(("s", f"q{number}"), answer.share(), answer.size)
        answer.close()
        del answer
    assert budget.used_bytes == 1000
    held = spool(tmp_path, 10, 1000, budget)
    held.write(b"y" * 400)

    assert budget.used_bytes == 400
    assert cache.size_bytes == 0
    with pytest.raises(SpoolFullError):
        spool(tmp_path, 10, 1000, budget).write(b"z" * 700)
    held.drop()


def test_full_disk_is_an_error_of_ours() -> None:
    """A folder that cannot be written to is a full spool; the budget stays whole."""
    budget = SpoolBudget(1000)
    held = Spool(0, 1000, budget, Path("/nowhere/at/all"))
    with pytest.raises(SpoolFullError):
        held.write(b"x")
    held.drop()

    assert budget.used_bytes == 0


def make_file(folder: Path, size: int, budget: SpoolBudget) -> SpoolFile:
    """A finished answer in a file."""
    spool = Spool(0, size, budget, folder)
    spool.write(b"x" * size)
    body = spool.finish("", 1).body
    assert isinstance(body, SpoolFile)
    return body


def test_cache_is_bounded_and_keeps_what_is_used(tmp_path: Path) -> None:
    """The least recently used leaves; the sum never passes the limit; a file stays a file."""
    cache = AnswerCache(40_000)
    for number in range(40):
        cache.put(("s", f"q{number}"), Answer(b"x" * 1500, 1500, "", 1), 1500)
        assert cache.size_bytes <= 40_000
        assert cache.get(("s", "q0")) is not None
    budget = SpoolBudget(40_000)
    for name, size in (("file", 1000), ("large", 9000)):
        answer = Answer(make_file(tmp_path, size, budget), size, "", 1)
        cache.put(("s", name), answer.share(), size)
        answer.close()
        del answer

    assert cache.get(("s", "q1")) is None
    assert cache.get(("s", "q39")) is not None
    assert cache.get(("s", "large")) is None
    for _ in range(2):
        kept = cache.get(("s", "file")).share()
        assert kept.body.read() == b"x" * 1000
    assert budget.used_bytes == 1000
    cache.forget("s")
    assert (cache.size_bytes, cache.get(("s", "q0"))) == (0, None)
    kept.close()
    del kept
    assert budget.used_bytes == 0


def test_cache_of_nothing() -> None:
    """With no room nothing is kept."""
    cache = AnswerCache(0)
    cache.put(("s", "q"), b"", 0)

    assert cache.get(("s", "q")) is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 900)), max_size=60))
def test_cache_counts_what_it_holds(puts: list[tuple[str, int]]) -> None:
    """After any sequence of puts the size is within the limit, and all is gone when forgotten."""
    cache = AnswerCache(8 * 1400)
    for name, size in puts:
        cache.put(("s", name), size, size)
        assert cache.size_bytes <= 8 * 1400
        if size + 502 <= 1400:  # an eighth of the room, with key and overhead
            assert cache.get(("s", name)) == size
    cache.forget("s")

    assert (len(cache), cache.size_bytes) == (0, 0)


@given(
    st.lists(st.lists(st.sampled_from(TRICKY), max_size=6).map("".join), max_size=6),
    st.sampled_from(sorted(FORMATS)),
    st.integers(1, 9),
    st.sampled_from(
        [
            "SELECT ?o ?s { ?s ?p ?o }",
            "SELECT ?z { ?s ?p ?o }",
            "SELECT ?z ?o { ?s ?p ?o }",
            "SELECT ?z { ?s ?p ?o OPTIONAL { ?s ?p ?z FILTER(STRLEN(?z) > 2) } }",
            "SELECT ?t { ?s ?p ?o BIND(IF(STRLEN(?o) > 2, TRIPLE(?s, ?p, ?o), ?none) AS ?t) }",
        ]
    ),
)
def test_rows_are_counted_exactly(texts: list[str], form: str, step: int, query: str) -> None:
    """Whatever stands in the cells, and however the bytes are cut."""
    store = ox.Store()
    for number, text in enumerate(texts):
        subject = ox.NamedNode(f"http://e/{number}")
        store.add(ox.Quad(subject, ox.NamedNode("http://e/p"), ox.Literal(text)))
    results = store.query(query)
    assert isinstance(results, ox.QuerySolutions)
    written = io.BytesIO()
    results.serialize(written, FORMATS[form])
    counter = make_counter(form, is_table=True)
    data = written.getvalue()
    for start in range(0, len(data), step):
        counter.feed(data[start : start + step])

    assert counter.rows == len(texts)


def test_what_is_no_table_has_no_rows() -> None:
    """-1, whatever passes."""
    counter = make_counter("json", is_table=False)
    counter.feed(b'{"head":{},"boolean":true}')

    assert counter.rows == -1
