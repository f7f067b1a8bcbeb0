"""The endpoint without Flask: a checked request in, an answer with all its headers out.

The order is the same for every query: look at its text, choose the format, answer a condition,
ask the cache, and only then a worker.
"""

import base64
import contextlib
import json
import logging
import math
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property

from loader.rdf.prefixes import PREFIXES
from server.errors import (
    BadQueryError,
    BadRequestError,
    PreconditionError,
    QueryTooComplexError,
    QueueFullError,
    ServerError,
)
from server.http.answer_cache import AnswerCache, Key
from server.http.conditions import Validators, check_conditions, make_etag
from server.http.formats import Content, Format
from server.http.negotiate import MalformedHeaderError
from server.pool.engine import VERSION, Reader, StoreSpec, write_rdf
from server.pool.pool import Pool
from server.pool.process import WorkerProcess
from server.pool.remote import RemoteWorker
from server.pool.spool import Answer, SpoolFile
from server.pool.worker import Job
from server.settings import Settings
from server.sparql.from_clauses import resolve_graphs
from server.sparql.overview import Counts, answer_overview, may_ask_overview, read_counts
from server.sparql.request import SparqlRequest
from server.sparql.service_description import GraphCount, ServiceFacts, describe_service
from server.syntax.inspection import Form, Query, inspect_query, list_tokens
from server.syntax.tokens import compile_tokens

CONTENT: dict[Form, Content] = {
    "SELECT": "rows",
    "ASK": "boolean",
    "CONSTRUCT": "triples",
    "DESCRIBE": "triples",
}
_COUNT_WAIT_S = 5.0
_MOST_HEAVY = 8
"""Requests in `SparqlService.limit_heavy` at once, so that most threads serve others."""

_LONG_TEXT = 8192
"""Characters of a query that takes noticeably long to look at."""

_LOG = logging.getLogger("pacta.sparql")

LIMITS = (
    "query_timeout_s",
    "worker_memory_mib",
    "max_header_bytes",
    "max_body_bytes",
    *QueryTooComplexError.limits,
    "max_result_bytes",
    "queue_length",
    "queue_wait_s",
    "client_share",
)
"""The settings that `/limits` tells."""


@dataclass(frozen=True)
class Reply:
    """The answer to send: status, headers, body; the sender closes a `SpoolFile`."""

    status: int
    headers: Mapping[str, str]
    body: bytes | SpoolFile = b""


@dataclass(frozen=True)
class Caller:
    """The client, and how it sent the request.

    Attributes:
        method: In upper case.
        headers: The request's, looked up by their usual names.
        address: The client's address, whose share a query counts against.
        left: Returns whether the client has left; called from time to time.
        is_conditional: Whether any of the headers is a condition (RFC 9110, section 13.1).
    """

    method: str
    headers: Mapping[str, str]
    address: str = ""
    left: Callable[[], bool] = bool
    is_conditional: bool = True


@dataclass
class Endpoint:
    """The store that `/sparql` answers from, with its description.

    Attributes:
        store: The store.
        address: The endpoint's absolute address.
        dataset: The IRI of the dataset, or empty.
        remark: What the service description says of the dataset besides; empty: nothing.
        facts: For the service description; None until they are known.
        counted: Set once they are known, or never will be.
    """

    store: StoreSpec
    address: str
    dataset: str
    remark: str = ""
    facts: ServiceFacts | None = None
    counted: threading.Event = field(default_factory=threading.Event, repr=False)

    @cached_property
    def counts(self) -> Counts | None:
        """What the dataset states of itself; None where it does not say, or the engine differs.

        Read once `facts` are known.
        """
        reader = Reader(self.store.path)

        def look(subject: str) -> Iterator[tuple[str, str]]:
            for quad in reader.quads_for_pattern(subject, graph=""):
                yield quad.predicate.value, str(getattr(quad.object, "value", ""))

        try:
            found = read_counts(look, self.dataset) if self.dataset else None
        except ValueError:  # a part without an address, or a number that is none
            found = None
        counted = self.facts.default_triples if self.facts is not None else None
        return found if found is not None and counted in (None, found.triples) else None


