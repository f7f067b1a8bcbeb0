"""Fixtures of the package: a wheel, and the program installed from it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.places import ROOT


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel built from the tree as it is, without any network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=ROOT,
        env={**os.environ, "PACTA_FRONTEND": "skip"},
        capture_output=True,
        check=True,
    )
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the `pacta` of a fresh environment that has the wheel, not the checkout.

    What the wheel depends on is taken from this environment, so nothing is fetched: a .pth file
    names its folder, whose own .pth files (the editable install) are then not read.
    """
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    install = ["-m", "pip", "--python", str(folder), "install", "--quiet"]
    alone = ["--no-deps", "--no-index", "--ignore-installed", str(wheel)]
    subprocess.run([sys.executable, *install, *alone], check=True, capture_output=True)
    return folder / "bin" / "pacta"
