"""A topic of the Kurzberatung: a text that can be read at once, with the days on which it may be shown.

Law changes: from `needs_review_from` on a topic may only be shown with the sentence that the rules have changed
(`domain.md` 1.6), and past `review_by` somebody has to read it again.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dialogs.answers import Answers
from dialogs.effects import Text
from dialogs.model import Requirement, holds
from dialogs.validity import Span

CHANGED = Text("law.changed")


@dataclass(frozen=True, slots=True)
class Topic:
    """`shown_if`: it is offered if one of these holds. `never_if`: binding; then it is never offered."""

    id: str
    title: str
    text: str
    source: str
    days: Span
    review_by: dt.date | None = None
    needs_review_from: dt.date | None = None
    shown_if: tuple[Requirement, ...] = ()
    never_if: Requirement = ()

    def valid(self, on: dt.date) -> bool:
        return self.days.covers(on)

    def needs_review(self, on: dt.date) -> bool:
        return self.needs_review_from is not None and on >= self.needs_review_from

    def stale(self, on: dt.date) -> bool:
        """Past its `review_by`: still shown, but somebody has to read it again."""
        return self.review_by is not None and on > self.review_by

    def banner(self, on: dt.date) -> Text | None:
        """What must stand above the text on this day."""
        return CHANGED if self.needs_review(on) else None

    def offered(self, answers: Answers, on: dt.date) -> bool:
        """Whether it fits this person on this day. A missing answer never makes a topic fit."""
        if not self.valid(on) or any(holds(answers.get(key), values) for key, values in self.never_if):
            return False
        return any(all(holds(answers.get(key), values) for key, values in table) for table in self.shown_if)
