"""Numbers under which treaties stand in public registers and series: one form for each.

``LNTS 94``, ``UNTS I-3822``, ``CETS 5``. A citation of volume and page is no such number; it says
where a text is printed. Pure.
"""

from __future__ import annotations

import re
from typing import Final

SERIES: Final = {
    "LNTS": r"lnts|league of nations treaty series",
    "UNTS": r"unts|united nations treaty series",
    "CTS": r"cts|consolidated treaty series",
    "CETS": r"cets|council of europe treaty series",
    "ETS": r"ets|european treaty series",
    "TIAS": r"tias|treaties and other international acts series",
    "UST": r"ust|united states treaties",
    "BTS": r"bts|uk ?ts|british treaty series",
    "ATS": r"ats|australian treaty series",
}
"""Abbreviation of a register or series → how it is written, in lower case without stops."""

EXPECTED: Final = "LNTS 94, UNTS I-3822, or a number alone in a column with a series"

_NUMBER: Final = r"(?:[ivx]{1,4}-)?\d{1,6}[a-z]?"
_PREFIX: Final = (
    r"(?:registration |register |reg |registered )?(?:under )?(?:number|no|nr|n°|№|#)?\s*"
)
_ALONE: Final = re.compile(rf"{_PREFIX}({_NUMBER})")
_CITATION: Final = re.compile(r"\bvol|\bp{1,2}\b|\bpage|^\d+ [a-z]+ \d+$|\d+, \d+")
_PATTERNS: Final = {
    name: re.compile(rf"(?:{words}),? {_PREFIX}({_NUMBER})|{_PREFIX}({_NUMBER}),? (?:{words})")
    for name, words in SERIES.items()
}


class RegistrationError(ValueError):
    """A text is no number in a register; the message says why."""


def read_registration(text: str, series: str) -> str:
    """Return a number with its register, in one form.

    Args:
        text: as it stands in the table.
        series: the register that a bare number is of, or empty.

    >>> read_registration("L.N.T.S. No. 94", ""), read_registration("i-3822", "UNTS")
    ('LNTS 94', 'UNTS I-3822')

    Raises:
        RegistrationError: it is none.
    """
    lowered = " ".join(text.lower().replace(".", "").replace(":", " ").split())
    for name, pattern in _PATTERNS.items():
        if match := pattern.fullmatch(lowered):
            return f"{name} {(match[1] or match[2]).upper()}"
    if _CITATION.search(lowered):
        raise RegistrationError(
            "this cites a volume and a page, which publishedIn states, not a registration number"
        )
    match = _ALONE.fullmatch(lowered)
    if match is None:
        raise RegistrationError("this is no number in a register")
    if not series:
        raise RegistrationError("the number does not say of which register it is")
    return f"{series} {match[1].upper()}"
