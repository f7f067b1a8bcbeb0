"""The frames between the server and its workers: one letter, four bytes of length, the content.

    server → worker   Q  a query: JSON
    worker → server   R  ready
                      S  a query was read and starts: its number, in ASCII
                      D  bytes of the answer
                      E  the answer is whole: JSON with number, rows, bytes, sha256
                      X  it failed: JSON

The number of a query is said again with its answer, so that no answer is taken for another's.

Pure save for `read_exactly` and `write_all`, which speak to a file descriptor.
"""

import os
import struct

HEADER = struct.Struct(">cI")

QUERY, READY, STARTED, DATA, END, FAILED = (letter.encode() for letter in "QRSDEX")

MOST = 1 << 26
"""Bytes of the longest frame; a longer one means that the other side is out of its mind."""


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
