"""The pages of the real collection: what a historian who has never heard of SPARQL looks for.

Each test holds one or more of the twenty faults that a review of the first pages named.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from html import unescape
from itertools import pairwise
from urllib.parse import unquote_plus

import pyoxigraph as ox
import pytest
from flask.testing import FlaskClient

from server.app import create_app
from server.catalogues import read_languages
from server.release.current import ReleaseHolder
from server.settings import Settings
from tests.realbuild import BASE
from tests.realrelease import build_real

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

TREATY = "/doc/treaty/mutual-assistance-1939"
REGION = "/doc/territory/vilnius-region-1920"
PAGES = (
    *("/", "/about", "/conflicts", "/timeline", "/map", "/as-of?date=1939-10-01", "/kind/treaty"),
    *("/search?q=Wilno", TREATY, REGION, "/doc/place/vilnius", "/doc/party/lithuania"),
    *("/doc/person/stalin", "/doc/base/alytus-base", "/doc/source/003"),
    *("/doc/statement/peace-1920--signed-july", "/doc/disagreement/number-of-bases"),
    *("/doc/event/moscow-talks-1939", "/doc/evidence/003-654-688"),
)
"""One page of each kind."""
_HEAVY = ("treaty", "territory", "party", "place")
SIGNED = "peace-1920--signed-july"
_KINDS = ("treaty", "territory", "place", "base", "person", "party", "body", "event", "source")
LOADED = {
    "en": ("annexed", "liberat", "terror", "puppet", "treacher", "heroic", "bandit"),
    "lt": ("išlaisvin", "terorist", "marionet", "didvyr", "išdav", "bandit"),
}
"""Words that judge; a page says them only in the words of a source or in the name of a thing."""


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    """The application over the real release."""
    out = build_real().path.parent.parent
    holder = ReleaseHolder(out)
    holder.open()
    return create_app(Settings(), holder).test_client()


@pytest.fixture(scope="module")
def store() -> ox.Store:
    """The dump, for the queries that pages link to."""
    loaded = ox.Store()
    dump = build_real().file("dumps/pacta.nq")
    loaded.bulk_load(path=str(dump), format=ox.RdfFormat.N_QUADS)
    return loaded


def read(client: FlaskClient, path: str, **headers: str) -> str:
    """A page's HTML."""
    answer = client.get(path, headers={"Accept": "text/html", **headers})
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def words(page: str) -> str:
    """A page's text without its tags."""
    main = page.partition('<main id="main"')[2]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", main)))


def test_a_day_lies_within_the_collection(client: FlaskClient) -> None:
    """Faults 1 and 2: out of its span nothing is held, no day is made up, months and years do."""
    late = words(read(client, "/as-of?date=2020-01-01"))
    month = words(read(client, "/as-of?date=1939-10&place=place/vilnius"))

    assert "does not cover that day" in late
    assert "Nazi Germany" not in late
    assert client.get("/as-of?date=1939-02-30").status_code == 400
    assert "1939-02-28" in client.get("/as-of?date=1939-02-30").get_data(as_text=True)
    assert client.get("/as-of?date=1939-13").status_code == 400
    assert client.get("/as-of?date=soon").status_code == 400
    assert client.get("/as-of?date=1939-10-01&place=place/nowhere").status_code == 400
    assert month.index("In fact") < month.index("Soviet Union") < month.index("In law")
    assert "Polish government-in-exile" in month
    assert read(client, "/as-of?date=1939").count("<h1>") == 1


def test_certain_comes_first_and_last_known_is_folded(client: FlaskClient) -> None:
    """Fault 1: what began long before and never ended is folded away, and says so."""
    told = client.get("/as-of?date=1939-10-01", headers={"Accept": "application/json"})
    held = [row for rows in json.loads(told.data)["held"].values() for row in rows]
    page = read(client, "/as-of?date=1939-10-01")

    assert any(row["lastKnown"] for row in held)
    assert "last known long before" in page.partition("<details")[2]
    for rows in json.loads(told.data)["held"].values():
        fact = [row["certainty"] for row in rows if row["accordingTo"] is None]
        assert fact == sorted(fact, key=("certain no end stated possible last known").index)


