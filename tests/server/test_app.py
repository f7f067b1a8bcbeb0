"""`server/app.py`: what every answer carries, and what becomes of bad input and of our faults."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.app import create_app
from server.errors import QueryTimeoutError
from server.release.current import ReleaseHolder
from server.routes.sparql import make_blueprint, render_form, render_page
from server.settings import Settings
from server.sparql.service import LIMITS, Endpoint, SparqlService
from tests.server_release import make_client, make_release, make_small_release, write_files

DOC = "/doc/treaty/peace-1920"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
MEMBERS = ["type", "title", "status", "detail", "code"]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """The server over the small release."""
    out = tmp_path_factory.mktemp("out")
    make_small_release(out)
    return make_client(out)


@pytest.mark.parametrize("path", ["/", DOC, "/nothing", "/health", "/static/pacta.css"])
def test_every_answer_is_open_to_scripts_and_closed_to_others(
    client: FlaskClient, path: str
) -> None:
    """CORS with exposed fields, a strict content policy, no sniffing, an id for the log."""
    with client.get(path, headers={"Accept": "text/html"}) as first:
        seen = first.headers["X-Request-Id"]
    with client.get(path, headers={"Accept": "text/html"}) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        for name in ("Link", "ETag", "Content-Location", "Memento-Datetime", "Retry-After"):
            assert name in answer.headers["Access-Control-Expose-Headers"]
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Request-Id"] not in ("", seen)


@pytest.mark.parametrize("path", ["/", DOC, "/id/treaty/peace-1920", "/dumps/", "/search"])
def test_options_answers_a_preflight(client: FlaskClient, path: str) -> None:
    """A script may ask with the headers that negotiation and resuming need."""
    answer = client.options(path, headers={"Origin": "https://a.example"})

    assert answer.status_code in (200, 204)
    assert "GET" in answer.headers["Allow"]
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert "Range" in answer.headers["Access-Control-Allow-Headers"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "NONSENSE"])
@pytest.mark.parametrize("path", ["/", DOC, "/id/treaty/peace-1920", "/ns", "/dumps/"])
def test_wrong_methods_are_told_the_right_ones(client: FlaskClient, path: str, method: str) -> None:
    """405 with `Allow`."""
    answer = client.open(path, method=method)

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert json.loads(answer.data)["code"] == "method-refused"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (DOC, {"Accept": "garbage"}, 400),
        (DOC, {"Accept": "text/turtle;q=2"}, 400),
        (DOC, {"Accept": ",".join(f"a/b{n}" for n in range(300))}, 400),
        (DOC, {"If-None-Match": "no quotes"}, 400),
        (DOC, {"If-Match": '"a" "b"'}, 400),
        (DOC, {"If-Modified-Since": "the other day"}, 200),
        (DOC, {"Accept-Encoding": ";;;"}, 200),
        (DOC + "%00", {}, 400),
        (DOC + "%ff", {}, 400),
        ("/doc/treaty/" + "a" * 3000, {}, 414),
        ("/doc/treaty/peace-1920?page=x", {}, 400),
        ("/doc/treaty/peace-1920?page=-1", {}, 400),
        ("/search?q=" + "a" * 300, {}, 400),
        ("/search?q=a&q=b", {}, 400),
        ("/suggest?q=a&limit=9999", {}, 400),
        ("/as-of?date=1939-13-41", {}, 400),
        ("/nothing/at/all", {}, 404),
        ("/doc//peace-1920", {}, 404),
        ("/doc/treaty/", {}, 404),
        ("/%2e%2e/%2e%2e/etc/passwd", {}, 404),
        ("/static/../app.py", {}, 404),
        ("/static/%2e%2e/app.py", {}, 404),
    ],
)
def test_bad_input_gets_the_right_status(
    client: FlaskClient, path: str, headers: dict[str, str], status: int
) -> None:
    """One problem object for each, never a stack trace, never a file from elsewhere."""
    answer = client.get(path, headers=headers)

    assert answer.status_code == status
    if status >= 400:
        problem = json.loads(answer.data)
        assert answer.mimetype == "application/problem+json"
        assert list(problem)[:5] == MEMBERS
        assert problem["status"] == status
        assert b"Traceback" not in answer.data


def test_a_malformed_escape_is_refused(client: FlaskClient) -> None:
    """What the web server passes on as it came is looked at too."""
    answer = client.get(DOC, environ_overrides={"REQUEST_URI": "/doc/treaty/peace%2-1920"})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_HOST": "a.example, b.example"},
        {"HTTP_HOST": "a b"},
        {"SERVER_PROTOCOL": "HTTP/9.9"},
    ],
)
def test_what_http_forbids_is_refused(client: FlaskClient, environ: dict[str, str]) -> None:
    """RFC 9112, 3.2: one Host, one protocol we speak."""
    assert client.get(DOC, environ_overrides=environ).status_code == 400


def test_a_browser_gets_a_page_for_an_error(client: FlaskClient) -> None:
    """The same problem as HTML where the client prefers it."""
    answer = client.get("/doc/treaty/never", headers={"Accept": "text/html,*/*;q=0.8"})

    assert answer.status_code == 404
    assert answer.mimetype == "text/html"
    assert "Not found" in answer.get_data(as_text=True)
    assert answer.headers["Vary"] == "Accept"


def test_our_own_fault_says_nothing_of_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """500 with an id that the log has too, and no word of the cause."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret cause")

    make_small_release(tmp_path)
    client = make_client(tmp_path)
    monkeypatch.setattr("server.routes.resource.build_document", fail)
    answer = client.get(DOC)

    assert answer.status_code == 500
    assert b"secret" not in answer.data
    assert b"ZeroDivision" not in answer.data
    assert answer.headers["X-Request-Id"] in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert any(answer.headers["X-Request-Id"] in record.message for record in caplog.records)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=40), st.text(st.characters(codec="latin-1"), max_size=40))
