"""HEAD, OPTIONS, CORS and unsupported methods, on an entity's document."""

from __future__ import annotations

from conform.answers.fetch import Answer
from conform.answers.fields import read_date, read_names
from conform.errors import apply_if, require
from conform.model import FETCH_CORS, Rule, rfc
from conform.targets import Entity

SAME = (
    "content-type", "etag", "last-modified", "vary", "content-location", "link", "cache-control",
    "content-encoding", "accept-ranges", "location",
)  # fmt: skip
EXPOSED = ("link", "etag", "content-location")
SAFELISTED = {"cache-control", "content-language", "content-length", "content-type", "expires",
              "last-modified", "pragma"}  # fmt: skip
ELSEWHERE = "https://scripts.example"


def _document(entity: Entity) -> Answer:
    kind, _ = entity.pick()
    return entity.ask(kind)


def _compare(got: Answer, head: Answer) -> None:
    require(head.status == got.status, f"GET gives {got.status}, HEAD {head.status}")
    wrong = [name for name in SAME if got.get(name) != head.get(name)]
    require(not wrong, f"HEAD differs from GET in {', '.join(wrong)}")
    length = head.get("content-length")
    require(
        length in ("", str(len(got.body))), f"HEAD says {length} bytes, GET has {len(got.body)}"
    )


def check_head(entity: Entity) -> None:
    """HEAD says what GET says, for every format."""
    apply_if(entity.offers, "no document")
    for kind in entity.offers:
        got = entity.ask(kind)
        _compare(got, entity.door.send(got.url, kind, method="HEAD"))


def check_head_thing(entity: Entity) -> None:
    """HEAD of a thing redirects as GET does."""
    apply_if(not entity.is_document and entity.answer.trail, "the address does not redirect")
    got = entity.door.send(entity.iri)
    head = entity.door.send(entity.iri, method="HEAD")
    require(head.status == got.status, f"GET gives {got.status}, HEAD {head.status}")
    wrong = [name for name in SAME if got.get(name) != head.get(name)]
    require(not wrong, f"HEAD differs from GET in {', '.join(wrong)}")


def check_options(entity: Entity) -> None:
    """OPTIONS lists the methods."""
    answer = entity.door.send(_document(entity).url, method="OPTIONS")
    require(answer.status in (200, 204), f"OPTIONS gave {answer.status}")
    allowed = read_names(answer.get("allow"))
    require({"get", "head"} <= allowed, f"OPTIONS has Allow: {answer.get('allow') or 'none'}")


def check_refused_method(entity: Entity) -> None:
    """A method that is known and not done here gives 405 with the list."""
    url = _document(entity).url
    for method in ("DELETE", "PATCH"):
        answer = entity.door.send(url, method=method)
        require(answer.status in (405, 501), f"{method} gave {answer.status}")
        if answer.status == 405:
            require("get" in read_names(answer.get("allow")), f"405 to {method} without Allow")


def check_unknown_method(entity: Entity) -> None:
    """A method that nobody knows gives 501 or 405."""
    answer = entity.door.send(_document(entity).url, method="FROBNICATE")
    require(answer.status in (405, 501), f"FROBNICATE gave {answer.status}")


def check_date(entity: Entity) -> None:
    """Answers are dated."""
    answer = _document(entity)
    require(read_date(answer.get("date")), f"Date: {answer.get('date') or 'none'}")


def check_length(entity: Entity) -> None:
    """A length that is said is true, and a body that is sent can be known to be whole."""
    apply_if(entity.offers, "no document")
    for kind in entity.offers:
        answer = entity.ask(kind)
        length = answer.get("content-length")
        if length:
            require(length == str(len(answer.body)), f"{length} said, {len(answer.body)} came")
        else:
            coding = answer.get("transfer-encoding").lower()
            require(
                "chunked" in coding, f"{kind} has neither length nor chunks: its end is unknown"
            )


def _crossing(entity: Entity) -> Answer:
    kind, answer = entity.pick()
    return entity.door.send(answer.url, kind, {"Origin": ELSEWHERE})


