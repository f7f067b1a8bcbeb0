"""The register of passages: found, written, read again, verified."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.errors import SeedError, WorkspaceError
from loader.read.sources.locate import (
    Document,
    Located,
    add_passages,
    check_passages,
    find_document,
    locate,
    locate_words,
    verify,
)
from loader.read.sources.passages import (
    Passage,
    Reference,
    format_register,
    parse_reference,
    passage_digest,
    read_register,
)
from loader.workspace import Workspace


def look_up(
    seeds: Path,
    documents: Path,
    handle: str,
    words: str,
    *,
    add: bool = False,
    repeats: Reference | None = None,
) -> tuple[Located, ...]:
    """Return the places of one passage."""
    (found,) = locate_words(seeds, documents, handle, [words], add=add, repeats=repeats)
    return found.places


def test_locate_counts_code_points() -> None:
    """An offset counts characters, whatever their bytes; the end is exclusive."""
    assert locate("š𝔸 Vilnius", "Vilnius") == ((3, 10),)


def test_locate_gives_every_match_in_order() -> None:
    """Overlapping ones too, so that nothing is chosen in silence."""
    assert locate("aaa b aa", "aa") == ((0, 2), (1, 3), (6, 8))


def test_locate_forgives_white_space_only_where_nothing_matches() -> None:
    """A line break in the document is as good as a blank."""
    assert locate("one\n  two; one two", "one two") == ((11, 18),)
    assert locate("one\n  two", "one two") == ((0, 9),)
    assert locate("one two", "  ") == ()


@given(st.text(max_size=30), st.text(min_size=1, max_size=5), st.text(max_size=30))
def test_locate_finds_what_was_put_there(before: str, words: str, after: str) -> None:
    """Words stand where they were put, unless they are blank."""
    start = len(before) + len(words) - len(words.lstrip())
    spans = locate(before + words + after, words)

    assert (not words.strip()) or (start, start + len(words.strip())) in spans


@pytest.mark.parametrize(
    "text", ["003@5-5", "003@9-3", "003@-1-3", "3@01-3", "@1-2", "003@1", "003 1-2", "00.3@1-2"]
)
def test_passages_refuse_what_is_no_span(text: str) -> None:
    """Empty, backward and foreign spans are none."""
    assert parse_reference(text) is None


@given(
    st.lists(
        st.tuples(st.integers(0, 10**6), st.integers(1, 10**4), st.booleans()),
        unique_by=lambda item: (item[0], item[1]),
        max_size=20,
    )
)
def test_passages_survive_writing_and_reading(
    tmp_path_factory: pytest.TempPathFactory, spans: list[tuple[int, int, bool]]
) -> None:
    """What is written is read again, and the order of adding does not matter."""
    folder = tmp_path_factory.mktemp("register")
    original = Passage(Reference("9", 10**7, 10**7 + 1), passage_digest("x"))
    passages = [
        Passage(
            Reference("9", start, start + length),
            passage_digest(f"{start}"),
            original.reference if copied else None,
        )
        for start, length, copied in spans
    ] + [original]
    (folder / "9.yaml").write_text(format_register(passages))

    read = read_register(folder)
    assert {(p.reference, p.sha256, p.repeats) for p in read.values()} == {
        (p.reference, p.sha256, p.repeats) for p in passages
    }
    assert format_register(reversed(passages)) == format_register(passages)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("5-3: " + "a" * 64, "no span"),
        ("1-3: abc", "64 hex digits"),
        ("1-3: {sha256: " + "a" * 64 + ", repeat: 9@1-2}", "unknown key 'repeat'"),
        ("1-3: {repeats: 9@1-2}", "has no sha256"),
        ("1-3: {sha256: " + "a" * 64 + ", repeats: there}", "no reference"),
        ("1-3: {sha256: " + "a" * 64 + ", repeats: 9@1-2}", "not in the register"),
        ("- 1-3", "expected lines such as"),
    ],
)
def test_passages_name_the_broken_line(tmp_path: Path, line: str, said: str) -> None:
    """A slip in the register is answered like one in a record."""
    (tmp_path / "9.yaml").write_text(line + "\n")
    with pytest.raises(SeedError, match=said) as caught:
        read_register(tmp_path)

    assert caught.value.line == 1


def test_passages_refuse_a_copy_of_a_copy(tmp_path: Path) -> None:
    """The first of them is to be named."""
    digest = "a" * 64
    (tmp_path / "9.yaml").write_text(
        f"1-2: {digest}\n3-4: {{sha256: {digest}, repeats: 9@1-2}}\n"
        f"5-6: {{sha256: {digest}, repeats: 9@3-4}}\n"
    )
    with pytest.raises(SeedError, match="itself repeats") as caught:
        read_register(tmp_path)

    assert caught.value.hint is not None
    assert "repeats: 9@1-2" in caught.value.hint


def test_locate_registers_words_that_stand_once(tiny_folder: Path) -> None:
    """The line has offsets and digest; a second time nothing changes."""
    seeds, documents = tiny_folder / "seeds", tiny_folder / "documents"
    (found,) = look_up(seeds, documents, "901", "Borlandic", add=True)
    (again,) = look_up(seeds, documents, "901", "Borlandic", add=True)

    reference = found.passage.reference
    assert not found.registered
    assert again.registered
    assert found.before.endswith("In ")
    assert read_register(seeds / "passages")[reference].sha256 == passage_digest("Borlandic")


def test_locate_registers_nothing_where_there_is_a_choice(tiny_folder: Path) -> None:
    """All places are given, none is written."""
    seeds, documents = tiny_folder / "seeds", tiny_folder / "documents"
    before = (seeds / "passages/900.yaml").read_bytes()

    assert len(look_up(seeds, documents, "900", "Lakeside", add=True)) == 3
    assert (seeds / "passages/900.yaml").read_bytes() == before


def test_locate_keeps_what_a_passage_repeats(tiny_folder: Path) -> None:
    """Writing a span again does not lose what was known about it."""
    folder = tiny_folder / "seeds/passages"
    register = read_register(folder)
    copied = next(passage for passage in register.values() if passage.repeats)
    add_passages(folder, [Passage(copied.reference, copied.sha256)])

    assert read_register(folder) == register


def test_locate_writes_nothing_that_would_break_the_register(tiny_folder: Path) -> None:
    """A copy of a passage that is not registered is refused before anything is written."""
    seeds, documents = tiny_folder / "seeds", tiny_folder / "documents"
    before = (seeds / "passages/901.yaml").read_bytes()
    with pytest.raises(SeedError, match="not in the register"):
        look_up(seeds, documents, "901", "Borlandic", add=True, repeats=Reference("900", 1, 2))

    assert (seeds / "passages/901.yaml").read_bytes() == before


def test_locate_says_that_the_register_cannot_be_written(tiny_folder: Path) -> None:
    """The old register stays whole and in use."""
    seeds, documents = tiny_folder / "seeds", tiny_folder / "documents"
    before = (seeds / "passages/901.yaml").read_bytes()
    (seeds / f"passages/.901.yaml.{os.getpid()}").mkdir()
    with pytest.raises(WorkspaceError, match="cannot be written"):
        look_up(seeds, documents, "901", "Borlandic", add=True)

    assert (seeds / "passages/901.yaml").read_bytes() == before


@pytest.mark.parametrize("name", ["seeds/sources.yaml", "seeds/passages/901.yaml"])
def test_verify_names_the_file_that_cannot_be_read(tiny: Workspace, name: str) -> None:
    """A folder in the place of a file."""
    (tiny.root / name).unlink()
    (tiny.root / name).mkdir()
    with pytest.raises(SeedError, match="cannot be read") as caught:
        verify(tiny, tiny.root / "documents")

    assert caught.value.path == tiny.root / name


def test_verify_misses_the_source_of_a_document(tiny: Workspace) -> None:
    """Passages without a source that names their document are reported."""
    file = tiny.seeds / "sources.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace('"901"', '"905"'), encoding="utf-8")
    (tiny.root / "documents/901_copy.txt").rename(tiny.root / "documents/905_copy.txt")
    (tiny.root / "documents/901.txt").write_bytes(b"short")
    messages = [finding.message for finding in verify(tiny, tiny.root / "documents")]

    assert "document 901 has passages but no source with its handle and sha256" in messages


def test_locate_refuses_a_document_that_is_not_utf8(tiny_folder: Path) -> None:
    """Offsets in it would mean nothing."""
    (tiny_folder / "documents/902.txt").write_bytes(b"ab\xff")
    with pytest.raises(WorkspaceError, match="not UTF-8 at byte 2"):
        find_document(tiny_folder / "documents", "902")


def test_locate_names_the_documents_that_there_are(tiny_folder: Path) -> None:
    """A wrong handle or folder is answered with what there is."""
    documents = tiny_folder / "documents"
    with pytest.raises(WorkspaceError, match="no files named 902") as caught:
        find_document(documents, "902")
    assert "900, 901" in str(caught.value)
    with pytest.raises(WorkspaceError, match="no such folder"):
        find_document(tiny_folder / "nowhere", "900")


def test_verify_finds_nothing_wrong_with_what_is_right(tiny: Workspace) -> None:
    """Every passage of the tiny workspace stands where the register says."""
    assert verify(tiny, tiny.root / "documents") == ()


def test_verify_finds_a_changed_document(tiny: Workspace) -> None:
    """The whole file and each passage after the change differ."""
    file = tiny.root / "documents" / "901_copy.txt"
    file.write_text(file.read_text().replace("of Lakeside", "at Lakeside"))
    messages = [str(finding) for finding in verify(tiny, tiny.root / "documents")]

    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert any(digest in message and "sources.yaml:" in message for message in messages)
    assert any("901@0-21" in message and "901.yaml:1:1" in message for message in messages)


def test_verify_finds_a_wrong_digest_and_a_span_past_the_end() -> None:
    """Both name the command that repairs them."""
    right = Passage(Reference("9", 0, 3), passage_digest("one"))
    wrong = Passage(Reference("9", 4, 7), "0" * 64)
    outside = Passage(Reference("9", 4, 8), passage_digest("two"))
    register = {passage.reference: passage for passage in (right, wrong, outside)}
    found = check_passages(register, {"9": Document("9", "one two", "")})

    assert [finding.message.split(" ")[0] for finding in found] == ["9@4-7", "9@4-8"]
    assert all("pacta locate 9" in (finding.hint or "") for finding in found)
