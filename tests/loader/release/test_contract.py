"""The contract between loader and server: what a release folder holds, whoever builds it where."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from loader.rdf.ordering import nt
from loader.release.opened import Release, current_release
from loader.release.store import Store, canonical, parse
from loader.workspace import Workspace
from tests.places import ROOT
from tests.sample import sample
from tests.tinybuild import BASE, build_tiny


@pytest.fixture
def built() -> tuple[Workspace, Release]:
    """The tiny workspace and its release, shared: not to be changed."""
    return build_tiny()


@pytest.mark.slow
def test_contract_writes_what_the_release_format_promises(built: tuple[Workspace, Release]) -> None:
    """Every file of docs/release-format.md, verified, in use, and nothing besides."""
    _, release = built
    names = set(release.manifest.files)

    release.verify()
    dumps = {
        f"dumps/pacta.{e}{c}"
        for e in ("ttl", "nt", "nq", "trig", "jsonld", "rdf")
        for c in ("", ".gz", ".zst")
    }
    assert dumps <= names
    assert {"dumps/SHA256SUMS", "dumps/by-graph/facts.ttl", "dumps/by-kind/treaty.nt.gz"} <= names
    assert {
        f"ontology/{n}"
        for n in ("core.ttl", "evidence.ttl", "records.ttl", "mappings.ttl", "context.jsonld")
    } <= names
    assert {"ontology/vocab/lists.ttl", "ontology/vocab/treaty-kind.ttl"} <= names
    assert {"report/report.ttl", "report/report.nt", "report/report.json"} <= names
    assert {"about/description.ttl", "about/description.nt", "about/withdrawn.json"} <= names
    assert {"shapes/shapes.ttl", "queries/treaties.rq", "queries/treaties.tsv"} <= names
    on_disk = {
        p.relative_to(release.path).as_posix() for p in release.path.rglob("*") if p.is_file()
    }
    assert on_disk == names | {"release.json"}
    assert current_release(release.path.parent.parent) == release


@pytest.mark.slow
def test_contract_counts_in_the_manifest_are_those_of_the_dumps(
    built: tuple[Workspace, Release],
) -> None:
    """Quads, triples, graphs and kinds."""
    _, release = built
    manifest = release.manifest
    quads = set(parse(release.file("dumps/pacta.nq").read_bytes(), "nq"))

    assert manifest.counts["quads"] == len(quads)
    assert manifest.counts["triples"] == len({q[:3] for q in quads})
    assert manifest.counts["violations"] == 0
    assert None not in {q[3] for q in quads}
    for name, size in manifest.graphs.items():
        assert size == sum(1 for q in quads if str(q[3]) == f"{BASE}graph/{name}")
    for kind, size in manifest.kinds.items():
        start = f"{BASE}id/{kind}/"
        found = {str(q[0]) for q in quads if str(q[0]).startswith(start)}
        assert size == sum("#" not in address for address in found)


@pytest.mark.slow
def test_contract_dump_and_store_hold_the_same_quads(built: tuple[Workspace, Release]) -> None:
    """The engine rewrites no literal of ours: what it keeps is what the dump says, exactly."""
    text = built[1].file("dumps/pacta.nq").read_text(encoding="utf-8")
    store = Store()
    store.load(text)

    kept = "".join(
        f"{' '.join(nt(t) for t in quad if t is not None)} .\n" for quad in store.quads()
    )

    assert set(canonical(kept)) == set(canonical(text))
    assert set(parse(text, "nq")) == set(canonical(text))


@pytest.mark.slow
def test_contract_has_no_node_without_a_name_outside_the_vocabulary(
    built: tuple[Workspace, Release],
) -> None:
    """So that an entity's document is a subset of the dump."""
    text = built[1].file("dumps/pacta.nq").read_text()

    graphs = {line.split()[-2] for line in text.splitlines() if "_:" in line.partition(' "')[0]}

    assert graphs <= {f"<{BASE}graph/vocabulary>"}


def digests(folder: Path) -> dict[str, str]:
    """Return name → digest of every file below a folder, with modes."""
    return {
        p.relative_to(folder).as_posix(): f"{p.stat().st_mode:o} "
        + (hashlib.sha256(p.read_bytes()).hexdigest() if p.is_file() else "")
        for p in folder.rglob("*")
    }


def rewrite_backwards(source: Path, target: Path) -> None:
    """Copy a folder, its files created in the opposite order."""
    for path in sorted((p for p in source.rglob("*") if p.is_file()), reverse=True):
        (target / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
        (target / path.relative_to(source)).write_bytes(path.read_bytes())


@pytest.mark.slow
def test_contract_is_byte_identical_everywhere(
    built: tuple[Workspace, Release], tmp_path: Path
) -> None:
    """Folder, TZ, LANG, hash seed, umask, order of files and current folder do not matter."""
    workspace, release = built
    rewrite_backwards(workspace.root, tmp_path / "another place" / "ü")
    environments = [
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
        {
            "TZ": "America/St_Johns",
            "LC_ALL": "C.UTF-8",
            "PYTHONHASHSEED": "4242",
            "PYTHONUTF8": "1",
        },
    ]
    roots = [workspace.root, tmp_path / "another place" / "ü"]
    outs = [tmp_path / "one", tmp_path / "two" / "deeper"]

    cases = sample(zip(environments, roots, outs, (0o077, 0o002), strict=True), 1)
    for environment, root, out, umask in cases:
        done = subprocess.run(
            [sys.executable, ROOT / "pacta.py", "build", "--workspace", root, "--out", out],
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], **environment},
            umask=umask,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    own = digests(release.path)
    assert [own] * len(cases) == [digests(out / "releases" / release.id) for _, _, out, _ in cases]


@pytest.mark.slow
def test_contract_report_names_files_relative_to_the_workspace(
    built: tuple[Workspace, Release],
) -> None:
    """No path of a machine in a release."""
    _, release = built
    data = json.loads(release.file("report/report.json").read_text())

    assert data["conforms"] is True
    keys = {"severity", "rule", "focus", "path", "value", "message", "shape", "explanation", "file"}
    for row in data["results"]:
        assert keys | {"line", "column"} == set(row)
        assert row["file"] is None or row["file"].startswith("seeds/")


@pytest.mark.slow
def test_contract_turtle_of_the_tiny_release_is_golden(built: tuple[Workspace, Release]) -> None:
    """What people read, byte for byte; `make golden` writes it anew, and the diff is reviewed."""
    release = built[1]
    golden = ROOT / "tests" / "golden"
    parts = ("facts", "statements", "links", "inferred")

    for part in parts:
        text = release.file(f"dumps/by-graph/{part}.ttl").read_text(encoding="utf-8")
        text = text.replace(release.id, "tiny-00000000")
        path = golden / f"tiny-{part}.ttl"
        if os.environ.get("PACTA_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")

        assert path.read_text(encoding="utf-8") == text, "to accept: make golden"
