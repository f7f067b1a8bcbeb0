"""Which processors the server and its queries run on, so that none keeps another from its own.

The threads that answer requests share one: an interpreter runs one of them at a time, and to hand
over between processors costs more than the other processor gives. So do the workers while one
short query at a time is all there is, because it takes turns with the server (decision 0016).
Long queries have some of their own: wherever two short turns meet on the processor of a long
query, the scheduler may give it the time up to its next tick (4 ms at 250 Hz), several times what
a lookup takes, be it ever so nice (decision 0014). All others have the rest.
"""

import contextlib
import os
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from server.settings import PROCESSORS


@dataclass(frozen=True)
class Shares:
    """Numbers of processors.

    Attributes:
        server: The one of the threads that answer requests.
        short: Those of all queries that are not long; the server's is one of them.
        long: Those of long queries.
    """

    server: frozenset[int]
    short: frozenset[int]
    long: frozenset[int]


def share_processors(available: Collection[int], long: int, calm: bool, first: int) -> Shares:
    """Who may run where.

    As many are set apart as there are long queries, but never all: one always stays free of them.
    Where there is only one, everybody has it; where no query is long, none is set apart.

    Args:
        available: Numbers of processors, at least one.
        long: How many long queries run.
        calm: One short query at a time is all that runs.
        first: The place of the server's among them; servers of a machine had better differ in it.
    """
    ordered = sorted(available)
    ordered = ordered[first:] + ordered[:first]
    short = max(1, len(ordered) - long)
    return Shares(
        server=frozenset(ordered[:1]),
        short=frozenset(ordered[: 1 if calm else short]),
        long=frozenset(ordered[short:] or ordered),
    )


class Processors:
    """Keeps the threads of workers where they belong. Not safe between threads.

    Attributes:
        server: The processor for the threads that answer requests.
    """

    def __init__(self) -> None:
        self._first = secrets.randbelow(len(PROCESSORS))
        self._arranged: tuple[frozenset[int], frozenset[int], bool] | None = None
        self.server = share_processors(PROCESSORS, 0, True, self._first).server

    def arrange(self, long: Collection[int], workers: Collection[int], *, calm: bool) -> None:
        """Share the processors out anew, where anything is other than the last time.

        A thread that starts later has the processors of the thread that starts it.

        Args:
            long: The ids of the threads, by the system, that run long queries.
            workers: The ids of the workers' processes; one that is gone is passed over.
            calm: One short query at a time is all that runs.
        """
        wanted = frozenset(long), frozenset(workers), calm
        if wanted == self._arranged:
            return
        self._arranged = wanted
        shares = share_processors(PROCESSORS, len(long), calm, self._first)
        for worker in workers:
            hold(worker, shares.short)  # first the thread that starts the others
            for thread in _list_threads(worker):
                hold(thread, shares.long if thread in long else shares.short)


def hold(thread: int, processors: Collection[int]) -> None:
    """Have a thread run on some processors only; one that is gone is passed over.

    Args:
        thread: Its id by the system; 0 is the one that calls.
        processors: Their numbers.
    """
    with contextlib.suppress(OSError):
        os.sched_setaffinity(thread, processors)


def _list_threads(process: int) -> list[int]:
    """The ids of the threads of a process; none where it is gone."""
    try:
        return [int(task.name) for task in Path(f"/proc/{process}/task").iterdir()]
    except OSError:
        return []
