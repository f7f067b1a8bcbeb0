"""The pool: limits that hold, a death that costs one query, a share for each client."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from server.errors import (
    BadQueryError,
    ClientLeftError,
    ClientShareError,
    QueryFailedError,
    QueryMemoryError,
    QueryTimeoutError,
    QueueFullError,
    ResultTooLargeError,
    SpoolFullError,
    UnavailableError,
    WorkerCrashedError,
)
from server.pool.engine import StoreSpec
from server.pool.pool import Pool
from server.pool.process import WorkerProcess
from server.pool.spool import Answer, SpoolFile
from server.pool.worker import Job
from server.reading.reader import DataFile
from server.release.store import load_files
from server.settings import Settings
from tests.live import wait_until

KILLER = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
HUNGRY = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?a ?f ?i LIMIT 1"
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f }"
SETTINGS = Settings(workers=2, query_timeout_s=20.0, worker_stack_mib=64)
Start = Callable[..., Pool]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> StoreSpec:
    """A store of 1,500 triples."""
    folder = tmp_path_factory.mktemp("store")
    file = folder / "data.nt"
    file.write_text(
        "".join(f'<http://e/s{i}> <http://e/p{i % 7}> "value {i}" .\n' for i in range(1500))
    )
    load_files([DataFile(str(file))], folder / "db")
    return StoreSpec(str(folder / "db"), "test", "http://e/", union=False)


@pytest.fixture
def start(store: StoreSpec) -> Iterator[Start]:
    """Starts pools with the store in use; they are closed at the end."""
    with contextlib.ExitStack() as stack:

        def make(**changes: object) -> Pool:
            pool = Pool(replace(SETTINGS, **changes), WorkerProcess)  # type: ignore[arg-type]
            stack.callback(pool.close)
            pool.use(store)
            return pool

        yield make


def ask(
    pool: Pool,
    store: StoreSpec,
    query: str = "ASK {}",
    *,
    client: str = "me",
    timeout_s: float = 20.0,
    form: str = "json",
    left: Callable[[], bool] = bool,
) -> Answer:
    """A query's answer."""
    job = Job(query, query.startswith("SELECT"), form)
    return pool.run(store, job, client=client, timeout_s=timeout_s, left=left)


def test_answers_are_whole_and_say_so(start: Start, store: StoreSpec) -> None:
    """Size, digest and rows belong to the bytes; a large answer goes to a file."""
    from hashlib import sha256

    pool = start()
    small = ask(pool, store, "SELECT * { ?s ?p ?o } LIMIT 7")
    large = ask(pool, store, "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 20000")

    assert isinstance(small.body, bytes)
    assert (small.size, small.rows) == (len(small.body), 7)
    assert small.sha256 == sha256(small.body).hexdigest()
    assert isinstance(large.body, SpoolFile)
    body = large.body.read()
    large.body.close()
    assert (large.size, large.rows) == (len(body), 20000)
    assert large.sha256 == sha256(body).hexdigest()
    assert len(json.loads(body)["results"]["bindings"]) == 20000


def test_no_answer_is_taken_for_another(start: Start, store: StoreSpec) -> None:
    """Many clients at once each get their own."""
    pool = start(client_share=64)

    def one(number: int) -> int:
        answer = ask(pool, store, f"SELECT ({number} AS ?n) {{}}")
        assert isinstance(answer.body, bytes)
        return int(json.loads(answer.body)["results"]["bindings"][0]["n"]["value"])

    with ThreadPoolExecutor(16) as threads:
        assert list(threads.map(one, range(300))) == list(range(300))


