"""Documents in several profiles: what each holds, and how one is chosen."""

import contextlib
import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld as pyld  # type: ignore[import-untyped]
from rdflib import RDF, Dataset, Graph, Literal, URIRef

from server.documents.links import RDF_FORMATS
from server.documents.profiles import (
    FULL,
    PLAIN,
    RENDITIONS,
    SCHEMA,
    SCHEMA_ORG,
    choose_rendition,
    find_rendition,
)
from server.http.negotiate import MalformedHeaderError
from tests.server_release import BASE, make_client, make_release, write_files

DOC = "/doc/treaty/peace-1920"
TREATY = URIRef(BASE + "id/treaty/peace-1920")
MAPPINGS = b"""
@prefix pacta: <https://w3id.org/pacta/ns#> . @prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
pacta:Treaty rdfs:subClassOf schema:Legislation , <urn:x> .
pacta:signedOn rdfs:subPropertyOf schema:legislationDate .
"""
NEAR = b"""#license: https://creativecommons.org/licenses/by/4.0/
subject_id\tpredicate_id\tobject_id\tmapping_justification\tcomment
pacta:signedOn\tskos:broadMatch\tschema:temporal\tsemapv:ManualMappingCuration\t
pacta:hasParty\tskos:relatedMatch\tschema:member\tsemapv:ManualMappingCuration\tno word
pacta:articleCount\tskos:closeMatch\tschema:size\tsemapv:ManualMappingCuration\tnear
"""
PARSERS = {
    "turtle": "turtle",
    "ntriples": "nt",
    "rdfxml": "xml",
    "trig": "trig",
    "nquads": "nquads",
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """The small release with a mapping to schema.org."""
    out: Path = tmp_path_factory.mktemp("out")
    files = {
        **write_files(),
        "ontology/mappings.ttl": MAPPINGS,
        "ontology/mappings.sssom.tsv": NEAR,
    }
    licence = "https://creativecommons.org/licenses/by/4.0/"
    make_release(out, files, base=BASE, line="2026.11", issued="2026-11-22", licence=licence)
    return make_client(out)


def read(client: FlaskClient, path: str) -> Graph:
    """A document in N-Triples."""
    return Graph().parse(data=client.get(path).data, format="nt")


def test_the_plain_profile_has_no_assertion_and_the_full_one_all(client: FlaskClient) -> None:
    """A subset of the full document: what is said of the thing, and labels."""
    full, plain = read(client, f"{DOC}.nt"), read(client, f"{DOC}.nt?_profile=plain")
    predicates = {str(p).rpartition("#")[2] for p in plain.predicates()}

    assert set(plain) < set(full)
    assert "signedOn" in predicates
    assert not predicates & {"about", "hasEvidence", "rank", "sha256", "linkOf"}
    assert {s for s, p, o in plain if TREATY not in (s, o)}
    assert all(str(p).endswith("abel") for s, p, o in plain if TREATY not in (s, o))


def test_the_schema_profile_speaks_as_the_vocabulary_maps(client: FlaskClient) -> None:
    """Exact, close and broad matches only; names by language; nothing of Pacta's own words."""
    graph = read(client, f"{DOC}.nt?_profile=schema")
    predicates = {str(p) for p in graph.predicates()} - {str(RDF.type)}

    assert (TREATY, RDF.type, URIRef(SCHEMA + "Legislation")) in graph
    (signed,) = graph.objects(TREATY, URIRef(SCHEMA + "legislationDate"))
    assert str(signed) == "1920-07-12"
    names = set(graph.objects(TREATY, URIRef(SCHEMA + "name")))
    assert Literal("Soviet–Lithuanian Peace Treaty", lang="en") in names
    assert all(each.startswith(SCHEMA) for each in predicates)
    assert not {SCHEMA + "member", SCHEMA + "temporal"} & predicates
    assert set(graph.subjects()) == {TREATY, URIRef(BASE + "id/dataset/pacta")}
    for thing in ("evidence/003-654-688", "place/vilnius", "source/003"):
        types = read(client, f"/doc/{thing}.nt?_profile=schema").objects(None, RDF.type)
        assert {str(each).startswith(SCHEMA) for each in types} == {True}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("token", ["plain", "schema"])
@pytest.mark.parametrize("path", [DOC, "/doc/place/vilnius", "/vocab/rank/normal"])
def test_every_format_of_a_profile_is_one_graph(client: FlaskClient, path: str, token: str) -> None:
    """Read by rdflib, and JSON-LD by PyLD; the words of schema.org are short there."""
    expected = set(read(client, f"{path}.nt?_profile={token}"))
    for row in RDF_FORMATS:
        answer = client.get(f"{path}?_profile={token}", headers={"Accept": row.media_type})
        assert answer.mimetype == row.media_type
        assert answer.headers["Content-Location"] == f"{path}.{row.suffix}?_profile={token}"
        if row.name == "jsonld":
            tree = json.loads(answer.data)
            if isinstance(tree["@context"], str):
                where = "/" + tree["@context"].removeprefix(BASE)
                tree["@context"] = json.loads(client.get(where).data)["@context"]
            else:
                assert "name" in tree
            text = pyld.to_rdf(tree, {"format": "application/n-quads"})
            assert set(Graph().parse(data=text, format="nt")) == expected
            continue
        quads = Dataset().parse(data=answer.data, format=PARSERS[row.name]).quads()
        assert {(s, p, o) for s, p, o, _ in quads} == expected


def test_a_profile_is_chosen_by_header_or_address(client: FlaskClient) -> None:
    """Its name stands in `Link`, `Vary` says so, and no two share an ETag."""
    tags = set()
    for rendition in RENDITIONS:
        for path, headers in (
            (DOC, {"Accept-Profile": f"<urn:x>, <{rendition.iri}>;q=0.5", "Accept": "text/turtle"}),
            (f"{DOC}?_profile={rendition.token}&_mediatype=text/turtle", {}),
            (f"{DOC}.ttl?_profile=unknown,{rendition.iri}", {"Accept-Profile": "<urn:x>"}),
        ):
            answer = client.get(path, headers=headers)
            assert answer.status_code == 200, path
            assert answer.mimetype == "text/turtle"
            assert f'<{rendition.iri}>; rel="profile"' in answer.headers["Link"]
            assert "Accept-Profile" in answer.headers["Vary"]
        tags.add(answer.headers["ETag"])
    assert len(tags) == len(RENDITIONS)
    full = client.get(DOC, headers={"Accept": "text/turtle"}).headers["Link"]
    assert f'<{DOC}?_profile=plain>; rel="alternate"; type="text/turtle"; profile=' in full


def test_all_profiles_are_listed(client: FlaskClient) -> None:
    """`_profile=alt`: each with its formats; every address that it names answers."""
    graph = read(client, f"{DOC}?_profile=alt&_mediatype=application/n-triples")
    altr = "http://www.w3.org/ns/dx/conneg/altr#"
    named = set(graph.objects(TREATY, URIRef(altr + "hasRepresentation")))
    default = set(graph.objects(TREATY, URIRef(altr + "hasDefaultRepresentation")))

    assert len(named) == 7 + 6 + 6
    assert len(default) == 1
    assert default < named
    for address in named:
        answer = client.get("/" + str(address).removeprefix(BASE))
        kinds = {str(o) for o in graph.objects(address, URIRef("http://purl.org/dc/terms/format"))}
        assert {answer.mimetype} == kinds
    assert {str(o) for o in graph.objects(None, URIRef("http://purl.org/dc/terms/conformsTo"))} == {
        each.iri for each in RENDITIONS
    }


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (DOC, {"Accept-Profile": "<urn:x>"}, 406),
        (DOC, {"Accept-Profile": f"<{FULL.iri}>;q=0"}, 406),
        (DOC, {"Accept-Profile": "nothing"}, 400),
        (f"{DOC}?_profile=nothing", {}, 400),
        (f"{DOC}?_mediatype=image/png", {}, 400),
        (f"{DOC}.html?_profile=plain", {}, 406),
        (f"{DOC}?_profile=plain", {"Accept": "image/png"}, 406),
        (f"{DOC}?_profile=plain&page=1", {}, 400),
    ],
)
def test_what_there_is_not_is_refused(
    client: FlaskClient, path: str, headers: dict[str, str], status: int
) -> None:
    """With the list of what there is."""
    answer = client.get(path, headers=headers)

    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    if "Accept-Profile" in headers and status == 406:
        assert {each["token"] for each in json.loads(answer.data)["profiles"]} == {
            each.token for each in RENDITIONS
        }
        assert "Accept-Profile" in answer.headers["Vary"]


