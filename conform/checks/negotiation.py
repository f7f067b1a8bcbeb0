"""Content negotiation (RFC 9110, 12) at the address that negotiates an entity's format."""

from __future__ import annotations

from conform.answers.fetch import Answer
from conform.answers.fields import read_media_type, read_names
from conform.answers.rdf import HTML, JSONLD, TURTLE
from conform.errors import apply_if, require
from conform.model import Rule, Spec, rfc
from conform.targets import Entity

NOTHING = "application/x-nothing-has-this-type"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
WORTH_PACKING = 1024
"""Bytes from which compression is expected."""
MALFORMED = ("text/turtle;q=high", ";;;", "text/", "=/=;q=", '"', "text/turtle;q=2", "x" * 4000)
ACCEPT = rfc(9110, "12.5.1")
MEDIA_TYPES = Spec("Linked Data Platform 1.0, 4.3.2", "https://www.w3.org/TR/ldp/#ldprs-get-turtle")


def _expect(entity: Entity, accept: str, wanted: str) -> None:
    answer = entity.ask(accept)
    require(
        answer.status == 200 and answer.kind == wanted,
        f"Accept: {accept} gave {answer.status} {answer.kind or 'without a type'}",
    )


def check_no_accept(entity: Entity) -> None:
    """A client that says nothing takes anything."""
    answer = entity.ask()
    require(answer.status == 200, f"no Accept gave {answer.status}")


def check_any(entity: Entity) -> None:
    """`*/*` takes anything."""
    answer = entity.ask("*/*")
    require(answer.status == 200, f"Accept: */* gave {answer.status}")


def check_turtle(entity: Entity) -> None:
    """The document is available in Turtle."""
    entity.pick()
    require(TURTLE in entity.offers, "Accept: text/turtle does not give Turtle")


def check_jsonld(entity: Entity) -> None:
    """The document is available in JSON-LD."""
    entity.pick()
    require(JSONLD in entity.offers, "Accept: application/ld+json does not give JSON-LD")


def check_quality(entity: Entity) -> None:
    """The heavier range wins, whichever stands first."""
    first, second = entity.pick_two()
    _expect(entity, f"{first};q=0.3, {second};q=0.7", second)
    _expect(entity, f"{first};q=0.7, {second};q=0.3", first)
    _expect(entity, f"{second};q=0.3, {first};q=0.7", first)


def check_precise_quality(entity: Entity) -> None:
    """Weights have three digits."""
    first, second = entity.pick_two()
    _expect(entity, f"{first};q=0.001, {second};q=0.002", second)
    _expect(entity, f"{first};q=0.002, {second};q=0.001", first)


def check_specificity(entity: Entity) -> None:
    """The weight of the most specific range counts for a type."""
    for kind in entity.pick_two():
        answer = entity.ask(f"*/*;q=0.8, {kind};q=0.2")
        require(
            answer.status == 200 and answer.kind != kind,
            f"*/*;q=0.8, {kind};q=0.2 gave {answer.status} {answer.kind}",
        )


def check_excluded(entity: Entity) -> None:
    """`q=0` means: not this."""
    for kind in entity.pick_two():
        answer = entity.ask(f"{kind};q=0, */*;q=0.5")
        require(answer.kind != kind, f"{kind};q=0, */*;q=0.5 gave {answer.kind}")


def check_subtype_wildcard(entity: Entity) -> None:
    """`text/*` takes any text."""
    apply_if(entity.offers, "no document")
    for family in sorted({kind.partition("/")[0] for kind in entity.offers}):
        answer = entity.ask(f"{family}/*")
        require(
            answer.status == 200 and answer.kind.startswith(f"{family}/"),
            f"Accept: {family}/* gave {answer.status} {answer.kind}",
        )


def check_list(entity: Entity) -> None:
    """A type in a list is found wherever it stands."""
    kind, _ = entity.pick()
    _expect(entity, f"{NOTHING}, {kind}", kind)
    _expect(entity, f"{kind}, {NOTHING}", kind)
    _expect(entity, f"{NOTHING};q=0.9, application/x-other, {kind};q=0.5", kind)


def check_case(entity: Entity) -> None:
    """Media types ignore case."""
    kind, _ = entity.pick()
    _expect(entity, kind.upper(), kind)


def check_empty_elements(entity: Entity) -> None:
    """Empty elements and blanks in a list count for nothing."""
    kind, _ = entity.pick()
    _expect(entity, f", ,\t{kind} ; q=0.5 ,", kind)


def check_quoted(entity: Entity) -> None:
    """A comma in a quoted string parts nothing."""
    kind, other = entity.pick_two()
    _expect(entity, f'{NOTHING};note="a, {other}", {kind};q=0.4', kind)


