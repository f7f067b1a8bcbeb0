"""What other collections say about a thing, kept apart from what the documents say."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.pages.cards import Desk
from server.pages.shown import Shown
from server.rdf.model import OWL, PACTA, SKOS


@dataclass(frozen=True)
class Outside:
    """What an outside authority has on a thing, and where that was seen."""

    href: str
    slug: str
    authority: tuple[Shown, ...]
    relation: tuple[Shown, ...]
    target: tuple[Shown, ...]
    identifier: tuple[Shown, ...]
    stated_as: tuple[Shown, ...]
    names: tuple[Shown, ...]
    point: str
    country: tuple[Shown, ...]
    life: tuple[Shown, ...]
    office: tuple[Shown, ...]
    found: tuple[Shown, ...]
    confidence: tuple[Shown, ...]
    seen: tuple[Shown, ...]
    notes: tuple[Shown, ...]


LINKING = frozenset(
    (
        OWL + "sameAs",
        *(SKOS + f"{how}Match" for how in ("exact", "close", "broad", "narrow", "related")),
        *(PACTA + name for name in ("lat", "long", "countryCode", "schematic", "outsideName")),
    )
)
"""Plain triples that the links to the outside say better, with their origin."""


def list_outside(iri: str, desk: Desk) -> Iterable[Outside]:
    """What lies outside the documents, by authority; each with where it was seen."""
    nodes = {str(q.subject) for q in desk.reader.incoming(iri) if q.predicate == PACTA + "linkOf"}
    for node in sorted(nodes):
        if not desk.covers(node):
            continue
        point = ", ".join(desk.first(node, name) for name in ("lat", "long")).strip(", ")

        def show(name: str, of: str = node) -> tuple[Shown, ...]:
            return tuple(desk.show(value) for value in desk.values(of, name))

        yield Outside(
            href=desk.addresses.document(node) or "",
            slug=node.rpartition("/")[2],
            authority=show("authority"),
            relation=show("matchRelation"),
            target=show("target"),
            identifier=show("outsideIdentifier"),
            stated_as=show("statedAs"),
            names=show("outsideName"),
            point=point,
            country=show("countryCode"),
            life=(*show("outsideBornOn"), *show("outsideDiedOn")),
            office=show("outsideOffice"),
            found=show("searchResult"),
            confidence=show("confidence"),
            seen=(*show("seenIn"), *show("seenOn")),
            notes=show("note"),
        )
