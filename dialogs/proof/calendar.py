"""The time line of a county: stretches of days in which nothing begins and nothing ends, from its first day on, without end.

What is proved of the first day of a stretch holds of all its days: between two of them only dates move, and conditions
speak of dates relative to the day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from dialogs.script import Library, Script
from dialogs.validity import Span


@dataclass(frozen=True, slots=True)
class Stretch:
    """`last` is None for the one without end, `script` None if there is none on these days."""

    first: dt.date
    last: dt.date | None
    script: Script | None

    def contains(self, day: dt.date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


def stretches(library: Library) -> tuple[Stretch, ...]:
    """Everything from the first day of the county's first script, in order; empty without scripts."""
    scripts = library.scripts.values()
    if not scripts:
        return ()
    begins = min(_first_day(script) for script in scripts)
    turns = {begins} | {day for script in scripts for day in _turns(script) if day > begins}
    days = sorted(turns)
    ends: list[dt.date | None] = [day - dt.timedelta(days=1) for day in days[1:]]
    return tuple(Stretch(first, last, _script(library, first)) for first, last in zip(days, [*ends, None], strict=True))


def _first_day(script: Script) -> dt.date:
    """A script without a first day begins with its first rule."""
    if script.valid_from > dt.date.min:
        return script.valid_from
    return min((rule.valid_from for rule in script.book.rules), default=dt.date.min)


def _turns(script: Script) -> Iterator[dt.date]:
    """Every day on which something is different from the day before."""
    book, county = script.book, script.county
    yield _first_day(script)
    spans = [dienst.days for dienst in county.dienste.values()]
    spans += [stelle.days for stelle in county.stellen.values()]
    spans += [Span(row.valid_from, row.valid_until) for row in (*book.rules, *book.topics, *book.also)]
    spans += [Span(question.valid_from, question.valid_until) for question in script.questionnaire.questions]
    spans += [Span(invariant.valid_from, invariant.valid_until) for invariant in script.invariants]
    for span in spans:
        yield span.first
        if span.last is not None and span.last < dt.date.max:
            yield span.last + dt.timedelta(days=1)


def _script(library: Library, on: dt.date) -> Script | None:
    try:
        return library.current(on)
    except LookupError:
        return None
