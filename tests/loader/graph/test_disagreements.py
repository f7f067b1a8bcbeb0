"""Disagreements that nobody recorded are found, and answered with a record to paste."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from loader.errors import SeedError
from tests.tinybuild import Build, edit_record

SIDES = """\
  sides:
    - {label: {en: May}, includes: [statement/lakeside-peace--signed-third, \
statement/lakeside-peace--signed-on--1921-05]}
    - statement/lakeside-peace--signed-june
"""


def complaint(build: Build) -> SeedError:
    """Return the error that the build ends with."""
    with pytest.raises(SeedError) as caught:
        build()
    return caught.value


def stub(error: SeedError) -> dict[str, object]:
    """Return the record that the error offers."""
    assert error.hint is not None
    (record,) = yaml.safe_load(error.hint.partition("\n")[2])
    assert isinstance(record, dict)
    return record


def test_disagreements_find_values_that_exclude_each_other(tiny_folder: Path, build: Build) -> None:
    """Without its record, the signature date is a complaint that lists all sides."""
    path = tiny_folder / "seeds/disagreements/lakeside.yaml"
    text = path.read_text(encoding="utf-8")
    second = text.index("- id: disagreement/lakeside-garrison")
    path.write_text(text[second:], encoding="utf-8")
    error = complaint(build)
    record = stub(error)

    assert "1921-05-03, 1921-05, 1921-06-09" in error.message
    assert record["id"] == "disagreement/lakeside-peace-signed-on"
    assert record["about"] == "treaty/lakeside-peace"
    assert record["prefers"] == "statement/lakeside-peace--signed-third"
    assert record["sides"] == [
        {"includes": ["statement/lakeside-peace--signed-third"]},
        {"includes": ["statement/lakeside-peace--signed-on--1921-05"]},
        {"includes": ["statement/lakeside-peace--signed-june"]},
    ]


def test_disagreements_offer_a_record_that_asks_for_the_judgement(
    tiny_folder: Path, build: Build
) -> None:
    """Pasted as it is, it is refused for its empty label; filled in, the build goes through."""
    path = tiny_folder / "seeds/disagreements/lakeside.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[text.index("- id: disagreement/lakeside-garrison") :], encoding="utf-8")
    error = complaint(build)
    assert error.hint is not None
    pasted = error.hint.partition("\n")[2]
    more = tiny_folder / "seeds/disagreements/more.yaml"
    more.write_text(pasted, encoding="utf-8")
    assert "found nothing" in str(complaint(build))

    more.write_text(pasted.replace('""', "x"), encoding="utf-8")
    assert build().triples["facts"]


def test_disagreements_need_the_two_on_different_sides(tiny_folder: Path, build: Build) -> None:
    """Naming both on one side covers nothing."""
    one_side = (
        "  sides:\n    - {label: {en: all}, includes: [statement/lakeside-peace--signed-third, "
        "statement/lakeside-peace--signed-june]}\n"
    )
    edit_record(tiny_folder, "disagreements/lakeside.yaml", SIDES, one_side)

    assert "exclude each other" in complaint(build).message


def test_disagreements_leave_mere_precision_alone(tiny_folder: Path, build: Build) -> None:
    """May holds 3 May; only June is against both."""
    edit_record(
        tiny_folder,
        "disagreements/lakeside.yaml",
        "lakeside-peace--signed-june",
        "lakeside-peace--gone",
    )
    edit_record(
        tiny_folder,
        "treaties/lakeside-peace.yaml",
        "id: signed-june, signedOn: 1921-06-09, rank: deprecated, reason: slip-in-background-",
        "id: gone, signedOn: 1921, derivation: completed, asPrinted: a-",
    )

    assert build().triples["facts"]


def test_disagreements_find_two_holders_in_fact(tiny_folder: Path, build: Build) -> None:
    """A day of change may belong to both, a month may not."""
    edit_record(tiny_folder, "places/places.yaml", "until: 1921-05-03", "until: 1921-06-03")
    error = complaint(build)

    assert "two holders of place/lakeside in fact from 1921-05-03 to 1921-06-03" in error.message
    assert stub(error)["about"] == "place/lakeside"


def test_disagreements_allow_a_holder_through_another(tiny_folder: Path, build: Build) -> None:
    """Who holds by means of somebody is not on the spot."""
    edit_record(tiny_folder, "places/places.yaml", "until: 1921-05-03", "until: 1921-06-03")
    edit_record(
        tiny_folder,
        "places/places.yaml",
        "holder: party/borland, mode: de-facto, from: 1921-05-03",
        "holder: party/borland, through: party/arland, mode: de-facto, from: 1921-05-03",
    )

    assert build().triples["facts"]


def test_disagreements_find_parts_that_miss_their_total(tiny_folder: Path, build: Build) -> None:
    """Without its record, 500 and 200 against 750 is a complaint."""
    path = tiny_folder / "seeds/disagreements/lakeside.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("- id: disagreement/lakeside-garrison")], encoding="utf-8")
    error = complaint(build)

    assert "come to 700, the total stated is 750" in error.message
    assert stub(error)["kind"] == "tension"


def test_disagreements_leave_inexact_figures_alone(tiny_folder: Path, build: Build) -> None:
    """About 750 and 700 do not exclude each other."""
    path = tiny_folder / "seeds/disagreements/lakeside.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text[: text.index("- id: disagreement/lakeside-garrison")], encoding="utf-8")
    edit_record(tiny_folder, "bases/lakeside-base.yaml", "amount: 750", "amount: 750, bound: about")

    assert build().triples["facts"]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("parties/parties.yaml", "existedUntil: 1930", "existedUntil: 1920"),
        ("parties/parties.yaml", "existedUntil: 1930", "existedFrom: 1922, existedUntil: 1930"),
    ],
)
def test_disagreements_find_actors_outside_their_lifetime(
    tiny_folder: Path, build: Build, file: str, old: str, new: str
) -> None:
    """A party that had ended, or was not yet there, signs nothing."""
    edit_record(tiny_folder, file, old, new)
    text = str(complaint(build))

    assert "statement/lakeside-peace--has-party--borland is about 1921-05-03" in text
    assert "party/borland was there" in text


def test_disagreements_ignore_what_nobody_claims(tiny_folder: Path, build: Build) -> None:
    """A counterfactual or negated date excludes nothing."""
    edit_record(
        tiny_folder,
        "treaties/lakeside-peace.yaml",
        "  provisions:",
        "    - {id: if-only, signedOn: 1925, modality: counterfactual, saidBy: unnamed, "
        "evidence: 900@0-29}\n"
        "    - {id: never, signedOn: 1926, negated: true, evidence: 900@0-29}\n  provisions:",
    )

    assert build().triples["facts"]
