"""The collection as a reconciliation service sees it: things, types, properties, values. Pure.

Things are what has a name and an address `{base}id/{kind}/{slug}`; their ids are `{kind}/{slug}`,
as records write them. Types are classes, properties are what the JSON-LD context calls them.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cached_property

from server.errors import BadRequestError
from server.pages.cards import Desk
from server.pages.view import NAMED_APART, narrow_types
from server.rdf.contexts import ContextTable
from server.rdf.model import (
    ALT_LABEL,
    LABEL,
    OWL,
    PACTA,
    PREF_LABEL,
    RDF,
    RDFS,
    TYPE,
    XSD,
    Iri,
    Literal,
    Term,
    sort_key,
)
from server.reconciliation.asking import HINT

_NO_THINGS = frozenset(("link", "dataset", "family", "disagreement", "evidence"))
"""Kinds that have labels, and that no spreadsheet names."""

_PROPERTY_CLASSES = frozenset((OWL + "ObjectProperty", OWL + "DatatypeProperty", RDF + "Property"))
_LABELS = (LABEL, PREF_LABEL)
_NAMES = (*_LABELS, ALT_LABEL)
_GENERATED = frozenset(NAMED_APART) - {LABEL, PREF_LABEL, PACTA + "kind"}
_INTEGERS = frozenset((XSD + "integer",))
_FLOATS = frozenset((XSD + "decimal", XSD + "double", XSD + "float"))
_DAY = re.compile(r"-?\d{4,}-\d\d-\d\d\Z")
_READ = 300
"""Things that are read to propose properties."""
_DATES = ("signedOn", "date", "existedFrom", "publishedOn", "bornOn")

Cell = dict[str, object]


class Collection:
    """One release in one language.

    Args:
        desk: Where it is read.
        table: Its JSON-LD context.
    """

    def __init__(self, desk: Desk, table: ContextTable) -> None:
        self.desk = desk
        self._table = table
        self._start = f"{desk.addresses.base}id/"

    @cached_property
    def things(self) -> frozenset[str]:
        """The addresses of everything that can be matched."""
        names = self.desk.names
        return frozenset(
            thing
            for thing in names.things()
            if thing.startswith(self._start)
            and "#" not in thing
            and names.kind(thing) not in _NO_THINGS
        )

    # Things

    def id_of(self, thing: str) -> str:
        """`{base}id/treaty/peace-1920` → `treaty/peace-1920`."""
        return thing.removeprefix(self._start)

    def find_thing(self, name: str) -> str | None:
        """The thing with an id or an address; None: there is none."""
        thing = name if name.startswith(self._start) else self._start + name
        return thing if thing in self.things else None

    def describe(self, thing: str, matched: str = "") -> str:
        """What tells a thing from its namesakes: type, first date, the name that matched."""
        parts = [self.desk.name(str(t)) for t in self._classes(thing)[:1]]
        parts += [self.desk.show(v).text for v in self.desk.values(thing, *_DATES)[:1]]
        if matched and matched != self.desk.name(thing):
            parts.append(self.desk.language.say("also called") + f" {matched}")
        return ", ".join(parts)

    # Types

    @cached_property
    def _classes_by_id(self) -> dict[str, str]:
        classes = sorted(str(q.subject) for q in self.desk.reader.incoming(OWL + "Class"))
        own = (PACTA, self.desk.addresses.base)
        return {self._type_id(name): name for name in classes if name.startswith(own)}

    @cached_property
    def types(self) -> dict[str, str]:
        """Id of a type → its class, for every class that a thing is of; by id."""
        known = self._classes_by_id.items()
        return {
            name: iri
            for name, iri in sorted(known)
            if not self.things.isdisjoint(self._instances(iri))
        }

    def tell_types(self, thing: str) -> list[Cell]:
        """The narrowest classes of a thing."""
        return [
            {"id": self._type_id(str(t)), "name": self.desk.name(str(t))}
            for t in self._classes(thing)
        ]

    def tell_type(self, name: str) -> Cell:
        """A type by its id, with the broader ones that things are of too."""
        iri = self.types[name]
        above = (str(v) for v in self.desk.values(iri, RDFS + "subClassOf"))
        known = {each: key for key, each in self.types.items()}
        broader = [
            {"id": known[each], "name": self.desk.name(each)} for each in above if each in known
        ]
        told: Cell = {"id": name, "name": self.desk.name(iri)}
        return {**told, "broader": broader} if broader else told

    def list_of_types(self, place: str, names: Sequence[str], *, every: bool) -> frozenset[str]:
        """The things of one of some types, or of all of them; of any where none is named.

        A type is named by its id, the address of its class, or the kind in its things' addresses.

        Raises:
            BadRequestError: No thing is of such a type; it says which types there are.
        """
        if not names:
            return self.things
        sets = [self._things_of(place, name) for name in names]
        joined = frozenset.intersection(*sets) if every else frozenset.union(*sets)
        return joined & self.things

    def _things_of(self, place: str, name: str) -> frozenset[str]:
        kind = f"{self._start}{name}/"
        of_kind = frozenset(thing for thing in self.things if thing.startswith(kind))
        if of_kind:
            return of_kind
        iri = self._classes_by_id.get(name) or (name if ":" in name else PACTA + name)
        of_class = frozenset(self._instances(iri)) & self.things
        if of_class:
            return of_class
        raise BadRequestError(
            f"`{place}`: no thing here is of the type {name[:80]!r}",
            hint=f"There are {', '.join(self.types)}.",
        )

    def _instances(self, iri: str) -> Iterable[str]:
        return (str(q.subject) for q in self.desk.reader.incoming(iri) if q.predicate == TYPE)

    def _classes(self, thing: str) -> list[Term]:
        own = (PACTA, self.desk.addresses.base)
        classes = [t for t in self.desk.values(thing, TYPE) if str(t).startswith(own)]
        return narrow_types(classes, self.desk)

    def _type_id(self, iri: str) -> str:
        return self._table.types.get(iri) or self._shorten(iri)

    # Properties

    @cached_property
    def _terms(self) -> dict[str, str]:
        """Key of the JSON-LD context → the property it stands for."""
        return {each.term: iri for iri, found in self._table.forward.items() for each in found}

    def find_property(self, place: str, name: str) -> str:
        """The property with an id or an address.

        Raises:
            BadRequestError: There is none.
        """
        for iri in (self._terms.get(name, ""), PACTA + name, name):
            if iri in _NAMES or (iri and self.is_property(iri)):
                return iri
        raise BadRequestError(
            f"`{place}`: there is no property {name[:80]!r}",
            hint=f"{self.desk.addresses.prefix}/reconcile/suggest/property?prefix= lists them. "
            + HINT,
        )

    def tell_property(self, iri: str) -> Cell:
        """A property: its id and its name."""
        return {"id": self._property_id(iri), "name": self.desk.name(iri)}

    def list_properties(self, things: Iterable[str]) -> list[str]:
        """The properties that are said of some things, the most frequent first.

        Of very many things a part is read, drawn evenly from the order of their addresses.
        """
        ordered = sorted(things)
        counts: dict[str, int] = {}
        for thing in ordered[:: len(ordered) // _READ + 1]:
            said = set(self.desk.properties(thing)) - _GENERATED
            for iri in said | self._find_stated(thing).keys():
                counts[iri] = counts.get(iri, 0) + 1
        named = [iri for iri in counts if iri in _NAMES or self.is_property(iri)]
        return sorted(named, key=lambda iri: (-counts[iri], iri))

    def _property_id(self, iri: str) -> str:
        known = self._table.forward.get(iri)
        return known[0].term if known else self._shorten(iri)

    def _shorten(self, iri: str) -> str:
        return iri.removeprefix(PACTA)

    def is_property(self, iri: str) -> bool:
        """Whether the release declares a property with this address."""
        types = {str(v) for v in self.desk.values(iri, TYPE)} if ":" in iri else set()
        return not types.isdisjoint(_PROPERTY_CLASSES)

    # Values

    def values(self, thing: str, iri: str) -> list[Term]:
        """The values of a property of a thing.

        They are the plain ones; of labels, that of the language. Where sources exclude one another
        there are none; then the values of all statements that are not deprecated.
        """
        if iri in _LABELS:
            return [Literal(self.desk.name(thing))]
        plain = self.desk.values(thing, iri)
        return plain or self._find_stated(thing).get(iri, [])

    def list_stating(self, iri: str) -> frozenset[str]:
        """The things about which a statement says something by a property."""
        statements = {
            str(q.subject)
            for q in self.desk.reader.incoming(iri)
            if q.predicate == PACTA + "onProperty"
        }
        return frozenset(str(v) for node in statements for v in self.desk.values(node, "about"))

    def _find_stated(self, thing: str) -> dict[str, list[Term]]:
        """Property → the values that statements about a thing give it, deprecated ones not."""
        found: dict[str, dict[Term, None]] = {}
        for quad in self.desk.reader.incoming(thing):
            node = str(quad.subject)
            if quad.predicate != PACTA + "about" or self.desk.names.kind(node) != "statement":
                continue
            if self.desk.first(node, "rank").endswith("/deprecated"):
                continue
            if self.desk.first(node, "negated") == "true":
                continue
            for value in self.desk.values(node, "value"):
                found.setdefault(self.desk.first(node, "onProperty"), {})[value] = None
        return {iri: sorted(values, key=sort_key) for iri, values in found.items()}

    def tell_value(self, value: Term, *, ids: bool = False) -> Cell:
        """A value as a cell of a data extension (section 7.4)."""
        if isinstance(value, Iri):
            if (thing := self.find_thing(str(value))) is not None:
                own = self.id_of(thing)
                return {"str": own} if ids else {"id": own, "name": self.desk.name(thing)}
            return {"str": str(value) if ids else self.desk.link(str(value)).text}
        if not isinstance(value, Literal):
            return {"str": str(value)}
        if value.datatype in _INTEGERS:
            return {"int": int(value.value)}
        if value.datatype in _FLOATS:
            number = float(value.value)
            return {"float": number} if abs(number) < float("inf") else {"str": value.value}
        if value.datatype == XSD + "date" and _DAY.match(value.value):
            return {"date": f"{value.value}T00:00:00Z"}
        return {"str": value.value}

    # Suggestions

    def suggest_types(self, prefix: str) -> list[Cell]:
        """The types whose id or name, or a word of it, begins with a text."""
        return [self.tell_type(name) for name in self.types if self._begins(prefix, name, name)]

    def suggest_properties(self, prefix: str) -> list[Cell]:
        """The properties of the vocabulary whose id or name, or a word of it, so begins."""
        declared = {
            str(q.subject) for name in _PROPERTY_CLASSES for q in self.desk.reader.incoming(name)
        }
        told = (self.tell_property(iri) for iri in sorted({*declared, *_NAMES}))
        own = [each for each in told if "://" not in str(each["id"])]
        return [e for e in own if self._begins(prefix, str(e["id"]), str(e["name"]))]

    def _begins(self, prefix: str, name: str, label: str) -> bool:
        wanted = prefix.strip().casefold()
        texts = (name, label, *label.split())
        return any(text.casefold().startswith(wanted) for text in texts)
