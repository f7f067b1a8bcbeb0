"""The suite around the rules: header fields, finding things, limits, reports, the command."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Dataset, Graph
from rdflib.compare import isomorphic

import pacta
from conform.answers.fetch import Fetcher, Limits, check_url
from conform.answers.fields import (
    is_etag,
    read_content_range,
    read_date,
    read_directives,
    read_links,
    read_media_type,
    read_names,
)
from conform.door import Options
from conform.errors import ConformError, LimitError, NoAnswerError
from conform.report import FORMATS, OUTCOMES, build_earl, format_result, write_earl
from conform.rules import BY_ID, RULES
from conform.run import Run, run_suite
from conform.site import Site
from tests.conform.sound_server import Request, Response, answer, serve
from tests.conform.sound_site import BASE

WHEN = datetime(2026, 11, 22, 12, tzinfo=UTC)

QUICK = [BY_ID[name] for name in ("front-page", "error-404", "withdrawn-410", "dump-etag")]

# --- header fields -------------------------------------------------------------------------------


def test_media_type_with_parameters() -> None:
    """Case is folded, quoted strings are undone, an empty parameter is passed over."""
    read = read_media_type('Text/Turtle; Charset="utf-8"; x="a\\"b;c" ;')

    assert read is not None
    assert ("text/turtle", {"charset": "utf-8", "x": 'a"b;c'}) == (read.name, read.parameters)


@pytest.mark.parametrize("text", [None, "", "turtle", "text/", "a/b;=c", "a/b; c", "a b/c"])
def test_media_type_that_is_none(text: str | None) -> None:
    """What is no media type is None, never an error."""
    assert read_media_type(text) is None


def test_links_of_several_relations() -> None:
    """A comma in a target or a quoted string parts nothing; each relation is a link."""
    read = read_links(
        '</a,b>; rel="next prev"; title="x, y", <c>;rel=license;type="text/html; q=1"'
    )

    assert read is not None
    assert [("/a,b", "next"), ("/a,b", "prev"), ("c", "license")] == [
        (link.target, link.rel) for link in read
    ]
    assert "text/html" == read[2].type


@pytest.mark.parametrize("text", ["<a", "a; rel=b", "<a>", "<a>; rel=b c", '<a>; rel="b" <c>'])
def test_links_that_cannot_be_read(text: str) -> None:
    """A malformed field is None: a rule says so."""
    assert read_links(text) is None


@given(st.lists(st.tuples(
    st.text(st.characters(codec="ascii", exclude_characters="<>,\"\\", categories=["L", "N", "P"]),
            min_size=1),
    st.from_regex(r"[a-z][a-z0-9-]{0,10}", fullmatch=True)), max_size=5))  # fmt: skip
def test_links_written_are_read(pairs: list[tuple[str, str]]) -> None:
    """Whatever is written as the RFC says is read back."""
    text = ", ".join(f'<{target}>; rel="{rel}"' for target, rel in pairs)

    assert pairs == [(link.target, link.rel) for link in read_links(text) or []]


@given(st.text())
def test_fields_never_raise(text: str) -> None:
    """Any text is read or refused."""
    for read in (read_media_type, read_links, read_content_range, read_date, read_directives):
        read(text)
    read_names(text)
    is_etag(text)


def test_small_fields() -> None:
    """Tags, ranges, dates and directives."""
    assert is_etag('W/"a"')
    assert not is_etag("a")
    assert (0, 99, 200) == read_content_range("bytes 0-99/200")
    assert (None, None, 200) == read_content_range("bytes */200")
    assert datetime(2026, 3, 1, 10, tzinfo=UTC) == read_date("Sun, 01 Mar 2026 10:00:00 GMT")
    assert {"public": "", "max-age": "60"} == read_directives("public, max-age=60")


# --- finding things ------------------------------------------------------------------------------


def find(url: str, **options: object) -> Run:
    """Run no rule: only look for what there is."""
    return run_suite(Options(base=url, **options), Limits(), rules=())  # type: ignore[arg-type]


def test_finds_published_origin_endpoint_dumps_and_things() -> None:
    """From the base address alone, though the data were published for another one."""
    with serve() as url:
        run = find(url, sample=4)

        assert f"{url}sparql" == run.sparql
    assert [f"addresses that begin with {BASE} are asked at {url}"] == list(run.notes)
    assert 4 == len(set(run.entities))
    assert all(iri.startswith(BASE) for iri in run.entities)
    assert {"nt", "gz", "zst", "ttl"} == {dump.rpartition(".")[2] for dump in run.dumps}


def test_draw_is_repeatable_and_over_all_kinds() -> None:
    """The same seed draws the same things; three things are of the three classes there are."""
    with serve() as url:
        first, again = find(url, sample=3, seed=7), find(url, sample=3, seed=7)
        other = {find(url, sample=3, seed=seed).entities for seed in range(6)}

    assert first.entities == again.entities
    assert len(other) > 1
    assert {"treaty", "place", "dataset"} == {iri.split("/")[-2] for iri in first.entities}


@pytest.mark.parametrize(
    ("entry", "things"), [("", 3), (f"<loc>{BASE}sitemap-1.xml</loc>", 3), ("<loc></loc>", 1)]
)
def test_without_endpoint_things_come_from_examples_and_sitemap(entry: str, things: int) -> None:
    """A server of files is judged, too; its sitemap may be an index, even an empty one."""

    def mute(request: Request) -> Response:
        if request.path == "/sparql":
            return Response(404, {"Content-Length": "0"})
        if entry and request.path == "/sitemap.xml":
            body = f"<sitemapindex><sitemap>{entry}</sitemap></sitemapindex>".encode()
            head = {"Content-Type": "application/xml", "Content-Length": str(len(body))}
            return Response(200, head, body)
        if request.path == "/sitemap-1.xml":
            return answer(replace(request, target="/sitemap.xml"))
        return answer(request)

    with serve(mute) as url:
        run = find(url, sample=3)

    assert things == len(run.entities)


def test_goes_to_no_other_site() -> None:
    """An address of a site that nobody named is not asked."""
    with serve() as url:
        site = Site(Options(base=url), Fetcher(Limits()))

        with pytest.raises(NoAnswerError, match="another site"):
            site.send("http://elsewhere.example/")


# --- limits --------------------------------------------------------------------------------------


def test_limit_of_requests_leaves_rules_untested() -> None:
    """What could not be asked is not called a pass: exit code 2."""
    with serve() as url:
        run = run_suite(Options(base=url, sample=1), Limits(max_requests=40))

    assert run.count("untested") > 100
    assert 40 == run.requests
    assert run.exit_code in (1, 2)


def test_time_is_limited() -> None:
    """A run ends in time."""
    with serve() as url:
        fetcher = Fetcher(Limits(timeout_s=1e-9))

        with pytest.raises(LimitError, match="1e-09 s"):
            fetcher.send(url)


def test_body_is_limited() -> None:
    """No more of a body is read than allowed."""
    with serve() as url:
        got = Fetcher(Limits(max_bytes=10)).send(f"{url}sitemap.xml")

    assert got.cut
    assert 10 == len(got.body)


def test_nobody_there_is_bad_input() -> None:
    """A port where nothing listens ends the run before it begins."""
    with serve() as url:
        pass

    with pytest.raises(ConformError, match="does not answer"):
        run_suite(Options(base=url), Limits(request_timeout_s=2.0))


def test_server_that_answers_nonsense_is_judged() -> None:
    """Whatever comes back, the run ends with verdicts and no crash."""
    bodies = iter([b"[]", b"null", b"{}", b'{"a": [', b"<html", b"\xff\xfe", b"", b"7"] * 2000)
    kinds = iter(
        ["application/ld+json", "text/turtle", "text/html", "application/json", "x"] * 3000
    )

    def nonsense(request: Request) -> Response:
        body = next(bodies) if request.method != "HEAD" else b""
        kind = request.headers.get("Accept", next(kinds)).partition(",")[0]
        links = '</x>; rel="next linkset canonical"'
        fields = {"Content-Type": kind, "ETag": '"x"', "Link": links}
        return Response(200, {**fields, "Content-Length": str(len(body))}, body)

    with serve(nonsense) as url:
        run = run_suite(Options(base=url, entities=(f"{url}a",), dumps=(f"{url}d.nt",), sample=2),
                        Limits(max_requests=1500, request_timeout_s=3.0))  # fmt: skip

    assert len(RULES) == len(run.results)
    assert 1 == run.exit_code


@pytest.mark.parametrize("text", ["", "x", "ftp://a/", "http://", "http://a b/", "http://a:0x/"])
def test_address_that_is_none(text: str) -> None:
    """A base address is checked before anything is sent."""
    with pytest.raises(ConformError, match="no http address"):
        check_url(text)


# --- reports -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run() -> Run:
    """A small run with one of each verdict but `untested`."""

    def broken(request: Request) -> Response:
        response = answer(request)
        return Response(200, response.headers, response.body) if "zz-" in request.path else response

    with serve(broken) as url:
        return run_suite(Options(base=url, sample=0), Limits(), rules=QUICK)


def test_lines_say_rule_section_and_what_was_seen(run: Run) -> None:
    """One line per rule; a failure has a second one; colour only where asked for."""
    lines = {result.rule.id: format_result(result) for result in run.results}

    assert re.match(r"pass  front-page +SHOULD RFC 9110, 12\.5\.1: ", lines["front-page"])
    assert re.match(
        r"FAIL  error-404 .*\n      Accept: None at nothing gave 200", lines["error-404"]
    )
    assert lines["withdrawn-410"].startswith("n/a ")
    assert lines["withdrawn-410"].endswith("(no withdrawn address is known (--withdrawn))")
    assert "\x1b[" not in "".join(lines.values())
    assert "\x1b[1;31mFAIL" in format_result(run.results[1], colour=True)


def test_earl_has_an_assertion_for_each_rule(run: Run) -> None:
    """Subject, test, mode and outcome, as EARL has them."""
    graph = build_earl(run, WHEN)
    rows = graph.query(
        "PREFIX earl: <http://www.w3.org/ns/earl#> PREFIX dct: <http://purl.org/dc/terms/>"
        "SELECT ?id ?outcome WHERE { ?a a earl:Assertion ; earl:subject ?s ; earl:assertedBy ?t ;"
        " earl:mode earl:automatic ; earl:test ?rule ; earl:result [ earl:outcome ?outcome ] ."
        " ?rule dct:identifier ?id ; dct:isPartOf ?spec . ?s a earl:TestSubject }"
    )

    assert {(result.rule.id, OUTCOMES[result.verdict]) for result in run.results} == {
        (str(row[0]), row[1]) for row in rows  # type: ignore[index]
    }  # fmt: skip


@pytest.mark.filterwarnings("ignore:(Dataset.default_context|ConjunctiveGraph) is deprecated")
@pytest.mark.parametrize("ending", sorted(FORMATS))
def test_earl_files_parse_as_the_same_graph(run: Run, ending: str) -> None:
    """Every format of the report holds the same statements."""
    body = write_earl(run, WHEN, f"report{ending}")
    read = Graph()
    if ending == ".jsonld":
        assert "@context" in json.loads(body)
        dataset = Dataset()
        dataset.parse(data=body, format="json-ld")
        read += [(s, p, o) for s, p, o, _ in dataset.quads()]
    else:
        read.parse(data=body, format=FORMATS[ending])

    assert isomorphic(build_earl(run, WHEN), read)


# --- the command ---------------------------------------------------------------------------------


def test_command_reports_and_writes_earl(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Base address in, lines and EARL out, exit code 0 where all holds."""
    report = tmp_path / "report.ttl"
    rules = ["--rule", "front-page", "--rule", "void-well-known"]
    with serve() as url:
        code = pacta.main(["conform", url, *rules, "--sample", "0", "--earl", str(report)])

    out = capsys.readouterr().out
    assert 0 == code
    assert "pass  front-page" in out
    assert "Crawlers and programs" in out
    assert "2 pass, 0 fail (0 MUST), 0 not applicable" in out
    assert 2 == report.read_text(encoding="utf-8").count("earl:Assertion ")


