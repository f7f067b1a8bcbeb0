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

from loader.rdf.days import Day

SOURCE = "en"
"""The language that the messages are written in."""

ERA_SAID_BEFORE = 100
"""Years below it are said with their era, since `63` alone may be before or after year 1."""
_LOCALES = {"en": "en_GB"}
"""Where CLDR's own choice for a bare language code is another region's habit."""
_MOST_DIGITS = 28
"""Babel rounds numbers in the precision of Python's decimals, and fails on longer ones."""
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

    def day(self, day: Day) -> str:
        """`12 July 1920`, `15 March 44 BC`."""
        # A pattern of CLDR: d day, MMMM month by name, y year, G era; words stand in '…'.
        plain = day.year >= ERA_SAID_BEFORE
        return self._date(day, self.say("d MMMM y") if plain else self.say("d MMMM y G"))

    def month(self, day: Day) -> str:
        """`July 1920`, `March 44 BC`."""
        plain = day.year >= ERA_SAID_BEFORE
        return self._date(day, self.say("MMMM y") if plain else self.say("MMMM y G"))

    def days(self, first: Day, last: Day, patterns: str) -> tuple[str, str]:
        """Two days by two patterns of CLDR with a bar between them: `3`, `7 October 1939`."""
        one, other = self.say(patterns).split("|")
        return self._date(first, one), self._date(last, other)

    def year(self, year: int) -> str:
        """`1920`, `63 AD`, `44 BC`; the year 0 is 1 BC."""
        plain = year >= ERA_SAID_BEFORE
        return str(year) if plain else self._date(Day(year, 1, 1), self.say("y G"))

    def short(self, day: Day) -> str:
        """`12 Jul`, for an axis."""
        return self._date(day, self.say("d MMM"))

    def short_month(self, day: Day) -> str:
        """`Jul`, for an axis."""
        return self._date(day, "LLL")

    def _date(self, day: Day, pattern: str) -> str:
        era = str(self.locale.eras["abbreviated"][int(day.year > 0)]).replace("'", "''")
        pattern = pattern.replace("G", f"'{era}'")
        if day.year > 0:
            return format_date(date(day.year, day.month, day.day), pattern, locale=self.locale)
        # Babel knows no day before year 1: one of a like year stands in, its number is replaced.
        like = date(2000 + day.year % 400, day.month, day.day)
        told = format_date(like, pattern, locale=self.locale)
        return told.replace(str(like.year), str(1 - day.year))

    def number(self, text: str) -> str:
        """A number with grouped thousands; other text is returned unchanged."""
        if _NUMBER.match(text) is None or len(text) > _MOST_DIGITS:
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
