"""The frames between the server and its workers: one letter, four bytes of length, the content.

    server → worker   Q  a query: JSON
    worker → server   R  ready: its bytes of address space, in ASCII
                      D  bytes of the answer
                      E  the answer is whole: JSON with number, rows, bytes, sha256
                      X  it failed: JSON

The number of a query is said again with its answer, so that no answer is taken for another's.

Which query a worker is at, and in which thread, is no frame: nobody waits for it. The worker
writes it at the start of a file without a name that both sides have open (`Progress`).

Pure save for what speaks to a file descriptor.
"""

import os
import struct
from dataclasses import dataclass

HEADER = struct.Struct(">cI")

QUERY, READY, DATA, END, FAILED = (letter.encode() for letter in "QRDEX")

MOST = 1 << 26
"""Bytes of the longest frame; a longer one means that the other side is out of its mind."""


_PROGRESS = struct.Struct(">qq")


class FrameError(ValueError):
    """What came is no frame."""


def pack(kind: bytes, content: bytes = b"") -> bytes:
    """One frame."""
    return HEADER.pack(kind, len(content)) + content


class FrameReader:
    """Cuts a stream of bytes into frames, whatever the pieces it comes in."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[bytes, bytes]]:
        """Take a piece; the frames that are whole with it, in order, as (kind, content).

        Raises:
            FrameError: The stream holds something else than frames.
        """
        buffer = self._buffer
        buffer += data
        frames: list[tuple[bytes, bytes]] = []
        at = 0
        while len(buffer) - at >= HEADER.size:
            kind, size = HEADER.unpack_from(buffer, at)
            if size > MOST:
                raise FrameError(f"a frame of {size} bytes")
            start = at + HEADER.size
            if len(buffer) - start < size:
                break
            at = start + size
            frames.append((kind, bytes(buffer[start:at])))
        del buffer[:at]
        return frames


def read_exactly(descriptor: int, size: int) -> bytes:
    """So many bytes from a descriptor; fewer only where it ends."""
    pieces: list[bytes] = []
    while size:
        piece = os.read(descriptor, min(size, 1 << 20))
        if not piece:
            break
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def read_frame(descriptor: int) -> tuple[bytes, bytes] | None:
    """The next frame from a descriptor, or None where the stream ends.

    Raises:
        FrameError: It is too long.
    """
    header = read_exactly(descriptor, HEADER.size)
    if len(header) < HEADER.size:
        return None
    kind, size = HEADER.unpack(header)
    if size > MOST:
        raise FrameError(f"a frame of {size} bytes")
    content = read_exactly(descriptor, size)
    return (kind, content) if len(content) == size else None


def write_all(descriptor: int, data: bytes) -> None:
    """Write all of it, in as many calls as it takes."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


@dataclass(frozen=True)
class Progress:
    """What a worker is at.

    Attributes:
        number: Of the query that it began last; 0 before the first.
        thread: The id of the thread that runs it, by the system.
    """

    number: int = 0
    thread: int = 0


def write_progress(descriptor: int, progress: Progress) -> None:
    """Say it, in place of what was said before."""
    os.pwrite(descriptor, _PROGRESS.pack(progress.number, progress.thread), 0)


def read_progress(descriptor: int) -> Progress:
    """What was said last."""
    data = os.pread(descriptor, _PROGRESS.size, 0)
    return Progress(*_PROGRESS.unpack(data)) if data else Progress()
