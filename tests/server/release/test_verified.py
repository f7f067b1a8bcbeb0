"""What was verified is not read again; what changed since is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from loader.release.opened import Release, ReleaseCorruptError
from server.cli import EXIT_INPUT
from server.release.verified import verify_release
from tests.places import ROOT
from tests.server_release import make_small_release

DUMP = "dumps/pacta.nq"


def run_prepare(out: Path) -> subprocess.CompletedProcess[str]:
    """`pacta prepare` in a process of its own."""
    command = [sys.executable, "-m", "pacta", "prepare", "--out", str(out)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def read_bytes_of(release: Release, record: Path) -> int:
    """Bytes that this process reads while it verifies a release."""
    before = Path("/proc/self/io").read_text("ascii")
    verify_release(release, record)
    after = Path("/proc/self/io").read_text("ascii")
    return int(after.split()[1]) - int(before.split()[1])


def test_second_time_reads_the_record_alone(tmp_path: Path) -> None:
    """All files are read at first, none of them later."""
    release, record = make_small_release(tmp_path), tmp_path / "stores" / "x.verified"
    whole = sum(entry.bytes for entry in release.manifest.files.values())

    assert read_bytes_of(release, record) >= whole
    assert read_bytes_of(release, record) < record.stat().st_size + 4096 < whole


def test_a_file_that_was_copied_is_read_again(tmp_path: Path) -> None:
    """The same bytes in another inode are read, and found good."""
    release, record = make_small_release(tmp_path), tmp_path / "x.verified"
    verify_release(release, record)
    path = release.file(DUMP)
    other = path.with_suffix(".copy")
    other.write_bytes(path.read_bytes())
    other.replace(path)

    assert read_bytes_of(release, record) >= release.manifest.files[DUMP].bytes


@pytest.mark.parametrize("kept_time", [False, True], ids=["touched", "time set back"])
def test_a_changed_file_is_refused_whatever_its_time_says(tmp_path: Path, kept_time: bool) -> None:
    """One letter other, size and time of modification the same: refused."""
    release, record = make_small_release(tmp_path), tmp_path / "x.verified"
    verify_release(release, record)
    path = release.file(DUMP)
    status, data = path.stat(), path.read_bytes()
    path.write_bytes(data[:-2] + b"X\n")
    if kept_time:
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

    for _ in range(2):  # a refusal leaves no record of itself
        with pytest.raises(ReleaseCorruptError, match=r"pacta\.nq"):
            verify_release(release, record)


@pytest.mark.parametrize("text", ["", "[]", '{"dumps/pacta.nq": 3}', "\x00"])
def test_a_broken_record_is_no_record(tmp_path: Path, text: str) -> None:
    """Whatever lies there, files that it does not vouch for are read."""
    release, record = make_small_release(tmp_path), tmp_path / "x.verified"
    record.write_text(text, encoding="utf-8")

    assert read_bytes_of(release, record) >= release.manifest.files[DUMP].bytes


@pytest.mark.slow
def test_prepare_makes_store_index_and_record(tmp_path: Path) -> None:
    """`pacta prepare` leaves what a start needs, and says so; a damaged release is refused."""
    release = make_small_release(tmp_path)
    done = run_prepare(tmp_path)
    made = {path.name for path in (tmp_path / "stores").iterdir()}

    assert done.returncode == 0
    assert done.stdout.startswith(f"release {release.id} is ready to be served;")
    assert {f"{release.id}.store", f"{release.id}.verified"} < made
    assert any(name.endswith(".search") for name in made)

    release.file(DUMP).write_bytes(b"")
    refused = run_prepare(tmp_path)
    assert refused.returncode == EXIT_INPUT
    assert "pacta.nq" in refused.stderr
