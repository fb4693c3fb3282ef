"""Dates as the papers write them: 21.11.2026, 14:30 Uhr, in local time."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


def moment(when: dt.datetime) -> str:
    return f"{when.astimezone(BERLIN):%d.%m.%Y, %H:%M} Uhr"


def day(when: dt.date | str) -> str:
    if isinstance(when, str):
        when = dt.date.fromisoformat(when)
    elif isinstance(when, dt.datetime):
        when = when.astimezone(BERLIN)
    return f"{when:%d.%m.%Y}"


def clock(when: dt.datetime) -> str:
    return f"{when.astimezone(BERLIN):%H:%M} Uhr"


def local_day(when: dt.datetime) -> dt.date:
    return when.astimezone(BERLIN).date()


def start_of_day(date: dt.date) -> dt.datetime:
    return dt.datetime.combine(date, dt.time(), BERLIN).astimezone(dt.UTC)


def since(when: dt.datetime, now: dt.datetime) -> str:
    """How long somebody has been waiting, in the one unit that matters."""
    minutes = max(0, int((now - when).total_seconds() // 60))
    for unit, one, many, size in _UNITS:
        if minutes >= size * unit:
            count = minutes // size
            return f"seit {count} {one if count == 1 else many}"
    return "seit eben"


# (from how many of them on, one, several, minutes)
_UNITS = (
    (3, "Woche", "Wochen", 7 * 24 * 60),
    (1, "Tag", "Tagen", 24 * 60),
    (1, "Stunde", "Stunden", 60),
    (1, "Minute", "Minuten", 1),
)
