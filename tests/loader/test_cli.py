"""The commands as people run them: what they print, where, and how they end."""

from __future__ import annotations

import importlib
import io
import os
import pkgutil
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

import loader
from loader.asking import format_table
from loader.cli import COMMANDS
from loader.errors import LoaderError
from loader.options import SettingError, read_settings
from loader.release.manifest import Manifest
from loader.release.opened import current_release
from loader.settings import Settings
from loader.terminal import EXIT_BUG, run_safely
from loader.workspace import Workspace
from tests.live import start_server
from tests.loader.release.test_push import endpoint
from tests.places import ROOT
from tests.sample import sample
from tests.server_release import make_release
from tests.skips import needs
from tests.tinybuild import BASE, copy_tiny

PACTA = ROOT / "pacta.py"


def run(*arguments: object, cwd: Path = ROOT, **environment: str) -> tuple[int, str, str]:
    """Run the program as a user would; return exit code, output and errors."""
    done = subprocess.run(
        [sys.executable, PACTA, *map(str, arguments)],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def run_on_terminal(*arguments: object, **environment: str) -> str:
    """Run the program on a terminal; return everything it wrote there."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, PACTA, *map(str, arguments)],
        stdout=theirs,
        stderr=theirs,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "xterm", **environment},
    ):
        os.close(theirs)
        text = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            text += part
    os.close(ours)
    return text.decode()


@pytest.fixture
def copied(tmp_path: Path) -> tuple[Workspace, Path]:
    """A copy of the tiny workspace and its releases."""
    return copy_tiny(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", sample([command.name for command in COMMANDS], 6))
def test_cli_help_has_examples(name: str) -> None:
    """Each command explains itself, with lines to copy."""
    code, out, errors = run(name, "--help")

    assert (code, errors) == (0, "")
    assert "examples:\n  pacta " in out or "examples:\n  PACTA_" in out


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [[], ["bild"], ["build", "--nonsense"], ["diff", "one"]])
def test_cli_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    """With the usage, on the error stream."""
    code, out, errors = run(*arguments)

    assert (code, out) == (2, "")
    assert errors.startswith("usage: pacta")


@pytest.mark.slow
def test_cli_build_tells_on_a_terminal(copied: tuple[Workspace, Path], tmp_path: Path) -> None:
    """On a terminal each stage with its time, in colour unless that is not wanted."""
    workspace, _ = copied
    command = ["build", "--workspace", workspace.root]

    seen = run_on_terminal(*command, "--out", tmp_path / "seen")
    plain = run_on_terminal(*command, "--out", tmp_path / "plain", NO_COLOR="1")

    for stage in ("read", "graph", "reason", "validate", "describe", "questions", "write"):
        assert re.search(rf"  {stage} .* [0-9]+\.[0-9][0-9] s", seen)
    assert "\x1b[" in seen
    assert "\x1b[" not in plain


@pytest.mark.slow
def test_cli_build_with_another_base_is_another_release(
    copied: tuple[Workspace, Path], tmp_path: Path
) -> None:
    """By option or environment; the option wins. A pipe gets one line: the folder."""
    workspace, out = copied
    command = ["build", "--workspace", workspace.root, "--out", tmp_path / "fresh"]

    code, printed, errors = run(*command, PACTA_BASE="https://treaties.example.org/x/")

    release = current_release(tmp_path / "fresh")
    assert (code, errors) == (0, "")
    assert printed == f"{tmp_path / 'fresh' / 'releases' / release.id}\n"
    assert release.manifest.base == "https://treaties.example.org/x/"
    assert release.id != current_release(out).id
    code, _, errors = run(*command, "--base", "no address", PACTA_BASE=BASE)
    assert code == 2
    assert "base 'no address' cannot carry addresses" in errors


@pytest.mark.slow
def test_cli_errors_name_the_place_and_end_with_their_code(
    copied: tuple[Workspace, Path],
) -> None:
    """Bad input 2, with file, line, column, and what to do; nothing on the output."""
    workspace, out = copied
    file = workspace.seeds / "parties" / "parties.yaml"
    file.write_text(file.read_text().replace("type: Party", "type: Partie", 1))

    code, printed, errors = run("build", "--out", out, cwd=workspace.root)

    assert (code, printed) == (2, "")
    assert re.match(r"seeds/parties/parties\.yaml:\d+:\d+: unknown class 'Partie'\n  ", errors)


@pytest.mark.slow
def test_cli_check_writes_nothing(copied: tuple[Workspace, Path]) -> None:
    """Neither in the workspace nor where releases are; one line at the end."""
    workspace, out = copied
    before = {p: p.stat().st_mtime_ns for p in workspace.root.parent.rglob("*")}

    code, printed, _ = run("check", "--workspace", workspace.root)

    assert code == 0
    assert printed.startswith(f"{current_release(out).id}: ")
    assert " 0 violations" in printed
    assert {p: p.stat().st_mtime_ns for p in workspace.root.parent.rglob("*")} == before


@pytest.mark.slow
def test_cli_check_fails_with_1_where_a_question_gets_other_rows(
    copied: tuple[Workspace, Path],
) -> None:
    """The difference is shown; --accept writes the rows and all is well."""
    workspace, _ = copied
    rows = workspace.queries / "treaties.tsv"
    right = rows.read_text()
    rows.write_text(right + "<id/treaty/none>\t\n")

    code, _, errors = run("check", "--workspace", workspace.root)

    assert code == 1
    assert "treaties.rq: 'Treaties and" in errors
    assert "-<id/treaty/none>" in errors
    code, printed, _ = run("check", "--accept", "--workspace", workspace.root)
    assert (code, rows.read_text()) == (0, right)
    assert f"written: {rows}" in printed


@pytest.mark.slow
def test_cli_expand_prints_one_file_in_full(copied: tuple[Workspace, Path]) -> None:
    """Plain YAML-LD; a file that is not there is bad input."""
    workspace, _ = copied
    file = workspace.seeds / "persons" / "ruun.yaml"

    code, printed, errors = run("check", "--workspace", workspace.root, "--expand", file)

    assert (code, errors) == (0, "")
    assert printed.startswith("'@context':")
    assert "id: person/ruun" in printed
    assert run("check", "--workspace", workspace.root, "--expand", "none.yaml")[0] == 2


@pytest.mark.slow
def test_cli_verify_and_locate(copied: tuple[Workspace, Path]) -> None:
    """Passages are found again; a changed document is 1; words give their reference."""
    workspace, _ = copied
    both = ["--workspace", workspace.root, "--documents", workspace.root / "documents"]
    document = workspace.root / "documents" / "900_tiny.txt"
    words = document.read_text()[:12]

    assert run("verify", *both)[0] == 0
    code, printed, _ = run("locate", "900", words, *both)
    assert (code, printed) == (0, "900@0-12\n")
    code, _, errors = run("locate", "900", "words that are not there", *both)
    assert code == 2
    assert "does not have these words" in errors
    document.write_text("x" + document.read_text())
    assert run("verify", *both)[0] == 1


@pytest.mark.slow
def test_cli_use_lists_and_chooses(tmp_path: Path) -> None:
    """The one in use is marked; a damaged one is refused; where there is none, that is told."""
    code, printed, errors = run("use", "--out", tmp_path)
    assert (code, printed) == (0, "")
    assert "no release is kept here; `pacta build` makes one" in errors
    old = make_release(tmp_path, {"a": b"1"}, counts={"triples": 7})
    new = make_release(tmp_path, {"a": b"2"})

    assert f"* {new.id}  2026-01-01" in run("use", "--out", tmp_path)[1]
    code, printed, _ = run("use", old.id, "--out", tmp_path)
    assert (code, printed) == (0, f"in use: {old.path}\n")
    new.file("a").write_bytes(b"3")
    code, _, errors = run("use", new.id, PACTA_OUT=str(tmp_path))
    assert (code, current_release(tmp_path)) == (2, old)
    assert "SHA-256" in errors


@pytest.mark.slow
def test_cli_diff_prints_what_changed(tmp_path: Path) -> None:
    """By entity, with a sum; the description of the release only when asked."""
    line = '<{}id/treaty/t> <urn:p> "{}" <{}graph/{}> .\n'
    lines = [line.format(BASE, n, BASE, g) for n, g in ((1, "facts"), (2, "about"))]
    one = make_release(tmp_path, {"dumps/pacta.nq": lines[0].encode()})
    two = make_release(tmp_path, {"dumps/pacta.nq": lines[1].encode()})

    code, printed, _ = run("diff", one.id, two.id, "--out", tmp_path)

    assert code == 0
    assert printed.splitlines() == [
        "treaty/t",
        '  - <urn:p> "1"  [facts]',
        "1 added, 1 removed (1 of them in the description of the release: --all)",
    ]


@pytest.mark.slow
def test_cli_query_asks_a_release(copied: tuple[Workspace, Path]) -> None:
    """A query or a file, tables for people, formats for programs, the union as default graph."""
    workspace, out = copied
    place = ["--out", out]

    code, printed, errors = run("query", workspace.queries / "treaties.rq", *place)
    assert (code, errors) == (0, "")
    assert printed.splitlines()[0].split() == ["treaty", "date"]
    assert re.search(r"\(\d+ rows?\)$", printed)
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    triples = current_release(out).manifest.counts["triples"]
    assert run("query", count, "--format", "csv", *place)[1].split() == ["n", str(triples)]
    assert run("query", "ASK { ?s a <urn:none> }", *place)[1] == "false\n"
    described = run("query", "CONSTRUCT { ?s a ?c } { ?s a ?c } LIMIT 1", *place)
    assert (described[0], " a " in described[1]) == (0, True)
    formats = (["ASK {}", "--format", "doc"], ["ASK {}", "--format", "ttl"])
    for wrong in (*sample((["SELECT * {"], ["none.rq"]), 1), *sample(formats, 1)):
        code, printed, errors = run("query", *wrong, *place)
        assert (code, printed) == (2, "")
        assert errors


LISTS = """
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
SELECT (COUNT(*) AS ?n) { ?s rdf:first ?o . %s }
"""


@pytest.mark.slow
def test_cli_query_joins_nodes_without_a_name(copied: tuple[Workspace, Path]) -> None:
    """A list of the ontology is the same one in its named graph and in the union."""
    _, out = copied
    place = ["--format", "csv", "--out", out]

    in_union = run("query", LISTS % "", *place)[1].split()
    joined = run("query", LISTS % "GRAPH ?g { ?s rdf:first ?o }", *place)[1].split()

    assert int(in_union[1]) > 0
    assert joined == in_union


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (query, shown.format(query=query))
        for queries, shown in (
            (
                (
                    f"DESCRIBE <{BASE}id/treaty/lakeside-peace>",
                    " describe<id/treaty/lakeside-peace>",
                    "# all of it\nDESCRIBE <id/treaty/lakeside-peace>",
                ),
                f"<{BASE}id/treaty/lakeside-peace>",
            ),
            (("ASK", "PREFIX"), "the query does not parse"),
            (("ask.rq", "select/all"), "{query}: cannot be read"),
            (("", " \n"), "the query is empty"),
        )
        for query in sample(queries, 1)
    ],
)
def test_cli_query_knows_a_query_from_a_file(
    copied: tuple[Workspace, Path], query: str, shown: str
) -> None:
    """By its first word, in any case."""
    _, out = copied

    code, printed, errors = run("query", query, "--out", out)

    assert shown in (errors if code else printed)


@pytest.mark.slow
def test_cli_query_takes_a_file_that_is_there(copied: tuple[Workspace, Path]) -> None:
    """Even one that is named like a query."""
    workspace, out = copied
    for name in ("ASK", "select all"):
        (workspace.root / name).write_text("ASK {}")

        assert run("query", name, "--out", out, cwd=workspace.root)[1] == "true\n"


TERMS = """
SELECT ?a ?b ?c {
  VALUES (?a ?b) { (<<( <urn:a> <urn:b> "x\\n"@en )>> <<( <urn:a> <urn:b> 1 )>>) }
  BIND(TRIPLE(<urn:a>, <urn:b>, TRIPLE(<urn:a>, <urn:b>, "y")) AS ?c)
}
"""


@pytest.mark.slow
def test_cli_query_prints_triple_terms(copied: tuple[Workspace, Path]) -> None:
    """In the table as N-Triples writes them; in the formats as the engine does."""
    _, out = copied

    code, printed, errors = run("query", TERMS, "--out", out)

    assert (code, errors) == (0, "")
    assert re.split("  +", printed.splitlines()[2]) == [
        '<<( <urn:a> <urn:b> "x\\n"@en )>>',
        '<<( <urn:a> <urn:b> "1"^^<http://www.w3.org/2001/XMLSchema#integer> )>>',
        '<<( <urn:a> <urn:b> <<( <urn:a> <urn:b> "y" )>> )>>',
    ]
    for form in sample(("json", "xml", "csv", "tsv"), 1):
        assert run("query", TERMS, "--format", form, "--out", out)[0] == 0


@pytest.mark.slow
def test_cli_query_says_what_is_wrong_in_few_words(copied: tuple[Workspace, Path]) -> None:
    """Place and reason, without the engine's long lists of characters."""
    _, out = copied
    prefix = "the query does not parse: error at "

    mistakes = (
        ("SELECT * {", "1:11: the parser got no further than the end of the query"),
        ("SELECT * {\n ?s ?p foo }", "2:11: the parser got no further"),
        (
            "SELECT * { ?s foaf:name ?o }",
            "1:15: the prefix 'foaf:' is not declared\n  Add: PREFIX foaf: <http://xmlns.com/foaf/0.1/>",
        ),
        (
            "SELECT * { ?s ?p ?o } GROUP BY ?s",
            "1:34: SELECT * is not authorized with GROUP BY",
        ),
        ("SELECT * {} FOO {}", "1:19: expected one of HAVING, OFFSET, OPTIONAL, VALUES"),
    )
    for query, said in sample(mistakes, 2):
        assert run("query", query, "--out", out)[2] == f"{prefix}{said}\n"


def test_cli_query_refuses_updates(copied: tuple[Workspace, Path]) -> None:
    """In words of its own, and with what to ask with."""
    said = run("query", "INSERT DATA { <u:a> <u:b> 1 }", "--out", copied[1])[2]

    assert "INSERT is an update, and the data are read-only\n  Ask with SELECT" in said


ESCAPES = 'SELECT ("a\\u001B[31m\\u009Bb\\r" AS ?x) ("c" AS ?y) {}'


@pytest.mark.slow
def test_cli_query_shows_control_characters_on_a_terminal(
    copied: tuple[Workspace, Path],
) -> None:
    """A terminal would obey them; a pipe gets what the data has."""
    _, out = copied
    place = ["--out", str(out)]

    assert "a\\x1b[31m\\x9bb\\x0d  c\r\n" in run_on_terminal("query", ESCAPES, *place)
    assert "a\\x1b[31m\\x9bb\\r" in run_on_terminal("query", ESCAPES, "--format", "tsv", *place)
    done = subprocess.run(
        [sys.executable, PACTA, "query", ESCAPES, *place], capture_output=True, check=True
    )
    assert "a\x1b[31m\x9bb\r  c\n" in done.stdout.decode()


@pytest.mark.slow
def test_cli_query_counts_columns_as_they_were_typed(copied: tuple[Workspace, Path]) -> None:
    """The base that is put in front does not shift them, whoever answers."""
    workspace, _ = copied
    query = "SELECT * {} FOO {}"
    file = workspace.root / "empty.ttl"
    file.write_text("")

    with endpoint() as (remote, _), start_server("--data", str(file)) as server:
        for address, place in ((remote.query, "at 1:19:"), (server.url, "line 1, column 13:")):
            code, printed, errors = run("query", query, "--endpoint", address, cwd=workspace.root)
            assert (code, printed) == (2, "")
            assert place in errors


@pytest.mark.slow
def test_cli_query_says_how_long_it_waited() -> None:
    """The address is right; only the answer did not come."""
    with endpoint("slow") as (remote, _):
        code, _, errors = run(
            "query", "ASK {}", "--endpoint", remote.query, "--endpoint-timeout-s", "0.6"
        )

    assert code == 2
    assert errors.startswith(f"{remote.query}: no answer came in 1 s\n")
    assert "--endpoint-timeout-s" in errors


@pytest.mark.slow
@needs("full-device", Path("/dev/full").exists())
def test_cli_full_disk_is_told_in_one_line(copied: tuple[Workspace, Path]) -> None:
    """Whether the output is written at once or when the program ends."""
    _, out = copied
    for command in ("query|SELECT * { ?s ?p ?o }", "query|ASK {}", "use"):
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [sys.executable, PACTA, *command.split("|"), "--out", out],
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )

        message = "the output cannot be written: No space left on device\n"
        assert (done.returncode, done.stderr) == (2, message)