def test_no_bound_stands_for_an_open_end(client: FlaskClient) -> None:
    """The days that stand for "open" in the data are on no page."""
    for path in PAGES:
        page = re.sub(r'href="[^"]*"', "", read(client, path))
        assert "9999-12-31" not in page, path
        assert "9999" not in words(page), path
        assert "0001-01-01" not in page, path


def test_a_source_is_read_passage_by_passage(client: FlaskClient) -> None:
    """Faults 3 and 4: in reading order, each with what it supports; a passage names its source."""
    first = read(client, "/doc/source/003")
    page = read(client, "/doc/source/003/passages")
    starts = [int(n) for n in re.findall(r"<li value=\"\d+\"><a [^>]*>(\d+)–", page)]
    proof = re.search(r'href="(/doc/evidence/[^"]*)"', read(client, f"/doc/statement/{SIGNED}"))
    assert proof is not None
    passage = words(read(client, proof[1]))

    assert 'href="/doc/source/003/passages"' in first
    assert len(starts) > 400
    assert starts == sorted(starts)
    assert f'href="/doc/statement/{SIGNED}"' in page
    assert "Passage in " in passage
    assert "signed on 12 July 1920" in passage


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Wilno", "/doc/place/vilnius"),
        ("Vilnuis", "/doc/place/vilnius"),
        ("Вильна", "/doc/place/vilnius"),
        ("Stalin", "/doc/person/stalin"),
        ("20,000 troops", "/doc/figure/mutual-assistance-1939-secret-supplement--ceiling"),
        ("1920-07-12", "/doc/treaty/peace-1920"),
        ("12 July 1920", "/doc/treaty/peace-1920"),
        ("1920 m. liepos 12 d.", "/doc/treaty/peace-1920"),
        ("1939 m. spalio", "/as-of?date=1939-10"),
        ("How many Soviet bases", "/doc/disagreement/number-of-bases"),
        ("military base", "/doc/base/alytus-base"),
    ],
)
def test_search_finds_names_and_what_is_said(
    client: FlaskClient, query: str, expected: str
) -> None:
    """Faults 5 and 6: spellings, typos, figures, dates, contents."""
    page = client.get("/search", query_string={"q": query}).get_data(as_text=True)

    assert f'href="{expected}"' in page


def test_an_exact_name_comes_first(client: FlaskClient) -> None:
    """Fault 6: the person before a thing whose name holds the person's."""
    answer = client.get("/search?q=Stalin", headers={"Accept": "application/json"})
    typed = client.get("/suggest?q=Vilnuis")

    assert json.loads(answer.data)["results"][0]["kind"] == "person"
    assert json.loads(typed.data)["results"][0]["href"] == "/doc/place/vilnius"
    assert "data-suggest" in read(client, "/")


def test_pages_speak_lithuanian(client: FlaskClient) -> None:
    """Fault 7: by `Accept-Language` and by `?lang=`, with caches told of it; links keep it."""
    answer = client.get(TREATY, headers={"Accept": "text/html", "Accept-Language": "lt,en;q=0.5"})
    named = client.get(f"{TREATY}?lang=lt", headers={"Accept": "text/html"})
    plain = client.get(TREATY, headers={"Accept": "text/html"})

    assert '<html lang="lt">' in answer.get_data(as_text=True)
    assert "1939 m. spalio 10 d." in answer.get_data(as_text=True)
    assert answer.headers["Content-Language"] == "lt"
    assert "Accept-Language" in answer.headers["Vary"]
    assert answer.headers["ETag"] not in (plain.headers["ETag"], named.headers["ETag"])
    links = re.findall(r'<a [^>]*href="(/doc/[^"]*)"', named.get_data(as_text=True))
    assert all("lang=" in link or re.search(r"\.[a-z]+\Z", link) for link in links)
    assert "Accept-Language" not in client.get(f"{TREATY}.ttl").headers["Vary"]


def test_the_first_rows_say_what_changed_a_treaty(client: FlaskClient) -> None:
    """Fault 8: an amended treaty says so among its first rows, with the day."""
    first = words(read(client, "/doc/treaty/molotov-ribbentrop-secret-protocols-1939"))

    assert "Amended by" in first[:1500]
    assert "28 September 1939" in first[:1500]


