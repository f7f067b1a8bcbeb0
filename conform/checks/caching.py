"""Validators, conditions and freshness (RFC 9110, 8.8 and 13; RFC 9111) of an entity's document."""

from __future__ import annotations

from collections.abc import Mapping

from conform.answers.fetch import Answer
from conform.answers.fields import is_etag, read_date, read_directives
from conform.errors import apply_if, require
from conform.model import Rule, rfc
from conform.targets import Entity

LONG_AGO = "Sat, 01 Jan 2000 00:00:00 GMT"
STALE = '"nothing-here-has-this-tag"'
KEPT = ("etag", "cache-control", "content-location", "vary", "expires")


def _etag(answer: Answer) -> str:
    tag = answer.get("etag")
    apply_if(tag, "no ETag (etag-present says more)")
    return tag


def _modified(entity: Entity) -> str:
    text = _main(entity)[1].get("last-modified")
    apply_if(text, "no Last-Modified")
    return text


def _main(entity: Entity) -> tuple[str, Answer]:
    kind, _ = entity.pick()
    return kind, entity.ask(kind)


def _conditional(entity: Entity, headers: Mapping[str, str], method: str = "GET") -> Answer:
    kind, answer = _main(entity)
    return entity.door.send(answer.url, kind, headers, method)


def check_present(entity: Entity) -> None:
    """Every format has a tag."""
    apply_if(entity.offers, "no document")
    for kind in entity.offers:
        require(entity.ask(kind).get("etag"), f"no ETag for {kind}")


def check_form(entity: Entity) -> None:
    """A tag has the form of one."""
    for kind in entity.offers:
        tag = _etag(entity.ask(kind))
        require(is_etag(tag), f"ETag: {tag}")
    _etag(_main(entity)[1])


def check_strong(entity: Entity) -> None:
    """Tags are strong: the same tag, the same bytes."""
    tag = _etag(_main(entity)[1])
    require(not tag.startswith("W/"), f"ETag: {tag}")


def check_by_format(entity: Entity) -> None:
    """No two formats share a tag."""
    entity.pick_two()
    tags = {kind: _etag(entity.ask(kind)) for kind in entity.offers}
    require(len(set(tags.values())) == len(tags), f"formats share an ETag: {tags}")


def check_by_coding(entity: Entity) -> None:
    """A packed body has another strong tag than a plain one."""
    kind, plain = _main(entity)
    packed = entity.ask(kind, {"Accept-Encoding": "gzip"})
    apply_if(packed.get("content-encoding"), "no content coding")
    apply_if(not _etag(plain).startswith("W/"), "the tag is weak")
    require(_etag(packed) != _etag(plain), f"gzip and identity share {_etag(plain)}")


def check_stable(entity: Entity) -> None:
    """The same request gives the same tag and, under a strong one, the same bytes."""
    kind, first = _main(entity)
    again = entity.door.send(first.url, kind, fresh=True)
    require(_etag(first) == again.get("etag"), f"{first.get('etag')} became {again.get('etag')}")
    if not _etag(first).startswith("W/"):
        require(first.body == again.body, "other bytes under the same strong tag")


def _expect_304(entity: Entity, value: str) -> Answer:
    answer = _conditional(entity, {"If-None-Match": value})
    require(answer.status == 304, f"If-None-Match: {value} gave {answer.status}")
    return answer


def check_none_match(entity: Entity) -> None:
    """Who has it already gets 304."""
    _expect_304(entity, _etag(_main(entity)[1]))


def check_none_match_list(entity: Entity) -> None:
    """One tag of several is enough."""
    tag = _etag(_main(entity)[1])
    _expect_304(entity, f"{STALE}, {tag}")


def check_none_match_weak(entity: Entity) -> None:
    """The comparison is weak."""
    tag = _etag(_main(entity)[1])
    _expect_304(entity, f"W/{tag.removeprefix('W/')}")


def check_none_match_any(entity: Entity) -> None:
    """`*` is any tag."""
    _etag(_main(entity)[1])
    _expect_304(entity, "*")


def check_none_match_other(entity: Entity) -> None:
    """Who has something else gets it all."""
    kind, plain = _main(entity)
    answer = _conditional(entity, {"If-None-Match": STALE})
    require(answer.status == 200, f"a stale tag gave {answer.status}")
    require(answer.body == plain.body, "a stale tag gave another body")
    entity.pick_two()
    for other in entity.offers:
        if other != kind:
            tag = entity.ask(other).get("etag")
            apply_if(is_etag(tag), "no ETag")
            given = _conditional(entity, {"If-None-Match": tag})
            require(given.status == 200, f"the tag of {other} gave {given.status} for {kind}")


