"""The server's exceptions, as one tree; each class has its HTTP status and its code.

    ServerError                       500  internal
    ├── BadRequestError               400  bad-request          a parameter missing, twice, odd
    │   ├── BadQueryError             400  bad-query             does not parse: line and column
    │   └── QueryTooComplexError      400  query-too-complex    over a limit that no retry can meet
    ├── RefusedError                  403  refused
    │   ├── UpdateRefusedError        403  update-refused        the data are read-only
    │   └── ServiceRefusedError       403  service-refused       SERVICE would leave this machine
    ├── NotFoundError                 404  not-found
    ├── MethodRefusedError            405  method-refused        lists the methods there are
    ├── NotAcceptableError            406  not-acceptable        lists the formats there are
    ├── GoneError                     410  gone                  withdrawn; says what replaces it
    ├── PreconditionError             412  precondition-failed
    ├── BodyTooLargeError             413  body-too-large
    ├── UriTooLongError               414  uri-too-long
    ├── UnsupportedBodyError          415  unsupported-body      lists the content types read here
    ├── RangeRefusedError             416  range-refused         says how long the file is
    ├── ExpectationError              417  expectation-failed   an unknown `Expect`
    ├── QueryFailedError              422  query-failed          parses but cannot be evaluated
    ├── ClientShareError              429  client-share          too many at once from one client
    ├── RemoteAnswerError             502  remote-answer         a store gave no whole answer
    └── UnavailableError              503  unavailable
        ├── StoppingError             503  stopping              the server is shutting down
        ├── ClientLeftError           503  client-left           ended while a long query ran
        ├── QueryTimeoutError         503  query-timeout         the time limit of one query
        ├── QueryMemoryError          503  query-memory          the memory limit of one query
        ├── ResultTooLargeError       503  result-too-large      the size limit of one answer
        ├── QueueFullError            503  queue-full            try again later
        ├── SpoolFullError            503  spool-full            try again later
        └── WorkerCrashedError        503  worker-crashed        try again

`Retry-After` stands only where the same request may succeed later: share, queue, spool, crash.
Standard library only; who renders them as problem+json or HTML asks `problem_of`.
"""

from typing import ClassVar