def test_a_browser_without_wishes_gets_the_full_page(client: FlaskClient) -> None:
    """And one that asks for a profile its data."""
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

    assert client.get(DOC, headers=browser).mimetype == "text/html"
    assert re.match(
        r"application/(rdf\+xml|ld\+json)|text/turtle",
        client.get(f"{DOC}?_profile=plain", headers=browser).mimetype or "",
    )


def test_weights_decide_and_order_breaks_ties() -> None:
    """The heaviest; of equal ones the server's first; none excluded."""
    assert choose_rendition(None) is FULL
    assert choose_rendition(f"<{SCHEMA}>;q=0.4, <{PLAIN.iri}>;q=0.9") is PLAIN
    assert choose_rendition(f"<{SCHEMA}>, <{PLAIN.iri}>") is PLAIN
    assert choose_rendition(f"<{PLAIN.iri}>;q=0, <{SCHEMA}>;q=0.001") is SCHEMA_ORG
    assert find_rendition(" <https://schema.org/> ") is SCHEMA_ORG
    assert find_rendition("") is None


@given(st.text(max_size=60))
def test_any_header_gives_a_profile_none_or_a_refusal(header: str) -> None:
    """Nothing else comes out."""
    with contextlib.suppress(MalformedHeaderError):
        assert choose_rendition(header) in (*RENDITIONS, None)
