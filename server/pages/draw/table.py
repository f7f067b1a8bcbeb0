"""The strip table: each row says in words what its last cell draws. Plain values."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.pages.draw.scale import Scale, Tick
from server.pages.draw.strips import Shape
from server.pages.shown import Shown


@dataclass(frozen=True)
class StripRow:
    """One row.

    Attributes:
        title: What it is.
        when: In words.
        amount: A number in words, where the strip draws one.
        sub: Beside the title, smaller.
        shapes: The drawing.
        notes: Numbers of witness notes.
        disputes: Disagreements about it.
        mark: A word that changes the reading: planned, rejected …
        strong: The row that the page is about.
        height: Of its drawing, in pixels; 0: that of one lane.
    """

    title: Shown
    when: str = ""
    amount: str = ""
    sub: str = ""
    shapes: tuple[Shape, ...] = ()
    notes: tuple[int, ...] = ()
    disputes: tuple[Shown, ...] = ()
    mark: str = ""
    strong: bool = False
    height: int = 0


@dataclass(frozen=True)
class StripTable:
    """Rows in groups on one scale.

    Attributes:
        key: Names the table on its page: the grid in `defs` has it.
        groups: Heading (may be empty) and rows.
        ticks: The grid.
        breaks: From where to where the scale is pressed together, in per cent.
        now: A day to mark, in per cent; below 0: none.
        letters: Holder and the letter of its colour, for the legend.
        query: SPARQL that gives the same rows.
    """

    key: str
    groups: tuple[tuple[str, tuple[StripRow, ...]], ...]
    ticks: tuple[Tick, ...]
    breaks: tuple[tuple[float, float], ...] = ()
    now: float = -1.0
    letters: tuple[tuple[str, str], ...] = ()
    query: str = ""
    forms: frozenset[str] = frozenset()

    @property
    def hatches(self) -> frozenset[str]:
        """The letters of the colours that are hatched in it; `d` for the legend's sake."""
        styles = {w for row in self.rows for shape in row.shapes for w in shape.style.split()}
        legend = {"d"} if "h" in self.forms else set()
        return pick_hatches(styles) | legend

    @property
    def rows(self) -> tuple[StripRow, ...]:
        """All rows, without their groups."""
        return tuple(row for _, rows in self.groups for row in rows)


def pick_hatches(styles: Iterable[str]) -> frozenset[str]:
    """The letters of hatched colours among CSS classes: `ha` → `a`."""
    return frozenset(style[1] for style in styles if len(style) == 2 and style[0] == "h")


def make_table(
    key: str,
    groups: list[tuple[str, list[StripRow]]],
    scale: Scale,
    query: str = "",
    letters: tuple[tuple[str, str], ...] = (),
    now: float = -1.0,
) -> StripTable:
    """A strip table on a scale of days; groups without rows are left out."""
    kept = tuple((title, tuple(rows)) for title, rows in groups if rows)
    forms = {form for _, rows in kept for row in rows for form in _tell_forms(row)}
    breaks = tuple((piece.left, piece.right) for piece in scale.breaks)
    return StripTable(key, kept, scale.ticks, breaks, now, letters, query, frozenset(forms))


def _tell_forms(row: StripRow) -> set[str]:
    """The marks of a row, for the legend."""
    told: set[str] = set()
    for shape in row.shapes:
        words = shape.style.split()
        if shape.form == "dot":
            continue  # the row says what its dots are
        if shape.form in ("open", "latest", "stop"):
            told.add(shape.form)
        elif shape.form == "point":
            told.add(words[0] if words else "pt")
        elif "q" in words:
            told.add("q")
        else:
            told.add("h" if any(w[0] == "h" for w in words) else "f")
    return told
