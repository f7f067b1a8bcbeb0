"""From a thing to its document, and what the document holds (Cool URIs; Linked Data rules)."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from rdflib import URIRef

from conform.answers import rdf
from conform.answers.fields import links_by_rel
from conform.answers.rdf import HTML, Triple
from conform.door import DCAT_NS, RESULTS_JSON, VOID_NS
from conform.errors import RuleBrokenError, apply_if, require
from conform.model import BROWSABLE, COOL, COOL_303, LINKED, VOID_BACKLINK, Rule, Spec, rfc
from conform.targets import Entity

LABELS = tuple(
    URIRef(name)
    for name in (
        "http://www.w3.org/2000/01/rdf-schema#label",
        "http://www.w3.org/2004/02/skos/core#prefLabel",
        "http://purl.org/dc/terms/title",
        "http://xmlns.com/foaf/0.1/name",
        "http://schema.org/name",
        "https://schema.org/name",
    )
)
BACKLINKS = (
    VOID_NS + "inDataset",
    "http://purl.org/dc/terms/isPartOf",
    "http://www.w3.org/2004/02/skos/core#inScheme",
)
RDF_TYPE = URIRef("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
COLLECTIONS = {VOID_NS + "Dataset", DCAT_NS + "Dataset", DCAT_NS + "Catalog"}
PAGES = {
    DCAT_NS + "Catalog",
    "http://www.w3.org/ns/sparql-service-description#NamedGraph",
    "http://www.w3.org/ns/sparql-service-description#Graph",
    "http://www.w3.org/2002/07/owl#Ontology",
    "http://www.w3.org/2004/02/skos/core#ConceptScheme",
    "http://xmlns.com/foaf/0.1/Document",
    VOID_NS + "DatasetDescription",
}
"""Classes of things that are documents themselves, so that 200 is the right answer."""
MISSING = "zz-nothing-was-ever-here-0"
MAX_LINKS = 8
RDF_SYNTAX = Spec(
    "RDF 1.1 Concepts, 6", "https://www.w3.org/TR/rdf11-concepts/#section-rdf-documents"
)
RDF_SAME = Spec("RDF 1.1 Concepts, 3.6", "https://www.w3.org/TR/rdf11-concepts/#graph-isomorphism")


def _thing(entity: Entity) -> None:
    apply_if(not entity.is_document, "the address of a document, not of a thing")


def check_resolves(entity: Entity) -> None:
    """The address leads to something."""
    answer = entity.answer
    require(answer.status == 200, f"its address ends in {answer.status}")


def check_see_other(entity: Entity) -> None:
    """A thing's redirect says "see", not "moved"."""
    _thing(entity)
    apply_if(entity.answer.trail, "the address does not redirect")
    first = entity.answer.trail[0]
    require(first.status == 303, f"the redirect is {first.status}")


def _kinds(entity: Entity) -> set[str]:
    return {
        str(value)
        for node, name, value in entity.graph
        if str(node) == entity.iri and name == RDF_TYPE
    }


def check_not_page(entity: Entity) -> None:
    """A thing has another address than its page: by 303, or by a fragment."""
    _thing(entity)
    apply_if("#" not in entity.iri, "a fragment tells it from its document")
    if entity.door.send(entity.iri).status == 200:
        apply_if(not _kinds(entity) & PAGES, "it is itself a document, graph or catalogue")
        require(False, "the thing's own address answers 200")


def check_one_hop(entity: Entity) -> None:
    """One redirect, not a chain."""
    apply_if(entity.offers, "no document")
    for kind, answer in entity.offers.items():
        require(len(answer.trail) <= 1, f"{len(answer.trail)} redirects for {kind}")


def check_location(entity: Entity) -> None:
    """`Location` is an address that stays on the site."""
    apply_if(entity.answer.trail, "the address does not redirect")
    for step in entity.answer.trail:
        place = step.get("location")
        require(place and not re.search(r"[\s<>\"]", place), f"Location: {place!r}")
        target = urljoin(entity.door.publish(step.url), place)
        require(entity.door.is_here(target), f"it leads off the site, to {target}")