@pytest.mark.slow
def test_cli_schema_is_json(copied: tuple[Workspace, Path]) -> None:
    """Printed, or written where editors look."""
    workspace, _ = copied
    code, printed, _ = run("schema", "--workspace", workspace.root)

    assert code == 0
    assert run("schema", "--write", "--workspace", workspace.root)[0] == 0
    assert (workspace.seeds / "schema.json").read_text() == printed


@pytest.mark.slow
def test_cli_closed_pipe_is_no_error(copied: tuple[Workspace, Path]) -> None:
    """`pacta … | head` ends quietly."""
    _, out = copied
    query = "SELECT * { ?s ?p ?o }"
    with subprocess.Popen(
        [sys.executable, PACTA, "query", query, "--format", "csv", "--out", out],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        errors = process.stderr.read()

    assert errors == ""


def test_cli_bug_is_exit_code_3_and_asks_for_a_report() -> None:
    """Whatever is no error of ours to tell is our bug."""
    errors = io.StringIO()

    def fail() -> int:
        raise ZeroDivisionError("surprise")

    assert run_safely(fail, errors) == EXIT_BUG
    assert "ZeroDivisionError: surprise" in errors.getvalue()
    assert errors.getvalue().endswith("Please report it with the lines above.\n")


def test_settings_come_from_options_before_environment() -> None:
    """Default < environment < option; numbers are checked and say where they came from."""
    environment = {"PACTA_LOCK_WAIT_S": "5", "PACTA_OUT": "there"}

    found = read_settings(Settings, {"out": "here"}, environment)

    assert found == Settings(out="here", lock_wait_s=5.0)
    for wrong in ("many", "-1", "nan", "inf"):
        with pytest.raises(SettingError, match="PACTA_LOCK_WAIT_S"):
            read_settings(Settings, {}, {"PACTA_LOCK_WAIT_S": wrong})
    with pytest.raises(SettingError, match=r"--lock-wait-s is 'x'"):
        read_settings(Settings, {"lock_wait_s": "x"}, environment)
    with pytest.raises(SettingError, match="auto, refuse, warn"):
        read_settings(Settings, {}, {"PACTA_LOST_ADDRESSES": "maybe"})


def test_table_is_aligned_for_any_script() -> None:
    """Wide and combining letters count as a terminal shows them."""
    answer = """{"head": {"vars": ["a", "b"]}, "results": {"bindings": [
        {"a": {"type": "literal", "value": "協定"}, "b": {"type": "uri", "value": "urn:x"}},
        {"b": {"type": "literal", "value": "y", "xml:lang": "lt"}}]}}"""

    table = format_table(answer.encode()).decode()

    assert table == "a     b\n----  -----\n協定  urn:x\n      y@lt\n(2 rows)\n"


def test_errors_page_has_every_error_with_its_code() -> None:
    """docs/errors.md is held to the classes of all modules."""
    for module in pkgutil.walk_packages(loader.__path__, "loader."):
        if module.name != "loader.__main__":
            importlib.import_module(module.name)
    page = (ROOT / "docs" / "errors.md").read_text()
    classes = {LoaderError}
    while more := {sub for cls in classes for sub in cls.__subclasses__()} - classes:
        classes |= more

    rows = dict(re.findall(r"[─ ]*\b(\w+Error)\s+(\d)  ", page))

    for cls in classes - {LoaderError}:
        assert re.search(rf"── {cls.__name__}\s", page), cls
        if cls.__name__ in rows:
            assert rows[cls.__name__] == str(cls.exit_code)


def test_release_format_page_has_every_key_of_the_manifest() -> None:
    """docs/release-format.md is held to the dataclass."""
    page = (ROOT / "docs" / "release-format.md").read_text()
    table = page[page.index("## `release.json`") : page.index("## `report/report.json`")]

    rows = re.findall(r"^\| (.*?) \|", table, re.M)

    keys = {key for row in rows for key in re.findall(r"`(\w+)`", row)}

    assert keys == set(Manifest.__dataclass_fields__)
