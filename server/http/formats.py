"""The formats of every answer, as one table.

A new format is a new row here, one in a table of `server.pool.engine` and, for triples, one in
`server.documents.links`. Names, suffixes, media types and what `format=` understands are derived
from the rows.
"""

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Content = Literal["rows", "boolean", "triples", "quads", "page", "problem"]
"""What an answer can be: a SELECT's rows, an ASK's boolean, one graph's triples, quads of several
graphs, a page for people, an error."""


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        name: What `format=` says and what caches and logs call it.
        media_type: The registered media type, lower case, without parameters.
        suffix: The suffix of a file or a document's address, without the dot.
        carries: What it can hold.
        synonyms: Other media types under which clients ask for it; the answer says `media_type`.
        aliases: Other words for it in `format=`.
        charset: The charset in `Content-Type`; empty where the media type fixes it.
        parameters: Further parameters of its own in `Content-Type`.
        advisory: Parameters in a client's range that never exclude it.
        title: For people.
    """

    name: str
    media_type: str
    suffix: str
    carries: frozenset[Content]
    synonyms: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    charset: str = ""
    parameters: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))
    advisory: tuple[str, ...] = ("version",)
    title: str = ""

    @property
    def content_type(self) -> str:
        """The value of the `Content-Type` header."""
        extra = "".join(f"; {name}={value}" for name, value in self.parameters.items())
        charset = f"; charset={self.charset}" if self.charset else ""
        return f"{self.media_type}{extra}{charset}"

    @property
    def words(self) -> tuple[str, ...]:
        """Everything that `format=` understands for it, lower case."""
        return (self.name, *self.aliases, self.suffix, self.media_type, *self.synonyms)


_TABLE: frozenset[Content] = frozenset({"rows", "boolean"})
_GRAPH: frozenset[Content] = frozenset({"triples"})
_DATASET: frozenset[Content] = frozenset({"triples", "quads"})

FORMATS: tuple[Format, ...] = (
    Format(
        name="html",
        media_type="text/html",
        suffix="html",
        carries=frozenset({"page", "problem"}),
        synonyms=("application/xhtml+xml",),
        charset="utf-8",
        title="Web page",
    ),
    Format(
        name="json",
        media_type="application/sparql-results+json",
        suffix="srj",
        carries=_TABLE,
        synonyms=("application/json",),
        aliases=("sparql-json",),
        title="SPARQL results JSON",
    ),
    Format(
        name="xml",
        media_type="application/sparql-results+xml",
        suffix="srx",
        carries=_TABLE,
        synonyms=("application/xml", "text/xml"),
        aliases=("sparql-xml",),
        title="SPARQL results XML",
    ),
    Format(
        name="xlsx",
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        suffix="xlsx",
        carries=frozenset(),
        title="Spreadsheet",
    ),
    Format(
        name="csv",
        media_type="text/csv",
        suffix="csv",
        carries=_TABLE,
        charset="utf-8",
        advisory=("version", "header"),
        title="CSV",
    ),
    Format(
        name="tsv",
        media_type="text/tab-separated-values",
        suffix="tsv",
        carries=_TABLE,
        charset="utf-8",
        advisory=("version", "header"),
        title="TSV",
    ),
    Format(
        name="turtle",
        media_type="text/turtle",
        suffix="ttl",
        carries=_GRAPH,
        synonyms=("application/turtle", "application/x-turtle", "text/n3", "text/rdf+n3"),
        aliases=("n3",),
        charset="utf-8",
        title="Turtle",
    ),
    Format(
        name="jsonld",
        media_type="application/ld+json",
        suffix="jsonld",
        carries=_DATASET,
        synonyms=("application/json",),
        aliases=("json-ld", "json"),
        advisory=("version", "profile"),
        title="JSON-LD",
    ),
    Format(
        name="ntriples",
        media_type="application/n-triples",
        suffix="nt",
        carries=_GRAPH,
        synonyms=("text/plain", "text/ntriples"),
        aliases=("n-triples",),
        title="N-Triples",
    ),
    Format(
        name="rdfxml",
        media_type="application/rdf+xml",
        suffix="rdf",
        carries=_GRAPH,
        synonyms=("application/xml", "text/xml"),
        aliases=("rdf-xml", "rdf+xml", "xml"),
        charset="utf-8",
        title="RDF/XML",
    ),
    Format(
        name="trig",
        media_type="application/trig",
        suffix="trig",
        carries=_DATASET,
        synonyms=("application/x-trig",),
        charset="utf-8",
        title="TriG",
    ),
    Format(
        name="nquads",
        media_type="application/n-quads",
        suffix="nq",
        carries=_DATASET,
        synonyms=("text/x-nquads",),
        aliases=("n-quads",),
        title="N-Quads",
    ),
    Format(
        name="problem",
        media_type="application/problem+json",
        suffix="problem",
        carries=frozenset({"problem"}),
        synonyms=("application/json",),
        title="Problem",
    ),
)
"""All rows; for one content the first is what a client without wishes gets."""

BY_NAME: MappingProxyType[str, Format] = MappingProxyType({row.name: row for row in FORMATS})


def list_formats(content: Content) -> tuple[Format, ...]:
    """The formats that can carry this, in the server's order of preference."""
    return tuple(row for row in FORMATS if content in row.carries)


def find_format(word: str, offers: tuple[Format, ...]) -> Format | None:
    """The offer that a `format=` value means: a name, suffix or media type; None where none does.

    An exact name wins over an alias, so that `xml` is RDF/XML for triples and results XML for rows.
    Parameters of a media type are left out of the comparison; case does not matter, and a `+` that
    was not encoded, which an address turns into a space, is one again.
    """
    wanted = word.split(";")[0].strip().lower().replace(" ", "+")
    for names in (lambda row: (row.name,), lambda row: row.words):
        for row in offers:
            if wanted in names(row):
                return row
    return None


FILE_TYPES: MappingProxyType[str, str] = MappingProxyType(
    {
        "ttl": "text/turtle; charset=utf-8",
        "nt": "application/n-triples",
        "nq": "application/n-quads",
        "trig": "application/trig; charset=utf-8",
        "jsonld": "application/ld+json",
        "rdf": "application/rdf+xml; charset=utf-8",
        "json": "application/json",
        "rq": "application/sparql-query; charset=utf-8",
        "tsv": "text/tab-separated-values; charset=utf-8",
        "gz": "application/gzip",
        "zst": "application/zstd",
        "": "text/plain; charset=utf-8",
    }
)
"""Ending of a file of a release → its media type, the last for any other ending.

A compressed file is a file of its own, never a content coding.
"""


def name_type(name: str) -> str:
    """The media type of a file by its ending."""
    return FILE_TYPES.get(name.rpartition(".")[2], FILE_TYPES[""])