def test_disagreements_reach_what_they_are_about(client: FlaskClient) -> None:
    """Faults 9 and 11: on the treaty and on each base, before the raw statements."""
    link = 'href="/doc/disagreement/garrison-figures"'
    treaty = read(client, TREATY)

    assert link in treaty
    assert link in read(client, "/doc/base/alytus-base")
    assert treaty.index("The sources disagree") < treaty.index('id="statements"')
    assert treaty.index('<nav class="toc"') < treaty.index('id="life"')


def test_the_life_of_a_treaty_stands_in_phases(client: FlaskClient) -> None:
    """From the talks to what followed, the signature once, in both languages."""
    heads = r'<tr class="group"><th colspan="3" scope="rowgroup">([^<]*)'
    life = re.compile(r'id="life".*?</table>', re.DOTALL)
    for query, expected in (
        ("lang=en", ["Talks", "Signature and entry into force", "What followed"]),
        ("lang=lt", ["Derybos", "Pasirašymas ir įsigaliojimas", "Kas buvo toliau"]),
    ):
        found = life.search(read(client, f"{TREATY}?{query}"))
        assert found
        assert re.findall(heads, found[0]) == expected
        assert found[0].count("mutual-assistance-1939--signature?") == 1
    whole = read(client, f"{TREATY}/life")
    assert "Breach and end" in read(client, "/doc/treaty/non-aggression-1926")
    assert len(re.findall(heads, whole)) >= 3


def test_the_timeline_draws_competing_dates(client: FlaskClient) -> None:
    """Fault 10: bars with uncertainty, a mark of dispute, filters."""
    page = read(client, "/timeline")
    narrow = read(client, "/timeline?from=1939&until=1939")

    assert page.count('<td class="strip">') > 100
    assert "disputed" in page
    assert narrow.count('<td class="strip">') < page.count('<td class="strip">')
    assert client.get("/timeline?from=then").status_code == 400


def test_disagreements_are_narrowed_by_year(client: FlaskClient) -> None:
    """Those about what is dated to it, or with a side that is; what is no year is refused."""
    signed, bases = "/doc/disagreement/peace-1920-signature-date", "number-of-bases"
    of_1920, of_1939 = (read(client, f"/conflicts?year={year}") for year in (1920, 1939))

    assert signed in of_1920
    assert bases not in of_1920
    assert bases in of_1939
    assert signed not in of_1939
    assert "None of that kind" in read(client, "/conflicts?year=1700")
    assert client.get("/conflicts?year=then").status_code == 400


def test_what_one_looks_up_first_stands_first(client: FlaskClient) -> None:
    """Faults 12 and 13: an order made for the kind, sources counted, disputes marked, no jargon."""
    page = read(client, TREATY)
    labels = re.findall(r"<dt>(?:<a [^>]*>)?([^<]*)", page)

    assert [label.lower() for label in labels[:3]] == ["parties", "signed", "signed at"]
    assert re.search(r'<dd class="wit">2 sources, 1 of them a copy', page)
    assert 'class="chip odd"' in page
    for word in ("value was:", "exampleResource", "the lead</"):
        assert word not in page
    toc = page.partition('<nav class="toc"')[2].partition("</nav>")[0]
    contents = re.findall(r'<li><a href="#(\w+)">([^<]*?)(?: <span>|</a>)', toc)
    assert contents
    for anchor, title in contents:
        assert f'<h2 id="{anchor}">{title.strip()}</h2>' in page
    assert words(read(client, "/about")).count("preferred") > 0


def test_a_statement_can_be_cited(client: FlaskClient) -> None:
    """Fault 14: the sentence, the source and place, the release; BibTeX, RIS, CSL-JSON, meta."""
    page = read(client, "/doc/statement/peace-1920--signed-july")
    shown = words(page)

    assert "Soviet–Lithuanian Peace Treaty: signed on 12 July 1920" in shown
    assert re.search(r"\[003\], characters \d+–\d+", shown)
    assert build_real().manifest.id in shown
    assert "@misc{statement-peace-1920-signed-july" in shown
    assert "TY - ELEC" in shown
    block = re.search(r"CSL-JSON</summary><pre>(.*?)</pre>", page, re.DOTALL)
    assert block is not None
    assert json.loads(unescape(block[1]))[0]["version"] == build_real().manifest.id
    assert '<meta name="citation_title"' in page


