"""The interface languages available: one catalogue per file in `translations/`."""

from functools import cache
from pathlib import Path

from server.pages.language import ENGLISH, Language, read_language

FOLDER = Path(__file__).parent / "translations"


@cache
def read_languages() -> dict[str, Language]:
    """Code → language: English, in which the messages are written, then each catalogue."""
    found = {ENGLISH.code: ENGLISH}
    for path in sorted(FOLDER.glob("*.po")):
        found[path.stem] = read_language(path.stem, path.read_bytes())
    return found


def choose_languages(wanted: list[str]) -> list[str]:
    """The codes to offer for a publication: its own languages that have a catalogue, in its order.

    Args:
        wanted: The languages of the publication; one without a catalogue is left out, and where
            none has one English is offered.
    """
    known = read_languages()
    return [code for code in wanted if code in known] or [ENGLISH.code]