@pytest.mark.slow
def test_worker_that_never_gets_ready_is_replaced(start: Start, store: StoreSpec) -> None:
    """One that hangs while it starts holds its place only so long."""
    pool = start()
    assert wait_until(lambda: pool.describe().ready == 3)
    before = set(_pids(pool))
    os.kill(min(before), signal.SIGKILL)
    assert wait_until(lambda: bool(set(_pids(pool)) - before))
    (hung,) = set(_pids(pool)) - before
    os.kill(hung, signal.SIGSTOP)
    patient = pool._settings
    pool._settings = replace(patient, worker_start_s=0.5)  # not for those that come later

    assert wait_until(lambda: hung not in _pids(pool), 30)
    pool._settings = patient
    assert wait_until(lambda: pool.describe().ready == 3)
    assert ask(pool, store).size > 0


@pytest.mark.slow
def test_time_limit_holds(start: Start, store: StoreSpec) -> None:
    """A killer is stopped close to its limit, and the pool answers on."""
    pool = start()
    began = time.monotonic()
    with pytest.raises(QueryTimeoutError) as caught:
        ask(pool, store, KILLER, timeout_s=0.5)
    took = time.monotonic() - began

    assert 0.45 < took < 10  # its own limit, not the 20 s of the settings
    assert caught.value.retry_after_s is None
    assert caught.value.members == {"limit": "query_timeout_s", "most": 0.5}
    assert ask(pool, store).body == b'{"head":{},"boolean":true}'


@pytest.mark.slow
def test_quick_queries_cost_no_worker(start: Start, store: StoreSpec) -> None:
    """Neither a tiny time limit nor a client that leaves at once has a worker killed."""
    pool = start()
    assert wait_until(lambda: pool.describe().ready == 3)
    before = pool.describe().started
    for number in range(5):
        query = f"SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c }} # {number}"
        assert ask(pool, store, query, timeout_s=0.001).rows == 1
        assert ask(pool, store, query, left=lambda: time.monotonic() > 0).rows == 1

    assert pool.describe().started == before


def test_memory_limit_holds(start: Start, store: StoreSpec) -> None:
    """A query that would take the machine's memory is stopped, and it says that memory it was."""
    pool = start(worker_memory_mib=64)
    with pytest.raises(QueryMemoryError) as caught:
        ask(pool, store, HUNGRY)

    assert caught.value.retry_after_s is None
    assert ask(pool, store).size > 0


def test_engine_errors_keep_the_worker(start: Start, store: StoreSpec) -> None:
    """A query that does not parse or means nothing costs no process."""
    pool = start()
    before = pool.describe().started
    with pytest.raises(BadQueryError) as caught:
        ask(pool, store, "SELECT * {\n ?s ?p }")
    with pytest.raises(QueryFailedError, match="<http://e/nothing> is not known"):
        ask(pool, store, "ASK { FILTER(<http://e/nothing>(1)) }")

    assert caught.value.line is not None
    assert pool.describe().started == before


def _pids(pool: Pool) -> list[int]:
    return [worker.pid for worker in pool._workers if isinstance(worker, WorkerProcess)]


@pytest.mark.slow
def test_killed_worker_costs_its_query_only(start: Start, store: StoreSpec) -> None:
    """SIGKILL while a query runs: that client is told, the next one is answered."""
    pool = start()
    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(ask, pool, store, KILLER)
        assert wait_until(lambda: pool.describe().running == 1)
        time.sleep(0.1)
        os.kill(pool._queue.running[0].worker.pid, signal.SIGKILL)  # type: ignore[union-attr]
        with pytest.raises(WorkerCrashedError) as caught:
            running.result(20)

        assert caught.value.retry_after_s == 1
        assert ask(pool, store).size > 0
        assert pool.describe().crashed == 1


@pytest.mark.slow
def test_worker_killed_while_idle_costs_nothing(start: Start, store: StoreSpec) -> None:
    """A worker that died while nobody used it is replaced, and no client notices."""
    pool = start()
    assert wait_until(lambda: pool.describe().ready == 3)
    before = set(_pids(pool))
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not before & set(_pids(pool)))

    assert ask(pool, store).size > 0
    assert wait_until(lambda: pool.describe().ready == 3)


