"""Records: what may stand where, and what each mistake is answered with."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings

from loader.errors import SeedError
from loader.rdf.terms import PACTA
from loader.read.expand import Assertion, expand_entries
from loader.read.model import Record
from loader.read.ontology.vocabulary import Vocabulary
from loader.read.records import parse_records, read_records
from loader.read.withdrawn import parse_withdrawn
from loader.workspace import Workspace
from tests.strategies import NODES, SOUP

FILE = Path("seeds/f.yaml")
HEAD = "id: treaty/a\ntype: Treaty\nkind: peace\nlabel: {en: A, lt: A}\n"

Parse = Callable[[str], Record]


@pytest.fixture
def parse(vocabulary: Vocabulary) -> Parse:
    """Return the only record of a text; raise its errors."""

    def parse_one(text: str) -> Record:
        errors: list[SeedError] = []
        records = list(parse_records({FILE: text.encode()}, vocabulary, errors))
        if problem := SeedError.together(errors):
            raise problem
        return records[0]

    return parse_one


def expand(record: Record, vocabulary: Vocabulary) -> list[Assertion]:
    """Return the assertions of a record."""
    return list(expand_entries(record, vocabulary))


def test_records_read_values_by_property_not_by_look(parse: Parse, vocabulary: Vocabulary) -> None:
    """1920 is a year under a date and a number under a count."""
    record = parse(f"{HEAD}statements: [{{signedOn: 1920, articleCount: 1920, evidence: 900@1-2}}]")
    on, count = expand(record, vocabulary)

    assert on.value is not None
    assert count.value is not None
    assert on.value.term.n3().endswith("XMLSchema#gYear>")  # type: ignore[union-attr]
    assert count.value.term.n3().endswith("XMLSchema#integer>")  # type: ignore[union-attr]


def test_records_make_one_statement_of_each_property_and_value(
    parse: Parse, vocabulary: Vocabulary
) -> None:
    """Entries with several properties, lists as values and lists of things all multiply."""
    record = parse(
        f"{HEAD}statements:\n"
        "  - {hasParty: [party/x, party/y], signedAt: place/z, evidence: 900@1-2}\n"
        "  - {about: [place/p, place/q], within: place/r, evidence: 900@1-2}\n"
    )

    assert [one.address for one in expand(record, vocabulary)] == [
        "statement/a--has-party--x",
        "statement/a--has-party--y",
        "statement/a--signed-at--z",
        "statement/p--within--r",
        "statement/q--within--r",
    ]


def test_records_name_statements_after_their_id(parse: Parse, vocabulary: Vocabulary) -> None:
    """The first property and the first value add nothing; the others add what they are."""
    record = parse(
        f"{HEAD}statements:\n"
        "  - {id: one, signedOn: 1920}\n"
        "  - {id: two, signedOn: 1921, signedAt: place/z}\n"
        "  - {id: three, hasParty: [party/x, party/y], signatory: [person/p, person/q]}\n"
    )

    assert [one.address for one in expand(record, vocabulary)] == [
        "statement/a--one",
        "statement/a--two",
        "statement/a--two--signed-at",
        "statement/a--three",
        "statement/a--three--y",
        "statement/a--three--signatory",
        "statement/a--three--signatory--q",
    ]


MORE = {
    "statements": "registeredOn: [1930, 1931]",
    "statuses": "through: party/y, from: 1920, until: 1921, at: 1920-05, accordingTo: party/z",
    "figures": "stage: agreed, date: 1920, unit: rouble, bound: about",
    "roles": "from: 1920, until: 1921, onBehalfOf: party/z",
    "provisions": "kind: payment, obliges: party/y, benefits: party/z, secret: true",
    "proposals": "proposedBy: party/y, site: place/p, proposes: base, toward: party/z",
    "positions": "toward: party/y, concerns: party/z",
    "links": "target: 'https://example.org/x', confidence: high",
}
"""By block, what may be added to an entry later."""

ENTRIES = [
    ("statements", "id: one, signedOn: 1920"),
    ("statements", "signedOn: 1920"),
    ("statements", "id: one, hasParty: [party/x, party/y]"),
    ("statements", "hasParty: [party/x, party/y]"),
    ("statuses", "id: one, holder: party/x, mode: de-facto"),
    ("figures", "quantity: money, amount: 3"),
    ("figures", "id: one--two, quantity: money, amount: 3"),
    ("roles", "agent: person/x, role: commander"),
    ("provisions", "number: IV, content: {en: x}"),
    ("proposals", "id: one, act: offer"),
    ("positions", "id: one, act: claim, saidBy: party/x, content: {en: x}"),
    ("links", "authority: geonames"),
]


@pytest.mark.parametrize(("block", "entry"), ENTRIES)
def test_records_keep_the_address_of_an_entry_that_grows(
    parse: Parse, vocabulary: Vocabulary, block: str, entry: str
) -> None:
    """Neither more properties, nor more values, nor more entries change an address."""
    owner = "id: party/a\ntype: Party\n" if block == "statuses" else HEAD
    before = [one.address for one in expand(parse(f"{owner}{block}: [{{{entry}}}]"), vocabulary)]
    grown = re.sub(r"\[(party/[^]]*)\]", r"[\1, party/w]", entry)
    grown = grown.replace("signedOn: 1920", "signedOn: [1920, 1921]")
    assert before
    for text in (f"{entry}, {MORE[block]}", f"{grown}, {MORE[block]}"):
        other = re.sub("^id: [^,]*, ", "", entry)
        record = parse(f"{owner}{block}: [{{{text}}}, {{id: other, {other}}}]")
        assert set(before) <= {one.address for one in expand(record, vocabulary)}


@pytest.mark.parametrize("block", ["statuses", "proposals", "positions"])
def test_records_ask_for_an_id_where_nothing_else_stays(
    parse: Parse, vocabulary: Vocabulary, block: str
) -> None:
    """What else these entries say may grow or be corrected."""
    entry = {
        "statuses": "holder: party/x, mode: de-facto",
        "proposals": "proposedBy: party/x, act: offer",
        "positions": "act: claim, saidBy: party/x, content: {en: x}",
    }[block]
    record = parse(f"{HEAD}{block}: [{{{entry}}}]")

    with pytest.raises(SeedError, match="needs an id") as caught:
        expand(record, vocabulary)
    assert "a--{id}" in (caught.value.hint or "")


def test_records_take_a_status_word_for_a_missing_value(
    parse: Parse, vocabulary: Vocabulary
) -> None:
    """`inForceFrom: not-stated` is a statement without a value."""
    record = parse(f"{HEAD}statements: [{{inForceFrom: not-stated, searchedIn: source/900}}]")
    (one,) = expand(record, vocabulary)

    assert one.value is None
    assert str(one.term(PACTA.valueStatus)).endswith("value-status/not-stated")
    assert one.address == "statement/a--in-force-from--not-stated"


def test_records_nest_figures_in_situations(parse: Parse, vocabulary: Vocabulary) -> None:
    """A figure inside a provision is about the provision."""
    record = parse(
        f"{HEAD}provisions:\n"
        "  - {number: IV, kind: payment, figures: [{quantity: money, amount: 3, stage: agreed}]}\n"
    )
    provision, figure = expand(record, vocabulary)

    assert (provision.address, provision.cls.name) == ("provision/a--4", "Article")
    assert (figure.address, figure.about) == ("figure/a--4--money", provision.address)


def test_records_keep_a_rejected_situation_from_its_owner(
    parse: Parse, vocabulary: Vocabulary
) -> None:
    """Deprecated, it is about the thing and nothing more."""
    record = parse(f"{HEAD}figures: [{{id: x, quantity: money, amount: 3, rank: deprecated}}]")
    (one,) = expand(record, vocabulary)

    assert one.is_deprecated
    assert one.term(PACTA.figureOf) is None
    assert one.about == "treaty/a"


def test_records_give_a_role_its_owner_by_the_record(parse: Parse, vocabulary: Vocabulary) -> None:
    """In a person's record the person is the agent; in an event's, the event is the place."""
    person = parse(
        "{id: person/p, type: Person, roles: [{role: foreign-minister, roleIn: party/x}]}"
    )
    event = parse(
        "{id: event/e, type: Event, kind: war, roles: [{role: commander, agent: person/p}]}"
    )
    (of_person,), (of_event,) = expand(person, vocabulary), expand(event, vocabulary)

    assert of_person.term(PACTA.agent) == "person/p"
    assert of_person.term(PACTA.roleIn) == "party/x"
    assert of_event.term(PACTA.roleIn) == "event/e"


def test_records_refuse_an_entry_that_contradicts_its_place(
    parse: Parse, vocabulary: Vocabulary
) -> None:
    """A role in an event's record is in that event."""
    record = parse(
        "id: event/e\ntype: Event\nkind: war\nroles:\n"
        "  - {agent: person/p, role: commander, roleIn: event/other}\n"
    )
    with pytest.raises(SeedError, match="by the record that the entry stands in"):
        expand(record, vocabulary)


