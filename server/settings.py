"""Every setting of the server, read once in `cli.py` by `loader.options`.

A setting is a value that an operator may want to change; the rest are constants.
Nothing else in the server reads the environment.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from loader.options import constant, setting

MIB = 1024 * 1024
LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Settings:
    """The settings of one server process. What belongs to the data stands in the release instead.

    Constants come after the settings. Source: decision 0006 for the limits.
    """

    host: str = setting("127.0.0.1", "address to listen on", metavar="ADDRESS")
    port: int = setting(8000, "port to listen on; 0 takes a free one and prints it")
    trusted_proxy: str = setting(
        "", "address of a proxy whose X-Forwarded-For is believed", metavar="ADDRESS"
    )
    x_accel_redirect: str = setting(
        "",
        "path of the location in which nginx has the folder of the releases, so that nginx sends "
        "the files of /dumps/; empty: this server sends them",
        metavar="PATH",
    )
    log_level: str = setting(
        "warning", "least level of the log; info has a line for each answer", choices=LOG_LEVELS
    )
    documents: str = setting(
        "", "folder of the source documents, to show passages; empty: none", metavar="DIR"
    )
    endpoint: str = setting(
        "",
        "address for queries of a remote store that the release was pushed to; empty: none",
        metavar="URL",
    )
    endpoint_user: str = setting("", "user name for the remote store; empty: none")
    endpoint_password: str = setting(
        "", "password for the remote store; better given as environment variable than as option"
    )
    workers: int = setting(
        0, "queries that run at once, each in a process; 0: twice the processors, at least 4"
    )
    worker_memory_mib: int = setting(1024, "MiB one query may take in its worker", least=64)
    query_timeout_s: float = setting(30.0, "seconds one query may run", least=0.05)
    max_result_bytes: int = setting(1024 * MIB, "bytes of one answer", least=1024)
    spool_folder: str = setting(
        "", "folder for temporary files; empty: the system's", metavar="DIR"
    )
    result_cache_bytes: int = setting(
        64 * MIB, "bytes of answers kept for the next who asks the same; 0: none"
    )

    threads: int = constant(
        0, "threads that answer requests; 0: a full queue leaves sixteen for everything else"
    )
    connection_limit: int = constant(1000, "open connections; a proxy needs far fewer")
    connection_idle_s: int = constant(60, "seconds after which an idle connection closes")
    max_body_bytes: int = constant(4 * MIB, "bytes of a request body: sixteen of the longest query")
    max_header_bytes: int = constant(
        128 * 1024, "bytes of a request's line and headers; a longer query goes by POST"
    )
    worker_start_s: float = constant(60.0, "seconds a worker may take to open a large store")
    worker_stack_mib: int = constant(256, "MiB of stack: the engine recurses on nested queries")
    queue_length: int = constant(64, "queries that may wait; more would wait past queue_wait_s")
    queue_wait_s: float = constant(30.0, "seconds a query may wait for a worker")
    client_share: int = constant(32, "queries one client may have waiting and running at once")
    max_query_bytes: int = constant(256 * 1024, "bytes of one query (UTF-8)")
    max_nesting: int = constant(200, "depth of brackets: the engine's parser recurses")
    max_dataset_graphs: int = constant(200, "graphs that a request or query may name")
    spool_memory_bytes: int = constant(
        MIB, "bytes of an answer held in memory before it goes to a temporary file"
    )
    spool_total_bytes: int = constant(
        4096 * MIB, "bytes of temporary files that all answers may take together"
    )
    shutdown_s: float = constant(10.0, "seconds that running queries get to end at a stop")


def count_workers(settings: Settings) -> int:
    """How many queries run at once: as set, or twice as many as there are processors.

    More than processors, so that a short query finds a worker while long ones use the processors.
    """
    return settings.workers or max(4, 2 * count_processors())


def count_processors() -> int:
    """The processors that this process may use; not every platform can tell, then all."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def count_threads(settings: Settings) -> int:
    """The number of request threads: a full queue leaves sixteen for everything else."""
    return settings.threads or settings.queue_length + count_workers(settings) + 16


def describe_folder(settings: Settings) -> Path | None:
    """The folder for temporary files, or None for the system's."""
    return Path(settings.spool_folder) if settings.spool_folder else None
