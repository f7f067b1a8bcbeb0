"""The order of the queries: shares, turns, and that every mix of queries ends."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import ClientShareError, QueueFullError
from server.pool.engine import StoreSpec
from server.pool.process import WorkerProcess
from server.pool.queue import Queue, Ticket
from server.settings import Settings

STORE = StoreSpec("/a", "a", "http://e/", union=False)
OTHER = StoreSpec("/b", "b", "http://e/", union=False)
SETTINGS = Settings(client_share=3, queue_length=4)
WORKER = cast(WorkerProcess, object())


def ticket(client: str = "a", store: StoreSpec = STORE) -> Ticket:
    """A query of a client."""
    return Ticket(store, client, 10.0, bool, 0.0)


def begin(queue: Queue) -> Ticket | None:
    """Have the next one run, where there is one."""
    chosen = queue.choose({STORE})
    if chosen is not None:
        queue.begin(chosen, WORKER, 0.0)
    return chosen


def test_first_come_first_served() -> None:
    """Among clients with as many running, and within one client."""
    queue = Queue(SETTINGS, 4)
    tickets = [ticket("a"), ticket("a"), ticket("b")]
    for each in tickets:
        queue.admit(each)

    assert [begin(queue) for _ in range(4)] == [tickets[0], tickets[2], tickets[1], None]
    assert all(each.placed.is_set() for each in tickets)


def test_no_client_runs_on_all_workers() -> None:
    """One place stays for the others; a single place goes to whoever comes."""
    queue = Queue(SETTINGS, 2)
    first, second, other = ticket("a"), ticket("a"), ticket("b")
    for each in (first, second):
        queue.admit(each)
    assert [begin(queue), begin(queue)] == [first, None]
    queue.admit(other)
    assert begin(queue) is other
    queue.release(first)
    assert begin(queue) is second
    single = Queue(SETTINGS, 1)
    single.admit(again := ticket("a"))
    assert begin(single) is again


def test_a_query_waits_for_a_worker_of_its_store() -> None:
    """Others go before it meanwhile."""
    queue = Queue(SETTINGS, 2)
    queue.admit(early := ticket("a", OTHER))
    queue.admit(late := ticket("b"))

    assert begin(queue) is late
    assert queue.choose({OTHER}) is early


def test_share_and_length_are_bounded() -> None:
    """Over the share 429, over the length 503; who was released counts no more."""
    queue = Queue(SETTINGS, 1)
    mine = [ticket("a") for _ in range(3)]
    for each in mine:
        queue.admit(each)
    with pytest.raises(ClientShareError) as caught:
        queue.admit(ticket("a"))
    queue.admit(ticket("b"))
    with pytest.raises(QueueFullError):
        queue.admit(ticket("c"))
    queue.turn_away(mine[0], "waited")
    queue.release(mine[0])
    queue.admit(ticket("a"))

    assert caught.value.members == {"limit": "client_share", "most": 3}
    assert mine[0].placed.is_set()
    assert (mine[0].worker, mine[0].reason) == (None, "waited")


@given(
    st.integers(1, 4),
    st.lists(st.one_of(st.sampled_from("abc"), st.integers(0, 3)), max_size=60),
)
def test_every_mix_of_queries_ends(places: int, steps: list[str | int]) -> None:
    """Places are never exceeded, nobody is lost, and all run once those before them end."""
    queue = Queue(Settings(client_share=100, queue_length=100), places)
    admitted: list[Ticket] = []
    for step in steps:
        if isinstance(step, str):
            queue.admit(each := ticket(step))
            admitted.append(each)
        elif step < len(queue.running):
            queue.release(queue.running[step])
        while begin(queue):
            pass
        assert len(queue.running) <= places
        clients = [each.client for each in queue.running]
        assert all(clients.count(each) <= max(1, places - 1) for each in clients)
    for _ in admitted:
        if queue.running:
            queue.release(queue.running[0])
        while begin(queue):
            pass

    assert (queue.waiting, queue.running) == ([], [])
    assert all(each.placed.is_set() for each in admitted)
