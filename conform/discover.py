"""Discovers what to test, starting from a base address.

In this order: what the user says; `/.well-known/void`; the RDF of the first page; the service
named by its links; the endpoint's own list of classes; the sitemap.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from rdflib.term import Node

from conform.answers.rdf import RDF_TYPES, Triple
from conform.door import DCAT_NS, VOID_NS, Endpoint
from conform.errors import InapplicableError, NoAnswerError, RuleBrokenError
from conform.site import Site
from conform.targets import Dump, Entity

ANY_RDF = (
    "text/turtle, application/n-triples;q=0.9, application/ld+json;q=0.8, application/rdf+xml;q=0.7"
)
MAX_CLASSES = 60
PER_CLASS = 200
MAX_DUMPS = 6
LOC = re.compile(r"<loc>\s*([^<\s]+)\s*</loc>")


def discover(site: Site) -> None:
    """Fill in what is judged on a site.

    Raises:
        LimitError: The run may ask no more.
    """
    site.describe(read_descriptions(site))
    find_published_origin(site)
    if site.maps != dict(site.options.maps):
        site.describe(read_descriptions(site))
    find_endpoint(site)
    find_dumps(site)
    given = [Entity(site, iri) for iri in site.options.entities]
    given += [Entity(site, url, is_document=True) for url in site.options.documents]
    site.entities = given + [Entity(site, iri) for iri in draw_entities(site)]


def read_descriptions(site: Site) -> frozenset[Triple]:
    """The triples of everything that describes the site."""
    triples: frozenset[Triple] = frozenset()
    for url in filter(
        None, (site.options.void, urljoin(site.base, "/.well-known/void"), site.base)
    ):
        try:
            answer = site.follow(url, ANY_RDF)
            if answer.status == 200 and answer.kind in RDF_TYPES:
                triples |= site.parse(answer)
        except (NoAnswerError, RuleBrokenError):
            continue
    return triples


def find_published_origin(site: Site) -> None:
    """Note the origin that the description's addresses have, where it is another than here.

    A server behind a tunnel, or on another port than it was published for, is judged as if it
    were there.
    """
    names = ("sparqlEndpoint", "dataDump", "exampleResource", "uriSpace")
    known = [str(value) for name in names for value in site.objects(VOID_NS + name)]
    known += [str(value) for value in site.objects(DCAT_NS + "downloadURL")]
    origins = Counter(
        f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, known) if parts.netloc
    )
    if not origins or any(site.is_here(address) for address in known):
        return
    origin = origins.most_common(1)[0][0]
    site.maps[origin + "/"] = site.origin + "/"
    site.notes.append(f"addresses that begin with {origin}/ are asked at {site.origin}/")


def find_endpoint(site: Site) -> None:
    """The endpoint the user names, the description names, the first page links to, or /sparql."""
    named = [site.options.sparql] if site.options.sparql else []
    named += [str(value) for value in site.objects(VOID_NS + "sparqlEndpoint")]
    named += [str(value) for value in site.objects(DCAT_NS + "endpointURL")]
    named = [
        address for address in named if site.is_here(address) or address == site.options.sparql
    ]
    guesses = [urljoin(site.base, name) for name in ("sparql", "query")]
    for address in [*named, *guesses]:
        endpoint = Endpoint(site, site.locate(address))
        try:
            answer = endpoint.ask("ASK {}", "application/sparql-results+json")
        except NoAnswerError:
            continue
        if address in named or (answer.status == 200 and b"boolean" in answer.body):
            site.endpoint = endpoint
            return


def find_dumps(site: Site) -> None:
    """The dumps the user names, or up to six of those that the description names."""
    nodes: dict[str, Node | None] = {}
    for value in site.objects(VOID_NS + "dataDump"):
        nodes[str(value)] = None
    for about, name, value in site.description:
        if str(name) == DCAT_NS + "downloadURL":
            nodes[str(value)] = about
    site.all_dumps = sorted(nodes)
    chosen = list(site.options.dumps) or choose_dumps(
        site, [url for url in sorted(nodes) if site.is_here(url)]
    )
    site.dumps = [Dump(site, url, nodes.get(url)) for url in chosen]


def choose_dumps(site: Site, urls: list[str]) -> list[str]:
    """One dump for each ending, chosen at random, up to the limit."""
    by_ending: dict[str, list[str]] = {}
    for url in urls:
        name = url.rpartition("/")[2]
        by_ending.setdefault(name.rpartition(".")[2], []).append(url)
    whole = {str(value) for value in site.objects(VOID_NS + "dataDump")}
    plain = by_ending.get("nt", [])
    by_ending["nt"] = [url for url in plain if url in whole] or plain
    by_ending = {ending: found for ending, found in by_ending.items() if found}
    endings = sorted(by_ending)
    site.random.shuffle(endings)
    first = [ending for ending in ("nt", "gz", "zst", "ttl") if ending in by_ending]
    order = first + [ending for ending in endings if ending not in first]
    return [site.random.choice(by_ending[ending]) for ending in order[:MAX_DUMPS]]


def draw_entities(site: Site) -> list[str]:
    """The IRIs of the sample: from each kind in turn until there are enough."""
    kinds = [kind for kind in list_by_class(site) if kind] or [list_named(site)]
    for kind in kinds:
        site.random.shuffle(kind)
    site.random.shuffle(kinds)
    drawn: list[str] = []
    known = {*site.options.entities, *site.options.documents}
    while len(drawn) < site.options.sample and any(kinds):
        for kind in kinds:
            while kind and (iri := kind.pop()):
                if iri not in known:
                    known.add(iri)
                    drawn.append(iri)
                    break
            if len(drawn) == site.options.sample:
                break
    return drawn


def list_by_class(site: Site) -> list[list[str]]:
    """The IRIs of this site by the classes that the endpoint lists."""
    if site.endpoint is None:
        return []
    limit = f"LIMIT {MAX_CLASSES}"
    try:
        classes = [
            row["kind"]
            for row in site.select(
                f"SELECT DISTINCT ?kind WHERE {{ ?thing a ?kind }} ORDER BY ?kind {limit}"
            )
            if "kind" in row
        ]
        prefix = site.publish(site.base)
        return [
            list(only_here(site, (row["thing"] for row in site.select(
                f'SELECT DISTINCT ?thing WHERE {{ ?thing a <{name}> FILTER(isIRI(?thing) && '
                f'STRSTARTS(STR(?thing), "{prefix}") && !CONTAINS(STR(?thing), "#")) }} '
                f"ORDER BY ?thing LIMIT {PER_CLASS}"
            ) if "thing" in row)))
            for name in classes if ">" not in name
        ]  # fmt: skip
    except (InapplicableError, NoAnswerError):
        return []


def list_named(site: Site) -> list[str]:
    """The IRIs that the description gives as examples, and the addresses of the sitemap."""
    names = ("exampleResource", "rootResource")
    found = [str(value) for name in names for value in site.objects(VOID_NS + name)]
    try:
        answer = site.follow(urljoin(site.base, "sitemap.xml"))
        places = LOC.findall(answer.text) if answer.status == 200 else []
        if places and "<sitemapindex" in answer.text:
            answer = site.follow(places[0])
            places = LOC.findall(answer.text) if answer.status == 200 else []
        found += places
    except NoAnswerError:
        pass
    return sorted(set(only_here(site, found)))


def only_here(site: Site, iris: Iterable[str]) -> Iterable[str]:
    """Those that this site answers for."""
    return (iri for iri in iris if site.is_here(iri))
