"""A worker that asks a remote store over HTTP: the same interface as a process (`queue.Worker`).

The store is not trusted to be whole: an answer counts only when its body ended as it said, parsed
to its end, carries no notice of a limit, and the ledger of the store (`loader.release.pushed`)
says after it what it said before it. Source: decision 0038.
"""

import base64
import hashlib
import json
import re
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from multiprocessing import Pipe
from typing import IO, Any, cast
from urllib.parse import urlencode, urlsplit

from loader.release.answers import find_notice
from loader.release.pushed import mark_query, parts_query, pushed_name, skolem_prefix, union_of
from server.errors import (
    BadQueryError,
    QueryFailedError,
    QueryTimeoutError,
    RemoteAnswerError,
    ServerError,
    UnavailableError,
)
from server.pool.engine import StoreSpec, resolve_names
from server.pool.remote_answers import TABLE, TRIPLES, is_table, make_restorer, write_answer
from server.pool.rowcount import make_counter
from server.pool.worker import DATA, END, PIECE_BYTES, READY, Job, Outcome, describe_problem
from server.settings import Settings
from server.syntax.blank_nodes import rewrite_blank_tests
from server.syntax.graph_names import NOWHERE, rename_graphs, select_rows
from server.syntax.inspection import list_tokens
from server.syntax.syntax_errors import find_error
from server.syntax.virtuoso import rewrite_for_virtuoso

_MOST_SAID = 1 << 14
_MOST_SHOWN = 300
_MOST_MARKS = 1 << 20
"""Bytes of an answer about the ledger."""


