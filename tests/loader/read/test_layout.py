"""`pacta fmt`: one layout, the same facts, all comments, one line of diff for one fact."""

from __future__ import annotations

import contextlib
import difflib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from loader.errors import SeedError
from loader.read.layout import WIDTH, lay_out, values_of
from loader.read.yamltext import read_yaml
from tests.loader.test_cli import run
from tests.strategies import NODES, SOUP

FILE = Path("f.yaml")

WRITTEN = """\
# Talks and treaties.
- {id: treaty/lakeside-peace, type: Treaty, kind: peace, label: {en: Lakeside Peace, lt: Paežerio taika}, statements: [
    {hasParty: [party/ruun, party/tavia], evidence: [900@0-29, 900@31-60]}, # both
    # the day is in two documents
    {id: signed, signedOn: 1901-05-02, evidence: [900@61-80, 900@90-99, 901@4-30]}], provisions: [
    {number: "1", kind: boundary, content: "the lake is a border, and nobody fishes beyond its middle", evidence: 900@100-160}],
  note: 'he said "no"'}
- id: party/ruun


  # its capital is not given
  type: Party
  label: {en: Ruun}
"""  # noqa: E501 one line is too long: that is what is laid out

LAID_OUT = """\
# Talks and treaties.
- id: treaty/lakeside-peace
  type: Treaty
  kind: peace
  label: {en: Lakeside Peace, lt: Paežerio taika}
  statements:
    - {hasParty: [party/ruun, party/tavia], evidence: [900@0-29, 900@31-60]}  # both
    # the day is in two documents
    - id: signed
      signedOn: 1901-05-02
      evidence:
        - 900@61-80
        - 900@90-99
        - 901@4-30
  provisions:
    - number: "1"
      kind: boundary
      content: "the lake is a border, and nobody fishes beyond its middle"
      evidence: 900@100-160
  note: 'he said "no"'

- id: party/ruun

  # its capital is not given
  type: Party
  label: {en: Ruun}
"""


def laid_out(text: str) -> str:
    """Return a text in the one layout."""
    return lay_out(text.encode(), FILE).decode()


def read(text: str) -> Any:
    """Return what the loader reads in a text, without places."""
    node = read_yaml(text.encode(), FILE)
    return None if node is None else values_of(node)


def comments(text: str) -> list[str]:
    """Return the comments of a text whose values have no ``#``, in any order."""
    return sorted(re.findall("#[^#\n]*[^#\n ]", text))


