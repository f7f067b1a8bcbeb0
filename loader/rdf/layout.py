"""The layout of terms and triples in Turtle and TriG, for dumps and documents alike.

A thing of the collection is relative to ``{base}id/`` (``<treaty/peace-1920>``, as in records), a
concept has the name of its list as prefix (``rank:normal``), everything else a prefix of
`loader.rdf.prefixes` where one fits. Pure: strings in, strings out. Source: RDF 1.1 Turtle.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from loader.rdf.prefixes import PREFIXES

VOCAB: Final = PREFIXES["v"]
_XSD: Final = PREFIXES["xsd"]
_ESCAPES: Final = {
    "\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f",
}  # fmt: skip
_TO_ESCAPE: Final = re.compile(r'[\x00-\x1f"\\\x7f]')
_IRI_TO_ESCAPE: Final = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_LOCAL: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_\-]*[A-Za-z0-9_])?")
_RELATIVE: Final = re.compile(r"[a-z][a-z0-9\-]*/[A-Za-z0-9_\-/#]+")
_BARE: Final = {
    f"{_XSD}integer": re.compile(r"[+-]?[0-9]+"),
    f"{_XSD}decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+"),
    f"{_XSD}double": re.compile(r"[+-]?([0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+"),
    f"{_XSD}boolean": re.compile(r"true|false"),
}
_ON_ONE_LINE: Final = 3
"""As many values as this stand on the line of their property where none is a text."""

_NAMESPACES: Final = {namespace: prefix for prefix, namespace in PREFIXES.items()}


def escape(text: str) -> str:
    """A text as it stands between the quotes of a canonical N-Triples literal."""
    return _TO_ESCAPE.sub(lambda m: _ESCAPES.get(m[0]) or f"\\u{ord(m[0]):04X}", text)


def write_iri(iri: str) -> str:
    """An IRI between angle brackets; characters that may not stand there are escaped."""
    return "<" + _IRI_TO_ESCAPE.sub(lambda m: f"\\u{ord(m[0]):04X}", iri) + ">"


def split_name(iri: str) -> tuple[str, str, str] | None:
    """Prefix, namespace and local name of an IRI; None where no prefix fits.

    >>> split_name("https://w3id.org/pacta/vocab/rank/normal")
    ('rank', 'https://w3id.org/pacta/vocab/rank/', 'normal')
    """
    end = max(iri.rfind("/"), iri.rfind("#")) + 1
    namespace, local = iri[:end], iri[end:]
    if not _LOCAL.fullmatch(local):
        return None
    if namespace in _NAMESPACES:
        return _NAMESPACES[namespace], namespace, local
    scheme = namespace.removeprefix(VOCAB).removesuffix("/")
    if namespace.startswith(VOCAB) and _LOCAL.fullmatch(scheme) and scheme not in PREFIXES:
        return scheme, namespace, local
    return None


class Names:
    """Writes terms with the shortest name, and remembers which prefixes it used.

    Args:
        base: The base address of the collection; empty: nothing is relative.
    """

    def __init__(self, base: str = "") -> None:
        self._home = f"{base}id/" if base else ""
        self._used: dict[str, str] = {}
        self._is_relative = False

    def iri(self, iri: str) -> str:
        """An IRI: relative, prefixed, or whole."""
        if self._home and iri.startswith(self._home):
            relative = iri[len(self._home) :]
            if _RELATIVE.fullmatch(relative):
                self._is_relative = True
                return f"<{relative}>"
        found = split_name(iri)
        if found is None:
            return write_iri(iri)
        prefix, namespace, local = found
        self._used[prefix] = namespace
        return f"{prefix}:{local}"

    def literal(self, value: str, language: str, datatype: str) -> str:
        """A literal: bare where Turtle reads it as the same, over several lines where it has them.

        Args:
            value: The lexical form.
            language: The tag, or empty.
            datatype: Its IRI; empty or xsd:string: plain.
        """
        if not language and datatype in _BARE and _BARE[datatype].fullmatch(value):
            return value
        quoted = f'"{escape(value)}"'
        if "\n" in value:
            lines = "\n".join(map(escape, value.split("\n")))
            quoted = f'"""{lines}"""'
        if language:
            return f"{quoted}@{language}"
        if datatype in ("", f"{_XSD}string"):
            return quoted
        return f"{quoted}^^{self.iri(datatype)}"

    def head(self) -> str:
        """The base and the prefixes that were used, in the order of the table, then lists."""
        order = {prefix: number for number, prefix in enumerate(PREFIXES)}
        names = sorted(self._used, key=lambda name: (order.get(name, len(order)), name))
        lines = [f"@base <{self._home}> .\n"] if self._is_relative else []
        return "".join([*lines, *(f"@prefix {name}: <{self._used[name]}> .\n" for name in names)])


def write_pairs(pairs: Iterable[tuple[str, Sequence[str]]], indent: str) -> Iterator[str]:
    """The properties of one subject with their values, as texts, without the final mark.

    Args:
        pairs: Property and its values, as they are written, in their order.
        indent: What each line of the subject begins with, beyond its first.
    """
    for number, (verb, values) in enumerate(pairs):
        yield f" ;\n{indent}" if number else " "
        yield verb
        short = len(values) <= _ON_ONE_LINE and not values[-1].startswith(('"', "[", "("))
        mark = ", " if short else f",\n{indent}    "
        yield " "
        yield mark.join(values)
