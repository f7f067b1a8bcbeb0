"""Every setting of the server: one frozen dataclass, read once in `cli.py`.

Options and environment variables are derived from the fields: `query_timeout_s` is the option
`--query-timeout-s` and the variable `PACTA_QUERY_TIMEOUT_S`. Units stand in the names. Order:
default < environment < command line. Nothing else in the server reads the environment.
"""

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

PREFIX = "PACTA_"

MIB = 1024 * 1024

PROCESSORS = frozenset(
    os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
)
"""Numbers of the processors that this process began with; some threads have fewer later."""


class SettingError(ValueError):
    """A setting that cannot be read, or is out of its range. Says which, and where it came from."""


def _setting(default: Any, text: str, *, least: float | None = None) -> Any:
    """A field with its help and the least value it may have."""
    return field(default=default, metadata={"help": text, "least": least})


@dataclass(frozen=True)
class Settings:
    """The settings of one server process. What belongs to the data stands in the release instead.

    Source: decisions 0006 and 0009 for the limits; docs/settings.md has the same list.
    """

    host: str = _setting("127.0.0.1", "address to listen on")
    port: int = _setting(8000, "port to listen on; 0 takes a free one and prints it", least=0)
    threads: int = _setting(
        0, "threads that answer requests; 0: the queue, the pool and 16 more", least=0
    )
    connection_limit: int = _setting(1000, "connections open at once", least=10)
    connection_idle_s: int = _setting(60, "seconds after which an idle connection closes", least=1)
    max_body_bytes: int = _setting(4 * MIB, "bytes of a request body", least=1024)
    max_header_bytes: int = _setting(
        128 * 1024, "bytes of a request's line and headers; a longer query goes by POST", least=4096
    )
    trusted_proxy: str = _setting("", "address of a proxy whose X-Forwarded-For is believed")
    log_level: str = _setting("info", "debug, info (a line for each answer), warning or error")
    documents: str = _setting("", "folder of the source documents, to show passages; empty: none")

    workers: int = _setting(0, "worker processes that run queries; 0: max(2, cores)", least=0)
    worker_memory_mib: int = _setting(1024, "MiB one query may take in its worker", least=64)
    worker_start_s: float = _setting(60.0, "seconds a worker may take until it is ready", least=1)
    worker_stack_mib: int = _setting(256, "MiB of stack for the thread that runs a query", least=8)
    query_timeout_s: float = _setting(30.0, "seconds one query may run", least=0.05)
    quick_s: float = _setting(
        0.5, "seconds after which a query counts as long and makes way for short ones", least=0.01
    )
    queue_length: int = _setting(64, "queries that may wait for a worker", least=1)
    queue_wait_s: float = _setting(30.0, "seconds a query may wait for a worker", least=0.1)
    client_share: int = _setting(
        32, "queries one client may have waiting and running at once", least=1
    )
    max_query_bytes: int = _setting(256 * 1024, "bytes of one query (UTF-8)", least=64)
    max_nesting: int = _setting(200, "depth of brackets in one query", least=4)
    max_patterns: int = _setting(
        80, "triple patterns in one group graph pattern, where planning grows steeply", least=1
    )
    max_operators: int = _setting(
        500, "logical, comparison and arithmetic operators in one query", least=1
    )
    max_unions: int = _setting(
        200, "UNION, OPTIONAL, MINUS, GRAPH and sub-SELECT in one query", least=1
    )
    max_values: int = _setting(10_000, "terms in the VALUES and IN lists of one query", least=1)
    max_dataset_graphs: int = _setting(200, "graphs that a request or query may name", least=1)
    max_result_bytes: int = _setting(1024 * MIB, "bytes of one answer", least=1024)
    spool_memory_bytes: int = _setting(
        MIB, "bytes of an answer held in memory before it goes to a temporary file", least=0
    )
    spool_total_bytes: int = _setting(
        4096 * MIB, "bytes of temporary files that all answers may take together", least=MIB
    )
    spool_folder: str = _setting("", "folder for temporary files; empty: the system's")
    result_cache_bytes: int = _setting(
        64 * MIB, "bytes of answers kept for the next who asks the same; 0: none", least=0
    )
    shutdown_s: float = _setting(10.0, "seconds running queries get to end at a stop", least=0)


def name_option(name: str) -> str:
    """`query_timeout_s` → `--query-timeout-s`."""
    return "--" + name.replace("_", "-")


def name_variable(name: str) -> str:
    """`query_timeout_s` → `PACTA_QUERY_TIMEOUT_S`."""
    return PREFIX + name.upper()


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a command one option for each setting; an option that is not used leaves no value."""
    group = parser.add_argument_group("settings")
    for item in fields(Settings):
        group.add_argument(
            name_option(item.name),
            dest=item.name,
            metavar=getattr(item.type, "__name__", str(item.type)).upper(),
            default=argparse.SUPPRESS,
            help=f"{item.metadata['help']} (default {item.default!r}; {name_variable(item.name)})",
        )


def _read_value(name: str, text: str, origin: str) -> Any:
    """One value from its text, of the field's type and within its range."""
    item = next(each for each in fields(Settings) if each.name == name)
    kind: type[Any] = type(item.default)
    try:
        value = kind(text)
    except ValueError:
        raise SettingError(f"{origin}: {text!r} is not a value of type {kind.__name__}") from None
    least = item.metadata["least"]
    if least is not None and not value >= least:
        raise SettingError(f"{origin}: {text!r} is below the least value {least}")
    if value == float("inf"):
        raise SettingError(f"{origin}: {text!r} is no limit; give a number")
    return value


def read_settings(options: Mapping[str, object], environment: Mapping[str, str]) -> Settings:
    """Settings from what the command line and the environment say; the command line wins.

    Args:
        options: Names of settings → text (other keys are left alone): `vars(namespace)`.
        environment: `os.environ` or a part of it.

    Raises:
        SettingError: A value cannot be read, or is out of range.
    """
    values: dict[str, Any] = {}
    for item in fields(Settings):
        variable = name_variable(item.name)
        if item.name in options:
            text, origin = str(options[item.name]), name_option(item.name)
        elif environment.get(variable, "") != "":
            text, origin = environment[variable], variable
        else:
            continue
        values[item.name] = _read_value(item.name, text, origin)
    return Settings(**values)


def count_workers(settings: Settings) -> int:
    """The number of worker processes: as set, or the larger of 2 and the cores of this process."""
    return settings.workers or max(2, len(PROCESSORS))


def count_threads(settings: Settings) -> int:
    """The number of request threads: a full queue leaves sixteen for everything else."""
    return settings.threads or settings.queue_length + count_workers(settings) + 16


def describe_folder(settings: Settings) -> Path | None:
    """The folder for temporary files, or None for the system's."""
    return Path(settings.spool_folder) if settings.spool_folder else None
