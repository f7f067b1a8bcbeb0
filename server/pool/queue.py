"""The order of the queries, waiting and running. Independent of processes.

One queue, first come first served, with a share per client: the next place goes to the client
with the fewest queries running, and no client runs on all workers at once. Not safe between
threads by itself: `server.pool.pool` calls everything with its lock held.
"""

import threading
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Literal, Protocol

from server.errors import ClientShareError, QueueFullError
from server.pool.engine import StoreSpec
from server.pool.worker import Job
from server.settings import Settings

Reason = Literal["timeout", "left", "closing", "waited", ""]


class Worker(Protocol):
    """Runs queries, one at a time, in a process or a remote store.

    Attributes:
        store: The store that it answers from.
        connection: Readable when `read_ready` can be called.
        born: When it was started (monotonic seconds).
        ready: Whether it can take queries.
        grown: Whether it should be replaced.
    """

    store: StoreSpec
    connection: Connection
    born: float
    ready: bool
    grown: bool

    def send(self, job: Job) -> None:
        """Take a query. Raises `OSError` if the worker is gone."""

    def receive(self) -> tuple[bytes, bytes]:
        """The next message: its letter and its content (`server.pool.worker`).

        Raises:
            EOFError, OSError: The worker ended before its message did.
        """

    def read_ready(self) -> bool:
        """Read the first message, which has arrived; return whether the worker is ready."""

    def note_size(self, address_space: int) -> None:
        """Record the address space after a query."""

    def kill(self) -> None:
        """End the worker at once, even during a query; may be called from any thread."""

    def has_ended(self) -> bool:
        """Whether it has ended."""

    def bury(self) -> tuple[str, bool]:
        """End the worker and free what it holds; return why it ended and whether memory was why."""


@dataclass(eq=False)
class Ticket:
    """One query, waiting or running on a worker.

    Attributes:
        store: The store to query.
        client: The client whose share the query counts against.
        timeout_s: Seconds that the query may run.
        left: Returns whether the client has left.
        entered: When the query arrived (monotonic seconds).
        worker: The worker that runs it; None while it waits.
        started: When it began to run (monotonic seconds).
        answered: Whether its worker has said how it ended, and can take the next query.
        reason: Why the pool stopped it; empty while it did not.
        placed: Set when it has a worker, or never will.
    """

    store: StoreSpec
    client: str
    timeout_s: float
    left: Callable[[], bool]
    entered: float
    worker: Worker | None = None
    started: float = 0.0
    answered: bool = False
    reason: Reason = ""
    placed: threading.Event = field(default_factory=threading.Event)


class Queue:
    """The waiting and running queries, in order of arrival.

    Args:
        settings: The share of a client and the length of the queue.
        places: How many queries may run at once.
    """

    def __init__(self, settings: Settings, places: int) -> None:
        self._settings = settings
        self._places = places
        self._most_of_client = max(1, places - 1)
        self._shares: Counter[str] = Counter()
        self.waiting: list[Ticket] = []
        self.running: list[Ticket] = []

    def admit(self, ticket: Ticket) -> None:
        """Admit a query; it waits from now on, and counts until `release`.

        Raises:
            ClientShareError: Its client has its share already.
            QueueFullError: Too many wait.
        """
        share, most = self._settings.client_share, self._settings.queue_length
        if self._shares[ticket.client] >= share:
            raise ClientShareError(
                f"{share} queries of yours are waiting or running already",
                members={"limit": "client_share", "most": share},
            )
        if len(self.waiting) >= most:
            raise QueueFullError(
                f"{most} queries wait already", members={"limit": "queue_length", "most": most}
            )
        self._shares[ticket.client] += 1
        self.waiting.append(ticket)

    def choose(self, stores: Collection[StoreSpec]) -> Ticket | None:
        """The next query to run; None if no slot is free, or none can run.

        Args:
            stores: The stores that idle workers have open.
        """
        if len(self.running) >= self._places:
            return None
        held = Counter(ticket.client for ticket in self.running)
        able = (
            each
            for each in self.waiting
            if each.store in stores and held[each.client] < self._most_of_client
        )
        return min(able, key=lambda ticket: held[ticket.client], default=None)

    def begin(self, ticket: Ticket, worker: Worker, now: float) -> None:
        """Record that a query got a worker."""
        self.waiting.remove(ticket)
        ticket.worker, ticket.started = worker, now
        self.running.append(ticket)
        ticket.placed.set()

    def turn_away(self, ticket: Ticket, reason: Reason) -> None:
        """Reject a waiting query: it will never run."""
        self.waiting.remove(ticket)
        ticket.reason = reason
        ticket.placed.set()

    def release(self, ticket: Ticket) -> None:
        """Release a query, however it ended: it no longer runs or counts."""
        if ticket in self.running:
            self.running.remove(ticket)
        self._shares[ticket.client] -= 1
        if self._shares[ticket.client] <= 0:
            del self._shares[ticket.client]
