"""Fixtures that every test file may use.

`tiny` is a small whole workspace about invented countries; documents and suites are those of
the machine, and tests that need them skip where they are not there.
"""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from jinja2 import FileSystemBytecodeCache

from loader.read.ontology.vocabulary import Vocabulary, read_vocabulary
from loader.workspace import Workspace, open_workspace
from tests.places import ROOT
from tests.sample import LONG_TESTS, describe_sample, sample
from tests.skips import skip_without
from tests.templates import make_template_folder

TINY = ROOT / "tests" / "data" / "tiny"
GIVEN = dict(os.environ)
LOOPBACK = ("127.0.0.1", "::1", "localhost")

# A slow hour of the machine is no fault of the code: no example has a time limit.
settings.register_profile("pacta", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("pacta")

# A module or a template is compiled once, not by each process and each application again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False
Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(str(make_template_folder()))}


def pytest_report_header() -> str:
    """Say which sample the run takes."""
    return describe_sample()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take a few of the tests marked `long`; a file of few that is named runs whole.

    The files with most slow tests begin, so that no process is left with one of them at the end.
    """
    long = [item for item in items if item.get_closest_marker("long")]
    taken = set(sample(long, LONG_TESTS))
    left_out = [item for item in long if item not in taken]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no test connect to another machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK:
            raise AssertionError(f"a test tried to connect to {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def vocabulary() -> Vocabulary:
    """The real ontology, lists and context as tables."""
    return read_vocabulary(ROOT / "ontology")


@pytest.fixture
def tiny_folder(tmp_path: Path) -> Path:
    """A fresh copy of the tiny workspace with the real ontology and shapes; to be changed at will.

    Its documents lie in ``documents/``.
    """
    folder = tmp_path / "tiny"
    shutil.copytree(TINY, folder)
    for name in ("ontology", "shapes"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture
def tiny(tiny_folder: Path) -> Workspace:
    """The tiny workspace, opened."""
    return open_workspace(tiny_folder)


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests from commands that a test calls."""
    for name in ("PACTA_BASE", "PACTA_DOCUMENTS", "PACTA_OUT", "PACTA_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)


def _find_shared(variable: str, default: str) -> Path | None:
    folder = Path(GIVEN.get(variable, ROOT.parent / "shared" / default))
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def documents_dir() -> Path:
    """The folder of the documents that the seeds were read from."""
    return _find_shared("PACTA_DOCUMENTS", "documents") or skip_without("documents")


@pytest.fixture(scope="session")
def suites_dir() -> Path:
    """The folder of test suites of others."""
    return _find_shared("PACTA_SUITES", "suites") or skip_without("suites")