def test_no_path_and_no_header_makes_it_fail(client: FlaskClient, name: str, value: str) -> None:
    """Whatever is asked: an answer below 500."""
    value = "".join(c for c in value if c.isprintable())
    headers = {"Accept": value, "If-None-Match": value, "Accept-Encoding": value, "Range": value}
    name = name.lstrip("/")  # the test's client would read `//name` as a host

    for path in (f"/doc/treaty/{quote(name)}", f"/{quote(name)}", f"/search?q={quote(name)}"):
        assert client.get(path, headers=headers, buffered=True).status_code < 500


def test_a_base_with_a_path_is_served_with_and_without_it(tmp_path: Path) -> None:
    """Behind a proxy that keeps or takes the prefix; links carry it."""
    make_small_release(tmp_path, base="https://a.example/treaties/")
    client = make_client(tmp_path)
    answer = client.get("/treaties/id/treaty/peace-1920")
    page = client.get("/doc/treaty/peace-1920").get_data(as_text=True)

    assert answer.headers["Location"] == "/treaties/doc/treaty/peace-1920"
    assert client.get(answer.headers["Location"]).status_code == 200
    assert 'href="/treaties/doc/party/lithuania"' in page
    assert 'href="/treaties/static/pacta.css"' in page
    assert 'href="/doc/' not in page


def test_without_a_release_there_is_health_and_nothing_else(tmp_path: Path) -> None:
    """`serve --data`: no addresses of a release, no failure either."""
    client = create_app(Settings(), None).test_client()

    assert json.loads(client.get("/health").data)["status"] == "ok"
    assert client.get("/doc/treaty/peace-1920").status_code == 404
    assert client.get("/", headers={"Accept": "text/html"}).status_code == 404


def stop_query() -> Endpoint:
    """An endpoint where every query meets the limit of time."""
    raise QueryTimeoutError("stopped after 30 seconds")


@pytest.fixture
def service() -> Iterator[SparqlService]:
    """An endpoint's parts, without a store."""
    made = SparqlService(Settings(query_timeout_s=2.5))
    yield made
    made.close()


@pytest.fixture
def plain(service: SparqlService) -> FlaskClient:
    """The application of `serve --data`."""
    blueprint = make_blueprint(service, stop_query, render_form)
    return create_app(Settings(), None, [blueprint]).test_client()


@pytest.fixture
def whole(service: SparqlService, tmp_path: Path) -> FlaskClient:
    """The application over the small release, below a path, with the addresses of the endpoint."""
    make_small_release(tmp_path, base="https://a.example/treaties/")
    holder = ReleaseHolder(tmp_path)
    holder.open()
    return create_app(
        Settings(), holder, [make_blueprint(service, stop_query, render_page)]
    ).test_client()


def test_plain_files_lead_to_their_query_form(plain: FlaskClient) -> None:
    """303 to `sparql`, relative, so that it holds behind a proxy that takes a prefix away."""
    answer = plain.get("/", headers={"Accept": BROWSER})

    assert (answer.status_code, answer.headers["Location"]) == (303, "sparql")


def test_a_release_has_its_own_first_page(whole: FlaskClient) -> None:
    """The endpoint does not take its address."""
    assert whole.get("/").status_code == 200


@pytest.mark.parametrize("path", ["/sparql?query=ASK%7B%7D", "/limits"])
def test_pages_of_plain_files_are_dressed_by_relative_links(plain: FlaskClient, path: str) -> None:
    """Styles and icon are there, and are found below whatever path a proxy gives."""
    page = plain.get(path, headers={"Accept": BROWSER}).get_data(as_text=True)
    targets = re.findall(r' (?:href|action)="([^"]*)"', page)

    assert page.startswith("<!DOCTYPE html>")
    assert {"static/pacta.css", "static/icon.svg", "sparql"} <= set(targets)
    assert not [target for target in targets if target.startswith("/")]
    for target in targets:
        if target.startswith("static/"):
            assert plain.get(f"/{target}", buffered=True).status_code == 200


