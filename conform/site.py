"""What is judged: the site, and the things, dumps and endpoint found on it.

Each of them asks lazily and remembers, so that rules share what was asked once.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlencode, urljoin, urlsplit

from rdflib import Literal, URIRef
from rdflib.term import Node

from conform import rdf
from conform.errors import NoAnswerError, RuleBrokenError, apply_if
from conform.fetch import Answer, Fetcher
from conform.fields import links_by_rel
from conform.html import HtmlFacts, read_html
from conform.rdf import HTML, RDF_TYPES, Triple

REDIRECTS = (301, 302, 303, 307, 308)
MAX_HOPS = 5
MAX_PAGES = 50
RESULTS_JSON = "application/sparql-results+json"
VOID_NS = "http://rdfs.org/ns/void#"
DCAT_NS = "http://www.w3.org/ns/dcat#"
DCT_NS = "http://purl.org/dc/terms/"
TYPE = URIRef("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


@dataclass(frozen=True)
class Options:
    """What the user says about a server.

    Attributes:
        base: The address of the site, with a final slash.
        maps: Published prefix → where it is answered instead.
        entities: IRIs of things to judge, beside the sample.
        documents: Addresses of documents to judge.
        sparql: The endpoint's address.
        dumps: Addresses of dumps.
        void: The address of the VoID description.
        withdrawn: IRIs of things that were withdrawn.
        merged: IRIs of things that were merged into others.
        sample: How many things to draw.
        seed: Makes the draw repeatable.
    """

    base: str
    maps: Mapping[str, str] = field(default_factory=dict)
    entities: Sequence[str] = ()
    documents: Sequence[str] = ()
    sparql: str = ""
    dumps: Sequence[str] = ()
    void: str = ""
    withdrawn: Sequence[str] = ()
    merged: Sequence[str] = ()
    sample: int = 5
    seed: int = 1


class Site:
    """A server, what was found on it, and the door to it.

    Attributes:
        description: The triples of its VoID and DCAT description; empty where there is none.
        entities: The things judged.
        dumps: The dumps judged.
        endpoint: Its SPARQL endpoint, or None.
        notes: What the reader of a report should know about how things were found.
    """

    def __init__(self, options: Options, fetcher: Fetcher) -> None:
        self.options = options
        self.fetcher = fetcher
        self.base = options.base
        self.maps = dict(options.maps)
        self.description: frozenset[Triple] = frozenset()
        self.entities: list[Entity] = []
        self.dumps: list[Dump] = []
        self.all_dumps: list[str] = []
        self.endpoint: Endpoint | None = None
        self.notes: list[str] = []
        self.random = random.Random(options.seed)  # noqa: S311 (a draw, not a secret)

    @property
    def origin(self) -> str:
        """`scheme://host:port` of the base address."""
        return read_origin(self.base)

    @property
    def origins(self) -> set[str]:
        """Where the suite goes: the site itself, and what the user named."""
        told = self.options
        named = [*told.entities, *told.documents, *told.dumps, told.sparql, told.void]
        named += [*told.withdrawn, *told.merged, *self.maps.values(), self.base]
        return {read_origin(address) for address in named if address}

    def require_publisher(self) -> None:
        """Go on where the site publishes things or a description, not just an endpoint.

        Raises:
            InapplicableError: Nothing of that was found on it.
        """
        publishes = self.description or self.entities or self.dumps
        apply_if(publishes, "it publishes neither things nor a description")

    def locate(self, iri: str) -> str:
        """Where a published address is answered: the longest prefix of the maps replaced."""
        known = [prefix for prefix in self.maps if iri.startswith(prefix)]
        if not known:
            return iri
        prefix = max(known, key=len)
        return self.maps[prefix] + iri[len(prefix) :]

    def is_here(self, iri: str) -> bool:
        """Whether this site answers for an address."""
        return self.locate(iri).startswith(self.base)

    def send(
        self,
        url: str,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        body: bytes | None = None,
        *,
        fresh: bool = False,
    ) -> Answer:
        """One request to a published address; no redirect is followed.

        Raises:
            NoAnswerError: No answer came, or the address is on a site that nobody named.
        """
        fields = {**({} if accept is None else {"Accept": accept}), **(headers or {})}
        place = self.locate(url)
        if read_origin(place) not in self.origins:
            raise NoAnswerError(f"{place} is on another site: not asked")
        return self.fetcher.send(place, fields, method, body, fresh=fresh)

    def follow(
        self,
        url: str,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
    ) -> Answer:
        """One request and the redirects after it; `trail` of the answer holds the answers before.

        Raises:
            NoAnswerError: The redirects lead in a circle, or nowhere.
        """
        trail: list[Answer] = []
        answer = self.send(url, accept, headers, method)
        while answer.status in REDIRECTS and answer.get("location"):
            if len(trail) >= MAX_HOPS:
                raise NoAnswerError(f"{url}: more than {MAX_HOPS} redirects")
            trail.append(answer)
            answer = self.send(self.target_of(answer), accept, headers, method)
        return Answer(
            answer.url, answer.method, answer.status, answer.headers, answer.body, answer.cut,
            tuple(trail),
        )  # fmt: skip

    def target_of(self, answer: Answer) -> str:
        """Where a redirect leads, on this site's own ground."""
        return self.locate(urljoin(answer.url, answer.get("location")))

    def resolve(self, answer: Answer, reference: str) -> str:
        """A reference of an answer, absolute and on this site's own ground."""
        return self.locate(urljoin(answer.url, reference))

    def load_context(self, url: str) -> bytes:
        """A JSON-LD context of this site.

        Raises:
            RuleBrokenError: It lies elsewhere, where the suite does not go, or does not answer.
        """
        if not self.is_here(url):
            raise RuleBrokenError(f"its context {url} lies on another host: not followed")
        answer = self.follow(url, rdf.JSONLD)
        if answer.status != 200:
            raise RuleBrokenError(f"its context {url} answers {answer.status}")
        return answer.content

    def parse(self, answer: Answer) -> frozenset[Triple]:
        """The triples of an answer, by its media type.

        Raises:
            RuleBrokenError: It does not parse.
        """
        base = self.publish(answer.url)
        return rdf.parse(answer.content, answer.kind, base, self.load_context)

    def publish(self, url: str) -> str:
        """The published form of an address of this site."""
        known = [(to, prefix) for prefix, to in self.maps.items() if url.startswith(to)]
        if not known:
            return url
        to, prefix = max(known, key=lambda pair: len(pair[0]))
        return prefix + url[len(to) :]

    def objects(self, predicate: str, subject: Node | None = None) -> list[Node]:
        """What the description says by a property, sorted."""
        wanted = URIRef(predicate)
        found = {
            value
            for about, name, value in self.description
            if name == wanted and subject in (None, about)
        }
        return sorted(found, key=str)

    def subjects(self, predicate: str, value: Node | None = None) -> list[Node]:
        """What the description says something about by a property, sorted."""
        wanted = URIRef(predicate)
        found = {
            about
            for about, name, known in self.description
            if name == wanted and value in (None, known)
        }
        return sorted(found, key=str)

    def number(self, predicate: str, subject: Node | None) -> int | None:
        """A whole number of the description, or None."""
        for value in self.objects(predicate, subject):
            if isinstance(value, Literal) and str(value).isdigit():
                return int(value)
        return None

    def instances(self, kind: str) -> list[Node]:
        """The nodes of a class in the description."""
        return self.subjects(str(TYPE), URIRef(kind))

    @cached_property
    def front_page(self) -> HtmlFacts:
        """The facts of the site's first page.

        Raises:
            InapplicableError: It has no page for people.
        """
        answer = self.follow(self.base, HTML)
        apply_if(answer.status == 200 and answer.kind == HTML, "the site has no first page in HTML")
        return read_html(answer.text)

    def select(self, query: str) -> list[dict[str, str]]:
        """The rows of a query at the site's endpoint: variable → value as text.

        Raises:
            InapplicableError: There is no endpoint, or it gives no table.
        """
        apply_if(self.endpoint is not None, "no SPARQL endpoint is known")
        assert self.endpoint is not None  # noqa: S101 (said to mypy)
        answer = self.endpoint.ask(query, RESULTS_JSON)
        apply_if(answer.status == 200, f"the endpoint answers {answer.status} to the count")
        try:
            rows = rdf.read_json(answer.content)["results"]["bindings"]
            return [{name: str(cell["value"]) for name, cell in row.items()} for row in rows]
        except (KeyError, TypeError, AttributeError, RuleBrokenError):
            apply_if(False, "the endpoint gives no table in JSON")
            return []


