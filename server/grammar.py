"""Where a query stops being one: the first token that the grammar has no place for.

The engine judges; it reports the place that its parser got to by one of many ways, often the end
of the text. Once it has refused a query, this finds the token that a reader would point at, and
says what could have stood there. Used in a worker only, in its thread with the deep stack.

Source: SPARQL 1.1 Query Language, section 19.8, and the forms of 1.2 that the engine reads.
"""

import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import cache

from server.errors import BadQueryError
from server.protocol import Token, locate, read_tokens

_GRAMMAR = """
Query: Prologue (Select | Construct | Describe | Ask) Values
Prologue: ('BASE' <iri> | 'PREFIX' <name> <iri> | 'VERSION' <string>)*
Select: SelectClause Dataset Where Modifier
SubSelect: SelectClause Where Modifier Values
SelectClause: 'SELECT' ('DISTINCT' | 'REDUCED')? ("*" | Column Column*)
Column: <variable> | "(" Expression 'AS' <variable> ")"
Construct: 'CONSTRUCT' (Template Dataset Where Modifier | Dataset 'WHERE' Template Modifier)
Template: "{" Triples? "}"
Describe: 'DESCRIBE' ("*" | VarOrIri VarOrIri*) Dataset Where? Modifier
Ask: 'ASK' Dataset Where Modifier
Dataset: ('FROM' 'NAMED'? Iri)*
Where: 'WHERE'? Group
Modifier: GroupBy? Having? OrderBy? Limits?
GroupBy: 'GROUP' 'BY' Grouped Grouped*
Grouped: BuiltIn | Call | "(" Expression ('AS' <variable>)? ")" | <variable>
Having: 'HAVING' Constraint Constraint*
OrderBy: 'ORDER' 'BY' Ordered Ordered*
Ordered: ('ASC' | 'DESC') Brackets | Constraint | <variable>
Limits: 'LIMIT' <number> ('OFFSET' <number>)? | 'OFFSET' <number> ('LIMIT' <number>)?
Values: ('VALUES' DataBlock)?
Group: "{" (SubSelect | Body) "}"
Body: Triples? (NotTriples "."? Triples?)*
Triples: Same ("." Same)* "."?
NotTriples: ('OPTIONAL' | 'MINUS' | 'LATERAL') Group | 'GRAPH' VarOrIri Group
  | 'FILTER' Constraint | 'BIND' "(" Expression 'AS' <variable> ")" | 'VALUES' DataBlock
  | Group ('UNION' Group)*
DataBlock: <variable> "{" Datum* "}" | "(" <variable>* ")" "{" ("(" Datum* ")")* "}"
Datum: Iri | Literal | 'UNDEF' | TripleTerm
Constraint: Brackets | BuiltIn | Call
Call: Iri Arguments
Arguments: "(" ('DISTINCT'? Expression ("," Expression)*)? ")"
Same: Term Properties | Node Properties?
Properties: Verb Objects (";" (Verb Objects)?)*
Verb: <variable> | Path
Objects: Object ("," Object)*
Object: GraphNode Annotation*
Annotation: "~" Term? | "{|" Properties "|}"
GraphNode: Term | Node
Node: "(" GraphNode GraphNode* ")" | "[" Properties "]"
  | "<<" GraphNode Verb GraphNode ("~" Term?)? ">>"
Term: <variable> | Iri | Literal | <blank> | "[" "]" | "(" ")" | TripleTerm
TripleTerm: "<<" "(" Term Verb Term ")" ">>"
VarOrIri: <variable> | Iri
Path: Sequence ("|" Sequence)*
Sequence: Step ("/" Step)*
Step: "^"? Primary ("?" | "*" | "+")?
Primary: Iri | 'a' | "!" Negated | "(" Path ")"
Negated: One | "(" (One ("|" One)*)? ")"
One: "^"? (Iri | 'a')
Expression: And ("||" And)*
And: Compare ("&&" Compare)*
Compare: Sum (("=" | "!=" | "<=" | ">=" | "<" | ">") Sum | 'NOT'? 'IN' Arguments)?
Sum: Product (("+" | "-") Product)*
Product: Unary (("*" | "/") Unary)*
Unary: ("!" | "+" | "-")* Operand
Operand: Brackets | BuiltIn | Iri Arguments? | Literal | <variable> | TripleTerm
Brackets: "(" Expression ")"
BuiltIn: 'NOT'? 'EXISTS' Group | 'COUNT' "(" 'DISTINCT'? ("*" | Expression) ")"
  | 'GROUP_CONCAT' "(" 'DISTINCT'? Expression (";" 'SEPARATOR' "=" <string>)? ")"
  | Function Arguments
Literal: <string> (<language> | "^^" Iri)? | ("+" | "-")? <number> | 'true' | 'false'
Iri: <iri> | <name>
"""

