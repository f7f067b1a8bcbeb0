"""The document of one address of a release in every format: the body builders behind `/doc`.

Everything is written from one `Document`, so that all formats hold the same statements; the HTML
page carries them as embedded JSON-LD.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from server.documents.description import Document
from server.documents.profiles import FULL, RENDITIONS, Rendition
from server.errors import NotAcceptableError
from server.http.formats import BY_NAME, Format, list_formats
from server.http.representation import Link
from server.rdf.contexts import ContextTable
from server.rdf.jsonld import build_tree
from server.rdf.jsonld_profiles import (
    PROFILES,
    change_profile,
    shorten_names,
    write_embedded,
    write_json,
)
from server.rdf.rdfxml import UnwritableError, write_rdfxml
from server.rdf.turtle import write_nquads, write_ntriples, write_trig, write_turtle
from server.release.opened import OpenedRelease

RDF_FORMATS: tuple[Format, ...] = list_formats("triples")
"""Formats of statements in the server's order of preference."""

DOCUMENT_FORMATS: tuple[Format, ...] = (BY_NAME["html"], *RDF_FORMATS)
"""What a document is offered in; a client without wishes gets the page."""

LINKSET_TYPE = "application/linkset+json"
LINKSET = Format("linkset", LINKSET_TYPE, "linkset", frozenset(), title="Link set")
ALL_FORMATS: tuple[Format, ...] = (*DOCUMENT_FORMATS, LINKSET)
"""What a suffix can ask for."""

JSON = Format("json", "application/json", "json", frozenset(), title="JSON")
"""What is no statements: lists for scripts."""


def name_context(opened: OpenedRelease) -> str:
    """The absolute address of the release's JSON-LD context; it never changes what it holds."""
    return f"{opened.base}ns/context/{context_digest(opened)}.jsonld"


def context_digest(opened: OpenedRelease) -> str:
    """Sixteen hex digits of the SHA-256 of the context file: its version."""
    entry = opened.manifest.files.get("ontology/context.jsonld")
    return entry.sha256[:16] if entry is not None else "none"


def make_tree(document: Document, opened: OpenedRelease, *, inline: bool) -> Mapping[str, Any]:
    """The JSON-LD tree of a document; its context by address, or the part used inside it."""
    context = None if inline else name_context(opened)
    return build_tree(document.root, document.triples, document.expanded, opened.table, context)


WRITERS: Mapping[str, Callable[[Document, str], str]] = {
    "turtle": lambda document, base: write_turtle(document.triples, base),
    "ntriples": lambda document, _: write_ntriples(document.triples),
    "rdfxml": lambda document, _: write_rdfxml(document.triples),
    "trig": lambda document, base: write_trig(document.quads, base),
    "nquads": lambda document, _: write_nquads(document.quads),
}
"""Format → document and base as text; JSON-LD has more to choose."""


def write_document(
    document: Document,
    opened: OpenedRelease,
    row: Format,
    profile: str,
    table: ContextTable | None = None,
) -> bytes:
    """The statements of a document in a format of RDF.

    Args:
        document: What is written.
        opened: The release; it gives base and context.
        row: One of `RDF_FORMATS`.
        profile: One of `PROFILES`, for JSON-LD.
        table: Another context than the release's, which then stands in the document.

    Raises:
        NotAcceptableError: The format cannot hold them (RDF/XML and an odd character).
    """
    if row.name == "jsonld":
        tree = make_tree(document, opened, inline=False)
        if table is not None:
            tree = build_tree(document.root, document.triples, document.expanded, table)
        address = name_context(opened)
        context = {"@context": dict(opened.table.definitions)}
        return write_json(change_profile(tree, profile or PROFILES[0], address, context))
    try:
        return WRITERS[row.name](document, opened.base).encode()
    except UnwritableError as error:
        raise NotAcceptableError(f"RDF/XML cannot hold this document: {error}") from error