def test_records_take_no_time_of_speaking_from_what_is_spoken_of(
    parse: Parse, vocabulary: Vocabulary
) -> None:
    """A position in an event's record is about it; when it was made is written or unknown."""
    head = "id: event/e\ntype: Event\nkind: war\npositions:\n"
    entry = "  - {id: x, act: argument, saidBy: person/p, content: {en: y}"
    (about,) = expand(parse(f"{head}{entry}}}\n"), vocabulary)
    (made,) = expand(parse(f"{head}{entry}, madeDuring: event/talks}}\n"), vocabulary)

    assert (about.about, about.term(PACTA.madeDuring)) == ("event/e", None)
    assert (made.about, made.term(PACTA.madeDuring)) == ("event/e", "event/talks")


FAULTS = [
    ("kind: {en: x}", "found a map of keys and values, expected a word of its list"),
    ("kind: pease", "'pease' is not in the list for kind|Did you mean peace"),
    ("kindd: peace", "unknown key 'kindd'|Did you mean kind"),
    ("signedOn: 1920", "something that a document says|statements: "),
    ("julianDay: 3", "'julianDay' is generated"),
    ("handle: x", "not used on Treaty|used on Source"),
    ("secret: yes", "expected true or false"),
    ("note: ''", "found nothing"),
    ("statements: {signedOn: 1920}", "expected a list of entries"),
    ("statements: [signedOn]", "expected|an entry"),
    ("statements: [{evidence: 900@1-2}]", "states nothing"),
    ("statements: [{signedOn: 1920-02-30}]", "February 1920 has 29 days"),
    ("statements: [{signedOn: 12 July 1920}]", "no EDTF date|Write 1920-07-12"),
    ("statements: [{signedOn: []}]", "an empty list"),
    ("statements: [{signdOn: 1920}]", "unknown key 'signdOn'|Did you mean signedOn"),
    ("statements: [{bornOn: 1920}]", "not used on Treaty|used on Person"),
    ("statements: [{articleCount: seven}]", "expected a whole number"),
    ("statements: [{articleCount: 007}]", "expected a whole number|Write 7"),
    ("statements: [{signedAt: Moscow}]", "no address, expected a thing"),
    ("statements: [{signedAt: town/moscow}]", "no address, expected a thing"),
    ("statements: [{altLabel: Wilno}]", "expected texts by language"),
    ("statements: [{altLabel: {}}]", "an empty map"),
    ("statements: [{altLabel: [Wilno]}]", "expected texts by language"),
    ("statements: [{signedOn: 1920, saidBy: nobody}]", "or unnamed or unstated"),
    ("statements: [{altLabel: {PL: Wilno}}]", "no language tag in lower case"),
    ("statements: [{altLabel: {en: a, b}}]", "no language tag|goes in quotes"),
    ("statements: [{altLabel: {en: [a, {b: c}]}}]", "expected a text in 'en'"),
    ("statements: [{signedOn: 1920, evidence: 900@9-3}]", "ends at 3, before it begins at 9"),
    ("statements: [{signedOn: 1920, evidence: page 3}]", "no reference to a passage|pacta locate"),
    ("statements: [{signedOn: 1920, rank: best}]", "not in the list for rank"),
    ("statements: [{id: Signed.July, signedOn: 1920}]", "cannot be part of an address"),
    ("statements: [{signedOn: 1920, figures: []}]", "unknown key 'figures'"),
    ("figures: [{quantity: money, amount: 3.50}]", "expected a number|Write 3.5"),
    ("figures: [{quantity: money, amount: 1.000.000}]", "expected a number"),
    ("figures: [{holder: party/x}]", "not used on Figure|used on TerritorialStatus"),
    ("provisions: [{type: Figure, kind: payment}]", "Figure is no Provision"),
]


