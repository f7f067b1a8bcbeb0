"""Files that crawlers and programs look for: robots.txt, the sitemap, OpenAPI, schema.org."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

from conform.answers import rdf
from conform.answers.fetch import Answer
from conform.answers.fields import links_by_rel
from conform.answers.rdf import HTML
from conform.checks.jsonld import walk
from conform.errors import InapplicableError, RuleBrokenError, apply_if, require
from conform.model import OPENAPI, ROBOTS, SCHEMA_DATASET, SITEMAPS, Rule, rfc
from conform.site import Site

SITEMAP_NS = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
MAX_ADDRESSES = 50_000
SAMPLE = 8
DATASETS = {"Dataset", "schema:Dataset", "https://schema.org/Dataset", "http://schema.org/Dataset"}


def _robots(site: Site) -> Answer:
    answer = site.follow(urljoin(site.base, "/robots.txt"))
    apply_if(answer.status == 200, "no robots.txt (robots-present says more)")
    return answer


def check_robots(site: Site) -> None:
    """There is a robots.txt, as plain text in UTF-8."""
    site.require_publisher()
    answer = site.follow(urljoin(site.base, "/robots.txt"))
    require(answer.status == 200, f"/robots.txt ends in {answer.status}")
    require(answer.kind == "text/plain", f"/robots.txt is {answer.kind}")
    require(re.search(r"(?im)^user-agent\s*:", answer.text), "it has no User-agent line")


def check_robots_open(site: Site) -> None:
    """It lets crawlers at the documents that it is all about."""
    reader = RobotFileParser()
    reader.parse(_robots(site).text.splitlines())
    addresses = [site.base, *(entity.negotiated for entity in site.entities if entity.offers)]
    for address in addresses:
        path = urlsplit(address).path or "/"
        require(reader.can_fetch("any-crawler", path), f"it keeps crawlers from {path}")


def _sitemap_address(site: Site) -> str:
    try:
        found = re.search(r"(?im)^sitemap\s*:\s*(\S+)", _robots(site).text)
    except InapplicableError:
        found = None
    return found[1] if found else urljoin(site.base, "sitemap.xml")


def check_robots_sitemap(site: Site) -> None:
    """It names the sitemap."""
    text = _robots(site).text
    found = re.search(r"(?im)^sitemap\s*:\s*(\S+)", text)
    require(found, "it names no sitemap")
    if found:
        require(urlsplit(found[1]).scheme, f"the sitemap's address {found[1]} is not absolute")
        status = site.follow(found[1]).status if site.is_here(found[1]) else 200
        require(status == 200, f"the sitemap {found[1]} answers {status}")


def _sitemap(site: Site) -> ElementTree.Element:
    answer = site.follow(_sitemap_address(site))
    apply_if(answer.status == 200, "no sitemap (sitemap-form says more)")
    if b"<!ENTITY" in answer.content or b"<!DOCTYPE" in answer.content:
        raise RuleBrokenError("the sitemap has a document type declaration")
    try:
        return ElementTree.fromstring(answer.content)  # noqa: S314 (no DTD: refused above)
    except ElementTree.ParseError as error:
        raise RuleBrokenError(f"the sitemap is no XML: {error}") from error


def check_sitemap(site: Site) -> None:
    """There is a sitemap in the form of one."""
    site.require_publisher()
    answer = site.follow(_sitemap_address(site))
    require(answer.status == 200, f"the sitemap ends in {answer.status}")
    root = _sitemap(site)
    known = (f"{SITEMAP_NS}urlset", f"{SITEMAP_NS}sitemapindex")
    require(root.tag in known, f"its root is {root.tag}")
    places = [place.text or "" for place in root.iter(f"{SITEMAP_NS}loc")]
    require(places, "it names no address")
    require(len(places) <= MAX_ADDRESSES, f"{len(places)} addresses in one file")


def check_sitemap_places(site: Site) -> None:
    """Its addresses are absolute, of this site, each once, and they answer."""
    places = [(place.text or "").strip() for place in _sitemap(site).iter(f"{SITEMAP_NS}loc")]
    apply_if(places, "it names no address")
    require(len(set(places)) == len(places), "an address stands in it twice")
    foreign = [place for place in places if not site.is_here(place)]
    require(not foreign, f"{foreign[:1]} is not of this site")
    site.random.shuffle(places)
    for place in places[:SAMPLE]:
        status = site.follow(place, HTML).status
        require(status == 200, f"{place} in it answers {status}")


def check_sitemap_dates(site: Site) -> None:
    """Its dates are dates, and have been."""
    texts = {(node.text or "").strip() for node in _sitemap(site).iter(f"{SITEMAP_NS}lastmod")}
    require(texts, "no lastmod")
    today = datetime.now(UTC).date()
    for text in sorted(texts):
        require(re.match(r"\d{4}(-\d\d(-\d\d(T.+(Z|[+-]\d\d:\d\d))?)?)?$", text), f"lastmod {text}")
        if len(text) >= 10:
            try:
                day = date.fromisoformat(text[:10])
            except ValueError as error:
                raise RuleBrokenError(f"lastmod {text} is no day") from error
            require(day <= today, f"lastmod {text} is yet to come")


def _api(site: Site) -> tuple[str, dict[str, Any]]:
    links = links_by_rel(site.follow(site.base).links, "service-desc")
    address = site.resolve(site.send(site.base), links[0].target) if links else urljoin(
        site.base, "openapi.json"
    )  # fmt: skip
    answer = site.follow(address, "application/json")
    apply_if(answer.status == 200, "no API description (openapi-form says more)")
    tree = rdf.read_json(answer.content)
    require(isinstance(tree, dict), "the API description is no object")
    return address, tree


def check_api(site: Site) -> None:
    """The routes are described, and the description is found by a link."""
    links = links_by_rel(site.follow(site.base).links, "service-desc")
    guess = site.follow(urljoin(site.base, "openapi.json"), "application/json")
    if guess.status != 200:
        site.require_publisher()
    require(links or guess.status == 200, "neither a service-desc link nor /openapi.json")
    _, tree = _api(site)
    require(str(tree.get("openapi", "")).startswith("3."), f"openapi: {tree.get('openapi')}")
    info = tree.get("info")
    require(isinstance(info, dict) and info.get("title") and info.get("version"), "info lacks")
    require(isinstance(tree.get("paths"), dict) and tree["paths"], "no paths")
    for path, item in tree["paths"].items():
        require(path.startswith("/"), f"the path {path}")
        for method in ("get", "post", "head"):
            if isinstance(item, dict) and method in item:
                require(item[method].get("responses"), f"{method} {path} has no responses")


def check_api_true(site: Site) -> None:
    """Paths without parameters answer as they are described."""
    _, tree = _api(site)
    paths = tree.get("paths")
    apply_if(isinstance(paths, dict), "no paths")
    for path, item in sorted((paths or {}).items()):
        if "{" not in path and isinstance(item, dict) and "get" in item:
            needed = [one for one in item["get"].get("parameters", []) if one.get("required")]
            answer = site.send(urljoin(site.base, path.lstrip("/")))
            said = set(item["get"].get("responses", {}))
            known = {str(answer.status), f"{answer.status // 100}XX", "default"} & said
            require(needed or known, f"{path} gives {answer.status}, described are {sorted(said)}")


def check_service_desc(site: Site) -> None:
    """The first page links to the API description."""
    _api(site)
    site.require_publisher()
    links = links_by_rel(site.follow(site.base).links, "service-desc")
    require(links, "the site's address has no service-desc link")


def _types(node: dict[str, Any]) -> set[str]:
    said = node.get("@type")
    return {str(name) for name in (said if isinstance(said, list) else [said])}


def check_schema(site: Site) -> None:
    """The first page describes the dataset to search engines."""
    site.require_publisher()
    blocks = site.front_page.blocks
    require(not site.front_page.broken, "an embedded block is no JSON")
    found = [node for block in blocks for node in walk(block) if _types(node) & DATASETS]
    require(found, "no schema.org Dataset in the first page")
    lacks = [name for name in ("name", "description", "license") if not found[0].get(name)]
    require(not lacks, f"the Dataset lacks {', '.join(lacks)}")


def check_front_page(site: Site) -> None:
    """A browser sees a page."""
    site.require_publisher()
    answer = site.follow(site.base, HTML)
    require(
        answer.status == 200 and answer.kind == HTML,
        f"a browser gets {answer.status} {answer.kind} at the site's address",
    )


RULES: tuple[Rule[Site], ...] = (
    Rule("front-page", "The site's address gives people a page", "SHOULD", rfc(9110, "12.5.1"),
         check_front_page),
    Rule("robots-present", "robots.txt is there, as plain text", "SHOULD", ROBOTS, check_robots),
    Rule("robots-open", "robots.txt lets crawlers read documents", "SHOULD", ROBOTS,
         check_robots_open),
    Rule("robots-sitemap", "robots.txt names the sitemap", "SHOULD", SITEMAPS,
         check_robots_sitemap),
    Rule("sitemap-form", "The sitemap is there and well formed", "SHOULD", SITEMAPS,
         check_sitemap),
    Rule("sitemap-places", "The sitemap's addresses are of this site and answer", "MUST",
         SITEMAPS, check_sitemap_places),
    Rule("sitemap-dates", "The sitemap's dates are dates that have been", "SHOULD", SITEMAPS,
         check_sitemap_dates),
    Rule("openapi-form", "The routes are described in OpenAPI", "SHOULD", OPENAPI, check_api),
    Rule("openapi-true", "Described paths answer as described", "MUST", OPENAPI, check_api_true),
    Rule("openapi-linked", "The API description is linked", "SHOULD", rfc(8631, "4.1"),
         check_service_desc),
    Rule("schema-dataset", "The first page describes the dataset to search engines", "SHOULD",
         SCHEMA_DATASET, check_schema),
)  # fmt: skip
