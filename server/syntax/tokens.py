"""A linear tokeniser for queries: keywords, punctuation, names and strings.

It knows strings, IRIs, comments, variables and prefixed names, and of no query more than that.
Pure: text in, values out; time and memory grow with the length of the text, never faster.
Source: SPARQL 1.1 Query Language, section 19.8.
"""

import functools
import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from server.errors import BadQueryError

Kind = Literal["iri", "string", "variable", "blank", "name", "word", "language", "number", "mark"]

CLOSERS = {")": "(", "]": "[", "}": "{", "|}": "{|", ">>": "<<"}
"""Closing bracket → the one that it closes."""

_START = (
    r"A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    r"\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
"""PN_CHARS_U of the grammar."""

_NAME = _START + r"0-9\u00b7\u0300-\u036f\u203f\u2040"
_ESCAPED = r"\\[_~.\-!$&'()*+,;=/?#@%]"
_REST = rf"(?:[{_NAME}:\-%]|{_ESCAPED})"
_LOCAL = rf"(?:(?:[{_START}0-9:%]|{_ESCAPED}){_REST}*+(?:\.++{_REST}++)?+)?+"
"""PN_LOCAL, or nothing, as the engine reads it: dots at one place only, and never at the end.

So in `p:.SERVICE` and in `p:a.b.SERVICE`, SERVICE is a keyword.
"""

_TOKEN = (
    r"(?P<space>[ \t\r\n]++|\#[^\r\n]*+)"
    r'|(?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+>)'
    r'|(?P<string>"""(?:[^"\\]|\\.|"(?!""))*+"""|'
    r"'''(?:[^'\\]|\\.|'(?!''))*+'''|"
    r'""(?!")|' + r"''(?!')|" + r'"(?:[^"\\\n\r]|\\.)++"|' + r"'(?:[^'\\\n\r]|\\.)++')"
    rf"|(?P<variable>[?$][{_NAME}]++)"
    rf"|(?P<blank>_:[{_START}0-9][{_NAME}\-]*+(?:\.++[{_NAME}\-]++)*+)"
    rf"|(?P<run>[{_START}][{_NAME}.\-]*+)(?P<local>:{_LOCAL})?"
    rf"|(?P<default>:{_LOCAL})"
    r"|(?P<language>@[A-Za-z]++(?:--?[A-Za-z0-9]++)*+)"
    r"|(?P<number>(?:\d++(?:\.\d*+)?|\.\d++)[eE][+-]?\d++|\d*\.\d++|\d++)"
    r"|(?P<mark>&&|\|\||\^\^|!=|<=|>=|<<|>>|\{\||\|\}|[{}()\[\],;.=<>!+\-*/|^?~])"
)
_PIECE = rf"(?P<number>[0-9]++(?![{_NAME}]))|(?P<word>[{_NAME}]++)|(?P<mark>[.\-])|(?P<other>.)"
_MEANT = {
    char: meant
    for chars, meant in (
        ("“”„‟«»″", 'use straight quotes: "'),
        ("‘’‚‛‹›′", "use straight quotes: '"),
        ("‐‑‒–—−", "use a plain hyphen: -"),
        ("\u00a0\u2002\u2003\u2007\u2008\u2009\u200a\u200b\u202f\u2060\u3000", "use a plain space"),
    )
    for char in chars
}
"""Characters that text programs and web pages put in place of plain ones → what to write."""


@functools.cache
def compile_tokens() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a token and of a piece of a run of name characters.

    Compiling them would take a third of a worker's start, and few workers ever read a token.
    """
    return re.compile(_TOKEN, re.DOTALL), re.compile(_PIECE, re.DOTALL)


class Token(NamedTuple):
    """One token: its kind, its text and the offset of its first character (code points)."""

    kind: Kind
    text: str
    start: int


def locate(text: str, offset: int) -> tuple[int, int]:
    """Line and column (from 1, code points) of an offset; CR, LF and CRLF end a line."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    line = before.count("\n") + 1
    return line, len(before) - (before.rfind("\n") + 1) + 1


def place_error(text: str, offset: int, what: str) -> BadQueryError:
    """The error for something that stands at an offset."""
    line, column = locate(text, offset)
    return BadQueryError(f"line {line}, column {column}: {what}", line, column)


def read_tokens(text: str, compares: Callable[[], bool] = bool) -> Iterator[Token]:
    """The tokens of a query in order, without spaces and comments; numbers are unsigned.

    Args:
        text: The query.
        compares: Asked where `<` could start an IRI: true where it can only mean "less than".

    Raises:
        BadQueryError: A character that cannot start a token, a string that does not end.
    """
    token, _ = compile_tokens()
    at, end = 0, len(text)
    while at < end:
        found = token.match(text, at)
        if found is None:
            char = text[at]
            what = "a string that does not end" if char in "\"'" else f"unexpected {char!r}"
            what += f": {_MEANT[char]}" if char in _MEANT else ""
            raise place_error(text, at, what)
        kind = found.lastgroup
        start, at = at, found.end()
        if kind == "space":
            continue
        if kind == "iri" and compares():
            at = start + (2 if text[start + 1] == "=" else 1)
            yield Token("mark", text[start:at], start)
            continue
        if kind in ("local", "default"):
            yield Token("name", found[0], start)
        elif kind == "run":
            yield from _read_pieces(text, start, at)
        else:
            yield Token(kind, found[0], start)  # type: ignore[arg-type]


def _read_pieces(text: str, start: int, end: int) -> Iterator[Token]:
    """The words and marks of a run of name characters that no colon follows."""
    _, piece = compile_tokens()
    while start < end:
        found = piece.match(text, start, end)
        if found is None or found.lastgroup == "other":
            raise place_error(text, start, f"unexpected {text[start]!r}")
        yield Token(found.lastgroup, found[0], start)  # type: ignore[arg-type]
        start = found.end()