def test_lists_are_spreadsheets(client: FlaskClient) -> None:
    """Faults 15 and 17: order of time, parties, disputes; CSV with its mark, XLSX, JSON."""
    table = client.get("/kind/treaty.csv")
    rows = list(csv.reader(io.StringIO(table.data.decode("utf-8-sig"))))
    book = client.get("/kind/base.xlsx")
    own = client.get(f"{TREATY}.csv")

    assert table.data.startswith(b"\xef\xbb\xbf")
    assert rows[0][:3] == ["Name", "address", "Signed"]
    assert len(rows) == 1 + build_real().manifest.kinds["treaty"]
    assert rows[1][1].startswith(BASE)
    with zipfile.ZipFile(io.BytesIO(book.data)) as opened:
        assert "xl/worksheets/sheet1.xml" in opened.namelist()
    assert book.data == client.get("/kind/base.xlsx").data
    assert json.loads(client.get("/kind/treaty.json").data)["total"] == len(rows) - 1
    assert b"Soviet Union" in own.data
    assert "Has party" not in rows[0]


def test_places_have_their_map(client: FlaskClient) -> None:
    """Fault 16: outlines, dots that are links of their own, a table beside them."""
    page = read(client, "/map")
    features = json.loads(client.get("/map", headers={"Accept": "application/json"}).data)

    assert 'role="group"' in page
    assert 'role="img"' not in page
    assert {f["geometry"]["type"] for f in features["features"]} == {"Point", "Polygon"}
    assert '<svg class="map"' in read(client, REGION)


def test_the_way_in_is_on_the_first_page(client: FlaskClient) -> None:
    """Fault 17: treaties with day and parties, questions with answers, every view in the menu."""
    page = read(client, "/")

    for path in ("/as-of", "/kind/source", "/kind/treaty", "/kind/person", "/map", "/about"):
        assert f'href="{path}"' in page
    assert page.count('<section class="card"><h3>') >= 6
    assert words(page).index("12 July 1920") < words(page).index("10 October 1939")


def test_an_error_leads_on(client: FlaskClient) -> None:
    """Fault 20: a box to search in, names that are near, links and not the text of links."""
    lost = client.get("/doc/place/vilnuis", headers={"Accept": "text/html"})
    page = lost.get_data(as_text=True)

    assert lost.status_code == 404
    assert 'href="/doc/place/vilnius"' in page
    assert '<a href="/search">/search</a>' in page
    assert 'name="q"' in page


def test_link_texts_differ_and_pictures_nest_no_links(client: FlaskClient) -> None:
    """Fault 18: no dozen of links with one name, headings in order, drawings hidden or named."""
    for path in PAGES:
        page = read(client, path)
        levels = [int(n) for n in re.findall(r"<h([1-6])", page)]
        assert levels[0] == 1, path
        assert all(b - a <= 1 for a, b in pairwise(levels)), path
        assert not re.search(r'role="img"[^>]*>(?:(?!</svg>).)*<a ', page, re.DOTALL), path
        named = re.findall(r'<a [^>]*aria-label="([^"]*)"', page)
        said = [name for name in named if not name.startswith("Witness")]
        assert len(said) <= 2 * max(len(set(said)), 1), path


def test_every_picture_is_reproduced_by_its_query(client: FlaskClient, store: ox.Store) -> None:
    """The query beside a table of events, figures or holders runs and gives rows."""
    seen = 0
    for path in (TREATY, REGION, "/doc/party/lithuania", "/as-of?date=1939-10-01", "/map", "/"):
        for link in re.findall(r'href="/sparql\?query=([^"]*)"', read(client, path)):
            query = unescape(_decode(link))
            rows = list(store.query(query, use_default_graph_as_union=True))  # type: ignore[arg-type]
            assert rows, (path, query)
            seen += 1
    assert seen > 8


def test_the_query_of_a_treaty_list_has_its_rows(client: FlaskClient, store: ox.Store) -> None:
    """As many rows as the page, with the same things."""
    page = read(client, "/kind/treaty")
    link = re.search(r'href="/sparql\?query=([^"]*)"', page)
    assert link is not None
    rows = store.query(unescape(_decode(link[1])), use_default_graph_as_union=True)
    found = {row["thing"].value for row in rows}  # type: ignore[union-attr]
    shown = {
        BASE + "id/" + slug for slug in re.findall(r'<th scope="row"><a href="/doc/([^"]*)"', page)
    }

    assert found == shown