class RemoteWorker:
    """A connection to a remote store that holds a release; one query at a time.

    Attributes:
        store: The release; of it the base and the id.
        connection: Readable once the store said whether it holds the release.
        born: When it was made (monotonic seconds).
        ready: The store holds the release.
        grown: What the store holds has changed; the worker should be replaced.
    """

    def __init__(self, store: StoreSpec, settings: Settings) -> None:
        self.store = store
        self.born = time.monotonic()
        self.ready = self.grown = False
        self._settings = settings
        self._remote = _Remote(settings)
        self._names: dict[str, str] = {}
        self._mark = self._failure = ""
        self._messages: Iterator[tuple[bytes, bytes]] = iter(())
        self._restore = make_restorer(store.base, store.id)
        self.connection, self._told = Pipe(duplex=False)
        threading.Thread(target=self._greet, daemon=True).start()

    def _greet(self) -> None:
        """Ask the store what it holds, and say so on the connection."""
        base, release = self.store.base, self.store.id
        try:
            self._mark = self._read_mark()
            parts = self._remote.ask_rows(parts_query(base, release))
            suffix = pushed_name("", release)
            named = [row["g"] for row in parts if row["g"] != union_of(base, release)]
            self._names = {name.removesuffix(suffix): name for name in sorted(named)}
            if not self._mark:
                self._failure = f"{self._remote.address} does not hold {release} whole"
        except ServerError as error:
            self._failure = error.detail
        except EOFError:
            self._failure = "ended before the store said what it holds"
        except (OSError, HTTPException) as error:
            self._failure = f"{self._remote.address} cannot be reached: {error}"
        if self._remote.killed:  # it may have connected after `bury` closed the connection
            self._remote.close()
        with suppress(OSError):  # closed meanwhile
            self._told.send_bytes(READY)

    def read_ready(self) -> bool:
        """Whether the store holds the release; it has said so, or failed."""
        with suppress(EOFError, OSError):
            self.connection.recv_bytes()
            self.ready = not self._failure
        return self.ready

    def send(self, job: Job) -> None:
        """Take a query; `receive` then sends it."""
        self._messages = self._answer(job)

    def receive(self) -> tuple[bytes, bytes]:
        """The next message: its letter and its content, as from a process.

        Raises:
            EOFError, OSError: The connection was closed by `kill`, or by the store.
        """
        try:
            return next(self._messages)
        except StopIteration:
            raise EOFError from None

    def note_size(self, address_space: int) -> None:
        """Nothing: the memory is that of the store."""

    def kill(self) -> None:
        """End the query at once: the store sees that its client left."""
        self._remote.kill()

    def has_ended(self) -> bool:
        """Whether it was killed."""
        return self._remote.killed

    def bury(self) -> tuple[str, bool]:
        """Close the connection; returns why, and that memory was not the reason."""
        self.kill()
        self._remote.close()
        with suppress(OSError):
            self.connection.close()
            self._told.close()
        return self._failure or "the connection to the store ended", False

    def _answer(self, job: Job) -> Iterator[tuple[bytes, bytes]]:
        """The messages of one query."""
        outcome = Outcome(0, {})
        with tempfile.SpooledTemporaryFile(
            max_size=self._settings.spool_memory_bytes, dir=self._settings.spool_folder or None
        ) as file:
            try:
                self._ask_whole(job, cast(IO[bytes], file))
            except (IncompleteRead, HTTPException) as error:
                if self._remote.killed:
                    raise EOFError from None
                self._remote.close()
                problem = RemoteAnswerError(f"the answer of the store broke off: {error!r:.100}")
                outcome = Outcome(0, describe_problem(problem))
            except ServerError as error:
                if self._remote.killed:
                    raise EOFError from None
                self._remote.close()
                outcome = Outcome(0, describe_problem(error))
            if not outcome.problem:
                counter, digest, size = make_counter(job.format, job.table), hashlib.sha256(), 0
                file.seek(0)
                while piece := file.read(PIECE_BYTES):
                    counter.feed(piece)
                    digest.update(piece)
                    size += len(piece)
                    yield DATA, piece
                outcome = Outcome(0, None, counter.rows, size, digest.hexdigest())
            yield END, json.dumps(vars(outcome)).encode() + b"\n"

    def _ask_whole(self, job: Job, file: IO[bytes]) -> None:
        """Write the answer of a query, during which the store held the release.

        A push of the same release has another mark; the query is then asked once more.
        """
        for again in (True, False):
            file.seek(0)
            file.truncate()
            output = _Capped(file, self._settings.max_result_bytes)
            self._ask(job, cast(IO[bytes], output))
            mark = self._read_mark()
            if mark == self._mark:
                return
            if not (mark and again):
                self.grown = True
                raise UnavailableError(f"the store no longer holds release {self.store.id}")
            self._mark = mark

    def _read_mark(self) -> str:
        """The mark of the release in the ledger of the store; empty: it is not whole there."""
        rows = self._remote.ask_rows(mark_query(self.store.base, self.store.id))
        return rows[0]["mark"] if rows else ""

    def _ask(self, job: Job, output: IO[bytes]) -> None:
        """Send a query and write its answer. Raises `ServerError`, and as `http.client` does."""
        query, dataset = self._translate(job), list(self._name_dataset(job))
        table = is_table(job.format)
        try:
            body, kind = self._remote.ask([("query", query), *dataset], TABLE if table else TRIPLES)
        except QueryFailedError as error:
            raise _locate(job.query) or error from None
        write_answer(body, kind, job.format, job.table, self._restore, output)
        body.finish()
        if self._remote.virtuoso and not table:  # it tells its row limit for tables alone
            rows = select_rows(query, list_tokens(query, self._settings))
            if rows:
                body, _ = self._remote.ask([("query", rows), *dataset], TABLE)
                self._remote.close()  # the rows themselves are of no use
        if body.most_rows:
            raise RemoteAnswerError(
                f"the store gives at most {body.most_rows} rows, and there are more"
            )

    def _translate(self, job: Job) -> str:
        """The query as the store understands it."""

        def resolve(prologue: str, names: tuple[str, ...]) -> tuple[str, ...] | None:
            return resolve_names(prologue, names, self.store.base)

        tokens = list_tokens(job.query, self._settings)
        names = self._names
        if job.named_graphs is not None:
            names = {name: names[name] for name in job.named_graphs if name in names}
        text = rename_graphs(job.query, tokens, names, resolve)
        prefix = skolem_prefix(self.store.base)
        text = rewrite_blank_tests(text, list_tokens(text, self._settings), prefix)
        if self._remote.virtuoso:
            text = rewrite_for_virtuoso(text, list_tokens(text, self._settings))
        return f"BASE <{self.store.base}> {text}"

    def _name_dataset(self, job: Job) -> Iterator[tuple[str, str]]:
        """The fields that name the dataset (SPARQL 1.1 Protocol, section 2.1.4)."""
        default, named = [union_of(self.store.base, self.store.id)], list(self._names.values())
        if job.default_graphs is not None:
            default = [self._names.get(name, NOWHERE) for name in job.default_graphs]
            named = [self._names.get(name, NOWHERE) for name in job.named_graphs or ()]
        yield from (("default-graph-uri", name) for name in default or [NOWHERE])
        yield from (("named-graph-uri", name) for name in named or [NOWHERE])


class _Capped:
    """A file that takes so many bytes and no more: the rest is known to be too much."""

    def __init__(self, file: IO[bytes], most_bytes: int) -> None:
        self._file, self._left = file, most_bytes + 1

    def write(self, data: bytes) -> int:
        self._file.write(data[: self._left])
        self._left -= min(self._left, len(data))
        return len(data)

    def flush(self) -> None:
        """Nothing: it is read by who writes it."""


