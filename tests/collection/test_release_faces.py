"""Every document of the real release, in every format: one graph, and together the dump.

How they are counted: the dump is the union of the named graphs. An address of the collection that
stands in it (a thing, assertion, piece of evidence, disagreement, concept, list, named graph, the
ontology, the dataset) has a document; what stands in no document is in no dump, and what stands in
a document is in the dump. Two things are apart: the first page (`/`) also describes the files of
the release, which no dump can hold (it is held to ``about/description.nt`` instead); and a dump's
own address answers with itself, which proves nothing and is left out. All terms of the ontology
share one document, `/ns`, for their addresses are hash addresses; its nodes without a name (lists
of `owl:unionOf`) stand there and nowhere else, and are compared by their canonical labels
(RDFC-1.0).

A run reads a sample of the documents of each kind as N-Triples, and fewer in all other formats, for
one writer writes all documents and its own tests give it any graph; rdflib and PyLD read the
fewest. ``PACTA_ALL=1`` has every document read in every format by all of them.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyld.jsonld as pyld  # type: ignore[import-untyped]
import pyoxigraph as ox
import pyshacl
import pytest
from flask.testing import FlaskClient
from rdflib import RDF, SH, VOID, Dataset, Graph, Literal, URIRef

from server.app import create_app
from server.documents.links import RDF_FORMATS
from server.release.current import ReleaseHolder
from server.release.opened import OpenedRelease
from server.settings import Settings
from tests.realbuild import BASE
from tests.realrelease import build_real
from tests.sample import ALL, sample

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

PACTA = "https://w3id.org/pacta/"
FETCHED_PER_KIND = 24
FORMATS_PER_KIND = 6
LIBRARIES_PER_KIND = 1
PREFIXES = frozenset(
    ("pacta", "v", "xsd", "rdfs", "skos", "owl", "oa", "geo", "void", "dcterms", "edtf")
) | {"dcat", "prov", "foaf", "rec", "sd", "spdx", "vcard"}
PARSERS = {
    "turtle": (ox.RdfFormat.TURTLE, "turtle"),
    "ntriples": (ox.RdfFormat.N_TRIPLES, "nt"),
    "rdfxml": (ox.RdfFormat.RDF_XML, "xml"),
    "trig": (ox.RdfFormat.TRIG, "trig"),
    "nquads": (ox.RdfFormat.N_QUADS, "nquads"),
    "jsonld": (ox.RdfFormat.JSON_LD, "json-ld"),
}

Lines = frozenset[str]


@functools.cache
def site() -> tuple[OpenedRelease, FlaskClient]:
    """The real release, and the application over it."""
    holder = ReleaseHolder(build_real().path.parent.parent)
    opened = holder.open()
    return opened, create_app(Settings(), holder).test_client()


def get(path: str, media_type: str) -> tuple[int, str, str, bytes]:
    """Status, `Location`, media type and body of an answer."""
    with site()[1].get(path, headers={"Accept": f"{media_type}, */*;q=0.1"}) as answer:
        return (
            answer.status_code,
            answer.headers.get("Location", ""),
            str(answer.mimetype),
            bytes(answer.data),
        )


@functools.cache
def context() -> dict[str, Any]:
    """The release's JSON-LD context."""
    entries: dict[str, Any] = json.loads(site()[0].context)["@context"]
    return entries


def inline(body: bytes) -> bytes:
    """A JSON-LD document with its context in the place of the context's address.

    Words that stand nowhere in it are left out: they mean nothing to it and take time to read.
    """
    tree = json.loads(body)
    assert tree["@context"].startswith(f"{BASE}ns/context/")
    names = set(re.findall(r'"([^"\\\\]*)"', body.decode()))
    used = {n: v for n, v in context().items() if n in names or n[0] == "@" or n in PREFIXES}
    used |= {name: context()[name] for name in ("id", "type")}
    return json.dumps({**tree, "@context": used}).encode()


def lines(quads: Iterable[Any], *, graphs: bool = False) -> Lines:
    """Quads as text, to be compared as a set; nodes without a name get canonical labels."""
    found = [q if graphs else q.triple for q in quads]
    if any(isinstance(term, ox.BlankNode) for q in found for term in q):
        dataset = ox.Dataset(q if graphs else ox.Quad(*q) for q in found)
        dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
        found = [q if graphs else q.triple for q in dataset]
    return frozenset(map(str, found))


def read(body: bytes, name: str, *, graphs: bool = False) -> Lines:
    """A body as the engine's parser reads it."""
    data = inline(body) if name == "jsonld" else body
    return lines(ox.parse(data, format=PARSERS[name][0]), graphs=graphs)


@functools.cache
def dump() -> tuple[Any, ...]:
    """The quads of ``dumps/pacta.nq``."""
    data = site()[0].release.file("dumps/pacta.nq").read_bytes()
    return tuple(ox.parse(data, format=ox.RdfFormat.N_QUADS))