def _decode(link: str) -> str:
    return unquote_plus(link)


@pytest.mark.parametrize("code", sorted(LOADED))
def test_no_page_says_a_loaded_word_in_its_own_voice(client: FlaskClient, code: str) -> None:
    """The words of the interface judge nobody; names and contents of records are their own."""
    language = read_languages()[code]
    catalogue = getattr(language.catalogue, "_catalog", {})
    own = " ".join(str(text) for text in catalogue.values()).lower()
    about = words(read(client, f"/about?lang={code}")).lower()
    for word in LOADED[code]:
        assert word not in own
        assert word not in about


def test_pages_are_light(client: FlaskClient) -> None:
    """HTML and CSS of things' pages stay under 60 kB before compression, save the largest three.

    Every page of the kinds that the largest belong to is weighed, and one in nine of the others.
    """
    sheets = {}
    for name in ("pacta.css", "views.css"):
        with client.get(f"/static/{name}") as answer:
            sheets[name] = len(answer.data)
    heavy = [path for kind in _HEAVY for path in _list_kind(client, kind)]
    light = [path for kind in _KINDS if kind not in _HEAVY for path in _list_kind(client, kind)]
    sizes = {}
    for path in heavy + light[::9]:
        page = read(client, path)
        sizes[path] = len(page.encode()) + sum(n for name, n in sheets.items() if name in page)
    large = {path: size for path, size in sizes.items() if size > 60_000}

    assert sheets["pacta.css"] < 20_000
    assert len(large) <= 3, large
    assert sorted(sizes.values())[len(sizes) // 2] < 40_000
    assert max(large.values(), default=0) < 80_000


@pytest.mark.parametrize("path", [TREATY, REGION, "/doc/party/lithuania", "/doc/source/003"])
def test_what_a_page_shows_in_part_is_whole_one_link_away(client: FlaskClient, path: str) -> None:
    """Each long section has a page of its own, with all that its heading counts."""
    page = read(client, path)
    parts = set(re.findall(rf'href="{path}/(\w+)["#]', page))

    assert parts
    for part in parts:
        whole = read(client, f"{path}/{part}")
        assert whole.count("<h1") == 1
        assert f'href="{path}"' in whole
        noted = set(re.findall(r'role="doc-noteref" href="#(w\d+)"', whole))
        assert noted <= set(re.findall(r'<li id="(w\d+)"', whole)), part
    assert client.get(f"{path}/nothing").status_code == 404


def test_a_whole_part_has_more_than_the_page(client: FlaskClient) -> None:
    """All articles and utterances of a treaty; the page has the first of them and their number."""
    page, talk = read(client, TREATY), read(client, f"{TREATY}/talk")
    told = re.search(r'href="#talk">[^<]*<span>(\d+)', page)

    assert told is not None
    assert len(re.findall(r'<li class="(?:us|it|)(?: via)?" id=', talk)) == int(told[1])
    assert len(re.findall(r'<li class="(?:us|it|)(?: via)?" id=', page)) < int(told[1])


def _list_kind(client: FlaskClient, kind: str) -> list[str]:
    listed = json.loads(client.get(f"/kind/{kind}.json").data)
    return [row["href"] for row in listed["things"]]


def test_the_first_page_is_led_by_the_party_of_which_most_is_said(
    client: FlaskClient, store: ox.Store
) -> None:
    """As its words claim: no other party of a treaty is in so many statements."""
    query = """PREFIX pacta: <https://w3id.org/pacta/ns#>
      SELECT ?party { GRAPH ?g { ?node ?property ?party } FILTER EXISTS {
        GRAPH ?other { ?treaty a pacta:Treaty ; pacta:hasParty ?party } } }
      GROUP BY ?party ORDER BY DESC(COUNT(*)) LIMIT 1"""
    found = store.query(query)
    assert isinstance(found, ox.QuerySolutions)
    first = next(found)["party"].value.removeprefix(BASE)
    named = re.findall(r">Those of ([^,<]*), of which most is said:<", read(client, "/"))
    page = read(client, f"/{first.replace('id/', 'doc/', 1)}")

    assert len(named) == 1
    assert f"<h1>{named[0]}" in page
