"""`/dumps/`: files as they were released, resumable, with their digests."""

import hashlib
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from loader.release.opened import Release
from tests.server_release import BASE, make_client, make_release, make_small_release, write_files


class Client:
    """A client that reads every answer to its end, so that no file stays open."""

    def __init__(self, inner: FlaskClient) -> None:
        self._inner = inner

    def get(self, path: str, headers: dict[str, str] | None = None) -> TestResponse:
        """GET, read whole."""
        return self._inner.get(path, headers=headers or {}, buffered=True)

    def head(self, path: str, headers: dict[str, str] | None = None) -> TestResponse:
        """HEAD, closed."""
        return self._inner.head(path, headers=headers or {}, buffered=True)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The release in use."""
    return make_small_release(tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def client(kept: Release) -> Client:
    """The server over it."""
    return Client(make_client(kept.path.parent.parent))


def test_a_file_is_what_the_manifest_says(client: Client, kept: Release) -> None:
    """Bytes, media type, ETag and digest are those of the release; it may be kept for ever."""
    for name, kind in (
        ("pacta.nq", "application/n-quads"),
        ("pacta.nt.gz", "application/gzip"),
    ):
        answer = client.get(f"/dumps/{kept.id}/{name}", headers={"Accept-Encoding": "gzip"})
        entry = kept.manifest.files[f"dumps/{name}"]

        assert hashlib.sha256(answer.data).hexdigest() == entry.sha256
        assert answer.headers["ETag"] == f'"{entry.sha256}"'
        assert answer.mimetype == kind
        assert "Content-Encoding" not in answer.headers
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.headers["Repr-Digest"].startswith("sha-256=:")


@pytest.mark.parametrize(
    ("headers", "status", "length"),
    [
        ({"Range": "bytes=0-9"}, 206, 10),
        ({"Range": "bytes=10-"}, 206, None),
        ({"Range": "bytes=-5"}, 206, 5),
        ({"Range": "bytes=999999999-"}, 416, None),
        ({"Range": "bytes=0-1,4-5"}, 200, None),
        ({"Range": "pages=1-2"}, 200, None),
        ({"Range": "bytes=x-y"}, 416, None),
        ({"Range": "bytes=9-1"}, 416, None),
        ({"Range": "bytes=-"}, 416, None),
        ({"Range": "bytes=0-1,x"}, 416, None),
        ({"Range": "garbage"}, 200, None),
        ({"Range": "bytes=0-9", "If-Range": '"other"'}, 200, None),
    ],
)
def test_ranges_resume_a_download(
    client: Client, kept: Release, headers: dict[str, str], status: int, length: int | None
) -> None:
    """RFC 9110, 14: one range is given, another unit ignored, what is not there is 416."""
    answer = client.get(f"/dumps/{kept.id}/pacta.nq", headers=headers)

    assert answer.status_code == status
    if length is not None:
        assert len(answer.data) == length
    if status == 416:
        size = kept.manifest.files["dumps/pacta.nq"].bytes
        assert answer.headers["Content-Range"] == f"bytes */{size}"
        assert answer.mimetype == "application/problem+json"


def test_if_range_with_the_right_tag_resumes(client: Client, kept: Release) -> None:
    """The tag of the first part lets the second part come."""
    whole = client.get(f"/dumps/{kept.id}/pacta.nq")
    headers = {"Range": "bytes=100-", "If-Range": whole.headers["ETag"]}
    rest = client.get(f"/dumps/{kept.id}/pacta.nq", headers=headers)

    assert rest.status_code == 206
    assert whole.data[:100] + rest.data == whole.data


def test_conditions_and_head(client: Client, kept: Release) -> None:
    """304 to its own tag; HEAD has the fields of GET."""
    path = f"/dumps/{kept.id}/pacta.nq"
    got = client.get(path)

    assert client.get(path, headers={"If-None-Match": got.headers["ETag"]}).status_code == 304
    head = client.head(path)
    assert head.headers["Content-Length"] == str(len(got.data))
    assert head.data == b""
    assert client.head(path, {"Range": "bytes=0-9"}).status_code == 200


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("If-Match", "*", 200),
        ("If-Match", '"other"', 412),
        ("If-None-Match", "*", 304),
        ("If-None-Match", "no tag", 400),
        ("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT", 412),
        ("If-Unmodified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", 200),
        ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", 304),
        ("If-Modified-Since", "no date", 200),
    ],
)
def test_conditions_are_those_of_documents(
    client: Client, kept: Release, name: str, value: str, status: int
) -> None:
    """RFC 9110, 13.1: a file and a document give one answer to one condition."""
    for path in (f"/dumps/{kept.id}/pacta.nq", "/doc/treaty/peace-1920.ttl"):
        assert (path, client.get(path, headers={name: value}).status_code) == (path, status)


def test_latest_is_a_redirect(client: Client, kept: Release) -> None:
    """307, path-absolute, not to be kept."""
    answer = client.get("/dumps/latest/pacta.nq")

    assert answer.status_code == 307
    assert answer.headers["Location"] == f"/dumps/{kept.id}/pacta.nq"
    assert client.get("/dumps/latest/").headers["Location"] == f"/dumps/{kept.id}/"


@pytest.mark.parametrize(
    "path",
    ["release.json", "../release.json", "%2e%2e/release.json", "dumps/../release.json", "no.ttl"],
)
def test_no_file_outside_the_list_is_given(client: Client, kept: Release, path: str) -> None:
    """Only files that the manifest names, in the folders that are handed out."""
    assert client.get(f"/dumps/{kept.id}/{path}").status_code == 404
    assert client.get(f"/dumps/none-00000000/{path}").status_code == 404


def test_the_list_is_a_page_and_data(client: Client, kept: Release) -> None:
    """`/dumps/` names every file with its digest, and is described as RDF."""
    page = client.get("/dumps/").get_data(as_text=True)

    assert kept.manifest.files["dumps/pacta.nq"].sha256 in page
    assert f"/dumps/{kept.id}/pacta.nt.gz" in page
    turtle = client.get("/dumps/", headers={"Accept": "text/turtle"})
    assert turtle.mimetype == "text/turtle"
    assert b"dcat:" in turtle.data
    assert client.get(f"/dumps/{kept.id}/").status_code == 200


def test_a_page_tells_how_to_fetch_its_own_release(tmp_path: Path) -> None:
    """The file and its sums by absolute address, of the release shown; no command without sums."""
    with_sums = write_files() | {"dumps/pacta.ttl.gz": b"\x1f\x8b", "dumps/SHA256SUMS": b""}
    old = make_release(tmp_path, with_sums, base=BASE, line="2026.11", issued="2026-11-22")
    new = make_small_release(tmp_path)
    client = Client(make_client(tmp_path))
    page = client.get(f"/dumps/{old.id}/").get_data(as_text=True)
    (commands,) = re.findall("<pre>(.*?)</pre>", page, re.DOTALL)

    assert commands.splitlines() == [
        f"curl -L -O {BASE}dumps/{old.id}/pacta.ttl.gz",
        f"curl -L -O {BASE}dumps/{old.id}/SHA256SUMS",
        "sha256sum -c --ignore-missing SHA256SUMS",
    ]
    assert "<pre>" not in client.get(f"/dumps/{new.id}/").get_data(as_text=True)


def test_files_in_folders_are_folded(client: Client) -> None:
    """How to fetch and the other releases come first; a folder says how many files it has."""
    page = client.get("/dumps/").get_data(as_text=True)

    assert page.index("All releases") < page.index("pacta.nt.gz") < page.index("<details>")
    assert "<summary><code>report/</code> 2 files</summary>" in page
    assert "<summary><code>shapes/</code> 1 file</summary>" in page


def test_a_kept_release_is_checked_before_a_file_is_given(tmp_path: Path) -> None:
    """A file of an older release that was changed since is not handed out."""
    old = make_small_release(tmp_path)
    make_small_release(tmp_path, "\n<http://localhost:8000/graph/facts> { <urn:a> a <urn:b> }")
    client = Client(make_client(tmp_path))

    assert client.get(f"/dumps/{old.id}/pacta.nt").status_code == 200
    (old.path / "dumps/pacta.nq").write_bytes(b"changed")
    assert client.get(f"/dumps/{old.id}/pacta.nq").status_code == 503
