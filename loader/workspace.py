"""The workspace: where ontology, shapes, seeds and queries lie, and what is published.

The folder that holds ``pacta.toml`` is the workspace. This is the only module that knows
where the folders are, in a checkout and in an installed package alike.
"""

from __future__ import annotations

import contextlib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from loader.errors import WorkspaceError
from loader.rdf.days import Day, read_day
from loader.release.home import PUBLICATION_FILE, require_workspace

FOLDERS = ("seeds", "queries")
"""What every workspace holds beside `pacta.toml`."""

WHOLE = {"ontology": "core.ttl", "shapes": "shapes.ttl"}
"""Folder → the file that tells a whole of its own from what is laid over Pacta's."""

EXPLANATIONS = "explained.yaml"
"""The file in a workspace's own `shapes/` that explains its accepted warnings."""

_T = TypeVar("_T")

_IRI = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_BOX = {"south": 90, "west": 180, "north": 90, "east": 180}
"""Sides of the box of ``coverage`` → the most degrees."""

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LINE = re.compile(r"[a-z0-9][a-z0-9.-]{0,31}")


@dataclass(frozen=True, slots=True)
class Box:
    """The region that a collection is about: latitudes and longitudes in degrees."""

    south: Decimal
    west: Decimal
    north: Decimal
    east: Decimal


