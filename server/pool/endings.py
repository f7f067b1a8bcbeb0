"""How a query can end without an answer, in the words that its client is told."""

import json

from server.errors import (
    BadQueryError,
    BadRequestError,
    ClientLeftError,
    QueryFailedError,
    QueryMemoryError,
    QueryTimeoutError,
    ServerError,
    UnavailableError,
)
from server.pool.queue import Reason

_FAILURES: dict[str, type[ServerError]] = {
    "request": BadRequestError,
    "failed": QueryFailedError,
}
"""What a worker calls a failure → the error of it."""


def explain_closing() -> ServerError:
    """The server stops and takes nothing on."""
    return UnavailableError("the server is shutting down")


def explain_memory(most_mib: int | None = None) -> ServerError:
    """The query wanted more memory than its worker has.

    Args:
        most_mib: The limit; None where the engine itself gave up below it.
    """
    if most_mib is None:
        detail, members = "stopped at the memory limit", {}
    else:
        detail, members = f"stopped at {most_mib} MiB of memory", {"most": most_mib}
    return QueryMemoryError(detail, members={"limit": "worker_memory_mib", **members})


def explain_stop(reason: Reason, timeout_s: float) -> ServerError | None:
    """Why the server itself stopped a query for good; None where it did not.

    Args:
        reason: Of the query's ticket.
        timeout_s: How long the query was allowed to run.
    """
    if reason == "timeout":
        unit = "second" if timeout_s == 1 else "seconds"
        return QueryTimeoutError(
            f"stopped after {timeout_s:g} {unit}",
            members={"limit": "query_timeout_s", "most": timeout_s},
        )
    if reason == "left":
        return ClientLeftError("the client left while its query ran")
    return explain_closing() if reason == "closing" else None


def read_failure(content: bytes) -> ServerError:
    """The error for what a worker says went wrong.

    Args:
        content: Of its frame FAILED: JSON with `kind`, `detail`, and the place in the query.
    """
    problem = json.loads(content)
    kind, detail = problem["kind"], str(problem.get("detail", ""))
    if kind == "query":
        return BadQueryError(detail, problem["line"], problem["column"])
    if kind == "memory" or "Cannot allocate memory" in detail:
        return explain_memory()
    return _FAILURES.get(kind, UnavailableError)(detail)
