"""Folds names to the keys that they are found by: one table of letters for build and server. Pure.

Case and diacritics are dropped, letters that have no decomposition (ł, ø, đ, ß …) are replaced by a
table, and Cyrillic is transliterated, so that `Zeligowski`, `Żeligowski` and `Želigovskis` are near
each other.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

LETTERS: Final = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d",
        "ı": "i",
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "z", "з": "z",
        "и": "i", "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r",
        "с": "s", "т": "t", "у": "u", "ф": "f", "х": "ch", "ц": "c", "ч": "c", "ш": "s", "щ": "sc",
        "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia", "і": "i", "ў": "u", "ї": "i",
        "є": "ie", "ґ": "g",
    }
)  # fmt: skip
"""Code point of a small letter → its Latin letters without diacritics."""

_WORDS: Final = 1 << 15
"""Words whose folded form is kept: a collection repeats its own."""

_JOINING: Final = str.maketrans(dict.fromkeys(".'’ʼ`", "") | {"&": " and "})
"""Marks that stand inside a word; any other mark ends one."""


def fold_name(text: str) -> str:
    """Return a name without case, diacritics, punctuation and Cyrillic; each mark ends a word.

    This is the key of a search, which finds a name by any of its words.

    >>> fold_name("Vilnius (Wilno)"), fold_name("Quai d’Orsay")
    ('vilnius wilno', 'quai d orsay')
    """
    return " ".join(filter(None, map(_fold_word, text.split())))


@lru_cache(_WORDS)
def _fold_word(word: str) -> str:
    """Return what stands between two spaces, folded; no letter depends on another word."""
    lowered = unicodedata.normalize("NFKC", word).lower().translate(LETTERS)
    plain = unicodedata.normalize("NFD", lowered)
    kept = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(kept.split())


def fold_words(text: str) -> str:
    """Return a name as `fold_name` does, but with apostrophes and full stops inside its words.

    This is the key of a comparison of whole names, where abbreviations are one word each.

    >>> fold_words("Vilnius (Wilno), Żeligowski’s"), fold_words("U.S.S.R.")
    ('vilnius wilno zeligowskis', 'ussr')
    """
    return fold_name(unicodedata.normalize("NFKC", text).translate(_JOINING))
