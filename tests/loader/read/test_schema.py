"""The JSON Schema of record files takes what the loader takes and refuses the usual slips."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from loader.errors import OntologyError
from loader.read.schema import DIALECT, read_schema, render_schema, write_schema
from tests.places import ROOT

FOLDER = ROOT / "ontology"


@cache
def validator() -> jsonschema.Draft202012Validator:
    """A validator of the schema that follows from the ontology as it stands."""
    schema = read_schema(FOLDER)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def as_text(yaml_text: str) -> Any:
    """YAML as the loader reads it: every scalar is text."""
    return yaml.load(yaml_text, Loader=yaml.CBaseLoader)  # noqa: S506  # builds no objects


def problems(document: Any) -> list[str]:
    """What is wrong with a record file, deepest reason first."""
    found = [jsonschema.exceptions.best_match([e]) for e in validator().iter_errors(document)]
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in found]


SOUND = {
    "a treaty with all its blocks": """
id: treaty/accord-1901
type: Treaty
kind: peace
secret: false
supplements: treaty/accord-1900
label: {en: Accord of 1901, lt: 1901 m. susitarimas}
note: made up for this test
statements:
  - {hasParty: [party/north, party/south], evidence: [901@0-10, 901@12-30]}
  - {signedOn: 1901-07-12, rank: preferred, reason: several-sources, evidence: 901@12-30}
  - {id: signed-june, signedOn: 1901-06, rank: deprecated, reason: anachronism, evidence: 902@1-9}
  - {inForceFrom: not-stated, searchedIn: [source/901, source/902]}
  - {altLabel: lost-in-copy, evidence: 901@4-51}
  - {altLabel: {en: [Peace of the Ford, Ford Accord]}, from: 1901, evidence: 901@4-51}
  - {about: [provision/accord-1901--2], termYears: 15, autoExtensionYears: 10, evidence: 901@60-70}
  - {publishedIn: "Series 3, 106–137", articleCount: 2, evidence: 901@80-90}
provisions:
  - {number: I, kind: cession, obliges: party/north, benefits: party/south,
     concerns: [place/ford, territory/ford-land], content: {en: hands over the ford},
     evidence: 901@100-120}
  - id: toll
    type: Article
    number: 2
    kind: payment
    outcome: partly-fulfilled
    evidence: 901@130-140
    figures:
      - {quantity: money, amount: 3000000, unit: rouble, stage: agreed, evidence: 901@141-150}
""",
    "a place that is a territory too": """
- id: place/ford
  type: [Settlement, Territory]
  kind: town
  label: {en: Ford, lt: Brasta}
  within: territory/ford-land
  statuses:
    - {id: north-1901, holder: party/north, mode: de-facto, from: 1901-04,
       until: 1901-07-01/1901-07-14, evidence: 901@1-3, endEvidence: [901@5-9, 902@5-9]}
    - {id: south-in-law, holder: party/south, mode: de-jure, accordingTo: unstated, kind: capital,
       from: ../1901-02, evidence: 901@1-3}
    - {id: at-the-talks, holder: party/north, mode: de-facto, at: 1901-10, rank: deprecated,
       reason: contradicted-by-detailed-source, evidence: 901@1-3}
- {id: territory/ford-land, type: Territory, label: {en: Ford land}, distinctFrom: [place/ford]}
""",
    "talks with everything that is said at talks": """
id: event/talks-1901
type: Event
kind: negotiation
before: event/talks-1902
label: {en: Talks of 1901}
statements:
  - {date: 1901-21/1901-11, derivation: completed, evidence: 901@1-9}
  - {ledTo: event/talks-1902, saidBy: source/901, evidence: 901@1-9}
roles:
  - {agent: person/ford, role: delegation-head, onBehalfOf: party/south, evidence: 901@1-9}
proposals:
  - id: bases
    proposedBy: person/ford
    act: demand
    proposes: base
    site: place/ford
    outcome: reduced
    evidence: 901@1-9
    figures:
      - {quantity: personnel, amount: "50000", bound: at-most, stage: demanded, evidence: 901@1-9}
positions:
  - {id: never, act: refusal, saidBy: person/ford, reportedBy: unnamed, modality: hedged,
     concerns: treaty/accord-1901, content: {en: would rather not}, evidence: 901@1-9}
