"""Every setting of the loader's commands: one frozen dataclass, read once in `cli.py`.

Options and environment variables follow from the fields: `lock_wait_s` is the option
`--lock-wait-s` and the variable `PACTA_LOCK_WAIT_S`. Units stand in the names. Order:
default < environment < command line. Nothing else in the loader reads the environment, but for
``NO_COLOR`` and ``TERM`` (`loader.terminal`).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from loader.errors import WorkspaceError

PREFIX: Final = "PACTA_"


def _setting(default: Any, text: str, *, choices: tuple[str, ...] = (), least: float = 0) -> Any:
    """A field with its help, the values it may have, and the least one of a number."""
    return field(default=default, metadata={"help": text, "choices": choices, "least": least})


@dataclass(frozen=True)
class Settings:
    """The settings of one run of the loader. What belongs to the data stands in `pacta.toml`."""

    workspace: str = _setting(
        "", "folder with pacta.toml; empty: the current folder or the nearest above it that has one"
    )
    base: str = _setting("", "base address of the release; empty: the one in pacta.toml")
    out: str = _setting("", "folder of the releases; empty: build/ in the workspace")
    documents: str = _setting(
        "", "folder of the source documents; empty: documents/ in the workspace"
    )
    lock_wait_s: float = _setting(600.0, "seconds to wait for another build into the same folder")
    lost_addresses: str = _setting(
        "auto",
        "what to do when an address of the release in use is gone without an entry in "
        "seeds/withdrawn.yaml; auto: refuse, but only warn where the base is on this machine",
        choices=("auto", "refuse", "warn"),
    )
    changed_answers: str = _setting(
        "auto",
        "what to do when a question of queries/ gets other rows than it must; "
        "auto: refuse, but only warn where the base is on this machine",
        choices=("auto", "refuse", "warn"),
    )
    endpoint: str = _setting("", "address of a remote SPARQL endpoint")
    endpoint_user: str = _setting("", "user name for the endpoint; empty: none")
    endpoint_password: str = _setting(
        "", "password for the endpoint; better given as environment variable than as option"
    )
    endpoint_timeout_s: float = _setting(60.0, "seconds to wait for the endpoint", least=0.1)
    push_batch_bytes: int = _setting(
        1_000_000, "bytes of statements sent to the endpoint in one request", least=1000
    )


def option(name: str) -> str:
    """Return the option of a setting: ``lock_wait_s`` → ``--lock-wait-s``."""
    return f"--{name.replace('_', '-')}"


def add_options(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add the options of the named settings to a parser; absent ones come out as None."""
    by_name = {f.name: f for f in fields(Settings)}
    for name in names:
        one = by_name[name]
        shown = one.default if one.default != "" else "none"
        parser.add_argument(
            option(name),
            dest=name,
            default=None,
            choices=one.metadata["choices"] or None,
            metavar=None if one.metadata["choices"] else _metavar(one.default, name),
            help=f"{one.metadata['help']} (default: {shown}; {PREFIX}{name.upper()})",
        )


def _metavar(default: Any, name: str) -> str:
    if isinstance(default, str):
        return "URL" if name in ("base", "endpoint") else "DIR" if "_" not in name else "TEXT"
    return "N"


def read_settings(given: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Return the settings from parsed options and the environment.

    Args:
        given: option name with underscores → text, None where it was not given.
        environment: such as ``os.environ``.

    Raises:
        WorkspaceError: a value cannot be read; says which, and where it came from.
    """
    values: dict[str, Any] = {}
    for one in fields(Settings):
        text = given.get(one.name)
        where = option(one.name)
        if text is None:
            where = f"{PREFIX}{one.name.upper()}"
            text = environment.get(where)
        if text is not None:
            values[one.name] = _value(str(text), one.default, one.metadata, where)
    return Settings(**values)


def _value(text: str, default: Any, metadata: Mapping[str, Any], where: str) -> Any:
    choices = metadata["choices"]
    if choices and text not in choices:
        raise WorkspaceError(f"{where} is {text!r}, expected one of: {', '.join(choices)}")
    if isinstance(default, str):
        return text
    kind = type(default)
    try:
        number = kind(text)
    except ValueError:
        noun = "a whole number" if kind is int else "a number"
        raise WorkspaceError(f"{where} is {text!r}, expected {noun}") from None
    if not metadata["least"] <= number < float("inf"):
        raise WorkspaceError(f"{where} is {text}, expected at least {metadata['least']}")
    return number
