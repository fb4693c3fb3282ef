"""The bridge from § 104c to § 25b or § 25a: which conditions look good, which are missing, and who helps with each.

A list to work with, never a legal decision. Who helps is what the county's own rule book says for that topic.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dialogs.answers import Answers, chosen
from dialogs.bridge_conditions import CONDITIONS, State
from dialogs.conditions import Case
from dialogs.deadlines import HOLDERS, NOTHING_MORE, Papers, deadlines, late_card, until_of
from dialogs.routing import KEIN_BEDARF, RuleBook

YOUNG = ("a16", "a18", "a25")
# Shown without their state, wherever it is: whether somebody has a passport is on nobody's phone (`domain.md` 5.2 no. 12 c).
NEVER_REPEATED = frozenset({"identity"})
# What goes without saying to the person, and what she is not asked; a case manager sees all lines.
ONLY_FOR_STAFF = frozenset({"title"})


@dataclass(frozen=True, slots=True)
class Line:
    """One condition and its state. `dienst`: who helps; for a condition that is met, nobody has to."""

    paragraph: str
    id: str
    state: State
    dienst: str | None = None

    def row(self) -> tuple[str, str, str, str]:
        """As it is frozen in a session and in a referral."""
        return (self.paragraph, self.id, self.state.value, self.dienst or "")


def concerns(answers: Answers) -> bool:
    """Whether the bridge is this person's: a holder of § 104c, or somebody with a Duldung who wants to stay."""
    status = answers.get("S04_status")
    wants = "residence" in chosen(answers.get("S15_needs"))
    return status in HOLDERS or (status == "duldung" and wants)


def checklist(book: RuleBook, case: Case, sent_to: str, papers: Papers = NOTHING_MORE) -> tuple[Line, ...]:
    """The conditions that concern this person, in the order of the law. `sent_to`: the Dienst of her decision."""
    answers, on = case.answers, case.on
    if not concerns(answers):
        return ()
    young = answers.get("S03_age") in YOUNG
    lines = []
    for condition in CONDITIONS:
        if condition.paragraph == "25a" and not young:
            continue
        state = condition.state(answers, on, papers)
        if state is None:
            continue
        helps = state is not State.MET or condition.id in NEVER_REPEATED
        dienst = helper(book, case, condition.need, sent_to) if helps else None
        lines.append(Line(condition.paragraph, condition.id, state, dienst))
    return tuple(lines)


def helper(book: RuleBook, case: Case, need: str | None, sent_to: str) -> str:
    """The Dienst that the rule book gives for a topic: its first row that holds.

    If a row only may hold, the county's clearing Dienst: an unknown is never taken for a no. Without a topic of its own,
    the Dienst the person is sent to anyway.
    """
    if need is None:
        return book.clearing if sent_to == KEIN_BEDARF else sent_to
    for row in book.topics:
        if row.need != need or not row.valid(case.on):
            continue
        truth = row.condition.of(case)
        if truth is True:
            return row.to
        if truth is None:
            break
    return book.clearing


def for_person(rows: Sequence[Sequence[str]]) -> Iterator[tuple[str, str, str, str]]:
    """The lines as she sees them: each condition once, those of one paragraph only marked as such if there are two."""
    both = len({row[0] for row in rows}) > 1
    paragraphs: dict[str, set[str]] = {}
    for paragraph, id_, _, _ in rows:
        paragraphs.setdefault(id_, set()).add(paragraph)
    seen: set[str] = set()
    for paragraph, id_, state, dienst in rows:
        if id_ in seen or id_ in ONLY_FOR_STAFF:
            continue
        seen.add(id_)
        shown = "" if id_ in NEVER_REPEATED else state
        yield (paragraph if both and len(paragraphs[id_]) == 1 else "", id_, shown, "" if shown == State.MET else dienst)



def to_hand_over(answers: Answers, rows: object, on: dt.date, papers: Papers = NOTHING_MORE) -> dict[str, object]:
    """What a referral keeps of the bridge: dates, lines, and what a case manager should look at. Small on purpose."""
    found = deadlines(answers, on, papers)
    until, _ = until_of(answers, papers)
    remarks = []
    if answers.get("S04_status") in HOLDERS and late_card(until, papers):
        remarks.append("late")
    if answers.get("S03_age") == "a65" or "barrier" in chosen(answers.get("S16_kind")):
        remarks.append("waiver")
    kept: dict[str, object] = {
        "on": on.isoformat(),
        "dates": {deadline.id: deadline.day.isoformat() for deadline in found},
        "lines": rows if isinstance(rows, list | tuple) else [],
        "remarks": remarks if rows else [],
    }
    estimated = [deadline.id for deadline in found if deadline.estimated]
    return {**kept, "estimated": estimated} if estimated else kept
