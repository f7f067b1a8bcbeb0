"""Remote SPARQL endpoints: queries, updates, and statements added to a graph.

The loader's one door to SPARQLWrapper; no exception of it or of the network leaves this module.
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, IncompleteRead
from typing import IO, Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    Request,
    build_opener,
)

from SPARQLWrapper import BASIC, DIGEST, POST, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException, Unauthorized

from loader.errors import LoaderError
from loader.release.answers import AnswerError, check_answer, find_notice

_TAGS: Final = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_MOST_SAID: Final = 1 << 16
_MOST_SHOWN: Final = 1000
_SIGN_IN: Final = "give --endpoint-user and PACTA_ENDPOINT_PASSWORD"
_N_TRIPLES: Final = "application/n-triples"
_SLOW_BYTES_S: Final = 10_000
"""An answer that comes more slowly than this when its time is over does not end in time."""

_AGAIN: Final = "ask again, or for less at once"


class EndpointError(LoaderError):
    """A remote endpoint cannot be reached, refuses, or does not do what was asked."""


@dataclass(frozen=True)
class Endpoint:
    """Where to ask.

    Attributes:
        query: address for queries.
        update: address for updates.
        graph_store: address of the SPARQL 1.1 Graph Store HTTP Protocol, or empty.
        user: name, or empty.
        password: the password of the user.
        digest: the password goes by Digest instead of Basic.
        timeout_s: seconds to wait for each request.
    """

    query: str
    update: str = ""
    graph_store: str = ""
    user: str = ""
    password: str = ""
    digest: bool = False
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
    file = io.BytesIO()
    content_type = _send(wrapper, endpoint.query, file)
    body = file.getvalue()
    try:
        check_answer(body, content_type, media_type)
    except AnswerError as error:
        raise EndpointError(
            f"{endpoint.query} {error}", hint="see that the address is that of a SPARQL endpoint"
        ) from None
    return body


def ask_rows(endpoint: Endpoint, query: str) -> list[dict[str, str]]:
    """Return the rows of a SELECT: variable → the text of its term.

    Raises:
        EndpointError: as `ask_endpoint`.
    """
    answer = ask_endpoint(endpoint, query, "application/sparql-results+json")
    try:
        rows = json.loads(answer)["results"]["bindings"]
        return [{name: term["value"] for name, term in row.items()} for row in rows]
    except (LookupError, TypeError, ValueError, AttributeError):
        raise EndpointError(f"{endpoint.query} does not answer in SPARQL JSON") from None


def save_triples(endpoint: Endpoint, graph: str, file: IO[bytes]) -> None:
    """Write the statements of a graph as the store gives them, N-Triples, into a file.

    A graph store gives a graph whole; a query may meet a row limit.

    Raises:
        EndpointError: as `ask_endpoint`.
    """
    if endpoint.graph_store:
        address, kind = _exchange_graph(endpoint, graph, {"Accept": _N_TRIPLES}, None, file)
    else:
        address = endpoint.query
        wrapper = _wrapper(endpoint, address)
        wrapper.setQuery(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")
        wrapper.addCustomHttpHeader("Accept", _N_TRIPLES)
        kind = _send(wrapper, address, file)
    if kind.partition(";")[0].strip().lower() not in (_N_TRIPLES, "text/plain"):
        raise EndpointError(f"{address} answered {kind or 'no type'}, not {_N_TRIPLES}")


def update(endpoint: Endpoint, text: str) -> None:
    """Run a SPARQL update.

    Raises:
        EndpointError: it was refused, or the endpoint cannot be reached.
    """
    address = endpoint.update or endpoint.query
    wrapper = _wrapper(endpoint, address)
    wrapper.setQuery(text)
    _send(wrapper, address, io.BytesIO())


def add_triples(endpoint: Endpoint, graph: str, lines: str) -> None:
    """Add N-Triples to a graph: to the graph store where there is one, else by an update.

    Args:
        endpoint: its `graph_store` takes POST (SPARQL 1.1 Graph Store HTTP Protocol, 5.5).
        graph: IRI; made where it is absent.
        lines: no blank nodes, for two requests would not share them.

    Raises:
        EndpointError: as `update`.
    """
    if not endpoint.graph_store:
        update(endpoint, f"INSERT DATA {{ GRAPH <{graph}> {{\n{lines}}} }}")
        return
    _exchange_graph(endpoint, graph, {"Content-Type": _N_TRIPLES}, lines.encode(), io.BytesIO())


def _exchange_graph(
    endpoint: Endpoint,
    graph: str,
    headers: dict[str, str],
    data: bytes | None,
    file: IO[bytes],
) -> tuple[str, str]:
    """Speak with the graph store about a graph; returns the address and the answer's media type."""
    mark = "&" if "?" in endpoint.graph_store else "?"
    address = f"{endpoint.graph_store}{mark}{urlencode({'graph': graph})}"
    wrapper = _wrapper(endpoint, address)
    headers = {**headers, "User-Agent": wrapper.agent}
    request = Request(address, data, headers)  # noqa: S310 (`_wrapper` lets http alone pass)
    return address, _exchange(lambda: _open(endpoint, request), address, wrapper.timeout or 0, file)


