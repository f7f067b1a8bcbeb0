"""A release that is opened and verified: its statements, names, addresses and search index."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any

from cachetools import LRUCache, cachedmethod

from loader.progress import Progress
from loader.release.opened import Manifest, Release, open_release
from server.pool.engine import Reader, StoreSpec
from server.rdf.addresses import Addresses
from server.rdf.contexts import ContextTable, read_context
from server.rdf.model import Blank, Iri, Literal, Node, Quad, Term, make_column
from server.rdf.names import NAMING, NameIndex, build_names
from server.release.search import SearchIndex, open_index
from server.release.store import build_release_store
from server.release.verified import verify_release

_KEPT_QUADS = 25_000
"""How many of the quads that the engine gave last each reader keeps (about 15 MB), because
documents that link each other ask for the same nodes."""
_KEPT_COLUMNS = 250_000
"""How many things with their values of one property each reader keeps, of all properties together
(about 0.3 KiB each), because pages over a whole collection ask for the same few."""

_CONTACT_POINT = "http://www.w3.org/ns/dcat#contactPoint"
_CONTACT_PAGE = "http://www.w3.org/2006/vcard/ns#hasURL"

Pattern = tuple[str | None, ...]


def read_term(term: Any) -> Term:
    """Return a term of the engine as one of `server.rdf.model`."""
    value: str = term.value
    datatype = getattr(term, "datatype", None)
    if datatype is not None:
        return Literal(value, term.language or "", datatype.value)
    return Blank("_:" + value) if type(term).__name__ == "BlankNode" else Iri(value)


def read_quad(quad: Any) -> Quad:
    """Return a quad of the engine as one of `server.rdf.model`; the default graph is empty text."""
    subject = read_term(quad.subject)
    node: Node = Iri(subject) if isinstance(subject, Literal) else subject
    graph = getattr(quad.graph_name, "value", "")
    return Quad(node, Iri(quad.predicate.value), read_term(quad.object), graph)


class StoreReader:
    """The statements of a release, for pages and documents (`server.rdf.model.Reader`).

    Args:
        reader: The store.
        graph: What is read where a call names no graph; None: all named graphs; empty: their
            union, in which each statement stands once.
    """

    def __init__(self, reader: Reader, graph: str | None = None) -> None:
        self._reader = reader
        self._graph = graph
        self._kept = LRUCache[Pattern, tuple[Quad, ...]](_KEPT_QUADS, lambda found: len(found) + 1)
        self._columns = LRUCache[tuple[str], dict[str, list[Term]]](_KEPT_COLUMNS, len)
        self._lock = threading.Lock()

    def outgoing(self, subject: str, predicates: Sequence[str] = ()) -> list[Quad]:
        """The quads with this subject and one of these predicates, or any."""
        if not predicates:
            return self.match(subject=subject)
        return [quad for predicate in predicates for quad in self.match(subject, predicate)]

    def incoming(self, target: str) -> list[Quad]:
        """The quads whose object is this IRI."""
        return self.match(target=target)

    @cachedmethod(attrgetter("_columns"), lock=attrgetter("_lock"))
    def column(self, predicate: str) -> dict[str, list[Term]]:
        """What is said of all things by one property: subject → values (`list_values`)."""
        found = self._reader.quads_for_pattern(None, predicate, None, self._graph)
        return make_column(map(read_quad, found))

    def match(
        self,
        subject: str | None = None,
        predicate: str | None = None,
        target: str | None = None,
        graph: str | None = None,
    ) -> list[Quad]:
        """The quads that match; a name that is no IRI matches nothing."""
        return list(self._read(subject, predicate, target, self._graph if graph is None else graph))

    @cachedmethod(attrgetter("_kept"), lock=attrgetter("_lock"))
    def _read(self, *pattern: str | None) -> tuple[Quad, ...]:
        try:
            return tuple(read_quad(quad) for quad in self._reader.quads_for_pattern(*pattern))
        except ValueError:
            return ()

    def has(self, iri: str) -> bool:
        """Whether anything is said of an IRI, or with it."""
        try:
            return self._reader.mentions(iri)
        except ValueError:
            return False

    def graphs(self) -> list[str]:
        """The IRIs of the named graphs, sorted."""
        return self._reader.list_graphs()


@dataclass(frozen=True)
class Withdrawn:
    """An address that the collection no longer uses.

    Attributes:
        status: `withdrawn` or `merged`.
        successor: The address that replaces it, or empty.
        reason: In English where it is given so; may be empty.
    """

    status: str
    successor: str
    reason: str


@dataclass(frozen=True, eq=False)
class OpenedRelease:
    """A release ready to answer.

    Attributes:
        release: The verified folder.
        reader: Its statements in their graphs, for documents.
        union: Its statements, each once, for pages.
        store: What a query worker needs to open the store.
        table: The JSON-LD context as a table; `context` is the file's bytes.
        naming: Gives `names` once they are read.
        modified: When it came into use here.
        withdrawn: Address → what replaces it, and why.
        service: What `on_open` of `ReleaseHolder` returned.
        found: What pages found in the whole of it, kept for the next page (`Desk.found`).
        below: `/releases/{id}` where it is shown as a former state of the site; else empty.
    """

    release: Release
    reader: StoreReader
    union: StoreReader
    store: StoreSpec
    table: ContextTable
    context: bytes
    naming: "Future[NameIndex]"
    modified: datetime
    withdrawn: Mapping[str, Withdrawn] = field(default_factory=dict)
    service: Any = None
    found: dict[Any, Any] = field(default_factory=dict)
    below: str = ""

    @property
    def manifest(self) -> Manifest:
        """What `release.json` says."""
        return self.release.manifest

    @property
    def id(self) -> str:
        """The release id."""
        return self.release.manifest.id

    @property
    def names(self) -> NameIndex:
        """Names → things, for search; waits until they are read."""
        return self.naming.result()

    @cached_property
    def since(self) -> str:
        """When it came into use here, as one text."""
        return self.modified.isoformat()

    @property
    def base(self) -> str:
        """The base address, ending in `/`."""
        return self.release.manifest.base

    @cached_property
    def contact(self) -> str:
        """Where readers report a mistake (`[contact] url` of `pacta.toml`); empty: nowhere."""
        points = [quad.object for quad in self.union.match(predicate=_CONTACT_POINT)]
        pages = [
            str(quad.object)
            for point in points
            if isinstance(point, Iri)
            for quad in self.union.match(subject=point, predicate=_CONTACT_PAGE)
        ]
        return min(pages, default="")

    @cached_property
    def index(self) -> SearchIndex:
        """The search index, which is made at its first use if it is not there yet.

        Raises:
            DataError: It cannot be written.
        """
        return self.make_index(Progress())

    def make_index(self, progress: Progress) -> SearchIndex:
        """The search index; tells how far it is where it is not there yet.

        Raises:
            DataError: It cannot be written.
        """
        with progress.stage("search") as stage:
            stage.found = "was there"
            return open_index(
                Path(self.store.path),
                self.union,
                self.names,
                self.base,
                stage.count("entries"),
            )

    @property
    def addresses(self) -> Addresses:
        """Its addresses as paths of this server."""
        return Addresses(self.base, self.below)


def open_prepared(
    folder: Path,
    stores: Path,
    pointer: Path | None = None,
    progress: Progress | None = None,
) -> OpenedRelease:
    """Open and verify a release folder and make everything that its documents need.

    Files that have not changed since they were last verified are not read again. A thread reads
    the names meanwhile, because queries need none.

    Args:
        folder: The folder of the release.
        stores: Where store caches lie; the one of this release is made if absent.
        pointer: The symlink to the release, whose time says since when the release is in use.
        progress: Told of what is made; None: nobody.

    Raises:
        ReleaseError: The folder is no release, or not as it was written.
        DataError: Its store cannot be made or read.
    """
    release = open_release(folder, verify=False)
    manifest = release.manifest
    progress = progress or Progress()
    with progress.stage("verify") as stage:
        stage.found = f"{len(manifest.files):,} files"
        verify_release(release, stores / f"{manifest.id}.verified")
    with progress.stage("store") as stage:
        stage.found = "was there"
        path = build_release_store(
            release.file("dumps/pacta.nq"),
            stores / f"{manifest.id}.store",
            stage.count("statements"),
        )
    spec = StoreSpec(str(path), manifest.id, manifest.base, union=True)
    quads = Reader(str(path))
    union = StoreReader(quads, "")
    context = b"{}"
    if "ontology/context.jsonld" in manifest.files:
        context = release.file("ontology/context.jsonld").read_bytes()
    return OpenedRelease(
        release=release,
        reader=StoreReader(quads),
        union=union,
        store=spec,
        table=read_context(json.loads(context)),
        context=context,
        naming=_start(lambda: build_names(_read_names(union), manifest.base, manifest.languages)),
        modified=read_time(release.path / "release.json", pointer),
        withdrawn=_read_withdrawn(release),
    )


def _start(build: Callable[[], NameIndex]) -> "Future[NameIndex]":
    """Start to build the index of names in a thread of its own."""
    with_one = ThreadPoolExecutor(1, thread_name_prefix="names")
    try:
        return with_one.submit(build)
    finally:
        with_one.shutdown(wait=False)


def _read_withdrawn(release: Release) -> dict[str, Withdrawn]:
    """Address → what replaces it, from `about/withdrawn.json`; empty where there is no file."""
    if "about/withdrawn.json" not in release.manifest.files:
        return {}
    entries = json.loads(release.file("about/withdrawn.json").read_bytes())
    found: dict[str, Withdrawn] = {}
    for address, entry in entries.items():
        reason = entry.get("reason") or ""
        if isinstance(reason, dict):
            chosen = (reason[code] for code in release.manifest.languages if reason.get(code))
            reason = next(chosen, "") or next(iter(reason.values()), "")
        found[address] = Withdrawn(
            str(entry.get("status") or "withdrawn"), str(entry.get("successor") or ""), str(reason)
        )
    return found


def _read_names(reader: StoreReader) -> Iterator[Quad]:
    for predicate in NAMING:
        yield from reader.match(predicate=predicate)


def read_time(manifest: Path, pointer: Path | None = None) -> datetime:
    """When a release was written here, or put in use if that was later: UTC, never after now.

    Args:
        manifest: The `release.json` of the release.
        pointer: The symlink to the release; an older release may be put in use again.
    """
    seconds = manifest.stat().st_mtime
    if pointer is not None and pointer.is_symlink():
        seconds = max(seconds, pointer.lstat().st_mtime)
    written = datetime.fromtimestamp(seconds, UTC)
    return min(written, datetime.now(UTC)).replace(microsecond=0)
