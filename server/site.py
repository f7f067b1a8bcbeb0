"""The state that all routes share: settings, release holder, counters; made by `create_app`."""

import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from server.http.answer_cache import AnswerCache
from server.release.current import ReleaseHolder
from server.release.history import History
from server.settings import Settings

_LOG = logging.getLogger("pacta.http")

Health = Callable[[], Mapping[str, object]]
Metrics = Callable[[], list[str]]


class Tally:
    """Counts of answers by route and status, and the seconds they took; safe between threads."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, int]] = Counter()
        self._seconds: Counter[str] = Counter()
        self._lock = threading.Lock()

    def note(
        self, route: str, method: str, path: str, status: int, seconds: float, request_id: str
    ) -> None:
        """Count one answer, and write its line in the log."""
        _LOG.info("%s %s %d %.1f ms %s", method, path[:300], status, seconds * 1000, request_id)
        with self._lock:
            self._counts[route, status] += 1
            self._seconds[route] += seconds  # type: ignore[assignment]

    def write(self) -> list[str]:
        """Lines in the Prometheus text format."""
        with self._lock:
            counts, seconds = dict(self._counts), dict(self._seconds)
        lines = ["# TYPE pacta_requests_total counter"]
        lines += [
            f'pacta_requests_total{{route="{route}",status="{status}"}} {count}'
            for (route, status), count in sorted(counts.items())
        ]
        lines.append("# TYPE pacta_request_seconds_total counter")
        lines += [
            f'pacta_request_seconds_total{{route="{route}"}} {total:.6f}'
            for route, total in sorted(seconds.items())
        ]
        return lines


class Traffic:
    """The requests under way, so that a stop can wait for them; safe between threads.

    Attributes:
        closing: New requests are refused.
    """

    def __init__(self) -> None:
        self.closing = False
        self._under_way = 0
        self._lock = threading.Lock()

    @property
    def busy(self) -> bool:
        """Whether a request is being answered."""
        return self._under_way > 0

    def enter(self) -> None:
        """A request begins."""
        with self._lock:
            self._under_way += 1

    def leave(self) -> None:
        """A request ends."""
        with self._lock:
            self._under_way -= 1


@dataclass(frozen=True)
class Site:
    """The parts of one running server.

    Attributes:
        settings: As read by `server.cli`.
        holder: The releases; None where plain files are served.
        software: Digest of the code that writes bodies: part of every ETag.
        answers: Whole answers that are kept.
        health: Members that others add to `/health`.
        metrics: Lines that others add to `/metrics`.
    """

    settings: Settings
    holder: ReleaseHolder | None
    software: str
    answers: AnswerCache
    health: Health | None = None
    metrics: Metrics | None = None
    tally: Tally = field(default_factory=Tally)
    traffic: Traffic = field(default_factory=Traffic)

    @cached_property
    def history(self) -> History:
        """The kept releases as former states of the site.

        Raises:
            RuntimeError: Plain files are served, which have none.
        """
        if self.holder is None:
            raise RuntimeError("plain files have no history")
        return History(self.holder)
