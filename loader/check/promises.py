"""Addresses are promises: what one release has, the next has too, or says where it went.

Standard library only. The next release is held to the one in use. Where the base address means
this machine only, nobody can rely on an address yet; the pipeline then warns instead.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from loader.errors import ReleaseError, SeedError
from loader.release.opened import current_release

_LOCAL: Final = re.compile(r"(.*\.)?(localhost|test|example|invalid)|127\.[0-9.]+|::1")
_SHOWN: Final = 10


def lost_addresses(out: Path, base: str, here: Collection[str], file: Path) -> SeedError | None:
    """Return an error that names the addresses that are gone, or None.

    Passages are left out: which of them are used may change. A release in use that has another
    base or cannot be read promises nothing.

    Args:
        out: the folder of releases.
        base: the base address of the new release.
        here: every address that it has or withdraws.
        file: where withdrawn addresses are written, for the message.
    """
    try:
        before = current_release(out, verify=False)
        if before.manifest.base != base:
            return None
        text = before.file("dumps/pacta.nt").read_text(encoding="utf-8")
    except (ReleaseError, OSError):
        return None
    start = f"{base}id/"
    pattern = re.compile(rf"^<({re.escape(start)}(?!evidence/|dataset/)[^#>]+)> ", re.MULTILINE)
    lost = sorted({match[1] for match in pattern.finditer(text)}.difference(here))
    if not lost:
        return None
    names = [address.removeprefix(start) for address in lost]
    message = f"{len(names)} addresses of release {before.id} are gone: {', '.join(names[:_SHOWN])}"
    if len(names) > _SHOWN:
        message += f" and {len(names) - _SHOWN} more"
    stub = "\n".join(f"- {{id: {name}, reason: {{en: …}}}}" for name in names)
    return SeedError(
        message,
        file,
        hint=f"Addresses are promises. Add, with `successor:` where there is one:\n{stub}",
    )


def is_local(base: str) -> bool:
    """Whether a base address means this machine only.

    >>> is_local("http://localhost:8000/"), is_local("https://example.org/")
    (True, False)
    """
    return _LOCAL.fullmatch(urlsplit(base).hostname or "") is not None
