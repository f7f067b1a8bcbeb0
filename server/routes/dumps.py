"""`/dumps/`: the files of the releases, with checksums, Range and their own media types."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, request, send_file

from loader.release.opened import Release
from server.documents.description import Document
from server.documents.files import read_description
from server.documents.links import DOCUMENT_FORMATS, Place, list_links, write_document
from server.errors import (
    NotFoundError,
    PreconditionError,
    RangeRefusedError,
    UnavailableError,
)
from server.http.conditions import (
    IMMUTABLE,
    REVALIDATE,
    Validators,
    check_conditions,
    check_if_range,
)
from server.http.formats import Format, name_type
from server.http.representation import Link, Resource, quote_path
from server.rdf.jsonld_profiles import PROFILES
from server.rdf.model import Iri
from server.release.opened import OpenedRelease
from server.routes import asked, find_suffix, release, render, send_resource, site

BLUEPRINT = Blueprint("dumps", __name__)

SERVED = ("dumps/", "ontology/", "shapes/", "queries/", "report/", "about/")
"""Folders of a release whose files are handed out; those of `dumps/` without that prefix."""

_WHOLE = ("pacta.ttl.gz", "pacta.nt.gz", "pacta.nq")
"""The whole collection as one file; the page tells how to fetch the first that there is."""

_SUMS = "SHA256SUMS"
_NGINX_REFUSES = frozenset(("If-Match", "If-Unmodified-Since"))
_RANGE = re.compile(r"(?=-?\d)(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True)
class FileRow:
    """One file as the list shows it."""

    name: str
    href: str
    bytes: int
    sha256: str
    media_type: str


def list_files(kept: Release, prefix: str) -> list[FileRow]:
    """The files of a release that can be downloaded, those of `dumps/` first."""
    rows = []
    for name, entry in kept.manifest.files.items():
        if name.startswith(SERVED):
            short = name.removeprefix("dumps/")
            href = f"{prefix}/dumps/{kept.id}/{quote_path(short)}"
            rows.append(FileRow(short, href, entry.bytes, entry.sha256, name_type(short)))
    return sorted(rows, key=lambda row: (row.name.count("/"), row.name))


def check_range(header: str, size: int) -> bool:
    """Whether a `Range` header asks for one range that can be satisfied (RFC 9110, 14.2).

    Another unit is ignored, and so are several ranges at once: the whole file is sent.

    Raises:
        RangeRefusedError: It is malformed, or begins after the end of the file.
    """
    unit, _, specifier = header.partition("=")
    if unit.strip().lower() != "bytes":
        return False
    pieces = [piece.strip() for piece in specifier.split(",")]
    for piece in pieces:
        found = _RANGE.fullmatch(piece)
        if found is None or (found[2] and found[1] and int(found[2]) < int(found[1])):
            raise RangeRefusedError(size, f"the range {piece[:60]!r} cannot be read")
    if len(pieces) > 1:
        return False
    first = pieces[0].partition("-")[0]
    if (first and int(first) >= size) or pieces[0] == "-0":
        raise RangeRefusedError(size, f"the file has {size} bytes")
    return True


def group_files(files: Sequence[FileRow]) -> dict[str, list[FileRow]]:
    """Folder → its files, in their order; those that lie in none under an empty name."""
    found: dict[str, list[FileRow]] = {}
    for file in files:
        found.setdefault(file.name.rpartition("/")[0], []).append(file)
    return found


def list_commands(kept: Release, base: str) -> list[str]:
    """The commands to download and verify a file of a release; none if it has no checksums."""
    files = kept.manifest.files
    name = next((name for name in _WHOLE if f"dumps/{name}" in files), "")
    if not name or f"dumps/{_SUMS}" not in files:
        return []
    fetched = [f"curl -L -O {base}dumps/{kept.id}/{each}" for each in (name, _SUMS)]
    return [*fetched, f"sha256sum -c --ignore-missing {_SUMS}"]


def _render(opened: OpenedRelease, kept: Release, downloads: Sequence[Mapping[str, str]]) -> bytes:
    """The page of a release: how to fetch, the other releases, its files by folder."""
    return render(
        "dumps.html",
        shown=kept.manifest,
        commands=list_commands(kept, opened.base),
        folders=group_files(list_files(kept, opened.addresses.prefix)),
        releases=_list_kept(),
        downloads=downloads,
    )


@BLUEPRINT.get("/dumps/", defaults={"suffix": ""})
@BLUEPRINT.get("/dumps/index<suffix>")
def list_dumps(suffix: str) -> Response:
    """All releases and the files of the one in use; as RDF, its DCAT description."""
    fixed = find_suffix(f"index{suffix}", DOCUMENT_FORMATS)[1] if suffix else None
    return _send_index(release(), "/dumps/", fixed)


@BLUEPRINT.get("/dumps/<name>/")
def list_release(name: str) -> Response:
    """The files of one release."""
    opened = release()
    if name == "latest":
        return _redirect_latest(opened, "")
    if name == opened.id:
        return _send_index(opened, f"/dumps/{name}/", None)
    body = _render(opened, site().history.find(name).release, ())
    response = Response(body, content_type="text/html; charset=utf-8")
    response.headers["Cache-Control"] = REVALIDATE
    return response


def _list_kept() -> list[Release]:
    holder = site().holder
    return list(reversed(holder.kept)) if holder is not None else []


def _send_index(opened: OpenedRelease, path: str, fixed: Format | None) -> Response:
    prefix = opened.addresses.prefix
    place = Place(opened.base, f"{prefix}/dumps/index")

    def build(row: Format, profile: str) -> bytes:
        if row.name != "html":
            quads = read_description(opened)
            subjects = tuple(dict.fromkeys(quad.subject for quad in quads))
            document = Document(Iri(opened.base), quads, subjects)
            return write_document(document, opened, row, profile)
        downloads = [{"href": place.of(each), "title": each.title} for each in DOCUMENT_FORMATS[1:]]
        return _render(opened, opened.release, downloads)

    return send_resource(
        Resource(
            key=(opened.id, site().software, path, *(each.id for each in _list_kept())),
            offers=DOCUMENT_FORMATS,
            build=build,
            fixed=fixed,
            location=place.of,
            links=lambda row: [e for e in list_links(place, opened, row) if e.rel != "linkset"],
            modified=opened.modified,
            profiles=PROFILES,
            changing=True,
        )
    )


def _redirect_latest(opened: OpenedRelease, name: str) -> Response:
    """`latest` is not a file: redirect (307) to the release in use, so that releases never mix."""
    response = Response(status=307)
    prefix = opened.addresses.prefix
    response.headers["Location"] = f"{prefix}/dumps/{opened.id}/{quote_path(name)}"
    response.headers["Cache-Control"] = "no-cache"
    return response


@BLUEPRINT.get("/dumps/<name>/<path:file>")
def send_dump(name: str, file: str) -> Response:
    """One file of a release: conditional, resumable, never changed."""
    opened = release()
    kept = opened.release if name in (opened.id, "latest") else site().history.find(name).release
    inside = file if file.startswith(SERVED) else f"dumps/{file}"
    entry = kept.manifest.files.get(inside)
    if entry is None or not inside.startswith(SERVED):
        raise NotFoundError(
            f"the release {kept.id} has no file {file[:120]}", hint=f"/dumps/{kept.id}/ lists them"
        )
    if name == "latest":
        return _redirect_latest(opened, file)
    path = kept.path / inside
    if kept is not opened.release and not _is_whole(path, entry.sha256):
        raise UnavailableError(f"the file {file[:120]} is not as it was written")
    location = _find_location()
    response = _send_file(path, name_type(inside), entry.sha256, entry.bytes)
    response.headers["Cache-Control"] = IMMUTABLE
    digest = base64.b64encode(bytes.fromhex(entry.sha256)).decode()
    response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    response.headers["Accept-Ranges"] = "bytes"
    prefix = opened.addresses.prefix
    links = [
        Link(kept.manifest.licence, "license"),
        Link(f"{prefix}/dumps/{kept.id}/", "collection", "text/html"),
        Link(f"{prefix}/dumps/index.ttl", "describedby", "text/turtle"),
    ]
    response.headers["Link"] = ", ".join(map(str, links))
    if location and response.status_code in (200, 206):
        return _leave_to_nginx(response, location + quote_path(f"{kept.path.name}/{inside}"))
    return response


def _find_location() -> str:
    """Where nginx has the releases, if it is to send the file of this request; else empty.

    nginx judges two conditions by an entity tag that it does not know yet, so that a file is sent
    from here under them. Source: decision 0046.
    """
    is_left = request.method == "GET" and _NGINX_REFUSES.isdisjoint(asked().headers)
    return site().settings.x_accel_redirect if is_left else ""


def _leave_to_nginx(response: Response, place: str) -> Response:
    """The answer without its body, which nginx takes, whole or one range, from a place it has."""
    response.close()
    left = Response(headers=response.headers)
    for name in ("Accept-Ranges", "Content-Length", "Content-Range"):  # nginx adds its own
        left.headers.pop(name, None)
    left.headers["X-Accel-Redirect"] = place
    return left


def _send_file(path: Path, kind: str, sha256: str, size: int) -> Response:
    """A file that never changes, under the conditions of the request, whole or one range of it.

    The conditions are those of every other address (`check_conditions`); `send_file` is left
    with `Range`.

    Raises:
        PreconditionError: A condition of the request does not hold.
        RangeRefusedError: See `check_range`.
    """
    modified = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    own = Validators(f'"{sha256}"', modified)
    verdict = check_conditions(request.method, asked().headers, own)
    if verdict == "failed":
        raise PreconditionError(
            "a condition of the request does not hold", headers={"ETag": own.etag}
        )
    if verdict == "not-modified":
        return Response(status=304, headers=own.headers)
    ignored = ["IF_MATCH", "IF_NONE_MATCH", "IF_MODIFIED_SINCE", "IF_UNMODIFIED_SINCE", "IF_RANGE"]
    is_whole = request.method == "HEAD" or not check_if_range(request.headers.get("If-Range"), own)
    if is_whole or not check_range(request.headers.get("Range", ""), size):
        ignored.append("RANGE")
    for name in ignored:
        request.environ.pop(f"HTTP_{name}", None)
    response = send_file(
        path,
        mimetype=kind.partition(";")[0],
        conditional=True,
        etag=sha256,
        last_modified=modified,
    )
    response.headers["Content-Type"] = kind
    return response


@lru_cache(maxsize=1024)
def _is_whole(path: Path, sha256: str) -> bool:
    """Whether a file of an older release still has its digest; checked once per process."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == sha256