def test_command_fails_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    """A rule that does not hold: exit code 1, and `--failures` shows nothing else."""
    with serve(lambda request: Response(200, {"Content-Length": "2"}, b"ok")) as url:
        code = pacta.main(["conform", url, "--sample", "0", "--failures", "--rule", "error-404",
                           "--rule", "accept-any"])  # fmt: skip

    out = capsys.readouterr().out
    assert 1 == code
    assert "FAIL  error-404" in out
    assert "n/a" not in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "no http address"),
        (["http://127.0.0.1:1/", "--sample", "-1"], "--sample"),
        (["http://127.0.0.1:1/", "--max-requests", "0"], "--max-requests"),
        (["http://127.0.0.1:1/", "--map", "a=b"], "--map"),
        (["http://127.0.0.1:1/", "--rule", "no-such"], "no such rule"),
        (["http://127.0.0.1:1/", "--earl", "report.txt"], "--earl report.txt"),
        (["http://127.0.0.1:1/", "--entity", "x"], "no http address"),
        (["http://127.0.0.1:1/"], "does not answer"),
    ],
)
def test_command_refuses_bad_input(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on the error stream and exit code 2."""
    assert 2 == pacta.main(["conform", *arguments])
    error = capsys.readouterr().err
    assert error.startswith("pacta conform: ")
    assert words in error
    assert 1 == error.count("\n")


# --- the page of the rules -----------------------------------------------------------------------


def test_page_has_a_row_for_each_rule(root: Path) -> None:
    """docs/conformance.md shows all rules, in the order of reports, with their sections."""
    text = (root / "docs" / "conformance.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| `([a-z0-9-]+)`: (.+?) \| (MUST|SHOULD) \| \[(.+?)\]\((.+?)\) \|", text, re.M
    )

    assert [
        (rule.id, rule.title, rule.level, rule.spec.name, rule.spec.url)
        for rule in (scoped.rule for scoped in RULES)
    ] == rows
    assert f"{len(RULES)} rules" in text
