"""Tests for blank nodes → tests for what stands for them in a remote store (pure).

A release is pushed with an address in place of each blank node (`loader.release.pushed`), and the
query must not notice: SPARQL 1.1 Query, sections 17.4.2.1 and 17.4.2.2.
"""

from collections.abc import Sequence

from server.syntax.tokens import Token

_FORMS = {
    "ISBLANK": '(isIRI({0}) && STRSTARTS(STR({0}), "{1}"))',
    "ISIRI": '(isIRI({0}) && !STRSTARTS(STR({0}), "{1}"))',
}
_FORMS["ISURI"] = _FORMS["ISIRI"]


def rewrite_blank_tests(text: str, tokens: Sequence[Token], prefix: str) -> str:
    """An equivalent query for the store; tests of anything but a variable stay.

    Args:
        text: The query.
        tokens: All its tokens.
        prefix: How the addresses begin that stand for blank nodes.
    """
    calls = zip(tokens, tokens[1:], tokens[2:], tokens[3:], strict=False)
    for word, opened, name, closed in reversed(list(calls)):
        form = _FORMS.get(word.text.upper()) if word.kind == "word" else None
        if form and (opened.text, name.kind, closed.text) == ("(", "variable", ")"):
            text = text[: word.start] + form.format(name.text, prefix) + text[closed.start + 1 :]
    return text
