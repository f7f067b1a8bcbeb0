"""What the small sound server of the conformance tests publishes: three treaties and two places.

Everything is made once, as bytes, under a base address that is not where the server listens.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import zstandard
from pyld import jsonld  # type: ignore[import-untyped]
from rdflib import RDF, RDFS, XSD, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, OWL, VOID

Triple = tuple[Any, Any, Any]
BASE = "http://pacts.example/"
NS = Namespace(f"{BASE}ns#")
ID = Namespace(f"{BASE}id/")
SPDX = Namespace("http://spdx.org/rdf/terms#")
FACTS = f"{BASE}graph/facts"
LICENCE = "https://creativecommons.org/publicdomain/zero/1.0/"
CONTEXT_PATH = "/context/v1.jsonld"
RELEASE = "r1"
MODIFIED = "Sun, 01 Mar 2026 10:00:00 GMT"
JSONLD = "application/ld+json"
PROFILE = "http://www.w3.org/ns/json-ld#"
SUFFIXES = {
    "text/html": "html",
    "text/turtle": "ttl",
    JSONLD: "jsonld",
    "application/n-triples": "nt",
    "application/rdf+xml": "rdf",
    "application/trig": "trig",
    "application/n-quads": "nq",
}
SERIALIZERS = {
    "text/turtle": "nt",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
}
CONTEXT: dict[str, Any] = {
    "@version": 1.1,
    "id": "@id",
    "type": "@type",
    "label": {"@id": str(RDFS.label), "@container": "@language"},
    "articles": {"@id": str(NS.articles), "@type": str(XSD.integer)},
    "note": {"@id": str(NS.note)},
    "labels": {"@id": str(RDFS.label)},
    "party": {"@id": str(NS.party), "@type": "@id"},
    "partyOf": {"@reverse": str(NS.party)},
    "inDataset": {"@id": str(VOID.inDataset), "@type": "@id"},
    "datasetOf": {"@reverse": str(VOID.inDataset)},
    "isDefinedBy": {"@id": str(RDFS.isDefinedBy), "@type": "@id"},
    "Treaty": str(NS.Treaty),
    "Place": str(NS.Place),
    "VoidDataset": str(VOID.Dataset),
    "Class": str(RDFS.Class),
    "Property": str(RDF.Property),
}
KEYS = {str(NS.articles): "articles", str(NS.note): "note", str(NS.party): "party",
        str(VOID.inDataset): "inDataset", str(RDFS.isDefinedBy): "isDefinedBy"}  # fmt: skip
REVERSE = {NS.party: "partyOf", VOID.inDataset: "datasetOf"}
TYPES = {CONTEXT[name]: name for name in ("Treaty", "Place", "VoidDataset", "Class", "Property")}


@dataclass(frozen=True)
class Page:
    """One negotiated address: its formats, and what its links need."""

    iri: str
    bodies: Mapping[str, bytes]
    forms: Mapping[str, bytes] = field(default_factory=dict)
    following: str = ""
    previous: str = ""


@cache
def make_data() -> Graph:
    """All that is published, as the endpoint holds it."""
    graph = Graph(bind_namespaces="none")
    places = {"north": "Northland", "south": "Southland"}
    for slug, name in places.items():
        graph.add((ID[f"place/{slug}"], RDF.type, NS.Place))
        graph.add((ID[f"place/{slug}"], RDFS.label, Literal(name, lang="en")))
    for number, slug in enumerate(("one", "two", "long"), 3):
        treaty = ID[f"treaty/{slug}"]
        graph.add((treaty, RDF.type, NS.Treaty))
        graph.add((treaty, RDFS.label, Literal(f"Pact {slug}", lang="en")))
        graph.add((treaty, RDFS.label, Literal(f"Paktas {slug}", lang="lt")))
        graph.add((treaty, NS.articles, Literal(number)))
        graph.add((treaty, NS.party, ID["place/north"]))
        graph.add((treaty, NS.party, ID["place/south"]))
    for number in range(8):
        graph.add((ID["treaty/long"], NS.note, Literal(f"remark {number}")))
    graph.add((ID["place/north"], NS.party, ID["treaty/one"]))
    dataset = ID["dataset/main"]
    graph.add((dataset, RDF.type, VOID.Dataset))
    graph.add((dataset, RDFS.label, Literal("Pacts", lang="en")))
    for thing in sorted(set(graph.subjects()) - {dataset}, key=str):
        graph.add((thing, VOID.inDataset, dataset))
    return graph


def describe(thing: URIRef) -> Graph:
    """A thing's document: what it says, what points at it, names of its neighbours."""
    data, found = make_data(), Graph(bind_namespaces="none")
    found += data.triples((thing, None, None))
    found += data.triples((None, None, thing))
    for node in {*found.subjects(), *found.objects()} - {thing}:
        found += data.triples((node, RDFS.label, None))
    return found


