"""The machine-readable parts of an HTML page: its links and its embedded JSON-LD."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from conform.answers.fields import WebLink


@dataclass
class HtmlFacts:
    """What a page says to machines.

    Attributes:
        links: `link` elements, one for each relation.
        blocks: Embedded JSON-LD, as read.
        broken: How many JSON-LD blocks are no JSON.
        anchors: Targets of `a` elements.
    """

    links: list[WebLink] = field(default_factory=list)
    blocks: list[Any] = field(default_factory=list)
    broken: int = 0
    anchors: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.facts = HtmlFacts()
        self._script: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and "href" in given:
            self.facts.links += [
                WebLink(given["href"], rel, given) for rel in given.get("rel", "").split()
            ]
        elif tag == "a" and "href" in given:
            self.facts.anchors.append(given["href"])
        elif tag == "script" and given.get("type", "").startswith("application/ld+json"):
            self._script = []

    def handle_data(self, data: str) -> None:
        if self._script is not None:
            self._script.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "script" and self._script is not None:
            try:
                self.facts.blocks.append(json.loads("".join(self._script)))
            except ValueError:
                self.facts.broken += 1
            self._script = None


def read_html(text: str) -> HtmlFacts:
    """Read a page; whatever it is, nothing is raised."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return reader.facts
