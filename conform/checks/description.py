"""The site's description of itself, VoID and DCAT, and whether it is accurate."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urljoin

from rdflib import Literal, URIRef
from rdflib.term import Node

from conform.answers.rdf import RDF_TYPES
from conform.door import DCAT_NS, DCT_NS, VOID_NS
from conform.errors import apply_if, require
from conform.model import (
    DCAT,
    DCAT_DISTRIBUTION,
    DCAT_SERVICE,
    VOID,
    VOID_ACCESS,
    VOID_LINKSETS,
    VOID_STATISTICS,
    VOID_STRUCTURE,
    VOID_WELLKNOWN,
    Rule,
    Spec,
)
from conform.site import Site

VOID_LICENCE = Spec("VoID, Announcing the license", "https://www.w3.org/TR/void/#license")
MAX_PARTITIONS = 25
ANY_RDF = "text/turtle, application/ld+json;q=0.9, application/rdf+xml;q=0.8"
VOCABULARY = "http://rdfs.org/ns/void#"


def _described(site: Site) -> None:
    apply_if(site.description, "no description in RDF is found")


def _one(site: Site, name: str) -> list[str]:
    _described(site)
    return [str(value) for value in site.objects(VOID_NS + name)]


def _main_dataset(site: Site) -> Node:
    """The dataset that the counts are about: the one with the most triples."""
    _described(site)
    sized = [
        (count, str(node), node)
        for node in site.subjects(VOID_NS + "triples")
        if (count := site.number(VOID_NS + "triples", node)) is not None
    ]
    apply_if(sized, "no number of triples is given")
    return max(sized, key=lambda row: row[:2])[2]


def check_well_known(site: Site) -> None:
    """`/.well-known/void` leads to a description in RDF."""
    site.require_publisher()
    answer = site.follow(urljoin(site.base, "/.well-known/void"), ANY_RDF)
    require(answer.status == 200, f"/.well-known/void ends in {answer.status}")
    require(answer.kind in RDF_TYPES, f"/.well-known/void is {answer.kind or 'without a type'}")
    names = {str(value) for _, _, value in site.parse(answer)}
    require(VOCABULARY + "Dataset" in names, "it describes no void:Dataset")


def check_root_rdf(site: Site) -> None:
    """The site's own address gives its description to machines."""
    site.require_publisher()
    answer = site.follow(site.base, ANY_RDF)
    require(
        answer.status == 200 and answer.kind in RDF_TYPES,
        f"asked for RDF it gives {answer.status} {answer.kind}",
    )
    require(site.parse(answer), "its description is empty")


def check_licence(site: Site) -> None:
    """The dataset has a licence, by address."""
    _described(site)
    datasets = [*site.instances(VOID_NS + "Dataset"), *site.instances(DCAT_NS + "Dataset")]
    found = [
        value
        for node in datasets
        for value in site.objects(DCT_NS + "license", node)
        if isinstance(value, URIRef)
    ]
    require(found, "no dataset has a dcterms:license with an address")


def check_examples(site: Site) -> None:
    """Example resources are there."""
    examples = _one(site, "exampleResource")
    require(examples, "no void:exampleResource")
    for iri in [iri for iri in examples if site.is_here(iri)][:12]:
        status = site.follow(iri).status
        require(status == 200, f"the example {iri} answers {status}")


def check_space(site: Site) -> None:
    """Example resources lie in the space that is claimed."""
    spaces = _one(site, "uriSpace")
    apply_if(spaces, "no void:uriSpace")
    for iri in _one(site, "exampleResource"):
        require(any(iri.startswith(space) for space in spaces), f"{iri} is outside uriSpace")


def check_endpoint(site: Site) -> None:
    """The endpoint that is named answers."""
    named = [iri for iri in _one(site, "sparqlEndpoint") if site.is_here(iri)]
    apply_if(named, "no void:sparqlEndpoint here")
    for iri in named:
        mark = "&" if "?" in iri else "?"
        answer = site.send(f"{iri}{mark}query=ASK%20%7B%7D", "application/sparql-results+json")
        require(answer.status == 200, f"{iri} answers {answer.status} to ASK {{}}")


