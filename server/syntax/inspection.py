"""Inspects the text of a query before a worker runs it: its form, limits, refused features.

It goes through the tokens (`tokens`) once; nothing here parses: the engine does, in a worker. The
engine reads without spaces where a grammar would want them (`SERVICEex:s{…}`,
`trueSERVICE<…>`, `FROMex:g` all mean the keyword), so a keyword that matters is looked for inside
words, not only as a word.

Pure: text in, values out; time and memory grow with the length of the text, never faster.
Source: SPARQL 1.1 Query Language, section 19.8; decision 0009.
"""

import re
from dataclasses import dataclass, field
from typing import Literal

from server.errors import (
    BadQueryError,
    QueryTooComplexError,
    ServiceRefusedError,
    UpdateRefusedError,
)
from server.settings import Settings
from server.syntax.tokens import CLOSERS, Token, locate, place_error, read_tokens
from server.syntax.traps import check_graph_subquery, check_having, may_matter, rewrite_traps

Form = Literal["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]

FORMS: tuple[Form, ...] = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH")

_CHANGING = re.compile(r"(?:RAND|NOW|UUID|BNODE)(?:\s|#[^\r\n]*)*+\(", re.IGNORECASE)
"""Calls with a new value each time; found in the text, for the engine may see one in any token."""

_LABEL_SERVICE = re.compile(
    r"SERVICE\s+(?:SILENT\s+)?(?:wikibase:label|<http://wikiba\.se/ontology#label>)", re.IGNORECASE
)
_LABEL_HINT = (
    "The label service exists only at Wikidata. Ask for the label itself, with the tag of a "
    'language in place of …: OPTIONAL { ?x rdfs:label ?xLabel FILTER(LANG(?xLabel) = "…") }.'
)

_MOST_TRIPLE_DEPTH = 20
"""Levels of triple terms: the engine's time grows steeply with them."""

_FRESH = frozenset(["[", "(", "<<", "{|", "~"])
"""What makes a new blank node for each row, in a template."""


_NOTHING = Token("mark", "", 0)


@dataclass(frozen=True, slots=True)
class FromClauses:
    """The graphs in the FROM clauses of a query, as written.

    Attributes:
        prologue: The text before the query's form: BASE, PREFIX.
        default: The names after FROM: IRIs in their brackets and prefixed names.
        named: The names after FROM NAMED.
    """

    prologue: str
    default: tuple[str, ...]
    named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Query:
    """The result of inspecting a query.

    Attributes:
        text: As it came.
        form: The first keyword after the prologue.
        has_dataset: It says FROM or FROM NAMED.
        graphs: What it says FROM; None where it says nothing, or in a way that only the engine
            reads.
        asked: What the engine is asked: the text, or one that it answers rightly (`traps`).
        deterministic: Whether it gives the same bytes each time on the same data: no RAND, NOW,
            UUID, STRUUID, BNODE, and no blank node or reifier in a template.
        suspect: A bracket that seems not to match; the engine judges, this says where.
    """

    text: str
    form: Form
    has_dataset: bool
    deterministic: bool
    suspect: BadQueryError | None = None
    graphs: FromClauses | None = None
    asked: str = ""


@dataclass(slots=True)
class _Group:
    """An open bracket: its kind, its place, and whether it contains expressions."""

    opener: str
    start: int
    role: Literal["group", "terms", "list"]


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
    prologue: int = 0
    prefixes: set[str] = field(default_factory=set)
    named: dict[str, list[str]] = field(default_factory=lambda: {"FROM": [], "NAMED": []})
    previous: Token = _NOTHING
    suspect: BadQueryError | None = None
    service_name: bool = False

    def compares(self) -> bool:
        """Whether `<` means "less than" here: after an operand, inside an expression's brackets."""
        if not self.groups or self.groups[-1].role != "list":
            return False
        before = self.previous
        return before.text == ")" if before.kind == "mark" else before.kind != "word"

    def count(self, limit: str, value: int, what: str) -> None:
        """Refuse a query that exceeds one of the limits."""
        most = getattr(self.settings, limit)
        if value > most:
            raise QueryTooComplexError(
                f"more than {most} {what} in one query", members={"limit": limit, "most": most}
            )

    @property
    def in_template(self) -> bool:
        """Whether this is the template of a CONSTRUCT, which the engine does not plan."""
        return self.form == "CONSTRUCT" and bool(self.groups) and not self.closed_groups

    def read_start(self, token: Token) -> None:
        """A word before the form is known: prologue, form, or not a query at all."""
        word = token.text.upper()
        if self.previous.text.upper() == "PREFIX":
            what = f"a prefix ends in a colon: PREFIX {token.text}: <…>"
            raise place_error(self.text, token.start, what)
        if word in ("PREFIX", "BASE", "VERSION"):
            return
        for form in FORMS:
            if word.startswith(form):
                self.form, self.prologue = form, token.start
                return
        if word.startswith(UPDATES):
            raise UpdateRefusedError(f"{word} is an update; the data here are read-only")
        raise place_error(self.text, token.start, f"{token.text!r} is not the start of a query")

    def read_word(self, token: Token) -> None:
        """A bare word: a keyword, a function, `a`, `true`."""
        word = token.text.upper()
        if "SERVICE" in word:
            line, column = locate(self.text, token.start)
            raise ServiceRefusedError(
                f"line {line}, column {column}: SERVICE would make this endpoint connect elsewhere",
                members={"line": line, "column": column},
                hint=_LABEL_HINT if _LABEL_SERVICE.match(self.text, token.start) else None,
            )
        if self.form is None:
            self.read_start(token)
            return
        if not self.groups and word.startswith("FROM"):
            self.has_dataset = True
            self.graphs += 1
            self.count("max_dataset_graphs", self.graphs, "FROM clauses")

    def read_name(self, token: Token) -> None:
        """A prefixed name; the engine may see a keyword and a name in it."""
        prefix = token.text.partition(":")[0]
        if self.form is None:
            if self.previous.text.upper() != "PREFIX":
                raise place_error(self.text, token.start, f"unexpected {token.text!r}")
            self.prefixes.add(prefix)
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
        """Handle an opening bracket; the token before it decides what it opens."""
        role: Literal["group", "terms", "list"] = "group"
        inner = self.groups[-1] if self.groups else None
        if inner is not None and inner.role == "terms":
            role = inner.role
        elif token.text == "(":
            in_braces = inner is not None and inner.opener in ("{", "[")
            called = self.previous.kind == "word" and self.previous.text != "a"
            role = "terms" if in_braces and not called else "list"
        elif token.text == "{" and self.service_name:
            raise ServiceRefusedError("SERVICE would make this endpoint connect elsewhere")
        self.groups.append(_Group(token.text, token.start, role))
        self.count("max_nesting", len(self.groups), "levels of brackets")

    def close_bracket(self, token: Token) -> None:
        """Handle a closing bracket, which must match the last one opened."""
        wanted = CLOSERS[token.text]
        if not self.groups or self.groups[-1].opener != wanted:
            if token.text == ">>":
                return
            what = f"{token.text!r} closes nothing that is open"
            if self.groups:
                line, column = locate(self.text, self.groups[-1].start)
                opener = self.groups[-1].opener
                what = f"{token.text!r} where {opener!r} of line {line}, column {column} is open"
            self.suspect = self.suspect or place_error(self.text, token.start, what)
            return
        group = self.groups.pop()
        self.closed_groups += not self.groups and group.opener == "{"

    def nest_triple(self, step: int) -> None:
        """Open or close a triple term."""
        self.triple_depth = max(0, self.triple_depth + step)
        if self.triple_depth > _MOST_TRIPLE_DEPTH:
            raise QueryTooComplexError(
                f"more than {_MOST_TRIPLE_DEPTH} levels of triple terms",
                members={"limit": "max_nesting", "most": _MOST_TRIPLE_DEPTH},
            )

    def read_mark(self, token: Token) -> None:
        """Handle brackets; all other punctuation is allowed anywhere."""
        mark = token.text
        if self.form is None:
            raise place_error(self.text, token.start, f"unexpected {mark!r}")
        if mark in ("<<", ">>"):
            self.nest_triple(1 if mark == "<<" else -1)
        if mark in ("{", "(", "[", "{|"):
            self.open_bracket(token)
        elif mark in (")", "]", "}", "|}"):
            self.close_bracket(token)

    def read_graph(self, token: Token) -> None:
        """An IRI or a prefixed name after FROM or NAMED."""
        before = self.previous.text.upper()
        if not self.groups and self.previous.kind == "word" and before in self.named:
            self.named[before].append(token.text)

    def list_graphs(self) -> FromClauses | None:
        """The graphs that FROM names, once every token was read."""
        default, named = (tuple(names) for names in self.named.values())
        if not self.has_dataset or len(default) + len(named) != self.graphs:
            return None
        return FromClauses(self.text[: self.prologue], default, named)

    def read(self, token: Token) -> None:
        """One token."""
        if self.in_template and (token.kind == "blank" or token.text in _FRESH):
            self.deterministic = False
        if token.kind in ("iri", "name"):
            self.read_graph(token)
        if token.kind == "word":
            self.read_word(token)
        elif token.kind == "name":
            self.read_name(token)
        elif token.kind == "mark":
            self.read_mark(token)
        elif self.form is None and self.previous.kind not in ("word", "name"):
            raise place_error(self.text, token.start, f"unexpected {token.text[:40]!r}")
        if token.kind != "name":
            self.service_name = False
        self.previous = token


def list_tokens(text: str, settings: Settings) -> list[Token]:
    """The tokens of a query. Raises as `inspect_query` does."""
    reader = _Reader(text, settings)
    tokens: list[Token] = []
    for token in read_tokens(text, reader.compares):
        reader.read(token)
        tokens.append(token)
    return tokens


def inspect_query(text: str, settings: Settings) -> Query:
    """Inspect a query from its tokens alone.

    Args:
        text: The query as the client sent it.
        settings: The limits on the text of a query.

    Raises:
        BadQueryError: It has a character or bracket that no query can have, or no form.
        QueryTooComplexError: It is over a limit; the limit is named.
        ServiceRefusedError: It says SERVICE.
        UpdateRefusedError: It is an update.
    """
    reader = _Reader(text, settings)
    size = len(text.encode("utf-8", "surrogatepass"))
    reader.count("max_query_bytes", size, "bytes")
    kept: list[Token] | None = [] if may_matter(text) else None
    for token in read_tokens(text, reader.compares):
        reader.read(token)
        if kept is not None:
            kept.append(token)
    if reader.form is None:
        raise place_error(
            text, len(text), "the query ends before SELECT, ASK, CONSTRUCT or DESCRIBE"
        )
    if kept is not None:
        check_having(text, kept)
        check_graph_subquery(text, kept)
    suspect = reader.suspect
    if reader.groups and suspect is None:
        group = reader.groups[-1]
        suspect = place_error(text, group.start, f"{group.opener!r} is not closed")
    return Query(
        text,
        reader.form,
        reader.has_dataset,
        reader.deterministic and not _CHANGING.search(text),
        suspect,
        reader.list_graphs(),
        text if kept is None else rewrite_traps(text, kept),
    )
