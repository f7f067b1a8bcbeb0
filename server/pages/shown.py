"""Values, passages and assertions for display: plain values for the templates."""

from dataclasses import dataclass

DENIED = "denied"
"""The mark of an assertion that says that its value does not hold."""


@dataclass(frozen=True)
class Shown:
    """One value: its words, and where it leads.

    Attributes:
        text: For people.
        href: A path of this server, another site's address, or empty.
        language: The language of the text, where it is not the page's.
        away: The address belongs to another site.
        iri: What it stands for, where it is a thing.
    """

    text: str
    href: str = ""
    language: str = ""
    away: bool = False
    iri: str = ""


@dataclass(frozen=True)
class Field:
    """A labelled list of values."""

    label: str
    values: tuple[Shown, ...]
    href: str = ""
    name: str = ""


@dataclass(frozen=True)
class Evidence:
    """A passage: which document, from where to where, and what its digest is."""

    iri: str
    href: str
    handle: str
    source: Shown
    start: int
    end: int
    sha256: str
    passage: str | None = None
    repeats: tuple[Shown, ...] = ()
    of_end: bool = False
    cites: tuple[Shown, ...] = ()
    before: str = ""
    after: str = ""
    pages: tuple[str, ...] = ()
    images: tuple[str, ...] = ()

    @property
    def reference(self) -> str:
        """`003@654-688`, as the records write it."""
        return f"{self.handle}@{self.start}-{self.end}"


@dataclass(frozen=True)
class Card:
    """One assertion, whole.

    Attributes:
        iri: The assertion.
        href: Its page.
        slug: The last part of its address, used as anchor.
        kind: Local name of its class; of a rejected one the class it is rejected as.
        rank: `preferred`, `normal` or `deprecated`.
        on: For a statement, the property it is about.
        values: For a statement, what it states, or how the value is missing.
        missing: The value is missing and `values` says how.
        fields: What else it says, by property.
        marks: Speaker, derivation, flags … in words.
        evidence: The passages.
        children: Assertions about this one (a proposal's figures).
    """

    iri: str
    href: str
    slug: str
    kind: str
    about: tuple[Shown, ...]
    on: Shown | None
    rank: str
    reasons: tuple[Shown, ...]
    values: tuple[Shown, ...]
    missing: bool
    fields: dict[str, tuple[Shown, ...]]
    period: tuple[str, str]
    order: int
    marks: tuple[Field, ...]
    evidence: tuple[Evidence, ...]
    children: tuple["Card", ...] = ()
    conflicts: tuple[Shown, ...] = ()

    @property
    def rejected(self) -> bool:
        """Whether it is kept only to say that it was rejected, and why."""
        return self.rank == "deprecated"

    @property
    def denied(self) -> bool:
        """Whether it says that the value does not hold."""
        return any(mark.name == "negated" for mark in self.marks)

    def one(self, name: str) -> str:
        """The words of a field's values, joined; empty where it has none."""
        return ", ".join(shown.text for shown in self.fields.get(name, ()))