def _open(endpoint: Endpoint, request: Request) -> Any:
    """Return the response to a request; a password is sent by Basic or Digest, as configured."""
    passwords = HTTPPasswordMgrWithDefaultRealm()
    if endpoint.user:
        passwords.add_password(None, request.full_url, endpoint.user, endpoint.password)
    opener = build_opener(HTTPBasicAuthHandler(passwords), HTTPDigestAuthHandler(passwords))
    return opener.open(request, timeout=max(1, round(endpoint.timeout_s)))


def _wrapper(endpoint: Endpoint, address: str) -> SPARQLWrapper:
    if not re.fullmatch(r"https?://[^\s/]+.*", address):
        raise EndpointError(f"{address!r} is no http(s) address", hint="give --endpoint URL")
    wrapper = SPARQLWrapper(address, updateEndpoint=address)
    wrapper.setMethod(POST)
    wrapper.setOnlyConneg(True)  # by Accept alone, without the library's own parameters
    wrapper.setTimeout(max(1, round(endpoint.timeout_s)))
    if endpoint.user:
        wrapper.setHTTPAuth(DIGEST if endpoint.digest else BASIC)
        wrapper.setCredentials(endpoint.user, endpoint.password)
    return wrapper


def _send(wrapper: SPARQLWrapper, address: str, file: IO[bytes]) -> str:
    """Write the whole body of the answer into a file; returns its media type as the header has it.

    Raises:
        EndpointError: there is no whole answer.
    """
    return _exchange(lambda: wrapper.query().response, address, wrapper.timeout or 0, file)


def _exchange(ask: Callable[[], Any], address: str, timeout_s: float, file: IO[bytes]) -> str:
    """Ask, as `_send` does; every way to fail becomes an `EndpointError`."""
    try:
        with contextlib.closing(ask()) as response:
            if response.geturl() != address:
                raise EndpointError(
                    f"{address} redirects to {response.geturl()}, and the query is lost on the way",
                    hint="give that address",
                )
            if notice := find_notice(response.headers):
                raise EndpointError(f"{address} gave a part of the answer: {notice}", hint=_AGAIN)
            if most := response.headers.get("X-SPARQL-MaxRows"):
                raise EndpointError(f"{address} gives at most {most} rows", hint=_AGAIN)
            _read_whole(response, timeout_s, file)
            return response.headers.get("Content-Type") or ""
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
    except IncompleteRead:
        raise EndpointError(
            f"{address} broke off in the middle of its answer", hint=_AGAIN
        ) from None
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            raise EndpointError(
                f"{address}: no answer came in {timeout_s:g} s",
                hint="send or ask for less at once, or wait longer with --endpoint-timeout-s",
            ) from None
        raise EndpointError(
            f"{address} cannot be reached: {reason}",
            hint="see that the address is right and that the endpoint is running",
        ) from None


def _read_whole(response: Any, timeout_s: float, file: IO[bytes]) -> None:
    """Write a body into a file, whole.

    Raises:
        TimeoutError: nothing came for so long, or a small body took longer in total: a socket's
            own limit restarts with each byte.
        IncompleteRead: it ended before it was complete.
    """
    until = time.monotonic() + timeout_s
    size = 0
    said = response.headers.get("Content-Length")
    packed = response.headers.get("Content-Encoding", "").lower() in ("gzip", "x-gzip")
    unpack = zlib.decompressobj(wbits=31) if packed else None
    try:
        while piece := response.read1(1 << 16):
            size += len(piece)
            try:
                file.write(unpack.decompress(piece) if unpack else piece)
            except zlib.error as error:
                raise ValueError(
                    f"the body is no gzip, though the header says so: {error}"
                ) from None
            if time.monotonic() > until and size < timeout_s * _SLOW_BYTES_S:
                raise TimeoutError
    except ConnectionError:
        raise IncompleteRead(b"", None) from None
    if said is not None and said.isdigit() and size < int(said):
        raise IncompleteRead(b"", int(said) - size)
    if unpack and not unpack.eof:
        raise IncompleteRead(b"")


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
