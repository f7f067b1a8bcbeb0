"""Writes a frozen site: asks the application for every address of the table, in processes.

The pages are those of the server, from the same functions: each process has the whole application
and asks it through WSGI. The folder is made beside its place and moved there when it is whole.
"""

import json
import os
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from urllib.parse import unquote

from werkzeug.test import Client

from server.app import create_app
from server.catalogues import choose_languages, read_languages
from server.errors import (
    GoneError,
    MethodRefusedError,
    NotAcceptableError,
    NotFoundError,
    ServerError,
    problem_of,
)
from server.freeze.hosts import CLASSES, Facts, write_error
from server.freeze.links import Plan, make_plan, rewrite_page
from server.freeze.rules import RULES
from server.freeze.table import TABLE, Page, Single, list_pages, list_singles
from server.release.current import ReleaseHolder
from server.release.examples import read_examples
from server.release.opened import OpenedRelease
from server.routes import frozen
from server.routes.dumps import list_files
from server.settings import Settings, count_processors

MARK = "frozen.json"
"""The file by which a frozen site is known; it says which release it is a copy of."""

STATIC = Path(frozen.__file__).parent.parent / "static"
_BATCH = 40
"""Addresses that a process gets at once."""

_NEXT = 'rel="next"'


class FreezeError(Exception):
    """The site cannot be written; the message says why and what to do."""


@dataclass(frozen=True)
class Frozen:
    """What was written.

    Attributes:
        release: Id of the release.
        files: How many there are.
        bytes: Their sizes together; a hard link counts like a copy.
        unknown: Links that lead to nothing that the site has, with the page that has them; they
            lead to the page that says what the copy cannot do.
    """

    release: str
    files: int
    bytes: int
    unknown: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Task:
    """What every process needs to know.

    Attributes:
        builds: The folder of releases.
        release: The folder of the release.
        documents: The folder of the source documents, or empty.
        site: The folder that is written to.
    """

    builds: Path
    release: Path
    documents: str
    site: Path


class Asker:
    """The application of one process, and the folder that it writes to."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.holder = ReleaseHolder(task.builds, task.release)
        self.opened = self.holder.open()
        settings = Settings(documents=task.documents, result_cache_bytes=0)
        self.client = Client(create_app(settings, self.holder, (frozen.BLUEPRINT,)))
        self.plan = plan_site(self.opened)
        self.unknown: set[tuple[str, str]] = set()

    def write_page(self, page: Page) -> None:
        """Write every form of an address, on every page that the form has."""
        for suffix in page.suffixes:
            _count_up(partial(self._write_data, page, suffix))
        for language in self.plan.languages if page.has_page else ():
            _count_up(partial(self._write_html, page, language))

    def _write_data(self, page: Page, suffix: str, number: int) -> bool:
        """Write a page of a document in one format; whether there is a next one."""
        address = page.path if page.json else f"/{page.stem}.{suffix}"
        accept = "application/json" if page.json else "*/*"
        body, links = self.ask(address + _ask_for(number), {"Accept": accept})
        if suffix == "linkset":
            body = _drop_states(body)
        part = f".page-{number}" if number > 1 else ""
        self.write(f"{page.stem}{part}.{suffix}", body)
        return _NEXT in links and suffix != TABLE  # a table is whole

    def _write_html(self, page: Page, language: str, number: int) -> bool:
        """Write a page for people in a language; whether there is a next one."""
        fields = {"Accept": "text/html", "Accept-Language": language}
        body, links = self.ask((page.asked_at or page.path) + _ask_for(number), fields)
        file = self.plan.name_page(page.stem, language, number)
        self.write(file, self._rewrite(body, file, language))
        self._write_parts(page, body, language)
        return _NEXT in links

    def _write_parts(self, page: Page, body: bytes, language: str) -> None:
        """Write the pages of the sections that a thing's page shows in part and links to."""
        start = f'href="{self.plan.home}{page.path}/'
        told = re.findall(re.escape(start) + r"([a-z]+)", body.decode())
        for part in sorted(set(told)):
            path = f"{page.path}/{part}"
            if stem := self.plan.find_part(path):
                whole, _ = self.ask(path, {"Accept": "text/html", "Accept-Language": language})
                file = self.plan.name_page(stem, language)
                self.write(file, self._rewrite(whole, file, language))

    def _rewrite(self, body: bytes, file: str, language: str) -> bytes:
        told = partial(_note_unknown, self.unknown, file)
        say = read_languages()[language].say
        return rewrite_page(body.decode(), file, language, self.plan, say, told).encode()

    def write_single(self, single: Single) -> None:
        """Write an address that is one file."""
        body, _ = self.ask(single.path, {"Accept": single.accept})
        self.write(single.path.lstrip("/"), body)

    def ask(self, address: str, fields: dict[str, str]) -> tuple[bytes, str]:
        """The body of an address and its `Link` field.

        Raises:
            FreezeError: The answer is not 200.
        """
        response = self.client.get(address, headers=fields)
        if response.status_code != 200:
            raise FreezeError(f"{address} ({fields['Accept']}) answers {response.status}")
        return response.get_data(), response.headers.get("Link", "")

    def write(self, file: str, body: bytes) -> None:
        """Write one file below the folder."""
        target = self.task.site / unquote(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)