@pytest.mark.slow
def test_spare_is_ready_when_a_query_is_killed(start: Start, store: StoreSpec) -> None:
    """With all places taken one more worker stands ready; the next query does not wait for one."""
    pool = start()
    assert wait_until(lambda: pool.describe().ready == 3)
    with ThreadPoolExecutor(2) as threads:
        killers = [
            threads.submit(ask, pool, store, KILLER, client=str(n), timeout_s=1.0) for n in range(2)
        ]
        assert wait_until(lambda: pool.describe().running == 2)

        assert pool.describe().ready == 3
        assert ask(pool, store).size > 0
        for killer in killers:
            assert isinstance(killer.exception(30), QueryTimeoutError)


@pytest.mark.slow
def test_killers_of_one_client_leave_a_place(start: Start, store: StoreSpec) -> None:
    """However many expensive queries one client sends, another is answered at once."""
    pool = start()
    with ThreadPoolExecutor(4) as threads:
        killers = [
            threads.submit(ask, pool, store, f"{KILLER} # {n}", timeout_s=3.0) for n in range(4)
        ]
        assert wait_until(lambda: pool.describe().running == 1)
        assert wait_until(lambda: pool.describe().waiting == 3)
        for _ in range(5):
            assert ask(pool, store, client="you").size > 0

        assert not any(killer.done() for killer in killers)
        assert pool.describe().waiting == 3
        pool.close()
        for killer in killers:
            assert isinstance(killer.exception(30), UnavailableError | QueryTimeoutError)


@pytest.mark.slow
def test_one_client_has_a_share(start: Start, store: StoreSpec) -> None:
    """Over its share a client gets 429 with Retry-After; another client is served."""
    pool = start(client_share=2)
    with ThreadPoolExecutor(4) as threads:
        killers = [threads.submit(ask, pool, store, KILLER, timeout_s=1.5) for _ in range(2)]
        assert wait_until(lambda: pool.describe().running + pool.describe().waiting == 2)
        with pytest.raises(ClientShareError) as caught:
            ask(pool, store)

        assert caught.value.retry_after_s is not None
        assert ask(pool, store, client="you").size > 0
        for killer in killers:
            assert isinstance(killer.exception(30), QueryTimeoutError | QueueFullError)
    assert ask(pool, store).size > 0


@pytest.mark.slow
def test_queue_is_bounded(start: Start, store: StoreSpec) -> None:
    """A full queue refuses at once; one who waits too long is told so."""
    pool = start(queue_length=1, queue_wait_s=0.4)
    with ThreadPoolExecutor(4) as threads:
        killers = [
            threads.submit(ask, pool, store, KILLER, client=str(n), timeout_s=2.0) for n in range(2)
        ]
        assert wait_until(lambda: pool.describe().running == 2)
        waiting = threads.submit(ask, pool, store)
        assert wait_until(lambda: pool.describe().waiting == 1)
        with pytest.raises(QueueFullError, match="wait already") as caught:
            ask(pool, store)
        with pytest.raises(QueueFullError, match="came free"):
            waiting.result(20)

        assert caught.value.retry_after_s is not None
        assert [type(killer.exception(20)) for killer in killers] == [QueryTimeoutError] * 2


@pytest.mark.slow
def test_client_that_left_frees_its_worker(start: Start, store: StoreSpec) -> None:
    """The worker of somebody who went away is stopped before the time limit of 20 s."""
    pool = start()
    gone = threading.Event()
    with ThreadPoolExecutor(1) as threads:
        running = threads.submit(ask, pool, store, KILLER, left=gone.is_set)
        assert wait_until(lambda: pool.describe().running == 1)
        gone.set()
        with pytest.raises(ClientLeftError):
            running.result(15)

        assert pool.describe().running == 0


