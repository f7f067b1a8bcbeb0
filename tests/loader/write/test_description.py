"""The description of a release: its numbers are true, and catalogues accept it."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyshacl
import pytest
from rdflib import DCAT, DCTERMS, RDF, SH, SKOS, VOID, XSD, Graph, Literal, URIRef
from rdflib.term import Node

from loader.rdf.days import Day
from loader.rdf.ordering import NS, Order, Triple, nt
from loader.rdf.table import Table
from loader.workspace import Publication
from loader.write.description import Names, describe_files, describe_release
from loader.write.dumps import DumpFile, write_dumps
from loader.write.void import count, describe_counts
from tests.places import ROOT
from tests.skips import needs

BASE = "http://localhost:8000/"
ABOUT = URIRef(f"{BASE}graph/about")
PUBLICATION = Publication(
    base=BASE,
    line="2026.11",
    issued=date(2026, 11, 22),
    title={"en": "Treaties", "lt": "Sutartys"},
    description={"en": "Treaties.", "lt": "Sutartys."},
    publisher_name="Pacta",
    publisher_url="https://example.org/",
    licence="https://creativecommons.org/licenses/by/4.0/",
    languages=("en", "lt"),
    keywords={"en": ("treaties",)},
    contact_name="Pacta",
    contact_url="https://example.org/contact",
    coverage_from=Day(1918, 1, 1),
    coverage_until=Day(1991, 12, 31),
    coverage_places=("http://www.wikidata.org/entity/Q37",),
    themes={
        "http://publications.europa.eu/resource/authority/data-theme/GOVE": {
            "en": "Government and public sector"
        }
    },
)


def thing(name: str) -> URIRef:
    """Return an address of this collection."""
    return URIRef(f"{BASE}id/{name}")


def graphs() -> dict[URIRef, frozenset[Triple]]:
    """Two graphs that share a triple."""
    treaty, same = thing("treaty/peace-1920"), URIRef("http://www.w3.org/2002/07/owl#sameAs")
    shared: Triple = (treaty, RDF.type, URIRef(NS + "Treaty"))
    facts: set[Triple] = {shared, (treaty, URIRef(NS + "hasParty"), thing("party/lithuania"))}
    links: set[Triple] = {
        shared,
        (treaty, same, URIRef("http://www.wikidata.org/entity/Q1")),
        (thing("evidence/1-2-3#selector"), URIRef(NS + "start"), Literal("2")),
        (thing("source/001"), RDF.type, URIRef(NS + "Source")),
    }
    return {
        URIRef(f"{BASE}graph/facts"): frozenset(facts),
        URIRef(f"{BASE}graph/links"): frozenset(links),
    }


def described() -> dict[URIRef, frozenset[Triple]]:
    """All graphs, the description included."""
    given = graphs()
    order = Order.of([t for g in given.values() for triple in g for t in triple], BASE, ("en",))
    about, _ = describe_release(given, ABOUT, PUBLICATION, "2026.11-01234567", "0.1.0", order)
    return {**given, ABOUT: frozenset(about)}


def value(triples: frozenset[Triple], subject: Node, predicate: Node) -> int:
    """Return the one number."""
    (found,) = (o for s, p, o in triples if (s, p) == (subject, predicate))
    return int(str(found))


def test_describe_counts_are_true_of_the_dump_with_the_description_in_it() -> None:
    """Totals, graphs, classes, properties and linksets, counted again by other means."""
    release = described()
    union = frozenset().union(*release.values())
    node = Names(BASE, "2026.11-01234567", "collection").dataset
    classes = Counter(o for _, p, o in union if p == RDF.type)
    properties = Counter(p for _, p, _ in union)

    assert len(union) == value(union, node, VOID.triples)
    assert len({s for s, _, _ in union}) == value(union, node, VOID.distinctSubjects)
    assert len({o for _, _, o in union}) == value(union, node, VOID.distinctObjects)
    assert len(classes) == value(union, node, VOID.classes)
    assert len(properties) == value(union, node, VOID.properties)
    for name, triples in release.items():
        assert len(triples) == value(union, name, VOID.triples)
    partitions = {o: value(union, s, VOID.entities) for s, p, o in union if p == VOID["class"]}
    assert classes == partitions
    partitions = {o: value(union, s, VOID.triples) for s, p, o in union if p == VOID.property}
    assert properties == partitions
    links = {s for s, p, o in union if (p, o) == (RDF.type, VOID.Linkset)}
    assert len(links) == 2  # owl:sameAs of the treaty, dcterms:spatial of the dataset


def test_describe_leaves_out_the_number_that_has_no_true_value() -> None:
    """Values that are numbers themselves: what is said of distinct values is true, or not said."""
    base, about, dataset = "http://example.org/", URIRef("urn:about"), URIRef("urn:dataset")
    said = []
    for first in range(10, 120):
        numbers = [Literal(n, datatype=XSD.integer) for n in range(first, first + 25)]
        graphs = {URIRef("urn:facts"): frozenset((URIRef("urn:s"), RDF.value, n) for n in numbers)}
        order = Order.of((), base, ("en",))

        found, counts = describe_counts(graphs, about, (), order, dataset)

        assert count({**graphs, about: found}, base) == counts
        values = {int(str(o)) for _, p, o in found if p == VOID.distinctObjects}
        assert values <= {counts.objects}
        said.append(bool(values))
    assert {True, False} == set(said)


def test_describe_counts_entities_without_their_parts() -> None:
    """A selector is part of its evidence; a value alone is no entity of the dump."""
    counts = count(graphs(), BASE)

    assert counts.entities == 2
    assert counts.triples == 5
    assert counts.subjects == 3


def test_describe_links_every_thing_to_the_dataset() -> None:
    """So that an entity's document leads to the collection, and is a subset of the dump."""
    linked = {s for s, p, _ in described()[ABOUT] if p == VOID.inDataset}

    assert linked == {thing("treaty/peace-1920"), thing("source/001")}


