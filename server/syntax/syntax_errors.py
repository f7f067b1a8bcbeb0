"""Finds the first token of a query that the grammar does not allow.

The engine judges; it reports the place that its parser got to by one of many ways, often the end
of the text. Once it has refused a query, this finds the token that a reader would point at, and
says what could have stood there, or what is wrong where the grammar has nothing to object. Used
in a worker only, in its thread with the deep stack.
"""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from itertools import takewhile

from loader.rdf.prefixes import PREFIXES
from server.errors import BadQueryError
from server.syntax.grammar import AGGREGATES, FUNCTIONS, KEYWORDS, Attempt
from server.syntax.tokens import CLOSERS, Token, locate, place_error, read_tokens

_MOST_TOKENS = 20_000
_MOST_EXPECTED = 6
_MOST_SHOWN = 40
"""Characters of a query that are said again."""

_KEYWORD_RANK = 3
_RANKS = {
    wanted: rank
    for rank, row in (
        (0, ("')'", "']'", "'}'", "'|}'", "'>>'")),
        (1, ("the end", "'.'", "';'", "','")),
        (2, ("a variable", "an IRI", "a prefixed name", "a string", "a number", "a blank node")),
        (_KEYWORD_RANK + 1, ("NOT", "IN", "a language tag", "'~'", "'{|'", "'<<'", "'^^'")),
        (_KEYWORD_RANK + 1, [f"'{mark}'" for mark in ("||", "&&", "!=", "<=", ">=")]),
        (_KEYWORD_RANK + 1, [f"'{mark}'" for mark in "*/+-|^?!=<>"]),
    )
    for wanted in row
}
"""What was expected → its place in the list, keywords between: a reader sees the first few only."""

_CLAUSES = ("Dataset", "Where", "GroupBy", "Having", "OrderBy", "Limits", "Values")
"""The rules that follow each other behind SELECT and its columns."""

_OWN = AGGREGATES | {"EXISTS", "NOT"}
"""Words of calls whose variables are not those of a group."""

_ELSEWHERE = {"AND": "&&", "OR": "||", "LIKE": "REGEX", "TOP": "LIMIT", "JOIN": "OPTIONAL"}
"""Words of other query languages → what SPARQL has in their place."""


def find_error(text: str) -> BadQueryError | None:
    """The error in a query that the engine refused; None if the grammar finds none.

    Time and memory grow with the number of tokens; a query of very many is not looked at.

    Raises:
        BadQueryError: It has a character that no query has, or a string that does not end.
    """
    tokens = []
    for token in read_tokens(text):
        tokens.append(token)
        if len(tokens) > _MOST_TOKENS:
            return None
    attempt = Attempt(tokens)
    end = attempt.read("Query", 0)
    if end == len(tokens):
        return _find_prefix(text, tokens) or _find_ungrouped(text, attempt)
    attempt.miss(end, "the end")
    at = attempt.farthest
    offset = tokens[at].start if at < len(tokens) else len(text.rstrip())
    what = _explain_bracket(text, attempt) or _explain_column(text, attempt)
    return place_error(text, offset, what or f"{_show(attempt)}, expected {_list(attempt)}")


def _show(attempt: Attempt) -> str:
    """The first token that the grammar does not allow."""
    if attempt.farthest == len(attempt.tokens):
        return "the query ends"
    token = attempt.tokens[attempt.farthest]
    near = _suggest_word(token.text.upper()) if token.kind == "word" else ""
    return f"found {token.text[:_MOST_SHOWN]!r}{near}"


def _suggest_word(word: str) -> str:
    """A similar word that the grammar allows, as a phrase after what was found; empty if none."""
    if word in KEYWORDS:
        return ""
    near = get_close_matches(word, sorted(KEYWORDS), 1, 0.75)
    meant = _ELSEWHERE.get(word) or next(iter(near), "")
    return f" (did you mean {meant}?)" if meant else ""


def _list(attempt: Attempt) -> str:
    """The tokens that the grammar allows here, the likeliest first."""
    wanted = sorted(attempt.expected, key=lambda each: _RANKS.get(each, _KEYWORD_RANK))
    return ", ".join(wanted[:_MOST_EXPECTED]) + (", …" if len(wanted) > _MOST_EXPECTED else "")


def _explain_bracket(text: str, attempt: Attempt) -> str:
    """Explain a closing bracket, or an end, that leaves another bracket open; else empty."""
    at, tokens = attempt.farthest, attempt.tokens
    closer = tokens[at].text if at < len(tokens) else ""
    if closer not in CLOSERS and at < len(tokens):
        return ""
    opened: list[Token] = []
    for token in tokens[:at]:
        if token.text in CLOSERS.values():
            opened.append(token)
        elif token.text in CLOSERS and opened:
            opened.pop()
    if not opened:
        return f"{closer!r} closes nothing that is open" if closer else ""
    if CLOSERS.get(closer) == opened[-1].text:
        return ""
    line, column = locate(text, opened[-1].start)
    place = f"{opened[-1].text!r} of line {line}, column {column} is not closed"
    return f"{_show(attempt)} where {place}"


