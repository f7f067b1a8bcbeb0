"""The one layout of record files, as ``pacta fmt`` writes it.

The head of a record stands in block style, each entry of a block on a line of its own in flow
style as far as `WIDTH` characters, in block style beyond. A list of more than two passages stands
one a line. Long texts are folded. Comments and single blank lines are kept. What `read_yaml` reads
is the same before and after, which `lay_out` proves for every file it returns.

Pure: bytes in, bytes out. Source: seeds/README.md, docs/decisions/0018-one-layout-for-records.md.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from loader.errors import SeedError
from loader.read.sources.passages import parse_reference
from loader.read.yamltext import List, Node, Text, read_yaml

WIDTH: Final = 120
"""Characters of a line, its indentation included and a comment at its end left out."""

MAX_PASSAGES_IN_A_LINE: Final = 2

_BREAK: Final = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_COMMENT: Final = re.compile("#[^\r\n\x85\u2028\u2029]*")
_HEADER: Final = re.compile("[|>][-+0-9]*[ \t]*")
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
_UNFOLDABLE: Final = re.compile("^ | $|  |[^\\S ]|[\x00-\x1f\x7f-\x9f\ufeff]")

_SURELY_PLAIN: Final = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9@/._()-]*( [A-Za-z0-9@/._()-]+)*", re.ASCII
)
"""Texts without a sign that YAML could take for its own; most values of records."""

_NOWHERE: Final = Path("a scalar")

Values: TypeAlias = "str | list[Values] | list[tuple[str, Values]] | None"


@dataclass(slots=True, eq=False)
class _Item:
    """A member of a list, or a key with its value; the document itself is one too.

    Attributes:
        key: as it is written, or None.
        node: the value as PyYAML composed it.
        items: the members of the value.
        start: index of the first character, the key's where there is one.
        end: index after the last character of the value.
        line: the line where it starts, from 0.
        last_line: the line where it ends.
        column: where the key or the hyphen stands; of a member of a flow collection, None.
        above: comments on lines of their own before it; an empty text is a blank line.
        beside: a comment at the end of its (first) line.
        below: comments after it that are indented like it.
    """

    key: str | None
    node: Any
    start: int
    line: int
    column: int | None
    items: list[_Item] = field(default_factory=list)
    end: int = 0
    last_line: int = 0
    above: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    below: list[str] = field(default_factory=list)

    @property
    def is_scalar(self) -> bool:
        return isinstance(self.node, yaml.ScalarNode)

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, yaml.SequenceNode)

    @property
    def is_flow(self) -> bool:
        return not self.is_scalar and bool(self.node.flow_style)

    def walk(self) -> Iterator[_Item]:
        """Yield the item and all below it, in the order of the file."""
        yield self
        for item in self.items:
            yield from item.walk()


@dataclass(frozen=True, slots=True)
class _Comment:
    text: str
    index: int
    line: int
    column: int
    is_alone: bool


def lay_out(data: bytes, path: Path) -> bytes:
    """Return a record file in the one layout; laid out again, it stays as it is.

    Args:
        data: the bytes of the file, UTF-8. A file without a record is returned as it is.
        path: named in errors; not opened.

    Raises:
        SeedError: the file is not UTF-8 or YAML, or has a feature that records do not use.
    """
    before = read_yaml(data, path)
    if before is None:
        return data
    root = _read_items(data.decode("utf-8-sig"))
    _lift_comments(root)
    _part_records(root)
    lines = _render(root, 0, "", is_block=True)
    while not lines[0]:
        del lines[0]
    result = ("\n".join(lines) + "\n").encode()
    after = read_yaml(result, path)
    if after is None or values_of(after) != values_of(before):
        raise AssertionError(f"the layout of {path} would change what is read")
    return result


def values_of(node: Node) -> Values:
    """Return what stands in a node, without places; a map as a list of pairs in its order."""
    if isinstance(node, Text):
        return node.value
    if isinstance(node, List):
        return [values_of(item) for item in node.items]
    return [(key.value, values_of(value)) for key, value in node.entries]


# Reading: the items of the file, with its comments


def _read_items(text: str) -> _Item:
    node: Any = yaml.compose(text, Loader=yaml.CBaseLoader)
    root = _item(None, node, node.start_mark, None)
    items = list(root.walk())
    breaks = [match.end() for match in _BREAK.finditer(text)]
    blank = {
        line for line, at in enumerate([0, *breaks]) if _BREAK.match(text, _skip_space(text, at))
    }
    first_of_line: set[int] = set()
    for item in items[1:]:
        if item.line not in first_of_line and item.line - 1 in blank:
            item.above.append("")
        first_of_line.add(item.line)
    for comment in _comments(text, items, breaks):
        _attach(comment, items, is_after_blank=comment.line - 1 in blank)
    return root


def _item(key: Any, node: Any, start: Any, column: int | None) -> _Item:
    written = None if key is None else _scalar(key.value, is_plain=not _is_quoted(key))
    item = _Item(written, node, start.index, start.line, column)
    inner = None if item.is_scalar or item.is_flow else node.start_mark.column
    if isinstance(node, yaml.SequenceNode):
        item.items = [_item(None, one, one.start_mark, inner) for one in node.value]
    elif isinstance(node, yaml.MappingNode):
        item.items = [_item(name, one, name.start_mark, inner) for name, one in node.value]
    if item.is_scalar or item.is_flow or not item.items:
        item.end, item.last_line = node.end_mark.index, node.end_mark.line
        if item.is_scalar and node.style in ("|", ">"):  # their mark is in the line below
            item.last_line -= 1
    else:
        item.end, item.last_line = item.items[-1].end, item.items[-1].last_line
    return item


def _skip_space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t":
        at += 1
    return at


def _comments(text: str, items: list[_Item], breaks: list[int]) -> Iterator[_Comment]:
    """Yield the comments: each ``#`` outside a scalar begins one."""
    scalars = sorted(
        (node.start_mark.index, node.end_mark.index, node.style)
        for node in _scalar_nodes(items[0].node)
    )
    at, line = 0, 0
    for start, end, style in [*scalars, (len(text), len(text), None)]:
        header = _HEADER.match(text, start) if style in ("|", ">") else None
        if header is not None:  # a comment may stand behind the sign of a block scalar
            start = header.end()
            if comment := _COMMENT.match(text, start):
                start = comment.end()
        while (found := text.find("#", at, start)) >= 0:
            while line < len(breaks) and breaks[line] <= found:
                line += 1
            begin = breaks[line - 1] if line else 0
            at = breaks[line] if line < len(breaks) else len(text)
            is_alone = not text[begin:found].strip()
            yield _Comment(text[found:at].strip(), found, line, found - begin, is_alone)
        at = max(at, end)


