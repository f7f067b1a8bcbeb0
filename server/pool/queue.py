"""Who waits, who runs, who makes way: the order of the queries, without any process.

Places go first to whoever made way before (where there is but one place, to short ones), then to
the client that has the fewest queries running, then to whoever came first. A
query that has run `quick_s` is long, and so is one that was long when it ran before. All places
but one may be held by long queries; when a short one waits and long ones hold them all, the
youngest long query is to make way, and keeps its turn before later ones: they make way for it.

Not safe between threads by itself: `supervisor` calls everything with its lock held. Time comes
in as an argument.
"""

import threading
from collections import Counter, OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from server.errors import ClientShareError, QueueFullError
from server.pool.engine import StoreSpec
from server.pool.process import WorkerProcess
from server.settings import Settings

Reason = Literal["timeout", "preempted", "left", "closing", ""]

_REMEMBERED = 1000


@dataclass(eq=False)
class Ticket:
    """One query on its way: waiting, or running on a worker.

    Attributes:
        number: Of the query; no two are alike.
        store: What it is asked of.
        client: Whose share it counts against.
        timeout_s: How long it may run.
        mark: Digest of its text.
        entered: When it came.
        order: Tickets of a client are served in this order.
        long: It is known to be long.
        worker: Where it runs, or None.
        started: When it began to run.
        reason: Why it was stopped; empty while nobody did.
        deaths: How many workers died before they read it.
        placed: Set when it has a worker, or never will.
    """

    number: int
    store: StoreSpec
    client: str
    timeout_s: float
    mark: bytes
    entered: float
    order: tuple[int, float]
    long: bool = False
    worker: WorkerProcess | None = None
    started: float = 0.0
    reason: Reason = ""
    deaths: int = 0
    placed: threading.Event = field(default_factory=threading.Event)

    @property
    def made_way(self) -> bool:
        """Whether it was stopped for another and has its turn before later ones."""
        return self.order[0] == 0

    @property
    def since(self) -> tuple[float, int]:
        """When it first began to run, and its number; making way changes nothing about it."""
        return self.order[1] if self.made_way else self.started, self.number


class Lanes:
    """The queries that wait and run.

    Args:
        settings: Of them the share, the queue's length, and when a query is long.
        places: How many may run at once.
    """

    def __init__(self, settings: Settings, places: int) -> None:
        self._settings = settings
        self._places = places
        self._room = max(1, places - 1)
        self._shares: Counter[str] = Counter()
        self._slow: OrderedDict[bytes, None] = OrderedDict()
        self.waiting: list[Ticket] = []
        self.running: list[Ticket] = []

    @property
    def is_full(self) -> bool:
        """Whether every place is taken."""
        return len(self.running) >= self._places

    def admit(self, ticket: Ticket) -> None:
        """Let a query in; it waits from now on, and counts until `release`.

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
        ticket.long = ticket.mark in self._slow
        self.waiting.append(ticket)

    def release(self, ticket: Ticket) -> None:
        """A query is over, however it ended: it neither waits nor counts any more."""
        if ticket in self.waiting:
            self.waiting.remove(ticket)
        self._shares[ticket.client] -= 1
        if self._shares[ticket.client] <= 0:
            del self._shares[ticket.client]

    def readmit(self, ticket: Ticket) -> None:
        """A query that was stopped through no fault of its own waits again, before later ones."""
        ticket.order = (0, ticket.since[0])
        ticket.worker, ticket.reason = None, ""
        ticket.placed.clear()
        self.waiting.append(ticket)

    def choose(self, stores: Collection[StoreSpec], now: float) -> Ticket | None:
        """The next to run, where a place is free; None where nobody can.

        Args:
            stores: Those that an idle worker has open.
            now: Monotonic seconds.
        """
        if self.is_full or not self.waiting:
            return None
        room = self.count_long(now) < self._room
        held = Counter(ticket.client for ticket in self.running)
        able = [each for each in self.waiting if each.store in stores and (room or not each.long)]

        def rank(ticket: Ticket) -> tuple[bool, int, tuple[int, float]]:
            first = ticket.made_way if self._places > 1 else not ticket.long
            return not first, 0 if ticket.made_way else held[ticket.client], ticket.order

        return min(able, key=rank, default=None)

    def begin(self, ticket: Ticket, worker: WorkerProcess, now: float) -> None:
        """A ticket got a worker."""
        self.waiting.remove(ticket)
        ticket.worker, ticket.started = worker, now
        self.running.append(ticket)
        ticket.placed.set()

    def end(self, ticket: Ticket, now: float) -> None:
        """A ticket's query no longer runs; whether it was long is remembered by its text."""
        self.running.remove(ticket)
        if now - ticket.started <= self._settings.quick_s:
            self._slow.pop(ticket.mark, None)
            return
        self._slow[ticket.mark] = None
        self._slow.move_to_end(ticket.mark)
        if len(self._slow) > _REMEMBERED:
            self._slow.popitem(last=False)

    def is_long(self, ticket: Ticket, now: float) -> bool:
        """Whether a running query counts as long."""
        return ticket.long or now - ticket.started > self._settings.quick_s

    def count_long(self, now: float) -> int:
        """How many running queries are long."""
        return sum(self.is_long(ticket, now) for ticket in self.running)

    def list_overdue(self, now: float) -> list[Ticket]:
        """Running queries over their time, and no longer quick: a quick one ends by itself."""
        least = self._settings.quick_s
        return [each for each in self.running if now - each.started > max(each.timeout_s, least)]

    def choose_to_make_way(self, now: float) -> Ticket | None:
        """The long query to be stopped for one that waits, or None.

        It is the youngest, for a short one that finds all places held by long ones, and for one
        that made way before, where younger long ones keep it from its turn.
        """
        long = [each for each in self.running if self.is_long(each, now)]
        if not long or any(each.reason for each in long):
            return None
        short_waits = any(not each.long for each in self.waiting)
        if (short_waits and len(long) == self._places) or self._is_overtaken(long):
            return max(long, key=lambda each: each.since)
        return None

    def _is_overtaken(self, long: list[Ticket]) -> bool:
        """Whether a query that made way would run by now, were it not for younger long ones."""
        owed = min((each.since for each in self.waiting if each.made_way), default=None)
        if owed is None or len(long) < self._room:
            return False
        return sum(each.since < owed for each in long) < self._room