""",
    "what was planned": """
{id: event/effect, type: PlannedEvent, kind: entry-into-force, ofTreaty: treaty/accord-1901,
 outcome: overtaken, label: {en: Entry into force},
 statements: [{plannedFor: 1901-10-10, evidence: 901@1-9}]}
""",
    "a disagreement": """
id: disagreement/accord-1901-date
type: Disagreement
kind: attributed
about: [treaty/accord-1901, event/talks-1901]
label: {en: When it was signed}
sides:
  - statement/accord-1901--signed-on--1901-07-12
  - {label: {en: the others}, includes: [statement/accord-1901--signed-june]}
prefers: statement/accord-1901--signed-on--1901-07-12
judgement: {en: July.}
outside: {en: A printed series has July.}
""",
    "a source": """
id: source/901
type: Source
handle: "901"
label: {en: A made-up chronicle}
title: {en: Chronicle}
family: family/chronicles
licence: https://creativecommons.org/licenses/by-sa/4.0/
retrievedOn: 2024-05
""",
    "links to the outside": """
id: base/ford-base
type: MilitaryBase
kind: garrison
label: {en: Ford base}
links:
  - {authority: geonames, target: "https://sws.geonames.org/1/", matchRelation: same-as, lat: 54.5,
     long: 25.25, searchResult: ambiguous, seenIn: a file, seenOn: 2024-05}
  - {authority: wikidata, searchResult: none-found, seenOn: 2024-05-01}
""",
    "more about a thing that has its record elsewhere": """
about: treaty/accord-1901
roles:
  - {agent: person/ford, role: mediator, evidence: 901@1-9}
