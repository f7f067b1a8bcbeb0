"""Values → the bytes of a record file in the one layout, and the entry of a source kept current."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from loader.errors import SeedError
from loader.read.layout import lay_out
from loader.read.yamltext import List, Map, Text, members, read_yaml

_STR = "tag:yaml.org,2002:str"


def render_records(records: list[dict[str, Any]], path: Path) -> bytes:
    """Return records as a file: one alone as a map, several as a list.

    Args:
        records: key → text, list or map, in the order to write.
        path: named in errors.
    """
    value: Any = records if len(records) > 1 else records[0]
    return lay_out(_serialise(value).encode(), path)


def put_source(data: bytes, path: Path, record: Mapping[str, Any]) -> bytes:
    """Return a file of sources with a source's digest and length kept current, or added to it.

    What a person wrote into an entry that is there already stays.

    Args:
        data: the file; may be empty.
        path: named in errors.
        record: the whole record, for a source that is not there.

    Raises:
        SeedError: the file cannot be read, or is a single record.
    """
    document = read_yaml(data, path)
    if isinstance(document, Map):
        raise SeedError("holds one record alone", path, hint="Make it a list: - id: source/…")
    for entry in members(document) if isinstance(document, List) else ():
        if isinstance(entry, Map) and _is(entry.get("id"), record["id"]):
            return _replace(data, entry, {k: record[k] for k in ("sha256", "characterCount")})
    text = data.decode("utf-8-sig")
    new = _serialise([dict(record)])
    joint = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
    return lay_out(f"{text}{joint}{new}".encode(), path)


def has_record(data: bytes, path: Path, address: str) -> bool:
    """Return whether a file of records has one with an address."""
    document = read_yaml(data, path)
    return any(
        isinstance(one, Map) and _is(one.get("id"), address)
        for one in (members(document) if document is not None else ())
    )


def add_record(data: bytes, path: Path, record: Mapping[str, Any]) -> bytes:
    """Return a list of records with one more at its end."""
    text = data.decode("utf-8-sig")
    joint = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
    return lay_out(f"{text}{joint}{_serialise([dict(record)])}".encode(), path)


def _is(node: object, value: str) -> bool:
    return isinstance(node, Text) and node.value == value


def _replace(data: bytes, entry: Map, values: Mapping[str, str]) -> bytes:
    """Return a file with scalars of one entry replaced where they stand."""
    lines = data.decode("utf-8").split("\n")
    for key, value in values.items():
        node = entry.get(key)
        if not isinstance(node, Text):
            raise entry.at.error(f"the source has no {key}", f"Write {key}: {value}.")
        line, at = node.at.line - 1, node.at.column - 1
        found = lines[line].find(node.value, at)
        lines[line] = lines[line][:found] + value + lines[line][found + len(node.value) :]
    return "\n".join(lines).encode()


def _serialise(value: Any) -> str:
    """Return a value as YAML, each text plain where it may be: nothing is typed by its look."""
    text: str = yaml.serialize(
        _node(value), Dumper=yaml.CBaseDumper, allow_unicode=True, width=1_000_000
    )
    return text


def _node(value: Any) -> yaml.Node:
    if isinstance(value, Mapping):
        pairs = [(_node(key), _node(one)) for key, one in value.items()]
        return yaml.MappingNode("tag:yaml.org,2002:map", pairs)
    if isinstance(value, list):
        return yaml.SequenceNode("tag:yaml.org,2002:seq", [_node(one) for one in value])
    return yaml.ScalarNode(_STR, str(value))
