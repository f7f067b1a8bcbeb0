"""An afternoon of another team: Tordesillas, from `pacta init` to HTTPS and to plain files.

A `pacta` from the wheel makes a workspace; the collection in `tests/data/collections/tordesillas`
(1494, Julian calendar, Portuguese and Spanish, no English) takes the place of the example. The
release is served at https://treaties.example.org/ behind nginx, and frozen. Chromium follows every
link of both.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.browser.chromium import Pipe, find_browser, start_browser
from tests.installed import list_variables, run_installed
from tests.live import wait_until
from tests.nginx import NEEDED, accepts, run_nginx
from tests.places import ROOT
from tests.sample import ALL, SEED
from tests.skips import needs
from tests.stores import find_port

COLLECTION: Final = ROOT / "tests" / "data" / "collections" / "tordesillas"
HOST: Final = "treaties.example.org"
BROWSER: Final = find_browser()
PACTAS_OWN: Final = ("ns", "vocab", "shapes", "kind/concept")
"""Pages of Pacta's own terms, which name works and things of many countries."""

WALK: Final = """(async ({start, within, single, seed}) => {
  const taken = {}, add = (sum, letter) => (sum * 31 + letter.codePointAt(0)) % 1000003;
  const draws = (path) => {
    const folder = path.match(/\\/(?:doc\\/[^/]+|vocab)\\//);
    const kind = `${folder} ${path.match(/\\.\\w+$/)}`;
    if (!seed || !folder || (taken[kind] ||= 0) < 2) return (taken[kind] += 1, true);
    return [...seed, ...path].reduce(add, 7) % 5 === 0;
  };
  const left = /^(vocab\\/[^/]+|shapes|ns|releases)\\//;
  const queue = [start], seen = new Set(queue), missing = [], texts = {}, pages = [];
  const isPage = (answer) => (answer.headers.get("Content-Type") || "").startsWith("text/html");
  const visit = async (address) => {
    const answer = await fetch(address, {headers: {Accept: "text/html"}});
    if (!answer.ok) { missing.push([address, answer.status]); return; }
    if (!isPage(answer)) { await answer.body.cancel(); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    pages.push(address);
    for (const each of page.querySelectorAll("script, style, a.lang")) each.remove();
    const name = new URL(answer.url).pathname.slice(new URL(within).pathname.length);
    const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode());) {
      const words = node.data.trim(), near = node.parentElement.closest("[lang]");
      if (words) ((texts[near ? near.lang : ""] ||= {})[words] ||= name);
    }
    for (const link of page.querySelectorAll("a[href]")) {
      const target = new URL(link.getAttribute("href"), answer.url);
      target.hash = "";
      const kind = target.search ? target.pathname + "?" : target.href;
      if (!target.href.startsWith(within) || left.test(target.href.slice(within.length))) continue;
      if (!seen.has(single ? kind : target.href)) {
        seen.add(single ? kind : target.href);
        if (draws(target.pathname)) queue.push(target.href);
      }
    }
  };
  while (queue.length) await Promise.all(queue.splice(0, 8).map(visit));
  return JSON.stringify({missing, texts, pages});
})"""
"""Follows the links below an address, every page read by the browser; of the addresses of one path
with different queries, where `single` is true, the first; of the documents and lists of each folder
with one ending, where there is a seed, two and a fifth of the rest. Pacta's own terms one by one
and former releases are left out. Returns links that answer no page, each text by the language that
it is marked with, with the page where it stands, and the pages."""

pytestmark = [pytest.mark.slow, pytest.mark.long, *NEEDED, needs("browser", BROWSER)]


