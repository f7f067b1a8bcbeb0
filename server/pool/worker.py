"""The process that runs queries: one store, one query at a time, killed from outside when it must.

`supervisor` starts it as `python -I -c BOOTSTRAP folder {spec}`: isolated, so that neither the
current directory nor the environment can put another `server` package in its place. It reads
frames (`frames`) from standard input and writes frames to standard output; whatever else would
go to standard output goes to standard error. It ends when its standard input ends.

What it cannot do, once the store is open: take more address space than it was given
(`RLIMIT_AS`), open a file or a socket (`RLIMIT_NOFILE` at the highest descriptor, gaps filled),
write a core dump.
"""

import contextlib
import hashlib
import json
import os
import resource
import select
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from server.errors import BadQueryError, BadRequestError, QueryFailedError, ServerError
from server.pool.engine import Dataset, QueryRunner
from server.pool.frames import (
    DATA,
    END,
    FAILED,
    QUERY,
    READY,
    Progress,
    pack,
    read_frame,
    write_all,
    write_progress,
)
from server.pool.rowcount import RowCounter, make_counter
from server.syntax.syntax_errors import find_error

BOOTSTRAP = (
    "import sys; sys.path.insert(0, sys.argv[1]); from server.pool.worker import main; main()"
)
"""What `python -I -c` runs; the first argument is the folder that holds the `server` package."""

PIECE_BYTES = 1 << 16
_PROBES = 2000
_RECURSION = 100_000


@dataclass(frozen=True)
class WorkerSpec:
    """What a worker is started with, as JSON in its second argument.

    Attributes:
        store: Its path.
        base: The base IRI of queries.
        union: Of `StoreSpec`.
        memory_bytes: What one query may take.
        stack_bytes: Of the thread that runs queries.
        progress: The descriptor of the file that tells what the worker is at.
    """

    store: str
    base: str
    union: bool
    memory_bytes: int
    stack_bytes: int
    progress: int


@dataclass(frozen=True)
class Job:
    """One query as it goes to a worker.

    Attributes:
        number: Said again with the answer; the supervisor gives it.
        query: The text.
        table: It is a SELECT: rows are counted.
        own_dataset: It says FROM.
        format: Name of the row of `formats` to answer in.
        default_graphs: Of the request's dataset; None: the request names none.
        named_graphs: The same.
    """

    query: str
    table: bool
    own_dataset: bool
    format: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    number: int = 0


@dataclass(frozen=True)
class Finish:
    """What a worker says of a whole answer; `rows` is -1 where it is no table."""

    number: int
    rows: int
    bytes: int
    sha256: str
    address_space: int


class _Output:
    """The file that the engine writes to: pieces become frames, digest and rows are counted."""

    def __init__(self, descriptor: int, counter: RowCounter) -> None:
        self._descriptor = descriptor
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
            write_all(self._descriptor, pack(DATA, self._take()))
        return len(data)

    def flush(self) -> None:
        """Nothing: `finish` sends the rest."""

    def _take(self) -> bytes:
        """What is held, counted."""
        data = b"".join(self._pieces)
        self._pieces, self._held = [], 0
        self._digest.update(data)
        self._counter.feed(data)
        self._bytes += len(data)
        return data

    def finish(self, number: int) -> None:
        """Send the rest, and that it is all."""
        rest = self._take()
        end = Finish(
            number,
            self._counter.rows,
            self._bytes,
            self._digest.hexdigest(),
            _measure_address_space(),
        )
        frames = pack(DATA, rest) if rest else b""
        write_all(self._descriptor, frames + pack(END, json.dumps(vars(end)).encode()))


def _measure_address_space() -> int:
    """Bytes of address space of this process."""
    descriptor = _STATM[0]
    return int(os.pread(descriptor, 100, 0).split()[0]) * resource.getpagesize()


_STATM: list[int] = []


