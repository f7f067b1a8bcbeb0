"""The ontology of the checkout as graphs, read once for all tests that look at it."""

from __future__ import annotations

from functools import cache

from rdflib import Graph

from loader.read.ontology.vocabulary import LISTS_FOLDER, PARTS, ontology_files
from tests.places import ROOT

FOLDER = ROOT / "ontology"


@cache
def read_files(*names: str) -> Graph:
    """Return the union of files of the ontology's folder; not to be changed."""
    union = Graph()
    for name in names:
        union.parse(FOLDER / name, format="turtle")
    return union


def read_terms() -> Graph:
    """Return what the parts say: classes, properties and marks."""
    return read_files(*PARTS)


def read_lists() -> Graph:
    """Return what the concept lists say."""
    names = [file.relative_to(FOLDER).as_posix() for file in ontology_files(FOLDER)]
    return read_files(*(name for name in names if name.startswith(f"{LISTS_FOLDER}/")))
