"""`/ns`, `/vocab/…`, `/shapes`, `/graph/…`: ontology, concept lists, rules, named graphs."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NoReturn

from flask import Blueprint, Response

from server.documents.description import Document
from server.documents.links import (
    ALL_FORMATS,
    DOCUMENT_FORMATS,
    LINKSET,
    Place,
    embed_document,
    list_links,
    write_document,
    write_linkset,
)
from server.errors import GoneError, NotFoundError
from server.http.formats import BY_NAME, Format
from server.http.representation import Link, Resource
from server.pages.cards import Desk
from server.pages.glossary import list_concepts, list_shapes, list_terms
from server.pool.engine import parse_rdf
from server.rdf.addresses import MARKS, ONTOLOGY
from server.rdf.jsonld_profiles import PROFILES
from server.rdf.memory import IndexedQuads
from server.rdf.model import (
    PACTA,
    RECORDS,
    SHAPES,
    SKOS,
    VOCAB,
    Blank,
    Iri,
    Literal,
    Quad,
    Reader,
    Term,
    sort_key,
)
from server.release.opened import OpenedRelease, read_quad
from server.routes import find_suffix, find_term, open_desk, release, render, send_resource, site

BLUEPRINT = Blueprint("terms", __name__)

Writer = Callable[[Document, Desk, Place], bytes]


def _close(reader: Reader, subjects: Iterable[str]) -> tuple[Quad, ...]:
    """All triples about the subjects, and about the blank nodes that belong to them."""
    quads: dict[Quad, None] = {}
    todo = list(subjects)
    seen: set[str] = set()
    while todo:
        subject = todo.pop(0)
        if subject in seen:
            continue
        seen.add(subject)
        inner: list[str] = []
        for quad in sorted(reader.outgoing(subject), key=lambda q: (q.predicate, sort_key(q[2]))):
            quads[quad] = None
            if isinstance(quad.object, Blank):
                inner.append(quad.object)
        todo = inner + todo
    return tuple(quads)


def _send(
    root: str, path: str, fixed: Format | None, quads: Sequence[Quad], write_page: Writer
) -> Response:
    """A set of statements under one address, in every format."""
    opened = release()
    expanded = tuple(dict.fromkeys(quad.subject for quad in quads))
    place = Place(root, opened.addresses.prefix + path)

    def build(row: Format, profile: str) -> bytes:
        if row is LINKSET:
            return write_linkset(place, links(row), opened)
        document = Document(Iri(root), tuple(quads), expanded)
        if row.name == "html":
            return write_page(document, open_desk(), place)
        return write_document(document, opened, row, profile)

    def links(row: Format) -> list[Link]:
        return list_links(place, opened, row)

    return send_resource(
        Resource(
            key=(opened.id, site().software, "terms", path),
            offers=DOCUMENT_FORMATS,
            build=build,
            fixed=fixed,
            location=place.of,
            links=links,
            modified=opened.modified,
            profiles=PROFILES,
        )
    )


def _frame(document: Document, place: Place, template: str, **values: object) -> bytes:
    """A page with its links, and the document embedded unless it is a whole long list."""
    opened = release()
    return render(
        template,
        document=document,
        downloads=[
            {"href": place.of(row), "type": row.media_type, "title": row.title}
            for row in DOCUMENT_FORMATS
            if row.name != "html"
        ],
        head_links=list_links(place, opened, BY_NAME["html"]),
        embedded=[embed_document(document, opened)] if len(document.triples) < 1000 else [],
        **values,
    )


def _write_lists(document: Document, desk: Desk, place: Place) -> bytes:
    """The page of one concept list or of all."""
    return _frame(document, place, "vocabulary.html", schemes=list_concepts(document.quads, desk))


def _write_shapes(document: Document, desk: Desk, place: Place) -> bytes:
    """The page of one shape or of all."""
    return _frame(document, place, "shapes.html", shapes=list_shapes(document.quads, desk))


def _vocabulary(opened: OpenedRelease) -> list[Quad]:
    return opened.reader.match(graph=f"{opened.base}graph/vocabulary")


@BLUEPRINT.get("/ns<suffix>")
@BLUEPRINT.get("/ns", defaults={"suffix": ""})
@BLUEPRINT.get("/ns/<version>", defaults={"suffix": ""})
def show_ontology(suffix: str, version: str = "") -> Response:
    """The ontology: all terms in one document, as hash addresses ask for."""
    opened = release()
    fixed = None
    if suffix:
        rest, fixed = find_suffix(f"ns{suffix}", ALL_FORMATS)
        if rest != "ns":
            raise NotFoundError("nothing has this address")
    if version:
        texts = {v.value for v in list_versions(opened, ONTOLOGY) if isinstance(v, Literal)}
        if version not in texts and _VERSION.fullmatch(version):
            _refuse_version(version, texts, "/ns")
        version, fixed = find_suffix(version, ALL_FORMATS, texts.__contains__)
        if version not in texts:
            raise NotFoundError(f"this release has no version {version[:40]} of the ontology")
    quads = [
        quad
        for quad in _vocabulary(opened)
        if not quad.subject.startswith((VOCAB, MARKS, f"{opened.base}vocab/"))
        and not quad.predicate.startswith(RECORDS)
    ]
    inferred = opened.reader.match(graph=f"{opened.base}graph/inferred")
    quads += [q for q in inferred if q.subject.startswith((PACTA, f"{opened.base}ns#"))]
    quads.sort(key=lambda q: (isinstance(q.subject, Blank), q.subject != ONTOLOGY, q[:2]))

    path = "/ns" + (f"/{version}" if version else "")
    return _send(ONTOLOGY, path, fixed, quads, _write_terms)


@BLUEPRINT.get("/ns/records<suffix>")
@BLUEPRINT.get("/ns/records", defaults={"suffix": ""})
def show_marks(suffix: str) -> Response:
    """The marks for the programs that read records, and the terms that carry them."""
    rest, fixed = find_suffix(f"records{suffix}", ALL_FORMATS) if suffix else ("records", None)
    if rest != "records":
        raise NotFoundError("nothing has this address")
    quads = [
        quad
        for quad in _vocabulary(release())
        if quad.subject.startswith(MARKS) or quad.predicate.startswith(RECORDS)
    ]
    quads.sort(key=lambda q: (q.subject != MARKS, not q.subject.startswith(RECORDS), q[:2]))
    return _send(MARKS, "/ns/records", fixed, quads, _write_terms)


_VERSION = re.compile(r"\d+\.\d+\.\d+")


def list_versions(opened: OpenedRelease, document: str) -> list[Term]:
    """What the release says of the version of the ontology or of the lists."""
    return [q.object for q in opened.reader.outgoing(document) if "version" in q.predicate]


def _refuse_version(version: str, present: set[str], path: str) -> NoReturn:
    """Distinguish an earlier version from one that never existed.

    Raises:
        GoneError: A former version; names the path of the present one.
        NotFoundError: No version that was published before.
    """

    def order(text: str) -> tuple[int, ...]:
        return tuple(int(part) for part in text.split("."))

    if any(order(version) < order(one) for one in present):
        path = release().addresses.prefix + path
        raise GoneError(
            f"version {version} was replaced by {max(present, key=order)}, which tells what went",
            members={"successor": path},
            headers={"Link": f'<{path}>; rel="successor-version"'},
        )
    raise NotFoundError(f"this release has no version {version[:40]} of these terms")


def _write_terms(document: Document, desk: Desk, place: Place) -> bytes:
    """The page of the ontology or of the marks."""
    return _frame(document, place, "ontology.html", terms=list_terms(document.quads, desk))


@BLUEPRINT.get("/vocab", defaults={"suffix": ""})
@BLUEPRINT.get("/vocab<suffix>")
def show_vocabularies(suffix: str) -> Response:
    """All concept lists."""
    opened = release()
    fixed = find_suffix(f"vocab{suffix}", ALL_FORMATS)[1] if suffix else None
    if suffix and fixed is None:
        raise NotFoundError("nothing has this address")
    lists = (VOCAB, f"{opened.base}vocab/")
    quads = [q for q in _vocabulary(opened) if q.subject.startswith(lists)]
    return _send(VOCAB, "/vocab", fixed, quads, _write_lists)


@BLUEPRINT.get("/vocab/<name>")
def show_scheme(name: str) -> Response:
    """One concept list with its concepts in full."""
    opened = release()
    version = VOCAB + name
    if opened.reader.incoming(version) and not opened.reader.outgoing(version):
        return show_vocabularies("")
    if _VERSION.fullmatch(name):
        texts = {v.value for v in list_versions(opened, VOCAB) if isinstance(v, Literal)}
        _refuse_version(name, texts, "/vocab")
    scheme, fixed = find_suffix(name, ALL_FORMATS)
    iri = find_term(f"vocab/{scheme}")
    members = [q.subject for q in opened.reader.incoming(iri) if q.predicate == SKOS + "inScheme"]
    if not opened.reader.outgoing(iri):
        raise NotFoundError(f"there is no list {scheme[:80]}", hint="/vocab shows all lists")
    quads = _close(opened.reader, [iri, *sorted(members, key=sort_key)])
    return _send(iri, f"/vocab/{scheme}", fixed, quads, _write_lists)


@lru_cache(maxsize=4)
def read_shapes(opened: OpenedRelease) -> tuple[Quad, ...]:
    """The shapes of the release; blank nodes of different files stay apart."""
    quads: list[Quad] = []
    names = sorted(n for n in opened.manifest.files if n.startswith("shapes/"))
    blanks: dict[tuple[str, str], Blank] = {}

    def name_blank(name: str, blank: Blank) -> Blank:
        """A blank node's name that is the same in every process; the engine's names are random."""
        return blanks.setdefault((name, blank), Blank(f"_:s{len(blanks) + 1}"))

    for name in (n for n in names if n.endswith(".ttl")):
        data = opened.release.file(name).read_bytes()
        for raw in parse_rdf(data, "text/turtle", SHAPES):
            subject, predicate, value, _ = read_quad(raw)
            if isinstance(subject, Blank):
                subject = name_blank(name, subject)
            if isinstance(value, Blank):
                value = name_blank(name, value)
            quads.append(Quad(subject, predicate, value))
    return tuple(dict.fromkeys(quads))


@BLUEPRINT.get("/shapes", defaults={"suffix": ""})
@BLUEPRINT.get("/shapes<suffix>")
def show_shapes(suffix: str) -> Response:
    """All SHACL shapes that the release was held to."""
    fixed = find_suffix(f"shapes{suffix}", ALL_FORMATS)[1] if suffix else None
    if suffix and fixed is None:
        raise NotFoundError("nothing has this address")
    return _send(SHAPES, "/shapes", fixed, read_shapes(release()), _write_shapes)


@BLUEPRINT.get("/shapes/<name>")
def show_shape(name: str) -> Response:
    """One shape with all that belongs to it."""
    local, fixed = find_suffix(name, ALL_FORMATS)
    reader = IndexedQuads(read_shapes(release()))
    own = f"{release().base}shapes/{local}"
    iri = own if reader.outgoing(own) else SHAPES + local
    if not reader.outgoing(iri):
        raise NotFoundError(f"there is no shape {local[:80]}", hint="/shapes shows all shapes")
    return _send(iri, f"/shapes/{local}", fixed, _close(reader, [iri]), _write_shapes)
