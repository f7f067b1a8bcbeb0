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
    """One object per row, after `[` or `,`, where every other object follows a colon.

    The engine writes no white space. Without the bytes that do not matter, a row begins with
    `,{""`, the marks being those around the name of a variable; within a string there is no mark,
    and after one comes a comma or a brace. A row in which nothing is bound is `{}`, which a string
    may contain: where these bytes occur, the piece is cut at its marks.
    """

    _DULL = bytes(set(range(256)) - set(b'"{}[,'))
    _SAME = bytes.maketrans(b"[", b",")
    _BEGINNING = b',{""'
    _HELD = len(_BEGINNING) - 1
    """Bytes held back, so that no beginning is cut; as many follow the last row."""

    def __init__(self) -> None:
        self.rows = 0
        self._quoted = False
        self._escaped = False
        self._rest = b""

    def feed(self, data: bytes) -> None:
        joined = self._rest + self._drop_escapes(data).translate(self._SAME, self._DULL)
        end = max(0, len(joined) - self._HELD)
        self.rows += joined.count(self._BEGINNING)
        if b"{}" in joined:
            outside = joined[: end + 1].split(b'"')[self._quoted :: 2]
            self.rows += sum(piece.count(b"{}") for piece in outside)
        self._quoted ^= joined.count(b'"', 0, end) % 2 == 1
        self._rest = joined[end:]

    def _drop_escapes(self, data: bytes) -> bytes:
        """The bytes without escaped backslashes and marks, whichever piece they began in."""
        if self._escaped:
            data = b"\\" + data
        self._escaped = False
        if b"\\" not in data:
            return data
        if (len(data) - len(data.rstrip(b"\\"))) % 2:
            self._escaped, data = True, data[:-1]
        return data.replace(b"\\\\", b"").replace(b'\\"', b"")


class _None:
    """Not a table: counts nothing."""

    rows = -1

    def feed(self, data: bytes) -> None:
        """Nothing."""


_COUNTERS: dict[str, type[RowCounter]] = {"json": _Json, "xml": _Xml, "csv": _Csv, "tsv": _Tsv}


def make_counter(format_name: str, is_table: bool) -> RowCounter:
    """The counter for a format; for formats other than those of tables it stays at -1."""
    return _COUNTERS[format_name]() if is_table else _None()
