"""Describes the release: DCAT for catalogues, PROV for its origin, VoID for its content.

`describe_release` gives the graph ``about``, which is part of the dump. `describe_files` adds what
can only be known once the dumps are written (sizes, digests) and what catalogues want to have
spelled out; it goes to ``about/description.ttl`` and is no part of the dump.

The only date is the publication's ``issued``. Source: DCAT 3 (W3C Recommendation 2024), DCAT-AP
3.0.1, PROV-O, VoID.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rdflib import DCTERMS, FOAF, OWL, PROV, RDF, RDFS, SKOS, VOID, XSD, Literal, Namespace, URIRef
from rdflib.term import Node

from loader.rdf.ordering import NS, Order, Triple
from loader.rdf.terms import REC
from loader.workspace import Publication
from loader.write.dumps import DUMPS, DumpFile
from loader.write.void import Counts, describe_counts, is_entity

DCAT: Final = Namespace("http://www.w3.org/ns/dcat#")
SPDX: Final = Namespace("http://spdx.org/rdf/terms#")
VCARD: Final = Namespace("http://www.w3.org/2006/vcard/ns#")
_EU: Final = "http://publications.europa.eu/resource/authority/"
_IANA: Final = "https://www.iana.org/assignments/media-types/"
_EU_LANGUAGES: Final = {
    "be": "BEL",
    "de": "DEU",
    "en": "ENG",
    "fr": "FRA",
    "lt": "LIT",
    "lv": "LAV",
    "pl": "POL",
    "ru": "RUS",
    "uk": "UKR",
}
_EU_FILE_TYPES: Final = {
    "ttl": "RDF_TURTLE",
    "nt": "RDF_N_TRIPLES",
    "nq": "RDF_N_QUADS",
    "trig": "RDF_TRIG",
    "jsonld": "JSON_LD",
    "rdf": "RDF_XML",
}


@dataclass(frozen=True)
class Names:
    """The addresses of what is described."""

    base: str
    release: str
    collection_name: str

    @staticmethod
    def of(publication: Publication, release: str = "") -> Names:
        """The addresses of a publication's release."""
        return Names(publication.base, release, publication.dataset)

    @property
    def catalogue(self) -> URIRef:
        """The collection's front page as a catalogue."""
        return URIRef(self.base)

    @property
    def collection(self) -> URIRef:
        """The dataset through all its releases."""
        return URIRef(f"{self.base}id/dataset/{self.collection_name}")

    @property
    def dataset(self) -> URIRef:
        """The dataset as this release has it."""
        return URIRef(f"{self.base}id/dataset/{self.release}")

    def part(self, name: str) -> URIRef:
        """A node of the description that needs no document of its own."""
        return URIRef(f"{self.collection}#{name}")


def describe_release(
    graphs: Mapping[URIRef, frozenset[Triple]],
    about: URIRef,
    publication: Publication,
    release: str,
    version: str,
    order: Order,
) -> tuple[set[Triple], Counts]:
    """Return the graph ``about`` and the counts of the whole release, itself included.

    Args:
        graphs: all other named graphs.
        about: the name of the graph that is returned.
        publication: what ``pacta.toml`` says; its base is that of the release.
        release: the release id.
        version: the version of the program.
        order: short names for parts of the description.
    """
    names = Names.of(publication, release)
    rest = set(_catalogue(names, publication))
    rest |= set(_collection(names, publication))
    rest |= set(_dataset(names, publication, version))
    rest |= describe_demands(publication)
    sources = f"{names.base}id/source/"
    in_dataset, collection = VOID.inDataset, names.collection
    for s in {s for triples in graphs.values() for s, _, _ in triples}:
        if is_entity(s, names.base):
            rest.add((s, in_dataset, collection))
            if str(s).startswith(sources):
                rest.add((names.dataset, PROV.wasDerivedFrom, s))
    return describe_counts(graphs, about, rest, order, names.dataset)


def describe_files(
    about: Iterable[Triple], publication: Publication, release: str, files: Iterable[DumpFile]
) -> set[Triple]:
    """Return the full description: catalogue, counts, and every file as a distribution.

    Args:
        about: the graph of that name; links from things to the dataset are left out.
        publication: as in `describe_release`.
        release: the release id.
        files: what was written.
    """
    names = Names.of(publication, release)
    found = {t for t in about if t[1] != VOID.inDataset or t[0] == names.dataset}
    found |= set(_spelled_out(names, publication))
    for file in files:
        found |= set(_distribution(names, publication, file))
    return found


def _texts(node: URIRef, predicate: URIRef, texts: Mapping[str, str]) -> Iterator[Triple]:
    for tag, text in texts.items():
        yield node, predicate, Literal(text, lang=tag)


def _shared(node: URIRef, names: Names, publication: Publication) -> Iterator[Triple]:
    """What catalogue, collection and release have in common."""
    day = Literal(publication.issued.isoformat(), datatype=XSD.date)
    yield from _texts(node, DCTERMS.title, publication.title)
    yield from _texts(node, DCTERMS.description, publication.description)
    yield node, DCTERMS.issued, day
    yield node, DCTERMS.modified, day
    yield node, DCTERMS.license, URIRef(publication.licence)
    yield node, DCTERMS.publisher, names.part("publisher")
    for tag in publication.languages:
        yield node, DCTERMS.language, _language(tag)


