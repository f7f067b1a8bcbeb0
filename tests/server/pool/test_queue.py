"""The order of queries, with a clock of our own and no process."""

from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.errors import ClientShareError, QueueFullError
from server.pool.engine import StoreSpec
from server.pool.process import WorkerProcess
from server.pool.queue import Lanes, Ticket
from server.settings import Settings

STORE = StoreSpec("/s", "s", "http://e/", union=False)
OTHER = StoreSpec("/t", "t", "http://e/", union=False)
WORKER = cast(WorkerProcess, object())
SETTINGS = Settings(quick_s=1.0, client_share=3, queue_length=4)


def ticket(number: int, client: str = "a", store: StoreSpec = STORE) -> Ticket:
    """A ticket that came at second `number`, of a text of its own."""
    return Ticket(number, store, client, 10.0, bytes([number]), float(number), (1, float(number)))


def begin(lanes: Lanes, now: float) -> int | None:
    """Let the next one run; its number."""
    chosen = lanes.choose({STORE}, now)
    if chosen is not None:
        lanes.begin(chosen, WORKER, now)
    return None if chosen is None else chosen.number


def test_first_come_first_served_but_clients_take_turns() -> None:
    """Who has fewest running goes first, then who came first."""
    lanes = Lanes(SETTINGS, 3)
    for number, client in enumerate(("a", "a", "a", "b")):
        lanes.admit(ticket(number, client))

    assert [begin(lanes, 5.0) for _ in range(4)] == [0, 3, 1, None]


def test_one_place_runs_long_queries_too() -> None:
    """Where there is one place, a query known to be long gets it when it is free."""
    lanes = Lanes(SETTINGS, 1)
    long = ticket(0)
    lanes.admit(long)
    long.long = True

    assert begin(lanes, 5.0) == 0


def test_share_and_queue() -> None:
    """One client's share and the length of the queue; what is over counts no more."""
    lanes = Lanes(SETTINGS, 1)
    for number in range(3):
        lanes.admit(ticket(number))
    with pytest.raises(ClientShareError):
        lanes.admit(ticket(3))
    lanes.admit(ticket(4, "b"))
    with pytest.raises(QueueFullError):
        lanes.admit(ticket(5, "c"))
    lanes.release(lanes.waiting[0])

    assert [each.number for each in lanes.waiting] == [1, 2, 4]
    lanes.release(lanes.waiting[-1])
    lanes.admit(ticket(6))
    with pytest.raises(ClientShareError):
        lanes.admit(ticket(7))


def test_query_that_made_way_is_not_overtaken_for_ever() -> None:
    """Whatever becomes long after it makes way for it in turn."""
    lanes = Lanes(SETTINGS, 2)
    tickets = [ticket(number, client) for number, client in enumerate("abcd")]
    lanes.admit(tickets[0])
    lanes.admit(tickets[1])
    assert [begin(lanes, 0.0), begin(lanes, 0.1)] == [0, 1]
    lanes.admit(tickets[2])
    assert lanes.choose_to_make_way(5.0) is tickets[1]
    lanes.end(tickets[1], 5.0)
    tickets[1].long = True
    lanes.readmit(tickets[1])
    assert begin(lanes, 5.0) == 2

    assert lanes.choose_to_make_way(9.0) is None
    lanes.end(tickets[0], 9.0)
    assert begin(lanes, 9.0) is None
    assert lanes.choose_to_make_way(9.0) is tickets[2]
    lanes.end(tickets[2], 9.0)
    assert begin(lanes, 9.0) == 1
    assert lanes.choose_to_make_way(99.0) is None


@pytest.mark.parametrize("places", [1, 2, 3, 5])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 40), st.sampled_from("abc"), st.sampled_from([0.5, 0.5, 7.0, 20.0])
        ),
        min_size=1,
        max_size=30,
    )
)
def test_every_query_ends(places: int, arrivals: list[tuple[int, str, float]]) -> None:
    """Whoever comes and however long it takes: work is lost by making way, but never for ever."""
    lanes = Lanes(Settings(quick_s=1.0, client_share=100, queue_length=100), places)
    work = {number: needed for number, (_, _, needed) in enumerate(arrivals)}
    coming = [
        (float(at), Ticket(number, STORE, client, 99.0, bytes([number]), float(at), (1, float(at))))
        for number, (at, client, _) in enumerate(arrivals)
    ]
    now, left = 0.0, dict(work)
    while left and now < 5000:
        for each in [each for each in coming if each[0] <= now]:
            coming.remove(each)
            lanes.admit(each[1])
        for running in list(lanes.running):
            if now - running.started >= work[running.number]:
                lanes.end(running, now)
                lanes.release(running)
                del left[running.number]
        victim = lanes.choose_to_make_way(now)
        if victim is not None:
            victim.long = True
            lanes.end(victim, now)
            lanes.readmit(victim)
        while (chosen := lanes.choose({STORE}, now)) is not None:
            lanes.begin(chosen, WORKER, now)
        now += 0.5

    assert not left


def test_only_stores_that_are_open_are_chosen() -> None:
    """A ticket for another store waits for a worker of its own."""
    lanes = Lanes(SETTINGS, 2)
    lanes.admit(ticket(0, store=OTHER))
    lanes.admit(ticket(1))

    assert begin(lanes, 2.0) == 1
    assert lanes.choose({STORE}, 2.0) is None


def test_the_youngest_long_one_makes_way() -> None:
    """Only when a short one waits and all places are held by long ones."""
    lanes = Lanes(SETTINGS, 2)
    for number in (0, 1):
        lanes.admit(ticket(number))
    begin(lanes, 0.0)
    begin(lanes, 0.5)

    assert lanes.choose_to_make_way(9.0) is None
    lanes.admit(ticket(2, "b"))
    assert lanes.choose_to_make_way(1.2) is None
    youngest = lanes.choose_to_make_way(2.0)
    assert youngest is not None
    assert youngest.number == 1
    youngest.long, youngest.reason = True, "preempted"
    assert lanes.choose_to_make_way(2.1) is None
    lanes.end(youngest, 2.2)
    lanes.readmit(youngest)
    assert begin(lanes, 2.3) == 2
    lanes.end(lanes.running[-1], 2.4)
    assert begin(lanes, 2.5) is None
    lanes.end(lanes.running[0], 3.0)
    assert begin(lanes, 3.1) == 1


def test_texts_that_were_long_are_known() -> None:
    """Sent again they count as long at once; when they were short they are forgotten."""
    lanes = Lanes(SETTINGS, 2)
    lanes.admit(ticket(0))
    begin(lanes, 0.0)
    lanes.end(lanes.running[0], 5.0)
    again = ticket(0)
    lanes.admit(again)
    assert again.long
    begin(lanes, 6.0)
    lanes.end(again, 6.1)
    third = ticket(0, "b")
    lanes.admit(third)

    assert not third.long


def test_overdue() -> None:
    """What runs over its own time, counted from its start."""
    lanes = Lanes(SETTINGS, 2)
    lanes.admit(ticket(0))
    begin(lanes, 100.0)

    assert lanes.list_overdue(109.9) == []
    assert [each.number for each in lanes.list_overdue(110.1)] == [0]
