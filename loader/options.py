"""Settings as frozen dataclasses: one mechanism for the loader's commands and for the server.

A field made by `setting` is an option and an environment variable: `query_timeout_s` is
`--query-timeout-s` and `PACTA_QUERY_TIMEOUT_S`. Order: default < environment < command line; an
empty variable counts as unset. A field made by `constant` is neither: operators need no other
value, and tests can still set one. Names contain units. Uses the standard library alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, Final, TypeVar

PREFIX: Final = "PACTA_"

SettingsT = TypeVar("SettingsT")


class SettingError(ValueError):
    """A setting that cannot be read, or is out of its range; says which, and where it came from."""


@dataclass(frozen=True)
class Facts:
    """What a field knows of itself.

    Attributes:
        help: One line without a final stop.
        least: The least value of a number.
        choices: The values it may have; empty: any.
        metavar: What stands for the value in `--help`.
        is_option: Whether command line and environment can set it.
    """

    help: str
    least: float = 0
    choices: tuple[str, ...] = ()
    metavar: str = ""
    is_option: bool = True


def setting(
    default: Any, text: str, *, least: float = 0, choices: tuple[str, ...] = (), metavar: str = ""
) -> Any:
    """A field of a settings dataclass that people can set; a number may not be below `least`."""
    known = {str: "TEXT", int: "N", float: "N"}
    facts = Facts(text, least, choices, metavar or known[type(default)])
    return field(default=default, metadata={"facts": facts})


def constant(default: Any, text: str) -> Any:
    """A field of a settings dataclass that only tests change; the text says why it is so."""
    return field(default=default, metadata={"facts": Facts(text, is_option=False)})


def list_settings(kind: type[Any]) -> list[tuple[Field[Any], Facts]]:
    """The fields of a settings dataclass that are options, with what they know, in their order."""
    found = [(each, each.metadata["facts"]) for each in fields(kind)]
    return [(each, facts) for each, facts in found if facts.is_option]


def name_option(name: str) -> str:
    """`query_timeout_s` → `--query-timeout-s`."""
    return "--" + name.replace("_", "-")


def name_variable(name: str) -> str:
    """`query_timeout_s` → `PACTA_QUERY_TIMEOUT_S`."""
    return PREFIX + name.upper()


def add_options(
    parser: argparse._ActionsContainer, kind: type[Any], names: Iterable[str] | None = None
) -> None:
    """Give a command the options of a settings dataclass, in the order of its fields.

    Args:
        parser: A parser or one of its groups. An option that is not used leaves None.
        kind: The dataclass.
        names: The names of the fields wanted; None: all.
    """
    wanted = None if names is None else set(names)
    for each, facts in list_settings(kind):
        if wanted is not None and each.name not in wanted:
            continue
        shown = "none" if each.default == "" else each.default
        parser.add_argument(
            name_option(each.name),
            dest=each.name,
            default=None,
            choices=facts.choices or None,
            metavar=None if facts.choices else facts.metavar,
            help=f"{facts.help} (default: {shown}; {name_variable(each.name)})",
        )


def read_settings(
    kind: type[SettingsT], given: Mapping[str, object], environment: Mapping[str, str]
) -> SettingsT:
    """The settings that command line and environment ask for.

    Args:
        kind: The dataclass.
        given: Name of a field → text, or None where the option was not used; other keys are
            left alone: `vars(namespace)`.
        environment: `os.environ` or a part of it.

    Raises:
        SettingError: A value cannot be read, or is out of its range.
    """
    values: dict[str, Any] = {}
    for each, facts in list_settings(kind):
        text, origin = given.get(each.name), name_option(each.name)
        if text is None:
            origin = name_variable(each.name)
            text = environment.get(origin) or None
        if text is not None:
            values[each.name] = _read_value(str(text), type(each.default), facts, origin)
    return kind(**values)


def _read_value(text: str, kind: type[Any], facts: Facts, origin: str) -> Any:
    """One value from its text, of the field's type and within its range."""
    if facts.choices and text not in facts.choices:
        raise SettingError(f"{origin} is {text!r}, expected one of: {', '.join(facts.choices)}")
    if kind is str:
        return text
    try:
        number = kind(text)
    except ValueError:
        noun = "a whole number" if kind is int else "a number"
        raise SettingError(f"{origin} is {text!r}, expected {noun}") from None
    if not facts.least <= number < float("inf"):
        raise SettingError(f"{origin} is {text}, expected at least {facts.least:g}")
    return number