def check_data_dumps(site: Site) -> None:
    """Every dump that is named is there, as a file and not as a page."""
    _described(site)
    require(site.all_dumps, "neither void:dataDump nor dcat:downloadURL")
    for url in filter(site.is_here, site.all_dumps):
        answer = site.follow(url, method="HEAD")
        require(answer.status == 200, f"the dump {url} answers {answer.status}")
        require(answer.kind != "text/html", f"the dump {url} is a page")


def check_vocabularies(site: Site) -> None:
    """The vocabularies in use are named."""
    require(_one(site, "vocabulary"), "no void:vocabulary")


def _count(site: Site, pattern: str, what: str = "*") -> int:
    rows = site.select(f"SELECT (COUNT({what}) AS ?count) WHERE {{ {pattern} }}")
    apply_if(rows and rows[0].get("count", "").isdigit(), "the endpoint does not count")
    return int(rows[0]["count"])


def check_triples(site: Site) -> None:
    """The number of triples is true."""
    dataset = _main_dataset(site)
    said = site.number(VOID_NS + "triples", dataset)
    found = _count(site, "SELECT DISTINCT ?s ?p ?o WHERE { ?s ?p ?o }")
    require(said == found, f"{said} triples said, {found} found")


def check_distinct(site: Site) -> None:
    """Other numbers of the dataset are true where they are given."""
    dataset = _main_dataset(site)
    wanted = {"distinctSubjects": "?s", "distinctObjects": "?o", "properties": "?p"}
    said = {name: site.number(VOID_NS + name, dataset) for name in wanted}
    apply_if(any(value is not None for value in said.values()), "no such number is given")
    for name, value in said.items():
        if value is not None:
            found = _count(site, "?s ?p ?o", f"DISTINCT {wanted[name]}")
            require(value == found, f"{value} {name} said, {found} found")


def _check_partitions(
    site: Site, kind: str, count: str, pattern: Callable[[str], tuple[str, str]]
) -> None:
    dataset = _main_dataset(site)
    nodes = site.objects(f"{VOID_NS}{kind}Partition", dataset)
    require(nodes, f"no void:{kind}Partition")
    rows: list[tuple[str, int]] = []
    for node in nodes:
        names = site.objects(VOID_NS + kind, node)
        require(names, f"a {kind} partition without void:{kind}")
        number = site.number(VOID_NS + count, node)
        if number is not None:
            rows.append((str(names[0]), number))
    apply_if(rows, f"the partitions give no void:{count}")
    site.random.shuffle(rows)
    for name, number in sorted(rows[:MAX_PARTITIONS]):
        found = _count(site, *pattern(name))
        require(number == found, f"{number} for {name} said, {found} found")


def check_classes(site: Site) -> None:
    """The numbers of things by class are true."""
    _check_partitions(site, "class", "entities", lambda name: (f"?s a <{name}>", "DISTINCT ?s"))


def check_properties(site: Site) -> None:
    """The numbers of triples by property are true."""
    _check_partitions(
        site,
        "property",
        "triples",
        lambda name: (f"SELECT DISTINCT ?s ?o WHERE {{ ?s <{name}> ?o }}", "*"),
    )


def check_linksets(site: Site) -> None:
    """Link sets say where they lead, by which property, and how many links they are."""
    _described(site)
    nodes = set(site.instances(VOID_NS + "Linkset"))
    require(nodes, "no void:Linkset")
    for node in sorted(nodes, key=str):
        ends = [
            name
            for name in ("target", "subjectsTarget", "objectsTarget")
            for _ in site.objects(VOID_NS + name, node)
        ]
        require(len(ends) > 1, f"the linkset {node} does not name what it links")
        require(site.objects(VOID_NS + "linkPredicate", node), f"{node} has no linkPredicate")
        require(site.number(VOID_NS + "triples", node) is not None, f"{node} has no count")


def check_catalogue(site: Site) -> None:
    """A catalogue with a dataset, and the dataset's title, description and publisher."""
    _described(site)
    catalogues = site.instances(DCAT_NS + "Catalog")
    require(catalogues, "no dcat:Catalog")
    datasets = [
        node for catalogue in catalogues for node in site.objects(DCAT_NS + "dataset", catalogue)
    ]
    require(datasets, "the catalogue has no dcat:dataset")
    for node in datasets:
        lacks = [
            name
            for name in ("title", "description", "publisher")
            if not site.objects(DCT_NS + name, node)
        ]
        require(not lacks, f"{node} lacks {', '.join(lacks)}")