def test_answers_are_bounded(start: Start, store: StoreSpec) -> None:
    """One answer has a limit, and all of them together; what was taken is given back."""
    pool = start(max_result_bytes=2_000_000, spool_total_bytes=3 << 20)
    with pytest.raises(ResultTooLargeError) as caught:
        ask(pool, store, LARGE)
    pool._budget.take(2 << 20)
    with pytest.raises(SpoolFullError):
        ask(pool, store, "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 8000")
    pool._budget.give_back(2 << 20)

    assert caught.value.retry_after_s is None
    assert pool._budget.used_bytes == 0
    assert ask(pool, store).size > 0


def test_worker_cannot_open_anything(start: Start, store: StoreSpec) -> None:
    """With the refusal of SERVICE left out, the kernel still refuses the connection."""
    pool = start()
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.3)
        port = canary.getsockname()[1]
        for query in (
            f"SELECT * {{ SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}",
            f"SELECT * {{ SERVICE SILENT <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}",
        ):
            with contextlib.suppress(UnavailableError, QueryFailedError):
                ask(pool, store, query)
        with pytest.raises(TimeoutError):
            canary.accept()


def test_workers_are_fenced(start: Start, store: StoreSpec) -> None:
    """Without core dumps, bounded in address space, without a free descriptor."""
    pool = start()
    assert wait_until(lambda: pool.describe().ready == 3)
    pid = _pids(pool)[0]
    limits = Path(f"/proc/{pid}/limits").read_text()
    files = next(line for line in limits.splitlines() if line.startswith("Max open files"))
    space = next(line for line in limits.splitlines() if line.startswith("Max address space"))

    assert int(files.split()[3]) == len(list(Path(f"/proc/{pid}/fd").iterdir()))
    assert space.split()[3].isdigit()


def test_pool_serves_two_stores(start: Start, store: StoreSpec, tmp_path: Path) -> None:
    """Another store gets workers when it is asked of, and the first one is still answered."""
    file = tmp_path / "other.nt"
    file.write_text('<http://e/s> <http://e/p> "other" .\n')
    load_files([DataFile(str(file))], tmp_path / "db")
    other = StoreSpec(str(tmp_path / "db"), "other", "http://e/", union=False)
    pool = start()
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"

    assert b'"1"' in _body(ask(pool, other, query))
    assert b'"1500"' in _body(ask(pool, store, query))
    pool.use(other)
    assert b'"1"' in _body(ask(pool, other, query))
    assert b'"1500"' in _body(ask(pool, store, query))


def _body(answer: Answer) -> bytes:
    assert isinstance(answer.body, bytes)
    return answer.body


@pytest.mark.slow
def test_store_that_cannot_be_opened_is_refused(start: Start, store: StoreSpec) -> None:
    """`use` says why, and the store before stays in use."""
    pool = start()
    with pytest.raises(UnavailableError, match="no worker could open"):
        pool.use(StoreSpec("/nowhere/at/all", "nowhere", "http://e/", union=False))

    assert ask(pool, store).size > 0


def test_a_store_that_opens_too_late_is_told_as_such(store: StoreSpec) -> None:
    """The time limit is the reason, whether `use` or the worker that is killed comes first."""
    pool = Pool(Settings(workers=1, worker_start_s=0.0), WorkerProcess)
    try:
        for _ in range(3):
            with pytest.raises(UnavailableError, match="none was ready within 0 s"):
                pool.use(store)
            assert wait_until(lambda: pool.describe().workers == 0)
    finally:
        pool.close()


@pytest.mark.slow
def test_closing_leaves_nothing(store: StoreSpec) -> None:
    """After `close` no worker is alive, and who still waited was told."""
    pool = Pool(SETTINGS, WorkerProcess)
    pool.use(store)
    pids = _pids(pool)
    with ThreadPoolExecutor(4) as threads:
        asked: list[Future[Answer]] = [
            threads.submit(ask, pool, store, f"{KILLER} # {n}", client=str(n)) for n in range(4)
        ]
        assert wait_until(lambda: pool.describe().running == 2)
        pool.close()
        errors = [each.exception(20) for each in asked]

    assert all(isinstance(error, UnavailableError) for error in errors)
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
