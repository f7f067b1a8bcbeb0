"""Which processors the server and its queries run on, so that none keeps another from its own.

The server's own threads share one: an interpreter runs one of them at a time, and to hand over
between processors costs more than the other processor gives. So do the workers while one short
query at a time is all there is, because it takes turns with the server (decision 0016).
Long queries have some of their own: wherever two short turns meet on the processor of a long
query, the scheduler may give it the time up to its next tick (4 ms at 250 Hz), several times what
a lookup takes, be it ever so nice (decision 0014). All others have the rest.
"""

import contextlib
import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Shares:
    """Numbers of processors.

    Attributes:
        server: The one of the server's own threads.
        short: Those of all other queries; the server's is one of them.
        long: Those of long queries.
    """

    server: frozenset[int]
    short: frozenset[int]
    long: frozenset[int]


def share_processors(available: frozenset[int], long: int, calm: bool, turn: int) -> Shares:
    """Who may run where.

    As many are set apart as there are long queries, but never all: one always stays free of them.
    Where there is only one, everybody has it; where no query is long, none is set apart.

    Args:
        available: Numbers of processors, at least one.
        long: How many long queries run.
        calm: One short query at a time is all that runs.
        turn: Any number; servers with different ones begin at different processors.
    """
    ordered = sorted(available)
    start = turn % len(ordered)
    ordered = ordered[start:] + ordered[:start]
    short = max(1, len(ordered) - long)
    return Shares(
        server=frozenset(ordered[:1]),
        short=frozenset(ordered[: 1 if calm else short]),
        long=frozenset(ordered[short:] or ordered),
    )


class Processors:
    """Keeps the threads of this process and of its workers where they belong.

    The processors of whoever makes it are those that are shared out. Not safe between threads.
    """

    def __init__(self) -> None:
        self._available = frozenset(os.sched_getaffinity(0))
        self._arranged: tuple[frozenset[int], frozenset[int], bool] | None = None

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
        shares = share_processors(self._available, len(long), calm, os.getpid())
        _place(_list_threads(os.getpid()), shares.server)
        for worker in workers:
            threads = _list_threads(worker)
            _place(threads - wanted[0], shares.short)
            _place(threads & wanted[0], shares.long)

    def release(self) -> None:
        """Let this process have all processors again."""
        _place(_list_threads(os.getpid()), self._available)


def _list_threads(process: int) -> frozenset[int]:
    """The ids of the threads of a process; none where it is gone."""
    try:
        return frozenset(int(task.name) for task in Path(f"/proc/{process}/task").iterdir())
    except OSError:
        return frozenset()


def _place(threads: Collection[int], processors: Collection[int]) -> None:
    """Have threads run on some processors only; one that is gone is passed over."""
    for thread in threads:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(thread, processors)