def _run_job(runner: QueryRunner, content: bytes, descriptor: int, progress: int) -> None:
    """Run one query and send its answer, or why there is none."""
    fields = json.loads(content)
    write_progress(progress, Progress(fields["number"], threading.get_native_id()))
    default, named = fields["default_graphs"], fields["named_graphs"]
    dataset = None if default is None else Dataset(tuple(default), tuple(named))
    output = _Output(descriptor, make_counter(fields["format"], fields["table"]))
    try:
        runner.run(
            fields["query"],
            dataset,
            fields["own_dataset"],
            fields["format"],
            cast(IO[bytes], output),
        )
    except MemoryError:
        problem: dict[str, object] = {"kind": "memory"}
    except BadQueryError as error:
        found = _locate_error(fields["query"]) or error
        problem = {
            "kind": "query",
            "detail": found.detail,
            "line": found.line,
            "column": found.column,
        }
    except BadRequestError as error:
        problem = {"kind": "request", "detail": error.detail}
    except QueryFailedError as error:
        problem = {"kind": "failed", "detail": error.detail}
    except ServerError as error:
        problem = {"kind": "store", "detail": error.detail}
    else:
        output.finish(fields["number"])
        return
    problem["address_space"] = _measure_address_space()
    write_all(descriptor, pack(FAILED, json.dumps(problem).encode()))


def _locate_error(query: str) -> BadQueryError | None:
    """Where a query that the engine refused is wrong, as far as the grammar can tell."""
    try:
        return find_error(query)
    except BadQueryError as error:
        return error
    except (RecursionError, MemoryError):
        return None


def _serve(spec: WorkerSpec, incoming: int, outgoing: int) -> None:
    """Answer queries until the input ends, which ends the process.

    Args:
        spec: What the process was started with.
        incoming: Where queries come from.
        outgoing: Where answers go.
    """
    code = 1
    try:
        runner = QueryRunner(spec.store, spec.base, spec.union)
        _warm(runner)
        _limit(spec, _open_files(runner, str(Path(spec.store).resolve())))
        write_all(outgoing, pack(READY, str(_measure_address_space()).encode()))
        while (frame := read_frame(incoming)) is not None:
            if frame[0] == QUERY:
                _run_job(runner, frame[1], outgoing, spec.progress)
        code = 0
    except BrokenPipeError:
        code = 0
    finally:
        if code:
            kind, error, trace = sys.exc_info()
            sys.excepthook(cast(type[BaseException], kind), cast(BaseException, error), trace)
        os._exit(code)


def _warm(runner: QueryRunner) -> None:
    """Touch what a first query touches, so that it happens before the limits and the readiness."""
    descriptor = os.open(os.devnull, os.O_WRONLY)
    try:
        output = _Output(descriptor, make_counter("json", True))
        query = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } } LIMIT 1"
        runner.run(query, None, False, "json", cast(IO[bytes], output))
    finally:
        os.close(descriptor)


def _count_closed(store: str) -> int:
    """How many of the store's table files are not open in this process."""
    files = {entry.path for entry in os.scandir(store) if entry.name.endswith(".sst")}
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            files.discard(str(entry.readlink()))
    return len(files)


def _open_files(runner: QueryRunner, store: str) -> int:
    """Have the engine open all its table files now; how many it left closed (0 but for accidents).

    The engine opens most of them with the store and the rest when a query needs them, which it
    cannot do any more once the descriptors are used up.
    """
    for number in range(_PROBES):
        if number % 20 == 0 and _count_closed(store) == 0:
            return 0
        runner.touch(number)
    return _count_closed(store)


def _limit(spec: WorkerSpec, spare: int) -> None:
    """Close every way to take more than was given: memory, files, sockets, core dumps.

    Args:
        spec: Of it the memory.
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


def _leave_with_server(incoming: int) -> None:
    """End the process when nobody can send queries any more, even in the midst of one.

    A server that was killed cannot stop its workers, and a query may run for hours.
    """
    poller = select.poll()
    poller.register(incoming, 0)  # nothing asked for: only a hang-up is told
    poller.poll()
    os._exit(0)


def main() -> None:
    """Run a worker; the arguments are those that `supervisor` gives."""
    spec = WorkerSpec(**json.loads(sys.argv[2]))
    incoming, outgoing = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    _STATM.append(os.open("/proc/self/statm", os.O_RDONLY))
    threading.Thread(target=_leave_with_server, args=(incoming,), daemon=True).start()
    sys.setrecursionlimit(_RECURSION)
    threading.stack_size(spec.stack_bytes)
    thread = threading.Thread(target=_serve, args=(spec, incoming, outgoing))
    thread.start()
    thread.join()