def check_host(entity: Entity) -> None:
    """A request's Host does not end up in addresses, where it could poison a cache."""
    foreign = "poison.example"
    kind, document = entity.pick()
    for url in (entity.iri, document.url):
        answer = entity.door.send(url, kind, {"Host": foreign}, fresh=True)
        for name in ("location", "content-location", "link"):
            require(foreign not in answer.get(name), f"{name} repeats the Host of the request")


def check_rdf(entity: Entity) -> None:
    """The document is available as RDF."""
    require(entity.rdf_offers, "no RDF syntax is had by its media type")


def check_html(entity: Entity) -> None:
    """There is a page for people."""
    require(HTML in entity.offers, "Accept: text/html does not give HTML")


def check_parses(entity: Entity) -> None:
    """Every format is what its media type says."""
    apply_if(entity.rdf_offers, "no document in RDF")
    for kind, answer in entity.rdf_offers.items():
        try:
            entity.door.parse(answer)
        except RuleBrokenError as error:
            raise RuleBrokenError(f"{kind}: {error}") from error


def check_same(entity: Entity) -> None:
    """All formats say the same."""
    apply_if(len(entity.rdf_offers) > 1, "one RDF format")
    graphs: dict[str, frozenset[Triple]] = {}
    for kind, answer in entity.rdf_offers.items():
        try:
            graphs[kind] = entity.door.parse(answer)
        except RuleBrokenError:
            apply_if(False, "a format does not parse (document-parses says more)")
    (first, reference), *others = graphs.items()
    for kind, graph in others:
        if not rdf.same(reference, graph):
            lacks, more = len(reference - graph), len(graph - reference)
            raise RuleBrokenError(f"{kind} lacks {lacks} triples of {first} and has {more} more")


def check_about(entity: Entity) -> None:
    """The document says something about the thing."""
    _thing(entity)
    require(
        any(str(subject) == entity.iri for subject, _, _ in entity.graph),
        "no triple has the thing as subject",
    )


def check_label(entity: Entity) -> None:
    """A reader sees a name: the thing's own, or where it has none, of what it is about."""
    _thing(entity)
    apply_if(entity.graph, "an empty document")
    near = {str(value) for node, _, value in entity.graph if str(node) == entity.iri}
    named = {str(node) for node, name, _ in entity.graph if name in LABELS}
    require(named & {entity.iri, *near}, "neither the thing nor what it names has a label")


def _cells(rows: object) -> list[dict[str, dict[str, str]]]:
    return rows if isinstance(rows, list) else []


def _ask_triples(entity: Entity, pattern: str) -> list[dict[str, dict[str, str]]]:
    site = entity.door
    apply_if(site.endpoint is not None, "no SPARQL endpoint to compare with")
    assert site.endpoint is not None  # noqa: S101 (said to mypy)
    answer = site.endpoint.ask(f"SELECT DISTINCT * WHERE {{ {pattern} }} LIMIT 5000", RESULTS_JSON)
    apply_if(answer.status == 200, "the endpoint does not answer")
    return _cells(rdf.read_json(answer.content).get("results", {}).get("bindings"))


def check_outgoing(entity: Entity) -> None:
    """Whatever the endpoint states of the thing, its document states, on one page or several."""
    _thing(entity)
    rows = _ask_triples(entity, f"<{entity.iri}> ?p ?o")
    apply_if(rows, "the endpoint knows nothing of it")
    known = {
        (str(name), str(value)) for node, name, value in entity.graph if str(node) == entity.iri
    }
    lost = [
        row for row in rows
        if row["o"]["type"] != "bnode" and (row["p"]["value"], row["o"]["value"]) not in known
    ]  # fmt: skip
    require(not lost, f"{len(lost)} of {len(rows)} triples are not in its document")


def check_incoming(entity: Entity) -> None:
    """Whatever the endpoint knows to point at the thing stands in its document, too."""
    _thing(entity)
    rows = _ask_triples(entity, f"?s ?p <{entity.iri}>")
    rows = [row for row in rows if row["s"]["type"] != "bnode"]
    apply_if(rows, "nothing points at it")
    known = {
        (str(node), str(name)) for node, name, value in entity.graph if str(value) == entity.iri
    }
    lost = [row for row in rows if (row["s"]["value"], row["p"]["value"]) not in known]
    require(not lost, f"{len(lost)} of {len(rows)} triples that point at it are not there")


