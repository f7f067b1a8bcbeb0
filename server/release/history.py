"""The kept releases as states of the site in time (RFC 7089, Memento).

A memento's time is when its release was written here: since then this site answered so. A release
is opened only when an address of it is asked for, and verified whole before anything of it is
shown; which addresses it has is read from its dump alone, once.
"""

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from loader.release.opened import Release, ReleaseError
from server.errors import NotFoundError, ServerError, UnavailableError
from server.rdf.model import PACTA
from server.reading.faults import DataError
from server.release.current import ReleaseHolder
from server.release.opened import OpenedRelease, open_prepared, read_time

MOST_OPEN = 12
"""Former releases that stay open at once, the one opened first leaving first."""

MOST_WAITING = 2
"""Requests that may wait while a former release is opened, which may take seconds. Further requests
must retry, so that they never hold all threads and the release in use stays available."""

FOLDER = "/releases/"


@dataclass(frozen=True)
class Memento:
    """A kept release as a state of the site.

    Attributes:
        release: Its folder; not verified.
        at: Since when the site answered so: UTC, whole seconds.
    """

    release: Release
    at: datetime


def choose_memento(mementos: Sequence[Memento], wanted: datetime) -> Memento | None:
    """The state at a time: the last one not after it, or the first of all (RFC 7089, 4.5.3).

    Args:
        mementos: In the order of time.
        wanted: A time with its zone.
    """
    before = [each for each in mementos if each.at <= wanted]
    return before[-1] if before else next(iter(mementos), None)


class History:
    """The kept releases beside the one in use; safe between threads.

    Args:
        holder: The holder of the release in use.
    """

    def __init__(self, holder: ReleaseHolder) -> None:
        self._holder = holder
        self._lock = threading.Lock()
        self._waiting = threading.BoundedSemaphore(MOST_WAITING)
        self._open: dict[str, OpenedRelease] = {}
        self._addresses: dict[str, frozenset[str]] = {}

    def list_mementos(self, iri: str | None = None) -> tuple[Memento, ...]:
        """The kept releases in the order of time, of those that say something of an IRI.

        Args:
            iri: An address of the collection without fragment; None: all releases.
        """
        found = [
            Memento(release, read_time(release.path / "release.json"))
            for release in self._holder.kept
            if iri is None or iri in self._read_addresses(release)
        ]
        return tuple(sorted(found, key=lambda each: (each.at, each.release.id)))

    def find(self, name: str) -> Memento:
        """A kept release by its id.

        Raises:
            NotFoundError: There is none of that id.
        """
        for memento in self.list_mementos():
            if memento.release.id == name:
                return memento
        raise NotFoundError(f"there is no release {name[:60]} here", hint="/dumps/ lists them")

    def open(self, name: str) -> OpenedRelease:
        """A kept release, verified, its links staying below `/releases/{name}`.

        Raises:
            NotFoundError: There is none of that id.
            UnavailableError: It is not as it was written, or too many are being opened.
        """
        known = self._open.get(name)
        if known is not None:
            return known
        if not self._waiting.acquire(blocking=False):
            raise UnavailableError(
                "other former releases are being opened", hint="Ask again in a few seconds."
            )
        try:
            with self._lock:
                known = self._open.get(name)
                if known is None:
                    known = self._open[name] = self._prepare(name)
                    while len(self._open) > MOST_OPEN:
                        del self._open[next(iter(self._open))]
                return known
        finally:
            self._waiting.release()

    def _prepare(self, name: str) -> OpenedRelease:
        memento = self.find(name)
        opened = self._holder.current
        if opened.id != name:
            try:
                opened = open_prepared(memento.release.path, self._holder.stores)
            except (ReleaseError, DataError, ServerError, OSError, ValueError) as error:
                raise UnavailableError(
                    f"the release {name} is not as it was written",
                    hint="/dumps/ lists the others.",
                ) from error
        return replace(
            opened,
            below=FOLDER + name,
            modified=memento.at,
            service=None,
        )

    def _read_addresses(self, release: Release) -> frozenset[str]:
        """What a release has statements about; nothing where its dump was changed since."""
        known = self._addresses.get(release.id)
        if known is None:
            known = self._addresses[release.id] = read_addresses(release)
        return known


def read_addresses(release: Release) -> frozenset[str]:
    """The addresses of the collection that are subjects in a release, without fragments."""
    name = "dumps/pacta.nt"
    entry = release.manifest.files.get(name)
    try:
        data = (release.path / name).read_bytes()
    except OSError:
        return frozenset()
    if entry is None or hashlib.sha256(data).hexdigest() != entry.sha256:
        return frozenset()
    vocabulary = PACTA.removesuffix("ns#")
    homes = (f"<{release.manifest.base}".encode(), f"<{vocabulary}".encode())
    subjects = {line.partition(b"> ")[0] for line in data.splitlines() if line.startswith(homes)}
    return frozenset(subject[1:].partition(b"#")[0].decode() for subject in subjects)