@pytest.mark.parametrize(("line", "said"), FAULTS)
def test_records_answer_each_fault_with_place_cause_and_repair(
    parse: Parse, line: str, said: str
) -> None:
    """What stood there, what was expected, what to do; and where."""
    lines = HEAD.replace("kind: peace\n", "") if line.startswith("kind:") else HEAD
    with pytest.raises(SeedError) as caught:
        parse(f"{lines}{line}\n")

    text = str(caught.value)
    assert caught.value.line == lines.count("\n") + 1
    assert caught.value.column is not None
    for part in said.split("|"):
        assert part in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{type: Treaty}", "a record without id"),
        ("{id: treaty/a}", "a record without type"),
        ("{id: treaty/a, type: Traety}", "unknown class 'Traety'"),
        ("{id: treaty/a, type: Party}", "begins with treaty/, its type expects party"),
        ("{id: Treaty/A, type: Treaty}", "is no address"),
        ("{id: treaty/a--b, type: Treaty}", "which only assertions do"),
        ("{id: treaty/a, type: []}", "expects a class"),
        ("just words", "expected a record"),
        ("{about: place/a, label: {en: x}}", "cannot stand beside about"),
        ("{about: place/a, links: [{authority: wikidata, asWKT: 5 5}]}", "is no shape"),
        ("{about: place/a, links: [{authority: wikidata, target: Q1}]}", "is no address"),
    ],
)
def test_records_need_an_id_that_fits_their_type(parse: Parse, text: str, said: str) -> None:
    """The first lines of a record decide what the rest may be."""
    with pytest.raises(SeedError, match=said):
        parse(text)


