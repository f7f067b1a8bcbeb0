"""All rules as one table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conform.checks import (
    caching,
    dereferencing,
    description,
    dumps,
    errors,
    jsonld,
    links,
    methods,
    negotiation,
    sparql,
    wellknown,
)
from conform.model import Rule, Scope, ScopedRule


def _scope(scope: Scope, rules: Iterable[Rule[Any]]) -> tuple[ScopedRule, ...]:
    return tuple(ScopedRule(scope, rule) for rule in rules)


GROUPS: tuple[tuple[str, tuple[ScopedRule, ...]], ...] = (
    ("Dereferencing", _scope("entity", dereferencing.RULES)),
    ("Negotiation", _scope("entity", negotiation.RULES)),
    ("Caching", _scope("entity", caching.RULES)),
    ("Methods and scripts", _scope("entity", methods.RULES)),
    ("Links", _scope("entity", links.RULES)),
    ("JSON-LD", _scope("entity", jsonld.RULES)),
    ("Dumps", _scope("dump", dumps.RULES)),
    ("Description", _scope("site", description.RULES)),
    ("Crawlers and programs", _scope("site", wellknown.RULES)),
    ("SPARQL", _scope("sparql", sparql.RULES)),
    ("Errors and bad input", _scope("site", errors.RULES)),
)
"""Headings of a report and their rules, in its order."""

RULES: tuple[ScopedRule, ...] = tuple(rule for _, rules in GROUPS for rule in rules)

BY_ID = {scoped.rule.id: scoped for scoped in RULES}
