"""Counts the rows of a serialised table while its bytes pass.

The engine writes a table in one go and does not say how many rows there were; each counter reads
the syntax just as far as it must. Pure, exact for any cut of the bytes into pieces.
"""

from typing import Protocol


class RowCounter(Protocol):
    """Takes the bytes of one serialised table in their order; `rows` is right at the end."""

    rows: int

    def feed(self, data: bytes) -> None:
        """The next piece."""


class _Tsv:
    """One line per row: the syntax has no raw line end inside a term; the header is no row."""

    def __init__(self) -> None:
        self.rows = -1

    def feed(self, data: bytes) -> None:
        self.rows += data.count(b"\n")


class _Csv:
    """One CRLF per row, except inside quotes; a literal quote is doubled."""

    def __init__(self) -> None:
        self.rows = -1
        self._quoted = 0

    def feed(self, data: bytes) -> None:
        if b'"' not in data and not self._quoted:
            self.rows += data.count(b"\n")
            return
        pieces = data.split(b'"')
        self.rows += b"".join(pieces[self._quoted :: 2]).count(b"\n")
        self._quoted ^= (len(pieces) - 1) & 1


class _Xml:
    """One `<result>` per row; `<` inside a text is always escaped."""

    _TAG = b"<result>"

    def __init__(self) -> None:
        self.rows = 0
        self._rest = b""

    def feed(self, data: bytes) -> None:
        joined = self._rest + data
        self.rows += joined.count(self._TAG)
        self._rest = joined[-(len(self._TAG) - 1) :]


class _Json:
    """One object per row: outside strings, a row's brace follows `[` or `,`, a term's a colon.

    The piece is held back to the last structural character, so that a string, an escape or a
    pair of marks is never cut.
    """

    _DULL = bytes(set(range(256)) - set(b'"{[,'))
    """Bytes that do not matter here; what is left of a row is a few dozen."""

    def __init__(self) -> None:
        self.rows = 0
        self._quoted = 0
        self._last = b""
        self._escaped = False

    def feed(self, data: bytes) -> None:
        if not data:
            return
        if self._escaped:
            data = data[1:]
            self._escaped = False
        clean = data
        if b"\\" in data:
            tail = len(data) - len(data.rstrip(b"\\"))
            if tail % 2:
                self._escaped = True
                data = data[:-1]
            clean = data.replace(b"\\\\", b"").replace(b'\\"', b"")
        pieces = clean.translate(None, self._DULL).split(b'"')
        outside = pieces[self._quoted :: 2]
        marks = b" ".join(outside)
        if not self._quoted:
            marks = self._last + marks
        self.rows += marks.count(b",{") + marks.count(b"[{")
        self._quoted ^= (len(pieces) - 1) & 1
        if not self._quoted:
            last = pieces[-1]
            whole = self._last + last if len(pieces) == 1 else last
            self._last = whole[-1:]
        else:
            self._last = b""


class _None:
    """Not a table: counts nothing."""

    rows = -1

    def feed(self, data: bytes) -> None:
        """Nothing."""


_COUNTERS: dict[str, type[RowCounter]] = {"json": _Json, "xml": _Xml, "csv": _Csv, "tsv": _Tsv}


def make_counter(format_name: str, is_table: bool) -> RowCounter:
    """The counter for a format; for formats other than those of tables it stays at -1."""
    return _COUNTERS[format_name]() if is_table else _None()
