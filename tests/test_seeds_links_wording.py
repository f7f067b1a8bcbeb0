"""What the outside links say of their origin can be read by anybody, each link alone.

Source: pacta:seenIn is published in the data and shown on the pages.
"""

from __future__ import annotations

import re

import yaml

from loader.workspace import open_workspace

LINKS = open_workspace(None).seeds / "links"
UNREADABLE = re.compile(r"\b(stored|same file|index item|snapshot|crawl|fetched)\b", re.I)
"""Words that name no file or page to a reader of one link."""


def entries() -> list[tuple[str, dict[str, str]]]:
    """Return (thing, entry) of every outside link."""
    return [
        (record["about"], entry)
        for file in sorted(LINKS.glob("*.yaml"))
        for record in yaml.load(file.read_bytes(), Loader=yaml.BaseLoader)  # noqa: S506 (as text)
        for entry in record["links"]
    ]


def test_no_link_speaks_of_what_a_reader_cannot_find() -> None:
    """A place of origin is a file, a page or a document, by its own name."""
    links = entries()

    assert links
    assert [] == [
        (thing, text)
        for thing, entry in links
        for text in (entry.get("seenIn", ""), entry.get("note", ""))
        if UNREADABLE.search(text)
    ]


def test_only_what_was_seen_says_where_and_when() -> None:
    """A link that was not searched for was seen nowhere; every other one says where and when."""
    for thing, entry in entries():
        searched = entry.get("searchResult") != "not-searched"
        assert searched == ("seenIn" in entry) == ("seenOn" in entry), (thing, entry)
