"""JSON-LD contexts of others that installed packages bring: address → file.

PyLD brings eight of the W3C and of W3ID as a documented table; cromulent, the library of Linked
Art, brings that of Linked Art as the data file that it reads itself (decision 0024).
"""

from functools import cache
from importlib.resources import files
from pathlib import Path

_LINKED_ART = "//linked.art/ns/v1/linked-art.json"
_OTHER_NAMES = {
    "//www.w3.org/ns/activitystreams.jsonld": "//www.w3.org/ns/activitystreams",
    "//w3id.org/did/v1": "//www.w3.org/ns/did/v1",
}
"""A second address of the same document → the first."""


@cache
def list_published() -> dict[str, Path]:
    """Address without its scheme → file; the packages are imported when it is first asked for."""
    import cromulent  # type: ignore[import-untyped]
    from pyld import BUNDLED_CONTEXTS  # type: ignore[import-untyped]

    found = {_without_scheme(address): Path(path) for address, path in BUNDLED_CONTEXTS.items()}
    found[_LINKED_ART] = Path(str(files(cromulent) / "data" / "linked-art.json"))
    return found | {other: found[first] for other, first in _OTHER_NAMES.items()}


def find_published(address: str) -> Path | None:
    """The file of a context, by its address under `http:` or `https:`; None where none has it."""
    if not address.startswith(("http://", "https://")):
        return None
    return list_published().get(_without_scheme(address))


def _without_scheme(address: str) -> str:
    return address.partition(":")[2].rstrip("#")
