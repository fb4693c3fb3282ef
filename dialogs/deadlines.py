"""The dates that matter to a person, computed from what she said (`domain.md` 1.5). Facts with a source, never a decision.

A month is taken back by the calendar and clamps to the month's last day: six months before 31 August is 28 February.
"""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

from dialogs.answers import Answers, Month
from dialogs.effects import Text

# § 25a and § 25b make it easier for holders of § 104c only until this day (asyl.net, Gesetzesänderungen zum Jahreswechsel).
PRIVILEGES_END = dt.date(2027, 6, 30)


@dataclass(frozen=True, slots=True)
class Deadline:
    """One date. `source` is the paragraph it follows from, or "Empfehlung"."""

    id: str
    day: dt.date
    source: str


def months_before(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day_before(month: Month) -> dt.date:
    """The last day of the month before: safe when only the month of the 27th birthday is known."""
    return dt.date(month.year, month.month, 1) - dt.timedelta(days=1)


def deadlines(answers: Answers, on: dt.date) -> tuple[Deadline, ...]:
    """All dates that follow from these answers, by their id in `domain.md` 1.5."""
    found: list[Deadline] = []
    status, until, month27 = answers.get("S04_status"), answers.get("S05_valid_until"), answers.get("S03b_month27")
    if isinstance(until, dt.date):
        if status == "p104c" and answers.get("S06_applied") == "yes":
            # Who has applied in time watches the Fiktionsbescheinigung instead (`domain.md` 1.5).
            found.append(Deadline("D1", until, "§ 51 Abs. 1 Nr. 1, § 104c AufenthG"))
        elif status == "p104c":
            found += [
                Deadline("D1", until, "§ 51 Abs. 1 Nr. 1, § 104c AufenthG"),
                Deadline("D2", months_before(until, 6), "Empfehlung"),
                Deadline("D3", until, "§ 81 Abs. 4 Satz 1 AufenthG"),
                Deadline("D4", months_before(until, 5), "Empfehlung"),
                Deadline("D5", months_before(until, 4), "Empfehlung"),
            ]
        elif status == "fik104c":
            found.append(Deadline("D6", until, "§ 81 Abs. 5 AufenthG"))
        elif status == "p25ab":
            found.append(Deadline("D11", months_before(until, 3), "§ 25b Abs. 5, § 26 Abs. 1, § 8 AufenthG"))
    if isinstance(month27, Month):
        found += [
            Deadline("D7", last_day_before(month27), "§ 25a Abs. 1 Nr. 3 AufenthG"),
            Deadline("D8", dt.date(month27.year, month27.month, 1), "§ 13 SGB VIII"),
        ]
    if status in ("p104c", "fik104c") and on <= PRIVILEGES_END:
        found.append(Deadline("D9", PRIVILEGES_END, "§§ 25a, 25b AufenthG in der bis 30.6.2027 geltenden Fassung"))
    return tuple(found)


def urgency(until: dt.date, on: dt.date, *, applied: bool) -> str:
    """How near the end of a § 104c title is: applied · expired · red14 · red42 · orange3m · yellow6m · green."""
    left = (until - on).days
    if applied:
        return "applied"
    if left < 0:
        return "expired"
    if left <= 14:
        return "red14"
    if left <= 42:
        return "red42"
    if on >= months_before(until, 3):
        return "orange3m"
    if on >= months_before(until, 6):
        return "yellow6m"
    return "green"


def dates_to_know(answers: Answers, on: dt.date) -> tuple[Text, ...]:
    """What the person should read about her dates: facts with the day, no judgement of her case."""
    days = {deadline.id: deadline.day for deadline in deadlines(answers, on)}
    told: list[Text] = []
    applied = answers.get("S06_applied") == "yes"
    if "D3" in days and not applied and days["D3"] >= on:
        left = (days["D3"] - on).days
        if left <= 42:
            told.append(Text("title.left", {"n": left}))
        told.append(Text("deadline.D3", {"day": _german(days["D3"])}))
        if days["D2"] <= on:
            told.append(Text("deadline.now"))
    if "D6" in days:
        told.append(Text("deadline.D6", {"day": _german(days["D6"])}))
    if "D7" in days and answers.get("S04_status") in ("p104c", "fik104c", "duldung") and days["D7"] >= on:
        told.append(Text("deadline.D7", {"day": _german(days["D7"])}))
    if "D11" in days:
        told.append(Text("deadline.D11", {"day": _german(days["D11"])}))
    return tuple(told)


def _german(day: dt.date) -> str:
    """As it is printed on the paper she holds."""
    return f"{day:%d.%m.%Y}"