def embed_document(document: Document, opened: OpenedRelease) -> str:
    """The JSON-LD of a document for a script element, complete in itself."""
    tree = dict(make_tree(document, opened, inline=True))
    context = {"@base": opened.base, **tree.pop("@context")}
    name = opened.table.aliases.get("@id", "@id")
    return write_embedded({"@context": context, **shorten_names(tree, name, opened.base)})


@dataclass(frozen=True)
class Place:
    """The address of a document, and what the document is about.

    Attributes:
        iri: What it is about.
        path: Path-absolute, without suffix and query.
        query: `?page=2`, or empty.
        items: Links to files that hold what it describes.
        rendition: The profile it is shown in; None: there is only one.
    """

    iri: str
    path: str
    query: str = ""
    items: tuple[Link, ...] = ()
    rendition: Rendition | None = None

    def of(self, row: Format) -> str:
        """The address of the document in one format."""
        return f"{self.path}.{row.suffix}{self.query}"


def list_links(
    place: Place,
    opened: OpenedRelease,
    row: Format,
    document_pages: int = 1,
    page: int = 1,
) -> list[Link]:
    """The links of a document (FAIR Signposting 1 and 2, RFC 8288, RFC 8574 for `cite-as`)."""
    addresses = opened.addresses
    manifest = opened.manifest
    links = [
        Link(addresses.absolute(place.path) + place.query, "canonical"),
        Link(place.iri, "cite-as"),
        Link(place.iri, "http://xmlns.com/foaf/0.1/primaryTopic"),
    ]
    links += [
        Link(place.of(each), "alternate", each.media_type)
        for each in DOCUMENT_FORMATS
        if each is not row and (each.name != "html" or place.rendition in (None, FULL))
    ]
    if place.rendition is not None:
        links += [
            Link(
                f"{place.path}?_profile={each.token}", "alternate", "text/turtle", profile=each.iri
            )
            for each in RENDITIONS
            if each is not place.rendition
        ]
    links += [
        Link(place.of(BY_NAME[name]), "describedby", BY_NAME[name].media_type)
        for name in ("turtle", "jsonld")
        if name != row.name
    ]
    links += [
        Link(manifest.licence, "license"),
        Link(f"{addresses.prefix}/", "collection", "text/html"),
        Link("https://schema.org/AboutPage", "type"),
        Link((place.rendition or FULL).iri, "profile"),
        Link(f"{place.path}.linkset{place.query}", "linkset", LINKSET_TYPE),
    ]
    links += place.items
    if manifest.publisher.get("url"):
        links.append(Link(manifest.publisher["url"], "author"))
    for number, rel in ((page - 1, "prev"), (page + 1, "next")):
        if 1 <= number <= document_pages:
            links.append(Link(f"{place.path}?page={number}", rel))
    if document_pages > 1:
        links.append(Link(f"{place.path}?page=1", "first"))
        links.append(Link(f"{place.path}?page={document_pages}", "last"))
    return links


def list_states(place: Place, opened: OpenedRelease) -> list[Link]:
    """Where the former states of a document are found (RFC 7089, 2.2); none of a former state."""
    home = opened.addresses.home
    if opened.below or place.path.endswith("/index"):
        return []
    timemap = f"{home}/timemap{place.path.removeprefix(home)}"
    return [
        Link(place.path, "timegate"),
        Link(timemap, "timemap", "application/link-format"),
    ]


def write_linkset(place: Place, links: list[Link], opened: OpenedRelease) -> bytes:
    """The same links as a link set (RFC 9264, `application/linkset+json`).

    All addresses are absolute (4.2.2 and 4.2.3), for a link set is read apart from its document.
    """
    addresses = opened.addresses

    def whole(target: str) -> str:
        return addresses.absolute(target) if target.startswith("/") else target

    entry: dict[str, Any] = {"anchor": whole(place.path) + place.query}
    for link in (*links, *list_states(place, opened)):
        if link.rel == "linkset":
            continue
        target = {"href": whole(link.target), **({"type": link.type} if link.type else {})}
        entry.setdefault(link.rel, []).append(target)
    return write_json({"linkset": [entry]})