def check_charset(entity: Entity) -> None:
    """A charset of UTF-8 takes what is in UTF-8."""
    kind, _ = entity.pick()
    _expect(entity, f"{kind};charset=utf-8", kind)


def check_browser(entity: Entity) -> None:
    """A browser gets the page."""
    apply_if(HTML in entity.offers, "no document in HTML")
    _expect(entity, BROWSER, HTML)


def check_not_acceptable(entity: Entity) -> None:
    """Nothing fits: 406."""
    apply_if(entity.offers, "no document")
    answer = entity.ask(NOTHING)
    require(answer.status == 406, f"Accept: {NOTHING} gave {answer.status} {answer.kind}")


def _refused(entity: Entity) -> Answer:
    apply_if(entity.offers, "no document")
    answer = entity.ask(NOTHING)
    apply_if(answer.status == 406, "no 406 (not-acceptable-406 says more)")
    return answer


def check_list_of_types(entity: Entity) -> None:
    """The 406 says what there is."""
    text = _refused(entity).text + _refused(entity).get("link")
    missing = [kind for kind in entity.offers if kind not in text]
    require(not missing, f"the 406 does not name {', '.join(missing)}")


def check_malformed(entity: Entity) -> None:
    """What cannot be read is refused or passed over, and breaks nothing."""
    apply_if(entity.offers, "no document")
    for accept in MALFORMED:
        answer = entity.ask(accept)
        require(answer.status < 500, f"Accept: {accept[:40]} gave {answer.status}")
        require(
            answer.status in (200, 400, 406, 415, 431),
            f"Accept: {accept[:40]} gave {answer.status}",
        )


def _varies(answer: Answer) -> bool:
    return bool(read_names(answer.get("vary")) & {"accept", "*"})


def check_vary(entity: Entity) -> None:
    """`Vary` says that the answer depends on `Accept`."""
    entity.pick_two()
    for kind in entity.offers:
        answer = entity.ask(kind)
        apply_if(not answer.trail, "the format is chosen by redirect (vary-redirect)")
        require(_varies(answer), f"{kind} has Vary: {answer.get('vary') or 'none'}")


def check_vary_redirect(entity: Entity) -> None:
    """A redirect whose target depends on `Accept` says so."""
    targets: dict[str, set[str]] = {}
    steps = [step for answer in entity.offers.values() for step in answer.trail]
    for step in steps:
        targets.setdefault(step.url, set()).add(step.get("location"))
    parting = {url for url, leads in targets.items() if len(leads) > 1}
    apply_if(parting, "no redirect depends on Accept")
    for step in steps:
        if step.url in parting:
            require(_varies(step), f"{step.status} from {step.url} lacks Vary: Accept")


def check_vary_refusal(entity: Entity) -> None:
    """A stored 406 must not be given to others."""
    entity.pick_two()
    require(_varies(_refused(entity)), "the 406 lacks Vary: Accept")


def check_content_type(entity: Entity) -> None:
    """`Content-Type` can be read; what is text says or implies UTF-8."""
    apply_if(entity.offers, "no document")
    for kind, answer in entity.offers.items():
        media = read_media_type(answer.get("content-type"))
        charset = media.parameters.get("charset", "utf-8") if media else ""
        require(charset.lower() in ("utf-8", "utf8"), f"{kind} has charset {charset}")
        if kind == HTML and media is not None:
            require("charset" in media.parameters, "HTML without a charset")


def check_content_location(entity: Entity) -> None:
    """The answer names the address of just this format, and that address gives it to anyone."""
    entity.pick_two()
    apply_if(not _parting(entity), "each format has an address of its own by redirect")
    for kind in entity.offers:
        answer = entity.ask(kind)
        place = answer.get("content-location")
        require(place, f"no Content-Location for {kind}")
        own = entity.door.follow(entity.door.resolve(answer, place), "*/*")
        require(
            own.status == 200 and own.kind == kind,
            f"{place}, the Content-Location of {kind}, gives {own.status} {own.kind}",
        )


def _parting(entity: Entity) -> bool:
    return any(
        answer.trail and answer.trail[-1].url == entity.negotiated
        for answer in entity.offers.values()
    )


def check_gzip(entity: Entity) -> None:
    """A client that takes gzip may get it, and then it is the same body."""
    kind, _ = entity.pick()
    plain = entity.ask(kind)
    apply_if(len(plain.content) >= WORTH_PACKING, "the document is too small to be worth it")
    packed = entity.ask(kind, {"Accept-Encoding": "gzip"})
    coding = packed.get("content-encoding").lower()
    require(coding == "gzip", f"Accept-Encoding: gzip gave {coding or 'no coding'}")
    require(packed.content == plain.content, "the gzipped body is another one")


