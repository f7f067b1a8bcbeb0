"""What a frozen site holds: every address that the release knows, with its forms.

The table comes from the release, never from reading pages; a test walks the links of the frozen
pages and finds each of them here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from server.documents.links import JSON, LINKSET, RDF_FORMATS, context_digest
from server.documents.profiles import RENDITIONS
from server.documents.sitemap import cut_urls
from server.errors import list_errors
from server.http.formats import BY_NAME
from server.rdf.addresses import ONTOLOGY
from server.rdf.model import PACTA, SHAPES, TYPE, VOCAB, Literal
from server.release.opened import OpenedRelease
from server.routes.discovery import IN_SITEMAP
from server.routes.lists import UNNAMED
from server.routes.terms import list_versions, read_shapes

RDF = tuple(row.suffix for row in RDF_FORMATS)
DOCUMENT = (*RDF, LINKSET.suffix)
TABLE = "csv"


@dataclass(frozen=True)
class Page:
    """One address and the files that it becomes.

    Attributes:
        path: The path of the address below the base, as links write it: `/doc/treaty/peace-1920`.
        stem: Of its files, below the folder of the site: `doc/treaty/peace-1920`.
        suffixes: Of its data: for each one a file `{stem}.{suffix}`, had at `/{stem}.{suffix}`.
        has_page: Whether there is a page for people, in each language.
        asked_at: The path that gives the page, where it is another one.
        json: Whether its data are JSON that is had by `Accept` alone.
    """

    path: str
    stem: str
    suffixes: tuple[str, ...] = ()
    has_page: bool = True
    asked_at: str = ""
    json: bool = False


@dataclass(frozen=True)
class Single:
    """An address with one file, in one form.

    Attributes:
        path: The path of the address below the base, which is also the path of the file.
        accept: Asked for, where several forms are offered.
    """

    path: str
    accept: str = "*/*"


SINGLES = (
    Single("/robots.txt"),
    Single("/sitemap.xml"),
    Single("/editor.json"),
    Single("/frozen/names.json"),
    Single("/.well-known/void", BY_NAME["turtle"].media_type),
)

NEEDS = "/frozen/"
"""The page that says what a frozen site cannot do."""

_VIEWS = ("/conflicts", "/timeline", "/map")


def list_pages(opened: OpenedRelease) -> list[Page]:
    """Every address with pages, in a fixed order."""
    return [*_list_fixed(opened), *_list_terms(opened), *_list_things(opened)]


def list_singles(opened: OpenedRelease) -> list[Single]:
    """Every address that is one file."""
    files = len(cut_urls(opened, IN_SITEMAP))
    parts = [Single(f"/sitemap-{n + 1}.xml") for n in range(files)] if files > 1 else []
    return [*SINGLES, *parts, Single(f"/ns/context/{context_digest(opened)}.jsonld")]


def _list_fixed(opened: OpenedRelease) -> Iterator[Page]:
    """The first page, the views, the lists, and what a program would answer."""
    yield Page("/", "index", DOCUMENT)
    yield Page("/dumps/", "dumps/index", RDF)
    yield Page(f"/dumps/{opened.id}/", f"dumps/{opened.id}/index")
    yield Page("/about", "about")
    yield Page("/report", "report", (JSON.suffix, *RDF))
    for path in _VIEWS:
        yield Page(path, path[1:], (JSON.suffix,), json=True)
    for kind in _list_kinds(opened):
        yield Page(f"/kind/{kind}", f"kind/{kind}", (JSON.suffix, TABLE, "xlsx"))
    yield Page("/errors/", "errors/index", (JSON.suffix,), json=True)
    for code in sorted(list_errors()):
        yield Page(f"/errors/{code}", f"errors/{code}", (JSON.suffix,), json=True)
    for each in RENDITIONS:
        if "/profile/" in each.iri:
            stem = f"profile/{each.iri.rpartition('/')[2]}"
            yield Page(f"/{stem}", stem, (JSON.suffix,), json=True)
    for name in ("search", "as-of", "sparql"):
        yield Page(f"/{name}", name, asked_at=f"/frozen/{name}")
    yield Page(NEEDS, "frozen/index")


def _list_kinds(opened: OpenedRelease) -> list[str]:
    """The kinds of things that have a list."""
    names = opened.names
    found = {names.kind(thing) for thing in names.things() if "#" not in thing}
    union = opened.union
    found |= {k for k, v in UNNAMED.items() if union.match(predicate=TYPE, target=PACTA + v)}
    return sorted(found - {""})


def _list_terms(opened: OpenedRelease) -> Iterator[Page]:
    """Ontology, concept lists, shapes, named graphs."""
    versions = [f"ns/{v.value}" for v in list_versions(opened, ONTOLOGY) if isinstance(v, Literal)]
    for stem in ("ns", "ns/records", "vocab", "shapes", *sorted(set(versions))):
        yield Page(f"/{stem}", stem, DOCUMENT)
    vocabulary = opened.reader.match(graph=f"{opened.base}graph/vocabulary")
    shapes = read_shapes(opened)
    homes = (
        ("vocab/", {VOCAB, f"{opened.base}vocab/"}, {quad.subject for quad in vocabulary}),
        ("shapes/", {SHAPES, f"{opened.base}shapes/"}, {quad.subject for quad in shapes}),
    )
    for folder, starts, subjects in homes:
        found = {s.removeprefix(start) for s in subjects for start in starts if s.startswith(start)}
        for name in sorted(found - {""}):
            yield _find_page(f"{folder}{name}")
    for name in sorted(filter(opened.reader.has, opened.reader.graphs())):
        yield _find_page(name.removeprefix(opened.base))


def _list_things(opened: OpenedRelease) -> Iterator[Page]:
    """Every thing, assertion, passage and link of the collection."""
    start = f"{opened.base}id/"
    found = {q.subject for q in opened.union.match() if q.subject.startswith(start)}
    for iri in sorted(str(each) for each in found if "#" not in each):
        page = _find_page(f"doc/{iri.removeprefix(start)}")
        yield Page(page.path, page.stem, (*DOCUMENT, TABLE))


def _find_page(stem: str) -> Page:
    return Page(f"/{quote(stem, safe='/-._~')}", stem, DOCUMENT)
