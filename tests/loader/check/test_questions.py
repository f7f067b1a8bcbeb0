"""Questions: run as written, compared row by row, and a failure shows what differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from loader.check.questions import (
    Question,
    check_questions,
    read_questions,
    run_question,
    write_rows,
)
from loader.errors import ConformanceError, WorkspaceError
from loader.release.store import QueryError, Store

BASE = "http://localhost:8000/"
DATA = """
<http://localhost:8000/id/a> <https://w3id.org/pacta/ns#p> "x\\ty"@en <http://localhost:8000/graph/one> .
<http://localhost:8000/id/a> <https://w3id.org/pacta/ns#p> "5"^^<http://www.w3.org/2001/XMLSchema#integer> <http://localhost:8000/graph/one> .
<http://localhost:8000/id/a> <https://w3id.org/pacta/ns#p> "1920-07-12"^^<http://www.w3.org/2001/XMLSchema#date> <http://localhost:8000/graph/two> .
<http://localhost:8000/id/a> <https://w3id.org/pacta/ns#p> "5"^^<http://www.w3.org/2001/XMLSchema#integer> <http://localhost:8000/graph/two> .
<http://localhost:8000/id/a> <https://w3id.org/pacta/ns#q> <https://w3id.org/pacta/vocab/rank/normal> <http://localhost:8000/graph/two> .
<http://localhost:8000/id/a> <https://w3id.org/pacta/ns#q> <https://example.org/x> <http://localhost:8000/graph/two> .
"""  # noqa: E501 - statements


@pytest.fixture
def store() -> Store:
    """A store with two graphs."""
    made = Store()
    made.load(DATA)
    union = {line.rpartition(" <")[0] + " .\n" for line in DATA.splitlines() if line}
    made.load("".join(union), "nt")
    return made


def question(folder: Path, query: str, rows: str | None = None, name: str = "q") -> Question:
    """Write a question and read it."""
    (folder / f"{name}.rq").write_text(f"# title: What?\n# facts: F1 F2\n{query}\n")
    if rows is not None:
        (folder / f"{name}.tsv").write_text(rows)
    (found,) = (q for q in read_questions(folder) if q.path.stem == name)
    return found


def test_question_is_read_with_its_header(tmp_path: Path) -> None:
    """Title and facts, continued over lines; the text is the whole file."""
    (tmp_path / "a.rq").write_text("# title: One\n#   and two?\n# facts: F1\n#  F2\nASK {}\n")

    (found,) = read_questions(tmp_path)

    assert found.title == "One and two?"
    assert found.facts == ("F1", "F2")
    assert found.rows_path.name == "a.tsv"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.rq", "ASK {}", "a.rq:1:1: the query has no title"),
        ("a.rq", "# titel: x\nASK {}", "a.rq:1:3: unknown key 'titel'"),
        ("a.rq", "\n# title: x\nASK {}", "no title"),
        ("a.tsv", "?answer\ntrue\n", "a.rq is missing"),
    ],
)
def test_question_with_a_wrong_header_is_refused(
    tmp_path: Path, name: str, text: str, message: str
) -> None:
    """File, line and what is expected."""
    (tmp_path / name).write_text(text)

    with pytest.raises(WorkspaceError) as error:
        read_questions(tmp_path)

    assert message in str(error.value)


def test_question_rows_are_in_the_documented_notation(tmp_path: Path, store: Store) -> None:
    """Relative addresses, prefixes, numbers, escapes, unbound variables; union without doubles."""
    asked = question(tmp_path, "SELECT ?s ?o ?u { ?s ?p ?o OPTIONAL { ?s <x:none> ?u } }")

    head, rows = run_question(asked, store, BASE)

    assert head == "?s\t?o\t?u"
    assert sorted(rows) == [
        '<id/a>\t"1920-07-12"^^xsd:date\t',
        '<id/a>\t"x\\ty"@en\t',
        "<id/a>\t5\t",
        "<id/a>\t<https://example.org/x>\t",
        "<id/a>\trank:normal\t",
    ]


def test_question_has_the_base_in_front(tmp_path: Path, store: Store) -> None:
    """Relative names work, and an ASK is a table of one row."""
    asked = question(tmp_path, "PREFIX p: <https://w3id.org/pacta/ns#> ASK { <id/a> p:p 5 }")

    assert run_question(asked, store, BASE) == ("?answer", ["true"])


def test_question_with_from_sees_that_graph_only(tmp_path: Path, store: Store) -> None:
    """The union is used only where the query names no dataset."""
    asked = question(tmp_path, "SELECT (COUNT(*) AS ?n) FROM <graph/one> { ?s ?p ?o }")

    assert run_question(asked, store, BASE)[1] == ["2"]


def test_questions_pass_whatever_the_order_without_order_by(tmp_path: Path, store: Store) -> None:
    """Rows are a bag, unless the query sorts."""
    rows = "?o\nrank:normal\n<https://example.org/x>\n"
    query = "PREFIX p: <https://w3id.org/pacta/ns#> SELECT ?o { <id/a> p:q ?o }"
    free = question(tmp_path, query, rows, "free")
    ordered = question(tmp_path, f"{query} ORDER BY ?o", rows, "ordered")

    check_questions([free], store, BASE)
    with pytest.raises(ConformanceError, match="another order"):
        check_questions([ordered], store, BASE)


def test_headings_are_as_many_as_the_columns(tmp_path: Path, store: Store) -> None:
    """The line in the file, and what to word."""
    header = "# title: x\n# columns: a,\n#  b\n# columns@lt: c,\n"
    (tmp_path / "a.rq").write_text(header + "SELECT ?n ?m { VALUES (?n ?m) { (1 2) } }")
    (tmp_path / "a.tsv").write_text("?n\t?m\n1\t2\n")

    with pytest.raises(ConformanceError, match=r"a.rq:4:1: 'x': 1 heading for 2 columns") as error:
        check_questions(read_questions(tmp_path), store, BASE)
    assert "Word each of ?n, ?m" in str(error.value.hint)


def test_questions_that_fail_show_the_difference(tmp_path: Path, store: Store) -> None:
    """Every failing query, with its file, title and the rows; rows may come twice."""
    query = "SELECT ?n { VALUES ?n { 1 1 2 } }"
    questions = [
        question(tmp_path, query, "?n\n1\n2\n3\n", "a"),
        question(tmp_path, query, "?n\n1\n2\n1\n", "b"),
        question(tmp_path, query, "?m\n1\n2\n1\n", "c"),
        question(tmp_path, query, None, "d"),
    ]

    with pytest.raises(ConformanceError) as error:
        check_questions(questions, store, BASE)

    text = str(error.value)
    assert "a.rq: 'What?': missing: 1 row; not expected: 1 row" in text
    assert "  -3\n" in text
    assert "  +1\n" in text
    assert "b.rq" not in text
    assert "c.rq: 'What?': the columns are '?n', expected '?m'" in text
    assert "d.tsv is missing" in text
    assert error.value.exit_code == 1


def test_questions_long_differences_say_how_much_is_not_shown(tmp_path: Path, store: Store) -> None:
    """Never cut in silence."""
    values = " ".join(map(str, range(50)))
    asked = question(tmp_path, f"SELECT ?n {{ VALUES ?n {{ {values} }} }}", "?n\n")

    with pytest.raises(ConformanceError, match=r"… and \d+ more lines"):
        check_questions([asked], store, BASE)


def test_question_that_does_not_parse_names_file_line_and_column(
    tmp_path: Path, store: Store
) -> None:
    """The base in front does not shift the lines."""
    asked = question(tmp_path, "SELECT * {\n  ?s ?p ?o }\n}")

    with pytest.raises(QueryError) as error:
        run_question(asked, store, BASE)

    assert "q.rq:6:1: expected" in str(error.value)


def test_questions_rows_are_written_once(tmp_path: Path, store: Store) -> None:
    """`--accept` writes what passes then, and nothing the second time."""
    asked = question(tmp_path, "SELECT ?n { VALUES ?n { 2 1 } }")

    assert write_rows([asked], store, BASE) == [asked.rows_path]
    assert write_rows([asked], store, BASE) == []
    assert asked.rows_path.read_text() == "?n\n1\n2\n"
    check_questions([asked], store, BASE)
