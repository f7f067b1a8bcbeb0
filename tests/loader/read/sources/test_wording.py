"""Words are found whatever their form; what is not there has near misses; many in one call."""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from loader.read.sources.passages import FOLDER, parse_reference, read_register
from loader.read.sources.wording import find_forgiving, find_near, fold_form
from tests.places import ROOT

TEXT = (
    "The ﬁrst “peace” was signed in the sov\u00adereign\ncity; Želigowski’s troops and the "
    "Soviet-\nLithuanian border — as of 1920–1926 — stayed un-\nchanged."
)
LETTERS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn")), max_size=30
)


@pytest.mark.parametrize(
    ("words", "stands"),
    [
        ("first \"peace\"", "ﬁrst “peace”"),
        ("FIRST ‘peace’".replace("‘", "„").replace("’", "“"), "ﬁrst “peace”"),
        ("sovereign city", "sov\u00adereign\ncity"),
        (unicodedata.normalize("NFD", "želigowski's"), "Želigowski’s"),
        ("Soviet–Lithuanian border", "Soviet-\nLithuanian border"),
        ("stayed unchanged", "stayed un-\nchanged"),
        ("border - as of 1920-1926", "border — as of 1920–1926"),
        ("troops  and\nthe", "troops and the"),
    ],
)  # fmt: skip
def test_form_does_not_count(words: str, stands: str) -> None:
    """Quotes, dashes, capitals, ligatures, composed letters, soft hyphens, broken lines."""
    start = TEXT.index(stands)

    assert ((start, start + len(stands)),) == find_forgiving(fold_form(TEXT), words)


@given(before=LETTERS, words=LETTERS, after=LETTERS, form=st.sampled_from(["NFC", "NFD", "NFKC"]))
def test_what_was_put_there_is_found_in_every_normal_form(
    before: str, words: str, after: str, form: str
) -> None:
    """The span that is found holds the words, in any normal form and in capitals."""
    text = f"{before} {words} {after}"
    wanted = fold_form(words).text
    assume(wanted)
    assume(not unicodedata.combining(words[0]))

    for asked in (words, unicodedata.normalize(form, words)):  # type: ignore[arg-type]
        spans = find_forgiving(fold_form(text), asked)
        assert any(wanted == fold_form(text[start:end]).text for start, end in spans)


@given(LETTERS)
def test_folding_keeps_the_order_of_the_text(text: str) -> None:
    """Each folded character has a span; spans go forward and lie in the text; twice is once."""
    folded = fold_form(text)

    assert len(folded.text) == len(folded.spans)
    assert sorted(folded.spans) == list(folded.spans)
    assert all(0 <= start < end <= len(text) for start, end in folded.spans)
    assert folded.text == fold_form(folded.text).text


def test_near_misses_say_where_and_what_differs() -> None:
    """The best first; whole words; both sides of each difference."""
    words = "the peace was singed in a sovereign city"
    (near, *_) = find_near(fold_form(TEXT), words)

    assert "“peace” was signed in the sov\u00adereign\ncity;" == TEXT[near.start : near.end]
    assert ("singed", "signed") in near.differences
    assert ("a", "the") in near.differences
    assert 80 < near.alike < 100
    assert () == find_near(fold_form(TEXT), "nothing at all like this stands anywhere in it")
    assert () == find_near(fold_form(""), "words")


def test_the_same_near_miss_is_given_once() -> None:
    """Places do not overlap."""
    text = "signed on 12 July. Then signed on 13 July. At last signed on 14 July."
    found = find_near(fold_form(text), "signed on 15 July.")

    spans = sorted((each.start, each.end) for each in found)
    assert 3 == len(spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


def run(*words: str | Path) -> tuple[int, str, str]:
    """Run `pacta`: exit code, standard output, standard error."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PACTA_")}
    done = subprocess.run(
        [sys.executable, ROOT / "pacta.py", *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def make_document(folder: Path, text: str) -> list[str | Path]:
    """Write document 903 into a workspace; the options that lead there."""
    (folder / "documents" / "903_made.txt").write_bytes(text.encode())
    return ["--workspace", folder, "--documents", folder / "documents"]


def test_many_passages_are_looked_up_in_one_call(tiny_folder: Path) -> None:
    """Words on the command line and a file of passages; records to paste, added together."""
    both = make_document(tiny_folder, TEXT)
    file = tiny_folder / "copied.txt"
    file.write_text("the Soviet–Lithuanian\nborder\n\n  \nstayed unchanged\n", "utf-8")

    code, printed, errors = run("locate", "903", "signed in", "--passages", file, "--add", *both)

    assert 0 == code, errors
    lines = printed.splitlines()
    assert [
        "# signed in",
        "# the Soviet–Lithuanian bo…",
        "# stayed unchanged",
    ] == ["#" + line.partition("  #")[2] for line in lines]
    references = [line.split()[2].rstrip("}") for line in lines]
    register = read_register(tiny_folder / "seeds" / FOLDER)
    assert all(parse_reference(reference) in register for reference in references)
    assert "in another form there" in errors


def test_nothing_is_added_unless_every_passage_has_one_place(tiny_folder: Path) -> None:
    """Lost and ambiguous passages are told together, with near misses and with their places."""
    both = make_document(tiny_folder, TEXT)
    words = ("signed in", "was singed in the sovereign", "the")

    code, printed, errors = run("locate", "903", *words, "--add", *both)

    assert 2 == code
    assert "- {evidence: 903@" in printed
    assert "has 'signed' for 'singed'" in errors
    assert "'the': the words stand in " in errors
    assert not [r for r in read_register(tiny_folder / "seeds" / FOLDER) if r.document == "903"]
    assert "no words are given" in run("locate", "903", *both)[2]
    assert "cannot be read" in run("locate", "903", "--passages", "none.txt", *both)[2]
