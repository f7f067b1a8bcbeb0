"""Selects the triples that belong to the document of an address.

The document of a thing holds

* what the release says of it (outgoing) and of what else points to it (incoming),
* in full, its assertions: every statement and situation that is `about` it, with evidence and
  selector, and what those own in turn (a proposal's figures),
* in full, the disagreements about it with their sides,
* the labels of everything these link to.

All of it stands in the dump: a document is a subset. What is very large is paged by whole blocks
(one assertion with its evidence is one block; an incoming link is one), never cut.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from server.rdf.model import (
    GEO,
    LABEL,
    OA,
    PACTA,
    PREF_LABEL,
    TYPE,
    Iri,
    Node,
    Quad,
    Reader,
    Triple,
)

PAGE_QUADS = 4000
"""About how many quads one page of a document holds; a block is never split to meet it."""

ABOUT = PACTA + "about"
EVIDENCE = (PACTA + "hasEvidence", PACTA + "hasEndEvidence")
INCLUDES = PACTA + "includes"
LINK_OF = PACTA + "linkOf"
OWNING = frozenset(
    (*EVIDENCE, INCLUDES, OA + "hasSelector", PACTA + "hasSide", GEO + "hasGeometry")
)
"""Properties whose value is shown in full where it is pointed to from."""

LABELLING = (LABEL, PREF_LABEL)


@dataclass(frozen=True)
class Block:
    """Quads that stay together: the node they are led by, and the quads."""

    lead: Node
    quads: tuple[Quad, ...]


@dataclass(frozen=True)
class Document:
    """The statements of one address, or of one page of it.

    Attributes:
        root: What it is about.
        quads: Without duplicates, in reading order; outside a graph where `place_quads` has not
            found theirs.
        expanded: The nodes of which every outgoing statement is there, in reading order.
        page: 1 for the first.
        pages: How many there are.
    """

    root: Iri
    quads: tuple[Quad, ...]
    expanded: tuple[Node, ...]
    page: int = 1
    pages: int = 1

    @cached_property
    def triples(self) -> tuple[Triple, ...]:
        """The union of the graphs, duplicates removed, in reading order."""
        return tuple(dict.fromkeys(quad.triple for quad in self.quads))

    @cached_property
    def by_subject(self) -> dict[Node, list[Triple]]:
        """Triples grouped by subject, in reading order."""
        grouped: dict[Node, list[Triple]] = {}
        for triple in self.triples:
            grouped.setdefault(triple[0], []).append(triple)
        return grouped


@dataclass
class _Gathering:
    """The state of one gathering: what was expanded, what was read."""

    reader: Reader
    kinds: frozenset[str]
    base: str
    expanded: dict[Node, None] = field(default_factory=dict)
    outgoing: dict[str, list[Quad]] = field(default_factory=dict)
    labels: dict[str, list[Quad]] = field(default_factory=dict)

    def read(self, node: str) -> list[Quad]:
        if node not in self.outgoing:
            self.outgoing[node] = self.reader.outgoing(node)
        return self.outgoing[node]

    def label(self, node: str) -> list[Quad]:
        if node not in self.labels:
            self.labels[node] = self.reader.outgoing(node, LABELLING)
        return self.labels[node]

    def kind(self, node: str) -> str:
        """`treaty` for `{base}id/treaty/…`, else empty."""
        prefix = self.base + "id/"
        return node[len(prefix) :].partition("/")[0] if node.startswith(prefix) else ""

    def expand(self, node: Node, into: list[Quad]) -> None:
        """Everything said of a node and of what it owns, depth first, each node once."""
        if node in self.expanded:
            return
        self.expanded[node] = None
        own = self.read(node)
        into += own
        for quad in own:
            target = quad.object
            if not isinstance(target, Iri):
                continue
            if quad.predicate in OWNING or target.startswith(node + "#"):
                self.expand(target, into)

    def expand_tree(self, node: Node, into: list[Quad]) -> None:
        """As `expand`, with the assertions about it below."""
        self.expand(node, into)
        for quad in self.reader.incoming(node):
            if quad.predicate == ABOUT and self.kind(quad.subject) in self.kinds:
                into.append(quad)
                if quad.subject not in self.expanded:
                    self.expand_tree(quad.subject, into)


ASSERTION_KINDS = frozenset(
    ("statement", "status", "figure", "role", "provision", "proposal", "position")
)


def gather_blocks(
    root: Iri, reader: Reader, base: str
) -> tuple[tuple[Block, ...], tuple[Node, ...]]:
    """The blocks of a document in reading order, and the nodes that are shown in full.

    Args:
        root: The thing, assertion, source, concept … the document is about.
        reader: The release.
        base: The release's base address.

    Returns:
        No blocks where the release says nothing of the address.
    """
    state = _Gathering(reader, ASSERTION_KINDS, base)
    core: list[Quad] = []
    state.expand(root, core)
    incoming = sorted(reader.incoming(root), key=lambda q: (q.predicate, q.subject, q.graph))
    if not core and not incoming:
        return (), ()
    blocks = [Block(root, tuple(core))]
    links: list[Quad] = []
    for quad in incoming:
        kind = state.kind(quad.subject)
        owned = quad.predicate == ABOUT and (kind in state.kinds or kind == "disagreement")
        owned = owned or (quad.predicate == LINK_OF and kind == "link")
        if not owned:
            links.append(quad)
            continue
        quads = [quad]
        if kind in state.kinds:
            state.expand_tree(quad.subject, quads)
        else:
            state.expand(quad.subject, quads)
        blocks.append(Block(quad.subject, tuple(quads)))
    blocks += [Block(quad.subject, (quad,)) for quad in links if quad.subject not in state.expanded]
    inside = [quad for quad in links if quad.subject in state.expanded]
    if inside:
        blocks[0] = Block(root, (*blocks[0].quads, *inside))
    return tuple(_split_core(blocks)), tuple(state.expanded)


def _split_core(blocks: list[Block]) -> Iterator[Block]:
    """A core larger than a page (a list of a thousand concepts) in pieces of a page."""
    first, *others = blocks
    for start in range(0, max(len(first.quads), 1), PAGE_QUADS):
        yield Block(first.lead, first.quads[start : start + PAGE_QUADS])
    yield from others


def _with_labels(
    quads: Iterable[Quad], expanded: frozenset[Node], state: _Gathering
) -> Iterator[Quad]:
    """The quads, then the labels of whatever they link to and do not show in full.

    Classes are shown by name; their labels are in the ontology.
    """
    mentioned: dict[str, None] = {}
    for quad in quads:
        yield quad
        terms = (quad.subject,) if quad.predicate == TYPE else (quad.subject, quad.object)
        for term in terms:
            if isinstance(term, Iri) and term not in expanded:
                mentioned[term] = None
    for node in mentioned:
        yield from state.label(node)


def build_document(root: Iri, reader: Reader, base: str, page: int = 1) -> Document | None:
    """The document of an address, or one page of it.

    Args:
        root: An IRI of the release.
        reader: The release's statements.
        base: The release's base address.
        page: 1 for the first.

    Returns:
        None where the release says nothing of it, or has no such page.
    """
    blocks, expanded = gather_blocks(root, reader, base)
    if not blocks:
        return None
    pages: list[list[Block]] = [[]]
    size = 0
    for block in blocks:
        if size and size + len(block.quads) > PAGE_QUADS:
            pages.append([])
            size = 0
        pages[-1].append(block)
        size += len(block.quads)
    if not 1 <= page <= len(pages):
        return None
    chosen = [quad for block in pages[page - 1] for quad in block.quads]
    subjects = {quad.subject for quad in chosen}
    shown = tuple(node for node in expanded if node in subjects)
    state = _Gathering(reader, ASSERTION_KINDS, base)
    quads = tuple(dict.fromkeys(_with_labels(chosen, frozenset(shown), state)))
    return Document(root, quads, shown, page, len(pages))


def place_quads(document: Document, reader: Reader) -> Document:
    """A document whose statements stand in their named graphs, in reading order.

    Args:
        document: Built from the union of all graphs.
        reader: The named graphs.
    """
    placed: dict[Triple, set[str]] = {triple: set() for triple in document.triples}
    found = [quad for node in document.by_subject for quad in reader.outgoing(node)]
    for quad in (*found, *reader.incoming(document.root)):  # a blank node has no look-up of its own
        if quad.triple in placed:
            placed[quad.triple].add(quad.graph)
    quads = (Quad(*triple, graph) for triple, graphs in placed.items() for graph in sorted(graphs))
    return replace(document, quads=tuple(quads))
