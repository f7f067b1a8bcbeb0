"""The build: right, repeatable, and never at the cost of the release in use."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from rdflib import BNode, Literal, URIRef

from loader import pipeline
from loader.check.promises import (
    broken_promises,
    is_local,
    keep_addresses,
    lost_addresses,
)
from loader.errors import ConformanceError, LoaderError, SeedError
from loader.pipeline import Prepared, build, name_graphs, prepare
from loader.progress import Progress
from loader.rdf.ordering import NS, Triple
from loader.read.ontology.vocabulary import render_packaged_context
from loader.release.opened import Release, current_release, list_refused, list_releases
from loader.settings import Settings
from loader.workspace import Workspace, open_workspace
from loader.write.digest import id_of, input_digest
from loader.write.staging import reuse_release
from tests.places import ROOT
from tests.sample import sample
from tests.server_release import make_release
from tests.skips import skip_without
from tests.tinybuild import BASE, build_tiny, copy_tiny


@pytest.fixture
def built() -> tuple[Workspace, Release]:
    """The tiny workspace and its release, shared: not to be changed."""
    return build_tiny()


@pytest.fixture(scope="module")
def prepared() -> Prepared:
    """What the shared release was made of: not to be changed."""
    return prepare(build_tiny()[0], BASE, Progress())


@pytest.fixture
def copied(tmp_path: Path) -> tuple[Workspace, Path]:
    """A copy of the built workspace and of its folder of releases, to be changed at will."""
    return copy_tiny(tmp_path)


def settings(out: Path) -> Settings:
    """Return settings that build into a folder."""
    return Settings(out=str(out))


@pytest.mark.slow
def test_the_context_of_the_package_is_that_of_its_releases(
    built: tuple[Workspace, Release],
) -> None:
    """Byte for byte, so that `pacta serve --data` knows it by the digest in its address."""
    context = built[1].file("ontology/context.jsonld").read_text(encoding="utf-8")

    assert render_packaged_context() == context


@pytest.mark.slow
def test_build_again_does_nothing(built: tuple[Workspace, Release]) -> None:
    """Same input, same id: verified, and no file touched."""
    workspace, release = built
    before = {p: p.stat().st_mtime_ns for p in release.path.rglob("*")}

    again = build(workspace, BASE, settings(release.path.parent.parent), Progress())

    assert again == release
    assert {p: p.stat().st_mtime_ns for p in release.path.rglob("*")} == before


@pytest.mark.slow
def test_build_replaces_a_damaged_release(copied: tuple[Workspace, Path]) -> None:
    """A changed byte is found by the next build, which writes the release anew."""
    workspace, out = copied
    broken = current_release(out).file("dumps/pacta.nt")
    whole = broken.read_bytes()
    broken.write_bytes(whole[:-1])

    release = build(workspace, BASE, settings(out), Progress())

    release.verify()
    assert broken.read_bytes() == whole


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Release, Release]:
    """Releases before and after a change of the seeds, and their folder; not to be changed."""
    workspace, out = copy_tiny(tmp_path_factory.mktemp("changed"))
    old = current_release(out)
    entry = "- {id: treaty/lake-peace, into: treaty/lakeside-peace, reason: {en: one treaty}}\n"
    file = workspace.seeds / "withdrawn.yaml"
    file.write_text(file.read_text(encoding="utf-8") + entry, encoding="utf-8")
    return out, old, build(workspace, BASE, settings(out), Progress())


@pytest.mark.slow
def test_build_of_changed_seeds_is_another_release(changed: tuple[Path, Release, Release]) -> None:
    """Another id, in use; the old one stays, whole."""
    out, old, new = changed

    assert new.id != old.id
    assert current_release(out) == new
    assert [r.id for r in list_releases(out)] == sorted([old.id, new.id])
    old.verify()
    files = ("dumps/pacta.nq", "report/report.json")
    assert [old.manifest.files[f] == new.manifest.files[f] for f in files] == [False, True]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("seeds/parties/parties.yaml", "type: Party", "type: [", r"parties\.yaml:\d+:\d+"),
        ("seeds/parties/parties.yaml", "type: Party", "type: Partie", r"unknown class 'Partie'"),
        ("ontology/core.ttl", "@prefix", "@prefixx", r"core\.ttl"),
        ("shapes/treaty.ttl", "@prefix", "@prefixx", r"treaty\.ttl"),
        ("queries/treaties.rq", "SELECT", "SELEKT", r"treaties\.rq:3:\d+"),
        ("pacta.toml", "base =", "basis =", r"pacta\.toml"),
    ],
)
def test_build_of_broken_input_keeps_the_release_in_use(
    copied: tuple[Workspace, Path], name: str, old: str, new: str, message: str
) -> None:
    """Whatever is broken: file and place are named, nothing is left over, nothing changes."""
    workspace, out = copied
    before = current_release(out)
    file = workspace.root / name
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))

    with pytest.raises(LoaderError, match=message):
        build(open_workspace(workspace.root), BASE, settings(out), Progress())

    assert current_release(out) == before
    assert sorted(p.name for p in (out / "releases").iterdir()) == [".lock", before.id]


@pytest.mark.slow
def test_build_of_data_that_does_not_conform_names_the_record(
    copied: tuple[Workspace, Path],
) -> None:
    """The report's focus node has the file and line of its record."""
    workspace, out = copied
    before = current_release(out)
    file = workspace.seeds / "persons" / "ruun.yaml"
    text = file.read_text()
    start = text.index("label:")
    end = text.index("\n", start)
    file.write_text(text[:start] + text[end + 1 :])

    with pytest.raises(ConformanceError) as error:
        build(workspace, BASE, settings(out), Progress())

    assert error.value.exit_code == 1
    assert error.value.path == file
    assert error.value.line == 1
    assert current_release(out) == before


