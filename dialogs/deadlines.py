"""The dates that matter to a person, computed from what she said (`domain.md` 1.5). Facts with a source, never a decision.

A month is added or taken back by the calendar and clamps to the month's last day: six months before 31 August is 28 February.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from dialogs.answers import Answers, Month

# § 25a and § 25b make it easier for holders of § 104c only until this day (asyl.net, Gesetzesänderungen zum Jahreswechsel).
PRIVILEGES_END = dt.date(2027, 6, 30)
# The last day on which § 104c could be applied for; a card issued later is rare, and a case manager looks at it.
LAST_DAY_OF_104C = dt.date(2025, 12, 30)
MONTHS_OF_104C = 18
HOLDERS = ("p104c", "fik104c")

# What each date rests on. `law_places` reads it, so that a change of law names the date.
SOURCES: Mapping[str, str] = {
    "D1": "§ 51 Abs. 1 Nr. 1, § 104c AufenthG",
    "D2": "Empfehlung",
    "D3": "§ 81 Abs. 4 Satz 1 AufenthG",
    "D4": "Empfehlung",
    "D5": "Empfehlung",
    "D6": "§ 81 Abs. 5 AufenthG",
    "D7": "§ 25a Abs. 1 Nr. 3 AufenthG",
    "D8": "§ 13 SGB VIII; Grundsätze der Jugendmigrationsdienste",
    "D9": "§ 25a Abs. 1, 5, 6, § 25b Abs. 1, 7, 8 AufenthG in der bis 30.6.2027 geltenden Fassung",
    "D10": "§ 44 Abs. 1 Nr. 1 Buchst. c, Abs. 2 AufenthG",
    "D11": "§ 25b Abs. 5, § 26 Abs. 1, § 8 AufenthG",
    "D12": "§ 26 Abs. 1, § 8 AufenthG",
    "D13": "§ 25a Abs. 1 AufenthG; § 7 SGB VIII",
}


@dataclass(frozen=True, slots=True)
class Deadline:
    """One date. `source` is the paragraph it follows from, or "Empfehlung". `estimated`: the card itself was not seen."""

    id: str
    day: dt.date
    source: str
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Papers:
    """What papers say beyond the answers of the chat, which asks for as little as it can.

    `issued`: of the § 104c card. `issued_25b`: of the first § 25b card. `birth`: the day, or only the month.
    `paragraph`: "25a" or "25b", where the person holds one of them and it is known which.
    """

    issued: dt.date | None = None
    issued_25b: dt.date | None = None
    birth: dt.date | Month | None = None
    paragraph: str | None = None


NOTHING_MORE = Papers()


def months_after(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_before(day: dt.date, months: int) -> dt.date:
    return months_after(day, -months)


def birthday(birth: dt.date, years: int) -> dt.date:
    """The day a year of life begins; born on 29 February, it is 1 March in other years (BGB § 187 Abs. 2, § 188 Abs. 2)."""
    year = birth.year + years
    if (birth.month, birth.day) == (2, 29) and not calendar.isleap(year):
        return dt.date(year, 3, 1)
    return dt.date(year, birth.month, birth.day)


def last_day_before(month: Month) -> dt.date:
    """The last day of the month before: safe when only the month of the 27th birthday is known."""
    return dt.date(month.year, month.month, 1) - dt.timedelta(days=1)


def until_of(answers: Answers, papers: Papers = NOTHING_MORE) -> tuple[dt.date | None, bool]:
    """The end of the paper, and whether it is only estimated: 18 months after the issue, if the printed date is not known."""
    until = answers.get("S05_valid_until")
    if isinstance(until, dt.date):
        return until, False
    if answers.get("S04_status") == "p104c" and papers.issued is not None:
        return months_after(papers.issued, MONTHS_OF_104C), True
    return None, False


def last_day_for_25a(answers: Answers, papers: Papers = NOTHING_MORE) -> dt.date | None:
    """The day before the 27th birthday; of a month alone, the last day of the month before."""
    if isinstance(papers.birth, dt.date):
        return birthday(papers.birth, 27) - dt.timedelta(days=1)
    month = month27_of(answers, papers)
    return None if month is None else last_day_before(month)


def month27_of(answers: Answers, papers: Papers = NOTHING_MORE) -> Month | None:
    if isinstance(papers.birth, dt.date):
        day = birthday(papers.birth, 27)
        return Month(day.year, day.month)
    if isinstance(papers.birth, Month):
        return Month(papers.birth.year + 27, papers.birth.month)
    found = answers.get("S03b_month27")
    return found if isinstance(found, Month) else None


def deadlines(answers: Answers, on: dt.date, papers: Papers = NOTHING_MORE) -> tuple[Deadline, ...]:
    """All dates that follow from these answers, by their id in `domain.md` 1.5."""
    days: dict[str, dt.date] = {}
    status = answers.get("S04_status")
    until, estimated = until_of(answers, papers)
    if until is not None:
        if status == "p104c" and answers.get("S06_applied") == "yes":
            # Who has applied in time watches the Fiktionsbescheinigung instead (`domain.md` 1.5).
            days["D1"] = until
        elif status == "p104c":
            days |= {"D1": until, "D2": months_before(until, 6), "D3": until}
            days |= {"D4": months_before(until, 5), "D5": months_before(until, 4)}
        elif status == "fik104c":
            days["D6"] = until
        elif status == "p25ab":
            days["D12" if papers.paragraph == "25a" else "D11"] = months_before(until, 3)
    if status == "p25ab" and papers.issued_25b is not None and papers.paragraph != "25a":
        days["D10"] = months_after(papers.issued_25b, 12)
    last = last_day_for_25a(answers, papers)
    if last is not None:
        days["D7"] = last
        # The JMD ends with the 27th birthday itself; of a month alone it may be its first day.
        days["D8"] = last + dt.timedelta(days=1)
    if status in HOLDERS and on <= PRIVILEGES_END:
        days["D9"] = PRIVILEGES_END
    band = _next_band(papers.birth, on)
    if band is not None:
        days["D13"] = band
    ordered = sorted(days.items(), key=lambda item: int(item[0][1:]))
    follows_from_end = {"D1", "D2", "D3", "D4", "D5"}
    return tuple(Deadline(id_, day, SOURCES[id_], estimated and id_ in follows_from_end) for id_, day in ordered)


def _next_band(birth: dt.date | Month | None, on: dt.date) -> dt.date | None:
    """When the next age of 14, 16 or 18 begins; of a month alone, on its first day."""
    if birth is None:
        return None
    born = birth if isinstance(birth, dt.date) else dt.date(birth.year, birth.month, 1)
    return next((day for age in (14, 16, 18) if (day := birthday(born, age)) > on), None)


def late_card(until: dt.date | None, papers: Papers = NOTHING_MORE) -> bool:
    """Whether a § 104c card is one that should hardly exist: a case manager has to look at it (`domain.md` 1.4)."""
    issued_late = papers.issued is not None and papers.issued > LAST_DAY_OF_104C
    return issued_late or (until is not None and until > PRIVILEGES_END)


@dataclass(frozen=True, slots=True)
class Countdown:
    """How the end of a § 104c title comes nearer: the row of the worked examples in `domain.md` 1.5."""

    left: int
    tier: str
    steps: Mapping[str, dt.date]
    late: bool


def countdown(until: dt.date, on: dt.date, *, applied: bool = False) -> Countdown:
    """`steps` are the days on which something begins: -6m, -5m, -4m, -3m, -42d, -14d; and -28d, when to ask for the Fiktion."""
    steps = {f"-{months}m": months_before(until, months) for months in (6, 5, 4, 3)}
    steps |= {f"-{days}d": until - dt.timedelta(days=days) for days in (42, 28, 14)}
    return Countdown((until - on).days, urgency(until, on, applied=applied), steps, late_card(until))


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
