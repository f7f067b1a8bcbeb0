"""The frozen rules in nginx: the same answer to `Accept` as the server gives, and the redirects.

Left out where nginx is not installed (Debian: nginx-light).
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import pacta
from server.freeze.host_check import check_host
from server.freeze.writing import freeze
from tests.live import Reply
from tests.nginx import NGINX, frame_configuration, run_configured
from tests.places import ROOT
from tests.server_release import make_client, make_release, write_files
from tests.skips import needs
from tests.stores import find_port

TREATY = "/doc/treaty/peace-1920"

pytestmark = [
    pytest.mark.slow,
    needs("nginx", NGINX),
]


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small release, and its frozen site in `site`."""
    out = tmp_path_factory.mktemp("hosted")
    out.chmod(0o755)
    made = make_release(out, write_files(), languages=("en", "lt"))
    with pytest.MonkeyPatch.context() as patch:  # to start another process takes longer
        patch.setattr("server.freeze.writing.count_processors", lambda: 1)
        freeze(out, made.path, out / "site")
    return out


@pytest.fixture(scope="module")
def client(builds: Path) -> FlaskClient:
    """A server of the same release."""
    return make_client(builds)


@pytest.fixture(scope="module")
def port(builds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Where nginx listens, with the site's own file; only host, root and port are filled in."""
    folder, port = tmp_path_factory.mktemp("nginx"), find_port()
    folder.chmod(0o755)
    rules = (builds / "site/hosting/nginx.conf").read_text(encoding="utf-8")
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{port};"),
        ("root /var/www/SITE;", f"root {builds}/site;"),
    ):
        assert old in rules
        rules = rules.replace(old, new)
    with run_configured(frame_configuration(folder, rules), port):
        yield port


