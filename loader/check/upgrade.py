"""What of the package's ontology and rules has changed since a release was built.

A release ships the files it was made with, so it remembers the Pacta of its day; nothing else is
kept. Only a workspace that is laid over the package is asked (decision 0027).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from rdflib import BNode, Graph, URIRef
from rdflib.term import Node

from loader.check.rules import SHAPE_FILES, read_shapes
from loader.rdf.counts import say_count
from loader.read.ontology.overlay import parse_turtle
from loader.release.opened import Release
from loader.workspace import Workspace

ONTOLOGY_FILES: Final = ("*.ttl", "vocab/*.ttl")
_SHOWN: Final = 8


def list_package_changes(release: Release, workspace: Workspace) -> list[str]:
    """Return a line for each way in which terms or rules of Pacta differ from those of a release.

    Args:
        release: the one in use.
        workspace: the workspace whose package is compared.

    Returns:
        Lines such as ``2 terms are new: ns#fee, vocab/unit/ducat``; none where nothing differs or
        the workspace holds an ontology and shapes of its own.

    Raises:
        ReleaseError: a file of the release is missing.
        OntologyError: a file is not Turtle.
    """
    lines: list[str] = []
    for name, folder, patterns, read, noun in (
        ("ontology", workspace.ontology.packaged, ONTOLOGY_FILES, _read_terms, "term"),
        ("shapes", workspace.shapes.packaged, SHAPE_FILES, _read_rules, "rule"),
    ):
        if folder is not None and _differs(release, name, folder, patterns):
            then, now = read(release.path / name), read(folder)
            lines += _compare(then, now, noun)
    return lines


def _differs(release: Release, name: str, folder: Path, patterns: Iterable[str]) -> bool:
    """Whether a file of the package is not, byte for byte, in the release."""
    here = {
        f"{name}/{path.relative_to(folder).as_posix()}": hashlib.sha256(path.read_bytes())
        for pattern in patterns
        for path in folder.glob(pattern)
    }
    there = {
        path: entry.sha256
        for path, entry in release.manifest.files.items()
        if path.startswith(f"{name}/") and path.endswith(".ttl")
        if not path.startswith(f"{name}/own/")
    }
    return there != {path: digest.hexdigest() for path, digest in here.items()}


def _read_terms(folder: Path) -> dict[str, object]:
    """Return what is said of each named subject of the ontology and the lists, by short name."""
    graph = Graph()
    for pattern in ONTOLOGY_FILES:
        for path in sorted(folder.glob(pattern)):
            parse_turtle(graph, path)
    said: dict[str, set[tuple[Node, Node]]] = {}
    for subject, predicate, value in graph:
        if isinstance(subject, URIRef) and not isinstance(value, BNode):
            said.setdefault(_shorten(subject), set()).add((predicate, value))
    return {name: frozenset(pairs) for name, pairs in said.items()}


def _shorten(subject: URIRef) -> str:
    return subject.removeprefix("https://w3id.org/pacta/")


def _read_rules(folder: Path) -> dict[str, object]:
    """Return severity, message and select of each rule by its number."""
    return {
        rule.id: (rule.severity, rule.message, rule.select, rule.path)
        for rule in read_shapes(folder).rules
    }


def _compare(then: Mapping[str, object], now: Mapping[str, object], noun: str) -> list[str]:
    changed = [name for name in then.keys() & now.keys() if then[name] != now[name]]
    lines = []
    for names, what in (
        (now.keys() - then.keys(), "new"),
        (then.keys() - now.keys(), "gone"),
        (changed, "changed"),
    ):
        if names:
            shown = ", ".join(sorted(names)[:_SHOWN]) + (" …" if len(names) > _SHOWN else "")
            verb = "is" if len(names) == 1 else "are"
            lines.append(f"{say_count(len(names), noun)} {verb} {what}: {shown}")
    return lines