def check_distributions(site: Site) -> None:
    """Each distribution says where, in which type, how large, and under which licence."""
    _described(site)
    nodes = site.instances(DCAT_NS + "Distribution")
    require(nodes, "no dcat:Distribution")
    for node in nodes:
        if site.objects(DCAT_NS + "downloadURL", node):
            lacks = [
                name
                for name, iri in (
                    ("dcat:mediaType", DCAT_NS + "mediaType"),
                    ("dcat:byteSize", DCAT_NS + "byteSize"),
                    ("dcterms:license", DCT_NS + "license"),
                )
                if not site.objects(iri, node)
            ]
            require(not lacks, f"{node} lacks {', '.join(lacks)}")
        else:
            require(site.objects(DCAT_NS + "accessURL", node), f"{node} says nowhere")


def check_service(site: Site) -> None:
    """The endpoint is described as a data service of the dataset."""
    _described(site)
    apply_if(site.endpoint is not None, "no SPARQL endpoint")
    nodes = site.instances(DCAT_NS + "DataService")
    require(nodes, "no dcat:DataService")
    for node in nodes:
        require(site.objects(DCAT_NS + "endpointURL", node), f"{node} has no endpointURL")
    require(site.subjects(DCAT_NS + "servesDataset"), "no service says which dataset it serves")


def check_dates(site: Site) -> None:
    """The dataset says when it was issued or changed, in a date."""
    _described(site)
    values = [value for name in ("issued", "modified") for value in site.objects(DCT_NS + name)]
    require(values, "neither dcterms:issued nor dcterms:modified")
    wrong = [str(value) for value in values if not isinstance(value, Literal) or value.ill_typed]
    require(not wrong, f"no date: {wrong[:1]}")


RULES: tuple[Rule[Site], ...] = (
    Rule("void-well-known", "/.well-known/void leads to the VoID description", "SHOULD",
         VOID_WELLKNOWN, check_well_known),
    Rule("root-rdf", "The site's address gives its description as RDF", "SHOULD", VOID,
         check_root_rdf),
    Rule("void-licence", "The description names the licence", "SHOULD", VOID_LICENCE,
         check_licence),
    Rule("void-examples", "Example resources are named and answer", "SHOULD", VOID_STRUCTURE,
         check_examples),
    Rule("void-space", "Example resources lie in void:uriSpace", "MUST", VOID_STRUCTURE,
         check_space),
    Rule("void-endpoint", "The named SPARQL endpoint answers", "MUST", VOID_ACCESS,
         check_endpoint),
    Rule("void-dumps", "Dumps are named, and each is there", "SHOULD", VOID_ACCESS,
         check_data_dumps),
    Rule("void-vocabularies", "The vocabularies in use are named", "SHOULD", VOID_STRUCTURE,
         check_vocabularies),
    Rule("void-triples", "void:triples is true", "MUST", VOID_STATISTICS, check_triples),
    Rule("void-distinct", "Numbers of subjects, objects and properties are true", "MUST",
         VOID_STATISTICS, check_distinct),
    Rule("void-classes", "Class partitions are given and true", "SHOULD", VOID_STATISTICS,
         check_classes),
    Rule("void-properties", "Property partitions are given and true", "SHOULD", VOID_STATISTICS,
         check_properties),
    Rule("void-linksets", "Link sets name their ends, property and number", "SHOULD",
         VOID_LINKSETS, check_linksets),
    Rule("dcat-catalogue", "A DCAT catalogue describes its dataset", "SHOULD", DCAT,
         check_catalogue),
    Rule("dcat-distributions", "Distributions give address, type, size and licence", "SHOULD",
         DCAT_DISTRIBUTION, check_distributions),
    Rule("dcat-service", "The endpoint is a dcat:DataService of the dataset", "SHOULD",
         DCAT_SERVICE, check_service),
    Rule("dcat-dates", "The dataset is dated", "SHOULD", DCAT, check_dates),
)  # fmt: skip
