"""The web server: waitress on a bound socket, until a signal stops it gently.

waitress is used through its documented arguments alone. What the public internet does to a server
(slow clients, floods of connections, TLS) is the work of the proxy in front of it
(docs/how-to/deploy.md).
"""

import ipaddress
import logging
import resource
import signal
import socket
import threading
import time
import warnings
from collections.abc import Callable
from types import FrameType
from typing import Any

from waitress.server import create_server  # type: ignore[import-untyped]

from server.settings import Settings, count_threads
from server.site import Traffic

_OTHER_FILES = 512
"""Open files beside the connections: stores, pipes to workers, answers and dumps being sent."""

_BODY_ROOM = 2
"""Read bodies up to this multiple of `max_body_bytes`, so that the application answers 413."""

_SEND_BYTES = 1 << 16
"""An answer below this is sent by waitress's loop once it is whole. A thread that sends while it
still answers makes the loop spin, which costs several times the request. Source: decision 0042."""

_LOCAL_BUFFER_BYTES = 1 << 18
"""What the kernel holds of an answer to a client on this machine, such as nginx. waitress reads as
much of a file at once; the kernel's own choice there is 4 MiB, which each thread then keeps, and
which no cache of a processor holds. To far clients it begins with less, and adapts."""

_IDENT = "pacta (in an address, percent-encode what is not ASCII: curl -G --data-urlencode 'q=...')"
"""The `Server` field of answers. With the same words waitress ends its own answers to what it
cannot read, such as an address with a raw letter, and it has no other place for a hint."""

_TICK_S = 0.1
_QUIET_TICKS = 5
"""Ticks without a request before the process ends: what was answered last is still being sent."""

_LAST_S = 5.0
"""Seconds that requests get to say that their query was stopped."""


def serve_app(
    app: Callable[..., Any],
    settings: Settings,
    listener: socket.socket,
    greeting: str,
    traffic: Traffic | None = None,
    stop_queries: Callable[[], None] = lambda: None,
) -> int:
    """Answer requests until SIGTERM, SIGINT or SIGHUP; the exit code.

    The first signal stops gently: new requests get 503, those under way have `shutdown_s` to end,
    then their queries are stopped. A second signal ends the process at once.

    Args:
        app: The WSGI application.
        settings: Threads, sizes, times.
        listener: Bound, not yet listening.
        greeting: Printed once the server listens.
        traffic: The requests under way.
        stop_queries: Called when the time is over; returns when no query runs any more.
    """
    traffic = traffic or Traffic()
    if ipaddress.ip_address(listener.getsockname()[0]).is_loopback:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LOCAL_BUFFER_BYTES)
    warnings.filterwarnings("ignore", "send_bytes", DeprecationWarning)
    server = create_server(
        app,
        sockets=[listener],
        threads=count_threads(settings),
        connection_limit=_allow_connections(settings),
        channel_timeout=settings.connection_idle_s,
        channel_request_lookahead=1,  # or waitress would not notice that a client left
        asyncore_use_poll=True,
        send_bytes=_SEND_BYTES,
        max_request_body_size=_BODY_ROOM * settings.max_body_bytes,
        max_request_header_size=settings.max_header_bytes,
        log_socket_errors=False,
        trusted_proxy=settings.trusted_proxy or None,
        trusted_proxy_headers={"x-forwarded-for"} if settings.trusted_proxy else set(),
        clear_untrusted_proxy_headers=True,
        ident=_IDENT,
    )
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a full queue is no news
    stop = _Stop(traffic, settings.shutdown_s, stop_queries)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, stop.begin)
    print(greeting, flush=True)  # noqa: T201 (the command's own word to who started it)
    server.run()  # until `_Stop.look` raises SystemExit, for which waitress ends its threads
    return 0


class _Stop:
    """The steps of a gentle stop, taken in signal handlers: the server goes on between them."""

    def __init__(self, traffic: Traffic, most_s: float, stop_queries: Callable[[], None]) -> None:
        self._traffic, self._most_s, self._stop_queries = traffic, most_s, stop_queries
        self._until = 0.0
        self._told = False
        self._quiet = 0

    def begin(self, number: int, _: FrameType | None) -> None:
        """Refuse new requests; look from now on whether those under way have ended."""
        signal.signal(number, signal.SIG_DFL)
        print("stopping", flush=True)  # noqa: T201
        self._traffic.closing = True
        self._until = time.monotonic() + self._most_s
        signal.signal(signal.SIGALRM, self.look)
        signal.setitimer(signal.ITIMER_REAL, _TICK_S, _TICK_S)

    def look(self, *_: object) -> None:
        """End the server's loop once it is quiet, or the time is over."""
        self._quiet = 0 if self._traffic.busy else self._quiet + 1
        late_s = time.monotonic() - self._until
        if late_s > 0 and not self._told:
            self._told = True
            threading.Thread(target=self._stop_queries, daemon=True).start()
        if self._quiet >= _QUIET_TICKS or late_s > _LAST_S:
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise SystemExit


def _allow_connections(settings: Settings) -> int:
    """How many connections fit: the system may allow fewer open files than the settings ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.connection_limit + _OTHER_FILES
    if soft < wanted:
        soft = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(settings.connection_limit, soft - _OTHER_FILES))
