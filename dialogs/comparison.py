"""What a changed rule book would mean: the same people, decided by the old book and by the new one.

Who would go elsewhere, which rules moved whom, and whom the new book would leave without an answer of its own.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dialogs.answers import Month, NoAnswer, Value, chosen
from dialogs.model import Question
from dialogs.routing import decide
from dialogs.script import Script

NOWHERE = "KEINE_REGEL"
CLEARING = "clearing"

# In which words a difference is named, in the order in which they are listed.
DIENST, STELLE, MODE, URGENCY, FURTHER = "Dienst", "Stelle", "Art", "Dringlichkeit", "weitere Dienste"
ELSEWHERE_IF = frozenset({DIENST, STELLE, MODE, URGENCY})

# What a question is about, in a word or two; a question without one is given in full.
LABELS: Mapping[str, str] = {
    "S01_safety": "Gefahr", "S02_city": "Ort", "S03_age": "Alter", "S03b_month27": "wird 27 im Monat", "S04_status": "Papier",
    "S05_valid_until": "gilt bis", "S06_applied": "Antrag § 25a/b", "S07_identity": "gültiger Pass", "S08_german": "Deutsch",
    "S09_lid": "Test Leben in Deutschland", "S10_income": "lebt von", "S11_children": "Kinder", "S12_year": "in Deutschland seit",
    "S13_uma": "allein gekommen, unter 18", "S14_soe": "aus Südosteuropa", "S15_needs": "Hilfe bei", "S16_kind": "dazu",
}  # fmt: skip
WHO = frozenset({"S02_city", "S03_age", "S04_status", "S15_needs", "S16_kind"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where one book sends one person. `dienst` is NOWHERE if no rule of the book matches."""

    dienst: str
    stelle: str | None
    mode: str
    urgent: bool
    rule: str
    because: str
    also: tuple[str, ...] = ()
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """One person under both books. `differs`: what is not the same, in German words."""

    id: str
    answers: Mapping[str, Value]
    before: Place
    after: Place
    differs: tuple[str, ...]

    @property
    def elsewhere(self) -> bool:
        """Whether she would go elsewhere: another Dienst, Stelle or kind of answer, or another urgency."""
        return not ELSEWHERE_IF.isdisjoint(self.differs)


@dataclass(frozen=True, slots=True)
class Shift:
    """How many people one pair of rules moved from one Dienst to another."""

    rules: tuple[str, str]
    dienste: tuple[str, str]
    people: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """All people under both books."""

    pairs: tuple[Pair, ...]

    @property
    def moved(self) -> tuple[Pair, ...]:
        return tuple(pair for pair in self.pairs if pair.elsewhere)

    @property
    def same(self) -> bool:
        """Whether nobody notices anything, not even among the further Dienste."""
        return not any(pair.differs for pair in self.pairs)

    @property
    def stranded(self) -> tuple[Pair, ...]:
        """Whom the new book leaves to a clearing or to no rule at all, where the old one had an answer."""
        return tuple(pair for pair in self.pairs if open_ended(pair.after) and not open_ended(pair.before))

    def counts(self) -> tuple[tuple[str, int, int], ...]:
        """(Dienst, before, after) of every Dienst that anybody is sent to, the fullest before first."""
        before = Counter(pair.before.dienst for pair in self.pairs)
        after = Counter(pair.after.dienst for pair in self.pairs)
        names = sorted({*before, *after}, key=lambda name: (-before[name], -after[name], name))
        return tuple((name, before[name], after[name]) for name in names)

    def shifts(self) -> tuple[Shift, ...]:
        """Which rules moved whom, the largest move first."""
        found = Counter(
            ((pair.before.rule, pair.after.rule), (pair.before.dienst, pair.after.dienst)) for pair in self.moved
        )
        return tuple(
            Shift(rules, dienste, people)
            for (rules, dienste), people in sorted(found.items(), key=lambda item: (-item[1], item[0]))
        )

    def examples(self, most: int = 5) -> tuple[Pair, ...]:
        """One person for each way of being moved, the commonest way first."""
        wanted = [(shift.rules, shift.dienste) for shift in self.shifts()]
        seen: dict[object, Pair] = {}
        for pair in self.moved:
            seen.setdefault(((pair.before.rule, pair.after.rule), (pair.before.dienst, pair.after.dienst)), pair)
        return tuple(seen[way] for way in wanted[:most])


def open_ended(place: Place) -> bool:
    return place.mode == CLEARING or place.dienst == NOWHERE