def _scalar_nodes(node: Any) -> Iterator[Any]:
    if isinstance(node, yaml.ScalarNode):
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for one in node.value:
            yield from _scalar_nodes(one)
    else:
        for key, one in node.value:
            yield key
            yield from _scalar_nodes(one)


def _is_quoted(node: Any) -> bool:
    return node.style in ("'", '"')


def _attach(comment: _Comment, items: list[_Item], *, is_after_blank: bool) -> None:
    """Put a comment to the item that it belongs to."""
    at = comment.index
    if not comment.is_alone:
        lines = [i for i in items if i.is_scalar or i.is_flow]
        ended = [i for i in lines if i.end <= at and i.last_line == comment.line]
        open_ = [i for i in items if i.start < at and i.line == comment.line]
        owner = ended[0] if ended else open_[-1] if open_ else None
        if owner is not None:
            owner.beside.append(comment.text)
            return
    written = ["", comment.text] if is_after_blank else [comment.text]
    around = [i for i in items if i.is_flow and i.node.start_mark.index < at < i.end]
    if around:
        inner = around[-1]
        later = [i for i in inner.items if i.start > at]
        if later:
            later[0].above = _before(written, later[0].above)
        elif inner.items:
            inner.items[-1].below.extend(written)
        else:
            inner.above.extend(written)
        return
    following = next((i for i in items if i.start > at), None)
    outer = [i for i in items if i.start < at and i.column is not None]
    previous = next((i for i in reversed(outer) if (i.column or 0) <= comment.column), None)
    limit = -1 if following is None else following.column or 0
    if previous is not None and (previous.column or 0) > limit and comment.column > limit:
        previous.below.extend(written)
    elif following is not None:
        following.above = _before(written, following.above)
    else:
        items[0].below.extend(written)


def _before(comments: list[str], above: list[str]) -> list[str]:
    """Return comments in the order of the file; the blank line of the item itself comes last."""
    if above and not above[-1]:
        return [*above[:-1], *comments, ""]
    return [*above, *comments]


def _lift_comments(item: _Item) -> None:
    """Put comments above what begins in their line: a member without key before its first one."""
    for one in item.items:
        _lift_comments(one)
    if item.key is None and item.items:
        item.above.extend(filter(None, item.items[0].above))
        item.items[0].above = []


