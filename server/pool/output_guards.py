"""Detects terms that a format cannot express, while the engine writes them.

An answer is refused (422) before a broken document leaves. A guard takes the bytes in pieces of any
size, passes them on, and raises `RuntimeError` with the words for the client. Pure.
"""

import re
from typing import IO, cast


class _WellFormed:
    """XML (XML 1.0, sections 2.2 and 2.11; RDF/XML, section 7.2.5).

    The engine writes a property that has no XML name as an element that no reader can read, three
    that RDF/XML forbids, and characters as they are: those that XML cannot carry, and carriage
    returns, which every reader takes for line ends. None of these bytes can stand in other places
    of what it writes.
    """

    _NAMELESS = re.compile(rb"<oxprefix:[ >]|<xmlns:|<rdf:(?:aboutEach|bagID)")
    _FORBIDDEN = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
    _LONGEST = 16

    def __init__(self, output: IO[bytes]) -> None:
        self._output, self._rest = output, b""

    def write(self, data: bytes) -> int:
        """Take a piece."""
        joined = self._rest + data
        if self._NAMELESS.search(joined):
            raise RuntimeError("RDF/XML has no name for a property or class here; take Turtle")
        if self._FORBIDDEN.search(joined):
            raise RuntimeError("XML cannot carry a character of this answer; take another format")
        self._rest = joined[-self._LONGEST :]
        self._output.write(data.replace(b"\r", b"&#13;"))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""


class _Cells:
    """CSV (RFC 4180, section 2): a quote stands at the edge of a cell, or doubled within quotes.

    The engine writes a triple term with a literal in it as a cell without quotes around it.
    """

    def __init__(self, output: IO[bytes]) -> None:
        self._output, self._quoted, self._last = output, False, b"\n"

    def write(self, data: bytes) -> int:
        """Take a piece."""
        first, *others = data.split(b'"')
        self._last = first[-1:] or self._last
        for piece in others:
            if not self._quoted and self._last not in (b",", b"\n", b'"'):
                raise RuntimeError("CSV cannot carry a triple term of this answer; take JSON")
            self._quoted = not self._quoted
            self._last = piece[-1:] or b'"'
        self._output.write(data)
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""


_GUARDS = {"rdfxml": _WellFormed, "xml": _WellFormed, "csv": _Cells}


def guard(output: IO[bytes], format_name: str) -> IO[bytes]:
    """The output, wrapped in the guard of the format if it has one."""
    made = _GUARDS.get(format_name)
    return output if made is None else cast(IO[bytes], made(output))