def get(port: int, path: str, **fields: str) -> Reply:
    """One request; `_` in the name of a field stands for `-`."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as asked:
        asked.request("GET", path, headers={k.replace("_", "-"): v for k, v in fields.items()})
        answer = asked.getresponse()
        names = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, names, answer.read())


ACCEPTS = (
    *("text/turtle", "TEXT/Turtle", "application/ld+json", "application/n-triples", "*/*", ""),
    *("text/html", "application/rdf+xml", "application/trig", "application/n-quads"),
    *("text/*", "application/*", "image/png", "application/json", "text/plain", "text/n3"),
    *("text/turtle;q=0.5, application/ld+json", "application/ld+json;q=0.9, text/turtle;q=0.91"),
    *("text/turtle;q=0.501, application/ld+json;q=0.502", "text/turtle;q=0", "*/*, text/html;q=0"),
    *("text/*;q=0.3, text/turtle;q=0.1, */*;q=0.2", "text/turtle;q=0.8, */*;q=0.8"),
    *("text/turtle, text/html", "text/html, text/turtle", "text/turtle;q=1.000"),
    *(" , text/turtle ,, ", 'image/png;x="a,text/html", application/rdf+xml', "text/csv"),
    *("text/turtle;charset=utf-8", 'text/turtle;charset="UTF-8"', "text/turtle;charset=latin1"),
    *("text/turtle ; q=0.4 , application/n-triples ; q=0.40", "application/x-turtle"),
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
    "application/rdf+xml;q=0.9, text/turtle;q=0.9, application/ld+json;q=0.9",
    "application/xhtml+xml, application/ld+json;q=0.99",
)


@pytest.mark.parametrize("path", ["/", TREATY, "/kind/treaty", "/report", "/ns", "/conflicts"])
def test_a_format_is_chosen_as_the_server_chooses_it(
    port: int, client: FlaskClient, path: str
) -> None:
    """Status and media type, for each way to ask."""
    for accept in ACCEPTS:
        served = client.get(path, headers={"Accept": accept})
        hosted = get(port, path, Accept=accept)
        assert (accept, served.status_code) == (accept, hosted.status)
        if served.status_code == 200:
            told = (accept, served.headers["Content-Type"])
            assert told == (accept, hosted.headers["content-type"])
        if served.status_code == 200 and hosted.kind != "text/html":
            assert served.data == hosted.body, accept


def test_the_void_description_has_formats_of_rdf(port: int, client: FlaskClient) -> None:
    """At its well-known address, and by default Turtle."""
    for accept in ("*/*", "application/ld+json", "application/rdf+xml;q=0.5, text/html"):
        served = client.get("/.well-known/void", headers={"Accept": accept})
        hosted = get(port, "/.well-known/void", Accept=accept)
        assert served.headers["Content-Type"] == hosted.headers["content-type"]
        assert served.data == hosted.body


def test_a_thing_leads_to_its_document(port: int) -> None:
    """303, path-absolute, the query kept; merged and withdrawn things say so; no other exists."""
    moved = get(port, "/id/treaty/peace-1920?x=1")
    assert (303, f"{TREATY}?x=1") == (moved.status, moved.headers["location"])
    merged = get(port, "/doc/party/ussr.ttl")
    assert (308, "/doc/party/soviet-russia.ttl") == (merged.status, merged.headers["location"])
    assert 410 == get(port, "/id/treaty/old-name").status
    assert 410 == get(port, "/doc/treaty/old-name.ttl").status
    assert 404 == get(port, "/id/treaty/none").status


def test_an_error_has_its_form(port: int) -> None:
    """A page for people, a problem for programs."""
    problem = get(port, "/doc/treaty/none", Accept="application/problem+json")
    assert (404, "application/problem+json") == (problem.status, problem.kind)
    assert 404 == json.loads(problem.body)["status"]
    assert "text/html" == get(port, "/doc/treaty/none", Accept="text/html").kind
    assert 404 == get(port, "/sparql?query=ASK%7B%7D").status


def test_a_page_comes_in_the_language_asked_for(port: int) -> None:
    """By parameter, else by the first known language of the field."""
    for fields, query, language in (
        ({}, "", "en"),
        ({"Accept_Language": "lt"}, "", "lt"),
        ({"Accept_Language": "fr, lt-LT, en"}, "", "lt"),
        ({"Accept_Language": "en, lt"}, "", "en"),
        ({"Accept_Language": "lt"}, "?lang=en", "en"),
        ({}, "?lang=lt", "lt"),
    ):
        page = get(port, TREATY + query, Accept="text/html", **fields)
        assert f'<html lang="{language}"'.encode() in page.body, (fields, query)
        assert "Accept-Language" in page.headers["vary"]


def test_a_file_is_resumable_and_conditional(port: int, builds: Path) -> None:
    """Ranges and entity tags of the dumps; the alias of the release in use."""
    latest = get(port, "/dumps/latest/pacta.nq")
    assert 307 == latest.status
    whole = get(port, latest.headers["location"])
    assert whole.body == (builds / "current/dumps/pacta.nq").read_bytes()
    assert "application/n-quads" == whole.kind
    assert "immutable" in whole.headers["cache-control"]
    part = get(port, latest.headers["location"], Range="bytes=10-19")
    assert (206, whole.body[10:20]) == (part.status, part.body)
    assert 304 == get(port, latest.headers["location"], If_None_Match=whole.headers["etag"]).status


def test_the_check_finds_that_nginx_can_do_everything(port: int) -> None:
    """Every line says `can`."""
    found = check_host(f"http://127.0.0.1:{port}/")

    assert len(found) > 15
    assert [] == [each for each in found if not each.able]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_the_page_checks_a_host_that_cannot_negotiate(
    builds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command of docs/how-to/freeze.md, against a plain file server: what it lacks is named."""
    text = (ROOT / "docs/how-to/freeze.md").read_text(encoding="utf-8")
    assert "pacta freeze --check https://treaties.example.org/" in text
    handler = functools.partial(_Quiet, directory=str(builds / "site"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as plain:
        threading.Thread(target=plain.serve_forever, daemon=True).start()
        code = pacta.main(["freeze", "--check", f"http://127.0.0.1:{plain.server_port}/"])
        missing = pacta.main(["freeze", "--check", f"http://127.0.0.1:{plain.server_port}/doc"])
        plain.shutdown()
    said = capsys.readouterr()

    assert (1, 2) == (code, missing)
    assert "can     .ttl is sent as text/turtle\n" in said.out
    assert "cannot  Accept chooses the format (404 text/html)" in said.out
    assert "cannot  303 from a thing to its document" in said.out
    assert "no frozen site lies there" in said.err
