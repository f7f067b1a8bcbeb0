"""Access to the site under test: requests, addresses, and its description."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode, urljoin, urlsplit

from rdflib import Literal, URIRef
from rdflib.term import Node

from conform.answers import rdf
from conform.answers.fetch import Answer, Fetcher
from conform.answers.rdf import Triple
from conform.errors import NoAnswerError, RuleBrokenError

REDIRECTS = (301, 302, 303, 307, 308)
MAX_HOPS = 5
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


class Door:
    """Sends requests to one server and reads what it says.

    Attributes:
        description: The triples of its VoID and DCAT description; empty where there is none.
            `describe` sets it.
        endpoint: Its SPARQL endpoint, or None.
        random: Draws what is judged; the same seed draws the same.
    """

    def __init__(self, options: Options, fetcher: Fetcher) -> None:
        self.options = options
        self.fetcher = fetcher
        self.base = options.base
        self.maps = dict(options.maps)
        self.describe(frozenset())
        self.endpoint: Endpoint | None = None
        self.random = random.Random(options.seed)  # noqa: S311 (a draw, not a secret)

    def describe(self, description: frozenset[Triple]) -> None:
        """Set the description; rules look up each of its nodes by a property."""
        self.description = description
        self._pairs: defaultdict[Node, list[tuple[Node, Node]]] = defaultdict(list)
        for subject, name, value in description:
            self._pairs[name].append((subject, value))

    @property
    def origin(self) -> str:
        """`scheme://host:port` of the base address."""
        return read_origin(self.base)

    @property
    def origins(self) -> set[str]:
        """The origins that the suite visits: the site itself, and those that the user named."""
        told = self.options
        named = [*told.entities, *told.documents, *told.dumps, told.sparql, told.void]
        named += [*told.withdrawn, *told.merged, *self.maps.values(), self.base]
        return {read_origin(address) for address in named if address}

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
            NoAnswerError: No answer came, or the address is on a site that was not named.
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
        """The published form of an address of this site; of equal maps the last one counts."""
        known = [(to, prefix) for prefix, to in self.maps.items() if url.startswith(to)]
        if not known:
            return url
        to, prefix = max(reversed(known), key=lambda pair: len(pair[0]))
        return prefix + url[len(to) :]

    def objects(self, predicate: str, subject: Node | None = None) -> list[Node]:
        """What the description says by a property, sorted."""
        pairs = self._pairs.get(URIRef(predicate), ())
        found = {value for about, value in pairs if subject in (None, about)}
        return sorted(found, key=str)

    def subjects(self, predicate: str, value: Node | None = None) -> list[Node]:
        """What the description says something about by a property, sorted."""
        pairs = self._pairs.get(URIRef(predicate), ())
        found = {about for about, known in pairs if value in (None, known)}
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


class Endpoint:
    """A SPARQL endpoint."""

    def __init__(self, door: Door, url: str) -> None:
        self.door = door
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
        return self.door.send(url, accept, headers, method)


def read_origin(url: str) -> str:
    """`scheme://host:port` of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
