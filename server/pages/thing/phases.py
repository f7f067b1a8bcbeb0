"""The phases in the life of a treaty, and to which of them an event belongs. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from server.pages.cards import Desk
from server.pages.draw.strips import read_ordinal

BEFORE, TALKS, SIGNATURE = "Before", "Talks", "Signature and entry into force"
FOLLOWED, END, UNDATED = "What followed", "Breach and end", "Date not stated"
PHASES = (BEFORE, TALKS, SIGNATURE, FOLLOWED, END, UNDATED)
"""The phases in the order of the page."""

PHASE_OF = {
    **dict.fromkeys(("negotiation", "negotiation-round", "consultation"), TALKS),
    **dict.fromkeys(("meeting", "conference", "mediation", "proposal"), TALKS),
    **dict.fromkeys(("signature", "ratification", "exchange-of-ratifications"), SIGNATURE),
    **dict.fromkeys(("entry-into-force", "registration", "publication"), SIGNATURE),
    **dict.fromkeys(("breach", "denunciation", "expiry"), END),
}
"""Kind of an event of the treaty itself → its phase; any other event falls by its date."""

_DEPTH = 3
"""How many wholes lie above a part at most: the round of a round of the talks."""


def group_by_phase(events: Iterable[str], treaty: str, desk: Desk) -> dict[str, list[str]]:
    """The events round a treaty by phase, phases in their order, events in the order given.

    Of a treaty without a date, what belongs to no phase stands under an empty heading.
    """
    found: dict[str, list[str]] = {phase: [] for phase in ("", *PHASES)}
    for event in events:
        found[choose_phase(event, treaty, desk)].append(event)
    return {phase: group for phase, group in found.items() if group}


def choose_phase(event: str, treaty: str, desk: Desk) -> str:
    """The phase of an event: by its kind where it is the treaty's own, else by its date.

    A supplement signed on the day of the treaty is signed with it; talks that begin after the
    signature follow it.
    """
    begins, signed = (read_ordinal(desk.first(each, "earliest")) for each in (event, treaty))
    signed_by = read_ordinal(desk.first(treaty, "latest"))
    kinds = [str(v).rpartition("/")[2] for v in desk.values(event, "kind")]
    phase = next((PHASE_OF[kind] for kind in kinds if kind in PHASE_OF), "")
    late = begins is not None and signed_by is not None and begins > signed_by
    if phase == SIGNATURE and begins is not None and begins == signed:
        return phase
    if phase and _is_own(event, treaty, desk) and not (phase == TALKS and late):
        return phase
    if event in map(str, desk.values(treaty, "ended")):
        return BEFORE
    if begins is None:
        return UNDATED
    if signed is None:
        return ""
    return BEFORE if begins < signed else FOLLOWED


def is_signing(event: str, treaty: str, desk: Desk) -> bool:
    """Whether an event is the signature of this very treaty."""
    kinds = [str(v).rpartition("/")[2] for v in desk.values(event, "kind")]
    return "signature" in kinds and treaty in map(str, desk.values(event, "ofTreaty"))


def pick_of_phases(
    groups: Mapping[str, Sequence[str]], treaty: str, most: int | None, desk: Desk
) -> dict[str, list[str]]:
    """As many events as asked for: the signature, then one of each phase, then others.

    A whole goes before its parts, so the talks before their rounds, and what more is said of
    before what less is said of. What has no date comes after all that has one.
    """

    def rank(event: str) -> tuple[bool, bool, int, str]:
        signing = is_signing(event, treaty, desk)
        part = bool(desk.values(event, "partOf"))
        return not signing, part, -len(desk.reader.incoming(event)), event

    ranked = [
        (phase == UNDATED, place > 0, *rank(event))
        for phase, group in groups.items()
        for place, event in enumerate(sorted(group, key=rank))
    ]
    kept = {each[-1] for each in sorted(ranked)[:most]}
    picked = {phase: [e for e in group if e in kept] for phase, group in groups.items()}
    return {phase: group for phase, group in picked.items() if group}


def _is_own(event: str, treaty: str, desk: Desk) -> bool:
    """Whether an event, or the event that it is part of, is one of the treaty's own life."""
    whole = event
    for _ in range(_DEPTH):
        treaties = [str(v) for v in desk.values(whole, "ofTreaty", "affects")]
        if treaties or not (whole := desk.first(whole, "partOf")):
            return treaty in treaties
    return False
