"""The HTTP server: waitress on a bound socket, until a signal says stop.

waitress's own loop would end at once and drop answers that are on their way; this one stops
accepting, lets them be sent, and gives up when the time is over. It also closes connections that
take too long to send one request: however slowly the bytes come, waitress itself only closes
those that send nothing at all; and those that take too long to receive one answer, or are too
many of one address. What happens on one connection stands in `connections`.
"""

import logging
import resource
import signal
import socket
import time
from collections.abc import Callable, Collection
from types import FrameType
from typing import Any

from waitress.server import create_server  # type: ignore[import-untyped]

from server.connections import BODY_ROOM, Channel
from server.processors import hold
from server.settings import PROCESSORS, Settings, count_threads

_LOOP_S = 0.5
_OTHER_FILES = 512
"""Open files beside the connections: stores, pipes to workers, answers and dumps being sent."""


def serve_app(
    app: Callable[..., Any],
    settings: Settings,
    listener: socket.socket,
    greeting: str,
    processors: Collection[int] = PROCESSORS,
) -> int:
    """Answer requests until SIGTERM or SIGINT; the exit code.

    The first signal stops gently, within `shutdown_s`; a second one ends the process at once.

    Args:
        app: The WSGI application.
        settings: Threads, connections, sizes, times.
        listener: Bound, not yet listening.
        greeting: Printed once the server listens.
        processors: Where the threads that answer run.
    """
    hold(0, processors)  # and with this thread those that it starts
    server = create_server(
        app,
        sockets=[listener],
        threads=count_threads(settings),
        connection_limit=_count_connections(settings),
        channel_timeout=settings.connection_idle_s,
        cleanup_interval=min(30, settings.connection_idle_s),
        asyncore_use_poll=True,
        max_request_body_size=BODY_ROOM * settings.max_body_bytes,
        max_request_header_size=settings.max_header_bytes,
        log_socket_errors=False,
        clear_untrusted_proxy_headers=True,
        ident="pacta",
        **_read_proxy(settings),
    )
    server.channel_class = Channel
    Channel.most_of_address = 0 if settings.trusted_proxy else settings.client_connections
    stopping: list[float] = []

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stopping.append(time.monotonic() + settings.shutdown_s)
        server.pull_trigger()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, stop)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    print(greeting, flush=True)  # noqa: T201 (the command's own word to who started it)
    coming: dict[int, float] = {}
    going: dict[int, float] = {}
    while not stopping:
        _loop(server)
        channels = list(server.active_channels.values())
        for channel in _find_slow(
            {id(each.request): each for each in channels if each.request is not None},
            coming,
            settings.request_receive_s,
        ):
            channel.will_close = True
        for channel in _find_slow(
            {id(each): each for each in channels if each.total_outbufs_len},
            going,
            settings.answer_send_s,
        ):
            channel.handle_close()
        for channel in channels:
            if channel.unread:
                _read_on(channel)
    print("stopping", flush=True)  # noqa: T201
    server.accepting = False
    server.del_channel()
    listener.close()
    server.socket.close()
    while _is_busy(server) and time.monotonic() < stopping[0]:
        _loop(server)
    server.task_dispatcher.shutdown(timeout=1)
    return 0


def _loop(server: Any) -> None:
    """One turn: whatever can be read, written or accepted now."""
    server.asyncore.loop(timeout=_LOOP_S, map=server._map, use_poll=True, count=1)


def _read_on(channel: Any) -> None:
    """Read the next request that came ahead; whatever goes wrong ends this connection alone."""
    try:
        channel.read_on()
    except Exception:
        channel.handle_error()


def _is_busy(server: Any) -> bool:
    """Whether a request is being answered, or an answer being sent."""
    channels = list(server.active_channels.values())
    return any(channel.requests or channel.total_outbufs_len for channel in channels)


def _find_slow(busy: dict[int, Any], since: dict[int, float], most_s: float) -> list[Any]:
    """The connections at which one thing has been going on for too long.

    Args:
        busy: Mark of what goes on → its connection.
        since: Mark → when it was seen first; kept between calls.
        most_s: How long it may take.
    """
    now = time.monotonic()
    for gone in since.keys() - busy.keys():
        del since[gone]
    return [each for mark, each in busy.items() if now - since.setdefault(mark, now) > most_s]


def _count_connections(settings: Settings) -> int:
    """How many connections fit: the system may allow fewer open files than the settings ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = settings.connection_limit + _OTHER_FILES
    if soft < wanted:
        soft = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(settings.connection_limit, soft - _OTHER_FILES))


def _read_proxy(settings: Settings) -> dict[str, Any]:
    """Waitress's settings for a proxy whose headers are believed."""
    if not settings.trusted_proxy:
        return {}
    return {
        "trusted_proxy": settings.trusted_proxy,
        "trusted_proxy_headers": {"x-forwarded-for"},
    }
