"""Recognises the format of a file from its name and its first bytes (pure).

Names of formats are those of `server/http/formats.py`, and `n3`.
"""

import codecs
import re
from pathlib import PurePath
from xml.parsers import expat

from server.reading.streams import SUFFIXES as COMPRESSED

HEAD_BYTES = 1 << 16
"""How much of a file is looked at."""

SUFFIXES = {
    ".ttl": "turtle",
    ".turtle": "turtle",
    ".nt": "ntriples",
    ".ntriples": "ntriples",
    ".nq": "nquads",
    ".nquads": "nquads",
    ".trig": "trig",
    ".rdf": "rdfxml",
    ".rdfs": "rdfxml",
    ".xml": "rdfxml",
    ".owl": "rdfxml",
    ".jsonld": "jsonld",
    ".json": "jsonld",
    ".n3": "n3",
}
_RDFXML_ONLY = (".rdf", ".rdfs")
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_ROOTS = {
    "http://www.w3.org/1999/xhtml html": "a web page",
    "HTML": "a web page",
    "html": "a web page",
    "http://www.tei-c.org/ns/1.0 TEI": "TEI",
    "http://www.w3.org/2000/svg svg": "an SVG drawing",
    "http://www.opengis.net/kml/2.2 kml": "KML",
    "http://www.w3.org/2005/sparql-results# sparql": "a SPARQL result",
    "http://www.w3.org/2004/03/trix/trix-1/ TriX": "TriX",
    "rss": "an RSS 2.0 feed",
    "http://www.w3.org/2005/Atom feed": "an Atom feed",
    "http://www.w3.org/1999/XSL/Transform stylesheet": "an XSLT style sheet",
    "http://graphml.graphdrawing.org/xmlns graphml": "GraphML",
    "http://www.loc.gov/MARC21/slim collection": "MARCXML",
    "http://www.loc.gov/MARC21/slim record": "MARCXML",
    "http://www.loc.gov/mods/v3 mods": "MODS",
    "http://www.loc.gov/mods/v3 modsCollection": "MODS",
    "urn:isbn:1-931666-22-9 ead": "EAD",
    "http://ead3.archivists.org/schema/ ead": "EAD",
    "ead": "EAD",
}
_OWL_ROOT = "http://www.w3.org/2002/07/owl# Ontology"
_CONVERT_RDF = "convert it first, for example to N-Quads with Jena's riot"
_CONVERT = "convert it first, with ROBOT or Protégé, and save it as Turtle or RDF/XML"
_TEXTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a web page", re.compile(r"(?:<!--.*?-->\s*)*<(?:!DOCTYPE\s+html|html|head|body)\b", re.I)),
    ("OWL functional syntax", re.compile(r"(?:Prefix\([^)]*\)\s*)*Ontology\(|Prefix\(")),
    ("OWL Manchester syntax", re.compile(r"(?:Prefix:.*\n\s*)*Ontology:|Prefix:")),
    ("an OBO file", re.compile(r"format-version:")),
    ("a YAML file", re.compile(r"---\s*\n")),
    ("a pointer of Git LFS", re.compile(r"version https://git-lfs\.")),
    (
        "a SPARQL query or update",
        re.compile(
            r"(?:(?:PREFIX\s+\S*:|BASE)\s*<[^>]*>\s*)*"
            r"(?:SELECT|CONSTRUCT|ASK|DESCRIBE|INSERT|DELETE|LOAD)\b(?!:)",
            re.I,
        ),
    ),
)
_MAGIC = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive (also .xlsx, .docx)"),
    (b"\x1f\x8b", "a gzip file inside another compressed file"),
    (b"BZh", "a bzip2 file inside another compressed file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file inside another compressed file"),
    (b"\xfd7zXZ\x00", "an xz file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"$HDT", "an HDT file"),
    (b"SQLite format 3\x00", "a database of SQLite"),
)
"""First bytes → what the file is."""

