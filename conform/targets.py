"""The other targets of rules: the site's endpoint, its dumps, its things.

Each fetches an answer when a rule first needs it and keeps it, so that rules share answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from rdflib.term import Node

from conform.answers.fetch import Answer
from conform.answers.fields import links_by_rel
from conform.answers.html import HtmlFacts, read_html
from conform.answers.rdf import HTML, RDF_TYPES, Triple
from conform.door import Door
from conform.errors import RuleBrokenError, apply_if

MAX_PAGES = 50
"""More pages of one document are not walked."""


@dataclass
class Dump:
    """A dump and what the description says of it."""

    door: Door
    url: str
    node: Node | None = None

    @property
    def name(self) -> str:
        """How a report names it."""
        return self.url

    @property
    def says(self) -> Mapping[str, Node]:
        """Property → value of its DCAT distribution."""
        about = self.node
        if about is None:
            return {}
        return {str(name): value for node, name, value in self.door.description if node == about}

    @cached_property
    def head(self) -> Answer:
        """Its answer to HEAD."""
        return self.door.follow(self.url, method="HEAD")

    @property
    def place(self) -> str:
        """Where it lies after redirects."""
        return self.head.url

    @cached_property
    def length(self) -> int:
        """Its length by HEAD; the rule does not apply where there is none."""
        text = self.head.get("content-length")
        apply_if(self.head.status == 200 and text.isdigit(), "HEAD gives no length")
        return int(text)

    @cached_property
    def whole(self) -> Answer:
        """The whole dump; the rule does not apply if it is larger than the limit of a body."""
        apply_if(self.length <= self.door.fetcher.limits.max_bytes, "larger than --max-bytes")
        answer = self.door.send(self.place)
        apply_if(answer.status == 200 and not answer.cut, f"GET answers {answer.status}")
        return answer

    def part(self, ranges: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to a range request."""
        return self.door.send(self.place, headers={"Range": ranges, **(headers or {})})


class Entity:
    """A thing (or a document by itself) and its documents in all formats.

    Args:
        iri: Published.
        is_document: The address is that of a document, not of a thing.
    """

    def __init__(self, door: Door, iri: str, *, is_document: bool = False) -> None:
        self.door = door
        self.iri = iri
        self.is_document = is_document

    @property
    def name(self) -> str:
        """How a report names it."""
        return self.iri

    @cached_property
    def answer(self) -> Answer:
        """What a client without any wish gets in the end."""
        return self.door.follow(self.iri)

    @cached_property
    def offers(self) -> dict[str, Answer]:
        """Media type → answer to a client that accepts only that, for the available types."""
        found = {}
        for kind in (HTML, *RDF_TYPES):
            answer = self.door.follow(self.iri, kind)
            if answer.status == 200 and answer.kind == kind:
                found[kind] = answer
        return found

    @property
    def rdf_offers(self) -> dict[str, Answer]:
        """The offers that are RDF."""
        return {kind: answer for kind, answer in self.offers.items() if kind != HTML}

    def pick(self) -> tuple[str, Answer]:
        """The offer that most rules look at: Turtle if there is one, else the first RDF format."""
        apply_if(self.rdf_offers, "no document in RDF")
        return next(iter(self.rdf_offers.items()))

    def pick_two(self) -> tuple[str, str]:
        """Two available media types, one of them RDF."""
        apply_if(len(self.offers) > 1, "fewer than two formats: nothing to negotiate")
        first = self.pick()[0]
        others = (kind for kind in self.offers if kind != first)
        other = HTML if HTML in self.offers else next(others)
        return first, other

    @cached_property
    def negotiated(self) -> str:
        """The address at which the format is chosen: where the ways of the offers part."""
        apply_if(self.offers, "no document")
        ways = [[step.url for step in (*answer.trail, answer)] for answer in self.offers.values()]
        shared = [steps[0] for steps in zip(*ways, strict=False) if len(set(steps)) == 1]
        return shared[-1] if shared else self.door.locate(self.iri)

    def ask(
        self,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
    ) -> Answer:
        """Ask where the format is chosen."""
        return self.door.follow(self.negotiated, accept, headers, method)

    @cached_property
    def facts(self) -> HtmlFacts:
        """What its page says to machines; rules about it do not apply where there is none."""
        apply_if(HTML in self.offers, "no document in HTML")
        return read_html(self.offers[HTML].text)

    @cached_property
    def pages(self) -> list[Answer]:
        """The document's pages, in order (RFC 8288, `next`); one where it is not paged."""
        kind, answer = self.pick()
        pages = [answer]
        following = links_by_rel(answer.links, "next")
        while following and len(pages) < MAX_PAGES:
            answer = self.door.follow(self.door.resolve(answer, following[0].target), kind)
            pages.append(answer)
            following = links_by_rel(answer.links, "next") if answer.status == 200 else []
        return pages

    @cached_property
    def graph(self) -> frozenset[Triple]:
        """The triples of all its pages; rules about them do not apply where they do not parse."""
        triples: frozenset[Triple] = frozenset()
        for page in self.pages:
            try:
                triples |= self.door.parse(page)
            except RuleBrokenError:
                apply_if(False, "its document does not parse (document-parses says more)")
        return triples
