"""The parameters of a request to `/sparql`, from address, form or body, checked.

SPARQL 1.1 Protocol, section 2.1: GET with a query string; POST of a form; POST of the query
itself with `application/sparql-query`; beyond it the method QUERY with the query as its body.
Dataset parameters are read from the address and from a form. Pure: bytes and text in, values out.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from server.errors import (
    BadRequestError,
    QueryTooComplexError,
    UnsupportedBodyError,
    UpdateRefusedError,
)
from server.http.negotiate import split_elements
from server.settings import Settings

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
READ_TYPES = (QUERY, FORM)

_SINGLE = ("query", "timeout", "version")
_MULTIPLE = ("default-graph-uri", "named-graph-uri")
_UPDATES = ("update", "using-graph-uri", "using-named-graph-uri")
_CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii")
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|^`\\]*\Z")
_NUMBER = re.compile(r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)\Z")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\Z', re.DOTALL)
_BYTE_ORDER_MARK = "\ufeff"
PARAMETERS_HINT = (
    "/sparql reads query, default-graph-uri, named-graph-uri, format, timeout and version."
)

_MAX_FIELDS = 1000


@dataclass(frozen=True)
class SparqlRequest:
    """A client's request.

    Attributes:
        query: The query's text; None where there is none (the service description is meant).
        dataset: Default and named graphs where the request names any, else None.
        formats: What `format=`, or else `output=`, says; some clients say it twice, in two words
            for the same.
        timeout_s: What `timeout=` says, lowered to the limit; the limit where it says nothing.
        fields: Every parameter that was given, as (name, value), in order.
    """

    query: str | None
    dataset: tuple[tuple[str, ...], tuple[str, ...]] | None
    formats: tuple[str, ...]
    timeout_s: float
    fields: tuple[tuple[str, str], ...] = ()


def read_fields(text: bytes, where: str) -> list[tuple[str, str]]:
    """Names and values of a query string or form, in order, percent-decoded as UTF-8.

    Raises:
        BadRequestError: They are not UTF-8, or far too many.
    """
    pieces = [piece for piece in text.split(b"&") if piece]
    if len(pieces) > _MAX_FIELDS:
        raise BadRequestError(f"more than {_MAX_FIELDS} parameters in the {where}")
    fields: list[tuple[str, str]] = []
    for piece in pieces:
        name, _, value = piece.partition(b"=")
        try:
            fields.append((_decode(name), _decode(value)))
        except UnicodeDecodeError:
            raise BadRequestError(f"the {where} is not percent-encoded UTF-8") from None
    return fields


def _decode(text: bytes) -> str:
    """One percent-encoded name or value."""
    return unquote_to_bytes(text.replace(b"+", b" ")).decode("utf-8")


def read_content_type(header: str) -> tuple[str, str]:
    """Media type and charset (lower case, default `utf-8`) of a `Content-Type`.

    Parameters are read as RFC 9110, section 5.6.6, has them: a value may be a quoted string.
    """
    kind, _, rest = header.partition(";")
    charset = "utf-8"
    for parameter in split_elements(rest, ";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = _unquote(value.strip()).lower()
    return kind.strip().lower(), charset


def _unquote(value: str) -> str:
    """A parameter's value without quotes (RFC 9110, 5.6.4)."""
    found = _QUOTED.match(value)
    return value if found is None else re.sub(r"\\(.)", r"\1", found[1])


def read_request(
    method: str,
    query_string: bytes,
    content_type: str,
    read_body: Callable[[], bytes],
    settings: Settings,
    content_coding: str = "",
) -> SparqlRequest:
    """Read the parameters of a request.

    Args:
        method: GET, HEAD, POST or QUERY.
        query_string: The query string of the address, raw.
        content_type: The header's value; empty where there is none.
        read_body: Gives the body; called only where one is read.
        settings: The time limit and the largest number of graphs.
        content_coding: The value of `Content-Encoding`; empty where there is none.

    Raises:
        BadRequestError: A parameter is missing, twice, or cannot be read.
        UnsupportedBodyError: The body is neither a form nor a query, not in UTF-8, or coded.
        UpdateRefusedError: It is an update.
    """
    fields = read_fields(query_string, "query string")
    if method in ("POST", "QUERY"):
        kind, charset = read_content_type(content_type)
        if kind == UPDATE:
            raise UpdateRefusedError("updates are refused; the data here are read-only")
        if kind not in READ_TYPES or (method == "QUERY" and kind != QUERY):
            raise UnsupportedBodyError(
                f"a body of type {kind or '(none said)'} is not read here",
                hint=f"Send the query as {QUERY}"
                + (f", or a form as {FORM}." * (method == "POST")),
                members={"accepted": [QUERY] if method == "QUERY" else list(READ_TYPES)},
                headers={"Accept-Post": ", ".join(READ_TYPES), "Accept-Query": QUERY},
            )
        _check_codings(charset, content_coding)
        body = read_body()
        if kind == FORM:
            fields += read_fields(body, "form")
        else:
            try:
                fields.append(("query", body.decode("utf-8")))
            except UnicodeDecodeError as error:
                raise BadRequestError(f"the body is not UTF-8 at byte {error.start}") from None
    return _build_request(method, fields, settings)