_TAR = slice(257, 262)
_RDF_JSON = re.compile(
    r'\{\s*"[^"]+"\s*:\s*\{\s*"[^"]+"\s*:\s*\[\s*\{[^{}]*"type"\s*:\s*"(?:uri|literal|bnode)"'
)
_JSON_LINES = re.compile(r"\{[^\n]*\}\s*\n\s*\{")
_JSON_KINDS = (
    ("GeoJSON", re.compile(r'"type"\s*:\s*"(?:FeatureCollection|Feature|Geometry\w*)"')),
    ("a SPARQL result", re.compile(r'"(?:bindings|boolean)"\s*:')),
    ("a JSON Schema", re.compile(r'"\$schema"\s*:')),
    ("plain JSON without an @context", re.compile("")),
)
"""The last fits any."""
_JSON_OBJECT = re.compile(r'(?:\[\s*)*\{\s*"')
_JSON = re.compile(r'(?:\[\s*)*\{\s*(?:"|\}|\Z)|\[\s*\]\s*\Z')
_COMMENTS = re.compile(r"(?:\s|#[^\n]*(?:\n|\Z))+")
_LABEL = r"_:[^\s<>\"]+"
_IRI = r"<[^<>\n]*>"
_LITERAL = r'"(?:[^"\\\n]|\\.)*"(?:@[\w-]+|\^\^<[^<>\n]*>)?'
_LINE = re.compile(
    rf"(?:{_IRI}|{_LABEL})[ \t]*{_IRI}[ \t]*(?:{_IRI}|{_LABEL}|{_LITERAL})[ \t]*"
    rf"(?P<graph>{_IRI}|{_LABEL})?[ \t]*\."
)
_TURTLE = re.compile(r"@(?:prefix|base|version)\b|(?:PREFIX|BASE|VERSION|GRAPH)\s", re.I)
_TERM = re.compile(rf"(?:{_IRI}|{_LABEL}|\[|\(|[\w.\-]*:[^\s]*)[\s]")
_GRAPH = re.compile(r"^\s*(?:GRAPH\s+)?(?:<[^<>\n]*>|_:\S+|[\w.\-]*:\S*)?\s*\{(?!\|)", re.M)


