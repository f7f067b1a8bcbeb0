"""A long query yields to short ones, and its worker is as quick as before afterwards."""

from __future__ import annotations

import contextlib
import http.client
import os
import threading
from pathlib import Path

import pytest
from live import LiveServer, start_server, wait_until

from server.workers import NICE, SLOWER

pytestmark = pytest.mark.slow
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


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A thousand triples."""
    made = tmp_path_factory.mktemp("pace") / "d.nt"
    made.write_text("".join(f'<http://e/s> <http://e/p> "{number}" .\n' for number in range(1000)))
    return made


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
