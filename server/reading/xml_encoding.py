"""The bytes of an XML file → pieces that expat accepts; expat's errors in plain words (pure).

XML says itself how it is encoded. Expat knows UTF-8, UTF-16, ISO 8859-1 and US-ASCII; any other
encoding that Python knows is decoded here.
"""

import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from typing import IO
from xml.parsers import expat

from server.reading.faults import Fault

PIECE_BYTES = 1 << 16
_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._\-]+)["']""")
_KNOWN_TO_EXPAT = ("utf-8", "utf-16", "iso8859-1", "ascii")
_MARKS_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_WORDS = {
    expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: "something follows the end of the root element: "
    "are these two documents in one file?",
    expat.errors.XML_ERROR_UNCLOSED_TOKEN: "the document ends inside a tag",
    expat.errors.XML_ERROR_UNDEFINED_ENTITY: "this entity is not declared",
    expat.errors.XML_ERROR_UNBOUND_PREFIX: "this prefix is not declared",
    expat.errors.XML_ERROR_INVALID_TOKEN: "not well-formed XML: a bare & or <, a character that "
    "XML forbids, or a byte that is not of the file's encoding",
    expat.errors.XML_ERROR_MISPLACED_XML_PI: "something stands before the XML declaration: "
    "delete it",
    expat.errors.XML_ERROR_INCORRECT_ENCODING: "the file is not in the encoding that it declares",
}


class BrokenXmlError(Exception):
    """The XML cannot be read any further."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.detail)
        self.fault = fault


def read_pieces(file: IO[bytes]) -> Iterator[tuple[bytes | str, bool]]:
    """The pieces of a text and whether each is the last; as text where expat lacks its encoding.

    Args:
        file: At the first byte behind a byte order mark of UTF-8, which has the last word: editors
            write it and leave the declaration as it was.
    """
    is_marked = file.tell() > 0
    head = file.read(PIECE_BYTES)
    decode = _decode_utf8() if is_marked else _choose_decoder(head)
    piece = head
    while piece:
        following = file.read(PIECE_BYTES)
        if decode is None:
            yield piece, False
        else:
            try:
                yield decode(piece, not following), False
            except UnicodeDecodeError as error:
                detail = f"these bytes are no {error.encoding}: {error.object[error.start :][:4]!r}"
                raise BrokenXmlError(Fault(None, None, detail)) from None
        piece = following
    yield b"", True


def _decode_utf8() -> Callable[[bytes, bool], str]:
    return codecs.getincrementaldecoder("utf-8")().decode


def _choose_decoder(head: bytes) -> Callable[[bytes, bool], str] | None:
    """What makes text of the bytes where expat does not know the encoding that is declared."""
    if head.startswith(_MARKS_32):
        return codecs.getincrementaldecoder("utf-32")().decode
    found = _ENCODING.match(head)
    if found is None:
        return None
    try:
        name = codecs.lookup(found[1].decode()).name
        decoder = codecs.getincrementaldecoder(name)()
    except LookupError:
        detail = f"the encoding {found[1].decode()!r} is unknown; convert the file to UTF-8"
        raise BrokenXmlError(Fault(1, None, detail)) from None
    return None if name.startswith(_KNOWN_TO_EXPAT) else decoder.decode


def describe_expat(error: expat.ExpatError, opened: Sequence[str]) -> Fault:
    """What expat says, in words that tell what to look for.

    Args:
        error: Its error.
        opened: The names of the elements that are open, outermost first.
    """
    name = expat.errors.messages[error.code]
    words = _WORDS.get(name, f"not well-formed XML: {name}")
    if name == expat.errors.XML_ERROR_NO_ELEMENTS:
        words = (
            f"the document ends before its root element is closed: <{opened[-1]}> is still open"
            if opened
            else "the document ends before any element: it is empty or cut off"
        )
    elif name == expat.errors.XML_ERROR_TAG_MISMATCH and opened:
        words = f"this end tag does not close <{opened[-1]}>"
    return Fault(error.lineno, error.offset + 1, words)