def compare(
    old: Script, new: Script, people: Iterable[tuple[str, Mapping[str, Value]]], on: dt.date, *, finished: bool = True
) -> Comparison:
    """Decide everybody twice. `finished`: as `wegweiser route` takes cases; nothing is asked back."""
    return Comparison(tuple(_pair(old, new, id_, answers, on, finished) for id_, answers in people))


def _pair(old: Script, new: Script, id_: str, answers: Mapping[str, Value], on: dt.date, finished: bool) -> Pair:
    before, after = place(old, answers, on, finished=finished), place(new, answers, on, finished=finished)
    return Pair(id_, answers, before, after, tuple(_differs(before, after)))


def _differs(before: Place, after: Place) -> Iterator[str]:
    if before.dienst != after.dienst:
        yield DIENST
    elif before.stelle != after.stelle:
        yield STELLE
    if before.mode != after.mode:
        yield MODE
    if before.urgent != after.urgent:
        yield URGENCY
    if set(before.also) != set(after.also):
        yield FURTHER


def place(script: Script, answers: Mapping[str, Value], on: dt.date, *, finished: bool = True) -> Place:
    """Where this book sends her on this day."""
    decision = decide(script.book, script.case(answers, on, finished=finished))
    if decision.mode == CLEARING and not decision.open:
        # On this day no rule of the book matches her: `check` refuses such a book, a comparison shows whom it would hit.
        return Place(NOWHERE, None, CLEARING, False, "-", "")
    kommune = answers.get("S02_city")
    stelle = script.county.stelle_for(decision.dienst, kommune if isinstance(kommune, str) else None, on)
    return Place(
        decision.dienst, stelle.id if stelle else None, decision.mode, decision.urgent, decision.rule, decision.because,
        decision.also, decision.open,
    )  # fmt: skip


def telling(old: Script, new: Script, pair: Pair) -> frozenset[str]:
    """The questions that tell why this person is moved: those of the two rules, and who she is."""
    rules = [
        rule
        for script, id_ in ((old, pair.before.rule), (new, pair.after.rule))
        for rule in script.book.rules
        if rule.id == id_
    ]
    asked = {atom.question for rule in rules for atom in rule.condition.atoms()}
    return frozenset({*WHO, *asked, *pair.before.open, *pair.after.open})


def moved_to(answers: Mapping[str, Value], then: dt.date, on: dt.date) -> Mapping[str, Value]:
    """What somebody said on one day, as somebody would say it who is on another day where she was then.

    Dates, months and years move along: a title that had three months left has three months left.
    """
    months = (on.year - then.year) * 12 + on.month - then.month
    found: dict[str, Value] = {}
    for key, value in answers.items():
        if isinstance(value, dt.date):
            found[key] = value + (on - then)
        elif isinstance(value, Month):
            month = value.year * 12 + value.month - 1 + months
            found[key] = Month(month // 12, month % 12 + 1)
        elif isinstance(value, int):
            found[key] = value + on.year - then.year
        else:
            found[key] = value
    return found


def described(script: Script, answers: Mapping[str, Value], only: Collection[str] | None = None) -> tuple[tuple[str, str], ...]:
    """(what, answer) in German, in the order of the questionnaire: what kind of person this is, never who."""
    rows = []
    for question in script.questionnaire.questions:
        value = answers.get(question.id)
        if value is None or question.after_result or question.kind in ("language", "consent") or not _said(value):
            continue
        if only is None or question.id in only:
            rows.append((LABELS.get(question.id, question.text), _words(script, question.id, value)))
    return tuple(rows)


def _said(value: Value) -> bool:
    return value is not NoAnswer.SKIPPED and value != ()


def _words(script: Script, id_: str, value: Value) -> str:
    if isinstance(value, NoAnswer):
        return "weiß ich nicht" if value is NoAnswer.UNKNOWN else "keine Angabe"
    if isinstance(value, dt.date):
        return f"{value:%d.%m.%Y}"
    question = script.questionnaire.by_id[id_]
    ids: Sequence[str] = chosen(value) if question.kind == "multi" else (str(value),)
    return ", ".join(_option(script, question, one).rstrip(".") for one in ids)


def _option(script: Script, question: Question, id_: str) -> str:
    kommune = script.county.kommunen.get(id_) if question.kind == "town" else None
    if kommune is not None:
        return kommune.name
    option = question.by_id.get(id_)
    return option.text if option is not None else id_
