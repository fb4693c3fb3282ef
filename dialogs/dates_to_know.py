"""What the person reads about her dates: facts with the day, no judgement of her case."""

from __future__ import annotations

import datetime as dt

from dialogs.answers import Answers
from dialogs.deadlines import HOLDERS, PRIVILEGES_END, deadlines, months_before
from dialogs.effects import Text
from dialogs.topics import CHANGED


def dates_to_know(answers: Answers, on: dt.date) -> tuple[Text, ...]:
    """The lines for her result, the most urgent first. Few: whatever stands in a chat stands on a phone."""
    days = {deadline.id: deadline.day for deadline in deadlines(answers, on)}
    told: list[Text] = []
    if law_has_changed(answers, on):
        told.append(CHANGED)
    if "D3" in days and days["D3"] >= on:
        left = (days["D3"] - on).days
        if left <= 42:
            told.append(Text("title.left", {"n": left}))
        told.append(Text("deadline.D3", {"day": german_day(days["D3"])}))
        if days["D2"] <= on:
            told.append(Text("deadline.now"))
        if days["D4"] <= on and answers.get("S09_lid") in ("no", "unknown"):
            told.append(Text("deadline.D4"))
        # Who hardly speaks German yet is helped by a course, not by an exam she can't pass.
        if days["D5"] <= on and answers.get("S08_german") == "d2":
            told.append(Text("deadline.D5"))
    if "D6" in days:
        told.append(Text("deadline.D6", {"day": german_day(days["D6"])}))
    if "D7" in days and answers.get("S04_status") in (*HOLDERS, "duldung") and days["D7"] >= on:
        told.append(Text("deadline.D7", {"day": german_day(days["D7"])}))
    if "D9" in days and (on >= months_before(PRIVILEGES_END, 6) or days.get("D1", on) > PRIVILEGES_END):
        told.append(Text("deadline.D9", {"day": german_day(days["D9"])}))
    if "D11" in days:
        told.append(Text("deadline.D11", {"day": german_day(days["D11"])}))
    return tuple(told)


def law_has_changed(answers: Answers, on: dt.date) -> bool:
    """Whether what is said of § 25a and § 25b to holders of § 104c no longer stands in the law (`domain.md` 1.6)."""
    return answers.get("S04_status") in HOLDERS and on > PRIVILEGES_END


def german_day(day: dt.date) -> str:
    """As it is printed on the paper she holds."""
    return f"{day:%d.%m.%Y}"
