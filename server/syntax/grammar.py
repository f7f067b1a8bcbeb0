"""The grammar of SPARQL as a table, and how far a query matches it.

Each rule is tried once at each token and its end kept, so that time and memory grow with the
number of tokens. It recurses with the depth of the query.

Source: SPARQL 1.1 Query Language, section 19.8, and the forms of 1.2 that the engine reads.
"""

import re
from collections.abc import Callable, Sequence
from functools import cache

from server.syntax.tokens import Token

_GRAMMAR = """
Query: Prologue (Select | Construct | Describe | Ask) Values
Prologue: ('BASE' <iri> | 'PREFIX' Prefix <iri> | 'VERSION' <string>)*
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

FUNCTIONS = frozenset(
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
"""What is called like a function; COUNT and GROUP_CONCAT have rules of their own."""

AGGREGATES = frozenset(["COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"])
"""What makes one value of a group."""

KEYWORDS = FUNCTIONS.union(re.findall(r"'([A-Z]+)'", _GRAMMAR))
"""Every word that a query may have."""

_PIECE = re.compile(
    r"""\s*(?:(?P<word>'\w+')|(?P<mark>"[^"]+")|(?P<kind><\w+>)|(?P<rule>\w+)|(.))"""
)
_NAMES = {
    "iri": "an IRI",
    "name": "a prefixed name",
    "blank": "a blank node",
    "language": "a language tag",
}

Match = Callable[["Attempt", int], int]
"""Tokens from a place on → the place after what matched, or -1."""


class Attempt:
    """One reading of one query: its tokens, what was tried, and how far it got.

    Attributes:
        tokens: The tokens of the query.
        known: What was tried: rule and place → the place after what matched, or -1.
        farthest: The last place where some token was wanted and another one stood.
        expected: What was wanted there, in the order of the grammar; the values mean nothing.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.known: dict[tuple[str, int], int] = {}
        self.farthest = -1
        self.expected: dict[str, None] = {}

    def read(self, rule: str, at: int) -> int:
        """The place after what matches a rule of the grammar here, or -1."""
        return _match_rule(rule, _compile())(self, at)

    def miss(self, at: int, wanted: str) -> int:
        """Record a token that the grammar would have allowed here."""
        if at > self.farthest:
            self.farthest, self.expected = at, {}
        if at == self.farthest:
            self.expected[wanted] = None
        return -1


def _match_token(wanted: str, fits: Callable[[Token], bool]) -> Match:
    def match(attempt: Attempt, at: int) -> int:
        if at < len(attempt.tokens) and fits(attempt.tokens[at]):
            return at + 1
        return attempt.miss(at, wanted)

    return match


def _match_rule(name: str, rules: dict[str, Match]) -> Match:
    def match(attempt: Attempt, at: int) -> int:
        key = (name, at)
        if key not in attempt.known:
            attempt.known[key] = rules[name](attempt, at)
        return attempt.known[key]

    return match


def _match_all(parts: Sequence[Match]) -> Match:
    def match(attempt: Attempt, at: int) -> int:
        for part in parts:
            at = part(attempt, at)
            if at < 0:
                return -1
        return at

    return match


def _match_first(choices: Sequence[Match]) -> Match:
    def match(attempt: Attempt, at: int) -> int:
        for choice in choices:
            end = choice(attempt, at)
            if end >= 0:
                return end
        return -1

    return match


def _match_repeated(part: Match, most: int) -> Match:
    def match(attempt: Attempt, at: int) -> int:
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
def _compile() -> dict[str, Match]:
    """The rules of the grammar by their names."""
    rules: dict[str, Match] = {}
    for line in _GRAMMAR.replace("\n  ", " ").strip().splitlines():
        name, _, text = line.partition(":")
        rules[name] = _Compiler(text, rules).read_choices()
    rules["Prefix"] = _match_token(
        "a prefix and a colon",
        lambda token: token.kind == "name" and token.text.find(":") == len(token.text) - 1,
    )
    rules["Function"] = _match_token(
        "a function", lambda token: token.kind == "word" and token.text.upper() in FUNCTIONS
    )
    return rules
