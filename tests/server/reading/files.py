"""Files that are written and read by the tests of this room."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from server.reading.faults import FilesError
from server.reading.reader import DataFile, FileReport, ReadingOptions
from server.release.store import load_files

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OPEN = f'<rdf:RDF xmlns:rdf="{RDF}" xmlns:ex="http://e/">'
A = '<http://e/a> <http://e/b> "x"'
ONE = [A]


def around(inside: str, declaration: str = "") -> str:
    """An RDF/XML document with one thing, `http://e/a`, and what stands inside it."""
    thing = f'<rdf:Description rdf:about="http://e/a">{inside}</rdf:Description>'
    return f"{declaration}{OPEN}{thing}</rdf:RDF>"


def load(
    folder: Path, name: str, data: bytes | str, options: ReadingOptions | None = None
) -> tuple[list[str], FileReport]:
    """The statements of a file with this name and content, sorted, and what reading it gave."""
    file = folder / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    (report,) = load_files([DataFile(str(file))], folder / "store", options)
    return sorted(str(quad) for quad in ox.Store.read_only(str(folder / "store"))), report


def refuse(
    folder: Path, name: str, data: bytes | str, options: ReadingOptions | None = None
) -> str:
    """Why a file is refused, without its folder."""
    with pytest.raises(FilesError) as caught:
        load(folder, name, data, options)
    return str(caught.value).replace(f"{folder}/", "")
