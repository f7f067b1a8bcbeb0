"""`/id` and `/doc`: redirects, negotiation, validators, links, and what was withdrawn."""

import gzip
import json
import os
import re
from pathlib import Path

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient
from pyld import jsonld as pyld  # type: ignore[import-untyped]
from rdflib import Graph, URIRef
from rdflib.compare import isomorphic

from server.documents.links import DOCUMENT_FORMATS
from server.release.current import ReleaseHolder
from tests.server_release import BASE, make_client, make_small_release

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")

DOC = "/doc/treaty/peace-1920"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """The server over the small release."""
    out = tmp_path_factory.mktemp("out")
    make_small_release(out)
    return make_client(out)


def test_a_thing_redirects_once_to_its_document(client: FlaskClient) -> None:
    """303, path-absolute, whatever the Host header says."""
    answer = client.get("/id/treaty/peace-1920", headers={"Host": "evil.example"})

    assert answer.status_code == 303
    assert answer.headers["Location"] == DOC
    assert client.get(DOC).status_code == 200


def test_the_expanded_form_needs_no_network(client: FlaskClient) -> None:
    """Pyoxigraph, which fetches nothing, reads it as the N-Triples of the same document."""
    accept = 'application/ld+json;profile="http://www.w3.org/ns/json-ld#expanded"'
    body = client.get(DOC, headers={"Accept": accept}).data
    triples = client.get(DOC, headers={"Accept": "application/n-triples"}).data

    with pytest.raises(SyntaxError):
        list(ox.parse(client.get(f"{DOC}.jsonld").data, ox.RdfFormat.JSON_LD))
    assert set(ox.parse(body, ox.RdfFormat.JSON_LD)) == set(
        ox.parse(triples, ox.RdfFormat.N_TRIPLES)
    )


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "text/html"),
        ("*/*", "text/html"),
        (BROWSER, "text/html"),
        ("text/turtle", "text/turtle"),
        ("application/ld+json", "application/ld+json"),
        ("application/n-triples", "application/n-triples"),
        ("application/rdf+xml;q=0.9, text/turtle;q=0.8", "application/rdf+xml"),
        ("application/trig", "application/trig"),
        ("application/n-quads", "application/n-quads"),
        ("application/json", "application/ld+json"),
    ],
)
def test_a_document_is_negotiated(client: FlaskClient, accept: str | None, media_type: str) -> None:
    """The bare path gives what was asked for, says where that lies, and varies."""
    answer = client.get(DOC, headers={"Accept": accept} if accept else {})
    suffix = next(row.suffix for row in DOCUMENT_FORMATS if row.media_type == media_type)

    assert answer.status_code == 200
    assert answer.mimetype == media_type
    assert answer.headers["Content-Location"] == f"{DOC}.{suffix}"
    assert answer.headers["Vary"] == (
        "Accept, Accept-Encoding, Accept-Profile, Accept-Language, Accept-Datetime"
    )
    assert client.get(f"{DOC}.{suffix}").data == answer.data


def test_a_suffix_fixes_the_format(client: FlaskClient) -> None:
    """With a suffix the Accept header does not count, and the answer does not vary by it."""
    answer = client.get(DOC + ".ttl", headers={"Accept": "text/html"})

    assert answer.mimetype == "text/turtle"
    assert answer.headers["Vary"] == "Accept-Encoding, Accept-Profile, Accept-Datetime"
    assert "Content-Location" not in answer.headers


def test_nothing_acceptable_lists_what_there_is(client: FlaskClient) -> None:
    """406 with a body that names the formats and their addresses, and `Vary`."""
    answer = client.get(DOC, headers={"Accept": "image/png"})
    problem = json.loads(answer.data)

    assert answer.status_code == 406
    assert answer.mimetype == "application/problem+json"
    assert "Accept" in answer.headers["Vary"]
    assert {"type": "text/turtle", "href": DOC + ".ttl"} in problem["available"]


