"""docs/how-to/your-own-collection.md, followed step by step: Tordesillas in Portuguese and Spanish.

The files are written and the commands run as the page has them, by the real program in processes
of its own. Then the release is served and every link that a reader can follow is followed: no page
is missing, and none speaks a language that is neither the collection's nor the interface's.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.live import LiveServer, start_server
from tests.places import ROOT

PAGE: Final = ROOT / "docs" / "how-to" / "your-own-collection.md"
STEP: Final = re.compile(
    r"Write `(?P<file>[^`]+)`:\n\n```\w+\n(?P<content>.*?)^```\n"
    r"|^```sh\n(?P<commands>.*?)^```\n(?:\n```text\n(?P<prints>.*?)^```\n)?",
    re.M | re.S,
)
LINK: Final = re.compile(r'<a\b[^>]*?\bhref="([^"#]+)')
LITHUANIAN: Final = re.compile(r"[ąčęėįšųūž]|Lietuv|\bsutart", re.I)
PACTAS_OWN: Final = ("/ns", "/vocab", "/shapes")
"""Pages of Pacta's own terms: examples in their definitions name things of its own collection."""
PAGES: Final = 80
"""Pages that the walk visits."""
BEGINS: Final = "pacta init"


def test_page_has_twenty_steps() -> None:
    """Numbered in their order, each with something to write or to run."""
    parts = re.split(r"^## (\d+) .+\n", PAGE.read_text(encoding="utf-8"), flags=re.M)
    assert [str(number) for number in range(1, 21)] == parts[1::2]
    assert [] == [number for number, text in zip(parts[1::2], parts[2::2], strict=True)
                  if "```" not in text]  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page makes; its own words are what its commands print."""
    start = folder = tmp_path_factory.mktemp("own")
    settings = {key: value for key, value in os.environ.items() if not key.startswith("PACTA_")}
    settings["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{settings['PATH']}"
    for step in STEP.finditer(PAGE.read_text(encoding="utf-8")):
        if step["file"]:
            (folder / step["file"]).parent.mkdir(parents=True, exist_ok=True)
            (folder / step["file"]).write_text(step["content"], encoding="utf-8")
            continue
        done = subprocess.run(
            [shutil.which("bash") or "sh", "-eu", "-o", "pipefail", "-c", step["commands"]],
            cwd=folder,
            env=settings,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert 0 == done.returncode, f"{step['commands']}\n{done.stdout}\n{done.stderr}"
        assert step["prints"] in (None, done.stdout)
        if BEGINS in step["commands"]:
            folder = start / "tratados"
    return folder


@pytest.fixture(scope="module")
def server(workspace: Path) -> Iterator[LiveServer]:
    """`pacta serve` on the release of the page."""
    with start_server(
        "--out", str(workspace / "build"), "--documents", str(workspace / "documents")
    ) as running:
        yield running


def read_page(server: LiveServer, path: str) -> tuple[int, str]:
    """The status and the text of a page, redirects followed."""
    for _ in range(4):
        reply = server.send("GET", path, headers={"Accept": "text/html"})
        if reply.status not in (301, 302, 303, 308):
            break
        path = urlsplit(reply.headers["location"])._replace(scheme="", netloc="").geturl()
    return reply.status, reply.body.decode("utf-8", "replace")


@pytest.mark.slow
def test_every_link_leads_somewhere_and_no_page_is_lithuanian(server: LiveServer) -> None:
    """The pages nearest to the front page, breadth first."""
    todo, seen = ["/"], {"/"}
    missing: list[tuple[str, int]] = []
    foreign: list[tuple[str, list[str]]] = []
    for _ in range(PAGES):
        path = todo.pop(0)
        status, text = read_page(server, path)
        if status != 200:
            missing.append((path, status))
            continue
        shown = re.sub(r"<script.*?</script>|<[^>]+>", " ", text, flags=re.S)
        is_page = text[:9].lower() == "<!doctype" and not path.startswith(PACTAS_OWN)
        if is_page and LITHUANIAN.search(unescape(shown)):
            foreign.append((path, LITHUANIAN.findall(unescape(shown))[:5]))
        for link in map(unescape, LINK.findall(text) if text[:9].lower() == "<!doctype" else ()):
            # of the data beside pages and of one page's variants, one in each folder
            name = re.sub(r"/[^/?]+(\.[a-z]+|\?.*)$", r"/…\1", link)
            if link.startswith("/") and name not in seen and not is_endless(link):
                seen.add(name)
                todo.append(link)
    assert [] == missing
    assert [] == foreign
    assert len(seen) > 60


def is_endless(link: str) -> bool:
    """Whether there are as many links of this sort as there are days, queries and concepts."""
    return bool(re.match(r"/(as-of|sparql|search|timeline|dumps/[^/]+/)|/vocab/[^/]+/", link)) and (
        "?" in link or link.count("/") > 2
    )


@pytest.mark.slow
def test_pages_speak_the_languages_of_the_collection(server: LiveServer) -> None:
    """Names in Portuguese, marked as such on an English page; own and translated terms answer."""
    status, page = read_page(server, "/id/treaty/tordesillas-1494")
    assert 200 == status
    assert '<html lang="en"' in page
    assert '<h1 lang="pt" dir="auto">Tratado de Tordesilhas</h1>' in page
    assert "Tratados ibéricos" in page
    assert "Tratado de Tordesilhas: assinatura" in read_page(server, "/kind/event")[1]
    assert "firmado en Tordesillas" in read_page(server, "/id/source/es1")[1]
    for path, name in (
        ("/vocab/unit/league", "légua"),
        ("/vocab/unit", "légua"),
        ("/vocab/party-kind/kingdom", "reino"),
        ("/vocab/treaty-kind/boundary", "tratado de limites"),
        ("/shapes/TreatyShape-place", "falta o lugar"),
    ):
        status, page = read_page(server, path)
        assert (200, True) == (status, name in page), path


@pytest.mark.slow
def test_data_say_what_the_page_says(server: LiveServer) -> None:
    """No Lithuanian label of a graph, the dataset under a name of its own, bare text Portuguese."""
    reply = server.ask(
        'SELECT ?s ?o { { ?s ?p ?o FILTER(STRSTARTS(STR(?s), "https://treaties.example.org/")'
        ' && LANG(?o) IN ("lt", "ru", "pl")) } }',
        "text/csv",
    )
    assert [b"s,o"] == reply.body.split()
    reply = server.ask(
        "PREFIX pacta: <https://w3id.org/pacta/ns#> SELECT DISTINCT (LANG(?n) AS ?l)"
        " { ?s a pacta:Source ; pacta:note ?n }",
        "text/csv",
    )
    assert [b"l", b"pt"] == reply.body.split()
    assert 200 == read_page(server, "/id/dataset/collection")[0]
