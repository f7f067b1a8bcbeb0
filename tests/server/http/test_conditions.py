"""`server/http/conditions.py`: validators, and preconditions in their order."""

import contextlib
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.http.conditions import (
    Validators,
    check_conditions,
    check_if_range,
    join_vary,
    make_etag,
    read_date,
    read_etags,
)
from server.http.negotiate import MalformedHeaderError

OWN = Validators('"abc"', datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC))
BEFORE = "Sun, 22 Nov 2026 11:59:59 GMT"
SAME = "Sun, 22 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("method", "headers", "verdict"),
    [
        ("GET", {}, "proceed"),
        ("GET", {"If-None-Match": '"abc"'}, "not-modified"),
        ("HEAD", {"If-None-Match": '"abc"'}, "not-modified"),
        ("GET", {"If-None-Match": 'W/"abc"'}, "not-modified"),
        ("GET", {"If-None-Match": '"x", "abc"'}, "not-modified"),
        ("GET", {"If-None-Match": '"x" , , W/"y",'}, "proceed"),
        ("GET", {"If-None-Match": ', "abc"'}, "not-modified"),
        ("GET", {"If-None-Match": '"x",\t,"abc" ,'}, "not-modified"),
        ("GET", {"If-None-Match": ", ,"}, "proceed"),
        ("GET", {"If-None-Match": "", "If-Modified-Since": SAME}, "not-modified"),
        ("GET", {"If-Match": ',"abc"'}, "proceed"),
        ("GET", {"If-Match": ","}, "proceed"),
        ("GET", {"If-Match": " ", "If-Unmodified-Since": BEFORE}, "failed"),
        ("GET", {"If-None-Match": "*"}, "not-modified"),
        ("POST", {"If-None-Match": "*"}, "failed"),
        ("GET", {"If-None-Match": '"x"', "If-Modified-Since": SAME}, "proceed"),
        ("GET", {"If-Modified-Since": SAME}, "not-modified"),
        ("GET", {"If-Modified-Since": BEFORE}, "proceed"),
        ("GET", {"If-Modified-Since": "yesterday"}, "proceed"),
        ("POST", {"If-Modified-Since": SAME}, "proceed"),
        ("GET", {"If-Match": '"abc"'}, "proceed"),
        ("GET", {"If-Match": 'W/"abc"'}, "failed"),
        ("GET", {"If-Match": '"x"'}, "failed"),
        ("GET", {"If-Match": "*"}, "proceed"),
        ("GET", {"If-Match": '"abc"', "If-Unmodified-Since": BEFORE}, "proceed"),
        ("GET", {"If-Unmodified-Since": BEFORE}, "failed"),
        ("GET", {"If-Unmodified-Since": SAME}, "proceed"),
        ("GET", {"If-Match": '"abc"', "If-None-Match": '"abc"'}, "not-modified"),
    ],
)
def test_check_conditions_follows_the_order_of_the_standard(
    method: str, headers: dict[str, str], verdict: str
) -> None:
    """RFC 9110, 13.2.2: tags before dates, match before none-match, weak only for none-match."""
    assert check_conditions(method, headers, OWN) == verdict


@pytest.mark.parametrize(
    ("header", "holds"),
    [
        (None, True),
        ('"abc"', True),
        (' "abc" ', True),
        ('W/"abc"', False),
        ('"x"', False),
        ('"abc", "x"', False),
        (SAME, True),
        (BEFORE, False),
        ("Sun, 22 Nov 2026 12:00:01 GMT", False),
        ("neither tag nor date", False),
        ("", False),
    ],
)
def test_check_if_range_wants_exactly_what_would_be_sent(header: str | None, holds: bool) -> None:
    """RFC 9110, 13.1.5: no weak tag, no later date; without a time of change no date at all."""
    assert check_if_range(header, OWN) is holds
    if header != SAME:
        assert check_if_range(header, Validators('"abc"')) is holds


@pytest.mark.parametrize("header", ["abc", '"a" "b"', '"a', ",abc", '"a",b', "W/abc"])
def test_read_etags_refuses_what_is_no_list_of_tags(header: str) -> None:
    """A tag without quotes is an error of the client that it should hear of."""
    with pytest.raises(MalformedHeaderError):
        read_etags(header)


def test_read_etags_leaves_out_empty_elements() -> None:
    """RFC 9110, 5.6.1.2: they do not count, and a list of nothing else has no tag."""
    assert read_etags(', "a" ,, W/"b",') == ((False, "a"), (True, "b"))
    assert read_etags(" , ") == read_etags("") == ()
    assert read_etags(" * ") is None


def test_read_etags_reads_a_long_header_at_once() -> None:
    """A header of blanks or commas takes no longer than one of tags: minutes, were it quadratic."""
    began = time.thread_time()
    assert read_etags("," * 100_000) == ()
    with pytest.raises(MalformedHeaderError):
        read_etags('"a"' + " " * 100_000 + "b")

    assert time.thread_time() - began < 10


def test_make_etag_keeps_the_parts_apart() -> None:
    """Every part counts, and where one part ends and the next begins counts too."""
    made = {make_etag("a", "bc"), make_etag("ab", "c"), make_etag("abc"), make_etag("a", "bc", "")}

    assert len(made) == 4
    assert all(read_etags(tag) == ((False, tag[1:-1]),) for tag in made)


def test_headers_give_an_http_date() -> None:
    """`Last-Modified` is an IMF-fixdate and left out where unknown."""
    assert OWN.headers == {"ETag": '"abc"', "Last-Modified": SAME}
    assert Validators('"x"').headers == {"ETag": '"x"'}


@given(st.text(max_size=60))
def test_headers_of_any_text_give_a_verdict_or_the_known_error(text: str) -> None:
    """No header value makes it fail in another way."""
    read_date(text)
    with contextlib.suppress(MalformedHeaderError):
        check_conditions("GET", {"If-None-Match": text, "If-Modified-Since": text}, OWN)


def test_join_vary_names_each_field_once() -> None:
    """Names keep their order and are not repeated."""
    assert join_vary("Accept", "Accept-Encoding", "Accept", "") == "Accept, Accept-Encoding"
