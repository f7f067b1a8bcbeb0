"""`server/sparql/request.py`: what a request asks, wherever its parameters came from."""

import pytest

from server.errors import BadRequestError, UnsupportedBodyError
from server.settings import Settings
from server.sparql.request import SparqlRequest, read_content_type, read_request

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
SETTINGS = Settings(query_timeout_s=30.0)


def ask(query_string: str) -> SparqlRequest:
    """A GET."""
    return read_request("GET", query_string.encode(), "", bytes, SETTINGS)


def post(body: bytes, kind: str = QUERY, coding: str = "") -> SparqlRequest:
    """A POST."""
    return read_request("POST", b"", kind, lambda: body, SETTINGS, coding)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ("", "utf-8")),
        (";;;", ("", "utf-8")),
        ("Text/Turtle", ("text/turtle", "utf-8")),
        (f"{QUERY};charset=UTF-8", (QUERY, "utf-8")),
        (f"{QUERY} ; Charset=utf-16", (QUERY, "utf-16")),
        (f'{QUERY}; charset="utf\\-8"', (QUERY, "utf-8")),
        (f'{QUERY}; foo="a;charset=utf-16"', (QUERY, "utf-8")),
        (f'{QUERY}; foo="a\\";charset=utf-16"; charset=ascii', (QUERY, "ascii")),
        (f"{QUERY};;charset=ascii;", (QUERY, "ascii")),
        (f"{QUERY}; charset=", (QUERY, "")),
        (f'{QUERY}; charset=""', (QUERY, "")),
        (f"{QUERY}; charset", (QUERY, "")),
    ],
)
def test_content_type_is_read_by_its_grammar(header: str, expected: tuple[str, str]) -> None:
    """RFC 9110, 5.6.6: a semicolon in a quoted string ends no parameter."""
    assert expected == read_content_type(header)


def test_quoted_parameter_changes_nothing() -> None:
    """A parameter that nobody knows is passed over whole."""
    assert "ASK {}" == post(b"ASK {}", f'{QUERY}; foo="a;charset=utf-16"').query


@pytest.mark.parametrize(
    ("charset", "detail"), [("", "`charset` is empty"), ("utf-16", "a body in 'utf-16' is not")]
)
def test_other_charsets_are_refused_readably(charset: str, detail: str) -> None:
    """An empty one is said to be empty."""
    with pytest.raises(UnsupportedBodyError) as caught:
        post(b"ASK {}", f"{QUERY};charset={charset}")

    assert caught.value.detail.startswith(detail)
    assert caught.value.hint


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "identity, br", "deflate,gzip", "x"])
@pytest.mark.parametrize("kind", [FORM, QUERY])
def test_coded_body_is_refused(kind: str, coding: str) -> None:
    """RFC 9110, 15.5.16: 415 says which content codings are read."""
    with pytest.raises(UnsupportedBodyError) as caught:
        post(b"", kind, coding)

    assert {"Accept-Encoding": "identity"} == caught.value.response_headers
    assert coding.lower().split(",")[-1].strip() in caught.value.detail


@pytest.mark.parametrize("coding", ["", " ", "identity", "Identity", ", identity,"])
def test_body_as_it_is_is_read(coding: str) -> None:
    """No content coding, in every way to say so."""
    assert "ASK {}" == post(b"ASK {}", QUERY, coding).query


def test_one_byte_order_mark_is_dropped() -> None:
    """Editors put it in front; within the text and a second time it is a character."""
    mark = "\ufeff"

    assert "ASK {}" == post(f"{mark}ASK {{}}".encode()).query
    assert "ASK {}" == post(b"query=%EF%BB%BFASK+{}", FORM).query
    assert "ASK {}" == ask("query=%EF%BB%BFASK+{}").query
    assert f"{mark}ASK {{{mark}}}" == post(f"{mark}{mark}ASK {{{mark}}}".encode()).query


@pytest.mark.parametrize("name", ["default-graph-uri", "named-graph-uri"])
def test_empty_graph_counts_as_absent(name: str) -> None:
    """Links made for other endpoints always carry one."""
    assert ask(f"query=ASK{{}}&{name}=").dataset is None
    assert ask(f"query=ASK{{}}&{name}=&default-graph-uri=u:a").dataset == (("u:a",), ())
    assert ask(f"{name}=").query is None
    with pytest.raises(BadRequestError):
        ask(f"query=ASK{{}}&{name}=%20")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 30.0),
        ("2.5", 2.5),
        ("+2.", 2.0),
        (".5", 0.5),
        ("31", 30.0),
        ("9" * 400, 30.0),
        ("9" * 100_000, 30.0),
        ("0" * 400 + "2", 2.0),
        ("1." + "0" * 400, 1.0),
    ],
)
def test_timeout_is_lowered_to_the_limit(text: str, seconds: float) -> None:
    """However many digits it has."""
    assert seconds == ask(f"query=ASK{{}}&timeout={text}").timeout_s


@pytest.mark.parametrize(
    "text",
    ["-1", "1e3", "nan", "inf", ".", "%D9%A3", "%EF%BC%93", "1%C2%B2", "1,5"],
)
def test_timeout_is_ascii_digits(text: str) -> None:
    """Digits of other scripts, signs and exponents are none."""
    with pytest.raises(BadRequestError, match="timeout"):
        ask(f"query=ASK{{}}&timeout={text}")