def test_every_face_has_its_own_strong_etag(client: FlaskClient) -> None:
    """No two formats, codings or profiles share an ETag; each answers 304 to its own only."""
    tags: dict[str, dict[str, str]] = {}
    for row in DOCUMENT_FORMATS:
        for coding in ("identity", "gzip"):
            headers = {"Accept": row.media_type, "Accept-Encoding": coding}
            tags[client.get(DOC, headers=headers).headers["ETag"]] = headers
    for profile in ("expanded", "flattened"):
        accept = f'application/ld+json;profile="http://www.w3.org/ns/json-ld#{profile}"'
        headers = {"Accept": accept}
        tags[client.get(DOC, headers=headers).headers["ETag"]] = headers

    assert len(tags) == len(DOCUMENT_FORMATS) * 2 + 2
    assert not any(tag.startswith("W/") for tag in tags)
    for tag, headers in tags.items():
        again = client.get(DOC, headers={**headers, "If-None-Match": tag})
        assert again.status_code == 304
        assert again.data == b""
        assert again.headers["ETag"] == tag
        assert again.headers["Vary"] == (
            "Accept, Accept-Encoding, Accept-Profile, Accept-Language, Accept-Datetime"
        )
        assert "Content-Location" in again.headers
        assert "Cache-Control" in again.headers
    first, second = list(tags)[:2]
    crossed = client.get(DOC, headers={**tags[first], "If-None-Match": second})
    assert crossed.status_code == 200


def test_dates_answer_where_no_tag_is_given(client: FlaskClient) -> None:
    """If-Modified-Since gives 304; a tag beside it takes its place."""
    modified = client.get(DOC).headers["Last-Modified"]

    assert client.get(DOC, headers={"If-Modified-Since": modified}).status_code == 304
    headers = {"If-Modified-Since": modified, "If-None-Match": '"other"'}
    assert client.get(DOC, headers=headers).status_code == 200
    assert client.get(DOC, headers={"If-Match": '"other"'}).status_code == 412


def test_gzip_holds_the_same_bytes(client: FlaskClient) -> None:
    """The coded body unpacks to the plain one; the two are different to caches."""
    plain = client.get(DOC + ".ttl")
    coded = client.get(DOC + ".ttl", headers={"Accept-Encoding": "gzip"})

    assert coded.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(coded.data) == plain.data
    assert coded.headers["ETag"] != plain.headers["ETag"]
    assert "Content-Encoding" not in plain.headers
    refused = client.get(DOC, headers={"Accept-Encoding": "*;q=0"})
    assert refused.status_code == 406


@pytest.mark.parametrize("row", DOCUMENT_FORMATS, ids=lambda row: str(row.name))
def test_head_is_get_without_a_body(client: FlaskClient, row: object) -> None:
    """All fields are those of GET, the length included."""
    accept = {"Accept": getattr(row, "media_type", "")}
    got, head = client.get(DOC, headers=accept), client.head(DOC, headers=accept)

    assert head.data == b""
    assert {k: v for k, v in head.headers if k != "X-Request-Id"} == {
        k: v for k, v in got.headers if k != "X-Request-Id"
    }


def test_links_are_those_of_signposting(client: FlaskClient) -> None:
    """Level 1 in the Link field and in the page's head, level 2 in the link set."""
    answer = client.get(DOC, headers={"Accept": "text/html"})
    links = dict.fromkeys(re.findall(r'<([^>]*)>; rel="([^"]*)"', answer.headers["Link"]))
    pairs = {(rel, target) for target, rel in links if rel not in ("timegate", "timemap")}
    linkset = json.loads(client.get(DOC + ".linkset").data)["linkset"][0]

    assert ("cite-as", BASE + "id/treaty/peace-1920") in pairs
    assert ("canonical", BASE + "doc/treaty/peace-1920") in pairs
    assert ("describedby", DOC + ".ttl") in pairs
    assert ("license", "https://creativecommons.org/licenses/by/4.0/") in pairs
    assert ("collection", "/") in pairs
    assert ("linkset", DOC + ".linkset") in pairs
    assert {rel for rel, _ in pairs} >= {"alternate", "type", "author", "profile"}
    assert {rel for rel, _ in pairs} - {"linkset"} <= set(linkset) - {"anchor"}
    html = answer.get_data(as_text=True)
    for rel, target in pairs:
        assert f'<link rel="{rel}" href="{target}"' in html


