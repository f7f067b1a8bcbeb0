"""`server/pages/`: words for values, names in any spelling, and what a page shows."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loader.rdf.days import Day
from loader.rdf.folding import fold_name
from server.catalogues import read_languages
from server.pages.cards import Desk
from server.pages.draw.maps import draw_ground, make_frame, move_frame, pick_ground
from server.pages.draw.scale import make_even_scale, make_scale
from server.pages.draw.strips import LETTER, Shape, Span, clear_labels, draw_span
from server.pages.ground import Ground
from server.pages.language import ENGLISH
from server.pages.lists import list_conflicts, list_years
from server.pages.thing.holders import draw_holders
from server.pages.thing.page import build_thing
from server.pages.thing.statement import build_evidence
from server.pages.whole.atlas import build_atlas
from server.pages.whole.day import list_held, read_asked
from server.pages.whole.front import read_answer
from server.pages.words import say_bound, say_date, say_number, say_share
from server.rdf.addresses import Addresses
from server.rdf.memory import IndexedQuads
from server.rdf.model import EDTF, PACTA, XSD, Iri, Literal
from server.rdf.names import NAMING, NameIndex, build_names
from server.routes import read_grounds
from tests.server.rdf.test_syntaxes import BASE, QUADS, READER

NAMES = build_names([q for q in QUADS if q.predicate in NAMING], BASE)
DESK = Desk(READER, NAMES, Addresses(BASE))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1920-07-12", "12 July 1920"),
        ("1920-10", "October 1920"),
        ("1920", "1920"),
        ("1919-21", "spring 1919"),
        ("1918-12-21/1918-12-31", "between 21 and 31 December 1918"),
        ("../1939-11-21", "not after 21 November 1939"),
        ("1920/..", "not before 1920"),
        ("../..", "date unknown"),
        ("1939~", "about 1939"),
        ("1939-10?", "perhaps October 1939"),
        ("no date", "no date"),
        ("1939-99", "1939-99"),
    ],
)
def test_say_date_tells_what_the_text_means(text: str, said: str) -> None:
    """Dates, parts of dates, seasons and intervals in words; what is none stays as it is."""
    assert say_date(text) == said


def test_say_date_tells_what_lasts() -> None:
    """A war goes from … to, a day in doubt lies between."""
    assert say_date("1919-02-14/1921-03-18", lasting=True) == "14 February 1919 to 18 March 1921"


def test_values_in_memory_are_the_same_for_all_things_at_once() -> None:
    """Statements that are in no store have columns, too."""
    ahead = Desk(READER, NAMES, Addresses(BASE))
    names = {q.predicate[len(PACTA) :] for q in QUADS if q.predicate.startswith(PACTA)}
    ahead.read_ahead(*names)

    asked = [(str(q.subject), name) for q in QUADS for name in names]
    assert [list(ahead.values(*each)) for each in asked] == [DESK.values(*each) for each in asked]
    assert any(DESK.values(*each) for each in asked)


def test_an_end_that_nobody_gives_is_not_read_off_the_last_bound() -> None:
    """The last bound of an open period is the end of the collection; the page says neither."""
    node = BASE + "id/status/vilnius--de-jure--lithuania"
    last = Iri(PACTA + "untilLatest")
    within = [
        q._replace(object=Literal("1999-12-31", datatype=XSD + "date"))
        if (q.subject, q.predicate) == (node, last)
        else q
        for q in QUADS
    ]
    desk = Desk(IndexedQuads(within), NAMES, Addresses(BASE))
    assert desk.first(node, "untilLatest") == "1999-12-31"
    assert desk.period(node) == ("July 1920", "no end stated")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("1939-10", "some time in October 1939"),
        ("1939", "some time in 1939"),
        ("1939-09-28", "28 September 1939"),
        ("1939-08-23/1939-09-28", "between 23 August and 28 September 1939"),
    ],
)
def test_what_is_known_for_one_time_says_it_as_people_do(at: str, said: str) -> None:
    """A month or a year is some time within; a day and an interval say so themselves."""
    name = Iri(PACTA + "at")
    value = Literal(at, datatype=EDTF)
    quads = [q._replace(object=value) if q.predicate == name else q for q in QUADS]
    (node,) = {str(q.subject) for q in quads if q.predicate == name}
    assert Desk(IndexedQuads(quads), NAMES, Addresses(BASE)).period(node) == (said, "")


@pytest.mark.parametrize(
    ("text", "earliest", "latest", "start", "said"),
    [
        ("1920", "1920-01-01", "1920-12-31", True, "1920"),
        ("", "0001-01-01", "9999-12-31", True, "start not stated"),
        ("", "0001-01-01", "9999-12-31", False, "no end stated"),
        ("", "1926-01-01", "9999-12-31", False, "no end stated"),
        ("", "1926-01-01", "9999-12-31", True, "not before 1 January 1926"),
        ("", "1926-01-01", "1945-12-31", False, "not after 31 December 1945"),
        ("", "1920-07-01", "1920-07-14", True, "between 1 and 14 July 1920"),
        ("", "", "", False, "no end stated"),
    ],
)
def test_say_bound_words_open_ends(
    text: str, earliest: str, latest: str, start: bool, said: str
) -> None:
    """The two days that stand for open are never shown."""
    assert say_bound(text, earliest, latest, start=start) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [("18786", "18,786"), ("3000000", "3,000,000"), ("1939", "1,939"), ("0.667", "0.667")],
)
def test_say_number_parts_thousands(text: str, said: str) -> None:
    """Thousands stand apart, as in each language; fractions stay."""
    assert say_number(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("0.8", "80\u00a0%"),
        ("0.667", "66.7\u00a0%"),
        ("1", "100\u00a0%"),
        ("0", "0\u00a0%"),
        ("half", "half"),
    ],
)
def test_say_share_gives_a_percentage(text: str, said: str) -> None:
    """A part of one; what is no number stays."""
    assert say_share(text) == said


def test_a_share_is_shown_as_a_percentage() -> None:
    """Where its quantity is a share; another amount stays."""
    share = DESK.card(BASE + "id/figure/alytus-base--share")
    total = DESK.card(BASE + "id/figure/bases-agreement-1939--total")

    assert share.one("amount") == "20\u00a0%"
    assert total.one("amount") == "18,786"


@given(st.text(max_size=30))
def test_words_never_fail(text: str) -> None:
    """Any text gives some words."""
    assert isinstance(say_date(text), str)
    assert isinstance(say_number(text), str)
    assert isinstance(say_share(text), str)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Żeligowski", "zeligowski"),
        ("Suwałki", "SUWALKI"),
        ("Вильна", "vilna"),
        ("Soviet–Lithuanian", "soviet lithuanian"),
        ("Klaipėda", "klaipeda"),
        ("Straße", "strasse"),
    ],
)
def test_fold_name_lets_spellings_meet(one: str, other: str) -> None:
    """Case, diacritics, dashes and script do not keep a name from being found."""
    assert fold_name(one) == fold_name(other)


@given(st.text(max_size=40))
def test_fold_name_is_stable(text: str) -> None:
    """Folding twice is folding once."""
    assert fold_name(fold_name(text)) == fold_name(text)


@pytest.mark.parametrize("query", ["wilno", "WILNO", "Vilna", "viln", "Vilnius"])
def test_find_meets_any_name(query: str) -> None:
    """A name in a document finds the thing, under its label."""
    hits, total = NAMES.find(query)

    assert hits[0].thing == BASE + "id/place/vilnius"
    assert hits[0].label == "Vilnius"
    assert total >= 1


def test_find_meets_words_in_any_order() -> None:
    """All the words, in whatever order, and no thing that lacks one."""
    hits, total = NAMES.find("treaty lithuanian")

    assert [hit.thing.rpartition("/")[2] for hit in hits] == ["peace-1920"]
    assert total == 1
    assert NAMES.find("treaty nonsense") == ([], 0)
    assert NAMES.find("  ") == ([], 0)
    assert NameIndex((), BASE).find("x") == ([], 0)


def test_find_tells_how_many_there_are_beyond_the_limit() -> None:
    """A shorter list says so."""
    hits, total = NAMES.find("a", 2)

    assert len(hits) == 2 < total


def test_a_page_keeps_rejected_values_apart() -> None:
    """Both dates are there; the rejected one struck, with its reason and passage."""
    page = build_thing(BASE + "id/treaty/peace-1920", DESK)
    stated = next(each for each in page.stated if each.label == "signed on")
    row = next(each for each in page.first if each.label == "signed")

    assert [card.values[0].text for card in stated.accepted] == ["12 July 1920"]
    assert [value.text for value in row.values] == ["12 July 1920"]
    assert [value.text for value in row.struck] == ["12 June 1920"]
    assert row.disputes[0].iri == BASE + "id/disagreement/peace-1920-signature-date"
    assert row.who
    assert row.notes
    assert stated.rejected[0].reasons[0].text == "slip-in-background-sentence"
    assert [e.reference for e in stated.rejected[0].evidence] == ["001@2798-2814"]
    assert page.conflicts[0].sides[0].preferred
    assert page.conflicts[0].sides[1].rejected
    assert any("3,000,000" in said for each in page.talk for u in each.said for said in u.amounts)
    assert page.life is not None
    assert "12 July 1920" in [row.when for row in page.life.rows]


def test_what_one_looks_up_first_comes_first() -> None:
    """Parties and signature, not the alphabet; each row says how many sources say so."""
    page = build_thing(BASE + "id/treaty/peace-1920", DESK)
    labels = [row.label for row in page.first]

    assert labels.index("signed") < labels.index("in force from")
    assert [name for name, _, _ in page.sections][-1] == "cite"


def test_a_missing_value_is_spelled_out() -> None:
    """`not-stated` says so and lists where one looked."""
    page = build_thing(BASE + "id/treaty/peace-1920", DESK)
    card = next(each for each in page.stated if each.label == "in force from").accepted[0]

    assert card.missing
    assert card.values[0].text == "not stated in any of the documents read"
    assert [mark.label for mark in card.marks] == ["looked for in"]
    assert page.silent[0].how == "not stated in any of the documents read"


def test_holders_are_bands_in_fact_and_in_law() -> None:
    """In fact, in law according to somebody; an end nobody states is drawn open and worded."""
    page = build_thing(BASE + "id/place/vilnius", DESK)
    table = draw_holders(BASE + "id/place/vilnius", DESK)

    assert table is not None
    assert page.statuses is not None
    fact, law = (rows for _, rows in table.groups)
    assert "between 17 and 30 September 1939" in fact[0].when
    assert [shape.form for shape in law[0].shapes][-1] == "open"
    assert law[0].title.text == "Soviet Russia"
    assert "no end stated" in law[0].when
    assert page.statuses.rejected[0].one("holder") == "Poland"


def test_an_evidence_page_shows_what_rests_on_it() -> None:
    """Source, offsets, digest, and the assertions that rest on it."""
    page = build_evidence(BASE + "id/evidence/003-654-688", DESK)

    assert page is not None
    assert page.evidence.reference == "003@654-688"
    assert page.evidence.source.text == "Third source"
    assert len(page.supports) == 4


def test_an_answer_names_things_as_the_other_pages_do() -> None:
    """What a sample question returns as a label is a link; words of the server are its own."""
    table = '?holder\t?sure\n"Lithuania"@en\t"possible"\n"Atlantis"@en\t"certain"\n'
    header = {"title": "Holders", "columns": "holder, how sure", "columns@lt": "valdytojas"}
    answer = read_answer("holders", header, table, DESK)
    lithuanian = replace(DESK, language=read_languages()["lt"])

    assert answer.headings == ("holder", "how sure")
    assert read_answer("holders", {}, "?notBefore\n", DESK).headings == ("not before",)
    assert read_answer("h", header, "?holder\n", lithuanian).headings == ("valdytojas",)
    (known, _), (unknown, sure) = (tuple(cell[0] for cell in row) for row in answer.rows)
    assert (known.text, known.href) == ("Lithuania", "/doc/party/lithuania")
    assert (unknown.text, unknown.href, sure.text) == ("Atlantis", "", "certain")


def test_a_telephone_has_as_many_labels_on_an_axis_as_fit() -> None:
    """Years stand there all; months with their years by turns."""
    decades = make_even_scale(date(1917, 7, 1).toordinal(), date(1941, 7, 1).toordinal(), ENGLISH)
    weeks = make_even_scale(date(1939, 9, 25).toordinal(), date(1939, 10, 30).toordinal(), ENGLISH)

    assert [tick.text for tick in decades.ticks if tick.text and not tick.minor] == [
        *("1920", "1925", "1930", "1935", "1940")
    ]
    shown = [tick.x for tick in weeks.ticks if tick.text and not tick.minor]
    assert len(shown) > 1
    assert all(other - one > 15 for one, other in pairwise(shown))


def test_a_label_of_an_axis_does_not_run_into_a_break() -> None:
    """Save where a stretch would have no label at all."""
    days = [date(1920, 7, 1), date(1920, 12, 20), date(1926, 9, 1), date(1939, 10, 1)]
    scale = make_scale([day.toordinal() for day in days], ENGLISH)

    assert scale.breaks
    for piece in scale.pieces[:-1]:
        said = [t for t in scale.ticks if t.text and piece.left <= t.x < piece.right]
        for tick in () if piece.pressed else said[1:]:
            assert tick.x + len(tick.text) * LETTER < piece.right


def test_a_label_is_not_half_covered_by_the_next_band() -> None:
    """It is left out; where there is room it stays."""
    close = (Shape("band", 10, 30, label="Lithuania"), Shape("band", 12, 30, label="Lithuania"))
    apart = (Shape("band", 10, 30, label="Lithuania"), Shape("band", 40, 30))

    assert [shape.label for shape in clear_labels(close)] == ["", "Lithuania"]
    assert clear_labels(apart) == apart


def test_a_label_stays_clear_of_a_break_in_its_scale() -> None:
    """A holder's name stands in a band where it fits before the next break, and not across one."""
    long, short = date(1923, 1, 1).toordinal(), date(1990, 1, 1).toordinal()
    end = date(1990, 6, 1).toordinal()
    scale = make_scale([long, long + 200, short, end], ENGLISH)
    span = Span(long + 190, long + 190, end, end)

    assert scale.breaks
    (torn,) = draw_span(span, scale, "a", claimed=False, label="Union of Soviet Republics")
    (whole,) = draw_span(span, scale, "a", claimed=False, label="Soviets")
    assert torn.width > len("Union of Soviet Republics") * LETTER
    assert (torn.label, whole.label) == ("", "Soviets")