def _count_up(write: Callable[[int], bool]) -> None:
    """Write pages 1, 2, … until there is no next one."""
    number = 1
    while write(number):
        number += 1


def _ask_for(number: int) -> str:
    return f"?page={number}" if number > 1 else ""


def _note_unknown(unknown: set[tuple[str, str]], file: str, target: str) -> None:
    unknown.add((target, file))


def _drop_states(body: bytes) -> bytes:
    """A link set without former states, which need the server."""
    linkset = json.loads(body)
    for entry in linkset["linkset"]:
        for relation in ("timegate", "timemap"):
            entry.pop(relation, None)
    return json.dumps(linkset, ensure_ascii=False, indent=2).encode() + b"\n"


def plan_site(opened: OpenedRelease) -> Plan:
    """The frozen site of a release as links see it."""
    languages = tuple(choose_languages(list(opened.manifest.languages)))
    files = {f"dumps/{opened.id}/{row.name}" for row in list_files(opened.release, "")}
    files |= {single.path.lstrip("/") for single in list_singles(opened)}
    files |= {
        f"static/{file.relative_to(STATIC).as_posix()}"
        for file in STATIC.rglob("*")
        if file.is_file()
    }
    examples = {each.name: each.text for each in read_examples(opened, languages[0])}
    home = opened.addresses.home
    return make_plan(list_pages(opened), frozenset(files), home, languages, examples)


_asker: Asker | None = None


def _start_asker(task: Task) -> None:
    global _asker
    _asker = Asker(task)


def _write_batch(batch: Sequence[Page | Single]) -> tuple[int, set[tuple[str, str]]]:
    """Write some addresses in a process of the pool; return their number and the unknown links."""
    if _asker is None:
        raise RuntimeError("the process was not started by freeze")
    for each in batch:
        if isinstance(each, Page):
            _asker.write_page(each)
        else:
            _asker.write_single(each)
    return len(batch), _asker.unknown


