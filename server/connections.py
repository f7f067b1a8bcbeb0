"""One connection: what is read from it, what is refused there, how its answers are sent.

waitress's channel, parser and tasks with what they lack: requests whose end is unclear are
refused, what is refused before it is a request has the same body as every other error, small
answers leave in one piece, and who has said all that they will say still gets their answer.
"""

import contextlib
import json
import re
import select
import socket
import threading
import time
from typing import Any

from waitress.channel import ClientDisconnected, HTTPChannel  # type: ignore[import-untyped]
from waitress.parser import HTTPRequestParser, ParsingError  # type: ignore[import-untyped]
from waitress.task import ErrorTask, WSGITask  # type: ignore[import-untyped]
from waitress.utilities import (  # type: ignore[import-untyped]
    BadRequest,
    InternalServerError,
    RequestEntityTooLarge,
)

from server.errors import (
    BadRequestError,
    BodyTooLargeError,
    CodingRefusedError,
    HeadTooLargeError,
    ServerError,
    problem_of,
)
from server.http.formats import BY_NAME
from server.http.headers import SHARED

BODY_ROOM = 2
"""Times the limit that a body may have to be read whole, so that its client hears of the limit."""

_JOINED_BYTES = 1 << 16
_MOST_CHUNK_HEAD = 1024
"""Bytes of the line before a chunk: a size, and extensions that nobody sends."""

_NEXT_MS = 5
"""Milliseconds that a thread waits at a connection for the next request: a program that has read
an answer and goes on asks within one."""

_READ_BYTES = 8192

