"""A collection in Arabic and Chinese alone: built, served and read as any other.

The workspace in `tests/data/collections/` has neither English nor Lithuanian; ontology, lists and
shapes are those that come with Pacta, as another team gets them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from loader.pipeline import build, prepare
from loader.progress import Progress
from loader.settings import Settings
from loader.workspace import open_workspace
from tests.live import LiveServer, start_server
from tests.places import ROOT

FOLDER: Final = ROOT / "tests" / "data" / "collections" / "arabic-chinese"
TREATY: Final = "/doc/treaty/lake-peace"
DISAGREEMENT: Final = "/doc/disagreement/lake-peace-day"
PAGES: Final = (
    *("/", "/kind/treaty", "/kind/source", "/timeline", "/conflicts", "/search", "/sparql"),
    *(TREATY, DISAGREEMENT, "/doc/place/harbour", "/doc/party/snow", "/doc/source/101"),
    *("/doc/source/102", "/doc/evidence/102-7-16", "/dumps/"),
)
ARABIC: Final = "صلح البحيرة"
CHINESE: Final = "湖泊和约"
LITHUANIAN: Final = re.compile(r"[ąčęėįšųūž]|Lietuv|\bsutart", re.I)
SWITCH: Final = r'<a class="lang"[^>]*>[^<]*</a>'
"""To the interface in another language, which the link names."""
MARKED: Final = re.compile(r'<(?!html\b|link\b)\w+\b([^>]*\blang="(?:ar|zh)"[^>]*)>')

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """`pacta serve` on a release of the collection, with its documents."""
    out = str(tmp_path_factory.mktemp("arabic-chinese"))
    workspace = open_workspace(FOLDER)
    build(workspace, workspace.publication.base, Settings(out=out), Progress())
    with start_server("--out", out, "--documents", str(FOLDER / "documents")) as running:
        yield running


def read_page(server: LiveServer, path: str) -> str:
    """The page at an address, which must answer 200."""
    reply = server.send("GET", path, headers={"Accept": "text/html"})
    assert (200, "text/html") == (reply.status, reply.kind), path
    return reply.body.decode()


def test_records_are_right_without_a_warning() -> None:
    """No rule asks for a language that the collection does not have."""
    workspace = open_workspace(FOLDER)
    prepared = prepare(workspace, workspace.publication.base, Progress())
    assert () == tuple(prepared.report.results)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_without_lithuanian(server: LiveServer, path: str) -> None:
    """Names say their language and run in its direction, whatever runs around them."""
    page = read_page(server, path)
    assert '<html lang="en"' in page
    shown = re.sub(rf"<script.*?</script>|{SWITCH}|<[^>]+>", " ", page, flags=re.S)
    assert [] == LITHUANIAN.findall(shown)
    assert [] == [each for each in MARKED.findall(page) if 'dir="auto"' not in each]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/", "معاهدات البحيرات"),
        (TREATY, ARABIC),
        (DISAGREEMENT, "يوم توقيع صلح البحيرة"),
        ("/doc/place/harbour", "المرفأ"),
        ("/doc/source/102", "حوليات الثلج"),
    ],
)
def test_heading_says_its_language(server: LiveServer, path: str, name: str) -> None:
    """The heading of a page in English is Arabic: its first language, from right to left."""
    assert f'<h1 lang="ar" dir="auto">{name}</h1>' in read_page(server, path)


def test_treaty_is_named_in_both_languages(server: LiveServer) -> None:
    """The second language stands below the first; passages run in their own direction."""
    page = read_page(server, TREATY)
    assert f'lang="zh" dir="auto">{CHINESE}</p>' in page
    for words in ("يوم 3 مايو 1921", "一九二一年五月四日", "بلاد النخيل وبلاد الثلج", "在港城签订"):
        assert f'<q dir="auto">{words}</q>' in page
    text = read_page(server, "/doc/source/101")
    assert '<p class="para" dir="auto">عقدت ' in text


@pytest.mark.parametrize("words", [ARABIC, "البحيرة", CHINESE, "湖泊", "棕榈"])
def test_search_finds_a_name(server: LiveServer, words: str) -> None:
    """In either language, whole or by its beginning."""
    wanted = "/doc/party/palms" if words == "棕榈" else TREATY
    assert f'href="{wanted}"' in read_page(server, f"/search?q={quote(words)}")


def test_data_have_the_language_tags(server: LiveServer) -> None:
    """Labels and judgement are of their languages; nothing of the records is of another."""
    turtle = server.send("GET", TREATY, headers={"Accept": "text/turtle"}).body.decode()
    assert f'"{ARABIC}"@ar' in turtle
    assert f'"{CHINESE}"@zh' in turtle
    assert '"كتب صاحب الأخبار في المدينة نفسها."@ar' in turtle
    reply = server.ask(
        "SELECT DISTINCT (LANG(?text) AS ?language)"
        ' { ?s ?p ?text FILTER(STRSTARTS(STR(?s), "https://lakes.example.org/id/")'
        ' && LANG(?text) != "") } ORDER BY ?language',
        "text/csv",
    )
    assert [b"language", b"ar", b"zh"] == reply.body.split()


def test_source_texts_are_counted_in_characters() -> None:
    """The length of a source is that of its characters, of which each takes several bytes."""
    (chinese,) = (FOLDER / "documents").glob("102_*")
    text = chinese.read_bytes()
    assert (34, True) == (len(text.decode()), len(text) > 60)
    assert "characterCount: 34" in Path(FOLDER / "seeds" / "sources.yaml").read_text("utf-8")