def test_the_three_faces_are_one_graph(client: FlaskClient) -> None:
    """Turtle and JSON-LD (every profile) are isomorphic; a page embeds what is said of its root."""
    context = json.loads(client.get(_context_path(client)).data)
    turtle = Graph().parse(data=client.get(DOC + ".ttl").data, format="turtle")
    page = client.get(DOC + ".html").get_data(as_text=True)
    scripts = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    trees = []
    for profile in ("compacted", "flattened", "expanded"):
        accept = f'application/ld+json;profile="http://www.w3.org/ns/json-ld#{profile}"'
        answer = client.get(DOC, headers={"Accept": accept})
        tree = json.loads(answer.data)
        if isinstance(tree, dict):
            tree["@context"] = context["@context"]
        trees.append(tree)
        assert f'<http://www.w3.org/ns/json-ld#{profile}>; rel="profile"' in answer.headers["Link"]

    (script,) = scripts
    quads = pyld.to_rdf(json.loads(script), {"format": "application/n-quads"})
    embedded = set(Graph().parse(data=quads, format="nt"))
    root = URIRef(BASE + "id/treaty/peace-1920")
    assert {triple for triple in turtle if triple[0] == root} <= embedded <= set(turtle)
    for tree in trees:
        quads = pyld.to_rdf(tree, {"format": "application/n-quads"})
        assert isomorphic(Graph().parse(data=quads, format="nt"), turtle)


def _context_path(client: FlaskClient) -> str:
    address: str = json.loads(client.get(DOC + ".jsonld").data)["@context"]
    assert address.startswith(BASE + "ns/context/")
    return "/" + address.removeprefix(BASE)


def test_the_context_never_changes_at_its_address(client: FlaskClient) -> None:
    """Its own versioned address, JSON-LD, open to scripts, cached for good."""
    answer = client.get(_context_path(client))

    assert answer.status_code == 200
    assert answer.mimetype == "application/ld+json"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/ns/context/0000000000000000.jsonld").status_code == 404


def test_what_was_withdrawn_is_gone_and_says_what_replaces_it(client: FlaskClient) -> None:
    """410 at thing and document, with reason and successor; merged things move for good."""
    for path in ("/id/treaty/old-name", "/doc/treaty/old-name", "/doc/treaty/old-name.ttl"):
        answer = client.get(path)
        problem = json.loads(answer.data)
        assert answer.status_code == 410
        assert problem["successor"] == DOC
        assert "renamed" in problem["detail"]
    merged = client.get("/id/party/ussr")
    assert (merged.status_code, merged.headers["Location"]) == (308, "/id/party/soviet-russia")
    merged = client.get("/doc/party/ussr.ttl")
    assert merged.headers["Location"] == "/doc/party/soviet-russia.ttl"


@pytest.mark.parametrize(
    "path",
    [
        "/id/treaty/never",
        "/doc/treaty/never",
        "/doc/treaty/peace-1920.xyz",
        "/doc/treaty/peace-1920.ttl.ttl",
        "/doc/treaty/Peace-1920",
        "/doc/treaty/peace-1920?page=2",
        "/id/treaty",
        "/doc/treaty/peace-1920/more",
        "/vocab/rank/never",
        "/graph/never",
        "/shapes/NeverShape",
        "/doc/treaty/..%2f..%2fetc%2fpasswd",
    ],
)
def test_what_never_was_is_not_found(client: FlaskClient, path: str) -> None:
    """404 as a problem, whatever the path holds."""
    answer = client.get(path)

    assert answer.status_code == 404
    assert json.loads(answer.data)["code"] == "not-found"


def test_a_passage_shows_its_pages_and_leads_to_their_pictures(tmp_path: Path) -> None:
    """On its own page and beside each statement; the picture is a link, and nothing is loaded."""
    image = "https://iiif.example.org/12/full/max/0/default.jpg"
    make_small_release(
        tmp_path,
        'g:statements { <evidence/001-2798-2814> pacta:onPage "iv" . '
        '<evidence/003-654-688> pacta:onPage "12", "13" ; '
        f"pacta:pageImage <{image}> . }}",
    )
    client = make_client(tmp_path)

    for path in ("/doc/evidence/003-654-688", "/doc/statement/peace-1920--signed-july"):
        page = client.get(path, headers={"Accept": "text/html"}).text
        assert "pages 12, 13" in page
        assert f'href="{image}"' in page
        assert "<img" not in page
    one = client.get("/doc/evidence/001-2798-2814", headers={"Accept": "text/html"}).text
    assert ", page iv" in one