@functools.cache
def addresses() -> tuple[str, ...]:
    """Every address of the collection that stands anywhere in the dump, without its fragment."""
    terms = {t.value for q in dump() for t in q if isinstance(t, ox.NamedNode)}
    found = {t.partition("#")[0] for t in terms if t.startswith((BASE, PACTA))}
    return tuple(sorted(found - {f"{BASE}sparql"}))  # test_release_live.py asks that one


def kind_of(address: str) -> str:
    """The kind of a thing (`treaty`), or the first part of another address (`vocab`)."""
    parts = address.removeprefix(BASE).removeprefix(PACTA).split("/")
    return parts[1] if parts[0] == "id" else parts[0]


def draw(found: Iterable[str], per_kind: int) -> list[str]:
    """Some addresses of each kind, or all."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for address in found:
        kinds[kind_of(address)].append(address)
    return [address for group in kinds.values() for address in sample(group, per_kind)]


@dataclass(frozen=True)
class Fetched:
    """What an address answered.

    Attributes:
        hops: Redirects until then.
        status: Of the last answer, N-Triples being asked for.
        path: Of the document.
        triples: Of the document; none where it is a file.
    """

    hops: int
    status: int
    path: str
    triples: Lines = frozenset()


@functools.cache
def fetched() -> dict[str, Fetched]:
    """A sample of the addresses of the dump, or all, asked for N-Triples."""
    return {address: fetch(address) for address in draw(addresses(), FETCHED_PER_KIND)}


def fetch(address: str) -> Fetched:
    """One address."""
    path = "/" + address.removeprefix(BASE).removeprefix(PACTA)
    hops = 0
    status, target, media_type, body = get(path, "application/n-triples")
    while status == 303 and hops < 3:
        path, hops = target, hops + 1
        status, target, media_type, body = get(path, "application/n-triples")
    if status != 200 or address.startswith(f"{BASE}dumps/"):
        return Fetched(hops, status, path)
    assert media_type == "application/n-triples", address
    return Fetched(hops, status, path, read(body, "ntriples"))


@functools.cache
def quads() -> frozenset[str]:
    """The quads of the dump, each as text."""
    return frozenset(map(str, dump()))


def list_differing(address: str) -> list[str]:
    """The formats of a document that say something else, or something that the dump does not."""
    document = fetched()[address]
    differing = []
    with_graphs = []
    for row in RDF_FORMATS:
        status, _, media_type, body = get(document.path, row.media_type)
        if (status, media_type) != (200, row.media_type) or (
            read(body, row.name) != document.triples
        ):
            differing.append(row.name)
        if row.name in ("trig", "nquads"):
            with_graphs.append(read(body, row.name, graphs=True))
    if with_graphs[0] != with_graphs[1]:
        differing.append("graphs")
    named = {line for line in with_graphs[0] if "_:" not in line}
    if address != BASE and not named <= quads():  # the first page describes files, in no graph
        differing.append("dump")
    return differing


def test_every_address_in_the_dump_dereferences() -> None:
    """200 after one redirect at most, for every address of the collection in any position."""
    wrong = {a: (e.hops, e.status) for a, e in fetched().items() if e.status != 200 or e.hops > 1}
    things = [e.hops for a, e in fetched().items() if a.startswith(f"{BASE}id/")]

    assert not wrong
    assert set(things) == {1}
    assert sum(address.startswith(f"{BASE}id/") for address in addresses()) > 2500
    assert set(map(kind_of, fetched())) == set(map(kind_of, addresses()))


def test_every_document_is_one_graph_in_every_format() -> None:
    """All formats parse to the same triples, those with graphs to quads of the dump."""
    documents = [address for address, answer in fetched().items() if answer.triples]
    drawn = draw(documents, FORMATS_PER_KIND)
    differing = {address: list_differing(address) for address in drawn}

    assert set(map(kind_of, drawn)) == set(map(kind_of, documents))
    assert len(drawn) > (300 if ALL else 80)
    assert not {address: formats for address, formats in differing.items() if formats}


def test_the_union_of_all_documents_is_the_dump() -> None:
    """Nothing in a document that is not in the dump, nothing in the dump in no document.

    A run that fetches a sample looks for what the dump says of the addresses in it.
    """
    union = frozenset().union(*(e.triples for a, e in fetched().items() if a != BASE))
    first_page = fetched()[BASE].triples
    whole = lines(dump())
    about = site()[0].release.file("about/description.nt").read_bytes()

    assert union <= whole, sorted(union - whole)[:5]
    said = {line for line in whole if ALL or subject_of(line) in fetched()}
    assert said <= union | first_page, sorted(said - union - first_page)[:5]
    assert first_page == read(about, "ntriples")


def subject_of(line: str) -> str:
    """The address of the subject of a triple, without its fragment."""
    return line.partition(">")[0].removeprefix("<").partition("#")[0]


def test_documents_are_read_alike_by_other_libraries() -> None:
    """For a sample of each kind (or all): rdflib reads every format alike, PyLD every JSON-LD."""
    for address in draw(addresses(), LIBRARIES_PER_KIND):
        if address == BASE or kind_of(address) in ("dumps", "ns"):
            continue
        path = "/" + address.removeprefix(BASE).removeprefix(PACTA)
        path = re.sub(r"^/id/", "/doc/", path)
        graphs = {}
        for row in RDF_FORMATS:
            body = get(path, row.media_type)[3]
            data = inline(body) if row.name == "jsonld" else body
            graphs[row.name] = read_rdflib(data, PARSERS[row.name][1])
            if row.name == "jsonld":
                text = pyld.to_rdf(json.loads(data), {"format": "application/n-quads"})
                graphs["pyld"] = read_rdflib(text, "nquads")
        first = graphs.pop("turtle")
        assert all(set(first) == set(other) for other in graphs.values()), address


def test_marks_for_programs_have_a_document_of_their_own() -> None:
    """`/ns` shows no mark, `/ns/records` all of them, and nothing is lost between the two."""
    marks = f"{PACTA}ns/records"
    words, records = (read(get(p, "text/turtle")[3], "turtle") for p in ("/ns", "/ns/records"))
    graph = ox.NamedNode(f"{BASE}graph/vocabulary")
    said = [q for q in dump() if q.graph_name == graph and f"{PACTA}vocab/" not in str(q.subject)]

    assert not [line for line in words if f"{marks}#" in line and "isReplacedBy" not in line]
    assert {str(q.triple) for q in said if f"<{marks}" in str(q.predicate)} <= records
    assert sum(f"{marks}#placement" in line for line in records) > 150
    assert lines(said) <= words | records


@pytest.mark.parametrize("path", ["/ns", "/ns/records", "/shapes", "/dumps/"])
def test_documents_with_nodes_without_a_name_are_one_graph(path: str) -> None:
    """Ontology and shapes in every format, by canonical labels; rdflib counts the same."""
    found = {}
    for row in RDF_FORMATS:
        body = get(path, row.media_type)[3]
        found[row.name] = read(body, row.name)
        if row.name in ("turtle", "rdfxml"):
            assert len(read_rdflib(body, PARSERS[row.name][1])) == len(found["turtle"])

    assert len(set(found.values())) == 1, {name: len(each) for name, each in found.items()}


def read_rdflib(data: bytes | str, name: str) -> Graph:
    """A body as rdflib reads it, its named graphs united."""
    graph = Graph()
    for s, p, o, _ in Dataset().parse(data=data, format=name).quads():
        graph.add((s, p, o))
    return graph


@pytest.mark.parametrize("name", ["shapes.ttl", "range.ttl"])
def test_the_description_served_passes_the_shapes_of_dcat_ap(suites_dir: Path, name: str) -> None:
    """DCAT-AP 3.0.1 over what `/` answers as Turtle: no violation."""
    turtle = get("/", "text/turtle")[3]
    data = Graph().parse(data=turtle, format="turtle")

    _, report, text = pyshacl.validate(
        data, shacl_graph=Graph().parse(suites_dir / "dcat-ap" / name)
    )

    assert isinstance(report, Graph)
    assert not set(report.subjects(SH.resultSeverity, SH.Violation)), text


def test_the_counts_served_are_those_of_the_dump() -> None:
    """VoID as `/.well-known/void` says it, counted again in the dump."""
    turtle = get("/.well-known/void", "text/turtle")[3]
    void = Graph().parse(data=turtle, format="turtle")
    node = URIRef(f"{BASE}id/dataset/{site()[0].id}")
    triples = {(str(q.subject), str(q.predicate), str(q.object)) for q in dump()}
    types = [t for t in triples if t[1] == f"<{RDF.type}>"]

    def number(subject: Any, predicate: URIRef) -> int:
        value = void.value(subject, predicate)
        assert isinstance(value, Literal), (subject, predicate)
        return int(value)

    assert number(node, VOID.triples) == len(triples)
    assert number(node, VOID.distinctSubjects) == len({t[0] for t in triples})
    objects = (node, VOID.distinctObjects)  # left out where no number is true
    if void.value(*objects) is not None:
        assert number(*objects) == len({t[2] for t in triples})
    assert number(node, VOID.classes) == len({t[2] for t in types})
    assert number(node, VOID.properties) == len({t[1] for t in triples})
    assert number(node, VOID.entities) == len(
        {t[0] for t in triples if t[0].startswith(f"<{BASE}id/") and "#" not in t[0]}
    )
    by_graph = Counter(q.graph_name.value for q in dump())
    assert by_graph == {str(g): number(g, VOID.triples) for g in map(URIRef, by_graph)}
    classes = {c.n3(): number(s, VOID.entities) for s, c in void.subject_objects(VOID["class"])}
    assert classes == Counter(t[2] for t in types)
    parts = {p.n3(): number(s, VOID.triples) for s, p in void.subject_objects(VOID.property)}
    assert parts == Counter(t[1] for t in triples)
