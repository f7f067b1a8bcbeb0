"""An interface language: messages of its catalogue, dates and numbers as it writes them. Pure.

A language is a catalogue (`server/translations/{code}.po`) and nothing else: what stands in the
catalogue is the text, the patterns of dates and the plural forms; names of months and the grouping
of digits come from CLDR by way of Babel. English is the language of the messages themselves.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

SOURCE = "en"
"""The language that the messages are written in."""

_LOCALES = {"en": "en_GB"}
"""Where CLDR's own choice for a bare language code is another region's habit."""
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?\Z", re.ASCII)


@dataclass(frozen=True)
class Language:
    """One language of the interface.

    Attributes:
        code: As in `lang` attributes: `en`, `lt`.
        catalogue: Message → message in this language.
        locale: What CLDR knows of the language.
    """

    code: str
    catalogue: NullTranslations = field(default_factory=NullTranslations, compare=False)
    locale: Locale = field(default_factory=lambda: Locale.parse("en_GB"), compare=False)

    @property
    def name(self) -> str:
        """What the language calls itself."""
        name = Locale.parse(self.code).get_display_name(self.code) or self.code
        return name[:1].upper() + name[1:]

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`."""
        return str(self.locale.text_direction)

    def say(self, message: str, **values: Any) -> str:
        """A message, its `%(name)s` filled in."""
        text = self.catalogue.gettext(message)
        return text % values if values else text

    def count(self, one: str, many: str, number: int, **values: Any) -> str:
        """A message about a number, which stands in it as `%(n)s`."""
        text = self.catalogue.ngettext(one, many, number)
        return text % {"n": self.number(str(number)), **values}

    def day(self, day: date) -> str:
        """`12 July 1920`."""
        # A pattern of CLDR: d day, MMMM month by name, y year; words stand in '…'.
        return format_date(day, self.say("d MMMM y"), locale=self.locale)

    def month(self, day: date) -> str:
        """`July 1920`."""
        return format_date(day, self.say("MMMM y"), locale=self.locale)

    def days(self, first: date, last: date, patterns: str) -> tuple[str, str]:
        """Two days by two patterns of CLDR with a bar between them: `3`, `7 October 1939`."""
        one, other = self.say(patterns).split("|")
        return (
            format_date(first, one, locale=self.locale),
            format_date(last, other, locale=self.locale),
        )

    def short(self, day: date) -> str:
        """`12 Jul`, for an axis."""
        return format_date(day, self.say("d MMM"), locale=self.locale)

    def short_month(self, day: date) -> str:
        """`Jul`, for an axis."""
        return format_date(day, "LLL", locale=self.locale)

    def number(self, text: str) -> str:
        """A number with grouped thousands; other text is returned unchanged."""
        if _NUMBER.match(text) is None:
            return text
        places = len(text.partition(".")[2])
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return format_decimal(Decimal(text), format=pattern, locale=self.locale)


ENGLISH = Language(SOURCE)


def read_language(code: str, catalogue: bytes) -> Language:
    """A language from its catalogue in the PO format.

    Args:
        code: The code of the language, which is the catalogue's file name.
        catalogue: The file.

    Raises:
        ValueError: CLDR knows no such language, or the catalogue cannot be read.
    """
    try:
        locale = Locale.parse(_LOCALES.get(code, code))
    except UnknownLocaleError as error:
        raise ValueError(f"no language has the code {code!r}") from error
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(catalogue), locale=code, abort_invalid=True))
    compiled.seek(0)
    return Language(code, GNUTranslations(compiled), locale)