def test_records_report_all_faults_of_a_run(tiny_folder: Path, tiny: Workspace) -> None:
    """Faults in two files and in the register come out together."""
    (tiny_folder / "seeds/parties/more.yaml").write_text("- {id: party/x}\n- {id: party/y}\n")
    (tiny_folder / "seeds/parties/last.yaml").write_text("a: [\n")
    (tiny_folder / "seeds/passages/900.yaml").write_text("0-29: abc\n")
    with pytest.raises(SeedError) as caught:
        read_records(tiny)

    assert len(caught.value.also) == 3
    assert str(caught.value).count(str(tiny_folder)) == 4


def test_records_tell_each_file_once_while_they_are_read(tiny: Workspace) -> None:
    """The last step names the number of all files; none is left out."""
    steps: list[str] = []
    read_records(tiny, step=steps.append)

    total = len(steps)
    assert total > 1
    assert [one.partition(":")[0] for one in steps] == [
        f"file {number} of {total}" for number in range(1, total + 1)
    ]
    assert len({one.partition(": ")[2] for one in steps}) == total


def test_records_refuse_a_file_that_would_not_be_read(tiny_folder: Path, tiny: Workspace) -> None:
    """A record under .yml would vanish in silence."""
    (tiny_folder / "seeds/x.yml").write_text("{}")
    with pytest.raises(SeedError, match="is not read"):
        read_records(tiny)


def test_records_read_withdrawn_addresses() -> None:
    """Each with its reason, and a successor where there is one."""
    errors: list[SeedError] = []
    text = (
        b"- {id: statement/a--b, successor: statement/a--c, reason: {en: a slip}}\n"
        b"- {id: event/x}\n"
        b"- {id: event/y, reason: never was}\n"
        b"- {id: event/z, resaon: x}\n"
    )
    entry, bare = parse_withdrawn(text, FILE, errors)

    assert (entry.id, entry.successor, entry.reason) == (
        "statement/a--b",
        "statement/a--c",
        {"en": "a slip"},
    )
    assert (bare.id, bare.successor, bare.reason) == ("event/y", None, {"en": "never was"})
    assert [error.line for error in errors] == [2, 4]
    assert errors[1].hint == "Did you mean reason?"


def test_records_read_merged_addresses() -> None:
    """What was merged names the thing that it was merged into, and no successor besides."""
    errors: list[SeedError] = []
    text = (
        b"- {id: party/a, into: party/b, reason: {en: one party}}\n"
        b"- {id: party/c, into: party/b, successor: party/b, reason: both}\n"
    )
    (merged,) = parse_withdrawn(text, FILE, errors)

    assert (merged.id, merged.successor, merged.merged) == ("party/a", "party/b", True)
    assert [error.line for error in errors] == [2]
    assert "not both" in errors[0].message


@settings(max_examples=80)
@given(SOUP)
def test_records_of_any_text_are_records_or_seed_errors(vocabulary: Vocabulary, text: str) -> None:
    """No other exception leaves the reader, whatever the file holds."""
    _read_and_expand(text.encode("utf-8", "replace"), vocabulary)


@settings(max_examples=80)
@given(NODES)
def test_records_of_any_nodes_are_records_or_seed_errors(
    vocabulary: Vocabulary, node: object
) -> None:
    """The same for well-formed YAML of any shape, inside a record and outside."""
    inner = {"id": "event/e", "type": "Event", "statements": [node], "roles": node, "label": node}
    for document in (node, inner):
        _read_and_expand(yaml.safe_dump(document).encode("utf-8", "replace"), vocabulary)


def _read_and_expand(data: bytes, vocabulary: Vocabulary) -> None:
    errors: list[SeedError] = []
    for record in parse_records({FILE: data}, vocabulary, errors):
        with contextlib.suppress(SeedError):
            list(expand_entries(record, vocabulary))
    assert all(isinstance(error, SeedError) for error in errors)
