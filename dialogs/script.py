"""A script: one version of a questionnaire with one version of a county's rules; and the library of all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from dialogs.answers import Answers, NoAnswer
from dialogs.conditions import Case
from dialogs.county import County
from dialogs.invariant import Invariant
from dialogs.model import Question, Questionnaire, holds
from dialogs.routing import RuleBook
from dialogs.toml_source import Places
from dialogs.topics import Topic


@dataclass(frozen=True, slots=True)
class Script:
    """`order`: 0 for the files that came with the program, then by release; of two that begin on one day the later one holds.
    `busy`: cases by Stelle, as the caller has counted them for this one step; None if nobody has. `explains`: whether decisions
    are to say why; proofs that only need the way do not wait for it.
    """

    version: str
    questionnaire: Questionnaire
    county: County
    book: RuleBook
    valid_from: dt.date
    order: int = 0
    busy: Mapping[str, int] | None = None
    explains: bool = True
    invariants: tuple[Invariant, ...] = ()
    # Where each block stands, as (kind, id) to (file, line): what is found wrong is shown there.
    places: Places = field(default_factory=dict, compare=False, repr=False)
    # What was worked out about this script (`dialogs.reasons`), kept. Nothing depends on whether it is there.
    memory: dict[object, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    def counted(self, busy: Mapping[str, int]) -> Script:
        """The same script for one step, with the cases by Stelle. What was worked out about it is the same too."""
        script = replace(self, busy=busy)
        object.__setattr__(script, "memory", self.memory)
        return script

    def case(self, answers: Answers, on: dt.date, *, finished: bool = False, began: dt.date | None = None) -> Case:
        """The case these answers describe.

        While the dialogue runs, every question that concerns the person and has no answer is silent: everything is still
        possible there. A `finished` case comes from outside with what was asked: a question of the short path that
        concerns her and is absent is silent; of the longer path, absent means that nobody asked, and nothing follows.

        A question that is not valid on the day the dialogue `began` (left out: `on`) is asked of nobody; nothing about it
        is open then.
        """
        silent: set[str] = set()
        for question in self.questionnaire.questions:
            if question.after_result or not question.store or question.kind in ("language", "consent"):
                continue
            if not question.valid(began or on):
                continue
            value = answers.get(question.id)
            if value is None:
                if (not finished or question.stage == "desk") and concerns(question, answers, silent):
                    silent.add(question.id)
            elif isinstance(value, NoAnswer):
                silent.add(question.id)
        return Case(answers, on, frozenset(silent))


def concerns(question: Question, answers: Answers, silent: set[str]) -> bool:
    """Whether the question may concern somebody of whom the `silent` questions are not known."""
    for key, wanted in question.when.only:
        value = answers.get(key)
        if value is None or isinstance(value, NoAnswer):
            if key not in silent:
                return False
        elif not holds(value, wanted):
            return False
    return not any(key in answers and holds(answers[key], unwanted) for key, unwanted in question.when.unless)


@dataclass(frozen=True, slots=True)
class Library:
    """Every script of one county, by version. Running sessions finish on the one they began on.

    `root`: the folder of the definition files, for those who look up where something stands.
    """

    county: County
    scripts: Mapping[str, Script]
    topics: tuple[Topic, ...] = ()
    root: Path = Path(__file__).parent

    def current(self, on: dt.date) -> Script:
        """The newest questionnaire with the newest rules of this day; raises LookupError if there are none yet."""
        valid = [script for script in self.scripts.values() if script.valid_from <= on]
        if not valid:
            raise LookupError(f"no questionnaire and rules of {self.county.id} are valid on {on}")
        return max(valid, key=lambda script: (script.questionnaire.valid_from, script.book.valid_from, script.order))

    def topics_on(self, on: dt.date) -> tuple[Topic, ...]:
        """The topics that may be shown on this day, the first one first."""
        return tuple(topic for topic in self.topics if topic.valid(on))

    def get(self, version: str) -> Script | None:
        return self.scripts.get(version)