@dataclass(frozen=True, slots=True)
class Publication:
    """What `pacta.toml` says about the collection as a whole.

    Attributes:
        base: address below which everything of this publication lies; ends in ``/``.
        line: first part of every release id.
        issued: the only date a build uses.
        title: by language tag.
        description: by language tag.
        publisher_name: who publishes.
        publisher_url: their address.
        licence: IRI of the licence of the data.
        languages: tags of the languages of the labels, the first is the default.
        keywords: by language tag, in the order written.
        themes: address of a category of catalogues → its name by language tag.
        dataset: the last part of the address of the dataset, ``id/dataset/{dataset}``.
        contact_name: whom to ask, or None.
        contact_url: their address, or None.
        coverage_from: first day that the collection is about, or None.
        coverage_until: last day, or None.
        coverage_places: addresses of the places that it is about.
        coverage_box: in which the points of its places lie, or None.
    """

    base: str
    line: str
    issued: date
    title: Mapping[str, str]
    description: Mapping[str, str]
    publisher_name: str
    publisher_url: str
    licence: str
    languages: tuple[str, ...]
    keywords: Mapping[str, tuple[str, ...]]
    dataset: str = "collection"
    contact_name: str | None = None
    contact_url: str | None = None
    coverage_from: Day | None = None
    coverage_until: Day | None = None
    coverage_places: tuple[str, ...] = ()
    coverage_box: Box | None = None
    themes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Layers:
    """Where ontology or shapes come from (decision 0027).

    Attributes:
        packaged: the folder that comes with Pacta, or None where the workspace's own is whole.
        own: the workspace's folder, which may be absent where `packaged` is given.
    """

    packaged: Path | None
    own: Path

    @property
    def whole(self) -> Path:
        """The folder with everything that Pacta itself needs."""
        return self.packaged or self.own

    @property
    def overlay(self) -> Path | None:
        """The workspace's folder where it is laid over the packaged one, else None."""
        return self.own if self.packaged and self.own.is_dir() else None


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of one collection; seeds and queries exist."""

    root: Path
    ontology: Layers
    shapes: Layers
    seeds: Path
    queries: Path
    publication: Publication


def open_workspace(path: Path | None = None) -> Workspace:
    """Return the workspace in ``path``.

    Args:
        path: the folder with `pacta.toml`; None takes the nearest: the current folder or one
            above it.

    Raises:
        WorkspaceError: a folder or file is missing, or `pacta.toml` is wrong.
    """
    root = require_workspace(Path()) if path is None else path
    if not root.is_dir():
        raise WorkspaceError("there is no such folder", root, hint="Name it with --workspace DIR.")
    file = root / PUBLICATION_FILE
    if not file.is_file():
        raise WorkspaceError(
            f"no {PUBLICATION_FILE} in this folder",
            root,
            hint=f"A workspace is a folder with {PUBLICATION_FILE}, {'/, '.join(FOLDERS)}/. "
            "pacta init DIR makes one.",
        )
    for name in FOLDERS:
        if not (root / name).is_dir():
            raise WorkspaceError(
                f"the folder {name}/ is missing",
                root,
                hint=f"A workspace holds {'/, '.join(FOLDERS)}/; or name another: --workspace.",
            )
    return Workspace(
        root=root,
        ontology=_find_layers(root, "ontology"),
        shapes=_find_layers(root, "shapes"),
        seeds=root / "seeds",
        queries=root / "queries",
        publication=read_publication(file),
    )


def _find_layers(root: Path, name: str) -> Layers:
    own = root / name
    is_whole = (own / WHOLE[name]).is_file()
    return Layers(None if is_whole else sample_workspace() / name, own)


def sample_workspace() -> Path:
    """Return the folder of the collection that comes with Pacta: of the checkout or the package.

    It is known by the ontology, because another team's checkout may have no collection yet.
    """
    package = Path(__file__).resolve().parent
    places = (package.parent, package / "_data")
    return next(place for place in places if (place / "ontology" / "core.ttl").is_file())


def replace_file(file: Path, data: bytes) -> None:
    """Write ``data`` in place of what the file holds; readers see the old file or the new one.

    Raises:
        WorkspaceError: the file cannot be written; it is as it was.
    """
    new = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        new.write_bytes(data)
        new.replace(file)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink()
        raise WorkspaceError(f"cannot be written: {error.strerror}", file) from None


def read_publication(file: Path) -> Publication:
    """Return what `pacta.toml` says.

    Raises:
        WorkspaceError: not TOML, a key is missing, unknown or of the wrong form.
    """
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise WorkspaceError(f"cannot be read: {error}", file) from None
    except tomllib.TOMLDecodeError as error:
        raise WorkspaceError(f"not TOML: {error}", file) from None
    reader = _TableReader(file, table)
    contact = reader.table_of("contact", {"name", "url"})
    coverage = reader.table_of("coverage", {"from", "until", "places", *_BOX})
    publisher = reader.table_of("publisher", {"name", "url"})
    publication = Publication(
        base=reader.matching("base", _IRI, "an http(s) address"),
        line=reader.matching("line", _LINE, "a short name such as 2026.11"),
        issued=reader.value("issued").day(),
        title=reader.by_language("title"),
        description=reader.by_language("description"),
        publisher_name=publisher("name").text(),
        publisher_url=publisher("url").text(_IRI, "an http(s) address"),
        licence=reader.matching("licence", _IRI, "the address of a licence"),
        languages=reader.languages("languages"),
        keywords=reader.lists_by_language("keywords"),
        dataset=reader.value("dataset").optional(_Value.slug) or "collection",
        contact_name=contact("name").optional(_Value.text),
        contact_url=contact("url").optional(lambda value: value.text(_IRI, "an http(s) address")),
        coverage_from=coverage("from").optional(_Value.past_day),
        coverage_until=coverage("until").optional(_Value.past_day),
        coverage_places=coverage("places").optional(_Value.addresses) or (),
        coverage_box=_read_box(coverage),
        themes=reader.texts_by_address("themes"),
    )
    reader.refuse_rest()
    first = publication.languages[0]
    for key, texts in (("title", publication.title), ("description", publication.description)):
        if first not in texts:
            raise WorkspaceError(
                f"{key}.{first} is missing, and {first} is the first of the languages",
                file,
                hint=f"Write the {key} in {first}, or name another language first.",
            )
    return check_base(publication, file)


def _read_box(coverage: Callable[[str], _Value]) -> Box | None:
    if all(coverage(key).value is None for key in _BOX):
        return None
    south, west, north, east = (coverage(key).degrees(most) for key, most in _BOX.items())
    for low, high, key in ((south, north, "south"), (west, east, "west")):
        if low >= high:
            raise coverage(key).fail("less than the opposite side")
    return Box(south, west, north, east)


def check_base(publication: Publication, file: Path | None = None) -> Publication:
    """Return ``publication`` if its base can carry addresses.

    Raises:
        WorkspaceError: the base has a query, a fragment or no final slash.
    """
    base = publication.base
    if not _IRI.fullmatch(base) or not base.endswith("/") or "?" in base or "#" in base:
        raise WorkspaceError(
            f"base {base!r} cannot carry addresses",
            file,
            hint="Write an http(s) address that ends in a slash, such as http://localhost:8000/.",
        )
    return publication


class _Value:
    """One value of the table with its dotted name, for checks that name it."""

    def __init__(self, file: Path, name: str, value: Any) -> None:
        self.file, self.name, self.value = file, name, value

    def fail(self, expected: str) -> WorkspaceError:
        found = "is missing" if self.value is None else f"is {self.value!r}"
        return WorkspaceError(f"{self.name} {found}, expected {expected}", self.file)

    def text(self, pattern: re.Pattern[str] | None = None, expected: str = "a text") -> str:
        if not isinstance(self.value, str) or not self.value.strip():
            raise self.fail(expected)
        if pattern is not None and not pattern.fullmatch(self.value):
            raise self.fail(expected)
        return self.value

    def slug(self) -> str:
        return self.text(_SLUG, "a name in lower case such as collection")

    def day(self) -> date:
        if type(self.value) is date:
            return self.value
        try:
            return date.fromisoformat(self.text(expected="a day such as 2026-11-22"))
        except ValueError:
            raise self.fail("a day such as 2026-11-22") from None

    def past_day(self) -> Day:
        expected = "a day such as 1918-02-16, or -0043-03-15 for a day of 44 BC"
        if type(self.value) is date:
            return read_day(self.value.isoformat())
        try:
            return read_day(self.text(expected=expected))
        except ValueError:
            raise self.fail(expected) from None

    def degrees(self, most: int) -> Decimal:
        number = self.value
        if isinstance(number, bool) or not isinstance(number, int | float) or abs(number) > most:
            raise self.fail(f"degrees from -{most} to {most}, such as 54.5")
        return Decimal(str(number))

    def addresses(self) -> tuple[str, ...]:
        if not isinstance(self.value, list):
            raise self.fail("a list of addresses")
        return tuple(
            _Value(self.file, self.name, item).text(_IRI, "an http(s) address")
            for item in self.value
        )

    def optional(self, read: Callable[[_Value], _T]) -> _T | None:
        return None if self.value is None else read(self)

    def table(self, expected: str) -> dict[str, Any]:
        if not isinstance(self.value, dict) or not self.value:
            raise self.fail(expected)
        return self.value

    def by_language(self) -> dict[str, str]:
        table = self.table("a table of texts by language tag")
        for tag in table:
            _Value(self.file, f"{self.name}: tag", tag).text(
                _LANGUAGE, "a language tag in lower case"
            )
        return {
            tag: _Value(self.file, f"{self.name}.{tag}", text).text()
            for tag, text in sorted(table.items())
        }


class _TableReader:
    """Takes keys out of a TOML table and knows which were not taken."""

    def __init__(self, file: Path, table: dict[str, Any]) -> None:
        self.file = file
        self.table = table
        self.taken: set[str] = set()

    def value(self, key: str) -> _Value:
        self.taken.add(key)
        return _Value(self.file, key, self.table.get(key))

    def table_of(self, key: str, names: set[str]) -> Callable[[str], _Value]:
        value = self.value(key)
        table = {} if value.value is None else value.table(f"a table of {sorted(names)}")
        if extra := sorted(set(table) - names):
            raise WorkspaceError(f"{key}.{extra[0]} is not known here", self.file)
        return lambda name: _Value(self.file, f"{key}.{name}", table.get(name))

    def matching(self, key: str, pattern: re.Pattern[str], expected: str) -> str:
        return self.value(key).text(pattern, expected)

    def by_language(self, key: str) -> dict[str, str]:
        return self.value(key).by_language()

    def texts_by_address(self, key: str) -> dict[str, dict[str, str]]:
        value = self.value(key)
        if value.value is None:
            return {}
        found: dict[str, dict[str, str]] = {}
        for address, texts in sorted(value.table("a table of tables by address").items()):
            _Value(self.file, f"{key}: address", address).text(_IRI, "an http(s) address")
            found[address] = _Value(self.file, f"{key}.{address}", texts).by_language()
        return found

    def languages(self, key: str) -> tuple[str, ...]:
        value = self.value(key)
        if not isinstance(value.value, list) or not value.value:
            raise value.fail('a list of language tags such as ["en", "lt"]')
        return tuple(
            _Value(self.file, key, tag).text(_LANGUAGE, "a language tag in lower case")
            for tag in value.value
        )

    def lists_by_language(self, key: str) -> dict[str, tuple[str, ...]]:
        value = self.value(key)
        if value.value is None:
            return {}
        table = value.table("a table of lists by language tag")
        for tag, words in table.items():
            if not isinstance(words, list):
                raise _Value(self.file, f"{key}.{tag}", words).fail("a list of texts")
        return {
            tag: tuple(_Value(self.file, f"{key}.{tag}", word).text() for word in words)
            for tag, words in sorted(table.items())
        }

    def refuse_rest(self) -> None:
        if rest := sorted(set(self.table) - self.taken):
            raise WorkspaceError(
                f"key {rest[0]!r} is not known here",
                self.file,
                hint=f"Known keys: {', '.join(sorted(self.taken))}.",
            )