def make_tree(graph: Graph, root: URIRef) -> dict[str, Any]:
    """A document as nested JSON: the root, its neighbours with their names."""
    done: set[URIRef] = set()

    def names(node: URIRef) -> dict[str, Any]:
        labels = sorted(graph.objects(node, RDFS.label), key=str)
        texts = {str(label.language): str(label) for label in labels}  # type: ignore[attr-defined]
        return {"label": texts} if texts else {}

    def show(value: Any) -> Any:
        if not isinstance(value, URIRef):
            return value.toPython() if value.datatype == XSD.integer else str(value)
        if value in done or value == root:
            return {"id": str(value)}
        done.add(value)
        return {"id": str(value), **names(value)}

    tree: dict[str, Any] = {"id": str(root)}
    tree["type"] = [TYPES.get(str(kind), str(kind)) for kind in graph.objects(root, RDF.type)]
    tree.update(names(root))
    for name, key in KEYS.items():
        values = sorted(graph.objects(root, URIRef(name)), key=str)
        if values:
            tree[key] = [show(value) for value in values]
    known = {*KEYS, str(RDF.type), str(RDFS.label)}
    for named, value in sorted(graph.predicate_objects(root), key=str):
        if str(named) not in known:
            shown = show(value) if isinstance(value, URIRef) else {"@value": str(value)}
            if isinstance(value, Literal) and value.language:
                shown["@language"] = value.language
            tree.setdefault(str(named), []).append(shown)
    for name_, key in REVERSE.items():
        nodes = sorted(graph.subjects(name_, root), key=str)
        if nodes:
            tree[key] = [show(node) for node in nodes]
    return tree


def load_context(url: str, _options: object) -> dict[str, Any]:
    """The context, for PyLD."""
    assert url == BASE + CONTEXT_PATH[1:], url
    return {"contentType": JSONLD, "contextUrl": None, "documentUrl": url,
            "document": {"@context": CONTEXT}}  # fmt: skip


def dump_json(tree: Any) -> bytes:
    """JSON as it is published."""
    return json.dumps(tree, indent=1, ensure_ascii=False).encode()


def make_page(
    graph: Graph,
    root: URIRef,
    tree: Mapping[str, Any] | None = None,
    blocks: Iterable[Any] = (),
    following: str = "",
    previous: str = "",
) -> Page:
    """All formats of a graph about a thing."""
    own = tree or make_tree(graph, root)
    bodies = {
        kind: graph.serialize(format=name, encoding="utf-8") for kind, name in SERIALIZERS.items()
    }
    lines = [line for line in graph.serialize(format="nt").splitlines() if line.strip()]
    quads = "".join(f"{line.removesuffix('.').rstrip()} <{FACTS}> .\n" for line in lines)
    bodies["application/n-quads"] = quads.encode()
    bodies["application/trig"] = "\n".join([f"<{FACTS}> {{", *lines, "}", ""]).encode()
    context = BASE + CONTEXT_PATH[1:]
    compacted = {"@context": context, **own}
    options = {"documentLoader": load_context}
    forms = {
        "compacted": dump_json(compacted),
        "expanded": dump_json(jsonld.expand(compacted, options)),
        "flattened": dump_json(jsonld.flatten(compacted, {"@context": context}, options)),
    }
    bodies[JSONLD] = forms["compacted"]
    embedded = [{"@context": CONTEXT, **own}, *blocks]
    scripts = "".join(
        f'<script type="application/ld+json">{json.dumps(block)}</script>' for block in embedded
    )
    title = next(iter(own.get("label", {"en": "Pacts"}).values()))
    bodies["text/html"] = (
        f'<!doctype html><html lang="en"><head><title>{title}</title><!--links-->{scripts}</head>'
        f"<body><h1>{title}</h1></body></html>"
    ).encode()
    ordered = {kind: bodies[kind] for kind in SUFFIXES}
    return Page(str(root), ordered, forms, following, previous)


