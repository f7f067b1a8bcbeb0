"""The text of a query, looked at before it goes to a worker: what form, which limits, what refused.

One linear tokeniser knows strings, IRIs, comments, variables and prefixed names; nothing here
parses: the engine does, in a worker. The engine reads without spaces where a grammar would want
them (`SERVICEex:s{…}`, `trueSERVICE<…>`, `FROMex:g` all mean the keyword), so a keyword that
matters is looked for inside words, not only as a word.

Pure: text in, values out; time and memory grow with the length of the text, never faster.
Source: SPARQL 1.1 Query Language, section 19.8; decision 0009.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from urllib.parse import urljoin

from server.errors import (
    BadQueryError,
    QueryTooComplexError,
    ServiceRefusedError,
    UpdateRefusedError,
)
from server.settings import Settings

Form = Literal["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]
Kind = Literal["iri", "string", "variable", "blank", "name", "word", "language", "number", "mark"]

FORMS: tuple[Form, ...] = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")

_START = (
    r"A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    r"\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
"""PN_CHARS_U of the grammar."""

_NAME = _START + r"0-9\u00b7\u0300-\u036f\u203f\u2040"
_LOCAL = rf"(?:[{_NAME}:\-.%]|\\[_~.\-!$&'()*+,;=/?#@%])*+"
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]++|\#[^\r\n]*+)"
    r'|(?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+>)'
    r'|(?P<string>"""(?:[^"\\]|\\.|"(?!""))*+"""|'
    r"'''(?:[^'\\]|\\.|'(?!''))*+'''|"
    r'""(?!")|' + r"''(?!')|" + r'"(?:[^"\\\n\r]|\\.)++"|' + r"'(?:[^'\\\n\r]|\\.)++')"
    rf"|(?P<variable>[?$][{_NAME}]++)"
    rf"|(?P<run>[{_START}][{_NAME}.\-]*+)(?P<local>:{_LOCAL})?"
    rf"|(?P<default>:{_LOCAL})"
    r"|(?P<language>@[A-Za-z]++(?:--?[A-Za-z0-9]++)*+)"
    r"|(?P<number>(?:\d++(?:\.\d*+)?|\.\d++)[eE][+-]?\d++|\d*\.\d++|\d++)"
    r"|(?P<mark>&&|\|\||\^\^|!=|<=|>=|<<|>>|\{\||\|\}|[{}()\[\],;.=<>!+\-*/|^?~])",
    re.DOTALL,
)
_PIECE = re.compile(
    rf"(?P<number>[0-9]++(?![{_NAME}]))|(?P<word>[{_NAME}]++)|(?P<mark>[.\-])|(?P<other>.)",
    re.DOTALL,
)
_CHANGING = re.compile(r"(?:RAND|NOW|UUID|BNODE)(?:\s|#[^\r\n]*)*+\(", re.IGNORECASE)
"""Calls with a new value each time; found in the text, for the engine may see one in any token."""

_MOST_TRIPLE_DEPTH = 20
"""Levels of triple terms: the engine's time grows steeply with them."""

_CLOSERS = {")": "(", "]": "[", "}": "{", "|}": "{|", ">>": "<<"}
_OPERATORS = frozenset(["||", "&&", "!", "=", "!=", "<", ">", "<=", ">=", *"+-*/|^?"])
_BRANCHES = frozenset(["UNION", "OPTIONAL", "MINUS", "GRAPH", "EXISTS", "LATERAL", "SELECT"])
_FRESH = frozenset(["[", "(", "<<", "{|", "~"])
"""What makes a new blank node for each row, in a template."""

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_LOCAL_ESCAPE = re.compile(r"\\(.)")
_TERMS = frozenset(["iri", "string", "name", "number", "blank", "word"])


class Token(NamedTuple):
    """One token: its kind, its text and the offset of its first character (code points)."""

    kind: Kind
    text: str
    start: int


_NOTHING = Token("mark", "", 0)


@dataclass(frozen=True, slots=True)
class Query:
    """What the tokeniser learnt about a query.

    Attributes:
        text: As it came.
        form: The first keyword after the prologue.
        has_dataset: It says FROM or FROM NAMED.
        dataset: The default and the named graphs it says, as absolute IRIs; None where it says
            none, or in a way that only the engine reads.
        deterministic: Asked twice of the same data it answers the same bytes: no RAND, NOW, UUID,
            STRUUID, BNODE, and no blank node or reifier in a template.
        suspect: A bracket that seems not to match; the engine judges, this says where.
    """

    text: str
    form: Form
    has_dataset: bool
    deterministic: bool
    suspect: BadQueryError | None = None
    dataset: tuple[tuple[str, ...], tuple[str, ...]] | None = None


def locate(text: str, offset: int) -> tuple[int, int]:
    """Line and column (from 1, code points) of an offset; CR, LF and CRLF end a line."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    line = before.count("\n") + 1
    return line, len(before) - (before.rfind("\n") + 1) + 1


def _broken(text: str, offset: int, what: str) -> BadQueryError:
    """The error for something that stands at an offset."""
    line, column = locate(text, offset)
    return BadQueryError(f"line {line}, column {column}: {what}", line, column)


def _unescape(found: re.Match[str]) -> str:
    """The character of an escape; U+FFFD where there is none of that number."""
    number = int(found[1] or found[2], 16)
    return chr(number) if number <= 0x10FFFF else "\ufffd"


def read_tokens(text: str, compares: Callable[[], bool] = bool) -> Iterator[Token]:
    """The tokens of a query in order, without spaces and comments; numbers are unsigned.

    Args:
        text: The query.
        compares: Asked where `<` could start an IRI: true where it can only mean "less than".

    Raises:
        BadQueryError: A character that cannot start a token, a string that does not end.
    """
    at, end = 0, len(text)
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            char = text[at]
            what = "a string that does not end" if char in "\"'" else f"unexpected {char!r}"
            raise _broken(text, at, what)
        kind = found.lastgroup
        start, at = at, found.end()
        if kind == "space":
            continue
        if kind == "iri" and compares():
            at = start + (2 if text[start + 1] == "=" else 1)
            yield Token("mark", text[start:at], start)
            continue
        if kind in ("local", "default"):
            while text[at - 1] == "." and text[at - 2] != "\\":
                at -= 1
            blank = found["run"] == "_" if kind == "local" else False
            yield Token("blank" if blank else "name", text[start:at], start)
        elif kind == "run":
            yield from _read_pieces(text, start, at)
        else:
            yield Token(kind, found[0], start)  # type: ignore[arg-type]


def _read_pieces(text: str, start: int, end: int) -> Iterator[Token]:
    """The words and marks of a run of name characters that no colon follows."""
    while start < end:
        found = _PIECE.match(text, start, end)
        if found is None or found.lastgroup == "other":
            raise _broken(text, start, f"unexpected {text[start]!r}")
        yield Token(found.lastgroup, found[0], start)  # type: ignore[arg-type]
        start = found.end()


@dataclass(slots=True)
class _Group:
    """An open bracket: what it is, where, and what was counted inside."""

    opener: str
    start: int
    role: Literal["group", "values", "terms", "list"]
    patterns: int = 0


@dataclass(slots=True)
class _Reader:
    """The state of one pass over the tokens."""

    text: str
    settings: Settings
    form: Form | None = None
    has_dataset: bool = False
    deterministic: bool = True
    groups: list[_Group] = field(default_factory=list)
    closed_groups: int = 0
    graphs: int = 0
    triple_depth: int = 0
    base: str = ""
    prefixes: dict[str, str] = field(default_factory=dict)
    dataset: dict[str, list[str]] = field(default_factory=lambda: {"FROM": [], "NAMED": []})
    counts: dict[str, int] = field(
        default_factory=lambda: {"max_operators": 0, "max_unions": 0, "max_values": 0}
    )
    previous: Token = _NOTHING
    suspect: BadQueryError | None = None
    service_name: bool = False
    values_open: bool = False

    def compares(self) -> bool:
        """Whether `<` means "less than" here: after an operand, inside an expression's brackets."""
        if not self.groups or self.groups[-1].role != "list":
            return False
        before = self.previous
        return before.text == ")" if before.kind == "mark" else before.kind != "word"

    def count(self, limit: str, value: int, what: str) -> None:
        """Refuse a query that is over one of the limits."""
        most = getattr(self.settings, limit)
        if value > most:
            raise QueryTooComplexError(
                f"more than {most} {what} in one query", members={"limit": limit, "most": most}
            )

    def add(self, limit: str, what: str) -> None:
        """Count one more of something that is limited in the whole query."""
        self.counts[limit] += 1
        self.count(limit, self.counts[limit], what)

    def add_pattern(self) -> None:
        """Count one more triple pattern in the innermost group."""
        for group in reversed(self.groups):
            if group.role == "group" and group.opener == "{":
                group.patterns += 1
                self.count("max_patterns", group.patterns, "triple patterns in one group")
                return

    def read_start(self, token: Token) -> None:
        """A word before the form is known: prologue, form, or not a query at all."""
        word = token.text.upper()
        if word in ("PREFIX", "BASE", "VERSION"):
            return
        for form in FORMS:
            if word.startswith(form):
                self.form = form
                return
        if word.startswith(UPDATES):
            raise UpdateRefusedError(f"{word} is an update; the data here are read-only")
        raise _broken(self.text, token.start, f"{token.text!r} is not the start of a query")

    def read_word(self, token: Token) -> None:
        """A bare word: a keyword, a function, `a`, `true`."""
        word = token.text.upper()
        if "SERVICE" in word:
            line, column = locate(self.text, token.start)
            raise ServiceRefusedError(
                f"line {line}, column {column}: SERVICE would make this endpoint connect elsewhere",
                members={"line": line, "column": column},
            )
        if self.form is None:
            self.read_start(token)
            return
        if not self.groups and word.startswith("FROM"):
            self.has_dataset = True
            self.graphs += 1
            self.count("max_dataset_graphs", self.graphs, "FROM clauses")
        if word in _BRANCHES:
            self.add("max_unions", "UNION, OPTIONAL, MINUS, GRAPH, EXISTS and sub-SELECT")
        if word == "VALUES":
            self.values_open = True

    def read_name(self, token: Token) -> None:
        """A prefixed name; the engine may see a keyword and a name in it."""
        prefix = token.text.partition(":")[0]
        if self.form is None:
            if self.previous.text.upper() != "PREFIX":
                raise _broken(self.text, token.start, f"unexpected {token.text!r}")
            self.prefixes[prefix] = ""
            return
        lowered = prefix.lower()
        before = self.previous.text.upper()
        declared = prefix in self.prefixes
        self.service_name = (
            "service" in lowered and not declared and before not in ("GRAPH", "FROM", "NAMED")
        )
        known = self.form == "DESCRIBE" and declared
        before_body = not self.groups and self.closed_groups <= (self.form == "CONSTRUCT")
        if before_body and lowered.startswith("from") and not known:
            self.has_dataset = True
            self.graphs += 1

    def open_bracket(self, token: Token) -> None:
        """An opening bracket: what it opens depends on what stands before it."""
        role: Literal["group", "values", "terms", "list"] = "group"
        inner = self.groups[-1] if self.groups else None
        if inner is not None and inner.role in ("values", "terms"):
            role = inner.role
        elif token.text == "{" and self.values_open:
            role, self.values_open = "values", False
        elif token.text == "(":
            in_braces = inner is not None and inner.opener in ("{", "[")
            called = self.previous.kind == "word" and self.previous.text != "a"
            role = "terms" if in_braces and not called else "list"
        elif token.text == "{" and self.service_name:
            raise ServiceRefusedError("SERVICE would make this endpoint connect elsewhere")
        self.groups.append(_Group(token.text, token.start, role))
        self.count("max_nesting", len(self.groups), "levels of brackets")

    def close_bracket(self, token: Token) -> None:
        """A closing bracket: it must close the one that was opened last."""
        wanted = _CLOSERS[token.text]
        if not self.groups or self.groups[-1].opener != wanted:
            if token.text == ">>":
                return
            what = f"{token.text!r} closes nothing that is open"
            if self.groups:
                line, column = locate(self.text, self.groups[-1].start)
                opener = self.groups[-1].opener
                what = f"{token.text!r} where {opener!r} of line {line}, column {column} is open"
            self.suspect = self.suspect or _broken(self.text, token.start, what)
            return
        group = self.groups.pop()
        self.closed_groups += not self.groups and group.opener == "{"

    def nest_triple(self, step: int) -> None:
        """A triple term opens or closes."""
        self.triple_depth = max(0, self.triple_depth + step)
        if self.triple_depth > _MOST_TRIPLE_DEPTH:
            raise QueryTooComplexError(
                f"more than {_MOST_TRIPLE_DEPTH} levels of triple terms",
                members={"limit": "max_nesting", "most": _MOST_TRIPLE_DEPTH},
            )

    def read_mark(self, token: Token) -> None:
        """Brackets, separators and operators."""
        mark = token.text
        if self.form is None:
            raise _broken(self.text, token.start, f"unexpected {mark!r}")
        inner = self.groups[-1] if self.groups else None
        if mark in ("<<", ">>"):
            self.nest_triple(1 if mark == "<<" else -1)
        if mark in ("{", "(", "[", "{|"):
            self.open_bracket(token)
        elif mark in (")", "]", "}", "|}"):
            self.close_bracket(token)
        elif mark in _OPERATORS:
            self.add("max_operators", "operators")
            if mark == "/":
                self.add_pattern()
        elif mark == "," and inner is not None and inner.role == "list":
            self.add("max_values", "members of lists")
        elif mark in (".", ";", ","):
            self.add_pattern()

    def resolve(self, token: Token) -> str:
        """The absolute IRI that an IRI or a prefixed name stands for; empty where it is unknown."""
        if token.kind == "iri":
            iri = _ESCAPE.sub(_unescape, token.text[1:-1])
            if _ABSOLUTE.match(iri):
                return iri
            return urljoin(self.base, iri) + "#" * iri.endswith("#")  # which urljoin drops
        prefix, _, local = token.text.partition(":")
        start = self.prefixes.get(prefix)
        return start + _LOCAL_ESCAPE.sub(r"\1", local) if start else ""

    def read_address(self, token: Token) -> None:
        """An IRI or a prefixed name: of the prologue, of the dataset, or of neither."""
        before = self.previous.text.upper()
        if self.form is None and token.kind == "iri":
            if self.previous.kind == "name":
                self.prefixes[self.previous.text.partition(":")[0]] = self.resolve(token)
            elif before == "BASE":
                self.base = self.resolve(token)
        elif not self.groups and self.previous.kind == "word" and before in self.dataset:
            self.dataset[before].append(self.resolve(token))

    def list_dataset(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """The dataset of `Query`, once every token was read."""
        default, named = self.dataset["FROM"], self.dataset["NAMED"]
        known = all(_ABSOLUTE.match(name) for name in (*default, *named))
        if not self.has_dataset or not known or len(default) + len(named) != self.graphs:
            return None
        return tuple(default), tuple(named)

    def read(self, token: Token) -> None:
        """One token."""
        in_template = self.form == "CONSTRUCT" and self.groups and not self.closed_groups
        if in_template and (token.kind == "blank" or token.text in _FRESH):
            self.deterministic = False
        if token.kind in ("iri", "name"):
            self.read_address(token)
        inner = self.groups[-1] if self.groups else None
        if inner is not None and token.kind in _TERMS:
            if inner.role == "values":
                self.add("max_values", "terms in VALUES")
            elif inner.role == "terms":
                self.add_pattern()
        if token.kind == "word":
            self.read_word(token)
        elif token.kind == "name":
            self.read_name(token)
        elif token.kind == "mark":
            self.read_mark(token)
        elif self.form is None and self.previous.kind not in ("word", "name"):
            raise _broken(self.text, token.start, f"unexpected {token.text[:40]!r}")
        if token.kind != "name":
            self.service_name = False
        self.previous = token


def inspect_query(text: str, settings: Settings) -> Query:
    """What a query is, from its tokens alone.

    Args:
        text: The query as the client sent it.
        settings: Of it the limits on one query's text.

    Raises:
        BadQueryError: It has a character or bracket that no query can have, or no form.
        QueryTooComplexError: It is over a limit; the limit is named.
        ServiceRefusedError: It says SERVICE.
        UpdateRefusedError: It is an update.
    """
    reader = _Reader(text, settings)
    size = len(text.encode("utf-8", "surrogatepass"))
    reader.count("max_query_bytes", size, "bytes")
    for token in read_tokens(text, reader.compares):
        reader.read(token)
    if reader.form is None:
        raise _broken(text, len(text), "the query ends before SELECT, ASK, CONSTRUCT or DESCRIBE")
    suspect = reader.suspect
    if reader.groups and suspect is None:
        group = reader.groups[-1]
        suspect = _broken(text, group.start, f"{group.opener!r} is not closed")
    return Query(
        text,
        reader.form,
        reader.has_dataset,
        reader.deterministic and not _CHANGING.search(text),
        suspect,
        reader.list_dataset(),
    )
