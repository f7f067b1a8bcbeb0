"""IRIs of the collection ↔ paths of this server. Every link in a page or header is path-absolute.

The vocabulary's names are fixed (`https://w3id.org/pacta/…`); each server answers for them too.
"""

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from server.rdf.model import PACTA, RECORDS, SHAPES, VOCAB

SLUG = re.compile(r"[a-z0-9]+(?:(?:-{1,2}|\.)[a-z0-9]+)*\Z")
"""The last part of an address; dots only in the ids of releases."""
ONTOLOGY = PACTA.rstrip("#")
MARKS = RECORDS.rstrip("#")


@dataclass(frozen=True)
class Addresses:
    """The addresses of one publication.

    Attributes:
        base: Its base address, ending in `/`.
        below: Where a former release is shown: `/releases/{id}`; else empty.
    """

    base: str
    below: str = ""

    @property
    def home(self) -> str:
        """The path of the base without its last `/`: empty for most."""
        return quote(urlsplit(self.base).path.rstrip("/"), safe="/%")

    @property
    def prefix(self) -> str:
        """What the paths of all links begin with."""
        return self.home + self.below

    def thing(self, kind: str, slug: str) -> str:
        """The IRI of a thing."""
        return f"{self.base}id/{kind}/{slug}"

    def document(self, iri: str) -> str | None:
        """The path of the document of an IRI of the collection; None for any other.

        A thing leads straight to its document, without the redirect.
        """
        whole, mark, fragment = iri.partition("#")
        tail = mark + fragment
        if whole == ONTOLOGY:
            return f"{self.prefix}/ns{tail}"
        if whole == MARKS:
            return f"{self.prefix}/ns/records{tail}"
        if iri.startswith(VOCAB):
            return f"{self.prefix}/vocab/{quote(iri[len(VOCAB) :], safe='/#')}"
        if iri.startswith(SHAPES):
            return f"{self.prefix}/shapes/{quote(iri[len(SHAPES) :], safe='')}"
        if not iri.startswith(self.base):
            return None
        rest = quote(whole[len(self.base) :], safe="/-._~") + tail
        if rest.startswith("id/"):
            return f"{self.prefix}/doc/{rest[3:]}"
        return f"{self.prefix}/{rest}"

    def absolute(self, path: str) -> str:
        """A path of this server below the base, as an absolute address: for canonical links."""
        return self.base + path.removeprefix(self.home).lstrip("/")
