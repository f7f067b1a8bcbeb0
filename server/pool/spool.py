"""Holds an answer until it is complete: in memory first, then in a temporary file.

No status line leaves before a spool is finished, so that a client never takes a part for the
whole. The file has no name in the folder, so it is gone when its last descriptor closes,
whichever process dies. The bytes of all files together are bounded.
"""

import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from server.errors import ResultTooLargeError, SpoolFullError


@dataclass
class SpoolBudget:
    """The total bytes that all temporary files may take; safe between threads.

    The lock is reentrant, because the garbage collector may close a file, which returns its bytes,
    in a thread that holds the lock.

    Attributes:
        most_bytes: The size of the budget.
        relieve: Called, without the lock, when too few bytes are left.
        used_bytes: How many bytes are taken.
    """

    most_bytes: int
    relieve: Callable[[], object] = bool
    used_bytes: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def take(self, count: int) -> None:
        """Take bytes; if too few are left, drop answers that are kept for later.

        Raises:
            SpoolFullError: Too few bytes are left.
        """
        if not self._try_to_take(count):
            self.relieve()
            if not self._try_to_take(count):
                raise SpoolFullError("the answers being sent now take all the room there is")

    def _try_to_take(self, count: int) -> bool:
        """Take bytes if enough are left; returns whether it did."""
        with self._lock:
            enough = self.used_bytes + count <= self.most_bytes
            self.used_bytes += count * enough
            return enough

    def give_back(self, count: int) -> None:
        """Give bytes back."""
        with self._lock:
            self.used_bytes -= count


class SpoolLease:
    """The bytes of the budget that a file takes, until the lease is released."""

    def __init__(self, budget: SpoolBudget, size: int) -> None:
        self._budget, self._size = budget, size

    def __del__(self) -> None:
        self._budget.give_back(self._size)


class SpoolFile:
    """A finished answer in a file, at its start; its receiver closes it."""

    def __init__(self, stream: IO[bytes], lease: SpoolLease) -> None:
        self._stream = stream
        self._lease: SpoolLease | None = lease

    def share(self) -> "SpoolFile":
        """Return another handle to the answer, at its start; each handle is closed on its own."""
        if self._lease is None:
            raise ValueError("the answer is closed")
        path = f"/proc/self/fd/{self._stream.fileno()}"
        return SpoolFile(open(path, "rb", buffering=0), self._lease)  # noqa: PTH123

    def read(self, size: int = -1) -> bytes:
        """Read up to ``size`` bytes."""
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to a position."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._stream.tell()

    def seekable(self) -> bool:
        """Return true."""
        return True

    def close(self) -> None:
        """Close the file; closing the last handle returns its bytes to the budget."""
        self._stream.close()
        self._lease = None

    def __del__(self) -> None:
        self.close()


@dataclass(frozen=True)
class Answer:
    """A whole answer.

    Attributes:
        body: Its bytes, or the file that holds them (the caller closes it).
        size: Number of bytes.
        sha256: SHA-256 of the bytes, hexadecimal.
        rows: Number of rows of a SELECT; -1 for everything else.
    """

    body: bytes | SpoolFile
    size: int
    sha256: str
    rows: int

    @property
    def in_file(self) -> bool:
        """Whether the bytes lie in a file."""
        return isinstance(self.body, SpoolFile)

    def share(self) -> "Answer":
        """Return another handle to the answer; each is closed on its own."""
        return self if isinstance(self.body, bytes) else replace(self, body=self.body.share())

    def close(self) -> None:
        """Close the file, if there is one."""
        if not isinstance(self.body, bytes):
            self.body.close()


class Spool:
    """Takes an answer piece by piece.

    Args:
        memory_bytes: How many bytes are held in memory.
        most_bytes: How many bytes an answer may have.
        budget: Where bytes in a file are counted.
        folder: Folder of the file; None: the system's.
    """

    def __init__(
        self, memory_bytes: int, most_bytes: int, budget: SpoolBudget, folder: Path | None
    ) -> None:
        self._memory_bytes, self._most_bytes = memory_bytes, most_bytes
        self._budget, self._folder = budget, folder
        self._pieces: list[bytes] = []
        self._stream: IO[bytes] | None = None
        self._taken = 0
        self.size = 0

    def write(self, data: bytes) -> None:
        """Take a piece.

        Raises:
            ResultTooLargeError: The answer exceeds its limit.
            SpoolFullError: The budget or the disk has no room for it.
        """
        self.size += len(data)
        most = min(self._most_bytes, self._budget.most_bytes)
        if self.size > most:
            raise ResultTooLargeError(
                f"the answer has more than {most} bytes",
                members={"limit": "max_result_bytes", "most": most},
            )
        if self._stream is None and self.size <= self._memory_bytes:
            self._pieces.append(data)
            return
        self._budget.take(self.size - self._taken)
        self._taken = self.size
        try:
            if self._stream is None:
                self._stream = tempfile.TemporaryFile(  # noqa: SIM115 (closed by `drop` or SpoolFile)
                    dir=self._folder, buffering=0
                )
                data = b"".join((*self._pieces, data))
                self._pieces = []
            view = memoryview(data)
            while view:
                view = view[self._stream.write(view) :]
        except OSError as error:
            raise SpoolFullError(
                f"the answer cannot be written down: {error.strerror or error}"
            ) from error

    def finish(self, sha256: str, rows: int) -> Answer:
        """The whole answer; the spool is empty afterwards."""
        stream, self._stream = self._stream, None
        if stream is None:
            body: bytes | SpoolFile = b"".join(self._pieces)
        else:
            stream.seek(0)
            body = SpoolFile(stream, SpoolLease(self._budget, self._taken))
            self._taken = 0
        self._pieces = []
        return Answer(body, self.size, sha256, rows)

    def drop(self) -> None:
        """Forget everything; after `finish` there is nothing to forget."""
        self._pieces = []
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        self._budget.give_back(self._taken)
        self._taken = 0
