"""Points in time as both databases keep them: whole microseconds since 1970, UTC."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
HOUR = 3_600_000_000
_MICROSECOND = dt.timedelta(microseconds=1)
_BERLIN = ZoneInfo("Europe/Berlin")


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def stamp(moment: dt.datetime) -> int:
    """The moment as a number. A moment without a zone is refused: nobody knows when it is."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return (moment - EPOCH) // _MICROSECOND


def moment(stamped: int) -> dt.datetime:
    return EPOCH + dt.timedelta(microseconds=stamped)


def maybe(stamped: int | None) -> dt.datetime | None:
    return None if stamped is None else moment(stamped)


def hour_of(stamped: int) -> int:
    """Times in rows about a person are rounded: nobody shall match them with a camera at the desk."""
    return stamped - stamped % HOUR


def office_day(moment: dt.datetime) -> dt.date:
    """The calendar day in the office."""
    return moment.astimezone(_BERLIN).date()