@pytest.mark.slow
def test_build_on_a_full_disk_keeps_the_release_in_use(
    copied: tuple[Workspace, Path], tmp_path: Path
) -> None:
    """A real small disk where one can be mounted: message, exit code 2, old release whole."""
    workspace, out = copied
    disk = tmp_path / "disk"
    disk.mkdir()
    size = sum((p.stat().st_size // 4096 + 2) * 4096 for p in out.rglob("*"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size + 300_000}", "tmpfs", disk],  # noqa: S607
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        skip_without("mount")
    try:
        shutil.copytree(out, disk, symlinks=True, dirs_exist_ok=True)
        before = current_release(disk)
        (workspace.seeds / "withdrawn.yaml").write_text("[]\n# changed\n")

        with pytest.raises(LoaderError, match="No space left on device") as error:
            build(workspace, BASE, settings(disk), Progress())

        assert "make room" in str(error.value)
        assert error.value.exit_code == 2
        assert current_release(disk) == before
        assert sorted(p.name for p in (disk / "releases").iterdir()) == [".lock", before.id]
    finally:
        subprocess.run(["umount", disk], check=True)  # noqa: S607


STAGES = ("read", "graph", "reason", "validate", "describe", "questions", "write", "publish")

KILLED = """
import os, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from loader.pipeline import build
from loader.progress import Progress
from loader.settings import Settings
from loader.workspace import open_workspace
stop, half = sys.argv[4], 0
class Killing(Progress):
    def stage(self, name):
        if name == stop:
            os.kill(os.getpid(), 9)
        return super().stage(name)
def during_write(event, args):
    global half
    if stop == "during write" and event == "open" and "/.new-" in str(args[0]):
        half += 1
        if half == 20:
            os.kill(os.getpid(), 9)
sys.addaudithook(during_write)
workspace = open_workspace(Path(sys.argv[2]))
build(workspace, workspace.publication.base, Settings(out=sys.argv[3]), Killing())
"""


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["during write", *sample(["validate", "write", "publish"], 1)])
def test_build_killed_at_any_stage_keeps_the_release_in_use(
    copied: tuple[Workspace, Path], tmp_path: Path, stage: str
) -> None:
    """SIGKILL leaves the old release whole and in use; the next build cleans and succeeds."""
    workspace, out = copied
    before = current_release(out)
    (workspace.seeds / "withdrawn.yaml").write_text("[]\n# changed\n")
    script = tmp_path / "killed.py"
    script.write_text(KILLED)

    done = subprocess.run(
        [sys.executable, script, ROOT, workspace.root, out, stage], capture_output=True, check=False
    )

    assert done.returncode == -signal.SIGKILL, done.stderr
    assert current_release(out) == before
    assert list_refused(out) == ()
    assert list((out / "releases").glob(".new-*"))
    if stage == "during write":
        after = build(workspace, BASE, settings(out), Progress())
        assert current_release(out) == after != before
        assert not list((out / "releases").glob(".new-*"))


@pytest.mark.slow
def test_build_tells_the_server_what_was_merged_and_what_withdrawn(
    changed: tuple[Path, Release, Release],
) -> None:
    """`about/withdrawn.json` has status, successor and reason of each address given up."""
    _, _, release = changed

    told = json.loads(release.file("about/withdrawn.json").read_bytes())
    assert told[f"{BASE}id/treaty/lake-peace"] == {
        "status": "merged",
        "successor": f"{BASE}id/treaty/lakeside-peace",
        "reason": {"en": "one treaty"},
    }
    assert {each["status"] for each in told.values()} == {"merged", "withdrawn"}


@pytest.mark.slow
def test_build_twice_at_once_gives_one_release(
    copied: tuple[Workspace, Path], tmp_path: Path
) -> None:
    """The second waits for the first and takes what it made."""
    workspace, _ = copied
    command: list[str | Path] = [sys.executable, ROOT / "pacta.py", "build"]
    command += ["--workspace", workspace.root, "--out", tmp_path / "fresh"]

    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate()[0] for process in both]

    assert [process.returncode for process in both] == [0, 0]
    assert outputs[0] == outputs[1]
    assert len(list_releases(tmp_path / "fresh")) == 1