_FUNCTIONS = frozenset(
    name
    for line in (
        "ABS ADJUST AVG BNODE BOUND CEIL COALESCE CONCAT CONTAINS DATATYPE DAY ENCODE_FOR_URI",
        "FLOOR HASLANG HASLANGDIR HOURS IF IRI ISBLANK ISIRI ISLITERAL ISNUMERIC ISTRIPLE ISURI",
        "LANG LANGDIR LANGMATCHES LCASE MAX MD5 MIN MINUTES MONTH NOW OBJECT PREDICATE RAND",
        "REGEX REPLACE ROUND SAMETERM SAMPLE SECONDS SHA1 SHA256 SHA384 SHA512 STR STRAFTER",
        "STRBEFORE STRDT STRENDS STRLANG STRLANGDIR STRLEN STRSTARTS STRUUID SUBJECT SUBSTR SUM",
        "TIMEZONE TRIPLE TZ UCASE URI UUID YEAR",
    )
    for name in line.split()
)
_KEYWORDS = _FUNCTIONS.union(re.findall(r"'([A-Z]+)'", _GRAMMAR))
_PIECE = re.compile(
    r"""\s*(?:(?P<word>'\w+')|(?P<mark>"[^"]+")|(?P<kind><\w+>)|(?P<rule>\w+)|(.))"""
)
_NAMES = {"iri": "an IRI", "name": "a prefixed name", "string": "a string", "number": "a number"}
_MOST_TOKENS = 20_000
_MOST_EXPECTED = 6

Match = Callable[["_Attempt", int], int]
"""Tokens from a place on → the place after what matched, or -1."""