def read_origin(url: str) -> str:
    """`scheme://host:port` of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class Endpoint:
    """A SPARQL endpoint."""

    def __init__(self, site: Site, url: str) -> None:
        self.site = site
        self.url = url

    @property
    def name(self) -> str:
        """How a report names it."""
        return self.url

    def ask(
        self,
        query: str,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
    ) -> Answer:
        """A query by GET (SPARQL 1.1 Protocol, 2.1.1)."""
        mark = "&" if "?" in self.url else "?"
        url = f"{self.url}{mark}{urlencode({'query': query})}"
        return self.site.send(url, accept, headers, method)


@dataclass
class Dump:
    """A dump and what the description says of it."""

    site: Site
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
        return {str(name): value for node, name, value in self.site.description if node == about}

    @cached_property
    def head(self) -> Answer:
        """Its answer to HEAD."""
        return self.site.follow(self.url, method="HEAD")

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
        """All of it; the rule does not apply where it is larger than the limit of a body."""
        apply_if(self.length <= self.site.fetcher.limits.max_bytes, "larger than --max-bytes")
        answer = self.site.send(self.place)
        apply_if(answer.status == 200 and not answer.cut, f"GET answers {answer.status}")
        return answer

    def part(self, ranges: str, headers: Mapping[str, str] | None = None) -> Answer:
        """The answer to a range request."""
        return self.site.send(self.place, headers={"Range": ranges, **(headers or {})})


class Entity:
    """A thing (or a document by itself) and its documents in all formats.

    Args:
        iri: Published.
        is_document: The address is that of a document, not of a thing.
    """

    def __init__(self, site: Site, iri: str, *, is_document: bool = False) -> None:
        self.site = site
        self.iri = iri
        self.is_document = is_document

    @property
    def name(self) -> str:
        """How a report names it."""
        return self.iri

    @cached_property
    def answer(self) -> Answer:
        """What a client without any wish gets in the end."""
        return self.site.follow(self.iri)

    @cached_property
    def offers(self) -> dict[str, Answer]:
        """Media type → answer to a client that accepts it alone, for those that are had."""
        found = {}
        for kind in (HTML, *RDF_TYPES):
            answer = self.site.follow(self.iri, kind)
            if answer.status == 200 and answer.kind == kind:
                found[kind] = answer
        return found

    @property
    def rdf_offers(self) -> dict[str, Answer]:
        """The offers that are RDF."""
        return {kind: answer for kind, answer in self.offers.items() if kind != HTML}

    def pick(self) -> tuple[str, Answer]:
        """The offer that most rules look at: Turtle where it is had, else the first of RDF."""
        apply_if(self.rdf_offers, "no document in RDF")
        return next(iter(self.rdf_offers.items()))

    def pick_two(self) -> tuple[str, str]:
        """Two media types that are had, one of them RDF."""
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
        return shared[-1] if shared else self.site.locate(self.iri)

    def ask(
        self,
        accept: str | None = None,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
    ) -> Answer:
        """Ask where the format is chosen."""
        return self.site.follow(self.negotiated, accept, headers, method)

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
            answer = self.site.follow(self.site.resolve(answer, following[0].target), kind)
            pages.append(answer)
            following = links_by_rel(answer.links, "next") if answer.status == 200 else []
        return pages

    @cached_property
    def graph(self) -> frozenset[Triple]:
        """The triples of all its pages; rules about them do not apply where they do not parse."""
        triples: frozenset[Triple] = frozenset()
        for page in self.pages:
            try:
                triples |= self.site.parse(page)
            except RuleBrokenError:
                apply_if(False, "its document does not parse (document-parses says more)")
        return triples
