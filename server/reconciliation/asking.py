"""What a client of the reconciliation service asks, from JSON to checked values. Pure.

Sections 4.1 (queries) and 7.3 (data extension) of the specification. Each error names the place
in the JSON: `queries.q0.limit`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from server.errors import BadRequestError, BodyTooLargeError

BATCH_SIZE = 100
"""Queries in one request."""
MAX_CELLS = 10_000
"""Things times properties of one data extension."""
MAX_QUERY = 200
"""Characters of a name that is looked for."""
MAX_LIMIT = 100
"""Candidates for one query."""
LIMIT = 10
"""Candidates where a query does not say how many."""

HINT = (
    "The form of requests: "
    "https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/"
)
_STRICT = ("any", "should", "all")
_KNOWN = frozenset(("query", "type", "limit", "properties", "type_strict"))


@dataclass(frozen=True)
class EntityValue:
    """A value that is a thing of the collection, by its id: `party/lithuania`."""

    id: str


AskedValue: TypeAlias = str | EntityValue
"""A value as it was asked for; numbers and booleans as they are written."""


@dataclass(frozen=True)
class Condition:
    """What a candidate should have: one of some values of a property."""

    property: str
    values: tuple[AskedValue, ...]


@dataclass(frozen=True)
class Query:
    """One reconciliation query.

    Attributes:
        place: Where it stands in the request: `queries.q0`.
        text: The name looked for; empty where only conditions are given.
        types: A candidate is of one of them, or of all with `every_type`; none: of any.
    """

    place: str
    text: str
    types: tuple[str, ...] = ()
    every_type: bool = False
    limit: int = LIMIT
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Column:
    """One property that a data extension asks for.

    Attributes:
        limit: Values for each thing; 0: all.
        ids: Things are given by their id alone, as text.
    """

    property: str
    limit: int = 0
    ids: bool = False


@dataclass(frozen=True)
class Extension:
    """A data extension: the values of some properties of some things."""

    ids: tuple[str, ...]
    columns: tuple[Column, ...]


def _refuse(place: str, expected: str) -> BadRequestError:
    return BadRequestError(f"`{place[:120]}` must be {expected}", hint=HINT)


def read_json(name: str, text: str) -> Any:
    """The JSON of a parameter.

    Raises:
        BadRequestError: It is none; says where it breaks.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise BadRequestError(
            f"`{name}` is not JSON: {error.msg} at line {error.lineno} column {error.colno}",
            hint=HINT,
        ) from None
    except (RecursionError, ValueError):
        raise BadRequestError(f"`{name}` is nested too deeply to be read", hint=HINT) from None


def read_batch(text: str) -> dict[str, Query]:
    """The queries of a batch by their names, in order.

    Raises:
        BadRequestError: Something in it is not as the specification has it.
        BodyTooLargeError: It has more than `BATCH_SIZE` queries.
    """
    batch = _read_object("queries", read_json("queries", text))
    if len(batch) > BATCH_SIZE:
        raise BodyTooLargeError(
            f"`queries` has {len(batch)} queries, more than {BATCH_SIZE}",
            hint=f"Send at most {BATCH_SIZE} at once, as `batchSize` in the manifest says.",
            members={"limit": "batchSize", "most": BATCH_SIZE},
        )
    return {name: read_query(f"queries.{name}", each) for name, each in batch.items()}


def read_single(text: str) -> Query:
    """One query: an object as in a batch, or the bare name that is looked for."""
    if text.lstrip().startswith("{"):
        return read_query("query", read_json("query", text))
    return read_query("query", {"query": text})