class SparqlService:
    """The query service, one for the whole server: pool, cache, limits.

    Attributes:
        settings: The settings of the server.
        pool: Where queries run.
        answers: The cache of answers.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.answers = AnswerCache(settings.result_cache_bytes)
        start_worker = RemoteWorker if settings.endpoint else WorkerProcess
        self.pool = Pool(settings, start_worker, lambda: self.answers.drop(_is_in_file))
        self._heavy_room = threading.BoundedSemaphore(_MOST_HEAVY)
        self._heavy_turn = threading.Lock()

    def open(self, store: StoreSpec, address: str, dataset: str = "", remark: str = "") -> Endpoint:
        """Keep workers ready for a store; its triples are counted in the background.

        Raises:
            UnavailableError: No worker can open it.
        """
        compile_tokens()  # now, not while the first query waits
        self.pool.use(store)
        endpoint = Endpoint(store, address, dataset, remark)
        threading.Thread(target=self._count, args=(endpoint,), daemon=True).start()
        return endpoint

    def forget(self, endpoint: Endpoint) -> None:
        """Drop what is kept for a store that is no longer served."""
        self.answers.forget(endpoint.store.id)

    def close(self) -> None:
        """Stop all queries at once; `server.serving` has given them `shutdown_s` to end."""
        self.pool.close()

    @contextlib.contextmanager
    def limit_heavy(self) -> Iterator[None]:
        """Limit CPU-heavy work in the HTTP process: one at a time, few may wait.

        Raises:
            QueueFullError: Too many wait already.
        """
        if not self._heavy_room.acquire(blocking=False):
            raise QueueFullError("many queries with long texts, or pages with long answers, came")
        try:
            with self._heavy_turn:
                yield
        finally:
            self._heavy_room.release()

    def report_health(self) -> dict[str, object]:
        """Members for `/health`."""
        state = self.pool.describe()
        return {
            "status": "ok" if state.ready else "starting",
            "workers": {"alive": state.workers, "ready": state.ready},
            "queries": {"running": state.running, "waiting": state.waiting},
        }

    def list_metrics(self) -> list[str]:
        """Lines for `/metrics`, in the Prometheus text format."""
        state = self.pool.describe()
        values = {
            "workers_alive": state.workers,
            "workers_ready": state.ready,
            "workers_started_total": state.started,
            "workers_killed_total": state.killed,
            "workers_crashed_total": state.crashed,
            "queries_running": state.running,
            "queries_waiting": state.waiting,
            "queries_answered_total": state.answered,
        }
        lines: list[str] = []
        for name, value in values.items():
            kind = "counter" if name.endswith("_total") else "gauge"
            lines += [f"# TYPE pacta_{name} {kind}", f"pacta_{name} {value}"]
        return lines

    # ---- the service description ----------------------------------------------------------

    def _count(self, endpoint: Endpoint) -> None:
        """Count what the description states; leave out a count that fails."""
        store = endpoint.store
        counts: dict[str, int] = {}
        default: int | None = None
        try:
            names: Sequence[str] = Reader(store.path).list_graphs()
            default = self._ask_count(store, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0][1]
            grouped = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
            counts = dict.fromkeys(names, 0) | dict(self._ask_count(store, grouped))
        except ServerError as error:
            _LOG.warning("the triples of %s were not counted: %s", store.path, error)
            names = ()
        root = endpoint.address.rpartition("/")[0]
        endpoint.facts = ServiceFacts(
            endpoint=endpoint.address,
            union=store.union,
            default_triples=default,
            graphs=tuple(GraphCount(name, counts.get(name)) for name in names),
            dataset=endpoint.dataset,
            limits=f"{root}/limits",
            remark=endpoint.remark,
        )
        endpoint.counted.set()

    def _ask_count(self, store: StoreSpec, query: str) -> list[tuple[str, int]]:
        """Names and numbers from a query for `?g` and `?n`."""
        answer = self.pool.run(
            store,
            Job(query, table=True, format="json"),
            client="(counting)",
            timeout_s=self.settings.query_timeout_s,
        )
        body = answer.body if isinstance(answer.body, bytes) else answer.body.read()
        rows = json.loads(body)["results"]["bindings"]
        return [(row.get("g", {}).get("value", ""), int(row["n"]["value"])) for row in rows]

    def answer_description(self, endpoint: Endpoint, row: Format, caller: Caller) -> Reply:
        """The service description in an RDF format."""
        endpoint.counted.wait(_COUNT_WAIT_S)
        facts = endpoint.facts
        if facts is None:
            root = endpoint.address.rpartition("/")[0]
            facts = ServiceFacts(
                endpoint.address,
                endpoint.store.union,
                None,
                (),
                endpoint.dataset,
                f"{root}/limits",
                endpoint.remark,
            )
        text = describe_service(facts)
        etag = make_etag(VERSION, text, row.name)
        headers = {"Vary": "Accept", "Cache-Control": "public, no-cache", "ETag": etag}
        if _check(caller, etag):
            return Reply(304, headers)
        body = write_rdf(text, row.name, PREFIXES)
        sizes = {"Content-Type": row.content_type, "Content-Length": str(len(body))}
        return Reply(200, headers | sizes, body)

    # ---- queries --------------------------------------------------------------------------

    def inspect(self, endpoint: Endpoint, request: SparqlRequest) -> Query:
        """Inspect the text of the query of a request. Raises as `inspect_query` does.

        Long texts are looked at one at a time: they take the interpreter from everybody else.
        What asks for an overview of the default graph is answered from what the dataset states.
        """
        text = request.query or ""
        with self.limit_heavy() if len(text) > _LONG_TEXT else contextlib.nullcontext():
            query = inspect_query(text, self.settings)
        own = request.dataset is not None or query.has_dataset
        if own or endpoint.facts is None or not may_ask_overview(text):
            return query
        counts = endpoint.counts
        tokens = list_tokens(text, self.settings)
        asked = answer_overview(text, tokens, counts) if counts is not None else None
        return query if asked is None else replace(query, asked=asked)

    def answer_query(
        self, endpoint: Endpoint, request: SparqlRequest, query: Query, row: Format, caller: Caller
    ) -> Reply:
        """The answer of a query in a format.

        Raises:
            ServerError: There is no answer; the class says why.
        """
        store = endpoint.store
        key = _name_answer(store, request, query, row)
        headers = {"Vary": "Accept", "Cache-Control": "no-store"}
        if query.deterministic:
            etag = make_etag(VERSION, *key, "identity")
            headers |= {"Cache-Control": "public, no-cache", "ETag": etag}
            # Who knows the tag has had the answer. Any other condition waits until there is one:
            # it counts only where the request would succeed (RFC 9110, section 13.2.1).
            told = caller.headers.get("If-None-Match", "") if caller.is_conditional else ""
            if etag in told and _check(caller, etag):
                return Reply(304, headers)
        answer = self.run_query(endpoint, request, query, row, caller)
        with contextlib.ExitStack() as unsent:
            unsent.callback(answer.close)
            if query.deterministic and _check(caller, etag):
                return Reply(304, headers)
            unsent.pop_all()
        digest = base64.b64encode(bytes.fromhex(answer.sha256)).decode()
        headers |= {
            "Content-Type": row.content_type,
            "Content-Length": str(answer.size),
            "Repr-Digest": f"sha-256=:{digest}:",
        }
        if answer.rows >= 0:
            headers["Pacta-Rows"] = str(answer.rows)
        return Reply(200, headers, answer.body)

    def run_query(
        self, endpoint: Endpoint, request: SparqlRequest, query: Query, row: Format, caller: Caller
    ) -> Answer:
        """The whole answer, from the cache or a worker. Raises `ServerError`."""
        store = endpoint.store
        key = _name_answer(store, request, query, row)
        known: Answer | None = self.answers.get(key) if query.deterministic else None
        if known is not None:
            return known.share()
        own = resolve_graphs(query.graphs, store.base) if query.graphs else None
        default, named = request.dataset or own or (None, None)
        is_table = query.form == "SELECT"
        job = Job(query.asked or query.text, is_table, row.name, default, named)
        try:
            answer = self.pool.run(
                store,
                job,
                client=caller.address,
                timeout_s=request.timeout_s,
                left=caller.left,
            )
        except BadQueryError as error:
            if query.asked not in ("", query.text):  # places are those of the text as it came
                plain = replace(query, asked="")
                return self.run_query(endpoint, request, plain, row, caller)
            suspect = query.suspect
            if suspect is not None and _place(suspect) < _place(error):
                raise suspect from None
            raise
        if query.deterministic:
            self.answers.put(key, answer.share(), answer.size)
        return answer

    def list_limits(self) -> dict[str, object]:
        """The limits by name, as `/limits` shows them."""
        known = asdict(self.settings)
        return {name: known[name] for name in LIMITS}


def _name_answer(store: StoreSpec, request: SparqlRequest, query: Query, row: Format) -> Key:
    """The cache key of an answer: everything that changes its bytes."""
    if request.dataset is None:
        names: tuple[str, ...] = ("store",)
    else:
        default, named = request.dataset
        names = ("request", str(len(default)), *default, *named)
    return (store.id, row.name, query.asked or query.text, *names)


def _is_in_file(_: Key, content: object) -> bool:
    """Whether what is kept lies in a temporary file."""
    return isinstance(content, Answer) and content.in_file


def _place(error: BadQueryError) -> tuple[float, float]:
    """The position in the query; the end if the position is not known."""
    return error.line or math.inf, error.column or math.inf


def _check(caller: Caller, etag: str) -> bool:
    """Whether the client already holds this answer (304).

    A POST always gets a full answer; QUERY is safe, like GET.

    Raises:
        PreconditionError: `If-Match` names something else.
        BadRequestError: A condition cannot be read.
    """
    if caller.method == "POST" or not caller.is_conditional:
        return False
    method = "GET" if caller.method == "QUERY" else caller.method
    try:
        verdict = check_conditions(method, caller.headers, Validators(etag))
    except MalformedHeaderError as error:
        raise BadRequestError(f"a condition of the request cannot be read: {error}") from None
    if verdict == "failed":
        raise PreconditionError(
            "a condition of the request does not hold", headers={"ETag": etag, "Vary": "Accept"}
        )
    return verdict == "not-modified"
