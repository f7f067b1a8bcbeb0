"""Which processors queries run on: long ones on some of their own, everything else on the rest.

Being nicer is not enough: wherever two short turns meet on the processor of a long query, the
scheduler may give it the time up to its next tick (4 ms at 250 Hz), several times what a lookup
takes. Source: decision 0014.
"""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path


def share_processors(available: frozenset[int], long: int) -> tuple[frozenset[int], frozenset[int]]:
    """The processors for long queries, and those for everything else.

    As many are set apart as there are long queries, but never all: one always stays free of them.
    Where there is only one, or no long query, both have all.

    Args:
        available: Numbers of processors, at least one.
        long: How many long queries run.
    """
    apart = min(long, len(available) - 1)
    if apart <= 0:
        return available, available
    ordered = sorted(available)
    return frozenset(ordered[-apart:]), frozenset(ordered[:-apart])


class Processors:
    """Keeps the threads of long queries apart from all others of some processes.

    The processors of whoever makes it are those that are shared out. Not safe between threads.
    """

    def __init__(self) -> None:
        self._available = frozenset(os.sched_getaffinity(0))
        self._long: frozenset[int] = frozenset()

    def arrange(self, long: frozenset[int], processes: Iterable[int]) -> None:
        """Share the processors out anew, where other queries are long than the last time.

        A thread or a process that starts later has the processors of the thread that starts it.

        Args:
            long: The ids of the threads, by the system, that run long queries.
            processes: The ids of the processes; one that is gone is passed over.
        """
        if long == self._long:
            return
        self._long = long
        apart, rest = share_processors(self._available, len(long))
        for process in processes:
            for thread in _list_threads(process):
                with contextlib.suppress(OSError):  # it ended meanwhile
                    os.sched_setaffinity(thread, apart if thread in long else rest)


def _list_threads(process: int) -> list[int]:
    """The ids of the threads of a process; none where it is gone."""
    try:
        return [int(task.name) for task in Path(f"/proc/{process}/task").iterdir()]
    except OSError:
        return []
