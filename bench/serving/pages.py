"""Pages over a whole collection: the first one that is asked for, and the next one like it."""

from __future__ import annotations

from pathlib import Path

from bench.client import Client, Reply
from bench.peers import serve_release
from bench.table import Row

PART = "pages"
PAGES = (
    *("/", "/timeline", "/kind/treaty", "/kind/event", "/as-of?date=1920-07-12", "/map"),
    "/conflicts",
)


def measure_pages(out: Path) -> list[Row]:
    """Measure each page with a server of its own, once names and templates have been read.

    The same page is asked for again under another address, as for a reader who narrows a list:
    the server writes it anew from what it has kept of the release.

    Args:
        out: Folder of releases.
    """
    return [_measure_page(out, path) for path in PAGES]


def _measure_page(out: Path, path: str) -> Row:
    with serve_release(out) as server:
        client = Client(server.port)
        _read(client, "/about")
        first = _read(client, path)
        again = _read(client, f"{path}{'&' if '?' in path else '?'}again=1")
    return Row(
        PART,
        path,
        f"{first.ms:.0f} ms, again {again.ms:.0f}; {first.size / 1000:.0f} kB",
        numbers={"first_ms": first.ms, "again_ms": again.ms, "bytes": first.size},
    )


def _read(client: Client, path: str) -> Reply:
    reply = client.get(path, {"Accept": "text/html"}, keep=False)
    if reply.status != 200:
        raise RuntimeError(f"{path} answered {reply.status}")
    return reply