def _linked(entity: Entity) -> list[str]:
    """Other things of this site that the thing's own triples name, a few of them, drawn."""
    found = {
        str(value)
        for node, name, value in entity.graph
        if str(node) == entity.iri and name != RDF_TYPE and isinstance(value, URIRef)
        and entity.door.is_here(str(value))
    } - {entity.iri}  # fmt: skip
    found = {iri for iri in found if not iri.startswith(f"{entity.iri}#")}
    apply_if(found, "it links to nothing on this site")
    chosen = sorted(found)
    entity.door.random.shuffle(chosen)
    return chosen[:MAX_LINKS]


def check_links_resolve(entity: Entity) -> None:
    """Links within the collection lead somewhere."""
    for iri in _linked(entity):
        answer = entity.door.follow(iri)
        require(answer.status in (200, 410), f"{iri}, named in it, answers {answer.status}")


def check_linked_labels(entity: Entity) -> None:
    """A reader need not fetch each neighbour to learn its name."""
    linked = _linked(entity)
    named = {str(node) for node, name, value in entity.graph if name in LABELS}
    nameless = [iri for iri in linked if iri not in named]
    require(len(nameless) < len(linked), f"no label of any neighbour, such as {nameless[:1]}")


def check_terms(entity: Entity) -> None:
    """Properties and classes of this site's own can be looked up."""
    _thing(entity)
    used = {str(name) for _, name, _ in entity.graph}
    used |= {str(value) for _, name, value in entity.graph if name == RDF_TYPE}
    own = sorted(iri for iri in used if entity.door.is_here(iri))
    apply_if(own, "its terms are of other sites")
    for iri in own[:MAX_LINKS]:
        answer = entity.door.follow(iri, rdf.TURTLE)
        require(answer.status == 200, f"the term {iri} answers {answer.status}")


def check_graphs(entity: Entity) -> None:
    """The names of its graphs can be looked up."""
    quads = [(kind, a) for kind, a in entity.rdf_offers.items() if kind in rdf.QUAD_TYPES]
    apply_if(quads, "no format with named graphs")
    kind, answer = quads[0]
    names = rdf.graph_names(answer.content, kind, entity.door.publish(answer.url))
    own = sorted(name for name in names if entity.door.is_here(name))
    apply_if(own, "no named graph of this site")
    for name in own[:MAX_LINKS]:
        found = entity.door.follow(name)
        require(found.status == 200, f"the graph {name} answers {found.status}")


def check_dataset(entity: Entity) -> None:
    """The document says which dataset it belongs to."""
    _thing(entity)
    apply_if(entity.graph, "an empty document")
    apply_if(not _kinds(entity) & COLLECTIONS, "it is a dataset itself")
    linked = any(
        str(name) in BACKLINKS and isinstance(value, URIRef) for _, name, value in entity.graph
    )
    require(linked, "no void:inDataset, dcterms:isPartOf or skos:inScheme")


def check_paging(entity: Entity) -> None:
    """A document in pages can be walked from first to last, and each page is another."""
    apply_if(len(entity.pages) > 1, "the document has one page")
    for page in entity.pages:
        require(page.status == 200, f"the page {page.url} answers {page.status}")
    seen = {page.url for page in entity.pages}
    require(len(seen) == len(entity.pages), "a page names itself as the next")
    require(links_by_rel(entity.pages[1].links, "prev"), "the second page names none before it")
    bodies = {page.body for page in entity.pages}
    require(len(bodies) == len(entity.pages), "two pages are the same")


def _sibling(url: str, name: str) -> str:
    path = url.partition("?")[0].partition("#")[0]
    return f"{path.rpartition('/')[0]}/{name}"


def check_missing(entity: Entity) -> None:
    """What never was is 404, for things and for documents."""
    apply_if(entity.offers, "no document")
    for url in {entity.iri.partition("#")[0], entity.negotiated}:
        answer = entity.door.follow(_sibling(url, MISSING))
        require(answer.status == 404, f"{_sibling(url, MISSING)} ends in {answer.status}")


