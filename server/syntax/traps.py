"""Queries that the engine answers wrongly without an error, recognised from their tokens (pure).

Three are rewritten into one that means the same and is answered rightly. Two are refused with what
to write: one that the standard answers with nothing, and other stores with what was meant, and one
that would need another query.
`docs/engine.md` lists these and the traps that no text tells.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from server.errors import BadQueryError
from server.syntax.tokens import CLOSERS, Token, locate

_MAY_MATTER = re.compile(
    r"HAVING|Duration|xsd:duration|#duration|LANG|GROUP_CONCAT|GRAPH\s*[?$]", re.IGNORECASE
)
_DURATION = re.compile(r"(?:[A-Za-z][\w.\-]*:|<http://www\.w3\.org/2001/XMLSchema#)")
_DURATION_TYPES = ("duration", "dayTimeDuration", "yearMonthDuration")
_DURATION_TEXT = re.compile(r"(-?)P[0-9YMDTHS.]+\Z")
_TAG = re.compile(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*\Z")
_TAG_PART = re.compile(r"[A-Za-z0-9\-]+\Z")
_PLAIN_PATTERN = re.compile(r"[A-Za-z0-9\-^$|()?*+]+\Z")
"""A regular expression without escapes and classes, so that lower case changes letters alone."""

_TESTS_OF_TEXT = frozenset(["STRSTARTS", "STRENDS", "CONTAINS", "REGEX"])
_BEFORE_OPERAND = frozenset(["(", ",", "=", "!=", "<", ">", "<=", ">=", "&&", "||"])
_AFTER_OPERAND = frozenset([")", ",", "=", "!=", "<", ">", "<=", ">=", "&&", "||", "+", "-"])
_SOLUTION = frozenset(["ORDER", "LIMIT", "OFFSET", "VALUES"])
_AGGREGATES = frozenset(["COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"])
_TESTS_OF_BINDING = frozenset(["BOUND", "COALESCE", "IF"])

Edit = tuple[int, int, str]
"""From and to offset, and what stands there instead."""


def may_matter(text: str) -> bool:
    """Whether a text may contain a trap; fast, so that most queries cost nothing."""
    return _MAY_MATTER.search(text) is not None


def rewrite_traps(text: str, tokens: Sequence[Token]) -> str:
    """An equivalent query that the engine answers correctly.

    Args:
        text: The query.
        tokens: All its tokens.
    """
    edits = [edit for find in _FINDERS for edit in find(text, tokens)]
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def check_having(text: str, tokens: Sequence[Token]) -> None:
    """Refuse HAVING over a name defined in SELECT: the name has no value there yet.

    Raises:
        BadQueryError: With what to write instead.
    """
    aliases: dict[int, dict[str, str]] = {}
    depth, at = 0, 0
    while at < len(tokens):
        token = tokens[at]
        word = token.text.upper() if token.kind == "word" else ""
        if token.text == "{":
            depth += 1
        elif token.text == "}":
            aliases.pop(depth, None)
            depth -= 1
        elif word == "SELECT":
            aliases[depth] = dict(_read_aliases(text, tokens, at + 1))
        elif word == "HAVING":
            at = _check_condition(text, tokens, at + 1, aliases.get(depth, {}))
            continue
        at += 1


def _read_aliases(text: str, tokens: Sequence[Token], at: int) -> Iterator[tuple[str, str]]:
    """Name → expression, of a SELECT clause that begins at a token."""
    opened: list[int] = []
    for index in range(at, len(tokens)):
        token = tokens[index]
        if token.text == "{" or (token.kind == "word" and token.text.upper() in ("WHERE", "FROM")):
            return
        if token.text == "(":
            opened.append(token.start)
        elif token.text == ")" and opened:
            start = opened.pop()
            as_, name = tokens[index - 2], tokens[index - 1]
            if not opened and name.kind == "variable" and as_.text.upper() == "AS":
                yield name.text[1:], " ".join(text[start + 1 : as_.start].split())


def _check_condition(text: str, tokens: Sequence[Token], at: int, aliases: dict[str, str]) -> int:
    """Read the conditions of HAVING; the index of what follows them."""
    callers: list[str] = []
    while at < len(tokens):
        token = tokens[at]
        if not callers and (
            token.text == "}" or (token.kind == "word" and token.text.upper() in _SOLUTION)
        ):
            return at
        if token.text in CLOSERS.values():
            before = tokens[at - 1]
            callers.append(before.text.upper() if before.kind == "word" else "")
        elif token.text in CLOSERS and callers:
            callers.pop()
        elif token.kind == "variable" and token.text[1:] in aliases:
            inside = any(caller in _TESTS_OF_BINDING for caller in callers)
            if not inside and not any(caller == "EXISTS" for caller in callers):
                line, column = locate(text, token.start)
                expression = aliases[token.text[1:]]
                raise BadQueryError(
                    f"line {line}, column {column}: HAVING is judged before SELECT names "
                    f"{token.text}, so it would leave no row",
                    line,
                    column,
                    hint=f"Repeat the expression in HAVING: {expression} instead of {token.text}.",
                )
        at += 1
    return at


def check_graph_subquery(text: str, tokens: Sequence[Token]) -> None:
    """Refuse `GRAPH ?g { SELECT (COUNT(*) AS ?n) … }`: the engine counts over all graphs at once.

    Raises:
        BadQueryError: With what to write instead.
    """
    for at in range(len(tokens) - 3):
        call, name = tokens[at : at + 2]
        if call.text.upper() != "GRAPH" or name.kind != "variable" or tokens[at + 2].text != "{":
            continue
        start = next((i for i in range(at + 3, len(tokens)) if tokens[i].text != "{"), at)
        if tokens[start].text.upper() != "SELECT":
            continue
        end = next((i for i in range(start, len(tokens)) if tokens[i].text == "{"), len(tokens))
        clause = [token.text.upper() for token in tokens[start:end]]
        if _AGGREGATES.intersection(clause) and name.text.upper() not in clause:
            line, column = locate(text, tokens[start].start)
            raise BadQueryError(
                f"line {line}, column {column}: this subquery would be evaluated over all graphs "
                f"at once, and {name.text} would have no value",
                line,
                column,
                hint=f"Group by the graph: SELECT {name.text} (COUNT(*) AS ?n) "
                f"{{ GRAPH {name.text} {{ … }} }} GROUP BY {name.text}.",
            )


def _find_durations(text: str, tokens: Sequence[Token]) -> Iterator[Edit]:
    """`x + "P1D"^^xsd:dayTimeDuration` → `x - "-P1D"^^…`, on whichever side the duration stands.

    The engine sorts the operands of `+` and knows the sum in one order only.
    """
    openers: list[str] = []
    for at in range(len(tokens) - 2):
        value, mark, kind = tokens[at : at + 3]
        if value.text in CLOSERS.values():
            openers.append(value.text)
        elif value.text in CLOSERS and openers:
            openers.pop()
        if openers[-1:] != ["("]:
            continue  # + behind a property is a path
        if value.kind != "string" or mark.text != "^^" or not _is_duration(kind):
            continue
        found = _DURATION_TEXT.match(value.text[1:-1])
        if found is None:
            continue
        negative = f'"{"" if found[1] else "-"}{value.text[1:-1].removeprefix("-")}"'
        before = tokens[at - 1] if at else None
        after = tokens[at + 3] if at + 3 < len(tokens) else None
        if before is not None and before.text == "+":
            yield before.start, before.start + 1, " - "
            yield value.start, value.start + len(value.text), negative
        elif (
            before is not None
            and before.text in _BEFORE_OPERAND
            and after is not None
            and after.text == "+"
            and at + 5 < len(tokens)
            and tokens[at + 4].kind == "variable"
            and (tokens[at + 5].text in _AFTER_OPERAND or tokens[at + 5].text.upper() == "AS")
        ):
            name = tokens[at + 4]
            literal = f"{negative}^^{kind.text}"
            yield value.start, name.start + len(name.text), f"{name.text} - {literal} "


def _is_duration(token: Token) -> bool:
    """Whether a token names a datatype of durations."""
    if token.kind not in ("name", "iri"):
        return False
    local = _DURATION.sub("", token.text, count=1).removesuffix(">")
    return local in _DURATION_TYPES


def _find_language_tags(text: str, tokens: Sequence[Token]) -> Iterator[Edit]:
    """`LANG(?x) = "en-GB"` → `LANG(?x) = "en-gb"`: the engine keeps tags in lower case."""
    for at, token in enumerate(tokens):
        if token.kind != "word" or token.text.upper() != "LANG":
            continue
        close = _find_close(tokens, at + 1)
        after = tokens[close + 1 : close + 3] if close else ()
        if len(after) == 2 and after[0].text in ("=", "!="):
            yield from _lower(tokens, close + 2)
        elif [each.text.upper() for each in after] == ["IN", "("]:
            end = _find_close(tokens, close + 2)
            for index in range(close + 3, end):
                yield from _lower(tokens, index)
        if at >= 2 and tokens[at - 1].text in ("=", "!="):
            yield from _lower(tokens, at - 2)
        test = tokens[at - 2].text.upper() if at >= 2 and tokens[at - 1].text == "(" else ""
        if after and after[0].text == "," and test in _TESTS_OF_TEXT:
            form = _PLAIN_PATTERN if test == "REGEX" else _TAG_PART
            yield from _lower(tokens, close + 2, form)


def _lower(tokens: Sequence[Token], at: int, form: re.Pattern[str] = _TAG) -> Iterator[Edit]:
    """The edit that puts a language tag, written as a string of a form, into lower case."""
    if at >= len(tokens):
        return
    token = tokens[at]
    typed = at + 1 < len(tokens) and (
        tokens[at + 1].text == "^^" or tokens[at + 1].kind == "language"
    )
    inner = token.text[1:-1]
    if token.kind == "string" and not typed and form.match(inner) and inner != inner.lower():
        yield token.start + 1, token.start + 1 + len(inner), inner.lower()


def _find_groups(text: str, tokens: Sequence[Token]) -> Iterator[Edit]:
    """`GROUP_CONCAT(?x)` → `GROUP_CONCAT(STR(?x))`: the engine has an error where ?x is an IRI.

    With DISTINCT a text keeps its language, so that two that differ in it alone stay two.
    """
    for at in range(len(tokens) - 3):
        if tokens[at].text.upper() != "GROUP_CONCAT" or tokens[at + 1].text != "(":
            continue
        distinct = tokens[at + 2].text.upper() == "DISTINCT"
        if at + 3 + distinct >= len(tokens):
            return
        name, after = tokens[at + 2 + distinct], tokens[at + 3 + distinct]
        if name.kind == "variable" and after.text in (")", ";"):
            x = name.text
            new = f'COALESCE(IF(LANG({x}) != "", {x}, STR({x})), STR({x}))' if distinct else None
            yield name.start, name.start + len(x), new or f"STR({x})"


def _find_close(tokens: Sequence[Token], at: int) -> int:
    """The index of the bracket that closes the one at an index; 0 where there is none."""
    depth = 0
    for index in range(at, len(tokens)):
        if tokens[index].text == "(":
            depth += 1
        elif tokens[index].text == ")":
            depth -= 1
            if depth == 0:
                return index
        if depth == 0:
            return 0
    return 0


_FINDERS: tuple[Callable[[str, Sequence[Token]], Iterator[Edit]], ...] = (
    _find_durations,
    _find_language_tags,
    _find_groups,
)
