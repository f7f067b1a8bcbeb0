"""What a curator is told: one error for one fault, at its place, before any rule runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
import yaml

from loader.errors import SeedError
from loader.graph.build import build_graph
from loader.read.ontology.vocabulary import Vocabulary
from loader.read.records import read_records
from loader.workspace import Workspace
from tests.places import ROOT
from tests.tinybuild import BASE

FAULTS = yaml.safe_load((ROOT / "tests" / "data" / "faults.yaml").read_text(encoding="utf-8"))

Told: TypeAlias = Callable[[], list[SeedError]]


@pytest.fixture
def told(tiny: Workspace, vocabulary: Vocabulary) -> Told:
    """A function that reads the tiny workspace and returns all errors, in their order."""

    def read() -> list[SeedError]:
        with pytest.raises(SeedError) as caught:
            build_graph(read_records(tiny, vocabulary, keep_faults=True), vocabulary, BASE)
        others = [other for other in caught.value.also if isinstance(other, SeedError)]
        return [caught.value, *others]

    return read


def plant(tiny: Workspace, file: str, old: str, new: str) -> str:
    """Replace a text in a file of the seeds, once, and return the file's new text."""
    path = tiny.seeds / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} does not stand in {file}"
    text = text.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    return text


def place(text: str, mark: str) -> tuple[int, int]:
    """Return line and column of the ``^`` in a mark, whose other characters stand in the text."""
    index = text.index(mark.replace("^", "", 1)) + mark.index("^")
    before = text[:index]
    return before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1


def test_there_are_sixty_faults_and_more() -> None:
    """Each has a name of its own."""
    assert len({fault["name"] for fault in FAULTS}) == len(FAULTS) >= 60


@pytest.mark.parametrize("fault", FAULTS, ids=[fault["name"] for fault in FAULTS])
def test_a_fault_is_told_once_with_place_cause_and_repair(
    tiny: Workspace, told: Told, fault: dict[str, str]
) -> None:
    """No second error follows from the first."""
    text = plant(tiny, fault["file"], fault["old"], fault["new"])
    file, mark = fault["file"], fault["at"]
    if ": " in mark and mark.partition(": ")[0].endswith(".yaml"):
        file, _, mark = mark.partition(": ")
        text = (tiny.seeds / file).read_text(encoding="utf-8")

    (error,) = told()

    assert error.path == tiny.seeds / file
    assert (error.line, error.column) == place(text, mark)
    assert error.message == fault["says"]
    assert fault["hint"] in (error.hint or "")


def test_a_second_date_is_told_with_the_record_to_paste(tiny: Workspace, told: Told) -> None:
    """Though its event is named in another file, and is not generated from two dates."""
    plant(
        tiny,
        "events/events.yaml",
        "{date: 1921-04, evidence",
        "{date: 1921-04, before: event/lakeside-peace--registration, evidence",
    )
    text = plant(
        tiny,
        "treaties/lakeside-peace.yaml",
        "    - {registeredOn: 1922,",
        "    - {registeredOn: 1923, evidence: 900@0-29}\n    - {registeredOn: 1922,",
    )

    (error,) = told()

    assert (error.line, error.column) == place(text, "- ^{registeredOn: 1922")
    assert "registeredOn of treaty/lakeside-peace has values that exclude each other" in str(error)
    (record,) = yaml.safe_load((error.hint or "").partition("\n")[2])
    assert record["id"] == "disagreement/lakeside-peace-registered-on"
    assert [side["includes"] for side in record["sides"]] == [
        ["statement/lakeside-peace--registered-on--1923"],
        ["statement/lakeside-peace--registered-on--1922"],
    ]


def test_an_event_of_an_undecided_date_is_told_as_such(tiny: Workspace, told: Told) -> None:
    """The disagreement is recorded and none preferred: the event is not there, and why."""
    text = plant(
        tiny,
        "events/events.yaml",
        "{date: 1921-04, evidence",
        "{date: 1921-04, before: event/lakeside-peace--signature, evidence",
    )
    rank = ", rank: preferred, reason: specialised-source"
    plant(tiny, "treaties/lakeside-peace.yaml", rank, "")
    rank = ", rank: deprecated, reason: slip-in-background-sentence"
    plant(tiny, "treaties/lakeside-peace.yaml", rank, "")

    (error,) = told()

    assert (error.line, error.column) == place(text, "before: ^event/lakeside-peace--signature")
    assert "since signedOn of treaty/lakeside-peace is not decided" in error.message


def test_all_faults_of_all_files_are_told_at_once_in_their_order(
    tiny: Workspace, told: Told
) -> None:
    """One of a scalar, one of an entry, one among records, and none that follows from them."""
    treaty = "treaties/lakeside-peace.yaml"
    plant(tiny, treaty, "{articleCount: 7, evidence: 900@72-86}", "{articleCount: 7}")
    plant(tiny, treaty, "1921-06-09", "9 June")  # two sides of a disagreement name its entry
    plant(tiny, "parties/parties.yaml", "kind: state", "kind: stat")
    plant(tiny, "places/places.yaml", "holder: party/arland", "holder: place/midport")

    errors = told()

    assert [f"{error.path.name}: {error.message}" for error in errors if error.path] == [
        "parties.yaml: 'stat' is not in the list for kind",
        "places.yaml: place/midport is a Settlement, expected an Agent for holder",
        "lakeside-peace.yaml: '9 June' is no date: this is no EDTF date",
        "lakeside-peace.yaml: the entry has no evidence",
    ]


def test_all_faults_of_an_entry_are_told_at_once(tiny: Workspace, told: Told) -> None:
    """A key that is not known, a word of no list and no number; and not what they leave missing."""
    text = plant(
        tiny,
        "bases/lakeside-base.yaml",
        "{id: total, quantity: personnel, amount: 750, stage: actual, evidence: 900@230-247}",
        "{id: total, quantity: persons, amount: many, stages: actual}",
    )

    errors = told()

    assert [(error.line, error.column) for error in errors] == [
        place(text, "quantity: ^persons"),
        place(text, "amount: ^many"),
        place(text, "many, ^stages"),
    ]


def test_a_file_that_is_no_yaml_brings_no_other_error(tiny: Workspace, told: Told) -> None:
    """All that names its records waits until they can be read."""
    plant(tiny, "parties/parties.yaml", "kind: state", "kind: [state")

    (error,) = told()

    assert error.path == Path(tiny.seeds / "parties/parties.yaml")
    assert "is not closed" in error.message
