"""The differences between two releases: added and removed triples, by entity.

Standard library only: the N-Quads of two releases are compared as sets of lines, which is exact
because both are canonical and no thing of the collection is a node without a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from loader.errors import ReleaseError
from loader.release.opened import RELEASES, Release, open_release

_QUAD: Final = re.compile(r"(<[^>]*>|_:\S+) (<[^>]*>) (.*) <([^>]*)> \.", re.DOTALL)
_IRI: Final = re.compile(r"<([^<>\"{}|^`\\\s]+)>")
_NAMESPACES: Final = (
    ("https://w3id.org/pacta/ns#", "pacta:"),
    ("https://w3id.org/pacta/vocab/", "v:"),
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf:"),
    ("http://www.w3.org/2000/01/rdf-schema#", "rdfs:"),
    ("http://www.w3.org/2001/XMLSchema#", "xsd:"),
    ("http://www.w3.org/2004/02/skos/core#", "skos:"),
    ("http://www.w3.org/ns/oa#", "oa:"),
    ("http://id.loc.gov/datatypes/edtf/", "edtf:"),
)


@dataclass(frozen=True)
class Change:
    """One statement that only one of two releases has.

    Attributes:
        entity: what it is about, relative to the base (``treaty/peace-1920``).
        added: whether the second release has it.
        statement: predicate and value, shortened for reading.
        graph: the name of its graph, such as ``facts``.
    """

    entity: str
    added: bool
    statement: str
    graph: str


def find_release(name: str, out: Path) -> Release:
    """Open a release given by id, or by the path of its folder.

    Raises:
        ReleaseError: as `open_release`.
    """
    path = Path(name)
    return open_release(out / RELEASES / name if path.name == name else path)


def diff_releases(old: Release, new: Release) -> tuple[Change, ...]:
    """Return what changed, by entity, removed before added.

    Addresses are compared relative to each release's base, so that a move to another base is no
    change of every statement.

    Raises:
        ReleaseError: a release has no N-Quads.
    """
    before, after = _lines(old), _lines(new)
    changes = [_change(line, False) for line in before - after]
    changes += [_change(line, True) for line in after - before]
    return tuple(sorted(changes, key=lambda c: (c.entity, c.graph, c.added, c.statement)))


def format_changes(changes: Iterable[Change]) -> Iterator[str]:
    """Yield lines: the entity, then one line per statement with ``-`` or ``+``."""
    entity = None
    for change in changes:
        if change.entity != entity:
            entity = change.entity
            yield entity
        yield f"  {'+' if change.added else '-'} {change.statement}  [{change.graph}]"


def _lines(release: Release) -> set[str]:
    base = release.manifest.base
    try:
        text = release.file("dumps/pacta.nq").read_text(encoding="utf-8")
    except OSError as error:
        raise ReleaseError(f"cannot be read: {error.strerror}", release.path) from None
    return {line.replace(f"<{base}", "<./") for line in text.split("\n") if line}


def _change(line: str, added: bool) -> Change:
    match = _QUAD.fullmatch(line)
    if match is None:
        raise ReleaseError(f"not a canonical N-Quads line: {line[:80]!r}")
    subject, predicate, value, graph = match.groups()
    entity = _short(subject).strip("<>").partition("#")[0]
    part = _short(subject).strip("<>").partition("#")[2]
    said = f"{_short(predicate)} {_short(value)}"
    return Change(entity, added, f"#{part} {said}" if part else said, graph.rpartition("/")[2])


def _short(term: str) -> str:
    def shorten(match: re.Match[str]) -> str:
        iri = match[1]
        if iri.startswith("./id/"):
            return iri.removeprefix("./id/")
        for address, prefix in _NAMESPACES:
            if iri.startswith(address):
                return prefix + iri.removeprefix(address)
        return match[0]

    if term.startswith('"'):
        head, quote, tail = term.rpartition('"')
        return head + quote + _IRI.sub(shorten, tail)
    return _IRI.sub(shorten, term)