def read_query(place: str, value: Any) -> Query:
    """One query.

    Args:
        place: Where it stands, for errors.
        value: What `json` made of it.

    Raises:
        BadRequestError: It is not as the specification has it.
    """
    given = _read_object(place, value)
    for name in given:
        if name not in _KNOWN:
            raise BadRequestError(
                f"`{place}.{name[:60]}` is not known; a query has {', '.join(sorted(_KNOWN))}",
                hint=HINT,
            )
    text = given.get("query", "")
    if not isinstance(text, str) or len(text) > MAX_QUERY:
        raise _refuse(f"{place}.query", f"a text of at most {MAX_QUERY} characters")
    conditions = _read_conditions(f"{place}.properties", given.get("properties", []))
    if not text.strip() and not conditions:
        raise _refuse(f"{place}.query", "a name to look for, or `properties` must be given")
    types = given.get("type", [])
    types = [types] if isinstance(types, str) else types
    if not isinstance(types, list) or not all(isinstance(each, str) for each in types):
        raise _refuse(f"{place}.type", "the id of a type, or a list of such")
    strict = given.get("type_strict", "any")
    if strict not in _STRICT:
        raise _refuse(f"{place}.type_strict", f"one of {', '.join(_STRICT)}")
    return Query(
        place,
        text.strip(),
        tuple(types),
        strict == "all",
        _read_count(f"{place}.limit", given.get("limit", LIMIT), 1, MAX_LIMIT),
        conditions,
    )


def read_extension(text: str) -> Extension:
    """A data extension.

    Raises:
        BadRequestError: It is not as the specification has it.
        BodyTooLargeError: It asks for more than `MAX_CELLS` cells.
    """
    given = _read_object("extend", read_json("extend", text))
    ids = given.get("ids")
    if not isinstance(ids, list) or not all(isinstance(each, str) for each in ids):
        raise _refuse("extend.ids", "a list of ids")
    columns = given.get("properties")
    if not isinstance(columns, list):
        raise _refuse("extend.properties", "a list of properties")
    if len(ids) * len(columns) > MAX_CELLS:
        raise BodyTooLargeError(
            f"`extend` asks for {len(ids)} things times {len(columns)} properties, "
            f"more than {MAX_CELLS} cells",
            hint="Ask for fewer things at once.",
            members={"limit": "cells", "most": MAX_CELLS},
        )
    read = tuple(_read_column(f"extend.properties.{n}", each) for n, each in enumerate(columns))
    return Extension(tuple(dict.fromkeys(ids)), read)


def _read_column(place: str, value: Any) -> Column:
    given = _read_object(place, value)
    name, chosen = given.get("id"), given.get("settings", {})
    if not isinstance(name, str):
        raise _refuse(f"{place}.id", "the id of a property")
    chosen = _read_object(f"{place}.settings", chosen)
    limit = _read_count(f"{place}.settings.limit", chosen.get("limit", 0), 0, MAX_CELLS)
    content = chosen.get("content", "value")
    if content not in ("value", "id"):
        raise _refuse(f"{place}.settings.content", "`value` or `id`")
    return Column(name, limit, content == "id")


def _read_object(place: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _refuse(place, "a JSON object")
    return value


def _read_count(place: str, value: Any, least: int, most: int) -> int:
    """A whole number; forms of OpenRefine send it as text."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 10):
        raise _refuse(place, f"a whole number from {least} to {most}")
    number = int(text)
    if number < least:
        raise _refuse(place, f"a whole number from {least} to {most}")
    return min(number, most)


def _read_conditions(place: str, value: Any) -> tuple[Condition, ...]:
    if not isinstance(value, list):
        raise _refuse(place, "a list of objects with `pid` and `v`")
    return tuple(_read_condition(f"{place}.{n}", each) for n, each in enumerate(value))


def _read_condition(place: str, value: Any) -> Condition:
    given = _read_object(place, value)
    name, wanted = given.get("pid"), given.get("v")
    if not isinstance(name, str):
        raise _refuse(f"{place}.pid", "the id of a property")
    values: Sequence[Any] = wanted if isinstance(wanted, list) else [wanted]
    return Condition(name, tuple(_read_value(f"{place}.v", each) for each in values))


def _read_value(place: str, value: Any) -> AskedValue:
    if isinstance(value, dict) and isinstance(value.get("id"), str):
        return EntityValue(value["id"])
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise _refuse(place, "a text, a number, a boolean, an object with `id`, or a list of such")
