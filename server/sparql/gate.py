"""A gate that one may pass at a time, and at which few may wait."""

import threading
from types import TracebackType

from server.errors import QueueFullError


class Gate:
    """To be passed with `with`; safe between threads.

    Args:
        most: How many may be here at once: one inside, the others waiting.
        what: What passes, for the words of the error.

    Raises:
        QueueFullError: So many are here already.
    """

    def __init__(self, most: int, what: str) -> None:
        self._room = threading.BoundedSemaphore(most)
        self._inside = threading.Lock()
        self._what = what

    def __enter__(self) -> None:
        if not self._room.acquire(blocking=False):
            raise QueueFullError(f"many {self._what} came at once")
        self._inside.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._inside.release()
        self._room.release()
