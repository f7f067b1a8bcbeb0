"""Addresses: their form, and how the address of an assertion is made.

An address is relative to the publication's base and its ``id/`` folder: ``treaty/peace-1920``.
Parts of a slug are joined by ``--``; a part has single hyphens only, so a slug splits in one
way. Two entries whose addresses come out alike are an error of the record.

Source: docs/decisions/0005-addresses.md.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

SEPARATOR = "--"
MAX_TEXT_PART = 60

_PART = "[a-z0-9]+(?:-[a-z0-9]+)*"
_THING = re.compile(f"([a-z]+)/({_PART}(?:--{_PART})*)")
_PART_ALONE = re.compile(_PART)
_SLUG = re.compile(f"{_PART}(?:--{_PART})*")
_NOT_SLUG = re.compile("[^a-z0-9]+")
_YEAR_SIGN = re.compile("^-|(?<=/)-")
_HUMP = re.compile("(?<=[a-z0-9])(?=[A-Z])")
_ROMAN = re.compile("(?=[IVXLC])(C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}

# Letters that decomposition leaves alone.
_LATIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"}
    | {"’": "'", "–": "-", "—": "-", "‑": "-", "−": "-"}
)
# One letter one sound, so that Russian and Belarusian names can be read in an address and found
# from a Latin keyboard; no claim to any standard.
_CYRILLIC = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z",
        "и": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
        "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh",
        "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya", "і": "i",
        "ґ": "g", "є": "ye", "ѣ": "e",
    }
)  # fmt: skip


class Ref(str):
    """A relative address of something of this publication."""

    __slots__ = ()

    @property
    def kind(self) -> str:
        """The part before the slash."""
        return self.partition("/")[0]

    @property
    def slug(self) -> str:
        """The part after the slash, without a fragment."""
        return self.partition("/")[2].partition("#")[0]


def parse_address(text: str) -> Ref | None:
    """Return ``text`` as an address, or None if it is none.

    >>> parse_address("figure/bases-agreement-1939--total").slug
    'bases-agreement-1939--total'
    """
    return Ref(text) if _THING.fullmatch(text) else None


def is_part(text: str) -> bool:
    """Whether ``text`` can be one part of a slug."""
    return _PART_ALONE.fullmatch(text) is not None


def is_slug(text: str) -> bool:
    """Whether ``text`` can be a slug, or several parts of one."""
    return _SLUG.fullmatch(text) is not None


def fold(text: str) -> str:
    """Return ``text`` in lower case without diacritics, in its own script, dashes as hyphens.

    >>> fold("Želigowski Łódź Йонава")
    'zeligowski lodz ионава'
    """
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.translate(_LATIN).split())


def romanise(folded: str) -> str:
    """Return folded text with Cyrillic letters in Latin ones.

    >>> romanise(fold("Вильна"))
    'vilna'
    """
    return folded.translate(_CYRILLIC)


def text_part(text: str) -> str:
    """Return a part of a slug for a free text, with a digest where letters were lost.

    >>> text_part("Wilno"), text_part("Lida (town)")
    ('wilno', 'lida-town')
    """
    folded = romanise(fold(text))
    part = _NOT_SLUG.sub("-", folded).strip("-")
    has_lost = not folded.isascii() and any(c.isalnum() and not c.isascii() for c in folded)
    if part and not has_lost and len(part) <= MAX_TEXT_PART:
        return part
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    head = part[:MAX_TEXT_PART].strip("-")
    return f"{head}-{digest}" if head else digest


def date_part(text: str) -> str:
    """Return a part of a slug for an EDTF date.

    >>> date_part("1918-12-21/1918-12-31"), date_part("../1939-11-21"), date_part("1920~")
    ('1918-12-21-to-1918-12-31', 'to-1939-11-21', '1920-approximate')
    >>> date_part("-0043/-0030")
    'minus-0043-to-minus-0030'
    """
    signed = _YEAR_SIGN.sub("minus-", text)
    marked = signed.replace("/", "-to-").replace("..", "")
    for mark, word in (("~", "-approximate"), ("?", "-uncertain"), ("%", "-doubtful")):
        marked = marked.replace(mark, word)
    return _NOT_SLUG.sub("-", marked.lower()).strip("-")


def number_part(text: str) -> str:
    """Return a part of a slug for a number.

    >>> number_part("0.667"), number_part("-3")
    ('0-667', 'minus-3')
    """
    return text.replace("-", "minus-").replace(".", "-")


def article_part(text: str) -> str:
    """Return a part of a slug for the number of an article; Roman numbers become Arabic.

    >>> article_part("VIII"), article_part("2"), article_part("IIa")
    ('8', '2', 'iia')
    """
    if not _ROMAN.fullmatch(text):
        return text_part(text)
    values = [_ROMAN_VALUES[char] for char in text]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return str(sum(-value if value < after else value for value, after in pairs))


def name_part(local_name: str) -> str:
    """Return a part of a slug for a term of the ontology.

    >>> name_part("ratificationsExchangedOn")
    'ratifications-exchanged-on'
    """
    return _HUMP.sub("-", local_name).lower()


def join(*parts: str) -> str:
    """Return the slug of these parts; empty ones are left out."""
    return SEPARATOR.join(part for part in parts if part)
