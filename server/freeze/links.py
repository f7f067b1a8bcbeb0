"""Where each address of a server lies in a frozen site, and pages with links that lead there. Pure.

All links of a frozen page are relative, so that the site works below any path and from a folder.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from server.freeze.table import NEEDS, Page
from server.pages.queries import write_day_query
from server.pages.thing.order import WHOLE
from server.pages.whole.day import DayError, read_asked

_ATTRIBUTE = re.compile(
    r"(\s)(href|src|action|xlink:href|"
    r'data-(?:suggest|leaflet|leaflet-style|engine|library|dump|names|page))="(/[^"]*)"'
)
_LINK_ELEMENT = re.compile(r'[ \t]*<link\s[^>]*?href="(/[^"]*)"[^>]*>\n?')
_FORM = re.compile(r'<form\b[^>]*?action="(/[^"]*)"[^>]*>.*?</form>', re.S)
_COLLECTION = re.compile(
    r'(<link\b[^>]*\brel="collection"[^>]*\bhref="[^"]*?)index(?:\.[a-z-]+)?\.html"'
)
_FILTERED = ("/conflicts", "/timeline")
"""Views that a form narrows on a server."""

PROGRAMS: Mapping[str, str] = {
    "/openapi.json": "api",
    "/limits": "sparql",
    "/health": "api",
    "/metrics": "api",
    "/suggest": "search",
    "/releases": "releases",
    "/timemap": "releases",
    "/dumps/latest": "releases",
    "/reconcile": "reconcile",
}
"""Beginning of an address that needs a program → the part of the page that says so."""


@dataclass(frozen=True)
class Lead:
    """Where a link leads in the frozen site.

    Attributes:
        file: Below the folder of the site.
        tail: Query and fragment with their marks, or empty.
        known: It is what the link asked for, or a page made in its place.
    """

    file: str
    tail: str = ""
    known: bool = True


@dataclass(frozen=True)
class Plan:
    """The frozen site as links see it.

    Attributes:
        home: The path of the base without its last `/`, which links of a server begin with.
        languages: Codes of the languages of the pages; the first has the plain names of files.
        stems: Path of an address → stem of its files.
        files: All files that are no page.
        examples: Name of a sample question → its query.
        written: What `write_link` has worked out: pages share most of their links.
    """

    home: str
    languages: tuple[str, ...]
    stems: Mapping[str, str]
    files: frozenset[str]
    examples: Mapping[str, str]
    written: dict[tuple[str, str, str], tuple[str, bool]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def name_page(self, stem: str, language: str, number: int = 1) -> str:
        """The file of a page: `x.html`, `x.lt.html`, `x.page-2.html`."""
        part = f".page-{number}" if number > 1 else ""
        code = "" if language == self.languages[0] else f".{language}"
        return f"{stem}{part}{code}.html"

    def find(self, target: str, language: str) -> Lead:
        """Where a link leads.

        Args:
            target: Path-absolute, as a server's page has it, with query and fragment.
            language: The language of the page with the link.
        """
        parts = urlsplit(target)
        path = parts.path.removeprefix(self.home) or "/"
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        fields = dict(parse_qsl(parts.query, keep_blank_values=True))
        language = fields.pop("lang", language)
        if language not in self.languages:
            language = self.languages[0]
        path = re.sub(r"\A/id/", "/doc/", path)
        replaced = _REPLACED.get(path)
        if replaced is not None and fields:
            stem, tail = replaced(fields, self)
            return Lead(self.name_page(stem, language), tail)
        number = fields.pop("page", "1")
        bare = path.removesuffix(".html")
        stem = self.stems.get(path) or self.stems.get(bare) or self.find_part(path)
        if stem and number.isdigit() and not fields.keys() - _NARROWING:
            return Lead(self.name_page(stem, language, int(number)), fragment)
        file = _page_file(unquote(path).lstrip("/"), number)
        if not fields and (file in self.files or number != "1"):
            return Lead(file, fragment)
        needs = self.name_page(self.stems[NEEDS], language)
        for start, part in PROGRAMS.items():
            if path == start or path.startswith(start + "/"):
                return Lead(needs, f"#{part}")
        return Lead(needs, "", known=False)

    def find_part(self, path: str) -> str:
        """The stem of the page of one section of a thing: `doc/treaty/x.talk`; empty: none is."""
        thing, _, part = path.rpartition("/")
        stem = self.stems.get(thing, "")
        return f"{stem}.{part}" if stem and part in WHOLE else ""

    def write_link(self, target: str, language: str, folder: str) -> tuple[str, bool]:
        """A relative reference, and whether it leads to what the link asked for.

        Args:
            target: See `find`.
            language: The language of the page with the link.
            folder: The folder of the page with the link; empty: the top.
        """
        key = (target, language, folder)
        if key not in self.written:
            lead = self.find(target, language)
            relative = posixpath.relpath(lead.file, folder or ".")
            self.written[key] = (quote(relative, safe="/-._~") + lead.tail, lead.known)
        return self.written[key]


_NARROWING = frozenset(("kind", "about", "from", "until"))
"""Parameters that narrow a view; the frozen view shows everything."""


def _page_file(file: str, number: str) -> str:
    """`x.ttl` on page 2 → `x.page-2.ttl`."""
    if number == "1":
        return file
    stem, _, suffix = file.rpartition(".")
    return f"{stem}.page-{number}.{suffix}"


def _replace_query(fields: Mapping[str, str], plan: Plan) -> tuple[str, str]:
    """A link with a query opens the editor with it, behind `#`."""
    text = fields.get("query") or plan.examples.get(fields.get("example", ""), "")
    return "sparql", f"#{urlencode({'query': text})}" if text else ""


def _replace_day(fields: Mapping[str, str], plan: Plan) -> tuple[str, str]:
    """A day becomes the query for what held then."""
    try:
        asked = read_asked(fields.get("date", ""))
    except DayError:
        return "as-of", ""
    query = write_day_query(asked.first.isoformat(), asked.last.isoformat())
    return "sparql", f"#{urlencode({'query': query})}"


def _replace_search(fields: Mapping[str, str], plan: Plan) -> tuple[str, str]:
    """A search keeps its words; the script of the page reads them."""
    words = fields.get("q", "")
    return "search", f"?{urlencode({'q': words})}" if words else ""


_REPLACED: Mapping[str, Callable[[Mapping[str, str], Plan], tuple[str, str]]] = {
    "/sparql": _replace_query,
    "/as-of": _replace_day,
    "/search": _replace_search,
}
"""Address that a program answers → stem of the page in its place, with query and fragment."""


def make_plan(
    pages: list[Page],
    files: frozenset[str],
    home: str,
    languages: tuple[str, ...],
    examples: Mapping[str, str],
) -> Plan:
    """The frozen site as links see it; every data file of a page is one of the files."""
    stems = {path: page.stem for page in pages for path in (page.path, page.asked_at) if path}
    # `/dumps` and `/dumps/` are one address, and so is every other.
    stems |= {path.rstrip("/"): stem for path, stem in stems.items() if path != "/"}
    data = {f"{page.stem}.{suffix}" for page in pages for suffix in page.suffixes}
    return Plan(home, languages, stems, files | data, examples)


def rewrite_page(
    text: str,
    file: str,
    language: str,
    plan: Plan,
    say: Callable[[str], str],
    note: Callable[[str], None],
) -> str:
    """A page of a server as a page of the frozen site.

    Links become relative; `link` elements that lead to what only a program answers go, and so do
    forms that narrow a view, in whose place stands why.

    Args:
        text: HTML.
        file: Where it will lie.
        language: The language of the page.
        plan: The frozen site.
        say: A message in the language of the page.
        note: Called with each link that leads to nothing that the site has.
    """

    def drop_form(found: re.Match[str]) -> str:
        path = unescape(found[1]).partition("?")[0].removeprefix(plan.home)
        if path not in _FILTERED:
            return found[0]
        told = escape(say("This copy has no server: it shows everything at once."))
        return f'<p class="small soft"><a href="{plan.home}{NEEDS}#views">{told}</a></p>'

    def drop_element(found: re.Match[str]) -> str:
        lead = plan.find(unescape(found[1]), language)
        return "" if not lead.known or lead.file.startswith("frozen/") else found[0]

    def rewrite(found: re.Match[str]) -> str:
        space, name, target = found.groups()
        if name == "data-suggest":
            return ""
        link, is_known = plan.write_link(unescape(target), language, folder)
        if not is_known:
            note(unescape(target))
        return f'{space}{name}="{escape(link)}"'

    folder = posixpath.dirname(file)
    text = _FORM.sub(drop_form, text)
    text = _LINK_ELEMENT.sub(drop_element, text)
    text = _ATTRIBUTE.sub(rewrite, text)
    return _COLLECTION.sub(r'\1./"', text)  # the collection is `/`, as in the link set