@pytest.mark.slow
def test_build_again_is_quick_and_imports_nothing_heavy(
    copied: tuple[Workspace, Path],
) -> None:
    """The second `make serve`: no rdflib, no pySHACL, nothing that takes long to load."""
    workspace, out = copied
    root = str(workspace.root)
    code = (
        "import sys, runpy\n"
        f"sys.argv = ['pacta', 'build', '--workspace', {root!r}, '--out', {str(out)!r}]\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "import pacta\n"
        "code = pacta.main()\n"
        "heavy = {'rdflib', 'pyshacl', 'pyoxigraph', 'flask', 'yaml', 'SPARQLWrapper'}\n"
        "sys.exit(code or ', '.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_digest_depends_on_everything_a_build_reads(tiny: Workspace) -> None:
    """A changed byte, name, base; not the folder, nor files that no build reads."""
    first = input_digest(tiny, BASE)
    seen = {first}

    assert input_digest(tiny, "http://localhost:8001/") not in seen
    (tiny.seeds / "README.md").write_text("for people")
    (tiny.seeds / ".DS_Store").write_text("")
    assert input_digest(tiny, BASE) == first
    for name in (
        "pacta.toml",
        "ontology/core.ttl",
        "ontology/vocab/rank.ttl",
        "shapes/base.ttl",
        "queries/treaties.rq",
    ):
        file = tiny.root / name
        file.write_bytes(file.read_bytes() + b"\n")
        assert input_digest(tiny, BASE) not in seen
        seen.add(input_digest(tiny, BASE))
    (tiny.seeds / "persons" / "ruun.yaml").rename(tiny.seeds / "persons" / "other.yaml")
    assert input_digest(tiny, BASE) not in seen
    assert id_of(tiny, BASE).startswith(f"{tiny.publication.line}-")


@pytest.mark.slow
def test_prepared_store_joins_nodes_without_a_name(prepared: Prepared) -> None:
    """A question may ask for a node of the union in its named graph."""
    store = prepared.store

    inside = "?s <http://www.w3.org/1999/02/22-rdf-syntax-ns#first> ?o"
    assert store.select(f"ASK {{ {inside} }}") is True
    assert store.select(f"ASK {{ {inside} MINUS {{ GRAPH ?g {{ {inside} }} }} }}") is False


def test_graphs_get_canonical_labels_for_nodes_without_a_name() -> None:
    """Whatever labels a parser gave them, in whatever order."""
    p, q = URIRef(NS + "p"), URIRef(NS + "q")

    def named(label: str) -> dict[URIRef, frozenset[Triple]]:
        node = BNode(label)
        graphs: dict[str, set[Triple]] = {
            "vocabulary": {(p, q, node), (node, q, Literal("x"))},
            "facts": {(p, q, p)},
        }
        return name_graphs(graphs, BASE)

    assert named("n1") == named("zz")
    assert list(named("n1")) == [URIRef(f"{BASE}graph/{n}") for n in ("facts", "vocabulary")]


def release_with(out: Path, *names: str, base: str = BASE) -> Release:
    """Make a release in which the named things are subjects."""
    lines = "".join(f'<{base}id/{name}> <{NS}p> "x" .\n' for name in names)
    return make_release(out, {"dumps/pacta.nt": lines.encode()}, base=base)


def test_lost_addresses_are_named_with_a_stub(tmp_path: Path) -> None:
    """Parts, passages and descriptions of releases promise nothing; all else does."""
    release_with(
        tmp_path,
        "treaty/a",
        "treaty/b",
        "status/c--d",
        "treaty/a#part",
        "evidence/1-2-3",
        "dataset/x",
    )
    file = tmp_path / "withdrawn.yaml"

    error = lost_addresses(tmp_path, BASE, {"treaty/a"}, file)

    assert isinstance(error, SeedError)
    assert "2 addresses" in error.message
    assert "are gone: status/c--d, treaty/b" in error.message
    assert "- {id: treaty/b, reason: {en: …}}" in (error.hint or "")
    everything = {"treaty/a", "treaty/b", "status/c--d"}
    assert lost_addresses(tmp_path, BASE, everything, file) is None


def test_promised_addresses_are_kept_withdrawn_or_refused(tmp_path: Path) -> None:
    """A check of a copy without a promised thing, with another property first, and mended."""
    workspace, out = copy_tiny(tmp_path)
    assert keep_addresses(current_release(out), workspace.seeds).parent.name == "promised"
    file = workspace.seeds / "treaties" / "lakeside-peace.yaml"
    before = file.read_text(encoding="utf-8")
    prepare(workspace, BASE, Progress(), answers="accept")

    file.write_text(before.replace("id: signed-june,", "id: signed-in-june,"), encoding="utf-8")
    disputes = workspace.seeds / "disagreements" / "lakeside.yaml"
    text = disputes.read_text(encoding="utf-8")
    disputes.write_text(text.replace("--signed-june", "--signed-in-june"), encoding="utf-8")
    with pytest.raises(SeedError, match="is gone: statement/lakeside-peace--signed-june") as lost:
        prepare(workspace, BASE, Progress(), answers="accept")
    assert "- {id: statement/lakeside-peace--signed-june, reason: {en: …}}" in str(lost.value)

    withdrawn = workspace.seeds / "withdrawn.yaml"
    kept = withdrawn.read_text(encoding="utf-8")
    withdrawn.write_text(
        f"{kept}- {{id: statement/lakeside-peace--signed-june, "
        "into: statement/lakeside-peace--signed-in-june, reason: {en: a better name}}\n",
        encoding="utf-8",
    )
    assert prepare(workspace, BASE, Progress(), answers="accept").graph.withdrawn


def test_a_promised_address_states_the_same_property() -> None:
    """A property written before the first one takes its address; that is told, not done."""
    promised = {"2026.1-0123abcd": {"statement/a--signed": "signedOn", "party/x": ""}}
    file = Path("withdrawn.yaml")
    same = {"statement/a--signed": "signedOn", "party/x": ""}

    assert [] == list(broken_promises(promised, same, (), file))
    (error,) = broken_promises(promised, same | {"statement/a--signed": "signedAt"}, (), file)
    assert "states signedAt; in release 2026.1-0123abcd it stated signedOn" in error.message


def test_a_promised_passage_that_nothing_rests_on_answers_as_withdrawn(tmp_path: Path) -> None:
    """No entry is needed; the release tells the reason."""
    workspace, out = copy_tiny(tmp_path)
    keep_addresses(current_release(out), workspace.seeds)
    file = workspace.seeds / "persons" / "ruun.yaml"
    text = file.read_text(encoding="utf-8")
    assert "900@377-404" in text
    file.write_text(text.replace("900@377-404", "900@0-29"), encoding="utf-8")

    graph = prepare(workspace, BASE, Progress(), answers="accept").graph

    assert ["evidence/900-377-404"] == [one.id for one in graph.withdrawn if one.id[0] == "e"]


def test_lost_addresses_of_another_base_or_no_release_promise_nothing(tmp_path: Path) -> None:
    """The first build, and a move to the real base."""
    assert lost_addresses(tmp_path, BASE, set(), tmp_path) is None

    release_with(tmp_path, "treaty/a")

    assert lost_addresses(tmp_path, "https://treaties.example.org/", set(), tmp_path) is None


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        ("http://localhost:8000/", True),
        ("http://127.0.0.1/", True),
        ("http://[::1]:8000/x/", True),
        ("https://pacta.test/", True),
        ("https://example.org/", False),
        ("https://localhost.example.org/", False),
        ("https://w3id.org/pacta/", False),
    ],
)
def test_promises_bind_public_bases_only(base: str, expected: bool) -> None:
    """An address on one's own machine is nobody's bookmark."""
    assert is_local(base) is expected


