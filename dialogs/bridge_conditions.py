"""The conditions of § 25b and § 25a that a chat may look at, each with its state: met, open or unknown (`domain.md` 2.3, 2.4).

What is never asked (the commitment to the free democratic order, convictions, deception) stands here nowhere. A state is
what the answers suggest, never a legal decision: exceptions are for a human.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from dialogs.answers import Answers, NoAnswer, chosen
from dialogs.deadlines import HOLDERS, PRIVILEGES_END, last_day_for_25a, month27_of
from dialogs.deadlines import Papers as Papers
from dialogs.stay import reached, years_for_25b


class State(StrEnum):
    MET = "met"
    OPEN = "open"
    UNKNOWN = "unknown"


StateOf = Callable[[Answers, dt.date, Papers], State | None]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition. `state_of` gives None where it does not concern the person.

    `question`: the answer it looks at (for how openly it may be repeated). `need`: the topic of the county's rule book whose
    Dienst helps; None: the Dienst the person was sent to. `privileged`: rests on what the law gives holders of § 104c until
    `PRIVILEGES_END`; after that nobody here knows.
    """

    paragraph: str
    id: str
    question: str
    source: str
    state_of: StateOf
    need: str | None = None
    privileged: bool = False

    def state(self, answers: Answers, on: dt.date, papers: Papers) -> State | None:
        found = self.state_of(answers, on, papers)
        lapsed = self.privileged and on > PRIVILEGES_END and answers.get("S04_status") in HOLDERS
        return State.UNKNOWN if lapsed and found is not None else found


def _by(truth: bool | None) -> State:
    return State.UNKNOWN if truth is None else State.MET if truth else State.OPEN


def _answer(question: str, *, met: frozenset[str], open_: frozenset[str]) -> StateOf:
    def state(answers: Answers, on: dt.date, papers: Papers) -> State:
        value = answers.get(question)
        return State.MET if value in met else State.OPEN if value in open_ else State.UNKNOWN

    return state


def _years(needed: Callable[[Answers], tuple[int, ...]]) -> StateOf:
    return lambda answers, on, papers: _by(reached(answers, needed(answers), on))


def _title_25a(answers: Answers, on: dt.date, papers: Papers) -> State:
    # With a Duldung it takes twelve months of it, and nobody asks since when.
    return State.MET if answers.get("S04_status") in HOLDERS else State.UNKNOWN


def _title_25b(answers: Answers, on: dt.date, papers: Papers) -> State:
    return State.MET


def _school(answers: Answers, on: dt.date, papers: Papers) -> State | None:
    said = answers.get("S11_children")
    if said is None or isinstance(said, NoAnswer):
        return State.UNKNOWN
    children = set(chosen(said))
    if "k6n" in children:
        return State.OPEN
    return State.MET if "k6s" in children else None


def _under_27(answers: Answers, on: dt.date, papers: Papers) -> State:
    if answers.get("S03_age") in ("a16", "a18"):
        return State.MET
    last, month = last_day_for_25a(answers, papers), month27_of(answers, papers)
    if last is None or month is None:
        return State.UNKNOWN
    if on <= last:
        return State.MET
    # Of a month alone nobody knows on which of its days the birthday is.
    exact = isinstance(papers.birth, dt.date)
    return State.OPEN if exact or (on.year, on.month) > (month.year, month.month) else State.UNKNOWN


def _not_asked(answers: Answers, on: dt.date, papers: Papers) -> State:
    return State.UNKNOWN


_GERMAN = _answer("S08_german", met=frozenset({"c2", "c3"}), open_=frozenset({"d0", "d1", "d2"}))
# A German school certificate is commonly accepted; who is booked has not passed yet.
_TEST = _answer("S09_lid", met=frozenset({"yes", "school"}), open_=frozenset({"no", "booked"}))
_IDENTITY = _answer("S07_identity", met=frozenset({"passport"}), open_=frozenset({"other_docs", "trying", "none"}))
_MONEY = _answer(
    "S10_income", met=frozenset({"work", "training"}),
    open_=frozenset({"topup", "jobcenter", "sozialamt", "family", "nothing"}),
)  # fmt: skip

CONDITIONS: tuple[Requirement, ...] = (
    Requirement("25b", "title", "S04_status", "§ 25b Abs. 1 Satz 1 AufenthG", _title_25b, privileged=True),
    Requirement(
        "25b", "years", "S12_year", "§ 25b Abs. 1 Satz 2 Nr. 1, Abs. 7 AufenthG", _years(years_for_25b), privileged=True
    ),
    Requirement("25b", "test", "S09_lid", "§ 25b Abs. 1 Satz 2 Nr. 2 AufenthG; § 10 IntTestV", _TEST, "lid"),
    Requirement("25b", "money", "S10_income", "§ 25b Abs. 1 Satz 2 Nr. 3, Satz 3, Abs. 3 AufenthG", _MONEY, "work"),
    Requirement("25b", "german", "S08_german", "§ 25b Abs. 1 Satz 2 Nr. 4, Abs. 3 AufenthG", _GERMAN, "language"),
    Requirement("25b", "school", "S11_children", "§ 25b Abs. 1 Satz 2 Nr. 5 AufenthG", _school, "school"),
    Requirement(
        "25b", "identity", "S07_identity", "§ 25b Abs. 8, § 5 Abs. 1 Nr. 1a, 4 AufenthG", _IDENTITY, "identity", privileged=True
    ),
    Requirement("25a", "title", "S04_status", "§ 25a Abs. 1 Satz 1 AufenthG", _title_25a, privileged=True),
    Requirement("25a", "age", "S03b_month27", "§ 25a Abs. 1 Nr. 3 AufenthG; § 7 SGB VIII", _under_27),
    Requirement(
        "25a", "years3", "S12_year", "§ 25a Abs. 1 Nr. 1, Abs. 5 AufenthG", _years(lambda answers: (3,)), privileged=True
    ),
    Requirement("25a", "own_school", "", "§ 25a Abs. 1 Nr. 2 AufenthG", _not_asked),
    Requirement("25a", "money", "S10_income", "§ 5 Abs. 1 Nr. 1, § 25a Abs. 1 AufenthG", _MONEY, "work"),
    Requirement(
        "25a", "identity", "S07_identity", "§ 25a Abs. 6, § 5 Abs. 1 Nr. 1a, 4 AufenthG", _IDENTITY, "identity", privileged=True
    ),
)
