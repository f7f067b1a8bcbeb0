"""deploy/: the unit and the Containerfile, as far as a machine without services can tell."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pacta
from tests.places import ROOT
from tests.skips import needs

PAGE = ROOT / "docs" / "how-to" / "deploy.md"
UNIT = ROOT / "deploy" / "pacta.service"
CONTAINERFILE = ROOT / "deploy" / "Containerfile"
ANALYZE = shutil.which("systemd-analyze")
INSTRUCTIONS = {
    *("FROM", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "VOLUME", "HEALTHCHECK", "CMD"),
}


def read_instructions() -> list[tuple[str, str]]:
    """Instruction and arguments, continued lines joined."""
    text = CONTAINERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.partition(" ")[0], line.partition(" ")[2]) for line in lines]


def test_the_page_shows_the_unit() -> None:
    """The unit in deploy/ and the one on the page are the same."""
    shown = re.search(r"```ini\n.*?\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert shown is not None
    assert shown[1] == UNIT.read_text(encoding="utf-8").partition("\n")[2]


@needs("systemd-analyze", ANALYZE)
def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    """`systemd-analyze verify` finds no fault; only the program's place is replaced."""
    text = UNIT.read_text(encoding="utf-8")
    unit = tmp_path / "pacta.service"
    unit.write_text(text.replace("/opt/pacta/bin/pacta", sys.executable), encoding="utf-8")
    done = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stderr)


def test_commands_of_unit_and_container_are_commands_of_pacta() -> None:
    """Every option is one that `pacta serve` knows."""
    parser = pacta.make_parser()
    started = re.search(r"^ExecStart=\S+ (.*)$", UNIT.read_text(encoding="utf-8"), re.M)
    assert started is not None
    command = json.loads(dict(read_instructions())["CMD"])
    assert command[0].endswith("/pacta")
    for arguments in (started[1].split(), command[1:]):
        assert "/srv/pacta/build" == parser.parse_args(arguments).out


def test_containerfile_copies_what_is_there_and_pins_what_it_installs() -> None:
    """Known instructions, sources that exist, hashes demanded, and not root at the end."""
    instructions = read_instructions()
    assert {name for name, _ in instructions} <= INSTRUCTIONS
    for name, arguments in instructions:
        source = arguments.split()[0]
        if name == "COPY" and not source.startswith("--from"):
            assert (ROOT / source).exists(), source
    runs = " ".join(arguments for name, arguments in instructions if name == "RUN")
    assert "--require-hashes -r /tmp/run.lock" in runs
    assert "pacta" == dict(instructions)["USER"]