@cache
def make_dumps() -> dict[str, bytes]:
    """Name → bytes of each file below the release."""
    data = make_data()
    lines = sorted(data.serialize(format="nt").splitlines(keepends=True))
    plain = "".join(line for line in lines if line.strip()).encode()
    files = {
        "data.nt": plain,
        "data.nt.gz": gzip.compress(plain, mtime=0),
        "data.nt.zst": zstandard.compress(plain),
        "data.ttl": data.serialize(format="turtle", encoding="utf-8"),
    }
    sums = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in files.items())
    return {**files, "SHA256SUMS": sums.encode()}


DUMP_TYPES = {"nt": "application/n-triples", "ttl": "text/turtle; charset=utf-8",
              "gz": "application/gzip", "zst": "application/zstd", "SHA256SUMS":
              "text/plain; charset=utf-8"}  # fmt: skip


@cache
def make_description() -> Graph:
    """The site's VoID and DCAT."""
    data, about = make_data(), Graph(bind_namespaces="none")
    root, dataset = URIRef(BASE), ID["dataset/main"]
    about.add((root, RDF.type, DCAT.Catalog))
    about.add((root, DCAT.dataset, dataset))
    for kind in (VOID.Dataset, DCAT.Dataset):
        about.add((dataset, RDF.type, kind))
    for node in (root, dataset):
        about.add((node, DCTERMS.title, Literal("Pacts", lang="en")))
        about.add((node, DCTERMS.description, Literal("A few pacts.", lang="en")))
        about.add((node, DCTERMS.publisher, URIRef("https://publisher.example/")))
        about.add((node, DCTERMS.license, URIRef(LICENCE)))
    about.add((dataset, DCTERMS.issued, Literal("2026-03-01", datatype=XSD.date)))
    about.add((dataset, VOID.triples, Literal(len(data))))
    about.add((dataset, VOID.distinctSubjects, Literal(len(set(data.subjects())))))
    about.add((dataset, VOID.uriSpace, Literal(f"{BASE}id/")))
    about.add((dataset, VOID.exampleResource, ID["treaty/one"]))
    about.add((dataset, VOID.sparqlEndpoint, URIRef(f"{BASE}sparql")))
    about.add((dataset, VOID.vocabulary, URIRef(f"{BASE}ns#")))
    for number, a_class in enumerate(sorted(set(data.objects(None, RDF.type)), key=str)):
        part = URIRef(f"{dataset}#class-{number}")
        about.add((dataset, VOID.classPartition, part))
        about.add((part, VOID["class"], a_class))
        about.add((part, VOID.entities, Literal(len(set(data.subjects(RDF.type, a_class))))))
    for number, predicate in enumerate(sorted(set(data.predicates()), key=str)):
        part = URIRef(f"{dataset}#property-{number}")
        about.add((dataset, VOID.propertyPartition, part))
        about.add((part, VOID.property, predicate))
        about.add((part, VOID.triples, Literal(len(list(data.triples((None, predicate, None)))))))
    links = URIRef(f"{dataset}#links")
    about.add((links, RDF.type, VOID.Linkset))
    about.add((links, VOID.subjectsTarget, dataset))
    about.add((links, VOID.objectsTarget, URIRef("http://www.wikidata.org/")))
    about.add((links, VOID.linkPredicate, OWL.sameAs))
    about.add((links, VOID.triples, Literal(0)))
    service = URIRef(f"{dataset}#service")
    about.add((service, RDF.type, DCAT.DataService))
    about.add((service, DCAT.endpointURL, URIRef(f"{BASE}sparql")))
    about.add((service, DCAT.servesDataset, dataset))
    for name, body in make_dumps().items():
        if name != "SHA256SUMS":
            add_distribution(about, dataset, name, body)
    return about