def describe_demands(publication: Publication) -> set[Triple]:
    """Return what the collection demands of its records, for the rules that ask it.

    The languages of its texts and labels, and the bounding box of its places; part of the graph
    ``about``, so that checking a dump applies the same rules. Source: shapes/README.md.
    """
    node = Names.of(publication).collection
    first, *others = publication.languages
    found: set[Triple] = {(node, REC.textLanguage, Literal(first))}
    found |= {(node, REC.labelLanguage, Literal(tag)) for tag in others}
    if box := publication.coverage_box:
        for term, degrees in (
            (REC.southernBound, box.south),
            (REC.westernBound, box.west),
            (REC.northernBound, box.north),
            (REC.easternBound, box.east),
        ):
            found.add((node, term, Literal(f"{degrees.normalize():f}", datatype=XSD.decimal)))
    return found


def _catalogue(names: Names, publication: Publication) -> Iterator[Triple]:
    node, service = names.catalogue, names.part("sparql")
    yield node, RDF.type, DCAT.Catalog
    yield from _shared(node, names, publication)
    yield node, FOAF.homepage, names.catalogue
    yield node, DCAT.dataset, names.collection
    yield node, DCAT.dataset, names.dataset
    yield node, DCAT.service, service
    yield service, RDF.type, DCAT.DataService
    titles = {tag: f"{title} (SPARQL)" for tag, title in publication.title.items()}
    yield from _texts(service, DCTERMS.title, titles)
    yield service, DCAT.endpointURL, URIRef(f"{names.base}sparql")
    yield service, DCAT.endpointDescription, URIRef(f"{names.base}sparql")
    yield service, DCAT.servesDataset, names.collection
    yield service, DCAT.servesDataset, names.dataset
    yield service, DCTERMS.conformsTo, URIRef("https://www.w3.org/TR/sparql11-protocol/")
    yield service, DCTERMS.license, URIRef(publication.licence)
    yield service, DCTERMS.publisher, names.part("publisher")
    yield names.part("publisher"), RDF.type, FOAF.Agent
    yield names.part("publisher"), FOAF.name, Literal(publication.publisher_name)
    yield names.part("publisher"), FOAF.homepage, URIRef(publication.publisher_url)


def _collection(names: Names, publication: Publication) -> Iterator[Triple]:
    node = names.collection
    yield node, RDF.type, DCAT.Dataset
    yield node, RDF.type, VOID.Dataset
    yield from _texts(node, RDFS.label, publication.title)
    yield from _shared(node, names, publication)
    yield from _subject_matter(node, names, publication)
    yield node, DCAT.landingPage, names.catalogue
    yield node, DCAT.hasVersion, names.dataset
    yield node, DCAT.hasCurrentVersion, names.dataset
    yield node, VOID.uriSpace, Literal(f"{names.base}id/")
    yield node, VOID.sparqlEndpoint, URIRef(f"{names.base}sparql")
    yield node, VOID.rootResource, names.catalogue


def _dataset(names: Names, publication: Publication, version: str) -> Iterator[Triple]:
    node, build, agent = names.dataset, URIRef(f"{names.dataset}#build"), names.part("program")
    yield node, RDF.type, DCAT.Dataset
    yield node, RDF.type, VOID.Dataset
    yield node, RDF.type, PROV.Entity
    yield from _texts(node, RDFS.label, _label_release(names, publication))
    yield from _shared(node, names, publication)
    yield from _subject_matter(node, names, publication)
    yield node, DCAT.version, Literal(names.release)
    yield node, DCTERMS.identifier, Literal(str(node))
    yield node, DCAT.isVersionOf, names.collection
    yield node, DCAT.landingPage, names.catalogue
    yield node, DCTERMS.conformsTo, URIRef(NS)
    yield node, VOID.uriSpace, Literal(f"{names.base}id/")
    yield node, VOID.sparqlEndpoint, URIRef(f"{names.base}sparql")
    for row in DUMPS:
        yield node, VOID.feature, URIRef(row.iri)
        yield node, VOID.dataDump, URIRef(f"{names.base}dumps/{names.release}/pacta.{row.ending}")
    yield node, PROV.wasGeneratedBy, build
    yield build, RDF.type, PROV.Activity
    yield build, PROV.wasAssociatedWith, agent
    yield agent, RDF.type, PROV.SoftwareAgent
    yield agent, RDFS.label, Literal("Pacta")
    yield agent, OWL.versionInfo, Literal(version)


def _label_release(names: Names, publication: Publication) -> dict[str, str]:
    """Return what a release is called, by language: in words where English is one of them."""
    if "en" in publication.languages:
        return {"en": f"Release {names.release}"}
    first = publication.languages[0]
    return {first: f"{publication.title[first]}, {names.release}"}