def check_cors(entity: Entity) -> None:
    """Scripts of other sites may read documents."""
    answer = _crossing(entity)
    allowed = answer.get("access-control-allow-origin")
    require(allowed in ("*", ELSEWHERE), f"Access-Control-Allow-Origin: {allowed or 'none'}")


def check_cors_thing(entity: Entity) -> None:
    """They may follow the redirect from the thing, too."""
    apply_if(not entity.is_document and entity.answer.trail, "the address does not redirect")
    answer = entity.door.send(entity.iri, headers={"Origin": ELSEWHERE})
    allowed = answer.get("access-control-allow-origin")
    require(allowed in ("*", ELSEWHERE), f"the redirect allows {allowed or 'no origin'}")


def check_cors_exposed(entity: Entity) -> None:
    """They may read the header fields that linked data lives on."""
    answer = _crossing(entity)
    apply_if(answer.get("access-control-allow-origin"), "no CORS (cors-origin says more)")
    exposed = read_names(answer.get("access-control-expose-headers")) | SAFELISTED
    missing = [name for name in EXPOSED if answer.get(name) and name not in exposed]
    require(not missing, f"not exposed: {', '.join(missing)}")


def check_cors_vary(entity: Entity) -> None:
    """An answer that names one origin must not be stored for another."""
    answer = _crossing(entity)
    apply_if(
        answer.get("access-control-allow-origin") == ELSEWHERE, "no answer names a single origin"
    )
    require("origin" in read_names(answer.get("vary")), "one origin is named without Vary: Origin")


def check_preflight(entity: Entity) -> None:
    """A browser's question before a GET with an unusual `Accept` is answered."""
    headers = {
        "Origin": ELSEWHERE,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "accept,if-none-match",
    }
    answer = entity.door.send(_document(entity).url, method="OPTIONS", headers=headers)
    require(200 <= answer.status < 300, f"the preflight gave {answer.status}")
    require(
        answer.get("access-control-allow-origin") in ("*", ELSEWHERE), "it allows no other origin"
    )
    allowed = read_names(answer.get("access-control-allow-headers"))
    require("*" in allowed or {"accept", "if-none-match"} <= allowed, f"it allows {allowed}")


RULES: tuple[Rule[Entity], ...] = (
    Rule("head-document", "HEAD of a document equals GET without the body", "MUST",
         rfc(9110, "9.3.2"), check_head),
    Rule("head-thing", "HEAD of a thing redirects as GET does", "MUST", rfc(9110, "9.3.2"),
         check_head_thing),
    Rule("options", "OPTIONS is answered with Allow", "SHOULD", rfc(9110, "9.3.7"), check_options),
    Rule("method-refused", "A method not done here gives 405 with Allow", "MUST",
         rfc(9110, "15.5.6"), check_refused_method),
    Rule("method-unknown", "An unknown method gives 501 or 405", "SHOULD", rfc(9110, "9.1"),
         check_unknown_method),
    Rule("date", "Answers have a Date", "MUST", rfc(9110, "6.6.1"), check_date),
    Rule("body-complete", "A body's end can be told: true length or chunks", "MUST",
         rfc(9112, "6.3"), check_length),
    Rule("cors-origin", "Scripts of other sites may read documents", "SHOULD", FETCH_CORS,
         check_cors),
    Rule("cors-redirect", "Scripts of other sites may follow from thing to document", "SHOULD",
         FETCH_CORS, check_cors_thing),
    Rule("cors-exposed", "Link, ETag and Content-Location are exposed to scripts", "SHOULD",
         FETCH_CORS, check_cors_exposed),
    Rule("cors-vary", "An answer that names one origin has Vary: Origin", "MUST", FETCH_CORS,
         check_cors_vary),
    Rule("cors-preflight", "The preflight of a GET with Accept is answered", "SHOULD", FETCH_CORS,
         check_preflight),
)  # fmt: skip
