"""The table of planted faults: one row for each rule."""

from __future__ import annotations

from conform_faults import Row
from conform_planted_errors import ERRORS, SPARQL
from conform_planted_files import CRAWLERS, DESCRIPTION, DUMPS
from conform_planted_pages import JSON_LD, LINKS, METHODS
from conform_planted_things import CACHING, DEREFERENCING, NEGOTIATION

ROWS: tuple[Row, ...] = (
    *DEREFERENCING, *NEGOTIATION, *CACHING, *METHODS, *LINKS, *JSON_LD, *DUMPS, *DESCRIPTION,
    *CRAWLERS, *SPARQL, *ERRORS,
)  # fmt: skip
