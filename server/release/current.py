"""The release in use, and how the next one takes its place.

A thread looks at the symlink `current` once a second. A new release is opened and verified; then
one assignment switches. A request takes `ReleaseHolder.current` once, at its start, and keeps it.
If a folder is refused, the release in use stays; `refused` names the folder, and `/health` shows
it.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from loader.progress import Progress
from loader.release.opened import Release, ReleaseError, current_release_id, list_releases
from server.errors import ServerError
from server.pool.engine import StoreSpec
from server.reading.faults import DataError
from server.release.opened import OpenedRelease, open_prepared

LOOK_EVERY_S = 1.0

CLOSE_AFTER_S = 30.0
"""Seconds that requests which took the former release may still use what belongs to it."""

_LOG = logging.getLogger("pacta.release")

OnOpen = Callable[[Release, StoreSpec], object]


class ReleaseHolder:
    """Holds the release in use and looks for the next one.

    Args:
        out: The folder of releases (`build/`); `current` in it names the one in use.
        folder: A fixed release folder instead; nothing is watched then.
        on_open: Called last, with the release and its store; may refuse it by raising.
        on_close: Given the `service` of a release that is no longer in use.
    """

    def __init__(
        self,
        out: Path,
        folder: Path | None = None,
        *,
        on_open: OnOpen | None = None,
        on_close: Callable[[Any], None] | None = None,
    ) -> None:
        self._out = out
        self._folder = folder
        self._on_open = on_open
        self._on_close = on_close
        self._current: OpenedRelease | None = None
        self._refused: dict[str, str] = {}
        self._refused_at: tuple[str, int] = ("", 0)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def current(self) -> OpenedRelease:
        """The release in use; take it once per request.

        Raises:
            RuntimeError: `open` was not called.
        """
        current = self._current
        if current is None:
            raise RuntimeError("no release was opened")
        return current

    @property
    def stores(self) -> Path:
        """Where store caches lie."""
        return self._out / "stores"

    @property
    def refused(self) -> tuple[tuple[str, str], ...]:
        """Folders that were not taken, with the reason; the latest last."""
        return tuple(self._refused.items())

    def open(self, progress: Progress | None = None) -> OpenedRelease:
        """Open the release in use, at the start.

        Args:
            progress: Told of what is made; None: nobody.

        Raises:
            ReleaseError, DataError, ServerError: See `_prepare`.
        """
        folder = self._folder
        if folder is None:
            name = current_release_id(self._out)
            folder = self._out / ("current" if name is None else f"releases/{name}")
        self._current = self._prepare(folder, progress or Progress())
        return self._current

    def _prepare(self, folder: Path, progress: Progress) -> OpenedRelease:
        """A release with all that its pages, searches and queries need, so that no reader waits.

        Raises:
            ReleaseError: The folder is no release, or not as it was written.
            DataError: Its store or search index cannot be made or read.
            ServerError: `on_open` refused it.
        """
        opened = open_prepared(folder, self.stores, self._out / "current", progress)
        opened.make_index(progress)
        _LOG.info("search index of %s ready: %d words", opened.id, len(opened.index.terms))
        if self._on_open is None:
            return opened
        return replace(opened, service=self._on_open(opened.release, opened.store))

    def look(self) -> bool:
        """Take the release that `current` names now, if it is another one and sound."""
        if self._folder is not None or self._current is None:
            return False
        name = current_release_id(self._out)
        if name is None:
            return False
        if name == self._current.id:
            self._refused.clear()  # putting a release back in use settles the refused ones
            return False
        pointed = ("", 0)
        try:
            pointed = (name, (self._out / "current").lstat().st_mtime_ns)
            if pointed == self._refused_at:
                return False
            opened = self._prepare(self._out / "releases" / name, Progress())
            opened.naming.result()  # no reader of the next release waits for its names
        except (ReleaseError, DataError, ServerError, OSError, ValueError) as error:
            self._refused[name] = str(error)
            self._refused_at = pointed
            _LOG.error("release %s refused: %s", name, error)
            return False
        former, self._current = self._current, opened
        self._refused.clear()
        _LOG.info("release %s in use instead of %s", opened.id, former.id)
        if self._on_close is not None and former.service is not None:
            timer = threading.Timer(CLOSE_AFTER_S, self._on_close, (former.service,))
            timer.daemon = True
            timer.start()
        return True

    @property
    def kept(self) -> tuple[Release, ...]:
        """All releases that lie here, oldest first; files not verified."""
        if self._folder is not None:
            return (self.current.release,)
        return list_releases(self._out)

    def watch(self) -> None:
        """Start the thread that calls `look` every second."""
        if self._thread is None and self._folder is None:
            self._thread = threading.Thread(target=self._run, name="release-watch", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                self.look()
            except Exception:  # whatever it was: the next release must be seen
                _LOG.exception("looking for a release failed")

    def stop(self) -> None:
        """End the thread and close what belongs to the release in use."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5.0)
        if self._current is not None and self._on_close and self._current.service is not None:
            self._on_close(self._current.service)
