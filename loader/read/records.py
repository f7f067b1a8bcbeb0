"""Records: the YAML below `seeds/` read into values typed by the ontology's marks.

A record is a thing with structural fields and blocks of entries; an entry states one or more
properties, or is one situation. What each key may hold and where it may stand is looked up in
`loader.read.ontology.vocabulary`; the only keys known here are ``id``, ``type`` and ``about``.

Every error of every file is collected and raised together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from rdflib import URIRef

from loader.errors import SeedError
from loader.rdf.terms import PACTA
from loader.read.addresses import Ref, is_part, is_slug
from loader.read.model import Entry, Field, Record, Records, Side, first
from loader.read.ontology.vocabulary import Class, Property, Vocabulary, read_vocabulary
from loader.read.requirements import check_requirements
from loader.read.sources.leftout import FOLDER as READING
from loader.read.sources.leftout import read_reading_lists
from loader.read.sources.pages import FOLDER as PAGES
from loader.read.sources.pages import Page, check_page_maps, read_page_maps
from loader.read.sources.passages import FOLDER as PASSAGES
from loader.read.sources.passages import Passage, Reference, read_register
from loader.read.values import Reading, Value, expect_address, is_near, read_values, suggest
from loader.read.withdrawn import WITHDRAWN_FILE, parse_withdrawn
from loader.read.yamltext import (
    List,
    Map,
    Node,
    Text,
    describe,
    expect_map,
    expect_text,
    members,
    read_yaml,
)
from loader.workspace import Workspace

PROMISED = "promised"
"""The folder of the addresses of published releases; see `loader.check.promises`."""
NOT_RECORDS = ("README.md", "schema.json")
"""Names of the files below `seeds/`, besides hidden ones, that hold no records and no lists."""
_COMMA = "Inside braces a comma ends a value: quote a text, write a number without separators."


def read_records(
    workspace: Workspace,
    vocabulary: Vocabulary | None = None,
    *,
    keep_faults: bool = False,
    step: Callable[[str], None] = lambda text: None,
) -> Records:
    """Return all records of a workspace.

    Args:
        workspace: where the seeds are.
        vocabulary: the tables; None reads them from the workspace.
        keep_faults: return what is wrong as `Records.faults`, so that `build_graph` can tell
            it together with what it finds itself.
        step: gets how many files are read.

    Raises:
        SeedError: something is wrong and `keep_faults` is not set; with all other errors in
            its `also`. Or a file below the seeds cannot be read or should not be there.
        OntologyError: the tables cannot be read.
    """
    language = workspace.publication.languages[0]
    tables = vocabulary or read_vocabulary(workspace.ontology, workspace.publication.base, language)
    seeds = workspace.seeds
    files = _read_files(seeds)
    errors: list[SeedError] = []
    register: dict[Reference, Passage] = {}
    try:
        register = read_register(seeds / PASSAGES)
    except SeedError as error:
        errors.extend(_flat(error))
    try:
        read_reading_lists(seeds / READING)
    except SeedError as error:
        errors.extend(_flat(error))
    pages: dict[str, tuple[Page, ...]] = {}
    try:
        pages = read_page_maps(seeds / PAGES, errors)
    except SeedError as error:
        errors.extend(_flat(error))
    withdrawn_file = seeds / WITHDRAWN_FILE
    withdrawn = tuple(
        parse_withdrawn(files.pop(withdrawn_file), withdrawn_file, errors, language)
        if withdrawn_file in files
        else ()
    )
    records: list[Record] = []
    is_whole = True
    for number, (path, data) in enumerate(files.items(), 1):
        step(f"file {number:,} of {len(files):,}: {path.relative_to(seeds)}")
        count = len(errors)
        for record in parse_file(data, path, tables, errors):
            is_whole = is_whole and record is not None
            if record is not None:
                records.append(record)
                errors.extend(check_requirements(record, tables, is_read=len(errors) == count))
            count = len(errors)
    if is_whole:
        errors.extend(check_page_maps(pages, _list_lengths(records), seeds / PAGES))
    if errors and not keep_faults:
        raise together(errors)
    return Records(tuple(records), withdrawn, register, pages, tuple(errors), is_whole)


def _read_files(seeds: Path) -> dict[Path, bytes]:
    """Return the bytes of every file of records, in the order of their paths.

    Raises:
        SeedError: a file cannot be read, or should not be there.
    """
    files: dict[Path, bytes] = {}
    for file in sorted(file for file in seeds.rglob("*") if file.is_file()):
        path = file.relative_to(seeds)
        is_other = path.parts[0] in (PASSAGES, PAGES, PROMISED) or path.name in NOT_RECORDS
        if is_other or path.name.startswith("."):
            continue
        if file.suffix != ".yaml":
            raise SeedError("is not read", file, hint="Records end in .yaml; take the file away.")
        if path.parts[0] != READING:
            try:
                files[file] = file.read_bytes()
            except OSError as error:
                raise SeedError(f"cannot be read: {error.strerror}", file) from None
    return files


def _list_lengths(records: Iterable[Record]) -> dict[str, int]:
    """Return ``characterCount`` of each source, by handle."""
    lengths: dict[str, int] = {}
    for record in records:
        handle = first(record.fields, PACTA.handle)
        length = first(record.fields, PACTA.characterCount)
        if handle is not None:
            lengths[str(handle.term)] = int(str(length.term)) if length is not None else 0
    return lengths


def together(errors: Iterable[SeedError]) -> SeedError:
    """Return the first of errors in the order of their places, with the others in its `also`."""
    inner = sorted(errors, key=lambda one: (str(one.path), one.line or 0, one.column or 0))
    first = SeedError.together(inner)
    assert first is not None  # noqa: S101 at least one is given
    return first


def parse_records(
    files: Mapping[Path, bytes], vocabulary: Vocabulary, errors: list[SeedError]
) -> Iterator[Record]:
    """Yield the records of ``files`` in order; what cannot be read goes to ``errors``."""
    for path, data in files.items():
        for record in parse_file(data, path, vocabulary, errors):
            if record is not None:
                yield record


def parse_file(
    data: bytes, path: Path, vocabulary: Vocabulary, errors: list[SeedError]
) -> Iterator[Record | None]:
    """Yield the records of one file; None for a file or record that cannot be read at all."""
    try:
        document = read_yaml(data, path)
    except SeedError as error:
        errors.append(error)
        yield None
        return
    reader = _Reader(vocabulary, errors)
    for node in members(document) if document is not None else ():
        yield reader.record(node)


def _flat(error: SeedError) -> list[SeedError]:
    others = [other for other in error.also if isinstance(other, SeedError)]
    error.also = ()
    return [error, *others]


class _Reader:
    """Reads the records of one file; keeps going after an error."""

    def __init__(self, vocabulary: Vocabulary, errors: list[SeedError]) -> None:
        self.vocabulary = vocabulary
        self.errors = errors
        self.status_words = _status_words(vocabulary)

    def record(self, node: Node) -> Record | None:
        """Return one record, or None if its subject cannot be read."""
        try:
            source = expect_map(node, "a record: a map with id, type, label …")
            if source.get("type") is None and source.get("about") is not None:
                return self._addition(source)
            identifier, classes = self._identity(source)
        except SeedError as error:
            self.errors.append(error)
            return None
        fields: list[Field] = []
        entries: list[Entry] = []
        sides: list[Side] = []
        for key, value in source.entries:
            prop = self.vocabulary.properties.get(key.value)
            try:
                if key.value in ("id", "type"):
                    continue
                if key.value in self.vocabulary.blocks:
                    entries.extend(self._block(key, value, classes))
                elif prop is not None and prop.value_class == PACTA.Side:
                    sides.extend(self._sides(value))
                else:
                    fields.append(self._top_field(key, value, prop, classes))
            except SeedError as error:
                self.errors.append(error)
        return Record(identifier, classes, tuple(fields), tuple(entries), tuple(sides), source.at)

    def _addition(self, source: Map) -> Record:
        about = source.get("about")
        if about is None:
            raise source.at.error("an addition needs about")
        address = expect_address(about)
        entries: list[Entry] = []
        for key, value in source.entries:
            if key.value in self.vocabulary.blocks:
                entries.extend(self._block(key, value, self.vocabulary.classes_at(address.kind)))
            elif key.value != "about":
                raise key.at.error(
                    f"{key.value!r} cannot stand beside about",
                    "Write id and type for a record of its own, or a block here.",
                )
        return Record(address, (), (), tuple(entries), (), source.at)

    def _identity(self, source: Map) -> tuple[Ref, tuple[Class, ...]]:
        identifier, types = source.get("id"), source.get("type")
        if identifier is None or types is None:
            missing = "id" if identifier is None else "type"
            raise source.at.error(
                f"a record without {missing}", "Write id: kind/name and type: Class first."
            )
        address = expect_address(identifier)
        if not is_part(address.slug):
            raise identifier.at.error(
                f"{address!s} joins parts by --, which only assertions do",
                "Use single hyphens in the name of a thing.",
            )
        classes = tuple(self._class(expect_text(item, "a class")) for item in members(types))
        kinds = {cls.path_kind for cls in classes}
        if not classes or address.kind not in kinds:
            expected = ", ".join(sorted(kind for kind in kinds if kind)) or "a class"
            raise identifier.at.error(
                f"{address!s} begins with {address.kind}/, its type expects {expected}",
                f"Classes that begin so: {self._names_at(address.kind)}.",
            )
        return address, classes

    def _names_at(self, kind: str) -> str:
        return ", ".join(cls.name for cls in self.vocabulary.classes_at(kind)) or "none"

    def _class(self, text: Text) -> Class:
        cls = self.vocabulary.classes.get(text.value)
        if cls is None:
            names = [cls.name for cls in self.vocabulary.classes.values() if cls.path_kind]
            raise text.at.error(f"unknown class {text.value!r}", suggest(text.value, names))
        return cls

    def _top_field(
        self, key: Text, value: Node, prop: Property | None, classes: tuple[Class, ...]
    ) -> Field:
        own_word = any(cls.own_word for cls in classes)
        if prop is None:
            raise self._unknown(key, value, self._top_keys(classes, own_word))
        self._refuse_generated(key, prop)
        if prop.placement == "sourced" and not own_word:
            raise key.at.error(
                f"{key.value!r} is something that a document says",
                "Write it in a block, with its evidence: statements: [{"
                f"{key.value}: …, evidence: …}}].",
            )
        self._refuse_elsewhere(key, prop, classes)
        return self._field(key, value, prop, classes)

    def _top_keys(self, classes: tuple[Class, ...], own_word: bool) -> Iterator[str]:
        yield from ("id", "type", *self.vocabulary.blocks)
        for prop in self.vocabulary.properties.values():
            allowed = prop.placement == "structural" or (own_word and not prop.is_generated)
            if allowed and _carries(prop, classes):
                yield prop.key

    def _refuse_generated(self, key: Text, prop: Property) -> None:
        if prop.is_generated:
            raise key.at.error(f"{key.value!r} is generated", "Take the key out.")

    def _refuse_elsewhere(self, key: Text, prop: Property, classes: Iterable[Class]) -> None:
        known = tuple(classes)
        if not _carries(prop, known):
            names = (c.name for c in self.vocabulary.classes.values() if c.iri in prop.used_on)
            raise key.at.error(
                f"{key.value!r} is not used on {' or '.join(cls.name for cls in known)}",
                f"It is used on {', '.join(sorted(names))}.",
            )

    def _field(self, key: Text, value: Node, prop: Property, classes: Iterable[Class]) -> Field:
        schemes = {iri: scheme for cls in classes for iri, scheme in cls.schemes.items()}
        return Field(prop, read_values(Reading(prop, schemes, self.vocabulary), value), key.at)

    def _block(self, key: Text, value: Node, owners: tuple[Class, ...]) -> Iterator[Entry]:
        if not isinstance(value, List):
            raise value.at.error(
                f"found {describe(value)}, expected a list of entries for {key.value}",
                "Begin each entry with a hyphen.",
            )
        for item in value.items:
            try:
                entry = self._entry(expect_map(item, "an entry"), key.value, owners)
            except SeedError as error:
                self.errors.append(error)
            else:
                if entry is not None:
                    yield entry

    def _entry(self, source: Map, block: str, owners: tuple[Class, ...]) -> Entry | None:
        """Return an entry, or None where one of its keys cannot be read; all of them are told."""
        cls = self.vocabulary.blocks[block]
        is_statement = cls.iri == PACTA.Statement
        if (given := source.get("type")) is not None:
            cls = self._narrowed(cls, expect_text(given, "a class"))
        identifier: str | None = None
        about: tuple[Value, ...] = ()
        marks: list[Field] = []
        fields: list[Field] = []
        nested: list[Entry] = []
        if (node := source.get("about")) is not None:
            prop = self.vocabulary.by_iri[PACTA.about]
            about = read_values(Reading(prop, {}, self.vocabulary), node)
        subjects = self._subjects(about) or owners
        is_read = True
        for key, value in source.entries:
            try:
                if key.value in ("about", "type"):
                    continue
                if key.value == "id":
                    identifier = self._entry_id(value)
                elif key.value in self.vocabulary.blocks and not is_statement:
                    nested.extend(self._block(key, value, (cls,)))
                elif is_statement:
                    field = self._statement_field(key, value, cls, subjects)
                    (marks if field.prop.is_mark else fields).append(field)
                else:
                    prop = self._known(key, value, (cls,))
                    self._refuse_generated(key, prop)
                    self._refuse_elsewhere(key, prop, (cls,))
                    fields.append(self._field(key, value, prop, (cls,)))
            except SeedError as error:
                self.errors.append(error)
                is_read = False
        if not is_read:
            return None
        if is_statement and not fields:
            raise source.at.error("the entry states nothing", "Write a property with its value.")
        return Entry(cls, identifier, about, tuple(marks), tuple(fields), tuple(nested), source.at)

    def _narrowed(self, cls: Class, text: Text) -> Class:
        narrower = self._class(text)
        if not narrower.is_a(cls.iri):
            raise text.at.error(f"{narrower.name} is no {cls.name}")
        return narrower

    def _entry_id(self, node: Node) -> str:
        text = expect_text(node, "a short name for the entry")
        if not is_slug(text.value):
            raise text.at.error(
                f"{text.value!r} cannot be part of an address",
                "Lower case letters and digits, parted by single hyphens.",
            )
        return text.value

    def _statement_field(
        self, key: Text, value: Node, cls: Class, subjects: tuple[Class, ...]
    ) -> Field:
        prop = self._known(key, value, (cls, *subjects))
        self._refuse_generated(key, prop)
        if prop.is_mark:
            return self._field(key, value, prop, (cls,))
        self._refuse_elsewhere(key, prop, subjects)
        if isinstance(value, Text) and (status := self.status_words.get(value.value)):
            return Field(prop, (), key.at, Value(status, value.value, value.at))
        return self._field(key, value, prop, subjects)

    def _known(self, key: Text, value: Node, classes: tuple[Class, ...]) -> Property:
        prop = self.vocabulary.properties.get(key.value)
        if prop is None:
            candidates = (
                other.key
                for other in self.vocabulary.properties.values()
                if not other.is_generated and _carries(other, classes)
            )
            raise self._unknown(key, value, candidates)
        return prop

    def _unknown(self, key: Text, value: Node, candidates: Iterable[str]) -> SeedError:
        """Return the error for a key that is no word of records, with the likely cause."""
        iri = PACTA[key.value]
        if iri in self.vocabulary.retired:
            return key.at.error(f"{key.value!r} is retired", self.vocabulary.advise(iri))
        is_empty = isinstance(value, Text) and not value.value
        known = tuple(candidates)
        hint = _COMMA if is_empty and not is_near(key.value, known) else suggest(key.value, known)
        return key.at.error(f"unknown key {key.value!r}", hint)

    def _subjects(self, about: tuple[Value, ...]) -> tuple[Class, ...]:
        kinds = {value.term.kind for value in about if isinstance(value.term, Ref)}
        return tuple(cls for kind in sorted(kinds) for cls in self.vocabulary.classes_at(kind))

    def _sides(self, node: Node) -> Iterator[Side]:
        side = (self.vocabulary.classes["Side"],)
        includes = self.vocabulary.by_iri[PACTA.includes]
        for item in members(node):
            if isinstance(item, Map):
                fields = []
                for key, value in item.entries:
                    prop = self._known(key, value, side)
                    self._refuse_generated(key, prop)
                    self._refuse_elsewhere(key, prop, side)
                    fields.append(self._field(key, value, prop, side))
                yield Side(tuple(fields), item.at)
            else:
                text = expect_text(item, "an assertion, or a map with label and includes")
                key = Text(includes.key, text.at)
                yield Side((self._field(key, text, includes, side),), text.at)


def _carries(prop: Property, classes: tuple[Class, ...]) -> bool:
    """Whether nodes of these classes may carry the property."""
    if not prop.used_on or not classes:
        return True
    return any(cls.is_a(iri) for cls in classes for iri in prop.used_on)


def _status_words(vocabulary: Vocabulary) -> Mapping[str, URIRef]:
    scheme = vocabulary.by_iri[PACTA.valueStatus].scheme
    concepts = vocabulary.concepts.get(scheme, {}) if scheme is not None else {}
    return {word: concept.iri for word, concept in concepts.items()}
