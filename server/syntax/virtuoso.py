"""Expressions that Virtuoso 7.2 answers wrongly in silence → equivalent ones (pure).

By the standard both have the same value, so any store may be asked either. Source: decision 0038.
"""

from collections.abc import Callable, Iterator, Sequence

from server.syntax.tokens import CLOSERS, Token

Edit = tuple[int, int, str]
"""From and to offset, and what stands there instead."""

_BOOLEAN = "<http://www.w3.org/2001/XMLSchema#boolean>"
_COMPARISONS = frozenset(["=", "!=", "<", ">", "<=", ">=", "&&", "||"])
_TESTS = frozenset(
    [
        *("BOUND", "CONTAINS", "EXISTS", "ISBLANK", "ISIRI", "ISLITERAL", "ISNUMERIC", "ISURI"),
        *("LANGMATCHES", "REGEX", "SAMETERM", "STRENDS", "STRSTARTS"),
    ]
)
"""What returns a boolean and is written as a word before brackets."""

_ORDERS = frozenset(["<", ">", "<=", ">="])
_STRING = "<http://www.w3.org/2001/XMLSchema#string>"
_LANG_STRING = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#langString>"

_LEAST_OPTIONALS = 3
_REPEATS = frozenset(["?", "*", "+"])
_NO_PREDICATE = "urn:x-pacta:no-such-predicate"