def _subject_matter(node: URIRef, names: Names, publication: Publication) -> Iterator[Triple]:
    for theme in publication.themes:
        yield node, DCAT.theme, URIRef(theme)
    for tag, words in publication.keywords.items():
        for word in words:
            yield node, DCAT.keyword, Literal(word, lang=tag)
    if publication.contact_name:
        yield node, DCAT.contactPoint, names.part("contact")
        yield names.part("contact"), RDF.type, VCARD.Organization
        yield names.part("contact"), VCARD.fn, Literal(publication.contact_name)
        if publication.contact_url:
            yield names.part("contact"), VCARD.hasURL, URIRef(publication.contact_url)
    start, end = publication.coverage_from, publication.coverage_until
    if start and end:
        yield node, DCTERMS.temporal, names.part("period")
        yield names.part("period"), RDF.type, DCTERMS.PeriodOfTime
        yield names.part("period"), DCAT.startDate, Literal(start.isoformat(), datatype=XSD.date)
        yield names.part("period"), DCAT.endDate, Literal(end.isoformat(), datatype=XSD.date)
    for place in publication.coverage_places:
        yield node, DCTERMS.spatial, URIRef(place)


def _spelled_out(names: Names, publication: Publication) -> Iterator[Triple]:
    """What validators of catalogues ask for: the classes of things described elsewhere."""
    types: dict[URIRef, Node] = {
        URIRef(publication.licence): DCTERMS.LicenseDocument,
        URIRef("https://www.w3.org/TR/sparql11-protocol/"): DCTERMS.Standard,
        URIRef(NS): DCTERMS.Standard,
        URIRef(publication.publisher_url): FOAF.Document,
        names.part("contact"): VCARD.Kind,
    }
    types |= {URIRef(place): DCTERMS.Location for place in publication.coverage_places}
    types |= {_language(tag): DCTERMS.LinguisticSystem for tag in publication.languages}
    types |= {URIRef(_IANA + row.media_type): DCTERMS.MediaType for row in DUMPS}
    types |= {
        URIRef(f"{_EU}file-type/{t}"): DCTERMS.MediaTypeOrExtent for t in _EU_FILE_TYPES.values()
    }
    if not publication.contact_name:
        del types[names.part("contact")]
    for node, cls in types.items():
        yield node, RDF.type, cls
    yield names.catalogue, RDF.type, FOAF.Document
    for theme, labels in publication.themes.items():
        yield URIRef(theme), RDF.type, SKOS.Concept
        yield from _texts(URIRef(theme), SKOS.prefLabel, labels)


def _distribution(names: Names, publication: Publication, file: DumpFile) -> Iterator[Triple]:
    address = URIRef(f"{names.base}dumps/{names.release}/{file.path}")
    node = URIRef(f"{names.dataset}#file-{file.path.replace('/', '-')}")
    checksum = URIRef(f"{node}-sha256")
    what = f"{file.part.rpartition('/')[2]}: " if file.part else "everything: "
    coding = f", {file.coding.ending[1:]}" if file.coding.ending else ""
    yield names.dataset, DCAT.distribution, node
    if not file.part:
        yield names.collection, DCAT.distribution, node
    yield node, RDF.type, DCAT.Distribution
    yield node, DCTERMS.title, Literal(f"{what}{file.format.name}{coding}", lang="en")
    yield node, DCTERMS.description, Literal(_content(file), lang="en")
    yield node, DCAT.accessURL, URIRef(f"{names.base}dumps/{names.release}/")
    yield node, DCAT.downloadURL, address
    yield node, DCAT.mediaType, URIRef(_IANA + file.format.media_type)
    yield node, DCTERMS["format"], URIRef(f"{_EU}file-type/{_EU_FILE_TYPES[file.format.ending]}")
    if file.coding.ending:
        packed = URIRef(_IANA + file.coding.media_type)
        yield node, DCAT.compressFormat, packed
        yield packed, RDF.type, DCTERMS.MediaType
    yield node, DCAT.byteSize, Literal(str(file.bytes), datatype=XSD.nonNegativeInteger)
    yield node, DCTERMS.license, URIRef(publication.licence)
    yield node, DCTERMS.issued, Literal(publication.issued.isoformat(), datatype=XSD.date)
    yield node, SPDX.checksum, checksum
    yield checksum, RDF.type, SPDX.Checksum
    yield checksum, SPDX.algorithm, SPDX.checksumAlgorithm_sha256
    yield checksum, SPDX.checksumValue, Literal(file.sha256, datatype=XSD.hexBinary)


def _content(file: DumpFile) -> str:
    folder, _, name = file.part.partition("/")
    if folder == "by-graph":
        return f"The statements of the named graph {name}."
    if folder == "by-kind":
        return f"The statements about each {name}."
    if file.format.quads:
        return "All statements, by named graph."
    return "All statements of all named graphs together, duplicates removed."


def _language(tag: str) -> URIRef:
    code = _EU_LANGUAGES.get(tag)
    if code:
        return URIRef(f"{_EU}language/{code}")
    return URIRef(f"http://id.loc.gov/vocabulary/iso639-1/{tag}")
