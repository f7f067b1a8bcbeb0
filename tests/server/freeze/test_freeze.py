"""`pacta freeze` on the small release: every file of the site, its links, and two freezes alike."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from flask.testing import FlaskClient

from server.cli import EXIT_INPUT
from server.freeze.links import make_plan
from server.freeze.table import NEEDS, Page, list_pages
from server.freeze.writing import MARK, Asker, FreezeError, Frozen, Task, freeze
from tests.live import wait_until
from tests.places import ROOT
from tests.server_release import BASE, make_client, make_release, write_files

_LINK = re.compile(r'\s(?:href|src|action|data-(?:engine|library|dump|names|page))="([^"]*)"')
_ID = re.compile(r'\sid="([^"]+)"')

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def builds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of releases with the small one."""
    out = tmp_path_factory.mktemp("builds")
    title = {"en": "A test collection", "lt": "Bandomasis rinkinys"}
    make_release(out, write_files(), title=title, languages=("en", "lt"))
    return out


@pytest.fixture(scope="module")
def client(builds: Path) -> FlaskClient:
    """A server of the same release."""
    return make_client(builds)


@pytest.fixture(scope="module")
def made(builds: Path) -> tuple[Path, Frozen]:
    """The frozen site of the small release, and what was said of it.

    One process writes it: to start another takes longer than to write so little.
    """
    site = builds / "site"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("server.freeze.writing.count_processors", lambda: 1)
        return site, freeze(builds, (builds / "current").resolve(), site)


@pytest.fixture(scope="module")
def site(made: tuple[Path, Frozen]) -> Path:
    """The folder of the frozen site."""
    return made[0]


def list_links(site: Path) -> Iterator[tuple[Path, str]]:
    """Every link of every page that stays on the site."""
    for page in sorted(site.rglob("*.html")):
        for target in _LINK.findall(page.read_text(encoding="utf-8")):
            if not urlsplit(unescape(target)).scheme:
                yield page, unescape(target)


def test_every_link_leads_to_a_file(site: Path) -> None:
    """Relative, inside the folder, and to an anchor that the page has."""
    seen = 0
    anchors: dict[Path, set[str]] = {}
    for page, target in list_links(site):
        parts = urlsplit(target)
        assert not target.startswith("/"), (page, target)
        file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        assert file.is_relative_to(site.resolve()), (page, target)
        if target.endswith("./"):  # the collection, which every host answers with its first page
            file /= "index.html"
        assert file.is_file(), (page, target)
        is_anchor = parts.fragment and file.suffix == ".html" and "=" not in parts.fragment
        if is_anchor and not file.name.startswith("ns."):  # this release has few of the terms
            if file not in anchors:
                anchors[file] = set(_ID.findall(file.read_text(encoding="utf-8")))
            assert unquote(parts.fragment) in anchors[file], (page, target)
        seen += 1

    assert seen > 1000


