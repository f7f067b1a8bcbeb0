"""YAML is read as text, with places, and everything unusual is refused."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given

from loader.errors import SeedError
from loader.read.yamltext import List, Map, Text, read_yaml
from tests.strategies import SOUP

FILE = Path("f.yaml")


def test_yamltext_leaves_every_scalar_as_written() -> None:
    """Dates, numbers and words that YAML 1.1 types stay text."""
    node = read_yaml(b"{a: 1920-07-12, b: 1920, c: no, d: 1_0, e: ~}", FILE)

    assert isinstance(node, Map)
    assert [value.value for _, value in node.entries if isinstance(value, Text)] == [
        "1920-07-12",
        "1920",
        "no",
        "1_0",
        "~",
    ]


def test_yamltext_keeps_line_and_column_in_characters() -> None:
    """Columns count characters, not bytes."""
    node = read_yaml("- {š: ž}\n- ąč: x\n".encode(), FILE)

    assert isinstance(node, List)
    second = node.items[1]
    assert isinstance(second, Map)
    key, value = second.entries[0]
    assert (key.at.line, key.at.column) == (2, 3)
    assert (value.at.line, value.at.column) == (2, 7)


def test_yamltext_gives_none_for_an_empty_file() -> None:
    """Nothing and comments alone hold no document."""
    assert read_yaml(b"", FILE) is None
    assert read_yaml(b"# only this\n", FILE) is None


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        ("a: &x 1", 1, 4, "anchor"),
        ("a: *x", 1, 4, "alias"),
        ("a: !!str 1", 1, 4, "tag"),
        ("a: 1\nb: 2\na: 3", 3, 1, "second time"),
        ("a: b\n---\nc: d", 2, 1, "second document"),
        ("a: [1,\n", 1, 4, "the bracket [ that is opened here is not closed: the file ends"),
        ("a: b: c\n", 1, 5, "not YAML"),
        ("- {a: {b: c}\n- {d: e}\n", 1, 3, "{ that is opened here is not closed: the next entry"),
        ("- {a: [b, c}\n- {d: e}\n", 1, 7, "[ that is opened here is not closed: } stands"),
        ("- {a: 'it {', b: c\n", 1, 3, "the file ends"),
        ("? [a]\n: b", 1, 3, "expected a key"),
        ('a: "\\x01"', 1, 4, "cannot be published"),
        ("a\n b\x01", 2, 3, "U+0001"),
        ("[" * 40, 1, 25, "nested deeper"),
    ],
)
def test_yamltext_refuses_with_the_place(text: str, line: int, column: int, said: str) -> None:
    """Each refusal says where and what."""
    with pytest.raises(SeedError) as caught:
        read_yaml(text.encode(), FILE)

    assert (caught.value.line, caught.value.column) == (line, column)
    assert said in caught.value.message
    assert str(caught.value).startswith(f"f.yaml:{line}:{column}: ")


def test_yamltext_names_the_line_of_a_byte_that_is_not_utf8() -> None:
    """The line is found although the file cannot be decoded."""
    with pytest.raises(SeedError, match="0xff") as caught:
        read_yaml(b"a: b\nc: \xff", FILE)

    assert caught.value.line == 2


@given(SOUP)
def test_yamltext_gives_a_node_or_a_seed_error(text: str) -> None:
    """Whatever is written, nothing else comes out."""
    with contextlib.suppress(SeedError):
        read_yaml(text.encode("utf-8", "surrogatepass"), FILE)
