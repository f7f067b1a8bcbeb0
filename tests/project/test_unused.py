"""Everything that the program defines is used by the program."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.places import ROOT

ROOMS = ("bench", "conform", "loader", "server")
MODULES = [
    ROOT / "pacta.py",
    *(path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))),
]
CALLED_BY_OTHERS = {
    "handle_data": "html.parser",
    "handle_endtag": "html.parser",
    "handle_starttag": "html.parser",
    "redirect_request": "urllib.request",
    "seekable": "Flask's send_file, of a spool file",
    "find_unaccounted": "tests that hold the reading lists to the passages in use",
    "in_engine": "tests that hold the engine to rdflib",
}
"""Names that the program defines for others → for whom."""


def list_defined(path: Path) -> Iterator[str]:
    """Give the names of functions, classes, attributes and constants of a module; not of views."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.FunctionDef(name=name, decorator_list=decorators):
                if not re.search(r"blueprint|app\.", " ".join(map(ast.unparse, decorators)), re.I):
                    yield name
            case ast.ClassDef(name=name) | ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case ast.Assign(targets=targets):
                yield from (each.id for each in targets if isinstance(each, ast.Name))


def list_words(path: Path) -> Iterator[str]:
    """Give the names in the code of a module and the words of its strings; not of docstrings."""
    lines = io.StringIO(path.read_text(encoding="utf-8")).readline
    for token in tokenize.generate_tokens(lines):
        is_text = token.type == tokenize.STRING and '"""' not in token.string[:5]
        if token.type == tokenize.NAME or is_text:
            yield from re.findall(r"\w+", token.string)


def test_no_name_is_defined_and_never_used() -> None:
    """A name that stands once stands only where it is defined."""
    counts = Counter(word for path in MODULES for word in list_words(path))
    static = (*(ROOT / "server/templates").rglob("*.html"), *(ROOT / "server/static").rglob("*.js"))
    elsewhere = {
        word
        for path in static
        if "vendor" not in path.parts
        for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))
    }
    unused = {
        name: path.relative_to(ROOT).as_posix()
        for path in MODULES
        for name in list_defined(path)
        if counts[name] == 1 and name not in elsewhere and not re.fullmatch(r"__\w+__|_", name)
    }

    assert {name: unused[name] for name in unused.keys() - CALLED_BY_OTHERS.keys()} == {}
    assert CALLED_BY_OTHERS.keys() - unused.keys() == set()
