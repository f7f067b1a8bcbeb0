"""RDF/XML → triples, over expat (RDF 1.1 XML Syntax; the sections named below are its).

Reads piece by piece. What breaks the XML ends the reading, as XML demands; what breaks the grammar
of RDF/XML, or gives a term that is none, is noted with its place and left out, and the reading goes
on behind it. Neither an external entity nor an external DTD is ever opened; expat limits how far
internal entities may grow.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO, Any
from xml.parsers import expat

import pyoxigraph as ox

from server.reading.faults import Fault
from server.reading.iris import resolve
from server.reading.xml_encoding import BrokenXmlError, describe_expat, read_pieces
from server.reading.xml_literals import LiteralWriter, split_name

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XML = "http://www.w3.org/XML/1998/namespace"
_SEPARATOR = "\n"
_CORE = frozenset(f"{RDF}{name}" for name in ("RDF", "ID", "about", "parseType", "resource"))
_CORE |= {f"{RDF}nodeID", f"{RDF}datatype"}
_OLD = frozenset(f"{RDF}{name}" for name in ("aboutEach", "aboutEachPrefix", "bagID"))
_NO_NODE = _CORE | _OLD | {f"{RDF}li"}
_NO_PROPERTY = _CORE | _OLD | {f"{RDF}Description"}
_NO_ATTRIBUTE = _OLD | {f"{RDF}li", f"{RDF}Description", f"{RDF}RDF"}
_BARE = ("ID", "about", "resource", "parseType", "type")
"""Attributes that mean the same without the prefix (section 6.1.2)."""

_LABEL = re.compile(r"[^\W\d][\w.\-\u00b7]*\Z")

Term = ox.NamedNode | ox.BlankNode | ox.Literal
Node = ox.NamedNode | ox.BlankNode


class _RefusedError(Exception):
    """An element that the grammar has no place for."""


@lru_cache(maxsize=4096)
def _name(iri: str) -> ox.NamedNode:
    """An IRI as a term; `ValueError` where it is none."""
    return ox.NamedNode(iri)


_TYPE, _FIRST, _REST, _NIL = (_name(RDF + each) for each in ("type", "first", "rest", "nil"))
_STATEMENT, _SUBJECT, _PREDICATE, _OBJECT = (
    _name(RDF + each) for each in ("Statement", "subject", "predicate", "object")
)


@dataclass(slots=True)
class _Frame:
    """An element that is open.

    Attributes:
        kind: `document`, `nodes` (below rdf:RDF), `node` (properties come), `property`,
            `collection`, `empty` (nothing may come), `skipped`.
        base: In force inside.
        language: In force inside; empty: none.
        subject: Of `node`: itself. Of the kinds of properties: whose property it is. None: the
            term was refused, and all its statements are left out.
        predicate: Of the kinds of properties.
        items: How many rdf:li came, of `node`.
        text: What a property holds so far; None once it can hold no text.
        value: What a property points to, once it is known.
        reified: The IRI that rdf:ID gives a property's statement.
        datatype: The datatype of a property.
        members: Of `collection`.
    """

    kind: str
    base: str
    language: str
    subject: Node | None = None
    predicate: ox.NamedNode | None = None
    items: int = 0
    text: list[str] | None = None
    value: Term | None = None
    filled: bool = False
    reified: str | None = None
    datatype: str | None = None
    members: list[Node | None] = field(default_factory=list)


def read_rdfxml(
    file: IO[bytes], base: str, label: str, note: Callable[[Fault], None]
) -> Iterator[ox.Triple]:
    """The triples of a document, in its order.

    Args:
        file: The text, at its beginning.
        base: What relative references resolve against, where no xml:base says otherwise.
        label: What the labels of blank nodes begin with.
        note: Gets each fault, in the order of the document.
    """
    reader = _Reader(base, label, note)
    try:
        for piece, last in read_pieces(file):
            yield from reader.feed(piece, last)
    except BrokenXmlError as error:
        yield from reader.take()
        note(error.fault)


class _Reader:
    """The state between the pieces of one document."""

    def __init__(self, base: str, label: str, note: Callable[[Fault], None]) -> None:
        self._label, self._note = label, note
        self._nodes = 0
        self._found: list[ox.Triple] = []
        self._stack = [_Frame("document", base, "")]
        self._names: list[str] = []
        self._ids: set[str] = set()
        self._literal: LiteralWriter | None = None
        self._depth = 0  # of the elements of an XML literal, or of what is skipped
        self._parser: Any = None

    def _start_parser(self, encoding: str | None) -> None:
        parser = expat.ParserCreate(encoding, _SEPARATOR)
        parser.namespace_prefixes = True
        parser.ordered_attributes = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.CommentHandler = self._comment
        parser.ProcessingInstructionHandler = self._instruction
        parser.ExternalEntityRefHandler = self._refuse_external
        parser.SkippedEntityHandler = self._refuse_unknown
        self._parser = parser

    def feed(self, piece: bytes | str, last: bool) -> list[ox.Triple]:
        """What one more piece gives."""
        if self._parser is None:
            self._start_parser("utf-8" if isinstance(piece, str) else None)
        try:
            self._parser.Parse(piece.encode() if isinstance(piece, str) else piece, last)
        except expat.ExpatError as error:
            raise BrokenXmlError(describe_expat(error, self._names)) from None
        except ValueError as error:
            raise BrokenXmlError(self._fault(str(error), skippable=False)) from None
        return self.take()

    def take(self) -> list[ox.Triple]:
        """The triples found since the last call."""
        found, self._found = self._found, []
        return found

    # ---- places and faults ------------------------------------------------------------------

    def _fault(self, detail: str, *, skippable: bool = True) -> Fault:
        line, column = self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber
        return Fault(line, column + 1, detail, skippable=skippable)

    def _refuse_external(self, *_: object) -> int:
        raise BrokenXmlError(
            self._fault("an external entity, which is never read", skippable=False)
        )

    def _refuse_unknown(self, name: str, is_parameter: bool) -> None:
        if not is_parameter:
            detail = f"the entity &{name}; is not declared here, and no external DTD is read"
            raise BrokenXmlError(self._fault(detail, skippable=False))

    # ---- terms ------------------------------------------------------------------------------

    def _resolve(self, reference: str, base: str) -> ox.NamedNode | None:
        """A reference as a term; None, and a fault noted, where it is no IRI."""
        iri = resolve(reference, base)
        try:
            return _name(iri)
        except ValueError as error:
            self._note(self._fault(f"<{iri}> is no IRI: {str(error).rpartition(': ')[2]}"))
            return None

    def _blank(self, label: str | None = None) -> ox.BlankNode:
        if label is None:
            self._nodes += 1
            return ox.BlankNode(f"{self._label}a{self._nodes}")
        if not _LABEL.match(label):
            raise _RefusedError(f"rdf:nodeID {label!r} is no name")
        return ox.BlankNode(f"{self._label}n{label.encode().hex()}")

    def _identify(self, name: str, base: str) -> ox.NamedNode | None:
        """The term that an rdf:ID gives: once in a document for one base (section 2.14)."""
        if not _LABEL.match(name):
            raise _RefusedError(f"rdf:ID {name!r} is no name")
        iri = resolve(f"#{name}", base)
        if iri in self._ids:
            raise _RefusedError(f"rdf:ID {name!r} stands twice")
        self._ids.add(iri)
        return self._resolve(f"#{name}", base)

    def _make_literal(self, text: str, language: str, datatype: str | None) -> ox.Literal | None:
        try:
            if datatype is not None:
                return ox.Literal(text, datatype=_name(datatype))
            return ox.Literal(text, language=language) if language else ox.Literal(text)
        except ValueError as error:
            self._note(self._fault(str(error)))
            return None

    def _emit(self, subject: Node | None, predicate: ox.NamedNode | None, value: Any) -> None:
        if subject is not None and predicate is not None and value is not None:
            self._found.append(ox.Triple(subject, predicate, value))

    def _finish(self, frame: _Frame, value: Term | None) -> None:
        """State what a property element says, and its reification (section 7.3)."""
        self._emit(frame.subject, frame.predicate, value)
        if frame.reified is not None:
            node = _name(frame.reified)
            self._emit(node, _TYPE, _STATEMENT)
            self._emit(node, _SUBJECT, frame.subject)
            self._emit(node, _PREDICATE, frame.predicate)
            self._emit(node, _OBJECT, value)

    # ---- events -----------------------------------------------------------------------------

    def _comment(self, text: str) -> None:
        if self._literal is not None:
            self._literal.add_comment(text)

    def _instruction(self, target: str, data: str) -> None:
        if self._literal is not None:
            self._literal.add_instruction(target, data)

    def _text(self, text: str) -> None:
        if self._literal is not None:
            self._literal.add_text(text)
            return
        frame = self._stack[-1]
        if frame.text is not None:
            frame.text.append(text)
        elif frame.kind != "skipped" and not text.isspace():
            self._note(
                self._fault(f"text stands where an element is expected: {text.strip()[:40]!r}")
            )

    def _start(self, name: str, attributes: list[str]) -> None:
        namespace, local, prefix = split_name(name)
        self._names.append(f"{prefix}:{local}" if prefix else local)
        if self._literal is not None:
            self._depth += 1
            self._literal.start(name, attributes)
            return
        frame = self._stack[-1]
        if frame.kind == "skipped":
            self._depth += 1
            return
        try:
            self._open(frame, namespace + local, attributes)
        except _RefusedError as error:
            self._note(self._fault(str(error)))
            self._stack.append(_Frame("skipped", frame.base, ""))

    def _end(self, _name: str) -> None:
        self._names.pop()
        frame = self._stack[-1]
        if self._depth:
            self._depth -= 1
            if self._literal is not None:
                self._literal.end()
            return
        self._stack.pop()
        self._close(frame)

    def _read_attributes(
        self, frame: _Frame, attributes: list[str]
    ) -> tuple[dict[str, str], str, str]:
        """Attributes by name, without those of XML; base and language in force inside."""
        found: dict[str, str] = {}
        base, language = frame.base, frame.language
        for at in range(0, len(attributes), 2):
            namespace, local, _ = split_name(attributes[at])
            value = attributes[at + 1]
            if namespace == XML:
                if local == "base":
                    base = resolve(value, frame.base)
                elif local == "lang":
                    language = value
            elif not namespace and local in _BARE:
                found.setdefault(RDF + local, value)
            elif not namespace:
                if not local.lower().startswith("xml"):
                    raise _RefusedError(f"the attribute {local!r} has no namespace")
            else:
                found[namespace + local] = value
        return found, base, language

    def _open(self, parent: _Frame, name: str, listed: list[str]) -> None:
        attributes, base, language = self._read_attributes(parent, listed)
        if parent.kind == "node":
            self._open_property(parent, name, attributes, base, language)
        elif parent.kind == "empty":
            raise _RefusedError("an element inside a property that has its value in an attribute")
        elif parent.kind == "property":
            if parent.datatype is not None:
                raise _RefusedError("an element inside a literal with rdf:datatype")
            if parent.filled:
                raise _RefusedError("a second node inside one property")
            if parent.text and not "".join(parent.text).isspace():
                raise _RefusedError("text and an element inside one property")
            parent.text = None
            parent.filled = True
            parent.value = self._open_node(name, attributes, base, language)
        elif parent.kind == "collection":
            parent.members.append(self._open_node(name, attributes, base, language))
        elif parent.kind == "document" and name == f"{RDF}RDF":
            self._stack.append(_Frame("nodes", base, language))
        else:
            self._open_node(name, attributes, base, language)

    def _open_node(
        self, name: str, attributes: dict[str, str], base: str, language: str
    ) -> Node | None:
        """Open a node element (section 7.2.11); its term."""
        if name in _NO_NODE:
            raise _RefusedError(f"rdf:{name.removeprefix(RDF)} is no name of a node")
        self._check_attributes(attributes, (f"{RDF}ID", f"{RDF}about", f"{RDF}nodeID"), 1)
        identified = attributes.pop(f"{RDF}ID", None)
        about = attributes.pop(f"{RDF}about", None)
        label = attributes.pop(f"{RDF}nodeID", None)
        subject: Node | None
        if identified is not None:
            subject = self._identify(identified, base)
        elif about is not None:
            subject = self._resolve(about, base)
        else:
            subject = self._blank(label)
        if name != f"{RDF}Description":
            self._emit(subject, _TYPE, self._resolve(name, base))
        self._emit_attributes(subject, attributes, base, language)
        self._stack.append(_Frame("node", base, language, subject))
        return subject

    def _check_attributes(
        self, attributes: dict[str, str], allowed: tuple[str, ...], together: int
    ) -> None:
        """Refuse attributes of the syntax that have no place on an element."""
        for key in attributes:
            if key in _NO_ATTRIBUTE or (key in _CORE and key not in allowed):
                raise _RefusedError(f"rdf:{key.removeprefix(RDF)} has no place on this element")
        exclusive = [key for key in allowed if key in attributes]
        if len(exclusive) > together:
            names = " and ".join(f"rdf:{key.removeprefix(RDF)}" for key in exclusive)
            raise _RefusedError(f"{names} do not go together")

    def _emit_attributes(
        self, subject: Node | None, attributes: dict[str, str], base: str, language: str
    ) -> None:
        for key, value in attributes.items():
            if key == f"{RDF}type":
                self._emit(subject, _TYPE, self._resolve(value, base))
            else:
                literal = self._make_literal(value, language, None)
                self._emit(subject, self._resolve(key, base), literal)

    def _open_property(
        self, parent: _Frame, name: str, attributes: dict[str, str], base: str, language: str
    ) -> None:
        """Open a property element (sections 7.2.14 to 7.2.21)."""
        if name in _NO_PROPERTY:
            raise _RefusedError(f"rdf:{name.removeprefix(RDF)} is no name of a property")
        if name == f"{RDF}li":
            parent.items += 1
            name = f"{RDF}_{parent.items}"
        parse_type = attributes.pop(f"{RDF}parseType", None)
        datatype = attributes.pop(f"{RDF}datatype", None)
        if parse_type is not None and (datatype is not None or attributes.keys() - {f"{RDF}ID"}):
            raise _RefusedError("with rdf:parseType only rdf:ID may stand")
        if datatype is not None and attributes.keys() - {f"{RDF}ID"}:
            raise _RefusedError("with rdf:datatype only rdf:ID may stand")
        self._check_attributes(attributes, (f"{RDF}ID", f"{RDF}resource", f"{RDF}nodeID"), 3)
        if f"{RDF}resource" in attributes and f"{RDF}nodeID" in attributes:
            raise _RefusedError("rdf:resource and rdf:nodeID do not go together")
        identified = attributes.pop(f"{RDF}ID", None)
        frame = _Frame("property", base, language, parent.subject, self._resolve(name, base))
        if identified is not None:
            term = self._identify(identified, base)
            frame.reified = None if term is None else term.value
        if parse_type is None:
            self._open_plain(frame, attributes, datatype)
        elif parse_type == "Resource":
            node = self._blank()
            self._finish(frame, node)
            frame = _Frame("node", base, language, node)
        elif parse_type == "Collection":
            frame.kind = "collection"
        else:  # Literal, and whatever else is written there (section 7.2.20)
            frame.kind = "literal"
            self._literal = LiteralWriter()
        self._stack.append(frame)

    def _open_plain(self, frame: _Frame, attributes: dict[str, str], datatype: str | None) -> None:
        """A property without rdf:parseType: a value in attributes, or one that is still to come."""
        if not attributes:
            frame.text = []
            if datatype is not None:
                term = self._resolve(datatype, frame.base)
                frame.datatype = "" if term is None else term.value
            return
        resource = attributes.pop(f"{RDF}resource", None)
        label = attributes.pop(f"{RDF}nodeID", None)
        node = self._blank(label) if resource is None else self._resolve(resource, frame.base)
        self._finish(frame, node)
        self._emit_attributes(node, attributes, frame.base, frame.language)
        frame.kind = "empty"

    def _close(self, frame: _Frame) -> None:
        """What an element says once it is whole."""
        if frame.kind == "property" and not frame.filled:
            text = "".join(frame.text or ())
            if frame.datatype != "":
                self._finish(frame, self._make_literal(text, frame.language, frame.datatype))
        elif frame.kind == "property":
            self._finish(frame, frame.value)
        elif frame.kind == "literal" and self._literal is not None:
            text, self._literal = self._literal.finish(), None
            self._finish(frame, self._make_literal(text, "", f"{RDF}XMLLiteral"))
        elif frame.kind == "collection":
            nodes: list[Node] = [self._blank() for _ in frame.members]
            self._finish(frame, nodes[0] if nodes else _NIL)
            for at, (node, member) in enumerate(zip(nodes, frame.members, strict=True)):
                self._emit(node, _FIRST, member)
                self._emit(node, _REST, nodes[at + 1] if at + 1 < len(nodes) else _NIL)
