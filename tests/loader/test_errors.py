"""Errors: their text, their tree, their exit codes; and the examples in the docstrings."""

from __future__ import annotations

import re
from pathlib import Path

from loader import errors
from loader.errors import ConformanceError, LoaderError, SeedError

EXIT_CODES: dict[type[LoaderError], int] = {ConformanceError: 1}


def test_errors_name_the_place_the_cause_and_the_repair() -> None:
    """In the form that editors make clickable."""
    error = SeedError("no date", Path("a.yaml"), 3, 7, "Write one\nor none.")

    assert str(error) == "a.yaml:3:7: no date\n  Write one\n  or none."
    assert str(SeedError("no date")) == "no date"
    assert str(SeedError("no date", Path("a.yaml"), 3)) == "a.yaml:3: no date"


def test_errors_come_together() -> None:
    """The first carries the others and shows them."""
    together = SeedError.together([SeedError("one"), SeedError("two"), SeedError("three")])

    assert str(together) == "one\ntwo\nthree"
    assert SeedError.together([]) is None


def test_errors_of_the_tree_have_the_exit_code_that_is_drawn() -> None:
    """The drawing in the docstring names every class, and 1 is kept for data that fails."""
    classes = [
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, LoaderError)
    ]
    assert len(classes) >= 10
    for cls in classes:
        assert re.search(rf"\b{cls.__name__}\b", errors.__doc__ or "")
        assert cls.exit_code == EXIT_CODES.get(cls, 2)
        assert cls.__doc__