_FAMILY = ("turtle", "trig", "ntriples", "nquads", "n3")
"""Formats that look alike."""

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""First bytes → encoding; the longer marks first, for they begin like the shorter ones."""


class NotRdfError(ValueError):
    """A file that is none of the formats that are read; the message names what it looks like."""


def recognise_format(name: str, head: bytes) -> str:
    """The format of a file: what its content says; its name where content leaves it open.

    Args:
        name: The file's name, with `.gz` or the like behind the ending or not.
        head: Its first `HEAD_BYTES`, decompressed, without a byte order mark.

    Raises:
        NotRdfError: It is another kind of file, or nothing tells what it is.
    """
    named = name_format(name)
    if not head.strip(b"\x00 \t\r\n"):
        if named is None:
            raise NotRdfError("the file is empty, and its name says no format")
        return named
    found = _read_content(head, named, _strip(name).suffix in _RDFXML_ONLY)
    if found is None:
        if named is None:
            raise NotRdfError(
                f"neither its ending nor its first lines say a format; endings known are "
                f"{' '.join(sorted(SUFFIXES))}, each also with {' '.join(COMPRESSED)}"
            )
        return named
    if named in _FAMILY and found in _FAMILY:
        return named  # the name is more exact than the first lines
    return found


def name_format(name: str) -> str | None:
    """The format that a name says, or None."""
    return SUFFIXES.get(_strip(name).suffix)


def _strip(name: str) -> PurePath:
    """A name in lower case, without the ending of compressed files."""
    path = PurePath(name.lower())
    return path.with_suffix("") if path.suffix in COMPRESSED else path


def name_look(head: bytes) -> str | None:
    """What a JSON file without statements looks like, or None."""
    text = head.decode("utf-8", "replace")
    if '"@context"' in text or not _JSON.match(text.lstrip()):
        return None
    return next((kind for kind, pattern in _JSON_KINDS if pattern.search(text)), None)


def _read_content(head: bytes, named: str | None, any_root: bool) -> str | None:
    """The format that the first bytes say, or None where they leave it to the name.

    Args:
        head: The first bytes.
        named: The format that the name says, or None.
        any_root: The name says that any XML is RDF/XML: its root may be a node of any class.
    """
    archive = "a tar archive" if head[_TAR] == b"ustar" else None
    archive = next((kind for magic, kind in _MAGIC if head.startswith(magic)), archive)
    if archive:
        raise NotRdfError(
            f"this looks like {archive}, which is not read as RDF; {_advise(archive)}"
        )
    root = read_root(head)
    if root is not None:
        return _judge_root(*root, head, named, any_root)
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")
    if encoding == "utf-8" and 0 in head[:2]:
        encoding = "utf-16-be" if head[0] == 0 else "utf-16-le"
    text = head.decode(encoding, "replace")
    start = _COMMENTS.match(text)
    text = text[start.end() if start else 0 :]
    for kind, pattern in _TEXTS:
        if pattern.match(text):
            raise NotRdfError(f"this looks like {kind}, which is not read as RDF; {_advise(kind)}")
    if text.startswith(("<?xml", "<!DOCTYPE", "<!--")) or re.match(r"<[\w.\-]+:RDF\b", text):
        return "rdfxml"
    if encoding != "utf-8":
        name = encoding.upper()
        raise NotRdfError(
            f"the file is in {name}, and only XML may be: convert it with iconv -f {name} -t UTF-8"
        )
    if (_JSON_OBJECT if named in _FAMILY else _JSON).match(text):
        if _RDF_JSON.match(text):
            raise NotRdfError(f"this looks like RDF/JSON, which is not read as RDF; {_CONVERT_RDF}")
        if _JSON_LINES.match(text):
            raise NotRdfError(
                "this looks like a JSON document on each line; make one list of them, for example "
                "with jq -s ."
            )
        return "jsonld"
    line = _LINE.match(text)
    if line is not None:
        return "nquads" if line["graph"] else "turtle"
    if _TURTLE.match(text) or _TERM.match(text):
        return "trig" if _GRAPH.search(text) else "turtle"
    return None


def read_root(head: bytes) -> tuple[str, dict[str, str]] | None:
    """Name (`namespace local`) and attributes of the root element of an XML text, or None."""
    found: list[tuple[str, dict[str, str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if not found:
            found.append((name, attributes))

    try:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = start
        parser.Parse(head, False)
    except (expat.ExpatError, ValueError, LookupError):
        pass  # what came before the fault counts
    return found[0] if found else None


def _judge_root(
    name: str, attributes: dict[str, str], head: bytes, named: str | None, any_root: bool
) -> str | None:
    """The format of an XML text with this root."""
    if name == f"{_RDF} RDF":
        return "rdfxml"
    has_rdf = any(key.startswith(f"{_RDF} ") for key in attributes)
    if name == _OWL_ROOT and not has_rdf:
        raise NotRdfError(f"this looks like OWL/XML, not RDF/XML; {_CONVERT}")
    kind = _ROOTS.get(name)
    if kind is not None:
        raise NotRdfError(f"this looks like {kind}, which is not read as RDF; {_advise(kind)}")
    if " " not in name:
        if named in _FAMILY:
            return None  # Turtle may begin with <name>
        raise NotRdfError(f"this is XML with the root <{name}>, not RDF/XML")
    namespace, _, local = name.rpartition(" ")
    if any_root or has_rdf or _RDF.encode() in head or b"\x00" in head[:64]:
        return "rdfxml"
    raise NotRdfError(f"this is XML with the root <{local}> of {namespace}, not RDF/XML")


def _advise(kind: str) -> str:
    """What to do with such a file."""
    if kind.startswith(("OWL", "an OBO")):
        return _CONVERT
    if kind == "TriX":
        return _CONVERT_RDF
    if kind == "an HDT file":
        return "convert it to N-Triples first, with hdt2rdf"
    if kind.endswith(("archive", "compressed file", "an xz file", ".docx)")):
        return "unpack it first; .gz, .bz2 and .zst of one RDF file are read as they are"
    if kind == "a pointer of Git LFS":
        return "git lfs pull fetches the file itself"
    if kind.startswith("a SPARQL"):
        return "send it to the endpoint: pacta query --endpoint URL FILE"
    if kind == "a web page":
        return "save the RDF that the page links to, for example with curl -H 'Accept: text/turtle'"
    return "only RDF files can be served"