def _part_records(root: _Item) -> None:
    """Put one blank line between the records of a file."""
    if root.is_list:
        for item in root.items[1:]:
            if _is_record(item) and not (item.above and not item.above[0]):
                item.above.insert(0, "")


# Writing


def _is_record(item: _Item) -> bool:
    """Whether a member of a file is a record or an addition, and no withdrawn address."""
    return any(one.key == "type" or _has_entries(one) for one in item.items)


def _has_entries(item: _Item) -> bool:
    """Whether the value is a list of maps or lists."""
    return item.is_list and any(not one.is_scalar for one in item.items)


def _is_block(item: _Item) -> bool:
    """Whether the value cannot stand on one line, however short it is."""
    if item.is_scalar:
        return "\n" in item.node.value
    if _has_entries(item):
        return True
    if item.is_list:
        passages = sum(parse_reference(one.node.value) is not None for one in item.items)
        if passages > MAX_PASSAGES_IN_A_LINE:
            return True
    has_comments = any(one.beside or one.below or any(one.above) for one in item.items)
    return has_comments or any(map(_is_block, item.items))


def _render(item: _Item, indent: int, lead: str, *, is_block: bool = False) -> list[str]:
    """Return the lines of an item, its comments included.

    Args:
        item: what to write.
        indent: the column where it begins.
        lead: the hyphen of a list before it, or nothing.
        is_block: its members stand on lines of their own, however short it is.
    """
    pad = " " * indent
    head = lead if item.key is None else f"{lead}{item.key}: "
    line = f"{pad}{head}{_flow(item)}"
    body = [line]
    if (is_block and item.items) or _is_block(item) or len(line) > WIDTH:
        inner = indent + len(lead)
        if item.is_scalar:
            body = _text_lines(item, pad + head, inner if lead and item.key is None else inner + 2)
        elif item.items and item.key is not None:
            body = [(pad + head).rstrip(), *_render_members(item, inner + 2)]
        elif item.items:
            body = _render_members(item, inner)
            body[0] = f"{pad}{head}{body[0][inner:]}"
    if item.beside:
        body[0] = f"{body[0]}  {' '.join(item.beside)}"
    return [*_padded(item.above, pad), *body, *_padded(item.below, pad)]


def _render_members(item: _Item, indent: int) -> list[str]:
    is_file = indent == 0
    lead = "- " if item.is_list else ""
    return [
        line
        for one in item.items
        for line in _render(one, indent, lead, is_block=bool(is_file and lead) and _is_record(one))
    ]


def _padded(comments: list[str], pad: str) -> Iterator[str]:
    return (f"{pad}{comment}" if comment else "" for comment in comments)


def _text_lines(item: _Item, head: str, indent: int) -> list[str]:
    """Return a text that is too long for its line, folded where that does not change it."""
    value, pad = item.node.value, " " * indent
    if " " in value and not _UNFOLDABLE.search(value):
        lines = textwrap.wrap(value, WIDTH - indent, break_long_words=False, break_on_hyphens=False)
        return [f"{head}>-", *(pad + line for line in lines)]
    lines = value.split("\n")
    if len(lines) > 1 and not any(_UNFOLDABLE.search(line) or not line for line in lines):
        return [f"{head}|-", *(pad + line for line in lines)]
    return [f"{head}{_flow(item)}"]


def _flow(item: _Item) -> str:
    if item.is_scalar:
        return _scalar(item.node.value, is_plain=not _is_quoted(item.node))
    if item.is_list:
        return f"[{', '.join(map(_flow, item.items))}]"
    return f"{{{', '.join(f'{one.key}: {_flow(one)}' for one in item.items)}}}"


@lru_cache(maxsize=4096)
def _scalar(value: str, *, is_plain: bool) -> str:
    """Return a scalar as it stands in a line: plain where it was and may be, else in quotes."""
    if is_plain and _reads_plain(value):
        return value
    if value.isprintable() and "'" not in value and ('"' in value or "\\" in value):
        return f"'{value}'"
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _reads_plain(value: str) -> bool:
    """Whether libyaml reads the value as itself without quotes, wherever it may stand."""
    if _SURELY_PLAIN.fullmatch(value):
        return True
    if not value or value.startswith(("%", "---", "...")):
        return False
    places = f"- {value}\n- {value}: {value}\n- [{value}, {{{value}: {value}}}]\n"
    try:
        node = read_yaml(places.encode(), _NOWHERE)
    except SeedError:
        return False
    pair = [(value, value)]
    return node is not None and values_of(node) == [value, pair, [value, pair]]
