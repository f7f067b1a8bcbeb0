"""RDF files of a release that are not in its store: the description and the validation report."""

from functools import lru_cache

from server.pool.engine import parse_rdf
from server.rdf.model import Quad, sort_quads
from server.release.opened import OpenedRelease, read_quad


@lru_cache(maxsize=16)
def read_file_quads(opened: OpenedRelease, name: str) -> tuple[Quad, ...]:
    """The statements of a Turtle file of the release, sorted; none where it has no such file."""
    if name not in opened.manifest.files:
        return ()
    data = opened.release.file(name).read_bytes()
    quads = [read_quad(raw) for raw in parse_rdf(data, "text/turtle", opened.base)]
    return tuple(dict.fromkeys(sort_quads(quads)))


def read_description(opened: OpenedRelease) -> tuple[Quad, ...]:
    """DCAT and VoID of the release: the file, or, where there is none, the graph `about`."""
    quads = read_file_quads(opened, "about/description.ttl")
    if not quads:
        quads = tuple(sort_quads(opened.reader.match(graph=f"{opened.base}graph/about")))
    first = [quad for quad in quads if quad.subject == opened.base]
    return (*first, *(quad for quad in quads if quad.subject != opened.base))