""",
}

TREATY = "{id: treaty/a, type: Treaty, kind: peace, "
FAULTY = {
    "a statement without evidence": (
        "{id: treaty/x, type: Treaty, kind: peace, statements: [{signedOn: 1920}]}",
        "is not valid under any of the given schemas",
    ),
    "a birth of a treaty": (
        "{id: treaty/x, type: Treaty, kind: peace, statements: [{bornOn: 1920, evidence: 1@1-2}]}",
        "bornOn",
    ),
    "a status without id": (
        "{id: place/x, type: Place, statuses: [{holder: party/x, mode: a, evidence: 1@1-2}]}",
        "'id' is a required property",
    ),
    "an unknown key": (
        "{id: treaty/a, type: Treaty, kind: peace, singedOn: 1901}",
        "singedOn",
    ),
    "an unknown class": ("{id: treaty/a, type: Traety}", "Traety"),
    "no id": ("{type: Treaty, kind: peace}", "id"),
    "an address of another kind": ("{id: party/a, type: Treaty, kind: peace}", "party/a"),
    "a name that no address can have": ("{id: treaty/Accord_1, type: Treaty}", "Accord_1"),
    "a kind of another class": ("{id: treaty/a, type: Treaty, kind: mutiny}", "mutiny"),
    "what a document says outside a block": (
        "{id: treaty/a, type: Treaty, kind: peace, signedOn: 1901}",
        "signedOn",
    ),
    "what the loader makes": (
        "{id: treaty/a, type: Treaty, kind: peace, searchKey: a}",
        "searchKey",
    ),
    "a key of another class": ("{id: party/a, type: Party, secret: true}", "secret"),
    "an impossible date": (
        TREATY + "statements: [{signedOn: July, evidence: 901@1-2}]}",
        "July",
    ),
    "evidence that is none": (
        TREATY + "statements: [{signedOn: 1901, evidence: 901:1-2}]}",
        "901:1-2",
    ),
    "a name without a language": (
        TREATY + "statements: [{altLabel: A, evidence: 901@1-2}]}",
        "altLabel",
    ),
    "a word that the list lacks": (
        "{id: place/a, type: Place, statuses: [{holder: party/a, mode: defacto}]}",
        "defacto",
    ),
    "a situation without its core": (
        "{id: place/a, type: Place, statuses: [{holder: party/a, evidence: 901@1-2}]}",
        "mode",
    ),
    "an act from the other list": (
        "{id: event/a, type: Event, kind: war, proposals: [{act: judgement, evidence: 901@1-2}]}",
        "judgement",
    ),
    "a thing of the wrong kind": (
        TREATY + "statements: [{hasParty: place/a, evidence: 901@1-2}]}",
        "place/a",
    ),
    "a number that is none": (
        "{id: base/a, type: MilitaryBase, figures: [{quantity: area, amount: many}]}",
        "many",
    ),
    "an addition that gives itself a name": ("{about: treaty/a, label: {en: A}}", "label"),
    "a disagreement without sides": (
        "{id: disagreement/a, type: Disagreement, kind: tension, about: treaty/a}",
        "sides",
    ),
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_records_pass_read_as_text_and_read_with_types(name: str) -> None:
    """The editor's reading of YAML and the loader's make no difference."""
    assert problems(as_text(SOUND[name])) == []
    assert problems(json.loads(json.dumps(yaml.safe_load(SOUND[name]), default=str))) == []


@pytest.mark.parametrize("name", FAULTY)
def test_faulty_records_are_refused_with_what_stood_there(name: str) -> None:
    """One slip each, and the message speaks of it."""
    text, spoken_of = FAULTY[name]
    found = problems(as_text(text))
    assert found
    assert any(spoken_of in problem for problem in found), found


def test_a_list_of_records_is_a_file_too() -> None:
    """The fault of one record in a list is found at its place in the list."""
    sound = as_text(SOUND["a source"])
    assert problems([sound, sound]) == []
    assert problems([sound, sound | {"handel": "x"}])[0].startswith("1")


def test_a_bare_string_stands_for_english_in_our_own_prose_only() -> None:
    """A note may be a bare string, a label may not."""
    record = as_text("{id: person/a, type: Person, label: {en: A}, note: short}")
    assert problems(record) == []
    assert problems(record | {"label": "A"})


def test_the_committed_schema_is_fresh() -> None:
    """`seeds/schema.json` is what `pacta schema` writes."""
    committed = (ROOT / "seeds" / "schema.json").read_text("utf-8")
    assert committed == render_schema(read_schema(FOLDER)), "run `pacta schema`"


def test_editors_are_told_what_keys_and_words_mean() -> None:
    """Keys, lists and blocks carry definitions; every word of a list has its own."""
    schema = read_schema(FOLDER)
    assert schema["$schema"] == DIALECT
    for name, definition in schema["$defs"].items():
        if name.startswith(("key-", "list-", "block-", "entry-")):
            assert definition["description"], name
        if name.startswith("list-"):
            assert len(definition["enum"]) == len(definition["enumDescriptions"]) > 0
            assert all(definition["enumDescriptions"])


def test_every_reference_within_the_schema_leads_somewhere() -> None:
    """No definition is missing and none is left over."""
    schema = read_schema(FOLDER)
    text = render_schema(schema)
    for name in schema["$defs"]:
        assert f'"#/$defs/{name}"' in text, name
    for reference in {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}:
        assert reference in schema["$defs"]


def test_writing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    """The order of the schema depends on the files alone."""
    write_schema(FOLDER, tmp_path / "one.json")
    write_schema(FOLDER, tmp_path / "two.json")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_a_missing_or_broken_ontology_is_named(tmp_path: Path) -> None:
    """The error names the file, not the parser."""
    with pytest.raises(OntologyError, match=r"core\.ttl: cannot be read"):
        read_schema(tmp_path)
    (tmp_path / "core.ttl").write_text("@prefix", encoding="utf-8")
    with pytest.raises(OntologyError, match=r"core\.ttl:1: not Turtle"):
        read_schema(tmp_path)


def records() -> list[Path]:
    """The record files that are committed."""
    apart = {"withdrawn.yaml"}
    found = sorted((ROOT / "seeds").glob("**/*.yaml"))
    lists = ("passages", "reading")
    return [f for f in found if f.parent.name not in lists and f.name not in apart]


def test_the_records_of_the_collection_pass() -> None:
    """The schema never refuses what the loader takes; held on all real records."""
    bad = {}
    for file in records():
        found = problems(as_text(file.read_text("utf-8")))
        if found:
            bad[str(file.relative_to(ROOT))] = found
    assert bad == {}
