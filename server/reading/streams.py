"""A data file on disk → its text as bytes: decompressed, without a byte order mark.

Compression is recognised from the first bytes, not from the name.
"""

import bz2
import codecs
import contextlib
import gzip
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import zstandard

from server.reading.faults import DataError

_PIECE = 1 << 20
_GZIP, _BZIP2, _ZSTD = b"\x1f\x8b", b"BZh", b"\x28\xb5\x2f\xfd"
SUFFIXES = (".gz", ".bz2", ".zst")
"""Endings of compressed files, which stand behind the ending of the format."""

_MAX_WINDOW_BYTES = 1 << 31


@contextlib.contextmanager
def open_text(path: Path, folder: Path) -> Iterator[IO[bytes]]:
    """A file's text, seekable, at its first byte after a UTF-8 byte order mark.

    Args:
        path: The file, compressed or not.
        folder: Where the text of a compressed file is kept meanwhile.

    Raises:
        DataError: It cannot be read, or its compressed form is damaged or cut off.
    """
    try:
        with contextlib.ExitStack() as stack:
            file: IO[bytes] = stack.enter_context(path.open("rb"))
            start = file.read(4)
            file.seek(0)
            if start.startswith((_GZIP, _BZIP2, _ZSTD)):
                text = stack.enter_context(tempfile.TemporaryFile(dir=folder))
                _decompress(path, start, file, text)
                text.seek(0)
                file = text
            skip_mark(file)
            yield file
    except OSError as error:
        raise DataError.of(str(path), error.strerror or str(error)) from None


def skip_mark(file: IO[bytes]) -> None:
    """Go to the first byte of the text."""
    file.seek(0)
    if file.read(3) != codecs.BOM_UTF8:
        file.seek(0)


def _decompress(path: Path, start: bytes, file: IO[bytes], text: IO[bytes]) -> None:
    """Write the text of a compressed file."""
    try:
        if start.startswith(_ZSTD):
            _decompress_zstd(file, text)
            return
        module = gzip if start.startswith(_GZIP) else bz2
        with module.open(file) as stream:
            while piece := stream.read(_PIECE):
                text.write(piece)
    except (EOFError, OSError, zstandard.ZstdError, zlib.error) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        kind = "cut off" if isinstance(error, EOFError) else f"damaged ({error})"
        raise DataError.of(str(path), f"the compressed file is {kind}") from None


def _decompress_zstd(file: IO[bytes], text: IO[bytes]) -> None:
    """Write the text of all frames; `stream_reader` would end a file that is cut off in silence."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES)
    rest, frame = b"", decompressor.decompressobj()
    begun = False
    while piece := rest or file.read(_PIECE):
        begun = True
        text.write(frame.decompress(piece))
        rest = b""
        if frame.eof:
            rest, frame, begun = frame.unused_data, decompressor.decompressobj(), False
    if begun:
        raise EOFError
