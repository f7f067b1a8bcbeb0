"""Content negotiation: the client's preferences and the available formats → the one to send.

Pure: strings and values in, values out. The rules are those of RFC 9110, sections 5.6.1 (lists),
5.6.6 (parameters), 12.4.2 (weights), 12.5.1 (`Accept`) and 12.5.3 (`Accept-Encoding`).

Four habits that the standard leaves open:

* An element that cannot be read is skipped (Java's default header holds `*; q=.2`, read here as
  `*/*;q=0.2`); a header in which nothing can be read at all is a `MalformedHeaderError`.
* Among offers of equal weight the one that the client named more exactly wins, then the order of
  the offers. So `text/turtle, */*` gives Turtle. A page that is named behind data of the same
  weight comes after them: `text/turtle, text/html` gives Turtle, `text/html, text/turtle` HTML.
* `charset` compares with UTF-8, the only one spoken; a parameter that an offer lists among its
  `advisory` names (`version`, `profile`) never excludes it; any other must be the offer's own.
* The same range twice with different weights counts with the higher one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol, TypeVar

_NAME = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_TYPE = re.compile(rf"({_NAME})(?:/({_NAME}))?")
_PARAMETER = re.compile(rf'({_NAME})=(?:"((?:[^"\\]|\\.)*)"|({_NAME}))')
_WEIGHT = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?|\.\d{1,3})\Z")
_OWS = " \t"
_PAGE = "text/html"
_PAGES = (("text", "html"), ("application", "xhtml+xml"), ("text", "*"))

MAX_ELEMENTS = 200
"""More elements than this in one header is an attack or an accident, never a preference."""

MAX_ACCEPT = 8192
"""Characters of an `Accept` header: a browser sends two hundred."""


class MalformedHeaderError(ValueError):
    """A header in which not one element can be read, or far too many stand."""


class Offer(Protocol):
    """Anything that can be chosen by `Accept`: a row of `server/http/formats.py` is one."""

    @property
    def media_type(self) -> str:
        """The media type without parameters, lower case."""


@dataclass(frozen=True, slots=True)
class MediaRange:
    """One element of `Accept`.

    Attributes:
        type: Lower case, or `*`.
        subtype: Lower case, or `*`.
        parameters: Names in lower case, values unquoted; `q` taken out.
        weight: 0.0 to 1.0.
    """

    type: str
    subtype: str
    parameters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    weight: float = 1.0

    @property
    def specificity(self) -> tuple[int, int]:
        """How specific the range is; larger is more specific (RFC 9110, 12.5.1)."""
        return (self.type != "*") + (self.subtype != "*"), len(self.parameters)

    def matches(self, media_type: str, own: Mapping[str, str], advisory: Iterable[str]) -> bool:
        """Whether the range covers a media type with these parameters of its own."""
        kind, _, subtype = media_type.partition("/")
        if self.type not in ("*", kind) or self.subtype not in ("*", subtype):
            return False
        for name, value in self.parameters.items():
            if name == "charset":
                if value.lower() not in ("utf-8", "utf8"):
                    return False
            elif name not in advisory and own.get(name) != value:
                return False
        return True


@dataclass(frozen=True, slots=True)
class Choice:
    """What a negotiation gave: the index of the offer, and the range that won it."""

    index: int
    weight: float
    matched: MediaRange


def split_elements(header: str, separator: str = ",") -> list[str]:
    """A header's list elements: split at the separator outside quoted strings, trimmed, in order.

    Empty elements are dropped (RFC 9110, 5.6.1.2). A quoted string that never ends takes the rest.
    """
    elements: list[str] = []
    start, quoted, escaped = 0, False, False
    for at, char in enumerate(header):
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == separator and not quoted:
            elements.append(header[start:at].strip(_OWS))
            start = at + 1
    elements.append(header[start:].strip(_OWS))
    return [element for element in elements if element]


def _read_parameters(pieces: Sequence[str]) -> tuple[dict[str, str], float] | None:
    """Parameters and weight of one element, or None where one cannot be read."""
    parameters: dict[str, str] = {}
    weight = 1.0
    for piece in pieces:
        found = _PARAMETER.fullmatch(piece)
        if found is None:
            return None
        name = found[1].lower()
        value = found[3] if found[2] is None else re.sub(r"\\(.)", r"\1", found[2])
        if name == "q":
            if _WEIGHT.match(value) is None:
                return None
            weight = float(value)
        else:
            parameters[name] = value
    return parameters, weight


def read_accept(header: str) -> tuple[MediaRange, ...]:
    """The ranges of an `Accept` header, in its order, unreadable ones left out.

    Raises:
        MalformedHeaderError: Elements stand there and none can be read, there are more than
            `MAX_ELEMENTS`, or it is longer than `MAX_ACCEPT`.
    """
    if len(header) > MAX_ACCEPT:
        raise MalformedHeaderError(f"more than {MAX_ACCEPT} characters")
    elements = split_elements(header)
    if len(elements) > MAX_ELEMENTS:
        raise MalformedHeaderError(f"more than {MAX_ELEMENTS} elements")
    ranges: list[MediaRange] = []
    for element in elements:
        head, *rest = split_elements(element, ";") or [""]
        name = _TYPE.fullmatch(head)
        tail = _read_parameters(rest)
        if name is None or tail is None:
            continue
        kind, subtype = name[1].lower(), name[2]
        if (kind == "*" and subtype not in ("*", None)) or (kind != "*" and subtype is None):
            continue
        ranges.append(
            MediaRange(kind, (subtype or "*").lower(), MappingProxyType(tail[0]), tail[1])
        )
    if elements and not ranges:
        raise MalformedHeaderError(f"no media range can be read in {header[:200]!r}")
    return tuple(ranges)


def _best_range(ranges: Sequence[MediaRange], offer: Offer) -> MediaRange | None:
    """The most specific range that covers the offer; of equal ones the heaviest.

    A synonym is covered only by its own name, never by a wildcard, and never revives a type
    that was excluded by name.
    """
    own: Mapping[str, str] = getattr(offer, "parameters", {})
    advisory: Iterable[str] = getattr(offer, "advisory", ())
    covering = [each for each in ranges if each.matches(offer.media_type, own, advisory)]
    if not any(each.specificity[0] == 2 for each in covering):
        for name in getattr(offer, "synonyms", ()):
            covering += [
                each
                for each in ranges
                if each.specificity[0] == 2 and each.matches(name, own, advisory)
            ]
    return max(covering, key=lambda each: (each.specificity, each.weight), default=None)


def choose_index(header: str | None, offers: Sequence[Offer]) -> Choice | None:
    """The offer to send for an `Accept` header, or None where nothing fits (406).

    Args:
        header: The field's value, several lines joined by commas; None or empty: anything goes.
        offers: In the server's order of preference. Beside `media_type` an offer may have
            `synonyms` (other media types for the same thing), `parameters` (its own, by name)
            and `advisory` (names that never exclude it).

    Raises:
        MalformedHeaderError: See `read_accept`.
    """
    if header is None or not header.strip(_OWS + ","):
        return Choice(0, 1.0, MediaRange("*", "*")) if offers else None
    ranges = read_accept(header)
    data_first = not wants_page(header)
    best: tuple[tuple[float, tuple[int, int], bool, int], Choice] | None = None
    for index, offer in enumerate(offers):
        matched = _best_range(ranges, offer)
        if matched is None or matched.weight == 0:
            continue
        behind = data_first and matched.specificity[0] == 2 and offer.media_type == _PAGE
        key = (matched.weight, matched.specificity, not behind, -index)
        if best is None or key > best[0]:
            best = key, Choice(index, matched.weight, matched)
    return best[1] if best else None


OfferT = TypeVar("OfferT", bound=Offer)


def choose(header: str | None, offers: Sequence[OfferT]) -> OfferT | None:
    """The offer itself instead of its index; see `choose_index`."""
    choice = choose_index(header, offers)
    return None if choice is None else offers[choice.index]


def wants_page(header: str | None) -> bool:
    """Whether a client wants a page where data are the default: it names HTML first among its best.

    Browsers ask so; programs that can also read HTML name what they came for before it.
    """
    try:
        ranges = read_accept(header or "")
    except MalformedHeaderError:
        return False
    first = max(ranges, key=lambda each: each.weight, default=None)
    return first is not None and first.weight > 0 and (first.type, first.subtype) in _PAGES


def choose_coding(header: str | None, available: Sequence[str]) -> str | None:
    """The content coding for an `Accept-Encoding` header (RFC 9110, 12.5.3).

    Args:
        header: The field's value, or None.
        available: Codings at hand beside `identity`, best first: `("gzip",)`.

    Returns:
        A name from `available`, `identity`, or None where the client excludes all of them (406).
        Without the header: `identity`. A coding must weigh as much as identity does to be taken.
    """
    if header is None:
        return "identity"
    weights: dict[str, float] = {}
    for element in split_elements(header)[:MAX_ELEMENTS]:
        head, *rest = split_elements(element, ";") or [""]
        tail = _read_parameters(rest)
        if tail is not None and re.fullmatch(_NAME, head):
            name = head.lower().removeprefix("x-")
            weights[name] = max(tail[1], weights.get(name, 0.0))
    star = weights.get("*")
    identity = weights.get("identity", 0.0 if star == 0 else None)
    taken, heaviest = None, identity or 0.0
    for name in available:
        weight = weights.get(name, star or 0.0)
        if weight > 0 and (weight > heaviest or (taken is None and weight >= heaviest)):
            taken, heaviest = name, weight
    if taken is not None:
        return taken
    return None if identity == 0 else "identity"
