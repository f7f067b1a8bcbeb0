"""A long query yields to short ones, and its worker is as quick as before afterwards.

It is nicer than they are, and runs on a processor of its own (decisions 0013 and 0014).
"""

from __future__ import annotations

import contextlib
import http.client
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live import LiveServer, start_server, wait_until

from server.processors import share_processors
from server.workers import NICE, SLOWER

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
def test_long_query_has_a_processor_of_its_own_while_it_runs(file: Path) -> None:
    """Everything else of the server stays off it, and has all processors again afterwards."""
    everywhere = frozenset(os.sched_getaffinity(0))
    apart, rest = share_processors(everywhere, 1)
    with start_server("--data", str(file), "--quick-s", "0.2") as server:
        assert wait_until(lambda: len(server.workers()) > 2)

        def list_all() -> list[frozenset[int]]:
            processes = [server.process.pid, *server.workers()]
            return [each for pid in processes for each in list_processors(pid).values()]

        assert {everywhere} == set(list_all())

        def ask() -> None:
            server.ask(KILLER, None, {"timeout": "5"})

        asking = threading.Thread(target=ask)
        asking.start()
        assert wait_until(
            lambda: sorted(map(sorted, set(list_all()))) == sorted([[*rest], [*apart]])
        )
        assert 1 == list_all().count(apart)
        assert 200 == server.ask("ASK {}").status
        asking.join()
        assert wait_until(lambda: {everywhere} == set(list_all()))


@given(st.frozensets(st.integers(0, 63), min_size=1), st.integers(0, 80))
def test_processors_are_shared_out_whole(available: frozenset[int], long: int) -> None:
    """Long queries never get all, and nothing is left over."""
    apart, rest = share_processors(available, long)
    assert apart | rest == available
    if long == 0 or len(available) == 1:
        assert apart == rest == available
    else:
        assert not apart & rest
        assert rest
        assert len(apart) == min(long, len(available) - 1)