@pytest.mark.slow
def test_build_warns_or_refuses_when_an_address_is_lost(
    built: tuple[Workspace, Release], prepared: Prepared, tmp_path: Path
) -> None:
    """As the setting says; `auto` goes by the base."""
    text = built[1].file("dumps/pacta.nt").read_bytes()
    gone = f'<{BASE}id/treaty/gone> <{NS}p> "x" .\n'.encode()

    make_release(tmp_path, {"dumps/pacta.nt": text + gone})
    progress = Progress()
    pipeline.keep_promises(prepared, tmp_path, "auto", progress)
    assert ["1 address " in w and "treaty/gone" in w for w in progress.warnings] == [True]
    with pytest.raises(SeedError, match="treaty/gone"):
        pipeline.keep_promises(prepared, tmp_path, "refuse", progress)

    public = "https://treaties.example.org/"
    moved = replace(prepared, publication=replace(prepared.publication, base=public))
    make_release(
        tmp_path, {"dumps/pacta.nt": gone.replace(BASE.encode(), public.encode())}, base=public
    )
    with pytest.raises(SeedError):
        pipeline.keep_promises(moved, tmp_path, "auto", progress)
    pipeline.keep_promises(moved, tmp_path, "warn", progress)


@pytest.mark.slow
def test_build_warns_or_refuses_when_answers_change(
    copied: tuple[Workspace, Path],
) -> None:
    """A changed date is served on one's own machine; a public base, check and `refuse` refuse."""
    workspace, out = copied
    (rows,) = workspace.queries.glob("*.tsv")
    rows.write_text("?treaty\t?date\n", encoding="utf-8")

    progress = Progress()
    release = build(workspace, BASE, settings(out), progress)
    assert current_release(out) == release
    assert ["other rows than expected: 1 question;" in w for w in progress.warnings] == [True]

    rows.write_text("?treaty\n", encoding="utf-8")
    refusing = ((BASE, "refuse"), ("https://treaties.example.org/", "auto"))
    for base, rule in sample(refusing, 1):
        with pytest.raises(ConformanceError, match="columns are"):
            build(workspace, base, replace(settings(out), changed_answers=rule), Progress())
    with pytest.raises(ConformanceError, match="columns are"):
        prepare(workspace, BASE, Progress())
    assert current_release(out) == release


def test_reuse_of_an_absent_release_is_none(tmp_path: Path) -> None:
    """The quick path ends where there is nothing to reuse."""
    assert reuse_release(tmp_path, "tiny-00000000") is None
