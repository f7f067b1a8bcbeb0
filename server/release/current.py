"""The release in use: opened and verified, then one assignment switches.

A thread looks at `current` once a second. A request takes `ReleaseHolder.current` once at its
start and keeps what it got. A folder that is refused leaves the release in use as it is and is
named in `refused`, which `/health` shows.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any

from cachetools import LRUCache, cachedmethod

from loader.release.opened import (
    Manifest,
    Release,
    ReleaseError,
    current_release_id,
    list_releases,
    open_release,
)
from server.errors import ServerError
from server.pool.engine import Reader, StoreSpec
from server.rdf.addresses import Addresses
from server.rdf.contexts import ContextTable, read_context
from server.rdf.model import Blank, Iri, Literal, Node, Quad, Term
from server.rdf.names import NAMING, NameIndex, build_names
from server.reading.faults import DataError
from server.release.search import SearchIndex, open_index
from server.release.store import build_release_store
from server.release.verified import verify_release

LOOK_EVERY_S = 1.0
_KEPT_QUADS = 50_000
"""What the engine said last is kept, so many quads of it (some 30 MB): documents that link each
other ask for the same nodes."""

CLOSE_AFTER_S = 30.0
"""Seconds that requests which took the former release may still use what belongs to it."""

_CONTACT_POINT = "http://www.w3.org/ns/dcat#contactPoint"
_CONTACT_PAGE = "http://www.w3.org/2006/vcard/ns#hasURL"

_LOG = logging.getLogger("pacta.release")


Pattern = tuple[str | None, ...]


def read_term(term: Any) -> Term:
    """A term of the engine as a term of the pages."""
    value: str = term.value
    datatype = getattr(term, "datatype", None)
    if datatype is not None:
        return Literal(value, term.language or "", datatype.value)
    return Blank("_:" + value) if type(term).__name__ == "BlankNode" else Iri(value)


def read_quad(quad: Any) -> Quad:
    """A quad of the engine as a quad of the pages; a quad without graph gets an empty one."""
    subject = read_term(quad.subject)
    node: Node = Iri(subject) if isinstance(subject, Literal) else subject
    graph = getattr(quad.graph_name, "value", "")
    return Quad(node, Iri(quad.predicate.value), read_term(quad.object), graph)


class StoreReader:
    """A release's store as the pages read it (`server.rdf.model.Reader`)."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._kept = LRUCache[Pattern, tuple[Quad, ...]](_KEPT_QUADS, lambda found: len(found) + 1)
        self._lock = threading.Lock()

    def outgoing(self, subject: str, predicates: Sequence[str] = ()) -> list[Quad]:
        """The quads whose subject is this IRI, of these predicates or of all."""
        if not predicates:
            return self.match(subject=subject)
        return [quad for predicate in predicates for quad in self.match(subject, predicate)]

    def incoming(self, target: str) -> list[Quad]:
        """The quads whose object is this IRI."""
        return self.match(target=target)

    def match(
        self,
        subject: str | None = None,
        predicate: str | None = None,
        target: str | None = None,
        graph: str | None = None,
    ) -> list[Quad]:
        """The quads that match; a name that is no IRI matches nothing."""
        return list(self._read(subject, predicate, target, graph))

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
        reader: Its statements.
        store: What a query worker needs to open the store.
        table: The JSON-LD context as a table; `context` is the file's bytes.
        naming: Gives `names` once they are read.
        modified: When it came into use here.
        withdrawn: Address → what became of it.
        service: What `on_open` gave.
        below: `/releases/{id}` where it is shown as a former state of the site; else empty.
    """

    release: Release
    reader: StoreReader
    store: StoreSpec
    table: ContextTable
    context: bytes
    naming: "Future[NameIndex]"
    modified: datetime
    withdrawn: Mapping[str, Withdrawn] = field(default_factory=dict)
    service: Any = None
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
        points = [quad.object for quad in self.reader.match(predicate=_CONTACT_POINT)]
        pages = [
            str(quad.object)
            for point in points
            if isinstance(point, Iri)
            for quad in self.reader.match(subject=point, predicate=_CONTACT_PAGE)
        ]
        return min(pages, default="")

    @cached_property
    def index(self) -> SearchIndex:
        """What searches look in; made at the first use where it is not there yet.

        Raises:
            DataError: It cannot be written.
        """
        return open_index(Path(self.store.path), self.reader, self.names, self.base)

    @property
    def addresses(self) -> Addresses:
        """Its addresses as paths of this server."""
        return Addresses(self.base, self.below)


OnOpen = Callable[[Release, StoreSpec], object]


def open_prepared(
    folder: Path,
    stores: Path,
    pointer: Path | None = None,
) -> OpenedRelease:
    """Open and verify a release folder and make everything that its documents need.

    Files that are as they were when last verified are not read again.

    Names are read meanwhile: queries need none.

    Args:
        folder: The release.
        stores: Where store caches lie; the one of this release is made if absent.
        pointer: The symlink that names it, whose time says since when it is in use.

    Raises:
        ReleaseError: The folder is no release, or not as it was written.
        DataError: Its store cannot be made or read.
    """
    release = open_release(folder, verify=False)
    manifest = release.manifest
    verify_release(release, stores / f"{manifest.id}.verified")
    triples = release.file("dumps/pacta.nt") if "dumps/pacta.nt" in manifest.files else None
    path = build_release_store(release.file("dumps/pacta.nq"), triples, stores / manifest.id)
    spec = StoreSpec(str(path), manifest.id, manifest.base, union=True)
    reader = StoreReader(Reader(str(path)))
    context = b"{}"
    if "ontology/context.jsonld" in manifest.files:
        context = release.file("ontology/context.jsonld").read_bytes()
    return OpenedRelease(
        release=release,
        reader=reader,
        store=spec,
        table=read_context(json.loads(context)),
        context=context,
        naming=_start(lambda: build_names(_read_names(reader), manifest.base, manifest.languages)),
        modified=read_time(release.path / "release.json", pointer),
        withdrawn=_read_withdrawn(release),
    )


def _start(build: Callable[[], NameIndex]) -> "Future[NameIndex]":
    """Begin to build an index in a thread of its own."""
    with_one = ThreadPoolExecutor(1, thread_name_prefix="names")
    try:
        return with_one.submit(build)
    finally:
        with_one.shutdown(wait=False)


def _read_withdrawn(release: Release) -> dict[str, Withdrawn]:
    """Address → what became of it, from `about/withdrawn.json`; empty where there is no file."""
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
        manifest: Its `release.json`.
        pointer: The symlink that puts it in use: an older release may be put in use again.
    """
    seconds = manifest.stat().st_mtime
    if pointer is not None and pointer.is_symlink():
        seconds = max(seconds, pointer.lstat().st_mtime)
    written = datetime.fromtimestamp(seconds, UTC)
    return min(written, datetime.now(UTC)).replace(microsecond=0)


