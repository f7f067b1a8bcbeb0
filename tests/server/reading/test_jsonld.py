"""JSON-LD: what the standard leaves out in silence is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from server.reading.reader import ReadingOptions
from server.reading.summary import describe_left_out, describe_reports, summarise_reports
from tests.server.reading.files import ONE, load

SOUND = {"@id": "http://e/a", "http://e/b": "x"}


@pytest.mark.parametrize(
    ("document", "words", "what"),
    [
        ({"@id": "http://e/a b", "http://e/b": "x"}, "http://e/a b", "no IRI"),
        ({"@id": "a {b}", "http://e/b": "x"}, "a {b}", "no IRI"),
        ({"@id": "http://e/ą\n", "http://e/b": "x"}, r"http://e/ą\n", "no IRI"),
        ({"@id": 'http://e/"a"', "http://e/b": "x"}, r"http://e/\"a\"", "no IRI"),
        ({"@id": "http://e/a", "@type": "http://e/C D"}, "http://e/C D", "no IRI"),
        ({"@id": "http://e/a", "http://e/b|c": "x"}, "http://e/b|c", "no IRI"),
        ({"@id": "http://e/a", "http://e/b": {"@id": "urn:<x>"}}, "urn:<x>", "no IRI"),
        (
            {"@id": "http://e/a", "http://e/b": {"@value": "x", "@language": "en_GB"}},
            "en_GB",
            "no language tag",
        ),
        (
            {"@context": {"id": "@id", "b": "http://e/b"}, "id": "http://e/a b", "b": "x"},
            "http://e/a b",
            "no IRI",
        ),
        ({"@context": {"b": "http://e/b"}, "@id": "http://e/z", "id": "a b", "b": "x"}, "", ""),
        ({"@id": "http://e/z", "http://e/b": 'she said: "http://e/a b": x'}, "", ""),
        ({"@id": "http://e/z", "http://e/b": {"@value": "x", "@language": "zh-Hant-TW"}}, "", ""),
    ],
)
@pytest.mark.parametrize("skip_invalid", [False, True])
def test_what_json_ld_leaves_out_is_told(
    tmp_path: Path, document: dict[str, Any], words: str, what: str, skip_invalid: bool
) -> None:
    """With its place; the rest is served, with `--skip-invalid` or without it."""
    text = "[\n" + json.dumps(SOUND) + ",\n" + json.dumps(document, ensure_ascii=False) + "\n]"
    found, report = load(tmp_path, "a.jsonld", text, ReadingOptions(skip_invalid))

    assert set(ONE) <= set(found)
    assert report.left_out_count == (1 if words else 0)
    if words:
        (fault,) = report.left_out
        column = text.splitlines()[2].index(words) + 1
        assert (fault.line, fault.column) == (3, column)
        assert fault.detail == f"{words!r} is {what}: JSON-LD leaves out what has it"


def test_the_word_stands_everywhere(tmp_path: Path) -> None:
    """At the start, in `/health` and in the service description, as of other faults."""
    text = json.dumps([SOUND, {"@id": "a b", "http://e/b": "x"}])
    _, report = load(tmp_path, "a.jsonld", text)

    assert "'a b' is no IRI" in describe_reports([report], union=False)[2]
    assert summarise_reports([report])[0]["left_out"] == 1
    assert describe_left_out([report]) == (
        "Statements were left out because of 1 fault in a.jsonld."
    )


def test_where_contexts_come_from_files_the_words_come_without_a_place(tmp_path: Path) -> None:
    """The document that is read then is made here."""
    (tmp_path / "c.jsonld").write_text('{"@context": {"id": "@id", "b": "http://e/b"}}')
    text = json.dumps([{"@context": "c.jsonld", "id": name, "b": "x"} for name in ("a b", "a")])
    found, report = load(tmp_path, "a.jsonld", text)

    assert len(found) == 1
    assert [fault.line for fault in report.left_out] == [None]
