"""The life of a treaty, phase by phase."""

import pytest

from server.pages.cards import Desk
from server.pages.thing.phases import (
    BEFORE,
    END,
    FOLLOWED,
    PHASES,
    SIGNATURE,
    TALKS,
    UNDATED,
    choose_phase,
    group_by_phase,
    pick_of_phases,
)
from server.rdf.addresses import Addresses
from server.rdf.memory import IndexedQuads
from server.rdf.model import PACTA, VOCAB, XSD, Iri, Literal, Quad, Term
from server.rdf.names import build_names

BASE = "https://example.org/"
TREATY, OTHER = BASE + "id/treaty/peace", BASE + "id/treaty/annex"


def say(thing: str, name: str, value: Term) -> Quad:
    """One statement in a property of the Pacta namespace."""
    return Quad(Iri(thing), Iri(PACTA + name), value)


def date(thing: str, first: str, last: str) -> list[Quad]:
    """The bounds of a thing's day; empty: not stated."""
    bounds = (("earliest", first), ("latest", last))
    return [say(thing, name, Literal(day, "", XSD + "date")) for name, day in bounds if day]


def tell(name: str, kind: str, first: str = "", last: str = "", **links: str) -> list[Quad]:
    """An event: its kind, bounds, and what it is related to."""
    event = f"{BASE}id/event/{name}"
    return [
        say(event, "kind", Iri(f"{VOCAB}event-kind/{kind}")),
        *date(event, first, last or first),
        *(say(event, link, Iri(target)) for link, target in links.items()),
    ]


EVENTS: dict[str, tuple[str, list[Quad]]] = {
    "war": (BEFORE, [*tell("war", "war"), say(TREATY, "ended", Iri(BASE + "id/event/war"))]),
    "note": (BEFORE, tell("note", "note-delivery", "1920-04-01", affects=TREATY)),
    "talks": (TALKS, tell("talks", "negotiation", "1920-05-07", "1920-07-12", ofTreaty=TREATY)),
    "round": (TALKS, tell("round", "negotiation-round", partOf=BASE + "id/event/talks")),
    "signed": (SIGNATURE, tell("signed", "signature", "1920-07-12", ofTreaty=TREATY)),
    "annexed": (SIGNATURE, tell("annexed", "signature", "1920-07-12", ofTreaty=OTHER)),
    "ratified": (SIGNATURE, tell("ratified", "ratification", ofTreaty=TREATY)),
    "later": (FOLLOWED, tell("later", "signature", "1921-01-01", ofTreaty=OTHER)),
    "again": (FOLLOWED, tell("again", "negotiation", "1921-01-01", ofTreaty=TREATY)),
    "handed": (FOLLOWED, tell("handed", "handover", "1920-08-26", affects=TREATY)),
    "broken": (END, tell("broken", "breach", "1940-06-15", ofTreaty=TREATY)),
    "denounced": (END, tell("denounced", "denunciation", ofTreaty=TREATY)),
    "protest": (UNDATED, tell("protest", "protest", affects=TREATY)),
    "elsewhere": (FOLLOWED, tell("elsewhere", "breach", "1923-01-01", ofTreaty=OTHER)),
}
"""Name → its phase on the page of the treaty, and what is said of it."""


def open_desk(*dated: Quad) -> Desk:
    """Where the events and the treaty are read."""
    quads = [quad for _, told in EVENTS.values() for quad in told]
    return Desk(IndexedQuads([*quads, *dated]), build_names([], BASE), Addresses(BASE))


DESK = open_desk(*date(TREATY, "1920-07-12", "1920-07-12"))
ALL = [f"{BASE}id/event/{name}" for name in EVENTS]


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_falls_into_its_phase(name: str) -> None:
    """By its kind where it belongs to the treaty, else by its date."""
    assert choose_phase(f"{BASE}id/event/{name}", TREATY, DESK) == EVENTS[name][0]


def test_phases_follow_one_another_and_lose_nothing() -> None:
    """In the order of the page, each event once, in the order given."""
    groups = group_by_phase(ALL, TREATY, DESK)

    assert list(groups) == list(PHASES)
    assert sorted(event for group in groups.values() for event in group) == sorted(ALL)
    assert [e.rpartition("/")[2] for e in groups[SIGNATURE]] == ["signed", "annexed", "ratified"]


def test_a_few_events_tell_of_every_phase() -> None:
    """The signature, one of each dated phase, wholes before parts, no date last; None: all."""
    groups = group_by_phase(ALL, TREATY, DESK)

    assert pick_of_phases(groups, TREATY, None, DESK) == groups
    assert pick_of_phases(groups, TREATY, 1, DESK) == {SIGNATURE: [f"{BASE}id/event/signed"]}
    assert set(pick_of_phases(groups, TREATY, 5, DESK)) == set(PHASES) - {UNDATED}
    but_two = pick_of_phases(groups, TREATY, len(ALL) - 2, DESK)
    assert set(but_two) == set(PHASES) - {UNDATED}
    assert but_two[TALKS] == [f"{BASE}id/event/talks"]


def test_round_a_treaty_without_a_date_nothing_is_before_or_after() -> None:
    """What is dated and of no phase of its own stands under no heading."""
    assert choose_phase(f"{BASE}id/event/handed", TREATY, open_desk()) == ""
    assert choose_phase(f"{BASE}id/event/talks", TREATY, open_desk()) == TALKS