def test_describe_has_no_node_without_a_name_and_one_date() -> None:
    """Nothing depends on the clock."""
    about = described()[ABOUT]

    assert not [t for t in about if any(nt(term).startswith("_:") for term in t)]
    dates = {str(o) for _, _, o in about if str(getattr(o, "datatype", "")).endswith("#date")}
    assert dates == {"2026-11-22", "1918-01-01", "1991-12-31"}


def test_describe_lists_the_collection_under_the_themes_that_it_says() -> None:
    """Those of pacta.toml on collection and release, named; none where it says none."""

    def themes(publication: Publication) -> set[tuple[Node, Node]]:
        about, _ = describe_release(
            graphs(), ABOUT, publication, "2026.11-01234567", "0.1.0", Order.of((), BASE, ("en",))
        )
        return {(s, o) for s, p, o in about if p == DCAT.theme}

    law, names = URIRef("https://example.org/themes/law"), Names.of(PUBLICATION, "2026.11-01234567")
    publication = replace(PUBLICATION, themes={str(law): {"zh": "法律"}})
    assert themes(publication) == {(names.collection, law), (names.dataset, law)}
    assert themes(replace(PUBLICATION, themes={})) == set()
    found = describe_files((), publication, "2026.11-01234567", ())
    labels = {(s, o) for s, p, o in found if p == SKOS.prefLabel}
    assert labels == {(law, Literal("法律", lang="zh"))}


def test_describe_speaks_the_languages_of_the_collection_alone() -> None:
    """The service too is named after the collection; the name of the program is of no language."""
    publication = replace(
        PUBLICATION,
        languages=("ar", "zh"),
        title={"ar": "معاهدات", "zh": "条约"},
        description={"ar": "معاهدات."},
        keywords={},
    )
    about, _ = describe_release(
        graphs(), ABOUT, publication, "2026.11-01234567", "0.1.0", Order.of((), BASE, ("ar",))
    )
    service = Names.of(publication).part("sparql")
    titles = {o for s, p, o in about if (s, p) == (service, DCTERMS.title)}
    assert titles == {Literal("معاهدات (SPARQL)", lang="ar"), Literal("条约 (SPARQL)", lang="zh")}
    own = str(Names.of(publication).collection)
    said = {o for s, _, o in about if isinstance(o, Literal) and str(s).startswith(own)}
    assert {"ar", "zh"} == {text.language for text in said if text.language}


def files(folder: Path) -> tuple[DumpFile, ...]:
    """Write the dumps of the tiny release."""
    return write_dumps(folder, Table.of(described(), BASE, ("en",)))


def test_describe_names_every_file_with_size_and_digest(tmp_path: Path) -> None:
    """One distribution per file; downloadURL below the release's own dumps."""
    written = files(tmp_path)

    found = describe_files(described()[ABOUT], PUBLICATION, "2026.11-01234567", written)

    urls = {str(o) for _, p, o in found if p == DCAT.downloadURL}
    assert urls == {f"{BASE}dumps/2026.11-01234567/{f.path}" for f in written}
    assert not any(p == VOID.inDataset for _, p, _ in found)
    sizes = sorted(int(str(o)) for _, p, o in found if p == DCAT.byteSize)
    assert sizes == sorted(f.bytes for f in written)


SUITES = Path(os.environ.get("PACTA_SUITES", ROOT.parent / "shared" / "suites")) / "dcat-ap"


@pytest.mark.slow
@needs("suites", SUITES.is_dir())
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", ["shapes.ttl", "range.ttl"])
def test_describe_passes_the_shapes_of_dcat_ap(tmp_path: Path, name: str) -> None:
    """DCAT-AP 3.0.1: no violation, of the rules or of the classes of values."""
    found = describe_files(described()[ABOUT], PUBLICATION, "2026.11-01234567", files(tmp_path))
    data = Graph()
    for triple in found:
        data.add(triple)

    _, report, text = pyshacl.validate(data, shacl_graph=Graph().parse(SUITES / name))

    assert isinstance(report, Graph)
    violations = set(report.subjects(SH.resultSeverity, SH.Violation))
    assert not violations, text