def add_distribution(about: Graph, dataset: URIRef, name: str, body: bytes) -> None:
    """One dump in the description."""
    place = URIRef(f"{BASE}dumps/{RELEASE}/{name}")
    node, checksum = URIRef(f"{dataset}#{name}"), URIRef(f"{dataset}#{name}-sum")
    form = name.split(".")[1]
    iana = "https://www.iana.org/assignments/media-types/"
    about.add((dataset, DCAT.distribution, node))
    about.add((dataset, VOID.dataDump, place))
    about.add((node, RDF.type, DCAT.Distribution))
    about.add((node, DCAT.downloadURL, place))
    about.add((node, DCAT.mediaType, URIRef(iana + DUMP_TYPES[form].partition(";")[0])))
    ending = name.rpartition(".")[2]
    if ending in ("gz", "zst"):
        about.add((node, DCAT.compressFormat, URIRef(iana + DUMP_TYPES[ending])))
    about.add((node, DCAT.byteSize, Literal(len(body), datatype=XSD.nonNegativeInteger)))
    about.add((node, DCTERMS.license, URIRef(LICENCE)))
    about.add((node, SPDX.checksum, checksum))
    about.add((checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256))
    about.add((checksum, SPDX.checksumValue, Literal(hashlib.sha256(body).hexdigest())))


@cache
def make_pages() -> dict[str, Page]:
    """Path → page, for all negotiated addresses."""
    pages: dict[str, Page] = {}
    for thing in sorted(set(make_data().subjects()), key=str):
        root = URIRef(str(thing))
        path = str(root).replace(f"{BASE}id/", "/doc/")
        whole = describe(root)
        if not str(root).endswith("/long"):
            pages[path] = make_page(whole, root)
            continue
        notes = sorted(whole.triples((root, NS.note, None)))
        first, second = Graph(bind_namespaces="none"), Graph(bind_namespaces="none")
        first += whole
        for triple in notes[4:]:
            first.remove(triple)
            second.add(triple)
        pages[path] = make_page(first, root, following=f"{path}?page=2")
        pages[f"{path}?page=2"] = make_page(second, root, previous=path)
    pages["/"] = make_front_page(make_description())
    terms = Graph(bind_namespaces="none")
    for name in ("Treaty", "Place", "articles", "party", "note"):
        kind = RDFS.Class if name[0].isupper() else RDF.Property
        terms.add((NS[name], RDF.type, kind))
        terms.add((NS[name], RDFS.label, Literal(name, lang="en")))
        terms.add((NS[name], RDFS.isDefinedBy, URIRef(f"{BASE}ns")))
    listed = json.loads(terms.serialize(format="json-ld", auto_compact=False))
    pages["/ns"] = make_page(terms, URIRef(f"{BASE}ns"), {"id": f"{BASE}ns", "@included": listed})
    facts = Graph(bind_namespaces="none")
    facts.add((URIRef(FACTS), RDFS.label, Literal("Facts", lang="en")))
    pages["/graph/facts"] = make_page(facts, URIRef(FACTS))
    return pages


def make_front_page(description: Graph) -> Page:
    """The page of the site's own address."""
    schema = {"@context": "https://schema.org/", "@type": "Dataset", "name": "Pacts",
              "description": "A few pacts.", "license": LICENCE}  # fmt: skip
    compact = json.loads(description.serialize(format="json-ld", auto_compact=False))
    tree = {"id": BASE, "@included": [node for node in compact if node["@id"] != BASE]}
    tree.update({key: value for node in compact if node["@id"] == BASE
                 for key, value in node.items() if key != "@id"})  # fmt: skip
    return make_page(description, URIRef(BASE), tree, [schema])


Edit = Callable[[Triple], Triple | None]


def remake(path: str, edit: Edit) -> Page:
    """A page whose triples were edited before anything was written; None drops one."""
    root = URIRef(BASE if path == "/" else path.replace("/doc/", f"{BASE}id/"))
    edited = Graph(bind_namespaces="none")
    for triple in make_description() if path == "/" else describe(root):
        kept = edit(triple)
        if kept is not None:
            edited.add(kept)
    if path == "/":
        return make_front_page(edited)
    about = next(iter(edited.subjects(RDF.type, NS.Treaty)))
    return replace(make_page(edited, URIRef(str(about))), iri=str(root))
