"""Runs a `pacta` that was installed from the wheel, away from the checkout."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def list_variables() -> dict[str, str]:
    """The environment without settings of Pacta and what leads Python to the checkout."""
    left_out = ("PACTA_", "PYTHON", "COVERAGE")
    return {name: value for name, value in os.environ.items() if not name.startswith(left_out)}


def run_installed(
    pacta: Path, *arguments: str, cwd: Path, timeout_s: float = 120
) -> subprocess.CompletedProcess[str]:
    """Run the installed command in a folder that is not the checkout."""
    return subprocess.run(
        [pacta, *arguments],
        cwd=cwd,
        env=list_variables(),
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout_s,
    )
