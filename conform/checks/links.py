"""Web links and FAIR Signposting (RFC 8288, 6596, 8574, 9264) of an entity's document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from conform.answers import rdf
from conform.answers.fetch import Answer
from conform.answers.fields import WebLink, links_by_rel, read_links
from conform.answers.rdf import HTML
from conform.errors import apply_if, require
from conform.model import JSONLD_LINK, SIGNPOSTING, SIGNPOSTING_2, Rule, rfc
from conform.targets import Entity

LINKSET = "application/linkset+json"
MIRRORED = ("canonical", "cite-as", "describedby", "license", "collection", "linkset", "alternate")
"""Relations that a page repeats in its head."""
MAX_TARGETS = 25


def _document(entity: Entity) -> Answer:
    kind, _ = entity.pick()
    return entity.ask(kind)


def _links(entity: Entity, rel: str, answer: Answer | None = None) -> list[WebLink]:
    given = (answer or _document(entity)).links
    apply_if(given, "no Link field")
    return links_by_rel(given, rel)


def check_form(entity: Entity) -> None:
    """`Link` can be read."""
    apply_if(entity.offers, "no document")
    for kind in entity.offers:
        text = entity.ask(kind).get("link")
        require(read_links(text) is not None, f"Link of {kind}: {text[:120]}")


def check_present(entity: Entity) -> None:
    """Documents carry links at all."""
    require(_document(entity).get("link"), "no Link field")


def check_alternate(entity: Entity) -> None:
    """Every other format is linked with its type."""
    entity.pick_two()
    for kind in entity.offers:
        answer = entity.ask(kind)
        known = {link.type for link in _links(entity, "alternate", answer)}
        missing = [other for other in entity.offers if other not in (kind, *known)]
        require(not missing, f"{kind} has no alternate link to {', '.join(missing)}")


def check_alternate_true(entity: Entity) -> None:
    """What a link promises is what its target gives."""
    answer = _document(entity)
    promised = [link for link in _links(entity, "alternate", answer) if link.type]
    apply_if(promised, "no typed alternate link")
    for link in promised:
        target = entity.door.follow(entity.door.resolve(answer, link.target), "*/*")
        require(
            target.status == 200 and target.kind == link.type,
            f"{link.target} was to be {link.type} and is {target.status} {target.kind}",
        )


def check_canonical(entity: Entity) -> None:
    """One canonical address, absolute, the same in every format."""
    apply_if(entity.offers, "no document")
    seen = set()
    for kind in entity.offers:
        found = _links(entity, "canonical", entity.ask(kind))
        require(len(found) == 1, f"{kind} has {len(found)} canonical links")
        require(urlsplit(found[0].target).scheme, f"canonical {found[0].target} is not absolute")
        seen.add(found[0].target)
    require(len(seen) == 1, f"formats differ in their canonical address: {sorted(seen)}")


def check_canonical_resolves(entity: Entity) -> None:
    """It is an address that answers."""
    found = _links(entity, "canonical")
    apply_if(found, "no canonical link")
    apply_if(entity.door.is_here(found[0].target), "it is an address of another site")
    answer = entity.door.follow(found[0].target)
    require(answer.status == 200, f"{found[0].target} answers {answer.status}")


def check_cite_as(entity: Entity) -> None:
    """One address to cite, absolute, which leads back here."""
    answer = _document(entity)
    found = _links(entity, "cite-as", answer)
    require(len(found) == 1, f"{len(found)} cite-as links")
    target = found[0].target
    require(urlsplit(target).scheme, f"cite-as {target} is not absolute")
    if entity.door.is_here(target):
        back = entity.door.follow(target, answer.kind)
        require(back.status == 200, f"cite-as {target} answers {back.status}")
        require(back.body == answer.body, f"cite-as {target} leads to another document")


def check_described_by(entity: Entity) -> None:
    """The page names its metadata, with a type, and it is there."""
    apply_if(HTML in entity.offers, "no document in HTML")
    answer = entity.ask(HTML)
    found = _links(entity, "describedby", answer)
    require(found, "no describedby link")
    for link in found:
        require(link.type, f"describedby {link.target} has no type")
        target = entity.door.follow(entity.door.resolve(answer, link.target), "*/*")
        require(
            target.status == 200 and target.kind == link.type,
            f"describedby {link.target} gives {target.status} {target.kind}",
        )


def _check_named(entity: Entity, rel: str) -> None:
    answer = _document(entity)
    found = _links(entity, rel, answer)
    require(found, f"no {rel} link")
    for link in found:
        absolute = urljoin(answer.url, link.target)
        require(urlsplit(absolute).scheme in ("http", "https"), f"{rel}: {link.target}")
        if entity.door.is_here(absolute):
            status = entity.door.follow(absolute).status
            require(status == 200, f"{rel} {link.target} answers {status}")


def check_license(entity: Entity) -> None:
    """The licence is named."""
    _check_named(entity, "license")


def check_collection(entity: Entity) -> None:
    """The collection is named and is there."""
    apply_if(entity.door.locate(entity.iri) != entity.door.base, "it is the collection itself")
    _check_named(entity, "collection")


def check_type(entity: Entity) -> None:
    """The kind of resource is named."""
    _check_named(entity, "type")


def check_targets(entity: Entity) -> None:
    """No link leads to nothing."""
    answer = _document(entity)
    apply_if(answer.links, "no Link field")
    targets = {urljoin(answer.url, link.target) for link in answer.links}
    for target in sorted(filter(entity.door.is_here, targets))[:MAX_TARGETS]:
        status = entity.door.follow(target).status
        require(status < 400, f"the link {target} answers {status}")


def _linkset(entity: Entity) -> tuple[Answer, Answer, list[Mapping[str, Any]]]:
    answer = _document(entity)
    found = [link for link in _links(entity, "linkset", answer) if link.type in ("", LINKSET)]
    apply_if(found, "no linkset link (linkset-announced says more)")
    fetched = entity.door.follow(entity.door.resolve(answer, found[0].target), LINKSET)
    entries = rdf.read_json(fetched.content) if fetched.status == 200 else None
    contexts = entries.get("linkset") if isinstance(entries, dict) else None
    require(
        isinstance(contexts, list) and all(isinstance(entry, dict) for entry in contexts),
        f"{found[0].target} gives {fetched.status} and no link set",
    )
    return answer, fetched, list(contexts or [])


def check_linkset_announced(entity: Entity) -> None:
    """The link set is linked, with its type."""
    found = _links(entity, "linkset")
    require(found, "no linkset link")
    require(
        any(link.type in (LINKSET, "application/linkset") for link in found),
        "the linkset link does not say its type",
    )


def check_linkset_form(entity: Entity) -> None:
    """The link set has the form of one: anchors, and per relation a list of targets."""
    _, fetched, contexts = _linkset(entity)
    require(fetched.kind == LINKSET, f"the link set is {fetched.kind}")
    for entry in contexts:
        for rel, targets in entry.items():
            if rel == "anchor":
                require(isinstance(targets, str), "an anchor that is no text")
            else:
                sound = isinstance(targets, list) and all(
                    isinstance(target, dict) and isinstance(target.get("href"), str)
                    for target in targets
                )
                require(sound, f"{rel} is no list of targets with href")


def check_linkset_complete(entity: Entity) -> None:
    """All that the header says, the link set says; one may be relative, the other published."""
    answer, fetched, contexts = _linkset(entity)
    locate = entity.door.locate
    known = {
        (rel, locate(urljoin(fetched.url, str(target.get("href")))))
        for entry in contexts
        for rel, targets in entry.items()
        if isinstance(targets, list)
        for target in targets
        if isinstance(target, dict)
    }
    said = {(link.rel, locate(urljoin(answer.url, link.target))) for link in answer.links}
    lost = sorted(rel for rel, target in said - known if rel not in ("linkset", "alternate"))
    require(not lost, f"the link set lacks {', '.join(lost)}")


def check_head_of_page(entity: Entity) -> None:
    """The page repeats the links in its head, for readers that see no header fields."""
    apply_if(HTML in entity.offers, "no document in HTML")
    answer = entity.ask(HTML)
    apply_if(answer.links, "no Link field")
    known = {(link.rel, urljoin(answer.url, link.target)) for link in entity.facts.links}
    lost = sorted(
        {
            link.rel
            for link in answer.links
            if link.rel in MIRRORED and (link.rel, urljoin(answer.url, link.target)) not in known
        }
    )
    require(not lost, f"the page's head lacks {', '.join(lost)}")


def check_context_link(entity: Entity) -> None:
    """The link that gives plain JSON a context has no business on JSON-LD."""
    apply_if(rdf.JSONLD in entity.offers, "no document in JSON-LD")
    found = links_by_rel(entity.ask(rdf.JSONLD).links, "http://www.w3.org/ns/json-ld#context")
    require(not found, "application/ld+json with a link to a context")


FORM = rfc(8288, "3")

RULES: tuple[Rule[Entity], ...] = (
    Rule("link-form", "The Link field can be read", "MUST", FORM, check_form),
    Rule("link-present", "Documents have a Link field", "SHOULD", SIGNPOSTING, check_present),
    Rule("link-alternate", "Each format links to all others, with their types", "SHOULD",
         rfc(8288, "3.4.1"), check_alternate),
    Rule("link-alternate-true", "An alternate link leads to the type it promises", "MUST",
         rfc(8288, "3.4.1"), check_alternate_true),
    Rule("link-canonical", "One absolute canonical address, the same in every format", "SHOULD",
         rfc(6596, "3"), check_canonical),
    Rule("link-canonical-resolves", "The canonical address answers", "SHOULD", rfc(6596, "3"),
         check_canonical_resolves),
    Rule("link-cite-as", "One cite-as address, which leads to this document", "SHOULD",
         rfc(8574, "3"), check_cite_as),
    Rule("link-describedby", "The page links to its metadata, with types that are true", "SHOULD",
         SIGNPOSTING, check_described_by),
    Rule("link-license", "The licence is linked", "SHOULD", SIGNPOSTING, check_license),
    Rule("link-collection", "The collection is linked", "SHOULD", SIGNPOSTING, check_collection),
    Rule("link-type", "The kind of resource is linked", "SHOULD", SIGNPOSTING, check_type),
    Rule("link-targets", "No link of the site leads to nothing", "SHOULD", FORM, check_targets),
    Rule("linkset-announced", "The link set is linked, with its type", "SHOULD", SIGNPOSTING_2,
         check_linkset_announced),
    Rule("linkset-form", "The link set has the form of one", "MUST", rfc(9264, "4.2"),
         check_linkset_form),
    Rule("linkset-complete", "The link set holds what the Link field holds", "SHOULD",
         SIGNPOSTING_2, check_linkset_complete),
    Rule("link-in-page", "The page repeats its links in its head", "SHOULD", SIGNPOSTING,
         check_head_of_page),
    Rule("link-context", "JSON-LD carries no link to a context", "SHOULD", JSONLD_LINK,
         check_context_link),
)  # fmt: skip
