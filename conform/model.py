"""Rules and results as values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

Level = Literal["MUST", "SHOULD"]
Scope = Literal["site", "entity", "dump", "sparql"]
Verdict = Literal["pass", "fail", "not applicable", "untested"]

TargetT = TypeVar("TargetT")


@dataclass(frozen=True)
class Spec:
    """Where a rule stands.

    Attributes:
        name: The document and section as one cites them: `RFC 9110, 12.5.1`.
        url: The section's address.
    """

    name: str
    url: str


def rfc(number: int, section: str) -> Spec:
    """A section of an RFC."""
    page = f"https://www.rfc-editor.org/rfc/rfc{number}"
    return Spec(f"RFC {number}, {section}", f"{page}#section-{section}")


COOL = Spec("Cool URIs for the Semantic Web", "https://www.w3.org/TR/cooluris/#solutions")
COOL_303 = Spec("Cool URIs, 303 to documents", "https://www.w3.org/TR/cooluris/#r303gendocument")
LINKED = Spec(
    "Linked Data Design Issues, rules 3 and 4", "https://www.w3.org/DesignIssues/LinkedData.html"
)
BROWSABLE = Spec(
    "Linked Data Design Issues, browsable graphs",
    "https://www.w3.org/DesignIssues/LinkedData.html#browsable",
)
FETCH_CORS = Spec("Fetch, CORS protocol", "https://fetch.spec.whatwg.org/#http-cors-protocol")
SIGNPOSTING = Spec("FAIR Signposting Profile, level 1", "https://signposting.org/FAIR/#level1")
SIGNPOSTING_2 = Spec("FAIR Signposting Profile, level 2", "https://signposting.org/FAIR/#level2")
JSONLD_MEDIA = Spec(
    "JSON-LD 1.1, IANA considerations", "https://www.w3.org/TR/json-ld11/#iana-considerations"
)
JSONLD_HTML = Spec(
    "JSON-LD 1.1, Embedding in HTML",
    "https://www.w3.org/TR/json-ld11/#embedding-json-ld-in-html-documents",
)
JSONLD_BEST = Spec("JSON-LD Best Practices", "https://w3c.github.io/json-ld-bp/#best-practices")
JSONLD_CONTEXTS = Spec(
    "JSON-LD Best Practices, cache contexts",
    "https://w3c.github.io/json-ld-bp/#caching-json-ld-contexts",
)
JSONLD_LINK = Spec(
    "JSON-LD 1.1, Interpreting JSON as JSON-LD",
    "https://www.w3.org/TR/json-ld11/#interpreting-json-as-json-ld",
)
VOID = Spec("VoID, Describing datasets", "https://www.w3.org/TR/void/#dataset")
VOID_ACCESS = Spec("VoID, Access metadata", "https://www.w3.org/TR/void/#access")
VOID_STATISTICS = Spec("VoID, Statistics", "https://www.w3.org/TR/void/#statistics")
VOID_STRUCTURE = Spec("VoID, Structural metadata", "https://www.w3.org/TR/void/#structural")
VOID_LINKSETS = Spec("VoID, Describing linksets", "https://www.w3.org/TR/void/#linkset")
VOID_BACKLINK = Spec("VoID, Backlinks", "https://www.w3.org/TR/void/#backlinks")
VOID_WELLKNOWN = Spec("VoID, Well-known URI", "https://www.w3.org/TR/void/#well-known")
DCAT = Spec("DCAT 3, Vocabulary", "https://www.w3.org/TR/vocab-dcat-3/#vocabulary-specification")
DCAT_DISTRIBUTION = Spec(
    "DCAT 3, Distribution", "https://www.w3.org/TR/vocab-dcat-3/#Class:Distribution"
)
DCAT_SERVICE = Spec(
    "DCAT 3, Data Service", "https://www.w3.org/TR/vocab-dcat-3/#Class:Data_Service"
)
DCAT_CHECKSUM = Spec(
    "DCAT 3, checksum", "https://www.w3.org/TR/vocab-dcat-3/#Property:distribution_checksum"
)
ROBOTS = rfc(9309, "2.3")
SITEMAPS = Spec("Sitemaps protocol", "https://www.sitemaps.org/protocol.html")
OPENAPI = Spec("OpenAPI 3.1, OpenAPI Object", "https://spec.openapis.org/oas/v3.1.0#openapi-object")
SCHEMA_DATASET = Spec("schema.org Dataset", "https://schema.org/Dataset")
SPARQL_PROTOCOL = Spec(
    "SPARQL 1.1 Protocol, 2.1", "https://www.w3.org/TR/sparql11-protocol/#query-operation"
)
SPARQL_ACCEPTED = Spec(
    "SPARQL 1.1 Protocol, 2.1.5", "https://www.w3.org/TR/sparql11-protocol/#conneg"
)
SPARQL_FAILURE = Spec(
    "SPARQL 1.1 Protocol, 2.1.7", "https://www.w3.org/TR/sparql11-protocol/#query-failure"
)
SERVICE_DESCRIPTION = Spec(
    "SPARQL 1.1 Service Description, 2",
    "https://www.w3.org/TR/sparql11-service-description/#accessing",
)


@dataclass(frozen=True)
class Rule(Generic[TargetT]):
    """One rule.

    Attributes:
        id: Kebab case; never renamed, it is the rule's name in reports.
        title: What must hold, in one sentence.
        level: MUST, or SHOULD where the specification leaves a way out or is a good practice.
        spec: Where it stands.
        check: Ends quietly where the rule holds, else with a `VerdictError`.
    """

    id: str
    title: str
    level: Level
    spec: Spec
    check: Callable[[TargetT], None]


@dataclass(frozen=True)
class ScopedRule:
    """A rule and what it is asked of: the site once, or each entity or dump of the sample."""

    scope: Scope
    rule: Rule[Any]


@dataclass(frozen=True)
class Result:
    """What a rule gave on a whole run.

    Attributes:
        passed: How many targets it held for.
        judged: How many targets it applied to.
        detail: What was seen, or why it does not apply; empty where it passed.
        where: The address at which it first failed.
    """

    rule: Rule[Any]
    verdict: Verdict
    passed: int = 0
    judged: int = 0
    detail: str = ""
    where: str = ""
