"""Turns a scalar, list or map of a record into typed terms, by the form of its property.

The look of a value decides nothing. Literals get the one lexical form that the engine keeps;
another spelling is refused with the right one, so that no number changes on the way.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from rdflib import XSD, Literal, URIRef

from loader.errors import SeedError
from loader.rdf.terms import EVIDENCE
from loader.read.addresses import Ref, date_part, number_part, parse_address, text_part
from loader.read.dates import EXPECTED, Date, DateError, parse_date
from loader.read.ontology.vocabulary import LISTS_FOLDER, Concept, Property, Vocabulary
from loader.read.sources.passages import parse_reference, why_no_reference
from loader.read.yamltext import List, Location, Map, Node, Text, describe, expect_text, members

WKT = URIRef("http://www.opengis.net/ont/geosparql#wktLiteral")

_INTEGER = re.compile(r"0|-?[1-9]\d*", re.ASCII)
_DECIMAL = re.compile(r"(?!-0$)-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?", re.ASCII)
_LOOSE_NUMBER = re.compile(r"[+-]?\d*(?:\.\d*)?", re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8})*")
_IRI = re.compile(r"https?://[^\s<>\"{}|\\^`\x00-\x20]+")
_WKT = re.compile(r"(MULTI)?(POINT|LINESTRING|POLYGON) ?\([-0-9., ()]+\)", re.ASCII)
_SHA256 = re.compile("[0-9a-f]{64}")

_NEAR = 0.6
"""How alike two words must be for one to be meant by the other, as `difflib` measures it."""

SUGGESTED = 5
"""Words that a hint names at most."""

Term: TypeAlias = Ref | URIRef | Literal


@dataclass(frozen=True, slots=True)
class Value:
    """One value with its place.

    Attributes:
        term: an address of this publication, a concept or outside address, or a literal.
        part: what stands for it in addresses.
        at: where it was written.
        date: for a date, its bounds.
    """

    term: Term
    part: str
    at: Location
    date: Date | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading a value needs beside the value.

    Attributes:
        prop: the property.
        schemes: the lists that concepts may come from, by property, for the class at hand.
        vocabulary: the tables.
    """

    prop: Property
    schemes: Mapping[URIRef, URIRef]
    vocabulary: Vocabulary

    @property
    def concepts(self) -> URIRef | None:
        """The list that concepts come from, or None."""
        return self.prop.scheme or self.schemes.get(self.prop.iri)

    @property
    def concepts_file(self) -> str:
        """The file of the list, for messages."""
        return f"ontology/{LISTS_FOLDER}/{str(self.concepts).rpartition('/')[2]}.ttl"

    @property
    def words(self) -> Mapping[str, Concept]:
        """The concepts that may be written, by word."""
        return {} if self.concepts is None else self.vocabulary.concepts.get(self.concepts, {})


def is_near(word: str, known: Iterable[str]) -> bool:
    """Whether one of the known words may be what was meant."""
    return bool(difflib.get_close_matches(word, known, n=1, cutoff=_NEAR))


def suggest(word: str, known: Iterable[str]) -> str | None:
    """Return a hint that names the nearest known words, five at most."""
    names = sorted(known)
    if not names:
        return None
    if near := difflib.get_close_matches(word, names, n=3, cutoff=_NEAR):
        return f"Did you mean {' or '.join(near)}?"
    if len(names) <= SUGGESTED:
        return f"Known here: {', '.join(names)}."
    near = difflib.get_close_matches(word, names, n=SUGGESTED, cutoff=0)
    return f"The nearest of {len(names)} known here: {', '.join(near)}."


def read_values(reading: Reading, node: Node) -> tuple[Value, ...]:
    """Return the values that stand in ``node``, at least one.

    Raises:
        SeedError: one of them has not the form of the property, or the list is empty.
    """
    read = _FORMS[reading.prop.form]
    if reading.prop.form == "text":
        return tuple(_read_text(reading, node))
    if isinstance(node, List) and not node.items:
        raise node.at.error("an empty list", "Write a value or remove the key.")
    return tuple(
        read(reading, expect_text(item, f"{_A[reading.prop.form]} for {reading.prop.key}"))
        for item in members(node)
    )


def _thing(reading: Reading, text: Text) -> Value:
    if reading.prop.value_class == EVIDENCE:
        return _evidence(text)
    words = reading.words
    if text.value in words:
        return Value(words[text.value].iri, text.value, text.at)
    address = parse_address(text.value)
    if address is None or address.kind not in reading.vocabulary.path_kinds:
        hint = "Write an address such as party/lithuania."
        if words:
            hint = f"{hint[:-1]}, or {' or '.join(sorted(words))}."
        raise text.at.error(f"{text.value!r} is no address, expected a thing", hint)
    return Value(address, address.slug, text.at)


def _evidence(text: Text) -> Value:
    reference = parse_reference(text.value)
    if reference is None:
        raise text.at.error(
            f"{text.value!r} {why_no_reference(text.value)}",
            "Write document@start-end, such as 003@654-688; pacta locate finds it.",
        )
    return Value(Ref(f"evidence/{reference.slug}"), reference.slug, text.at)


def _concept(reading: Reading, text: Text) -> Value:
    words = reading.words
    if text.value not in words:
        retired = URIRef(f"{reading.concepts}/{text.value}")
        if retired in reading.vocabulary.retired:
            raise text.at.error(
                f"{text.value!r} is retired from the list for {reading.prop.key}",
                reading.vocabulary.advise(retired),
            )
        raise text.at.error(
            f"{text.value!r} is not in the list for {reading.prop.key}",
            f"{suggest(text.value, words)} The list is {reading.concepts_file}."
            if words
            else f"{reading.prop.key} has no list for this class.",
        )
    return Value(words[text.value].iri, text.value, text.at)


