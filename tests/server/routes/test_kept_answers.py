"""Whole answers are kept: what comes from the cache is what was worked out, and no more is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from server.app import create_app
from server.release.current import ReleaseHolder
from server.settings import Settings
from tests.server_release import make_client, make_small_release

DOC = "/doc/treaty/peace-1920"
ANEW = ("X-Request-Id", "Date")
"""Fields that each answer has anew."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """The server over the small release."""
    out = tmp_path_factory.mktemp("kept")
    make_small_release(out)
    return make_client(out)


@pytest.fixture
def client(served: FlaskClient) -> FlaskClient:
    """The same, with nothing kept."""
    forget(served)
    return served


def forget(client: FlaskClient) -> None:
    """Drop all answers that are kept."""
    client.application.extensions["pacta"].answers.drop(lambda *_: True)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (DOC, {}),
        (DOC, {"Accept": "text/html"}),
        (DOC, {"Accept": "application/ld+json", "Accept-Encoding": "gzip"}),
        (DOC + ".ttl", {"Accept-Profile": "<https://w3id.org/pacta/profile/plain>"}),
        (DOC + ".nt?page=1", {}),
        ("/", {"Accept": "text/turtle"}),
        ("/search?q=peace", {}),
        ("/ns", {"Accept": "text/turtle"}),
        ("/dumps/", {}),
        ("/timemap" + DOC, {}),
        ("/errors/", {"Accept": "application/json"}),
    ],
)
def test_the_second_answer_is_the_first(
    client: FlaskClient, path: str, headers: dict[str, str]
) -> None:
    """Status, fields and body; HEAD and 304 too, before and after the answer is kept."""
    known = client.get(path, headers=headers).headers["ETag"]
    for method, more in (("GET", {}), ("HEAD", {}), ("GET", {"If-None-Match": known})):
        client.get(path, headers=headers)
        kept = client.open(path, method=method, headers={**headers, **more})
        forget(client)
        fresh = client.open(path, method=method, headers={**headers, **more})
        told = [
            {name: value for name, value in each.headers.items() if name not in ANEW}
            for each in (kept, fresh)
        ]

        assert kept.status_code == fresh.status_code == (304 if more else 200)
        assert told[0] == told[1]
        assert kept.data == fresh.data


def test_conditions_are_judged_on_a_kept_answer(client: FlaskClient) -> None:
    """412, 304 by date, 400: as on one that is worked out."""
    first = client.get(DOC)
    date = first.headers["Last-Modified"]

    assert client.get(DOC, headers={"If-Match": '"other"'}).status_code == 412
    assert client.get(DOC, headers={"If-Modified-Since": date}).status_code == 304
    assert client.get(DOC, headers={"If-None-Match": "no quotes"}).status_code == 400
    assert client.get(DOC, headers={"If-Match": first.headers["ETag"]}).data == first.data


def test_ways_to_ask_for_one_thing_share_it(client: FlaskClient) -> None:
    """Another spelling of `Accept` adds a name, not a body."""
    answers = client.application.extensions["pacta"].answers
    client.get(DOC, headers={"Accept": "text/turtle"})
    before = answers.size_bytes
    for weight in range(1, 10):
        client.get(DOC, headers={"Accept": f"text/turtle;q=0.{weight}"})

    assert len(answers) == 2 + 9
    assert answers.size_bytes - before < 9 * 1000


def test_nothing_is_kept_of_errors_and_of_what_changes(client: FlaskClient) -> None:
    """Neither a 404, nor health, nor a redirect."""
    answers = client.application.extensions["pacta"].answers
    for path in ("/doc/treaty/never", "/health", "/metrics", "/id/treaty/peace-1920"):
        client.get(path)

    assert len(answers) == 0


def test_a_new_release_has_its_own_answers(tmp_path: Path) -> None:
    """After the change nothing of the former release is sent, and putting it back tells its day."""
    make_small_release(tmp_path)
    holder = ReleaseHolder(tmp_path)
    holder.open()
    client = create_app(Settings(), holder).test_client()
    before = client.get(DOC + ".nt")
    thing = "<http://localhost:8000/id/treaty/peace-1920>"
    make_small_release(
        tmp_path,
        f'\n<http://localhost:8000/graph/facts> {{ {thing} <http://e/new> "a new value" }}',
    )
    assert holder.look()
    after = client.get(DOC + ".nt")

    assert b"a new value" not in before.data
    assert b"a new value" in after.data
    assert before.headers["ETag"] != after.headers["ETag"]


def test_without_room_nothing_is_kept(tmp_path: Path) -> None:
    """`result_cache_bytes` 0."""
    make_small_release(tmp_path)
    client = make_client(tmp_path, Settings(result_cache_bytes=0))
    answers = [client.get(DOC) for _ in range(2)]

    assert answers[0].data == answers[1].data
    assert len(client.application.extensions["pacta"].answers) == 0
