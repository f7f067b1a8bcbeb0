"""The release in use: a change of it under load, and a watch that goes on whatever happens."""

from __future__ import annotations

import threading
from pathlib import Path

from loader.release.opened import Release
from server.app import create_app
from server.pool.engine import StoreSpec
from server.release.current import ReleaseHolder
from server.settings import Settings
from tests.live import wait_until
from tests.server_release import make_small_release

MORE = '\n<http://localhost:8000/graph/facts> { <urn:a> <urn:b> "%s" }'


def test_watch_goes_on_after_what_nobody_expected(tmp_path: Path) -> None:
    """An error of no known kind is logged, and the release is taken at the next look."""
    troubles = [RuntimeError("not foreseen")]

    def open_service(release: Release, _: StoreSpec) -> object:
        if release.id != first.id and troubles:
            raise troubles.pop()
        return release.id

    first = make_small_release(tmp_path)
    holder = ReleaseHolder(tmp_path, on_open=open_service)
    holder.open()
    holder.watch()
    try:
        second = make_small_release(tmp_path, MORE % "second")
        assert wait_until(lambda: holder.current.id == second.id, 60)
    finally:
        holder.stop()

    assert troubles == []


def test_change_of_release_fails_no_request(tmp_path: Path) -> None:
    """Clients that ask without rest while three releases follow each other get 200 each time."""
    make_small_release(tmp_path)
    holder = ReleaseHolder(tmp_path)
    holder.open()
    app = create_app(Settings(), holder)
    over = threading.Event()
    statuses: list[int] = []

    def ask() -> None:
        client = app.test_client()
        while not over.is_set():
            statuses.append(client.get("/doc/treaty/peace-1920.nt").status_code)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for number in range(3):
            release = make_small_release(tmp_path, MORE % number)
            assert holder.look()
            assert holder.current.id == release.id
    finally:
        over.set()
        for thread in threads:
            thread.join()

    assert len(statuses) > 10
    assert set(statuses) == {200}
