"""YAML read as text: nested maps, lists and scalars that keep their place in the file.

Nothing is typed here: ``1920`` is four characters and ``no`` two. Anchors, aliases,
tags, duplicate keys, several documents and characters that RDF/XML cannot carry are
refused, so that what a reader of the file sees is all there is.

Source: YAML 1.1 as libyaml reads it; seeds/README.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeAlias, cast

import yaml

from loader.errors import SeedError

MAX_DEPTH = 24
"""Nesting of maps and lists; records need seven."""

_STARTS = (yaml.SequenceStartEvent, yaml.MappingStartEvent)
_ENDS = (yaml.SequenceEndEvent, yaml.MappingEndEvent)
_SEEDS = "seeds"
_QUOTE = "Put a value that holds ': ', ' #' or, inside braces, a comma, in quotes."
_CLOSED_BY = {"}": "{", "]": "["}

# Char of XML 1.0, section 2.2, without the compatibility exceptions.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Location(NamedTuple):
    """A place in a file; line and column are 1-based and count characters."""

    path: Path
    line: int
    column: int

    def __str__(self) -> str:
        """Return file and line, the file from the folder of the seeds on."""
        parts = self.path.parts
        start = len(parts) - 1 - parts[::-1].index(_SEEDS) if _SEEDS in parts else -1
        return f"{'/'.join(parts[start:])}:{self.line}"

    def error(self, message: str, hint: str | None = None) -> SeedError:
        """Return, not raise, a `SeedError` at this place."""
        return SeedError(message, self.path, self.line, self.column, hint)


class Text(NamedTuple):
    """A scalar, exactly as written after YAML's own quoting is undone."""

    value: str
    at: Location


class List(NamedTuple):
    """A sequence, in the order of the file."""

    items: tuple[Node, ...]
    at: Location


class Map(NamedTuple):
    """A mapping with scalar keys, no two alike, in the order of the file."""

    entries: tuple[tuple[Text, Node], ...]
    at: Location

    def get(self, key: str) -> Node | None:
        """Return the value under ``key``, or None."""
        return next((value for name, value in self.entries if name.value == key), None)


Node: TypeAlias = Text | List | Map

_KIND_NAMES = {Text: "a single value", List: "a list", Map: "a map of keys and values"}


def describe(node: Node) -> str:
    """Return what stands there in words, for messages."""
    return f"{node.value!r}" if isinstance(node, Text) else _KIND_NAMES[type(node)]


def expect_text(node: Node, what: str) -> Text:
    """Return ``node`` as a scalar with at least one visible character.

    Raises:
        SeedError: it is a list, a map or blank.
    """
    if not isinstance(node, Text):
        raise node.at.error(f"found {describe(node)}, expected {what}")
    if not node.value.strip():
        raise node.at.error(f"found nothing, expected {what}", "Write a value or remove the key.")
    return node


def expect_map(node: Node, what: str) -> Map:
    """Return ``node`` as a map.

    Raises:
        SeedError: it is something else.
    """
    if not isinstance(node, Map):
        raise node.at.error(f"found {describe(node)}, expected {what}")
    return node


def members(node: Node) -> tuple[Node, ...]:
    """Return the items of a list, or the node itself as the only one."""
    return node.items if isinstance(node, List) else (node,)


def read_folder(folder: Path, errors: list[SeedError]) -> Iterator[tuple[Path, Node | None]]:
    """Yield each `.yaml` file of ``folder`` with its document; what is not YAML goes to ``errors``.

    Raises:
        SeedError: a file cannot be read.
    """
    for file in sorted(folder.glob("*.yaml")):
        try:
            data = file.read_bytes()
        except OSError as error:
            raise SeedError(f"cannot be read: {error.strerror}", file) from None
        try:
            node = read_yaml(data, file)
        except SeedError as error:
            errors.append(error)
            continue
        yield file, node