@pytest.fixture(scope="module")
def workspace(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `pacta init` makes, the example replaced; checked and built."""
    folder = tmp_path_factory.mktemp("another-team")
    told = ["--title", "Tratados ibéricos", "--languages", "pt,es", "--base", f"https://{HOST}/"]
    told += ["--publisher", "Arquivo de Exemplo", "--publisher-url", "https://example.org/"]
    made = run_installed(installed, "init", "tratados", *told, cwd=folder)
    assert 0 == made.returncode, made.stderr
    workspace = folder / "tratados"
    for name in ("seeds", "documents", "queries"):
        shutil.rmtree(workspace / name)
    shutil.copytree(COLLECTION, workspace, dirs_exist_ok=True)
    for command in (["schema", "--write"], ["fmt", "--check"], ["check"], ["verify"], ["build"]):
        done = run_installed(installed, *command, cwd=workspace)
        assert 0 == done.returncode, done.stderr
        assert "warning" not in done.stderr
    return workspace


@contextlib.contextmanager
def serve(installed: Path, workspace: Path) -> Iterator[int]:
    """`pacta serve` in the workspace; its port."""
    port = find_port()
    command = [str(installed), "serve", "--port", str(port), "--trusted-proxy", "127.0.0.1"]
    with subprocess.Popen(command, cwd=workspace, env=list_variables()) as running:
        try:
            assert wait_until(lambda: accepts(port), 60)
            yield port
        finally:
            running.terminate()
            running.wait(30)


def walk(browser: Pipe, start: str, within: str, *, single: bool) -> dict[str, Any]:
    """Follow the links in the browser: see `WALK`."""
    page = browser.open_page()
    page.open(start)
    given = {"start": start, "within": within, "single": single, "seed": "" if ALL else SEED}
    page.read(f"void {WALK}({json.dumps(given)}).then((said) => {{ window.found = said; }})")
    found: dict[str, Any] = json.loads(page.wait("window.found", 600))
    return found


def check_languages(found: dict[str, Any]) -> None:
    """Names are Portuguese or Spanish, marked as such; the rest is the interface's English."""
    texts: dict[str, dict[str, str]] = found["texts"]
    assert {"en", "pt", "es"} == texts.keys() - {"lt"}
    own = PACTAS_OWN
    assert [] == [text for text, page in texts.get("lt", {}).items() if not page.startswith(own)]
    assert {"Tratado de Tordesilhas", "Molucas", "Portugal"} <= texts["pt"].keys()
    assert {"Tratado de Tordesillas", "Tratado de Zaragoza"} <= texts["es"].keys()
    assert set() == {"None preferred.", "Nothing."} & (texts["pt"].keys() | texts["es"].keys())
    strange = [
        (text, page)
        for tag in ("en", "pt", "es")
        for text, page in texts[tag].items()
        if not page.startswith(own) and set("ąčęėįšųūž") & set(text.lower())
    ]
    assert [] == strange


def test_the_site_behind_nginx(
    installed: Path, workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Under its own name by HTTPS: no dead link, no language that nobody chose."""
    with (
        serve(installed, workspace) as server,
        run_nginx(tmp_path_factory.mktemp("nginx"), [server]) as port,
        start_browser(
            str(BROWSER),
            tmp_path_factory.mktemp("profile"),
            f"--host-resolver-rules=MAP {HOST}:443 127.0.0.1:{port}",
            "--ignore-certificate-errors",
        ) as browser,
    ):
        found = walk(browser, f"https://{HOST}/", f"https://{HOST}/", single=True)
    assert [] == found["missing"]
    assert len(found["pages"]) > (150 if ALL else 60)
    check_languages(found)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_the_frozen_site(
    installed: Path, workspace: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same as files below a path of a plain file server."""
    done = run_installed(installed, "freeze", "--out", "site", cwd=workspace, timeout_s=600)
    assert (0, "") == (done.returncode, done.stderr)
    handler = functools.partial(_Quiet, directory=str(workspace))
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as plain,
        start_browser(str(BROWSER), tmp_path_factory.mktemp("profile")) as browser,
    ):
        threading.Thread(target=plain.serve_forever, daemon=True).start()
        home = f"http://127.0.0.1:{plain.server_port}/site/"
        found = walk(browser, f"{home}index.html", home, single=False)
        plain.shutdown()
    assert [] == found["missing"]
    assert len(found["pages"]) > (150 if ALL else 60)
    check_languages(found)
