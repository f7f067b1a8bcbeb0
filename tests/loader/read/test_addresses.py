"""Addresses: their parts are safe, say what is stated, and differ where the statement does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.read.addresses import (
    SEPARATOR,
    article_part,
    date_part,
    fold,
    is_part,
    join,
    name_part,
    number_part,
    parse_address,
    text_part,
)
from tests.strategies import SLUG_PARTS, edtf_dates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("treaty/peace-1920", True),
        ("statement/peace-1920--signed-july", True),
        ("treaty/Peace", False),
        ("treaty/peace.1920", False),
        ("treaty/peace---x", False),
        ("treaty/-x", False),
        ("peace-1920", False),
        ("treaty/a/b", False),
        ("treaty/a#b", False),
    ],
)
def test_addresses_are_lower_case_words_with_hyphens(text: str, expected: bool) -> None:
    """No dots, since a suffix of a document begins with one."""
    assert (parse_address(text) is not None) is expected


@pytest.mark.parametrize(
    ("number", "part"),
    [
        ("I", "1"),
        ("IV", "4"),
        ("IX", "9"),
        ("XIX", "19"),
        ("XL", "40"),
        ("2", "2"),
        ("VIIa", "viia"),
    ],
)
def test_addresses_number_articles_in_arabic(number: str, part: str) -> None:
    """Roman and Arabic numbers give one address."""
    assert article_part(number) == part


def test_addresses_fold_names_and_mark_lost_letters() -> None:
    """Diacritics go; letters without a Latin form leave a digest."""
    assert fold("ŽELIGOWSKI  Łódź") == "zeligowski lodz"
    assert text_part("Вильна") == "vilna"
    assert text_part("ווילנע") != text_part("ווילנא")
    assert is_part(text_part("ווילנע"))


@given(st.text(max_size=80))
def test_addresses_of_texts_are_parts(text: str) -> None:
    """Any text gives a part of a slug, with nothing that would end or split it."""
    part = text_part(text)

    assert is_part(part)
    assert SEPARATOR not in part


@given(edtf_dates(), edtf_dates())
def test_addresses_of_dates_differ_where_the_dates_do(one: str, other: str) -> None:
    """Two dates have one part only if they are one date."""
    assert is_part(date_part(one))
    assert (date_part(one) == date_part(other)) is (one == other)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3), st.integers())
def test_addresses_of_numbers_are_parts(decimal: object, integer: int) -> None:
    """Signs and points become words and hyphens."""
    assert is_part(number_part(f"{decimal:f}"))
    assert is_part(number_part(str(integer)))


@given(st.lists(SLUG_PARTS, min_size=1, max_size=5), st.lists(SLUG_PARTS, min_size=1, max_size=5))
def test_addresses_split_in_one_way(one: list[str], other: list[str]) -> None:
    """Joining parts is injective."""
    assert (join(*one) == join(*other)) is (one == other)
    assert join(*one).split(SEPARATOR) == one


def test_addresses_name_properties_in_words() -> None:
    """Humps become hyphens."""
    assert name_part("partOf") == "part-of"
    assert name_part("signedOn") == "signed-on"
