"""Documents in several profiles, negotiated (W3C, Content Negotiation by Profile, 7.1 and 7.2).

`Accept-Profile` or `_profile=` choose a profile of `server.documents.profiles`, `_mediatype=` a
format; `_profile=alt` lists both. `Link` names the profile of an answer.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

from server.documents.files import read_file_quads
from server.documents.links import DOCUMENT_FORMATS, RDF_FORMATS, Place, list_links, write_document
from server.documents.profiles import (
    ALTERNATES,
    FULL,
    PLAIN,
    RENDITIONS,
    Rendition,
    choose_rendition,
    find_rendition,
    list_alternates,
    make_schema_table,
    read_mappings,
    read_near_matches,
    select_plain,
    translate,
)
from server.errors import BadRequestError, NotAcceptableError
from server.http.formats import Format, find_format
from server.http.representation import Link, Resource
from server.rdf.jsonld_profiles import PROFILES
from server.rdf.model import Iri, Quad
from server.release.opened import OpenedRelease

NEAR_MATCHES = "ontology/mappings.sssom.tsv"
BY_PROFILE = "Accept-Profile"
"""The request field that chooses a profile."""


def read_rendition(words: str | None, header: str | None) -> Rendition | None:
    """The profile that a request asks for; None: the list of all.

    Args:
        words: The value of `_profile=`, which goes before the header.
        header: The value of `Accept-Profile`.

    Raises:
        BadRequestError: `_profile` names none of them.
        NotAcceptableError: The header accepts none of them; it lists them.
        MalformedHeaderError: The header cannot be read.
    """
    known = [{"profile": each.iri, "token": each.token} for each in RENDITIONS]
    if words is not None:
        if words.strip("<>") in ("alt", ALTERNATES):
            return None
        named = find_rendition(words)
        if named is None:
            raise BadRequestError(
                f"documents have no profile {words[:80]!r}", members={"profiles": known}
            )
        return named
    chosen = choose_rendition(header)
    if chosen is None:
        raise NotAcceptableError(
            "none of the profiles of this address is acceptable to the client",
            members={"profiles": known},
            headers={"Vary": f"Accept, Accept-Encoding, {BY_PROFILE}"},
        )
    return chosen


def read_mediatype(word: str | None) -> Format | None:
    """The format that `_mediatype=` names; None where it is not given.

    Raises:
        BadRequestError: Documents have no such format.
    """
    if word is None:
        return None
    row = find_format(word, DOCUMENT_FORMATS)
    if row is None:
        known = [each.media_type for each in DOCUMENT_FORMATS]
        raise BadRequestError(
            f"documents have no format {word[:80]!r}", members={"available": known}
        )
    return row


def offer_rendition(
    opened: OpenedRelease,
    software: str,
    place: Place,
    fixed: Format | None,
    read_whole: Callable[[], Sequence[Quad]],
) -> Resource:
    """A document in another profile than the full one; it is short, so it has no pages.

    Args:
        opened: The release.
        software: Digest of the code, for the ETag.
        place: Where it lies, with its profile.
        fixed: The format that a suffix or `_mediatype` named, or None.
        read_whole: The quads of the full document, all pages.

    Raises:
        NotAcceptableError: The format is one that the profile has not.
    """
    rendition = place.rendition or FULL
    _require_data(fixed)

    def build(row: Format, profile: str) -> bytes:
        document = select_plain(Iri(place.iri), read_whole(), opened.base)
        if rendition is PLAIN:
            return write_document(document, opened, row, profile)
        said = translate(document, _find_mappings(opened))
        return write_document(said, opened, row, profile, make_schema_table(said))

    return Resource(
        key=(opened.id, software, "doc", place.iri, rendition.token),
        offers=RDF_FORMATS,
        build=build,
        fixed=fixed,
        location=place.of,
        links=lambda row: list_links(place, opened, row),
        modified=opened.modified,
        profiles=PROFILES if rendition is PLAIN else PROFILES[:2],
        vary=BY_PROFILE,
    )


def _require_data(fixed: Format | None) -> None:
    """Only the full profile has a page and a link set.

    Raises:
        NotAcceptableError: Another format than one of RDF was named.
    """
    if fixed is not None and fixed not in RDF_FORMATS:
        raise NotAcceptableError(f"this profile has no {fixed.media_type}")


@lru_cache(maxsize=4)
def _find_mappings(opened: OpenedRelease) -> dict[str, str]:
    """Term → word of schema.org; read once per release."""
    quads = [
        *opened.reader.match(graph=f"{opened.base}graph/vocabulary"),
        *read_file_quads(opened, "ontology/mappings.ttl"),
    ]
    if NEAR_MATCHES in opened.manifest.files:
        quads += read_near_matches(opened.release.file(NEAR_MATCHES).read_text("utf-8"))
    return dict(read_mappings(quads))


def offer_alternates(
    opened: OpenedRelease, software: str, iri: str, path: str, fixed: Format | None
) -> Resource:
    """All profiles and formats of a document (`_profile=alt`).

    Raises:
        NotAcceptableError: The list is not had in the format that was named.
    """
    _require_data(fixed)
    whole = opened.addresses.absolute(path)
    rows = [
        (each, row.media_type, f"{whole}.{row.suffix}?_profile={each.token}")
        for each in RENDITIONS
        for row in (DOCUMENT_FORMATS if each is FULL else RDF_FORMATS)
    ]

    def build(row: Format, profile: str) -> bytes:
        return write_document(list_alternates(Iri(iri), rows), opened, row, profile)

    return Resource(
        key=(opened.id, software, "doc", iri, "alt"),
        offers=RDF_FORMATS,
        build=build,
        fixed=fixed,
        links=lambda row: [Link(ALTERNATES, "profile")],
        modified=opened.modified,
        profiles=PROFILES,
        vary=BY_PROFILE,
    )
