"""The release folder: opened only when whole, swapped in one step, never half written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.errors import ReleaseCorruptError, ReleaseFormatError, ReleaseMissingError
from loader.release.manifest import FORMAT, FileEntry, Manifest, release_id
from loader.release.opened import (
    ReleaseError,
    current_release,
    current_release_id,
    list_refused,
    list_releases,
    open_release,
    use_release,
)
from loader.write.staging import stage_release
from tests.places import ROOT
from tests.server_release import make_release

FILES = {"dumps/pacta.nq": b"<a:s> <a:p> <a:o> <a:g> .\n", "ontology/core.ttl": b""}


def edit(path: Path, **changes: object) -> None:
    """Overwrite keys of a release.json; None removes one."""
    data = json.loads(path.read_text())
    data.update(changes)
    path.write_text(json.dumps({k: v for k, v in data.items() if v is not None}))


def test_release_is_opened_with_what_was_written(tmp_path: Path) -> None:
    """Files, digests and description come back, and the release is in use."""
    made = make_release(tmp_path, FILES, counts={"quads": 1}, issued="2026-11-22")

    opened = open_release(made.path)

    assert opened == made
    assert opened.manifest.counts == {"quads": 1}
    assert opened.manifest.files["ontology/core.ttl"] == FileEntry(
        0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )
    assert opened.file("dumps/pacta.nq").read_bytes() == FILES["dumps/pacta.nq"]
    assert current_release(tmp_path) == made


def test_release_current_is_a_relative_symlink(tmp_path: Path) -> None:
    """The whole folder can be moved; `current` still works, also as an argument."""
    made = make_release(tmp_path / "a", FILES)
    (tmp_path / "a").rename(tmp_path / "b")

    moved = open_release(tmp_path / "b" / "current")

    assert (tmp_path / "b" / "current").readlink() == Path("releases") / made.id
    assert moved.id == made.id


def test_release_modes_do_not_depend_on_the_umask(tmp_path: Path) -> None:
    """Files are 644 and folders 755 whatever the umask."""
    before = os.umask(0o077)
    try:
        path = make_release(tmp_path, FILES).path
    finally:
        os.umask(before)

    modes = {p.is_dir(): p.stat().st_mode & 0o777 for p in [path, *path.rglob("*")]}

    assert modes == {True: 0o755, False: 0o644}


@pytest.mark.parametrize("damage", [b"", b"x" * 26, FILES["dumps/pacta.nq"] + b"\n"])
def test_release_with_a_changed_file_is_refused(tmp_path: Path, damage: bytes) -> None:
    """A shorter, longer or changed file is found, and named."""
    made = make_release(tmp_path, FILES)
    made.file("dumps/pacta.nq").write_bytes(damage)

    with pytest.raises(ReleaseCorruptError, match=r"pacta\.nq: the file"):
        open_release(made.path)


def test_release_with_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A file that the manifest names must be there, as a file."""
    made = make_release(tmp_path, FILES)
    made.file("ontology/core.ttl").unlink()

    with pytest.raises(ReleaseCorruptError, match="it is not there"):
        open_release(made.path)


def test_release_with_a_file_replaced_by_a_symlink_is_refused(tmp_path: Path) -> None:
    """A symlink could point anywhere later, even if its content is right today."""
    made = make_release(tmp_path, FILES)
    path = made.file("dumps/pacta.nq")
    outside = tmp_path / "outside"
    path.rename(outside)
    path.symlink_to(outside)

    with pytest.raises(ReleaseCorruptError):
        open_release(made.path)


def test_release_folder_without_manifest_is_refused(tmp_path: Path) -> None:
    """An empty folder, a file and nothing at all are no releases."""
    (tmp_path / "file").touch()

    for path in (tmp_path, tmp_path / "absent", tmp_path / "file"):
        with pytest.raises(ReleaseMissingError):
            open_release(path)


def test_release_of_another_format_is_refused(tmp_path: Path) -> None:
    """A newer format is refused by number, even if everything else is unreadable."""
    made = make_release(tmp_path, FILES)
    edit(made.path / "release.json", format=FORMAT + 1, files=None)

    with pytest.raises(ReleaseFormatError, match="release format 2"):
        open_release(made.path)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "1"},
        {"format": True},
        {"id": "../../etc"},
        {"id": None},
        {"base": 1},
        {"languages": "en"},
        {"counts": {"quads": "many"}},
        {"files": {"../outside": {"bytes": 0, "sha256": "0" * 64}}},
        {"files": {"/etc/passwd": {"bytes": 0, "sha256": "0" * 64}}},
        {"files": {"a//b": {"bytes": 0, "sha256": "0" * 64}}},
        {"files": {"release.json": {"bytes": 0, "sha256": "0" * 64}}},
        {"files": {"a": {"bytes": 0, "sha256": "0" * 63}}},
        {"files": {"a": {"bytes": "0", "sha256": "0" * 64}}},
        {"files": {"a": []}},
    ],
)
def test_release_with_a_broken_manifest_is_refused(
    tmp_path: Path, change: dict[str, object]
) -> None:
    """Every value is checked, and no file name leads out of the folder."""
    made = make_release(tmp_path, FILES)
    edit(made.path / "release.json", **change)

    with pytest.raises(ReleaseCorruptError, match=r"release\.json"):
        open_release(made.path)


