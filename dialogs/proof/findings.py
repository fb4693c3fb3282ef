"""What a proof has found: the code, the place, what is wrong, how to mend it, and a person whom it concerns.

`what` and `remedy` are German, because the people who answer for the rules read them. All codes are listed in
`docs/checking.md`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dialogs.answer_space.space import ENTRY, Space
from dialogs.answers import Month, Value, to_json
from dialogs.script import Script


@dataclass(frozen=True, slots=True)
class Example:
    """Somebody whom a finding concerns.

    `answers`: everything she says, as `wegweiser route` takes it. `needed`: the answers without which the finding would
    not concern her; all others may be anything. `not_chosen`: options of several-choice questions she must not choose.
    """

    answers: Mapping[str, Value]
    needed: Mapping[str, Value]
    not_chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        entry = {"entry": to_json(self.answers[ENTRY])} if ENTRY in self.answers else {}
        return {
            "answers": {key: to_json(value) for key, value in self.answers.items() if key != ENTRY}, **entry,
            "needed": {key: to_json(value) for key, value in self.needed.items()},
            "not_chosen": {key: list(options) for key, options in self.not_chosen.items()},
        }

    def words(self, script: Script) -> str:
        """What is needed, in the questionnaire's own German words."""
        parts = []
        for question in script.questionnaire.questions:
            if question.id in self.needed:
                parts.append(f"{_asked(question.text)} {said(script, question.id, self.needed[question.id])}")
            if question.id in self.not_chosen:
                options = said(script, question.id, self.not_chosen[question.id])
                parts.append(f"{_asked(question.text)} nicht gewählt: {options}")
        if "@entry" in self.needed:
            parts.append(f"Zugangsweg: {self.needed['@entry']}")
        return " | ".join(parts) or "irgendeine Person"


def said(script: Script, question_id: str, value: Value) -> str:
    """An answer in German."""
    question = script.questionnaire.by_id[question_id]

    def one(item: str) -> str:
        kommune = script.county.kommunen.get(item) if question.kind == "town" else None
        option = question.by_id.get(item)
        return kommune.name if kommune else option.text.rstrip(".") if option else item

    if isinstance(value, Month):
        return f"{value.month:02d}/{value.year}"
    if isinstance(value, tuple):
        return "; ".join(one(str(item)) for item in value) or "nichts gewählt"
    if isinstance(value, dt.date):
        return f"{value:%d.%m.%Y}"
    return one(value) if isinstance(value, str) else str(value)


def _asked(text: str) -> str:
    """The question itself, without what explains it."""
    first = text.split("? ")[0].split("! ")[0].rstrip("?")
    return f"„{first}?“"


@dataclass(frozen=True, slots=True)
class Finding:
    """`code` is stable. `remark`: to be known, not to be mended. `first`/`last`: the days on which it is so, if not always."""

    code: str
    file: str
    line: int
    id: str
    what: str
    remedy: str
    person: Example | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    remark: bool = False

    @property
    def where(self) -> str:
        return f"{self.file}:{self.line}: {self.id}"

    @property
    def days(self) -> str:
        """In words, empty if it is always so."""
        if self.first is None:
            return ""
        return f" (von {self.first:%d.%m.%Y} bis {self.last:%d.%m.%Y})" if self.last else f" (ab {self.first:%d.%m.%Y})"

    def to_json(self) -> dict[str, object]:
        return {
            "code": self.code, "file": self.file, "line": self.line, "id": self.id, "what": self.what, "remedy": self.remedy,
            "where": self.where, "person": self.person.to_json() if self.person else None,
            "first": self.first.isoformat() if self.first else None, "last": self.last.isoformat() if self.last else None,
            "remark": self.remark,
        }  # fmt: skip


def example(space: Space, people: int) -> Example | None:
    """Somebody in this set, with as few answers as can be; None if nobody is."""
    chosen = space.values(people)
    if chosen is None:
        return None
    return explained(space, chosen, people)


def explained(space: Space, chosen: tuple[int, ...], people: int) -> Example:
    """This person of a set, with the answers that keep her in it whatever else she says."""
    outside = space.diagrams.without(space.possible, people)
    last = len(chosen) - 1
    # Leaving out the late answers first mostly keeps age and paper, which explain more; the other way may need fewer.
    # What she was not asked follows from what she said, so it goes first: else "not asked" might be kept, and stay unsaid.
    silent = [index for index in range(last + 1) if not chosen[index] and not _was_asked(space, index, chosen)]
    said = [index for index in range(last + 1) if index not in silent]
    tries = [_needed(space, chosen, outside, (*silent, *order)) for order in (said[::-1], said)]
    return _example(space, chosen, min(tries, key=len))


def _needed(space: Space, chosen: tuple[int, ...], outside: int, order: Iterable[int]) -> dict[int, int]:
    kept = dict(enumerate(chosen))
    for index in order:
        value = kept.pop(index)
        if space.diagrams.meet(space.diagrams.cube(kept), outside):
            kept[index] = value
    return kept


def _example(space: Space, chosen: tuple[int, ...], kept: Mapping[int, int]) -> Example:
    return Example(whole(space, chosen), dict(space.person(dict(sorted(kept.items())))), _not_chosen(space, chosen, kept))


def _not_chosen(space: Space, chosen: tuple[int, ...], kept: Mapping[int, int]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    answers = space.person(chosen)
    for index, value in sorted(kept.items()):
        variable = space.variables[index]
        # An option nobody could choose beside those that are named needs no mention.
        if variable.option is None or value:
            continue
        if variable.question in answers or _asked_of(space, variable.question, chosen):
            found[variable.question] = (*found.get(variable.question, ()), variable.option)
    return found


def _was_asked(space: Space, index: int, chosen: tuple[int, ...]) -> bool:
    question = space.variables[index].question
    return question not in space.script.questionnaire.by_id or _asked_of(space, question, chosen)


def _asked_of(space: Space, question: str, chosen: tuple[int, ...]) -> bool:
    return space.diagrams.contains(space.asked(space.script.questionnaire.by_id[question]), chosen)


def whole(space: Space, chosen: tuple[int, ...]) -> dict[str, Value]:
    """All answers of this person, also "asked and nothing chosen", so that nothing is left to be guessed."""
    answers = dict(space.person(chosen))
    for question in space.questions:
        if question.kind == "multi" and question.id not in answers and _asked_of(space, question.id, chosen):
            answers[question.id] = ()
    return {key: value for key, value in answers.items() if not key.startswith("@") or key == "@entry"}