def check_own_addresses(entity: Entity) -> None:
    """Each format has an address that gives it without any header."""
    apply_if(entity.rdf_offers, "no document in RDF")
    for kind, answer in entity.offers.items():
        place = answer.get("content-location") or (answer.url if answer.trail[1:] else "")
        links = [link.target for other in entity.offers.values() for link in other.links
                 if link.rel == "alternate" and link.type == kind]  # fmt: skip
        places = [place, *links] if place else links
        apply_if(places, "no address of a single format is named")
        own = entity.door.follow(entity.door.resolve(answer, places[0]))
        require(own.kind == kind, f"{places[0]} without Accept gives {own.kind}, not {kind}")


def check_suffix(entity: Entity) -> None:
    """A suffix that is none is refused, even where the thing is known."""
    apply_if(entity.offers, "no document")
    places = [answer.get("content-location") for answer in entity.offers.values()]
    suffixed = [place for place in places if re.search(r"\.[a-z]+$", urlsplit(place).path)]
    apply_if(suffixed, "formats have no suffixes")
    wrong = re.sub(r"\.[a-z]+$", ".qqq", urlsplit(suffixed[0]).path)
    answer = entity.door.follow(entity.door.resolve(entity.answer, wrong))
    require(answer.status in (404, 406, 415), f"{wrong} gives {answer.status}")


RULES: tuple[Rule[Entity], ...] = (
    Rule("thing-resolves", "A thing's address leads to an answer", "MUST", LINKED, check_resolves),
    Rule("thing-303", "The redirect from a thing to its document is 303", "MUST",
         rfc(9110, "15.4.4"), check_see_other),
    Rule("thing-not-page", "A thing and its page have different addresses", "SHOULD", COOL_303,
         check_not_page),
    Rule("thing-one-hop", "One redirect leads to the document", "SHOULD", COOL, check_one_hop),
    Rule("location-valid", "Location is an address of the same site", "SHOULD",
         rfc(9110, "10.2.2"), check_location),
    Rule("host-not-repeated", "The Host of a request does not end up in addresses", "SHOULD",
         rfc(9110, "17.1"), check_host),
    Rule("document-rdf", "The document is had as RDF by its media type", "MUST", LINKED, check_rdf),
    Rule("document-html", "The document is had as HTML", "SHOULD", COOL, check_html),
    Rule("document-parses", "Every format parses as its media type", "MUST", RDF_SYNTAX,
         check_parses),
    Rule("document-same", "All formats hold isomorphic graphs", "MUST", RDF_SAME, check_same),
    Rule("document-about", "The document says something about the thing", "MUST", LINKED,
         check_about),
    Rule("document-label", "The thing, or what it is about, has a label in its document",
         "SHOULD", LINKED, check_label),
    Rule("document-outgoing", "All that the endpoint states of the thing stands in its document",
         "SHOULD", BROWSABLE, check_outgoing),
    Rule("document-incoming", "What points at the thing stands in its document", "SHOULD",
         BROWSABLE, check_incoming),
    Rule("document-links", "Links within the collection resolve", "MUST", LINKED,
         check_links_resolve),
    Rule("document-neighbours", "Things it links to come with their labels", "SHOULD", BROWSABLE,
         check_linked_labels),
    Rule("document-terms", "The site's own properties and classes resolve", "SHOULD", LINKED,
         check_terms),
    Rule("document-graphs", "The names of its named graphs resolve", "SHOULD", LINKED,
         check_graphs),
    Rule("document-dataset", "The document links to its dataset", "SHOULD", VOID_BACKLINK,
         check_dataset),
    Rule("document-paging", "A document in pages can be walked to its end", "MUST",
         rfc(8288, "3"), check_paging),
    Rule("document-formats", "Each format has an address that gives it without headers", "SHOULD",
         COOL, check_own_addresses),
    Rule("document-suffix", "An unknown suffix is refused", "MUST", rfc(9110, "15.5.5"),
         check_suffix),
    Rule("missing-404", "An address that never was is 404", "MUST", rfc(9110, "15.5.5"),
         check_missing),
)  # fmt: skip
