"""The documentation says what the programs do: every name has its place.

Tables between ``<!-- generated: … -->`` and ``<!-- end -->`` are made here from the code;
``make golden`` writes them anew.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import loader.settings
import pacta
import server.errors
import server.settings
from loader.errors import WorkspaceError
from loader.options import list_settings, name_option, name_variable
from loader.workspace import read_publication
from tests.places import ROOT

DOCS = ROOT / "docs"
DECISIONS = DOCS / "decisions"
PAGES = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md")]
    + [page for name in ("ontology", "shapes", "seeds", "queries", "bench", "tests")
       for page in (ROOT / name).rglob("*.md")]
)  # fmt: skip
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

ROOMS = ("conform", "loader", "server")
"""The packages of the program."""

IMPORT_NAMES = {
    "charset-normalizer": "charset_normalizer",
    "pyyaml": "yaml",
    "sparqlwrapper": "SPARQLWrapper",
}
"""Where a distribution's package is not named like the distribution."""


def name_page(page: Path) -> str:
    """Return the path of a page below the root, for the name of its test."""
    return page.relative_to(ROOT).as_posix()


def drop_code(text: str) -> str:
    """Return a page without its fenced blocks and inline code."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S))


def read_anchors(page: Path) -> set[str]:
    """Return the anchors that the headings of a page give, as code hosts make them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ +(.+?)\s*$", text, re.M)
    plain = (re.sub(r"[`*]|\]\(.*?\)|\[", "", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


# --- pages ---------------------------------------------------------------------------------------


def is_of_the_collection(place: Path) -> bool:
    """Whether a path is one of records or questions, which another team has others of.

    `tests/collection/test_named_files.py` looks for those.
    """
    return any(place.is_relative_to(ROOT / name) for name in ("seeds", "queries"))


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_links_of_a_page_resolve(page: Path) -> None:
    """Every relative link names a file that is there, and a heading that is in it."""
    missing = []
    for target in re.findall(r"\]\(([^)\s]+)\)", drop_code(page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        if is_of_the_collection(place):
            continue
        if not place.exists() or (anchor and anchor not in read_anchors(place)):
            missing.append(target)

    assert [] == missing


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_page_begins_with_its_title(page: Path) -> None:
    """One heading of the first level, on the first line."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)

    assert text.startswith("# ")
    assert 1 == len(re.findall(r"^# ", text, re.M))


def test_index_leads_to_every_page() -> None:
    """No page of docs/ is out of reach of docs/index.md."""
    text = (DOCS / "index.md").read_text(encoding="utf-8")
    linked = {(DOCS / target).resolve() for target in re.findall(r"\]\(([^)#]+)\)", text)}
    pages = {page for page in DOCS.rglob("*.md") if page.parent != DECISIONS}

    assert set() == pages - linked - {DOCS / "index.md"}


# --- decisions -----------------------------------------------------------------------------------


def list_decisions() -> list[Path]:
    """Return the decisions in the order of their numbers."""
    return sorted(DECISIONS.glob("[0-9]*.md"))


def test_decisions_are_numbered_without_gaps() -> None:
    """0001 to the last; a number is never used twice."""
    numbers = [page.name[:4] for page in list_decisions()]

    assert [f"{number:04}" for number in range(1, len(numbers) + 1)] == numbers


@pytest.mark.parametrize("page", list_decisions(), ids=name_page)
def test_decision_says_what_and_why(page: Path) -> None:
    """Its number and title, its day, and four sections in order."""
    text = page.read_text(encoding="utf-8")
    title = re.match(rf"# {page.name[:4]} (.+)\n\nDate: \d{{4}}-\d\d-\d\d", text)
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")

    assert title
    assert ["Context", "Choice", "Rejected", "Consequences"] == re.findall(r"^## (.+)", text, re.M)
    assert f"| [{page.name[:4]}]({page.name}) | {title[1]} |" in index


def read_dependencies(text: str) -> set[str]:
    """Return the names in the first column of the tables of decision 0007."""
    return set(re.findall(r"^\| ([a-z0-9-]+) \| ", text, re.M)) - {"package"}


def test_every_dependency_has_its_reason() -> None:
    """Decision 0007 says of each package asked for why it is here, and names no other."""
    lines = list(PROJECT["dependencies"])
    for extra in PROJECT["optional-dependencies"].values():
        lines += extra
    asked = {Requirement(line).name.lower() for line in lines} - {"pacta"}
    page = (DECISIONS / "0007-dependencies.md").read_text(encoding="utf-8")

    assert asked == read_dependencies(page)


def read_imports(folder: Path) -> Iterator[str]:
    """Give the top-level name of every import below a folder."""
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.split(".")[0]


def test_every_dependency_of_the_program_is_used() -> None:
    """What the program asks for it imports; the rest belongs to an extra."""
    names = [Requirement(line).name.lower() for line in PROJECT["dependencies"]]
    used = {name for room in ROOMS for name in read_imports(ROOT / room)}

    assert [] == [name for name in names if IMPORT_NAMES.get(name, name) not in used]


# --- generated tables ----------------------------------------------------------------------------


def hold_generated(page: Path, tables: dict[str, str]) -> None:
    """Compare the generated parts of a page with what they must be, or write them.

    Args:
        page: the page.
        tables: by name, the text between the two marks.
    """
    text = page.read_text(encoding="utf-8")
    mark = re.compile(r"(<!-- generated: (.+?) -->\n).*?(<!-- end -->)", re.S)
    fresh = mark.sub(lambda found: f"{found[1]}{tables[found[2]]}{found[3]}", text)
    if os.environ.get("PACTA_GOLDEN") == "write":
        page.write_text(fresh, encoding="utf-8")
        text = fresh

    assert set(tables) == {found[2] for found in mark.finditer(text)}
    assert fresh == text, "to repair: make golden"


def table_of_settings(settings: type[Any]) -> str:
    """Return the table of a dataclass of settings: one row for each field."""
    rows = ["| setting | default | what it says |", "|---|---|---|"]
    for item, facts in list_settings(settings):
        unset = "" if item.default in ("", None) else f"`{item.default}`"
        option = f"`{name_option(item.name)}`<br>`{name_variable(item.name)}`"
        rows.append(f"| {option} | {unset} | {facts.help} |")
    return "\n".join(rows) + "\n"


def table_of_constants(settings: type[Any]) -> str:
    """Return the table of what no option changes."""
    rows = ["| constant | value | what it says |", "|---|---|---|"]
    options = {item.name for item, _ in list_settings(settings)}
    rows += [
        f"| `{item.name}` | `{item.default}` | {item.metadata['facts'].help} |"
        for item in fields(settings)
        if item.name not in options
    ]
    return "\n".join(rows) + "\n"


def test_settings_page_is_generated_from_the_fields() -> None:
    """Option, variable, default and help of every setting stand in docs/settings.md."""
    tables = {
        "server settings": table_of_settings(server.settings.Settings),
        "server constants": table_of_constants(server.settings.Settings),
        "loader settings": table_of_settings(loader.settings.Settings),
    }

    hold_generated(DOCS / "settings.md", tables)


def test_settings_page_has_every_key_of_the_publication(tmp_path: Path) -> None:
    """Each key that pacta.toml may have has its row, and no row is of another."""
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    part = text[text.index("## The publication") : text.index("## Variables")]
    file = tmp_path / "pacta.toml"
    file.write_text("unknown = 1\n" + (ROOT / "pacta.toml").read_text(encoding="utf-8"), "utf-8")
    with pytest.raises(WorkspaceError) as caught:
        read_publication(file)
    keys = set(re.findall(r"\w+", str(caught.value.hint).removeprefix("Known keys:")))

    assert keys == set(re.findall(r"^\| `(\w+)` \|", part, re.M))


def test_settings_page_has_every_variable() -> None:
    """No environment variable of ours is read anywhere without standing in docs/settings.md."""
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    files = [*ROOT.glob("*.py"), ROOT / "Makefile"]
    files += [file for name in (*ROOMS, "tests") for file in (ROOT / name).rglob("*.py")]
    named = {
        name
        for file in files
        for name in re.findall(r"\bPACTA_[A-Z]+(?:_[A-Z]+)*\b", file.read_text(encoding="utf-8"))
    }

    assert set() == {name for name in named if name not in text}


def list_commands() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each subcommand of `pacta`, in the order of the help."""
    (action,) = (
        action
        for action in pacta.make_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    )
    return dict(action.choices)


def table_of_options(parser: argparse.ArgumentParser) -> str:
    """Return the table of a command: one row for each argument and option but ``--help``."""
    rows = ["| option | what it says |", "|---|---|"]
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        names = list(action.option_strings) or [""]
        value = action.metavar or "" if action.nargs != 0 else ""
        if action.choices:
            value = "{" + ",".join(map(str, action.choices)) + "}"
        shown = "<br>".join(f"`{f'{name} {value}'.strip()}`" for name in names)
        rows.append(f"| {shown} | {action.help} |")
    return "\n".join(rows) + "\n"


def test_commands_page_is_generated_from_the_parser() -> None:
    """Every command has its heading, every option its row in docs/commands.md."""
    commands = list_commands()
    page = DOCS / "commands.md"
    tables = {f"pacta {name}": table_of_options(parser) for name, parser in commands.items()}

    hold_generated(page, tables)
    headings = re.findall(r"^## pacta (\w+)$", page.read_text(encoding="utf-8"), re.M)
    assert list(commands) == headings


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_page_names_commands_and_options_that_exist(page: Path) -> None:
    """Whatever a page tells a reader to type after `pacta` or `make` can be typed."""
    text = page.read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"^```.*?^```|`[^`\n]+`", text, re.M | re.S))
    commands = {
        name: {option for action in parser._actions for option in action.option_strings}
        for name, parser in list_commands().items()
    }
    words = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    wrong = [
        f"pacta {name} {option}"
        for name, rest in re.findall(r"(?:^|[`/ ])pacta ([a-z]+)\b([^`\n#]*)", code, re.M)
        for option in ["", *re.findall(r"--[a-z-]+", rest)]
        if option not in {"", *commands.get(name, ())} or name not in commands
    ]
    wrong += [
        f"make {word}"
        for word in re.findall(r"(?:^|`)make ([a-z-]+)", code, re.M)
        if word not in words
    ]

    assert [] == wrong


@pytest.mark.parametrize("page", PAGES, ids=name_page)
def test_page_imports_what_is_there(page: Path) -> None:
    """Every name that an example imports from the program exists."""
    text = page.read_text(encoding="utf-8")
    for module, names in re.findall(
        rf"^from ((?:{'|'.join(ROOMS)})[\w.]*) import (.+)$", text, re.M
    ):
        for name in names.split(", "):
            assert hasattr(importlib.import_module(module), name), f"{module} has no {name}"


# --- where a change goes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "head", "least"),
    [
        ("README.md", "I want to", 30),
        ("docs/how-to/change-the-program.md", "change", 20),
    ],
)
def test_tables_of_changes_name_what_is_there(page: str, head: str, least: int) -> None:
    """Every path in the tables that say where a change goes exists, and every named constant."""
    text = (ROOT / page).read_text(encoding="utf-8")
    (table,) = re.findall(rf"^\| {head} \|.*\n(?:\|.*\n)+", text, re.M)
    words = re.findall(r"`([^`]+)`", table)
    paths = [word for word in words if "/" in word or word.endswith((".py", ".toml"))]
    paths = [path for path in paths if not is_of_the_collection(ROOT / path)]
    constants = re.findall(r"`([A-Z_]+)` (?:in|of) (?:a module of )?`([^`]+)`", table)

    assert table.count("\n") - 2 >= least
    assert [] == [path for path in paths if not list(ROOT.glob(path.rstrip("/")))]
    assert [] == [pair for pair in constants if not _holds(*pair)]


def _holds(constant: str, place: str) -> bool:
    """Whether a module, or one of a folder, gives a constant a value."""
    path = ROOT / place
    modules = path.glob("*.py") if path.is_dir() else [path]
    given = re.compile(rf"^{constant}\b.*=", re.M)
    return any(given.search(module.read_text(encoding="utf-8")) for module in modules)


def test_errors_page_lists_every_error_of_the_server() -> None:
    """Class, status and code, no more and no less."""
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8").partition("## The server")[2]
    listed = set(re.findall(r"(\w+Error) +(\d{3})  ([\w-]+)", page))
    classes = [each for each in vars(server.errors).values() if isinstance(each, type)]

    assert listed == {
        (each.__name__, str(each.status), each.code)
        for each in classes
        if issubclass(each, server.errors.ServerError)
    }
