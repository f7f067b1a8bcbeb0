"""Readable JSON-LD (JSON-LD 1.1 and its Best Practices)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from conform.answers import rdf
from conform.answers.fetch import Answer
from conform.answers.fields import read_directives, read_media_type
from conform.answers.rdf import HTML, JSONLD
from conform.errors import RuleBrokenError, apply_if, require
from conform.model import (
    FETCH_CORS,
    JSONLD_BEST,
    JSONLD_CONTEXTS,
    JSONLD_HTML,
    JSONLD_MEDIA,
    Rule,
    Spec,
)
from conform.targets import Entity

NAMESPACE = "http://www.w3.org/ns/json-ld#"
FORMS = ("compacted", "expanded", "flattened")
NATIVE = {
    "http://www.w3.org/2001/XMLSchema#integer",
    "http://www.w3.org/2001/XMLSchema#boolean",
    "xsd:integer",
    "xsd:boolean",
}
DAY_S = 86400
NODES = Spec("JSON-LD 1.1, Embedding", "https://www.w3.org/TR/json-ld11/#embedding")
LANGUAGES = Spec(
    "JSON-LD 1.1, Language indexing", "https://www.w3.org/TR/json-ld11/#language-indexing"
)
CONTEXT = Spec("JSON-LD 1.1, The context", "https://www.w3.org/TR/json-ld11/#the-context")


def _tree(entity: Entity) -> Any:
    apply_if(JSONLD in entity.offers, "no document in JSON-LD")
    return rdf.read_json(entity.offers[JSONLD].content)


def walk(tree: Any) -> Iterator[dict[str, Any]]:
    """All objects of a tree but its contexts, from the root down."""
    waiting = [tree]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            yield part
            waiting += [value for name, value in part.items() if name != "@context"]
        elif isinstance(part, list):
            waiting += part


def check_one_root(entity: Entity) -> None:
    """One object, with the thing as its root."""
    tree = _tree(entity)
    require(isinstance(tree, dict), f"the root is a {type(tree).__name__}")
    require("@graph" not in tree, "the root is a bare @graph")
    apply_if(not entity.is_document, "not a thing")
    root = {str(tree.get(name, "")) for name in ("id", "@id")} - {""}
    base = entity.door.publish(entity.offers[JSONLD].url)
    expanded = rdf.expand(tree, base, entity.door.load_context)
    first = expanded[0].get("@id") if isinstance(expanded, list) and expanded else None
    require(first == entity.iri, f"the root is {first or root}")


def check_short_keys(entity: Entity) -> None:
    """Keys are names, not addresses."""
    for node in walk(_tree(entity)):
        long = [key for key in node if "://" in key]
        require(not long, f"the key {long[:1]}")


def check_nested(entity: Entity) -> None:
    """What belongs to the thing stands inside it."""
    tree = _tree(entity)
    apply_if(isinstance(tree, dict) and "@graph" not in tree, "not one root (jsonld-root)")
    subjects = {str(node) for node, _, _ in entity.graph}
    apply_if(len(subjects) > 1, "one subject only")
    apart = ("@included", "included", "@context")
    own = [value for key, value in tree.items() if key not in apart]
    inner = [node for node in walk(own) if {"id", "@id"} & node.keys() and len(node) > 1]
    require(inner, "no node stands inside another")


def check_native(entity: Entity) -> None:
    """Whole numbers and truth values are those of JSON."""
    for node in walk(_tree(entity)):
        kind = str(node.get("@type", node.get("type")))
        dressed = ("@value" in node or "value" in node) and kind in NATIVE
        require(not dressed, f"{node} for a number or truth value")


def check_languages(entity: Entity) -> None:
    """Texts in several languages are a map by language."""
    for node in walk(_tree(entity)):
        for key, values in node.items():
            tagged = [
                value
                for value in (values if isinstance(values, list) else [])
                if isinstance(value, dict) and "@language" in value
            ]
            require(len(tagged) < 2, f"{key}: a list of {len(tagged)} texts, no language map")


def _context(entity: Entity) -> Answer:
    tree = _tree(entity)
    said = tree.get("@context") if isinstance(tree, dict) else None
    references = [
        one for one in (said if isinstance(said, list) else [said]) if isinstance(one, str)
    ]
    apply_if(references, "no context by reference (context-referenced says more)")
    url = entity.door.resolve(entity.offers[JSONLD], references[0])
    apply_if(entity.door.is_here(url), "the context lies on another site")
    return entity.door.follow(url, JSONLD)


def check_referenced(entity: Entity) -> None:
    """The context is named by its address."""
    tree = _tree(entity)
    said = tree.get("@context") if isinstance(tree, dict) else None
    references = said if isinstance(said, list) else [said]
    require(any(isinstance(one, str) for one in references), "the context is not named by address")


def check_context(entity: Entity) -> None:
    """The context is there, as JSON-LD, without redirects to other types."""
    answer = _context(entity)
    require(answer.status == 200, f"the context answers {answer.status}")
    require(answer.kind in (JSONLD, "application/json"), f"the context is {answer.kind}")
    tree = rdf.read_json(answer.content)
    require(isinstance(tree, dict) and "@context" in tree, "the context document has no @context")


def check_context_cached(entity: Entity) -> None:
    """It may be kept for a day at least."""
    said = read_directives(_context(entity).get("cache-control"))
    age = said.get("max-age", "")
    require(age.isdigit() and int(age) >= DAY_S, f"the context has Cache-Control: {said or 'none'}")
    require(not {"no-store", "no-cache"} & said.keys(), f"Cache-Control: {said}")


def check_context_cors(entity: Entity) -> None:
    """Scripts of other sites may read it."""
    url = _context(entity).url
    answer = entity.door.send(url, JSONLD, {"Origin": "https://scripts.example"})
    allowed = answer.get("access-control-allow-origin")
    require(allowed in ("*", "https://scripts.example"), "scripts of other sites may not read it")


def _form(entity: Entity, name: str) -> Answer:
    return entity.ask(f'{JSONLD};profile="{NAMESPACE}{name}"')


def check_profile_type(entity: Entity) -> None:
    """A client that asks with a profile gets JSON-LD, not a page."""
    apply_if(JSONLD in entity.offers, "no document in JSON-LD")
    for name in FORMS:
        answer = _form(entity, name)
        require(
            answer.status == 200 and answer.kind == JSONLD,
            f"profile {name} gave {answer.status} {answer.kind}",
        )


def _honoured(entity: Entity) -> dict[str, Answer]:
    apply_if(JSONLD in entity.offers, "no document in JSON-LD")
    answers = {name: _form(entity, name) for name in FORMS}
    apply_if(
        all(answer.status == 200 and answer.kind == JSONLD for answer in answers.values()),
        "profiles give no JSON-LD (profile-type says more)",
    )
    apply_if(len({answer.body for answer in answers.values()}) > 1, "profiles change nothing here")
    return answers


def is_expanded(tree: Any) -> bool:
    """Whether a tree has the expanded form (JSON-LD 1.1, 9.1): a list, no context."""
    return isinstance(tree, list) and all(
        isinstance(node, dict) and "@context" not in node for node in tree
    )


def is_flattened(tree: Any) -> bool:
    """Whether no node stands inside another (JSON-LD 1.1 API, 7)."""
    nodes = tree.get("@graph", tree.get("graph", [tree])) if isinstance(tree, dict) else tree
    return isinstance(nodes, list) and all(
        isinstance(node, dict)
        and not any(
            isinstance(value, dict) and len(value) > 1 and {"id", "@id"} & value.keys()
            for part in node.values()
            for value in (part if isinstance(part, list) else [part])
        )
        for node in nodes
    )


def check_forms(entity: Entity) -> None:
    """Each profile gives its form."""
    answers = _honoured(entity)
    require(is_expanded(rdf.read_json(answers["expanded"].content)), "expanded is not expanded")
    require(is_flattened(rdf.read_json(answers["flattened"].content)), "flattened has nested nodes")
    compact = rdf.read_json(answers["compacted"].content)
    require(isinstance(compact, dict) and "@context" in compact, "compacted has no context")


def check_forms_same(entity: Entity) -> None:
    """All forms hold the same statements."""
    graphs = {}
    for name, answer in _honoured(entity).items():
        try:
            graphs[name] = entity.door.parse(answer)
        except RuleBrokenError as error:
            raise RuleBrokenError(f"{name}: {error}") from error
    for name, graph in graphs.items():
        require(rdf.same(graphs["compacted"], graph), f"{name} has other statements than compacted")


def check_form_named(entity: Entity) -> None:
    """The answer says which form it has."""
    answers = _honoured(entity)
    for name in ("expanded", "flattened"):
        media = read_media_type(answers[name].get("content-type"))
        said = media.parameters.get("profile", "") if media else ""
        require(NAMESPACE + name in said.split(), f"{name} has the profile {said or 'none'}")


def check_embedded(entity: Entity) -> None:
    """The page carries its data."""
    require(not entity.facts.broken, "an embedded block is no JSON")
    require(entity.facts.blocks, "no JSON-LD in the page")


def check_embedded_same(entity: Entity) -> None:
    """The page says of the thing what the document says of it, and nothing else."""
    apply_if(entity.facts.blocks, "no JSON-LD in the page")
    base = entity.door.publish(entity.offers[HTML].url)
    found: list[frozenset[rdf.Triple]] = []
    for block in entity.facts.blocks:
        try:
            body = json.dumps(block).encode()
            found.append(rdf.parse(body, JSONLD, base, entity.door.load_context))
        except RuleBrokenError as error:
            if "another host" not in str(error):
                raise
    apply_if(found, "its context lies on another host")
    document = entity.door.parse(entity.pick()[1])
    own = _say_of(entity, document)
    if not any(rdf.same(own, _say_of(entity, graph)) for graph in found):
        best = min(len(own - graph) for graph in found)
        raise RuleBrokenError(f"the page lacks {best} of the {len(own)} triples of the thing")
    foreign = {t for graph in found for t in graph - document if not rdf.has_blank(t)}
    require(not foreign, f"{len(foreign)} triples of the page are not in the document")


def _say_of(entity: Entity, graph: frozenset[rdf.Triple]) -> frozenset[rdf.Triple]:
    """The triples with the thing as their subject; what they lead to is one link away."""
    return frozenset(triple for triple in graph if str(triple[0]) == entity.iri)


RULES: tuple[Rule[Entity], ...] = (
    Rule("jsonld-root", "JSON-LD has one root: the thing", "SHOULD", JSONLD_BEST, check_one_root),
    Rule("jsonld-keys", "Keys are short names", "SHOULD", JSONLD_BEST, check_short_keys),
    Rule("jsonld-nested", "What belongs to the thing is nested in it", "SHOULD", NODES,
         check_nested),
    Rule("jsonld-native", "Whole numbers and truth values are native", "SHOULD", JSONLD_BEST,
         check_native),
    Rule("jsonld-languages", "Texts in several languages are language maps", "SHOULD",
         LANGUAGES, check_languages),
    Rule("context-referenced", "The context is named by its address", "SHOULD", JSONLD_BEST,
         check_referenced),
    Rule("context-resolves", "The context answers with a context", "MUST", CONTEXT, check_context),
    Rule("context-cached", "The context may be kept for a day or longer", "SHOULD",
         JSONLD_CONTEXTS, check_context_cached),
    Rule("context-cors", "Scripts of other sites may read the context", "SHOULD", FETCH_CORS,
         check_context_cors),
    Rule("profile-type", "A request with a profile gets JSON-LD", "MUST", JSONLD_MEDIA,
         check_profile_type),
    Rule("profile-forms", "Each profile gives its form", "SHOULD", JSONLD_MEDIA, check_forms),
    Rule("profile-same", "All forms hold the same statements", "MUST", JSONLD_MEDIA,
         check_forms_same),
    Rule("profile-named", "The answer names the form it has", "SHOULD", JSONLD_MEDIA,
         check_form_named),
    Rule("embedded-present", "The page carries its data as JSON-LD", "SHOULD", JSONLD_HTML,
         check_embedded),
    Rule("embedded-same", "The page says of the thing what its document says", "SHOULD",
         JSONLD_HTML, check_embedded_same),
)  # fmt: skip
