"""A long query yields to short ones, and its worker is as quick as before afterwards.

It is nicer than they are, and runs on a processor of its own (decisions 0013, 0014 and 0016).
"""

from __future__ import annotations

import contextlib
import http.client
import os
import threading
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.pool.worker import NICE, SLOWER
from server.processors import share_processors
from server.settings import Settings, count_threads
from tests.live import LiveServer, start_server, wait_until

COUNT = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f %s }"
KILLER = COUNT % ". ?g ?h ?i . ?j ?k ?l"


def list_paces(server: LiveServer) -> dict[int, list[int]]:
    """The niceness of each thread of each worker, without the main one."""
    paces: dict[int, list[int]] = {}
    for worker in server.workers():
        with contextlib.suppress(OSError):  # it ended meanwhile
            paces[worker] = [
                os.getpriority(os.PRIO_PROCESS, int(task.name))
                for task in Path(f"/proc/{worker}/task").iterdir()
                if task.name != str(worker)
            ]
    return paces


def list_processors(process: int) -> dict[int, frozenset[int]]:
    """Each thread of a process, and the processors it may run on."""
    found: dict[int, frozenset[int]] = {}
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{process}/task").iterdir():
            with contextlib.suppress(OSError):
                found[int(task.name)] = frozenset(os.sched_getaffinity(int(task.name)))
    return found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A thousand triples."""
    made = tmp_path_factory.mktemp("pace") / "d.nt"
    made.write_text("".join(f'<http://e/s> <http://e/p> "{number}" .\n' for number in range(1000)))
    return made


@pytest.mark.slow
def test_long_query_runs_nicer_than_the_others(file: Path) -> None:
    """From `quick_s` on, only its worker, and not the main thread of it."""
    with start_server("--data", str(file)) as server:
        assert wait_until(lambda: len(server.workers()) > 2)
        base = os.getpriority(os.PRIO_PROCESS, 0)
        assert wait_until(
            lambda: all(set(each) == {base + NICE} for each in list_paces(server).values())
        )

        def ask() -> None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                server.ask(KILLER, None, {"timeout": "25"})

        asking = threading.Thread(target=ask)
        asking.start()
        slow: list[int] = []

        def find_slow() -> bool:
            slow[:] = [
                pid for pid, each in list_paces(server).items() if base + NICE + SLOWER in each
            ]
            return bool(slow)

        assert wait_until(find_slow, 24)
        assert 1 == len(slow)
        assert base + NICE == os.getpriority(os.PRIO_PROCESS, slow[0])
    asking.join()


@pytest.mark.slow
def test_worker_is_quick_again_after_a_long_query(file: Path) -> None:
    """No thread is slow where long queries ended by themselves, and all answer."""
    with start_server("--data", str(file), "--quick-s", "0.05") as server:
        assert wait_until(lambda: len(server.workers()) > 2)
        for number in range(4):
            reply = server.ask(COUNT % f". BIND({number} AS ?x)")
            assert 200 == reply.status, reply.body
            assert b'"1000000"' in reply.body

        def is_quick() -> bool:
            paces = [pace for each in list_paces(server).values() for pace in each]
            return {os.getpriority(os.PRIO_PROCESS, 0) + NICE} == set(paces)

        assert wait_until(is_quick)
        assert [200] * 4 == [server.ask(f"ASK {{}} # {number}").status for number in range(4)]


@pytest.mark.slow
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is only one processor")
def test_everybody_runs_where_they_belong(file: Path) -> None:
    """All on one while it is calm, workers on all while two queries run, a long one by itself."""
    everywhere = frozenset(os.sched_getaffinity(0))
    with start_server("--data", str(file), "--quick-s", "1.5") as server:
        assert wait_until(lambda: len(server.workers()) > 2)
        (own,) = os.sched_getaffinity(server.process.pid)
        shares = share_processors(everywhere, 1, False, sorted(everywhere).index(own))

        def list_workers() -> list[frozenset[int]]:
            return [place for pid in server.workers() for place in list_processors(pid).values()]

        def is_calm() -> bool:
            return set(list_workers()) == {shares.server}

        def is_crowded() -> bool:
            return set(list_workers()) == {everywhere}

        def is_apart() -> bool:
            return set(list_workers()) == {shares.short, shares.long}

        assert wait_until(is_calm)
        places = Counter(list_processors(server.process.pid).values())
        assert places[shares.server] > count_threads(Settings())
        asking = threading.Thread(target=lambda: server.ask(KILLER, None, {"timeout": "5"}))
        asking.start()
        assert wait_until(is_crowded)
        assert wait_until(is_apart)
        assert 1 == list_workers().count(shares.long)
        assert 200 == server.ask("ASK {}").status
        asking.join()
        assert wait_until(is_crowded)
        assert wait_until(is_calm)


@given(
    st.frozensets(st.integers(0, 63), min_size=1),
    st.integers(0, 80),
    st.booleans(),
    st.integers(0, 63),
)
def test_processors_are_shared_out_whole(
    available: frozenset[int], long: int, calm: bool, first: int
) -> None:
    """Long queries never get all, and nothing is left over unless it is calm."""
    shares = share_processors(available, long, calm, first % len(available))
    assert len(shares.server) == 1
    assert shares.server <= shares.short <= available
    assert shares.long <= available
    assert len(shares.short) == 1 or not calm
    if not calm:
        assert shares.short | shares.long == available
    if 0 < long and len(available) > 1:
        assert not shares.short & shares.long
        assert len(shares.long) == min(long, len(available) - 1)


@given(st.frozensets(st.integers(0, 63), min_size=1))
def test_each_place_is_another_processor(available: frozenset[int]) -> None:
    """Servers whose places differ have processors that differ."""
    found = [share_processors(available, 0, True, first).server for first in range(len(available))]
    assert len(set(found)) == len(available)
