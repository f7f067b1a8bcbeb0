"""A real server for tests: `pacta serve --data` as its own process, on a free port of loopback."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from tests.places import ROOT
from tests.templates import make_template_folder

_START = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); import argparse, dataclasses, json;"
    "from flask import Flask; from jinja2 import FileSystemBytecodeCache as Kept;"
    "Flask.jinja_options = {'bytecode_cache': Kept(sys.argv.pop(1))};"
    "import server.cli; constants = json.loads(sys.argv.pop(1)); read = server.cli.read_settings;"
    "server.cli.read_settings = lambda *a: dataclasses.replace(read(*a), **constants);"
    "parser = argparse.ArgumentParser(prog='pacta');"
    "server.cli.add_commands(parser.add_subparsers(required=True));"
    "found = parser.parse_args(); sys.exit(found.run(found))"
)
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/")


@dataclass(frozen=True)
class Reply:
    """An answer: status, headers by lower-case name, the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def kind(self) -> str:
        """The media type without parameters."""
        return self.headers.get("content-type", "").partition(";")[0]


@dataclass
class LiveServer:
    """A running server.

    Attributes:
        port: On 127.0.0.1.
        process: The server's.
        lines: What it printed so far.
    """

    port: int
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where it listens, without a final slash."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"{self.address}/sparql"

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 60.0,
    ) -> Reply:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout_s)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, names, answer.read())

    def ask(
        self,
        query: str,
        accept: str | None = None,
        parameters: Mapping[str, str | Sequence[str]] | None = None,
    ) -> Reply:
        """A query by GET."""
        text = urlencode({"query": query, **(parameters or {})}, doseq=True)
        headers = {} if accept is None else {"Accept": accept}
        return self.send("GET", f"/sparql?{text}", headers=headers)

    def workers(self) -> list[int]:
        """The process ids of its workers."""
        found: list[int] = []
        for folder in Path(f"/proc/{self.process.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (folder / "children").read_text().split())
        return found

    def memory_bytes(self) -> int:
        """What the server's process holds in memory now."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", text)
        return int(found[1]) * 1024 if found else 0


def make_command(constants: Mapping[str, int | float]) -> list[str]:
    """The command `pacta` of the checkout with the server's subcommands; its arguments follow.

    Args:
        constants: Other values for constants of `server.settings`.
    """
    given = (str(ROOT), str(make_template_folder()), json.dumps(dict(constants)))
    return [sys.executable, "-P", "-c", _START, *given]


@contextlib.contextmanager
def start_server(
    *arguments: str, start_s: float = 180.0, constants: Mapping[str, int | float] | None = None
) -> Iterator[LiveServer]:
    """A server with these arguments of `pacta serve`; stopped gently at the end.

    Args:
        arguments: Of the command.
        start_s: Seconds it may take to listen.
        constants: Other values for constants of `server.settings`.

    Raises:
        RuntimeError: It ended before it served; what it said is the message.
    """
    environment = {name: value for name, value in os.environ.items() if "PACTA_" not in name}
    process = subprocess.Popen(
        [*make_command(constants or {}), "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd="/",
    )
    server = LiveServer(0, process)
    listening = threading.Event()

    def read() -> None:
        with contextlib.suppress(ValueError):
            for line in process.stdout or ():
                server.lines.append(line.rstrip("\n"))
                found = _ADDRESS.search(line)
                if found and not server.port and line.startswith("serving"):
                    server.port = int(found[1])
                    listening.set()
        listening.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        listening.wait(start_s)
        if not server.port:
            process.kill()
            raise RuntimeError("\n".join(server.lines) or "the server said nothing")
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(5)
        if process.stdout is not None:
            process.stdout.close()


def wait_until(true: object, within_s: float = 60.0) -> bool:
    """Call something until it is true or the time is over; whether it became true."""
    until = time.monotonic() + within_s
    while not (value := bool(true() if callable(true) else true)) and time.monotonic() < until:
        time.sleep(0.02)
    return value