class _Body:
    """The body of an answer, which must end where it said.

    Attributes:
        most_rows: The row limit that the store says it applied; empty: none.
    """

    def __init__(self, response: HTTPResponse) -> None:
        self._response = response
        self.most_rows = response.headers.get("X-SPARQL-MaxRows") or ""

    def read(self, size: int = -1) -> bytes:
        data = self._response.read(size if size >= 0 else None)
        if not data and self._response.length:
            raise IncompleteRead(b"", self._response.length)
        return data

    def finish(self) -> None:
        """Read what is left, which may be white space alone."""
        while data := self.read(1 << 16):
            if data.strip():
                raise RemoteAnswerError("the answer of the store goes on after its end")


class _Remote:
    """One connection to the endpoint, opened when it is needed.

    Attributes:
        address: Of the endpoint.
        killed: It was closed from another thread, for good.
        virtuoso: The store says that it is Virtuoso.
    """

    def __init__(self, settings: Settings) -> None:
        self.address = settings.endpoint
        self.killed = False
        parts = urlsplit(settings.endpoint)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._http = kind(parts.hostname or "", parts.port, timeout=settings.worker_start_s)
        self._path = parts.path or "/"
        self._extra = f"{parts.query}&" if parts.query else ""
        self._headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self._time = ("timeout", f"{round(settings.query_timeout_s * 1000)}")
        self.virtuoso = False
        if settings.endpoint_user:
            secret = f"{settings.endpoint_user}:{settings.endpoint_password}".encode()
            self._headers["Authorization"] = f"Basic {base64.b64encode(secret).decode()}"

    def ask(self, fields: list[tuple[str, str]], accept: str) -> tuple[_Body, str]:
        """The body of an answer and its media type.

        Raises:
            ServerError: The store refused the query, or says that it stopped.
            OSError, HTTPException: The connection failed.
        """
        # Virtuoso goes on with a query whose client left, so it gets the time limit itself.
        asked = [*fields, self._time] if self.virtuoso else fields
        response = self._exchange((self._extra + urlencode(asked)).encode(), accept)
        self.virtuoso = response.headers.get("Server", "").startswith("Virtuoso")
        if response.status != 200:
            said = response.read(_MOST_SAID)
            self._http.close()
            raise _explain(response.status, said)
        if notice := find_notice(response.headers):
            if "timeout" in notice:
                raise QueryTimeoutError(f"the store stopped: {notice}")
            raise RemoteAnswerError(f"the store gave a part of the answer: {notice}")
        if response.headers.get("Content-Encoding", "identity") != "identity":
            raise RemoteAnswerError("the store packed an answer that was to come as it is")
        if accept == TRIPLES and response.length is None and not response.chunked:
            raise RemoteAnswerError("the store does not say where its answer ends")
        return _Body(response), response.headers.get_content_type()

    def ask_rows(self, query: str) -> list[dict[str, str]]:
        """The rows of a short table, as texts. Raises as `ask` does."""
        body, _ = self.ask([("query", query)], TABLE)
        try:
            rows = json.loads(body.read(_MOST_MARKS))["results"]["bindings"]
            body.finish()
            return [{name: term["value"] for name, term in row.items()} for row in rows]
        except (LookupError, TypeError, ValueError, AttributeError):
            raise RemoteAnswerError(f"{self.address} does not answer in SPARQL JSON") from None

    def _exchange(self, data: bytes, accept: str) -> HTTPResponse:
        """Send a request; once more where the store had closed the idle connection."""
        for again in (True, False):
            if self.killed:
                raise EOFError
            try:
                headers = {**self._headers, "Accept": accept}
                self._http.request("POST", self._path, data, headers)
                return self._http.getresponse()
            except ConnectionError:
                self._http.close()
                if not again:
                    raise
        raise EOFError

    def kill(self) -> None:
        """Wake whoever reads, and let nobody send again."""
        self.killed = True
        line: Any = self._http.sock
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._http.close()


_REFUSED = re.compile(r"Virtuoso (?:22|37|42)\w{3} Error")
"""Classes of SQLSTATE for what is in the query: data, syntax, access; others are the store's."""


def _explain(status: int, body: bytes) -> ServerError:
    """The error for an answer that is none."""
    said = " ".join(body.decode("utf-8", "replace").split())[:_MOST_SHOWN]
    if 300 <= status < 400:
        return UnavailableError(f"the store redirects ({status})")
    if status in (401, 403):
        return UnavailableError(f"the store lets the server ask nothing ({status})")
    if status == 400 or (status == 500 and _REFUSED.search(said)):
        return QueryFailedError(f"the store cannot evaluate the query: {said}")
    return UnavailableError(f"the store answered {status}: {said}")


def _locate(query: str) -> BadQueryError | None:
    """Where the grammar finds the error in a query that the store refused."""
    try:
        return find_error(query)
    except BadQueryError as error:
        return error
