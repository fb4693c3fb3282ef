"""The next day on which she would be sent elsewhere although she answers the same: the 27th birthday, the end of a title.

Nothing is derived by hand: the days on which some condition or rule changes are known, and on each she is decided again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace

from dialogs.answers import Month, Value
from dialogs.compiled import Values
from dialogs.conditions import Case, DaysLeft, MonthsLeft
from dialogs.fact_names import elsewhere
from dialogs.routing import Decision, place_of
from dialogs.script import Script
from dialogs.table import Timed, rows_of

AGE, MONTH_27 = "S03_age", "S03b_month27"
BEFORE_27, FROM_27 = "a25", "a27"

Event = Mapping[str, object]


def next_change(script: Script, decision: Decision, values: Values) -> tuple[Event, ...]:
    """The first day after the decision's that leads elsewhere, with what happens on it; empty if none is known."""
    case, book = values.case, script.book
    days: dict[dt.date, Event] = {}
    for day, event in _days(script, case):
        if day > case.on:
            days.setdefault(day, event)
    for day in sorted(days):
        moved = on_day(case, day)
        questions = rows_of(book).timed if moved.answers is case.answers else {*rows_of(book).timed, AGE, MONTH_27}
        place = place_of(book, values.with_case(moved, *questions))
        if place is not None and place != decision.place:
            return ({"when": day.isoformat(), **days[day], **elsewhere(place, decision)},)
    return ()


def on_day(case: Case, day: dt.date) -> Case:
    """The same person on another day: from her 27th birthday on, she is in the next group of ages."""
    month = case.answers.get(MONTH_27)
    if not (isinstance(month, Month) and case.answers.get(AGE) == BEFORE_27 and day >= _birthday(month, case.on)):
        return replace(case, on=day)
    answers: dict[str, Value] = {key: value for key, value in case.answers.items() if key != MONTH_27}
    return replace(case, on=day, answers=answers | {AGE: FROM_27})


def _days(script: Script, case: Case) -> Iterator[tuple[dt.date, Event]]:
    month = case.answers.get(MONTH_27)
    if isinstance(month, Month) and case.answers.get(AGE) == BEFORE_27:
        yield _birthday(month, case.on), {"event": "birthday27"}
    rows = rows_of(script.book)
    for question, atoms in rows.timed.items():
        value = case.answers.get(question)
        if value is not None:
            for atom in atoms:
                yield from _turns(atom, value)
    yield from ((day, {"event": "rules"}) for day in rows.days)


def _turns(atom: Timed, value: Value) -> Iterator[tuple[dt.date, Event]]:
    """The days on which this condition begins or ceases to hold."""
    told: dict[str, object] = {"question": atom.question}
    if isinstance(atom, DaysLeft):
        if isinstance(value, dt.date):
            for left in {atom.most, None if atom.least is None else atom.least - 1} - {None}:
                event = {"event": "end"} if left == -1 else {"event": "days_left", "days": left}
                yield value - dt.timedelta(days=left or 0), {**event, **told}
    elif isinstance(atom, MonthsLeft):
        if isinstance(value, Month):
            year, month = divmod(value.year * 12 + value.month - 1 - atom.most, 12)
            yield dt.date(year, month + 1, 1), {"event": "months_left", "months": atom.most, **told}
    elif isinstance(value, int) and not isinstance(value, bool):
        yield dt.date(value + atom.under, 1, 1), {"event": "years_since", "years": atom.under, **told}


def _birthday(month: Month, on: dt.date) -> dt.date:
    """The first day that can be meant: the month is all she was asked for, and today she is not 27 yet."""
    return max(dt.date(month.year, month.month, 1), on + dt.timedelta(days=1))
