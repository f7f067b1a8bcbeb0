"""The table of planted faults: one row for each rule."""

from __future__ import annotations

from tests.conform.faults import Row
from tests.conform.planted_errors import ERRORS, SPARQL
from tests.conform.planted_files import CRAWLERS, DESCRIPTION, DUMPS
from tests.conform.planted_pages import JSON_LD, LINKS, METHODS
from tests.conform.planted_things import CACHING, DEREFERENCING, NEGOTIATION

GROUPS: tuple[tuple[Row, ...], ...] = (
    DEREFERENCING, NEGOTIATION, CACHING, METHODS, LINKS, JSON_LD, DUMPS, DESCRIPTION,
    CRAWLERS, SPARQL, ERRORS,
)  # fmt: skip
"""The rows by group of rules, in the order of `conform.rules.GROUPS`."""

ROWS: tuple[Row, ...] = tuple(row for rows in GROUPS for row in rows)
