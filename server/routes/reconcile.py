"""`/reconcile`: the Reconciliation Service API 0.2, by which OpenRefine matches a team's names.

Everything is answered in the first language of the publication: a client keeps the answers of
one service side by side. The preview is a page, in the language of its reader.
"""

from collections.abc import Callable

from flask import Blueprint, Response, request

from server.catalogues import read_languages
from server.documents.links import JSON
from server.errors import BadRequestError, NotFoundError
from server.http.formats import BY_NAME, Format
from server.http.headers import CONTENT_POLICY
from server.http.representation import Resource
from server.pages.view import NAMED_APART, choose_text
from server.rdf.jsonld_profiles import write_json
from server.reconciliation.asking import (
    HINT,
    MAX_QUERY,
    read_batch,
    read_extension,
    read_single,
)
from server.reconciliation.collection import Cell, Collection
from server.reconciliation.extension import answer_extension, propose_properties
from server.reconciliation.manifest import PATH, build_manifest
from server.reconciliation.matching import answer_query
from server.routes import (
    offer_languages,
    open_desk,
    read_number,
    release,
    render,
    send_resource,
    site,
)

BLUEPRINT = Blueprint("reconcile", __name__, url_prefix=PATH)

_ASKED = ("queries", "query", "extend")
_SUGGESTED = 20
_PREVIEW_FACTS = 6
_FRAMED = CONTENT_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
"""A preview stands in a frame of the client."""


def _open_collection() -> Collection:
    """The release in the first language of the publication."""
    said = read_languages()[offer_languages()[0]]
    return Collection(open_desk(said=said), release().table)


def _send(build: Callable[[Collection], Cell]) -> Response:
    opened = release()
    return send_resource(
        Resource(
            key=(opened.id, site().software, request.path, request.query_string.decode("latin-1")),
            offers=(JSON,),
            build=lambda row, profile: write_json(build(_open_collection())),
            fixed=JSON,
            modified=opened.modified,
        )
    )


def _name_service(collection: Collection) -> str:
    manifest = release().manifest
    return choose_text(manifest.title, collection.desk.language.code, *manifest.languages)


def _read_asked(values: dict[str, list[str]]) -> tuple[str, str]:
    """Which of the three questions is asked, and its text.

    Raises:
        BadRequestError: None is, or more than one.
    """
    asked = [(name, value) for name in _ASKED for value in values.get(name, ())]
    if len(asked) != 1:
        raise BadRequestError(
            f"one of {', '.join(_ASKED)} must be given, once; {len(asked)} were", hint=HINT
        )
    return asked[0]


def _answer(name: str, text: str, collection: Collection) -> Cell:
    if name == "extend":
        return answer_extension(read_extension(text), collection)
    if name == "query":
        return {"result": answer_query(read_single(text), collection)}
    batch = read_batch(text)
    return {key: {"result": answer_query(each, collection)} for key, each in batch.items()}


@BLUEPRINT.route("", methods=("GET", "POST"))
def reconcile() -> Response:
    """The manifest; with `queries`, the candidates for names; with `extend`, values."""
    values = request.values.to_dict(flat=False)
    if request.method == "POST":
        body = write_json(_answer(*_read_asked(values), _open_collection()))
        return Response(body, headers={"Cache-Control": "no-store"}, content_type=JSON.content_type)
    if not any(name in values for name in _ASKED):
        return _send(lambda collection: build_manifest(_name_service(collection), collection))
    name, text = _read_asked(values)
    return _send(lambda collection: _answer(name, text, collection))


@BLUEPRINT.get("/suggest/<name>")
def suggest(name: str) -> Response:
    """Things, types or properties whose name or id begins with a text."""
    prefix = request.args.get("prefix", "")
    if len(prefix) > MAX_QUERY:
        raise BadRequestError(f"prefix must have at most {MAX_QUERY} characters")
    skipped = read_number("cursor", 0, 0, 1_000_000)
    suggesters: dict[str, Callable[[Collection], list[Cell]]] = {
        "entity": lambda collection: _suggest_things(prefix, skipped + _SUGGESTED, collection),
        "type": lambda collection: collection.suggest_types(prefix),
        "property": lambda collection: collection.suggest_properties(prefix),
    }
    if name not in suggesters:
        raise NotFoundError(f"there are suggestions for {', '.join(suggesters)}")
    find = suggesters[name]

    def build(collection: Collection) -> Cell:
        return {"result": find(collection)[skipped : skipped + _SUGGESTED]}

    return _send(build)


def _suggest_things(prefix: str, most: int, collection: Collection) -> list[Cell]:
    thing = collection.find_thing(prefix.strip())
    hits, _ = release().names.find(prefix, most * 4)
    found = [(thing, "")] if thing is not None else []
    found += [(hit.thing, hit.matched.text) for hit in hits if hit.thing in collection.things]
    return [
        {
            "id": collection.id_of(each),
            "name": collection.desk.name(each),
            "description": collection.describe(each, matched),
            "notable": collection.tell_types(each),
        }
        for each, matched in found
    ]


@BLUEPRINT.get("/properties")
def propose() -> Response:
    """The properties that things of a type have, for a data extension."""
    name, limit = request.args.get("type", ""), read_number("limit", 0, 0, 10_000)
    return _send(lambda collection: propose_properties(name, limit, collection))


@BLUEPRINT.get("/preview")
def preview() -> Response:
    """A thing on a small page, for the frame of a client."""
    opened, name = release(), request.args.get("id", "")[:300]
    thing = Collection(open_desk(), opened.table).find_thing(name)
    if thing is None:
        raise NotFoundError(f"the release has no thing with the id {name!r}")

    def build(row: Format, profile: str) -> bytes:
        collection = Collection(open_desk(), opened.table)
        desk = collection.desk
        told = [
            (desk.name(iri), ", ".join(desk.show(value).text for value in values))
            for iri, values in desk.properties(thing).items()
            if iri not in NAMED_APART and collection.is_property(iri)
        ]
        return render(
            "reconcile_preview.html",
            thing=desk.link(thing),
            kind=collection.describe(thing),
            facts=told[:_PREVIEW_FACTS],
        )

    return send_resource(
        Resource(
            key=(opened.id, site().software, PATH, "preview", thing),
            offers=(BY_NAME["html"],),
            build=build,
            headers={"Content-Security-Policy": _FRAMED},
            modified=opened.modified,
        )
    )
