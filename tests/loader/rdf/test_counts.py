"""Numbers with their nouns."""

from __future__ import annotations

import pytest

from loader.rdf.counts import say_count


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 entities"), (1, "1 entity"), (2, "2 entities"), (1000, "1000 entities")],
)
def test_one_alone_is_singular(number: int, said: str) -> None:
    """Every other number takes the plural, which is the noun with an s where none is given."""
    assert said == say_count(number, "entity", "entities")
    assert f"{number} row" + "s" * (number != 1) == say_count(number, "row")