def check_identity(entity: Entity) -> None:
    """No coding for those who do not take it."""
    kind, _ = entity.pick()
    for value in ("identity", "gzip;q=0", "gzip;q=0, *;q=0.5, identity;q=1"):
        answer = entity.ask(kind, {"Accept-Encoding": value})
        coding = answer.get("content-encoding").lower()
        require(answer.status == 200, f"Accept-Encoding: {value} gave {answer.status}")
        require("gzip" not in coding, f"Accept-Encoding: {value} gave {coding}")


def check_vary_coding(entity: Entity) -> None:
    """`Vary` says that the answer depends on `Accept-Encoding`."""
    kind, _ = entity.pick()
    packed = entity.ask(kind, {"Accept-Encoding": "gzip"})
    apply_if(packed.get("content-encoding"), "no content coding")
    for answer in (packed, entity.ask(kind)):
        names = read_names(answer.get("vary"))
        require(names & {"accept-encoding", "*"}, f"Vary: {answer.get('vary') or 'none'}")


RULES: tuple[Rule[Entity], ...] = (
    Rule("accept-absent", "A request without Accept is answered", "MUST", ACCEPT, check_no_accept),
    Rule("accept-any", "Accept: */* is answered", "MUST", ACCEPT, check_any),
    Rule("accept-turtle", "Turtle is offered", "SHOULD", MEDIA_TYPES, check_turtle),
    Rule("accept-jsonld", "JSON-LD is offered", "SHOULD", MEDIA_TYPES, check_jsonld),
    Rule("accept-weights", "The range with the greater weight wins, in any order", "MUST",
         rfc(9110, "12.4.2"), check_quality),
    Rule("accept-weights-fine", "Weights are told apart to three digits", "MUST",
         rfc(9110, "12.4.2"), check_precise_quality),
    Rule("accept-specificity", "The most specific range decides a type's weight", "MUST",
         ACCEPT, check_specificity),
    Rule("accept-excluded", "A type with q=0 is not sent", "MUST", rfc(9110, "12.4.2"),
         check_excluded),
    Rule("accept-family", "text/* and application/* are honoured", "MUST", ACCEPT,
         check_subtype_wildcard),
    Rule("accept-list", "A type is found wherever it stands in a list", "MUST", ACCEPT, check_list),
    Rule("accept-case", "Media types are compared without case", "MUST", rfc(9110, "8.3.1"),
         check_case),
    Rule("accept-empty-elements", "Empty list elements and blanks are passed over", "MUST",
         rfc(9110, "5.6.1.2"), check_empty_elements),
    Rule("accept-quoted", "A comma in a quoted string ends no element", "MUST",
         rfc(9110, "5.6.4"), check_quoted),
    Rule("accept-charset", "A charset parameter of UTF-8 excludes nothing that is UTF-8", "SHOULD",
         rfc(9110, "8.3.2"), check_charset),
    Rule("accept-browser", "A browser's usual Accept gives the page", "SHOULD", ACCEPT,
         check_browser),
    Rule("accept-malformed", "A malformed Accept never gives a server error", "MUST",
         rfc(9110, "15.5.1"), check_malformed),
    Rule("not-acceptable-406", "Where no format fits, the answer is 406", "SHOULD",
         rfc(9110, "15.5.7"), check_not_acceptable),
    Rule("not-acceptable-list", "A 406 lists the formats there are", "SHOULD",
         rfc(9110, "15.5.7"), check_list_of_types),
    Rule("vary-accept", "Every answer of a negotiated address has Vary: Accept", "MUST",
         rfc(9110, "12.5.5"), check_vary),
    Rule("vary-redirect", "A redirect that depends on Accept has Vary: Accept", "MUST",
         rfc(9110, "12.5.5"), check_vary_redirect),
    Rule("vary-406", "A 406 has Vary: Accept", "MUST", rfc(9110, "12.5.5"), check_vary_refusal),
    Rule("content-type-charset", "Content-Type is well formed and its charset is UTF-8", "MUST",
         rfc(9110, "8.3"), check_content_type),
    Rule("content-location", "A negotiated answer names its own address, which gives that format",
         "SHOULD", rfc(9110, "8.7"), check_content_location),
    Rule("coding-gzip", "gzip is sent to those who accept it, and unpacks to the same body",
         "SHOULD", rfc(9110, "8.4"), check_gzip),
    Rule("coding-refused", "A coding is not sent to those who refuse it", "MUST",
         rfc(9110, "12.5.3"), check_identity),
    Rule("vary-coding", "Where the coding depends on Accept-Encoding, Vary says so", "MUST",
         rfc(9110, "12.5.5"), check_vary_coding),
)  # fmt: skip
