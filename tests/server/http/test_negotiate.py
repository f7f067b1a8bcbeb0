"""Negotiation: Accept and Accept-Encoding by RFC 9110, case by case and by property."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.http.negotiate import (
    MalformedHeaderError,
    choose,
    choose_coding,
    choose_index,
    read_accept,
    split_elements,
    wants_page,
)


@dataclass(frozen=True)
class Row:
    """An offer as `server/http/formats.py` makes them."""

    media_type: str
    synonyms: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    advisory: tuple[str, ...] = ("version",)


HTML = Row("text/html", ("application/xhtml+xml",))
TURTLE = Row("text/turtle", ("application/x-turtle",))
JSONLD = Row("application/ld+json", ("application/json",), advisory=("version", "profile"))
RDFXML = Row("application/rdf+xml")
OFFERS = (HTML, TURTLE, JSONLD, RDFXML)

CHOICES: list[tuple[str | None, Row | None]] = [
    (None, HTML),
    ("", HTML),
    (" , ,", HTML),
    ("*/*", HTML),
    ("*", HTML),
    ("text/turtle", TURTLE),
    ("TEXT/Turtle", TURTLE),
    ("text/turtle, */*", TURTLE),
    ("*/*, text/turtle", TURTLE),
    ("text/turtle;q=0.2, */*;q=0.1", TURTLE),
    ("text/turtle;q=0.1, */*;q=0.2", HTML),
    ("text/*;q=0.9, text/html;q=0.1", TURTLE),
    ("text/*", HTML),
    ("application/*", JSONLD),
    ("application/*, application/ld+json;q=0", RDFXML),
    ("*/*, text/html;q=0, text/turtle;q=0, application/ld+json;q=0", RDFXML),
    ("*/*;q=0", None),
    ("image/png", None),
    ("text/turtle;q=0", None),
    ("text/turtle;q=0, */*;q=0.000", None),
    ("image/png, application/rdf+xml;q=0.001", RDFXML),
    ("application/rdf+xml;q=0.8,text/turtle;q=0.9,text/html;q=0.5", TURTLE),
    ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", HTML),
    ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", HTML),
    ("application/ld+json, application/json;q=0.9", JSONLD),
    ("application/json", JSONLD),
    ("application/x-turtle", TURTLE),
    ("application/x-turtle, text/turtle;q=0", None),
    ("text/turtle;charset=utf-8", TURTLE),
    ('text/turtle;charset="UTF-8"', TURTLE),
    ("text/turtle;charset=iso-8859-1", None),
    ("text/turtle;charset=iso-8859-1, text/html;q=0.1", HTML),
    ("text/turtle;version=1.2", TURTLE),
    ("text/html;level=1", None),
    ("text/html;level=1, text/turtle;q=0.1", TURTLE),
    ('application/ld+json;profile="http://www.w3.org/ns/json-ld#flattened"', JSONLD),
    ('application/ld+json;profile="http://a.example/x,y;z http://b.example/"', JSONLD),
    ('application/ld+json;profile="a\\"b";q=0.3, text/turtle;q=0.2', JSONLD),
    ("text/turtle;q=0.5;charset=utf-8, text/html;q=0.4", TURTLE),
    ("text/turtle ; q=0.5 , text/html ; q=0.4", TURTLE),
    ("text/turtle;;q=0.5, text/html;q=0.4", TURTLE),
    ("text/turtle;Q=0.5, text/html;q=0.4", TURTLE),
    ("text/turtle;q=0, text/turtle;q=1", TURTLE),
    ("garbage, text/turtle", TURTLE),
    ("text/turtle;q=5, text/html", HTML),
    ("*/turtle, application/rdf+xml", RDFXML),
    ("text/turtle;charset=utf-8;q=0, text/turtle", None),
]


@pytest.mark.parametrize(("header", "expected"), CHOICES)
def test_choose_gives_the_offer_of_the_standard(header: str | None, expected: Row | None) -> None:
    """Weights, specificity, parameters, wildcards, exclusion and absence count as RFC 9110 says."""
    assert choose(header, OFFERS) is expected


@pytest.mark.parametrize("header", ["garbage", "text/", "/turtle", "text/turtle;q=x", '"', "a b/c"])
def test_read_accept_refuses_what_cannot_be_read_at_all(header: str) -> None:
    """A header without one readable element is malformed, not a wish for nothing."""
    with pytest.raises(MalformedHeaderError):
        read_accept(header)


def test_read_accept_refuses_a_flood() -> None:
    """Hundreds of elements are refused before they are compared."""
    with pytest.raises(MalformedHeaderError):
        read_accept(",".join(f"a/b{n}" for n in range(201)))


def test_choose_index_tells_the_parameters_that_won() -> None:
    """The route reads the JSON-LD profile from the range that won."""
    choice = choose_index('text/html;q=0.1, application/ld+json;profile="x y"', OFFERS)

    assert choice is not None
    assert dict(choice.matched.parameters) == {"profile": "x y"}
    assert OFFERS[choice.index] is JSONLD


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", True),
        ("text/*", True),
        ("application/sparql-results+json;q=0.5, text/html", True),
        ("application/sparql-results+json, text/html;q=0.1", False),
        ("application/n-quads,application/trig;q=0.95,text/html;q=0.2,*/*;q=0.1", False),
        ("application/problem+json, text/html", False),
        ("text/html;q=0", False),
        ("*/*", False),
        (", ;", False),
        ("", False),
        (None, False),
    ],
)
def test_wants_page_takes_no_program_for_a_browser(header: str | None, expected: bool) -> None:
    """A page where HTML is what the client came for; else problem+json."""
    assert expected is wants_page(header)


def test_choose_with_no_offer_gives_none() -> None:
    """Nothing offered, nothing chosen, whatever the header."""
    assert choose(None, ()) is None
    assert choose("*/*", ()) is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip, deflate, br, zstd", "gzip"),
        ("gzip;q=0", "identity"),
        ("br", "identity"),
        ("*", "gzip"),
        ("*;q=0", None),
        ("identity;q=0", None),
        ("identity;q=0, gzip", "gzip"),
        ("gzip;q=0, *;q=0", None),
        ("*;q=0, identity;q=0.1", "identity"),
        ("identity, gzip;q=0.5", "identity"),
        ("identity;q=0.5, gzip;q=0.5", "gzip"),
        ("gzip;q=nonsense", "identity"),
        (";;;,,", "identity"),
    ],
)
def test_choose_coding_follows_the_weights(header: str | None, expected: str | None) -> None:
    """RFC 9110, 12.5.3: identity stays acceptable unless it is excluded."""
    assert choose_coding(header, ("gzip",)) == expected


@given(st.text(max_size=120))
def test_choose_never_fails_otherwise(header: str) -> None:
    """Any text gives an offer, nothing, or the one error that the routes know."""
    try:
        chosen = choose(header, OFFERS)
    except MalformedHeaderError:
        return
    assert chosen is None or chosen in OFFERS
    assert choose_coding(header, ("gzip",)) in ("gzip", "identity", None)


@given(st.lists(st.text(st.characters(exclude_characters='",\\', codec="ascii"), min_size=1)))
def test_split_elements_undoes_a_join(parts: list[str]) -> None:
    """Without quotes, splitting is the inverse of joining, but for blanks and empty elements."""
    assert split_elements(",".join(parts)) == [t for p in parts if (t := p.strip(" \t"))]
