"""The timeline of the front page: columns of dots, bars below one another."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.pages.cards import Desk
from server.pages.draw.strips import Span
from server.pages.whole.front_times import draw_collection, pick_step, stack_spans
from server.rdf.addresses import Addresses
from server.rdf.memory import IndexedQuads
from server.rdf.model import PACTA, XSD, Iri, Literal, Quad
from server.rdf.names import build_names

BASE = "https://example.org/"
DAYS = {"a": "1920-07-12", "b": "1939-08-23", "c": "1939-10-10", "d": "1939-10-28", "e": ""}
TREATIES = {f"{BASE}id/treaty/{name}": name in "ac" for name in DAYS}
DESK = Desk(
    IndexedQuads(
        [
            Quad(Iri(f"{BASE}id/treaty/{name}"), Iri(PACTA + bound), Literal(day, "", XSD + "date"))
            for name, day in DAYS.items()
            for bound in ("earliest", "latest")
            if day
        ]
    ),
    build_names([], BASE),
    Addresses(BASE),
)


def test_treaties_are_stacked_by_year_own_ones_filled_at_the_bottom() -> None:
    """A dot each; the row says how many of whom, and how many have no year."""
    table = draw_collection(TREATIES, BASE + "id/party/here", (), DESK)

    assert table is not None
    (row,) = table.rows
    columns: dict[float, list[tuple[float, str]]] = {}
    for dot in row.shapes:
        assert dot.form == "dot"
        columns.setdefault(dot.x, []).append((dot.drop, dot.style))
    assert [len(column) for _, column in sorted(columns.items())] == [1, 3]
    lowest_first = sorted(columns[max(columns)], reverse=True)
    assert [style for _, style in lowest_first] == ["pt", "pt0", "pt0"]
    assert len({drop for drop, _ in lowest_first}) == 3
    assert row.sub == "here: 2 (filled); other states: 3 (hollow); no certain year: 1"
    assert "?treaty a pacta:Treaty" in table.query


def test_without_a_dated_treaty_there_is_no_timeline() -> None:
    """Nothing is drawn where nothing could be placed."""
    assert draw_collection({f"{BASE}id/treaty/e": True}, "", (), DESK) is None


@given(st.lists(st.integers(-5000, 2100), min_size=1))
def test_columns_never_touch(years: list[int]) -> None:
    """However long the collection is, not more of them stand side by side than there is room."""
    step = pick_step(years)
    columns = {year // step for year in years}

    assert max(columns) - min(columns) + 1 <= 50


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(0, 40)), max_size=9))
def test_bars_of_a_lane_do_not_meet(drawn: list[tuple[int, int]]) -> None:
    """As far as there are lanes; each bar has one."""
    spans = [Span(a, a, a + n, a + n) for a, n in sorted(drawn)]
    lanes = stack_spans(spans)

    assert len(lanes) == len(spans)
    assert set(lanes) <= {0, 1, 2, 3}
    for lane in (0, 1, 2):
        mine = [span for span, each in zip(spans, lanes, strict=True) if each == lane]
        for one, other in pairwise(mine):
            assert one.days[-1] < other.days[0]
