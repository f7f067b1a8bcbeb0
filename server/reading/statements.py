"""The text of a line-based or Turtle-like file → its statements, each with its place (pure).

One statement can so be read, or left out, without the others. It is a reader of bounds alone: what
a statement says is the engine's business.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

_TOKEN = re.compile(
    rb"""
      (?P<space>[ \t\r]+)
    | (?P<line>\n)
    | (?P<comment>\#[^\n]*)
    | (?P<long>\"{3}(?:[^"\\]++|\\.|\"{1,2}(?!\"))*+\"{3} | '{3}(?:[^'\\]++|\\.|'{1,2}(?!'))*+'{3})
    | (?P<open_long>\"{3}|'{3})
    | (?P<string>"(?:[^"\\\n]++|\\[^\n])*+"? | '(?:[^'\\\n]++|\\[^\n])*+'?)
    | (?P<iri><[^<>\n]*>)
    | (?P<open>[\[(]|\{\|)
    | (?P<close>[\])]|\|\})
    | (?P<graph>\{)
    | (?P<end_graph>\})
    | (?P<dot>\.(?![^\s<>"'()\[\]{};,\#.]))
    | (?P<word>(?:\\.|\.(?=[^\s<>"'()\[\]{};,\#])|[^\s<>"'()\[\]{};,\#\\.|])+)
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_DIRECTIVE = re.compile(rb"@?(?:prefix|base|version)\Z", re.IGNORECASE)
_BARE = re.compile(rb"(?:prefix|base|version)\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Statement:
    """A piece of a file.

    Attributes:
        text: Its bytes, from its first token to its dot.
        line: The line of its first token, from 1.
        column: The column of its first token, from 1, in characters.
        front: What stands before it where it is read alone: the label of its graph and a brace.
        back: What stands behind it: the brace that closes the graph.
        directive: It declares a prefix, a base or a version for what follows.
    """

    text: bytes
    line: int
    column: int
    front: bytes = b""
    back: bytes = b""
    directive: bool = False


def split_lines(text: bytes | mmap, start: int = 0) -> Iterator[Statement]:
    """The lines of N-Triples or N-Quads, without empty ones and comments.

    Args:
        text: The whole file.
        start: Where its text begins, after a byte order mark.
    """
    for number, found in enumerate(_LINE.finditer(text, start), 1):
        line = found[0].rstrip(b"\r\n")
        if line.strip() and not line.lstrip().startswith(b"#"):
            yield Statement(line, number, 1)


def split_statements(text: bytes | mmap, begin: int = 0, *, graphs: bool) -> Iterator[Statement]:
    """The statements and directives of Turtle, TriG or N3, in their order.

    Args:
        text: The whole file; a mapped one is read piece by piece.
        begin: Where its text begins, after a byte order mark.
        graphs: A brace opens a named graph (TriG); else braces nest like brackets (N3).
    """
    line, line_start = 1, begin
    start: tuple[int, int, int] | None = None  # offset, line, column of the statement's first token
    depth, words = 0, 0
    front, front_place = b"", (1, 1)
    directive, bare, empty = False, False, False

    def cut(start: tuple[int, int, int], end: int) -> Statement:
        piece = text[start[0] : end]
        inside = bool(front) and not directive
        back = b"}" if inside else b""
        return Statement(piece, start[1], start[2], front if inside else b"", back, directive)

    end = 0
    for found in _TOKEN.finditer(text, begin):
        kind, at = found.lastgroup, found.start()
        if kind == "line":
            line, line_start = line + 1, found.end()
            continue
        if kind in ("space", "comment"):
            continue
        if start is None and not (kind == "end_graph" and front):
            column = len(text[line_start:at].decode("utf-8", "replace")) + 1
            start, depth, words = (at, line, column), 0, 0
            word = found[0] if kind == "word" else b""
            directive = not front and _DIRECTIVE.match(word) is not None
            bare = directive and _BARE.match(word) is not None
        if kind == "long":
            line += found[0].count(b"\n")
            newline = found[0].rfind(b"\n")
            line_start = line_start if newline < 0 else at + newline + 1
        elif kind == "open_long" and start is not None:  # it takes the rest of the file with it
            yield cut(start, len(text))
            return
        words += 1
        end = found.end()
        if kind == "open" or (kind == "graph" and not graphs):
            depth += 1
        elif kind == "close" or (kind == "end_graph" and not graphs):
            depth -= 1
        elif kind == "graph" and not front and start is not None:
            front, front_place, empty = text[start[0] : end], start[1:], True
            start = None
        elif kind == "end_graph" and front:
            if start is not None:
                end = at
                yield cut(start, end)
            elif empty:  # right in TriG, and a fault in Turtle
                yield Statement(b"", *front_place, front, b"}")
            front, start = b"", None
        elif start is not None and (
            (kind == "dot" and (depth <= 0 or directive))
            or (bare and (kind == "string" or (kind == "iri" and words > 1)))
        ):
            yield cut(start, end)
            start, empty = None, False
    if start is not None:
        yield cut(start, end)
    if front:  # its closing brace is missing
        yield Statement(front, *front_place)
