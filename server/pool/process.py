"""One worker process as the server sees it: started, spoken to, killed, explained.

Only `supervisor` starts one (always in its own thread, never by fork: a forked child would keep
the listening socket). Whoever leased a worker talks to it; killing it is allowed to anyone.
"""

import contextlib
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from server.pool.engine import StoreSpec
from server.pool.frames import READY, FrameError, FrameReader, Progress, read_progress, write_all
from server.pool.worker import BOOTSTRAP, WorkerSpec
from server.settings import Settings

_ROOT = str(Path(__file__).resolve().parents[2])
_PIPE_BYTES = 1 << 20
_PATIENCE_MS = 200
_MEMORY_WORDS = ("memory allocation of", "bad_alloc", "MemoryError", "Cannot allocate memory")


class WorkerProcess:
    """A process that runs queries on one store.

    Attributes:
        store: The store it has open.
        ready: It said so.
        born: When it was started (monotonic seconds).
        grown: It holds much more memory than when it was new and should be replaced.
    """

    def __init__(self, store: StoreSpec, settings: Settings) -> None:
        self.store = store
        self.ready = False
        self.born = time.monotonic()
        self.grown = False
        self._baseline = 0
        self._growth_bytes = settings.worker_memory_mib << 18
        errors_in, errors_out = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._progress = os.memfd_create("pacta-worker")
        spec = WorkerSpec(
            store.path,
            store.base,
            store.union,
            settings.worker_memory_mib << 20,
            settings.worker_stack_mib << 20,
            self._progress,
        )
        try:
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and module)
                [sys.executable, "-I", "-c", BOOTSTRAP, _ROOT, json.dumps(asdict(spec))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors_out,
                bufsize=0,
                pass_fds=(self._progress,),
                cwd="/",
                env={"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2"},
            )
        except OSError:
            os.close(errors_in)
            os.close(self._progress)
            raise
        finally:
            os.close(errors_out)
        self._errors = errors_in
        streams = [each for each in (self._process.stdin, self._process.stdout) if each is not None]
        self._input, self.output = (each.fileno() for each in streams)
        self._reader = FrameReader()
        for descriptor in (self._input, self.output):
            with contextlib.suppress(OSError):
                fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def send(self, frame: bytes) -> bool:
        """Send a frame; False where the process is gone."""
        try:
            write_all(self._input, frame)
        except OSError:
            return False
        return True

    def frames(self, gone: Callable[[], bool]) -> Iterator[tuple[bytes, bytes]]:
        """The frames as they come, until the process ends or is gone.

        Args:
            gone: Asked about five times a second while nothing comes; true ends the frames.
        """
        poll = select.poll()
        poll.register(self.output, select.POLLIN)
        while True:
            if not poll.poll(_PATIENCE_MS):
                if gone():
                    return
                continue
            data = os.read(self.output, _PIPE_BYTES)
            if not data:
                return
            yield from self._reader.feed(data)

    def read_ready(self) -> bool | None:
        """Whether the first frame came and says ready; None while it is on its way."""
        data = os.read(self.output, _PIPE_BYTES)
        try:
            frames = self._reader.feed(data)
        except FrameError:
            return False
        if frames:
            self.ready = frames[0][0] == READY
            self._baseline = int(frames[0][1]) if self.ready else 0
            return self.ready
        return None if data else False

    def note_size(self, address_space: int) -> None:
        """Take note of its address space after a query."""
        self.grown = address_space > self._baseline + self._growth_bytes

    def read_progress(self) -> Progress:
        """What it is at, or was at when it died."""
        return read_progress(self._progress)

    def kill(self) -> None:
        """Kill it, now, whatever it does; harmless when it is dead."""
        with contextlib.suppress(OSError):
            self._process.send_signal(signal.SIGKILL)

    def has_ended(self) -> bool:
        """Whether the process is dead (it is reaped by asking)."""
        return self._process.poll() is not None

    def explain_death(self) -> tuple[str, bool]:
        """Why it died, as far as can be told, and whether memory was the reason. Reaps it."""
        try:
            code = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.wait()
        try:
            said = os.read(self._errors, 1 << 16).decode("utf-8", "replace")
        except OSError:
            said = ""
        memory = any(word in said for word in _MEMORY_WORDS)
        if code < 0:
            with contextlib.suppress(ValueError):
                return signal.Signals(-code).name, memory
        return (said.strip().splitlines()[-1] if said.strip() else f"exit {code}"), memory

    def close(self) -> None:
        """Kill it, reap it and close what leads to it; once."""
        self.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        if self._errors >= 0:
            os.close(self._errors)
            os.close(self._progress)
            self._errors = -1