def test_the_background_of_a_map_is_chosen_by_its_extent() -> None:
    """Vilnius and Kaunas lie before states and rivers, the Moluccas before coasts."""
    far_frame = make_frame([(41.5, -5.0), (0.5, 127.5)])
    near = pick_ground(read_grounds(), make_frame([(54.7, 25.3), (54.9, 23.9)]))
    far = pick_ground(read_grounds(), far_frame)

    assert near is not None
    assert far is not None
    assert (True, False) == (near.borders, far.borders)
    assert {"country", "river"} == {each["properties"]["layer"] for each in near.features}
    assert pick_ground((), make_frame([(0, 0)])) is None
    drawn, names = draw_ground(far.features, far_frame)
    assert ({"land"}, []) == ({style for style, _ in drawn}, names)


def test_a_frame_moves_onto_its_background_where_it_has_room() -> None:
    """Beyond the edge of the background there is no sea, so the frame ends there."""
    ground = Ground(west=18, south=52, east=30, north=58, features=())

    moved = move_frame(make_frame([(52.2, 21.0), (54.9, 23.9)]), ground)
    high, wide = moved.reach
    assert moved.latitude - high >= 52 - 1e-9
    assert moved.longitude - wide >= 18 - 1e-9
    assert 54.9 <= moved.latitude + high
    large = make_frame([(40, 10), (60, 40)])
    assert large == move_frame(large, ground)
    still = make_frame([(55, 24), (55.5, 25)])
    assert still == move_frame(still, ground)


