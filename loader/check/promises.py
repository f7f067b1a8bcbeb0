"""Checks that each address of an earlier release is still in use or listed as withdrawn.

The next release is held to the one in use, and to every release whose addresses are kept in
``seeds/promised/`` (`keep_addresses` writes them there when a release is published). Where the
base address means this machine only, nobody can rely on the release in use; the pipeline then
warns of it. Promised addresses are never lost in silence.

A file of promised addresses is ``{release}.txt.gz``. A line is an address (``treaty/peace-1920``)
or, for a statement, an address, a tab and the local name of its property. Sorted, UTF-8.

Source: docs/decisions/0005-addresses.md, docs/decisions/0020-addresses-that-stay.md.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from loader.errors import ReleaseError, SeedError, WorkspaceError
from loader.rdf.counts import say_count
from loader.read.records import PROMISED
from loader.release.opened import Release, current_release
from loader.workspace import replace_file

_LOCAL: Final = re.compile(r"(.*\.)?(localhost|test|example|invalid)|127\.[0-9.]+|::1")
_SHOWN: Final = 10
_ON_PROPERTY: Final = "https://w3id.org/pacta/ns#onProperty"

UNUSED_PASSAGE: Final = {
    "en": "No statement rests on this passage any more.",
    "lt": "Joks teiginys šia vieta daugiau nesiremia.",
}
"""Why the address of a promised passage answers as withdrawn, by language."""

Promised: TypeAlias = Mapping[str, str]
"""Address below ``id/`` → the property of a statement, else an empty text."""


def addresses_of(release: Release) -> Promised:
    """Return the addresses that a release promises: of its things, assertions and passages.

    Raises:
        ReleaseError: its dump is missing.
    """
    text = release.file("dumps/pacta.nt").read_text(encoding="utf-8")
    start = re.escape(f"{release.manifest.base}id/")
    subjects = re.compile(rf"^<{start}(?!dataset/)([^#>]+)> <([^>]+)> (?:<([^>]+)>)?", re.MULTILINE)
    found: dict[str, str] = {}
    for address, predicate, value in subjects.findall(text):
        found.setdefault(address, "")
        if predicate == _ON_PROPERTY:
            found[address] = re.split("[#/]", value)[-1]
    return found


def keep_addresses(release: Release, seeds: Path) -> Path:
    """Write the addresses of a release into ``seeds/promised/`` and return the file.

    Raises:
        ReleaseError: its dump is missing.
        WorkspaceError: the file cannot be written.
    """
    pairs = sorted(addresses_of(release).items())
    lines = "".join(f"{address}\t{prop}\n" if prop else f"{address}\n" for address, prop in pairs)
    file = seeds / PROMISED / f"{release.id}.txt.gz"
    replace_file(file, gzip.compress(lines.encode(), mtime=0))
    return file


def read_promised(seeds: Path) -> dict[str, Promised]:
    """Return the id of each published release with the addresses that it promised.

    Raises:
        WorkspaceError: a file cannot be read.
    """
    promised: dict[str, Promised] = {}
    for file in sorted((seeds / PROMISED).glob("*.txt.gz")):
        try:
            lines = gzip.decompress(file.read_bytes()).decode().splitlines()
        except (OSError, EOFError, ValueError) as error:
            raise WorkspaceError(f"cannot be read: {error}", file) from None
        pairs = (line.partition("\t") for line in lines)
        promised[file.name.removesuffix(".txt.gz")] = {address: prop for address, _, prop in pairs}
    return promised


def broken_promises(
    promised: Mapping[str, Promised], here: Promised, gone: Collection[str], file: Path
) -> Iterable[SeedError]:
    """Yield an error for each release with addresses that are gone or state something else.

    Passages are left out: `unused_passages` tells those that answer as withdrawn.

    Args:
        promised: from `read_promised`.
        here: the addresses that the new release has.
        gone: the addresses that it withdraws.
        file: where withdrawn addresses are written, for the message.
    """
    for name, addresses in promised.items():
        lost = [
            address
            for address in addresses
            if address not in here and address not in gone and not address.startswith("evidence/")
        ]
        if lost:
            yield _lost(name, sorted(lost), file)
        for address, prop in addresses.items():
            now = here.get(address, prop)
            if prop and now and now != prop:
                yield SeedError(
                    f"{address} states {now}; in release {name} it stated {prop}",
                    file,
                    hint="The first property of an entry has the address of the entry's id. "
                    f"Write {prop} first again, or give the entry another id and withdraw this "
                    "address.",
                )


def unused_passages(promised: Mapping[str, Promised], here: Promised) -> tuple[str, ...]:
    """Return the addresses of promised passages that nothing rests on any more."""
    addresses = {address for one in promised.values() for address in one}
    return tuple(sorted(a for a in addresses if a.startswith("evidence/") and a not in here))


def lost_addresses(out: Path, base: str, here: Collection[str], file: Path) -> SeedError | None:
    """Return an error that names the addresses of the release in use that are gone, or None.

    Passages are left out: which of them are used may change. A release in use that has another
    base or cannot be read promises nothing.

    Args:
        out: the folder of releases.
        base: the base address of the new release.
        here: every address that it has or withdraws, below ``id/``.
        file: where withdrawn addresses are written, for the message.
    """
    try:
        before = current_release(out, verify=False)
        if before.manifest.base != base:
            return None
        addresses = addresses_of(before)
    except (ReleaseError, OSError):
        return None
    names = sorted(
        address
        for address in addresses
        if address not in here and not address.startswith("evidence/")
    )
    return _lost(before.id, names, file) if names else None


def _lost(release: str, names: list[str], file: Path) -> SeedError:
    addresses = say_count(len(names), "address", "addresses")
    verb = "is" if len(names) == 1 else "are"
    message = f"{addresses} of release {release} {verb} gone: {', '.join(names[:_SHOWN])}"
    if len(names) > _SHOWN:
        message += f" and {len(names) - _SHOWN} more"
    stub = "\n".join(f"- {{id: {name}, reason: {{en: …}}}}" for name in names)
    return SeedError(
        message,
        file,
        hint="Addresses are promises. Add, with `into:` the address where the same stands now, "
        f"or `successor:` what replaces it:\n{stub}",
    )


def is_local(base: str) -> bool:
    """Whether a base address means this machine only.

    >>> is_local("http://localhost:8000/"), is_local("https://example.org/")
    (True, False)
    """
    return _LOCAL.fullmatch(urlsplit(base).hostname or "") is not None
