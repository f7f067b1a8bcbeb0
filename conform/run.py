"""One run: every rule on every target it applies to, within the limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from conform.answers.fetch import Fetcher, Limits
from conform.discover import discover
from conform.door import Options
from conform.errors import (
    ConformError,
    InapplicableError,
    LimitError,
    NoAnswerError,
    RuleBrokenError,
)
from conform.model import Result, Scope, ScopedRule, Verdict
from conform.rules import RULES
from conform.site import Site

WHY_NONE: dict[Scope, str] = {
    "entity": "no thing is known: name one with --entity",
    "dump": "no dump is known: name one with --dump",
    "sparql": "no SPARQL endpoint is known: name it with --sparql",
    "site": "",
}

UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, RecursionError)
"""The exceptions that a check may raise if a server sends JSON or markup of an unexpected form."""


@dataclass(frozen=True)
class Run:
    """What a run gave.

    Attributes:
        base: The address that was judged.
        results: One for each rule, in the order of the rules.
        entities: Addresses of the things that were judged.
        dumps: Addresses of the dumps that were judged.
        notes: How things were found.
        requests: How many were sent.
    """

    base: str
    results: tuple[Result, ...]
    entities: tuple[str, ...]
    dumps: tuple[str, ...]
    sparql: str
    notes: tuple[str, ...]
    requests: int

    def count(self, verdict: Verdict) -> int:
        """How many rules had a verdict."""
        return sum(result.verdict == verdict for result in self.results)

    @property
    def exit_code(self) -> int:
        """0 every applicable rule holds, 1 one does not, 2 the limits cut the run short."""
        if self.count("fail"):
            return 1
        return 2 if self.count("untested") else 0


def judge(scoped: ScopedRule, targets: Sequence[Any]) -> Result:
    """One rule on its targets: it passes where it holds for all that it applies to.

    Raises:
        LimitError: The run may ask no more.
    """
    rule = scoped.rule
    if not targets:
        return Result(rule, "not applicable", detail=WHY_NONE[scoped.scope])
    passed, broken, why = 0, [], ""
    for target in targets:
        try:
            rule.check(target)
            passed += 1
        except InapplicableError as error:
            why = why or str(error)
        except (RuleBrokenError, NoAnswerError) as error:
            broken.append((str(error), getattr(target, "name", "")))
        except UNREADABLE as error:
            seen = f"an answer has an unexpected form ({type(error).__name__}: {error})"
            broken.append((seen[:300], getattr(target, "name", "")))
    judged = passed + len(broken)
    if broken:
        detail, where = broken[0]
        return Result(rule, "fail", passed, judged, detail, where)
    if not judged:
        return Result(rule, "not applicable", detail=why)
    return Result(rule, "pass", passed, judged)


def run_suite(
    options: Options,
    limits: Limits,
    report: Callable[[Result], None] = lambda _: None,
    rules: Sequence[ScopedRule] = RULES,
) -> Run:
    """Judge a server.

    Args:
        options: Where it is and what is known of it.
        limits: How much may be asked.
        report: Called with each result as it comes.
        rules: Which rules to judge by.

    Raises:
        ConformError: The server does not answer at all.
    """
    fetcher = Fetcher(limits)
    try:
        site = Site(options, fetcher)
        check_reachable(site)
        results: list[Result] = []
        try:
            discover(site)
        except LimitError as error:
            raise ConformError(f"{error} before anything was judged") from error
        for result in judge_all(site, rules):
            results.append(result)
            report(result)
        return Run(
            base=options.base,
            results=tuple(results),
            entities=tuple(entity.iri for entity in site.entities),
            dumps=tuple(dump.url for dump in site.dumps),
            sparql=site.endpoint.url if site.endpoint else "",
            notes=tuple(site.notes),
            requests=fetcher.sent,
        )
    finally:
        fetcher.close()


def check_reachable(site: Site) -> None:
    """Stop early where nothing answers.

    Raises:
        ConformError: There is no server.
    """
    try:
        site.send(site.base)
    except NoAnswerError as error:
        raise ConformError(f"{site.base} does not answer: {error}") from error


def judge_all(site: Site, rules: Sequence[ScopedRule]) -> Iterator[Result]:
    """The results of all rules, in their order; those after a limit are untested."""
    targets: dict[Scope, Sequence[Any]] = {
        "site": [site],
        "entity": site.entities,
        "dump": site.dumps,
        "sparql": [site.endpoint] if site.endpoint else [],
    }
    limit = ""
    for scoped in rules:
        if limit:
            yield Result(scoped.rule, "untested", detail=limit)
            continue
        try:
            yield judge(scoped, targets[scoped.scope])
        except LimitError as error:
            limit = str(error)
            yield Result(scoped.rule, "untested", detail=limit)
