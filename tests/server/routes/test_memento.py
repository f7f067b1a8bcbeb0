"""Former releases as former states of the site: TimeGate, mementos, time maps (RFC 7089)."""

import contextlib
import json
import os
import re
import threading
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from rdflib import Graph

from loader.release.opened import Release
from server.errors import BadRequestError, UnavailableError
from server.release.current import ReleaseHolder
from server.release.history import MOST_WAITING, History, Memento, choose_memento
from server.routes.memento import read_accept_datetime
from tests.server_release import BASE, make_client, make_small_release

DOC = "/doc/treaty/peace-1920"
NEW = "/doc/party/newcomer"
TIMES = [datetime(2026, 11, day, 12, tzinfo=UTC) for day in (1, 10, 20)]
EXTRA = (
    "",
    "\n<http://localhost:8000/graph/facts> { <http://localhost:8000/id/party/newcomer> "
    "a <https://w3id.org/pacta/ns#Party> ; "
    '<http://www.w3.org/2000/01/rdf-schema#label> "Newcomer"@en }',
    "\n<http://localhost:8000/graph/facts> { <http://localhost:8000/id/party/newcomer> "
    "a <https://w3id.org/pacta/ns#Party> ; "
    '<http://www.w3.org/2000/01/rdf-schema#label> "Newcomer, renamed"@en }',
)


def say(at: datetime) -> str:
    """A date as HTTP writes it."""
    return format_datetime(at, usegmt=True)


def make_releases(out: Path) -> list[Release]:
    """Three releases, written on three days; the last is in use."""
    made = [make_small_release(out, extra) for extra in EXTRA]
    for release, at in zip(made, TIMES, strict=True):
        os.utime(release.path / "release.json", (at.timestamp(), at.timestamp()))
    return made


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> list[Release]:
    """The releases, the oldest first."""
    return make_releases(tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def client(kept: list[Release]) -> FlaskClient:
    """The server over them."""
    return make_client(kept[-1].path.parent.parent)


def test_former_releases_never_hold_every_thread(tmp_path: Path) -> None:
    """While one is opened a few requests wait for theirs; the others are told to come again."""
    out = make_releases(tmp_path)[-1].path.parent.parent
    holder = ReleaseHolder(out)
    holder.open()
    history = History(holder)
    name = holder.kept[0].id
    said: list[str] = []

    def ask() -> None:
        try:
            said.append(history.open(name).id)
        except UnavailableError as error:
            said.append(error.hint)

    with history._lock:  # as if an opening took long
        threads = [threading.Thread(target=ask) for _ in range(MOST_WAITING + 4)]
        for thread in threads:
            thread.start()
        deadline = time.monotonic() + 20
        while len(said) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        refused = list(said)
    for thread in threads:
        thread.join(20)

    assert refused == ["Ask again in a few seconds."] * 4
    assert said[4:] == [name] * MOST_WAITING


def links(value: str) -> dict[str, str]:
    """Relation → target, each word of a relation for itself."""
    found = re.findall(r'<([^>]*)>; rel="([^"]*)"', value)
    return {word: target for target, rel in found for word in rel.split()}


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        (datetime(1990, 1, 1, tzinfo=UTC), 0),
        (TIMES[0], 0),
        (datetime(2026, 11, 10, 11, 59, 59, tzinfo=UTC), 0),
        (TIMES[1], 1),
        (datetime(2026, 11, 19, tzinfo=UTC), 1),
        (datetime(2099, 1, 1, tzinfo=UTC), 2),
    ],
)
def test_a_document_is_found_as_it_was_at_a_time(
    client: FlaskClient, kept: list[Release], wanted: datetime, number: int
) -> None:
    """302 to the last state not after the time, or to the first (4.5.3)."""
    answer = client.get(DOC, headers={"Accept-Datetime": say(wanted)})
    path = f"/releases/{kept[number].id}{DOC}"

    assert answer.status_code == 302
    assert answer.headers["Location"] == path
    assert answer.headers["Vary"] == "Accept-Datetime"
    assert "Memento-Datetime" not in answer.headers
    told = links(answer.headers["Link"])
    assert told["original"] == told["timegate"] == DOC
    assert told["timemap"] == f"/timemap{DOC}"
    assert told["first"] == f"/releases/{kept[0].id}{DOC}"
    assert told["last"] == f"/releases/{kept[2].id}{DOC}"
    memento = client.get(path, headers={"Accept": "text/turtle", "Accept-Datetime": say(wanted)})
    assert memento.status_code == 200
    assert memento.headers["Memento-Datetime"] == say(TIMES[number])
    assert f'<{path}>; rel="' in memento.headers["Link"]
    assert f'datetime="{say(TIMES[number])}"' in memento.headers["Link"]