def _not_modified(entity: Entity) -> tuple[Answer, Answer]:
    plain = _main(entity)[1]
    answer = _conditional(entity, {"If-None-Match": _etag(plain)})
    apply_if(answer.status == 304, "no 304 (if-none-match says more)")
    return plain, answer


def check_304_headers(entity: Entity) -> None:
    """A 304 repeats what the 200 says to caches."""
    plain, answer = _not_modified(entity)
    wrong = [name for name in KEPT if plain.get(name) and plain.get(name) != answer.get(name)]
    require(not wrong, f"the 304 has not the 200's {', '.join(wrong)}")


def check_304_body(entity: Entity) -> None:
    """A 304 says no length but that of the 200."""
    _, answer = _not_modified(entity)
    length = answer.get("content-length")
    plain = _main(entity)[1]
    require(length in ("", str(len(plain.body))), f"304 with Content-Length: {length}")


def check_modified_form(entity: Entity) -> None:
    """`Last-Modified` is a date that has been."""
    text = _modified(entity)
    date = read_date(text)
    require(date is not None, f"Last-Modified: {text}")
    now = read_date(_main(entity)[1].get("date"))
    if date is not None and now is not None:
        require(date <= now, f"Last-Modified {text} is later than Date")


def check_modified_since(entity: Entity) -> None:
    """Unchanged since: 304."""
    answer = _conditional(entity, {"If-Modified-Since": _modified(entity)})
    require(answer.status == 304, f"If-Modified-Since its own date gave {answer.status}")


def check_modified_since_earlier(entity: Entity) -> None:
    """Changed since: 200."""
    _modified(entity)
    answer = _conditional(entity, {"If-Modified-Since": LONG_AGO})
    require(answer.status == 200, f"If-Modified-Since: {LONG_AGO} gave {answer.status}")


def check_modified_since_invalid(entity: Entity) -> None:
    """What is no date is ignored."""
    apply_if(entity.offers, "no document")
    for text in ("yesterday", "2030-01-01", "Tue, 99 Jun 2030 00:00:00 GMT"):
        answer = _conditional(entity, {"If-Modified-Since": text})
        require(answer.status == 200, f"If-Modified-Since: {text} gave {answer.status}")


def check_precedence(entity: Entity) -> None:
    """With `If-None-Match`, `If-Modified-Since` counts for nothing."""
    _etag(_main(entity)[1])
    headers = {"If-None-Match": STALE, "If-Modified-Since": _modified(entity)}
    answer = _conditional(entity, headers)
    require(answer.status == 200, f"a stale tag with the true date gave {answer.status}")


def check_match(entity: Entity) -> None:
    """Another tag than the one demanded: 412."""
    tag = _etag(_main(entity)[1])
    answer = _conditional(entity, {"If-Match": STALE})
    require(answer.status == 412, f"If-Match with a stale tag gave {answer.status}")
    for value in ("*", *([] if tag.startswith("W/") else [tag])):
        given = _conditional(entity, {"If-Match": value})
        require(given.status == 200, f"If-Match: {value} gave {given.status}")


def check_unmodified(entity: Entity) -> None:
    """Changed since the date demanded: 412."""
    own = _modified(entity)
    answer = _conditional(entity, {"If-Unmodified-Since": LONG_AGO})
    require(answer.status == 412, f"If-Unmodified-Since: {LONG_AGO} gave {answer.status}")
    given = _conditional(entity, {"If-Unmodified-Since": own})
    require(given.status == 200, f"If-Unmodified-Since its own date gave {given.status}")


def check_conditional_head(entity: Entity) -> None:
    """HEAD is conditional as GET is."""
    tag = _etag(_main(entity)[1])
    answer = _conditional(entity, {"If-None-Match": tag}, "HEAD")
    require(answer.status == 304, f"HEAD with its own tag gave {answer.status}")