def test_a_near_miss_is_suggested(client: FlaskClient) -> None:
    """A wrong slug leads to things of that name, as links on this site."""
    problem = json.loads(client.get("/doc/treaty/soviet-lithuanian").data)

    assert {"href": DOC, "label": "Soviet–Lithuanian Peace Treaty"} in problem["suggestions"]


@pytest.mark.parametrize("path", ["Peace-1920", "peece-1920", "peace-1921", "PEACE1920"])
@pytest.mark.parametrize("face", ["id", "doc"])
def test_an_address_nearly_right_is_suggested_first(
    client: FlaskClient, face: str, path: str
) -> None:
    """Case, a letter, a year: the slug of the same kind stands before what names bring."""
    problem = json.loads(client.get(f"/{face}/treaty/{path}").data)

    assert problem["suggestions"][0] == {"href": DOC, "label": "Soviet–Lithuanian Peace Treaty"}
    assert len({each["href"] for each in problem["suggestions"]}) == len(problem["suggestions"])


def test_what_resembles_nothing_gets_no_suggestion(client: FlaskClient) -> None:
    """A slug of another kind is no near miss either."""
    for path in ("/doc/treaty/qqqq", "/doc/party/peace-1920-qqqq", "/doc/none/peace-1920-qqqq"):
        assert "suggestions" not in json.loads(client.get(path).data)


def test_every_kind_of_address_dereferences(client: FlaskClient) -> None:
    """Every IRI of the collection that stands in the dump answers, one hop at most."""
    with client.get("/dumps/latest/pacta.nt", follow_redirects=True) as answer:
        dump = Graph().parse(data=answer.data, format="nt")
    terms = {str(term) for triple in dump for term in triple if term.__class__.__name__ == "URIRef"}
    homes = (BASE, "https://w3id.org/pacta/ns", "https://w3id.org/pacta/vocab/")
    used = {term.partition("#")[0] for term in terms if term.startswith(homes)}
    missing = []
    for term in sorted(used):
        path = "/" + term.removeprefix(BASE).removeprefix("https://w3id.org/pacta/")
        with client.get(path, headers={"Accept": "text/turtle"}) as answer:
            status, target = answer.status_code, answer.headers.get("Location", "")
        if status == 303:
            status = client.get(target, headers={"Accept": "text/turtle"}).status_code
        if status != 200 and _said(dump, term):
            missing.append((term, status))

    assert len(used) > 60
    assert not missing


def _said(dump: Graph, term: str) -> bool:
    """Whether the small release says anything of a term (it holds only a few concepts)."""
    from rdflib import URIRef

    return (URIRef(term), None, None) in dump


def test_pages_say_nothing_of_the_host_and_load_nothing_from_others(client: FlaskClient) -> None:
    """Links on a page are path-absolute; styles, images and scripts are the site's own."""
    page = client.get(DOC, headers={"Host": "evil.example"}).get_data(as_text=True)

    assert "evil.example" not in page
    for target in re.findall(r'<a [^>]*href="([^"]*)"', page):
        assert not target.startswith(("http://localhost", "//", "http://127"))
    assert not re.findall(r'<(?:script|img|iframe)[^>]*src="(?:https?:)?//', page)
    assert "0001-01-01" not in page
    assert "<script>" not in page


def test_rejected_values_are_shown_with_their_reason(client: FlaskClient) -> None:
    """Deprecated does not mean hidden: value, mark and reason stand on the page."""
    page = client.get(DOC).get_data(as_text=True)

    assert "12 June 1920" in page
    assert "<s>12 June 1920</s>" in page
    assert "not stated in any of the documents read" in page
    assert ">654–688</a>" in page
    assert "no end stated" in client.get("/doc/place/vilnius").get_data(as_text=True)


