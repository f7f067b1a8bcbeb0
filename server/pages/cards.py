"""Assertions and evidence for display: values in words, links, passages, reasons."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TypeVar, cast

from server.pages.ground import Ground
from server.pages.language import ENGLISH, Language
from server.pages.shown import DENIED, Card, Evidence, Field, Shown
from server.pages.words import (
    OPEN_STARTS,
    UNDATED,
    VALUE_STATUS,
    read_day,
    say_bound,
    say_date,
    say_literal,
    say_share,
)
from server.rdf.addresses import Addresses
from server.rdf.model import (
    OA,
    PACTA,
    TYPE,
    Iri,
    Literal,
    Node,
    Quad,
    Reader,
    Term,
    list_values,
    sort_key,
)
from server.rdf.names import KNOWN, NameIndex

Found = TypeVar("Found")

Passage = Callable[[str, int, int, str], str | None]
"""Document handle, start, end, SHA-256 → the words of the passage, or None where not at hand."""


def no_passages(_handle: str, _start: int, _end: int, _sha256: str) -> str | None:
    """Where the server was given no documents."""
    return None


Around = Callable[[str, int, int, str], tuple[str, str]]
"""Document handle, start, end, SHA-256 → the sentence before and after the passage."""


def no_surroundings(_handle: str, _start: int, _end: int, _sha256: str) -> tuple[str, str]:
    """Where the server was given no documents."""
    return "", ""


_YEAR_OR_MONTH = re.compile(r"-?\d{4}(-(0\d|1[0-2]))?\Z")

SHARE = "/quantity/share-of-"
"""In the address of a quantity whose amounts are parts of a whole, which is 1."""

LASTING = frozenset(("war", "negotiation", "occupation", "public-mood"))
"""Kinds of event for which an interval is the time it took."""

MARKS = (
    ("saidBy", "said by"),
    ("reportedBy", "as reported by"),
    ("modality", "put forward as"),
    ("derivation", "how the value was made"),
    ("negated", DENIED),
    ("asPrinted", "printed as"),
    ("dateInCalendar", "date before conversion"),
    ("calendar", "calendar of that date"),
    ("searchedIn", "looked for in"),
    ("flag", "flagged"),
    ("note", "note"),
)
"""Marks of an assertion in display order, with their words."""

_HIDDEN = frozenset(
    (
        *("about", "onProperty", "value", "valueStatus", "rank", "rankReason", "conflictsWith"),
        *("hasEvidence", "hasEndEvidence", "earliest", "latest", "julianDay", "rejectedAs"),
        *("from", "until", "at", "fromEarliest", "fromLatest", "untilEarliest", "untilLatest"),
        *("territory", "figureOf", "provisionOf", "searchKey", "onSide", "endInferredFrom"),
        *(name for name, _ in MARKS),
    )
)
"""Fields that a card shows in another way, or that are computed for queries."""

_ORDER = (
    *("content", "act", "proposedBy", "proposes", "site", "kind", "number", "quantity", "amount"),
    *("unit", "bound", "stage", "date", "holder", "through", "mode", "accordingTo", "basis"),
    *("agent", "title", "role", "roleIn", "onBehalfOf", "obliges", "benefits", "toward"),
)
"""Fields in the order they are read; the others come after these, by name."""


def _place_of(name: str) -> tuple[int, str]:
    return (_ORDER.index(name) if name in _ORDER else len(_ORDER), name)


_TELLING = (
    ("amount", "quantity"),
    ("holder", "kind"),
    ("role", "agent"),
    ("number", "content"),
    ("content",),
    ("act", "proposes", "site"),
    ("act", "saidBy"),
)
"""What tells a situation from its likes, the first that it has."""

SITUATIONS = frozenset(
    ("Statement", "TerritorialStatus", "Figure", "Role", "Provision", "Article", "Proposal",
     "Position")
)  # fmt: skip


class RememberingReader:
    """Reads each node once: a page asks for the same ones over and over."""

    def __init__(self, inner: Reader) -> None:
        self.outgoing = cache(inner.outgoing)
        self.incoming = cache(inner.incoming)
        self.column = inner.column

    def forget(self) -> None:
        """Forget what was read."""
        self.outgoing.cache_clear()
        self.incoming.cache_clear()


@dataclass
class Desk:
    """Makes cards: reads statements, names things, and finds their addresses.

    Attributes:
        reader: The release's statements.
        names: Labels of everything.
        addresses: IRI → path.
        passage: The words of a passage, where the server has the documents.
        within: For a document of several pages, the subjects on this page; None: all.
        language: In which things are named and values worded.
        grounds: Backgrounds of maps, those with most detail first.
        around: What stands before and after a passage in its sentence.
        found: What `once` keeps; the desks of a release share it.
    """

    reader: Reader
    names: NameIndex
    addresses: Addresses
    passage: Passage = no_passages
    within: frozenset[str] | None = None
    language: Language = ENGLISH
    grounds: Sequence[Ground] = ()
    around: Around = no_surroundings
    found: dict[Callable[["Desk"], object], object] = field(default_factory=dict)
    _read: dict[str, dict[str, list[Term]]] = field(default_factory=dict)
    _columns: dict[str, Mapping[str, Sequence[Term]]] = field(default_factory=dict)
    _memory: RememberingReader = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.reader = self._memory = RememberingReader(self.reader)

    def properties(self, node: str) -> dict[str, list[Term]]:
        """What is said of a node: property → values in a fixed order, duplicates removed."""
        if node not in self._read:
            found: dict[str, list[Term]] = {}
            for quad in self.reader.outgoing(node):
                found.setdefault(str(quad.predicate), []).append(quad.object)
            self._read[node] = {p: list_values(terms) for p, terms in found.items()}
        return self._read[node]

    def read_ahead(self, *names: str) -> None:
        """Read properties of the Pacta namespace of all things at once.

        For a page that asks thousands of things for the same few properties: to read all that is
        said of each of them takes longer than to read one property of every thing.
        """
        for name in names:
            self._columns[name] = self.reader.column(PACTA + name)

    def once(self, find: Callable[["Desk"], Found]) -> Found:
        """What a function finds in the release, worked out when it is first asked for.

        Args:
            find: Reads statements only: what it finds depends on no language and on no page.
        """
        if find not in self.found:
            self.found[find] = find(self)
        return cast(Found, self.found[find])

    def forget(self) -> None:
        """Forget what was read, so that a pass over a whole collection takes little memory."""
        self._memory.forget()
        self._read.clear()

    def name(self, iri: str) -> str:
        """The label of a thing in the language of the page."""
        if not self.names.labels(iri) and iri in KNOWN:
            return self.language.say(KNOWN[iri])
        return self.names.label(iri, self.language.code)

    def speaks(self, iri: str) -> str:
        """The language of a thing's label where it is not that of the page, else empty."""
        code = self.names.choose_label(iri, self.language.code)[1]
        return "" if code == self.language.code else code

    def covers(self, subject: str) -> bool:
        """Whether what points here belongs to this page of the document."""
        return self.within is None or subject in self.within

    def values(self, node: str, *names: str) -> list[Term]:
        """The values of properties of the Pacta namespace, or of full IRIs."""
        return [value for name in names for value in self._find_values(node, name)]

    def _find_values(self, node: str, name: str) -> Sequence[Term]:
        if name in self._columns:
            return self._columns[name].get(node, ())
        return self.properties(node).get(name if ":" in name else PACTA + name, ())

    def first(self, node: str, name: str) -> str:
        """The text of the first value, or empty."""
        for value in self.values(node, name):
            return value.value if isinstance(value, Literal) else str(value)
        return ""

    def types(self, node: str) -> list[str]:
        """Local names of a node's Pacta classes; for a rejected node, of the class it is not."""
        found = [*self.values(node, TYPE), *self.values(node, "rejectedAs")]
        return [str(t)[len(PACTA) :] for t in found if str(t).startswith(PACTA)]

    def show(self, value: Term, *, lasting: bool = False) -> Shown:
        """One value as a reader sees it."""
        if isinstance(value, Literal):
            language = value.language if value.language != self.language.code else ""
            return Shown(say_literal(value, self.language, lasting=lasting), "", language)
        return self.link(str(value))

    def link(self, iri: str, text: str = "") -> Shown:
        """A thing as a link with its label."""
        path = self.addresses.document(iri)
        if path is not None:
            return Shown(text or self.call(iri), path, "" if text else self.speaks(iri), iri=iri)
        if iri.startswith(PACTA):
            return Shown(text or self.name(iri), "", iri=iri)
        if not text and self.names.is_known(iri):
            return Shown(self.name(iri), iri, away=True, iri=iri)
        if iri.startswith(("http://", "https://")):
            return Shown(text or self.call_away(iri), iri, away=True, iri=iri)
        return Shown(text or iri, iri=iri)

    def call_away(self, iri: str) -> str:
        """The name of another site's thing: its label here, else the address itself."""
        return self.name(iri) if self.names.labels(iri) else iri

    def call(self, iri: str) -> str:
        """The name of a thing; a thing without a label is described by its statements."""
        if self.names.labels(iri):
            return self.name(iri)
        kind = self.names.kind(iri)
        last = iri.rpartition("/")[2]
        if kind == "evidence":
            handle, _, offsets = last.partition("#")[0].partition("-")
            return f"{handle}@{offsets}"
        if kind == "statement":
            about = ", ".join(self.name(str(v)) for v in self.values(iri, "about"))
            name = self.name(self.first(iri, "onProperty"))
            return f"{about}: {name} {self.say_value(iri)}".strip()
        if kind in ("status", "figure", "role", "provision", "proposal", "position"):
            about = ", ".join(self.call(str(v)) for v in self.values(iri, "about"))
            return f"{about}: {self.describe(iri) or last.rpartition('--')[2].replace('-', ' ')}"
        return self.name(iri)

    def instances(self, name: str) -> list[str]:
        """Everything of a class of the Pacta namespace that has an address, sorted."""
        quads = self.reader.incoming(PACTA + name)
        found = {q.subject for q in quads if q.predicate == TYPE and isinstance(q.subject, Iri)}
        return sorted(map(str, found))

    def lasts(self, thing: str) -> bool:
        """Whether a thing is an event that takes its time."""
        return any(str(v).rpartition("/")[2] in LASTING for v in self.values(thing, "kind"))

    def show_values(self, statement: str) -> tuple[Shown, ...]:
        """What a statement states; the interval of a war is the time it took.

        A date that was converted stands beside the one that was given.
        """
        lasting = any(self.lasts(str(v)) for v in self.values(statement, "about"))
        shown = tuple(self.show(v, lasting=lasting) for v in self.values(statement, "value"))
        given = self.first(statement, "dateInCalendar")
        if not given:
            return shown
        calendar = self.first(statement, "calendar")
        # Months have the names that readers know in the Julian calendar only.
        before = say_date(given, self.language) if calendar.endswith("/julian") else given
        return tuple(
            replace(
                each,
                text=self.language.say(
                    "%(date)s (%(given)s, %(calendar)s)",
                    date=each.text,
                    given=before,
                    calendar=self.name(calendar),
                ),
            )
            for each in shown
        )

    def show_field(self, node: str, name: str, values: Iterable[Term]) -> tuple[Shown, ...]:
        """The values of a field of an assertion; a share as a percentage."""
        shown = tuple(self.show(value) for value in values)
        if name == "amount" and SHARE in self.first(node, "quantity"):
            return tuple(replace(each, text=say_share(each.text)) for each in shown)
        return shown

    def say_value(self, statement: str) -> str:
        """What a statement states, in one line."""
        values = [shown.text for shown in self.show_values(statement)]
        if values:
            return ", ".join(values)
        return ", ".join(self.name(str(v)) for v in self.values(statement, "valueStatus"))

    def evidence(self, node: str, *, of_end: bool = False) -> Evidence | None:
        """A passage, or None where the node is no complete one."""
        source = self.first(node, OA + "hasSource")
        selector = self.first(node, OA + "hasSelector")
        start, end = self.first(selector, OA + "start"), self.first(selector, OA + "end")
        if not (source and start.isdigit() and end.isdigit()):
            return None
        handle = self.handle(source)
        sha256 = self.first(node, "sha256")
        return Evidence(
            node,
            self.addresses.document(node) or "",
            handle,
            self.link(source),
            int(start),
            int(end),
            sha256,
            self.passage(handle, int(start), int(end), sha256),
            tuple(self.link(str(v)) for v in self.values(node, "repeats")),
            of_end,
            tuple(self.link(str(v)) for v in self.values(node, "citesWork")),
            *self.around(handle, int(start), int(end), sha256),
            tuple(self.show(v).text for v in self.values(node, "onPage")),
            tuple(str(v) for v in self.values(node, "pageImage")),
        )

    def card(self, node: str, *, depth: int = 2) -> Card:
        """An assertion with everything it says."""
        kinds = [t for t in self.types(node) if t in SITUATIONS]
        rank = (self.first(node, "rank").rpartition("/")[2]) or "normal"
        ends = frozenset(self.values(node, "hasEndEvidence"))
        proofs = list(dict.fromkeys(self.values(node, "hasEvidence", "hasEndEvidence")))
        evidence = [self.evidence(str(e), of_end=e in ends) for e in proofs]
        marks = [
            Field(
                self.language.say(word),
                tuple(self.show(v) for v in self.values(node, name)),
                name=name,
            )
            for name, word in MARKS
            if self.values(node, name) and not (name == "derivation" and self._stated(node))
        ]
        return Card(
            iri=node,
            href=self.addresses.document(node) or "",
            slug=node.rpartition("/")[2],
            kind=kinds[0] if kinds else "Assertion",
            about=tuple(self.link(str(v)) for v in self.values(node, "about")),
            on=next((self.link(str(v)) for v in self.values(node, "onProperty")), None),
            rank=rank,
            reasons=tuple(self.show(v) for v in self.values(node, "rankReason")),
            values=self.show_stated(node),
            missing=bool(self.values(node, "valueStatus")) and not self.values(node, "value"),
            fields=self.show_fields(node),
            period=self.period(node),
            order=self.order_of(node),
            marks=tuple(marks),
            evidence=tuple(sorted((e for e in evidence if e), key=_by_place)),
            children=tuple(self.children(node, depth - 1)) if depth > 0 else (),
            conflicts=tuple(self.link(str(v)) for v in self.values(node, "conflictsWith")),
        )

    def show_stated(self, node: str) -> tuple[Shown, ...]:
        """What a statement states, and how a value is missing."""
        missing = [str(v).rpartition("/")[2] for v in self.values(node, "valueStatus")]
        words = (Shown(self.language.say(VALUE_STATUS.get(m, m))) for m in missing)
        return (*self.show_values(node), *words)

    def show_fields(self, node: str) -> dict[str, tuple[Shown, ...]]:
        """What an assertion says besides, by property, in display order."""
        told = {
            predicate[len(PACTA) :]: shown
            for predicate, shown in self.properties(node).items()
            if predicate.startswith(PACTA) and predicate[len(PACTA) :] not in _HIDDEN
        }
        if told.get("madeDuring") == self.values(node, "about"):
            del told["madeDuring"]
        return {
            name: self.show_field(node, name, sorted(told[name], key=self._own_language_first))
            for name in sorted(told, key=_place_of)
        }

    def handles(self, node: str) -> set[str]:
        """The handles of the documents whose passages bear an assertion."""
        proofs = self.values(node, "hasEvidence", "hasEndEvidence")
        return {self.handle(self.first(str(proof), OA + "hasSource")) for proof in proofs}

    def handle(self, source: str) -> str:
        """The handle of a document."""
        return self.first(source, "handle") or source.rpartition("/")[2]

    def order_of(self, node: str) -> int:
        """The place in the order of time of its first possible day; an open start comes first."""
        day = read_day(self.first(node, "fromEarliest") or self.first(node, "earliest"))
        return UNDATED if day is None else day.toordinal()

    def _stated(self, node: str) -> bool:
        return self.first(node, "derivation").endswith("/stated")

    def period(self, node: str) -> tuple[str, str]:
        """Start and end of a period in words; of something known at a time, that time."""
        at = self.values(node, "at")
        if at:
            said = ", ".join(self.show(v).text for v in at)
            if all(_YEAR_OR_MONTH.match(v.value) for v in at if isinstance(v, Literal)):
                said = self.language.say("some time in %(date)s", date=said)
            return (said, "")
        if not self.values(node, "from", "until", "fromEarliest", "untilLatest"):
            return ("", "")
        start = say_bound(
            self.first(node, "from"),
            self.first(node, "fromEarliest"),
            self.first(node, "fromLatest"),
            self.language,
            start=True,
        )
        end = say_bound(
            self.first(node, "until"),
            self.first(node, "untilEarliest"),
            "" if self.is_open(node) else self.first(node, "untilLatest"),
            self.language,
            start=False,
        )
        if self.values(node, "endInferredFrom"):
            names = ", ".join(self.call(str(v)) for v in self.values(node, "endInferredFrom"))
            end = self.language.say("%(end)s, with the end of %(names)s", end=end, names=names)
        return (start, end)

    def is_open(self, node: str) -> bool:
        """Whether no statement says when the period ended, or with which event.

        Then its last bound is that of the whole collection. The role of somebody in a dated
        event has no end of its own either, and no start; it shares the event's bounds.
        """
        if self.values(node, "until", "endInferredFrom"):
            return False
        starts = bool(self.values(node, "from"))
        return starts or self.first(node, "fromEarliest") in OPEN_STARTS

    def _own_language_first(self, value: Term) -> tuple[bool, tuple[int, str, str, str]]:
        own = ("", self.language.code)
        return (isinstance(value, Literal) and value.language not in own, sort_key(value))

    def describe(self, node: str) -> str:
        """What a situation says, in one line: its holder, amount, role or content."""
        for names in _TELLING:
            said = [self.show(v).text for name in names for v in self.values(node, name)[:2]]
            if said:
                return " ".join(said)
        return ""

    def children(self, node: str, depth: int) -> Iterable[Card]:
        """The assertions about an assertion."""
        own = [q for q in self.reader.incoming(node) if q.predicate == PACTA + "about"]
        for quad in sort_unique(own):
            if any(t in SITUATIONS for t in self.types(quad)):
                yield self.card(quad, depth=depth)


def sort_unique(quads: Sequence[Quad]) -> list[Node]:
    """The subjects of quads, each once, in a fixed order."""
    return sorted({quad.subject for quad in quads}, key=sort_key)


def _by_place(evidence: Evidence) -> tuple[bool, str, int, int]:
    return (evidence.of_end, evidence.handle, evidence.start, evidence.end)
