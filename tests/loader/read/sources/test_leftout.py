"""Reading lists: what of a document was left out and why, parsed and summed up."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.errors import SeedError
from loader.read.ontology.vocabulary import Vocabulary
from loader.read.records import read_records
from loader.read.sources.leftout import REASONS, ReadingList, find_unaccounted, read_reading_lists
from loader.workspace import open_workspace

DIGEST = "0" * 64
SPAN = st.tuples(st.integers(0, 99), st.integers(1, 100)).filter(lambda span: span[0] < span[1])


def write(folder: Path, spans: str, head: str = f"characterCount: 100\nsha256: {DIGEST}\n") -> Path:
    """Write the reading list of document 900 and return its folder."""
    folder.mkdir(exist_ok=True)
    (folder / "900.yaml").write_text(f"{head}leftOut:\n{spans}", encoding="utf-8")
    return folder


def test_a_reading_list_gives_length_digest_and_spans(tmp_path: Path) -> None:
    """What stands in the file is what is read."""
    folder = write(tmp_path / "reading", "  0-10: heading\n  10-12: joining\n")

    assert read_reading_lists(folder) == {
        "900": ReadingList("900", 100, DIGEST, ((0, 10, "heading"), (10, 12, "joining")))
    }


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ("  10-5: heading\n", "is no span"),
        ("  x: heading\n", "is no span"),
        ("  0-10: heading\n  9-12: joining\n", "begins before 10"),
        ("  90-101: heading\n", "ends after 100"),
        ("  0-10: boring\n", "unknown reason 'boring'"),
        ("  0-10: [heading]\n", "expected a reason"),
    ],
)
def test_a_broken_span_is_named_with_its_line(tmp_path: Path, spans: str, message: str) -> None:
    """The file and the line stand in the error, and what was expected."""
    folder = write(tmp_path / "reading", spans)

    with pytest.raises(SeedError, match=message) as caught:
        read_reading_lists(folder)

    assert "900.yaml:" in str(caught.value)


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (f"sha256: {DIGEST}\n", "has no characterCount"),
        (f"characterCount: many\nsha256: {DIGEST}\n", "number of characters"),
        ("characterCount: 100\nsha256: short\n", "64 hex digits"),
        (f"characterCount: 100\nsha256: {DIGEST}\ntitle: x\n", "unknown key 'title'"),
    ],
)
def test_a_broken_head_is_named(tmp_path: Path, head: str, message: str) -> None:
    """Length and digest of the document are needed, and nothing else."""
    with pytest.raises(SeedError, match=message):
        read_reading_lists(write(tmp_path / "reading", "  0-1: heading\n", head))


def test_every_broken_line_is_reported_with_the_records(
    tiny_folder: Path, vocabulary: Vocabulary
) -> None:
    """Reading lists are read with the records, and their faults stop the build."""
    write(tiny_folder / "seeds" / "reading", "  5-4: heading\n  7-9: boring\n")

    with pytest.raises(SeedError) as caught:
        read_records(open_workspace(tiny_folder), vocabulary)

    assert len((caught.value, *caught.value.also)) == 2


def test_a_file_that_nobody_reads_is_an_error(tiny_folder: Path, vocabulary: Vocabulary) -> None:
    """What lies below seeds/ is a record, a register, a reading list or a page about them."""
    (tiny_folder / "seeds" / "README.md").write_text("# seeds", encoding="utf-8")
    (tiny_folder / "seeds" / ".hidden").write_text("x", encoding="utf-8")
    read_records(open_workspace(tiny_folder), vocabulary)
    (tiny_folder / "seeds" / "notes.txt").write_text("x", encoding="utf-8")

    with pytest.raises(SeedError, match="is not read"):
        read_records(open_workspace(tiny_folder), vocabulary)


@given(st.lists(SPAN), st.lists(SPAN))
def test_unaccounted_is_what_neither_names(
    passages: list[tuple[int, int]], left_out: list[tuple[int, int]]
) -> None:
    """Against the slow way: every character looked up alone."""
    reason = next(iter(REASONS))
    spans: list[tuple[int, int, str]] = []
    for start, end in sorted(left_out):
        if not spans or start >= spans[-1][1]:
            spans.append((start, end, reason))
    reading = ReadingList("900", 100, DIGEST, tuple(spans))

    gaps = find_unaccounted(reading, passages)

    covered = {n for start, end in passages for n in range(start, end)}
    covered |= {n for start, end, _ in spans for n in range(start, end)}
    assert {n for start, end in gaps for n in range(start, end)} == set(range(100)) - covered
    assert all(one[1] < other[0] for one, other in itertools.pairwise(gaps))
