"""Bounds in time: earliest and latest days of dates, periods and lifetimes.

A period has four bounds, always, so that "certainly" and "possibly on that day" are two
comparisons each: certain where ``from_latest <= day <= until_earliest``, possible where
``from_earliest <= day <= until_latest``. Where no start is given it may have begun at any time
up to the end, where no end is given it may have ended at any time from the start on: it was
certainly so on the one day that is known, and beyond it the answer is neither yes nor no.
A start that nobody gives is `OPEN_START` here, an end `OPEN_END`; `Reach` says what is written in
their place.

Source: docs/data-model.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from loader.graph.plain import Plain
from loader.rdf.days import OPEN_END, OPEN_START, Day
from loader.rdf.terms import PACTA
from loader.read.addresses import Ref
from loader.read.dates import Date
from loader.read.expand import Assertion
from loader.read.model import Field, Record, first

# The property that gives a thing its time, by class.
TIME_OF = {
    PACTA.Event: PACTA.date,
    PACTA.PlannedEvent: PACTA.plannedFor,
    PACTA.Treaty: PACTA.signedOn,
}
_YEAR_1 = Day(1, 1, 1)
BEGINNINGS = (PACTA.existedFrom, PACTA.bornOn)
ENDS = (PACTA.existedUntil, PACTA.diedOn)


@dataclass(frozen=True, slots=True)
class Span:
    """Some days, both ends included."""

    earliest: Day
    latest: Day


@dataclass(frozen=True, slots=True)
class Reach:
    """What is written where no start or no end is known.

    Attributes:
        start: for `OPEN_START`: a day before every date of the collection.
        end: for `OPEN_END`: the last day that the collection reaches; None leaves such an end out.
    """

    start: Day
    end: Day | None

    def bound(self, day: Day) -> Day | None:
        """Return the day that is written for a bound, or None where the bound is left out."""
        return {OPEN_START: self.start, OPEN_END: self.end}.get(day, day)


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time whose start and end are each known to lie between two days."""

    from_earliest: Day
    from_latest: Day
    until_earliest: Day
    until_latest: Day

    @property
    def certain(self) -> Span | None:
        """The days on which it certainly was so, or None."""
        if self.from_latest > self.until_earliest:
            return None
        return Span(self.from_latest, self.until_earliest)


def period_of(fields: Iterable[Field]) -> Period | None:
    """Return the period that ``from``, ``until`` or ``at`` give, or None without any.

    ``at`` says that it was so at some moment within; it is certain for no day unless it
    is one day.
    """
    known = tuple(fields)
    start, end, moment = (_date(known, name) for name in ("from", "until", "at"))
    if start is None and end is None:
        return within(Span(moment.earliest, moment.latest)) if moment is not None else None
    latest = end.latest if end else OPEN_END
    earliest = start.earliest if start else OPEN_START
    return Period(
        from_earliest=earliest,
        from_latest=start.latest if start else latest,
        until_earliest=end.earliest if end else earliest,
        until_latest=latest,
    )


def within(span: Span) -> Period:
    """Return the period of what was so at some moment of ``span``."""
    return Period(span.earliest, span.latest, span.earliest, span.latest)


def open_period() -> Period:
    """Return the period of which nothing is known."""
    return within(Span(OPEN_START, OPEN_END))


def cap(period: Period, end: Day) -> Period:
    """Return ``period`` ending on ``end`` at the latest."""
    return replace(
        period,
        until_earliest=min(period.until_earliest, end),
        until_latest=min(period.until_latest, end),
    )


def _date(fields: Iterable[Field], name: str) -> Date | None:
    value = first(fields, PACTA[name])
    return value.date if value is not None else None


def reach_of(assertions: Iterable[Assertion]) -> Reach:
    """Return how far the dates of a collection reach.

    The start is 0001-01-01, and -9999-01-01 where the collection holds an earlier date, or that
    day itself.
    """
    dates = (
        value.date
        for one in assertions
        for value in (one.value, *(value for field in one.fields for value in field.values))
        if value is not None and value.date is not None
    )
    known = {day for each in dates for day in (each.earliest, each.latest)} - {OPEN_START, OPEN_END}
    if not known:
        return Reach(_YEAR_1, None)
    return Reach(OPEN_START if min(known) <= _YEAR_1 else _YEAR_1, max(known))


def time_owner(one: Assertion) -> Ref | None:
    """Return the thing whose time an assertion shares, or None.

    What is said or put forward shares the time of the event that it was made during, and of
    nothing else: what it is about may lie long before.
    """
    if any(one.cls.is_a(cls) for cls in (PACTA.Proposal, PACTA.Position)):
        during = one.term(PACTA.madeDuring)
        return during if isinstance(during, Ref) else None
    return one.about


def time_spans(records: Iterable[Record], plain: Plain) -> dict[Ref, Span]:
    """Return when each event happened and each treaty was signed, as far as that is plain."""
    classes = {record.id: record for record in records if record.classes}
    spans = {}
    for statement in plain.chosen:
        record = classes.get(statement.about)
        if record is None or statement.prop is None or statement.value is None:
            continue
        gives_time = any(
            record.is_a(cls) and prop == statement.prop.iri for cls, prop in TIME_OF.items()
        )
        if gives_time and (value := statement.value.date) is not None:
            spans[statement.about] = Span(value.earliest, value.latest)
    return spans


def lifetimes(plain: Plain) -> dict[Ref, Span]:
    """Return from when to when, at most, each thing was there, as far as that is plain."""
    spans: dict[Ref, Span] = {}
    for statement in plain.chosen:
        if statement.prop is None or statement.value is None or statement.value.date is None:
            continue
        span = spans.get(statement.about, Span(OPEN_START, OPEN_END))
        if statement.prop.iri in BEGINNINGS:
            spans[statement.about] = replace(span, earliest=statement.value.date.earliest)
        elif statement.prop.iri in ENDS:
            spans[statement.about] = replace(span, latest=statement.value.date.latest)
    return spans


def inferred_end(
    assertion: Assertion, period: Period, lives: Mapping[Ref, Span]
) -> tuple[Period, Ref | None]:
    """Return the period of a recognition, ended with its recogniser, and that recogniser.

    Of several recognisers the one that ended first counts: from then on it was no longer
    so according to all of them. None where the period ends before anyhow.
    """
    recognisers = [term for term in assertion.terms(PACTA.accordingTo) if isinstance(term, Ref)]
    ends = [(lives[one].latest, one) for one in recognisers if one in lives]
    if not ends:
        return period, None
    end, recogniser = min(ends)
    return (cap(period, end), recogniser) if period.until_latest > end else (period, None)