@pytest.mark.parametrize("text", ["", "[]", "{", "\ud800".encode("utf-16", "surrogatepass")])
def test_release_with_a_manifest_that_is_no_json_is_refused(
    tmp_path: Path, text: str | bytes
) -> None:
    """Half a manifest, another JSON value and another encoding are damage, not our bug."""
    made = make_release(tmp_path, FILES)
    (made.path / "release.json").write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(ReleaseCorruptError):
        open_release(made.path)


def test_release_with_keys_of_a_later_version_opens(tmp_path: Path) -> None:
    """Within one format, keys may be added."""
    made = make_release(tmp_path, FILES)
    edit(made.path / "release.json", mood="good")

    assert open_release(made.path).id == made.id


def test_release_gives_only_files_of_its_manifest(tmp_path: Path) -> None:
    """What somebody laid beside is not handed out."""
    made = make_release(tmp_path, FILES)
    (made.path / "secret").touch()

    for name in ("secret", "../current", "release.json"):
        with pytest.raises(ReleaseMissingError):
            made.file(name)


def test_release_in_use_changes_only_to_a_sound_one(tmp_path: Path) -> None:
    """`use` verifies first; a damaged or unknown release leaves the one in use."""
    old = make_release(tmp_path, FILES)
    new = make_release(tmp_path, {**FILES, "more": b"x"})
    assert current_release_id(tmp_path) == new.id

    use_release(tmp_path, old.id)
    assert current_release(tmp_path) == old

    new.file("more").write_bytes(b"y")
    with pytest.raises(ReleaseCorruptError):
        use_release(tmp_path, new.id)
    with pytest.raises(ReleaseMissingError, match=f"kept: .*{old.id}"):
        use_release(tmp_path, "test-00000000")
    with pytest.raises(ReleaseMissingError):
        use_release(tmp_path, f"../releases/{old.id}")
    assert current_release(tmp_path) == old


def test_release_list_names_what_is_refused(tmp_path: Path) -> None:
    """Readable releases by date; every other folder with the reason."""
    late = make_release(tmp_path, FILES, issued="2026-02-01")
    early = make_release(tmp_path, FILES, issued="2026-01-01")
    renamed = tmp_path / "releases" / "test-00000000"
    early.path.rename(renamed)
    (tmp_path / "releases" / "empty").mkdir()
    (tmp_path / "releases" / ".new-1").mkdir()

    assert list_releases(tmp_path) == (late,)
    assert [p.name for p, _ in list_refused(tmp_path)] == ["empty", "test-00000000"]

    renamed.rename(early.path)
    assert list_releases(tmp_path) == (early, late)
    assert list_releases(tmp_path / "nowhere") == ()


def test_release_none_in_use(tmp_path: Path) -> None:
    """A folder without `current` says what to do."""
    assert current_release_id(tmp_path) is None
    with pytest.raises(ReleaseMissingError, match="pacta build"):
        current_release(tmp_path)


def test_release_of_the_same_id_is_not_written_twice(tmp_path: Path) -> None:
    """A sound release is never changed; a damaged one is replaced and set aside."""
    made = make_release(tmp_path, FILES)
    with pytest.raises(ReleaseError, match="already there"):
        make_release(tmp_path, FILES)

    made.file("dumps/pacta.nq").write_bytes(b"")
    again = make_release(tmp_path, FILES)

    assert open_release(again.path) == made
    assert (tmp_path / "releases" / f".damaged-1-{made.id}").is_dir()


def test_release_id_is_a_plain_folder_name() -> None:
    """The line stands in a path and in addresses."""
    assert release_id("2026.11", "0123456789") == "2026.11-01234567"
    for line in ("", "..", "a/b", "A", "-a", "a--b", "é"):
        with pytest.raises(ReleaseError):
            release_id(line, "0123456789")


