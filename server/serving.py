"""The HTTP server: waitress on a bound socket, until a signal says stop.

The one door to waitress. Its own loop would end at once and drop answers that are on their way;
this one stops accepting, lets them be sent, and gives up when the time is over. It also closes
connections that take too long to send one request: however slowly the bytes come, waitress
itself only closes those that send nothing at all.
"""

import logging
import signal
import socket
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.parser import HTTPRequestParser, ParsingError  # type: ignore[import-untyped]
from waitress.server import create_server  # type: ignore[import-untyped]
from waitress.task import WSGITask  # type: ignore[import-untyped]

from server.settings import Settings, count_threads

_LOOP_S = 0.5
_JOINED_BYTES = 1 << 16


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Refuses what is not HTTP/1: waitress takes any digits for a version, and none for 1.0."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head of a request (RFC 9112, sections 2.3 and 3).

        Raises:
            ParsingError: It is malformed, or names another protocol; becomes 400.
        """
        super().parse_header(header_plus)
        if not str(self.version).startswith("1."):
            raise ParsingError("The request line must end with HTTP/1.1 or HTTP/1.0")


class _Task(WSGITask):  # type: ignore[misc]
    """Sends a small answer in one piece, and keeps the connection after one without a body.

    waitress closes wherever there is no `Content-Length`; a 204 and a 304 have none and end with
    their head (RFC 9112, section 6.3).
    """

    wrote_header: bool

    def set_close_on_finish(self) -> None:
        """Have the connection closed after this answer, where it cannot stay open."""
        stays = self.version == "1.1" and not self.wrote_header and not self.has_body
        if not stays or self.request.headers.get("CONNECTION", "").lower() == "close":
            super().set_close_on_finish()

    def write(self, data: bytes) -> None:
        """Send the head, once, and a piece of the body."""
        length = self.content_length
        if self.wrote_header or not self.has_body or length is None or length > _JOINED_BYTES:
            super().write(data)
            return
        data = data[:length]
        head = self.build_response_header()
        self.wrote_header = True
        self.content_bytes_written += len(data)
        self.channel.write_soon(head + data)


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests are read by `_Parser` and answered by `_Task`.

    While a request's thread sends, the loop does not ask whether the connection can take more:
    it can, so the loop would spin, and on a busy machine keep the sending thread from its
    processor. That thread pulls the trigger itself where anything is left to send.
    """

    parser_class = _Parser
    task_class = _Task
    sending = False

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send what the socket takes; the number of bytes."""
        self.sending = True
        try:
            return int(super().send(data, do_close=do_close))
        finally:
            self.sending = False

    def writable(self) -> bool:
        """Whether the loop has something to send, or to close."""
        return not self.sending and bool(super().writable())


def serve_app(
    app: Callable[..., Any], settings: Settings, listener: socket.socket, greeting: str
) -> int:
    """Answer requests until SIGTERM or SIGINT; the exit code.

    The first signal stops gently, within `shutdown_s`; a second one ends the process at once.

    Args:
        app: The WSGI application.
        settings: Threads, connections, sizes, times.
        listener: Bound, not yet listening.
        greeting: Printed once the server listens.
    """
    server = create_server(
        app,
        sockets=[listener],
        threads=count_threads(settings),
        connection_limit=settings.connection_limit,
        channel_timeout=settings.connection_idle_s,
        cleanup_interval=min(30, settings.connection_idle_s),
        asyncore_use_poll=True,
        channel_request_lookahead=1,
        max_request_body_size=2 * settings.max_body_bytes,
        max_request_header_size=settings.max_header_bytes,
        log_socket_errors=False,
        clear_untrusted_proxy_headers=True,
        ident="pacta",
        **_read_proxy(settings),
    )
    server.channel_class = _Channel
    stopping: list[float] = []

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stopping.append(time.monotonic() + settings.shutdown_s)
        server.pull_trigger()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    print(greeting, flush=True)  # noqa: T201 (the command's own word to who started it)
    waiting: dict[int, float] = {}
    while not stopping:
        _loop(server)
        _close_slow(server, waiting, settings.request_receive_s)
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


def _is_busy(server: Any) -> bool:
    """Whether a request is being answered, or an answer being sent."""
    channels = list(server.active_channels.values())
    return any(channel.requests or channel.total_outbufs_len for channel in channels)


def _close_slow(server: Any, waiting: dict[int, float], most_s: float) -> None:
    """Close connections whose request has been coming in for too long.

    Args:
        server: Waitress's.
        waiting: Requests that are coming in → since when; kept between calls.
        most_s: How long one may take.
    """
    now = time.monotonic()
    coming = {
        id(channel.request): channel
        for channel in list(server.active_channels.values())
        if channel.request is not None
    }
    for gone in waiting.keys() - coming.keys():
        del waiting[gone]
    for mark, channel in coming.items():
        if now - waiting.setdefault(mark, now) > most_s:
            channel.will_close = True


def _read_proxy(settings: Settings) -> dict[str, Any]:
    """Waitress's settings for a proxy whose headers are believed."""
    if not settings.trusted_proxy:
        return {}
    return {
        "trusted_proxy": settings.trusted_proxy,
        "trusted_proxy_headers": {"x-forwarded-for"},
    }
