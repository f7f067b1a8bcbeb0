"""The pool of workers: who waits, who runs, who is stopped, and what the client is told.

One thread starts and replaces workers, looks at deadlines and kills; it lives as long as the
pool. A request's own thread takes a place, waits, talks to its worker and gives it back.

Who gets a place stands in `lanes`, how many workers there are in `crew`, one process in
`processes`, who runs on which processor in `processors`, what a client is told in `endings`.
"""

import contextlib
import hashlib
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from server.errors import ClientLeftError, QueueFullError, UnavailableError, WorkerCrashedError
from server.pool.crew import Crew, sleep
from server.pool.endings import explain_closing, explain_memory, explain_stop, read_failure
from server.pool.engine import StoreSpec
from server.pool.frames import DATA, END, FAILED, QUERY, FrameError, pack
from server.pool.process import WorkerProcess
from server.pool.queue import Lanes, Reason, Ticket
from server.pool.spool import Answer, Spool, SpoolBudget
from server.pool.worker import Job
from server.settings import Settings, count_workers, describe_folder

_TICK_S = 0.05
_MOST_DEATHS = 10


@dataclass(frozen=True)
class PoolState:
    """Numbers for `/health` and `/metrics`."""

    workers: int
    ready: int
    running: int
    long: int
    waiting: int
    started: int
    killed: int
    crashed: int
    answered: int


