"""An HTTP/1.1 client that does as little as possible, so that the server is measured.

It keeps its connection; where the server closes it (waitress does after a 304), the next request
makes a new one, and its time counts.
"""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

JSON_ROWS = {"Accept": "application/sparql-results+json"}
_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)
_LAST_CHUNK = b"\r\n0\r\n\r\n"
_BYTES = 1 << 18


@dataclass(frozen=True)
class Reply:
    """What came back: status, head, the body or (where it was not kept) nothing, its size."""

    status: int
    head: bytes
    body: bytes
    size: int
    ms: float

    def header(self, name: str) -> str:
        """Return a header's value, or nothing."""
        found = re.search(rb"\r\n" + name.encode() + rb": *([^\r]*)", self.head, re.I)
        return found[1].decode("latin-1") if found else ""


class Client:
    """One connection to a port of this machine; requests go one after the other.

    Args:
        port: Of the server.
        timeout_s: For each step.
        address: This machine's address that the server sees: queries of one address share a part
            of its workers.
    """

    def __init__(self, port: int, timeout_s: float = 120.0, address: str = "127.0.0.1") -> None:
        self._place, self._timeout_s = ("127.0.0.1", port), timeout_s
        self._own = (address, 0)
        self._is_over = False
        self._connect()

    def _connect(self) -> None:
        self._socket = socket.create_connection(self._place, self._timeout_s, self._own)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._is_over = False

    def close(self) -> None:
        """Close the connection, whatever is on its way."""
        self._socket.close()

    def reconnect(self) -> None:
        """Leave the answer that is on its way, and begin anew."""
        self._socket.close()
        self._connect()

    def shut(self) -> None:
        """End the connection while another thread waits on it, which wakes up."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def get(self, path: str, headers: Mapping[str, str] | None = None, keep: bool = True) -> Reply:
        """Send a GET and read the whole answer.

        Args:
            path: With its query string, encoded.
            headers: Beside `Host`.
            keep: Whether the body is held; else its bytes are only counted.

        Raises:
            ConnectionError: The server closed the connection before the end.
        """
        lines = [f"GET {path} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        request = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        began = time.perf_counter()
        if self._is_over:
            self._socket.close()
            self._connect()
        self._socket.sendall(request)
        data = b""
        while _END not in data:
            data += self._receive()
        head, _, first = data.partition(_END)
        status = int(head[9:12])
        self._is_over = b"\r\nconnection: close" in head.lower()
        found = _LENGTH.search(head)
        if found or status in (204, 304):
            body, size = self._read_sized(first, int(found[1]) if found and status < 300 else 0)
        else:
            body, size = self._read_chunked(first)
        ms = (time.perf_counter() - began) * 1000
        return Reply(status, head, body if keep else b"", size, ms)

    def ask(self, endpoint: str, query: str, keep: bool = True) -> Reply:
        """Ask a SPARQL endpoint of this server for rows in JSON.

        Raises:
            RuntimeError: It did not answer 200.
        """
        reply = self.get(f"{endpoint}?query={quote(query)}", JSON_ROWS, keep)
        if reply.status != 200:
            raise RuntimeError(f"{endpoint} answered {reply.status}: {reply.body[:300]!r}")
        return reply

    def _receive(self) -> bytes:
        data = self._socket.recv(_BYTES)
        if not data:
            raise ConnectionError("the server closed the connection")
        return data

    def _read_sized(self, first: bytes, size: int) -> tuple[bytes, int]:
        pieces, left = [first], size - len(first)
        while left > 0:
            data = self._receive()
            left -= len(data)
            if size < _BYTES * 16:
                pieces.append(data)
        return b"".join(pieces), size

    def _read_chunked(self, first: bytes) -> tuple[bytes, int]:
        """The body with its chunk marks; no JSON holds the mark of the last one."""
        pieces, end = [first], first
        while not (b"\r\n" + end).endswith(_LAST_CHUNK):
            pieces.append(self._receive())
            end = (end + pieces[-1])[-len(_LAST_CHUNK) :]
        body = b"".join(pieces)
        return body, len(body)
