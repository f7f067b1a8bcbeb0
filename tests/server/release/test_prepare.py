"""`pacta prepare` tells a terminal how far it is, and a pipe nothing."""

from __future__ import annotations

import contextlib
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT
from tests.server_release import make_small_release

pytestmark = pytest.mark.slow


def prepare_on_terminal(out: Path) -> str:
    """What `pacta prepare` writes to standard error where that is a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "pacta", "prepare", "--out", str(out)]
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env=environment | {"TERM": "xterm"},
    ):
        os.close(theirs)
        said = b""
        with contextlib.suppress(OSError):  # how Linux says that the other side has closed
            while piece := os.read(ours, 65536):
                said += piece
    os.close(ours)
    return said.decode()


def test_a_terminal_sees_what_is_made_and_how_much(tmp_path: Path) -> None:
    """Each stage, its count while it runs and at its end; what was there is said to be."""
    release = make_small_release(tmp_path)
    lines = sum(
        len((release.path / "dumps" / name).read_bytes().splitlines())
        for name in ("pacta.nq", "pacta.nt")
    )
    said = prepare_on_terminal(tmp_path)

    assert re.search(rf"  verify     {len(release.manifest.files)} files +\d\.\d\d s", said)
    stored = re.search(r"\r  store      ([\d,]+) statements +\d\.\d\d s", said)
    assert stored is not None
    assert f"{stored[1]} of {stored[1]} statements" in said
    assert int(stored[1].replace(",", "")) in (lines, lines // 2)
    found = re.search(r"\r  search     ([1-9][\d,]*) entries +\d\.\d\d s", said)
    assert found is not None
    assert f"0 of {found[1]} entries" in said
    again = prepare_on_terminal(tmp_path)
    assert re.search(r"\r  store      was there .*\r  search     was there ", again, re.S)


def test_a_pipe_sees_the_result_alone(tmp_path: Path) -> None:
    """Standard output has one line, standard error none."""
    make_small_release(tmp_path)
    command = [sys.executable, "-m", "pacta", "prepare", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)

    assert re.fullmatch(r"release \S+ is ready to be served; this took [\d.]+ s\n", done.stdout)
    assert done.stderr == ""