def test_a_thing_has_only_the_states_it_had(client: FlaskClient, kept: list[Release]) -> None:
    """What came later is not found earlier; each state shows what was said then."""
    answer = client.get(NEW + ".ttl", headers={"Accept-Datetime": say(TIMES[0])})

    assert answer.headers["Location"] == f"/releases/{kept[1].id}{NEW}.ttl"
    then = client.get(f"/releases/{kept[1].id}{NEW}.ttl").get_data(as_text=True)
    now = client.get(NEW + ".ttl").get_data(as_text=True)
    assert '"Newcomer"@en' in then
    assert "renamed" in now
    assert "renamed" not in then
    assert client.get(f"/releases/{kept[0].id}{NEW}").status_code == 404
    timemap = client.get(f"/timemap{NEW}").get_data(as_text=True)
    assert kept[0].id not in timemap
    assert client.get("/timemap/doc/party/never").status_code == 404


def test_a_memento_stays_in_its_release(client: FlaskClient, kept: list[Release]) -> None:
    """Redirects, links, formats and files lead to the same release; the page says what it is."""
    there = f"/releases/{kept[0].id}"
    thing = client.get(f"{there}/id/treaty/peace-1920")
    page = client.get(there + DOC)
    html = page.get_data(as_text=True)

    assert (thing.status_code, thing.headers["Location"]) == (303, there + DOC)
    assert page.headers["Content-Location"] == f"{there}{DOC}.html"
    assert f'href="{there}/doc/party/lithuania"' in html
    assert f'href="{DOC}">What is said now' in html
    assert page.headers["X-Robots-Tag"] == "noindex"
    told = links(page.headers["Link"])
    assert told["original"] == DOC
    assert told["cite-as"] == f"{BASE}id/treaty/peace-1920"
    assert told["canonical"] == f"{BASE}releases/{kept[0].id}{DOC}"
    assert told["describedby"].startswith(there)
    for path in ("/", "/ns.ttl", "/vocab/rank.ttl", "/graph/facts.ttl", "/dumps/", "/report.json"):
        answer = client.get(there + path)
        assert answer.status_code == 200, path
        assert answer.headers["Memento-Datetime"] == say(TIMES[0]), path
    target = client.get(f"{there}/dumps/latest/pacta.nq").headers["Location"]
    assert target == f"{there}/dumps/{kept[0].id}/pacta.nq"
    with client.get(target) as file:
        assert file.data == (kept[0].path / "dumps/pacta.nq").read_bytes()
    for path in ("/health", "/sparql", "/timemap/ns", "/releases/", "/nothing", "/id/treaty"):
        assert client.get(there + path).status_code == 404, path
    assert client.get("/releases/2020.01-00000000/ns").status_code == 404
    assert client.get("/releases/").headers["Location"] == "/dumps/"


def test_every_link_of_a_memento_leads_somewhere(client: FlaskClient, kept: list[Release]) -> None:
    """No page of a former release links to an address that does not answer."""
    page = client.get(f"/releases/{kept[0].id}{DOC}").get_data(as_text=True)
    targets = {t.partition("#")[0] for t in re.findall(r'<a [^>]*href="(/[^"]*)"', page)}
    broken = []
    for target in sorted(t for t in targets if not t.startswith("/sparql")):
        with client.get(target.replace("&amp;", "&")) as answer:
            concept = re.search(r"/vocab/[a-z-]+/[a-z-]+\Z", target)  # the fixture has few
            if answer.status_code != 200 and not concept:
                broken.append((target, answer.status_code))

    assert len(targets) > 20
    assert not broken


