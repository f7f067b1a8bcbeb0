"""The only module that makes HTTP requests: bounded, with answers unchanged.

`requests` sends what is well formed: kept connections, TLS, no redirect followed, nothing decoded,
no header added but `Host`. What no client library agrees to send (a control character in the
target, two `Host` lines) goes out as bytes over `http.client`. Answers are kept for the run, so
that rules that ask the same thing share one request.
"""

from __future__ import annotations

import gzip
import http.client
import socket
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError
from urllib3.util import SKIP_HEADER

from conform.answers.fields import WebLink, read_links, read_media_type
from conform.errors import ConformError, LimitError, NoAnswerError

USER_AGENT = "pacta-conform"


@dataclass(frozen=True)
class Limits:
    """How much a run may ask.

    Attributes:
        max_requests: Requests of a whole run.
        timeout_s: Seconds of a whole run.
        request_timeout_s: Seconds without a byte before one request is given up.
        max_bytes: A body larger than this is not read to its end.
        delay_s: Seconds to wait before each request.
    """

    max_requests: int = 5000
    timeout_s: float = 900.0
    request_timeout_s: float = 30.0
    max_bytes: int = 64 * 1024 * 1024
    delay_s: float = 0.0


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes:
        url: What was asked.
        headers: Name in lower case → value; lines of the same name joined by commas.
        body: As it came, codings and all.
        cut: The body is longer than the limit and not complete here.
    """

    url: str
    method: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    cut: bool = False
    trail: tuple[Answer, ...] = field(default=(), repr=False)

    def get(self, name: str) -> str:
        """A header's value, or nothing."""
        return self.headers.get(name.lower(), "")

    @property
    def kind(self) -> str:
        """The media type without parameters, or nothing."""
        media = read_media_type(self.get("content-type"))
        return media.name if media else ""

    @property
    def links(self) -> list[WebLink]:
        """What its `Link` field says; empty where it cannot be read."""
        return read_links(self.get("link")) or []

    @property
    def content(self) -> bytes:
        """The body without its content coding.

        Raises:
            NoAnswerError: The coding is not one that is known here, or the body is not in it.
        """
        coding = self.get("content-encoding").lower()
        try:
            if coding in ("", "identity"):
                return self.body
            if coding in ("gzip", "x-gzip"):
                return gzip.decompress(self.body)
            if coding == "deflate":
                return zlib.decompress(self.body)
        except (OSError, EOFError, zlib.error) as error:
            raise NoAnswerError(f"{self.url}: the body is not in {coding}: {error}") from error
        raise NoAnswerError(f"{self.url}: coding {coding} was not asked for")

    @property
    def text(self) -> str:
        """The body as text; what is not UTF-8 is replaced."""
        return self.content.decode("utf-8", "replace")


Headers = tuple[tuple[str, str], ...]


class Fetcher:
    """Sends requests and counts them.

    Args:
        limits: How much it may ask.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.sent = 0
        self._until = time.monotonic() + limits.timeout_s
        self._kept: dict[tuple[str, str, Headers, bytes | None], Answer] = {}
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.clear()

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def send(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: bytes | None = None,
        *,
        fresh: bool = False,
    ) -> Answer:
        """One request and its answer; redirects are not followed.

        Args:
            url: Absolute; a fragment is not sent.
            headers: What is sent beside `Host` and `User-Agent`; nothing else is.
            method: In upper case.
            body: What is sent with it.
            fresh: Ask again although an answer is kept.

        Raises:
            LimitError: Number or time is used up.
            NoAnswerError: No answer came.
        """
        url = url.partition("#")[0]
        given = tuple(sorted((headers or {}).items()))
        key = (method, url, given, body)
        if not fresh and key in self._kept:
            return self._kept[key]
        fields = {"User-Agent": USER_AGENT, "Accept-Encoding": SKIP_HEADER, **dict(given)}
        self._count()
        try:
            prepared = self._session.prepare_request(
                requests.Request(method, url, fields, data=body)
            )
        except (requests.RequestException, ValueError) as error:
            raise NoAnswerError(f"{url} cannot be asked: {error}") from error
        try:
            answer = self._read(prepared, url)
        except requests.Timeout as error:
            raise NoAnswerError(f"{url}: no answer within the time of one request") from error
        except (requests.RequestException, HTTPError):
            answer = self._try_again(prepared, url)
        if len(self._kept) < 20_000 and len(answer.body) < 1024 * 1024:
            self._kept[key] = answer
        return answer

    def _try_again(self, prepared: requests.PreparedRequest, url: str) -> Answer:
        """Once more, on a new connection: a kept one may have been closed meanwhile."""
        self._count()
        try:
            return self._read(prepared, url)
        except (requests.RequestException, HTTPError) as error:
            raise NoAnswerError(f"{url}: {type(error).__name__}") from error

    def _read(self, prepared: requests.PreparedRequest, url: str) -> Answer:
        got = self._session.send(
            prepared, stream=True, allow_redirects=False, timeout=self.limits.request_timeout_s
        )
        limit = self.limits.max_bytes
        body = got.raw.read(limit + 1, decode_content=False)
        cut = len(body) > limit
        if cut:
            got.close()
        got.raw.release_conn()
        names = {name.lower(): got.raw.headers[name] for name in got.raw.headers}
        method = prepared.method or "GET"
        return Answer(url, method, got.status_code, names, body[:limit], cut)

    def _count(self) -> None:
        if self.sent >= self.limits.max_requests:
            raise LimitError(f"the limit of {self.limits.max_requests} requests is reached")
        if time.monotonic() > self._until:
            raise LimitError(f"the limit of {self.limits.timeout_s:g} s is reached")
        if self.limits.delay_s:
            time.sleep(self.limits.delay_s)
        self.sent += 1

    def send_raw(self, origin: str, message: bytes, method: str = "GET") -> Answer | None:
        """Send bytes as they are on a connection of their own.

        Args:
            origin: `scheme://host:port`.
            message: The whole request.
            method: How to read the answer (one to HEAD has no body).

        Returns:
            The answer, or None where the server closed the connection without one.

        Raises:
            LimitError: Number or time is used up.
            NoAnswerError: No answer came in time, or one that is not HTTP.
        """
        self._count()
        timeout_s = min(self.limits.request_timeout_s, 10.0)
        try:
            with open_socket(origin, timeout_s) as connected:
                connected.sendall(message)
                got = http.client.HTTPResponse(connected, method=method)
                got.begin()
                body = got.read(self.limits.max_bytes)
                names: dict[str, str] = {}
                for name, value in got.getheaders():
                    known = names.get(name.lower())
                    names[name.lower()] = value if known is None else f"{known}, {value}"
                return Answer(origin, method, got.status, names, body)
        except (http.client.RemoteDisconnected, ConnectionError):
            return None
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswerError(f"{origin}: {type(error).__name__}: {error}") from error


def open_socket(origin: str, timeout_s: float) -> socket.socket:
    """A connection to `scheme://host:port`, with TLS for https."""
    parts = urlsplit(origin)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    plain = socket.create_connection((parts.hostname or "", port), timeout_s)
    if parts.scheme != "https":
        return plain
    return ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)


def check_url(text: str) -> str:
    """An absolute http(s) address, as it is.

    Raises:
        ConformError: It is none.
    """
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname)
        fine = fine and (parts.port is None or parts.port > 0)
    except ValueError:
        fine = False
    if not fine or any(ord(char) <= 32 for char in text):
        raise ConformError(f"{text[:200]!r} is no http address: expected http://host[:port]/path")
    return text
