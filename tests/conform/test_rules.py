"""Every rule of the conformance suite holds on a sound server and fails on one with its fault."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest

from conform.answers.fetch import Limits
from conform.door import Options
from conform.model import Result
from conform.rules import BY_ID, GROUPS, RULES
from conform.run import Run, run_suite
from tests.conform.faults import Row
from tests.conform.planted import GROUPS as PLANTED
from tests.conform.planted import ROWS
from tests.conform.sound_server import Handler, answer, break_with, serve
from tests.conform.sound_site import BASE, RELEASE
from tests.sample import sample

DUMPS = tuple(f"{BASE}dumps/{RELEASE}/data.{ending}" for ending in ("nt", "nt.gz", "nt.zst", "ttl"))
ALWAYS_RARE = {
    "vary-redirect": "no redirect depends on Accept",
    "cors-vary": "no answer names a single origin",
}
RARE = {
    "one": {"document-paging": "the document has one page"},
    "long": {"document-incoming": "nothing points at it"},
}
"""Rules that do not apply to the sound server, or to one thing of it, and why."""


@pytest.fixture(autouse=True, scope="module")
def _swift_threads() -> Iterator[None]:
    """Client and server share one process: let them take turns often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    yield
    sys.setswitchinterval(before)


def judge(handler: Handler, entity: str = "one") -> Run:
    """Run the whole suite on the small server."""
    with serve(handler) as url:
        options = Options(
            base=url,
            maps={BASE: url},
            entities=(f"{BASE}id/treaty/{entity}",),
            dumps=DUMPS,
            withdrawn=(f"{BASE}id/treaty/gone",),
            merged=(f"{BASE}id/treaty/old",),
            sample=0,
        )
        return run_suite(options, Limits(request_timeout_s=10.0))


def failures(run: Run) -> dict[str, str]:
    """The rules that did not hold or were not reached, with what was seen."""
    return {
        result.rule.id: result.detail
        for result in run.results
        if result.verdict in ("fail", "untested")
    }


def test_rules_are_a_sound_table() -> None:
    """Ids are unique and in kebab case; each rule has its place in a specification."""
    assert len(RULES) == len(BY_ID) >= 200
    assert len(RULES) == sum(len(rules) for _, rules in GROUPS)
    for scoped in RULES:
        rule = scoped.rule
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id)
        assert rule.spec.url.startswith("https://")
        assert not rule.title.endswith(".")
        assert rule.check.__doc__


def test_every_rule_has_its_fault() -> None:
    """One row of the table for each rule, and knock-on rules that exist."""
    assert set(BY_ID) == {row.rule for row in ROWS}
    assert len(ROWS) == len(RULES)
    assert set() == {name for row in ROWS for name in row.also} - set(BY_ID)


@pytest.mark.slow
@pytest.mark.parametrize("entity", ["one", "long"])
def test_sound_server_passes_every_rule(entity: str) -> None:
    """Nothing fails, and only what a sound server need not do does not apply."""
    run = judge(answer, entity)

    unjudged = {r.rule.id: r.detail for r in run.results if r.verdict == "not applicable"}
    rare = {**ALWAYS_RARE, **RARE[entity]}
    assert {} == failures(run)
    assert rare == unjudged
    assert 0 == run.exit_code


@pytest.mark.slow
@pytest.mark.parametrize(
    "row", [row for rows in PLANTED for row in sample(rows, 2)], ids=lambda row: row.rule
)
def test_rule_fails_on_its_fault_and_no_other(row: Row) -> None:
    """With one fault planted its rule fails, and beside it only the rules named in the table."""
    run = judge(break_with(row.fault), row.entity)

    found = failures(run)
    assert row.rule in found
    assert set(row.also) | {row.rule} == set(found), found
    assert 1 == run.exit_code


def test_quick_rules_pass_and_fail() -> None:
    """One rule of each kind of target, both ways: what `make fast` sees of the table above."""
    wanted = {"vary-accept", "range-head", "robots-sitemap", "sparql-vary", "input-no-host"}
    rules = [BY_ID[name] for name in sorted(wanted)]
    faults = {row.rule: row.fault for row in ROWS}

    def run(handler: Handler) -> list[Result]:
        with serve(handler) as url:
            options = Options(base=url, maps={BASE: url}, dumps=DUMPS[:1], sample=0,
                              entities=(f"{BASE}id/treaty/one",))  # fmt: skip
            return list(run_suite(options, Limits(), rules=rules).results)

    assert {"pass"} == {result.verdict for result in run(answer)}
    for name in sorted(wanted):
        broken = [one.rule.id for one in run(break_with(faults[name])) if one.verdict == "fail"]
        assert [name] == broken
