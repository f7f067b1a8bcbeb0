"""Assembles the page of a thing: key facts, then pictures, then the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from server.pages.cards import Desk
from server.pages.disagreements import Conflict, make_conflict
from server.pages.draw.maps import HEIGHT, WIDTH, Map, draw_map
from server.pages.draw.table import StripTable
from server.pages.outside import Outside, list_outside
from server.pages.shown import Card, Shown
from server.pages.thing.amounts import Amounts, draw_amounts
from server.pages.thing.belonging import list_assertions, list_belonging, list_disagreements
from server.pages.thing.glance import Row, list_rows
from server.pages.thing.holders import (
    draw_holders,
    draw_possessions,
    list_change_days,
    list_possessions,
)
from server.pages.thing.life import (
    draw_events,
    draw_treaties,
    list_events,
    pick_most_told,
)
from server.pages.thing.order import (
    COMMON_END,
    EVERYTHING,
    SECTIONS,
    SECTIONS_OTHERWISE,
    SHOWN,
    SHOWN_OF,
    WHOLE,
)
from server.pages.thing.phases import group_by_phase, pick_of_phases
from server.pages.thing.talk import (
    Article,
    Office,
    Round,
    list_articles,
    list_offices,
    list_rounds,
)
from server.pages.view import (
    Incoming,
    StatedProperty,
    Table,
    group_stated,
    list_incoming,
    make_tables,
    narrow_types,
)
from server.pages.witness import Note, Notes
from server.rdf.model import PACTA, TYPE

_BESIDE = (420.0, 350.0)
"""The size of a map beside the key facts: its names stay legible in a narrow column."""


@dataclass(frozen=True)
class Silence:
    """What no document says: the property, how it is missing, where it was looked for."""

    what: str
    how: str
    href: str
    looked_in: tuple[Shown, ...]


@dataclass(frozen=True)
class ThingPage:
    """Everything that the page of a thing shows.

    Attributes:
        titles: The labels in other languages, each with its language.
        language: The language of the title, where it is not that of the page.
        first: The rows one looks up first; `rest` the other plain facts.
        sections: The sections that have something, in their order: name, title, how many things
            are in it.
        part: The section that this page has whole; empty on the page of the thing.
        longer: Sections of which the page of the thing shows a part only.
        folded: Sections that a telephone folds: all but the first and those that every page ends
            with.
    """

    iri: str
    path: str
    title: str
    titles: tuple[tuple[str, str], ...]
    language: str
    kind: str
    types: tuple[Shown, ...]
    kinds: tuple[Shown, ...]
    remarks: tuple[str, ...]
    first: tuple[Row, ...]
    rest: tuple[Row, ...]
    conflicts: tuple[Conflict, ...]
    life: StripTable | None = None
    holders: StripTable | None = None
    treaties: StripTable | None = None
    days: tuple[tuple[str, str], ...] = ()
    statuses: Table | None = None
    amounts: tuple[Amounts, ...] = ()
    articles: tuple[Article, ...] = ()
    talk: tuple[Round, ...] = ()
    sides: tuple[Shown, ...] = ()
    roles: tuple[Office, ...] = ()
    map: Map | None = None
    bases: tuple[Mapping[str, object], ...] = ()
    silent: tuple[Silence, ...] = ()
    outside: tuple[Outside, ...] = ()
    incoming: tuple[Incoming, ...] = ()
    stated: tuple[StatedProperty, ...] = ()
    notes: tuple[Note, ...] = ()
    sections: tuple[tuple[str, str, int], ...] = ()
    part: str = ""
    longer: frozenset[str] = frozenset()
    folded: frozenset[str] = frozenset()
    article_count: int = 0
    role_count: int = 0


def build_thing(iri: str, desk: Desk, part: str = "") -> ThingPage:
    """The page of a thing of the collection, such as a treaty or a territory.

    Args:
        iri: The thing.
        desk: Where it is read.
        part: A section (`WHOLE`) to be whole, on a page of its own; empty: the thing's own page,
            where each section shows as much as `SHOWN` says.
    """
    kind = desk.names.kind(iri)
    path = desk.addresses.document(iri) or ""
    part = part or ("" if "/doc/" in path else EVERYTHING)
    shown_notes, hidden_notes = Notes(), Notes()

    def note(section: str) -> Notes:
        return shown_notes if part in ("", EVERYTHING, section) else hidden_notes

    shown = SHOWN | SHOWN_OF.get(kind, {})

    def limit(section: str) -> int | None:
        return None if part in (section, EVERYTHING) else shown.get(section)

    belonging = list_belonging(iri, desk)
    every = list(dict.fromkeys([iri, *belonging]))
    own = [desk.card(node) for node in list_assertions([iri], desk, depth=1)]
    around = own + [desk.card(n) for n in list_assertions(every[1:], desk, depth=1)]
    statements = [card for card in own if card.kind == "Statement"]
    first, rest = list_rows(
        iri, statements, desk, note("first"), note("statements") if part else hidden_notes
    )
    holders = draw_holders(iri, desk) if kind in ("territory", "place") else None
    held = list_possessions(iri, desk) if kind == "party" else {}
    holders = draw_possessions(iri, desk, limit("holders")) if held else holders
    events = list_events(every, desk)
    if kind == "treaty":
        phases = group_by_phase(events, iri, desk)
        told = pick_of_phases(phases, iri, limit("life"), desk)
        told = {desk.language.say(phase) if phase else "": each for phase, each in told.items()}
    else:
        told = {"": pick_most_told(events, limit("life"), desk)}
    life = draw_events("life", told, desk, note("life"), iri if kind == "treaty" else "")
    figures = [c for card in around for c in (card, *card.children) if c.kind == "Figure"]
    figures += [desk.card(n) for n in _list_concerning(iri, desk, "Figure")]
    figures = list({c.iri: c for c in figures}.values())
    amounts = draw_amounts(figures, desk, note("amounts"), limit("amounts"))
    provisions = [c for c in own if c.kind in ("Provision", "Article")]
    provisions += [desk.card(n) for n in _list_concerning(iri, desk, "Provision")]
    tables = make_tables(provisions)
    provided = [*tables["provisions"].cards, *tables["provisions"].rejected] if provisions else []
    articles = list_articles(provided[: limit("articles")], iri, desk, note("articles"))
    spoken = [c for c in around if c.kind in ("Position", "Proposal")]
    spoken += [desk.card(n) for n in _list_spoken(iri, desk)]
    parties = [str(v) for v in desk.values(iri, "hasParty")] or _list_parties(iri, desk)
    spoken = list({c.iri: c for c in spoken}.values())
    talk = list_rounds(spoken, parties, desk, note("talk"), limit("talk"))
    roles = [c for c in around if c.kind == "Role"]
    roles += [
        desk.card(n) for n in _list_pointing(iri, ("agent", "onBehalfOf", "roleIn"), desk, "Role")
    ]
    roles = list({c.iri: c for c in roles}.values())
    offices = list_offices(roles, desk, note("roles"), limit("roles"))
    picture = _draw_place(iri, kind, every, desk)
    conflicts = tuple(make_conflict(d, desk) for d in list_disagreements(every, desk))
    treaties = [
        str(q.subject) for q in desk.reader.incoming(iri) if q.predicate == PACTA + "hasParty"
    ]
    silent = _list_silences(own, desk)
    page = ThingPage(
        iri=iri,
        path=path,
        title=(title := desk.call(iri)),
        titles=tuple(
            (code, text)
            for code, text in desk.names.other_labels(iri, desk.language.code)
            if text != title
        ),
        language=desk.speaks(iri),
        kind=kind,
        types=tuple(desk.link(str(t)) for t in narrow_types(desk.values(iri, TYPE), desk)),
        kinds=tuple(desk.show(v) for v in desk.values(iri, "kind")),
        remarks=tuple(desk.show(v).text for v in desk.values(iri, "note")),
        first=tuple(first),
        rest=tuple(rest),
        days=tuple(list_change_days(iri, desk)) if holders and kind != "party" else (),
        statuses=make_tables(own).get("statuses"),
        sides=tuple(desk.link(p) for p in parties[:2]) if len(parties) > 1 else (),
        bases=tuple(_list_bases(every, desk, note("map"))) if kind == "treaty" else (),
        conflicts=conflicts,
        life=life,
        holders=holders,
        treaties=draw_treaties(
            "treaties", pick_most_told(sorted(treaties), limit("treaties"), desk), desk
        )
        if treaties
        else None,
        amounts=tuple(amounts),
        articles=tuple(articles),
        talk=tuple(talk),
        roles=tuple(offices),
        map=picture,
        silent=tuple(silent),
        outside=tuple(list_outside(iri, desk)),
        incoming=tuple(list_incoming(iri, desk)),
        stated=group_stated(statements),
        notes=shown_notes.all,
        part=part,
        article_count=len(provided),
        role_count=len(roles),
    )
    sizes = {
        "holders": sum(map(len, held.values())),
        "treaties": len(treaties),
        "life": len(events),
        "amounts": len({(c.one("quantity"), c.one("unit")) for c in figures if not c.rejected}),
        "articles": len(provided),
        "talk": len(spoken),
        "roles": len(roles),
        "outside": len(page.outside),
        "incoming": len(page.incoming),
        "statements": len(page.stated),
    }
    longer = {name for name, size in sizes.items() if size > shown.get(name, size)}
    if page.statuses:
        longer.add("holders")
    sections = _list_sections(page, sizes, desk)
    folded = frozenset(name for name, _, _ in sections[1:] if name not in COMMON_END)
    return replace(page, sections=sections, longer=frozenset(longer & WHOLE), folded=folded)


def _list_sections(
    page: ThingPage, sizes: Mapping[str, int], desk: Desk
) -> tuple[tuple[str, str, int], ...]:
    """The sections of a page that have something: name, title, how many there are in it."""
    kind, say = page.kind, desk.language.say
    shown: dict[str, object] = {
        "life": page.life,
        "holders": page.holders,
        "treaties": page.treaties,
        "amounts": page.amounts,
        "articles": page.articles,
        "talk": page.talk,
        "roles": page.roles,
        "map": page.map if kind not in ("territory", "place") else None,
        "disagreements": page.conflicts,
        "silent": page.silent,
        "outside": page.outside,
        "incoming": page.incoming,
        "statements": page.stated,
        "notes": page.notes,
    }
    titles = {
        "life": say("In order of time") if kind != "treaty" else say("From negotiation to end"),
        "holders": say("What it held")
        if kind == "party"
        else say("Who held it, in fact and in law"),
        "treaties": say("Its treaties"),
        "amounts": say("Figures"),
        "articles": say("Articles") if kind == "treaty" else say("Provisions about it"),
        "talk": say("What was said and proposed"),
        "roles": say("Roles"),
        "map": say("Where it is"),
        "disagreements": say("Where the sources disagree"),
        "silent": say("What the documents do not say"),
        "outside": say("Known from elsewhere"),
        "incoming": say("Where else it is mentioned"),
        "statements": say("Statements, one by one"),
        "notes": say("Witnesses"),
        "cite": say("Cite and take along"),
    }
    return tuple(
        (name, titles[name], sizes.get(name) or _count(shown.get(name)))
        for name in SECTIONS.get(kind, SECTIONS_OTHERWISE)
        if name in titles and (name == "cite" or shown.get(name))
    )


def _count(value: object) -> int:
    if isinstance(value, StripTable):
        return len(value.rows)
    if isinstance(value, Map):
        return len(value.spots)
    return len(value) if isinstance(value, Sequence) else 0


def _list_pointing(iri: str, names: Sequence[str], desk: Desk, kind: str) -> list[str]:
    told = {PACTA + name for name in names}
    nodes = {str(q.subject) for q in desk.reader.incoming(iri) if q.predicate in told}
    return [n for n in sorted(nodes) if kind in desk.types(n)]


def _list_concerning(iri: str, desk: Desk, kind: str) -> list[str]:
    """What concerns a thing though it is said of another: an article on a territory."""
    return _list_pointing(
        iri, ("concerns", "obliges", "benefits") if kind != "Figure" else ("concerns",), desk, kind
    )


def _list_spoken(iri: str, desk: Desk) -> list[str]:
    """What a person, body or party said, and what was said to it or about it."""
    names: tuple[str, ...] = ("saidBy", "proposedBy", "reportedBy", "site", "concerns")
    if desk.names.kind(iri) == "party":
        names = ("saidBy", "proposedBy")
    return [n for kind in ("Position", "Proposal") for n in _list_pointing(iri, names, desk, kind)]


def _list_parties(iri: str, desk: Desk) -> list[str]:
    """The sides of an event: those of its treaty."""
    for treaty in desk.values(iri, "ofTreaty"):
        return [str(v) for v in desk.values(str(treaty), "hasParty")]
    return []


def _draw_place(iri: str, kind: str, every: Sequence[str], desk: Desk) -> Map | None:
    """The map of a page: a place with its neighbours, a territory's outline, a treaty's bases."""
    if kind not in ("place", "territory", "base", "treaty", "event"):
        return None
    if kind in ("treaty", "event"):
        near = [each for each in every if desk.names.kind(each) == "base"]
        near += [str(v) for each in every for v in desk.values(each, "atPlace", "signedAt")]
        sites = {
            str(v)
            for node in list_assertions(every, desk, depth=1)
            for v in desk.values(node, "site")
        }
        near += sorted(sites)
        if kind == "treaty" and not any(desk.names.kind(n) == "base" for n in near):
            return None
        marks = dict.fromkeys(sites, "site")
        return draw_map(near, (), desk, marks=marks)
    about = [str(v) for v in desk.values(iri, "within", "distinctFrom", "locatedIn")]
    inside = {str(q.subject) for q in desk.reader.incoming(iri) if q.predicate == PACTA + "within"}
    others = [each for each in about if desk.names.kind(each) == "territory"]
    areas = [(each, "f hd") for each in others] + [(iri, "f ha")]
    areas += [(each, "f fa") for each in sorted(inside)]
    dots = [iri, *about, *sorted(inside)]
    size = (WIDTH, HEIGHT) if kind == "base" else _BESIDE
    return draw_map(dots, list(dict.fromkeys(areas)), desk, size=size)


def _list_bases(every: Sequence[str], desk: Desk, notes: Notes) -> list[Mapping[str, object]]:
    """The bases of a treaty: name, troops, arms, who put the place forward."""
    made: list[Mapping[str, object]] = []
    for base in (each for each in every if desk.names.kind(each) == "base"):
        cards = [desk.card(n, depth=0) for n in list_assertions([base], desk, depth=1)]
        troops = [c for c in cards if c.kind == "Figure" and not c.rejected]
        kinds = [desk.name(str(v)) for v in desk.values(base, "unitKind")]
        made.append(
            {
                "thing": desk.link(base),
                "troops": [
                    (c.one("amount"), c.one("bound"), notes.cite(c.evidence))
                    for c in troops
                    if c.one("amount")
                ],
                "arms": ", ".join(kinds),
                "under": tuple(desk.link(str(v)) for v in desk.values(base, "establishedUnder")),
            }
        )
    return made


def _list_silences(cards: Sequence[Card], desk: Desk) -> list[Silence]:
    made = []
    for card in cards:
        if not card.missing:
            continue
        sources = next((m.values for m in card.marks if m.name == "searchedIn"), ())
        looked = tuple(replace(s, text=desk.first(s.iri, "handle") or s.text) for s in sources)
        note = next(
            (", ".join(v.text for v in m.values) for m in card.marks if m.name == "note"), ""
        )
        what = card.on.text if card.on is not None else card.one("quantity") or card.one("role")
        what = what or card.one("kind") or desk.call(card.iri)
        how = ", ".join(v.text for v in card.values)
        made.append(Silence(f"{what} ({note})" if note else what, how, card.href, looked))
    return made