def freeze(
    builds: Path,
    release: Path,
    out: Path,
    *,
    documents: str = "",
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> Frozen:
    """Write a release as a static site.

    Args:
        builds: The folder of releases, which also holds the store of the release.
        release: The folder of the release.
        out: Where the site goes: a folder that is not there yet, or a frozen site to replace.
        documents: The folder of the source documents, to show passages; empty: none.
        tell: Called with how many addresses are done, and of how many.

    Raises:
        FreezeError: `out` is something else, an address has no answer, or nothing can be written.
        ReleaseError, DataError: See `ReleaseHolder.open`.
    """
    _check_place(out)
    holder = ReleaseHolder(builds, release)
    opened = holder.open()
    with _make_folder(out) as site:
        task = Task(builds, release, documents, site)
        rows: list[Page | Single] = [*list_pages(opened), *list_singles(opened)]
        unknown = _ask_all(task, rows, tell)
        _copy_files(opened, site)
        _write_errors(opened, site)
        _write_rules(opened, site)
        _write_mark(opened, site)
        sizes = [file.stat().st_size for file in site.rglob("*") if file.is_file()]
        return Frozen(opened.id, len(sizes), sum(sizes), tuple(sorted(unknown)))


def _check_place(out: Path) -> None:
    if out.exists() and not (out / MARK).is_file():
        raise FreezeError(
            f"{out} is there and is no frozen site (it has no {MARK}), so it is left alone. "
            "Name a folder that does not exist yet: --out DIR"
        )


@contextmanager
def _make_folder(out: Path) -> Iterator[Path]:
    """A folder beside `out` that takes its place at the end; nothing stays of a failure."""
    fresh = out.with_name(f".{out.name}-new-{os.getpid()}")
    former = out.with_name(f".{out.name}-old-{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        fresh.mkdir()
        yield fresh
        if out.exists():
            out.replace(former)
        fresh.replace(out)
    except OSError as error:
        raise FreezeError(f"the site cannot be written: {error}") from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


def _ask_all(
    task: Task, rows: Sequence[Page | Single], tell: Callable[[int, int], None]
) -> set[tuple[str, str]]:
    """Write every address, in as many processes as there are processors; the unknown links."""
    batches = [rows[at : at + _BATCH] for at in range(0, len(rows), _BATCH)]
    processes = min(count_processors(), len(batches))
    unknown: set[tuple[str, str]] = set()
    done = 0
    with ProcessPoolExecutor(processes, get_context("spawn"), _start_asker, (task,)) as pool:
        try:
            for count, found in pool.map(_write_batch, batches):
                done += count
                unknown |= found
                tell(done, len(rows))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return unknown


def _copy_files(opened: OpenedRelease, site: Path) -> None:
    """The files of the release, linked where the file system can, and those that pages load."""
    for row in list_files(opened.release, ""):
        inside = row.name if row.name in opened.manifest.files else f"dumps/{row.name}"
        target = site / "dumps" / opened.id / row.name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(opened.release.file(inside), target)
        except OSError:
            shutil.copyfile(opened.release.file(inside), target)
    shutil.copytree(STATIC, site / "static", copy_function=shutil.copyfile)
    (site / ".nojekyll").touch()  # GitHub Pages else leaves out `.well-known`


def list_errors() -> dict[str, ServerError]:
    """Name of a file → what web servers tell by it: `.html` to people, `.problem` to programs."""
    found: dict[str, ServerError] = {
        "404": NotFoundError("nothing has this address"),
        "405": MethodRefusedError("a frozen site answers GET, HEAD and OPTIONS"),
        "410": GoneError("this address was withdrawn"),
    }
    for name, (formats, _) in CLASSES.items():
        types = [row.media_type for row in formats]
        found[f"406-{name}"] = NotAcceptableError(
            f"none of the formats of this address is acceptable: there are {', '.join(types)}",
            members={"available": [{"type": each} for each in types]},
        )
    return found


def _write_errors(opened: OpenedRelease, site: Path) -> None:
    for name, error in list_errors().items():
        problem = problem_of(error)
        page = write_error(opened.base, str(problem["title"]), str(problem["detail"]))
        (site / f"frozen/{name}.html").write_text(page, encoding="utf-8")
        text = json.dumps(problem, ensure_ascii=False) + "\n"
        (site / f"frozen/{name}.problem").write_text(text, encoding="utf-8")
        if name == "404":
            (site / "404.html").write_text(page, encoding="utf-8")


def read_facts(opened: OpenedRelease) -> Facts:
    """What the rules of web servers need to know of a release."""
    start = f"{opened.base}id/"
    merged = {
        iri.removeprefix(start): entry.successor.removeprefix(start)
        for iri, entry in opened.withdrawn.items()
        if entry.status == "merged" and entry.successor
    }
    gone = {iri.removeprefix(start) for iri in opened.withdrawn} - merged.keys()
    return Facts(
        opened.base,
        opened.addresses.home,
        opened.id,
        opened.manifest.licence,
        tuple(choose_languages(list(opened.manifest.languages))),
        tuple(sorted(gone)),
        tuple(sorted(merged.items())),
    )


def _write_rules(opened: OpenedRelease, site: Path) -> None:
    facts = read_facts(opened)
    for file, write in RULES.items():
        target = site / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(write(facts), encoding="utf-8")


def _write_mark(opened: OpenedRelease, site: Path) -> None:
    mark = {
        "release": opened.id,
        "base": opened.base,
        "languages": choose_languages(list(opened.manifest.languages)),
    }
    (site / MARK).write_text(json.dumps(mark, indent=2) + "\n", encoding="utf-8")
