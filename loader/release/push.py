"""Remote SPARQL endpoints: one query, or a whole release loaded into a store.

The loader's one door to SPARQLWrapper; no exception of it or of the network leaves this module.
"""

from __future__ import annotations

import ast
import contextlib
import gzip
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.client import HTTPException, IncompleteRead
from typing import Any, Final
from urllib.error import HTTPError

from SPARQLWrapper import BASIC, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException, Unauthorized

from loader.errors import LoaderError
from loader.release.answers import AnswerError, check_answer
from loader.release.opened import Release

_QUAD: Final = re.compile(r"(.*) <([^>]*)> \.")
_PUSHING: Final = "#being-pushed"
_TAGS: Final = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_MOST_SAID: Final = 1 << 16
_MOST_SHOWN: Final = 1000
_SIGN_IN: Final = "give --endpoint-user and PACTA_ENDPOINT_PASSWORD"
_AGAIN: Final = "ask again, or for less at once"


class EndpointError(LoaderError):
    """A remote endpoint cannot be reached, refuses, or does not do what was asked."""


@dataclass(frozen=True)
class Endpoint:
    """Where to ask.

    Attributes:
        query: address for queries.
        update: address for updates.
        user: name, or empty.
        password: of the user.
        timeout_s: seconds to wait for each request.
    """

    query: str
    update: str = ""
    user: str = ""
    password: str = ""
    timeout_s: float = 60.0


def ask_endpoint(endpoint: Endpoint, query: str, media_type: str) -> bytes:
    """Send one query and return the answer as the endpoint gave it.

    Args:
        endpoint: where to ask.
        query: SPARQL.
        media_type: what to accept; several are joined by commas.

    Raises:
        EndpointError: no answer, an error, something else, or a part of it; with what the
            endpoint said.
    """
    wrapper = _wrapper(endpoint, endpoint.query)
    wrapper.setQuery(query)
    wrapper.addCustomHttpHeader("Accept", media_type)
    body, content_type = _send(wrapper, endpoint.query)
    try:
        check_answer(body, content_type, media_type)
    except AnswerError as error:
        raise EndpointError(
            f"{endpoint.query} {error}", hint="see that the address is that of a SPARQL endpoint"
        ) from None
    return body


def push_release(
    release: Release, endpoint: Endpoint, batch_bytes: int, told: Callable[[str], None]
) -> None:
    """Replace the named graphs of a release in a remote store.

    All statements go into graphs of another name first and are counted there; one last request
    moves them over the old ones, so that a store that runs a request as one transaction shows
    either the old release or the new. Other graphs of the store stay as they are.

    Args:
        release: what to load.
        endpoint: must take updates.
        batch_bytes: how much to send in one request.
        told: called with the name of each graph as it is sent.

    Raises:
        EndpointError: as `ask_endpoint`, or the store does not hold what was sent.
    """
    graphs = _by_graph(release)
    for name, lines in graphs.items():
        told(f"{name} ({len(lines)} statements)")
        _update(endpoint, f"DROP SILENT GRAPH <{name}{_PUSHING}>")
        for batch in _batches(lines, batch_bytes):
            _update(endpoint, f"INSERT DATA {{ GRAPH <{name}{_PUSHING}> {{\n{batch}}} }}")
        held = _count(endpoint, f"{name}{_PUSHING}")
        if held != len(lines):
            raise EndpointError(
                f"{endpoint.update} holds {held} statements of {name}, {len(lines)} were sent",
                hint="nothing was replaced; see the log of the store",
            )
    moves = [f"MOVE SILENT GRAPH <{name}{_PUSHING}> TO GRAPH <{name}>" for name in graphs]
    _update(endpoint, " ;\n".join(moves))
    for name, lines in graphs.items():
        if (held := _count(endpoint, name)) != len(lines):
            raise EndpointError(f"{name} holds {held} statements after the move, not {len(lines)}")


def _by_graph(release: Release) -> dict[str, list[str]]:
    """Return graph → statements, each as SPARQL and N-Triples both write it."""
    graphs: dict[str, list[str]] = {}
    try:
        with release.file("dumps/pacta.nq").open(encoding="utf-8", newline="\n") as file:
            for line in file:
                if match := _QUAD.fullmatch(line.rstrip("\n")):
                    graphs.setdefault(match[2], []).append(f"{match[1]} .\n")
    except OSError as error:
        raise EndpointError(f"cannot be read: {error.strerror}", release.path) from None
    return dict(sorted(graphs.items()))


def _batches(lines: list[str], size: int) -> Iterator[str]:
    """Yield texts of about ``size`` bytes; nodes without a name all together in the first."""
    batch = [line for line in lines if line.startswith("_:") or " _:" in line]
    apart = set(batch)
    length = 0
    for line in lines:
        if line in apart:
            continue
        if batch and length + len(line) > size:
            yield "".join(batch)
            batch, length = [], 0
        batch.append(line)
        length += len(line.encode())
    if batch:
        yield "".join(batch)


