"""Who has a thread: one client that asks without rest neither keeps others waiting nor a stop."""

from __future__ import annotations

import contextlib
import http.client
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live import LiveServer, start_server, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """One triple."""
    made = tmp_path / "d.ttl"
    made.write_text("<http://e/a> <http://e/p> 1 .")
    return made


def open_connection(server: LiveServer) -> http.client.HTTPConnection:
    """A connection that is not opened again where the server closes it."""
    made = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    made.auto_open = 0
    made.connect()
    return made


def ask(connection: http.client.HTTPConnection) -> int:
    """One question and its whole answer; the status."""
    connection.request("GET", "/sparql?query=ASK%7B%7D")
    answer = connection.getresponse()
    answer.read()
    return answer.status


@contextlib.contextmanager
def asking_without_rest(server: LiveServer) -> Iterator[list[int]]:
    """A client that sends the next question as soon as it has an answer; the statuses so far."""
    statuses: list[int] = []
    over = threading.Event()

    def go_on() -> None:
        with (
            contextlib.closing(open_connection(server)) as connection,
            contextlib.suppress(OSError, http.client.HTTPException),
        ):
            while not over.is_set():
                statuses.append(ask(connection))

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield statuses
    finally:
        over.set()
        thread.join()


def test_who_asks_without_rest_keeps_nobody_waiting(file: Path) -> None:
    """With one thread for all, clients that never pause are answered in turns."""
    with (
        start_server("--data", str(file), "--threads", "1") as server,
        asking_without_rest(server) as first,
        asking_without_rest(server) as second,
        contextlib.closing(open_connection(server)) as connection,
    ):
        for _ in range(10):
            before = len(first), len(second)
            assert 200 == ask(connection)
            assert wait_until(lambda: len(first) > before[0] and len(second) > before[1])  # noqa: B023
        assert {200} == {*first, *second}


def test_who_asks_ahead_keeps_nobody_waiting(file: Path) -> None:
    """Thousands of questions sent before the first answer: others are answered in between."""
    request = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: localhost\r\n\r\n"
    most, answers = 3000, bytearray()
    with (
        start_server("--data", str(file), "--threads", "1") as server,
        contextlib.closing(open_connection(server)) as connection,
        socket.create_connection(("127.0.0.1", server.port), timeout=30) as raw,
    ):

        def count() -> int:
            return answers.count(b"HTTP/1.1 200 ")

        def read() -> None:
            while count() < most:
                answers.extend(raw.recv(1 << 16))

        threads = [
            threading.Thread(target=raw.sendall, args=(request * most,)),
            threading.Thread(target=read),
        ]
        for thread in threads:
            thread.start()
        assert wait_until(lambda: count() > 10)
        assert [200] * 5 == [ask(connection) for _ in range(5)]
        assert count() < most
        for thread in threads:
            thread.join()


def test_thread_goes_to_others_while_a_connection_is_silent(file: Path) -> None:
    """Connections that stay open and ask nothing hold no thread."""
    with (
        start_server("--data", str(file), "--threads", "1") as server,
        contextlib.ExitStack() as stack,
    ):
        connections = [
            stack.enter_context(contextlib.closing(open_connection(server))) for _ in range(30)
        ]
        for _ in range(2):
            assert {200} == {ask(connection) for connection in connections}


def test_stop_waits_for_nobody_who_asks_without_rest(file: Path) -> None:
    """A gentle stop ends though a client always has another question."""
    with start_server("--data", str(file), "--shutdown-s", "2") as server:
        with asking_without_rest(server) as statuses:
            while not statuses:
                time.sleep(0.01)
            server.process.send_signal(signal.SIGTERM)
            assert 0 == server.process.wait(30)
        assert {200} == set(statuses)
