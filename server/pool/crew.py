"""The workers that there are: how many, of which store, when one is started and let go.

One more than there are places, so that a worker that was killed is replaced before it is missed.
Not safe between threads by itself: `supervisor` calls everything with its lock held, save
`sleep`. Time comes in as an argument.
"""

import select
import time
from collections.abc import Collection, Iterable

from server.pool.engine import StoreSpec
from server.pool.process import WorkerProcess
from server.pool.queue import Ticket
from server.settings import Settings

_MOST_FAILURES = 3


class Crew:
    """Worker processes, from their start to their end.

    Attributes:
        workers: All of them.
        idle: Those that are ready and have no query.
        failure: Why the last one could not start.

    Args:
        settings: Of every worker; of them the time until it must be ready.
        places: How many queries may run at once.
    """

    def __init__(self, settings: Settings, places: int) -> None:
        self._settings = settings
        self._places = places
        self._failures = 0
        self._not_before = 0.0
        self.workers: list[WorkerProcess] = []
        self.idle: list[WorkerProcess] = []
        self.failure = ""

    @property
    def gives_up(self) -> bool:
        """Whether so many could not start that there is no use in waiting."""
        return self._failures >= _MOST_FAILURES

    def hope_again(self) -> None:
        """Forget that workers could not start."""
        self._failures = 0

    def has_ready(self, store: StoreSpec) -> bool:
        """Whether a worker has this store open."""
        return any(each.ready and each.store == store for each in self.workers)

    def list_starting(self) -> list[WorkerProcess]:
        """Those that are not ready yet."""
        return [each for each in self.workers if not each.ready]

    def take(self, store: StoreSpec) -> WorkerProcess:
        """An idle worker of a store that has one, no longer idle: the one used last."""
        worker = next(each for each in reversed(self.idle) if each.store == store)
        self.idle.remove(worker)
        return worker

    def dismiss(self, worker: WorkerProcess) -> None:
        """Let go of a worker. It is closed last, when nobody else can find it."""
        if worker in self.idle:
            self.idle.remove(worker)
        self.workers.remove(worker)
        worker.close()

    def check(self, now: float) -> None:
        """Let go of those that died while nobody used them; stop those that never get ready."""
        for worker in [each for each in self.idle if each.has_ended()]:
            self.dismiss(worker)
        for worker in self.list_starting():
            if now - worker.born > self._settings.worker_start_s:
                worker.kill()

    def choose_store(
        self,
        now: float,
        waiting: Iterable[Ticket],
        running: Collection[Ticket],
        kept: StoreSpec | None,
    ) -> StoreSpec | None:
        """The store that a worker should be started for now, or None.

        Args:
            now: Monotonic seconds.
            waiting: What waits; its stores come first.
            running: What runs, each on its worker.
            kept: The store that workers are kept ready for.
        """
        if now < self._not_before:
            return None
        busy = [each.worker for each in running]
        free = {each.store for each in self.workers if each not in busy}
        for ticket in waiting:
            if ticket.store not in free and self._make_room(ticket.store):
                return ticket.store
        of_kept = sum(each.store == kept for each in self.workers)
        if kept is not None and of_kept <= self._places and self._make_room(kept):
            return kept
        return None

    def _make_room(self, store: StoreSpec) -> bool:
        """Whether one more may be started; an idle worker of another store is let go for it."""
        if len(self.workers) > self._places:
            other = next((each for each in self.idle if each.store != store), None)
            if other is not None:
                self.dismiss(other)
        return len(self.workers) <= self._places

    def note_failure(self, why: str) -> None:
        """A worker could not start: wait longer each time."""
        self._failures += 1
        self.failure = why
        self._not_before = time.monotonic() + min(0.05 * 2**self._failures, 5.0)

    def welcome(self, worker: WorkerProcess) -> bool:
        """Read what a starting worker says; whether it is ready now."""
        ready = worker.read_ready()
        if ready:
            self._failures = 0
            self.idle.append(worker)
        elif ready is not None:
            worker.kill()
            self.note_failure(worker.explain_death()[0])
            self.dismiss(worker)
        return bool(ready)


def sleep(bell: int, starting: Iterable[WorkerProcess], most_s: float) -> list[WorkerProcess]:
    """Sleep until something happens.

    Args:
        bell: A descriptor to be read when it rings.
        starting: Workers whose first word is awaited.
        most_s: The longest sleep.

    Returns:
        The workers that said something, or ended.
    """
    by_output = {worker.output: worker for worker in starting}
    poll = select.poll()
    for descriptor in (bell, *by_output):
        poll.register(descriptor, select.POLLIN)
    awake = [descriptor for descriptor, _ in poll.poll(most_s * 1000)]
    return [by_output[descriptor] for descriptor in awake if descriptor != bell]
