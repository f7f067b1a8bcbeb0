"""The page map of a document: which span of its text stands on which page of the original.

``seeds/pages/{document}.yaml`` has one line per page, in the order of the text: ``0-2317: "1"``,
or ``2319-4100: {page: "2", image: URL}`` where there is a picture of it. A page may have several
lines, such as one for each column, with the region of the picture where it stands (IIIF Image API
3.0, section 4). `pacta text` writes the file; images are added by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from loader.errors import SeedError
from loader.read.yamltext import Map, Node, Text, expect_map, expect_text, read_folder

FOLDER = "pages"

_SPAN = re.compile(r"(0|[1-9]\d{0,8})-([1-9]\d{0,8})", re.ASCII)
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+", re.ASCII)
_FIELDS = ("page", "image")


@dataclass(frozen=True, slots=True, order=True)
class Page:
    """One line of a page map.

    Attributes:
        start: where it begins in the text, in code points.
        end: where it ends, exclusive.
        name: what the original calls the page: ``12``, ``iv``.
        image: the address of a picture of it, or empty.
    """

    start: int
    end: int
    name: str
    image: str = ""


def find_pages(pages: Iterable[Page], start: int, end: int) -> tuple[Page, ...]:
    """Return the lines of a page map that a span touches, in order.

    >>> find_pages((Page(0, 10, "1"), Page(12, 20, "2")), 8, 13)
    (Page(start=0, end=10, name='1', image=''), Page(start=12, end=20, name='2', image=''))
    """
    return tuple(page for page in pages if page.start < end and start < page.end)


def read_page_maps(folder: Path, errors: list[SeedError]) -> dict[str, tuple[Page, ...]]:
    """Return the page map of each document that has one, by handle; faults go to ``errors``.

    Raises:
        SeedError: a file cannot be read.
    """
    maps: dict[str, tuple[Page, ...]] = {}
    for file, document in read_folder(folder, errors):
        if document is None:
            continue
        try:
            entries = expect_map(document, 'lines such as 0-2317: "1"').entries
        except SeedError as error:
            errors.append(error)
            continue
        pages: list[Page] = []
        for key, value in entries:
            try:
                page = _read_page(key, value)
                if pages and page.start < pages[-1].end:
                    raise key.at.error(
                        f"{key.value} begins before the line above it ends",
                        "Write the lines in the order of the text; spans do not overlap.",
                    )
            except SeedError as error:
                errors.append(error)
            else:
                pages.append(page)
        maps[file.stem] = tuple(pages)
    return maps


def _read_page(key: Text, value: Node) -> Page:
    span = _SPAN.fullmatch(key.value)
    if span is None or int(span[1]) >= int(span[2]):
        raise key.at.error(f"{key.value!r} is no span", "Write start-end, the end after the start.")
    name: Node | None = value
    image = ""
    if isinstance(value, Map):
        for field, _ in value.entries:
            if field.value not in _FIELDS:
                raise field.at.error(f"unknown key {field.value!r}, expected page or image")
        name, image = value.get("page"), _read_image(value.get("image"))
    if name is None:
        raise value.at.error("the line names no page")
    text = expect_text(name, "the name of a page, such as 12 or iv").value.strip()
    if not text:
        raise value.at.error("the line names no page")
    return Page(int(span[1]), int(span[2]), text, image)


def _read_image(node: Node | None) -> str:
    if node is None:
        return ""
    text = expect_text(node, "the address of a picture")
    if not _ADDRESS.fullmatch(text.value):
        raise text.at.error(
            f"{text.value!r} is no address of a picture",
            "Give the whole address, of IIIF such as "
            "https://iiif.example.org/page-2/full/max/0/default.jpg.",
        )
    return text.value


def format_page_map(pages: Iterable[Page]) -> str:
    """Return the text of one page map."""
    lines = []
    for page in pages:
        name = json.dumps(page.name, ensure_ascii=False)
        said = f"{{page: {name}, image: {json.dumps(page.image)}}}" if page.image else name
        lines.append(f"{page.start}-{page.end}: {said}\n")
    return "".join(lines)


def check_page_maps(
    maps: Mapping[str, tuple[Page, ...]], lengths: Mapping[str, int], folder: Path
) -> list[SeedError]:
    """Return an error for each map of no source, or that runs past the end of its text.

    Args:
        maps: by handle.
        lengths: ``characterCount`` of each source, by handle.
        folder: the folder of the maps, for the places of errors.
    """
    errors = []
    for handle, pages in maps.items():
        file = folder / f"{handle}.yaml"
        if handle not in lengths:
            hint = f"Describe it in sources.yaml with handle: {handle}, or take the file away."
            errors.append(SeedError(f"there is no source {handle}", file, hint=hint))
        elif pages and pages[-1].end > lengths[handle]:
            errors.append(
                SeedError(
                    f"the last page ends at {pages[-1].end}, after the text, "
                    f"which has {lengths[handle]} characters",
                    file,
                    hint="The map belongs to another text: let `pacta text` make both anew.",
                )
            )
    return errors
