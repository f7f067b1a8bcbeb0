"""What the search index holds of each thing and assertion: what their pages say."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from server.catalogues import read_languages
from server.pages.cards import Desk
from server.pages.thing.belonging import find_disputes, list_disagreements
from server.pages.whole.finding import FOUND, Entry, list_entries, list_months
from server.rdf.addresses import Addresses
from server.rdf.model import PACTA
from server.release.current import ReleaseHolder
from server.release.opened import OpenedRelease
from tests.tinybuild import build_tiny

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def opened() -> OpenedRelease:
    """The tiny release."""
    return ReleaseHolder(build_tiny()[1].path.parent.parent).open()


@pytest.fixture(scope="module")
def entries(opened: OpenedRelease) -> list[Entry]:
    """All entries, read without graphs as `SearchIndex` has them."""
    desk = Desk(opened.union, opened.names, Addresses(opened.base))
    return list(list_entries(opened.names.things(), desk, list_months(read_languages())))


def test_each_entry_is_the_same_with_and_without_graphs(
    opened: OpenedRelease, entries: list[Entry]
) -> None:
    """A statement in two graphs is one; nothing else depends on how the release is read."""
    desk = Desk(opened.reader, opened.names, Addresses(opened.base))
    read = list_entries(opened.names.things(), desk, list_months(read_languages()))

    assert list(map(asdict, read)) == list(map(asdict, entries))
    assert len(entries) > 50


@pytest.mark.parametrize("where", ["union", "reader"])
def test_a_property_of_all_things_is_what_each_thing_says_of_it(
    opened: OpenedRelease, where: str
) -> None:
    """Values read for all things at once: the same ones in the same order."""
    reader = getattr(opened, where)
    things = list(opened.names.things())
    apart, ahead = (Desk(reader, opened.names, Addresses(opened.base)) for _ in range(2))
    said = {p[len(PACTA) :] for t in things for p in apart.properties(t) if p.startswith(PACTA)}
    ahead.read_ahead(*said)

    for thing in things:
        for name in said:
            assert list(ahead.values(thing, name)) == apart.values(thing, name), (thing, name)
    assert {"earliest", "latest", "hasParty", "kind"} < said


def test_what_the_whole_release_says_is_worked_out_once(opened: OpenedRelease) -> None:
    """The desks of two pages share it."""
    asked: list[Desk] = []

    def find(desk: Desk) -> int:
        asked.append(desk)
        return len(desk.instances("Treaty"))

    desks = [
        Desk(opened.union, opened.names, Addresses(opened.base), found=opened.found)
        for _ in range(2)
    ]

    assert [desk.once(find) for desk in desks] == [len(desks[0].instances("Treaty"))] * 2
    assert asked == desks[:1]


def test_each_entry_has_the_disagreements_and_documents_of_its_page(
    opened: OpenedRelease, entries: list[Entry]
) -> None:
    """Counted from the disagreements on, as pages find them from the thing on."""
    desk = Desk(opened.reader, opened.names, Addresses(opened.base))
    for entry in entries:
        if entry.kind in FOUND:
            assert (entry.iri, entry.disputed) == (
                entry.iri,
                len(list_disagreements([entry.iri], desk)),
            )
        else:
            handles = {item.handle for item in desk.card(entry.iri, depth=0).evidence}
            assert (entry.iri, entry.disputed, entry.sources.split()) == (
                entry.iri,
                len(find_disputes(entry.iri, desk)),
                sorted(handles),
            )

    assert sum(entry.disputed > 0 for entry in entries) > 4


def test_entries_tell_how_many_are_made(opened: OpenedRelease) -> None:
    """First none of all, last all of them."""
    told: list[tuple[int, int]] = []
    desk = Desk(opened.reader, opened.names, Addresses(opened.base))
    made = list_entries(opened.names.things(), desk, {}, lambda *count: told.append(count))
    number = sum(1 for _ in made)

    assert (told[0], told[-1]) == ((0, number), (number, number))
