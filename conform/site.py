"""The site under test: access to it, and what was discovered."""

from __future__ import annotations

from functools import cached_property

from conform.answers import rdf
from conform.answers.fetch import Fetcher
from conform.answers.html import HtmlFacts, read_html
from conform.answers.rdf import HTML
from conform.door import RESULTS_JSON, Door, Options
from conform.errors import RuleBrokenError, apply_if
from conform.targets import Dump, Entity


class Site(Door):
    """A server and what was found on it.

    Attributes:
        entities: The things judged.
        dumps: The dumps judged.
        notes: What the reader of a report should know about how things were found.
    """

    def __init__(self, options: Options, fetcher: Fetcher) -> None:
        super().__init__(options, fetcher)
        self.entities: list[Entity] = []
        self.dumps: list[Dump] = []
        self.all_dumps: list[str] = []
        self.notes: list[str] = []

    def require_publisher(self) -> None:
        """Go on where the site publishes things or a description, not just an endpoint.

        Raises:
            InapplicableError: Nothing of that was found on it.
        """
        publishes = self.description or self.entities or self.dumps
        apply_if(publishes, "it publishes neither things nor a description")

    @cached_property
    def front_page(self) -> HtmlFacts:
        """The facts of the site's first page.

        Raises:
            InapplicableError: It has no page for people.
        """
        answer = self.follow(self.base, HTML)
        apply_if(answer.status == 200 and answer.kind == HTML, "the site has no first page in HTML")
        return read_html(answer.text)

    def select(self, query: str) -> list[dict[str, str]]:
        """The rows of a query at the site's endpoint: variable → value as text.

        Raises:
            InapplicableError: There is no endpoint, or it gives no table.
        """
        apply_if(self.endpoint is not None, "no SPARQL endpoint is known")
        assert self.endpoint is not None  # noqa: S101 (said to mypy)
        answer = self.endpoint.ask(query, RESULTS_JSON)
        apply_if(answer.status == 200, f"the endpoint answers {answer.status} to the count")
        try:
            rows = rdf.read_json(answer.content)["results"]["bindings"]
            return [{name: str(cell["value"]) for name, cell in row.items()} for row in rows]
        except (KeyError, TypeError, AttributeError, RuleBrokenError):
            apply_if(False, "the endpoint gives no table in JSON")
            return []