def test_every_page_of_a_long_list_is_written(
    builds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In each language, with links to each other; the data of the list are one whole file."""
    monkeypatch.setattr("server.pages.whole.paging.PAGE_ROWS", 1)
    asker = Asker(Task(builds, (builds / "current").resolve(), "", tmp_path))
    asker.write_page(next(page for page in list_pages(asker.opened) if page.path == "/kind/party"))
    lists = tmp_path / "kind"
    things = json.loads((lists / "party.json").read_text(encoding="utf-8"))["things"]
    for code in ("", ".lt"):
        names = [f"party{f'.page-{n + 1}' if n else ''}{code}.html" for n in range(len(things))]
        pages = [(lists / name).read_text(encoding="utf-8") for name in names]
        rows = [
            re.findall(r'<th scope="row"><a [^>]*href="../(doc/party/[\w-]*)', p) for p in pages
        ]
        assert {f"/{row[0]}" for row in rows} == {thing["href"] for thing in things}
        for number, (name, page) in enumerate(zip(names, pages, strict=True)):
            near = {f'href="{each}"' for each in names[max(number - 1, 0) : number + 2]}
            assert near - {f'href="{name}"'} <= set(re.findall(r'href="[^"]*"', page))

    assert len(things) > 2
    assert len(list(lists.iterdir())) == 3 + 2 * len(things)


def test_what_is_replaced_is_missing_on_the_server_too(
    made: tuple[Path, Frozen], client: FlaskClient
) -> None:
    """Only links that are dead on the server lead to the page that says what a copy cannot do."""
    targets = {target for target, _ in made[1].unknown}

    assert targets
    assert {404} == {client.get(target).status_code for target in targets}


def test_data_are_those_of_the_server(site: Path, client: FlaskClient) -> None:
    """Each format of a document, a list and a description, byte for byte."""
    names = [f"doc/treaty/peace-1920.{s}" for s in ("ttl", "jsonld", "nt", "nq", "trig", "rdf")]
    names += ["doc/treaty/peace-1920.csv", "kind/treaty.csv", "kind/treaty.json", "index.ttl"]
    names += ["report.json", "shapes/TreatyShape.ttl", "sitemap.xml", "editor.json", "ns.jsonld"]
    for name in names:
        assert client.get(f"/{name}").data == (site / name).read_bytes(), name


def test_pages_are_there_in_every_language(site: Path, client: FlaskClient) -> None:
    """The same text as the server's; only addresses differ."""
    for language, name in (("en", "peace-1920.html"), ("lt", "peace-1920.lt.html")):
        served = client.get(
            "/doc/treaty/peace-1920", headers={"Accept": "text/html", "Accept-Language": language}
        ).text
        frozen = (site / "doc/treaty" / name).read_text(encoding="utf-8")
        assert f'<html lang="{language}"' in frozen
        assert read_words(served) == read_words(frozen)


def read_words(page: str) -> str:
    """The text of the body of a page."""
    return " ".join(re.sub(r"<[^>]*>", " ", page[page.index("<body") :]).split())


def read_files(folder: Path) -> dict[str, bytes]:
    """Name of each file → what it holds."""
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_another_folder_is_left_alone(builds: Path, tmp_path: Path) -> None:
    """What is no frozen site is never replaced."""
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(FreezeError, match="no frozen site"):
        freeze(builds, (builds / "current").resolve(), tmp_path)

    assert ["thesis.txt"] == [each.name for each in tmp_path.iterdir()]


def test_a_failure_leaves_the_former_site(
    builds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing half-written: the site that was there stays, and no folder beside it."""
    site = tmp_path / "site"
    site.mkdir()
    (site / MARK).write_text("{}")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("server.freeze.writing._ask_all", fail)
    with pytest.raises(FreezeError, match="No space left"):
        freeze(builds, (builds / "current").resolve(), site)

    assert ["site"] == [each.name for each in tmp_path.iterdir()]
    assert "{}" == (site / MARK).read_text()


@pytest.mark.parametrize(
    ("target", "file", "tail"),
    [
        ("/", "index.html", ""),
        ("/?lang=lt", "index.lt.html", ""),
        ("/id/treaty/x", "doc/treaty/x.html", ""),
        ("/doc/treaty/x?lang=lt#cite", "doc/treaty/x.lt.html", "#cite"),
        ("/doc/treaty/x.ttl", "doc/treaty/x.ttl", ""),
        ("/doc/treaty/x?page=2", "doc/treaty/x.page-2.html", ""),
        ("/doc/treaty/x.ttl?page=2", "doc/treaty/x.page-2.ttl", ""),
        ("/sparql?query=ASK+%7B%7D", "sparql.html", "#query=ASK+%7B%7D"),
        ("/sparql?example=q", "sparql.html", "#query=ASK"),
        ("/search?q=a+b", "search.html", "?q=a+b"),
        ("/as-of", "as-of.html", ""),
        ("/openapi.json", "frozen/index.html", "#api"),
        ("/releases/1/doc/x", "frozen/index.html", "#releases"),
        ("/nowhere", "frozen/index.html", ""),
    ],
)
@pytest.mark.parametrize("home", ["", "/treaties"])
def test_addresses_have_their_files(target: str, file: str, tail: str, home: str) -> None:
    """Wherever the base of the release lies."""
    pages = [Page("/", "index"), Page("/doc/treaty/x", "doc/treaty/x", ("ttl",))]
    pages += [Page(f"/{name}", name) for name in ("sparql", "search", "as-of")]
    pages.append(Page(NEEDS, "frozen/index"))
    plan = make_plan(pages, frozenset(), home, ("en", "lt"), {"q": "ASK"})
    lead = plan.find(home + target, "en")

    assert (file, tail, target != "/nowhere") == (lead.file, lead.tail, lead.known)


def test_the_command_says_what_it_wrote(
    builds: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that is there is refused with exit code 2, and nothing is written."""
    import pacta

    release = str((builds / "current").resolve())
    assert EXIT_INPUT == pacta.main(["freeze", "--release", release, "--out", str(tmp_path)])
    said = capsys.readouterr().err
    assert "no frozen site" in said
    assert BASE not in said


def test_a_freeze_that_is_stopped_leaves_nothing(builds: Path, tmp_path: Path) -> None:
    """SIGTERM in the middle: the half-written folder is taken away, the former site stays."""
    site = tmp_path / "site"
    site.mkdir()
    (site / MARK).write_text("{}")
    command = [sys.executable, "-m", "pacta", "freeze", "--out", str(site)]
    command += ["--release", str((builds / "current").resolve())]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as running:
        assert wait_until(lambda: any(tmp_path.glob(".site-new-*/doc")), 300)
        running.terminate()
        assert 128 + signal.SIGTERM == running.wait(60)

    assert [site] == list(tmp_path.iterdir())
    assert ["{}"] == [file.read_text() for file in site.iterdir()]


def test_the_page_freezes_a_workspace(builds: Path, site: Path, tmp_path: Path) -> None:
    """The command of docs/how-to/freeze.md, typed in a workspace; the files that the page names.

    Two freezes are alike: the same names and bytes as in the other folder.
    """
    page = (ROOT / "docs/how-to/freeze.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^(pacta freeze --out site)$", page, re.M)
    shutil.copy(ROOT / "pacta.toml", tmp_path)
    (tmp_path / "build").symlink_to(builds)
    program = Path(sys.executable).with_name("pacta")
    done = subprocess.run(
        [str(program), *command.split()[1:]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == done.returncode, done.stderr
    assert re.match(r"site: release \S+, [\d,]+ files, \d+ MB", done.stdout)
    named = re.findall(r"`([a-z.-]+(?:/[a-z.]+)*\.[a-z]+)`", page[: page.index("## Put it")])
    assert [] == [name for name in named if not (tmp_path / "site" / name).exists()]
    for name in (".htaccess", "_redirects", "_headers", "hosting/w3id.htaccess"):
        assert (tmp_path / "site" / name).is_file()
    assert read_files(site) == read_files(tmp_path / "site")
