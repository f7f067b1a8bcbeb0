"""The gate: one inside, few before it, the rest are told to come again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from server.errors import QueueFullError
from server.sparql.gate import Gate


@pytest.mark.parametrize("most", [1, 2])
def test_one_is_inside_and_few_wait(most: int) -> None:
    """Who finds no room is refused at once; who waited comes in when the first leaves."""
    gate, entered, leave = Gate(most, "tests"), Event(), Event()
    inside: list[int] = []

    def go(number: int) -> None:
        with gate:
            inside.append(number)
            assert len(inside) == 1
            entered.set()
            assert leave.wait(20)
            inside.remove(number)

    with ThreadPoolExecutor(most) as threads:
        first = threads.submit(go, 1)
        assert entered.wait(20)
        if most == 1:
            with pytest.raises(QueueFullError, match="many tests came at once"), gate:
                pass
        others = [threads.submit(go, number) for number in range(2, most + 1)]
        leave.set()
        for each in (first, *others):
            each.result(20)
    with gate:
        assert inside == []