def test_stage_removes_what_interrupted_builds_left(tmp_path: Path) -> None:
    """The next build cleans, and its own staging folder goes when it fails."""
    left = tmp_path / "releases" / ".new-1"
    left.mkdir(parents=True)
    (left / "half").touch()

    def fail() -> None:
        with stage_release(tmp_path) as staging:
            assert not left.exists()
            (staging / "file").touch()
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert [p.name for p in (tmp_path / "releases").iterdir()] == [".lock"]


def test_stage_waits_for_the_build_under_way(tmp_path: Path) -> None:
    """A second build is told who is writing, and gives up in time."""
    told: list[str] = []

    with (
        stage_release(tmp_path),
        pytest.raises(ReleaseError, match=f"process {os.getpid()}"),
        stage_release(tmp_path, wait_s=0.2, on_wait=told.append),
    ):
        pass

    assert told == [str(os.getpid())]
    with stage_release(tmp_path, wait_s=0):
        pass


STOP = """
import os, sys
from dataclasses import replace
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from loader.release.opened import current_release
from loader.write.staging import publish_release, stage_release
out, stop = Path(sys.argv[1]), int(sys.argv[2])
manifest = replace(current_release(out).manifest, id="next-01234567", line="next")
seen = 0
def count(event, args):
    global seen
    if event in ("open", "os.rename", "os.symlink", "os.mkdir", "os.chmod", "os.rmdir"):
        seen += 1
        if seen == stop:
            os.kill(os.getpid(), 9)
sys.addaudithook(count)
with stage_release(out) as staging:
    (staging / "a").write_bytes(b"1")
    (staging / "b").mkdir()
    (staging / "b/c").write_bytes(b"2")
    publish_release(out, staging, manifest)
print(seen)
"""


@pytest.mark.slow
def test_release_in_use_survives_a_kill_at_every_step(tmp_path: Path) -> None:
    """SIGKILL before each system call that changes the folder: old or new, always whole."""
    script = tmp_path / "stop.py"
    script.write_text(STOP)
    root = str(ROOT)
    step, code, out = 0, -signal.SIGKILL, tmp_path / "out"
    old = make_release(out, FILES)
    seen = set()

    while code == -signal.SIGKILL:
        step += 1
        use_release(out, old.id)
        code = subprocess.run(
            [sys.executable, "-I", script, out, str(step), root], capture_output=True, check=False
        ).returncode
        seen.add(current_release(out).id)
        for release in list_releases(out):
            release.verify()
        assert list_refused(out) == ()
        for release in list_releases(out):
            if release.id != old.id and code == -signal.SIGKILL:
                release.path.rename(tmp_path / f"kept-{step}")

    assert code == 0
    assert step > 10
    assert len(seen) == 2
    assert [p.name for p in (out / "releases").glob(".new-*")] == []


FILL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from loader.errors import ReleaseError
from loader.write.staging import stage_release
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    with stage_release(Path(sys.argv[1])) as staging:
        (staging / "big").write_bytes(b"x" * 8192)
except ReleaseError as error:
    print(error)
    sys.exit(2)
"""


def test_release_in_use_survives_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    """No space for a file (here: a limit of the kernel): clear message, nothing left over."""
    old = make_release(tmp_path, FILES)
    script = tmp_path / "fill.py"
    script.write_text(textwrap.dedent(FILL))

    done = subprocess.run(
        [sys.executable, "-I", script, tmp_path, str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2, done.stderr
    assert "cannot write the release: File too large" in done.stdout
    assert "make room" in done.stdout
    assert current_release(tmp_path) == old
    assert sorted(p.name for p in (tmp_path / "releases").iterdir()) == [".lock", old.id]


names = st.lists(st.text("abcé.", min_size=1).filter(lambda s: s not in (".", "..")), min_size=1)
texts = st.dictionaries(st.text(), st.text())


@given(
    title=texts,
    counts=st.dictionaries(st.text(), st.integers(0)),
    files=st.dictionaries(
        names.map("/".join).filter(lambda n: n != "release.json"),
        st.builds(FileEntry, st.integers(0), st.binary(min_size=32, max_size=32).map(bytes.hex)),
    ),
)
def test_manifest_survives_a_round_trip(
    title: dict[str, str],
    counts: dict[str, int],
    files: dict[str, FileEntry],
) -> None:
    """What is written is read again, byte for byte the same."""
    manifest = Manifest(
        format=FORMAT,
        id="2026.11-0123abcd",
        line="2026.11",
        base="http://localhost:8000/",
        title=title,
        description={},
        issued="2026-11-22",
        publisher={},
        licence="",
        languages=("en", "lt"),
        pacta_version="0",
        counts=counts,
        files=files,
    )

    read = Manifest.from_json(manifest.to_json())

    assert read == manifest
    assert read.to_json() == manifest.to_json()