@pytest.mark.parametrize("code", ["bad-query", "query-timeout"])
def test_errors_are_explained_beside_plain_files(plain: FlaskClient, code: str) -> None:
    """The `type` of a problem leads somewhere there, too; where nothing is released, no dumps."""
    for accept in (BROWSER, "application/json"):
        answer = plain.get(f"/errors/{code}", headers={"Accept": accept})

        assert answer.status_code == 200
        assert code in answer.get_data(as_text=True)
        assert "/dumps/" not in answer.get_data(as_text=True)
    assert plain.get("/errors/").status_code == 200
    assert plain.get("/profile/plain").status_code == 404


@pytest.mark.parametrize("accept", [BROWSER, "application/sparql-results+json"])
def test_a_hint_names_the_dumps_only_where_there_are_any(
    plain: FlaskClient, whole: FlaskClient, accept: str
) -> None:
    """On the page and in the problem; once."""
    for client, times in ((plain, 0), (whole, 1)):
        answer = client.get("/sparql?query=ASK%7B%7D", headers={"Accept": accept})
        hint = answer.get_data(as_text=True).partition("more selective")[2]

        assert answer.status_code == 503
        assert hint.count("The whole data are at") == times


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (BROWSER, "text/html"),
        ("text/html", "text/html"),
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("image/png", "application/json"),
        ("garbage", "application/json"),
    ],
)
def test_limits_are_a_page_for_browsers(
    plain: FlaskClient, whole: FlaskClient, accept: str, kind: str
) -> None:
    """Name, value and meaning of each; JSON for everybody else."""
    for client in (plain, whole):
        answer = client.get("/limits", headers={"Accept": accept})

        assert (answer.status_code, answer.mimetype) == (200, kind)
        assert answer.headers["Vary"] == "Accept, Accept-Language"
        if kind == "application/json":
            assert list(json.loads(answer.data)["limits"]) == list(LIMITS)
            continue
        page = answer.get_data(as_text=True)
        assert re.findall(r'<tr id="(\w+)">', page) == list(LIMITS)
        assert '<td class="num" data-l="Value">2.5</td><td>Seconds one query may run' in page
        assert '<td class="num" data-l="Value">1,073,741,824</td>' in page


def test_limits_are_told_in_the_language_of_the_page(
    service: SparqlService, tmp_path: Path
) -> None:
    """What each limit is and its number, not only the headings."""
    make_release(tmp_path, write_files(), languages=("en", "lt"))
    holder = ReleaseHolder(tmp_path)
    holder.open()
    app = create_app(Settings(), holder, [make_blueprint(service, stop_query, render_page)])

    page = app.test_client().get("/limits?lang=lt", headers={"Accept": "text/html"}).text

    assert "<td>Kiek sekundžių gali trukti viena užklausa</td>" in page
    assert "one query may run" not in page
    assert ">2,5</td>" in page


@pytest.mark.parametrize(("status", "code"), [("ok", 200), ("starting", 503)])
def test_health_is_bad_until_queries_can_be_answered(
    tmp_path: Path, status: str, code: int
) -> None:
    """What watches a server reads the status code alone."""
    make_small_release(tmp_path)
    holder = ReleaseHolder(tmp_path)
    holder.open()
    answer = (
        create_app(Settings(), holder, health=lambda: {"status": status})
        .test_client()
        .get("/health")
    )

    assert answer.status_code == code
    assert json.loads(answer.data)["status"] == status
    assert answer.headers["Cache-Control"] == "no-store"


def test_health_tells_of_base_and_refused_releases(tmp_path: Path) -> None:
    """A base elsewhere is said; so is a folder that was not taken."""
    make_small_release(tmp_path)
    holder = ReleaseHolder(tmp_path)
    holder.open()
    broken = make_small_release(
        tmp_path, "\n<http://localhost:8000/graph/facts> { <urn:a> a <urn:b> }"
    )
    (broken.path / "dumps/pacta.nt").write_bytes(b"")
    holder.look()
    here = create_app(Settings(port=8000), holder).test_client()
    away = create_app(Settings(port=8123), holder).test_client()

    assert json.loads(here.get("/health").data)["base_is_here"] is True
    health = json.loads(away.get("/health").data)
    assert health["base_is_here"] is False
    assert health["refused"][0]["release"] == broken.id
    assert any("8123" in note for note in health["notes"])

    (tmp_path / "current").unlink()
    (tmp_path / "current").symlink_to(f"releases/{holder.current.id}")
    holder.look()
    assert json.loads(here.get("/health").data)["refused"] == []