def read_yaml(data: bytes, path: Path) -> Node | None:
    """Return the one document in ``data``, or None where it holds none.

    Args:
        data: the bytes of the file, UTF-8.
        path: named in locations and errors; not opened.

    Raises:
        SeedError: not UTF-8, not YAML, or a feature this project does not use.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise SeedError(
            f"byte {data[error.start]:#04x} is not UTF-8",
            path,
            line,
            None,
            "Save the file as UTF-8.",
        ) from None
    if bad := _NOT_XML.search(text):
        _refuse_character(path, text, bad.start())
    return _Builder(path, text).build()


def _find_open_bracket(text: str, path: Path) -> SeedError | None:
    """Return an error for the first bracket that nothing closes, or that opens nowhere.

    A bracket is taken for open at the end of the file, at a bracket of the other kind, and where
    a line stands no deeper than the one in which the outermost bracket stands: there the next
    entry begins. Quotes and comments count where they begin a scalar or follow a space.
    """
    opened: list[tuple[str, Location, int]] = []
    quote = ""
    for number, line in enumerate(text.splitlines(), 1):
        indent = len(line) - len(line.lstrip(" "))
        begins = line[indent : indent + 1]
        if opened and not quote and begins not in ("", "#", "}", "]") and indent <= opened[0][2]:
            return _open_bracket(opened[-1], f"the next entry begins in line {number}")
        before = " "
        for column, char in enumerate(line, 1):
            if quote:
                if char == quote and not (quote == '"' and before == "\\"):
                    quote = ""
            elif char in "'\"" and before in " {[,":
                quote = char
            elif char == "#" and before == " ":
                break
            elif char in "{[" and (opened or before == " "):
                opened.append((char, Location(path, number, column), indent))
            elif char in "}]" and not opened and before in "}]":
                at = Location(path, number, column)
                return at.error(f"the bracket {char} closes nothing", "Take it away.")
            elif char in "}]" and opened:
                if opened[-1][0] != _CLOSED_BY[char]:
                    return _open_bracket(opened[-1], f"{char} stands in line {number}")
                opened.pop()
            before = char
    return _open_bracket(opened[-1], "the file ends") if opened else None


def _open_bracket(opened: tuple[str, Location, int], where: str) -> SeedError:
    bracket, at, _ = opened
    closing = next(char for char, of in _CLOSED_BY.items() if of == bracket)
    return at.error(
        f"the bracket {bracket} that is opened here is not closed: {where}",
        f"Write {closing} at the end of what belongs inside.",
    )


def _refuse_character(path: Path, text: str, index: int) -> NoReturn:
    line = text.count("\n", 0, index) + 1
    column = index - (text.rfind("\n", 0, index) + 1) + 1
    raise SeedError(
        f"character U+{ord(text[index]):04X} cannot be published",
        path,
        line,
        column,
        "Remove the invisible character.",
    )


class _Builder:
    """Turns libyaml's events into nodes, without recursion."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.text = text

    def build(self) -> Node | None:
        document: Node | None = None
        documents = 0
        stack: list[tuple[Location, list[Node] | None, dict[str, tuple[Text, Node]]]] = []
        keys: list[Text | None] = []
        for event in self._events():
            kind = type(event)
            node: Node
            if kind is yaml.ScalarEvent:
                node = Text(event.value, self._value_location(event))
                if event.style == '"' and _NOT_XML.search(event.value):
                    raise node.at.error("an escape here gives a character that cannot be published")
            elif kind in _ENDS:
                start, items, entries = stack.pop()
                keys.pop()
                pairs = tuple(entries.values())
                node = Map(pairs, start) if items is None else List(tuple(items), start)
            elif kind in _STARTS:
                at = self._value_location(event)
                if len(stack) >= MAX_DEPTH:
                    raise at.error(f"nested deeper than {MAX_DEPTH} levels")
                stack.append((at, [] if kind is yaml.SequenceStartEvent else None, {}))
                keys.append(None)
                continue
            else:
                documents += kind is yaml.DocumentStartEvent
                self._refuse(event, documents)
                continue
            if not stack:
                document = node
                continue
            _, items, entries = stack[-1]
            if items is not None:
                items.append(node)
            elif (key := keys[-1]) is None:
                keys[-1] = self._new_key(node, entries)
            else:
                entries[key.value] = (key, node)
                keys[-1] = None
        if isinstance(document, Text) and not document.value:
            return None
        return document

    def _events(self) -> Iterator[Any]:
        try:
            yield from cast("Iterator[Any]", yaml.parse(self.text, Loader=yaml.CBaseLoader))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
            said = " ".join(part for part in (error.context, error.problem) if part)
            hint = "Indent with spaces." if "tab" in said else _QUOTE
            raise self._cause(
                SeedError(f"not YAML: {said}", self.path, line, column, hint)
            ) from None
        except yaml.YAMLError as error:
            raise SeedError(f"not YAML: {error}", self.path) from None

    def _cause(self, error: SeedError) -> SeedError:
        """Return the bracket that was forgotten before the error, or the error."""
        return _find_open_bracket(self.text, self.path) or error

    def _location(self, event: Any) -> Location:
        mark = event.start_mark
        return Location(self.path, mark.line + 1, mark.column + 1)

    def _value_location(self, event: Any) -> Location:
        """Return where a value starts; refuses one with an anchor or a tag."""
        at = self._location(event)
        if event.anchor is not None:
            raise at.error(f"anchor &{event.anchor} is not allowed", "Write the value out twice.")
        if event.tag is not None:
            raise at.error(f"tag {event.tag} is not allowed", "All values are read as text.")
        return at

    def _refuse(self, event: Any, documents: int) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise self._location(event).error(
                f"alias *{event.anchor} is not allowed", "Write the value out."
            )
        if documents > 1:
            raise self._location(event).error(
                "a second document starts here", "Write one list of records."
            )

    def _new_key(self, node: Node, entries: Mapping[str, tuple[Text, Node]]) -> Text:
        if not isinstance(node, Text):
            raise self._cause(node.at.error(f"found {describe(node)}, expected a key"))
        if node.value in entries:
            first = entries[node.value][0].at.line
            error = node.at.error(
                f"key {node.value!r} stands a second time here (first in line {first})",
                "Keep one of the two, or write a list as the value.",
            )
            raise self._cause(error)
        return node