def rewrite_for_virtuoso(text: str, tokens: Sequence[Token]) -> str:
    """A query of the same meaning, which Virtuoso answers as the standard says.

    Args:
        text: The query.
        tokens: All its tokens.
    """
    closers = _match_brackets(tokens)
    edits = [edit for find in _FINDERS for edit in find(tokens, closers)]
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _match_brackets(tokens: Sequence[Token]) -> dict[int, int]:
    """Index of an opening bracket → index of the one that closes it, and the other way round."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for at, token in enumerate(tokens):
        if token.text in CLOSERS.values():
            opened.append(at)
        elif token.text in CLOSERS and opened:
            start = opened.pop()
            found[start], found[at] = at, start
    return found


def _find_assigned(tokens: Sequence[Token], closers: dict[int, int]) -> Iterator[tuple[int, int]]:
    """The first token and the AS of each `(expression AS ?name)`."""
    for at in range(2, len(tokens) - 2):
        if tokens[at].text.upper() == "AS" and tokens[at + 1].kind == "variable":
            start = closers.get(at + 2, at)
            if tokens[at + 2].text == ")" and start < at - 1:
                yield start + 1, at


def _find_divisions(tokens: Sequence[Token], closers: dict[int, int]) -> Iterator[Edit]:
    """`a / b` → `a * 1.0 / b`: Virtuoso divides integers without a remainder."""
    for at, token in enumerate(tokens):
        if token.text == "/" and token.kind == "mark" and at and _is_value(tokens, closers, at - 1):
            yield token.start, token.start, "* 1.0 "


def _is_value(tokens: Sequence[Token], closers: dict[int, int], last: int) -> bool:
    """Whether what ends with a token has a value; else it is a path, which has the same mark.

    A path has neither variables nor literals nor calls.
    """
    first = closers.get(last, last)
    if tokens[first - 1].text == "^^" or (first < last and tokens[first - 1].kind == "word"):
        return True
    return any(
        each.kind in ("variable", "number", "string") or (each.kind == "word" and each.text != "a")
        for each in tokens[first : last + 1]
    )


def _find_truths(tokens: Sequence[Token], closers: dict[int, int]) -> Iterator[Edit]:
    """`(?a = ?b AS ?c)` → `(xsd:boolean(?a = ?b) AS ?c)`: Virtuoso gives the integer 1."""
    for start, end in _find_assigned(tokens, closers):
        if _is_boolean(tokens, closers, start, end):
            first, last = tokens[start], tokens[end - 1]
            yield first.start, first.start, f"{_BOOLEAN}("
            yield last.start + len(last.text), last.start + len(last.text), ")"


def _is_boolean(tokens: Sequence[Token], closers: dict[int, int], start: int, end: int) -> bool:
    """Whether the expression from one token to another (exclusive) has a boolean, or an error."""
    if start >= end:
        return False
    at = start
    while at < end:
        if tokens[at].text in _COMPARISONS or tokens[at].text.upper() == "IN":
            return True
        at = closers[at] + 1 if closers.get(at, -1) > at else at + 1
    word = tokens[start].text.upper()
    if word in ("TRUE", "FALSE", "!", "NOT"):
        return True
    opened = start if word == "(" else start + 1
    if closers.get(opened) != end - 1:  # not one call, nor one group
        return False
    if word == "(":
        return _is_boolean(tokens, closers, start + 1, end - 1)
    parts = _split_arguments(tokens, closers, opened)
    if word == "IF":
        return all(_is_boolean(tokens, closers, *part) for part in parts[1:])
    if word == "COALESCE":
        return all(_is_boolean(tokens, closers, *part) for part in parts)
    return word in _TESTS


def _split_arguments(
    tokens: Sequence[Token], closers: dict[int, int], opened: int
) -> list[tuple[int, int]]:
    """The arguments of a call, each from one token to another (exclusive)."""
    at, found = opened + 1, list[tuple[int, int]]()
    start = at
    while at <= closers[opened]:
        if at == closers[opened] or tokens[at].text == ",":
            found.append((start, at))
            start = at + 1
        at = closers[at] + 1 if closers.get(at, -1) > at else at + 1
    return found


def _find_orders(tokens: Sequence[Token], closers: dict[int, int]) -> Iterator[Edit]:
    """`?a <= "b"` → `COALESCE(IF(DATATYPE(?a) = xsd:string, STR(?a), ?a), ?a) <= "b"`.

    Virtuoso looks a bound of a FILTER up in its index of values, where it loses days (1 of 170
    before or on a day), and holds texts as it stored them to be all less or all greater. What is
    computed it compares rightly. Numbers are right, too.
    """
    for at in range(1, len(tokens) - 1):
        if tokens[at].text in _ORDERS and tokens[at].kind == "mark":
            for side, other in ((tokens[at - 1], tokens[at + 1]), (tokens[at + 1], tokens[at - 1])):
                if side.kind == "variable" and other.kind != "number":
                    name = side.text
                    value = (
                        f"COALESCE(IF(DATATYPE({name}) = {_STRING}, STR({name}), {name}), {name})"
                    )
                    yield side.start, side.start + len(name), value


def _find_keys(tokens: Sequence[Token], closers: dict[int, int]) -> Iterator[Edit]:
    """`ORDER BY ?a` → `ORDER BY (<the text of ?a, else "">) ?a`, with ASC and DESC kept.

    Virtuoso takes long stored texts that begin alike for equal, and keeps labels in an order of
    its own; what is computed it orders by code points, as the standard does. What AS names is
    computed, and Virtuoso has no expressions of such names there.
    """
    assigned = {tokens[name + 1].text for _, name in _find_assigned(tokens, closers)}
    for at in range(2, len(tokens)):
        if [each.text.upper() for each in tokens[at - 2 : at]] == ["ORDER", "BY"]:
            for offset, order, name in _list_keys(tokens, closers, at):
                if name not in assigned:
                    yield offset, offset, f"{order}({_write_text_of(name)}) "


def _list_keys(
    tokens: Sequence[Token], closers: dict[int, int], at: int
) -> Iterator[tuple[int, str, str]]:
    """Offset, ASC or DESC or nothing, and name of each variable that stands for itself as a key."""
    while at < len(tokens):
        word = "" if tokens[at].text == "(" else tokens[at].text
        opened = at + 1 if word else at
        end = closers.get(opened, -1)
        if tokens[at].kind == "variable":
            yield tokens[at].start, "", word
            at += 1
        elif end > opened and tokens[opened].text == "(":
            name = tokens[opened + 1]
            if (
                word.upper() in ("", "ASC", "DESC")
                and name.kind == "variable"
                and end == opened + 2
            ):
                yield tokens[at].start, word, name.text
            at = end + 1
        else:
            return


def _write_text_of(name: str) -> str:
    """The characters of a text, in whatever language; `""` for what else has a value."""
    is_text = f'isLiteral({name}) && (LANG({name}) != "" || DATATYPE({name}) = {_STRING})'
    return f'IF({is_text}, STR({name}), "")'


def _find_datatypes(tokens: Sequence[Token], closers: dict[int, int]) -> Iterator[Edit]:
    """`DATATYPE(?a)` → the same with `rdf:langString`, for which Virtuoso has no value."""
    for at in range(len(tokens) - 3):
        word, name, end = tokens[at], tokens[at + 2], closers.get(at + 1)
        if word.text.upper() == "DATATYPE" and name.kind == "variable" and end == at + 3:
            has_language = f'isLiteral({name.text}) && LANG({name.text}) != ""'
            told = f"IF({has_language}, {_LANG_STRING}, DATATYPE({name.text}))"
            yield word.start, tokens[end].start + 1, told


def _find_bound(tokens: Sequence[Token], closers: dict[int, int]) -> Iterator[Edit]:
    """`BOUND(?x)` → `COALESCE(sameTerm(?x, ?x), 1 = 2)` in what gets a name.

    Where a UNION goes before, some plans of Virtuoso take ?x for bound that OPTIONAL left without
    a value. In FILTER none was found that does, and BOUND is faster.
    """
    for start, end in _find_assigned(tokens, closers):
        for at in range(start, end - 3):
            if tokens[at].text.upper() == "BOUND" and tokens[at + 2].kind == "variable":
                name, last = tokens[at + 2].text, tokens[at + 3]
                same = f"COALESCE(sameTerm({name}, {name}), 1 = 2)"
                yield tokens[at].start, last.start + len(last.text), same


def _find_repeats(tokens: Sequence[Token], closers: dict[int, int]) -> Iterator[Edit]:
    """`p/q?` → `p/(q?|<a predicate that no data has>)`, and so for `*` and `+`.

    Some plans of Virtuoso join a step that repeats wrongly to the step beside it: pairs that it
    does not link come back. It evaluates the arms of an alternative before it joins them.
    """
    inside = [""]
    for at, token in enumerate(tokens):
        if closers.get(at, -1) > at:
            inside.append(token.text)
        elif at in closers:
            inside.pop()
        elif token.text in _REPEATS and at + 1 < len(tokens) and _is_repeat(tokens, at, inside[-1]):
            first = closers.get(at - 1, at - 1)
            first -= tokens[first - 1].text == "!"
            beside = first - 2 if tokens[first - 1].text == "^" else first - 1
            if "/" not in (tokens[beside].text, tokens[at + 1].text):
                continue
            yield tokens[first].start, tokens[first].start, "("
            yield token.start, token.start + 1, f"{token.text}|<{_NO_PREDICATE}>)"


def _is_repeat(tokens: Sequence[Token], at: int, bracket: str) -> bool:
    """Whether a mark ends a step of a path: no operator, no sign, no `*` of SELECT or COUNT.

    Args:
        tokens: All tokens.
        at: Index of the mark.
        bracket: What it stands in; a step in round brackets ends them or is followed by another.
    """
    before, after = tokens[at - 1], tokens[at + 1]
    if before.kind not in ("name", "iri") and before.text not in ("a", ")"):
        return False
    if bracket == "(":
        return after.text in (")", "/", "|")
    return after.kind != "number" or after.start > tokens[at].start + 1


def _find_paths(tokens: Sequence[Token], closers: dict[int, int]) -> Iterator[Edit]:
    """`a OPTIONAL b …` → `{ a } OPTIONAL b …`, where a has a path with `?`, `*` or `+`.

    With three OPTIONAL after such a path, some plans of Virtuoso find no row, or a wrong one. Where
    a FILTER stands before them, nothing changes, because a FILTER belongs to its whole group.
    """
    for at, token in enumerate(tokens):
        if token.text != "{" or at not in closers:
            continue
        words = list(_list_words(tokens, closers, at))
        optionals = [place for place, word in words if word == "OPTIONAL"]
        if len(optionals) < _LEAST_OPTIONALS:
            continue
        start, first = tokens[at + 1].start, optionals[0]
        marks = {each.text for each in tokens[at + 1 : first] if each.kind == "mark"}
        if marks & _REPEATS and "FILTER" not in [word for place, word in words if place < first]:
            yield start, start, "{ "
            yield tokens[first].start, tokens[first].start, "} "


def _find_minus(tokens: Sequence[Token], closers: dict[int, int]) -> Iterator[Edit]:
    """`a MINUS { b }` → `a MINUS { FILTER(1 = 2) b }`, where a and b share no variable.

    By the standard such a MINUS removes nothing, in Virtuoso everything.
    """
    for at, token in enumerate(tokens):
        if token.text != "{" or at not in closers:
            continue
        for place, word in _list_words(tokens, closers, at):
            end = closers.get(place + 1)
            if word != "MINUS" or end is None or tokens[place + 2].text.upper() == "SELECT":
                continue
            before, within = (_name_variables(tokens[a:b]) for a, b in ((at, place), (place, end)))
            if not before & within:
                inside = tokens[place + 2].start
                yield inside, inside, "FILTER(1 = 2) "


def _name_variables(tokens: Sequence[Token]) -> set[str]:
    """The names of the variables, without `?` and `$`."""
    return {each.text[1:] for each in tokens if each.kind == "variable"}


def _list_words(
    tokens: Sequence[Token], closers: dict[int, int], opened: int
) -> Iterator[tuple[int, str]]:
    """Index and capital letters of each word of a group, those in its brackets left out."""
    at = opened + 1
    while at < closers[opened]:
        if tokens[at].kind == "word":
            yield at, tokens[at].text.upper()
        at = closers[at] + 1 if closers.get(at, -1) > at else at + 1


_FINDERS: tuple[Callable[[Sequence[Token], dict[int, int]], Iterator[Edit]], ...] = (
    _find_divisions,
    _find_truths,
    _find_orders,
    _find_keys,
    _find_datatypes,
    _find_bound,
    _find_repeats,
    _find_paths,
    _find_minus,
)
