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
    """Clients that ask without rest while three releases follow each other get 200 each time.

    Searches, too: the index of a release is there before its first request.
    """
    make_small_release(tmp_path)
    holder = ReleaseHolder(tmp_path)
    holder.open()
    app = create_app(Settings(), holder)
    over = threading.Event()
    statuses: list[int] = []

    def ask(path: str) -> None:
        client = app.test_client()
        while not over.is_set():
            statuses.append(client.get(path).status_code)

    paths = ("/doc/treaty/peace-1920.nt", "/search?q=peace", "/suggest?q=paece")
    threads = [threading.Thread(target=ask, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    try:
        for number in range(3):
            release = make_small_release(tmp_path, MORE % number)
            assert holder.look()
            assert holder.current.id == release.id
            assert len(list(holder.stores.glob(f"{release.id}-*.search"))) == 1
    finally:
        over.set()
        for thread in threads:
            thread.join()

    assert len(statuses) > 10
    assert set(statuses) == {200}


def test_a_release_without_room_for_its_search_index_is_refused(tmp_path: Path) -> None:
    """The former release stays in use, the reason is named, and nothing half-written is left."""
    first = make_small_release(tmp_path)
    holder = ReleaseHolder(tmp_path)
    holder.open()
    made = next(holder.stores.glob("*.search"))
    second = make_small_release(tmp_path, MORE % "second")
    blocked = holder.stores / made.name.replace(first.id, second.id)
    (blocked / "in the way").mkdir(parents=True)

    assert not holder.look()
    assert holder.current.id == first.id
    assert [name for name, _ in holder.refused] == [second.id]
    assert f"{blocked}: the search index cannot be written" in holder.refused[0][1]
    assert list(holder.stores.glob(".*search.new*")) == []
