"""Hypothesis strategies for what people write and what the loader makes of it."""

from __future__ import annotations

from hypothesis import strategies as st

from loader.rdf.days import OPEN_END, OPEN_START, Day

DAYS = st.one_of(st.integers(1, OPEN_END.toordinal()), st.integers(OPEN_START.toordinal(), 0)).map(
    Day.fromordinal
)
"""Days from year 1 on, and before it."""


@st.composite
def plain_dates(draw: st.DrawFn) -> str:
    """A day, a month or a year."""
    return draw(DAYS).isoformat().rsplit("-", draw(st.integers(0, 2)))[0]


@st.composite
def edtf_dates(draw: st.DrawFn) -> str:
    """A date of any form that records use; intervals run forwards."""
    form = draw(st.sampled_from(("plain", "interval", "open start", "open end", "season")))
    one = draw(plain_dates())
    if form == "plain":
        return one
    if form == "open start":
        return f"../{one}"
    if form == "open end":
        return f"{one}/.."
    if form == "season":
        return f"{_cut_year(one)}-{draw(st.sampled_from(('21', '22', '23')))}"
    other = draw(plain_dates())
    return "/".join(sorted((one, other), key=lambda text: (int(_cut_year(text)), text)))


def _cut_year(date: str) -> str:
    sign = "-" * date.startswith("-")
    return sign + date.removeprefix("-").partition("-")[0]


SLUG_PARTS = st.from_regex(r"[a-z0-9]{1,6}(-[a-z0-9]{1,6}){0,2}", fullmatch=True)

# Words that YAML, records and people are apt to trip over.
SCALARS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        (
            "no", "null", "~", "1920-07-12", "1920", "-", "?", ":", "{", "}", "[", "]", "&a", "*a",
            "!!int 3", "id", "type", "Treaty", "treaty/a", "label", "statements", "about",
            "signedOn", "evidence", "900@1-2", "rank", "deprecated", "not-stated", "'", '"', "#",
            "|", ">", "%", "@", "`", ",", "<<", "\t", "en", "Event", "roles", "agent", "sides",
        )
    ),
)  # fmt: skip

SOUP = st.lists(
    st.one_of(
        SCALARS, st.sampled_from(("\n", "\n  ", "\n- ", ": ", ", ", " ", "{", "}", "[", "]"))
    ),
    max_size=40,
).map("".join)

NODES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(SCALARS, inner, max_size=5)
    ),
    max_leaves=20,
)