def _date(reading: Reading, text: Text) -> Value:
    del reading
    try:
        date = parse_date(text.value)
    except DateError as error:
        raise text.at.error(f"{text.value!r} is no date: {error}", EXPECTED) from None
    literal = Literal(date.text, datatype=URIRef(date.datatype), normalize=False)
    return Value(literal, date_part(text.value), text.at, date)


def _number(text: Text, pattern: re.Pattern[str], datatype: URIRef, what: str) -> Value:
    if not pattern.fullmatch(text.value):
        hint = "Digits only, without separators, signs of plus or empty zeros."
        if _LOOSE_NUMBER.fullmatch(text.value) and any(map(str.isdigit, text.value)):
            hint = f"Write {_canonical(text.value)}."
        raise text.at.error(f"{text.value!r}, expected {what}", hint)
    literal = Literal(text.value, datatype=datatype, normalize=False)
    return Value(literal, number_part(text.value), text.at)


def _canonical(number: str) -> str:
    whole, _, fraction = number.lstrip("+-").partition(".")
    sign = "-" if number.startswith("-") else ""
    fraction = fraction.rstrip("0")
    whole = whole.lstrip("0") or "0"
    result = f"{whole}.{fraction}" if fraction else whole
    return result if result == "0" else sign + result


def _integer(reading: Reading, text: Text) -> Value:
    del reading
    return _number(text, _INTEGER, XSD.integer, "a whole number")


def _decimal(reading: Reading, text: Text) -> Value:
    del reading
    return _number(text, _DECIMAL, XSD.decimal, "a number")


def _boolean(reading: Reading, text: Text) -> Value:
    if text.value not in ("true", "false"):
        raise text.at.error(f"{text.value!r} for {reading.prop.key}, expected true or false")
    return Value(Literal(text.value, datatype=XSD.boolean), text.value, text.at)


def _string(reading: Reading, text: Text) -> Value:
    del reading
    return Value(Literal(text.value), text_part(text.value), text.at)


def _iri(reading: Reading, text: Text) -> Value:
    del reading
    if not _IRI.fullmatch(text.value):
        raise text.at.error(f"{text.value!r} is no address", "Write it whole, with https://.")
    return Value(URIRef(text.value), text_part(text.value), text.at)


def _wkt(reading: Reading, text: Text) -> Value:
    del reading
    if not _WKT.fullmatch(text.value) or text.value.count("(") != text.value.count(")"):
        raise text.at.error(
            f"{text.value[:40]!r} is no shape", "Write WKT, longitude first: POINT(25.28 54.69)."
        )
    return Value(Literal(text.value, datatype=WKT), text_part(text.value), text.at)


def _sha256(reading: Reading, text: Text) -> Value:
    del reading
    if not _SHA256.fullmatch(text.value):
        raise text.at.error(f"{text.value!r} is no SHA-256, expected 64 hex digits in lower case")
    return Value(Literal(text.value), text.value[:8], text.at)


def _read_text(reading: Reading, node: Node) -> Iterable[Value]:
    """Yield one value for each language and text; bare text only where the context allows."""
    if isinstance(node, Text) and reading.prop.language:
        yield _text_value(reading.prop.language, expect_text(node, "a text"))
        return
    if not isinstance(node, Map):
        raise node.at.error(
            f"found {describe(node)}, expected texts by language for {reading.prop.key}",
            f"Write {reading.prop.key}: {{en: …}}, quoted if it holds a comma.",
        )
    if not node.entries:
        raise node.at.error("an empty map", "Write a text or remove the key.")
    for tag, texts in node.entries:
        if not _LANGUAGE.fullmatch(tag.value):
            raise tag.at.error(
                f"{tag.value!r} is no language tag in lower case",
                "A text that holds a comma or a colon goes in quotes.",
            )
        for text in members(texts):
            yield _text_value(tag.value, expect_text(text, f"a text in {tag.value!r}"))


def _text_value(language: str, text: Text) -> Value:
    value = text.value.strip()
    return Value(Literal(value, lang=language), f"{language}-{text_part(value)}", text.at)


def _refuse_text(reading: Reading, text: Text) -> Value:
    raise text.at.error(f"found {describe(text)}, expected texts for {reading.prop.key}")


_A = {
    "thing": "a thing",
    "concept": "a word of its list",
    "date": "a date",
    "integer": "a whole number",
    "decimal": "a number",
    "boolean": "true or false",
    "string": "a text",
    "text": "texts by language",
    "iri": "an address",
    "wkt": "a shape in WKT",
    "sha256": "64 hex digits",
}

_FORMS: Mapping[str, Callable[[Reading, Text], Value]] = {
    "thing": _thing,
    "concept": _concept,
    "date": _date,
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "string": _string,
    "text": _refuse_text,
    "iri": _iri,
    "wkt": _wkt,
    "sha256": _sha256,
}

__all__ = ["Reading", "SeedError", "Term", "Value", "read_values", "suggest"]


def expect_address(node: Node) -> Ref:
    """Return the address that a scalar holds.

    Raises:
        SeedError: it is no scalar, or no address.
    """
    text = expect_text(node, "an address such as statement/peace-1920--signed-july")
    address = parse_address(text.value)
    if address is None:
        raise text.at.error(
            f"{text.value!r} is no address",
            "Lower case letters, digits and single hyphens: kind/name, parts joined by --.",
        )
    return address