def check_malformed(entity: Entity) -> None:
    """Malformed and contradictory conditions break nothing."""
    apply_if(entity.offers, "no document")
    headers: tuple[dict[str, str], ...] = (
        {"If-None-Match": "no quotes"},
        {"If-None-Match": '"open'},
        {"If-Match": '"a" "b"'},
        {"If-None-Match": "*, *"},
        {"If-Match": "*", "If-None-Match": "*"},
        {"If-Unmodified-Since": "never", "If-Modified-Since": "always"},
        {"If-Range": "neither tag nor date"},
    )
    for given in headers:
        answer = _conditional(entity, given)
        require(answer.status < 500, f"{given} gave {answer.status}")
        require(answer.status in (200, 304, 400, 412), f"{given} gave {answer.status}")


def check_freshness(entity: Entity) -> None:
    """Caches learn how long to keep the document."""
    answer = _main(entity)[1]
    said = read_directives(answer.get("cache-control"))
    require(said or answer.get("expires"), "neither Cache-Control nor Expires")
    if "max-age" in said:
        require(said["max-age"].isdigit(), f"Cache-Control: {answer.get('cache-control')}")


ETAG = rfc(9110, "8.8.3")
NONE_MATCH = rfc(9110, "13.1.2")
SINCE = rfc(9110, "13.1.3")

RULES: tuple[Rule[Entity], ...] = (
    Rule("etag-present", "Documents have an ETag", "SHOULD", ETAG, check_present),
    Rule("etag-form", "An ETag is a quoted string", "MUST", ETAG, check_form),
    Rule("etag-strong", "The ETag is strong", "SHOULD", rfc(9110, "8.8.1"), check_strong),
    Rule("etag-by-format", "Two formats never share an ETag", "MUST", rfc(9110, "8.8.3.3"),
         check_by_format),
    Rule("etag-by-coding", "gzip and plain never share a strong ETag", "MUST",
         rfc(9110, "8.8.3.3"), check_by_coding),
    Rule("etag-stable", "The same document keeps its ETag, and a strong one its bytes", "MUST",
         rfc(9110, "8.8.1"), check_stable),
    Rule("if-none-match", "If-None-Match with the current ETag gives 304", "MUST", NONE_MATCH,
         check_none_match),
    Rule("if-none-match-list", "One current ETag among several gives 304", "MUST", NONE_MATCH,
         check_none_match_list),
    Rule("if-none-match-weak", "If-None-Match compares weakly", "MUST", NONE_MATCH,
         check_none_match_weak),
    Rule("if-none-match-any", "If-None-Match: * gives 304", "MUST", NONE_MATCH,
         check_none_match_any),
    Rule("if-none-match-other", "A stale ETag, or that of another format, gives 200", "MUST",
         NONE_MATCH, check_none_match_other),
    Rule("not-modified-fields", "A 304 repeats ETag, Vary, Cache-Control and Content-Location",
         "MUST", rfc(9110, "15.4.5"), check_304_headers),
    Rule("not-modified-length", "A 304 has no length of its own", "MUST",
         rfc(9110, "15.4.5"), check_304_body),
    Rule("last-modified-form", "Last-Modified is an HTTP date, not in the future", "MUST",
         rfc(9110, "8.8.2"), check_modified_form),
    Rule("if-modified-since", "If-Modified-Since with the current date gives 304", "SHOULD",
         SINCE, check_modified_since),
    Rule("if-modified-since-earlier", "If-Modified-Since with an earlier date gives 200", "MUST",
         SINCE, check_modified_since_earlier),
    Rule("if-modified-since-invalid", "An If-Modified-Since that is no date is ignored", "MUST",
         SINCE, check_modified_since_invalid),
    Rule("if-none-match-first", "If-None-Match takes precedence over If-Modified-Since", "MUST",
         rfc(9110, "13.2.2"), check_precedence),
    Rule("if-match", "If-Match with another ETag gives 412, with the current one 200", "MUST",
         rfc(9110, "13.1.1"), check_match),
    Rule("if-unmodified-since", "If-Unmodified-Since with an earlier date gives 412", "MUST",
         rfc(9110, "13.1.4"), check_unmodified),
    Rule("conditional-head", "HEAD answers 304 as GET does", "SHOULD", rfc(9110, "13.2.1"),
         check_conditional_head),
    Rule("conditions-malformed", "Malformed conditions never give a server error", "MUST",
         rfc(9110, "13.2.1"), check_malformed),
    Rule("cache-control", "Documents say how long they may be kept", "SHOULD",
         rfc(9111, "5.2.2"), check_freshness),
)  # fmt: skip