_CODED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_SIZED = re.compile(rb"\r\ncontent-length:", re.IGNORECASE)


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Refuses what waitress lets through: other protocols than HTTP/1, unclear ends of a body."""

    completed: bool
    expect_continue: bool

    @property
    def begun(self) -> bool:
        """Whether more than empty lines came, which mean nothing here (RFC 9112, section 2.2)."""
        return self.headers_finished or bool(self.header_plus.strip())

    def received(self, data: bytes) -> int:
        """Read on; the number of bytes taken.

        A client that waits to be told to go on with its body is told so only where the body is
        wanted (RFC 9110, section 10.1.1). Nor is the head of a chunk read without end, which
        waitress would look through anew for every piece.
        """
        taken = int(super().received(data))
        body = self.body_rcv if self.chunked else None
        if body is not None and (
            len(body.control_line) > _MOST_CHUNK_HEAD
            or len(body.trailer) > self.adj.max_request_header_size
        ):
            self.error = BadRequest("The head of a chunk, or the trailer, is too long")
            self.completed = True
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
        self.status = f"{error.status} {error.title}"
        self.response_headers += [
            ("Content-Type", BY_NAME["problem"].content_type),
            ("Cache-Control", "no-store"),
            *SHARED,
        ]
        self.set_close_on_finish()
        self.content_length = len(body)
        is_head = getattr(self.request, "first_line", b"").startswith(b"HEAD ")
        self.write(b"" if is_head else body)


class Channel(HTTPChannel):  # type: ignore[misc]
    """A connection whose requests are read by `_Parser` and answered by `_Task` or `_Refusal`.

    While a request's thread sends, the loop does not ask whether the connection can take more:
    it can, so the loop would spin, and on a busy machine keep the sending thread from its
    processor. That thread pulls the trigger itself where anything is left to send.

    Attributes:
        most_of_address: Connections that one address may have open; 0: any number. Set on the
            class, before the server starts.
        attended: A thread answers here, or will, or waits for the next request; the loop does not
            read.
        sending: A request's thread sends now.
        unread: Bytes of requests behind the one that is being answered.
    """

    parser_class = _Parser
    task_class = _Task
    error_task_class = _Refusal
    most_of_address = 0
    attended = False
    sending = False
    unread = b""
    request: _Parser | None
    sent_continue: bool
    connected: bool
    current_outbuf_count: int
    outbuf_lock: threading.Condition

    def __init__(self, server: Any, sock: socket.socket, addr: Any, adj: Any, map: Any) -> None:  # noqa: A002
        super().__init__(server, sock, addr, adj, map=map)
        self._own = sock  # waitress lets go of it in the loop, when a thread may be at it
        self._loop = threading.get_ident()
        if self.most_of_address and isinstance(addr, tuple):
            others = list(server.active_channels.values())
            same = sum(each.addr[0] == addr[0] for each in others)
            self.will_close = same > self.most_of_address

    # ---- in a request's thread ------------------------------------------------------------

    def service(self) -> None:
        """Answer the request that was read, and each further one that comes at once.

        Most programs ask again as soon as they have an answer. Nobody has to be woken for it
        then, which can take longer than the answer: neither the loop nor another thread.
        """
        try:
            self._answer()
            while self._hear_next():
                self._answer()
        finally:
            with self.requests_lock:
                self.attended = bool(self.requests)
                if self.attended:
                    self.server.add_task(self)
            self.server.pull_trigger()

    def _answer(self) -> None:
        """Answer one request; where the application fails before it answers, with 500.

        As waitress's own `service` does, which wakes the loop after each answer.
        """
        request = self.requests[0]
        task = (self.error_task_class if request.error else self.task_class)(self, request)
        try:
            if not self.connected:
                raise ClientDisconnected
            task.service()
        except ClientDisconnected:
            task.close_on_finish = True
        except Exception:
            self.logger.exception("Exception while serving %s", request.path)
            task.close_on_finish = True
            if not task.wrote_header:
                request.error = InternalServerError("")
                with contextlib.suppress(ClientDisconnected):
                    self.error_task_class(self, request).service()
        request.close()
        if self.current_outbuf_count:
            self.current_outbuf_count = self.adj.outbuf_high_watermark  # the next has its own
        self.last_activity = time.time()
        with self.requests_lock:
            self.close_when_flushed = task.close_on_finish
            self.requests.clear()

    def _hear_next(self) -> bool:
        """Wait a little for the next request; whether there is one to be answered by this thread.

        Others that wait for a thread come first, and whatever only the loop can do.
        """
        self.read_on()
        threads = self.server.task_dispatcher
        if threads.queue or not self.server.accepting:
            return False
        if self.requests:
            return True
        if self.writable() or threads.active_count >= len(threads.threads):
            return False
        data = b""
        with contextlib.suppress(OSError):  # the loop will meet it, too
            if self._await(select.POLLIN, _NEXT_MS):
                data = self._own.recv(_READ_BYTES)
        if data:
            self.last_activity = time.time()
            self.received(data)
        return bool(self.requests)

    def check_client_disconnected(self) -> bool:
        """Whether nobody may be there any more, so that long work is not worth its while.

        Who has said all that they will say may still read the answer (RFC 9293, section 3.6), or
        be gone: only an answer can tell.
        """
        return not self.connected or self._await(select.POLLRDHUP, 0)

    def _await(self, event: int, most_ms: int) -> bool:
        """Whether something happens at the socket in time, or has; a closed one is an event too."""
        poll = select.poll()
        try:
            poll.register(self._own, event)
        except ValueError:
            return True
        return bool(poll.poll(most_ms))

    # ---- in the loop ----------------------------------------------------------------------

    def readable(self) -> bool:
        """Whether the loop has something to read."""
        return not (self.attended or self.unread) and bool(super().readable())

    def handle_read(self) -> None:
        """Read on. Who ends in the midst of a request is told so."""
        if self.request is None or not self.request.begun or not self._is_at_end():
            super().handle_read()
            return
        with self.requests_lock:
            self.request.error = BadRequest("The request ends before its end")
            self._take_on()

    def handle_close(self) -> None:
        """Close; in a request's thread have the loop do it, which may be going through them all."""
        if threading.get_ident() == self._loop:
            super().handle_close()
        else:
            self.will_close = True
            self.server.pull_trigger()

    def handle_expt(self) -> None:
        """Close: urgent bytes mean nothing in HTTP, and the loop would wake for them for ever."""
        self.handle_close()

    def received(self, data: bytes) -> bool:
        """Take what came; requests are read out of it one after the other."""
        self.unread += data
        self.read_on()
        return True

    def read_on(self) -> None:
        """Read the next request of what came, once all before it are answered and sent.

        So a client has one answer at a time, and no thread waits for a client to take another.
        """
        with self.requests_lock:
            while self.unread and not (self.requests or self.total_outbufs_len):
                if self.will_close or self.close_when_flushed or not self.connected:
                    self.unread = b""
                    return
                if self.request is None:
                    self.request = self.parser_class(self.adj)
                request = self.request
                self.unread = self.unread[request.received(self.unread) :]
                if request.expect_continue and request.headers_finished and not self.sent_continue:
                    self.send_continue()
                if request.completed:
                    self.sent_continue = False
                    if request.empty:
                        self.request = None
                    else:
                        self._take_on()

    def _take_on(self) -> None:
        """Have the request that was read answered (with the lock)."""
        self.requests.append(self.request)
        self.request = None
        if not self.attended:
            self.attended = True
            self.server.add_task(self)

    def _is_at_end(self) -> bool:
        """Whether there is nothing more to read, now or later."""
        try:
            return not self._own.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def send_continue(self) -> None:
        """Tell the client to go on with its body, where it is still there."""
        with self.outbuf_lock:
            if self.connected:
                super().send_continue()

    def _flush_some(self, do_close: bool = True) -> bool:
        """Send what the socket takes of what there is, never the loop and a thread at once."""
        with self.outbuf_lock:
            return bool(super()._flush_some(do_close=do_close))

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


def _count_body(adjustments: Any) -> int:
    """The limit of a body in bytes, from waitress's settings."""
    return int(adjustments.max_request_body_size) // BODY_ROOM


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