def _explain_column(text: str, attempt: Attempt) -> str:
    """Explain a call or a comma among the columns of SELECT; else empty."""
    at, tokens = attempt.farthest, attempt.tokens
    if ("Column", at) not in attempt.known or at == len(tokens):
        return ""
    if tokens[at].text == ",":
        return "found ',': the columns of SELECT stand without commas"
    name = tokens[at].text[:_MOST_SHOWN]
    other = Attempt(tokens)
    end = max(other.read("BuiltIn", at), other.read("Call", at))
    if end < 0 and name.upper() not in FUNCTIONS | AGGREGATES:
        return ""
    last = tokens[max(at, end - 1)]
    call = text[tokens[at].start : last.start + len(last.text)]
    if end < 0 or len(call) > _MOST_SHOWN or not call.isprintable():
        call = f"{name}(…)"
    after = tokens[end : end + 2] if end > 0 else []
    named = len(after) == 2 and after[0].text.upper() == "AS" and after[1].kind == "variable"
    variable = after[1].text[:_MOST_SHOWN] if named else "?n"
    return f"found {name!r}: write ({call} AS {variable})"


def _find_prefix(text: str, tokens: Sequence[Token]) -> BadQueryError | None:
    """The first prefixed name with an undeclared prefix."""
    known: set[str] = set()
    before = ""
    for token in tokens:
        if token.kind == "name":
            prefix = token.text.partition(":")[0]
            if before == "PREFIX":
                known.add(prefix)
            elif prefix not in known:
                shown, address = f"{prefix[:_MOST_SHOWN]}:", PREFIXES.get(prefix, "…")
                what = f"the prefix {shown!r} is not declared; add: PREFIX {shown} <{address}>"
                return place_error(text, token.start, what)
        before = token.text.upper()
    return None


def _find_ungrouped(text: str, attempt: Attempt) -> BadQueryError | None:
    """The first column, in any SELECT, without a single value per group (section 11.4)."""
    known = attempt.known
    starts = sorted(at for (rule, at), end in known.items() if rule == "SelectClause" and end > 0)
    found = (_check_columns(text, attempt, start) for start in starts)
    return next((error for error in found if error is not None), None)


def _check_columns(text: str, attempt: Attempt, start: int) -> BadQueryError | None:
    """The same for the SELECT that starts at a token."""
    at = attempt.known["SelectClause", start]
    clauses = {"SelectClause": range(start, at)}
    for rule in _CLAUSES:
        end = max(at, attempt.known.get((rule, at), at))
        clauses[rule], at = range(at, end), end
    words = (
        token.text.upper()
        for rule in ("SelectClause", "Having", "OrderBy")
        for token in _walk_expression(attempt, clauses[rule])
    )
    aggregate = next((word for word in words if word in AGGREGATES), "")
    grouped = clauses["GroupBy"]
    if not aggregate and not grouped:
        return None
    seen = _list_grouped(attempt, grouped) | _list_values(attempt, clauses["Values"])
    loose = _list_loose(attempt, clauses["SelectClause"], seen)
    if not loose:
        return None
    first, beside = loose[0].text[:_MOST_SHOWN], "GROUP BY" if grouped else aggregate
    if first == "*":
        what = f"SELECT * cannot stand with {beside}: name the columns"
    elif grouped:
        what = f"{first} is not in GROUP BY: add it there, or aggregate it"
    else:
        names = list(dict.fromkeys(token.text[:_MOST_SHOWN] for token in loose))
        more = " …" if len(names) > _MOST_EXPECTED else ""
        several = " ".join(names[:_MOST_EXPECTED]) + more
        what = f"{first} stands beside {beside}: add GROUP BY {several}, or aggregate it"
    return place_error(text, loose[0].start, what)


def _walk_expression(attempt: Attempt, places: range) -> Iterator[Token]:
    """The tokens of expressions without what is inside aggregates and EXISTS."""
    at = places.start
    while at < places.stop:
        token = attempt.tokens[at]
        yield token
        own = token.text.upper() in _OWN
        at = max(at + 1, attempt.known.get(("BuiltIn", at), -1) if own else -1)


def _list_loose(attempt: Attempt, places: range, grouped: set[str]) -> list[Token]:
    """The variables, or the star, in the columns of SELECT that have not one value for a group."""
    tokens, loose, seen = attempt.tokens, list[Token](), set(grouped)
    at = places.start + 1
    while at < places.stop:
        end = attempt.known.get(("Column", at), at + 1)
        made = tokens[end - 2].text[1:] if tokens[at].text == "(" else ""
        if tokens[at].text == "*":
            loose.append(tokens[at])
        for token in _walk_expression(attempt, range(at, end - 2 if made else end)):
            if token.kind == "variable" and token.text[1:] not in seen:
                loose.append(token)
        seen.add(made)
        at = max(end, at + 1)
    return loose


def _list_grouped(attempt: Attempt, places: range) -> set[str]:
    """The names of the variables that GROUP BY gives to a group."""
    names, at = set[str](), places.start + 2
    while at < places.stop:
        end = attempt.known.get(("Grouped", at), at + 1)
        inner = [token for token in attempt.tokens[at:end] if token.text not in ("(", ")")]
        named = len(inner) > 1 and inner[-2].text.upper() == "AS"
        alone = len(inner) == 1 or (named and len(inner) == 3)
        names.update(token.text[1:] for token in inner[:1] if alone and token.kind == "variable")
        names.update(token.text[1:] for token in inner[-1:] if named)
        at = max(end, at + 1)
    return names


def _list_values(attempt: Attempt, places: range) -> set[str]:
    """The names of the variables that a VALUES behind the query binds."""
    tokens = [attempt.tokens[at] for at in places]
    head = takewhile(lambda token: token.text != "{", tokens)
    return {token.text[1:] for token in head if token.kind == "variable"}
