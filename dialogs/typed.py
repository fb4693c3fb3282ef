"""What people write: days, months, whole numbers, telephone numbers, a short note. Read strictly, with a hint if not."""

from __future__ import annotations

import calendar
import datetime as dt
import re

from dialogs.answers import Month
from dialogs.errors import NotUnderstood, UnknownOption
from dialogs.model import Question

# No card of interest ended before § 104c began, and none runs longer than five years (`domain.md` A.2, S05).
FIRST_DATE = dt.date(2022, 12, 31)
YEARS_AHEAD = 5

_DIGITS = {ord(char): str(value) for base in (0x0660, 0x06F0) for value, char in enumerate(map(chr, range(base, base + 10)))}


def digits(words: str) -> str:
    """The words with Arabic and Persian digits written as 0 to 9."""
    return words.translate(_DIGITS).strip()


def read_number(question: Question, words: str, on: dt.date) -> int:
    """A whole number within the question's bounds; raises NotUnderstood."""
    least, most = number_bounds(question, on)
    plain = digits(words)
    if re.fullmatch(r"[0-9]{1,6}", plain) and least <= int(plain) <= most:
        return int(plain)
    raise NotUnderstood("ui.number_hint", least=str(least), most=str(most))


def number_bounds(question: Question, on: dt.date) -> tuple[int, int]:
    """Bounds of a number; without a maximum, the number is a year and ends with this one."""
    return question.minimum or 0, question.maximum if question.maximum is not None else on.year


def date_bounds(on: dt.date) -> tuple[dt.date, dt.date]:
    return FIRST_DATE, dt.date(on.year + YEARS_AHEAD, 12, 31)


def read_date(words: str, on: dt.date) -> dt.date:
    """A day as TT.MM.JJJJ or JJJJ-MM-TT; raises NotUnderstood."""
    plain = digits(words)
    found = re.fullmatch(r"([0-9]{1,2})[./ -]([0-9]{1,2})[./ -]([0-9]{4})", plain)
    if found:
        day, month, year = (int(part) for part in found.groups())
    else:
        found = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", plain)
        if not found:
            raise NotUnderstood("ui.date_hint")
        year, month, day = (int(part) for part in found.groups())
    return _checked(year, month, day, on)


def _checked(year: int, month: int, day: int, on: dt.date) -> dt.date:
    try:
        read = dt.date(year, month, day)
    except ValueError:
        raise NotUnderstood("ui.date_hint") from None
    first, last = date_bounds(on)
    if not first <= read <= last:
        raise NotUnderstood("ui.date_bounds")
    return read


def read_month(words: str, on: dt.date) -> Month:
    """A month as MM/JJJJ, MM.JJJJ or JJJJ-MM, within two years; raises NotUnderstood."""
    plain = digits(words)
    found = re.fullmatch(r"([0-9]{1,2})[./ -]([0-9]{4})", plain)
    if found:
        month, year = (int(part) for part in found.groups())
    else:
        found = re.fullmatch(r"([0-9]{4})-([0-9]{1,2})", plain)
        if not found:
            raise NotUnderstood("ui.month_hint")
        year, month = (int(part) for part in found.groups())
    if not (1 <= month <= 12 and on.year <= year <= on.year + 2):
        raise NotUnderstood("ui.month_hint")
    return Month(year, month)


def next_parts(kind: str, draft: tuple[str, ...], on: dt.date) -> tuple[str, ...]:
    """The parts that can be pressed next: years, then months, then days."""
    if kind == "month":
        years = [str(year) for year in range(on.year, on.year + 3)]
    else:
        years = [str(year) for year in range(on.year - 1, on.year + 4)]
    if not draft:
        return tuple(years)
    if len(draft) == 1:
        return tuple(f"{month:02d}" for month in range(1, 13))
    last = calendar.monthrange(int(draft[0]), int(draft[1]))[1]
    return tuple(f"{day:02d}" for day in range(1, last + 1))


def with_part(kind: str, draft: tuple[str, ...], part: str, on: dt.date) -> tuple[str, ...]:
    """The draft with one part more; raises UnknownOption for a part that is not offered."""
    if part not in next_parts(kind, draft, on):
        raise UnknownOption(f"no part {part!r}")
    return (*draft, part)


def complete(kind: str, draft: tuple[str, ...]) -> bool:
    return len(draft) == (2 if kind == "month" else 3)


PHONE = re.compile(r"\+?[0-9][0-9 ()/.-]{5,22}[0-9]")


def read_phone(words: str) -> str:
    """A phone number, digits and a leading plus only; raises NotUnderstood."""
    plain = digits(words)
    bare = re.sub(r"[ ()/.-]", "", plain)
    if not PHONE.fullmatch(plain) or not 6 <= len(bare.lstrip("+")) <= 15:
        raise NotUnderstood("ui.phone_hint")
    return bare


LONGEST_NOTE = 300


def read_note(words: str) -> str:
    """A short note, at most 300 characters on one line; raises NotUnderstood. Half characters and NUL are left out."""
    plain = " ".join(words.replace("\0", " ").encode("utf-8", "ignore").decode("utf-8").split())
    if not 1 < len(plain) <= LONGEST_NOTE:
        raise NotUnderstood("ui.note_hint", most=str(LONGEST_NOTE))
    return plain
