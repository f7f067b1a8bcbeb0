"""Long lists in pages: which part of a list a page shows, and what it says of the rest. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

PAGE_ROWS = 500
"""Rows of a list or events of the timeline on a page (200 kB of HTML); data come whole."""


@dataclass(frozen=True)
class Part:
    """A page of a list.

    Attributes:
        number: From 1.
        pages: How many there are.
        first: Number of its first row in the whole list, from 1.
        last: Number of its last row.
        total: Rows of the whole list.
    """

    number: int
    pages: int
    first: int
    last: int
    total: int

    @property
    def neighbours(self) -> dict[str, int]:
        """Relation (`prev`, `next`) → number of the page."""
        near = {"prev": self.number - 1, "next": self.number + 1}
        return {rel: number for rel, number in near.items() if 1 <= number <= self.pages}

    def find_address(self, path: str, number: int) -> str:
        """The address of a page of the same list; `path` is that of the first page."""
        joint = "&" if "?" in path else "?"
        return f"{path}{joint}page={number}" if number > 1 else path


def cut_rows(sizes: Sequence[int]) -> list[slice]:
    """The rows of each group, in their order → the groups of each page.

    A page has as many groups as fit, and at least one; no groups make one empty page.
    """
    starts, held = [0], 0
    for number, size in enumerate(sizes):
        if held and held + size > PAGE_ROWS:
            starts.append(number)
            held = 0
        held += size
    return [slice(*pair) for pair in zip(starts, [*starts[1:], len(sizes)], strict=True)]


def find_part(
    sizes: Sequence[int], number: int, most: int = PAGE_ROWS
) -> tuple[slice, Part] | None:
    """The groups that a page shows, and where it stands; None: there is no such page."""
    cuts = cut_rows(sizes)
    if not 1 <= number <= len(cuts):
        return None
    cut = cuts[number - 1]
    before, own = sum(sizes[: cut.start]), sum(sizes[cut])
    return cut, Part(number, len(cuts), before + 1, before + own, sum(sizes))
