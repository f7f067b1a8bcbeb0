"""What the outside links say of their origin can be read by anybody, each link alone.

Source: pacta:seenIn is published in the data and shown on the pages.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

import yaml

from loader.workspace import open_workspace

LINKS = open_workspace(None).seeds / "links"
UNREADABLE = re.compile(r"\b(stored|same file|index item|snapshot|crawl|fetched)\b", re.I)
"""Words that name no file or page to a reader of one link."""
AS_TEXT: Final[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Reads every scalar as text; in C where the library was built so, which is ten times as fast."""


@cache
def entries() -> list[tuple[str, dict[str, str]]]:
    """Return (thing, entry) of every outside link."""
    return [
        (record["about"], entry)
        for file in sorted(LINKS.glob("*.yaml"))
        for record in yaml.load(file.read_bytes(), Loader=AS_TEXT)  # noqa: S506 (as text)
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


def test_every_identifier_says_what_stands_beside_it() -> None:
    """An identifier that is published was seen with a name; the older ones name their source."""
    unnamed = [
        (thing, entry)
        for thing, entry in entries()
        if "outsideIdentifier" in entry and not ("statedAs" in entry and "seenIn" in entry)
    ]

    assert unnamed == []


def test_a_land_is_not_the_same_as_a_state() -> None:
    """An item of a state is no more than close to the record of its land."""
    same = {
        thing: entry["target"]
        for thing, entry in entries()
        if thing.startswith(("territory/", "party/")) and entry.get("matchRelation") == "same-as"
        if "wikidata.org" in entry.get("target", "")
    }
    targets = list(same.values())

    assert "territory/belarus" not in same
    assert sorted(targets) == sorted(set(targets))


def test_nine_in_ten_were_looked_for() -> None:
    """Treaties, parties, persons and settlements have an identifier, or a recorded search."""
    looked_for = {
        thing for thing, entry in entries() if entry.get("searchResult") != "not-searched"
    }
    files = [file for file in sorted(LINKS.parent.glob("*/*.yaml")) if file.parent != LINKS]
    records = [
        record
        for file in files
        for record in yaml.load(file.read_bytes(), Loader=AS_TEXT)  # noqa: S506 (as text)
        if isinstance(record, dict) and "id" in record
    ]
    for kind in ("treaty", "party", "person", "place"):
        of_kind = [
            record["id"]
            for record in records
            if record["id"].startswith(f"{kind}/")
            if kind != "place" or "Settlement" in record["type"]
        ]
        found = sum(one in looked_for for one in of_kind)

        assert of_kind, kind
        assert found >= 0.9 * len(of_kind), (kind, found, len(of_kind))
