"""Every route of the application: described, answering, negotiated, in every format."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rdflib import Dataset
from werkzeug.datastructures import ImmutableMultiDict

from server.app import create_app
from server.documents.links import DOCUMENT_FORMATS
from server.errors import UnavailableError
from server.openapi import ANSWERS, PARAMETERS, describe_route
from server.release.current import ReleaseHolder
from server.routes.discovery import list_routes
from server.routes.sparql import make_blueprint, render_form
from server.settings import Settings
from server.sparql.service import Endpoint, SparqlService
from tests.server_release import make_small_release

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

NEGOTIATED = [
    "/",
    "/ns",
    "/ns/1.0.0",
    "/vocab",
    "/vocab/rank",
    "/vocab/rank/normal",
    "/shapes",
    "/shapes/TreatyShape",
    "/graph/facts",
    "/graph/vocabulary",
    "/dumps/",
    "/report",
    "/doc/treaty/peace-1920",
    "/doc/place/vilnius",
    "/doc/person/stalin",
    "/doc/event/peace-1920--signature",
    "/doc/source/003",
    "/doc/evidence/003-654-688",
    "/doc/statement/peace-1920--signed-june",
    "/doc/status/vilnius--polish-at-the-meeting",
    "/doc/figure/alytus-base--share",
    "/doc/disagreement/peace-1920-signature-date",
    "/doc/link/vilnius--point",
    "/doc/dataset/pacta",
]
SIMPLE = [
    "/kind/treaty",
    "/search?q=wilno",
    "/suggest?q=vil",
    "/reconcile",
    "/reconcile?query=Vilnius",
    "/reconcile/suggest/entity?prefix=vil",
    "/reconcile/suggest/type?prefix=tr",
    "/reconcile/properties?type=Treaty",
    "/reconcile/preview?id=treaty/peace-1920",
    "/conflicts",
    "/timeline",
    "/map",
    "/as-of?date=1939-10-01",
    "/robots.txt",
    "/sitemap.xml",
    "/openapi.json",
    "/.well-known/void",
    "/health",
    "/metrics",
    "/errors/not-found",
    "/profile/plain",
]
DESCRIBED = {
    "/": "/",
    "/doc/{kind}/{name}": "/doc/treaty/peace-1920",
    "/vocab/{name}": "/vocab/rank",
    "/search": "/search?q=wilno",
    "/suggest": "/suggest?q=vil",
    "/reconcile": "/reconcile",
    "/reconcile/preview": "/reconcile/preview?id=treaty/peace-1920",
    "/reconcile/properties": "/reconcile/properties?type=Treaty",
    "/reconcile/suggest/{name}": "/reconcile/suggest/type",
    "/report": "/report",
    "/.well-known/void": "/.well-known/void",
    "/robots.txt": "/robots.txt",
    "/sitemap.xml": "/sitemap.xml",
    "/openapi.json": "/openapi.json",
    "/errors/{code}": "/errors/not-found",
    "/health": "/health",
    "/metrics": "/metrics",
    "/limits": "/limits",
}
"""Route → an address of it."""

SYNTAXES = {
    "text/turtle": "turtle",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
    "application/trig": "trig",
    "application/n-quads": "nquads",
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application over the small release."""
    out = tmp_path_factory.mktemp("out")
    make_small_release(out)
    holder = ReleaseHolder(out)
    holder.open()
    return create_app(Settings(), holder)


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    """Its client."""
    return app.test_client()


@pytest.fixture(scope="module")
def endpoint(app: Flask) -> Iterator[FlaskClient]:
    """The same release with the addresses of the endpoint, which has no store here."""

    def give_none() -> Endpoint:
        raise UnavailableError("there is no store")

    service = SparqlService(Settings())
    holder = app.extensions["pacta"].holder
    yield create_app(
        Settings(), holder, [make_blueprint(service, give_none, render_form)]
    ).test_client()
    service.close()


def test_every_route_is_described(endpoint: FlaskClient) -> None:
    """`/openapi.json` names each route of the application, and none that is not there."""
    described = json.loads(endpoint.get("/openapi.json").data)["paths"]
    rules = {rule.rule for rule in endpoint.application.url_map.iter_rules()}
    named = {re.sub(r"{(\w+)}", r"<\1>", path) for path in described}

    assert {re.sub(r"<\w+:", "<", rule) for rule in rules} - named == {
        "/static/<filename>",
        "/sparql/",
    }
    used = {route.endpoint for route in list_routes(endpoint.application)}
    assert set(PARAMETERS) <= used
    assert {name for name in ANSWERS if "/" not in name} == used
    assert all(operation["get"]["summary"].strip() for operation in described.values())


@pytest.mark.parametrize("route", DESCRIBED)
def test_a_route_answers_as_it_is_described(endpoint: FlaskClient, route: str) -> None:
    """Its media types are those described, each can be had, and 304 is where an ETag is."""
    (known,) = [each for each in list_routes(endpoint.application) if each.path == route]
    answers = describe_route(known)["responses"]
    types = [kind for kind in answers["200"]["content"] if kind != "application/linkset+json"]
    for accept in (*types, "*/*"):
        answer = endpoint.get(DESCRIBED[route], headers={"Accept": accept})

        assert answer.status_code == 200
        assert answer.mimetype in (types if accept == "*/*" else [accept])
        assert ("304" in answers) == ("ETag" in answer.headers)
    lost = endpoint.get(DESCRIBED[route], headers={"Accept": "application/x-none"})
    assert str(lost.status_code) in answers


