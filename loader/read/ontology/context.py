"""The JSON-LD context: made from the ontology where a word is the local name of a term.

`ontology/context.jsonld` holds by hand only what the ontology cannot say: the words that are not
local names (``evidence``, ``reason``), the blocks, the terms of other vocabularies, the aliases
of keywords. Everything else follows from classes, marks and concept lists. A release ships the
whole as `ontology/context.jsonld`.

Source: JSON-LD 1.1, section 4.1 (contexts) and 4.1.8 (scoped contexts).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rdflib import OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef
from rdflib.term import Node

from loader.errors import OntologyError
from loader.rdf import terms
from loader.rdf.prefixes import PREFIXES

CONTEXT_FILE: Final = "context.jsonld"

Definition = str | dict[str, Any]

_TYPES: Final[Mapping[str, dict[str, str]]] = {
    "thing": {"@type": "@id"},
    "iri": {"@type": "@id"},
    "concept": {"@type": "@vocab"},
    "date": {"@type": "xsd:date"},
    "integer": {"@type": "xsd:integer"},
    "decimal": {"@type": "xsd:decimal"},
    "boolean": {"@type": "xsd:boolean"},
    "text": {"@container": "@language"},
}
"""Form of value → what the context says of it; a form without a row is a plain string."""


def read_own_words(file: Path) -> dict[str, Any]:
    """Return the part of the context that is written by hand.

    Raises:
        OntologyError: missing, not JSON, or without ``@context``.
    """
    try:
        context = json.loads(file.read_text(encoding="utf-8"))["@context"]
    except OSError as error:
        raise OntologyError(f"cannot be read: {error.strerror}", file) from None
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg}"
        raise OntologyError(message, file, error.lineno, error.colno) from None
    except (KeyError, TypeError, UnicodeDecodeError):
        raise OntologyError("holds no @context", file) from None
    if not isinstance(context, dict):
        raise OntologyError("@context is no map of terms", file)
    return context


def build_context(
    graph: Graph, own: Mapping[str, Any], base: str = "", language: str = "en"
) -> dict[str, Any]:
    """Return the whole context.

    The order, which JSON-LD documents and the schema of records follow: keywords, prefixes,
    classes, names and other texts, the properties of the ontology by name, then the other words
    by hand as they stand.

    Args:
        graph: ontology and concept lists.
        own: the words by hand. One that means a term of the ontology takes the place of the
            local name; what it says of the term has the last word.
        base: the base address of the release; the terms below it are the workspace's own.
        language: the language of texts without one; takes the place of every ``@language`` in
            ``own``.
    """
    own = {word: _speak(definition, language) for word, definition in own.items()}
    renamed = {_meaning(definition): word for word, definition in own.items()}
    made = dict(_classes(graph, base)) | dict(_properties(graph, base))
    words = {renamed.get(f"pacta:{name}", name): definition for name, definition in made.items()}
    schemes = _Schemes(graph, {*words, *own})
    whole = {word: schemes.scope(definition) for word, definition in words.items()}
    ours = {word: _join(whole[word], own.get(word)) for word in sorted(whole)}
    others = {word: definition for word, definition in own.items() if word not in ours}
    keywords = {word: d for word, d in others.items() if word[0] == "@" or str(d)[0] == "@"}
    texts = {w: d for w, d in others.items() if isinstance(d, dict) and "@container" in d}
    classes = {word: d for word, d in ours.items() if word[0].isupper()}
    return {**keywords, **PREFIXES, **classes, **texts, **ours, **others}


def render_context(context: Mapping[str, Any]) -> str:
    """Return the context as the text of its file, a word on each line."""
    lines = (
        f"    {json.dumps(word)}: {json.dumps(definition, ensure_ascii=False)}"
        for word, definition in context.items()
    )
    return '{\n  "@context": {\n' + ",\n".join(lines) + "\n  }\n}\n"


def _meaning(definition: Any) -> str:
    """Return the compact name that a word means; empty where it means none of its own."""
    name = definition.get("@id") if isinstance(definition, Mapping) else definition
    return name if isinstance(name, str) else ""


def _speak(definition: Any, language: str) -> Any:
    """Return a definition whose texts are in the language of the collection."""
    if isinstance(definition, Mapping) and "@language" in definition:
        return {**definition, "@language": language}
    return definition


def _in_use(graph: Graph, found: Iterator[Node], base: str) -> Iterator[tuple[str, Node, str]]:
    """Yield local name, term and address in the context of each term of Pacta or of the workspace.

    Retired terms are left out.
    """
    for node in found:
        if (node, OWL.deprecated, Literal(True)) in graph:
            continue
        if str(node).startswith(terms.NS):
            name = str(node).removeprefix(terms.NS)
            yield name, node, f"pacta:{name}"
        elif base and str(node).startswith(f"{base}ns#"):
            yield str(node).removeprefix(f"{base}ns#"), node, str(node)


def _classes(graph: Graph, base: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each class with the lists that its `kind` and `act` take words from."""
    for name, node, address in _in_use(graph, graph.subjects(RDF.type, OWL.Class), base):
        lists = {
            word: scheme
            for word, mark in (("kind", terms.KIND_SCHEME), ("act", terms.ACT_SCHEME))
            for above in graph.transitive_objects(node, RDFS.subClassOf)
            for scheme in graph.objects(above, mark)
        }
        yield name, {"@id": address, "lists": lists}


