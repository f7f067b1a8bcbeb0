"""Sitemaps: the documents of all things with a name, in files of the size that the protocol allows.

Source: Sitemaps protocol (sitemaps.org), sections "XML tag definitions" and "Using Sitemap index
files".
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from server.release.opened import OpenedRelease

MOST_URLS = 50_000
"""Addresses of one file."""

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


def cut_urls(opened: OpenedRelease, kinds: Sequence[str]) -> list[list[str]]:
    """The absolute addresses of the first page and of all documents of some kinds, cut into files.

    Args:
        opened: The release.
        kinds: Of things.
    """
    addresses = opened.addresses
    paths = sorted(
        addresses.document(thing) or ""
        for thing in opened.names.things()
        if opened.names.kind(thing) in kinds and "#" not in thing
    )
    urls = [opened.base, *map(addresses.absolute, paths)]
    return [urls[at : at + MOST_URLS] for at in range(0, len(urls), MOST_URLS)]


def write_sitemap(urls: Sequence[str], day: str) -> bytes:
    """A sitemap: absolute addresses that all changed on a day."""
    return _write("urlset", "url", urls, day)


def write_sitemap_index(urls: Sequence[str], day: str) -> bytes:
    """An index of sitemaps: their absolute addresses, and the day on which all changed."""
    return _write("sitemapindex", "sitemap", urls, day)


def _write(root: str, entry: str, urls: Sequence[str], day: str) -> bytes:
    entries = "".join(
        f"<{entry}><loc>{escape(url)}</loc><lastmod>{day}</lastmod></{entry}>\n" for url in urls
    )
    return f"{_HEAD}<{root} {_SPACE}>\n{entries}</{root}>\n".encode()
