"""A collection of antiquity: built, asked, served and read as any other.

The workspace in `tests/data/collections/antiquity` has years, months, a century and one day before
year 1, and years that are only about right; nothing in it is younger than 63 AD.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest
from rdflib import XSD, Graph, Literal

from loader.pipeline import build, prepare
from loader.progress import Progress
from loader.settings import Settings
from loader.workspace import open_workspace
from tests.live import LiveServer, start_server
from tests.places import ROOT

FOLDER: Final = ROOT / "tests" / "data" / "collections" / "antiquity"
IN_ORDER: Final = [
    "Peace of Egypt and Hatti",
    "Early treaties of Rome and Carthage",
    "Thirty Years' Peace",
    "Peace of Rome and Carthage",
    "Peace of Brundisium",
    "Peace of Rhandeia",
]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a release of the collection."""
    out = tmp_path_factory.mktemp("antiquity")
    workspace = open_workspace(FOLDER)
    build(workspace, workspace.publication.base, Settings(out=str(out)), Progress())
    return out


@pytest.fixture(scope="module")
def server(out: Path) -> Iterator[LiveServer]:
    """`pacta serve` on it, with its documents."""
    with start_server("--out", str(out), "--documents", str(FOLDER / "documents")) as running:
        yield running


def read_page(server: LiveServer, path: str, language: str = "en") -> str:
    """The words of a page, which must answer 200."""
    reply = server.send("GET", path, headers={"Accept": "text/html", "Accept-Language": language})
    assert reply.status == 200, path
    body = reply.body.decode().partition("<body")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_records_are_right_without_a_warning() -> None:
    """No rule takes a day before year 1 for ill-typed, or its order for wrong."""
    workspace = open_workspace(FOLDER)
    prepared = prepare(workspace, workspace.publication.base, Progress())
    assert () == tuple(prepared.report.results)


def test_the_engine_sorts_by_date(server: LiveServer) -> None:
    """The oldest treaty comes first, and the year before an older one after it."""
    reply = server.ask(
        "PREFIX pacta: <https://w3id.org/pacta/ns#>"
        " SELECT ?name (YEAR(?day) AS ?year) { ?treaty a pacta:Treaty ; pacta:earliest ?day ;"
        ' rdfs:label ?name FILTER(LANG(?name) = "en") } ORDER BY ?day'.replace(
            "rdfs:label", "<http://www.w3.org/2000/01/rdf-schema#label>"
        ),
        "text/csv",
    )
    rows = list(csv.DictReader(io.StringIO(reply.body.decode())))
    assert IN_ORDER == [row["name"] for row in rows]
    assert ["-1258", "-499", "-445", "-240", "-39", "63"] == [row["year"] for row in rows]


def test_dumps_hold_days_that_rdflib_reads(out: Path) -> None:
    """Every day is well-typed; an unknown start lies before all of them."""
    graph = Graph()
    graph.parse(out / "current" / "dumps" / "pacta.nt", format="nt")
    days = [
        term for term in graph.objects() if isinstance(term, Literal) and term.datatype == XSD.date
    ]
    assert [] == [day for day in days if day.ill_typed]
    assert {"-9999-01-01", "-1258-01-01", "-0043-03-15", "0063-12-31"} <= set(map(str, days))
    assert "-9999-01-01" == str(min(days))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/doc/treaty/egypt-hatti", "about 1259 BC; 1258 BC"),
        ("/doc/treaty/thirty-years", "between 446 BC and 445 BC"),
        ("/doc/treaty/carthage-early", "between 500 BC and 401 BC"),
        ("/doc/treaty/peace-of-rhandeia", "63 AD"),
        ("/doc/event/amnesty", "15 March 44 BC (17 March 44 BC, Julian calendar)"),
        ("/doc/place/sicily", "Carthage: start not stated; 241 BC; Rome: from 241 BC"),
        ("/as-of?date=-0240", "Carthage possible start not stated; 241 BC Rome possible"),
        ("/as-of?date=-0235", "Rome no end stated from 241 BC"),
        ("/as-of?date=" + quote("241 BC"), "Who held what 241 BC"),
        ("/as-of?date=-0240-03", "Who held what March 241 BC"),
        ("/as-of?date=1500", "covers 1 January 1259 BC to 31 December 63 AD"),
        ("/timeline", "1259 BC · 500 BC · 446 BC · 241 BC · 44 BC · 40 BC · 63 AD"),
        ("/timeline?from=-0043&until=" + quote("40 BC"), "Show 44 BC · 40 BC 44 BC"),
        ("/search?q=" + quote("44 BC"), "15 March 44 BC"),
        ("/search?q=-0043-03-15", "Amnesty after the death of Caesar 15 March 44 BC Events"),
        ("/search?q=peace&from=-0050&until=0100&kind=treaty", "What is said 2"),
        ("/", "Day, month or year between 1259 BC and 63 AD"),
    ],
)
def test_pages_say_the_era(server: LiveServer, path: str, words: str) -> None:
    """Each view names the year as people do, takes it in both forms, and narrows by it."""
    assert words in read_page(server, path).replace(" ;", ";").replace(" :", ":")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/doc/event/amnesty", "44 m. pr. Kr. kovo 15 d."),
        ("/doc/treaty/egypt-hatti", "apie 1259 pr. Kr."),
        ("/timeline", "40 m. pr. Kr. rugsėjo mėn."),
        ("/doc/treaty/peace-of-rhandeia", "63 po Kr."),
    ],
)
def test_the_era_is_that_of_the_language(server: LiveServer, path: str, words: str) -> None:
    """In Lithuanian the era follows the year."""
    assert words in read_page(server, path, "lt")


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/as-of?date=-0000", "-0043"),
        ("/as-of?date=-0044-02-30", "-0044-02-29"),
        ("/timeline?from=44", "44 BC"),
    ],
)
def test_what_is_no_year_is_told(server: LiveServer, path: str, says: str) -> None:
    """The answer says how such a year is written."""
    reply = server.send("GET", path, headers={"Accept": "application/json"})
    assert reply.status == 400
    assert says in reply.body.decode()


def test_lists_stand_in_the_order_of_time(server: LiveServer) -> None:
    """In the table of a page, and in what programs read."""
    table = server.send("GET", "/kind/treaty.csv").body.decode("utf-8-sig")
    assert IN_ORDER == [row["Name"] for row in csv.DictReader(io.StringIO(table))]
    events = json.loads(
        server.send("GET", "/timeline", headers={"Accept": "application/json"}).body
    )["events"]
    assert ["-1258", "-0499", "-0445", "-0240", "-0043", "-0039", "0063"] == [
        event["earliest"].rsplit("-", 2)[0] for event in events
    ]