@pytest.mark.parametrize("route", DESCRIBED)
def test_a_route_reads_no_parameter_but_those_described(
    endpoint: FlaskClient, monkeypatch: pytest.MonkeyPatch, route: str
) -> None:
    """What a view looks up in the query string is in its description; of lists and views, all."""
    read: set[str] = set()

    class Noting(ImmutableMultiDict[str, str]):
        def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
            read.add(key)
            return super().get(key, *args, **kwargs)

        def getlist(self, key: str, *args: Any, **kwargs: Any) -> Any:
            read.add(key)
            return super().getlist(key, *args, **kwargs)

        def __contains__(self, key: object) -> bool:
            read.add(str(key))
            return super().__contains__(key)

    request_class = endpoint.application.request_class
    monkeypatch.setattr(request_class, "parameter_storage_class", Noting)
    (known,) = [each for each in list_routes(endpoint.application) if each.path == route]
    parameters = describe_route(known).get("parameters", ())
    described = {each["name"] for each in parameters if each["in"] == "query"}
    joint = "&" if "?" in DESCRIBED[route] else "?"
    for accept in ("text/html", "*/*"):  # an address that no other test asked for: not kept
        endpoint.get(f"{DESCRIBED[route]}{joint}unused={accept[0]}", headers={"Accept": accept})

    assert read - described <= {"lang"}
    if known.endpoint.partition(".")[0] in ("lists", "search", "views"):
        assert described - read == set()


@pytest.mark.parametrize("path", NEGOTIATED)
@pytest.mark.parametrize("row", DOCUMENT_FORMATS, ids=lambda row: str(row.name))
def test_every_format_of_every_address_can_be_read(
    client: FlaskClient, path: str, row: object
) -> None:
    """What is promised is sent: status, type, strong ETag, 304, and a body that parses."""
    media_type = getattr(row, "media_type", "")
    answer = client.get(path, headers={"Accept": media_type})

    assert answer.status_code == 200
    assert answer.mimetype == media_type
    assert "Accept" in answer.headers["Vary"]
    again = client.get(
        path, headers={"Accept": media_type, "If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304
    if media_type in SYNTAXES:
        data = Dataset().parse(data=answer.data, format=SYNTAXES[media_type])
        assert data is not None
    elif media_type == "application/ld+json":
        assert "@context" in json.loads(answer.data)
    else:
        _check_page(answer.get_data(as_text=True))


@pytest.mark.parametrize("path", SIMPLE)
def test_every_other_address_answers(client: FlaskClient, path: str) -> None:
    """GET and HEAD say the same; a page is well formed."""
    answer = client.get(path, headers={"Accept": "text/html, */*;q=0.5"})
    head = client.head(path, headers={"Accept": "text/html, */*;q=0.5"})

    assert answer.status_code == head.status_code == 200
    assert head.data == b""
    assert answer.mimetype == head.mimetype
    if answer.mimetype == "text/html":
        _check_page(answer.get_data(as_text=True))


def test_all_links_of_all_pages_lead_somewhere(client: FlaskClient) -> None:
    """No page links to an address of this site that does not answer."""
    seen: set[str] = set()
    broken: list[tuple[str, str]] = []
    for path in [*NEGOTIATED, *SIMPLE]:
        answer = client.get(path, headers={"Accept": "text/html, */*;q=0.1"})
        if answer.mimetype != "text/html":
            continue
        page = answer.get_data(as_text=True)
        for target in re.findall(r'<a [^>]*href="(/[^"]*)"', page):
            target = target.partition("#")[0].replace("&amp;", "&")
            if target in seen or target.startswith(("/sparql", "/limits")):
                continue
            seen.add(target)
            with client.get(target) as linked:
                concept = re.fullmatch(r"/vocab/[a-z-]+/[a-z-]+", target)  # the fixture has few
                if linked.status_code not in (200, 303, 307) and not concept:
                    broken.append((path, target))

    assert len(seen) > 60
    assert not broken


class _Page(HTMLParser):
    """Checks what a screen reader and a strict policy need."""

    VOID = frozenset(
        *(["meta", "link", "input", "br", "hr", "img", "circle", "path", "rect", "line", "use"],)
    )

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.headings: list[int] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """One start tag."""
        given = dict(attrs)
        if tag not in self.VOID:
            self.open.append(tag)
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if "style" in given or any(name.startswith("on") for name in given):
            self.faults.append(f"inline style or script on {tag}")
        named = given.get("aria-label") or given.get("type") == "hidden" or "label" in self.open
        if tag in ("input", "select") and not named:
            self.faults.append("a field without a name")
        if tag == "a" and not given.get("href"):
            self.faults.append("a link without a target")

    def handle_endtag(self, tag: str) -> None:
        """One end tag."""
        if tag in self.VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")


def _check_page(page: str) -> None:
    """Well formed, one main heading, unique ids, a language, nothing inline."""
    parser = _Page()
    parser.feed(page)

    assert page.startswith("<!DOCTYPE html>")
    assert '<html lang="en">' in page
    assert parser.faults == []
    assert parser.open == []
    assert parser.headings.count(1) == 1
    assert len(parser.ids) == len(set(parser.ids)), [
        each for each in parser.ids if parser.ids.count(each) > 1
    ]