class ServerError(Exception):
    """An error that is reported to the client.

    Attributes:
        dumps_hint: What to do besides where the server has a release to take whole.
        limits: The settings that it is about, as `/limits` names them.
        detail: What is wrong with this request, in one sentence.
        hint: What to do about it; may be empty.
        members: Further members of the problem object: names → JSON values.
        headers: Response headers that belong to this error.
        retry_after_s: Whole seconds, or None where trying again is no use.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"
    default_hint: ClassVar[str] = "Please report it with the time of the request."
    dumps_hint: ClassVar[str] = ""
    limits: ClassVar[tuple[str, ...]] = ()
    default_retry_after_s: ClassVar[int | None] = None

    def __init__(
        self,
        detail: str,
        *,
        hint: str | None = None,
        members: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.hint = self.default_hint if hint is None else hint
        self.members = dict(members or {})
        self.headers = dict(headers or {})
        self.retry_after_s = self.default_retry_after_s

    @classmethod
    def meaning(cls) -> str:
        """What it means: the first line of its docstring; empty for an error of no known kind."""
        return "" if cls is ServerError else (cls.__doc__ or "").strip().partition("\n")[0]

    def offer_dumps(self) -> None:
        """Add what is true only where there is a release; a second time adds nothing."""
        if self.dumps_hint not in self.hint:
            self.hint = f"{self.hint} {self.dumps_hint}".strip()

    @property
    def response_headers(self) -> dict[str, str]:
        """The headers that belong to the answer, `Retry-After` among them where it applies."""
        if self.retry_after_s is None:
            return dict(self.headers)
        return {**self.headers, "Retry-After": str(self.retry_after_s)}


class BadRequestError(ServerError):
    """A parameter is missing, given twice, or cannot be read."""

    status = 400
    code = "bad-request"
    title = "Bad request"
    default_hint = ""


class BadQueryError(BadRequestError):
    """The text is no SPARQL query.

    Attributes:
        line: 1 for the first line, or None where the parser does not say.
        column: 1 for the first character (code points), or None.
    """

    code = "bad-query"
    title = "The query does not parse"
    default_hint = "Correct the query at the line and column given."

    def __init__(
        self,
        detail: str,
        line: int | None = None,
        column: int | None = None,
        *,
        hint: str | None = None,
    ) -> None:
        place = {"line": line, "column": column} if line is not None else {}
        super().__init__(detail, hint=hint, members=dict(place))
        self.line = line
        self.column = column


class QueryTooComplexError(BadRequestError):
    """Its text is over a limit, so that it can never be run here."""

    code = "query-too-complex"
    title = "The query is over a limit of this endpoint"
    default_hint = "Split the query; /limits gives the numbers."
    dumps_hint = "The whole data are at /dumps/."
    limits = (
        "max_query_bytes",
        "max_nesting",
        "max_dataset_graphs",
    )


class RefusedError(ServerError):
    """Understood, and not done here."""

    status = 403
    code = "refused"
    title = "Refused"
    default_hint = ""


class UpdateRefusedError(RefusedError):
    """An update, in whatever form it came."""

    code = "update-refused"
    title = "This endpoint is read-only"
    default_hint = "Only SELECT, ASK, CONSTRUCT and DESCRIBE are answered here."


class ServiceRefusedError(RefusedError):
    """A query with SERVICE: it would make this machine connect elsewhere."""

    code = "service-refused"
    title = "SERVICE is not answered here"
    default_hint = "Query the other endpoint yourself, or load the dump beside its data."


class NotFoundError(ServerError):
    """Nothing has this address."""

    status = 404
    code = "not-found"
    title = "Not found"
    default_hint = ""


class MethodRefusedError(ServerError):
    """The address does not know this method; `Allow` lists those it knows."""

    status = 405
    code = "method-refused"
    title = "Method not allowed"
    default_hint = ""


class NotAcceptableError(ServerError):
    """Nothing that can be sent is acceptable to the client."""

    status = 406
    code = "not-acceptable"
    title = "Nothing acceptable to send"
    default_hint = "Ask for one of the formats listed, or put its suffix behind the address."


class GoneError(ServerError):
    """An address that was withdrawn."""

    status = 410
    code = "gone"
    title = "Withdrawn"
    default_hint = ""


class PreconditionError(ServerError):
    """A condition of the request does not hold."""

    status = 412
    code = "precondition-failed"
    title = "Precondition failed"
    default_hint = ""


class BodyTooLargeError(ServerError):
    """The request body is over the limit."""

    status = 413
    code = "body-too-large"
    title = "Request body too large"
    default_hint = "/limits gives the number of bytes."
    limits = ("max_body_bytes",)


class UriTooLongError(ServerError):
    """The path of the request is longer than any address here."""

    status = 414
    code = "uri-too-long"
    title = "Address too long"
    default_hint = ""


class RangeRefusedError(ServerError):
    """The part of a file that a request asks for is not there (RFC 9110, 15.5.17)."""

    status = 416
    code = "range-refused"
    title = "No such part of the file"
    default_hint = ""

    def __init__(self, size: int, detail: str) -> None:
        super().__init__(detail, headers={"Content-Range": f"bytes */{size}"})


class ExpectationError(ServerError):
    """The request expects what is not done here (RFC 9110, section 10.1.1)."""

    status = 417
    code = "expectation-failed"
    title = "Expectation failed"
    default_hint = "Send the request without Expect, or with `Expect: 100-continue`."


class QueryFailedError(ServerError):
    """The query parses and the engine cannot evaluate it: an unknown function, for one."""

    status = 422
    code = "query-failed"
    title = "The query parses, and cannot be evaluated here"
    default_hint = ""


class UnsupportedBodyError(ServerError):
    """The content type (or its charset) of the request body is not read here."""

    status = 415
    code = "unsupported-body"
    title = "Unsupported request body"
    default_hint = ""


class ClientShareError(ServerError):
    """One client has too many requests under way."""

    status = 429
    code = "client-share"
    title = "Too many queries at once from this client"
    default_hint = "Wait for your earlier queries to end, then send this one again."
    limits = ("client_share",)
    default_retry_after_s = 2


class RemoteAnswerError(ServerError):
    """The remote store behind this endpoint cut its answer, or sent something else."""

    status = 502
    code = "remote-answer"
    title = "The store gave no whole answer"
    default_hint = "Send the query again, or ask for less at once (LIMIT)."
    dumps_hint = "The whole data are at /dumps/."


class UnavailableError(ServerError):
    """The request was fine, the answer cannot be had now."""

    status = 503
    code = "unavailable"
    title = "Not available"
    default_hint = ""


class StoppingError(UnavailableError):
    """The server is shutting down and takes no more requests."""

    code = "stopping"
    title = "The server is shutting down"
    default_hint = "Send the same request again after the time given."
    default_retry_after_s = 5


class ClientLeftError(UnavailableError):
    """The client went away, or closed its side, before a long query had its answer."""

    code = "client-left"
    title = "The client closed its side of the connection"
    default_hint = "Keep the connection open for sending until the answer is there."


class QueryTimeoutError(UnavailableError):
    """It ran as long as one query may. The same query would end the same way."""

    code = "query-timeout"
    title = "The query was stopped at its time limit"
    default_hint = "Make the query more selective, or ask for fewer rows (LIMIT)."
    dumps_hint = "The whole data are at /dumps/."
    limits = ("query_timeout_s",)


class QueryMemoryError(UnavailableError):
    """Its worker took all the memory that one query may have."""

    code = "query-memory"
    title = "The query was stopped at its memory limit"
    default_hint = "Sort, group or deduplicate fewer rows."
    dumps_hint = "The whole data are at /dumps/."
    limits = ("worker_memory_mib",)


class ResultTooLargeError(UnavailableError):
    """It has more bytes than one answer may have."""

    code = "result-too-large"
    title = "The answer is over the size limit"
    default_hint = "Ask for it in parts (ORDER BY, LIMIT, OFFSET)."
    dumps_hint = "The whole data are at /dumps/."
    limits = ("max_result_bytes",)


class QueueFullError(UnavailableError):
    """No worker became free in time, or too many requests wait already."""

    code = "queue-full"
    title = "The endpoint is busy"
    default_hint = "Send the same query again after the time given."
    limits = ("queue_length", "queue_wait_s")
    default_retry_after_s = 5


class SpoolFullError(UnavailableError):
    """There is no room to hold the answer before it is sent."""

    code = "spool-full"
    title = "No room for the answer"
    default_hint = "Send the same query again after the time given."
    default_retry_after_s = 10


class WorkerCrashedError(UnavailableError):
    """The process ended by itself; only this query is lost."""

    code = "worker-crashed"
    title = "The worker that ran the query died"
    default_hint = "Send the query again; if it happens again, make the query simpler."
    default_retry_after_s = 1


def problem_of(error: ServerError) -> dict[str, object]:
    """The problem object of an error (RFC 9457): `type title status detail code hint` and members.

    Order is fixed. `hint` is left out where there is none.
    """
    problem: dict[str, object] = {
        "type": f"https://w3id.org/pacta/errors/{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        "code": error.code,
    }
    if error.hint:
        problem["hint"] = error.hint
    return {**problem, **error.members}


def list_errors() -> dict[str, type[ServerError]]:
    """Code → error, of all that this program can answer with."""
    found: dict[str, type[ServerError]] = {}
    todo: list[type[ServerError]] = [ServerError]
    while todo:
        error = todo.pop(0)
        found.setdefault(error.code, error)
        todo += error.__subclasses__()
    return found
