"""The worker process: one store, one query at a time, killed by the server at a limit.

`server.pool.process` starts it as `python -I -c BOOTSTRAP folder {spec}`: isolated, so that neither
the current directory nor the environment can put another `server` package in its place. It ends
when the server closes the connection, even during a query.

    server → worker   a query: `Job` as JSON
    worker → server   R  ready: its bytes of address space, in ASCII
                      D  bytes of the answer
                      E  the end: `Outcome` as a line of JSON, then the last bytes of the answer

What it cannot do, once the store is open: take more address space than it was given
(`RLIMIT_AS`), open a file or a socket (`RLIMIT_NOFILE` at the highest descriptor, gaps filled),
write a core dump.
"""

import contextlib
import hashlib
import io
import json
import os
import resource
import select
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, Any, cast

from server.errors import (
    BadQueryError,
    BadRequestError,
    QueryFailedError,
    QueryTimeoutError,
    RemoteAnswerError,
    ServerError,
    UnavailableError,
)
from server.pool.engine import NOWHERE, Dataset, QueryRunner
from server.pool.rowcount import RowCounter, make_counter
from server.syntax.syntax_errors import find_error

BOOTSTRAP = (
    "import sys; sys.path.insert(0, sys.argv[1]); from server.pool.worker import main; main()"
)
"""What `python -I -c` runs; the first argument is the folder that holds the `server` package."""

READY, DATA, END = b"R", b"D", b"E"

PROBLEMS: dict[str, type[ServerError]] = {
    "query": BadQueryError,
    "request": BadRequestError,
    "failed": QueryFailedError,
    "timeout": QueryTimeoutError,
    "remote": RemoteAnswerError,
    "store": UnavailableError,
}
"""Kind of a problem → its class; the first that fits names it."""

PIECE_BYTES = 1 << 16
_PROBES = 2000
_PROBING_S = 2.0
_RECURSION = 100_000


@dataclass(frozen=True)
class WorkerSpec:
    """What a worker is started with, as JSON in its second argument.

    Attributes:
        connection: The descriptor through which it speaks with the server.
        store: Its path.
        base: The base IRI of queries.
        memory_bytes: How many bytes of memory one query may take.
        stack_bytes: Size of the stack of the thread that runs queries.
    """

    connection: int
    store: str
    base: str
    memory_bytes: int
    stack_bytes: int


@dataclass(frozen=True)
class Job:
    """One query as it goes to a worker.

    Attributes:
        query: The text of the query.
        table: Whether the query is a SELECT, whose rows are counted.
        format: Name of the row of `server.http.formats` to answer in.
        default_graphs: IRIs of the default graphs that the request names; None: it names no
            dataset.
        named_graphs: IRIs of the named graphs, in the same way.
    """

    query: str
    table: bool
    format: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Outcome:
    """How a query ended.

    Attributes:
        address_space: Size of the process's address space afterwards, in bytes.
        problem: Why there is no answer (`kind`, `detail`, the place in the query), or None.
        rows: Number of rows of a table; -1 for everything else.
        bytes: Size of the whole answer.
        sha256: SHA-256 of the whole answer, hexadecimal.
    """

    address_space: int
    problem: dict[str, Any] | None = None
    rows: int = -1
    bytes: int = 0
    sha256: str = ""


class _Output:
    """The file that the engine writes to: pieces become messages, digest and rows are counted."""

    def __init__(self, connection: Connection, counter: RowCounter) -> None:
        self._connection = connection
        self._counter = counter
        self._digest = hashlib.sha256()
        self._pieces: list[bytes] = []
        self._held = 0
        self._bytes = 0

    def write(self, data: bytes) -> int:
        """Take a piece."""
        self._pieces.append(bytes(data))
        self._held += len(data)
        if self._held >= PIECE_BYTES:
            self._connection.send_bytes(DATA + self._take())
        return len(data)

    def flush(self) -> None:
        """Do nothing: `finish` sends the rest."""

    def _take(self) -> bytes:
        """Return the bytes held back, after counting them."""
        data = b"".join(self._pieces)
        self._pieces, self._held = [], 0
        self._digest.update(data)
        self._counter.feed(data)
        self._bytes += len(data)
        return data

    def finish(self) -> tuple[Outcome, bytes]:
        """Summary of the whole answer, and its last bytes, which were not sent."""
        rest = self._take()
        rows, digest = self._counter.rows, self._digest.hexdigest()
        return Outcome(_measure_address_space(), None, rows, self._bytes, digest), rest


def _measure_address_space() -> int:
    """Bytes of address space of this process."""
    descriptor = _STATM[0]
    return int(os.pread(descriptor, 100, 0).split()[0]) * resource.getpagesize()


_STATM: list[int] = []