class ReleaseHolder:
    """Holds the release in use and looks for the next one.

    Args:
        out: The folder of releases (`build/`); `current` in it names the one in use.
        folder: A fixed release folder instead; nothing is watched then.
        on_open: Called last, with the release and its store; may refuse it by raising.
        on_close: Given the `service` of a release that is no longer in use.
    """

    def __init__(
        self,
        out: Path,
        folder: Path | None = None,
        *,
        on_open: OnOpen | None = None,
        on_close: Callable[[Any], None] | None = None,
    ) -> None:
        self._out = out
        self._folder = folder
        self._on_open = on_open
        self._on_close = on_close
        self._current: OpenedRelease | None = None
        self._refused: dict[str, str] = {}
        self._refused_at: tuple[str, int] = ("", 0)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def current(self) -> OpenedRelease:
        """The release in use; take it once per request.

        Raises:
            RuntimeError: `open` was not called.
        """
        current = self._current
        if current is None:
            raise RuntimeError("no release was opened")
        return current

    @property
    def stores(self) -> Path:
        """Where store caches lie."""
        return self._out / "stores"

    @property
    def refused(self) -> tuple[tuple[str, str], ...]:
        """Folders that were not taken, with the reason; the latest last."""
        return tuple(self._refused.items())

    def open(self) -> OpenedRelease:
        """Open the release in use, at the start.

        Raises:
            ReleaseError, DataError, ServerError: See `_prepare`.
        """
        folder = self._folder
        if folder is None:
            name = current_release_id(self._out)
            folder = self._out / ("current" if name is None else f"releases/{name}")
        self._current = self._prepare(folder)
        return self._current

    def _prepare(self, folder: Path) -> OpenedRelease:
        """A release with all that its pages, searches and queries need, so that no reader waits.

        Raises:
            ReleaseError: The folder is no release, or not as it was written.
            DataError: Its store or search index cannot be made or read.
            ServerError: `on_open` refused it.
        """
        opened = open_prepared(folder, self.stores, self._out / "current")
        _LOG.info("search index of %s ready: %d words", opened.id, len(opened.index.terms))
        if self._on_open is None:
            return opened
        return replace(opened, service=self._on_open(opened.release, opened.store))

    def look(self) -> bool:
        """Take the release that `current` names now, if it is another one and sound."""
        if self._folder is not None or self._current is None:
            return False
        name = current_release_id(self._out)
        if name is None:
            return False
        if name == self._current.id:
            self._refused.clear()  # putting a release back in use settles the refused ones
            return False
        pointed = ("", 0)
        try:
            pointed = (name, (self._out / "current").lstat().st_mtime_ns)
            if pointed == self._refused_at:
                return False
            opened = self._prepare(self._out / "releases" / name)
            opened.naming.result()  # no reader of the next release waits for its names
        except (ReleaseError, DataError, ServerError, OSError, ValueError) as error:
            self._refused[name] = str(error)
            self._refused_at = pointed
            _LOG.error("release %s refused: %s", name, error)
            return False
        former, self._current = self._current, opened
        self._refused.clear()
        _LOG.info("release %s in use instead of %s", opened.id, former.id)
        if self._on_close is not None and former.service is not None:
            timer = threading.Timer(CLOSE_AFTER_S, self._on_close, (former.service,))
            timer.daemon = True
            timer.start()
        return True

    @property
    def kept(self) -> tuple[Release, ...]:
        """All releases that lie here, oldest first; files not verified."""
        if self._folder is not None:
            return (self.current.release,)
        return list_releases(self._out)

    def watch(self) -> None:
        """Start the thread that calls `look` every second."""
        if self._thread is None and self._folder is None:
            self._thread = threading.Thread(target=self._run, name="release-watch", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_EVERY_S):
            try:
                self.look()
            except Exception:  # whatever it was: the next release must be seen
                _LOG.exception("looking for a release failed")

    def stop(self) -> None:
        """End the thread and close what belongs to the release in use."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5.0)
        if self._current is not None and self._on_close and self._current.service is not None:
            self._on_close(self._current.service)