def test_coasts_alone_show_a_place_from_far() -> None:
    """A city deep in the land has a coast on its map."""
    points = [(55.75, 37.6)]
    near, far = make_frame(points), make_frame(points, least=8.0)
    coasts = read_grounds()[-1].features

    assert far.scale < near.scale / 4
    sizes = [sum(len(path) for _, path in draw_ground(coasts, each)[0]) for each in (near, far)]
    assert sizes[0] < 60 < sizes[1]


def test_views_over_the_whole_collection() -> None:
    """Disagreements by kind, events in order, places on a drawing, who held what on a day."""
    conflicts = list_conflicts([BASE + "id/disagreement/peace-1920-signature-date"], DESK)
    moments = list_years([BASE + "id/event/peace-1920--signature"], DESK)
    atlas = build_atlas(DESK)
    frame = make_frame([(54.7, 25.3), (54.0, 24.0)])
    line = {"properties": {"layer": "river"}, "geometry": {"type": "LineString"}}
    ends = [[frame.longitude, frame.latitude], [frame.longitude + 0.1, frame.latitude]]
    line["geometry"]["coordinates"] = ends  # type: ignore[assignment]

    assert [kind for kind, _ in conflicts] == ["contradiction"]
    assert Day.fromordinal(moments[0].order) == Day(1920, 7, 12)
    assert [row.thing.text for row in atlas.rows] == ["Vilnius"]
    assert atlas.map is not None
    assert atlas.map.spots[0].named
    assert [style for style, _ in draw_ground([line], frame)[0]] == ["riv"]
    sure = {
        day: {held.card.slug: held.sure for held in list_held(read_asked(day), DESK)}
        for day in ("1939-09-20", "1939-10-01", "1939-10", "1939-11-01", "1919-01-01")
    }
    assert sure["1939-09-20"]["vilnius--soviet-1939"] == "possible"
    assert sure["1939-10-01"]["vilnius--soviet-1939"] == "certain"
    assert sure["1939-10"]["vilnius--soviet-1939"] == "possible"  # not on every day of it
    assert "vilnius--soviet-1939" not in sure["1939-11-01"]
    assert sure["1939-11-01"]["vilnius--de-jure--lithuania"] == "last known"
    assert sure["1919-01-01"] == {}


def test_addresses_lead_to_documents_on_this_site() -> None:
    """Things lead to their documents, terms to this server's pages, others away."""
    here = Addresses("https://a.example/t/")

    assert here.document("https://a.example/t/id/treaty/x") == "/t/doc/treaty/x"
    assert here.document("https://a.example/t/id/evidence/1-2-3#selector") == (
        "/t/doc/evidence/1-2-3#selector"
    )
    assert here.document(PACTA + "signedOn") == "/t/ns#signedOn"
    assert here.document("https://w3id.org/pacta/vocab/rank/normal") == "/t/vocab/rank/normal"
    assert here.document("https://elsewhere.example/") is None
    assert here.absolute("/t/doc/treaty/x") == "https://a.example/t/doc/treaty/x"
    assert DESK.link(Iri("https://elsewhere.example/x")).away
