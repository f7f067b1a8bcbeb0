"""A release made from files, and a small one from hand-written quads, for the tests."""

import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyoxigraph as ox
from flask.testing import FlaskClient

from loader.read.ontology.context import render_context
from loader.read.ontology.vocabulary import read_vocabulary
from loader.release.manifest import FORMAT, Manifest, release_id
from loader.release.opened import Release
from loader.write.staging import publish_release, stage_release
from server.app import create_app
from server.release.current import ReleaseHolder
from server.settings import Settings
from tests.places import ROOT

BASE = "http://localhost:8000/"
WITHDRAWN = {
    BASE + "id/treaty/old-name": {
        "successor": BASE + "id/treaty/peace-1920",
        "reason": {"en": "renamed before the first release"},
        "status": "withdrawn",
    },
    BASE + "id/party/ussr": {
        "successor": BASE + "id/party/soviet-russia",
        "reason": {"en": "two records of one party"},
        "status": "merged",
    },
}
REPORT = {
    "conforms": True,
    "results": [
        {
            "severity": "http://www.w3.org/ns/shacl#Warning",
            "focus": BASE + "id/treaty/peace-1920",
            "message": "the parts do not add up",
            "shape": "https://w3id.org/pacta/shapes/FigureShape",
            "file": "seeds/treaties/peace-1920.yaml",
            "line": 3,
        }
    ],
}
SHAPE = """
@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix pacta: <https://w3id.org/pacta/ns#> .
<https://w3id.org/pacta/shapes/TreatyShape> a sh:NodeShape ; sh:targetClass pacta:Treaty ;
  sh:property [ sh:path pacta:hasParty ; sh:minCount 2 ; sh:message "a treaty has two parties" ] .
"""
REPORT_TURTLE = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
<http://localhost:8000/report> a sh:ValidationReport ; sh:conforms true .
"""


@functools.cache
def _make_context() -> bytes:
    """The context of the real ontology."""
    return render_context(read_vocabulary(ROOT / "ontology").terms).encode()


def write_files(extra: str = "", base: str = BASE) -> dict[str, bytes]:
    """The files of the small release; `extra` is more TriG."""
    text = (ROOT / "tests/data/server/collection.trig").read_text(encoding="utf-8") + extra
    text = text.replace(BASE, base)
    quads = list(ox.parse(text.encode(), format=ox.RdfFormat.TRIG))
    triples = {ox.Triple(q.subject, q.predicate, q.object) for q in quads}
    nquads = ox.serialize(quads, format=ox.RdfFormat.N_QUADS) or b""
    ntriples = ox.serialize(sorted(triples, key=str), format=ox.RdfFormat.N_TRIPLES) or b""
    return {
        "dumps/pacta.nq": nquads,
        "dumps/pacta.nt": ntriples,
        "dumps/pacta.nt.gz": b"\x1f\x8bnot really",
        "ontology/context.jsonld": _make_context(),
        "about/withdrawn.json": json.dumps(WITHDRAWN).encode(),
        "shapes/treaty.ttl": SHAPE.encode(),
        "report/report.json": json.dumps(REPORT).encode(),
        "report/report.ttl": REPORT_TURTLE.encode(),
    }


def make_release(
    out: Path,
    files: Mapping[str, bytes],
    *,
    base: str = "http://localhost:8000/",
    line: str = "test",
    issued: str = "2026-01-01",
    **more: Any,
) -> Release:
    """Make a release of the given files and put it in use.

    The id comes from the files, so the same files give the same release.

    Args:
        out: the folder of releases; made if absent.
        files: path below the release folder → content.
        base: the base address.
        line: the release line.
        issued: the date of the release.
        more: other fields of `Manifest`, such as ``title`` or ``counts``.
    """
    digest = hashlib.sha256(repr((base, issued, sorted(files.items()))).encode()).hexdigest()
    given: dict[str, Any] = {
        "title": {"en": "Test collection"},
        "description": {"en": "Files made for a test."},
        "publisher": {"name": "Nobody"},
        "licence": "https://creativecommons.org/licenses/by/4.0/",
        "languages": ("en",),
        "pacta_version": "0",
        **more,
    }
    name = release_id(line, digest)
    manifest = Manifest(format=FORMAT, id=name, line=line, base=base, issued=issued, **given)
    with stage_release(out) as staging:
        for path, content in files.items():
            target = staging / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        return publish_release(out, staging, manifest)


def make_small_release(out: Path, extra: str = "", base: str = BASE) -> Release:
    """Write the small release into a folder of releases and put it in use."""
    return make_release(
        out,
        write_files(extra, base),
        base=base,
        line="2026.11",
        issued="2026-11-22",
        title={"en": "A test collection", "lt": "Bandomasis rinkinys"},
        kinds={"treaty": 2, "party": 3, "place": 1, "base": 1, "disagreement": 1},
        licence="https://creativecommons.org/licenses/by/4.0/",
        publisher={"name": "The testers", "url": "https://example.org/"},
    )


def make_client(out: Path, settings: Settings | None = None) -> FlaskClient:
    """A client of the application over the release in use in a folder."""
    holder = ReleaseHolder(out)
    holder.open()
    return create_app(settings or Settings(), holder).test_client()
