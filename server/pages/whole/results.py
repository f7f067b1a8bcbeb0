"""The content of the search page: exact names, passages, facets, a direct answer. Pure."""

from dataclasses import dataclass, field

from server.pages.shown import Shown


@dataclass(frozen=True)
class Result:
    """One result."""

    thing: Shown
    kind: str
    kind_name: str
    snippet: tuple[tuple[str, bool], ...] = ()
    also: str = ""
    language: str = ""
    years: str = ""
    sources: tuple[str, ...] = ()
    disputed: int = 0


@dataclass(frozen=True)
class SearchPage:
    """The page of a search.

    Attributes:
        names: Things that are called so.
        figures: Figures with the amount that was asked for, whatever is counted.
        said: Things and statements that say so.
        questions: Sample questions that ask so.
        corrected: What was looked for instead, where the words were mistyped.
        day: The day that was asked for, as `/as-of` takes it.
        facets: Heading, and value, name, count of each choice.
    """

    query: str
    names: tuple[Result, ...] = ()
    figures: tuple[Result, ...] = ()
    said: tuple[Result, ...] = ()
    total: int = 0
    page: int = 1
    pages: int = 1
    corrected: str = ""
    loose: bool = False
    day: str = ""
    questions: tuple[Shown, ...] = ()
    facets: tuple[tuple[str, str, tuple[tuple[str, str, int], ...]], ...] = ()
    chosen: dict[str, str] = field(default_factory=dict)
