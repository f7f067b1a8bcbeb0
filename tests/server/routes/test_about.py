"""Search, views, report, health and discovery as data."""

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from server.documents.profiles import PLAIN
from server.errors import list_errors
from server.sparql.service import LIMITS
from tests.server_release import BASE, make_client, make_small_release


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """The server over the small release."""
    out: Path = tmp_path_factory.mktemp("out")
    make_small_release(out)
    return make_client(out)


def read(client: FlaskClient, path: str) -> Any:
    """The JSON of an address."""
    return json.loads(client.get(path, headers={"Accept": "application/json"}).data)


def test_search_finds_any_spelling(client: FlaskClient) -> None:
    """The thing, its label, the name that matched; on a page and as JSON."""
    found = read(client, "/search?q=WILNO")

    assert found["total"] >= 1
    assert found["results"][0]["href"] == "/doc/place/vilnius"
    assert found["results"][0]["matched"] == {"text": "Wilno", "language": "pl"}
    assert "also called" in client.get("/search?q=wilno").get_data(as_text=True)
    assert "No match" in client.get("/search?q=qqqq").get_data(as_text=True)


def test_suggest_says_how_many_there_are(client: FlaskClient) -> None:
    """A short list never looks like all of it."""
    found = read(client, "/suggest?q=a&limit=1")

    assert len(found["results"]) == 1 < found["total"]


def test_a_search_is_shown_as_it_was_typed_and_harmless(client: FlaskClient) -> None:
    """What a reader types comes back escaped."""
    page = client.get("/search?q=%3Cscript%3Ealert(1)%3C/script%3E").get_data(as_text=True)

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_views_are_data_too(client: FlaskClient) -> None:
    """Each view over the collection gives JSON with the same content."""
    conflicts = read(client, "/conflicts")
    side = conflicts["kinds"][0]["disagreements"][0]["sides"][0]
    held = read(client, "/as-of?date=1939-10-01")["held"]["Vilnius"]

    assert conflicts["total"] == 1
    assert side["assertions"][0]["evidence"] == ["003@654-688"]
    assert {row["certainty"] for row in held} == {"certain", "last known"}
    assert read(client, "/timeline")["total"] == 1
    assert read(client, "/map")["features"][0]["geometry"]["coordinates"] == [25.2798, 54.68916]
    assert read(client, "/kind/treaty")["total"] == 2


def test_the_report_is_shown_to_readers(client: FlaskClient) -> None:
    """Page, JSON and RDF; a remark leads to its thing and its record's line."""
    page = client.get("/report").get_data(as_text=True)

    assert "The release conforms" in page
    assert "seeds/treaties/peace-1920.yaml:3" in page
    assert 'href="/doc/treaty/peace-1920"' in page
    assert read(client, "/report.json")["conforms"] is True
    assert b"ValidationReport" in client.get("/report.ttl").data


def test_crawlers_are_told_where_to_go(client: FlaskClient) -> None:
    """robots.txt names the sitemap; the sitemap gives absolute documents with the true date."""
    robots = client.get("/robots.txt").get_data(as_text=True)
    tree = ElementTree.fromstring(client.get("/sitemap.xml").data)  # noqa: S314 (our own answer)
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    places = [str(each.text) for each in tree.iter(space + "loc")]

    assert f"Sitemap: {BASE}sitemap.xml" in robots
    assert "Disallow: /sparql" in robots
    assert BASE + "doc/treaty/peace-1920" in places
    assert {each.text for each in tree.iter(space + "lastmod")} == {"2026-11-22"}


