"""Asks a host that serves a frozen site what it can do: negotiation, redirects, media types.

Only the site that was named is asked, with GET, and redirects are not followed.
"""

import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from server.freeze.hosts import list_types
from server.http.formats import BY_NAME

TIMEOUT_S = 30.0
_MOST_BYTES = 16 * 1024 * 1024
_TURTLE, _JSONLD = BY_NAME["turtle"].media_type, BY_NAME["jsonld"].media_type
_SAMPLED = ("ttl", "jsonld", "nt", "rdf", "trig", "nq", "linkset", "csv", "html")


class HostError(Exception):
    """The host cannot be asked; the message says why and what was expected."""


@dataclass(frozen=True)
class Seen:
    """An answer: status, fields by lower-case name, the beginning of the body."""

    status: int
    fields: Mapping[str, str]
    body: bytes = b""

    @property
    def kind(self) -> str:
        """The media type without parameters."""
        return self.fields.get("content-type", "none").partition(";")[0].strip()


@dataclass(frozen=True)
class Ability:
    """One thing that a host may be able to do.

    Attributes:
        name: What it is.
        able: Whether this host does it.
        seen: What it did; empty where it does it.
    """

    name: str
    able: bool
    seen: str = ""


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Leave every redirect to the caller."""


_OPENER = build_opener(_NoRedirect)


class Host:
    """A host and the site at one of its addresses.

    Args:
        address: The address of the site; a missing last `/` is added.

    Raises:
        HostError: No frozen site is there.
    """

    def __init__(self, address: str) -> None:
        self.address = address if address.endswith("/") else f"{address}/"
        mark = self.read_json("frozen.json")
        rows = self.read_json("frozen/names.json")["rows"]
        self.languages: list[str] = list(mark["languages"])
        self.release: str = mark["release"]
        self.document = next((str(r[0]) for r in rows if str(r[0]).startswith("doc/")), "")
        if not self.document:
            raise HostError(f"{self.address}frozen/names.json names no document")

    def ask(self, path: str, **fields: str) -> Seen:
        """GET an address below the site; `_` in the name of a field stands for `-`.

        Raises:
            HostError: The address is none, or no answer comes.
        """
        headers = {"Accept": "*/*"} | {k.replace("_", "-"): v for k, v in fields.items()}
        if not self.address.startswith(("http://", "https://")):
            raise HostError(f"{self.address} is no address that begins with http:// or https://")
        try:
            request = Request(self.address + path, headers=headers)  # noqa: S310
            with _OPENER.open(request, timeout=TIMEOUT_S) as answer:
                return _read(answer.status, answer)
        except HTTPError as error:
            with error:
                return _read(error.code, error)
        except (URLError, OSError, http.client.HTTPException, ValueError) as error:
            raise HostError(f"{self.address}{path} does not answer: {error}") from error

    def read_json(self, path: str) -> Any:
        """A JSON file of the site.

        Raises:
            HostError: It is not there, or no JSON.
        """
        seen = self.ask(path)
        try:
            if seen.status == 200:
                return json.loads(seen.body)
        except ValueError:
            pass
        raise HostError(
            f"{self.address}{path} gives {seen.status} {seen.kind}: no frozen site lies there. "
            "Name the address of the folder that pacta freeze wrote"
        )


def _read(status: int, answer: Any) -> Seen:
    fields = {name.lower(): value for name, value in answer.headers.items()}
    return Seen(status, fields, answer.read(_MOST_BYTES))


def check_host(address: str) -> list[Ability]:
    """What a host can do for a frozen site, in a fixed order.

    Args:
        address: The address of the site.

    Raises:
        HostError: No frozen site is there, or the host stops answering.
    """
    host = Host(address)
    found = [_check_type(host, suffix) for suffix in _SAMPLED]
    for name, path, fields, judge in _list_checks(host):
        seen = host.ask(path, **fields)
        told = judge(seen)
        found.append(Ability(name, not told, told))
    return found


def _check_type(host: Host, suffix: str) -> Ability:
    seen, wanted = host.ask(f"{host.document}.{suffix}"), list_types()[suffix]
    able = seen.status == 200 and seen.kind == wanted
    return Ability(f".{suffix} is sent as {wanted}", able, "" if able else _tell(seen))


def _tell(seen: Seen) -> str:
    return f"{seen.status} {seen.kind}"


Judge = Callable[[Seen], str]


def _want(status: int, kind: str = "") -> Judge:
    """A judge that wants a status and, where it is given, a media type."""

    def judge(seen: Seen) -> str:
        return "" if seen.status == status and kind in ("", seen.kind) else _tell(seen)

    return judge


def _want_field(name: str, part: str) -> Judge:
    """A judge that wants a field with something in it."""

    def judge(seen: Seen) -> str:
        value = seen.fields.get(name, "none")
        return "" if part in value.lower() else f"{name}: {value}"

    return judge


def _want_redirect(statuses: tuple[int, ...], to: str) -> Judge:
    def judge(seen: Seen) -> str:
        place = seen.fields.get("location", "nowhere")
        able = seen.status in statuses and place.removesuffix(".html").endswith(to)
        return "" if able else f"{seen.status} to {place}"

    return judge


def _list_checks(host: Host) -> list[tuple[str, str, dict[str, str], Judge]]:
    """Name of the check, path, request fields, and the function that judges the answer."""
    document, release = host.document, host.release
    thing = document.replace("doc/", "id/", 1)
    checks: list[tuple[str, str, dict[str, str], Judge]] = [
        ("an address without a suffix is a page", document, {}, _want(200, "text/html")),
        ("Accept chooses the format", document, {"Accept": _TURTLE}, _want(200, _TURTLE)),
        (
            "weights in Accept are compared",
            document,
            {"Accept": f"{_TURTLE};q=0.5, {_JSONLD}"},
            _want(200, _JSONLD),
        ),
        ("406 where no format fits", document, {"Accept": "image/png"}, _want(406)),
        ("Vary names Accept", document, {"Accept": _TURTLE}, _want_field("vary", "accept")),
        ("303 from a thing to its document", thing, {}, _want_redirect((303,), f"/{document}")),
        ("404 for what is not there", "doc/none/none", {}, _want(404)),
        (".well-known/void is Turtle", ".well-known/void", {}, _want(200, _TURTLE)),
        (
            "dumps/latest leads to the release",
            "dumps/latest/SHA256SUMS",
            {},
            _want_redirect((302, 307), f"/dumps/{release}/SHA256SUMS"),
        ),
        (
            "parts of files (Range)",
            "frozen/names.json",
            {"Range": "bytes=0-9"},
            _want(206),
        ),
        (
            "scripts of other sites may read",
            f"{document}.ttl",
            {},
            _want_field("access-control-allow-origin", "*"),
        ),
    ]
    if len(host.languages) > 1:
        other = host.languages[-1]

        def judge(seen: Seen) -> str:
            return "" if f'<html lang="{other}"'.encode() in seen.body else "the first language"

        fields = {"Accept": "text/html", "Accept_Language": other}
        checks.append(("Accept-Language chooses the language", document, fields, judge))
    return checks
