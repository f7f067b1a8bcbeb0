"""What the rules of every web server are made of: addresses, media types, facts. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from server.documents.links import DOCUMENT_FORMATS, JSON, LINKSET, RDF_FORMATS
from server.http.formats import BY_NAME, FILE_TYPES, Format
from server.http.headers import CONTENT_POLICY

HTML = BY_NAME["html"]
LISTS = (HTML, JSON, BY_NAME["csv"], BY_NAME["xlsx"])

CLASSES: Mapping[str, tuple[tuple[Format, ...], str]] = {
    "data": (DOCUMENT_FORMATS, r"/(?:doc|graph|ns|vocab|shapes)(?:/.*)?|/|/dumps/?"),
    "list": (LISTS, r"/kind/.*"),
    "report": ((HTML, JSON, *RDF_FORMATS), r"/report"),
    "view": ((HTML, JSON), r"/(?:conflicts|timeline|map)|/(?:errors|profile)(?:/.*)?"),
    "void": (RDF_FORMATS, r"/\.well-known/void"),
    "page": ((HTML,), r".*"),
}
"""Class of addresses → its formats in the order of the server, and a pattern of its paths."""

POLICY = CONTENT_POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
"""The query page compiles the query engine, which is WebAssembly."""


@dataclass(frozen=True)
class Facts:
    """What the rules need to know of a frozen site.

    Attributes:
        base: Its base address, ending in `/`.
        home: The path of the base without its last `/`.
        release: Id of the release.
        licence: Address of the licence of the data.
        languages: Codes of the languages of the pages, the first one plain.
        gone: Path below the base of each withdrawn thing, `treaty/old-name`.
        merged: The same of each merged thing → the one that it was merged into.
    """

    base: str
    home: str
    release: str
    licence: str
    languages: tuple[str, ...]
    gone: tuple[str, ...] = ()
    merged: tuple[tuple[str, str], ...] = ()


def escape_pattern(text: str) -> str:
    """A text as the pattern that fits it alone."""
    return text.replace(".", r"\.").replace("+", r"\+").replace("*", r"\*")


def list_rows() -> tuple[Format, ...]:
    """Every format of any class, once."""
    found = {row.suffix: row for formats, _ in CLASSES.values() for row in formats}
    return tuple(found.values())


_FILES: Mapping[str, str] = {
    "css": "text/css",
    "gz": "application/gzip",
    "geojson": "application/geo+json",
    "ico": "image/vnd.microsoft.icon",
    "js": "text/javascript",
    "json": "application/json",
    "linkset": LINKSET.media_type,
    "png": "image/png",
    "problem": "application/problem+json",
    "rq": "application/sparql-query",
    "svg": "image/svg+xml",
    "tsv": "text/tab-separated-values",
    "txt": "text/plain",
    "wasm": "application/wasm",
    "xml": "application/xml",
    "yaml": "application/yaml",
    "zst": "application/zstd",
}
"""Suffix of a file that no format of an answer has → media type."""


def list_types() -> dict[str, str]:
    """Suffix → media type of every file of a frozen site, without charset, sorted."""
    rows = (*list_rows(), LINKSET)
    return dict(sorted({**_FILES, **{row.suffix: row.media_type for row in rows}}.items()))


def list_charsets() -> list[str]:
    """The media types that say `charset=utf-8`, as the server's answers do; sorted."""
    found = {row.media_type for row in list_rows() if row.charset}
    found |= {kind.partition(";")[0] for kind in FILE_TYPES.values() if "charset" in kind}
    return sorted(found | {"application/xml", "text/css", "text/javascript", "text/plain"})


def write_error(base: str, title: str, detail: str) -> str:
    """The page of an error; it is self-contained, because it may be sent at any address."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(title)}</title>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f"<p>{escape(detail)}</p>\n"
        f'<p><a href="{escape(base)}">{escape(base)}</a></p>\n</body>\n</html>\n'
    )
