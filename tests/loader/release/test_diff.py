"""Differences of releases: by entity, exact, readable."""

from __future__ import annotations

from pathlib import Path

import pytest

from loader.errors import ReleaseError, ReleaseMissingError
from loader.release.diff import Change, diff_releases, find_release, format_changes
from loader.release.opened import Release
from tests.server_release import make_release

BASE = "http://localhost:8000/"
NS = "https://w3id.org/pacta/ns#"
DATE = "http://www.w3.org/2001/XMLSchema#date"


def release(out: Path, *statements: str, base: str = BASE) -> Release:
    """Make a release; ``~`` stands for its base, ``p:`` for the ontology."""
    lines = (
        f"{s} <~graph/facts> .\n".replace("~", base).replace("<p:", f"<{NS}") for s in statements
    )
    return make_release(out, {"dumps/pacta.nq": "".join(sorted(lines)).encode()}, base=base)


def test_diff_gives_added_and_removed_by_entity(tmp_path: Path) -> None:
    """A changed value is one removed and one added; what is equal is not there."""
    same = '<~id/party/a> <p:name> "x" .y"@en'
    old = release(tmp_path, same, f'<~id/treaty/t> <p:signedOn> "1920-06-12"^^<{DATE}>')
    new = release(
        tmp_path,
        same,
        f'<~id/treaty/t> <p:signedOn> "1920-07-12"^^<{DATE}>',
        "<~id/evidence/1-2-3#selector> <p:of> <~id/treaty/t>",
        "<https://example.org/x> <https://example.org/y> <p:Treaty>",
    )

    changes = diff_releases(old, new)

    assert list(format_changes(changes)) == [
        "evidence/1-2-3",
        "  + #selector pacta:of treaty/t  [facts]",
        "https://example.org/x",
        "  + <https://example.org/y> pacta:Treaty  [facts]",
        "treaty/t",
        '  - pacta:signedOn "1920-06-12"^^xsd:date  [facts]',
        '  + pacta:signedOn "1920-07-12"^^xsd:date  [facts]',
    ]
    assert diff_releases(old, old) == ()
    assert [c.added for c in diff_releases(new, old)] == [False, False, False, True]


def test_diff_leaves_texts_as_they_are(tmp_path: Path) -> None:
    """What looks like an address inside a text is not shortened."""
    old = release(tmp_path)
    new = release(tmp_path, '<~id/a/b> <p:note> "see <https://w3id.org/pacta/ns#x> \\" <y>"@en')

    (change,) = diff_releases(old, new)

    said = 'pacta:note "see <https://w3id.org/pacta/ns#x> \\" <y>"@en'
    assert change == Change("a/b", True, said, "facts")


def test_diff_of_another_base_is_no_change(tmp_path: Path) -> None:
    """Addresses are compared relative to each release's base."""
    statement = "<~id/treaty/t> <p:hasParty> <~id/party/a>"
    old = release(tmp_path, statement)
    new = release(tmp_path, statement, base="https://treaties.example.org/x/")

    assert diff_releases(old, new) == ()


def test_release_is_found_by_id_or_folder(tmp_path: Path) -> None:
    """An id is looked for in the folder of releases, a path is a path."""
    made = release(tmp_path)

    assert find_release(made.id, tmp_path) == made
    assert find_release(str(made.path), tmp_path / "elsewhere") == made
    with pytest.raises(ReleaseMissingError):
        find_release("test-00000000", tmp_path)


def test_diff_refuses_what_is_no_release_of_quads(tmp_path: Path) -> None:
    """A release without N-Quads, and one with other lines in them."""
    empty = make_release(tmp_path, {"x": b""})
    odd = make_release(tmp_path, {"dumps/pacta.nq": b"# hello\n"})

    with pytest.raises(ReleaseMissingError):
        diff_releases(empty, empty)
    with pytest.raises(ReleaseError, match="not a canonical"):
        diff_releases(release(tmp_path), odd)