def _run_job(runner: QueryRunner, job: Job, connection: Connection) -> tuple[Outcome, bytes]:
    """Run one query and send all but the last bytes; returns the outcome and those bytes."""
    default, named = job.default_graphs, job.named_graphs
    dataset = None if default is None else Dataset(tuple(default), tuple(named or ()))
    output = _Output(connection, make_counter(job.format, job.table))
    try:
        runner.run(job.query, dataset, job.format, cast(IO[bytes], output))
        return output.finish()
    except MemoryError:
        problem: dict[str, Any] = {"kind": "memory", "detail": ""}
    except BadQueryError as error:
        problem = describe_problem(_locate_error(job.query) or error)
    except ServerError as error:
        problem = describe_problem(error)
    return Outcome(_measure_address_space(), problem), b""


def describe_problem(error: ServerError) -> dict[str, Any]:
    """The `problem` of an `Outcome`; the pool makes an error of the same class from it."""
    kind = next((name for name, each in PROBLEMS.items() if isinstance(error, each)), "store")
    return {"kind": kind, "detail": error.detail, **error.members}


def _locate_error(query: str) -> BadQueryError | None:
    """Where the grammar finds the error in a query that the engine refused."""
    try:
        return find_error(query)
    except BadQueryError as error:
        return error
    except (RecursionError, MemoryError):
        return None


def _serve(spec: WorkerSpec, connection: Connection) -> None:
    """Answer queries until the connection ends, which ends the process."""
    code = 1
    try:
        runner = QueryRunner(spec.store, spec.base)
        _warm(runner)
        _limit(spec, _open_files(runner, str(Path(spec.store).resolve())))
        connection.send_bytes(READY + str(_measure_address_space()).encode())
        while True:
            job = Job(**json.loads(connection.recv_bytes()))
            outcome, rest = _run_job(runner, job, connection)
            connection.send_bytes(END + json.dumps(vars(outcome)).encode() + b"\n" + rest)
    except (EOFError, ConnectionError):
        code = 0
    finally:
        if code:
            kind, error, trace = sys.exc_info()
            sys.excepthook(cast(type[BaseException], kind), cast(BaseException, error), trace)
        os._exit(code)


def _warm(runner: QueryRunner) -> None:
    """Load what a first query needs, before the limits apply.

    The graphs are asked for a name that none has: for any statement of a named graph, the engine
    reads the whole default graph first, which takes 5 s of the processor for 10 million.
    """
    query = f"SELECT * {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ <{NOWHERE}> ?p ?o }} }} }} LIMIT 1"
    runner.run(query, None, "json", io.BytesIO())


def _count_closed(store: str) -> int:
    """How many of the store's table files are not open in this process."""
    files = {entry.path for entry in os.scandir(store) if entry.name.endswith(".sst")}
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            files.discard(str(entry.readlink()))
    return len(files)


def _open_files(runner: QueryRunner, store: str) -> int:
    """Make the engine open all its table files; return how many stayed closed (normally 0).

    The engine opens most of them with the store, and the rest when a query needs them, which is
    impossible once the limit of open files is lowered.
    """
    until = time.monotonic() + _PROBING_S
    for number in range(_PROBES):
        if number % 20 == 0 and (_count_closed(store) == 0 or time.monotonic() > until):
            break
        runner.touch(number)
    return _count_closed(store)


def _limit(spec: WorkerSpec, spare: int) -> None:
    """Set the limits of the process: memory, files, sockets, core dumps.

    Args:
        spec: Its memory limit.
        spare: Descriptors that the engine still needs for the store's own files.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = _measure_address_space() + spec.memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    highest = max(int(name) for name in os.listdir("/proc/self/fd"))  # noqa: PTH208
    while True:
        filler = os.dup(_STATM[0])
        if filler > highest:
            os.close(filler)
            break
    most = highest + 1 + spare
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _leave_with_server(descriptor: int) -> None:
    """End the process when the server is gone, even during a query.

    A server that was killed cannot stop its workers, and a query may run for hours.
    """
    poller = select.poll()
    poller.register(descriptor, 0)  # no events requested: poll reports only a hang-up
    poller.poll()
    os._exit(0)


def main() -> None:
    """Run a worker; the arguments are those that `server.pool.process` gives."""
    spec = WorkerSpec(**json.loads(sys.argv[2]))
    connection = Connection(spec.connection)
    _STATM.append(os.open("/proc/self/statm", os.O_RDONLY))
    threading.Thread(target=_leave_with_server, args=(spec.connection,), daemon=True).start()
    sys.setrecursionlimit(_RECURSION)
    threading.stack_size(spec.stack_bytes)
    thread = threading.Thread(target=_serve, args=(spec, connection))
    thread.start()
    thread.join()
