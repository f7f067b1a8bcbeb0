"""How to cite a page: text, BibTeX, RIS, CSL-JSON, and metadata that reference managers read. Pure.

A statement's citation carries what is stated, the source with the place of the passage, and the
release, so that a reader years later finds the same words.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from server.pages.shown import Evidence


@dataclass(frozen=True)
class Publication:
    """The release that is cited: title, publisher, release id, its date, its licence."""

    title: str
    publisher: str
    release: str
    issued: str
    licence: str = ""


@dataclass(frozen=True)
class Citation:
    """One page in the forms that people paste.

    Attributes:
        text: One line for a footnote.
        forms: Name of the form, file name, its text.
        meta: Name and content of the `<meta>` elements that Zotero and others read.
    """

    text: str
    forms: tuple[tuple[str, str, str], ...]
    meta: tuple[tuple[str, str], ...]


def cite_page(
    address: str, title: str, publication: Publication, evidence: Sequence[Evidence] = ()
) -> Citation:
    """The citation of a page.

    Args:
        address: The lasting IRI.
        title: The title of the page; for a statement, what it states.
        publication: The release.
        evidence: The passages of a statement.
    """
    sources = "; ".join(f"{source}, {places}" for source, places in _list_places(evidence))
    key = re.sub(r"[^a-z0-9]+", "-", address.rpartition("/id/")[2].lower()).strip("-") or "pacta"
    said = [
        f"“{title}.”",
        f"{publication.title}, release {publication.release} ({publication.issued}).",
        f"{publication.publisher}.",
        *([f"After {sources}."] if sources else []),
        address,
    ]
    note = f"release {publication.release}" + (f"; after {sources}" if sources else "")
    return Citation(
        " ".join(said),
        (
            ("BibTeX", f"{key}.bib", _write_bibtex(key, address, title, publication, note)),
            ("RIS", f"{key}.ris", _write_ris(address, title, publication, note)),
            ("CSL-JSON", f"{key}.json", _write_csl(key, address, title, publication, note)),
        ),
        (
            ("citation_title", title),
            ("citation_author", publication.publisher),
            ("citation_publication_date", publication.issued.replace("-", "/")),
            ("citation_inbook_title", f"{publication.title}, release {publication.release}"),
            ("citation_publisher", publication.publisher),
            ("citation_public_url", address),
        ),
    )


def _list_places(evidence: Sequence[Evidence]) -> list[tuple[str, str]]:
    grouped: dict[str, list[str]] = {}
    for item in evidence:
        name = f"{item.source.text} [{item.handle}]"
        grouped.setdefault(name, []).append(f"{item.start}–{item.end}")
    return [(name, "characters " + ", ".join(places)) for name, places in grouped.items()]


def _escape(text: str) -> str:
    return re.sub(r"([{}%#&_$])", r"\\\1", text.replace("\\", "/"))


def _write_bibtex(key: str, address: str, title: str, publication: Publication, note: str) -> str:
    fields = {
        "title": "{" + _escape(title) + "}",
        "author": "{" + _escape(publication.publisher) + "}",
        "booktitle": _escape(publication.title),
        "publisher": _escape(publication.publisher),
        "year": publication.issued[:4],
        "url": address,
        "note": _escape(note),
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{{key},\n{lines}\n}}\n"


def _write_ris(address: str, title: str, publication: Publication, note: str) -> str:
    rows = (
        ("TY", "ELEC"),
        ("TI", title),
        ("AU", publication.publisher),
        ("T2", publication.title),
        ("PB", publication.publisher),
        ("PY", publication.issued[:4]),
        ("DA", publication.issued.replace("-", "/")),
        ("UR", address),
        ("N1", note),
        ("ER", ""),
    )
    return "".join(f"{tag}  - {' '.join(value.split())}\r\n" for tag, value in rows)


def _write_csl(key: str, address: str, title: str, publication: Publication, note: str) -> str:
    parts = [int(part) for part in publication.issued.split("-")]
    entry = {
        "id": key,
        "type": "entry",
        "title": title,
        "author": [{"literal": publication.publisher}],
        "container-title": publication.title,
        "publisher": publication.publisher,
        "version": publication.release,
        "issued": {"date-parts": [parts]},
        "URL": address,
        "note": note,
    }
    return json.dumps([entry], ensure_ascii=False) + "\n"
