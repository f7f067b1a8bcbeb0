"""The HTTP server: waitress on a bound socket, until a signal says stop.

The one door to waitress. Its own loop would end at once and drop answers that are on their way;
this one stops accepting, lets them be sent, and gives up when the time is over. It also closes
connections that take too long to send one request: however slowly the bytes come, waitress
itself only closes those that send nothing at all; and those that take too long to receive one
answer, or are too many of one address. What waitress refuses before it is a request
has the same body as every other error.
"""

import json
import logging
import re
import signal
import socket
import time
from collections.abc import Callable
from http import HTTPStatus
from types import FrameType
from typing import Any

from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.parser import HTTPRequestParser, ParsingError  # type: ignore[import-untyped]
from waitress.server import create_server  # type: ignore[import-untyped]
from waitress.task import ErrorTask, WSGITask  # type: ignore[import-untyped]
from waitress.utilities import RequestEntityTooLarge  # type: ignore[import-untyped]

from server.errors import (
    BadRequestError,
    BodyTooLargeError,
    CodingRefusedError,
    HeadTooLargeError,
    ServerError,
    problem_of,
)
from server.formats import BY_NAME
from server.settings import Settings, count_threads
from server.shared import SHARED

_LOOP_S = 0.5
_JOINED_BYTES = 1 << 16
_BODY_ROOM = 2
"""Times the limit that a body may have to be read whole, so that its client hears of the limit."""

_CODED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_SIZED = re.compile(rb"\r\ncontent-length:", re.IGNORECASE)


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Refuses what waitress lets through: other protocols than HTTP/1, unclear ends of a body."""

    completed: bool
    expect_continue: bool

    def received(self, data: bytes) -> int:
        """Read on; the number of bytes taken.

        A client that waits to be told to go on with its body is told so only where the body is
        wanted (RFC 9110, section 10.1.1).
        """
        taken = int(super().received(data))
        if self.expect_continue and self.content_length > _count_body(self.adj):
            self.error = RequestEntityTooLarge("")
            self.completed = True
        self.expect_continue = self.expect_continue and not self.completed
        return taken

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head of a request (RFC 9112, sections 2.3, 3 and 6.1).

        Raises:
            ParsingError: It is malformed, names another protocol, or does not say in one way
                where its body ends; becomes 400.
            TransferEncodingNotImplemented: It names an unknown transfer coding; becomes 501.
        """
        coded = _CODED.search(header_plus) is not None
        if coded and _SIZED.search(header_plus):
            raise ParsingError("Content-Length and Transfer-Encoding stand together")
        try:
            super().parse_header(header_plus)
        except ValueError:
            raise ParsingError("The address or the Content-Length is malformed") from None
        if not str(self.version).startswith("1."):
            raise ParsingError("The request line must end with HTTP/1.1 or HTTP/1.0")
        if coded and not self.chunked:
            raise ParsingError("Transfer-Encoding is empty, or stands in another than HTTP/1.1")


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


class _Refusal(ErrorTask):  # type: ignore[misc]
    """Answers what waitress refuses, and where the application fails, as problem+json."""

    def execute(self) -> None:
        """Send the problem, in the highest version spoken (RFC 9112, 2.3), and close."""
        error = _name_error(self.request.error, self.channel.adj)
        body = json.dumps(problem_of(error), ensure_ascii=False).encode() + b"\n"
        self.version = "1.1"
        self.status = f"{error.status} {HTTPStatus(error.status).phrase}"
        self.response_headers += [
            ("Content-Type", BY_NAME["problem"].content_type),
            ("Cache-Control", "no-store"),
            *SHARED,
        ]
        self.set_close_on_finish()
        self.content_length = len(body)
        is_head = getattr(self.request, "first_line", b"").startswith(b"HEAD ")
        self.write(b"" if is_head else body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests are read by `_Parser` and answered by `_Task` or `_Refusal`.

    While a request's thread sends, the loop does not ask whether the connection can take more:
    it can, so the loop would spin, and on a busy machine keep the sending thread from its
    processor. That thread pulls the trigger itself where anything is left to send.
    """

    parser_class = _Parser
    task_class = _Task
    error_task_class = _Refusal
    most_of_address = 0
    """Connections that one address may have open; set before the server starts; 0: any number."""

    sending = False

    def __init__(self, server: Any, sock: socket.socket, addr: Any, adj: Any, map: Any) -> None:  # noqa: A002
        super().__init__(server, sock, addr, adj, map=map)
        if self.most_of_address and isinstance(addr, tuple):
            others = list(server.active_channels.values())
            same = sum(each.addr[0] == addr[0] for each in others)
            self.will_close = same > self.most_of_address

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
        max_request_body_size=_BODY_ROOM * settings.max_body_bytes,
        max_request_header_size=settings.max_header_bytes,
        log_socket_errors=False,
        clear_untrusted_proxy_headers=True,
        ident="pacta",
        **_read_proxy(settings),
    )
    server.channel_class = _Channel
    _Channel.most_of_address = 0 if settings.trusted_proxy else settings.client_connections
    stopping: list[float] = []

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        stopping.append(time.monotonic() + settings.shutdown_s)
        server.pull_trigger()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
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
    print("stopping", flush=True)  # noqa: T201
    server.accepting = False
    server.del_channel()
    listener.close()
    server.socket.close()
    while _is_busy(server) and time.monotonic() < stopping[0]:
        _loop(server)
    server.task_dispatcher.shutdown(timeout=1)
    return 0


def _count_body(adjustments: Any) -> int:
    """The limit of a body in bytes, from waitress's settings."""
    return int(adjustments.max_request_body_size) // _BODY_ROOM


def _name_error(refused: Any, adjustments: Any) -> ServerError:
    """One of waitress's errors as ours.

    Of its text only the part is kept that quotes nothing of the request.
    """
    body, head = _count_body(adjustments), int(adjustments.max_request_header_size)
    said = str(refused.body).partition(' "')[0]
    known: dict[int, ServerError] = {
        400: BadRequestError(
            f"the request cannot be read: {said}", hint="RFC 9112 has the form of a request."
        ),
        413: BodyTooLargeError(
            f"the body has more than {body} bytes",
            members={"limit": "max_body_bytes", "most": body},
        ),
        431: HeadTooLargeError(
            f"the request line and the header fields have {head} bytes or more",
            members={"limit": "max_header_bytes", "most": head},
        ),
        501: CodingRefusedError("of the transfer codings only `chunked` is known here"),
    }
    return known.get(refused.code) or ServerError("the server failed while it answered")


def _loop(server: Any) -> None:
    """One turn: whatever can be read, written or accepted now."""
    server.asyncore.loop(timeout=_LOOP_S, map=server._map, use_poll=True, count=1)


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


def _read_proxy(settings: Settings) -> dict[str, Any]:
    """Waitress's settings for a proxy whose headers are believed."""
    if not settings.trusted_proxy:
        return {}
    return {
        "trusted_proxy": settings.trusted_proxy,
        "trusted_proxy_headers": {"x-forwarded-for"},
    }
