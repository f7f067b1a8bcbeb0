"""One worker process as the server sees it: starting, messages, killing, causes of death.

It is started as a program of its own, never by fork: a forked child would keep the listening
socket. Both sides speak through a `multiprocessing.connection.Connection`; `server.pool.worker`
says how.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from multiprocessing import Pipe
from pathlib import Path

from server.pool.engine import StoreSpec
from server.pool.worker import BOOTSTRAP, READY, Job, WorkerSpec
from server.settings import Settings

_ROOT = str(Path(__file__).resolve().parents[2])
_MEMORY_WORDS = ("memory allocation of", "bad_alloc", "MemoryError", "Cannot allocate memory")


class WorkerProcess:
    """A process that runs queries on one store.

    Attributes:
        store: The store it has open.
        connection: What it says is read from here.
        born: When it was started (monotonic seconds).
        ready: It said that the store is open.
        grown: It holds much more memory than when it was new and should be replaced.

    Raises:
        OSError: The process cannot be started.
    """

    def __init__(self, store: StoreSpec, settings: Settings) -> None:
        self.store = store
        self.born = time.monotonic()
        self.ready = self.grown = False
        self._baseline = 0
        self._growth_bytes = settings.worker_memory_mib << 18
        self.connection, theirs = Pipe()
        self._errors, errors = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        spec = WorkerSpec(
            theirs.fileno(),
            store.path,
            store.base,
            settings.worker_memory_mib << 20,
            settings.worker_stack_mib << 20,
        )
        try:
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
                [sys.executable, "-I", "-c", BOOTSTRAP, _ROOT, json.dumps(asdict(spec))],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=(theirs.fileno(),),
                cwd="/",
                env={"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
            )
        except OSError:
            self.connection.close()
            os.close(self._errors)
            raise
        finally:
            theirs.close()
            os.close(errors)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def send(self, job: Job) -> None:
        """Send the worker a query. Raises `OSError` if the process is gone."""
        self.connection.send_bytes(json.dumps(vars(job)).encode())

    def receive(self) -> tuple[bytes, bytes]:
        """The next message: its letter and its content.

        Raises:
            EOFError, OSError: The process ended before its message did.
        """
        message = self.connection.recv_bytes()
        return message[:1], message[1:]

    def read_ready(self) -> bool:
        """Whether the first message, which has arrived, says that the store is open."""
        try:
            letter, content = self.receive()
        except (EOFError, OSError):
            return False
        if letter == READY:
            self.ready, self._baseline = True, int(content)
        return self.ready

    def note_size(self, address_space: int) -> None:
        """Record the worker's address space after a query."""
        self.grown = address_space > self._baseline + self._growth_bytes

    def kill(self) -> None:
        """Kill the worker immediately; harmless if it is dead."""
        with contextlib.suppress(OSError):
            self._process.send_signal(signal.SIGKILL)

    def has_ended(self) -> bool:
        """Whether the process is dead (it is reaped by asking)."""
        return self._process.poll() is not None

    def bury(self) -> tuple[str, bool]:
        """Reap the worker, killing it if it still runs, and close its connection; once.

        Returns:
            Why it died, as far as can be told, and whether memory was the reason.
        """
        self.kill()
        code = self._process.wait()
        self.connection.close()
        with os.fdopen(self._errors, "rb") as stream:
            said = (stream.read() or b"").decode("utf-8", "replace").strip()
        memory = any(word in said for word in _MEMORY_WORDS)
        if code < 0:
            with contextlib.suppress(ValueError):
                return signal.Signals(-code).name, memory
        return (said.splitlines()[-1] if said else f"exit {code}"), memory