def test_very_large_documents_come_in_pages_that_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages are linked, together they are the whole, and each is a subset."""
    make_small_release(tmp_path)
    client = make_client(tmp_path)
    whole = set(client.get(DOC + ".nt").data.splitlines())
    monkeypatch.setattr("server.documents.description.PAGE_QUADS", 25)
    client = make_client(tmp_path)
    first = client.get(DOC + ".nt")
    number = int(re.findall(r"page=(\d+)>; rel=\"last\"", first.headers["Link"])[0])
    together = set()
    for page in range(1, number + 1):
        answer = client.get(f"{DOC}.nt?page={page}")
        assert answer.status_code == 200
        together |= set(answer.data.splitlines())

    assert number > 2
    assert together == whole
    assert client.get(f"{DOC}?page={number + 1}").status_code == 404
    assert client.get(f"{DOC}?page=0").status_code == 400
    assert client.get(f"{DOC}?page=1&page=2").status_code == 400
    shown = client.get(f"{DOC}?page=2").get_data(as_text=True)
    assert f"Page 2 of {number} " in shown


def test_a_new_release_is_taken_and_a_broken_one_refused(tmp_path: Path) -> None:
    """One assignment switches; a folder with a changed byte leaves all as it is."""
    make_small_release(tmp_path)
    holder = ReleaseHolder(tmp_path)
    first = holder.open()
    assert holder.look() is False
    changed = (
        "\n<http://localhost:8000/graph/facts> { <http://localhost:8000/id/party/x> a <urn:x> }"
    )
    second = make_small_release(tmp_path, changed)

    assert holder.look() is True
    assert holder.current.id == second.id != first.id
    third = make_small_release(tmp_path, changed.replace("party/x", "party/y"))
    (third.path / "dumps/pacta.nq").write_bytes(b"")
    assert holder.look() is False
    assert holder.look() is False
    assert holder.current.id == second.id
    assert [name for name, _ in holder.refused] == [third.id]
    holder.stop()


def test_a_release_put_back_counts_from_then(tmp_path: Path) -> None:
    """Its files are old, its symlink is not: who asks whether anything changed gets it anew."""
    first = make_small_release(tmp_path)
    os.utime(first.path / "release.json", (1_000_000_000, 1_000_000_000))
    make_small_release(
        tmp_path, "\n<http://localhost:8000/graph/facts> { <urn:a> a <http://localhost:8000/b> }"
    )
    holder = ReleaseHolder(tmp_path)
    before = holder.open().modified
    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to(f"releases/{first.id}")

    assert holder.look() is True
    assert holder.current.id == first.id
    assert holder.current.modified >= before
    holder.stop()


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/doc/treaty/never-was", "/search finds names in any spelling."),
        ("/id/treaty/never-was", "/search finds names in any spelling."),
        ("/vocab/rank/highest", "/vocab shows all lists."),
    ],
)
def test_who_finds_nothing_is_told_where_to_look(client: FlaskClient, path: str, hint: str) -> None:
    """A 404 has a remedy."""
    answer = client.get(path)

    assert answer.status_code == 404
    assert json.loads(answer.data)["hint"] == hint


def test_a_former_version_of_the_ontology_says_what_replaced_it(client: FlaskClient) -> None:
    """Former versions are gone, with the way to the present one; later ones never were."""
    gone = client.get("/ns/0.9.0", headers={"Accept": "text/turtle"})
    assert gone.status_code == 410
    assert gone.headers["Link"] == '</ns>; rel="successor-version"'
    assert "1.0.0" in gone.get_data(as_text=True)
    assert client.get("/ns/9.0.0").status_code == 404
    assert client.get("/ns/1.0.0").status_code == 200


def test_a_mistake_is_reported_where_the_publication_says(
    client: FlaskClient, tmp_path: Path
) -> None:
    """The contact of the data is linked from each page; where none is named there is no link."""
    make_small_release(
        tmp_path,
        "\n<http://localhost:8000/graph/about> {"
        " <urn:set> <http://www.w3.org/ns/dcat#contactPoint> <urn:us> ."
        " <urn:us> <http://www.w3.org/2006/vcard/ns#hasURL> <https://example.org/mistakes> }",
    )
    told = make_client(tmp_path)
    accept = {"Accept": "text/html"}
    link = '<a href="https://example.org/mistakes">Report a mistake</a>'

    assert link in told.get(DOC, headers=accept).text
    assert "Report a mistake" not in client.get(DOC, headers=accept).text
