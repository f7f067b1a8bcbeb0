"""Reads `seeds/withdrawn.yaml`: addresses that are given up, what replaces them, and why.

Source: docs/decisions/0020-addresses-that-stay.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from loader.errors import SeedError
from loader.read.model import Withdrawal
from loader.read.values import expect_address, suggest
from loader.read.yamltext import Node, Text, expect_map, expect_text, members, read_yaml

WITHDRAWN_FILE: Final = "withdrawn.yaml"
_KEYS: Final = ("id", "successor", "into", "reason")


def parse_withdrawn(
    data: bytes, path: Path, errors: list[SeedError], language: str = "en"
) -> Iterator[Withdrawal]:
    """Yield the entries of `withdrawn.yaml`: ``id``, ``successor`` or ``into``, ``reason``.

    A reason without a language is in ``language``.
    """
    try:
        document = read_yaml(data, path)
    except SeedError as error:
        errors.append(error)
        return
    for node in members(document) if document is not None else ():
        try:
            yield _withdrawal(node, language)
        except SeedError as error:
            errors.append(error)


def _withdrawal(node: Node, language: str) -> Withdrawal:
    entry = expect_map(node, "an entry with id, successor or into, and reason")
    for key, _ in entry.entries:
        if key.value not in _KEYS:
            raise key.at.error(f"unknown key {key.value!r}", suggest(key.value, _KEYS))
    identifier, successor, into, reason = map(entry.get, _KEYS)
    if identifier is None or reason is None:
        raise entry.at.error("expected the address under id and a reason")
    if successor is not None and into is not None:
        raise entry.at.error(
            "expected successor or into, not both",
            "into: it was merged with that thing; successor: another replaces it.",
        )
    if isinstance(reason, Text):
        texts = {language: expect_text(reason, "a reason").value}
    else:
        pairs = expect_map(reason, "a reason, or one by language").entries
        texts = {tag.value: expect_text(text, "a reason").value for tag, text in pairs}
    target = successor if into is None else into
    return Withdrawal(
        expect_address(identifier),
        None if target is None else expect_address(target),
        texts,
        entry.at,
        merged=into is not None,
    )
