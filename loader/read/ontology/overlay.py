"""The overlay: a workspace's own terms, laid over the ontology that comes with Pacta.

Files below the workspace's `ontology/` are Turtle whose relative addresses are resolved against
the base, so `<ns#Concession>` and `<vocab/unit/ducat>` answer wherever the collection is served.
An overlay adds terms of its own, and translates packaged ones into languages that Pacta does not
have; whatever else it says of a packaged term is an error (decision 0027).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rdflib import OWL, RDF, RDFS, SKOS, Graph, Literal, URIRef
from rdflib.term import Node

from loader.errors import OntologyError
from loader.rdf import terms
from loader.release.store import RdfError, parse

PACKAGED: Final = "https://w3id.org/pacta/"
"""What the addresses of Pacta's own terms begin with."""

TRANSLATABLE: Final = frozenset(
    {
        RDFS.label,
        RDFS.comment,
        SKOS.prefLabel,
        SKOS.altLabel,
        SKOS.definition,
        SKOS.scopeNote,
        SKOS.example,
    }
)
"""What an overlay may say of a packaged term, in a language that the term does not have yet."""

_NOT_READ: Final = ("README.md",)
_PROPERTIES: Final = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)


def parse_turtle(graph: Graph, file: Path, base: str = "") -> None:
    """Add the statements of a Turtle file to a graph.

    Args:
        graph: takes them.
        file: to read.
        base: what relative addresses are resolved against; empty: the file's own address.

    Raises:
        OntologyError: the file cannot be read or is not Turtle.
    """
    start = f"@base <{base}> . " if base else ""
    try:
        for s, p, o, _ in parse(start.encode() + file.read_bytes(), "ttl"):
            graph.add((s, p, o))
    except OSError as error:
        raise OntologyError(f"cannot be read: {error.strerror}", file) from None
    except RdfError as error:
        message = error.message.removeprefix("does not parse as ttl: ")
        found = re.search(r"line (\d+)", message)
        line = int(found[1]) if found else None
        raise OntologyError(f"not Turtle: {message}", file, line) from None


def read_overlay(packaged: Graph, folder: Path, base: str) -> Graph:
    """Return what a workspace adds to the ontology.

    Args:
        packaged: the ontology and lists of Pacta.
        folder: the workspace's `ontology/`.
        base: the base address of the release; ends in a slash.

    Raises:
        OntologyError: a file is no Turtle or is not read, a packaged term is redefined, or an
            own term lies outside the base, takes a packaged name or lacks what records need.
            All that were found are in `also`.
    """
    whole = Graph(store="SimpleMemory")
    errors: list[OntologyError] = []
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        if file.name in _NOT_READ or file.name.startswith("."):
            continue
        if file.suffix != ".ttl":
            hint = "A workspace's own terms are Turtle and end in .ttl; take the file away."
            errors.append(OntologyError("is not read", file, hint=hint))
            continue
        part = Graph(store="SimpleMemory")
        parse_turtle(part, file, base)
        for term, message, hint in _faults(packaged, part, base):
            errors.append(OntologyError(message, file, find_line(file, term), hint=hint))
        whole += part
    if problem := OntologyError.together(errors):
        raise problem
    return whole


def find_line(file: Path, term: Node) -> int | None:
    """Return the line of a Turtle file that first names a term as a subject, or at all."""
    name = re.escape(re.split(r"[#/:]", str(term))[-1])
    lines = file.read_text(encoding="utf-8").splitlines()
    for pattern in (rf"^\S*[#/:]{name}>?(\s|$)", rf"[#/:]{name}\b"):
        for number, line in enumerate(lines, start=1):
            if re.search(pattern, line):
                return number
    return None


def _faults(packaged: Graph, part: Graph, base: str) -> Iterator[tuple[Node, str, str]]:
    """Yield each term that an overlay may not hold as it stands, what is wrong, what to do."""
    known = set(packaged.subjects())
    for term in sorted({s for s in part.subjects() if isinstance(s, URIRef)}):
        path = term.removeprefix(base)
        if term in known:
            yield from _redefinitions(packaged, part, term)
        elif not term.startswith(base):
            hint = "Write an own term relative to the base: <ns#Concession>, <vocab/unit/ducat>."
            yield term, f"{term} is neither a term of Pacta nor below {base}", hint
        elif not re.match(r"ns(#|$)|vocab/.", path):
            hint = "Classes and properties lie at <ns#…>, lists and concepts at <vocab/…>."
            yield term, f"<{path}> is no address of a term", hint
        elif URIRef(PACKAGED + path) in known:
            hint = "Two terms with one name cannot be told apart in records; choose another."
            yield term, f"<{path}> has the name of Pacta's own {PACKAGED}{path}", hint
        else:
            yield from _gaps(part, term, path)


def _redefinitions(packaged: Graph, part: Graph, term: URIRef) -> Iterator[tuple[Node, str, str]]:
    """Yield what an overlay says of a packaged term and may not, all in one message."""
    said = []
    for predicate, value in sorted(part.predicate_objects(term)):
        name = str(predicate).replace("/", "#").rpartition("#")[2]
        texts = packaged.objects(term, predicate)
        there = {one.language for one in texts if isinstance(one, Literal)}
        if predicate not in TRANSLATABLE or not isinstance(value, Literal) or not value.language:
            said.append(name)
        elif predicate != SKOS.altLabel and value.language in there:
            said.append(f"{name} in {value.language}")
    if said:
        hint = "An overlay may add labels and definitions in other languages. For another meaning, "
        hint += "declare an own term below the base."
        yield (
            term,
            f"{term} is Pacta's own and is redefined: {', '.join(dict.fromkeys(said))}",
            hint,
        )


def _gaps(part: Graph, term: URIRef, path: str) -> Iterator[tuple[Node, str, str]]:
    """Yield what an own term lacks that records or pages need."""
    is_property = any((term, RDF.type, kind) in part for kind in _PROPERTIES)
    for mark in (terms.PLACEMENT, terms.VALUE_FORM):
        if is_property and part.value(term, mark) is None:
            name = str(mark).rpartition("#")[2]
            hint = "Without the marks rec:placement and rec:valueForm no record can use it."
            yield term, f"<{path}> has no rec:{name}", hint
    if (term, RDF.type, SKOS.Concept) in part:
        for predicate, name in ((SKOS.inScheme, "inScheme"), (SKOS.prefLabel, "prefLabel")):
            if part.value(term, predicate) is None:
                hint = "A concept says in which list it stands and what it is called."
                yield term, f"<{path}> has no skos:{name}", hint
    is_class = (term, RDF.type, OWL.Class) in part
    if (is_property or is_class) and part.value(term, RDFS.label) is None:
        yield term, f"<{path}> has no rdfs:label", "Pages show a term by its label."