class Supervisor:
    """Runs queries on stores, each in a worker process that can be stopped at any moment.

    Args:
        settings: Limits and numbers.
        relieve: Gives up room in the spool that is not needed now.
    """

    def __init__(self, settings: Settings, relieve: Callable[[], object] = bool) -> None:
        self._settings = settings
        places = count_workers(settings)
        self._budget = SpoolBudget(settings.spool_total_bytes, relieve)
        self._folder = describe_folder(settings)
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._lanes = Lanes(settings, places)
        self._crew = Crew(settings, places)
        self._counts: Counter[str] = Counter()
        self._store: StoreSpec | None = None
        self._number = 0
        self._closing = False
        self._bell_in, self._bell_out = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()

    # ---- for the application ------------------------------------------------------------

    def use(self, store: StoreSpec) -> None:
        """Keep workers ready for this store from now on; returns when one is ready.

        Raises:
            UnavailableError: No worker can open it; the store in use before stays in use.
        """
        with self._lock:
            before, self._store = self._store, store
            self._crew.hope_again()
            self._ring()
            until = time.monotonic() + self._settings.worker_start_s
            while not self._crew.has_ready(store):
                self._changed.wait(0.2)
                if self._crew.gives_up or time.monotonic() > until:
                    self._store = before
                    why = self._crew.failure
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
        """Run a query to its end and hold its whole answer.

        Args:
            store: What it is asked of.
            job: The query and the format of its answer.
            client: Whose share it counts against.
            timeout_s: How long it may run; waiting does not count.
            left: Asked now and then; true where the client went away.

        Raises:
            ServerError: There is no answer; the class says why.
        """
        mark = hashlib.sha256(job.query.encode("utf-8", "replace")).digest()
        now = time.monotonic()
        with self._lock:
            if self._closing:
                raise explain_closing()
            self._number += 1
            frame = pack(QUERY, json.dumps(vars(job) | {"number": self._number}).encode())
            ticket = Ticket(self._number, store, client, timeout_s, mark, now, (1, now))
            self._lanes.admit(ticket)
            self._place_or_ring(ticket)
        try:
            while True:
                self._await_place(ticket, left)
                answer = self._converse(ticket, frame, left)
                if answer is not None:
                    return answer
        finally:
            with self._lock:
                self._lanes.release(ticket)

    def describe(self) -> PoolState:
        """The numbers now."""
        with self._lock:
            return PoolState(
                workers=len(self._crew.workers),
                ready=sum(each.ready for each in self._crew.workers),
                running=len(self._lanes.running),
                long=self._lanes.count_long(time.monotonic()),
                waiting=len(self._lanes.waiting),
                **{
                    name: self._counts[name]
                    for name in ("started", "killed", "crashed", "answered")
                },
            )

    def close(self) -> None:
        """Take no more queries, tell those that wait or run, and kill all workers."""
        with self._lock:
            again, self._closing = self._closing, True
            for ticket in self._lanes.waiting:
                ticket.reason = "closing"
                ticket.placed.set()
            self._lanes.waiting.clear()
            for ticket in self._lanes.running:
                self._stop(ticket, "closing")
        self._ring()
        self._thread.join()
        if again:
            return
        os.close(self._bell_in)
        os.close(self._bell_out)

    # ---- in a request's thread ------------------------------------------------------------

    def _place_or_ring(self, ticket: Ticket) -> None:
        """Give out places; where this ticket got none, wake the supervisor's thread (locked)."""
        self._place()
        if not ticket.placed.is_set():
            self._ring()

    def _await_place(self, ticket: Ticket, left: Callable[[], bool]) -> None:
        """Wait for a worker; who ended only their side of the connection may wait a little, too.

        Raises:
            ClientLeftError: Nobody waits any more, as far as can be told.
            QueueFullError: None came free in time.
        """
        patience, quick_s = self._settings.queue_wait_s, self._settings.quick_s
        while not ticket.placed.wait(0.2):
            waited = time.monotonic() - ticket.entered
            gone = waited > quick_s and left()
            if not gone and waited < patience:
                continue
            with self._lock:
                if ticket.placed.is_set():
                    break
                self._lanes.waiting.remove(ticket)
            if gone:
                raise ClientLeftError("the client left while its query waited")
            raise QueueFullError(
                f"no worker came free within {patience:g} seconds",
                members={"limit": "queue_wait_s", "most": patience},
            )
        if ticket.worker is None:
            raise explain_closing()

    def _converse(self, ticket: Ticket, frame: bytes, left: Callable[[], bool]) -> Answer | None:
        """Have the query run on its worker; None where it has to be placed again."""
        worker = ticket.worker
        if worker is None:
            raise UnavailableError("the query has no worker")
        spool = Spool(
            self._settings.spool_memory_bytes,
            self._settings.max_result_bytes,
            self._budget,
            self._folder,
        )
        whole = False

        def gone() -> bool:
            """A quick query is left to end: to kill and start a worker costs others more."""
            if time.monotonic() - ticket.started < self._settings.quick_s or not left():
                return False
            ticket.reason = ticket.reason or "left"
            return True

        try:
            if worker.send(frame):
                for kind, content in worker.frames(gone):
                    if kind == DATA:
                        spool.write(content)
                    elif kind == FAILED:
                        whole = True
                        worker.note_size(json.loads(content)["address_space"])
                        raise read_failure(content)
                    elif kind == END:
                        end = json.loads(content)
                        worker.note_size(end["address_space"])
                        if (end["number"], end["bytes"]) == (ticket.number, spool.size):
                            whole = True
                            self._refuse_late(ticket)
                            return spool.finish(end["sha256"], end["rows"])
                        break
        except FrameError:
            worker.kill()
        finally:
            spool.drop()
            if not (whole and not worker.grown and self._give_back(ticket, worker)):
                worker.kill()
                died, memory = worker.explain_death()
                started = worker.read_progress().number == ticket.number
                self._bury(ticket, worker)
        self._judge(ticket, started, died, memory)
        return None

    def _refuse_late(self, ticket: Ticket) -> None:
        """An answer that came after its time is none.

        Raises:
            QueryTimeoutError: It was stopped by no one only because it was quick.
        """
        late = time.monotonic() - ticket.started > ticket.timeout_s + _TICK_S
        error = explain_stop("timeout", ticket.timeout_s) if late else None
        if error is not None:
            raise error

    def _judge(self, ticket: Ticket, started: bool, died: str, memory: bool) -> None:
        """Say why a worker ended before its answer did, or put the query back into the queue.

        Raises:
            ServerError: Unless the query makes way for another, or was never read.
        """
        error = explain_stop(ticket.reason, ticket.timeout_s) or (
            explain_memory(self._settings.worker_memory_mib) if memory else None
        )
        if error is not None:
            raise error
        if ticket.reason != "preempted":
            ticket.deaths += 1
            if started or ticket.deaths == _MOST_DEATHS:
                with self._lock:
                    self._counts["crashed"] += 1
                raise WorkerCrashedError(f"the worker died while it ran the query ({died})")
        with self._lock:
            if self._closing:
                raise explain_closing()
            self._lanes.readmit(ticket)
            self._place_or_ring(ticket)

    def _give_back(self, ticket: Ticket, worker: WorkerProcess) -> bool:
        """A worker has answered and is free again; False where it was being stopped meanwhile."""
        with self._lock:
            self._counts["answered"] += 1
            if ticket.reason:
                return False
            self._leave(ticket)
            self._crew.idle.append(worker)
            self._place()
            return True

    def _bury(self, ticket: Ticket, worker: WorkerProcess) -> None:
        """A worker is dead: let go of it, and have another started."""
        with self._lock:
            self._leave(ticket)
            self._crew.dismiss(worker)
            self._place()
        self._ring()

    def _leave(self, ticket: Ticket) -> None:
        """A ticket's query no longer runs (with the lock)."""
        self._lanes.end(ticket, time.monotonic())
        self._changed.notify_all()

    # ---- with the lock, in any thread ------------------------------------------------------

    def _place(self) -> None:
        """Give idle workers to those who wait."""
        while idle := self._crew.idle:
            now = time.monotonic()
            ticket = self._lanes.choose({worker.store for worker in idle}, now)
            if ticket is None:
                return
            self._lanes.begin(ticket, self._crew.take(ticket.store), now)

    def _stop(self, ticket: Ticket, reason: Reason) -> None:
        """Kill the worker of a running query; its own thread finds out and tells the client."""
        if ticket.reason == "" and ticket.worker is not None:
            ticket.reason = reason
            self._counts["killed"] += 1
            ticket.worker.kill()

    def _ring(self) -> None:
        """Wake the supervisor's thread."""
        with contextlib.suppress(OSError):  # full: it rings already; closed: nobody listens
            os.write(self._bell_out, b".")

    # ---- the supervisor's thread -----------------------------------------------------------

    def _watch(self) -> None:
        """Until the pool closes: deadlines, places, processors, new workers."""
        while True:
            with self._lock:
                if self._closing and not self._lanes.running:
                    break
                now = time.monotonic()
                self._check_deadlines(now)
                self._crew.check(now)
                wanted = self._choose_store(now)
                starting = self._crew.list_starting()
            if wanted is not None:
                self._start(wanted)
                continue
            self._welcome(sleep(self._bell_in, starting, _TICK_S))
        for worker in self._crew.workers:
            worker.close()

    def _check_deadlines(self, now: float) -> None:
        """Slow down what is long, stop what takes too long, and what has to make way."""
        for ticket in self._lanes.list_overdue(now):
            self._stop(ticket, "timeout")
        youngest = self._lanes.choose_to_make_way(now)
        if youngest is not None:
            youngest.long = True
            self._stop(youngest, "preempted")

    def _choose_store(self, now: float) -> StoreSpec | None:
        """The store that a worker should be started for now, or None."""
        if self._closing:
            return None
        return self._crew.choose_store(now, self._lanes.waiting, self._lanes.running, self._store)

    def _start(self, store: StoreSpec) -> None:
        """Start a worker."""
        try:
            worker = WorkerProcess(store, self._settings)
        except OSError as error:
            with self._lock:
                self._crew.note_failure(str(error))
                self._changed.notify_all()
            return
        with self._lock:
            self._crew.workers.append(worker)
            self._counts["started"] += 1

    def _welcome(self, workers: list[WorkerProcess]) -> None:
        """Hear what starting workers say, and give places to those that are ready."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._bell_in, 4096)
        with self._lock:
            for worker in workers:
                if self._crew.welcome(worker):
                    self._place()
                self._changed.notify_all()
