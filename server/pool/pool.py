"""The pool: queries run in worker processes that can be killed at any moment.

A request's own thread takes a place in the queue, waits, and talks to its worker. One thread of
the pool starts and replaces workers and stops queries: at their time limit, when their client
has left, and when the server stops.
"""

import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any

from server.errors import (
    BadQueryError,
    ClientLeftError,
    QueryMemoryError,
    QueryTimeoutError,
    QueueFullError,
    ServerError,
    UnavailableError,
    WorkerCrashedError,
)
from server.pool.engine import StoreSpec
from server.pool.queue import Queue, Reason, Ticket, Worker
from server.pool.spool import Answer, Spool, SpoolBudget
from server.pool.worker import DATA, PROBLEMS, Job
from server.settings import Settings, count_workers, describe_folder

_TICK_S = 0.05
_LEAST_RUN_S = 0.5
"""No query is stopped earlier: starting a new worker costs other clients more than letting the
query end."""

_MOST_FAILURES = 3
_LOG = logging.getLogger("pacta.pool")


@dataclass(frozen=True)
class PoolState:
    """Numbers for `/health` and `/metrics`."""

    workers: int
    ready: int
    running: int
    waiting: int
    started: int
    killed: int
    crashed: int
    answered: int


class Pool:
    """Runs queries on stores in worker processes, and keeps one spare worker ready.

    Args:
        settings: The server's settings.
        start_worker: The engine: makes a worker for a store.
        relieve: Frees bytes of the spool by dropping cached answers.
    """

    def __init__(
        self,
        settings: Settings,
        start_worker: Callable[[StoreSpec, Settings], Worker],
        relieve: Callable[[], object] = bool,
    ) -> None:
        self._settings = settings
        self._start_worker = start_worker
        self._places = count_workers(settings)
        self._budget = SpoolBudget(settings.spool_total_bytes, relieve)
        self._folder = describe_folder(settings)
        self._changed = threading.Condition()
        self._queue = Queue(settings, self._places)
        self._workers: list[Worker] = []
        self._idle: list[Worker] = []
        self._counts: Counter[str] = Counter()
        self._store: StoreSpec | None = None
        self._failures, self._failure, self._not_before = 0, "", 0.0
        self._late = f"none was ready within {settings.worker_start_s:g} s"
        self._closing = False
        self._thread = threading.Thread(target=self._watch, name="pool", daemon=True)
        self._thread.start()

    # ---- for the application ------------------------------------------------------------

    def use(self, store: StoreSpec) -> None:
        """Keep workers ready for this store from now on; returns when one is ready.

        Raises:
            UnavailableError: No worker can open it; the store in use before stays in use.
        """
        until = time.monotonic() + self._settings.worker_start_s
        with self._changed:
            before, self._store, self._failures = self._store, store, 0
            while not any(each.ready and each.store == store for each in self._workers):
                self._changed.wait(_TICK_S)
                if self._failures >= _MOST_FAILURES or time.monotonic() > until:
                    self._store = before
                    why = self._failure if self._failures else self._late
                    raise UnavailableError(f"no worker could open {store.path}: {why}")

    def run(
        self,
        store: StoreSpec,
        job: Job,
        *,
        client: str,
        timeout_s: float,
        left: Callable[[], bool] = bool,
    ) -> Answer:
        """Run a query to its end and return its whole answer.

        Args:
            store: The store to query.
            job: The query and the format of its answer.
            client: The client whose share the query counts against.
            timeout_s: Seconds that the query may run; waiting does not count.
            left: Returns whether the client has left; called from time to time.

        Raises:
            ServerError: There is no answer; the class says why.
        """
        ticket = Ticket(store, client, timeout_s, left, time.monotonic())
        with self._changed:
            if self._closing:
                raise self._explain_stop(ticket, "closing")
            self._queue.admit(ticket)
            self._place()
        try:
            ticket.placed.wait()
            if ticket.worker is None:
                raise self._explain_stop(ticket, ticket.reason)
            return self._converse(ticket, ticket.worker, job)
        finally:
            self._end(ticket)

    def describe(self) -> PoolState:
        """The current numbers."""
        with self._changed:
            return PoolState(
                workers=len(self._workers),
                ready=sum(each.ready for each in self._workers),
                running=len(self._queue.running),
                waiting=len(self._queue.waiting),
                started=self._counts["started"],
                killed=self._counts["killed"],
                crashed=self._counts["crashed"],
                answered=self._counts["answered"],
            )

    def close(self) -> None:
        """Accept no more queries, fail those that wait or run, and kill all workers."""
        with self._changed:
            self._closing = True
        self._thread.join()

    # ---- in a request's thread ------------------------------------------------------------

    def _converse(self, ticket: Ticket, worker: Worker, job: Job) -> Answer:
        """Run the query on its worker and return the whole answer. Raises `ServerError`."""
        settings = self._settings
        spool = Spool(
            settings.spool_memory_bytes, settings.max_result_bytes, self._budget, self._folder
        )
        try:
            worker.send(job)
            letter, content = worker.receive()
            while letter == DATA:
                spool.write(content)
                letter, content = worker.receive()
            line, _, rest = content.partition(b"\n")
            outcome: dict[str, Any] = json.loads(line)
            worker.note_size(outcome["address_space"])
            ticket.answered = True
            if outcome["problem"] is not None:
                raise _read_problem(outcome["problem"])
            if rest:
                spool.write(rest)
            if outcome["bytes"] != spool.size:
                raise WorkerCrashedError("the answer is not as long as its worker said")
            return spool.finish(outcome["sha256"], outcome["rows"])
        except (EOFError, OSError):
            raise self._explain_death(ticket, worker) from None
        finally:
            spool.drop()

    def _end(self, ticket: Ticket) -> None:
        """End a query: its worker takes the next one, or is removed."""
        worker, dead = ticket.worker, False
        with self._changed:
            self._queue.release(ticket)
            if worker is not None:
                self._counts["answered"] += ticket.answered
                if ticket.answered and not ticket.reason and not worker.grown:
                    self._idle.append(worker)
                else:
                    dead = self._remove(worker)
            self._place()
        if worker is not None and dead:
            worker.bury()

    def _explain_death(self, ticket: Ticket, worker: Worker) -> ServerError:
        """Why a worker ended before its answer did."""
        with self._changed:
            self._remove(worker)
        died, memory = worker.bury()
        if ticket.reason:
            return self._explain_stop(ticket, ticket.reason)
        if memory:
            most = self._settings.worker_memory_mib
            return QueryMemoryError(
                f"stopped at {most} MiB of memory",
                members={"limit": "worker_memory_mib", "most": most},
            )
        with self._changed:
            self._counts["crashed"] += 1
        return WorkerCrashedError(f"the worker died while it ran the query ({died})")

    def _explain_stop(self, ticket: Ticket, reason: Reason) -> ServerError:
        """Why the pool itself stopped a query, or never ran it."""
        if reason == "timeout":
            most = ticket.timeout_s
            return QueryTimeoutError(
                f"stopped after {most:g} {'second' if most == 1 else 'seconds'}",
                members={"limit": "query_timeout_s", "most": most},
            )
        if reason == "left":
            return ClientLeftError("the client left before its query had an answer")
        if reason == "waited":
            patience = self._settings.queue_wait_s
            return QueueFullError(
                f"no worker came free within {patience:g} seconds",
                members={"limit": "queue_wait_s", "most": patience},
            )
        return UnavailableError("the server is shutting down")

    # ---- with the lock, in any thread ------------------------------------------------------

    def _place(self) -> None:
        """Assign idle workers to waiting queries."""
        while self._queue.waiting:
            ticket = self._queue.choose({each.store for each in self._idle})
            if ticket is None:
                break
            worker = next(each for each in reversed(self._idle) if each.store == ticket.store)
            self._idle.remove(worker)
            if worker.has_ended():
                self._bury(worker)
            else:
                self._queue.begin(ticket, worker, time.monotonic())

    def _remove(self, worker: Worker) -> bool:
        """Remove a worker, which the caller then buries; False if it is gone already."""
        if worker not in self._workers:
            return False
        if worker in self._idle:
            self._idle.remove(worker)
        self._workers.remove(worker)
        return True

    def _bury(self, worker: Worker) -> tuple[str, bool]:
        """Remove a worker without a query, which dies at once; returns what `bury` returns."""
        self._remove(worker)
        return worker.bury()

    def _stop(self, ticket: Ticket, reason: Reason) -> None:
        """Kill the worker of a running query; the query's thread then answers the client."""
        if not ticket.reason and not ticket.answered and ticket.worker is not None:
            ticket.reason = reason
            self._counts["killed"] += 1
            ticket.worker.kill()

    # ---- the pool's own thread -----------------------------------------------------------

    def _watch(self) -> None:
        """Enforce time limits, notice clients that left, start workers, until the pool closes."""
        while True:
            try:
                with self._changed:
                    if self._closing:
                        break
                    self._check_queries(time.monotonic())
                    starting = self._check_workers(time.monotonic())
                    wanted = self._choose_store(time.monotonic())
                if wanted is not None:
                    self._start(wanted)
                    continue
                awake = wait([each.connection for each in starting], _TICK_S)
                self._welcome([each for each in starting if each.connection in awake])
            except Exception:  # whatever it was: queries need their limits
                _LOG.exception("the pool could not look after its workers")
                time.sleep(_TICK_S)
        self._stop_all()

    def _check_queries(self, now: float) -> None:
        """Stop or reject queries that exceed their time limit or whose client has left."""
        for ticket in list(self._queue.running):
            ran_s = now - ticket.started
            if ran_s > max(ticket.timeout_s, _LEAST_RUN_S):
                self._stop(ticket, "timeout")
            elif ran_s > _LEAST_RUN_S and ticket.left():
                self._stop(ticket, "left")
        for ticket in list(self._queue.waiting):
            if now - ticket.entered > self._settings.queue_wait_s:
                self._queue.turn_away(ticket, "waited")
            elif ticket.left():
                self._queue.turn_away(ticket, "left")

    def _check_workers(self, now: float) -> list[Worker]:
        """Remove workers that died idle or never became ready; returns those still starting."""
        for worker in [each for each in self._idle if each.has_ended()]:
            self._bury(worker)
        for worker in [each for each in self._workers if not each.ready]:
            if now - worker.born > self._settings.worker_start_s:
                worker.kill()
        return [each for each in self._workers if not each.ready]

    def _choose_store(self, now: float) -> StoreSpec | None:
        """Return the store to start a worker for now; None if none is needed.

        A waiting query for which no worker is free goes first, whatever its release; then the store
        in use. If there are as many workers as allowed, an idle one of another store is removed.
        """
        if now < self._not_before:
            return None
        busy = [each.worker for each in self._queue.running]
        free = {each.store for each in self._workers if each not in busy}
        wanted = next((each.store for each in self._queue.waiting if each.store not in free), None)
        if wanted is None and self._places >= sum(
            each.store == self._store for each in self._workers
        ):
            wanted = self._store
        if wanted is None or len(self._workers) <= self._places:
            return wanted
        other = next((each for each in self._idle if each.store != wanted), None)
        if other is None:
            return None
        self._bury(other)
        return wanted

    def _start(self, store: StoreSpec) -> None:
        """Start a worker."""
        try:
            worker = self._start_worker(store, self._settings)
        except OSError as error:
            with self._changed:
                self._note_failure(str(error))
            return
        with self._changed:
            self._workers.append(worker)
            self._counts["started"] += 1

    def _welcome(self, workers: list[Worker]) -> None:
        """Read the first messages of starting workers, and give queries to those that are ready."""
        with self._changed:
            for worker in workers:
                if worker.read_ready():
                    self._failures = 0
                    self._idle.append(worker)
                    self._place()
                else:  # a worker that was killed for being late says nothing of that
                    is_late = time.monotonic() - worker.born > self._settings.worker_start_s
                    died, _ = self._bury(worker)
                    self._note_failure(self._late if is_late else died)
            self._changed.notify_all()

    def _note_failure(self, why: str) -> None:
        """Record that a worker could not start; wait longer each time (with the lock held)."""
        self._failures, self._failure = self._failures + 1, why
        self._not_before = time.monotonic() + min(0.05 * 2**self._failures, 5.0)
        self._changed.notify_all()

    def _stop_all(self) -> None:
        """Fail all queries and kill all workers."""
        with self._changed:
            for ticket in list(self._queue.waiting):
                self._queue.turn_away(ticket, "closing")
            for ticket in list(self._queue.running):
                self._stop(ticket, "closing")
            for worker in list(self._workers):
                if worker not in [each.worker for each in self._queue.running]:
                    self._bury(worker)
        while self.describe().running:  # their own threads let go of these
            time.sleep(_TICK_S / 10)


def _read_problem(problem: dict[str, Any]) -> ServerError:
    """The error for a failure that a worker reports."""
    kind, detail = problem["kind"], str(problem["detail"])
    if kind == "query":
        return BadQueryError(detail, problem.get("line"), problem.get("column"))
    if kind == "memory" or "Cannot allocate memory" in detail:
        return QueryMemoryError(
            "stopped at the memory limit", members={"limit": "worker_memory_mib"}
        )
    return PROBLEMS.get(kind, UnavailableError)(detail)
