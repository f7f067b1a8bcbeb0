"""RDF as sets of triples, parsed and compared with rdflib and PyLD.

No parser may fetch anything itself: JSON-LD contexts are fetched through the run's own door.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from pyld import jsonld  # type: ignore[import-untyped]
from rdflib import BNode, Dataset, Graph, URIRef
from rdflib.compare import isomorphic
from rdflib.term import Node

from conform.errors import RuleBrokenError

TURTLE = "text/turtle"
NTRIPLES = "application/n-triples"
NQUADS = "application/n-quads"
TRIG = "application/trig"
RDFXML = "application/rdf+xml"
JSONLD = "application/ld+json"
HTML = "text/html"

# rdflib logs, with a traceback, each value that Python has no form for, such as a day before
# year 1; the values are legal, and no rule here asks what they are.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)

PARSERS = {TURTLE: "turtle", NTRIPLES: "nt", RDFXML: "xml", TRIG: "trig", NQUADS: "nquads"}
"""Media type → rdflib's parser; JSON-LD goes another way."""

RDF_TYPES = (TURTLE, JSONLD, NTRIPLES, RDFXML, TRIG, NQUADS)
QUAD_TYPES = (TRIG, NQUADS)

Triple = tuple[Node, Node, Node]
LoadContext = Callable[[str], bytes]
"""The address of a context → its bytes; raises RuleBrokenError where it cannot be had."""


class NotRdfError(RuleBrokenError):
    """A body is not what its media type says."""


def parse(body: bytes, kind: str, base: str, load: LoadContext) -> frozenset[Triple]:
    """The triples of a body; those of named graphs with the others.

    Args:
        body: Without content coding.
        kind: A media type of `RDF_TYPES`.
        base: What relative references are resolved against.
        load: Gets JSON-LD contexts.

    Raises:
        NotRdfError: It does not parse.
    """
    if kind == JSONLD:
        return _parse_quads(to_nquads(body, base, load), NQUADS, base)[0]
    return _parse_quads(body, kind, base)[0]


def graph_names(body: bytes, kind: str, base: str) -> frozenset[str]:
    """The names of the graphs in a body of TriG or N-Quads."""
    return _parse_quads(body, kind, base)[1]


@lru_cache(maxsize=2000)
def _parse_quads(body: bytes, kind: str, base: str) -> tuple[frozenset[Triple], frozenset[str]]:
    dataset = Dataset()
    graph: Graph | Dataset = dataset if kind in QUAD_TYPES else dataset.default_graph
    try:
        text = body.decode("utf-8") if kind != RDFXML else body
        with warnings.catch_warnings():  # rdflib warns of its own use of its own older names
            warnings.simplefilter("ignore", DeprecationWarning)
            graph.parse(data=text, format=PARSERS[kind], publicID=base)
    except Exception as error:  # rdflib's parsers raise whatever comes to hand
        line = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise NotRdfError(f"it does not parse as {kind}: {line[:200]}") from error
    triples: set[Triple] = set()
    names: set[str] = set()
    for subject, predicate, value, name in dataset.quads():
        triples.add((subject, predicate, value))
        if isinstance(name, URIRef):
            names.add(str(name))
    return frozenset(triples), frozenset(names - {"urn:x-rdflib:default"})


def to_nquads(body: bytes, base: str, load: LoadContext) -> bytes:
    """A JSON-LD document as N-Quads.

    Raises:
        NotRdfError: It is no JSON, or no JSON-LD.
    """
    options = {"documentLoader": _make_loader(load), "base": base, "format": "application/n-quads"}
    return str(_call(jsonld.to_rdf, read_json(body), options)).encode()


def expand(tree: Any, base: str, load: LoadContext) -> Any:
    """A JSON-LD document in expanded form.

    Raises:
        NotRdfError: It is no JSON-LD.
    """
    return _call(jsonld.expand, tree, {"documentLoader": _make_loader(load), "base": base})


def _call(function: Callable[[Any, Any], Any], tree: Any, options: dict[str, Any]) -> Any:
    try:
        return function(tree, options)
    except RuleBrokenError:
        raise
    except jsonld.JsonLdError as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, RuleBrokenError):
                raise cause from error
            cause = getattr(cause, "cause", None) or cause.__cause__
        raise NotRdfError(f"it is no JSON-LD: {error.type}") from error
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError) as error:
        raise NotRdfError(f"it is no JSON-LD: {type(error).__name__}") from error


def _make_loader(load: LoadContext) -> Callable[[str, Any], dict[str, Any]]:
    def loader(url: str, _options: Any) -> dict[str, Any]:
        return {
            "contentType": JSONLD,
            "contextUrl": None,
            "documentUrl": url,
            "document": read_json(load(url)),
        }

    return loader


def read_json(body: bytes) -> Any:
    """JSON in UTF-8.

    Raises:
        NotRdfError: It is none.
    """
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise NotRdfError(f"it is no JSON: {str(error)[:120]}") from error


def same(left: frozenset[Triple], right: frozenset[Triple]) -> bool:
    """Whether two sets of triples are isomorphic (RDF 1.1 Concepts, 3.6)."""
    if left == right:
        return True
    if len(left) != len(right) or not any(has_blank(triple) for triple in left):
        return False
    return isomorphic(make_graph(left), make_graph(right))


def has_blank(triple: Triple) -> bool:
    """Whether a blank node stands in a triple."""
    return isinstance(triple[0], BNode) or isinstance(triple[2], BNode)


def make_graph(triples: Iterable[Triple]) -> Graph:
    """The triples as rdflib's graph."""
    graph = Graph(bind_namespaces="none")
    for triple in triples:
        graph.add(triple)
    return graph