def _count(endpoint: Endpoint, graph: str) -> int:
    query = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
    answer = ask_endpoint(endpoint, query, "application/sparql-results+json")
    try:
        return int(json.loads(answer)["results"]["bindings"][0]["n"]["value"])
    except (LookupError, TypeError, ValueError):
        raise EndpointError(f"{endpoint.query} does not answer in SPARQL JSON") from None


def _update(endpoint: Endpoint, text: str) -> None:
    wrapper = _wrapper(endpoint, endpoint.update or endpoint.query)
    wrapper.setQuery(text)
    _send(wrapper, endpoint.update or endpoint.query)


def _wrapper(endpoint: Endpoint, address: str) -> SPARQLWrapper:
    if not re.fullmatch(r"https?://[^\s/]+.*", address):
        raise EndpointError(f"{address!r} is no http(s) address", hint="give --endpoint URL")
    wrapper = SPARQLWrapper(address, updateEndpoint=address)
    wrapper.setMethod(POST)
    wrapper.setOnlyConneg(True)  # by Accept alone, without the library's own parameters
    wrapper.setTimeout(max(1, round(endpoint.timeout_s)))
    if endpoint.user:
        wrapper.setHTTPAuth(BASIC)
        wrapper.setCredentials(endpoint.user, endpoint.password)
    return wrapper


def _send(wrapper: SPARQLWrapper, address: str) -> tuple[bytes, str]:
    """Return the whole body of the answer, and its media type as the header has it."""
    try:
        with contextlib.closing(wrapper.query().response) as response:
            if response.geturl() != address:
                raise EndpointError(
                    f"{address} redirects to {response.geturl()}, and the query is lost on the way",
                    hint="give that address",
                )
            data = _read_whole(response, wrapper.timeout or 0)
            return data, response.headers.get("Content-Type") or ""
    except SPARQLWrapperException as error:
        said, hint = _said(_body(error))
        if isinstance(error, Unauthorized):
            hint = _SIGN_IN
        raise EndpointError(f"{address} refused: {said}", hint=hint) from None
    except HTTPError as error:
        said, hint = _said(_read_said(error))
        target = error.headers.get("Location")
        if 300 <= error.code < 400 and target:
            said, hint = f"it is now {target}", "give that address"
        elif error.code in (401, 403):
            hint = _SIGN_IN
        message = f"{address} answered {error.code} {error.reason}: {said}"
        raise EndpointError(message, hint=hint) from None
    except IncompleteRead as error:
        raise EndpointError(
            f"{address} broke off after {len(error.partial)} bytes of its answer", hint=_AGAIN
        ) from None
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            raise EndpointError(
                f"{address}: no answer came in {wrapper.timeout} s",
                hint="send or ask for less at once, or wait longer with --endpoint-timeout-s",
            ) from None
        raise EndpointError(
            f"{address} cannot be reached: {reason}",
            hint="see that the address is right and that the endpoint is running",
        ) from None


def _read_whole(response: Any, timeout_s: float) -> bytes:
    """Return a body, whole.

    Raises:
        TimeoutError: it took longer in total; a socket's own limit restarts with each byte.
        IncompleteRead: it ended before it was complete.
    """
    until = time.monotonic() + timeout_s
    pieces: list[bytes] = []
    try:
        while piece := response.read1(1 << 16):
            pieces.append(piece)
            if time.monotonic() > until:
                raise TimeoutError
    except ConnectionError:
        raise IncompleteRead(b"".join(pieces)) from None
    data = b"".join(pieces)
    said = response.headers.get("Content-Length")
    if said is not None and said.isdigit() and len(data) < int(said):
        raise IncompleteRead(data, int(said) - len(data))
    if response.headers.get("Content-Encoding", "").lower() in ("gzip", "x-gzip"):
        return gzip.decompress(data)
    return data


def _read_said(error: HTTPError) -> bytes:
    """Return what stands below an error, as far as it comes."""
    with contextlib.closing(error), contextlib.suppress(OSError, HTTPException):
        return error.read(_MOST_SAID)
    return b""


def _body(error: SPARQLWrapperException) -> bytes:
    """Return what the endpoint said; the library quotes its bytes below its own words."""
    text = str(error).partition("Response:\n")[2]
    try:
        data = ast.literal_eval(text)
    except (SyntaxError, ValueError):
        return (text or str(error)).encode()
    return data if isinstance(data, bytes) else str(data).encode()


def _said(body: bytes) -> tuple[str, str | None]:
    """Return what a body says and what to do, from problem+json where it is that (RFC 9457)."""
    text = body.decode("utf-8", "replace").strip()
    try:
        problem = json.loads(text)
        return str(problem["detail"]), problem.get("hint")
    except (ValueError, LookupError, TypeError, AttributeError):
        text = " ".join(_TAGS.sub(" ", text).split()) if text.startswith("<") else text
        return text[:_MOST_SHOWN] + (" …" if len(text) > _MOST_SHOWN else ""), None