def _properties(graph: Graph, base: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each property that records or documents write, with the form of its values."""
    for name, node, address in _in_use(graph, graph.subjects(terms.PLACEMENT), base):
        form = str(graph.value(node, terms.VALUE_FORM))
        scheme = graph.value(node, terms.SCHEME) if form == "concept" else None
        yield name, {"@id": address, **_TYPES.get(form, {}), "scheme": scheme}


class _Schemes:
    """Scoped contexts: where the bare words of a concept list are taken for its concepts."""

    def __init__(self, graph: Graph, words: set[str]) -> None:
        self._graph = graph
        self._words = words

    def scope(self, definition: dict[str, Any]) -> Definition:
        """Return a definition with its lists as scoped contexts, as short as it can be."""
        lists, scheme = definition.pop("lists", {}), definition.pop("scheme", None)
        scoped: dict[str, Any] = {
            word: {"@id": f"pacta:{word}", "@type": "@vocab", "@context": self._vocabulary(one)}
            for word, one in lists.items()
        }
        if scheme is not None:
            scoped |= self._vocabulary(scheme)
        if scoped:
            definition["@context"] = scoped
        return definition if len(definition) > 1 else str(definition["@id"])

    def _vocabulary(self, scheme: URIRef) -> dict[str, str]:
        """Return what makes bare words concepts.

        Those that mean something else outside, or have an address elsewhere as a workspace's own
        concepts have, stand apart.
        """
        names = (str(one) for one in self._graph.subjects(SKOS.inScheme, scheme))
        taken = {name.rpartition("/")[2]: name for name in sorted(names)}
        apart = {
            word: name
            for word, name in taken.items()
            if word in self._words or name != f"{scheme}/{word}"
        }
        return {"@vocab": f"{scheme}/", **apart}


def _join(made: Definition, own: Any) -> Definition:
    """Return a made definition with what is said by hand laid over it."""
    if own is None or own == made:
        return made
    if isinstance(own, str) or not isinstance(made, dict):
        return _short(own, made)
    joined = {**made, **own}
    if "@context" in made and "@context" in own:
        joined["@context"] = {**made["@context"], **own["@context"]}
    return joined


def _short(own: Any, made: Definition) -> Definition:
    """Return what a word by hand means: an address alone renames, and keeps what was made."""
    if isinstance(own, str):
        return {**made, "@id": own} if isinstance(made, dict) else own
    return {"@id": made, **own}