def changed(before: str, after: str) -> list[str]:
    """Return the lines of a diff that were added or taken away."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[0] in "+-" and not line.startswith(("+++", "---"))]


def test_layout_writes_records_in_block_and_entries_in_flow_style() -> None:
    """Heads in block style, short entries on one line, three passages one a line."""
    assert laid_out(WRITTEN) == LAID_OUT


def test_layout_leaves_what_is_laid_out_as_it_is() -> None:
    """A second time changes nothing."""
    assert laid_out(LAID_OUT) == LAID_OUT


def test_layout_folds_a_text_that_is_too_long_for_its_line() -> None:
    """It is read as before, and no line passes the width."""
    text = " ".join(["the lake is a border"] * 20)
    written = f'- {{id: treaty/a, type: Treaty, note: "{text}"}}\n'

    result = laid_out(written)

    assert read(result) == read(written)
    assert "  note: >-\n    the lake" in result
    assert max(map(len, result.splitlines())) <= WIDTH


def test_layout_quotes_a_text_that_flow_style_would_part() -> None:
    """A comma is text in block style and parts members in flow style."""
    written = "- type: A\n  label:\n    en: one, two\n    lt: vienas\n"

    assert laid_out(written) == '- type: A\n  label: {en: "one, two", lt: vienas}\n'


def test_layout_keeps_entries_of_the_withdrawn_list_on_their_lines() -> None:
    """They are no records."""
    written = "# Gone.\n- {id: event/a, reason: {en: a slip}}\n- {id: event/b, into: event/c}\n"

    assert laid_out(written) == written


@pytest.mark.parametrize("text", ["[]\n", "# nothing\n[]\n", "", "# nothing yet\n", "{}\n", "a\n"])
def test_layout_leaves_files_without_records_alone(text: str) -> None:
    """Nothing stands there to be laid out."""
    assert laid_out(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "a: 1 # one\n",
        "# one\n# two\na: 1\n# three\nb: 2\n",
        "a:\n  - {b: 1, # one\n     c: 2} # two\n  # three\nd: 3\n# four\n",
        "- # one\n  a: 1\n  # two\n- b: [ # three\n    x, y # four\n    # five\n  ]\n",
        "a: > # one\n  text\n  more\n# two\n",
        "a: [] # one\nb: [ # two\n  ]\nc: {\n  # three\n  }\n",
        "a:\n# one\n  - b\n    # two\nc: d\n",
        "- {type: A}\n# one\n\n# two\n- {type: B}\n  # three\n",
        "- {type: A}\n # one\n- {type: B}\n",
        "a: 'it #1'\nb: x#y # one\n",
    ],
)
def test_layout_keeps_every_comment(text: str) -> None:
    """Wherever it stands; and the second time nothing moves."""
    result = laid_out(text)

    assert comments(result.replace("it #1", "").replace("x#y", "")) == comments(
        text.replace("it #1", "").replace("x#y", "")
    )
    assert read(result) == read(text)
    assert laid_out(result) == result


STYLES = st.fixed_dictionaries(
    {
        "default_flow_style": st.sampled_from([True, False, None]),
        "default_style": st.sampled_from([None, '"', "'", ">", "|"]),
        "width": st.sampled_from([20, 80, 2000]),
        "allow_unicode": st.booleans(),
    }
)
PASSAGES = st.from_regex(r"[0-9]{3}@[0-9]{1,4}-[0-9]{1,4}", fullmatch=True)
PROSE = st.lists(st.sampled_from(["the", "lake,", "is: a", "#1", "–", "žemė"]), max_size=60).map(
    " ".join
)
RECORDS = st.recursive(
    st.one_of(NODES, PASSAGES, PROSE),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(
            st.sampled_from(["id", "type", "note", "evidence", "sides"]), inner, max_size=5
        ),
    ),
    max_leaves=12,
)


def check_layout(text: str) -> None:
    """Nothing read changes, and the layout is final."""
    result = laid_out(text)
    assert read(result) == read(text)
    assert laid_out(result) == result
    assert result.endswith("\n") or not text.endswith("\n")


@given(RECORDS, STYLES)
def test_layout_never_changes_what_is_read(value: Any, style: Mapping[str, Any]) -> None:
    """Whatever is written, in whatever style of YAML, reads the same, and stays laid out."""
    text = yaml.safe_dump(value, sort_keys=False, **style)
    try:
        read(text)
    except SeedError:  # a tag, a character or a depth that records refuse
        return
    check_layout(text)


@given(SOUP)
def test_layout_of_anything_reads_the_same_or_is_refused(text: str) -> None:
    """What is no YAML gets an error with its place, never another text."""
    with contextlib.suppress(SeedError):
        check_layout(text)


@given(RECORDS, STYLES, st.data())
def test_layout_keeps_comments_put_anywhere(
    value: Any, style: Mapping[str, Any], data: st.DataObject
) -> None:
    """At the ends of lines and between lines, with blank lines among them."""
    lines = yaml.safe_dump(value, sort_keys=False, **style).splitlines()
    for number in range(len(lines)):
        indent = data.draw(st.sampled_from(["", " ", "  ", "    "]))
        put = data.draw(st.sampled_from(["", "", "beside", "above", "blank"]))
        if put == "beside":
            lines[number] += f" #c{number}c"
        elif put == "above":
            lines[number] = f"{indent}#c{number}c\n{lines[number]}"
        elif put == "blank":
            lines[number] = f"\n{lines[number]}"
    text = "\n".join(lines) + "\n"
    try:
        kept = str(read(text))
    except SeedError:
        return
    check_layout(text)
    marks = set(re.findall("#c[0-9]+c", text))
    result = laid_out(text)
    assert {mark for mark in marks if mark in result} == marks
    assert not {mark for mark in marks if mark not in kept and result.count(mark) != 1}


EDITS: Mapping[str, tuple[Callable[[str], str], int]] = {
    "an entry appended": (
        lambda text: text.replace('content: "the lake', 'content: "the lake', 1).replace(
            "  note: 'he", '    - {number: "2", evidence: 900@170-180}\n  note: \'he'
        ),
        1,
    ),
    "an entry taken away": (
        lambda text: re.sub(r"    - \{hasParty: .*\n", "", text),
        1,
    ),
    "a passage added to three": (
        lambda text: text.replace("901@4-30\n", "901@4-30\n        - 901@40-50\n"),
        1,
    ),
    "an offset corrected": (lambda text: text.replace("900@90-99", "900@90-98"), 2),
    "an entry put in as it came": (
        lambda text: text.replace(
            "  note: 'he",
            "    - {number: '3',\n  content: the lake,\n evidence: 900@1-9}\n  note: 'he",
        ),
        1,
    ),
    "a date beside another": (
        lambda text: text.replace("evidence: [900@0-29", "registeredOn: 1902, evidence: [900@0-29"),
        2,
    ),
    "a party in a list": (lambda text: text.replace("party/tavia]", "party/tavia, party/c]"), 2),
    "a rank and its reason": (
        lambda text: text.replace("1901-05-02\n", "1901-05-02\n      rank: preferred\n"),
        1,
    ),
    "a block with its first entry": (
        lambda text: text.replace("  note: 'he", "  figures: [{id: a, amount: 3}]\n  note: 'he"),
        2,
    ),
    "a label": (lambda text: text.replace("{en: Ruun}", "{en: Ruun, lt: Ruunas}"), 2),
}


@pytest.mark.parametrize("edit", EDITS)
def test_layout_of_an_edited_record_differs_in_one_place(edit: str) -> None:
    """A line added or taken away, or one replaced; laid out again, nothing else moves."""
    change, lines = EDITS[edit]

    assert len(changed(LAID_OUT, laid_out(change(LAID_OUT)))) == lines


def test_fmt_lays_out_a_folder_and_check_names_what_is_not_laid_out(tmp_path: Path) -> None:
    """Exit 1 and the name, then the file laid out and exit 0; a broken file stays as it is."""
    wrong, right = tmp_path / "wrong.yaml", tmp_path / "right.yaml"
    wrong.write_text(WRITTEN, encoding="utf-8")
    right.write_text(LAID_OUT, encoding="utf-8")

    assert run("fmt", "--check", tmp_path)[:2] == (1, f"{wrong}: is not laid out\n")
    assert wrong.read_text(encoding="utf-8") == WRITTEN
    assert run("fmt", tmp_path) == (0, f"{wrong}: laid out\n", "")
    assert wrong.read_text(encoding="utf-8") == LAID_OUT
    assert run("fmt", "--check", tmp_path) == (0, "", "")

    broken = tmp_path / "broken.yaml"
    broken.write_text("- {id: party/ruun\n", encoding="utf-8")
    code, _, errors = run("fmt", tmp_path, tmp_path / "none.yaml")
    assert code == 2
    assert f"{broken}:" in errors
    assert "none.yaml: cannot be read" in errors
    assert broken.read_text(encoding="utf-8") == "- {id: party/ruun\n"