def test_a_long_sitemap_has_several_files(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first one names the others; together they name what one file would."""

    def find(path: str, name: str) -> list[str]:
        tree = ElementTree.fromstring(client.get(path).data)  # noqa: S314 (our own answer)
        space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
        return [str(each.text) for each in tree.iterfind(f"{space}{name}/{space}loc")]

    whole = find("/sitemap.xml?whole", "url")
    assert client.get("/sitemap-1.xml").status_code == 404
    monkeypatch.setattr("server.documents.sitemap.MOST_URLS", 3)
    files = find("/sitemap.xml?cut", "sitemap")
    parts = [find(file.removeprefix(BASE.rstrip("/")), "url") for file in files]

    assert len(files) == -(-len(whole) // 3) > 1
    assert [url for part in parts for url in part] == whole
    assert max(map(len, parts)) == 3
    assert client.get(f"/sitemap-{len(files) + 1}.xml").status_code == 404


def test_the_description_is_at_the_root_and_well_known(client: FlaskClient) -> None:
    """`/` and `/.well-known/void` give the same statements; the page has schema.org in it."""
    turtle = client.get("/", headers={"Accept": "text/turtle"})
    void = client.get("/.well-known/void", headers={"Accept": "text/turtle"})
    page = client.get("/").get_data(as_text=True)

    assert turtle.headers["Content-Location"] == "/index.ttl"
    assert turtle.data == void.data == client.get("/index.ttl").data
    assert b"dcat:Catalog" in turtle.data
    assert '"@type":"Dataset"' in page
    assert "item" in client.get("/").headers["Link"]


@pytest.mark.parametrize(
    ("path", "facts", "word"),
    [
        ("/errors/not-found", {"status": 404, "code": "not-found"}, "Not found"),
        ("/errors/query-timeout", {"status": 503, "code": "query-timeout"}, "more selective"),
        ("/errors/query-timeout", {"limits": ["query_timeout_s"]}, "The whole data are at /dumps/"),
        (
            "/errors/bad-request",
            {"status": 400, "code": "bad-request"},
            "given twice, or cannot be read",
        ),
        ("/errors/internal", {"status": 500, "code": "internal"}, "Please report it"),
        ("/profile/plain", {"profile": PLAIN.iri, "token": "plain"}, "?_profile=plain"),
    ],
)
def test_names_of_the_software_are_explained(
    client: FlaskClient, path: str, facts: dict[str, object], word: str
) -> None:
    """A page for people, the same as JSON."""
    found = read(client, path)

    assert {name: found[name] for name in facts} == facts
    assert word in found["title"] + found["text"]
    page = client.get(path).get_data(as_text=True)
    assert found["title"] in page
    assert word in page


def test_the_type_of_a_problem_and_the_profile_of_a_document_lead_here(
    client: FlaskClient,
) -> None:
    """What comes after `https://w3id.org/pacta/` is an address of this server."""
    lost = client.get("/doc/treaty/never-was")
    kind = json.loads(lost.data)["type"].removeprefix("https://w3id.org/pacta")
    told = client.get("/doc/treaty/peace-1920.ttl?_profile=plain").headers["Link"]
    profiles = re.findall(r"<https://w3id\.org/pacta([^>]*)>; rel=\"profile\"", told)

    assert kind == "/errors/not-found"
    assert profiles == ["/profile/plain"]
    assert {client.get(path).status_code for path in (kind, *profiles)} == {200}
    assert client.get("/profile/none").status_code == 404


@pytest.mark.parametrize("path", ["/errors/", "/errors", "/errors/none"])
def test_all_errors_are_listed_with_links(client: FlaskClient, path: str) -> None:
    """At their own address, and where a code is none of them; no hint names a file of ours."""
    page = client.get(path, headers={"Accept": "text/html"}).get_data(as_text=True)
    linked = re.findall(r'<a href="(/errors/[\w-]+)">', page)
    listed = read(client, "/errors/")["errors"]

    assert sorted(linked) == sorted(f"/errors/{code}" for code in list_errors())
    assert {client.get(target).status_code for target in linked} == {200}
    assert [each["status"] for each in listed] == sorted(each["status"] for each in listed)
    assert not [each for each in listed if "docs/" in each["text"]]


def test_an_error_about_a_limit_leads_to_it(client: FlaskClient) -> None:
    """Every name is one that `/limits` tells."""
    about = {code: error.limits for code, error in list_errors().items() if error.limits}
    page = client.get("/errors/queue-full").get_data(as_text=True)

    assert set().union(*about.values()) <= set(LIMITS)
    assert {"query-timeout", "query-memory", "result-too-large", "query-too-complex"} <= set(about)
    assert 'href="/limits#queue_length"' in page
    assert "limits" not in read(client, "/errors/not-found")


def test_metrics_count_answers(client: FlaskClient) -> None:
    """By route and status, in the Prometheus text format."""
    client.get("/doc/treaty/peace-1920")
    text = client.get("/metrics").get_data(as_text=True)

    assert 'pacta_requests_total{route="resource.show_document",status="200"}' in text
    assert "pacta_answer_cache_bytes" in text
