"""Chooses the format of an answer: from `format=`, else from `Accept`. Pure."""

from collections.abc import Mapping
from functools import lru_cache

from server.errors import BadRequestError, NotAcceptableError
from server.http.formats import BY_NAME, FORMATS, Content, Format, find_format, list_formats
from server.http.negotiate import MalformedHeaderError, choose
from server.sparql.request import SparqlRequest

_HTML = BY_NAME["html"]

_ANSWERS: Mapping[Content, str] = {
    "rows": "the rows of a SELECT",
    "boolean": "the answer of an ASK",
    "triples": "triples",
}
"""What an answer is, in words."""


def choose_format(
    request: SparqlRequest, content: Content, accept: str | None, *, page: bool
) -> Format:
    """Return the format of an answer: the one that `format=` names, else what `Accept` prefers.

    Args:
        request: The request, for its `format=`.
        content: What the answer is.
        accept: The header, lines joined; None where there is none.
        page: Whether a page for people may be sent.

    Raises:
        BadRequestError: `format=` names nothing known, or `Accept` cannot be read.
        NotAcceptableError: Nothing fits, or `format=` names a format that cannot carry the answer;
            the error lists the available formats.
    """
    offers = _list_offers(content, page)
    if request.formats:
        found = [_read_format(word, offers) for word in request.formats]
        named = found[0]
        if named is None and all(_read_format(word, FORMATS) for word in request.formats):
            raise NotAcceptableError(
                f"`format` or `output` is {request.formats[0][:80]!r}, "
                f"which cannot carry {_ANSWERS[content]}",
                hint=f"For this request there are: {', '.join(row.name for row in offers)}.",
                members={"available": _tell(offers)},
                headers={"Vary": "Accept"},
            )
        if named is None or any(each is not named for each in found):
            said = ", ".join(repr(word[:80]) for word in request.formats[:4])
            raise BadRequestError(
                f"`format` or `output` is {said}: not one format that can be sent here",
                hint=f"For this request there are: {', '.join(row.name for row in offers)}.",
                members={"available": _tell(offers)},
            )
        return named
    try:
        chosen = _negotiate(accept, content, page)
    except MalformedHeaderError as error:
        raise BadRequestError(f"`Accept` cannot be read: {error}") from None
    if chosen is None:
        raise NotAcceptableError(
            f"none of the formats for {content} is acceptable to the client",
            members={"available": _tell(offers)},
            headers={"Vary": "Accept"},
        )
    return chosen


def _list_offers(content: Content, page: bool) -> tuple[Format, ...]:
    """The available formats."""
    return list_formats(content) + ((_HTML,) if page else ())


def _tell(offers: tuple[Format, ...]) -> list[dict[str, str]]:
    """Formats, as an error lists them."""
    return [{"format": row.name, "type": row.media_type} for row in offers]


def _read_format(words: str, offers: tuple[Format, ...]) -> Format | None:
    """The format that `format=` names; of a list, which some clients send, the first known one."""
    known = (find_format(word, offers) for word in words.split(","))
    return next((row for row in known if row is not None), None)


@lru_cache(maxsize=64)
def _negotiate(accept: str | None, content: Content, page: bool) -> Format | None:
    """The format that `Accept` asks for. Clients send few different values, so results are kept."""
    return choose(accept, _list_offers(content, page))