class _Attempt:
    """One reading of one query: its tokens, what was tried, and how far it got."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.known: dict[tuple[str, int], int] = {}
        self.farthest = -1
        self.expected: dict[str, None] = {}

    def miss(self, at: int, wanted: str) -> int:
        """Take note that something else was wanted here."""
        if at > self.farthest:
            self.farthest, self.expected = at, {}
        if at == self.farthest:
            self.expected[wanted] = None
        return -1


def _match_token(wanted: str, fits: Callable[[Token], bool]) -> Match:
    def match(attempt: _Attempt, at: int) -> int:
        if at < len(attempt.tokens) and fits(attempt.tokens[at]):
            return at + 1
        return attempt.miss(at, wanted)

    return match


def _match_rule(name: str, rules: dict[str, Match]) -> Match:
    def match(attempt: _Attempt, at: int) -> int:
        key = (name, at)
        if key not in attempt.known:
            attempt.known[key] = rules[name](attempt, at)
        return attempt.known[key]

    return match


def _match_all(parts: Sequence[Match]) -> Match:
    def match(attempt: _Attempt, at: int) -> int:
        for part in parts:
            at = part(attempt, at)
            if at < 0:
                return -1
        return at

    return match


def _match_first(choices: Sequence[Match]) -> Match:
    def match(attempt: _Attempt, at: int) -> int:
        for choice in choices:
            end = choice(attempt, at)
            if end >= 0:
                return end
        return -1

    return match


def _match_repeated(part: Match, most: int) -> Match:
    def match(attempt: _Attempt, at: int) -> int:
        count = 0
        while count < most:
            end = part(attempt, at)
            if end <= at:
                break
            at, count = end, count + 1
        return at

    return match


def _make_terminal(piece: str) -> Match:
    """The match for a keyword, a mark or a kind of token."""
    inner = piece[1:-1]
    if piece[0] == '"':
        return _match_token(f"'{inner}'", lambda token: token.text == inner)
    if piece[0] == "<":
        return _match_token(_NAMES.get(inner, f"a {inner}"), lambda token: token.kind == inner)
    if inner == "a":
        return _match_token("'a'", lambda token: token.text == "a")
    return _match_token(
        inner, lambda token: token.kind == "word" and token.text.upper() == inner.upper()
    )


class _Compiler:
    """Turns the text of one rule into a match."""

    def __init__(self, text: str, rules: dict[str, Match]) -> None:
        self._pieces = [found[0].strip() for found in _PIECE.finditer(text.strip())]
        self._at = 0
        self._rules = rules

    def read_choices(self) -> Match:
        """Alternatives, up to a closing bracket or the end."""
        choices = [self._read_parts()]
        while self._at < len(self._pieces) and self._pieces[self._at] == "|":
            self._at += 1
            choices.append(self._read_parts())
        return choices[0] if len(choices) == 1 else _match_first(choices)

    def _read_parts(self) -> Match:
        parts: list[Match] = []
        while self._at < len(self._pieces) and self._pieces[self._at] not in ("|", ")"):
            parts.append(self._read_part())
        return _match_all(parts)

    def _read_part(self) -> Match:
        piece = self._pieces[self._at]
        self._at += 1
        if piece == "(":
            part = self.read_choices()
            self._at += 1
        elif piece[0] in "\"'<":
            part = _make_terminal(piece)
        else:
            part = _match_rule(piece, self._rules)
        mark = self._pieces[self._at] if self._at < len(self._pieces) else ""
        if mark in ("?", "*"):
            self._at += 1
            return _match_repeated(part, 1 if mark == "?" else 1 << 30)
        return part


@cache
def _compile() -> Match:
    """The whole grammar, starting with `Query`."""
    rules: dict[str, Match] = {}
    for line in _GRAMMAR.replace("\n  ", " ").strip().splitlines():
        name, _, text = line.partition(":")
        rules[name] = _Compiler(text, rules).read_choices()
    rules["Function"] = _match_token(
        "a function", lambda token: token.kind == "word" and token.text.upper() in _FUNCTIONS
    )
    return _match_rule("Query", rules)


def find_error(text: str) -> BadQueryError | None:
    """What is wrong with a query that the engine refused; None where the grammar finds nothing.

    Time and memory grow with the number of tokens; a query of very many is not looked at.
    """
    tokens = []
    for token in read_tokens(text):
        tokens.append(token)
        if len(tokens) > _MOST_TOKENS:
            return None
    attempt = _Attempt(tokens)
    end = _compile()(attempt, 0)
    if end == len(tokens):
        return _find_prefix(text, tokens)
    attempt.miss(end, "the end")
    at = attempt.farthest
    found = f"found {tokens[at].text[:40]!r}" if at < len(tokens) else "the query ends"
    if at < len(tokens) and tokens[at].kind == "word":
        found += _suggest_word(tokens[at].text.upper())
    wanted = list(attempt.expected)
    several = ", ".join(wanted[:_MOST_EXPECTED]) + (", …" if len(wanted) > _MOST_EXPECTED else "")
    offset = tokens[at].start if at < len(tokens) else len(text.rstrip())
    line, column = locate(text, offset)
    return BadQueryError(f"line {line}, column {column}: {found}, expected {several}", line, column)


def _suggest_word(word: str) -> str:
    """The keyword that was meant, as it follows what was found; empty where none is near."""
    meant = get_close_matches(word, sorted(_KEYWORDS), 1, 0.75) if word not in _KEYWORDS else []
    return f" (did you mean {meant[0]}?)" if meant else ""


def _find_prefix(text: str, tokens: Sequence[Token]) -> BadQueryError | None:
    """The first prefixed name whose prefix nobody declared."""
    known: set[str] = set()
    before = ""
    for token in tokens:
        if token.kind == "name":
            prefix = token.text.partition(":")[0]
            if before == "PREFIX":
                known.add(prefix)
            elif prefix not in known:
                line, column = locate(text, token.start)
                what = f"the prefix {prefix + ':'!r} is not declared"
                return BadQueryError(f"line {line}, column {column}: {what}", line, column)
        before = token.text.upper()
    return None