def test_the_states_are_the_same_graph_in_every_format(
    client: FlaskClient, kept: list[Release]
) -> None:
    """Absolute addresses are those of the things, whatever the release."""
    there = f"/releases/{kept[2].id}{DOC}"
    graphs = [
        Graph().parse(data=client.get(f"{path}.nt").data, format="nt") for path in (there, DOC)
    ]

    assert set(graphs[0]) == set(graphs[1])
    tagged = {client.get(f"{path}.nt").headers["ETag"] for path in (there, DOC)}
    again = client.get(there + ".nt", headers={"If-None-Match": next(iter(tagged))})
    assert again.status_code in (200, 304)
    assert again.headers["Memento-Datetime"] == say(TIMES[2])


def test_the_time_map_lists_all_states(client: FlaskClient, kept: list[Release]) -> None:
    """`application/link-format`, absolute, in the order of time, with its span (5)."""
    answer = client.get(f"/timemap{DOC}")
    lines = answer.get_data(as_text=True).rstrip("\n").split(",\n")

    assert answer.mimetype == "application/link-format"
    assert lines[0] == f'<{BASE}doc/treaty/peace-1920>; rel="original timegate"'
    assert lines[1] == (
        f'<{BASE}timemap/doc/treaty/peace-1920>; rel="self"; type="application/link-format"; '
        f'from="{say(TIMES[0])}"; until="{say(TIMES[2])}"'
    )
    assert lines[2:] == [
        f'<{BASE}releases/{release.id}{DOC}>; rel="{rel}"; datetime="{say(at)}"'
        for release, rel, at in zip(
            kept, ("first memento", "memento", "last memento"), TIMES, strict=True
        )
    ]
    assert client.get("/timemap/health").status_code == 404


def test_a_document_tells_of_its_states(client: FlaskClient) -> None:
    """The present one links TimeGate and time map, and varies by the time asked for."""
    first = client.get(DOC)
    told = links(first.headers["Link"])
    assert (told["timegate"], told["timemap"]) == (DOC, f"/timemap{DOC}")
    for answer in (first, client.get(DOC, headers={"If-None-Match": first.headers["ETag"]})):
        assert answer.headers["Vary"] == (
            "Accept, Accept-Encoding, Accept-Profile, Accept-Language, Accept-Datetime"
        )
        assert "Memento-Datetime" not in answer.headers
    assert "Accept-Datetime" not in client.get("/search?q=x").headers["Vary"]


@pytest.mark.parametrize(
    "header",
    ["2026-11-22", "yesterday", "", "Mon, 30 Feb 2026 12:00:00 GMT", "Sun, 22 Nov 2026 12:00 GMT"],
)
def test_a_date_that_is_none_is_refused(client: FlaskClient, header: str) -> None:
    """400 with the form that is expected (4.5.3)."""
    answer = client.get(DOC, headers={"Accept-Datetime": header})

    assert answer.status_code == 400
    assert "GMT" in json.loads(answer.data)["hint"]
    assert client.get("/health", headers={"Accept-Datetime": header}).status_code == 200


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_refused(header: str) -> None:
    """Nothing else comes out of any header."""
    with contextlib.suppress(BadRequestError):
        assert read_accept_datetime(header).tzinfo is UTC


@given(st.datetimes(timezones=st.just(UTC)), st.lists(st.datetimes(timezones=st.just(UTC))))
def test_the_chosen_state_is_the_last_before(wanted: datetime, times: list[datetime]) -> None:
    """Of any states in order: none later is before the time asked for."""
    mementos = [Memento(None, at) for at in sorted(times)]  # type: ignore[arg-type]
    chosen = choose_memento(mementos, wanted)

    if chosen is None:
        assert not times
    elif chosen.at <= wanted:
        assert not [at for at in times if chosen.at < at <= wanted]
    else:
        assert chosen.at == min(times) > wanted


def test_a_changed_release_is_not_shown(tmp_path: Path) -> None:
    """Verified when first asked for: 503 where a byte was changed, the others answer."""
    old, _, new = make_releases(tmp_path)
    (old.path / "dumps/pacta.nq").write_bytes(b"changed")
    client = make_client(tmp_path)

    assert client.get(f"/releases/{old.id}{DOC}").status_code == 503
    assert client.get(f"/releases/{new.id}{DOC}").status_code == 200