def _check_codings(charset: str, content_coding: str) -> None:
    """Refuse a body that is not plain UTF-8 (RFC 9110, sections 8.4 and 15.5.16)."""
    if charset not in _CHARSETS:
        raise UnsupportedBodyError(
            f"a body in {charset[:80]!r} is not read here" if charset else "`charset` is empty",
            hint="Send it in UTF-8.",
        )
    codings = [coding.lower() for coding in split_elements(content_coding)]
    if any(coding != "identity" for coding in codings):
        raise UnsupportedBodyError(
            f"a body with the content coding {', '.join(codings)[:80]!r} is not read here",
            hint="Send it as it is, without Content-Encoding.",
            headers={"Accept-Encoding": "identity"},
        )


def _build_request(method: str, fields: list[tuple[str, str]], settings: Settings) -> SparqlRequest:
    """Build the request from all its parameters."""
    for name, _ in fields:
        if name in _UPDATES:
            raise UpdateRefusedError(f"`{name}` is for updates; the data here are read-only")
    single = _read_single(fields)
    default, named = _read_dataset(fields, settings.max_dataset_graphs)
    asks = method in ("POST", "QUERY") or single or default or named
    if "query" not in single and asks:
        raise BadRequestError("`query` is missing", hint=PARAMETERS_HINT)
    return SparqlRequest(
        query=single["query"].removeprefix(_BYTE_ORDER_MARK) if "query" in single else None,
        dataset=(default, named) if default or named else None,
        formats=_read_formats(fields),
        timeout_s=_read_timeout(single.get("timeout", ""), settings.query_timeout_s),
        fields=tuple(fields),
    )


def _read_single(fields: list[tuple[str, str]]) -> dict[str, str]:
    """The values of the parameters that may be given once, by name."""
    single: dict[str, str] = {}
    for name, value in fields:
        if name in _SINGLE:
            if name in single:
                raise BadRequestError(f"`{name}` is given more than once")
            single[name] = value
    return single


def _read_dataset(
    fields: list[tuple[str, str]], most: int
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The default and the named graphs that a request names, in its order, at most ``most``."""
    default, named = (
        tuple(value for name, value in fields if name == wanted and value) for wanted in _MULTIPLE
    )
    for name in (*default, *named):
        if not _ABSOLUTE.match(name):
            raise BadRequestError(f"{name[:200]!r} is no absolute IRI; graphs are named by one")
    if len(default) + len(named) > most:
        raise QueryTooComplexError(
            f"more than {most} graphs in one request",
            members={"limit": "max_dataset_graphs", "most": most},
        )
    return default, named


def _read_formats(fields: list[tuple[str, str]]) -> tuple[str, ...]:
    """The value of `format=`, else of `output=`, which Fuseki and SPARQLWrapper use.

    `auto`, which the forms of Virtuoso send, is no wish.
    """
    for wanted in ("format", "output"):
        said = tuple(value for name, value in fields if name == wanted and value)
        named = tuple(value for value in said if value.strip().lower() != "auto")
        if said:
            return named
    return ()


def _read_timeout(text: str, most: float) -> float:
    """Seconds from `timeout=`, at most the limit; empty or 0 means the limit."""
    if not text.strip():
        return most
    if not _NUMBER.match(text.strip()):
        raise BadRequestError(
            f"`timeout` is {text[:40]!r}, not a number of seconds",
            hint="Give decimal seconds, as `timeout=2.5`; without it or with 0 the limit applies.",
        )
    return min(float(text) or most, most)
